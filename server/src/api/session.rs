//! Sessions: `/api/v1/session` (one's own: see, open, end), `/api/v1/sessions` (all of one's account), and
//! `/api/v1/setup`, which makes the first account.

use super::auth::{Granted, Me};
use super::cookie::Client;
use super::parameters::Path;
use super::signature::Refused;
use super::values::{Body, Count, Hidden};
use super::{Access, ApiError, Route, blocking};
use crate::accounts::roster::Person;
use crate::accounts::sign_in::{Claim, Opened};
use crate::accounts::{Refusal, Role};
use crate::app::App;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use commerce::{SiteId, SiteSettings};
use http::{Method, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SignIn {
    email: String,
    password: Hidden,
    /// A code of the second factor, or a recovery code.
    #[serde(default)]
    totp: Option<Hidden>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SetUp {
    /// What `tallyho serve` prints at its start, or `tallyho setup-token`.
    token: Hidden,
    email: String,
    #[serde(default)]
    name: String,
    password: Hidden,
}

/// Whether the first account is still to be made.
#[derive(Serialize, JsonSchema)]
struct Setup {
    needed: bool,
}

#[derive(Serialize, JsonSchema)]
struct SetupToken {
    token: String,
}

/// Who is signed in and what they see.
#[derive(Serialize, JsonSchema)]
pub(super) struct Session {
    /// The account; null for a share, and for a token, by which nobody is signed in.
    pub(super) user: Option<Account>,
    /// The share by which its holder sees a site.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) share: Option<SharedView>,
    /// What a request that changes something shows in the header X-CSRF-Token.
    pub(super) csrf: String,
    /// What the caller may do on every site; left out where that depends on the site.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) role: Option<&'static str>,
    /// True where reports are open to everyone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) demo: Option<bool>,
    pub(super) sites: Vec<SiteSeen>,
}

/// An account as it sees itself.
#[derive(Serialize, JsonSchema)]
pub(super) struct Account {
    pub(super) email: String,
    pub(super) name: String,
    /// A tag such as en or pt-BR; empty for the browser's.
    pub(super) language: String,
    /// Whether it has a second factor.
    pub(super) totp: bool,
    /// Whether it owns the installation.
    pub(super) owner: bool,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct SharedView {
    pub(super) id: String,
    pub(super) name: String,
    /// What its figures are narrowed to.
    pub(super) filter: String,
}

/// A site as a session sees it.
#[derive(Serialize, JsonSchema)]
pub(super) struct SiteSeen {
    id: u32,
    domain: String,
    name: String,
    /// ISO 4217.
    currency: String,
    /// IANA zone.
    timezone: String,
    #[schemars(extend("enum" = ["monday", "sunday"]))]
    week_start: &'static str,
    #[schemars(extend("enum" = ["viewer", "editor", "admin", "owner"]))]
    role: &'static str,
}

#[derive(Serialize, JsonSchema)]
struct Sessions {
    meta: Count,
    sessions: Vec<OpenSession>,
}

/// A session of one's own account.
#[derive(Serialize, JsonSchema)]
struct OpenSession {
    id: String,
    /// What the browser calls itself.
    agent: String,
    created_at: String,
    last_used_at: Option<String>,
    expires_at: String,
    /// Whether it is the one that asks.
    current: bool,
}

/// What signing in can be refused for.
pub(super) const SIGNING_IN: &[Refused] = &[
    (400, "account.invalid"),
    (401, "session.refused"),
    (401, "session.totp_needed"),
    (429, "session.too_many"),
    (503, "session.busy"),
];

pub(super) fn routes() -> Vec<Route> {
    const OPENED: &str = "The session; its cookie is set.";
    vec![
        Route::new(Method::GET, "/api/v1/setup", Access::Open, needs_setup)
            .says("Says whether the first account is still to be made.", "Whether it is."),
        Route::new(Method::POST, "/api/v1/setup", Access::Open, set_up)
            .says("Makes the first account, which owns the installation, and signs in.", OPENED)
            .in_json::<Session>()
            .refuses(SIGNING_IN)
            .refuses(&[(401, "setup.token"), (409, "setup.done"), (409, "user.taken")]),
        Route::new(Method::POST, "/api/v1/setup/token", Access::Installation, new_setup_token)
            .says("Draws another token that makes the first account.", "The token, this once.")
            .refuses(&[(409, "setup.done")]),
        Route::new(Method::GET, "/api/v1/session", Access::Open, show)
            .says("Says who is signed in, with the CSRF token and the sites they see.", "The session.")
            .refuses(&[(401, "session.missing")]),
        Route::new(Method::POST, "/api/v1/session", Access::Open, sign_in)
            .says("Signs in. `totp` is a code of the second factor, or a recovery code.", OPENED)
            .in_json::<Session>()
            .refuses(SIGNING_IN),
        Route::new(Method::DELETE, "/api/v1/session", Access::SignedIn, sign_out)
            .says("Signs out.", "Nobody is signed in.")
            .with_status(StatusCode::NO_CONTENT),
        Route::new(Method::GET, "/api/v1/sessions", Access::User, list)
            .says("Lists the sessions of one's own account.", "The sessions."),
        Route::new(Method::DELETE, "/api/v1/sessions/{session}", Access::User, end)
            .says("Ends a session of one's own account.", "It has ended.")
            .names("session", "Id of the session.")
            .refuses(&[(404, "session.unknown")]),
    ]
}

async fn needs_setup(State(app): State<Arc<App>>) -> Result<Json<Setup>, ApiError> {
    let needed = blocking(move || app.needs_setup()).await?;
    Ok(Json(Setup { needed }))
}

async fn new_setup_token(State(app): State<Arc<App>>) -> Result<Json<SetupToken>, ApiError> {
    let token = blocking(move || app.new_setup_token()).await?.ok_or_else(|| {
        ApiError::new(StatusCode::CONFLICT, "setup.done", "the first account was made already")
            .hint("`tallyho user add` adds more, and `tallyho user password` sets a forgotten password")
    })?;
    Ok(Json(SetupToken { token }))
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

async fn show(State(app): State<Arc<App>>, granted: Granted) -> Result<Json<Session>, ApiError> {
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
            return Ok(Json(Session::of(None, "", sites)));
        }
    }
    Err(ApiError::new(StatusCode::UNAUTHORIZED, "session.missing", "nobody is signed in, or the session has ended")
        .hint("sign in with `POST /api/v1/session`"))
}

/// Returns the role whose rights a token has on a site: nobody is signed in by one, and the dashboard shows as much.
fn role_of_token(granted: &Granted, site: SiteId) -> Option<Role> {
    [Role::Admin, Role::Editor, Role::Viewer].into_iter().find(|role| granted.may(site, role.scope()))
}

impl Session {
    /// Returns the session of `user`, in its plainest form.
    pub(super) fn of(user: Option<Account>, csrf: &str, sites: Vec<SiteSeen>) -> Self {
        Self { user, share: None, csrf: csrf.to_owned(), role: None, demo: None, sites }
    }
}

/// Says who is signed in and what they see.
fn of_person(app: &App, person: &Person, csrf: &str) -> Session {
    let role = person.user.is_owner.then(|| Role::Owner.name());
    let sites = sites(app, |site| person.role_on(site));
    Session { role, ..Session::of(Some(shown(person)), csrf, sites) }
}

/// Returns what an account sees of itself.
pub(super) fn shown(person: &Person) -> Account {
    let user = &person.user;
    Account {
        email: user.email.clone(),
        name: user.name.clone(),
        language: user.language.clone(),
        totp: user.has_factor,
        owner: user.is_owner,
    }
}

fn of_demo(app: &App) -> Session {
    let user =
        Account { email: String::new(), name: "Demo".to_owned(), language: String::new(), totp: false, owner: false };
    let sites = sites(app, |_| Some(Role::Viewer));
    Session { role: Some(Role::Viewer.name()), demo: Some(true), ..Session::of(Some(user), "", sites) }
}

fn sites(app: &App, role_on: impl Fn(SiteId) -> Option<Role>) -> Vec<SiteSeen> {
    let book = app.book();
    let mut seen: Vec<_> = book.sites.values().filter_map(|site| Some((site, role_on(site.id)?))).collect();
    seen.sort_by_key(|(site, _)| site.id);
    seen.into_iter().map(|(site, role)| site_shown(site.id, &site.settings, role)).collect()
}

/// Returns what a session says of a site.
pub(super) fn site_shown(id: SiteId, settings: &SiteSettings, role: Role) -> SiteSeen {
    SiteSeen {
        id: id.0,
        domain: settings.domain.clone(),
        name: super::sites::name_of(settings).to_owned(),
        currency: settings.currency.code().to_owned(),
        timezone: settings.timezone.name().to_owned(),
        week_start: if settings.week_starts_sunday { "sunday" } else { "monday" },
        role: role.name(),
    }
}

async fn sign_out(State(app): State<Arc<App>>, client: Client, granted: Granted) -> Result<Response, ApiError> {
    let id = granted.session().map(|(session, _)| session.id.clone());
    blocking(move || id.map_or(Ok(()), |id| app.end_session(&id))).await?;
    Ok((StatusCode::NO_CONTENT, [client.clear()]).into_response())
}

async fn list(State(app): State<Arc<App>>, Me(me): Me, granted: Granted) -> Json<Sessions> {
    let own = granted.session().map(|(session, _)| session.id.clone());
    let sessions = app.roster().sessions_of(me.user.id, app.clock.now());
    let shown = sessions.iter().map(|session| {
        let used_at = app.session_used_at(&session.hash).max(Some(session.last_used_at));
        OpenSession {
            id: session.id.clone(),
            agent: session.agent.clone(),
            created_at: session.created_at.to_string(),
            last_used_at: used_at.map(|at| at.to_string()),
            expires_at: session.expires_at.to_string(),
            current: Some(&session.id) == own.as_ref(),
        }
    });
    Json(Sessions { meta: Count { count: sessions.len() }, sessions: shown.collect() })
}

async fn end(State(app): State<Arc<App>>, Me(me): Me, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    blocking(move || app.end_session_of(me.user.id, &id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
