//! Statements that name a cart beside those that name none.

use super::*;
use shop::{cart_key, first_event};

/// Compares the carts' ids and keys: `id` or `-`, then whether the key is the id's own or that of a first event.
#[track_caller]
fn check_keys(words: &[&str], expected: &[(Option<&str>, CartKey)]) {
    let carts = Shop::told(words).carts();
    let keys: Vec<_> = carts.iter().map(|head| (head.cart.cart_id.as_deref(), head.cart.cart)).collect();
    assert_eq!(keys, expected, "{words:?}");
}

#[test]
fn a_cart_id_is_the_cart() {
    check(&["cart_update 0 cart=c1 items=A*1*1", "cart_update 9 cart=c1 items=A*2*1"], &["open 2.00 [A*2=2.00]"]);
    check(
        &["cart_update 0 cart=c1 items=A*1*1", "cart_update 9 cart=c2 items=B*1*1"],
        &["open 1.00 [A*1=1.00]", "open 1.00 [B*1=1.00]"],
    );
    check(&["cart_update 0 cart=c1 items=A*1*1", "add_to_cart 9 items=B*1*1"], &["open 2.00 [A*1=1.00,B*1=1.00]"]);
    // However long ago it changed, emptied or not.
    let year = "add_to_cart 31536000 cart=c1 items=B*1*1";
    check(&["cart_update 0 cart=c1 items=A*1*1", year], &["open 2.00 [A*1=1.00,B*1=1.00]"]);
    check(&["cart_update 0 cart=c1 items=A", "cart_update 9 cart=c1 items=", year], &["open 1.00 [B*1=1.00]"]);
    check_keys(&["cart_update 0 cart=c1 items=A*1*1"], &[(Some("c1"), cart_key("c1"))]);
}

#[test]
fn what_names_no_cart_changes_the_one_touched_last() {
    let two = ["cart_update 0 cart=c1 items=A*1*1", "cart_update 9 cart=c2 items=B*1*1"];
    let add = "add_to_cart 30 items=C*1*1";
    check(&[two[0], two[1], add], &["open 1.00 [A*1=1.00]", "open 2.00 [B*1=1.00,C*1=1.00]"]);
    let back = [two[0], two[1], "view_cart 20 cart=c1", add];
    check(&back, &["open 2.00 [A*1=1.00,C*1=1.00]", "open 1.00 [B*1=1.00]"]);
    let emptied = [two[0], two[1], "cart_update 20 cart=c2 items=", add];
    check(&emptied, &["open 1.00 [A*1=1.00]", "open 1.00 [C*1=1.00]"]);
    // One that was emptied a while ago does not take it, one that was left a month ago neither.
    let emptied = [two[0], two[1], "cart_update 20 cart=c2 items=", "add_to_cart 9000 items=C*1*1"];
    check(&emptied, &["open 2.00 [A*1=1.00,C*1=1.00]", "emptied 0.00 []"]);
    check(&[two[0], "add_to_cart 2592001 items=C*1*1"], &["open 1.00 [A*1=1.00]", "open 1.00 [C*1=1.00]"]);
}

#[test]
fn a_browser_without_id_and_a_server_with_one_tell_of_one_cart() {
    let add = "add_to_cart 5 items=A*1*1";
    for server in ["cart_update 4 by=server cart=c1 items=A*1*1", "cart_update 5 by=server cart=c1 items=A*1*1"] {
        check_keys(&[add, server], &[(Some("c1"), cart_key("c1"))]);
        check_keys(&[server, add], &[(Some("c1"), cart_key("c1"))]);
    }
    let later = "cart_update 6 by=server cart=c1 items=A*1*1";
    check(&[add, later], &["open 1.00 [A*1=1.00]"]);
    check_keys(&[add, later], &[(Some("c1"), cart_key("c1"))]);
    // Weeks later, too, as long as the id is new and the cart still takes changes.
    check_keys(&[add, "cart_update 2592005 cart=c1 items=A"], &[(Some("c1"), cart_key("c1"))]);
    check_keys(&[add, "cart_update 2592006 cart=c1 items=A"], &[(None, first_event(1)), (Some("c1"), cart_key("c1"))]);
    // Any word of it names the cart; a second id is a second cart.
    check(&[add, "begin_checkout 9 cart=c1"], &["open 1.00 [A*1=1.00]"]);
    check_keys(&[add, "begin_checkout 9 cart=c1"], &[(Some("c1"), cart_key("c1"))]);
    let second = [add, later, "cart_update 7 cart=c2 items=B"];
    check_keys(&second, &[(Some("c1"), cart_key("c1")), (Some("c2"), cart_key("c2"))]);
}

#[test]
fn a_named_cart_that_was_left_takes_in_what_was_begun_without_it() {
    let begun = ["cart_update 0 cart=c1 items=A*1*1", "cart_update 9 cart=c1 items=", "add_to_cart 9000 items=B*1*1"];
    let told = [begun[0], begun[1], begun[2], "cart_update 9001 by=server cart=c1 items=B*1*1"];
    check(&told, &["open 1.00 [B*1=1.00]"]);
    check_keys(&told, &[(Some("c1"), cart_key("c1"))]);
    let step = [begun[0], begun[1], begun[2], "begin_checkout 9001 by=server cart=c1"];
    check(&step, &["open 1.00 [B*1=1.00]"]);
    // It is no cart of its own any more: what comes when the named one does not take it begins another.
    let next = [&told[..], &["cart_update 9002 cart=c1 items=", "add_to_cart 10803 items=C*1*1"]].concat();
    check(&next, &["emptied 0.00 []", "open 1.00 [C*1=1.00]"]);
    // Not what is no longer at hand, and not where the two changed side by side.
    let late = [begun[0], begun[1], begun[2], "add_to_cart 10801 cart=c1 items=C*1*1"];
    check(&late, &["open 1.00 [C*1=1.00]", "open 1.00 [B*1=1.00]"]);
    let beside = [
        &begun[..],
        &["cart_update 10801 cart=c1 items=", "add_to_cart 12602 items=C*1*1", "add_to_cart 12603 cart=c1 items=D*1*1"],
    ];
    check(&beside.concat(), &["open 1.00 [D*1=1.00]", "open 2.00 [B*1=1.00,C*1=1.00]"]);
}

#[test]
fn a_cart_id_that_is_used_again_after_its_order_is_the_next_cart() {
    let first = ["cart_update 0 cart=c1 items=A*1*1", "order 9 cart=c1"];
    let next = ["cart_update 20 cart=c1 items=B*1*2", "add_to_cart 30 cart=c1 items=B*1*2"];
    let all = [&first[..], &next[..]].concat();
    check(&all, &["ordered at 9 1.00 [A*1=1.00]", "open 4.00 [B*2=4.00]"]);
    check_keys(&all, &[(Some("c1"), cart_key("c1")), (Some("c1"), first_event(2))]);
    let ordered = [&all[..], &["order 40 cart=c1"]].concat();
    check(&ordered, &["ordered at 9 1.00 [A*1=1.00]", "ordered at 40 4.00 [B*2=4.00]"]);
    // Emptied for the order a moment after it: no next cart.
    check(&[first[0], first[1], "cart_update 10 cart=c1 items="], &["ordered at 9 1.00 [A*1=1.00]"]);
}

#[test]
fn the_next_cart_of_an_id_takes_in_what_is_at_hand() {
    let first = ["cart_update 0 cart=c1 items=A*1*1", "order 9", "add_to_cart 20 items=B*1*1"];
    let soon = [first[0], first[1], first[2], "cart_update 1820 cart=c1 items=B*1*1"];
    check(&soon, &["ordered at 9 1.00 [A*1=1.00]", "open 1.00 [B*1=1.00]"]);
    check_keys(&soon, &[(Some("c1"), cart_key("c1")), (Some("c1"), first_event(2))]);
    let late = [first[0], first[1], first[2], "cart_update 1821 cart=c1 items=B*1*1"];
    check_keys(&late, &[(Some("c1"), cart_key("c1")), (None, first_event(2)), (Some("c1"), first_event(3))]);
}
