//! Who may call what: the one place where tokens, sites and scopes are compared.
//!
//! A caller is known by a bearer token in the `Authorization` header, never in the URL. The Unix socket in the data
//! directory is open to whoever may read that directory, and counts as an administrator.

use super::ApiError;
use crate::app::App;
use crate::control::tokens::hash_of;
use crate::ids;
use axum::extract::{FromRequestParts, RawPathParams, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine;
use collector::book::{BookSite, Scope, SiteBook, Token};
use commerce::SiteId;
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use std::net::SocketAddr;
use std::sync::Arc;

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Everyone.
    Open,
    /// Whoever holds any read or admin token, and callers on this machine.
    Operator,
    /// Holders of a token with this scope for the site in the path.
    Site(Scope),
    /// Administrators of the installation: a token of scope admin without a site.
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

/// What the caller of a route may do beyond calling it.
#[derive(Clone, Copy, Default)]
pub(crate) struct Granted {
    token: Option<Token>,
    is_data_dir: bool,
}

impl Granted {
    /// Says whether the caller may do `needed` on `site`.
    pub(crate) fn may(&self, site: SiteId, needed: Scope) -> bool {
        self.is_data_dir || self.token.is_some_and(|token| token.allows(site, needed))
    }
}

/// Whether the caller of an open route may see details.
#[derive(Clone, Copy)]
pub(crate) struct SeesDetails(pub bool);

/// Lets a request through to its handler if its caller may call a route with this access.
///
/// # Errors
/// 401 without a usable token, 403 with one that does not reach here, 404 for a site that does not exist.
pub(crate) async fn authorise(
    State((app, access)): State<(Arc<App>, Access)>,
    path: RawPathParams,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let book = app.book();
    let peer = request.extensions().get::<Peer>().copied();
    let caller = Caller::of(&app, &book, peer, request.headers(), access)?;
    if !matches!(access, Access::Open) && !caller.may(access, site_in(&path)) {
        return Err(caller.refusal());
    }
    request.extensions_mut().insert(SeesDetails(caller.may(Access::Operator, None)));
    request.extensions_mut().insert(Granted { token: caller.token, is_data_dir: caller.is_data_dir });
    if let (Access::Site(_), Some(id)) = (access, site_in(&path)) {
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

struct Caller {
    token: Option<Token>,
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
        let mut token = None;
        if let Some(text) = token_in(headers) {
            let text = text.as_str();
            let hash = hash_of(text);
            token = book.tokens.get(&hash).copied();
            match token {
                Some(_) => app.note_token_use(hash),
                None if is_data_dir => {}
                // A foreign client's own key, such as Segment's, in a request that is tried out.
                None if access == Access::Open && is_basic(headers) => {}
                None => return Err(unknown_token(text)),
            }
        }
        Ok(Self { token, is_data_dir, is_local, reports_are_open: app.setup.open_reports })
    }

    fn may(&self, access: Access, site: Option<SiteId>) -> bool {
        let by_token = self.token.is_some_and(|token| match access {
            Access::Open => true,
            Access::Operator => token.scope.allows(Scope::Read),
            Access::Site(scope) => site.is_some_and(|site| token.allows(site, scope)),
            Access::Installation => token.site.is_none() && token.scope == Scope::Admin,
        });
        let open = self.reports_are_open && access == Access::Site(Scope::Read);
        by_token || open || self.is_data_dir || (self.is_local && access == Access::Operator)
    }

    fn refusal(&self) -> ApiError {
        if self.token.is_some() {
            ApiError::new(StatusCode::FORBIDDEN, "token.scope", "this token does not reach here")
                .hint("it is for another site or another scope; see `tallyho token add`")
        } else {
            ApiError::new(StatusCode::UNAUTHORIZED, "token.missing", "a token is needed here")
                .hint("send `Authorization: Bearer TOKEN`; make one with `tallyho token add`")
        }
    }
}

/// Says whether a proxy passed the request on: then a loopback address says nothing about the caller.
fn was_forwarded(headers: &HeaderMap) -> bool {
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

/// Says whether whoever sent `headers` from `peer` may read the reports of `site`.
pub(crate) fn may_read(app: &App, peer: Option<Peer>, headers: &HeaderMap, site: SiteId) -> bool {
    let caller = Caller::of(app, &app.book(), peer, headers, Access::Site(Scope::Read));
    caller.is_ok_and(|caller| caller.may(Access::Site(Scope::Read), Some(site)))
}

fn unknown_token(text: &str) -> ApiError {
    let error = ApiError::new(StatusCode::UNAUTHORIZED, "token.unknown", "this token is not known");
    if ids::is_well_formed_token(text) {
        error.hint("it was revoked, or belongs to another installation")
    } else {
        error.hint("it is incomplete or mistyped: its check sum does not fit")
    }
}

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
        Ok(parts.extensions.get::<Self>().copied().unwrap_or_default())
    }
}

impl<S: Sync> FromRequestParts<S> for SeesDetails {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().copied().unwrap_or(Self(false)))
    }
}
