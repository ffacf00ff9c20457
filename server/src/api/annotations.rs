//! Annotations of a site: `/api/v1/sites/{id}/annotations`, what people write beside a day.

use super::auth::{CurrentSite, Granted};
use super::parameters::Parameters;
use super::values::Body;
use super::{Access, ApiError, Route, blocking};
use crate::app::App;
use crate::control::annotations::StoredAnnotation;
use axum::Json;
use axum::extract::{Path, State};
use collector::book::Scope;
use http::{Method, StatusCode};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

const TEXT_CHARS_MAX: usize = 1000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewAnnotation {
    date: String,
    text: String,
}

pub(super) fn routes() -> Vec<Route> {
    let (all, one) = ("/api/v1/sites/{id}/annotations", "/api/v1/sites/{id}/annotations/{annotation}");
    vec![
        Route::new(Method::GET, all, Access::Site(Scope::Read), list),
        Route::new(Method::POST, all, Access::Site(Scope::Edit), add),
        Route::new(Method::PUT, one, Access::Site(Scope::Edit), change),
        Route::new(Method::DELETE, one, Access::Site(Scope::Edit), remove),
    ]
}

async fn list(State(app): State<Arc<App>>, site: CurrentSite, parameters: Parameters) -> Result<Json<Value>, ApiError> {
    parameters.only(&["from", "to"])?;
    let from = parameters.day("from")?.unwrap_or(Date::ZERO).to_string();
    let to = parameters.day("to")?.unwrap_or(Date::MAX).to_string();
    let found = blocking(move || app.control.annotations(site.id(), &from, &to)).await?;
    let shown: Vec<Value> = found.iter().map(shown).collect();
    Ok(Json(json!({ "meta": { "count": shown.len() }, "annotations": shown })))
}

fn shown(annotation: &StoredAnnotation) -> Value {
    json!({
        "id": annotation.id,
        "date": annotation.day,
        "text": annotation.text,
        "author": annotation.author,
        "created_at": annotation.created_at,
    })
}

/// Returns the day and the text of an annotation to be.
fn checked(new: &NewAnnotation) -> Result<(String, String), ApiError> {
    let invalid = |what| ApiError::bad_request("annotation.invalid", what);
    let day: Date = new.date.trim().parse().map_err(|_| invalid("`date` takes a day such as 2026-03-02"))?;
    let text = new.text.trim();
    let fits = (1..=TEXT_CHARS_MAX).contains(&text.chars().count());
    let is_plain = !text.chars().any(|c| c.is_control() && c != '\n');
    if fits && is_plain && day.year() >= 0 {
        return Ok((day.to_string(), text.to_owned()));
    }
    Err(invalid("`text` takes a text of 1 to 1000 characters"))
}

async fn add(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    granted: Granted,
    Body(new): Body<NewAnnotation>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let (day, text) = checked(&new)?;
    let author = granted.person().map_or_else(String::new, |person| person.user.name.clone());
    let now = app.clock.now();
    let added = blocking(move || app.control.add_annotation(site.id(), &day, &text, &author, now)).await?;
    Ok((StatusCode::CREATED, Json(shown(&added))))
}

async fn change(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    Path((_, id)): Path<(u32, u32)>,
    Body(new): Body<NewAnnotation>,
) -> Result<Json<Value>, ApiError> {
    let (day, text) = checked(&new)?;
    let changed = blocking(move || app.control.change_annotation(site.id(), id, &day, &text)).await?;
    Ok(Json(shown(&changed)))
}

async fn remove(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    Path((_, id)): Path<(u32, u32)>,
) -> Result<StatusCode, ApiError> {
    blocking(move || app.control.remove_annotation(site.id(), id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
