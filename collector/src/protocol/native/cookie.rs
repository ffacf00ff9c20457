//! Cookies of foreign clients: which part of `_pk_id`, `_ga` and their like is the visitor or the visit.
//!
//! A shop's server may send the raw cookie, so that an order finds the visit it belongs to, whichever client tracks the
//! pages. What is returned is what that client itself sends as the id in its own dialect.

use super::fault::Fault;
use super::json::{members, scalar};
use super::value::{Marks, id};
use commerce::hit::flags;
use percent_encoding::percent_decode_str;

/// Which id is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The visitor's.
    Visitor,
    /// The visit's.
    Visit,
}

/// Returns the id that `value` is: a text, or `{"cookie":"_pk_id","value":"..."}`; `None` if it holds none.
pub(super) fn read(wanted: Wanted, value: &str, marks: &mut Marks) -> Option<String> {
    if !value.starts_with('{') {
        return id(value, marks);
    }
    let (mut name, mut raw) = (None, None);
    let read = members(value, Fault::malformed, |key, value| {
        match &*key {
            "cookie" => name = scalar(value),
            "value" => raw = scalar(value),
            _ => {}
        }
        Ok(())
    });
    let found = match (read, name, raw) {
        (Ok(()), Some(name), Some(raw)) => of_cookie(wanted, name.trim(), &raw),
        _ => None,
    };
    if found.is_none() {
        *marks |= flags::VALUE_DROPPED;
    }
    found
}

/// Returns the id that the cookie `name` holds in `raw`.
pub(super) fn of_cookie(wanted: Wanted, name: &str, raw: &str) -> Option<String> {
    let decoded = percent_decode_str(raw.trim()).decode_utf8_lossy();
    let value = decoded.trim().trim_matches('"');
    let found = if name.starts_with("_pk_id") {
        value
            .split('.')
            .next()
            .filter(|id| id.len() == 16 && id.bytes().all(|b| b.is_ascii_hexdigit()))
            .map(str::to_ascii_lowercase)
    } else if name == "_ga" {
        // GA1.1.<client id>, of which the version and the depth of the domain are no part.
        value.splitn(3, '.').nth(2).map(str::to_owned)
    } else if name.starts_with("_ga_") {
        ga_session(value)
    } else if name.starts_with("_sp_id") {
        let field = if wanted == Wanted::Visitor { 0 } else { 5 };
        value.split('.').nth(field).map(str::to_owned)
    } else if name.starts_with("_hp2_id") {
        let field = if wanted == Wanted::Visitor { "userId" } else { "sessionId" };
        heap_field(value, field)
    } else {
        Some(value.to_owned())
    };
    found.filter(|id| !commerce::ids::is_placeholder(id))
}

/// `GS1.1.<session id>.<count>...` of old, `GS2.1.s<session id>$o<count>$...` now.
fn ga_session(value: &str) -> Option<String> {
    let third = value.split('.').nth(2)?;
    let session = third.split('$').next()?;
    Some(session.strip_prefix('s').unwrap_or(session).to_owned())
}

fn heap_field(json: &str, field: &str) -> Option<String> {
    let mut found = None;
    let read = members(json, Fault::malformed, |key, value| {
        if key == field {
            found = scalar(value).map(std::borrow::Cow::into_owned);
        }
        Ok(())
    });
    read.ok().and(found)
}
