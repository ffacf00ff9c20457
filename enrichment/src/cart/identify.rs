//! Which cart a hit is about, and whose it is.
//!
//! Only what the hit itself names is looked at (cart id, user, e-mail, visitor), because only that is loaded for it. A
//! cart keeps the first visitor and the first customer that it had: who is found by whom must not depend on when the
//! store forgot an earlier owner.

use super::{named, within};
use crate::context::HitContext;
use crate::recognise::{user_of, visitor_named};
use crate::work::Work;
use commerce::hit::{Dialect, Origin, names};
use commerce::rows::{CartRow, CartState};
use commerce::{CartKey, CustomerKey, VisitorKey};

/// Returns the carts that the hit can be about: the one it names, the latest of its user, of its e-mail, of its visitor.
pub(super) fn candidates(work: &Work, ctx: &HitContext) -> Vec<CartKey> {
    let of_customer = |customer: Option<CustomerKey>| work.cart_of_customer.get(&customer?).copied();
    // A visitor whom only a cart or an order of the hit's leads to is not loaded with their cart.
    let visitor = ctx.visitor.filter(|v| ctx.dialect() == Dialect::Matomo || visitor_named(ctx.hit) == Some(*v));
    let of_visitor = visitor.and_then(|v| work.cart_of_visitor.get(&v).copied());
    let mut carts: Vec<CartKey> = Vec::with_capacity(4);
    for cart in [named(ctx), of_customer(ctx.customer), of_customer(by_email(ctx)), of_visitor].into_iter().flatten() {
        if !carts.contains(&cart) {
            carts.push(cart);
        }
    }
    carts
}

fn by_email(ctx: &HitContext) -> Option<CustomerKey> {
    let hash = ctx.hit.person.email_hash.as_deref()?;
    Some(CustomerKey::of_email_hash(ctx.site(), hash))
}

/// Returns the visitor as far as a cart can be theirs: one whom only servers speak of was never seen.
pub(super) fn visitor_of(work: &Work, ctx: &HitContext) -> Option<VisitorKey> {
    let own_device = matches!(ctx.facts().origin, Origin::Pixel | Origin::Browser | Origin::App);
    ctx.visitor.filter(|v| own_device || work.visitors.get(v).is_some_and(|v| !v.slots.is_empty()))
}

/// Returns the cart that a change of the hit's belongs to; `None` if it begins one.
pub(super) fn find(work: &Work, ctx: &HitContext) -> Option<CartKey> {
    let takes = |cart: &&CartRow| takes_change(ctx, cart);
    let own_key = named(ctx);
    let own = own_key.and_then(|key| work.carts.get(&key)).map(|head| &head.cart);
    if let Some(own) = own.filter(|cart| !is_over(ctx, cart)) {
        return Some(own.cart);
    }
    if own_key.is_some() && own.is_none() {
        return None;
    }
    let others = candidates(work, ctx).into_iter().filter(|key| Some(*key) != own_key);
    let others = others.filter_map(|key| work.carts.get(&key)).map(|head| &head.cart);
    // Where the hit names a cart that has ended, only the next one of the same id will do.
    let same_id = |cart: &&CartRow| own.is_none_or(|own| own.cart_id == cart.cart_id);
    let latest = others.filter(takes).filter(same_id).reduce(|a, b| if b.changed_at > a.changed_at { b } else { a });
    latest.map(|cart| cart.cart)
}

/// Says whether an order ended the cart before the hit.
fn is_over(ctx: &HitContext, cart: &CartRow) -> bool {
    cart.state == CartState::Ordered && cart.ordered_at.is_none_or(|ordered| ctx.at() > ordered)
}

/// Says whether a cart that the hit does not name can be the one it changes.
fn takes_change(ctx: &HitContext, cart: &CartRow) -> bool {
    let settings = ctx.settings();
    if is_over(ctx, cart) || (settings.cart_per_visit && (ctx.visit.is_none() || cart.visit != ctx.visit)) {
        return false;
    }
    if is_someone_elses(ctx, cart) {
        return false;
    }
    let life_s = match cart.state {
        CartState::Emptied => settings.visit_timeout_s,
        CartState::Open | CartState::Ordered => settings.cart_window_days * 86_400,
    };
    within(ctx.at(), cart.changed_at, life_s)
}

/// Two users at one device have two carts. A guest known by e-mail who then signs in is no other person.
fn is_someone_elses(ctx: &HitContext, cart: &CartRow) -> bool {
    let (Some(user), Some(owner)) = (user_of(ctx.site(), ctx.person()), cart.customer) else { return false };
    let guest = cart.contact.as_deref().map(|hash| CustomerKey::of_email_hash(ctx.site(), hash));
    owner != user && guest != Some(owner)
}

/// Gives the open cart of somebody who says who they are their name and contact. That is no change of the cart.
pub(super) fn apply(work: &mut Work, ctx: &HitContext) {
    if !matches!(ctx.facts().name.as_str(), names::IDENTIFY | names::LOGIN | names::SIGN_UP) {
        return;
    }
    let Some(head) = find(work, ctx).and_then(|cart| work.carts.get(&cart)) else { return };
    let mut named = head.clone();
    named.cart.customer = named.cart.customer.or(ctx.customer);
    contact(ctx, &mut named.cart);
    if named != *head {
        super::lines::number(&mut named, ctx.position);
        work.put_cart(named);
    }
}

/// Notes the contact that the hit names, as far as the site keeps any.
pub(super) fn contact(ctx: &HitContext, cart: &mut CartRow) {
    let person = ctx.person();
    let contact = ctx.settings().contact.as_str();
    if contact == "none" {
        return;
    }
    if person.email_hash.is_some() {
        cart.contact.clone_from(&person.email_hash);
    }
    if contact == "clear" && person.email.is_some() {
        cart.email.clone_from(&person.email);
    }
    if person.recovery_url.is_some() {
        cart.recovery_url.clone_from(&person.recovery_url);
    }
}
