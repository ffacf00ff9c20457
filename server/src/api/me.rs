//! One's own account: `PUT /api/v1/me`, and its second factor under `/api/v1/me/totp`.

use super::auth::{Granted, Me};
use super::cookie::Client;
use super::session::{hashing, shown};
use super::values::{Body, Hidden};
use super::{Access, ApiError, Route, blocking};
use crate::accounts::people::Changes;
use crate::app::App;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewMe {
    name: Option<String>,
    language: Option<String>,
    password: Option<Hidden>,
    old_password: Option<Hidden>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Code {
    code: Hidden,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Password {
    password: Option<Hidden>,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::PUT, "/api/v1/me", Access::User, change),
        Route::new(Method::POST, "/api/v1/me/totp", Access::User, begin_factor),
        Route::new(Method::PUT, "/api/v1/me/totp", Access::User, confirm_factor),
        Route::new(Method::DELETE, "/api/v1/me/totp", Access::User, drop_factor),
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
    let body = |csrf: &str| Json(json!({ "user": shown(&me), "csrf": csrf }));
    match opened {
        Some(opened) => Ok(([client.set(&opened.token)], body(&super::cookie::csrf_of(&opened.token))).into_response()),
        None => Ok(body(granted.session().map_or("", |(_, csrf)| csrf)).into_response()),
    }
}

/// Says what was wrong in the words of this page: nobody is signed out by it.
fn wrong(error: ApiError, code: &'static str, message: &str) -> ApiError {
    if error.code == "session.refused" { ApiError::new(StatusCode::FORBIDDEN, code, message) } else { error }
}

async fn begin_factor(State(app): State<Arc<App>>, Me(me): Me) -> Result<Json<Value>, ApiError> {
    let (uri, secret) = blocking(move || app.begin_factor(&me)).await?;
    Ok(Json(json!({ "secret": secret, "uri": uri })))
}

async fn confirm_factor(
    State(app): State<Arc<App>>,
    Me(me): Me,
    client: Client,
    Body(shown): Body<Code>,
) -> Result<Json<Value>, ApiError> {
    let codes = blocking(move || app.confirm_factor(&me, shown.code.text(), &client.asker))
        .await
        .map_err(|error| wrong(error, "totp.wrong", "this is not the code that the authenticator shows now"))?;
    Ok(Json(json!({ "recovery_codes": codes })))
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
