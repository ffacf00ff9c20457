//! Orders: what a hit says about an order or refund becomes a statement in the order's ledger.
//!
//! A statement is kept as it was made: whom it names, what it says, nothing worked out. What the statements of an order
//! come to is the [`ledger`](crate::ledger)'s business, whose order it is and what brought it [`settle`](crate::settle)'s. A
//! statement by a bot is not entered: its event stays, labelled.

use crate::context::HitContext;
use crate::identity::email_of;
use crate::recognise::user_of;
use crate::sessionise::{Weight, weight_of};
use crate::source::stated_source;
use crate::work::Work;
use commerce::hit::names;
use commerce::ids::{is_placeholder, visit_alias};
use commerce::record::to_cbor;
use commerce::rows::{OrderFactPayload, OrderFactRow, OrderIdRow};
use commerce::{CartKey, OrderKey};

/// Enters what the hit says about an order or refund into the ledger.
pub(crate) fn apply(work: &mut Work, ctx: &HitContext) {
    let Some((kind, order_id)) = subject_of(ctx) else { return };
    if ctx.bot.is_some() {
        return;
    }
    let fact = fact_of(work, ctx, kind, order_id);
    for alias_id in aliases_of(ctx) {
        let alias = OrderKey::new(fact.site, alias_id);
        if alias != fact.order && work.ids_known.insert((fact.order, alias)) {
            let alias_id = alias_id.to_owned();
            let row = OrderIdRow { site: fact.site, position: ctx.position, alias, order: fact.order, alias_id };
            work.sales.order_ids.push(row.clone());
            work.rows.order_ids.push(row);
        }
    }
    work.news.orders.insert(fact.order);
    work.sales.order_facts.push(fact.clone());
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

fn aliases_of<'a>(ctx: &HitContext<'a>) -> impl Iterator<Item = &'a str> {
    let facts = &ctx.hit.facts;
    let of_order = facts.order.as_ref().and_then(|o| o.aliases.as_deref());
    let of_refund = facts.refund.as_ref().and_then(|r| r.aliases.as_deref());
    let all = of_order.into_iter().chain(of_refund).flatten();
    all.map(|alias| alias.trim()).filter(|alias| !is_placeholder(alias))
}

fn fact_of(work: &Work, ctx: &HitContext, kind: &str, order_id: &str) -> OrderFactRow {
    let (facts, person) = (ctx.facts(), ctx.person());
    let opens = weight_of(ctx.settings(), &facts.name, facts.origin) == Weight::Opens;
    let stated = facts.attribution.as_ref();
    let source = stated.and_then(|s| stated_source(&work.rules.referrers, ctx.settings(), facts.dialect, s));
    // What a server's own page names is all that it says of the source; a browser's page is part of its visit.
    let source = source.or_else(|| ctx.brought.filter(|_| !opens).cloned());
    let payload = OrderFactPayload {
        order: facts.order.clone(),
        refund: facts.refund.clone(),
        items: facts.items.clone(),
        flags: facts.flags.unwrap_or(0),
        attribution: facts.attribution.clone(),
    };
    let id = |text: &Option<String>| text.as_deref().map(str::trim).filter(|t| !is_placeholder(t)).map(str::to_owned);
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
        visit: ctx.visit.filter(|_| opens),
        visit_alias: id(&person.visit_id).map(|text| visit_alias(facts.site, &text)),
        user: user_of(facts.site, person),
        email: email_of(ctx),
        cart: id(&facts.cart_id).map(|text| CartKey::of_cart_id(facts.site, &text)),
        source,
        landing_page: stated.and_then(|a| a.landing_page.clone()),
        payload: to_cbor(&payload),
    }
}
