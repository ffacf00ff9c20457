//! The carts are a function of the set of statements and orders, and nothing that was put in is lost.

use super::*;
use crate::cart::{ending, statement, timeline};
use commerce::Amount;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use std::collections::HashSet;

const OWNERS: [Owner; 5] = [
    Owner::Customer(CustomerKey(5)),
    Owner::Visitor(VisitorKey(1)),
    Owner::Visit(VisitKey(10)),
    Owner::Cart(CartKey(3)),
    Owner::Nobody(EventKey(1)),
];

/// Times of which many are the same or just at the end of a time-out or window.
fn seconds() -> impl Strategy<Value = i64> {
    let day = select(vec![0_i64, 0, 0, 0, 1800, 86_400, MONTH, 2 * MONTH]);
    (day, select(vec![0_i64, 0, 1, 2, 60, 1799, 1800, 1801])).prop_map(|(day, rest)| day + rest)
}

fn statement() -> impl Strategy<Value = String> {
    let said = select(vec![
        "add_to_cart items=A*1*10",
        "add_to_cart items=B*2*0.333333,A*1*11",
        "add_to_cart items=C*1*7 currency=USD coupon=TEN",
        "remove_from_cart items=A*1",
        "remove_from_cart items=B",
        "cart_update items=",
        "cart_update items=A*1*10,C*3*5 contact=h1 recovery=https://x",
        "cart_update items=B*1*3 value=2.50 currency=USD step=address",
        "cart_update value=9 email=a@b.c",
        "cart_update coupon=FIVE",
        "view_cart",
        "begin_checkout items=D*1*9",
        "add_payment_info",
    ]);
    let cart = select(vec!["", "", "cart=c1", "cart=c1", "cart=c2"]);
    let who = select(vec!["", "by=server visitor=2", "visitor=none", "visit=10", "visit=11 visitor=3"]);
    (said, seconds(), cart, who).prop_map(|(said, seconds, cart, who)| {
        let (kind, rest) = said.split_once(' ').unwrap_or((said, ""));
        format!("{kind} {seconds} {rest} {cart} {who}")
    })
}

fn order() -> impl Strategy<Value = String> {
    let said = select(vec!["", "", "", "status=pending", "status=failed", "status=cancelled", "test=yes", "cart=c1"]);
    (said, seconds()).prop_map(|(said, seconds)| format!("order {seconds} {said}"))
}

fn shop() -> impl Strategy<Value = Shop> {
    let words = (prop::collection::vec(statement(), 1..14), prop::collection::vec(order(), 0..4));
    words.prop_map(|(statements, orders)| {
        let mut shop =
            Shop::told(&[&statements[..], &orders[..]].concat().iter().map(String::as_str).collect::<Vec<_>>());
        shop.site.rates.insert("USD".to_owned(), vec![("2026-04-01".to_owned(), "1.0842".to_owned())]);
        shop
    })
}

/// Swaps and repeats rows.
fn mix<T: Clone>(rows: &mut Vec<T>, shuffle: &[Index]) {
    for (i, index) in shuffle.iter().enumerate().filter(|_| !rows.is_empty()).collect::<Vec<_>>() {
        let at = index.index(rows.len());
        let repeated = rows[at].clone();
        if i % 2 == 0 { rows.push(repeated) } else { rows.swap(0, at) }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_and_repetition_gives_the_same_carts(
        shop in shop(),
        owner in select(OWNERS.to_vec()),
        shuffle in prop::collection::vec(any::<Index>(), 0..30),
    ) {
        let straight = fold(&shop.site, owner, &shop.facts, &shop.orders);
        let (mut facts, mut orders) = (shop.facts.clone(), shop.orders.clone());
        mix(&mut facts, &shuffle);
        mix(&mut orders, &shuffle);
        prop_assert_eq!(straight, fold(&shop.site, owner, &facts, &orders));
    }

    #[test]
    fn what_can_fill_a_cart_is_in_one(shop in shop(), owner in select(OWNERS.to_vec())) {
        let statements = statement::read(&shop.facts, shop.site.settings.currency);
        let drafts = timeline::draw(&shop.site.settings, owner, &statements, &ending(owner, &shop.orders));
        let mut kept = HashSet::new();
        for draft in &drafts {
            for event in draft.events() {
                prop_assert!(kept.insert(event), "one statement, one cart");
            }
        }
        for statement in statements.iter().filter(|s| s.fills()) {
            prop_assert!(kept.contains(&statement.fact.event), "lost: {:?}", statement);
        }
        let begun = drafts.iter().filter_map(|d| d.events().next());
        let fills = |event| statements.iter().any(|s| s.fact.event == event && s.fills());
        prop_assert!(begun.into_iter().all(fills), "no cart begins empty");
    }

    #[test]
    fn as_much_is_in_the_carts_as_was_put_in(shop in shop(), owner in select(OWNERS.to_vec())) {
        let adds: Vec<_> = shop.facts.iter().filter(|f| f.kind == "add_to_cart").cloned().collect();
        let statements = statement::read(&adds, shop.site.settings.currency);
        let put_in: i64 = statements.iter().flat_map(statement::Statement::items).map(|i| i.quantity().0).sum();
        let carts = fold(&shop.site, owner, &adds, &shop.orders);
        prop_assert_eq!(carts.iter().map(|head| head.cart.units).sum::<i64>(), put_in);
    }

    #[test]
    fn carts_are_consistent(shop in shop(), owner in select(OWNERS.to_vec())) {
        let carts = fold(&shop.site, owner, &shop.facts, &shop.orders);
        let keys: HashSet<CartKey> = carts.iter().map(|head| head.cart.cart).collect();
        prop_assert_eq!(keys.len(), carts.len(), "one key, one cart");
        prop_assert!(carts.is_sorted_by_key(|head| head.cart.created_at));
        for head in &carts {
            let cart = &head.cart;
            prop_assert_eq!(cart.units, head.lines.iter().map(|l| l.quantity.0).sum::<i64>());
            prop_assert!(head.lines.iter().all(|l| l.position == cart.position && l.cart == cart.cart));
            prop_assert!(cart.created_at <= cart.changed_at);
            prop_assert!(cart.replaced_at.is_none_or(|whole| whole >= cart.created_at && whole <= cart.changed_at));
            prop_assert_eq!(cart.state == CartState::Ordered, cart.order.is_some());
            prop_assert_eq!(cart.order.is_some(), cart.ordered_at.is_some());
            prop_assert!(cart.ordered_at.is_none_or(|ordered| ordered >= cart.changed_at));
            let order = shop.orders.iter().find(|o| Some(o.order) == cart.order);
            prop_assert!(order.is_none_or(OwnerOrder::ends_carts));
            let reporting: Option<Vec<Amount>> = head.lines.iter().map(|l| l.reporting_gross).collect();
            prop_assert!(reporting.is_some() || cart.reporting_value.is_none());
            let is_full = !head.lines.is_empty() || cart.value > Amount::ZERO;
            let unlinked = matches!(owner, Owner::Nobody(_)) && is_full;
            prop_assert_eq!(cart.state == CartState::Unlinked, unlinked);
            prop_assert_eq!(cart.state == CartState::Open, !unlinked && is_full && cart.order.is_none());
        }
    }
}
