//! The accept loop: connections in, requests to the door or the API, and nobody may hold a place without using it.
//!
//! Own loop in place of a framework's, because every connection is watched from its first moment: a client that
//! connects and says nothing, dribbles its headers, sends half a body or never reads its answer is cut off
//! ([`crate::lease`]). The collector's paths go straight to the door; everything else goes through the API's router.

use crate::api::Peer;
use crate::app::App;
use crate::lease::{Lease, LeasedIo};
use crate::slots::Slots;
use anyhow::Context;
use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use collector::limits::{HEADER_BYTES_MAX, HEADERS_MAX, TARGET_BYTES_MAX};
use collector::{accept, door};
use http::{Request, Response, StatusCode};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::watch;
use tower::ServiceExt;

/// Largest buffer of one connection, in bytes.
const BUFFER_BYTES_MAX: usize = 64 << 10;
/// Start line and headers together may not exceed this; each has its own limit below it.
const HEAD_BYTES_MAX: usize = HEADER_BYTES_MAX + TARGET_BYTES_MAX;

/// Everything a connection needs. Cloned for each.
#[derive(Clone)]
pub(crate) struct Front {
    rooms: Arc<Rooms>,
    ending: watch::Receiver<bool>,
    /// Held by every connection; when the last is dropped, all are done.
    alive: tokio::sync::mpsc::Sender<()>,
}

/// Where requests go.
struct Rooms {
    app: Arc<App>,
    router: Router,
}

impl Front {
    /// Returns a front that finishes its connections when `ending` turns true, and drops its `alive` with the last.
    pub(crate) fn new(
        app: Arc<App>,
        router: Router,
        ending: watch::Receiver<bool>,
        alive: tokio::sync::mpsc::Sender<()>,
    ) -> Self {
        Self { rooms: Arc::new(Rooms { app, router }), ending, alive }
    }
}

/// Accepts TCP connections until the end begins.
pub(crate) async fn accept_tcp(listener: TcpListener, front: Front) {
    let slots = Arc::new(Slots::default());
    let mut ending = front.ending.clone();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = ending.wait_for(|ending| *ending) => return,
        };
        let Ok((stream, peer)) = accepted else {
            // Out of file descriptors, most likely: they come back when connections end.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let is_exempt = peer.ip().to_canonical().is_loopback() || front.rooms.app.book().is_trusted_proxy(peer.ip());
        let Some(slot) = slots.take(peer.ip(), is_exempt) else { continue };
        // Answers are small and whole: waiting for more to send would only delay them.
        drop(stream.set_nodelay(true));
        let front = front.clone();
        tokio::spawn(async move {
            serve(stream, Peer::Tcp(peer), front).await;
            drop(slot);
        });
    }
}

/// Accepts connections on the Unix socket in the data directory until the end begins.
pub(crate) async fn accept_unix(listener: UnixListener, front: Front) {
    let mut ending = front.ending.clone();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = ending.wait_for(|ending| *ending) => return,
        };
        match accepted {
            Ok((stream, _)) => drop(tokio::spawn(serve(stream, Peer::DataDir, front.clone()))),
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

/// Serves one connection until it ends, its lease runs out, or the server ends and its request is answered.
async fn serve<S>(stream: S, peer: Peer, front: Front)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let lease = Arc::new(Lease::new());
    let mut ending = front.ending.clone();
    let alive = front.alive.clone();
    let requests = Arc::clone(&lease);
    let service = service_fn(move |request| {
        requests.request_begins();
        let (rooms, lease) = (Arc::clone(&front.rooms), Arc::clone(&requests));
        async move {
            let response = answer(&rooms, peer, request).await;
            lease.answer_begins();
            Ok::<_, Infallible>(response)
        }
    });
    let connection = http1::Builder::new()
        .header_read_timeout(None)
        .max_header_size(HEAD_BYTES_MAX)
        .max_buf_size(BUFFER_BYTES_MAX)
        .serve_connection(LeasedIo::new(TokioIo::new(stream), Arc::clone(&lease)), service);
    tokio::pin!(connection);
    let run_out = lease.run_out();
    tokio::pin!(run_out);
    let mut is_ending = false;
    loop {
        tokio::select! {
            biased;
            // A connection that breaks is the client's affair; there is nobody left to tell.
            _ = connection.as_mut() => break,
            () = run_out.as_mut() => break,
            _ = ending.wait_for(|ending| *ending), if !is_ending => {
                is_ending = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
    drop(alive);
}

type Answer = Response<Either<Full<Bytes>, Body>>;

async fn answer(rooms: &Rooms, peer: Peer, request: Request<Incoming>) -> Answer {
    if door::owns(request.method(), request.uri().path()) {
        let (parts, body) = request.into_parts();
        return accept::handle(&rooms.app.door, address_of(peer), parts, body).await.map(Either::Left);
    }
    // The door has its own word for these.
    if let Some(refused) = over_limit(&request) {
        return refused;
    }
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(peer);
    match rooms.router.clone().oneshot(request).await {
        Ok(response) => response.map(Either::Right),
        Err(never) => match never {},
    }
}

/// What comes through the data directory comes from this machine.
fn address_of(peer: Peer) -> SocketAddr {
    match peer {
        Peer::Tcp(address) => address,
        Peer::DataDir => SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
    }
}

/// Returns the refusal of a request whose head is too large; its connection is closed with it.
fn over_limit(request: &Request<Incoming>) -> Option<Answer> {
    let headers = request.headers();
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    let status = if target > TARGET_BYTES_MAX {
        StatusCode::URI_TOO_LONG
    } else if headers.len() > HEADERS_MAX
        || headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum::<usize>() > HEADER_BYTES_MAX
    {
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
    } else {
        return None;
    };
    let mut response = Response::new(Either::Left(Full::default()));
    *response.status_mut() = status;
    response.headers_mut().insert(http::header::CONNECTION, http::HeaderValue::from_static("close"));
    Some(response)
}

/// Binds the Unix socket in the data directory; whoever owns the directory may use it.
///
/// # Errors
/// If the socket cannot be made.
pub(crate) fn bind_unix(data_dir: &std::path::Path) -> anyhow::Result<UnixListener> {
    use std::os::unix::fs::PermissionsExt;
    let path = crate::socket::path(data_dir);
    if path.exists() {
        // The journal's lock is ours, so whoever left the socket is gone.
        std::fs::remove_file(&path).with_context(|| format!("failed to remove the old socket `{}`", path.display()))?;
    }
    let reachable = crate::socket::Reachable::new(&path)?;
    let listener =
        UnixListener::bind(reachable.path()).with_context(|| format!("failed to bind `{}`", path.display()))?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))
        .with_context(|| format!("failed to restrict `{}` to its owner", path.display()))?;
    Ok(listener)
}
