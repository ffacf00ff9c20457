//! Events that a site defines: `/api/v1/sites/{id}/defined-events`. A rule over what events are behaves as an event's
//! name, for all events there ever were.

use super::auth::CurrentSite;
use super::values::Body;
use super::{Access, ApiError, Route, blocking};
use crate::app::App;
use crate::control::segments::{NamedRule, Naming};
use axum::Json;
use axum::extract::{Path, State};
use collector::book::Scope;
use http::{Method, StatusCode};
use reports::filter::Definition;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Most characters of a name.
const NAME_CHARS_MAX: usize = 100;
/// Most definitions of a site; each is looked at for every event of a report by event.
const DEFINITIONS_MAX: usize = 200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewEvent {
    rule: String,
}

pub(super) fn routes() -> Vec<Route> {
    const ONE: &str = "/api/v1/sites/{id}/defined-events/{name}";
    vec![
        Route::new(Method::GET, "/api/v1/sites/{id}/defined-events", Access::Site(Scope::Read), list),
        Route::new(Method::PUT, ONE, Access::Site(Scope::Edit), put),
        Route::new(Method::DELETE, ONE, Access::Site(Scope::Edit), remove),
    ]
}

async fn list(State(app): State<Arc<App>>, site: CurrentSite) -> Result<Json<Value>, ApiError> {
    let events = blocking(move || app.control.named_rules(site.id(), Naming::Event)).await?;
    let events: Vec<Value> = events.iter().map(shown).collect();
    Ok(Json(json!({ "meta": { "count": events.len() }, "defined_events": events })))
}

async fn put(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    Path((_, name)): Path<(u32, String)>,
    Body(new): Body<NewEvent>,
) -> Result<Json<Value>, ApiError> {
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
    Ok(Json(shown(&stored.await?)))
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

fn shown(event: &NamedRule) -> Value {
    json!({ "name": event.name, "rule": event.text, "changed_at": event.changed_at })
}
