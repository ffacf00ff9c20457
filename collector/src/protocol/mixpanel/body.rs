//! The items of a request: JSON or lines of JSON in the body, or the field `data` of form or query, as plain JSON or in
//! base64. Libraries do each of these, and few say which by their content type.

use super::super::Request;
use super::super::wire::{self, Fields};
use crate::reject::Reject;
use serde_json::Value;
use std::borrow::Cow;

/// Most items of a request: what Mixpanel takes for an import.
const ITEMS_MAX: usize = 2000;

/// Returns the fields of query and form; those of the query win.
pub(super) fn fields(request: &Request) -> Fields {
    let query = Fields::of_query(request.query.as_bytes());
    if is_json(&text(request)) { query } else { query.or(Fields::of_query(request.body)) }
}

/// Returns the items of a request.
///
/// # Errors
/// [`Reject`] if there are none, or too many.
pub(super) fn items(request: &Request, fields: &Fields) -> Result<Vec<Value>, Reject> {
    let body = text(request);
    let found = if is_json(&body) {
        wire::json(&body).or_else(|| lines(&body))
    } else {
        let data = fields.get("data").ok_or(Reject::EventsMissing)?;
        if is_json(data) {
            wire::json(data)
        } else {
            wire::base64(data).and_then(|bytes| wire::json(&String::from_utf8_lossy(&bytes)))
        }
    };
    match found {
        Some(Value::Array(items)) if items.is_empty() => Err(Reject::EventsMissing),
        Some(Value::Array(items)) if items.len() > ITEMS_MAX => Err(Reject::EventsTooMany),
        Some(Value::Array(items)) => Ok(items),
        Some(item @ Value::Object(_)) => Ok(vec![item]),
        _ => Err(Reject::BodyMalformed),
    }
}

fn text<'a>(request: &Request<'a>) -> Cow<'a, str> {
    String::from_utf8_lossy(request.body)
}

fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// Returns the items of a body with one on each line.
fn lines(body: &str) -> Option<Value> {
    body.lines().filter(|line| !line.trim().is_empty()).map(wire::json).collect::<Option<Vec<Value>>>().map(Value::from)
}
