//! Rebuilding the store from the journal: into a second file while the old one serves, then swapped.

use crate::app::App;
use crate::commands::Command;
use crate::feed::{Feed, Stop};
use crate::start::store_folder;
use anyhow::Context;
use enrichment::Rules;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use store::{Store, files};

/// Where a rebuild stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Phase {
    /// There was none since the start.
    #[default]
    None,
    /// The new store is being filled: where it stands, and where the journal ended when asked.
    Filling(u64, u64),
    /// The new store takes the old one's place.
    Swapping,
    /// It serves, from this position on.
    Done(u64),
    /// It failed; the old store serves on.
    Failed(String),
}

/// The rebuild under way, or how the last one ended.
#[derive(Default)]
pub(crate) struct RebuildState(Mutex<Phase>);

/// A rebuild is under way already.
#[derive(Debug)]
pub(crate) struct UnderWay;

impl RebuildState {
    fn lock(&self) -> MutexGuard<'_, Phase> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns where it stands.
    pub(crate) fn phase(&self) -> Phase {
        self.lock().clone()
    }

    fn set(&self, phase: Phase) {
        *self.lock() = phase;
    }

    fn begin(&self, end: u64) -> Result<(), UnderWay> {
        let mut phase = self.lock();
        if matches!(*phase, Phase::Filling(..) | Phase::Swapping) {
            return Err(UnderWay);
        }
        *phase = Phase::Filling(0, end);
        Ok(())
    }

    /// Notes how the rebuild ended: the position it serves from, or why it failed.
    pub(crate) fn finish(&self, outcome: anyhow::Result<u64>) {
        self.set(match outcome {
            Ok(position) => {
                tracing::info!(position, "the rebuilt store serves");
                Phase::Done(position)
            }
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "the rebuild failed; the old store serves on");
                Phase::Failed(format!("{error:#}"))
            }
        });
    }
}

/// Begins a rebuild beside the running applier, which swaps the stores in the end.
///
/// # Errors
/// [`UnderWay`] if there is one already.
pub(crate) fn begin(app: &Arc<App>, rules: Arc<Rules>) -> Result<(), UnderWay> {
    app.rebuild.begin(app.journal.durable_position())?;
    let shared = Arc::clone(app);
    let work = move || {
        let until = || shared.progress.applied();
        match fill(&shared, &rules, &until, &|position, end| shared.rebuild.set(Phase::Filling(position, end))) {
            Ok((store, file)) => {
                shared.rebuild.set(Phase::Swapping);
                shared.desk.leave(Command::Swap(store, file));
            }
            Err(error) => shared.rebuild.finish(Err(error)),
        }
    };
    if let Err(error) = std::thread::Builder::new().name("rebuild".to_owned()).spawn(work) {
        app.rebuild.finish(Err(error.into()));
    }
    Ok(())
}

/// Rebuilds the store where no applier runs, and puts the new one in place. Returns its position.
///
/// # Errors
/// If journal or store refuse; the old store stays then.
pub(crate) fn run_offline(app: &App, rules: &Rules, on_progress: &dyn Fn(u64, u64)) -> anyhow::Result<u64> {
    let end = app.journal.durable_position();
    let (store, file) = fill(app, rules, &|| end, on_progress)?;
    let position = store.position();
    store.checkpoint().context("failed to write the new store out")?;
    drop(store);
    let folder = store_folder(&app.setup.data_dir);
    files::flip(&folder, &file).context("failed to put the new store in place")?;
    files::sweep(&folder).context("failed to remove the old store")?;
    Ok(position)
}

/// Fills a new store from the journal until it stands at `until()`.
fn fill(
    app: &App,
    rules: &Rules,
    until: &dyn Fn() -> u64,
    on_progress: &dyn Fn(u64, u64),
) -> anyhow::Result<(Store, PathBuf)> {
    let folder = store_folder(&app.setup.data_dir);
    std::fs::create_dir_all(&folder).with_context(|| format!("failed to create `{}`", folder.display()))?;
    let file = files::next(&folder).context("failed to make room for the new store")?;
    let store = Store::open(&file, app.setup.store).context("failed to begin the new store")?;
    let mut feed = Feed::open(app, 0)?;
    while store.position() < until() {
        match feed.apply_next(app, rules, &store, Duration::from_millis(100)) {
            Ok(_) => on_progress(store.position(), until()),
            Err(Stop::Closed) => anyhow::bail!("the server ends"),
            Err(stop) => return Err(stop.into()),
        }
    }
    Ok((store, file))
}
