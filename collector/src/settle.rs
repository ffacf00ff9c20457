//! Settles what a dialect read: what the site excludes, where it happened, what of a person is kept, what is scrubbed.
//!
//! The same for every dialect, after reading and before the journal. It takes from the address all it will ever give
//! (place, cookieless id) and then masks it. It never looks at stored state.

mod texts;

use crate::book::{BookSite, SiteBook};
use crate::client;
use crate::counters::Tally;
use crate::limits::EVENT_BYTES_MAX;
use crate::person::{self, Objection};
use crate::place::{self, PlaceFinder};
use crate::protocol::{Outcome, Reading, snowplow};
use crate::scrub;
use commerce::hit::{ClientHints, Dialect, Hit, Origin, flags, names};
use commerce::record::{DropReason, Excluded, Quarantined, Record};
use commerce::time::Timestamp;
use http::HeaderMap;
use std::cell::OnceCell;
use std::net::IpAddr;

/// What is known of the request that the items came with.
pub(crate) struct Context<'a> {
    pub(crate) book: &'a SiteBook,
    pub(crate) place: &'a PlaceFinder,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) client_ip: IpAddr,
    pub(crate) behind_proxy: bool,
    pub(crate) received_at: Timestamp,
    /// The token the request came with; it must not be found in anything that is kept.
    pub(crate) token: Option<&'a str>,
    /// The browser's client hints, read once for all items.
    pub(crate) client_hints: OnceCell<Option<ClientHints>>,
}

/// Returns the records that `reading` puts into the journal, in order.
pub(crate) fn settle(context: &Context<'_>, reading: &mut Reading) -> Vec<Record> {
    let outcomes = std::mem::take(&mut reading.outcomes);
    let mut claims = std::mem::take(&mut reading.claimed_ips);
    claims.sort_by_key(|(i, _)| *i);
    let settled = outcomes.into_iter().enumerate().map(|(i, outcome)| {
        let claimed = claims.binary_search_by_key(&i, |(index, _)| *index).ok().map(|at| claims[at].1);
        settle_one(context, outcome, claimed)
    });
    settled.collect()
}

/// Returns the payloads of `records`, in order, and what they add to the counters.
pub(crate) fn encode(records: &[Record]) -> (Vec<Vec<u8>>, Tally) {
    let mut payloads = Vec::with_capacity(records.len());
    let mut tally = Tally::default();
    for record in records {
        match record {
            Record::Quarantined(quarantined) => tally.quarantined.push(quarantined.reason.clone()),
            Record::Excluded(excluded) => tally.excluded.push(excluded.reason),
            Record::Hit(hit) => {
                tally.hits += 1;
                tally.scrubbed += u64::from(hit.facts.flags.unwrap_or(0) & flags::SCRUBBED != 0);
            }
            _ => {}
        }
        let mut payload = Vec::with_capacity(512);
        record.encode(&mut payload);
        tally.bytes += payload.len() as u64;
        payloads.push(payload);
    }
    (payloads, tally)
}

fn settle_one(context: &Context<'_>, outcome: Outcome, claimed: Option<IpAddr>) -> Record {
    let received_at = context.received_at;
    match outcome {
        Outcome::Hit(mut hit) => {
            let Some(site) = context.book.site(hit.facts.site) else {
                // A dialect only names sites of the book, so this hit is merely kept as it is.
                return Record::Hit(hit);
            };
            match settle_hit(context, site, &mut hit, claimed) {
                Some(reason) => Record::Excluded(Excluded { site: site.id, received_at, reason }),
                None => Record::Hit(hit),
            }
        }
        Outcome::Quarantined(mut quarantined) => {
            settle_quarantined(context, &mut quarantined);
            Record::Quarantined(quarantined)
        }
        Outcome::Excluded { site, reason } => Record::Excluded(Excluded { site, received_at, reason }),
    }
}

/// Changes `hit` into what is kept of it; returns why it is not counted, if it is not.
fn settle_hit(context: &Context<'_>, site: &BookSite, hit: &mut Hit, claimed: Option<IpAddr>) -> Option<DropReason> {
    // What a shop's own server says about itself (address, browser, opt-outs) says nothing about the visitor.
    let from_visitor =
        hit.facts.dialect == Dialect::Matomo || (speaks_itself(hit) && hit.facts.dialect != Dialect::NativeServer);
    let address = claimed.or(from_visitor.then_some(context.client_ip));
    if address
        .is_some_and(|a| !site.settings.excluded_ips.is_empty() && client::is_listed(&site.settings.excluded_ips, a))
    {
        return Some(DropReason::ExcludedIp);
    }
    let address = address.filter(|_| !withholds_address(context, hit));
    let objection = if from_visitor { person::objection(&site.settings, context.headers) } else { Objection::None };
    if objection == Objection::Exclude {
        return Some(DropReason::OptedOut);
    }
    if from_visitor {
        fill_from_headers(context, hit);
    }
    person::drop_ids(hit, objection);
    person::settle_email(hit, site);
    texts::settle_texts(hit, site, context.token);
    if let Some(address) = address {
        let proxied =
            || (context.behind_proxy && claimed.is_none()).then(|| place::of_headers(context.headers)).flatten();
        if hit.facts.place.is_none() {
            hit.facts.place = context.place.of_address(address).or_else(proxied);
        }
        if mints_visitors(hit) {
            hit.person.fingerprint = Some(person::fingerprint(context.book, site, hit, address));
        }
        let kept = if site.settings.ip_mask { client::masked(address) } else { address };
        hit.person.ip = Some(kept.to_string());
    }
    None
}

/// Says whether nothing of the address may be kept, not even what is made of it: Snowplow's pages can ask for that.
fn withholds_address(context: &Context<'_>, hit: &Hit) -> bool {
    hit.facts.dialect == Dialect::Snowplow && snowplow::is_anonymous(context.headers)
}

/// Says whether the visitor's own device sent the hit.
fn speaks_itself(hit: &Hit) -> bool {
    matches!(hit.facts.origin, Origin::Browser | Origin::App | Origin::Pixel)
}

/// Says whether a cookieless id may stand for the visitor: never for what a server reports, unless it is a page view
/// (RULES.md, Visits and visitors). Matomo's dialect decides that later, by its own rule.
fn mints_visitors(hit: &Hit) -> bool {
    speaks_itself(hit) || hit.facts.dialect == Dialect::Matomo || hit.facts.name == names::PAGE_VIEW
}

/// Fills in what the browser's own headers say where the dialect left it open.
fn fill_from_headers(context: &Context<'_>, hit: &mut Hit) {
    let text =
        |name: http::HeaderName| context.headers.get(name).map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned());
    if hit.person.user_agent.is_none() {
        hit.person.user_agent = text(http::header::USER_AGENT);
    }
    if hit.facts.language.is_none() {
        hit.facts.language = text(http::header::ACCEPT_LANGUAGE);
    }
    if hit.person.client_hints.is_none() {
        hit.person.client_hints.clone_from(context.client_hints.get_or_init(|| person::client_hints(context.headers)));
    }
}

/// Scrubs the payload of an item that was not understood, and cuts it to its limit.
fn settle_quarantined(context: &Context<'_>, quarantined: &mut Quarantined) {
    let keep_email = context.book.site(quarantined.site).is_some_and(|s| s.settings.contact == "clear");
    let payload = &mut quarantined.payload;
    let is_json = payload.trim_start().starts_with(['{', '[', '"']);
    let scrubbed = if is_json { scrub::json(payload, keep_email) } else { scrub::query(payload) };
    if let Some(scrubbed) = scrubbed {
        *payload = scrubbed;
    }
    if let Some(token) = context.token.filter(|token| payload.contains(token)) {
        *payload = payload.replace(token, scrub::SCRUBBED);
    }
    if payload.len() > EVENT_BYTES_MAX {
        payload.truncate(payload.floor_char_boundary(EVENT_BYTES_MAX));
    }
}
