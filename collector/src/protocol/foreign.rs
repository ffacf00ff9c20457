//! What the dialects of foreign clients have in common.
//!
//! A foreign dialect is a translation: it turns what its client says into native events (docs/events.md) and hands them to
//! the native reader, so that money, times, ids and limits are judged in one place, whoever speaks. What is left to the
//! dialect is whose key it is, what the client's words mean, and the answer that the client expects.

pub(super) mod campaign;
pub(super) mod figures;
pub(super) mod json;
pub(super) mod payload;

use super::native::{self, Sender};
use super::{Answer, Outcome, Reading, Request};
use crate::book::BookSite;
use commerce::hit::{Dialect, Origin, Trust};
use commerce::record::DropReason;
use serde_json::Value;
use std::net::IpAddr;

/// Returns a sender of `dialect` for `site`, whose clock is taken as right.
pub(super) fn sender<'a>(
    request: &Request<'a>,
    site: &'a BookSite,
    dialect: Dialect,
    origin: Origin,
    trust: Trust,
) -> Sender<'a> {
    let from_device = matches!(origin, Origin::Browser | Origin::App | Origin::Pixel);
    let settings = &site.settings;
    let days = if from_device { settings.backdate_browser_days } else { settings.backdate_server_days };
    let backdate_days = (origin != Origin::Import).then_some(days);
    let (received_at, new_id) = (request.received_at, request.new_id);
    Sender { site, dialect, origin, trust, backdate_days, skew_us: 0, received_at, new_id }
}

/// Largest part of a request that is copied into each of its items, in bytes of its JSON text: a short request must not
/// become long by being many.
pub(super) const SHARED_BYTES_MAX: usize = 8 << 10;

/// What the items of a request turned out to be, in the making.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    outcomes: Vec<Outcome>,
    claimed_ips: Vec<(usize, IpAddr)>,
}

impl Gathered {
    /// Adds the native event that an item says; returns the reason and the hint if it is quarantined.
    pub(super) fn add(&mut self, sender: &Sender<'_>, event: &Value) -> Result<(), (String, String)> {
        let (outcome, claimed_ip) = native::read_one(sender, &event.to_string());
        self.claimed_ips.extend(claimed_ip.map(|ip| (self.outcomes.len(), ip)));
        let verdict = match &outcome {
            Outcome::Quarantined(quarantined) => Err((quarantined.reason.clone(), quarantined.hint.clone())),
            _ => Ok(()),
        };
        self.outcomes.push(outcome);
        verdict
    }

    /// Adds an item that could not be understood, to be kept with its reason.
    pub(super) fn quarantine(&mut self, sender: &Sender<'_>, payload: &str, reason: &str, hint: &str) {
        let quarantined = native::quarantined(sender, payload, reason, hint.to_owned());
        self.outcomes.push(Outcome::Quarantined(quarantined));
    }

    /// Adds an item that is valid and not counted.
    pub(super) fn exclude(&mut self, sender: &Sender<'_>, reason: DropReason) {
        self.outcomes.push(Outcome::Excluded { site: sender.site.id, reason });
    }

    /// Returns the reading with the client's answer.
    pub(super) fn answered(self, answer: Answer) -> Reading {
        Reading { outcomes: self.outcomes, answer, claimed_ips: self.claimed_ips }
    }
}

/// Says whether a path is a dialect's.
type Owns = fn(&str) -> bool;

/// Returns the foreign dialect that `path` belongs to, `None` if it is none's. `/i` is Countly's and Snowplow's: what the
/// request says decides ([`read`]).
pub(crate) fn dialect_of(path: &str) -> Option<Dialect> {
    use super::{ahoy, countly, emarsys, ga4, heap, mixpanel, segment, snowplow, webhooks};
    let owners: [(Owns, Dialect); 8] = [
        (ahoy::owns, Dialect::Ahoy),
        (heap::owns, Dialect::Heap),
        (emarsys::owns, Dialect::Emarsys),
        (segment::owns, Dialect::Segment),
        (ga4::owns, Dialect::Ga4),
        (mixpanel::owns, Dialect::Mixpanel),
        (snowplow::owns, Dialect::Snowplow),
        (countly::owns, Dialect::Countly),
    ];
    let owner = owners.into_iter().find(|(owns, _)| owns(path)).map(|(_, dialect)| dialect);
    owner.or_else(|| webhooks::dialect_of(path))
}

/// Reads a request of a foreign `dialect`.
///
/// # Errors
/// The answer of a refused request; nothing of it is stored.
pub(crate) fn read(dialect: Dialect, request: &Request) -> Result<Reading, Answer> {
    use super::{ahoy, countly, emarsys, ga4, heap, mixpanel, segment, snowplow, webhooks};
    match dialect {
        Dialect::Ahoy => ahoy::read(request),
        Dialect::Heap => heap::read(request),
        Dialect::Emarsys => emarsys::read(request),
        Dialect::Segment => segment::read(request),
        Dialect::Ga4 => ga4::read(request),
        Dialect::Mixpanel => mixpanel::read(request),
        Dialect::Snowplow | Dialect::Countly if countly::is_meant(request) => countly::read(request),
        Dialect::Snowplow | Dialect::Countly => snowplow::read(request),
        _ => webhooks::read(dialect, request),
    }
}

#[cfg(test)]
pub(super) mod tests;
