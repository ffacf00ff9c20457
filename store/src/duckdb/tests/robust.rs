//! Broken files, foreign files, refused statements: an error each, and nothing half done.

use super::sample::*;
use super::*;
use crate::{Error, files, migrations, probe_open};
use duckdb::Connection;
use std::path::PathBuf;
use std::time::Duration;

fn file_of(folder: &Path) -> PathBuf {
    folder.join("store.duckdb")
}

#[test]
fn a_batch_is_applied_whole_or_not_at_all() {
    let (folder, store) = fresh();
    store.apply(&everything(1..=3)).unwrap();
    // An order line without an order is no fault of the store's; a text where a column refuses NULL cannot be made.
    // So the failure comes from outside: another table of the same name stands in the way of the last append.
    let Store::DuckDb(db) = &store;
    db.write(|writer| Ok(writer.connection.execute_batch("alter table rates rename to hidden")?)).unwrap();
    let refused = store.apply(&everything(4..=6));
    assert!(matches!(refused, Err(Error::Query(_))), "{refused:?}");
    assert_eq!((store.position(), number(&store, "select count(*) from events")), (3, 3));
    db.write(|writer| Ok(writer.connection.execute_batch("alter table hidden rename to rates")?)).unwrap();
    store.apply(&everything(4..=6)).unwrap();
    assert_eq!((store.position(), number(&store, "select count(*) from events")), (6, 6));
    drop(store);
    assert_eq!(open(folder.path()).position(), 6);
}

#[test]
fn rows_and_position_are_seen_together() {
    let (folder, store) = fresh();
    store.apply(&everything(1..=3)).unwrap();
    {
        // A process that dies before its commit.
        let Store::DuckDb(db) = &store;
        db.write(|writer| {
            let connection = &writer.connection;
            connection.execute_batch("begin; insert into applied values (9, null); delete from events")?;
            Ok(())
        })
        .unwrap();
    }
    assert_eq!(number(&store, "select max(position) from applied"), 3, "readers see what is committed");
    drop(store);
    let store = open(folder.path());
    assert_eq!((store.position(), number(&store, "select count(*) from events")), (3, 3));
}

#[test]
fn a_batch_cannot_be_applied_twice() {
    let (_folder, store) = fresh();
    store.apply(&everything(1..=3)).unwrap();
    for again in [everything(1..=3), empty(2), empty(0)] {
        assert!(matches!(store.apply(&again), Err(Error::Query(_))));
    }
    assert_eq!(number(&store, "select count(*) from events"), 3);
}

#[test]
fn the_clock_never_goes_back() {
    let (_folder, store) = fresh();
    store.apply(&empty(5)).unwrap();
    let mut rows = empty(6);
    rows.as_of = Some(at(-100));
    store.apply(&rows).unwrap();
    assert_eq!(store.as_of(), Some(at(5)));
}

#[test]
fn broken_files_are_told_apart() {
    let whole = {
        let (folder, store) = fresh();
        store.apply(&everything(1..=50)).unwrap();
        drop(store);
        std::fs::read(file_of(folder.path())).unwrap()
    };
    let mut flipped = whole.clone();
    for byte in flipped.iter_mut().take(12_288).skip(4096) {
        *byte ^= 0x55;
    }
    let cases: [(&str, Vec<u8>); 4] = [
        ("text", b"this is no database, but long enough to be taken for one".repeat(400)),
        ("cut", whole[..whole.len() / 2].to_vec()),
        ("cut to its header", whole[..5000].to_vec()),
        ("flipped", flipped),
    ];
    for (name, bytes) in cases {
        let folder = tempfile::tempdir().unwrap();
        let file = file_of(folder.path());
        std::fs::write(&file, &bytes).unwrap();
        let probed = probe_open(&file);
        assert!(matches!(probed, Err(Error::Broken(_))), "{name}: {probed:?}");
        assert_eq!(std::fs::read(&file).unwrap(), bytes, "{name}: a probe changes nothing");
        files::move_aside(&file).unwrap();
        assert_eq!(open(folder.path()).position(), 0, "{name}: a new one takes its place");
    }
}

/// Returns a store's file and its write-ahead log as a process that was killed leaves them.
fn killed() -> (Vec<u8>, Vec<u8>) {
    let (folder, store) = fresh();
    store.apply(&everything(1..=20)).unwrap();
    store.checkpoint().unwrap();
    store.apply(&everything(21..=40)).unwrap();
    store.apply(&everything(41..=60)).unwrap();
    let file = file_of(folder.path());
    (std::fs::read(&file).unwrap(), std::fs::read(files::wal_of(&file)).unwrap())
}

#[test]
fn a_torn_log_ends_at_a_whole_batch() {
    let (database, log) = killed();
    for kept in [log.len(), log.len() - 1, log.len() / 2 + 100, log.len() / 3, 1, 0] {
        let folder = tempfile::tempdir().unwrap();
        let file = file_of(folder.path());
        std::fs::write(&file, &database).unwrap();
        std::fs::write(files::wal_of(&file), &log[..kept]).unwrap();
        // Refused or opened: what it may not do is hold rows without their position.
        if probe_open(&file).is_err() {
            continue;
        }
        let store = Store::open(&file, OPTIONS).unwrap();
        let position = store.position();
        assert!([20, 40, 60].contains(&position), "{kept} bytes: {position}");
        assert_eq!(number(&store, "select count(*) from events") as u64, position);
        assert_eq!(number(&store, "select max(position)::bigint from order_lines") as u64, position);
        assert!(kept < log.len() || position == 60, "a whole log is replayed");
    }
}

#[test]
fn a_damaged_log_is_refused() {
    let (database, log) = killed();
    let mut flipped = log.clone();
    for byte in flipped.iter_mut().skip(200).take(50) {
        *byte ^= 0x55;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = file_of(folder.path());
    std::fs::write(&file, &database).unwrap();
    std::fs::write(files::wal_of(&file), &flipped).unwrap();
    let probed = probe_open(&file);
    assert!(matches!(probed, Err(Error::Broken(_))), "{probed:?}");
    let opened = Store::open(&file, OPTIONS).map(|store| store.position());
    assert!(matches!(opened, Err(Error::Broken(_))), "{opened:?}");
}

#[test]
fn what_is_no_log_is_passed_over() {
    let (database, _) = killed();
    let folder = tempfile::tempdir().unwrap();
    let file = file_of(folder.path());
    std::fs::write(&file, &database).unwrap();
    std::fs::write(files::wal_of(&file), b"no log ".repeat(500)).unwrap();
    let store = Store::open(&file, OPTIONS).unwrap();
    assert_eq!((store.position(), number(&store, "select count(*) from events")), (20, 20), "as last folded");
}

#[test]
fn whole_files_pass_the_probe() {
    let folder = tempfile::tempdir().unwrap();
    probe_open(file_of(folder.path())).unwrap();
    let store = open(folder.path());
    store.apply(&everything(1..=50)).unwrap();
    drop(store);
    probe_open(file_of(folder.path())).unwrap();
}

#[test]
fn a_database_of_others_is_not_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    let file = file_of(folder.path());
    Connection::open(&file).unwrap().execute_batch("create table t (n integer)").unwrap();
    assert!(matches!(Store::open(&file, OPTIONS), Err(Error::Broken(_))));
}

#[test]
fn versions_of_the_schema_are_minded() {
    let folder = tempfile::tempdir().unwrap();
    let file = file_of(folder.path());
    drop(Store::open(&file, OPTIONS).unwrap());
    let set = |version: u32| {
        let connection = Connection::open(&file).unwrap();
        connection.execute("update meta set schema_version = ?", [version]).unwrap();
    };
    set(migrations::LATEST + 1);
    assert!(matches!(Store::open(&file, OPTIONS), Err(Error::Newer { .. })));
    assert!(matches!(probe_open(&file), Err(Error::Newer { .. })));
    for old in [1, 2, migrations::OLDEST_MIGRATABLE - 1] {
        set(old);
        assert!(matches!(Store::open(&file, OPTIONS), Err(Error::NeedsRebuild { found }) if found == old));
    }
    set(migrations::LATEST);
    assert_eq!(Store::open(&file, OPTIONS).unwrap().position(), 0);
}

#[test]
fn a_folder_opens_its_current_store() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), OPTIONS).unwrap();
    store.apply(&everything(1..=3)).unwrap();
    let next = files::next(folder.path()).unwrap();
    let rebuilt = Store::open(&next, OPTIONS).unwrap();
    rebuilt.apply(&everything(1..=5)).unwrap();
    drop(rebuilt);
    files::flip(folder.path(), &next).unwrap();
    drop(store);
    files::sweep(folder.path()).unwrap();
    assert_eq!(Store::open(folder.path(), OPTIONS).unwrap().position(), 5);
}

#[test]
fn a_query_cannot_reach_outside_or_change_settings() {
    let (folder, store) = fresh();
    let secret = folder.path().join("secret.csv");
    std::fs::write(&secret, "a,b\n1,2\n").unwrap();
    let outside = folder.path().join("out.csv");
    let refused = [
        format!("select * from read_csv('{}')", secret.display()),
        format!("copy events to '{}'", outside.display()),
        format!("attach '{}' as other", folder.path().join("other.duckdb").display()),
        "install httpfs".to_owned(),
        "load httpfs".to_owned(),
        "set enable_external_access = true".to_owned(),
        "set memory_limit = '100GB'".to_owned(),
    ];
    for sql in refused {
        assert!(store.query(&sql, &[]).is_err(), "{sql} should be refused");
    }
    assert!(!outside.exists());
}

#[test]
fn the_same_question_is_answered_afresh() {
    let (_folder, store) = fresh();
    let questions = ["select count(*) from events", "select max(position)::bigint from events"];
    for position in 1..=4 {
        let mut rows = empty(position);
        rows.events = vec![event(position)];
        store.apply(&rows).unwrap();
        for sql in questions {
            assert_eq!(number(&store, sql), position as i64, "{sql}");
        }
    }
}

#[test]
fn a_query_sees_one_state_of_the_store() {
    let (_folder, store) = fresh();
    store.apply(&everything(1..=3)).unwrap();
    let Store::DuckDb(db) = &store;
    db.read(|reader| {
        reader.execute_batch("begin; select 1 from sites limit 1")?;
        store.apply(&everything(4..=6)).unwrap();
        let seen = |sql: &str| reader.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(seen("select count(*) from events"), 3);
        assert_eq!(seen("select max(position)::bigint from events"), 3);
        Ok(reader.execute_batch("commit")?)
    })
    .unwrap();
    assert_eq!(number(&store, "select count(*) from events"), 6);
}

#[test]
fn a_query_that_takes_too_long_is_ended() {
    let (_folder, store) = fresh();
    let endless = "select count(*) from range(10000000) a, range(10000000) b where a.range % 7 = b.range % 5";
    let patience = |limit| crate::Patience { limit: Some(limit), given_up: None };
    let ended = store.snapshot(&patience(Duration::from_millis(30)), |snapshot| snapshot.query(endless, &[]));
    assert!(matches!(ended, Err(Error::Timeout)), "{ended:?}");
    assert_eq!(number(&store, "select 1::bigint"), 1, "the connection serves on");
    let quick = "select 1::bigint";
    let found = store.snapshot(&patience(Duration::from_mins(1)), |snapshot| snapshot.query(quick, &[])).unwrap();
    assert_eq!(found.rows, [vec![Value::Int(1)]]);
    // Each is quick; all of them together are not.
    let many = store.snapshot(&patience(Duration::from_millis(30)), |snapshot| -> Result<(), Error> {
        loop {
            snapshot.query(quick, &[])?;
        }
    });
    assert!(matches!(many, Err(Error::Timeout)), "{many:?}");
}

#[test]
fn a_query_that_nobody_waits_for_is_ended() {
    let (_folder, store) = fresh();
    let endless = "select count(*) from range(10000000) a, range(10000000) b where a.range % 7 = b.range % 5";
    let gone = crate::Patience { limit: None, given_up: Some(std::sync::Arc::new(true.into())) };
    let ended = store.snapshot(&gone, |snapshot| snapshot.query(endless, &[]));
    assert!(matches!(ended, Err(Error::GivenUp)), "{ended:?}");
    assert_eq!(number(&store, "select 1::bigint"), 1, "the connection serves on");
}

#[test]
fn statements_of_a_snapshot_see_one_state() {
    let (_folder, store) = fresh();
    store.apply(&everything(1..=3)).unwrap();
    let count = "select count(*) from events";
    store
        .snapshot(&crate::Patience::default(), |snapshot| {
            let before = snapshot.query(count, &[])?;
            store.apply(&everything(4..=6))?;
            assert_eq!(snapshot.query(count, &[])?.rows, before.rows);
            Ok::<_, Error>(())
        })
        .unwrap();
    assert_eq!(number(&store, count), 6);
}

#[test]
fn a_query_that_needs_too_much_memory_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(file_of(folder.path()), Options { memory_limit_mb: 64, threads: 1 }).unwrap();
    let greedy = "select length(string_agg(repeat('x', 1000), '')) from range(1000000)";
    let refused = store.query(greedy, &[]);
    assert!(matches!(refused, Err(Error::Memory(_))), "{refused:?}");
    store.apply(&everything(1..=3)).unwrap();
    assert_eq!(number(&store, "select count(*) from events"), 3);
}

#[test]
fn an_engine_that_gave_up_is_opened_again() {
    let (_folder, store) = fresh();
    store.apply(&everything(1..=3)).unwrap();
    let Store::DuckDb(db) = &store;
    db.write(|writer| Ok(writer.connection.execute_batch("begin; delete from events")?)).unwrap();
    db.reopen(&mut db.live.write().unwrap()).unwrap();
    assert_eq!((store.position(), number(&store, "select count(*) from events")), (3, 3));
    store.apply(&everything(4..=6)).unwrap();
    assert_eq!(number(&store, "select count(*) from events"), 6);
}
