//! Where events belong that were moved to another visit after they were stored.

use super::search::Search;
use crate::Error;
use crate::filter::Kind;
use commerce::{EventKey, VisitKey};
use std::collections::{HashMap, HashSet};

/// Returns where those of `events` belong that were moved since they were stored.
pub(super) fn moves_of(
    search: Search<'_>,
    events: impl Iterator<Item = EventKey>,
) -> Result<HashMap<EventKey, Option<VisitKey>>, Error> {
    let wanted = search.wanted(Kind::Moved, &["t.event"], events.map(|e| e.0));
    let found: Vec<(EventKey, Option<VisitKey>)> =
        search.find("t.event, t.visit", "visit_moves", &[wanted], ("true", &[]))?;
    Ok(found.into_iter().collect())
}

/// Returns the events that were moved to one of `visits`.
pub(super) fn moved_to(search: Search<'_>, visits: &HashSet<VisitKey>) -> Result<Vec<u64>, Error> {
    let wanted = search.wanted(Kind::MovedTo, &["t.visit"], visits.iter().map(|v| v.0));
    search.find("t.event", "visit_moves", &[wanted], ("true", &[]))
}
