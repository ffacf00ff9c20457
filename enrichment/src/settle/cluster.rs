//! Which statements are of one order: those that share an id, directly or by way of others.
//!
//! The order stands under one of the ids that its statements give: not one that another statement names as an alias
//! (a payment's id yields to the shop's), and of several the smallest, so that no order of arrival decides.

use crate::ledger::links::Links;
use commerce::rows::{OrderFactRow, OrderIdRow};
use commerce::{OrderKey, SiteId};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// The statements of one order.
#[derive(Debug)]
pub(super) struct Cluster {
    pub(super) site: SiteId,
    /// Keys of the ids under which its statements are kept.
    pub(super) keys: BTreeSet<OrderKey>,
    /// Its statements, each event once, by event.
    pub(super) facts: Vec<OrderFactRow>,
    /// The id under which it is shown.
    pub(super) order_id: String,
}

impl Cluster {
    /// Returns links that say nothing but which order it is.
    pub(super) fn bare_links(&self) -> Links {
        Links::bare(OrderKey::new(self.site, &self.order_id), &self.order_id)
    }
}

/// Returns the clusters of `facts`, in the order of their smallest keys.
pub(super) fn of(facts: &[OrderFactRow], ids: &[OrderIdRow]) -> Vec<Cluster> {
    let mut roots = Roots::default();
    for row in ids {
        roots.join(row.alias, row.order);
    }
    let aliases: HashSet<OrderKey> = ids.iter().map(|row| row.alias).collect();
    let mut clusters: BTreeMap<OrderKey, Vec<&OrderFactRow>> = BTreeMap::new();
    for fact in facts {
        clusters.entry(roots.of(fact.order)).or_default().push(fact);
    }
    clusters.into_values().filter_map(|facts| cluster(&facts, &aliases)).collect()
}

fn cluster(facts: &[&OrderFactRow], aliases: &HashSet<OrderKey>) -> Option<Cluster> {
    let mut facts: Vec<OrderFactRow> = facts.iter().map(|f| (*f).clone()).collect();
    facts.sort_by_key(|f| (f.event, f.position));
    facts.dedup_by_key(|f| f.event);
    let best = facts.iter().min_by_key(|f| (aliases.contains(&f.order), &f.order_id))?;
    let (site, order_id) = (best.site, best.order_id.clone());
    let keys = facts.iter().map(|f| f.order).collect();
    Some(Cluster { site, keys, facts, order_id })
}

/// Sets of keys that are one, each known by its smallest.
#[derive(Default)]
struct Roots(HashMap<OrderKey, OrderKey>);

impl Roots {
    fn of(&self, key: OrderKey) -> OrderKey {
        let mut key = key;
        while let Some(above) = self.0.get(&key) {
            key = *above;
        }
        key
    }

    fn join(&mut self, a: OrderKey, b: OrderKey) {
        let (a, b) = (self.of(a), self.of(b));
        if a != b {
            self.0.insert(a.max(b), a.min(b));
        }
    }
}
