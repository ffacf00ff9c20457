//! What nobody should send: nothing panics, the siblings are kept, and what is kept is valid text and JSON.

use super::*;
use commerce::hit::flags;
use proptest::prelude::*;

#[test]
fn limits_of_an_event_are_told_apart() {
    let long = "x".repeat(EVENT_BYTES_MAX);
    let nested = |n: usize| format!("{{\"name\":\"x\",\"a\":{}{}}}", "[".repeat(n), "]".repeat(n));
    let items =
        |n: usize| format!("{{\"name\":\"view_item_list\",\"items\":[{}]}}", vec!["{\"item_id\":\"A\"}"; n].join(","));
    for (event, expected) in [
        (format!("{{\"name\":\"x\",\"a\":\"{long}\"}}"), "event.too_large"),
        (nested(7), "ok"),
        (nested(8), "event.too_deep"),
        (nested(100_000), "event.too_large"),
        (nested(10_000), "event.too_deep"),
        (format!("{{\"name\":\"x\",\"page\":{}{}}}", "[".repeat(9000), "]".repeat(9000)), "event.malformed"),
        (items(200), "ok"),
        (items(201), "items.too_many"),
        ("{\"name\":\"x\",\"items\":{}}".to_owned(), "items.malformed"),
        ("{\"name\":\"x\",\"items\":[5]}".to_owned(), "items.malformed"),
        ("{\"name\":\"x\",\"items\":[{\"price\":1}]}".to_owned(), "item.id_missing"),
        ("{\"name\":\"x\",\"items\":[{\"item_name\":\"N\"}]}".to_owned(), "ok"),
        ("{}".to_owned(), "event.name_missing"),
        ("{\"name\":\"\"}".to_owned(), "event.name_missing"),
        ("{\"name\":{}}".to_owned(), "event.name_missing"),
        ("[]".to_owned(), "event.malformed"),
        ("null".to_owned(), "event.malformed"),
        ("\"text\"".to_owned(), "event.malformed"),
        ("{\"name\":\"x\",\"page\":\"here\"}".to_owned(), "event.malformed"),
        ("{\"name\":\"x\",\"coupon\":{},\"consent\":7,\"screen\":[],\"attribution\":1}".to_owned(), "ok"),
    ] {
        assert_eq!(verdict(&event), expected, "{}", &event[..event.len().min(80)]);
    }
}

#[test]
fn a_million_keys_are_one_event_too_large() {
    let keys: Vec<String> = (0..100_000).map(|i| format!("\"k{i}\":1")).collect();
    let body = format!("{{\"site\":1,{},\"events\":[{{\"name\":\"x\"}},{{{}}}]}}", keys.join(","), keys.join(","));
    let reading = collect_with(&[], body.as_bytes()).unwrap();
    assert!(answer_text(&reading.answer).starts_with("{\"accepted\":1,"));
}

#[test]
fn depth_beside_the_events_costs_nothing() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let body = format!("{{\"site\":1,\"x\":{deep},\"events\":[{{\"name\":\"x\"}},{deep}]}}");
    let reading = collect_with(&[], body.as_bytes()).unwrap();
    assert!(answer_text(&reading.answer).starts_with("{\"accepted\":1,"));
    for body in [deep.clone(), format!("{{\"site\":{deep},\"events\":[]}}"), "[".repeat(100_000)] {
        assert_eq!(refused_code(collect_with(&[], body.as_bytes())).0, 400);
    }
}

#[test]
fn odd_texts_are_kept_as_valid_ones() {
    let title = |json: &str| {
        let hit = hit(&format!("{{\"name\":\"x\",\"page\":{{\"title\":\"{json}\"}},\"extra\":\"{json}\"}}"));
        let extra: serde_json::Value = serde_json::from_str(&hit.facts.properties.unwrap()).unwrap();
        let title = hit.facts.page.unwrap().title.unwrap();
        assert_eq!(extra["extra"].as_str().unwrap(), title, "{json}");
        title
    };
    assert_eq!(title(r"cut \ud83d"), "cut \u{fffd}");
    assert_eq!(title(r"\udE00 alone"), "\u{fffd} alone");
    assert_eq!(title(r"\ud83d\ud83d\ude00"), "\u{fffd}\u{1f600}");
    assert_eq!(title(r#"\u0000 \" \\ \/ \n \t \b"#), "\u{fffd} \" \\ / \n \t \u{8}");
    assert_eq!(title("plain ä"), "plain ä");
}

#[test]
fn damage_in_one_place_costs_no_sibling() {
    let count = |body: &[u8]| {
        collect_with(&[], body).map(|reading| reading.outcomes.iter().filter(|o| matches!(o, Outcome::Hit(_))).count())
    };
    assert_eq!(count(b"\xef\xbb\xbf{\"site\":1,\"events\":[{\"name\":\"x\"}]}").unwrap(), 1);
    assert_eq!(count(b"{\"site\":1,\"events\":[{\"name\":\"\xff\xc0\x80\"},{\"name\":\"x\"}]}").unwrap(), 2);
    assert_eq!(
        count(br#"{"site":1,"events":[{"name":"x","name":"y","\u0069d":"1"},{"\ud800":1,"name":"x"}]}"#).unwrap(),
        2
    );
    assert_eq!(count(br#"{"site":1,"events":[{"name":"Infinity \" NaN","a":NaN},{"name":"x"}]}"#).unwrap(), 2);
    assert_eq!(refused_code(collect_with(&[], b"{\"site\":1,\"events\":[{\"name\":\"a\0b\"}]}")).0, 400);
}

#[test]
fn the_last_of_a_repeated_name_counts() {
    let facts = hit(r#"{"name":"a","name":"b","extra":1,"extra":2,"page":{"title":"s","title":"t"}}"#).facts;
    assert_eq!(
        (facts.name.as_str(), facts.properties.as_deref(), facts.page.unwrap().title.as_deref()),
        ("b", Some("{\"extra\":2}"), Some("t"))
    );
}

#[test]
fn long_strings_among_the_unknown_are_cut_within_their_quotes() {
    let hit = hit(&format!("{{\"name\":\"x\",\"a\":\"{}\",\"b\":[\"{}\",1]}}", "ä".repeat(3000), "\\\"".repeat(5000)));
    let properties: serde_json::Value = serde_json::from_str(&hit.facts.properties.unwrap()).unwrap();
    assert_eq!(properties["a"].as_str().unwrap().len(), 4096);
    assert_eq!(properties["b"][0].as_str().unwrap().len(), 4096);
    assert_eq!(properties["b"][1], 1);
    assert!(hit.facts.flags.unwrap() & flags::TRUNCATED != 0);
}

#[test]
fn what_is_quarantined_is_kept_as_it_came() {
    let event = r#"{"name":"purchase","transaction_id":"","note":"x"}"#;
    let Outcome::Quarantined(q) = one_with(&[], event) else { panic!("should be quarantined") };
    assert_eq!((q.payload.as_str(), q.reason.as_str(), q.received_at), (event, "order_id.missing", NOW));
}

proptest! {
    #[test]
    fn no_body_panics(body in prop::collection::vec(any::<u8>(), 0..300)) {
        drop(collect_with(&[], &body));
    }

    #[test]
    fn no_event_panics(name in "purchase|refund|cart_update|goal|search|x", key in "[a-z_]{1,12}|items|page|visitor_id|attribution", value in "\\PC{0,40}|[\\[\\]{}\",:0-9a-z\\\\.eE+-]{0,40}") {
        let body = format!("{{\"site\":1,\"events\":[{{\"name\":\"{name}\",\"transaction_id\":\"7\",\"{key}\":{value}}}]}}");
        if let Ok(reading) = collect_with(&[], body.as_bytes()) {
            for outcome in reading.outcomes {
                if let Outcome::Hit(hit) = outcome && let Some(properties) = hit.facts.properties {
                    prop_assert!(serde_json::from_str::<serde_json::Value>(&properties).is_ok(), "{properties}");
                }
            }
        }
    }

    #[test]
    fn decimal_text_is_read_exactly(units in 0_i64..99_999_999_999, decimals in 0_i64..10_000) {
        let hit = hit(&format!("{{\"name\":\"purchase\",\"transaction_id\":\"7\",\"value\":{units}.{decimals:04}}}"));
        prop_assert_eq!(hit.facts.order.unwrap().total.unwrap().0, units * 10_000 + decimals);
    }
}
