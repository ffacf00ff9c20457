//! The short form, which is Matomo's: conditions joined by `;` (and) and `,` (or), where `,` binds closer.
//!
//! A value reaches up to the next `;` or `,`; a backslash before `;`, `,` or `\` makes it part of the value. Names are
//! ours or Matomo's; one of Matomo's makes it a segment of visits, as all of Matomo's are.

use super::condition::condition;
use super::matomo::{self, Foreign};
use super::{Node, Of, Operator, Part, bad};
use crate::dimensions::Asked;
use crate::error::QueryError;

/// A sign with what it says, and whether it is turned round.
const SIGNS: &[(&str, Operator, bool)] = &[
    ("==", Operator::Is, false),
    ("!=", Operator::IsNot, false),
    ("=@", Operator::Contains, false),
    ("!@", Operator::Contains, true),
    ("=^", Operator::Starts, false),
    ("=$", Operator::Ends, false),
    ("<=", Operator::AtMost, false),
    (">=", Operator::AtLeast, false),
    ("<", Operator::Less, false),
    (">", Operator::More, false),
];

/// Says whether `text` is written in the short form: a name, one of its signs, and no words that join conditions.
pub(super) fn is_short(text: &str) -> bool {
    let Some((at, ..)) = sign(text) else { return false };
    let name = text[..at].trim();
    let one_name =
        !name.is_empty() && (name.contains(':') || !name.contains(char::is_whitespace)) && !name.starts_with('(');
    one_name && !joins_by_words(&text[at..])
}

/// Says whether the text goes on after `and` or `or` with another comparison: then it is the long form, misspelt.
fn joins_by_words(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let joined = words.iter().position(|w| w.eq_ignore_ascii_case("and") || w.eq_ignore_ascii_case("or"));
    joined.is_some_and(|at| {
        words[at + 1..].iter().any(|w| {
            w.contains(['=', '<', '>'])
                || ["did", "viewed", "bought", "added", "carted", "contains", "is", "in"].contains(w)
        })
    })
}

/// Returns the first sign of `text` with its place, the longest of those that begin there.
fn sign(text: &str) -> Option<(usize, &'static str, Operator, bool)> {
    let found =
        SIGNS.iter().filter_map(|(sign, operator, negated)| text.find(sign).map(|at| (at, *sign, *operator, *negated)));
    found.min_by_key(|(at, sign, ..)| (*at, std::cmp::Reverse(sign.len())))
}

/// Reads the whole of `text`; `of` is what stood before its colon.
pub(super) fn parse(of: Of, text: &str) -> Result<Part, QueryError> {
    let mut of = of;
    let mut all = Vec::new();
    for alternatives in split(text, ';') {
        let mut any = Vec::new();
        for part in split(&alternatives, ',') {
            any.push(one(&part, &mut of)?);
        }
        if !any.is_empty() {
            all.push(Node::any(any));
        }
    }
    let all = matomo::of_one_page_view(all);
    if all.is_empty() { Err(bad(text, HINT)) } else { Ok(Part { of, tree: Node::all(all) }) }
}

const HINT: &str =
    "write `dimension==value`, `dimension!=value` or `dimension=@text`, joined by `;` (and) and `,` (or)";

fn one(text: &str, of: &mut Of) -> Result<Node, QueryError> {
    let Some((at, sign, operator, negated)) = sign(text) else { return Err(bad(text, HINT)) };
    let (name, value) = (text[..at].trim(), unescape(&text[at + sign.len()..]));
    let ours = Asked::parse(name).or_else(|| Asked::field(name)).is_some();
    let foreign = if ours { None } else { matomo::named(name) };
    let node = match foreign {
        Some(Foreign::Unsupported(hint)) => {
            let message = format!("Matomo's `{name}` has no counterpart here");
            return Err(QueryError::new("query.unknown_dimension", message, hint));
        }
        Some(Foreign::Known(meaning)) => {
            if *of == Of::Rows {
                *of = Of::Visits;
            }
            // What is not so is what is so turned round: no page of the visit is this one.
            let (positive, turned) =
                if operator == Operator::IsNot { (Operator::Is, true) } else { (operator, negated) };
            let node = matomo::node(meaning, positive, &matomo::decoded(&value)).map_err(|error| near(error, name))?;
            return Ok(if turned { node.negated() } else { node });
        }
        None => Node::Compare(condition(name, operator, value).map_err(|error| near(error, name))?),
    };
    Ok(if negated { node.negated() } else { node })
}

/// Names Matomo's dimensions as well where a name is not known.
fn near(error: QueryError, name: &str) -> QueryError {
    if error.code != "query.unknown_dimension" || error.hint.starts_with("did you") || error.hint.starts_with("prop") {
        return error;
    }
    matomo::near(error, name)
}

/// Splits `text` at each `separator` that no backslash precedes; empty parts are left out. Backslashes stay.
fn split(text: &str, separator: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut escaped = false;
    for c in text.chars() {
        if c == separator && !escaped {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(c);
        }
        escaped = c == '\\' && !escaped;
    }
    parts.retain(|p| !p.trim().is_empty());
    parts
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next()),
            _ => out.push(c),
        }
    }
    out
}
