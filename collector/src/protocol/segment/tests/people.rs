//! Who, when and where: ids, times, contexts, pages and campaigns.

use super::super::super::Outcome;
use super::*;
use serde_json::json;
use std::fmt::Write;

/// Sends one call and returns its hit.
fn hit(headers: &[(&str, &str)], body: &Value) -> commerce::hit::Hit {
    let reading = send(Sent { headers, body: body.to_string().as_bytes(), ..POST }).unwrap();
    match reading.outcomes.into_iter().next() {
        Some(Outcome::Hit(hit)) => *hit,
        other => panic!("{body} is no hit: {other:?}"),
    }
}

#[test]
fn calls_become_events_of_their_visitors() {
    let app = json!({
        "library": {"name": "analytics-ios"}, "app": {"name": "Shop", "version": "2.1"}, "os": {"name": "iOS"},
        "device": {"model": "iPhone", "advertisingId": "never"}, "screen": {"width": 390, "height": 844}, "locale": "de-DE",
    });
    let page_properties = json!({"url": "https://s.e/", "path": "/", "search": "", "x": 1});
    let calls = [
        ("/v1/identify", json!({"anonymousId": "a1", "userId": "u1", "traits": {"email": "A@b.c", "plan": "gold"}})),
        ("/v1/i", json!({"anonymousId": "a1", "userId": null, "context": {"traits": {"email": "x@y.z"}}})),
        ("/v1/alias", json!({"previousId": "a1", "userId": "u1"})),
        ("/v1/a", json!({"previousId": "u1", "userId": "u1", "anonymousId": "a1"})),
        ("/v1/a", json!({"previousId": "old", "userId": "u1", "anonymousId": "a1"})),
        ("/v1/a", json!({})),
        ("/v1/group", json!({"groupId": "g1", "traits": {"name": "Acme"}, "userId": "u1"})),
        (
            "/v1/page",
            json!({"name": "Home", "category": "Shop", "anonymousId": "undefined", "properties": page_properties}),
        ),
        ("/v1/screen", json!({"name": "Cart", "anonymousId": "a1", "context": app})),
        (
            "/v1/track",
            json!({"event": "x", "properties": {"email": "a@b.c"}, "context": {"ip": "198.51.100.7", "userAgent": "UA/1"}}),
        ),
    ];
    let mut page = String::new();
    for (path, mut body) in calls {
        body["messageId"] = json!("1");
        writeln!(page, "{path}: {}", told(path, &body)).unwrap();
    }
    insta::assert_snapshot!("people", page);
}

#[test]
fn a_batchs_context_lies_under_the_calls_own() {
    let own = json!({"page": {"url": "https://s.e/own"}, "locale": "fr"});
    let body = json!({
        "context": {"ip": "198.51.100.7", "page": {"url": "https://s.e/shared", "title": "Shared"}, "locale": "de"},
        "batch": [
            {"type": "track", "event": "a", "messageId": "1"},
            {"type": "track", "event": "b", "messageId": "2", "context": own},
            {"event": "no type", "messageId": "3"},
            {"type": "page", "messageId": "4", "context": {"ip": null}},
        ],
    });
    let expected = "a Server Unverified url=https://s.e/shared title=Shared language=de ip=198.51.100.7
  b Server Unverified url=https://s.e/own title=Shared language=fr ip=198.51.100.7
  no type Server Unverified url=https://s.e/shared title=Shared language=de ip=198.51.100.7
  page_view Server Unverified url=https://s.e/shared title=Shared language=de ip=198.51.100.7";
    assert_eq!(told("/v1/batch", &body), expected);
}

#[test]
fn times_are_put_right_by_the_clients_clock() {
    let check = |timestamp: Value, sent_at: &str, expected: &str| {
        let body = json!({"event": "x", "messageId": "1", "timestamp": timestamp, "sentAt": sent_at});
        assert_eq!(told("/v1/track", &body), expected, "{body}");
    };
    let expected = "x Server Unverified at=2026-11-21T03:00:00Z";
    check(json!("2026-11-21T03:00:00Z"), "2026-11-21T03:10:00Z", expected);
    check(json!("2026-11-21T02:00:00.000+00:00"), "2026-11-21T02:10:00Z", expected);
    // A few seconds are the way, not the clock.
    check(json!("2026-11-21T04:00:00+01:00"), "2026-11-21T03:09:55Z", expected);
    check(json!(1_795_230_000), "", expected);
    check(json!(1_795_230_000_000_i64), "nonsense", expected);
    check(json!(""), "", "x Server Unverified");
    let remedy = "quarantined: time.unreadable (Send `occurred_at` as RFC 3339, such as 2026-03-02T10:00:00Z.)";
    check(json!("2026-11-21"), "", remedy);
}

#[test]
fn what_is_sent_again_counts_once() {
    let id = |body: &Value| {
        let hit = hit(&[BASIC], body);
        (hit.facts.event_id, hit.facts.flags.unwrap_or(0))
    };
    assert_eq!(id(&json!({"event": "x", "messageId": "m1"})).0, commerce::ids::EventId::from_text("segment:m1"));
    let timed = json!({"event": "x", "userId": "u", "timestamp": "2026-11-21T03:00:00Z"});
    let other = json!({"event": "x", "userId": "v", "timestamp": "2026-11-21T03:00:00Z"});
    assert_eq!(id(&timed), id(&timed));
    assert_ne!(id(&timed), id(&other));
    // Neither id nor time: nobody can tell a retry from a second event, and the hit says so.
    assert_eq!(id(&json!({"event": "x"})).1, commerce::hit::flags::NO_EVENT_ID);
}

#[test]
fn a_campaign_beside_the_address_is_not_lost() {
    let check = |event: &str, page: Value, expected: &str| {
        let context = json!({"campaign": {"source": "google", "medium": "cpc", "name": "a b"}, "page": page});
        let body = json!({"event": event, "messageId": "1", "properties": {"order_id": "7"}, "context": context});
        let told = told("/v1/track", &body);
        assert!(told.contains(expected), "{told}");
    };
    let with_campaign = "url=https://s.e/?a=1&utm_source=google&utm_medium=cpc&utm_campaign=a+b#f";
    check("x", json!({"url": "https://s.e/?a=1#f"}), with_campaign);
    check("x", json!({"url": "https://s.e/?utm_source=own"}), "url=https://s.e/?utm_source=own properties");
    check("Order Completed", Value::Null, "attribution=Some(\"google\")/Some(\"cpc\")/Some(\"a b\")");
}

#[test]
fn a_page_cannot_pass_for_a_server() {
    let check = |headers: &[(&str, &str)], context: Value, expected: &str| {
        let body = json!({"event": "x", "context": context});
        assert_eq!(format!("{:?}", hit(headers, &body).facts.origin), expected, "{body}");
    };
    let from_page = [BASIC, ("origin", "https://shop.example")];
    check(&from_page, json!({"library": {"name": "@segment/analytics-node"}}), "Browser");
    check(&[BASIC], json!({"library": {"name": "analytics-python"}}), "Server");
    check(&[BASIC], json!({"library": {"name": "analytics.js"}}), "Browser");
    check(&from_page, json!({"library": {"name": "@segment/analytics-react-native"}}), "App");
    check(&[BASIC], json!({"channel": "mobile"}), "App");
    check(&[BASIC], json!({"library": "text"}), "Server");
}
