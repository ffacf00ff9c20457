//! The one envelope of errors: `{"error":{"code","message","hint"}}`. What failed on our side is logged, never shown.

use crate::accounts::Refusal;
use crate::control::ControlError;
use crate::serving::StoreAway;
use axum::Json;
use axum::response::{IntoResponse, Response};
use commerce::site::{SETTINGS, SettingError};
use http::{HeaderValue, StatusCode, header};
use reports::near_names;
use schemars::JsonSchema;
use serde::Serialize;

/// An error as the client sees it.
#[derive(Debug)]
pub(crate) struct ApiError {
    /// HTTP status.
    pub(crate) status: StatusCode,
    /// Stable code, such as `site.unknown`.
    pub(crate) code: &'static str,
    /// What happened, one sentence.
    pub(crate) message: String,
    /// What to do about it; empty for nothing.
    pub(crate) hint: String,
    /// Seconds after which it may be tried again, where that is known.
    pub(crate) retry_after_s: Option<i64>,
}

/// Why a request was refused, or failed.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Error")]
pub(super) struct Envelope<'a> {
    error: Inner<'a>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct Inner<'a> {
    /// Stable: programs may go by it.
    code: &'a str,
    /// What happened, one sentence.
    message: &'a str,
    /// What to do about it.
    #[serde(skip_serializing_if = "str::is_empty")]
    hint: &'a str,
}

impl ApiError {
    /// Returns an error without a hint.
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), hint: String::new(), retry_after_s: None }
    }

    /// Returns the error with a hint.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// Returns the answer to a request that is not well formed.
    pub(crate) fn bad_request(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// Returns the answer to a request for what does not exist.
    pub(crate) fn not_found(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    /// Returns the answer to our own fault, which is logged here and nowhere else.
    pub(crate) fn fault(error: &anyhow::Error) -> Self {
        tracing::error!(error = format!("{error:#}"), "a request failed on our side");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "something went wrong on our side")
            .hint("the server's log says what")
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = Envelope { error: Inner { code: self.code, message: &self.message, hint: &self.hint } };
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        let waits = matches!(self.status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS);
        let away = waits.then_some(5);
        if let Some(seconds) = self.retry_after_s.or(away) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<anyhow::Error> for ApiError {
    fn from(error: anyhow::Error) -> Self {
        Self::fault(&error)
    }
}

impl From<StoreAway> for ApiError {
    fn from(_: StoreAway) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "store.away", "the store is being opened or rebuilt")
            .hint("events are accepted meanwhile; ask again in a moment")
    }
}

impl From<store::Error> for ApiError {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Timeout => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "query.timeout", "the query took too long")
                    .hint("ask for a shorter range or fewer dimensions")
            }
            // Nobody reads this answer.
            store::Error::GivenUp => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "query.given_up", "nobody waits for it")
            }
            store::Error::Memory(_) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "query.memory", "the query needs too much memory")
                    .hint("ask for a shorter range or fewer dimensions")
            }
            error => Self::fault(&anyhow::Error::new(error)),
        }
    }
}

impl From<reports::QueryError> for ApiError {
    fn from(error: reports::QueryError) -> Self {
        Self::bad_request(error.code, error.message).hint(error.hint)
    }
}

impl From<reports::Error> for ApiError {
    fn from(error: reports::Error) -> Self {
        match error {
            reports::Error::Query(error) => error.into(),
            reports::Error::Store(error) => error.into(),
            reports::Error::Answer(_) | reports::Error::File(_) => Self::fault(&anyhow::Error::new(error)),
        }
    }
}

impl From<collector::reject::Reject> for ApiError {
    fn from(reject: collector::reject::Reject) -> Self {
        let status = StatusCode::from_u16(reject.status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
        Self::new(status, reject.code(), "the events could not be taken in now")
            .hint("send the same again: what is stored already is not stored twice")
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let refused = |code, message: &str| Self::new(StatusCode::UNAUTHORIZED, code, message);
        match refusal {
            // One answer for all, so that nobody learns who has an account.
            Refusal::Wrong => refused("session.refused", "e-mail address, password or code are not right"),
            Refusal::FactorNeeded => refused("session.totp_needed", "a code of the second factor is needed")
                .hint("send it, or a recovery code, as `totp`"),
            Refusal::Wait(seconds) => {
                let message = format!("too many failed attempts: try again in {seconds} s");
                let error = Self::new(StatusCode::TOO_MANY_REQUESTS, "session.too_many", message);
                Self { retry_after_s: Some(seconds), ..error }
            }
            Refusal::Unfit(what) => Self::bad_request("account.invalid", what),
            Refusal::Control(error) => error.into(),
        }
    }
}

impl From<ControlError> for ApiError {
    fn from(error: ControlError) -> Self {
        let message = error.to_string();
        match error {
            ControlError::SiteUnknown(_) => Self::not_found("site.unknown", message),
            ControlError::GoalUnknown(..) => Self::not_found("goal.unknown", message),
            ControlError::TokenUnknown(_) => Self::not_found("token.unknown", message),
            ControlError::Missing(code, _) => Self::not_found(code, message),
            ControlError::Conflict(code, _) => Self::new(StatusCode::CONFLICT, code, message),
            ControlError::SiteTaken(_) => Self::new(StatusCode::CONFLICT, "site.taken", message)
                .hint("leave the number out to get the next free one"),
            ControlError::Setting(SettingError::Unknown(name)) => Self::bad_request("setting.unknown", message)
                .hint(near_names(&name, SETTINGS.iter().map(|setting| setting.name), "settings")),
            ControlError::Setting(SettingError::Invalid(name, _, value)) => {
                let error = Self::bad_request("setting.invalid", message);
                if name == "timezone" { error.hint(near_zone(&value)) } else { error }
            }
            ControlError::Fault(error) => Self::from_fault(&error),
        }
    }
}

/// Returns a hint that names the zones nearest to `name`.
fn near_zone(name: &str) -> String {
    // What is no zone at all may be anything, and as long as a body.
    let name: String = name.chars().take(64).collect();
    let zones: Vec<String> = jiff::tz::db().available().map(|zone| zone.as_str().to_owned()).collect();
    near_names(&name, zones.iter().map(String::as_str), "zones")
}

impl ApiError {
    /// Tells a journal that cannot take a record now from every other fault.
    fn from_fault(error: &anyhow::Error) -> Self {
        match error.downcast_ref::<journal::Error>() {
            Some(journal::Error::Busy | journal::Error::Full) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "journal.full", "the journal cannot take the change now")
                    .hint("nothing was changed; free disk space or try again in a moment")
            }
            _ => Self::fault(error),
        }
    }
}
