//! Visitors' ways.

use super::super::sample;
use super::*;
use commerce::state::Path;
use proptest::prelude::*;
use std::collections::HashSet;

fn touch(n: u64, visitor: u64, seconds: i64) -> TouchRow {
    TouchRow { visitor: VisitorKey(visitor), occurred_at: at(seconds), ..sample::touch(n) }
}

/// Returns visits and touches of a path by their keys and positions.
fn way(path: &Path) -> (Vec<u64>, Vec<u64>) {
    (path.visits.iter().map(|v| v.visit.0).collect(), path.touches.iter().map(|t| t.position).collect())
}

#[test]
fn a_way_reaches_four_hundred_days_back_from_the_first_sale() {
    const DAY: i64 = 86_400;
    let (_folder, store) = fresh();
    let mut rows = empty(90);
    rows.visits = vec![visit(401, 1, -450 * DAY, -450 * DAY), visit(402, 1, -401 * DAY, -400 * DAY)];
    rows.visits.extend([visit(403, 1, -DAY, -DAY), visit(404, 1, 0, 600), visit(405, 1, 50_000, 50_600)]);
    rows.visits.push(VisitRow { live: false, ..visit(406, 1, 0, 600) });
    rows.visits.push(visit(407, 2, -450 * DAY, -450 * DAY));
    rows.touches = vec![touch(1, 1, -400 * DAY - 1), touch(2, 1, -400 * DAY), touch(3, 1, 20), touch(4, 1, 50_000)];
    rows.cart_facts = vec![CartFactRow { occurred_at: at(0), ..cart_fact(5).visitor(1) }];
    rows.cart_facts.push(CartFactRow { occurred_at: at(1), ..cart_fact(6).visitor(2) });
    rows.visits.push(visit(408, 3, 0, 60));
    store.apply(&rows).unwrap();
    let check = |keys: Keys, expected: (&[u64], &[u64])| {
        let state = load(&store, &keys);
        assert_eq!(way(&state.sales.paths[&VisitorKey(1)]), (expected.0.to_vec(), expected.1.to_vec()));
        assert_eq!(way(&state.sales.paths[&VisitorKey(2)]), (vec![], vec![]), "a visit is a visit, however old");
        let mut beyond: Vec<u64> =
            state.sales.paths.iter().filter(|(_, path)| path.seen_beyond).map(|(visitor, _)| visitor.0).collect();
        beyond.sort_unstable();
        assert_eq!(beyond, [1, 2], "visitor 3 was never anywhere else");
    };
    let keys = Keys { events: [(EventKey(1), at(700))].into(), ..people(&[1, 2, 3]) };
    check(Keys { visitors: [(VisitorKey(1), at(700))].into(), ..keys.clone() }, (&[402, 403, 404], &[2, 3]));
    check(Keys { events: [(EventKey(1), at(60_000))].into(), ..keys }, (&[402, 403, 404, 405], &[2, 3, 4]));
}

#[test]
fn ways_are_told_of_devices_and_of_whoever_is_named() {
    let (_folder, store) = fresh();
    let mut rows = empty(90);
    rows.visits = (1..=8).map(|n| visit(400 + n, n, 0, 600)).collect();
    rows.identities = vec![said(1, 101), said(2, 101)];
    rows.order_facts = vec![order_fact(1, 501).user(101).visitor(3)];
    rows.orders = vec![OrderRow { user: Some(CustomerKey(101)), visitor: Some(VisitorKey(4)), ..order(501) }];
    rows.cart_facts = vec![cart_fact(2).user(101).visitor(5)];
    rows.carts = vec![CartRow { customer: Some(CustomerKey(101)), visitor: Some(VisitorKey(6)), ..cart(301) }];
    rows.visit_aliases = vec![alias(601, 7, 407)];
    store.apply(&rows).unwrap();
    let keys =
        Keys { visit_aliases: [(601, HashSet::new())].into(), visitors: visitors(&[7], 0).visitors, ..people(&[1]) };
    let state = load(&store, &keys);
    let mut found: Vec<u64> = state.sales.paths.keys().map(|v| v.0).collect();
    found.sort_unstable();
    assert_eq!(found, [1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn whoever_took_over_a_visit_has_its_statements() {
    let (_folder, store) = fresh();
    let mut rows = empty(90);
    // Visit 401 is visitor 1's by now; what was said in it was stored as visitor 9's.
    rows.visits = vec![visit(401, 1, 0, 600), visit(402, 9, 0, 600)];
    rows.identities = vec![said(1, 101)];
    rows.cart_facts = vec![cart_fact(1).visitor(9).visit(401), cart_fact(2).visitor(9).visit(402)];
    rows.order_facts = vec![order_fact(3, 501).visitor(9).visit(401), order_fact(4, 502).visitor(9).visit(402)];
    rows.orders = vec![OrderRow { visit: Some(VisitKey(401)), ..order(501) }, order(502)];
    store.apply(&rows).unwrap();
    for keys in [people(&[1]), customers(&[101])] {
        let state = load(&store, &keys);
        assert_eq!((cart_facts(&state), order_facts(&state), orders(&state)), (vec![1], vec![3], vec![501]));
    }
    // Who had it is told who has it.
    let state = load(&store, &people(&[9]));
    assert_eq!((cart_facts(&state), order_facts(&state)), (vec![1, 2], vec![3, 4]));
    assert_eq!(way(&state.sales.paths[&VisitorKey(1)]).0, [401]);
    assert_eq!(identities(&store, &state), [true]);
}

#[test]
fn of_many_touches_the_latest_thousand_are_told() {
    let (_folder, store) = fresh();
    let mut rows = empty(2_000);
    rows.touches = (1..=1_100).map(|n| touch(n, 1, -(n as i64))).collect();
    store.apply(&rows).unwrap();
    let state = load(&store, &people(&[1]));
    let path = &state.sales.paths[&VisitorKey(1)];
    assert_eq!((path.touches.len(), path.touches[0].position, path.touches[999].position), (1_000, 1_000, 1));
    assert!(!path.seen_beyond);
}

#[test]
fn a_visit_in_memory_is_told_as_the_tables_have_it() {
    let (_folder, store) = fresh();
    let mut rows = empty(10);
    rows.visits = vec![visit(401, 1, 0, 600)];
    rows.touches = vec![touch(1, 1, 0)];
    store.apply(&rows).unwrap();
    store.load(&visitors(&[1], 700)).unwrap();
    let mut rows = empty(11);
    rows.visits = vec![VisitRow { position: 11, ..visit(401, 1, 0, 700) }, visit(402, 1, 9_000, 9_100)];
    rows.touches = vec![touch(2, 1, 9_000)];
    store.apply(&rows).unwrap();
    let state = load(&store, &people(&[1]));
    let path = &state.sales.paths[&VisitorKey(1)];
    assert_eq!(way(path), (vec![401, 402], vec![1, 2]));
    assert_eq!(path.visits[0].seen_until, at(700));
    let mut rows = empty(12);
    rows.visits = vec![VisitRow { position: 12, live: false, ..visit(402, 1, 9_000, 9_100) }];
    store.apply(&rows).unwrap();
    assert_eq!(way(&load(&store, &people(&[1])).sales.paths[&VisitorKey(1)]).0, [401]);
}

#[test]
fn what_memory_lets_go_of_is_read_again() {
    const DAY: i64 = 86_400;
    let many_touches = || Rows { touches: (1..=120).map(|n| touch(n, 1, n as i64)).collect(), ..empty(200) };
    let visits = (1..=12).map(|n| visit(400 + n, 1, n as i64 * 10 * DAY, n as i64 * 10 * DAY)).collect();
    for (name, rows) in [("touches", many_touches()), ("visits", Rows { visits, ..empty(200) })] {
        let (_folder, store) = fresh();
        store.load(&visitors(&[1], 0)).unwrap();
        store.apply(&rows).unwrap();
        let state = load(&store, &Keys { people: people(&[1]).people, ..visitors(&[1], 130 * DAY) });
        let path = &state.sales.paths[&VisitorKey(1)];
        assert_eq!((path.visits.len(), path.touches.len()), (rows.visits.len(), rows.touches.len()), "{name}");
    }
}

/// One batch of the test below: visit and touch of a visitor at a time, the visit maybe taken back, and from when on the
/// next batch asks.
#[derive(Clone, Debug)]
struct Step {
    visitor: u64,
    visit: u64,
    day: i64,
    live: bool,
    asked_day: i64,
    sold_day: i64,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (1..4_u64, 0..30_u64, -500..500_i64, prop::bool::weighted(0.9), -500..500_i64, -500..500_i64);
    let step = step.prop_map(|(visitor, visit, day, live, asked_day, sold_day)| Step {
        visitor,
        visit: visitor * 100 + visit,
        day,
        live,
        asked_day,
        sold_day,
    });
    proptest::collection::vec(step, 4..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn a_way_in_memory_is_the_one_in_the_tables(steps in steps()) {
        const DAY: i64 = 86_400;
        let (_folder, store) = fresh();
        for (i, step) in steps.iter().enumerate() {
            let position = i as u64 + 1;
            let asked = Keys {
                visitors: (1..4).map(|v| (VisitorKey(v), at(step.asked_day * DAY))).collect(),
                ..people(&[1, 2, 3])
            };
            // `load` compares what is held in memory with what the tables say.
            load(&store, &asked);
            store.load(&asked).unwrap();
            let mut rows = empty(position);
            let start = step.day * DAY;
            let stored = visit(step.visit, step.visitor, start, start + 600);
            rows.visits = vec![VisitRow { position, live: step.live, ..stored }];
            rows.touches = vec![TouchRow { event: EventKey(position), position, ..touch(1, step.visitor, start) }];
            let sold = cart_fact(position).visitor(step.visitor);
            rows.cart_facts = vec![CartFactRow { occurred_at: at(step.sold_day * DAY), ..sold }];
            store.apply(&rows).unwrap();
            load(&store, &asked);
        }
    }
}
