//! JSON taken apart one level at a time: members of an object, elements of an array, the text of a string.
//!
//! Values stay text until a reader knows what they are, so a wrong type in one place costs only that place, numbers
//! are never turned into binary floats, and nothing recurses. Half a surrogate pair (`JSON.stringify` of a cut emoji)
//! becomes U+FFFD, and so does NUL; a repeated name counts once, the last wins.

use super::fault::Fault;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// Calls `take` for every member of the object that JSON `text` is, nulls left out, with its name and its value's text.
///
/// # Errors
/// `not_object` if it is none, else the first fault that `take` returns.
pub(super) fn members<'a, F>(text: &'a str, not_object: impl FnOnce() -> Fault, take: F) -> Result<(), Fault>
where
    F: FnMut(Cow<'a, str>, &'a str) -> Result<(), Fault>,
{
    let mut fault = None;
    let visitor = Members { take, fault: &mut fault };
    match serde_json::Deserializer::from_str(text).deserialize_map(visitor) {
        Ok(()) => Ok(()),
        Err(_) => Err(fault.unwrap_or_else(not_object)),
    }
}

/// Calls `take` for every element of the array that JSON `text` is.
///
/// # Errors
/// `not_array` if it is none, else the first fault that `take` returns.
pub(super) fn elements<'a, F>(text: &'a str, not_array: impl FnOnce() -> Fault, take: F) -> Result<(), Fault>
where
    F: FnMut(&'a str) -> Result<(), Fault>,
{
    let mut fault = None;
    let visitor = Elements { take, fault: &mut fault };
    match serde_json::Deserializer::from_str(text).deserialize_seq(visitor) {
        Ok(()) => Ok(()),
        Err(_) => Err(fault.unwrap_or_else(not_array)),
    }
}

struct Members<'f, F> {
    take: F,
    fault: &'f mut Option<Fault>,
}

impl<'a, F: FnMut(Cow<'a, str>, &'a str) -> Result<(), Fault>> Visitor<'a> for Members<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<&'a RawValue>()? {
            let value = map.next_value::<&'a RawValue>()?.get();
            if value == "null" {
                continue;
            }
            if let Err(fault) = (self.take)(unquoted(name.get()), value) {
                *self.fault = Some(fault);
                return Err(serde::de::Error::custom("fault"));
            }
        }
        Ok(())
    }
}

struct Elements<'f, F> {
    take: F,
    fault: &'f mut Option<Fault>,
}

impl<'a, F: FnMut(&'a str) -> Result<(), Fault>> Visitor<'a> for Elements<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'a>>(mut self, mut list: A) -> Result<(), A::Error> {
        while let Some(value) = list.next_element::<&'a RawValue>()? {
            if let Err(fault) = (self.take)(value.get()) {
                *self.fault = Some(fault);
                return Err(serde::de::Error::custom("fault"));
            }
        }
        Ok(())
    }
}

/// Returns what the scalar `value` says as text: a string's content, a number or a boolean as it is written; `None` for
/// objects and arrays.
pub(super) fn scalar(value: &str) -> Option<Cow<'_, str>> {
    match value.as_bytes().first()? {
        b'"' => Some(unquoted(value)),
        b'{' | b'[' => None,
        _ => Some(Cow::Borrowed(value)),
    }
}

/// Returns the content of the string literal `literal`, which is valid JSON.
pub(super) fn unquoted(literal: &str) -> Cow<'_, str> {
    let inner = literal.strip_prefix('"').and_then(|l| l.strip_suffix('"')).unwrap_or(literal);
    if inner.contains('\\') { Cow::Owned(unescaped(inner)) } else { Cow::Borrowed(inner) }
}

fn unescaped(inner: &str) -> String {
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let (character, len) = escape(&rest[at..]);
        out.push(character);
        rest = &rest[at + len..];
    }
    out.push_str(rest);
    out
}

/// Returns the character that the escape at the start of `text` stands for, and the escape's length in bytes.
pub(super) fn escape(text: &str) -> (char, usize) {
    let bytes = text.as_bytes();
    match bytes.get(1) {
        Some(b'n') => ('\n', 2),
        Some(b't') => ('\t', 2),
        Some(b'r') => ('\r', 2),
        Some(b'b') => ('\u{8}', 2),
        Some(b'f') => ('\u{c}', 2),
        Some(b'u') => unicode_escape(bytes),
        Some(other) if other.is_ascii() => (char::from(*other), 2),
        // Valid JSON has nothing else; what is not valid still may not panic.
        _ => (char::REPLACEMENT_CHARACTER, 1),
    }
}

fn unicode_escape(bytes: &[u8]) -> (char, usize) {
    let Some(unit) = hex4(bytes, 2) else { return (char::REPLACEMENT_CHARACTER, 2) };
    if (0xd800..0xdc00).contains(&unit)
        && bytes.get(6..8) == Some(b"\\u")
        && let Some(low) = hex4(bytes, 8).filter(|low| (0xdc00..0xe000).contains(low))
    {
        let code = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
        return (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 12);
    }
    (char::from_u32(unit).filter(|c| *c != '\0').unwrap_or(char::REPLACEMENT_CHARACTER), 6)
}

fn hex4(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = bytes.get(at..at + 4)?;
    digits.iter().try_fold(0, |value, d| Some(value * 16 + char::from(*d).to_digit(16)?))
}
