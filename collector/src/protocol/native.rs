//! Our own protocol: events as JSON from browsers and servers, and a pixel for pages and mails without scripts.
//!
//! Reading order: [`batch`] splits a body into events without looking into them, [`event`] reads one, with the help of
//! [`envelope`], [`payload`], [`item`], [`trade`] (orders, refunds, carts), [`signature`] and [`value`]; [`fault`] lists what can be
//! wrong with an event; [`kept`] is the visitor's cookie. An event that cannot be read is quarantined alone. The contract stands in `docs/events.md`. This dialect
//! knows nothing of visits or of anything stored.

mod batch;
mod cookie;
mod envelope;
mod event;
mod exact;
mod fault;
mod item;
mod json;
mod kept;
mod payload;
mod pixel;
mod properties;
mod signature;
mod trade;
mod value;

use super::{Answer, Outcome, Reading, Request, bearer_token};
use crate::answer;
use crate::book::{BookSite, Scope, Token};
use crate::client::Reached;
use crate::limits::EVENT_BYTES_MAX;
use crate::reject::Reject;
use batch::Batch;
use commerce::hit::{Dialect, Origin, Trust};
use commerce::ids::EventId;
use commerce::record::Quarantined;
use commerce::time::Timestamp;
use fault::Fault;
pub(super) use pixel::GIF;

/// Who sends an event, and what that sender may say.
pub(super) struct Sender<'a> {
    pub(super) site: &'a BookSite,
    pub(super) dialect: Dialect,
    pub(super) origin: Origin,
    pub(super) trust: Trust,
    /// How far back it may date an event, in days; `None` for any age.
    pub(super) backdate_days: Option<i64>,
    /// How far the client's clock lies behind ours, in microseconds; taken out of its times.
    pub(super) skew_us: i64,
    pub(super) received_at: Timestamp,
    pub(super) new_id: &'a dyn Fn() -> EventId,
}

/// Reads a request to `/v1/collect`.
///
/// # Errors
/// The answer of a refused request; nothing of it is stored.
pub fn read_collect(request: &Request) -> Result<Reading, Answer> {
    read_collect_at(request, &Reached::directly(request.headers))
}

/// Reads a request to `/v1/collect` of a browser that reached us at `reached`.
///
/// # Errors
/// As [`read_collect`].
pub(crate) fn read_collect_at(request: &Request, reached: &Reached<'_>) -> Result<Reading, Answer> {
    let mut site = None;
    let read = batch::with_batch(request.body, |batch| read_collect_for(request, reached, batch, &mut site));
    let cors = answer::cors(request.headers, site);
    match read {
        Ok(mut reading) => {
            reading.answer.headers.extend(cors);
            Ok(reading)
        }
        Err(reject) => {
            let mut answer = reject.answer();
            answer.headers.extend(cors);
            Err(answer)
        }
    }
}

/// Reads the events of `batch`; `found` becomes the site as soon as it is known, since CORS depends on it either way.
fn read_collect_for<'a>(
    request: &Request<'a>,
    reached: &Reached<'_>,
    batch: &Batch<'_>,
    found: &mut Option<&'a BookSite>,
) -> Result<Reading, Reject> {
    let named = batch.site().ok_or(Reject::SiteMissing)?;
    let site = request.book.site_named(&named).ok_or(Reject::SiteUnknown)?;
    *found = Some(site);
    if !answer::may_send(site, request.headers) {
        return Err(Reject::OriginNotAllowed);
    }
    let sender = Sender {
        site,
        dialect: Dialect::NativeBrowser,
        origin: Origin::Browser,
        trust: Trust::Unverified,
        backdate_days: Some(site.settings.backdate_browser_days),
        skew_us: batch.skew_us(request.received_at),
        received_at: request.received_at,
        new_id: request.new_id,
    };
    let mut reading = read_events_of(&sender, batch.events.iter().copied());
    kept::settle(site, request.headers, reached, batch, &mut reading);
    Ok(reading)
}

/// Reads a request to `/v1/events`.
///
/// # Errors
/// The answer of a refused request; nothing of it is stored.
pub fn read_events(request: &Request) -> Result<Reading, Answer> {
    let token = read_token(request).map_err(Reject::answer)?;
    batch::with_batch(request.body, |batch| read_events_for(request, token, batch)).map_err(Reject::answer)
}

fn read_token(request: &Request) -> Result<Token, Reject> {
    let text = bearer_token(request.headers).ok_or(Reject::TokenMissing)?;
    let token = request.book.token(text).ok_or(Reject::TokenUnknown)?;
    if token.scope.allows(Scope::Ingest) { Ok(token) } else { Err(Reject::TokenScope) }
}

fn read_events_for(request: &Request, token: Token, batch: &Batch<'_>) -> Result<Reading, Reject> {
    let site = match (batch.site(), token.site) {
        (Some(named), _) => request.book.site_named(&named).ok_or(Reject::SiteUnknown)?,
        (None, Some(id)) => request.book.site(id).ok_or(Reject::SiteUnknown)?,
        (None, None) => return Err(Reject::SiteMissing),
    };
    if !token.allows(site.id, Scope::Ingest) {
        return Err(Reject::TokenSite);
    }
    let is_import = token.scope == Scope::Import;
    let sender = Sender {
        site,
        dialect: Dialect::NativeServer,
        origin: if is_import { Origin::Import } else { Origin::Server },
        trust: Trust::Verified,
        backdate_days: (!is_import).then_some(site.settings.backdate_server_days),
        skew_us: batch.skew_us(request.received_at),
        received_at: request.received_at,
        new_id: request.new_id,
    };
    Ok(read_events_of(&sender, batch.events.iter().copied()))
}

/// Reads `events` that the server itself brings in for `site`, as if sent with a token of scope import.
pub(crate) fn read_imported(
    site: &BookSite,
    events: &[String],
    received_at: Timestamp,
    new_id: &dyn Fn() -> EventId,
) -> Reading {
    let sender = Sender {
        site,
        dialect: Dialect::NativeServer,
        origin: Origin::Import,
        trust: Trust::Verified,
        backdate_days: None,
        skew_us: 0,
        received_at,
        new_id,
    };
    read_events_of(&sender, events.iter().map(String::as_str))
}

/// Reads a request to `/v1/pixel.gif`. What is quarantined is answered with the GIF, too: it is kept.
///
/// # Errors
/// The answer of a refused request; nothing of it is stored.
pub fn read_pixel(request: &Request) -> Result<Reading, Answer> {
    let pixel = pixel::read(request).map_err(Reject::answer)?;
    let site = request.book.site_named(&pixel.site).ok_or_else(|| Reject::SiteUnknown.answer())?;
    let sender = Sender {
        site,
        dialect: Dialect::NativePixel,
        origin: Origin::Pixel,
        trust: Trust::Unverified,
        backdate_days: Some(site.settings.backdate_browser_days),
        skew_us: 0,
        received_at: request.received_at,
        new_id: request.new_id,
    };
    let (outcome, _) = read_one(&sender, &pixel.event);
    let mut headers = vec![("Content-Type", "image/gif".to_owned())];
    if let Outcome::Quarantined(quarantined) = &outcome {
        headers.push(("X-Reject-Reason", quarantined.reason.clone()));
    }
    let answer = Answer { status: 200, headers, body: pixel::GIF.to_vec() };
    Ok(Reading { outcomes: vec![outcome], answer, claimed_ips: Vec::new() })
}

/// Reads `events` one by one and makes the answer that lists what was not understood.
fn read_events_of<'e>(sender: &Sender<'_>, events: impl ExactSizeIterator<Item = &'e str>) -> Reading {
    let mut outcomes = Vec::with_capacity(events.len());
    let mut claimed_ips = Vec::new();
    let mut quarantined = Vec::new();
    for (i, event) in events.enumerate() {
        let (outcome, claimed_ip) = read_one(sender, event);
        claimed_ips.extend(claimed_ip.map(|ip| (i, ip)));
        if let Outcome::Quarantined(q) = &outcome {
            quarantined.push(serde_json::json!({"i": i, "reason": q.reason, "hint": q.hint}));
        }
        outcomes.push(outcome);
    }
    let accepted = outcomes.len() - quarantined.len();
    let body = if quarantined.is_empty() {
        format!("{{\"accepted\":{accepted},\"quarantined\":[]}}")
    } else {
        serde_json::json!({"accepted": accepted, "quarantined": quarantined}).to_string()
    };
    let headers = vec![("Content-Type", "application/json".to_owned())];
    Reading { outcomes, answer: Answer { status: 200, headers, body: body.into_bytes() }, claimed_ips }
}

/// Reads one event. The second value is the visitor's address, where a server states it.
pub(super) fn read_one(sender: &Sender<'_>, event: &str) -> (Outcome, Option<std::net::IpAddr>) {
    match event::read(sender, event) {
        Ok((hit, claimed_ip)) => (Outcome::Hit(Box::new(hit)), claimed_ip),
        Err(fault) => (Outcome::Quarantined(quarantine(sender, event, fault)), None),
    }
}

fn quarantine(sender: &Sender<'_>, event: &str, fault: Fault) -> Quarantined {
    quarantined(sender, event, fault.reason, fault.hint.into_owned())
}

/// Returns the JSON value that `text` is, its numbers with the digits they were written with; `None` if it is no JSON.
pub(super) fn exact(text: &str) -> Option<serde_json::Value> {
    exact::read(text)
}

/// Returns `payload`, cut to its limit, as kept for `reason`.
pub(super) fn quarantined(sender: &Sender<'_>, payload: &str, reason: &str, hint: String) -> Quarantined {
    Quarantined {
        site: sender.site.id,
        received_at: sender.received_at,
        dialect: sender.dialect,
        reason: reason.to_owned(),
        hint,
        payload: payload[..payload.floor_char_boundary(EVENT_BYTES_MAX)].to_owned(),
    }
}

#[cfg(test)]
mod tests;
