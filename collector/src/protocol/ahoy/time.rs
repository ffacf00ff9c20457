//! The `time` of an event: seconds since 1970 as ahoy.js writes them, or a date as apps do.
//!
//! Ahoy's clients never say what their clock reads when they send, so a wrong clock cannot be taken out. ahoy.js delivers
//! at once, or within the minute that its cookie of unsent events lives; what it dates further back was told by a wrong
//! clock, and so was every time that has not come yet. Such an event happened when it arrived.

use commerce::time::Timestamp;
use serde_json::Value;

/// How long ahoy.js keeps what it could not send, in microseconds.
const QUEUED_US_MAX: i64 = 60_000_000;
/// Above this, a number of seconds is one of milliseconds: it would lie beyond the year 5000.
const SECONDS_MAX: i64 = 100_000_000_000;

/// Returns when an event that says `time` happened, `None` for when it arrived.
pub(super) fn read(time: Option<&Value>, from_script: bool, received_at: Timestamp) -> Option<Timestamp> {
    let told = match time? {
        Value::String(text) => Timestamp::parse(text).or_else(|| of_seconds(text.trim())),
        Value::Number(number) => of_seconds(&number.to_string()),
        _ => None,
    }?;
    let age = received_at.micros_since(told);
    (age >= 0 && (!from_script || age <= QUEUED_US_MAX)).then_some(told)
}

/// Reads `1795229775.677` digit by digit.
fn of_seconds(text: &str) -> Option<Timestamp> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let seconds: i64 = whole.parse().ok().filter(|seconds| *seconds >= 0)?;
    if !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    if seconds > SECONDS_MAX {
        return seconds.checked_mul(1_000).map(Timestamp);
    }
    let micros: String = fraction.chars().chain("000000".chars()).take(6).collect();
    Some(Timestamp(seconds * 1_000_000 + micros.parse::<i64>().ok()?))
}
