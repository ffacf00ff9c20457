//! The parameters of a request, whichever way they were sent: query, form, multipart or JSON.
//!
//! What the body says wins over the query. Nothing is judged here but what is needed to find the events.

use super::super::{Request, native};
use bytes::Bytes;
use futures_util::{FutureExt, stream};
use http::header;
use serde_json::{Map, Value};
use std::convert::Infallible;

/// Query and body as one set of parameters.
#[derive(Debug, Default)]
pub(super) struct Params {
    pub(super) map: Map<String, Value>,
    /// The body, if it is JSON and no object.
    list: Option<Value>,
    /// The body, if it claims to be JSON or multipart and is none.
    pub(super) broken: Option<String>,
}

/// What a request has to say of events.
#[derive(Debug)]
pub(super) enum Events {
    /// Events, or what stands in their place.
    List(Vec<Value>),
    /// JSON that has no list of events.
    Invalid,
    /// Text that is no JSON.
    Broken(String),
}

impl Params {
    /// Returns the text parameter `name`.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.map.get(name).and_then(Value::as_str)
    }

    /// Returns the events, in the order in which Ahoy looks for them: a single one, a list, a list as text.
    pub(super) fn events(mut self) -> Events {
        if let Some(broken) = self.broken {
            return Events::Broken(broken);
        }
        let named = self.map.get("name").is_some_and(|name| name.as_str().is_none_or(|name| !name.trim().is_empty()));
        if named {
            return Events::List(vec![Value::Object(self.map)]);
        }
        let told = self.map.remove("events").or_else(|| self.map.remove("events_json")).or(self.list);
        match told {
            None => Events::List(Vec::new()),
            Some(Value::String(text)) if text.trim().is_empty() => Events::List(Vec::new()),
            Some(Value::String(text)) => native::exact(&text).map_or(Events::Broken(text), list),
            Some(value) => list(value),
        }
    }
}

fn list(value: Value) -> Events {
    match value {
        Value::Array(events) if events.is_empty() || events.iter().any(Value::is_object) => Events::List(events),
        Value::Object(_) => Events::List(vec![value]),
        _ => Events::Invalid,
    }
}

/// Reads the parameters of `request`.
pub(super) fn read(request: &Request) -> Params {
    let mut params = Params::default();
    add_form(&mut params.map, request.query.as_bytes());
    let kind = request.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let body = request.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(request.body);
    if body.trim_ascii().is_empty() {
        return params;
    }
    // A beacon of text says nothing of what is in it, so the body decides where the header does not.
    let is_json = kind.contains("json") || matches!(body.trim_ascii_start().first(), Some(b'{' | b'['));
    if kind.trim_start().starts_with("multipart/") {
        let boundary = multer::parse_boundary(kind).ok();
        if boundary.and_then(|boundary| add_parts(&mut params.map, body, boundary)).is_none() {
            params.broken = Some(lossy(body));
        }
    } else if is_json {
        let text = lossy(body);
        match native::exact(&text) {
            Some(Value::Object(map)) => params.map.extend(map),
            Some(other) => params.list = Some(other),
            None => params.broken = Some(text),
        }
    } else {
        add_form(&mut params.map, body);
    }
    params
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Adds the parts of a multipart body; `None` if it is none.
fn add_parts(map: &mut Map<String, Value>, body: &[u8], boundary: String) -> Option<()> {
    let whole = stream::iter([Ok::<_, Infallible>(Bytes::copy_from_slice(body))]);
    let mut parts = multer::Multipart::new(whole, boundary);
    // All of the body is there, so nothing ever has to be waited for.
    while let Some(part) = parts.next_field().now_or_never()?.ok()? {
        let Some(name) = part.name().map(str::to_owned) else { continue };
        let value = part.bytes().now_or_never()?.ok()?;
        map.insert(name, Value::String(lossy(&value)));
    }
    Some(())
}

/// Adds the pairs of a form or query; `properties[sku]` is a member of `properties`.
fn add_form(map: &mut Map<String, Value>, form: &[u8]) {
    for (key, value) in form_urlencoded::parse(form) {
        let value = Value::String(value.into_owned());
        match key.split_once('[').and_then(|(outer, rest)| Some((outer, rest.strip_suffix(']')?))) {
            Some((outer, inner)) if !outer.is_empty() && !inner.is_empty() => {
                let outer = map.entry(outer).or_insert_with(|| Value::Object(Map::new()));
                if let Value::Object(members) = outer {
                    members.insert(inner.to_owned(), value);
                }
            }
            _ => {
                map.insert(key.into_owned(), value);
            }
        }
    }
}
