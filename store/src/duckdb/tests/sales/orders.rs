//! Routes that lead to orders.

use super::*;
use std::collections::HashSet;

/// Applies two statements about order 501 (the first is `fact`), order 501 as `row` has it, and order 509, and checks that
/// a batch of `keys` is told of the first order and not of the second.
fn check(name: &str, fact: &OrderFactRow, row: &OrderRow, keys: &Keys) {
    for with_row in [true, false] {
        let (_folder, store) = fresh();
        let mut rows = empty(10);
        rows.order_facts = vec![fact.clone(), order_fact(2, 501), order_fact(3, 509).user(199).visitor(99)];
        rows.orders = vec![OrderRow { customer: Some(CustomerKey(199)), ..order(509) }];
        rows.orders.extend(with_row.then(|| row.clone()));
        store.apply(&rows).unwrap();
        let state = load(&store, keys);
        let named_by_row_alone = *fact == order_fact(1, 501);
        let found = with_row || !named_by_row_alone;
        let facts: &[u64] = if found { &[1, 2] } else { &[] };
        let expected: &[u64] = if with_row { &[501] } else { &[] };
        assert_eq!((order_facts(&state), orders(&state)), (facts.to_vec(), expected.to_vec()), "by {name}");
        assert_eq!(state.sales.orders.get(&OrderKey(501)), Some(row).filter(|_| with_row));
    }
}

#[test]
fn a_persons_orders_are_told() {
    let fact = || order_fact(1, 501);
    check("visitor", &fact().visitor(1), &order(501), &people(&[1]));
    check("user", &fact().user(101), &order(501), &customers(&[101]));
    check("e-mail", &fact().email(201), &order(501), &customers(&[201]));
    let visitor = Some(VisitorKey(1));
    check("visitor of the order", &fact(), &OrderRow { visitor, ..order(501) }, &people(&[1]));
    let user = Some(CustomerKey(101));
    check("user of the order", &fact(), &OrderRow { user, ..order(501) }, &customers(&[101]));
    let email = Some(CustomerKey(201));
    check("e-mail of the order", &fact(), &OrderRow { email, ..order(501) }, &customers(&[201]));
    let customer = Some(CustomerKey(101));
    check("customer", &fact(), &OrderRow { customer, ..order(501) }, &customers(&[101]));
}

#[test]
fn orders_of_carts_are_told() {
    let keys = Keys { carts: [CartKey(301)].into(), ..Keys::default() };
    check("cart", &order_fact(1, 501).cart(301), &order(501), &keys);
    let cart = Some(CartKey(301));
    check("cart of the order", &order_fact(1, 501), &OrderRow { cart, ..order(501) }, &keys);
}

#[test]
fn orders_of_a_persons_carts_are_told() {
    let (_folder, store) = fresh();
    let mut rows = empty(10);
    let unnamed = CartKey::of_first_event(SITE, EventKey(1002));
    rows.cart_facts = vec![cart_fact(1).visitor(1).cart(301), cart_fact(2).visitor(1)];
    rows.carts = vec![CartRow { cart: unnamed, ..cart_row(0) }];
    rows.order_facts = vec![order_fact(3, 501), order_fact(4, 502).cart(301), order_fact(5, 503)];
    rows.orders = vec![OrderRow { cart: Some(unnamed), ..order(501) }, order(502), order(503)];
    store.apply(&rows).unwrap();
    let state = load(&store, &people(&[1]));
    assert_eq!((order_facts(&state), orders(&state)), (vec![3, 4], vec![501, 502]));
}

#[test]
fn orders_in_visits_of_people_are_told() {
    let (_folder, store) = fresh();
    let mut rows = empty(10);
    rows.visits = vec![visit(401, 1, 0, 600), visit(402, 2, 0, 600)];
    rows.order_facts =
        vec![order_fact(1, 501).visit(401), order_fact(2, 502).visit(402), order_fact(3, 503).visit(402)];
    rows.order_facts.extend([order_fact(4, 504), order_fact(5, 505), order_fact(6, 506), order_fact(7, 507)]);
    let in_visit = |order: u64, event: u64, visit: u64| OrderRow {
        visit_event: Some(EventKey(1000 + event)),
        visit: Some(VisitKey(visit)),
        ..super::order(order)
    };
    rows.orders = vec![in_visit(504, 99, 401), in_visit(505, 98, 402), in_visit(506, 97, 401), in_visit(507, 96, 402)];
    rows.visit_moves = vec![moved(2, Some(401)), moved(98, Some(401)), moved(99, Some(401))];
    store.apply(&rows).unwrap();
    let state = load(&store, &people(&[1]));
    assert_eq!((order_facts(&state), orders(&state)), (vec![1, 2, 4, 5, 6], vec![504, 505, 506]));
    let visits: Vec<Option<u64>> = state.sales.order_facts.iter().map(|f| f.visit.map(|v| v.0)).collect();
    assert_eq!(visits, [Some(401), Some(401), None, None, None], "the visit is the one it belongs to now");
}

#[test]
fn an_order_is_found_by_any_id_that_hangs_together() {
    let (_folder, store) = fresh();
    let mut rows = empty(10);
    rows.order_facts = (1..=4).map(|n| order_fact(n, 500 + n)).collect();
    rows.order_ids = vec![order_id(511, 501), order_id(511, 502), order_id(503, 502), order_id(512, 504)];
    rows.orders = vec![order(502), order(504)];
    store.apply(&rows).unwrap();
    for asked in [501, 502, 503, 511] {
        let state = load(&store, &Keys { orders: [OrderKey(asked)].into(), ..Keys::default() });
        assert_eq!((order_facts(&state), orders(&state)), (vec![1, 2, 3], vec![502]), "by {asked}");
        let links = state.sales.order_ids;
        assert_eq!(links.len(), 3);
        assert!(rows.order_ids[..3].iter().all(|link| links.contains(link)));
    }
    // So is one that is found by a person.
    let mut rows = empty(11);
    rows.order_facts = vec![OrderFactRow { position: 11, ..order_fact(5, 501).user(101) }];
    store.apply(&rows).unwrap();
    assert_eq!(order_facts(&load(&store, &customers(&[101]))), [1, 2, 3, 5]);
}

#[test]
fn whom_an_order_asked_for_names_is_told_whole() {
    let check = |name: &str, fact: OrderFactRow, other: CartFactRow, whole: (Vec<u64>, Vec<u64>)| {
        let (_folder, store) = fresh();
        let mut rows = empty(10);
        rows.order_facts = vec![fact];
        rows.cart_facts = vec![other, cart_fact(3).user(199)];
        rows.visit_aliases = vec![alias(601, 1, 401)];
        rows.visits = vec![visit(401, 1, 0, 600)];
        store.apply(&rows).unwrap();
        let state = load(&store, &Keys { orders: [OrderKey(501)].into(), ..Keys::default() });
        assert_eq!(cart_facts(&state), [2], "by {name}");
        assert_eq!(complete(&state), whole, "by {name}");
    };
    let fact = || order_fact(1, 501);
    check("visitor", fact().visitor(1), cart_fact(2).visitor(1), (vec![1], vec![]));
    check("user", fact().user(101), cart_fact(2).user(101), (vec![], vec![101]));
    check("e-mail", fact().email(201), cart_fact(2).email(201), (vec![], vec![201]));
    check("cart", fact().cart(301), cart_fact(2).cart(301), (vec![], vec![]));
    check("the visitor of a visit", fact().alias(601), cart_fact(2).visitor(1), (vec![1], vec![]));
}

#[test]
fn a_visit_id_leads_to_orders_and_back() {
    let (_folder, store) = fresh();
    let mut rows = empty(10);
    rows.order_facts = vec![order_fact(1, 501).alias(601), order_fact(2, 501).user(101), order_fact(3, 502).alias(602)];
    rows.cart_facts = vec![cart_fact(4).visitor(1), cart_fact(5).user(101)];
    rows.visit_aliases = vec![alias(601, 1, 401)];
    store.apply(&rows).unwrap();
    let keys = Keys { visit_aliases: [(601, HashSet::new())].into(), ..Keys::default() };
    let state = load(&store, &keys);
    assert_eq!((order_facts(&state), cart_facts(&state)), (vec![1, 2], vec![4, 5]));
    assert_eq!(complete(&state), (vec![1], vec![101]));
    assert_eq!(state.sales.visit_aliases, [(601, alias(601, 1, 401))].into());
    // A statement of the batch names it, and no stored one: the visitor is told for the order to come.
    let mut rows = empty(11);
    rows.visit_aliases = vec![alias(603, 2, 402)];
    rows.cart_facts = vec![CartFactRow { position: 11, ..cart_fact(6).visitor(2) }];
    store.apply(&rows).unwrap();
    let check = |keys: Keys, expected: &[u64]| {
        let state = load(&store, &Keys { visit_aliases: [(603, HashSet::new())].into(), ..keys });
        assert_eq!(complete(&state).0, expected);
        assert_eq!(state.sales.visit_aliases.len(), 1);
    };
    check(Keys::default(), &[2]);
    check(Keys { orders: [OrderKey(509)].into(), ..visitors(&[2], 20_000) }, &[2]);
    check(visitors(&[2], 20_000), &[]);
}

#[test]
fn visit_ids_that_orders_name_are_told_whoever_asked_for_these() {
    let (_folder, store) = fresh();
    let mut rows = empty(10);
    rows.order_facts = vec![order_fact(1, 501).alias(601).user(101)];
    rows.visit_aliases = vec![alias(601, 1, 401), alias(602, 2, 402)];
    rows.visits = vec![visit(401, 1, 0, 600), visit(402, 2, 0, 600)];
    store.apply(&rows).unwrap();
    let state = load(&store, &customers(&[101]));
    assert_eq!(state.sales.visit_aliases, [(601, alias(601, 1, 401))].into());
    assert_eq!(state.sales.paths.keys().map(|v| v.0).collect::<Vec<_>>(), [1]);
}

#[test]
fn the_earliest_event_of_a_visit_id_speaks_for_it() {
    let (_folder, store) = fresh();
    let mut rows = empty(10);
    let one = |event: u64, seconds: i64, visit: u64| VisitAliasRow {
        event: EventKey(event),
        at: at(seconds),
        ..alias(601, 1, visit)
    };
    rows.visit_aliases = vec![one(1, 50, 401), one(3, 20, 403), one(2, 20, 402)];
    store.apply(&rows).unwrap();
    let keys = Keys { visit_aliases: [(601, HashSet::new())].into(), ..Keys::default() };
    let check = |expected: VisitAliasRow| assert_eq!(load(&store, &keys).sales.visit_aliases[&601], expected);
    check(one(2, 20, 402));
    // Another visitor takes over the visit, then its event moves to another visit, then to none.
    let mut rows = empty(11);
    rows.visits = vec![visit(402, 2, 0, 600), visit(405, 5, 0, 600)];
    store.apply(&rows).unwrap();
    check(VisitAliasRow { visitor: VisitorKey(2), ..one(2, 20, 402) });
    for (position, to, expected) in [(12, Some(405), 405), (13, None, 402)] {
        let mut rows = empty(position);
        rows.visit_moves = vec![VisitMoveRow { position, event: EventKey(2), ..moved(0, to) }];
        store.apply(&rows).unwrap();
        let visitor = VisitorKey(if to.is_some() { 5 } else { 2 });
        check(VisitAliasRow { visitor, ..one(2, 20, expected) });
    }
}

#[test]
fn orders_that_a_rate_converts_are_told() {
    let (_folder, store) = fresh();
    let mut rows = empty(10);
    rows.sites = vec![super::super::sample::site_row(SITE, 1, &[("timezone", "America/New_York")])];
    let day = commerce::Timestamp::parse("2026-03-10T05:00:00Z").unwrap();
    let placed = |order: u64, seconds: i64| OrderRow { placed_at: day.plus_seconds(seconds), ..super::order(order) };
    let euro = commerce::Currency::parse("EUR").unwrap();
    rows.orders = vec![placed(501, -3601), placed(502, -3600), placed(503, 86_400)];
    rows.orders.push(OrderRow { currency: euro, ..placed(504, 0) });
    rows.order_facts = (1..=4).map(|n| order_fact(n, 500 + n)).collect();
    store.apply(&rows).unwrap();
    let rates = |site| Keys {
        sites: [SITE].into(),
        rates: [((site, "CHF".to_owned()), "2026-03-10".to_owned())].into(),
        ..Keys::default()
    };
    let state = load(&store, &rates(SITE));
    assert_eq!((order_facts(&state), orders(&state)), (vec![2, 3], vec![502, 503]), "New York's day begins at 4 or 5");
    assert!(orders(&load(&store, &rates(commerce::SiteId(2)))).is_empty());
}

#[test]
fn statements_are_read_wherever_they_lie() {
    let check = |name: &str, positions: Vec<u64>| {
        let (_folder, store) = fresh();
        // Every second statement is about the order asked for; two lie at each position.
        let fact = |(n, position): (u64, u64)| OrderFactRow { position, ..order_fact(n, 501 + n % 2) };
        let all = positions.iter().flat_map(|position| [*position, *position]);
        let mut rows = empty(10_000_000);
        rows.order_facts = (0..).zip(all).map(fact).collect();
        store.apply(&rows).unwrap();
        let state = load(&store, &Keys { orders: [OrderKey(501)].into(), ..Keys::default() });
        let expected = rows.order_facts.into_iter().filter(|f| f.order == OrderKey(501)).collect::<Vec<_>>();
        assert_eq!(state.sales.order_facts, expected, "{name}");
    };
    let spaced = |from: u64, by: u64, count: u64| (0..count).map(|n| from + n * by).collect::<Vec<u64>>();
    check("one", vec![5]);
    check("side by side", spaced(1, 1, 3_000));
    check("far apart", spaced(1, 2_000, 2_500));
    check("not so far", spaced(1, 50, 2_500));
    check("some of both", [spaced(1, 3_000, 1_500), spaced(6_000_000, 20, 1_500), vec![9_000_000]].concat());
}
