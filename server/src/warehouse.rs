//! The warehouse: every table of a site as Parquet under `DATA_DIR/warehouse/site-N/current`, made when asked for, or
//! every night; and questions to it in SQL (`question.rs`), answered by a process that sees that folder alone.
//!
//! A dump is written beside the store, moved to `site-N/POSITION`, and `current` is then turned to it, so a reader finds
//! a whole one at any time. The one before stays for readers that have it open; older ones are removed.

mod question;

pub(crate) use question::{Answered, answer, ask};

use crate::app::App;
use anyhow::Context;
use commerce::{SiteId, Timestamp, Zone};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

const CURRENT: &str = "current";
const ABOUT: &str = "dump.json";

/// Hour of the site's day from which on the nightly dump is made.
const NIGHT_ENDS: i64 = 3;

/// Where dumps stand, by site: running, or why the last one failed.
#[derive(Default)]
pub(crate) struct Dumps(Mutex<BTreeMap<SiteId, State>>);

#[derive(Clone)]
enum State {
    Running,
    Failed(String),
}

/// A dump of the site is under way already.
#[derive(Debug)]
pub(crate) struct UnderWay;

impl Dumps {
    fn set(&self, site: SiteId, state: Option<State>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match state {
            Some(state) => all.insert(site, state),
            None => all.remove(&site),
        };
    }

    fn begin(&self, site: SiteId) -> Result<(), UnderWay> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // One at a time: each reads the whole store.
        if all.values().any(|state| matches!(state, State::Running)) {
            return Err(UnderWay);
        }
        all.insert(site, State::Running);
        Ok(())
    }

    fn of(&self, site: SiteId) -> Option<State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&site).cloned()
    }
}

/// Begins a dump of `site`.
///
/// # Errors
/// [`UnderWay`] if there is one already, of this site or another.
pub(crate) fn begin(app: &Arc<App>, site: SiteId) -> Result<(), UnderWay> {
    app.dumps.begin(site)?;
    let shared = Arc::clone(app);
    let work = move || {
        let ended = match make(&shared, site) {
            Ok(position) => {
                tracing::info!(site = site.0, position, "the warehouse was written");
                None
            }
            Err(error) => {
                tracing::error!(site = site.0, error = format!("{error:#}"), "the warehouse could not be written");
                Some(State::Failed(format!("{error:#}")))
            }
        };
        shared.dumps.set(site, ended);
    };
    if let Err(error) = std::thread::Builder::new().name("warehouse".to_owned()).spawn(work) {
        app.dumps.set(site, Some(State::Failed(error.to_string())));
    }
    Ok(())
}

/// Where a site's tables lie as Parquet, and how they stand.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Warehouse {
    #[schemars(extend("enum" = ["none", "running", "done", "failed"]))]
    phase: &'static str,
    /// Why the last one failed.
    error: Option<String>,
    /// The latest dump; null if there is none.
    dump: Option<Dump>,
}

#[derive(Serialize, JsonSchema)]
struct Dump {
    #[serde(flatten)]
    about: About,
    /// Where it lies.
    folder: String,
}

/// What lies beside a dump and says what it is.
#[derive(Serialize, Deserialize, JsonSchema)]
struct About {
    site: u32,
    /// Journal position that all tables stand at.
    position: u64,
    /// The store's time at that position.
    as_of: Option<String>,
    made_at: String,
    /// The site's, ISO 4217.
    currency: Option<String>,
    /// The site's, IANA.
    timezone: Option<String>,
    tables: Vec<AboutTable>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct AboutTable {
    name: String,
    rows: u64,
    columns: Vec<AboutColumn>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct AboutColumn {
    name: String,
    /// Its type in SQL.
    #[serde(rename = "type")]
    kind: String,
}

/// Returns where the site's warehouse stands: `phase` none, running, done or failed, and of what is there the folder, when
/// it was made, the position it stands at and its tables.
pub(crate) fn status(app: &App, site: SiteId) -> Warehouse {
    let about = |folder: PathBuf| -> Option<Dump> {
        let text = std::fs::read(folder.join(ABOUT)).ok()?;
        let about: About = serde_json::from_slice(&text).ok()?;
        Some(Dump { about, folder: folder.display().to_string() })
    };
    let dump = current(app, site).and_then(about);
    let (phase, error) = match app.dumps.of(site) {
        Some(State::Running) => ("running", None),
        Some(State::Failed(error)) => ("failed", Some(error)),
        None if dump.is_some() => ("done", None),
        None => ("none", None),
    };
    Warehouse { phase, error, dump }
}

/// Returns the folder of the site's latest dump; `None` if there is none.
pub(crate) fn current(app: &App, site: SiteId) -> Option<PathBuf> {
    std::fs::canonicalize(place(app, site).join(CURRENT)).ok()
}

/// Says whether a dump is being written, of whichever site.
pub(crate) fn is_running(app: &App) -> bool {
    app.dumps.0.lock().unwrap_or_else(PoisonError::into_inner).values().any(|state| matches!(state, State::Running))
}

/// Removes every dump of the site; says whether there was one.
///
/// # Errors
/// If the disk refuses.
pub(crate) fn forget(app: &App, site: SiteId) -> anyhow::Result<bool> {
    match std::fs::remove_dir_all(place(app, site)) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error).context("failed to remove the dumps of a site"),
    }
}

fn place(app: &App, site: SiteId) -> PathBuf {
    app.setup.data_dir.join("warehouse").join(format!("site-{}", site.0))
}

/// Makes a dump and returns the position it stands at.
fn make(app: &App, site: SiteId) -> anyhow::Result<u64> {
    let made_at = app.clock.now();
    let (dump, written) =
        app.store.with(|store| store.dump(site)).map_err(|_| anyhow::anyhow!("no store is open"))??;
    let book = app.book();
    let settings =
        book.site(site).map(|site| (site.settings.currency.code(), site.settings.timezone.name().to_owned()));
    let (currency, timezone) = settings.unzip();
    let tables = dump.tables.iter().map(|table| {
        let columns = table.columns.iter().map(|(name, kind)| AboutColumn { name: name.clone(), kind: kind.clone() });
        AboutTable { name: table.name.to_string(), rows: table.rows, columns: columns.collect() }
    });
    let about = About {
        site: site.0,
        position: dump.position,
        as_of: dump.as_of.map(|at| at.to_string()),
        made_at: made_at.to_string(),
        currency: currency.map(str::to_owned),
        timezone,
        tables: tables.collect(),
    };
    let about = serde_json::to_string_pretty(&about).context("failed to write JSON")?;
    std::fs::write(written.join(ABOUT), format!("{about}\n")).context("failed to describe the dump")?;
    let place = place(app, site);
    std::fs::create_dir_all(&place).with_context(|| format!("failed to create `{}`", place.display()))?;
    put_in_place(&place, &written, &dump.position.to_string())?;
    Ok(dump.position)
}

/// Moves the dump to its place, turns `current` to it, and removes all but the one before.
fn put_in_place(place: &Path, written: &Path, name: &str) -> anyhow::Result<()> {
    let before = std::fs::read_link(place.join(CURRENT)).ok();
    // A second dump at one position, such as after a change of the program.
    let mut folder = place.join(name);
    let mut number = 1_u32;
    while folder.exists() {
        number += 1;
        folder = place.join(format!("{name}.{number}"));
    }
    std::fs::rename(written, &folder).with_context(|| format!("failed to move the dump to `{}`", folder.display()))?;
    let aside = place.join("current.tmp");
    drop(std::fs::remove_file(&aside));
    let target = folder.file_name().context("a dump has a name")?;
    symlink(target, &aside).context("failed to name the dump")?;
    std::fs::rename(&aside, place.join(CURRENT)).context("failed to name the dump")?;
    let keep = [Some(PathBuf::from(target)), before, Some(PathBuf::from(CURRENT))];
    for entry in std::fs::read_dir(place).context("failed to look for old dumps")?.flatten() {
        if !keep.contains(&Some(PathBuf::from(entry.file_name()))) {
            std::fs::remove_dir_all(entry.path()).context("failed to remove an old dump")?;
        }
    }
    Ok(())
}

/// Begins a dump of the first site whose night has passed without one.
pub(crate) fn nightly(app: &Arc<App>) {
    let now = app.clock.now();
    let book = app.book();
    for (id, site) in &book.sites {
        let made = status(app, *id).dump.and_then(|dump| Timestamp::parse(&dump.about.made_at));
        if is_due(&site.settings.timezone, now, made) && begin(app, *id).is_ok() {
            return;
        }
    }
}

/// Says whether a dump is due at `now` where the latest was made at `made`.
fn is_due(zone: &Zone, now: Timestamp, made: Option<Timestamp>) -> bool {
    let today = zone.day_of(now);
    let hour = now.0.saturating_sub(zone.start_of(today).0) / 3_600_000_000;
    hour >= NIGHT_ENDS && made.is_none_or(|at| zone.day_of(at) < today)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dump_is_due_once_each_night_of_the_site() {
        let zone = Zone::parse("Europe/Berlin").unwrap();
        let at = |text: &str| Timestamp::parse(text).unwrap();
        let due = |now: &str, made: Option<&str>| is_due(&zone, at(now), made.map(at));
        assert!(!due("2026-03-02T01:59:00Z", None), "it is 2:59 there");
        assert!(due("2026-03-02T02:00:00Z", None));
        assert!(!due("2026-03-02T02:01:00Z", Some("2026-03-02T02:00:00Z")));
        assert!(!due("2026-03-02T22:59:00Z", Some("2026-03-01T23:30:00Z")), "made half an hour into the same day");
        assert!(due("2026-03-03T02:00:00Z", Some("2026-03-02T02:00:00Z")));
    }
}
