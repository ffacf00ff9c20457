//! Texts to values, as Matomo's clients expect it of a PHP server, with one difference: cents survive.
//!
//! Matomo reads `64,37` as 64.0, because PHP does; here the comma is a decimal point. Whatever is no number stays
//! absent and is never guessed: `1,234.50`, `12€`, `false`, `undefined`. No binary float comes near an amount.

use commerce::money::{Amount, Parsed, UnitPrice};
use std::borrow::Cow;

/// Returns `text` with its HTML entities decoded and NUL characters removed.
pub(super) fn text(text: &str) -> Cow<'_, str> {
    let decoded = decode_entities(text);
    if decoded.contains('\0') { decoded.replace('\0', "").into() } else { decoded }
}

/// Decodes entities that are closed with a semicolon, and only those: `&copy=2` in a URL is a parameter.
fn decode_entities(text: &str) -> Cow<'_, str> {
    const NAME_BYTES_MAX: usize = 32;
    if !text.contains('&') || !text.contains(';') {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        let (before, from_entity) = rest.split_at(start);
        out.push_str(before);
        let name_len = from_entity[1..].bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'#').count();
        let closed = from_entity.as_bytes().get(1 + name_len) == Some(&b';');
        let len = if closed && (1..=NAME_BYTES_MAX).contains(&name_len) { name_len + 2 } else { 1 };
        let (entity, after) = from_entity.split_at(len);
        let decoded = htmlize::unescape(entity);
        // `&notit;` is no entity, though HTML would read its first letters as one.
        let whole = !decoded.ends_with(';') || decoded == ";";
        out.push_str(if len > 1 && whole { &decoded } else { entity });
        rest = after;
    }
    out.push_str(rest);
    out.into()
}

/// Returns the integer that `text` is, written as PHP would write it: no blanks, no plus sign, no leading zeros.
pub(super) fn integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let canonical = digits == "0" && text == "0" || digits.bytes().next().is_some_and(|b| matches!(b, b'1'..=b'9'));
    if canonical { text.parse().ok() } else { None }
}

/// Returns plain decimal text: a decimal comma becomes a point. `None` for anything else, blanks included.
pub(super) fn decimal(text: &str) -> Option<Cow<'_, str>> {
    let text: Cow<str> = if text.contains(',') { text.replace(',', ".").into() } else { text.into() };
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(&text);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).map_or((unsigned, None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let exponent_ok = exponent.is_none_or(|e| {
        let e = e.strip_prefix(['+', '-']).unwrap_or(e);
        !e.is_empty() && digits(e)
    });
    let plain = digits(whole) && digits(fraction) && whole.len() + fraction.len() > 0 && exponent_ok;
    plain.then_some(text)
}

/// Returns the amount that `text` is, rounded once to `decimals` (0 to 4) digits; `None` if it is none.
pub(super) fn amount(text: &str, decimals: u32) -> Option<Parsed<Amount>> {
    let text = decimal(text)?;
    let drop = 4 - i32::try_from(decimals.min(4)).ok()?;
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text.as_ref(), 0),
    };
    // Reading the number 10^drop times smaller leaves exactly `decimals` digits to be kept, so it is rounded once;
    // reading four digits first and rounding again would make 0.01 of 0.00496.
    let shifted = format!("{mantissa}e{}", exponent.checked_sub(drop)?);
    let parsed = Amount::parse(&shifted).ok()?;
    let value = parsed.value.0.checked_mul(10_i64.pow(drop.unsigned_abs()))?;
    (value.abs() <= commerce::money::AMOUNT_MAX).then_some(Parsed { value: Amount(value), rounded: parsed.rounded })
}

/// Returns the unit price that `text` is, rounded once to `decimals` (0 to 4) digits; `None` if it is none.
pub(super) fn unit_price(text: &str, decimals: u32) -> Option<Parsed<UnitPrice>> {
    let amount = amount(text, decimals)?;
    let value = amount.value.0.checked_mul(100).filter(|v| v.abs() <= commerce::money::AMOUNT_MAX)?;
    Some(Parsed { value: UnitPrice(value), rounded: amount.rounded })
}

/// Returns the number that `text` is as a JSON number of at most six decimals; `None` if it is none.
pub(super) fn json_number(text: &str) -> Option<String> {
    let number = UnitPrice::parse(&decimal(text)?).ok()?.value.to_string();
    Some(number.trim_end_matches('0').trim_end_matches('.').to_owned())
}

/// Returns `text` cut to `bytes_max` at a character's boundary, and whether it was cut.
pub(super) fn cut(text: &str, bytes_max: usize) -> (&str, bool) {
    if text.len() <= bytes_max {
        return (text, false);
    }
    (&text[..text.floor_char_boundary(bytes_max)], true)
}
