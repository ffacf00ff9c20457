//! What is received and not stored as an event: excluded at the door or here, and quarantined. All of it is counted.

use crate::intake::{EXCLUDED, QUARANTINED};
use crate::work::Work;
use commerce::Hit;
use commerce::record::{DropReason, Excluded, Quarantined};
use commerce::rows::QuarantineRow;

/// Counts what the door left out.
pub(crate) fn take_excluded(work: &mut Work, record: &Excluded) {
    work.intake.count_reason(record.site, record.received_at, EXCLUDED, record.reason.name(), None);
}

/// Keeps and counts what was not understood.
pub(crate) fn take_quarantined(work: &mut Work, position: u64, record: &Quarantined) {
    work.intake.count_reason(record.site, record.received_at, QUARANTINED, &record.reason, Some(record.dialect));
    work.rows.quarantine.push(QuarantineRow {
        site: record.site,
        position,
        received_at: record.received_at,
        dialect: record.dialect,
        reason: record.reason.clone(),
        hint: record.hint.clone(),
        payload: record.payload.clone(),
    });
}

/// Counts a hit that the steps left out.
pub(crate) fn exclude_hit(work: &mut Work, hit: &Hit, reason: DropReason) {
    let facts = &hit.facts;
    work.intake.count_reason(facts.site, facts.received_at, EXCLUDED, reason.name(), Some(facts.dialect));
}
