//! One pass over logs that counts each visitor once for each value and bucket.

use super::super::tuples::NONE;
use super::values::Values;
use crate::calendar::Buckets;
use crate::error::Error;
use crate::keys::{KeyMap, PairSet};
use crate::log::{GROUP, Group, part_of};
use crate::relations::Relation;
use commerce::{SiteId, Timestamp};
use std::collections::HashMap;
use store::Snapshot;

/// What visitors saw by rows, by the part of the logs that has the same visitors: visitor, value, bucket.
#[derive(Default)]
pub(super) struct Rows(HashMap<usize, Vec<(u64, u32, u32)>>);

impl Rows {
    pub(super) fn read(snapshot: &Snapshot<'_>, sql: &str, values: &Values) -> Result<Self, Error> {
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
pub(super) struct Counts {
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
    pub(super) fn new(values: &Values, wide: usize) -> Self {
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

    pub(super) fn add(
        &mut self,
        group: Group<'_>,
        values: &Values,
        buckets: Option<&Buckets>,
        rows: &Rows,
    ) -> Result<(), Error> {
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
pub(super) fn put(
    (snapshot, site): (&Snapshot<'_>, SiteId),
    number: usize,
    wide: usize,
    counts: &[Counts],
) -> Result<(), Error> {
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
