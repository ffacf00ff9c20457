//! Readers that follow the writer, over segments of both packings, and many appenders at a time.

use super::*;
use crate::Reader;
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::thread::scope;
use std::time::Duration;

const LONG: Duration = Duration::from_mins(1);

/// Reads until position `last` in batches of at most `records_max`.
fn read_to(reader: &mut Reader, last: u64, records_max: usize) -> Records {
    let mut records = Vec::new();
    while records.last().map_or(0, |(n, _)| *n) < last {
        let batch = reader.next(records_max, 1 << 20, LONG).unwrap();
        assert!(!batch.is_empty() && batch.len() <= records_max);
        records.extend(batch);
    }
    records
}

#[test]
fn a_reader_starts_after_any_position() {
    let disk = SimDisk::default();
    let (writer, _) = open_sim(&disk);
    for n in 1..=150 {
        append(&writer, n).unwrap();
    }
    assert!(writer.segments().len() > 3);
    // The first half compressed, the rest plain.
    let half = writer.segments()[writer.segments().len() / 2].last;
    assert!(writer.maintain(half, &|_| true).unwrap().compressed > 1);
    for after in 0..150 {
        let mut reader = Reader::open(&writer, after).unwrap();
        assert_eq!(read_to(&mut reader, 150, 7), expected(after + 1, 150));
        assert_eq!(reader.next(7, 100, NOW).unwrap(), vec![]);
    }
    let mut ahead = Reader::open(&writer, 152).unwrap();
    assert_eq!(ahead.next(7, 100, NOW).unwrap(), vec![]);
    for n in 151..=153 {
        append(&writer, n).unwrap();
    }
    assert_eq!(ahead.next(7, 100, NOW).unwrap(), expected(153, 153));
}

#[test]
fn a_batch_keeps_its_bounds() {
    let (writer, _) = open_sim(&SimDisk::default());
    writer.append_wait(vec![vec![1; 100]; 10]).unwrap();
    let mut reader = Reader::open(&writer, 0).unwrap();
    assert_eq!(reader.next(3, 1 << 20, NOW).unwrap().len(), 3);
    assert_eq!(reader.next(100, 150, NOW).unwrap().len(), 2);
    assert_eq!(reader.next(0, 0, NOW).unwrap().len(), 1);
    assert_eq!(reader.next(100, 1 << 20, NOW).unwrap().len(), 4);
}

#[test]
fn a_reader_follows_many_appenders_while_segments_are_compressed() {
    const THREADS: u64 = 8;
    const EACH: u64 = 200;
    let dir = tempfile::tempdir().unwrap();
    let small = Options { segment_bytes: 16 << 10, ..options() };
    let (writer, _) = crate::open(dir.path(), small).unwrap();
    let acknowledged = Mutex::new(BTreeSet::new());
    let read = scope(|scope| {
        for thread in 0..THREADS {
            let (writer, acknowledged) = (&writer, &acknowledged);
            scope.spawn(move || {
                for i in 0..EACH {
                    let text = format!("{thread} {i}").into_bytes();
                    let appended = writer.append_wait(vec![text.clone(), text]).unwrap();
                    assert_eq!(appended.last, appended.first + 1);
                    assert!(writer.durable_position() >= appended.last, "acknowledged before it was safe");
                    acknowledged.lock().unwrap().insert((appended.first, thread, i));
                }
            });
        }
        let (writer, path) = (&writer, dir.path());
        scope.spawn(move || {
            while writer.durable_position() < THREADS * EACH * 2 {
                writer.maintain(writer.durable_position(), &|_| true).unwrap();
                assert_eq!(crate::verify(path).unwrap().gaps, vec![]);
            }
        });
        let mut reader = Reader::open(writer, 0).unwrap();
        read_to(&mut reader, THREADS * EACH * 2, 50)
    });
    let acknowledged = acknowledged.into_inner().unwrap();
    assert_eq!(acknowledged.len() as u64, THREADS * EACH);
    let mut last_of_thread = [None; THREADS as usize];
    for (first, thread, i) in acknowledged {
        let text = format!("{thread} {i}").into_bytes();
        assert_eq!(read[first as usize - 1..=first as usize], [(first, text.clone()), (first + 1, text)]);
        assert_eq!(last_of_thread[thread as usize].replace(i), i.checked_sub(1), "each appender's order is kept");
    }
    let stats = writer.stats();
    assert_eq!((stats.records, stats.in_flight_bytes), (THREADS * EACH * 2, 0));
    writer.close();
    let report = crate::verify(dir.path()).unwrap();
    assert_eq!((report.records, report.last_position, report.gaps), (3200, 3200, vec![]));
    assert!(report.compressed > 0);
}

#[test]
fn a_waiting_reader_wakes_for_a_record_and_for_the_end() {
    let (writer, _) = open_sim(&SimDisk::default());
    let mut reader = Reader::open(&writer, 0).unwrap();
    scope(|scope| {
        let waiting = scope.spawn(move || {
            let batch = reader.next(10, 1000, LONG).unwrap();
            let end = reader.next(10, 1000, LONG);
            (batch, matches!(end, Err(Error::Closed)))
        });
        append(&writer, 1).unwrap();
        // A closed writer lets its readers finish and then says so.
        writer.close();
        assert_eq!(waiting.join().unwrap(), (expected(1, 1), true));
    });
}

#[test]
fn a_reader_stops_at_a_gap_until_it_is_told_to_skip() {
    let disk = SimDisk::default();
    let (writer, _) = open_sim(&disk);
    for n in 1..=9 {
        append(&writer, n).unwrap();
    }
    writer.close();
    let name = crate::format::file_name(1, crate::format::Packing::Plain);
    let mut bytes = disk.bytes(&name);
    let at = bytes.windows(10).position(|window| window == b"payload 5 ").unwrap();
    bytes[at] = b'P';
    disk.put(&name, &bytes);
    let (writer, recovery) = open_sim(&disk);
    assert_eq!(recovery.gaps.len(), 1);
    append(&writer, 10).unwrap();
    let mut reader = Reader::open(&writer, 0).unwrap();
    assert_eq!(reader.next(100, 10_000, NOW).unwrap(), expected(1, 4));
    for _ in 0..2 {
        match reader.next(100, 10_000, NOW) {
            Err(Error::Corrupt { segment, position: 5, .. }) => assert_eq!(segment, name),
            other => panic!("expected a gap, got {other:?}"),
        }
    }
    assert_eq!(reader.skip_gap().unwrap().lost(), Some(1));
    assert_eq!(reader.skip_gap(), None);
    assert_eq!(read_to(&mut reader, 10, 100), expected(6, 10));
    // Who starts behind the gap never sees it.
    assert_eq!(read_to(&mut Reader::open(&writer, 5).unwrap(), 10, 100), expected(6, 10));
}

#[test]
fn a_missing_segment_is_a_gap() {
    let disk = SimDisk::default();
    let (writer, _) = open_sim(&disk);
    for n in 1..=6 {
        append(&writer, n).unwrap();
        if n % 2 == 0 {
            writer.seal().unwrap();
        }
    }
    writer.close();
    for (missing, last) in [(1, 2), (3, 4)] {
        let damaged = disk.copy();
        damaged.remove(&crate::format::file_name(missing, crate::format::Packing::Plain)).unwrap();
        assert_eq!(gaps(&damaged).iter().map(|gap| (gap.first, gap.last)).collect::<Vec<_>>(), [(missing, Some(last))]);
        let (writer, _) = open_sim(&damaged);
        let mut reader = Reader::open(&writer, 0).unwrap();
        let before = if missing == 1 { vec![] } else { reader.next(100, 1000, NOW).unwrap() };
        assert_eq!(before, expected(1, missing - 1));
        assert!(matches!(reader.next(100, 1000, NOW), Err(Error::Corrupt { position, .. }) if position == missing));
        assert_eq!(reader.skip_gap().unwrap().last, Some(last));
        assert_eq!(reader.next(100, 1000, NOW).unwrap(), expected(last + 1, 6));
    }
}

#[test]
fn one_process_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let (writer, _) = crate::open(dir.path(), options()).unwrap();
    assert!(matches!(crate::open(dir.path(), options()), Err(Error::Locked)));
    append(&writer, 1).unwrap();
    let other = writer.clone();
    writer.close();
    assert!(matches!(append(&other, 2), Err(Error::Closed)));
    let (writer, recovery) = crate::open(dir.path(), options()).unwrap();
    assert_eq!(recovery, Recovery { last_position: 1, truncated_bytes: 0, gaps: vec![] });
    assert_eq!(append(&writer, 2).unwrap(), 2);
    // Dropping the last clone closes, too.
    drop(writer);
    assert_eq!(crate::open(dir.path(), options()).unwrap().1.last_position, 2);
}

#[test]
fn large_requests_get_segments_of_their_own() {
    let disk = SimDisk::default();
    let (writer, _) = open_sim(&disk);
    append(&writer, 1).unwrap();
    let large = vec![7; SEGMENT_BYTES as usize * 3];
    assert_eq!(writer.append_wait(vec![large.clone(), large.clone()]).unwrap().last, 3);
    append(&writer, 4).unwrap();
    writer.close();
    let all = [expected(1, 1), vec![(2, large.clone()), (3, large)], expected(4, 4)].concat();
    assert_eq!(read_all(&disk), all);
    assert!(matches!(open_sim(&disk).0.append_wait(vec![vec![0; (16 << 20) + 1]]), Err(Error::TooLarge)));
    assert_eq!(open_sim(&disk).0.append_wait(vec![]).unwrap(), crate::Appended { first: 5, last: 4 });
}

#[test]
fn the_disk_and_the_journal_can_be_measured() {
    let dir = tempfile::tempdir().unwrap();
    let probe = crate::probe_disk(dir.path()).unwrap();
    assert!(probe.zeroed.fdatasync_per_s > 0 && probe.growing.p99_us >= probe.growing.p50_us);
    let result = crate::bench(dir.path(), 4, 1, 200).unwrap();
    assert!(result.appends_per_s > 0 && result.appends_per_commit >= 1 && result.ack_p99_us >= result.ack_p50_us);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is left behind");
}
