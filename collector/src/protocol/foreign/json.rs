//! JSON of foreign clients as a tree, mended where one damaged place would cost everything beside it.
//!
//! A tree turns numbers into binary floats, so every number that would not come out of one as it went in (more than
//! fifteen digits, or an exponent) is made a string first: its digits reach the native reader unchanged. Bytes that are
//! no UTF-8, half surrogate pairs and the bare words `NaN` and `Infinity` are mended as the native endpoints mend them.

use serde_json::{Map, Value};

/// A JSON object.
pub(in crate::protocol) type Object = Map<String, Value>;

/// Most digits of a number that a binary float gives back as they were.
const FLOAT_DIGITS: usize = 15;

/// Returns the JSON that `body` is, `None` if it is none or nested beyond all reason.
pub(in crate::protocol) fn parse(body: &[u8]) -> Option<Value> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    serde_json::from_str(&mended(&String::from_utf8_lossy(body))).ok()
}

/// Returns what the scalar `value` says, trimmed; `None` for blank texts, null, lists and objects.
pub(in crate::protocol) fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// Returns what the member `name` of `object` says; see [`text`].
pub(in crate::protocol) fn member(object: &Object, name: &str) -> Option<String> {
    object.get(name).and_then(text)
}

/// Says whether a member says anything: null and blank texts do not.
pub(in crate::protocol) fn is_stated(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.trim().is_empty(),
        _ => true,
    }
}

/// Moves the first member of `from` among `names` that says anything to `to` under `name`.
pub(in crate::protocol) fn rename(from: &mut Object, names: &[&str], to: &mut Object, name: &str) {
    for candidate in names {
        if let Some(value) = from.remove(*candidate).filter(is_stated) {
            to.insert(name.to_owned(), value);
            return;
        }
    }
}

/// Takes the member `name` out of `object` if it is an object itself, else an empty one.
pub(in crate::protocol) fn take_object(object: &mut Object, name: &str) -> Object {
    match object.remove(name) {
        Some(Value::Object(inner)) => inner,
        _ => Object::new(),
    }
}

fn mended(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let len = match first {
            '"' => copy_string(rest, &mut out),
            '-' | '0'..='9' | 'N' | 'I' => copy_bare(rest, &mut out),
            other => {
                out.push(other);
                other.len_utf8()
            }
        };
        rest = &rest[len..];
    }
    out
}

/// Copies the number or word that `rest` begins with; returns its length.
fn copy_bare(rest: &str, out: &mut String) -> usize {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.');
    let len = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
    let bare = &rest[..len];
    let is_word = matches!(bare, "NaN" | "Infinity" | "-Infinity");
    let digits = bare.bytes().filter(u8::is_ascii_digit).count();
    let is_number = bare.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b'.' | b'e' | b'E'));
    if is_word || (is_number && (digits > FLOAT_DIGITS || bare.contains(['e', 'E']))) {
        out.extend(["\"", bare, "\""]);
    } else {
        out.push_str(bare);
    }
    len
}

/// Copies the string literal that `rest` begins with, its lone surrogates replaced; returns its length.
fn copy_string(rest: &str, out: &mut String) -> usize {
    let bytes = rest.as_bytes();
    let mut at = 1;
    out.push('"');
    while let Some(found) = rest[at..].find(['"', '\\']) {
        out.push_str(&rest[at..at + found]);
        at += found;
        if bytes[at] == b'"' {
            out.push('"');
            return at + 1;
        }
        let len = match surrogate(bytes, at) {
            None => 1 + rest[at + 1..].chars().next().map_or(0, char::len_utf8),
            Some(high) if high < 0xdc00 && surrogate(bytes, at + 6).is_some_and(|low| low >= 0xdc00) => 12,
            Some(_) => {
                out.push(char::REPLACEMENT_CHARACTER);
                at += 6;
                continue;
            }
        };
        out.push_str(&rest[at..at + len]);
        at += len;
    }
    out.push_str(&rest[at..]);
    rest.len()
}

/// Returns the surrogate that the escape at `at` stands for, `None` if none stands there.
fn surrogate(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    let code = digits.iter().try_fold(0, |value, d| Some(value * 16 + char::from(*d).to_digit(16)?))?;
    (0xd800..0xe000).contains(&code).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_in_one_place_costs_only_that_place() {
        let check = |body: &[u8], expected: &str| {
            let found = parse(body).map_or("none".to_owned(), |value| value.to_string());
            assert_eq!(found, expected, "{}", String::from_utf8_lossy(body));
        };
        check(b"\xef\xbb\xbf{\"a\":19.9}", r#"{"a":19.9}"#);
        check(br#"{"a":[NaN,-Infinity,Infinity,null,true]}"#, r#"{"a":["NaN","-Infinity","Infinity",null,true]}"#);
        check(
            br#"{"a":1234567890.123456789,"b":1e400,"c":-0.1}"#,
            r#"{"a":"1234567890.123456789","b":"1e400","c":-0.1}"#,
        );
        check(
            br#"{"a":"x\ud83d","b":"\ude00\"","c":"\ud83d\ude00"}"#,
            "{\"a\":\"x\u{fffd}\",\"b\":\"\u{fffd}\\\"\",\"c\":\"😀\"}",
        );
        check(b"{\"a\":\"\xff\"}", "{\"a\":\"\u{fffd}\"}");
        check(br#"{"1":"NaN 12345678901234567890"}"#, r#"{"1":"NaN 12345678901234567890"}"#);
        for broken in [&b""[..], b"{", b"\"", b"\"\\", b"\"\\u", b"\"\\ud83d", b"{\"a\":}", b"nope", b"-", b"1 2"] {
            check(broken, "none");
        }
        check("[".repeat(100_000).as_bytes(), "none");
    }
}
