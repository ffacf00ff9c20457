//! Analyses over HTTP: that each answers in a report's form what one small shop makes plain, and refuses what it must.

use crate::harness::Server;
use serde_json::{Value, json};

const PERIOD: &str = "from=2026-03-01&to=2026-03-02";

/// Returns the page view of a visitor, brought by `source`, at an hour of 2 March.
fn view(id: &str, visitor: &str, hour: &str, source: &str) -> Value {
    let url = format!("https://shop.example/{id}?utm_source={source}&utm_medium=cpc&utm_campaign=spring");
    json!({"id": id, "name": "page_view", "visitor_id": visitor, "occurred_at": format!("2026-03-02T{hour}:00Z"), "page": {"url": url}})
}

/// A server whose shop has two visitors: one orders after two visits, one leaves a cart behind.
fn shop() -> (Server, String) {
    let server = Server::start_at("2026-03-02T12:00:00Z");
    server.cli(&["site", "add", "--domain", "shop.example", "--currency", "EUR", "--timezone", "UTC"]);
    let token = server.token(Some(1), "admin");
    let item = |sku: &str, price: &str| json!({"item_id": sku, "item_name": format!("Product {sku}"), "price": price, "quantity": 1});
    let event = |id: &str, name: &str, visitor: &str, hour: &str, more: Value| {
        let mut event = json!({"id": id, "name": name, "visitor_id": visitor, "occurred_at": format!("2026-03-02T{hour}:00Z"),
            "page": {"url": "https://shop.example/"}});
        for (name, value) in more.as_object().expect("an object") {
            event[name] = value.clone();
        }
        event
    };
    let items = json!([item("A", "30.00"), item("B", "10.00")]);
    server.collect(
        1,
        &json!([
            view("p1", "v1", "06:00", "google"),
            event("i1", "view_item", "v1", "06:01", json!({"items": [item("A", "30.00")]})),
            view("p2", "v1", "09:00", "news"),
            event("c1", "add_to_cart", "v1", "09:01", json!({"items": [item("A", "30.00")]})),
            event(
                "o1",
                "purchase",
                "v1",
                "09:05",
                json!({"transaction_id": "1001", "value": "45.00", "shipping": "5.00",
                "shipping_method": "DHL", "coupon": "SPRING", "items": items})
            ),
            view("p3", "v2", "08:00", "google"),
            event("i2", "view_item", "v2", "08:01", json!({"items": [item("A", "30.00")]})),
            event("c2", "add_to_cart", "v2", "08:02", json!({"items": [item("A", "30.00")]})),
        ]),
    );
    server.settle();
    (server, token)
}

/// Returns the answer to an analysis over the two days.
fn ask(server: &Server, token: &str, query: &str) -> Value {
    let mark = if query.contains('?') { '&' } else { '?' };
    server.get_json(&format!("/api/v1/sites/1/{query}{mark}{PERIOD}"), token)
}

#[test]
fn a_funnel_counts_visits_and_lists_who_was_lost() {
    let (server, token) = shop();
    let funnel = ask(&server, &token, "funnel?steps=view_item;add_to_cart;purchase&scope=visitor");
    let entered: Vec<&Value> = funnel["rows"].as_array().expect("rows").iter().map(|row| &row[2]).collect();
    assert_eq!(entered, [2, 2, 1]);
    assert_eq!((&funnel["rows"][1][6], &funnel["meta"]["scope"]), (&json!("30.00"), &json!("visitor")));
    let lost = ask(&server, &token, "funnel/dropped?steps=view_item;add_to_cart;purchase&step=2");
    assert_eq!((&lost["rows"][0][1], &lost["rows"][0][2]), (&json!("2026-03-02T08:02:00Z"), &json!("30.00")));
    let printed =
        server.cli(&["funnel", "steps=view_item;purchase", "scope=visitor", "from=2026-03-01", "to=2026-03-02"]);
    assert!(printed.contains("50.00%"), "{printed}");
    let bearer = format!("Bearer {token}");
    let (status, body) = server.get_raw("/api/v1/sites/1/funnel?scope=visitr", &[("Authorization", &bearer)]);
    let refused: Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!((status, &refused["error"]["code"]), (400, &json!("query.unknown_value")));
    assert_eq!(refused["error"]["hint"], "did you mean `visit` or `visitor`?");
}

#[test]
fn attribution_credits_every_touch_and_shows_what_it_cost() {
    let (server, token) = shop();
    let list =
        br#"[{"date": "2026-03-02", "source": "google", "medium": "cpc", "campaign": "spring", "cost": "8.00"}]"#;
    let bearer = format!("Bearer {token}");
    assert_eq!(server.post("/api/v1/sites/1/costs/import", &[("Authorization", &bearer)], list).0, 200);
    server.settle();
    let table = ask(&server, &token, "attribution?models=first,linear&by=source");
    let names: Vec<&Value> = table["columns"].as_array().expect("columns").iter().map(|c| &c["name"]).collect();
    assert_eq!(names[3..7], ["orders:first", "net_sales:first", "roas:first", "cpa:first"]);
    let google = json!(["google", 1, "8.00", 1.0, "40.00", 5.0, "8.00", 0.5, "20.00", 2.5, "16.00"]);
    let news = json!(["news", 1, null, 0.0, "0.00", null, null, 0.5, "20.00", null, null]);
    assert_eq!(table["rows"], json!([google, news]));
    assert_eq!(table["meta"]["window_days"], 30);
}

#[test]
fn cohorts_and_scores_of_customers_are_told() {
    let (server, token) = shop();
    let cohorts = ask(&server, &token, "cohorts?metric=ltv");
    assert_eq!(cohorts["rows"], json!([["2026-03", 0, 1, 1, 1, 1.0, "40.00", "40.00"]]));
    assert_eq!(cohorts["meta"]["metric"], "ltv");
    let rfm = ask(&server, &token, "rfm?view=customers");
    assert_eq!((&rfm["rows"][0][6], &rfm["rows"][0][7]), (&json!(1), &json!("40.00")));
}

#[test]
fn a_figure_is_explained_down_to_its_orders() {
    let (server, token) = shop();
    let explained = ask(&server, &token, "explain?metric=net_sales&dimensions=channel");
    assert_eq!(explained["rows"], json!([["order", "1001", "2026-03-02T09:05:00Z", "40.00", "0.00", "40.00"]]));
    let meta = &explained["meta"];
    assert_eq!(
        (&meta["value"], &meta["adds_up"], &meta["rule"]),
        (&json!("40.00"), &json!(true), &json!("docs/orders.md"))
    );
    assert_eq!(meta["metric"]["formula"], "net_ordered - returns");
    let printed = server.cli(&["explain", "metric=conversion_rate", "from=2026-03-01", "to=2026-03-02"]);
    assert!(printed.contains("33.33%"), "{printed}");
}

#[test]
fn every_analysis_answers_over_http() {
    let (server, token) = shop();
    let said = |id: &str, name: &str, properties: Value| {
        json!({"id": id, "name": name, "visitor_id": "v2", "occurred_at": "2026-03-02T08:03:00Z",
            "page": {"url": "https://shop.example/form"}, "properties": properties})
    };
    server.collect(
        1,
        &json!([
            said("k1", "click", json!({"selector": "#buy", "text": "Buy", "x": 12, "y": 340})),
            said("f1", "form_start", json!({"form": "mail"})),
            said("f2", "form_field", json!({"form": "mail", "field": "name"})),
        ]),
    );
    server.settle();
    // The query, the number of its rows, and the first one; the rows of ranges and days are looked at elsewhere.
    let expected = [
        ("affinity?by=sku&min_orders=1", 1, json!(["A", "B", 1, 1, 1, 1.0, 1.0, 1.0, 1.0])),
        ("paths?by=source", 1, json!(["google > news", 1, 1.0, "40.00", 2.0, 0.1285])),
        ("purchase-intervals", 41, json!(["visits_to_purchase", "1", 1, 0, 0.0])),
        ("coupons", 1, json!(["SPRING", 1, "40.00", "0.00", "40.00", "40.00", 1, 1, 1.0, 1.0])),
        ("shipping-methods", 1, json!(["DHL", 1, "40.00", "0.00", "5.00", "40.00", 1, 1.0, 1.0])),
        ("payment-methods", 1, json!([null, 1, "40.00", "0.00", "0.00", "40.00", 1, 0.0, 1.0, 1.0])),
        ("clicks?page=/form", 1, json!(["#buy", "Buy", 1, 1.0, 1, null])),
        ("forms?form=mail", 1, json!(["name", 1, 1.0, 1, 1.0])),
        (
            "profit?by=source&payment_rate=2",
            1,
            json!(["news", "40.00", "40.00", "0.00", "0.00", "0.90", "0.00", "-0.90", null]),
        ),
        ("anomalies?metric=visits", 2, json!(["2026-03-01", 0, null, null, null])),
        (
            "significance?metric=conversion_rate",
            2,
            json!(["a", "2026-03-01", "2026-03-02", 1, 3, 0.3333, null, null, null, null]),
        ),
    ];
    for (query, rows, first) in expected {
        let table = ask(&server, &token, query);
        let found = table["rows"].as_array().expect("rows");
        assert_eq!((found.len(), found.first()), (rows, Some(&first)), "{query}");
        assert_eq!(table["columns"].as_array().expect("columns").len(), first.as_array().expect("cells").len());
        let mark = if query.contains('?') { '&' } else { '?' };
        let file = |form: &str| {
            let path = format!("/api/v1/sites/1/{query}{mark}{PERIOD}&format={form}");
            server.get_raw(&path, &[("Authorization", &format!("Bearer {token}"))])
        };
        let (status, body) = file("csv");
        assert_eq!((status, String::from_utf8_lossy(&body).lines().count()), (200, rows + 1), "{query}");
        assert_eq!([file("xlsx").0, file("parquet").0, file("text").0], [200, 200, 200], "{query}");
    }
}
