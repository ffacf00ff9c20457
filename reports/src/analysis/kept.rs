//! The rows of a fact that a filter keeps, with the columns that an analysis reads.

use crate::arm::{Context, Side};
use crate::facts::Fact;

/// Returns a select of `columns` of every row of `fact` in the period of `side` that the filter keeps. A row may come
/// several times where the filter leads to it by several ways.
pub(crate) fn members(context: &mut Context, fact: Fact, columns: &[&str], side: &Side) -> String {
    format!("select * from {} kept", crate::members::members(context, fact, &columns.join(", "), side))
}
