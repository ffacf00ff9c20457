//! Orders with every statement about them: an order is whatever statements hang together by the ids they name.

use super::super::super::keys;
use super::super::moves::moves_of;
use super::super::search::{Search, Wanted, fetch};
use super::{Named, Owners};
use crate::filter::Kind;
use crate::{Error, Value};
use commerce::rows::{OrderFactRow, OrderIdRow, OrderRow};
use commerce::state::{Keys, State};
use commerce::{CartKey, OrderKey};
use std::collections::HashSet;

/// A statement, but for what it says of the order.
pub(super) struct Fact {
    position: u64,
    pub(super) named: Named,
    pub(super) cart: Option<CartKey>,
    pub(super) visit_alias: Option<u64>,
}

/// Position, cart and visit of a statement, and whom it names.
type Found = ((u64, Option<CartKey>, Option<u64>), Named);

/// The orders found so far.
#[derive(Default)]
pub(super) struct Orders {
    /// Keys of every id of theirs.
    keys: HashSet<OrderKey>,
    links: HashSet<OrderIdRow>,
    /// Every statement about them.
    pub(super) facts: Vec<Fact>,
}

impl Orders {
    /// Returns the orders that are asked for by their own ids, and those whose statements name a visit asked for.
    pub(super) fn asked(search: Search<'_>, keys: &Keys) -> Result<Self, Error> {
        let mut orders = Self::default();
        let wanted = search.wanted(Kind::OrderAlias, &["t.visit_alias"], keys.visit_aliases.keys().copied());
        let by_visit: Vec<OrderKey> = search.find("t.\"order\"", "order_facts", &[wanted], ("true", &[]))?;
        orders.add(search, keys.orders.iter().copied().chain(by_visit))?;
        Ok(orders)
    }

    /// Adds the orders that name one of `carts`.
    pub(super) fn find_by_cart(&mut self, search: Search<'_>, carts: &HashSet<CartKey>) -> Result<(), Error> {
        let wanted = || [search.wanted(Kind::OrderCart, &["t.cart"], carts.iter().map(|c| c.0))];
        let found: Vec<OrderKey> = search.find("t.\"order\"", "order_facts", &wanted(), ("true", &[]))?;
        self.add(search, found)
    }

    /// Adds the orders of `owners`.
    pub(super) fn find(&mut self, search: Search<'_>, owners: &Owners<'_>) -> Result<(), Error> {
        let devices = || owners.devices.iter().map(|v| v.0);
        let customers = || owners.customers.iter().map(|c| c.0);
        let carts = || owners.carts.iter().map(|c| c.0);
        let visits = || owners.visits.iter().map(|v| v.0);
        let by_row = [
            search.wanted(Kind::Buyer, &["t.visitor"], devices()),
            search.wanted(Kind::Buyer, &["t.\"user\"", "t.email", "t.customer"], customers()),
            search.wanted(Kind::OrderCart, &["t.cart"], carts()),
            search.wanted(Kind::OrderVisit, &["t.visit"], visits()),
            Wanted::any(&["t.visit_event"], owners.moved.iter().copied()),
        ];
        let mut found: Vec<OrderKey> = search.find("t.\"order\"", "orders", &by_row, ("true", &[]))?;
        let by_fact = [
            search.wanted(Kind::Buyer, &["t.visitor"], devices()),
            search.wanted(Kind::Buyer, &["t.\"user\"", "t.email"], customers()),
            search.wanted(Kind::OrderCart, &["t.cart"], carts()),
            search.wanted(Kind::OrderVisit, &["t.visit"], visits()),
            Wanted::any(&["t.event"], owners.moved.iter().copied()),
        ];
        found.extend(search.find::<OrderKey>("t.\"order\"", "order_facts", &by_fact, ("true", &[]))?);
        self.add(search, found)
    }

    /// Adds the orders that a rate of the batch may convert anew.
    pub(super) fn find_by_rates(&mut self, search: Search<'_>, keys: &Keys, state: &State) -> Result<(), Error> {
        for ((site, currency), day) in &keys.rates {
            let zone = state.sites.get(site).map(|known| &known.settings.timezone);
            let from = zone.and_then(|zone| Some(zone.start_of(day.parse().ok()?)));
            let sql = "select t.\"order\" from orders t where t.site = ? and t.currency = ? and t.placed_at >= ?";
            let from = Value::Time(from.unwrap_or(commerce::Timestamp(i64::MIN)));
            let found: Vec<OrderKey> =
                keys::rows(search.connection, sql, &[(*site).into(), currency.as_str().into(), from])?;
            self.add(search, found)?;
        }
        Ok(())
    }

    /// Adds the orders of these ids, whole: every id that hangs together with one of them.
    fn add(&mut self, search: Search<'_>, orders: impl IntoIterator<Item = OrderKey>) -> Result<(), Error> {
        let mut all: HashSet<OrderKey> = HashSet::new();
        let mut new: Vec<OrderKey> = orders.into_iter().filter(|order| self.keys.insert(*order)).collect();
        while !new.is_empty() {
            let wanted = search.wanted(Kind::Order, &["t.alias", "t.\"order\""], new.iter().map(|o| o.0));
            all.extend(new);
            let links: Vec<OrderIdRow> = search.find_rows(&[wanted])?;
            let linked = links.iter().flat_map(|link| [link.alias, link.order]);
            new = linked.filter(|order| self.keys.insert(*order)).collect();
            self.links.extend(links);
        }
        let found: Vec<Found> = search.find(
            "t.position, t.cart, t.visit_alias, t.visitor, t.\"user\", t.email",
            "order_facts",
            &[search.wanted(Kind::Order, &["t.\"order\""], all.into_iter().map(|o| o.0))],
            ("true", &[]),
        )?;
        let fact = |((position, cart, visit_alias), named)| Fact { position, named, cart, visit_alias };
        self.facts.extend(found.into_iter().map(fact));
        Ok(())
    }

    /// Reads what was found.
    pub(super) fn load(self, search: Search<'_>, state: &mut State) -> Result<(), Error> {
        let positions: HashSet<u64> = self.facts.iter().map(|fact| fact.position).collect();
        let mut facts: Vec<OrderFactRow> = search.at(&positions)?;
        facts.retain(|fact| self.keys.contains(&fact.order));
        facts.sort_unstable_by_key(|fact| (fact.position, fact.event));
        let moved = moves_of(search, facts.iter().filter(|fact| fact.visit.is_some()).map(|fact| fact.event))?;
        for fact in facts.iter_mut().filter(|fact| fact.visit.is_some()) {
            fact.visit = moved.get(&fact.event).copied().unwrap_or(fact.visit);
        }
        state.sales.order_facts = facts;
        state.sales.order_ids = self.links.into_iter().collect();
        state.sales.order_ids.sort_unstable_by_key(|row| (row.position, row.order, row.alias));
        let wanted = search.wanted(Kind::Order, &["t.\"order\""], self.keys.iter().map(|o| o.0));
        let stored: Vec<(OrderKey, u64)> =
            search.find("t.\"order\", t.position", "orders", &[wanted], ("true", &[]))?;
        if stored.is_empty() {
            return Ok(());
        }
        keys::put(search.connection, "k_old", stored.iter().map(|(order, _)| order.0))?;
        let positions = stored.iter().map(|(_, position)| *position);
        let rows: Vec<OrderRow> = fetch(search.connection, "order", "k_old", positions)?;
        state.sales.orders = rows.into_iter().map(|row| (row.order, row)).collect();
        Ok(())
    }
}
