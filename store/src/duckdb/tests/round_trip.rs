//! What goes in comes out, column by column.

use super::sample::*;
use super::*;
use crate::table::Table;
use commerce::rows::*;
use commerce::state::{CartHead, State};
use commerce::{CartKey, CustomerKey, OrderKey, VisitorKey};
use proptest::prelude::*;

#[test]
fn every_table_gives_back_its_rows() {
    let (folder, store) = fresh();
    let rows = everything(1..=7);
    store.apply(&rows).unwrap();
    let check = |store: &Store| {
        assert_eq!(stored::<EventRow>(store), rows.events);
        assert_eq!(stored::<VisitRow>(store), rows.visits);
        assert_eq!(stored::<TouchRow>(store), rows.touches);
        assert_eq!(stored::<ProductActionRow>(store), rows.product_actions);
        assert_eq!(stored::<VisitMoveRow>(store), rows.visit_moves);
        assert_eq!(stored::<GoalConversionRow>(store), rows.goal_conversions);
        assert_eq!(stored::<OrderFactRow>(store), rows.order_facts);
        assert_eq!(stored::<OrderRow>(store), rows.orders);
        assert_eq!(stored::<OrderLineRow>(store), rows.order_lines);
        assert_eq!(stored::<CartRow>(store), rows.carts);
        assert_eq!(stored::<CartLineRow>(store), rows.cart_lines);
        assert_eq!(stored::<IdentityRow>(store), rows.identities);
        assert_eq!(stored::<QuarantineRow>(store), rows.quarantine);
        assert_eq!(stored::<IntakeRow>(store), rows.intake);
        assert_eq!(stored::<SiteRow>(store), rows.sites);
        assert_eq!(stored::<RateRow>(store), rows.rates);
        assert_eq!((store.position(), store.as_of()), (7, Some(at(7))));
    };
    check(&store);
    drop(store);
    check(&open(folder.path()));
}

#[test]
fn tables_have_the_columns_of_their_structs() {
    fn check<T: Table>(store: &Store) {
        let sql = "select column_name from duckdb_columns() where table_name = ? order by column_index";
        let columns = ask(store, sql, &[T::NAME.into()]);
        let columns: Vec<&str> = columns.rows.iter().map(|row| row[0].as_text().unwrap()).collect();
        assert_eq!(columns, T::column_names(), "{}", T::NAME);
    }
    let (_folder, store) = fresh();
    check::<EventRow>(&store);
    check::<VisitRow>(&store);
    check::<TouchRow>(&store);
    check::<ProductActionRow>(&store);
    check::<VisitMoveRow>(&store);
    check::<GoalConversionRow>(&store);
    check::<OrderFactRow>(&store);
    check::<OrderRow>(&store);
    check::<OrderLineRow>(&store);
    check::<CartRow>(&store);
    check::<CartLineRow>(&store);
    check::<IdentityRow>(&store);
    check::<QuarantineRow>(&store);
    check::<IntakeRow>(&store);
    check::<SiteRow>(&store);
    check::<RateRow>(&store);
}

#[test]
fn load_gives_back_what_was_applied() {
    let (_folder, store) = fresh();
    let mut rows = everything(1..=5);
    rows.visit_moves.clear();
    store.apply(&rows).unwrap();
    let state = store.load(&keys(1..=6)).unwrap();
    assert_eq!(state.as_of, Some(at(5)));
    assert_eq!(state.events_seen, rows.events.iter().map(|e| e.event).collect());
    for (i, n) in (1..=5).enumerate() {
        let visitor = &state.visitors[&VisitorKey(n)];
        assert_eq!(visitor.visits, [rows.visits[i].clone()]);
        assert_eq!(visitor.touches, [rows.touches[i].clone()]);
        assert_eq!(visitor.customer, Some((CustomerKey(n), at(n as i64))));
        assert_eq!(visitor.events, [], "nothing is late");
        let order = &state.orders[&OrderKey(n)];
        assert_eq!(order.facts, [rows.order_facts[i].clone()]);
        assert_eq!(order.order.as_ref(), Some(&rows.orders[i]));
        let lines = rows.cart_lines[2 * i..2 * i + 2].to_vec();
        assert_eq!(state.carts[&CartKey(n)], CartHead { cart: rows.carts[i].clone(), lines });
    }
    let owned = |n: &u64| !n.is_multiple_of(3);
    assert_eq!(state.cart_of_visitor, (1..=5).filter(owned).map(|n| (VisitorKey(n), CartKey(n))).collect());
    assert_eq!(state.cart_of_customer, (1..=5).filter(owned).map(|n| (CustomerKey(n), CartKey(n))).collect());
    let site = &state.sites[&SITE];
    assert_eq!(site.settings.domain, "shop.example");
    assert_eq!(site.rates["USD"], [("2026-03-02".to_owned(), "1.08".to_owned())]);
    assert!(!state.visitors.contains_key(&VisitorKey(6)), "an unknown key is missing");
    assert!(!state.orders.contains_key(&OrderKey(6)));
}

#[test]
fn an_empty_store_knows_nothing() {
    let (_folder, store) = fresh();
    assert_eq!((store.position(), store.as_of()), (0, None));
    assert_eq!(store.load(&keys(1..=3)).unwrap(), State::default());
    assert_eq!(store.load(&commerce::state::Keys::default()).unwrap(), State::default());
}

#[test]
fn values_come_out_as_they_are_bound() {
    let (_folder, store) = fresh();
    let values = [
        Value::Null,
        Value::Bool(true),
        Value::Int(-5),
        Value::UInt(u64::MAX),
        Value::Huge(i128::from(i64::MAX) * 1000),
        Value::Text("a\u{0}b".to_owned()),
        Value::Time(at(0)),
        Value::Bytes(vec![0, 1]),
    ];
    let result = ask(&store, "select ? as a, ?, ?, ?, ?, ?, ?, ?", &values);
    assert_eq!(result.rows, [values.to_vec()]);
    assert_eq!(result.column("a"), Some(0));
    let result = ask(&store, "select sum(n), date '2026-03-02', 7::utinyint from (values (1::bigint), (2)) t(n)", &[]);
    assert_eq!(result.rows, [vec![Value::Huge(3), Value::Text("2026-03-02".to_owned()), Value::UInt(7)]]);
}

#[test]
fn batches_larger_than_a_block_are_whole() {
    let (_folder, store) = fresh();
    let mut rows = empty(1);
    rows.events = (0..5_000).map(event).collect();
    store.apply(&rows).unwrap();
    let found = ask(&store, "select count(*), count(distinct event), sum(flags) from events", &[]);
    assert_eq!(found.rows[0].iter().filter_map(Value::as_i64).collect::<Vec<_>>(), [5_000, 5_000, 12_497_500]);
}

#[test]
fn single_things_are_found() {
    let (_folder, store) = fresh();
    let mut rows = everything(1..=5);
    rows.visit_moves.clear();
    store.apply(&rows).unwrap();
    let found = store.order(SITE, OrderKey(2)).unwrap().unwrap();
    assert_eq!(found.order.as_ref(), Some(&rows.orders[1]));
    assert_eq!((found.lines, found.facts), (rows.order_lines[2..4].to_vec(), vec![rows.order_facts[1].clone()]));
    assert_eq!(store.order(SITE, OrderKey(9)).unwrap(), None);
    assert_eq!(store.order(commerce::SiteId(2), OrderKey(2)).unwrap(), None);
    let cart = store.cart(SITE, CartKey(4)).unwrap().unwrap();
    assert_eq!((cart.cart, cart.lines), (rows.carts[3].clone(), rows.cart_lines[6..8].to_vec()));
    let latest = store.carts(SITE, 2).unwrap();
    assert_eq!(latest.iter().map(|c| (c.cart.cart.0, c.lines.len())).collect::<Vec<_>>(), [(5, 2), (4, 2)]);
    let quarantine = store.quarantine(SITE, 3).unwrap();
    assert_eq!(quarantine.iter().map(|q| q.position).collect::<Vec<_>>(), [5, 4, 3]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_text_and_number_survives(
        texts in proptest::collection::vec(proptest::option::of(any::<String>()), 1..20),
        key in any::<u64>(),
        amount in any::<i64>(),
        micros in -60_000_000_000_000_000_i64..200_000_000_000_000_000,
    ) {
        let (_folder, store) = fresh();
        let mut rows = empty(1);
        for (i, text) in texts.iter().enumerate() {
            let mut row = event(1);
            row.position = i as u64;
            row.event = commerce::EventKey(key.wrapping_add(i as u64));
            row.name = text.clone().unwrap_or_default();
            row.page.clone_from(text);
            row.occurred_at = commerce::Timestamp(micros);
            rows.events.push(row);
            let mut cart = cart(i as u64);
            cart.value = commerce::Amount(amount);
            cart.email.clone_from(text);
            rows.carts.push(cart);
        }
        store.apply(&rows).unwrap();
        prop_assert_eq!(stored::<EventRow>(&store), rows.events);
        prop_assert_eq!(stored::<CartRow>(&store), rows.carts);
    }
}
