//! The journal: an append-only log of opaque records, and the only place where an acknowledged event has to survive.
//!
//! A record is acknowledged when its bytes and its file's name have been synced. This header is the design document.
//! The journal touches its own directory and nothing else, and does not know what a record means.
//!
//! # Files
//! | name | what |
//! |---|---|
//! | `00000000000000000001.seg` | plain segment; the number is the position of its first record. The newest is written |
//! | `00000000000000000001.zst` | the same segment, compressed. Wins if both exist |
//! | `start` | first position that retention has left; without it the journal starts at 1 |
//! | `lock` | advisory lock of the one process that has the journal open |
//! | `*.tmp` | unfinished; removed at the next opening |
//!
//! # Format, version 1
//! Numbers are little endian. Checksums are CRC32C, started from that of the journal's id: a random number in every
//! segment's header, so that neither another journal's bytes nor bytes that a visitor sends ever pass for a record.
//! ```text
//! segment   header (64) at 0 and again at 512, zeros up to 1024, then groups, then zeros
//!   header  "TALLYHOJ" crc:4 version:4 packing:4 0:4 journal:8 first:8 0:24
//!   group   "GRP1" crc:4 offset:8 first:8 synced:8 body:4 0:4, then its records
//!   record  length:4 crc:4 position:8 payload                   crc over length, position and payload
//! compressed: the same header, then blocks of about 1 MiB of records, then an empty block
//!   block   "ZBK1" crc:4 offset:8 first:8 last:8 raw:4 data:4 data-crc:4 0:4, then zstd of the records
//! start     "TALLYHOS" position:8 crc:4
//! ```
//! Positions are record numbers: 1, 2, 3, ... One commit is one group, written with one call and synced with one
//! `fdatasync`. `synced` says up to which position everything was safe before the group was written; an empty group is
//! a mark that says only that. A plain stream is flat: group headers and records in a row, held together by positions
//! that rise by one, so a lost header loses no record and a lost record is always noticed.
//!
//! # Writing
//! One thread. It takes whatever queued while the last sync ran, writes it as one group, syncs, and answers; there is
//! no timer. Segments are files of zeros made beforehand by a second thread, because a sync of overwritten bytes takes
//! half the time of one that grows a file. They start at 4 MiB and grow to 64 MiB, so that a small shop stays small. A
//! new segment is: written under another name, synced, renamed, and its directory synced, before anything in it is
//! acknowledged.
//!
//! # What survives what
//! | event | what happens |
//! |---|---|
//! | process killed, power lost | every acknowledged record is there; a torn last group is cut off behind its last whole record |
//! | bytes damaged in the last group | cannot be told from a torn write: cut off. A clean close writes a mark, then it can |
//! | bytes damaged anywhere else | a [`Gap`]: nothing is cut off, later records stay readable, writing goes on in a new segment, readers stop with [`Error::Corrupt`] until told to skip |
//! | the whole end lost | positions the store has applied are not given out again ([`Options::position_floor`]) |
//! | disk full, file too large | cut back to the last good record, [`Error::Full`] for who waits, later appends try again |
//! | short write, interruption | goes on from the right byte |
//! | write error, failed sync | [`Error::Failed`] for who waits and for ever after; that file descriptor is never synced again; what the page cache still shows at the next opening is written again before it is believed |
//! | crash while compressing, rewriting, removing | the old file or the new one, never neither; removal is announced in `start` first |
//! | too much at a time | [`Error::Busy`] at once; queued bytes are bounded |
//!
//! Not protected against: loss of the disk itself, and a disk that lies about flushes.
//!
//! # Limits
//! Payload 16 MiB, request 32 MiB, block 17 MiB, in flight 64 MiB (an option). Opening reads the newest segment only:
//! its cost does not depend on the journal's length. Older segments are checked whenever they are read, and by
//! [`verify()`].

mod api;
mod archive;
mod bench;
mod disk;
mod format;
mod group;
mod nursery;
mod queue;
mod reader;
mod recovery;
mod retention;
mod scan;
mod segment;
mod tail;
mod verify;
mod writer;

#[cfg(test)]
mod tests;

pub use api::{Appended, Error, Gap, Maintained, Options, Recovery, Report, Rewritten, SegmentInfo, Stats, Sync};
pub use bench::{BenchResult, DiskProbe, SyncRate, bench, probe_disk};
pub use queue::Done;
pub use reader::Reader;
pub use retention::Change;
pub use verify::{verify, verify_bytes};
pub use writer::{Writer, open};
