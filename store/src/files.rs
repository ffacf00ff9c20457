//! Where store files lie, and how one takes the place of another.
//!
//! A folder holds `store-<n>.duckdb` files and a small file `current` that names the one in use. A rebuild writes
//! `n + 1` beside it and then flips `current`, which is written aside, synced and renamed: after a crash it names
//! either the old store or the new one, and both are whole. Nothing here opens a database.

use crate::Error;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

const POINTER: &str = "current";

/// Returns the database file that is in use in `folder`; makes folder and pointer if there are none.
pub fn current(folder: &Path) -> Result<PathBuf, Error> {
    fs::create_dir_all(folder).map_err(|e| Error::from_file(folder, &e))?;
    let pointer = folder.join(POINTER);
    match fs::read_to_string(&pointer) {
        Ok(name) => {
            let name = name.trim();
            match number_of(name) {
                Some(_) => Ok(folder.join(name)),
                None => Err(Error::Broken(format!("`{}` names no store", pointer.display()))),
            }
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let first = folder.join(name_of(1));
            flip(folder, &first)?;
            Ok(first)
        }
        Err(error) => Err(Error::from_file(&pointer, &error)),
    }
}

/// Returns the file in `folder` for a store that is to take the current one's place; what an earlier attempt left there
/// is removed.
pub fn next(folder: &Path) -> Result<PathBuf, Error> {
    let current = current(folder)?;
    let number = current.file_name().and_then(|n| n.to_str()).and_then(number_of).unwrap_or(0);
    let next = folder.join(name_of(number + 1));
    destroy(&next)?;
    Ok(next)
}

/// Makes `file` of `folder` the current store. When this returns, the change outlives a power cut.
pub fn flip(folder: &Path, file: &Path) -> Result<(), Error> {
    let name = file.file_name().and_then(|n| n.to_str()).filter(|n| number_of(n).is_some());
    let name = name.ok_or_else(|| Error::Io(format!("`{}` is no store's name", file.display())))?;
    let aside = folder.join(format!("{POINTER}.tmp"));
    let write = || -> std::io::Result<()> {
        let mut out = File::create(&aside)?;
        writeln!(out, "{name}")?;
        out.sync_all()?;
        fs::rename(&aside, folder.join(POINTER))?;
        File::open(folder)?.sync_all()
    };
    write().map_err(|e| Error::from_file(&aside, &e))
}

/// Removes every store of `folder` but the current one: what a rebuild replaced or left unfinished. Broken ones that
/// were moved aside stay.
pub fn sweep(folder: &Path) -> Result<(), Error> {
    let keep = current(folder)?;
    let entries = fs::read_dir(folder).map_err(|e| Error::from_file(folder, &e))?;
    for entry in entries.flatten() {
        let path = entry.path();
        let is_store = entry.file_name().to_str().is_some_and(|n| number_of(n).is_some());
        if is_store && path != keep {
            destroy(&path)?;
        }
    }
    Ok(())
}

/// Removes the store at `file` with its write-ahead log and temporary files. One that is not there is no error.
pub fn destroy(file: &Path) -> Result<(), Error> {
    for path in [file.to_owned(), wal_of(file)] {
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(Error::from_file(&path, &error)),
            _ => {}
        }
    }
    let temporary = temporary_of(file);
    match fs::remove_dir_all(&temporary) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::from_file(&temporary, &error)),
        _ => Ok(()),
    }
}

/// Renames the store at `file` and its write-ahead log to the first free `<file>.broken-<n>`, and returns that name.
pub fn move_aside(file: &Path) -> Result<PathBuf, Error> {
    let mut number = 1_u32;
    let aside = loop {
        let candidate = with_suffix(file, &format!(".broken-{number}"));
        if !candidate.exists() && !wal_of(&candidate).exists() {
            break candidate;
        }
        number += 1;
    };
    for (from, to) in [(file.to_owned(), aside.clone()), (wal_of(file), wal_of(&aside))] {
        match fs::rename(&from, &to) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(Error::from_file(&from, &error)),
            _ => {}
        }
    }
    Ok(aside)
}

/// Returns the write-ahead log that belongs to the store at `file`.
pub(crate) fn wal_of(file: &Path) -> PathBuf {
    with_suffix(file, ".wal")
}

/// Returns the folder into which the store at `file` spills work that does not fit in memory.
pub(crate) fn temporary_of(file: &Path) -> PathBuf {
    with_suffix(file, ".tmp")
}

fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn name_of(number: u64) -> String {
    format!("store-{number}.duckdb")
}

fn number_of(name: &str) -> Option<u64> {
    name.strip_prefix("store-")?.strip_suffix(".duckdb")?.parse().ok()
}

#[cfg(test)]
mod tests;
