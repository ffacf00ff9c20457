//! What happens to sealed segments: compressed once they are applied, rewritten when a person is erased, removed when
//! nothing in them is kept any more.
//!
//! Each step is safe to be cut short: a file is complete and synced before it gets its name, and an old file goes only
//! after the new one's name is safe. Which records are still needed, the caller says by position.

use crate::api::{Error, Maintained, Rewritten, SegmentInfo, Sync};
use crate::archive::PackedWriter;
use crate::disk::DiskFile;
use crate::format::{self, Packing};
use crate::scan::Step;
use crate::segment::{self, Scan};
use crate::tail::{Segment, lock};
use crate::writer::{Shared, Writer};
use std::io;

const UNFINISHED: &str = "rewrite.tmp";

/// Says by position and payload what a record's payload becomes; `None` leaves it as it is.
pub type Change<'a> = &'a mut dyn FnMut(u64, &[u8]) -> Option<Vec<u8>>;

impl Writer {
    /// Removes the oldest sealed segments that `keep` does not want and compresses the others, as far as `applied`
    /// reaches. Runs on the caller's thread and takes about a second per 64 MiB segment.
    ///
    /// Removal stops at the first segment that is kept, so that the journal never has a hole. Damaged segments are
    /// left as they are, for the operator to restore.
    ///
    /// # Errors
    /// [`Error::Io`]; what was done until then stays done, and the call can be repeated.
    pub fn maintain(&self, applied: u64, keep: &dyn Fn(&SegmentInfo) -> bool) -> Result<Maintained, Error> {
        let shared = self.shared();
        let _one_at_a_time = lock(&shared.maintenance);
        let mut done = Maintained::default();
        remove(shared, applied, keep, &mut done)?;
        let sealed = shared.tail.lock().sealed();
        for (info, segment) in sealed {
            if info.last > applied {
                break;
            }
            if segment.packing == Packing::Plain && !segment.damaged {
                compress(shared, &info, segment, &mut done)?;
            }
        }
        Ok(done)
    }

    /// Writes every segment anew in which `change` changes a payload, for records up to position `upto`; positions
    /// stay. The active segment is sealed first if it holds such records.
    ///
    /// When it returns, no file of the journal holds the old payloads any more. A reader that has an old file open
    /// still sees them until it leaves that segment. Unreadable bytes of a damaged segment are dropped if anything in
    /// it changes; the gap stays.
    ///
    /// # Errors
    /// [`Error::Io`], or those of [`Writer::seal`]; what was done until then stays done, and the call can be repeated.
    pub fn rewrite(&self, upto: u64, change: Change<'_>) -> Result<Rewritten, Error> {
        let shared = self.shared();
        let _one_at_a_time = lock(&shared.maintenance);
        let active = shared.tail.lock().active();
        if active <= upto {
            self.seal()?;
        }
        let mut done = Rewritten::default();
        let sealed = shared.tail.lock().sealed();
        for (info, segment) in sealed {
            if info.first > upto {
                break;
            }
            let mut only_up_to =
                |position, payload: &[u8]| if position <= upto { change(position, payload) } else { None };
            let copy = copy(shared, &info, segment, &mut only_up_to)?;
            if copy.changed > 0 {
                publish(shared, &info, segment, &copy)?;
                done.segments += 1;
                done.records += copy.changed;
            } else {
                shared.disk.remove(UNFINISHED)?;
            }
        }
        Ok(done)
    }
}

fn remove(
    shared: &Shared,
    applied: u64,
    keep: &dyn Fn(&SegmentInfo) -> bool,
    done: &mut Maintained,
) -> Result<(), Error> {
    let sealed = shared.tail.lock().sealed();
    let gone: Vec<_> = sealed.iter().take_while(|(info, _)| info.last <= applied && !keep(info)).collect();
    let Some((newest_gone, _)) = gone.last() else { return Ok(()) };
    let start = newest_gone.last + 1;
    // First what makes their absence lawful, then the files.
    segment::write_start(&*shared.disk, start, shared.sync == Sync::Fdatasync)?;
    shared.tail.update(|state| {
        state.start = state.start.max(start);
        state.segments.retain(|&first, _| first >= start);
    });
    for (info, segment) in gone {
        shared.disk.remove(&format::file_name(info.first, segment.packing))?;
        done.removed += 1;
        done.freed_bytes += info.bytes;
    }
    Ok(())
}

fn compress(shared: &Shared, info: &SegmentInfo, segment: Segment, done: &mut Maintained) -> Result<(), Error> {
    let copy = copy(shared, info, segment, &mut |_, _| None)?;
    if copy.damaged {
        shared.disk.remove(UNFINISHED)?;
        shared.tail.update(|state| {
            if let Some(entry) = state.segments.get_mut(&info.first) {
                entry.damaged = true;
            }
        });
        return Ok(());
    }
    publish(shared, info, segment, &copy)?;
    done.compressed += 1;
    done.freed_bytes += info.bytes.saturating_sub(copy.bytes);
    Ok(())
}

/// A compressed copy of a segment, not yet under its name.
struct Copy {
    file: Box<dyn DiskFile>,
    bytes: u64,
    changed: u64,
    damaged: bool,
}

fn copy(shared: &Shared, info: &SegmentInfo, segment: Segment, change: Change<'_>) -> Result<Copy, Error> {
    let opened = segment::open(&*shared.disk, info.first, segment.packing, segment.end, shared.journal_id)?;
    let file = shared.disk.create(UNFINISHED)?;
    let made = copy_records(opened.scan, &*file, shared.journal_id, info, change);
    match made {
        Ok((bytes, changed, damaged)) => Ok(Copy { file, bytes, changed, damaged: damaged || !opened.intact }),
        Err(e) => {
            // Gives the space back; the name is taken away at the next opening if it cannot be now.
            drop(shared.disk.remove(UNFINISHED));
            Err(e.into())
        }
    }
}

fn copy_records(
    mut scan: Scan,
    file: &dyn DiskFile,
    journal_id: u64,
    info: &SegmentInfo,
    change: Change<'_>,
) -> io::Result<(u64, u64, bool)> {
    let mut packed = PackedWriter::new(file, journal_id, info.first)?;
    let (mut changed, mut damaged) = (0, false);
    loop {
        match scan.step()? {
            Step::Record { position, payload } => match change(position, payload) {
                Some(new) => {
                    changed += 1;
                    packed.put(position, &new)?;
                }
                None => packed.put(position, payload)?,
            },
            Step::Group(_) => {}
            Step::Damage(_) => damaged = true,
            Step::End => break,
        }
    }
    damaged |= scan.due() != info.last + 1;
    Ok((packed.finish()?, changed, damaged))
}

/// Puts the copy in the segment's place: sync, rename, sync of the directory, and only then removes the old file.
fn publish(shared: &Shared, info: &SegmentInfo, old: Segment, copy: &Copy) -> Result<(), Error> {
    let name = format::file_name(info.first, Packing::Compressed);
    segment::publish(&*shared.disk, &*copy.file, UNFINISHED, &name, shared.sync == Sync::Fdatasync)?;
    shared.tail.update(|state| {
        let entry = Segment { packing: Packing::Compressed, bytes: copy.bytes, end: None, damaged: copy.damaged };
        state.segments.insert(info.first, entry);
    });
    if old.packing == Packing::Plain {
        shared.disk.remove(&format::file_name(info.first, Packing::Plain))?;
    }
    Ok(())
}
