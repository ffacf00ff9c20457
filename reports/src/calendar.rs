//! Periods and their buckets: civil dates of a site's zone, turned into UTC instants and bucket boundaries.
//!
//! SQL never sees a time zone. A bucket is found by integer division inside a run of equally long buckets; a run ends
//! where the length changes (a day of 23 or 25 hours, a longer month). This module knows no table and no metric.

use commerce::{Timestamp, Zone};
use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Weekday};

/// Most buckets a report may have: two years of hours fit, ten do not.
pub const BUCKETS_MAX: usize = 20_000;

/// Most hours that are walked to find which hour of the day each is; over twenty years.
const HOURS_WALKED_MAX: usize = 200_000;

const SECOND_US: i64 = 1_000_000;

/// Civil days from the first to the last, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// First day.
    pub from: Date,
    /// Last day; not before the first.
    pub to: Date,
}

impl Period {
    /// Returns the first instant of the period.
    pub fn start(&self, zone: &Zone) -> Timestamp {
        zone.start_of(self.from)
    }

    /// Returns the first instant after the period.
    pub fn end(&self, zone: &Zone) -> Timestamp {
        zone.start_of(after(self.to))
    }

    /// Returns how many days the period has.
    pub fn days(&self) -> i32 {
        self.from.until(self.to).map_or(0, |span| span.get_days()) + 1
    }

    /// Returns the period of the same length directly before this one.
    #[must_use]
    pub fn previous(&self) -> Self {
        let back = i64::from(self.days()).days();
        Self { from: self.from.saturating_sub(back), to: self.to.saturating_sub(back) }
    }

    /// Returns the same dates one year earlier; 29 February becomes the 28th.
    #[must_use]
    pub fn year_before(&self) -> Self {
        Self { from: self.from.saturating_sub(1.year()), to: self.to.saturating_sub(1.year()) }
    }
}

/// What a time dimension counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeUnit {
    /// Clock hours of the zone; an hour that happens twice is two buckets.
    Hour,
    /// Civil days.
    Day,
    /// Weeks, labelled by their first day.
    Week,
    /// Calendar months.
    Month,
    /// Quarters of the calendar year.
    Quarter,
    /// Calendar years.
    Year,
    /// Days of the week, 1 (Monday) to 7 (Sunday), over the whole period.
    Weekday,
    /// Hours of the day, 0 to 23, over the whole period.
    HourOfDay,
}

impl TimeUnit {
    /// Says whether the buckets come round again (weekday, hour of the day), so that they have no place in time.
    pub fn recurs(self) -> bool {
        matches!(self, Self::Weekday | Self::HourOfDay)
    }
}

/// The buckets of one period: where each starts and what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buckets {
    /// Labels in order of time; a bucket's place here is its index in SQL.
    pub labels: Vec<String>,
    /// How an instant's index is found.
    pub runs: Vec<Run>,
    /// Index after which counting starts again, for buckets that come round.
    pub modulus: Option<i64>,
}

/// Neighbouring buckets of one length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// First instant of the first bucket.
    pub start: Timestamp,
    /// Length of each bucket in microseconds, above 0.
    pub width_us: i64,
    /// Index of the first bucket.
    pub first: i64,
}

impl Buckets {
    /// Returns the index of the bucket of `at`, as statements find it; 0 before the first.
    pub(crate) fn index(&self, at: Timestamp) -> usize {
        let run = &self.runs[self.runs.partition_point(|run| run.start <= at).saturating_sub(1)..];
        let Some(run) = run.first() else { return 0 };
        let index = run.first + (at.0 - run.start.0) / run.width_us;
        usize::try_from(self.modulus.map_or(index, |m| index % m)).unwrap_or(0)
    }

    /// Returns the buckets of `unit` in `period`, `None` if there are more than [`BUCKETS_MAX`].
    pub fn new(unit: TimeUnit, period: Period, zone: &Zone, week_starts_sunday: bool) -> Option<Self> {
        let end = period.end(zone);
        match unit {
            TimeUnit::Hour => {
                let starts = hours(period, zone, BUCKETS_MAX)?;
                let labels = starts.iter().map(|(at, local)| hour_label(*at, *local)).collect();
                let runs = runs(starts.iter().enumerate().map(|(i, (at, _))| (*at, i as i64)), end, None);
                Some(Self { labels, runs, modulus: None })
            }
            TimeUnit::HourOfDay => {
                let starts = hours(period, zone, HOURS_WALKED_MAX)?;
                let runs = runs(starts.iter().map(|(at, local)| (*at, i64::from(local.hour()))), end, Some(24));
                Some(Self { labels: (0..24).map(|h| h.to_string()).collect(), runs, modulus: Some(24) })
            }
            TimeUnit::Weekday => {
                let starts = days(TimeUnit::Day, period, week_starts_sunday)?;
                let starts = starts.iter().map(|d| (zone.start_of(*d), i64::from(d.weekday().to_monday_zero_offset())));
                Some(Self {
                    labels: (1..=7).map(|d| d.to_string()).collect(),
                    runs: runs(starts, end, Some(7)),
                    modulus: Some(7),
                })
            }
            _ => {
                let first_days = days(unit, period, week_starts_sunday)?;
                let labels = first_days.iter().map(|d| label(unit, *d)).collect();
                let starts = first_days.iter().enumerate().map(|(i, d)| (zone.start_of(*d), i as i64));
                Some(Self { labels, runs: runs(starts, end, None), modulus: None })
            }
        }
    }

    /// Returns the index of the bucket that holds `at`, which lies in the period. What SQL computes, for tests.
    #[cfg(test)]
    pub(crate) fn index_of(&self, at: Timestamp) -> i64 {
        let run = self.runs.iter().rev().find(|r| r.start <= at).unwrap_or(&self.runs[0]);
        let index = run.first + at.micros_since(run.start).div_euclid(run.width_us);
        self.modulus.map_or(index, |m| index % m)
    }
}

/// Returns the start and name of every calendar month from 1970 to a year after `day`, of the year 2999 at the latest.
pub(crate) fn month_starts(day: Date, zone: &Zone) -> Vec<(Timestamp, String)> {
    let (first, last) = (Date::constant(1970, 1, 1), Date::constant(2999, 12, 31));
    let period = Period { from: first, to: day.saturating_add(1.year()).clamp(first, last) };
    let first_days = days(TimeUnit::Month, period, false).unwrap_or_default();
    first_days.into_iter().map(|day| (zone.start_of(day), label(TimeUnit::Month, day))).collect()
}

fn after(day: Date) -> Date {
    day.saturating_add(1.day())
}

/// Returns the first day of each bucket of `unit` that the period touches.
fn days(unit: TimeUnit, period: Period, week_starts_sunday: bool) -> Option<Vec<Date>> {
    let mut day = first_day(unit, period.from, week_starts_sunday);
    let mut out = Vec::new();
    while day <= period.to {
        if out.len() == BUCKETS_MAX {
            return None;
        }
        out.push(day);
        let next = match unit {
            TimeUnit::Week => day.saturating_add(7.days()),
            TimeUnit::Month => day.saturating_add(1.month()),
            TimeUnit::Quarter => day.saturating_add(3.months()),
            TimeUnit::Year => day.saturating_add(1.year()),
            _ => after(day),
        };
        if next == day {
            break;
        }
        day = next;
    }
    Some(out)
}

fn first_day(unit: TimeUnit, day: Date, week_starts_sunday: bool) -> Date {
    match unit {
        TimeUnit::Week => {
            let start = if week_starts_sunday { Weekday::Sunday } else { Weekday::Monday };
            day.saturating_sub(i64::from(day.weekday().since(start)).days())
        }
        TimeUnit::Month => day.first_of_month(),
        TimeUnit::Quarter => Date::new(day.year(), (day.month() - 1) / 3 * 3 + 1, 1).unwrap_or(day),
        TimeUnit::Year => day.first_of_year(),
        _ => day,
    }
}

fn label(unit: TimeUnit, day: Date) -> String {
    match unit {
        TimeUnit::Month => format!("{:04}-{:02}", day.year(), day.month()),
        TimeUnit::Quarter => format!("{:04}-Q{}", day.year(), (day.month() - 1) / 3 + 1),
        TimeUnit::Year => format!("{:04}", day.year()),
        _ => day.to_string(),
    }
}

/// Returns each clock hour of the period with its civil time. Where a shift of the clock cuts an hour, the rest is a
/// bucket of its own.
fn hours(period: Period, zone: &Zone, most: usize) -> Option<Vec<(Timestamp, DateTime)>> {
    let end = period.end(zone);
    let mut at = period.start(zone);
    let mut out = Vec::new();
    while at < end {
        if out.len() == most {
            return None;
        }
        let local = zone.local(at);
        out.push((at, local));
        at = at.plus_seconds(3600 - i64::from(local.minute()) * 60 - i64::from(local.second()));
    }
    Some(out)
}

/// Returns RFC 3339 with the zone's own offset, so that an hour that happens twice has two names.
fn hour_label(at: Timestamp, local: DateTime) -> String {
    let as_utc = local.to_zoned(jiff::tz::TimeZone::UTC).map_or(at.0, |z| z.timestamp().as_microsecond());
    let offset_min = (as_utc - at.0).div_euclid(60 * SECOND_US);
    let sign = if offset_min < 0 { '-' } else { '+' };
    let (h, m) = (offset_min.abs() / 60, offset_min.abs() % 60);
    format!("{}T{:02}:{:02}{sign}{h:02}:{m:02}", local.date(), local.hour(), local.minute())
}

/// Joins neighbouring buckets of one length, whose indexes follow each other, into runs.
///
/// A day that does not exist has no length and no instant; its index stays unused.
fn runs(starts: impl Iterator<Item = (Timestamp, i64)>, end: Timestamp, modulus: Option<i64>) -> Vec<Run> {
    let starts: Vec<(Timestamp, i64)> = starts.collect();
    let mut out: Vec<Run> = Vec::new();
    for (i, (start, index)) in starts.iter().enumerate() {
        let next = starts.get(i + 1).map_or(end, |(at, _)| *at);
        let width_us = next.micros_since(*start);
        if width_us <= 0 {
            continue;
        }
        let continues = out.last().is_some_and(|run| {
            let expected = run.first + start.micros_since(run.start) / run.width_us;
            let last = i + 1 == starts.len() && width_us < run.width_us;
            (run.width_us == width_us || last) && modulus.map_or(expected, |m| expected % m) == *index
        });
        if !continues {
            out.push(Run { start: *start, width_us, first: *index });
        }
    }
    out
}

#[cfg(test)]
mod tests;
