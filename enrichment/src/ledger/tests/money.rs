//! Amounts: gross sales, discounts, tax within prices, shares of lines, reporting amounts.

use super::*;

fn amounts(a: &commerce::rows::OrderAmounts) -> String {
    let commerce::rows::OrderAmounts { order_total, gross_sales, discounts, tax, shipping, fees, subtotal } = a;
    let stated = if *subtotal == Amount::ZERO { String::new() } else { format!(", subtotal {subtotal}") };
    format!("{order_total} = {gross_sales} - {discounts} + {tax} + {shipping} + {fees}{stated}")
}

fn own(order: &OrderRow) -> String {
    amounts(&order.amounts)
}

fn shares(lines: &[OrderLineRow]) -> String {
    let line = |l: &OrderLineRow| format!("{}:{}-{}", l.product.sku, l.gross, l.discount);
    lines.iter().map(line).collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn check_lines(statement: &str, expected: &str) {
    let (order, lines) = fold(&site(), &facts(&[statement])).unwrap();
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
    let gross = |words: &str| fold(&site, &facts(&[words])).unwrap().0.amounts.gross_sales.to_string();
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

/// Returns a site in euros that knows US dollar rates of 30 March and 1 April 2026.
fn site_with_rates() -> SiteState {
    let mut site = site();
    let rates = [("2026-03-30", "1.25"), ("2026-04-01", "1.0800"), ("2026-04-02", "2")];
    site.rates.insert("USD".to_owned(), rates.iter().map(|(d, r)| ((*d).to_owned(), (*r).to_owned())).collect());
    site
}

#[track_caller]
fn check_reporting(statement: &str, expected: Option<&str>) {
    let (order, lines) = fold(&site_with_rates(), &facts(&[statement])).unwrap();
    assert_eq!(order.reporting.as_ref().map(amounts).as_deref(), expected, "{statement}");
    assert_eq!(flag_names(order.flags).contains("unconverted"), expected.is_none(), "{statement}");
    let sum = |of: fn(&OrderLineRow) -> Option<Amount>| lines.iter().map(of).sum::<Option<Amount>>();
    if let (Some(reporting), false) = (order.reporting, lines.is_empty()) {
        assert_eq!(sum(|l| l.reporting_gross), Some(reporting.gross_sales), "{statement}");
        assert_eq!(sum(|l| l.reporting_discount), Some(reporting.discounts), "{statement}");
    } else {
        assert!(lines.iter().all(|l| l.reporting_gross.is_none() && l.reporting_discount.is_none()), "{statement}");
    }
}

#[test]
fn reporting_amounts_use_the_rate_of_the_orders_day() {
    let same = "purchase SERVER 0 total=100 items=A*1*60,B*1*40";
    check_reporting(same, Some("100.00 = 100.00 - 0.00 + 0.00 + 0.00 + 0.00"));
    let dollars = "purchase SERVER 0 currency=USD total=100 discount=0.10 items=A*1*33.37,B*1*33.37,C*1*33.36";
    check_reporting(dollars, Some("92.59 = 92.69 - 0.09 + 0.00 + 0.00 + 0.00"));
    // 31 March has none of its own.
    check_reporting("purchase SERVER -86400 currency=USD total=100", Some("80.00 = 80.00 - 0.00 + 0.00 + 0.00 + 0.00"));
    // The last rate is of 2 April: a week later it holds, a day after that it does not.
    check_reporting("purchase SERVER 691200 currency=USD total=100", Some("50.00 = 50.00 - 0.00 + 0.00 + 0.00 + 0.00"));
    check_reporting("purchase SERVER 777600 currency=USD total=100", None);
    check_reporting("purchase SERVER -259200 currency=USD total=100", None);
    check_reporting("purchase SERVER 0 currency=GBP total=100 items=A*1*100", None);
}

#[test]
fn the_day_is_that_of_the_sites_zone() {
    let mut site = site_with_rates();
    site.settings.timezone = Zone::parse("Pacific/Auckland").unwrap();
    // Noon in UTC on 1 April is one in the morning of 2 April there.
    let order = fold(&site, &facts(&["purchase SERVER 0 currency=USD total=100"])).unwrap().0;
    assert_eq!(order.reporting.unwrap().order_total, amount("50"));
}

#[test]
fn a_rate_that_is_no_rate_converts_nothing() {
    let mut site = site();
    for rate in ["0", "-1", "much"] {
        site.rates.insert("USD".to_owned(), vec![("2026-04-01".to_owned(), rate.to_owned())]);
        let order = fold(&site, &facts(&["purchase SERVER 0 currency=USD total=100"])).unwrap().0;
        assert_eq!(order.reporting, None, "{rate}");
    }
}
