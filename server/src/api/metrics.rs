//! `GET /metrics` in Prometheus' text format: the conservation law, the backlog, and what the door counted.
//!
//! Names follow Prometheus' rules: one prefix, base units, `_total` for counters. Labels are few and bounded.

use super::status::bytes_of_store;
use super::{Access, ApiError, Route, blocking};
use crate::app::App;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{Method, header};
use std::fmt::{Display, Write};
use std::sync::Arc;
use std::time::Duration;
use store::{Patience, Store};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, "/metrics", Access::Operator, show)
            .says("Figures for Prometheus. Without a token from this machine only.", "Prometheus' text format.")
            .in_text("text/plain"),
    ]
}

async fn show(State(app): State<Arc<App>>) -> Result<Response, ApiError> {
    let text = blocking(move || Ok::<_, ApiError>(page(&app))).await?;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}

/// The page while it is written.
struct Page(String);

impl Page {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        self.line(format_args!("# HELP {name} {help}\n# TYPE {name} {kind}"));
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: impl Display) {
        self.head(name, kind, help);
        self.line(format_args!("{name} {value}"));
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        writeln!(self.0, "{line}").expect("writing to a string cannot fail");
    }
}

fn page(app: &App) -> String {
    let mut page = Page(String::new());
    page.head("tallyho_build_info", "gauge", "Version of the program.");
    page.line(format_args!("tallyho_build_info{{version=\"{}\"}} 1", env!("CARGO_PKG_VERSION")));
    write_door(&mut page, app);
    write_journal(&mut page, app);
    write_conservation(&mut page, app);
    write_turns(&mut page, app);
    page.one(
        "tallyho_csp_reports_total",
        "counter",
        "Violations of the dashboard's content policy that browsers have reported since the start.",
        app.sightings.csp_total(),
    );
    page.head("tallyho_alarm", "gauge", "Alarms that are open.");
    for name in app.alarms.open().keys() {
        page.line(format_args!("tallyho_alarm{{name=\"{name}\"}} 1"));
    }
    page.0
}

fn write_door(page: &mut Page, app: &App) {
    let door = app.door.counters.snapshot();
    page.one(
        "tallyho_ingest_requests_total",
        "counter",
        "Requests answered by the collector since the start.",
        door.requests,
    );
    page.one("tallyho_ingest_requests_in_flight", "gauge", "Requests under way.", door.in_flight);
    page.one(
        "tallyho_ingest_body_bytes_total",
        "counter",
        "Bytes of request bodies as they travelled.",
        door.body_bytes,
    );
    let seconds = format_args!("{}.{:06}", door.duration_us / 1_000_000, door.duration_us % 1_000_000).to_string();
    page.one("tallyho_ingest_request_duration_seconds_sum", "counter", "Time spent on requests, summed.", seconds);
    page.one("tallyho_events_received_total", "counter", "Items kept in the journal since the start.", door.received());
    page.head("tallyho_requests_rejected_total", "counter", "Requests refused, by code.");
    for (code, count) in &door.rejected {
        page.line(format_args!("tallyho_requests_rejected_total{{reason=\"{code}\"}} {count}"));
    }
}

fn write_journal(page: &mut Page, app: &App) {
    let stats = app.journal.stats();
    let accepted = app.journal.durable_position();
    let applied = app.progress.applied().min(accepted);
    page.one("tallyho_journal_records_total", "counter", "Records made safe since the start.", stats.records);
    page.one("tallyho_journal_commits_total", "counter", "Groups written and synced since the start.", stats.commits);
    page.one("tallyho_journal_refused_full_total", "counter", "Appends refused because the disk was full.", stats.full);
    page.one(
        "tallyho_journal_refused_busy_total",
        "counter",
        "Appends refused because too much was in flight.",
        stats.busy,
    );
    page.one("tallyho_journal_in_flight_bytes", "gauge", "Bytes that wait for their sync.", stats.in_flight_bytes);
    page.one("tallyho_journal_size_bytes", "gauge", "Size of the journal on disk.", stats.disk_bytes);
    page.one("tallyho_journal_position", "gauge", "Position of the last safe record.", accepted);
    page.one("tallyho_journal_applied_position", "gauge", "Position up to which the reports stand.", applied);
    page.one(
        "tallyho_journal_backlog_records",
        "gauge",
        "Records that are not in the reports yet.",
        accepted - applied,
    );
    let as_of = app.store.with(Store::as_of).ok().flatten();
    let behind_s = if accepted == applied { 0 } else { as_of.map_or(0, |at| app.clock.now().seconds() - at.seconds()) };
    page.one(
        "tallyho_journal_oldest_unapplied_seconds",
        "gauge",
        "How far the reports lag behind, at most.",
        behind_s.max(0),
    );
    page.one("tallyho_store_size_bytes", "gauge", "Size of the store on disk.", bytes_of_store(app));
}

/// Longest time that reading the outcomes may take.
const INTAKE_MAX: Duration = Duration::from_secs(5);

const INTAKE: &str = "
select site, outcome, sum(count) as items
from intake
group by site, outcome
order by site, outcome";

/// How busy the two queues are in which the store is asked.
fn write_turns(page: &mut Page, app: &App) {
    let queues = [("reports", &app.turns), ("glances", &app.glances)];
    page.head("tallyho_answers_running", "gauge", "Questions to the store that are worked on.");
    for (name, turns) in queues {
        page.line(format_args!("tallyho_answers_running{{queue=\"{name}\"}} {}", turns.busy().0));
    }
    page.head("tallyho_answers_waiting", "gauge", "Questions to the store that wait for their turn.");
    for (name, turns) in queues {
        page.line(format_args!("tallyho_answers_waiting{{queue=\"{name}\"}} {}", turns.busy().1));
    }
    page.head("tallyho_answers_given_up_total", "counter", "Questions whose client went away, since the start.");
    for (name, turns) in queues {
        page.line(format_args!("tallyho_answers_given_up_total{{queue=\"{name}\"}} {}", turns.given_up()));
    }
}

/// What became of received items since the beginning of the journal: stored, duplicate, quarantined or excluded.
fn write_conservation(page: &mut Page, app: &App) {
    // Not in turn: these figures are wanted most when everything else waits.
    let soon = Patience { limit: Some(INTAKE_MAX), given_up: None };
    let read = |store: &Store| store.snapshot(&soon, |snapshot| snapshot.query(INTAKE, &[]));
    let Ok(Ok(found)) = app.store.with(read) else { return };
    page.head("tallyho_events_applied_total", "counter", "Items in the reports' store by what became of them.");
    for row in &found.rows {
        let [site, outcome, items] = row.as_slice() else { continue };
        let (site, outcome) = (site.as_u64().unwrap_or(0), outcome.as_text().unwrap_or(""));
        let items = items.as_i128().unwrap_or(0);
        page.line(format_args!("tallyho_events_applied_total{{site=\"{site}\",outcome=\"{outcome}\"}} {items}"));
    }
}
