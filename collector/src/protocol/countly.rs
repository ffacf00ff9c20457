//! Countly's `/i`: sessions, events and details of users, told as native events.
//!
//! Reading order: [`request`] finds the requests and what they say beside events, [`event`] reads one event. The page
//! for shops is docs/countly.md.

mod event;
mod request;

use super::foreign::{self, Gathered};
use super::wire::{self, Fields};
use super::{Answer, Reading, Request};
use crate::answer;
use crate::book::BookSite;
use crate::reject::Reject;
use commerce::hit::{Dialect, Trust};
use commerce::record::DropReason;
use serde_json::{Value, json};

/// Several requests in one.
const BULK: &str = "/i/bulk";

/// Says whether `path` is one of the dialect's. `/i` is Snowplow's, too: see [`is_meant`].
pub(crate) fn owns(path: &str) -> bool {
    path == "/i" || path == BULK
}

/// Says whether a request to `/i`, which Snowplow's clients use as well, is one of Countly's: only those name an app key.
pub(super) fn is_meant(request: &Request) -> bool {
    request.path == BULK || fields(request).iter().any(|(name, _)| name == "app_key")
}

/// Reads a request of the dialect, whatever its method.
///
/// # Errors
/// The answer of a refused request; nothing of it is stored.
pub fn read(request: &Request) -> Result<Reading, Answer> {
    match request.method {
        "OPTIONS" => {
            let answer = answer::preflight_with(request.book, request.headers, "GET, POST, OPTIONS", "Content-Type");
            return Ok(Gathered::default().answered(answer));
        }
        "GET" | "POST" => {}
        _ => return Err(refused(request, Reject::MethodNotAllowed("GET, POST, OPTIONS"))),
    }
    let outer = fields(request);
    let requests = request::split(outer, request.path == BULK).map_err(|reject| refused(request, reject))?;
    let mut gathered = Gathered::default();
    let (mut told, mut refusal) = (None, None);
    for one in &requests {
        match site_of(request, one) {
            Ok(site) => {
                told = told.or(Some(site));
                tell(request, site, one, &mut gathered);
            }
            Err(reject) => refusal = refusal.or(Some(reject)),
        }
    }
    match (told, refusal) {
        (Some(site), refusal) => Ok(gathered.answered(accepted(request, site, refusal))),
        (None, refusal) => Err(refused(request, refusal.unwrap_or(Reject::EventsMissing))),
    }
}

/// Returns the fields of a request: query first, then a form or a JSON object.
fn fields(request: &Request) -> Fields {
    let query = Fields::of_query(request.query.as_bytes());
    let body = String::from_utf8_lossy(request.body);
    if body.trim_start().starts_with('{') {
        return match wire::json(&body) {
            Some(Value::Object(object)) => query.or(Fields::of_object(&object)),
            _ => query,
        };
    }
    query.or(Fields::of_query(request.body))
}

fn site_of<'a>(request: &Request<'a>, fields: &Fields) -> Result<&'a BookSite, Reject> {
    // Countly asks for both, in one message.
    let key = fields.get("app_key").filter(|_| fields.get("device_id").is_some()).ok_or(Reject::SiteMissing)?;
    let site = request.book.site_of_dialect(Dialect::Countly, key).ok_or(Reject::SiteUnknown)?;
    if answer::may_send(site, request.headers) { Ok(site) } else { Err(Reject::OriginNotAllowed) }
}

/// Tells what one request says; what says nothing is counted as that.
fn tell(request: &Request, site: &BookSite, fields: &Fields, gathered: &mut Gathered) {
    let origin = request::origin(fields, request.headers);
    let sender = foreign::sender(request, site, Dialect::Countly, origin, Trust::Unverified);
    let told = request::tell(fields, origin);
    if told.is_empty() {
        gathered.exclude(&sender, DropReason::Nothing);
    }
    for item in told {
        match item {
            // What is wrong with it is kept with it; the client cannot do anything about it.
            Ok(event) => drop(gathered.add(&sender, &event)),
            Err(fault) => gathered.quarantine(&sender, &fault.payload, fault.reason, fault.hint),
        }
    }
}

fn accepted(request: &Request, site: &BookSite, refusal: Option<Reject>) -> Answer {
    let mut headers = answer::cors(request.headers, Some(site));
    headers.push(("Content-Type", "application/json".to_owned()));
    headers.extend(refusal.map(|reject| ("X-Reject-Reason", reject.code().to_owned())));
    Answer { status: 200, headers, body: br#"{"result":"Success"}"#.to_vec() }
}

fn refused(request: &Request, reject: Reject) -> Answer {
    let mut answer = reject.answer();
    let result = match reject {
        Reject::SiteMissing => "Missing parameter \"app_key\" or \"device_id\"",
        Reject::SiteUnknown => "App does not exist",
        other => other.code(),
    };
    answer.body = json!({ "result": result }).to_string().into_bytes();
    answer.headers.extend(answer::cors(request.headers, None));
    answer
}

#[cfg(test)]
mod tests;
