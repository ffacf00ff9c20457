//! Visits in the making: events put into drafts one after another, and the drafts made the visitor's visits.

use super::Late;
use super::item::{From, Item, items_of, late_item};
use super::numbering::Numbering;
use crate::sessionise::{Weight, clear, count, starts_new};
use crate::visit::{Slot, Stored, VisitorWork};
use commerce::rows::{Rows, VisitMoveRow, VisitRow};
use commerce::{EventKey, VisitKey};

/// A visit in the making.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) row: VisitRow,
    pub(super) items: Vec<usize>,
    /// The item that opened it; `None` if it goes on from a visit as loaded.
    pub(super) opener: Option<usize>,
}

/// Visits being drawn again.
#[derive(Debug, Default)]
pub(super) struct Drawing {
    pub(super) items: Vec<Item>,
    pub(super) drafts: Vec<Draft>,
    /// The visits drawn again: index of the first, and how many.
    pub(super) first: usize,
    pub(super) redrawn: usize,
}

/// Whether an item may open a visit after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Splits {
    Allowed,
    Never,
}

impl Drawing {
    /// Takes in the visit in which the late event may lie, up to its time; returns the items after it.
    pub(super) fn take_first(
        &mut self,
        rows: &Rows,
        visitor: &mut VisitorWork,
        index: usize,
        late: &Late,
    ) -> Vec<Item> {
        let at = late.step.at;
        let mut items = items_of(rows, visitor, &visitor.slots[index]);
        let slot = &mut visitor.slots[index];
        if slot.stored_until().is_some_and(|until| until <= at) {
            // What the store has of it lies before the late event: it stands as it was loaded.
            slot.begin_change(late.position, Some(""));
            items.retain(|i| !matches!(i.from, From::Loaded(index) if !visitor.loaded[index].moved));
            self.drafts.push(Draft { row: slot.as_loaded(), items: Vec::new(), opener: None });
        }
        // A server's event stays where it was attached: the stored part of a visit counts it whatever its time.
        let (before, after): (Vec<Item>, Vec<Item>) =
            items.into_iter().partition(|i| i.at <= at || i.weight == Weight::Attaches);
        for item in before {
            self.add(item, late, Splits::Never);
        }
        after
    }

    pub(super) fn add_late(&mut self, late: &Late) {
        self.add(late_item(late), late, Splits::Allowed);
    }

    pub(super) fn add(&mut self, item: Item, late: &Late, splits: Splits) {
        let index = self.items.len();
        let splits_here = |row: &VisitRow| splits == Splits::Allowed && starts_new(late.settings, row, &item.step());
        if item.weight == Weight::Opens && self.drafts.last().is_none_or(|d| splits_here(&d.row)) {
            let mut row = late.template.clone();
            clear(&mut row, item.at);
            self.drafts.push(Draft { row, items: Vec::new(), opener: Some(index) });
        }
        if let Some(draft) = self.drafts.last_mut() {
            count(&mut draft.row, &item.step());
            draft.items.push(index);
        }
        self.items.push(item);
    }

    /// Makes the drafts the visitor's visits; returns the late event's visit.
    pub(super) fn finish(&mut self, visitor: &mut VisitorWork, late: &Late) -> VisitKey {
        let (first, end) = (self.first, self.first + self.redrawn);
        let numbering = Numbering::of(visitor, first, self.drafts[0].row.started_at);
        let mut old: Vec<Slot> = visitor.slots.drain(first..end).collect();
        let keys = self.keys(&old, late);
        let mut placed = None;
        let mut slots = Vec::with_capacity(self.drafts.len());
        for (index, (draft, key)) in self.drafts.iter_mut().zip(&keys).enumerate() {
            let holds_late = draft.items.iter().any(|i| self.items[*i].from == From::Late);
            let kept = old.iter().position(|s| s.row.visit == *key).map(|i| old.remove(i));
            let before = draft.items.first().and_then(|i| self.items[*i].visit);
            let parent = slots.iter().chain(&old).map(|s: &Slot| &s.row).find(|row| Some(row.visit) == before);
            let parent = parent.unwrap_or(&late.template).clone();
            let mut slot = new_version(kept, draft, *key, parent, late, holds_late);
            numbering.apply(&mut slot, index);
            if holds_late {
                placed = Some(*key);
            }
            slots.push(slot);
        }
        for mut gone in old {
            (gone.row.live, gone.row.position) = (false, late.position);
            visitor.dead.push(gone.row);
        }
        let shift = slots.len() as i64 - self.redrawn as i64;
        let drawn = slots.len();
        visitor.slots.splice(first..first, slots);
        numbering.shift(&mut visitor.slots[first + drawn..], shift, late.position);
        self.drafts.iter_mut().zip(keys).for_each(|(draft, key)| draft.row.visit = key);
        placed.unwrap_or(late.template.visit)
    }

    /// Returns the key of each draft: that of the visit in which its first known event was, unless an earlier draft
    /// has it, else one derived from its first event.
    fn keys(&self, old: &[Slot], late: &Late) -> Vec<VisitKey> {
        let mut keys: Vec<VisitKey> = Vec::with_capacity(self.drafts.len());
        for draft in &self.drafts {
            let going_on = draft.opener.is_none().then_some(draft.row.visit);
            let before = draft.items.iter().find_map(|i| self.items[*i].visit);
            let is_free = |key: &VisitKey| !keys.contains(key) && old.iter().any(|s| s.row.visit == *key);
            let kept = going_on.or(before).filter(is_free);
            keys.push(kept.unwrap_or_else(|| {
                let opener = draft.opener.map_or(late.event, |i| self.items[i].event);
                derive_key(late, opener, |key| keys.contains(&key) || old.iter().any(|s| s.row.visit == key))
            }));
        }
        keys
    }

    /// Says of every event that changed its visit where it now belongs.
    pub(super) fn append_moves(&self, rows: &mut Rows, visitor: &mut VisitorWork, late: &Late) {
        for draft in &self.drafts {
            let visit = Some(draft.row.visit);
            for item in draft.items.iter().map(|i| &self.items[*i]).filter(|i| i.visit != visit) {
                match item.from {
                    From::Late => continue,
                    From::Loaded(index) => {
                        let known = &mut visitor.loaded[index];
                        (known.event.visit, known.moved) = (visit, true);
                    }
                    From::Fresh(index) => visitor.fresh[index].visit = visit,
                }
                rows.visit_moves.push(VisitMoveRow {
                    site: late.template.site,
                    position: late.position,
                    event: item.event,
                    visit,
                });
            }
        }
    }
}

/// Returns the slot of a drawn visit: what it says of its visitor as before, what its events say as drawn.
///
/// Events that split off were seen with the device and in the place of their visit so far, `parent`.
fn new_version(
    kept: Option<Slot>,
    draft: &Draft,
    key: VisitKey,
    parent: VisitRow,
    late: &Late,
    holds_late: bool,
) -> Slot {
    let is_kept = kept.is_some();
    let goes_on = draft.opener.is_none();
    let mut slot = kept.unwrap_or_else(|| Slot::new(VisitRow { goals: Vec::new(), visit: key, ..parent }));
    let (row, drawn) = (&mut slot.row, &draft.row);
    (row.started_at, row.last_at, row.seen_until) = (drawn.started_at, drawn.last_at, drawn.seen_until);
    (row.page_views, row.events) = (drawn.page_views, drawn.events);
    (row.interactions, row.searches) = (drawn.interactions, drawn.searches);
    row.host.clone_from(&drawn.host);
    row.landing_page.clone_from(&drawn.landing_page);
    row.exit_page.clone_from(&drawn.exit_page);
    row.source.clone_from(&drawn.source);
    row.position = late.position;
    if holds_late {
        row.fingerprint = late.template.fingerprint.or(row.fingerprint);
        row.customer = late.template.customer.or(row.customer);
    }
    slot.changed = true;
    if !(is_kept && goes_on) {
        slot.stored = Stored::Nothing;
    }
    slot
}

/// Derives a key for a visit that `opener` now opens; `taken` says which keys are in use.
///
/// Unless it is the late event itself, `opener` may have opened a visit before, which may still have that key: with this
/// visitor, with another who took it over, or as one taken back. So the late event is a part of the key.
fn derive_key(late: &Late, opener: EventKey, taken: impl Fn(VisitKey) -> bool) -> VisitKey {
    let site = late.template.site;
    let next = |key: VisitKey| VisitKey::new(site, commerce::VisitorKey(key.0), opener);
    let own = VisitKey::new(site, late.template.visitor, late.event);
    let mut key = if opener == late.event { own } else { next(own) };
    while taken(key) {
        key = next(key);
    }
    key
}
