//! The bounded queue between those who append and the one who writes.
//!
//! Bounded by bytes, not by requests, and never by waiting: what does not fit is refused at once, so that memory stays
//! bounded and the client hears of it. Knows no disk.

use crate::api::{Appended, Error};
use crate::format::{PAYLOAD_BYTES_MAX, RECORD_HEADER, REQUEST_BYTES_MAX};
use crate::group::Fault;
use crate::tail::lock;
use std::collections::VecDeque;
use std::sync::mpsc::SyncSender;
use std::sync::{Condvar, Mutex, PoisonError};

/// What `append` calls when the request's payloads are safe, or refused.
pub type Done = Box<dyn FnOnce(Result<Appended, Error>) + Send>;

/// Bytes after which a commit takes no more requests.
const COMMIT_BYTES: usize = 4 << 20;
/// What a payload costs in memory beside its bytes.
const PAYLOAD_COST: usize = RECORD_HEADER + size_of::<Vec<u8>>();

/// A request that waits for its sync.
pub(crate) struct Waiting {
    pub(crate) payloads: Vec<Vec<u8>>,
    /// What it counts in the queue's bound.
    pub(crate) bytes: usize,
    pub(crate) done: Done,
}

/// What the writer is asked for.
pub(crate) enum Request {
    Append(Waiting),
    /// Start a new segment.
    Seal(SyncSender<Result<(), Fault>>),
}

/// What the writer does next.
pub(crate) enum Work {
    /// Write these requests as one group.
    Commit(Vec<Waiting>),
    /// Start a new segment.
    Seal(SyncSender<Result<(), Fault>>),
    /// Everything is written and nothing will follow.
    End,
}

#[derive(Default)]
struct State {
    requests: VecDeque<Request>,
    in_flight_bytes: usize,
    closed: bool,
    failed: Option<String>,
    busy: u64,
}

/// The queue.
pub(crate) struct Queue {
    state: Mutex<State>,
    wake: Condvar,
    bytes_max: usize,
}

impl Queue {
    /// Makes a queue for at most so many bytes.
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self { state: Mutex::default(), wake: Condvar::new(), bytes_max }
    }

    /// Queues payloads, or gives `done` back with the reason why not.
    pub(crate) fn append(&self, payloads: Vec<Vec<u8>>, done: Done) -> Result<(), (Error, Done)> {
        let bytes = payloads.iter().map(|payload| payload.len() + PAYLOAD_COST).sum();
        if bytes > self.bytes_max.min(REQUEST_BYTES_MAX) || payloads.iter().any(|p| p.len() > PAYLOAD_BYTES_MAX) {
            return Err((Error::TooLarge, done));
        }
        let mut state = lock(&self.state);
        if let Some(error) = refusal(&state) {
            return Err((error, done));
        }
        if state.in_flight_bytes + bytes > self.bytes_max {
            state.busy += 1;
            return Err((Error::Busy, done));
        }
        state.in_flight_bytes += bytes;
        state.requests.push_back(Request::Append(Waiting { payloads, bytes, done }));
        drop(state);
        self.wake.notify_one();
        Ok(())
    }

    /// Queues the start of a new segment.
    pub(crate) fn seal(&self, done: SyncSender<Result<(), Fault>>) -> Result<(), Error> {
        let mut state = lock(&self.state);
        if let Some(error) = refusal(&state) {
            return Err(error);
        }
        state.requests.push_back(Request::Seal(done));
        drop(state);
        self.wake.notify_one();
        Ok(())
    }

    /// Waits for work. Takes whatever queued while the last commit ran: this is the whole of group commit.
    pub(crate) fn take(&self) -> Work {
        let mut state = lock(&self.state);
        loop {
            match state.requests.pop_front() {
                Some(Request::Seal(done)) => return Work::Seal(done),
                Some(Request::Append(first)) => return Work::Commit(take_appends(&mut state.requests, first)),
                None if state.closed => return Work::End,
                None => state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    /// Gives back the room that answered requests took.
    pub(crate) fn release(&self, bytes: usize) {
        lock(&self.state).in_flight_bytes -= bytes;
    }

    /// Takes no more requests; those that wait are still written.
    pub(crate) fn close(&self) {
        lock(&self.state).closed = true;
        self.wake.notify_one();
    }

    /// Takes no more requests for ever, and returns those that wait. The first cause stays.
    pub(crate) fn fail(&self, cause: &str) -> VecDeque<Request> {
        let mut state = lock(&self.state);
        state.failed.get_or_insert_with(|| cause.to_owned());
        state.in_flight_bytes = 0;
        std::mem::take(&mut state.requests)
    }

    /// Returns why the writer failed; `None` while it is well.
    pub(crate) fn failed(&self) -> Option<String> {
        lock(&self.state).failed.clone()
    }

    /// Returns the bytes in flight and how many requests were refused for want of room.
    pub(crate) fn load(&self) -> (usize, u64) {
        let state = lock(&self.state);
        (state.in_flight_bytes, state.busy)
    }
}

fn refusal(state: &State) -> Option<Error> {
    match state {
        State { failed: Some(_), .. } => Some(Error::Failed),
        State { closed: true, .. } => Some(Error::Closed),
        _ => None,
    }
}

fn take_appends(requests: &mut VecDeque<Request>, first: Waiting) -> Vec<Waiting> {
    let mut bytes = first.bytes;
    let mut taken = vec![first];
    while let Some(Request::Append(next)) = requests.front() {
        bytes += next.bytes;
        if bytes > COMMIT_BYTES {
            break;
        }
        // The front was just seen to be an append.
        let Some(Request::Append(next)) = requests.pop_front() else { break };
        taken.push(next);
    }
    taken
}
