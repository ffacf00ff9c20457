//! The writer's hand: writes one commit group, syncs it, goes on to the next segment, cuts back when the disk is full.
//!
//! Single-threaded and without a clock: the writer thread drives it, and the tests drive it directly on a disk that
//! crashes. What a failed write means is decided here and only here.

use crate::api::{Appended, Sync};
use crate::disk::{Disk, DiskFile, is_full, write_full};
use crate::format::{self, DATA_START, GROUP_HEADER, GroupHeader, Packing, RECORD_HEADER, SegmentHeader};
use crate::recovery::{Recovered, Resume};
use crate::segment;
use crate::tail::{Segment, Tail};
use std::io;
use std::sync::Arc;

/// A segment made while the writer waits for it is this small, so that nobody waits long.
pub(crate) const SMALL_SEGMENT_BYTES: u64 = 4 << 20;
/// Segments grow up to their full size by this factor: a small shop never holds 64 MiB of zeros.
const GROWTH: u64 = 4;
/// What the group buffer keeps between commits.
const BUFFER_BYTES_KEPT: usize = 8 << 20;

/// Why a commit did not happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// No room. The journal is as it was before; the next commit may succeed.
    Full,
    /// The disk is broken, and nobody knows what of the group is on it. The log must not be used again.
    Failed(String),
}

/// A file of zeros that may become the next segment.
pub(crate) struct Prepared {
    pub(crate) file: Box<dyn DiskFile>,
    /// Name it has until then.
    pub(crate) name: String,
    /// Size in bytes.
    pub(crate) len: u64,
}

/// Size limits and safety of a log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogOptions {
    pub(crate) segment_bytes: u64,
    pub(crate) sync: Sync,
}

struct Active {
    file: Box<dyn DiskFile>,
    first: u64,
    /// Offset behind the last group.
    end: u64,
    /// Size that the segment was made for.
    size: u64,
    /// Whether everything in it is followed by a mark that says it was synced.
    marked: bool,
}

/// The open end of the journal.
pub(crate) struct Log {
    disk: Arc<dyn Disk>,
    options: LogOptions,
    journal_id: u64,
    seed: u32,
    active: Active,
    next: u64,
    buffer: Vec<u8>,
    tail: Arc<Tail>,
}

impl Log {
    /// Goes on where recovery stopped; creates the first or next segment if there is need.
    pub(crate) fn resume(disk: Arc<dyn Disk>, recovered: Recovered, options: LogOptions) -> Result<Self, io::Error> {
        let small = SMALL_SEGMENT_BYTES.min(options.segment_bytes);
        let Recovered { mut state, resume, journal_id, next, .. } = recovered;
        let active = match resume {
            Resume::Active { file, first, end } => {
                let size = file.len()?.max(small);
                Active { file, first, end, size, marked: true }
            }
            Resume::Fresh => {
                let prepared = prepare_small(&*disk, small, options.sync)?;
                let active = name_segment(&*disk, prepared, journal_id, next, options.sync)?;
                let entry =
                    Segment { packing: Packing::Plain, bytes: active.size, end: Some(DATA_START), damaged: false };
                state.segments.insert(next, entry);
                state.durable_end = DATA_START;
                active
            }
        };
        let tail = Arc::new(Tail::new(state));
        let seed = format::seed(journal_id);
        Ok(Self { disk, options, journal_id, seed, active, next, buffer: Vec::new(), tail })
    }

    /// Returns what is shared with the readers.
    pub(crate) fn tail(&self) -> &Arc<Tail> {
        &self.tail
    }

    /// Returns the journal's id.
    pub(crate) fn journal_id(&self) -> u64 {
        self.journal_id
    }

    /// Writes the requests' payloads as one group and makes them safe; returns where each request went. `prepared`
    /// hands out a segment that is ready, if one is.
    pub(crate) fn commit(
        &mut self,
        requests: &[Vec<Vec<u8>>],
        prepared: &mut dyn FnMut() -> Option<Prepared>,
    ) -> Result<Vec<Appended>, Fault> {
        let records: usize = requests.iter().map(Vec::len).sum();
        let payloads: usize = requests.iter().flatten().map(Vec::len).sum();
        let len = (GROUP_HEADER + records * RECORD_HEADER + payloads) as u64;
        if self.active.end + len > self.active.size && self.next > self.active.first {
            self.rotate(prepared)?;
        }
        let appended = self.encode(requests);
        let written = self.write_group();
        self.buffer.clear();
        self.buffer.shrink_to(BUFFER_BYTES_KEPT);
        written?;
        self.next += records as u64;
        self.active.marked = records == 0;
        let (durable, end, first) = (self.next - 1, self.active.end, self.active.first);
        self.tail.update(|state| {
            state.durable = durable;
            state.durable_end = end;
            if let Some(entry) = state.segments.get_mut(&first) {
                entry.end = Some(end);
                entry.bytes = entry.bytes.max(end);
            }
        });
        Ok(appended)
    }

    /// Starts a new segment, so that everything before it is sealed. Does nothing if the active one is empty.
    pub(crate) fn seal(&mut self, prepared: &mut dyn FnMut() -> Option<Prepared>) -> Result<(), Fault> {
        if self.next > self.active.first { self.rotate(prepared) } else { Ok(()) }
    }

    /// Writes a mark which says that everything before it was synced, so that later damage to the last group is known
    /// for what it is. A new segment says the same.
    pub(crate) fn mark(&mut self) -> Result<(), Fault> {
        if self.active.marked { Ok(()) } else { self.commit(&[], &mut || None).map(drop) }
    }

    /// Returns the active segment and the size of the one to prepare after it, once the active one is half full.
    pub(crate) fn wants(&self) -> Option<(u64, u64)> {
        let next_size = self.active.size.saturating_mul(GROWTH).min(self.options.segment_bytes);
        (self.active.end >= self.active.size / 2).then_some((self.active.first, next_size.max(self.small())))
    }

    fn small(&self) -> u64 {
        SMALL_SEGMENT_BYTES.min(self.options.segment_bytes)
    }

    fn encode(&mut self, requests: &[Vec<Vec<u8>>]) -> Vec<Appended> {
        self.buffer.clear();
        self.buffer.resize(GROUP_HEADER, 0);
        let mut position = self.next;
        let mut appended = Vec::with_capacity(requests.len());
        for payloads in requests {
            let first = position;
            for payload in payloads {
                format::put_record(&mut self.buffer, position, payload, self.seed);
                position += 1;
            }
            appended.push(Appended { first, last: position - 1 });
        }
        let body_len = (self.buffer.len() - GROUP_HEADER) as u32;
        let header = GroupHeader { first: self.next, synced: self.next - 1, body_len };
        format::put_group_header(&mut self.buffer, &header, self.active.end, self.seed);
        appended
    }

    fn write_group(&mut self) -> Result<(), Fault> {
        let active = &mut self.active;
        match write_full(&*active.file, &self.buffer, active.end) {
            Ok(()) => {}
            Err(e) if is_full(&e) => {
                // Whatever part of the group was written must not stand behind a later, shorter one.
                active.file.set_len(active.end).map_err(|e| failed("cut back a segment", &e))?;
                if e.kind() == io::ErrorKind::FileTooLarge {
                    // This file cannot grow, but another may.
                    active.size = active.end;
                }
                return Err(Fault::Full);
            }
            Err(e) => return Err(failed("write a commit", &e)),
        }
        if self.options.sync == Sync::Fdatasync {
            active.file.sync().map_err(|e| failed("sync a commit", &e))?;
        }
        active.end += self.buffer.len() as u64;
        Ok(())
    }

    fn rotate(&mut self, prepared: &mut dyn FnMut() -> Option<Prepared>) -> Result<(), Fault> {
        let sync = self.options.sync;
        let made = match prepared() {
            Some(prepared) => Ok(prepared),
            None => prepare_small(&*self.disk, self.small(), sync),
        };
        let named = made.and_then(|prepared| {
            let unfinished = prepared.name.clone();
            name_segment(&*self.disk, prepared, self.journal_id, self.next, sync).inspect_err(|e| {
                if is_full(e) {
                    // Best effort: what is left of it is removed at the next opening, too.
                    drop(self.disk.remove(&unfinished));
                }
            })
        });
        let active = match named {
            Ok(active) => active,
            Err(e) if is_full(&e) => return Err(Fault::Full),
            Err(e) => return Err(failed("start a segment", &e)),
        };
        let (first, bytes) = (active.first, active.size);
        self.active = active;
        self.tail.update(|state| {
            let entry = Segment { packing: Packing::Plain, bytes, end: Some(DATA_START), damaged: false };
            state.segments.insert(first, entry);
            state.durable_end = DATA_START;
        });
        Ok(())
    }
}

fn failed(what: &str, error: &io::Error) -> Fault {
    Fault::Failed(format!("failed to {what}: {error}"))
}

fn prepare_small(disk: &dyn Disk, len: u64, sync: Sync) -> io::Result<Prepared> {
    let name = "small.tmp";
    let synced = sync == Sync::Fdatasync;
    let file = match segment::prepare(disk, name, len, synced) {
        // What little room there is goes to records, not to zeros.
        Err(e) if is_full(&e) => segment::prepare(disk, name, 0, synced)?,
        made => made?,
    };
    Ok(Prepared { file, name: name.to_owned(), len })
}

/// Makes a prepared file the segment that starts at `first`: header, sync, rename, sync of the directory. Only then may
/// anything in it be acknowledged.
fn name_segment(disk: &dyn Disk, prepared: Prepared, journal_id: u64, first: u64, sync: Sync) -> io::Result<Active> {
    let Prepared { file, name: unfinished, len } = prepared;
    let header = SegmentHeader { packing: Packing::Plain, journal_id, first };
    write_full(&*file, &format::segment_header(&header), 0)?;
    let name = format::file_name(first, Packing::Plain);
    segment::publish(disk, &*file, &unfinished, &name, sync == Sync::Fdatasync)?;
    Ok(Active { file, first, end: DATA_START, size: len, marked: true })
}
