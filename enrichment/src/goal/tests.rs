//! Tests of `goal`.

use crate::stage::{Stage, visitor_key};
use commerce::Amount;
use commerce::goal::{GOAL_ATTRIBUTES, Goal, PATTERN_KINDS};

/// Returns a goal from `attribute kind pattern flags...`, where flags are `case`, `multiple` and `event_value`.
fn goal(words: &str) -> Goal {
    let words: Vec<&str> = words.split(' ').collect();
    let found = |name: &str| GOAL_ATTRIBUTES.iter().find(|(n, _)| *n == name).unwrap().1;
    Goal {
        id: 1,
        name: "a goal".to_owned(),
        attribute: found(words[0]),
        pattern_kind: PATTERN_KINDS.iter().find(|(n, _)| *n == words[1]).unwrap().1,
        pattern: words[2].to_owned(),
        case_sensitive: words.contains(&"case"),
        value: Some(Amount(100_000)),
        allow_multiple: words.contains(&"multiple"),
        use_event_value: words.contains(&"event_value"),
    }
}

/// Tells `hits` to a shop with one goal, where visitor 1 is in visit 10 since 600 seconds, and compares the worth of
/// each conversion.
#[track_caller]
fn check(goal_words: &str, hits: &[&str], expected: &[&str]) {
    let mut stage = Stage::new();
    stage.visit(1, 10, (-600, 0), "google");
    stage.site.goals = vec![goal(goal_words)];
    stage.tell_all(hits);
    let worth: Vec<String> = stage.rows().goal_conversions.iter().map(|c| c.value.to_string()).collect();
    assert_eq!(worth, expected, "{goal_words} {hits:?}");
}

#[test]
fn a_hit_can_name_its_goal() {
    check("manually contains x", &["goal 0 goal=1"], &["10.00"]);
    check("manually contains x", &["goal 0 goal=1 worth=7.5"], &["7.50"]);
    check("manually contains x", &["goal 0 goal=2"], &[]);
    check("manually contains x", &["goal 0 goal=1 bot=spider"], &[]);
    check("manually contains x event_value", &[r#"goal 0 goal=1 properties={"value":3.25}"#], &["3.25"]);
    check("url contains thanks", &["goal 0 goal=1"], &["10.00"]);
    // A hit that names one is compared with no pattern.
    check("url contains thanks", &["page_view 0 goal=9 url=https://a.b/thanks"], &[]);
}

#[test]
fn a_goal_counts_once_per_visit_unless_it_allows_more() {
    let twice = ["goal 0 goal=1 visitor=1 visit=10", "goal 1 goal=1 visitor=1 visit=10"];
    check("manually contains x", &twice, &["10.00"]);
    check("manually contains x multiple", &twice, &["10.00", "10.00"]);
    check("manually contains x", &["goal 0 goal=1", "goal 1 goal=1"], &["10.00", "10.00"]);
}

#[test]
fn patterns_compare_as_their_kind_says() {
    let page = |url: &str| format!("page_view 0 url={url}");
    for (pattern, url, reached) in [
        ("url contains Thanks", "https://a.b/x?thanks=1", true),
        ("url contains Thanks case", "https://a.b/x?thanks=1", false),
        ("url exact https://A.b/x", "https://a.b/x", true),
        ("url exact https://A.b/x case", "https://a.b/x", false),
        ("url exact https://a.b", "https://a.b/x", false),
        ("url regex /ORDER/[0-9]+$", "https://a.b/order/77", true),
        ("url regex /ORDER/[0-9]+$ case", "https://a.b/order/77", false),
        ("url regex (unclosed", "https://a.b/(unclosed", false),
        ("url contains gr\u{f6}\u{df}e", "https://a.b/gr%C3%B6%C3%9Fe", true),
        ("url contains %C3%B6", "https://a.b/gr%C3%B6%C3%9Fe", true),
        ("url regex thank\\syou", "https://a.b/?q=thank+you", true),
        ("title contains x", "https://a.b/x", false),
    ] {
        check(pattern, &[&page(url)], if reached { &["10.00"] } else { &[] });
    }
    check("url contains ", &[&page("https://a.b/")], &[]);
}

#[test]
fn each_attribute_looks_at_its_own_events() {
    check("title contains incredible", &["page_view 0 title=Incredible!"], &["10.00"]);
    check("url contains a.b", &["my_event 0 url=https://a.b/"], &[]);
    check("file contains .pdf", &[r#"file_download 0 properties={"url":"https://a.b/x.pdf"}"#], &["10.00"]);
    check("file contains .pdf", &["page_view 0 url=https://a.b/x.pdf"], &[]);
    let outbound = r#"click 0 properties={"outbound":true,"link_url":"https://other.example/"}"#;
    check("external_website contains other", &[outbound], &["10.00"]);
    check("external_website contains other", &[r#"click 0 properties={"url":"https://other.example/"}"#], &[]);
    let event = r#"play 0 properties={"category":"Video","name":"Trailer","value":"2.5"}"#;
    check("event_category exact video", &[event], &["10.00"]);
    check("event_action exact play", &[event], &["10.00"]);
    check("event_name contains trail", &[event], &["10.00"]);
    check("event_name contains trail event_value", &[event], &["2.50"]);
    check("event_action exact search", &[r#"event_search 0 properties={"action":"search"}"#], &["10.00"]);
    check("event_action contains page", &["page_view 0"], &[]);
    check("event_category exact video", &["play 0 properties=[not-json"], &[]);
}

#[test]
fn a_long_visit_can_be_a_goal() {
    check("visit_duration exact 10", &["page_view 0 visitor=1 visit=10", "ping 1 visitor=1 visit=10"], &["10.00"]);
    check("visit_duration exact 11", &["page_view 0 visitor=1 visit=10"], &[]);
    check("visit_duration exact soon", &["page_view 0 visitor=1 visit=10"], &[]);
    check("visit_duration exact 0", &["page_view 0"], &[]);
}

#[test]
fn orders_and_carts_match_no_pattern() {
    for hit in ["purchase 0 order=1", "cart_update 0 items=A", "add_to_cart 0 items=A", "refund 0 order=1"] {
        check("event_action regex .", &[hit], &[]);
    }
}

#[test]
fn a_conversion_says_who_where_and_what_it_is_credited_to() {
    let mut stage = Stage::new();
    stage.visit(1, 10, (0, 0), "google");
    stage.site.goals = vec![goal("manually contains x")];
    let event = stage.tell("goal 5 goal=1 visitor=1 visit=10");
    let visit = stage.work.visit(Some(visitor_key(1)), Some(commerce::VisitKey(10))).unwrap();
    assert_eq!((visit.goals.as_slice(), visit.position), (&[1][..], 1));
    let rows = stage.rows();
    let conversion = &rows.goal_conversions[0];
    assert_eq!((conversion.event, conversion.goal, conversion.source.source.as_str()), (event, 1, "google"));
    assert_eq!((conversion.visitor, conversion.visit.map(|v| v.0)), (Some(visitor_key(1)), Some(10)));
}
