//! One statement about a cart, decoded, with its place in time.
//!
//! It knows what a statement does to a cart's lines; which cart that is, is not its business.

use commerce::hit::{Item, names};
use commerce::record::from_cbor;
use commerce::rows::{CartFactPayload, CartFactRow};
use commerce::{Amount, Currency, Timestamp};

/// What a statement does to a cart's lines. The order is that of statements of one instant: what went in and out by
/// then is part of the whole cart as it is told, and a step of the checkout follows what it is a step of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Change {
    /// It puts products in.
    Add,
    /// It takes products out.
    Remove,
    /// It tells the whole cart.
    Replace,
    /// It leaves them as they are: a step of the checkout, or an update that tells neither lines nor a value.
    Keep,
}

/// A statement.
#[derive(Clone, Debug)]
pub(super) struct Statement<'a> {
    /// The row it was read from.
    pub(super) fact: &'a CartFactRow,
    /// What it does.
    pub(super) change: Change,
    /// Its words.
    pub(super) payload: CartFactPayload,
    /// Currency of its prices and value: as stated, else the site's.
    pub(super) currency: Currency,
}

/// Returns the statements in `facts`, each event once, in the order in which things happened. `currency` is the site's.
pub(super) fn read(facts: &[CartFactRow], currency: Currency) -> Vec<Statement<'_>> {
    let mut statements: Vec<Statement> = facts.iter().filter_map(|fact| Statement::read(fact, currency)).collect();
    statements.sort_by_key(|s| (s.fact.event, s.fact.position));
    statements.dedup_by_key(|s| s.fact.event);
    statements.sort_by_key(|s| (s.at(), s.change, s.fact.event));
    statements
}

impl<'a> Statement<'a> {
    /// Returns the statement in `fact`; `None` for what says nothing about a cart, and for bytes that this version did
    /// not write.
    fn read(fact: &'a CartFactRow, currency: Currency) -> Option<Self> {
        let payload: CartFactPayload = from_cbor(&fact.payload).ok()?;
        let change = change_of(&fact.kind, &payload)?;
        let currency = payload.cart.as_ref().and_then(|s| s.currency).unwrap_or(currency);
        Some(Self { fact, change, payload, currency })
    }

    /// Returns when it was said.
    pub(super) fn at(&self) -> Timestamp {
        self.fact.occurred_at
    }

    /// Returns its lines; none where it names none.
    pub(super) fn items(&self) -> &[Item] {
        self.payload.items.as_deref().unwrap_or_default()
    }

    /// Returns the cart's value as it states it.
    pub(super) fn value(&self) -> Option<Amount> {
        self.payload.cart.as_ref().and_then(|s| s.value)
    }

    /// Says whether it has something to put into a cart, so that one can begin with it.
    pub(super) fn fills(&self) -> bool {
        match self.change {
            Change::Add | Change::Keep => !self.items().is_empty(),
            Change::Replace => !self.items().is_empty() || self.value().is_some_and(|value| value > Amount::ZERO),
            Change::Remove => false,
        }
    }
}

/// Returns what a statement of this kind does, `None` if nothing.
fn change_of(kind: &str, payload: &CartFactPayload) -> Option<Change> {
    match kind {
        names::CART_UPDATE => {
            let silent = payload.items.is_none() && payload.cart.as_ref().is_none_or(|c| c.value.is_none());
            Some(if silent { Change::Keep } else { Change::Replace })
        }
        names::ADD_TO_CART => Some(Change::Add),
        names::REMOVE_FROM_CART => Some(Change::Remove),
        _ => (step_rank(kind) > 0).then_some(Change::Keep),
    }
}

/// Returns how far the step of the checkout of this event name is, from 1; 0 for events that are none.
pub(super) fn step_rank(event_name: &str) -> u8 {
    match event_name {
        names::VIEW_CART => 1,
        names::BEGIN_CHECKOUT => 2,
        names::ADD_SHIPPING_INFO => 3,
        names::ADD_PAYMENT_INFO => 4,
        _ => 0,
    }
}
