//! What callers of the journal say and hear: options, answers, errors. Plain values; nothing here touches a disk.

use std::io;

/// How a commit is made safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sync {
    /// `fdatasync` before every acknowledgement.
    Fdatasync,
    /// No sync at all: for the control run of a durability test, which must then lose acknowledged records.
    Off,
}

/// What a journal is opened with.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Size of a segment file in bytes, at least 4 KiB; one large request may exceed it.
    pub segment_bytes: u64,
    /// Most bytes of payload that wait for their sync at one time; beyond it `append` answers [`Error::Busy`].
    pub in_flight_bytes_max: usize,
    /// How a commit is made safe.
    pub sync: Sync,
    /// A random number that a new journal is named by; an existing one keeps its own. It seeds every checksum, so that
    /// bytes of another journal, or bytes that a visitor sends, never pass for a record after damage. 0 is valid but
    /// gives that protection up.
    pub journal_id: u64,
    /// Positions up to this one are never given out again, even if the journal has lost its end: what the store has
    /// applied already. 0 if nothing is known.
    pub position_floor: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            segment_bytes: 64 << 20,
            in_flight_bytes_max: 64 << 20,
            sync: Sync::Fdatasync,
            journal_id: 0,
            position_floor: 0,
        }
    }
}

/// What opening a journal found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// Position of the last record, 0 in an empty journal.
    pub last_position: u64,
    /// Bytes of a torn, never acknowledged commit that were cut off.
    pub truncated_bytes: u64,
    /// Damage to acknowledged data in the newest segment. Older segments are checked when they are read.
    pub gaps: Vec<Gap>,
}

/// A place where bytes that were once safe cannot be read any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// File name of the segment.
    pub segment: String,
    /// Offset of the first unreadable byte.
    pub offset: u64,
    /// First position that may be missing.
    pub first: u64,
    /// Last position that may be missing. `first - 1` if the damage hit no record; `None` if nothing follows yet.
    pub last: Option<u64>,
}

impl Gap {
    /// Returns how many records are missing; `None` if nothing follows yet that would tell.
    pub fn lost(&self) -> Option<u64> {
        self.last.map(|last| (last + 1).saturating_sub(self.first))
    }
}

/// Where the payloads of one request went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Position of the first payload.
    pub first: u64,
    /// Position of the last payload.
    pub last: u64,
}

/// What the writer has done since it was opened, and where it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Records made safe.
    pub records: u64,
    /// Bytes of payload made safe.
    pub bytes: u64,
    /// Commits, that is groups written and synced.
    pub commits: u64,
    /// Requests answered [`Error::Busy`].
    pub busy: u64,
    /// Requests answered [`Error::Full`].
    pub full: u64,
    /// Bytes of payload waiting for their sync now.
    pub in_flight_bytes: u64,
    /// Segments on disk now.
    pub segments: u64,
    /// Bytes of all segment files now.
    pub disk_bytes: u64,
}

/// One segment, as retention sees it. What time its records are of, the caller knows by position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentInfo {
    /// First position.
    pub first: u64,
    /// Last position; `first - 1` if the segment is empty.
    pub last: u64,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// Whether it is compressed.
    pub compressed: bool,
}

/// What a round of maintenance did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Maintained {
    /// Segments removed.
    pub removed: u64,
    /// Segments compressed.
    pub compressed: u64,
    /// Bytes of disk given back.
    pub freed_bytes: u64,
}

/// What a rewrite did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rewritten {
    /// Segments written anew.
    pub segments: u64,
    /// Records whose payload changed.
    pub records: u64,
}

/// What [`crate::verify()`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Segments.
    pub segments: u64,
    /// How many of them are compressed.
    pub compressed: u64,
    /// Records that can be read.
    pub records: u64,
    /// Bytes of their payload.
    pub payload_bytes: u64,
    /// Bytes of all segment files.
    pub disk_bytes: u64,
    /// First position, 0 in an empty journal.
    pub first_position: u64,
    /// Last position, 0 in an empty journal.
    pub last_position: u64,
    /// Bytes of an unfinished commit at the end: normal after a crash, and while a writer is at work.
    pub torn_bytes: u64,
    /// Damage to what was safe.
    pub gaps: Vec<Gap>,
}

/// Why the journal could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Too many bytes wait for their sync: try again later. Nothing was written.
    #[error("journal is busy: too many bytes are in flight")]
    Busy,
    /// The disk is full: try again when there is space. Nothing was written.
    #[error("journal's disk is full")]
    Full,
    /// A write or sync failed: the writer is poisoned and the process should end. Whether the data survived is unknown.
    #[error("journal failed and takes no more records")]
    Failed,
    /// The writer was closed.
    #[error("journal is closed")]
    Closed,
    /// The request could never be taken, however empty the queue.
    #[error("request is too large for the journal")]
    TooLarge,
    /// Another process has the journal open.
    #[error("journal is locked by another process")]
    Locked,
    /// A segment belongs to another journal, or was written by a newer version.
    #[error("segment `{segment}` is not of this journal or not of this version")]
    Foreign {
        /// File name of the segment.
        segment: String,
    },
    /// Records that were once safe cannot be read.
    #[error(
        "journal is damaged in segment `{segment}` at byte {offset}: records from position {position} on are missing"
    )]
    Corrupt {
        /// File name of the segment.
        segment: String,
        /// Offset of the first unreadable byte.
        offset: u64,
        /// First position that is missing.
        position: u64,
    },
    /// The operating system refused.
    #[error("failed to access the journal")]
    Io(#[from] io::Error),
}
