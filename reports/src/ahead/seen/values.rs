//! Which values kinds stand for: numbered, so that a pass over logs counts by numbers.

use super::super::Look;
use super::super::tuples::Tuples;
use crate::arm::text;
use crate::dimensions::{Asked, Column};
use crate::error::Error;
use crate::keys::KeyMap;
use crate::relations::Relation;
use commerce::Timestamp;

/// A dimension of what was seen, and how kinds have it.
#[derive(Clone, Copy)]
pub(super) struct By<'a> {
    pub(super) asked: &'a Asked,
    pub(super) column: &'static Column,
    /// What has the column: events or product actions.
    pub(super) relation: Relation,
    /// The condition on those that count; empty for none.
    pub(super) only: &'static str,
}

/// The values that kinds stand for, by numbers.
pub(super) struct Values {
    pub(super) count: usize,
    /// Numbers by hash.
    pub(super) numbers: KeyMap<u32>,
    /// `None` if every visit counts.
    pub(super) tuples: Option<Tuples>,
    /// Where the values of each tuple begin; there is one more than tuples.
    begins: Vec<u32>,
    /// The values of the tuples.
    all: Vec<u32>,
}

impl Values {
    /// Numbers the values of the dimension asked for, whose column is in the tuples of a relation, and those of the rows
    /// that were read before; without a dimension there is one, of all visits.
    pub(super) fn read(
        look: &Look<'_>,
        number: usize,
        by: Option<By<'_>>,
        whole: (Timestamp, Timestamp),
        has_rows: bool,
    ) -> Result<Self, Error> {
        let snapshot = look.snapshot;
        let mut context = look.context();
        let (tuples, told) = match by {
            None => (None, "select 0 as number, null::varchar as value".to_owned()),
            Some(By { asked, column, relation, only }) => {
                let tuples = Tuples::read(look, relation, &[column.sql], only, whole)?;
                let value = text(&mut context, column, asked, "t");
                let rows = tuples.relation.text(context.scope, column.spreads, &[]);
                (Some(tuples), format!("select t.number, {value} as value from {rows} t"))
            }
        };
        let params = if tuples.is_some() { context.params.values() } else { &[] };
        let rows = if has_rows { format!(" union select value from seen_rows_{number}") } else { String::new() };
        let sql = format!(
            "create or replace temp table seen_values_{number} as select (row_number() over () - 1)::ubigint as number, hash(value) as told, value \
             from (select distinct value from (\n{told}\n) k{rows}) v"
        );
        snapshot.make(&sql, params)?;
        let mut numbers: KeyMap<u32> = KeyMap::default();
        snapshot.numbers(&format!("select number, told from seen_values_{number}"), &[], |columns| {
            let [known, told] = columns else { return };
            numbers.extend(told.iter().zip(known.iter()).map(|(told, number)| (*told, *number as u32)));
        })?;
        let mut pairs: Vec<(u32, u32)> = Vec::new();
        snapshot.numbers(&format!("select number, hash(value) from (\n{told}\n) k"), params, |columns| {
            let [of, told] = columns else { return };
            let known = of.iter().zip(told.iter()).filter_map(|(of, told)| Some((*of as u32, *numbers.get(told)?)));
            pairs.extend(known);
        })?;
        pairs.sort_unstable();
        pairs.dedup();
        let begin = |tuple: usize| pairs.partition_point(|(of, _)| (*of as usize) < tuple) as u32;
        let begins = (0..=tuples.as_ref().map_or(0, |tuples| tuples.count)).map(begin).collect();
        let all = pairs.into_iter().map(|(_, value)| value).collect();
        Ok(Self { count: numbers.len(), numbers, tuples, begins, all })
    }

    /// Returns the values of `tuple`.
    #[inline]
    pub(super) fn of(&self, tuple: u32) -> &[u32] {
        let (Some(from), Some(to)) = (self.begins.get(tuple as usize), self.begins.get(tuple as usize + 1)) else {
            return &[];
        };
        &self.all[*from as usize..*to as usize]
    }
}
