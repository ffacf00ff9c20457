//! What a hit says about a cart: the row that is kept of it.
//!
//! Nothing is judged here. What is kept of contacts is as the site's settings have it at the hit's own place in the
//! journal; what consent forbids was left out at the door.

use super::statement::step_rank;
use crate::context::HitContext;
use crate::recognise::user_of;
use commerce::hit::names;
use commerce::ids::is_placeholder;
use commerce::record::to_cbor;
use commerce::rows::{CartFactPayload, CartFactRow};
use commerce::{CartKey, CustomerKey};

/// Returns what the hit says about a cart; `None` if it says nothing about one, and for bots, which have no carts.
pub(crate) fn fact_of(ctx: &HitContext) -> Option<CartFactRow> {
    let facts = ctx.facts();
    if ctx.bot.is_some() || !is_about_a_cart(&facts.name) {
        return None;
    }
    let id = cart_id(ctx);
    let email = ctx.person().email_hash.as_deref().map(str::trim).filter(|hash| !is_placeholder(hash));
    Some(CartFactRow {
        site: facts.site,
        position: ctx.position,
        event: ctx.event,
        kind: facts.name.clone(),
        occurred_at: facts.occurred_at,
        dialect: facts.dialect,
        origin: facts.origin,
        cart: id.map(|id| CartKey::of_cart_id(facts.site, id)),
        cart_id: id.map(str::to_owned),
        visitor: ctx.visitor,
        visit: ctx.visit,
        user: user_of(facts.site, ctx.person()),
        email: email.map(|hash| CustomerKey::of_email_hash(facts.site, hash)),
        payload: to_cbor(&payload_of(ctx)),
    })
}

/// Returns the cart's own id, as far as the hit names one; placeholders are refused as ids.
fn cart_id<'a>(ctx: &HitContext<'a>) -> Option<&'a str> {
    let id = ctx.hit.facts.cart_id.as_deref()?.trim();
    (!is_placeholder(id)).then_some(id)
}

/// Says whether events of this name tell of a cart.
pub(crate) fn is_about_a_cart(event_name: &str) -> bool {
    matches!(event_name, names::CART_UPDATE | names::ADD_TO_CART | names::REMOVE_FROM_CART) || step_rank(event_name) > 0
}

fn payload_of(ctx: &HitContext) -> CartFactPayload {
    let (facts, person, setting) = (ctx.facts(), ctx.person(), ctx.settings().contact.as_str());
    let contacts = setting != "none";
    CartFactPayload {
        cart: facts.cart.clone(),
        items: facts.items.clone(),
        contact: person.email_hash.clone().filter(|_| contacts),
        email: person.email.clone().filter(|_| setting == "clear"),
        recovery_url: person.recovery_url.clone().filter(|_| contacts),
        attribution: facts.attribution.clone(),
        flags: facts.flags.unwrap_or(0),
    }
}
