//! Heap's server API: events one by one or in bulk, properties of users and accounts, and who an anonymous visitor is.
//!
//! Reading order: this file takes the request apart, [`event`] makes native events of its parts, [`trade`] those of
//! orders, of which Heap knows a line at a time. The contract stands in `docs/heap.md`. Its `app_id` is public, so nothing
//! it brings is verified.

mod event;
mod session;
mod trade;

use super::foreign::{self, Gathered};
use super::native::{self, Sender};
use super::{Answer, Reading, Request};
use crate::book::BookSite;
use crate::reject::Reject;
use commerce::hit::{Dialect, Origin, Trust};
use serde_json::{Map, Value, json};

/// Most events of one request, as in Heap.
const EVENTS_MAX: usize = 1000;

/// What a path of the dialect is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Endpoint {
    Track,
    UserProperties,
    AccountProperties,
    Identify,
}

/// Says whether `path` is one of the dialect's.
pub(crate) fn owns(path: &str) -> bool {
    endpoint_of(path).is_some()
}

fn endpoint_of(path: &str) -> Option<Endpoint> {
    match path.strip_suffix('/').unwrap_or(path) {
        "/api/track" => Some(Endpoint::Track),
        "/api/add_user_properties" => Some(Endpoint::UserProperties),
        "/api/add_account_properties" => Some(Endpoint::AccountProperties),
        "/api/v1/identify" => Some(Endpoint::Identify),
        _ => None,
    }
}

/// Reads a request of the dialect, whatever its method. There is no CORS: it is an API for servers.
///
/// # Errors
/// The answer of a refused request; nothing of it is stored.
pub fn read(request: &Request) -> Result<Reading, Answer> {
    let endpoint = endpoint_of(request.path).ok_or_else(|| Reject::PathUnknown.answer())?;
    if request.method != "POST" {
        return Err(Reject::MethodNotAllowed("POST").answer());
    }
    let body = request.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(request.body);
    let Some(Value::Object(mut body)) = native::exact(&String::from_utf8_lossy(body)) else {
        return Err(Reject::BodyMalformed.answer());
    };
    let site = site_of(request, &body).map_err(Reject::answer)?;
    let sender = foreign::sender(request, site, Dialect::Heap, Origin::Server, Trust::Unverified);
    let list = match endpoint {
        Endpoint::Track => body.remove("events"),
        Endpoint::UserProperties => body.remove("users"),
        Endpoint::AccountProperties => body.remove("accounts"),
        Endpoint::Identify => None,
    };
    let parts = match list {
        None => vec![Value::Object(body)],
        Some(Value::Array(parts)) if parts.len() <= EVENTS_MAX => parts,
        Some(Value::Array(_)) => return Err(too_many()),
        Some(_) => return Err(Reject::EventsMissing.answer()),
    };
    Ok(read_parts(&sender, endpoint, &parts))
}

fn site_of<'a>(request: &Request<'a>, body: &Map<String, Value>) -> Result<&'a BookSite, Reject> {
    let key = match body.get("app_id") {
        Some(Value::String(key)) if !key.trim().is_empty() => key.clone(),
        Some(Value::Number(key)) => key.to_string(),
        _ => return Err(Reject::SiteMissing),
    };
    request.book.site_of_dialect(Dialect::Heap, &key).ok_or(Reject::SiteUnknown)
}

/// Reads the parts of a request. Whatever they say, they are kept, so the answer is a success: a client that hears of an
/// error sends the whole batch again, or fails the shop's checkout.
fn read_parts(sender: &Sender<'_>, endpoint: Endpoint, parts: &[Value]) -> Reading {
    let mut gathered = Gathered::default();
    let mut quarantined = Vec::new();
    for (i, part) in parts.iter().enumerate() {
        let event = part.as_object().map(|part| match endpoint {
            Endpoint::Track => event::track(&sender.site.settings.heap_events, part),
            Endpoint::UserProperties => event::user_properties(part),
            Endpoint::AccountProperties => event::account_properties(part),
            Endpoint::Identify => event::identify(part),
        });
        let verdict = if let Some(event) = event {
            gathered.add(sender, &event)
        } else {
            let (reason, hint) = ("event.malformed", "Send each event as a JSON object.");
            gathered.quarantine(sender, &part.to_string(), reason, hint);
            Err((reason.to_owned(), hint.to_owned()))
        };
        if let Err((reason, hint)) = verdict {
            quarantined.push(json!({"i": i, "reason": reason, "hint": hint}));
        }
    }
    let mut headers = vec![("Content-Type", "application/json".to_owned())];
    if let Some(reason) = quarantined.first().and_then(|first| first["reason"].as_str()) {
        headers.push(("X-Reject-Reason", reason.to_owned()));
    }
    let body = json!({"accepted": parts.len() - quarantined.len(), "quarantined": quarantined});
    gathered.answered(Answer { status: 200, headers, body: body.to_string().into_bytes() })
}

fn too_many() -> Answer {
    let code = Reject::EventsTooMany.code();
    let headers = vec![("Content-Type", "application/json".to_owned()), ("X-Reject-Reason", code.to_owned())];
    let message = format!("more than {EVENTS_MAX} events in one request");
    let body = json!({"error": {"code": code, "message": message, "hint": "Split the batch."}});
    Answer { status: 400, headers, body: body.to_string().into_bytes() }
}

#[cfg(test)]
mod tests;
