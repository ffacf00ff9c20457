//! Orders over HTTP: the audit trail of one, the list with its filters, and who may see what.

use crate::harness::Server;
use serde_json::{Value, json};

const CLOCK: &str = "2026-04-06T10:00:00Z";

/// A site in euros with an administrator's and an ingest token.
pub(crate) struct Shop {
    pub(crate) server: Server,
    pub(crate) admin: String,
    pub(crate) ingest: String,
}

impl Shop {
    pub(crate) fn open_at(clock: &str) -> Self {
        let server = Server::start_at(clock);
        server.cli(&["site", "add", "--domain", "shop.example", "--currency", "EUR", "--timezone", "Europe/Berlin"]);
        let (admin, ingest) = (server.token(Some(1), "admin"), server.token(Some(1), "ingest"));
        Self { server, admin, ingest }
    }

    /// Sends events as the shop's server does; all must be accepted.
    pub(crate) fn serve(&self, events: &Value) {
        let answer = self.server.post_json("/v1/events", &self.ingest, &json!({ "events": events }));
        assert_eq!(answer["quarantined"], json!([]));
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        self.server.get_json(&format!("/api/v1/sites/1{path}"), &self.admin)
    }

    pub(crate) fn order(&self, id: &str) -> Value {
        self.get(&format!("/orders/{id}"))
    }

    /// Returns the ids of the orders that the list shows for `query`.
    fn listed(&self, query: &str) -> Vec<String> {
        let orders = self.get(&format!("/orders?{query}"));
        let ids = orders["orders"].as_array().expect("orders").iter();
        ids.map(|order| order["order_id"].as_str().expect("an id").to_owned()).collect()
    }
}

/// One order seen by a browser and a server, who disagree, with a refund of one of its lines.
fn told_by_two(shop: &Shop) {
    shop.server.collect(1, &json!([
        {"id": "b0", "name": "page_view", "visitor_id": "v1", "occurred_at": "2026-04-01T10:00:00Z",
         "page": {"url": "https://shop.example/?utm_source=news&utm_medium=email&utm_campaign=spring"}},
        {"id": "b1", "name": "purchase", "visitor_id": "v1", "occurred_at": "2026-04-01T10:05:00Z", "transaction_id": "1001",
         "value": "98.00", "currency": "EUR", "payment_method": "card"},
    ]));
    shop.serve(&json!([
        {"id": "s1", "name": "purchase", "transaction_id": "1001", "aliases": ["stripe:pi_1"], "user_id": "u1", "value": "100.00",
         "currency": "EUR", "occurred_at": "2026-04-01T10:05:02Z",
         "items": [{"item_id": "A", "price": "60.00"}, {"item_id": "B", "price": "40.00"}]},
        {"id": "s2", "name": "refund", "transaction_id": "stripe:pi_1", "refund_id": "R1", "amount": "40.00", "reason": "too small",
         "at": "2026-04-05T12:00:00Z", "items": [{"item_id": "B", "quantity": 1}]},
    ]));
    shop.server.settle();
}

#[test]
fn the_audit_trail_says_who_said_what_and_what_was_taken() {
    let shop = Shop::open_at(CLOCK);
    told_by_two(&shop);
    let found = shop.order("1001");
    assert_eq!(shop.order("stripe:pi_1"), found, "an order is found by any of its ids");
    assert_eq!(found["ids"], json!(["1001", "stripe:pi_1"]));

    let order = &found["order"];
    let seen =
        ["order_id", "status", "counts", "trust", "origin", "refunded", "net", "net_sales"].map(|name| &order[name]);
    assert_eq!(json!(seen), json!(["1001", "confirmed", true, "verified", "server", "40.00", "60.00", "60.00"]));
    assert_eq!(order["amounts"]["order_total"], "100.00");
    assert_eq!(order["attribution"]["campaign"], "spring", "the campaign is the browser's");
    assert_eq!(order["payment_method"], "card", "what only the browser says is taken from it");
    assert_eq!(found["customer"]["user_id"], "u1");

    let lines: Vec<&Value> = found["lines"].as_array().expect("lines").iter().map(|line| &line["sku"]).collect();
    assert_eq!(lines, ["A", "B"]);
    let refund = &found["refunds"][0];
    assert_eq!((&refund["refund_id"], &refund["amounts"]["goods"]), (&json!("R1"), &json!("40.00")));
    assert_eq!((&refund["at"], &refund["reason"]), (&json!("2026-04-05T12:00:00Z"), &json!("too small")));
    assert_eq!(refund["lines"], json!([{"line": 0, "order_line": 1, "sku": "B", "quantity": "1", "goods": "40.00"}]));

    let statements = found["statements"].as_array().expect("statements");
    let kinds: Vec<_> = statements.iter().map(|s| [&s["kind"], &s["dialect"], &s["origin"], &s["trust"]]).collect();
    assert_eq!(
        json!(kinds),
        json!([
            ["purchase", "native_browser", "browser", "unverified"],
            ["purchase", "native_server", "server", "verified"],
            ["refund", "native_server", "server", "verified"],
        ])
    );
    assert_eq!(statements[1]["order"]["value"], "100.00");
    assert_eq!(found["taken"]["total"]["statement"], 1);
    assert_eq!(found["taken"]["total"]["event"], statements[1]["event"]);
    assert_eq!(
        (&found["taken"]["total"]["origin"], &found["taken"]["payment_method"]["origin"]),
        (&json!("server"), &json!("browser"))
    );
    assert_eq!(found["taken"]["refunds"][0]["statement"], 2);
    let totals: Vec<&Value> =
        found["disagreements"].as_array().expect("a list").iter().filter(|d| d["field"] == "total").collect();
    let [differing] = totals[..] else { panic!("one sender says another total: {found}") };
    let said = ["statement", "says", "taken"].map(|name| &differing[name]);
    assert_eq!(json!(said), json!([0, "98.00 EUR", "100.00 EUR"]));
}

#[test]
fn a_refund_without_its_order_is_shown_and_an_unknown_order_is_not() {
    let shop = Shop::open_at(CLOCK);
    shop.serve(&json!([{"id": "r", "name": "refund", "transaction_id": "77", "amount": "5.00"}]));
    shop.server.settle();
    let found = shop.order("77");
    assert_eq!((&found["order"], &found["statements"][0]["refund"]["amount"]), (&Value::Null, &json!("5.00")));
    let (status, answer) = shop.server.send_json("GET", "/api/v1/sites/1/orders/78", &shop.admin, &Value::Null);
    assert_eq!((status, &answer["error"]["code"]), (404, &json!("order.unknown")));
    assert_eq!(shop.listed(""), [""; 0]);
}

#[test]
fn the_list_is_filtered_and_paged() {
    let shop = Shop::open_at(CLOCK);
    told_by_two(&shop);
    shop.server.collect(1, &json!([
        {"id": "c1", "name": "purchase", "visitor_id": "v2", "occurred_at": "2026-04-02T22:30:00Z", "transaction_id": "1002", "value": "20.00"},
    ]));
    shop.serve(&json!([
        {"id": "c2", "name": "purchase", "transaction_id": "1003", "value": "30.00", "currency": "USD", "status": "pending",
         "placed_at": "2026-04-04T10:00:00Z"},
        {"id": "c3", "name": "refund", "transaction_id": "1002", "amount": "25.00", "at": "2026-04-05T10:00:00Z"},
    ]));
    shop.server.settle();
    assert_eq!(shop.listed(""), ["1003", "1002", "1001"], "the last placed first");
    for (query, expected) in [
        ("status=pending", vec!["1003"]),
        ("trust=unverified", vec!["1002"]),
        ("origin=server", vec!["1003", "1001"]),
        ("from=2026-04-03", vec!["1003", "1002"]),
        ("to=2026-04-02", vec!["1001"]),
        ("from=2026-04-03&to=2026-04-03", vec!["1002"]),
        ("flag=unconverted", vec!["1003"]),
        ("flag=over_refunded", vec!["1002"]),
        ("flag=unverified&status=confirmed", vec!["1002"]),
        ("flag=test", vec![]),
        ("limit=1&offset=1", vec!["1002"]),
    ] {
        if query == "flag=test" {
            let (status, _) =
                shop.server.send_json("GET", &format!("/api/v1/sites/1/orders?{query}"), &shop.admin, &Value::Null);
            assert_eq!(status, 400, "there is no such flag");
        } else {
            assert_eq!(shop.listed(query), expected, "{query}");
        }
    }
    let page = shop.get("/orders?limit=1&offset=2");
    assert_eq!((&page["meta"]["count"], &page["meta"]["total"]), (&json!(1), &json!(3)));
    let order = &page["orders"][0];
    let seen = ["order_total", "refunded", "refunds", "net", "net_sales"].map(|name| &order[name]);
    assert_eq!(json!(seen), json!(["100.00", "40.00", 1, "60.00", "60.00"]));
}

#[test]
fn an_absurd_order_is_quarantined_whoever_sends_it() {
    let shop = Shop::open_at(CLOCK);
    shop.server.cli(&["site", "set", "--site", "1", "order_value_max=5000"]);
    shop.server.collect(1, &json!([{"id": "a", "name": "purchase", "transaction_id": "1", "value": "5000.01"}]));
    let (status, _) = shop.server.get_raw("/matomo.php?idsite=1&rec=1&idgoal=0&ec_id=2&revenue=5000.01", &[]);
    assert!(matches!(status, 200 | 204), "{status}");
    shop.server.collect(1, &json!([{"id": "b", "name": "purchase", "transaction_id": "3", "value": "5000.00"}]));
    shop.server.settle();
    assert_eq!(shop.listed(""), ["3"]);
    let kept = shop.get("/quarantine");
    let reasons: Vec<&Value> = kept["quarantine"].as_array().expect("a list").iter().map(|q| &q["reason"]).collect();
    assert_eq!(reasons, ["order.value_above_max"; 2]);
}
