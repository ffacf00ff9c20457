//! What goes in comes out, column by column.

use super::sample::*;
use super::*;
use crate::table::Table;
use commerce::rows::*;
use commerce::state::{CartHead, Sales, State};
use commerce::{CartKey, CustomerKey, OrderKey, VisitorKey};
use proptest::prelude::*;
use std::collections::HashSet;

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
        assert_eq!(stored::<OrderIdRow>(store), rows.order_ids);
        assert_eq!(stored::<RefundRow>(store), rows.refunds);
        assert_eq!(stored::<RefundLineRow>(store), rows.refund_lines);
        assert_eq!(stored::<CartFactRow>(store), rows.cart_facts);
        assert_eq!(stored::<PersonRow>(store), rows.people);
        assert_eq!(stored::<ProductCostRow>(store), rows.product_costs);
        assert_eq!(stored::<AdCostRow>(store), rows.ad_costs);
        assert_eq!(stored::<LinkCodeRow>(store), rows.link_codes);
        assert_eq!(stored::<VisitAliasRow>(store), rows.visit_aliases);
        assert_eq!(stored::<WaitingEventRow>(store), rows.waiting_events);
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
    check::<OrderIdRow>(&store);
    check::<RefundRow>(&store);
    check::<RefundLineRow>(&store);
    check::<CartFactRow>(&store);
    check::<PersonRow>(&store);
    check::<ProductCostRow>(&store);
    check::<AdCostRow>(&store);
    check::<LinkCodeRow>(&store);
    check::<VisitAliasRow>(&store);
    check::<WaitingEventRow>(&store);
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
        assert_eq!(visitor.events, [], "nothing is late");
        assert_eq!(state.sales.orders[&OrderKey(n)], rows.orders[i]);
        let lines = rows.cart_lines[2 * i..2 * i + 2].to_vec();
        assert_eq!(state.sales.carts[&CartKey(n)], CartHead { cart: rows.carts[i].clone(), lines });
        assert_eq!(state.sales.people[&CustomerKey(n)], rows.people[i]);
    }
    assert_eq!(state.waiting_events, rows.waiting_events);
    assert_eq!(state.sales.order_facts, rows.order_facts);
    assert_eq!(state.sales.order_ids, rows.order_ids);
    assert_eq!(
        state.sales.cart_facts,
        rows.cart_facts.iter().filter(|f| f.cart.is_some()).cloned().collect::<Vec<_>>()
    );
    let site = &state.sites[&SITE];
    assert_eq!(site.settings.domain, "shop.example");
    assert_eq!(site.rates["USD"], [("2026-03-02".to_owned(), "1.08".to_owned())]);
    assert!(!state.visitors.contains_key(&VisitorKey(6)), "an unknown key is missing");
    assert!(!state.sales.orders.contains_key(&OrderKey(6)));
}

#[test]
fn an_empty_store_knows_nothing() {
    let (_folder, store) = fresh();
    assert_eq!((store.position(), store.as_of()), (0, None));
    let complete = (HashSet::new(), (1..=3).map(CustomerKey).collect());
    let sales = Sales { complete, ..Sales::default() };
    assert_eq!(store.load(&keys(1..=3)).unwrap(), State { sales, ..State::default() });
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
