//! Reports of the dashboard's content policy: `POST /api/v1/csp-reports`, sent by browsers.
//!
//! Anybody can send one, so a report is counted and its first of a kind logged, and nothing of it is believed or kept but
//! the name of the rule and the host that was blocked.

use super::signature::schema_of;
use super::{Access, ApiError, Route};
use crate::app::App;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use http::{Method, StatusCode};
use serde_json::Value;
use std::sync::Arc;

const BODY_BYTES_MAX: usize = 16 << 10;
/// Most reports of one request.
const REPORTS_MAX: usize = 20;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::POST, "/api/v1/csp-reports", Access::Open, take)
            .says("Takes browsers' reports of the dashboard's content policy.", "They are counted.")
            .sent_as("application/csp-report", schema_of::<Value>())
            .sent_as("application/reports+json", schema_of::<Vec<Value>>())
            .refuses(&[(400, "body.invalid"), (413, "body.too_large")]),
    ]
}

async fn take(State(app): State<Arc<App>>, request: Request) -> Result<StatusCode, ApiError> {
    let bytes = to_bytes(request.into_body(), BODY_BYTES_MAX)
        .await
        .map_err(|_| ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "body.too_large", "a report has 16 KiB at most"))?;
    let body: Value =
        serde_json::from_slice(&bytes).map_err(|_| ApiError::bad_request("body.invalid", "a report is JSON"))?;
    for (directive, blocked) in violations(&body) {
        if app.sightings.csp_violated(directive.clone(), blocked.clone()) {
            tracing::warn!(directive, blocked, "a browser refused what the dashboard's content policy forbids");
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Returns the rule and what was blocked, of reports in the old form (`csp-report`) and the new one (a list).
fn violations(body: &Value) -> Vec<(String, String)> {
    let old = body.get("csp-report").map(|report| {
        let directive = report.get("effective-directive").or_else(|| report.get("violated-directive"));
        (directive, report.get("blocked-uri"))
    });
    let new = body.as_array().into_iter().flatten().filter(|report| report["type"] == "csp-violation").map(|report| {
        let body = &report["body"];
        (body.get("effectiveDirective"), body.get("blockedURL"))
    });
    old.into_iter()
        .chain(new)
        .take(REPORTS_MAX)
        .map(|(directive, blocked)| (rule(directive), source(blocked)))
        .collect()
}

fn rule(directive: Option<&Value>) -> String {
    let name = directive.and_then(Value::as_str).unwrap_or_default();
    name.chars().take_while(|c| c.is_ascii_lowercase() || *c == '-').take(40).collect()
}

/// Returns the host of an address, or a word such as `inline`; never its path, which can hold anything.
fn source(blocked: Option<&Value>) -> String {
    let text = blocked.and_then(Value::as_str).unwrap_or_default();
    let host = text.split_once("://").map_or(text, |(_, rest)| rest).split(['/', '?', '#', '@']).next();
    host.unwrap_or_default().chars().filter(|c| c.is_ascii_alphanumeric() || ".:-".contains(*c)).take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_forms_are_read_and_nothing_of_an_address_but_its_host() {
        let old = json!({"csp-report": {"violated-directive": "script-src 'self'", "blocked-uri": "https://evil.example/x?secret=1"}});
        assert_eq!(violations(&old), [("script-src".to_owned(), "evil.example".to_owned())]);
        let new = json!([
            {"type": "csp-violation", "body": {"effectiveDirective": "style-src-attr", "blockedURL": "inline"}},
            {"type": "deprecation", "body": {}},
        ]);
        assert_eq!(violations(&new), [("style-src-attr".to_owned(), "inline".to_owned())]);
        assert_eq!(
            violations(&json!({"csp-report": {"blocked-uri": "\u{1b}[2Jx"}})),
            [(String::new(), "2Jx".to_owned())]
        );
        assert_eq!(violations(&json!(7)), []);
    }
}
