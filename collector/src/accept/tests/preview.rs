//! Requests of which nothing is stored.

use super::*;
use crate::sample::{INGEST, READ};

fn previewed(shop: &Shop, request: HttpRequest<String>) -> Result<Preview, u16> {
    let (parts, body) = request.into_parts();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let peer = "203.0.113.9:4711".parse().unwrap();
        let body = Full::new(Bytes::from(body));
        preview(&shop.door, peer, &parts, body).await.map_err(|refused| refused.status().as_u16())
    })
}

const BODY: &str =
    r#"{"site":"key1","events":[{"name":"purchase","transaction_id":"7","value":"59.90"},{"name":"purchase"}]}"#;

#[test]
fn a_preview_reads_as_the_endpoint_would_and_stores_nothing() {
    let shop = Shop::open(&[]);
    let trust_of = |records: &[Record]| match records {
        [Record::Hit(hit), Record::Quarantined(q)] if q.reason == "order_id.missing" => hit.facts.trust,
        other => panic!("there should be a hit and a quarantined item, but there is {other:?}"),
    };
    let as_browser = previewed(&shop, post("/v1/validate").body(BODY.to_owned()).unwrap()).unwrap();
    assert_eq!(as_browser.path, "/v1/collect");
    assert_eq!(trust_of(&as_browser.records), commerce::hit::Trust::Unverified);
    let as_server = previewed(&shop, events(INGEST, BODY)).unwrap();
    assert_eq!(as_server.path, "/v1/events");
    assert_eq!(trust_of(&as_server.records), commerce::hit::Trust::Verified);
    assert_eq!(previewed(&shop, events(READ, BODY)).unwrap().path, "/v1/collect");
    let pixel = post("/v1/validate?site=key1&e=purchase&oid=7&value=5").body(String::new()).unwrap();
    let pixel = previewed(&shop, pixel).unwrap();
    assert_eq!((&*pixel.path, pixel.records.len()), ("/v1/pixel.gif", 1));
    assert_eq!(shop.records().len(), 0);
    let counted = shop.door.counters.snapshot();
    assert_eq!((counted.received(), counted.requests), (0, 0));
}

#[test]
fn a_preview_refuses_what_the_endpoint_refuses() {
    let shop = Shop::open(&[]);
    let refused = |body: &str| previewed(&shop, post("/v1/validate").body(body.to_owned()).unwrap()).unwrap_err();
    assert_eq!(refused("nonsense"), 400);
    assert_eq!(refused(r#"{"site":"nowhere","events":[]}"#), 400);
    assert_eq!(refused(&format!("{{\"site\":1,\"events\":[\"{}\"]}}", "a".repeat(70_000))), 413);
}
