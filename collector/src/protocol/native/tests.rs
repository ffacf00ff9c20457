//! The native protocol, read without a network: one table per subject.

mod hostile;
mod money;
mod pixel;
mod requests;
mod signatures;
mod times;

use super::*;
use crate::protocol::Request;
use crate::sample::{NOW, book, counted_ids};
use commerce::hit::Hit;

/// Reads `body` as site 1's browser, with `settings`.
fn collect_with(settings: &[(&str, &str)], body: &[u8]) -> Result<Reading, Answer> {
    call(settings, "/v1/collect", "", &[], body)
}

fn call(
    settings: &[(&str, &str)],
    path: &str,
    query: &str,
    headers: &[(&'static str, &str)],
    body: &[u8],
) -> Result<Reading, Answer> {
    let book = book(settings);
    let ids = counted_ids();
    let headers = headers.iter().map(|(n, v)| (http::HeaderName::from_static(n), v.parse().unwrap())).collect();
    let request = Request {
        method: "POST",
        path,
        query,
        headers: &headers,
        body,
        received_at: NOW,
        client_ip: "203.0.113.9".parse().unwrap(),
        book: &book,
        new_id: &ids,
    };
    match path {
        "/v1/collect" => read_collect(&request),
        "/v1/events" => read_events(&request),
        _ => read_pixel(&request),
    }
}

/// Reads one event of site 1's browser.
fn one_with(settings: &[(&str, &str)], event: &str) -> Outcome {
    let body = format!("{{\"site\":1,\"events\":[{event}]}}");
    let mut reading = collect_with(settings, body.as_bytes()).expect("the request is well-formed");
    assert_eq!(reading.outcomes.len(), 1, "{event}");
    reading.outcomes.remove(0)
}

fn hit(event: &str) -> Hit {
    match one_with(&[], event) {
        Outcome::Hit(hit) => *hit,
        other => panic!("{event} should be a hit, but is {other:?}"),
    }
}

/// Returns why an event is quarantined, or `ok`.
fn verdict_with(settings: &[(&str, &str)], event: &str) -> String {
    match one_with(settings, event) {
        Outcome::Hit(_) => "ok".to_owned(),
        Outcome::Quarantined(q) => {
            assert!(!q.hint.is_empty(), "{} needs a hint", q.reason);
            q.reason
        }
        Outcome::Excluded { reason, .. } => panic!("{event} should not be excluded: {reason:?}"),
    }
}

fn verdict(event: &str) -> String {
    verdict_with(&[], event)
}

fn answer_text(answer: &Answer) -> &str {
    std::str::from_utf8(&answer.body).unwrap()
}

fn refused_code(result: Result<Reading, Answer>) -> (u16, String) {
    let answer = result.expect_err("the request should be refused");
    let code =
        answer.headers.iter().find(|(n, _)| *n == "X-Reject-Reason").expect("every refusal names its reason").1.clone();
    assert!(answer_text(&answer).contains(&format!("\"code\":\"{code}\"")));
    (answer.status, code)
}
