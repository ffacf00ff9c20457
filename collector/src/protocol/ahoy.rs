//! ahoy.js and the Ahoy HTTP API: visits and events by POST, each in whichever encoding the client likes.
//!
//! Reading order: [`params`] makes one set of parameters of query and body, [`event`] turns them into native events,
//! [`time`] judges what clock they were told by. The contract stands in `docs/ahoy.md`. Whatever is understood is
//! answered 200 with JSON: ahoy.js takes any other answer for a failure and sends no event of that page ever after.

mod event;
mod params;
mod time;

use super::foreign::{self, Gathered};
use super::native::Sender;
use super::{Answer, Reading, Request};
use crate::answer;
use crate::book::BookSite;
use crate::limits::EVENTS_PER_REQUEST_MAX;
use crate::reject::Reject;
use commerce::hit::{Dialect, Origin, Trust};
use commerce::site::host_of;
use event::Client;
use http::header::{self, HeaderName};
use params::{Events, Params};
use serde_json::{Value, json};

const METHODS: &str = "POST, OPTIONS";
const ALLOWED_HEADERS: &str = "Content-Type, X-CSRF-Token, Ahoy-Visit, Ahoy-Visitor";
/// Longest list of headers that a preflight is granted, in bytes.
const ALLOWED_BYTES_MAX: usize = 1024;

/// What a path of the dialect is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Endpoint {
    Visits,
    Events,
}

/// Says whether `path` is one of the dialect's: `/ahoy/visits`, `/ahoy/events`, or either behind a collect key.
pub(crate) fn owns(path: &str) -> bool {
    endpoint_of(path).is_some()
}

/// Returns what `path` is for, and the collect key in front of it.
fn endpoint_of(path: &str) -> Option<(Endpoint, Option<&str>)> {
    let mut segments = path.strip_prefix('/')?.rsplit('/');
    let endpoint = match segments.next()? {
        "visits" => Endpoint::Visits,
        "events" => Endpoint::Events,
        _ => return None,
    };
    if segments.next() != Some("ahoy") {
        return None;
    }
    let key = segments.next();
    let whole = segments.next().is_none() && key.is_none_or(|key| !key.is_empty());
    whole.then_some((endpoint, key))
}

/// Reads a request of the dialect, whatever its method.
///
/// # Errors
/// The answer of a refused request; nothing of it is stored.
pub fn read(request: &Request) -> Result<Reading, Answer> {
    if request.method == "OPTIONS" {
        let answer = answer::preflight_with(request.book, request.headers, METHODS, &allowed_headers(request));
        return Ok(Gathered::default().answered(answer));
    }
    let mut site = None;
    let read = read_for(request, &mut site);
    let cors = answer::cors(request.headers, site);
    match read {
        Ok(mut reading) => {
            reading.answer.headers.extend(cors);
            Ok(reading)
        }
        Err(reject) => {
            let mut answer = refused(reject);
            answer.headers.extend(cors);
            Err(answer)
        }
    }
}

/// Reads a request for a site; `found` becomes the site as soon as it is known, since CORS depends on it either way.
fn read_for<'a>(request: &Request<'a>, found: &mut Option<&'a BookSite>) -> Result<Reading, Reject> {
    let (endpoint, key) = endpoint_of(request.path).ok_or(Reject::PathUnknown)?;
    if request.method != "POST" {
        return Err(Reject::MethodNotAllowed(METHODS));
    }
    let params = params::read(request);
    let site = match key {
        Some(key) => request.book.site_named(key),
        None => site_of_page(request, &params),
    };
    let site = site.ok_or(Reject::SiteUnknown)?;
    *found = Some(site);
    if !answer::may_send(site, request.headers) {
        return Err(Reject::OriginNotAllowed);
    }
    let client = Client::of(request, &params);
    let origin = if client.is_app { Origin::App } else { Origin::Browser };
    let sender = foreign::sender(request, site, Dialect::Ahoy, origin, Trust::Unverified);
    match endpoint {
        Endpoint::Visits => Ok(read_visit(&sender, &params, &client)),
        Endpoint::Events => read_events(&sender, params, &client),
    }
}

/// Returns the site whose own page sent the request. A page served by somebody else (AMP) is known by what it tells.
fn site_of_page<'a>(request: &Request<'a>, params: &Params) -> Option<&'a BookSite> {
    let header = |name: HeaderName| request.headers.get(name).and_then(|value| value.to_str().ok());
    let told = [
        header(header::ORIGIN),
        header(header::REFERER),
        params.text("landing_page"),
        params.text("__amp_source_origin"),
        header(header::HOST),
    ];
    told.into_iter().flatten().find_map(|from| request.book.site_of_host(Dialect::Ahoy, &host_of(from)))
}

fn read_visit(sender: &Sender<'_>, params: &Params, client: &Client) -> Reading {
    let mut gathered = Gathered::default();
    if let Some(broken) = &params.broken {
        gathered.quarantine(sender, broken, "body.malformed", "Send the visit as a JSON object or as a form.");
    } else {
        // What cannot be read is quarantined with its reason; the client is answered all the same.
        drop(gathered.add(sender, &client.visit(&params.map)));
    }
    let (visit, visitor) = (&client.visit_token, &client.visitor_token);
    let body = json!({"visit_token": visit, "visitor_token": visitor, "visit_id": visit, "visitor_id": visitor});
    gathered.answered(ok(&body))
}

fn read_events(sender: &Sender<'_>, params: Params, client: &Client) -> Result<Reading, Reject> {
    let mut gathered = Gathered::default();
    match params.events() {
        Events::Invalid => return Err(Reject::EventsMissing),
        Events::List(events) if events.len() > EVENTS_PER_REQUEST_MAX => return Err(Reject::EventsTooMany),
        Events::Broken(text) => {
            gathered.quarantine(sender, &text, "body.malformed", "Send `events` as a JSON array of objects.");
        }
        Events::List(events) => {
            for event in &events {
                match event {
                    Value::Object(event) => drop(gathered.add(sender, &client.event(sender, event))),
                    other => {
                        let hint = "Send each event as a JSON object.";
                        gathered.quarantine(sender, &other.to_string(), "event.malformed", hint);
                    }
                }
            }
        }
    }
    Ok(gathered.answered(ok(&json!({}))))
}

fn ok(body: &Value) -> Answer {
    let headers = vec![("Content-Type", "application/json; charset=utf-8".to_owned())];
    Answer { status: 200, headers, body: body.to_string().into_bytes() }
}

/// Returns a refusal in the words of the gem where it has some: a line of plain text.
fn refused(reject: Reject) -> Answer {
    let (status, text) = match reject {
        Reject::EventsMissing => (400, "Invalid parameters\n"),
        Reject::EventsTooMany => (413, "Payload too large\n"),
        Reject::SiteUnknown => (404, "Unknown site\n"),
        Reject::OriginNotAllowed => (403, "Origin not allowed\n"),
        other => return other.answer(),
    };
    let headers =
        vec![("Content-Type", "text/plain; charset=utf-8".to_owned()), ("X-Reject-Reason", reject.code().to_owned())];
    Answer { status, headers, body: text.into() }
}

/// Returns the headers that a preflight is granted: ahoy.js sends whatever its option `headers` lists, and with
/// credentials a browser takes no star for them.
fn allowed_headers(request: &Request) -> String {
    let asked = request.headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS).and_then(|value| value.to_str().ok());
    let names = asked.unwrap_or("").split(',').map(str::trim);
    let is_name = |name: &&str| !name.is_empty() && HeaderName::from_bytes(name.as_bytes()).is_ok();
    let mut allowed = ALLOWED_HEADERS.to_owned();
    for name in names.filter(is_name) {
        if !allowed.split(", ").any(|known| known.eq_ignore_ascii_case(name)) && allowed.len() < ALLOWED_BYTES_MAX {
            allowed.push_str(", ");
            allowed.push_str(name);
        }
    }
    allowed
}

#[cfg(test)]
mod tests;
