//! Webhooks come in any order and more than once, and several of them tell of one order.

use crate::dialects::WEBHOOK_SECRET;
use crate::dialects::webhooks::signed_at;
use crate::harness::{Server, fixture_text};
use serde_json::{Value, json};

/// Five minutes after the captured webhooks were signed, less a second.
const CLOCK: &str = "2026-11-21T03:04:59Z";

/// Four orders of arrival.
const ARRIVALS: [[usize; 6]; 4] = [[0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [3, 0, 5, 2, 4, 1], [2, 4, 1, 5, 0, 3]];

fn add_site(server: &Server, admin: &str, secret: &str) -> (u32, String) {
    let site = json!({"domain": "shop.example", "currency": "EUR", "timezone": "UTC"});
    let added = server.post_json("/api/v1/sites", admin, &site);
    let id = added["id"].as_u64().expect("a number") as u32;
    for platform in ["shopify", "stripe", "woocommerce"] {
        let secret = json!({"dialect": platform, "secret": secret});
        server.post_json(&format!("/api/v1/sites/{id}/secrets"), admin, &secret);
    }
    (id, added["collect_key"].as_str().expect("a key").to_owned())
}

/// Returns the captures whose names begin with `platform`.
fn captures(platform: &str) -> Vec<Value> {
    let page = fixture_text("captures/webhooks.jsonl");
    let all = page.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    all.filter(|one| one["name"].as_str().is_some_and(|name| name.starts_with(platform))).collect()
}

fn deliver(server: &Server, capture: &Value, key: &str) -> u16 {
    let path = format!("/v1{}/{key}", capture["path"].as_str().expect("a path"));
    let headers = capture["headers"].as_object().expect("headers");
    let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (n.as_str(), v.as_str().expect("text"))).collect();
    server.post(&path, &headers, capture["body"].as_str().expect("a body").as_bytes()).0
}

fn totals(server: &Server, admin: &str, site: u32, metrics: &str) -> Value {
    let path = format!("/api/v1/sites/{site}/report?metrics={metrics}&from=2026-11-20&to=2026-11-22");
    server.get_json(&path, admin)["totals"].clone()
}

#[test]
fn shopifys_webhooks_give_the_same_order_in_whatever_order_they_come() {
    let server = Server::start_at(CLOCK);
    let admin = server.token(None, "admin");
    let captures = captures("shopify_");
    let mut seen: Vec<Value> = Vec::new();
    let sites: Vec<(u32, String)> =
        ARRIVALS.iter().map(|_| add_site(&server, &admin, "shpss_test_client_secret")).collect();
    for ((_, key), arrival) in sites.iter().zip(ARRIVALS) {
        for at in arrival.into_iter().chain([0]) {
            assert_eq!(deliver(&server, &captures[at], key), 200, "{}", captures[at]["name"]);
        }
    }
    server.settle();
    for (site, _) in &sites {
        let order = server.get_json(&format!("/api/v1/sites/{site}/orders/1001"), &admin);
        assert_eq!(order["order"]["status"], "cancelled", "{order}");
        let found = totals(&server, &admin, *site, "orders,orders_cancelled,carts,carts_recovered");
        assert_eq!((&found[0], &found[1], &found[2]), (&json!(0), &json!(1), &json!(1)), "{found}");
        let mut order = order["order"].clone();
        // These are of the site, and of the journal.
        for name in ["customer", "visitor", "visit", "cart", "as_of_position"] {
            order[name] = Value::Null;
        }
        seen.push(json!([order, found]));
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{seen:#?}");
}

#[test]
fn what_stripe_sends_in_test_mode_counts_nowhere() {
    let server = Server::start_at(CLOCK);
    let admin = server.token(None, "admin");
    let (site, key) = add_site(&server, &admin, "whsec_test_secret_0123456789");
    for capture in captures("stripe_") {
        let valid = capture["expect"].as_str().is_none_or(|expect| expect == "valid");
        assert_eq!(deliver(&server, &capture, &key), if valid { 200 } else { 401 }, "{}", capture["name"]);
    }
    server.settle();
    assert_eq!(totals(&server, &admin, site, "orders,returns,carts")[0], json!(0));
    let order = server.get_json(&format!("/api/v1/sites/{site}/orders/stripe:pi_1"), &admin);
    assert_eq!(order["order"]["test"], true, "{order}");
}

#[test]
fn the_shop_its_pages_and_its_payment_provider_tell_of_one_order() {
    let server = Server::start_at(CLOCK);
    let admin = server.token(None, "admin");
    let event = |id: &str, kind: &str, object: Value| json!({"id": id, "type": kind, "created": 1_795_230_000, "livemode": true, "data": {"object": object}});
    let woo = |modified: &str, refunds: Value| {
        json!({"id": 727, "number": "727", "status": "processing", "currency": "EUR", "total": "49.75", "total_tax": "8.29",
            "shipping_total": "8.29", "discount_total": "0.00", "transaction_id": "pi_1",
            "date_created_gmt": "2026-11-21T03:00:00", "date_modified_gmt": modified, "refunds": refunds,
            "line_items": [{"sku": "SKU-1", "quantity": 2, "subtotal": "33.17", "total": "33.17"}]})
    };
    let stripe = |body: Value| ("stripe", "", body);
    let told = [
        ("woocommerce", "order.created", woo("2026-11-21T03:00:00", json!([]))),
        ("woocommerce", "order.updated", woo("2026-11-21T03:02:00", json!([{"id": 9, "total": "-19.90"}]))),
        stripe(event(
            "evt_1",
            "payment_intent.succeeded",
            json!({"id": "pi_1", "amount_received": 4975, "currency": "eur"}),
        )),
        stripe(event(
            "evt_2",
            "charge.refunded",
            json!({"id": "ch_1", "payment_intent": "pi_1", "currency": "eur", "amount_refunded": 1990,
                "refunds": {"data": [{"id": "re_1", "amount": 1990, "currency": "eur", "payment_intent": "pi_1", "charge": "ch_1", "status": "succeeded", "created": 1_795_230_100}]}}),
        )),
        stripe(event(
            "evt_3",
            "refund.created",
            json!({"id": "re_1", "amount": 1990, "currency": "eur", "payment_intent": "pi_1", "charge": "ch_1", "status": "succeeded", "created": 1_795_230_100}),
        )),
        stripe(event(
            "evt_4",
            "charge.succeeded",
            json!({"id": "ch_1", "payment_intent": "pi_1", "amount_captured": 4975, "currency": "eur", "captured": true}),
        )),
    ];
    for arrival in ARRIVALS {
        let (site, key) = add_site(&server, &admin, WEBHOOK_SECRET);
        let page = json!([{"id": "b1", "name": "purchase", "transaction_id": "727", "value": "49.75", "currency": "EUR", "visitor_id": "v1"}]);
        server.collect(site, &page);
        for at in arrival {
            let (platform, topic, body) = &told[at];
            let told = signed_at("1795230100", platform, &key, topic, "", body);
            let headers: Vec<(&str, &str)> = told.headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
            assert_eq!(server.post(&told.target, &headers, told.body.as_bytes()).0, 200);
        }
        server.settle();
        let found = totals(&server, &admin, site, "orders,order_total,gross_sales,shipping,units,visits");
        assert_eq!(found, json!([1, "49.75", "33.17", "8.29", 2, 1]), "{arrival:?}");
        let order = server.get_json(&format!("/api/v1/sites/{site}/orders/727"), &admin);
        assert_eq!(
            (&order["order"]["status"], &order["order"]["refunded"]),
            (&json!("confirmed"), &json!("19.90")),
            "{order:#}"
        );
    }
}
