//! One request through the door: limits, body, dialect, privacy, journal, answer.
//!
//! The answer leaves once everything accepted in the request is safe, and never depends on anything stored: the same
//! request gets the same answer however often it is sent. Whatever the input, nothing here panics; what fails on our
//! side answers 503 and claims nothing.

use crate::answer;
use crate::body;
use crate::client::{self, Reached};
use crate::counters::Tally;
use crate::door::{Door, Route};
use crate::limits::{HEADER_BYTES_MAX, HEADERS_MAX, TARGET_BYTES_MAX};
use crate::protocol::{self, Answer, Request};
use crate::reject::Reject;
use crate::settle::{self, Context};
use bytes::Bytes;
use commerce::record::Record;
use http::request::Parts;
use http::{Method, Response};
use http_body_util::Full;
use std::cell::OnceCell;
use std::net::SocketAddr;

mod import;
mod preview;

pub use import::import;
pub use preview::{Preview, preview};

/// Answers one request; the answer leaves once everything accepted is safe in the journal.
pub async fn handle<B>(door: &Door, peer: SocketAddr, parts: Parts, body: B) -> Response<Full<Bytes>>
where
    B: http_body::Body<Data = Bytes> + Unpin,
{
    let start = tokio::time::Instant::now();
    let in_flight = door.counters.enter();
    let answer = match pass(door, peer, &parts, body).await {
        Ok(answer) => answer,
        Err(refused) => {
            door.counters.count_rejected(&answer::reject_code(&refused));
            refused
        }
    };
    drop(in_flight);
    door.counters.count_request(start.elapsed());
    answer::response(answer)
}

/// Returns the answer, `Err` if the request was refused and nothing is claimed to be stored.
async fn pass<B>(door: &Door, peer: SocketAddr, parts: &Parts, body: B) -> Result<Answer, Answer>
where
    B: http_body::Body<Data = Bytes> + Unpin,
{
    let route = Route::of(parts.uri.path()).ok_or_else(|| Reject::PathUnknown.answer())?;
    let refuse = |reject: Reject| answer::refuse(route, &parts.headers, reject);
    check_limits(parts).map_err(refuse)?;
    if route == Route::Collect && parts.method == Method::OPTIONS {
        return Ok(answer::preflight(&door.book(), &parts.headers));
    }
    let takes = |methods: &str| methods.split(", ").any(|m| m == parts.method.as_str());
    if let Some(methods) = route.methods().filter(|methods| !takes(methods)) {
        return Err(refuse(Reject::MethodNotAllowed(methods)));
    }
    let body_bytes_max = match route {
        Route::Collect => door.limits.body_bytes_browser_max,
        Route::Events | Route::Pixel | Route::Matomo | Route::Foreign(_) => door.limits.body_bytes_max,
    };
    let body = body::read(door, &parts.headers, body, body_bytes_max).await.map_err(refuse)?;
    let (payloads, tally, answer) = {
        let target = (parts.method.as_str(), parts.uri.path());
        let (records, answer) = read(door, route, peer, parts, target, &body.bytes)?;
        let (payloads, tally) = settle::encode(&records);
        (payloads, tally, answer)
    };
    if !payloads.is_empty() {
        append(door, payloads, &tally).await.map_err(refuse)?;
    }
    Ok(answer)
}

fn check_limits(parts: &Parts) -> Result<(), Reject> {
    let target = parts.uri.path_and_query().map_or(0, |target| target.as_str().len());
    if target > TARGET_BYTES_MAX {
        return Err(Reject::TargetTooLong);
    }
    let bytes: usize = parts.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if parts.headers.len() > HEADERS_MAX || bytes > HEADER_BYTES_MAX {
        return Err(Reject::HeadersTooLarge);
    }
    Ok(())
}

/// Reads the request in its dialect and settles what it says: the part between body and journal, which never waits.
/// Returns the records to write, and what to answer once they are safe.
fn read(
    door: &Door,
    route: Route,
    peer: SocketAddr,
    parts: &Parts,
    (method, path): (&str, &str),
    body: &[u8],
) -> Result<(Vec<Record>, Answer), Answer> {
    let book = door.book();
    let received_at = (door.clock)();
    let (client_ip, behind_proxy) = client::address(&book, peer.ip(), &parts.headers);
    let request = Request {
        method,
        path,
        query: parts.uri.query().unwrap_or(""),
        headers: &parts.headers,
        body,
        received_at,
        client_ip,
        book: &book,
        new_id: &*door.ids,
    };
    let mut reading = match route {
        Route::Collect => {
            let reached =
                if behind_proxy { Reached::by_proxy(&parts.headers) } else { Reached::directly(&parts.headers) };
            protocol::native::read_collect_at(&request, &reached)
        }
        Route::Events => protocol::native::read_events(&request),
        Route::Pixel => protocol::native::read_pixel(&request),
        Route::Matomo => protocol::matomo::read(&request),
        Route::Foreign(dialect) => protocol::foreign::read(dialect, &request),
    }?;
    let token = protocol::bearer_token(&parts.headers);
    let context = Context {
        book: &book,
        place: &door.place,
        headers: &parts.headers,
        client_ip,
        behind_proxy,
        received_at,
        token,
        client_hints: OnceCell::new(),
    };
    let records = settle::settle(&context, &mut reading);
    Ok((records, reading.answer))
}

/// Appends `payloads` as one group and waits until they are safe.
async fn append(door: &Door, payloads: Vec<Vec<u8>>, tally: &Tally) -> Result<(), Reject> {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    // A client that hung up has dropped the receiver; what it sent is kept all the same.
    let done = move |result| drop(sender.send(result));
    door.journal.append(payloads, Box::new(done));
    match receiver.await {
        Ok(Ok(_)) => {
            door.counters.count_stored(tally);
            Ok(())
        }
        Ok(Err(journal::Error::Busy)) => Err(Reject::Busy),
        Ok(Err(journal::Error::Full)) => Err(Reject::StorageFull),
        Ok(Err(error)) => {
            tracing::error!(%error, "failed to append to the journal");
            Err(Reject::StorageFailed)
        }
        // The writer ended without a word: the same as a failure.
        Err(_) => Err(Reject::StorageFailed),
    }
}

#[cfg(test)]
mod tests;
