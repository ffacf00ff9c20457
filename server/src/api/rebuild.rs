//! Orders of an operator: `POST /api/v1/rebuild` and `POST /api/v1/journal/skip-gap`.

use super::status::{RebuildPhase, phase};
use super::values::Body;
use super::{Access, ApiError, Route};
use crate::app::App;
use crate::commands::Command;
use crate::rebuild;
use axum::Json;
use axum::extract::State;
use http::{Method, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Which gap to go on behind.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SkipGap {
    /// Journal position of the gap.
    position: u64,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::POST, "/api/v1/rebuild", Access::Installation, begin)
            .says("Begins to build the store anew from the journal; the old one serves meanwhile.", "It has begun.")
            .with_status(StatusCode::ACCEPTED)
            .refuses(&[(409, "rebuild.under_way")]),
        Route::new(Method::POST, "/api/v1/journal/skip-gap", Access::Installation, skip_gap)
            .says(
                "Goes on behind a gap in the journal at which reports have stopped. The records in it are lost.",
                "It will be skipped.",
            )
            .with_status(StatusCode::ACCEPTED)
            .refuses(&[(409, "journal.no_gap")]),
    ]
}

async fn begin(State(app): State<Arc<App>>) -> Result<(StatusCode, Json<Option<RebuildPhase>>), ApiError> {
    let begun = rebuild::begin(&app, Arc::clone(&app.rules));
    begun.map_err(|_| ApiError::new(StatusCode::CONFLICT, "rebuild.under_way", "a rebuild is under way already"))?;
    Ok((StatusCode::ACCEPTED, Json(phase(app.rebuild.phase()))))
}

async fn skip_gap(
    State(app): State<Arc<App>>,
    Body(gap): Body<SkipGap>,
) -> Result<(StatusCode, Json<SkipGap>), ApiError> {
    if !app.alarms.open().contains_key("journal.gap") {
        return Err(ApiError::new(
            StatusCode::CONFLICT,
            "journal.no_gap",
            "the reports do not stand at a gap in the journal",
        ));
    }
    app.desk.leave(Command::SkipGap(gap.position));
    Ok((StatusCode::ACCEPTED, Json(gap)))
}
