//! A small site book for tests: two shops, a few tokens, a fixed clock and counted ids.

use crate::book::{BookSite, Network, Scope, SiteBook, Token};
use commerce::goal::{Goal, GoalAttribute, PatternKind};
use commerce::ids::{EventId, SiteId};
use commerce::money::Currency;
use commerce::site::SiteSettings;
use commerce::time::{Timestamp, Zone};
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicU64, Ordering};

/// The time at which test requests arrive: 2026-03-02T10:00:00Z.
pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_772_445_600);
/// Token of scope ingest for site 1.
pub(crate) const INGEST: &str = "tly_live_ingest0001canarycanarycanarycanary";
/// Token of scope import for site 1.
pub(crate) const IMPORT: &str = "tly_live_import0001canarycanarycanarycanary";
/// Token of scope read for site 1.
pub(crate) const READ: &str = "tly_live_read000001canarycanarycanarycanary";
/// Token of scope admin for every site.
pub(crate) const ADMIN: &str = "tly_live_admin00001canarycanarycanarycanary";
/// Signing secret of site 1.
pub(crate) const SIGNING_SECRET: &str = "signing-secret";

/// Returns the book: site 1 (`key1`, shop.example, EUR, Berlin), site 2 (`key2`, other.example), a proxy at 10.0.0.1.
pub(crate) fn book(settings: &[(&str, &str)]) -> SiteBook {
    let mut book =
        SiteBook { secret: [7; 32], trusted_proxies: vec![Network::parse("10.0.0.1").unwrap()], ..SiteBook::default() };
    for (id, domain) in [(1, "shop.example"), (2, "other.example")] {
        let mut site = site(id, domain);
        for (name, value) in settings.iter().filter(|_| id == 1) {
            site.settings.set(name, value).unwrap();
        }
        book.add_site(site);
    }
    let one = Some(SiteId(1));
    for (text, site, scope) in [
        (INGEST, one, Scope::Ingest),
        (IMPORT, one, Scope::Import),
        (READ, one, Scope::Read),
        (ADMIN, None, Scope::Admin),
    ] {
        book.tokens.insert(Sha256::digest(text.as_bytes()).into(), Token { site, scope });
    }
    book
}

fn site(id: u32, domain: &str) -> BookSite {
    BookSite {
        id: SiteId(id),
        collect_key: format!("key{id}"),
        settings: SiteSettings::new(domain, Currency::parse("EUR").unwrap(), Zone::parse("Europe/Berlin").unwrap()),
        goals: vec![Goal {
            id: 3,
            name: "Newsletter".to_owned(),
            attribute: GoalAttribute::Manually,
            pattern_kind: PatternKind::Contains,
            pattern: String::new(),
            case_sensitive: false,
            value: None,
            allow_multiple: false,
            use_event_value: true,
        }],
        signing_secret: SIGNING_SECRET.to_owned(),
        email_salt: format!("salt{id}"),
        dialect_secrets: Vec::new(),
    }
}

/// Returns ids that count up from 1.
pub(crate) fn counted_ids() -> impl Fn() -> EventId + Send + Sync {
    let next = AtomicU64::new(1);
    move || EventId(u128::from(next.fetch_add(1, Ordering::Relaxed)).to_be_bytes())
}
