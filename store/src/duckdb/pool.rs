//! Connections for readers: each statement sees what was committed when it began and disturbs no writer.
//!
//! Idle connections are kept for the next statement. Statements may be given a limit, and may be given up by whoever
//! asked; a second thread interrupts them then.

use super::logs::Logs;
use super::{keys, lock, numbers, read_at};
use crate::{Error, Patience, ResultSet, Value};
use commerce::Timestamp;
use duckdb::arrow::array::{Array, ArrayRef, AsArray};
use duckdb::arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimeUnit, TimestampMicrosecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use duckdb::arrow::record_batch::RecordBatch;
use duckdb::{Connection, params_from_iter};
use std::borrow::Cow;
use std::cell::Cell;
use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Connections kept while idle. More are opened when more are needed, and closed afterwards.
const IDLE_MAX: usize = 4;

/// How often it is looked whether somebody still waits.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// The readers' connections.
pub(super) struct Readers {
    /// Never used for statements, so that it is always free to be cloned.
    root: Mutex<Connection>,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    /// Returns readers of the database that `root` is connected to.
    pub(super) fn new(root: Connection) -> Self {
        Self { root: Mutex::new(root), idle: Mutex::new(Vec::new()) }
    }

    /// Does `work` with a connection of its own.
    pub(super) fn with<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        let idle = lock(&self.idle).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => lock(&self.root).try_clone()?,
        };
        let result = work(&connection);
        let mut idle = lock(&self.idle);
        if idle.len() < IDLE_MAX {
            idle.push(connection);
        }
        result
    }
}

/// Statements that all see the state of the first of them.
pub struct Snapshot<'c> {
    connection: &'c Connection,
    pub(super) logs: &'c Logs,
    patience: &'c Patience,
    begun: Instant,
    /// Whether the engine has given up on the file.
    is_dead: Cell<bool>,
}

impl Snapshot<'_> {
    /// Runs one reading statement whose columns are whole numbers, keys or times, and hands its rows to `sink` in pieces:
    /// for each column its values, negative ones as [`i64`] would be cast, times in microseconds since 1970, NULL as 0.
    /// Nothing of it lies in memory as a whole.
    ///
    /// # Errors
    /// As [`Self::query`]; [`Error::Query`] for a column of another type.
    pub fn numbers(&self, sql: &str, params: &[Value], mut sink: impl FnMut(&[Cow<'_, [u64]>])) -> Result<(), Error> {
        self.reading_batches(|connection| {
            let mut statement = connection.prepare(sql)?;
            for batch in statement.stream_arrow(params_from_iter(params.iter().map(keys::to_engine)))? {
                sink(&batch.columns().iter().map(numbers::of).collect::<Result<Vec<_>, _>>()?);
            }
            Ok(())
        })
    }

    /// Runs one reading statement and returns its rows as the engine's own.
    pub(super) fn batches(&self, sql: &str, params: &[Value]) -> Result<Vec<RecordBatch>, Error> {
        self.reading(|connection| {
            let mut statement = connection.prepare(sql)?;
            Ok(statement.query_arrow(params_from_iter(params.iter().map(keys::to_engine)))?.collect())
        })
    }

    /// Runs a statement that makes a temporary table, which nobody else sees and which goes with the snapshot.
    ///
    /// # Errors
    /// As [`Self::query`].
    pub fn make(&self, sql: &str, params: &[Value]) -> Result<(), Error> {
        self.reading(|connection| {
            connection.prepare(sql)?.execute(params_from_iter(params.iter().map(keys::to_engine)))?;
            Ok(())
        })
    }

    /// Runs one reading statement with `params` bound to its `?` or `$1`.
    ///
    /// # Errors
    /// As [`crate::Store::query`]; [`Error::Timeout`] and [`Error::GivenUp`] come from the snapshot as a whole.
    pub fn query(&self, sql: &str, params: &[Value]) -> Result<ResultSet, Error> {
        self.reading(|connection| rows_of(connection, sql, params))
    }

    /// Runs one reading statement and hands its rows to `sink` piece by piece, so that a result may be larger than the
    /// memory. Ends early when `sink` says `false`.
    ///
    /// # Errors
    /// As [`Self::query`].
    pub fn stream(
        &self,
        sql: &str,
        params: &[Value],
        sink: &mut dyn FnMut(Vec<Vec<Value>>) -> bool,
    ) -> Result<(), Error> {
        self.reading_batches(|connection| {
            let mut statement = connection.prepare(sql)?;
            for batch in statement.stream_arrow(params_from_iter(params.iter().map(keys::to_engine)))? {
                let mut rows = Vec::new();
                add_rows(&batch, &mut rows)?;
                if !sink(rows) {
                    break;
                }
            }
            Ok(())
        })
    }

    /// Returns the journal position the store stands at; 0 if nothing was applied yet.
    ///
    /// # Errors
    /// As [`Self::query`].
    pub fn position(&self) -> Result<u64, Error> {
        Ok(self.reading(read_at)?.position)
    }

    /// Returns the clock as of that position; `None` if nothing was applied yet.
    ///
    /// # Errors
    /// As [`Self::query`].
    pub fn as_of(&self) -> Result<Option<Timestamp>, Error> {
        Ok(self.reading(read_at)?.as_of)
    }

    /// Reads a statement's result piece by piece. The driver has no error for a piece that does not come, as when the
    /// statement is interrupted: it panics, which is an error here.
    fn reading_batches<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        self.reading(|connection| {
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(connection)))
                .unwrap_or_else(|_| Err(Error::Query("the engine ended a result early".to_owned())))
        })
    }

    /// Reads with statements of its own.
    pub(super) fn reading<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        // Short statements one after the other may all end before an interrupt meets them.
        if let Some(end) = self.patience.ended(self.begun) {
            return Err(end);
        }
        let result = work(self.connection);
        if let Err(error) = &result {
            self.is_dead.set(self.is_dead.get() || error.is_fatal());
        }
        result
    }
}

impl Patience {
    /// Says why nobody waits any more for what was `begun` then; `None` while somebody does.
    fn ended(&self, begun: Instant) -> Option<Error> {
        if self.given_up.as_ref().is_some_and(|flag| flag.load(Ordering::Relaxed)) {
            return Some(Error::GivenUp);
        }
        self.limit.is_some_and(|limit| begun.elapsed() >= limit).then_some(Error::Timeout)
    }
}

/// Runs `work` in one transaction, as long as `patience` lasts. Says, too, whether the engine has given up on the file.
pub(super) fn snapshot<T, E: From<Error>>(
    (connection, logs): (&Connection, &Logs),
    patience: &Patience,
    work: impl FnOnce(&Snapshot<'_>) -> Result<T, E>,
) -> (Result<T, E>, bool) {
    let snapshot = Snapshot { connection, logs, patience, begun: Instant::now(), is_dead: Cell::new(false) };
    let transaction = match connection.unchecked_transaction() {
        Ok(transaction) => transaction,
        Err(error) => {
            let error = Error::from(error);
            let is_dead = error.is_fatal();
            return (Err(error.into()), is_dead);
        }
    };
    let (result, end) = watched(connection, patience, || work(&snapshot));
    // Not while it is watched: an interrupted rollback would leave the connection in its transaction.
    drop(transaction);
    let is_dead = snapshot.is_dead.get();
    // A statement that made it just before its interrupt has its result; any other has the engine's word for it.
    match (result, end) {
        (Err(_), Some(end)) => (Err(end.into()), is_dead),
        (result, _) => (result, is_dead),
    }
}

/// Does `work` while another thread minds `patience` and interrupts the connection when it ends. Says why it ended.
fn watched<T>(connection: &Connection, patience: &Patience, work: impl FnOnce() -> T) -> (T, Option<Error>) {
    if patience.limit.is_none() && patience.given_up.is_none() {
        return (work(), None);
    }
    let interrupt = connection.interrupt_handle();
    let begun = Instant::now();
    std::thread::scope(|scope| {
        let (done, waiting) = channel::<()>();
        let watch = scope.spawn(move || {
            let mut end = None;
            loop {
                let left = patience.limit.map_or(LOOK_AGAIN, |limit| limit.saturating_sub(begun.elapsed()));
                // An interrupt that comes before a statement has begun is lost, so it is repeated.
                let wait = if left.is_zero() { LOOK_AGAIN } else { left.min(LOOK_AGAIN) };
                if waiting.recv_timeout(wait) != Err(RecvTimeoutError::Timeout) {
                    return end;
                }
                end = end.or_else(|| patience.ended(begun));
                if end.is_some() {
                    interrupt.interrupt();
                }
            }
        });
        let result = work();
        drop(done);
        (result, watch.join().unwrap_or_default())
    })
}

/// Runs `sql` with `params` bound.
pub(super) fn run(connection: &Connection, sql: &str, params: &[Value]) -> Result<ResultSet, Error> {
    snapshot((connection, &Logs::new(0)), &Patience::default(), |snapshot| snapshot.query(sql, params)).0
}

fn rows_of(connection: &Connection, sql: &str, params: &[Value]) -> Result<ResultSet, Error> {
    // Planned and run in one transaction: the plan may hold figures of the tables as they were when it was made, such as
    // a count of their rows. For the same reason no plan is ever kept for a second run.
    let mut statement = connection.prepare(sql)?;
    let result = statement.query_arrow(params_from_iter(params.iter().map(keys::to_engine)))?;
    let columns = result.get_schema().fields().iter().map(|f| f.name().clone()).collect();
    let mut rows = Vec::new();
    for batch in result {
        add_rows(&batch, &mut rows)?;
    }
    Ok(ResultSet { columns, rows })
}

fn add_rows(batch: &RecordBatch, rows: &mut Vec<Vec<Value>>) -> Result<(), Error> {
    let first = rows.len();
    rows.extend((0..batch.num_rows()).map(|_| Vec::with_capacity(batch.num_columns())));
    for array in batch.columns() {
        let cell = cells(array)?;
        for (row, out) in rows[first..].iter_mut().enumerate() {
            out.push(if array.is_null(row) { Value::Null } else { cell(row) });
        }
    }
    Ok(())
}

/// Returns what reads a cell of `array`, given its row; only asked where the cell is not NULL.
fn cells(array: &ArrayRef) -> Result<Box<dyn Fn(usize) -> Value + '_>, Error> {
    macro_rules! number {
        ($type:ty, $value:expr) => {{
            let values = array.as_primitive::<$type>();
            Box::new(move |row| $value(values.value(row).into()))
        }};
    }
    Ok(match array.data_type() {
        DataType::Null => Box::new(|_| Value::Null),
        DataType::Boolean => {
            let values = array.as_boolean();
            Box::new(move |row| Value::Bool(values.value(row)))
        }
        DataType::Int8 => number!(Int8Type, Value::Int),
        DataType::Int16 => number!(Int16Type, Value::Int),
        DataType::Int32 => number!(Int32Type, Value::Int),
        DataType::Int64 => number!(Int64Type, Value::Int),
        DataType::UInt8 => number!(UInt8Type, Value::UInt),
        DataType::UInt16 => number!(UInt16Type, Value::UInt),
        DataType::UInt32 => number!(UInt32Type, Value::UInt),
        DataType::UInt64 => number!(UInt64Type, Value::UInt),
        DataType::Float32 => number!(Float32Type, Value::Double),
        DataType::Float64 => number!(Float64Type, Value::Double),
        // Sums of integers are HUGEINT, which arrives as a decimal without decimals.
        DataType::Decimal128(_, 0) => number!(Decimal128Type, Value::Huge),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            let values = array.as_primitive::<TimestampMicrosecondType>();
            Box::new(move |row| Value::Time(commerce::Timestamp(values.value(row))))
        }
        DataType::Date32 => {
            let values = array.as_primitive::<Date32Type>();
            Box::new(move |row| Value::Text(date_text(values.value(row))))
        }
        DataType::Utf8 => {
            let values = array.as_string::<i32>();
            Box::new(move |row| Value::Text(values.value(row).to_owned()))
        }
        DataType::Binary => {
            let values = array.as_binary::<i32>();
            Box::new(move |row| Value::Bytes(values.value(row).to_owned()))
        }
        other => return Err(Error::Query(format!("a result holds {other}, which no value is made of"))),
    })
}

/// Returns the day that lies `days` after 1970-01-01 as `YYYY-MM-DD`; the far ends of the calendar saturate.
fn date_text(days: i32) -> String {
    let epoch = jiff::civil::date(1970, 1, 1);
    epoch.saturating_add(jiff::Span::new().days(days.clamp(-4_000_000, 2_900_000))).to_string()
}
