//! A shop under test: a server with a clock of its own that is sent neutral events and asked what came of them.
//!
//! Browser events go to `/v1/collect`, those of servers and imports to `/v1/events` with a token of that scope. There
//! is no webhook dialect yet: what a webhook tells goes in as a server event of origin `platform`, which is how a shop
//! platform's own word is told from a shop's code today.

use super::case::Case;
use crate::harness::Server;
use commerce::Amount;
use serde_json::{Value, json};
use std::cell::Cell;

/// When a case that names no time happens.
const NOON: &str = "2026-03-02T12:00:00Z";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0";

/// Settings by what the file calls them, and what their values are with us.
const SETTINGS: &[(&str, &str)] = &[
    ("timeout_s", "visit_timeout_s"),
    ("midnight_split", "split_at_midnight"),
    ("campaign_split", "split_on_campaign"),
    ("cap_s", "visit_cap_s"),
    ("abandon_after_s", "cart_idle_s"),
];

/// A running shop.
pub(super) struct Shop {
    pub(super) server: Server,
    /// Token of scope admin.
    pub(super) token: String,
    ingest: String,
    import: String,
    sent: Cell<u32>,
    period: String,
}

/// Who tells an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Door {
    Browser,
    Server,
    Import,
}

impl Shop {
    /// Opens a shop with the case's configuration at the time of its last event.
    pub(super) fn open(case: &Case) -> Self {
        // A case that says when something was received sends it itself, with the clock set.
        let on_time = case.events().iter().filter(|e| e["recv"].is_null()).filter_map(|e| e["ts"].as_str());
        let received = case.events().iter().find_map(|e| e["recv"].as_str());
        let clock = on_time.clone().max().or(received).unwrap_or(NOON);
        let text = |name: &str| case.config(name).as_str().map(str::to_owned);
        let currency = case.events().iter().find_map(|e| e["order"]["currency"].as_str()).unwrap_or("EUR");
        let currency = text("base").unwrap_or_else(|| currency.to_owned());
        let mut shop = Self::open_at(clock, &currency, &text("site_tz").unwrap_or_else(|| "UTC".to_owned()));
        shop.period = period(on_time.min().unwrap_or(clock), clock);
        for (theirs, ours) in SETTINGS {
            if !case.config(theirs).is_null() {
                shop.set(&format!("{ours}={}", case.config(theirs)));
            }
        }
        shop
    }

    /// Opens a shop at `clock`.
    pub(super) fn open_at(clock: &str, currency: &str, timezone: &str) -> Self {
        let server = Server::start_at(clock);
        let site = ["site", "add", "--domain", "shop.example", "--currency", currency, "--timezone", timezone];
        server.cli(&site);
        let token = server.token(None, "admin");
        let made = |scope: &str| -> String {
            let answer = server.post_json("/api/v1/tokens", &token, &json!({"scope": scope}));
            answer["token"].as_str().expect("a token").to_owned()
        };
        let (ingest, import) = (made("ingest"), made("import"));
        Self { server, token, ingest, import, sent: Cell::new(0), period: period(clock, clock) }
    }

    /// Changes a setting, as `name=value`.
    pub(super) fn set(&self, setting: &str) {
        self.server.cli(&["site", "set", "--site", "1", setting]);
    }

    /// Sends the case's events one by one in the file's order, each by the door its source uses, and waits for them.
    pub(super) fn play(&mut self, case: &Case) {
        for event in case.events() {
            if let Some(received) = event["recv"].as_str() {
                self.server.restart_at(received);
            }
            self.send(event);
        }
        self.server.settle();
    }

    /// Sends a neutral event; it must be taken, whether it is understood or not. Returns the answer.
    pub(super) fn send(&self, event: &Value) -> Value {
        let door = match event["src"].as_str() {
            None | Some("browser") => Door::Browser,
            Some("server" | "webhook") => Door::Server,
            Some("import") => Door::Import,
            Some(other) => panic!("no door for the source {other}"),
        };
        self.send_by(door, event)
    }

    /// Sends a neutral event by a door of the caller's choice.
    pub(super) fn send_by(&self, door: Door, event: &Value) -> Value {
        let agent = event["ua"].as_str().unwrap_or(FIREFOX);
        let mut body = json!({"site": site_of(event), "events": [self.native(door, event)]});
        if !event["sent"].is_null() {
            body["sent_at"] = event["sent"].clone();
        }
        self.send_text(door, agent, &body.to_string())
    }

    /// Sends native events and returns the answer, which must be a 200.
    pub(super) fn send_native(&self, door: Door, events: &[Value]) -> Value {
        self.send_text(door, FIREFOX, &json!({"site": 1, "events": events}).to_string())
    }

    /// Sends a body as it is and returns the answer, which must be a 200.
    pub(super) fn send_text(&self, door: Door, agent: &str, body: &str) -> Value {
        let bearer = format!("Bearer {}", if door == Door::Import { &self.import } else { &self.ingest });
        let (path, headers) = match door {
            Door::Browser => ("/v1/collect", vec![("Content-Type", "text/plain"), ("User-Agent", agent)]),
            Door::Server | Door::Import => ("/v1/events", vec![("Authorization", bearer.as_str())]),
        };
        let (status, answer) = self.server.post(path, &headers, body.as_bytes());
        assert_eq!(status, 200, "{body}: {}", String::from_utf8_lossy(&answer));
        serde_json::from_slice(&answer).expect("JSON")
    }

    /// Returns the native event that says what a neutral one says.
    pub(super) fn native(&self, door: Door, event: &Value) -> Value {
        let number = self.sent.get();
        self.sent.set(number + 1);
        let kind = event["t"].as_str().expect("a type");
        let name = match kind {
            "pageview" => "page_view",
            "order" => "purchase",
            "cancel" => "order_status",
            other => other,
        };
        let mut native = json!({"id": format!("event-{number}"), "name": name, "page": page(event)});
        let known = [
            ("eid", "id"),
            ("ts", "occurred_at"),
            ("vid", "visitor_id"),
            ("uid", "user_id"),
            ("sid", "visit_id"),
            ("cart", "cart_id"),
        ];
        for (theirs, ours) in known {
            if !event[theirs].is_null() {
                native[ours] = event[theirs].clone();
            }
        }
        if door != Door::Browser {
            // Only a token may speak for somebody else's browser.
            for (theirs, ours) in [("ua", "user_agent"), ("ip", "ip")] {
                if !event[theirs].is_null() {
                    native[ours] = event[theirs].clone();
                }
            }
        }
        if event["src"] == "webhook" {
            native["origin"] = json!("platform");
        }
        add_payload(&mut native, kind, event);
        native
    }

    /// Returns `from` and `to` of a period that holds every event of the case, in any zone.
    pub(super) fn period(&self) -> &str {
        &self.period
    }

    /// Asks a report over the whole case and returns its answer.
    pub(super) fn table(&self, query: &str) -> Value {
        self.server.get_json(&format!("/api/v1/sites/1/report?{query}&{}", self.period), &self.token)
    }

    /// Asks a report over the whole case and returns its rows by column name.
    pub(super) fn rows(&self, query: &str) -> Vec<Value> {
        self.server.report(&self.token, 1, &format!("{query}&{}", self.period))
    }

    /// Returns one metric over the whole case.
    pub(super) fn figure(&self, metric: &str) -> Value {
        self.table(&format!("metrics={metric}"))["totals"][0].clone()
    }

    /// Asks the API about the site.
    pub(super) fn get(&self, path: &str) -> Value {
        self.server.get_json(&format!("/api/v1/sites/1/{path}"), &self.token)
    }

    /// Returns the site's carts in `state`, or all of them.
    pub(super) fn carts(&self, state: Option<&str>) -> Vec<Value> {
        let query = state.map_or_else(String::new, |state| format!("?state={state}"));
        self.get(&format!("carts{query}"))["carts"].as_array().expect("carts").clone()
    }
}

/// Returns `from` and `to` around two instants, a day to spare on both sides for the zones.
fn period(first: &str, last: &str) -> String {
    let day = |at: &str| at[..10].parse::<jiff::civil::Date>().expect("a day");
    let (from, to) = (day(first).yesterday().expect("a day before"), day(last).tomorrow().expect("a day after"));
    format!("from={from}&to={to}")
}

/// Returns the site of a neutral event: `s2` is 2.
fn site_of(event: &Value) -> u32 {
    event["site"].as_str().map_or(1, |name| name.trim_start_matches('s').parse().expect("a site's number"))
}

/// Returns the page of a neutral event, its campaign in the address as browsers have it.
fn page(event: &Value) -> Value {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in event["utm"].as_object().into_iter().flatten() {
        query.append_pair(&format!("utm_{name}"), value.as_str().expect("text"));
    }
    let query = query.finish();
    let mark = if query.is_empty() { "" } else { "?" };
    json!({"url": format!("https://shop.example/{mark}{query}"), "referrer": event["ref"]})
}

/// Adds what the event says of an order, a refund or a cart.
fn add_payload(native: &mut Value, kind: &str, event: &Value) {
    let order = &event["order"];
    let amount = if kind == "refund" { "amount" } else { "value" };
    let known = [
        ("id", "transaction_id"),
        ("total", amount),
        ("currency", "currency"),
        ("discount", "discount"),
        ("version", "version"),
    ];
    for (theirs, ours) in known {
        if !order[theirs].is_null() {
            native[ours] = order[theirs].clone();
        }
    }
    if order["id"] == "0" {
        // The file numbers its orders from 0, which RULES.md takes for a page's failure to fill in the number.
        native["transaction_id"] = json!("order-0");
    }
    if kind == "cancel" {
        native["status"] = json!("cancelled");
    }
    let items = if order["items"].is_null() { &event["items"] } else { &order["items"] };
    if let Some(items) = items.as_array() {
        let item = |i: &Value| json!({"item_id": i["sku"], "quantity": i["qty"], "price": i["price"]});
        native["items"] = items.iter().map(item).map(without_null).collect();
    } else if kind == "cart_update" {
        // The file leaves the content open where it does not matter; a cart with nothing in it would be none.
        native["items"] = json!([{"item_id": "A", "quantity": 1, "price": "10.00"}]);
    }
}

fn without_null(item: Value) -> Value {
    let Value::Object(members) = item else { return item };
    members.into_iter().filter(|(_, value)| !value.is_null()).collect()
}

/// Returns an amount that the file gives in hundredths, as the API writes it.
pub(super) fn hundredths(expected: &Value) -> Value {
    let cents = expected.as_i64().expect("a whole number");
    Value::String(Amount(cents * 100).to_string())
}

/// Returns the amount that the API wrote.
pub(super) fn amount(text: &Value) -> Amount {
    let text = text.as_str().unwrap_or_else(|| panic!("{text} is no amount"));
    Amount::parse(text).unwrap_or_else(|e| panic!("{text}: {e:?}")).value
}
