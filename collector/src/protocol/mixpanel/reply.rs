//! Answers in the forms that Mixpanel's libraries check: `1`, `{"status":1,"error":null}`, or an import's account of
//! what failed. A library that gets another form than it asked for reports an error or crashes.

use super::super::wire::{Fields, GIF};
use super::super::{Answer, Request};
use super::Endpoint;
use crate::answer;
use crate::book::BookSite;
use crate::reject::Reject;
use http::HeaderMap;
use serde_json::{Value, json};

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// `1` or `0`.
    Digit,
    /// `{"status":1,"error":null}`.
    Verbose,
    /// A picture, whatever happened.
    Image,
    /// An import's account: numbers, and each event that failed.
    Account {
        /// Whether failed events make it an error.
        strict: bool,
    },
}

/// How a request is to be answered.
pub(super) struct Reply<'a> {
    form: Form,
    headers: &'a HeaderMap,
}

/// An event that is not stored.
pub(super) struct Failure {
    index: usize,
    insert_id: Value,
    field: String,
    message: String,
}

impl Failure {
    /// Says why `item`, the one at `index`, failed.
    pub(super) fn new(index: usize, item: &Value, reason: &str, hint: &str) -> Self {
        let insert_id = item.get("properties").and_then(|properties| properties.get("$insert_id"));
        let insert_id = insert_id.cloned().unwrap_or_else(|| "".into());
        let field = match reason.split('.').next().unwrap_or("") {
            "time" => "properties.time",
            "site" => "properties.token",
            "event" => "event",
            _ => "properties",
        };
        Self { index, insert_id, field: field.to_owned(), message: format!("{reason}: {hint}") }
    }
}

impl<'a> Reply<'a> {
    /// Returns the form that the request asks for.
    pub(super) fn new(request: &Request<'a>, endpoint: Endpoint, fields: &Fields) -> Self {
        let form = match (fields.get("verbose"), endpoint) {
            (Some("1" | "true"), _) => Form::Verbose,
            (None, Endpoint::Import) => Form::Account { strict: fields.get("strict") != Some("0") },
            _ if fields.get("img") == Some("1") => Form::Image,
            _ => Form::Digit,
        };
        Self { form, headers: request.headers }
    }

    /// Answers a request of `count` items for `site`, some of which failed.
    pub(super) fn accepted(
        &self,
        site: &BookSite,
        count: usize,
        failures: &[Failure],
        refusal: Option<Reject>,
    ) -> Answer {
        let mut headers = answer::cors(self.headers, Some(site));
        headers.extend(refusal.map(|reject| ("X-Reject-Reason", reject.code().to_owned())));
        let (status, kind, body) = match self.form {
            Form::Digit => (200, "text/plain", b"1".to_vec()),
            Form::Image => (200, "image/gif", GIF.to_vec()),
            Form::Verbose => (200, "application/json", br#"{"status":1,"error":null}"#.to_vec()),
            Form::Account { strict } => {
                let status = if strict && !failures.is_empty() { 400 } else { 200 };
                let body = account(status, count - failures.len(), failures);
                (status, "application/json", body.to_string().into_bytes())
            }
        };
        headers.push(("Content-Type", kind.to_owned()));
        Answer { status, headers, body }
    }

    /// Answers a request of which nothing is stored.
    pub(super) fn refused(&self, reject: Reject) -> Answer {
        let mut answer = reject.answer();
        answer.headers.retain(|(name, _)| *name != "Content-Type");
        answer.headers.extend(answer::cors(self.headers, None));
        let (message, status) = (reject.code(), answer.status);
        let (kind, body) = match self.form {
            Form::Digit => ("text/plain", b"0".to_vec()),
            Form::Image => ("image/gif", GIF.to_vec()),
            Form::Verbose => ("application/json", json!({"status": 0, "error": message}).to_string().into_bytes()),
            Form::Account { .. } => {
                let body = json!({"code": status, "error": message, "status": phrase(status)});
                ("application/json", body.to_string().into_bytes())
            }
        };
        answer.headers.push(("Content-Type", kind.to_owned()));
        answer.body = body;
        answer
    }
}

fn account(status: u16, imported: usize, failures: &[Failure]) -> Value {
    let mut account = json!({"code": status, "num_records_imported": imported, "status": phrase(status)});
    if status != 200 {
        let failed = |failure: &Failure| {
            let Failure { index, insert_id, field, message } = failure;
            json!({"index": index, "insert_id": insert_id, "field": field, "message": message})
        };
        account["error"] = "some data points in the request failed validation".into();
        account["failed_records"] = failures.iter().map(failed).collect();
    }
    account
}

fn phrase(status: u16) -> &'static str {
    http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("")
}
