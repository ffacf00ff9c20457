//! Segment files: which ones a directory holds, how one is opened and created, where the journal starts.
//!
//! Knows names, headers and the mark of the start; what a segment's data means, `scan.rs` and `archive.rs` tell.

use crate::api::Error;
use crate::archive::PackedScan;
use crate::disk::{Disk, DiskFile, read_full, write_full, write_zeros};
use crate::format::{self, HeaderRead, Packing, SegmentHeader};
use crate::scan::{PlainScan, Step};
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::sync::Arc;

/// Suffix of files that are not finished; what a crash leaves of them is removed at the next opening.
pub(crate) const UNFINISHED: &str = ".tmp";
const START: &str = "start";
const START_UNFINISHED: &str = "start.tmp";
const START_BYTES: usize = 20;

/// A look at a segment of either packing.
pub(crate) enum Scan {
    Plain(PlainScan),
    Packed(Box<PackedScan>),
}

impl Scan {
    /// Returns the next item.
    pub(crate) fn step(&mut self) -> io::Result<Step<'_>> {
        match self {
            Self::Plain(scan) => scan.step(),
            Self::Packed(scan) => scan.step(),
        }
    }

    /// Returns the offset behind the last item.
    pub(crate) fn offset(&self) -> u64 {
        match self {
            Self::Plain(scan) => scan.offset(),
            Self::Packed(scan) => scan.offset(),
        }
    }

    /// Returns the position that is due next.
    pub(crate) fn due(&self) -> u64 {
        match self {
            Self::Plain(scan) => scan.due(),
            Self::Packed(scan) => scan.due(),
        }
    }
}

/// A segment that was opened for reading.
pub(crate) struct Opened {
    pub(crate) scan: Scan,
    /// Whether both copies of its header are whole.
    pub(crate) intact: bool,
}

/// Opens a segment for reading up to `end`, or to the end of its file. `journal_id` stands in for a lost header.
pub(crate) fn open(
    disk: &dyn Disk,
    first: u64,
    packing: Packing,
    end: Option<u64>,
    journal_id: u64,
) -> Result<Opened, Error> {
    let name = format::file_name(first, packing);
    let file: Arc<dyn DiskFile> = disk.open(&name)?.into();
    let intact = match read_header(&*file)? {
        HeaderRead::Known { header, intact } => {
            if header != (SegmentHeader { packing, journal_id, first }) {
                return Err(Error::Foreign { segment: name });
            }
            intact
        }
        HeaderRead::Newer => return Err(Error::Foreign { segment: name }),
        HeaderRead::Damaged => false,
    };
    let end = end.map_or_else(|| file.len(), Ok)?;
    let seed = format::seed(journal_id);
    let scan = match packing {
        Packing::Plain => Scan::Plain(PlainScan::new(file, seed, first, end)),
        Packing::Compressed => Scan::Packed(Box::new(PackedScan::new(file, seed, first, end)?)),
    };
    Ok(Opened { scan, intact })
}

/// Reads the header of a segment file.
pub(crate) fn read_header(file: &dyn DiskFile) -> io::Result<HeaderRead> {
    let mut bytes = [0; format::DATA_START as usize];
    let n = read_full(file, &mut bytes, 0)?;
    Ok(format::read_segment_header(&bytes[..n]))
}

/// Creates an unnamed segment of `len` bytes of zeros; the header is written when its first position is known.
pub(crate) fn prepare(disk: &dyn Disk, unfinished: &str, len: u64, synced: bool) -> io::Result<Box<dyn DiskFile>> {
    let file = disk.create(unfinished)?;
    let made = write_zeros(&*file, 0, len).and_then(|()| if synced { file.sync().map_err(broken) } else { Ok(()) });
    match made {
        Ok(()) => Ok(file),
        Err(e) => {
            // Gives the space back; the name is taken away at the next opening if it cannot be now.
            drop(disk.remove(unfinished));
            Err(e)
        }
    }
}

/// The segments of a directory by their first position.
pub(crate) struct Listing {
    /// The position that retention has left the journal to start at; 1 if it never removed anything.
    pub(crate) start: u64,
    pub(crate) segments: BTreeMap<u64, Packing>,
    /// Files that have done their duty: unfinished ones, plain segments whose compressed form is complete, and those
    /// that retention was about to remove.
    pub(crate) leftovers: Vec<String>,
}

/// Lists a directory.
pub(crate) fn list(disk: &dyn Disk) -> io::Result<Listing> {
    let mut listing = Listing { start: read_start(disk)?, segments: BTreeMap::new(), leftovers: Vec::new() };
    for name in disk.list()? {
        if name.ends_with(UNFINISHED) {
            listing.leftovers.push(name);
            continue;
        }
        let Some((first, packing)) = format::read_file_name(&name) else { continue };
        if first < listing.start {
            listing.leftovers.push(name);
            continue;
        }
        let known = listing.segments.entry(first).or_insert(packing);
        if *known != packing {
            // The compressed file got its name when it was complete and safe, so it is the one to keep.
            *known = Packing::Compressed;
            listing.leftovers.push(format::file_name(first, Packing::Plain));
        }
    }
    Ok(listing)
}

/// Returns the journal's id, from the newest segment whose header can be read; `None` if there is none.
pub(crate) fn journal_id(disk: &dyn Disk, segments: &BTreeMap<u64, Packing>) -> Result<Option<u64>, Error> {
    for (&first, &packing) in segments.iter().rev() {
        let name = format::file_name(first, packing);
        match read_header(&*disk.open(&name)?)? {
            HeaderRead::Known { header, .. } => return Ok(Some(header.journal_id)),
            HeaderRead::Newer => return Err(Error::Foreign { segment: name }),
            HeaderRead::Damaged => {}
        }
    }
    Ok(None)
}

/// A mark that cannot be read is as good as none: what is missing then shows as a gap, which is loud but safe.
fn read_start(disk: &dyn Disk) -> io::Result<u64> {
    let file = match disk.open(START) {
        Ok(file) => file,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(1),
        Err(e) => return Err(e),
    };
    let mut bytes = [0; START_BYTES];
    let n = read_full(&*file, &mut bytes, 0)?;
    Ok(format::read_start(&bytes[..n]).unwrap_or(1))
}

/// Remembers, safely, that what came before `start` was removed on purpose.
pub(crate) fn write_start(disk: &dyn Disk, start: u64, synced: bool) -> io::Result<()> {
    let file = disk.create(START_UNFINISHED)?;
    write_full(&*file, &format::start(start), 0)?;
    publish(disk, &*file, START_UNFINISHED, START, synced)
}

/// Gives a finished file its name: sync the file, rename, sync the directory.
pub(crate) fn publish(
    disk: &dyn Disk,
    file: &dyn DiskFile,
    unfinished: &str,
    name: &str,
    synced: bool,
) -> io::Result<()> {
    if synced {
        file.sync().map_err(broken)?;
    }
    disk.rename(unfinished, name)?;
    if synced { disk.sync().map_err(broken) } else { Ok(()) }
}

/// A failed sync is never taken for a full disk, whatever its code says: what is safe is unknown then.
fn broken(error: io::Error) -> io::Error {
    io::Error::other(error)
}
