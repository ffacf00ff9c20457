//! Saved views: `/api/v1/sites/{id}/views`, a state of the dashboard under a name. One's own, or shared with everyone
//! who may read the site, which takes an editor.

use super::auth::{CurrentSite, Granted, Me};
use super::parameters::{Parameter, Parameters, Path, Takes};
use super::values::{Body, Count};
use super::{Access, ApiError, Route, blocking};
use crate::app::App;
use crate::control::users::UserId;
use crate::control::views::EVERYONE;
use axum::Json;
use axum::extract::State;
use collector::book::Scope;
use http::{Method, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

const NAME_CHARS_MAX: usize = 100;
const STATE_BYTES_MAX: usize = 8 << 10;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewView {
    /// What the dashboard keeps, at most 8 KiB.
    state: String,
    /// Whether everyone who may read the site sees it.
    #[serde(default)]
    shared: bool,
}

#[derive(Serialize, JsonSchema)]
struct Views {
    meta: Count,
    views: Vec<View>,
}

/// A state of the dashboard under a name.
#[derive(Serialize, JsonSchema)]
struct View {
    name: String,
    /// What the dashboard keeps.
    state: String,
    /// Whether everyone who may read the site sees it.
    shared: bool,
    updated_at: String,
}

pub(super) fn routes() -> Vec<Route> {
    const SHARED: Parameter = Parameter::new("shared", Takes::Flag, "true: the one that everyone sees.");
    const NAME: &str = "Name of the view.";
    let one = "/api/v1/sites/{id}/views/{name}";
    vec![
        Route::new(Method::GET, "/api/v1/sites/{id}/views", Access::Site(Scope::Read), list)
            .says("Lists saved views: everyone's and one's own.", "The views."),
        Route::new(Method::PUT, one, Access::Member(Scope::Read), put)
            .says("Saves a view, one's own or, with `shared`, everyone's.", "The view.")
            .names("name", NAME)
            .refuses(&[(400, "view.invalid"), (409, "view.too_many")]),
        Route::new(Method::DELETE, one, Access::Member(Scope::Read), remove)
            .says("Removes a view.", "It is gone.")
            .names("name", NAME)
            .takes([SHARED])
            .refuses(&[(404, "view.unknown")]),
    ]
}

async fn list(State(app): State<Arc<App>>, site: CurrentSite, granted: Granted) -> Result<Json<Views>, ApiError> {
    let owner = granted.person().map_or(EVERYONE, |person| person.user.id);
    let views = blocking(move || app.control.views(site.id(), owner)).await?;
    let shown = views.into_iter().map(|view| View {
        name: view.name,
        state: view.state,
        shared: view.is_shared,
        updated_at: view.updated_at,
    });
    let views: Vec<View> = shown.collect();
    Ok(Json(Views { meta: Count { count: views.len() }, views }))
}

/// Returns whose a view is; refuses to let viewers change what everyone sees.
fn owner_of(shared: bool, me: &Me, granted: &Granted, site: &CurrentSite) -> Result<UserId, ApiError> {
    if !shared {
        return Ok(me.0.user.id);
    }
    if granted.may(site.id(), Scope::Edit) {
        return Ok(EVERYONE);
    }
    Err(ApiError::new(StatusCode::FORBIDDEN, "session.role", "only editors change the views that everyone sees"))
}

async fn put(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    me: Me,
    granted: Granted,
    Path((_, name)): Path<(u32, String)>,
    Body(new): Body<NewView>,
) -> Result<Json<View>, ApiError> {
    let name = name.trim().to_owned();
    let fits = (1..=NAME_CHARS_MAX).contains(&name.chars().count()) && new.state.len() <= STATE_BYTES_MAX;
    if !fits || name.chars().any(char::is_control) {
        let what = "a view has a name of 1 to 100 characters and a `state` of at most 8 KiB";
        return Err(ApiError::bad_request("view.invalid", what));
    }
    let owner = owner_of(new.shared, &me, &granted, &site)?;
    let now = app.clock.now();
    let view = View { name, state: new.state, shared: new.shared, updated_at: now.to_string() };
    let kept = blocking(move || {
        app.control.put_view(site.id(), owner, &view.name, &view.state, now)?;
        Ok::<_, ApiError>(view)
    });
    Ok(Json(kept.await?))
}

async fn remove(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    me: Me,
    granted: Granted,
    Path((_, name)): Path<(u32, String)>,
    parameters: Parameters,
) -> Result<StatusCode, ApiError> {
    let owner = owner_of(parameters.flag("shared")?, &me, &granted, &site)?;
    blocking(move || app.control.remove_view(site.id(), owner, name.trim())).await?;
    Ok(StatusCode::NO_CONTENT)
}
