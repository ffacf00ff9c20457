//! One comparison, checked: numbers are compared with numbers, texts with texts, and stretches of time with nothing.

use super::{Condition, Operator, asked_or_field, bad};
use crate::calendar::TimeUnit;
use crate::dimensions::{Asked, Values};
use crate::error::QueryError;

/// Returns the comparison of the dimension or field `name`.
pub(super) fn condition(name: &str, operator: Operator, value: String) -> Result<Condition, QueryError> {
    let dimension = asked_or_field(name)?;
    check(&dimension, operator, &value)?;
    Ok(Condition { dimension, operator, value })
}

fn check(dimension: &Asked, operator: Operator, value: &str) -> Result<(), QueryError> {
    use Operator::{AtLeast, AtMost, Contains, Ends, Is, IsNot, Less, More, Starts};
    let name = dimension.name();
    let of_text = matches!(operator, Contains | Starts | Ends);
    let ordered = matches!(operator, Less | AtMost | More | AtLeast);
    let refused = |hint: &str| Err(bad(&format!("{name} {} {value}", operator.sign()), hint));
    let unknown_is_asked = value.is_empty() && matches!(operator, Is | IsNot);
    let range = match dimension.dimension().values {
        Values::Text if ordered => {
            return refused("it is a text: compare it by `=`, `!=`, `contains`, `starts with`, `ends with` or `in`");
        }
        Values::Text if of_text && value.is_empty() => return refused("write a text; `is known` asks for any"),
        Values::Text => return Ok(()),
        Values::Measured { scale, .. } => {
            if of_text || !unknown_is_asked && scaled(value, scale).is_none() {
                return refused(
                    "it is compared with a number such as 12 or 49.90 by `=`, `!=`, `<`, `<=`, `>` or `>=`",
                );
            }
            return Ok(());
        }
        Values::Number => 0..=u32::MAX,
        Values::Time(TimeUnit::Weekday) => 1..=7,
        Values::Time(TimeUnit::HourOfDay) => 0..=23,
        Values::Time(_) => return refused("a stretch of time is chosen with `from` and `to`"),
    };
    let known = value.parse().is_ok_and(|n: u32| range.contains(&n)) || unknown_is_asked && dimension.time().is_none();
    if of_text || !known {
        return refused("it is compared with a whole number by `=`, `!=`, `<`, `<=`, `>` or `>=`");
    }
    Ok(())
}

/// Returns the decimal number `text` in 1/`scale`, further digits cut off; `None` if it is no number or too large.
pub(crate) fn scaled(text: &str, scale: i64) -> Option<i64> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !plain(whole) || !plain(fraction) || digits.ends_with('.') {
        return None;
    }
    let places = scale.ilog10() as usize;
    let padded: String = fraction.chars().chain(std::iter::repeat('0')).take(places).collect();
    let fraction: i64 = if places == 0 { 0 } else { padded.parse().ok()? };
    whole.parse::<i64>().ok()?.checked_mul(scale)?.checked_add(fraction).map(|n| sign * n)
}

impl Operator {
    /// Returns the operator as the long form writes it.
    pub fn sign(self) -> &'static str {
        OPERATORS.iter().find(|(_, operator)| *operator == self).map_or("=", |(sign, _)| *sign)
    }
}

/// The operators as the long form writes them.
pub const OPERATORS: &[(&str, Operator)] = &[
    ("=", Operator::Is),
    ("!=", Operator::IsNot),
    ("<=", Operator::AtMost),
    (">=", Operator::AtLeast),
    ("<", Operator::Less),
    (">", Operator::More),
    ("contains", Operator::Contains),
    ("starts with", Operator::Starts),
    ("ends with", Operator::Ends),
];
