//! Visits and events of Ahoy as native events.
//!
//! A visit becomes `visit_start`, which opens our visit with its landing page, referrer and campaign and is no page view:
//! those are what `$view` tells, so the landing page counts once. An event with one of our own names is read as that
//! event, its properties as the payload; every other is a custom event with its properties.

use super::super::Request;
use super::super::foreign::payload;
use super::super::native::Sender;
use super::params::Params;
use super::time;
use crate::person::hex;
use commerce::hit::names;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// Longest token, in bytes; longer ones are cut, as in Ahoy.
const TOKEN_BYTES_MAX: usize = 64;

/// Parameters of a visit that have a place of their own; the others (`visitParams`) are properties.
const VISIT_PARAMS: &[&str] = &[
    "visit_token",
    "visitor_token",
    "landing_page",
    "referrer",
    "screen_width",
    "screen_height",
    "js",
    "user_id",
    "email",
    "authenticity_token",
    "__amp_source_origin",
];
const CAMPAIGN_PARAMS: &[&str] = &["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"];

/// Who speaks: the tokens and the user that hold for everything in a request.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) visit_token: Option<String>,
    pub(super) visitor_token: Option<String>,
    /// Whether an app speaks, not a page.
    pub(super) is_app: bool,
    user_id: Option<Value>,
    email: Option<Value>,
}

impl Client {
    /// Reads who sent `request`. Headers come before parameters, as in Ahoy; cookies are not looked at.
    pub(super) fn of(request: &Request, params: &Params) -> Self {
        let header = |name: &str| request.headers.get(name).and_then(|value| value.to_str().ok());
        let token = |name: &str, param: &str| {
            header(name).and_then(sanitised).or_else(|| params.map.get(param).and_then(token_of))
        };
        let platform = params.text("platform").unwrap_or("").to_ascii_lowercase();
        let is_app = header("ahoy-visit").is_some() || platform.starts_with("ios") || platform.starts_with("android");
        Self {
            visit_token: token("ahoy-visit", "visit_token"),
            visitor_token: token("ahoy-visitor", "visitor_token"),
            is_app: is_app && !params.map.contains_key("js"),
            user_id: params.map.get("user_id").cloned(),
            email: params.map.get("email").cloned(),
        }
    }

    /// Returns the native event that a visit becomes.
    pub(super) fn visit(&self, params: &Map<String, Value>) -> Value {
        let text = |name: &str| params.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
        let mut event = self.envelope(None, None);
        event.insert("name".to_owned(), json!(names::VISIT_START));
        if let Some(visit) = &self.visit_token {
            // The first visit of a token counts, as in Ahoy.
            let visitor = self.visitor_token.as_deref().unwrap_or("");
            event.insert("id".to_owned(), json!(format!("ahoy:visit:{visitor}:{visit}")));
        }
        if text("landing_page").is_some() || text("referrer").is_some() {
            let url = text("landing_page").map(|url| with_campaign(url, params));
            event.insert("page".to_owned(), json!({"url": url, "referrer": text("referrer")}));
        }
        let side = |name: &str| match params.get(name)? {
            Value::String(text) => text.trim().parse::<u32>().ok(),
            Value::Number(number) => number.as_u64().and_then(|side| u32::try_from(side).ok()),
            _ => None,
        };
        if let (Some(width), Some(height)) = (side("screen_width"), side("screen_height")) {
            event.insert("screen".to_owned(), json!(format!("{width}x{height}")));
        }
        let rest = params.iter().filter(|(name, _)| !VISIT_PARAMS.contains(&name.as_str()));
        let rest: Map<String, Value> = rest.map(|(name, value)| (name.clone(), value.clone())).collect();
        if !rest.is_empty() {
            event.insert("properties".to_owned(), Value::Object(rest));
        }
        Value::Object(event)
    }

    /// Returns the native event that `event` becomes.
    pub(super) fn event(&self, sender: &Sender<'_>, event: &Map<String, Value>) -> Value {
        let name = event.get("name").and_then(Value::as_str).map(str::trim);
        let properties = match event.get("properties") {
            Some(Value::Object(properties)) => properties.clone(),
            Some(other) => Map::from_iter([("properties".to_owned(), other.clone())]),
            None => Map::new(),
        };
        let mut out = match name {
            Some("$view") => page_view(properties),
            Some("$click") => named(names::CLICK, properties),
            Some("$submit") => named(names::FORM_SUBMIT, properties),
            Some("$change") => named(names::FORM_FIELD, properties),
            Some("$identify" | names::IDENTIFY) => identify(properties),
            Some(native) if payload::is_ours(native) => payload::laid_flat(native, properties),
            Some(own) => named(own, properties),
            // A name that is no text is for the native reader to refuse.
            None => Map::from_iter([("properties".to_owned(), Value::Object(properties))]),
        };
        let (visit, visitor) = (event.get("visit_token"), event.get("visitor_token"));
        let envelope = self.envelope(visit.and_then(token_of), visitor.and_then(token_of));
        let told = |name: &str| event.get(name).map(|value| (name.to_owned(), value.clone()));
        let visitor = envelope.get("visitor_id").and_then(Value::as_str).map(str::to_owned);
        // Whom the event itself names is nearer than whom the request does.
        for (name, value) in ["user_id", "email"].into_iter().filter_map(told).chain(envelope) {
            out.entry(name).or_insert(value);
        }
        let from_script = event.get("js").is_some_and(|js| *js != Value::Bool(false));
        let at = time::read(event.get("time"), from_script, sender.received_at);
        out.extend(at.map(|at| ("occurred_at".to_owned(), json!(at.to_string()))));
        out.extend(event_id(event, visitor.as_deref()).map(|id| ("id".to_owned(), json!(id))));
        Value::Object(out)
    }

    /// Returns the members that say who speaks; a queued event has tokens of its own.
    fn envelope(&self, visit: Option<String>, visitor: Option<String>) -> Map<String, Value> {
        let visit = visit.or_else(|| self.visit_token.clone());
        let visitor = visitor.or_else(|| self.visitor_token.clone());
        let members = [
            ("visit_id", visit.map(Value::String)),
            ("visitor_id", visitor.map(Value::String)),
            ("user_id", self.user_id.clone()),
            ("email", self.email.clone()),
        ];
        members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }
}

/// Returns a token as Ahoy keeps it, `None` if nothing is left of it.
fn sanitised(text: &str) -> Option<String> {
    let token = text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(TOKEN_BYTES_MAX);
    let token: String = token.collect();
    (!token.is_empty()).then_some(token)
}

fn token_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => sanitised(text),
        Value::Number(number) => sanitised(&number.to_string()),
        _ => None,
    }
}

fn named(name: &str, properties: Map<String, Value>) -> Map<String, Value> {
    Map::from_iter([("name".to_owned(), json!(name)), ("properties".to_owned(), Value::Object(properties))])
}

fn page_view(mut properties: Map<String, Value>) -> Map<String, Value> {
    let (url, title) = (properties.remove("url"), properties.remove("title"));
    let mut event = named(names::PAGE_VIEW, properties);
    event.insert("page".to_owned(), json!({"url": url, "title": title}));
    event
}

fn identify(mut properties: Map<String, Value>) -> Map<String, Value> {
    if let Some(id) = properties.get("id").filter(|_| !properties.contains_key("user_id")).cloned() {
        properties.insert("user_id".to_owned(), id);
        properties.remove("id");
    }
    payload::laid_flat(names::IDENTIFY, properties)
}

/// Returns the event's own id, told apart by its visitor: apps number theirs. Without one the event itself stands for it,
/// if it says whose it is and when it happened; `None` if nothing tells a retry from a second event.
fn event_id(event: &Map<String, Value>, visitor: Option<&str>) -> Option<String> {
    let own = match event.get("id") {
        Some(Value::String(text)) if !commerce::ids::is_placeholder(text) => Some(text.trim().to_owned()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    match (own, visitor) {
        (Some(id), _) if uuid::Uuid::try_parse(&id).is_ok() => Some(format!("ahoy:{}:{id}", visitor.unwrap_or(""))),
        (Some(id), Some(visitor)) => Some(format!("ahoy:{visitor}:{id}")),
        (None, Some(visitor)) if event.contains_key("time") => {
            let told = ["name", "properties", "time"].map(|name| event.get(name));
            let digest = Sha256::digest(json!(told).to_string().as_bytes());
            Some(format!("ahoy:{visitor}:{}", hex(&digest)))
        }
        _ => None,
    }
}

/// Returns the landing page with the campaign that the visit states beside it, which wins over the page's own.
fn with_campaign(url: &str, params: &Map<String, Value>) -> String {
    let stated =
        |name: &&&str| params.get(**name).and_then(Value::as_str).is_some_and(|value| !value.trim().is_empty());
    let stated: Vec<&str> = CAMPAIGN_PARAMS.iter().filter(stated).copied().collect();
    let Some(mut parsed) = url::Url::parse(url).ok().filter(|_| !stated.is_empty()) else { return url.to_owned() };
    let kept: Vec<(String, String)> = parsed
        .query_pairs()
        .filter(|(name, _)| !stated.contains(&&**name))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let own = stated.iter().filter_map(|name| Some((*name, params.get(*name)?.as_str()?.trim())));
    parsed.query_pairs_mut().clear().extend_pairs(kept).extend_pairs(own);
    parsed.into()
}
