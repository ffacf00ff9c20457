//! Customers and visitors.

use super::*;
use crate::CustomerSort;

fn placed(n: u64, customer: u64, gross: i64) -> OrderRow {
    OrderRow {
        customer: Some(CustomerKey(customer)),
        visitor: Some(VisitorKey(customer)),
        counts: true,
        reporting: Some(OrderAmounts { gross_sales: Amount(gross), discounts: Amount(1), ..OrderAmounts::default() }),
        ..order(n)
    }
}

#[test]
fn a_customer_is_shown_with_orders_devices_and_carts() {
    let (_folder, store) = fresh();
    let mut rows = empty(20);
    rows.orders = vec![placed(1, 7, 10), placed(2, 7, 10), placed(3, 8, 10)];
    rows.orders[0].counts = false;
    rows.carts = vec![cart(1), cart(2), cart(4)];
    rows.carts[1].customer = Some(CustomerKey(7));
    rows.carts[2].customer = Some(CustomerKey(7));
    rows.cart_lines = vec![cart_line(2, 0)];
    rows.identities = [2, 4, 5].map(identity).to_vec();
    rows.identities[0].customer = Some(CustomerKey(7));
    rows.identities[2].customer = Some(CustomerKey(7));
    rows.people = vec![person(7)];
    store.apply(&rows).unwrap();
    let found = store.customer(SITE, CustomerKey(7)).unwrap().unwrap();
    assert_eq!(found.person.as_ref(), Some(&rows.people[0]));
    assert_eq!(found.orders, [rows.orders[1].clone(), rows.orders[0].clone()]);
    assert_eq!(found.identities, [rows.identities[0].clone(), rows.identities[2].clone()]);
    assert_eq!(found.carts.iter().map(|c| (c.cart.cart.0, c.lines.len())).collect::<Vec<_>>(), [(4, 0), (2, 1)]);
    assert_eq!(found.carts[0].person, found.person);
    assert_eq!(store.customer(SITE, CustomerKey(99)).unwrap(), None);
    assert_eq!(store.customer(OTHER, CustomerKey(7)).unwrap(), None);
}

#[test]
fn each_thing_alone_makes_a_customer_known() {
    let check = |name: &str, rows: Rows| {
        let (_folder, store) = fresh();
        store.apply(&Rows { position: 20, ..rows }).unwrap();
        assert!(store.customer(SITE, CustomerKey(7)).unwrap().is_some(), "{name}");
    };
    let customer = Some(CustomerKey(7));
    check("a name", Rows { people: vec![person(7)], ..Rows::default() });
    check("an order", Rows { orders: vec![placed(1, 7, 10)], ..Rows::default() });
    check("a device", Rows { identities: vec![IdentityRow { customer, ..identity(2) }], ..Rows::default() });
    check("a cart", Rows { carts: vec![CartRow { customer, ..cart(1) }], ..Rows::default() });
}

#[test]
fn customers_are_listed_with_their_sums() {
    let (_folder, store) = fresh();
    let mut rows = empty(20);
    rows.orders = vec![placed(1, 7, 10), placed(2, 8, 500), placed(3, 7, 30), placed(4, 9, 40), placed(5, 8, 900)];
    rows.orders[4].counts = false;
    rows.orders.push(OrderRow { reporting: None, ..placed(6, 9, 0) });
    rows.orders.push(OrderRow { customer: None, ..placed(7, 1, 1) });
    let given_back = |n: u64, order: u64, goods: i64| RefundRow {
        order: OrderKey(order),
        reporting: Some(RefundAmounts { goods: Amount(goods), amount: Amount(999), ..RefundAmounts::default() }),
        ..refund(n)
    };
    rows.refunds = vec![given_back(1, 3, 4), given_back(2, 3, 5), given_back(3, 5, 50)];
    rows.people = vec![person(8)];
    store.apply(&rows).unwrap();
    let list = |sort, limit, offset| {
        let found = store.customers(SITE, sort, limit, offset).unwrap();
        let short = |c: &crate::CustomerSummary| (c.customer.0, c.orders, c.net.0, c.person.is_some());
        (found.iter().map(short).collect::<Vec<_>>(), found)
    };
    let (short, all) = list(CustomerSort::NetSales, 10, 0);
    assert_eq!(short, [(8, 1, 499, true), (9, 2, 39, false), (7, 2, 9 + 29 - 9, false)]);
    assert_eq!((all[2].first_order_at, all[2].last_order_at), (at(1), at(3)));
    let (short, _) = list(CustomerSort::LastOrder, 10, 0);
    assert_eq!(short.iter().map(|c| c.0).collect::<Vec<_>>(), [9, 7, 8]);
    assert_eq!(list(CustomerSort::LastOrder, 1, 1).0.len(), 1);
    assert_eq!(list(CustomerSort::LastOrder, 1, 1).0[0].0, 7);
    assert!(store.customers(OTHER, CustomerSort::NetSales, 10, 0).unwrap().is_empty());
}

#[test]
fn a_visitor_is_shown_with_visits_events_and_sales() {
    let (_folder, store) = fresh();
    let mut rows = empty(2_000);
    rows.visits = vec![visit(2), VisitRow { visit: VisitKey(9), started_at: at(9), ..visit(2) }, visit(4)];
    rows.events = vec![event(2), event(4), EventRow { visitor: None, visit: Some(VisitKey(9)), ..event(5) }];
    // An event of another visitor's name moved to a visit of this one's.
    rows.events.push(event(7));
    rows.visit_moves = vec![VisitMoveRow { visit: Some(VisitKey(9)), ..visit_move(7) }];
    rows.orders =
        vec![OrderRow { email: Some(CustomerKey(50)), ..placed(1, 2, 10) }, placed(3, 2, 10), placed(4, 4, 10)];
    rows.carts = vec![cart(1), cart(2)];
    let says =
        |subject, customer: u64, n: u64| IdentityRow { subject, customer: Some(CustomerKey(customer)), ..identity(n) };
    rows.identities = vec![
        says(Subject::Visitor(VisitorKey(2)), 30, 1),
        says(Subject::Visitor(VisitorKey(8)), 30, 2),
        says(Subject::Email(CustomerKey(50)), 31, 3),
        says(Subject::Visitor(VisitorKey(8)), 39, 4),
        says(Subject::Email(CustomerKey(60)), 39, 5),
    ];
    store.apply(&rows).unwrap();
    let found = store.visitor(SITE, VisitorKey(2)).unwrap().unwrap();
    assert_eq!(found.visits.iter().map(|v| v.visit.0).collect::<Vec<_>>(), [9, 2]);
    assert_eq!(found.events.iter().map(|e| e.event.0).collect::<Vec<_>>(), [1_007, 1_005, 1_002]);
    assert_eq!(found.events[0].visit, Some(VisitKey(9)));
    assert_eq!(found.identities, rows.identities[..3]);
    assert_eq!(found.orders, [rows.orders[1].clone(), rows.orders[0].clone()]);
    assert_eq!(found.carts.iter().map(|c| c.cart.cart.0).collect::<Vec<_>>(), [2]);
    assert_eq!(store.visitor(SITE, VisitorKey(99)).unwrap(), None);
    assert_eq!(store.visitor(OTHER, VisitorKey(2)).unwrap(), None);
}

#[test]
fn of_many_events_the_latest_are_shown() {
    let (_folder, store) = fresh();
    let mut rows = empty(2_000);
    rows.events = (1..=700).map(|n| EventRow { visitor: Some(VisitorKey(2)), ..event(n) }).collect();
    store.apply(&rows).unwrap();
    let found = store.visitor(SITE, VisitorKey(2)).unwrap().unwrap();
    assert_eq!((found.events.len(), found.events[0].position, found.events[499].position), (500, 700, 201));
}
