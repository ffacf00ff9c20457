//! An order's money: from what statements claim to sums that add up, in the order's currency and in the site's.
//!
//! A line is rounded once; every share of a whole is cut by largest remainder, so lines always sum to their order.
//! `discount` of a statement is that of the whole order, its lines' included: what lines do not name themselves is
//! spread over them. Each amount of the order is converted once; what rounding leaves between them shows as the
//! difference between the charged total and the sum of its parts.

use super::exchange::Exchange;
use super::statement::{Kind, Statement};
use commerce::hit::{Item, OrderStatement};
use commerce::money::allocate;
use commerce::rows::OrderAmounts;
use commerce::state::SiteState;
use commerce::{Amount, Currency};

/// What is claimed about an order's money, gathered from its statements.
#[derive(Clone, Debug)]
pub(super) struct Claim<'a> {
    /// Its currency.
    pub(super) currency: Currency,
    /// Its lines; empty if nobody names any.
    pub(super) items: &'a [Item],
    /// Whether statements of equal standing differ.
    pub(super) disputed: bool,
    total: Option<Amount>,
    subtotal: Option<Amount>,
    tax: Option<Amount>,
    shipping: Option<Amount>,
    fees: Option<Amount>,
    discount: Option<Amount>,
    prices_include_tax: bool,
}

impl<'a> Claim<'a> {
    /// Returns the claim of `ranked` statements, best first, of which `winner` is the first that makes an order.
    pub(super) fn gather(site: &SiteState, winner: &Statement, ranked: &[&'a Statement<'a>]) -> Self {
        let currency = currency_of(site, winner, ranked);
        let mut claim = Self {
            currency,
            items: &[],
            disputed: false,
            total: None,
            subtotal: None,
            tax: None,
            shipping: None,
            fees: None,
            discount: None,
            prices_include_tax: site.settings.prices_include_tax,
        };
        let mut whole = false;
        for statement in ranked {
            let foreign = stated_currency(site, statement).is_some_and(|c| c != currency);
            if statement.makes_order()
                && statement.is_peer_of(winner)
                && (foreign || differ(currency, statement, winner))
            {
                claim.disputed = true;
            } else if !whole && !foreign {
                whole = claim.fill(statement);
            }
        }
        claim
    }

    /// Takes from `statement` what is still open; says whether the claim is whole now.
    fn fill(&mut self, statement: &'a Statement<'a>) -> bool {
        let OrderStatement { total, subtotal, tax, shipping, fees, discount, .. } = statement.order;
        self.total = self.total.or(total);
        self.subtotal = self.subtotal.or(subtotal);
        self.tax = self.tax.or(tax);
        self.shipping = self.shipping.or(shipping);
        self.fees = self.fees.or(fees);
        self.discount = self.discount.or(discount);
        if statement.items.is_empty() {
            return false;
        }
        self.items = &statement.items;
        self.prices_include_tax = statement.order.prices_include_tax.unwrap_or(self.prices_include_tax);
        true
    }

    /// Returns price x quantity of each line less the tax within it.
    fn gross_of_lines(&self) -> Vec<Amount> {
        let decimals = self.currency.decimals();
        let mut gross: Vec<Amount> = self.items.iter().map(|item| gross_of(item, decimals)).collect();
        let tax = self.tax.filter(|tax| self.prices_include_tax && *tax != Amount::ZERO);
        if let Some(tax) = tax {
            let shares = allocate(tax, &weights(&gross), decimals);
            for (gross, share) in gross.iter_mut().zip(shares) {
                *gross = minus(*gross, share);
            }
        }
        gross
    }

    /// Returns the discount of each line with `gross`: its own and its share of the order's.
    fn discount_of_lines(&self, gross: &[Amount]) -> Vec<Amount> {
        let own: Vec<Amount> = self.items.iter().map(|item| item.discount.unwrap_or_default()).collect();
        let sum: Amount = own.iter().copied().sum();
        let Some(whole) = self.discount.filter(|whole| *whole != sum) else { return own };
        let decimals = self.currency.decimals();
        if whole < sum {
            // The order's figure cannot contain its lines' ones; it is the order's word that counts.
            return allocate(whole, &weights(&own), decimals);
        }
        let left: Vec<Amount> = gross.iter().zip(&own).map(|(gross, own)| minus(*gross, *own)).collect();
        let shares = allocate(minus(whole, sum), &weights(&left), decimals);
        own.into_iter().zip(shares).map(|(own, share)| plus(own, share)).collect()
    }
}

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
                (Some(sums), _) => {
                    allocate(whole(sums), &weights(parts), exchange.decimals()).into_iter().map(Some).collect()
                }
            }
        };
        let reporting_gross = shares(&gross, |sums| sums.gross_sales);
        let reporting_discount = shares(&discounts, |sums| sums.discounts);
        let mut lines = Vec::with_capacity(gross.len());
        for (i, (&gross, &discount)) in gross.iter().zip(&discounts).enumerate() {
            let (reporting_gross, reporting_discount) = (reporting_gross[i], reporting_discount[i]);
            lines.push(LineSums { gross, discount, reporting_gross, reporting_discount });
        }
        Self { amounts, reporting, lines }
    }
}

fn order_amounts(claim: &Claim, gross: &[Amount], discounts: &[Amount]) -> OrderAmounts {
    let [tax, shipping, fees] = [claim.tax, claim.shipping, claim.fees].map(Option::unwrap_or_default);
    let added = plus(plus(tax, shipping), fees);
    let (gross_sales, discounts) = if gross.is_empty() {
        let discount = claim.discount.unwrap_or_default();
        let sold = claim.total.map_or_else(|| claim.subtotal.unwrap_or_default(), |total| minus(total, added));
        (plus(sold, discount), discount)
    } else {
        (gross.iter().copied().sum(), discounts.iter().copied().sum())
    };
    let sold = minus(gross_sales, discounts);
    OrderAmounts {
        order_total: claim.total.unwrap_or(plus(sold, added)),
        gross_sales,
        discounts,
        tax,
        shipping,
        fees,
        subtotal: claim.subtotal.unwrap_or_default(),
    }
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

/// Returns the order's currency. An update that names none means the order's own, a purchase the site's.
fn currency_of(site: &SiteState, winner: &Statement, ranked: &[&Statement]) -> Currency {
    let others = || ranked.iter().find_map(|s| stated_currency(site, s));
    stated_currency(site, winner).or_else(others).unwrap_or(site.settings.currency)
}

fn stated_currency(site: &SiteState, statement: &Statement) -> Option<Currency> {
    let sites = (statement.kind == Kind::Purchase).then_some(site.settings.currency);
    statement.order.currency.or(sites)
}

/// Says whether two statements in one currency contradict each other; silence contradicts nothing.
fn differ(currency: Currency, a: &Statement, b: &Statement) -> bool {
    let amounts = |o: &OrderStatement| [o.total, o.subtotal, o.tax, o.shipping, o.fees, o.discount];
    let gross = |s: &Statement| -> Amount { s.items.iter().map(|i| gross_of(i, currency.decimals())).sum() };
    let both_have_lines = !a.items.is_empty() && !b.items.is_empty();
    amounts(&a.order).into_iter().zip(amounts(&b.order)).any(|(a, b)| a.is_some() && b.is_some() && a != b)
        || both_have_lines && gross(a) != gross(b)
}

fn gross_of(item: &Item, decimals: u32) -> Amount {
    item.price.unwrap_or_default().times(item.quantity(), decimals)
}

fn weights(parts: &[Amount]) -> Vec<i64> {
    parts.iter().map(|a| a.0).collect()
}

fn plus(a: Amount, b: Amount) -> Amount {
    Amount(a.0.saturating_add(b.0))
}

fn minus(a: Amount, b: Amount) -> Amount {
    Amount(a.0.saturating_sub(b.0))
}
