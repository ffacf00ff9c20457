//! The trip as Snowplow's browser tracker and its ecommerce plug-in tell it.

use super::{PRODUCTS, Told, Trip};
use serde_json::{Value, json};

pub(super) const TRIP: Trip = Trip { dialect: "snowplow", setting: "snowplow:shop", requests, lacks: &[] };

/// 2026-03-02T10:00:00Z, in milliseconds.
const TEN_O_CLOCK_MS: u64 = 1_772_445_600_000;

fn product(n: usize, quantity: u32) -> (&'static str, Value) {
    let (sku, name, price, _) = PRODUCTS[n];
    (
        "product",
        json!({"id": sku, "name": name, "category": "Clothes/All", "price": price, "quantity": quantity, "currency": "EUR"}),
    )
}

fn event(minute: u64, kind: &str, contexts: &[(&str, Value)]) -> Value {
    let shop = |name: &str| format!("iglu:com.snowplowanalytics.snowplow.ecommerce/{name}/jsonschema/1-0-0");
    let core = |name: &str| format!("iglu:com.snowplowanalytics.snowplow/{name}/jsonschema/1-0-0");
    let contexts: Vec<Value> =
        contexts.iter().map(|(name, data)| json!({"schema": shop(name), "data": data})).collect();
    let action = json!({"schema": shop("snowplow_ecommerce_action"), "data": {"type": kind}});
    json!({
        "e": "ue", "eid": format!("5d0f9d7e-0000-4000-8000-0000000000{minute:02}"), "tv": "js-4.10.1", "tna": "sp",
        "aid": "shop", "p": "web", "duid": "9dc57472-ecb4-4a01-af0f-4b29118b17df",
        "sid": "be5a151e-9f82-4fce-b743-880f33d7d8f4", "url": "https://shop.example/", "lang": "en-US",
        "dtm": (TEN_O_CLOCK_MS + minute * 60_000).to_string(),
        "stm": (TEN_O_CLOCK_MS + 30 * 60_000).to_string(),
        "ue_pr": json!({"schema": core("unstruct_event"), "data": action}).to_string(),
        "co": json!({"schema": core("contexts"), "data": contexts}).to_string(),
    })
}

fn requests(_token: &str, _key: &str) -> Vec<Told> {
    let transaction = json!({"transaction_id": "1001", "revenue": "194.00", "currency": "EUR", "payment_method": "card",
        "total_quantity": 6, "tax": "31.50", "shipping": "5.00", "discount_amount": "17.50"});
    let refund = json!({"transaction_id": "1001", "currency": "EUR", "refund_amount": 5.00, "refund_reason": "torn"});
    let events = [
        event(1, "product_view", &[product(0, 1)]),
        event(2, "product_view", &[product(1, 1)]),
        event(3, "add_to_cart", &[product(0, 3)]),
        event(4, "add_to_cart", &[product(1, 1)]),
        event(5, "add_to_cart", &[product(2, 3)]),
        event(6, "remove_from_cart", &[product(0, 1)]),
        event(7, "checkout_step", &[("checkout_step", json!({"step": 1}))]),
        event(10, "transaction", &[product(0, 2), product(1, 1), product(2, 3), ("transaction", transaction)]),
        event(20, "refund", &[product(2, 1), ("refund", refund)]),
    ];
    let schema = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4";
    let headers = [("Origin", "https://shop.example"), ("Referer", "https://shop.example/")];
    let told = |event: &Value| {
        let body = json!({"schema": schema, "data": [event]});
        Told::json("/com.snowplowanalytics.snowplow/tp2", &headers, &body)
    };
    // The last two of them as the tracker sends again what it believes lost.
    events.iter().chain(&events[7..]).map(told).collect()
}
