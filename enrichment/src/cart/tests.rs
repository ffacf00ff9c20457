//! Tests of `cart`.

use crate::order::stage::{Stage, at};
use commerce::rows::CartState;

mod lines;
mod owners;

/// Tells `hits` to a shop where visitor 1 is in visit 10 and compares its carts: state, value, lines, step.
#[track_caller]
fn check(hits: &[&str], expected: &[&str]) {
    check_in(Stage::new(), hits, expected);
}

#[track_caller]
fn check_in(mut stage: Stage, hits: &[&str], expected: &[&str]) {
    stage.visit(1, 10, (0, 0), "google");
    stage.tell_all(hits);
    let carts = stage.carts().into_iter().map(|cart| {
        let order = cart
            .order
            .map_or_else(String::new, |_| format!(" at {}", cart.ordered_at.unwrap().micros_since(at(0)) / 1_000_000));
        format!("{}{order} {} [{}]", cart.state.name(), cart.value, stage.lines(cart))
    });
    assert_eq!(carts.collect::<Vec<_>>(), expected, "{hits:?}");
}

fn per_visit() -> Stage {
    let mut stage = Stage::new();
    stage.site.settings.set("matomo_compat", "true").unwrap();
    stage
}

const TWO: &str = "cart_update 0 visitor=1 visit=10 items=A*1*10,B*2*5";

#[test]
fn an_update_replaces_and_a_change_changes() {
    check(&[TWO], &["open 20.00 [A*1=10.00,B*2=10.00]"]);
    check(&[TWO, "cart_update 60 visitor=1 items=C*1*3"], &["open 3.00 [C*1=3.00]"]);
    check(&[TWO, "cart_update 60 visitor=1 items=C*1*3 value=2.50"], &["open 2.50 [C*1=3.00]"]);
    check(&[TWO, "cart_update 60 visitor=1 items="], &["emptied 0.00 []"]);
    check(&[TWO, "cart_update 60 visitor=1 coupon=TEN"], &["open 20.00 [A*1=10.00,B*2=10.00]"]);
    check(&[TWO, "add_to_cart 60 visitor=1 items=A*2*10"], &["open 40.00 [A*3=30.00,B*2=10.00]"]);
    check(&[TWO, "remove_from_cart 60 visitor=1 items=B*1"], &["open 15.00 [A*1=10.00,B*1=5.00]"]);
    check(&["add_to_cart 0 visitor=1 items=A", "remove_from_cart 9 visitor=1 items=A"], &["emptied 0.00 []"]);
    check(&[TWO, "cart_update 60 visitor=1 items=", "add_to_cart 90 visitor=1 items=C*1*1"], &["open 1.00 [C*1=1.00]"]);
}

#[test]
fn no_cart_begins_empty() {
    check(&["cart_update 0 visitor=1 items="], &[]);
    check(&["remove_from_cart 0 visitor=1 items=A"], &[]);
    check(&["begin_checkout 0 visitor=1"], &[]);
    check(&["page_view 0 visitor=1 items=A"], &[]);
    check(&["begin_checkout 0 visitor=1 items=A*1*9"], &["open 9.00 [A*1=9.00]"]);
    check(&["cart_update 0 visitor=1 value=9"], &["open 9.00 []"]);
}

#[test]
fn bots_have_no_carts() {
    check(&["cart_update 0 visitor=1 items=A*1*9 bot=spider"], &[]);
}

#[test]
fn late_changes_leave_newer_lines_alone() {
    check(&["cart_update 60 visitor=1 items=C*1*3", TWO], &["open 3.00 [C*1=3.00]"]);
    // What was put in before the whole was told is part of it; what was put in after other adds is not.
    check(&["cart_update 60 visitor=1 items=C*1*3", "add_to_cart 30 visitor=1 items=C*1*3"], &["open 3.00 [C*1=3.00]"]);
    check(
        &["add_to_cart 60 visitor=1 items=C*1*3", "add_to_cart 30 visitor=1 items=D*1*4"],
        &["open 7.00 [C*1=3.00,D*1=4.00]"],
    );
    let mut stage = Stage::new();
    stage.tell_all(&["cart_update 60 visitor=1 items=C*1*3", TWO]);
    let cart = stage.carts()[0];
    assert_eq!((cart.created_at, cart.changed_at, cart.replaced_at), (at(0), at(60), Some(at(60))));
    assert_eq!(cart.visit, Some(commerce::VisitKey(10)), "the older visit is better than none");
}

#[test]
fn an_order_ends_the_cart() {
    check(&[TWO, "purchase 60 visitor=1 order=1 total=20"], &["ordered at 60 20.00 [A*1=10.00,B*2=10.00]"]);
    check(&[TWO, "purchase 60 visitor=1 order=1 status=pending"], &["ordered at 60 20.00 [A*1=10.00,B*2=10.00]"]);
    check(&[TWO, "purchase 60 visitor=1 order=1 status=failed"], &["open 20.00 [A*1=10.00,B*2=10.00]"]);
    check(&[TWO, "purchase 60 visitor=1 order=1 test=yes"], &["open 20.00 [A*1=10.00,B*2=10.00]"]);
    check(&[TWO, "purchase 60 visitor=2 order=1"], &["open 20.00 [A*1=10.00,B*2=10.00]"]);
    check(&[TWO, "purchase 60 visitor=1 order=1 bot=spider"], &["open 20.00 [A*1=10.00,B*2=10.00]"]);
    // Thirty days after its last change, and a second more.
    check(&[TWO, "purchase 2592000 visitor=1 order=1"], &["ordered at 2592000 20.00 [A*1=10.00,B*2=10.00]"]);
    check(&[TWO, "purchase 2592001 visitor=1 order=1"], &["open 20.00 [A*1=10.00,B*2=10.00]"]);
    // Placed before the cart was begun, though told later.
    check(&[TWO, "purchase 60 visitor=1 order=1 placed=-60"], &["open 20.00 [A*1=10.00,B*2=10.00]"]);
}

#[test]
fn a_failed_order_gives_its_cart_back() {
    let failed =
        [TWO, "purchase 60 visitor=1 order=1 status=pending", "order_status 90 visitor=1 order=1 status=failed"];
    check(&failed, &["open 20.00 [A*1=10.00,B*2=10.00]"]);
    let cancelled = [TWO, "purchase 60 visitor=1 order=1", "order_status 90 visitor=1 order=1 status=cancelled"];
    check(&cancelled, &["ordered at 60 20.00 [A*1=10.00,B*2=10.00]"]);
}

#[test]
fn after_its_order_a_cart_takes_only_what_was_before() {
    let ordered = "ordered at 60 20.00 [A*1=10.00,B*2=10.00]";
    let order = "purchase 60 visitor=1 order=1";
    check(&[TWO, order, "cart_update 61 visitor=1 items="], &[ordered]);
    check(&[TWO, order, "cart_update 61 visitor=1 items=C*1*3"], &[ordered, "open 3.00 [C*1=3.00]"]);
    check(&[TWO, order, "cart_update 59 visitor=1 items=C*1*3"], &["ordered at 60 3.00 [C*1=3.00]"]);
    // The thank-you page again, a week and a cart later, is no second order.
    let again = "purchase 604800 visitor=1 order=1";
    check(&[TWO, order, "cart_update 61 visitor=1 items=C*1*3", again], &[ordered, "open 3.00 [C*1=3.00]"]);
    // Emptied by the shop as it took the order: still where the order came from.
    check(&[TWO, "cart_update 59 visitor=1 items=", order], &["ordered at 60 0.00 []"]);
    check(&[TWO, "cart_update 59 visitor=1 items=", "purchase 9000 visitor=1 order=1"], &["emptied 0.00 []"]);
}

#[test]
fn the_date_of_the_order_is_the_end_of_the_cart() {
    let verified = "purchase 90 visitor=1 order=1 by=server placed=50";
    check(&[TWO, "purchase 60 visitor=1 order=1", verified], &["ordered at 50 20.00 [A*1=10.00,B*2=10.00]"]);
}

#[test]
fn a_cart_can_belong_to_one_visit() {
    let ordered = "ordered at 60 20.00 [A*1=10.00,B*2=10.00]";
    check_in(per_visit(), &[TWO, "cart_update 9 visitor=1 visit=10 items=C*1*3"], &["open 3.00 [C*1=3.00]"]);
    check_in(
        per_visit(),
        &[TWO, "cart_update 9 visitor=1 visit=11 items=C*1*3"],
        &["open 20.00 [A*1=10.00,B*2=10.00]", "open 3.00 [C*1=3.00]"],
    );
    check_in(per_visit(), &[TWO, "purchase 60 visitor=1 visit=10 order=1"], &[ordered]);
    check_in(per_visit(), &[TWO, "purchase 60 visitor=1 visit=11 order=1"], &["open 20.00 [A*1=10.00,B*2=10.00]"]);
    let then = "cart_update 90 visitor=1 visit=10 items=C*1*3";
    check_in(per_visit(), &[TWO, "purchase 60 visitor=1 visit=10 order=1", then], &[ordered, "open 3.00 [C*1=3.00]"]);
    let again = "purchase 99 visitor=1 visit=10 order=1";
    check_in(
        per_visit(),
        &[TWO, "purchase 60 visitor=1 visit=10 order=1", then, again],
        &[ordered, "open 3.00 [C*1=3.00]"],
    );
}

#[test]
fn a_matomo_shop_comes_out_as_matomo_has_it() {
    // Carts and orders of site 1 of Matomo's own TwoSitesEcommerceOrderWithItems, in its order; expected are its two
    // abandoned carts of the day worth 5020.22 with 8 pieces, and three of the week worth 7530.33 with 12.
    let left = "items=ONE*1*500.11,TWO*2*1000,NICE*1*10 value=2510.11";
    let hits = [
        "cart_update 500 visitor=1 visit=11 items=NICE*1*500,NICE*2*500,GONE*1*300,DELETED*20*5000000 value=1300",
        "cart_update 680 visitor=1 visit=11 items=NICE*1*500,NICE*2*500,DELETED*20*5000000 value=1000",
        "purchase 860 visitor=1 visit=11 order=937nsjusu_3894 total=1111.11 items=NICE*2*500,OTHER*6*100",
        "purchase 1220 visitor=1 visit=11 order=1037nsjusu4s3894 total=2000 items=SKU2*1*1500,NICE*1*11.22",
        "purchase 1580 visitor=1 visit=11 order=1037nsjusu4s3894 total=20000000 items=SKU2*10000*15000000000",
        "cart_update 1940 visitor=1 visit=11 items=ONE*2*500.11 value=1000",
        &format!("cart_update 3380 visitor=1 visit=11 {left}"),
        &format!("cart_update 20660 visitor=1 visit=12 {left}"),
        "purchase 88000 visitor=1 visit=13 order=1037nsjusu4s3894 total=20000000 items=SKU2*1*1500",
        &format!("cart_update 89060 visitor=1 visit=13 {left}"),
        "purchase 103460 visitor=1 visit=14 order=666 total=240 items=TRIPOD*2*100",
        "purchase 103820 visitor=1 visit=14 order=777 total=10000",
    ];
    let mut stage = per_visit();
    stage.tell_all(&hits);
    let open: Vec<_> = stage.carts().into_iter().filter(|c| c.state == CartState::Open).collect();
    assert_eq!(open.iter().map(|c| c.visit.unwrap().0).collect::<Vec<_>>(), [11, 12, 13]);
    assert_eq!(open.iter().map(|c| c.value).sum::<commerce::Amount>().to_string(), "7530.33");
    assert_eq!(open.iter().map(|c| c.units).sum::<i64>(), 12_000);
    assert_eq!(open[..2].iter().map(|c| c.value).sum::<commerce::Amount>().to_string(), "5020.22");
    assert_eq!(stage.carts().len(), 4);
    assert_eq!(stage.orders().iter().map(|o| o.amounts.order_total).sum::<commerce::Amount>().to_string(), "13351.11");
    assert_eq!(stage.orders().iter().map(|o| o.units).sum::<i64>(), 12_000);
}
