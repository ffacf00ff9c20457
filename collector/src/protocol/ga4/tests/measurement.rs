//! The Measurement Protocol: who, when, consent, names, and what the validator says.

use super::*;

fn hit(body: &Value) -> commerce::hit::Hit {
    let reading = send(Sent { body: body.to_string().as_bytes(), ..POST }).unwrap();
    match reading.outcomes.into_iter().next() {
        Some(Outcome::Hit(hit)) => *hit,
        other => panic!("{body} is no hit: {other:?}"),
    }
}

#[test]
fn a_request_says_who_when_and_where() {
    let body = json!({
        "client_id": "1234.5678", "user_id": "cust-42", "timestamp_micros": "1795230000000000",
        "user_properties": {"tier": {"value": "gold"}, "plain": 1}, "consent": {"ad_user_data": "DENIED"},
        "ip_override": "198.51.100.7", "user_agent": "UA/1",
        "device": {"language": "de", "screen_resolution": "390x844"},
        "events": [
            {"name": "page_view", "params": {"session_id": 1_795_230_000, "engagement_time_msec": 100,
                "page_location": "https://s.e/?a=1", "page_title": "T", "page_referrer": "https://r.e/",
                "campaign_source": "news", "campaign_name": "May"}},
            {"name": "view_search_results", "params": {"search_term": "shoes"}, "timestamp_micros": 1_795_230_060_000_000_i64},
        ],
    });
    let who = "visitor=1234.5678";
    let found = outcomes(&send(Sent { body: body.to_string().as_bytes(), ..POST }));
    let expected = format!(
        "page_view Server Unverified at=2026-11-21T03:00:00Z {who} visit=1795230000 user=cust-42 agent=UA/1 \
         consent=Analytics url=https://s.e/?a=1&utm_source=news&utm_campaign=May title=T referrer=https://r.e/ \
         language=de screen=390x844 properties={{\"campaign_name\":\"May\",\"campaign_source\":\"news\",\
         \"engagement_time_msec\":100,\"user_properties\":{{\"plain\":1,\"tier\":\"gold\"}}}} ip=198.51.100.7
  search Server Unverified at=2026-11-21T03:01:00Z {who} user=cust-42 agent=UA/1 consent=Analytics language=de \
         screen=390x844 search=shoes properties={{\"user_properties\":{{\"plain\":1,\"tier\":\"gold\"}}}} ip=198.51.100.7"
    );
    assert_eq!(found, expected);
}

#[test]
fn what_is_sent_again_counts_once() {
    let body = |at: i64, name: &str| json!({"client_id": "1.2", "timestamp_micros": at, "events": [{"name": name}]});
    let at = 1_795_230_000_000_000;
    assert_eq!(hit(&body(at, "x")).facts.event_id, hit(&body(at, "x")).facts.event_id);
    assert_ne!(hit(&body(at, "x")).facts.event_id, hit(&body(at + 1, "x")).facts.event_id);
    assert_ne!(hit(&body(at, "x")).facts.event_id, hit(&body(at, "y")).facts.event_id);
    let twice = json!({"client_id": "1.2", "timestamp_micros": at, "events": [{"name": "x"}, {"name": "x"}]});
    let reading = send(Sent { body: twice.to_string().as_bytes(), ..POST }).unwrap();
    let ids: Vec<_> = reading
        .outcomes
        .iter()
        .filter_map(|o| if let Outcome::Hit(h) = o { Some(h.facts.event_id) } else { None })
        .collect();
    assert!(ids.len() == 2 && ids[0] != ids[1]);
    let timeless = hit(&json!({"client_id": "1.2", "events": [{"name": "x"}]}));
    assert_eq!(timeless.facts.flags, Some(commerce::hit::flags::NO_EVENT_ID));
}

#[test]
fn names_that_mean_something_else_here_are_only_texts() {
    let check =
        |name: &str, expected: &str| assert_eq!(told(name, &json!({"value": 1})).split(' ').next(), Some(expected));
    for name in ["order_update", "order_status", "cart_update", "identify", "reset", "goal", "ping"] {
        check(name, &format!("event_{name}"));
    }
    for name in ["login", "sign_up", "generate_lead", "my event", "view_cart", "add_to_wishlist", "begin_checkout"] {
        check(name, name.split(' ').next().unwrap());
    }
    check("user_engagement", "ping");
    assert!(
        told("screen_view", &json!({"screen_name": "Cart"}))
            .starts_with("page_view Server Unverified visitor=1.2 marks=no_event_id title=Cart")
    );
}

#[test]
fn a_page_that_uses_the_protocol_cannot_pass_for_a_server() {
    let body = br#"{"client_id":"1.2","ip_override":"198.51.100.7","events":[{"name":"x"}]}"#;
    let found = outcomes(&send(Sent { body, headers: &[("origin", "https://shop.example")], ..POST }));
    assert_eq!(found, "x Browser Unverified visitor=1.2 marks=no_event_id");
}

#[test]
fn the_validator_says_what_is_wrong_and_keeps_nothing() {
    let check = |query: &str, body: &str, expected: Value| {
        let reading = send(Sent { path: "/debug/mp/collect", query, body: body.as_bytes(), ..POST }).unwrap();
        assert!(reading.outcomes.is_empty() && reading.answer.status == 200);
        let answer: Value = serde_json::from_slice(&reading.answer.body).unwrap();
        let messages = answer["validationMessages"].as_array().unwrap();
        assert!(messages.iter().all(|message| message["description"].is_string()), "{answer}");
        let found: Vec<Value> = messages.iter().map(|m| json!([m["fieldPath"], m["validationCode"]])).collect();
        assert_eq!(json!(found), expected, "{body} {answer}");
    };
    let id = "measurement_id=G-TEST";
    check(
        id,
        r#"{"client_id":"1.2","events":[{"name":"purchase","params":{"transaction_id":"7","value":5}}]}"#,
        json!([]),
    );
    check("", "{}", json!([["measurement_id", "VALUE_REQUIRED"]]));
    check("measurement_id=G-X", "{}", json!([["measurement_id", "VALUE_INVALID"]]));
    check(id, "{", json!([["", "VALUE_INVALID"]]));
    check(id, "{}", json!([["events", "VALUE_REQUIRED"]]));
    check(id, r#"{"events":[]}"#, json!([["events", "VALUE_REQUIRED"], ["client_id", "VALUE_REQUIRED"]]));
    let events = r#"{"client_id":"1.2","events":[{"name":"purchase"},{"name":"x"},{},{"name":"refund","params":{"transaction_id":"7","value":"x"}}]}"#;
    check(
        id,
        events,
        json!([["events[0]", "VALUE_REQUIRED"], ["events[2]", "VALUE_REQUIRED"], ["events[3]", "VALUE_INVALID"]]),
    );
}
