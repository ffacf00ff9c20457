//! The thread that takes the outbox to the server: batches, patience after failures, and what the answers say.
//!
//! An event leaves the outbox only when the server itself has said that it is safe (or kept in quarantine). Everything
//! else, a refused token included, is a failure: it is tried again, later each time.

use crate::moment::{Time, jittered};
use crate::outbox::{BATCH_MAX, Outbox};
use crate::{Error, Options, Waiting};
use serde::Deserialize;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Most bytes of an answer that are read: reasons of 500 events.
const ANSWER_BYTES_MAX: u64 = 1 << 20;

/// An event that the server did not understand and keeps with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// The event as it was sent, in JSON.
    pub event: String,
    /// Why, in a word of docs/events.md, such as `order_id.placeholder`.
    pub reason: String,
    /// What to do about it.
    pub hint: String,
}

/// Where the courier stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Status {
    pub(crate) waiting: usize,
    pub(crate) accepted: u64,
    pub(crate) quarantined: u64,
    pub(crate) trouble: Option<String>,
}

/// The outbox and whoever empties it.
#[derive(Debug)]
pub(crate) struct Courier {
    state: Mutex<State>,
    /// Something to look at: an event, an answer, a wish to flush, the end.
    news: Condvar,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
struct State {
    /// `None` once the courier has ended.
    outbox: Option<Outbox>,
    status: Status,
    /// Events put and events done since the start: a flush waits until the second reaches the first.
    put: u64,
    done: u64,
    /// Whether somebody waits for the outbox to be empty.
    hurry: bool,
    ending: bool,
}

/// How the courier goes about it; the thread's own.
struct Route {
    options: Options,
    agent: ureq::Agent,
    failures: u32,
}

/// What became of a request.
enum Outcome {
    Safe { accepted: u64, quarantined: Vec<Refused> },
    Failed { why: String, retry_after: Duration },
}

#[derive(Deserialize)]
struct Answer {
    accepted: u64,
    #[serde(default)]
    quarantined: Vec<Refused>,
}

#[derive(Deserialize)]
struct Refused {
    i: usize,
    reason: String,
    #[serde(default)]
    hint: String,
}

impl Courier {
    /// Opens the outbox and begins.
    pub(crate) fn start(options: Options) -> Result<Arc<Self>, Error> {
        let outbox = Outbox::open(&options.outbox, options.bytes_max)?;
        let put = outbox.len() as u64;
        let state =
            State { outbox: Some(outbox), status: Status::default(), put, done: 0, hurry: false, ending: false };
        let courier = Arc::new(Self { state: Mutex::new(state), news: Condvar::new(), thread: Mutex::default() });
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(options.timeout))
            .user_agent(concat!("tallyho-client/", env!("CARGO_PKG_VERSION")));
        let mut route = Route { agent: config.build().into(), options, failures: 0 };
        let own = Arc::clone(&courier);
        let thread = std::thread::Builder::new().name("tallyho".to_owned()).spawn(move || own.run(&mut route));
        *courier.thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread.map_err(Error::Outbox)?);
        Ok(courier)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds the state but the caller's own callback, which does not.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts events into the outbox.
    pub(crate) fn put(&self, events: Vec<String>) -> Result<(), Error> {
        let mut state = self.state();
        let count = events.len() as u64;
        state.outbox.as_mut().ok_or(Error::InUse)?.put(events)?;
        state.put += count;
        self.news.notify_all();
        Ok(())
    }

    /// Returns where it stands.
    pub(crate) fn status(&self) -> Status {
        let state = self.state();
        Status { waiting: state.outbox.as_ref().map_or(0, Outbox::len), ..state.status.clone() }
    }

    /// Waits until everything put before the call is done.
    pub(crate) fn flush(&self, patience: Duration) -> Result<(), Waiting> {
        let mut state = self.state();
        let goal = state.put;
        state.hurry = state.done < goal;
        self.news.notify_all();
        let (state, _) = self
            .news
            .wait_timeout_while(state, patience, |state| state.done < goal)
            .unwrap_or_else(PoisonError::into_inner);
        let events = usize::try_from(goal.saturating_sub(state.done)).unwrap_or(usize::MAX);
        if events == 0 { Ok(()) } else { Err(Waiting { events, reason: state.status.trouble.clone() }) }
    }

    /// Asks the thread to end.
    pub(crate) fn end(&self) {
        self.state().ending = true;
        self.news.notify_all();
    }

    /// Ends the thread and waits for it.
    pub(crate) fn end_and_wait(&self) {
        self.end();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // A callback that panicked has ended the thread; what it had not finished stays in the outbox.
            drop(thread.join());
        }
    }

    fn run(&self, route: &mut Route) {
        let ended = Ended(self);
        while let Some(batch) = self.next_batch(route.options.linger) {
            match route.deliver(&batch) {
                Outcome::Safe { accepted, quarantined } => {
                    route.failures = 0;
                    let count = quarantined.len() as u64;
                    route.report(&batch, quarantined);
                    self.settle(batch.len(), accepted, count);
                }
                Outcome::Failed { why, retry_after } => {
                    let wait = route.next_wait().max(retry_after);
                    self.rest(why, wait, retry_after);
                }
            }
        }
        drop(ended);
    }

    /// Waits for something to send; `None` at the end. An event waits a moment for others, unless somebody hurries.
    fn next_batch(&self, linger: Duration) -> Option<Vec<String>> {
        let idle = |state: &mut State| !state.ending && state.outbox.as_ref().is_some_and(|outbox| outbox.len() == 0);
        let state = self.news.wait_while(self.state(), idle).unwrap_or_else(PoisonError::into_inner);
        let is_full = |outbox: &Outbox| outbox.len() >= BATCH_MAX;
        let alone = |state: &mut State| !state.ending && !state.hurry && !state.outbox.as_ref().is_some_and(is_full);
        let (state, _) = self.news.wait_timeout_while(state, linger, alone).unwrap_or_else(PoisonError::into_inner);
        if state.ending { None } else { state.outbox.as_ref().map(Outbox::next_batch) }
    }

    fn settle(&self, events: usize, accepted: u64, quarantined: u64) {
        let mut state = self.state();
        let written = state.outbox.as_mut().map_or(Ok(()), |outbox| outbox.done(events));
        state.done += events as u64;
        state.status.accepted += accepted;
        state.status.quarantined += quarantined;
        state.status.trouble = written.err().map(|error| format!("the outbox cannot be written: {error}"));
        state.hurry &= state.done < state.put;
        self.news.notify_all();
    }

    /// Waits after a failure; who flushes ends that, but not before the server wants to be asked again.
    fn rest(&self, why: String, wait: Duration, at_least: Duration) {
        let start = Instant::now();
        let mut state = self.state();
        state.status.trouble = Some(why);
        state.hurry = false;
        loop {
            let due = if state.hurry { at_least } else { wait };
            let left = due.saturating_sub(start.elapsed());
            if state.ending || left.is_zero() {
                return;
            }
            state = self.news.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// Lets go of the outbox when the thread ends, however it ends.
struct Ended<'a>(&'a Courier);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.state().outbox = None;
        self.0.news.notify_all();
    }
}

impl Route {
    /// Returns how long to wait after one more failure.
    fn next_wait(&mut self) -> Duration {
        let wait = self.options.retry_first.saturating_mul(2_u32.saturating_pow(self.failures));
        self.failures = self.failures.saturating_add(1);
        jittered(wait.min(self.options.retry_max))
    }

    fn deliver(&self, batch: &[String]) -> Outcome {
        let site = self
            .options
            .site
            .as_ref()
            .map_or(String::new(), |site| format!("\"site\":{},", serde_json::Value::String(site.clone())));
        let body = format!("{{{site}\"sent_at\":\"{}\",\"events\":[{}]}}", Time::now(), batch.join(","));
        let address = format!("{}/v1/events", self.options.server.trim_end_matches('/'));
        let request = self
            .agent
            .post(address)
            .header("Authorization", format!("Bearer {}", self.options.token))
            .header("Content-Type", "application/json");
        let failed = |why: String, retry_after: Duration| Outcome::Failed { why, retry_after };
        let mut answer = match request.send(body) {
            Ok(answer) => answer,
            Err(error) => return failed(format!("the server cannot be reached: {error}"), Duration::ZERO),
        };
        let status = answer.status().as_u16();
        let header = answer.headers().get("retry-after").and_then(|value| value.to_str().ok());
        let retry_after = Duration::from_secs(header.and_then(|value| value.trim().parse().ok()).unwrap_or(0));
        let text = match answer.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_string() {
            Ok(text) => text,
            Err(error) => return failed(format!("the answer broke off: {error}"), retry_after),
        };
        match serde_json::from_str::<Answer>(&text) {
            // Only the server's own answer says that it is safe: a portal or a proxy answers 200, too.
            Ok(said) if status == 200 && said.accepted as usize + said.quarantined.len() == batch.len() => {
                Outcome::Safe { accepted: said.accepted, quarantined: said.quarantined }
            }
            _ => failed(refusal(status, &text), retry_after),
        }
    }

    fn report(&self, batch: &[String], quarantined: Vec<Refused>) {
        let Some(told) = &self.options.on_quarantined else { return };
        for Refused { i, reason, hint } in quarantined {
            if let Some(event) = batch.get(i) {
                told(&Quarantined { event: event.clone(), reason, hint });
            }
        }
    }
}

/// Returns what a refusal says: the server's own words where it has any.
fn refusal(status: u16, text: &str) -> String {
    let envelope: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    match (envelope["error"]["code"].as_str(), envelope["error"]["message"].as_str()) {
        (Some(code), Some(message)) => format!("the server answered {status}: {message} ({code})"),
        _ => format!("what answered {status} is no Tallyho, or one in trouble"),
    }
}

#[cfg(test)]
mod tests;
