//! Analyses that are reports with a share and a few more columns: coupons, shipping and payment methods, profit.
//!
//! The figures are asked of the reports themselves, so the two never differ; here they are only put side by side.

pub(crate) mod coupons;
pub(crate) mod payment_methods;
pub(crate) mod profit;
pub(crate) mod shipping_methods;

use super::desk::Desk;
use super::draft::{Draft, figure, ratio, split};
use super::given::{Frame, Given};
use crate::error::{Error, QueryError};
use crate::metrics::Unit;
use crate::query::Query;
use crate::table::{Cell, Table};

/// A report about one dimension, over the days and the filter of an analysis.
#[derive(Debug)]
pub(super) struct Shares {
    frame: Frame,
    query: Query,
    whole: Query,
}

impl Shares {
    /// Reads the report of `metrics` by `dimension`.
    fn parse<'a>(given: &Given<'a>, dimension: &'a str, metrics: &'a str) -> Result<Self, QueryError> {
        let query = given.report(&[("metrics", metrics), ("dimensions", dimension)])?;
        let whole = given.report(&[("metrics", "orders,net_sales")])?;
        Ok(Self { frame: given.frame()?, query, whole })
    }

    fn report(&self, desk: &Desk) -> Result<Table, Error> {
        desk.report(&self.query)
    }

    /// Returns the report with the share that each row has in all orders and net sales: its first two figures.
    fn run(&self, desk: &Desk) -> Result<Table, Error> {
        let table = self.report(desk)?;
        let whole = desk.report(&self.whole)?;
        let mut columns = table.columns.clone();
        columns.push(figure("orders_share", "Of all orders", Unit::Percent));
        columns.push(figure("net_sales_share", "Of all net sales", Unit::Percent));
        let mut draft = Draft::new(columns);
        let shares = |row: &[Cell]| [1, 2].map(|i| ratio(number(&row[i]), number(&whole.totals[i - 1])));
        let with_shares = |mut row: Vec<Cell>| {
            let more = shares(&row);
            row.extend(more);
            row
        };
        draft.rows = table.rows.into_iter().map(with_shares).collect();
        draft.totals = with_shares(table.totals);
        Ok(draft.finish(desk, &self.frame))
    }
}

/// Returns the integer of a cell, 0 for an unknown one.
pub(super) fn number(cell: &Cell) -> i128 {
    match cell {
        Cell::Count(n) | Cell::Quantity(n) | Cell::Money(n) | Cell::Ratio(n) | Cell::Seconds(n) => *n,
        Cell::Null | Cell::Text(_) | Cell::Time(_) => 0,
    }
}

/// Returns the column that rows are split by.
fn by(name: &str, label: &str) -> crate::table::Column {
    split(name, label)
}
