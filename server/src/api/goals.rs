//! Goals of a site: `/api/v1/sites/{id}/goals`.

use super::auth::CurrentSite;
use super::parameters::Path;
use super::values::{Body, Count, number_schema, setting_text};
use super::{Access, ApiError, Route, blocking};
use crate::app::App;
use crate::control::goals::{attribute_name, attribute_named, pattern_kind_name, pattern_kind_named};
use axum::Json;
use axum::extract::State;
use collector::book::Scope;
use commerce::Goal;
use commerce::goal::{GOAL_ATTRIBUTES, GoalAttribute, PATTERN_KINDS, PatternKind};
use commerce::money::Amount;
use http::{Method, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::sync::Arc;

/// A goal to be, or to replace the one of the same number.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewGoal {
    /// The next free number if it is 0 or left out.
    #[serde(default)]
    id: u32,
    name: String,
    /// What is looked at.
    #[serde(default = "manually")]
    #[schemars(extend("enum" = named(GOAL_ATTRIBUTES)))]
    attribute: String,
    #[serde(default = "contains")]
    #[schemars(extend("enum" = named(PATTERN_KINDS)))]
    pattern_kind: String,
    /// Needed for every attribute but `manually`.
    #[serde(default)]
    pattern: String,
    #[serde(default)]
    case_sensitive: bool,
    #[serde(default)]
    #[schemars(schema_with = "number_schema")]
    value: Option<Box<RawValue>>,
    #[serde(default)]
    allow_multiple: bool,
    #[serde(default)]
    use_event_value: bool,
}

/// A goal as it is shown.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Goal")]
struct ShownGoal {
    id: u32,
    name: String,
    #[schemars(extend("enum" = named(GOAL_ATTRIBUTES)))]
    attribute: &'static str,
    #[schemars(extend("enum" = named(PATTERN_KINDS)))]
    pattern_kind: &'static str,
    pattern: String,
    case_sensitive: bool,
    /// What reaching it is worth.
    value: Option<String>,
    allow_multiple: bool,
    use_event_value: bool,
}

#[derive(Serialize, JsonSchema)]
struct Goals {
    meta: Count,
    goals: Vec<ShownGoal>,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, "/api/v1/sites/{id}/goals", Access::Site(Scope::Read), list)
            .says("Lists the goals.", "The goals."),
        Route::new(Method::POST, "/api/v1/sites/{id}/goals", Access::Site(Scope::Edit), put)
            .says("Adds a goal, or replaces the one of the same number.", "The goal.")
            .refuses(&[(400, "goal.invalid"), (400, "setting.invalid")]),
        Route::new(Method::DELETE, "/api/v1/sites/{id}/goals/{goal}", Access::Site(Scope::Edit), remove)
            .says("Removes a goal.", "It is gone.")
            .names("goal", "Number of the goal.")
            .refuses(&[(404, "goal.unknown")]),
    ]
}

async fn list(site: CurrentSite) -> Json<Goals> {
    let goals: Vec<ShownGoal> = site.get().goals.iter().cloned().map(shown).collect();
    Json(Goals { meta: Count { count: goals.len() }, goals })
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
    let attribute = attribute_named(&new.attribute).ok_or_else(|| choice("attribute", &named(GOAL_ATTRIBUTES)))?;
    let pattern_kind =
        pattern_kind_named(&new.pattern_kind).ok_or_else(|| choice("pattern_kind", &named(PATTERN_KINDS)))?;
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

fn named<T>(table: &[(&'static str, T)]) -> Vec<&'static str> {
    table.iter().map(|(name, _)| *name).collect()
}

fn choice(field: &str, names: &[&str]) -> ApiError {
    invalid(&format!("`{field}` takes one of {}", names.join(", ")))
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
