//! The session's cookie, and what tells our own pages from others': the CSRF token and where a request comes from.
//!
//! Over HTTPS the cookie is `__Host-tallyho`, which no other host can set or read. Browsers keep no such cookie for plain
//! HTTP, so on this machine's own address it is `tallyho`; and over plain HTTP to any other address nobody signs in.

use super::auth::was_forwarded;
use super::signature::{Part, Signature};
use super::{ApiError, Peer};
use crate::accounts::{ABSOLUTE_S, Asker};
use crate::app::App;
use crate::ids;
use axum::extract::FromRequestParts;
use collector::client::{self, Reached};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// The header that shows the CSRF token.
pub(super) const CSRF_HEADER: &str = "x-csrf-token";

const OVER_HTTPS: &str = "__Host-tallyho";
const ON_THIS_MACHINE: &str = "tallyho";

/// Who signs in, from where, and how their cookie is to be set. Extracting it refuses pages of other origins, and
/// passwords over plain HTTP.
pub(super) struct Client {
    /// What matters for slowing guesses down.
    pub(super) asker: Asker,
    /// The origin that the dashboard is reached under, as in `https://stats.shop.example`.
    pub(super) base: String,
    over_https: bool,
}

impl FromRequestParts<Arc<App>> for Client {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let peer = parts.extensions.get::<Peer>().copied();
        let headers = &parts.headers;
        if is_same_origin(app, peer, headers) == Some(false) {
            let error =
                ApiError::new(StatusCode::FORBIDDEN, "csrf.refused", "this request comes from another site's page");
            return Err(error.hint("a proxy in front passes the header Host on, or X-Forwarded-Host"));
        }
        let origin = text_of(headers, header::ORIGIN.as_str()).filter(|origin| origin.contains("://"));
        let host = text_of(headers, header::HOST.as_str()).unwrap_or("localhost");
        let local_host = origin.map_or(host, |origin| origin.split("://").last().unwrap_or_default());
        let is_local = is_loopback(local_host);
        let over_https = match origin {
            Some(origin) if origin.starts_with("https://") => true,
            Some(_) if !is_local && !matches!(peer, Some(Peer::DataDir)) => return Err(insecure()),
            Some(_) => false,
            None => !is_local || was_forwarded(headers),
        };
        let scheme = if over_https { "https" } else { "http" };
        let base = origin.map_or_else(|| format!("{scheme}://{host}"), str::to_owned);
        let agent = text_of(headers, header::USER_AGENT.as_str()).unwrap_or_default().to_owned();
        Ok(Self { asker: Asker { network: network_of(app, peer, headers), agent }, base, over_https })
    }
}

impl Part for Client {
    fn tell(signature: &mut Signature) {
        signature.refusals.extend([(403, "csrf.refused"), (403, "session.insecure")]);
    }
}

impl Client {
    /// Returns the header that gives the browser its session.
    pub(super) fn set(&self, token: &str) -> (header::HeaderName, HeaderValue) {
        self.header(token, ABSOLUTE_S)
    }

    /// Returns the header that takes the session from the browser.
    pub(super) fn clear(&self) -> (header::HeaderName, HeaderValue) {
        self.header("", 0)
    }

    fn header(&self, token: &str, seconds: i64) -> (header::HeaderName, HeaderValue) {
        let (name, secure) = if self.over_https { (OVER_HTTPS, "; Secure") } else { (ON_THIS_MACHINE, "") };
        let text = format!("{name}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
        let value = HeaderValue::try_from(text).expect("tokens are letters and digits");
        (header::SET_COOKIE, value)
    }
}

/// Returns the session's token in the cookies of a request, `None` if there is none. The cookie that other hosts of the
/// domain could set is believed only where the address is this machine's.
pub(super) fn token_in(headers: &HeaderMap) -> Option<String> {
    let is_local = text_of(headers, header::HOST.as_str()).is_some_and(is_loopback);
    let names: &[&str] = if is_local { &[OVER_HTTPS, ON_THIS_MACHINE] } else { &[OVER_HTTPS] };
    let lines = || headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    names.iter().find_map(|name| {
        let mut pairs = lines().flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(found, value)| found == name && !value.is_empty()).map(|(_, value)| value.to_owned())
    })
}

/// Returns the CSRF token of the session with this token. It tells nothing of it, and need not be kept.
pub(super) fn csrf_of(token: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(b"csrf\0");
    hash.update(token.as_bytes());
    ids::hex(&hash.finalize())
}

/// Says whether two texts are the same, in a time that does not tell where they differ.
pub(super) fn is_same_text(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

/// Says whether a request comes from a page of this very origin; `None` if it does not say, as no browser does of a
/// request that changes something.
pub(super) fn is_same_origin(app: &App, peer: Option<Peer>, headers: &HeaderMap) -> Option<bool> {
    if let Some(site) = text_of(headers, "sec-fetch-site") {
        return Some(site == "same-origin");
    }
    let origin = text_of(headers, header::ORIGIN.as_str())?;
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    let book = app.book();
    let host = match peer {
        Some(Peer::Tcp(address)) => Reached::of(&book, address.ip(), headers).host,
        Some(Peer::DataDir) | None => text_of(headers, header::HOST.as_str()).unwrap_or_default(),
    };
    Some(authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host)))
}

/// Returns the network that a request comes from, behind trusted proxies; `None` through the data directory.
pub(super) fn network_of(app: &App, peer: Option<Peer>, headers: &HeaderMap) -> Option<IpAddr> {
    let Some(Peer::Tcp(address)) = peer else { return None };
    let (asking, _) = client::address(&app.book(), address.ip(), headers);
    Some(client::masked(asking))
}

/// Says whether an authority, as in `localhost:8080`, names this machine.
fn is_loopback(authority: &str) -> bool {
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn text_of<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim)
}

fn insecure() -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, "session.insecure", "nobody signs in over plain HTTP from another machine")
        .hint("put a web server with TLS in front (docs/operating.md), or open the address of this machine itself")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn the_cookie_of_other_hosts_is_believed_on_this_machine_only() {
        let check = |host: &'static str, cookie: &'static str, expected: Option<&str>| {
            let found = token_in(&headers(&[("host", host), ("cookie", cookie)]));
            assert_eq!(found.as_deref(), expected, "{host} {cookie}");
        };
        check("stats.shop.example", "a=b; __Host-tallyho=T1", Some("T1"));
        check("stats.shop.example", "tallyho=T1", None);
        check("127.0.0.1:8080", "tallyho=T1; x=y", Some("T1"));
        check("localhost:8080", "tallyho=T1", Some("T1"));
        check("[::1]:8080", "tallyho=T1; __Host-tallyho=T2", Some("T2"));
        check("localhost.evil.example", "tallyho=T1", None);
        check("127.0.0.1.evil.example", "tallyho=T1", None);
        check("localhost", "tallyho=", None);
    }

    #[test]
    fn a_csrf_token_is_its_sessions_own() {
        assert_eq!(csrf_of("a").len(), 64);
        assert_ne!(csrf_of("a"), csrf_of("b"));
        assert_ne!(csrf_of("a"), ids::hex(&crate::control::tokens::hash_of("a")));
    }
}
