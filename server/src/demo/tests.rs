//! The demo's shop by itself: believable, in order, and the same for the same seed.

use super::delivery::{Delivery, Sender};
use super::shop::Shop;
use commerce::{Timestamp, Zone};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

const NOW: &str = "2026-06-15T12:00:00Z";

fn shop(seed: u64) -> Shop {
    Shop::new(seed, 30, Timestamp::parse(NOW).unwrap(), Zone::parse("Europe/Berlin").unwrap())
}

fn cents(value: &Value) -> i64 {
    value.as_str().unwrap().replace('.', "").parse().unwrap()
}

fn is_browser(delivery: &Delivery) -> bool {
    matches!(delivery.sender, Sender::Browser { .. })
}

/// Returns the whole story of one seed, told once for all tests.
fn story() -> &'static [Delivery] {
    static STORY: OnceLock<Vec<Delivery>> = OnceLock::new();
    STORY.get_or_init(|| shop(1).collect())
}

/// Returns the events of one name, each with whether a browser sent it.
fn events(name: &str) -> Vec<(bool, Value)> {
    let mut found = Vec::new();
    for delivery in story().iter().filter(|delivery| delivery.body.contains(name)) {
        let body: Value = serde_json::from_str(&delivery.body).unwrap();
        let events = body["events"].as_array().unwrap().iter().filter(|e| e["name"] == name);
        found.extend(events.map(|event| (is_browser(delivery), event.clone())));
    }
    found
}

#[test]
fn the_same_seed_gives_the_same_shop() {
    let bodies = |seed| shop(seed).take(500).map(|d| d.body).collect::<Vec<_>>();
    assert_eq!(bodies(1), bodies(1));
    assert_ne!(bodies(1), bodies(2));
}

#[test]
fn everything_comes_in_order_and_ends_before_now() {
    let told = story();
    assert!(told.iter().filter(|d| is_browser(d)).count() > 10_000, "{}", told.len());
    let visits: Vec<_> = told.iter().filter(|d| is_browser(d)).map(|d| d.at).collect();
    assert!(visits.is_sorted());
    let office: Vec<_> = told.iter().filter(|d| !is_browser(d)).map(|d| d.at).collect();
    assert!(office.is_sorted() && office.len() > 500, "{}", office.len());
    assert!(told.iter().all(|d| d.at <= Timestamp::parse(NOW).unwrap()));
}

#[test]
fn orders_add_up_and_are_neither_rare_nor_common() {
    let visits = story().iter().filter(|d| is_browser(d)).count();
    let purchases = events("purchase");
    for (_, event) in purchases.iter().filter(|(_, e)| !e["items"].is_null()) {
        let items = event["items"].as_array().unwrap().iter();
        let items: i64 = items.map(|i| cents(&i["price"]) * i["quantity"].as_i64().unwrap()).sum();
        let parts = items - cents(&event["discount"]) + cents(&event["shipping"]) + cents(&event["tax"]);
        assert_eq!(parts, cents(&event["value"]), "{event}");
    }
    let per_mille = purchases.iter().filter(|(by_browser, _)| *by_browser).count() * 1000 / visits;
    assert!((15..50).contains(&per_mille), "{per_mille} orders per thousand visits");
}

#[test]
fn orders_are_seen_by_several_sources_and_by_some_only_one() {
    let mut seen: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (by_browser, event) in events("purchase") {
        let source = match &event["origin"] {
            Value::String(_) => "platform",
            _ if by_browser => "browser",
            _ => "server",
        };
        let id = match &event["aliases"][0] {
            Value::String(id) if source == "platform" => id.clone(),
            _ => event["transaction_id"].as_str().unwrap().to_owned(),
        };
        seen.entry(id).or_default().insert(source);
    }
    let orders = seen.iter().filter(|(id, _)| id.starts_with("TT-")).map(|(_, sources)| sources);
    let count = |wanted: &[&str]| orders.clone().filter(|sources| wanted.iter().eq(sources.iter())).count();
    for sources in [&["browser", "platform", "server"][..], &["browser", "server"], &["server"], &["browser"]] {
        assert!(count(sources) > 5, "{sources:?}: {} of {}", count(sources), seen.len());
    }
    for channel in ["POS-", "PHONE-"] {
        assert!(seen.keys().filter(|id| id.starts_with(channel)).count() > 10, "{channel}");
    }
}

#[test]
fn money_goes_back_whole_in_part_and_by_line() {
    let refunds: Vec<Value> = events("refund").into_iter().map(|(_, event)| event).collect();
    let whole = refunds.iter().filter(|r| r["amount"].is_null() && r["items"].is_null()).count();
    let by_line = refunds.iter().filter(|r| !r["items"].is_null()).count();
    let in_part = refunds.iter().filter(|r| !r["amount"].is_null()).count();
    assert!(whole > 3 && by_line > 3 && in_part > 1, "{whole}, {by_line}, {in_part} of {}", refunds.len());
    let statuses: BTreeSet<String> =
        events("order_status").iter().map(|(_, event)| event["status"].as_str().unwrap().to_owned()).collect();
    assert_eq!(statuses.into_iter().collect::<Vec<_>>(), ["cancelled", "confirmed"]);
    let currencies: BTreeSet<String> =
        events("purchase").iter().map(|(_, event)| event["currency"].as_str().unwrap().to_owned()).collect();
    assert!(["CHF", "EUR", "GBP", "USD"].iter().all(|code| currencies.contains(*code)), "{currencies:?}");
}
