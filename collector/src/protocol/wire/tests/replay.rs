//! For tests: requests of foreign clients, made up or captured, sent to a dialect, and what came of them as text.

use crate::protocol::{Answer, Outcome, Reading, Request};
use crate::sample::{book, counted_ids};
use commerce::hit::Hit;
use commerce::time::Timestamp;
use serde_json::Value;

/// A dialect's way in.
pub(in crate::protocol) type Read = fn(&Request) -> Result<Reading, Answer>;

/// A request as it is sent.
#[derive(Clone, Debug)]
pub(in crate::protocol) struct Sent {
    pub(in crate::protocol) method: String,
    pub(in crate::protocol) path: String,
    pub(in crate::protocol) query: String,
    pub(in crate::protocol) headers: Vec<(String, String)>,
    pub(in crate::protocol) body: Vec<u8>,
    pub(in crate::protocol) received_at: Timestamp,
}

impl Sent {
    /// A request of `method` to `target`, a path with its query.
    pub(in crate::protocol) fn new(method: &str, target: &str, body: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
            received_at: crate::sample::NOW,
        }
    }

    pub(in crate::protocol) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Hands the request to `read`, at a door whose site 1 has `settings`.
    pub(in crate::protocol) fn to(&self, read: Read, settings: &[(&str, &str)]) -> Result<Reading, Answer> {
        let mut headers = http::HeaderMap::new();
        for (name, value) in &self.headers {
            headers.append(name.parse::<http::HeaderName>().unwrap(), value.parse().unwrap());
        }
        let (book, ids) = (book(settings), counted_ids());
        read(&Request {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &headers,
            body: &self.body,
            received_at: self.received_at,
            client_ip: "203.0.113.9".parse().unwrap(),
            book: &book,
            new_id: &ids,
        })
    }
}

/// Returns the captured requests of a dialect by name.
pub(in crate::protocol) fn captures(dialect: &str) -> Vec<(String, Sent)> {
    let path = format!("{}/../fixtures/captures/{dialect}.jsonl", env!("CARGO_MANIFEST_DIR"));
    let lines = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("failed to read {path}: {error}"));
    let read = |line: &str| {
        let capture: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| capture[name].as_str().unwrap_or_default().to_owned();
        let target = format!("{}?{}", text("path"), text("query"));
        let mut sent = Sent::new(&text("method"), &target, &text("body"));
        for (name, value) in capture["headers"].as_object().unwrap() {
            sent = sent.header(name, value.as_str().unwrap());
        }
        // Just after the newest capture.
        sent.received_at = Timestamp::parse("2026-11-21T12:00:00Z").unwrap();
        (text("name"), sent)
    };
    lines.lines().map(read).collect()
}

/// Returns status and body of the answer, `(GIF)` for the picture.
pub(in crate::protocol) fn said(result: &Result<Reading, Answer>) -> String {
    let answer = answer(result);
    let body = if answer.body == super::super::GIF { "(GIF)".into() } else { String::from_utf8_lossy(&answer.body) };
    format!("{} {body}", answer.status)
}

/// Returns the answer, whether it is a refusal or not.
pub(in crate::protocol) fn answer(result: &Result<Reading, Answer>) -> &Answer {
    match result {
        Ok(reading) => &reading.answer,
        Err(answer) => answer,
    }
}

/// Returns the answer's header.
pub(in crate::protocol) fn header<'a>(result: &'a Result<Reading, Answer>, name: &str) -> Option<&'a str> {
    answer(result).headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// Returns what each item came to, one line each.
pub(in crate::protocol) fn lines(result: &Result<Reading, Answer>) -> Vec<String> {
    let line = |outcome: &Outcome| match outcome {
        Outcome::Hit(hit) => line_of(hit),
        Outcome::Quarantined(item) => {
            assert!(!item.hint.is_empty(), "{} needs a hint", item.reason);
            format!("quarantined {}", item.reason)
        }
        Outcome::Excluded { reason, .. } => format!("excluded {}", reason.name()),
    };
    result.iter().flat_map(|reading| &reading.outcomes).map(line).collect()
}

/// Returns the hits.
pub(in crate::protocol) fn hits(result: &Result<Reading, Answer>) -> Vec<&Hit> {
    let hit = |outcome: &'_ Outcome| matches!(outcome, Outcome::Hit(_));
    let hits = result.iter().flat_map(|reading| &reading.outcomes).filter(|outcome| hit(outcome));
    hits.filter_map(|outcome| if let Outcome::Hit(hit) = outcome { Some(&**hit) } else { None }).collect()
}

fn line_of(hit: &Hit) -> String {
    let (facts, person) = (&hit.facts, &hit.person);
    let mut line = format!("{} {:?}", facts.name, facts.origin);
    let mut add = |name: &str, value: Option<String>| {
        line.extend(value.map(|value| format!(" {name}={value}")));
    };
    add("trust", (facts.trust == commerce::hit::Trust::Verified).then(|| "verified".to_owned()));
    add("visitor", person.visitor_id.clone());
    add("user", person.user_id.clone());
    add("email", person.email.clone());
    add("cart", facts.cart_id.clone());
    if let Some(order) = &facts.order {
        add("order", Some(order.order_id.clone()));
        add("status", order.status.map(|status| format!("{status:?}").to_lowercase()));
        add("total", order.total.map(|amount| amount.to_string()));
        add("tax", order.tax.map(|amount| amount.to_string()));
        add("shipping", order.shipping.map(|amount| amount.to_string()));
        add("discount", order.discount.map(|amount| amount.to_string()));
        add("currency", order.currency.map(|currency| currency.code().to_owned()));
        add("lines", order.partial.filter(|partial| *partial).map(|_| "partial".to_owned()));
    }
    if let Some(refund) = &facts.refund {
        add("order", Some(refund.order_id.clone()));
        add("refund", refund.refund_id.clone());
        add("amount", refund.amount.map(|amount| amount.to_string()));
    }
    for item in facts.items.iter().flatten() {
        let (quantity, price) = (item.quantity.map(|q| q.to_string()), item.price.map(|p| p.to_string()));
        let text = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        add("item", Some(format!("{}*{}@{}", item.sku, text(quantity), text(price))));
    }
    line
}
