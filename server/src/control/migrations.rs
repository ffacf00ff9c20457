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
    "
-- People who may sign in. Of a password its argon2id hash is kept; of a second factor only what its secret is derived
-- from, together with the installation's own.
create table users (
    id integer primary key autoincrement,
    email text not null unique,
    name text not null,
    language text not null,
    password text not null,
    is_owner integer not null,
    factor_nonce text,
    factor_confirmed integer not null default 0,
    factor_step integer not null default 0,
    created_at text not null
);
create table recovery_codes (
    account integer not null references users (id) on delete cascade,
    hash text not null,
    primary key (account, hash)
);
create table members (
    site integer not null references sites (id) on delete cascade,
    account integer not null references users (id) on delete cascade,
    role text not null,
    primary key (site, account)
);
create table invitations (
    id text primary key,
    hash text not null unique,
    site integer not null references sites (id) on delete cascade,
    email text not null,
    role text not null,
    created_at text not null,
    expires_at text not null,
    unique (site, email)
);
-- Links that show the figures of a site, narrowed by a filter, to whoever has them.
create table shares (
    id text primary key,
    hash text not null unique,
    site integer not null references sites (id) on delete cascade,
    label text not null,
    filter text not null,
    password text,
    created_at text not null
);
-- A session belongs to an account or to a share.
create table sessions (
    id text primary key,
    hash text not null unique,
    account integer references users (id) on delete cascade,
    share text references shares (id) on delete cascade,
    agent text not null,
    created_at text not null,
    last_used_at text not null,
    expires_at text not null
);
create table annotations (
    site integer not null references sites (id) on delete cascade,
    id integer not null,
    day text not null,
    text text not null,
    author text not null,
    created_at text not null,
    primary key (site, id)
);
-- Owner 0 shares a view with everyone who may see the site.
create table views (
    site integer not null references sites (id) on delete cascade,
    owner integer not null,
    name text not null,
    state text not null,
    updated_at text not null,
    primary key (site, owner, name)
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
