//! GA4: the Measurement Protocol for servers and apps, and what gtag.js sends from pages.
//!
//! This file knows the paths, whose measurement id a request carries, what its secret proves, and the answers;
//! `measurement` reads the Measurement Protocol, `gtag` the page's query and its items, and `event` turns what both
//! name alike into a native event. GA4 answers 204 to everything, so a refusal does, too, and says why in a header; only
//! `/debug/mp/collect` says more, and keeps nothing. A secret is compared and forgotten: it stands in nothing that is kept.

mod event;
mod gtag;
mod measurement;

use super::foreign::Gathered;
use super::{Answer, Reading, Request};
use crate::answer;
use crate::book::BookSite;
use commerce::hit::{Dialect, Trust};
use serde_json::json;
use subtle::ConstantTimeEq;

/// Headers that a page may send beside the plain ones.
const HEADERS: &str = "Content-Type, Content-Encoding";

/// What a path takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Endpoint {
    /// `/mp/collect`.
    Measurement,
    /// `/debug/mp/collect`: what would be wrong, and nothing kept.
    Debug,
    /// `/g/collect`.
    Gtag,
}

/// Says whether `path` is one of the dialect's.
pub(crate) fn owns(path: &str) -> bool {
    endpoint(path).is_some()
}

fn endpoint(path: &str) -> Option<Endpoint> {
    match path {
        "/mp/collect" => Some(Endpoint::Measurement),
        "/debug/mp/collect" => Some(Endpoint::Debug),
        "/g/collect" => Some(Endpoint::Gtag),
        _ => None,
    }
}

/// Why a request is refused. Nothing of it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    MethodNotAllowed(&'static str),
    IdMissing,
    IdUnknown,
    SecretMissing,
    SecretWrong,
    OriginNotAllowed,
    BodyMalformed,
    EventsMissing,
    EventsTooMany,
    SharedTooLarge,
}

impl Refusal {
    /// Returns the stable code, the field that is wrong in GA4's words, its code there, and the remedy.
    fn explain(self) -> (&'static str, &'static str, &'static str, &'static str) {
        let (invalid, required, exceeded) = ("VALUE_INVALID", "VALUE_REQUIRED", "EXCEEDED_MAX_ENTITIES");
        match self {
            Self::MethodNotAllowed(_) => ("method.not_allowed", "", invalid, "See the Allow header."),
            Self::IdMissing => ("id.missing", "measurement_id", required, "Send measurement_id or firebase_app_id."),
            Self::IdUnknown => (
                "id.unknown",
                "measurement_id",
                invalid,
                "No site has this id: list ga4:G-XXXX in the setting dialects of the site.",
            ),
            Self::SecretMissing => ("secret.missing", "api_secret", required, "Send one of the site's secrets."),
            Self::SecretWrong => ("secret.wrong", "api_secret", invalid, "It is none of the site's secrets."),
            Self::OriginNotAllowed => {
                ("origin.not_allowed", "", invalid, "Add the page's origin to the site's setting origins.")
            }
            Self::BodyMalformed => ("body.malformed", "", invalid, "The body must be a JSON object."),
            Self::EventsMissing => ("events.missing", "events", required, "Send events as an array of objects."),
            Self::EventsTooMany => ("events.too_many", "events", exceeded, "More than 500 events in one request."),
            Self::SharedTooLarge => {
                ("request.too_large", "user_properties", exceeded, "Keep what stands beside the events below 8 KiB.")
            }
        }
    }

    fn answer(self) -> Answer {
        let (code, ..) = self.explain();
        let mut headers = vec![("X-Reject-Reason", code.to_owned())];
        if let Self::MethodNotAllowed(allow) = self {
            headers.push(("Allow", allow.to_owned()));
            return Answer { status: 405, headers, body: Vec::new() };
        }
        Answer { status: 204, headers, body: Vec::new() }
    }
}

/// Reads a request of the dialect, whatever its method.
///
/// # Errors
/// The answer of a refused request; nothing of it is stored.
pub fn read(request: &Request) -> Result<Reading, Answer> {
    let Some(endpoint) = endpoint(request.path) else { return Err(crate::reject::Reject::PathUnknown.answer()) };
    let mut site = None;
    let mut verdicts = Verdicts::default();
    let read = match (endpoint, request.method) {
        (_, "OPTIONS") => {
            let answer = answer::preflight_with(request.book, request.headers, "GET, POST, OPTIONS", HEADERS);
            return Ok(Gathered::default().answered(answer));
        }
        (Endpoint::Gtag, "GET" | "HEAD" | "POST") => gtag::read(request, &mut site, &mut verdicts),
        (Endpoint::Gtag, _) => Err(Refusal::MethodNotAllowed("GET, POST, OPTIONS")),
        (_, "POST") => measurement::read(request, &mut site, &mut verdicts),
        (_, _) => Err(Refusal::MethodNotAllowed("POST, OPTIONS")),
    };
    let cors = answer::cors(request.headers, site);
    match (endpoint, read) {
        (_, Err(refusal @ Refusal::MethodNotAllowed(_))) => Err(with(refusal.answer(), cors)),
        (Endpoint::Debug, read) => Ok(Gathered::default().answered(with(validation(read.err(), &verdicts), cors))),
        (_, Err(refusal)) => Err(with(refusal.answer(), cors)),
        (_, Ok(gathered)) => {
            let reason = verdicts.events.into_iter().next().map(|(_, reason, _)| ("X-Reject-Reason", reason));
            let answer = Answer { status: 204, headers: reason.into_iter().collect(), body: Vec::new() };
            Ok(gathered.answered(with(answer, cors)))
        }
    }
}

fn with(mut answer: Answer, headers: Vec<(&'static str, String)>) -> Answer {
    answer.headers.extend(headers);
    answer
}

/// What was wrong with a request that was taken.
#[derive(Debug, Default)]
struct Verdicts {
    /// Events kept aside: number, reason and hint.
    events: Vec<(usize, String, String)>,
    /// What a client that asks is told beside that: field and remedy.
    advice: Vec<(&'static str, &'static str)>,
}

impl Verdicts {
    fn add(&mut self, index: usize, verdict: Result<(), (String, String)>) {
        if let Err((reason, hint)) = verdict {
            self.events.push((index, reason, hint));
        }
    }
}

/// Answers `/debug/mp/collect`: an empty list where everything would be kept as it was meant.
fn validation(refusal: Option<Refusal>, verdicts: &Verdicts) -> Answer {
    let refused = refusal.map(|refusal| {
        let (_, field, code, remedy) = refusal.explain();
        json!({"fieldPath": field, "description": remedy, "validationCode": code})
    });
    let events = verdicts.events.iter().map(|(index, reason, hint)| {
        let code = if reason.ends_with("missing") { "VALUE_REQUIRED" } else { "VALUE_INVALID" };
        json!({"fieldPath": format!("events[{index}]"), "description": format!("{hint} ({reason})"), "validationCode": code})
    });
    let advice = verdicts
        .advice
        .iter()
        .map(|(field, remedy)| json!({"fieldPath": field, "description": remedy, "validationCode": "VALUE_REQUIRED"}));
    let messages: Vec<_> = refused.into_iter().chain(advice).chain(events).collect();
    let body = json!({"validationMessages": messages}).to_string().into_bytes();
    Answer { status: 200, headers: vec![("Content-Type", "application/json".to_owned())], body }
}

/// Returns the site whose measurement id or app id is `id`.
fn site_of<'a>(request: &Request<'a>, id: Option<&str>) -> Result<&'a BookSite, Refusal> {
    let id = id.map(str::trim).filter(|id| !id.is_empty()).ok_or(Refusal::IdMissing)?;
    request.book.site_of_dialect(Dialect::Ga4, id).ok_or(Refusal::IdUnknown)
}

/// Returns what `secret` proves: a site that has secrets takes nothing without one of them, one that has none
/// believes nobody.
fn trust_of(site: &BookSite, secret: Option<&str>) -> Result<Trust, Refusal> {
    let mut secrets = site.dialect_secrets.iter().filter(|(dialect, _)| *dialect == Dialect::Ga4).peekable();
    if secrets.peek().is_none() {
        return Ok(Trust::Unverified);
    }
    let given = secret.filter(|secret| !secret.is_empty()).ok_or(Refusal::SecretMissing)?;
    // Every secret is compared, so that the time taken does not tell which one was close.
    let matches = secrets.fold(0_u8, |found, (_, known)| found | known.as_bytes().ct_eq(given.as_bytes()).unwrap_u8());
    if matches == 1 { Ok(Trust::Verified) } else { Err(Refusal::SecretWrong) }
}

#[cfg(test)]
mod tests;
