//! What happens now: `GET /api/v1/sites/{id}/live`, the last half hour in figures, and the latest events, newest first,
//! each with what was sent, read back from the journal.
//!
//! `after` asks for events behind a position only; with `wait=1` beside it the answer is held back until there is one,
//! for 20 s at most, so that whoever waits for a shop's first event learns of it at once.

use super::auth::CurrentSite;
use super::cells::{Cells, ORIGINS, TRUSTS, rows_as};
use super::hit_detail::{SentFacts, facts};
use super::parameters::{Parameter, Parameters, Takes, limit};
use super::values::CountInCurrency;
use super::{Access, ApiError, Route, glancing};
use crate::app::App;
use axum::Json;
use axum::extract::State;
use collector::book::Scope;
use commerce::Record;
use commerce::hit::Dialect;
use http::Method;
use reports::{LIVE_MINUTES, Live};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use store::Snapshot;

/// Events further back than this many records are shown without what was sent.
const RECORDS_READ_BACK_MAX: u64 = 5_000;
const BYTES_READ_BACK_MAX: usize = 16 << 20;
/// Longest wait for an event, below the time a request may take.
const WAIT_MAX: Duration = Duration::from_secs(20);

/// What happens now.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Live")]
struct LiveNow {
    meta: CountInCurrency,
    /// The last half hour; null before the first record.
    now: Option<HalfHour>,
    /// The latest events, newest first.
    events: Vec<LiveEvent>,
}

/// The last half hour in figures; every list of minutes has the oldest first.
#[derive(Serialize, JsonSchema)]
struct HalfHour {
    as_of: String,
    /// How many minutes it has.
    minutes: i64,
    visitors: u64,
    /// Visitors of the last minutes.
    visitors_now: u64,
    page_views: u64,
    orders: u64,
    order_total: String,
    open_carts: u64,
    page_views_by_minute: Vec<u64>,
    orders_by_minute: Vec<u64>,
    pages: Vec<NamedCount>,
    sources: Vec<NamedCount>,
}

#[derive(Serialize, JsonSchema)]
struct NamedCount {
    name: String,
    count: u64,
}

/// An event with what was sent.
#[derive(Serialize, JsonSchema)]
struct LiveEvent {
    position: u64,
    occurred_at: Option<String>,
    name: Option<String>,
    /// Key of 16 hexadecimal digits.
    visitor: Option<String>,
    visit: Option<String>,
    dialect: Option<&'static str>,
    origin: Option<&'static str>,
    trust: Option<&'static str>,
    host: Option<String>,
    page: Option<String>,
    page_title: Option<String>,
    search_term: Option<String>,
    bot: Option<String>,
    /// Null for what lies too far back.
    sent: Option<SentFacts>,
}

const LIMIT_MAX: u32 = 500;

pub(super) fn routes() -> Vec<Route> {
    const AFTER: Parameter =
        Parameter::new("after", Takes::Position, "Only events behind this position of the journal.");
    const WAIT: Parameter = Parameter::new(
        "wait",
        Takes::Flag,
        "1, beside `after`: hold the answer back until there is one, for 20 s at most.",
    );
    vec![
        Route::new(Method::GET, "/api/v1/sites/{id}/live", Access::Site(Scope::Read), list)
            .asks_store()
            .says("Shows the last half hour in figures, and the latest events, newest first.", "Figures and events.")
            .takes([limit(LIMIT_MAX), AFTER, WAIT]),
    ]
}

const LATEST: &str = "
select position, occurred_at, name, visitor, visit, dialect, origin, trust, host, page, page_title, search_term, bot
from events_now
where site = ? and position > ?
order by position desc
limit ?";

async fn list(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    parameters: Parameters,
) -> Result<Json<LiveNow>, ApiError> {
    let limit = parameters.limit(50, LIMIT_MAX)?;
    let after = parameters.position("after")?;
    let begun = tokio::time::Instant::now();
    let is_patient = after.is_some() && parameters.flag("wait")?;
    loop {
        // Read before the events, so that one applied in between is waited for no longer.
        let applied = app.progress.applied();
        let (here, there) = (Arc::clone(&app), site.clone());
        let ask = move |snapshot: &Snapshot<'_>| latest(&here, snapshot, &there, after.unwrap_or(0), limit);
        let answer = glancing(&app, site.id(), ask).await?;
        let left = WAIT_MAX.saturating_sub(begun.elapsed());
        if answer.meta.count != 0 || !is_patient || left.is_zero() {
            return Ok(Json(answer));
        }
        app.progress.wait_for(applied + 1, left).await;
    }
}

fn latest(app: &App, snapshot: &Snapshot<'_>, site: &CurrentSite, after: u64, limit: u32) -> Result<LiveNow, ApiError> {
    let settings = &site.get().settings;
    let now = reports::live(snapshot, site.id(), settings)?;
    let found = snapshot.query(LATEST, &[site.id().into(), after.into(), limit.into()])?;
    let positions = found.rows.iter().filter_map(|row| row.first()?.as_u64()).collect::<Vec<_>>();
    let mut sent = read_back(app, &positions);
    let events = rows_as(&found, |event| shown(event, &mut sent));
    let meta = CountInCurrency { count: events.len(), currency: settings.currency.code().to_owned() };
    Ok(LiveNow { meta, now: now.as_ref().map(figures), events })
}

/// Returns the last half hour; every list of minutes has the oldest first.
fn figures(live: &Live) -> HalfHour {
    let named = |list: &[(String, u64)]| -> Vec<NamedCount> {
        list.iter().map(|(name, count)| NamedCount { name: name.clone(), count: *count }).collect()
    };
    HalfHour {
        as_of: live.as_of.to_string(),
        minutes: LIVE_MINUTES,
        visitors: live.visitors,
        visitors_now: live.visitors_now,
        page_views: live.page_views,
        orders: live.orders,
        order_total: live.order_total.text(),
        open_carts: live.carts,
        page_views_by_minute: live.minutes.iter().map(|minute| minute.0).collect(),
        orders_by_minute: live.minutes.iter().map(|minute| minute.1).collect(),
        pages: named(&live.pages),
        sources: named(&live.sources),
    }
}

/// Returns an event, with what was sent taken out of `sent`.
fn shown(event: &Cells<'_>, sent: &mut HashMap<u64, SentFacts>) -> LiveEvent {
    let position = event.position("position");
    LiveEvent {
        position,
        occurred_at: event.time("occurred_at"),
        name: event.text("name"),
        visitor: event.key("visitor"),
        visit: event.key("visit"),
        dialect: event.named("dialect", &Dialect::ALL.map(Dialect::name)),
        origin: event.named("origin", ORIGINS),
        trust: event.named("trust", TRUSTS),
        host: event.text("host"),
        page: event.text("page"),
        page_title: event.text("page_title"),
        search_term: event.text("search_term"),
        bot: event.text("bot"),
        sent: sent.remove(&position),
    }
}

/// Returns what was sent at `positions`, as far as they lie within reach. A journal that cannot be read shows less.
fn read_back(app: &App, positions: &[u64]) -> HashMap<u64, SentFacts> {
    let Some(last) = positions.iter().copied().max() else { return HashMap::new() };
    let reach = last.saturating_sub(RECORDS_READ_BACK_MAX);
    let Some(first) = positions.iter().copied().filter(|p| *p > reach).min() else { return HashMap::new() };
    let count = usize::try_from(last + 1 - first).unwrap_or(0);
    let records = journal::Reader::open(&app.journal, first - 1)
        .and_then(|mut reader| reader.next(count, BYTES_READ_BACK_MAX, Duration::ZERO))
        .unwrap_or_default();
    let wanted = records.into_iter().filter(|(position, _)| positions.contains(position));
    wanted.filter_map(|(position, payload)| Some((position, facts_of(&payload)?))).collect()
}

fn facts_of(payload: &[u8]) -> Option<SentFacts> {
    match Record::decode(payload) {
        Ok(Record::Hit(hit)) => Some(facts(&hit.facts)),
        _ => None,
    }
}
