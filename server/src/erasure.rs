//! Erasing people, and what is older than a site keeps it: a decision in the journal, the journal written anew without what points to them, and the store
//! rebuilt from it.
//!
//! Every figure comes out of the journal, so by the rebuild no table, index, log or copy needs to be searched, and a
//! later one gives the same reports. What was decided waits in a small file until it is done, so that a crash delays it
//! and no more.

use crate::app::App;
use crate::rebuild::{self, Phase};
use crate::warehouse;
use anyhow::{Context, bail};
use commerce::record::ErasureRecord;
use commerce::{Record, SiteId, Timestamp};
use enrichment::Erased;
use journal::Reader;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

const RECORDS_READ: usize = 4_096;
const BYTES_READ: usize = 4 << 20;
/// How often it is looked whether a rebuild or dump has ended.
const LOOK: Duration = Duration::from_millis(100);

/// Guards the file of what was decided.
#[derive(Default)]
pub(crate) struct Erasures(Mutex<()>);

impl Erasures {
    fn lock(&self) -> MutexGuard<'_, ()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An erasure that was decided and is not done.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Pending {
    site: u32,
    /// What was accepted after this position stays.
    upto: u64,
    keys: Vec<u64>,
    /// What happened before goes, in microseconds since 1970.
    before: Option<i64>,
    /// By which texts they are called, once the journal was asked.
    texts: Vec<String>,
    is_complete: bool,
}

impl Pending {
    fn who(&self) -> Erased {
        Erased {
            site: SiteId(self.site),
            keys: self.keys.iter().copied().collect(),
            before: self.before.map(Timestamp),
            texts: self.texts.iter().cloned().collect(),
        }
    }
}

/// Decides that `who` is erased from everything that was accepted until now; returns the position that this is in the
/// journal. [`carry_out`] does it.
///
/// # Errors
/// If journal or disk refuse; nothing is decided then.
pub(crate) fn decide(app: &App, who: &Erased) -> anyhow::Result<u64> {
    let (mut keys, mut texts) = (Vec::from_iter(who.keys.clone()), Vec::from_iter(who.texts.clone()));
    keys.sort_unstable();
    texts.sort_unstable();
    let _guard = app.erasures.lock();
    let mut pending = load(&app.setup.data_dir)?;
    let (site, before) = (who.site, who.before);
    app.append(&[Record::Erasure(ErasureRecord { site, at: app.clock.now(), keys: keys.clone(), before })])?;
    let upto = app.journal.durable_position();
    // Where nobody is named, nobody's names are looked for.
    let is_complete = keys.is_empty();
    pending.push(Pending { site: site.0, upto, keys, before: before.map(|at| at.0), texts, is_complete });
    save(&app.setup.data_dir, &pending)?;
    Ok(upto)
}

/// Any site's oldest visit.
const OLDEST: &str = "select min(started_at) from visits where site = ?";

/// What is too old may be so for this long, so that a store is rebuilt for it once a week at most.
const LATE_DAYS: i64 = 7;

/// Decides for every site that what is older than its `retention_days` is erased, where something has been so for a week.
///
/// # Errors
/// If the store is away, or as [`decide`].
pub(crate) fn decide_what_is_too_old(app: &App) -> anyhow::Result<()> {
    for (id, site) in &app.book().sites {
        let (days, zone) = (site.settings.retention_days, &site.settings.timezone);
        if days == 0 || pending(app, *id)? > 0 {
            continue;
        }
        let today = zone.day_of(app.clock.now());
        let start_of = |days: i64| zone.start_of(today.saturating_sub(jiff::Span::new().days(days)));
        let oldest = app.store.with(|store| store.query(OLDEST, &[(*id).into()]));
        let oldest = oldest.map_err(|_| anyhow::anyhow!("no store is open"))??;
        let oldest = oldest.rows.first().and_then(|row| row.first()?.as_time());
        if oldest.is_some_and(|at| at < start_of(days + LATE_DAYS)) {
            let (keys, texts) = (HashSet::new(), HashSet::new());
            decide(app, &Erased { site: *id, keys, before: Some(start_of(days)), texts })?;
        }
    }
    Ok(())
}

/// Returns how many erasures of `site` were decided and are not done.
///
/// # Errors
/// If the file cannot be read.
pub(crate) fn pending(app: &App, site: SiteId) -> anyhow::Result<usize> {
    let _guard = app.erasures.lock();
    Ok(load(&app.setup.data_dir)?.iter().filter(|one| one.site == site.0).count())
}

/// Says whether anything was decided that is not done.
pub(crate) fn is_due(data_dir: &Path) -> bool {
    path(data_dir).exists()
}

/// Carries out what was decided while the server serves.
///
/// # Errors
/// If a disk refuses or the rebuild fails; it may be tried again.
pub(crate) fn carry_out(app: &Arc<App>) -> anyhow::Result<()> {
    let rebuilt = || {
        // One that is under way may have read what is gone now.
        while rebuild::begin(app, Arc::clone(&app.rules)).is_err() {
            std::thread::sleep(LOOK);
        }
        loop {
            match app.rebuild.phase() {
                Phase::Filling(..) | Phase::Swapping => std::thread::sleep(LOOK),
                Phase::Done(_) => return Ok(()),
                Phase::Failed(why) => bail!("the rebuild failed: {why}"),
                Phase::None => bail!("the rebuild ended without a word"),
            }
        }
    };
    let written_again = |site| {
        while warehouse::is_running(app) {
            std::thread::sleep(LOOK);
        }
        if warehouse::forget(app, site)? {
            // If another one has begun meanwhile, this one is asked for again by whoever needs it.
            drop(warehouse::begin(app, site));
        }
        Ok(())
    };
    work_off(app, &rebuilt, &written_again)
}

/// Carries out what was decided where no server runs and no store is open.
///
/// # Errors
/// As [`carry_out`].
pub(crate) fn carry_out_offline(app: &App) -> anyhow::Result<()> {
    let rebuilt = || rebuild::run_offline(app, &app.rules, &|_, _| {}).map(drop);
    work_off(app, &rebuilt, &|site| warehouse::forget(app, site).map(drop))
}

fn work_off(
    app: &App,
    rebuilt: &dyn Fn() -> anyhow::Result<()>,
    forgotten: &dyn Fn(SiteId) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    loop {
        let pending = completed(app)?;
        let Some(upto) = pending.iter().map(|one| one.upto).max() else { return Ok(()) };
        let people: Vec<(u64, Erased)> = pending.iter().map(|one| (one.upto, one.who())).collect();
        let written = app.journal.rewrite(upto, &mut |position, payload| left_of(&people, position, payload));
        let written = written.context("failed to write the journal anew")?;
        rebuilt()?;
        for one in &pending {
            forgotten(SiteId(one.site))?;
        }
        tracing::info!(records = written.records, segments = written.segments, "what was to be erased is gone");
        let _guard = app.erasures.lock();
        let left = load(&app.setup.data_dir)?.split_off(pending.len());
        save(&app.setup.data_dir, &left)?;
    }
}

/// Returns what becomes of a record at `position`; `None` if it stays.
fn left_of(people: &[(u64, Erased)], position: u64, payload: &[u8]) -> Option<Vec<u8>> {
    let mut record = Record::decode(payload).ok()?;
    let mut is_changed = false;
    for (_, who) in people.iter().filter(|(upto, _)| position <= *upto) {
        if let Some(left) = who.left_of(&record) {
            (record, is_changed) = (left, true);
        }
    }
    is_changed.then(|| {
        let mut payload = Vec::new();
        record.encode(&mut payload);
        payload
    })
}

/// Returns what was decided, with the texts by which those people are called in the journal. They are kept before
/// anything is written anew, since they cannot be found a second time.
fn completed(app: &App) -> anyhow::Result<Vec<Pending>> {
    let mut pending = {
        let _guard = app.erasures.lock();
        load(&app.setup.data_dir)?
    };
    let mut people: Vec<Erased> = pending.iter().map(Pending::who).collect();
    let Some(upto) = pending.iter().filter(|one| !one.is_complete).map(|one| one.upto).max() else {
        return Ok(pending);
    };
    let mut reader = Reader::open(&app.journal, 0).context("failed to read the journal")?;
    loop {
        let records = match reader.next(RECORDS_READ, BYTES_READ, Duration::ZERO) {
            Ok(records) => records,
            Err(journal::Error::Corrupt { .. }) if reader.skip_gap().is_some() => continue,
            Err(error) => return Err(error).context("failed to read the journal"),
        };
        let Some(last) = records.last().map(|(position, _)| *position) else { break };
        for record in records.iter().filter_map(|(_, payload)| Record::decode(payload).ok()) {
            for who in &mut people {
                who.learn(&record);
            }
        }
        if last >= upto {
            break;
        }
    }
    for (one, who) in pending.iter_mut().zip(people) {
        one.texts = who.texts.into_iter().collect();
        one.texts.sort_unstable();
        one.is_complete = true;
    }
    let _guard = app.erasures.lock();
    let later = load(&app.setup.data_dir)?.split_off(pending.len());
    save(&app.setup.data_dir, &[pending.as_slice(), &later].concat())?;
    Ok(pending)
}

fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("erasures")
}

fn load(data_dir: &Path) -> anyhow::Result<Vec<Pending>> {
    match fs::read(path(data_dir)) {
        Ok(text) => serde_json::from_slice(&text).context("the list of erasures cannot be understood"),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error).context("failed to read the list of erasures"),
    }
}

/// Writes beside and renames, so that a crash leaves a whole list.
fn save(data_dir: &Path, pending: &[Pending]) -> anyhow::Result<()> {
    let write = || -> std::io::Result<()> {
        if pending.is_empty() {
            fs::remove_file(path(data_dir))?;
        } else {
            let beside = data_dir.join("erasures.new");
            let mut file = File::create(&beside)?;
            file.write_all(&serde_json::to_vec(pending)?)?;
            file.sync_all()?;
            fs::rename(&beside, path(data_dir))?;
        }
        File::open(data_dir)?.sync_all()
    };
    write().context("failed to write the list of erasures")
}
