//! Distinct visitors: all, by what they saw (a page, an event, a product), by time, or by both.
//!
//! Who saw a page on several days is one visitor of that page, so days do not add up. The logs have everything that a
//! visitor did in one part, so that what was counted already is remembered for the visitors of one part only.

use super::tuples::{NONE, Tuples};
use super::{Look, of_traffic};
use crate::arm::{Side, arm_with, text};
use crate::calendar::{Buckets, Period};
use crate::dimensions::{Asked, Column};
use crate::error::Error;
use crate::facts::{Fact, Route};
use crate::keys::{KeyMap, PairSet};
use crate::log::{GROUP, Group, Logs, part_of};
use crate::measures::{Source, VISITORS};
use crate::plan::{Arm, route};
use crate::relations::Relation;
use crate::sums::{Range, split_days};
use commerce::{SiteId, Timestamp};
use std::collections::HashMap;
use store::Snapshot;

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
    let way = asked.map(|asked| (asked, route(Fact::Visits, asked.dimension())));
    let by = match way {
        None => None,
        Some((asked, Some((Route::Bridge { relation, only, near: true, .. }, column))))
            if of_traffic(asked, column.table, !query.definitions.is_empty()) == Some(true) =>
        {
            Some((asked, column, *relation, *only))
        }
        Some(_) => return Ok(None),
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

/// The values that kinds stand for, by numbers.
struct Values {
    count: usize,
    /// Numbers by hash.
    numbers: KeyMap<u32>,
    /// `None` if every visit counts.
    tuples: Option<Tuples>,
    /// Where the values of each tuple begin; there is one more than tuples.
    begins: Vec<u32>,
    /// The values of the tuples.
    all: Vec<u32>,
}

impl Values {
    /// Numbers the values of the dimension asked for, whose column is in the tuples of a relation, and those of the rows
    /// that were read before; without a dimension there is one, of all visits.
    fn read(
        look: &Look<'_>,
        number: usize,
        by: Option<(&Asked, &'static Column, Relation, &'static str)>,
        whole: (Timestamp, Timestamp),
        has_rows: bool,
    ) -> Result<Self, Error> {
        let snapshot = look.snapshot;
        let mut context = look.context();
        let (tuples, told) = match by {
            None => (None, "select 0 as number, null::varchar as value".to_owned()),
            Some((asked, column, relation, only)) => {
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
    fn of(&self, tuple: u32) -> &[u32] {
        let (Some(from), Some(to)) = (self.begins.get(tuple as usize), self.begins.get(tuple as usize + 1)) else {
            return &[];
        };
        &self.all[*from as usize..*to as usize]
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
                out.0.entry(part_of(visitors[row])).or_default().push(seen);
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
    /// What the visitors of each part of the group saw: visitor, value, bucket.
    saw: [Vec<(u64, u32, u32)>; GROUP],
    /// Visitors of the part by their numbers, and what was counted of each.
    visitors: KeyMap<u32>,
    counted: PairSet,
    /// Of each value the visit, by its number, in which it was seen last: most of what is seen is seen again at once.
    last_seen: Vec<u32>,
    visits: u32,
}

impl Counts {
    fn new(values: &Values, wide: usize) -> Self {
        Self {
            people: vec![0; values.count * wide],
            wide,
            saw: Default::default(),
            visitors: KeyMap::default(),
            counted: PairSet::default(),
            last_seen: vec![0; values.count],
            visits: 0,
        }
    }

    fn add(&mut self, group: Group<'_>, values: &Values, buckets: Option<&Buckets>, rows: &Rows) -> Result<(), Error> {
        let Self { saw, last_seen, visits, .. } = self;
        group.each_day(|day, place, log| {
            let saw = &mut saw[place];
            let of_day =
                values.tuples.as_ref().map(|tuples| (tuples.of(day), tuples.relation == Relation::EventTuples));
            log.each(|visit, acts| {
                let bucket = buckets.map_or(0, |buckets| buckets.index(Timestamp(visit.started_at)) as u32);
                let Some((tuples, of_events)) = of_day else {
                    saw.push((visit.visitor, 0, bucket));
                    return Ok(());
                };
                *visits += 1;
                acts.each(|_, event, actions| {
                    let event = event.filter(|_| of_events);
                    let actions = if of_events { &[] } else { actions };
                    for kind in event.iter().chain(actions) {
                        let tuple = tuples.get(*kind as usize).copied().unwrap_or(NONE);
                        for value in values.of(tuple) {
                            if std::mem::replace(&mut last_seen[*value as usize], *visits) != *visits {
                                saw.push((visit.visitor, *value, bucket));
                            }
                        }
                    }
                })
            })
        })?;
        for (place, part) in group.parts().enumerate() {
            self.count(place, rows.0.get(&part).map_or(&[], Vec::as_slice));
        }
        Ok(())
    }

    /// Counts what the visitors of the part at `place` saw, by its logs and by `rows`.
    fn count(&mut self, place: usize, rows: &[(u64, u32, u32)]) {
        self.visitors.clear();
        self.counted.clear();
        let mut last = None;
        for (visitor, value, bucket) in self.saw[place].drain(..).chain(rows.iter().copied()) {
            let number = match last {
                Some((known, number)) if known == visitor => number,
                _ => {
                    let next = self.visitors.len() as u32;
                    *self.visitors.entry(visitor).or_insert(next)
                }
            };
            last = Some((visitor, number));
            if self.counted.insert((u64::from(number) << 32 | u64::from(value), bucket)) {
                self.people[value as usize * self.wide + bucket as usize] += 1;
            }
        }
    }
}

/// Puts what all threads counted into a temporary table.
fn put((snapshot, site): (&Snapshot<'_>, SiteId), number: usize, wide: usize, counts: &[Counts]) -> Result<(), Error> {
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
    let sites = vec![u64::from(site.0); values.len()];
    let columns = vec![("site", sites), ("value", values), ("bucket", buckets), ("people", people)];
    Ok(snapshot.put(&format!("seen_{number}"), columns)?)
}
