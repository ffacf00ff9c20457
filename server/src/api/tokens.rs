//! Tokens: `/api/v1/sites/{id}/tokens` for one site, `/api/v1/tokens` for the installation.

use super::auth::CurrentSite;
use super::values::Body;
use super::{Access, ApiError, Route, blocking};
use crate::app::App;
use crate::control::{NewTokenRequest, StoredToken};
use axum::Json;
use axum::extract::{Path, State};
use collector::book::Scope;
use commerce::SiteId;
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

/// A token to be.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewToken {
    scope: String,
    #[serde(default)]
    label: String,
}

/// A token, shown this once.
#[derive(Serialize)]
struct AddedToken {
    id: String,
    token: String,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, "/api/v1/sites/{id}/tokens", Access::Site(Scope::Admin), list),
        Route::new(Method::POST, "/api/v1/sites/{id}/tokens", Access::Site(Scope::Admin), add),
        Route::new(Method::DELETE, "/api/v1/sites/{id}/tokens/{token}", Access::Site(Scope::Admin), revoke),
        Route::new(Method::GET, "/api/v1/tokens", Access::Installation, list_all),
        Route::new(Method::POST, "/api/v1/tokens", Access::Installation, add_for_all),
        Route::new(Method::DELETE, "/api/v1/tokens/{token}", Access::Installation, revoke_any),
    ]
}

async fn list(State(app): State<Arc<App>>, site: CurrentSite) -> Result<Json<Value>, ApiError> {
    listed(app, Some(site.id())).await
}

async fn list_all(State(app): State<Arc<App>>) -> Result<Json<Value>, ApiError> {
    listed(app, None).await
}

async fn add(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    Body(new): Body<NewToken>,
) -> Result<(StatusCode, Json<AddedToken>), ApiError> {
    added(app, Some(site.id()), new).await
}

async fn add_for_all(
    State(app): State<Arc<App>>,
    Body(new): Body<NewToken>,
) -> Result<(StatusCode, Json<AddedToken>), ApiError> {
    added(app, None, new).await
}

async fn revoke(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    Path((_, token)): Path<(u32, String)>,
) -> Result<StatusCode, ApiError> {
    blocking(move || app.revoke_token(&token, Some(site.id()))).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn revoke_any(State(app): State<Arc<App>>, Path(token): Path<String>) -> Result<StatusCode, ApiError> {
    blocking(move || app.revoke_token(&token, None)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn listed(app: Arc<App>, site: Option<SiteId>) -> Result<Json<Value>, ApiError> {
    let tokens = blocking(move || app.control.tokens(site)).await?;
    let tokens: Vec<Value> = tokens.iter().map(shown).collect();
    Ok(Json(json!({ "meta": { "count": tokens.len() }, "tokens": tokens })))
}

async fn added(app: Arc<App>, site: Option<SiteId>, new: NewToken) -> Result<(StatusCode, Json<AddedToken>), ApiError> {
    let scope = Scope::parse(&new.scope).filter(|scope| *scope != Scope::Collect).ok_or_else(|| {
        ApiError::bad_request("token.scope_unknown", "`scope` takes ingest, import, read, edit or admin")
            .hint("browsers need no token: they use the site's collect key")
    })?;
    let request = NewTokenRequest { site, scope, label: new.label };
    let token = blocking(move || app.add_token(&request)).await?;
    Ok((StatusCode::CREATED, Json(AddedToken { id: token.id, token: token.text })))
}

fn shown(token: &StoredToken) -> Value {
    json!({
        "id": token.id,
        "scope": token.scope.name(),
        "site": token.site.map(|s| s.0),
        "label": token.label,
        "created_at": token.created_at,
        "last_used_at": token.last_used_at,
    })
}
