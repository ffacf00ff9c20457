//! Carts: `GET /api/v1/sites/{id}/carts`, the last changed first, and `/carts/{cart_id}`, one of them.
//!
//! Whether an open cart is abandoned is a matter of time: the store's clock, or the time asked for, and the site's
//! `cart_idle_s` decide.

use super::auth::{CurrentSite, Granted};
use super::cells::key_text;
use super::order_detail::{Attribution, source};
use super::parameters::{AS_OF, FILTER, FROM, OFFSET, Parameter, Parameters, Path, SEGMENT, TO, Takes, limit};
use super::person::{ShownMailing, ShownPerson, mailing, person};
use super::saved::{BAD_FILTER, narrowed};
use super::values::PartOfList;
use super::{Access, ApiError, Route, asking, glancing};
use crate::app::App;
use axum::Json;
use axum::extract::State;
use collector::book::Scope;
use commerce::money::{Amount, Quantity};
use commerce::rows::CartLineRow;
use commerce::{CartKey, SiteId, SiteSettings, Timestamp};
use http::Method;
use reports::kept::Listed;
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;
use store::{CartDetail, CartQuery, CartQueryState, Snapshot};

#[derive(Serialize, JsonSchema)]
struct Carts {
    meta: CartsMeta,
    carts: Vec<ShownCart>,
}

#[derive(Serialize, JsonSchema)]
struct CartsMeta {
    #[serde(flatten)]
    part: PartOfList,
    /// The instant that decided which carts are abandoned; null before the first record.
    as_of: Option<String>,
}

/// A cart with its state.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Cart")]
pub(super) struct ShownCart {
    /// Key of 16 hexadecimal digits.
    cart: String,
    /// The shop's id of it.
    cart_id: Option<String>,
    #[schemars(extend("enum" = STATES.map(CartQueryState::name)))]
    state: &'static str,
    created_at: String,
    changed_at: String,
    /// Key of the order it became.
    order: Option<String>,
    ordered_at: Option<String>,
    /// Of its amounts, ISO 4217.
    currency: String,
    value: String,
    /// In the site's currency; null without a rate.
    value_reporting: Option<String>,
    units: String,
    /// The last step of the checkout that it reached.
    checkout_step: Option<String>,
    coupon: Option<String>,
    channel: String,
    source: String,
    medium: String,
    campaign: Option<String>,
    attribution: Attribution,
    mailing: Option<ShownMailing>,
    visitor: Option<String>,
    customer: Option<String>,
    person: Option<ShownPerson>,
    has_contact: bool,
    contact: Option<String>,
    email: Option<String>,
    recovery_url: Option<String>,
    items: Vec<CartItem>,
}

#[derive(Serialize, JsonSchema)]
struct CartWithEarlier {
    #[serde(flatten)]
    cart: ShownCart,
    /// Earlier carts of the same id.
    earlier: Vec<ShownCart>,
}

#[derive(Serialize, JsonSchema)]
struct CartItem {
    sku: String,
    product: Option<String>,
    brand: Option<String>,
    variant: Option<String>,
    categories: Vec<String>,
    price: Option<String>,
    quantity: String,
    gross: String,
}

const STATES: [CartQueryState; 6] = [
    CartQueryState::Open,
    CartQueryState::Abandoned,
    CartQueryState::Emptied,
    CartQueryState::Ordered,
    CartQueryState::Recovered,
    CartQueryState::Unlinked,
];

const LIMIT_MAX: u32 = 1000;

pub(super) fn routes() -> Vec<Route> {
    const STATE: Parameter =
        Parameter::new("state", Takes::Word(|| STATES.map(CartQueryState::name).to_vec()), "Only carts in this state.");
    const MIN_VALUE: Parameter =
        Parameter::new("min_value", Takes::Text, "Only carts worth so much in the site's currency.");
    let (from, to) = (FROM.meaning("First day of the last change."), TO.meaning("Last day of the last change."));
    vec![
        Route::new(Method::GET, "/api/v1/sites/{id}/carts", Access::Site(Scope::Read), list)
            .asks_store()
            .says(
                "Lists carts, the last changed first, with items, value, step, contact, campaign and recovery URL.",
                "Carts, and how many there are in all.",
            )
            .takes([STATE, MIN_VALUE, from, to, AS_OF, limit(LIMIT_MAX), OFFSET, FILTER, SEGMENT])
            .refuses(BAD_FILTER),
        Route::new(Method::GET, "/api/v1/sites/{id}/carts/{cart_id}", Access::Site(Scope::Read), show)
            .asks_store()
            .says("Shows a cart and the earlier ones of the same id.", "The cart.")
            .names("cart_id", "The shop's cart id, or our key of 16 hexadecimal digits.")
            .takes([AS_OF])
            .refuses(&[(404, "cart.unknown")]),
    ]
}

async fn list(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    granted: Granted,
    parameters: Parameters,
) -> Result<Json<Carts>, ApiError> {
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
    let carts: Vec<ShownCart> = page.carts.iter().map(|cart| judge.shown(cart)).collect();
    let part =
        PartOfList { count: carts.len(), total: page.total, offset, currency: currency.code().to_owned(), filters };
    Ok(Json(Carts { meta: CartsMeta { part, as_of: as_of.map(|at| at.to_string()) }, carts }))
}

fn read_query(parameters: &Parameters, settings: &SiteSettings) -> Result<CartQuery, ApiError> {
    let zone = &settings.timezone;
    let invalid = |what: &str| ApiError::bad_request("parameter.invalid", what);
    let min_value = parameters.get("min_value").map(Amount::parse).transpose();
    Ok(CartQuery {
        state: parameters.one_of("state", &STATES.map(CartQueryState::name))?.map(|at| STATES[at]),
        idle_s: settings.cart_idle_s,
        as_of: Timestamp(0),
        from: parameters.day("from")?.map(|day| zone.start_of(day)),
        to: parameters.day("to")?.and_then(|day| day.tomorrow().ok()).map(|next| zone.start_of(next)),
        limit: parameters.limit(50, LIMIT_MAX)?,
        offset: parameters.offset()?,
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
) -> Result<Json<CartWithEarlier>, ApiError> {
    let asked = as_of(&parameters)?;
    let idle_s = site.get().settings.cart_idle_s;
    let shown = glancing(&app, site.id(), move |snapshot| {
        let found = carts_of(snapshot, site.id(), &cart_id)?;
        let judge = Judge { idle_s, as_of: asked.or(snapshot.as_of()?) };
        let (latest, earlier) =
            found.split_first().ok_or_else(|| ApiError::not_found("cart.unknown", "there is no such cart"))?;
        let earlier = earlier.iter().map(|cart| judge.shown(cart)).collect();
        Ok::<_, ApiError>(CartWithEarlier { cart: judge.shown(latest), earlier })
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
    pub(super) fn shown(self, found: &CartDetail) -> ShownCart {
        let cart = &found.cart;
        let state = CartQueryState::of(cart, self.idle_s, self.as_of.unwrap_or(Timestamp(0)));
        ShownCart {
            cart: key_text(cart.cart.0),
            cart_id: cart.cart_id.clone(),
            state: state.name(),
            created_at: cart.created_at.to_string(),
            changed_at: cart.changed_at.to_string(),
            order: cart.order.map(|k| key_text(k.0)),
            ordered_at: cart.ordered_at.map(|at| at.to_string()),
            currency: cart.currency.code().to_owned(),
            value: cart.value.to_string(),
            value_reporting: cart.reporting_value.map(|v| v.to_string()),
            units: Quantity(cart.units).to_string(),
            checkout_step: cart.checkout_step.clone(),
            coupon: cart.coupon.clone(),
            channel: cart.source.channel.clone(),
            source: cart.source.source.clone(),
            medium: cart.source.medium.clone(),
            campaign: cart.source.campaign.clone(),
            attribution: source(&cart.source),
            mailing: found.mailing.as_ref().map(mailing),
            visitor: cart.visitor.map(|k| key_text(k.0)),
            customer: cart.customer.map(|k| key_text(k.0)),
            person: found.person.as_ref().map(person),
            has_contact: cart.contact.is_some(),
            contact: cart.contact.clone(),
            email: cart.email.clone(),
            recovery_url: cart.recovery_url.clone(),
            items: found.lines.iter().map(item).collect(),
        }
    }
}

fn item(line: &CartLineRow) -> CartItem {
    CartItem {
        sku: line.product.sku.clone(),
        product: line.product.product.clone(),
        brand: line.product.brand.clone(),
        variant: line.product.variant.clone(),
        categories: line.product.categories.clone(),
        price: line.price.map(|p| p.to_string()),
        quantity: line.quantity.to_string(),
        gross: line.gross.to_string(),
    }
}
