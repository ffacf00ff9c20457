//! Touches: what brought a visitor, event by event.
//!
//! Every event that brings a campaign or an external referrer is a touch, whatever its visit knew before: whether it said
//! anything new depends on what lies before it, and something earlier may still arrive. The start of a visit is a touch, too;
//! it is read from the visit.

use crate::visit::VisitorWork;
use commerce::EventKey;
use commerce::rows::{Rows, TouchRow, TrafficSource, VisitRow};

/// Appends a touch of `event` in `visit`; returns its index.
pub(crate) fn append(rows: &mut Rows, visitor: &mut VisitorWork, touch: TouchRow) -> u32 {
    let index = rows.touches.len() as u32;
    rows.touches.push(touch);
    visitor.add_touch(index);
    index
}

/// What a touch is made of beside its source.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TouchOf<'a> {
    pub(crate) event: EventKey,
    pub(crate) position: u64,
    pub(crate) at: commerce::Timestamp,
    pub(crate) page: Option<&'a str>,
    pub(crate) click_id: Option<&'a str>,
}

impl TouchOf<'_> {
    /// Returns the touch's row.
    pub(crate) fn row(&self, visit: &VisitRow, source: TrafficSource) -> TouchRow {
        TouchRow {
            site: visit.site,
            position: self.position,
            event: self.event,
            occurred_at: self.at,
            visitor: visit.visitor,
            visit: visit.visit,
            source,
            landing_page: self.page.map(str::to_owned),
            click_id: self.click_id.map(str::to_owned),
        }
    }
}
