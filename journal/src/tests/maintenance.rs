//! Compression, rewriting and retention of sealed segments.

use super::*;
use crate::{Maintained, Reader, Rewritten, SegmentInfo};

/// Segments of ten records each, the last one active.
fn journal(dir: &std::path::Path, last: u64) -> Writer {
    let (writer, _) = crate::open(dir, Options { segment_bytes: 64 << 10, ..options() }).unwrap();
    for n in 1..=last {
        append(&writer, n).unwrap();
        if n % 10 == 0 {
            writer.seal().unwrap();
        }
    }
    writer
}

fn read_from(writer: &Writer, after: u64) -> Records {
    let mut reader = Reader::open(writer, after).unwrap();
    let mut records = Vec::new();
    loop {
        match reader.next(1000, 1 << 20, NOW).unwrap() {
            batch if batch.is_empty() => return records,
            batch => records.extend(batch),
        }
    }
}

fn names(dir: &std::path::Path) -> Vec<String> {
    let mut names: Vec<_> =
        std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn only_sealed_and_applied_segments_are_compressed() {
    let dir = tempfile::tempdir().unwrap();
    let writer = journal(dir.path(), 35);
    let done = writer.maintain(29, &|_| true).unwrap();
    assert_eq!((done.removed, done.compressed), (0, 2));
    assert!(done.freed_bytes > 0);
    let packed: Vec<_> = writer.segments().iter().map(|info| (info.first, info.last, info.compressed)).collect();
    assert_eq!(packed, [(1, 10, true), (11, 20, true), (21, 30, false), (31, 35, false)]);
    assert_eq!(
        names(dir.path()),
        [
            "00000000000000000001.zst",
            "00000000000000000011.zst",
            "00000000000000000021.seg",
            "00000000000000000031.seg",
            "lock"
        ]
    );
    assert_eq!(writer.maintain(29, &|_| true).unwrap(), Maintained::default());
    assert_eq!(read_from(&writer, 0), expected(1, 35));
    writer.close();
    assert_eq!(read_from(&journal(dir.path(), 0), 4), expected(5, 35));
}

#[test]
fn compression_shrinks_repetitive_records() {
    let dir = tempfile::tempdir().unwrap();
    let (writer, _) = crate::open(dir.path(), options()).unwrap();
    let text = b"a page was viewed, and another, ".repeat(40);
    writer.append_wait(vec![text.clone(); 2000]).unwrap();
    writer.seal().unwrap();
    let before = writer.stats().disk_bytes;
    writer.maintain(2000, &|_| true).unwrap();
    assert!(writer.stats().disk_bytes < before / 10, "{} of {before}", writer.stats().disk_bytes);
    // More than one block, and a start in the middle of one.
    assert_eq!(read_from(&writer, 1234).len(), 766);
}

#[test]
fn retention_removes_the_oldest_and_remembers_that_it_was_on_purpose() {
    let dir = tempfile::tempdir().unwrap();
    let writer = journal(dir.path(), 45);
    writer.maintain(10, &|_| true).unwrap();
    // Only applied ones, and never one behind a kept one.
    let unwanted = |info: &SegmentInfo| info.first == 21;
    assert_eq!(writer.maintain(30, &unwanted).unwrap().removed, 2);
    assert_eq!(writer.segments()[0].first, 21);
    assert_eq!(read_from(&writer, 0), expected(21, 45));
    writer.close();
    let writer = journal(dir.path(), 0);
    assert_eq!(read_from(&writer, 0), expected(21, 45));
    // All sealed ones; the active one stays.
    assert_eq!(writer.maintain(45, &|_| false).unwrap().removed, 2);
    assert_eq!(read_from(&writer, 5), expected(41, 45));
    writer.close();
    let report = crate::verify(dir.path()).unwrap();
    assert_eq!((report.first_position, report.last_position, report.gaps), (41, 45, vec![]));
}

#[test]
fn rewriting_leaves_no_old_payload_on_disk() {
    let dir = tempfile::tempdir().unwrap();
    let writer = journal(dir.path(), 25);
    writer.maintain(10, &|_| true).unwrap();
    let canary = b"payload 23 ";
    let mut seen = Vec::new();
    let done = writer
        .rewrite(24, &mut |position, payload| {
            seen.push(position);
            assert_eq!(payload, super::payload(position));
            [3, 4, 23].contains(&position).then(|| b"gone".to_vec())
        })
        .unwrap();
    assert_eq!(done, Rewritten { segments: 2, records: 3 });
    assert_eq!(seen, (1..=24).collect::<Vec<_>>());
    let mut due = expected(1, 25);
    for n in [3, 4, 23] {
        due[n - 1].1 = b"gone".to_vec();
    }
    assert_eq!(read_from(&writer, 0), due);
    for name in names(dir.path()) {
        let bytes = std::fs::read(dir.path().join(&name)).unwrap();
        assert!(!bytes.windows(canary.len()).any(|window| window == canary), "{name} still holds it");
    }
    assert_eq!(append(&writer, 26).unwrap(), 26);
    writer.close();
    assert_eq!(read_from(&journal(dir.path(), 0), 22)[0], (23, b"gone".to_vec()));
}

#[test]
fn damaged_segments_are_not_compressed_but_can_be_rewritten() {
    let disk = SimDisk::default();
    let (writer, _) = open_sim(&disk);
    for n in 1..=6 {
        append(&writer, n).unwrap();
    }
    writer.seal().unwrap();
    let name = crate::format::file_name(1, crate::format::Packing::Plain);
    let mut bytes = disk.bytes(&name);
    let at = bytes.windows(10).position(|window| window == b"payload 3 ").unwrap();
    bytes[at] = b'P';
    writer.close();
    disk.put(&name, &bytes);
    let (writer, _) = open_sim(&disk);
    assert_eq!(writer.maintain(6, &|_| true).unwrap(), Maintained::default());
    assert_eq!(disk.bytes(&name), bytes);
    let erase = &mut |position, _: &[u8]| (position == 5).then(Vec::new);
    assert_eq!(writer.rewrite(6, erase).unwrap(), Rewritten { segments: 1, records: 1 });
    assert!(writer.segments()[0].compressed);
    let numbers: Vec<_> = read_all(&disk).into_iter().map(|(n, payload)| (n, payload.is_empty())).collect();
    assert_eq!(numbers, [(1, false), (2, false), (4, false), (5, true), (6, false)]);
    assert_eq!(gaps(&disk).iter().map(|gap| (gap.first, gap.last)).collect::<Vec<_>>(), [(3, Some(3))]);
}

#[test]
fn verify_counts_what_is_there() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(crate::verify(dir.path()).unwrap(), crate::Report::default());
    let writer = journal(dir.path(), 25);
    writer.maintain(10, &|_| true).unwrap();
    let report = crate::verify(dir.path()).unwrap();
    let payload_bytes = expected(1, 25).iter().map(|(_, payload)| payload.len() as u64).sum();
    assert_eq!((report.segments, report.compressed, report.records), (3, 1, 25));
    assert_eq!((report.payload_bytes, report.torn_bytes, report.gaps), (payload_bytes, 0, vec![]));
    assert_eq!((report.first_position, report.last_position), (1, 25));
    for name in names(dir.path()).iter().filter(|name| *name != "lock") {
        let bytes = std::fs::read(dir.path().join(name)).unwrap();
        assert_eq!(crate::verify_bytes(&bytes).unwrap().gaps, vec![], "{name}");
    }
}
