//! Orders told in pieces: senders whose events carry one line each (Heap's `Purchase`, Snowplow's transaction items).
//!
//! All pieces of one sender are one statement, whose lines are theirs in the order of time. Such a statement corrects
//! nothing and yields to one that tells the whole, so that the order's totals stay with whoever states them. A sender
//! tells the currency with the pieces and is silent about it in the totals; there it is filled in.

use super::statement::{Kind, Statement};
use commerce::Currency;
use commerce::hit::{Dialect, Origin, Trust};
use std::collections::BTreeMap;

/// Who speaks.
type Sender = (Trust, Origin, Dialect);

/// Makes one statement of the pieces of each sender.
pub(super) fn join(statements: &mut Vec<Statement<'_>>) {
    if !statements.iter().any(Statement::is_piece) {
        return;
    }
    let mut pieces: BTreeMap<Sender, Vec<Statement<'_>>> = BTreeMap::new();
    for piece in statements.extract_if(.., |s| s.is_piece()) {
        pieces.entry(sender_of(&piece)).or_default().push(piece);
    }
    for (sender, mut told) in pieces {
        told.sort_by_key(|piece| (piece.fact.occurred_at, piece.fact.event));
        let items = told.iter().flat_map(|piece| piece.items.iter().cloned()).collect();
        let currency = told.iter().find_map(|piece| piece.order.currency);
        fill_currency(statements, sender, currency);
        // The first in time speaks for all; what it does not say of the order, the next ones may.
        let mut told = told.into_iter();
        let Some(mut whole) = told.next() else { continue };
        for piece in told {
            let (order, other) = (&mut whole.order, piece.order);
            order.coupons = order.coupons.take().or(other.coupons);
            order.prices_include_tax = order.prices_include_tax.or(other.prices_include_tax);
            order.order_count = order.order_count.or(other.order_count);
            order.placed_at = order.placed_at.or(other.placed_at);
        }
        (whole.kind, whole.items, whole.order.currency) = (Kind::Update, items, currency);
        statements.push(whole);
    }
}

fn sender_of(statement: &Statement) -> Sender {
    (statement.fact.trust, statement.fact.origin, statement.fact.dialect)
}

/// Gives the sender's silent totals the currency of its pieces.
fn fill_currency(statements: &mut [Statement<'_>], sender: Sender, currency: Option<Currency>) {
    for statement in statements.iter_mut().filter(|s| sender_of(s) == sender) {
        statement.order.currency = statement.order.currency.or(currency);
    }
}
