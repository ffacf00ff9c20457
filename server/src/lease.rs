//! How long a connection may take: a lease that every step of a request renews, and that ends whoever does not move on.
//!
//! hyper's own header time-out does not cover a client that connects and says nothing before its first request
//! (hyper#3756), nor one that never reads its answer. The lease covers the whole life of a connection with one
//! deadline: 10 s for a request's head from the first moment on, 30 s for the request, 30 s for reading the answer,
//! 60 s between requests.

use collector::limits::{HEADER_TIMEOUT, KEEP_ALIVE, REQUEST_TIMEOUT};
use hyper::rt::{Read, ReadBufCursor, Write};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::Instant;

/// The door answers a late request itself; the lease waits a little longer.
const REQUEST_LEASE: Duration = Duration::from_secs(REQUEST_TIMEOUT.as_secs() + 5);
/// How often a lease is looked at, and so how late a connection may be closed.
const LOOK: Duration = Duration::from_millis(500);

const HEAD: u8 = 0;
const REQUEST: u8 = 1;
const ANSWER: u8 = 2;
const IDLE: u8 = 3;

/// One connection's lease.
pub(crate) struct Lease {
    begun: Instant,
    phase: AtomicU8,
    /// Milliseconds after `begun`.
    deadline: AtomicU64,
}

impl Lease {
    /// Returns a lease that begins with the head of the first request.
    pub(crate) fn new() -> Self {
        let deadline = AtomicU64::new(HEADER_TIMEOUT.as_millis() as u64);
        Self { begun: Instant::now(), phase: AtomicU8::new(HEAD), deadline }
    }

    fn enter(&self, phase: u8, time: Duration) {
        self.phase.store(phase, Relaxed);
        let deadline = self.begun.elapsed() + time;
        self.deadline.store(deadline.as_millis() as u64, Relaxed);
    }

    /// A request's head has arrived.
    pub(crate) fn request_begins(&self) {
        self.enter(REQUEST, REQUEST_LEASE);
    }

    /// The answer is ready to be sent.
    pub(crate) fn answer_begins(&self) {
        self.enter(ANSWER, REQUEST_TIMEOUT);
    }

    fn bytes_came(&self) {
        if self.phase.load(Relaxed) == IDLE {
            self.enter(HEAD, HEADER_TIMEOUT);
        }
    }

    fn all_was_sent(&self) {
        if self.phase.load(Relaxed) == ANSWER {
            self.enter(IDLE, KEEP_ALIVE);
        }
    }

    /// Waits until the lease has run out.
    pub(crate) async fn run_out(&self) {
        loop {
            let deadline = Duration::from_millis(self.deadline.load(Relaxed));
            let left = deadline.saturating_sub(self.begun.elapsed());
            if left.is_zero() {
                return;
            }
            // A later step may bring the deadline nearer, so no wait is longer than one look.
            tokio::time::sleep(left.min(LOOK)).await;
        }
    }
}

/// A stream that renews its connection's lease.
pub(crate) struct LeasedIo<S> {
    stream: S,
    lease: Arc<Lease>,
}

impl<S> LeasedIo<S> {
    /// Returns `stream` under `lease`.
    pub(crate) fn new(stream: S, lease: Arc<Lease>) -> Self {
        Self { stream, lease }
    }
}

impl<S: Read + Unpin> Read for LeasedIo<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.stream).poll_read(context, buffer);
        if poll.is_ready() {
            self.lease.bytes_came();
        }
        poll
    }
}

impl<S: Write + Unpin> Write for LeasedIo<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.stream).poll_flush(context);
        if poll.is_ready() {
            self.lease.all_was_sent();
        }
        poll
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn lasts(lease: &Lease) -> u64 {
        let before = Instant::now();
        lease.run_out().await;
        before.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn every_phase_has_its_own_time() {
        assert_eq!(lasts(&Lease::new()).await, 10, "nothing said");
        let lease = Lease::new();
        lease.bytes_came();
        lease.request_begins();
        assert_eq!(lasts(&lease).await, 35, "the request");
        lease.all_was_sent();
        lease.answer_begins();
        assert_eq!(lasts(&lease).await, 30, "an answer that is not read");
        lease.answer_begins();
        lease.all_was_sent();
        assert_eq!(lasts(&lease).await, 60, "between requests");
        lease.request_begins();
        lease.answer_begins();
        lease.all_was_sent();
        lease.bytes_came();
        lease.bytes_came();
        assert_eq!(lasts(&lease).await, 10, "the head of the next request");
    }
}
