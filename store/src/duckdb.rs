//! The embedded engine: one file, one connection that writes, a few that read.
//!
//! Opening sets and locks what the engine may do, brings the schema up to date and reads where the store stands.
//! After an error that DuckDB calls fatal (it then refuses everything until it is opened again) the file is opened
//! anew, which returns it to the last committed batch.

mod apply;
mod compact;
mod heads;
mod keys;
mod load;
mod logs;
mod lookup;
mod numbers;
pub mod parquet;
mod pool;
mod sites;
mod sums;
#[cfg(test)]
mod tests;
pub(crate) mod warehouse;

use crate::filter::{EventFilter, SalesFilter};
use crate::{Error, Options, Patience, ResultSet, Value, dialect, files, migrations};
use commerce::Timestamp;
use commerce::state::SiteState;
use duckdb::{AccessMode, Config, Connection};
use pool::Readers;
pub use pool::Snapshot;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
pub use sums::{Digest, DigestTable};

/// A store in a DuckDB file.
pub struct DuckDb {
    file: PathBuf,
    options: Options,
    /// Readers hold it shared for as long as a statement runs; opening anew takes it alone.
    live: RwLock<Live>,
    at: Mutex<At>,
}

/// Where the store stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct At {
    position: u64,
    as_of: Option<Timestamp>,
}

/// The open file.
struct Live {
    writer: Mutex<Writer>,
    readers: Readers,
    logs: logs::Logs,
}

/// The one connection that writes, with what makes its work faster. All of it may be thrown away at any time.
struct Writer {
    connection: Connection,
    /// Versions that the latest `load` saw, so that `apply` need not look for them.
    loaded: load::Loaded,
    /// Visitors as lately loaded and changed.
    heads: heads::Heads,
    /// Which event keys are surely not stored.
    filter: EventFilter,
    /// Which orders, carts and people are surely not stored.
    sales: SalesFilter,
    /// Sites as last read; emptied when settings or rates change.
    sites: HashMap<commerce::SiteId, Arc<SiteState>>,
    /// Which days are summed.
    summed: sums::Summed,
}

/// Locks `mutex`, whatever became of the thread that held it last: what these guard is checked or rebuilt by its next
/// user.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl DuckDb {
    /// Opens the database file `file`, makes it if there is none, and brings its schema up to date.
    pub(crate) fn open(file: &Path, options: Options) -> Result<Self, Error> {
        let (live, at) = open_live(file, options)?;
        Ok(Self { file: file.to_owned(), options, live: RwLock::new(live), at: Mutex::new(at) })
    }

    /// Opens the file without changing it and reads from every table.
    pub(crate) fn probe(file: &Path) -> Result<(), Error> {
        let config = Config::default().access_mode(AccessMode::ReadOnly)?.enable_autoload_extension(false)?;
        let connection = Connection::open_with_flags(file, config).map_err(|e| Error::from_open(&e))?;
        match migrations::version(&connection)? {
            0 => return Ok(()),
            found if found > migrations::LATEST => return Err(Error::Newer { found, known: migrations::LATEST }),
            _ => {}
        }
        let mut names = connection.prepare("select table_name from duckdb_tables() where not internal")?;
        let names: Vec<String> = names.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        for name in names {
            let statement = format!("select * from {} order by rowid desc limit 1", dialect::quoted(&name));
            let mut statement = connection.prepare(&statement)?;
            statement.query_arrow([])?.for_each(drop);
        }
        Ok(())
    }

    /// Returns the journal position the store stands at.
    pub(crate) fn position(&self) -> u64 {
        lock(&self.at).position
    }

    /// Returns the clock as of that position.
    pub(crate) fn as_of(&self) -> Option<Timestamp> {
        lock(&self.at).as_of
    }

    /// Writes what is in the write-ahead log into the file.
    pub(crate) fn checkpoint(&self) -> Result<(), Error> {
        self.write(|writer| Ok(writer.connection.execute_batch("checkpoint")?))
    }

    /// Runs a statement on a reading connection.
    pub(crate) fn query(&self, sql: &str, params: &[Value]) -> Result<ResultSet, Error> {
        self.read(|connection| pool::run(connection, sql, params))
    }

    /// Runs statements that all see one state; see [`crate::Store::snapshot`].
    pub(crate) fn snapshot<T, E: From<Error>>(
        &self,
        patience: &Patience,
        work: impl FnOnce(&Snapshot<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let (result, is_dead) = {
            let live = self.live.read().unwrap_or_else(PoisonError::into_inner);
            live.readers.with(|connection| Ok(pool::snapshot((connection, &live.logs), patience, work)))?
        };
        if is_dead {
            // Any statement meets the same error now, and opens the file anew.
            drop(self.query("select 1", &[]));
        }
        result
    }

    fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        let result = {
            let live = self.live.read().unwrap_or_else(PoisonError::into_inner);
            live.readers.with(work)
        };
        self.reopen_if_dead(result)
    }

    fn write<T>(&self, work: impl FnOnce(&mut Writer) -> Result<T, Error>) -> Result<T, Error> {
        let result = {
            let live = self.live.read().unwrap_or_else(PoisonError::into_inner);
            let mut writer = lock(&live.writer);
            work(&mut writer)
        };
        self.reopen_if_dead(result)
    }

    /// Opens the file anew if `result` says that the engine has given up on it. Whoever called may try again; if the
    /// file cannot be opened either, that error takes the place of theirs.
    fn reopen_if_dead<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        if !matches!(&result, Err(error) if error.is_fatal()) {
            return result;
        }
        let mut live = self.live.write().unwrap_or_else(PoisonError::into_inner);
        // Another caller may have met the same error and opened the file already.
        if lock(&live.writer).connection.execute_batch("select 1").is_err() {
            tracing::warn!(file = %self.file.display(), "the engine gave up on the store; opening it again");
            self.reopen(&mut live)?;
        }
        result
    }

    /// Opens the file anew, as its last commit left it.
    fn reopen(&self, live: &mut Live) -> Result<(), Error> {
        // The file must be closed before it is opened again; a database in memory holds the place meanwhile.
        *live = Live::placeholder()?;
        let (opened, at) = open_live(&self.file, self.options)?;
        *live = opened;
        *lock(&self.at) = at;
        Ok(())
    }
}

impl Live {
    fn placeholder() -> Result<Self, Error> {
        let connection = Connection::open_in_memory()?;
        let filters = (EventFilter::disabled(), SalesFilter::disabled());
        Self::on(connection, filters, heads::Heads::new(0), sums::Summed::default(), logs::Logs::new(0))
    }

    fn on(
        connection: Connection,
        (filter, sales): (EventFilter, SalesFilter),
        heads: heads::Heads,
        summed: sums::Summed,
        logs: logs::Logs,
    ) -> Result<Self, Error> {
        let readers = Readers::new(connection.try_clone()?);
        let loaded = load::Loaded::default();
        let writer = Writer { connection, loaded, heads, filter, sales, sites: HashMap::new(), summed };
        Ok(Self { writer: Mutex::new(writer), readers, logs })
    }
}

fn open_live(file: &Path, options: Options) -> Result<(Live, At), Error> {
    if let Some(folder) = file.parent().filter(|f| !f.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|e| Error::from_file(folder, &e))?;
    }
    let config = Config::default().enable_autoload_extension(false)?;
    let connection = Connection::open_with_flags(file, config).map_err(|e| Error::from_open(&e))?;
    let temporary = files::temporary_of(file);
    connection.execute_batch(&dialect::settings(options.memory_limit_mb, options.threads, &temporary))?;
    migrations::migrate(&connection)?;
    keys::create(&connection)?;
    let at = read_at(&connection)?;
    let mut filter = EventFilter::new(options.memory_limit_mb);
    load::refill(&connection, &mut filter)?;
    let mut sales = SalesFilter::new(options.memory_limit_mb);
    load::refill_sales(&connection, &mut sales)?;
    let summed = sums::Summed::read(&connection)?;
    let heads = heads::Heads::new(options.memory_limit_mb);
    let logs = logs::Logs::new(options.memory_limit_mb);
    Ok((Live::on(connection, (filter, sales), heads, summed, logs)?, at))
}

/// Opens a database in memory that may read and write files in `folder` alone, and puts what does not fit there, too.
fn within_folder(folder: &Path) -> Result<Connection, Error> {
    std::fs::create_dir_all(folder).map_err(|e| Error::from_file(folder, &e))?;
    let connection = Connection::open_in_memory_with_flags(Config::default().enable_autoload_extension(false)?)?;
    connection.execute_batch(&dialect::export_settings(folder))?;
    Ok(connection)
}

fn read_at(connection: &Connection) -> Result<At, Error> {
    let rows: Vec<(u64, Option<Timestamp>)> =
        keys::rows(connection, "select position, as_of from applied order by position desc limit 1", &[])?;
    Ok(rows.first().map_or_else(At::default, |&(position, as_of)| At { position, as_of }))
}
