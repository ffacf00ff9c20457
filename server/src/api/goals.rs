//! Goals of a site: `/api/v1/sites/{id}/goals`.

use super::auth::CurrentSite;
use super::values::{Body, setting_text};
use super::{Access, ApiError, Route, blocking};
use crate::app::App;
use crate::control::goals::{attribute_name, attribute_named, pattern_kind_name, pattern_kind_named};
use axum::Json;
use axum::extract::{Path, State};
use collector::book::Scope;
use commerce::Goal;
use commerce::goal::{GOAL_ATTRIBUTES, GoalAttribute, PATTERN_KINDS, PatternKind};
use commerce::money::Amount;
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::sync::Arc;

/// A goal to be, or to replace the one of the same number.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewGoal {
    #[serde(default)]
    id: u32,
    name: String,
    #[serde(default = "manually")]
    attribute: String,
    #[serde(default = "contains")]
    pattern_kind: String,
    #[serde(default)]
    pattern: String,
    #[serde(default)]
    case_sensitive: bool,
    value: Option<Box<RawValue>>,
    #[serde(default)]
    allow_multiple: bool,
    #[serde(default)]
    use_event_value: bool,
}

/// A goal as it is shown.
#[derive(Serialize)]
struct ShownGoal {
    id: u32,
    name: String,
    attribute: &'static str,
    pattern_kind: &'static str,
    pattern: String,
    case_sensitive: bool,
    value: Option<String>,
    allow_multiple: bool,
    use_event_value: bool,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, "/api/v1/sites/{id}/goals", Access::Site(Scope::Read), list),
        Route::new(Method::POST, "/api/v1/sites/{id}/goals", Access::Site(Scope::Edit), put),
        Route::new(Method::DELETE, "/api/v1/sites/{id}/goals/{goal}", Access::Site(Scope::Edit), remove),
    ]
}

async fn list(site: CurrentSite) -> Json<Value> {
    let goals: Vec<ShownGoal> = site.get().goals.iter().cloned().map(shown).collect();
    Json(json!({ "meta": { "count": goals.len() }, "goals": goals }))
}

async fn put(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    Body(new): Body<NewGoal>,
) -> Result<(StatusCode, Json<ShownGoal>), ApiError> {
    let goal = read(new)?;
    let stored = blocking(move || app.put_goal(site.id(), goal)).await?;
    Ok((StatusCode::CREATED, Json(shown(stored))))
}

async fn remove(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    Path((_, goal)): Path<(u32, u32)>,
) -> Result<StatusCode, ApiError> {
    blocking(move || app.remove_goal(site.id(), goal)).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn manually() -> String {
    attribute_name(GoalAttribute::Manually).to_owned()
}

fn contains() -> String {
    pattern_kind_name(PatternKind::Contains).to_owned()
}

fn read(new: NewGoal) -> Result<Goal, ApiError> {
    let attribute = attribute_named(&new.attribute).ok_or_else(|| choice("attribute", &names(GOAL_ATTRIBUTES)))?;
    let pattern_kind =
        pattern_kind_named(&new.pattern_kind).ok_or_else(|| choice("pattern_kind", &names(PATTERN_KINDS)))?;
    if attribute != GoalAttribute::Manually && new.pattern.is_empty() {
        return Err(invalid("`pattern` is needed for every attribute but `manually`"));
    }
    let value = match new.value.map(|v| setting_text(&v)).transpose()?.flatten() {
        Some(text) => {
            Some(Amount::parse(&text).map_err(|_| invalid("`value` takes a decimal amount such as \"12.50\""))?.value)
        }
        None => None,
    };
    Ok(Goal {
        id: new.id,
        name: new.name,
        attribute,
        pattern_kind,
        pattern: new.pattern,
        case_sensitive: new.case_sensitive,
        value,
        allow_multiple: new.allow_multiple,
        use_event_value: new.use_event_value,
    })
}

fn names<T>(table: &[(&'static str, T)]) -> String {
    table.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

fn choice(field: &str, names: &str) -> ApiError {
    invalid(&format!("`{field}` takes one of {names}"))
}

fn invalid(message: &str) -> ApiError {
    ApiError::bad_request("goal.invalid", message)
}

fn shown(goal: Goal) -> ShownGoal {
    ShownGoal {
        id: goal.id,
        name: goal.name,
        attribute: attribute_name(goal.attribute),
        pattern_kind: pattern_kind_name(goal.pattern_kind),
        pattern: goal.pattern,
        case_sensitive: goal.case_sensitive,
        value: goal.value.map(|v| v.to_string()),
        allow_multiple: goal.allow_multiple,
        use_event_value: goal.use_event_value,
    }
}
