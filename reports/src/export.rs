//! A [`Table`] as text for other programs and for people: CSV, an aligned table, and files of all kinds.

mod file;
mod workbook;

pub use file::{FileKind, FileMaker, Form};

use crate::metrics::Unit;
use crate::table::{Cell, Column, Kind, Table};
use std::borrow::Cow;

impl Table {
    /// Returns the rows as CSV (RFC 4180): a line of names, then the rows; no totals. Null is empty.
    ///
    /// A text that a spreadsheet would run as a formula gets an apostrophe before it; numbers stay numbers.
    pub fn to_csv(&self) -> String {
        let names: Vec<Cell> = self.columns.iter().map(|c| Cell::Text(c.name.clone())).collect();
        std::iter::once(&names).chain(&self.rows).map(|row| csv_line(row)).collect()
    }

    /// Returns the rows as an aligned table for a terminal, with the totals below a rule where there are dimensions.
    pub fn to_text(&self) -> String {
        let heads: Vec<String> = self.columns.iter().map(|c| self.head(c)).collect();
        let shown = |row: &[Cell]| {
            row.iter().zip(&self.columns).map(|(cell, column)| for_people(cell, column)).collect::<Vec<_>>()
        };
        let rows: Vec<Vec<String>> = self.rows.iter().map(|row| shown(row)).collect();
        let split = self.columns.iter().any(|c| c.kind == Kind::Dimension);
        let mut totals = shown(&self.totals);
        for (i, (text, column)) in totals.iter_mut().zip(&self.columns).enumerate() {
            if column.kind == Kind::Dimension {
                if i == 0 { "total" } else { "" }.clone_into(text);
            }
        }
        let widths: Vec<usize> = (0..heads.len())
            .map(|i| {
                let cells = rows.iter().map(|r| &r[i]).chain([&heads[i], &totals[i]]);
                cells.map(|text| text.chars().count()).max().unwrap_or(0)
            })
            .collect();
        let mut out = String::new();
        let mut line = |fields: &[String]| {
            let padded: Vec<String> = fields
                .iter()
                .zip(&self.columns)
                .zip(&widths)
                .map(|((field, column), width)| match column.kind {
                    Kind::Dimension => format!("{field:<width$}"),
                    Kind::Metric => format!("{field:>width$}"),
                })
                .collect();
            out.push_str(padded.join("  ").trim_end());
            out.push('\n');
        };
        let rule: Vec<String> = widths.iter().map(|w| "-".repeat(*w)).collect();
        line(&heads);
        line(&rule);
        for row in &rows {
            line(row);
        }
        if split {
            line(&rule);
            line(&totals);
        }
        out
    }

    fn head(&self, column: &Column) -> String {
        match column.unit {
            Some(Unit::Money) => format!("{} {}", column.name, self.meta.currency),
            _ => column.name.clone(),
        }
    }
}

/// Returns `row` as a line of CSV.
fn csv_line(row: &[Cell]) -> String {
    let fields: Vec<Cow<'_, str>> = row
        .iter()
        .map(|cell| match cell {
            Cell::Text(text) => csv_text(text),
            other => Cow::Owned(other.text()),
        })
        .collect();
    format!("{}\r\n", fields.join(","))
}

/// Returns `text` as a field, guarded against being run as a formula and quoted where it must be.
fn csv_text(text: &str) -> Cow<'_, str> {
    let risky = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let quoted = text.contains(['"', ',', '\r', '\n']);
    match (risky, quoted) {
        (false, false) => Cow::Borrowed(text),
        (true, false) => Cow::Owned(format!("'{text}")),
        (_, true) => Cow::Owned(format!("\"{}{}\"", if risky { "'" } else { "" }, text.replace('"', "\"\""))),
    }
}

fn for_people(cell: &Cell, column: &Column) -> String {
    match (cell, column.unit) {
        (Cell::Null, _) => "-".to_owned(),
        (Cell::Ratio(n), Some(Unit::Percent)) => {
            let sign = if *n < 0 { "-" } else { "" };
            format!("{sign}{}.{:02}%", n.unsigned_abs() / 100, n.unsigned_abs() % 100)
        }
        // A tab or line feed in a product's name must not break the table, nor an escape the terminal.
        (Cell::Text(text), _) => text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect(),
        (cell, _) => cell.text(),
    }
}

#[cfg(test)]
mod tests;
