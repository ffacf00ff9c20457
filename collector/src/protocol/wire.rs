//! JSON, base64, fields and times as foreign clients write them, read without losing a digit.
//!
//! Nothing here knows a dialect. What cannot be read is `None`; what to make of that is the dialect's to say.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use commerce::hit::names;
use commerce::time::Timestamp;
use serde_json::{Map, Number, Value};
use std::borrow::Cow;

/// The 43-byte GIF of one transparent pixel.
pub(super) const GIF: [u8; 43] = *b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00\x21\xf9\x04\x01\x00\x00\x00\x00\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b";

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Returns the value that JSON `text` is, `None` if it is none. A number that a binary float would change (`49.90`, or
/// one of many digits) becomes a text of the same digits, which the native reader takes as well.
pub(super) fn json(text: &str) -> Option<Value> {
    serde_json::from_str(&exact(text)).ok()
}

fn exact(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let (mut out, mut copied, mut at) = (String::new(), 0, 0);
    while let Some(byte) = bytes.get(at) {
        let start = at;
        match byte {
            b'"' => at = string_end(bytes, at + 1),
            b'-' | b'0'..=b'9' => {
                let is_part = |b: &u8| matches!(b, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9');
                at += bytes[at..].iter().take_while(|b| is_part(b)).count();
                let number = &text[start..at];
                if serde_json::from_str::<Number>(number).is_ok_and(|read| read.to_string() != number) {
                    out.push_str(&text[copied..start]);
                    out.extend(["\"", number, "\""]);
                    copied = at;
                }
            }
            _ => at += 1,
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// Returns where the string that begins at `at` is over.
fn string_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Returns what base64 `text` says: either alphabet, with or without padding, a blank for a plus that a form decoded.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let plain = |c: char| match c {
        '-' | ' ' => '+',
        '_' => '/',
        other => other,
    };
    LENIENT.decode(text.trim_matches(['\r', '\n', '\t']).chars().map(plain).collect::<String>()).ok()
}

/// Returns the scalar as text, `None` for null, lists and objects.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(is) => Some(is.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Named texts: a query, a form, or a flat JSON object.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Returns the fields of a query or form.
    pub(super) fn of_query(query: &[u8]) -> Self {
        Self(form_urlencoded::parse(query).into_owned().collect())
    }

    /// Returns the members of `object`; lists and objects as their JSON text.
    pub(super) fn of_object(object: &Map<String, Value>) -> Self {
        let text = |value: &Value| scalar(value).unwrap_or_else(|| value.to_string());
        let told = object.iter().filter(|(_, value)| !value.is_null());
        Self(told.map(|(name, value)| (name.clone(), text(value))).collect())
    }

    /// Adds `more`, which loses against what is there.
    pub(super) fn or(mut self, more: Self) -> Self {
        self.0.extend(more.0);
        self
    }

    /// Returns the fields of these names alone.
    pub(super) fn only(&self, names: &[&str]) -> Self {
        Self(self.0.iter().filter(|(name, _)| names.contains(&name.as_str())).cloned().collect())
    }

    /// Returns the first value of `name` that is not blank.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, value)| *known == name && !value.trim().is_empty()).map(|(_, value)| value)
    }

    /// Returns every field.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Returns the instant that digits name: seconds since 1970, or milli- or microseconds if there are that many.
pub(super) fn epoch(text: &str) -> Option<Timestamp> {
    let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let decimals = match whole.len() {
        ..=11 => 6,
        12..=14 => 3,
        15..=17 => 0,
        _ => return None,
    };
    let fraction: String = fraction.chars().chain("000000".chars()).take(decimals).collect();
    format!("{whole}{fraction}").parse().ok().map(Timestamp)
}

/// Returns a client's time as the native reader takes it; what is no time it will refuse with a reason.
pub(super) fn time(text: &str) -> String {
    epoch(text).map_or_else(|| text.to_owned(), |at| at.to_string())
}

/// Adds the member `name` to `object` if there is a value.
pub(super) fn put(object: &mut Map<String, Value>, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        object.insert(name.to_owned(), value.into());
    }
}

/// Says whether an id is one that a client's library made up for a device: five groups of hexadecimal digits.
pub(super) fn is_random(id: &str) -> bool {
    let groups: Vec<&str> = id.trim().split('-').collect();
    let is_hex = |group: &&str| !group.is_empty() && group.bytes().all(|b| b.is_ascii_hexdigit());
    groups.len() == 5 && id.trim().len() >= 32 && groups.iter().all(is_hex)
}

/// Returns the name of ours that `name` is, `None` if it is none. A client's event that is only called so by chance must
/// get another one.
pub(super) fn native_name(name: &str) -> Option<&'static str> {
    // No client of others begins visits by itself but Ahoy's, which says so in a request of its own.
    names::ALL.into_iter().filter(|ours| *ours != names::VISIT_START).find(|ours| *ours == name)
}

#[cfg(test)]
pub(super) mod tests;
