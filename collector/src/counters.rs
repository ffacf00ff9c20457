//! What the door counts, for `/metrics` and the tracking-health page.
//!
//! `received = appended hits + quarantined + excluded` holds at every moment between two requests; refused requests
//! (4xx and 5xx) are counted apart, by code. Counters are plain atomics and start at zero with the process.

use commerce::record::DropReason;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The counters of one door.
#[derive(Debug, Default)]
pub struct Counters {
    requests: AtomicU64,
    in_flight: AtomicU64,
    body_bytes: AtomicU64,
    journal_bytes: AtomicU64,
    duration_us: AtomicU64,
    hits: AtomicU64,
    scrubbed: AtomicU64,
    quarantined: ByName,
    excluded: ByName,
    rejected: ByName,
}

/// What the counters said at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Requests answered, refused ones included.
    pub requests: u64,
    /// Requests under way.
    pub in_flight: u64,
    /// Bytes of bodies as they travelled.
    pub body_bytes: u64,
    /// Bytes of payloads handed to the journal and made safe.
    pub journal_bytes: u64,
    /// Time spent on requests, summed, in microseconds.
    pub duration_us: u64,
    /// Hits made safe in the journal.
    pub hits: u64,
    /// Hits out of which card numbers or secrets were scrubbed.
    pub scrubbed: u64,
    /// Items quarantined, by reason.
    pub quarantined: BTreeMap<String, u64>,
    /// Items excluded, by reason.
    pub excluded: BTreeMap<String, u64>,
    /// Requests refused, by code.
    pub rejected: BTreeMap<String, u64>,
}

impl Snapshot {
    /// Returns how many items were received and kept in the journal: hits, quarantined and excluded ones.
    pub fn received(&self) -> u64 {
        self.hits + self.quarantined.values().sum::<u64>() + self.excluded.values().sum::<u64>()
    }
}

/// A request under way; leaves the count when it is dropped, also by a client that hung up.
#[derive(Debug)]
pub(crate) struct InFlight<'a>(&'a Counters);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Relaxed);
    }
}

/// What one group of records adds to the counters once it is safe.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) hits: u64,
    pub(crate) scrubbed: u64,
    pub(crate) bytes: u64,
    pub(crate) quarantined: Vec<String>,
    pub(crate) excluded: Vec<DropReason>,
}

impl Counters {
    /// Returns what the counters say now.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            requests: self.requests.load(Relaxed),
            in_flight: self.in_flight.load(Relaxed),
            body_bytes: self.body_bytes.load(Relaxed),
            journal_bytes: self.journal_bytes.load(Relaxed),
            duration_us: self.duration_us.load(Relaxed),
            hits: self.hits.load(Relaxed),
            scrubbed: self.scrubbed.load(Relaxed),
            quarantined: self.quarantined.snapshot(),
            excluded: self.excluded.snapshot(),
            rejected: self.rejected.snapshot(),
        }
    }

    pub(crate) fn enter(&self) -> InFlight<'_> {
        self.in_flight.fetch_add(1, Relaxed);
        InFlight(self)
    }

    pub(crate) fn count_request(&self, took: Duration) {
        self.requests.fetch_add(1, Relaxed);
        self.duration_us.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Relaxed);
    }

    pub(crate) fn count_body(&self, bytes: usize) {
        self.body_bytes.fetch_add(bytes as u64, Relaxed);
    }

    pub(crate) fn count_rejected(&self, code: &str) {
        self.rejected.add(code);
    }

    pub(crate) fn count_stored(&self, tally: &Tally) {
        self.hits.fetch_add(tally.hits, Relaxed);
        self.scrubbed.fetch_add(tally.scrubbed, Relaxed);
        self.journal_bytes.fetch_add(tally.bytes, Relaxed);
        for reason in &tally.quarantined {
            self.quarantined.add(reason);
        }
        for reason in &tally.excluded {
            self.excluded.add(reason.name());
        }
    }
}

/// Counts under names; the names are codes of ours, so there are few of them.
#[derive(Debug, Default)]
struct ByName(Mutex<BTreeMap<String, u64>>);

impl ByName {
    fn add(&self, name: &str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match counts.get_mut(name) {
            Some(count) => *count += 1,
            None => {
                counts.insert(name.to_owned(), 1);
            }
        }
    }

    fn snapshot(&self) -> BTreeMap<String, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
