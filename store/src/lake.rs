//! Questions in SQL to a warehouse's files: in a database of its own, which sees that folder and nothing else.
//!
//! Meant for a process of its own: it bounds the engine's memory and what it may read, the caller bounds the process's
//! time and memory. A question is one SELECT; the engine's own parser says whether it is.

use crate::{Error, dialect};
use duckdb::{Config, Connection, params};
use std::path::Path;

/// What a column of an answer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LakeType {
    /// A whole number.
    Whole,
    /// True or false.
    Bool,
    /// Anything else, as text: decimals, times, texts.
    Text,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LakeAnswer {
    /// Columns: name, type in SQL, and what the cells are.
    pub columns: Vec<(String, String, LakeType)>,
    /// Rows as text, `None` for null.
    pub rows: Vec<Vec<Option<String>>>,
    /// Whether there were more rows than asked for.
    pub is_cut: bool,
}

/// Answers the question `sql` about the warehouse in `folder`, with `rows` rows at most. Tables are the folder's folders.
///
/// # Errors
/// [`Error::Query`] with the engine's words if the question cannot be answered, [`Error::Memory`] if it needs more than
/// `memory_mb`.
pub fn ask(folder: &Path, sql: &str, rows: usize, memory_mb: u64) -> Result<LakeAnswer, Error> {
    let connection = open(folder, memory_mb)?;
    must_be_one_select(&connection, sql)?;
    // In parentheses only a question can stand, whatever the parser above let pass.
    let asked = sql.trim().trim_end_matches(';');
    let mut statement =
        connection.prepare(&format!("select column_name, column_type from (describe (\n{asked}\n))"))?;
    let named: Vec<(String, String)> =
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    let columns: Vec<(String, String, LakeType)> =
        named.into_iter().map(|(name, kind)| (name, kind.clone(), type_of(&kind))).collect();
    let aliases: Vec<String> = (0..columns.len()).map(|i| format!("c{i}")).collect();
    let texts: Vec<String> = aliases.iter().map(|c| format!("cast({c} as varchar)")).collect();
    let query = format!(
        "select {} from (\n{asked}\n) as asked({}) limit {}",
        texts.join(", "),
        aliases.join(", "),
        rows.saturating_add(1)
    );
    let mut statement = connection.prepare(&query)?;
    let count = columns.len();
    let read =
        |row: &duckdb::Row<'_>| (0..count).map(|i| row.get::<_, Option<String>>(i)).collect::<Result<Vec<_>, _>>();
    let mut found: Vec<Vec<Option<String>>> = statement.query_map([], read)?.collect::<Result<_, _>>()?;
    let is_cut = found.len() > rows;
    found.truncate(rows);
    Ok(LakeAnswer { columns, rows: found, is_cut })
}

fn type_of(kind: &str) -> LakeType {
    match kind {
        "TINYINT" | "SMALLINT" | "INTEGER" | "BIGINT" | "UTINYINT" | "USMALLINT" | "UINTEGER" | "UBIGINT"
        | "HUGEINT" => LakeType::Whole,
        "BOOLEAN" => LakeType::Bool,
        _ => LakeType::Text,
    }
}

/// Opens a database whose tables are the folder's, and which can reach nothing else.
fn open(folder: &Path, memory_mb: u64) -> Result<Connection, Error> {
    let connection = Connection::open_in_memory_with_flags(Config::default().enable_autoload_extension(false)?)?;
    let place = dialect::literal(&format!("{}/", folder.to_string_lossy().trim_end_matches('/')));
    connection.execute_batch(&format!(
        "set memory_limit = '{memory_mb}MiB';
         set threads = 2;
         set temp_directory = '';
         set autoinstall_known_extensions = false;
         set autoload_known_extensions = false;
         set allowed_directories = [{place}];
         set enable_external_access = false;
         set lock_configuration = true;"
    ))?;
    let mut tables: Vec<String> = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|e| Error::from_file(folder, &e))? {
        let entry = entry.map_err(|e| Error::from_file(folder, &e))?;
        if entry.path().is_dir() {
            tables.extend(entry.file_name().to_str().map(str::to_owned));
        }
    }
    tables.sort();
    for table in tables {
        let files = dialect::literal(&folder.join(&table).join("**/*.parquet").to_string_lossy());
        connection.execute_batch(&format!(
            "create view {} as select * from read_parquet({files}, hive_partitioning = true, hive_types_autocast = false)",
            dialect::quoted(&table)
        ))?;
    }
    Ok(connection)
}

/// Refuses whatever the engine's parser does not read as exactly one SELECT.
fn must_be_one_select(connection: &Connection, sql: &str) -> Result<(), Error> {
    let read: String =
        connection.query_row("select json_serialize_sql(cast(? as varchar))", params![sql], |row| row.get(0))?;
    let read: serde_json::Value = serde_json::from_str(&read).map_err(|e| Error::Query(e.to_string()))?;
    if read["error"].as_bool() != Some(false) {
        let message = read["error_message"].as_str().unwrap_or("it cannot be read");
        return Err(Error::Query(message.to_owned()));
    }
    match read["statements"].as_array().map(Vec::len) {
        Some(1) => Ok(()),
        _ => Err(Error::Query("ask one question at a time".to_owned())),
    }
}
