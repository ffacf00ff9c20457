//! Query parameters: every one must be known to its route, so that a mistyped filter never reads as "no filter".

use super::ApiError;
use axum::extract::FromRequestParts;
use http::request::Parts;
use jiff::civil::Date;

/// The query string, taken apart.
#[derive(Clone, Debug, Default)]
pub(super) struct Parameters(Vec<(String, String)>);

impl<S: Sync> FromRequestParts<S> for Parameters {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let query = parts.uri.query().unwrap_or("");
        Ok(Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect()))
    }
}

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
    pub(super) fn only(&self, known: &[&str]) -> Result<(), ApiError> {
        match self.0.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some((name, _)) => {
                Err(ApiError::bad_request("parameter.unknown", format!("there is no parameter `{name}` here"))
                    .hint(format!("there are {}", known.join(", "))))
            }
        }
    }
}
