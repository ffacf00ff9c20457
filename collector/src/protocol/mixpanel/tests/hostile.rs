//! Requests that nobody should send: each gets a clear answer, and nothing panics.

use super::*;

fn code(result: &Result<Reading, Answer>) -> String {
    format!("{} {}", answer(result).status, header(result, "X-Reject-Reason").unwrap_or("-"))
}

#[test]
fn what_cannot_be_read_is_refused() {
    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    let many = json!(vec![json!({"event": "x"}); 2001]).to_string();
    let cases = [
        ("", "400 events.missing"),
        ("data=", "400 events.missing"),
        ("data=%%%", "400 body.malformed"),
        ("data=eyJ", "400 body.malformed"),
        ("data=MQ==", "400 body.malformed"),
        ("{", "400 body.malformed"),
        ("[]", "400 events.missing"),
        ("[1]", "400 site.missing"),
        ("{}", "400 site.missing"),
        (r#"{"event":"x","properties":[]}"#, "400 site.missing"),
        (r#"{"event":"x","properties":{"token":{}}}"#, "400 site.missing"),
        (r#"{"event":"x","properties":{"token":"nobody"}}"#, "400 site.unknown"),
        (deep.as_str(), "400 body.malformed"),
        (many.as_str(), "400 events.too_many"),
    ];
    for (body, expected) in cases {
        let result = Sent::new("POST", "/track", body).to(read, SETTINGS);
        assert_eq!(code(&result), expected, "{}", &body[..body.len().min(60)]);
    }
    assert_eq!(code(&Sent::new("DELETE", "/track", "").to(read, SETTINGS)), "405 method.not_allowed");
    assert!(!owns("/track//") && !owns("/decide/") && owns("/import/"));
}

#[test]
fn what_is_odd_is_kept_with_its_reason() {
    let cases = [
        (json!({"$token": "TOK"}), "quarantined event.name_missing"),
        (json!({"$token": "TOK", "event": {}}), "quarantined event.name_missing"),
        (json!({"$token": "TOK", "event": "x", "properties": 5}), "quarantined event.malformed"),
        (json!({"$token": "TOK", "event": 5}), "5 Server"),
        (event("Order Completed", json!({"order_id": "1", "total": "lots"})), "quarantined price.not_a_number"),
        (event("Order Completed", json!({"order_id": "1", "products": [[], 5]})), "quarantined items.malformed"),
        (event("Order Completed", json!({"order_id": {"a": 1}})), "quarantined order_id.missing"),
        (event("x", json!({"long": "x".repeat(40_000)})), "quarantined event.too_large"),
    ];
    for (event, expected) in cases {
        assert_eq!(told(&event), [expected], "{}", &event.to_string()[..60]);
    }
    let deep = serde_json::from_str::<Value>(&format!("{}1{}", "[".repeat(50), "]".repeat(50))).unwrap();
    assert_eq!(told(&event("x", json!({"deep": deep}))), ["quarantined event.too_deep"]);
    for body in [r#"[{"$token":"TOK","$set":{"$email":5},"$distinct_id":"a b"},1]"#, r#"[{"$token":"TOK","$set":[]}]"#]
    {
        assert_eq!(code(&Sent::new("POST", "/engage", body).to(read, SETTINGS)), "200 -");
    }
}
