//! Orders of an operator: `POST /api/v1/rebuild` and `POST /api/v1/journal/skip-gap`.

use super::status::phase;
use super::values::Body;
use super::{Access, ApiError, Route};
use crate::app::App;
use crate::commands::Command;
use crate::rebuild;
use axum::Json;
use axum::extract::State;
use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Which gap to go on behind.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SkipGap {
    position: u64,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::POST, "/api/v1/rebuild", Access::Installation, begin),
        Route::new(Method::POST, "/api/v1/journal/skip-gap", Access::Installation, skip_gap),
    ]
}

async fn begin(State(app): State<Arc<App>>) -> Result<(StatusCode, Json<Value>), ApiError> {
    let begun = rebuild::begin(&app, Arc::clone(&app.rules));
    begun.map_err(|_| ApiError::new(StatusCode::CONFLICT, "rebuild.under_way", "a rebuild is under way already"))?;
    Ok((StatusCode::ACCEPTED, Json(phase(&app.rebuild.phase()))))
}

async fn skip_gap(
    State(app): State<Arc<App>>,
    Body(gap): Body<SkipGap>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    if !app.alarms.open().contains_key("journal.gap") {
        return Err(ApiError::new(
            StatusCode::CONFLICT,
            "journal.no_gap",
            "the reports do not stand at a gap in the journal",
        ));
    }
    app.desk.leave(Command::SkipGap(gap.position));
    Ok((StatusCode::ACCEPTED, Json(json!({ "position": gap.position }))))
}
