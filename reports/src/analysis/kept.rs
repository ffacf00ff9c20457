//! The rows of a fact that a filter keeps, with the columns that an analysis reads.
//!
//! It is an arm without dimensions, so whatever a filter or segment can say of a report it says of an analysis.

use crate::arm::{Context, Side, arm_with};
use crate::facts::Fact;
use crate::plan::Arm;

/// Returns a select of `columns` of every row of `fact` in the period of `side` that the filter keeps. A row may come
/// several times where the filter leads to it by several ways.
pub(crate) fn members(context: &mut Context, fact: Fact, columns: &[&str], side: &Side) -> String {
    let columns: Vec<String> = columns.iter().map(|c| (*c).to_owned()).collect();
    arm_with(context, &Arm { fact, sources: Vec::new() }, &[], &[], side, &columns)
}
