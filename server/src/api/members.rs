//! Members of a site, `/api/v1/sites/{id}/members`, and invitations to it.
//!
//! The link of an invitation holds its secret behind `#`, so that no log on the way ever sees it.

use super::auth::CurrentSite;
use super::cookie::Client;
use super::session::{hashing, signed_in};
use super::values::{Body, Hidden};
use super::{Access, ApiError, Route, blocking};
use crate::accounts::sign_in::Claim;
use crate::accounts::{Role, email_of};
use crate::app::App;
use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use collector::book::Scope;
use commerce::Timestamp;
use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewRole {
    role: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewInvitation {
    email: String,
    role: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Acceptance {
    secret: Hidden,
    #[serde(default)]
    name: String,
    password: Hidden,
    #[serde(default)]
    totp: Option<Hidden>,
}

pub(super) fn routes() -> Vec<Route> {
    let invitations = "/api/v1/sites/{id}/invitations";
    let admin = Access::Site(Scope::Admin);
    vec![
        Route::new(Method::GET, "/api/v1/sites/{id}/members", admin, list),
        Route::new(Method::PUT, "/api/v1/sites/{id}/members/{email}", admin, put),
        Route::new(Method::DELETE, "/api/v1/sites/{id}/members/{email}", admin, remove),
        Route::new(Method::GET, invitations, admin, list_invitations),
        Route::new(Method::POST, invitations, admin, invite),
        Route::new(Method::DELETE, "/api/v1/sites/{id}/invitations/{invitation}", admin, take_back),
        Route::new(Method::POST, "/api/v1/invitations/accept", Access::Open, accept),
    ]
}

fn role_named(name: &str) -> Result<Role, ApiError> {
    Role::parse(name).ok_or_else(|| {
        ApiError::bad_request("role.unknown", "`role` takes viewer, editor or admin")
            .hint("an owner has every site: `tallyho user add --owner`")
    })
}

async fn list(State(app): State<Arc<App>>, site: CurrentSite) -> Json<Value> {
    let people = app.roster().people();
    let members: Vec<Value> = people
        .iter()
        .filter_map(|person| {
            let (user, role) = (&person.user, person.role_on(site.id())?);
            Some(json!({ "email": user.email, "name": user.name, "role": role.name(), "totp": user.has_factor }))
        })
        .collect();
    Json(json!({ "meta": { "count": members.len() }, "members": members }))
}

async fn put(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    Path((_, email)): Path<(u32, String)>,
    Body(new): Body<NewRole>,
) -> Result<Json<Value>, ApiError> {
    let (email, role) = (email_of(&email)?, role_named(&new.role)?);
    let answer = json!({ "email": email, "role": role.name() });
    blocking(move || app.put_member(site.id(), &email, role)).await.map_err(|error: ApiError| match error.code {
        "user.unknown" => error.hint("invite them: `POST /api/v1/sites/{id}/invitations`"),
        _ => error,
    })?;
    Ok(Json(answer))
}

async fn remove(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    Path((_, email)): Path<(u32, String)>,
) -> Result<StatusCode, ApiError> {
    let email = email_of(&email)?;
    blocking(move || app.remove_member(site.id(), &email)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn list_invitations(State(app): State<Arc<App>>, site: CurrentSite) -> Result<Json<Value>, ApiError> {
    let now = app.clock.now();
    let found = blocking(move || app.control.invitations(site.id())).await?;
    let shown: Vec<Value> = found
        .iter()
        .map(|invitation| {
            let has_expired = Timestamp::parse(&invitation.expires_at).is_none_or(|at| at <= now);
            json!({
                "id": invitation.id,
                "email": invitation.email,
                "role": invitation.role.name(),
                "expires_at": invitation.expires_at,
                "expired": has_expired,
            })
        })
        .collect();
    Ok(Json(json!({ "meta": { "count": shown.len() }, "invitations": shown })))
}

async fn invite(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    client: Client,
    Body(new): Body<NewInvitation>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let role = role_named(&new.role)?;
    let (invitation, secret) = blocking(move || app.invite(site.id(), &new.email, role)).await?;
    let link = format!("{}/#/invite/{secret}", client.base);
    let answer = json!({ "id": invitation.id, "link": link, "secret": secret, "expires_at": invitation.expires_at });
    Ok((StatusCode::CREATED, Json(answer)))
}

async fn take_back(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    Path((_, id)): Path<(u32, String)>,
) -> Result<StatusCode, ApiError> {
    blocking(move || app.control.remove_invitation(site.id(), &id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn accept(
    State(app): State<Arc<App>>,
    client: Client,
    Body(shown): Body<Acceptance>,
) -> Result<Response, ApiError> {
    let asker = client.asker.clone();
    let opened = hashing(&app, move |app| {
        let code = shown.totp.as_ref().map(Hidden::text);
        let claim = Claim { email: "", password: shown.password.text(), code };
        app.accept_invitation(shown.secret.text(), &claim, &shown.name, &asker)
    })
    .await?;
    signed_in(&app, &client, &opened)
}
