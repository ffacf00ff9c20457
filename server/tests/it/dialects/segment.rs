//! The trip as Segment's clients tell it: the browser call by call, the shop's server in a batch.

use super::{CLOCK, PRODUCTS, Told, Trip};
use serde_json::{Value, json};

pub(super) const TRIP: Trip = Trip { dialect: "segment", setting: "segment:WK_TRIP", requests, lacks: &[] };

fn product(n: usize, quantity: u32) -> Value {
    let (sku, name, price, _) = PRODUCTS[n];
    json!({"product_id": format!("p{n}"), "sku": sku, "name": name, "price": price, "quantity": quantity})
}

fn call(minute: u32, event: &str, properties: &Value) -> Value {
    json!({
        "type": "track", "event": event, "properties": properties, "anonymousId": "v1",
        "messageId": format!("ajs-next-{minute}"), "timestamp": format!("2026-03-02T10:{minute:02}:00.000Z"),
    })
}

fn requests(_token: &str, _key: &str) -> Vec<Told> {
    // base64 of `WK_TRIP:`
    let basic = ("Authorization", "Basic V0tfVFJJUDo=");
    let browser = [basic, ("Origin", "https://shop.example")];
    let products = json!([product(0, 2), product(1, 1), product(2, 3)]);
    let order = json!({
        "order_id": "1001", "subtotal": 157.5, "total": 194, "revenue": 157.5, "tax": 31.5, "shipping": 5,
        "discount": 17.5, "currency": "EUR", "products": products,
    });
    let refund = json!({"order_id": "1001", "total": 5, "currency": "EUR", "products": [product(2, 1)]});
    let calls = [
        call(1, "Product Viewed", &product(0, 1)),
        call(2, "Product Viewed", &product(1, 1)),
        call(3, "Product Added", &product(0, 3)),
        call(4, "Product Added", &product(1, 1)),
        call(5, "Product Added", &product(2, 3)),
        call(6, "Product Removed", &product(0, 1)),
        call(7, "Checkout Started", &json!({"products": products, "value": 175, "currency": "EUR"})),
        call(10, "Order Completed", &order),
    ];
    let mut told: Vec<Told> = calls
        .into_iter()
        .map(|mut call| {
            call["writeKey"] = json!("WK_TRIP");
            call["sentAt"] = json!(CLOCK);
            Told::json("/v1/t", &browser, &call)
        })
        .collect();
    // The server has nothing of the browser but the order's number.
    let mut refund = call(20, "Order Refunded", &refund);
    refund["anonymousId"] = Value::Null;
    refund["userId"] = json!("cust-42");
    told.push(Told::json("/v1/batch", &[basic], &json!({"batch": [refund], "sentAt": CLOCK})));
    told
}
