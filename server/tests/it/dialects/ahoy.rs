//! The trip as ahoy.js tells it: a visit, events of our names by beacon, the order by JSON.

use super::{PRODUCTS, Told, Trip};
use serde_json::{Value, json};

pub(super) const TRIP: Trip = Trip { dialect: "ahoy", setting: "ahoy", requests, lacks: &[] };

const ORIGIN: (&str, &str) = ("Origin", "https://shop.example");

fn item(n: usize, quantity: u32) -> Value {
    let (sku, name, price, _) = PRODUCTS[n];
    let price: Value = serde_json::from_str(price).expect("a price is a JSON number");
    json!({"item_id": sku, "item_name": name, "price": price, "quantity": quantity})
}

fn event(minute: u32, name: &str, properties: &Value) -> Value {
    let time = format!("2026-03-02T10:{minute:02}:00Z");
    json!({"id": format!("a{minute}"), "name": name, "time": time, "properties": properties})
}

fn beacon(event: &Value) -> Told {
    let parts =
        [("visit_token", "visit-1"), ("visitor_token", "visitor-1"), ("events_json", &json!([event]).to_string())]
            .map(|(name, value)| format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"));
    let kind = "multipart/form-data; boundary=B".to_owned();
    let headers = vec![(ORIGIN.0, ORIGIN.1.to_owned()), ("Content-Type", kind)];
    Told { method: "POST", target: "/ahoy/events".to_owned(), headers, body: parts.concat() + "--B--\r\n" }
}

fn requests(_token: &str, key: &str) -> Vec<Told> {
    let visit = json!({"visit_token": "visit-1", "visitor_token": "visitor-1", "platform": "Web", "js": true,
        "landing_page": "https://shop.example/", "screen_width": 1280, "screen_height": 720});
    let mut told = vec![Told::json("/ahoy/visits", &[ORIGIN], &visit)];
    for (minute, name, items) in [
        (1, "view_item", vec![item(0, 1)]),
        (2, "view_item", vec![item(1, 1)]),
        (3, "add_to_cart", vec![item(0, 3)]),
        (4, "add_to_cart", vec![item(1, 1)]),
        (5, "add_to_cart", vec![item(2, 3)]),
        (6, "remove_from_cart", vec![item(0, 1)]),
        (7, "begin_checkout", vec![item(0, 2), item(1, 1), item(2, 3)]),
    ] {
        told.push(beacon(&event(minute, name, &json!({"items": items}))));
    }
    let order = json!({"transaction_id": "1001", "value": 194.00, "tax": 31.50, "shipping": 5.00, "discount": 17.50,
        "currency": "EUR", "items": [item(0, 2), item(1, 1), item(2, 3)]});
    let refund = json!({"transaction_id": "1001", "refund_id": "r1", "amount": 5.00, "items": [item(2, 1)]});
    let tokens = |event: Value| json!({"visit_token": "visit-1", "visitor_token": "visitor-1", "events": [event]});
    let purchase = tokens(event(10, "purchase", &order));
    told.push(Told::json("/ahoy/events", &[ORIGIN], &purchase));
    // The page repeats what it could not hear the answer to.
    told.push(Told::json("/ahoy/events", &[ORIGIN], &purchase));
    told.push(Told::json(&format!("/{key}/ahoy/events"), &[], &tokens(event(20, "refund", &refund))));
    told
}
