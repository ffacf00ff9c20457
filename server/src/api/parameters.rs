//! Parameters of the path and of the query. Of the latter every one must be known to its route, so that a mistyped filter
//! never reads as "no filter".

use super::ApiError;
use super::signature::{Part, SchemaOf, Signature, schema_of};
use axum::extract::FromRequestParts;
use http::request::Parts;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// A parameter of a route's query, as it is described.
#[derive(Clone, Copy)]
pub(super) struct Parameter {
    /// Its name.
    pub(super) name: &'static str,
    /// What it means.
    pub(super) meaning: &'static str,
    /// What it takes.
    pub(super) takes: Takes,
    /// Whether nothing is answered without it.
    pub(super) is_required: bool,
}

/// What a parameter takes.
#[derive(Clone, Copy)]
pub(super) enum Takes {
    /// Any text.
    Text,
    /// A whole number from 0 to this one.
    Number(u32),
    /// A position of the journal.
    Position,
    /// A civil day.
    Day,
    /// An instant.
    Time,
    /// True or false, or 1 or 0.
    Flag,
    /// One of these words.
    Word(fn() -> Vec<&'static str>),
    /// Several of these names, separated by commas; or one that begins so, where a name goes on after a colon.
    Names(fn() -> Vec<&'static str>, fn() -> Vec<&'static str>),
}

impl Parameter {
    /// Returns a parameter that may be left out.
    pub(super) const fn new(name: &'static str, takes: Takes, meaning: &'static str) -> Self {
        Self { name, meaning, takes, is_required: false }
    }

    /// Returns the same with another meaning.
    pub(super) const fn meaning(self, meaning: &'static str) -> Self {
        Self { meaning, ..self }
    }
}

/// First day.
pub(super) const FROM: Parameter = Parameter::new("from", Takes::Day, "First day, in the site's time zone.");
/// Last day.
pub(super) const TO: Parameter = Parameter::new("to", Takes::Day, "Last day.");
/// What a list is narrowed to.
pub(super) const FILTER: Parameter =
    Parameter::new("filter", Takes::Text, "Conditions, or the name of a saved segment.");
/// What a list is narrowed to as well.
pub(super) const SEGMENT: Parameter = Parameter::new("segment", Takes::Text, "The same; given both, both hold.");
/// The instant that judges carts.
pub(super) const AS_OF: Parameter = Parameter::new(
    "as_of",
    Takes::Time,
    "The instant that decides which carts are abandoned; the last applied record's if left out.",
);

/// Most rows, up to `max`.
pub(super) const fn limit(max: u32) -> Parameter {
    Parameter::new("limit", Takes::Number(max), "Most rows.")
}

/// Rows to leave out.
pub(super) const OFFSET: Parameter =
    Parameter::new("offset", Takes::Number(OFFSET_MAX), "Rows to leave out at the top.");

/// Most rows to leave out.
const OFFSET_MAX: u32 = 10_000_000;

/// The parameters of the path, read or refused in our own words.
pub(super) struct Path<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let read = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        let invalid =
            |_| ApiError::bad_request("path.invalid", "a part of the path is no number, or no text, as it must be");
        read.map(|axum::extract::Path(value)| Self(value)).map_err(invalid)
    }
}

impl<T: InPath> Part for Path<T> {
    fn tell(signature: &mut Signature) {
        signature.path = T::schemas();
        signature.refusals.push((400, "path.invalid"));
    }
}

/// What a handler reads its path as.
pub(super) trait InPath {
    /// Returns what each parameter is, in the order of the path.
    fn schemas() -> Vec<SchemaOf>;
}

impl InPath for u32 {
    fn schemas() -> Vec<SchemaOf> {
        vec![schema_of::<Self>()]
    }
}

impl InPath for String {
    fn schemas() -> Vec<SchemaOf> {
        vec![schema_of::<Self>()]
    }
}

impl<A: JsonSchema, B: JsonSchema> InPath for (A, B) {
    fn schemas() -> Vec<SchemaOf> {
        vec![schema_of::<A>(), schema_of::<B>()]
    }
}

/// The names that a route knows; put into a request's extensions before it is read.
#[derive(Clone)]
pub(super) struct Known(pub(super) Arc<[&'static str]>);

/// The query string, taken apart.
#[derive(Clone, Debug, Default)]
pub(super) struct Parameters(Vec<(String, String)>);

impl<S: Sync> FromRequestParts<S> for Parameters {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let query = parts.uri.query().unwrap_or("");
        let given = Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect());
        if let Some(Known(known)) = parts.extensions.get::<Known>() {
            given.only(known)?;
        }
        Ok(given)
    }
}

impl Part for Parameters {}

impl Parameters {
    /// Returns the parameter `name`, `None` if it is missing or empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, v)| n == name && !v.is_empty()).map(|(_, value)| value.as_str())
    }

    /// Returns every parameter, in order.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns the number `name`, `default` if it is missing.
    ///
    /// # Errors
    /// 400 if it is no number from 0 to `max`.
    pub(super) fn number(&self, name: &str, default: u32, max: u32) -> Result<u32, ApiError> {
        let Some(text) = self.get(name) else { return Ok(default) };
        let number = text.parse().ok().filter(|n| *n <= max);
        number.ok_or_else(|| {
            ApiError::bad_request("parameter.invalid", format!("`{name}` takes a number from 0 to {max}"))
        })
    }

    /// Returns the journal position `name`, `None` if it is missing.
    ///
    /// # Errors
    /// 400 if it is none.
    pub(super) fn position(&self, name: &str) -> Result<Option<u64>, ApiError> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let invalid =
            |_| ApiError::bad_request("parameter.invalid", format!("`{name}` takes a position of the journal"));
        text.parse().map(Some).map_err(invalid)
    }

    /// Returns the day `name`, `None` if it is missing.
    ///
    /// # Errors
    /// 400 if it is no day.
    pub(super) fn day(&self, name: &str) -> Result<Option<Date>, ApiError> {
        let Some(text) = self.get(name) else { return Ok(None) };
        text.parse()
            .map(Some)
            .map_err(|_| ApiError::bad_request("parameter.invalid", format!("`{name}` takes a day such as 2026-03-02")))
    }

    /// Returns whether `name` is true; false if it is missing.
    ///
    /// # Errors
    /// 400 if it is neither true nor false.
    pub(super) fn flag(&self, name: &str) -> Result<bool, ApiError> {
        match self.get(name) {
            Some("true" | "1") => Ok(true),
            None | Some("false" | "0") => Ok(false),
            Some(_) => Err(ApiError::bad_request("parameter.invalid", format!("`{name}` takes true or false"))),
        }
    }

    /// Returns the place of the word `name` among `words`, `None` if it is missing.
    ///
    /// # Errors
    /// 400 if it is none of them.
    pub(super) fn one_of(&self, name: &str, words: &[&str]) -> Result<Option<usize>, ApiError> {
        let Some(text) = self.get(name) else { return Ok(None) };
        words
            .iter()
            .position(|word| *word == text)
            .map(Some)
            .ok_or_else(|| ApiError::bad_request("parameter.invalid", format!("`{name}` takes {}", words.join(", "))))
    }

    /// Returns how many rows are to be left out at the top.
    ///
    /// # Errors
    /// 400 if `offset` is no number from 0 to ten million.
    pub(super) fn offset(&self) -> Result<u32, ApiError> {
        self.number("offset", 0, OFFSET_MAX)
    }

    /// Returns how many rows are wanted.
    ///
    /// # Errors
    /// 400 if `limit` is no number from 0 to `max`.
    pub(super) fn limit(&self, default: u32, max: u32) -> Result<u32, ApiError> {
        self.number("limit", default, max)
    }

    /// Checks that no parameter but those in `known` is there.
    ///
    /// # Errors
    /// 400 for the first one that is not known.
    fn only(&self, known: &[&str]) -> Result<(), ApiError> {
        match self.0.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some((name, _)) => {
                Err(ApiError::bad_request("parameter.unknown", format!("there is no parameter `{name}` here"))
                    .hint(format!("there are {}", known.join(", "))))
            }
        }
    }
}
