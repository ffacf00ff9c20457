//! What can go wrong with the store, told apart only where a caller acts differently.
//!
//! DuckDB reports everything as text; [`Error::from_engine`] sorts that text into the few kinds below.

use std::path::Path;

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is damaged or no store. It is a cache of the journal: move it aside and rebuild it.
    #[error("the store is broken: {0}")]
    Broken(String),
    /// The file was written by a newer version of this program.
    #[error("the store has schema version {found}, this program knows versions up to {known}")]
    Newer {
        /// Version found in the file.
        found: u32,
        /// Latest version this program knows.
        known: u32,
    },
    /// The file's schema is too old to be migrated: rebuild it from the journal.
    #[error("the store has schema version {found} and must be rebuilt from the journal")]
    NeedsRebuild {
        /// Version found in the file.
        found: u32,
    },
    /// Another process has the file open.
    #[error("the store is in use by another process: {0}")]
    Locked(String),
    /// The disk is full. Nothing was applied; the same call may be repeated when there is room.
    #[error("no space left for the store: {0}")]
    Full(String),
    /// The disk or file system failed. Nothing was applied; the same call may be repeated.
    #[error("the store cannot be read or written: {0}")]
    Io(String),
    /// The query ran longer than it was allowed to.
    #[error("the query took longer than allowed")]
    Timeout,
    /// Whoever asked no longer waits for the answer.
    #[error("nobody waits for the query any more")]
    GivenUp,
    /// The query needs more memory than the store may use.
    #[error("the query needs more memory than allowed: {0}")]
    Memory(String),
    /// The engine refused a statement: our own fault.
    #[error("the store refused a statement: {0}")]
    Query(String),
}

impl Error {
    /// Returns the kind of error that DuckDB's `error` stands for.
    pub(crate) fn from_engine(error: &duckdb::Error) -> Self {
        let text = match error {
            duckdb::Error::DuckDBFailure(_, Some(text)) => text.clone(),
            other => other.to_string(),
        };
        let has = |needles: &[&str]| needles.iter().any(|n| text.contains(n));
        if has(&["No space left", "ENOSPC", "Disk quota", "disk is full", "File too large", "max_temp_directory_size"])
        {
            Self::Full(text)
        } else if has(&["Could not set lock", "Conflicting lock"]) {
            Self::Locked(text)
        } else if has(&["INTERRUPT"]) {
            Self::Timeout
        } else if has(&["Out of Memory"]) {
            Self::Memory(text)
        } else if has(&["Corrupt", "corrupt", "Serialization Error", "not a valid DuckDB", "INTERNAL Error"]) {
            Self::Broken(text)
        } else if text.contains("IO Error") {
            Self::Io(text)
        } else {
            Self::Query(text)
        }
    }

    /// Returns the kind of error that `error` stands for when it came up while opening a file: what is neither a lock
    /// nor the disk's fault means that the file cannot be read.
    pub(crate) fn from_open(error: &duckdb::Error) -> Self {
        match Self::from_engine(error) {
            Self::Io(text) if text.contains("Permission denied") || text.contains("Cannot open file") => Self::Io(text),
            Self::Io(text) | Self::Query(text) | Self::Memory(text) => Self::Broken(text),
            other => other,
        }
    }

    /// Says whether the engine refuses everything from now on until the file is opened again.
    pub(crate) fn is_fatal(&self) -> bool {
        match self {
            Self::Broken(text) | Self::Full(text) | Self::Io(text) | Self::Memory(text) | Self::Query(text) => {
                text.contains("FATAL") || text.contains("has been invalidated")
            }
            _ => false,
        }
    }

    /// Returns the error for a failed file operation on `path`.
    pub(crate) fn from_file(path: &Path, error: &std::io::Error) -> Self {
        let text = format!("`{}`: {error}", path.display());
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded | std::io::ErrorKind::FileTooLarge => {
                Self::Full(text)
            }
            _ => Self::Io(text),
        }
    }
}

impl From<duckdb::Error> for Error {
    fn from(error: duckdb::Error) -> Self {
        Self::from_engine(&error)
    }
}
