//! What ahoy.js and apps send, and what must come of it.

use super::*;
use crate::protocol::replay::{Sent, all, captures, describe, header, one};
use crate::sample::book;
use commerce::hit::{Hit, names};
use commerce::time::Timestamp;

const NOW: Timestamp = Timestamp::from_seconds(1_795_229_900);
const PAGE: &[(&str, &str)] = &[("origin", "https://shop.example"), ("content-type", "application/json")];

fn send(sent: &Sent) -> Result<Reading, Answer> {
    sent.read(&book(&[("dialects", "ahoy")]), NOW, read)
}

fn post(target: &str, headers: &[(&str, &str)], body: &str) -> Result<Reading, Answer> {
    send(&Sent::new("POST", target, headers, body))
}

fn events(body: &str) -> Vec<Hit> {
    all(post("/ahoy/events", PAGE, body))
}

#[test]
fn every_captured_request_is_read() {
    let mut page = String::new();
    for (name, mut sent) in captures("ahoy") {
        if name.starts_with("ahoy_native") {
            // An app has no page; it names the site by its key.
            sent.target = format!("/key1{}", sent.target);
        }
        page.extend([name, "\n".to_owned(), describe(&send(&sent))]);
    }
    insta::assert_snapshot!("captures", page);
}

#[test]
fn visits_are_answered_as_the_jquery_build_needs_it() {
    let reading = post("/ahoy/visits", PAGE, r#"{"visit_token":"v1","visitor_token":"p1"}"#).unwrap();
    assert_eq!(reading.answer.status, 200);
    let body: Value = serde_json::from_slice(&reading.answer.body).unwrap();
    assert_eq!(body, json!({"visit_token": "v1", "visitor_token": "p1", "visit_id": "v1", "visitor_id": "p1"}));
    let answer = reading.answer;
    assert_eq!(header(&answer, "access-control-allow-origin"), Some("https://shop.example"));
    assert_eq!(header(&answer, "access-control-allow-credentials"), Some("true"));
}

#[test]
fn preflights_grant_what_the_client_is_set_to_send() {
    let asked =
        [("origin", "https://shop.example"), ("access-control-request-headers", "authorization,content-type,b d")];
    let answer = send(&Sent::new("OPTIONS", "/key1/ahoy/visits", &asked, "")).unwrap().answer;
    assert_eq!(answer.status, 204);
    let expected = "Content-Type, X-CSRF-Token, Ahoy-Visit, Ahoy-Visitor, authorization";
    assert_eq!(header(&answer, "access-control-allow-headers"), Some(expected));
    assert_eq!(header(&answer, "access-control-allow-credentials"), Some("true"));
}

#[test]
fn a_visit_opens_ours_and_is_no_page_view() {
    let body = r#"{"visit_token":"v1","visitor_token":"p1","landing_page":"https://shop.example/a?utm_source=old&x=1","js":true,
        "referrer":"https://search.example/","utm_source":"mail","screen_width":390,"screen_height":"844","user_id":7,"plan":"gold"}"#;
    let visit = one(post("/ahoy/visits", PAGE, body));
    assert_eq!(visit.facts.name, names::VISIT_START);
    let page = visit.facts.page.clone().unwrap();
    assert_eq!(page.url.as_deref(), Some("https://shop.example/a?x=1&utm_source=mail"));
    assert_eq!(page.referrer.as_deref(), Some("https://search.example/"));
    assert_eq!(visit.facts.screen.as_deref(), Some("390x844"));
    assert_eq!(visit.person.user_id.as_deref(), Some("7"));
    assert_eq!(visit.facts.properties.as_deref(), Some(r#"{"plan":"gold","utm_source":"mail"}"#));
    let again = one(post("/ahoy/visits", PAGE, r#"{"visit_token":"v1","visitor_token":"p1"}"#));
    assert_eq!(visit.facts.event_id, again.facts.event_id, "the first visit of a token counts");
}

#[test]
fn the_site_is_its_page_or_its_key() {
    let check = |target: &str, headers: &[(&str, &str)], body: &str, expected: Option<u32>| {
        let settings = [("dialects", "ahoy")];
        let result = Sent::new("POST", target, headers, body).read(&book(&settings), NOW, read);
        let found = result.map(|reading| match reading.outcomes.first() {
            Some(crate::protocol::Outcome::Hit(hit)) => hit.facts.site.0,
            other => panic!("{other:?}"),
        });
        match expected {
            Some(site) => assert_eq!(found.ok(), Some(site), "{target} {headers:?}"),
            None => assert_eq!(found.map_err(|answer| answer.status), Err(404), "{target} {headers:?}"),
        }
    };
    check("/ahoy/visits", &[("origin", "https://www.shop.example")], "{}", Some(1));
    check("/ahoy/visits", &[("referer", "https://shop.example/cart")], "{}", Some(1));
    check("/ahoy/visits", &[], r#"{"landing_page":"https://shop.example/x"}"#, Some(1));
    check("/ahoy/visits", &[("host", "shop.example")], "{}", Some(1));
    check("/key2/ahoy/visits", &[], "{}", Some(2));
    check("/2/ahoy/visits", &[], "{}", Some(2));
    check("/ahoy/visits", &[("origin", "https://other.example")], "{}", None);
    check("/nokey/ahoy/visits", &[("origin", "https://shop.example")], "{}", None);
}

#[test]
fn only_the_dialects_paths_are_its() {
    for path in ["/ahoy/visits", "/ahoy/events", "/key1/ahoy/visits"] {
        assert!(owns(path), "{path}");
    }
    for path in ["/ahoy", "/ahoy/visits/", "/a/b/ahoy/visits", "//ahoy/visits", "/visits", "ahoy/visits", ""] {
        assert!(!owns(path), "{path}");
    }
}

#[test]
fn a_foreign_origin_is_refused_where_origins_are_listed() {
    let book = book(&[("origins", "shop.example")]);
    let sent = Sent::new("POST", "/key1/ahoy/events", &[("origin", "https://evil.example")], "[]");
    let answer = sent.read(&book, NOW, read).unwrap_err();
    assert_eq!((answer.status, header(&answer, "x-reject-reason")), (403, Some("origin.not_allowed")));
}

#[test]
fn events_come_in_every_encoding() {
    let view =
        r#"{"name":"$view","id":"8b6a3a4e-3f2e-4a55-9f5e-0a2b3c4d5e6f","properties":{"url":"https://shop.example/"}}"#;
    let boundary = ("content-type", "multipart/form-data; boundary=B");
    let part =
        |name: &str, value: &str| format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    let multipart =
        part("visit_token", "v1") + &part("visitor_token", "p1") + &part("events_json", &format!("[{view}]"));
    let origin = PAGE[0];
    let form = ("content-type", "application/x-www-form-urlencoded");
    let query: String =
        form_urlencoded::Serializer::new(String::new()).append_pair("events_json", &format!("[{view}]")).finish();
    let bodies = [
        (vec![origin, boundary], multipart + "--B--\r\n"),
        (vec![origin, PAGE[1]], format!(r#"{{"visit_token":"v1","visitor_token":"p1","events":[{view}]}}"#)),
        (vec![origin], format!(r#"{{"visit_token":"v1","visitor_token":"p1","events_json":[{view}]}}"#)),
        (vec![origin, form], format!("visit_token=v1&visitor_token=p1&{query}")),
        (vec![origin, PAGE[1], ("ahoy-visit", "v1"), ("ahoy-visitor", "p1")], format!("[{view}]")),
    ];
    for (headers, body) in bodies {
        let hit = one(post("/ahoy/events", &headers, &body));
        assert_eq!(hit.facts.name, names::PAGE_VIEW, "{body}");
        assert_eq!(hit.facts.page.and_then(|page| page.url).as_deref(), Some("https://shop.example/"));
        assert_eq!(hit.person.visit_id.as_deref(), Some("v1"), "{body}");
        assert_eq!(hit.person.visitor_id.as_deref(), Some("p1"), "{body}");
        let expected = commerce::ids::EventId::from_text("ahoy:p1:8b6a3a4e-3f2e-4a55-9f5e-0a2b3c4d5e6f");
        assert_eq!(hit.facts.event_id, expected);
    }
}

#[test]
fn amp_tells_one_event_in_the_query() {
    let target = "/ahoy/events?name=Viewed+product&properties[sku]=S1&visit_token=v1&visitor_token=p1\
        &__amp_source_origin=https%3A%2F%2Fshop.example";
    let hit = one(post(target, &[("origin", "https://cdn.ampproject.org")], ""));
    assert_eq!(hit.facts.name, "Viewed product");
    assert_eq!(hit.facts.properties.as_deref(), Some(r#"{"sku":"S1"}"#));
    assert_eq!(hit.person.visitor_id.as_deref(), Some("p1"));
}

#[test]
fn all_events_of_a_request_are_kept() {
    let many: Vec<Value> = (0..40).map(|n| json!({"name": "Seen", "id": n.to_string()})).collect();
    assert_eq!(events(&json!({"visitor_token": "p1", "events": many}).to_string()).len(), 40);
    let too_many = vec![json!({"name": "Seen"}); 501];
    let answer = post("/ahoy/events", PAGE, &json!({"events": too_many}).to_string()).unwrap_err();
    assert_eq!((answer.status, header(&answer, "x-reject-reason")), (413, Some("events.too_many")));
}

#[test]
fn our_own_names_are_read_with_their_payload() {
    let body = r#"{"visitor_token":"p1","events":[
        {"name":"purchase","id":"e1","properties":{"transaction_id":"1001","value":49.75,"tax":8.290,"currency":"EUR","name":"kept",
            "items":[{"item_id":"SKU-1","quantity":2,"price":19.9}],"user_id":"u9"}},
        {"name":"refund","id":"e2","properties":{"transaction_id":"1001","refund_id":"r1","amount":19.9}},
        {"name":"add_to_cart","id":"e3","properties":{"items":[{"item_id":"SKU-1","price":"19.90"}],"value":19.9}}]}"#;
    let hits = events(body);
    let order = hits[0].facts.order.as_ref().unwrap();
    assert_eq!((order.order_id.as_str(), order.total.unwrap().to_string()), ("1001", "49.75".to_owned()));
    assert_eq!(hits[0].facts.items.as_ref().unwrap()[0].price.unwrap().to_string(), "19.90");
    assert_eq!(hits[0].facts.properties.as_deref(), Some(r#"{"name":"kept"}"#));
    assert_eq!(hits[0].person.user_id.as_deref(), Some("u9"));
    assert_eq!(hits[1].facts.refund.as_ref().unwrap().amount.unwrap().to_string(), "19.90");
    assert!(hits[2].facts.cart.is_some());
}

#[test]
fn the_user_is_who_the_event_names() {
    let body = r#"{"visitor_token":"p1","user_id":1,"events":[{"name":"a"},{"name":"b","user_id":2},
        {"name":"$identify","properties":{"id":3,"email":"a@example.com"}},{"name":"identify","properties":{"user_id":"4"}},
        {"name":"Viewed profile","properties":{"user_id":5}},{"name":"c","user_id":"undefined"}]}"#;
    let users: Vec<Option<String>> = events(body).into_iter().map(|hit| hit.person.user_id).collect();
    let expected = ["1", "2", "3", "4", "1"].map(|user| Some(user.to_owned()));
    assert_eq!(users[..5], expected);
    assert_eq!(users[5], None, "a placeholder is no user");
}

#[test]
fn tokens_are_cleaned_and_may_be_missing() {
    let hit = &events(r#"{"visit_token":"v 1;é","visitor_token":12,"events":[{"name":"a"}]}"#)[0];
    assert_eq!((hit.person.visit_id.as_deref(), hit.person.visitor_id.as_deref()), (Some("v1"), Some("12")));
    let long = "a".repeat(100);
    let hit = &events(&json!({"visitor_token": long, "events": [{"name": "a"}]}).to_string())[0];
    assert_eq!(hit.person.visitor_id.as_ref().map(String::len), Some(64));
    let hit = &events(r#"[{"name":"a","id":"e1"}]"#)[0];
    assert_eq!((&hit.person.visit_id, &hit.person.visitor_id), (&None, &None));
    let queued =
        r#"{"visit_token":"v1","visitor_token":"p1","events":[{"name":"a","visit_token":"v0","visitor_token":"p0"}]}"#;
    assert_eq!(events(queued)[0].person.visitor_id.as_deref(), Some("p0"), "a queued event keeps its tokens");
}

#[test]
fn retries_count_once_and_strangers_numbers_do_not_clash() {
    let id = |body: &str| events(body)[0].facts.event_id;
    let one = r#"{"visitor_token":"p1","events":[{"name":"a","id":"e1"}]}"#;
    assert_eq!(id(one), id(one));
    assert_ne!(id(one), id(r#"{"visitor_token":"p2","events":[{"name":"a","id":"e1"}]}"#));
    let timed = r#"{"visitor_token":"p1","events":[{"name":"a","time":1795229890}]}"#;
    assert_eq!(id(timed), id(timed), "without an id the event stands for itself");
    assert_ne!(id(timed), id(r#"{"visitor_token":"p1","events":[{"name":"a","time":1795229891}]}"#));
    let flags = |body: &str| events(body)[0].facts.flags.unwrap_or(0) & commerce::hit::flags::NO_EVENT_ID;
    assert_ne!(flags(r#"[{"name":"a","id":"e1"}]"#), 0, "nobody's e1 is anybody's");
    assert_ne!(flags(r#"{"visitor_token":"p1","events":[{"name":"a"}]}"#), 0);
}

#[test]
fn times_are_believed_as_far_as_the_client_can_be() {
    let check = |time: &str, script: bool, expected: &str| {
        let body = format!(r#"[{{"name":"a","time":{time}{}}}]"#, if script { r#","js":true"# } else { "" });
        assert_eq!(events(&body)[0].facts.occurred_at.to_string(), expected, "{time} {script}");
    };
    let now = NOW.to_string();
    check("1795229890.25", true, "2026-11-21T02:58:10.25Z");
    check("1795229839.9", true, &now);
    check("1795229901", true, &now);
    check("1795229000", false, "2026-11-21T02:43:20Z");
    check(r#""2026-11-21T02:00:00+01:00""#, false, "2026-11-21T01:00:00Z");
    check(r#""2026-11-21T03:00:00Z""#, false, &now);
    check("1795229890250", false, "2026-11-21T02:58:10.25Z");
    for nonsense in [r#""soon""#, "-5", "1e9", "{}", "[]", r#""1.x""#, "99999999999999999999"] {
        check(nonsense, false, &now);
    }
}

#[test]
fn hostile_bodies_get_a_clear_answer() {
    let multipart = ("content-type", "multipart/form-data; boundary=B");
    let deep = format!(r#"[{{"name":"a","properties":{}1{}}}]"#, r#"{"a":"#.repeat(60), "}".repeat(60));
    let long = json!([{"name": "a", "properties": {"text": "x".repeat(40_000)}}]).to_string();
    let mut page = String::new();
    let origin = PAGE[0];
    for (headers, body) in [
        (&[origin][..], ""),
        (PAGE, "{"),
        (PAGE, "{}"),
        (PAGE, "[]"),
        (PAGE, "7"),
        (PAGE, "null"),
        (PAGE, r#"{"events":7}"#),
        (PAGE, r#"{"events":"nonsense"}"#),
        (PAGE, r#"{"events":[1,{"name":"a"},[]]}"#),
        (PAGE, r#"{"events":[1]}"#),
        (PAGE, r#"{"events":[{}]}"#),
        (PAGE, r#"{"events":[{"name":{},"properties":[1]}]}"#),
        (PAGE, r#"{"events":[{"name":"purchase","properties":"x"}]}"#),
        (PAGE, r#"{"events":[{"name":"purchase","properties":{"transaction_id":"1","value":"1,5"}}]}"#),
        (PAGE, r#"{"events":{"name":"a"},"visit_token":[],"visitor_token":{}}"#),
        (PAGE, &deep),
        (PAGE, &long),
        (&[origin, multipart], "no parts"),
        (&[origin, multipart], "--B\r\nContent-Disposition: form-data; name=\"events_json\"\r\n\r\n["),
        (&[origin, ("content-type", "multipart/form-data")], "--B\r\n"),
    ] {
        let shown: String = body.chars().take(80).collect();
        page.extend([shown, "\n".to_owned(), describe(&post("/ahoy/events", headers, body))]);
    }
    for body in ["", "{", "[]", "7", r#"{"landing_page":7,"screen_width":{},"screen_height":[],"referrer":"\ud800"}"#] {
        page.extend([format!("visit {body}\n"), describe(&post("/ahoy/visits", PAGE, body))]);
    }
    page.push_str(&describe(&send(&Sent::new("GET", "/ahoy/events", PAGE, ""))));
    insta::assert_snapshot!("hostile", page);
}
