//! The Measurement Protocol: one JSON object with a client and its events.

use super::super::Request;
use super::super::foreign::json::{self, Object};
use super::super::foreign::{Gathered, SHARED_BYTES_MAX, sender};
use super::event::{self, Who};
use super::{Refusal, Verdicts, site_of, trust_of};
use crate::answer;
use crate::book::BookSite;
use crate::limits::EVENTS_PER_REQUEST_MAX;
use commerce::hit::{Dialect, Origin};
use commerce::time::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Reads a request; `found` becomes its site as soon as it is known.
pub(super) fn read<'a>(
    request: &Request<'a>,
    found: &mut Option<&'a BookSite>,
    verdicts: &mut Verdicts,
) -> Result<Gathered, Refusal> {
    let query = |name: &str| {
        let mut pairs = form_urlencoded::parse(request.query.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned()).filter(|value| !value.is_empty())
    };
    let id = query("measurement_id").or_else(|| query("firebase_app_id"));
    let site = site_of(request, id.as_deref())?;
    *found = Some(site);
    let trust = trust_of(site, query("api_secret").as_deref())?;
    if !answer::may_send(site, request.headers) {
        return Err(Refusal::OriginNotAllowed);
    }
    let Some(Value::Object(mut body)) = json::parse(request.body) else { return Err(Refusal::BodyMalformed) };
    let Some(Value::Array(events)) = body.remove("events") else { return Err(Refusal::EventsMissing) };
    if events.len() > EVENTS_PER_REQUEST_MAX {
        return Err(Refusal::EventsTooMany);
    }
    if Value::Object(body.clone()).to_string().len() > SHARED_BYTES_MAX {
        return Err(Refusal::SharedTooLarge);
    }
    // A page that uses the protocol cannot pass for a server: browsers name their origin.
    let is_page = request.headers.contains_key(http::header::ORIGIN);
    let origin = if is_page { Origin::Browser } else { Origin::Server };
    let sender = sender(request, site, Dialect::Ga4, origin, trust);
    let mut gathered = Gathered::default();
    if events.is_empty() {
        verdicts.advice.push(("events", "Send at least one event."));
    }
    if who_of(&body)[..2].iter().all(Option::is_none) {
        verdicts.advice.push(("client_id", "Send client_id or app_instance_id, or the event belongs to no visitor."));
    }
    for (index, sent) in events.into_iter().enumerate() {
        let payload = sent.to_string();
        let Value::Object(mut sent) = sent else {
            let (reason, hint) = ("event.malformed", "Send each event as a JSON object.");
            gathered.quarantine(&sender, &payload, reason, hint);
            verdicts.add(index, Err((reason.to_owned(), hint.to_owned())));
            continue;
        };
        let mut native = envelope(&body, origin);
        let at =
            [&sent, &body].into_iter().find_map(|said| said.get("timestamp_micros").filter(|at| json::is_stated(at)));
        if let Some(at) = at {
            native.insert("occurred_at".to_owned(), time(at));
            let whole = format!("{}|{:?}|{}|{index}|{payload}", site.collect_key, who_of(&body), text_of(at));
            let hash = crate::person::hex(&Sha256::digest(whole.as_bytes()));
            native.insert("id".to_owned(), json!(format!("ga4:{hash}")));
        }
        let name = json::member(&sent, "name").unwrap_or_default();
        let params = json::take_object(&mut sent, "params");
        let who = Who { user_properties: user_properties(&body), prices_include_tax: site.settings.prices_include_tax };
        let event = event::native(&name, params, native, who);
        verdicts.add(index, gathered.add(&sender, &event));
    }
    Ok(gathered)
}

/// Returns what stands once for all events: who, whether they agreed, and what a server says of their device.
fn envelope(body: &Object, origin: Origin) -> Object {
    let mut native = Object::new();
    let mut copy = |value: Option<&Value>, name: &str| {
        if let Some(value) = value.filter(|value| json::is_stated(value)) {
            native.insert(name.to_owned(), value.clone());
        }
    };
    copy(body.get("client_id").filter(|id| json::is_stated(id)).or_else(|| body.get("app_instance_id")), "visitor_id");
    copy(body.get("user_id"), "user_id");
    let device = body.get("device").and_then(Value::as_object);
    copy(device.and_then(|device| device.get("language")), "language");
    copy(device.and_then(|device| device.get("screen_resolution")), "screen");
    if origin == Origin::Server {
        copy(body.get("ip_override"), "ip");
        copy(body.get("user_agent"), "user_agent");
    }
    let consent = body.get("consent").and_then(Value::as_object);
    let answers: Vec<String> = ["ad_user_data", "ad_personalization"]
        .iter()
        .filter_map(|name| consent.and_then(|consent| json::member(consent, name)))
        .map(|answer| answer.to_ascii_uppercase())
        .collect();
    if answers.iter().any(|answer| answer == "DENIED") {
        native.insert("consent".to_owned(), json!("analytics"));
    } else if answers.iter().any(|answer| answer == "GRANTED") {
        native.insert("consent".to_owned(), json!("marketing"));
    }
    native
}

fn who_of(body: &Object) -> [Option<String>; 3] {
    ["client_id", "app_instance_id", "user_id"].map(|name| json::member(body, name))
}

fn text_of(value: &Value) -> String {
    json::text(value).unwrap_or_default()
}

/// Returns microseconds since 1970 as the native reader takes times; what is no number is passed on as it is.
fn time(value: &Value) -> Value {
    let micros = json::text(value).and_then(|text| text.parse::<i64>().ok());
    micros.map_or_else(|| value.clone(), |micros| json!(Timestamp(micros).to_string()))
}

/// Returns the user properties, each out of its `{"value":...}`.
fn user_properties(body: &Object) -> Object {
    let Some(sent) = body.get("user_properties").and_then(Value::as_object) else { return Object::new() };
    let value = |(name, value): (&String, &Value)| match value.get("value") {
        Some(inner) => (name.clone(), inner.clone()),
        None => (name.clone(), value.clone()),
    };
    sent.iter().map(value).collect()
}
