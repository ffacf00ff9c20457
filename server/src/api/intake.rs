//! How tracking fares: `GET /api/v1/sites/{id}/health`, what became of everything received, in all and by hour, which
//! clients were heard when, and who saw the orders of the period.
//!
//! `received = stored + duplicate + quarantined + excluded` holds for every hour by construction: each record is
//! counted once, in the transaction that stores what it became.

use super::auth::CurrentSite;
use super::cells::{Cells, rows_as};
use super::parameters::Parameters;
use super::report::with_period;
use super::{Access, ApiError, Route, asking};
use crate::app::App;
use axum::Json;
use axum::extract::State;
use axum::routing::get;
use collector::book::Scope;
use http::Method;
use reports::{Heard, OrdersSeen, Period};
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
    parameters.only(&["limit", "from", "to"])?;
    let asked = with_period(&app, &site, &parameters);
    let period = Period::parse(asked.iter().map(|(name, value)| (name.as_str(), value.as_str())))?;
    let limit = parameters.limit(48, 1000)?;
    let served = Arc::clone(&app);
    let answer = asking(&app, site.id(), move |snapshot| {
        // Read before the figures, so that figures are never older than the positions say.
        let (accepted, applied) = (served.journal.durable_position(), served.progress.applied());
        let fared = reports::tracking(snapshot, site.id(), &site.get().settings, period)?;
        let outcomes = snapshot.query(BY_OUTCOME, &[site.id().into()])?;
        let hours = snapshot.query(BY_HOUR, &[site.id().into(), limit.into()])?;
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
            "from": period.from.to_string(),
            "to": period.to.to_string(),
            "orders": orders(fared.orders),
            "clients": fared.heard.iter().map(client).collect::<Vec<_>>(),
        }))
    })
    .await?;
    Ok(Json(answer))
}

/// Returns who saw the orders; shares are null where there is no order.
fn orders(seen: OrdersSeen) -> Value {
    let share = |of: u64| reports::Cell::share(of, seen.orders).text().parse::<serde_json::Number>().ok();
    json!({
        "orders": seen.orders,
        "by_browser": seen.by_browser,
        "by_server": seen.by_server,
        "by_both": seen.by_both,
        "share_by_browser": share(seen.by_browser),
        "share_by_server": share(seen.by_server),
    })
}

fn client(heard: &Heard) -> Value {
    json!({
        "dialect": heard.dialect,
        "events": heard.events,
        "by_server": heard.by_server,
        "last_at": heard.last_at.to_string(),
    })
}

fn hour(row: &Cells<'_>) -> Value {
    let mut shown = row.object(&[], &["received", "stored", "duplicate", "quarantined", "excluded"]);
    shown["hour"] = row.time("hour");
    shown
}
