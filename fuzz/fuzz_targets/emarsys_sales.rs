//! Whatever is uploaded as sales data to Emarsys' address: it is answered, no amount comes out of nothing, and what is kept
//! is valid JSON and survives the journal.
//!
//! Input: the CSV. `M1` is the known merchant, the token is one of scope import.
#![no_main]

use collector::book::{BookSite, Scope, SiteBook, Token};
use collector::protocol::emarsys::read;
use collector::protocol::{Outcome, Request};
use commerce::Record;
use commerce::ids::{EventId, SiteId};
use commerce::money::Currency;
use commerce::site::SiteSettings;
use commerce::time::{Timestamp, Zone};
use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

const TOKEN: &str = "tly_live_fuzz";

static BOOK: LazyLock<SiteBook> = LazyLock::new(|| {
    let currency = Currency::parse("EUR").expect("EUR is in ISO 4217");
    let mut settings = SiteSettings::new("shop.example", currency, Zone::utc());
    settings.set("dialects", "emarsys:M1").expect("a dialect");
    let mut book = SiteBook::default();
    book.add_site(BookSite {
        id: SiteId(1),
        collect_key: "key".to_owned(),
        settings,
        goals: Vec::new(),
        signing_secret: "secret".to_owned(),
        email_salt: String::new(),
        dialect_secrets: Vec::new(),
    });
    book.tokens.insert(Sha256::digest(TOKEN.as_bytes()).into(), Token { site: Some(SiteId(1)), scope: Scope::Import });
    book
});

fuzz_target!(|body: &[u8]| {
    let mut headers = HeaderMap::new();
    headers.insert(http::header::AUTHORIZATION, HeaderValue::from_static("bearer tly_live_fuzz"));
    headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("text/csv"));
    let request = Request {
        method: "POST",
        path: "/hapi/merchant/M1/sales-data/api",
        query: "",
        headers: &headers,
        body,
        received_at: Timestamp::from_seconds(1_795_262_400),
        client_ip: std::net::Ipv4Addr::LOCALHOST.into(),
        book: &BOOK,
        new_id: &|| EventId([1; 16]),
    };
    let Ok(reading) = read(&request) else { return };
    for outcome in reading.outcomes {
        let record = match outcome {
            Outcome::Hit(hit) => {
                if let Some(properties) = hit.facts.properties.as_deref() {
                    serde_json::from_str::<serde_json::Value>(properties).expect("properties are JSON");
                }
                // A line below zero is a refund of what it says, never an order of less than nothing.
                let total = hit.facts.order.as_ref().and_then(|order| order.total);
                let amount = hit.facts.refund.as_ref().and_then(|refund| refund.amount);
                assert!(total.into_iter().chain(amount).all(|sum| sum.0 >= 0));
                Record::Hit(hit)
            }
            Outcome::Quarantined(quarantined) => Record::Quarantined(quarantined),
            Outcome::Excluded { .. } => continue,
        };
        let mut payload = Vec::new();
        record.encode(&mut payload);
        assert_eq!(Record::decode(&payload).as_ref(), Ok(&record));
    }
});
