//! What people look at: orders by any id, carts by state, customers and visitors with what they did.

mod people;

use super::sample::*;
use super::*;
use crate::{CartQuery, CartQueryState};
use commerce::hit::Origin;
use commerce::rows::*;
use commerce::{Amount, CartKey, Currency, CustomerKey, EventKey, OrderKey, SiteId, VisitKey, VisitorKey};
use proptest::prelude::*;

const OTHER: SiteId = SiteId(2);

#[test]
fn an_order_is_shown_with_all_that_belongs_to_it() {
    let (_folder, store) = fresh();
    let mut rows = everything(1..=5);
    rows.visit_moves.clear();
    // Order 2 is also known as 9, by a statement of its own and through the id that both carry.
    rows.order_facts.push(OrderFactRow {
        position: 5,
        event: EventKey(1_099),
        order_id: "Z".to_owned(),
        ..order_fact(5)
    });
    rows.order_facts[5].order = OrderKey(9);
    let alias = OrderKey(3_002);
    rows.order_ids.push(OrderIdRow { order: OrderKey(9), alias, alias_id: "stripe:2".to_owned(), ..order_id(5) });
    store.apply(&rows).unwrap();
    for key in [2, 9, 3_002] {
        let found = store.order(SITE, OrderKey(key)).unwrap().unwrap();
        assert_eq!(found.order.as_ref(), Some(&rows.orders[1]), "by {key}");
        assert_eq!(found.lines, rows.order_lines[2..4]);
        assert_eq!(
            (found.refunds, found.refund_lines),
            (vec![rows.refunds[1].clone()], rows.refund_lines[2..4].to_vec())
        );
        assert_eq!(found.facts, [rows.order_facts[1].clone(), rows.order_facts[5].clone()]);
        assert_eq!(found.ids, ["A-2", "Z", "stripe:2"]);
        assert_eq!(found.customer.as_ref(), Some(&rows.people[1]));
    }
    let guest = store.order(SITE, OrderKey(3)).unwrap().unwrap();
    assert_eq!((guest.customer, guest.ids), (None, vec!["A-3".to_owned(), "stripe:3".to_owned()]));
    assert_eq!(store.order(SITE, OrderKey(77)).unwrap(), None);
    assert_eq!(store.order(OTHER, OrderKey(2)).unwrap(), None);
    let mut rows = empty(6);
    rows.visit_moves = vec![VisitMoveRow { position: 6, visit: Some(VisitKey(77)), ..visit_move(2) }];
    store.apply(&rows).unwrap();
    assert_eq!(store.order(SITE, OrderKey(2)).unwrap().unwrap().facts[0].visit, Some(VisitKey(77)));
}

#[test]
fn orders_are_found_for_comparing_with_the_shop() {
    let (_folder, store) = fresh();
    let mut rows = everything(1..=5);
    rows.visit_moves.clear();
    rows.order_facts.push(OrderFactRow { event: EventKey(1_098), origin: Origin::Browser, ..order_fact(2) });
    rows.order_facts.push(OrderFactRow { event: EventKey(1_099), order: OrderKey(9), ..order_fact(2) });
    rows.order_facts[6].origin = Origin::Import;
    rows.order_ids.push(OrderIdRow { order: OrderKey(9), alias: OrderKey(3_002), ..order_id(5) });
    store.apply(&rows).unwrap();
    let between = store.orders_between(SITE, at(2), at(4)).unwrap();
    assert_eq!(between, rows.orders[1..3]);
    assert!(store.orders_between(OTHER, at(0), at(9)).unwrap().is_empty());
    let asked = [2, 9, 3_002, 3, 3_004, 77].map(OrderKey);
    let expected = [(2, 2), (9, 2), (3_002, 2), (3, 3), (3_004, 4)].map(|(a, b)| (OrderKey(a), OrderKey(b)));
    assert_eq!(store.order_ids_of(SITE, &asked).unwrap(), expected.into());
    assert!(store.order_ids_of(OTHER, &asked).unwrap().is_empty());
    assert!(store.order_ids_of(SITE, &[]).unwrap().is_empty());
    let origins = store.origins_of(SITE, at(2), at(4)).unwrap();
    let of = |order: u64, origin: Origin| (OrderKey(order), origin);
    let expected = [of(2, Origin::Browser), of(2, Origin::Server), of(2, Origin::Import), of(3, Origin::Server)];
    assert_eq!(origins, expected);
    assert!(store.origins_of(OTHER, at(0), at(9)).unwrap().is_empty());
}

#[test]
fn orders_without_a_rate_are_summed_by_currency() {
    let (_folder, store) = fresh();
    let mut rows = empty(20);
    let one = |n: u64, currency: &str, total: i64| OrderRow {
        currency: Currency::parse(currency).unwrap(),
        counted_at: at(n as i64),
        counts: true,
        reporting: None,
        amounts: OrderAmounts { order_total: Amount(total), ..order(n).amounts },
        ..order(n)
    };
    rows.orders = vec![one(1, "USD", 5), one(2, "USD", 7), one(3, "CHF", 11), one(4, "USD", 100), one(5, "USD", 100)];
    rows.orders[3].counts = false;
    rows.orders[4].reporting = Some(order(1).amounts);
    rows.orders.push(one(9, "USD", 100));
    store.apply(&rows).unwrap();
    let expected = [("CHF", 1, 11), ("USD", 2, 12)];
    let expected = expected.map(|(code, orders, total)| (Currency::parse(code).unwrap(), orders, Amount(total)));
    assert_eq!(store.unconverted(SITE, at(1), at(9)).unwrap(), expected);
    assert!(store.unconverted(OTHER, at(1), at(9)).unwrap().is_empty());
    assert!(store.unconverted(SITE, at(10), at(19)).unwrap().is_empty());
}

#[test]
fn a_cart_is_shown_with_its_lines_and_person() {
    let (_folder, store) = fresh();
    let rows = everything(1..=5);
    store.apply(&rows).unwrap();
    let cart = store.cart(SITE, CartKey(4)).unwrap().unwrap();
    assert_eq!((&cart.cart, &cart.lines[..]), (&rows.carts[3], &rows.cart_lines[6..8]));
    assert_eq!(cart.person.as_ref(), Some(&rows.people[3]));
    assert_eq!(store.cart(SITE, CartKey(3)).unwrap().unwrap().person, None);
    assert_eq!(store.cart(OTHER, CartKey(4)).unwrap(), None);
    assert_eq!(store.cart(SITE, CartKey(9)).unwrap(), None);
}

fn all_carts() -> CartQuery {
    let (from, to, min_value) = (None, None, None);
    CartQuery { state: None, idle_s: 1800, as_of: at(0), from, to, limit: 100, offset: 0, min_value, kept: None }
}

#[test]
fn carts_are_listed_the_last_changed_first() {
    let (_folder, store) = fresh();
    let rows = everything(1..=5);
    store.apply(&rows).unwrap();
    let check = |query: CartQuery, expected: &[u64], total: u64| {
        let page = store.carts(SITE, &query).unwrap();
        assert_eq!(page.carts.iter().map(|c| c.cart.cart.0).collect::<Vec<_>>(), expected, "{query:?}");
        assert_eq!(page.total, total, "{query:?}");
        for found in &page.carts {
            assert_eq!(Some(found), store.cart(SITE, found.cart.cart).unwrap().as_ref());
        }
    };
    check(all_carts(), &[5, 4, 3, 2, 1], 5);
    check(CartQuery { limit: 2, offset: 1, ..all_carts() }, &[4, 3], 5);
    check(CartQuery { offset: 9, ..all_carts() }, &[], 5);
    check(CartQuery { from: Some(at(7)), to: Some(at(9)), ..all_carts() }, &[3, 2], 2);
    // Cart 3 has no value in the site's currency.
    check(CartQuery { min_value: Some(Amount(2)), ..all_carts() }, &[5, 4, 2], 3);
    assert_eq!(store.carts(OTHER, &all_carts()).unwrap(), crate::CartPage::default());
}

/// Carts of every state, changed and ordered at times around each other.
fn carts() -> impl Strategy<Value = Vec<CartRow>> {
    let states = [CartState::Open, CartState::Emptied, CartState::Ordered, CartState::Unlinked];
    let one = (prop::sample::select(states.to_vec()), 0..6_i64, prop::option::of(0..8_i64));
    proptest::collection::vec(one, 1..15).prop_map(|all| {
        let row = |(n, (state, changed, ordered)): (usize, (CartState, i64, Option<i64>))| CartRow {
            state,
            changed_at: at(changed),
            ordered_at: ordered.map(at),
            ..cart(n as u64 + 1)
        };
        all.into_iter().enumerate().map(row).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_cart_is_in_the_state_that_it_is_listed_under(rows in carts(), idle_s in 0..4_i64, as_of in 0..9_i64) {
        let (_folder, store) = fresh();
        store.apply(&Rows { carts: rows.clone(), ..empty(100) }).unwrap();
        let mut listed = 0;
        for name in ["open", "abandoned", "emptied", "ordered", "recovered", "unlinked"] {
            let state = CartQueryState::parse(name).unwrap();
            prop_assert_eq!(state.name(), name);
            let query = CartQuery { state: Some(state), idle_s, as_of: at(as_of), ..all_carts() };
            let page = store.carts(SITE, &query).unwrap();
            prop_assert_eq!(page.total, page.carts.len() as u64);
            listed += page.carts.len();
            for found in page.carts {
                prop_assert_eq!(CartQueryState::of(&found.cart, idle_s, at(as_of)), state);
            }
        }
        prop_assert_eq!(listed, rows.len());
    }
}

#[test]
fn quarantined_items_are_listed_newest_first() {
    let (_folder, store) = fresh();
    store.apply(&everything(1..=5)).unwrap();
    let quarantine = store.quarantine(SITE, 3).unwrap();
    assert_eq!(quarantine.iter().map(|q| q.position).collect::<Vec<_>>(), [5, 4, 3]);
}

#[test]
fn a_code_shows_its_mailing_whichever_came_first() {
    let (_folder, store) = fresh();
    let by_code = |campaign: &str| TrafficSource { campaign: Some(campaign.to_owned()), ..order(2).source };
    let mut rows = everything(1..=4);
    rows.orders[1].source = by_code("Qw3rTy");
    rows.carts[2].source = by_code("Qw3rTy");
    rows.visits[3].source = by_code("Qw3rTy");
    store.apply(&rows).unwrap();
    assert_eq!(store.order(SITE, OrderKey(2)).unwrap().unwrap().mailing, None);
    assert_eq!(store.mailings(SITE, &["Qw3rTy"]).unwrap(), std::collections::HashMap::new());

    let known = person(2);
    let code = LinkCodeRow {
        code: "Qw3rTy".to_owned(),
        campaign: Some("Spring".to_owned()),
        customer: Some(known.customer),
        ..link_code(5)
    };
    let mut rows = empty(5);
    rows.link_codes = vec![code.clone(), LinkCodeRow { site: OTHER, campaign: Some("Theirs".to_owned()), ..code }];
    store.apply(&rows).unwrap();
    let found = store.order(SITE, OrderKey(2)).unwrap().unwrap();
    let mailing = found.mailing.unwrap();
    assert_eq!((mailing.code.as_str(), mailing.campaign.as_deref()), ("Qw3rTy", Some("Spring")));
    let contact = mailing.contact.as_ref().unwrap();
    assert_eq!((contact.customer, &contact.email), (known.customer, &known.email));
    assert_eq!(found.order.unwrap().source.campaign.as_deref(), Some("Spring"));
    let cart = store.cart(SITE, CartKey(3)).unwrap().unwrap();
    assert_eq!((cart.cart.source.campaign.as_deref(), cart.mailing.as_ref()), (Some("Spring"), Some(&mailing)));
    let visitor = store.visitor(SITE, visit(4).visitor).unwrap().unwrap();
    assert!(visitor.visits.iter().any(|visit| visit.source.campaign.as_deref() == Some("Spring")));
    assert_eq!(store.mailings(SITE, &["Qw3rTy", "spring", "Spring"]).unwrap().len(), 1);
}
