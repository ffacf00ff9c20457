//! The store from the outside: rows in, state and views out, and what becomes of a broken file.

mod load;
mod logs;
mod lookup;
mod robust;
mod round_trip;
mod sales;
mod sample;
mod single;
mod versions;
mod warehouse;

use crate::table::{Row, Table};
use crate::{Options, ResultSet, Store, Value, dialect};
use std::path::Path;

const OPTIONS: Options = Options { memory_limit_mb: 256, threads: 2 };

fn open(folder: &Path) -> Store {
    Store::open(folder.join("store.duckdb"), OPTIONS).unwrap()
}

/// Returns a fresh store and the folder that holds it.
fn fresh() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    (folder, store)
}

/// Returns every row of a table in the order of position and then of the row.
fn stored<T: Table>(store: &Store) -> Vec<T> {
    let Store::DuckDb(db) = store;
    let sql =
        format!("select {} from {} t order by t.position, t.rowid", dialect::columns("t", &T::column_names()), T::NAME);
    let rows: Vec<Row<T>> = db.read(|connection| super::keys::rows(connection, &sql, &[])).unwrap();
    rows.into_iter().map(|row| row.0).collect()
}

fn ask(store: &Store, sql: &str, params: &[Value]) -> ResultSet {
    store.query(sql, params).unwrap()
}

fn number(store: &Store, sql: &str) -> i64 {
    ask(store, sql, &[]).rows[0][0].as_i64().unwrap()
}
