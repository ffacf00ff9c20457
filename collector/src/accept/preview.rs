//! A request read as the native endpoints read it, of which nothing is stored: what a shop tries before it goes live.
//!
//! What becomes of the items is left to the caller, who may know more of them than the door does.

use super::{Record, check_limits, read};
use crate::answer;
use crate::body;
use crate::book::Scope;
use crate::door::{Door, Route};
use crate::protocol::{Answer, bearer_token};
use crate::reject::Reject;
use bytes::Bytes;
use http::request::Parts;
use http::{Method, Response};
use http_body_util::Full;
use std::net::SocketAddr;

/// What a request would have become.
#[derive(Debug)]
pub struct Preview {
    /// The path that it was read for.
    pub path: String,
    /// One record for each item, in order.
    pub records: Vec<Record>,
    /// What the client would have been answered.
    pub answer: Answer,
}

/// Where requests are tried out; a client's own path may follow.
const VALIDATE: &str = "/v1/validate";

/// Reads a request and stores nothing: where a client's own path follows `/v1/validate`, as that client's; else as
/// `/v1/events` with a token that may send events, as the pixel where there is no body but a query, else as `/v1/collect`.
///
/// # Errors
/// The answer of a request that the endpoint refuses.
pub async fn preview<B>(door: &Door, peer: SocketAddr, parts: &Parts, body: B) -> Result<Preview, Response<Full<Bytes>>>
where
    B: http_body::Body<Data = Bytes> + Unpin,
{
    let refuse = |reject: Reject| answer::response(reject.answer());
    check_limits(parts).map_err(refuse)?;
    let may_ingest = bearer_token(&parts.headers)
        .and_then(|text| door.book().token(text))
        .is_some_and(|token| token.scope.allows(Scope::Ingest));
    let own = parts.uri.path().strip_prefix(VALIDATE).filter(|path| !path.is_empty());
    let route = own.map(|path| Route::of(path).ok_or(Reject::PathUnknown)).transpose().map_err(refuse)?;
    let from_browser = if own.is_some() { route == Some(Route::Collect) } else { !may_ingest };
    let body_bytes_max = if from_browser { door.limits.body_bytes_browser_max } else { door.limits.body_bytes_max };
    let body = body::read(door, &parts.headers, body, body_bytes_max).await.map_err(refuse)?;
    let (route, path) = match (route.zip(own), parts.uri.query()) {
        (Some(own), _) => own,
        (None, Some(query)) if body.bytes.is_empty() && !query.is_empty() => (Route::Pixel, "/v1/pixel.gif"),
        _ if may_ingest => (Route::Events, "/v1/events"),
        _ => (Route::Collect, "/v1/collect"),
    };
    let method = if body.bytes.is_empty() { Method::GET } else { Method::POST };
    let (records, answer) =
        read(door, route, peer, parts, (method.as_str(), path), &body.bytes).map_err(answer::response)?;
    Ok(Preview { path: path.to_owned(), records, answer })
}
