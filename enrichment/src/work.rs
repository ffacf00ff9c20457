//! What is known while a batch is judged: the state as loaded, what earlier records of the batch changed, and the
//! rows so far.
//!
//! Later records of a batch see what earlier ones did. Visits, orders and carts that change are kept here and become
//! rows once, at the end, in their last version. The module decides nothing; the steps do.

use crate::costs::{AdKey, ad_key};
use crate::identity::observed;
use crate::ledger::Folded;
use crate::rules::Rules;
use crate::settle::{News, Settled};
use crate::visit::VisitorWork;
use commerce::rows::{AdCostRow, Rows, Subject, VisitRow, WaitingEventRow};
use commerce::state::{CartHead, Sales, SiteState, State};
use commerce::{CartKey, CustomerKey, EventKey, OrderKey, SiteId, Timestamp, VisitKey, VisitorKey};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// The batch's working memory.
pub(crate) struct Work<'a> {
    /// Compiled rule data.
    pub(crate) rules: &'a Rules,
    /// Rows made so far: everything that is appended as it happens (events, touches, order facts, ...).
    pub(crate) rows: Rows,
    /// The clock: the largest time any record has put on it so far.
    pub(crate) as_of: Option<Timestamp>,
    /// Sites as of the current record.
    pub(crate) sites: HashMap<SiteId, Arc<SiteState>>,
    /// Visitors with their visits.
    pub(crate) visitors: HashMap<VisitorKey, VisitorWork>,
    /// Visitors by the fingerprints that visits of theirs have or had.
    pub(crate) by_fingerprint: HashMap<u64, Vec<VisitorKey>>,
    /// Event ids stored already, those of this batch included.
    pub(crate) events_seen: HashSet<EventKey>,
    /// Servers' events that came before a visit, of the visitors in memory.
    pub(crate) waiting_events: HashMap<VisitorKey, Vec<WaitingEventRow>>,
    /// What decides orders and carts: facts loaded and those of this batch, orders and carts as they now stand.
    pub(crate) sales: Sales,
    /// Costs of advertising that a rate may convert anew, and those of this batch.
    pub(crate) ad_costs: BTreeMap<AdKey, AdCostRow>,
    /// Pairs of an order's id and another id that are known to be of one order.
    pub(crate) ids_known: HashSet<(OrderKey, OrderKey)>,
    /// When each subject was first observed to be a customer, for each minute.
    pub(crate) observed: HashMap<(Subject, CustomerKey, i64), Timestamp>,
    /// What the records since the last settling brought.
    pub(crate) news: News,
    /// What the settlings of this batch changed.
    pub(crate) settled: Settled,
    /// How many of the batch's visit moves the statements have followed.
    pub(crate) moves_followed: usize,
    /// Counts of the conservation law.
    pub(crate) intake: crate::intake::Intake,
}

impl<'a> Work<'a> {
    /// Returns working memory that starts from `state`.
    pub(crate) fn new(rules: &'a Rules, state: State) -> Self {
        let mut work = Self {
            rules,
            rows: Rows::default(),
            as_of: state.as_of,
            sites: state.sites,
            visitors: state.visitors.into_iter().map(|(visitor, s)| (visitor, VisitorWork::from_state(s))).collect(),
            by_fingerprint: HashMap::new(),
            events_seen: state.events_seen,
            waiting_events: HashMap::new(),
            ids_known: state.sales.order_ids.iter().map(|row| (row.order, row.alias)).collect(),
            observed: observed(&state.sales.identities),
            sales: state.sales,
            ad_costs: state.ad_costs.into_iter().map(|row| (ad_key(&row), row)).collect(),
            news: News::default(),
            settled: Settled::default(),
            moves_followed: 0,
            intake: crate::intake::Intake::default(),
        };
        let known = |(visitor, v): (&VisitorKey, &VisitorWork)| {
            v.slots.iter().filter_map(|s| Some((s.row.fingerprint?, *visitor))).collect::<Vec<_>>()
        };
        for (fingerprint, visitor) in work.visitors.iter().flat_map(known).collect::<Vec<_>>() {
            work.note_fingerprint(fingerprint, visitor);
        }
        for row in state.waiting_events {
            work.waiting_events.entry(row.visitor).or_default().push(row);
        }
        work
    }

    /// Notes that a visit of `visitor` has `fingerprint`.
    pub(crate) fn note_fingerprint(&mut self, fingerprint: u64, visitor: VisitorKey) {
        let visitors = self.by_fingerprint.entry(fingerprint).or_default();
        // Most often it is the last one again.
        if visitors.last() != Some(&visitor) && !visitors.contains(&visitor) {
            visitors.push(visitor);
        }
    }

    /// Returns the current row of `visit` of `visitor`, `None` if it is not in memory.
    pub(crate) fn visit(&self, visitor: Option<VisitorKey>, visit: Option<VisitKey>) -> Option<&VisitRow> {
        self.visitors.get(&visitor?)?.row(visit?)
    }

    /// Returns the current row of `visit` of `visitor` for changing; it will be written as a version of `position`.
    pub(crate) fn visit_mut(&mut self, visitor: VisitorKey, visit: VisitKey, position: u64) -> Option<&mut VisitRow> {
        self.visitors.get_mut(&visitor)?.row_mut(visit, position)
    }

    /// Takes over an order as it now stands, and that the orders `gone` are one with it.
    pub(crate) fn put_order(&mut self, folded: Folded, gone: Vec<OrderKey>) {
        let order = folded.order.order;
        for key in gone {
            self.sales.orders.remove(&key);
            self.settled.orders.remove(&key);
            self.settled.orders_gone.insert(key);
        }
        self.settled.orders_gone.remove(&order);
        self.sales.orders.insert(order, folded.order.clone());
        self.settled.orders.insert(order, folded);
    }

    /// Takes over a cart as it now stands.
    pub(crate) fn put_cart(&mut self, head: CartHead) {
        let cart = head.cart.cart;
        self.settled.carts_gone.remove(&cart);
        self.settled.carts.insert(cart);
        self.sales.carts.insert(cart, head);
    }

    /// Notes that a cart is no more.
    pub(crate) fn drop_cart(&mut self, cart: CartKey) {
        self.sales.carts.remove(&cart);
        self.settled.carts.remove(&cart);
        self.settled.carts_gone.insert(cart);
    }

    /// Returns the batch's rows: each visit, order and cart that changed, in its last version.
    pub(crate) fn into_rows(mut self, position: u64) -> Rows {
        let mut rows = self.rows;
        rows.position = position;
        rows.as_of = self.as_of;
        for visitor in self.visitors.into_values() {
            visitor.append_changed(&mut rows.visits);
        }
        rows.visits.sort_unstable_by_key(|v| (v.position, v.visit));
        for folded in self.settled.orders.into_values() {
            rows.orders.push(folded.order);
            rows.order_lines.extend(folded.lines);
            rows.refunds.extend(folded.refunds);
            rows.refund_lines.extend(folded.refund_lines);
        }
        rows.orders_gone = self.settled.orders_gone.into_iter().collect();
        for head in self.settled.carts.iter().filter_map(|cart| self.sales.carts.remove(cart)) {
            rows.carts.push(head.cart);
            rows.cart_lines.extend(head.lines);
        }
        rows.carts_gone = self.settled.carts_gone.into_iter().collect();
        rows.intake = self.intake.into_rows(position);
        rows
    }
}
