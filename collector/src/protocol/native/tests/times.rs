//! When an event happened: skew, windows of backdating, the future.

use super::*;
use crate::sample::{IMPORT, INGEST};
use commerce::hit::flags;

/// Reads one event with `sent_at`, through `/v1/collect` or with `token`; returns `occurred_at` and flags, or the reason.
fn check(token: Option<&str>, sent_at: &str, event: &str, expected: Result<(&str, u32), &str>) {
    let body = format!("{{\"site\":1,\"sent_at\":{sent_at},\"events\":[{event}]}}");
    let authorization = token.map(|token| format!("Bearer {token}"));
    let headers: Vec<(&'static str, &str)> =
        authorization.iter().map(|value| ("authorization", value.as_str())).collect();
    let path = if token.is_some() { "/v1/events" } else { "/v1/collect" };
    let reading = call(&[], path, "", &headers, body.as_bytes()).unwrap();
    let read = match &reading.outcomes[0] {
        Outcome::Hit(hit) => {
            Ok((hit.facts.occurred_at.to_string(), hit.facts.flags.unwrap_or(0) & !flags::NO_EVENT_ID))
        }
        Outcome::Quarantined(q) => Err(q.reason.as_str()),
        Outcome::Excluded { .. } => panic!("{event} should not be excluded"),
    };
    let expected = expected.map(|(at, marks)| (at.to_owned(), marks));
    assert_eq!(read, expected, "{event} sent at {sent_at}");
}

fn at(time: &str) -> String {
    format!("{{\"name\":\"page_view\",\"occurred_at\":\"{time}\"}}")
}

fn order_at(time: &str) -> String {
    format!("{{\"name\":\"purchase\",\"transaction_id\":\"7\",\"occurred_at\":\"{time}\"}}")
}

#[test]
fn the_client_s_clock_error_is_taken_out() {
    // Three days fast, queued for 90 seconds.
    check(None, "\"2026-03-05T10:00:00Z\"", &at("2026-03-05T09:58:30Z"), Ok(("2026-03-02T09:58:30Z", 0)));
    // An hour slow.
    check(None, "\"2026-03-02T09:00:00Z\"", &at("2026-03-02T09:00:00Z"), Ok(("2026-03-02T10:00:00Z", 0)));
    check(None, "null", &at("2026-03-02T09:58:30+00:00"), Ok(("2026-03-02T09:58:30Z", 0)));
    check(None, "\"soon\"", &at("2026-03-02T09:58:30Z"), Ok(("2026-03-02T09:58:30Z", 0)));
    check(None, "null", "{\"name\":\"page_view\"}", Ok(("2026-03-02T10:00:00Z", 0)));
}

#[test]
fn the_future_ends_in_a_day() {
    check(None, "null", &at("2026-03-03T09:59:59Z"), Ok(("2026-03-03T09:59:59Z", 0)));
    check(None, "null", &at("2036-03-03T10:00:00Z"), Ok(("2026-03-03T10:00:00Z", flags::CLAMPED_FUTURE)));
}

#[test]
fn each_sender_may_date_back_so_far() {
    check(None, "null", &at("2026-02-23T10:00:00Z"), Ok(("2026-02-23T10:00:00Z", 0)));
    check(None, "null", &at("2026-02-23T09:59:59Z"), Err("time.too_old"));
    check(None, "null", &order_at("2026-02-23T09:59:59Z"), Ok(("2026-02-23T09:59:59Z", flags::BACKDATED)));
    check(Some(INGEST), "null", &at("2026-01-31T10:00:00Z"), Ok(("2026-01-31T10:00:00Z", 0)));
    check(Some(INGEST), "null", &at("2026-01-31T09:59:59Z"), Err("time.too_old"));
    check(Some(INGEST), "null", &order_at("2016-01-31T09:59:59Z"), Ok(("2016-01-31T09:59:59Z", flags::BACKDATED)));
    check(Some(IMPORT), "null", &at("2016-01-31T09:59:59Z"), Ok(("2016-01-31T09:59:59Z", 0)));
}

#[test]
fn times_that_cannot_be_read_are_quarantined() {
    for time in ["\"yesterday\"", "1772445600", "{}", "\"2026-03-02\"", "\"2026-02-30T00:00:00Z\""] {
        check(None, "null", &format!("{{\"name\":\"page_view\",\"occurred_at\":{time}}}"), Err("time.unreadable"));
    }
    check(None, "null", "{\"name\":\"purchase\",\"transaction_id\":\"7\",\"placed_at\":\"x\"}", Err("time.unreadable"));
}

#[test]
fn changes_of_an_order_carry_a_version() {
    let version = |event: &str| hit(event).facts.order.unwrap().version;
    let micros = |text: &str| Timestamp::parse(text).map(|t| t.0);
    let nine = "2026-03-02T09:00:00Z";
    assert_eq!(version("{\"name\":\"purchase\",\"transaction_id\":\"7\"}"), None);
    assert_eq!(
        version(&format!("{{\"name\":\"purchase\",\"transaction_id\":\"7\",\"updated_at\":\"{nine}\"}}")),
        micros(nine)
    );
    assert_eq!(
        version(&format!("{{\"name\":\"order_update\",\"transaction_id\":\"7\",\"occurred_at\":\"{nine}\"}}")),
        micros(nine)
    );
    let status = "{\"name\":\"order_status\",\"transaction_id\":\"7\",\"status\":\"cancelled\"";
    assert_eq!(version(&format!("{status},\"at\":\"{nine}\"}}")), micros(nine));
    assert_eq!(version(&format!("{status}}}")), Some(NOW.0));
}
