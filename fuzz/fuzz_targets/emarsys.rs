//! Whatever reaches Emarsys' pixel and recommender: it is answered, and what is kept is valid JSON and survives the journal.
//!
//! Input: the query of a request. `11` is the known customer, `M1` the known merchant.
#![no_main]

use collector::book::{BookSite, SiteBook};
use collector::protocol::emarsys::read;
use collector::protocol::{Outcome, Request};
use commerce::Record;
use commerce::ids::{EventId, SiteId};
use commerce::money::Currency;
use commerce::site::SiteSettings;
use commerce::time::{Timestamp, Zone};
use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static BOOK: LazyLock<SiteBook> = LazyLock::new(|| {
    let currency = Currency::parse("EUR").expect("EUR is in ISO 4217");
    let mut settings = SiteSettings::new("shop.example", currency, Zone::utc());
    settings.set("dialects", "emarsys:11,emarsys:M1").expect("a dialect");
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
    book
});

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    check("GET", "/upages/ti.php", &format!("ems_customer=11&{text}"), "text/plain", b"");
    check("GET", "/upages/ti.php", &text, "text/plain", b"");
    check("GET", "/merchants/M1/", &text, "text/plain", b"");
});

fn check(method: &str, path: &str, query: &str, content_type: &'static str, body: &[u8]) {
    let headers: HeaderMap = [
        (http::header::ORIGIN, HeaderValue::from_static("https://shop.example")),
        (http::header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
    ]
    .into_iter()
    .collect();
    let request = Request {
        method,
        path,
        query,
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
                Record::Hit(hit)
            }
            Outcome::Quarantined(quarantined) => Record::Quarantined(quarantined),
            Outcome::Excluded { .. } => continue,
        };
        let mut payload = Vec::new();
        record.encode(&mut payload);
        assert_eq!(Record::decode(&payload).as_ref(), Ok(&record));
    }
}
