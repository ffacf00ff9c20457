//! Where the server stands: `GET /api/v1/status`. Equal positions mean that every acknowledged event is in the reports.
//!
//! The positions are for everyone; details are for operators. With `wait=1` the answer is held back until the reports
//! have caught up with what was accepted when the request came, for 20 s at most.

use super::auth::SeesDetails;
use super::parameters::{Parameter, Parameters, Takes};
use super::{Access, ApiError, Route, blocking};
use crate::app::App;
use crate::rebuild::Phase;
use crate::start::store_folder;
use axum::Json;
use axum::extract::State;
use http::Method;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

const WAIT_MAX: Duration = Duration::from_secs(20);

pub(super) fn routes() -> Vec<Route> {
    const WAIT: Parameter = Parameter::new(
        "wait",
        Takes::Text,
        "1: hold the answer back until the reports have caught up, for 20 s at most.",
    );
    vec![
        Route::new(Method::GET, "/api/v1/status", Access::Open, show)
            .says(
                "Where the server stands. Equal positions mean that every acknowledged event is in the reports.",
                "Positions; details for operators.",
            )
            .takes([WAIT]),
    ]
}

/// Where the server stands.
#[derive(Serialize, JsonSchema)]
struct Status {
    /// Journal position up to which events are kept safely.
    accepted_position: u64,
    /// Journal position up to which they are in the reports.
    applied_position: u64,
    version: &'static str,
    /// The server's time.
    clock: String,
    #[serde(flatten)]
    details: Option<StatusDetails>,
}

/// What operators see as well.
#[derive(Serialize, JsonSchema)]
struct StatusDetails {
    /// The store's time: that of the last record in it.
    as_of: Option<String>,
    /// How far our clock runs ahead of the machine's.
    clock_ahead_s: i64,
    journal: JournalStatus,
    store: StoreStatus,
    /// How many sites there are.
    sites: usize,
    /// Events received since the server started.
    received_since_start: u64,
    /// Where a rebuild stands; null if there was none.
    rebuild: Option<RebuildPhase>,
    /// Open alarms by name, each with what is the matter.
    alarms: BTreeMap<&'static str, String>,
}

#[derive(Serialize, JsonSchema)]
struct JournalStatus {
    bytes: u64,
    segments: u64,
    in_flight_bytes: u64,
}

#[derive(Serialize, JsonSchema)]
struct StoreStatus {
    is_open: bool,
    /// Size of all its files, old and broken ones included.
    bytes: u64,
}

/// Where a rebuild stands.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(super) enum RebuildPhase {
    /// Records are read into a new store.
    Filling { position: u64, end_position: u64 },
    /// The new store takes the old one's place.
    Swapping,
    /// The new store serves.
    Done { position: u64 },
    /// The old store goes on serving.
    Failed { reason: String },
}

async fn show(
    State(app): State<Arc<App>>,
    SeesDetails(details): SeesDetails,
    parameters: Parameters,
) -> Result<Json<Status>, ApiError> {
    if parameters.get("wait").is_some_and(|wait| wait != "0") {
        app.progress.wait_for(app.journal.durable_position(), WAIT_MAX).await;
    }
    // Read in this order, so that a record accepted in between never makes them look equal when they are not.
    let accepted = app.journal.durable_position();
    let applied = app.progress.applied();
    let now = app.clock.now().to_string();
    let details = if details { Some(blocking(move || Ok::<_, ApiError>(more(&app))).await?) } else { None };
    Ok(Json(Status {
        accepted_position: accepted,
        applied_position: applied.min(accepted),
        version: env!("CARGO_PKG_VERSION"),
        clock: now,
        details,
    }))
}

fn more(app: &App) -> StatusDetails {
    let journal = app.journal.stats();
    StatusDetails {
        as_of: app.store.with(store::Store::as_of).ok().flatten().map(|at| at.to_string()),
        clock_ahead_s: app.clock.ahead_s(),
        journal: JournalStatus {
            bytes: journal.disk_bytes,
            segments: journal.segments,
            in_flight_bytes: journal.in_flight_bytes,
        },
        store: StoreStatus { is_open: app.store.is_open(), bytes: bytes_of_store(app) },
        sites: app.book().sites.len(),
        received_since_start: app.door.counters.snapshot().received(),
        rebuild: phase(app.rebuild.phase()),
        alarms: app.alarms.open(),
    }
}

/// Returns the size of every file of the store, old and broken ones included.
pub(super) fn bytes_of_store(app: &App) -> u64 {
    let entries = std::fs::read_dir(store_folder(&app.setup.data_dir));
    entries
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|e| e.metadata().ok())
        .filter(std::fs::Metadata::is_file)
        .map(|m| m.len())
        .sum()
}

/// Returns where a rebuild stands, `None` if there was none.
pub(super) fn phase(phase: Phase) -> Option<RebuildPhase> {
    match phase {
        Phase::None => None,
        Phase::Filling(position, end_position) => Some(RebuildPhase::Filling { position, end_position }),
        Phase::Swapping => Some(RebuildPhase::Swapping),
        Phase::Done(position) => Some(RebuildPhase::Done { position }),
        Phase::Failed(reason) => Some(RebuildPhase::Failed { reason }),
    }
}
