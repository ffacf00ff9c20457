//! Tests of the journal as a whole: on a disk that crashes, and on the real one. This file holds what they share.

mod crash_points;
mod faults;
mod follow;
mod maintenance;
mod model;
mod torn;

use crate::api::{Error, Gap, Options, Recovery, Sync};
use crate::disk::Disk;
use crate::disk::sim::SimDisk;
use crate::group::{Log, LogOptions};
use crate::recovery::{self, recover};
use crate::scan::Step;
use crate::segment;
use crate::writer::{Writer, open_on};
use std::sync::Arc;

const SEGMENT_BYTES: u64 = 4096;
const ID: u64 = 0x0123_4567_89ab_cdef;
const NOW: std::time::Duration = std::time::Duration::ZERO;

type Records = Vec<(u64, Vec<u8>)>;

fn options() -> Options {
    Options { segment_bytes: SEGMENT_BYTES, journal_id: ID, ..Options::default() }
}

fn open_sim(disk: &SimDisk) -> (Writer, Recovery) {
    open_on(Arc::new(disk.clone()), None, options()).unwrap()
}

/// The log without its threads, so that a run repeats exactly.
fn open_log(disk: &SimDisk, sync: Sync) -> Result<(Log, Recovery), Error> {
    let shared: Arc<dyn Disk> = Arc::new(disk.clone());
    let recovered = recover(disk, ID, 0, sync == Sync::Fdatasync)?;
    let recovery = recovered.recovery.clone();
    Ok((Log::resume(shared, recovered, LogOptions { segment_bytes: SEGMENT_BYTES, sync })?, recovery))
}

/// A payload that tells its number apart from any other's, of a length that varies.
fn payload(n: u64) -> Vec<u8> {
    let mut bytes = format!("payload {n} ").into_bytes();
    let len = bytes.len() + (n * 7 % 23) as usize;
    bytes.resize(len, b'.');
    bytes
}

/// The records that positions `first` to `last` hold if position n holds `payload(n)`.
fn expected(first: u64, last: u64) -> Records {
    (first..=last).map(|n| (n, payload(n))).collect()
}

/// Every record that can be read on the disk, whatever gaps lie between.
fn read_all(disk: &SimDisk) -> Records {
    let segments = segment::list(disk).unwrap().segments;
    let Some(id) = segment::journal_id(disk, &segments).unwrap() else { return Vec::new() };
    let mut records = Vec::new();
    for (&first, &packing) in &segments {
        let mut scan = segment::open(disk, first, packing, None, id).unwrap().scan;
        loop {
            match scan.step().unwrap() {
                Step::Record { position, payload } => records.push((position, payload.to_vec())),
                Step::Group(_) | Step::Damage(_) => {}
                Step::End => break,
            }
        }
    }
    records
}

/// Every gap on the disk, the newest segment's torn end excepted.
fn gaps(disk: &SimDisk) -> Vec<Gap> {
    crate::verify::verify_on(disk).unwrap().gaps
}

/// Recovers the disk as an opening does, without going on.
fn recover_only(disk: &SimDisk) -> recovery::Recovered {
    recover(disk, ID, 0, true).unwrap()
}

/// Appends one request per entry, each of so many payloads numbered on from `next`, each request a commit of its own.
fn commit_each(log: &mut Log, next: &mut u64, requests: &[u64]) {
    for &count in requests {
        let payloads = (*next..*next + count).map(payload).collect();
        log.commit(&[payloads], &mut || None).unwrap();
        *next += count;
    }
}

/// Waits for the answer to one request of one payload.
fn append(writer: &Writer, n: u64) -> Result<u64, Error> {
    writer.append_wait(vec![payload(n)]).map(|appended| appended.last)
}
