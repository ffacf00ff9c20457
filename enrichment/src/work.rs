//! What is known while a batch is judged: the state as loaded, what earlier records of the batch changed, and the
//! rows so far.
//!
//! Later records of a batch see what earlier ones did. Visits, orders and carts that change are kept here and become
//! rows once, at the end, in their last version. The module decides nothing; the steps do.

use crate::rules::Rules;
use crate::visit::VisitorWork;
use commerce::rows::{CartRow, OrderLineRow, OrderRow, Rows, VisitRow};
use commerce::state::{CartHead, OrderState, SiteState, State};
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
    /// Visits by the fingerprint of their latest hit, as far as they were loaded or changed.
    pub(crate) by_fingerprint: HashMap<u64, Vec<(VisitorKey, VisitKey)>>,
    /// Event ids stored already, those of this batch included.
    pub(crate) events_seen: HashSet<EventKey>,
    /// Ledgers of orders, facts of this batch included.
    pub(crate) orders: HashMap<OrderKey, OrderState>,
    /// Orders that this batch changed, with the lines of their last version.
    pub(crate) orders_changed: BTreeMap<OrderKey, Vec<OrderLineRow>>,
    /// Carts as they now stand.
    pub(crate) carts: HashMap<CartKey, CartHead>,
    /// Carts that this batch changed.
    pub(crate) carts_changed: HashSet<CartKey>,
    /// Latest cart of each visitor.
    pub(crate) cart_of_visitor: HashMap<VisitorKey, CartKey>,
    /// Latest cart of each customer.
    pub(crate) cart_of_customer: HashMap<CustomerKey, CartKey>,
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
            sites: state.sites.into_iter().map(|(site, s)| (site, Arc::new(s))).collect(),
            visitors: state.visitors.into_iter().map(|(visitor, s)| (visitor, VisitorWork::from_state(s))).collect(),
            by_fingerprint: HashMap::new(),
            events_seen: state.events_seen,
            orders: state.orders,
            orders_changed: BTreeMap::new(),
            carts: state.carts,
            carts_changed: HashSet::new(),
            cart_of_visitor: state.cart_of_visitor,
            cart_of_customer: state.cart_of_customer,
            intake: crate::intake::Intake::default(),
        };
        for (fingerprint, row) in state.by_fingerprint {
            let (visitor, visit) = (row.visitor, row.visit);
            // The visitor may be one that the batch did not name; then this visit is all that is known of them.
            work.visitors.entry(visitor).or_default().add_loaded(row);
            work.by_fingerprint.entry(fingerprint).or_default().push((visitor, visit));
        }
        work
    }

    /// Returns the current row of `visit` of `visitor`, `None` if it is not in memory.
    pub(crate) fn visit(&self, visitor: Option<VisitorKey>, visit: Option<VisitKey>) -> Option<&VisitRow> {
        self.visitors.get(&visitor?)?.row(visit?)
    }

    /// Returns the current row of `visit` of `visitor` for changing; it will be written as a version of `position`.
    pub(crate) fn visit_mut(&mut self, visitor: VisitorKey, visit: VisitKey, position: u64) -> Option<&mut VisitRow> {
        self.visitors.get_mut(&visitor)?.row_mut(visit, position)
    }

    /// Sets the current version of an order with its lines; the last version of the batch becomes rows.
    pub(crate) fn put_order(&mut self, row: OrderRow, lines: Vec<OrderLineRow>) {
        let order = row.order;
        self.orders_changed.insert(order, lines);
        self.orders.entry(order).or_default().order = Some(row);
    }

    /// Sets the current version of a cart with its lines; the last version of the batch becomes rows.
    pub(crate) fn put_cart(&mut self, head: CartHead) {
        let CartRow { cart, visitor, customer, .. } = head.cart;
        if let Some(visitor) = visitor {
            self.cart_of_visitor.insert(visitor, cart);
        }
        if let Some(customer) = customer {
            self.cart_of_customer.insert(customer, cart);
        }
        self.carts_changed.insert(cart);
        self.carts.insert(cart, head);
    }

    /// Returns the batch's rows, each visit, order and cart that changed in its last version, in the order of the
    /// records that made them.
    pub(crate) fn into_rows(mut self, position: u64) -> Rows {
        let mut rows = self.rows;
        rows.position = position;
        rows.as_of = self.as_of;
        for visitor in self.visitors.into_values() {
            visitor.append_changed(&mut rows.visits);
        }
        rows.visits.sort_unstable_by_key(|v| (v.position, v.visit));
        for (order, lines) in self.orders_changed {
            if let Some(row) = self.orders.remove(&order).and_then(|o| o.order) {
                rows.orders.push(row);
                rows.order_lines.extend(lines);
            }
        }
        rows.orders.sort_by_key(|o| (o.position, o.order));
        let mut carts: Vec<CartHead> = self.carts_changed.iter().filter_map(|cart| self.carts.remove(cart)).collect();
        carts.sort_by_key(|head| (head.cart.position, head.cart.cart));
        for head in carts {
            rows.carts.push(head.cart);
            rows.cart_lines.extend(head.lines);
        }
        rows.intake = self.intake.into_rows(position);
        rows
    }
}
