//! Where events belong that were moved to another visit after they were stored, and whose visits are that were taken over.

use super::super::keys;
use super::search::Search;
use crate::Error;
use crate::filter::Kind;
use commerce::{EventKey, VisitKey, VisitorKey};
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

/// Returns the visitors of `visits`: another may have taken one over. Those in `known` are not looked up.
pub(super) fn visitors_of(
    search: Search<'_>,
    mut visits: HashSet<VisitKey>,
    known: HashMap<VisitKey, VisitorKey>,
) -> Result<HashMap<VisitKey, VisitorKey>, Error> {
    let mut visitors: HashMap<VisitKey, VisitorKey> =
        known.into_iter().filter(|(visit, _)| visits.contains(visit)).collect();
    visits.retain(|visit| !visitors.contains_key(visit));
    if !visits.is_empty() {
        keys::put(search.connection, "k_visits", visits.iter().map(|v| v.0))?;
        let sql = "select v.visit, v.visitor from visits v semi join k_visits k on v.visit = k.key";
        visitors.extend(keys::rows::<(VisitKey, VisitorKey)>(search.connection, sql, &[])?);
    }
    Ok(visitors)
}
