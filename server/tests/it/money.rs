//! Rates and unit costs, from a file to the figures.

use crate::harness::Server;
use crate::orders::Shop;
use serde_json::{Value, json};

fn json_of(printed: &str) -> Value {
    serde_json::from_str(printed).unwrap_or_else(|e| panic!("{e}: {printed}"))
}

/// A site in dollars whose rates are those of a file.
fn dollar_shop(rates: &str) -> (Server, String) {
    let server = Server::start_at("2026-02-06T10:00:00Z");
    server.cli(&["site", "add", "--domain", "shop.example", "--currency", "USD", "--timezone", "UTC"]);
    let file = server.data_dir().join("rates.csv");
    std::fs::write(&file, rates).expect("a file");
    server.cli(&["rates", "import", file.to_str().expect("a path")]);
    let token = server.token(Some(1), "admin");
    (server, token)
}

fn order(id: &str, at: &str, currency: &str, value: &str) -> Value {
    json!({"id": id, "name": "purchase", "transaction_id": id, "currency": currency, "value": value, "placed_at": at})
}

fn converted(server: &Server, token: &str, orders: &[Value]) -> Vec<Value> {
    server.post_json("/v1/events", token, &json!({ "site": 1, "events": orders }));
    server.settle();
    let ids = orders.iter().map(|order| order["transaction_id"].as_str().expect("an id"));
    let total = |id| {
        server.get_json(&format!("/api/v1/sites/1/orders/{id}"), token)["order"]["reporting_amounts"]["order_total"]
            .clone()
    };
    ids.map(total).collect()
}

#[test]
fn a_rate_says_what_a_unit_is_worth_and_converts_exactly() {
    let (server, token) = dollar_shop(
        "date,currency,rate\n2026-02-01,EUR,1.1000\n2026-02-02,EUR,1.0800\n2026-02-05,EUR,1.0900\n2026-02-02,JPY,0.0067\n",
    );
    let orders = [
        order("1", "2026-02-01T10:00:00Z", "EUR", "100.00"),
        order("2", "2026-02-02T10:00:00Z", "EUR", "100.00"),
        order("3", "2026-02-02T11:00:00Z", "JPY", "10000"),
        order("4", "2026-02-01T11:00:00Z", "EUR", "100.05"),
        order("5", "2026-01-31T11:00:00Z", "EUR", "1.00"),
    ];
    // 110.055 is rounded away from zero, as if it had never been a quotient.
    assert_eq!(
        converted(&server, &token, &orders),
        [json!("110.00"), json!("108.00"), json!("67.00"), json!("110.06"), Value::Null]
    );
    let listed = json_of(&server.cli(&["rates", "list", "--site", "1", "--json"]));
    assert_eq!(
        listed["rates"][0],
        json!({"day": "2026-02-01", "currency": "EUR", "per_unit": "1/1.1000", "value": "1.1"})
    );
}

#[test]
fn a_report_says_what_it_could_not_convert_and_when_refunds_are_booked() {
    let (server, token) = dollar_shop("date,currency,rate\n2026-02-01,EUR,1.1000\n");
    let orders =
        [order("1", "2026-02-01T10:00:00Z", "EUR", "100.00"), order("2", "2026-02-01T10:00:00Z", "GBP", "7.00")];
    assert_eq!(converted(&server, &token, &orders), [json!("110.00"), Value::Null]);
    let report = |more: &str| {
        let query = format!("metrics=orders,total_sales&from=2026-02-01&to=2026-02-05{more}");
        server.get_json(&format!("/api/v1/sites/1/report?{query}"), &token)
    };
    let found = report("");
    assert_eq!(found["totals"], json!([2, "110.00"]));
    assert_eq!(found["meta"]["unconverted"], json!([{"currency": "GBP", "orders": 1, "order_total": "7.00"}]));
    assert_eq!(found["meta"]["refund_view"], "refund_date");
    assert_eq!(report("&refund_view=order_date")["meta"]["refund_view"], "order_date");
    let printed = server.cli(&[
        "report",
        "--site",
        "1",
        "--metrics",
        "orders",
        "--from",
        "2026-02-01",
        "--to",
        "2026-02-05",
        "--refund-view",
        "order_date",
        "--json",
    ]);
    assert_eq!(json_of(&printed)["meta"]["refund_view"], "order_date");
}

#[test]
fn the_bank_s_file_is_read_as_it_is_also_for_a_site_in_dollars() {
    let (server, token) = dollar_shop("Date,USD,JPY,CYP,\n2026-02-03,1.25,150,N/A,\n2026-02-02,1.20,N/A,N/A,\n");
    let orders = [
        order("1", "2026-02-02T10:00:00Z", "EUR", "100.00"),
        order("2", "2026-02-03T10:00:00Z", "JPY", "1500"),
        order("3", "2026-02-02T10:00:00Z", "JPY", "1500"),
        order("4", "2026-02-10T10:00:00Z", "EUR", "1.00"),
    ];
    let orders = &orders[..3];
    assert_eq!(converted(&server, &token, orders), [json!("120.00"), json!("12.50"), Value::Null]);
}

#[test]
fn a_rate_is_stated_in_one_way_or_the_other() {
    let (server, token) = dollar_shop("date,currency,per_unit\n2026-02-01,EUR,0.8\n");
    assert_eq!(converted(&server, &token, &[order("1", "2026-02-01T10:00:00Z", "EUR", "100.00")]), [json!("125.00")]);
    let put = |rate: Value| server.send_json("PUT", "/api/v1/sites/1/rates", &token, &json!({ "rates": [rate] })).0;
    assert_eq!(put(json!({"day": "2026-02-02", "currency": "EUR", "value": "1.10"})), 200);
    assert_eq!(
        put(json!({"day": "2026-02-02", "currency": "EUR", "value": 1.10})),
        200,
        "a number is read from its text"
    );
    for wrong in [
        json!({}),
        json!({"value": "1", "per_unit": "1"}),
        json!({"value": "0"}),
        json!({"per_unit": "1/0"}),
        json!({"value": "1/2"}),
    ] {
        let mut rate = json!({"day": "2026-02-02", "currency": "EUR"});
        rate.as_object_mut().expect("an object").extend(wrong.as_object().expect("an object").clone());
        assert_eq!(put(rate), 400, "{wrong}");
    }
    server.cli(&["rates", "set", "--site", "1", "--day", "2026-02-03", "--currency", "EUR", "--value", "1.30"]);
    server.settle();
    assert!(server.cli(&["rates", "list", "--site", "1"]).contains("2026-02-03  EUR       1/1.30"));
}

#[test]
fn product_costs_come_from_a_list_whose_bad_lines_are_told() {
    let shop = Shop::open_at("2026-04-06T10:00:00Z");
    let file = shop.server.data_dir().join("costs.csv");
    std::fs::write(&file, "sku;unit_cost;from\nA;12,50;\nA;13;2026-04-01\nB;x;\n;1;\nC;1;1.4.2026\nD;0,333333;\n")
        .expect("a file");
    let imported = shop.server.try_cli(&["products", "import", "--site", "1", file.to_str().expect("a path")]);
    assert_eq!(imported.status.code(), Some(1), "some lines were bad: {imported:?}");
    let answer = json_of(&String::from_utf8_lossy(&imported.stdout));
    let bad: Vec<&Value> = answer["bad_lines"].as_array().expect("a list").iter().map(|bad| &bad["line"]).collect();
    assert_eq!((&answer["meta"]["count"], bad), (&json!(3), vec![&json!(4), &json!(5), &json!(6)]));
    shop.server.settle();
    let costs = shop.get("/products/costs");
    assert_eq!(
        costs["costs"],
        json!([
            {"sku": "A", "from": null, "unit_cost": "12.50"},
            {"sku": "A", "from": "2026-04-01", "unit_cost": "13.00"},
            {"sku": "D", "from": null, "unit_cost": "0.333333"},
        ])
    );
    assert!(shop.server.cli(&["products", "list"]).contains("D                0.333333"));
    let bearer = format!("Bearer {}", shop.admin);
    let (status, _) = shop.server.post("/api/v1/sites/1/products/costs", &[("Authorization", &bearer)], b"a,b\n1,2\n");
    assert_eq!(status, 400);
    let (status, _) = shop.server.post(
        "/api/v1/sites/1/products/costs",
        &[("Authorization", &format!("Bearer {}", shop.ingest))],
        b"sku,cost\nA,1\n",
    );
    assert_eq!(status, 403);
}

#[test]
fn what_advertising_cost_comes_from_a_list_and_an_import_again_replaces_it() {
    let shop = Shop::open_at("2026-03-03T10:00:00Z");
    let file = shop.server.data_dir().join("costs.csv");
    let list = "date;source;medium;campaign;cost;clicks\n\
                2026-03-01;google;cpc;spring;10,50;3\n\
                2026-03-01;google;cpc;spring;1,50;1\n\
                2026-03-02;google;cpc;;4.00;\n\
                soon;google;cpc;;1;\n\
                2026-03-02;google;;;1;\n";
    std::fs::write(&file, list).expect("a file");
    let path = file.to_str().expect("a path");
    let imported = shop.server.try_cli(&["costs", "import", path]);
    assert_eq!(imported.status.code(), Some(1), "some lines were bad: {imported:?}");
    let answer = json_of(&String::from_utf8_lossy(&imported.stdout));
    let bad: Vec<&Value> = answer["bad_lines"].as_array().expect("a list").iter().map(|bad| &bad["line"]).collect();
    assert_eq!((&answer["meta"]["count"], bad), (&json!(2), vec![&json!(5), &json!(6)]));
    // The same day and campaign again, as JSON; the other stays.
    let again = br#"[{"date": "2026-03-01", "source": "google", "medium": "cpc", "campaign": "spring", "cost": 20.10, "impressions": 900},
        {"date": "2026-03-02", "source": "news", "medium": "email", "cost": "1.00", "channel": "Letters"}]"#;
    let bearer = format!("Bearer {}", shop.admin);
    let (status, _) = shop.server.post("/api/v1/sites/1/costs/import", &[("Authorization", &bearer)], again);
    assert_eq!(status, 200);
    shop.server.settle();
    let report = |query: &str| shop.server.report(&shop.admin, 1, &format!("{query}&from=2026-03-01&to=2026-03-03"));
    assert_eq!(
        report("metrics=ad_cost,ad_clicks,ad_impressions,cpa,roas&dimensions=channel"),
        [
            json!({"channel": "Paid Search", "ad_cost": "24.10", "ad_clicks": 0, "ad_impressions": 900, "cpa": null, "roas": json!(0.0)}),
            json!({"channel": "Letters", "ad_cost": "1.00", "ad_clicks": 0, "ad_impressions": 0, "cpa": null, "roas": json!(0.0)}),
        ]
    );
    let days: Vec<Value> = report("metrics=ad_cost&granularity=day").iter().map(|row| row["ad_cost"].clone()).collect();
    assert_eq!(days, ["20.10", "5.00", "0.00"]);
    assert!(shop.server.cli(&["costs", "list"]).contains("2026-03-01  Paid Search  google  cpc     spring    20.10"));
    let (status, _) = shop.server.post("/api/v1/sites/1/costs/import", &[("Authorization", &bearer)], b"a,b\n1,2\n");
    assert_eq!(status, 400);
}

#[test]
fn a_rate_that_comes_late_converts_what_advertising_cost() {
    let shop = Shop::open_at("2026-03-03T10:00:00Z");
    let bearer = format!("Bearer {}", shop.admin);
    let list = b"date,source,medium,cost,currency\n2026-03-01,google,cpc,11.00,CHF\n2026-03-02,google,cpc,3.00,CHF\n";
    let (status, _) = shop.server.post("/api/v1/sites/1/costs/import", &[("Authorization", &bearer)], list);
    assert_eq!(status, 200);
    shop.server.settle();
    let query = "metrics=ad_cost&granularity=day&from=2026-03-01&to=2026-03-02";
    let costs = |shop: &Shop| -> Vec<Value> {
        shop.server.report(&shop.admin, 1, query).iter().map(|row| row["ad_cost"].clone()).collect()
    };
    assert_eq!(costs(&shop), ["0.00", "0.00"]);
    for (day, value) in [("2026-03-01", "1.0000"), ("2026-03-02", "1.5")] {
        shop.server.cli(&["rates", "set", "--site", "1", "--day", day, "--currency", "CHF", "--value", value]);
    }
    shop.server.settle();
    assert_eq!(costs(&shop), ["11.00", "4.50"]);
    shop.server.cli(&["rebuild"]);
    assert_eq!(costs(&shop), ["11.00", "4.50"]);
}
