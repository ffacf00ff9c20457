//! Routing, answers, CORS, tokens, counters.

use super::*;
use crate::sample::{ADMIN, IMPORT, INGEST, READ};

#[test]
fn an_accepted_event_is_in_the_journal_before_the_answer() {
    let shop = Shop::open(&[]);
    let reply = shop.send(collect(r#"{"id":"a","name":"page_view"}"#));
    assert_eq!((reply.status, reply.text()), (200, r#"{"accepted":1,"quarantined":[]}"#));
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(shop.hit().facts.name, "page_view");
    let again = shop.send(collect(r#"{"id":"a","name":"page_view"}"#));
    assert_eq!(again.body, reply.body, "the answer never depends on what is stored");
}

#[test]
fn every_route_has_its_methods() {
    let shop = Shop::open(&[]);
    let call = |method: &str, path: &str| {
        let reply = shop.send(HttpRequest::builder().method(method).uri(path).body("").unwrap());
        let allow = reply.header("allow").map(str::to_owned);
        (reply.status, allow)
    };
    assert_eq!(call("GET", "/v1/collect"), (405, Some("POST, OPTIONS".to_owned())));
    assert_eq!(call("GET", "/v1/events"), (405, Some("POST".to_owned())));
    assert_eq!(call("POST", "/v1/pixel.gif?site=1"), (405, Some("GET".to_owned())));
    assert_eq!(call("GET", "/v1/nothing"), (404, None));
    assert_eq!(call("OPTIONS", "/v1/collect"), (204, None));
    assert!(crate::door::owns(&Method::GET, "/matomo.php") && crate::door::owns(&Method::DELETE, "/v1/collect"));
    assert!(!crate::door::owns(&Method::GET, "/matomo.js") && !crate::door::owns(&Method::GET, "/v1/collect/"));
    assert!(shop.records().is_empty(), "a refused request writes nothing");
}

#[test]
fn the_pixel_answers_its_gif() {
    let shop = Shop::open(&[]);
    let reply = shop.send(HttpRequest::get("/v1/pixel.gif?site=key1&e=purchase&oid=7&value=5").body("").unwrap());
    assert_eq!((reply.status, reply.header("content-type"), reply.body.len()), (200, Some("image/gif"), 43));
    assert_eq!(shop.hit().facts.order.unwrap().order_id, "7");
}

#[test]
fn matomo_s_paths_lead_to_its_dialect() {
    let shop = Shop::open(&[]);
    for path in ["/matomo.php", "/piwik.php", "/js/tracker.php", "/js/"] {
        let reply = shop.send(
            HttpRequest::get(format!("{path}?idsite=1&rec=1&url=https://shop.example/&action_name=Home"))
                .body("")
                .unwrap(),
        );
        assert!(matches!(reply.status, 200 | 204), "{path} {}", reply.status);
    }
    assert_eq!(shop.records().len(), 4);
}

#[test]
fn origins_are_echoed_and_cookies_stay_with_the_site() {
    let shop = Shop::open(&[]);
    let from = |origin: &str| {
        let reply = shop.send(with_header(collect(r#"{"name":"x"}"#), "origin", origin));
        let cors = |name: &str| reply.header(name).map(str::to_owned);
        assert_eq!(reply.header("vary"), Some("Origin"));
        (reply.status, cors("access-control-allow-origin"), cors("access-control-allow-credentials"))
    };
    let yes = Some("true".to_owned());
    assert_eq!(from("https://www.shop.example"), (200, Some("https://www.shop.example".to_owned()), yes));
    assert_eq!(from("https://evil.example"), (200, Some("https://evil.example".to_owned()), None));
    assert_eq!(from("null"), (200, Some("null".to_owned()), None));
    let preflight = |origin: &str| {
        let request = HttpRequest::options("/v1/collect").header("origin", origin).body("").unwrap();
        let reply = shop.send(request);
        assert_eq!(reply.header("access-control-allow-methods"), Some("POST, OPTIONS"));
        assert_eq!(reply.header("access-control-allow-origin"), Some(origin));
        (reply.status, reply.header("access-control-allow-credentials").is_some())
    };
    assert_eq!(preflight("https://other.example"), (204, true));
    assert_eq!(preflight("https://evil.example"), (204, false));
}

#[test]
fn listed_origins_keep_strangers_out() {
    let shop = Shop::open(&[("origins", "https://m.shop.example")]);
    let from = |origin: Option<&str>| {
        let request = collect(r#"{"name":"x"}"#);
        shop.send(match origin {
            Some(origin) => with_header(request, "origin", origin),
            None => request,
        })
    };
    assert_eq!(from(Some("https://m.shop.example")).status, 200);
    assert_eq!(from(Some("https://shop.example")).status, 200);
    assert_eq!(from(None).status, 200);
    let refused = from(Some("https://evil.example"));
    assert_eq!(refused.refusal(), (403, "origin.not_allowed"));
    assert_eq!(refused.header("access-control-allow-origin"), Some("https://evil.example"), "the page may read why");
    assert_eq!(from(Some("null")).status, 403);
    assert_eq!(shop.records().len(), 3);
}

#[test]
fn a_token_is_never_kept_nor_told() {
    let shop = Shop::open(&[]);
    for token in [INGEST, IMPORT, READ, ADMIN, "tly_live_unknown01canarycanarycanary"] {
        let body = format!(
            r#"{{"site":1,"events":[
            {{"name":"page_view","page":{{"url":"https://shop.example/?token_auth={token}","title":"{token}"}},"note":"{token}","user_id":"{token}"}},
            {{"name":"purchase","transaction_id":"","note":"{token}","token":"{token}"}}]}}"#
        );
        let reply = shop.send(events(token, &body));
        assert!(!reply.text().contains(token) && !format!("{:?}", reply.headers).contains(token));
        let query =
            format!("/v1/pixel.gif?site=1&token_auth={token}&url=https://shop.example/%3Fauth%3D{token}&e=purchase");
        let reply = shop.send(HttpRequest::get(query).body("").unwrap());
        assert!(!reply.text_lossy().contains(token));
    }
    assert!(shop.records().len() >= 6);
    shop.records().iter().for_each(|record| assert!(!format!("{record:?}").contains("canary"), "{record:?}"));
    assert!(!shop.keeps("canary"), "no byte of a token in the journal");
}

impl Reply {
    fn text_lossy(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

#[test]
fn what_is_received_is_what_is_counted() {
    let shop = Shop::open(&[("gpc", "exclude")]);
    shop.send(collect(r#"{"name":"x"},{"name":"purchase","transaction_id":"","note":"1"},{"name":"y"}"#));
    shop.send(with_header(collect(r#"{"name":"x"}"#), "sec-gpc", "1"));
    shop.send(post("/v1/collect").body("nonsense").unwrap());
    let counted = shop.door.counters.snapshot();
    assert_eq!((counted.requests, counted.in_flight, counted.hits, counted.received()), (3, 0, 2, 4));
    assert_eq!(counted.quarantined.get("order_id.missing"), Some(&1));
    assert_eq!(counted.excluded.get("opted_out"), Some(&1));
    assert_eq!(counted.rejected.get("body.malformed"), Some(&1));
    assert_eq!(shop.records().len(), 4, "received = records in the journal");
    assert!(counted.body_bytes > 0 && counted.journal_bytes > 0);
}

#[test]
fn an_empty_batch_writes_nothing() {
    let shop = Shop::open(&[]);
    let reply = shop.send(collect(""));
    assert_eq!((reply.status, reply.text()), (200, r#"{"accepted":0,"quarantined":[]}"#));
    assert!(shop.records().is_empty());
}

#[test]
fn a_journal_that_cannot_take_it_answers_503() {
    let shop = Shop::open(&[]);
    shop.door.journal.clone().close();
    let reply = shop.send(with_header(collect(r#"{"name":"x"}"#), "origin", "https://shop.example"));
    assert_eq!(reply.refusal(), (503, "storage.failed"));
    assert!(reply.header("retry-after").is_some());
    assert_eq!(shop.door.counters.snapshot().received(), 0, "nothing is claimed");
}

#[test]
fn a_full_journal_answers_busy_and_claims_nothing() {
    let mut shop = Shop::open(&[]);
    let dir = tempfile::tempdir().unwrap();
    let options = journal::Options { in_flight_bytes_max: 0, ..journal::Options::default() };
    let (tiny, _) = journal::open(dir.path(), options).unwrap();
    shop.door.journal = tiny;
    let reply = shop.send(collect(r#"{"name":"x"}"#));
    assert_eq!(reply.status, 503);
    assert!(reply.header("retry-after").is_some());
    assert!(shop.records().is_empty());
    assert_eq!(shop.door.counters.snapshot().received(), 0);
}

#[test]
fn the_future_of_a_request_may_move_between_threads() {
    fn assert_send<T: Send>(_: T) {}
    let shop = Shop::open(&[]);
    let (parts, _) = collect("{}").into_parts();
    assert_send(handle(&shop.door, SocketAddr::from(([127, 0, 0, 1], 1)), parts, Full::new(Bytes::new())));
}

#[test]
fn the_site_s_cap_holds_for_every_dialect() {
    let shop = Shop::open(&[("order_value_max", "5000")]);
    let matomo = "/matomo.php?idsite=1&rec=1&idgoal=0&ec_id=1&revenue=5000.01";
    let pixel = "/v1/pixel.gif?site=key1&e=purchase&oid=2&value=5000.01&id=e2";
    for target in [matomo, pixel] {
        assert_eq!(shop.send(HttpRequest::get(target).body("").unwrap()).status, 200, "it is kept, so it is answered");
    }
    shop.send(collect(r#"{"name":"purchase","transaction_id":"3","value":"5000.01"}"#));
    let reasons: Vec<String> = shop
        .records()
        .into_iter()
        .map(|record| match record {
            Record::Quarantined(quarantined) => quarantined.reason,
            other => panic!("{other:?} should be quarantined"),
        })
        .collect();
    assert_eq!(reasons, ["order.value_above_max"; 3]);
}
