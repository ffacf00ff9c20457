//! Refunds: what was given back on an order, from whoever reports it, each once, on its own date.
//!
//! Per order, refunds come from the highest-ranked source that reported any (a source is a trust, a kind of sender and a
//! protocol); what others say is evidence, and a different sum of it is flagged. Where the site leaves out what nobody
//! proved, unproved refunds are evidence, too. A refund in another currency than its order's is kept as a statement and
//! booked nowhere: no rate is known for it. Booked is at most what was paid, in order of time.
//!
//! [`told`] says which statements tell of the same refund, [`book`] what of the order it gives back, [`lines`] which lines
//! its items mean, [`reporting`] what it is in the site's currency.

mod book;
mod lines;
mod reporting;
mod told;

use super::exchange::Exchange;
use super::share::{minus, plus, share};
use book::{Booked, Left};
use commerce::hit::Trust;
use commerce::rows::{OrderLineRow, OrderRow, ProductRef, RefundAmounts, RefundLineRow, RefundRow, order_flags};
use commerce::state::SiteState;
use commerce::{Amount, Quantity};
use reporting::{Converted, ReportingLeft};
use told::Return;

pub(super) use told::{Told, read};

/// What refunds are charged against: an order with its lines, without its refunds.
pub(super) struct Account<'a> {
    pub(super) site: &'a SiteState,
    pub(super) order: &'a OrderRow,
    pub(super) lines: &'a [OrderLineRow],
    pub(super) exchange: &'a Exchange,
    /// Whether the prices of items contain tax.
    pub(super) prices_include_tax: bool,
}

impl Account<'_> {
    /// Returns how many decimals amounts of the order are rounded to.
    fn decimals(&self) -> u32 {
        self.order.currency.decimals()
    }

    /// Returns gross sales less discounts: what the goods cost.
    fn net(&self) -> Amount {
        minus(self.order.amounts.gross_sales, self.order.amounts.discounts)
    }

    /// Returns what the goods of a line cost.
    fn net_of(line: &OrderLineRow) -> Amount {
        minus(line.gross, line.discount)
    }
}

/// The refunds of an order.
#[derive(Debug, Default)]
pub(super) struct Refunds<'t> {
    /// Those booked, by time.
    pub(super) booked: Vec<Entry<'t>>,
    /// Those of the chosen source that are booked nowhere.
    pub(super) unbooked: Vec<Return<'t>>,
    /// The other sources whose sum is another.
    pub(super) rivals: Vec<Rival<'t>>,
}

/// A refund with what it comes to.
#[derive(Debug)]
pub(super) struct Entry<'t> {
    pub(super) refund: Return<'t>,
    pub(super) booked: Booked<'t>,
    converted: Option<Converted>,
    /// Cost of the goods of each of the order's lines, in the site's currency.
    costs: Vec<Option<Amount>>,
}

/// A source that was not chosen and says something else.
#[derive(Debug)]
pub(super) struct Rival<'t> {
    /// Its earliest statement.
    pub(super) first: &'t Told<'t>,
    /// What its refunds sum to.
    pub(super) sum: Amount,
}

impl<'t> Refunds<'t> {
    /// Returns the refunds that `told` tells of.
    pub(super) fn of(account: &Account, told: &'t [Told<'t>]) -> Self {
        let mut sources: Vec<_> = told.iter().map(Told::source).collect();
        sources.sort_unstable();
        sources.dedup();
        let believed = |trust| trust == Trust::Verified || account.site.settings.count_unverified_orders;
        let chosen = sources.last().copied().filter(|source| believed(source.0));
        let of_source = |source| told::returns(account, told.iter().filter(|t| t.source() == source));
        let mut refunds = chosen.map_or_else(Self::default, |source| Self::book(account, of_source(source)));
        let sum: Amount = refunds.booked.iter().map(|e| e.booked.stated).sum();
        for source in sources.into_iter().filter(|source| Some(*source) != chosen) {
            let others = Self::book(account, of_source(source));
            let others_sum: Amount = others.booked.iter().map(|e| e.booked.stated).sum();
            let told = others.booked.iter().map(|e| &e.refund).chain(&others.unbooked);
            let first = told.map(|refund| refund.told).min_by_key(|t| (t.at(), t.fact.event));
            if let Some(first) = first.filter(|_| others_sum != sum || !others.unbooked.is_empty()) {
                refunds.rivals.push(Rival { first, sum: others_sum });
            }
        }
        refunds
    }

    fn book(account: &Account, returns: Vec<Return<'t>>) -> Self {
        let mut left = Left::of(account);
        let mut reporting = ReportingLeft::of(account);
        let mut refunds = Self::default();
        for refund in returns {
            if refund.told.refund.currency.is_some_and(|c| c != account.order.currency) {
                refunds.unbooked.push(refund);
                continue;
            }
            let booked = left.book(account, refund.told);
            let costs = costs_of(account, &left, &booked);
            left.take(&booked);
            let converted = reporting.as_mut().map(|reporting| reporting.take(account, &left, &booked));
            refunds.booked.push(Entry { refund, booked, converted, costs });
        }
        refunds
    }

    /// Returns the sum of what is booked.
    pub(super) fn sum(&self) -> Amount {
        self.booked.iter().map(|entry| entry.booked.amounts.amount).sum()
    }

    /// Returns the marks that refunds leave on their order.
    pub(super) fn flags(&self) -> u32 {
        let differ = !self.rivals.is_empty()
            || !self.unbooked.is_empty()
            || self.booked.iter().any(|entry| !entry.refund.contradicted_by.is_empty());
        let over = self.booked.iter().any(|entry| entry.booked.over);
        let flag = |set: bool, flag: u32| if set { flag } else { 0 };
        flag(differ, order_flags::REFUNDS_DIFFER) | flag(over, order_flags::OVER_REFUNDED)
    }

    /// Returns the rows of the refunds and of their lines.
    pub(super) fn into_rows(self, order: &OrderRow, lines: &[OrderLineRow]) -> (Vec<RefundRow>, Vec<RefundLineRow>) {
        let (mut refunds, mut refund_lines) = (Vec::with_capacity(self.booked.len()), Vec::new());
        for entry in self.booked {
            refund_lines.extend(entry.lines(order, lines));
            refunds.push(entry.row(order));
        }
        (refunds, refund_lines)
    }
}

impl Entry<'_> {
    fn row(self, order: &OrderRow) -> RefundRow {
        RefundRow {
            site: order.site,
            position: order.position,
            order: order.order,
            refund: self.refund.key,
            refund_id: self.refund.told.id().map(str::to_owned),
            at: self.refund.told.at(),
            amounts: self.booked.amounts,
            reporting: self.converted.map(|converted| converted.amounts),
            stated: self.booked.stated,
            units: self.booked.units(),
            reason: self.refund.reason,
            origin: self.refund.told.fact.origin,
            trust: self.refund.told.fact.trust,
            statements: self.refund.statements,
        }
    }

    /// Returns the refund's lines: those of the order that it touches, then items that the order does not have. An order
    /// without lines has refunds without lines.
    fn lines(&self, order: &OrderRow, lines: &[OrderLineRow]) -> Vec<RefundLineRow> {
        let mut rows = Vec::new();
        if lines.is_empty() {
            return rows;
        }
        let converted = self.converted.as_ref();
        let mut push =
            |order_line: Option<usize>, product: &ProductRef, quantity: i64, goods, reporting_goods, cost| {
                rows.push(RefundLineRow {
                    site: order.site,
                    position: order.position,
                    order: order.order,
                    refund: self.refund.key,
                    line: rows.len() as u32,
                    order_line: order_line.map(|line| line as u32),
                    product: product.clone(),
                    quantity: Quantity(quantity),
                    goods,
                    reporting_goods,
                    reporting_cost: cost,
                });
            };
        for (i, line) in lines.iter().enumerate() {
            let (units, goods) = (self.booked.units[i], self.booked.goods[i]);
            let reporting = converted.map(|converted| converted.goods[i]);
            if units != 0 || goods != Amount::ZERO || reporting.is_some_and(|goods| goods != Amount::ZERO) {
                push(Some(i), &line.product, units, goods, reporting, self.costs[i]);
            }
        }
        for (i, loose) in self.booked.loose.iter().enumerate() {
            let reporting = converted.map(|converted| converted.loose[i]);
            push(None, &crate::product::reference(loose.item), loose.units, loose.goods, reporting, None);
        }
        rows
    }
}

/// Returns what the units that `booked` gives back cost the shop, in the site's currency, for each of the order's lines:
/// by quantity, so that the costs of all units sum to the line's.
fn costs_of(account: &Account, left: &Left, booked: &Booked) -> Vec<Option<Amount>> {
    let decimals = account.site.settings.currency.decimals();
    let cost = |(i, line): (usize, &OrderLineRow)| {
        let (cost, of) = (line.reporting_cost?, line.quantity.0);
        let before = of.saturating_sub(left.lines[i].units);
        let upto = |units: i64| share(cost, units, of, decimals);
        Some(minus(upto(before.saturating_add(booked.units[i])), upto(before)))
    };
    account.lines.iter().enumerate().map(cost).collect()
}

/// Returns amounts whose whole is the sum of their parts.
fn summed(goods: Amount, tax: Amount, shipping: Amount, fees: Amount) -> RefundAmounts {
    let amount = plus(plus(goods, tax), plus(shipping, fees));
    RefundAmounts { amount, goods, tax, shipping, fees }
}
