//! Distinct visitors: all, by what they saw (a page, an event, a product), by time, or by both.
//!
//! Who saw a page on several days is one visitor of that page, so days do not add up. The logs have everything that a
//! visitor did in one part, so that what was counted already is remembered for the visitors of one part only.

mod counts;
mod values;

use super::{Look, of_traffic};
use crate::arm::{Side, arm_with};
use crate::calendar::Period;
use crate::dimensions::Asked;
use crate::error::Error;
use crate::facts::{Fact, Route};
use crate::log::Logs;
use crate::measures::{Source, VISITORS};
use crate::plan::{Arm, route};
use crate::sums::{Range, split_days};
use counts::{Counts, Rows, put};
use values::{By, Values};

/// More values and buckets than these are counted from rows.
const CELLS_MAX: usize = 8_000_000;

/// The column of how many there are.
pub(crate) const SEEN: &str = "s.people::bigint";

/// Says whether `source` counts distinct visitors of visits.
pub(crate) fn counts_visitors(source: &Source) -> bool {
    std::ptr::eq(source, &raw const VISITORS.sources[0])
}

/// Visitors of one period by dimensions, in a temporary table.
pub(crate) struct Seen {
    number: usize,
    period: Period,
    dimensions: Vec<Asked>,
}

impl Seen {
    /// Says whether these are the visitors of `side` by `dimensions`.
    pub(super) fn is_of(&self, dimensions: &[Asked], side: &Side) -> bool {
        side.period == self.period && side.part.is_none() && dimensions == self.dimensions
    }

    /// Returns the arm that reads them, with `measures` after the dimensions.
    pub(crate) fn arm(&self, measures: &[String]) -> String {
        let of = |(i, asked): (usize, &Asked)| {
            format!("{} as d{i}", if asked.time().is_some() { "s.bucket::bigint" } else { "n.value" })
        };
        let columns: Vec<String> = self.dimensions.iter().enumerate().map(of).chain(measures.iter().cloned()).collect();
        let i = self.number;
        format!(
            "select\n  {}\nfrom seen_{i} s join seen_values_{i} n on n.number = s.value where s.site = $1",
            columns.join(",\n  ")
        )
    }
}

/// Counts the visitors of the period of `side` as `query` asks; `None` if logs cannot tell, or there are none.
pub(super) fn find(
    look: &Look<'_>,
    (number, side): (usize, &Side),
    dimensions: &[Asked],
) -> Result<Option<Seen>, Error> {
    let Look { snapshot, site, settings, query } = *look;
    let (times, others): (Vec<&Asked>, Vec<&Asked>) = dimensions.iter().partition(|asked| asked.time().is_some());
    let asked = match others.as_slice() {
        _ if times.len() > 1 => return Ok(None),
        [] => None,
        [asked] => Some(*asked),
        _ => return Ok(None),
    };
    let by = asked.map(|asked| by(asked, !query.definitions.is_empty()));
    // By something else than what was seen.
    let by = match by {
        Some(None) => return Ok(None),
        by => by.flatten(),
    };
    let (split, days) = split_days(snapshot, site, settings, side.range(&settings.timezone))?;
    if days.is_empty() {
        return Ok(None);
    }
    let rows = rows(look, (number, side), dimensions, &split.from_rows)?;
    let whole = (days[0].0, days[days.len() - 1].0);
    let values = Values::read(look, number, by, whole, rows.is_some())?;
    let buckets = times.first().and_then(|asked| side.buckets.iter().find(|(unit, _)| Some(*unit) == asked.time()));
    let buckets = buckets.map(|(_, buckets)| buckets);
    let wide = buckets.map_or(1, |buckets| buckets.labels.len());
    if values.count.saturating_mul(wide) > CELLS_MAX {
        return Ok(None);
    }
    let rows = rows.map(|sql| Rows::read(snapshot, &sql, &values)).transpose()?.unwrap_or_default();
    let logs = Logs::read(snapshot, site, &days)?;
    let start = || Counts::new(&values, wide);
    let counts = logs.scan(snapshot, start, |counts, group| counts.add(group, &values, buckets, &rows))?;
    put((snapshot, site), number, wide, &counts)?;
    Ok(Some(Seen { number, period: side.period, dimensions: dimensions.to_vec() }))
}

/// Returns how kinds have `asked`; `None` if they do not.
fn by(asked: &Asked, is_defined: bool) -> Option<By<'_>> {
    let (Route::Bridge { relation, only, near: true, .. }, column) = route(Fact::Visits, asked.dimension())? else {
        return None;
    };
    let known = of_traffic(asked, column.table, is_defined) == Some(true);
    known.then_some(By { asked, column, relation: *relation, only })
}

/// Reads what visitors saw in `ranges` from rows, into a temporary table; `None` if there are no ranges. Returns a
/// statement of visitor, value and bucket.
fn rows(
    look: &Look<'_>,
    (number, side): (usize, &Side),
    dimensions: &[Asked],
    ranges: &[Range],
) -> Result<Option<String>, Error> {
    let mut context = look.context();
    if ranges.is_empty() {
        return Ok(None);
    }
    let part = Arm { fact: Fact::Visits, sources: Vec::new() };
    let mut arms = Vec::new();
    for range in ranges {
        let side = Side { part: Some(*range), ..side.clone() };
        let lead = ["v.visitor as visitor".to_owned()];
        arms.push(arm_with(&mut context, &part, &lead, dimensions, &side, &[]));
    }
    let place = |is_time: bool| dimensions.iter().position(|asked| asked.time().is_some() == is_time);
    let value = place(false).map_or_else(|| "null".to_owned(), |i| format!("d{i}"));
    let bucket = place(true).map_or_else(|| "0".to_owned(), |i| format!("d{i}"));
    let sql = format!(
        "create or replace temp table seen_rows_{number} as select visitor, {value} as value, ({bucket})::bigint as bucket from (\n{}\n) r",
        arms.join("\nunion all\n")
    );
    look.snapshot.make(&sql, context.params.values())?;
    Ok(Some(format!("select visitor, hash(value), bucket from seen_rows_{number}")))
}
