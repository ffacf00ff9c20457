//! The visitor's id in a first-party cookie that the server sets: browsers cut down or empty what scripts keep, and a
//! script that was smuggled into a page cannot read it.
//!
//! Only for pages of the site's own whose host has the same owner as the host that they send to, and only once the
//! page itself has named an id: this side makes none up, so that who wants no cookie sends none and gets none. What is
//! answered follows from the request alone.

use super::batch::Batch;
use crate::answer;
use crate::book::{BookSite, is_same_site};
use crate::client::Reached;
use crate::person::{self, Objection};
use crate::protocol::{Outcome, Reading};
use commerce::hit::{Consent, Hit, names};
use commerce::ids::is_placeholder;
use commerce::site::host_of;
use http::HeaderMap;
use http::header::COOKIE;

/// How long the id is kept after the latest event, in seconds: 390 days. Browsers keep no cookie longer than 400.
const KEPT_S: u32 = 390 * 86_400;
/// Longest id that is kept, in bytes.
const ID_BYTES_MAX: usize = 64;

/// Gives events that name no visitor the id that the cookie holds, else the one that the page states beside them; sets
/// the cookie and says so in the answer where that is allowed, and takes it back where it no longer is.
pub(super) fn settle(
    site: &BookSite,
    headers: &HeaderMap,
    reached: &Reached<'_>,
    batch: &Batch<'_>,
    reading: &mut Reading,
) {
    let stated = batch.visitor_id().map(|id| id.trim().to_owned()).filter(|id| may_be_kept(id));
    let ours = host_of(reached.host);
    let page = answer::own_origin(site, headers).filter(|origin| is_same_site(&host_of(origin), &ours));
    let Some(page) = page else { return name_visitor(reading, stated.as_deref()) };

    let name = format!("_tly_{}", site.id.0);
    let brought = cookie(headers, &name);
    let refused = !site.settings.tracker_cookies || person::objection(&site.settings, headers) != Objection::None;
    let denials = hits(reading).filter_map(|hit| hit.facts.consent).map(|consent| consent == Consent::None);
    let (some_deny, all_deny) = denials.fold((false, true), |(some, all), denies| (some || denies, all && denies));
    let held = brought.filter(|id| !refused && !some_deny && !batch.forgets() && may_be_kept(id));
    name_visitor(reading, held.or(stated.as_deref()));

    let named = stated.or_else(|| hits(reading).filter_map(|hit| hit.person.visitor_id.clone()).last());
    let id = held.map(str::to_owned).or(named).filter(|id| !refused && !some_deny && may_be_kept(id));
    // A page's last word may be answered after the next page has refused: it must not bring the cookie back, so only a
    // page that is seen prolongs one that is there.
    let prolongs = hits(reading).any(|hit| hit.facts.name == names::PAGE_VIEW);
    let secure = if reached.https || page.starts_with("https://") { "; Secure" } else { "" };
    let mut set = |value: &str, seconds: u32| {
        let cookie = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
        reading.answer.headers.push(("Set-Cookie", cookie));
    };
    if let Some(id) = id {
        if prolongs || held != Some(id.as_str()) {
            set(&id, KEPT_S);
        }
        say(reading, &id, held.is_some());
    } else if brought.is_some() && (refused || batch.forgets() || (some_deny && all_deny)) {
        set("", 0);
    }
}

fn hits(reading: &Reading) -> impl Iterator<Item = &Hit> {
    reading.outcomes.iter().filter_map(|outcome| match outcome {
        Outcome::Hit(hit) => Some(&**hit),
        _ => None,
    })
}

fn name_visitor(reading: &mut Reading, id: Option<&str>) {
    let Some(id) = id else { return };
    for outcome in &mut reading.outcomes {
        if let Outcome::Hit(hit) = outcome {
            hit.person.visitor_id.get_or_insert_with(|| id.to_owned());
        }
    }
}

/// Tells the page the id, and whether its browser has brought the cookie back.
fn say(reading: &mut Reading, id: &str, kept: bool) {
    let body = &mut reading.answer.body;
    if body.pop() == Some(b'}') {
        body.extend_from_slice(format!(",\"visitor_id\":\"{id}\",\"kept\":{kept}}}").as_bytes());
    }
}

/// Returns the value of the request's cookie `name`, `None` if there is none. Of several the first counts.
fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(';')).find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

/// Says whether `id` can stand in a cookie and in JSON as it is, and says something.
fn may_be_kept(id: &str) -> bool {
    let plain = id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    plain && (1..=ID_BYTES_MAX).contains(&id.len()) && !is_placeholder(id)
}
