//! Who may call what: the one place where tokens, sessions, sites and scopes are compared.
//!
//! A caller is known by a bearer token in the `Authorization` header, never in the URL, or by the cookie of a session;
//! a session that would change something also shows its CSRF token. The Unix socket in the data directory is open to
//! whoever may read that directory, and counts as an administrator who is nobody in particular.

use super::signature::{Part, Refused};
use super::{ApiError, cookie};
use crate::accounts::roster::{Person, Signed};
use crate::app::App;
use crate::control::sessions::StoredSession;
use crate::control::shares::StoredShare;
use crate::control::tokens::hash_of;
use crate::ids;
use axum::extract::{FromRequestParts, RawPathParams, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine;
use collector::book::{BookSite, Scope, SiteBook, Token};
use commerce::SiteId;
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode, header};
use std::net::SocketAddr;
use std::sync::Arc;

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Everyone.
    Open,
    /// Whoever holds any token that reads, whoever administers anything, and callers on this machine.
    Operator,
    /// Whoever may read any site; where reports are open, everyone. The handler shows them no more than theirs.
    Reader,
    /// Holders of a token with this scope for the site in the path, and members of it whose role has this scope.
    Site(Scope),
    /// As for reading the site in the path, and the holders of a share of it, narrowed to what it shows: for routes that
    /// read all their filters from the query.
    Figures,
    /// Members of the site in the path whose role has this scope: people only.
    Member(Scope),
    /// Whoever is signed in to an account.
    User,
    /// Whoever is signed in to an account or a share.
    SignedIn,
    /// Administrators of the installation, and people who administer any site.
    SiteMaker,
    /// Administrators of the installation: a token of scope admin without a site, and owners.
    Installation,
}

/// Where a request came from. Put into its extensions by the listener.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Peer {
    /// A TCP connection from this address.
    Tcp(SocketAddr),
    /// The Unix socket in the data directory, or a command that holds the data directory itself.
    DataDir,
}

/// The site in the path, which the caller may use. Extract it only on routes of [`Access::Site`].
#[derive(Clone)]
pub(crate) struct CurrentSite {
    book: Arc<SiteBook>,
    id: SiteId,
}

impl CurrentSite {
    /// Returns its number.
    pub(crate) fn id(&self) -> SiteId {
        self.id
    }

    /// Returns what the door knows of it.
    pub(crate) fn get(&self) -> &BookSite {
        self.book.site(self.id).expect("the site was looked up in this very book when access was granted")
    }
}

/// Who calls a route, for what the handler must know beyond that they may.
#[derive(Clone, Default)]
pub(crate) struct Granted(Arc<Caller>);

impl Granted {
    /// Says whether the caller may do `needed` on `site`.
    pub(crate) fn may(&self, site: SiteId, needed: Scope) -> bool {
        self.0.may(Access::Site(needed), Some(site))
    }

    /// Says whether the caller administers the installation.
    pub(crate) fn may_everything(&self) -> bool {
        self.0.may(Access::Installation, None)
    }

    /// Returns the account that is signed in, `None` for every other caller.
    pub(crate) fn person(&self) -> Option<&Arc<Person>> {
        self.0.person()
    }

    /// Returns the share that is signed in, `None` for every other caller.
    pub(crate) fn share(&self) -> Option<&Arc<StoredShare>> {
        self.0.share()
    }

    /// Returns the session that the caller is known by, and its CSRF token.
    pub(crate) fn session(&self) -> Option<(&StoredSession, &str)> {
        self.0.session.as_ref().map(|session| (session.stored.as_ref(), session.csrf.as_str()))
    }

    /// Says whether the caller shows neither token nor session.
    pub(crate) fn is_stranger(&self) -> bool {
        self.0.token.is_none() && self.0.session.is_none() && !self.0.is_data_dir
    }
}

/// The account that is signed in. Extract it only on routes of [`Access::User`] and [`Access::Member`].
pub(crate) struct Me(pub(crate) Arc<Person>);

/// Whether the caller of an open route may see details.
#[derive(Clone, Copy)]
pub(crate) struct SeesDetails(pub bool);

/// Lets a request through to its handler if its caller may call a route with this access.
///
/// # Errors
/// 401 without a usable token or session, 403 with one that does not reach here, 404 for a site that does not exist.
pub(crate) async fn authorise(
    State((app, access)): State<(Arc<App>, Access)>,
    path: RawPathParams,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let book = app.book();
    let peer = request.extensions().get::<Peer>().copied();
    let caller = Caller::of(&app, &book, peer, request.headers(), access)?;
    if access != Access::Open {
        if !caller.may(access, site_in(&path)) {
            return Err(caller.refusal(access));
        }
        caller.check_intent(&app, peer, request.method(), request.headers())?;
    }
    if let Some(share) = caller.share().filter(|_| access == Access::Figures) {
        super::shares::narrow(&mut request, &share.filter)?;
    }
    request.extensions_mut().insert(SeesDetails(caller.may(Access::Operator, None)));
    request.extensions_mut().insert(Granted(Arc::new(caller)));
    let is_of_site = matches!(access, Access::Site(_) | Access::Figures | Access::Member(_));
    if let (true, Some(id)) = (is_of_site, site_in(&path)) {
        if book.site(id).is_none() {
            return Err(ApiError::not_found("site.unknown", format!("there is no site {id}")));
        }
        request.extensions_mut().insert(CurrentSite { book, id });
    }
    Ok(next.run(request).await)
}

fn site_in(path: &RawPathParams) -> Option<SiteId> {
    path.iter().find(|(name, _)| *name == "id").and_then(|(_, value)| value.parse().ok()).map(SiteId)
}

/// A session that a request showed, with who holds it.
struct Session {
    stored: Arc<StoredSession>,
    holder: Signed,
    csrf: String,
}

#[derive(Default)]
struct Caller {
    token: Option<Token>,
    session: Option<Session>,
    /// A cookie came whose session has ended, or never was.
    has_stale_cookie: bool,
    is_data_dir: bool,
    is_local: bool,
    reports_are_open: bool,
}

impl Caller {
    fn of(
        app: &App,
        book: &SiteBook,
        peer: Option<Peer>,
        headers: &HeaderMap,
        access: Access,
    ) -> Result<Self, ApiError> {
        let (is_data_dir, is_local) = match peer {
            Some(Peer::DataDir) => (true, true),
            Some(Peer::Tcp(address)) => (false, address.ip().to_canonical().is_loopback() && !was_forwarded(headers)),
            None => (false, false),
        };
        let mut caller = Self { is_data_dir, is_local, reports_are_open: app.setup.open_reports, ..Self::default() };
        if let Some(text) = token_in(headers) {
            let text = text.as_str();
            let hash = hash_of(text);
            caller.token = book.tokens.get(&hash).copied();
            match caller.token {
                Some(_) => app.note_token_use(hash),
                None if is_data_dir => {}
                // A foreign client's own key, such as Segment's, in a request that is tried out.
                None if access == Access::Open && is_basic(headers) => {}
                None => return Err(unknown_token(text)),
            }
        } else if let Some(text) = cookie::token_in(headers) {
            let hash = hash_of(&text);
            let found = app.roster().session(&hash, app.session_used_at(&hash), app.clock.now());
            caller.has_stale_cookie = found.is_none();
            caller.session = found.map(|(stored, holder)| {
                app.note_session_use(hash);
                Session { stored, holder, csrf: cookie::csrf_of(&text) }
            });
        }
        Ok(caller)
    }

    fn person(&self) -> Option<&Arc<Person>> {
        self.session.as_ref().and_then(|session| match &session.holder {
            Signed::In(person) => Some(person),
            Signed::Share(_) => None,
        })
    }

    fn share(&self) -> Option<&Arc<StoredShare>> {
        self.session.as_ref().and_then(|session| match &session.holder {
            Signed::In(_) => None,
            Signed::Share(share) => Some(share),
        })
    }

    /// The table: what each kind of caller reaches.
    fn may(&self, access: Access, site: Option<SiteId>) -> bool {
        let token_reads = self.token.is_some_and(|token| token.scope.allows(Scope::Read));
        let on_site = |scope: Scope| {
            let Some(site) = site else { return false };
            self.token.is_some_and(|token| token.allows(site, scope))
                || self.person().is_some_and(|person| person.may(site, scope))
                || (self.reports_are_open && scope == Scope::Read)
        };
        let installation = || {
            self.token.is_some_and(|token| token.site.is_none() && token.scope == Scope::Admin)
                || self.person().is_some_and(|person| person.user.is_owner)
        };
        let makes_sites = || self.person().is_some_and(|person| person.administers_any());
        match access {
            Access::Open => true,
            Access::User => self.person().is_some(),
            Access::SignedIn => self.session.is_some(),
            Access::Member(scope) => {
                site.is_some_and(|site| self.person().is_some_and(|person| person.may(site, scope)))
            }
            _ if self.is_data_dir => true,
            Access::Operator => token_reads || makes_sites() || self.is_local,
            Access::Reader => token_reads || self.person().is_some() || self.reports_are_open,
            Access::Site(scope) => on_site(scope),
            Access::Figures => on_site(Scope::Read) || self.share().is_some_and(|share| Some(share.site) == site),
            Access::SiteMaker => installation() || makes_sites(),
            Access::Installation => installation(),
        }
    }

    /// Checks that who holds the session means it, where the request changes something: another site's page can make a
    /// browser send a cookie, and knows no CSRF token.
    fn check_intent(
        &self,
        app: &App,
        peer: Option<Peer>,
        method: &Method,
        headers: &HeaderMap,
    ) -> Result<(), ApiError> {
        let Some(session) = self.session.as_ref().filter(|_| !method.is_safe()) else { return Ok(()) };
        let shown = headers.get(cookie::CSRF_HEADER).map_or(&b""[..], http::HeaderValue::as_bytes);
        let is_ours = cookie::is_same_origin(app, peer, headers) == Some(true);
        if is_ours && cookie::is_same_text(shown, session.csrf.as_bytes()) {
            return Ok(());
        }
        Err(ApiError::new(StatusCode::FORBIDDEN, "csrf.refused", "this request does not come from the dashboard").hint(
            "a session that changes something sends the header X-CSRF-Token, with the value of `GET /api/v1/session`, from pages of this very origin",
        ))
    }

    fn refusal(&self, access: Access) -> ApiError {
        let for_people = matches!(access, Access::User | Access::SignedIn | Access::Member(_));
        if self.token.is_some() && for_people {
            ApiError::new(StatusCode::FORBIDDEN, "token.scope", "this is for people who are signed in, not for tokens")
        } else if self.token.is_some() {
            ApiError::new(StatusCode::FORBIDDEN, "token.scope", "this token does not reach here")
                .hint("it is for another site or another scope; see `tallyho token add`")
        } else if self.share().is_some() {
            super::shares::figures_only()
        } else if self.session.is_some() {
            ApiError::new(StatusCode::FORBIDDEN, "session.role", "this account does not reach here")
                .hint("it has no role on this site, or one that may not do this; the site's admins give roles")
        } else if self.has_stale_cookie || for_people {
            ApiError::new(StatusCode::UNAUTHORIZED, "session.missing", "nobody is signed in, or the session has ended")
                .hint("sign in with `POST /api/v1/session`")
        } else {
            ApiError::new(StatusCode::UNAUTHORIZED, "token.missing", "a token is needed here")
                .hint("send `Authorization: Bearer TOKEN`; make one with `tallyho token add`")
        }
    }
}

/// Says whether a proxy passed the request on: then a loopback address says nothing about the caller.
pub(super) fn was_forwarded(headers: &HeaderMap) -> bool {
    ["forwarded", "x-forwarded-for", "x-real-ip", "via", "cf-connecting-ip"]
        .iter()
        .any(|name| headers.contains_key(*name))
}

/// Says whether the request brings a name and password.
fn is_basic(headers: &HeaderMap) -> bool {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    value.is_some_and(|value| value.trim_start().get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("basic ")))
}

/// Returns the token of the `Authorization` header: a bearer's, or the password that a browser has asked for.
fn token_in(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = value.trim().split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.trim().to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = base64::engine::general_purpose::STANDARD.decode(rest.trim()).ok()?;
    let pair = String::from_utf8(pair).ok()?;
    Some(pair.split_once(':')?.1.to_owned())
}

fn unknown_token(text: &str) -> ApiError {
    let error = ApiError::new(StatusCode::UNAUTHORIZED, "token.unknown", "this token is not known");
    if ids::is_well_formed_token(text) {
        error.hint("it was revoked, or belongs to another installation")
    } else {
        error.hint("it is incomplete or mistyped: its check sum does not fit")
    }
}

impl Access {
    /// Returns what a caller of `method` can be refused for before a handler sees the request.
    pub(super) fn refusals(self, method: &Method) -> Vec<Refused> {
        let mut refusals = vec![(401, "token.unknown")];
        if self == Self::Open {
            return refusals;
        }
        refusals.extend([
            (401, "session.missing"),
            (401, "token.missing"),
            (403, "session.role"),
            (403, "share.figures_only"),
            (403, "token.scope"),
        ]);
        if !method.is_safe() {
            refusals.push((403, "csrf.refused"));
        }
        if matches!(self, Self::Site(_) | Self::Figures | Self::Member(_)) {
            refusals.push((404, "site.unknown"));
        }
        if self == Self::Figures {
            refusals.push((414, "share.filter"));
        }
        refusals
    }
}

impl Part for CurrentSite {}
impl Part for Granted {}
impl Part for Me {}
impl Part for SeesDetails {}

impl<S: Sync> FromRequestParts<S> for CurrentSite {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| ApiError::not_found("site.unknown", "the path names no site"))
    }
}

impl<S: Sync> FromRequestParts<S> for Granted {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}

impl<S: Sync> FromRequestParts<S> for Me {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let person = parts.extensions.get::<Granted>().and_then(|granted| granted.person().cloned());
        person.map(Self).ok_or_else(|| Caller::default().refusal(Access::User))
    }
}

impl<S: Sync> FromRequestParts<S> for SeesDetails {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().copied().unwrap_or(Self(false)))
    }
}
