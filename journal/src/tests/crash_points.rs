//! The machine stops before the n-th disk operation, for every n, in every kind of work the journal does (fault R3):
//! create, write, sync, rename, sync of the directory, removal, in appending, rotation, compression, rewriting,
//! retention and recovery itself.

use super::*;
use crate::disk::sim::{Fault, Op};
use std::cell::Cell;

/// What a run acknowledged before the machine stopped.
#[derive(Default)]
struct Acknowledged {
    /// Last position that was acknowledged.
    last: Cell<u64>,
    /// Last position that had been applied when retention was asked to remove.
    removed: Cell<u64>,
    /// Whether a rewrite returned.
    rewritten: Cell<bool>,
}

/// Runs `work` on copies of `disk` that stop before each operation in turn, then loses power, and compares.
fn check(disk: &SimDisk, work: impl Fn(&SimDisk, &Acknowledged) -> Result<(), Error>) {
    for n in 0.. {
        let running = disk.copy();
        running.fail(Op::Any, n, Fault::Crash);
        let acknowledged = Acknowledged::default();
        drop(work(&running, &acknowledged));
        for seed in 0..4 {
            let after = running.after_power_loss(n * 16 + seed);
            let (mut log, recovery) = open_log(&after, Sync::Fdatasync).unwrap();
            assert_eq!(recovery.gaps, vec![], "stopped before operation {n}, seed {seed}");
            compare(&read_all(&after), &acknowledged, n);
            let mut next = recovery.last_position + 1;
            commit_each(&mut log, &mut next, &[1]);
            assert_eq!(read_all(&after).last().map(|(n, _)| *n), Some(next - 1));
        }
        if !running.crashed() {
            assert!(n > 5, "only {n} operations: the work does nothing");
            return;
        }
    }
}

fn compare(records: &Records, acknowledged: &Acknowledged, n: u64) {
    let last = records.last().map_or(0, |(n, _)| *n);
    assert!(last >= acknowledged.last.get(), "stopped before operation {n}: lost acknowledged records");
    let first = records.first().map_or(1, |(n, _)| *n);
    assert!(first <= acknowledged.removed.get() + 1, "stopped before operation {n}: removed too much");
    assert_eq!(records.len() as u64, last + 1 - first, "stopped before operation {n}: a hole");
    for (position, bytes) in records {
        let old = *bytes == payload(*position) && !(acknowledged.rewritten.get() && *position <= 20);
        assert!(old || *bytes == erased(*position), "stopped before operation {n}: {position} is changed");
    }
}

fn erased(position: u64) -> Vec<u8> {
    if position.is_multiple_of(2) { b"erased".to_vec() } else { payload(position) }
}

fn append_to(writer: &Writer, acknowledged: &Acknowledged, last: u64) -> Result<(), Error> {
    for n in writer.durable_position() + 1..=last {
        acknowledged.last.set(append(writer, n)?);
    }
    Ok(())
}

fn filled(last: u64) -> SimDisk {
    let disk = SimDisk::default();
    let (writer, _) = open_sim(&disk);
    for n in 1..=last {
        append(&writer, n).unwrap();
        if n % 10 == 0 {
            writer.seal().unwrap();
        }
    }
    writer.close();
    disk
}

#[test]
fn appending_and_rotating_survive_every_crash_point() {
    check(&SimDisk::default(), |disk, acknowledged| {
        let (writer, _) = open_on(Arc::new(disk.clone()), None, options())?;
        append_to(&writer, acknowledged, 60)
    });
}

#[test]
fn compressing_survives_every_crash_point() {
    check(&filled(35), |disk, acknowledged| {
        acknowledged.last.set(35);
        let (writer, _) = open_on(Arc::new(disk.clone()), None, options())?;
        assert!(writer.maintain(35, &|_| true)?.compressed == 3 || disk.crashed());
        append_to(&writer, acknowledged, 37)
    });
}

#[test]
fn rewriting_survives_every_crash_point() {
    check(&filled(25), |disk, acknowledged| {
        acknowledged.last.set(25);
        let (writer, _) = open_on(Arc::new(disk.clone()), None, options())?;
        writer.rewrite(20, &mut |n, _| n.is_multiple_of(2).then(|| b"erased".to_vec()))?;
        acknowledged.rewritten.set(true);
        append_to(&writer, acknowledged, 27)
    });
}

#[test]
fn removing_survives_every_crash_point() {
    check(&filled(35), |disk, acknowledged| {
        acknowledged.last.set(35);
        let (writer, _) = open_on(Arc::new(disk.clone()), None, options())?;
        acknowledged.removed.set(20);
        writer.maintain(25, &|info| info.last > 20)?;
        append_to(&writer, acknowledged, 37)
    });
}

#[test]
fn recovery_survives_every_crash_point() {
    let disk = filled(15);
    // A torn end, and what a crash in the middle of everything leaves lying about.
    let name = crate::format::file_name(11, crate::format::Packing::Plain);
    let mut bytes = disk.bytes(&name);
    let len = bytes.len();
    bytes[len - 100..].fill(7);
    disk.put(&name, &bytes);
    disk.put("small.tmp", b"half");
    disk.put("rewrite.tmp", b"half");
    check(&disk, |disk, acknowledged| {
        acknowledged.last.set(15);
        let (writer, _) = open_on(Arc::new(disk.clone()), None, options())?;
        append_to(&writer, acknowledged, 17)
    });
}
