//! Lists: single orders, items, carts, customers and visits, one row each, as people take them away.
//!
//! Every list is declared once ([`LISTS`], in `catalogue.rs`) on a fact of the reports, so that it takes the same
//! filters and its totals are those of the report: `ask.rs` reads what is wanted, `run.rs` makes it a statement and a
//! [`crate::Table`], or a file for lists of any length.

mod ask;
mod catalogue;
mod run;

pub use ask::ListQuery;
pub use catalogue::LISTS;
pub use run::{list, list_to_file};

use crate::export::Form;
use crate::facts::Fact;
use crate::metrics::Unit;

/// A list.
#[derive(Debug)]
pub struct List {
    /// Name in paths.
    pub name: &'static str,
    /// What it is headed with.
    pub label: &'static str,
    /// What its rows are, and which.
    pub definition: &'static str,
    /// Its columns, in order.
    pub columns: &'static [ListColumn],
    pub(crate) fact: Fact,
    /// What is joined to the fact besides, in SQL; `$1` is the site.
    pub(crate) joins: &'static str,
    /// Which of the fact's rows, in SQL; empty for all.
    pub(crate) only: &'static str,
    /// Which of its rows the totals are of, in SQL; empty for all. Only of lists that are not grouped.
    pub(crate) counted: &'static str,
    /// What the fact's rows are put together by, in SQL; empty for a row each.
    pub(crate) grouped_by: &'static str,
    /// The order of the rows where none is asked for, in SQL over the columns: total, so that pages are stable.
    pub(crate) order: &'static str,
}

/// A column of a list.
#[derive(Debug)]
pub struct ListColumn {
    /// Name: where it is a figure that a report has, that metric's.
    pub name: &'static str,
    /// What its cells are.
    pub form: ListForm,
    pub(crate) sql: &'static str,
}

/// What a list's cells are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListForm {
    /// Text.
    Text,
    /// An instant.
    Time,
    /// A figure; money is in the site's currency. Figures have totals.
    Figure(Unit),
    /// An amount in the currency that the row names. It has no total.
    Amount,
    /// A whole number that says which, such as a line's: it has no total.
    Number,
}

impl ListForm {
    /// Returns the form of the column in a file.
    pub(crate) fn in_file(self) -> Form {
        match self {
            Self::Text => Form::Text,
            Self::Time => Form::Time,
            Self::Figure(unit) => Form::Figure(unit),
            Self::Amount => Form::Figure(Unit::Money),
            Self::Number => Form::Figure(Unit::Count),
        }
    }
}
