//! Mixpanel's HTTP API: events, profiles and imports of its libraries, told as native events.
//!
//! Reading order: [`body`] finds the items in a request, [`rights`] says whose they are and who sends them, [`event`]
//! turns an event into a native one with the words of [`vocabulary`], [`people`] does so for profiles, and [`reply`]
//! answers in the forms that the libraries check to the letter. The page for shops is docs/mixpanel.md.

mod body;
mod event;
mod people;
mod reply;
mod rights;
mod vocabulary;

use super::foreign::{self, Gathered};
use super::{Answer, Reading, Request};
use crate::answer;
use crate::reject::Reject;
use commerce::hit::Dialect;
use commerce::record::DropReason;
use reply::{Failure, Reply};
use rights::Rights;
use serde_json::Value;

/// What a path takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Endpoint {
    /// Events.
    Track,
    /// Profiles of people.
    Engage,
    /// Profiles of groups.
    Groups,
    /// Events of any age, with a secret.
    Import,
}

impl Endpoint {
    fn of(path: &str) -> Option<Self> {
        match path.strip_suffix('/').unwrap_or(path) {
            "/track" => Some(Self::Track),
            "/engage" => Some(Self::Engage),
            "/groups" => Some(Self::Groups),
            "/import" => Some(Self::Import),
            _ => None,
        }
    }
}

/// Says whether `path` is one of the dialect's.
pub(crate) fn owns(path: &str) -> bool {
    Endpoint::of(path).is_some()
}

/// Reads a request of the dialect, whatever its method.
///
/// # Errors
/// The answer of a refused request; nothing of it is stored.
pub fn read(request: &Request) -> Result<Reading, Answer> {
    let endpoint = Endpoint::of(request.path).ok_or_else(|| Reject::PathUnknown.answer())?;
    if request.method == "OPTIONS" {
        let allowed = "Content-Type, Content-Encoding, Authorization";
        let answer = answer::preflight_with(request.book, request.headers, "GET, POST, OPTIONS", allowed);
        return Ok(Gathered::default().answered(answer));
    }
    let fields = body::fields(request);
    let reply = Reply::new(request, endpoint, &fields);
    if !matches!(request.method, "GET" | "POST") {
        return Err(reply.refused(Reject::MethodNotAllowed("GET, POST, OPTIONS")));
    }
    let items = body::items(request, &fields).map_err(|reject| reply.refused(reject))?;
    let rights = Rights::of(request, endpoint, &fields).map_err(|reject| reply.refused(reject))?;
    let mut gathered = Gathered::default();
    let (mut told, mut refusal) = (None, None);
    let mut failures = Vec::new();
    for (index, item) in items.iter().enumerate() {
        // What is no object names no site; it is kept where the rest of the batch belongs.
        let site = match told.filter(|_| !item.is_object()) {
            Some(site) => Ok(site),
            None => rights.site_of(item),
        };
        match site {
            Ok(site) => {
                told = told.or(Some(site));
                let (origin, trust) = rights.sender_of(item);
                let sender = foreign::sender(request, site, Dialect::Mixpanel, origin, trust);
                if let Err((reason, hint)) = tell(endpoint, &sender, item, &mut gathered) {
                    failures.push(Failure::new(index, item, &reason, &hint));
                }
            }
            Err(reject) => {
                failures.push(Failure::new(index, item, reject.code(), "the token is not known"));
                refusal = refusal.or(Some(reject));
            }
        }
    }
    match (told, refusal) {
        (Some(site), refusal) => Ok(gathered.answered(reply.accepted(site, items.len(), &failures, refusal))),
        (None, refusal) => Err(reply.refused(refusal.unwrap_or(Reject::EventsMissing))),
    }
}

/// Tells one item; the reason and the hint if it is quarantined.
fn tell(
    endpoint: Endpoint,
    sender: &super::native::Sender<'_>,
    item: &Value,
    gathered: &mut Gathered,
) -> Result<(), (String, String)> {
    let told = match endpoint {
        Endpoint::Track | Endpoint::Import => event::tell(item, sender.origin).map(Some),
        Endpoint::Engage => people::tell(item),
        Endpoint::Groups => Ok(None),
    };
    match told {
        Ok(Some(event)) => gathered.add(sender, &event),
        Ok(None) => {
            gathered.exclude(sender, DropReason::Nothing);
            Ok(())
        }
        Err((reason, hint)) => {
            gathered.quarantine(sender, &item.to_string(), reason, hint);
            Err((reason.to_owned(), hint.to_owned()))
        }
    }
}

#[cfg(test)]
mod tests;
