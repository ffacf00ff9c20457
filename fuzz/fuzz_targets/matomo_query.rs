//! Whatever reaches Matomo's address: it is answered, what is kept survives the journal, and no token is in it.
//!
//! Input: the query, a line break, the body.
#![no_main]

use collector::book::{BookSite, Scope, SiteBook, Token};
use collector::protocol::matomo::read;
use collector::protocol::{Outcome, Request};
use commerce::ids::{EventId, SiteId};
use commerce::money::Currency;
use commerce::site::SiteSettings;
use commerce::time::{Timestamp, Zone};
use commerce::Record;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

/// Begins with a letter that ends no escape: `\u0001` and `23456789abcdef` would spell a token that was never sent.
const TOKEN: &str = "ghijklmnopqrstuvghijklmnopqrstuv";

static BOOK: LazyLock<SiteBook> = LazyLock::new(|| {
    let currency = Currency::parse("EUR").expect("EUR is in ISO 4217");
    let mut settings = SiteSettings::new("shop.example", currency, Zone::utc());
    settings.set("dialects", "piwik_pro").expect("piwik_pro is a dialect");
    let site = BookSite {
        id: SiteId(1),
        collect_key: "key".to_owned(),
        settings,
        goals: Vec::new(),
        signing_secret: String::new(),
        email_salt: String::new(),
        dialect_secrets: Vec::new(),
    };
    let mut book = SiteBook::default();
    book.sites.insert(site.id, site);
    book.tokens.insert(hash(TOKEN), Token { site: None, scope: Scope::Admin });
    book
});

fn hash(text: &str) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    Sha256::digest(text.as_bytes()).into()
}

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let (query, body) = text.split_once('\n').unwrap_or((&text, ""));
    // A valid token opens every door behind it; without one most inputs would end at the first.
    let query = format!("idsite=1&rec=1&token_auth={TOKEN}&{query}");
    check(&query, body, "/matomo.php");
    check(&query, body, "/ppms.php");
});

fn check(query: &str, body: &str, path: &str) {
    let headers = http::HeaderMap::new();
    let reading = read(&Request {
        method: "POST",
        path,
        query,
        headers: &headers,
        body: body.as_bytes(),
        received_at: Timestamp::from_seconds(1_795_262_400),
        client_ip: std::net::Ipv4Addr::LOCALHOST.into(),
        book: &BOOK,
        new_id: &|| EventId([1; 16]),
    });
    let Ok(reading) = reading else { return };
    assert!(matches!(reading.answer.status, 200 | 204));
    for outcome in reading.outcomes {
        let Outcome::Hit(hit) = outcome else { continue };
        let properties = hit.facts.properties.as_deref().unwrap_or("{}");
        serde_json::from_str::<serde_json::Value>(properties).expect("properties are JSON");
        let mut payload = Vec::new();
        let record = Record::Hit(hit);
        record.encode(&mut payload);
        assert_eq!(Record::decode(&payload).as_ref(), Ok(&record));
        assert!(!format!("{record:?}").contains(TOKEN), "a token was kept");
    }
}
