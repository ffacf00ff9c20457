//! Tests of `files`.

use super::*;

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_new_store_takes_the_place_of_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let first = current(folder).unwrap();
    assert_eq!(first, folder.join("store-1.duckdb"));
    fs::write(&first, "one").unwrap();
    let second = next(folder).unwrap();
    assert_eq!(second, folder.join("store-2.duckdb"));
    fs::write(&second, "two").unwrap();
    assert_eq!(current(folder).unwrap(), first, "until the flip the old store serves");
    flip(folder, &second).unwrap();
    assert_eq!(current(folder).unwrap(), second);
    sweep(folder).unwrap();
    assert_eq!(names(folder), ["current", "store-2.duckdb"]);
}

#[test]
fn an_unfinished_rebuild_is_started_over() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let second = next(folder).unwrap();
    fs::write(&second, "half").unwrap();
    fs::write(wal_of(&second), "half").unwrap();
    assert_eq!(next(folder).unwrap(), second);
    assert_eq!(names(folder), ["current"]);
}

#[test]
fn broken_files_are_kept_under_another_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store-1.duckdb");
    for round in 1..=2 {
        fs::write(&file, "db").unwrap();
        fs::write(wal_of(&file), "wal").unwrap();
        let aside = move_aside(&file).unwrap();
        assert_eq!(aside, folder.path().join(format!("store-1.duckdb.broken-{round}")));
        assert!(!file.exists() && !wal_of(&file).exists());
        assert_eq!(fs::read_to_string(wal_of(&aside)).unwrap(), "wal");
    }
}

#[test]
fn a_pointer_to_no_store_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("current"), "../elsewhere").unwrap();
    assert!(matches!(current(folder.path()), Err(Error::Broken(_))));
}
