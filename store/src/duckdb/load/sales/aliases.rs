//! Clients' own visit ids: the earliest event of each, with visitor and visit as they are now.

use super::super::super::keys;
use super::super::moves::moves_of;
use super::super::search::Search;
use crate::Error;
use crate::filter::Kind;
use commerce::rows::VisitAliasRow;
use commerce::state::State;
use commerce::{VisitKey, VisitorKey};
use std::collections::{HashMap, HashSet};

/// The visit ids found so far, and those asked for.
#[derive(Default)]
pub(super) struct Aliases {
    pub(super) rows: HashMap<u64, VisitAliasRow>,
    asked: HashSet<u64>,
}

impl Aliases {
    /// Adds the visit ids `aliases`. Visits that `state` knows are not read again.
    pub(super) fn find(
        &mut self,
        search: Search<'_>,
        aliases: impl IntoIterator<Item = u64>,
        state: &State,
    ) -> Result<(), Error> {
        let new: Vec<u64> = aliases.into_iter().filter(|alias| self.asked.insert(*alias)).collect();
        let found: Vec<VisitAliasRow> = search.find_rows(&[search.wanted(Kind::Alias, &["t.alias"], new)])?;
        let mut first: HashMap<u64, VisitAliasRow> = HashMap::new();
        for row in found {
            let known = first.entry(row.alias).or_insert_with(|| row.clone());
            if (row.at, row.event) < (known.at, known.event) {
                *known = row;
            }
        }
        if first.is_empty() {
            return Ok(());
        }
        let moved = moves_of(search, first.values().map(|row| row.event))?;
        for row in first.values_mut() {
            row.visit = moved.get(&row.event).copied().flatten().unwrap_or(row.visit);
        }
        let visitors = visitors_of(search, first.values().map(|row| row.visit).collect(), state)?;
        for row in first.values_mut() {
            row.visitor = visitors.get(&row.visit).copied().unwrap_or(row.visitor);
        }
        self.rows.extend(first);
        Ok(())
    }
}

/// Returns the visitors of `visits`: another may have taken one over.
fn visitors_of(
    search: Search<'_>,
    mut visits: HashSet<VisitKey>,
    state: &State,
) -> Result<HashMap<VisitKey, VisitorKey>, Error> {
    let known = state.visitors.values().flat_map(|v| &v.visits);
    let mut visitors: HashMap<VisitKey, VisitorKey> =
        known.filter(|visit| visits.contains(&visit.visit)).map(|visit| (visit.visit, visit.visitor)).collect();
    visits.retain(|visit| !visitors.contains_key(visit));
    if !visits.is_empty() {
        keys::put(search.connection, "k_visits", visits.iter().map(|v| v.0))?;
        let sql = "select v.visit, v.visitor from visits v semi join k_visits k on v.visit = k.key";
        visitors.extend(keys::rows::<(VisitKey, VisitorKey)>(search.connection, sql, &[])?);
    }
    Ok(visitors)
}
