//! Which lines a refund gives back, how many units of each, and what they cost.

use super::*;

/// Returns a refund's lines as `SKU@order line:quantity=goods`.
fn lines_of(folded: &Folded, refund: &RefundRow) -> String {
    let own = folded.refund_lines.iter().filter(|line| line.refund == refund.refund);
    let line = |line: &RefundLineRow| {
        let place = line.order_line.map_or("-".to_owned(), |line| line.to_string());
        format!("{}@{place}:{}={}", line.product.sku, line.quantity, line.goods)
    };
    own.map(line).collect::<Vec<_>>().join(" ")
}

/// Folds `order` with each of `refunds`, a minute apart, and compares the lines of each.
#[track_caller]
fn check_lines(order: &str, refunds: &[&str], expected: &[&str]) {
    let mut statements = vec![format!("purchase SERVER 0 {order}")];
    let later = refunds.iter().enumerate();
    statements.extend(later.map(|(i, words)| format!("refund SERVER {} id={i} {words}", 60 + 60 * i)));
    let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
    let folded = folded(&statements);
    let lines: Vec<String> = folded.refunds.iter().map(|refund| lines_of(&folded, refund)).collect();
    assert_eq!(lines, expected, "{statements:?}");
    for refund in &folded.refunds {
        let own = || folded.refund_lines.iter().filter(|line| line.refund == refund.refund);
        assert_eq!(own().map(|line| line.goods).sum::<Amount>(), refund.amounts.goods, "{statements:?}");
        assert_eq!(own().map(|line| line.quantity.0).sum::<i64>(), refund.units, "{statements:?}");
        assert!(own().map(|line| line.line).eq(0..own().count() as u32), "{statements:?}");
    }
}

const ORDER: &str = "total=100 items=A*1*60,B*2*20";

#[test]
fn items_are_found_by_sku_variant_and_place() {
    check_lines(ORDER, &["items=B*1"], &["B@1:1=20.00"]);
    check_lines(ORDER, &["items=B*2,A"], &["A@0:1=60.00 B@1:2=40.00"]);
    check_lines(ORDER, &["items=B*1,B*1"], &["B@1:2=40.00"]);
    check_lines("items=A/red*1*10,A/blue*1*20", &["items=A/blue"], &["A@1:1=20.00"]);
    check_lines("items=A/red*1*10,A/blue*1*20", &["items=A/green"], &["A@0:1=10.00"]);
    // The same SKU twice is two lines: the first is filled up, then the next.
    let twice = "items=A*1*20,A*2*10";
    check_lines(twice, &["items=A"], &["A@0:1=20.00"]);
    check_lines(twice, &["items=A*2"], &["A@0:1=20.00 A@1:1=10.00"]);
    check_lines(twice, &["items=A", "items=A", "items=A"], &["A@0:1=20.00", "A@1:1=10.00", "A@1:1=10.00"]);
    // No more units come back than were sold.
    check_lines(ORDER, &["items=B*3"], &["B@1:2=40.00"]);
    check_lines(ORDER, &["items=B*2", "items=B amount=10"], &["B@1:2=40.00", "A@0:0=10.00"]);
}

#[test]
fn units_share_what_their_line_cost_and_the_last_takes_the_rest() {
    let third = "discount=0.01 items=A*3*3.3366666";
    check_lines(third, &["items=A", "items=A", "items=A"], &["A@0:1=3.33", "A@0:1=3.34", "A@0:1=3.33"]);
    check_lines("items=A*2.5*4", &["items=A*0.5", "items=A*2"], &["A@0:0.5=2.00", "A@0:2=8.00"]);
    // What was given back of a line before is gone.
    check_lines(
        ORDER,
        &["amount=10 items=A", "amount=10", ""],
        &["A@0:1=10.00", "A@0:0=5.56 B@1:0=4.44", "A@0:0=44.44 B@1:2=35.56"],
    );
    check_lines(ORDER, &["amount=50", "items=A"], &["A@0:0=30.00 B@1:0=20.00", "A@0:1=30.00"]);
}

#[test]
fn a_stated_amount_is_spread_over_the_lines_named() {
    check_lines(ORDER, &["amount=10 items=A,B"], &["A@0:1=7.50 B@1:1=2.50"]);
    check_lines(ORDER, &["amount=10"], &["A@0:0=6.00 B@1:0=4.00"]);
    check_lines("items=A*1*30,B*1*30,C*1*30", &["amount=10"], &["A@0:0=3.34 B@1:0=3.33 C@2:0=3.33"]);
    check_lines(ORDER, &["amount=0 items=B*2"], &["B@1:2=0.00"]);
    // What the lines named did not cost, others did.
    check_lines(ORDER, &["amount=45 items=B*2"], &["A@0:0=5.00 B@1:2=40.00"]);
    check_lines(ORDER, &["amount=45 items=B*2", ""], &["A@0:0=5.00 B@1:2=40.00", "A@0:1=55.00"]);
    check_lines(ORDER, &["amount=100 items=A"], &["A@0:1=60.00 B@1:0=40.00"]);
}

#[test]
fn the_whole_order_is_every_line_of_it() {
    check_lines(ORDER, &[""], &["A@0:1=60.00 B@1:2=40.00"]);
    check_lines(ORDER, &["amount=100"], &["A@0:1=60.00 B@1:2=40.00"]);
    check_lines(ORDER, &["items=B", ""], &["B@1:1=20.00", "A@0:1=60.00 B@1:1=20.00"]);
    check_lines("total=0 discount=50 items=A*1*50", &[""], &["A@0:1=0.00"]);
    // A voucher sold as a line of its own is given back with the rest.
    check_lines("items=A*1*60,VOUCHER*1*-10", &[""], &["A@0:1=60.00 VOUCHER@1:1=-10.00"]);
    check_lines("items=A*1*60,VOUCHER*1*-10", &["items=A,VOUCHER"], &["A@0:1=60.00 VOUCHER@1:1=-10.00"]);
    check_lines("items=A*1*60,VOUCHER*1*-10", &["items=VOUCHER"], &["VOUCHER@1:1=0.00"]);
    check_lines("items=A*1*60,VOUCHER*1*-10", &["amount=20", ""], &["A@0:0=20.00", "A@0:1=40.00 VOUCHER@1:1=-10.00"]);
}

#[test]
fn what_the_order_does_not_have_is_kept_by_itself() {
    check_lines(ORDER, &["items=C*2*5"], &["C@-:2=10.00"]);
    check_lines(ORDER, &["items=C*1*5,B"], &["B@1:1=20.00 C@-:1=5.00"]);
    check_lines(ORDER, &["items=C amount=30"], &["C@-:1=30.00"]);
    check_lines(ORDER, &["items=C*1*5 amount=30"], &["A@0:0=15.00 B@1:0=10.00 C@-:1=5.00"]);
    check_lines(ORDER, &["items=C*1*10", ""], &["C@-:1=10.00", "A@0:1=54.00 B@1:2=36.00"]);
    check_lines(ORDER, &["items=C"], &["C@-:1=0.00"]);
    // Prices with tax are taken as what they are without.
    let included = "total=119 tax=19 tax_included=yes items=A*1*119";
    check_lines(included, &["items=C*1*11.90"], &["C@-:1=10.00"]);
    // An order without lines has refunds without lines.
    let folded = folded(&["purchase SERVER 0 total=100", "refund SERVER 9 items=A*2*10"]);
    assert_eq!((folded.refunds[0].amounts.goods, folded.refunds[0].units), (amount("20"), 2000));
    assert!(folded.refund_lines.is_empty());
}

#[test]
fn units_given_back_take_their_cost_along() {
    let costs = |statements: &[&str]| -> Vec<Option<String>> {
        let folded = folded_on(&site_with_rate("1.25"), statements);
        let lines = folded.lines.iter().map(|line| line.reporting_cost);
        let refunded = folded.refund_lines.iter().map(|line| line.reporting_cost);
        lines.chain(refunded).map(|cost| cost.map(|cost| cost.to_string())).collect()
    };
    let some = |texts: &[&str]| texts.iter().map(|text| Some((*text).to_owned())).collect::<Vec<_>>();
    let sold = "purchase SERVER 0 items=A*3*10**1.00";
    let (one, more) = ("refund SERVER 5 id=1 items=A", "refund SERVER 9 id=2 items=A*2");
    assert_eq!(costs(&[sold, one, more]), some(&["3.00", "1.00", "2.00"]));
    let dollars = "purchase SERVER 0 currency=USD items=A*3*10**1.11";
    assert_eq!(costs(&[dollars, one, more]), some(&["2.66", "0.89", "1.77"]));
    assert_eq!(costs(&["purchase SERVER 0 items=A*3*10", one]), [None, None]);
    assert_eq!(costs(&["purchase SERVER 0 currency=GBP items=A*3*10**1", one]), [None, None]);
    assert_eq!(costs(&[sold, "refund SERVER 5 amount=5"]), some(&["3.00", "0.00"]));
}
