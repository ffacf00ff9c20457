//! An order's money: from what is claimed to sums that add up, in the order's currency and in the site's.
//!
//! A line is rounded once; every share of a whole is cut by largest remainder, so lines always sum to their order.
//! `discount` of a statement is that of the whole order, its lines' included: what lines do not name themselves is
//! spread over them. Each amount of the order is converted once; what rounding leaves between them shows as the
//! difference between the charged total and the sum of its parts.

use super::claim::{Claim, weights};
use super::exchange::Exchange;
use super::share::{minus, plus};
use commerce::money::allocate;
use commerce::rows::OrderAmounts;
use commerce::{Amount, hit::Item};

/// Amounts of one line.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LineSums {
    /// Price x quantity without tax.
    pub(super) gross: Amount,
    /// Its discounts.
    pub(super) discount: Amount,
    /// Gross in the site's currency.
    pub(super) reporting_gross: Option<Amount>,
    /// Discounts in the site's currency.
    pub(super) reporting_discount: Option<Amount>,
    /// Unit cost x quantity in the site's currency.
    pub(super) reporting_cost: Option<Amount>,
}

/// Amounts of an order and of its lines.
#[derive(Clone, Debug)]
pub(super) struct Sums {
    /// In the order's currency.
    pub(super) amounts: OrderAmounts,
    /// In the site's; `None` without a rate.
    pub(super) reporting: Option<OrderAmounts>,
    /// Line by line.
    pub(super) lines: Vec<LineSums>,
}

impl Sums {
    /// Returns the sums that `claim` comes to.
    pub(super) fn of(claim: &Claim, exchange: &Exchange) -> Self {
        let gross = claim.gross_of_lines();
        let discounts = claim.discount_of_lines(&gross);
        let amounts = order_amounts(claim, &gross, &discounts);
        let reporting = convert(&amounts, exchange);
        let shares = |parts: &[Amount], whole: fn(&OrderAmounts) -> Amount| -> Vec<Option<Amount>> {
            match (reporting.as_ref(), exchange) {
                (None, _) => vec![None; parts.len()],
                (Some(_), Exchange::Same) => parts.iter().copied().map(Some).collect(),
                (Some(sums), _) => split(whole(sums), parts, exchange).into_iter().map(Some).collect(),
            }
        };
        let reporting_gross = shares(&gross, |sums| sums.gross_sales);
        let reporting_discount = shares(&discounts, |sums| sums.discounts);
        let mut lines = Vec::with_capacity(gross.len());
        for (i, (&gross, &discount)) in gross.iter().zip(&discounts).enumerate() {
            let (reporting_gross, reporting_discount) = (reporting_gross[i], reporting_discount[i]);
            let reporting_cost = cost_of(&claim.items[i], claim, exchange);
            lines.push(LineSums { gross, discount, reporting_gross, reporting_discount, reporting_cost });
        }
        Self { amounts, reporting, lines }
    }
}

/// Splits `whole`, which is converted, as its `parts` were split before: by largest remainder, parts below zero (a
/// voucher sold as a line) among themselves.
fn split(whole: Amount, parts: &[Amount], exchange: &Exchange) -> Vec<Amount> {
    let below: Vec<i64> = parts.iter().map(|part| part.0.min(0).saturating_neg()).collect();
    let sum = Amount(below.iter().fold(0, |sum: i64, part| sum.saturating_add(*part)));
    let taken = exchange.convert(sum).unwrap_or_default();
    if taken == Amount::ZERO {
        return allocate(whole, &weights(parts), exchange.decimals());
    }
    let above = allocate(plus(whole, taken), &weights(parts), exchange.decimals());
    let below = allocate(taken, &below, exchange.decimals());
    above.into_iter().zip(below).map(|(above, below)| minus(above, below)).collect()
}

fn cost_of(item: &Item, claim: &Claim, exchange: &Exchange) -> Option<Amount> {
    exchange.convert(item.unit_cost?.times(item.quantity(), claim.currency.decimals()))
}

fn order_amounts(claim: &Claim, gross: &[Amount], discounts: &[Amount]) -> OrderAmounts {
    let total = claim.stated(|o| o.total);
    let subtotal = claim.stated(|o| o.subtotal).unwrap_or_default();
    let tax = claim.stated(|o| o.tax).unwrap_or_default();
    let shipping = claim.stated(|o| o.shipping).unwrap_or_default();
    let fees = claim.stated(|o| o.fees).unwrap_or_default();
    let added = plus(plus(tax, shipping), fees);
    let (gross_sales, discounts) = if gross.is_empty() {
        let discount = claim.stated(|o| o.discount).unwrap_or_default();
        let sold = total.map_or(subtotal, |total| minus(total, added));
        (plus(sold, discount), discount)
    } else {
        (gross.iter().copied().sum(), discounts.iter().copied().sum())
    };
    let order_total = total.unwrap_or(plus(minus(gross_sales, discounts), added));
    OrderAmounts { order_total, gross_sales, discounts, tax, shipping, fees, subtotal }
}

fn convert(amounts: &OrderAmounts, exchange: &Exchange) -> Option<OrderAmounts> {
    Some(OrderAmounts {
        order_total: exchange.convert(amounts.order_total)?,
        gross_sales: exchange.convert(amounts.gross_sales)?,
        discounts: exchange.convert(amounts.discounts)?,
        tax: exchange.convert(amounts.tax)?,
        shipping: exchange.convert(amounts.shipping)?,
        fees: exchange.convert(amounts.fees)?,
        subtotal: exchange.convert(amounts.subtotal)?,
    })
}
