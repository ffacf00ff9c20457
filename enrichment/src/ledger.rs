//! The order ledger's merge: many statements about one order, from whoever makes them, become the order.
//!
//! [`fold`] is a function of the *set* of statements: neither their order nor their repetition changes its result.
//! Rank decides: highest trust, then highest version where one is stated (an `order_update` or `order_status` without
//! one counts by its own time), then earliest order time, then kind of sender, then smallest event key.
//! - **Money and lines**: the best-ranked statement that makes an order, filled from the next in rank ([`claim`],
//!   [`amounts`]). Whoever contradicts it without being an older version of the order is flagged.
//!   Lines that a sender tells one by one are one statement first ([`pieces`]).
//! - **Status** on its own, from every statement that names one; a `purchase` that is silent says confirmed ([`status`]).
//! - **Date**: at equal trust a stated `placed_at` before the time of a `purchase`; an update's own time only where
//!   there is nothing else.
//! - **Refunds** from the best-ranked source that reported any, booked up to what was paid ([`refund`]). A cancelled order
//!   with one stays an order. An order that does not count keeps its refunds, too: reports take those of counting orders.
//!
//! Whose the order is and what it is credited to is found elsewhere and taken over ([`links`]). The module knows nothing
//! of hits, visits, carts and batches. [`explain()`] tells which statement each field comes from.

mod amounts;
mod claim;
pub(crate) mod exchange;
mod explain;
pub(crate) mod links;
mod pieces;
mod refund;
mod share;
mod statement;
mod status;

use amounts::Sums;
use claim::Claim;
use commerce::Amount;
use commerce::hit::{Item, OrderStatement, OrderStatus, Trust, flags};
use commerce::rows::{OrderFactRow, OrderLineRow, OrderRow, RefundLineRow, RefundRow, order_flags};
use commerce::state::SiteState;
use exchange::Exchange;
use links::Links;
use refund::{Account, Refunds};
use statement::Statement;

pub use explain::{Disagreement, Explanation, Taken, explain};

/// An order as its statements have it, all rows of one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Folded {
    /// The order.
    pub(crate) order: OrderRow,
    /// Its lines.
    pub(crate) lines: Vec<OrderLineRow>,
    /// Its refunds, by time.
    pub(crate) refunds: Vec<RefundRow>,
    /// Their lines.
    pub(crate) refund_lines: Vec<RefundLineRow>,
}

/// Returns the order that `facts` tell of, with its lines and refunds; `None` if no statement among them makes one.
///
/// `facts` are all statements about one order, under whatever ids. The version's position is the highest of theirs.
pub(crate) fn fold(site: &SiteState, facts: &[OrderFactRow], links: &Links) -> Option<Folded> {
    let position = facts.iter().map(|f| f.position).max()?;
    let facts = statement::once(facts);
    let statements = statement::read(&facts);
    let told = refund::read(&facts);
    let weighed = Weighed::of(site, &statements)?;
    let mut order = weighed.order(site, position, links);
    let order_lines = weighed.lines(&order);
    let refunds = Refunds::of(&weighed.account(site, &order, &order_lines), &told);

    order.statements += told.len() as u32;
    order.refunded = refunds.sum();
    order.flags |= refunds.flags();
    let stands =
        order.status == OrderStatus::Confirmed || order.status == OrderStatus::Cancelled && !refunds.booked.is_empty();
    let trusted = order.trust == Trust::Verified || site.settings.count_unverified_orders;
    order.counts = stands && trusted && !order.test;
    let (refunds, refund_lines) = refunds.into_rows(&order, &order_lines);
    Some(Folded { order, lines: order_lines, refunds, refund_lines })
}

/// The statements about an order, weighed against each other.
struct Weighed<'s> {
    statements: &'s [Statement<'s>],
    claim: Claim<'s>,
    /// The statement that has the order's date.
    dated: &'s Statement<'s>,
    exchange: Exchange,
    sums: Sums,
}

impl<'s> Weighed<'s> {
    /// Weighs `statements`, best rank first; `None` if none makes an order.
    fn of(site: &SiteState, statements: &'s [Statement<'s>]) -> Option<Self> {
        let claim = Claim::gather(site, statements)?;
        let dated = *claim.ranked.iter().max_by_key(|s| s.date_rank())?;
        let exchange = Exchange::on(site, claim.currency, dated.order_time());
        let sums = Sums::of(&claim, &exchange);
        Some(Self { statements, claim, dated, exchange, sums })
    }

    /// Returns the order without its refunds.
    fn order(&self, site: &SiteState, position: u64, links: &Links) -> OrderRow {
        let (claim, winner) = (&self.claim, self.claim.winner);
        let placed_at = self.dated.order_time();
        let paid_at = status::paid_at(self.statements, placed_at);
        let counted_at = paid_at.filter(|_| site.settings.count_orders_on_paid).unwrap_or(placed_at);
        OrderRow {
            site: winner.fact.site,
            position,
            order: links.order,
            order_id: links.order_id.clone(),
            placed_at,
            paid_at,
            counted_at,
            status: status::status_of(self.statements),
            counts: false,
            test: self.stated(|o| o.test).unwrap_or(false),
            currency: claim.currency,
            amounts: self.sums.amounts,
            reporting: self.sums.reporting,
            refunded: Amount::ZERO,
            units: claim.items.iter().fold(0, |sum: i64, item| sum.saturating_add(item.quantity().0)),
            lines: claim.items.len() as u32,
            user: links.user,
            email: links.email,
            customer: links.customer,
            visitor: links.visitor,
            visit_event: links.visit_event,
            visit: links.visit,
            cart: links.cart,
            source: links.source.clone(),
            landing_page: links.landing_page.clone(),
            coupon: self.stated(coupons),
            payment_method: self.stated(|o| o.payment_method.clone()),
            shipping_method: self.stated(|o| o.shipping_method.clone()),
            sales_channel: self.stated(|o| o.sales_channel.clone()),
            origin: winner.fact.origin,
            trust: winner.fact.trust,
            statements: self.statements.len() as u32,
            flags: self.flags(links),
        }
    }

    fn flags(&self, links: &Links) -> u32 {
        let marks = [
            (self.claim.items.is_empty(), order_flags::NO_LINES),
            (self.sums.reporting.is_none(), order_flags::UNCONVERTED),
            (self.dated.flags & flags::BACKDATED != 0, order_flags::BACKDATED),
            (self.claim.winner.flags & flags::ROUNDED != 0, order_flags::ROUNDED),
            (self.claim.winner.fact.trust == Trust::Unverified, order_flags::UNVERIFIED),
            (links.shared_device, order_flags::SHARED_DEVICE),
        ];
        marks.iter().fold(self.claim.flags, |all, (set, mark)| if *set { all | mark } else { all })
    }

    /// Returns what the best-ranked statement that names it says, whoever has the money.
    fn stated<T>(&self, field: impl Fn(&OrderStatement) -> Option<T>) -> Option<T> {
        self.claim.ranked.iter().find_map(|s| field(&s.order))
    }

    /// Returns the lines of `order`.
    fn lines(&self, order: &OrderRow) -> Vec<OrderLineRow> {
        let lines = self.claim.items.iter().zip(&self.sums.lines).enumerate();
        let line = |(line, (item, sums)): (usize, (&Item, &amounts::LineSums))| OrderLineRow {
            site: order.site,
            position: order.position,
            order: order.order,
            line: line as u32,
            product: crate::product::reference(item),
            price: item.price.unwrap_or_default(),
            quantity: item.quantity(),
            gross: sums.gross,
            discount: sums.discount,
            reporting_gross: sums.reporting_gross,
            reporting_discount: sums.reporting_discount,
            unit_cost: item.unit_cost,
            reporting_cost: sums.reporting_cost,
            coupon: item.coupon.clone(),
            item_list: crate::product::list_of(item),
            properties: item.properties.clone(),
        };
        lines.map(line).collect()
    }

    /// Returns what refunds of `order` are charged against.
    fn account<'a>(&'a self, site: &'a SiteState, order: &'a OrderRow, lines: &'a [OrderLineRow]) -> Account<'a> {
        let prices_include_tax = self.claim.prices_include_tax;
        Account { site, order, lines, exchange: &self.exchange, prices_include_tax }
    }
}

/// Returns coupon codes as one text; `None` for none.
fn coupons(order: &OrderStatement) -> Option<String> {
    order.coupons.as_deref().filter(|codes| !codes.is_empty()).map(|codes| codes.join(","))
}

#[cfg(test)]
mod tests;
