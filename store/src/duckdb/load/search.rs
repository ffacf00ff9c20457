//! How rows are found by keys: a narrow look over key columns first, then the wide rows at the positions found.
//!
//! Keys that are surely not stored are not looked for; where none is left, no statement is run.

use super::super::keys;
use crate::filter::{Kind, SalesFilter};
use crate::table::{Field, Row, Table};
use crate::{Error, Value, dialect};
use duckdb::Connection;
use std::collections::HashSet;

/// Rows further apart than this are read by statements of their own: a block of rows is as long.
const GAP: u64 = 122_880;

/// Most statements that the rows of one table are read with.
const RUNS_MAX: usize = 12;

/// Positions no further apart than this are read as one run, if they are so many. Others are looked up one by one, unless
/// they lie nearly as close: a look-up takes as long as reading a hundred rows.
const SPARSE: u64 = 32;
const RUN_MIN: usize = 100;

/// Positions looked up in one statement. From 2 048 rows on the engine would rather read the whole table.
const LOOKUPS_MAX: usize = 1000;

/// Looks for rows that hold keys.
#[derive(Clone, Copy)]
pub(super) struct Search<'a> {
    pub(super) connection: &'a Connection,
    pub(super) filter: &'a SalesFilter,
}

/// Keys, and what is to hold one of them.
pub(super) struct Wanted {
    /// Columns of the table `t`, or a condition that ends with one.
    columns: &'static [&'static str],
    keys: Vec<u64>,
}

impl Wanted {
    /// Returns `keys`, as wanted in `columns`, of which nothing is known beforehand.
    pub(super) fn any(columns: &'static [&'static str], keys: impl IntoIterator<Item = u64>) -> Self {
        Self { columns, keys: keys.into_iter().collect() }
    }
}

impl Search<'_> {
    /// Returns those of `keys` that may be stored, as wanted in `columns`.
    pub(super) fn wanted(
        &self,
        kind: Kind,
        columns: &'static [&'static str],
        keys: impl IntoIterator<Item = u64>,
    ) -> Wanted {
        Wanted { columns, keys: keys.into_iter().filter(|key| self.filter.may_hold(kind, *key)).collect() }
    }

    /// Returns `select` of the rows of `table` (called `t`) that hold what is wanted, and for which `and` is true.
    pub(super) fn find<T: Field>(
        &self,
        select: &str,
        table: &str,
        wanted: &[Wanted],
        and: (&str, &[Value]),
    ) -> Result<Vec<T>, Error> {
        let mut tests = Vec::new();
        let tables = (0..keys::WANTED_TABLES).map(keys::wanted_table);
        for (wanted, keys) in wanted.iter().filter(|w| !w.keys.is_empty()).zip(tables) {
            keys::put(self.connection, &keys, wanted.keys.iter().copied())?;
            tests.extend(wanted.columns.iter().map(|column| format!("({column} in (select key from {keys}))")));
        }
        if tests.is_empty() {
            return Ok(Vec::new());
        }
        let sql = format!("select {select} from {table} t where ({}) and {}", tests.join(" or "), and.0);
        keys::rows(self.connection, &sql, and.1)
    }

    /// Returns whole rows of `T` that hold what is wanted.
    pub(super) fn find_rows<T: Table>(&self, wanted: &[Wanted]) -> Result<Vec<T>, Error> {
        let rows: Vec<Row<T>> =
            self.find(&dialect::columns("t", &T::column_names()), T::NAME, wanted, ("true", &[]))?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    /// Reads the rows of `T` at `positions`, and maybe others. The table has an index over its positions.
    pub(super) fn at<T: Table>(&self, positions: &HashSet<u64>) -> Result<Vec<T>, Error> {
        let mut sorted: Vec<u64> = positions.iter().copied().collect();
        sorted.sort_unstable();
        let mut rows = Vec::new();
        let mut lone: Vec<u64> = Vec::new();
        for run in sorted.chunk_by(|a, b| b - a <= SPARSE) {
            match (run.first(), run.last()) {
                (Some(first), Some(last)) if run.len() >= RUN_MIN => {
                    rows.extend(self.read::<T>(&format!("t.position between {first} and {last}"))?);
                }
                _ => lone.extend(run),
            }
        }
        let (Some(first), Some(last)) = (lone.first(), lone.last()) else { return Ok(rows) };
        if lone.len() > RUN_MIN && (last - first) / lone.len() as u64 <= 2 * SPARSE {
            keys::put(self.connection, "k_old", lone.iter().copied())?;
            rows.extend(fetch::<T>(self.connection, "position", "k_old", lone.into_iter())?);
            return Ok(rows);
        }
        for some in lone.chunks(LOOKUPS_MAX) {
            // Numbers in the statement itself: the engine uses its index for constants only.
            let numbers: Vec<String> = some.iter().map(u64::to_string).collect();
            rows.extend(self.read::<T>(&format!("t.position in ({})", numbers.join(", ")))?);
        }
        Ok(rows)
    }

    fn read<T: Table>(&self, test: &str) -> Result<Vec<T>, Error> {
        let columns = dialect::columns("t", &T::column_names());
        let rows: Vec<Row<T>> =
            keys::rows(self.connection, &format!("select {columns} from {} t where {test}", T::NAME), &[])?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }
}

/// Reads the rows of `T` whose column `key` is in the temporary table `keys` and whose position is one of `positions`
/// or lies between two of them.
pub(super) fn fetch<T: Table>(
    connection: &Connection,
    key: &str,
    keys: &str,
    positions: impl Iterator<Item = u64>,
) -> Result<Vec<T>, Error> {
    let sql = format!(
        "select {} from {} t semi join {keys} k on t.{} = k.key where t.position between ? and ?",
        dialect::columns("t", &T::column_names()),
        T::NAME,
        dialect::quoted(key),
    );
    let mut rows = Vec::new();
    for (first, last) in runs(positions.collect()) {
        let found: Vec<Row<T>> = keys::rows(connection, &sql, &[Value::UInt(first), Value::UInt(last)])?;
        rows.extend(found.into_iter().map(|row| row.0));
    }
    Ok(rows)
}

/// Returns first and last position of each run of `positions`: they are cut at their widest gaps.
fn runs(mut positions: Vec<u64>) -> Vec<(u64, u64)> {
    positions.sort_unstable();
    let (Some(first), Some(last)) = (positions.first(), positions.last()) else { return Vec::new() };
    let mut gaps: Vec<(u64, u64)> =
        positions.windows(2).map(|pair| (pair[0], pair[1])).filter(|(from, to)| to - from > GAP).collect();
    gaps.sort_unstable_by_key(|(from, to)| std::cmp::Reverse(to - from));
    gaps.truncate(RUNS_MAX - 1);
    gaps.sort_unstable();
    let starts = std::iter::once(*first).chain(gaps.iter().map(|(_, to)| *to));
    let ends = gaps.iter().map(|(from, _)| *from).chain([*last]);
    starts.zip(ends).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_cut_at_the_widest_gaps() {
        assert_eq!(runs(Vec::new()), []);
        assert_eq!(runs(vec![7]), [(7, 7)]);
        assert_eq!(runs(vec![9, 7, 8 + GAP]), [(7, 8 + GAP)]);
        assert_eq!(runs(vec![10 + GAP, 7, 9]), [(7, 9), (10 + GAP, 10 + GAP)]);
        let far: Vec<u64> = (0..100).map(|n| n * (GAP + 1 + n)).collect();
        let found = runs(far.clone());
        assert_eq!(found.len(), RUNS_MAX);
        assert_eq!((found[0].0, found[1].0, found[RUNS_MAX - 1].1), (0, far[100 - RUNS_MAX + 1], far[99]));
        assert!(far.iter().all(|p| found.iter().any(|(first, last)| first <= p && p <= last)));
    }
}
