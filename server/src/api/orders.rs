//! Orders: `GET /api/v1/sites/{id}/orders` and `/orders/{order_id}`, the latter with every statement and its source.

use super::auth::CurrentSite;
use super::cells::{Cells, ORIGINS, STATUSES, TRUSTS, rows_as};
use super::order_detail::detail;
use super::parameters::Parameters;
use super::{Access, ApiError, Route, blocking};
use crate::app::App;
use axum::Json;
use axum::extract::{Path, State};
use collector::book::Scope;
use commerce::OrderKey;
use http::Method;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, "/api/v1/sites/{id}/orders", Access::Site(Scope::Read), list),
        Route::new(Method::GET, "/api/v1/sites/{id}/orders/{order_id}", Access::Site(Scope::Read), show),
    ]
}

const LIST: &str = "
select order_id, placed_at, status, counts, test, currency, order_total, r_order_total, units, lines, channel, source,
    medium, campaign, coupon, payment_method, origin, trust, statements
from orders_now
where site = ?
order by placed_at desc, order_id
limit ?
offset ?";

async fn list(State(app): State<Arc<App>>, site: CurrentSite, parameters: Parameters) -> Result<Json<Value>, ApiError> {
    parameters.only(&["limit", "offset"])?;
    let (limit, offset) = (parameters.limit(50, 1000)?, parameters.number("offset", 0, 1_000_000)?);
    let currency = site.get().settings.currency;
    let orders = blocking(move || {
        let found = app.store.with(|store| store.query(LIST, &[site.id().into(), limit.into(), offset.into()]))??;
        Ok::<_, ApiError>(rows_as(&found, summary))
    })
    .await?;
    Ok(Json(json!({ "meta": { "count": orders.len(), "currency": currency.code() }, "orders": orders })))
}

async fn show(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    Path((_, order_id)): Path<(u32, String)>,
) -> Result<Json<Value>, ApiError> {
    let key = OrderKey::new(site.id(), &order_id);
    let found = blocking(move || {
        let found = app.store.with(|store| store.order(site.id(), key))??;
        found.ok_or_else(|| ApiError::not_found("order.unknown", "no statement names this order"))
    })
    .await?;
    Ok(Json(detail(&order_id, &found)))
}

fn summary(order: &Cells<'_>) -> Value {
    json!({
        "order_id": order.text("order_id"),
        "placed_at": order.time("placed_at"),
        "status": order.named("status", STATUSES),
        "counts": order.flag("counts"),
        "test": order.flag("test"),
        "currency": order.text("currency"),
        "order_total": order.amount("order_total"),
        "order_total_reporting": order.amount("r_order_total"),
        "lines": order.number("lines"),
        "channel": order.text("channel"),
        "source": order.text("source"),
        "medium": order.text("medium"),
        "campaign": order.text("campaign"),
        "coupon": order.text("coupon"),
        "payment_method": order.text("payment_method"),
        "origin": order.named("origin", ORIGINS),
        "trust": order.named("trust", TRUSTS),
        "statements": order.number("statements"),
    })
}
