//! The schema's versions. Forward only: a file that is newer than this program is refused, one that is older is
//! brought up to date, and where that is not possible the store is rebuilt from the journal, whose cache it is.

use crate::Error;
use duckdb::Connection;

/// Statements in their order, each with the version that it brings the schema to. Versions 1 to 4 are no more.
const MIGRATIONS: &[(u32, &str)] = &[
    (5, include_str!("migrations/0001_tables.sql")),
    (6, include_str!("migrations/0002_views.sql")),
    (7, include_str!("migrations/0003_ad_costs.sql")),
    (8, include_str!("migrations/0004_day_sums.sql")),
    (9, include_str!("migrations/0005_day_logs.sql")),
    (10, include_str!("migrations/0006_log_hashes.sql")),
];

/// Stores below this version hold rows that today's tables cannot be made of.
pub(crate) const OLDEST_MIGRATABLE: u32 = 6;

/// The schema version of this program.
pub(crate) const LATEST: u32 = MIGRATIONS[MIGRATIONS.len() - 1].0;

/// Brings the schema up to date, in one transaction. A file without tables starts at version 0.
pub(crate) fn migrate(connection: &Connection) -> Result<(), Error> {
    let found = version(connection)?;
    if found > LATEST {
        return Err(Error::Newer { found, known: LATEST });
    }
    if found > 0 && found < OLDEST_MIGRATABLE {
        return Err(Error::NeedsRebuild { found });
    }
    if found == LATEST {
        return Ok(());
    }
    // All in one transaction: a crash leaves the schema as it was.
    let transaction = connection.unchecked_transaction()?;
    for (_, statements) in MIGRATIONS.iter().filter(|(version, _)| *version > found) {
        transaction.execute_batch(statements)?;
    }
    transaction
        .execute_batch("create table if not exists meta (schema_version uinteger not null); delete from meta;")?;
    transaction.execute("insert into meta values (?)", [LATEST])?;
    transaction.commit()?;
    // Most defects in replaying a write-ahead log had to do with changes of the schema in it.
    connection.execute_batch("checkpoint")?;
    Ok(())
}

/// Returns the schema version of the open file; 0 if it has no tables at all.
///
/// # Errors
/// [`Error::Broken`] if it has tables but no version: then it is no store of ours.
pub(crate) fn version(connection: &Connection) -> Result<u32, Error> {
    let tables: i64 = connection.query_row("select count(*) from duckdb_tables()", [], |row| row.get(0))?;
    if tables == 0 {
        return Ok(0);
    }
    connection
        .query_row("select schema_version from meta", [], |row| row.get(0))
        .map_err(|_| Error::Broken("the file is a database, but no store".to_owned()))
}
