//! Opening a directory after whatever happened to it: surveys the newest segment, cuts off a torn commit, reports
//! damage to what was safe, and says where the writer goes on.
//!
//! The rule: damage is a torn write if nothing behind it says that the bytes were synced before; then they were never
//! acknowledged. A later group header says so, and so does the existence of a later segment.

use crate::api::{Error, Gap, Recovery};
use crate::disk::{Disk, DiskFile, read_full, write_full};
use crate::format::{self, DATA_START, Packing, SegmentHeader};
use crate::scan::{Damage, Step};
use crate::segment::{self, Listing, Scan};
use crate::tail::{Segment, State};
use std::collections::BTreeMap;

/// What one segment holds.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    pub(crate) records: u64,
    pub(crate) payload_bytes: u64,
    /// Offset behind the last good item.
    pub(crate) end: u64,
    /// Position behind the last good record.
    pub(crate) next: u64,
    /// Offset of the last group's header.
    pub(crate) last_group: u64,
    /// Damage to what was safe.
    pub(crate) gaps: Vec<Gap>,
    /// Bytes of a torn write behind `end`.
    pub(crate) torn_bytes: u64,
}

/// How much a survey may take for a torn write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Age {
    /// A later segment exists: everything in this one was safe.
    Sealed,
    /// The newest segment: its last group may be torn.
    Newest,
}

/// Reads a segment to its end and judges its damage.
pub(crate) fn survey(scan: &mut Scan, name: &str, intact: bool, age: Age) -> Result<Survey, Error> {
    let mut so_far = Survey { end: DATA_START, last_group: DATA_START, next: scan.due(), ..Survey::default() };
    if !intact {
        so_far.gaps.push(gap(name, Damage { offset: 0, first: so_far.next, next: Some(so_far.next) }));
    }
    // Damage that nothing has yet shown to be more than a torn write, each with the state before it.
    let mut doubts: Vec<(Gap, Survey)> = Vec::new();
    let file_end = loop {
        let offset = scan.offset();
        match scan.step()? {
            Step::Record { payload, .. } => {
                so_far.records += 1;
                so_far.payload_bytes += payload.len() as u64;
            }
            Step::Group(header) => {
                while doubts.first().is_some_and(|(gap, _)| gap.first <= header.synced) {
                    so_far.gaps.push(doubts.remove(0).0);
                }
                so_far.last_group = offset;
            }
            Step::Damage(damage) => {
                let gap = gap(name, damage);
                match age {
                    Age::Sealed => so_far.gaps.push(gap),
                    Age::Newest => doubts.push((gap, so_far.before())),
                }
                continue;
            }
            Step::End => {
                so_far.next = scan.due();
                break scan_limit(scan, offset);
            }
        }
        so_far.end = scan.offset();
        so_far.next = scan.due();
    };
    if let Some((gap, before)) = doubts.into_iter().next() {
        let later = so_far.gaps.split_off(before.gaps.len());
        so_far = before;
        // What was confirmed after the first doubt lies before it in position, so it stays reported.
        so_far.gaps.extend(later.into_iter().filter(|g| g.first < gap.first));
        so_far.torn_bytes = file_end.saturating_sub(so_far.end);
    }
    Ok(so_far)
}

fn scan_limit(scan: &Scan, offset: u64) -> u64 {
    match scan {
        Scan::Plain(plain) => plain.limit(),
        Scan::Packed(_) => offset,
    }
}

impl Survey {
    fn before(&self) -> Survey {
        Survey { gaps: self.gaps.clone(), ..*self }
    }
}

fn gap(name: &str, damage: Damage) -> Gap {
    Gap { segment: name.to_owned(), offset: damage.offset, first: damage.first, last: damage.next.map(|next| next - 1) }
}

/// Where the writer goes on.
pub(crate) enum Resume {
    /// In the newest segment.
    Active { file: Box<dyn DiskFile>, first: u64, end: u64 },
    /// In a new segment.
    Fresh,
}

/// A directory, ready to be written to.
pub(crate) struct Recovered {
    pub(crate) state: State,
    pub(crate) resume: Resume,
    pub(crate) journal_id: u64,
    /// The position of the next record.
    pub(crate) next: u64,
    pub(crate) recovery: Recovery,
}

/// Brings a directory in order. Changes nothing but what was never acknowledged.
pub(crate) fn recover(disk: &dyn Disk, new_id: u64, floor: u64, synced: bool) -> Result<Recovered, Error> {
    // Names that only the page cache knows, of a rename before its sync, must be safe before anything relies on them.
    if synced {
        disk.sync()?;
    }
    let Listing { start, segments, leftovers } = segment::list(disk)?;
    for name in leftovers {
        disk.remove(&name)?;
    }
    let journal_id = segment::journal_id(disk, &segments)?;
    let state = State { segments: index(disk, &segments)?, durable: start - 1, durable_end: 0, start, closed: false };
    let recovery = Recovery { last_position: start - 1, truncated_bytes: 0, gaps: Vec::new() };
    let mut recovered =
        Recovered { state, resume: Resume::Fresh, journal_id: journal_id.unwrap_or(new_id), next: start, recovery };
    if let Some((&first, &packing)) = segments.last_key_value() {
        if journal_id.is_none() {
            return Err(Error::Corrupt { segment: format::file_name(first, packing), offset: 0, position: first });
        }
        resume(disk, first, packing, synced, &mut recovered)?;
        let oldest = *segments.keys().next().unwrap_or(&first);
        if oldest > start {
            let segment = format::file_name(oldest, segments[&oldest]);
            recovered.recovery.gaps.insert(0, Gap { segment, offset: 0, first: start, last: Some(oldest - 1) });
        }
    }
    if floor >= recovered.next {
        let segment = format::file_name(floor + 1, Packing::Plain);
        recovered.recovery.gaps.push(Gap { segment, offset: 0, first: recovered.next, last: Some(floor) });
        recovered.next = floor + 1;
        recovered.resume = Resume::Fresh;
    }
    recovered.recovery.last_position = recovered.next - 1;
    recovered.state.durable = recovered.next - 1;
    Ok(recovered)
}

fn index(disk: &dyn Disk, segments: &BTreeMap<u64, Packing>) -> Result<BTreeMap<u64, Segment>, Error> {
    let mut index = BTreeMap::new();
    for (&first, &packing) in segments {
        let bytes = disk.open(&format::file_name(first, packing))?.len()?;
        index.insert(first, Segment { packing, bytes, end: None, damaged: false });
    }
    Ok(index)
}

/// Surveys the newest segment and decides whether to go on in it.
fn resume(disk: &dyn Disk, first: u64, packing: Packing, synced: bool, recovered: &mut Recovered) -> Result<(), Error> {
    let name = format::file_name(first, packing);
    let mut opened = segment::open(disk, first, packing, None, recovered.journal_id)?;
    let age = if packing == Packing::Plain { Age::Newest } else { Age::Sealed };
    let found = survey(&mut opened.scan, &name, opened.intact, age)?;
    recovered.next = found.next;
    recovered.recovery.truncated_bytes = found.torn_bytes;
    let damaged = !found.gaps.is_empty();
    if packing == Packing::Plain {
        let file = disk.open_to_write(&name)?;
        if found.torn_bytes > 0 {
            file.set_len(found.end)?;
        }
        if !opened.intact {
            let header = SegmentHeader { packing, journal_id: recovered.journal_id, first };
            write_full(&*file, &format::segment_header(&header), 0)?;
        }
        if synced {
            write_last_group_again(&*file, found.last_group, found.end)?;
            file.sync()?;
        }
        if let Some(entry) = recovered.state.segments.get_mut(&first) {
            *entry = Segment { packing, bytes: file.len()?, end: Some(found.end), damaged };
        }
        recovered.state.durable_end = found.end;
        // After damage a new segment: what is there is left alone. One without any position to its name goes on.
        if !damaged || found.next == first {
            recovered.resume = Resume::Active { file, first, end: found.end };
        }
    }
    recovered.recovery.gaps = found.gaps;
    Ok(())
}

/// Writes the last group's own bytes over it. If its sync had failed, the page cache may call pages clean that never
/// reached the disk; written again, they are part of the next sync.
fn write_last_group_again(file: &dyn DiskFile, from: u64, to: u64) -> Result<(), Error> {
    let mut bytes = vec![0; to.saturating_sub(from) as usize];
    let n = read_full(file, &mut bytes, from)?;
    write_full(file, &bytes[..n], from)?;
    Ok(())
}
