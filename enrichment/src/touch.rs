//! Touches: the start of every visit with its source, and a campaign or external referrer in its middle.
//!
//! A page's other events repeat the page's campaign and referrer, so in mid-visit only a page view makes a touch,
//! and only one that the visit's own source does not say already; what turns a direct visit into another always does.

use crate::sessionise::SourceChange;
use crate::source::is_same;
use crate::visit::VisitorWork;
use commerce::EventKey;
use commerce::hit::names;
use commerce::rows::{Rows, TouchRow, TrafficSource, VisitRow};

/// What became of an event's visit, as far as a touch depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// It is the visit's first event.
    Start,
    /// It came later.
    Middle(SourceChange),
}

/// Returns the source of the touch that an event named `name` makes at `place` of `visit`, `None` for no touch.
pub(crate) fn source_of_touch(
    visit: &VisitRow,
    place: Place,
    name: &str,
    brought: Option<&TrafficSource>,
) -> Option<TrafficSource> {
    match (place, brought) {
        (Place::Start, brought) => Some(brought.cloned().unwrap_or_else(TrafficSource::direct)),
        (Place::Middle(SourceChange::Upgraded), Some(brought)) => Some(brought.clone()),
        (Place::Middle(SourceChange::None), Some(brought))
            if name == names::PAGE_VIEW && !is_same(&visit.source, brought) =>
        {
            Some(brought.clone())
        }
        _ => None,
    }
}

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
