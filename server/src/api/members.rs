//! Members of a site, `/api/v1/sites/{id}/members`, and invitations to it.
//!
//! The link of an invitation holds its secret behind `#`, so that no log on the way ever sees it.

use super::auth::CurrentSite;
use super::cookie::Client;
use super::parameters::Path;
use super::session::{SIGNING_IN, Session, hashing, signed_in};
use super::values::{Body, Count, Hidden};
use super::{Access, ApiError, Route, blocking};
use crate::accounts::roster::Person;
use crate::accounts::sign_in::Claim;
use crate::accounts::{Role, email_of};
use crate::app::App;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use collector::book::Scope;
use commerce::Timestamp;
use http::{Method, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewRole {
    #[schemars(extend("enum" = ROLES))]
    role: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewInvitation {
    email: String,
    #[schemars(extend("enum" = ROLES))]
    role: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Acceptance {
    /// What the link of the invitation has behind `#/invite/`.
    secret: Hidden,
    #[serde(default)]
    name: String,
    password: Hidden,
    #[serde(default)]
    totp: Option<Hidden>,
}

/// What can be given; an owner has every site.
const ROLES: [&str; 3] = ["viewer", "editor", "admin"];

#[derive(Serialize, JsonSchema)]
struct Members {
    meta: Count,
    members: Vec<Member>,
}

#[derive(Serialize, JsonSchema)]
struct Member {
    email: String,
    name: String,
    #[schemars(extend("enum" = ["viewer", "editor", "admin", "owner"]))]
    role: &'static str,
    /// Whether the account has a second factor.
    totp: bool,
}

#[derive(Serialize, JsonSchema)]
struct GivenRole {
    email: String,
    #[schemars(extend("enum" = ROLES))]
    role: &'static str,
}

#[derive(Serialize, JsonSchema)]
struct Invitations {
    meta: Count,
    invitations: Vec<Invitation>,
}

/// An invitation that was not accepted yet.
#[derive(Serialize, JsonSchema)]
struct Invitation {
    id: String,
    email: String,
    #[schemars(extend("enum" = ROLES))]
    role: &'static str,
    expires_at: String,
    expired: bool,
}

/// The link of an invitation, shown this once.
#[derive(Serialize, JsonSchema)]
struct SentInvitation {
    id: String,
    link: String,
    secret: String,
    expires_at: String,
}

pub(super) fn routes() -> Vec<Route> {
    const ADDRESS: &str = "Address of the account.";
    let invitations = "/api/v1/sites/{id}/invitations";
    let admin = Access::Site(Scope::Admin);
    vec![
        Route::new(Method::GET, "/api/v1/sites/{id}/members", admin, list)
            .says("Lists who has a role on the site.", "The members."),
        Route::new(Method::PUT, "/api/v1/sites/{id}/members/{email}", admin, put)
            .says("Gives an account a role: viewer, editor or admin.", "Account and role.")
            .names("email", ADDRESS)
            .refuses(&[(400, "account.invalid"), (400, "role.unknown"), (404, "user.unknown")]),
        Route::new(Method::DELETE, "/api/v1/sites/{id}/members/{email}", admin, remove)
            .says("Takes an account's role away.", "It is gone.")
            .names("email", ADDRESS)
            .refuses(&[(400, "account.invalid"), (404, "member.unknown"), (404, "user.unknown")]),
        Route::new(Method::GET, invitations, admin, list_invitations)
            .says("Lists the invitations that were not accepted yet.", "The invitations."),
        Route::new(Method::POST, invitations, admin, invite)
            .says("Invites an address by a link.", "The link, this once.")
            .refuses(&[(400, "account.invalid"), (400, "role.unknown")]),
        Route::new(Method::DELETE, "/api/v1/sites/{id}/invitations/{invitation}", admin, take_back)
            .says("Takes an invitation back.", "It is gone.")
            .names("invitation", "Id of the invitation.")
            .refuses(&[(404, "invitation.unknown")]),
        Route::new(Method::POST, "/api/v1/invitations/accept", Access::Open, accept)
            .says(
                "Accepts an invitation, makes an account where there is none, and signs in.",
                "The session; its cookie is set.",
            )
            .in_json::<Session>()
            .refuses(SIGNING_IN)
            .refuses(&[(404, "invitation.unknown"), (409, "user.taken")]),
    ]
}

fn role_named(name: &str) -> Result<Role, ApiError> {
    Role::parse(name).ok_or_else(|| {
        ApiError::bad_request("role.unknown", "`role` takes viewer, editor or admin")
            .hint("an owner has every site: `tallyho user add --owner`")
    })
}

async fn list(State(app): State<Arc<App>>, site: CurrentSite) -> Json<Members> {
    let people = app.roster().people();
    let member = |person: &Arc<Person>| {
        let (user, role) = (&person.user, person.role_on(site.id())?.name());
        Some(Member { email: user.email.clone(), name: user.name.clone(), role, totp: user.has_factor })
    };
    let members: Vec<Member> = people.iter().filter_map(member).collect();
    Json(Members { meta: Count { count: members.len() }, members })
}

async fn put(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    Path((_, email)): Path<(u32, String)>,
    Body(new): Body<NewRole>,
) -> Result<Json<GivenRole>, ApiError> {
    let (email, role) = (email_of(&email)?, role_named(&new.role)?);
    let answer = GivenRole { email: email.clone(), role: role.name() };
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

async fn list_invitations(State(app): State<Arc<App>>, site: CurrentSite) -> Result<Json<Invitations>, ApiError> {
    let now = app.clock.now();
    let found = blocking(move || app.control.invitations(site.id())).await?;
    let shown = found.into_iter().map(|invitation| Invitation {
        expired: Timestamp::parse(&invitation.expires_at).is_none_or(|at| at <= now),
        id: invitation.id,
        email: invitation.email,
        role: invitation.role.name(),
        expires_at: invitation.expires_at,
    });
    let invitations: Vec<Invitation> = shown.collect();
    Ok(Json(Invitations { meta: Count { count: invitations.len() }, invitations }))
}

async fn invite(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    client: Client,
    Body(new): Body<NewInvitation>,
) -> Result<(StatusCode, Json<SentInvitation>), ApiError> {
    let role = role_named(&new.role)?;
    let (invitation, secret) = blocking(move || app.invite(site.id(), &new.email, role)).await?;
    let link = format!("{}/#/invite/{secret}", client.base);
    let answer = SentInvitation { id: invitation.id, link, secret, expires_at: invitation.expires_at };
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
