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
use serde_json::{Value, json};
use std::sync::Arc;

/// How far back the mix of dialects, double tags and clocks are looked at, in seconds.
const LOOK_BACK_S: i64 = 7 * 86_400;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::new(Method::GET, "/api/v1/sites/{id}/verification", Access::Site(Scope::Read), show)]
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

async fn show(State(app): State<Arc<App>>, site: CurrentSite) -> Result<Json<Value>, ApiError> {
    let (served, id) = (Arc::clone(&app), site.id());
    let answer = asking(&app, id, move |snapshot| {
        let since = served.clock.now().plus_seconds(-LOOK_BACK_S);
        let marks = [flags::CLAMPED_FUTURE.into(), flags::BACKDATED.into()];
        let last = snapshot.query(LAST, &[names::PURCHASE.into(), id.into()])?;
        let mix = snapshot.query(MIX, &[marks.as_slice(), &[id.into(), since.into()]].concat())?;
        let twice = snapshot.query(TWICE, &[id.into(), names::PAGE_VIEW.into(), since.into()])?;
        let last = rows_as(&last, |row| {
            json!({ "browser": row.time("browser"), "server": row.time("server"), "purchase": row.time("purchase") })
        });
        let last = last.first().cloned().unwrap_or_default();
        let mix = rows_as(&mix, dialect);
        let sum = |name: &str| mix.iter().filter_map(|row| row[name].as_i64()).sum::<i64>();
        let twice = rows_as(&twice, |row| row.object(&["host", "page"], &["times"]));
        let script = served.sightings.script_seen(|host| site.get().settings.is_own_host(host));
        Ok::<_, ApiError>(json!({
            "last_browser_event": last["browser"],
            "last_server_event": last["server"],
            "last_purchase": last["purchase"],
            "script": script.map(|(at, host)| json!({ "seen_at": at.to_string(), "host": host })),
            "duplicate_tags": twice,
            "dialects": mix,
            "clock": {
                "server_ahead_s": served.clock.ahead_s(),
                "clamped_future": sum("clamped"),
                "backdated": sum("backdated"),
            },
            "csp_reports": csp(&served),
            "looked_back_s": LOOK_BACK_S,
        }))
    })
    .await?;
    Ok(Json(answer))
}

fn dialect(row: &Cells<'_>) -> Value {
    let mut shown = row.object(&[], &["events", "clamped", "backdated"]);
    shown["dialect"] = row.named("dialect", &Dialect::ALL.map(Dialect::name));
    shown["last"] = row.time("last");
    shown
}

/// Returns what browsers reported of the dashboard's own policy.
fn csp(app: &App) -> Value {
    let kinds = app.sightings.csp_kinds();
    let kinds = kinds
        .iter()
        .map(|(directive, blocked, count)| json!({ "directive": directive, "blocked": blocked, "count": count }));
    json!({ "total": app.sightings.csp_total(), "kinds": kinds.collect::<Vec<_>>() })
}
