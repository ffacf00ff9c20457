//! Values of an event: texts, times, numbers and money, each read from its own JSON text.
//!
//! Money and quantities are strict, because a wrong figure is worse than a quarantined event. Texts that only describe
//! are lenient: one that cannot be one is left out and the event is marked, so that no order is lost over a coupon.

use super::fault::Fault;
use super::json::{elements, scalar};
use crate::limits::LIST_MAX;
use commerce::hit::flags;
use commerce::ids::is_placeholder;
use commerce::money::{Amount, Currency, Parsed, Quantity, UnitPrice};
use commerce::time::Timestamp;
use std::borrow::Cow;

/// Marks set while an event is read; see [`flags`].
pub(super) type Marks = u32;

/// Returns a text, `None` if it is empty or no scalar.
pub(super) fn text(value: &str, marks: &mut Marks) -> Option<String> {
    match scalar(value) {
        Some(text) if text.trim().is_empty() => None,
        Some(text) => Some(text.into_owned()),
        None => {
            *marks |= flags::VALUE_DROPPED;
            None
        }
    }
}

/// Returns an id, trimmed; `None` if it is empty, no scalar, or one of the placeholders of broken shops.
pub(super) fn id(value: &str, marks: &mut Marks) -> Option<String> {
    let text = text(value, marks)?;
    if is_placeholder(&text) {
        *marks |= flags::PLACEHOLDER_ID;
        return None;
    }
    Some(if text.trim().len() == text.len() { text } else { text.trim().to_owned() })
}

/// Returns the texts of an array, or a single text as a list of one; `None` for none.
pub(super) fn texts(value: &str, marks: &mut Marks) -> Option<Vec<String>> {
    let mut list = Vec::new();
    if value.starts_with('[') {
        let filled = elements(value, Fault::malformed, |element| {
            if list.len() < LIST_MAX {
                list.extend(text(element, marks).filter(|_| element != "null"));
            } else {
                *marks |= flags::VALUE_DROPPED;
            }
            Ok(())
        });
        if filled.is_err() {
            *marks |= flags::VALUE_DROPPED;
        }
    } else {
        list.extend(text(value, marks));
    }
    (!list.is_empty()).then_some(list)
}

/// Returns a whole number, `None` if it is none.
pub(super) fn integer<T: std::str::FromStr>(value: &str, marks: &mut Marks) -> Option<T> {
    let number = scalar(value).and_then(|text| text.trim().parse().ok());
    if number.is_none() {
        *marks |= flags::VALUE_DROPPED;
    }
    number
}

/// Returns a truth value, also as 0 or 1 or in words; `None` if it is none.
pub(super) fn boolean(value: &str, marks: &mut Marks) -> Option<bool> {
    match scalar(value).as_deref().map(str::trim) {
        Some("true" | "1" | "yes") => Some(true),
        Some("false" | "0" | "no" | "") => Some(false),
        _ => {
            *marks |= flags::VALUE_DROPPED;
            None
        }
    }
}

/// Returns the instant that RFC 3339 text names.
pub(super) fn time(field: &str, value: &str) -> Result<Timestamp, Fault> {
    let text = value.starts_with('"').then(|| scalar(value)).flatten();
    text.and_then(|text| Timestamp::parse(&text)).ok_or_else(|| Fault::time_unreadable(field))
}

/// Returns the currency, `None` if the text is empty: the site's then.
pub(super) fn currency(value: &str) -> Result<Option<Currency>, Fault> {
    match scalar(value) {
        Some(code) if code.trim().is_empty() => Ok(None),
        Some(code) => Currency::parse(&code).map(Some).ok_or_else(Fault::currency_unknown),
        None => Err(Fault::currency_unknown()),
    }
}

/// Returns an amount of money, zero or more.
pub(super) fn amount(field: &str, value: &str, marks: &mut Marks) -> Result<Amount, Fault> {
    let amount = read(value, marks, Amount::parse, |error, text| Fault::price(field, error, text))?;
    if amount < Amount::ZERO { Err(Fault::price_negative(field)) } else { Ok(amount) }
}

/// Returns a unit price, zero or more.
pub(super) fn unit_price(field: &str, value: &str, marks: &mut Marks) -> Result<UnitPrice, Fault> {
    let price = read(value, marks, UnitPrice::parse, |error, text| Fault::price(field, error, text))?;
    if price.0 < 0 { Err(Fault::price_negative(field)) } else { Ok(price) }
}

/// Returns a quantity, zero or more.
pub(super) fn quantity(value: &str, marks: &mut Marks) -> Result<Quantity, Fault> {
    let quantity = read(value, marks, Quantity::parse, |error, _| Fault::quantity(error))?;
    if quantity.0 < 0 { Err(Fault::quantity(commerce::money::NumberError::OutOfRange)) } else { Ok(quantity) }
}

fn read<T>(
    value: &str,
    marks: &mut Marks,
    parse: fn(&str) -> Result<Parsed<T>, commerce::money::NumberError>,
    fault: impl Fn(commerce::money::NumberError, &str) -> Fault,
) -> Result<T, Fault> {
    // A list or an object is no number; its text says so as well as any.
    let text = scalar(value).unwrap_or(Cow::Borrowed(value));
    let parsed = parse(&text).map_err(|error| fault(error, &text))?;
    if parsed.rounded {
        *marks |= flags::ROUNDED;
    }
    Ok(parsed.value)
}
