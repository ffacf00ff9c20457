//! A request read as the native endpoints read it, of which nothing is stored: what a shop tries before it goes live.
//!
//! What becomes of the items is left to the caller, who may know more of them than the door does.

use super::{Record, check_limits, read};
use crate::answer;
use crate::body;
use crate::door::{Door, Route};
use crate::protocol::bearer_token;
use bytes::Bytes;
use http::Response;
use http::request::Parts;
use http_body_util::Full;
use std::net::SocketAddr;

/// What a request would have become.
#[derive(Debug)]
pub struct Preview {
    /// The endpoint that it was read for.
    pub path: &'static str,
    /// One record for each item, in order.
    pub records: Vec<Record>,
}

/// Reads a request and stores nothing: as `/v1/events` with a token that may send events, as the pixel where there is no
/// body but a query, else as `/v1/collect`.
///
/// # Errors
/// The answer of a request that the endpoint refuses.
pub async fn preview<B>(door: &Door, peer: SocketAddr, parts: &Parts, body: B) -> Result<Preview, Response<Full<Bytes>>>
where
    B: http_body::Body<Data = Bytes> + Unpin,
{
    let refuse = |reject: crate::reject::Reject| answer::response(reject.answer());
    check_limits(parts).map_err(refuse)?;
    let may_ingest = bearer_token(&parts.headers)
        .and_then(|text| door.book().token(text))
        .is_some_and(|token| token.scope.allows(crate::book::Scope::Ingest));
    let body_bytes_max = if may_ingest { door.limits.body_bytes_max } else { door.limits.body_bytes_browser_max };
    let body = body::read(door, &parts.headers, body, body_bytes_max).await.map_err(refuse)?;
    let (route, path) = match parts.uri.query() {
        Some(query) if body.bytes.is_empty() && !query.is_empty() => (Route::Pixel, "/v1/pixel.gif"),
        _ if may_ingest => (Route::Events, "/v1/events"),
        _ => (Route::Collect, "/v1/collect"),
    };
    let (records, _) = read(door, route, peer, parts, &body.bytes).map_err(answer::response)?;
    Ok(Preview { path, records })
}
