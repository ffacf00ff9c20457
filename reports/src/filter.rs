//! Filters: conditions on dimensions, joined by `;` (and) and `,` (or), where `,` binds closer.
//!
//! `channel==Email;country==DE,country==AT` keeps the German and Austrian part of the mail traffic. `==` and `!=` compare
//! (an empty value is "unknown"), `=@` asks whether the value contains a text, in any case. A backslash before `;`, `,`
//! or `\` makes it part of a value. Values reach SQL as bound parameters only.
//!
//! Where a figure has many rows of the dimension (an order its products, a visit its pages), it counts if one of them
//! meets the conditions: `sku!=A` keeps orders with anything but A. A row of a report, used as a filter, gives its
//! figures again.

use crate::calendar::TimeUnit;
use crate::dimensions::{Asked, DIMENSIONS, Values};
use crate::error::{QueryError, near_names};

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `==`
    Is,
    /// `!=`
    IsNot,
    /// `=@`
    Contains,
}

/// One comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// What is compared.
    pub dimension: Asked,
    /// How.
    pub operator: Operator,
    /// With what; empty for "unknown".
    pub value: String,
}

/// Conditions that all hold, each of which is a list of alternatives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// All of these hold; of each, one.
    pub all: Vec<Vec<Condition>>,
}

impl Filter {
    /// Reads a filter from `text`.
    ///
    /// # Errors
    /// `query.bad_filter` if a part is no condition, `query.unknown_dimension` if it names no dimension.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let mut all = Vec::new();
        for alternatives in split(text, ';') {
            let conditions: Result<Vec<Condition>, QueryError> =
                split(&alternatives, ',').iter().map(|part| condition(part)).collect();
            all.push(conditions?);
        }
        Ok(Self { all })
    }

    /// Returns every condition.
    pub fn conditions(&self) -> impl Iterator<Item = &Condition> {
        self.all.iter().flatten()
    }
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

fn condition(text: &str) -> Result<Condition, QueryError> {
    let found = [("==", Operator::Is), ("!=", Operator::IsNot), ("=@", Operator::Contains)]
        .into_iter()
        .filter_map(|(sign, operator)| text.find(sign).map(|at| (at, operator)))
        .min_by_key(|(at, _)| *at);
    let Some((at, operator)) = found else {
        return Err(bad(
            text,
            "write `dimension==value`, `dimension!=value` or `dimension=@text`, joined by `;` (and) and `,` (or)",
        ));
    };
    let dimension = asked(text[..at].trim())?;
    let value = unescape(&text[at + 2..]);
    check(&dimension, operator, &value)?;
    Ok(Condition { dimension, operator, value })
}

/// Returns the dimension named `name`.
pub(crate) fn asked(name: &str) -> Result<Asked, QueryError> {
    Asked::parse(name).ok_or_else(|| {
        let hint = if name.starts_with("property") || name.starts_with("item_property") {
            "properties are asked for as `property:NAME` or `item_property:NAME`, without quotation marks and backslashes".to_owned()
        } else {
            near_names(name, DIMENSIONS.iter().map(|d| d.name), "dimensions")
        };
        QueryError::new("query.unknown_dimension", format!("there is no dimension `{name}`"), hint)
    })
}

/// Refuses what cannot be compared: stretches of time, and numbers with texts.
fn check(dimension: &Asked, operator: Operator, value: &str) -> Result<(), QueryError> {
    let name = dimension.name();
    let range = match dimension.dimension().values {
        Values::Text => return Ok(()),
        Values::Number => 0..=u32::MAX,
        Values::Time(TimeUnit::Weekday) => 1..=7,
        Values::Time(TimeUnit::HourOfDay) => 0..=23,
        Values::Time(_) => return Err(bad(&name, "a stretch of time is chosen with `from` and `to`")),
    };
    let known =
        value.parse().is_ok_and(|n: u32| range.contains(&n)) || (value.is_empty() && dimension.time().is_none());
    if operator == Operator::Contains || !known {
        return Err(bad(&format!("{name} {value}"), "it is compared with a whole number by `==` and `!=`"));
    }
    Ok(())
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

fn bad(what: &str, hint: &str) -> QueryError {
    QueryError::new("query.bad_filter", format!("the filter `{}` cannot be read", what.trim()), hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&[(&str, Operator, &str)]]) {
        let filter = Filter::parse(text).unwrap();
        let read: Vec<Vec<(String, Operator, String)>> = filter
            .all
            .iter()
            .map(|any| any.iter().map(|c| (c.dimension.name(), c.operator, c.value.clone())).collect())
            .collect();
        let expected: Vec<Vec<(String, Operator, String)>> = expected
            .iter()
            .map(|any| any.iter().map(|(d, o, v)| ((*d).to_owned(), *o, (*v).to_owned())).collect())
            .collect();
        assert_eq!(read, expected, "{text}");
    }

    #[test]
    fn filters_read_as_they_are_written() {
        use Operator::{Contains, Is, IsNot};
        check("", &[]);
        check("channel==Email", &[&[("channel", Is, "Email")]]);
        check(
            "channel==Email;country==DE,country!=AT",
            &[&[("channel", Is, "Email")], &[("country", Is, "DE"), ("country", IsNot, "AT")]],
        );
        check("page=@/a==b", &[&[("page", Contains, "/a==b")]]);
        check(r"product==Salt\, fine\; 1\\2", &[&[("product", Is, r"Salt, fine; 1\2")]]);
        check("campaign==", &[&[("campaign", Is, "")]]);
        check("property:plan==pro", &[&[("property:plan", Is, "pro")]]);
        check("weekday==7;goal==12", &[&[("weekday", Is, "7")], &[("goal", Is, "12")]]);
    }

    #[test]
    fn what_is_no_filter_is_refused_with_a_remedy() {
        let code = |text: &str| Filter::parse(text).unwrap_err().code;
        assert_eq!(code("channel"), "query.bad_filter");
        assert_eq!(code("chanel==Email"), "query.unknown_dimension");
        assert_eq!(code("day==2026-01-01"), "query.bad_filter");
        assert_eq!(code("weekday==8"), "query.bad_filter");
        assert_eq!(code("goal=@1"), "query.bad_filter");
        assert_eq!(code(r#"property:a"b==1"#), "query.unknown_dimension");
        assert_eq!(Filter::parse("chanel==Email").unwrap_err().hint, "did you mean `channel`?");
    }
}
