//! A table in the making: columns said in a line each, rates and quotients in exact integers, rows cut to what is asked.

use super::desk::Desk;
use super::given::Frame;
use crate::metrics::Unit;
use crate::table::{Cell, Column, Kind, Table};
use serde_json::Value;

/// A table whose rows are being put together.
pub(crate) struct Draft {
    columns: Vec<Column>,
    pub(crate) rows: Vec<Vec<Cell>>,
    pub(crate) totals: Vec<Cell>,
    pub(crate) extras: Vec<(&'static str, Value)>,
}

/// Returns a column that figures are split by.
pub(crate) fn split(name: &str, label: &str) -> Column {
    Column { name: name.to_owned(), label: label.to_owned(), kind: Kind::Dimension, unit: None, additive: false }
}

/// Returns a column of figures.
pub(crate) fn figure(name: &str, label: &str, unit: Unit) -> Column {
    Column { name: name.to_owned(), label: label.to_owned(), kind: Kind::Metric, unit: Some(unit), additive: false }
}

/// Returns a column of figures whose rows, all of them, sum to the total.
pub(crate) fn sum(name: &str, label: &str, unit: Unit) -> Column {
    Column { additive: true, ..figure(name, label, unit) }
}

impl Draft {
    /// Returns a table without rows and with unknown totals.
    pub(crate) fn new(columns: Vec<Column>) -> Self {
        let totals = vec![Cell::Null; columns.len()];
        Self { columns, rows: Vec::new(), totals, extras: Vec::new() }
    }

    /// Returns the table, with the rows that `frame` asks for.
    pub(crate) fn finish(self, desk: &Desk, frame: &Frame) -> Table {
        let mut meta = desk.meta(frame.period, self.rows.len());
        meta.filters = frame.filter.texts();
        meta.extras = self.extras;
        let rows = self.rows.into_iter().skip(frame.offset).take(frame.limit).collect();
        Table { columns: self.columns, rows, totals: self.totals, meta }
    }
}

/// Returns `of / per` with four decimals, half away from zero; null where there is nothing to divide by.
pub(crate) fn ratio(of: i128, per: i128) -> Cell {
    divided(of * 10_000, per).map_or(Cell::Null, Cell::Ratio)
}

/// Returns the amount `of / per` rounded to `decimals`; null where there is nothing to divide by.
pub(crate) fn amount_per(of: i128, per: i128, decimals: u32) -> Cell {
    let step = 10_i128.pow(4 - decimals.min(4));
    divided(of, per * step).map_or(Cell::Null, |n| Cell::Money(n * step))
}

/// Returns `of / per` rounded half away from zero; `None` unless `per` is above zero.
pub(crate) fn divided(of: i128, per: i128) -> Option<i128> {
    let half_away = |of: i128| (2 * of + per) / (2 * per);
    (per > 0).then(|| if of < 0 { -half_away(-of) } else { half_away(of) })
}

/// Returns the cell of microseconds, in tenths of a second.
pub(crate) fn seconds(us: i64) -> Cell {
    divided(i128::from(us), 100_000).map_or(Cell::Null, Cell::Seconds)
}

/// Returns the median of `values`, the mean of the middle two where their number is even; `None` of none.
pub(crate) fn median(values: &mut [i64]) -> Option<i64> {
    values.sort_unstable();
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        n if n % 2 == 1 => Some(values[middle]),
        _ => divided(i128::from(values[middle - 1]) + i128::from(values[middle]), 2).map(|n| n as i64),
    }
}

/// Returns the cell of a text, null for `None`.
pub(crate) fn text_cell(text: Option<&str>) -> Cell {
    text.map_or(Cell::Null, |t| Cell::Text(t.to_owned()))
}

/// Returns the cell of a whole number.
pub(crate) fn count(n: usize) -> Cell {
    Cell::Count(n as i128)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotients_round_half_away_from_zero() {
        assert_eq!(ratio(1, 3), Cell::Ratio(3333));
        assert_eq!(ratio(2, 3), Cell::Ratio(6667));
        assert_eq!(ratio(-1, 20_000), Cell::Ratio(-1));
        assert_eq!(ratio(1, 0), Cell::Null);
        assert_eq!(amount_per(100_000, 3, 2), Cell::Money(33_300));
        assert_eq!(amount_per(100_000, 3, 0), Cell::Money(30_000));
    }

    #[test]
    fn medians_are_exact() {
        assert_eq!(median(&mut []), None);
        assert_eq!(median(&mut [5, 1, 9]), Some(5));
        assert_eq!(median(&mut [1, 2]), Some(2));
    }
}
