//! Decimal numbers as text: money and quantities never pass through a binary float on their way.

use serde::{Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// Most digits before and behind the point.
const DIGITS_MAX: (usize, usize) = (14, 6);

/// A decimal number: a sign, up to 14 digits, and up to 6 more behind a point.
///
/// ```
/// use tallyho_client::Decimal;
/// assert_eq!(Decimal::parse("59.90").unwrap().to_string(), "59.90");
/// assert_eq!(Decimal::of_minor(5990, 2).to_string(), "59.90");
/// assert_eq!(Decimal::of_minor(-5, 2).to_string(), "-0.05");
/// assert_eq!(Decimal::from(2).to_string(), "2");
/// assert!(Decimal::parse("59,90").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Decimal(String);

/// The text is no decimal number such as `59.90`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotDecimal(String);

impl fmt::Display for NotDecimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no decimal number such as 59.90", self.0)
    }
}

impl std::error::Error for NotDecimal {}

impl Decimal {
    /// Reads digits with a point: no grouping, no comma, no exponent.
    ///
    /// # Errors
    /// [`NotDecimal`] with the text.
    pub fn parse(text: &str) -> Result<Self, NotDecimal> {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = unsigned.split_once('.').map_or((unsigned, None), |(w, f)| (w, Some(f)));
        let are_digits =
            |part: &str, max: usize| (1..=max).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        if are_digits(whole, DIGITS_MAX.0) && fraction.is_none_or(|part| are_digits(part, DIGITS_MAX.1)) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotDecimal(text.to_owned()))
        }
    }

    /// Returns `units` of which `10^digits` make one: 5990 cents with 2 digits are 59.90. More than 6 digits are 6.
    pub fn of_minor(units: i64, digits: u8) -> Self {
        let digits = usize::from(digits).min(DIGITS_MAX.1);
        if digits == 0 {
            return Self(units.to_string());
        }
        let text = format!("{:0>width$}", units.unsigned_abs(), width = digits + 1);
        let (whole, fraction) = text.split_at(text.len() - digits);
        Self(format!("{}{whole}.{fraction}", if units < 0 { "-" } else { "" }))
    }

    /// Returns the number's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Decimal {
    type Err = NotDecimal;

    fn from_str(text: &str) -> Result<Self, NotDecimal> {
        Self::parse(text)
    }
}

impl From<i32> for Decimal {
    fn from(number: i32) -> Self {
        Self(number.to_string())
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_decimal_text_passes() {
        for text in ["0", "-1", "59.90", "12345678901234.123456", "007.5"] {
            assert_eq!(Decimal::parse(text).unwrap().as_str(), text);
        }
        for text in
            ["", "-", ".5", "5.", "1e3", "1,5", "1 000", "+1", "NaN", "1.1234567", "123456789012345", "1.2.3", "٣"]
        {
            assert_eq!(Decimal::parse(text), Err(NotDecimal(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn minor_units_become_text() {
        for (units, digits, text) in
            [(0, 2, "0.00"), (7, 3, "0.007"), (-1234, 2, "-12.34"), (5, 0, "5"), (i64::MIN, 0, "-9223372036854775808")]
        {
            assert_eq!(Decimal::of_minor(units, digits).as_str(), text);
        }
    }
}
