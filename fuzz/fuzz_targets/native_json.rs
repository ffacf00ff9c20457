//! Whatever reaches the native endpoints: it is answered, and what is kept is valid JSON and survives the journal.
//!
//! Input: the body of a request; what has no line break at all is also tried as the pixel's query.
#![no_main]

use collector::book::{BookSite, Scope, SiteBook, Token};
use collector::protocol::native::{read_collect, read_events, read_pixel};
use collector::protocol::{Outcome, Reading, Request};
use commerce::ids::{EventId, SiteId};
use commerce::money::Currency;
use commerce::site::SiteSettings;
use commerce::time::{Timestamp, Zone};
use commerce::Record;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

static BOOK: LazyLock<SiteBook> = LazyLock::new(|| {
    use sha2::{Digest, Sha256};
    let currency = Currency::parse("EUR").expect("EUR is in ISO 4217");
    let site = BookSite {
        id: SiteId(1),
        collect_key: "key".to_owned(),
        settings: SiteSettings::new("shop.example", currency, Zone::utc()),
        goals: Vec::new(),
        signing_secret: "secret".to_owned(),
        email_salt: String::new(),
        dialect_secrets: Vec::new(),
    };
    let mut book = SiteBook::default();
    book.by_key.insert(site.collect_key.clone(), site.id);
    book.sites.insert(site.id, site);
    book.tokens.insert(Sha256::digest(TOKEN.as_bytes()).into(), Token { site: Some(SiteId(1)), scope: Scope::Ingest });
    book
});

fuzz_target!(|data: &[u8]| {
    let authorization = format!("Bearer {TOKEN}").parse().expect("a token is a valid header");
    let headers = [(http::header::AUTHORIZATION, authorization)].into_iter().collect();
    let text = String::from_utf8_lossy(data);
    let query = format!("site=key&{}", text.lines().next().unwrap_or(""));
    let request = Request {
        method: "POST",
        path: "/",
        query: &query,
        headers: &headers,
        body: data,
        received_at: Timestamp::from_seconds(1_795_262_400),
        client_ip: std::net::Ipv4Addr::LOCALHOST.into(),
        book: &BOOK,
        new_id: &|| EventId([1; 16]),
    };
    for reading in [read_collect(&request), read_events(&request), read_pixel(&request)].into_iter().flatten() {
        check(reading);
    }
});

fn check(reading: Reading) {
    assert_eq!(reading.answer.status, 200);
    for outcome in reading.outcomes {
        let record = match outcome {
            Outcome::Hit(hit) => {
                let items = hit.facts.items.iter().flatten().filter_map(|item| item.properties.as_deref());
                for properties in items.chain(hit.facts.properties.as_deref()) {
                    serde_json::from_str::<serde_json::Value>(properties).expect("properties are JSON");
                }
                Record::Hit(hit)
            }
            Outcome::Quarantined(quarantined) => Record::Quarantined(quarantined),
            Outcome::Excluded { .. } => unreachable!("the native protocol excludes nothing itself"),
        };
        let mut payload = Vec::new();
        record.encode(&mut payload);
        assert_eq!(Record::decode(&payload).as_ref(), Ok(&record));
    }
}
