//! Parts sum to their wholes: lines to orders, refund lines to refunds, refunds to no more than was paid.

use super::generated::{any_site, refund, refunded, sale, statement};
use super::*;
use commerce::rows::RefundAmounts;
use proptest::prelude::*;

type Checked = Result<(), TestCaseError>;

fn sum<'a, T: 'a>(rows: impl IntoIterator<Item = &'a T>, of: impl Fn(&T) -> Amount) -> Amount {
    rows.into_iter().map(of).sum()
}

fn net(amounts: &OrderAmounts) -> Amount {
    Amount(amounts.gross_sales.0 - amounts.discounts.0)
}

fn lines_sum_to_their_order(folded: &Folded) -> Checked {
    let Folded { order, lines, .. } = folded;
    prop_assert_eq!(order.lines as usize, lines.len());
    prop_assert!(lines.iter().all(|l| l.position == order.position && l.order == order.order));
    if lines.is_empty() {
        return Ok(());
    }
    prop_assert_eq!(sum(lines, |l| l.gross), order.amounts.gross_sales);
    prop_assert_eq!(sum(lines, |l| l.discount), order.amounts.discounts);
    let reporting = |of: fn(&OrderLineRow) -> Option<Amount>| lines.iter().map(of).sum::<Option<Amount>>();
    prop_assert_eq!(reporting(|l| l.reporting_gross), order.reporting.map(|r| r.gross_sales));
    prop_assert_eq!(reporting(|l| l.reporting_discount), order.reporting.map(|r| r.discounts));
    Ok(())
}

fn is_whole(amounts: &RefundAmounts) -> bool {
    let RefundAmounts { amount, goods, tax, shipping, fees } = *amounts;
    amount.0 == goods.0 + tax.0 + shipping.0 + fees.0
}

fn refund_lines_sum_to_their_refund(folded: &Folded) -> Checked {
    for refund in &folded.refunds {
        prop_assert!(is_whole(&refund.amounts), "{:?}", refund.amounts);
        prop_assert!(refund.reporting.iter().all(is_whole), "{:?}", refund.reporting);
        prop_assert_eq!(refund.reporting.is_some(), folded.order.reporting.is_some());
        let own: Vec<&RefundLineRow> = folded.refund_lines.iter().filter(|l| l.refund == refund.refund).collect();
        if folded.lines.is_empty() {
            prop_assert!(own.is_empty());
            continue;
        }
        prop_assert_eq!(sum(own.iter().copied(), |l| l.goods), refund.amounts.goods);
        let reporting: Option<Amount> = own.iter().map(|l| l.reporting_goods).sum();
        if !own.is_empty() {
            prop_assert_eq!(reporting, refund.reporting.map(|r| r.goods));
        }
        prop_assert_eq!(own.iter().map(|l| l.quantity.0).sum::<i64>(), refund.units);
    }
    Ok(())
}

/// No part gives back more than was sold of it.
fn refunds_stay_within_their_order(folded: &Folded) -> Checked {
    let Folded { order, lines, refunds, refund_lines } = folded;
    prop_assert_eq!(order.refunded, sum(refunds, |r| r.amounts.amount));
    prop_assert!(order.amounts.order_total < Amount::ZERO || order.refunded <= order.amounts.order_total);
    prop_assert!(sum(refunds, |r| r.amounts.goods) <= net(&order.amounts).max(Amount::ZERO));
    // Goods that cost less than nothing, for more tax is said to be in their prices than they cost, come back so.
    let least = net(&order.amounts).min(Amount::ZERO);
    for refund in refunds {
        let RefundAmounts { goods, tax, shipping, .. } = refund.amounts;
        prop_assert!(goods >= least && tax >= Amount::ZERO && shipping >= Amount::ZERO, "{:?}", refund.amounts);
        prop_assert!(refund.stated >= refund.amounts.amount);
    }
    for line in lines {
        let own = || refund_lines.iter().filter(|l| l.order_line == Some(line.line));
        prop_assert!(sum(own(), |l| l.goods).0 <= (line.gross.0 - line.discount.0).max(0));
        prop_assert!(own().map(|l| l.quantity.0).sum::<i64>() <= line.quantity.0);
    }
    Ok(())
}

/// Nothing is left of the order: no goods, no money, in either currency.
fn nothing_is_left(folded: &Folded) -> Checked {
    let Folded { order, lines, refunds, refund_lines } = folded;
    prop_assert_eq!(order.refunded, order.amounts.order_total);
    prop_assert_eq!(sum(refunds, |r| r.amounts.goods), net(&order.amounts));
    let reporting = order.reporting.as_ref().unwrap();
    prop_assert_eq!(sum(refunds, |r| r.reporting.unwrap().goods), net(reporting));
    let OrderAmounts { order_total, tax, shipping, fees, .. } = order.amounts;
    if order_total.0 == net(&order.amounts).0 + tax.0 + shipping.0 + fees.0 && fees == Amount::ZERO {
        prop_assert_eq!(sum(refunds, |r| r.amounts.tax), tax);
        prop_assert_eq!(sum(refunds, |r| r.amounts.shipping), shipping);
        prop_assert_eq!(sum(refunds, |r| r.reporting.unwrap().tax), reporting.tax);
        prop_assert_eq!(sum(refunds, |r| r.reporting.unwrap().shipping), reporting.shipping);
        prop_assert_eq!(sum(refunds, |r| r.reporting.unwrap().fees), Amount::ZERO);
    }
    if refund_lines.iter().any(|l| l.order_line.is_none()) {
        return Ok(());
    }
    for line in lines {
        let own = || refund_lines.iter().filter(|l| l.order_line == Some(line.line));
        prop_assert_eq!(sum(own(), |l| l.goods).0, line.gross.0 - line.discount.0);
        let reporting = line.reporting_gross.unwrap().0 - line.reporting_discount.unwrap().0;
        prop_assert_eq!(sum(own(), |l| l.reporting_goods.unwrap()).0, reporting);
    }
    Ok(())
}

/// Returns `sale` with refunds by its sender, a minute apart.
fn sold_and_refunded(sale: &str, refunds: &[String]) -> Vec<OrderFactRow> {
    let later = refunds.iter().enumerate().map(|(i, words)| format!("refund SERVER {} id={i} {words}", 60 * (i + 1)));
    let statements: Vec<String> = std::iter::once(sale.to_owned()).chain(later).collect();
    facts(&statements.iter().map(String::as_str).collect::<Vec<_>>())
}

proptest! {
    #[test]
    fn every_sum_holds_whoever_says_what(
        statements in prop::collection::vec(statement(), 1..5),
        refunds in prop::collection::vec(refund(), 0..6),
        site in any_site(),
    ) {
        let words: Vec<&str> = statements.iter().chain(&refunds).map(String::as_str).collect();
        let Some(folded) = fold(&site, &facts(&words), &links()) else { return Ok(()) };
        lines_sum_to_their_order(&folded)?;
        refund_lines_sum_to_their_refund(&folded)?;
        refunds_stay_within_their_order(&folded)?;
    }

    #[test]
    fn every_sum_holds_whatever_is_given_back(
        sale in sale(),
        refunds in prop::collection::vec(refunded(), 0..6),
        site in any_site(),
    ) {
        let folded = fold(&site, &sold_and_refunded(&sale, &refunds), &links()).unwrap();
        lines_sum_to_their_order(&folded)?;
        refund_lines_sum_to_their_refund(&folded)?;
        refunds_stay_within_their_order(&folded)?;
    }

    #[test]
    fn an_order_that_is_wholly_refunded_comes_to_nothing(
        sale in sale(),
        mut refunds in prop::collection::vec(refunded(), 0..6),
        by_amount in any::<bool>(),
        site in any_site(),
    ) {
        let before = fold(&site, &sold_and_refunded(&sale, &refunds), &links()).unwrap().order;
        let left = Amount(before.amounts.order_total.0 - before.refunded.0);
        refunds.push(if by_amount && left > Amount::ZERO { format!("amount={left}") } else { String::new() });
        let folded = fold(&site, &sold_and_refunded(&sale, &refunds), &links()).unwrap();
        nothing_is_left(&folded)?;
        refund_lines_sum_to_their_refund(&folded)?;
    }
}
