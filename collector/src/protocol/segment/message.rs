//! One call: who made it, when, on which page, and the native event that its type stands for.
//!
//! A call is taken apart member by member; what no rule names stays with the event as a property.

use super::super::Request;
use super::super::foreign::campaign;
use super::super::foreign::json::{self, Object};
use super::super::native::Sender;
use super::track;
use commerce::hit::{Origin, names};
use commerce::time::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Why a call cannot be understood: stable code and remedy.
pub(super) type Fault = (&'static str, &'static str);

/// A call with its context taken out.
pub(super) struct Call {
    pub(super) body: Object,
    context: Object,
    /// Tells calls without a message id apart.
    hash: String,
}

impl Call {
    /// Returns the call that `body` is; `payload` is its text.
    pub(super) fn of(mut body: Object, payload: &str) -> Self {
        let mut context = json::take_object(&mut body, "context");
        if context.is_empty() {
            // The name that server libraries of old had for it.
            context = json::take_object(&mut body, "options");
        }
        let hash = crate::person::hex(&Sha256::digest(payload.as_bytes()));
        Self { body, context, hash }
    }

    fn inner(&self, name: &str) -> Option<&Object> {
        self.context.get(name).and_then(Value::as_object)
    }
}

/// Returns what kind of client made `call`. A page cannot pass for a server: browsers name their origin.
pub(super) fn origin(request: &Request, call: &Call) -> Origin {
    const APPS: [&str; 9] =
        ["ios", "swift", "kotlin", "android", "react-native", "flutter", "xamarin", "unity", "cordova"];
    let library = call.inner("library").and_then(|library| json::member(library, "name")).unwrap_or_default();
    let library = library.to_ascii_lowercase();
    let channel = json::member(&call.body, "channel").or_else(|| json::member(&call.context, "channel"));
    if APPS.iter().any(|app| library.contains(app)) {
        Origin::App
    } else if request.headers.contains_key(http::header::ORIGIN) || library == "analytics.js" {
        Origin::Browser
    } else {
        match channel.as_deref() {
            Some("browser" | "client") => Origin::Browser,
            Some("mobile") => Origin::App,
            _ => Origin::Server,
        }
    }
}

/// Returns the native event that `call` says; `kind` is its type where the path says it.
pub(super) fn native(sender: &Sender<'_>, mut call: Call, kind: Option<&str>) -> Result<Value, Fault> {
    let stated = json::member(&call.body, "type");
    let kind = kind.map(str::to_owned).or(stated);
    let mut event = envelope(sender, &mut call);
    let mut properties = json::take_object(&mut call.body, "properties");
    match kind.as_deref() {
        None if !call.body.contains_key("event") => {
            return Err(("event.type_missing", "Give each call of a batch its `type`: track, page, identify ..."));
        }
        None | Some("track") => {
            let name = json::member(&call.body, "event")
                .ok_or(("event.name_missing", "Give a track call its `event`, such as Order Completed."))?;
            track::tell(sender, &name, &mut properties, &mut event);
        }
        Some("page" | "screen") => tell_page(&mut call, &mut properties, &mut event),
        Some("identify") => tell_identity(&mut call, &mut event),
        Some("alias") => tell_alias(&mut call, &mut event),
        Some("group") => {
            event.insert("name".to_owned(), json!("group"));
            json::rename(&mut call.body, &["groupId"], &mut properties, "group_id");
            properties.insert("traits".to_owned(), Value::Object(json::take_object(&mut call.body, "traits")));
        }
        Some(_) => {
            return Err(("event.type_unknown", "Send `type` as track, page, screen, identify, group or alias."));
        }
    }
    if !event.contains_key("email") {
        json::rename(&mut properties, &["email"], &mut event, "email");
    }
    if let Some(stated) = call.inner("campaign") {
        campaign::place(&mut event, |part| json::member(stated, if part == "campaign" { "name" } else { part }));
    }
    add_device(sender, &call, &mut properties);
    event.insert("properties".to_owned(), Value::Object(properties));
    Ok(Value::Object(event))
}

/// Returns what every event has: ids, time, page, and what a server says of the visitor.
fn envelope(sender: &Sender<'_>, call: &mut Call) -> Object {
    let mut event = Object::new();
    let occurred_at = ["timestamp", "originalTimestamp"].iter().find_map(|name| call.body.get(*name).and_then(time));
    // Without an id of its own a call is known by what it says, if that has a time: a retry repeats both.
    let id = json::member(&call.body, "messageId").or_else(|| occurred_at.as_ref().map(|_| call.hash.clone()));
    event.extend(id.map(|id| ("id".to_owned(), json!(format!("segment:{id}")))));
    event.extend(occurred_at.map(|at| ("occurred_at".to_owned(), at)));
    json::rename(&mut call.body, &["anonymousId"], &mut event, "visitor_id");
    json::rename(&mut call.body, &["userId"], &mut event, "user_id");
    let traits = call.inner("traits").and_then(|traits| traits.get("email")).filter(|value| json::is_stated(value));
    event.extend(traits.map(|email| ("email".to_owned(), email.clone())));
    if let Some(page) = call.inner("page") {
        let page: Object = page.iter().filter(|(name, _)| is_page_field(name)).map(owned).collect();
        event.insert("page".to_owned(), Value::Object(page));
    }
    event.extend(json::member(&call.context, "locale").map(|locale| ("language".to_owned(), json!(locale))));
    if let Some(screen) = call.inner("screen")
        && let (Some(width), Some(height)) = (json::member(screen, "width"), json::member(screen, "height"))
    {
        event.insert("screen".to_owned(), json!(format!("{width}x{height}")));
    }
    if matches!(sender.origin, Origin::Server | Origin::Import) {
        for (name, native) in [("ip", "ip"), ("userAgent", "user_agent")] {
            event.extend(json::member(&call.context, name).map(|value| (native.to_owned(), json!(value))));
        }
    }
    event
}

fn is_page_field(name: &str) -> bool {
    matches!(name, "url" | "title" | "referrer")
}

fn owned((name, value): (&String, &Value)) -> (String, Value) {
    (name.clone(), value.clone())
}

/// Returns a call's time as the native reader takes it: unix seconds or milliseconds become RFC 3339.
fn time(value: &Value) -> Option<Value> {
    let Some(number) = value.as_i64() else { return json::is_stated(value).then(|| value.clone()) };
    let micros = if number.unsigned_abs() < 100_000_000_000 { number * 1_000_000 } else { number.saturating_mul(1000) };
    Some(json!(Timestamp(micros).to_string()))
}

/// A page, or a screen of an app, which has a name but no address.
fn tell_page(call: &mut Call, properties: &mut Object, event: &mut Object) {
    event.insert("name".to_owned(), json!(names::PAGE_VIEW));
    let mut page = json::take_object(event, "page");
    for name in ["url", "title", "referrer"] {
        json::rename(properties, &[name], &mut page, name);
    }
    // They repeat parts of the address.
    properties.remove("path");
    properties.remove("search");
    for name in ["name", "category"] {
        json::rename(&mut call.body, &[name], properties, name);
    }
    if let Some(name) = properties.get("name").filter(|_| !page.contains_key("title")) {
        page.insert("title".to_owned(), name.clone());
    }
    event.insert("page".to_owned(), Value::Object(page));
}

fn tell_identity(call: &mut Call, event: &mut Object) {
    event.insert("name".to_owned(), json!(names::IDENTIFY));
    let mut traits = json::take_object(&mut call.body, "traits");
    json::rename(&mut traits, &["email"], event, "email");
    if !traits.is_empty() {
        event.insert("traits".to_owned(), Value::Object(traits));
    }
}

/// Says who the visitor is. A previous id is the visitor where none is named; after `identify`, analytics.js states the
/// customer's own id as the previous one, which says nothing.
fn tell_alias(call: &mut Call, event: &mut Object) {
    event.insert("name".to_owned(), json!(names::IDENTIFY));
    let previous = json::member(&call.body, "previousId")
        .filter(|id| Some(id.as_str()) != event.get("user_id").and_then(Value::as_str));
    if let Some(previous) = previous {
        if event.contains_key("visitor_id") {
            event.insert("previous_id".to_owned(), json!(previous));
        } else {
            event.insert("visitor_id".to_owned(), json!(previous));
        }
    }
}

/// Keeps what an app says of itself and its device, ids left out.
fn add_device(sender: &Sender<'_>, call: &Call, properties: &mut Object) {
    if sender.origin != Origin::App {
        return;
    }
    let fields = [
        ("app", "name"),
        ("app", "version"),
        ("os", "name"),
        ("os", "version"),
        ("device", "model"),
        ("device", "type"),
    ];
    for (part, field) in fields {
        if let Some(value) = call.inner(part).and_then(|inner| json::member(inner, field)) {
            properties.entry(format!("{part}_{field}")).or_insert(json!(value));
        }
    }
}
