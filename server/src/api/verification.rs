//! Does it work? `GET /api/v1/sites/{id}/verification`: what last came from pages and servers, whether a page of the shop
//! loads the script, whether one loads it twice, and whose clocks are off.

use super::auth::CurrentSite;
use super::cells::{Cells, rows_as};
use super::{Access, ApiError, Route, asking};
use crate::app::App;
use axum::Json;
use axum::extract::State;
use collector::book::Scope;
use commerce::hit::{Dialect, flags, names};
use http::Method;
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// How far back the mix of dialects, double tags and clocks are looked at, in seconds.
const LOOK_BACK_S: i64 = 7 * 86_400;

/// Whether tracking works.
#[derive(Serialize, JsonSchema)]
struct Verification {
    last_browser_event: Option<String>,
    last_server_event: Option<String>,
    last_purchase: Option<String>,
    /// The last page of the shop that loaded the script; null if none did since the start.
    script: Option<ScriptSeen>,
    /// Pages that were seen twice within a second by one visitor.
    duplicate_tags: Vec<TwicePage>,
    /// What spoke which dialect, the most first.
    dialects: Vec<DialectSeen>,
    clock: Clocks,
    csp_reports: CspReports,
    /// How far back dialects, double tags and clocks were looked at.
    looked_back_s: i64,
}

#[derive(Serialize, JsonSchema)]
struct ScriptSeen {
    seen_at: String,
    host: String,
}

#[derive(Serialize, JsonSchema)]
struct TwicePage {
    host: Option<String>,
    page: Option<String>,
    times: Option<i64>,
}

#[derive(Serialize, JsonSchema)]
struct DialectSeen {
    dialect: Option<&'static str>,
    events: Option<i64>,
    last: Option<String>,
    /// Events whose time lay more than a day ahead.
    clamped: Option<i64>,
    /// Events that are dated further back than their sender may date.
    backdated: Option<i64>,
}

#[derive(Serialize, JsonSchema)]
struct Clocks {
    /// How far our clock runs ahead of the machine's.
    server_ahead_s: i64,
    clamped_future: i64,
    backdated: i64,
}

/// What browsers reported of the dashboard's own policy.
#[derive(Serialize, JsonSchema)]
struct CspReports {
    total: u64,
    kinds: Vec<CspKind>,
}

#[derive(Serialize, JsonSchema)]
struct CspKind {
    directive: String,
    blocked: String,
    count: u64,
}

pub(super) fn routes() -> Vec<Route> {
    vec![Route::new(Method::GET, "/api/v1/sites/{id}/verification", Access::Site(Scope::Read), show).asks_store().says(
        "Says what came last from pages and servers, and what looks wrong with how it comes.",
        "What came last, and what looks wrong.",
    )]
}

/// Pixel, browser and app are 0 to 2; server and platform 3 and 4.
const LAST: &str = "
select
    max(occurred_at) filter (origin <= 2) as browser,
    max(occurred_at) filter (origin in (3, 4)) as server,
    max(occurred_at) filter (name = ?) as purchase
from events
where site = ?";

const MIX: &str = "
select
    dialect,
    count(*) as events,
    max(occurred_at) as last,
    count(*) filter ((flags & ?) <> 0) as clamped,
    count(*) filter ((flags & ?) <> 0) as backdated
from events
where site = ? and occurred_at >= ?
group by dialect
order by events desc, dialect";

/// The same page seen twice within a second by one visitor: two scripts on one page, or one script twice.
const TWICE: &str = "
select host, page, count(*) as times
from (
    select
        host,
        page,
        occurred_at - lag(occurred_at) over (
            partition by coalesce(visitor, fingerprint), host, page
            order by occurred_at, position
        ) as gap
    from events
    where site = ? and name = ? and bot is null and occurred_at >= ? and coalesce(visitor, fingerprint) is not null
)
where gap < interval 1 second
group by host, page
order by times desc, host, page
limit 10";

async fn show(State(app): State<Arc<App>>, site: CurrentSite) -> Result<Json<Verification>, ApiError> {
    let (served, id) = (Arc::clone(&app), site.id());
    let answer = asking(&app, id, move |snapshot| {
        let since = served.clock.now().plus_seconds(-LOOK_BACK_S);
        let marks = [flags::CLAMPED_FUTURE.into(), flags::BACKDATED.into()];
        let last = snapshot.query(LAST, &[names::PURCHASE.into(), id.into()])?;
        let mix = snapshot.query(MIX, &[marks.as_slice(), &[id.into(), since.into()]].concat())?;
        let twice = snapshot.query(TWICE, &[id.into(), names::PAGE_VIEW.into(), since.into()])?;
        let last = rows_as(&last, |row| (row.time("browser"), row.time("server"), row.time("purchase")));
        let (last_browser_event, last_server_event, last_purchase) = last.into_iter().next().unwrap_or_default();
        let dialects = rows_as(&mix, dialect);
        let script = served.sightings.script_seen(|host| site.get().settings.is_own_host(host));
        Ok::<_, ApiError>(Verification {
            last_browser_event,
            last_server_event,
            last_purchase,
            script: script.map(|(at, host)| ScriptSeen { seen_at: at.to_string(), host }),
            duplicate_tags: rows_as(&twice, |row| TwicePage {
                host: row.text("host"),
                page: row.text("page"),
                times: row.int("times"),
            }),
            clock: Clocks {
                server_ahead_s: served.clock.ahead_s(),
                clamped_future: dialects.iter().filter_map(|seen| seen.clamped).sum(),
                backdated: dialects.iter().filter_map(|seen| seen.backdated).sum(),
            },
            dialects,
            csp_reports: csp(&served),
            looked_back_s: LOOK_BACK_S,
        })
    })
    .await?;
    Ok(Json(answer))
}

fn dialect(row: &Cells<'_>) -> DialectSeen {
    DialectSeen {
        dialect: row.named("dialect", &Dialect::ALL.map(Dialect::name)),
        events: row.int("events"),
        last: row.time("last"),
        clamped: row.int("clamped"),
        backdated: row.int("backdated"),
    }
}

fn csp(app: &App) -> CspReports {
    let kinds = app.sightings.csp_kinds().into_iter();
    let kinds = kinds.map(|(directive, blocked, count)| CspKind { directive, blocked, count });
    CspReports { total: app.sightings.csp_total(), kinds: kinds.collect() }
}
