//! Exact money. Amounts are integers in 1/10 000 of a currency's unit; no binary float comes near them.
//!
//! Rules: `docs/money.md`. Decimal text is parsed digit by digit, rounding is half away from zero, and
//! a whole is split by largest remainder so that the parts always sum to it.

use minicbor::{Decode, Encode};

mod rate;

pub use rate::ExchangeRate;

/// Largest magnitude of an [`Amount`]: 99 999 999 999 999.9999 units.
pub const AMOUNT_MAX: i64 = 999_999_999_999_999_999;

/// An amount in 1/10 000 of a currency's unit, within ±99 999 999 999 999.9999. Its currency stands beside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct Amount(#[n(0)] pub i64);

/// A unit price in 1/1 000 000 of a currency's unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct UnitPrice(#[n(0)] pub i64);

/// A quantity in 1/1 000 of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct Quantity(#[n(0)] pub i64);

/// An ISO 4217 currency code in upper case.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct Currency(#[cbor(n(0), with = "minicbor::bytes")] [u8; 3]);

/// Why a text is no number of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberError {
    /// Not a plain decimal number (`NaN`, `1,5`, `12 EUR`, an empty text).
    NotANumber,
    /// Outside the range that is kept.
    OutOfRange,
}

/// A number read from text, and whether it had more decimals than are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parsed<T> {
    /// The number, rounded half away from zero where needed.
    pub value: T,
    /// True if rounding changed it.
    pub rounded: bool,
}

/// Reads decimal `text` as an integer in 10^-`scale`, rounding half away from zero.
///
/// Accepts an optional sign, digits with one point, and an exponent, as JSON numbers have it. Leading and trailing
/// blanks are allowed; any other character, thousands separators included, is refused.
fn parse_scaled(text: &str, scale: i32, max: i64) -> Result<Parsed<i64>, NumberError> {
    let text = text.trim();
    let (negative, rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let (mantissa, exponent) = match rest.find(['e', 'E']) {
        Some(at) => (&rest[..at], rest[at + 1..].parse::<i32>().map_err(|_| NumberError::NotANumber)?),
        None => (rest, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let plain = whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit());
    if !plain || whole.len() + fraction.len() == 0 {
        return Err(NumberError::NotANumber);
    }
    // The digits `d1 d2 ... dn` stand for 0.d1d2...dn x 10^point; the first `point + scale` of them are kept.
    let keep = i64::from(exponent) + i64::from(scale) + whole.len() as i64;
    let digits = || whole.bytes().chain(fraction.bytes());
    let mut value: i128 = 0;
    let mut rounded = false;
    for (i, digit) in digits().enumerate() {
        let digit = i128::from(digit - b'0');
        let i = i as i64;
        if i < keep {
            value = value.checked_mul(10).and_then(|v| v.checked_add(digit)).ok_or(NumberError::OutOfRange)?;
        } else {
            value += i128::from(i == keep && digit >= 5);
            rounded |= digit != 0;
        }
    }
    let missing = keep - (whole.len() + fraction.len()) as i64;
    for _ in 0..missing {
        if value == 0 {
            break;
        }
        value = value.checked_mul(10).filter(|v| *v <= i128::from(i64::MAX)).ok_or(NumberError::OutOfRange)?;
    }
    if value > i128::from(max) {
        return Err(NumberError::OutOfRange);
    }
    let value = value as i64;
    Ok(Parsed { value: if negative { -value } else { value }, rounded })
}

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Returns the amount that decimal `text` names.
    ///
    /// # Errors
    /// [`NumberError`] if it is no plain decimal number or out of range.
    pub fn parse(text: &str) -> Result<Parsed<Self>, NumberError> {
        parse_scaled(text, 4, AMOUNT_MAX).map(|p| Parsed { value: Self(p.value), rounded: p.rounded })
    }

    /// Returns the sum, `None` if it leaves the range of an `i64`.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// Returns the amount rounded half away from zero to `decimals` (0 to 4) digits after the point.
    #[must_use]
    pub fn rounded_to(self, decimals: u32) -> Self {
        let step = 10_i64.pow(4 - decimals.min(4));
        let half = step / 2 * self.0.signum();
        Self(self.0.saturating_add(half) / step * step)
    }
}

/// Writes `value` in 10^-`scale` with at least `min` decimals and no further trailing zeros.
fn write_scaled(f: &mut std::fmt::Formatter<'_>, value: i64, scale: u32, min: usize) -> std::fmt::Result {
    let unit = 10_u64.pow(scale);
    let magnitude = value.unsigned_abs();
    let fraction = format!("{:0width$}", magnitude % unit, width = scale as usize);
    let significant = fraction.trim_end_matches('0').len().max(min);
    let sign = if value < 0 { "-" } else { "" };
    write!(f, "{sign}{}", magnitude / unit)?;
    if significant > 0 {
        write!(f, ".{}", &fraction[..significant])?;
    }
    Ok(())
}

impl std::fmt::Display for Amount {
    /// Writes decimal text with two to four decimals: `49.90`, `0.0125`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write_scaled(f, self.0, 4, 2)
    }
}

impl std::iter::Sum for Amount {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        Self(amounts.fold(0_i64, |sum, a| sum.saturating_add(a.0)))
    }
}

impl UnitPrice {
    /// Returns the unit price that decimal `text` names.
    ///
    /// # Errors
    /// [`NumberError`] if it is no plain decimal number or out of range (±999 999 999 999).
    pub fn parse(text: &str) -> Result<Parsed<Self>, NumberError> {
        parse_scaled(text, 6, AMOUNT_MAX).map(|p| Parsed { value: Self(p.value), rounded: p.rounded })
    }

    /// Returns price x `quantity`, rounded once, half away from zero, to `decimals` digits. Saturates.
    pub fn times(self, quantity: Quantity, decimals: u32) -> Amount {
        // 10^-6 x 10^-3 = 10^-9; one step of `decimals` digits is 10^(9 - decimals) of those.
        let exact = i128::from(self.0) * i128::from(quantity.0);
        let step = 10_i128.pow(9 - decimals.min(4));
        let steps = (exact + step / 2 * exact.signum()) / step;
        let amount = steps * 10_i128.pow(4 - decimals.min(4));
        Amount(amount.clamp(-i128::from(AMOUNT_MAX), i128::from(AMOUNT_MAX)) as i64)
    }
}

impl std::fmt::Display for UnitPrice {
    /// Writes decimal text with two to six decimals.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write_scaled(f, self.0, 6, 2)
    }
}

impl Quantity {
    /// One piece.
    pub const ONE: Self = Self(1000);

    /// Returns the quantity that decimal `text` names, up to three decimals.
    ///
    /// # Errors
    /// [`NumberError`] if it is no plain decimal number or out of range.
    pub fn parse(text: &str) -> Result<Parsed<Self>, NumberError> {
        parse_scaled(text, 3, 1_000_000_000_000).map(|p| Parsed { value: Self(p.value), rounded: p.rounded })
    }
}

impl Default for Quantity {
    fn default() -> Self {
        Self::ONE
    }
}

impl std::fmt::Display for Quantity {
    /// Writes decimal text without trailing zeros: `2`, `0.5`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write_scaled(f, self.0, 3, 0)
    }
}

impl Currency {
    /// Returns the currency of ISO 4217 `code` in any case, `None` if ISO lists none.
    pub fn parse(code: &str) -> Option<Self> {
        let upper = code.trim().to_ascii_uppercase();
        iso_currency::Currency::from_code(&upper)?;
        upper.as_bytes().try_into().ok().map(Self)
    }

    /// Returns the three-letter code.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Returns how many decimals ISO 4217 gives the currency, 0 to 4; 2 where it gives none (precious metals).
    pub fn decimals(self) -> u32 {
        let exponent = iso_currency::Currency::from_code(self.code()).and_then(iso_currency::Currency::exponent);
        exponent.map_or(2, |e| u32::from(e).min(4))
    }
}

impl std::fmt::Debug for Currency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::fmt::Display for Currency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

/// Splits `whole` by `weights` so that the parts sum to it exactly, to steps of `decimals` digits.
///
/// Largest remainder, ties to the first. Negative weights count as zero; if no weight is positive, all weigh the same.
/// Returns an empty list for no weights.
pub fn allocate(whole: Amount, weights: &[i64], decimals: u32) -> Vec<Amount> {
    if weights.is_empty() {
        return Vec::new();
    }
    let even = weights.iter().all(|w| *w <= 0);
    let weights: Vec<i128> = weights.iter().map(|w| if even { 1 } else { i128::from((*w).max(0)) }).collect();
    let total: i128 = weights.iter().sum();
    let mut step = 10_i128.pow(4 - decimals.min(4));
    if i128::from(whole.0) % step != 0 {
        step = 1;
    }
    let steps = i128::from(whole.0.unsigned_abs()) / step;
    let mut parts: Vec<i128> = weights.iter().map(|w| steps * w / total).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|&i| (std::cmp::Reverse(steps * weights[i] % total), i));
    let left = steps - parts.iter().sum::<i128>();
    for &i in order.iter().take(left as usize) {
        parts[i] += 1;
    }
    parts.into_iter().map(|p| Amount((p * step) as i64 * whole.0.signum())).collect()
}

#[cfg(test)]
mod tests;
