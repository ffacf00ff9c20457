//! Lists out of shops, tills and banks as CSV: with whatever separator, quotes, line ends and number forms they come.
//!
//! The first line names the columns, in any order; a line is known by its number in the file. What a column means is
//! its reader's business.

use commerce::{Amount, Currency};

/// A list with named columns.
pub(crate) struct Sheet {
    /// Names of the columns in lower case.
    pub(crate) columns: Vec<String>,
    /// The lines below the first, without empty ones.
    pub(crate) lines: Vec<Line>,
}

/// One line of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// Its number in the file, from 1.
    pub(crate) number: usize,
    /// Its fields.
    pub(crate) fields: Vec<String>,
}

/// A line that could not be read: its number and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BadLine {
    /// Its number in the file, from 1.
    pub(crate) line: usize,
    /// What is wrong with it.
    pub(crate) reason: String,
}

impl Sheet {
    /// Reads a list; empty bytes are one without columns.
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let mut lines = split(&decode(bytes));
        let first = if lines.is_empty() { Vec::new() } else { lines.remove(0).fields };
        Self { columns: first.iter().map(|name| name.to_lowercase()).collect(), lines }
    }

    /// Reads a list without a line of names, whose columns are `names`.
    pub(crate) fn unnamed(bytes: &[u8], names: &[&str]) -> Self {
        Self { columns: names.iter().map(|name| (*name).to_owned()).collect(), lines: split(&decode(bytes)) }
    }

    /// Returns the place of the first column that has one of `names`.
    pub(crate) fn column(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.columns.iter().position(|column| column == name))
    }
}

impl Line {
    /// Returns the field in `column`; empty where the line or the list has none.
    pub(crate) fn get(&self, column: Option<usize>) -> &str {
        column.and_then(|at| self.fields.get(at)).map_or("", String::as_str)
    }

    /// Returns the line as one that could not be read.
    pub(crate) fn bad(&self, reason: impl Into<String>) -> BadLine {
        BadLine { line: self.number, reason: reason.into() }
    }
}

/// Returns the text of a file: UTF-8 with or without its mark, else Latin-1, which every byte is.
fn decode(bytes: &[u8]) -> String {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().map(|b| char::from(*b)).collect(), str::to_owned)
}

/// Splits a text into lines and trimmed fields. A quote opens a field only at its start; two within it are one.
fn split(text: &str) -> Vec<Line> {
    let separator = separator_of(text);
    let mut lines = Vec::new();
    let mut line = Line { number: 1, fields: Vec::new() };
    let (mut field, mut in_quotes, mut number) = (String::new(), false, 1);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        number += usize::from(character == '\n');
        match character {
            '"' if in_quotes && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' if in_quotes => in_quotes = false,
            '"' if field.trim().is_empty() => {
                field.clear();
                in_quotes = true;
            }
            _ if in_quotes => field.push(character),
            '\n' => {
                line.fields.push(std::mem::take(&mut field).trim().to_owned());
                lines.push(std::mem::replace(&mut line, Line { number, fields: Vec::new() }));
            }
            _ if character == separator => line.fields.push(std::mem::take(&mut field).trim().to_owned()),
            _ => field.push(character),
        }
    }
    line.fields.push(field.trim().to_owned());
    lines.push(line);
    lines.retain(|line| line.fields.iter().any(|field| !field.is_empty()));
    lines
}

/// Returns what separates fields: the one of comma, semicolon and tab that the first line has most of.
fn separator_of(text: &str) -> char {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("");
    let count = |separator: char| first.chars().filter(|c| *c == separator).count();
    // Of equally many the last wins, so the comma stands at the end.
    ['\t', ';', ','].into_iter().max_by_key(|separator| count(*separator)).unwrap_or(',')
}

/// Reads an amount in `currency` as people and their programs write it: `1234.50`, `1234,50`, `1,234.50`, `1.234,50`.
///
/// # Errors
/// What is wrong with it, as a sentence's end; a form that may mean two amounts is refused.
pub(crate) fn amount(text: &str, currency: Currency) -> Result<Amount, String> {
    let plain = plain_decimal(text).ok_or_else(|| format!("`{text}` is no amount such as 1234.50"))?;
    let decimals = plain.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    if decimals == 3 && currency.decimals() != 3 {
        return Err(format!("`{text}` may mean thousands or three decimals"));
    }
    match Amount::parse(&plain) {
        Ok(parsed) if !parsed.rounded => Ok(parsed.value),
        Ok(_) => Err(format!("`{text}` has more than four decimals")),
        Err(_) => Err(format!("`{text}` is no amount such as 1234.50")),
    }
}

/// Returns a number with a point for its decimals and nothing between its thousands, `None` if it is none.
fn plain_decimal(text: &str) -> Option<String> {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let mark = digits.rfind(['.', ',']);
    let (whole, fraction) = mark.map_or((digits, None), |at| (&digits[..at], Some(&digits[at + 1..])));
    let group = match mark.map(|at| digits.as_bytes()[at]) {
        Some(b'.') => ',',
        _ => '.',
    };
    let mut groups = whole.split(group);
    let first = groups.next()?;
    let rest: Vec<&str> = groups.collect();
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let grouped = rest.iter().all(|part| part.len() == 3 && all_digits(part));
    let whole_ok = all_digits(first) && grouped && (rest.is_empty() || first.len() <= 3);
    if !whole_ok || !fraction.is_none_or(all_digits) {
        return None;
    }
    let fraction = fraction.map_or(String::new(), |fraction| format!(".{fraction}"));
    Some(format!("{sign}{first}{}{fraction}", rest.concat()))
}

#[cfg(test)]
mod tests;
