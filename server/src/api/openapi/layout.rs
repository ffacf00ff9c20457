//! How the description is written down: what fits into a line stands on one, so that a change shows as the lines it is,
//! and keys in alphabetical order, as maps of JSON have them here.

use serde_json::Value;

/// Longest line of the description, where it can be broken.
const LINE_CHARS: usize = 180;

/// Returns `value` as text with what fits into a line on a line of its own, so that a change shows as the lines it is.
pub(super) fn laid_out(value: &Value) -> String {
    let mut text = String::new();
    lay_out(value, 0, 0, &mut text);
    text.push('\n');
    text
}

/// Writes `value` at `depth`, behind `before` characters on its line.
fn lay_out(value: &Value, depth: usize, before: usize, text: &mut String) {
    let whole = value.to_string();
    if 2 * depth + before + whole.len() < LINE_CHARS {
        text.push_str(&whole);
        return;
    }
    let line = |text: &mut String, depth: usize| {
        text.push('\n');
        text.extend(std::iter::repeat_n("  ", depth));
    };
    match value {
        Value::Object(fields) => {
            text.push('{');
            for (i, (name, field)) in fields.iter().enumerate() {
                text.push_str(if i > 0 { "," } else { "" });
                line(text, depth + 1);
                let name = Value::String(name.clone()).to_string();
                text.push_str(&name);
                text.push_str(": ");
                lay_out(field, depth + 1, name.len() + 3, text);
            }
            line(text, depth);
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (i, item) in items.iter().enumerate() {
                text.push_str(if i > 0 { "," } else { "" });
                line(text, depth + 1);
                lay_out(item, depth + 1, 1, text);
            }
            line(text, depth);
            text.push(']');
        }
        _ => text.push_str(&whole),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lines_hold_what_fits_and_break_what_does_not() {
        let short = json!({ "b": [1, 2], "a": null });
        assert_eq!(laid_out(&short), "{\"a\":null,\"b\":[1,2]}\n");
        let long = json!({ "list": ["x".repeat(100), "y".repeat(100)], "n": 1 });
        let expected = format!(
            "{{\n  \"list\": [\n    \"{}\",\n    \"{}\"\n  ],\n  \"n\": 1\n}}\n",
            "x".repeat(100),
            "y".repeat(100)
        );
        assert_eq!(laid_out(&long), expected);
    }
}
