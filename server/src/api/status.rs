//! Where the server stands: `GET /api/v1/status`. Equal positions mean that every acknowledged event is in the reports.
//!
//! The positions are for everyone; details are for operators. With `wait=1` the answer is held back until the reports
//! have caught up with what was accepted when the request came, for 20 s at most.

use super::auth::SeesDetails;
use super::parameters::Parameters;
use super::{Access, ApiError, Route, blocking};
use crate::app::App;
use crate::rebuild::Phase;
use crate::start::store_folder;
use axum::Json;
use axum::extract::State;
use http::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

const WAIT_MAX: Duration = Duration::from_secs(20);

pub(super) fn routes() -> Vec<Route> {
    vec![Route::new(Method::GET, "/api/v1/status", Access::Open, show)]
}

async fn show(
    State(app): State<Arc<App>>,
    SeesDetails(details): SeesDetails,
    parameters: Parameters,
) -> Result<Json<Value>, ApiError> {
    parameters.only(&["wait"])?;
    if parameters.get("wait").is_some_and(|wait| wait != "0") {
        app.progress.wait_for(app.journal.durable_position(), WAIT_MAX).await;
    }
    // Read in this order, so that a record accepted in between never makes them look equal when they are not.
    let accepted = app.journal.durable_position();
    let applied = app.progress.applied();
    let mut status = json!({
        "accepted_position": accepted,
        "applied_position": applied.min(accepted),
        "version": env!("CARGO_PKG_VERSION"),
        "clock": app.clock.now().to_string(),
    });
    if details {
        let more = blocking(move || Ok::<_, ApiError>(more(&app))).await?;
        for (name, value) in more {
            status[name] = value;
        }
    }
    Ok(Json(status))
}

fn more(app: &App) -> Vec<(&'static str, Value)> {
    let journal = app.journal.stats();
    let counters = app.door.counters.snapshot();
    vec![
        ("as_of", app.store.with(store::Store::as_of).ok().flatten().map(|at| at.to_string()).into()),
        ("clock_ahead_s", app.clock.ahead_s().into()),
        (
            "journal",
            json!({
                "bytes": journal.disk_bytes,
                "segments": journal.segments,
                "in_flight_bytes": journal.in_flight_bytes,
            }),
        ),
        ("store", json!({ "is_open": app.store.is_open(), "bytes": bytes_of_store(app) })),
        ("sites", app.book().sites.len().into()),
        ("received_since_start", counters.received().into()),
        ("rebuild", phase(&app.rebuild.phase())),
        ("alarms", json!(app.alarms.open())),
    ]
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

/// Returns where a rebuild stands.
pub(super) fn phase(phase: &Phase) -> Value {
    match phase {
        Phase::None => Value::Null,
        Phase::Filling(position, end) => json!({ "state": "filling", "position": position, "end_position": end }),
        Phase::Swapping => json!({ "state": "swapping" }),
        Phase::Done(position) => json!({ "state": "done", "position": position }),
        Phase::Failed(reason) => json!({ "state": "failed", "reason": reason }),
    }
}
