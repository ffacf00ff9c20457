//! Gaps in the journal that an operator has decided to go on behind, kept in a small text file.
//!
//! A rebuild meets the same gaps again and must pass them without asking, else it would stop where the old store did
//! not.

use anyhow::Context;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("skipped-gaps")
}

/// Says whether the gap that begins at `position` was skipped before.
///
/// # Errors
/// If the file cannot be read.
pub(crate) fn is_skipped(data_dir: &Path, position: u64) -> anyhow::Result<bool> {
    match std::fs::read_to_string(path(data_dir)) {
        Ok(text) => Ok(text.lines().any(|line| line.trim().parse() == Ok(position))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error).context("failed to read the list of skipped gaps"),
    }
}

/// Notes that the gap that begins at `position` is to be skipped from now on.
///
/// # Errors
/// If the file cannot be written.
pub(crate) fn skip(data_dir: &Path, position: u64) -> anyhow::Result<()> {
    let write = || -> std::io::Result<()> {
        let mut file = OpenOptions::new().create(true).append(true).open(path(data_dir))?;
        writeln!(file, "{position}")?;
        file.sync_all()
    };
    write().context("failed to write the list of skipped gaps")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_skipped_gap_stays_skipped() {
        let dir = tempfile::tempdir().unwrap();
        assert!(!is_skipped(dir.path(), 7).unwrap());
        skip(dir.path(), 7).unwrap();
        skip(dir.path(), 90).unwrap();
        let known = [7, 9, 90].map(|position| is_skipped(dir.path(), position).unwrap());
        assert_eq!(known, [true, false, true]);
    }
}
