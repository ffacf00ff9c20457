//! One statement of the ledger, decoded, with its rank among the others.
//!
//! It knows what a statement says and how much that weighs; what becomes of it is [`fold`](super::fold)'s.

use commerce::hit::{Item, OrderStatement, OrderStatus, Origin, Trust, names};
use commerce::record::from_cbor;
use commerce::rows::{OrderFactPayload, OrderFactRow};
use commerce::{EventKey, Timestamp};
use std::cmp::Reverse;

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
    /// Whether it names the order's source itself.
    pub(super) attributed: bool,
}

/// Weight of a statement among the others of its order; the largest wins.
pub(super) type Rank = (Trust, Option<i64>, Reverse<Timestamp>, Origin, Reverse<EventKey>);

/// Weight of a statement for the question when the order was placed; the largest wins.
pub(super) type DateRank = (bool, Trust, bool, Option<i64>, Reverse<Timestamp>, Origin, Reverse<EventKey>);

/// Returns the statements about the order in `facts`, each event once, best rank first.
pub(super) fn read(facts: &[OrderFactRow]) -> Vec<Statement<'_>> {
    let mut statements: Vec<Statement> = facts.iter().filter_map(Statement::read).collect();
    if statements.len() > 1 {
        statements.sort_by_key(|s| (s.fact.event, s.fact.position));
        statements.dedup_by_key(|s| s.fact.event);
        statements.sort_by_key(|s| Reverse(s.rank()));
    }
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
        Some(Self {
            fact,
            kind,
            order: payload.order?,
            items: payload.items.unwrap_or_default(),
            flags: payload.flags,
            attributed: payload.attribution.is_some(),
        })
    }

    /// Returns the statement's version: as stated; for a change that states none, its own time.
    fn version(&self) -> Option<i64> {
        let own_time = (self.kind != Kind::Purchase).then_some(self.fact.occurred_at.0);
        self.order.version.or(own_time)
    }

    /// Returns when the order was placed, as this statement has it.
    pub(super) fn order_time(&self) -> Timestamp {
        self.order.placed_at.unwrap_or(self.fact.occurred_at)
    }

    /// Returns the statement's weight for money, lines and status.
    pub(super) fn rank(&self) -> Rank {
        (self.fact.trust, self.version(), Reverse(self.order_time()), self.fact.origin, Reverse(self.fact.event))
    }

    /// Returns the statement's weight for the order's date: the time of a change says nothing about it.
    pub(super) fn date_rank(&self) -> DateRank {
        let stated = self.order.placed_at.is_some();
        let version = if stated { self.version() } else { None };
        let (trust, _, time, origin, event) = self.rank();
        (stated || self.kind == Kind::Purchase, trust, stated, version, time, origin, event)
    }

    /// Says whether the two have equal trust and version, so that neither corrects the other.
    pub(super) fn is_peer_of(&self, other: &Self) -> bool {
        self.fact.trust == other.fact.trust && self.version() == other.version()
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

    /// Says whether the customer's own device made it, so that its visit is the one in which the order was placed.
    pub(super) fn is_from_browser(&self) -> bool {
        matches!(self.fact.origin, Origin::Pixel | Origin::Browser | Origin::App)
    }
}
