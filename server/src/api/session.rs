//! Sessions: `/api/v1/session` (one's own: see, open, end), `/api/v1/sessions` (all of one's account), and
//! `/api/v1/setup`, which makes the first account.

use super::auth::{Granted, Me};
use super::cookie::Client;
use super::values::{Body, Hidden};
use super::{Access, ApiError, Route, blocking};
use crate::accounts::roster::Person;
use crate::accounts::sign_in::{Claim, Opened};
use crate::accounts::{Refusal, Role};
use crate::app::App;
use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use commerce::{SiteId, SiteSettings};
use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignIn {
    email: String,
    password: Hidden,
    #[serde(default)]
    totp: Option<Hidden>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetUp {
    token: Hidden,
    email: String,
    #[serde(default)]
    name: String,
    password: Hidden,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, "/api/v1/setup", Access::Open, needs_setup),
        Route::new(Method::POST, "/api/v1/setup", Access::Open, set_up),
        Route::new(Method::POST, "/api/v1/setup/token", Access::Installation, new_setup_token),
        Route::new(Method::GET, "/api/v1/session", Access::Open, show),
        Route::new(Method::POST, "/api/v1/session", Access::Open, sign_in),
        Route::new(Method::DELETE, "/api/v1/session", Access::SignedIn, sign_out),
        Route::new(Method::GET, "/api/v1/sessions", Access::User, list),
        Route::new(Method::DELETE, "/api/v1/sessions/{session}", Access::User, end),
    ]
}

async fn needs_setup(State(app): State<Arc<App>>) -> Result<Json<Value>, ApiError> {
    let needed = blocking(move || app.needs_setup()).await?;
    Ok(Json(json!({ "needed": needed })))
}

async fn new_setup_token(State(app): State<Arc<App>>) -> Result<Json<Value>, ApiError> {
    let token = blocking(move || app.new_setup_token()).await?.ok_or_else(|| {
        ApiError::new(StatusCode::CONFLICT, "setup.done", "the first account was made already")
            .hint("`tallyho user add` adds more, and `tallyho user password` sets a forgotten password")
    })?;
    Ok(Json(json!({ "token": token })))
}

async fn set_up(State(app): State<Arc<App>>, client: Client, Body(new): Body<SetUp>) -> Result<Response, ApiError> {
    let asker = client.asker.clone();
    let opened = hashing(&app, move |app| {
        let claim = Claim { email: &new.email, password: new.password.text(), code: None };
        app.set_up(new.token.text(), &claim, &new.name, &asker)
    })
    .await
    .map_err(|error| if error.code == "session.refused" { unknown_setup_token() } else { error })?;
    signed_in(&app, &client, &opened)
}

fn unknown_setup_token() -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, "setup.token", "this token does not make the first account").hint(
        "`tallyho serve` prints one at every start until there is an account; `tallyho setup-token` prints another",
    )
}

async fn sign_in(
    State(app): State<Arc<App>>,
    client: Client,
    granted: Granted,
    Body(claim): Body<SignIn>,
) -> Result<Response, ApiError> {
    let asker = client.asker.clone();
    let before = granted.session().map(|(session, _)| session.id.clone());
    let opened = hashing(&app, move |app| {
        let code = claim.totp.as_ref().map(Hidden::text);
        let opened = app.sign_in(&Claim { email: &claim.email, password: claim.password.text(), code }, &asker)?;
        before.map_or(Ok(()), |id| app.end_session(&id))?;
        Ok(opened)
    })
    .await?;
    signed_in(&app, &client, &opened)
}

/// Runs `work`, which hashes a password, when it is its turn.
///
/// # Errors
/// What `work` refuses; 503 if too many wait.
pub(super) async fn hashing<T: Send + 'static>(
    app: &Arc<App>,
    work: impl FnOnce(&App) -> Result<T, Refusal> + Send + 'static,
) -> Result<T, ApiError> {
    let busy = || ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "session.busy", "too many sign in at this moment");
    let _turn = app.accounts.turns.take().await.ok_or_else(busy)?;
    let app = Arc::clone(app);
    blocking(move || work(&app)).await
}

/// Answers with a session that was just opened: what it sees, and its cookie.
pub(super) fn signed_in(app: &App, client: &Client, opened: &Opened) -> Result<Response, ApiError> {
    let hash = crate::control::tokens::hash_of(&opened.token);
    let found = app.roster().session(&hash, None, app.clock.now());
    let (_, holder) = found.ok_or_else(|| anyhow::anyhow!("a session that was just opened is not there"))?;
    let csrf = super::cookie::csrf_of(&opened.token);
    let body = match holder {
        crate::accounts::roster::Signed::In(person) => of_person(app, &person, &csrf),
        crate::accounts::roster::Signed::Share(share) => super::shares::session_of(app, &share, &csrf),
    };
    Ok(([client.set(&opened.token)], Json(body)).into_response())
}

async fn show(State(app): State<Arc<App>>, granted: Granted) -> Result<Json<Value>, ApiError> {
    if let (Some(person), Some((_, csrf))) = (granted.person(), granted.session()) {
        return Ok(Json(of_person(&app, person, csrf)));
    }
    if let (Some(share), Some((_, csrf))) = (granted.share(), granted.session()) {
        return Ok(Json(super::shares::session_of(&app, share, csrf)));
    }
    if app.setup.open_reports && granted.is_stranger() {
        return Ok(Json(of_demo(&app)));
    }
    if !granted.is_stranger() {
        let sites = sites(&app, |site| role_of_token(&granted, site));
        if !sites.is_empty() {
            return Ok(Json(json!({ "user": Value::Null, "csrf": "", "sites": sites })));
        }
    }
    Err(ApiError::new(StatusCode::UNAUTHORIZED, "session.missing", "nobody is signed in, or the session has ended")
        .hint("sign in with `POST /api/v1/session`"))
}

/// Returns the role whose rights a token has on a site: nobody is signed in by one, and the dashboard shows as much.
fn role_of_token(granted: &Granted, site: SiteId) -> Option<Role> {
    [Role::Admin, Role::Editor, Role::Viewer].into_iter().find(|role| granted.may(site, role.scope()))
}

/// Says who is signed in and what they see.
fn of_person(app: &App, person: &Person, csrf: &str) -> Value {
    let user = &person.user;
    let mut session = json!({
        "user": shown(person),
        "csrf": csrf,
        "sites": sites(app, |site| person.role_on(site)),
    });
    if user.is_owner {
        session["role"] = Role::Owner.name().into();
    }
    session
}

/// Returns what an account sees of itself.
pub(super) fn shown(person: &Person) -> Value {
    let user = &person.user;
    json!({ "email": user.email, "name": user.name, "language": user.language, "totp": user.has_factor, "owner": user.is_owner })
}

fn of_demo(app: &App) -> Value {
    let user = json!({ "email": "", "name": "Demo", "language": "", "totp": false, "owner": false });
    let sites = sites(app, |_| Some(Role::Viewer));
    json!({ "user": user, "csrf": "", "role": Role::Viewer.name(), "demo": true, "sites": sites })
}

fn sites(app: &App, role_on: impl Fn(SiteId) -> Option<Role>) -> Vec<Value> {
    let book = app.book();
    let mut seen: Vec<_> = book.sites.values().filter_map(|site| Some((site, role_on(site.id)?))).collect();
    seen.sort_by_key(|(site, _)| site.id);
    seen.into_iter().map(|(site, role)| site_shown(site.id, &site.settings, role)).collect()
}

/// Returns what a session says of a site.
pub(super) fn site_shown(id: SiteId, settings: &SiteSettings, role: Role) -> Value {
    json!({
        "id": id.0,
        "domain": settings.domain,
        "name": super::sites::name_of(settings),
        "currency": settings.currency.code(),
        "timezone": settings.timezone.name(),
        "week_start": if settings.week_starts_sunday { "sunday" } else { "monday" },
        "role": role.name(),
    })
}

async fn sign_out(State(app): State<Arc<App>>, client: Client, granted: Granted) -> Result<Response, ApiError> {
    let id = granted.session().map(|(session, _)| session.id.clone());
    blocking(move || id.map_or(Ok(()), |id| app.end_session(&id))).await?;
    Ok((StatusCode::NO_CONTENT, [client.clear()]).into_response())
}

async fn list(State(app): State<Arc<App>>, Me(me): Me, granted: Granted) -> Json<Value> {
    let own = granted.session().map(|(session, _)| session.id.clone());
    let sessions = app.roster().sessions_of(me.user.id, app.clock.now());
    let shown = sessions.iter().map(|session| {
        let used_at = app.session_used_at(&session.hash).max(Some(session.last_used_at));
        json!({
            "id": session.id,
            "agent": session.agent,
            "created_at": session.created_at.to_string(),
            "last_used_at": used_at.map(|at| at.to_string()),
            "expires_at": session.expires_at.to_string(),
            "current": Some(&session.id) == own.as_ref(),
        })
    });
    Json(json!({ "meta": { "count": sessions.len() }, "sessions": shown.collect::<Vec<_>>() }))
}

async fn end(State(app): State<Arc<App>>, Me(me): Me, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    blocking(move || app.end_session_of(me.user.id, &id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
