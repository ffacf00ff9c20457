//! Secrets of foreign senders: `/api/v1/sites/{id}/secrets`. They come in and never go out again.

use super::auth::CurrentSite;
use super::parameters::Path;
use super::values::Body;
use super::{Access, ApiError, Route, blocking};
use crate::app::App;
use axum::Json;
use axum::extract::State;
use collector::book::Scope;
use commerce::hit::Dialect;
use http::{Method, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;

/// Longest secret, in bytes.
const SECRET_BYTES_MAX: usize = 1024;

/// A secret to be. It has no `Debug`, so that it cannot be logged by accident; and any value will do for a secret, because
/// the complaint about one of the wrong type would repeat it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewSecret {
    /// shopify, stripe, woocommerce, ...
    dialect: String,
    /// One line of at most 1024 bytes.
    #[schemars(with = "String")]
    secret: Value,
}

/// How many secrets a foreign sender has.
#[derive(Serialize, JsonSchema)]
struct SecretsOfDialect {
    dialect: &'static str,
    secrets: usize,
}

#[derive(Serialize, JsonSchema)]
struct SecretCounts {
    secrets: Vec<SecretsOfDialect>,
}

/// How many secrets a foreign sender had.
#[derive(Serialize, JsonSchema)]
struct DroppedSecrets {
    dialect: &'static str,
    dropped: usize,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, "/api/v1/sites/{id}/secrets", Access::Site(Scope::Admin), list).says(
            "Says for which foreign senders the site has secrets, and how many; never the secrets.",
            "Dialects and numbers.",
        ),
        Route::new(Method::POST, "/api/v1/sites/{id}/secrets", Access::Site(Scope::Admin), add)
            .says(
                "Adds the newest secret by which a foreign sender proves who it is, such as the one that signs a platform's \
                 webhooks. The one before stays good until the next is added. It is never shown again.",
                "How many secrets the dialect now has.",
            )
            .refuses(&[(400, "dialect.unknown"), (400, "secret.invalid")]),
        Route::new(Method::DELETE, "/api/v1/sites/{id}/secrets/{dialect}", Access::Site(Scope::Admin), drop_all)
            .says(
                "Drops all secrets of a foreign sender: what they sign is refused from now on.",
                "How many there were.",
            )
            .names("dialect", "Name of the dialect.")
            .refuses(&[(400, "dialect.unknown")]),
    ]
}

/// Says for which dialects there are secrets, and how many.
async fn list(site: CurrentSite) -> Json<SecretCounts> {
    let known = &site.get().dialect_secrets;
    let counted = Dialect::ALL.into_iter().filter_map(|dialect| {
        let secrets = known.iter().filter(|(of, _)| *of == dialect).count();
        (secrets > 0).then(|| SecretsOfDialect { dialect: dialect.name(), secrets })
    });
    Json(SecretCounts { secrets: counted.collect() })
}

async fn add(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    Body(new): Body<NewSecret>,
) -> Result<(StatusCode, Json<SecretsOfDialect>), ApiError> {
    let dialect = dialect(&new.dialect)?;
    let secret = new.secret.as_str().unwrap_or_default().trim().to_owned();
    if secret.is_empty() || secret.len() > SECRET_BYTES_MAX || secret.chars().any(char::is_control) {
        return Err(ApiError::bad_request("secret.invalid", "`secret` takes one line of at most 1024 bytes"));
    }
    let secrets = blocking(move || app.add_dialect_secret(site.id(), dialect, &secret)).await?;
    Ok((StatusCode::CREATED, Json(SecretsOfDialect { dialect: dialect.name(), secrets })))
}

async fn drop_all(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    Path((_, name)): Path<(u32, String)>,
) -> Result<Json<DroppedSecrets>, ApiError> {
    let dialect = dialect(&name)?;
    let dropped = blocking(move || app.drop_dialect_secrets(site.id(), dialect)).await?;
    Ok(Json(DroppedSecrets { dialect: dialect.name(), dropped }))
}

fn dialect(name: &str) -> Result<Dialect, ApiError> {
    Dialect::parse(name)
        .filter(|dialect| dialect.is_optional())
        .ok_or_else(|| ApiError::bad_request("dialect.unknown", "`dialect` takes a name such as shopify or stripe"))
}
