//! HTTP around an answer: the headers that every answer of the collector has, CORS, and refusals in their envelope.
//!
//! Cookies are let through (`credentials`) only between a site and its own origins; every other origin may send, if
//! the site does not list its origins, and learns nothing but whether that worked.

use crate::book::{BookSite, SiteBook};
use crate::door::Route;
use crate::protocol::Answer;
use crate::reject::Reject;
use bytes::Bytes;
use commerce::site::host_of;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use http_body_util::Full;

/// How long a browser may remember a preflight, in seconds: a day, which browsers cut to what they grant.
const PREFLIGHT_S: &str = "86400";

/// Returns the response that carries `answer`.
pub(crate) fn response(answer: Answer) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.reserve(8);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for (name, value) in answer.headers {
        // A value that is no header (a client's origin with odd bytes) is left out rather than failing the answer.
        if let (Some(name), Ok(value)) = (header_name(name), HeaderValue::try_from(value)) {
            if name == header::SET_COOKIE || name == header::VARY {
                headers.append(name, value);
            } else {
                headers.insert(name, value);
            }
        }
    }
    response
}

/// Returns the header's name, those of nearly every answer without parsing them.
fn header_name(name: &str) -> Option<HeaderName> {
    match name {
        "Content-Type" => Some(header::CONTENT_TYPE),
        "Vary" => Some(header::VARY),
        "Access-Control-Allow-Origin" => Some(header::ACCESS_CONTROL_ALLOW_ORIGIN),
        "Access-Control-Allow-Credentials" => Some(header::ACCESS_CONTROL_ALLOW_CREDENTIALS),
        _ => HeaderName::from_bytes(name.as_bytes()).ok(),
    }
}

/// Returns the code under which a refused answer is counted.
pub(crate) fn reject_code(answer: &Answer) -> String {
    let named = answer.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("x-reject-reason"));
    named.map_or_else(|| format!("status.{}", answer.status), |(_, code)| code.clone())
}

/// Returns the answer to a refused request; browsers may read it whatever the origin, since it says nothing of others.
pub(crate) fn refuse(route: Route, headers: &HeaderMap, reject: Reject) -> Answer {
    let mut answer = reject.answer();
    if matches!(route, Route::Collect | Route::Foreign(_)) {
        answer.headers.extend(cors(headers, None));
    }
    answer
}

/// Returns the CORS headers of an answer to `/v1/collect`; `site` is the one it was for, where that is known.
pub(crate) fn cors(headers: &HeaderMap, site: Option<&BookSite>) -> Vec<(&'static str, String)> {
    let mut out = vec![("Vary", "Origin".to_owned())];
    if let Some(origin) = origin(headers) {
        out.push(("Access-Control-Allow-Origin", origin.to_owned()));
        if site.is_some_and(|site| is_own(site, origin)) {
            out.push(("Access-Control-Allow-Credentials", "true".to_owned()));
        }
    }
    out
}

/// Returns the answer to a preflight, which names no site: credentials are let through for the own origins of any.
pub(crate) fn preflight(book: &SiteBook, headers: &HeaderMap) -> Answer {
    preflight_with(book, headers, "POST, OPTIONS", "Content-Type, Content-Encoding")
}

/// Returns the answer to the preflight of a client that uses these methods and headers.
pub(crate) fn preflight_with(book: &SiteBook, headers: &HeaderMap, methods: &str, allowed: &str) -> Answer {
    let site = origin(headers).and_then(|origin| book.sites.values().find(|site| is_own(site, origin)));
    let mut out = cors(headers, site);
    out.push(("Access-Control-Allow-Methods", methods.to_owned()));
    out.push(("Access-Control-Allow-Headers", allowed.to_owned()));
    out.push(("Access-Control-Max-Age", PREFLIGHT_S.to_owned()));
    Answer { status: 204, headers: out, body: Vec::new() }
}

/// Says whether the page's origin may send to `site`: any, unless the site lists its own. A request without an origin
/// is no page's and not held back: this guards against stray and copied pages, not against forgery.
pub(crate) fn may_send(site: &BookSite, headers: &HeaderMap) -> bool {
    site.settings.origins.is_empty() || origin(headers).is_none_or(|origin| is_own(site, origin))
}

fn origin(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::ORIGIN).and_then(|o| o.to_str().ok()).filter(|o| !o.is_empty())
}

/// Returns the origin of the page that sent a request if it is one of the site's own, else `None`.
pub(crate) fn own_origin<'h>(site: &BookSite, headers: &'h HeaderMap) -> Option<&'h str> {
    origin(headers).filter(|origin| is_own(site, origin))
}

fn is_own(site: &BookSite, origin: &str) -> bool {
    origin != "null" && site.settings.is_own_host(&host_of(origin))
}
