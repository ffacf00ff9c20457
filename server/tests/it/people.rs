//! Carts, customers and visitors over HTTP.

use crate::orders::Shop;
use serde_json::{Value, json};

const CLOCK: &str = "2026-04-06T10:00:00Z";

fn cart(id: &str, at: &str, more: &Value) -> Value {
    let mut event = json!({"id": format!("{id}-{at}"), "name": "cart_update", "cart_id": id, "occurred_at": at, "currency": "EUR",
        "items": [{"item_id": "A", "item_name": "Shirt", "price": "20.00", "quantity": 2}]});
    event.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    event
}

#[test]
fn carts_are_listed_by_state_as_of_a_time() {
    let shop = Shop::open_at(CLOCK);
    shop.server.collect(1, &json!([
        {"id": "p", "name": "page_view", "visitor_id": "v1", "occurred_at": "2026-04-06T09:00:00Z",
         "page": {"url": "https://shop.example/?utm_source=news&utm_medium=email&utm_campaign=spring"}},
        cart("c1", "2026-04-06T09:01:00Z", &json!({"visitor_id": "v1", "checkout_step": "shipping", "email": "ann@example.org",
            "recovery_url": "https://shop.example/cart?restore=c1"})),
        cart("c2", "2026-04-06T09:40:00Z", &json!({"visitor_id": "v2"})),
        cart("c3", "2026-04-06T09:05:00Z", &json!({"visitor_id": "v3"})),
        {"id": "c3e", "name": "cart_update", "cart_id": "c3", "visitor_id": "v3", "occurred_at": "2026-04-06T09:06:00Z", "items": []},
        cart("c4", "2026-04-06T09:00:00Z", &json!({"visitor_id": "v4"})),
        {"id": "o4", "name": "purchase", "visitor_id": "v4", "cart_id": "c4", "transaction_id": "4", "value": "40.00",
         "occurred_at": "2026-04-06T09:50:00Z"},
    ]));
    shop.server.settle();
    let ids = |query: &str| -> Vec<Value> {
        let carts = shop.get(&format!("/carts?{query}"));
        carts["carts"].as_array().expect("carts").iter().map(|cart| cart["cart_id"].clone()).collect()
    };
    assert_eq!(ids("state=abandoned"), ["c1"]);
    assert_eq!(ids("state=open"), ["c2"]);
    assert_eq!(ids("state=emptied"), ["c3"]);
    assert_eq!(ids("state=recovered"), ["c4"]);
    assert_eq!(ids("state=abandoned&as_of=2026-04-06T10:20:00Z"), ["c2", "c1"], "time alone abandons a cart");
    assert_eq!(ids("state=abandoned&as_of=2026-04-06T09:30:59Z"), [Value::Null; 0]);
    assert_eq!(ids("min_value=40.01"), [Value::Null; 0]);
    assert_eq!(ids("limit=1&offset=1").len(), 1);
    assert_eq!(shop.get("/carts?limit=1")["meta"]["total"], 4);

    let shown = shop.get("/carts/c1");
    let seen = ["state", "value", "units", "checkout_step", "campaign", "recovery_url"].map(|name| &shown[name]);
    assert_eq!(
        json!(seen),
        json!(["abandoned", "40.00", "2", "shipping", "spring", "https://shop.example/cart?restore=c1"])
    );
    assert_eq!((&shown["items"][0]["product"], &shown["items"][0]["quantity"]), (&json!("Shirt"), &json!("2")));
    assert_eq!(
        (&shown["email"], shown["contact"].as_str().map(str::len)),
        (&Value::Null, Some(64)),
        "a hash by default"
    );
    assert_eq!(shop.get(&format!("/carts/{}", shown["cart"].as_str().expect("a key"))), shown, "also by its key");
    let (status, _) = shop.server.send_json("GET", "/api/v1/sites/1/carts/none", &shop.admin, &Value::Null);
    assert_eq!(status, 404);
    let (status, answer) = shop.server.send_json("GET", "/api/v1/sites/1/carts?state=lost", &shop.admin, &Value::Null);
    assert_eq!((status, &answer["error"]["code"]), (400, &json!("parameter.invalid")));
}

#[test]
fn an_address_is_shown_where_setting_and_consent_allow() {
    let shop = Shop::open_at(CLOCK);
    shop.server.cli(&["site", "set", "--site", "1", "contact=clear"]);
    shop.serve(&json!([
        cart("c1", "2026-04-06T09:00:00Z", &json!({"email": "Ann@Example.org ", "consent": "marketing"})),
        cart("c2", "2026-04-06T09:00:00Z", &json!({"email": "bob@example.org", "consent": "analytics"})),
    ]));
    shop.server.settle();
    let shown = |id: &str| shop.get(&format!("/carts/{id}"));
    assert_eq!(shown("c1")["email"], "ann@example.org");
    assert_eq!((&shown("c2")["email"], shown("c2")["contact"].is_string()), (&Value::Null, true));
}

#[test]
fn customers_are_found_by_user_id_hash_and_key() {
    let shop = Shop::open_at(CLOCK);
    shop.server.collect(1, &json!([
        {"id": "i1", "name": "identify", "visitor_id": "v1", "user_id": "u1", "email": "ann@example.org", "occurred_at": "2026-04-02T08:00:00Z"},
        {"id": "i2", "name": "identify", "visitor_id": "v2", "user_id": "u2", "occurred_at": "2026-04-02T08:00:00Z"},
    ]));
    shop.serve(&json!([
        {"id": "o1", "name": "purchase", "transaction_id": "1", "value": "30.00", "user_id": "u1", "placed_at": "2026-04-02T09:00:00Z"},
        {"id": "o2", "name": "purchase", "transaction_id": "2", "value": "20.00", "email": "ANN@example.org", "placed_at": "2026-04-03T09:00:00Z"},
        {"id": "o3", "name": "purchase", "transaction_id": "3", "value": "70.00", "email": "guest@example.org", "placed_at": "2026-04-01T09:00:00Z"},
        {"id": "r1", "name": "refund", "transaction_id": "1", "amount": "10.00", "at": "2026-04-04T09:00:00Z"},
    ]));
    shop.server.settle();
    let found = shop.get("/customers");
    assert_eq!(found["meta"]["total"], 3, "one with two names, one who never bought, one guest: {found}");
    let first = &found["customers"][0];
    let seen = ["user_id", "orders", "net_sales", "first_order_at", "last_order_at"].map(|name| &first[name]);
    assert_eq!(json!(seen), json!(["u1", 2, "40.00", "2026-04-02T09:00:00Z", "2026-04-03T09:00:00Z"]));
    assert_eq!(shop.get("/customers?order=net_sales&limit=1")["customers"][0]["net_sales"], "70.00");

    let ann = shop.get("/customers/u1");
    let orders: Vec<&Value> = ann["orders"].as_array().expect("orders").iter().map(|o| &o["order_id"]).collect();
    assert_eq!(orders, ["2", "1"]);
    assert_eq!((&ann["orders_counted"], ann["visitors"].as_array().map(Vec::len)), (&json!(2), Some(1)));
    for id in ["email_hash", "customer"].map(|name| ann[name].as_str().expect("a text")) {
        assert_eq!(shop.get(&format!("/customers/{id}")), ann, "{id}");
    }
    let (status, _) = shop.server.send_json("GET", "/api/v1/sites/1/customers/u9", &shop.admin, &Value::Null);
    assert_eq!(status, 404);
}

#[test]
fn every_event_of_a_visitor_has_its_owner() {
    let shop = Shop::open_at(CLOCK);
    let event = |id: &str, name: &str, at: &str, user: Option<&str>| json!({"id": id, "name": name, "visitor_id": "v1", "user_id": user, "occurred_at": at, "page": {"url": "https://shop.example/"}});
    shop.server.collect(
        1,
        &json!([
            event("1", "page_view", "2026-04-02T08:00:00Z", None),
            event("2", "login", "2026-04-02T08:01:00Z", Some("u1")),
            event("3", "page_view", "2026-04-02T08:02:00Z", None),
            event("4", "reset", "2026-04-02T08:03:00Z", None),
            event("5", "page_view", "2026-04-02T08:04:00Z", None),
            event("6", "login", "2026-04-03T08:00:00Z", Some("u2")),
            event("7", "login", "2026-04-03T08:01:00Z", Some("undefined")),
        ]),
    );
    shop.server.settle();
    let found = shop.get("/visitors/v1");
    let owners: Vec<Value> = found["events"]
        .as_array()
        .expect("events")
        .iter()
        .rev()
        .map(|event| json!([event["name"], event["owner"]]))
        .collect();
    assert_eq!(owners[..3], [json!(["page_view", "u1"]), json!(["login", "u1"]), json!(["page_view", "u1"])]);
    assert_eq!(owners[4..], [json!(["page_view", "u2"]), json!(["login", "u2"]), json!(["login", "u2"])]);
    assert_eq!(found["shared_device"], true);
    assert_eq!(found["visits"].as_array().map(Vec::len), Some(2));
    assert_eq!(shop.get(&format!("/visitors/{}", found["visitor"].as_str().expect("a key"))), found);
    let (status, _) = shop.server.send_json("GET", "/api/v1/sites/1/visitors/v9", &shop.admin, &Value::Null);
    assert_eq!(status, 404);
}
