//! Snowplow's tracker protocol 2: batches by POST, single events by GET, told as native events.
//!
//! Reading order: [`event`] turns one payload into a native event, with the help of [`entity`] (self-describing JSON)
//! and [`commerce`] (the actions and entities of the ecommerce plug-in). The page for shops is docs/snowplow.md.

mod commerce;
mod entity;
mod event;

use super::foreign::{self, Gathered};
use super::wire::{self, Fields, GIF};
use super::{Answer, Reading, Request};
use crate::answer;
use crate::book::BookSite;
use crate::limits::EVENTS_PER_REQUEST_MAX;
use crate::person::{self, Objection};
use crate::reject::Reject;
use ::commerce::hit::{Dialect, Trust};
use ::commerce::site::host_of;
use http::HeaderMap;
use serde_json::Value;

/// Header by which a page asks that nothing of the visitor be kept.
pub(crate) const ANONYMOUS: &str = "sp-anonymous";
/// How long a browser keeps the collector's cookie, in seconds: a year.
const COOKIE_S: u32 = 31_536_000;

/// Says whether `path` is one of the dialect's. Shops rename the vendor before `tp2`; `/r/tp2` redirects clicks.
pub(crate) fn owns(path: &str) -> bool {
    let vendor = path.strip_prefix('/').and_then(|path| path.strip_suffix("/tp2"));
    path == "/i" || vendor.is_some_and(|vendor| !vendor.contains('/') && !["", "r", "v1"].contains(&vendor))
}

/// Reads a request of the dialect, whatever its method.
///
/// # Errors
/// The answer of a refused request; nothing of it is stored.
pub fn read(request: &Request) -> Result<Reading, Answer> {
    match request.method {
        "OPTIONS" => {
            let allowed = "Content-Type, SP-Anonymous";
            let answer = answer::preflight_with(request.book, request.headers, "GET, POST, OPTIONS", allowed);
            return Ok(Gathered::default().answered(answer));
        }
        "GET" | "POST" => {}
        _ => return Err(refused(request, Reject::MethodNotAllowed("GET, POST, OPTIONS"))),
    }
    let payloads = payloads(request).map_err(|reject| refused(request, reject))?;
    let mut gathered = Gathered::default();
    let (mut told, mut refusal) = (None, None);
    for payload in &payloads {
        let fields = payload.as_object().map(Fields::of_object).unwrap_or_default();
        // What is no object names no site; it is kept where the rest of the batch belongs.
        let site = match told.filter(|_| !payload.is_object()) {
            Some(site) => Ok(site),
            None => site_of(request, &fields),
        };
        match site {
            Ok(site) => {
                told = told.or(Some(site));
                tell(request, site, payload, &fields, &mut gathered);
            }
            Err(reject) => refusal = refusal.or(Some(reject)),
        }
    }
    match (told, refusal) {
        (Some(site), refusal) => Ok(gathered.answered(accepted(request, site, refusal))),
        (None, refusal) => Err(refused(request, refusal.unwrap_or(Reject::EventsMissing))),
    }
}

/// Returns the payloads of a request: those of the body, else the query as one.
fn payloads(request: &Request) -> Result<Vec<Value>, Reject> {
    let body = String::from_utf8_lossy(request.body);
    if body.trim().is_empty() {
        let pairs = Fields::of_query(request.query.as_bytes());
        let object: serde_json::Map<String, Value> = pairs.iter().map(|(k, v)| (k.to_owned(), v.into())).collect();
        return if object.is_empty() { Err(Reject::EventsMissing) } else { Ok(vec![object.into()]) };
    }
    let mut body = wire::json(&body).filter(Value::is_object).ok_or(Reject::BodyMalformed)?;
    match body["data"].take() {
        Value::Array(payloads) if payloads.len() > EVENTS_PER_REQUEST_MAX => Err(Reject::EventsTooMany),
        Value::Array(payloads) if !payloads.is_empty() => Ok(payloads),
        _ => Err(Reject::EventsMissing),
    }
}

fn site_of<'a>(request: &Request<'a>, fields: &Fields) -> Result<&'a BookSite, Reject> {
    let site = match (fields.get("aid"), fields.get("url")) {
        (Some(app), _) => request.book.site_of_dialect(Dialect::Snowplow, app),
        (None, Some(url)) => request.book.site_of_host(Dialect::Snowplow, &host_of(url)),
        (None, None) => return Err(Reject::SiteMissing),
    };
    let site = site.ok_or(Reject::SiteUnknown)?;
    if answer::may_send(site, request.headers) { Ok(site) } else { Err(Reject::OriginNotAllowed) }
}

fn tell(request: &Request, site: &BookSite, payload: &Value, fields: &Fields, gathered: &mut Gathered) {
    let origin = event::origin(fields);
    let mut sender = foreign::sender(request, site, Dialect::Snowplow, origin, Trust::Unverified);
    let sent_at = fields.get("stm").and_then(wire::epoch);
    // A true timestamp is the shop's own word and not corrected.
    if let (Some(sent_at), None) = (sent_at, fields.get("ttm")) {
        sender.skew_us = request.received_at.micros_since(sent_at);
    }
    let is_anonymous = is_anonymous(request.headers);
    let cookie = cookie(request.headers).filter(|_| !is_anonymous);
    match event::tell(fields, cookie.as_deref(), is_anonymous) {
        // What is wrong with it is kept with it; the client cannot do anything about it.
        Ok(event) => drop(gathered.add(&sender, &event)),
        Err((reason, hint)) => {
            let kept = if is_anonymous { event::anonymous(payload) } else { payload.clone() };
            gathered.quarantine(&sender, &kept.to_string(), reason, hint);
        }
    }
}

/// Says whether the page asks that nothing of the visitor be kept.
pub(crate) fn is_anonymous(headers: &HeaderMap) -> bool {
    headers.contains_key(ANONYMOUS)
}

/// Returns the visitor that the collector's own cookie names.
fn cookie(headers: &HeaderMap) -> Option<String> {
    let all = headers.get_all(http::header::COOKIE);
    let mut pairs = all.iter().filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(';'));
    let value = pairs.find_map(|pair| pair.trim().strip_prefix("sp="))?.trim();
    uuid::Uuid::try_parse(value).ok().map(|id| id.to_string())
}

fn accepted(request: &Request, site: &BookSite, refusal: Option<Reject>) -> Answer {
    let mut headers = answer::cors(request.headers, Some(site));
    if !is_anonymous(request.headers) && person::objection(&site.settings, request.headers) == Objection::None {
        let fresh = || uuid::Uuid::from_bytes((request.new_id)().0).to_string();
        let id = cookie(request.headers).unwrap_or_else(fresh);
        headers.push(("Set-Cookie", format!("sp={id}; Max-Age={COOKIE_S}; Path=/; Secure; HttpOnly; SameSite=None")));
    }
    headers.extend(refusal.map(|reject| ("X-Reject-Reason", reject.code().to_owned())));
    let (kind, body) = match request.method {
        "GET" => ("image/gif", GIF.to_vec()),
        _ => ("text/plain; charset=UTF-8", b"ok".to_vec()),
    };
    headers.push(("Content-Type", kind.to_owned()));
    Answer { status: 200, headers, body }
}

fn refused(request: &Request, reject: Reject) -> Answer {
    let mut answer = reject.answer();
    answer.headers.extend(answer::cors(request.headers, None));
    answer
}

#[cfg(test)]
mod tests;
