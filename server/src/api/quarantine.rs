//! What was not understood: `GET /api/v1/sites/{id}/quarantine`, newest first, with reason, remedy and the item itself.

use super::auth::CurrentSite;
use super::cells::dialect_name;
use super::parameters::{Parameters, limit};
use super::values::Count;
use super::{Access, ApiError, Route, glancing};
use crate::app::App;
use axum::Json;
use axum::extract::State;
use collector::book::Scope;
use commerce::rows::QuarantineRow;
use http::Method;
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

#[derive(Serialize, JsonSchema)]
struct Quarantine {
    meta: Count,
    quarantine: Vec<Quarantined>,
}

/// What was not understood.
#[derive(Serialize, JsonSchema)]
struct Quarantined {
    position: u64,
    received_at: String,
    dialect: &'static str,
    /// Stable code.
    reason: String,
    /// What to do about it.
    hint: String,
    /// The item itself, as it came.
    payload: String,
}

const LIMIT_MAX: u32 = 1000;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, "/api/v1/sites/{id}/quarantine", Access::Site(Scope::Read), list)
            .asks_store()
            .says("Lists what was not understood, newest first.", "Items with reason and remedy.")
            .takes([limit(LIMIT_MAX)]),
    ]
}

async fn list(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    parameters: Parameters,
) -> Result<Json<Quarantine>, ApiError> {
    let limit = parameters.limit(100, LIMIT_MAX)?;
    let id = site.id();
    let items = glancing(&app, id, move |snapshot| snapshot.quarantine(id, limit)).await?;
    let quarantine: Vec<Quarantined> = items.into_iter().map(shown).collect();
    Ok(Json(Quarantine { meta: Count { count: quarantine.len() }, quarantine }))
}

fn shown(row: QuarantineRow) -> Quarantined {
    Quarantined {
        position: row.position,
        received_at: row.received_at.to_string(),
        dialect: dialect_name(row.dialect),
        reason: row.reason,
        hint: row.hint,
        payload: row.payload,
    }
}
