//! The API of a running server: what it keeps, what it answers, whom it cuts off.

use crate::harness::Server;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

const CLOCK: &str = "2026-03-02T10:00:00Z";
const DAY: &str = "from=2026-03-02&to=2026-03-02";

fn with_site() -> (Server, String) {
    let server = Server::start_at(CLOCK);
    server.cli(&["site", "add", "--domain", "shop.example", "--currency", "EUR", "--timezone", "Europe/Berlin"]);
    let token = server.token(Some(1), "admin");
    (server, token)
}

fn purchase() -> Value {
    json!([
        {"id": "e1", "name": "page_view", "visitor_id": "v1", "page": {"url": "https://shop.example/?utm_source=news&utm_medium=email"}},
        {"id": "e2", "name": "purchase", "visitor_id": "v1", "transaction_id": "A/1", "value": "21.90", "tax": "3.50", "shipping": "4.90",
         "currency": "EUR", "items": [{"item_id": "S1", "item_name": "Shirt", "price": "17.00", "quantity": 1}]},
    ])
}

#[test]
fn one_purchase_from_the_wire_to_every_page() {
    let (server, token) = with_site();
    server.collect(1, &purchase());
    server.collect(1, &purchase());
    server.settle();
    let rows =
        server.report(&token, 1, &format!("metrics=visits,orders,order_total,conversion_rate&dimensions=source&{DAY}"));
    assert_eq!(
        rows,
        [json!({"source": "news", "visits": 1, "orders": 1, "order_total": "21.90", "conversion_rate": json!(1.0)})]
    );

    let table = server.get_json(&format!("/api/v1/sites/1/report?metrics=orders,order_total&{DAY}"), &token);
    let columns = json!([{"name": "orders", "kind": "metric", "unit": "count"}, {"name": "order_total", "kind": "metric", "unit": "EUR"}]);
    assert_eq!(table["columns"], columns);
    assert_eq!((&table["rows"], &table["totals"]), (&json!([[1, "21.90"]]), &json!([1, "21.90"])));
    let meta = &table["meta"];
    assert_eq!(
        (&meta["currency"], &meta["timezone"], &meta["from"]),
        (&json!("EUR"), &json!("Europe/Berlin"), &json!("2026-03-02"))
    );

    let orders = server.get_json("/api/v1/sites/1/orders", &token);
    assert_eq!(
        (&orders["orders"][0]["order_id"], &orders["orders"][0]["order_total"]),
        (&json!("A/1"), &json!("21.90"))
    );
    let order = server.get_json("/api/v1/sites/1/orders/A%2F1", &token);
    assert_eq!(order["lines"][0]["sku"], "S1");
    assert_eq!(order["statements"][0]["origin"], "browser");
    assert_eq!(order["order"]["amounts"]["tax"], "3.50");

    let live = server.get_json("/api/v1/sites/1/live?limit=10", &token);
    assert_eq!(live["events"][0]["name"], "purchase");
    assert_eq!(live["events"][0]["sent"]["order"]["value"], "21.90");
    let carts = server.get_json("/api/v1/sites/1/carts", &token);
    assert_eq!(carts["meta"]["count"], 0);
}

#[test]
fn reports_come_as_csv_and_refuse_what_does_not_exist() {
    let (server, token) = with_site();
    server.collect(1, &purchase());
    server.settle();
    let bearer = format!("Bearer {token}");
    let (status, csv) = server
        .get_raw(&format!("/api/v1/sites/1/report?metrics=orders&format=csv&{DAY}"), &[("Authorization", &bearer)]);
    assert_eq!(
        (status, String::from_utf8_lossy(&csv).lines().nth(1)),
        (200, Some("1")),
        "{}",
        String::from_utf8_lossy(&csv)
    );
    for (query, code) in [
        (format!("metrics=revenue&{DAY}"), "query.unknown_metric"),
        (format!("metrics=orders&colour=red&{DAY}"), "query.unknown_parameter"),
        (format!("metrics=orders&format=pdf&{DAY}"), "report.format_unknown"),
    ] {
        let (status, body) = server.get_raw(&format!("/api/v1/sites/1/report?{query}"), &[("Authorization", &bearer)]);
        let answer: Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!((status, &answer["error"]["code"]), (400, &json!(code)), "{query}");
    }
}

#[test]
fn settings_change_from_the_next_record_on_and_survive_a_crash() {
    let (mut server, token) = with_site();
    let put = |server: &Server, body: Value| server.send_json("PUT", "/api/v1/sites/1/settings", &token, &body);
    let (status, settings) =
        put(&server, json!({"visit_timeout_s": 600, "origins": ["pay.example"], "ecommerce": false}));
    assert_eq!((status, &settings["visit_timeout_s"], &settings["ecommerce"]), (200, &json!(600), &json!(false)));
    assert_eq!(put(&server, json!({"colour": "red", "visit_timeout_s": 700})).1["error"]["code"], "setting.unknown");
    assert_eq!(put(&server, json!({"visit_timeout_s": "soon"})).1["error"]["code"], "setting.invalid");
    assert_eq!(put(&server, json!({"visit_timeout_s": {}})).1["error"]["code"], "setting.invalid");
    server.restart();
    let settings = server.get_json("/api/v1/sites/1/settings", &token);
    assert_eq!((&settings["visit_timeout_s"], &settings["origins"]), (&json!(600), &json!(["pay.example"])));
    let (_, settings) = put(&server, json!({"matomo_compat": true, "cart_idle_s": 60, "visit_timeout_s": null}));
    let shown = (&settings["split_at_midnight"], &settings["cart_idle_s"], &settings["visit_timeout_s"]);
    assert_eq!(shown, (&json!(true), &json!(60), &json!(1800)));
}

#[test]
fn what_is_not_understood_is_shown_with_its_reason() {
    let (server, token) = with_site();
    let ingest = server.token(Some(1), "ingest");
    let events = json!({"events": [{"id": "q1", "name": "purchase", "transaction_id": "B1", "value": "NaN", "currency": "EUR"}, {"id": "q2", "name": "page_view", "visitor_id": "v2"}]});
    let answer = server.post_json("/v1/events", &ingest, &events);
    assert_eq!(answer["accepted"], 1, "{answer}");
    server.settle();
    let shown = server.get_json("/api/v1/sites/1/quarantine", &token);
    assert_eq!(
        (&shown["meta"]["count"], &shown["quarantine"][0]["reason"]),
        (&json!(1), &answer["quarantined"][0]["reason"])
    );
    let (status, metrics) = server.get_raw("/metrics", &[]);
    let metrics = String::from_utf8_lossy(&metrics).into_owned();
    assert_eq!(status, 200);
    for line in [
        "tallyho_events_applied_total{site=\"1\",outcome=\"stored\"} 1",
        "tallyho_events_applied_total{site=\"1\",outcome=\"quarantined\"} 1",
        "tallyho_events_received_total 2",
        "tallyho_journal_backlog_records 0",
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
}

#[test]
fn a_rebuild_serves_on_and_ends_with_the_same_reports() {
    let (server, _) = with_site();
    let admin = server.token(None, "admin");
    server.collect(1, &purchase());
    server.settle();
    let ask = || server.report(&admin, 1, &format!("metrics=visits,orders,order_total&dimensions=source&{DAY}"));
    let before = ask();
    server.cli(&["rebuild"]);
    assert_eq!(server.status()["rebuild"]["state"], "done");
    server.settle();
    assert_eq!(ask(), before);
}

#[test]
fn the_clock_starts_where_it_is_told_to_and_never_goes_back() {
    let (mut server, _) = with_site();
    assert!(server.status()["clock"].as_str().is_some_and(|at| at.starts_with("2026-03-02T10:0")));
    server.restart_at("2026-03-05T10:00:00Z");
    assert!(server.status()["clock"].as_str().is_some_and(|at| at.starts_with("2026-03-05T10:0")));
    server.restart_at("2026-03-01T10:00:00Z");
    assert!(server.status()["clock"].as_str().is_some_and(|at| at.starts_with("2026-03-05T10:0")));
}

#[test]
fn strangers_learn_the_positions_and_no_more() {
    let (server, _) = with_site();
    let (_, body) = server.get_raw("/api/v1/status", &[("X-Forwarded-For", "203.0.113.9")]);
    let status: Value = serde_json::from_slice(&body).expect("JSON");
    assert!(status["accepted_position"].is_u64() && status["alarms"].is_null(), "{status}");
    assert!(server.status()["alarms"].is_object());
    assert_eq!(server.get_raw("/healthz", &[]).0, 200);
    assert_eq!(server.get_raw("/readyz", &[]).0, 200);
}

/// Sends `bytes`, then nothing, and returns how long the server keeps the connection and what it said.
fn held_for(server: &Server, bytes: &[u8]) -> (Duration, String) {
    let mut stream = TcpStream::connect(server.base.trim_start_matches("http://")).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a time-out");
    stream.write_all(bytes).expect("sent");
    let started = Instant::now();
    let mut said = Vec::new();
    stream.read_to_end(&mut said).expect("the server closes the connection");
    (started.elapsed(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn who_says_nothing_is_cut_off() {
    let server = Server::start();
    std::thread::scope(|scope| {
        for bytes in [&b""[..], b"GET /healthz HTT", b"GET /healthz HTTP/1.1\r\nHost: a\r\n"] {
            let server = &server;
            scope.spawn(move || {
                let (held, said) = held_for(server, bytes);
                assert!((9..13).contains(&held.as_secs()), "{bytes:?} was held for {held:?}: {said}");
            });
        }
    });
    assert_eq!(server.get_raw("/healthz", &[]).0, 200);
}

#[test]
fn heads_that_are_too_large_are_refused() {
    let server = Server::start();
    let many = "X: 1\r\n".repeat(1000);
    let seventy = "X: 1\r\n".repeat(70);
    for (head, status) in [
        (format!("GET /healthz HTTP/1.1\r\nHost: a\r\n{many}\r\n"), "431"),
        (format!("GET /healthz HTTP/1.1\r\nHost: a\r\n{seventy}\r\n"), "431"),
        (format!("GET /healthz HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "a".repeat(17_000)), "431"),
        (format!("GET /healthz?{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(17_000)), "414"),
    ] {
        let (_, said) = held_for(&server, head.as_bytes());
        assert!(said.starts_with(&format!("HTTP/1.1 {status}")), "{} bytes: {said}", head.len());
    }
}
