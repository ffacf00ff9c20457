//! The rules of a visit: what opens one, what extends it, what only belongs to it.
//!
//! Everything here looks at one visit and one event, so that events in order and visits drawn again after a late hit
//! (`redraw.rs`) go by the same few functions. RULES.md, Visits and visitors.

use crate::source::{is_campaign, is_same};
use commerce::SiteSettings;
use commerce::Timestamp;
use commerce::hit::{Origin, flags, names};
use commerce::rows::{TrafficSource, VisitRow};

/// What an event can do to a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    /// Opens and extends visits.
    Opens,
    /// Belongs to a visit and does not extend it: a server's or platform's event.
    Attaches,
    /// Says that somebody is still there, and nothing else.
    Ping,
}

/// Returns what an event can do to a visit.
pub(crate) fn weight_of(settings: &SiteSettings, name: &str, origin: Origin) -> Weight {
    if name == names::PING {
        return Weight::Ping;
    }
    if name == names::EMAIL_OPEN {
        // A mail is read elsewhere, often through a proxy that many readers share.
        return Weight::Attaches;
    }
    match origin {
        Origin::Pixel | Origin::Browser | Origin::App => Weight::Opens,
        // A page view is a page view, whoever relays it.
        _ if name == names::PAGE_VIEW => Weight::Opens,
        Origin::Server if settings.server_hits_open_visits => Weight::Opens,
        Origin::Server | Origin::Platform | Origin::Import => Weight::Attaches,
    }
}

/// Returns what a stored event could do to a visit when it came.
pub(crate) fn weight_of_stored(name: &str, marks: u32) -> Weight {
    match name {
        names::PING => Weight::Ping,
        _ if marks & flags::ATTACHED != 0 => Weight::Attaches,
        _ => Weight::Opens,
    }
}

/// What a visit needs to know of an event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step<'a> {
    /// When it happened.
    pub(crate) at: Timestamp,
    /// What it can do.
    pub(crate) weight: Weight,
    /// Its name.
    pub(crate) name: &'a str,
    /// Its marks.
    pub(crate) flags: u32,
    /// Host of its page.
    pub(crate) host: Option<&'a str>,
    /// Its page.
    pub(crate) page: Option<&'a str>,
    /// The source it brought.
    pub(crate) brought: Option<&'a TrafficSource>,
}

/// Says whether `step`, an event that opens visits, starts a new one after `visit`.
pub(crate) fn starts_new(settings: &SiteSettings, visit: &VisitRow, step: &Step) -> bool {
    let gap = step.at.micros_since(visit.last_at) >= settings.visit_timeout_s.saturating_mul(1_000_000);
    let cap = settings.visit_cap_s.saturating_mul(1_000_000);
    let capped = cap > 0 && step.at.micros_since(visit.started_at) >= cap;
    gap || capped
        || step.flags & flags::NEW_VISIT != 0
        || step.brought.is_some_and(|brought| splits_by_source(settings, &visit.source, brought))
        || (settings.split_at_midnight && settings.timezone.day_of(visit.last_at) != settings.timezone.day_of(step.at))
}

fn splits_by_source(settings: &SiteSettings, visit: &TrafficSource, brought: &TrafficSource) -> bool {
    let campaign = || is_campaign(brought) && !visit.is_direct() && !is_same(visit, brought);
    // Only a website splits; a search engine or a network in mid-visit does not.
    let website =
        || brought.medium == "referral" && !is_campaign(brought) && brought.referrer_host != visit.referrer_host;
    (settings.split_on_campaign && campaign()) || (settings.split_on_referrer && website())
}

/// Says whether `visit` still stands at `at`: not before its start, and less than the time-out after its end.
pub(crate) fn holds(settings: &SiteSettings, visit: &VisitRow, at: Timestamp) -> bool {
    at >= visit.started_at && at.micros_since(visit.last_at) < settings.visit_timeout_s.saturating_mul(1_000_000)
}

/// Counts `step` into `visit`. Events come in the order of their time; a visit without events begins with it. What a
/// server tells belongs to the visit and says nothing of the traffic, whenever it comes.
pub(crate) fn count(visit: &mut VisitRow, step: &Step) {
    match step.weight {
        Weight::Opens => {}
        Weight::Attaches => return,
        Weight::Ping => {
            visit.seen_until = visit.seen_until.max(step.at);
            return;
        }
    }
    visit.events += 1;
    match step.name {
        names::PAGE_VIEW => visit.page_views += 1,
        names::SCROLL | names::VISIT_START => {}
        names::SEARCH => {
            visit.searches += 1;
            visit.interactions += 1;
        }
        _ => visit.interactions += 1,
    }
    visit.last_at = visit.last_at.max(step.at);
    visit.seen_until = visit.seen_until.max(step.at);
    if let Some(page) = step.page {
        if visit.landing_page.is_none() {
            visit.landing_page = Some(page.to_owned());
            visit.host = step.host.map(str::to_owned);
        }
        if visit.exit_page.as_deref() != Some(page) {
            visit.exit_page = Some(page.to_owned());
        }
    }
    if let Some(brought) = step.brought.filter(|_| visit.source.is_direct()) {
        visit.source = brought.clone();
    }
}

/// Makes `visit` one that begins at `at` and has no event yet.
pub(crate) fn clear(visit: &mut VisitRow, at: Timestamp) {
    (visit.started_at, visit.last_at, visit.seen_until) = (at, at, at);
    (visit.page_views, visit.events, visit.interactions, visit.searches) = (0, 0, 0, 0);
    (visit.host, visit.landing_page, visit.exit_page) = (None, None, None);
    visit.source = TrafficSource::direct();
}
