//! Filters and segments: which rows count. One typed tree, two ways to write it, one way to print it.
//!
//! The long form is words: `country in (DE, AT) and not (device = mobile or did purchase >= 2 in 90d)`. The short form is
//! Matomo's: `channel==Email;country==DE,country==AT`, where `;` is and, `,` is or and binds closer. Values reach SQL as
//! bound parameters only.
//!
//! A filter is asked of each row of a fact. Where a figure has many rows of a dimension (an order its products, a visit
//! its pages), it counts if one of them meets the conditions: `sku != A` keeps orders with anything but A. `not` turns
//! round what holds of the row itself: `not sku = A` keeps orders without A. What is unknown meets no condition, so that
//! `not` keeps it. A row of a report, used as a filter, gives its figures again.
//!
//! `visits:`, `visitors:`, `customers:` or `orders:` in front makes it a segment of those: every fact is kept that belongs
//! to one of them that matches (`segment.rs` says how).

use crate::dimensions::{Asked, DIMENSIONS};
use crate::error::{QueryError, near_names};
use crate::fields::FIELDS;

mod condition;
mod define;
mod did;
mod long;
mod matomo;
mod print;
mod short;
mod words;

pub use condition::OPERATORS;
pub(crate) use condition::scaled;
pub use define::Definition;
pub use did::{Did, Verb};

/// Longest text of a filter in bytes.
pub const FILTER_BYTES_MAX: usize = 8_000;
/// Deepest nesting of parentheses and `not`.
pub const FILTER_DEPTH_MAX: usize = 32;
/// Most conditions of a filter.
pub const FILTER_CONDITIONS_MAX: usize = 100;

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `=`; with an empty value: is unknown.
    Is,
    /// `!=`; with an empty value: is known.
    IsNot,
    /// Has the text somewhere, in any case.
    Contains,
    /// Begins with the text, in any case.
    Starts,
    /// Ends with the text, in any case.
    Ends,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
}

/// One comparison, checked when it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// What is compared: a dimension or a field.
    pub dimension: Asked,
    /// How.
    pub operator: Operator,
    /// With what; empty for "unknown".
    pub value: String,
}

/// What must hold of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// All of these, two or more.
    All(Vec<Self>),
    /// One of these, two or more.
    Any(Vec<Self>),
    /// Not this.
    Not(Box<Self>),
    /// A comparison.
    Compare(Condition),
    /// What the visit, visitor or customer did.
    Did(Did),
    /// `event = NAME`, where NAME is an event that the site has defined: one event meets the whole rule.
    Defined {
        /// As it was written.
        condition: Condition,
        /// What makes an event one of these; asks of the event's own columns alone.
        rule: Box<Self>,
    },
}

/// What a filter selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Of {
    /// Each fact's own rows.
    Rows,
    /// Visits, with all that happened in them.
    Visits,
    /// Visitors, with all that they did.
    Visitors,
    /// Customers, with all that they did.
    Customers,
    /// Orders, with the visits they were placed in.
    Orders,
}

/// Every kind of segment with its name; that of rows has none.
pub const SEGMENTS: &[(&str, Of)] =
    &[("visits", Of::Visits), ("visitors", Of::Visitors), ("customers", Of::Customers), ("orders", Of::Orders)];

impl Of {
    /// Returns the name in front of the colon; `None` for rows.
    pub fn name(self) -> Option<&'static str> {
        SEGMENTS.iter().find(|(_, of)| *of == self).map(|(name, _)| *name)
    }

    /// Returns what `name` selects; `None` if there is no such segment.
    pub fn named(name: &str) -> Option<Self> {
        SEGMENTS.iter().find(|(n, _)| *n == name).map(|(_, of)| *of)
    }
}

/// A tree with what it selects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it selects.
    pub of: Of,
    /// What must hold.
    pub tree: Node,
}

/// Parts that all hold; none of them keeps everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// The parts.
    pub parts: Vec<Part>,
}

impl Filter {
    /// Reads a filter from `text`, in the long form or the short one. An empty text keeps everything.
    ///
    /// # Errors
    /// `query.bad_filter` if it cannot be read, `query.unknown_dimension` if it names nothing that there is.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        if text.len() > FILTER_BYTES_MAX {
            let message = format!("the filter has {} bytes", text.len());
            return Err(QueryError::new("query.bad_filter", message, format!("write up to {FILTER_BYTES_MAX}")));
        }
        let (of, rest) = of_text(text);
        if rest.trim().is_empty() {
            return if of == Of::Rows {
                Ok(Self::default())
            } else {
                Err(bad(text, "write conditions behind the colon"))
            };
        }
        let part = match long::parse(rest) {
            Ok(tree) => Part { of, tree },
            Err(_) if short::is_short(rest) => short::parse(of, rest)?,
            Err(error) => return Err(error),
        };
        let count = part.tree.conditions();
        if count > FILTER_CONDITIONS_MAX {
            let message = format!("the filter has {count} conditions");
            return Err(QueryError::new("query.bad_filter", message, format!("write up to {FILTER_CONDITIONS_MAX}")));
        }
        Ok(Self { parts: vec![part] })
    }

    /// Returns what both this and `other` keep.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.parts.extend(other.parts);
        self
    }

    /// Returns each part in the long form; reading them again gives the same parts.
    pub fn texts(&self) -> Vec<String> {
        self.parts.iter().map(ToString::to_string).collect()
    }

    /// Says whether it asks whose a row is: of a segment's members, or of what somebody did.
    pub(crate) fn asks_whose(&self) -> bool {
        self.parts.iter().any(|part| {
            let mut behaviours = Vec::new();
            part.tree.behaviours(&mut behaviours);
            part.of != Of::Rows || !behaviours.is_empty()
        })
    }

    /// Returns what is asked of each row of a fact itself: no segment of visits, visitors, customers or orders.
    pub(crate) fn asked(&self) -> Vec<&Asked> {
        let mut out = Vec::new();
        for part in self.parts.iter().filter(|part| part.of == Of::Rows) {
            part.tree.asked(&mut out);
        }
        out
    }
}

impl Node {
    /// Adds to `out` what the tree asks of a row, behaviours left out.
    pub(crate) fn asked<'a>(&'a self, out: &mut Vec<&'a Asked>) {
        match self {
            Self::All(nodes) | Self::Any(nodes) => nodes.iter().for_each(|node| node.asked(out)),
            Self::Not(node) => node.asked(out),
            Self::Compare(condition) | Self::Defined { condition, .. } => out.push(&condition.dimension),
            Self::Did(_) => {}
        }
    }

    /// Adds to `out` every behaviour that the tree asks for.
    pub(crate) fn behaviours<'a>(&'a self, out: &mut Vec<&'a Did>) {
        match self {
            Self::All(nodes) | Self::Any(nodes) => nodes.iter().for_each(|node| node.behaviours(out)),
            Self::Not(node) => node.behaviours(out),
            Self::Did(did) => out.push(did),
            Self::Compare(_) | Self::Defined { .. } => {}
        }
    }

    /// Returns how many comparisons and behaviours there are.
    fn conditions(&self) -> usize {
        match self {
            Self::All(nodes) | Self::Any(nodes) => nodes.iter().map(Self::conditions).sum(),
            Self::Not(node) => node.conditions(),
            Self::Compare(_) | Self::Defined { .. } => 1,
            Self::Did(did) => 1 + did.matching.as_ref().map_or(0, |node| node.conditions()),
        }
    }

    /// Returns `nodes` joined by and: the only one of them as it is.
    pub(crate) fn all(mut nodes: Vec<Self>) -> Self {
        if nodes.len() == 1 { nodes.remove(0) } else { Self::All(nodes) }
    }

    /// Returns `nodes` joined by or: the only one of them as it is.
    pub(crate) fn any(mut nodes: Vec<Self>) -> Self {
        if nodes.len() == 1 { nodes.remove(0) } else { Self::Any(nodes) }
    }

    /// Returns the opposite.
    pub(crate) fn negated(self) -> Self {
        Self::Not(Box::new(self))
    }
}

/// Refuses what no report could answer: segments of dimensions that no row knows together, behaviours of what does not
/// know them.
///
/// # Errors
/// `query.not_combinable` or `query.bad_filter`.
pub fn check(filter: &Filter) -> Result<(), QueryError> {
    crate::segment::check(filter)
}

/// Returns what `text` selects, and the rest of it.
fn of_text(text: &str) -> (Of, &str) {
    let named = text.split_once(':').and_then(|(name, rest)| Some((Of::named(name.trim())?, rest)));
    named.unwrap_or((Of::Rows, text))
}

/// Returns the dimension named `name`.
pub(crate) fn asked(name: &str) -> Result<Asked, QueryError> {
    Asked::parse(name).ok_or_else(|| unknown(name, DIMENSIONS.iter().map(|d| d.name)))
}

/// Returns the dimension or field named `name`.
pub(crate) fn asked_or_field(name: &str) -> Result<Asked, QueryError> {
    let known = || DIMENSIONS.iter().chain(FIELDS).map(|d| d.name);
    Asked::parse(name).or_else(|| Asked::field(name)).ok_or_else(|| unknown(name, known()))
}

fn unknown<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> QueryError {
    let hint = if name.starts_with("property") || name.starts_with("item_property") || name.starts_with("trait") {
        "properties are asked for as `property:NAME`, `item_property:NAME` or `trait:NAME`, without quotation marks and backslashes".to_owned()
    } else {
        near_names(name, known, "dimensions")
    };
    QueryError::new("query.unknown_dimension", format!("there is no dimension `{}`", shortened(name)), hint)
}

pub(crate) fn bad(what: &str, hint: impl Into<String>) -> QueryError {
    QueryError::new("query.bad_filter", format!("the filter `{}` cannot be read", shortened(what.trim())), hint)
}

/// Returns the beginning of `text`, for messages.
fn shortened(text: &str) -> String {
    const CHARS_MAX: usize = 120;
    match text.char_indices().nth(CHARS_MAX) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
pub(crate) mod tests;
