//! Whatever reaches GA4's paths: it is answered, what is kept is valid JSON and survives the journal, and no secret is
//! in it.
//!
//! Input: the query, a line break, the body.
#![no_main]

use collector::book::{BookSite, SiteBook};
use collector::protocol::ga4::read;
use collector::protocol::{Outcome, Request};
use commerce::hit::Dialect;
use commerce::ids::{EventId, SiteId};
use commerce::money::Currency;
use commerce::site::SiteSettings;
use commerce::time::{Timestamp, Zone};
use commerce::Record;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

/// Begins with a letter that ends no escape, so that no input spells a secret that was never sent.
const SECRET: &str = "ghijklmnopqrstuvghijklmnopqrstuv";

static BOOK: LazyLock<SiteBook> = LazyLock::new(|| {
    let currency = Currency::parse("EUR").expect("EUR is in ISO 4217");
    let mut settings = SiteSettings::new("shop.example", currency, Zone::utc());
    settings.dialects = vec!["ga4:G-TEST".to_owned()];
    let mut book = SiteBook::default();
    book.add_site(BookSite {
        id: SiteId(1),
        collect_key: "key".to_owned(),
        settings,
        goals: Vec::new(),
        signing_secret: String::new(),
        email_salt: String::new(),
        dialect_secrets: vec![(Dialect::Ga4, SECRET.to_owned())],
    });
    book
});

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let (query, body) = text.split_once('\n').unwrap_or((&text, &text));
    let headers = http::HeaderMap::new();
    for path in ["/g/collect", "/mp/collect", "/debug/mp/collect"] {
        let query = format!("tid=G-TEST&measurement_id=G-TEST&api_secret={SECRET}&{query}");
        let reading = read(&Request {
            method: "POST",
            path,
            query: &query,
            headers: &headers,
            body: body.as_bytes(),
            received_at: Timestamp::from_seconds(1_795_262_400),
            client_ip: std::net::Ipv4Addr::LOCALHOST.into(),
            book: &BOOK,
            new_id: &|| EventId([1; 16]),
        });
        let Ok(reading) = reading else { continue };
        assert!(matches!(reading.answer.status, 200 | 204));
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
                Outcome::Excluded { .. } => unreachable!("nothing of GA4's is excluded by its dialect"),
            };
            let mut payload = Vec::new();
            record.encode(&mut payload);
            assert_eq!(Record::decode(&payload).as_ref(), Ok(&record));
            assert!(!format!("{record:?}").contains(SECRET), "a secret was kept");
        }
    }
});
