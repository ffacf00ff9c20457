//! Carts: one continues, changes, or begins with a hit, and an order ends it.
//!
//! A cart is known by its own id, else by its customer or visitor, whichever cart of theirs changed last; where the
//! site keeps carts per visit, by its visit alone. What neither is known nor names anybody is kept unlinked. A cart
//! never begins empty, and one that an order ended takes only what was said before that order; later changes begin
//! the next one, the same cart id or not. What arrives late changes no newer lines; equal times apply as they arrive.
//! Abandoned and recovered are matters of time and decided by reports; bots have no carts.

mod identify;
mod lines;

use crate::context::HitContext;
use crate::credit::credited_source;
use crate::ledger::exchange::Exchange;
use crate::work::Work;
use commerce::hit::{CartStatement, Item, OrderStatus, names};
use commerce::ids::is_placeholder;
use commerce::rows::{CartRow, CartState, OrderRow};
use commerce::state::CartHead;
use commerce::{Amount, CartKey, Timestamp};

/// What a hit does to a cart's lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    /// It tells the whole cart.
    Replace,
    /// It puts products in.
    Add,
    /// It takes products out.
    Remove,
    /// It leaves them as they are: a step of the checkout.
    Keep,
}

/// Returns the cart that the hit names by the cart's own id.
pub(crate) fn named(ctx: &HitContext) -> Option<CartKey> {
    cart_id(ctx).map(|id| CartKey::of_cart_id(ctx.site(), id))
}

fn cart_id<'a>(ctx: &HitContext<'a>) -> Option<&'a str> {
    let id = ctx.hit.facts.cart_id.as_deref()?.trim();
    (!is_placeholder(id)).then_some(id)
}

/// Applies what the hit says about a cart.
pub(crate) fn apply(work: &mut Work, ctx: &HitContext) {
    if ctx.bot.is_some() {
        return;
    }
    let Some(change) = change_of(ctx) else {
        return identify::apply(work, ctx);
    };
    let found = identify::find(work, ctx).and_then(|cart| work.carts.get(&cart)).cloned();
    let head = match found {
        Some(head) => head,
        None => match begin(work, ctx, change) {
            Some(head) => head,
            None => return,
        },
    };
    let head = changed(work, ctx, head, change);
    work.put_cart(head);
}

/// Returns what the hit does to a cart, `None` if it says nothing about one.
fn change_of(ctx: &HitContext) -> Option<Change> {
    let facts = ctx.facts();
    match facts.name.as_str() {
        names::CART_UPDATE => {
            let silent = facts.items.is_none() && facts.cart.as_ref().is_none_or(|c| c.value.is_none());
            Some(if silent { Change::Keep } else { Change::Replace })
        }
        names::ADD_TO_CART => Some(Change::Add),
        names::REMOVE_FROM_CART => Some(Change::Remove),
        names::VIEW_CART | names::BEGIN_CHECKOUT | names::ADD_SHIPPING_INFO | names::ADD_PAYMENT_INFO => {
            Some(Change::Keep)
        }
        _ => None,
    }
}

/// Returns a new cart, still empty, if the hit has something to put into it.
fn begin(work: &Work, ctx: &HitContext, change: Change) -> Option<CartHead> {
    let facts = ctx.facts();
    let filled =
        !items(ctx).is_empty() || (change == Change::Replace && stated_value(ctx).is_some_and(|v| v > Amount::ZERO));
    if !filled || change == Change::Remove {
        return None;
    }
    let visitor = identify::visitor_of(work, ctx);
    let own_key = named(ctx);
    let cart = match own_key {
        Some(key) if !work.carts.contains_key(&key) => key,
        // The cart of this id has ended; without anybody to know the next one by, it could never be found again.
        Some(_) if visitor.is_none() && ctx.customer.is_none() => return None,
        _ => CartKey::of_first_event(facts.site, ctx.event),
    };
    let row = CartRow {
        site: facts.site,
        position: ctx.position,
        cart,
        cart_id: cart_id(ctx).map(str::to_owned),
        visitor,
        customer: ctx.customer,
        visit: ctx.visit,
        created_at: facts.occurred_at,
        changed_at: facts.occurred_at,
        replaced_at: None,
        state: CartState::Emptied,
        order: None,
        ordered_at: None,
        currency: statement(ctx).and_then(|s| s.currency).unwrap_or(ctx.settings().currency),
        value: Amount::ZERO,
        reporting_value: None,
        units: 0,
        checkout_step: None,
        coupon: None,
        source: credited_source(work, ctx),
        contact: None,
        email: None,
        recovery_url: None,
    };
    Some(CartHead { cart: row, lines: Vec::new() })
}

/// Returns `head` after the hit's `change`.
fn changed(work: &Work, ctx: &HitContext, mut head: CartHead, change: Change) -> CartHead {
    let (at, statement) = (ctx.at(), statement(ctx));
    let late = at < head.cart.changed_at;
    let fresh = head.lines.is_empty() && head.cart.state != CartState::Ordered;
    match change {
        Change::Replace if !late => {
            head.cart.currency = statement.and_then(|s| s.currency).unwrap_or(ctx.settings().currency);
            head.lines = lines::of(items(ctx));
            head.cart.replaced_at = Some(at);
            head.cart.value = stated_value(ctx).unwrap_or_else(|| lines::value(&mut head));
        }
        // What was put in before the whole cart was told is part of what was told.
        Change::Add | Change::Remove if head.cart.replaced_at.is_none_or(|whole| whole <= at) => {
            let currency = statement.and_then(|s| s.currency).unwrap_or(ctx.settings().currency);
            if change == Change::Add {
                lines::add(&mut head, items(ctx), currency);
            } else {
                lines::remove(&mut head, items(ctx));
            }
            head.cart.value = lines::value(&mut head);
        }
        // A checkout shows the whole cart, which counts only where nothing is known of it.
        Change::Keep if fresh && !items(ctx).is_empty() => {
            head.lines = lines::of(items(ctx));
            head.cart.value = stated_value(ctx).unwrap_or_else(|| lines::value(&mut head));
        }
        _ => {}
    }
    describe(work, ctx, &mut head.cart, late);
    identify::contact(ctx, &mut head.cart);
    settle(ctx, &mut head);
    head
}

/// Notes who, where and how far, besides the lines.
fn describe(work: &Work, ctx: &HitContext, cart: &mut CartRow, late: bool) {
    let (at, statement) = (ctx.at(), statement(ctx));
    cart.created_at = cart.created_at.min(at);
    cart.changed_at = cart.changed_at.max(at);
    cart.visitor = cart.visitor.or_else(|| identify::visitor_of(work, ctx));
    cart.customer = cart.customer.or(ctx.customer);
    cart.visit = if late { cart.visit.or(ctx.visit) } else { ctx.visit.or(cart.visit) };
    if cart.source.is_direct() {
        cart.source = credited_source(work, ctx);
    }
    if let Some(coupon) = statement.and_then(|s| s.coupon.as_ref()).filter(|_| !late || cart.coupon.is_none()) {
        cart.coupon = Some(coupon.clone());
    }
    if let Some(step) = statement.and_then(|s| s.checkout_step.as_ref()) {
        if !late || cart.checkout_step.is_none() {
            cart.checkout_step = Some(step.clone());
        }
    } else if step_rank(&ctx.facts().name) > cart.checkout_step.as_deref().map_or(0, step_rank) {
        // The step is how far the customer came: a look back at the cart does not undo it.
        cart.checkout_step = Some(ctx.facts().name.clone());
    }
}

/// Returns how far the checkout step of this name is, 0 for other events; a shop's own step names are beyond compare.
fn step_rank(name: &str) -> u8 {
    match name {
        names::VIEW_CART => 1,
        names::BEGIN_CHECKOUT => 2,
        names::ADD_SHIPPING_INFO => 3,
        names::ADD_PAYMENT_INFO => 4,
        names::CART_UPDATE | names::ADD_TO_CART | names::REMOVE_FROM_CART => 0,
        _ => u8::MAX,
    }
}

/// Brings sums, state and the version's position into line with the cart's lines.
fn settle(ctx: &HitContext, head: &mut CartHead) {
    lines::number(head, ctx.position);
    let exchange = Exchange::on(ctx.site_state, head.cart.currency, head.cart.changed_at);
    lines::convert(head, &exchange);
    let cart = &mut head.cart;
    cart.units = head.lines.iter().fold(0, |sum: i64, line| sum.saturating_add(line.quantity.0));
    cart.reporting_value = exchange.convert(cart.value);
    if cart.state != CartState::Ordered {
        cart.state = state_of(cart.value, head.lines.is_empty());
    }
}

fn state_of(value: Amount, without_lines: bool) -> CartState {
    if without_lines && value <= Amount::ZERO { CartState::Emptied } else { CartState::Open }
}

/// Ends the carts that `order`, of which the hit makes a statement, was placed from; returns the first of them.
///
/// An order that failed gives back a cart that it had ended.
pub(crate) fn end(work: &mut Work, ctx: &HitContext, order: &OrderRow) -> Option<CartKey> {
    let placed = matches!(order.status, OrderStatus::Pending | OrderStatus::Confirmed) && !order.test;
    let mut first = None;
    let mut changed = Vec::new();
    for key in identify::candidates(work, ctx) {
        let Some(head) = work.carts.get(&key) else { continue };
        let ours = head.cart.order == Some(order.order);
        let ends = placed && head.cart.order.is_none_or(|_| ours) && was_placed_from(ctx, &head.cart, order);
        if ends {
            first = first.or(Some(key));
        }
        let state = match (ends, ours) {
            (true, true) if head.cart.ordered_at == Some(order.placed_at) => continue,
            (true, _) => CartState::Ordered,
            (false, true) if order.status == OrderStatus::Failed => state_of(head.cart.value, head.lines.is_empty()),
            (false, _) => continue,
        };
        let mut head = head.clone();
        head.cart.state = state;
        head.cart.order = ends.then_some(order.order);
        head.cart.ordered_at = ends.then_some(order.placed_at);
        head.cart.customer = head.cart.customer.or(order.customer);
        lines::number(&mut head, ctx.position);
        changed.push(head);
    }
    // Of two carts that change with one record, the store takes the one with the larger key for the later.
    changed.sort_by_key(|head| head.cart.cart);
    for head in changed {
        work.put_cart(head);
    }
    first
}

/// Says whether `order` came at a time, and in the visit, where it can be this cart's.
fn was_placed_from(ctx: &HitContext, cart: &CartRow, order: &OrderRow) -> bool {
    let settings = ctx.settings();
    let idle_s = order.placed_at.micros_since(cart.changed_at) / 1_000_000;
    // A shop that empties the cart as it takes the order does so moments before or after; later it is another matter.
    let window_s =
        if cart.state == CartState::Emptied { settings.visit_timeout_s } else { settings.cart_window_days * 86_400 };
    let in_scope =
        !settings.cart_per_visit || named(ctx) == Some(cart.cart) || (ctx.visit.is_some() && cart.visit == ctx.visit);
    in_scope && cart.created_at <= order.placed_at && idle_s <= window_s
}

fn statement<'a>(ctx: &HitContext<'a>) -> Option<&'a CartStatement> {
    ctx.hit.facts.cart.as_ref()
}

fn items<'a>(ctx: &HitContext<'a>) -> &'a [Item] {
    ctx.hit.facts.items.as_deref().unwrap_or_default()
}

fn stated_value(ctx: &HitContext) -> Option<Amount> {
    statement(ctx).and_then(|s| s.value)
}

/// Says whether two times lie no more than `seconds` apart.
fn within(a: Timestamp, b: Timestamp, seconds: i64) -> bool {
    a.micros_since(b).saturating_abs() <= seconds.saturating_mul(1_000_000)
}

#[cfg(test)]
mod tests;
