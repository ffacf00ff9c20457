//! Health: `GET /healthz` (the process lives) and `GET /readyz` (events are kept and reports are served).

use super::{Access, ApiError, Route};
use crate::app::App;
use axum::extract::State;
use http::{Method, StatusCode};
use std::sync::Arc;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, "/healthz", Access::Open, || async { "ok\n" })
            .says("Says that the process lives.", "It does."),
        Route::new(Method::GET, "/readyz", Access::Open, ready).says("Says whether reports are served.", "They are."),
    ]
}

async fn ready(State(app): State<Arc<App>>) -> Result<&'static str, ApiError> {
    if app.store.is_open() {
        return Ok("ready\n");
    }
    Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "store.away", "no store serves at this moment"))
}
