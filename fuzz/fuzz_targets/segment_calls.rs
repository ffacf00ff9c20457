//! Whatever reaches Segment's paths: it is answered, and what is kept is valid JSON and survives the journal.
//!
//! Input: a byte that chooses the path, then the body.
#![no_main]

use collector::book::{BookSite, SiteBook};
use collector::protocol::segment::read;
use collector::protocol::{Outcome, Request};
use commerce::ids::{EventId, SiteId};
use commerce::money::Currency;
use commerce::site::SiteSettings;
use commerce::time::{Timestamp, Zone};
use commerce::Record;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

const PATHS: [&str; 8] =
    ["/v1/track", "/v1/identify", "/v1/page", "/v1/screen", "/v1/group", "/v1/alias", "/v1/batch", "/v1/m"];

static BOOK: LazyLock<SiteBook> = LazyLock::new(|| {
    let currency = Currency::parse("EUR").expect("EUR is in ISO 4217");
    let mut settings = SiteSettings::new("shop.example", currency, Zone::utc());
    settings.dialects = vec!["segment:WK_TEST".to_owned()];
    let mut book = SiteBook::default();
    book.add_site(BookSite {
        id: SiteId(1),
        collect_key: "key".to_owned(),
        settings,
        goals: Vec::new(),
        signing_secret: String::new(),
        email_salt: String::new(),
        dialect_secrets: Vec::new(),
    });
    book
});

fuzz_target!(|data: &[u8]| {
    let Some((choice, body)) = data.split_first() else { return };
    // base64 of `WK_TEST:`
    let basic = "Basic V0tfVEVTVDo=".parse().expect("a key is a valid header");
    let headers = [(http::header::AUTHORIZATION, basic)].into_iter().collect();
    let reading = read(&Request {
        method: "POST",
        path: PATHS[usize::from(*choice) % PATHS.len()],
        query: "",
        headers: &headers,
        body,
        received_at: Timestamp::from_seconds(1_795_262_400),
        client_ip: std::net::Ipv4Addr::LOCALHOST.into(),
        book: &BOOK,
        new_id: &|| EventId([1; 16]),
    });
    let Ok(reading) = reading else { return };
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
            Outcome::Excluded { .. } => unreachable!("nothing of Segment's is excluded by its dialect"),
        };
        let mut payload = Vec::new();
        record.encode(&mut payload);
        assert_eq!(Record::decode(&payload).as_ref(), Ok(&record));
    }
});
