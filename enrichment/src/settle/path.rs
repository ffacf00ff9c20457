//! Visitors' ways as they stand at the settling: what was loaded of them, with what the batch changed.

use crate::work::Work;
use commerce::rows::{TouchRow, VisitRow};
use commerce::{EventKey, VisitKey, VisitorKey};
use std::collections::{BTreeMap, HashMap};

/// A visitor's visits and touches.
#[derive(Debug, Default)]
pub(super) struct Way<'w> {
    /// Live visits, by start.
    pub(super) visits: Vec<&'w VisitRow>,
    /// Touches, by time and event.
    pub(super) touches: Vec<&'w TouchRow>,
    /// Whether the visitor has a visit, then or ever.
    pub(super) seen: bool,
}

/// Returns the way of `visitor`.
pub(super) fn way_of<'w>(work: &'w Work<'_>, visitor: VisitorKey) -> Way<'w> {
    let stored = work.sales.paths.get(&visitor);
    let fresh = work.visitors.get(&visitor);
    let mut visits: BTreeMap<VisitKey, &VisitRow> = BTreeMap::new();
    visits.extend(stored.iter().flat_map(|path| &path.visits).map(|v| (v.visit, v)));
    if let Some(fresh) = fresh {
        let is_gone =
            |visit: &VisitKey| fresh.taken.contains(visit) || fresh.dead.iter().any(|gone| gone.visit == *visit);
        visits.retain(|visit, _| !is_gone(visit));
        visits.extend(fresh.slots.iter().map(|slot| (slot.row.visit, &slot.row)));
    }
    let mut visits: Vec<&VisitRow> = visits.into_values().collect();
    visits.sort_by_key(|v| (v.started_at, v.visit));
    let mut touches: Vec<&TouchRow> = stored.iter().flat_map(|path| &path.touches).collect();
    touches.extend(fresh.iter().flat_map(|fresh| fresh.touches(&work.rows.touches)));
    touches.sort_by_key(|t| (t.occurred_at, t.event, t.position));
    touches.dedup_by_key(|t| t.event);
    let seen = !visits.is_empty() || stored.is_some_and(|path| path.seen_beyond);
    Way { visits, touches, seen }
}

/// Brings the visits and visitors of the statements in step with what the batch did to visits: late hits moved events
/// from one to another, and a client of Matomo's may have taken over a visit.
pub(super) fn follow_moves(work: &mut Work) {
    let moves = &work.rows.visit_moves[work.moves_followed..];
    let now: HashMap<EventKey, Option<VisitKey>> = moves.iter().map(|m| (m.event, m.visit)).collect();
    work.moves_followed = work.rows.visit_moves.len();
    let stored = work.sales.paths.values().flat_map(|path| &path.visits);
    let mut visitors: HashMap<VisitKey, VisitorKey> = stored.map(|v| (v.visit, v.visitor)).collect();
    visitors.extend(work.visitors.values().flat_map(|v| &v.slots).map(|s| (s.row.visit, s.row.visitor)));
    let follow = |event: EventKey, visit: &mut Option<VisitKey>, visitor: &mut Option<VisitorKey>| {
        let Some(before) = *visit else { return };
        *visit = now.get(&event).copied().unwrap_or(Some(before));
        *visitor = visit.and_then(|visit| visitors.get(&visit).copied()).or(*visitor);
    };
    work.sales.order_facts.iter_mut().for_each(|f| follow(f.event, &mut f.visit, &mut f.visitor));
    work.sales.cart_facts.iter_mut().for_each(|f| follow(f.event, &mut f.visit, &mut f.visitor));
    for row in work.sales.visit_aliases.values_mut() {
        row.visit = now.get(&row.event).copied().flatten().unwrap_or(row.visit);
        row.visitor = visitors.get(&row.visit).copied().unwrap_or(row.visitor);
    }
}
