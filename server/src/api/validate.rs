//! Trying an event out: `POST /v1/validate` takes what the native endpoints take, stores nothing, and says how it would
//! be read, what is wrong with it and which order it would join.
//!
//! With a token that may send events it is read as at `/v1/events`, else as at `/v1/collect`; without a body the query is
//! read as the pixel's. `/v1/validate/PATH` takes what the client of `PATH` sends, in any dialect. Whether an order is known is told only to holders of a token for the site.

use super::auth::Granted;
use super::hit_detail::{Reading, reading};
use super::signature::schema_of;
use super::{Access, ApiError, Peer, Route, glancing};
use crate::app::App;
use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use collector::accept;
use collector::book::Scope;
use collector::reject::Reject;
use commerce::{Hit, OrderKey, Record, SiteId};
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use store::Snapshot;

/// Events as `/v1/collect` and `/v1/events` take them.
#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "it says what the collector reads")]
struct EventsToTry {
    /// Number or collect key of the site.
    site: Option<NumberOrKey>,
    sent_at: Option<String>,
    events: Vec<Map<String, Value>>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
#[expect(dead_code, reason = "it says what the collector reads")]
enum NumberOrKey {
    Number(u32),
    Key(String),
}

/// How events would be read.
#[derive(Serialize, JsonSchema)]
struct Tried {
    /// The path that they were read as if they had come to.
    read_as: String,
    /// Nothing is.
    stored: bool,
    /// What the client would get.
    answer: TriedAnswer,
    /// One outcome for each event.
    events: Vec<TriedEvent>,
}

#[derive(Serialize, JsonSchema)]
struct TriedAnswer {
    status: u16,
    body: String,
}

#[derive(Serialize, JsonSchema)]
struct TriedEvent {
    /// Its place, from 0.
    i: usize,
    #[serde(flatten)]
    outcome: Option<Outcome>,
}

/// What would become of an event.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[schemars(rename = "TriedOutcome")]
enum Outcome {
    /// It would be stored.
    Accepted {
        event: Box<Reading>,
        /// The order that it speaks of and joins; null if it speaks of none, or the caller may not know.
        order: Option<JoinedOrder>,
    },
    /// It was not understood.
    Quarantined { reason: String, hint: String },
    /// It is valid and would not be counted.
    Excluded { reason: String },
}

#[derive(Serialize, JsonSchema)]
struct JoinedOrder {
    /// Whether a statement names it already.
    known: bool,
    /// The id by which it is known.
    by: String,
    order_id: String,
    /// How many statements tell of it.
    statements: usize,
}

/// What the door may refuse a request for that it only looks at.
const REJECTS: [Reject; 18] = [
    Reject::PathUnknown,
    Reject::TargetTooLong,
    Reject::HeadersTooLarge,
    Reject::BodyTooLarge,
    Reject::EncodingUnknown,
    Reject::EncodingNested,
    Reject::EncodingBroken,
    Reject::BodyTimeout,
    Reject::BodyIncomplete,
    Reject::BodyMalformed,
    Reject::SiteMissing,
    Reject::SiteUnknown,
    Reject::EventsMissing,
    Reject::EventsTooMany,
    Reject::TokenMissing,
    Reject::TokenScope,
    Reject::TokenSite,
    Reject::OriginNotAllowed,
];

pub(super) fn routes() -> Vec<Route> {
    let rejects = REJECTS.map(|reject| (reject.status(), reject.code()));
    let route = |path| {
        Route::new(Method::POST, path, Access::Open, validate)
            .asks_store()
            .in_json::<Tried>()
            .without_body_too()
            .refuses(&rejects)
    };
    vec![
        route("/v1/validate")
            .says(
                "Reads events as the native endpoints do and stores nothing: says how each would be read, what is wrong with it, \
                 and which order it would join. With a token that may send events as /v1/events, else as /v1/collect; without a \
                 body the query is read as the pixel's.",
                "One outcome for each event.",
            )
            .sent_as("application/json", schema_of::<EventsToTry>()),
        route("/v1/validate/{*path}")
            .says(
                "Reads a request as the client of the path after /v1/validate would have it read (any dialect's, such as \
                 /v1/validate/api/track), with its query, headers and body, and stores nothing. Without a body it is read as a \
                 GET.",
                "One outcome for each event, and the answer that the client would get.",
            )
            .names("path", "The client's own path."),
    ]
}

async fn validate(State(app): State<Arc<App>>, granted: Granted, request: Request) -> Result<Response, ApiError> {
    let (parts, body) = request.into_parts();
    let peer = match parts.extensions.get::<Peer>() {
        Some(Peer::Tcp(address)) => *address,
        Some(Peer::DataDir) | None => SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
    };
    let preview = match accept::preview(&app.door, peer, &parts, body).await {
        Ok(preview) => preview,
        Err(refused) => return Ok(refused.map(Body::new)),
    };
    let mut events = Vec::with_capacity(preview.records.len());
    let mut orders = Vec::new();
    for (i, record) in preview.records.iter().enumerate() {
        if let Record::Hit(hit) = record {
            orders.extend(told_of(&granted, hit).map(|(site, ids)| (i, site, ids)));
        }
        events.push(TriedEvent { i, outcome: outcome(record) });
    }
    if let Some(site) = orders.first().map(|(_, site, _)| *site) {
        let joined = glancing(&app, site, move |snapshot| {
            orders.iter().map(|(i, site, ids)| Ok::<_, ApiError>((*i, joined(snapshot, *site, ids)?))).collect()
        });
        let joined: Vec<(usize, JoinedOrder)> = joined.await?;
        for (i, joined) in joined {
            if let Some(Outcome::Accepted { order, .. }) = &mut events[i].outcome {
                *order = Some(joined);
            }
        }
    }
    let body = String::from_utf8_lossy(&preview.answer.body).into_owned();
    let answer = TriedAnswer { status: preview.answer.status, body };
    Ok(Json(Tried { read_as: preview.path, stored: false, answer, events }).into_response())
}

/// Returns what would become of an item; `None` for what no client sends.
fn outcome(record: &Record) -> Option<Outcome> {
    Some(match record {
        Record::Hit(hit) => Outcome::Accepted { event: Box::new(reading(&hit.facts, &hit.person)), order: None },
        Record::Quarantined(quarantined) => {
            let (reason, hint) = (quarantined.reason.clone(), quarantined.hint.clone());
            Outcome::Quarantined { reason, hint }
        }
        Record::Excluded(excluded) => Outcome::Excluded { reason: excluded.reason.name().to_owned() },
        _ => return None,
    })
}

/// Returns the site and the ids of the order that the hit speaks of; `None` if it speaks of none, or the caller may not
/// know.
fn told_of(granted: &Granted, hit: &Hit) -> Option<(SiteId, Vec<String>)> {
    let (site, ids) = (hit.facts.site, ids_of(hit));
    let may_know = [Scope::Ingest, Scope::Read].iter().any(|scope| granted.may(site, *scope));
    (may_know && !ids.is_empty()).then_some((site, ids))
}

/// Returns which order has one of `ids`.
fn joined(snapshot: &Snapshot<'_>, site: SiteId, ids: &[String]) -> Result<JoinedOrder, ApiError> {
    for id in ids {
        if let Some((order_id, statements)) = known(snapshot, site, id)? {
            return Ok(JoinedOrder { known: true, by: id.clone(), order_id, statements });
        }
    }
    Ok(JoinedOrder { known: false, by: ids[0].clone(), order_id: ids[0].clone(), statements: 0 })
}

/// Returns the ids of the order that the hit speaks of, its own first.
fn ids_of(hit: &Hit) -> Vec<String> {
    let order = hit.facts.order.as_ref().map(|order| (&order.order_id, &order.aliases));
    let refund = hit.facts.refund.as_ref().map(|refund| (&refund.order_id, &refund.aliases));
    let Some((id, aliases)) = order.or(refund) else { return Vec::new() };
    std::iter::once(id).chain(aliases.iter().flatten()).cloned().collect()
}

/// Returns the id under which an order is shown, and how many statements tell of it.
fn known(snapshot: &Snapshot<'_>, site: SiteId, id: &str) -> Result<Option<(String, usize)>, ApiError> {
    let found = snapshot.order(site, OrderKey::new(site, id))?;
    Ok(found.map(|found| {
        let order_id = found.order.map_or_else(|| id.to_owned(), |order| order.order_id);
        (order_id, found.facts.len())
    }))
}
