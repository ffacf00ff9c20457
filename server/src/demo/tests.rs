//! The demo's shop by itself: believable, in order, and the same for the same seed.

use super::shop::Shop;
use commerce::{Timestamp, Zone};
use serde_json::Value;

fn shop(seed: u64) -> Shop {
    Shop::new(seed, 30, Timestamp::parse("2026-06-15T12:00:00Z").unwrap(), Zone::parse("Europe/Berlin").unwrap())
}

#[test]
fn the_same_seed_gives_the_same_shop() {
    let bodies = |seed| shop(seed).take(500).map(|v| v.body).collect::<Vec<_>>();
    assert_eq!(bodies(1), bodies(1));
    assert_ne!(bodies(1), bodies(2));
}

#[test]
fn visits_come_in_order_and_end_before_now() {
    let visits: Vec<_> = shop(1).collect();
    assert!(visits.len() > 10_000, "{}", visits.len());
    assert!(visits.is_sorted_by_key(|v| v.started_at));
    assert!(visits.last().unwrap().started_at < Timestamp::parse("2026-06-15T12:00:00Z").unwrap());
}

#[test]
fn orders_add_up_and_are_neither_rare_nor_common() {
    let mut orders = 0;
    let visits = shop(1).collect::<Vec<_>>();
    let cents = |v: &Value| v.as_str().unwrap().replace('.', "").parse::<i64>().unwrap();
    for visit in &visits {
        let body: Value = serde_json::from_str(&visit.body).unwrap();
        for event in body["events"].as_array().unwrap().iter().filter(|e| e["name"] == "purchase") {
            orders += 1;
            let items: i64 = event["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|i| cents(&i["price"]) * i["quantity"].as_i64().unwrap())
                .sum();
            let parts = items - cents(&event["discount"]) + cents(&event["shipping"]) + cents(&event["tax"]);
            assert_eq!(parts, cents(&event["value"]), "{event}");
        }
    }
    let per_mille = orders * 1000 / visits.len();
    assert!((15..50).contains(&per_mille), "{per_mille} orders per thousand visits");
}
