//! The order ledger's merge: many statements about one order, from whoever makes them, become the order.
//!
//! [`fold`] is a function of the *set* of statements: neither their order nor their repetition changes its result.
//! Rank decides: highest trust, then highest version where one is stated (an `order_update` or `order_status` without
//! one counts by its own time), then earliest order time, then kind of sender, then smallest event key.
//! - **Money and lines**: the best-ranked statement that makes an order (a `purchase`, or an `order_update` that has a
//!   total or lines). What it leaves open is filled from the next in rank, down to the first that has lines; such a
//!   statement is whole, so what it does not name is nothing. Statements of the winner's standing (trust and version)
//!   that differ about the money are flagged and fill nothing.
//! - **Status** on its own, from every statement that names one; a `purchase` that is silent says confirmed.
//! - **Date**: at equal trust a stated `placed_at` before the time of a `purchase`; an update's own time only where
//!   there is nothing else.
//! - **Visit** from the earliest browser statement that has one, else from any other. **Source** as stated with the
//!   order, else as that visit has it.
//!
//! Refunds are kept as statements, so that nothing is lost, but have no effect here yet. An order's other ids
//! (`aliases`) are kept in its statements, too, and not yet joined. The module knows nothing of hits, carts and batches.

mod amounts;
pub(crate) mod exchange;
mod statement;

use amounts::{Claim, Sums};
use commerce::hit::{Item, OrderStatement, OrderStatus, Trust, flags};
use commerce::rows::{OrderFactRow, OrderLineRow, OrderRow, TrafficSource, order_flags};
use commerce::state::SiteState;
use exchange::Exchange;
use statement::{Kind, Statement};

/// Returns the order that `facts` tell of, with its lines; `None` if no statement among them makes one.
///
/// The version's position is the highest of the statements used.
pub(crate) fn fold(site: &SiteState, facts: &[OrderFactRow]) -> Option<(OrderRow, Vec<OrderLineRow>)> {
    let statements = statement::read(facts);
    let ranked: Vec<&Statement> = statements.iter().filter(|s| s.kind != Kind::Status).collect();
    let winner = *ranked.iter().find(|s| s.makes_order())?;
    let dated = *ranked.iter().max_by_key(|s| s.date_rank())?;
    let placed_at = dated.order_time();
    let claim = Claim::gather(site, winner, &ranked);
    let exchange = Exchange::on(site, claim.currency, placed_at);
    let sums = Sums::of(&claim, &exchange);

    let marks = [
        (claim.disputed, order_flags::MONEY_DIFFERS),
        (claim.items.is_empty(), order_flags::NO_LINES),
        (sums.reporting.is_none(), order_flags::UNCONVERTED),
        (dated.flags & flags::BACKDATED != 0, order_flags::BACKDATED),
        (winner.flags & flags::ROUNDED != 0, order_flags::ROUNDED),
    ];
    let visited = visited(&statements);
    let attributed = statements.iter().find(|s| s.attributed && s.fact.source.as_ref().is_some_and(|f| !f.is_direct()));
    let status = status_of(&statements);
    let test = stated(&ranked, |o| o.test).unwrap_or(false);
    let trusted = winner.fact.trust == Trust::Verified || site.settings.count_unverified_orders;
    let order = OrderRow {
        site: winner.fact.site,
        position: statements.iter().map(|s| s.fact.position).max()?,
        order: winner.fact.order,
        order_id: winner.fact.order_id.clone(),
        placed_at,
        status,
        counts: status == OrderStatus::Confirmed && !test && trusted,
        test,
        currency: claim.currency,
        amounts: sums.amounts,
        reporting: sums.reporting,
        units: claim.items.iter().fold(0, |sum: i64, item| sum.saturating_add(item.quantity().0)),
        lines: claim.items.len() as u32,
        customer: statements.iter().find_map(|s| s.fact.customer),
        visitor: visited.and_then(|s| s.fact.visitor).or_else(|| statements.iter().find_map(|s| s.fact.visitor)),
        visit_event: visited.map(|s| s.fact.event),
        visit: visited.and_then(|s| s.fact.visit),
        cart: statements.iter().find_map(|s| s.fact.cart),
        source: source_of(&statements, attributed, visited),
        landing_page: [attributed, visited].into_iter().flatten().find_map(|s| s.fact.landing_page.clone()),
        coupon: stated(&ranked, |o| o.coupons.as_deref().filter(|c| !c.is_empty()).map(|c| c.join(","))),
        payment_method: stated(&ranked, |o| o.payment_method.clone()),
        shipping_method: stated(&ranked, |o| o.shipping_method.clone()),
        sales_channel: stated(&ranked, |o| o.sales_channel.clone()),
        origin: winner.fact.origin,
        trust: winner.fact.trust,
        statements: statements.len() as u32,
        flags: marks.iter().fold(0, |all, (set, mark)| if *set { all | mark } else { all }),
    };
    let lines = lines_of(&order, claim.items, &sums);
    Some((order, lines))
}

/// Returns what the best-ranked statement that names it says.
fn stated<T>(ranked: &[&Statement], field: impl Fn(&OrderStatement) -> Option<T>) -> Option<T> {
    ranked.iter().find_map(|s| field(&s.order))
}

/// Returns the status that the best-ranked statement about it gives.
fn status_of(statements: &[Statement]) -> OrderStatus {
    statements.iter().find_map(Statement::status).unwrap_or(OrderStatus::Confirmed)
}

/// Returns the statement whose visit is the order's: the earliest from a browser or app, else the earliest of all.
fn visited<'s, 'f>(statements: &'s [Statement<'f>]) -> Option<&'s Statement<'f>> {
    let with_visit = statements.iter().filter(|s| s.fact.visit.is_some());
    with_visit.min_by_key(|s| (!s.is_from_browser(), s.fact.occurred_at, s.fact.event))
}

fn source_of(statements: &[Statement], attributed: Option<&Statement>, visited: Option<&Statement>) -> TrafficSource {
    let known = [attributed, visited].into_iter().flatten().chain(statements);
    known.into_iter().find_map(|s| s.fact.source.clone()).unwrap_or_else(TrafficSource::direct)
}

fn lines_of(order: &OrderRow, items: &[Item], sums: &Sums) -> Vec<OrderLineRow> {
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
        coupon: item.coupon.clone(),
        item_list: crate::product::list_of(item),
    };
    items.iter().zip(&sums.lines).enumerate().map(line).collect()
}

#[cfg(test)]
pub(crate) mod tests;
