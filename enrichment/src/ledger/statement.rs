//! One statement of the ledger, decoded, with its rank among the others.
//!
//! It knows what a statement says and how much that weighs; what becomes of it is [`fold`](super::fold)'s. Refunds are
//! statements of their own kind ([`refund`](super::refund)).

use super::pieces;
use commerce::hit::{Item, OrderStatement, OrderStatus, Origin, Trust, names};
use commerce::record::from_cbor;
use commerce::rows::{OrderFactPayload, OrderFactRow};
use commerce::{EventKey, Timestamp};
use std::cmp::Reverse;

/// A version from here on (2000-01-01T00:00:00Z) may be a time; a counter never gets that far.
const TIMES_FROM: i64 = 946_684_800_000_000;

/// How far ahead of its receipt a statement's time may lie.
const AHEAD_MAX_S: i64 = 86_400;

/// What sort of statement it is. Refunds are none of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The order was placed.
    Purchase,
    /// The order was corrected.
    Update,
    /// Its status changed.
    Status,
}

/// A statement.
#[derive(Clone, Debug)]
pub(super) struct Statement<'a> {
    /// The row it was read from.
    pub(super) fact: &'a OrderFactRow,
    /// What sort it is.
    pub(super) kind: Kind,
    /// Its words.
    pub(super) order: OrderStatement,
    /// Its lines; empty where it names none.
    pub(super) items: Vec<Item>,
    /// Marks of its hit.
    pub(super) flags: u32,
}

/// Weight of a statement among the others of its order; the largest wins.
pub(super) type Rank = (Trust, Option<i64>, bool, Reverse<Timestamp>, Origin, Reverse<EventKey>);

/// Weight of a statement for the question when the order was placed; the largest wins.
pub(super) type DateRank = (bool, Trust, bool, Option<i64>, Reverse<Timestamp>, Origin, Reverse<EventKey>);

/// Returns `facts` with each event once, by event.
pub(super) fn once(facts: &[OrderFactRow]) -> Vec<&OrderFactRow> {
    let mut facts: Vec<&OrderFactRow> = facts.iter().collect();
    facts.sort_by_key(|f| (f.event, f.position));
    facts.dedup_by_key(|f| f.event);
    facts
}

/// Returns the statements about the order in `facts`, best rank first.
pub(super) fn read<'a>(facts: &[&'a OrderFactRow]) -> Vec<Statement<'a>> {
    let mut statements: Vec<Statement> = facts.iter().filter_map(|fact| Statement::read(fact)).collect();
    pieces::join(&mut statements);
    statements.sort_by_key(|s| Reverse(s.rank()));
    statements
}

impl<'a> Statement<'a> {
    /// Returns the statement in `fact`; `None` for a refund, and for bytes that this version did not write.
    fn read(fact: &'a OrderFactRow) -> Option<Self> {
        let kind = match fact.kind.as_str() {
            names::PURCHASE => Kind::Purchase,
            names::ORDER_UPDATE => Kind::Update,
            names::ORDER_STATUS => Kind::Status,
            _ => return None,
        };
        let payload: OrderFactPayload = from_cbor(&fact.payload).ok()?;
        let (order, items) = (payload.order?, payload.items.unwrap_or_default());
        Some(Self { fact, kind, order, items, flags: payload.flags })
    }

    /// Returns the statement's version: as stated; for a change that states none, its own time.
    fn version(&self) -> Option<i64> {
        let own_time = (self.kind != Kind::Purchase && !self.is_piece()).then_some(self.fact.occurred_at.0);
        self.order.version.or(own_time)
    }

    /// Says whether its items are only some of the order's lines.
    pub(super) fn is_piece(&self) -> bool {
        self.order.partial == Some(true)
    }

    /// Returns when the order was placed, as this statement has it.
    pub(super) fn order_time(&self) -> Timestamp {
        self.order.placed_at.unwrap_or(self.fact.occurred_at)
    }

    /// Returns since when it holds: a purchase since the order was placed, a change since its version where that is a
    /// time (the `at` and `updated_at` of senders that state one), else since it was said.
    pub(super) fn holds_since(&self) -> Timestamp {
        if self.kind == Kind::Purchase {
            return self.order_time();
        }
        let latest = self.fact.received_at.plus_seconds(AHEAD_MAX_S).0;
        let version = self.order.version.filter(|version| (TIMES_FROM..=latest).contains(version));
        version.map_or(self.fact.occurred_at, Timestamp)
    }

    /// Returns the statement's weight for money, lines and status.
    pub(super) fn rank(&self) -> Rank {
        let whole = !self.is_piece();
        (self.fact.trust, self.version(), whole, Reverse(self.order_time()), self.fact.origin, Reverse(self.fact.event))
    }

    /// Returns the statement's weight for the order's date: the time of a change says nothing about it.
    pub(super) fn date_rank(&self) -> DateRank {
        let stated = self.order.placed_at.is_some();
        let version = if stated { self.version() } else { None };
        let (trust, _, _, time, origin, event) = self.rank();
        (stated || self.kind == Kind::Purchase, trust, stated, version, time, origin, event)
    }

    /// Says whether the two have equal trust and version, so that neither corrects the other.
    pub(super) fn is_peer_of(&self, other: &Self) -> bool {
        self.fact.trust == other.fact.trust && self.version() == other.version()
    }

    /// Says whether `other` tells what became of the order after this statement, so that they may well differ: by a
    /// higher version, or as a change that holds since this one or later.
    pub(super) fn is_older_than(&self, other: &Self) -> bool {
        let by_version = self.version().zip(other.version()).is_some_and(|(own, others)| own < others);
        by_version || other.kind != Kind::Purchase && self.holds_since() <= other.holds_since()
    }

    /// Says whether an order exists by this statement alone.
    pub(super) fn makes_order(&self) -> bool {
        match self.kind {
            Kind::Purchase => true,
            Kind::Update => self.order.total.is_some() || !self.items.is_empty(),
            Kind::Status => false,
        }
    }

    /// Returns the status it gives; `None` where it is silent. A silent purchase says confirmed.
    pub(super) fn status(&self) -> Option<OrderStatus> {
        self.order.status.or((self.kind == Kind::Purchase).then_some(OrderStatus::Confirmed))
    }
}
