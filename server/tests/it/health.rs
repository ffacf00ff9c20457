//! How tracking fares, and what happens now.

use crate::harness::Server;
use serde_json::{Value, json};

fn order(id: &str, order: &str) -> Value {
    json!({"id": id, "name": "purchase", "visitor_id": "v1", "transaction_id": order, "value": "10.00", "currency": "EUR",
        "items": [{"item_id": "S1", "price": "10.00"}]})
}

#[test]
fn who_saw_the_orders_and_what_happens_now_is_said() {
    let server = Server::start_at("2026-03-02T10:00:00Z");
    server.cli(&["site", "add", "--domain", "shop.example", "--currency", "EUR", "--timezone", "Europe/Berlin"]);
    let view = |id: &str, visitor: &str, page: &str| json!({"id": id, "name": "page_view", "visitor_id": visitor, "page": {"url": format!("https://shop.example{page}?utm_source=news")}});
    server.collect(1, &json!([view("p1", "v1", "/a"), view("p2", "v1", "/b"), view("p3", "v2", "/a"), order("o1", "A"), order("o2", "B"),
        {"id": "c1", "name": "cart_update", "visitor_id": "v2", "value": "5.00", "items": [{"item_id": "S2", "price": "5.00"}]}]));
    let ingest = server.token(Some(1), "ingest");
    server.post_json("/v1/events", &ingest, &json!({"events": [order("s1", "A"), order("s2", "C"), order("s3", "D")]}));
    server.settle();
    let read = server.token(Some(1), "read");

    let health = server.get_json("/api/v1/sites/1/health?from=2026-03-02&to=2026-03-02", &read);
    assert_eq!(
        health["orders"],
        json!({"orders": 4, "by_browser": 2, "by_server": 3, "by_both": 1, "share_by_browser": 0.5, "share_by_server": 0.75})
    );
    let clients = health["clients"].as_array().unwrap();
    let heard: Vec<(&Value, &Value, &Value)> =
        clients.iter().map(|c| (&c["dialect"], &c["events"], &c["by_server"])).collect();
    assert_eq!(
        heard,
        [(&json!("native_browser"), &json!(6), &json!(0)), (&json!("native_server"), &json!(3), &json!(3))]
    );
    let of = |name: &str| health[name].as_i64().unwrap();
    assert_eq!(of("received"), of("stored") + of("duplicate") + of("quarantined") + of("excluded"));
    let none = server.get_json("/api/v1/sites/1/health?from=2026-02-01&to=2026-02-01", &read);
    assert_eq!((&none["orders"]["orders"], &none["orders"]["share_by_browser"]), (&json!(0), &Value::Null));

    let now = server.get_json("/api/v1/sites/1/live", &read)["now"].clone();
    assert_eq!(
        [
            &now["visitors"],
            &now["visitors_now"],
            &now["page_views"],
            &now["orders"],
            &now["order_total"],
            &now["open_carts"]
        ],
        [&json!(2), &json!(2), &json!(3), &json!(4), &json!("40.00"), &json!(1)]
    );
    assert_eq!(now["pages"], json!([{"name": "/a", "count": 2}, {"name": "/b", "count": 1}]));
    assert_eq!(now["sources"], json!([{"name": "news", "count": 2}]));
    let minutes = now["page_views_by_minute"].as_array().unwrap();
    assert_eq!((minutes.len(), minutes.iter().filter_map(Value::as_i64).sum::<i64>()), (30, 3));
    let refused = server.send_json("GET", "/api/v1/sites/1/health?from=yesterday", &read, &Value::Null);
    assert_eq!((refused.0, &refused.1["error"]["code"]), (400, &json!("query.bad_date")));
}
