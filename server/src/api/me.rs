//! One's own account: `PUT /api/v1/me`, and its second factor under `/api/v1/me/totp`.

use super::auth::{Granted, Me};
use super::cookie::Client;
use super::session::{Account, SIGNING_IN, hashing, shown};
use super::values::{Body, Hidden};
use super::{Access, ApiError, Route, blocking};
use crate::accounts::people::Changes;
use crate::app::App;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewMe {
    name: Option<String>,
    /// A tag such as en or pt-BR.
    language: Option<String>,
    /// The new one; it ends every other session.
    password: Option<Hidden>,
    /// The present one, which a new one needs.
    old_password: Option<Hidden>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Code {
    /// What the authenticator shows now.
    code: Hidden,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Password {
    password: Option<Hidden>,
}

/// One's own account after a change.
#[derive(Serialize, JsonSchema)]
struct Changed {
    user: Account,
    /// The CSRF token, which a new password changes.
    csrf: String,
}

#[derive(Serialize, JsonSchema)]
struct NewFactor {
    secret: String,
    /// What a QR code holds for the authenticator.
    uri: String,
}

#[derive(Serialize, JsonSchema)]
struct RecoveryCodes {
    recovery_codes: Vec<String>,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::PUT, "/api/v1/me", Access::User, change)
            .says(
                "Changes one's own name, language or password; a new password ends every other session.",
                "The account; with a new password the cookie of a new session is set.",
            )
            .in_json::<Changed>()
            .refuses(SIGNING_IN)
            .refuses(&[(403, "password.wrong")]),
        Route::new(Method::POST, "/api/v1/me/totp", Access::User, begin_factor)
            .says("Begins a second factor: its secret, and the address for a QR code.", "Secret and address.")
            .refuses(&[(409, "totp.taken")]),
        Route::new(Method::PUT, "/api/v1/me/totp", Access::User, confirm_factor)
            .says("Confirms the second factor by its first code.", "Recovery codes, this once.")
            .refuses(&[(403, "totp.wrong"), (409, "totp.not_begun"), (409, "totp.taken"), (429, "session.too_many")]),
        Route::new(Method::DELETE, "/api/v1/me/totp", Access::User, drop_factor)
            .says("Drops the second factor.", "It is gone.")
            .refuses(SIGNING_IN)
            .refuses(&[(403, "password.wrong")]),
    ]
}

async fn change(
    State(app): State<Arc<App>>,
    Me(me): Me,
    granted: Granted,
    client: Client,
    Body(new): Body<NewMe>,
) -> Result<Response, ApiError> {
    let (asker, id) = (client.asker.clone(), me.user.id);
    let opened = hashing(&app, move |app| {
        let changes = Changes {
            name: new.name.as_deref(),
            language: new.language.as_deref(),
            password: new.password.as_ref().map(Hidden::text),
            old_password: new.old_password.as_ref().map(Hidden::text),
        };
        app.change_me(&me, &changes, &asker)
    })
    .await
    .map_err(|error| wrong(error, "password.wrong", "`old_password` is not the present password"))?;
    let me = app.roster().person(id).ok_or_else(|| anyhow::anyhow!("the account is gone"))?;
    let body = |csrf: &str| Json(Changed { user: shown(&me), csrf: csrf.to_owned() });
    match opened {
        Some(opened) => Ok(([client.set(&opened.token)], body(&super::cookie::csrf_of(&opened.token))).into_response()),
        None => Ok(body(granted.session().map_or("", |(_, csrf)| csrf)).into_response()),
    }
}

/// Says what was wrong in the words of this page: nobody is signed out by it.
fn wrong(error: ApiError, code: &'static str, message: &str) -> ApiError {
    if error.code == "session.refused" { ApiError::new(StatusCode::FORBIDDEN, code, message) } else { error }
}

async fn begin_factor(State(app): State<Arc<App>>, Me(me): Me) -> Result<Json<NewFactor>, ApiError> {
    let (uri, secret) = blocking(move || app.begin_factor(&me)).await?;
    Ok(Json(NewFactor { secret, uri }))
}

async fn confirm_factor(
    State(app): State<Arc<App>>,
    Me(me): Me,
    client: Client,
    Body(shown): Body<Code>,
) -> Result<Json<RecoveryCodes>, ApiError> {
    let recovery_codes = blocking(move || app.confirm_factor(&me, shown.code.text(), &client.asker))
        .await
        .map_err(|error| wrong(error, "totp.wrong", "this is not the code that the authenticator shows now"))?;
    Ok(Json(RecoveryCodes { recovery_codes }))
}

async fn drop_factor(
    State(app): State<Arc<App>>,
    Me(me): Me,
    client: Client,
    Body(shown): Body<Password>,
) -> Result<StatusCode, ApiError> {
    hashing(&app, move |app| app.drop_my_factor(&me, shown.password.as_ref().map(Hidden::text), &client.asker))
        .await
        .map_err(|error| wrong(error, "password.wrong", "`password` is not the account's password"))?;
    Ok(StatusCode::NO_CONTENT)
}
