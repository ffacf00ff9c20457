//! JSON as a tree of values whose numbers keep the digits they were written with.
//!
//! For the dialects of foreign clients, which must look into their bodies before they can say what an event is. A number
//! that a tree of values could only hold as something else is kept as its text, which the native reader takes as well.

use super::fault::Fault;
use super::json::{elements, members, unquoted};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// Levels that are taken apart. What lies deeper stays text: twice as deep as an event may be, it is refused anyway.
const LEVELS_MAX: usize = 16;

/// Returns the value that `text` is, nulls in objects left out; `None` if it is no JSON.
pub(super) fn read(text: &str) -> Option<Value> {
    let raw: &RawValue = serde_json::from_str(text).ok()?;
    Some(value(raw.get(), LEVELS_MAX))
}

fn value(text: &str, levels: usize) -> Value {
    match text.as_bytes().first() {
        Some(b'{' | b'[') if levels == 0 => Value::String(text.to_owned()),
        Some(b'{') => {
            let mut map = Map::new();
            let read = members(text, Fault::malformed, |key, member| {
                map.insert(key.into_owned(), value(member, levels - 1));
                Ok(())
            });
            read.map_or(Value::Null, |()| Value::Object(map))
        }
        Some(b'[') => {
            let mut list = Vec::new();
            let read = elements(text, Fault::malformed, |element| {
                list.push(value(element, levels - 1));
                Ok(())
            });
            read.map_or(Value::Null, |()| Value::Array(list))
        }
        Some(b'"') => Value::String(unquoted(text).into_owned()),
        Some(b't') => Value::Bool(true),
        Some(b'f') => Value::Bool(false),
        Some(b'n') | None => Value::Null,
        Some(_) => number(text),
    }
}

fn number(text: &str) -> Value {
    match serde_json::from_str::<serde_json::Number>(text) {
        Ok(number) if shortest(&number.to_string()) == shortest(text) => Value::Number(number),
        _ => Value::String(text.to_owned()),
    }
}

/// Returns the number's text without zeros that say nothing: `19.90` is `19.9`.
fn shortest(text: &str) -> &str {
    if !text.contains('.') || text.contains(['e', 'E']) {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(text: &str, expected: &Value) {
        assert_eq!(read(text).as_ref(), Some(expected), "{text}");
    }

    #[test]
    fn numbers_keep_their_digits() {
        check(r#"{"a":19.90,"b":2,"c":-0.5}"#, &json!({"a": 19.9, "b": 2, "c": -0.5}));
        check("99999999999999.9999", &json!("99999999999999.9999"));
        check("9007199254740993", &json!(9_007_199_254_740_993_u64));
        check("123456789012345678901234567890", &json!("123456789012345678901234567890"));
    }

    #[test]
    fn everything_else_is_what_it_was() {
        check(r#"{"a":null,"b":[null,true,"x\u00e9",{"c":[]}]}"#, &json!({"b": [null, true, "xé", {"c": []}]}));
        check(r#""\ud83d""#, &json!("\u{fffd}"));
        for text in ["", "{", "{}x", "nul", "NaN", "[1,]"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let mut value = read(&deep).unwrap();
        let mut levels = 0;
        while let Value::Array(list) = value {
            levels += 1;
            value = list.into_iter().next().unwrap();
        }
        assert_eq!(levels, LEVELS_MAX);
    }
}
