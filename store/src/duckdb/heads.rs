//! What was lately loaded of visitors, kept in step with what is applied, so that a visitor who clicks on is not read
//! from the tables at every batch.
//!
//! Only makes work faster: an answer from here is the one the tables would give, and whatever is not here, or not far
//! enough back, is read. The least recently used half is dropped when it is full.

use commerce::rows::{Rows, TouchRow, VisitRow};
use commerce::state::VisitorState;
use commerce::{Timestamp, VisitKey, VisitorKey};
use std::collections::HashMap;

/// Touches are told from this long before a visitor's earliest event on, the latest of them.
pub(super) const TOUCHES_S: i64 = 400 * 86_400;
pub(super) const TOUCHES_MAX: usize = 50;

/// A head reaches this much further back than it was asked to, so that events slightly out of order still find it.
pub(super) const MARGIN_S: i64 = 3600;

/// Visits a head holds before those that nobody asks for any more are dropped.
const VISITS_MAX: usize = 8;

/// From when on a visitor's past is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reach {
    /// The earliest event of the batch.
    pub(super) earliest: Timestamp,
    /// Visits that end at this time or later are told, and the latest before it.
    pub(super) since: Timestamp,
}

impl Reach {
    /// Returns the reach `seconds` further back.
    pub(super) fn further(self, seconds: i64) -> Self {
        Self { earliest: self.earliest.plus_seconds(-seconds), since: self.since.plus_seconds(-seconds) }
    }

    fn within(self, other: Self) -> bool {
        self.earliest >= other.earliest && self.since >= other.since
    }
}

/// What is known of one visitor: everything that a question within its reach may be answered with.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) reach: Reach,
    pub(super) visits: Vec<VisitRow>,
    pub(super) touches: Vec<TouchRow>,
    /// Whether these are all live visits and touches that the visitor ever had.
    pub(super) whole: bool,
}

impl Head {
    /// Returns a head that knows of nothing yet.
    pub(super) fn new(reach: Reach) -> Self {
        Self { reach, visits: Vec::new(), touches: Vec::new(), whole: true }
    }

    /// Returns the answer to a question of `reach`; `None` if nothing is known of the visitor.
    pub(super) fn answer(&self, reach: Reach) -> Option<VisitorState> {
        let before = self.latest_before(reach.since);
        let told = |v: &&VisitRow| Some(v.visit) == before || v.seen_until >= reach.since;
        let mut visits: Vec<VisitRow> = self.visits.iter().filter(told).cloned().collect();
        visits.sort_unstable_by_key(order);
        let from = reach.earliest.plus_seconds(-TOUCHES_S);
        let mut touches: Vec<TouchRow> = self.touches.iter().filter(|t| t.occurred_at >= from).cloned().collect();
        touches.sort_unstable_by_key(|t| (t.occurred_at, t.position));
        touches.drain(..touches.len().saturating_sub(TOUCHES_MAX));
        let known = !visits.is_empty() || !touches.is_empty();
        known.then_some(VisitorState { visits, events: Vec::new(), touches })
    }

    /// Takes the place of an earlier version or adds a visit. Returns false if that may bring back a visit that the
    /// head does not hold: one taken back or one whose start moved may not have been the latest.
    fn put_visit(&mut self, row: &VisitRow) -> bool {
        match self.visits.iter_mut().find(|v| v.visit == row.visit) {
            Some(old) if row.live && old.started_at == row.started_at => *old = row.clone(),
            None if row.live => self.visits.push(row.clone()),
            _ => return false,
        }
        if self.visits.len() > VISITS_MAX {
            let since = row.seen_until.plus_seconds(-3 * 86_400);
            self.reach.since = self.reach.since.max(since);
            let (before, held) = (self.latest_before(self.reach.since), self.visits.len());
            self.visits.retain(|v| Some(v.visit) == before || v.seen_until >= self.reach.since);
            self.whole &= self.visits.len() == held;
        }
        true
    }

    /// Returns the latest visit that ended before `since`: another visitor may take over all that came after it, and
    /// the next visit is counted from it.
    fn latest_before(&self, since: Timestamp) -> Option<VisitKey> {
        let before = self.visits.iter().filter(|v| v.seen_until < since);
        before.max_by_key(|v| order(v)).map(|v| v.visit)
    }

    fn add_touch(&mut self, row: &TouchRow) {
        self.touches.push(row.clone());
        if self.touches.len() > 2 * TOUCHES_MAX {
            self.touches.sort_unstable_by_key(|t| (t.occurred_at, t.position));
            self.touches.drain(..self.touches.len() - TOUCHES_MAX);
            self.whole = false;
        }
    }
}

/// The order of a visitor's visits.
fn order(visit: &VisitRow) -> (Timestamp, u32, VisitKey) {
    (visit.started_at, visit.number, visit.visit)
}

/// The heads, in two halves: those used since the halves last changed places, and those before.
pub(super) struct Heads {
    used: HashMap<VisitorKey, Head>,
    rest: HashMap<VisitorKey, Head>,
    half_max: usize,
    /// No touch is older; `None` while that is not known.
    pub(super) oldest_touch: Option<Timestamp>,
}

impl Heads {
    /// Returns an empty cache that takes up to a twentieth or so of `memory_limit_mb`.
    pub(super) fn new(memory_limit_mb: u64) -> Self {
        let half_max = (memory_limit_mb as usize * 16).min(1 << 17);
        Self { used: HashMap::new(), rest: HashMap::new(), half_max, oldest_touch: None }
    }

    /// Returns the head of `visitor` if it reaches far enough back.
    pub(super) fn get(&mut self, visitor: VisitorKey, reach: Reach) -> Option<&Head> {
        if let Some(head) = self.rest.remove(&visitor) {
            self.insert(visitor, head);
        }
        self.used.get(&visitor).filter(|head| reach.within(head.reach))
    }

    /// Returns the head of `visitor` if it holds everything that there is.
    pub(super) fn whole(&self, visitor: VisitorKey) -> Option<&Head> {
        self.used.get(&visitor).or_else(|| self.rest.get(&visitor)).filter(|head| head.whole)
    }

    /// Keeps `head` as what is known of `visitor`.
    pub(super) fn insert(&mut self, visitor: VisitorKey, head: Head) {
        self.rest.remove(&visitor);
        if self.used.len() >= self.half_max {
            self.rest = std::mem::take(&mut self.used);
        }
        self.used.insert(visitor, head);
    }

    /// Brings what is held in step with rows that were applied. `visitor_before` says whose a visit was.
    pub(super) fn apply(&mut self, rows: &Rows, visitor_before: impl Fn(VisitKey) -> Option<VisitorKey>) {
        for row in &rows.visits {
            // A visit that was taken over leaves a gap in which an older one may have to stand.
            if let Some(before) = visitor_before(row.visit).filter(|before| *before != row.visitor) {
                self.forget(before);
            }
            if self.find(row.visitor).is_some_and(|head| !head.put_visit(row)) {
                self.forget(row.visitor);
            }
        }
        for row in &rows.touches {
            self.oldest_touch = self.oldest_touch.map(|oldest| oldest.min(row.occurred_at));
            if let Some(head) = self.find(row.visitor) {
                head.add_touch(row);
            }
        }
    }

    fn find(&mut self, visitor: VisitorKey) -> Option<&mut Head> {
        self.used.get_mut(&visitor).or_else(|| self.rest.get_mut(&visitor))
    }

    fn forget(&mut self, visitor: VisitorKey) {
        self.used.remove(&visitor);
        self.rest.remove(&visitor);
    }
}
