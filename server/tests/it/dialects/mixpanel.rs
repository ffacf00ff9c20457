//! The trip as Mixpanel's browser library tells it, in batches of base64, and the refund as an import.

use super::{PRODUCTS, Told, Trip};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

pub(super) const TRIP: Trip = Trip { dialect: "mixpanel", setting: "mixpanel:TOK", requests, lacks: &[] };

/// 2026-03-02T10:00:00Z, in seconds.
const TEN_O_CLOCK_S: u64 = 1_772_445_600;

fn product(n: usize, quantity: u32) -> Value {
    let (sku, name, price, _) = PRODUCTS[n];
    json!({"sku": sku, "name": name, "price": price, "quantity": quantity})
}

fn event(minute: u64, name: &str, more: &Value) -> Value {
    let mut properties = json!({
        "token": "TOK", "mp_lib": "web", "$lib_version": "2.83.0", "$insert_id": format!("ue8pgmp5qsji3i{minute:02}"),
        "time": TEN_O_CLOCK_S + minute * 60, "$device_id": "25241d1d-1860-4e37-a7bf-0c0d2e78a203",
        "distinct_id": "$device:25241d1d-1860-4e37-a7bf-0c0d2e78a203", "$current_url": "https://shop.example/",
    });
    for (name, value) in more.as_object().expect("properties") {
        properties[name.as_str()] = value.clone();
    }
    json!({"event": name, "properties": properties})
}

fn batch(events: &[Value]) -> Told {
    let data = STANDARD.encode(Value::from(events.to_vec()).to_string());
    Told {
        method: "POST",
        target: "/track/?verbose=1&ip=1&_=1772445600000".to_owned(),
        headers: vec![
            ("Content-Type", "application/x-www-form-urlencoded".to_owned()),
            ("Origin", "https://shop.example".to_owned()),
        ],
        body: form_urlencoded::Serializer::new(String::new()).append_pair("data", &data).finish(),
    }
}

fn requests(token: &str, _key: &str) -> Vec<Told> {
    let order = json!({"order_id": "1001", "total": "194.00", "tax": "31.50", "shipping": "5.00", "discount": "17.50",
        "currency": "EUR", "products": [product(0, 2), product(1, 1), product(2, 3)]});
    let browsing = [
        event(1, "Product Viewed", &product(0, 1)),
        event(2, "Product Viewed", &product(1, 1)),
        event(3, "Product Added", &product(0, 3)),
        event(4, "Product Added", &product(1, 1)),
        event(5, "Product Added", &product(2, 3)),
        event(6, "Product Removed", &product(0, 1)),
    ];
    let buying = [event(7, "Checkout Started", &json!({})), event(10, "Order Completed", &order)];
    let refund = json!([{"event": "Order Refunded", "properties": {
        "token": "TOK", "distinct_id": "cust-42", "$insert_id": "refund-1", "time": TEN_O_CLOCK_S + 20 * 60,
        "order_id": "1001", "amount": 5, "products": [product(2, 1)],
    }}]);
    let secret = format!("Basic {}", STANDARD.encode(format!("account:{token}")));
    let refund = Told::json("/import?strict=1", &[("Authorization", &secret)], &refund);
    // The library sends a batch again whose answer it did not see.
    vec![batch(&browsing), batch(&buying), batch(&buying), refund]
}
