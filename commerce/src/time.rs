//! Instants in UTC, and civil days, which exist only together with a site's time zone.
//!
//! This module reads no clock: every instant is handed in.

use jiff::{civil, tz::TimeZone};
use minicbor::{Decode, Encode};

/// An instant: microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct Timestamp(#[n(0)] pub i64);

impl Timestamp {
    /// Returns the instant `seconds` after the epoch.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// Returns the whole seconds since the epoch, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// Returns the instant `seconds` later; negative is earlier. Saturates at the ends of time.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }

    /// Returns how many microseconds `earlier` lies before this instant; negative if it lies after.
    pub const fn micros_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Returns the instant that RFC 3339 `text` names, `None` if it names none.
    pub fn parse(text: &str) -> Option<Self> {
        text.trim().parse::<jiff::Timestamp>().ok().map(|t| Self(t.as_microsecond()))
    }

    fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(if self.0 < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        })
    }
}

impl std::fmt::Display for Timestamp {
    /// Writes RFC 3339 in UTC.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.to_jiff().fmt(f)
    }
}

/// A site's IANA time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// Returns the zone named `name` in the compiled-in IANA database, `None` if there is none.
    pub fn parse(name: &str) -> Option<Self> {
        TimeZone::get(name.trim()).ok().map(Self)
    }

    /// Returns UTC.
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// Returns the zone's IANA name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// Returns the civil day in which `at` falls.
    pub fn day_of(&self, at: Timestamp) -> civil::Date {
        self.0.to_datetime(at.to_jiff()).date()
    }

    /// Returns the civil date and time of `at`.
    pub fn local(&self, at: Timestamp) -> civil::DateTime {
        self.0.to_datetime(at.to_jiff())
    }

    /// Returns the first instant of `day`; where midnight does not exist, the first instant after the gap.
    pub fn start_of(&self, day: civil::Date) -> Timestamp {
        let start = day.to_zoned(self.0.clone()).and_then(|z| z.start_of_day());
        // Only days at the very ends of the calendar have no start; they bound nothing we store.
        Timestamp(start.map_or(if day.year() < 0 { i64::MIN } else { i64::MAX }, |z| z.timestamp().as_microsecond()))
    }

    /// Returns the instant of civil `at`; in a gap the later reading, in a fold the earlier one.
    pub fn instant_of(&self, at: civil::DateTime) -> Timestamp {
        self.0
            .to_ambiguous_zoned(at)
            .compatible()
            .map_or_else(|_| self.start_of(at.date()), |z| Timestamp(z.timestamp().as_microsecond()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_as_long_as_their_zone_says() {
        let hours = |zone: &str, day: civil::Date| {
            let zone = Zone::parse(zone).unwrap();
            zone.start_of(day.tomorrow().unwrap()).micros_since(zone.start_of(day)) / 3_600_000_000
        };
        assert_eq!(hours("Europe/Berlin", civil::date(2026, 3, 29)), 23);
        assert_eq!(hours("Europe/Berlin", civil::date(2026, 10, 25)), 25);
        assert_eq!(hours("Europe/Berlin", civil::date(2026, 6, 1)), 24);
        // Samoa skipped this day.
        assert_eq!(hours("Pacific/Apia", civil::date(2011, 12, 30)), 0);
    }

    #[test]
    fn instants_read_and_write_rfc_3339() {
        let at = Timestamp::parse("2026-03-02T10:00:00Z").unwrap();
        assert_eq!(at.to_string(), "2026-03-02T10:00:00Z");
        assert_eq!(at.seconds(), 1_772_445_600);
        assert!(Timestamp::parse("yesterday").is_none());
    }
}
