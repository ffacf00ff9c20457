//! The trip as our own clients tell it.

use super::{PRODUCTS, Told, Trip};
use serde_json::{Value, json};

pub(super) const TRIP: Trip = Trip { dialect: "native", setting: "", requests, lacks: &[] };

fn item(n: usize, quantity: u32) -> Value {
    let (sku, name, price, _) = PRODUCTS[n];
    json!({"item_id": sku, "item_name": name, "price": price, "quantity": quantity})
}

/// Returns what the shop's page tells, the order included.
pub(super) fn page(key: &str) -> Value {
    let at = |minute: u32| format!("2026-03-02T10:{minute:02}:00Z");
    let event = |minute: u32, name: &str, items: &[Value]| json!({"id": format!("n{minute}"), "name": name, "occurred_at": at(minute), "visitor_id": "v1", "items": items});
    let mut purchase = event(10, "purchase", &[item(0, 2), item(1, 1), item(2, 3)]);
    for (name, value) in [("transaction_id", "1001"), ("value", "194.00"), ("tax", "31.50")] {
        purchase[name] = json!(value);
    }
    for (name, value) in [("shipping", "5.00"), ("discount", "17.50"), ("currency", "EUR")] {
        purchase[name] = json!(value);
    }
    json!({"site": key, "events": [
        event(1, "view_item", &[item(0, 1)]),
        event(2, "view_item", &[item(1, 1)]),
        event(3, "add_to_cart", &[item(0, 3)]),
        event(4, "add_to_cart", &[item(1, 1)]),
        event(5, "add_to_cart", &[item(2, 3)]),
        event(6, "remove_from_cart", &[item(0, 1)]),
        event(7, "begin_checkout", &[item(0, 2), item(1, 1), item(2, 3)]),
        purchase,
    ]})
}

fn requests(token: &str, key: &str) -> Vec<Told> {
    let browser = page(key);
    vec![Told::json("/v1/collect", &[], &browser), refund(token)]
}

/// Returns the refund as the shop's own server tells it, for dialects that know none.
pub(super) fn refund(token: &str) -> Told {
    let refund = json!({"events": [{
        "id": "n20", "name": "refund", "occurred_at": "2026-03-02T10:20:00Z", "transaction_id": "1001", "refund_id": "r1",
        "amount": "5.00", "items": [item(2, 1)],
    }]});
    let bearer = format!("Bearer {token}");
    Told::json("/v1/events", &[("Authorization", &bearer)], &refund)
}
