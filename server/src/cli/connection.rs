//! The way from a command to the API: a running server's socket, or the router in this very process.

use super::Place;
use crate::api::{self, Peer};
use crate::app::{App, Setup};
use crate::feed::Feed;
use crate::socket;
use crate::start::open_store;
use anyhow::{Context, bail};
use axum::body::Body;
use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::UnixStream;
use tokio::runtime::Runtime;
use tower::ServiceExt;

/// What a command needs where no server runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    /// The data directory, made if it is missing.
    NewDataDir,
    /// The data directory.
    DataDir,
    /// The store as well, brought up to the journal.
    Reports,
}

/// A way to the API.
pub(super) struct Connection {
    runtime: Runtime,
    far_end: FarEnd,
}

enum FarEnd {
    Server(socket::Reachable),
    Here(Arc<App>),
}

/// How long a server that holds the data directory may take to open its socket.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long a report waits for the events before it, checked after each of the server's own waits.
const CATCH_UP: Duration = Duration::from_secs(40);
const RETRY: Duration = Duration::from_millis(100);

impl Connection {
    /// Finds the running server of `place`, or opens its data directory here.
    ///
    /// # Errors
    /// If neither works.
    pub(super) fn open(place: &Place, needs: Needs) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("failed to start the runtime")?;
        if needs != Needs::NewDataDir && !place.data_dir.exists() {
            bail!("there is no data directory `{}`; name another one with --data-dir", place.data_dir.display());
        }
        for _ in 0..PATIENCE.as_millis() / RETRY.as_millis() {
            if let Some(server) = reach_server(&runtime, &place.data_dir)? {
                return Ok(Self { runtime, far_end: FarEnd::Server(server) });
            }
            match App::open(setup(place)) {
                Ok(app) => return Ok(Self { runtime, far_end: FarEnd::Here(Arc::new(prepared(app, needs)?)) }),
                // A server is starting or ending.
                Err(error) if is_locked(&error) => std::thread::sleep(RETRY),
                Err(error) => return Err(error),
            }
        }
        bail!("another process holds `{}` and does not answer", place.data_dir.display());
    }

    /// Returns the application where no server runs.
    pub(super) fn here(&self) -> Option<&Arc<App>> {
        match &self.far_end {
            FarEnd::Here(app) => Some(app),
            FarEnd::Server(_) => None,
        }
    }

    /// Sends a request and returns the body of its answer.
    ///
    /// # Errors
    /// What the API says if it refuses.
    pub(super) fn send(&self, method: Method, target: &str, body: Option<&Value>) -> anyhow::Result<Vec<u8>> {
        let body = body.map(|value| Bytes::from(value.to_string())).unwrap_or_default();
        self.send_bytes(method, target, "application/json", body)
    }

    /// Uploads a list in CSV and returns the JSON of the answer.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub(super) fn upload(&self, target: &str, list: Vec<u8>) -> anyhow::Result<Value> {
        let answer = self.send_bytes(Method::POST, target, "text/csv", list.into())?;
        serde_json::from_slice(&answer).context("the answer is no JSON")
    }

    /// Waits until what was accepted before the call is in the reports.
    ///
    /// # Errors
    /// If the reports have stopped, or that takes longer than [`CATCH_UP`]; the message says how far they are.
    pub(super) fn catch_up(&self) -> anyhow::Result<()> {
        let position = |status: &Value, name: &str| status[name].as_u64().unwrap_or(0);
        let mut status = self.ask(Method::GET, "/api/v1/status", None)?;
        let accepted = position(&status, "accepted_position");
        let start = Instant::now();
        loop {
            let applied = position(&status, "applied_position");
            if applied >= accepted {
                return Ok(());
            }
            let mut alarms = status["alarms"].as_object().into_iter().flatten();
            let stopped = alarms.find(|(name, _)| name.starts_with("journal.")).and_then(|(_, text)| text.as_str());
            let why = match stopped {
                Some(text) => format!("and have stopped: {text}"),
                None if start.elapsed() >= CATCH_UP => "and catch up slowly".to_owned(),
                None => {
                    // Held back by the server until it has caught up, 20 s at most.
                    status = self.ask(Method::GET, "/api/v1/status?wait=1", None)?;
                    continue;
                }
            };
            let behind = accepted - applied;
            bail!("the reports are {behind} of {accepted} records behind {why} (--no-wait shows them as they are)");
        }
    }

    fn send_bytes(&self, method: Method, target: &str, media_type: &str, body: Bytes) -> anyhow::Result<Vec<u8>> {
        let request = Request::builder()
            .method(method)
            .uri(target)
            .header(header::HOST, "tallyho")
            .header(header::CONTENT_TYPE, media_type)
            .body(Full::new(body))
            .context("failed to write the request")?;
        let (status, body) = self.runtime.block_on(async {
            match &self.far_end {
                FarEnd::Server(socket) => ask_server(socket.path(), request).await,
                FarEnd::Here(app) => ask_here(app, request).await,
            }
        })?;
        if status.is_success() { Ok(body) } else { Err(refusal(status, &body)) }
    }

    /// Sends a request and returns the JSON of its answer; null for an empty one.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub(super) fn ask(&self, method: Method, target: &str, body: Option<&Value>) -> anyhow::Result<Value> {
        let answer = self.send(method, target, body)?;
        if answer.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&answer).context("the answer is no JSON")
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let FarEnd::Here(app) = &self.far_end {
            // Closed in order; what could not be written out is read from the journal again.
            app.store.replace(|_| None);
            app.journal.clone().close();
        }
    }
}

/// Returns the set-up of a command that works on the data directory itself.
pub(super) fn setup(place: &Place) -> Setup {
    Setup {
        data_dir: place.data_dir.clone(),
        clock_start: place.clock,
        trusted_proxies: Vec::new(),
        geoip_db: None,
        store: store::Options::default(),
        answer_max_s: crate::api::ANSWER_MAX_S,
        nightly_warehouse: false,
        open_reports: false,
    }
}

fn is_locked(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| matches!(cause.downcast_ref::<journal::Error>(), Some(journal::Error::Locked)))
}

fn prepared(app: App, needs: Needs) -> anyhow::Result<App> {
    if needs == Needs::Reports {
        open_store(&app)?;
        let end = app.journal.durable_position();
        let caught_up = app.store.with(|store| {
            let mut feed = Feed::open(&app, store.position())?;
            while store.position() < end {
                feed.apply_next(&app, &app.rules, store, Duration::from_millis(100))?;
            }
            Ok::<_, anyhow::Error>(store.position())
        });
        app.progress.publish(caught_up.map_err(|_| anyhow::anyhow!("no store is open"))??);
    }
    Ok(app)
}

/// Returns a name for the server's socket if somebody answers there.
fn reach_server(runtime: &Runtime, data_dir: &Path) -> anyhow::Result<Option<socket::Reachable>> {
    let path = socket::path(data_dir);
    if !path.exists() {
        return Ok(None);
    }
    let reachable = socket::Reachable::new(&path)?;
    let answers = runtime.block_on(UnixStream::connect(reachable.path())).is_ok();
    Ok(answers.then_some(reachable))
}

async fn ask_server(socket: &Path, request: Request<Full<Bytes>>) -> anyhow::Result<(StatusCode, Vec<u8>)> {
    let stream = UnixStream::connect(socket).await.context("failed to reach the server")?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.context("failed to reach the server")?;
    let driver = tokio::spawn(connection);
    let response = sender.send_request(request).await.context("the server did not answer")?;
    let status = response.status();
    let body = response.into_body().collect().await.context("the server's answer broke off")?.to_bytes();
    driver.abort();
    Ok((status, body.to_vec()))
}

async fn ask_here(app: &Arc<App>, request: Request<Full<Bytes>>) -> anyhow::Result<(StatusCode, Vec<u8>)> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(Peer::DataDir);
    let response = match api::router(Arc::clone(app)).oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    let status = response.status();
    let body = response.into_body().collect().await.context("the answer broke off")?.to_bytes();
    Ok((status, body.to_vec()))
}

/// Returns what the API's envelope says.
fn refusal(status: StatusCode, body: &[u8]) -> anyhow::Error {
    let envelope: Value = serde_json::from_slice(body).unwrap_or_default();
    let error = &envelope["error"];
    match (error["message"].as_str(), error["hint"].as_str()) {
        (Some(message), Some(hint)) => anyhow::anyhow!("{message} ({hint})"),
        (Some(message), None) => anyhow::anyhow!("{message}"),
        _ => anyhow::anyhow!("the server answered {status}"),
    }
}
