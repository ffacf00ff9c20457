//! Late hits: a visitor's visits drawn again around an event that lies before others already placed.
//!
//! From the late event on, the visitor's events are placed again by the rules of `sessionise.rs`, until a visit begins
//! where it began before; what lies earlier stays as it is. A visit keeps its key as long as its first known event
//! keeps it; visits merged away are taken back, and every event that changed visits is said so. An event older than a
//! day and a time-out only joins a visit or opens its own: closed visits never merge or split (RULES.md).
//!
//! The part of a visit that lies wholly before the late event is taken as loaded, so its events need not be in memory;
//! all later ones are.

mod drawing;
mod item;
mod numbering;

use crate::sessionise::{Step, Weight, count, holds, starts_new};
use crate::visit::{Slot, VisitorWork};
use commerce::rows::{Rows, VisitRow};
use commerce::{EventKey, SiteSettings, VisitKey};
use drawing::{Drawing, Splits};
use item::{is_known_after, items_of, late_item};

/// A late event.
pub(crate) struct Late<'a> {
    /// Settings of its site.
    pub(crate) settings: &'a SiteSettings,
    /// What it does to a visit.
    pub(crate) step: Step<'a>,
    /// Its key.
    pub(crate) event: EventKey,
    /// Position of its record.
    pub(crate) position: u64,
    /// The visit it would open.
    pub(crate) template: VisitRow,
    /// Whether it is too old to redraw anything.
    pub(crate) frozen: bool,
}

/// Places a late event; returns its visit.
pub(crate) fn place_late(rows: &mut Rows, visitor: &mut VisitorWork, late: &Late) -> VisitKey {
    let begun = visitor.last_begun(late.step.at);
    if let Some(index) = begun.filter(|i| !is_known_after(visitor, *i, late.step.at)) {
        return join_blindly(&mut visitor.slots[index], late);
    }
    let mut drawing =
        if late.frozen { draw_frozen(rows, visitor, begun, late) } else { draw_open(rows, visitor, begun, late) };
    let placed = drawing.finish(visitor, late);
    drawing.append_moves(rows, visitor, late);
    // Visits that were taken over may begin when others do; the new numbers then change their order.
    visitor.sort();
    placed
}

/// Counts a late event into a visit whose events were not loaded. A state that answers its keys has them all.
fn join_blindly(slot: &mut Slot, late: &Late) -> VisitKey {
    slot.begin_change(late.position, None);
    let mut step = late.step;
    // Its page is neither the first nor the last as far as anybody knows.
    step.page = None;
    count(&mut slot.row, &step);
    slot.row.visit
}

fn draw_open(rows: &Rows, visitor: &mut VisitorWork, begun: Option<usize>, late: &Late) -> Drawing {
    let at = late.step.at;
    let mut drawing = Drawing { first: begun.map_or(0, |i| i + 1), ..Drawing::default() };
    let involved = |slot: &Slot| slot.row.seen_until > at || holds(late.settings, &slot.row, at);
    let mut after = Vec::new();
    if let Some(index) = begun.filter(|i| involved(&visitor.slots[*i])) {
        drawing.first = index;
        drawing.redrawn = 1;
        after = drawing.take_first(rows, visitor, index, late);
    }
    drawing.add_late(late);
    for item in after {
        drawing.add(item, late, Splits::Allowed);
    }
    for index in drawing.first + drawing.redrawn..visitor.slots.len() {
        if !is_known_after(visitor, index, at) {
            break;
        }
        let items = items_of(rows, visitor, &visitor.slots[index]);
        let opener = items.iter().find(|i| i.weight == Weight::Opens);
        let last = drawing.drafts.last().map(|d| &d.row);
        if opener.zip(last).is_none_or(|(opener, last)| starts_new(late.settings, last, &opener.step())) {
            break;
        }
        drawing.redrawn += 1;
        for item in items {
            drawing.add(item, late, Splits::Allowed);
        }
    }
    drawing
}

fn draw_frozen(rows: &Rows, visitor: &mut VisitorWork, begun: Option<usize>, late: &Late) -> Drawing {
    let at = late.step.at;
    let timeout = late.settings.visit_timeout_s.saturating_mul(1_000_000);
    let next = begun.map_or(0, |i| i + 1);
    let mut drawing = Drawing { first: next, ..Drawing::default() };
    let holding = |slot: &Slot| at <= slot.row.seen_until || holds(late.settings, &slot.row, at);
    if let Some(index) = begun.filter(|i| holding(&visitor.slots[*i])) {
        (drawing.first, drawing.redrawn) = (index, 1);
        let after = drawing.take_first(rows, visitor, index, late);
        drawing.add(late_item(late), late, Splits::Never);
        for item in after {
            drawing.add(item, late, Splits::Never);
        }
        return drawing;
    }
    drawing.add_late(late);
    let near = visitor.slots.get(next).is_some_and(|s| s.row.started_at.micros_since(at) < timeout);
    if near && is_known_after(visitor, next, at) {
        drawing.redrawn = 1;
        let items = items_of(rows, visitor, &visitor.slots[next]);
        for item in items {
            drawing.add(item, late, Splits::Never);
        }
    }
    drawing
}
