//! What a shop's server tells Heap of the visit beside an order: where it came from becomes the order's attribution.
//!
//! Events of servers are in no session of Heap's, so shops send its properties along: the cookie in which Heap's script
//! keeps them, or the properties by their names. `Initial` ones are the customer's first visit's and stay properties.

use super::super::foreign::campaign::of_landing_page;
use super::super::foreign::json::{Object, text};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

/// The script's cookie, before a point and the app's number.
const COOKIE: &str = "_hp2_ses_props";
/// An object with the properties of the session.
const OBJECTS: &[&str] = &["session", "sessionproperties"];
/// Names of the properties without case, blanks and lines between words, and what they say.
const NAMES: &[(&str, &str)] = &[
    ("utmsource", "source"),
    ("utmmedium", "medium"),
    ("utmcampaign", "campaign"),
    ("utmterm", "term"),
    ("utmcontent", "content"),
    ("referrer", "referrer"),
    ("landingpage", LANDING_PAGE),
    ("landingpagequery", QUERY),
];
const LANDING_PAGE: &str = "landing_page";
const QUERY: &str = "landing_page_query";

/// Takes what `properties` say of the session out of them; `None` if they say nothing.
///
/// What is stated by name goes before what stands in the landing page or the cookie.
pub(super) fn take(properties: &mut Object) -> Option<Value> {
    let mut told = Object::new();
    let mut cookie = Object::new();
    properties.retain(|name, value| {
        if name == COOKIE || name.strip_prefix(COOKIE).is_some_and(|rest| rest.starts_with('.')) {
            let read = read_cookie(value);
            let is_read = !read.is_empty();
            cookie.extend(read);
            return !is_read;
        }
        match value {
            Value::Object(session) if OBJECTS.contains(&plain(name).as_str()) => {
                session.retain(|name, value| !take_named(name, value, &mut told));
                !session.is_empty()
            }
            _ => !take_named(name, value, &mut told),
        }
    });
    let query = told.remove(QUERY).and_then(|query| text(&query));
    let page = told.remove(LANDING_PAGE).and_then(|page| text(&page)).map(|page| match &query {
        Some(query) if !page.contains('?') => format!("{page}?{}", query.trim_start_matches('?')),
        _ => page,
    });
    let mut source = of_landing_page(page.as_deref(), None);
    source.extend(told);
    for (name, value) in cookie {
        source.entry(name).or_insert(value);
    }
    (!source.is_empty()).then_some(Value::Object(source))
}

/// Takes the property `name` into `told`, if it is one of a session's; the first of a name counts.
fn take_named(name: &str, value: &Value, told: &mut Object) -> bool {
    let plain = plain(name);
    let Some((_, member)) = NAMES.iter().find(|(known, _)| *known == plain) else { return false };
    let Some(said) = text(value) else { return false };
    told.entry(*member).or_insert_with(|| json!(said));
    true
}

fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// Reads `{"r":"REFERRER","d":"DOMAIN","h":"/PATH","q":"?QUERY"}`, as JSON, as its text, or as it stands in the cookie.
fn read_cookie(value: &Value) -> Object {
    let parsed = match value {
        Value::Object(object) => Some(object.clone()),
        Value::String(text) => {
            let text = percent_decode_str(text.trim()).decode_utf8_lossy();
            crate::protocol::native::exact(&text).and_then(|value| value.as_object().cloned())
        }
        _ => None,
    };
    let part = |name: &str| parsed.as_ref()?.get(name).and_then(text);
    let page = part("d").map(|domain| {
        let (path, query) = (part("h").unwrap_or_else(|| "/".to_owned()), part("q").unwrap_or_default());
        format!("https://{domain}{path}{query}")
    });
    of_landing_page(page.as_deref(), part("r").as_deref())
}
