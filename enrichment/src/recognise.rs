//! Whose hit it is: by the visitor id it brings, else by its user id, else by its fingerprint.
//!
//! Placeholders are refused as ids, or strangers would be one. Matomo's clients are looked up as Matomo does
//! (protocol page, section 7): an id that was never seen takes over a fresh visit of the same fingerprint.

use crate::sessionise::{Step, Weight, holds, starts_new};
use crate::work::Work;
use commerce::hit::{Dialect, Origin, flags, names};
use commerce::ids::is_placeholder;
use commerce::rows::VisitRow;
use commerce::{CustomerKey, Hit, Person, SiteId, SiteSettings, Timestamp, VisitKey, VisitorKey};

/// How far a fingerprint's last activity may lie before or after a hit, as Matomo has it.
const FINGERPRINT_WINDOW_S: i64 = 1800;

/// Returns the visitor that the hit names by itself: by id, user id or fingerprint.
pub(crate) fn visitor_named(hit: &Hit) -> Option<VisitorKey> {
    let (site, person) = (hit.facts.site, &hit.person);
    if let Some(visitor) = visitor_by_id(hit) {
        return Some(visitor);
    }
    if may_mint(hit) {
        if let Some(user) = id(person.user_id.as_deref()) {
            return Some(VisitorKey::of_visitor_id(site, &format!("user:{user}")));
        }
        return person.fingerprint.map(|f| VisitorKey::of_fingerprint(site, f));
    }
    None
}

/// Returns the customer that a person is: by user id, else by hashed e-mail.
pub(crate) fn customer_of(site: SiteId, person: &Person) -> Option<CustomerKey> {
    user_of(site, person)
        .or_else(|| id(person.email_hash.as_deref()).map(|hash| CustomerKey::of_email_hash(site, hash)))
}

/// Returns the customer that a person is by user id.
pub(crate) fn user_of(site: SiteId, person: &Person) -> Option<CustomerKey> {
    id(person.user_id.as_deref()).map(|user| CustomerKey::of_user_id(site, user))
}

/// Returns the visitor of a hit that opens visits or pings. Takes over a visit where Matomo's rules say so.
pub(crate) fn recognise(
    work: &mut Work,
    settings: &SiteSettings,
    hit: &Hit,
    step: &Step,
    position: u64,
) -> Option<VisitorKey> {
    let named = visitor_named(hit);
    let forced = hit.facts.flags.unwrap_or(0) & flags::FORCED_VISITOR != 0;
    let (Dialect::Matomo, Some(fingerprint), false) = (hit.facts.dialect, hit.person.fingerprint, forced) else {
        return named;
    };
    let by_id = visitor_by_id(hit);
    let until = step.at.plus_seconds(FINGERPRINT_WINDOW_S);
    let is_known =
        |visitor| work.visitors.get(&visitor).is_some_and(|v| v.slots.iter().any(|s| s.row.last_at <= until));
    if by_id.is_some_and(is_known) {
        return by_id;
    }
    let user = user_of(hit.facts.site, &hit.person);
    let Some((visitor, visit)) = find_by_fingerprint(work, fingerprint, step.at, user) else { return named };
    let Some(named) = by_id.filter(|named| *named != visitor) else { return Some(visitor) };
    let continues = work.visit(Some(visitor), Some(visit)).is_some_and(|row| continues(settings, row, step));
    if continues {
        take_over(work, visitor, named, visit, position);
    }
    Some(named)
}

/// Returns the visitor of a hit that opens no visit, a server's, by the id that it brings.
pub(crate) fn recognise_attached(hit: &Hit) -> Option<VisitorKey> {
    visitor_by_id(hit)
}

fn visitor_by_id(hit: &Hit) -> Option<VisitorKey> {
    id(hit.person.visitor_id.as_deref()).map(|text| VisitorKey::of_visitor_id(hit.facts.site, text))
}

/// A server that names nobody mints no visitor, unless it relays page views (RULES.md, Visits and visitors) or
/// speaks Matomo's dialect, whose every request is a visitor's; the site's settings decide later what it may open.
fn may_mint(hit: &Hit) -> bool {
    let facts = &hit.facts;
    let person = matches!(facts.origin, Origin::Pixel | Origin::Browser | Origin::App);
    person || facts.name == names::PAGE_VIEW || (facts.dialect == Dialect::Matomo && facts.origin == Origin::Server)
}

fn id(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|t| !is_placeholder(t))
}

/// Returns the visit of `fingerprint` that was last active around `at`, other users' left out.
fn find_by_fingerprint(
    work: &Work,
    fingerprint: u64,
    at: Timestamp,
    user: Option<CustomerKey>,
) -> Option<(VisitorKey, VisitKey)> {
    let (from, until) = (at.plus_seconds(-FINGERPRINT_WINDOW_S), at.plus_seconds(FINGERPRINT_WINDOW_S));
    let is_theirs = |row: &VisitRow| user.is_none() || row.customer.is_none() || row.customer == user;
    let fits = |row: &&VisitRow| {
        row.fingerprint == Some(fingerprint) && row.last_at >= from && row.last_at <= until && is_theirs(row)
    };
    let visitors = work.by_fingerprint.get(&fingerprint)?.iter().filter_map(|visitor| work.visitors.get(visitor));
    let rows = visitors.flat_map(|v| &v.slots).map(|slot| &slot.row).filter(fits);
    let latest = rows.max_by_key(|row| (row.last_at, row.position, row.visit))?;
    Some((latest.visitor, latest.visit))
}

/// Says whether the hit goes on with `visit`; of a ping, whether it will be counted at all.
fn continues(settings: &SiteSettings, visit: &VisitRow, step: &Step) -> bool {
    match step.weight {
        Weight::Ping => holds(settings, visit, step.at),
        _ => step.at < visit.last_at || !starts_new(settings, visit, step),
    }
}

/// Gives a visit to the visitor whose id its latest hit brought.
fn take_over(work: &mut Work, from: VisitorKey, to: VisitorKey, visit: VisitKey, position: u64) {
    let Some((mut slot, loaded, fresh)) = work.visitors.get_mut(&from).and_then(|v| v.take_visit(visit)) else {
        return;
    };
    slot.row.visitor = to;
    slot.row.position = position;
    slot.changed = true;
    if let Some(fingerprint) = slot.row.fingerprint {
        work.note_fingerprint(fingerprint, to);
    }
    work.visitors.entry(to).or_default().put_visit(slot, loaded, fresh);
}
