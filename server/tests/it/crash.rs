//! `kill -9` at random points under concurrent load: what was acknowledged is in the reports exactly once.
//!
//! The ledger is kept by the clients: an event is acknowledged when its 200 has been read to the end. Whatever was sent
//! and not acknowledged may or may not be there, but never twice, though every client sends it again after the crash.

use crate::harness::Server;
use serde_json::json;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const CLIENTS: u64 = 6;

/// A small fixed-seed generator: a failing round can be run again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

/// What the clients know: every event by name, with whether it was acknowledged.
type Ledger = Arc<Mutex<HashMap<String, bool>>>;

fn batch(client: u64, round: u64, n: u64, size: u64) -> (Vec<String>, serde_json::Value) {
    let names: Vec<String> = (0..size).map(|i| format!("c{client}-r{round}-n{n}-i{i}")).collect();
    let events: Vec<serde_json::Value> = names
        .iter()
        .map(|name| json!({"id": name, "name": name, "visitor_id": format!("visitor-{client}"), "page": {"url": "https://shop.example/"}}))
        .collect();
    (names, json!({"site": 1, "events": events}))
}

/// Sends batches until told to stop or cut off; a batch that was not acknowledged is sent again first.
fn client(base: &str, client: u64, round: u64, ledger: &Ledger, stop: &AtomicBool) {
    let agent = crate::harness::agent();
    let mut dice = Dice(round * 1000 + client);
    let mut n = 0;
    while !stop.load(Ordering::Relaxed) {
        let size = 1 + dice.roll(5);
        let (names, body) = batch(client, round, n, size);
        n += 1;
        ledger.lock().expect("ledger").extend(names.iter().map(|name| (name.clone(), false)));
        let answer =
            agent.post(format!("{base}/v1/collect")).header("Content-Type", "text/plain").send(body.to_string());
        let Ok(mut answer) = answer else { return };
        if answer.status() == 200 && answer.body_mut().read_to_string().is_ok() {
            ledger.lock().expect("ledger").extend(names.into_iter().map(|name| (name, true)));
        }
    }
}

/// Sends again whatever the crash left unacknowledged.
fn resend(server: &Server, ledger: &Ledger) {
    let open: Vec<String> =
        ledger.lock().expect("ledger").iter().filter(|(_, acked)| !**acked).map(|(n, _)| n.clone()).collect();
    for names in open.chunks(50) {
        let events: Vec<serde_json::Value> = names
            .iter()
            .map(|name| {
                let visitor = name.split('-').next().unwrap_or("c0").replace('c', "visitor-");
                json!({"id": name, "name": name, "visitor_id": visitor, "page": {"url": "https://shop.example/"}})
            })
            .collect();
        let body = json!({"site": 1, "events": events}).to_string();
        assert_eq!(server.post("/v1/collect", &[("Content-Type", "text/plain")], body.as_bytes()).0, 200);
        ledger.lock().expect("ledger").extend(names.iter().map(|name| (name.clone(), true)));
    }
}

#[test]
fn acknowledged_events_survive_kill_9_exactly_once() {
    let rounds: u64 = std::env::var("TALLYHO_CRASH_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(10);
    let mut server = Server::start();
    server.cli(&["site", "add", "--id", "1", "--domain", "shop.example", "--currency", "EUR", "--timezone", "UTC"]);
    let ledger: Ledger = Arc::default();
    let mut dice = Dice(42);
    for round in 0..rounds {
        let stop = Arc::new(AtomicBool::new(false));
        let clients: Vec<_> = (0..CLIENTS)
            .map(|id| {
                let (base, ledger, stop) = (server.base.clone(), ledger.clone(), stop.clone());
                std::thread::spawn(move || client(&base, id, round, &ledger, &stop))
            })
            .collect();
        // The point of the crash is the one thing that is left to chance and time here.
        std::thread::sleep(Duration::from_millis(30 + dice.roll(500)));
        server.kill_9();
        stop.store(true, Ordering::Relaxed);
        for client in clients {
            client.join().expect("a client ends when its server is gone");
        }
        server.restart();
        resend(&server, &ledger);
    }
    server.settle();

    let ledger = ledger.lock().expect("ledger");
    assert!(ledger.len() as u64 > rounds * CLIENTS, "the load was too small to mean anything: {}", ledger.len());
    let token = server.token(Some(1), "read");
    let rows = server.report(
        &token,
        1,
        &format!("metrics=events&dimensions=event&limit={}&{}", ledger.len() + 10, server.today()),
    );
    let stored: HashMap<&str, u64> =
        rows.iter().map(|r| (r["event"].as_str().expect("event"), r["events"].as_u64().expect("count"))).collect();
    let missing: Vec<&String> = ledger.keys().filter(|name| !stored.contains_key(name.as_str())).collect();
    assert!(
        missing.is_empty(),
        "{} of {} acknowledged events are missing, such as {:?}",
        missing.len(),
        ledger.len(),
        missing.first()
    );
    let doubled: Vec<_> = stored.iter().filter(|(_, count)| **count != 1).collect();
    assert!(doubled.is_empty(), "counted more than once: {doubled:?}");
    assert_eq!(stored.len(), ledger.len(), "events that nobody sent");
}

#[test]
fn a_rebuild_and_a_broken_store_give_the_same_reports() {
    let mut server = Server::start();
    server.cli(&[
        "site",
        "add",
        "--id",
        "1",
        "--domain",
        "shop.example",
        "--currency",
        "EUR",
        "--timezone",
        "Europe/Berlin",
    ]);
    let token = server.token(Some(1), "read");
    let mut dice = Dice(7);
    for n in 0..60 {
        let visitor = format!("v{}", dice.roll(12));
        let source = ["", "?utm_source=news&utm_medium=email&utm_campaign=spring", "?gclid=x"][dice.roll(3) as usize];
        let page = json!({"url": format!("https://shop.example/p{}{source}", dice.roll(4)), "referrer": "https://www.google.com/"});
        let item = json!({"item_id": format!("SKU-{}", dice.roll(5)), "item_name": "Thing", "price": "19.99", "quantity": 1 + dice.roll(3)});
        let events = json!([
            {"id": format!("pv-{n}"), "name": "page_view", "visitor_id": visitor, "page": page},
            {"id": format!("cart-{n}"), "name": "add_to_cart", "visitor_id": visitor, "page": page, "items": [item]},
            {"id": format!("order-{n}"), "name": if n % 3 == 0 { "purchase" } else { "view_item" }, "visitor_id": visitor, "page": page,
             "transaction_id": format!("T-{n}"), "value": "21.50", "tax": "1.51", "currency": "EUR", "items": [item]},
        ]);
        let body = json!({"site": 1, "events": events}).to_string();
        assert_eq!(server.post("/v1/collect", &[("Content-Type", "text/plain")], body.as_bytes()).0, 200);
    }
    server.settle();
    let queries = [
        "metrics=visits,visitors,page_views,orders,order_total,net_sales,tax,carts,carts_value,conversion_rate",
        "metrics=visits,orders,order_total&dimensions=channel,source,campaign",
        "metrics=units,gross_sales,product_views,adds_to_cart&dimensions=sku",
        "metrics=page_views,visits&dimensions=page",
        "metrics=orders,net_sales&dimensions=day",
    ];
    let day = server.today();
    let reports = |server: &Server| -> Vec<String> {
        queries
            .iter()
            .map(|q| {
                let table = server.get_json(&format!("/api/v1/sites/1/report?{q}&{day}"), &token);
                // `meta` tells the position, which ticks move on; rows and totals are what must not change.
                format!("{} {} {}", table["columns"], table["rows"], table["totals"])
            })
            .collect()
    };
    let before = reports(&server);
    assert!(before[0].contains("20"), "twenty orders were sent: {}", before[0]);

    server.stop();
    server.run_offline(&["rebuild"]);
    server.restart();
    server.settle();
    assert_eq!(reports(&server), before, "after a rebuild");

    server.stop();
    for file in server.store_files() {
        let bytes = std::fs::read(&file).expect("store file");
        std::fs::write(&file, &bytes[..bytes.len() / 3]).expect("cut");
    }
    server.restart();
    server.settle();
    assert_eq!(reports(&server), before, "after the store's file was cut to a third");
}
