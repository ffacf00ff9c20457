//! Amounts: gross sales, discounts, tax within prices, shares of lines.

use super::*;

fn own(order: &OrderRow) -> String {
    amounts(&order.amounts)
}

fn shares(lines: &[OrderLineRow]) -> String {
    let line = |l: &OrderLineRow| format!("{}:{}-{}", l.product.sku, l.gross, l.discount);
    lines.iter().map(line).collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn check_lines(statement: &str, expected: &str) {
    let Folded { order, lines, .. } = folded(&[statement]);
    assert_eq!(shares(&lines), expected, "{statement}");
    assert_eq!(lines.iter().map(|l| l.gross).sum::<Amount>(), order.amounts.gross_sales, "{statement}");
    assert_eq!(lines.iter().map(|l| l.discount).sum::<Amount>(), order.amounts.discounts, "{statement}");
}

#[test]
fn gross_sales_are_price_times_quantity() {
    check(
        &["purchase SERVER 0 total=26.30 tax=4.20 shipping=5 items=A*2*5,B*1*7.10"],
        own,
        "26.30 = 17.10 - 0.00 + 4.20 + 5.00 + 0.00",
    );
    check(
        &["purchase SERVER 0 total=20 discount=2 subtotal=18 items=A*2*10"],
        own,
        "20.00 = 20.00 - 2.00 + 0.00 + 0.00 + 0.00, subtotal 18.00",
    );
    // Not stated, so worked out.
    check(
        &["purchase SERVER 0 tax=3.8 shipping=5 fees=1 discount=2 items=A*2*10"],
        own,
        "27.80 = 20.00 - 2.00 + 3.80 + 5.00 + 1.00",
    );
    check(&["purchase SERVER 0 items=A*3*0.333333"], own, "1.00 = 1.00 - 0.00 + 0.00 + 0.00 + 0.00");
    check(&["purchase SERVER 0 currency=JPY items=A*1*149.5"], own, "150.00 = 150.00 - 0.00 + 0.00 + 0.00 + 0.00");
    check(&["purchase SERVER 0 currency=KWD items=A*1*1.2345"], own, "1.235 = 1.235 - 0.00 + 0.00 + 0.00 + 0.00");
}

#[test]
fn without_lines_gross_sales_are_worked_out_of_the_total() {
    check(
        &["purchase SERVER 0 total=100 tax=15 shipping=5 fees=1 discount=10"],
        own,
        "100.00 = 89.00 - 10.00 + 15.00 + 5.00 + 1.00",
    );
    check(
        &["purchase SERVER 0 subtotal=80 tax=15 discount=10"],
        own,
        "95.00 = 90.00 - 10.00 + 15.00 + 0.00 + 0.00, subtotal 80.00",
    );
    check(&["purchase SERVER 0"], own, "0.00 = 0.00 - 0.00 + 0.00 + 0.00 + 0.00");
    check(&["purchase SERVER 0 total=100"], total, "100.00 by Server, no_lines");
}

#[test]
fn tax_is_taken_out_of_prices_that_contain_it() {
    let included = "purchase SERVER 0 total=119 tax=19 tax_included=yes items=A*1*119";
    check(&[included], own, "119.00 = 100.00 - 0.00 + 19.00 + 0.00 + 0.00");
    check_lines(
        "purchase SERVER 0 tax=10 tax_included=yes items=A*1*30,B*1*30,C*1*30",
        "A:26.66-0.00 B:26.67-0.00 C:26.67-0.00",
    );
    let mut site = site();
    site.settings.prices_include_tax = true;
    let gross = |words: &str| folded_on(&site, &[words]).order.amounts.gross_sales.to_string();
    assert_eq!(gross("purchase SERVER 0 tax=19 items=A*1*119"), "100.00");
    assert_eq!(gross("purchase SERVER 0 tax=19 tax_included=no items=A*1*119"), "119.00");
    assert_eq!(gross("purchase SERVER 0 items=A*1*119"), "119.00");
}

#[test]
fn discounts_are_spread_by_largest_remainder() {
    // Worked example `discount_allocation_equal`.
    check_lines("purchase SERVER 0 discount=10 items=A*1*30,B*1*30,C*1*30", "A:30.00-3.34 B:30.00-3.33 C:30.00-3.33");
    // Worked example `discount_100_percent`: a free order is an order.
    check_lines("purchase SERVER 0 total=0 discount=50 items=A*1*20,B*1*30", "A:20.00-20.00 B:30.00-30.00");
    check(&["purchase SERVER 0 total=0 discount=50 items=A*1*20,B*1*30"], status, "Confirmed counts");
    // The order's discount contains its lines' ones; what is left is spread over what is left.
    check_lines("purchase SERVER 0 items=A*1*20*5,B*1*30", "A:20.00-5.00 B:30.00-0.00");
    check_lines("purchase SERVER 0 discount=5 items=A*1*20*5,B*1*30", "A:20.00-5.00 B:30.00-0.00");
    check_lines("purchase SERVER 0 discount=14 items=A*1*20*5,B*1*30", "A:20.00-8.00 B:30.00-6.00");
    check_lines("purchase SERVER 0 discount=3 items=A*1*20*4,B*1*30*2", "A:20.00-2.00 B:30.00-1.00");
}

#[test]
fn the_same_sku_twice_is_two_lines() {
    check_lines("purchase SERVER 0 items=A*1*20,A*2*10", "A:20.00-0.00 A:20.00-0.00");
    check(&["purchase SERVER 0 items=A*1*20,A*2.5*10"], |o| format!("{} {}", o.lines, o.units), "2 3500");
}

#[test]
fn what_the_winner_leaves_open_is_filled_from_the_next() {
    // A payment provider knows the total, the browser the rest.
    let paid = ["purchase browser 0 total=120 tax=19 shipping=1 items=A*1*100", "purchase PLATFORM 5 total=121.50"];
    check(&paid, own, "121.50 = 100.00 - 0.00 + 19.00 + 1.00 + 0.00");
    // A statement with lines is whole: what it does not name is nothing.
    let edited = [
        "purchase SERVER 0 total=120 discount=10 shipping=5 items=A*1*125",
        "order_update SERVER 60 total=80 items=A*1*80",
    ];
    check(&edited, own, "80.00 = 80.00 - 0.00 + 0.00 + 0.00 + 0.00");
    let partly =
        ["purchase SERVER 0 total=105 shipping=5 items=A*1*100", "order_update SERVER 60 payment=invoice shipping=7"];
    check(&partly, own, "105.00 = 100.00 - 0.00 + 0.00 + 7.00 + 0.00");
    check(&partly, |o| o.payment_method.clone().unwrap(), "invoice");
    // An update without a currency means the order's; foreign amounts are never mixed in.
    let update = ["purchase SERVER 0 currency=USD total=10", "order_update SERVER 60 total=9"];
    check(&update, |o| format!("{} {}", o.amounts.order_total, o.currency), "9.00 USD");
    let foreign =
        ["purchase browser 0 currency=USD total=10 tax=2 items=A*1*8", "purchase SERVER 60 currency=EUR total=9"];
    check(&foreign, own, "9.00 = 9.00 - 0.00 + 0.00 + 0.00 + 0.00");
    // What contradicts the winner at its own standing is not used at all.
    let disputed = ["purchase browser 0 total=10", "purchase browser 60 total=99 tax=9"];
    check(&disputed, own, "10.00 = 10.00 - 0.00 + 0.00 + 0.00 + 0.00");
}
