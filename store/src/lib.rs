//! Tables, types and migrations of the store, and the engine beneath them.
//!
//! The store is a cache of the journal: rows and the journal position they bring it to are written in one transaction,
//! and a store that is lost or broken is rebuilt. Enrichment asks it with [`Store::load`] and gives it rows with
//! [`Store::apply`]; reports ask with [`Store::query`]. It does not know what a metric means or why a row says what it
//! says.
//!
//! A visit, order or cart that changes comes as a new version with a higher position. The store keeps the latest only:
//! the version it replaces leaves in the same transaction, so readers never see two.

mod detail;
mod dialect;
mod duckdb;
mod error;
pub mod files;
mod filter;
pub mod lake;
mod migrations;
mod table;
mod tables;
mod value;

pub use self::duckdb::parquet;
pub use self::duckdb::warehouse::{Dump, DumpedTable};
pub use self::duckdb::{Digest, DigestTable, DuckDb, Snapshot};
pub use detail::{
    CartDetail, CartPage, CartQuery, CartQueryState, CustomerDetail, CustomerSort, CustomerSummary, Kept, Mailing,
    OrderDetail, VisitorDetail,
};
pub use error::Error;
pub use value::{ResultSet, Value};

use commerce::rows::Rows;
use commerce::state::{Keys, SiteState, State};
use commerce::{SiteId, Timestamp};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// How much of the machine the store may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Memory in MiB; larger work is spilled to disk.
    pub memory_limit_mb: u64,
    /// Threads for statements. While a statement's last piece is worked on, DuckDB's other threads wait for it busily:
    /// with as many threads as cores, applying batches costs half as much again.
    pub threads: u32,
}

impl Default for Options {
    /// A gibibyte and half of the cores.
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { memory_limit_mb: 1024, threads: (cores as u32 / 2).max(1) }
    }
}

/// How long somebody waits for an answer.
#[derive(Clone, Debug, Default)]
pub struct Patience {
    /// Longest time it may take; `None` for no limit.
    pub limit: Option<Duration>,
    /// Set by whoever asked once they no longer wait.
    pub given_up: Option<Arc<AtomicBool>>,
}

/// The store, on one of the engines it can stand on.
pub enum Store {
    /// Embedded: one file, one process.
    DuckDb(Box<DuckDb>),
}

impl Store {
    /// Opens the store at `path`, a database file or a folder with stores ([`files`]), and makes it if there is none.
    ///
    /// # Errors
    /// [`Error::Broken`] and [`Error::NeedsRebuild`] mean: move the file aside and rebuild it from the journal.
    pub fn open(path: impl AsRef<Path>, options: Options) -> Result<Self, Error> {
        let path = path.as_ref();
        let file = if path.is_dir() { files::current(path)? } else { path.to_owned() };
        Ok(Self::DuckDb(Box::new(DuckDb::open(&file, options)?)))
    }

    /// Returns the journal position the store stands at; 0 if nothing was applied yet.
    pub fn position(&self) -> u64 {
        let Self::DuckDb(db) = self;
        db.position()
    }

    /// Returns the clock as of that position: the largest time any applied record has put on it. `None` if nothing was
    /// applied yet.
    pub fn as_of(&self) -> Option<Timestamp> {
        let Self::DuckDb(db) = self;
        db.as_of()
    }

    /// Returns what the store knows of `keys`.
    pub fn load(&self, keys: &Keys) -> Result<State, Error> {
        let Self::DuckDb(db) = self;
        db.load(keys)
    }

    /// Adds `rows` and moves to their position, all or nothing.
    ///
    /// # Errors
    /// After any error nothing is applied; [`Error::Full`] and [`Error::Io`] may be tried again.
    pub fn apply(&self, rows: &Rows) -> Result<(), Error> {
        let Self::DuckDb(db) = self;
        db.apply(rows)
    }

    /// Runs one reading statement with `params` bound to its `?` or `$1`, on a connection that sees what was applied
    /// when it began. Waits without limit.
    pub fn query(&self, sql: &str, params: &[Value]) -> Result<ResultSet, Error> {
        let Self::DuckDb(db) = self;
        db.query(sql, params)
    }

    /// Writes every table of `site` as Parquet into a new folder beside the store and returns what was written and
    /// where; whoever asked moves the folder to its place.
    ///
    /// # Errors
    /// [`Error::Full`] if the disk is full; [`Error::Io`] if it refuses.
    pub fn dump(&self, site: SiteId) -> Result<(Dump, std::path::PathBuf), Error> {
        let Self::DuckDb(db) = self;
        let folder = db.dump_folder(site)?;
        Ok((db.dump(site, &folder)?, folder))
    }

    /// Runs `work`, whose reading statements all see one state: that of the first of them. It takes as long as `patience`
    /// lasts, all statements together.
    ///
    /// # Errors
    /// What `work` returns; [`Error::Timeout`] or [`Error::GivenUp`] in its place if patience has ended.
    pub fn snapshot<T, E: From<Error>>(
        &self,
        patience: &Patience,
        work: impl FnOnce(&Snapshot<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let Self::DuckDb(db) = self;
        db.snapshot(patience, work)
    }

    /// Keeps the digest that `make` makes of whole days of `site`, which follow each other, for readers of `definition`.
    /// A day that is changed meanwhile is left for another time. Returns how many days are summed now. One caller at a
    /// time.
    ///
    /// # Errors
    /// What `make` returns. After any error the days are as they were.
    pub fn digest_days<E: From<Error>>(
        &self,
        site: SiteId,
        definition: u64,
        days: &[(Timestamp, Timestamp)],
        make: impl FnOnce(&Snapshot<'_>) -> Result<Digest, E>,
    ) -> Result<usize, E> {
        let Self::DuckDb(db) = self;
        db.digest_days(site, definition, days, make)
    }

    /// Writes everything applied into the database file and empties its write-ahead log.
    pub fn checkpoint(&self) -> Result<(), Error> {
        let Self::DuckDb(db) = self;
        db.checkpoint()
    }

    /// Tidies: gives back the space of replaced versions. What the views say does not change. Crash-safe; takes seconds on
    /// a large store.
    pub fn compact(&self) -> Result<(), Error> {
        let Self::DuckDb(db) = self;
        db.compact()
    }

    /// Returns the settings, goals and rates of `site` as of the store's position; `None` for a site it never heard of.
    pub fn site_state(&self, site: SiteId) -> Result<Option<SiteState>, Error> {
        let Self::DuckDb(db) = self;
        db.site_state(site)
    }
}

/// Opens the store at `path`, reads a little from every table and closes it again.
///
/// A damaged write-ahead log can make DuckDB abort the process, so a server runs this in a child process first.
///
/// # Errors
/// As [`Store::open`]; the files are left as they are.
pub fn probe_open(path: impl AsRef<Path>) -> Result<(), Error> {
    let path = path.as_ref();
    let file = if path.is_dir() { files::current(path)? } else { path.to_owned() };
    if !file.exists() {
        return Ok(());
    }
    DuckDb::probe(&file)
}
