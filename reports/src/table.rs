//! The answer: a [`Table`] value with typed columns, rows and totals. Knows no SQL and no JSON beyond single literals.

use crate::calendar::Period;
use crate::metrics::Unit;
use crate::query::{Compare, RefundView};
use commerce::Timestamp;

/// A report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// What each cell of a row is.
    pub columns: Vec<Column>,
    /// Rows in their order, one cell per column.
    pub rows: Vec<Vec<Cell>>,
    /// Totals, one cell per column; null under dimensions. They are asked for, not added up.
    pub totals: Vec<Cell>,
    /// What the figures stand for.
    pub meta: Meta,
}

/// A column of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Name: that of a dimension or metric; `orders:previous` for the period compared with.
    pub name: String,
    /// What to head it with.
    pub label: String,
    /// Whether it splits or counts.
    pub kind: Kind,
    /// Unit of a metric; `None` for a dimension.
    pub unit: Option<Unit>,
    /// Whether the rows, all of them, sum to the total.
    pub additive: bool,
}

/// What a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What figures are split by.
    Dimension,
    /// A figure.
    Metric,
}

impl Kind {
    /// Returns the kind's name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dimension => "dimension",
            Self::Metric => "metric",
        }
    }
}

/// What the figures of a report stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    /// Currency of every amount, ISO 4217.
    pub currency: String,
    /// IANA zone of the civil days.
    pub timezone: String,
    /// The days.
    pub period: Period,
    /// The days compared with, and how they were chosen.
    pub compared: Option<(Compare, Period)>,
    /// Journal position that the figures stand at.
    pub as_of_position: u64,
    /// The instant that decided which carts are abandoned; `None` if the store is empty.
    pub as_of: Option<Timestamp>,
    /// How many rows there are, left out ones included.
    pub rows_total: u64,
    /// What the rows were narrowed by, each in the long form: given back as `filter` or `segment`, it says the same.
    pub filters: Vec<String>,
    /// Segments that are compared: name and text.
    pub segments: Vec<(String, String)>,
    /// The date that refunds are booked on.
    pub refund_view: RefundView,
    /// What orders of the period were charged that no sum of money holds, since their currency has no rate: by currency,
    /// of all orders whatever the filter. Empty if there are none, and in reports without money of orders.
    pub unconverted: Vec<Unconverted>,
    /// What an analysis says beside its rows, by name.
    pub extras: Vec<(&'static str, serde_json::Value)>,
}

/// Orders in a currency without a rate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unconverted {
    /// Their currency, ISO 4217.
    pub currency: String,
    /// How many.
    pub orders: u64,
    /// What was charged, in their currency: [`Cell::Money`].
    pub order_total: Cell,
}

/// One value of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Not known, or a rate of nothing.
    Null,
    /// Text of a dimension.
    Text(String),
    /// Whole number.
    Count(i128),
    /// Pieces in 1/1000.
    Quantity(i128),
    /// Amount in 1/10 000 of the report's currency.
    Money(i128),
    /// Share or quotient in 1/10 000.
    Ratio(i128),
    /// Seconds in 1/10.
    Seconds(i128),
    /// An instant, RFC 3339 in UTC when written.
    Time(Timestamp),
}

impl Cell {
    /// Returns the cell of `unit` whose integer is `value`; null for `None`.
    pub(crate) fn of(unit: Unit, value: Option<i128>) -> Self {
        let Some(value) = value else { return Self::Null };
        match unit {
            Unit::Count => Self::Count(value),
            Unit::Quantity => Self::Quantity(value),
            Unit::Money => Self::Money(value),
            Unit::Percent | Unit::Ratio => Self::Ratio(value),
            Unit::Seconds => Self::Seconds(value),
        }
    }

    /// Returns `part` as a share of `whole`, rounded half up; null for a share of nothing.
    pub fn share(part: u64, whole: u64) -> Self {
        let (part, whole) = (i128::from(part), i128::from(whole));
        if whole == 0 { Self::Null } else { Self::Ratio((20_000 * part + whole) / (2 * whole)) }
    }

    /// Returns the cell as plain text: decimal digits for numbers, the empty text for null.
    pub fn text(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Text(text) => text.clone(),
            Self::Count(n) => n.to_string(),
            Self::Quantity(n) => decimal(*n, 3, 0),
            Self::Money(n) => decimal(*n, 4, 2),
            Self::Ratio(n) => decimal(*n, 4, 4),
            Self::Seconds(n) => decimal(*n, 1, 0),
            Self::Time(at) => at.to_string(),
        }
    }

    /// Returns the cell as a JSON literal: `12`, `0.3333`, `"49.90"`, `"Email"`, `null`. Money is a text, so that no
    /// reader makes a binary float of it.
    pub fn json_text(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Text(text) => serde_json::Value::String(text.clone()).to_string(),
            Self::Money(_) | Self::Time(_) => format!("\"{}\"", self.text()),
            _ => self.text(),
        }
    }
}

/// Writes `value` in 10^-`scale` with at least `min` decimals and no further zeros.
fn decimal(value: i128, scale: u32, min: usize) -> String {
    let unit = 10_u128.pow(scale);
    let magnitude = value.unsigned_abs();
    let fraction = format!("{:0width$}", magnitude % unit, width = scale as usize);
    let kept = fraction.trim_end_matches('0').len().max(min);
    let sign = if value < 0 { "-" } else { "" };
    let point = if kept == 0 { "" } else { "." };
    format!("{sign}{}{point}{}", magnitude / unit, &fraction[..kept])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_write_themselves_exactly() {
        let check = |cell: Cell, text: &str, json: &str| {
            assert_eq!((cell.text().as_str(), cell.json_text().as_str()), (text, json), "{cell:?}");
        };
        check(Cell::Null, "", "null");
        check(Cell::Text("a\"b\n".to_owned()), "a\"b\n", r#""a\"b\n""#);
        check(Cell::Count(12), "12", "12");
        check(Cell::Quantity(2000), "2", "2");
        check(Cell::Quantity(500), "0.5", "0.5");
        check(Cell::Money(499_000), "49.90", "\"49.90\"");
        check(Cell::Money(-125), "-0.0125", "\"-0.0125\"");
        check(Cell::Ratio(3333), "0.3333", "0.3333");
        check(Cell::Ratio(10_000), "1.0000", "1.0000");
        check(Cell::Seconds(18_010), "1801", "1801");
        check(Cell::Seconds(5), "0.5", "0.5");
        check(
            Cell::Money(170_141_183_460_469_231_731_687_303_715_884_105_727),
            "17014118346046923173168730371588410.5727",
            "\"17014118346046923173168730371588410.5727\"",
        );
    }
}
