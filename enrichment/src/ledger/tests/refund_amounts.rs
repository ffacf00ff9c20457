//! What refunds give back of goods, tax, shipping and fees.

use super::*;
use commerce::rows::RefundAmounts;

/// Returns a refund's amounts as `amount = goods + tax + shipping + fees`, with what was stated where that is more.
fn parts(refund: &RefundRow) -> String {
    let RefundAmounts { amount, goods, tax, shipping, fees } = refund.amounts;
    let stated = if refund.stated == amount { String::new() } else { format!(" of {}", refund.stated) };
    format!("{amount}{stated} = {goods} + {tax} + {shipping} + {fees}")
}

/// Folds `order` with each of `refunds`, a minute apart, and compares what each gives back, and the order's marks.
#[track_caller]
fn check_parts(order: &str, refunds: &[&str], expected: &[&str], flags: &str) {
    let mut statements = vec![format!("purchase SERVER 0 {order}")];
    let later = refunds.iter().enumerate();
    statements.extend(later.map(|(i, words)| format!("refund SERVER {} id={i} {words}", 60 + 60 * i)));
    let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
    let folded = folded(&statements);
    assert_eq!(folded.refunds.iter().map(parts).collect::<Vec<_>>(), expected, "{statements:?}");
    assert_eq!(flag_names(folded.order.flags), flags, "{statements:?}");
    let booked: Amount = folded.refunds.iter().map(|r| r.amounts.amount).sum();
    assert_eq!(folded.order.refunded, booked, "{statements:?}");
}

/// Goods 100, tax 19, shipping 5, fees 1.
const ORDER: &str = "total=125 tax=19 shipping=5 fees=1 items=A*1*60,B*2*20";

#[test]
fn a_refund_that_names_nothing_is_the_whole_order() {
    check_parts(ORDER, &[""], &["125.00 = 100.00 + 19.00 + 5.00 + 1.00"], "");
    check_parts("total=50", &[""], &["50.00 = 50.00 + 0.00 + 0.00 + 0.00"], "no_lines");
    check_parts(
        ORDER,
        &["reason=broken", ""],
        &["125.00 = 100.00 + 19.00 + 5.00 + 1.00", "0.00 = 0.00 + 0.00 + 0.00 + 0.00"],
        "",
    );
    // What is left of it.
    check_parts(
        ORDER,
        &["amount=25 shipping=5", ""],
        &["25.00 = 16.81 + 3.19 + 5.00 + 0.00", "100.00 = 83.19 + 15.81 + 0.00 + 1.00"],
        "",
    );
    check_parts("total=0 discount=50 items=A*1*50", &[""], &["0.00 = 0.00 + 0.00 + 0.00 + 0.00"], "");
}

#[test]
fn all_that_was_paid_is_the_whole_order_however_it_is_told() {
    let whole = "125.00 = 100.00 + 19.00 + 5.00 + 1.00";
    check_parts(ORDER, &["amount=125"], &[whole], "");
    check_parts(ORDER, &["amount=125 tax=19 shipping=5"], &[whole], "");
    check_parts(ORDER, &["amount=125 items=A*1,B*2"], &[whole], "");
    check_parts(
        ORDER,
        &["amount=80 tax=0", "amount=45"],
        &["80.00 = 80.00 + 0.00 + 0.00 + 0.00", "45.00 = 20.00 + 19.00 + 5.00 + 1.00"],
        "",
    );
}

#[test]
fn items_give_back_what_they_cost_and_their_share_of_the_tax() {
    // Worked example `partial_refund_by_refund_date`.
    check_parts("total=100 items=A*1*60,B*1*40", &["items=B*1"], &["40.00 = 40.00 + 0.00 + 0.00 + 0.00"], "");
    check_parts(ORDER, &["items=B*1"], &["23.80 = 20.00 + 3.80 + 0.00 + 0.00"], "");
    check_parts(ORDER, &["items=B*1 tax=1 shipping=2"], &["23.00 = 20.00 + 1.00 + 2.00 + 0.00"], "");
    check_parts(ORDER, &["items=A*1,B*2"], &["119.00 = 100.00 + 19.00 + 0.00 + 0.00"], "");
    // The last of the goods takes the last of the tax.
    let thirds = "total=10.10 tax=0.10 discount=0.01 items=A*1*10.01";
    check_parts(
        thirds,
        &["items=A*0.5", "items=A*0.5"],
        &["5.05 = 5.00 + 0.05 + 0.00 + 0.00", "5.05 = 5.00 + 0.05 + 0.00 + 0.00"],
        "",
    );
    let three = "total=10.10 tax=0.10 items=A*3*3.333333";
    let third = "3.36 = 3.33 + 0.03 + 0.00 + 0.00";
    check_parts(
        three,
        &["items=A"; 3],
        &[third, "3.37 = 3.34 + 0.03 + 0.00 + 0.00", "3.37 = 3.33 + 0.04 + 0.00 + 0.00"],
        "",
    );
    // Prices with tax.
    let included = "total=119 tax=19 tax_included=yes items=A*1*71.40,B*1*47.60";
    check_parts(included, &["items=B"], &["47.60 = 40.00 + 7.60 + 0.00 + 0.00"], "");
}

#[test]
fn a_stated_amount_contains_tax_and_shipping() {
    check_parts(ORDER, &["amount=11.90"], &["11.90 = 10.00 + 1.90 + 0.00 + 0.00"], "");
    check_parts(ORDER, &["amount=11.90 items=B*1"], &["11.90 = 10.00 + 1.90 + 0.00 + 0.00"], "");
    check_parts(ORDER, &["amount=11.90 tax=3"], &["11.90 = 8.90 + 3.00 + 0.00 + 0.00"], "");
    check_parts(ORDER, &["amount=5 shipping=5"], &["5.00 = 0.00 + 0.00 + 5.00 + 0.00"], "");
    check_parts(ORDER, &["amount=16.90 shipping=5"], &["16.90 = 10.00 + 1.90 + 5.00 + 0.00"], "");
    check_parts(ORDER, &["amount=3 tax=2 shipping=5"], &["3.00 = 0.00 + 0.00 + 3.00 + 0.00"], "");
    check_parts(ORDER, &["amount=0 items=B*2"], &["0.00 = 0.00 + 0.00 + 0.00 + 0.00"], "");
    // Some give back a negative amount.
    check_parts(ORDER, &["amount=-11.90 tax=-1.90"], &["11.90 = 10.00 + 1.90 + 0.00 + 0.00"], "");
    check_parts("total=119 tax=19", &["amount=59.50"], &["59.50 = 50.00 + 9.50 + 0.00 + 0.00"], "no_lines");
}

#[test]
fn no_part_gives_back_more_than_was_sold_of_it() {
    let shipped = "total=105 shipping=5 items=A*1*60,B*1*40";
    // More than the goods cost can only be shipping, though it was not named.
    check_parts(shipped, &["amount=103"], &["103.00 = 100.00 + 0.00 + 3.00 + 0.00"], "");
    check_parts(
        shipped,
        &["amount=45 items=B", "amount=60 items=A"],
        &["45.00 = 45.00 + 0.00 + 0.00 + 0.00", "60.00 = 55.00 + 0.00 + 5.00 + 0.00"],
        "",
    );
    check_parts(ORDER, &["amount=124 tax=10 shipping=5"], &["124.00 = 100.00 + 18.00 + 5.00 + 1.00"], "");
    // Tax that the order does not know of was sold as goods.
    check_parts("total=119", &["amount=119 tax=19"], &["119.00 = 119.00 + 0.00 + 0.00 + 0.00"], "no_lines");
    check_parts("total=119", &["amount=59.50 tax=9.50"], &["59.50 = 59.50 + 0.00 + 0.00 + 0.00"], "no_lines");
}

#[test]
fn what_an_orders_parts_do_not_explain_goes_with_the_whole_of_it() {
    // Shipping was charged, but only the refund names it.
    let silent = "total=105 items=A*1*60,B*1*40";
    check_parts(silent, &[""], &["105.00 = 100.00 + 0.00 + 0.00 + 5.00"], "");
    check_parts(
        silent,
        &["amount=45 shipping=5 items=B", "amount=60"],
        &["45.00 = 40.00 + 0.00 + 5.00 + 0.00", "60.00 = 60.00 + 0.00 + 0.00 + 0.00"],
        "",
    );
    check_parts(
        silent,
        &["items=A,B", ""],
        &["100.00 = 100.00 + 0.00 + 0.00 + 0.00", "5.00 = 0.00 + 0.00 + 0.00 + 5.00"],
        "",
    );
    // A shop that states prices with tax as prices without: its parts are more than was paid.
    let doubled = "total=119 tax=19 items=A*1*119";
    check_parts(doubled, &[""], &["119.00 = 119.00 + 19.00 + 0.00 + -19.00"], "");
    check_parts(doubled, &["items=A"], &["119.00 = 119.00 + 19.00 + 0.00 + -19.00"], "");
    check_parts(doubled, &["amount=119"], &["119.00 = 119.00 + 19.00 + 0.00 + -19.00"], "");
}

#[test]
fn no_more_is_booked_than_was_paid() {
    let order = "total=100 items=A*1*60,B*1*40";
    check_parts(order, &["amount=150"], &["100.00 of 150.00 = 100.00 + 0.00 + 0.00 + 0.00"], "over_refunded");
    check_parts(
        order,
        &["amount=60", "amount=60", "amount=60"],
        &[
            "60.00 = 60.00 + 0.00 + 0.00 + 0.00",
            "40.00 of 60.00 = 40.00 + 0.00 + 0.00 + 0.00",
            "0.00 of 60.00 = 0.00 + 0.00 + 0.00 + 0.00",
        ],
        "over_refunded",
    );
    check_parts(
        ORDER,
        &["", "amount=10"],
        &["125.00 = 100.00 + 19.00 + 5.00 + 1.00", "0.00 of 10.00 = 0.00 + 0.00 + 0.00 + 0.00"],
        "over_refunded",
    );
    // More units than were sold.
    check_parts(order, &["items=B*3"], &["40.00 of 120.00 = 40.00 + 0.00 + 0.00 + 0.00"], "over_refunded");
    check_parts(
        order,
        &["items=B", "items=B"],
        &["40.00 = 40.00 + 0.00 + 0.00 + 0.00", "0.00 of 40.00 = 0.00 + 0.00 + 0.00 + 0.00"],
        "over_refunded",
    );
    check_parts(
        "total=0 items=A*1*50",
        &["amount=10"],
        &["0.00 of 10.00 = 0.00 + 0.00 + 0.00 + 0.00"],
        "over_refunded",
    );
}
