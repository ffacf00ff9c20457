//! Raw access for administrators: `GET` and `POST /api/v1/sites/{id}/warehouse`, where the site's tables lie as Parquet, and
//! `POST /api/v1/sites/{id}/sql`, a question to them.

use super::auth::CurrentSite;
use super::values::{Body, json_text};
use super::{Access, ApiError, Route, blocking};
use crate::app::App;
use crate::warehouse::{self, Answered};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use collector::book::Scope;
use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// Longest time that a question may take.
const LIMIT: Duration = Duration::from_secs(20);
/// Most rows of an answer, and how many there are unless asked otherwise.
const ROWS_MAX: usize = 100_000;
const ROWS: usize = 1_000;

pub(super) fn routes() -> Vec<Route> {
    const PATH: &str = "/api/v1/sites/{id}/warehouse";
    vec![
        Route::new(Method::GET, PATH, Access::Site(Scope::Admin), show),
        Route::new(Method::POST, PATH, Access::Site(Scope::Admin), begin),
        Route::new(Method::POST, "/api/v1/sites/{id}/sql", Access::Site(Scope::Admin), ask),
    ]
}

async fn show(State(app): State<Arc<App>>, site: CurrentSite) -> Json<Value> {
    Json(warehouse::status(&app, site.id()))
}

async fn begin(State(app): State<Arc<App>>, site: CurrentSite) -> Result<Response, ApiError> {
    match warehouse::begin(&app, site.id()) {
        Ok(()) => Ok((StatusCode::ACCEPTED, Json(warehouse::status(&app, site.id()))).into_response()),
        Err(warehouse::UnderWay) => {
            Err(ApiError::new(StatusCode::CONFLICT, "warehouse.running", "a dump is being written already")
                .hint("GET the same path says when it is done"))
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    sql: String,
    rows: Option<usize>,
}

async fn ask(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    Body(asked): Body<Question>,
) -> Result<Response, ApiError> {
    let rows = asked.rows.unwrap_or(ROWS);
    if rows > ROWS_MAX {
        return Err(ApiError::bad_request("sql.too_many_rows", format!("`rows` takes a number up to {ROWS_MAX}")));
    }
    let folder = warehouse::current(&app, site.id()).ok_or_else(|| {
        ApiError::new(StatusCode::CONFLICT, "warehouse.none", "this site's tables have not been written out yet")
            .hint("POST /api/v1/sites/{id}/warehouse does that, and so does `tallyho warehouse`")
    })?;
    // A question needs half a gigabyte; another one waits for its turn.
    let _turn = app.questions.acquire().await.map_err(|e| ApiError::fault(&e.into()))?;
    let answered = blocking(move || warehouse::ask(&folder, &asked.sql, rows, LIMIT)).await?;
    match answered {
        Answered::Answer(text) => Ok(json_text(StatusCode::OK, text)),
        Answered::Refused(reason) => Err(ApiError::bad_request("sql.refused", reason)
            .hint("one SELECT over the tables of the warehouse; see docs/warehouse.md")),
        Answered::TooLarge => Err(ApiError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "sql.memory",
            "the question needs more memory or time than it may use",
        )
        .hint("narrow it, such as by `month`")),
        Answered::TooLong => Err(ApiError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "sql.timeout",
            format!("the question took longer than {} s", LIMIT.as_secs()),
        )
        .hint("narrow it, such as by `month`")),
    }
}
