//! The control plane's tables, as numbered steps forward; SQLite's `user_version` says how many are done.
//!
//! A step is never changed once released. Times are RFC 3339 text, which every database sorts the same.

use anyhow::{Context, ensure};
use rusqlite::{Connection, TransactionBehavior};

const STEPS: &[&str] = &[
    "
create table sites (
    id integer primary key,
    collect_key text not null unique,
    signing_secret text not null,
    email_salt text not null,
    created_at text not null
);
create table site_settings (
    site integer not null references sites (id) on delete cascade,
    name text not null,
    value text not null,
    primary key (site, name)
);
create table goals (
    site integer not null references sites (id) on delete cascade,
    id integer not null,
    name text not null,
    attribute text not null,
    pattern_kind text not null,
    pattern text not null,
    case_sensitive integer not null,
    value text,
    allow_multiple integer not null,
    use_event_value integer not null,
    primary key (site, id)
);
-- Numbers are never given out twice: the journal keeps what a removed site sent.
create table removed_sites (
    id integer primary key
);
create table tokens (
    id text primary key,
    hash text not null unique,
    scope text not null,
    site integer references sites (id) on delete cascade,
    label text not null,
    created_at text not null,
    last_used_at text
);
",
    "
-- By these foreign senders prove who they are; the highest id is the newest.
create table dialect_secrets (
    id integer primary key autoincrement,
    site integer not null references sites (id) on delete cascade,
    dialect text not null,
    secret text not null,
    added_at text not null
);
create index dialect_secrets_of on dialect_secrets (site, dialect);
",
    "
-- Saved segments and defined events.
create table named_rules (
    site integer not null references sites (id) on delete cascade,
    kind text not null,
    name text not null,
    text text not null,
    admins_only integer not null,
    changed_at text not null,
    primary key (site, kind, name)
);
",
];

/// Brings `db` to the present version.
///
/// # Errors
/// If a step fails, or the file was written by a newer version.
pub(super) fn run(db: &mut Connection) -> anyhow::Result<()> {
    let done: usize = db.query_row("pragma user_version", [], |row| row.get::<_, i64>(0))?.try_into()?;
    ensure!(
        done <= STEPS.len(),
        "it has version {done}, this version of tallyho knows {} at most: use the newer one",
        STEPS.len()
    );
    for (number, step) in STEPS.iter().enumerate().skip(done) {
        let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(step).with_context(|| format!("migration {} failed", number + 1))?;
        transaction.pragma_update(None, "user_version", number as i64 + 1)?;
        transaction.commit()?;
    }
    Ok(())
}
