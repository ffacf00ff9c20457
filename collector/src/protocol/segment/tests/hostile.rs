//! Whatever reaches the dialect is answered in the client's own form, and nothing panics.

use super::super::super::Outcome;
use super::*;

fn answered(path: &str, body: &[u8]) -> String {
    match send(Sent { path, body, ..POST }) {
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
            let body: Value = serde_json::from_slice(&answer.body).unwrap();
            let code = answer::reject_code(&answer);
            assert!(body["success"] == false && body["code"] == code.as_str() && body["message"].is_string());
            format!("{} {code}", answer.status)
        }
    }
}

#[test]
fn nonsense_is_answered_or_kept_with_its_reason() {
    let track = |body: &str, expected: &str| assert_eq!(answered("/v1/track", body.as_bytes()), expected, "{body}");
    for body in ["", "{", "[]", "null", "7", "\"x\"", "[{\"event\":\"x\"}]"] {
        track(body, "400 body.malformed");
    }
    assert_eq!(answered("/v1/track", b"\xff\xfe\x00"), "400 body.malformed");
    track(&format!("{}1{}", "{\"a\":".repeat(5000), "}".repeat(5000)), "400 body.malformed");
    track("{}", "200 event.name_missing");
    track(r#"{"event":{"a":1}}"#, "200 event.name_missing");
    track(r#"{"event":"  "}"#, "200 event.name_missing");
    track(r#"{"event":7}"#, "200 7");
    track(r#"{"event":"x","properties":[1],"context":"y","userId":{"a":1},"anonymousId":[],"messageId":{}}"#, "200 x");
    let context = r#"{"page":[],"campaign":7,"screen":"a","library":[],"traits":3,"locale":{}}"#;
    track(&format!(r#"{{"event":"x","context":{context}}}"#), "200 x");
    let context = r#"{"page":{"url":{"a":1},"title":[1]}}"#;
    track(&format!(r#"{{"event":"x","context":{context},"timestamp":{{"a":1}}}}"#), "200 time.unreadable");
    track(r#"{"event":"x","timestamp":-9223372036854775808,"sentAt":1e999}"#, "200 time.unreadable");
    let large = format!(r#"{{"event":"x","properties":{{"a":"{}"}}}}"#, "y".repeat(40_000));
    track(&large, "200 event.too_large");
    let deep = format!(r#"{{"event":"x","properties":{{"a":{}1{}}}}}"#, "[".repeat(50), "]".repeat(50));
    track(&deep, "200 event.too_deep");
}

#[test]
fn an_order_that_cannot_be_believed_is_kept_with_its_reason() {
    let check = |event: &str, properties: &str, expected: &str| {
        let body = format!(r#"{{"event":"{event}","properties":{properties}}}"#);
        assert_eq!(answered("/v1/track", body.as_bytes()), format!("200 {expected}"), "{body}");
    };
    let order = |properties: &str, expected: &str| check("Order Completed", properties, expected);
    order("{}", "order_id.missing");
    order(r#"{"order_id":""}"#, "order_id.missing");
    order(r#"{"order_id":"undefined"}"#, "order_id.placeholder");
    order(r#"{"order_id":"7","total":"1.234,50"}"#, "price.not_a_number");
    order(r#"{"order_id":"7","revenue":"12€"}"#, "price.not_a_number");
    order(r#"{"order_id":"7","total":NaN}"#, "price.not_finite");
    order(r#"{"order_id":"7","total":-5}"#, "price.negative");
    order(r#"{"order_id":"7","total":1e300}"#, "price.out_of_range");
    order(r#"{"order_id":"7","currency":"EURO"}"#, "currency.unknown");
    order(r#"{"order_id":"7","products":"x"}"#, "items.malformed");
    order(r#"{"order_id":"7","products":[1]}"#, "items.malformed");
    order(r#"{"order_id":"7","products":[{"price":1}]}"#, "item.id_missing");
    order(r#"{"order_id":"7","products":[{"sku":"a","quantity":"many"}]}"#, "quantity.not_a_number");
    check("Order Refunded", r#"{"order_id":null}"#, "order_id.missing");
    check("Order Cancelled", "{}", "order_id.missing");
}

#[test]
fn one_bad_call_leaves_the_rest_of_its_batch_alone() {
    let batch = |body: &str, expected: &str| assert_eq!(answered("/v1/batch", body.as_bytes()), expected, "{body}");
    batch(
        r#"{"batch":[1,null,[],{"type":"track","event":"x"},{},{"type":"teleport"},{"type":7},{"type":"page"}]}"#,
        "200 event.malformed event.malformed event.malformed x event.type_missing event.type_unknown \
         event.type_unknown page_view",
    );
    batch(r#"{"batch":[]}"#, "200 ");
    batch("{}", "400 batch.missing");
    batch(r#"{"batch":{"0":{}}}"#, "400 batch.missing");
    batch(r#"{"batch":[{"type":"track","event":"cut \ud83d"}]}"#, "200 cut \u{fffd}");
    batch(&format!(r#"{{"batch":[{}1]}}"#, "1,".repeat(2500)), "400 events.too_many");
    let large = format!(r#"{{"context":{{"a":"{}"}},"batch":[{{}}]}}"#, "y".repeat(9000));
    batch(&large, "400 context.too_large");
    assert_eq!(answered("/v1/m", b"whatever"), "200 ");
}

proptest::proptest! {
    #[test]
    fn nothing_panics(
        body in proptest::collection::vec(proptest::num::u8::ANY, 0..300),
        text in "[\\[\\]{}\":,a-z0-9.eE\\\\u-]{0,200}",
    ) {
        for path in ["/v1/track", "/v1/b", "/v1/identify", "/v1/alias"] {
            answered(path, &body);
            answered(path, text.as_bytes());
            let order = format!(r#"{{"event":"Order Completed","properties":{{"order_id":"7","total":{text}}}}}"#);
            answered(path, order.as_bytes());
        }
    }
}
