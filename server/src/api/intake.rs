//! The conservation law: `GET /api/v1/sites/{id}/health`, what became of everything received, in all and by hour.
//!
//! `received = stored + duplicate + quarantined + excluded` holds for every hour by construction: each record is
//! counted once, in the transaction that stores what it became.

use super::auth::CurrentSite;
use super::cells::{Cells, rows_as};
use super::parameters::Parameters;
use super::{Access, ApiError, Route, blocking};
use crate::app::App;
use axum::Json;
use axum::extract::State;
use axum::routing::get;
use collector::book::Scope;
use http::Method;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::new(Method::GET, "/api/v1/sites/{id}/health", Access::Site(Scope::Read), get(show))]
}

const BY_OUTCOME: &str = "
select outcome, reason, cast(sum(count) as bigint) as count
from intake
where site = ?
group by outcome, reason
order by outcome, reason";

const BY_HOUR: &str = r#"
select
    "hour",
    cast(sum(count) as bigint) as received,
    cast(coalesce(sum(count) filter (outcome = 'stored'), 0) as bigint) as stored,
    cast(coalesce(sum(count) filter (outcome = 'duplicate'), 0) as bigint) as duplicate,
    cast(coalesce(sum(count) filter (outcome = 'quarantined'), 0) as bigint) as quarantined,
    cast(coalesce(sum(count) filter (outcome = 'excluded'), 0) as bigint) as excluded
from intake
where site = ?
group by "hour"
order by "hour" desc
limit ?"#;

async fn show(State(app): State<Arc<App>>, site: CurrentSite, parameters: Parameters) -> Result<Json<Value>, ApiError> {
    parameters.only(&["limit"])?;
    let limit = parameters.limit(48, 1000)?;
    let answer = blocking(move || {
        // Read before the figures, so that figures are never older than the positions say.
        let (accepted, applied) = (app.journal.durable_position(), app.progress.applied());
        let site = site.id();
        let (outcomes, hours) = app.store.with(|store| {
            Ok::<_, ApiError>((
                store.query(BY_OUTCOME, &[site.into()])?,
                store.query(BY_HOUR, &[site.into(), limit.into()])?,
            ))
        })??;
        let outcomes = rows_as(&outcomes, |row| row.object(&["outcome", "reason"], &["count"]));
        let of = |outcome: &str| -> i64 {
            let counted = outcomes.iter().filter(|row| outcome.is_empty() || row["outcome"] == outcome);
            counted.filter_map(|row| row["count"].as_i64()).sum()
        };
        Ok::<_, ApiError>(json!({
            "accepted_position": accepted,
            "applied_position": applied,
            "received": of(""),
            "stored": of("stored"),
            "duplicate": of("duplicate"),
            "quarantined": of("quarantined"),
            "excluded": of("excluded"),
            "reasons": outcomes.iter().filter(|row| row["reason"] != "").collect::<Vec<_>>(),
            "hours": rows_as(&hours, hour),
        }))
    })
    .await?;
    Ok(Json(answer))
}

fn hour(row: &Cells<'_>) -> Value {
    let mut shown = row.object(&[], &["received", "stored", "duplicate", "quarantined", "excluded"]);
    shown["hour"] = row.time("hour");
    shown
}
