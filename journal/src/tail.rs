//! What the writer has made safe, and which segments there are: the one thing that writer, readers and maintenance
//! share. Knows no bytes.

use crate::api::SegmentInfo;
use crate::format::Packing;
use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// One segment of the index.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    pub(crate) packing: Packing,
    /// Size of the file in bytes.
    pub(crate) bytes: u64,
    /// Where the data of a plain segment ends; `None` if only reading it would tell.
    pub(crate) end: Option<u64>,
    /// Whether it is known to be damaged. Such a segment stays as it is, for the operator to restore.
    pub(crate) damaged: bool,
}

/// The index and the durable end.
pub(crate) struct State {
    /// By first position. The newest one is the active one.
    pub(crate) segments: BTreeMap<u64, Segment>,
    /// Last position that is safe.
    pub(crate) durable: u64,
    /// Offset in the active segment up to which everything is safe.
    pub(crate) durable_end: u64,
    /// First position that retention has left.
    pub(crate) start: u64,
    /// Whether the writer has ended.
    pub(crate) closed: bool,
}

impl State {
    /// Returns the first position of the active segment.
    pub(crate) fn active(&self) -> u64 {
        self.segments.last_key_value().map_or(0, |(&first, _)| first)
    }

    /// Returns the sealed segments in order. A sealed one ends where the next one starts.
    pub(crate) fn sealed(&self) -> Vec<(SegmentInfo, Segment)> {
        let next = self.segments.keys().skip(1);
        self.segments
            .iter()
            .zip(next)
            .map(|((&first, segment), &next)| (info(first, next - 1, segment), *segment))
            .collect()
    }

    /// Returns all segments in order, the active one included.
    pub(crate) fn infos(&self) -> Vec<SegmentInfo> {
        let mut infos: Vec<_> = self.sealed().into_iter().map(|(info, _)| info).collect();
        infos.extend(self.segments.last_key_value().map(|(&first, segment)| info(first, self.durable, segment)));
        infos
    }
}

fn info(first: u64, last: u64, segment: &Segment) -> SegmentInfo {
    SegmentInfo { first, last, bytes: segment.bytes, compressed: segment.packing == Packing::Compressed }
}

/// The shared state, and the bell that rings when it moves.
pub(crate) struct Tail {
    state: Mutex<State>,
    moved: Condvar,
}

impl Tail {
    /// Starts with what recovery found.
    pub(crate) fn new(state: State) -> Self {
        Self { state: Mutex::new(state), moved: Condvar::new() }
    }

    /// Returns the state, locked. Never held over anything slower than opening a file.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Changes the state and wakes the readers.
    pub(crate) fn update(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.moved.notify_all();
    }

    /// Waits until something is safe beyond `position`, the writer has ended, or the deadline has come.
    pub(crate) fn wait_beyond(&self, position: u64, deadline: Instant) {
        let mut state = self.lock();
        while state.durable <= position && !state.closed {
            let left = deadline.saturating_duration_since(Instant::now());
            if left == Duration::ZERO {
                return;
            }
            state = self.moved.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// Locks a mutex whose values stay whole even if a thread panics while it holds the lock.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
