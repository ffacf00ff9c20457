//! What kinds say that a question asks for: the distinct tuples of some of their columns, by numbers.
//!
//! A day has thousands of kinds and a year millions, but few tuples of a page, or of a product and what was done to it.
//! The tuples lie in a temporary table, and are asked whatever would be asked of all rows.

use super::Look;
use crate::error::Error;
use crate::keys::KeyMap;
use crate::log::{ACTION_COLUMNS, EVENT_COLUMNS, runs};
use crate::relations::Relation;
use commerce::Timestamp;
use std::collections::HashMap;

/// Stands for a kind that has no tuple.
pub(super) const NONE: u32 = u32::MAX;

/// Tuples of kinds of events, or of product actions.
pub(super) struct Tuples {
    /// The table that has them, with `number` and their columns.
    pub(super) relation: Relation,
    pub(super) table: &'static str,
    /// Their columns.
    pub(super) columns: Vec<&'static str>,
    pub(super) count: usize,
    /// The tuple of each kind, by day.
    days: HashMap<i64, Vec<u32>>,
}

impl Tuples {
    /// Reads the tuples of what `of` has, events or product actions, in the logs of the days from the one that begins at
    /// `first` to that at `last`. They have the columns that `texts` name, where `any_category` names
    /// all categories, and are of the kinds that meet the condition `only`, if it is not empty.
    ///
    /// # Errors
    /// [`Error::Store`] if the store cannot answer.
    pub(super) fn read(
        look: &Look<'_>,
        of: Relation,
        texts: &[&str],
        only: &str,
        (first, last): (Timestamp, Timestamp),
    ) -> Result<Self, Error> {
        let (kinds, relation, table, all) = match of {
            Relation::Events => (Relation::EventKinds, Relation::EventTuples, "event_tuples", EVENT_COLUMNS),
            _ => (Relation::ActionKinds, Relation::ActionTuples, "action_tuples", ACTION_COLUMNS),
        };
        let columns: Vec<&str> = all.iter().copied().filter(|column| names(texts, column)).collect();
        let listed = columns.join(", ");
        let mut context = look.context();
        let days = format!("\"at\" >= {} and \"at\" <= {}", context.params.bind(first), context.params.bind(last));
        let mut conditions = vec![days];
        conditions.extend((!only.is_empty()).then(|| only.to_owned()));
        let kinds = kinds.text(context.scope, false, &conditions);
        let params = context.params.values();
        let sql = format!(
            "create or replace temp table {table} as select $1::uinteger as site, (row_number() over () - 1)::uinteger as number, \
             hash({listed}) as told, {listed} from (select distinct {listed} from {kinds} k) t"
        );
        look.snapshot.make(&sql, params)?;
        let mut numbers: KeyMap<u32> = KeyMap::default();
        look.snapshot.numbers(&format!("select number, told from {table}"), &[], |columns| {
            let [known, told] = columns else { return };
            numbers.extend(told.iter().zip(known.iter()).map(|(told, number)| (*told, *number as u32)));
        })?;
        let mut days: HashMap<i64, Vec<u32>> = HashMap::new();
        look.snapshot.numbers(&format!("select \"at\", kind, hash({listed}) from {kinds} k"), params, |columns| {
            let [starts, kinds, told] = columns else { return };
            for (of_day, from) in runs(starts) {
                let tuples = days.entry(of_day as i64).or_default();
                for row in from {
                    let at = kinds[row] as usize;
                    if tuples.len() <= at {
                        tuples.resize(at + 1, NONE);
                    }
                    tuples[at] = numbers.get(&told[row]).copied().unwrap_or(NONE);
                }
            }
        })?;
        Ok(Self { relation, table, columns, count: numbers.len(), days })
    }

    /// Returns the tuples of the kinds of the day that begins at `day`.
    pub(super) fn of(&self, day: i64) -> &[u32] {
        self.days.get(&day).map_or(&[], Vec::as_slice)
    }
}

/// Says whether any of `texts` names `column`.
fn names(texts: &[&str], column: &str) -> bool {
    let is_category = column.starts_with("category");
    texts.iter().any(|text| {
        let mut words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        words.any(|word| word == column || is_category && word == "any_category")
    })
}
