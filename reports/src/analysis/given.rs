//! Parameters of an analysis: read by name, every one known, every value checked. Knows no analysis.

use crate::calendar::Period;
use crate::dimensions::Asked;
use crate::error::{QueryError, near_names};
use crate::filter::{Definition, Filter, asked, check};
use crate::query::{Query, period};
use std::ops::RangeInclusive;

/// Parameters that every analysis takes.
const SHARED: &[&str] = &["from", "to", "filter", "segment", "limit", "offset", SHARE];

/// What a share link shows of a site: the server writes it, from outside it is but one more filter.
const SHARE: &str = "share";

/// Most rows of an answer.
const ROWS_MAX: i64 = 100_000;

/// The parameters that were given, by name.
#[derive(Debug)]
pub struct Given<'a> {
    pairs: Vec<(&'a str, &'a str)>,
    definitions: &'a [Definition],
}

/// What every analysis is asked with.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    /// Of which days.
    pub(crate) period: Period,
    /// Only of these.
    pub(crate) filter: Filter,
    /// Whether a share link narrows it, beyond which nothing may be looked at.
    pub(crate) is_shared: bool,
    /// Most rows.
    pub(crate) limit: usize,
    /// Rows left out before the first.
    pub(crate) offset: usize,
}

impl<'a> Given<'a> {
    /// Reads parameters: those of every analysis, and `own`. An empty value is a missing one. The names of `definitions`
    /// stand for their rules in filters.
    ///
    /// # Errors
    /// `query.unknown_parameter` and `query.repeated_parameter`.
    pub fn read(
        parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
        own: &[&str],
        definitions: &'a [Definition],
    ) -> Result<Self, QueryError> {
        let mut given: Vec<(&str, &str)> = Vec::new();
        for (name, value) in parameters {
            if name == "format" || value.trim().is_empty() {
                continue;
            }
            let known = || SHARED.iter().chain(own).copied();
            if !known().any(|k| k == name) {
                let hint = match near_names(name, known(), "parameters") {
                    near if near.starts_with("did you mean") => near,
                    _ => format!("there are {}", known().collect::<Vec<_>>().join(", ")),
                };
                let message = format!("there is no parameter `{name}` here");
                return Err(QueryError::new("query.unknown_parameter", message, hint));
            }
            if given.iter().any(|(n, _)| *n == name) {
                let hint = "separate several values by commas";
                return Err(QueryError::new("query.repeated_parameter", format!("`{name}` is given twice"), hint));
            }
            given.push((name, value.trim()));
        }
        Ok(Self { pairs: given, definitions })
    }

    /// Returns the value of `name`, `None` if it is missing.
    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        self.pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| *v)
    }

    /// Returns the days, the filter and the rows that are asked for.
    pub(crate) fn frame(&self) -> Result<Frame, QueryError> {
        Ok(Frame {
            period: period(self.get("from"), self.get("to"))?,
            filter: self.whole_filter()?,
            is_shared: self.get(SHARE).is_some(),
            limit: self.number("limit", ROWS_MAX, 0..=ROWS_MAX)? as usize,
            offset: self.number("offset", 0, 0..=ROWS_MAX)? as usize,
        })
    }

    /// Returns the filter that the parameters `filter` and `segment` say together, within the share's.
    pub(crate) fn whole_filter(&self) -> Result<Filter, QueryError> {
        Ok(self.narrowed(self.get("filter").unwrap_or(""))?.and(self.filter(self.get("segment").unwrap_or(""))?))
    }

    /// Returns the filter that `text` says, within the share's: what stands in the place of the whole filter.
    pub(crate) fn narrowed(&self, text: &str) -> Result<Filter, QueryError> {
        Ok(self.filter(text)?.and(self.filter(self.get(SHARE).unwrap_or(""))?))
    }

    /// Returns the filter that `text` says: a condition beside the whole filter.
    pub(crate) fn filter(&self, text: &str) -> Result<Filter, QueryError> {
        let filter = Filter::parse(text)?.with_definitions(self.definitions);
        check(&filter)?;
        Ok(filter)
    }

    /// Returns a report over the same days and filter, asked for by `more`.
    pub(crate) fn report(&self, more: &[(&str, &str)]) -> Result<Query, QueryError> {
        let days = ["from", "to"].into_iter().filter_map(|n| self.get(n).map(|v| (n, v)));
        self.query(days.chain(more.iter().copied()))
    }

    /// Returns a report of one metric day by day with the same filter.
    pub(crate) fn report_of_days(&self, metric: &str, (from, to): (&str, &str)) -> Result<Query, QueryError> {
        self.query([("metrics", metric), ("granularity", "day"), ("from", from), ("to", to)])
    }

    fn query<'q>(&'q self, asked: impl IntoIterator<Item = (&'q str, &'q str)>) -> Result<Query, QueryError> {
        let narrowing = ["filter", "segment", SHARE].into_iter().filter_map(|n| self.get(n).map(|v| (n, v)));
        let mut query = Query::parse(asked.into_iter().chain(narrowing))?;
        query.define(self.definitions);
        Ok(query)
    }

    /// Returns what the word `name` stands for in `words`; the first of them if it is missing.
    pub(crate) fn one_of<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Result<T, QueryError> {
        match self.get(name) {
            None => Ok(words[0].1),
            Some(text) => word(name, text, words),
        }
    }

    /// Returns what the words of the list `name` stand for, each once; all of them if it is missing.
    pub(crate) fn some_of<T: Copy + PartialEq>(&self, name: &str, words: &[(&str, T)]) -> Result<Vec<T>, QueryError> {
        let Some(text) = self.get(name) else { return Ok(words.iter().map(|(_, t)| *t).collect()) };
        let mut out = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let found = word(name, part, words)?;
            if !out.contains(&found) {
                out.push(found);
            }
        }
        Ok(out)
    }

    /// Returns the number `name`, `default` if it is missing.
    pub(crate) fn number(&self, name: &str, default: i64, range: RangeInclusive<i64>) -> Result<i64, QueryError> {
        let Some(text) = self.get(name) else { return Ok(default) };
        text.parse().ok().filter(|n| range.contains(n)).ok_or_else(|| {
            let hint = format!("it is a whole number from {} to {}", range.start(), range.end());
            QueryError::new("query.bad_number", format!("`{name}` cannot be `{text}`"), hint)
        })
    }

    /// Returns the stretch of time `name` in microseconds, `default` if it is missing: `30m`, `12h`, `7d`, or days.
    pub(crate) fn span_us(&self, name: &str, default: i64) -> Result<i64, QueryError> {
        let Some(text) = self.get(name) else { return Ok(default) };
        let (digits, unit_s) = match text.as_bytes().last() {
            Some(b's') => (&text[..text.len() - 1], 1),
            Some(b'm') => (&text[..text.len() - 1], 60),
            Some(b'h') => (&text[..text.len() - 1], 3_600),
            Some(b'd') => (&text[..text.len() - 1], 86_400),
            _ => (text, 86_400),
        };
        let span =
            digits.parse::<i64>().ok().and_then(|n| n.checked_mul(unit_s)).filter(|s| (1..=366 * 86_400).contains(s));
        span.map(|s| s * 1_000_000).ok_or_else(|| {
            let hint = "it is a stretch of time up to 366 days, such as 30m, 12h or 7d";
            QueryError::new("query.bad_number", format!("`{name}` cannot be `{text}`"), hint)
        })
    }

    /// Returns the dimension `name`, `None` if it is missing.
    pub(crate) fn dimension(&self, name: &str) -> Result<Option<Asked>, QueryError> {
        self.get(name).map(asked).transpose()
    }
}

/// Returns `value` as a filter in the short form takes it.
pub(crate) fn escaped(value: &str) -> String {
    value.chars().flat_map(|c| [Some('\\').filter(|_| matches!(c, ';' | ',' | '\\')), Some(c)]).flatten().collect()
}

fn word<T: Copy>(name: &str, text: &str, words: &[(&str, T)]) -> Result<T, QueryError> {
    words.iter().find(|(w, _)| *w == text).map(|(_, t)| *t).ok_or_else(|| {
        let names = words.iter().map(|(w, _)| *w);
        let near = near_names(text, names.clone(), "values");
        let hint = if near.starts_with("did you mean") {
            near
        } else {
            format!("it takes {}", names.collect::<Vec<_>>().join(", "))
        };
        QueryError::new("query.unknown_value", format!("`{name}` cannot be `{text}`"), hint)
    })
}
