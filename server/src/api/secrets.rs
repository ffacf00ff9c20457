//! Secrets of foreign senders: `/api/v1/sites/{id}/secrets`. They come in and never go out again.

use super::auth::CurrentSite;
use super::values::Body;
use super::{Access, ApiError, Route, blocking};
use crate::app::App;
use axum::Json;
use axum::extract::{Path, State};
use collector::book::Scope;
use commerce::hit::Dialect;
use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Longest secret, in bytes.
const SECRET_BYTES_MAX: usize = 1024;

/// A secret to be. It has no `Debug`, so that it cannot be logged by accident; and any value will do for a secret, because
/// the complaint about one of the wrong type would repeat it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewSecret {
    dialect: String,
    secret: Value,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, "/api/v1/sites/{id}/secrets", Access::Site(Scope::Admin), list),
        Route::new(Method::POST, "/api/v1/sites/{id}/secrets", Access::Site(Scope::Admin), add),
        Route::new(Method::DELETE, "/api/v1/sites/{id}/secrets/{dialect}", Access::Site(Scope::Admin), drop_all),
    ]
}

/// Says for which dialects there are secrets, and how many.
async fn list(site: CurrentSite) -> Json<Value> {
    let known = &site.get().dialect_secrets;
    let counted = Dialect::ALL.into_iter().filter_map(|dialect| {
        let secrets = known.iter().filter(|(of, _)| *of == dialect).count();
        (secrets > 0).then(|| json!({ "dialect": dialect.name(), "secrets": secrets }))
    });
    Json(json!({ "secrets": counted.collect::<Vec<_>>() }))
}

async fn add(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    Body(new): Body<NewSecret>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let dialect = dialect(&new.dialect)?;
    let secret = new.secret.as_str().unwrap_or_default().trim().to_owned();
    if secret.is_empty() || secret.len() > SECRET_BYTES_MAX || secret.chars().any(char::is_control) {
        return Err(ApiError::bad_request("secret.invalid", "`secret` takes one line of at most 1024 bytes"));
    }
    let secrets = blocking(move || app.add_dialect_secret(site.id(), dialect, &secret)).await?;
    Ok((StatusCode::CREATED, Json(json!({ "dialect": dialect.name(), "secrets": secrets }))))
}

async fn drop_all(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    Path((_, name)): Path<(u32, String)>,
) -> Result<Json<Value>, ApiError> {
    let dialect = dialect(&name)?;
    let dropped = blocking(move || app.drop_dialect_secrets(site.id(), dialect)).await?;
    Ok(Json(json!({ "dialect": dialect.name(), "dropped": dropped })))
}

fn dialect(name: &str) -> Result<Dialect, ApiError> {
    Dialect::parse(name)
        .filter(|dialect| dialect.is_optional())
        .ok_or_else(|| ApiError::bad_request("dialect.unknown", "`dialect` takes a name such as shopify or stripe"))
}
