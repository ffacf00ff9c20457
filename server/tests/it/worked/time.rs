//! Time: days as the site's zone has them, ISO weeks, and clocks that are wrong.

use super::case::Case;
use super::shop::{Door, Shop};
use serde_json::{Value, json};

fn at(text: &Value) -> jiff::Timestamp {
    text.as_str().expect("a time").parse().expect("RFC 3339")
}

fn seconds(count: i64) -> jiff::Span {
    jiff::Span::new().seconds(count)
}

/// Books an order of `id` at `at`, as a list of past sales would.
fn book(shop: &Shop, id: &str, at: jiff::Timestamp) {
    let order = json!({"t": "order", "ts": at.to_string(), "order": {"id": id, "total": "1.00"}});
    let answer = shop.send_by(Door::Import, &order);
    assert_eq!(answer["accepted"], 1, "{answer}");
}

/// The case gives when a day begins and ends and how many hours it has: what lies a second outside is another day's.
pub(super) fn day_bounds(case: &Case) {
    let (start, end) = (at(&case.expectation()[0]), at(&case.expectation()[1]));
    let zone = case.config("site_tz").as_str().expect("a zone");
    let day = case.config("date").as_str().expect("a day");
    let shop = Shop::open_at(&(end + seconds(3600)).to_string(), "EUR", zone);
    let instants = [("before", start - seconds(1)), ("first", start), ("last", end - seconds(1)), ("after", end)];
    for (id, instant) in instants {
        book(&shop, id, instant);
    }
    shop.server.settle();
    let date: jiff::civil::Date = day.parse().expect("a day");
    let (yesterday, tomorrow) = (date.yesterday().expect("a day"), date.tomorrow().expect("a day"));
    let query = format!("metrics=orders&granularity=day&from={yesterday}&to={tomorrow}");
    let rows = shop.server.report(&shop.token, 1, &query);
    let expected = [(yesterday, 1), (date, 2), (tomorrow, 1)].map(|(day, n)| json!({"day": day, "orders": n}));
    assert_eq!(rows, expected);

    let rows = shop.server.report(&shop.token, 1, &format!("metrics=orders&granularity=hour&from={day}&to={day}"));
    let hours = case.expectation()[2].to_string();
    assert_eq!(format!("{}.0", rows.len()), hours, "{rows:?}");
    let labels: std::collections::BTreeSet<_> = rows.iter().map(|row| row["hour"].to_string()).collect();
    assert_eq!(labels.len(), rows.len(), "an hour that comes twice has two names");
    assert_eq!((&rows[0]["orders"], &rows[rows.len() - 1]["orders"]), (&json!(1), &json!(1)));
}

/// The case gives the orders of each day.
pub(super) fn orders_by_day(case: &Case) {
    let mut shop = Shop::open(case);
    shop.play(case);
    let rows = shop.rows("metrics=orders&dimensions=day").into_iter().filter(|row| row["orders"] != 0);
    let expected = case.expectations().map(|(day, orders)| json!({"day": day, "orders": orders}));
    assert_eq!(rows.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

/// The case gives the ISO week of some days; our weeks are named by their Monday.
pub(super) fn weeks(case: &Case) {
    let latest = case.expectations().map(|(day, _)| day).max().expect("a day");
    let shop = Shop::open_at(&format!("{latest}T23:00:00Z"), "EUR", "UTC");
    for (day, _) in case.expectations() {
        book(&shop, &format!("on-{day}"), format!("{day}T12:00:00Z").parse().expect("a time"));
    }
    shop.server.settle();
    for (day, week) in case.expectations() {
        let query = format!("metrics=orders&dimensions=week&from={day}&to={day}");
        let rows = shop.server.report(&shop.token, 1, &query);
        assert_eq!((rows.len(), &rows[0]["orders"]), (1, &json!(1)), "{day}: {rows:?}");
        let label: jiff::civil::Date = rows[0]["week"].as_str().expect("a label").parse().expect("a day");
        assert_eq!(label.weekday(), jiff::civil::Weekday::Monday, "{day}");
        let iso = label.iso_week_date();
        assert_eq!(&json!(format!("{}-W{:02}", iso.year(), iso.week())), week, "{day}");
    }
}

/// A device's clock is days ahead; what it says of when it sent tells by how much.
pub(super) fn skew(case: &Case) {
    let mut shop = Shop::open(case);
    shop.play(case);
    let live = shop.get("live?limit=1");
    let event = &live["events"][0];
    // The server's clock has run on a moment since the case's receipt; the event's own time moves with it.
    let passed = at(&event["sent"]["received_at"]).since(at(&case.events()[0]["recv"])).expect("a span");
    assert_eq!(at(&event["occurred_at"]), at(case.expectation()) + passed);
}
