//! What Segment's clients send, and what must come of it.

use super::super::foreign::tests::{self as replay, IMPORT, INGEST, Sent};
use super::*;

mod commerce_spec;
mod hostile;
mod people;

const NOW: &str = "2026-11-21T03:10:00Z";
const BASIC: (&str, &str) = ("authorization", "Basic V0tfVEVTVDo=");
const POST: Sent = Sent { method: "POST", path: "/v1/track", query: "", body: b"", headers: &[BASIC], now: NOW };

fn book() -> crate::book::SiteBook {
    replay::book(replay::site(&["segment:WK_TEST"]))
}

fn send(sent: Sent) -> Result<Reading, Answer> {
    replay::send(read, &book(), sent)
}

/// Sends `body` to `path` and describes what came of it, without the answer.
fn told(path: &str, body: &Value) -> String {
    let page = replay::describe(&send(Sent { path, body: body.to_string().as_bytes(), ..POST }));
    let (answer, outcomes) = page.split_once('\n').unwrap();
    assert_eq!(answer.trim(), "200 Content-Type: application/json; Vary: Origin; {\"success\":true}", "{body}");
    outcomes.trim().to_owned()
}

/// Sends a track call and describes the hit.
fn track(event: &str, properties: &Value) -> String {
    told("/v1/track", &serde_json::json!({"event": event, "messageId": "m1", "userId": "u1", "properties": properties}))
}

#[test]
fn every_captured_request_is_read() {
    // Sent at 03:00 and 03:04: the clients' clocks lag behind ours by that much.
    insta::assert_snapshot!("captures", replay::captures(read, &book(), "segment.jsonl", NOW));
}

#[test]
fn every_path_of_the_clients_is_owned() {
    for name in [
        "track", "identify", "page", "screen", "group", "alias", "batch", "import", "t", "i", "p", "s", "g", "a", "b",
        "m",
    ] {
        assert!(owns(&format!("/v1/{name}")) && owns(&format!("/v1/{name}/")), "{name}");
    }
    assert!(owns("/v1/projects/WK/settings"));
    for path in ["/v1/", "/v1", "/v1/collect", "/v1/x", "/track", "/v1/projects//settings", "/v1/projects/a/b/settings"]
    {
        assert!(!owns(path), "{path}");
    }
}

#[test]
fn a_page_is_told_where_to_send() {
    let check = |path: &str, headers: &[(&str, &str)], host: Value, protocol: Value| {
        let reading = send(Sent { method: "GET", path, headers, ..POST }).unwrap();
        let body: Value = serde_json::from_slice(&reading.answer.body).unwrap();
        let segment = &body["integrations"]["Segment.io"];
        assert_eq!(
            (&segment["apiKey"], &segment["apiHost"], &segment["protocol"]),
            (&"WK_TEST".into(), &host, &protocol)
        );
    };
    let path = "/v1/projects/WK_TEST/settings";
    let host = ("host", "t.example:8080");
    check(path, &[host, ("origin", "https://shop.example")], "t.example:8080/v1".into(), "https".into());
    check(path, &[host, ("origin", "http://shop.example")], "t.example:8080/v1".into(), "http".into());
    check(
        path,
        &[host, ("x-forwarded-proto", "https"), ("origin", "http://a.b")],
        "t.example:8080/v1".into(),
        "https".into(),
    );
    check(path, &[("host", "bad/host\"")], Value::Null, Value::Null);
    check("/v1/projects/WK%5FTEST/settings", &[], Value::Null, Value::Null);
    let refused = send(Sent { method: "GET", path: "/v1/projects/nobody/settings", ..POST }).unwrap_err();
    assert_eq!((refused.status, answer::reject_code(&refused).as_str()), (401, "key.unknown"));
}

#[test]
fn a_write_key_is_taken_wherever_clients_put_it() {
    let check = |authorization: &str, body: &str, expected: &str| {
        let headers = [("authorization", authorization)];
        let headers = if authorization.is_empty() { &[][..] } else { &headers[..] };
        let found = match send(Sent { headers, body: body.as_bytes(), ..POST }) {
            Ok(reading) => match &reading.outcomes[0] {
                super::super::Outcome::Hit(hit) => format!("{:?} {:?}", hit.facts.origin, hit.facts.trust),
                other => panic!("{other:?}"),
            },
            Err(answer) => format!("{} {}", answer.status, answer::reject_code(&answer)),
        };
        assert_eq!(found, expected, "{authorization} {body}");
    };
    let bare = r#"{"event":"x","userId":"u"}"#;
    let keyed = r#"{"event":"x","userId":"u","writeKey":"WK_TEST"}"#;
    let (ingest, import) = (format!("Bearer {INGEST}"), format!("Bearer {IMPORT}"));
    check("Basic V0tfVEVTVDo=", bare, "Server Unverified");
    check("basic V0tfVEVTVA==", bare, "Server Unverified");
    check("", keyed, "Server Unverified");
    check("Bearer of-nobody", keyed, "Server Unverified");
    check(&ingest, keyed, "Server Verified");
    check(&ingest, bare, "Server Verified");
    check(&import, bare, "Import Verified");
    check("", bare, "401 key.missing");
    check("Basic !!!", bare, "401 key.missing");
    check("Basic Ojo=", bare, "401 key.missing");
    check("Basic bm9ib2R5Og==", bare, "401 key.unknown");
    check("", r#"{"event":"x","writeKey":"wk_test"}"#, "401 key.unknown");
    check("", r#"{"event":"x","writeKey":{"a":1}}"#, "401 key.missing");
}

#[test]
fn browsers_may_ask_and_send_from_the_sites_origins() {
    let mut site = replay::site(&["segment:WK_TEST"]);
    site.settings.origins = vec!["https://shop.example".to_owned()];
    let book = replay::book(site);
    let from = |origin: &str, method: &str| {
        let headers = [BASIC, ("origin", origin), ("access-control-request-headers", "authorization,x-retry-count")];
        let result = replay::send(
            read,
            &book,
            Sent { method, headers: &headers, body: br#"{"event":"x"}"#, path: "/v1/t", ..POST },
        );
        replay::describe(&result).lines().next().unwrap().trim().to_owned()
    };
    let preflight = from("https://shop.example", "OPTIONS");
    assert!(preflight.starts_with("204 ") && preflight.contains(HEADERS), "{preflight}");
    assert!(from("https://shop.example", "POST").contains("Access-Control-Allow-Credentials: true;"));
    let refused = from("https://copied.example", "POST");
    assert!(refused.starts_with("403 ") && refused.contains("X-Reject-Reason: origin.not_allowed"), "{refused}");
    assert!(refused.contains("Access-Control-Allow-Origin: https://copied.example"), "{refused}");
    assert!(from("https://shop.example", "PUT").contains("Allow: POST, OPTIONS;"));
}
