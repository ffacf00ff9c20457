//! Saved views: `/api/v1/sites/{id}/views`, a state of the dashboard under a name. One's own, or shared with everyone
//! who may read the site, which takes an editor.

use super::auth::{CurrentSite, Granted, Me};
use super::parameters::Parameters;
use super::values::Body;
use super::{Access, ApiError, Route, blocking};
use crate::app::App;
use crate::control::users::UserId;
use crate::control::views::EVERYONE;
use axum::Json;
use axum::extract::{Path, State};
use collector::book::Scope;
use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

const NAME_CHARS_MAX: usize = 100;
const STATE_BYTES_MAX: usize = 8 << 10;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewView {
    state: String,
    #[serde(default)]
    shared: bool,
}

pub(super) fn routes() -> Vec<Route> {
    let one = "/api/v1/sites/{id}/views/{name}";
    vec![
        Route::new(Method::GET, "/api/v1/sites/{id}/views", Access::Site(Scope::Read), list),
        Route::new(Method::PUT, one, Access::Member(Scope::Read), put),
        Route::new(Method::DELETE, one, Access::Member(Scope::Read), remove),
    ]
}

async fn list(State(app): State<Arc<App>>, site: CurrentSite, granted: Granted) -> Result<Json<Value>, ApiError> {
    let owner = granted.person().map_or(EVERYONE, |person| person.user.id);
    let views = blocking(move || app.control.views(site.id(), owner)).await?;
    let shown = views.iter().map(|view| {
        json!({ "name": view.name, "state": view.state, "shared": view.is_shared, "updated_at": view.updated_at })
    });
    Ok(Json(json!({ "meta": { "count": views.len() }, "views": shown.collect::<Vec<_>>() })))
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
) -> Result<Json<Value>, ApiError> {
    let name = name.trim().to_owned();
    let fits = (1..=NAME_CHARS_MAX).contains(&name.chars().count()) && new.state.len() <= STATE_BYTES_MAX;
    if !fits || name.chars().any(char::is_control) {
        let what = "a view has a name of 1 to 100 characters and a `state` of at most 8 KiB";
        return Err(ApiError::bad_request("view.invalid", what));
    }
    let owner = owner_of(new.shared, &me, &granted, &site)?;
    let now = app.clock.now();
    let answer = json!({ "name": name, "state": new.state, "shared": new.shared, "updated_at": now.to_string() });
    blocking(move || app.control.put_view(site.id(), owner, &name, &new.state, now)).await?;
    Ok(Json(answer))
}

async fn remove(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    me: Me,
    granted: Granted,
    Path((_, name)): Path<(u32, String)>,
    parameters: Parameters,
) -> Result<StatusCode, ApiError> {
    parameters.only(&["shared"])?;
    let owner = owner_of(parameters.flag("shared")?, &me, &granted, &site)?;
    blocking(move || app.control.remove_view(site.id(), owner, name.trim())).await?;
    Ok(StatusCode::NO_CONTENT)
}
