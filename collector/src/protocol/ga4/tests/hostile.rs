//! Whatever reaches the dialect is answered, and nothing panics.

use super::*;

fn answered(path: &str, query: &str, body: &[u8]) -> String {
    match send(Sent { path, query, body, ..POST }) {
        Ok(reading) => {
            let outcomes = reading.outcomes.iter().map(|outcome| match outcome {
                Outcome::Quarantined(item) => {
                    assert!(!item.hint.is_empty());
                    item.reason.clone()
                }
                Outcome::Hit(hit) => hit.facts.name.clone(),
                other @ Outcome::Excluded { .. } => panic!("{other:?}"),
            });
            format!("{} {}", reading.answer.status, outcomes.collect::<Vec<_>>().join(" "))
        }
        Err(answer) => {
            assert!(answer.body.is_empty());
            format!("{} {}", answer.status, answer::reject_code(&answer))
        }
    }
}

#[test]
fn nonsense_is_answered_or_kept_with_its_reason() {
    let mp = |body: &str, expected: &str| {
        assert_eq!(answered("/mp/collect", "measurement_id=G-TEST", body.as_bytes()), expected, "{body}");
    };
    for body in ["", "{", "[]", "null", "7", "\"x\""] {
        mp(body, "204 body.malformed");
    }
    mp("{}", "204 events.missing");
    mp(r#"{"events":{"name":"x"}}"#, "204 events.missing");
    mp(r#"{"events":[]}"#, "204 ");
    mp(
        r#"{"events":[1,null,[],"x",{},{"name":""},{"name":[1]},{"name":7}]}"#,
        "204 event.malformed event.malformed event.malformed event.malformed event.name_missing event.name_missing event.name_missing 7",
    );
    mp(r#"{"events":[{"name":"x","params":[1]},{"name":"x","params":"y"},{"name":"x","params":null}]}"#, "204 x x x");
    mp(
        r#"{"client_id":{"a":1},"user_id":[],"user_properties":[1],"consent":7,"device":"x","ip_override":{},"events":[{"name":"x"}]}"#,
        "204 x",
    );
    mp(r#"{"timestamp_micros":"yesterday","events":[{"name":"x"}]}"#, "204 time.unreadable");
    mp(r#"{"timestamp_micros":1e99,"events":[{"name":"x"}]}"#, "204 time.unreadable");
    mp(r#"{"timestamp_micros":-9223372036854775808,"events":[{"name":"x"}]}"#, "204 time.too_old");
    mp(r#"{"events":[{"name":"purchase","params":{"transaction_id":{"a":1}}}]}"#, "204 order_id.missing");
    mp(r#"{"events":[{"name":"purchase","params":{"transaction_id":"7","items":{"a":1}}}]}"#, "204 items.malformed");
    mp(r#"{"events":[{"name":"purchase","params":{"transaction_id":"7","items":[1]}}]}"#, "204 items.malformed");
    mp(r#"{"events":[{"name":"purchase","params":{"transaction_id":"7","value":NaN}}]}"#, "204 price.not_finite");
    mp(r#"{"events":[{"name":"refund","params":{"transaction_id":"7","value":"--5"}}]}"#, "204 price.negative");
    mp(&format!(r#"{{"events":[{{"name":"x","params":{{"a":"{}"}}}}]}}"#, "y".repeat(40_000)), "204 event.too_large");
    mp(&format!(r#"{{"events":[{}1]}}"#, "1,".repeat(500)), "204 events.too_many");
    let large = format!(r#"{{"client_id":"{}","events":[{{"name":"x"}}]}}"#, "y".repeat(9000));
    mp(&large, "204 request.too_large");
    mp(&"[".repeat(100_000), "204 body.malformed");
    let gtag = |query: &str, body: &str, expected: &str| {
        assert_eq!(answered("/g/collect", query, body.as_bytes()), expected, "{query} {body}");
    };
    gtag("tid=G-TEST", "", "204 event.name_missing");
    gtag("tid=G-TEST&en=%20", "", "204 event.name_missing");
    gtag("tid=G-TEST&en=x&pr99999999999=idS&pr=idT&pr-1=idU", "", "204 x");
    gtag("tid=G-TEST&en=purchase&ep.transaction_id=", "", "204 order_id.missing");
    gtag("tid=G-TEST", "\r\n\r\n", "204 event.name_missing");
    gtag("tid=G-TEST", "%%%&=&&\r\nen=x", "204 event.name_missing x");
    gtag("tid=G-TEST", &"en=x\n".repeat(501), "204 events.too_many");
    gtag("&&&=%ff", "", "204 id.missing");
    let items = (1..=201).map(|n| format!("&pr{n}=idS")).collect::<Vec<_>>().concat();
    gtag(&format!("tid=G-TEST&en=view_item{items}"), "", "204 items.too_many");
}

proptest::proptest! {
    #[test]
    fn nothing_panics(
        body in proptest::collection::vec(proptest::num::u8::ANY, 0..300),
        text in "[\\[\\]{}\":,a-z0-9.eE~%&=\\\\-]{0,200}",
    ) {
        answered("/mp/collect", "measurement_id=G-TEST", &body);
        answered("/g/collect", "tid=G-TEST", &body);
        answered("/g/collect", &format!("tid=G-TEST&en=purchase&pr1={text}&epn.value={text}&ep.transaction_id=7"), text.as_bytes());
        let event = format!(r#"{{"events":[{{"name":"purchase","params":{{"transaction_id":"7","value":{text}}}}}]}}"#);
        answered("/debug/mp/collect", "measurement_id=G-TEST", event.as_bytes());
        answered("/mp/collect", "measurement_id=G-TEST", event.as_bytes());
    }
}
