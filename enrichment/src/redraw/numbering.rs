//! The numbers of a visitor's visits, brought in line after a redraw.

use crate::visit::{Slot, VisitorWork};
use commerce::Timestamp;

/// How visits are numbered from the first that is drawn again.
pub(super) struct Numbering {
    number: u32,
    first_seen_at: Timestamp,
}

impl Numbering {
    pub(super) fn of(visitor: &VisitorWork, first: usize, started_at: Timestamp) -> Self {
        // The visit that stands there now is always in memory; the one before it may be too old to be.
        let (number, first_seen_at) = match (visitor.slots.get(first), first.checked_sub(1).map(|i| &visitor.slots[i]))
        {
            (Some(there), _) => (there.row.number, there.row.first_seen_at),
            (None, Some(before)) => (before.row.number + 1, before.row.first_seen_at),
            (None, None) => (1, started_at),
        };
        Self { number, first_seen_at: if number == 1 { started_at } else { first_seen_at } }
    }

    pub(super) fn apply(&self, slot: &mut Slot, index: usize) {
        slot.row.number = self.number + index as u32;
        slot.row.first_seen_at = self.first_seen_at;
    }

    /// Brings the numbers of later visits in line.
    pub(super) fn shift(&self, later: &mut [Slot], by: i64, position: u64) {
        for slot in later {
            let row = &mut slot.row;
            let number = (i64::from(row.number) + by).max(1) as u32;
            let first_seen_at = if self.number == 1 { self.first_seen_at } else { row.first_seen_at };
            if (row.number, row.first_seen_at) != (number, first_seen_at) {
                (row.number, row.first_seen_at, row.position) = (number, first_seen_at, position);
                slot.changed = true;
            }
        }
    }
}
