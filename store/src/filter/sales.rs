//! Which orders, carts and people are surely not stored, told by where their keys stand.
//!
//! One set holds the keys of all kinds, each mixed with its kind. What leaves the tables stays in it until it is filled
//! anew: that costs a look-up and no more.

use super::tags::{self, Tags};
use commerce::rows::{CartState, Rows, Subject};

/// Where a key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Ids of orders and their other ids.
    Order = 1,
    /// Visitors, users, e-mails and customers of orders and of statements about them.
    Buyer,
    /// Carts that orders and statements about them name.
    OrderCart,
    /// Visits of orders and of statements about them.
    OrderVisit,
    /// Client visit ids that statements about orders name.
    OrderAlias,
    /// Carts, and those that statements name.
    Cart,
    /// Visitors, users, e-mails and customers of carts and of statements about them.
    Shopper,
    /// Visits of statements about carts.
    CartVisit,
    /// Visitors of unlinked carts.
    Unlinked,
    /// Subjects of identities.
    Subject,
    /// Customers whom identities name.
    Named,
    /// Customers with names.
    Person,
    /// Client visit ids seen on visits.
    Alias,
    /// Events that belong to another visit than they were stored with.
    Moved,
    /// Visits to which events were moved.
    MovedTo,
    /// Visitors of events that came before a visit of theirs.
    Waiting,
}

/// Every column that is in the filter: table, column, kind, and which of its rows.
pub(crate) const COLUMNS: [(&str, &str, Kind, &str); 32] = [
    ("order_facts", "order", Kind::Order, "true"),
    ("order_facts", "visitor", Kind::Buyer, "true"),
    ("order_facts", "user", Kind::Buyer, "true"),
    ("order_facts", "email", Kind::Buyer, "true"),
    ("order_facts", "cart", Kind::OrderCart, "true"),
    ("order_facts", "visit", Kind::OrderVisit, "true"),
    ("order_facts", "visit_alias", Kind::OrderAlias, "true"),
    ("order_ids", "alias", Kind::Order, "true"),
    ("order_ids", "order", Kind::Order, "true"),
    ("orders", "order", Kind::Order, "true"),
    ("orders", "visitor", Kind::Buyer, "true"),
    ("orders", "user", Kind::Buyer, "true"),
    ("orders", "email", Kind::Buyer, "true"),
    ("orders", "customer", Kind::Buyer, "true"),
    ("orders", "cart", Kind::OrderCart, "true"),
    ("orders", "visit", Kind::OrderVisit, "true"),
    ("cart_facts", "cart", Kind::Cart, "true"),
    ("cart_facts", "visitor", Kind::Shopper, "true"),
    ("cart_facts", "user", Kind::Shopper, "true"),
    ("cart_facts", "email", Kind::Shopper, "true"),
    ("cart_facts", "visit", Kind::CartVisit, "true"),
    ("carts", "cart", Kind::Cart, "true"),
    ("carts", "visitor", Kind::Shopper, "true"),
    ("carts", "customer", Kind::Shopper, "true"),
    ("carts", "visitor", Kind::Unlinked, "state = 'unlinked'"),
    ("identities", "subject", Kind::Subject, "true"),
    ("identities", "customer", Kind::Named, "true"),
    ("people", "customer", Kind::Person, "true"),
    ("visit_aliases", "alias", Kind::Alias, "true"),
    ("waiting_events", "visitor", Kind::Waiting, "true"),
    ("visit_moves", "event", Kind::Moved, "true"),
    ("visit_moves", "visit", Kind::MovedTo, "true"),
];

/// Which orders, carts and people are surely not stored.
pub(crate) struct SalesFilter {
    tags: Tags,
    slots_max: usize,
    /// False while it does not hold everything that is stored: it then lets everything through.
    whole: bool,
}

impl SalesFilter {
    /// Returns an empty filter that may grow to an eighth of `memory_limit_mb` (256 MiB at most, enough for five million
    /// orders with their people and carts); it lets everything through until it is filled.
    pub(crate) fn new(memory_limit_mb: u64) -> Self {
        Self { tags: Tags::none(), slots_max: tags::slots_in((memory_limit_mb / 8).clamp(1, 256)), whole: false }
    }

    /// Returns a filter that lets everything through for ever.
    pub(crate) fn disabled() -> Self {
        Self { tags: Tags::none(), slots_max: 0, whole: false }
    }

    /// Empties it and makes room for `keys` and half as many again, as far as it may grow; the caller inserts them all.
    pub(crate) fn reset(&mut self, keys: usize) {
        self.whole = self.slots_max > 0;
        self.tags.reset(self.whole.then_some(keys), self.slots_max);
    }

    /// Says whether there is no use in filling it anew: it is as large as it may be.
    pub(crate) fn is_grown(&self) -> bool {
        self.tags.slots() >= self.slots_max
    }

    /// Adds a stored key. Returns false if it does not fit: from then on it lets everything through.
    pub(crate) fn insert(&mut self, kind: Kind, key: u64) -> bool {
        self.whole = self.whole && self.tags.insert(mixed(kind, key));
        self.whole
    }

    /// Says whether `key` may stand where `kind` says; false is certain.
    pub(crate) fn may_hold(&self, kind: Kind, key: u64) -> bool {
        !self.whole || self.tags.may_hold(mixed(kind, key))
    }

    /// Adds the keys of rows that were stored. Returns false if it lost its word over them and filling it anew helps.
    pub(crate) fn apply(&mut self, rows: &Rows) -> bool {
        if !self.whole {
            return true;
        }
        let mut add = |kind: Kind, key: Option<u64>| {
            if let Some(key) = key {
                self.insert(kind, key);
            }
        };
        add_orders(rows, &mut add);
        add_carts(rows, &mut add);
        for row in &rows.identities {
            let (Subject::Visitor(commerce::VisitorKey(subject)) | Subject::Email(commerce::CustomerKey(subject))) =
                row.subject;
            add(Kind::Subject, Some(subject));
            add(Kind::Named, row.customer.map(|c| c.0));
        }
        rows.people.iter().for_each(|row| add(Kind::Person, Some(row.customer.0)));
        rows.visit_aliases.iter().for_each(|row| add(Kind::Alias, Some(row.alias)));
        rows.waiting_events.iter().for_each(|row| add(Kind::Waiting, Some(row.visitor.0)));
        for row in &rows.visit_moves {
            add(Kind::Moved, Some(row.event.0));
            add(Kind::MovedTo, row.visit.map(|v| v.0));
        }
        self.whole || self.is_grown()
    }
}

fn add_orders(rows: &Rows, add: &mut impl FnMut(Kind, Option<u64>)) {
    for fact in &rows.order_facts {
        add(Kind::Order, Some(fact.order.0));
        add(Kind::Buyer, fact.visitor.map(|v| v.0));
        for customer in [fact.user, fact.email] {
            add(Kind::Buyer, customer.map(|c| c.0));
        }
        add(Kind::OrderCart, fact.cart.map(|c| c.0));
        add(Kind::OrderVisit, fact.visit.map(|v| v.0));
        add(Kind::OrderAlias, fact.visit_alias);
    }
    for row in &rows.order_ids {
        add(Kind::Order, Some(row.alias.0));
        add(Kind::Order, Some(row.order.0));
    }
    for row in &rows.orders {
        add(Kind::Order, Some(row.order.0));
        add(Kind::Buyer, row.visitor.map(|v| v.0));
        for customer in [row.user, row.email, row.customer] {
            add(Kind::Buyer, customer.map(|c| c.0));
        }
        add(Kind::OrderCart, row.cart.map(|c| c.0));
        add(Kind::OrderVisit, row.visit.map(|v| v.0));
    }
}

fn add_carts(rows: &Rows, add: &mut impl FnMut(Kind, Option<u64>)) {
    for fact in &rows.cart_facts {
        add(Kind::Cart, fact.cart.map(|c| c.0));
        add(Kind::Shopper, fact.visitor.map(|v| v.0));
        for customer in [fact.user, fact.email] {
            add(Kind::Shopper, customer.map(|c| c.0));
        }
        add(Kind::CartVisit, fact.visit.map(|v| v.0));
    }
    for row in &rows.carts {
        add(Kind::Cart, Some(row.cart.0));
        add(Kind::Shopper, row.visitor.map(|v| v.0));
        add(Kind::Shopper, row.customer.map(|c| c.0));
        add(Kind::Unlinked, row.visitor.filter(|_| row.state == CartState::Unlinked).map(|v| v.0));
    }
}

/// Returns the key as it is kept: of another kind it is another one.
fn mixed(kind: Kind, key: u64) -> u64 {
    key ^ (kind as u64).wrapping_mul(0xA24B_AED4_963E_E407)
}

#[cfg(test)]
mod tests {
    use super::*;
    use commerce::rows::VisitAliasRow;
    use commerce::{EventKey, SiteId, Timestamp, VisitKey, VisitorKey};

    fn filled(mebibytes: u64) -> SalesFilter {
        let mut filter = SalesFilter::new(mebibytes);
        filter.reset(0);
        filter
    }

    #[test]
    fn a_key_stands_where_it_was_put() {
        let mut filter = filled(16);
        for key in 0..5_000 {
            assert!(filter.insert(Kind::Order, key));
        }
        assert!((0..5_000).all(|key| filter.may_hold(Kind::Order, key)));
        let elsewhere = |kind| (0..5_000).filter(|key| filter.may_hold(kind, *key)).count();
        assert!([Kind::Buyer, Kind::Cart, Kind::Moved].into_iter().all(|kind| elsewhere(kind) < 5));
        assert!((5_000..10_000).filter(|key| filter.may_hold(Kind::Order, *key)).count() < 5);
    }

    #[test]
    fn it_lets_everything_through_until_it_is_filled() {
        assert!(SalesFilter::new(16).may_hold(Kind::Order, 1));
        let mut off = SalesFilter::disabled();
        off.reset(10);
        assert!(off.may_hold(Kind::Order, 1) && !off.insert(Kind::Order, 1));
        assert!(!filled(16).may_hold(Kind::Order, 1));
    }

    fn aliases(numbers: std::ops::Range<u64>) -> Rows {
        let row = |n: u64| VisitAliasRow {
            site: SiteId(1),
            position: n,
            alias: n,
            event: EventKey(n),
            at: Timestamp(0),
            visitor: VisitorKey(n),
            visit: VisitKey(n),
        };
        Rows { visit_aliases: numbers.map(row).collect(), ..Rows::default() }
    }

    #[test]
    fn a_full_filter_falls_silent_and_is_filled_anew_while_it_may_grow() {
        // An eighth of 16 MiB is 2 MiB: half a million slots.
        let mut filter = filled(16);
        assert!(filter.apply(&aliases(0..40_000)));
        assert!(!filter.apply(&aliases(40_000..60_000)), "it asks to be filled anew");
        assert!(filter.may_hold(Kind::Alias, 1 << 40));
        filter.reset(60_000);
        assert!(filter.apply(&aliases(0..60_000)));
        assert!(!filter.may_hold(Kind::Alias, 1 << 40));
        filter.reset(usize::MAX);
        assert!(filter.is_grown());
        assert!(filter.apply(&aliases(0..500_000)), "there is no use in filling it anew");
        assert!(filter.may_hold(Kind::Alias, 1 << 40));
    }
}
