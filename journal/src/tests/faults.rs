//! Disks that are full, broken, slow to take bytes, or interrupted (faults R7, R9, R10).

use super::*;
use crate::disk::sim::{Fault, Op};
use std::io::ErrorKind;
use std::sync::mpsc::channel;

#[test]
fn short_writes_and_interruptions_continue_from_the_right_byte() {
    for fault in [Fault::Short, Fault::Error(ErrorKind::Interrupted)] {
        for skip in 0..6 {
            let disk = SimDisk::default();
            let (writer, _) = open_sim(&disk);
            for n in 1..=4 {
                disk.fail(Op::Write, skip % 2, fault);
                assert_eq!(append(&writer, n).unwrap(), n);
            }
            writer.close();
            assert_eq!(read_all(&disk), expected(1, 4), "{fault:?}");
        }
    }
}

/// A disk or file that is full refuses at once, loses nothing, and takes records again when there is room.
fn check_full(kind: ErrorKind, fault: Fault, room_again_after: u64) {
    let disk = SimDisk::default();
    let (writer, _) = open_sim(&disk);
    append(&writer, 1).unwrap();
    disk.fail(Op::Write, 0, fault);
    let refused = (0..room_again_after).filter(|_| matches!(append(&writer, 2), Err(Error::Full))).count();
    assert_eq!(refused as u64, room_again_after, "{kind:?}");
    disk.heal();
    assert_eq!(append(&writer, 2).unwrap(), 2);
    assert_eq!(append(&writer, 3).unwrap(), 3);
    assert_eq!((writer.failed(), writer.stats().full), (None, room_again_after));
    for seed in 0..20 {
        let after = disk.after_power_loss(seed);
        assert_eq!(recover_only(&after).recovery.gaps, vec![]);
        assert_eq!(read_all(&after), expected(1, 3), "{kind:?}");
    }
}

#[test]
fn a_full_disk_cuts_back_and_tries_again() {
    for kind in [ErrorKind::StorageFull, ErrorKind::FileTooLarge, ErrorKind::QuotaExceeded] {
        check_full(kind, Fault::Error(kind), 1);
        check_full(kind, Fault::ShortThen(kind), 1);
    }
}

#[test]
fn a_disk_without_room_takes_records_again_when_it_has_some() {
    let disk = SimDisk::default();
    let (writer, _) = open_sim(&disk);
    let mut next = 1;
    disk.set_room(Some(disk.used() + 700));
    while append(&writer, next).is_ok() {
        next += 1;
    }
    assert!(matches!(append(&writer, next), Err(Error::Full)));
    // What is safe is still read while the disk is full.
    let mut reader = crate::Reader::open(&writer, 0).unwrap();
    assert_eq!(reader.next(1000, usize::MAX, NOW).unwrap(), expected(1, next - 1));
    disk.set_room(None);
    for n in next..next + 100 {
        assert_eq!(append(&writer, n).unwrap(), n);
    }
    writer.close();
    assert_eq!(read_all(&disk), expected(1, next + 99));
    assert_eq!(gaps(&disk), vec![]);
}

/// A broken disk poisons the writer: nobody is acknowledged after it, and the file is never synced again.
fn check_broken(op: Op, skip: u64, kind: ErrorKind) {
    let disk = SimDisk::default();
    let (writer, _) = open_sim(&disk);
    append(&writer, 1).unwrap();
    disk.fail(op, skip, Fault::Error(kind));
    let mut acknowledged = 1;
    let failed = loop {
        match append(&writer, acknowledged + 1) {
            Ok(n) => acknowledged = n,
            Err(e) => break e,
        }
    };
    assert!(matches!(failed, Error::Failed), "{op:?} {kind:?}: {failed:?}");
    disk.heal();
    assert!(writer.failed().is_some_and(|cause| cause.starts_with("failed to ")));
    let ops = disk.ops();
    assert!(matches!(append(&writer, acknowledged + 1), Err(Error::Failed)));
    assert!(matches!(writer.seal(), Err(Error::Failed)));
    // The thread that prepares segments may still be at work, but never on the file that failed.
    assert!(disk.ops() <= ops + 8);
    writer.close();
    assert_eq!(disk.syncs_after_failure(), 0);
    for seed in 0..20 {
        let after = disk.after_kill().after_power_loss(seed);
        let last = recover_only(&after).recovery.last_position;
        assert!(last >= acknowledged);
        assert_eq!(read_all(&after), expected(1, last));
    }
    // Killed and started again on the same page cache: what is read there must then survive a loss of power.
    let restarted = disk.after_kill();
    let last = recover_only(&restarted).recovery.last_position;
    for seed in 0..20 {
        let after = restarted.after_power_loss(seed);
        assert_eq!(recover_only(&after).recovery.last_position, last);
        assert_eq!(read_all(&after), expected(1, last));
    }
}

#[test]
fn a_failed_write_or_sync_poisons_the_writer() {
    // The first operations hit a commit. Those that a rotation needs are hit when the segment is full.
    check_broken(Op::Write, 0, ErrorKind::Other);
    check_broken(Op::Sync, 0, ErrorKind::Other);
    check_broken(Op::Sync, 3, ErrorKind::Other);
    // A sync that reports a full disk is a failed sync all the same.
    check_broken(Op::Sync, 0, ErrorKind::StorageFull);
    check_broken(Op::Rename, 0, ErrorKind::Other);
    check_broken(Op::SyncDir, 0, ErrorKind::Other);
    check_broken(Op::SyncDir, 0, ErrorKind::StorageFull);
}

#[test]
fn everybody_who_waits_hears_of_a_failure() {
    let disk = SimDisk::default();
    let (writer, _) = open_sim(&disk);
    let (started, has_started) = channel();
    let (release, released) = channel::<()>();
    // Holds the writer thread, so that the others queue behind.
    let hold = Box::new(move |_| {
        started.send(()).unwrap();
        released.recv().unwrap();
    });
    writer.append(vec![payload(1)], hold);
    has_started.recv().unwrap();
    let (answer, answers) = channel();
    for n in 2..=5 {
        let answer = answer.clone();
        writer.append(vec![payload(n)], Box::new(move |result| answer.send(result).unwrap()));
    }
    disk.fail(Op::Sync, 0, Fault::Error(ErrorKind::Other));
    release.send(()).unwrap();
    for _ in 2..=5 {
        assert!(matches!(answers.recv().unwrap(), Err(Error::Failed)));
    }
}

#[test]
fn a_panic_in_an_answer_fails_the_writer_instead_of_hanging_it() {
    let (writer, _) = open_sim(&SimDisk::default());
    writer.append(vec![payload(1)], Box::new(|_| panic!("on purpose")));
    while writer.failed().is_none() {
        std::thread::yield_now();
    }
    assert!(matches!(append(&writer, 2), Err(Error::Failed)));
}

#[test]
fn a_full_queue_refuses_at_once() {
    let limits = Options { in_flight_bytes_max: 1000, ..options() };
    let (writer, _) = open_on(Arc::new(SimDisk::default()), None, limits).unwrap();
    let (started, has_started) = channel();
    let (release, released) = channel::<()>();
    let hold = Box::new(move |_| {
        started.send(()).unwrap();
        released.recv().unwrap();
    });
    writer.append(vec![payload(1)], hold);
    has_started.recv().unwrap();
    let (answer, answers) = channel();
    let waiting = answer.clone();
    writer.append(vec![vec![0; 800]], Box::new(move |result| waiting.send(result).unwrap()));
    assert!(matches!(writer.append_wait(vec![vec![0; 800]]), Err(Error::Busy)));
    assert!(matches!(writer.append_wait(vec![vec![0; 1001]]), Err(Error::TooLarge)));
    assert_eq!(writer.stats().busy, 1);
    release.send(()).unwrap();
    assert_eq!(answers.recv().unwrap().unwrap().last, 2);
    assert_eq!(writer.append_wait(vec![vec![0; 800]]).unwrap().last, 3);
    assert_eq!(writer.stats().in_flight_bytes, 0);
}
