//! Asking the store on behalf of a request: when it is its turn, no longer than a request may take, and only as long as
//! somebody waits for the answer. The only way from a request to the store, so that whatever is asked keeps to this.
//!
//! There are two queues. What a few keys or a page of a short table answer is over in milliseconds and would else stand
//! behind reports that take seconds, just when somebody on the telephone asks for their order; so it has turns of its own.

use super::ApiError;
use super::signature::Refused;
use crate::app::App;
use crate::serving::StoreAway;
use crate::turns::{Crowded, Turns};
use commerce::SiteId;
use http::StatusCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use store::{Patience, Snapshot};

/// Longest time in seconds that one answer may take, waiting for its turn included, unless the operator says less; below
/// the time a request may take.
pub(crate) const ANSWER_MAX_S: u64 = 25;

/// Runs `ask` with the store as it stands when it is the turn of `site`. If the client goes away, the statement under way
/// is interrupted.
///
/// # Errors
/// What `ask` returns; 429 and 503 if too many wait already, 503 if it takes too long.
pub(crate) async fn asking<T, E>(
    app: &Arc<App>,
    site: SiteId,
    ask: impl FnOnce(&Snapshot<'_>) -> Result<T, E> + Send + 'static,
) -> Result<T, ApiError>
where
    T: Send + 'static,
    E: From<store::Error> + Send + 'static,
    ApiError: From<E>,
{
    in_turn(app, &app.turns, site, ask).await
}

/// Runs `ask` as [`asking`] does, but in the queue of what takes milliseconds.
///
/// # Errors
/// As [`asking`].
pub(crate) async fn glancing<T, E>(
    app: &Arc<App>,
    site: SiteId,
    ask: impl FnOnce(&Snapshot<'_>) -> Result<T, E> + Send + 'static,
) -> Result<T, ApiError>
where
    T: Send + 'static,
    E: From<store::Error> + Send + 'static,
    ApiError: From<E>,
{
    in_turn(app, &app.glances, site, ask).await
}

async fn in_turn<T, E>(
    app: &Arc<App>,
    turns: &Arc<Turns>,
    site: SiteId,
    ask: impl FnOnce(&Snapshot<'_>) -> Result<T, E> + Send + 'static,
) -> Result<T, ApiError>
where
    T: Send + 'static,
    E: From<store::Error> + Send + 'static,
    ApiError: From<E>,
{
    let (begun, longest) = (Instant::now(), Duration::from_secs(app.setup.answer_max_s));
    let turn = match tokio::time::timeout(longest, turns.take(site)).await {
        Ok(taken) => taken?,
        Err(_) => return Err(store::Error::Timeout.into()),
    };
    let waiting = Waiting(Arc::new(AtomicBool::new(false)));
    let limit = longest.saturating_sub(begun.elapsed());
    let patience = Patience { limit: Some(limit), given_up: Some(Arc::clone(&waiting.0)) };
    let (app, turns) = (Arc::clone(app), Arc::clone(turns));
    let (done, answer) = tokio::sync::oneshot::channel();
    let work = move || {
        give_way();
        let answer = app.store.with(|store| store.snapshot(&patience, ask));
        if done.send(answer).is_err() {
            turns.note_given_up();
        }
        drop(turn);
    };
    std::thread::Builder::new()
        .name("report".to_owned())
        .spawn(work)
        .map_err(|e| ApiError::fault(&anyhow::Error::new(e).context("failed to start a thread for a report")))?;
    let answer = match answer.await {
        Ok(Ok(answer)) => answer.map_err(<ApiError as From<E>>::from),
        Ok(Err(away)) => Err(<ApiError as From<StoreAway>>::from(away)),
        Err(_) => Err(ApiError::fault(&anyhow::anyhow!("a report's thread panicked"))),
    };
    drop(waiting);
    answer
}

/// How much a report gives way to what comes in, as `nice` counts; reports share what is left among them. A thread cannot
/// take that back, so each report has one of its own.
const NICENESS: i32 = 10;

fn give_way() {
    // On Linux this is the calling thread's own; where it is refused, all just share.
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::debug!(error = error.to_string(), "a report could not be made to give way");
    }
}

/// Dropped when the answer is there, or with the request when the client has gone away.
struct Waiting(Arc<AtomicBool>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What asking can be refused for.
pub(super) const CROWDED: &[Refused] = &[(429, "report.too_many"), (503, "report.busy")];

impl From<Crowded> for ApiError {
    fn from(crowded: Crowded) -> Self {
        match crowded {
            Crowded::Site => Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "report.too_many",
                "too many reports of this site wait for their turn",
            )
            .hint("wait for those you have asked for before you ask for more"),
            Crowded::All => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "report.busy", "too many reports wait for their turn")
                    .hint("ask again in a moment")
            }
        }
    }
}
