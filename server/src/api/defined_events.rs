//! Events that a site defines: `/api/v1/sites/{id}/defined-events`. A rule over what events are behaves as an event's
//! name, for all events there ever were.

use super::auth::CurrentSite;
use super::parameters::Path;
use super::saved::BAD_FILTER;
use super::values::{Body, Count};
use super::{Access, ApiError, Route, blocking};
use crate::app::App;
use crate::control::segments::{NamedRule, Naming};
use axum::Json;
use axum::extract::State;
use collector::book::Scope;
use http::{Method, StatusCode};
use reports::filter::Definition;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Most characters of a name.
const NAME_CHARS_MAX: usize = 100;
/// Most definitions of a site; each is looked at for every event of a report by event.
const DEFINITIONS_MAX: usize = 200;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewEvent {
    /// Conditions on what events are.
    rule: String,
}

#[derive(Serialize, JsonSchema)]
struct DefinedEvents {
    meta: Count,
    defined_events: Vec<DefinedEvent>,
}

/// An event that the site has defined.
#[derive(Serialize, JsonSchema)]
struct DefinedEvent {
    name: String,
    /// The rule, in the long form.
    rule: String,
    changed_at: String,
}

pub(super) fn routes() -> Vec<Route> {
    const ONE: &str = "/api/v1/sites/{id}/defined-events/{name}";
    const NAME: &str = "Name of the event.";
    vec![
        Route::new(Method::GET, "/api/v1/sites/{id}/defined-events", Access::Site(Scope::Read), list)
            .says("Lists the events that the site has defined.", "The definitions."),
        Route::new(Method::PUT, ONE, Access::Site(Scope::Edit), put)
            .says("Defines an event by a rule, or changes it; holds for all events there ever were.", "The definition.")
            .names("name", NAME)
            .refuses(BAD_FILTER)
            .refuses(&[(400, "event.invalid"), (400, "event.too_many")]),
        Route::new(Method::DELETE, ONE, Access::Site(Scope::Edit), remove)
            .says("Removes a definition; what was sent stays.", "It is gone.")
            .names("name", NAME)
            .refuses(&[(404, "event.unknown")]),
    ]
}

async fn list(State(app): State<Arc<App>>, site: CurrentSite) -> Result<Json<DefinedEvents>, ApiError> {
    let events = blocking(move || app.control.named_rules(site.id(), Naming::Event)).await?;
    let defined_events: Vec<DefinedEvent> = events.into_iter().map(shown).collect();
    Ok(Json(DefinedEvents { meta: Count { count: defined_events.len() }, defined_events }))
}

async fn put(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    Path((_, name)): Path<(u32, String)>,
    Body(new): Body<NewEvent>,
) -> Result<Json<DefinedEvent>, ApiError> {
    let name = name.trim().to_owned();
    let is_name = !name.is_empty() && name.chars().count() <= NAME_CHARS_MAX && !name.chars().any(char::is_control);
    if !is_name || ["purchase", "refund", "abandon_cart"].contains(&name.as_str()) {
        return Err(ApiError::bad_request("event.invalid", "the name is empty, too long or taken")
            .hint(format!("take up to {NAME_CHARS_MAX} characters; `purchase`, `refund` and `abandon_cart` have a meaning of their own")));
    }
    let definition = Definition::parse(&name, &new.rule)?;
    let rule = NamedRule { name, text: definition.rule.to_string(), admins_only: false, changed_at: String::new() };
    let stored = blocking(move || {
        let others = app.control.named_rules(site.id(), Naming::Event)?;
        if others.iter().filter(|event| event.name != rule.name).count() >= DEFINITIONS_MAX {
            return Err(ApiError::bad_request("event.too_many", format!("{DEFINITIONS_MAX} events are defined")));
        }
        Ok(app.control.put_named_rule(site.id(), Naming::Event, rule, app.clock.now())?)
    });
    Ok(Json(shown(stored.await?)))
}

async fn remove(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    Path((_, name)): Path<(u32, String)>,
) -> Result<StatusCode, ApiError> {
    let wanted = name.clone();
    let gone = blocking(move || app.control.remove_named_rule(site.id(), Naming::Event, &wanted)).await?;
    let unknown = || ApiError::not_found("event.unknown", format!("no event `{name}` is defined"));
    if gone { Ok(StatusCode::NO_CONTENT) } else { Err(unknown()) }
}

fn shown(event: NamedRule) -> DefinedEvent {
    DefinedEvent { name: event.name, rule: event.text, changed_at: event.changed_at }
}
