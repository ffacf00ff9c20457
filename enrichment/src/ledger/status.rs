//! Where an order stands and since when it is paid: folded on their own, from every statement that names a status.

use super::statement::{Kind, Statement};
use commerce::Timestamp;
use commerce::hit::OrderStatus;

/// Returns the statement that decides the status: the best-ranked one about it.
pub(super) fn decided_by<'s, 'f>(statements: &'s [Statement<'f>]) -> Option<&'s Statement<'f>> {
    statements.iter().find(|s| s.status().is_some())
}

/// Returns the status that the best-ranked statement about it gives.
pub(super) fn status_of(statements: &[Statement]) -> OrderStatus {
    decided_by(statements).and_then(Statement::status).unwrap_or(OrderStatus::Confirmed)
}

/// Returns when the order was first confirmed, as the most trusted senders that speak of its status have it; `None` if
/// none of them says that it ever was.
///
/// A purchase that is silent about it confirms the order when it was placed, unless another purchase says outright that
/// it was not confirmed then.
pub(super) fn paid_at(statements: &[Statement], placed_at: Timestamp) -> Option<Timestamp> {
    let trust = decided_by(statements)?.fact.trust;
    let heard = || statements.iter().filter(|s| s.fact.trust == trust);
    let is_open = |s: &Statement| {
        let unconfirmed = matches!(s.order.status, Some(OrderStatus::Pending | OrderStatus::Failed));
        s.kind == Kind::Purchase && unconfirmed
    };
    let was_open = heard().any(is_open);
    let confirmed = heard().filter(|s| match s.order.status {
        Some(status) => status == OrderStatus::Confirmed,
        None => s.kind == Kind::Purchase && !was_open,
    });
    // Clocks of several senders differ; nothing is paid before it is bought.
    confirmed.map(Statement::holds_since).min().map(|paid_at| paid_at.max(placed_at))
}
