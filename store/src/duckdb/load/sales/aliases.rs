//! Clients' own visit ids: the earliest event of each, with visitor and visit as they are now.

use super::super::moves::{moves_of, visitors_of};
use super::super::search::Search;
use crate::Error;
use crate::filter::Kind;
use commerce::rows::VisitAliasRow;
use commerce::state::State;
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
        let known = state.visitors.values().flat_map(|v| &v.visits).map(|visit| (visit.visit, visit.visitor));
        let visitors = visitors_of(search, first.values().map(|row| row.visit).collect(), known.collect())?;
        for row in first.values_mut() {
            row.visitor = visitors.get(&row.visit).copied().unwrap_or(row.visitor);
        }
        self.rows.extend(first);
        Ok(())
    }
}
