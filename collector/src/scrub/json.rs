//! Secrets and card numbers in JSON text: values are judged by the name of their field.
//!
//! One pass over the tokens; structure and order stay as they are. The text is expected to be JSON already; of
//! anything else what looks like a string is treated like one, and nothing panics.

use super::{
    EMAIL_FIELDS, SCRUBBED, UNKNOWN_FIELD_DIGITS_MIN, card_numbers, is_id_field, is_secret_field, plain_name, url,
};
use std::borrow::Cow;

/// What the name of a field says of its value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Unknown,
    Id,
    Secret,
}

impl Field {
    fn of(name: &str, keep_email: bool) -> Self {
        let plain = plain_name(name);
        if is_secret_field(&plain) || (!keep_email && EMAIL_FIELDS.contains(&plain.as_str())) {
            Self::Secret
        } else if is_id_field(&plain) {
            Self::Id
        } else {
            Self::Unknown
        }
    }
}

/// Returns JSON `text` without the values of secret fields and without card numbers in fields that are no ids; `None`
/// if there was nothing to scrub. E-mail addresses are values of secret fields unless `keep_email`.
pub fn json(text: &str, keep_email: bool) -> Option<String> {
    let mut scan = Scan { text, at: 0, copied: 0, out: String::new(), field: Field::Unknown, keep_email };
    while scan.at < text.len() {
        scan.step();
    }
    if scan.copied == 0 {
        return None;
    }
    scan.out.push_str(&text[scan.copied..]);
    Some(scan.out)
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
    copied: usize,
    out: String,
    field: Field,
    keep_email: bool,
}

impl Scan<'_> {
    fn step(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        match rest[0] {
            b'"' => {
                let end = self.at + string_len(rest);
                let literal = &self.text[self.at + 1..end];
                // A text that was cut off has no closing quote.
                let inner = literal.strip_suffix('"').unwrap_or(literal);
                let is_name = self.text[end..].trim_start().starts_with(':');
                if is_name {
                    self.field = Field::of(inner, self.keep_email);
                } else {
                    let kept = self.judge(inner);
                    self.put(end, kept.map(|kept| format!("\"{kept}\"")));
                }
                self.at = end;
            }
            b'-' | b'0'..=b'9' => {
                let len =
                    rest.iter().take_while(|b| matches!(b, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')).count();
                let end = self.at + len;
                let kept = self.judge(&self.text[self.at..end]);
                self.put(end, kept.map(|kept| format!("\"{kept}\"")));
                self.at = end;
            }
            // The end of a container ends the reach of a name; one that is open reaches into it.
            b'}' | b']' => {
                self.field = Field::Unknown;
                self.at += 1;
            }
            _ => self.at += 1,
        }
    }

    /// Returns what is kept of a value, `None` if all of it is.
    fn judge(&self, value: &str) -> Option<Cow<'static, str>> {
        match self.field {
            Field::Secret if value.is_empty() || value == SCRUBBED => None,
            Field::Secret => Some(Cow::Borrowed(SCRUBBED)),
            Field::Id => None,
            // Shops put URLs everywhere, with all that stands in them.
            Field::Unknown if value.contains("://") || value.starts_with('/') => url(value).map(Cow::Owned),
            Field::Unknown => card_numbers(value, UNKNOWN_FIELD_DIGITS_MIN).map(Cow::Owned),
        }
    }

    /// Writes `kept` in place of the token from the current position to `end`.
    fn put(&mut self, end: usize, kept: Option<String>) {
        if let Some(kept) = kept {
            self.out.push_str(&self.text[self.copied..self.at]);
            self.out.push_str(&kept);
            self.copied = end;
        }
    }
}

/// Returns the length of the string literal that `bytes` begin with, its quotes included; all of it if it never ends.
fn string_len(bytes: &[u8]) -> usize {
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}
