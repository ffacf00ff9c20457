//! The trip as a shop's server tells it to Heap: flat properties, one event for each line of the order, in a bulk.

use super::{PRODUCTS, Told, Trip};
use serde_json::{Value, json};

pub(super) const TRIP: Trip = Trip { dialect: "heap", setting: "heap:2364527819", requests, lacks: &[] };

const APP: &str = "2364527819";

fn number(text: &str) -> Value {
    serde_json::from_str(text).expect("a price is a JSON number")
}

fn event(minute: u32, name: &str, properties: &Value) -> Value {
    json!({"app_id": APP, "identity": "a@example.com", "user_id": "7540853200912000", "event": name,
        "idempotency_key": format!("{name}-{minute}"), "timestamp": format!("2026-03-02T10:{minute:02}:00+00:00"),
        "properties": properties})
}

fn product(n: usize, quantity: u32) -> Value {
    let (sku, name, price, _) = PRODUCTS[n];
    json!({"sku": sku, "name": name, "price": number(price), "quantity": quantity})
}

fn line(minute: u32, n: usize) -> Value {
    let (_, _, price, quantity) = PRODUCTS[n];
    let mut line = product(n, quantity);
    for (name, value) in [("order_id", json!("1001")), ("currency", json!("EUR")), ("price", number(price))] {
        line[name] = value;
    }
    event(minute, "Purchase", &line)
}

fn requests(_token: &str, _key: &str) -> Vec<Told> {
    let post = |event: &Value| Told::json("/api/track", &[], event);
    let mut told: Vec<Told> = [
        event(1, "view_item", &product(0, 1)),
        event(2, "view_item", &product(1, 1)),
        event(3, "add_to_cart", &product(0, 3)),
        event(4, "add_to_cart", &product(1, 1)),
        event(5, "add_to_cart", &product(2, 3)),
        event(6, "remove_from_cart", &product(0, 1)),
        // A line may come before its order.
        line(10, 0),
    ]
    .iter()
    .map(post)
    .collect();
    let order = json!({"order_id": "1001", "total": 194.00, "tax": 31.50, "shipping": 5.00, "discount": 17.50});
    let order = event(11, "Order", &order);
    told.push(Told::json("/api/track", &[], &json!({"app_id": APP, "events": [line(12, 1), order, line(13, 2)]})));
    told.push(post(&order));
    let refund =
        json!({"order_id": "1001", "refund_id": "r1", "amount": 5.00, "sku": "S3", "name": "Sock", "price": 5.00});
    told.push(post(&event(20, "Refund", &refund)));
    told
}
