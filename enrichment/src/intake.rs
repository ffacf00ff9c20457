//! The conservation law: what became of every received record, counted per site, hour of receipt and reason.
//!
//! It only counts; which outcome a record has is decided by the steps.

use commerce::hit::Dialect;
use commerce::rows::IntakeRow;
use commerce::{SiteId, Timestamp};
use std::collections::BTreeMap;

/// The four things that can become of a record that was received.
pub(crate) const STORED: &str = "stored";
/// The event id is known already.
pub(crate) const DUPLICATE: &str = "duplicate";
/// Not understood.
pub(crate) const QUARANTINED: &str = "quarantined";
/// Valid, and not counted.
pub(crate) const EXCLUDED: &str = "excluded";

/// Site, hour, outcome and protocol of a run of records, and how long it is.
type Run = ((SiteId, Timestamp, &'static str, Option<Dialect>), u64);

/// Counts of one batch.
#[derive(Debug, Default)]
pub(crate) struct Intake {
    counts: BTreeMap<(SiteId, Timestamp, &'static str, String, Option<Dialect>), u64>,
    /// The count that is being added to: hits of one site and hour come in long runs.
    run: Option<Run>,
}

impl Intake {
    /// Counts one record without a reason: stored or duplicate.
    pub(crate) fn count(&mut self, site: SiteId, received_at: Timestamp, outcome: &'static str, dialect: Dialect) {
        let key = (site, hour_of(received_at), outcome, Some(dialect));
        if let Some((run, n)) = &mut self.run
            && *run == key
        {
            *n += 1;
            return;
        }
        self.flush_run();
        self.run = Some((key, 1));
    }

    /// Counts one record with the reason for its outcome: quarantined or excluded.
    pub(crate) fn count_reason(
        &mut self,
        site: SiteId,
        received_at: Timestamp,
        outcome: &'static str,
        reason: &str,
        dialect: Option<Dialect>,
    ) {
        *self.counts.entry((site, hour_of(received_at), outcome, reason.to_owned(), dialect)).or_default() += 1;
    }

    /// Returns the counts as rows of the batch that ends at `position`.
    pub(crate) fn into_rows(mut self, position: u64) -> Vec<IntakeRow> {
        self.flush_run();
        let row = |((site, hour, outcome, reason, dialect), count)| IntakeRow {
            site,
            position,
            hour,
            outcome,
            reason,
            dialect,
            count,
        };
        self.counts.into_iter().map(row).collect()
    }

    fn flush_run(&mut self) {
        if let Some(((site, hour, outcome, dialect), n)) = self.run.take() {
            *self.counts.entry((site, hour, outcome, String::new(), dialect)).or_default() += n;
        }
    }
}

fn hour_of(at: Timestamp) -> Timestamp {
    const HOUR: i64 = 3_600_000_000;
    Timestamp(at.0.div_euclid(HOUR) * HOUR)
}
