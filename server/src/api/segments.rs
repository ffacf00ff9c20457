//! Saved segments: `/api/v1/sites/{id}/segments`, and `/segments/check`, which reads a text and counts whom it keeps.

use super::auth::{CurrentSite, Granted};
use super::report::default_period;
use super::saved::{Saved, is_name};
use super::values::Body;
use super::{Access, ApiError, Route, asking, blocking};
use crate::app::App;
use crate::control::segments::{NamedRule, Naming};
use axum::Json;
use axum::extract::{Path, State};
use collector::book::Scope;
use http::{Method, StatusCode};
use reports::{Cell, Filter, Query};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use store::Snapshot;

/// What a check counts.
const COUNTED: [&str; 4] = ["visits", "visitors", "customers", "orders"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewSegment {
    text: String,
    #[serde(default)]
    admins_only: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Check {
    text: String,
    from: Option<String>,
    to: Option<String>,
}

pub(super) fn routes() -> Vec<Route> {
    const ONE: &str = "/api/v1/sites/{id}/segments/{name}";
    vec![
        Route::new(Method::GET, "/api/v1/sites/{id}/segments", Access::Site(Scope::Read), list),
        Route::new(Method::POST, "/api/v1/sites/{id}/segments/check", Access::Site(Scope::Read), check),
        Route::new(Method::GET, ONE, Access::Site(Scope::Read), one),
        Route::new(Method::PUT, ONE, Access::Site(Scope::Edit), put),
        Route::new(Method::DELETE, ONE, Access::Site(Scope::Edit), remove),
    ]
}

async fn list(State(app): State<Arc<App>>, site: CurrentSite, granted: Granted) -> Result<Json<Value>, ApiError> {
    let segments = blocking(move || visible(&app, &site, &granted)).await?;
    let segments: Vec<Value> = segments.iter().map(shown).collect();
    Ok(Json(json!({ "meta": { "count": segments.len() }, "segments": segments })))
}

async fn one(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    granted: Granted,
    Path((_, name)): Path<(u32, String)>,
) -> Result<Json<Value>, ApiError> {
    let segments = blocking(move || visible(&app, &site, &granted)).await?;
    let found = segments.iter().find(|segment| segment.name == name).ok_or_else(|| unknown(&name))?;
    Ok(Json(shown(found)))
}

fn visible(app: &App, site: &CurrentSite, granted: &Granted) -> Result<Vec<NamedRule>, ApiError> {
    let is_admin = granted.may(site.id(), Scope::Admin);
    let mut segments = app.control.named_rules(site.id(), Naming::Segment)?;
    segments.retain(|segment| is_admin || !segment.admins_only);
    Ok(segments)
}

/// Refuses to let editors touch what only admins see.
fn check_admins_only(app: &App, site: &CurrentSite, granted: &Granted, name: &str) -> Result<(), ApiError> {
    let is_admin = granted.may(site.id(), Scope::Admin);
    let hidden = |segment: &NamedRule| segment.name == name && segment.admins_only;
    if !is_admin && app.control.named_rules(site.id(), Naming::Segment)?.iter().any(hidden) {
        return Err(ApiError::new(StatusCode::FORBIDDEN, "segment.admins_only", "only admins change this segment"));
    }
    Ok(())
}

async fn put(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    granted: Granted,
    Path((_, name)): Path<(u32, String)>,
    Body(new): Body<NewSegment>,
) -> Result<Json<Value>, ApiError> {
    if !is_name(&name) || ["all", "check", "previous"].contains(&name.as_str()) {
        return Err(ApiError::bad_request("segment.invalid", format!("`{name}` is no name for a segment"))
            .hint("take up to 64 letters, digits, `_` and `-`; `all`, `check` and `previous` mean something else"));
    }
    if new.admins_only && !granted.may(site.id(), Scope::Admin) {
        return Err(ApiError::new(StatusCode::FORBIDDEN, "segment.admins_only", "only admins keep segments to admins"));
    }
    let filter = Filter::parse(&new.text)?;
    if filter.parts.is_empty() {
        return Err(ApiError::bad_request("segment.invalid", "`text` says nothing")
            .hint("write conditions, such as `country = DE`"));
    }
    reports::filter::check(&filter)?;
    // It is kept in the long form, so that it reads the same whatever else a later version understands.
    let rule =
        NamedRule { name, text: filter.texts().join("; "), admins_only: new.admins_only, changed_at: String::new() };
    let stored = blocking(move || {
        check_admins_only(&app, &site, &granted, &rule.name)?;
        Ok::<_, ApiError>(app.control.put_named_rule(site.id(), Naming::Segment, rule, app.clock.now())?)
    })
    .await?;
    Ok(Json(shown(&stored)))
}

async fn remove(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    granted: Granted,
    Path((_, name)): Path<(u32, String)>,
) -> Result<StatusCode, ApiError> {
    let wanted = name.clone();
    let gone = blocking(move || {
        check_admins_only(&app, &site, &granted, &wanted)?;
        Ok::<_, ApiError>(app.control.remove_named_rule(site.id(), Naming::Segment, &wanted)?)
    })
    .await?;
    if gone { Ok(StatusCode::NO_CONTENT) } else { Err(unknown(&name)) }
}

/// Reads a text and counts what it keeps in a period; what it cannot be asked of is null.
async fn check(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    granted: Granted,
    Body(asked): Body<Check>,
) -> Result<Json<Value>, ApiError> {
    let today = site.get().settings.timezone.day_of(app.clock.now());
    let (from, to) = default_period(asked.from.as_deref(), asked.to.as_deref(), today);
    let served = Arc::clone(&app);
    let answer = asking(&app, site.id(), move |snapshot| {
        let saved = Saved::of(&served, site.id(), &granted)?;
        let text = saved.text(&asked.text)?;
        let filter = Filter::parse(text)?;
        reports::filter::check(&filter)?;
        let mut counts = serde_json::Map::new();
        for metric in COUNTED {
            let count =
                count(snapshot, &site, &saved, [("metrics", metric), ("segment", text), ("from", &from), ("to", &to)])?;
            counts.insert(metric.to_owned(), count);
        }
        let of = filter.parts.first().and_then(|part| part.of.name()).unwrap_or("rows");
        Ok::<_, ApiError>(json!({
            "text": filter.texts().join("; "), "of": of, "from": from, "to": to, "counts": counts,
        }))
    });
    Ok(Json(answer.await?))
}

fn count(
    snapshot: &Snapshot<'_>,
    site: &CurrentSite,
    saved: &Saved,
    parameters: [(&str, &str); 4],
) -> Result<Value, ApiError> {
    let mut query = match Query::parse(parameters) {
        Ok(query) => query,
        Err(error) if error.code == "query.not_combinable" => return Ok(Value::Null),
        Err(error) => return Err(error.into()),
    };
    query.define(saved.definitions());
    let table = reports::answer(snapshot, site.id(), &site.get().settings, &query)?;
    let cell = table.totals.first().cloned().unwrap_or(Cell::Null);
    Ok(serde_json::from_str(&cell.json_text()).unwrap_or_default())
}

fn shown(segment: &NamedRule) -> Value {
    let filter = Filter::parse(&segment.text).unwrap_or_default();
    json!({
        "name": segment.name,
        "text": segment.text,
        "of": filter.parts.first().and_then(|part| part.of.name()).unwrap_or("rows"),
        "admins_only": segment.admins_only,
        "changed_at": segment.changed_at,
    })
}

fn unknown(name: &str) -> ApiError {
    ApiError::not_found("segment.unknown", format!("there is no saved segment `{name}`"))
}
