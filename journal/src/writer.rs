//! The writer as callers hold it, and its two threads: one commits, one prepares the next segment.
//!
//! Decides nothing about bytes (`group.rs`) or damage (`recovery.rs`); it moves requests to the log and answers back.

use crate::api::{Appended, Error, Options, Recovery, SegmentInfo, Stats, Sync};
use crate::disk::{Disk, RealDisk};
use crate::format::DATA_START;
use crate::group::{Fault, Log, LogOptions};
use crate::nursery::Nursery;
use crate::queue::{Done, Queue, Request, Waiting, Work};
use crate::recovery;
use crate::tail::{Tail, lock};
use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{Builder, JoinHandle};

/// Opens the journal in a directory, which is created if it does not exist: locks it, recovers it, starts the writer.
///
/// # Errors
/// [`Error::Locked`] if another process has it open, [`Error::Foreign`] if it is of a newer version,
/// [`Error::Corrupt`] if nothing in it can be read, [`Error::Io`] for all else.
pub fn open(dir: &Path, options: Options) -> Result<(Writer, Recovery), Error> {
    let disk = RealDisk::create(dir)?;
    let lock = disk.lock()?.ok_or(Error::Locked)?;
    open_on(Arc::new(disk), Some(lock), options)
}

/// Opens the journal on any disk.
pub(crate) fn open_on(disk: Arc<dyn Disk>, lock: Option<File>, options: Options) -> Result<(Writer, Recovery), Error> {
    let synced = options.sync == Sync::Fdatasync;
    let recovered = recovery::recover(&*disk, options.journal_id, options.position_floor, synced)?;
    let recovery = recovered.recovery.clone();
    let log_options = LogOptions { segment_bytes: options.segment_bytes.max(4 * DATA_START), sync: options.sync };
    let log = Log::resume(Arc::clone(&disk), recovered, log_options)?;
    let shared = Arc::new(Shared {
        tail: Arc::clone(log.tail()),
        queue: Queue::new(options.in_flight_bytes_max),
        nursery: Nursery::default(),
        counters: Counters::default(),
        journal_id: log.journal_id(),
        sync: options.sync,
        maintenance: Mutex::new(()),
        disk,
    });
    // From here on dropping `inner` ends the threads, also if the second one cannot be started.
    let inner = Arc::new(Inner { shared: Arc::clone(&shared), threads: Mutex::default(), lock: Mutex::new(lock) });
    let preparer = Arc::clone(&shared);
    let prepare = move || preparer.nursery.run(&*preparer.disk, preparer.sync);
    lock_threads(&inner).push(Builder::new().name("journal-prepare".into()).spawn(prepare)?);
    lock_threads(&inner).push(Builder::new().name("journal-write".into()).spawn(move || write(&shared, log))?);
    Ok((Writer { inner }, recovery))
}

fn lock_threads(inner: &Inner) -> MutexGuard<'_, Vec<JoinHandle<()>>> {
    lock(&inner.threads)
}

/// Appends to the journal; cheap to clone. When the last clone goes, what is queued is written and the threads end.
#[derive(Clone)]
pub struct Writer {
    inner: Arc<Inner>,
}

struct Inner {
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    lock: Mutex<Option<File>>,
}

/// What the writer's clones, its threads and the readers share.
pub(crate) struct Shared {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) tail: Arc<Tail>,
    pub(crate) journal_id: u64,
    pub(crate) sync: Sync,
    /// Held by whoever rewrites or removes segments.
    pub(crate) maintenance: Mutex<()>,
    queue: Queue,
    nursery: Nursery,
    counters: Counters,
}

#[derive(Default)]
struct Counters {
    records: AtomicU64,
    bytes: AtomicU64,
    commits: AtomicU64,
    full: AtomicU64,
}

impl Writer {
    /// Queues one request's payloads: written together, in order, at consecutive positions, or not at all.
    ///
    /// `done` runs on the writer thread once they are safe, or refused with [`Error::Full`] or [`Error::Failed`]; it
    /// must not wait for another append. It runs at once, on the caller's thread, with [`Error::Busy`],
    /// [`Error::TooLarge`], [`Error::Closed`], [`Error::Failed`], or if there are no payloads.
    pub fn append(&self, payloads: Vec<Vec<u8>>, done: Done) {
        if payloads.is_empty() {
            let durable = self.durable_position();
            return done(Ok(Appended { first: durable + 1, last: durable }));
        }
        if let Err((error, done)) = self.inner.shared.queue.append(payloads, done) {
            done(Err(error));
        }
    }

    /// Appends and waits until the payloads are safe.
    ///
    /// # Errors
    /// As [`Writer::append`] hands to `done`.
    pub fn append_wait(&self, payloads: Vec<Vec<u8>>) -> Result<Appended, Error> {
        let (answer, answered) = sync_channel(1);
        // The receiver waits below, so there is always room for the one answer.
        self.append(payloads, Box::new(move |result| drop(answer.try_send(result))));
        answered.recv().unwrap_or(Err(Error::Failed))
    }

    /// Returns the position up to which everything is safe; 0 in an empty journal.
    pub fn durable_position(&self) -> u64 {
        self.inner.shared.tail.lock().durable
    }

    /// Returns why the writer is poisoned, after which the process should end; `None` while it is well.
    pub fn failed(&self) -> Option<String> {
        self.inner.shared.queue.failed()
    }

    /// Returns what was done since opening.
    pub fn stats(&self) -> Stats {
        let Shared { counters, queue, tail, .. } = &*self.inner.shared;
        let (in_flight_bytes, busy) = queue.load();
        let state = tail.lock();
        Stats {
            records: counters.records.load(Ordering::Relaxed),
            bytes: counters.bytes.load(Ordering::Relaxed),
            commits: counters.commits.load(Ordering::Relaxed),
            full: counters.full.load(Ordering::Relaxed),
            busy,
            in_flight_bytes: in_flight_bytes as u64,
            segments: state.segments.len() as u64,
            disk_bytes: state.segments.values().map(|segment| segment.bytes).sum(),
        }
    }

    /// Returns all segments in order; the last one is being written.
    pub fn segments(&self) -> Vec<SegmentInfo> {
        self.inner.shared.tail.lock().infos()
    }

    /// Starts a new segment, so that every record before it is sealed.
    ///
    /// # Errors
    /// [`Error::Full`], [`Error::Failed`], [`Error::Closed`].
    pub fn seal(&self) -> Result<(), Error> {
        let (answer, answered) = sync_channel(1);
        self.inner.shared.queue.seal(answer)?;
        match answered.recv() {
            Ok(Ok(())) => Ok(()),
            Ok(Err(Fault::Full)) => Err(Error::Full),
            Ok(Err(Fault::Failed(_))) | Err(_) => Err(Error::Failed),
        }
    }

    /// Writes what is queued and ends the threads, also for all other clones; the directory can be opened again.
    pub fn close(self) {
        self.inner.close();
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.inner.shared
    }
}

impl Inner {
    fn close(&self) {
        self.shared.queue.close();
        self.shared.nursery.close();
        let me = std::thread::current().id();
        for thread in lock(&self.threads).drain(..) {
            // The last clone may go in a `done` on the writer thread itself, which then ends after it.
            if thread.thread().id() != me {
                // A panic of a `done` was reported as failure by the thread's own guard.
                drop(thread.join());
            }
        }
        *lock(&self.lock) = None;
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.close();
    }
}

/// Ends the queue however the writer thread ends, so that nobody waits for a thread that is gone.
struct Guard<'a>(&'a Shared);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            fail(self.0, "the writer thread panicked", Vec::new());
        }
        self.0.tail.update(|state| state.closed = true);
    }
}

fn write(shared: &Shared, mut log: Log) {
    let guard = Guard(shared);
    loop {
        let result = match shared.queue.take() {
            Work::Commit(waiting) => commit(shared, &mut log, waiting),
            Work::Seal(done) => {
                let result = log.seal(&mut || shared.nursery.take());
                // Whoever asked may have gone.
                drop(done.try_send(result.clone()));
                result.or_else(|fault| if fault == Fault::Full { Ok(()) } else { Err(fault) })
            }
            Work::End => {
                // Best effort: without the mark the last group is only less well protected.
                drop(log.mark());
                break;
            }
        };
        if let Err(Fault::Failed(cause)) = result {
            fail(shared, &cause, Vec::new());
            break;
        }
        if let Some((segment, len)) = log.wants() {
            shared.nursery.ask(segment, len);
        }
    }
    drop(guard);
}

/// Commits the requests and answers them. Only a failure that ends the writer is returned.
fn commit(shared: &Shared, log: &mut Log, waiting: Vec<Waiting>) -> Result<(), Fault> {
    let bytes = waiting.iter().map(|w| w.bytes).sum();
    let mut payloads = Vec::with_capacity(waiting.len());
    let mut dones = Vec::with_capacity(waiting.len());
    for Waiting { payloads: p, done, .. } in waiting {
        payloads.push(p);
        dones.push(done);
    }
    match log.commit(&payloads, &mut || shared.nursery.take()) {
        Ok(appended) => {
            let counters = &shared.counters;
            let payload_bytes: usize = payloads.iter().flatten().map(Vec::len).sum();
            counters.records.fetch_add(payloads.iter().map(|p| p.len() as u64).sum(), Ordering::Relaxed);
            counters.bytes.fetch_add(payload_bytes as u64, Ordering::Relaxed);
            counters.commits.fetch_add(1, Ordering::Relaxed);
            drop(payloads);
            shared.queue.release(bytes);
            for (done, appended) in dones.into_iter().zip(appended) {
                done(Ok(appended));
            }
            Ok(())
        }
        Err(Fault::Full) => {
            shared.counters.full.fetch_add(dones.len() as u64, Ordering::Relaxed);
            shared.queue.release(bytes);
            for done in dones {
                done(Err(Error::Full));
            }
            Ok(())
        }
        Err(Fault::Failed(cause)) => {
            fail(shared, &cause, dones);
            Err(Fault::Failed(cause))
        }
    }
}

/// Poisons the writer, then tells everybody who waits.
fn fail(shared: &Shared, cause: &str, dones: Vec<Done>) {
    let waiting = shared.queue.fail(cause);
    for done in dones {
        done(Err(Error::Failed));
    }
    for request in waiting {
        match request {
            Request::Append(waiting) => (waiting.done)(Err(Error::Failed)),
            Request::Seal(done) => drop(done.try_send(Err(Fault::Failed(cause.to_owned())))),
        }
    }
}
