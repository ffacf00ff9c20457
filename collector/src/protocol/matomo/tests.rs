//! What Matomo's clients send, and what must come of it. This file holds the book and the way in; the tables stand in
//! one file per question.

use super::*;
use crate::book::{BookSite, Scope, SiteBook, Token};
use commerce::goal::{Goal, GoalAttribute, PatternKind};
use commerce::ids::{EventId, SiteId};
use commerce::money::Currency;
use commerce::site::SiteSettings;
use commerce::time::{Timestamp, Zone};
use sha2::{Digest, Sha256};
use std::cell::Cell;

mod answers;
mod captures;
mod kinds;
mod piwik_pro;
mod rights;
mod values;

/// The administrator's token in the captured requests.
const ADMIN: &str = "0123456789abcdef0123456789abcdef";
const INGEST: &str = "ingest0000000000000000000000site1";
const IMPORT: &str = "import0000000000000000000000site1";
const READ: &str = "read000000000000000000000000site1";
const OTHER_SITE: &str = "ingest0000000000000000000000site2";

const NOW: &str = "2026-11-21T12:00:00Z";

fn goal(id: u32) -> Goal {
    Goal {
        id,
        name: format!("goal {id}"),
        attribute: GoalAttribute::Manually,
        pattern_kind: PatternKind::Contains,
        pattern: String::new(),
        case_sensitive: false,
        value: None,
        allow_multiple: true,
        use_event_value: false,
    }
}

fn site(id: u32, currency: &str) -> BookSite {
    let settings = SiteSettings::new("shop.example", Currency::parse(currency).unwrap(), Zone::utc());
    BookSite {
        id: SiteId(id),
        collect_key: format!("key{id}"),
        settings,
        goals: vec![goal(2), goal(4), goal(5)],
        signing_secret: String::new(),
        email_salt: "salt".to_owned(),
        dialect_secrets: Vec::new(),
    }
}

fn book() -> SiteBook {
    let mut book = SiteBook { secret: [7; 32], ..SiteBook::default() };
    for (id, currency) in [(1, "USD"), (2, "KWD"), (3, "EUR")] {
        book.sites.insert(SiteId(id), site(id, currency));
    }
    let tokens = [
        (ADMIN, None, Scope::Admin),
        (INGEST, Some(1), Scope::Ingest),
        (IMPORT, Some(1), Scope::Import),
        (READ, Some(1), Scope::Read),
        (OTHER_SITE, Some(2), Scope::Ingest),
    ];
    for (text, site, scope) in tokens {
        book.tokens.insert(Sha256::digest(text.as_bytes()).into(), Token { site: site.map(SiteId), scope });
    }
    book
}

/// A request as it is sent.
#[derive(Clone, Copy)]
struct Sent<'a> {
    method: &'a str,
    query: &'a str,
    body: &'a str,
    headers: &'a [(&'a str, &'a str)],
    ip: &'a str,
}

const GET: Sent = Sent { method: "GET", query: "", body: "", headers: &[], ip: "203.0.113.9" };
const POST: Sent = Sent { method: "POST", ..GET };

fn send(sent: Sent) -> Result<Reading, Answer> {
    let mut headers = http::HeaderMap::new();
    for (name, value) in sent.headers {
        headers.append(name.parse::<http::HeaderName>().unwrap(), value.parse().unwrap());
    }
    let book = book();
    let count = Cell::new(0_u8);
    let new_id = || {
        count.set(count.get() + 1);
        EventId([count.get(); 16])
    };
    read(&Request {
        method: sent.method,
        path: "/matomo.php",
        query: sent.query,
        headers: &headers,
        body: sent.body.as_bytes(),
        received_at: Timestamp::parse(NOW).unwrap(),
        client_ip: sent.ip.parse().unwrap(),
        book: &book,
        new_id: &new_id,
    })
}

fn get(query: &str) -> Result<Reading, Answer> {
    send(Sent { query, ..GET })
}

/// Sends `query` for site 1 and returns its one outcome.
fn outcome(query: &str) -> Outcome {
    let reading = get(&format!("idsite=1&rec=1&{query}"));
    let mut outcomes = reading.unwrap_or_else(|answer| panic!("{query} was refused: {answer:?}")).outcomes;
    assert_eq!(outcomes.len(), 1, "{query}");
    outcomes.remove(0)
}

/// Sends `query` for site 1 and returns its hit.
fn hit(query: &str) -> Hit {
    match outcome(query) {
        Outcome::Hit(hit) => *hit,
        other => panic!("{query} is no hit: {other:?}"),
    }
}

/// Returns the code of a refusal, `tracked` if there was none.
fn refusal(result: &Result<Reading, Answer>) -> String {
    match result {
        Ok(_) => "tracked".to_owned(),
        Err(answer) => answer.headers.iter().find(|(name, _)| *name == "x-reject-reason").unwrap().1.clone(),
    }
}

/// Returns the marks of a hit by name.
fn marks(hit: &Hit) -> String {
    use commerce::hit::flags;
    let names = [
        (flags::TRUNCATED, "truncated"),
        (flags::ROUNDED, "rounded"),
        (flags::NEW_VISIT, "new_visit"),
        (flags::COUNT_BOTS, "count_bots"),
        (flags::FORCED_VISITOR, "forced_visitor"),
        (flags::VALUE_DROPPED, "value_dropped"),
        (flags::PLACEHOLDER_ID, "placeholder_id"),
        (flags::NO_EVENT_ID, "no_event_id"),
    ];
    let marks = hit.facts.flags.unwrap_or(0);
    let known: u32 = names.iter().map(|(mark, _)| mark).sum();
    assert_eq!(marks & !known, 0, "a mark of another dialect: {marks:b}");
    names.iter().filter(|(mark, _)| marks & mark != 0).map(|(_, name)| *name).collect::<Vec<_>>().join(" ")
}

/// Returns the lines of a hit as `sku*quantity@price [name; categories]`, `-` for what is not stated.
fn lines(hit: &Hit) -> Vec<String> {
    let text = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let line = |item: &commerce::hit::Item| {
        let (quantity, price) = (item.quantity.map(|q| q.to_string()), item.price.map(|p| p.to_string()));
        let categories = item.categories.as_ref().map(|c| c.join("|"));
        format!("{}*{}@{} [{}; {}]", item.sku, text(quantity), text(price), text(item.name.clone()), text(categories))
    };
    hit.facts.items.iter().flatten().map(line).collect()
}
