//! What GA4's clients send, and what must come of it.

use super::super::foreign::tests::{self as replay, Sent};
use super::super::{Answer, Outcome};
use super::*;
use serde_json::Value;

mod hostile;
mod items;
mod measurement;
mod money;
mod pages;

const NOW: &str = "2026-11-21T03:10:00Z";
const SECRET: &str = "canary-secret-canary";
const POST: Sent =
    Sent { method: "POST", path: "/mp/collect", query: "measurement_id=G-TEST", body: b"", headers: &[], now: NOW };

fn site() -> crate::book::BookSite {
    replay::site(&["ga4:G-TEST", "ga4:G-MTCBNXD3XJ", "ga4:1:234:android:abc"])
}

fn send(sent: Sent) -> Result<Reading, Answer> {
    replay::send(read, &replay::book(site()), sent)
}

/// Describes a request's outcomes, without the answer.
fn outcomes(result: &Result<Reading, Answer>) -> String {
    let page = replay::describe(result);
    let (answer, outcomes) = page.split_once('\n').unwrap();
    assert!(answer.starts_with("  204 "), "{page}");
    outcomes.trim().to_owned()
}

/// Sends one event by the Measurement Protocol and describes its hit.
fn told(name: &str, params: &Value) -> String {
    let body = json!({"client_id": "1.2", "events": [{"name": name, "params": params}]});
    outcomes(&send(Sent { body: body.to_string().as_bytes(), ..POST }))
}

#[test]
fn every_captured_request_is_read() {
    insta::assert_snapshot!("captures", replay::captures(read, &replay::book(site()), "ga4.jsonl", NOW));
}

#[test]
fn the_dialects_paths_are_owned() {
    assert!(["/mp/collect", "/debug/mp/collect", "/g/collect"].into_iter().all(owns));
    assert!(!["/collect", "/mp", "/g/collect/", "/debug/mp", "/j/collect"].into_iter().any(owns));
}

#[test]
fn a_secret_proves_the_sender_and_is_kept_nowhere() {
    let mut guarded = site();
    guarded.dialect_secrets = vec![
        (Dialect::Stripe, "stripes".to_owned()),
        (Dialect::Ga4, "newest".to_owned()),
        (Dialect::Ga4, SECRET.to_owned()),
    ];
    let body = json!({"client_id": "1.2", "events": [{"name": "x", "params": {"a": 1}}, 7]}).to_string();
    let check = |site: &BookSite, secret: &str, expected: &str| {
        let query = format!("measurement_id=G-TEST{secret}");
        let result =
            replay::send(read, &replay::book(site.clone()), Sent { query: &query, body: body.as_bytes(), ..POST });
        let found = match &result {
            Ok(reading) => match &reading.outcomes[0] {
                Outcome::Hit(hit) => format!("{:?}", hit.facts.trust),
                other => panic!("{other:?}"),
            },
            Err(answer) => answer::reject_code(answer),
        };
        assert_eq!(found, expected, "{secret}");
        assert!(!format!("{result:?}").contains(SECRET), "{result:?}");
    };
    check(&guarded, &format!("&api_secret={SECRET}"), "Verified");
    check(&guarded, "&api_secret=newest", "Verified");
    check(&guarded, "&api_secret=stripes", "secret.wrong");
    check(&guarded, "&api_secret=canary-secret-canary2", "secret.wrong");
    check(&guarded, "&api_secret=", "secret.missing");
    check(&guarded, "", "secret.missing");
    check(&site(), &format!("&api_secret={SECRET}"), "Unverified");
    check(&site(), "", "Unverified");
    // What a page sends is never more than a page's word.
    let query = format!("tid=G-TEST&en=x&api_secret={SECRET}");
    let reading = replay::send(read, &replay::book(guarded), Sent { path: "/g/collect", query: &query, ..POST });
    assert!(outcomes(&reading).starts_with("x Browser Unverified"));
    assert!(!format!("{reading:?}").contains(SECRET));
}

#[test]
fn refusals_are_204_with_their_reason() {
    let mut site = site();
    site.settings.origins = vec!["https://shop.example".to_owned()];
    let book = replay::book(site);
    let check = |method: &str, path: &str, query: &str, origin: &str, expected: &str| {
        let body = br#"{"events":[]}"#;
        let headers = [("origin", origin)];
        let result = replay::send(read, &book, Sent { method, path, query, body, headers: &headers, now: NOW });
        let page = replay::describe(&result);
        assert!(page.contains(expected), "{method} {path}?{query} {page}");
    };
    let own = "https://shop.example";
    let refused = |code: &str| format!("204 X-Reject-Reason: {code}; Vary: Origin; Access-Control-Allow-Origin: ");
    check("POST", "/mp/collect", "", own, &refused("id.missing"));
    check("POST", "/mp/collect", "measurement_id=&firebase_app_id=", own, &refused("id.missing"));
    check("POST", "/mp/collect", "measurement_id=G-OTHER", own, &refused("id.unknown"));
    check("GET", "/g/collect", "tid=g-test", own, &refused("id.unknown"));
    check("GET", "/g/collect", "", own, &refused("id.missing"));
    check("POST", "/mp/collect", "measurement_id=G-TEST", "https://copied.example", &refused("origin.not_allowed"));
    check("GET", "/g/collect", "tid=G-TEST", "https://copied.example", &refused("origin.not_allowed"));
    check("GET", "/mp/collect", "measurement_id=G-TEST", own, "405 X-Reject-Reason: method.not_allowed; Allow: POST");
    check("PUT", "/g/collect", "tid=G-TEST", own, "405 X-Reject-Reason: method.not_allowed; Allow: GET, POST");
    check("OPTIONS", "/mp/collect", "", own, "Access-Control-Allow-Credentials: true; Access-Control-Allow-Methods");
    check("POST", "/mp/collect", "firebase_app_id=1:234:android:abc", own, "204 Vary: Origin");
}
