//! What a batch touches: the question that the store answers before the batch can be judged.
//!
//! It must name everything that `enrich` will look up, and it knows nothing of what the answer will be.

use crate::recognise::{customer_of, visitor_named};
use commerce::hit::{Dialect, Hit};
use commerce::ids::is_placeholder;
use commerce::state::Keys;
use commerce::{CartKey, CustomerKey, EventKey, OrderKey, Record, SiteId};

/// Returns everything that the batch's records touch.
pub fn keys(batch: &[(u64, Record)]) -> Keys {
    let mut keys = Keys::default();
    for (_, record) in batch {
        match record {
            Record::Hit(hit) => add_hit(&mut keys, hit),
            Record::Settings(r) => drop(keys.sites.insert(r.site)),
            Record::Goals(r) => drop(keys.sites.insert(r.site)),
            Record::Rates(r) => drop(keys.sites.insert(r.site)),
            _ => {}
        }
    }
    keys
}

fn add_hit(keys: &mut Keys, hit: &Hit) {
    let (facts, person) = (&hit.facts, &hit.person);
    let (site, at) = (facts.site, facts.occurred_at);
    keys.sites.insert(site);
    let earliest = keys.events.entry(EventKey::new(site, facts.event_id)).or_insert(at);
    *earliest = at.min(*earliest);
    if let Some(visitor) = visitor_named(hit) {
        let earliest = keys.visitors.entry(visitor).or_insert(at);
        *earliest = at.min(*earliest);
    }
    // Only Matomo's clients are recognised by fingerprint beside an id; ours carry it as the id itself.
    if let (Dialect::Matomo, Some(fingerprint)) = (facts.dialect, person.fingerprint) {
        let window = keys.fingerprints.entry(fingerprint).or_insert((at, at));
        *window = (window.0.min(at), window.1.max(at));
    }
    if let Some(customer) = customer_of(site, person) {
        keys.customers.insert(customer);
    }
    // Carts are looked for by user and by e-mail: who signed in may have been a guest before.
    if let Some(hash) = &person.email_hash {
        keys.customers.insert(CustomerKey::of_email_hash(site, hash));
    }
    if let Some(cart) = facts.cart_id.as_deref().map(str::trim).filter(|id| !is_placeholder(id)) {
        keys.carts.insert(CartKey::of_cart_id(site, cart));
    }
    if let Some(order) = &facts.order {
        add_order(keys, site, &order.order_id, order.aliases.as_deref());
    }
    if let Some(refund) = &facts.refund {
        add_order(keys, site, &refund.order_id, refund.aliases.as_deref());
    }
}

fn add_order(keys: &mut Keys, site: SiteId, order_id: &str, aliases: Option<&[String]>) {
    for id in std::iter::once(order_id).chain(aliases.unwrap_or_default().iter().map(String::as_str)) {
        keys.orders.insert(OrderKey::new(site, id));
    }
}
