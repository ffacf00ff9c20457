//! Exchange rates as fractions, so that neither way of stating one loses a digit.
//!
//! A source may say that one euro buys 1.0842 dollars, or that one dollar is worth 0.9223 euros; for a third currency
//! only the quotient of two rates is known. A fraction of two decimals holds each of them as it was stated.

use super::Amount;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

/// How many units of a foreign currency one unit of the site's is worth. Always above zero.
///
/// Written as a decimal (`1.0842`), or as a fraction of two (`1/1.1`: a unit of the foreign currency is worth 1.1 of
/// the site's).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExchangeRate {
    foreign: Decimal,
    own: Decimal,
}

impl ExchangeRate {
    /// Returns the rate that `text` names, `None` if it is no decimal or fraction of decimals above zero.
    pub fn parse(text: &str) -> Option<Self> {
        let (foreign, own) = text.split_once('/').unwrap_or((text, "1"));
        Some(Self { foreign: above_zero(foreign)?, own: above_zero(own)? })
    }

    /// Returns the rate at which one unit of the foreign currency is worth `value` units of the site's; `None` if
    /// `value` is no decimal above zero.
    pub fn of_value(value: &str) -> Option<Self> {
        Some(Self { foreign: Decimal::ONE, own: above_zero(value)? })
    }

    /// Returns the rate where one unit of a third currency is worth `foreign` units of the foreign one and `own` units
    /// of the site's; `None` if one of them is no decimal above zero.
    pub fn cross(foreign: &str, own: &str) -> Option<Self> {
        Some(Self { foreign: above_zero(foreign)?, own: above_zero(own)? })
    }

    /// Returns what one unit of the foreign currency is worth in the site's, rounded to ten digits after the point: to
    /// be shown, not to be reckoned with.
    pub fn value(self) -> Decimal {
        let value = self.own.checked_div(self.foreign).unwrap_or(Decimal::MAX);
        value.round_dp_with_strategy(10, RoundingStrategy::MidpointAwayFromZero).normalize()
    }
}

/// Plain decimals only: an exponent or a digit separator is somebody else's number form.
fn above_zero(text: &str) -> Option<Decimal> {
    let text = text.trim();
    let is_plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    text.parse().ok().filter(|decimal| is_plain && *decimal > Decimal::ZERO)
}

impl std::fmt::Display for ExchangeRate {
    /// Writes what [`ExchangeRate::parse`] reads, with the digits that were stated.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.foreign.fmt(f)?;
        if self.own == Decimal::ONE { Ok(()) } else { write!(f, "/{}", self.own) }
    }
}

impl Amount {
    /// Returns the amount, which is in the foreign currency of `rate`, in the site's, rounded half away from zero to
    /// `decimals` digits; `None` if the result is out of range.
    pub fn converted(self, rate: ExchangeRate, decimals: u32) -> Option<Self> {
        // Multiplied first: a product of decimals is exact, and a quotient that is not ends far behind the last digit.
        let target = Decimal::new(self.0, 4).checked_mul(rate.own)?.checked_div(rate.foreign)?;
        let target = target.round_dp_with_strategy(decimals.min(4), RoundingStrategy::MidpointAwayFromZero);
        let steps = target.checked_mul(Decimal::from(10_000))?.to_i64()?;
        (steps.abs() <= super::AMOUNT_MAX).then_some(Self(steps))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(text: &str, rate: ExchangeRate, decimals: u32) -> String {
        Amount::parse(text).unwrap().value.converted(rate, decimals).map_or("-".to_owned(), |a| a.to_string())
    }

    #[test]
    fn every_way_of_stating_a_rate_is_exact() {
        let check = |rate: Option<ExchangeRate>, amount: &str, expected: &str, written: &str| {
            let rate = rate.unwrap();
            assert_eq!(converted(amount, rate, 2), expected, "{amount} at {rate}");
            assert_eq!((rate.to_string().as_str(), ExchangeRate::parse(written)), (written, Some(rate)));
        };
        check(ExchangeRate::parse("1.0800"), "100.00", "92.59", "1.0800");
        check(ExchangeRate::of_value("1.1000"), "100.00", "110.00", "1/1.1000");
        // 110.055 lies in the middle; the decimal 1 / 1.1 would leave it below.
        check(ExchangeRate::of_value("1.1"), "100.05", "110.06", "1/1.1");
        check(ExchangeRate::of_value("0.0067"), "10000", "67.00", "1/0.0067");
        check(ExchangeRate::cross("162.50", "1.0842"), "16250", "108.42", "162.50/1.0842");
        check(ExchangeRate::cross("3", "1"), "-10", "-3.33", "3");
    }

    #[test]
    fn what_is_no_rate_is_refused() {
        for text in ["", "0", "-1", "1/0", "0/1", "1e5", "1,08", "1/2/3", "NaN", "1_0", "+1"] {
            assert_eq!(ExchangeRate::parse(text), None, "{text}");
        }
        let tiny = ExchangeRate::parse("0.0000000001").unwrap();
        assert_eq!(converted("99999999999999", tiny, 2), "-", "more than an amount holds");
    }

    #[test]
    fn the_value_of_a_unit_is_shown_rounded() {
        assert_eq!(ExchangeRate::of_value("1.1000").unwrap().value().to_string(), "1.1");
        assert_eq!(ExchangeRate::parse("1.0842").unwrap().value().to_string(), "0.9223390518");
    }
}
