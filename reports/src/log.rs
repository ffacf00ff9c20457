//! Day logs: what visits did, in a form that one pass reads.
//!
//! A log holds the visits that began on one day, those of one visitor together, and what happened in each in the order
//! of time. What happened is a number, its kind: the same name, page, title and so on of the same day, or the same action
//! on the same product. Conditions are asked of the kinds, which are few, by the statements that ask them of events; the
//! log says who did what when. Logs are made and given up with the sums of the day ([`crate::digest`]).
//!
//! The logs of a period lie in memory for as long as they are read, and longer as far as the store has room. They are
//! read by visitors: all days of those with the same first byte, then the next; a few threads share them.

mod code;
mod kinds;
mod make;

pub(crate) use code::{Acts, DayLog, Visit};
pub(crate) use kinds::{Kinds, kinds_answer, kinds_of};
pub(crate) use make::{ACTION_COLUMNS, EVENT_COLUMNS, definition, make};

use crate::error::Error;
use crate::sums::Range;
use code::PARTS;
use commerce::{SiteId, Timestamp};
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

/// What the visitors with one first byte did on all days.
#[derive(Clone, Copy)]
pub(crate) struct Part<'a> {
    logs: &'a Logs,
    /// The first byte.
    pub(crate) number: usize,
}

impl Logs {
    /// Returns the logs of `days` of `site`, which are in order and have logs.
    ///
    /// # Errors
    /// [`Error::Store`] if the store cannot answer.
    pub(crate) fn read(snapshot: &Snapshot<'_>, site: SiteId, days: &[Range]) -> Result<Self, Error> {
        let starts: Vec<Timestamp> = days.iter().map(|(from, _)| *from).collect();
        let logs = snapshot.day_logs(site, &starts)?;
        Ok(Self { days: starts.iter().map(|day| day.0).zip(logs).collect() })
    }

    /// Hands every part to `work`, on several threads where there are cores, each with an `S` of its own that `start` makes
    /// and `work` adds to. Returns those; which parts went to which is chance.
    ///
    /// # Errors
    /// What `work` returns, or [`Error::Store`] when nobody waits any more.
    pub(crate) fn scan<S: Send>(
        &self,
        snapshot: &Snapshot<'_>,
        start: impl Fn() -> S + Sync,
        work: impl Fn(&mut S, Part<'_>) -> Result<(), Error> + Sync,
    ) -> Result<Vec<S>, Error> {
        let next = AtomicUsize::new(0);
        let some = |go_on: &dyn Fn() -> Result<(), Error>| {
            let mut state = start();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= PARTS {
                    return Ok(state);
                }
                let done = go_on().and_then(|()| work(&mut state, Part { logs: self, number }));
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

impl<'a> Part<'a> {
    /// Returns the first byte of a visitor's key: the number of the part that has everything of it.
    pub(crate) fn of(visitor: u64) -> usize {
        (visitor >> 56) as usize
    }

    /// Hands the part's visits of every day to `each`, in order, with the first instant of the day.
    ///
    /// # Errors
    /// What `each` returns, or [`Error::Answer`] if the bytes are no log.
    pub(crate) fn each_day(&self, mut each: impl FnMut(i64, DayLog<'a>) -> Result<(), Error>) -> Result<(), Error> {
        self.logs.days.iter().try_for_each(|(day, log)| each(*day, DayLog::part(*day, log, self.number)?))
    }
}
