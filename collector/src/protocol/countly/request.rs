//! One request to `/i`: who sends it, and what it says beside its events: a session, a name for a device, an e-mail.

use super::super::wire::{self, Fields, put, scalar};
use super::event;
use crate::limits::EVENTS_PER_REQUEST_MAX;
use crate::reject::Reject;
use commerce::hit::{Origin, names};
use http::HeaderMap;
use serde_json::{Map, Value};

/// The id of devices that have none yet.
const NO_DEVICE: &str = "CLYTemporaryDeviceID";

/// Why something is quarantined, and its text.
pub(super) struct Fault {
    pub(super) reason: &'static str,
    pub(super) hint: &'static str,
    pub(super) payload: String,
}

/// A native event, or why there is none.
pub(super) type Told = Result<Value, Fault>;

/// Returns the requests of a body: itself, or those of a bulk, for which the key outside counts, too.
///
/// # Errors
/// [`Reject`] if a bulk has no list of requests, or too many.
pub(super) fn split(outer: Fields, is_bulk: bool) -> Result<Vec<Fields>, Reject> {
    if !is_bulk {
        return Ok(vec![outer]);
    }
    let Some(Value::Array(list)) = outer.get("requests").and_then(wire::json) else {
        return Err(Reject::EventsMissing);
    };
    if list.len() > EVENTS_PER_REQUEST_MAX {
        return Err(Reject::EventsTooMany);
    }
    let shared = outer.only(&["app_key", "device_id", "sdk_name", "t"]);
    let one = |item: &Value| item.as_object().map(Fields::of_object).unwrap_or_default().or(shared.clone());
    Ok(list.iter().map(one).collect())
}

/// Returns the kind of sender, by the name of its library.
pub(super) fn origin(fields: &Fields, headers: &HeaderMap) -> Origin {
    const APPS: [&str; 9] = ["android", "ios", "flutter", "react", "rnb", "unity", "cordova", "tvos", "macos"];
    let library = fields.get("sdk_name").unwrap_or("").to_ascii_lowercase();
    let is_web = library.contains("web") || (library.is_empty() && headers.contains_key(http::header::ORIGIN));
    match () {
        () if is_web => Origin::Browser,
        () if APPS.iter().any(|name| library.contains(name)) => Origin::App,
        () => Origin::Server,
    }
}

/// What every event of a request has: who, when, where.
pub(super) struct Frame<'a> {
    pub(super) device: &'a str,
    pub(super) timestamp: Option<&'a str>,
    envelope: Map<String, Value>,
}

impl<'a> Frame<'a> {
    fn of(fields: &'a Fields, metrics: &Map<String, Value>, origin: Origin) -> Self {
        let device = fields.get("device_id").unwrap_or("");
        let mut envelope = Map::new();
        if device != NO_DEVICE {
            put(&mut envelope, "visitor_id", Some(device));
            // An id that the shop gave is its customer's, unless it is a made-up one.
            let is_given = fields.get("t") == Some("0") && !wire::is_random(device);
            put(&mut envelope, "user_id", is_given.then_some(device));
        }
        put(&mut envelope, "language", metrics.get("_locale").cloned());
        put(&mut envelope, "screen", metrics.get("_resolution").cloned());
        if origin == Origin::Server {
            put(&mut envelope, "ip", fields.get("ip_address"));
        }
        Self { device, timestamp: fields.get("timestamp"), envelope }
    }

    /// Returns `event` with the frame around it. `what` tells it from the others of its request; without a time of the
    /// request nothing tells a repetition.
    pub(super) fn around(&self, name: &str, what: &str, mut event: Map<String, Value>) -> Value {
        for (name, value) in &self.envelope {
            event.entry(name.clone()).or_insert_with(|| value.clone());
        }
        put(&mut event, "name", Some(name));
        let id = self.timestamp.map(|at| format!("countly:{}:{at}:{what}", self.device));
        event.entry("id").or_insert(id.into());
        event.entry("occurred_at").or_insert(self.timestamp.map(wire::time).into());
        event.into()
    }
}

/// Returns what a request says.
pub(super) fn tell(fields: &Fields, origin: Origin) -> Vec<Told> {
    let object = |name: &str| match fields.get(name).and_then(wire::json) {
        Some(Value::Object(object)) => object,
        _ => Map::new(),
    };
    let metrics = object("metrics");
    let frame = Frame::of(fields, &metrics, origin);
    let mut told = Vec::new();
    let is_customer = frame.device != NO_DEVICE && !wire::is_random(frame.device);
    if let Some(old) = fields.get("old_device_id").filter(|old| is_customer && *old != frame.device) {
        // The device is renamed to its customer: both names are that customer's from now on.
        for visitor in [old, frame.device] {
            let mut event = Map::new();
            put(&mut event, "visitor_id", (visitor != NO_DEVICE).then_some(visitor));
            put(&mut event, "user_id", Some(frame.device));
            told.push(Ok(frame.around(names::IDENTIFY, &format!("rename:{visitor}"), event)));
        }
    }
    if fields.get("begin_session") == Some("1") {
        let mut event = Map::new();
        put(&mut event, "properties", (!metrics.is_empty()).then(|| metrics.clone()));
        told.push(Ok(frame.around("session_start", "begin_session", event)));
    } else if fields.get("session_duration").is_some() && fields.get("events").is_none() {
        told.push(Ok(frame.around(names::PING, "session_duration", Map::new())));
    }
    let details = object("user_details");
    let email = details.get("email").and_then(scalar).filter(|email| !email.trim().is_empty());
    let custom = details.get("custom").filter(|custom| custom.as_object().is_some_and(|custom| !custom.is_empty()));
    if email.is_some() || custom.is_some() {
        let mut event = Map::new();
        put(&mut event, "email", email);
        put(&mut event, "properties", custom.cloned());
        told.push(Ok(frame.around(names::IDENTIFY, "user_details", event)));
    }
    told.extend(fields.get("events").into_iter().flat_map(|text| events(text, &frame)));
    told
}

fn events(text: &str, frame: &Frame<'_>) -> Vec<Told> {
    let malformed =
        || Fault { reason: "event.malformed", hint: "Send `events` as a list of objects.", payload: text.to_owned() };
    match wire::json(text) {
        Some(Value::Array(list)) if list.len() > EVENTS_PER_REQUEST_MAX => vec![Err(Fault {
            reason: "event.too_large",
            hint: "Send at most 500 events in one request.",
            payload: text.to_owned(),
        })],
        Some(Value::Array(list)) => {
            list.iter().enumerate().map(|(index, item)| event::tell(item, index, frame)).collect()
        }
        Some(item @ Value::Object(_)) => vec![event::tell(&item, 0, frame)],
        _ => vec![Err(malformed())],
    }
}
