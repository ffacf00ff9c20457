//! Where the next segment is made while the current one is written, so that starting it costs the writer no more than
//! a header. Knows nothing of positions: what it makes is only zeros under a passing name.

use crate::api::Sync;
use crate::disk::Disk;
use crate::group::Prepared;
use crate::segment;
use crate::tail::lock;
use std::sync::{Condvar, Mutex, PoisonError};

/// Where the next segment is made while the current one is written.
#[derive(Default)]
pub(crate) struct Nursery {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Default)]
struct State {
    wanted: Option<u64>,
    ready: Option<Prepared>,
    /// The segment that was active when the last one was asked for.
    asked_in: u64,
    closed: bool,
}

impl Nursery {
    /// Asks for `len` bytes of zeros, once in each active segment: when the disk is full, it is not tried again and again.
    pub(crate) fn ask(&self, active: u64, len: u64) {
        let mut state = lock(&self.state);
        if state.asked_in != active {
            state.asked_in = active;
            state.wanted = Some(len);
            self.wake.notify_one();
        }
    }

    /// Hands the segment out, if one is ready.
    pub(crate) fn take(&self) -> Option<Prepared> {
        let ready = lock(&self.state).ready.take();
        self.wake.notify_one();
        ready
    }

    /// Ends the work.
    pub(crate) fn close(&self) {
        lock(&self.state).closed = true;
        self.wake.notify_one();
    }

    fn next(&self) -> Option<u64> {
        let mut state = lock(&self.state);
        loop {
            if state.closed {
                return None;
            }
            if state.ready.is_none()
                && let Some(len) = state.wanted.take()
            {
                return Some(len);
            }
            state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Makes what is asked for until the nursery is closed; the thread beside the writer.
    pub(crate) fn run(&self, disk: &dyn Disk, sync: Sync) {
        let mut made_so_far = 0;
        while let Some(len) = self.next() {
            // A name of its own: the writer may not have renamed the one before.
            made_so_far += 1;
            let name = format!("next-{made_so_far}{}", segment::UNFINISHED);
            let made = segment::prepare(disk, &name, len, sync == Sync::Fdatasync);
            // If it failed, the writer makes a small segment itself when it needs one, and says why that failed.
            lock(&self.state).ready = made.ok().map(|file| Prepared { file, name, len });
        }
        if let Some(unused) = self.take() {
            // Best effort: what is left behind is removed at the next opening.
            drop(disk.remove(&unused.name));
        }
    }
}
