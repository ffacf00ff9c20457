//! Saved segments: `/api/v1/sites/{id}/segments`, and `/segments/check`, which reads a text and counts whom it keeps.

use super::auth::{CurrentSite, Granted};
use super::parameters::Path;
use super::report::default_period;
use super::saved::{BAD_FILTER, Saved, is_name};
use super::values::{Body, Count};
use super::{Access, ApiError, Route, asking, blocking};
use crate::app::App;
use crate::control::segments::{NamedRule, Naming};
use axum::Json;
use axum::extract::State;
use collector::book::Scope;
use http::{Method, StatusCode};
use reports::{Cell, Filter, Query};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use store::Snapshot;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewSegment {
    /// Conditions, such as `country = DE`.
    text: String,
    /// Whether only admins see and change it.
    #[serde(default)]
    admins_only: bool,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SegmentToCheck")]
struct Check {
    /// Conditions, or the name of a saved segment.
    text: String,
    /// First day; thirty days before `to` if left out.
    from: Option<String>,
    /// Last day; today if left out.
    to: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct Segments {
    meta: Count,
    segments: Vec<Segment>,
}

/// A saved segment.
#[derive(Serialize, JsonSchema)]
struct Segment {
    name: String,
    /// Its conditions, in the long form.
    text: String,
    /// What it keeps, such as visitors; rows for what has none of its own.
    of: &'static str,
    admins_only: bool,
    changed_at: String,
}

/// Whom a segment keeps in a period.
#[derive(Serialize, JsonSchema)]
struct CheckedSegment {
    /// Its conditions, in the long form.
    text: String,
    /// What it keeps, such as visitors; rows for what has none of its own.
    of: &'static str,
    from: String,
    to: String,
    counts: SegmentCounts,
}

/// How many a segment keeps; null for what it cannot be asked of.
#[derive(Serialize, JsonSchema)]
struct SegmentCounts {
    visits: Option<u64>,
    visitors: Option<u64>,
    customers: Option<u64>,
    orders: Option<u64>,
}

pub(super) fn routes() -> Vec<Route> {
    const ONE: &str = "/api/v1/sites/{id}/segments/{name}";
    const NAME: &str = "Name of the segment.";
    const THIS: &str = "The segment.";
    vec![
        Route::new(Method::GET, "/api/v1/sites/{id}/segments", Access::Site(Scope::Read), list)
            .says("Lists the saved segments that the caller may see.", "The segments."),
        Route::new(Method::POST, "/api/v1/sites/{id}/segments/check", Access::Site(Scope::Read), check)
            .asks_store()
            .says(
                "Reads a segment and counts the visits, visitors, customers and orders it keeps.",
                "Its text in the long form, and the counts.",
            )
            .refuses(BAD_FILTER)
            .refuses(&[(400, "query.bad_date"), (400, "query.too_many")]),
        Route::new(Method::GET, ONE, Access::Site(Scope::Read), one)
            .says("Shows a saved segment.", THIS)
            .names("name", NAME)
            .refuses(&[(404, "segment.unknown")]),
        Route::new(Method::PUT, ONE, Access::Site(Scope::Edit), put)
            .says("Saves a segment under a name, or changes it.", THIS)
            .names("name", NAME)
            .refuses(BAD_FILTER)
            .refuses(&[(400, "segment.invalid"), (403, "segment.admins_only")]),
        Route::new(Method::DELETE, ONE, Access::Site(Scope::Edit), remove)
            .says("Removes a saved segment.", "It is gone.")
            .names("name", NAME)
            .refuses(&[(403, "segment.admins_only"), (404, "segment.unknown")]),
    ]
}

async fn list(State(app): State<Arc<App>>, site: CurrentSite, granted: Granted) -> Result<Json<Segments>, ApiError> {
    let segments = blocking(move || visible(&app, &site, &granted)).await?;
    let segments: Vec<Segment> = segments.iter().map(shown).collect();
    Ok(Json(Segments { meta: Count { count: segments.len() }, segments }))
}

async fn one(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    granted: Granted,
    Path((_, name)): Path<(u32, String)>,
) -> Result<Json<Segment>, ApiError> {
    let segments = blocking(move || visible(&app, &site, &granted)).await?;
    let found = segments.iter().find(|segment| segment.name == name).ok_or_else(|| unknown(&name))?;
    Ok(Json(shown(found)))
}

fn visible(app: &App, site: &CurrentSite, granted: &Granted) -> Result<Vec<NamedRule>, ApiError> {
    let is_admin = granted.may(site.id(), Scope::Admin);
    let mut segments = app.control.named_rules(site.id(), Naming::Segment)?;
    segments.retain(|segment| is_admin || !segment.admins_only);
    Ok(segments)
}

/// Refuses to let editors touch what only admins see.
fn check_admins_only(app: &App, site: &CurrentSite, granted: &Granted, name: &str) -> Result<(), ApiError> {
    let is_admin = granted.may(site.id(), Scope::Admin);
    let hidden = |segment: &NamedRule| segment.name == name && segment.admins_only;
    if !is_admin && app.control.named_rules(site.id(), Naming::Segment)?.iter().any(hidden) {
        return Err(ApiError::new(StatusCode::FORBIDDEN, "segment.admins_only", "only admins change this segment"));
    }
    Ok(())
}

async fn put(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    granted: Granted,
    Path((_, name)): Path<(u32, String)>,
    Body(new): Body<NewSegment>,
) -> Result<Json<Segment>, ApiError> {
    if !is_name(&name) || ["all", "check", "previous"].contains(&name.as_str()) {
        return Err(ApiError::bad_request("segment.invalid", format!("`{name}` is no name for a segment"))
            .hint("take up to 64 letters, digits, `_` and `-`; `all`, `check` and `previous` mean something else"));
    }
    if new.admins_only && !granted.may(site.id(), Scope::Admin) {
        return Err(ApiError::new(StatusCode::FORBIDDEN, "segment.admins_only", "only admins keep segments to admins"));
    }
    let filter = Filter::parse(&new.text)?;
    if filter.parts.is_empty() {
        return Err(ApiError::bad_request("segment.invalid", "`text` says nothing")
            .hint("write conditions, such as `country = DE`"));
    }
    reports::filter::check(&filter)?;
    // It is kept in the long form, so that it reads the same whatever else a later version understands.
    let rule =
        NamedRule { name, text: filter.texts().join("; "), admins_only: new.admins_only, changed_at: String::new() };
    let stored = blocking(move || {
        check_admins_only(&app, &site, &granted, &rule.name)?;
        Ok::<_, ApiError>(app.control.put_named_rule(site.id(), Naming::Segment, rule, app.clock.now())?)
    })
    .await?;
    Ok(Json(shown(&stored)))
}

async fn remove(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    granted: Granted,
    Path((_, name)): Path<(u32, String)>,
) -> Result<StatusCode, ApiError> {
    let wanted = name.clone();
    let gone = blocking(move || {
        check_admins_only(&app, &site, &granted, &wanted)?;
        Ok::<_, ApiError>(app.control.remove_named_rule(site.id(), Naming::Segment, &wanted)?)
    })
    .await?;
    if gone { Ok(StatusCode::NO_CONTENT) } else { Err(unknown(&name)) }
}

/// Reads a text and counts what it keeps in a period; what it cannot be asked of is null.
async fn check(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    granted: Granted,
    Body(asked): Body<Check>,
) -> Result<Json<CheckedSegment>, ApiError> {
    let today = site.get().settings.timezone.day_of(app.clock.now());
    let (from, to) = default_period(asked.from.as_deref(), asked.to.as_deref(), today);
    let served = Arc::clone(&app);
    let answer = asking(&app, site.id(), move |snapshot| {
        let saved = Saved::of(&served, site.id(), &granted)?;
        let text = saved.text(&asked.text)?;
        let filter = Filter::parse(text)?;
        reports::filter::check(&filter)?;
        let count = |metric| {
            count(snapshot, &site, &saved, [("metrics", metric), ("segment", text), ("from", &from), ("to", &to)])
        };
        let counts = SegmentCounts {
            visits: count("visits")?,
            visitors: count("visitors")?,
            customers: count("customers")?,
            orders: count("orders")?,
        };
        let (text, of) = (filter.texts().join("; "), kept_by(&filter));
        Ok::<_, ApiError>(CheckedSegment { text, of, from, to, counts })
    });
    Ok(Json(answer.await?))
}

fn count(
    snapshot: &Snapshot<'_>,
    site: &CurrentSite,
    saved: &Saved,
    parameters: [(&str, &str); 4],
) -> Result<Option<u64>, ApiError> {
    let mut query = match Query::parse(parameters) {
        Ok(query) => query,
        Err(error) if error.code == "query.not_combinable" => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    query.define(saved.definitions());
    let table = reports::answer(snapshot, site.id(), &site.get().settings, &query)?;
    Ok(match table.totals.first() {
        Some(Cell::Count(count)) => u64::try_from(*count).ok(),
        _ => None,
    })
}

/// Returns what a filter keeps, by its name.
fn kept_by(filter: &Filter) -> &'static str {
    filter.parts.first().and_then(|part| part.of.name()).unwrap_or("rows")
}

fn shown(segment: &NamedRule) -> Segment {
    Segment {
        name: segment.name.clone(),
        text: segment.text.clone(),
        of: kept_by(&Filter::parse(&segment.text).unwrap_or_default()),
        admins_only: segment.admins_only,
        changed_at: segment.changed_at.clone(),
    }
}

fn unknown(name: &str) -> ApiError {
    ApiError::not_found("segment.unknown", format!("there is no saved segment `{name}`"))
}
