//! Keys on their way into a query, and typed rows on their way out.
//!
//! A set of keys goes into a temporary table of its own, which lives in memory and is written by the appender; a query
//! then joins it. Twenty thousand keys take two milliseconds.

use crate::table::{Field, named_batch, read_rows};
use crate::{Error, Value};
use commerce::Timestamp;
use duckdb::arrow::record_batch::RecordBatch;
use duckdb::{Connection, params_from_iter};

/// The temporary tables, one for each set of keys that may be in use at a time.
const KEY_TABLES: [&str; 6] = ["k_visitors", "k_fingerprints", "k_visits", "k_late_visits", "k_events", "k_old"];

/// How many more there are for sets of keys that one statement looks for.
pub(super) const WANTED_TABLES: usize = 6;

/// Returns the name of the one of these numbered `number`.
pub(super) fn wanted_table(number: usize) -> String {
    format!("k_wanted_{number}")
}

/// Makes the temporary tables on `connection`.
pub(super) fn create(connection: &Connection) -> Result<(), Error> {
    let wanted = (0..WANTED_TABLES).map(wanted_table);
    for table in KEY_TABLES.into_iter().map(str::to_owned).chain(wanted) {
        connection
            .execute_batch(&format!("create or replace temp table {table} (key ubigint, known_from timestamp)"))?;
    }
    Ok(())
}

/// Fills the temporary table `table` with `keys`, in place of what it held.
pub(super) fn put(connection: &Connection, table: &str, keys: impl IntoIterator<Item = u64>) -> Result<(), Error> {
    put_timed(connection, table, keys.into_iter().map(|key| (key, None)))
}

/// Fills the temporary table `table` with `keys` and a time for each.
pub(super) fn put_timed(
    connection: &Connection,
    table: &str,
    keys: impl IntoIterator<Item = (u64, Option<Timestamp>)>,
) -> Result<(), Error> {
    connection.prepare(&format!("delete from {table}"))?.execute([])?;
    let keys: Vec<(u64, Option<Timestamp>)> = keys.into_iter().collect();
    if keys.is_empty() {
        return Ok(());
    }
    let mut columns = Vec::new();
    Field::arrays(keys.iter(), &mut columns);
    let batch = named_batch(&["key".to_owned(), "known_from".to_owned()], columns)?;
    let mut appender = connection.appender_to_catalog_and_db(table, "temp", "main")?;
    appender.append_record_batch(batch)?;
    Ok(appender.flush()?)
}

/// Runs a reading statement and returns its rows, each read as a `T` from left to right.
///
/// Statements are planned anew each time: a plan that is kept may hold what was true of the tables when it was made, down
/// to the count of their rows.
pub(super) fn rows<T: Field>(connection: &Connection, sql: &str, params: &[Value]) -> Result<Vec<T>, Error> {
    let mut statement = connection.prepare(sql)?;
    let batches: Vec<RecordBatch> = statement.query_arrow(params_from_iter(params.iter().map(to_engine)))?.collect();
    read_rows(&batches)
}

/// Returns `value` as the engine's own.
pub(super) fn to_engine(value: &Value) -> duckdb::types::Value {
    use duckdb::types::{TimeUnit, Value as Engine};
    match value {
        Value::Null => Engine::Null,
        Value::Bool(b) => Engine::Boolean(*b),
        Value::Int(n) => Engine::BigInt(*n),
        Value::UInt(n) => Engine::UBigInt(*n),
        Value::Huge(n) => Engine::HugeInt(*n),
        Value::Double(n) => Engine::Double(*n),
        Value::Text(text) => Engine::Text(text.clone()),
        Value::Time(at) => Engine::Timestamp(TimeUnit::Microsecond, at.0),
        Value::Bytes(bytes) => Engine::Blob(bytes.clone()),
    }
}
