//! Intake: what arrives twice, late, broken or in the middle of a crash.

use super::case::Case;
use super::shop::{Door, Shop};
use crate::harness::Server;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::net::TcpStream;

/// The same event id weeks later is the same event. The case leaves the sender open: a browser may date back a week,
/// so these are a server's, who may date back thirty days.
pub(super) fn late_retry(case: &Case) {
    let mut shop = Shop::open(case);
    for event in case.events() {
        if let Some(received) = event["recv"].as_str() {
            shop.server.settle();
            shop.server.restart_at(received);
        }
        shop.send_by(Door::Server, event);
    }
    shop.server.settle();
    let health = shop.get("health");
    assert_eq!(&health["stored"], case.expected("stored"));
    assert_eq!(&health["duplicate"], case.expected("duplicates"));
}

/// A bot's page view is kept with a label and counted nowhere; a server's order counts whatever its user agent.
pub(super) fn bots(case: &Case) {
    let mut shop = Shop::open(case);
    shop.play(case);
    assert_eq!(&shop.figure("visits"), case.expected("sessions"));
    assert_eq!(&shop.figure("orders"), case.expected("orders"));
    assert_eq!(&shop.get("health")["stored"], case.expected("raw_rows"));
    let live = shop.get("live?limit=10");
    let labels = live["events"].as_array().expect("events").iter().filter(|e| !e["bot"].is_null()).count();
    assert_eq!(labels, case.events().len() - 1, "{live}");
}

/// A title with half a character in it costs nothing but that half. The file has the escape escaped once too often.
pub(super) fn lone_surrogate(case: &Case) {
    let shop = Shop::open(case);
    let raw = case.events()[0]["raw"].as_str().expect("a body").replace(r"\\u", r"\u");
    assert!(raw.contains(r#""\ud800""#), "{raw}");
    let events = raw
        .replace(r#""t":"pageview""#, r#""name":"page_view""#)
        .replace(r#""title":"\ud800""#, r#""page":{"title":"\ud800"}"#);
    // `send_text` takes nothing but the status that the case expects.
    assert_eq!(case.expected("http"), 200);
    let answer =
        shop.send_text(Door::Browser, "Mozilla/5.0 Firefox/144.0", &format!(r#"{{"site":1,"events":{events}}}"#));
    assert_eq!(answer["accepted"], *case.expected("stored"), "{answer}");
    shop.server.settle();
    assert_eq!(&shop.get("health")["stored"], case.expected("stored"));
    let live = shop.get("live?limit=10");
    let replaced = live["events"].as_array().expect("events").iter().filter(|e| e["page_title"] == "\u{fffd}").count();
    assert_eq!(&json!(replaced), case.expected("replaced_with_U+FFFD"), "{live}");
}

/// One broken event in a batch is kept apart alone, and the whole batch may be sent again.
pub(super) fn partial_failure(case: &Case) {
    let shop = Shop::open(case);
    assert_eq!((case.expected("http"), case.expected("retry_whole_batch")), (&json!(200), &json!("safe (0 new rows)")));
    let events: Vec<Value> = case.events().iter().map(|event| shop.native(Door::Browser, event)).collect();
    for _ in 0..2 {
        let answer = shop.send_native(Door::Browser, &events);
        assert_eq!(&answer["accepted"], case.expected("accepted"));
        assert_eq!(&json!(answer["quarantined"].as_array().expect("a list").len()), case.expected("quarantined"));
        assert_eq!(answer["quarantined"][0]["i"], 1);
        shop.server.settle();
        assert_eq!(&shop.get("health")["stored"], case.expected("accepted"));
    }
}

/// Acknowledged is in stored, stored is in sent, and each is there once: with batches that were answered, one that was
/// under way when the server was killed, and one that never came whole. (The long version is the crash test.)
pub(super) fn acknowledged_and_stored(case: &Case) {
    let invariant = case.expected("invariant").as_str().expect("words");
    assert!(invariant.starts_with("A ⊆ S ⊆ T"), "{invariant}");
    let mut shop = Shop::open(case);
    let named = |batch: &str| -> Vec<Value> {
        (0..20)
            .map(|n| json!({"id": format!("{batch}-{n}"), "name": format!("{batch}-{n}"), "visitor_id": "v1"}))
            .collect()
    };
    let mut sent: Vec<String> = Vec::new();
    let mut acknowledged: Vec<String> = Vec::new();
    for round in 0..3 {
        for batch in 0..3 {
            let batch = format!("acked-{round}-{batch}");
            shop.send_native(Door::Browser, &named(&batch));
            acknowledged.extend((0..20).map(|n| format!("{batch}-{n}")));
        }
        let open = format!("open-{round}");
        begin(&shop.server, &json!({"site": 1, "events": named(&open)}).to_string());
        sent.extend((0..20).map(|n| format!("{open}-{n}")));
        shop.server.kill_9();
        shop.server.restart();
    }
    sent.extend(acknowledged.iter().cloned());
    shop.server.settle();
    let rows = shop.rows("metrics=events&dimensions=event&limit=1000");
    let stored: BTreeMap<&str, &Value> =
        rows.iter().map(|row| (row["event"].as_str().expect("a name"), &row["events"])).collect();
    for name in &acknowledged {
        assert!(stored.contains_key(name.as_str()), "{name} was acknowledged and is not stored");
    }
    for (name, count) in stored {
        assert!(sent.iter().any(|s| s == name), "{name} was never sent");
        assert_eq!(count, 1, "{name}");
    }
}

/// Sends a request and leaves without waiting for its answer.
fn begin(server: &Server, body: &str) {
    let mut stream = TcpStream::connect(server.base.trim_start_matches("http://")).expect("a connection");
    let head = format!("POST /v1/collect HTTP/1.1\r\nHost: shop\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).expect("sent");
}
