//! Rows that say one thing each, and what a load told in short.

use super::super::sample::{self, SITE, at};
use super::super::{Store, stored};
use commerce::hit::Origin;
use commerce::rows::*;
use commerce::state::{Keys, State};
use commerce::{CartKey, CustomerKey, EventKey, OrderKey, VisitKey, VisitorKey};
use std::collections::HashSet;

/// Returns statement `n` (its event is 1000 + n) about an order, which names nobody.
pub(super) fn order_fact(n: u64, order: u64) -> OrderFactRow {
    OrderFactRow {
        event: EventKey(1000 + n),
        order: OrderKey(order),
        order_id: format!("id-{order}"),
        origin: Origin::Server,
        visitor: None,
        visit: None,
        visit_alias: None,
        user: None,
        email: None,
        cart: None,
        ..sample::order_fact(n)
    }
}

/// Returns statement `n` about a cart, which names nobody.
pub(super) fn cart_fact(n: u64) -> CartFactRow {
    let event = EventKey(1000 + n);
    let (cart, cart_id, visitor, visit, user, email) = (None, None, None, None, None, None);
    CartFactRow { event, cart, cart_id, visitor, visit, user, email, ..sample::cart_fact(n) }
}

/// Whom and what a statement names.
pub(super) trait Names: Sized {
    fn set(&mut self) -> [&mut Option<CustomerKey>; 2];
    fn cart(self, cart: u64) -> Self;
    fn visitor(self, visitor: u64) -> Self;
    fn visit(self, visit: u64) -> Self;

    fn user(mut self, user: u64) -> Self {
        *self.set()[0] = Some(CustomerKey(user));
        self
    }

    fn email(mut self, email: u64) -> Self {
        *self.set()[1] = Some(CustomerKey(email));
        self
    }
}

macro_rules! names {
    ($row:ty) => {
        impl Names for $row {
            fn set(&mut self) -> [&mut Option<CustomerKey>; 2] {
                [&mut self.user, &mut self.email]
            }
            fn cart(self, cart: u64) -> Self {
                Self { cart: Some(CartKey(cart)), ..self }
            }
            fn visitor(self, visitor: u64) -> Self {
                Self { visitor: Some(VisitorKey(visitor)), ..self }
            }
            fn visit(self, visit: u64) -> Self {
                Self { visit: Some(VisitKey(visit)), ..self }
            }
        }
    };
}

names!(OrderFactRow);
names!(CartFactRow);

/// Names a client's visit id.
pub(super) trait NamesVisitId {
    fn alias(self, alias: u64) -> Self;
}

impl NamesVisitId for OrderFactRow {
    fn alias(self, alias: u64) -> Self {
        Self { visit_alias: Some(alias), ..self }
    }
}

/// Returns an order that is nobody's.
pub(super) fn order(order: u64) -> OrderRow {
    OrderRow {
        order: OrderKey(order),
        order_id: format!("id-{order}"),
        placed_at: at(0),
        user: None,
        email: None,
        customer: None,
        visitor: None,
        visit_event: None,
        visit: None,
        cart: None,
        ..sample::order(1)
    }
}

/// Returns an open cart that is nobody's.
pub(super) fn cart_row(n: u64) -> CartRow {
    let (cart_id, visitor, customer, visit, order, ordered_at) = (None, None, None, None, None, None);
    let state = CartState::Open;
    CartRow { cart: CartKey(300 + n), cart_id, visitor, customer, visit, state, order, ordered_at, ..sample::cart(1) }
}

/// Returns the open cart `cart` that is nobody's.
pub(super) fn cart(cart: u64) -> CartRow {
    CartRow { cart: CartKey(cart), ..cart_row(0) }
}

pub(super) fn visit(visit: u64, visitor: u64, start: i64, end: i64) -> VisitRow {
    VisitRow {
        visit: VisitKey(visit),
        visitor: VisitorKey(visitor),
        fingerprint: None,
        started_at: at(start),
        last_at: at(end),
        seen_until: at(end),
        ..sample::visit(1)
    }
}

pub(super) fn order_id(alias: u64, order: u64) -> OrderIdRow {
    OrderIdRow { alias: OrderKey(alias), order: OrderKey(order), ..sample::order_id(1) }
}

/// Says that the event of statement `n` belongs to another visit now.
pub(super) fn moved(n: u64, visit: Option<u64>) -> VisitMoveRow {
    VisitMoveRow { site: SITE, position: 9, event: EventKey(1000 + n), visit: visit.map(VisitKey) }
}

pub(super) fn alias(alias: u64, visitor: u64, visit: u64) -> VisitAliasRow {
    VisitAliasRow { alias, visitor: VisitorKey(visitor), visit: VisitKey(visit), ..sample::visit_alias(1) }
}

fn identity(subject: Subject, customer: u64) -> IdentityRow {
    IdentityRow { subject, customer: Some(CustomerKey(customer)), ..sample::identity(1) }
}

/// Says that `visitor` is `customer`.
pub(super) fn said(visitor: u64, customer: u64) -> IdentityRow {
    identity(Subject::Visitor(VisitorKey(visitor)), customer)
}

/// Says that the address `email` is `user`'s.
pub(super) fn said_of_email(email: u64, user: u64) -> IdentityRow {
    identity(Subject::Email(CustomerKey(email)), user)
}

/// Returns keys of a batch that tells of carts or orders of `visitors`.
pub(super) fn people(visitors: &[u64]) -> Keys {
    let all: HashSet<VisitorKey> = visitors.iter().map(|v| VisitorKey(*v)).collect();
    Keys { people: all, ..self::visitors(visitors, 10_000) }
}

/// Returns keys of a batch in which `visitors` were seen from `seconds` on.
pub(super) fn visitors(visitors: &[u64], seconds: i64) -> Keys {
    Keys { visitors: visitors.iter().map(|v| (VisitorKey(*v), at(seconds))).collect(), ..Keys::default() }
}

pub(super) fn customers(customers: &[u64]) -> Keys {
    Keys { customers: customers.iter().map(|c| CustomerKey(*c)).collect(), ..Keys::default() }
}

/// Loads, and checks that the filter made no difference, nor what is held in memory.
pub(super) fn load(store: &Store, keys: &Keys) -> State {
    let state = store.load(keys).unwrap();
    let Store::DuckDb(db) = store;
    let mut filter = crate::filter::SalesFilter::disabled();
    let mut exchange = || {
        db.write(|writer| {
            std::mem::swap(&mut writer.sales, &mut filter);
            writer.heads = super::super::super::heads::Heads::new(256);
            Ok(())
        })
        .unwrap();
    };
    exchange();
    let unfiltered = store.load(keys).unwrap();
    exchange();
    assert_eq!(unfiltered, state);
    state
}

/// Returns the numbers of the statements told.
pub(super) fn cart_facts(state: &State) -> Vec<u64> {
    state.sales.cart_facts.iter().map(|fact| fact.event.0 - 1000).collect()
}

/// Returns the numbers of the statements told.
pub(super) fn order_facts(state: &State) -> Vec<u64> {
    state.sales.order_facts.iter().map(|fact| fact.event.0 - 1000).collect()
}

pub(super) fn carts(state: &State) -> Vec<u64> {
    sorted(state.sales.carts.keys().map(|cart| cart.0))
}

pub(super) fn orders(state: &State) -> Vec<u64> {
    sorted(state.sales.orders.keys().map(|order| order.0))
}

/// Returns visitors and customers of whom everything was told.
pub(super) fn complete(state: &State) -> (Vec<u64>, Vec<u64>) {
    let (visitors, customers) = &state.sales.complete;
    (sorted(visitors.iter().map(|v| v.0)), sorted(customers.iter().map(|c| c.0)))
}

fn sorted(keys: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut keys: Vec<u64> = keys.collect();
    keys.sort_unstable();
    keys
}

/// Returns the identities told, by their rows in the store.
pub(super) fn identities(store: &Store, state: &State) -> Vec<bool> {
    stored::<IdentityRow>(store).iter().map(|row| state.sales.identities.contains(row)).collect()
}
