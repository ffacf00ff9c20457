//! Accounts of the installation: `/api/v1/users`, for its owners and for the command line.

use super::parameters::Path;
use super::session::hashing;
use super::values::{Body, Count, Hidden};
use super::{Access, ApiError, Route, blocking};
use crate::accounts::email_of;
use crate::accounts::sign_in::Claim;
use crate::app::App;
use axum::Json;
use axum::extract::State;
use commerce::SiteId;
use http::{Method, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewUser {
    email: String,
    #[serde(default)]
    name: String,
    password: Hidden,
    /// Whether it owns the installation.
    #[serde(default)]
    owner: bool,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Reset {
    /// The new password.
    password: Option<Hidden>,
    /// Whether the second factor is dropped.
    #[serde(default)]
    drop_totp: bool,
}

#[derive(Serialize, JsonSchema)]
struct Users {
    meta: Count,
    users: Vec<User>,
}

/// An account with its roles.
#[derive(Serialize, JsonSchema)]
struct User {
    email: String,
    name: String,
    /// Whether it owns the installation.
    owner: bool,
    /// Whether it has a second factor.
    totp: bool,
    created_at: String,
    sites: Vec<RoleOnSite>,
}

#[derive(Serialize, JsonSchema)]
struct RoleOnSite {
    /// Number of the site.
    id: u32,
    #[schemars(extend("enum" = ["viewer", "editor", "admin", "owner"]))]
    role: &'static str,
}

#[derive(Serialize, JsonSchema)]
struct AddedUser {
    email: String,
    owner: bool,
}

pub(super) fn routes() -> Vec<Route> {
    const ADDRESS: &str = "Address of the account.";
    let busy = [(400, "account.invalid"), (503, "session.busy")];
    vec![
        Route::new(Method::GET, "/api/v1/users", Access::Installation, list)
            .says("Lists the accounts with their roles.", "The accounts."),
        Route::new(Method::POST, "/api/v1/users", Access::Installation, add)
            .says("Adds an account.", "The account.")
            .refuses(&busy)
            .refuses(&[(409, "user.taken")]),
        Route::new(Method::PUT, "/api/v1/users/{email}", Access::Installation, reset)
            .says("Sets a forgotten password, or drops a lost second factor.", "It is done.")
            .names("email", ADDRESS)
            .refuses(&busy)
            .refuses(&[(404, "user.unknown")]),
        Route::new(Method::DELETE, "/api/v1/users/{email}", Access::Installation, remove)
            .says("Removes an account.", "It is gone.")
            .names("email", ADDRESS)
            .refuses(&[(400, "account.invalid"), (404, "user.unknown"), (409, "user.last_owner")]),
    ]
}

async fn list(State(app): State<Arc<App>>) -> Json<Users> {
    let (people, book) = (app.roster().people(), app.book());
    let mut sites: Vec<_> = book.sites.keys().copied().collect();
    sites.sort_unstable();
    let users = people.iter().map(|person| {
        let role = |site: &SiteId| person.role_on(*site).map(|role| RoleOnSite { id: site.0, role: role.name() });
        let user = &person.user;
        User {
            email: user.email.clone(),
            name: user.name.clone(),
            owner: user.is_owner,
            totp: user.has_factor,
            created_at: user.created_at.clone(),
            sites: sites.iter().filter_map(role).collect(),
        }
    });
    Json(Users { meta: Count { count: people.len() }, users: users.collect() })
}

async fn add(State(app): State<Arc<App>>, Body(new): Body<NewUser>) -> Result<(StatusCode, Json<AddedUser>), ApiError> {
    let email = email_of(&new.email)?;
    let answer = AddedUser { email: email.clone(), owner: new.owner };
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
