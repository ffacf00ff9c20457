//! How a goal's pattern is compared with a text, and what of an event's properties goals look at.
//!
//! A URL is compared as it came, query included, and once more decoded. A regular expression that does not compile
//! matches nothing. The memo of compiled expressions changes the speed and nothing else.

use commerce::Amount;
use commerce::goal::{Goal, PatternKind};
use commerce::hit::Facts;
use quick_cache::sync::Cache;
use regex::{Regex, RegexBuilder};
use serde_json::value::RawValue;
use std::sync::Arc;

/// How many compiled expressions are kept; a site has tens of goals at most.
const COMPILED_MAX: usize = 1_000;

/// Largest compiled expression in bytes: a goal's pattern is a line of text, not a program.
const COMPILED_BYTES_MAX: usize = 1 << 20;

/// Memo of compiled expressions by case sensitivity and text; `None` for one that does not compile.
pub(crate) struct GoalPatterns(Cache<(bool, String), Option<Arc<Regex>>>);

impl GoalPatterns {
    /// Returns an empty memo.
    pub(crate) fn new() -> Self {
        Self(Cache::new(COMPILED_MAX))
    }

    /// Says whether `text` matches the pattern of `goal`. An empty pattern matches nothing.
    pub(crate) fn matches(&self, goal: &Goal, text: &str) -> bool {
        let pattern = goal.pattern.as_str();
        if pattern.is_empty() {
            return false;
        }
        match (goal.pattern_kind, goal.case_sensitive) {
            (PatternKind::Contains, true) => text.contains(pattern),
            (PatternKind::Contains, false) => text.to_lowercase().contains(&pattern.to_lowercase()),
            (PatternKind::Exact, true) => text == pattern,
            (PatternKind::Exact, false) => text.to_lowercase() == pattern.to_lowercase(),
            (PatternKind::Regex, case_sensitive) => {
                self.compiled(pattern, case_sensitive).is_some_and(|regex| regex.is_match(text))
            }
        }
    }

    fn compiled(&self, pattern: &str, case_sensitive: bool) -> Option<Arc<Regex>> {
        let key = (case_sensitive, pattern.to_owned());
        if let Some(known) = self.0.get(&key) {
            return known;
        }
        let mut builder = RegexBuilder::new(pattern);
        let regex = builder.case_insensitive(!case_sensitive).size_limit(COMPILED_BYTES_MAX).build();
        let regex = regex.ok().map(Arc::new);
        self.0.insert(key, regex.clone());
        regex
    }
}

/// Says whether `url` fits as it came or, where that differs, decoded.
pub(crate) fn fits_url(fits: impl Fn(&str) -> bool, url: &str) -> bool {
    if fits(url) {
        return true;
    }
    let spaced = url.replace('+', " ");
    let decoded = percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy();
    decoded != url && fits(&decoded)
}

/// What goals look at in an event's properties.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Properties {
    /// `category`.
    pub(crate) category: Option<String>,
    /// `action`, where a dialect keeps it apart from the event's name.
    pub(crate) action: Option<String>,
    /// `name`: the event's label.
    pub(crate) name: Option<String>,
    /// `value`, where it is an amount.
    pub(crate) value: Option<Amount>,
    /// `url`, or GA4's `link_url`: where a link or download leads.
    pub(crate) url: Option<String>,
    /// `outbound`: whether it leads to another site.
    pub(crate) outbound: bool,
}

/// The fields as they stand in the JSON text: a number is read from its own digits.
#[derive(Default, serde::Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    category: Option<&'a RawValue>,
    #[serde(borrow)]
    action: Option<&'a RawValue>,
    #[serde(borrow)]
    name: Option<&'a RawValue>,
    #[serde(borrow)]
    value: Option<&'a RawValue>,
    #[serde(borrow)]
    url: Option<&'a RawValue>,
    #[serde(borrow)]
    link_url: Option<&'a RawValue>,
    #[serde(borrow)]
    outbound: Option<&'a RawValue>,
}

impl Properties {
    /// Returns what the hit's properties say; nothing where they are missing or no JSON object.
    pub(crate) fn of(facts: &Facts) -> Self {
        let Some(json) = &facts.properties else { return Self::default() };
        let Ok(fields) = serde_json::from_str::<Fields>(json) else { return Self::default() };
        Self {
            category: fields.category.and_then(text),
            action: fields.action.and_then(text),
            name: fields.name.and_then(text),
            value: fields.value.and_then(amount),
            url: fields.url.and_then(text).or_else(|| fields.link_url.and_then(text)),
            outbound: fields.outbound.is_some_and(|raw| matches!(raw.get(), "true" | "\"true\"" | "1")),
        }
    }
}

fn text(raw: &RawValue) -> Option<String> {
    serde_json::from_str(raw.get()).ok()
}

fn amount(raw: &RawValue) -> Option<Amount> {
    let digits = text(raw).unwrap_or_else(|| raw.get().to_owned());
    Amount::parse(&digits).ok().map(|parsed| parsed.value)
}
