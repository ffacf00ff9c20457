//! Clock and randomness: the one place of this crate that asks the machine for either.

use serde::{Serialize, Serializer};
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const DAY_S: u64 = 86_400;

/// An instant, told as RFC 3339 in UTC with microseconds. Instants before 1970 are its first moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(Duration);

impl Time {
    /// Returns the present moment.
    #[expect(clippy::disallowed_methods, reason = "this is the crate's one clock")]
    pub fn now() -> Self {
        Self::from(SystemTime::now())
    }

    /// Returns the instant so many seconds after the beginning of 1970.
    pub fn from_unix_s(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }
}

impl From<SystemTime> for Time {
    fn from(time: SystemTime) -> Self {
        Self(time.duration_since(UNIX_EPOCH).unwrap_or_default())
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, second) = (self.0.as_secs() / DAY_S, self.0.as_secs() % DAY_S);
        let (year, month, day) = civil(days);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        let micros = self.0.subsec_micros();
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z")
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Returns year, month and day of the day so many days after 1970-01-01, counted in years that begin with March, so
/// that the leap day is a year's last.
fn civil(days: u64) -> (u64, u64, u64) {
    const ERA_DAYS: u64 = 146_097;
    let since_march_0000 = days + 719_468;
    let (era, day) = (since_march_0000 / ERA_DAYS, since_march_0000 % ERA_DAYS);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + u64::from(month <= 2), month, day)
}

/// Returns a fresh event id: a UUID of version 7.
pub(crate) fn new_id() -> String {
    let millis = u64::try_from(Time::now().0.as_millis()).unwrap_or(u64::MAX);
    uuid::Builder::from_unix_timestamp_millis(millis, &random()).into_uuid().to_string()
}

/// Returns `wait` times a random factor from one half to one and a half, so that many clients do not come back at once.
pub(crate) fn jittered(wait: Duration) -> Duration {
    wait / 2 + wait / 65_536 * u32::from(u16::from_le_bytes(random()))
}

#[expect(clippy::disallowed_methods, reason = "this is where the crate draws randomness")]
fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system's random generator works from boot on");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_told_in_utc() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00.000000Z"),
            (951_782_399, "2000-02-28T23:59:59.000000Z"),
            (951_782_400, "2000-02-29T00:00:00.000000Z"),
            (1_772_445_600, "2026-03-02T10:00:00.000000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000000Z"),
        ] {
            assert_eq!(Time::from_unix_s(seconds).to_string(), text);
        }
        assert_eq!(
            Time::from(UNIX_EPOCH + Duration::from_micros(1_500_001)).to_string(),
            "1970-01-01T00:00:01.500001Z"
        );
    }

    #[test]
    fn ids_are_fresh_and_sort_by_time() {
        let (first, second) = (new_id(), new_id());
        assert_ne!(first, second);
        assert_eq!((first.len(), &first[14..15], &first[..8]), (36, "7", &second[..8]));
    }

    #[test]
    fn waits_are_scattered_around_what_was_asked() {
        let waits: Vec<Duration> = (0..200).map(|_| jittered(Duration::from_secs(8))).collect();
        assert!(waits.iter().all(|wait| (Duration::from_secs(4)..Duration::from_secs(12)).contains(wait)));
        assert!(waits.iter().min() < waits.iter().max());
    }
}
