//! What an event says beyond the fields that we know, gathered into one JSON object in text.
//!
//! Values are copied as they were written, numbers included. Only what other readers of JSON would stumble over is
//! changed: half surrogate pairs and NUL, and strings beyond the limit, which are cut.

use super::fault::Fault;
use super::json::escape;
use super::value::Marks;
use crate::limits::{DEPTH_MAX, TEXT_BYTES_MAX};
use crate::person::hex;
use commerce::hit::flags;

/// A JSON object that is being written.
#[derive(Debug, Default)]
pub(super) struct Properties {
    out: String,
}

impl Properties {
    /// Adds a member whose value is JSON text that stands `level` levels deep in the event.
    ///
    /// # Errors
    /// [`Fault::too_deep`].
    pub(super) fn add(&mut self, name: &str, value: &str, level: usize, marks: &mut Marks) -> Result<(), Fault> {
        if value.starts_with(['{', '[']) && depth(value) + level > DEPTH_MAX {
            return Err(Fault::too_deep());
        }
        self.out.push(if self.out.is_empty() { '{' } else { ',' });
        write_string(name, &mut self.out);
        self.out.push(':');
        if value.contains('\\') || value.len() > TEXT_BYTES_MAX {
            copy_value(value, &mut self.out, marks);
        } else {
            self.out.push_str(value);
        }
        Ok(())
    }

    /// Returns the object's text, `None` if nothing was added.
    pub(super) fn finish(mut self) -> Option<String> {
        if self.out.is_empty() {
            return None;
        }
        self.out.push('}');
        Some(self.out)
    }
}

/// Returns how deep JSON `value` is nested: 0 for a scalar.
pub(super) fn depth(value: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut bytes = value.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => skip_string(&mut bytes),
            _ => {}
        }
    }
    deepest
}

fn skip_string(bytes: &mut std::str::Bytes<'_>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => return,
            b'\\' => {
                bytes.next();
            }
            _ => {}
        }
    }
}

/// Writes `text` as a JSON string.
pub(super) fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        write_character(character, out);
    }
    out.push('"');
}

fn write_character(character: char, out: &mut String) {
    match character {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\0' => out.push(char::REPLACEMENT_CHARACTER),
        c if c < ' ' => {
            let byte = c as u8;
            out.push_str("\\u00");
            out.push_str(&hex(&[byte]));
        }
        c => out.push(c),
    }
}

/// Copies JSON `value`, its strings written anew.
fn copy_value(value: &str, out: &mut String, marks: &mut Marks) {
    let mut rest = value;
    while let Some(at) = rest.find('"') {
        out.push_str(&rest[..at]);
        rest = copy_string(&rest[at + 1..], out, marks);
    }
    out.push_str(rest);
}

/// Copies the string whose opening quote stands before `rest`; returns what follows its closing quote.
fn copy_string<'a>(mut rest: &'a str, out: &mut String, marks: &mut Marks) -> &'a str {
    out.push('"');
    let mut written = 0;
    while let Some(first) = rest.chars().next() {
        let (character, len) = match first {
            '"' => {
                rest = &rest[1..];
                break;
            }
            '\\' => escape(rest),
            other => (other, other.len_utf8()),
        };
        rest = &rest[len..];
        if written + character.len_utf8() > TEXT_BYTES_MAX {
            *marks |= flags::TRUNCATED;
            // The rest of the string is passed over; nothing shorter may slip in behind the cut.
            written = usize::MAX / 2;
            continue;
        }
        written += character.len_utf8();
        write_character(character, out);
    }
    out.push('"');
    rest
}
