//! The events that a redraw places again: stored ones, those of the batch, and the late one.

use super::Late;
use crate::sessionise::{Step, Weight, weight_of_stored};
use crate::visit::{Slot, VisitorWork, event_of};
use commerce::rows::{Rows, TrafficSource};
use commerce::{EventKey, Timestamp, VisitKey};

/// An event to be placed.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) at: Timestamp,
    pub(super) position: u64,
    pub(super) event: EventKey,
    pub(super) weight: Weight,
    pub(super) name: String,
    pub(super) flags: u32,
    pub(super) host: Option<String>,
    pub(super) page: Option<String>,
    pub(super) brought: Option<TrafficSource>,
    pub(super) visit: Option<VisitKey>,
    pub(super) from: From,
}

/// Where an item was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    Loaded(usize),
    Fresh(usize),
    Late,
}

impl Item {
    pub(super) fn step(&self) -> Step<'_> {
        let (host, page) = (self.host.as_deref(), self.page.as_deref());
        Step {
            at: self.at,
            weight: self.weight,
            name: &self.name,
            flags: self.flags,
            host,
            page,
            brought: self.brought.as_ref(),
        }
    }
}

/// Says whether everything after `at` of the visit at `index` is in memory.
pub(super) fn is_known_after(visitor: &VisitorWork, index: usize, at: Timestamp) -> bool {
    let slot = &visitor.slots[index];
    let visit = Some(slot.row.visit);
    slot.stored_until().is_none_or(|until| until <= at) || visitor.loaded.iter().any(|e| e.event.visit == visit)
}

pub(super) fn late_item(late: &Late) -> Item {
    let step = &late.step;
    Item {
        at: step.at,
        position: late.position,
        event: late.event,
        weight: step.weight,
        name: step.name.to_owned(),
        flags: step.flags,
        host: step.host.map(str::to_owned),
        page: step.page.map(str::to_owned),
        brought: step.brought.cloned(),
        visit: None,
        from: From::Late,
    }
}

/// Returns the known events of a visit in their order.
pub(super) fn items_of(rows: &Rows, visitor: &VisitorWork, slot: &Slot) -> Vec<Item> {
    let visit = Some(slot.row.visit);
    let mut items = Vec::new();
    for (index, known) in visitor.loaded.iter().enumerate().filter(|(_, k)| k.event.visit == visit) {
        let e = &known.event;
        items.push(Item {
            at: e.occurred_at,
            position: e.position,
            event: e.event,
            weight: weight_of_stored(&e.name, e.flags),
            name: e.name.clone(),
            flags: e.flags,
            host: e.host.clone(),
            page: e.page.clone(),
            brought: e.touch.clone().filter(|t| !t.is_direct()),
            visit,
            from: From::Loaded(index),
        });
    }
    for (index, fresh) in visitor.fresh.iter().enumerate().filter(|(_, f)| f.visit == visit) {
        let e = event_of(&rows.events, fresh);
        let touch = fresh.touch.map(|t| &rows.touches[t as usize].source);
        items.push(Item {
            at: e.occurred_at,
            position: e.position,
            event: e.event,
            weight: weight_of_stored(&e.name, e.flags),
            name: e.name.clone(),
            flags: e.flags,
            host: e.host.clone(),
            page: e.page.clone(),
            brought: touch.filter(|t| !t.is_direct()).cloned(),
            visit,
            from: From::Fresh(index),
        });
    }
    items.sort_by_key(|i| (i.at, i.position));
    items
}
