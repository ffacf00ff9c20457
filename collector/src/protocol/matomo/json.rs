//! JSON as PHP sees it after `json_decode`: objects and lists are both arrays, and everything has a text form.
//!
//! Numbers are handed on as their own text, never as binary floats. A text with half a surrogate pair (a title cut in
//! the middle of an emoji) keeps its other characters; PHP would give up the whole document and lose the order's lines.

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A JSON value in PHP's eyes.
#[derive(Debug)]
pub(super) enum Php<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number's own text.
    Number(&'a str),
    /// A text.
    Text(String),
    /// A list (keys are its indexes) or an object, in order.
    Array(Vec<(String, &'a RawValue)>),
}

impl<'a> Php<'a> {
    /// Returns the value of a JSON document, `None` if `text` is none.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        serde_json::from_str::<&RawValue>(text).ok().map(Self::of)
    }

    /// Returns what a part of a JSON document is.
    pub(super) fn of(raw: &'a RawValue) -> Self {
        let text = raw.get();
        match text.as_bytes().first() {
            Some(b'n') | None => Self::Null,
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            Some(b'"') => Self::Text(unquote(text)),
            Some(b'[') => {
                let list: Vec<&RawValue> = serde_json::from_str(text).unwrap_or_default();
                Self::Array(list.into_iter().enumerate().map(|(i, value)| (i.to_string(), value)).collect())
            }
            Some(b'{') => Self::Array(serde_json::from_str::<Members>(text).map(|m| m.0).unwrap_or_default()),
            Some(_) => Self::Number(text),
        }
    }

    /// Says whether PHP's `empty()` holds: null, false, nothing, zero, `"0"`.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Null | Self::Bool(false) => true,
            Self::Bool(true) => false,
            Self::Number(number) => {
                let mantissa = number.split(['e', 'E']).next().unwrap_or_default();
                !mantissa.bytes().any(|b| matches!(b, b'1'..=b'9'))
            }
            Self::Text(text) => text.is_empty() || text == "0",
            Self::Array(members) => members.is_empty(),
        }
    }

    /// Returns the value's text: lists are joined with commas, `None` where PHP's `empty()` holds.
    pub(super) fn text(self) -> Option<String> {
        if self.is_empty() {
            return None;
        }
        match self {
            Self::Null => None,
            Self::Bool(_) => Some("1".to_owned()),
            Self::Number(number) => Some(number.to_owned()),
            Self::Text(text) => Some(text),
            Self::Array(members) => {
                let parts = members.into_iter().filter_map(|(_, value)| match Self::of(value) {
                    Self::Array(_) => None,
                    part => part.text(),
                });
                Some(parts.collect::<Vec<_>>().join(","))
            }
        }
    }

    /// Returns the value as the text of a request parameter; lists and objects stay JSON.
    pub(super) fn into_parameter(self) -> String {
        match self {
            Self::Null | Self::Bool(false) => String::new(),
            Self::Bool(true) => "1".to_owned(),
            Self::Number(number) => number.to_owned(),
            Self::Text(text) => text,
            Self::Array(members) => rejoin(&members),
        }
    }

    /// Returns the members in order; empty for anything but a list or object.
    pub(super) fn members(self) -> Vec<(String, &'a RawValue)> {
        if let Self::Array(members) = self { members } else { Vec::new() }
    }
}

/// Writes members back as JSON: as a list where the keys are indexes, else as an object.
fn rejoin(members: &[(String, &RawValue)]) -> String {
    let is_list = members.iter().enumerate().all(|(i, (key, _))| key.parse() == Ok(i));
    let parts = members
        .iter()
        .map(|(key, value)| if is_list { value.get().to_owned() } else { format!("{}:{}", quote(key), value.get()) });
    let inner = parts.collect::<Vec<_>>().join(",");
    if is_list { format!("[{inner}]") } else { format!("{{{inner}}}") }
}

/// Returns `text` as a JSON string.
pub(super) fn quote(text: &str) -> String {
    serde_json::to_string(text).expect("a text is always a JSON string")
}

/// Returns the text of a JSON string, halves of surrogate pairs replaced.
fn unquote(quoted: &str) -> String {
    serde_json::from_str(quoted).or_else(|_| serde_json::from_str(&replace_half_pairs(quoted))).unwrap_or_default()
}

/// Replaces `\ud800` to `\udfff` that are not a whole pair with `\ufffd`.
fn replace_half_pairs(quoted: &str) -> String {
    let unit = |at: usize| -> Option<u16> {
        let escape = quoted.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(escape, 16).ok()
    };
    let mut out = String::with_capacity(quoted.len());
    let mut at = 0;
    while let Some(c) = quoted[at..].chars().next() {
        let len = match unit(at) {
            Some(0xD800..=0xDBFF) if matches!(unit(at + 6), Some(0xDC00..=0xDFFF)) => 12,
            Some(0xD800..=0xDFFF) => {
                out.push_str("\\ufffd");
                at += 6;
                continue;
            }
            Some(_) => 6,
            // An escaped character is passed as a whole, so that the second backslash of `\\u` opens nothing.
            None if c == '\\' => 1 + quoted[at + 1..].chars().next().map_or(0, char::len_utf8),
            None => c.len_utf8(),
        };
        out.push_str(&quoted[at..at + len]);
        at += len;
    }
    out
}

/// An object's members in the order they stand in.
pub(super) struct Members<'a>(pub(super) Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, &'de RawValue>()? {
                    members.push((key, value));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}
