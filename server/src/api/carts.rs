//! Carts: `GET /api/v1/sites/{id}/carts`, the last changed first, and `/carts/{cart_id}`, one of them.
//!
//! Whether an open cart is abandoned is a matter of time: the store's clock, or the time asked for, and the site's
//! `cart_idle_s` decide.

use super::auth::{CurrentSite, Granted};
use super::cells::key_text;
use super::order_detail::source;
use super::parameters::Parameters;
use super::person::{mailing, person};
use super::saved::narrowed;
use super::{Access, ApiError, Route, asking, glancing};
use crate::app::App;
use axum::Json;
use axum::extract::{Path, State};
use collector::book::Scope;
use commerce::money::{Amount, Quantity};
use commerce::rows::CartLineRow;
use commerce::{CartKey, SiteId, SiteSettings, Timestamp};
use http::Method;
use reports::kept::Listed;
use serde_json::{Value, json};
use std::sync::Arc;
use store::{CartDetail, CartQuery, CartQueryState, Snapshot};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, "/api/v1/sites/{id}/carts", Access::Site(Scope::Read), list),
        Route::new(Method::GET, "/api/v1/sites/{id}/carts/{cart_id}", Access::Site(Scope::Read), show),
    ]
}

async fn list(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    granted: Granted,
    parameters: Parameters,
) -> Result<Json<Value>, ApiError> {
    parameters.only(&["state", "min_value", "from", "to", "as_of", "limit", "offset", "filter", "segment"])?;
    let settings = site.get().settings.clone();
    let query = read_query(&parameters, &settings)?;
    let asked = as_of(&parameters)?;
    let (offset, currency, idle_s) = (query.offset, settings.currency, settings.cart_idle_s);
    let served = Arc::clone(&app);
    let (page, as_of, filters) = asking(&app, site.id(), move |snapshot| {
        let as_of = asked.or(snapshot.as_of()?);
        let listed = (Listed::Carts, as_of);
        let narrowed = narrowed(&served, (site.id(), &settings), &granted, &parameters, listed)?;
        // Before the first record there is no time, and no cart either.
        let query = CartQuery { as_of: as_of.unwrap_or(Timestamp(0)), kept: narrowed.kept, ..query };
        Ok::<_, ApiError>((snapshot.carts(site.id(), &query)?, as_of, narrowed.filters))
    })
    .await?;
    let judge = Judge { idle_s, as_of };
    let carts: Vec<Value> = page.carts.iter().map(|cart| judge.shown(cart)).collect();
    let meta = json!({
        "count": carts.len(),
        "total": page.total,
        "offset": offset,
        "currency": currency.code(),
        "as_of": as_of.map(|at| at.to_string()),
        "filters": filters,
    });
    Ok(Json(json!({ "meta": meta, "carts": carts })))
}

fn read_query(parameters: &Parameters, settings: &SiteSettings) -> Result<CartQuery, ApiError> {
    const STATES: [CartQueryState; 6] = [
        CartQueryState::Open,
        CartQueryState::Abandoned,
        CartQueryState::Emptied,
        CartQueryState::Ordered,
        CartQueryState::Recovered,
        CartQueryState::Unlinked,
    ];
    let zone = &settings.timezone;
    let invalid = |what: &str| ApiError::bad_request("parameter.invalid", what);
    let min_value = parameters.get("min_value").map(Amount::parse).transpose();
    Ok(CartQuery {
        state: parameters.one_of("state", &STATES.map(CartQueryState::name))?.map(|at| STATES[at]),
        idle_s: settings.cart_idle_s,
        as_of: Timestamp(0),
        from: parameters.day("from")?.map(|day| zone.start_of(day)),
        to: parameters.day("to")?.and_then(|day| day.tomorrow().ok()).map(|next| zone.start_of(next)),
        limit: parameters.limit(50, 1000)?,
        offset: parameters.number("offset", 0, 10_000_000)?,
        min_value: min_value.map_err(|_| invalid("`min_value` takes an amount such as 20.00"))?.map(|p| p.value),
        kept: None,
    })
}

fn as_of(parameters: &Parameters) -> Result<Option<Timestamp>, ApiError> {
    let Some(text) = parameters.get("as_of") else { return Ok(None) };
    let wrong = || ApiError::bad_request("parameter.invalid", "`as_of` takes a time such as 2026-03-02T10:00:00Z");
    Timestamp::parse(text).map(Some).ok_or_else(wrong)
}

async fn show(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    parameters: Parameters,
    Path((_, cart_id)): Path<(u32, String)>,
) -> Result<Json<Value>, ApiError> {
    parameters.only(&["as_of"])?;
    let asked = as_of(&parameters)?;
    let idle_s = site.get().settings.cart_idle_s;
    let shown = glancing(&app, site.id(), move |snapshot| {
        let found = carts_of(snapshot, site.id(), &cart_id)?;
        let judge = Judge { idle_s, as_of: asked.or(snapshot.as_of()?) };
        let (latest, earlier) =
            found.split_first().ok_or_else(|| ApiError::not_found("cart.unknown", "there is no such cart"))?;
        let mut shown = judge.shown(latest);
        shown["earlier"] = earlier.iter().map(|cart| judge.shown(cart)).collect();
        Ok::<_, ApiError>(shown)
    });
    Ok(Json(shown.await?))
}

/// An id may name several carts: after an order, the next one of the same id begins anew.
const OF_ID: &str = "
select cart
from carts_now
where site = ? and (cart_id = ? or cart = ?)
order by changed_at desc, cart
limit 100";

/// Returns the carts of a cart id, or of a key as 16 hexadecimal digits, the last changed first.
fn carts_of(snapshot: &Snapshot<'_>, site: SiteId, cart_id: &str) -> Result<Vec<CartDetail>, ApiError> {
    let key = key_of_text(cart_id).unwrap_or(0);
    let found = snapshot.query(OF_ID, &[site.into(), cart_id.into(), store::Value::UInt(key)])?;
    let keys = found.rows.iter().filter_map(|row| row.first()?.as_u64());
    let mut carts = Vec::new();
    for key in keys {
        carts.extend(snapshot.cart(site, CartKey(key))?);
    }
    Ok(carts)
}

/// Returns the key that 16 hexadecimal digits name, `None` for any other text.
pub(super) fn key_of_text(text: &str) -> Option<u64> {
    let is_key = text.len() == 16 && text.bytes().all(|b| b.is_ascii_hexdigit());
    if is_key { u64::from_str_radix(text, 16).ok() } else { None }
}

/// What decides whether a cart is abandoned.
#[derive(Clone, Copy)]
pub(super) struct Judge {
    /// The site's `cart_idle_s`.
    pub(super) idle_s: i64,
    /// The time; `None` before the first record.
    pub(super) as_of: Option<Timestamp>,
}

impl Judge {
    /// Returns the cart with its state.
    pub(super) fn shown(self, found: &CartDetail) -> Value {
        let cart = &found.cart;
        let state = CartQueryState::of(cart, self.idle_s, self.as_of.unwrap_or(Timestamp(0)));
        json!({
            "cart": key_text(cart.cart.0),
            "cart_id": cart.cart_id,
            "state": state.name(),
            "created_at": cart.created_at.to_string(),
            "changed_at": cart.changed_at.to_string(),
            "order": cart.order.map(|k| key_text(k.0)),
            "ordered_at": cart.ordered_at.map(|at| at.to_string()),
            "currency": cart.currency.code(),
            "value": cart.value.to_string(),
            "value_reporting": cart.reporting_value.map(|v| v.to_string()),
            "units": Quantity(cart.units).to_string(),
            "checkout_step": cart.checkout_step,
            "coupon": cart.coupon,
            "channel": cart.source.channel,
            "source": cart.source.source,
            "medium": cart.source.medium,
            "campaign": cart.source.campaign,
            "attribution": source(&cart.source),
            "mailing": found.mailing.as_ref().map(mailing),
            "visitor": cart.visitor.map(|k| key_text(k.0)),
            "customer": cart.customer.map(|k| key_text(k.0)),
            "person": found.person.as_ref().map(person),
            "has_contact": cart.contact.is_some(),
            "contact": cart.contact,
            "email": cart.email,
            "recovery_url": cart.recovery_url,
            "items": found.lines.iter().map(item).collect::<Vec<_>>(),
        })
    }
}

fn item(line: &CartLineRow) -> Value {
    json!({
        "sku": line.product.sku,
        "product": line.product.product,
        "brand": line.product.brand,
        "variant": line.product.variant,
        "categories": line.product.categories,
        "price": line.price.map(|p| p.to_string()),
        "quantity": line.quantity.to_string(),
        "gross": line.gross.to_string(),
    })
}
