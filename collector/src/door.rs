//! The door: what it is made of, and which paths lead to it.
//!
//! The server builds one and hands it the clock, the ids and the site book; the door reads no clock, draws no
//! randomness and keeps nothing between requests but its counters.

use crate::book::SiteBook;
use crate::counters::Counters;
use crate::limits::Limits;
use crate::place::PlaceFinder;
use crate::protocol::foreign;
use commerce::hit::Dialect;
use commerce::ids::EventId;
use commerce::time::Timestamp;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, PoisonError, RwLock};

/// Everything a request needs.
pub struct Door {
    /// The current site book; the server puts a fresh one in place when something changes.
    pub book: Arc<RwLock<Arc<SiteBook>>>,
    /// Where accepted items become safe.
    pub journal: journal::Writer,
    /// The clock.
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Fresh event ids.
    pub ids: Arc<dyn Fn() -> EventId + Send + Sync>,
    /// Where addresses lie.
    pub place: PlaceFinder,
    /// Limits.
    pub limits: Limits,
    /// What has been counted.
    pub counters: Counters,
    /// Bytes of bodies held in memory now.
    pub bodies_in_flight: AtomicUsize,
}

impl Door {
    /// Returns a door with the default limits and all counters at zero.
    pub fn new(
        book: Arc<RwLock<Arc<SiteBook>>>,
        journal: journal::Writer,
        clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
        ids: Arc<dyn Fn() -> EventId + Send + Sync>,
        place: PlaceFinder,
    ) -> Self {
        let (limits, counters) = (Limits::default(), Counters::default());
        Self { book, journal, clock, ids, place, limits, counters, bodies_in_flight: AtomicUsize::new(0) }
    }

    /// Returns the site book as it stands now; a request keeps the one it began with.
    pub fn book(&self) -> Arc<SiteBook> {
        // A writer that panicked has not yet replaced the book, so the old one is still whole.
        Arc::clone(&self.book.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns an empty claim on the memory for bodies.
    pub(crate) fn claim(&self) -> Claim<'_> {
        Claim { door: self, bytes: 0 }
    }
}

/// Memory set aside for one body; given back when dropped.
pub(crate) struct Claim<'a> {
    door: &'a Door,
    bytes: usize,
}

impl Claim<'_> {
    /// Claims `bytes` more; says whether there was that much left. A claim grows with what has arrived, so that a
    /// client cannot reserve memory by announcing a body it never sends.
    pub(crate) fn grow(&mut self, bytes: usize) -> bool {
        let before = self.door.bodies_in_flight.fetch_add(bytes, Relaxed);
        self.bytes += bytes;
        before.saturating_add(bytes) <= self.door.limits.bodies_in_flight_bytes_max
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.door.bodies_in_flight.fetch_sub(self.bytes, Relaxed);
    }
}

/// A way through the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// `/v1/collect`: browsers.
    Collect,
    /// `/v1/events`: servers.
    Events,
    /// `/v1/pixel.gif`.
    Pixel,
    /// Matomo's paths.
    Matomo,
    /// A path of another foreign client's.
    Foreign(Dialect),
}

impl Route {
    /// Returns the way that `path` names, `None` if it leads elsewhere.
    pub(crate) fn of(path: &str) -> Option<Self> {
        match path {
            "/v1/collect" => Some(Self::Collect),
            "/v1/events" => Some(Self::Events),
            "/v1/pixel.gif" => Some(Self::Pixel),
            "/matomo.php" | "/piwik.php" | "/js/tracker.php" | "/js/" | "/ppms.php" => Some(Self::Matomo),
            // Where our own script sends to: a path of the installation's own, beside the script (`/s/WORD.js`).
            _ if path.strip_prefix("/s/").is_some_and(is_word) => Some(Self::Collect),
            _ => foreign::dialect_of(path).map(Self::Foreign),
        }
    }

    /// Returns the methods it takes, as the `Allow` header lists them; `None` leaves that to the dialect.
    pub(crate) fn methods(self) -> Option<&'static str> {
        match self {
            Self::Collect => Some("POST, OPTIONS"),
            Self::Events => Some("POST"),
            Self::Pixel => Some("GET"),
            Self::Matomo | Self::Foreign(_) => None,
        }
    }
}

/// Says whether `name` is a lone word, and no file.
fn is_word(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// Says whether the door answers `path`, whatever the method: wrong methods get its 405.
pub fn owns(_method: &http::Method, path: &str) -> bool {
    Route::of(path).is_some()
}
