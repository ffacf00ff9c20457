//! Where the engines differ: how a setting is set, how an old version leaves, how many rows a key finds.
//!
//! There is one engine today, DuckDB. What another would say differently stands here and nowhere else: a report's SQL
//! is written once.

use std::path::Path;

/// Returns `name` as an identifier that may be any word, reserved ones included.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Returns `text` as a literal, for the few statements that take no parameters.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Returns `names` as a list of columns of `table`.
pub(crate) fn columns(table: &str, names: &[String]) -> String {
    names.iter().map(|n| format!("{table}.{}", quoted(n))).collect::<Vec<_>>().join(", ")
}

/// Returns the statements that prepare a fresh database: bounded memory, spill files in `temporary` only, nothing
/// loaded from anywhere, and all of it locked so that no statement of a report can change it back.
pub(crate) fn settings(memory_limit_mb: u64, threads: u32, temporary: &Path) -> String {
    let temporary = literal(&temporary.to_string_lossy());
    format!(
        "set memory_limit = '{memory_limit_mb}MiB';
         set threads = {threads};
         set preserve_insertion_order = false;
         set wal_autocheckpoint = '{CHECKPOINT_MIB}MiB';
         set temp_directory = {temporary};
         set autoinstall_known_extensions = false;
         set autoload_known_extensions = false;
         set allowed_directories = [{temporary}];
         set enable_external_access = false;
         set lock_configuration = true;"
    )
}

/// Returns the statements that prepare a database for files in `folder`: rows keep their order, and nothing outside that
/// folder can be reached.
pub(crate) fn export_settings(folder: &Path) -> String {
    let folder = literal(&folder.to_string_lossy());
    format!(
        "set memory_limit = '256MiB';
         set threads = 1;
         set preserve_insertion_order = true;
         set temp_directory = {folder};
         set autoinstall_known_extensions = false;
         set autoload_known_extensions = false;
         set allowed_directories = [{folder}];
         set enable_external_access = false;
         set lock_configuration = true;"
    )
}

/// The write-ahead log is folded into the file when it has grown to this size. A log of 1 GiB would save a twentieth of
/// the work; one of 128 MiB takes up to two seconds to replay when a killed process comes back.
const CHECKPOINT_MIB: u32 = 64;

/// Returns the statement that takes old versions out of `table`: rows whose `key` is in the temporary table `keys` and
/// whose position lies within the two parameters. Positions follow the order of the rows, so all but a few blocks are
/// skipped.
pub(crate) fn remove_versions(table: &str, key: &str, keys: &str) -> String {
    let key = quoted(key);
    format!("delete from {table} where position between ? and ? and {key} in (select key from {keys})")
}
