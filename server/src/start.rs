//! Opening the store at start: probed in a child process, and rebuilt from the journal wherever it cannot be used.
//!
//! A damaged write-ahead log can make DuckDB end the process that opens it, so a process of its own tries first. A
//! store that is broken, of another version, or ahead of the journal is moved aside; the applier then fills a new one.

use crate::app::App;
use anyhow::Context;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use store::{Error, Options, Store, files};

/// Exit code of the probe for a store that must be rebuilt. Other failures are left to the real opening to report.
const UNUSABLE: u8 = 10;

/// Returns the folder of the stores in `data_dir`.
pub(crate) fn store_folder(data_dir: &Path) -> PathBuf {
    data_dir.join("store")
}

/// Opens the store and puts it in service; one that cannot be used is moved aside and begun anew.
///
/// # Errors
/// If the disk refuses.
pub(crate) fn open_store(app: &App) -> anyhow::Result<()> {
    let folder = store_folder(&app.setup.data_dir);
    std::fs::create_dir_all(&folder).with_context(|| format!("failed to create `{}`", folder.display()))?;
    let file = current_file(&folder)?;
    if file.exists() && !survives_probe(&file)? {
        move_aside(&file, "it did not survive being opened")?;
    }
    let store = open_or_begin(&file, app.setup.store, app.opened_at)?;
    files::sweep(&folder).context("failed to remove stores that are no longer used")?;
    app.progress.publish(store.position());
    app.store.replace(|_| Some(store));
    Ok(())
}

/// Opens the store at `file`; if it cannot be used, moves it aside and begins a new one.
///
/// # Errors
/// If the disk refuses.
pub(crate) fn open_or_begin(file: &Path, options: Options, journal_end: u64) -> anyhow::Result<Store> {
    match Store::open(file, options) {
        Ok(store) if store.position() <= journal_end => return Ok(store),
        Ok(store) => {
            let reason = format!("it stands at position {}, the journal ends at {journal_end}", store.position());
            drop(store);
            move_aside(file, &reason)?;
        }
        Err(error) if must_be_rebuilt(&error) => move_aside(file, &error.to_string())?,
        Err(error) => return Err(error).with_context(|| format!("failed to open the store `{}`", file.display())),
    }
    Store::open(file, options).with_context(|| format!("failed to begin a new store `{}`", file.display()))
}

fn must_be_rebuilt(error: &Error) -> bool {
    matches!(error, Error::Broken(_) | Error::Newer { .. } | Error::NeedsRebuild { .. })
}

fn move_aside(file: &Path, reason: &str) -> anyhow::Result<()> {
    let aside = files::move_aside(file).context("failed to move the store aside")?;
    tracing::warn!(reason, aside = %aside.display(), "the store cannot be used and is rebuilt from the journal");
    Ok(())
}

/// A pointer that names no store is removed: the stores are a cache.
fn current_file(folder: &Path) -> anyhow::Result<PathBuf> {
    if let Err(Error::Broken(reason)) = files::current(folder) {
        tracing::warn!(reason, "the pointer to the store is damaged; the store is rebuilt from the journal");
        std::fs::remove_file(folder.join("current")).context("failed to remove the damaged pointer")?;
    }
    files::current(folder).context("failed to find the store")
}

fn survives_probe(file: &Path) -> anyhow::Result<bool> {
    let program = std::env::current_exe().context("failed to find our own executable")?;
    let mut child = Command::new(program);
    child.arg("probe-store").arg(file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let status = child.status().context("failed to start the probe of the store")?;
    // A process that was ended by a signal has no code.
    Ok(status.code().is_some_and(|code| code != i32::from(UNUSABLE)))
}

/// Opens the store at `file` and says by the exit code whether it can be used: the child's side of the probe.
pub(crate) fn probe(file: &Path) -> ExitCode {
    match store::probe_open(file) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if must_be_rebuilt(&error) => ExitCode::from(UNUSABLE),
        Err(_) => ExitCode::FAILURE,
    }
}
