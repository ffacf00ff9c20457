//! The trip as GA4's clients tell it: gtag in the page, the Measurement Protocol from the shop's server.
//!
//! GA4 knows no discount of a whole order, so the discount stands on the pieces, and their prices are after it.

use super::{CLOCK, PRODUCTS, Told, Trip};
use crate::harness::Server;
use serde_json::{Value, json};

pub(super) const TRIP: Trip = Trip { dialect: "ga4", setting: "ga4:G-TRIP", requests, lacks: &[] };

/// What a piece of each product costs after its discount, and the discount.
const REDUCED: [(&str, &str); 3] = [("18.00", "2.00"), ("108.00", "12.00"), ("4.50", "0.50")];

/// An item as gtag writes it; `full` are the prices before the discount.
fn item(at: usize, n: usize, quantity: u32, is_full: bool) -> String {
    let (sku, name, price, _) = PRODUCTS[n];
    let (reduced, discount) = REDUCED[n];
    let money = if is_full { format!("pr{price}") } else { format!("pr{reduced}~ds{discount}") };
    format!("&pr{at}=id{sku}~nm{name}~{money}~qt{quantity}")
}

fn requests(_token: &str, _key: &str) -> Vec<Told> {
    let shared = |hit: u32| {
        format!(
            "/g/collect?v=2&tid=G-TRIP&_p=1772447400000&_s={hit}&cid=1.1772447400&sid=1772447400&cu=EUR\
             &dl=https%3A%2F%2Fshop.example%2F"
        )
    };
    let headers = || vec![("Origin", "https://shop.example".to_owned())];
    let post = |target: String, body: String| Told { method: "POST", target, headers: headers(), body };
    let views = format!("en=view_item{}\r\nen=view_item{}", item(1, 0, 1, true), item(1, 1, 1, true));
    let adds = [(0, 3), (1, 1), (2, 3)].map(|(n, quantity)| format!("en=add_to_cart{}", item(1, n, quantity, true)));
    let whole = |is_full| [(0, 2), (1, 1), (2, 3)].map(|(n, quantity)| item(n + 1, n, quantity, is_full)).concat();
    let checkout = format!("&en=begin_checkout&epn.value=175{}", whole(true));
    let purchase =
        format!("&en=purchase&_c=1{}&ep.transaction_id=1001&epn.value=157.5&epn.tax=31.5&epn.shipping=5", whole(false));
    let server_container = Told {
        method: "GET",
        target: format!("{}&en=remove_from_cart{}&richsstsse", shared(3), item(1, 0, 1, true)),
        headers: headers(),
        body: String::new(),
    };
    let refund = json!({
        "client_id": "1.1772447400",
        "events": [{"name": "refund", "params": {
            "transaction_id": "1001", "value": 5, "currency": "EUR",
            "items": [{"item_id": "S3", "price": 5, "quantity": 1}],
        }}],
    });
    vec![
        post(shared(1), views),
        post(shared(2), adds.join("\r\n")),
        server_container,
        post(shared(4) + &checkout, String::new()),
        post(shared(5) + &purchase, String::new()),
        Told::json("/mp/collect?measurement_id=G-TRIP&api_secret=none-is-set", &[], &refund),
    ]
}

#[test]
fn two_visits_that_began_in_the_same_second_keep_their_own_orders() {
    let server = Server::start_at(CLOCK);
    let admin = server.token(None, "admin");
    let site = json!({"id": 1, "domain": "shop.example", "currency": "EUR", "timezone": "UTC"});
    server.post_json("/api/v1/sites", &admin, &site);
    server.cli(&["site", "set", "--site", "1", "dialects=ga4:G-TRIP"]);
    // GA4's session id is the second in which the visit began.
    for (visitor, campaign) in [("1.1", "spring"), ("2.2", "autumn")] {
        let page = format!("https%3A%2F%2Fshop.example%2F%3Futm_source%3Dnews%26utm_campaign%3D{campaign}");
        let target = format!("/g/collect?v=2&tid=G-TRIP&_p=1&_s=1&cid={visitor}&sid=1772447400&en=page_view&dl={page}");
        assert_eq!(server.post(&target, &[("User-Agent", visitor)], b"").0, 204);
    }
    for (visitor, order) in [("1.1", "A-1"), ("2.2", "A-2")] {
        let params = json!({"transaction_id": order, "value": 5, "currency": "EUR", "session_id": "1772447400"});
        let body = json!({"client_id": visitor, "events": [{"name": "purchase", "params": params}]});
        let target = "/mp/collect?measurement_id=G-TRIP&api_secret=none-is-set";
        assert_eq!(server.post(target, &[], body.to_string().as_bytes()).0, 204);
    }
    server.settle();
    for (order, campaign) in [("A-1", "spring"), ("A-2", "autumn")] {
        let order = server.get_json(&format!("/api/v1/sites/1/orders/{order}"), &admin);
        assert_eq!(order["order"]["attribution"]["campaign"], campaign, "{order}");
    }
    let path = "/api/v1/sites/1/report?metrics=visits,orders_per_visit,conversion_rate&from=2026-03-02&to=2026-03-02";
    let report = server.get_json(path, &admin);
    assert_eq!(report["rows"][0], json!([2, 1.0, 1.0]), "both visits have an order: {report}");
}

#[test]
fn a_secret_of_the_site_verifies_orders_of_the_measurement_protocol() {
    const SECRET: &str = "canary-api-secret";
    let server = Server::start_at(CLOCK);
    let admin = server.token(None, "admin");
    let site = json!({"id": 1, "domain": "shop.example", "currency": "EUR", "timezone": "UTC"});
    server.post_json("/api/v1/sites", &admin, &site);
    server.cli(&["site", "set", "--site", "1", "dialects=ga4:G-TRIP", "count_unverified_orders=false"]);
    let send = |order: &str, secret: &str| {
        let params = json!({"transaction_id": order, "value": 5, "currency": "EUR"});
        let body = json!({"client_id": "1.1", "events": [{"name": "purchase", "params": params}]});
        let target = format!("/mp/collect?measurement_id=G-TRIP{secret}");
        server.post(&target, &[], body.to_string().as_bytes()).0
    };
    let trust = |order: &str| {
        server.settle();
        let path = format!("/api/v1/sites/1/orders/{order}");
        let (status, body) = server.get_raw(&path, &[("Authorization", &format!("Bearer {admin}"))]);
        let found: Value = serde_json::from_slice(&body).expect("JSON");
        if status == 404 { Value::Null } else { found["order"]["trust"].clone() }
    };
    // Without a secret of the site's, whatever a sender states proves nothing.
    assert_eq!((send("B-1", &format!("&api_secret={SECRET}")), trust("B-1")), (204, json!("unverified")));

    let added =
        server.send_json("POST", "/api/v1/sites/1/secrets", &admin, &json!({"dialect": "ga4", "secret": SECRET}));
    assert_eq!(added.0, 201, "{}", added.1);
    assert_eq!((send("B-2", &format!("&api_secret={SECRET}")), trust("B-2")), (204, json!("verified")));
    for (order, secret) in [("B-3", String::new()), ("B-4", format!("&api_secret={SECRET}2"))] {
        // Like Google, it is answered as if all were well; nothing of it is taken.
        assert_eq!((send(order, &secret), trust(order)), (204, Value::Null), "{order}");
    }
    // What a page sends is its own word, also where it knows the secret.
    let page = format!(
        "/g/collect?v=2&tid=G-TRIP&cid=1.1&en=purchase&ep.transaction_id=B-5&epn.value=5&cu=EUR&api_secret={SECRET}"
    );
    assert_eq!((server.get_raw(&page, &[]).0, trust("B-5")), (204, json!("unverified")));
    let report = "/api/v1/sites/1/report?metrics=orders&from=2026-03-02&to=2026-03-02";
    assert_eq!(server.get_json(report, &admin)["rows"][0][0], 1, "only what is proven counts");

    server.cli(&["rebuild"]);
    assert_eq!((trust("B-2"), trust("B-1")), (json!("verified"), json!("unverified")));
    for path in ["live", "quarantine", "orders", "orders/B-2", "settings", "secrets", "health"] {
        let shown = server.get_json(&format!("/api/v1/sites/1/{path}"), &admin).to_string();
        assert!(!shown.contains("canary"), "{path}: {shown}");
    }
    assert!(!server.log().contains("canary"));
}
