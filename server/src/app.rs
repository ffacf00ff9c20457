//! The application: everything a request, a command or the applier needs, wired once.
//!
//! Changes of sites, goals and rates pass through here: control plane, journal and site book are kept in step in this
//! one place. It knows no HTTP.

use crate::accounts::Accounts;
use crate::alarms::Alarms;
use crate::clock::Clock;
use crate::commands::Desk;
use crate::control::{Control, ControlError, NewSite, NewTokenRequest, SettingChange, StoredSite, installation_secret};
use crate::erasure::Erasures;
use crate::ids;
use crate::progress::Progress;
use crate::rebuild::RebuildState;
use crate::serving::ServingStore;
use crate::sightings::Sightings;
use crate::turns::Turns;
use crate::warehouse::Dumps;
use anyhow::Context;
use collector::book::{Network, SiteBook};
use collector::door::Door;
use collector::place::PlaceFinder;
use commerce::hit::Dialect;
use commerce::record::{AdCostsRecord, AdDetail, LinkCodesRecord, ProductCostsRecord, Rate, RatesRecord, Tick};
use commerce::{Currency, Goal, Record, SiteId, SiteSettings, Timestamp, UnitPrice};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

/// Day, source of the traffic, cost and its currency.
pub(crate) type AdCost = (String, commerce::hit::Source, commerce::Amount, Currency);

/// What the application is opened with.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    /// Directory of everything that is kept.
    pub(crate) data_dir: PathBuf,
    /// Where the clock starts; `None` for the system's clock.
    pub(crate) clock_start: Option<Timestamp>,
    /// Networks whose forwarding headers are believed.
    pub(crate) trusted_proxies: Vec<Network>,
    /// MMDB file that knows where addresses lie; `None` for none.
    pub(crate) geoip_db: Option<PathBuf>,
    /// How much of the machine the store may use.
    pub(crate) store: store::Options,
    /// Longest time in seconds that one answer out of the store may take.
    pub(crate) answer_max_s: u64,
    /// Whether every site's tables are written out each night.
    pub(crate) nightly_warehouse: bool,
    /// Whether everyone may read the reports: the demo's alone.
    pub(crate) open_reports: bool,
}

/// The application.
pub(crate) struct App {
    /// What it was opened with.
    pub(crate) setup: Setup,
    /// The clock.
    pub(crate) clock: Arc<Clock>,
    /// Sites, goals, tokens, accounts.
    pub(crate) control: Control,
    /// What was seen since the start and is kept in memory.
    pub(crate) sightings: Sightings,
    /// Who is known, and who has tried.
    pub(crate) accounts: Accounts,
    /// The journal's writing end.
    pub(crate) journal: journal::Writer,
    /// Last position when the journal was opened.
    pub(crate) opened_at: u64,
    /// The door.
    pub(crate) door: Door,
    /// The store in service.
    pub(crate) store: ServingStore,
    /// How far the applier is.
    pub(crate) progress: Progress,
    /// What an operator must know.
    pub(crate) alarms: Alarms,
    /// The compiled rule data.
    pub(crate) rules: Arc<enrichment::Rules>,
    /// Orders to the applier.
    pub(crate) desk: Desk,
    /// Whose report is worked on.
    pub(crate) turns: Arc<Turns>,
    /// Whose question is worked on that takes milliseconds.
    pub(crate) glances: Arc<Turns>,
    /// The rebuild under way, or how the last one ended.
    pub(crate) rebuild: RebuildState,
    /// Guards what was decided of people to be erased.
    pub(crate) erasures: Erasures,
    /// Dumps of sites under way.
    pub(crate) dumps: Dumps,
    /// How many questions in SQL may be under way at once.
    pub(crate) questions: tokio::sync::Semaphore,
    secret: [u8; 32],
    token_use: Mutex<HashMap<[u8; 32], Timestamp>>,
}

impl App {
    /// Opens journal and control plane in the data directory, which is created if it is missing. The store is opened
    /// by [`crate::start`], because not every command needs it.
    ///
    /// # Errors
    /// If the directory is in use by another process (then [`journal::Error::Locked`] is in the chain) or damaged.
    pub(crate) fn open(setup: Setup) -> anyhow::Result<Self> {
        create_private_dir(&setup.data_dir)?;
        let (journal, opened_at) = open_journal(&setup.data_dir)?;
        let floor = last_record_time(&journal, opened_at);
        let clock = Arc::new(Clock::new(setup.clock_start, floor));
        let control = Control::open(&setup.data_dir)?;
        let secret = installation_secret(&setup.data_dir)?;
        let book = control.book(&setup.trusted_proxies, secret)?;
        let door = new_door(&setup, &journal, &clock, book)?;
        let app = Self {
            setup,
            clock,
            control,
            sightings: Sightings::default(),
            accounts: Accounts::default(),
            journal,
            opened_at,
            door,
            store: ServingStore::default(),
            progress: Progress::default(),
            alarms: Alarms::default(),
            rules: Arc::new(enrichment::Rules::load()),
            desk: Desk::default(),
            turns: Arc::default(),
            glances: Arc::default(),
            rebuild: RebuildState::default(),
            erasures: Erasures::default(),
            dumps: Dumps::default(),
            questions: tokio::sync::Semaphore::new(1),
            secret,
            token_use: Mutex::default(),
        };
        app.refresh_roster()?;
        Ok(app)
    }

    /// Returns the folder in which files lie while they are made and sent.
    ///
    /// # Errors
    /// If it is not there and cannot be made.
    pub(crate) fn exports(&self) -> anyhow::Result<PathBuf> {
        let folder = self.setup.data_dir.join("exports");
        create_private_dir(&folder)?;
        Ok(folder)
    }

    /// Returns the installation's secret, from which daily salts and the tracker's paths are derived.
    pub(crate) fn secret(&self) -> &[u8; 32] {
        &self.secret
    }

    /// Returns the site book as it stands now.
    pub(crate) fn book(&self) -> Arc<SiteBook> {
        self.door.book()
    }

    /// Appends `records` and waits until they are safe.
    ///
    /// # Errors
    /// [`journal::Error`] in the chain; nothing is stored then.
    pub(crate) fn append(&self, records: &[Record]) -> anyhow::Result<()> {
        let encode = |record: &Record| {
            let mut payload = Vec::new();
            record.encode(&mut payload);
            payload
        };
        self.journal.append_wait(records.iter().map(encode).collect()).context("failed to append to the journal")?;
        Ok(())
    }

    /// Appends the clock's tick.
    ///
    /// # Errors
    /// As [`Self::append`].
    pub(crate) fn append_tick(&self) -> anyhow::Result<()> {
        self.append(&[Record::Tick(Tick { at: self.clock.now() })])
    }

    /// Adds a site with `settings`, changed by `changes`.
    ///
    /// # Errors
    /// See [`Control::add_site`].
    pub(crate) fn add_site(
        &self,
        id: Option<SiteId>,
        settings: SiteSettings,
        changes: &[SettingChange],
    ) -> Result<StoredSite, ControlError> {
        let site = NewSite::new(id, settings, changes)?;
        self.changing(|at, seal| self.control.add_site(site, at, seal))
    }

    /// Changes settings of a site.
    ///
    /// # Errors
    /// See [`Control::change_settings`].
    pub(crate) fn change_settings(&self, id: SiteId, changes: &[SettingChange]) -> Result<StoredSite, ControlError> {
        self.changing(|at, seal| self.control.change_settings(id, changes, at, seal))
    }

    /// Gives a site a new secret for signing browser orders; the old one no longer proves anything.
    ///
    /// # Errors
    /// See [`Control::rotate_signing_secret`].
    pub(crate) fn rotate_signing_secret(&self, id: SiteId) -> Result<StoredSite, ControlError> {
        self.changing(|_, _| self.control.rotate_signing_secret(id))
    }

    /// Adds a site's newest secret for a foreign dialect; returns how many there are now.
    ///
    /// # Errors
    /// See [`Control::add_dialect_secret`].
    pub(crate) fn add_dialect_secret(&self, id: SiteId, dialect: Dialect, secret: &str) -> Result<usize, ControlError> {
        self.changing(|at, _| self.control.add_dialect_secret(id, dialect, secret, at))
    }

    /// Drops a site's secrets for a foreign dialect; returns how many there were.
    ///
    /// # Errors
    /// See [`Control::drop_dialect_secrets`].
    pub(crate) fn drop_dialect_secrets(&self, id: SiteId, dialect: Dialect) -> Result<usize, ControlError> {
        self.changing(|_, _| self.control.drop_dialect_secrets(id, dialect))
    }

    /// Removes a site.
    ///
    /// # Errors
    /// See [`Control::remove_site`].
    pub(crate) fn remove_site(&self, id: SiteId) -> Result<(), ControlError> {
        self.changing(|_, _| self.control.remove_site(id))?;
        self.refresh_roster()
    }

    /// Adds or replaces a goal.
    ///
    /// # Errors
    /// See [`Control::put_goal`].
    pub(crate) fn put_goal(&self, site: SiteId, goal: Goal) -> Result<Goal, ControlError> {
        self.changing(|at, seal| self.control.put_goal(site, goal, at, seal))
    }

    /// Removes a goal.
    ///
    /// # Errors
    /// See [`Control::remove_goal`].
    pub(crate) fn remove_goal(&self, site: SiteId, goal: u32) -> Result<(), ControlError> {
        self.changing(|at, seal| self.control.remove_goal(site, goal, at, seal))
    }

    /// Adds a token.
    ///
    /// # Errors
    /// See [`Control::add_token`].
    pub(crate) fn add_token(&self, request: &NewTokenRequest) -> Result<ids::NewToken, ControlError> {
        self.changing(|at, _| self.control.add_token(request, at))
    }

    /// Revokes a token.
    ///
    /// # Errors
    /// See [`Control::revoke_token`].
    pub(crate) fn revoke_token(&self, id: &str, site: Option<SiteId>) -> Result<(), ControlError> {
        self.changing(|_, _| self.control.revoke_token(id, site))
    }

    /// States currency rates; they live in the journal alone.
    ///
    /// # Errors
    /// As [`Self::append`].
    pub(crate) fn put_rates(&self, site: SiteId, rates: Vec<Rate>) -> anyhow::Result<()> {
        self.append(&[Record::Rates(RatesRecord { site, at: self.clock.now(), rates })])
    }

    /// States unit costs of products: SKU, first day or nothing, unit cost and its currency; they live in the journal alone.
    ///
    /// # Errors
    /// As [`Self::append`].
    pub(crate) fn put_product_costs(
        &self,
        site: SiteId,
        costs: Vec<(String, String, UnitPrice, Currency)>,
    ) -> anyhow::Result<()> {
        self.append(&[Record::ProductCosts(ProductCostsRecord { site, at: self.clock.now(), costs })])
    }

    /// States costs of advertising and what else is known of each; they live in the journal alone.
    ///
    /// # Errors
    /// As [`Self::append`].
    pub(crate) fn put_ad_costs(&self, site: SiteId, costs: Vec<(AdCost, AdDetail)>) -> anyhow::Result<()> {
        let (costs, details) = costs.into_iter().unzip();
        self.append(&[Record::AdCosts(AdCostsRecord { site, at: self.clock.now(), costs, details: Some(details) })])
    }

    /// States what codes of mailings stand for: code, contact and campaign as [`LinkCodesRecord`] keeps them; they live in the
    /// journal alone.
    ///
    /// # Errors
    /// As [`Self::append`].
    pub(crate) fn put_link_codes(&self, site: SiteId, codes: Vec<(String, String, String)>) -> anyhow::Result<()> {
        self.append(&[Record::LinkCodes(LinkCodesRecord { site, at: self.clock.now(), codes })])
    }

    /// Runs a change of the control plane and puts a fresh site book in place.
    fn changing<T>(
        &self,
        change: impl FnOnce(Timestamp, crate::control::Seal<'_>) -> Result<T, ControlError>,
    ) -> Result<T, ControlError> {
        let changed = change(self.clock.now(), &|records| self.append(&records))?;
        // The book is read again under its own lock, so that of two changes at once the later book stays.
        let mut book = self.door.book.write().unwrap_or_else(PoisonError::into_inner);
        *book = Arc::new(self.control.book(&self.setup.trusted_proxies, self.secret)?);
        Ok(changed)
    }

    /// Remembers that the token with this hash was used now.
    pub(crate) fn note_token_use(&self, hash: [u8; 32]) {
        let now = self.clock.now();
        self.token_use.lock().unwrap_or_else(PoisonError::into_inner).insert(hash, now);
    }

    /// Writes down when tokens were last used.
    ///
    /// # Errors
    /// Our own faults only.
    pub(crate) fn write_token_use(&self) -> Result<(), ControlError> {
        let used = std::mem::take(&mut *self.token_use.lock().unwrap_or_else(PoisonError::into_inner));
        if used.is_empty() {
            return Ok(());
        }
        self.control.note_token_use(&used.into_iter().collect::<Vec<_>>())
    }
}

fn create_private_dir(path: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("failed to create the data directory `{}`", path.display()))
}

fn open_journal(data_dir: &Path) -> anyhow::Result<(journal::Writer, u64)> {
    let path = data_dir.join("journal");
    let options = journal::Options { journal_id: ids::journal_id(), ..journal::Options::default() };
    let (writer, recovery) =
        journal::open(&path, options).with_context(|| format!("failed to open the journal in `{}`", path.display()))?;
    if recovery.truncated_bytes > 0 {
        tracing::info!(bytes = recovery.truncated_bytes, "an unfinished write at the journal's end was cut off");
    }
    for gap in &recovery.gaps {
        tracing::error!(segment = gap.segment, offset = gap.offset, first = gap.first, "the journal is damaged");
    }
    Ok((writer, recovery.last_position))
}

/// Returns the time of the record at `last`; `None` for an empty journal, or one whose end cannot be read.
fn last_record_time(journal: &journal::Writer, last: u64) -> Option<Timestamp> {
    let mut reader = journal::Reader::open(journal, last.checked_sub(1)?).ok()?;
    let records = reader.next(1, usize::MAX, Duration::ZERO).ok()?;
    Record::decode(&records.first()?.1).ok().map(|record| record.at())
}

fn new_door(setup: &Setup, journal: &journal::Writer, clock: &Arc<Clock>, book: SiteBook) -> anyhow::Result<Door> {
    let place = match &setup.geoip_db {
        Some(path) => PlaceFinder::open(path).map_err(anyhow::Error::msg)?,
        None => PlaceFinder::default(),
    };
    let (for_door, for_ids) = (Arc::clone(clock), Arc::clone(clock));
    Ok(Door::new(
        Arc::new(RwLock::new(Arc::new(book))),
        journal.clone(),
        Arc::new(move || for_door.now()),
        Arc::new(move || ids::event_id(for_ids.now())),
        place,
    ))
}
