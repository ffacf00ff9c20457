//! How tracking fares: `GET /api/v1/sites/{id}/health`, what became of everything received, in all and by hour, which
//! clients were heard when, and who saw the orders of the period.
//!
//! `received = stored + duplicate + quarantined + excluded` holds for every hour by construction: each record is
//! counted once, in the transaction that stores what it became.

use super::auth::CurrentSite;
use super::cells::{Cells, rows_as};
use super::parameters::{FROM, Parameters, TO, limit};
use super::report::{BAD_PERIOD, with_period};
use super::{Access, ApiError, Route, asking};
use crate::app::App;
use axum::Json;
use axum::extract::State;
use collector::book::Scope;
use http::Method;
use reports::{Heard, OrdersSeen, Period};
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// How tracking fares.
#[derive(Serialize, JsonSchema)]
struct Health {
    /// Journal position up to which events are kept safely.
    accepted_position: u64,
    /// Journal position up to which they are in the reports.
    applied_position: u64,
    /// Everything since the beginning: stored, duplicate, quarantined and excluded together.
    received: i64,
    stored: i64,
    duplicate: i64,
    quarantined: i64,
    excluded: i64,
    /// Why items were quarantined or excluded.
    reasons: Vec<OutcomeCount>,
    /// The latest hours, the last first.
    hours: Vec<HourOfIntake>,
    from: String,
    to: String,
    orders: OrdersByWitness,
    /// Which clients were heard in the period.
    clients: Vec<ClientHeard>,
}

#[derive(Serialize, JsonSchema)]
struct OutcomeCount {
    outcome: Option<String>,
    /// Stable code.
    reason: Option<String>,
    count: Option<i64>,
}

#[derive(Serialize, JsonSchema)]
struct HourOfIntake {
    /// When it began.
    hour: Option<String>,
    received: Option<i64>,
    stored: Option<i64>,
    duplicate: Option<i64>,
    quarantined: Option<i64>,
    excluded: Option<i64>,
}

/// Who saw the orders of the period.
#[derive(Serialize, JsonSchema)]
struct OrdersByWitness {
    orders: u64,
    by_browser: u64,
    by_server: u64,
    by_both: u64,
    /// Null where there is no order.
    #[schemars(with = "Option<f64>")]
    share_by_browser: Option<serde_json::Number>,
    /// Null where there is no order.
    #[schemars(with = "Option<f64>")]
    share_by_server: Option<serde_json::Number>,
}

#[derive(Serialize, JsonSchema)]
struct ClientHeard {
    dialect: &'static str,
    events: u64,
    /// How many of them a server sent.
    by_server: u64,
    last_at: String,
}

const LIMIT_MAX: u32 = 1000;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, "/api/v1/sites/{id}/health", Access::Site(Scope::Read), show).asks_store()
            .says(
                "Says what became of everything received (received = stored + duplicate + quarantined + excluded), which clients \
                 were heard, and who saw the orders of the period.",
                "What became of it, by reason and by hour.",
            )
            .takes([limit(LIMIT_MAX).meaning("Most hours."), FROM, TO])
            .refuses(BAD_PERIOD),
    ]
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

async fn show(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    parameters: Parameters,
) -> Result<Json<Health>, ApiError> {
    let asked = with_period(&app, &site, &parameters);
    let period = Period::parse(asked.iter().map(|(name, value)| (name.as_str(), value.as_str())))?;
    let limit = parameters.limit(48, LIMIT_MAX)?;
    let served = Arc::clone(&app);
    let answer = asking(&app, site.id(), move |snapshot| {
        // Read before the figures, so that figures are never older than the positions say.
        let (accepted, applied) = (served.journal.durable_position(), served.progress.applied());
        let fared = reports::tracking(snapshot, site.id(), &site.get().settings, period)?;
        let outcomes = snapshot.query(BY_OUTCOME, &[site.id().into()])?;
        let hours = snapshot.query(BY_HOUR, &[site.id().into(), limit.into()])?;
        let reasons = rows_as(&outcomes, |row| OutcomeCount {
            outcome: row.text("outcome"),
            reason: row.text("reason"),
            count: row.int("count"),
        });
        let of = |outcome: Option<&str>| -> i64 {
            let counted = reasons.iter().filter(|row| outcome.is_none() || row.outcome.as_deref() == outcome);
            counted.filter_map(|row| row.count).sum()
        };
        Ok::<_, ApiError>(Health {
            accepted_position: accepted,
            applied_position: applied,
            received: of(None),
            stored: of(Some("stored")),
            duplicate: of(Some("duplicate")),
            quarantined: of(Some("quarantined")),
            excluded: of(Some("excluded")),
            reasons: reasons.into_iter().filter(|row| row.reason.as_deref() != Some("")).collect(),
            hours: rows_as(&hours, hour),
            from: period.from.to_string(),
            to: period.to.to_string(),
            orders: orders(fared.orders),
            clients: fared.heard.iter().map(client).collect(),
        })
    })
    .await?;
    Ok(Json(answer))
}

/// Returns who saw the orders; shares are null where there is no order.
fn orders(seen: OrdersSeen) -> OrdersByWitness {
    let share = |of: u64| reports::Cell::share(of, seen.orders).text().parse::<serde_json::Number>().ok();
    OrdersByWitness {
        orders: seen.orders,
        by_browser: seen.by_browser,
        by_server: seen.by_server,
        by_both: seen.by_both,
        share_by_browser: share(seen.by_browser),
        share_by_server: share(seen.by_server),
    }
}

fn client(heard: &Heard) -> ClientHeard {
    ClientHeard {
        dialect: heard.dialect,
        events: heard.events,
        by_server: heard.by_server,
        last_at: heard.last_at.to_string(),
    }
}

fn hour(row: &Cells<'_>) -> HourOfIntake {
    HourOfIntake {
        hour: row.time("hour"),
        received: row.int("received"),
        stored: row.int("stored"),
        duplicate: row.int("duplicate"),
        quarantined: row.int("quarantined"),
        excluded: row.int("excluded"),
    }
}
