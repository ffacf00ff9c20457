//! Customers of whom a batch says nothing but what they bought.
//!
//! What a shop's server tells of a sale names a user and an address, no device and no cart. Such news changes none of the
//! customer's earlier orders, so these need not be folded again, however many there are. Whether it really is no news who
//! the address belongs to, only the store knows.

use crate::cart::is_about_a_cart;
use crate::recognise::{customer_of, user_of, visitor_named};
use commerce::hit::{Dialect, names};
use commerce::ids::is_placeholder;
use commerce::state::Keys;
use commerce::{CustomerKey, Hit};
use std::collections::HashSet;

/// Adds the customers whom `hit` names to the buyers of `keys`, or to `others` if it says more of them.
pub(super) fn add(keys: &mut Keys, others: &mut HashSet<CustomerKey>, hit: &Hit) {
    let (site, person) = (hit.facts.site, &hit.person);
    let email = person.email_hash.as_deref().map(|hash| CustomerKey::of_email_hash(site, hash));
    let customers = [customer_of(site, person), email].into_iter().flatten();
    if !names_customers_alone(hit) {
        return others.extend(customers);
    }
    keys.buyers.extend(customers);
    if let (Some(email), Some(user)) = (email, user_of(site, person)) {
        let at = hit.facts.occurred_at;
        let earliest = keys.addresses.entry((email, user)).or_insert(at);
        *earliest = at.min(*earliest);
    }
}

/// Says whether the hit leads from its customers to nothing else: to no visitor, visit or cart.
fn names_customers_alone(hit: &Hit) -> bool {
    let (facts, person) = (&hit.facts, &hit.person);
    let is_id = |text: &Option<String>| text.as_deref().is_some_and(|id| !is_placeholder(id.trim()));
    let is_recognised = facts.dialect == Dialect::Matomo && person.fingerprint.is_some();
    !(visitor_named(hit).is_some()
        || is_recognised
        || is_id(&person.visit_id)
        || is_id(&facts.cart_id)
        || is_about_a_cart(&facts.name)
        || facts.name == names::RESET)
}
