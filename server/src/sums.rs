//! Keeps the sums of whole days beside the running applier: one thread of low priority that sums what has none yet.
//!
//! Nothing waits for it: a day without sums is read from its rows. After a start or a rebuild it works backwards from
//! the present, half of the time, until every day of every site has its sums.

use crate::app::App;
use anyhow::Context;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long it rests when there is nothing to do. Late events give up a day's sums at once and wait this long for new ones.
const REST: Duration = Duration::from_mins(1);
/// Its first look, when a start has settled.
const FIRST: Duration = Duration::from_secs(10);
/// How much it gives way, as `nice` counts: more than the applier does.
const NICENESS: i32 = 10;

/// The running thread.
pub(crate) struct Summing {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Summing {
    /// Starts it.
    ///
    /// # Errors
    /// If no thread can be started.
    pub(crate) fn start(app: Arc<App>) -> anyhow::Result<Self> {
        let (stop, stopped) = channel::<()>();
        let work = move || {
            // On Linux this is the calling thread's own; where it is refused, all just share.
            if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
                tracing::debug!(error = error.to_string(), "the day sums could not be made to give way");
            }
            let mut wait = FIRST;
            while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                let begun = Instant::now();
                wait = if sum_once(&app) { begun.elapsed() } else { REST };
            }
        };
        let thread =
            std::thread::Builder::new().name("sums".to_owned()).spawn(work).context("failed to start the day sums")?;
        Ok(Self { stop, thread })
    }

    /// Lets it finish what it is at, some seconds at most, and waits until it has ended.
    pub(crate) fn stop(self) {
        drop(self.stop);
        if self.thread.join().is_err() {
            tracing::error!("the thread of the day sums had panicked");
        }
    }
}

/// Sums some days of each site; says whether there were any.
fn sum_once(app: &App) -> bool {
    let sites: Vec<_> = app.book().sites.keys().copied().collect();
    let mut found = false;
    for site in sites {
        let summed = app.store.with(|store| {
            let Some(state) = store.site_state(site)? else { return Ok(0) };
            reports::sum_days(store, site, &state.settings)
        });
        match summed {
            Ok(Ok(days)) => found |= days > 0,
            Ok(Err(error)) => {
                tracing::warn!(
                    error = format!("{:#}", anyhow::Error::new(error)),
                    site = site.0,
                    "days could not be summed"
                );
            }
            // The store is being swapped.
            Err(_) => return false,
        }
    }
    found
}
