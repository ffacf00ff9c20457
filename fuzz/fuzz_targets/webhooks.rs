//! Whatever a platform signs: it is answered 200, and what is kept survives the journal.
//!
//! Input: the topic on the first line, the body behind it. A Stripe webhook has its topic in the body.
#![no_main]

use base64::Engine;
use collector::book::{BookSite, SiteBook};
use collector::protocol::webhooks::read;
use collector::protocol::{Outcome, Request};
use commerce::hit::Dialect;
use commerce::ids::{EventId, SiteId};
use commerce::money::Currency;
use commerce::site::SiteSettings;
use commerce::time::{Timestamp, Zone};
use commerce::Record;
use hmac::{Hmac, KeyInit, Mac};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

const SECRET: &str = "secret";
const NOW: i64 = 1_795_230_000;
const PLATFORMS: [(Dialect, &str, &str, &str); 3] = [
    (Dialect::Shopify, "/v1/webhooks/shopify/key", "x-shopify-topic", "x-shopify-hmac-sha256"),
    (Dialect::Stripe, "/v1/webhooks/stripe/key", "x-topic", "stripe-signature"),
    (Dialect::WooCommerce, "/v1/webhooks/woocommerce/key", "x-wc-webhook-topic", "x-wc-webhook-signature"),
];

static BOOK: LazyLock<SiteBook> = LazyLock::new(|| {
    let currency = Currency::parse("EUR").expect("EUR is in ISO 4217");
    let mut book = SiteBook::default();
    book.add_site(BookSite {
        id: SiteId(1),
        collect_key: "key".to_owned(),
        settings: SiteSettings::new("shop.example", currency, Zone::utc()),
        goals: Vec::new(),
        signing_secret: String::new(),
        email_salt: String::new(),
        dialect_secrets: PLATFORMS.map(|(dialect, ..)| (dialect, SECRET.to_owned())).to_vec(),
    });
    book
});

fn mac(parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).expect("any key will do");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

fuzz_target!(|data: &[u8]| {
    let cut = data.iter().position(|b| *b == b'\n').unwrap_or(0);
    let (topic, body) = data.split_at(cut);
    for (dialect, path, topic_header, signature_header) in PLATFORMS {
        let signature = if dialect == Dialect::Stripe {
            let at = NOW.to_string();
            let hex: String = mac(&[at.as_bytes(), b".", body]).iter().map(|byte| format!("{byte:02x}")).collect();
            format!("t={at},v1={hex}")
        } else {
            base64::engine::general_purpose::STANDARD.encode(mac(&[body]))
        };
        let mut headers = http::HeaderMap::new();
        headers.insert(signature_header, signature.parse().expect("a signature is a valid header"));
        if let Ok(topic) = http::HeaderValue::from_bytes(topic) {
            headers.insert(topic_header, topic);
        }
        let request = Request {
            method: "POST",
            path,
            query: "",
            headers: &headers,
            body,
            received_at: Timestamp::from_seconds(NOW),
            client_ip: std::net::Ipv4Addr::LOCALHOST.into(),
            book: &BOOK,
            new_id: &|| EventId([1; 16]),
        };
        let reading = read(dialect, &request).expect("what is signed is taken in");
        assert_eq!(reading.answer.status, 200);
        for outcome in reading.outcomes {
            let record = match outcome {
                Outcome::Hit(hit) => Record::Hit(hit),
                Outcome::Quarantined(quarantined) => Record::Quarantined(quarantined),
                Outcome::Excluded { .. } => continue,
            };
            let mut payload = Vec::new();
            record.encode(&mut payload);
            assert_eq!(Record::decode(&payload).as_ref(), Ok(&record));
        }
    }
});
