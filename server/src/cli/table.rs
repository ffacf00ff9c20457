//! Lists as aligned text.

use serde_json::Value;

/// Returns `rows`, a JSON list of objects, as text with one aligned column for each name in `columns`.
pub(super) fn aligned(rows: &Value, columns: &[&str]) -> String {
    let rows = rows.as_array().map_or(&[][..], Vec::as_slice);
    let mut lines: Vec<Vec<String>> = vec![columns.iter().map(|c| (*c).to_owned()).collect()];
    lines.extend(rows.iter().map(|row| columns.iter().map(|column| text(&row[*column])).collect()));
    let width = |at: usize| lines.iter().map(|line| line[at].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let mut out = String::new();
    for line in &lines {
        let cells: Vec<String> = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        out.push_str(cells.join("  ").trim_end());
        out.push('\n');
    }
    out
}

/// Control characters would let a name write over the terminal.
fn text(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lists_are_aligned() {
        let rows = json!([{"id": 1, "name": "a\u{1b}[2J"}, {"id": 12, "name": null}]);
        assert_eq!(aligned(&rows, &["id", "name"]), "id  name\n1   a\u{fffd}[2J\n12\n");
        assert_eq!(aligned(&json!([]), &["id"]), "id\n");
    }
}
