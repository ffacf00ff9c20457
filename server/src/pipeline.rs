//! The applier: one thread that follows the journal and brings the store up to it, batch by batch.
//!
//! There is no queue in memory: the journal on disk is the queue. Where the applier cannot go on (damage, a record of
//! a newer version, a full disk) it raises an alarm and tries again; events are accepted all the while, and reports
//! show the last good state.

use crate::app::App;
use crate::commands::Command;
use crate::feed::{Feed, Stop};
use crate::{gaps, reconcile, start};
use anyhow::Context;
use enrichment::Rules;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use store::{Store, files};

/// How long one look at the journal waits for a record. Orders and the end are noticed after that.
const WAIT: Duration = Duration::from_millis(100);
/// Small batches follow each other at this distance, so that a trickle of events does not keep a core busy.
const PACE: Duration = Duration::from_millis(100);
/// From this many records on a batch is worth its transaction, and the next one follows at once.
const LARGE_BATCH: usize = 2_000;
const BACK_OFF_MIN: Duration = Duration::from_millis(100);
const BACK_OFF_MAX: Duration = Duration::from_secs(5);
/// How long the applier goes on after it was told to end, to leave as little as possible for the next start.
const GRACE: Duration = Duration::from_secs(3);
/// The store is tidied when nothing else is to be done, this many records and this long after the last time.
const TIDY_AFTER_RECORDS: u64 = 200_000;
const TIDY_AFTER: Duration = Duration::from_mins(10);

/// The running applier.
pub(crate) struct Applier {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Applier {
    /// Starts the applier.
    ///
    /// # Errors
    /// If no thread can be started.
    pub(crate) fn start(app: Arc<App>, rules: Arc<Rules>) -> anyhow::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let work = move || Following::new(app, rules, stopped).run();
        let thread = std::thread::Builder::new()
            .name("applier".to_owned())
            .spawn(work)
            .context("failed to start the applier")?;
        Ok(Self { stop, thread })
    }

    /// Says whether the thread has ended without having been told to: it panicked.
    pub(crate) fn has_died(&self) -> bool {
        self.thread.is_finished() && !self.stop.load(Ordering::Relaxed)
    }

    /// Lets the applier catch up for some seconds at most, and waits until it has ended.
    pub(crate) fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        if self.thread.join().is_err() {
            tracing::error!("the applier had panicked");
        }
    }
}

/// How much this thread gives way to those that accept events, as `nice` counts: a request waits for its answer, a
/// report can wait a little.
const NICENESS: i32 = 5;

fn give_way() {
    // On Linux this is the calling thread's own; where it is refused, both just share.
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::debug!(error = error.to_string(), "the applier could not be made to give way");
    }
}

struct Following {
    app: Arc<App>,
    rules: Arc<Rules>,
    stop: Arc<AtomicBool>,
    feed: Option<Feed>,
    back_off: Duration,
    is_reconciled: bool,
    tidied: (Instant, u64),
}

impl Following {
    fn new(app: Arc<App>, rules: Arc<Rules>, stop: Arc<AtomicBool>) -> Self {
        let tidied = (Instant::now(), app.progress.applied());
        Self { app, rules, stop, feed: None, back_off: BACK_OFF_MIN, is_reconciled: false, tidied }
    }

    fn run(mut self) {
        give_way();
        let mut stopping_since = None;
        loop {
            for command in self.app.desk.take() {
                self.obey(command);
            }
            if self.stop.load(Ordering::Relaxed) {
                let since = *stopping_since.get_or_insert_with(Instant::now);
                if self.is_caught_up() || since.elapsed() > GRACE {
                    return self.end();
                }
            }
            let started = Instant::now();
            match self.step() {
                Ok(records) => self.after_batch(records, started),
                Err(Stop::Closed) => return self.end(),
                Err(stop) => self.in_trouble(&stop),
            }
        }
    }

    fn is_caught_up(&self) -> bool {
        self.app.progress.applied() >= self.app.journal.durable_position()
    }

    /// Applies one batch and publishes the position, which has moved up to the cause if there is trouble.
    fn step(&mut self) -> Result<usize, Stop> {
        let Self { app, rules, feed, .. } = self;
        let applied = app.store.with(|store| {
            let result = apply_next(app, rules, feed, store);
            (result, store.position())
        });
        let (result, position) = applied.map_err(|_| store::Error::Io("no store is open".to_owned()))?;
        app.progress.publish(position);
        result
    }

    fn after_batch(&mut self, records: usize, started: Instant) {
        self.back_off = BACK_OFF_MIN;
        for alarm in ["store", "journal.gap", "journal.record", "journal.read"] {
            self.app.alarms.clear(alarm);
        }
        // A journal that was empty at the start has no crash behind it.
        self.is_reconciled |= self.app.opened_at == 0;
        if !self.is_reconciled && self.app.progress.applied() >= self.app.opened_at {
            self.is_reconciled = true;
            if let Err(error) = reconcile::settings_and_goals(&self.app) {
                tracing::error!(error = format!("{error:#}"), "settings could not be compared with the journal");
            }
        }
        if records == 0 {
            self.tidy();
        } else if records < LARGE_BATCH {
            std::thread::sleep(PACE.saturating_sub(started.elapsed()));
        }
    }

    /// Raises the alarm for `stop` and waits before the next attempt.
    fn in_trouble(&mut self, stop: &Stop) {
        let alarm = match stop {
            Stop::Gap(..) => "journal.gap",
            Stop::Record(..) => "journal.record",
            Stop::Store(_) => "store",
            Stop::Journal(_) | Stop::Closed => "journal.read",
        };
        self.app.alarms.raise(alarm, stop.to_string());
        if let Stop::Store(error) = stop {
            self.reopen_if_needed(error);
        }
        // The feed at a gap is kept: it alone can go on behind it.
        if !matches!(stop, Stop::Gap(..)) {
            self.feed = None;
        }
        std::thread::sleep(self.back_off);
        self.back_off = (self.back_off * 2).min(BACK_OFF_MAX);
    }

    /// After an error other than a full disk the engine may refuse everything until the file is opened again.
    fn reopen_if_needed(&self, error: &store::Error) {
        if matches!(error, store::Error::Full(_) | store::Error::Timeout | store::Error::Memory(_)) {
            return;
        }
        let folder = start::store_folder(&self.app.setup.data_dir);
        let end = self.app.journal.durable_position();
        self.app.store.replace(|old| {
            drop(old);
            let opened = files::current(&folder)
                .map_err(anyhow::Error::new)
                .and_then(|file| start::open_or_begin(&file, self.app.setup.store, end));
            opened
                .inspect_err(|e| tracing::error!(error = format!("{e:#}"), "the store could not be opened again"))
                .ok()
        });
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::SkipGap(position) => match gaps::skip(&self.app.setup.data_dir, position) {
                Ok(()) => self.back_off = BACK_OFF_MIN,
                Err(error) => tracing::error!(error = format!("{error:#}"), "a gap could not be skipped"),
            },
            Command::Swap(store, file) => {
                let swapped = self.swap(store, &file);
                self.app.rebuild.finish(swapped.map(|()| self.app.progress.applied()));
            }
        }
    }

    /// Brings the new store to where the old one stands and puts it in service.
    fn swap(&mut self, new: Store, file: &Path) -> anyhow::Result<()> {
        let mut feed = Feed::open(&self.app, new.position())?;
        while new.position() < self.app.progress.applied() {
            feed.apply_next(&self.app, &self.rules, &new, WAIT)?;
        }
        new.checkpoint().context("failed to write the new store out")?;
        let folder = start::store_folder(&self.app.setup.data_dir);
        files::flip(&folder, file).context("failed to put the new store in place")?;
        self.app.progress.publish(new.position());
        self.app.store.replace(|_| Some(new));
        self.feed = Some(feed);
        files::sweep(&folder).context("failed to remove the old store")
    }

    fn tidy(&mut self) {
        let (last, position) = self.tidied;
        let applied = self.app.progress.applied();
        if last.elapsed() < TIDY_AFTER || applied.saturating_sub(position) < TIDY_AFTER_RECORDS {
            return;
        }
        self.tidied = (Instant::now(), applied);
        let tidied = self.app.store.with(Store::compact);
        if let Ok(Err(error)) = tidied {
            tracing::warn!(error = error.to_string(), "the store could not be tidied");
        }
    }

    /// Closes the store, so that the next start finds nothing to repeat.
    fn end(&self) {
        self.app.store.replace(|store| {
            if let Some(Err(error)) = store.as_ref().map(Store::checkpoint) {
                tracing::warn!(error = error.to_string(), "the store was closed without writing it out");
            }
            None
        });
    }
}

fn apply_next(app: &App, rules: &Rules, feed: &mut Option<Feed>, store: &Store) -> Result<usize, Stop> {
    let feed = match feed {
        Some(feed) => feed,
        None => feed.insert(Feed::open(app, store.position())?),
    };
    feed.apply_next(app, rules, store, WAIT)
}
