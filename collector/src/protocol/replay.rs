//! For the tests of dialects: sends requests, captured ones among them, and says in a line what became of each.

use super::{Answer, Outcome, Reading, Request};
use crate::book::SiteBook;
use crate::sample::counted_ids;
use commerce::hit::{Hit, Item};
use commerce::time::Timestamp;
use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};
use serde_json::Value;
use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr};

type Read = fn(&Request) -> Result<Reading, Answer>;

/// A request as a test writes it.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) method: String,
    /// Path with its query.
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Sent {
    pub(crate) fn new(method: &str, target: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Self {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { method: method.to_owned(), target: target.to_owned(), headers, body: body.as_ref().to_vec() }
    }

    pub(crate) fn read(&self, book: &SiteBook, received_at: Timestamp, read: Read) -> Result<Reading, Answer> {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let name: HeaderName = name.parse().unwrap();
            headers.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        let (path, query) = self.target.split_once('?').unwrap_or((&self.target, ""));
        let request = Request {
            method: &self.method,
            path,
            query,
            headers: &headers,
            body: &self.body,
            received_at,
            client_ip: IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9)),
            book,
            new_id: &counted_ids(),
        };
        read(&request)
    }
}

/// Returns the captured requests of `dialect` with their names.
pub(crate) fn captures(dialect: &str) -> Vec<(String, Sent)> {
    let path = format!("{}/../fixtures/captures/{dialect}.jsonl", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("failed to read {path}: {error}"));
    let captures = text.lines().map(|line| {
        let capture: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| capture[name].as_str().unwrap_or_default().to_owned();
        let headers = capture["headers"].as_object().unwrap();
        let headers = headers.iter().map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect();
        let target = format!("{}?{}", text("path"), text("query"));
        (text("name"), Sent { method: text("method"), target, headers, body: text("body").into_bytes() })
    });
    captures.collect()
}

/// Returns the answer, whether of a reading or of a refusal.
pub(crate) fn answer(result: &Result<Reading, Answer>) -> &Answer {
    match result {
        Ok(reading) => &reading.answer,
        Err(answer) => answer,
    }
}

/// Returns the answer's header `name`.
pub(crate) fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    answer.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// Says what became of a request: one line for its answer and one for every outcome.
pub(crate) fn describe(result: &Result<Reading, Answer>) -> String {
    let answer = answer(result);
    let body = match answer.body.as_slice() {
        [] => "empty".to_owned(),
        body if body.starts_with(b"GIF89a") && body.len() == 43 => "gif".to_owned(),
        body => String::from_utf8_lossy(body).trim_end().to_owned(),
    };
    let reason = header(answer, "x-reject-reason").map(|reason| format!(" [{reason}]")).unwrap_or_default();
    let mut page = format!("  {} {body}{reason}\n", answer.status);
    for outcome in result.iter().flat_map(|reading| &reading.outcomes) {
        match outcome {
            Outcome::Hit(hit) => writeln!(page, "  {}", describe_hit(hit)).unwrap(),
            Outcome::Excluded { reason, .. } => writeln!(page, "  excluded: {}", reason.name()).unwrap(),
            Outcome::Quarantined(item) => writeln!(page, "  quarantined: {} {}", item.reason, item.hint).unwrap(),
        }
    }
    page
}

/// Returns the only hit of a reading.
pub(crate) fn one(result: Result<Reading, Answer>) -> Hit {
    let mut hits = all(result);
    assert_eq!(hits.len(), 1, "{hits:?}");
    hits.remove(0)
}

/// Returns the hits of a reading, which has nothing else.
pub(crate) fn all(result: Result<Reading, Answer>) -> Vec<Hit> {
    let reading = result.unwrap_or_else(|answer| panic!("{} {}", answer.status, String::from_utf8_lossy(&answer.body)));
    let hits = reading.outcomes.into_iter().map(|outcome| match outcome {
        Outcome::Hit(hit) => *hit,
        other => panic!("{other:?}"),
    });
    hits.collect()
}

/// Says what a hit has to say of visitor, page, order, money and items.
pub(crate) fn describe_hit(hit: &Hit) -> String {
    let (facts, person) = (&hit.facts, &hit.person);
    let mut line = format!("{} {:?} {:?}", facts.name, facts.origin, facts.trust);
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            write!(line, " {name}={value}").unwrap();
        }
    };
    add("at", (facts.occurred_at != facts.received_at).then(|| facts.occurred_at.to_string()));
    add("visitor", person.visitor_id.clone());
    add("visit", person.visit_id.clone());
    add("user", person.user_id.clone());
    add("email", person.email.clone());
    add("marks", facts.flags.map(|flags| flags.to_string()));
    add("url", facts.page.as_ref().and_then(|page| page.url.clone()));
    add("title", facts.page.as_ref().and_then(|page| page.title.clone()));
    add("referrer", facts.page.as_ref().and_then(|page| page.referrer.clone()));
    add("attribution", facts.attribution.as_ref().map(|s| format!("{:?}/{:?}/{:?}", s.source, s.medium, s.campaign)));
    add("screen", facts.screen.clone());
    add("search", facts.search.as_ref().map(|search| search.term.clone()));
    add("cart", facts.cart.as_ref().map(|c| c.value.map_or_else(|| "-".to_owned(), |value| value.to_string())));
    if let Some(order) = &facts.order {
        add("order", Some(order.order_id.clone()));
        let amounts = [
            ("total", order.total),
            ("subtotal", order.subtotal),
            ("tax", order.tax),
            ("shipping", order.shipping),
            ("discount", order.discount),
        ];
        for (name, amount) in amounts {
            add(name, amount.map(|amount| amount.to_string()));
        }
        add("coupons", order.coupons.as_ref().map(|coupons| coupons.join("|")));
    }
    if let Some(refund) = &facts.refund {
        add("refund_of", Some(refund.order_id.clone()));
        add("refund", refund.refund_id.clone());
        add("amount", refund.amount.map(|amount| amount.to_string()));
    }
    add("items", facts.items.as_ref().map(|items| items.iter().map(describe_item).collect::<Vec<_>>().join(" ")));
    add("properties", facts.properties.clone());
    line
}

fn describe_item(item: &Item) -> String {
    let mut text = item.sku.clone();
    let mut add = |sign: &str, value: Option<String>| text.extend(value.into_iter().flat_map(|v| [sign.to_owned(), v]));
    add("*", item.quantity.map(|quantity| quantity.to_string()));
    add("@", item.price.map(|price| price.to_string()));
    add("-", item.discount.map(|discount| discount.to_string()));
    add("/", item.categories.as_ref().map(|categories| categories.join(">")));
    text
}
