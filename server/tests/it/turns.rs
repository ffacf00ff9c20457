//! Whoever asks much: that what is asked for is given up when its client goes away, ends in time, and is all answered.

use crate::harness::Server;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

const DAY: &str = "from=2026-03-02&to=2026-03-02";

/// Pairs of products that are ordered together: of each order, every product with every other.
const HEAVY: &str = "/api/v1/sites/1/affinity?by=sku&from=2026-03-02&to=2026-03-02";

/// A server whose shop has `orders` orders of the same 200 products.
fn shop(orders: usize, options: &[&str]) -> (Server, String) {
    let server = Server::start_with(Some("2026-03-02T12:00:00Z"), options);
    server.cli(&["site", "add", "--domain", "shop.example", "--currency", "EUR", "--timezone", "UTC"]);
    let token = server.token(Some(1), "admin");
    let items: Vec<Value> =
        (0..200).map(|n| json!({"item_id": format!("S{n:03}"), "price": "1.00", "quantity": 1})).collect();
    let order = |n: usize| {
        json!({"id": format!("e{n}"), "name": "purchase", "visitor_id": format!("v{n}"),
            "transaction_id": format!("A{n}"), "value": "200.00", "items": items})
    };
    for group in (0..orders).collect::<Vec<_>>().chunks(5) {
        server.collect(1, &group.iter().map(|n| order(*n)).collect());
    }
    server.settle();
    (server, token)
}

/// Sends a request and leaves its answer to whoever reads it.
fn begin(server: &Server, token: &str, path: &str) -> TcpStream {
    let address = server.base.strip_prefix("http://").expect("an address");
    let mut stream = TcpStream::connect(address).expect("a connection");
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it listens");
    stream
}

fn answer(mut stream: TcpStream) -> String {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

/// Returns what `/metrics` says of `name` in the queue of reports.
fn figure(server: &Server, name: &str) -> u64 {
    let (_, page) = server.get_raw("/metrics", &[]);
    let page = String::from_utf8(page).expect("text");
    let head = format!("tallyho_answers_{name}{{queue=\"reports\"}} ");
    let line = page.lines().find_map(|line| line.strip_prefix(&head));
    line.unwrap_or_else(|| panic!("no {head:?} in {page}")).parse().expect("a number")
}

/// Waits until `name` is `wanted`.
fn wait_for(server: &Server, name: &str, wanted: u64) {
    let begun = Instant::now();
    while figure(server, name) != wanted {
        assert!(begun.elapsed() < Duration::from_mins(1), "{name} never became {wanted}");
    }
}

#[test]
fn an_analysis_that_nobody_waits_for_is_ended() {
    let (server, token) = shop(400, &[]);
    let begun = Instant::now();
    let whole = answer(begin(&server, &token, HEAVY));
    assert!(whole.starts_with("HTTP/1.1 200"), "{}", &whole[..200]);
    let took = begun.elapsed();

    let begun = Instant::now();
    let asked = begin(&server, &token, HEAVY);
    wait_for(&server, "running", 1);
    drop(asked);
    wait_for(&server, "running", 0);
    let ended = begun.elapsed();
    assert_eq!(figure(&server, "given_up_total"), 1);
    assert!(ended < took, "it ended after {ended:?}, and takes {took:?}");
}

#[test]
fn what_takes_too_long_is_refused_with_its_own_code() {
    let (server, token) = shop(400, &["--answer-max-s", "1"]);
    // Together they take the longer, so that a fast machine is too slow for them as well.
    let asked: Vec<TcpStream> = (0..8).map(|_| begin(&server, &token, HEAVY)).collect();
    let answers: Vec<String> = asked.into_iter().map(answer).collect();
    let late: Vec<&String> = answers.iter().filter(|answer| answer.starts_with("HTTP/1.1 503")).collect();
    assert!(!late.is_empty(), "all were in time");
    for answer in late {
        assert!(answer.contains("\"query.timeout\"") && answer.contains("retry-after: "), "{answer}");
    }
    // The next one is not the worse for it.
    server.get_json(&format!("/api/v1/sites/1/report?metrics=orders&{DAY}"), &token);
    assert_eq!(server.get_json("/api/v1/sites/1/orders/A7", &token)["order_id"], "A7");
}

#[test]
fn all_are_answered_when_ten_ask_at_once() {
    const ASKED: &[&str] = &[
        "affinity?by=sku",
        "funnel?steps=page_view;purchase",
        "cohorts?by=month",
        "attribution?by=channel",
        "rfm?",
        "paths?",
        "report?metrics=orders,net_sales&dimensions=sku",
        "lists/orders?limit=100",
        "lists/purchased_items?format=csv",
        "report?metrics=orders&dimensions=channel&format=xlsx",
    ];
    let (server, token) = shop(20, &[]);
    let asked: Vec<TcpStream> =
        ASKED.iter().map(|path| begin(&server, &token, &format!("/api/v1/sites/1/{path}&{DAY}"))).collect();
    for (path, asked) in ASKED.iter().zip(asked) {
        let mut answer = Vec::new();
        let mut asked = asked;
        asked.read_to_end(&mut answer).expect("an answer");
        let head = String::from_utf8_lossy(&answer[..answer.len().min(400)]).into_owned();
        assert!(head.starts_with("HTTP/1.1 200"), "{path}: {head}");
    }
    assert_eq!((figure(&server, "running"), figure(&server, "given_up_total")), (0, 0));
}
