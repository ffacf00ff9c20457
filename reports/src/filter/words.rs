//! The long form taken apart into words, texts in quotation marks and signs.

use super::{Operator, bad};
use crate::error::QueryError;

/// A piece of the long form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// Letters, digits and whatever else is no sign.
    Bare(String),
    /// What stood in quotation marks, taken as it is.
    Quoted(String),
    /// `=`, `!=`, `<`, `<=`, `>` or `>=`.
    Sign(Operator),
    /// `(`
    Open,
    /// `)`
    Close,
    /// `,`
    Comma,
}

/// Takes `text` apart.
pub(super) fn words(text: &str) -> Result<Vec<Word>, QueryError> {
    let mut out = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, used) = match first {
            '(' => (Word::Open, 1),
            ')' => (Word::Close, 1),
            ',' => (Word::Comma, 1),
            '"' => quoted(rest)?,
            '=' | '!' | '<' | '>' => sign(rest)?,
            _ => bare(rest)?,
        };
        out.push(word);
        rest = rest[used..].trim_start();
    }
    Ok(out)
}

fn sign(rest: &str) -> Result<(Word, usize), QueryError> {
    let signs = [
        ("!=", Operator::IsNot),
        ("<=", Operator::AtMost),
        (">=", Operator::AtLeast),
        ("<", Operator::Less),
        (">", Operator::More),
        ("=", Operator::Is),
    ];
    let short = ["==", "=@", "=^", "=$", "!@"].iter().any(|sign| rest.starts_with(sign));
    let found = signs.iter().find(|(sign, _)| rest.starts_with(sign)).filter(|_| !short);
    let Some((sign, operator)) = found else {
        return Err(bad(
            rest,
            "`==`, `=@` and their like are joined by `;` (and) and `,` (or); with `and`, `or` and `not` write `=`, `!=`, `contains`",
        ));
    };
    Ok((Word::Sign(*operator), sign.len()))
}

fn quoted(rest: &str) -> Result<(Word, usize), QueryError> {
    let mut out = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((Word::Quoted(out), at + 1)),
            '\\' => out.extend(chars.next().map(|(_, c)| c)),
            c => out.push(c),
        }
    }
    Err(bad(rest, "the text in quotation marks does not end"))
}

fn bare(rest: &str) -> Result<(Word, usize), QueryError> {
    let ends = |c: char| c.is_whitespace() || "()=!<>,\"".contains(c);
    let used = rest.find(ends).unwrap_or(rest.len());
    let word = &rest[..used];
    if word.contains([';', '\\']) {
        return Err(bad(rest, "put a value with special characters into quotation marks"));
    }
    Ok((Word::Bare(word.to_owned()), used))
}

/// Says whether `value` can stand without quotation marks.
pub(super) fn is_bare(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-./".contains(&b))
}
