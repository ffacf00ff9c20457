//! Events and properties of Heap as native events.
//!
//! `identity` is the customer, `user_id` the anonymous visitor that Heap's script keeps in its cookie, `session_id` the
//! visit beside it; with these a server's order finds the visit that it came from.

use super::super::foreign::payload;
use super::{session, trade};
use crate::person::{hex, normalised_email};
use commerce::hit::names;
use commerce::time::Timestamp;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// Returns the native event that a tracked event becomes; `own_names` are the shop's for those of Heap's sample schema.
pub(super) fn track(own_names: &[(String, String)], event: &Map<String, Value>) -> Value {
    let name = event.get("event").and_then(Value::as_str).map(str::trim);
    let mut properties = properties_of(event);
    let schema_name = |name| {
        let own = own_names.iter().find(|(_, own)| own.eq_ignore_ascii_case(name));
        own.map_or(name, |(word, _)| word.as_str())
    };
    let of_order = name.is_some_and(|name| trade::is_of_order(schema_name(name)));
    let attribution = if of_order { session::take(&mut properties) } else { None };
    let trade = name.and_then(|name| trade::read(schema_name(name), &properties));
    let is_trade = trade.is_some();
    let mut out = match (trade, name) {
        (Some(trade), _) => trade,
        (None, Some(ours)) if payload::is_ours(ours) => trade::with_items(payload::laid_flat(ours, properties)),
        (None, Some(own)) => {
            Map::from_iter([("name".to_owned(), json!(own)), ("properties".to_owned(), Value::Object(properties))])
        }
        // A name that is no text is for the native reader to refuse.
        (None, None) => Map::from_iter([("properties".to_owned(), Value::Object(properties))]),
    };
    if let Some(attribution) = attribution {
        out.entry("attribution").or_insert(attribution);
    }
    add_person(&mut out, event);
    // What is said of an order without a time is said once: an order has no second line that is equal in everything.
    out.extend(id_of(event, is_trade).map(|id| ("id".to_owned(), json!(id))));
    Value::Object(out)
}

/// Returns the native event that properties of a user become.
pub(super) fn user_properties(part: &Map<String, Value>) -> Value {
    let properties = properties_of(part);
    let mut out = Map::from_iter([("name".to_owned(), json!(names::IDENTIFY))]);
    if let Some(email) = properties.get("email").or_else(|| properties.get("Email")) {
        out.insert("email".to_owned(), email.clone());
    }
    out.insert("traits".to_owned(), Value::Object(properties));
    add_person(&mut out, part);
    out.extend(id_of(part, false).map(|id| ("id".to_owned(), json!(id))));
    Value::Object(out)
}

/// Returns the native event that properties of an account become: we know no accounts, so it is a custom one.
pub(super) fn account_properties(part: &Map<String, Value>) -> Value {
    let mut properties = properties_of(part);
    properties.extend(part.get("account_id").map(|id| ("account_id".to_owned(), id.clone())));
    let mut out = Map::from_iter([("name".to_owned(), json!("account_properties"))]);
    out.insert("properties".to_owned(), Value::Object(properties));
    add_person(&mut out, part);
    out.extend(id_of(part, false).map(|id| ("id".to_owned(), json!(id))));
    Value::Object(out)
}

/// Returns the native event that says who an anonymous visitor is.
pub(super) fn identify(part: &Map<String, Value>) -> Value {
    let mut out = Map::from_iter([("name".to_owned(), json!(names::IDENTIFY))]);
    add_person(&mut out, part);
    // Said again it says nothing new.
    out.extend(id_of(part, true).map(|id| ("id".to_owned(), json!(id))));
    Value::Object(out)
}

/// Returns the properties, lists joined as Heap keeps them: `vanilla||chocolate`.
fn properties_of(part: &Map<String, Value>) -> Map<String, Value> {
    let joined = |name: &str, value: &Value| match value {
        // A list of objects is no Heap's; it is ours, sent under one of our names.
        Value::Array(list) if !list.is_empty() && list.iter().all(|v| !v.is_object() && !v.is_array()) => {
            let texts: Vec<String> =
                list.iter().map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).collect();
            (name.to_owned(), Value::String(texts.join("||")))
        }
        _ => (name.to_owned(), value.clone()),
    };
    match part.get("properties") {
        Some(Value::Object(properties)) => properties.iter().map(|(name, value)| joined(name, value)).collect(),
        Some(other) => Map::from_iter([("properties".to_owned(), other.clone())]),
        None => Map::new(),
    }
}

/// Adds who did it and when.
fn add_person(out: &mut Map<String, Value>, part: &Map<String, Value>) {
    let told = |name: &str| part.get(name).filter(|value| !value.is_object() && !value.is_array()).cloned();
    for (name, value) in [
        ("user_id", told("identity")),
        ("visitor_id", told("user_id")),
        ("visit_id", told("session_id")),
        ("occurred_at", told("timestamp").map(time_of)),
    ] {
        out.extend(value.map(|value| (name.to_owned(), value)));
    }
    let identity = part.get("identity").and_then(Value::as_str);
    if let Some(email) = identity.filter(|identity| normalised_email(identity).is_some()) {
        out.entry("email").or_insert_with(|| json!(email));
    }
}

/// Returns RFC 3339 where the time is given as milliseconds; everything else is for the native reader to judge.
fn time_of(value: Value) -> Value {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let millis: Option<i64> = text.trim().parse().ok();
    match millis.and_then(|millis| millis.checked_mul(1_000)) {
        Some(micros) => json!(Timestamp(micros).to_string()),
        None => value,
    }
}

/// Returns the event's id: its idempotency key, else all it says, if that tells a retry from a second event: it has a
/// time, or `is_unique`. `None` if nothing does.
fn id_of(part: &Map<String, Value>, is_unique: bool) -> Option<String> {
    let key = match part.get("idempotency_key") {
        Some(Value::String(key)) if !key.trim().is_empty() => Some(key.clone()),
        Some(Value::Number(key)) => Some(key.to_string()),
        _ => None,
    };
    key.map(|key| format!("heap:{}", key.trim())).or_else(|| {
        let told = part.contains_key("timestamp") || is_unique;
        told.then(|| {
            let mut said = part.clone();
            said.remove("app_id");
            format!("heap:{}", hex(&Sha256::digest(Value::Object(said).to_string().as_bytes())))
        })
    })
}
