//! Distinct visitors by what they saw: a page, an event, a product, alone or by time.
//!
//! Who saw a page on several days is one visitor of that page, so days do not add up. The logs have everything that a
//! visitor did in one part, so that what was counted already is remembered for the visitors of one part only.

use super::{Look, of_traffic};
use crate::arm::{Side, arm_with, text};
use crate::calendar::{Buckets, Period};
use crate::dimensions::Asked;
use crate::error::Error;
use crate::facts::{Fact, Route, Table};
use crate::joins::kinds_behind;
use crate::keys::{KeyMap, PairSet};
use crate::log::{Logs, Part};
use crate::measures::{Source, VISITORS};
use crate::plan::{Arm, route};
use crate::sums::{Range, split_days};
use commerce::Timestamp;
use std::collections::HashMap;
use store::{Snapshot, Value};

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
        format!("select\n  {}\nfrom seen_{i} s join seen_values_{i} n on n.number = s.value", columns.join(",\n  "))
    }
}

/// Counts the visitors of the period of `side` as `query` asks; `None` if logs cannot tell, or there are none.
pub(super) fn find(look: &Look<'_>, (number, side): (usize, &Side)) -> Result<Option<Seen>, Error> {
    let Look { snapshot, site, settings, query } = *look;
    let (times, others): (Vec<&Asked>, Vec<&Asked>) = query.dimensions.iter().partition(|asked| asked.time().is_some());
    let ([asked], true) = (others.as_slice(), times.len() < 2) else { return Ok(None) };
    let Some((way @ Route::Bridge { .. }, column)) = route(Fact::Visits, asked.dimension()) else { return Ok(None) };
    if of_traffic(asked, column.table, !query.definitions.is_empty()) != Some(true) {
        return Ok(None);
    }
    let (split, days) = split_days(snapshot, site, settings, side.range(&settings.timezone))?;
    if days.is_empty() {
        return Ok(None);
    }
    let whole = (days[0].0, days[days.len() - 1].0);
    let mut context = look.context();
    let Some(kinds) = kinds_behind(&mut context, way, column.spreads, whole) else { return Ok(None) };
    let value = text(&mut context, column, asked, "t");
    let kinds = format!("select t.\"at\" as day, t.kind as kind, {value} as value from {kinds} t");
    let rows = rows(look, (number, side), &split.from_rows)?;
    let values = Values::read(snapshot, context.params.values(), number, (&kinds, column.table), rows.is_some())?;
    let buckets = times.first().and_then(|asked| side.buckets.iter().find(|(unit, _)| Some(*unit) == asked.time()));
    let buckets = buckets.map(|(_, buckets)| buckets);
    let wide = buckets.map_or(1, |buckets| buckets.labels.len());
    if values.count.saturating_mul(wide) > CELLS_MAX {
        return Ok(None);
    }
    let rows = rows.map(|sql| Rows::read(snapshot, &sql, &values)).transpose()?.unwrap_or_default();
    let logs = Logs::read(snapshot, site, &days)?;
    let start = || Counts::new(values.count * wide, wide);
    let counts = logs.scan(snapshot, start, |counts, part| counts.add(part, &values, buckets, &rows))?;
    put(snapshot, number, wide, &counts)?;
    Ok(Some(Seen { number, period: side.period, dimensions: query.dimensions.clone() }))
}

/// Reads what visitors saw in `ranges` from rows, into a temporary table; `None` if there are no ranges. Returns a
/// statement of visitor, value and bucket.
fn rows(look: &Look<'_>, (number, side): (usize, &Side), ranges: &[Range]) -> Result<Option<String>, Error> {
    let (query, mut context) = (look.query, look.context());
    if ranges.is_empty() {
        return Ok(None);
    }
    let part = Arm { fact: Fact::Visits, sources: Vec::new() };
    let mut arms = Vec::new();
    for range in ranges {
        let side = Side { part: Some(*range), ..side.clone() };
        let lead = ["v.visitor as visitor".to_owned()];
        arms.push(arm_with(&mut context, &part, &lead, &query.dimensions, &side, &[]));
    }
    let place = |is_time: bool| query.dimensions.iter().position(|asked| asked.time().is_some() == is_time);
    let value = place(false).map_or_else(|| "null".to_owned(), |i| format!("d{i}"));
    let bucket = place(true).map_or_else(|| "0".to_owned(), |i| format!("d{i}"));
    let sql = format!(
        "create or replace temp table seen_rows_{number} as select visitor, {value} as value, ({bucket})::bigint as bucket from (\n{}\n) r",
        arms.join("\nunion all\n")
    );
    look.snapshot.make(&sql, context.params.values())?;
    Ok(Some(format!("select visitor, hash(value), bucket from seen_rows_{number}")))
}

/// The values that kinds stand for, by numbers.
struct Values {
    count: usize,
    /// What the kinds are of.
    table: Table,
    /// Numbers by hash.
    numbers: KeyMap<u32>,
    days: HashMap<i64, OfDay>,
}

/// The values of the kinds of one day: the first of each kind, and more where a kind has several.
#[derive(Default)]
struct OfDay {
    first: Vec<u32>,
    more: HashMap<u32, Vec<u32>>,
}

/// Stands for a kind without a value that counts.
const NONE: u32 = u32::MAX;

impl Values {
    /// Numbers the values of `kinds`, a statement of day, kind and value, and of the rows that were read before.
    fn read(
        snapshot: &Snapshot<'_>,
        params: &[Value],
        number: usize,
        (kinds, table): (&str, Table),
        has_rows: bool,
    ) -> Result<Self, Error> {
        let rows = if has_rows { format!(" union select value from seen_rows_{number}") } else { String::new() };
        let sql = format!(
            "create or replace temp table seen_values_{number} as select (row_number() over () - 1)::ubigint as number, hash(value) as told, value \
             from (select distinct value from (\n{kinds}\n) k{rows}) v"
        );
        snapshot.make(&sql, params)?;
        let mut out = Self { count: 0, table, numbers: KeyMap::default(), days: HashMap::new() };
        snapshot.numbers(&format!("select number, told from seen_values_{number}"), &[], |columns| {
            let [numbers, told] = columns else { return };
            out.numbers.extend(told.iter().zip(numbers.iter()).map(|(told, number)| (*told, *number as u32)));
        })?;
        out.count = out.numbers.len();
        let Self { numbers, days, .. } = &mut out;
        snapshot.numbers(&format!("select day, kind, hash(value) from (\n{kinds}\n) k"), params, |columns| {
            let [starts, kinds, told] = columns else { return };
            for row in 0..starts.len() {
                let Some(value) = numbers.get(&told[row]) else { continue };
                days.entry(starts[row] as i64).or_default().add(kinds[row] as u32, *value);
            }
        })?;
        Ok(out)
    }

    /// Returns the values of the kinds of events and of product actions of a day.
    fn of<'v>(&'v self, day: i64, none: &'v OfDay) -> [&'v OfDay; 2] {
        let values = self.days.get(&day).unwrap_or(none);
        if self.table == Table::Events { [values, none] } else { [none, values] }
    }
}

impl OfDay {
    fn add(&mut self, kind: u32, value: u32) {
        let at = kind as usize;
        if self.first.len() <= at {
            self.first.resize(at + 1, NONE);
        }
        if self.first[at] == NONE {
            self.first[at] = value;
        } else {
            self.more.entry(kind).or_default().push(value);
        }
    }

    /// Hands the values of `kind` to `each`.
    #[inline]
    fn each(&self, kind: u32, mut each: impl FnMut(u32)) {
        let first = self.first.get(kind as usize).copied().unwrap_or(NONE);
        if first != NONE {
            each(first);
            if !self.more.is_empty() {
                self.more.get(&kind).into_iter().flatten().for_each(|value| each(*value));
            }
        }
    }
}

/// What visitors saw by rows, by the part of the logs that has the same visitors: visitor, value, bucket.
#[derive(Default)]
struct Rows(HashMap<usize, Vec<(u64, u32, u32)>>);

impl Rows {
    fn read(snapshot: &Snapshot<'_>, sql: &str, values: &Values) -> Result<Self, Error> {
        let mut out = Self::default();
        snapshot.numbers(sql, &[], |columns| {
            let [visitors, told, buckets] = columns else { return };
            for row in 0..visitors.len() {
                let Some(value) = values.numbers.get(&told[row]) else { continue };
                let seen = (visitors[row], *value, buckets[row] as u32);
                out.0.entry(Part::of(visitors[row])).or_default().push(seen);
            }
        })?;
        Ok(out)
    }
}

/// What one thread has counted.
struct Counts {
    /// How many visitors, by value times the number of buckets, plus bucket.
    people: Vec<u32>,
    wide: usize,
    /// Visitors of the part by their numbers, and what was counted of each.
    visitors: KeyMap<u32>,
    counted: PairSet,
}

impl Counts {
    fn new(cells: usize, wide: usize) -> Self {
        Self { people: vec![0; cells], wide, visitors: KeyMap::default(), counted: PairSet::default() }
    }

    fn add(&mut self, part: Part<'_>, values: &Values, buckets: Option<&Buckets>, rows: &Rows) -> Result<(), Error> {
        self.visitors.clear();
        self.counted.clear();
        for (visitor, value, bucket) in rows.0.get(&part.number).into_iter().flatten() {
            let visitor = self.number(*visitor);
            self.count(visitor, *value, *bucket);
        }
        let none = OfDay::default();
        part.each_day(|day, log| {
            let [events, actions] = values.of(day, &none);
            log.each(|visit, acts| {
                let visitor = self.number(visit.visitor);
                let bucket = buckets.map_or(0, |buckets| buckets.index(Timestamp(visit.started_at)) as u32);
                acts.each(|_, event, kinds| {
                    if let Some(kind) = event {
                        events.each(kind, |value| self.count(visitor, value, bucket));
                    }
                    kinds.iter().for_each(|kind| actions.each(*kind, |value| self.count(visitor, value, bucket)));
                })
            })
        })
    }

    fn number(&mut self, visitor: u64) -> u32 {
        let next = self.visitors.len() as u32;
        *self.visitors.entry(visitor).or_insert(next)
    }

    #[inline]
    fn count(&mut self, visitor: u32, value: u32, bucket: u32) {
        if self.counted.insert((u64::from(visitor) << 32 | u64::from(value), bucket)) {
            self.people[value as usize * self.wide + bucket as usize] += 1;
        }
    }
}

/// Puts what all threads counted into a temporary table.
fn put(snapshot: &Snapshot<'_>, number: usize, wide: usize, counts: &[Counts]) -> Result<(), Error> {
    let (mut values, mut buckets, mut people) = (Vec::new(), Vec::new(), Vec::new());
    let cells = counts.first().map_or(0, |counts| counts.people.len());
    for cell in 0..cells {
        let sum: u64 = counts.iter().map(|counts| u64::from(counts.people[cell])).sum();
        if sum > 0 {
            values.push((cell / wide) as u64);
            buckets.push((cell % wide) as u64);
            people.push(sum);
        }
    }
    Ok(snapshot.put(&format!("seen_{number}"), &[("value", values), ("bucket", buckets), ("people", people)])?)
}
