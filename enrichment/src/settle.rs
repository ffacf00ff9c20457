//! Settling: the orders and carts that a batch may have changed are folded again from all their facts.
//!
//! The steps before only note facts: who said what about which order or cart, and who is who. What follows from them is
//! worked out here, once a batch, from the facts loaded and the batch's own together. So neither the order in which facts
//! arrive nor the way a journal is cut into batches makes a difference, and the same fold serves the first statement, a
//! late one and a correction. Settings and rates hold from their record on: what came before it is settled before it.
//!
//! [`cluster`] says which statements are of one order, [`links`] whose it is and what brought it, [`owners`] whose a cart is;
//! what they come to is decided in [`ledger`] and [`cart`](crate::cart).

mod cluster;
mod links;
mod owners;
mod path;

use crate::identity::Identities;
use crate::ledger::{self, Folded};
use crate::site::state_of;
use crate::work::Work;
use commerce::rows::OrderRow;
use commerce::{CartKey, OrderKey, SiteId};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// What the records since the last settling brought that orders and carts may depend on.
#[derive(Debug, Default)]
pub(crate) struct News {
    /// Orders about which something was said, by the keys of the ids it named.
    pub(crate) orders: BTreeSet<OrderKey>,
    /// Carts about which something was said by their own ids.
    pub(crate) carts: HashSet<CartKey>,
    /// Whether anything was said about carts, named or not.
    pub(crate) cart_facts: bool,
    /// Clients' visit ids that came to stand for a visit.
    pub(crate) visit_aliases: HashSet<u64>,
    /// Whether it was said who somebody is.
    pub(crate) people: bool,
    /// Whether visits changed.
    pub(crate) visits: bool,
    /// Currencies whose rates changed, with the first day that did.
    pub(crate) rates: HashMap<(SiteId, String), String>,
}

impl News {
    fn is_empty(&self) -> bool {
        let nothing_said = self.orders.is_empty() && !self.cart_facts && !self.people;
        nothing_said && !self.visits && self.rates.is_empty()
    }
}

/// Folds again what the records since the last settling may have changed. New versions are of `position`.
pub(crate) fn settle(work: &mut Work, position: u64) {
    let news = std::mem::take(&mut work.news);
    if news.is_empty() || (work.sales.order_facts.is_empty() && work.sales.cart_facts.is_empty()) {
        return;
    }
    path::follow_moves(work);
    let identities = Identities::of(&work.sales.identities);
    let orders = fold_orders(work, &identities, &news, position);
    for (folded, gone) in orders {
        work.put_order(folded, gone);
    }
    if !work.sales.cart_facts.is_empty() {
        owners::settle_carts(work, &identities, position);
    }
}

/// Returns the orders that came out different, with the keys under which they stood before.
fn fold_orders(work: &mut Work, identities: &Identities, news: &News, position: u64) -> Vec<(Folded, Vec<OrderKey>)> {
    let clusters = cluster::of(&work.sales.order_facts, &work.sales.order_ids);
    let people = owners::people_of_carts(&work.sales.cart_facts);
    let mut changed = Vec::new();
    for cluster in clusters {
        let stored = cluster.keys.iter().find_map(|key| work.sales.orders.get(key)).cloned();
        let said = cluster.keys.iter().any(|key| news.orders.contains(key));
        let visit_named =
            cluster.facts.iter().any(|f| f.visit_alias.is_some_and(|id| news.visit_aliases.contains(&id)));
        let linked = said || visit_named || stored.as_ref().is_some_and(|row| is_complete(work, row, news));
        if !linked && !stored.as_ref().is_some_and(|row| is_revalued(news, row)) {
            continue;
        }
        let site = state_of(work, cluster.site);
        let Some(mut folded) = ledger::fold(&site, &cluster.facts, &cluster.bare_links()) else { continue };
        match stored.as_ref().filter(|_| !linked) {
            Some(row) => links::keep(&mut folded.order, row),
            None => links::find(work, identities, &people, &site, &cluster, &mut folded.order),
        }
        let gone: Vec<OrderKey> = cluster.keys.iter().copied().filter(|key| *key != folded.order.order).collect();
        let gone: Vec<OrderKey> = gone.into_iter().filter(|key| work.sales.orders.contains_key(key)).collect();
        if said || !gone.is_empty() || stored.is_none_or(|row| !is_same(&row, &folded.order)) {
            version(&mut folded, position);
            changed.push((folded, gone));
        }
    }
    changed
}

/// Says whether everything that decides whose the order is was loaded.
fn is_complete(work: &Work, row: &OrderRow, news: &News) -> bool {
    let (visitors, customers) = &work.sales.complete;
    row.visitor.is_some_and(|v| visitors.contains(&v))
        || [row.user, row.email, row.customer].into_iter().flatten().any(|c| customers.contains(&c))
        || row.cart.is_some_and(|cart| news.carts.contains(&cart))
}

/// Says whether a rate that the order is converted by may have changed.
fn is_revalued(news: &News, row: &OrderRow) -> bool {
    news.rates.contains_key(&(row.site, row.currency.code().to_owned()))
}

/// Says whether two versions say the same.
fn is_same(a: &OrderRow, b: &OrderRow) -> bool {
    let position = a.position;
    *a == OrderRow { position, ..b.clone() }
}

fn version(folded: &mut Folded, position: u64) {
    folded.order.position = position;
    folded.lines.iter_mut().for_each(|line| line.position = position);
    folded.refunds.iter_mut().for_each(|refund| refund.position = position);
    folded.refund_lines.iter_mut().for_each(|line| line.position = position);
}

/// The orders and carts that the batch changed, as they now stand.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    /// Orders with their lines and refunds.
    pub(crate) orders: BTreeMap<OrderKey, Folded>,
    /// Orders that are no more.
    pub(crate) orders_gone: BTreeSet<OrderKey>,
    /// Carts, by key.
    pub(crate) carts: BTreeSet<CartKey>,
    /// Carts that are no more.
    pub(crate) carts_gone: BTreeSet<CartKey>,
}
