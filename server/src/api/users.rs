//! Accounts of the installation: `/api/v1/users`, for its owners and for the command line.

use super::session::hashing;
use super::values::{Body, Hidden};
use super::{Access, ApiError, Route, blocking};
use crate::accounts::email_of;
use crate::accounts::sign_in::Claim;
use crate::app::App;
use axum::Json;
use axum::extract::{Path, State};
use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewUser {
    email: String,
    #[serde(default)]
    name: String,
    password: Hidden,
    #[serde(default)]
    owner: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reset {
    password: Option<Hidden>,
    #[serde(default)]
    drop_totp: bool,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, "/api/v1/users", Access::Installation, list),
        Route::new(Method::POST, "/api/v1/users", Access::Installation, add),
        Route::new(Method::PUT, "/api/v1/users/{email}", Access::Installation, reset),
        Route::new(Method::DELETE, "/api/v1/users/{email}", Access::Installation, remove),
    ]
}

async fn list(State(app): State<Arc<App>>) -> Json<Value> {
    let (people, book) = (app.roster().people(), app.book());
    let mut sites: Vec<_> = book.sites.keys().copied().collect();
    sites.sort_unstable();
    let users = people.iter().map(|person| {
        let role = |site| person.role_on(site).map(|role| json!({ "id": site.0, "role": role.name() }));
        let user = &person.user;
        json!({
            "email": user.email,
            "name": user.name,
            "owner": user.is_owner,
            "totp": user.has_factor,
            "created_at": user.created_at,
            "sites": sites.iter().filter_map(|site| role(*site)).collect::<Vec<_>>(),
        })
    });
    Json(json!({ "meta": { "count": people.len() }, "users": users.collect::<Vec<_>>() }))
}

async fn add(State(app): State<Arc<App>>, Body(new): Body<NewUser>) -> Result<(StatusCode, Json<Value>), ApiError> {
    let email = email_of(&new.email)?;
    let answer = json!({ "email": email, "owner": new.owner });
    hashing(&app, move |app| {
        let claim = Claim { email: &email, password: new.password.text(), code: None };
        app.add_user(&claim, &new.name, new.owner)
    })
    .await?;
    Ok((StatusCode::CREATED, Json(answer)))
}

async fn reset(
    State(app): State<Arc<App>>,
    Path(email): Path<String>,
    Body(new): Body<Reset>,
) -> Result<StatusCode, ApiError> {
    let email = email_of(&email)?;
    hashing(&app, move |app| app.reset_user(&email, new.password.as_ref().map(Hidden::text), new.drop_totp)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn remove(State(app): State<Arc<App>>, Path(email): Path<String>) -> Result<StatusCode, ApiError> {
    let email = email_of(&email)?;
    blocking(move || app.remove_user(&email)).await?;
    Ok(StatusCode::NO_CONTENT)
}
