//! Annotations of a site: `/api/v1/sites/{id}/annotations`, what people write beside a day.

use super::auth::{CurrentSite, Granted};
use super::parameters::{FROM, Parameters, Path, TO};
use super::values::{Body, Count};
use super::{Access, ApiError, Route, blocking};
use crate::app::App;
use crate::control::annotations::StoredAnnotation;
use axum::Json;
use axum::extract::State;
use collector::book::Scope;
use http::{Method, StatusCode};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

const TEXT_CHARS_MAX: usize = 1000;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewAnnotation {
    /// The day, such as 2026-03-02.
    date: String,
    /// 1 to 1000 characters.
    text: String,
}

#[derive(Serialize, JsonSchema)]
struct Annotations {
    meta: Count,
    annotations: Vec<Annotation>,
}

/// What was written beside a day.
#[derive(Serialize, JsonSchema)]
struct Annotation {
    id: u32,
    /// The day.
    date: String,
    text: String,
    /// Name of the account that wrote it; empty for a token.
    author: String,
    created_at: String,
}

pub(super) fn routes() -> Vec<Route> {
    const NUMBER: &str = "Number of the annotation.";
    let (all, one) = ("/api/v1/sites/{id}/annotations", "/api/v1/sites/{id}/annotations/{annotation}");
    vec![
        Route::new(Method::GET, all, Access::Site(Scope::Read), list)
            .says("Lists what was written beside days.", "The annotations.")
            .takes([FROM.meaning("First day."), TO]),
        Route::new(Method::POST, all, Access::Site(Scope::Edit), add)
            .says("Writes beside a day.", "The annotation.")
            .refuses(&[(400, "annotation.invalid")]),
        Route::new(Method::PUT, one, Access::Site(Scope::Edit), change)
            .says("Changes an annotation.", "The annotation.")
            .names("annotation", NUMBER)
            .refuses(&[(400, "annotation.invalid"), (404, "annotation.unknown")]),
        Route::new(Method::DELETE, one, Access::Site(Scope::Edit), remove)
            .says("Removes an annotation.", "It is gone.")
            .names("annotation", NUMBER)
            .refuses(&[(404, "annotation.unknown")]),
    ]
}

async fn list(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    parameters: Parameters,
) -> Result<Json<Annotations>, ApiError> {
    let from = parameters.day("from")?.unwrap_or(Date::ZERO).to_string();
    let to = parameters.day("to")?.unwrap_or(Date::MAX).to_string();
    let found = blocking(move || app.control.annotations(site.id(), &from, &to)).await?;
    let annotations: Vec<Annotation> = found.into_iter().map(shown).collect();
    Ok(Json(Annotations { meta: Count { count: annotations.len() }, annotations }))
}

fn shown(annotation: StoredAnnotation) -> Annotation {
    Annotation {
        id: annotation.id,
        date: annotation.day,
        text: annotation.text,
        author: annotation.author,
        created_at: annotation.created_at,
    }
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
) -> Result<(StatusCode, Json<Annotation>), ApiError> {
    let (day, text) = checked(&new)?;
    let author = granted.person().map_or_else(String::new, |person| person.user.name.clone());
    let now = app.clock.now();
    let added = blocking(move || app.control.add_annotation(site.id(), &day, &text, &author, now)).await?;
    Ok((StatusCode::CREATED, Json(shown(added))))
}

async fn change(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    Path((_, id)): Path<(u32, u32)>,
    Body(new): Body<NewAnnotation>,
) -> Result<Json<Annotation>, ApiError> {
    let (day, text) = checked(&new)?;
    let changed = blocking(move || app.control.change_annotation(site.id(), id, &day, &text)).await?;
    Ok(Json(shown(changed)))
}

async fn remove(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    Path((_, id)): Path<(u32, u32)>,
) -> Result<StatusCode, ApiError> {
    blocking(move || app.control.remove_annotation(site.id(), id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
