//! Whatever reaches Countly's paths: it is answered, and what is kept survives the journal.
//!
//! Input: the first line is the query, the rest is the body.
#![no_main]

use collector::book::{BookSite, SiteBook};
use collector::protocol::countly::read;
use collector::protocol::{Outcome, Request};
use commerce::ids::{EventId, SiteId};
use commerce::money::Currency;
use commerce::site::SiteSettings;
use commerce::time::{Timestamp, Zone};
use commerce::Record;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static BOOK: LazyLock<SiteBook> = LazyLock::new(|| {
    let currency = Currency::parse("EUR").expect("EUR is in ISO 4217");
    let mut settings = SiteSettings::new("shop.example", currency, Zone::utc());
    settings.set("dialects", "countly:APPKEY").expect("the dialect is known");
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
    let (query, body) = data.split_at(data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len()));
    let query = String::from_utf8_lossy(query);
    for (method, path) in [("POST", "/i"), ("GET", "/i/bulk"), ("POST", "/i/bulk")] {
        let reading = read(&Request {
            method,
            path,
            query: &query,
            headers: &http::HeaderMap::new(),
            body: body.get(1..).unwrap_or_default(),
            received_at: Timestamp::from_seconds(1_795_262_400),
            client_ip: std::net::Ipv4Addr::LOCALHOST.into(),
            book: &BOOK,
            new_id: &|| EventId([1; 16]),
        });
        match reading {
            Ok(reading) => reading.outcomes.into_iter().for_each(check),
            Err(answer) => assert!(answer.headers.iter().any(|(name, _)| *name == "X-Reject-Reason")),
        }
    }
});

fn check(outcome: Outcome) {
    let record = match outcome {
        Outcome::Hit(hit) => Record::Hit(hit),
        Outcome::Quarantined(quarantined) => Record::Quarantined(quarantined),
        Outcome::Excluded { .. } => return,
    };
    let mut payload = Vec::new();
    record.encode(&mut payload);
    assert_eq!(Record::decode(&payload).as_ref(), Ok(&record));
}
