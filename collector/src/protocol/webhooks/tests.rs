//! Webhooks, read without a network: the captured ones first, then each platform's traps.

mod hostile;
mod shopify;
mod signatures;
mod stripe;
mod woocommerce;

use super::*;
use crate::protocol::Outcome;
use crate::sample::{book, counted_ids};
use base64::Engine;
use commerce::hit::{Hit, OrderStatus, names};
use commerce::ids::SiteId;
use commerce::time::Timestamp;

/// When the captured webhooks arrive: two seconds after they were signed.
const ARRIVED: i64 = 1_795_230_002;

const SECRET: &str = "webhook-secret";

/// A webhook on its way.
#[derive(Clone)]
struct Sent {
    platform: &'static str,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    secrets: Vec<String>,
    settings: Vec<(&'static str, &'static str)>,
    arrived: i64,
}

impl Sent {
    fn read(&self) -> Result<Reading, Answer> {
        self.read_at(&format!("/v1/webhooks/{}/key1", self.platform), "POST")
    }

    fn read_at(&self, path: &str, method: &str) -> Result<Reading, Answer> {
        let dialect = dialect_of(path).expect("the path is a webhook's");
        let mut book = book(&self.settings);
        let secrets = self.secrets.iter().map(|secret| (dialect, secret.clone())).collect();
        book.sites.get_mut(&SiteId(1)).unwrap().dialect_secrets = secrets;
        let ids = counted_ids();
        let header = |(name, value): &(String, String)| {
            (http::HeaderName::from_bytes(name.as_bytes()).unwrap(), http::HeaderValue::from_str(value).unwrap())
        };
        read(
            dialect,
            &Request {
                method,
                path,
                query: "",
                headers: &self.headers.iter().map(header).collect(),
                body: &self.body,
                received_at: Timestamp::from_seconds(self.arrived),
                client_ip: "203.0.113.9".parse().unwrap(),
                book: &book,
                new_id: &ids,
            },
        )
    }

    /// Returns the hits, all of them verified statements of a platform.
    fn hits(&self) -> Vec<Hit> {
        let reading = self.read().expect("the webhook is authentic");
        assert_eq!(reading.answer.status, 200);
        let hits = reading.outcomes.into_iter().map(|outcome| match outcome {
            Outcome::Hit(hit) => *hit,
            other => panic!("should be a hit, but is {other:?}"),
        });
        let hits: Vec<Hit> = hits.collect();
        for hit in &hits {
            assert_eq!((hit.facts.origin, hit.facts.trust), (Origin::Platform, Trust::Verified));
            assert_eq!(hit.facts.dialect.name(), self.platform);
        }
        hits
    }

    fn only(&self) -> Hit {
        let mut hits = self.hits();
        assert_eq!(hits.len(), 1, "{hits:?}");
        hits.remove(0)
    }

    /// Returns why the webhook is left out or kept aside; answered it is all the same.
    fn unread(&self) -> String {
        let mut reading = self.read().expect("the webhook is authentic");
        assert_eq!((reading.answer.status, reading.outcomes.len()), (200, 1));
        match reading.outcomes.remove(0) {
            Outcome::Excluded { reason, .. } => reason.name().to_owned(),
            Outcome::Quarantined(kept) => {
                assert!(!kept.hint.is_empty());
                assert_eq!(refusal(&reading.answer), kept.reason);
                kept.reason
            }
            Outcome::Hit(hit) => panic!("should be no hit: {hit:?}"),
        }
    }
}

fn refusal(answer: &Answer) -> &str {
    answer.headers.iter().find(|(n, _)| *n == "X-Reject-Reason").map_or("none", |(_, code)| code.as_str())
}

/// Returns why a webhook is refused.
fn refused_as(sent: &Sent) -> (u16, String) {
    let answer = sent.read().expect_err("the webhook should be refused");
    assert!(String::from_utf8_lossy(&answer.body).contains(refusal(&answer)));
    (answer.status, refusal(&answer).to_owned())
}

/// Returns a webhook signed with [`SECRET`].
fn signed_with(platform: &'static str, headers: &[(&str, &str)], body: &str) -> Sent {
    let mut headers: Vec<(String, String)> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let base64 = base64::engine::general_purpose::STANDARD.encode(signed::mac(SECRET, &[body.as_bytes()]));
    match platform {
        "stripe" => {
            let at = ARRIVED.to_string();
            let own = crate::person::hex(&signed::mac(SECRET, &[at.as_bytes(), b".", body.as_bytes()]));
            headers.push(("stripe-signature".to_owned(), format!("t={at},v1={own}")));
        }
        "shopify" => headers.push(("x-shopify-hmac-sha256".to_owned(), base64)),
        _ => headers.push(("x-wc-webhook-signature".to_owned(), base64)),
    }
    let (secrets, body) = (vec![SECRET.to_owned()], body.as_bytes().to_vec());
    Sent { platform, headers, body, secrets, settings: Vec::new(), arrived: ARRIVED }
}

/// Returns the captured webhook `name`, and what its capture expects.
fn captured(name: &str) -> Sent {
    let path = format!("{}/../fixtures/captures/webhooks.jsonl", env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(path).unwrap();
    let all = page.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let found = all.into_iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("no capture {name}"));
    let platform = ["shopify", "stripe", "woocommerce"].into_iter().find(|p| found["path"] == format!("/webhooks/{p}"));
    let headers = found["headers"].as_object().unwrap().iter();
    Sent {
        platform: platform.unwrap(),
        headers: headers.map(|(n, v)| (n.clone(), v.as_str().unwrap().to_owned())).collect(),
        body: found["body"].as_str().unwrap().as_bytes().to_vec(),
        secrets: found["secret"].as_str().map(str::to_owned).into_iter().collect(),
        settings: Vec::new(),
        arrived: ARRIVED,
    }
}

fn order(hit: &Hit) -> &commerce::hit::OrderStatement {
    hit.facts.order.as_ref().expect("an order")
}

fn money(amount: Option<commerce::Amount>) -> String {
    amount.map_or_else(|| "-".to_owned(), |amount| amount.to_string())
}

/// Returns items as SKU, price and quantity.
fn lines(hit: &Hit) -> Vec<String> {
    let items = hit.facts.items.iter().flatten();
    items.map(|i| format!("{} {}x{}", i.sku, i.price.unwrap_or_default(), i.quantity().0 / 1000)).collect()
}

fn aliases(hit: &Hit) -> Vec<&str> {
    order(hit).aliases.iter().flatten().map(String::as_str).collect()
}

#[test]
fn every_capture_is_answered_as_its_sender_expects() {
    let path = format!("{}/../fixtures/captures/webhooks.jsonl", env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(path).unwrap();
    let mut seen = 0;
    for line in page.lines() {
        let one: Value = serde_json::from_str(line).unwrap();
        let name = one["name"].as_str().unwrap();
        let expect = one["expect"].as_str().unwrap_or("valid");
        let read = captured(name).read();
        assert_eq!(read.is_ok(), expect == "valid", "{name}: {read:?}");
        if let Ok(reading) = read {
            assert_eq!(reading.answer.status, 200, "{name}");
            assert!(reading.outcomes.iter().all(|o| !matches!(o, Outcome::Quarantined(_))), "{name}: {reading:?}");
        }
        seen += 1;
    }
    assert_eq!(seen, 17);
}

#[test]
fn paths_of_webhooks() {
    assert_eq!(dialect_of("/v1/webhooks/shopify/key1"), Some(Dialect::Shopify));
    assert_eq!(dialect_of("/v1/webhooks/stripe/"), Some(Dialect::Stripe));
    for path in ["/v1/webhooks/matomo/key1", "/v1/webhooks/stripe", "/v1/webhooks/", "/webhooks/stripe/key1"] {
        assert_eq!(dialect_of(path), None, "{path}");
    }
    let sent = captured("woo_ping");
    for method in ["GET", "OPTIONS", "PUT", "HEAD"] {
        let answer = sent.read_at("/v1/webhooks/woocommerce/key1", method).unwrap_err();
        assert_eq!((answer.status, refusal(&answer)), (405, "method.not_allowed"), "{method}");
    }
    let answer = sent.read_at("/v1/webhooks/woocommerce/nobody", "POST").unwrap_err();
    assert_eq!((answer.status, refusal(&answer)), (404, "site.unknown"));
    assert!(sent.read_at("/v1/webhooks/woocommerce/key1/", "POST").is_ok());
}
