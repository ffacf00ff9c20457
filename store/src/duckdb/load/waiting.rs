//! Servers' events that came before a visit of their visitor.

use super::moves::moves_of;
use super::search::Search;
use crate::Error;
use crate::filter::Kind;
use commerce::rows::WaitingEventRow;
use commerce::{Timestamp, VisitorKey};
use std::collections::HashMap;

/// Returns the events that wait or waited for a visit of the visitors `asked`, each with the visit it belongs to by now.
pub(super) fn load(search: Search<'_>, asked: &HashMap<VisitorKey, Timestamp>) -> Result<Vec<WaitingEventRow>, Error> {
    let wanted = search.wanted(Kind::Waiting, &["t.visitor"], asked.keys().map(|visitor| visitor.0));
    let mut rows: Vec<WaitingEventRow> = search.find_rows(&[wanted])?;
    let moved = moves_of(search, rows.iter().map(|row| row.event))?;
    for row in &mut rows {
        row.visit = moved.get(&row.event).copied().unwrap_or(row.visit);
    }
    rows.sort_unstable_by_key(|row| (row.position, row.event));
    Ok(rows)
}
