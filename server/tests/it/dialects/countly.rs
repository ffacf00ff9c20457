//! The trip as Countly's web library tells it: events of our names, their members in the segmentation.

use super::{PRODUCTS, Told, Trip};
use serde_json::{Value, json};

pub(super) const TRIP: Trip = Trip { dialect: "countly", setting: "countly:APPKEY", requests, lacks: &[] };

/// 2026-03-02T10:00:00Z, in milliseconds.
const TEN_O_CLOCK_MS: u64 = 1_772_445_600_000;

fn item(n: usize, quantity: u32) -> Value {
    let (sku, name, price, _) = PRODUCTS[n];
    json!({"item_id": sku, "item_name": name, "price": price, "quantity": quantity})
}

fn told(minute: u64, key: &str, sum: Option<&str>, segmentation: &Value) -> Told {
    let at = TEN_O_CLOCK_MS + minute * 60_000;
    let mut event =
        json!({"key": key, "count": 1, "timestamp": at, "hour": 10, "dow": 1, "segmentation": segmentation});
    if let Some(sum) = sum {
        event["sum"] = sum.into();
    }
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("events", &json!([event]).to_string())
        .append_pair("app_key", "APPKEY")
        .append_pair("device_id", "53c4a0a6-30b4-4f53-8b0c-6a5b1b6e1a10")
        .append_pair("sdk_name", "javascript_native_web")
        .append_pair("sdk_version", "24.4.1")
        .append_pair("t", "1")
        .append_pair("timestamp", &at.to_string())
        .finish();
    let headers = vec![
        ("Content-Type", "application/x-www-form-urlencoded".to_owned()),
        ("Origin", "https://shop.example".to_owned()),
    ];
    Told { method: "POST", target: "/i".to_owned(), headers, body }
}

fn requests(_token: &str, _key: &str) -> Vec<Told> {
    // Lists travel as text: many versions of the library keep only flat segmentations.
    let items = |list: &[Value]| Value::from(list.to_vec()).to_string();
    let order = json!({"transaction_id": "1001", "tax": "31.50", "shipping": "5.00", "discount": "17.50", "currency": "EUR",
        "items": items(&[item(0, 2), item(1, 1), item(2, 3)])});
    let refund = json!({"transaction_id": "1001", "refund_id": "r1", "items": items(&[item(2, 1)])});
    let purchase = || told(10, "purchase", Some("194.00"), &order);
    vec![
        told(1, "view_item", None, &item(0, 1)),
        told(2, "view_item", None, &item(1, 1)),
        told(3, "add_to_cart", None, &item(0, 3)),
        told(4, "add_to_cart", None, &item(1, 1)),
        told(5, "add_to_cart", None, &item(2, 3)),
        told(6, "remove_from_cart", None, &item(0, 1)),
        told(7, "begin_checkout", None, &json!({})),
        purchase(),
        purchase(),
        told(20, "refund", Some("5.00"), &refund),
    ]
}
