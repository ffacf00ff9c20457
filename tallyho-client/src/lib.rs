//! For shops' own servers. [`event`] and [`trade`] say what can be told, [`outbox`] keeps it on the disk, [`courier`]
//! takes it to the server. This crate knows nothing of Tallyho's inner rooms, and reads the clock and draws randomness
//! in [`moment`] alone.
//!
#![doc = include_str!("../README.md")]

mod courier;
mod decimal;
mod event;
mod moment;
mod outbox;
mod trade;

pub use courier::Quarantined;
pub use decimal::{Decimal, NotDecimal};
pub use event::{Consent, Event, Goal, Page, Payload, Search, Sender};
pub use moment::Time;
pub use trade::{Attribution, Cart, CartStep, Item, Items, Order, OrderStatus, ProductStep, Refund, StatusChange};

use courier::{Courier, Status as State};
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// What is done with an event that the server did not understand.
pub type OnQuarantined = Box<dyn Fn(&Quarantined) + Send>;

/// How a [`Client`] works.
pub struct Options {
    /// Where Tallyho is, such as `https://stats.shop.example`.
    pub server: String,
    /// A token of scope ingest, or import for events of any age.
    pub token: String,
    /// The outbox; made if it is missing, in a folder that exists.
    pub outbox: PathBuf,
    /// The site's number or key; `None` (the default) for the one that the token is for.
    pub site: Option<String>,
    /// Most bytes that wait in the outbox; 64 MiB unless told.
    pub bytes_max: usize,
    /// How long an event waits for others to travel with; 200 ms unless told.
    pub linger: Duration,
    /// How long a request may take in all; 30 s unless told.
    pub timeout: Duration,
    /// How long to wait after the first failure; 1 s unless told. Doubled with each further one.
    pub retry_first: Duration,
    /// The longest wait between two attempts, but for `Retry-After`; 5 minutes unless told.
    pub retry_max: Duration,
    /// Called, on the client's own thread, for every event that the server did not understand and keeps with its
    /// reason. After a crash an event may be told twice.
    pub on_quarantined: Option<OnQuarantined>,
}

impl Options {
    /// Returns the defaults for a server, a token and a file.
    pub fn new(server: impl Into<String>, token: impl Into<String>, outbox: impl Into<PathBuf>) -> Self {
        Self {
            server: server.into(),
            token: token.into(),
            outbox: outbox.into(),
            site: None,
            bytes_max: 64 << 20,
            linger: Duration::from_millis(200),
            timeout: Duration::from_secs(30),
            retry_first: Duration::from_secs(1),
            retry_max: Duration::from_mins(5),
            on_quarantined: None,
        }
    }
}

/// The token is left out.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("server", &self.server).field("outbox", &self.outbox).finish_non_exhaustive()
    }
}

/// Why an event was not taken, or a client not opened. Nothing is in the outbox then.
#[derive(Debug)]
pub enum Error {
    /// The outbox could not be read or written.
    Outbox(io::Error),
    /// Another client, in this process or another, holds the outbox.
    InUse,
    /// The file is no outbox of ours.
    NoOutbox,
    /// So many bytes wait already that this event would exceed [`Options::bytes_max`].
    Full,
    /// The event is larger than the server takes: 32 KiB of JSON.
    TooLarge,
    /// The event has no name, or its order no id.
    Unnamed,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outbox(error) => write!(f, "the outbox cannot be used: {error}"),
            Self::InUse => f.write_str("another client holds the outbox; give each process a file of its own"),
            Self::NoOutbox => f.write_str("the file is no outbox; name another one"),
            Self::Full => f.write_str("the outbox is full: the server has been away for long, see `Client::status`"),
            Self::TooLarge => f.write_str("the event is larger than 32 KiB"),
            Self::Unnamed => f.write_str("the event has no name, or its order no transaction_id"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        if let Self::Outbox(error) = self { Some(error) } else { None }
    }
}

/// Events wait still: they are in the outbox, and the client (or the next one on that file) goes on with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// How many.
    pub events: usize,
    /// Why the latest attempt failed; `None` if there was none yet.
    pub reason: Option<String>,
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} events wait in the outbox: {}", self.events, self.reason.as_deref().unwrap_or("not sent yet"))
    }
}

impl std::error::Error for Waiting {}

/// Where a client stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Events in the outbox.
    pub waiting: usize,
    /// Events that the server has made safe since this client was opened.
    pub accepted: u64,
    /// Events that it keeps in quarantine since then.
    pub quarantined: u64,
    /// Why the latest attempt failed; `None` after one that worked.
    pub trouble: Option<String>,
}

/// A line to Tallyho. Share it between threads; `close` it at the end.
#[derive(Debug)]
pub struct Client {
    courier: Arc<Courier>,
}

impl Client {
    /// Opens the outbox and begins to deliver what is in it.
    ///
    /// # Errors
    /// If the file cannot be used, is no outbox, or another client holds it.
    pub fn open(options: Options) -> Result<Self, Error> {
        Ok(Self { courier: Courier::start(options)? })
    }

    /// Puts an event into the outbox, on the disk, and returns its id. One without an id or a time gets them here.
    ///
    /// # Errors
    /// [`Error`]; the event is not in the outbox then.
    pub fn send(&self, event: Event) -> Result<String, Error> {
        Ok(self.send_all(vec![event])?.remove(0))
    }

    /// Puts several events into the outbox with one write to the disk: all of them or none.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub fn send_all(&self, events: Vec<Event>) -> Result<Vec<String>, Error> {
        let (mut ids, mut lines) = (Vec::with_capacity(events.len()), Vec::with_capacity(events.len()));
        for mut event in events {
            if !event.is_named() {
                return Err(Error::Unnamed);
            }
            let id = event.id.get_or_insert_with(moment::new_id).clone();
            event.occurred_at.get_or_insert_with(Time::now);
            let line = serde_json::to_string(&event).map_err(|error| Error::Outbox(error.into()))?;
            if line.len() > outbox::EVENT_BYTES_MAX {
                return Err(Error::TooLarge);
            }
            ids.push(id);
            lines.push(line);
        }
        self.courier.put(lines)?;
        Ok(ids)
    }

    /// Waits until the server has what was sent before the call, `patience` that long; tries at once, even after a failure.
    ///
    /// # Errors
    /// [`Waiting`] if it does not have all of it by then; nothing is lost.
    pub fn flush(&self, patience: Duration) -> Result<(), Waiting> {
        self.courier.flush(patience)
    }

    /// Returns where the client stands.
    pub fn status(&self) -> Status {
        let State { waiting, accepted, quarantined, trouble } = self.courier.status();
        Status { waiting, accepted, quarantined, trouble }
    }

    /// Flushes, ends the client's thread and lets go of the outbox. A request under way is waited for, too.
    ///
    /// # Errors
    /// As [`Self::flush`]; the client is closed all the same.
    pub fn close(self, patience: Duration) -> Result<(), Waiting> {
        let flushed = self.flush(patience);
        self.courier.end_and_wait();
        flushed
    }
}

/// Ends the thread after the request under way, without waiting for it; what waits stays in the outbox.
impl Drop for Client {
    fn drop(&mut self) {
        self.courier.end();
    }
}
