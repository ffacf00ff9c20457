//! Servers' events that came before the visit they belong to: they wait, and are attached when it is known.
//!
//! Whether a visit holds an event does not depend on which of them came first (RULES.md, Visits and visitors).

use crate::sessionise::holds;
use crate::work::Work;
use commerce::rows::{VisitMoveRow, WaitingEventRow};
use commerce::{EventKey, Hit, SiteSettings, VisitKey, VisitorKey};

/// Notes that an event of `visitor` found no visit, or one of which it is not sure.
pub(crate) fn wait(
    work: &mut Work,
    hit: &Hit,
    (visitor, visit): (VisitorKey, Option<VisitKey>),
    event: EventKey,
    position: u64,
) {
    let row = WaitingEventRow {
        site: hit.facts.site,
        position,
        visitor,
        event,
        at: hit.facts.occurred_at,
        names_visit: hit.person.visit_id.is_some(),
        visit,
    };
    work.waiting_events.entry(visitor).or_default().push(row.clone());
    work.rows.waiting_events.push(row);
}

/// Attaches what waits for `visitor` to the visits that the record at `position` changed. The others stand as they did when
/// it was last asked which holds what: settings that changed since do not reach back to them.
pub(crate) fn attach(work: &mut Work, settings: &SiteSettings, visitor: VisitorKey, position: u64) {
    let (Some(waiting), Some(known)) = (work.waiting_events.get_mut(&visitor), work.visitors.get(&visitor)) else {
        return;
    };
    for row in waiting {
        let begun = known.last_begun(row.at).map(|index| &known.slots[index].row);
        let changed = begun.filter(|begun| begun.position == position);
        let held = changed.filter(|begun| row.names_visit || holds(settings, begun, row.at)).map(|begun| begun.visit);
        if held.is_some() && row.visit != held {
            row.visit = held;
            let WaitingEventRow { site, event, visit, .. } = *row;
            work.rows.visit_moves.push(VisitMoveRow { site, position, event, visit });
        }
    }
}
