//! What a batch touches: the question that the store answers before the batch can be judged.
//!
//! It must name everything that `enrich` will look up, and it knows nothing of what the answer will be.

mod buyers;
mod group;

use crate::cart::is_about_a_cart;
use crate::recognise::{customer_of, visitor_named};
use commerce::hit::{Dialect, Hit, names};
use commerce::ids::{is_placeholder, visit_alias};
use commerce::record::RatesRecord;
use commerce::state::{FingerprintUse, Keys};
use commerce::{CartKey, CustomerKey, EventKey, OrderKey, Record, SiteId};
use std::collections::HashSet;

/// Returns everything that the batch's records touch.
pub fn keys(batch: &[(u64, Record)]) -> Keys {
    let mut keys = Keys::default();
    let mut links = Vec::new();
    let mut others = HashSet::new();
    for (_, record) in batch {
        match record {
            Record::Hit(hit) => {
                add_hit(&mut keys, hit);
                buyers::add(&mut keys, &mut others, hit);
                links.extend(visitor_named(hit).zip(hit.person.fingerprint));
            }
            Record::Settings(r) => drop(keys.sites.insert(r.site)),
            Record::Goals(r) => drop(keys.sites.insert(r.site)),
            Record::Rates(r) => add_rates(&mut keys, r),
            Record::ProductCosts(r) => drop(keys.sites.insert(r.site)),
            Record::AdCosts(r) => drop(keys.sites.insert(r.site)),
            _ => {}
        }
    }
    keys.buyers.retain(|customer| !others.contains(customer));
    group::join(&mut keys, links);
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
        let unused = FingerprintUse { first: at, last: at, visitor: None };
        let known = keys.fingerprints.entry(fingerprint).or_insert(unused);
        (known.first, known.last) = (known.first.min(at), known.last.max(at));
    }
    if let Some(customer) = customer_of(site, person) {
        keys.customers.insert(customer);
    }
    // Who signed in may have been a guest before, known by e-mail.
    if let Some(hash) = &person.email_hash {
        keys.customers.insert(CustomerKey::of_email_hash(site, hash));
    }
    let names_somebody = customer_of(site, person).is_some() || facts.name == names::RESET;
    if names_somebody || facts.order.is_some() || facts.refund.is_some() || is_about_a_cart(&facts.name) {
        keys.people.extend(visitor_named(hit));
    }
    let alias = person.visit_id.as_deref().map(str::trim).filter(|id| !is_placeholder(id));
    if let Some(alias) = alias {
        keys.visit_aliases.entry(visit_alias(site, alias)).or_default().extend(visitor_named(hit));
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

fn add_rates(keys: &mut Keys, record: &RatesRecord) {
    keys.sites.insert(record.site);
    for rate in &record.rates {
        let first =
            keys.rates.entry((record.site, rate.currency.code().to_owned())).or_insert_with(|| rate.day.clone());
        if rate.day < *first {
            first.clone_from(&rate.day);
        }
    }
}

fn add_order(keys: &mut Keys, site: SiteId, order_id: &str, aliases: Option<&[String]>) {
    for id in std::iter::once(order_id).chain(aliases.unwrap_or_default().iter().map(String::as_str)) {
        keys.orders.insert(OrderKey::new(site, id));
    }
}
