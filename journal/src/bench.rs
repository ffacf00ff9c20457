//! How fast the disk is, and how near the journal comes to it. The monotonic clock is read here and nowhere else
//! than for waiting; no floats.

use crate::api::{Error, Options, Stats};
use crate::disk::{Disk, DiskFile, RealDisk, write_full, write_zeros};
use crate::writer::{Writer, open};
use std::path::Path;
use std::sync::Mutex;
use std::thread::{Builder, scope};
use std::time::{Duration, Instant};

/// Rate and latency of one kind of synced write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SyncRate {
    /// Writes with `fdatasync` per second.
    pub fdatasync_per_s: u64,
    /// Median, microseconds.
    pub p50_us: u64,
    /// 99th percentile, microseconds.
    pub p99_us: u64,
}

/// The disk's own rate, one writer, 512 bytes each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiskProbe {
    /// Into a file of zeros, as the journal writes: no commit can be faster than this.
    pub zeroed: SyncRate,
    /// At the end of a growing file.
    pub growing: SyncRate,
}

/// What a run of [`bench()`] measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BenchResult {
    /// Appends acknowledged per second.
    pub appends_per_s: u64,
    /// Median time from append to acknowledgement, microseconds.
    pub ack_p50_us: u64,
    /// 99th percentile, microseconds.
    pub ack_p99_us: u64,
    /// Appends that shared one commit on average, rounded down.
    pub appends_per_commit: u64,
}

const PROBE_TIME: Duration = Duration::from_millis(400);
const PROBE_WRITE: usize = 512;
const PROBE_FILE_BYTES: u64 = 8 << 20;
const STACK_BYTES: usize = 64 << 10;

/// Measures the disk under a directory for about a second; leaves nothing behind.
///
/// # Errors
/// [`Error::Io`].
pub fn probe_disk(dir: &Path) -> Result<DiskProbe, Error> {
    std::fs::create_dir_all(dir)?;
    let disk = RealDisk::new(dir);
    let name = "probe.tmp";
    let file = disk.create(name)?;
    let measured = probe(&*file);
    disk.remove(name)?;
    measured
}

fn probe(file: &dyn DiskFile) -> Result<DiskProbe, Error> {
    write_zeros(file, 0, PROBE_FILE_BYTES)?;
    file.sync()?;
    let zeroed = synced_writes(file)?;
    file.set_len(0)?;
    file.sync()?;
    let growing = synced_writes(file)?;
    Ok(DiskProbe { zeroed, growing })
}

fn synced_writes(file: &dyn DiskFile) -> Result<SyncRate, Error> {
    let mut times_us = Vec::new();
    let start = Instant::now();
    let mut last = start;
    let mut offset = 0;
    while last - start < PROBE_TIME {
        write_full(file, &[0x5a; PROBE_WRITE], offset)?;
        file.sync()?;
        offset += PROBE_WRITE as u64;
        // A very fast disk starts over rather than leave the zeros.
        offset %= PROBE_FILE_BYTES;
        let now = Instant::now();
        times_us.push((now - last).as_micros() as u64);
        last = now;
    }
    times_us.sort_unstable();
    Ok(SyncRate {
        fdatasync_per_s: per_second(times_us.len() as u64, last - start),
        p50_us: percentile(&times_us, 50),
        p99_us: percentile(&times_us, 99),
    })
}

/// Runs `writers` threads that each append one record of `payload_bytes`, wait for its acknowledgement and append the
/// next, for `seconds`, in a journal of their own under `dir` that is removed afterwards.
///
/// # Errors
/// [`Error::Io`] if the journal or the threads cannot be started; else what the journal answered.
pub fn bench(dir: &Path, writers: usize, seconds: u64, payload_bytes: usize) -> Result<BenchResult, Error> {
    let dir = dir.join("bench-journal");
    let (writer, _) = open(&dir, Options::default())?;
    let measured = closed_loop(&writer, writers, Duration::from_secs(seconds), payload_bytes);
    let stats = writer.stats();
    writer.close();
    std::fs::remove_dir_all(&dir)?;
    let (mut times_us, elapsed) = measured?;
    times_us.sort_unstable();
    let Stats { records, commits, .. } = stats;
    Ok(BenchResult {
        appends_per_s: per_second(times_us.len() as u64, elapsed),
        ack_p50_us: percentile(&times_us, 50),
        ack_p99_us: percentile(&times_us, 99),
        appends_per_commit: records / commits.max(1),
    })
}

fn closed_loop(
    writer: &Writer,
    writers: usize,
    time: Duration,
    payload_bytes: usize,
) -> Result<(Vec<u64>, Duration), Error> {
    let all_times = Mutex::new(Vec::new());
    let failure = Mutex::new(None);
    let start = Instant::now();
    scope(|scope| {
        for _ in 0..writers {
            let run = || match append_until(writer, start + time, payload_bytes) {
                Ok(times) => crate::tail::lock(&all_times).extend(times),
                Err(e) => *crate::tail::lock(&failure) = Some(e),
            };
            Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, run)?;
        }
        Ok::<_, Error>(())
    })?;
    let elapsed = start.elapsed();
    let failure = failure.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let times = all_times.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    failure.map_or(Ok((times, elapsed)), Err)
}

fn append_until(writer: &Writer, end: Instant, payload_bytes: usize) -> Result<Vec<u64>, Error> {
    let mut times_us = Vec::new();
    let mut before = Instant::now();
    while before < end {
        writer.append_wait(vec![vec![0x5a; payload_bytes]])?;
        let now = Instant::now();
        times_us.push((now - before).as_micros() as u64);
        before = now;
    }
    Ok(times_us)
}

fn per_second(count: u64, time: Duration) -> u64 {
    (u128::from(count) * 1_000_000 / time.as_micros().max(1)) as u64
}

/// Returns the value that so many percent of the sorted values do not exceed; 0 if there are none.
fn percentile(sorted: &[u64], percent: usize) -> u64 {
    sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).copied().unwrap_or(0)
}
