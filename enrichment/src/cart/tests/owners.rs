//! Whose carts they are: what it changes, and whom they name.

use super::*;
use shop::{MINE, cart_key, first_event};

#[track_caller]
fn check_of(owner: Owner, words: &[&str], expected: &[&str]) {
    let carts = Shop::told(words).carts_of(owner);
    assert_eq!(carts.iter().map(show).collect::<Vec<_>>(), expected, "{words:?}");
}

#[test]
fn a_customer_has_one_cart_on_all_devices() {
    let words = ["cart_update 0 visitor=1 items=A*1*1", "add_to_cart 9 visitor=2 customer=5 items=B*1*1"];
    let owner = Owner::Customer(CustomerKey(5));
    check_of(owner, &words, &["open 2.00 [A*1=1.00,B*1=1.00]"]);
    let cart = Shop::told(&words).carts_of(owner).remove(0).cart;
    assert_eq!((cart.visitor, cart.customer), (Some(VisitorKey(1)), Some(CustomerKey(5))));
    assert_eq!(Shop::told(&words).carts_of(MINE)[0].cart.customer, None);
}

#[test]
fn an_order_ends_all_carts_of_its_customer() {
    let words = ["cart_update 0 cart=c1 items=A*1*1", "cart_update 9 cart=c2 items=B*1*1", "order 60 cart=c2"];
    let ordered = ["ordered at 60 1.00 [A*1=1.00]", "ordered at 60 1.00 [B*1=1.00]"];
    check_of(Owner::Customer(CustomerKey(5)), &words, &ordered);
    check_of(MINE, &words, &ordered);
}

#[test]
fn a_cart_names_the_visitor_of_its_first_word_from_a_device() {
    let visitor = |words: &[&str]| Shop::told(words).carts()[0].cart.visitor;
    let server = "cart_update 0 by=server visitor=7 items=A*1*1";
    assert_eq!(visitor(&[server]), Some(VisitorKey(7)));
    assert_eq!(visitor(&[server, "view_cart 9 visitor=2", "view_cart 10 visitor=3"]), Some(VisitorKey(2)));
    assert_eq!(visitor(&["view_cart 9 visitor=none", server]), Some(VisitorKey(7)));
    assert_eq!(visitor(&["add_to_cart 0 visitor=none items=A"]), None);
}

#[test]
fn what_names_nobody_is_kept_unlinked() {
    let nobody = Owner::Nobody(EventKey(1));
    check_of(nobody, &["cart_update 0 by=server visitor=none items=A*1*1"], &["unlinked 1.00 [A*1=1.00]"]);
    check_of(nobody, &["cart_update 0 by=server visitor=none items="], &[]);
    check_of(nobody, &["remove_from_cart 0 by=server visitor=none items=A"], &[]);
    check_of(nobody, &["cart_update 0 by=server items=A*1*1", "order 9"], &["unlinked 1.00 [A*1=1.00]"]);
    let cart = Shop::told(&["cart_update 0 by=server visitor=none items=A"]).carts_of(nobody).remove(0).cart;
    assert_eq!((cart.cart, cart.visitor, cart.customer, cart.cart_id), (first_event(1), None, None, None));
}

#[test]
fn a_cart_of_which_only_the_id_is_known_is_one() {
    let owner = Owner::Cart(cart_key("c1"));
    let words = ["cart_update 0 by=server visitor=none cart=c1 items=A*1*1", "order 9 cart=c1"];
    check_of(owner, &words[..1], &["open 1.00 [A*1=1.00]"]);
    check_of(owner, &words, &["ordered at 9 1.00 [A*1=1.00]"]);
    let again = [words[0], words[1], "cart_update 20 by=server visitor=none cart=c1 items=B*1*1"];
    check_of(owner, &again, &["ordered at 9 1.00 [A*1=1.00]", "open 1.00 [B*1=1.00]"]);
}

#[test]
fn a_cart_can_belong_to_one_visit() {
    let visit = Owner::Visit(VisitKey(10));
    let ordered = "ordered at 60 20.00 [A*1=10.00,B*2=10.00]";
    check_of(visit, &[TWO, "cart_update 9 visit=10 items=C*1*3"], &["open 3.00 [C*1=3.00]"]);
    check_of(visit, &[TWO, "order 60"], &[ordered]);
    check_of(visit, &[TWO, "order 60", "cart_update 90 visit=10 items=C*1*3"], &[ordered, "open 3.00 [C*1=3.00]"]);
    // An order that names one of two carts, as another visit's may, ends that one.
    let named = ["cart_update 0 cart=c1 items=A*1*1", "cart_update 9 cart=c2 items=B*1*1", "order 60 cart=c2"];
    check_of(visit, &named, &["open 1.00 [A*1=1.00]", "ordered at 60 1.00 [B*1=1.00]"]);
    let then = [named[0], named[1], named[2], "add_to_cart 70 items=C*1*1"];
    check_of(visit, &then, &["open 2.00 [A*1=1.00,C*1=1.00]", "ordered at 60 1.00 [B*1=1.00]"]);
    let elsewhere = [named[0], named[1], "order 60 cart=c3"];
    check_of(visit, &elsewhere, &["ordered at 60 1.00 [A*1=1.00]", "ordered at 60 1.00 [B*1=1.00]"]);
}

#[test]
fn a_matomo_shop_comes_out_as_matomo_has_it() {
    // Carts and orders of site 1 of Matomo's own TwoSitesEcommerceOrderWithItems, by visit; expected are its two
    // abandoned carts of the day worth 5020.22 with 8 pieces, and three of the week worth 7530.33 with 12.
    let left = |seconds: i64, visit: u64| {
        format!("cart_update {seconds} visit={visit} items=ONE*1*500.11,TWO*2*1000,NICE*1*10 value=2510.11")
    };
    let first = [
        "cart_update 500 visit=11 items=NICE*1*500,NICE*2*500,GONE*1*300,DELETED*20*5000000 value=1300",
        "cart_update 680 visit=11 items=NICE*1*500,NICE*2*500,DELETED*20*5000000 value=1000",
        "order 860",
        "order 1220",
        "cart_update 1940 visit=11 items=ONE*2*500.11 value=1000",
        &left(3380, 11),
    ];
    let of_visit = |visit: u64, words: &[&str]| Shop::told(words).carts_of(Owner::Visit(VisitKey(visit)));
    let carts = [
        of_visit(11, &first),
        of_visit(12, &[&left(20_660, 12)]),
        of_visit(13, &[&left(89_060, 13)]),
        of_visit(14, &["order 103460", "order 103820"]),
    ];
    assert_eq!(carts.each_ref().map(Vec::len), [2, 1, 1, 0]);
    let open: Vec<_> = carts.iter().flatten().map(|h| &h.cart).filter(|c| c.state == CartState::Open).collect();
    assert_eq!(open.iter().map(|c| c.visit.unwrap().0).collect::<Vec<_>>(), [11, 12, 13]);
    assert_eq!(open.iter().map(|c| c.value).sum::<commerce::Amount>().to_string(), "7530.33");
    assert_eq!(open.iter().map(|c| c.units).sum::<i64>(), 12_000);
    assert_eq!(open[..2].iter().map(|c| c.value).sum::<commerce::Amount>().to_string(), "5020.22");
    assert_eq!(open[..2].iter().map(|c| c.units).sum::<i64>(), 8_000);
}
