//! Trying an event out: `POST /v1/validate` takes what the native endpoints take, stores nothing, and says how it would
//! be read, what is wrong with it and which order it would join.
//!
//! With a token that may send events it is read as at `/v1/events`, else as at `/v1/collect`; without a body the query is
//! read as the pixel's. `/v1/validate/PATH` takes what the client of `PATH` sends, in any dialect. Whether an order is known is told only to holders of a token for the site.

use super::auth::Granted;
use super::hit_detail::reading;
use super::{Access, ApiError, Peer, Route, glancing};
use crate::app::App;
use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use collector::accept;
use collector::book::Scope;
use commerce::{Hit, OrderKey, Record, SiteId};
use http::Method;
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use store::Snapshot;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::POST, "/v1/validate", Access::Open, validate),
        Route::new(Method::POST, "/v1/validate/{*path}", Access::Open, validate),
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
        let mut shown = shown(record);
        if let Record::Hit(hit) = record {
            shown["order"] = Value::Null;
            orders.extend(told_of(&granted, hit).map(|(site, ids)| (i, site, ids)));
        }
        shown["i"] = i.into();
        events.push(shown);
    }
    if let Some(site) = orders.first().map(|(_, site, _)| *site) {
        let joined = glancing(&app, site, move |snapshot| {
            orders.iter().map(|(i, site, ids)| Ok::<_, ApiError>((*i, joined(snapshot, *site, ids)?))).collect()
        });
        let joined: Vec<(usize, Value)> = joined.await?;
        for (i, order) in joined {
            events[i]["order"] = order;
        }
    }
    let answer = json!({ "status": preview.answer.status, "body": String::from_utf8_lossy(&preview.answer.body) });
    let answer = json!({ "read_as": preview.path, "stored": false, "answer": answer, "events": events });
    Ok(Json(answer).into_response())
}

fn shown(record: &Record) -> Value {
    match record {
        Record::Hit(hit) => json!({ "outcome": "accepted", "event": reading(&hit.facts, &hit.person) }),
        Record::Quarantined(quarantined) => {
            json!({ "outcome": "quarantined", "reason": quarantined.reason, "hint": quarantined.hint })
        }
        Record::Excluded(excluded) => json!({ "outcome": "excluded", "reason": excluded.reason.name() }),
        _ => Value::Null,
    }
}

/// Returns the site and the ids of the order that the hit speaks of; `None` if it speaks of none, or the caller may not
/// know.
fn told_of(granted: &Granted, hit: &Hit) -> Option<(SiteId, Vec<String>)> {
    let (site, ids) = (hit.facts.site, ids_of(hit));
    let may_know = [Scope::Ingest, Scope::Read].iter().any(|scope| granted.may(site, *scope));
    (may_know && !ids.is_empty()).then_some((site, ids))
}

/// Returns which order has one of `ids`.
fn joined(snapshot: &Snapshot<'_>, site: SiteId, ids: &[String]) -> Result<Value, ApiError> {
    for id in ids {
        if let Some((order_id, statements)) = known(snapshot, site, id)? {
            return Ok(json!({ "known": true, "by": id, "order_id": order_id, "statements": statements }));
        }
    }
    Ok(json!({ "known": false, "by": ids[0], "order_id": ids[0], "statements": 0 }))
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
