//! What a cart holds and says of itself beside its state.

use super::*;
use commerce::Amount;

#[test]
fn products_are_told_apart_by_sku_and_variant() {
    let red = "add_to_cart 0 items=A*1*10 variant=red";
    let blue = "add_to_cart 1 items=A*1*10 variant=blue";
    check(&[red, blue], &["open 20.00 [A*1=10.00,A*1=10.00]"]);
    check(
        &[red, blue, "remove_from_cart 2 items=A*1 variant=blue", "remove_from_cart 3 items=A*1"],
        &["emptied 0.00 []"],
    );
    check(&[red, "remove_from_cart 2 items=A*1 variant=blue"], &["open 10.00 [A*1=10.00]"]);
    check(&[red, "remove_from_cart 2 items=Z*1"], &["open 10.00 [A*1=10.00]"]);
    check(&["add_to_cart 0 items=A*0.5*9.99", "add_to_cart 1 items=A*1*12"], &["open 18.00 [A*1.5=18.00]"]);
}

#[test]
fn two_currencies_are_never_added_up() {
    let euros = "add_to_cart 0 items=A*1*10";
    check(&[euros, "add_to_cart 1 items=B*1*7 currency=USD"], &["open 10.00 [A*1=10.00,B*1=0.00]"]);
    check(&[euros, "cart_update 1 items=B*1*7 currency=USD"], &["open 7.00 [B*1=7.00]"]);
    // What fills an emptied cart says in which currency it is.
    let emptied = [euros, "cart_update 1 items=", "begin_checkout 2 items=B*1*7 currency=USD"];
    assert_eq!(Shop::told(&emptied).carts()[0].cart.currency.code(), "USD");
}

#[test]
fn reporting_values_use_the_rate_of_the_last_change_and_sum() {
    let dollars = "cart_update 0 currency=USD value=100 items=A*1*33.37,B*1*33.37,C*1*33.36";
    let mut shop = Shop::told(&[dollars]);
    let rate = |day: &str, rate: &str| (format!("2026-04-{day}"), rate.to_owned());
    shop.site.rates.insert("USD".to_owned(), vec![rate("01", "1.08"), rate("02", "2")]);
    let sum = |head: &CartHead| head.lines.iter().map(|l| l.reporting_gross.unwrap()).sum::<Amount>().to_string();
    let head = shop.carts().remove(0);
    assert_eq!((head.cart.reporting_value.unwrap().to_string().as_str(), sum(&head).as_str()), ("92.59", "92.69"));
    shop.tell("view_cart 86400");
    let head = shop.carts().remove(0);
    assert_eq!((head.cart.reporting_value.unwrap().to_string().as_str(), sum(&head).as_str()), ("50.00", "50.05"));
    let head = Shop::told(&[dollars]).carts().remove(0);
    assert_eq!((head.cart.reporting_value, head.lines[0].reporting_gross), (None, None));
    assert_eq!(head.cart.units, 3000);
}

#[track_caller]
fn check_step(words: &[&str], expected: Option<&str>) {
    let shop = Shop::told(&[&[TWO], words].concat());
    assert_eq!(shop.carts()[0].cart.checkout_step.as_deref(), expected, "{words:?}");
}

#[test]
fn the_step_is_the_furthest_that_was_reached() {
    check_step(&[], None);
    check_step(&["view_cart 1"], Some("view_cart"));
    check_step(&["begin_checkout 1", "add_payment_info 2"], Some("add_payment_info"));
    check_step(&["add_payment_info 1", "view_cart 2"], Some("add_payment_info"));
    check_step(&["add_shipping_info 9", "begin_checkout 2"], Some("add_shipping_info"));
    check_step(&["begin_checkout 1", "cart_update 2 step=address"], Some("address"));
    check_step(&["cart_update 2 step=address", "add_payment_info 3"], Some("address"));
    check_step(&["cart_update 9 step=payment", "cart_update 2 step=address"], Some("payment"));
}

#[test]
fn a_step_of_the_checkout_is_a_change_but_tells_no_lines() {
    let words = [TWO, "begin_checkout 60 items=Z*1*99 value=99"];
    check(&words, &[TWO_OPEN]);
    assert_eq!(Shop::told(&words).carts()[0].cart.changed_at, at(60));
    check(&["cart_update 0 value=9", "view_cart 60", "cart_update 90 coupon=TEN"], &["open 9.00 []"]);
    // Where no lines are known, it does.
    check(&["cart_update 0 value=9", "begin_checkout 60 items=Z*1*8"], &["open 8.00 [Z*1=8.00]"]);
    check(&["begin_checkout 60 items=Z*1*8 value=7", "cart_update 90 items=Z*2*8"], &["open 16.00 [Z*2=16.00]"]);
}

#[test]
fn the_latest_word_counts() {
    let shop = Shop::told(&[
        "cart_update 9 coupon=LATE contact=h2 visit=11",
        "add_to_cart 0 items=A*1*1 coupon=EARLY contact=h1 email=a@b.c recovery=https://1 visit=10",
        "cart_update 5 recovery=https://2",
    ]);
    // The other way round in time: the change of 9 seconds comes after the cart began.
    let cart = &shop.carts()[0].cart;
    assert_eq!((cart.coupon.as_deref(), cart.contact.as_deref()), (Some("LATE"), Some("h2")));
    assert_eq!((cart.email.as_deref(), cart.recovery_url.as_deref()), (Some("a@b.c"), Some("https://2")));
    assert_eq!((cart.visit, cart.source.is_direct()), (Some(VisitKey(11)), true));
}
