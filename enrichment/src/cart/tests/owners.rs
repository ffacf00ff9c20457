//! Whose a cart is: by its own id, its customer, its visitor, or nobody.

use super::*;
use crate::order::stage::{customer_key, visitor_key};
use commerce::CartKey;
use commerce::SiteId;

const MONTH: i64 = 30 * 86_400;

#[test]
fn a_cart_id_is_the_cart() {
    check(&["cart_update 0 cart=c1 items=A*1*1", "cart_update 9 cart=c1 items=A*2*1"], &["open 2.00 [A*2=2.00]"]);
    check(
        &["cart_update 0 cart=c1 items=A*1*1 visitor=1", "cart_update 9 cart=c2 items=B*1*1 visitor=1"],
        &["open 1.00 [A*1=1.00]", "open 1.00 [B*1=1.00]"],
    );
    check(
        &["cart_update 0 cart=c1 items=A*1*1 visitor=1", "add_to_cart 9 items=B*1*1 visitor=1"],
        &["open 2.00 [A*1=1.00,B*1=1.00]"],
    );
    check(
        &["cart_update 0 cart=c1 items=A*1*1", "purchase 9 by=server order=1 cart=c1"],
        &["ordered at 9 1.00 [A*1=1.00]"],
    );
    // Placeholders are no ids.
    check(
        &["cart_update 0 cart=undefined visitor=1 items=A*1*1", "cart_update 9 cart=undefined visitor=2 items=B*1*1"],
        &["open 1.00 [A*1=1.00]", "open 1.00 [B*1=1.00]"],
    );
    let mut stage = Stage::new();
    stage.tell("cart_update 0 cart=c1 items=A*1*1");
    assert_eq!(
        (stage.carts()[0].cart, stage.carts()[0].cart_id.as_deref()),
        (CartKey::of_cart_id(SiteId(1), "c1"), Some("c1"))
    );
}

#[test]
fn a_cart_id_that_is_used_again_after_its_order_is_the_next_cart() {
    let first = ["cart_update 0 cart=c1 visitor=1 items=A*1*1", "purchase 9 visitor=1 order=1 cart=c1"];
    let next = ["cart_update 20 cart=c1 visitor=1 items=B*1*2", "add_to_cart 30 cart=c1 visitor=1 items=B*1*2"];
    check(&[&first[..], &next[..]].concat(), &["ordered at 9 1.00 [A*1=1.00]", "open 4.00 [B*2=4.00]"]);
    let ordered = [&first[..], &next[..], &["purchase 40 visitor=1 order=2 cart=c1"]].concat();
    check(&ordered, &["ordered at 9 1.00 [A*1=1.00]", "ordered at 40 4.00 [B*2=4.00]"]);
    // With nobody to know the next cart by, it could not be found again.
    check(
        &["cart_update 0 cart=c1 items=A*1*1", "purchase 9 order=1 cart=c1", "cart_update 20 cart=c1 items=B*1*2"],
        &["ordered at 9 1.00 [A*1=1.00]"],
    );
}

#[test]
fn a_cart_follows_its_customer_over_devices() {
    let phone = "cart_update 0 visitor=1 customer=5 items=A*1*1";
    check(&[phone, "add_to_cart 9 visitor=2 customer=5 items=B*1*1"], &["open 2.00 [A*1=1.00,B*1=1.00]"]);
    check(&[phone, "purchase 9 customer=5 order=1 by=server"], &["ordered at 9 1.00 [A*1=1.00]"]);
    check(&[phone, "purchase 9 visitor=2 order=1"], &["open 1.00 [A*1=1.00]"]);
    // Two people at one device have two carts.
    check(
        &[phone, "add_to_cart 9 visitor=1 customer=6 items=B*1*1"],
        &["open 1.00 [A*1=1.00]", "open 1.00 [B*1=1.00]"],
    );
    // Signing in keeps the cart at hand, not the older one of another device; the order ends that one alone.
    let signed_in = [phone, "add_to_cart 9 visitor=2 items=B*1*1", "add_to_cart 20 visitor=2 customer=5 items=B*1*1"];
    check(&signed_in, &["open 1.00 [A*1=1.00]", "open 2.00 [B*2=2.00]"]);
}

#[test]
fn an_old_cart_is_left_and_a_new_one_begun() {
    let old = "cart_update 0 visitor=1 items=A*1*1";
    let later = |seconds: i64| format!("add_to_cart {seconds} visitor=1 items=B*1*1");
    check(&[old, &later(MONTH)], &["open 2.00 [A*1=1.00,B*1=1.00]"]);
    check(&[old, &later(MONTH + 1)], &["open 1.00 [A*1=1.00]", "open 1.00 [B*1=1.00]"]);
    check(&[old, "cart_update 9 visitor=1 items=", &later(1800)], &["open 1.00 [B*1=1.00]"]);
    check(&[old, "cart_update 9 visitor=1 items=", &later(1810)], &["emptied 0.00 []", "open 1.00 [B*1=1.00]"]);
}

#[test]
fn a_guest_who_signs_in_keeps_the_cart() {
    let guest = "cart_update 0 visitor=1 email=a@b.c items=A*1*1";
    check(&[guest, "add_to_cart 9 visitor=1 customer=5 items=B*1*1"], &["open 2.00 [A*1=1.00,B*1=1.00]"]);
    // The shop's server knows the guest by e-mail, and by the account that was opened with the order.
    check(&[guest, "purchase 9 by=server email=a@b.c order=1"], &["ordered at 9 1.00 [A*1=1.00]"]);
    check(&[guest, "purchase 9 by=server customer=5 email=a@b.c order=1"], &["ordered at 9 1.00 [A*1=1.00]"]);
    check(&[guest, "purchase 9 by=server email=x@y.z order=1"], &["open 1.00 [A*1=1.00]"]);
}

#[test]
fn a_cart_keeps_its_first_visitor_and_customer() {
    let mut stage = Stage::new();
    stage.tell_all(&[
        "cart_update 0 visitor=1 customer=5 items=A*1*1",
        "add_to_cart 9 visitor=2 customer=5 items=B*1*1",
    ]);
    let cart = stage.carts()[0];
    assert_eq!((cart.visitor, cart.customer), (Some(visitor_key(1)), Some(customer_key("5"))));
}

#[test]
fn a_visitor_whom_only_a_server_speaks_of_has_no_cart() {
    let mut stage = Stage::new();
    stage.visit(1, 10, (0, 0), "google");
    stage.tell_all(&["cart_update 0 by=server visitor=1 items=A*1*1", "cart_update 9 by=server visitor=2 items=A*2*1"]);
    assert_eq!(stage.carts().iter().map(|c| c.visitor).collect::<Vec<_>>(), [Some(visitor_key(1)), None]);
}

#[test]
fn what_names_nobody_is_kept_unlinked() {
    let mut stage = Stage::new();
    stage.tell_all(&["cart_update 0 by=server items=A*1*1", "cart_update 9 by=server items=A*2*1"]);
    let carts = stage.carts();
    assert_eq!(carts.len(), 2);
    assert!(carts.iter().all(|c| c.visitor.is_none() && c.customer.is_none() && c.cart_id.is_none()));
}

#[test]
fn a_batch_writes_each_cart_once() {
    let mut stage = Stage::new();
    stage.tell_all(&[TWO, "add_to_cart 9 visitor=1 items=C*1*1", "cart_update 9 visitor=2 items=D*1*1"]);
    let rows = stage.rows();
    assert_eq!(rows.carts.iter().map(|c| c.position).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(
        rows.cart_lines.iter().map(|l| (l.position, l.line)).collect::<Vec<_>>(),
        [(2, 0), (2, 1), (2, 2), (3, 0)]
    );
}
