//! A visitor's visits while a batch is judged: as loaded, as changed, and what can be drawn again.
//!
//! A visit as loaded is kept apart from what the batch added to it, because a late hit may need the one without the
//! other. This module stores and finds; the rules are in `sessionise.rs`, late hits in `redraw.rs`.

use commerce::rows::{EventRow, TouchRow, VisitRow};
use commerce::state::{EventSummary, VisitorState};
use commerce::{Timestamp, VisitKey};

/// A visitor in working memory.
#[derive(Debug, Default)]
pub(crate) struct VisitorWork {
    /// Live visits by start.
    pub(crate) slots: Vec<Slot>,
    /// Stored events of these visits, as far as they were loaded.
    pub(crate) loaded: Vec<Known>,
    /// Events of this batch that belong to a visit, in the order of their records.
    pub(crate) fresh: Vec<Fresh>,
    /// Visits that a late hit merged away.
    pub(crate) dead: Vec<VisitRow>,
    /// Visits that another visitor took over.
    pub(crate) taken: Vec<VisitKey>,
    /// Stored touches, as far as they were loaded.
    loaded_touches: Vec<TouchRow>,
    /// Touches of this batch, as indexes into its rows.
    fresh_touches: Vec<u32>,
}

/// A visit in working memory.
#[derive(Debug)]
pub(crate) struct Slot {
    /// The visit as it now stands.
    pub(crate) row: VisitRow,
    /// Whether the batch made a new version of it.
    pub(crate) changed: bool,
    /// What the store has of it.
    pub(crate) stored: Stored,
}

/// What the store has of a visit.
#[derive(Debug)]
pub(crate) enum Stored {
    /// Nothing that matters: every event of the visit is in memory.
    Nothing,
    /// All of it: the batch added no event.
    All,
    /// A part: the batch added events since.
    Part(Box<Part>),
}

/// A visit as it was loaded, as far as events change it. What later events only ever add is not kept twice.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) last_at: Timestamp,
    pub(crate) seen_until: Timestamp,
    pub(crate) page_views: u32,
    pub(crate) events: u32,
    pub(crate) interactions: u32,
    pub(crate) searches: u32,
    pub(crate) had_landing: bool,
    pub(crate) was_direct: bool,
    /// The exit page, once an event of the batch replaced it.
    pub(crate) exit_before: Option<ExitBefore>,
}

/// The exit page of a visit as it was loaded.
#[derive(Clone, Debug)]
pub(crate) struct ExitBefore(Option<String>);

/// A stored event.
#[derive(Debug)]
pub(crate) struct Known {
    /// The event, with the visit it now belongs to.
    pub(crate) event: EventSummary,
    /// Whether this batch moved it, so that its visit as loaded does not count it.
    pub(crate) moved: bool,
}

/// An event of this batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fresh {
    /// Its index in the batch's event rows.
    pub(crate) row: u32,
    /// The index of the touch it made.
    pub(crate) touch: Option<u32>,
    /// The visit it now belongs to.
    pub(crate) visit: Option<VisitKey>,
}

impl Slot {
    /// Returns the slot of a visit that this batch opened.
    pub(crate) fn new(row: VisitRow) -> Self {
        Self { row, changed: true, stored: Stored::Nothing }
    }

    /// Prepares the visit for an event of the record at `position` to be counted into it.
    pub(crate) fn begin_change(&mut self, position: u64, page: Option<&str>) {
        let row = &mut self.row;
        row.position = position;
        self.changed = true;
        if matches!(self.stored, Stored::All) {
            self.stored = Stored::Part(Box::new(Part {
                last_at: row.last_at,
                seen_until: row.seen_until,
                page_views: row.page_views,
                events: row.events,
                interactions: row.interactions,
                searches: row.searches,
                had_landing: row.landing_page.is_some(),
                was_direct: row.source.is_direct(),
                exit_before: None,
            }));
        }
        if let (Stored::Part(part), Some(_)) = (&mut self.stored, page)
            && part.exit_before.is_none()
        {
            part.exit_before = Some(ExitBefore(row.exit_page.take()));
        }
    }

    /// Returns the visit's end as the store knows it, if the store knows the visit.
    pub(crate) fn stored_until(&self) -> Option<Timestamp> {
        match &self.stored {
            Stored::Nothing => None,
            Stored::All => Some(self.row.seen_until),
            Stored::Part(part) => Some(part.seen_until),
        }
    }

    /// Returns the visit as it was loaded, with what it now says of its visitor.
    pub(crate) fn as_loaded(&self) -> VisitRow {
        let mut row = self.row.clone();
        if let Stored::Part(part) = &self.stored {
            (row.last_at, row.seen_until) = (part.last_at, part.seen_until);
            (row.page_views, row.events) = (part.page_views, part.events);
            (row.interactions, row.searches) = (part.interactions, part.searches);
            if !part.had_landing {
                (row.landing_page, row.host) = (None, None);
            }
            if part.was_direct {
                row.source = commerce::rows::TrafficSource::direct();
            }
            if let Some(ExitBefore(exit_page)) = &part.exit_before {
                row.exit_page.clone_from(exit_page);
            }
        }
        row
    }
}

impl VisitorWork {
    /// Returns the visitor as loaded.
    pub(crate) fn from_state(state: VisitorState) -> Self {
        let slots = state.visits.into_iter().map(|row| Slot { row, changed: false, stored: Stored::All }).collect();
        let loaded = state.events.into_iter().map(|event| Known { event, moved: false }).collect();
        let mut visitor = Self { slots, loaded, loaded_touches: state.touches, ..Self::default() };
        visitor.sort();
        visitor
    }

    /// Puts the visits in the order of their start.
    pub(crate) fn sort(&mut self) {
        self.slots.sort_by_key(|s| (s.row.started_at, s.row.number, s.row.visit));
    }

    /// Returns the current row of `visit`.
    pub(crate) fn row(&self, visit: VisitKey) -> Option<&VisitRow> {
        self.slots.iter().rev().map(|s| &s.row).find(|row| row.visit == visit)
    }

    /// Returns the current row of `visit`, which becomes a version of the record at `position`. Only what events do
    /// not decide may be changed through it.
    pub(crate) fn row_mut(&mut self, visit: VisitKey, position: u64) -> Option<&mut VisitRow> {
        let slot = self.slots.iter_mut().rev().find(|s| s.row.visit == visit)?;
        slot.changed = true;
        slot.row.position = position;
        Some(&mut slot.row)
    }

    /// Returns the index of the last visit that began at or before `at`.
    pub(crate) fn last_begun(&self, at: Timestamp) -> Option<usize> {
        self.slots.partition_point(|s| s.row.started_at <= at).checked_sub(1)
    }

    /// Returns the visitor's touches, those in the batch's rows included.
    pub(crate) fn touches<'a>(&'a self, rows: &'a [TouchRow]) -> impl Iterator<Item = &'a TouchRow> {
        self.loaded_touches.iter().chain(self.fresh_touches.iter().map(|&index| &rows[index as usize]))
    }

    /// Remembers that the touch at `index` of the batch's rows is the visitor's.
    pub(crate) fn add_touch(&mut self, index: u32) {
        self.fresh_touches.push(index);
    }

    /// Takes one visit with its events out, for another visitor to take over.
    pub(crate) fn take_visit(&mut self, visit: VisitKey) -> Option<(Slot, Vec<Known>, Vec<Fresh>)> {
        let at = self.slots.iter().position(|s| s.row.visit == visit)?;
        let slot = self.slots.remove(at);
        self.taken.push(visit);
        let loaded = self.loaded.extract_if(.., |e| e.event.visit == Some(visit)).collect();
        let fresh = self.fresh.extract_if(.., |e| e.visit == Some(visit)).collect();
        Some((slot, loaded, fresh))
    }

    /// Takes over a visit with its events.
    pub(crate) fn put_visit(&mut self, slot: Slot, loaded: Vec<Known>, fresh: Vec<Fresh>) {
        self.taken.retain(|visit| *visit != slot.row.visit);
        self.slots.push(slot);
        self.sort();
        self.loaded.extend(loaded);
        self.fresh.extend(fresh);
    }

    /// Appends the last version of every visit that the batch changed.
    pub(crate) fn append_changed(self, out: &mut Vec<VisitRow>) {
        out.extend(self.dead);
        out.extend(self.slots.into_iter().filter(|s| s.changed).map(|s| s.row));
    }
}

/// Returns the event row that `fresh` stands for.
pub(crate) fn event_of<'a>(rows: &'a [EventRow], fresh: &Fresh) -> &'a EventRow {
    &rows[fresh.row as usize]
}
