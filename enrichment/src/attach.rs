//! Servers' events that came before the visit they belong to: they wait, and are attached when it is known.
//!
//! Whether a visit holds an event does not depend on which of them came first (RULES.md, Visits and visitors).

use crate::sessionise::holds;
use crate::work::Work;
use commerce::rows::{VisitMoveRow, WaitingEventRow};
use commerce::{EventKey, Hit, SiteSettings, VisitKey, VisitorKey};

/// Notes that an event of `visitor` found no visit, or not surely its own.
pub(crate) fn wait(work: &mut Work, hit: &Hit, visitor: VisitorKey, event: EventKey, position: u64) {
    let row = WaitingEventRow {
        site: hit.facts.site,
        position,
        visitor,
        event,
        at: hit.facts.occurred_at,
        names_visit: hit.person.visit_id.is_some(),
        visit: None,
    };
    work.waiting_events.entry(visitor).or_default().push(row.clone());
    work.rows.waiting_events.push(row);
}

/// Attaches what waits for `visitor` to `visit`, which the record at `position` opened or extended.
pub(crate) fn attach(work: &mut Work, settings: &SiteSettings, visitor: VisitorKey, visit: VisitKey, position: u64) {
    let (Some(waiting), Some(known)) = (work.waiting_events.get_mut(&visitor), work.visitors.get(&visitor)) else {
        return;
    };
    for row in waiting.iter_mut().filter(|row| row.visit != Some(visit)) {
        let begun = known.last_begun(row.at).map(|index| &known.slots[index].row).filter(|begun| begun.visit == visit);
        if begun.is_some_and(|begun| row.names_visit || holds(settings, begun, row.at)) {
            row.visit = Some(visit);
            let WaitingEventRow { site, event, visit, .. } = *row;
            work.rows.visit_moves.push(VisitMoveRow { site, position, event, visit });
        }
    }
}
