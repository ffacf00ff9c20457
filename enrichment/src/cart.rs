//! Carts: all carts of one owner, as a function of the *set* of statements about them and of the owner's orders.
//!
//! [`fold`] lays statements and orders on one timeline; the order in which they arrived and repetition are nothing to
//! it. Which cart a statement belongs to and what ends one is `timeline.rs`'s business, what a cart then holds
//! `draft.rs`'s, and what a hit says of a cart `fact.rs`'s. Whose a statement is, and what a cart is credited to, is
//! found out by the settling of a batch; that a cart is abandoned or recovered is a matter of time and decided by
//! reports.

mod draft;
mod fact;
mod lines;
mod statement;
mod timeline;

pub(crate) use fact::{fact_of, is_about_a_cart};

use commerce::hit::OrderStatus;
use commerce::rows::CartFactRow;
use commerce::state::{CartHead, SiteState};
use commerce::{CartKey, CustomerKey, EventKey, OrderKey, Timestamp, VisitKey, VisitorKey};

/// Whose carts are folded together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Owner {
    /// A customer, on all their devices.
    Customer(CustomerKey),
    /// A visitor of whom no customer is known.
    Visitor(VisitorKey),
    /// A visit, where the site keeps carts per visit.
    Visit(VisitKey),
    /// A cart id that nobody is known for.
    Cart(CartKey),
    /// One statement that names neither a cart nor anybody ever seen.
    Nobody(EventKey),
}

/// An order, as far as carts are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OwnerOrder {
    /// Its key.
    pub(crate) order: OrderKey,
    /// When it was placed.
    pub(crate) placed_at: Timestamp,
    /// Where it stands.
    pub(crate) status: OrderStatus,
    /// Whether it is a test order.
    pub(crate) test: bool,
    /// The cart that it names by the cart's own id.
    pub(crate) cart: Option<CartKey>,
    /// Whose it is.
    pub(crate) customer: Option<CustomerKey>,
}

impl OwnerOrder {
    /// Says whether the order ends carts: one that failed gives back what it had ended, one that was called off does not.
    fn ends_carts(&self) -> bool {
        self.status != OrderStatus::Failed && !self.test
    }
}

/// Returns all carts of `owner`, by the time at which they began.
///
/// `facts` are all statements about the owner's carts; `orders` all that may end one: the owner's, for
/// [`Owner::Visit`] those of the visit and those that name a cart of it. Each cart's position is the highest of its own
/// statements; its source is still to be found out, and is direct here. Values are in the site's currency at the
/// rate of the cart's last change.
pub(crate) fn fold(site: &SiteState, owner: Owner, facts: &[CartFactRow], orders: &[OwnerOrder]) -> Vec<CartHead> {
    let statements = statement::read(facts, site.settings.currency);
    let orders = ending(owner, orders);
    let drafts = timeline::draw(&site.settings, owner, &statements, &orders);
    drafts.into_iter().map(|draft| draft.into_head(site, owner)).collect()
}

/// Returns the orders that end carts of `owner`, each once, in the order of their dates.
fn ending(owner: Owner, orders: &[OwnerOrder]) -> Vec<OwnerOrder> {
    // What belongs to nobody cannot be ordered by anybody.
    if matches!(owner, Owner::Nobody(_)) {
        return Vec::new();
    }
    let mut orders: Vec<OwnerOrder> = orders.iter().filter(|o| o.ends_carts()).copied().collect();
    orders.sort_by_key(|o| (o.order, o.placed_at));
    orders.dedup_by_key(|o| o.order);
    orders.sort_by_key(|o| (o.placed_at, o.order));
    orders
}

#[cfg(test)]
mod tests;
