//! The clock: the only place that reads the real one.
//!
//! Time never goes backwards here. The clock runs on by the monotonic clock; where the system's clock is ahead it
//! follows at once, where it is behind (set back, or the journal's last record lies in the future) it runs on from
//! where it stands. `TALLYHO_CLOCK` starts it at a given instant, for tests and demonstrations; the system's clock is
//! not looked at then.

use commerce::Timestamp;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// A clock that never goes backwards. Shared by reference; reading it takes some tens of nanoseconds.
#[derive(Debug)]
pub(crate) struct Clock {
    origin: Instant,
    /// Microseconds between the epoch and `origin`. Only ever grows.
    offset: AtomicI64,
    follows_system: bool,
}

impl Clock {
    /// Returns the system's clock, never earlier than `floor`: the time of the journal's last record.
    pub(crate) fn system(floor: Option<Timestamp>) -> Self {
        Self::starting(system_time(), floor, true)
    }

    /// Returns a clock that starts at `at`, or at `floor` if that is later, and runs on from there.
    pub(crate) fn starting_at(at: Timestamp, floor: Option<Timestamp>) -> Self {
        Self::starting(at, floor, false)
    }

    /// Returns the clock that the setting `start` asks for: the system's if it is `None`.
    pub(crate) fn new(start: Option<Timestamp>, floor: Option<Timestamp>) -> Self {
        match start {
            Some(at) => Self::starting_at(at, floor),
            None => Self::system(floor),
        }
    }

    fn starting(at: Timestamp, floor: Option<Timestamp>, follows_system: bool) -> Self {
        let start = floor.map_or(at, |floor| floor.max(at));
        Self { origin: Instant::now(), offset: AtomicI64::new(start.0), follows_system }
    }

    /// Returns the time: at or after every time returned before.
    pub(crate) fn now(&self) -> Timestamp {
        let elapsed = i64::try_from(self.origin.elapsed().as_micros()).unwrap_or(i64::MAX);
        let mut offset = self.offset.load(Ordering::Relaxed);
        if self.follows_system {
            let wanted = system_time().0.saturating_sub(elapsed);
            offset = self.offset.fetch_max(wanted, Ordering::Relaxed).max(wanted);
        }
        Timestamp(offset.saturating_add(elapsed))
    }

    /// Returns by how many whole seconds this clock is ahead of the system's; 0 if it is not, or was started elsewhere.
    pub(crate) fn ahead_s(&self) -> i64 {
        if self.follows_system { (self.now().seconds() - system_time().seconds()).max(0) } else { 0 }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the real clock")]
fn system_time() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn a_started_clock_runs_on_from_its_start() {
        let start = at("2026-03-02T10:00:00Z");
        let clock = Clock::starting_at(start, None);
        let first = clock.now();
        let second = clock.now();
        assert!(first >= start && second >= first);
        assert!(second.micros_since(start) < 60_000_000, "{second} is far from {start}");
    }

    #[test]
    fn no_clock_starts_before_the_last_record() {
        let last = at("2126-01-01T00:00:00Z");
        assert!(Clock::starting_at(at("2026-01-01T00:00:00Z"), Some(last)).now() >= last);
        let system = Clock::system(Some(last));
        assert!(system.now() >= last);
        assert!(system.ahead_s() > 0);
    }

    #[test]
    fn the_system_clock_is_followed() {
        let clock = Clock::system(Some(at("2020-01-01T00:00:00Z")));
        assert!(clock.now() > at("2025-01-01T00:00:00Z"));
        assert_eq!(clock.ahead_s(), 0);
    }
}
