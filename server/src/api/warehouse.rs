//! Raw access for administrators: `GET` and `POST /api/v1/sites/{id}/warehouse`, where the site's tables lie as Parquet, and
//! `POST /api/v1/sites/{id}/sql`, a question to them.

use super::auth::CurrentSite;
use super::values::{Body, json_text};
use super::{Access, ApiError, Route, blocking};
use crate::app::App;
use crate::warehouse::{self, Answered, Warehouse};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use collector::book::Scope;
use http::{Method, StatusCode};
use schemars::JsonSchema;
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
        Route::new(Method::GET, PATH, Access::Site(Scope::Admin), show)
            .says("Says where the site's tables lie as Parquet, and how they stand.", "How they stand."),
        Route::new(Method::POST, PATH, Access::Site(Scope::Admin), begin)
            .says("Writes the site's tables out as Parquet; GET says when that is done.", "It has begun.")
            .with_status(StatusCode::ACCEPTED)
            .in_json::<Warehouse>()
            .refuses(&[(409, "warehouse.running")]),
        Route::new(Method::POST, "/api/v1/sites/{id}/sql", Access::Site(Scope::Admin), ask)
            .says("Answers one SELECT over the tables as last written out.", "Columns and rows.")
            .in_json::<SqlAnswer>()
            .refuses(&[
                (400, "sql.refused"),
                (400, "sql.too_many_rows"),
                (409, "warehouse.none"),
                (503, "sql.memory"),
                (503, "sql.timeout"),
            ]),
    ]
}

/// What a question to the tables is answered with.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "the question's own process writes it")]
struct SqlAnswer {
    columns: Vec<SqlColumn>,
    /// Cells in the order of the columns; amounts and large numbers as text.
    rows: Vec<Vec<Value>>,
    /// Whether there are more rows than were asked for.
    is_cut: bool,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "the question's own process writes it")]
struct SqlColumn {
    name: String,
    #[serde(rename = "type")]
    kind: String,
}

async fn show(State(app): State<Arc<App>>, site: CurrentSite) -> Json<Warehouse> {
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

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Question {
    sql: String,
    /// Most rows of the answer.
    #[schemars(extend("default" = ROWS, "maximum" = ROWS_MAX))]
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
