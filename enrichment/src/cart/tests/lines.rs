//! What a cart holds and says of itself beside its state.

use super::*;
use crate::order::stage::customer_key;
use commerce::Amount;

#[test]
fn products_are_told_apart_by_sku_and_variant() {
    let red = "add_to_cart 0 visitor=1 items=A*1*10 variant=red";
    let blue = "add_to_cart 1 visitor=1 items=A*1*10 variant=blue";
    check(&[red, blue], &["open 20.00 [A*1=10.00,A*1=10.00]"]);
    check(
        &[red, blue, "remove_from_cart 2 visitor=1 items=A*1 variant=blue", "remove_from_cart 3 visitor=1 items=A*1"],
        &["emptied 0.00 []"],
    );
    check(&[red, "remove_from_cart 2 visitor=1 items=A*1 variant=blue"], &["open 10.00 [A*1=10.00]"]);
    check(&[red, "remove_from_cart 2 visitor=1 items=Z*1"], &["open 10.00 [A*1=10.00]"]);
    check(
        &["add_to_cart 0 visitor=1 items=A*0.5*9.99", "add_to_cart 1 visitor=1 items=A*1*12"],
        &["open 18.00 [A*1.5=18.00]"],
    );
}

#[test]
fn two_currencies_are_never_added_up() {
    let euros = "add_to_cart 0 visitor=1 items=A*1*10";
    check(&[euros, "add_to_cart 1 visitor=1 items=B*1*7 currency=USD"], &["open 10.00 [A*1=10.00,B*1=0.00]"]);
    check(&[euros, "cart_update 1 visitor=1 items=B*1*7 currency=USD"], &["open 7.00 [B*1=7.00]"]);
}

#[test]
fn reporting_values_use_the_rate_of_the_day_and_sum() {
    let mut stage = Stage::new();
    stage.site.rates.insert("USD".to_owned(), vec![("2026-04-01".to_owned(), "1.08".to_owned())]);
    stage.tell("cart_update 0 visitor=1 currency=USD value=100 items=A*1*33.37,B*1*33.37,C*1*33.36");
    let cart = stage.carts()[0].clone();
    assert_eq!(cart.reporting_value.unwrap().to_string(), "92.59");
    let rows = stage.rows();
    let shares: Amount = rows.cart_lines.iter().map(|l| l.reporting_gross.unwrap()).sum();
    assert_eq!(shares.to_string(), "92.69");
    let mut stage = Stage::new();
    stage.tell("cart_update 0 visitor=1 currency=USD items=A*1*33.37");
    assert_eq!(stage.carts()[0].reporting_value, None);
    assert_eq!(stage.rows().cart_lines[0].reporting_gross, None);
}

#[track_caller]
fn check_step(hits: &[&str], expected: Option<&str>) {
    let mut stage = Stage::new();
    stage.tell(TWO);
    stage.tell_all(hits);
    assert_eq!(stage.carts()[0].checkout_step.as_deref(), expected, "{hits:?}");
}

#[test]
fn the_step_is_the_furthest_that_was_reached() {
    check_step(&[], None);
    check_step(&["view_cart 1 visitor=1"], Some("view_cart"));
    check_step(&["begin_checkout 1 visitor=1", "add_payment_info 2 visitor=1"], Some("add_payment_info"));
    check_step(&["add_payment_info 1 visitor=1", "view_cart 2 visitor=1"], Some("add_payment_info"));
    check_step(&["add_shipping_info 9 visitor=1", "begin_checkout 2 visitor=1"], Some("add_shipping_info"));
    check_step(&["begin_checkout 1 visitor=1", "cart_update 2 visitor=1 step=address"], Some("address"));
    check_step(&["cart_update 2 visitor=1 step=address", "add_payment_info 3 visitor=1"], Some("address"));
}

#[test]
fn a_step_of_the_checkout_is_a_change_but_tells_no_lines() {
    let hits = [TWO, "begin_checkout 60 visitor=1 items=Z*1*99 value=99"];
    check(&hits, &["open 20.00 [A*1=10.00,B*2=10.00]"]);
    let mut stage = Stage::new();
    stage.tell_all(&hits);
    assert_eq!(stage.carts()[0].changed_at, at(60));
}

#[track_caller]
fn check_contact(setting: &str, hits: &[&str], expected: [Option<&str>; 3]) {
    let mut stage = Stage::new();
    stage.site.settings.set("contact", setting).unwrap();
    stage.tell(TWO);
    stage.tell_all(hits);
    let cart = stage.carts()[0];
    assert_eq!(
        [cart.contact.as_deref(), cart.email.as_deref(), cart.recovery_url.as_deref()],
        expected,
        "{setting} {hits:?}"
    );
}

#[test]
fn the_contact_is_kept_as_the_site_says() {
    let hits = ["cart_update 9 visitor=1 items=A*1*1 email=a@b.c recovery=https://x"];
    check_contact("none", &hits, [None, None, None]);
    check_contact("hash", &hits, [Some("hash-of-a@b.c"), None, Some("https://x")]);
    check_contact("clear", &hits, [Some("hash-of-a@b.c"), Some("a@b.c"), Some("https://x")]);
    // Somebody who says who they are, too; that changes nothing about the cart itself.
    check_contact("hash", &["identify 9 visitor=1 email=a@b.c"], [Some("hash-of-a@b.c"), None, None]);
    check_contact("hash", &["page_view 9 visitor=1 email=a@b.c"], [None, None, None]);
    let mut stage = Stage::new();
    stage.tell_all(&[TWO, "identify 9 visitor=1 customer=5 email=a@b.c"]);
    let cart = stage.carts()[0];
    assert_eq!((cart.changed_at, cart.customer, cart.position), (at(0), Some(customer_key("5")), 2));
}

#[test]
fn a_cart_is_credited_to_its_source() {
    let mut stage = Stage::new();
    stage.visit(1, 10, (0, 0), "google");
    stage.tell(TWO);
    assert_eq!(stage.carts()[0].source.source, "google");
    let mut stage = Stage::new();
    stage.tell_all(&["cart_update 0 cart=c1 items=A*1*1", "cart_update 9 cart=c1 items=A*1*1 source=mail"]);
    assert_eq!(stage.carts()[0].source.source, "mail");
}
