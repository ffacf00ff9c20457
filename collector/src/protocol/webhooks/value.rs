//! Values of a webhook's payload: scalars as text, sums of money, times.
//!
//! Platforms write money as text, as numbers, or as whole minor units; it is passed on as text and never becomes a
//! binary float.

use commerce::money::{Amount, UnitPrice};
use commerce::time::Timestamp;
use serde_json::Value;

/// Last second that a four-digit year has.
const SECONDS_MAX: i64 = 253_402_300_799;

/// Returns the scalar at `pointer` as text, `None` if it is not there, null, empty, or no scalar.
pub(super) fn text(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer).and_then(scalar)
}

/// Returns a scalar as text, `None` if it is null, empty, or no scalar.
pub(super) fn scalar(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// Returns the first of the scalars at `pointers` that is there.
pub(super) fn first(value: &Value, pointers: &[&str]) -> Option<String> {
    pointers.iter().find_map(|pointer| text(value, pointer))
}

/// Returns the elements of the array at `pointer`, none if there is no array.
pub(super) fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Returns the truth value at `pointer`, `None` if there is none.
pub(super) fn flag(value: &Value, pointer: &str) -> Option<bool> {
    value.pointer(pointer).and_then(Value::as_bool)
}

/// Returns the amount at `pointer`, `None` if there is none or it cannot be read.
pub(super) fn amount(value: &Value, pointer: &str) -> Option<Amount> {
    Amount::parse(&text(value, pointer)?).ok().map(|parsed| parsed.value)
}

/// Returns the sum of the amounts at `pointer` of every element.
pub(super) fn sum(values: &[Value], pointer: &str) -> Amount {
    values.iter().filter_map(|value| amount(value, pointer)).sum()
}

/// Returns `amount` without its sign.
pub(super) fn magnitude(amount: Amount) -> Amount {
    Amount(amount.0.saturating_abs())
}

/// Returns the price of one of `pieces` that cost `whole` together, to six decimals: times the pieces it rounds to the
/// whole again.
pub(super) fn price_of_one(whole: Amount, pieces: i64) -> UnitPrice {
    let pieces = i128::from(pieces.max(1));
    let exact = i128::from(whole.0) * 100;
    let half = pieces / 2 * exact.signum();
    UnitPrice(i64::try_from((exact + half) / pieces).unwrap_or(i64::MAX))
}

/// Returns the instant at `pointer`, RFC 3339.
pub(super) fn instant(value: &Value, pointer: &str) -> Option<Timestamp> {
    Timestamp::parse(&text(value, pointer)?)
}

/// Returns the instant at `pointer` that lacks its zone, which is UTC.
pub(super) fn instant_utc(value: &Value, pointer: &str) -> Option<Timestamp> {
    let text = text(value, pointer)?;
    Timestamp::parse(&format!("{text}Z")).or_else(|| Timestamp::parse(&text))
}

/// Returns the instant at `pointer`, in seconds since 1970.
pub(super) fn instant_unix(value: &Value, pointer: &str) -> Option<Timestamp> {
    let seconds = value.pointer(pointer)?.as_i64()?;
    (0..=SECONDS_MAX).contains(&seconds).then(|| Timestamp::from_seconds(seconds))
}
