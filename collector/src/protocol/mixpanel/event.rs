//! One event of Mixpanel's as a native one: who, when and where, and the rest by the words of the vocabulary.

use super::super::wire::{self, put, scalar};
use super::vocabulary::{self, Said};
use commerce::hit::{Origin, names};
use serde_json::{Map, Value, json};

/// Why an item is quarantined: stable reason and hint.
pub(super) type Fault = (&'static str, &'static str);

pub(super) const MALFORMED: Fault = ("event.malformed", "Send each item as a JSON object.");
const NO_NAME: Fault = ("event.name_missing", "Name the event in `event`.");
const NO_PROPERTIES: Fault = ("event.malformed", "Send `properties` as an object.");

/// Properties that say nothing of the event: the project, the library.
const NOT_KEPT: &[&str] =
    &["token", "mp_lib", "$lib_version", "mp_sent_by_lib_version", "$insert_id", "time", "distinct_id"];

/// Returns the native event that `item` says.
///
/// # Errors
/// [`Fault`] if it cannot be understood.
pub(super) fn tell(item: &Value, origin: Origin) -> Result<Value, Fault> {
    let item = item.as_object().ok_or(MALFORMED)?;
    let called = item.get("event").and_then(scalar).filter(|name| !name.trim().is_empty()).ok_or(NO_NAME)?;
    let properties = match item.get("properties") {
        Some(Value::Object(properties)) => properties,
        None => &Map::new(),
        Some(_) => return Err(NO_PROPERTIES),
    };
    let name = vocabulary::native_name(&called);
    let mut told = Map::new();
    put(&mut told, "name", Some(name.unwrap_or(&called)));
    put(&mut told, "id", id(&called, properties));
    put(&mut told, "occurred_at", properties.get("time").and_then(scalar).map(|text| wire::time(&text)));
    let mut kept: Map<String, Value> = properties
        .iter()
        .filter(|(name, _)| !NOT_KEPT.contains(&name.as_str()))
        .map(|(n, v)| (n.clone(), v.clone()))
        .collect();
    let (visitor, user) = match called.as_str() {
        "$identify" | "$create_alias" => identified(&mut kept, properties),
        _ => person(properties, "distinct_id"),
    };
    put(&mut told, "visitor_id", visitor);
    put(&mut told, "user_id", user);
    for name in ["$device_id", "$user_id"] {
        kept.remove(name);
    }
    put(&mut told, "email", kept.remove("$email"));
    surroundings(&mut kept, origin, &mut told);
    if let Some(name) = name {
        let mut said = Said::new(kept);
        vocabulary::tell(name, &called, &mut said, &mut told);
        if matches!(name, names::PURCHASE | names::ORDER_UPDATE) && origin != Origin::Browser {
            put(&mut told, "attribution", said.attribution());
        }
        kept = said.rest();
    }
    put(&mut told, "properties", (!kept.is_empty()).then_some(kept));
    Ok(told.into())
}

/// Returns the event's id: its `$insert_id` with its name and person, as Mixpanel tells events apart; without one the
/// whole event, if it names a moment and a person.
fn id(called: &str, properties: &Map<String, Value>) -> Option<String> {
    let text = |name: &str| properties.get(name).and_then(scalar).filter(|text| !text.trim().is_empty());
    let person = text("distinct_id").or_else(|| text("$device_id"));
    match (text("$insert_id"), person, text("time")) {
        (Some(id), person, _) => Some(format!("mixpanel:{id}:{called}:{}", person.unwrap_or_default())),
        (None, Some(_), Some(_)) => Some(format!("mixpanel:{called}:{}", json!(properties))),
        _ => None,
    }
}

/// Returns visitor and customer of an event or profile, whose id stands in `name`. An id that Mixpanel made up names a
/// device, any other a customer.
pub(super) fn person(properties: &Map<String, Value>, name: &str) -> (Option<String>, Option<String>) {
    let text = |name: &str| properties.get(name).and_then(scalar).filter(|text| !text.trim().is_empty());
    let (distinct, device, user) = (text(name), text("$device_id"), text("$user_id"));
    let device = device.or_else(|| distinct.clone().filter(|id| is_device(id)));
    let user = user.or_else(|| distinct.filter(|id| !is_device(id) && Some(id) != device.as_ref()));
    (device.map(|id| bare(&id)), user)
}

fn bare(id: &str) -> String {
    id.trim().strip_prefix("$device:").unwrap_or(id.trim()).to_owned()
}

/// Says whether an id is one that Mixpanel's libraries make up.
fn is_device(id: &str) -> bool {
    id.trim().starts_with("$device:") || wire::is_random(id)
}

/// Returns the two ids that `$identify` and `$create_alias` say belong together.
fn identified(kept: &mut Map<String, Value>, properties: &Map<String, Value>) -> (Option<String>, Option<String>) {
    let mut take = |name: &str| kept.remove(name).as_ref().and_then(scalar);
    let anonymous = take("$anon_distinct_id").or_else(|| take("$anon_id"));
    let (identified, alias) = (take("$identified_id"), take("alias"));
    let (device, user) = person(properties, "distinct_id");
    (anonymous.map(|id| bare(&id)).or(device), identified.or(alias).or(user))
}

/// Moves page, screen and, of a server's event, the address from `kept` to where they belong.
fn surroundings(kept: &mut Map<String, Value>, origin: Origin, told: &mut Map<String, Value>) {
    let mut take = |name: &str| kept.remove(name).as_ref().and_then(scalar).filter(|text| !text.is_empty());
    let (url, title, referrer) = (take("$current_url"), take("current_page_title"), take("$referrer"));
    if url.is_some() || title.is_some() || referrer.is_some() {
        let referrer = referrer.filter(|referrer| referrer != "$direct");
        told.insert("page".to_owned(), json!({"url": url, "title": title, "referrer": referrer}));
    }
    if let (Some(width), Some(height)) = (take("$screen_width"), take("$screen_height")) {
        told.insert("screen".to_owned(), format!("{width}x{height}").into());
    }
    let (ip, agent) = (take("ip").or_else(|| take("$ip")), take("$user_agent"));
    if matches!(origin, Origin::Server | Origin::Import) {
        put(told, "ip", ip.filter(|ip| ip.parse::<std::net::IpAddr>().is_ok()));
        put(told, "user_agent", agent);
    }
}
