//! Which orders, carts and people a batch is told of: every route by which one leads to another.
//!
//! Keys of visitors are 1 and up, of users 101, of e-mails 201, of carts 301, of visits 401, of orders 501, of visit
//! ids 601, of events 1001: none is taken for another.

mod buyers;
mod identities;
mod orders;
mod paths;
mod shop;

use super::sample::{SITE, at, empty};
use super::*;
use commerce::rows::*;
use commerce::state::{FingerprintUse, Keys, State};
use commerce::{CartKey, CustomerKey, EventKey, OrderKey, VisitKey, VisitorKey};
use shop::*;
use std::collections::HashSet;

#[test]
fn carts_asked_for_are_told_with_their_statements() {
    let (_folder, store) = fresh();
    let mut rows = empty(10);
    rows.cart_facts = vec![cart_fact(1).cart(301), cart_fact(2).cart(301).user(101), cart_fact(3).user(101)];
    rows.cart_facts.extend([cart_fact(4), cart_fact(5).cart(302)]);
    rows.carts = vec![cart(301), cart(302)];
    rows.cart_lines = vec![super::sample::cart_line(1, 0)];
    rows.cart_lines[0].cart = CartKey(301);
    store.apply(&rows).unwrap();
    let state = load(&store, &Keys { carts: [CartKey(301)].into(), ..Keys::default() });
    assert_eq!(cart_facts(&state), [1, 2, 3], "what its people told of other carts is of one piece with it");
    assert_eq!(carts(&state), [301]);
    assert_eq!(state.sales.carts[&CartKey(301)].lines, rows.cart_lines);
    assert_eq!(complete(&state), (vec![], vec![101]));
}

#[test]
fn a_persons_statements_about_carts_are_told() {
    let check = |name: &str, fact: CartFactRow, keys: Keys| {
        let (_folder, store) = fresh();
        let mut rows = empty(10);
        // Another person tells of the same cart.
        rows.cart_facts = vec![fact.cart(301), cart_fact(2).cart(301).user(199), cart_fact(3).user(198)];
        rows.carts = vec![cart(301)];
        store.apply(&rows).unwrap();
        let state = load(&store, &keys);
        assert_eq!((cart_facts(&state), carts(&state)), (vec![1, 2], vec![301]), "by {name}");
    };
    check("visitor", cart_fact(1).visitor(1), people(&[1]));
    check("user", cart_fact(1).user(101), customers(&[101]));
    check("e-mail", cart_fact(1).email(201), customers(&[201]));
}

#[test]
fn carts_without_an_id_are_told() {
    let check = |name: &str, cart: CartRow| {
        let (_folder, store) = fresh();
        let mut rows = empty(10);
        rows.cart_facts = vec![cart_fact(1).visitor(1).user(101)];
        rows.carts = vec![cart.clone(), CartRow { cart: CartKey(399), ..cart_row(9) }];
        store.apply(&rows).unwrap();
        let state = load(&store, &Keys { customers: [CustomerKey(101)].into(), ..people(&[1]) });
        assert_eq!(carts(&state), [cart.cart.0], "by {name}");
    };
    let of_first_event = CartKey::of_first_event(SITE, EventKey(1001));
    check("the event that began it", CartRow { cart: of_first_event, ..cart_row(1) });
    check("visitor", CartRow { visitor: Some(VisitorKey(1)), ..cart_row(2) });
    check("customer", CartRow { customer: Some(CustomerKey(101)), ..cart_row(3) });
}

#[test]
fn statements_in_visits_of_people_are_told() {
    let (_folder, store) = fresh();
    let mut rows = empty(10);
    rows.visits = vec![visit(401, 1, 0, 600), visit(402, 2, 0, 600)];
    rows.cart_facts = vec![cart_fact(1).visit(401), cart_fact(2).visit(402), cart_fact(3).visit(402)];
    rows.cart_facts.push(cart_fact(4).visit(403));
    rows.visit_moves = vec![moved(3, Some(401))];
    store.apply(&rows).unwrap();
    let state = load(&store, &people(&[1]));
    assert_eq!(cart_facts(&state), [1, 3]);
    assert_eq!(state.sales.cart_facts[1].visit, Some(VisitKey(401)), "the visit is the one it belongs to now");
}

#[test]
fn where_visits_own_carts_their_statements_are_told_whole() {
    for per_visit in [false, true] {
        let (_folder, store) = fresh();
        let mut rows = empty(10);
        let scope = if per_visit { "visit" } else { "customer" };
        rows.sites = vec![super::sample::site_row(SITE, 1, &[("cart_scope", scope)])];
        rows.cart_facts = vec![cart_fact(1).visitor(1).visit(401), cart_fact(2).visitor(2).visit(401).cart(301)];
        rows.cart_facts.extend([cart_fact(3).cart(301), cart_fact(4).visitor(3).visit(402)]);
        rows.visit_moves = vec![moved(4, Some(401))];
        store.apply(&rows).unwrap();
        let state = load(&store, &Keys { sites: [SITE].into(), ..people(&[1]) });
        let expected: &[u64] = if per_visit { &[1, 2, 3, 4] } else { &[1] };
        assert_eq!(cart_facts(&state), expected);
    }
}

#[test]
fn those_who_share_a_fingerprint_count_as_people() {
    let (_folder, store) = fresh();
    let mut rows = empty(10);
    rows.visits = vec![VisitRow { fingerprint: Some(7), ..visit(401, 1, 0, 600) }];
    rows.cart_facts = vec![cart_fact(1).visitor(1), cart_fact(2).visitor(2), cart_fact(3).visitor(3)];
    store.apply(&rows).unwrap();
    let check = |names: Option<u64>, expected: &[u64]| {
        let used = FingerprintUse { first: at(700), last: at(700), visitor: names.map(VisitorKey) };
        let keys = Keys { fingerprints: [(7, used)].into(), ..visitors(&[1, 2, 3], 700) };
        assert_eq!(cart_facts(&load(&store, &keys)), expected, "{names:?}");
    };
    check(Some(1), &[]);
    check(Some(2), &[1, 2]);
    check(None, &[1]);
}

#[test]
fn a_late_event_brings_the_sales_after_it() {
    let (_folder, store) = fresh();
    let mut rows = empty(20);
    let of = |visitor: u64, seconds: i64| OrderRow {
        visitor: Some(VisitorKey(visitor)),
        placed_at: at(seconds),
        ..order(500 + visitor)
    };
    rows.orders = vec![of(1, 100), OrderRow { customer: Some(CustomerKey(102)), ..of(9, 100) }];
    rows.orders.push(OrderRow { customer: Some(CustomerKey(103)), ..of(8, 100) });
    rows.carts = vec![CartRow { visitor: Some(VisitorKey(4)), changed_at: at(100), ..cart(304) }];
    rows.carts.push(CartRow { customer: Some(CustomerKey(105)), changed_at: at(100), ..cart(305) });
    rows.carts.push(CartRow { visitor: Some(VisitorKey(6)), state: CartState::Unlinked, ..cart(306) });
    rows.identities = vec![said(2, 102), said(3, 203), said_of_email(203, 103), said(5, 105), said(7, 107)];
    store.apply(&rows).unwrap();
    let check = |seconds: i64, expected: &[u64]| {
        let state = load(&store, &visitors(&[1, 2, 3, 4, 5, 6, 7], seconds));
        let known: Vec<u64> = complete(&state).0.into_iter().filter(|v| *v <= 7).collect();
        assert_eq!(known, expected, "from {seconds} on");
    };
    check(100, &[1, 2, 3, 4, 5, 6]);
    check(101, &[6]);
}

#[test]
fn events_that_wait_for_a_visit_are_told() {
    let (_folder, store) = fresh();
    let mut rows = empty(20);
    rows.waiting_events = (1..=4).map(super::sample::waiting_event).collect();
    rows.visit_moves = vec![moved(2, Some(401)), moved(3, None)];
    rows.visits = vec![VisitRow { fingerprint: Some(7), ..visit(403, 3, 0, 600) }];
    store.apply(&rows).unwrap();
    let used = FingerprintUse { first: at(700), last: at(700), visitor: None };
    let state = load(&store, &Keys { fingerprints: [(7, used)].into(), ..visitors(&[1, 2, 9], 700) });
    let mut expected = rows.waiting_events[..3].to_vec();
    expected[1].visit = Some(VisitKey(401));
    assert_eq!(state.waiting_events, expected);
}

#[test]
fn what_nobody_asked_for_is_not_told() {
    let (_folder, store) = fresh();
    let mut rows = empty(20);
    rows.order_facts = vec![order_fact(1, 501).visitor(1).user(101).email(201).cart(301).alias(601)];
    rows.orders = vec![OrderRow { visitor: Some(VisitorKey(1)), customer: Some(CustomerKey(101)), ..order(501) }];
    rows.cart_facts = vec![cart_fact(2).visitor(1).user(101).email(201).cart(301)];
    rows.carts = vec![cart(301)];
    rows.identities = vec![said(1, 101), said_of_email(201, 101)];
    rows.order_ids = vec![order_id(502, 501)];
    rows.visit_aliases = vec![alias(601, 1, 401)];
    rows.visits = vec![visit(401, 1, 0, 600)];
    store.apply(&rows).unwrap();
    let keys = Keys {
        carts: [CartKey(399)].into(),
        orders: [OrderKey(599)].into(),
        visit_aliases: [(699, HashSet::new())].into(),
        customers: [CustomerKey(199)].into(),
        ..people(&[9])
    };
    let sales = load(&store, &keys).sales;
    let nothing = commerce::state::Sales { complete: sales.complete.clone(), ..Default::default() };
    assert_eq!(sales, nothing);
    assert_eq!(store.load(&Keys::default()).unwrap(), State { as_of: Some(at(20)), ..State::default() });
}

/// Returns rows of one table each, no key twice.
fn one_table_each() -> Vec<Rows> {
    let (visitor, customer) = (|n| Some(VisitorKey(n)), |n| Some(CustomerKey(n)));
    let order_fact = order_fact(1, 501).visitor(1).user(101).email(201).cart(301).visit(401).alias(601);
    let cart_fact = cart_fact(1).visitor(1).user(101).email(201).cart(301).visit(401);
    let order = order(501);
    let order = OrderRow { visitor: visitor(1), user: customer(101), email: customer(201), ..order };
    let order = OrderRow { customer: customer(102), cart: order_fact.cart, visit: order_fact.visit, ..order };
    let cart = CartRow { visitor: visitor(1), customer: customer(101), state: CartState::Unlinked, ..cart(301) };
    let rows = || empty(10);
    vec![
        Rows { order_facts: vec![order_fact], ..rows() },
        Rows { order_ids: vec![order_id(502, 501)], ..rows() },
        Rows { orders: vec![order], ..rows() },
        Rows { cart_facts: vec![cart_fact], ..rows() },
        Rows { carts: vec![cart], ..rows() },
        Rows { identities: vec![said(1, 101), said_of_email(201, 102)], ..rows() },
        Rows { people: vec![super::sample::person(1)], ..rows() },
        Rows { visit_aliases: vec![alias(601, 1, 401)], ..rows() },
        Rows { waiting_events: vec![super::sample::waiting_event(1)], ..rows() },
        Rows { visit_moves: vec![moved(1, Some(401))], ..rows() },
    ]
}

#[test]
fn the_filter_holds_every_key_that_is_stored() {
    let mut checked = std::collections::HashSet::new();
    for rows in one_table_each() {
        let (folder, store) = fresh();
        store.apply(&rows).unwrap();
        let mut check = |store: &Store| {
            for (table, column, kind, which) in crate::filter::COLUMNS {
                let column = dialect::quoted(column);
                let found = ask(store, &format!("select {column} from {table} where {which}"), &[]);
                let keys: Vec<u64> = found.rows.iter().filter_map(|row| row[0].as_u64()).collect();
                let Store::DuckDb(db) = store;
                let held = db.write(|w| Ok(keys.iter().all(|key| w.sales.may_hold(kind, *key)))).unwrap();
                assert!(held, "{column} of {table}");
                checked.extend(keys.first().map(|_| (table, column.clone())));
            }
            let Store::DuckDb(db) = store;
            let absent = db.write(|w| Ok(!w.sales.may_hold(crate::filter::Kind::Order, 1 << 40))).unwrap();
            assert!(absent, "it is in use");
        };
        check(&store);
        drop(store);
        check(&open(folder.path()));
    }
    let all: std::collections::HashSet<_> =
        crate::filter::COLUMNS.iter().map(|(table, column, ..)| (*table, dialect::quoted(column))).collect();
    assert_eq!(checked, all);
}
