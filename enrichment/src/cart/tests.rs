//! Tests of `cart`.

use super::*;
use commerce::rows::CartState;
use shop::{Shop, at, show};

mod facts;
mod lines;
mod names;
mod owners;
mod sets;
mod shop;

/// Tells `words` of one visitor's carts and compares what they come to: state, value, lines.
#[track_caller]
fn check(words: &[&str], expected: &[&str]) {
    check_in(&Shop::told(words), expected);
}

#[track_caller]
fn check_in(shop: &Shop, expected: &[&str]) {
    let carts = shop.carts().iter().map(show).collect::<Vec<_>>();
    assert_eq!(carts, expected);
}

const MONTH: i64 = 30 * 86_400;
const TWO: &str = "cart_update 0 visit=10 items=A*1*10,B*2*5";
const TWO_OPEN: &str = "open 20.00 [A*1=10.00,B*2=10.00]";

#[test]
fn an_update_replaces_and_a_change_changes() {
    check(&[TWO], &[TWO_OPEN]);
    check(&[TWO, "cart_update 60 items=C*1*3"], &["open 3.00 [C*1=3.00]"]);
    check(&[TWO, "cart_update 60 items=C*1*3 value=2.50"], &["open 2.50 [C*1=3.00]"]);
    check(&[TWO, "cart_update 60 items="], &["emptied 0.00 []"]);
    check(&[TWO, "cart_update 60 coupon=TEN"], &[TWO_OPEN]);
    check(&[TWO, "add_to_cart 60 items=A*2*10"], &["open 40.00 [A*3=30.00,B*2=10.00]"]);
    check(&[TWO, "remove_from_cart 60 items=B*1"], &["open 15.00 [A*1=10.00,B*1=5.00]"]);
    check(&["add_to_cart 0 items=A", "remove_from_cart 9 items=A"], &["emptied 0.00 []"]);
    check(&[TWO, "cart_update 60 items=", "add_to_cart 90 items=C*1*1"], &["open 1.00 [C*1=1.00]"]);
}

#[test]
fn no_cart_begins_empty() {
    check(&["cart_update 0 items="], &[]);
    check(&["cart_update 0 items= value=0"], &[]);
    check(&["remove_from_cart 0 items=A"], &[]);
    check(&["add_to_cart 0 items="], &[]);
    check(&["begin_checkout 0"], &[]);
    check(&["page_view 0 items=A"], &[]);
    check(&["identify 0 items=A"], &[]);
    check(&["begin_checkout 0 items=A*1*9"], &["open 9.00 [A*1=9.00]"]);
    check(&["cart_update 0 value=9"], &["open 9.00 []"]);
    // What came to nothing is no part of the cart that begins later.
    let shop = Shop::told(&["remove_from_cart 0 items=A", "add_payment_info 5", "add_to_cart 9 items=A*1*9"]);
    let cart = &shop.carts()[0].cart;
    assert_eq!((cart.created_at, cart.checkout_step.as_ref(), cart.cart), (at(9), None, shop::first_event(3)));
}

#[test]
fn bytes_of_another_version_say_nothing() {
    let mut shop = Shop::told(&[TWO, "add_to_cart 9 items=C*1*1"]);
    shop.facts[1].payload = vec![0xff, 0x00];
    check_in(&shop, &[TWO_OPEN]);
}

#[test]
fn time_decides_and_not_arrival() {
    check(&["cart_update 60 items=C*1*3", TWO], &["open 3.00 [C*1=3.00]"]);
    // What was put in before the whole cart was told is part of it; what was put in after other adds is not.
    check(&["cart_update 60 items=C*1*3", "add_to_cart 30 items=C*1*3"], &["open 3.00 [C*1=3.00]"]);
    check(&["add_to_cart 60 items=C*1*3", "add_to_cart 30 items=D*1*4"], &["open 7.00 [D*1=4.00,C*1=3.00]"]);
    check(&["remove_from_cart 60 items=A", "add_to_cart 30 items=A*1*3"], &["emptied 0.00 []"]);
    let shop = Shop::told(&["cart_update 60 items=C*1*3", TWO]);
    let cart = &shop.carts()[0].cart;
    assert_eq!((cart.created_at, cart.changed_at, cart.replaced_at), (at(0), at(60), Some(at(60))));
    assert_eq!(cart.visit, Some(VisitKey(10)), "the older visit is better than none");
}

#[test]
fn at_the_same_instant_the_whole_cart_contains_its_changes() {
    check(&["cart_update 0 items=A*1*1", "add_to_cart 0 items=A*1*1"], &["open 1.00 [A*1=1.00]"]);
    check(&["remove_from_cart 0 items=A", "add_to_cart 0 items=A*2*1"], &["open 1.00 [A*1=1.00]"]);
    check(&["begin_checkout 0 items=Z*1*99", "cart_update 0 items=A*1*1"], &["open 1.00 [A*1=1.00]"]);
    // Of two that tell the whole, the larger event key does, whoever arrives first.
    let updates = ["cart_update 0 event=8 items=A*1*1", "cart_update 0 event=7 items=B*1*2"];
    check(&updates, &["open 1.00 [A*1=1.00]"]);
}

#[test]
fn an_order_ends_the_cart() {
    let ordered = "ordered at 60 20.00 [A*1=10.00,B*2=10.00]";
    check(&[TWO, "order 60"], &[ordered]);
    check(&[TWO, "order 60 status=pending"], &[ordered]);
    check(&[TWO, "order 60 status=failed"], &[TWO_OPEN]);
    check(&[TWO, "order 60 test=yes"], &[TWO_OPEN]);
    check(&[TWO, "order 0"], &["ordered at 0 20.00 [A*1=10.00,B*2=10.00]"]);
    // Thirty days after its last change, and a second more.
    check(&[TWO, "order 2592000"], &["ordered at 2592000 20.00 [A*1=10.00,B*2=10.00]"]);
    check(&[TWO, "order 2592001"], &[TWO_OPEN]);
    // Placed before the cart was begun, though told later.
    check(&[TWO, "order -60"], &[TWO_OPEN]);
    // The first order is the cart's, of two at the same instant the one with the smaller key.
    let carts = Shop::told(&[TWO, "order 90 id=1", "order 60 id=3", "order 60 id=2"]).carts();
    assert_eq!((carts.len(), carts[0].cart.order), (1, Some(OrderKey(2))));
    assert_eq!(carts[0].cart.changed_at, at(0), "an order is no change");
}

#[test]
fn an_order_that_failed_gives_its_cart_back_and_one_called_off_does_not() {
    check(&[TWO, "order 60 status=failed"], &[TWO_OPEN]);
    check(&[TWO, "order 60 status=cancelled"], &["ordered at 60 20.00 [A*1=10.00,B*2=10.00]"]);
    let then = [TWO, "order 60 status=failed", "add_to_cart 90 items=C*1*1", "order 99"];
    check(&then, &["ordered at 99 21.00 [A*1=10.00,B*2=10.00,C*1=1.00]"]);
}

#[test]
fn after_its_order_a_cart_takes_only_what_was_before() {
    let ordered = "ordered at 60 20.00 [A*1=10.00,B*2=10.00]";
    check(&[TWO, "order 60", "cart_update 61 items="], &[ordered]);
    check(&[TWO, "order 60", "begin_checkout 61"], &[ordered]);
    check(&[TWO, "order 60", "cart_update 61 items=C*1*3"], &[ordered, "open 3.00 [C*1=3.00]"]);
    check(&[TWO, "order 60", "cart_update 59 items=C*1*3"], &["ordered at 60 3.00 [C*1=3.00]"]);
    check(&[TWO, "order 60", "cart_update 60 items=C*1*3"], &["ordered at 60 3.00 [C*1=3.00]"]);
    // An order told again is no second one.
    check(&[TWO, "order 60 id=1", "cart_update 61 items=C*1*3", "order 99 id=1"], &[ordered, "open 3.00 [C*1=3.00]"]);
    // Emptied by the shop as it took the order: still where the order came from.
    check(&[TWO, "cart_update 59 items=", "order 60"], &["ordered at 60 0.00 []"]);
    check(&[TWO, "cart_update 59 items=", "order 1859"], &["ordered at 1859 0.00 []"]);
    check(&[TWO, "cart_update 59 items=", "order 1860"], &["emptied 0.00 []"]);
}

#[test]
fn an_old_cart_is_left_and_a_new_one_begun() {
    let old = "cart_update 0 items=A*1*1";
    let later = |seconds: i64| format!("add_to_cart {seconds} items=B*1*1");
    check(&[old, &later(MONTH)], &["open 2.00 [A*1=1.00,B*1=1.00]"]);
    check(&[old, &later(MONTH + 1)], &["open 1.00 [A*1=1.00]", "open 1.00 [B*1=1.00]"]);
    check(&[old, "cart_update 9 items=", &later(1809)], &["open 1.00 [B*1=1.00]"]);
    check(&[old, "cart_update 9 items=", &later(1810)], &["emptied 0.00 []", "open 1.00 [B*1=1.00]"]);
    // The old one stays as it was left, whatever becomes of the new.
    let ordered = [old, &later(MONTH + 1), &format!("order {}", MONTH + 9)];
    check(&ordered, &["open 1.00 [A*1=1.00]", "ordered at 2592009 1.00 [B*1=1.00]"]);
}

#[test]
fn a_version_has_the_highest_position_of_the_carts_own_statements() {
    let shop = Shop::told(&["add_to_cart 50 items=A*1*1", "add_to_cart 9 items=B*1*1", "order 70", TWO]);
    let positions = |shop: &Shop| shop.carts().iter().map(|head| head.cart.position).collect::<Vec<_>>();
    assert_eq!(positions(&shop), [3]);
    let next = Shop::told(&[TWO, "order 60", "add_to_cart 70 items=A*1*1", "begin_checkout 5"]);
    assert_eq!(positions(&next), [3, 2]);
    // A repeated event counts once, as it came first.
    let mut repeated = shop.clone();
    repeated.facts.push(CartFactRow { position: 9, ..shop.facts[0].clone() });
    assert_eq!(repeated.carts(), shop.carts());
}

#[test]
fn carts_come_by_the_time_at_which_they_began() {
    let shop =
        Shop::told(&["cart_update 60 cart=c1 items=A", "cart_update 0 cart=c2 items=B", "add_to_cart 99 items=C"]);
    let carts = shop.carts();
    assert_eq!(carts.iter().map(|head| head.cart.created_at).collect::<Vec<_>>(), [at(0), at(60)]);
    assert!(carts.iter().all(|head| head.cart.state == CartState::Open));
}
