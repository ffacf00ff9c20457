//! Amounts in the site's currency: which rate, and parts that sum to their wholes.

use super::*;

/// Returns a site in euros that knows US dollar rates of 30 March and 1 April 2026.
fn site_with_rates() -> SiteState {
    let mut site = site();
    let rates = [("2026-03-30", "1.25"), ("2026-04-01", "1.0800"), ("2026-04-02", "2")];
    site.rates.insert("USD".to_owned(), rates.iter().map(|(d, r)| ((*d).to_owned(), (*r).to_owned())).collect());
    site
}

#[track_caller]
fn check_reporting(statement: &str, expected: Option<&str>) {
    let Folded { order, lines, .. } = folded_on(&site_with_rates(), &[statement]);
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
    let order = folded_on(&site, &["purchase SERVER 0 currency=USD total=100"]).order;
    assert_eq!(order.reporting.unwrap().order_total, amount("50"));
}

#[test]
fn a_rate_that_is_no_rate_converts_nothing() {
    let mut site = site();
    for rate in ["0", "-1", "much"] {
        site.rates.insert("USD".to_owned(), vec![("2026-04-01".to_owned(), rate.to_owned())]);
        let order = folded_on(&site, &["purchase SERVER 0 currency=USD total=100"]).order;
        assert_eq!(order.reporting, None, "{rate}");
    }
}

/// Folds a sale of `order` with each of `refunds`, a minute apart, and returns what each is in the site's currency.
fn refunded(rate: &str, order: &str, refunds: &[&str]) -> Vec<String> {
    let mut statements = vec![format!("purchase SERVER 0 currency=USD {order}")];
    let later = refunds.iter().enumerate();
    statements.extend(later.map(|(i, words)| format!("refund SERVER {} id={i} {words}", 86_400 * (i + 1))));
    let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
    let mut site = site_with_rate(rate);
    // The refund's own day has another rate.
    site.rates.get_mut("USD").unwrap().push(("2026-04-02".to_owned(), "5".to_owned()));
    let folded = folded_on(&site, &statements);
    let parts = |refund: &RefundRow| {
        let Some(r) = refund.reporting else { return "unconverted".to_owned() };
        let lines = folded.refund_lines.iter().filter(|line| line.refund == refund.refund);
        let lines: Vec<String> = lines.map(|line| line.reporting_goods.unwrap().to_string()).collect();
        format!("{} = {} ({}) + {} + {} + {}", r.amount, r.goods, lines.join(" "), r.tax, r.shipping, r.fees)
    };
    folded.refunds.iter().map(parts).collect()
}

#[test]
fn a_refund_is_converted_at_its_orders_rate() {
    // Worked example `multi_currency_order_date_rate`, from dollars to euros.
    assert_eq!(refunded("1/1.10", "total=100", &["amount=100"]), ["110.00 = 110.00 () + 0.00 + 0.00 + 0.00"]);
    assert_eq!(refunded("1/1.10", "total=100", &["amount=40"]), ["44.00 = 44.00 () + 0.00 + 0.00 + 0.00"]);
    let order = "total=100 tax=10 shipping=5 items=A*1*60,B*1*25";
    assert_eq!(refunded("1/1.10", order, &["amount=19"]), ["20.90 = 18.70 (13.20 5.50) + 2.20 + 0.00 + 0.00"]);
    assert_eq!(refunded("-", "total=100", &["amount=40"]), ["unconverted"]);
}

#[test]
fn the_last_refund_takes_what_is_left_of_every_part() {
    let order = "total=10 tax=1 shipping=1 items=A*1*3.33,B*1*3.33,C*1*1.34";
    let whole = refunded("1.08", order, &[""]);
    // The parts of 9.26 come to 7.41 + 0.93 + 0.93: each was converted by itself.
    assert_eq!(whole, ["9.27 = 7.41 (3.09 3.08 1.24) + 0.93 + 0.93 + 0.00"]);
    let in_parts = refunded("1.08", order, &["items=A", "amount=1 shipping=1", "items=B", "amount=1.50"]);
    assert_eq!(
        in_parts,
        [
            "3.47 = 3.09 (3.09) + 0.38 + 0.00 + 0.00",
            "0.93 = 0.00 () + 0.00 + 0.93 + 0.00",
            "3.47 = 3.08 (3.08) + 0.39 + 0.00 + 0.00",
            "1.40 = 1.24 (1.24) + 0.16 + 0.00 + 0.00",
        ]
    );
}

#[test]
fn a_voucher_sold_as_a_line_is_below_zero_in_either_currency() {
    let sold = "purchase SERVER 0 currency=USD items=A*1*60,B*1*20,VOUCHER*1*-10";
    let folded = folded_on(&site_with_rate("1.08"), &[sold, "refund SERVER 9"]);
    let gross: Vec<String> = folded.lines.iter().map(|l| l.reporting_gross.unwrap().to_string()).collect();
    assert_eq!(gross, ["55.55", "18.52", "-9.26"]);
    let back: Vec<String> = folded.refund_lines.iter().map(|l| l.reporting_goods.unwrap().to_string()).collect();
    assert_eq!(back, gross);
    assert_eq!(folded.refunds[0].reporting.unwrap().goods, amount("64.81"));
}
