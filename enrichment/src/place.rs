//! Which visit an event belongs to. In order it costs a look at the visitor's last visit; late ones go to
//! `redraw.rs`.

use crate::attach;
use crate::language::{country_of, tag_of};
use crate::recognise::{recognise, recognise_attached, user_of};
use crate::redraw::{Late, place_late};
use crate::rules::Agent;
use crate::sessionise::{Step, Weight, clear, count, holds, starts_new};
use crate::source::Brought;
use crate::touch::{self, TouchOf};
use crate::visit::{Fresh, Slot, VisitorWork};
use crate::work::Work;
use commerce::rows::{TrafficSource, VisitRow};
use commerce::{EventKey, Hit, SiteSettings, VisitKey, VisitorKey};

/// How long after an event the visits around it may still be drawn again, beside the visit's time-out.
const REDRAW_S: i64 = 86_400;

/// An event on its way to its visit.
pub(crate) struct Arrival<'a> {
    pub(crate) hit: &'a Hit,
    pub(crate) settings: &'a SiteSettings,
    pub(crate) position: u64,
    pub(crate) event: EventKey,
    pub(crate) step: Step<'a>,
    pub(crate) brought: Option<&'a Brought>,
    pub(crate) agent: Option<&'a Agent>,
    pub(crate) bot: Option<&'a str>,
}

/// Where an event was placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Placed {
    /// It is somebody's, in a visit or in none.
    At(Option<VisitorKey>, Option<VisitKey>),
    /// It is a ping and there is no visit for it.
    PingWithoutVisit,
}

/// Places an event: recognises its visitor, and opens, extends or finds its visit. The event's row must be appended
/// next.
pub(crate) fn place(work: &mut Work, arrival: &Arrival) -> Placed {
    match arrival.step.weight {
        Weight::Opens => place_opening(work, arrival),
        Weight::Attaches => place_attaching(work, arrival),
        Weight::Ping => place_ping(work, arrival),
    }
}

fn place_opening(work: &mut Work, arrival: &Arrival) -> Placed {
    let Some(visitor) = recognise(work, arrival.settings, arrival.hit, &arrival.step, arrival.position) else {
        return Placed::At(None, None);
    };
    let state = work.visitors.entry(visitor).or_default();
    let at = arrival.step.at;
    let late = state.slots.last().is_some_and(|last| at < last.row.seen_until);
    let visit = if late {
        let horizon = REDRAW_S.saturating_add(arrival.settings.visit_timeout_s).saturating_mul(1_000_000);
        let late = Late {
            settings: arrival.settings,
            step: arrival.step,
            event: arrival.event,
            position: arrival.position,
            template: new_visit(arrival, visitor),
            frozen: work.as_of.is_some_and(|now| now.micros_since(at) > horizon),
        };
        place_late(&mut work.rows, state, &late)
    } else {
        place_in_order(state, visitor, arrival)
    };
    attach::attach(work, arrival.settings, visitor, arrival.position);
    let touch = note_touch(work, visitor, visit, arrival);
    note_fresh(work, visitor, visit, touch);
    if let Some(fingerprint) = arrival.hit.person.fingerprint {
        work.note_fingerprint(fingerprint, visitor);
    }
    Placed::At(Some(visitor), Some(visit))
}

fn place_in_order(state: &mut VisitorWork, visitor: VisitorKey, arrival: &Arrival) -> VisitKey {
    let step = &arrival.step;
    if let Some(slot) = state.slots.last_mut()
        && !starts_new(arrival.settings, &slot.row, step)
    {
        slot.begin_change(arrival.position, step.page);
        count(&mut slot.row, step);
        stamp(&mut slot.row, arrival.hit);
        return slot.row.visit;
    }
    let mut row = new_visit(arrival, visitor);
    if let Some(last) = state.slots.last() {
        (row.number, row.first_seen_at) = (last.row.number + 1, last.row.first_seen_at);
    }
    count(&mut row, step);
    let visit = row.visit;
    state.slots.push(Slot::new(row));
    visit
}

/// Notes what the latest hit says of the visit's person.
fn stamp(row: &mut VisitRow, hit: &Hit) {
    row.fingerprint = hit.person.fingerprint.or(row.fingerprint);
    if hit.person.user_id.is_some() {
        row.customer = user_of(hit.facts.site, &hit.person).or(row.customer);
    }
}

fn place_attaching(work: &mut Work, arrival: &Arrival) -> Placed {
    let Some(visitor) = recognise_attached(arrival.hit) else { return Placed::At(None, None) };
    let at = arrival.step.at;
    // A client that names its own visit means the one it was in when the order began, however long ago.
    let names_visit = arrival.hit.person.visit_id.is_some();
    let fits = |row: &&VisitRow| names_visit || holds(arrival.settings, row, at);
    let state = work.visitors.get(&visitor);
    let begun = state.and_then(|state| state.last_begun(at).map(|i| &state.slots[i].row));
    // It may turn out to belong to a later visit, of which nothing has arrived yet.
    let is_sure = begun.is_some_and(|row| at < row.seen_until);
    let visit = begun.filter(fits).map(|row| row.visit);
    if names_visit || !is_sure {
        attach::wait(work, arrival.hit, (visitor, visit), arrival.event, arrival.position);
    }
    if let Some(visit) = visit {
        note_fresh(work, visitor, visit, None);
    }
    Placed::At(Some(visitor), visit)
}

fn place_ping(work: &mut Work, arrival: &Arrival) -> Placed {
    let visitor = recognise(work, arrival.settings, arrival.hit, &arrival.step, arrival.position);
    let at = arrival.step.at;
    let state = visitor.and_then(|v| work.visitors.get_mut(&v));
    let slot = state.and_then(|s| s.last_begun(at).map(|i| &mut s.slots[i]));
    let Some((visitor, slot)) = visitor.zip(slot.filter(|s| holds(arrival.settings, &s.row, at))) else {
        return Placed::PingWithoutVisit;
    };
    slot.begin_change(arrival.position, None);
    count(&mut slot.row, &arrival.step);
    let visit = slot.row.visit;
    note_fresh(work, visitor, visit, None);
    Placed::At(Some(visitor), Some(visit))
}

/// Remembers the event, whose row comes next, as one of `visit`.
fn note_fresh(work: &mut Work, visitor: VisitorKey, visit: VisitKey, touch: Option<u32>) {
    let row = work.rows.events.len() as u32;
    if let Some(state) = work.visitors.get_mut(&visitor) {
        state.fresh.push(Fresh { row, touch, visit: Some(visit) });
    }
}

fn note_touch(work: &mut Work, visitor: VisitorKey, visit: VisitKey, arrival: &Arrival) -> Option<u32> {
    let brought = arrival.brought?;
    let state = work.visitors.get_mut(&visitor)?;
    let row = state.row(visit)?;
    let of = TouchOf {
        event: arrival.event,
        position: arrival.position,
        at: arrival.step.at,
        page: arrival.step.page,
        click_id: brought.click_id.as_deref(),
    };
    let touch = of.row(row, brought.source.clone());
    Some(touch::append(&mut work.rows, state, touch))
}

/// Returns the visit that the event would open, without the event itself.
fn new_visit(arrival: &Arrival, visitor: VisitorKey) -> VisitRow {
    let (facts, person) = (&arrival.hit.facts, &arrival.hit.person);
    let (site, at) = (facts.site, arrival.step.at);
    let mut device = arrival.agent.map(|a| a.device.clone()).unwrap_or_default();
    if let Some(hints) = &person.client_hints {
        device = crate::device::with_hints(device, hints);
    }
    let place = facts.place.clone().unwrap_or_default();
    let language = facts.language.as_deref();
    let guess = || language.filter(|_| arrival.settings.country_from_language).and_then(country_of);
    let mut row = VisitRow {
        site,
        position: arrival.position,
        visit: VisitKey::new(site, visitor, arrival.event),
        visitor,
        fingerprint: person.fingerprint,
        customer: user_of(site, person),
        live: true,
        started_at: at,
        last_at: at,
        seen_until: at,
        number: 1,
        first_seen_at: at,
        source: TrafficSource::direct(),
        host: None,
        landing_page: None,
        exit_page: None,
        page_views: 0,
        events: 0,
        interactions: 0,
        searches: 0,
        device: device.kind.map(str::to_owned),
        browser: device.browser,
        os: device.os,
        screen: facts.screen.clone(),
        language: language.and_then(tag_of),
        country: place.country.or_else(guess),
        region: place.region,
        city: place.city,
        goals: Vec::new(),
        bot: arrival.bot.map(str::to_owned),
    };
    clear(&mut row, at);
    row
}
