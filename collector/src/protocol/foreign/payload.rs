//! Events of foreign clients that carry one of our own names: their properties are the payload of that event.
//!
//! Clients without a vocabulary of their own tell orders and carts this way. What a property may never say, because the
//! envelope says it (id, name, visitor, page), stays a property.

use commerce::hit::names;
use serde_json::{Map, Value, json};

/// Names of ours that have no payload of their own: what a page tells of itself.
const WITHOUT_PAYLOAD: &[&str] = &[
    names::PING,
    names::VISIT_START,
    names::SCROLL,
    names::CLICK,
    names::FILE_DOWNLOAD,
    names::FORM_START,
    names::FORM_FIELD,
    names::FORM_SUBMIT,
    names::EMAIL_OPEN,
];
/// Members of a native event that are not the payload's: properties of such a name stay properties.
const ENVELOPE: &[&str] = &[
    "id",
    "name",
    "event",
    "occurred_at",
    "visitor_id",
    "visit_id",
    "page",
    "origin",
    "language",
    "screen",
    "ip",
    "user_agent",
    "properties",
];
/// Says whether `name` is one of our names whose payload stands in the event's properties.
pub(in crate::protocol) fn is_ours(name: &str) -> bool {
    names::ALL.contains(&name) && !WITHOUT_PAYLOAD.contains(&name)
}

/// Returns the native event whose payload `properties` are.
pub(in crate::protocol) fn laid_flat(name: &str, properties: Map<String, Value>) -> Map<String, Value> {
    let is_page = |key: &str, value: &Value| key == "page" && value.is_object();
    let (rest, mut event): (Map<String, Value>, Map<String, Value>) =
        properties.into_iter().partition(|(key, value)| ENVELOPE.contains(&key.as_str()) && !is_page(key, value));
    event.insert("name".to_owned(), json!(name));
    if !rest.is_empty() {
        event.insert("properties".to_owned(), Value::Object(rest));
    }
    event
}
