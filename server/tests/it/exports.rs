//! Reports and lists taken away: the same figures in every form, over HTTP and by the command.

use crate::harness::{Server, agent};
use serde_json::{Value, json};

const DAY: &str = "from=2026-03-02&to=2026-03-02";

/// A shop with one order of two lines, one of another day, a cart that was left, and a name that looks like a formula.
fn shop() -> (Server, String) {
    let server = Server::start_at("2026-03-02T10:00:00Z");
    server.cli(&["site", "add", "--domain", "shop.example", "--currency", "EUR", "--timezone", "Europe/Berlin"]);
    server.cli(&["site", "set", "--site", "1", "contact=clear", "cart_idle_s=0"]);
    server.collect(1, &json!([
        {"id": "e1", "name": "page_view", "visitor_id": "v1", "page": {"url": "https://shop.example/?utm_source=news&utm_medium=email&utm_campaign=%3D1%2B1"}},
        {"id": "e2", "name": "purchase", "visitor_id": "v1", "transaction_id": "A1", "value": "30.00", "tax": "3.00",
         "shipping": "2.00", "currency": "EUR", "email": "ann@example.com", "consent": "analytics",
         "items": [{"item_id": "S1", "item_name": "Shirt", "price": "10.00", "quantity": 2}, {"item_id": "S2", "item_name": "Sock", "price": "5.00"}]},
        {"id": "e3", "name": "page_view", "visitor_id": "v2", "page": {"url": "https://shop.example/"}},
        {"id": "e4", "name": "cart_update", "visitor_id": "v2", "value": "7.50", "currency": "EUR", "items": [{"item_id": "S2", "price": "7.50"}]},
    ]));
    server.settle();
    let token = server.token(Some(1), "read");
    (server, token)
}

fn column(table: &Value, name: &str) -> usize {
    table["columns"].as_array().unwrap().iter().position(|c| c["name"] == name).unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn lists_say_who_bought_what_and_who_left_it() {
    let (server, token) = shop();
    let list = |name: &str| server.get_json(&format!("/api/v1/sites/1/lists/{name}?{DAY}"), &token);
    let cell = |table: &Value, row: usize, name: &str| table["rows"][row][column(table, name)].clone();

    let orders = list("orders");
    assert_eq!(orders["rows"].as_array().unwrap().len(), 1);
    assert_eq!(
        [
            cell(&orders, 0, "order_id"),
            cell(&orders, 0, "campaign"),
            cell(&orders, 0, "order_total"),
            cell(&orders, 0, "net_sales"),
            cell(&orders, 0, "order_status")
        ],
        [json!("A1"), json!("=1+1"), json!("30.00"), json!("25.00"), json!("confirmed")]
    );
    assert_eq!(orders["totals"][column(&orders, "order_total")], "30.00");
    assert_eq!(orders["meta"]["rows_total"], 1);

    let items = list("purchased_items");
    let skus: Vec<Value> = (0..2).map(|row| cell(&items, row, "sku")).collect();
    assert_eq!(
        (skus, cell(&items, 0, "units"), cell(&items, 1, "line")),
        (vec![json!("S1"), json!("S2")], json!(2), json!(2))
    );
    let left = list("abandoned_carts");
    assert_eq!(
        (left["rows"].as_array().unwrap().len(), cell(&left, 0, "carts_abandoned_value"), cell(&left, 0, "state")),
        (1, json!("7.50"), json!("abandoned"))
    );
    for known in server.get_json("/api/v1/lists", &token)["lists"].as_array().unwrap() {
        let name = known["name"].as_str().unwrap();
        let table = list(name);
        assert_eq!(table["columns"].as_array().unwrap().len(), known["columns"].as_array().unwrap().len(), "{name}");
    }
}

/// Returns the media type and the bytes of an answer.
fn file_of(server: &Server, path: &str, token: &str) -> (String, Vec<u8>) {
    let request = agent().get(server.url(path)).header("Authorization", format!("Bearer {token}"));
    let mut answer = request.call().expect("an answer");
    assert_eq!(answer.status(), 200, "{path}");
    let kind = answer.headers().get("content-type").and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    (kind, answer.body_mut().read_to_vec().expect("a body"))
}

#[test]
fn files_hold_what_the_answer_shows() {
    let (server, token) = shop();
    let get = |path: &str| file_of(&server, path, &token);
    for path in [
        "/api/v1/sites/1/lists/orders?limit=1",
        "/api/v1/sites/1/report?metrics=orders,net_sales,conversion_rate&dimensions=campaign",
    ] {
        let (kind, csv) = get(&format!("{path}&{DAY}&format=csv"));
        let csv = String::from_utf8(csv).unwrap();
        assert_eq!(kind, "text/csv; charset=utf-8");
        assert!(csv.contains("'=1+1"), "no formula runs: {csv}");
        let (kind, parquet) = get(&format!("{path}&{DAY}&format=parquet"));
        assert_eq!((kind.as_str(), &parquet[..4]), ("application/vnd.apache.parquet", &b"PAR1"[..]));
        let (kind, xlsx) = get(&format!("{path}&{DAY}&format=xlsx"));
        assert!(kind.ends_with("spreadsheetml.sheet") && xlsx.starts_with(b"PK"), "{kind}");
    }
    assert_eq!(std::fs::read_dir(server.data_dir().join("exports")).unwrap().count(), 0, "nothing is left behind");

    let file = server.data_dir().join("out.csv");
    server.cli(&["list", "orders", "--from", "2026-03-02", "--to", "2026-03-02", "--out", file.to_str().unwrap()]);
    let (_, csv) = get(&format!("/api/v1/sites/1/lists/orders?{DAY}&format=csv"));
    assert_eq!(std::fs::read(&file).unwrap(), csv);
    let printed = server.cli(&["list", "abandoned_carts", "--from", "2026-03-02", "--to", "2026-03-02"]);
    assert!(printed.contains("7.50"), "{printed}");
}

#[test]
fn what_cannot_be_listed_is_refused_with_a_remedy() {
    let (server, token) = shop();
    let refused = |path: &str| {
        let (status, answer) = server.send_json("GET", &format!("/api/v1/sites/1/{path}"), &token, &Value::Null);
        (status, answer["error"]["code"].as_str().unwrap_or_default().to_owned(), answer["error"]["hint"].to_string())
    };
    assert_eq!(refused("lists/order").1, "query.unknown_list");
    assert_eq!(
        refused("lists/orders?order=-nett_sales"),
        (400, "query.unknown_order".to_owned(), "\"did you mean `net_sales`?\"".to_owned())
    );
    assert_eq!(refused("lists/visits?filter=currency==EUR").1, "query.not_combinable");
    assert_eq!(refused("lists/orders?format=pdf").1, "report.format_unknown");
    assert_eq!(refused("lists/orders?from=2026-02-30").1, "query.bad_date");
}

#[test]
fn the_warehouse_is_asked_in_sql_and_shows_its_own_site_only() {
    let (server, read) = shop();
    server.cli(&["site", "add", "--domain", "two.example", "--currency", "USD", "--timezone", "UTC"]);
    let admin = server.token(Some(1), "admin");
    let ask = |token: &str, site: u32, sql: &str| {
        server.send_json("POST", &format!("/api/v1/sites/{site}/sql"), token, &json!({ "sql": sql }))
    };
    let (status, answer) = ask(&admin, 1, "select 1");
    assert_eq!((status, &answer["error"]["code"]), (409, &json!("warehouse.none")));
    let written: Value = serde_json::from_str(&server.cli(&["warehouse", "--site", "1"])).unwrap();
    assert_eq!((&written["phase"], &written["dump"]["currency"]), (&json!("done"), &json!("EUR")));
    server.cli(&["warehouse", "--site", "2"]);

    let (status, answer) = ask(&admin, 1, "select order_id, order_total, lines, month from orders order by 1;");
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["rows"], json!([["A1", "30.0000", 2, "2026-03"]]));
    assert_eq!(ask(&admin, 1, "select count(*) from events").1["rows"], json!([[4]]));
    let of_two = ask(&server.token(Some(2), "admin"), 2, "select count(*) from orders");
    assert_eq!(of_two.1["rows"], json!([[0]]));

    let folder = written["dump"]["folder"].as_str().unwrap();
    let other = folder.replace("site-1", "site-2");
    for hostile in [
        format!("select * from read_parquet('{other}/orders/**/*.parquet')"),
        "select * from read_text('/etc/hostname')".to_owned(),
        "drop view orders".to_owned(),
        format!("copy (select 1) to '{folder}/orders/month=2026-03/x.parquet'"),
        "selekt 1".to_owned(),
    ] {
        let (status, answer) = ask(&admin, 1, &hostile);
        assert_eq!((status, &answer["error"]["code"]), (400, &json!("sql.refused")), "{hostile}: {answer}");
    }
    assert_eq!(ask(&read, 1, "select 1").0, 403, "readers have reports, not raw tables");
    assert_eq!(ask(&admin, 2, "select 1").0, 403, "nor has an administrator of another site");
    let printed = server.cli(&["sql", "--site", "1", "select sku, quantity from order_lines order by line"]);
    assert_eq!(printed, "sku  quantity\nS1   2.000\nS2   1.000\n");
}
