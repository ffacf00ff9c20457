//! Requests of foreign clients, sent to a dialect and described in lines that read like a page: for tests.

use super::super::{Answer, Outcome, Reading, Request};
use crate::book::{BookSite, Scope, SiteBook, Token};
use commerce::hit::{Dialect, Hit, flags};
use commerce::ids::{EventId, SiteId};
use commerce::money::Currency;
use commerce::site::SiteSettings;
use commerce::time::{Timestamp, Zone};
use serde_json::Value;
use std::cell::Cell;
use std::fmt::Write;

/// Tokens of the sample site.
pub(in crate::protocol) const INGEST: &str = "ingest0000000000000000000000site1";
pub(in crate::protocol) const IMPORT: &str = "import0000000000000000000000site1";

/// A request as it is sent.
#[derive(Clone, Copy)]
pub(in crate::protocol) struct Sent<'a> {
    pub(in crate::protocol) method: &'a str,
    pub(in crate::protocol) path: &'a str,
    pub(in crate::protocol) query: &'a str,
    pub(in crate::protocol) body: &'a [u8],
    pub(in crate::protocol) headers: &'a [(&'a str, &'a str)],
    pub(in crate::protocol) now: &'a str,
}

/// What a dialect's `read` is.
pub(in crate::protocol) type Reader = fn(&Request) -> Result<Reading, Answer>;

/// Returns the sample site, which takes `dialects`.
pub(in crate::protocol) fn site(dialects: &[&str]) -> BookSite {
    let mut settings = SiteSettings::new("shop.example", Currency::parse("EUR").unwrap(), Zone::utc());
    settings.dialects = dialects.iter().map(|&entry| entry.to_owned()).collect();
    BookSite {
        id: SiteId(1),
        collect_key: "key1".to_owned(),
        settings,
        goals: Vec::new(),
        signing_secret: String::new(),
        email_salt: "salt".to_owned(),
        dialect_secrets: Vec::<(Dialect, String)>::new(),
    }
}

/// Returns a book with `site` and its tokens.
pub(in crate::protocol) fn book(site: BookSite) -> SiteBook {
    use sha2::{Digest, Sha256};
    let mut book = SiteBook { secret: [7; 32], ..SiteBook::default() };
    for (text, scope) in [(INGEST, Scope::Ingest), (IMPORT, Scope::Import)] {
        book.tokens.insert(Sha256::digest(text.as_bytes()).into(), Token { site: Some(site.id), scope });
    }
    book.add_site(site);
    book
}

/// Sends a request.
pub(in crate::protocol) fn send(reader: Reader, book: &SiteBook, sent: Sent) -> Result<Reading, Answer> {
    let mut headers = http::HeaderMap::new();
    for (name, value) in sent.headers {
        headers.append(name.parse::<http::HeaderName>().unwrap(), value.parse().unwrap());
    }
    let count = Cell::new(0_u8);
    let new_id = || {
        count.set(count.get().wrapping_add(1));
        EventId([count.get(); 16])
    };
    reader(&Request {
        method: sent.method,
        path: sent.path,
        query: sent.query,
        headers: &headers,
        body: sent.body,
        received_at: Timestamp::parse(sent.now).unwrap(),
        client_ip: "203.0.113.9".parse().unwrap(),
        book,
        new_id: &new_id,
    })
}

/// Replays `fixtures/captures/<file>` and describes what came of each request.
pub(in crate::protocol) fn captures(reader: Reader, book: &SiteBook, file: &str, now: &str) -> String {
    let path = format!("{}/../fixtures/captures/{file}", env!("CARGO_MANIFEST_DIR"));
    let lines = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("failed to read {path}: {error}"));
    let mut page = String::new();
    for line in lines.lines() {
        let capture: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| capture[name].as_str().unwrap_or_default();
        let headers: Vec<(&str, &str)> =
            capture["headers"].as_object().unwrap().iter().map(|(k, v)| (k.as_str(), v.as_str().unwrap())).collect();
        let (method, path, query) = (text("method"), text("path"), text("query"));
        let sent = Sent { method, path, query, body: text("body").as_bytes(), headers: &headers, now };
        writeln!(page, "{} ({method} {path})", text("name")).unwrap();
        page.push_str(&describe(&send(reader, book, sent)));
    }
    page
}

/// Describes an answer with its headers, and every outcome in a line.
pub(in crate::protocol) fn describe(result: &Result<Reading, Answer>) -> String {
    let (answer, outcomes) = match result {
        Ok(reading) => (&reading.answer, reading.outcomes.as_slice()),
        Err(answer) => (answer, [].as_slice()),
    };
    let mut page = format!("  {}", answer.status);
    for (name, value) in &answer.headers {
        write!(page, " {name}: {value};").unwrap();
    }
    writeln!(page, " {}", String::from_utf8_lossy(&answer.body)).unwrap();
    for (index, outcome) in outcomes.iter().enumerate() {
        match outcome {
            Outcome::Hit(hit) => write!(page, "  {}", describe_hit(hit)).unwrap(),
            Outcome::Excluded { reason, .. } => write!(page, "  excluded: {}", reason.name()).unwrap(),
            Outcome::Quarantined(item) => write!(page, "  quarantined: {} ({})", item.reason, item.hint).unwrap(),
        }
        let claims = result.as_ref().map(|reading| reading.claimed_ips.as_slice()).unwrap_or_default();
        let claimed = claims.iter().find(|(i, _)| *i == index).map(|(_, ip)| format!(" ip={ip}"));
        writeln!(page, "{}", claimed.unwrap_or_default()).unwrap();
    }
    page
}

/// Describes a hit in a line; what it does not say is left out.
pub(in crate::protocol) fn describe_hit(hit: &Hit) -> String {
    let (facts, person) = (&hit.facts, &hit.person);
    let mut line = format!("{} {:?} {:?}", facts.name, facts.origin, facts.trust);
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            write!(line, " {name}={value}").unwrap();
        }
    };
    add("at", (facts.occurred_at != facts.received_at).then(|| facts.occurred_at.to_string()));
    add("visitor", person.visitor_id.clone());
    add("visit", person.visit_id.clone());
    add("user", person.user_id.clone());
    add("email", person.email.clone());
    add("agent", person.user_agent.clone());
    add("cart", facts.cart_id.clone());
    add("consent", facts.consent.map(|consent| format!("{consent:?}")));
    add("marks", Some(marks(hit)));
    add("url", facts.page.as_ref().and_then(|page| page.url.clone()));
    add("title", facts.page.as_ref().and_then(|page| page.title.clone()));
    add("referrer", facts.page.as_ref().and_then(|page| page.referrer.clone()));
    add("attribution", facts.attribution.as_ref().map(|s| format!("{:?}/{:?}/{:?}", s.source, s.medium, s.campaign)));
    add("language", facts.language.clone());
    add("screen", facts.screen.clone());
    add("search", facts.search.as_ref().map(|search| search.term.clone()));
    add("cart_value", facts.cart.as_ref().and_then(|cart| cart.value).map(|value| value.to_string()));
    add("order", order(hit));
    add("refund", refund(hit));
    add("items", facts.items.as_ref().map(|_| lines(hit)));
    add("properties", facts.properties.clone());
    line
}

/// Describes the order of a hit with its amounts.
fn order(hit: &Hit) -> Option<String> {
    let order = hit.facts.order.as_ref()?;
    let mut text = order.order_id.clone();
    let amounts = [
        ("total", order.total),
        ("subtotal", order.subtotal),
        ("tax", order.tax),
        ("shipping", order.shipping),
        ("discount", order.discount),
    ];
    for (name, amount) in amounts {
        text.extend(amount.map(|amount| format!(" {name}:{amount}")));
    }
    text.extend(order.currency.map(|currency| format!(" {}", currency.code())));
    text.extend(order.coupons.as_ref().map(|coupons| format!(" coupons:{}", coupons.join("|"))));
    text.extend(order.status.map(|status| format!(" {status:?}")));
    text.extend(order.prices_include_tax.map(|includes| format!(" tax in prices:{includes}")));
    Some(format!("[{text}]"))
}

fn refund(hit: &Hit) -> Option<String> {
    let refund = hit.facts.refund.as_ref()?;
    let mut text = refund.order_id.clone();
    for (name, amount) in [("amount", refund.amount), ("tax", refund.tax), ("shipping", refund.shipping)] {
        text.extend(amount.map(|amount| format!(" {name}:{amount}")));
    }
    text.extend(refund.refund_id.as_ref().map(|id| format!(" id:{id}")));
    Some(format!("[{text}]"))
}

/// Describes the lines of a hit.
fn lines(hit: &Hit) -> String {
    let line = |item: &commerce::hit::Item| {
        let quantity = item.quantity.map(|quantity| quantity.to_string()).unwrap_or_default();
        let mut line = format!("{}*{quantity}@{}", item.sku, item.price.map(|p| p.to_string()).unwrap_or_default());
        line.extend(item.discount.map(|discount| format!("-{discount}")));
        let categories = item.categories.as_ref().map(|categories| categories.join("/"));
        let index = item.index.map(|index| index.to_string());
        let texts = [&item.name, &item.brand, &item.variant, &categories, &item.coupon, &item.list_id, &item.list_name];
        let promotion = [&item.promotion_id, &item.promotion_name, &item.creative_name, &item.affiliation];
        for text in texts.into_iter().chain(promotion).chain([&index, &item.properties]).flatten() {
            write!(line, " {text}").unwrap();
        }
        line
    };
    let lines: Vec<String> = hit.facts.items.iter().flatten().map(line).collect();
    format!("[{}]", lines.join(", "))
}

/// Returns the marks of a hit by name.
fn marks(hit: &Hit) -> String {
    let names = [
        (flags::TRUNCATED, "truncated"),
        (flags::ROUNDED, "rounded"),
        (flags::CLAMPED_FUTURE, "clamped"),
        (flags::BACKDATED, "backdated"),
        (flags::VALUE_DROPPED, "value_dropped"),
        (flags::PLACEHOLDER_ID, "placeholder_id"),
        (flags::NO_EVENT_ID, "no_event_id"),
    ];
    let marks = hit.facts.flags.unwrap_or(0);
    names.iter().filter(|(mark, _)| marks & mark != 0).map(|(_, name)| *name).collect::<Vec<_>>().join("+")
}
