//! What was not understood: `GET /api/v1/sites/{id}/quarantine`, newest first, with reason, remedy and the item itself.

use super::auth::CurrentSite;
use super::cells::dialect_name;
use super::parameters::Parameters;
use super::{Access, ApiError, Route, glancing};
use crate::app::App;
use axum::Json;
use axum::extract::State;
use collector::book::Scope;
use commerce::rows::QuarantineRow;
use http::Method;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::new(Method::GET, "/api/v1/sites/{id}/quarantine", Access::Site(Scope::Read), list)]
}

async fn list(State(app): State<Arc<App>>, site: CurrentSite, parameters: Parameters) -> Result<Json<Value>, ApiError> {
    parameters.only(&["limit"])?;
    let limit = parameters.limit(100, 1000)?;
    let id = site.id();
    let items = glancing(&app, id, move |snapshot| snapshot.quarantine(id, limit)).await?;
    let items: Vec<Value> = items.iter().map(shown).collect();
    Ok(Json(json!({ "meta": { "count": items.len() }, "quarantine": items })))
}

fn shown(row: &QuarantineRow) -> Value {
    json!({
        "position": row.position,
        "received_at": row.received_at.to_string(),
        "dialect": dialect_name(row.dialect),
        "reason": row.reason,
        "hint": row.hint,
        "payload": row.payload,
    })
}
