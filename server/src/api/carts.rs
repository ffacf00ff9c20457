//! Carts: `GET /api/v1/sites/{id}/carts`, the last changed first, with their items.
//!
//! Whether an open cart is abandoned is a matter of time: the store's clock and the site's `cart_idle_s` decide.

use super::auth::CurrentSite;
use super::cells::key_text;
use super::parameters::Parameters;
use super::{Access, ApiError, Route, blocking};
use crate::app::App;
use axum::Json;
use axum::extract::State;
use collector::book::Scope;
use commerce::money::Quantity;
use commerce::rows::{CartLineRow, CartState};
use commerce::{SiteSettings, Timestamp};
use http::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use store::CartDetail;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::new(Method::GET, "/api/v1/sites/{id}/carts", Access::Site(Scope::Read), list)]
}

async fn list(State(app): State<Arc<App>>, site: CurrentSite, parameters: Parameters) -> Result<Json<Value>, ApiError> {
    parameters.only(&["limit"])?;
    let limit = parameters.limit(50, 1000)?;
    let settings = site.get().settings.clone();
    let (carts, as_of) = blocking(move || {
        let found = app.store.with(|store| store.carts(site.id(), limit).map(|carts| (carts, store.as_of())))??;
        Ok::<_, ApiError>(found)
    })
    .await?;
    let carts: Vec<Value> = carts.iter().map(|cart| shown(cart, &settings, as_of)).collect();
    let meta = json!({ "count": carts.len(), "as_of": as_of.map(|at| at.to_string()) });
    Ok(Json(json!({ "meta": meta, "carts": carts })))
}

fn shown(found: &CartDetail, settings: &SiteSettings, as_of: Option<Timestamp>) -> Value {
    let cart = &found.cart;
    json!({
        "cart": key_text(cart.cart.0),
        "cart_id": cart.cart_id,
        "state": state_name(found, settings, as_of),
        "created_at": cart.created_at.to_string(),
        "changed_at": cart.changed_at.to_string(),
        "ordered_at": cart.ordered_at.map(|at| at.to_string()),
        "currency": cart.currency.code(),
        "value": cart.value.to_string(),
        "value_reporting": cart.reporting_value.map(|v| v.to_string()),
        "units": Quantity(cart.units).to_string(),
        "checkout_step": cart.checkout_step,
        "coupon": cart.coupon,
        "channel": cart.source.channel,
        "has_contact": cart.contact.is_some(),
        "email": cart.email,
        "recovery_url": cart.recovery_url,
        "items": found.lines.iter().map(item).collect::<Vec<_>>(),
    })
}

/// Says `abandoned`, `recovered` or `ordered` where time has decided, else the cart's own state.
fn state_name(found: &CartDetail, settings: &SiteSettings, as_of: Option<Timestamp>) -> &'static str {
    let cart = &found.cart;
    let idle = |until: Option<Timestamp>| {
        until.is_some_and(|until| until.micros_since(cart.changed_at) >= settings.cart_idle_s.saturating_mul(1_000_000))
    };
    match cart.state {
        CartState::Open if idle(as_of) => "abandoned",
        CartState::Ordered if settings.cart_idle_s > 0 && idle(cart.ordered_at) => "recovered",
        state => state.name(),
    }
}

fn item(line: &CartLineRow) -> Value {
    json!({
        "sku": line.product.sku,
        "product": line.product.product,
        "price": line.price.map(|p| p.to_string()),
        "quantity": line.quantity.to_string(),
        "gross": line.gross.to_string(),
    })
}
