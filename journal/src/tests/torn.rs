//! Torn ends and flipped bits, exhaustively (faults R4 and R5).

use super::*;
use crate::format::{self, Packing};

fn newest(disk: &SimDisk) -> (u64, String) {
    let (&first, &packing) = segment::list(disk).unwrap().segments.last_key_value().unwrap();
    (first, format::file_name(first, packing))
}

/// The offset behind each record of a segment, by position, and the offset behind the last item.
fn ends(disk: &SimDisk) -> (Vec<(u64, u64)>, u64) {
    let (first, _) = newest(disk);
    let mut scan = segment::open(disk, first, Packing::Plain, None, ID).unwrap().scan;
    let mut ends = Vec::new();
    loop {
        let step = match scan.step().unwrap() {
            Step::Record { position, .. } => Some(position),
            Step::Group(_) => None,
            Step::Damage(damage) => panic!("unexpected damage {damage:?}"),
            Step::End => return (ends, scan.offset()),
        };
        ends.extend(step.map(|position| (position, scan.offset())));
    }
}

/// Commits groups of the given sizes, tears the newest segment at every byte of the last three records, appends
/// `tail` or zeros, and expects exactly the whole records back, and a journal that goes on.
fn check_torn(groups: &[u64], tail: &[u8], keep_len: bool) {
    let disk = SimDisk::default();
    let (mut log, _) = open_log(&disk, Sync::Fdatasync).unwrap();
    commit_each(&mut log, &mut 1, groups);
    drop(log);
    let (_, name) = newest(&disk);
    let image = disk.bytes(&name);
    let (ends, end) = ends(&disk);
    let from = ends[ends.len() - 4].1;
    for cut in from..end {
        let torn = disk.copy();
        let mut bytes = image[..cut as usize].to_vec();
        bytes.extend_from_slice(tail);
        if keep_len {
            bytes.resize(image.len().max(bytes.len()), 0);
        }
        torn.put(&name, &bytes);
        let (mut log, recovery) = open_log(&torn, Sync::Fdatasync).unwrap();
        let whole = ends.iter().filter(|(_, end)| *end <= cut).map(|(n, _)| *n).max().unwrap();
        assert_eq!((recovery.last_position, recovery.gaps), (whole, vec![]), "cut at {cut}");
        assert_eq!(read_all(&torn), expected(1, whole), "cut at {cut}");
        commit_each(&mut log, &mut (whole + 1), &[1, 2]);
        drop(log);
        assert_eq!(recover_only(&torn).recovery.last_position, whole + 3, "cut at {cut}");
        assert_eq!(read_all(&torn), expected(1, whole + 3), "cut at {cut}");
        assert_eq!(gaps(&torn), vec![], "cut at {cut}");
    }
}

#[test]
fn a_torn_end_is_cut_off_at_every_byte() {
    let garbage: Vec<u8> = (0..200u32).map(|i| (i * 37 + 11) as u8).collect();
    for groups in [&[2, 1, 1, 1, 1][..], &[1, 5]] {
        check_torn(groups, b"", false);
        check_torn(groups, b"", true);
        check_torn(groups, &[0; 700], false);
        check_torn(groups, &garbage, false);
        check_torn(groups, &garbage, true);
    }
}

#[test]
fn truncated_bytes_are_counted() {
    let disk = SimDisk::default();
    let (mut log, _) = open_log(&disk, Sync::Fdatasync).unwrap();
    commit_each(&mut log, &mut 1, &[1, 1]);
    let (_, name) = newest(&disk);
    let (_, end) = ends(&disk);
    let mut bytes = disk.bytes(&name)[..end as usize].to_vec();
    bytes.extend_from_slice(b"garbage");
    disk.put(&name, &bytes);
    let recovery = open_log(&disk, Sync::Fdatasync).unwrap().1;
    assert_eq!(recovery, Recovery { last_position: 2, truncated_bytes: 7, gaps: vec![] });
}

/// How a segment was left before its bits flip.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Left {
    /// Killed: the last group may be torn.
    Killed,
    /// Closed: a mark says that all was synced.
    Closed,
    /// A later segment exists.
    Followed,
}

/// Flips every bit of a segment of four groups. No flip may change or invent a record; records that go missing are
/// reported, unless they are of the last group of a journal that was killed; all others stay.
fn check_flips(left: Left) {
    let disk = SimDisk::default();
    let (mut log, _) = open_log(&disk, Sync::Fdatasync).unwrap();
    commit_each(&mut log, &mut 1, &[2, 1, 3, 2]);
    let (first, name) = newest(&disk);
    let last_safe = if left == Left::Killed { 6 } else { 8 };
    match left {
        Left::Killed => {}
        Left::Closed => log.mark().unwrap(),
        Left::Followed => {
            log.seal(&mut || None).unwrap();
            commit_each(&mut log, &mut 9, &[1]);
        }
    }
    drop(log);
    let last = if left == Left::Followed { 9 } else { 8 };
    let mut image = disk.bytes(&name);
    // Of the zeros behind the last group, a sector is enough.
    let zeros = image.iter().rev().take_while(|byte| **byte == 0).count();
    image.truncate(image.len() - zeros + 512);
    for bit in 0..image.len() * 8 {
        let flipped = disk.copy();
        let mut bytes = image.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        flipped.put(&name, &bytes);
        let recovery = recover_only(&flipped).recovery;
        let records = read_all(&flipped);
        let gaps = gaps(&flipped);
        for (position, bytes) in &records {
            assert_eq!(*bytes, payload(*position), "bit {bit} of {left:?} {first}");
        }
        let missing: Vec<u64> = (1..=last).filter(|n| !records.iter().any(|(m, _)| m == n)).collect();
        assert!(missing.len() <= if left == Left::Killed { 2 } else { 1 }, "bit {bit} of {left:?}: {missing:?}");
        for n in missing.iter().filter(|n| **n <= last_safe) {
            let covered = |gap: &Gap| gap.first <= *n && gap.last.is_some_and(|last| *n <= last);
            assert!(gaps.iter().any(covered), "bit {bit} of {left:?}: {n} is missing, {gaps:?}");
            assert!(left == Left::Followed || recovery.gaps.iter().any(covered), "bit {bit} of {left:?}");
        }
        let kept = records.last().map_or(0, |(n, _)| *n);
        assert!(recovery.last_position >= kept && recovery.last_position >= last_safe, "bit {bit} of {left:?}");
        assert_eq!(records.len() + missing.len(), last as usize);
    }
}

#[test]
fn no_flipped_bit_passes_in_a_killed_journal() {
    check_flips(Left::Killed);
}

#[test]
fn no_flipped_bit_passes_in_a_closed_journal() {
    check_flips(Left::Closed);
}

#[test]
fn no_flipped_bit_passes_in_a_sealed_segment() {
    check_flips(Left::Followed);
}

#[test]
fn no_flipped_bit_passes_in_a_compressed_segment() {
    let disk = SimDisk::default();
    let (writer, _) = open_sim(&disk);
    for n in 1..=8 {
        append(&writer, n).unwrap();
    }
    writer.seal().unwrap();
    writer.maintain(8, &|_| true).unwrap();
    append(&writer, 9).unwrap();
    writer.close();
    let name = format::file_name(1, Packing::Compressed);
    let image = disk.bytes(&name);
    assert_eq!(read_all(&disk), expected(1, 9));
    for bit in 0..image.len() * 8 {
        let flipped = disk.copy();
        let mut bytes = image.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        flipped.put(&name, &bytes);
        let records = read_all(&flipped);
        let gaps = gaps(&flipped);
        assert!(records == expected(1, 9) || records == expected(9, 9), "bit {bit}: {records:?}");
        let lost: Vec<_> = gaps.iter().filter(|gap| gap.lost() != Some(0)).map(|gap| (gap.first, gap.last)).collect();
        assert_eq!(lost, if records.len() == 9 { vec![] } else { vec![(1, Some(8))] }, "bit {bit}");
    }
}

#[test]
fn writing_goes_on_in_a_new_segment_after_damage() {
    let disk = SimDisk::default();
    let (mut log, _) = open_log(&disk, Sync::Fdatasync).unwrap();
    commit_each(&mut log, &mut 1, &[1, 1, 1, 1]);
    let name = newest(&disk).1;
    let second_ends_at = ends(&disk).0[1].1 as usize;
    drop(log);
    let mut bytes = disk.bytes(&name);
    bytes[second_ends_at - 3] ^= 0x40;
    disk.put(&name, &bytes);
    let (mut log, recovery) = open_log(&disk, Sync::Fdatasync).unwrap();
    assert_eq!(recovery.gaps.iter().map(|gap| (gap.first, gap.last)).collect::<Vec<_>>(), [(2, Some(2))]);
    assert_eq!((recovery.last_position, recovery.truncated_bytes), (4, 0));
    commit_each(&mut log, &mut 5, &[1]);
    assert_eq!(newest(&disk).1, format::file_name(5, Packing::Plain));
    assert_eq!(disk.bytes(&name), bytes, "what was there is left alone");
    let numbers: Vec<_> = read_all(&disk).into_iter().map(|(n, _)| n).collect();
    assert_eq!(numbers, [1, 3, 4, 5]);
}

#[test]
fn a_lost_end_never_gives_applied_positions_out_again() {
    let disk = SimDisk::default();
    let (mut log, _) = open_log(&disk, Sync::Fdatasync).unwrap();
    commit_each(&mut log, &mut 1, &[3]);
    drop(log);
    let options = Options { position_floor: 7, ..options() };
    let (writer, recovery) = open_on(Arc::new(disk.clone()), None, options).unwrap();
    assert_eq!(recovery.gaps.iter().map(|gap| (gap.first, gap.last)).collect::<Vec<_>>(), [(4, Some(7))]);
    assert_eq!(append(&writer, 8).unwrap(), 8);
    let mut reader = crate::Reader::open(&writer, 7).unwrap();
    assert_eq!(reader.next(9, 999, NOW).unwrap(), expected(8, 8));
    let mut reader = crate::Reader::open(&writer, 0).unwrap();
    assert_eq!(reader.next(9, 999, NOW).unwrap(), expected(1, 3));
    assert!(matches!(reader.next(9, 999, NOW), Err(Error::Corrupt { position: 4, .. })));
    assert_eq!(reader.skip_gap().unwrap().lost(), Some(4));
    assert_eq!(reader.next(9, 999, NOW).unwrap(), expected(8, 8));
}

#[test]
fn bytes_of_another_journal_are_refused() {
    let disk = SimDisk::default();
    drop(open_log(&disk, Sync::Fdatasync).unwrap());
    let other = SimDisk::default();
    let recovered = recover(&other, ID + 1, 0, true).unwrap();
    let log_options = LogOptions { segment_bytes: SEGMENT_BYTES, sync: Sync::Fdatasync };
    drop(Log::resume(Arc::new(other.clone()), recovered, log_options).unwrap());
    let stranger = format::file_name(5, Packing::Plain);
    disk.put(&stranger, &other.bytes(&format::file_name(1, Packing::Plain)));
    assert!(matches!(open_log(&disk, Sync::Fdatasync), Err(Error::Foreign { segment }) if segment == stranger));
}
