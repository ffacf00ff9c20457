//! Tokens: `/api/v1/sites/{id}/tokens` for one site, `/api/v1/tokens` for the installation.

use super::auth::CurrentSite;
use super::parameters::Path;
use super::values::{Body, Count};
use super::{Access, ApiError, Route, blocking};
use crate::app::App;
use crate::control::{NewTokenRequest, StoredToken};
use axum::Json;
use axum::extract::State;
use collector::book::Scope;
use commerce::SiteId;
use http::{Method, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A token to be.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewToken {
    #[schemars(extend("enum" = SCOPES.map(Scope::name)))]
    scope: String,
    #[serde(default)]
    label: String,
}

/// A token, shown this once.
#[derive(Serialize, JsonSchema)]
struct AddedToken {
    id: String,
    token: String,
}

/// What a token can be made for; a collect key is none.
const SCOPES: [Scope; 5] = [Scope::Ingest, Scope::Import, Scope::Read, Scope::Edit, Scope::Admin];

/// A token without its secret.
#[derive(Serialize, JsonSchema)]
struct Token {
    id: String,
    #[schemars(extend("enum" = SCOPES.map(Scope::name)))]
    scope: &'static str,
    /// Number of its site; null for all sites.
    site: Option<u32>,
    label: String,
    created_at: String,
    last_used_at: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct Tokens {
    meta: Count,
    tokens: Vec<Token>,
}

pub(super) fn routes() -> Vec<Route> {
    const ONE: &str = "/api/v1/sites/{id}/tokens/{token}";
    const ID: &str = "Id of the token.";
    const ONCE: &str = "The token, shown this once.";
    vec![
        Route::new(Method::GET, "/api/v1/sites/{id}/tokens", Access::Site(Scope::Admin), list)
            .says("Lists the site's tokens, without their secrets.", "The tokens."),
        Route::new(Method::POST, "/api/v1/sites/{id}/tokens", Access::Site(Scope::Admin), add)
            .says("Adds a token for the site.", ONCE)
            .refuses(&[(400, "token.scope_unknown")]),
        Route::new(Method::DELETE, ONE, Access::Site(Scope::Admin), revoke)
            .says("Revokes a token of the site.", "It is revoked.")
            .names("token", ID)
            .refuses(&[(404, "token.unknown")]),
        Route::new(Method::GET, "/api/v1/tokens", Access::Installation, list_all)
            .says("Lists every token, without their secrets.", "The tokens."),
        Route::new(Method::POST, "/api/v1/tokens", Access::Installation, add_for_all)
            .says("Adds a token for every site.", ONCE)
            .refuses(&[(400, "token.scope_unknown")]),
        Route::new(Method::DELETE, "/api/v1/tokens/{token}", Access::Installation, revoke_any)
            .says("Revokes a token.", "It is revoked.")
            .names("token", ID)
            .refuses(&[(404, "token.unknown")]),
    ]
}

async fn list(State(app): State<Arc<App>>, site: CurrentSite) -> Result<Json<Tokens>, ApiError> {
    listed(app, Some(site.id())).await
}

async fn list_all(State(app): State<Arc<App>>) -> Result<Json<Tokens>, ApiError> {
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

async fn listed(app: Arc<App>, site: Option<SiteId>) -> Result<Json<Tokens>, ApiError> {
    let tokens = blocking(move || app.control.tokens(site)).await?;
    let tokens: Vec<Token> = tokens.into_iter().map(shown).collect();
    Ok(Json(Tokens { meta: Count { count: tokens.len() }, tokens }))
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

fn shown(token: StoredToken) -> Token {
    Token {
        id: token.id,
        scope: token.scope.name(),
        site: token.site.map(|site| site.0),
        label: token.label,
        created_at: token.created_at,
        last_used_at: token.last_used_at,
    }
}
