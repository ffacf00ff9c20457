//! Orders: a hit's statement joins its order's ledger, the ledger is folded again, and carts end.
//!
//! The fold is made here and now, with the settings and rates of the statement's own place in the journal, so that the
//! same journal gives the same orders however it is cut into batches. What a statement is worth is the ledger's
//! business. A statement by a bot is not entered: its event stays, labelled.

use crate::cart;
use crate::context::HitContext;
use crate::credit::credited_source;
use crate::ledger;
use crate::work::Work;
use commerce::OrderKey;
use commerce::hit::names;
use commerce::record::to_cbor;
use commerce::rows::{OrderFactPayload, OrderFactRow};

/// Enters what the hit says about an order or refund into the ledger.
pub(crate) fn apply(work: &mut Work, ctx: &HitContext) {
    let Some((kind, order_id)) = subject_of(ctx) else { return };
    if ctx.bot.is_some() {
        return;
    }
    let mut fact = fact_of(work, ctx, kind, order_id);
    link_to_cart(work, ctx, &mut fact);
    let mut facts = std::mem::take(&mut work.orders.entry(fact.order).or_default().facts);
    facts.push(fact.clone());
    // Refunds change no figure yet; they are kept for the day they do.
    if kind != names::REFUND
        && let Some((mut order, mut lines)) = ledger::fold(ctx.site_state, &facts)
    {
        let ended = cart::end(work, ctx, &order);
        if fact.cart.is_none() && ended.is_some() {
            fact.cart = ended;
            facts.pop();
            facts.push(fact.clone());
            (order, lines) = ledger::fold(ctx.site_state, &facts).unwrap_or((order, lines));
        }
        work.put_order(order, lines);
    }
    work.orders.entry(fact.order).or_default().facts = facts;
    work.rows.order_facts.push(fact);
}

/// Returns the kind of statement that the hit makes and the order it is about; `None` if it makes none.
fn subject_of<'a>(ctx: &HitContext<'a>) -> Option<(&'static str, &'a str)> {
    let facts = &ctx.hit.facts;
    let (kind, id) = match (&facts.order, &facts.refund) {
        (Some(order), _) => (kind_of(&facts.name), order.order_id.as_str()),
        (None, Some(refund)) => (names::REFUND, refund.order_id.as_str()),
        (None, None) => return None,
    };
    let id = id.trim();
    (!id.is_empty()).then_some((kind, id))
}

/// Returns the kind of an order statement by its event's name; a dialect's own name is a purchase.
fn kind_of(event_name: &str) -> &'static str {
    match event_name {
        names::ORDER_UPDATE => names::ORDER_UPDATE,
        names::ORDER_STATUS => names::ORDER_STATUS,
        _ => names::PURCHASE,
    }
}

fn fact_of(work: &Work, ctx: &HitContext, kind: &str, order_id: &str) -> OrderFactRow {
    let facts = ctx.facts();
    let source = credited_source(work, ctx);
    // Without a visit and without a word about it, "direct" would be a guess.
    let known = ctx.visit.is_some() || facts.attribution.is_some() || !source.is_direct();
    let landing = facts.attribution.as_ref().and_then(|a| a.landing_page.clone());
    let payload = OrderFactPayload {
        order: facts.order.clone(),
        refund: facts.refund.clone(),
        items: facts.items.clone(),
        flags: facts.flags.unwrap_or(0),
        attribution: facts.attribution.clone(),
    };
    OrderFactRow {
        site: facts.site,
        position: ctx.position,
        order: OrderKey::new(facts.site, order_id),
        order_id: order_id.to_owned(),
        event: ctx.event,
        kind: kind.to_owned(),
        occurred_at: facts.occurred_at,
        received_at: facts.received_at,
        dialect: facts.dialect,
        origin: facts.origin,
        trust: facts.trust,
        visitor: ctx.visitor,
        visit: ctx.visit,
        customer: ctx.customer,
        cart: cart::named(ctx),
        source: known.then_some(source),
        landing_page: landing.or_else(|| work.visit(ctx.visitor, ctx.visit).and_then(|v| v.landing_page.clone())),
        payload: to_cbor(&payload),
    }
}

/// Gives a statement that names a cart and nobody (a server's) what the cart knows: whose it is, and, while the
/// cart's visit still stands, that visit with its source.
fn link_to_cart(work: &Work, ctx: &HitContext, fact: &mut OrderFactRow) {
    let cart = fact.cart.filter(|_| fact.visitor.is_none()).and_then(|cart| work.carts.get(&cart));
    let Some(cart) = cart.map(|head| &head.cart) else { return };
    fact.visitor = cart.visitor;
    fact.source.get_or_insert_with(|| cart.source.clone());
    let idle = fact.occurred_at.micros_since(cart.changed_at);
    if idle < ctx.settings().visit_timeout_s.saturating_mul(1_000_000) {
        fact.visit = cart.visit;
    }
}

#[cfg(test)]
pub(crate) mod stage;
#[cfg(test)]
mod tests;
