//! Day logs: what visits did, in a form that one pass reads.
//!
//! A log holds the visits that began on one day, those of one visitor together, and what happened in each in the order
//! of time. What happened is a number, its kind: the same name, page, title and so on of the same day, or the same action
//! on the same product. Conditions are asked of the kinds, which are few, by the statements that ask them of events; the
//! log says who did what when. Logs are made and given up with the sums of the day ([`crate::digest`]).
//!
//! The logs of a period lie in memory for as long as they are read, and longer as far as the store has room. They are
//! read by visitors, in groups: all days of those whose keys begin alike, then the next; a few threads share the groups.
//! What is known of a day's kinds is in the processor's cache for a group, and what must be remembered of a visitor for
//! its part of the group.

mod code;
mod kinds;
mod make;

pub(crate) use code::{Acts, DayLog, Visit};
pub(crate) use kinds::{Kinds, kinds_answer, kinds_of, runs};
pub(crate) use make::{ACTION_COLUMNS, EVENT_COLUMNS, definition, make};

use crate::error::Error;
use crate::sums;
use code::PARTS;
use commerce::{SiteId, Timestamp};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use store::Snapshot;

/// Most threads that read logs for one question.
const THREADS_MAX: usize = 4;

/// Logs of days.
pub(crate) struct Logs {
    days: Vec<(i64, Arc<[u8]>)>,
}

/// Parts in a group.
pub(crate) const GROUP: usize = 16;

/// Parts that are read together: what their visitors did on all days.
#[derive(Clone, Copy)]
pub(crate) struct Group<'a> {
    logs: &'a Logs,
    first: usize,
}

impl Logs {
    /// Returns the logs of `days` of `site`, which are in order and have logs.
    ///
    /// # Errors
    /// [`Error::Store`] if the store cannot answer.
    pub(crate) fn read(snapshot: &Snapshot<'_>, site: SiteId, days: &[sums::Range]) -> Result<Self, Error> {
        let starts: Vec<Timestamp> = days.iter().map(|(from, _)| *from).collect();
        let logs = snapshot.day_logs(site, &starts)?;
        Ok(Self { days: starts.iter().map(|day| day.0).zip(logs).collect() })
    }

    /// Hands every group to `work`, on several threads where there are cores, each with an `S` of its own that `start` makes
    /// and `work` adds to. Returns those; which groups went to which is chance.
    ///
    /// # Errors
    /// What `work` returns, or [`Error::Store`] when nobody waits any more.
    pub(crate) fn scan<S: Send>(
        &self,
        snapshot: &Snapshot<'_>,
        start: impl Fn() -> S + Sync,
        work: impl Fn(&mut S, Group<'_>) -> Result<(), Error> + Sync,
    ) -> Result<Vec<S>, Error> {
        let next = AtomicUsize::new(0);
        let some = |go_on: &dyn Fn() -> Result<(), Error>| {
            let mut state = start();
            loop {
                let first = next.fetch_add(GROUP, Ordering::Relaxed);
                if first >= PARTS {
                    return Ok(state);
                }
                let done = go_on().and_then(|()| work(&mut state, Group { logs: self, first }));
                if done.is_err() {
                    // The others need not go on.
                    next.store(PARTS, Ordering::Relaxed);
                }
                done?;
            }
        };
        let more = thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX) - 1;
        thread::scope(|scope| {
            let others: Vec<_> = (0..more).map(|_| scope.spawn(|| some(&|| Ok(())))).collect();
            let own = some(&|| Ok(snapshot.is_waited_for()?));
            let join = |other: thread::ScopedJoinHandle<'_, _>| {
                other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            };
            let states: Vec<Result<S, Error>> = std::iter::once(own).chain(others.into_iter().map(join)).collect();
            states.into_iter().collect()
        })
    }
}

/// Returns the part that has everything of `visitor`: the first byte of the key.
pub(crate) fn part_of(visitor: u64) -> usize {
    (visitor >> 56) as usize
}

impl<'a> Group<'a> {
    /// Returns the parts of the group.
    pub(crate) fn parts(&self) -> Range<usize> {
        self.first..self.first + GROUP
    }

    /// Hands the visits of each day and part to `each`, day by day: the first instant of the day, the place of the part
    /// in the group, and the visits, in order.
    ///
    /// # Errors
    /// What `each` returns, or [`Error::Answer`] if the bytes are no log.
    pub(crate) fn each_day(
        &self,
        mut each: impl FnMut(i64, usize, DayLog<'a>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        for (day, log) in &self.logs.days {
            for (place, part) in self.parts().enumerate() {
                each(*day, place, DayLog::part(*day, log, part)?)?;
            }
        }
        Ok(())
    }
}
