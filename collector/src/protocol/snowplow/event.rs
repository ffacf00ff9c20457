//! One payload of the tracker protocol as a native event: its envelope, and what each kind of event means.

use super::super::wire::{self, Fields, put, scalar};
use super::commerce;
use super::entity::{self, Entity};
use ::commerce::hit::{Origin, names};
use serde_json::{Map, Value, json};

/// Fields that are read, or that say nothing beyond what the page, the browser and the clock already said. The rest is
/// kept as properties.
const KNOWN: &[&str] = &[
    "e", "eid", "aid", "url", "page", "refr", "lang", "res", "dtm", "stm", "ttm", "duid", "nuid", "tnuid", "sid",
    "uid", "ip", "ua", "p", "tv", "tna", "cookie", "cs", "cd", "tz", "ds", "vp", "ue_pr", "ue_px", "co", "cx", "tid",
    "fp",
];
/// How deep what a context says may be nested to be kept as it is; deeper it is kept as text.
const CONTEXT_DEPTH_MAX: usize = 3;

/// Why a payload is quarantined: stable reason and hint.
pub(super) type Fault = (&'static str, &'static str);

const MALFORMED: Fault = ("event.malformed", "Send each event as an object of the tracker protocol's fields.");
const NO_KIND: Fault = ("event.name_missing", "Say in `e` what kind of event it is: pv, pp, se, ue, tr or ti.");
const UNKNOWN_KIND: Fault = ("event.kind_unknown", "Send `e` as pv, pp, se, ue, tr or ti.");
const NOT_DESCRIBED: Fault =
    ("event.malformed", "Send `ue_pr` or `ue_px`, and `co` or `cx`, as self-describing JSON with schema and data.");

/// Returns the kind of sender: the tracker's own name says it best, then the platform.
pub(super) fn origin(fields: &Fields) -> Origin {
    const SERVERS: [&str; 12] =
        ["py-", "rb-", "java-", "php-", "golang-", "node-", "net-", "scala-", "lua-", "cpp-", "rust-", "perl-"];
    const APPS: [&str; 8] = ["andr-", "ios-", "rn-", "flutter-", "unity-", "roku-", "osx-", "tvos-"];
    let tracker = fields.get("tv").unwrap_or("");
    let is_one_of = |list: &[&str]| list.iter().any(|prefix| tracker.starts_with(prefix));
    match fields.get("p").unwrap_or("web") {
        _ if is_one_of(&SERVERS) => Origin::Server,
        _ if is_one_of(&APPS) => Origin::App,
        "srv" => Origin::Server,
        "web" | "pc" => Origin::Browser,
        _ => Origin::App,
    }
}

/// Returns the native event that the payload says; `cookie` is the visitor that the collector's cookie names.
///
/// # Errors
/// [`Fault`] if it cannot be understood.
pub(super) fn tell(fields: &Fields, cookie: Option<&str>, is_anonymous: bool) -> Result<Value, Fault> {
    if fields.iter().next().is_none() {
        return Err(MALFORMED);
    }
    let kind = fields.get("e").ok_or(NO_KIND)?;
    let contexts = match entity::contexts(fields) {
        Some(contexts) => contexts,
        // Of an order the contexts hold the money; of a page view they only describe.
        None if kind == "ue" => return Err(NOT_DESCRIBED),
        None => Vec::new(),
    };
    let mut event = Map::new();
    let mut properties = rest(fields, kind);
    let mut used = Vec::new();
    match kind {
        "pv" => put(&mut event, "name", Some(names::PAGE_VIEW)),
        "pp" => put(&mut event, "name", Some(names::PING)),
        "se" => tell_structured(fields, &mut event, &mut properties),
        "ue" => {
            let described = entity::event(fields).ok_or(NOT_DESCRIBED)?;
            used = commerce::tell(&described, &contexts, fields.get("eid"), &mut event, &mut properties);
        }
        "tr" => commerce::tell_order(fields, &mut event),
        "ti" => commerce::tell_line(fields, &mut event),
        _ => return Err(UNKNOWN_KIND),
    }
    keep_contexts(&contexts, &used, &mut properties);
    envelope(fields, &mut event);
    if !is_anonymous {
        person(fields, cookie, &contexts, &mut event);
    }
    if !properties.is_empty() {
        event.insert("properties".to_owned(), properties.into());
    }
    Ok(event.into())
}

/// Returns what may be kept of a payload that could not be read and whose page asks that nothing of the visitor be kept:
/// nothing that names one, and no contexts, in which anything may stand.
pub(super) fn anonymous(payload: &Value) -> Value {
    let mut payload = payload.clone();
    for name in ["duid", "nuid", "tnuid", "sid", "uid", "ip", "ue_pr", "ue_px", "co", "cx", "fp"] {
        payload.as_object_mut().and_then(|payload| payload.remove(name));
    }
    payload
}

fn envelope(fields: &Fields, event: &mut Map<String, Value>) {
    put(event, "id", id(fields));
    put(event, "occurred_at", fields.get("ttm").or_else(|| fields.get("dtm")).map(wire::time));
    let page = json!({"url": fields.get("url"), "title": fields.get("page"), "referrer": fields.get("refr")});
    if ["url", "page", "refr"].iter().any(|name| fields.get(name).is_some()) {
        event.entry("page").or_insert(page);
    }
    put(event, "language", fields.get("lang"));
    put(event, "screen", fields.get("res"));
}

/// Returns the event's id: `eid`; else the whole payload, if it names a moment and a visitor, so that it is not another's.
fn id(fields: &Fields) -> Option<String> {
    if let Some(eid) = fields.get("eid") {
        return Some(format!("snowplow:{eid}"));
    }
    let is_own =
        fields.get("dtm").is_some() && ["duid", "uid", "nuid", "tnuid"].iter().any(|n| fields.get(n).is_some());
    let mut said: Vec<(&str, &str)> = fields.iter().filter(|(name, _)| *name != "stm").collect();
    said.sort_unstable();
    is_own.then(|| format!("snowplow:{said:?}"))
}

fn person(fields: &Fields, cookie: Option<&str>, contexts: &[Entity], event: &mut Map<String, Value>) {
    let visitor = ["duid", "tnuid", "nuid"].iter().find_map(|name| fields.get(name)).or(cookie);
    put(event, "visitor_id", visitor);
    put(event, "visit_id", fields.get("sid"));
    let user = contexts.iter().find(|entity| entity.vendor.ends_with(".ecommerce") && entity.name == "user");
    let is_guest = user.is_some_and(|user| user.data.get("is_guest") == Some(&Value::Bool(true)));
    let of_user = |name: &str| user.and_then(|user| user.data.get(name)).and_then(scalar);
    let user_id = fields.get("uid").map(str::to_owned);
    put(event, "user_id", user_id.or_else(|| of_user("id").filter(|_| !is_guest)));
    put(event, "email", of_user("email"));
    if origin(fields) == Origin::Server {
        put(event, "ip", fields.get("ip"));
        put(event, "user_agent", fields.get("ua"));
    }
}

/// A structured event: its action is its name, unless that would claim to be one of ours.
fn tell_structured(fields: &Fields, event: &mut Map<String, Value>, properties: &mut Map<String, Value>) {
    let action = fields.get("se_ac").unwrap_or("structured_event");
    event.insert("name".to_owned(), own_name(action).into());
    for (field, name) in
        [("se_ca", "category"), ("se_ac", "action"), ("se_la", "label"), ("se_pr", "property"), ("se_va", "value")]
    {
        put(properties, name, fields.get(field));
    }
}

/// Returns `name`, or `event_name` if it is one of ours: a text must not become an order.
pub(super) fn own_name(name: &str) -> String {
    let name = name.trim();
    if wire::native_name(name).is_some() { format!("event_{name}") } else { name.to_owned() }
}

/// Returns the fields that no one knows; those of another kind of event stay out.
fn rest(fields: &Fields, kind: &str) -> Map<String, Value> {
    let is_read = |name: &str| match kind {
        "se" => name.starts_with("se_"),
        "tr" => name.starts_with("tr_"),
        "ti" => name.starts_with("ti_"),
        _ => false,
    };
    let unknown = |name: &str| !KNOWN.contains(&name) && !name.starts_with("f_") && !is_read(name);
    fields.iter().filter(|(name, _)| unknown(name)).map(|(name, value)| (name.to_owned(), value.into())).collect()
}

/// Keeps the contexts that nobody has read, several of one schema as a list.
fn keep_contexts(contexts: &[Entity], used: &[&str], properties: &mut Map<String, Value>) {
    let mut kept: Map<String, Value> = Map::new();
    for entity in contexts {
        let is_shop = entity.vendor.ends_with(".ecommerce");
        if is_shop && (used.contains(&entity.name.as_str()) || entity.name == "user") {
            continue;
        }
        let data = Value::from(entity.data.clone());
        let data = if depth(&data) > CONTEXT_DEPTH_MAX { data.to_string().into() } else { data };
        match kept.get_mut(&entity.name) {
            None => drop(kept.insert(entity.name.clone(), data)),
            Some(Value::Array(list)) => list.push(data),
            Some(first) => *first = json!([first.take(), data]),
        }
    }
    if !kept.is_empty() {
        properties.insert("contexts".to_owned(), kept.into());
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(list) => 1 + list.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}
