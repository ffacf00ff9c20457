//! Reads every byte of a journal and says what is there and what is not. Takes no lock and changes nothing, so it may
//! run beside a writer.

use crate::api::{Error, Gap, Report};
use crate::archive::PackedScan;
use crate::disk::{Disk, DiskFile, RealDisk};
use crate::format::{self, DATA_START, HeaderRead, Packing};
use crate::recovery::{Age, Survey, survey};
use crate::scan::PlainScan;
use crate::segment::{self, Listing, Scan};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;

/// How often the newest segment is read at most while its damage looks different each time.
const LOOKS_MAX: u32 = 5;

/// Reads the journal in a directory from end to end.
///
/// # Errors
/// [`Error::Foreign`] if a segment is of another journal or version, [`Error::Io`] for all else; damage is no error
/// here but part of the report.
pub fn verify(dir: &Path) -> Result<Report, Error> {
    verify_on(&RealDisk::new(dir))
}

/// Reads the journal on any disk.
pub(crate) fn verify_on(disk: &dyn Disk) -> Result<Report, Error> {
    let Listing { start, segments, .. } = segment::list(disk)?;
    let mut report = Report::default();
    let Some(journal_id) = segment::journal_id(disk, &segments)? else {
        if let Some((&first, &packing)) = segments.iter().next() {
            let segment = format::file_name(first, packing);
            report.gaps.push(Gap { segment, offset: 0, first, last: None });
        }
        return Ok(report);
    };
    let newest = segments.keys().next_back().copied();
    let mut due = start;
    for (&first, &packing) in &segments {
        let age = if Some(first) == newest && packing == Packing::Plain { Age::Newest } else { Age::Sealed };
        let Some((packing, bytes, mut found)) = survey_one(disk, first, packing, journal_id, age)? else { continue };
        let name = format::file_name(first, packing);
        close_gap(&mut report, due, first, &name);
        report.segments += 1;
        report.compressed += u64::from(packing == Packing::Compressed);
        report.records += found.records;
        report.payload_bytes += found.payload_bytes;
        report.disk_bytes += bytes;
        report.torn_bytes = found.torn_bytes;
        report.gaps.append(&mut found.gaps);
        due = found.next;
    }
    if report.records > 0 || due > start {
        (report.first_position, report.last_position) = (start, due - 1);
    }
    Ok(report)
}

/// Accounts for what is missing between two segments.
fn close_gap(report: &mut Report, due: u64, first: u64, name: &str) {
    match report.gaps.last_mut() {
        // Damage reached to the end of the segment before; where this one starts tells how much it took.
        Some(gap) if gap.last.is_none() => gap.last = Some(first - 1),
        _ if first > due => {
            report.gaps.push(Gap { segment: name.to_owned(), offset: 0, first: due, last: Some(first - 1) });
        }
        _ => {}
    }
}

/// Surveys one segment; `None` if retention has removed it since it was listed. Compression may have replaced it.
fn survey_one(
    disk: &dyn Disk,
    first: u64,
    packing: Packing,
    journal_id: u64,
    age: Age,
) -> Result<Option<(Packing, u64, Survey)>, Error> {
    for packing in [packing, Packing::Compressed] {
        match survey_file(disk, first, packing, journal_id, age) {
            Ok((bytes, mut found)) => {
                // A writer at work may show half of a commit, then all of the next. Real damage is there each time.
                let mut looks = 1;
                while age == Age::Newest && !found.gaps.is_empty() && looks < LOOKS_MAX {
                    let again = survey_file(disk, first, packing, journal_id, age)?.1;
                    looks = if again.gaps == found.gaps { LOOKS_MAX } else { looks + 1 };
                    found = again;
                }
                return Ok(Some((packing, bytes, found)));
            }
            Err(Error::Io(e)) if e.kind() == ErrorKind::NotFound => {}
            Err(e) => return Err(e),
        }
    }
    Ok(None)
}

fn survey_file(
    disk: &dyn Disk,
    first: u64,
    packing: Packing,
    journal_id: u64,
    age: Age,
) -> Result<(u64, Survey), Error> {
    let name = format::file_name(first, packing);
    let bytes = disk.open(&name)?.len()?;
    let mut opened = segment::open(disk, first, packing, None, journal_id)?;
    Ok((bytes, survey(&mut opened.scan, &name, opened.intact, age)?))
}

/// Judges one segment file's bytes as if it were a journal's only one, without any disk. Never panics, whatever the
/// bytes: the fuzzer's door.
///
/// # Errors
/// [`Error::Foreign`] if they are of a version that is not known here.
pub fn verify_bytes(bytes: &[u8]) -> Result<Report, Error> {
    let mut report = Report { segments: 1, disk_bytes: bytes.len() as u64, ..Report::default() };
    let name = "bytes";
    let (header, intact) = match format::read_segment_header(&bytes[..bytes.len().min(DATA_START as usize)]) {
        HeaderRead::Known { header, intact } if (1..=format::POSITION_MAX).contains(&header.first) => (header, intact),
        HeaderRead::Known { .. } | HeaderRead::Newer => return Err(Error::Foreign { segment: name.to_owned() }),
        HeaderRead::Damaged => {
            report.gaps.push(Gap { segment: name.to_owned(), offset: 0, first: 1, last: None });
            return Ok(report);
        }
    };
    let file: Arc<dyn DiskFile> = Arc::new(Image(bytes.to_vec()));
    let seed = format::seed(header.journal_id);
    let (len, first) = (bytes.len() as u64, header.first);
    let (mut scan, age) = match header.packing {
        Packing::Plain => (Scan::Plain(PlainScan::new(file, seed, first, len)), Age::Newest),
        Packing::Compressed => (Scan::Packed(Box::new(PackedScan::new(file, seed, first, len)?)), Age::Sealed),
    };
    let found = survey(&mut scan, name, intact, age)?;
    report.compressed = u64::from(header.packing == Packing::Compressed);
    report.records = found.records;
    report.payload_bytes = found.payload_bytes;
    (report.first_position, report.last_position) = (first, found.next - 1);
    report.torn_bytes = found.torn_bytes;
    report.gaps = found.gaps;
    Ok(report)
}

/// A file that is only bytes in memory.
struct Image(Vec<u8>);

impl DiskFile for Image {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|at| self.0.get(at..)).unwrap_or(&[]);
        let n = rest.len().min(buf.len());
        buf[..n].copy_from_slice(&rest[..n]);
        Ok(n)
    }

    fn write_at(&self, _: &[u8], _: u64) -> io::Result<usize> {
        Err(ErrorKind::Unsupported.into())
    }

    fn set_len(&self, _: u64) -> io::Result<()> {
        Err(ErrorKind::Unsupported.into())
    }

    fn sync(&self) -> io::Result<()> {
        Err(ErrorKind::Unsupported.into())
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.0.len() as u64)
    }
}
