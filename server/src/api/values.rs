//! JSON bodies in, JSON bodies out: reading a body under our error envelope, and values as the text they were sent as.

use super::ApiError;
use super::signature::{Part, Signature, schema_of};
use crate::sheet::BadLine;
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{StatusCode, header};
use schemars::generate::SchemaGenerator;
use schemars::{JsonSchema, Schema, json_schema};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

/// A JSON body, read or refused in our own words.
pub(super) struct Body<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|e| ApiError::new(e.status(), "body.unreadable", "the body could not be read"))?;
        let bytes = if bytes.is_empty() { Bytes::from_static(b"{}") } else { bytes };
        serde_json::from_slice(&bytes)
            .map(Self)
            .map_err(|e| ApiError::bad_request("body.invalid", format!("the body is not what is expected here: {e}")))
    }
}

impl<T: JsonSchema> Part for Body<T> {
    fn tell(signature: &mut Signature) {
        signature.body = vec![("application/json", schema_of::<T>())];
        signature.refusals.extend([(400, "body.invalid"), (400, "body.unreadable"), (413, "body.unreadable")]);
    }
}

/// What a list says of itself.
#[derive(Serialize, JsonSchema)]
pub(super) struct Count {
    /// How many there are in this answer.
    pub(super) count: usize,
}

/// What a list whose amounts are in the site's currency says of itself.
#[derive(Serialize, JsonSchema)]
pub(super) struct CountInCurrency {
    /// How many there are in this answer.
    pub(super) count: usize,
    /// The site's currency, ISO 4217.
    pub(super) currency: String,
}

/// What a list of which this is a part says of itself.
#[derive(Serialize, JsonSchema)]
pub(super) struct PartOfList {
    /// How many there are in this answer.
    pub(super) count: usize,
    /// How many there are in all.
    pub(super) total: u64,
    /// Rows left out at the top.
    pub(super) offset: u32,
    /// The site's currency, ISO 4217.
    pub(super) currency: String,
    /// What the list was narrowed by, in the long form.
    pub(super) filters: Vec<String>,
}

/// What became of an uploaded list.
#[derive(Serialize, JsonSchema)]
pub(super) struct TakenList {
    pub(super) meta: Count,
    /// Lines that could not be read; the others were taken.
    pub(super) bad_lines: Vec<ShownBadLine>,
}

/// A line that could not be read.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "BadLine")]
pub(super) struct ShownBadLine {
    /// Its number, or its place in JSON, from 1.
    line: usize,
    reason: String,
}

/// Returns lines that could not be read.
pub(super) fn bad_lines(bad: &[BadLine]) -> Vec<ShownBadLine> {
    bad.iter().map(|bad| ShownBadLine { line: bad.line, reason: bad.reason.clone() }).collect()
}

/// The schema of a value that [`setting_text`] reads.
pub(super) fn setting_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "description": "A text, a number, true, false, a list of them, or null.",
        "type": ["string", "number", "boolean", "array", "null"],
    })
}

/// The schema of an amount that may be sent as text or as a number.
pub(super) fn number_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "description": "A decimal number, as text or as a number.", "type": ["string", "number", "null"] })
}

/// A secret in a body. It has no `Debug`, and the complaint about one that is no text does not repeat it.
pub(super) struct Hidden(String);

impl Hidden {
    /// Returns the secret.
    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

impl<'de> serde::Deserialize<'de> for Hidden {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) => Ok(Self(text)),
            _ => Err(serde::de::Error::custom("a secret is a text")),
        }
    }
}

impl JsonSchema for Hidden {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "password" })
    }
}

/// Largest list that may be uploaded, in bytes: some hundred thousand lines.
const LIST_BYTES_MAX: usize = 32 << 20;

/// An uploaded file, as it came.
pub(super) struct List(pub(super) Bytes);

impl<S: Send + Sync> FromRequest<S> for List {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        axum::body::to_bytes(request.into_body(), LIST_BYTES_MAX).await.map(Self).map_err(|_| {
            ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "body.too_large", "the list could not be read whole")
                .hint("send at most 32 MiB; split longer lists")
        })
    }
}

impl Part for List {
    fn tell(signature: &mut Signature) {
        signature.refusals.extend([(400, "list.unreadable"), (413, "body.too_large")]);
    }
}

/// Returns an answer of `status` whose body is JSON text already.
pub(super) fn json_text(status: StatusCode, text: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], text).into_response()
}

/// Returns the text of a JSON value as a setting takes it: strings without quotes, lists joined by commas, numbers as
/// they were written. `None` for null; an error for an object.
pub(super) fn setting_text(value: &RawValue) -> Result<Option<String>, ApiError> {
    let raw = value.get().trim();
    let unreadable =
        || ApiError::bad_request("setting.invalid", "a setting is a string, a number, true, false or a list");
    match raw.as_bytes().first() {
        Some(b'n') => Ok(None),
        Some(b'"') => serde_json::from_str::<String>(raw).map(Some).map_err(|_| unreadable()),
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(raw).map_err(|_| unreadable())?;
            let texts = items.into_iter().map(setting_text).collect::<Result<Vec<_>, _>>()?;
            Ok(Some(texts.into_iter().flatten().collect::<Vec<_>>().join(",")))
        }
        Some(b'{') => Err(unreadable()),
        _ => Ok(Some(raw.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_complaint_repeats_a_secret() {
        let complaint = serde_json::from_str::<Vec<Hidden>>("[4711]").err().unwrap().to_string();
        assert!(!complaint.contains("4711"), "{complaint}");
        assert_eq!(serde_json::from_str::<Hidden>("\"s\"").unwrap().text(), "s");
    }

    #[test]
    fn settings_are_read_as_they_were_written() {
        let check = |json: &str, expected: Option<&str>| {
            let value: &RawValue = serde_json::from_str(json).unwrap();
            assert_eq!(setting_text(value).unwrap().as_deref(), expected, "{json}");
        };
        check("5000.10", Some("5000.10"));
        check("true", Some("true"));
        check("\"Europe\\/Berlin\"", Some("Europe/Berlin"));
        check("[\"a.example\", \"b.example\"]", Some("a.example,b.example"));
        check("[]", Some(""));
        check("null", None);
        let object: &RawValue = serde_json::from_str("{}").unwrap();
        assert_eq!(setting_text(object).unwrap_err().code, "setting.invalid");
    }
}
