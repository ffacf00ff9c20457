//! The facts that metrics count, and the ways by which a fact reaches the tables that dimensions live in.
//!
//! A fact's own column and a join to one row (an event's visit) split a figure into parts that sum to the whole. A
//! bridge leads to many rows (an order's lines, a visit's pages): an order or visit is then counted once in every row
//! it touches, and the column says that it is not additive. Which ways each fact has is said in `shapes.rs`, how a table
//! is read in `relations.rs`.
//!
//! Facts of traffic find each other near in time: the visit of an event, and the events of a visit, are looked for
//! within [`VISIT_SPAN_DAYS`] of the period, so that a report's cost does not grow with the years behind it. What lies
//! further away is shown as unknown.

use crate::query::RefundView;
use crate::relations::Relation;

/// How far from the period a visit or its events are looked for, in days. Visits last 12 hours, 24 at the most.
pub(crate) const VISIT_SPAN_DAYS: i64 = 2;

/// What is counted, one row each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Fact {
    /// Visits of people, by their start.
    Visits,
    /// Visits with an order that counts, by their start.
    OrderedVisits,
    /// All visits, whatever the goal: what a goal's rate is of.
    VisitsPerGoal,
    /// Visits that converted a goal, once per goal.
    GoalVisits,
    /// Events of people.
    Events,
    /// Products touched by events.
    Actions,
    /// The same of people's visits, by the start of the visit.
    VisitActions,
    /// The same of visits with an order that counts.
    OrderedVisitActions,
    /// Goals reached.
    Goals,
    /// Orders that count, by the time under which they are counted.
    Orders,
    /// Orders of every status, from senders that the site trusts.
    OrderBook,
    /// Orders of every status, whoever sent them.
    AllOrders,
    /// Lines of orders that count; an order without lines is one line without a product.
    Lines,
    /// Coupons on orders that count.
    Coupons,
    /// Refunds of orders that count, by their own time or by their order's.
    Refunds,
    /// Lines of those refunds; a refund without lines is one line without a product.
    RefundLines,
    /// Carts, by their creation.
    Carts,
    /// Lines of carts; a cart without lines is one line without a product.
    CartLines,
    /// Costs of advertising, by the start of their day.
    AdCosts,
    /// Kinds of events in the logs of days, by the start of their day; no metric counts them.
    EventKinds,
    /// Kinds of product actions likewise.
    ActionKinds,
}

/// Where a dimension's column is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Table {
    Visits,
    Events,
    Actions,
    Goals,
    Orders,
    Lines,
    Coupons,
    RefundLines,
    Carts,
    CartLines,
    AdCosts,
}

/// How a fact reaches a table.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Route {
    /// The table is part of the fact, under this alias.
    Own(&'static str),
    /// One row of it belongs to each of the fact's rows.
    Join { relation: Relation, alias: &'static str, on: &'static str, near: bool },
    /// Many rows of it belong to each of the fact's rows: distinct pairs of `key` and the dimension are joined on
    /// `key = to`. With `keep`, a fact's row without any is kept under "unknown".
    Bridge {
        relation: Relation,
        alias: &'static str,
        key: &'static str,
        to: &'static str,
        only: &'static str,
        keep: bool,
        near: bool,
    },
    /// The fact is not split by it: every row counts for each of its values, and no filter on it applies.
    Every { relation: Relation, alias: &'static str },
}

impl Route {
    /// Returns the alias under which its columns are found.
    pub(crate) fn alias(&self) -> &'static str {
        match self {
            Self::Own(alias) | Self::Join { alias, .. } | Self::Bridge { alias, .. } | Self::Every { alias, .. } => {
                alias
            }
        }
    }

    /// Says whether a row of the fact can count in several rows of the report.
    pub(crate) fn fans_out(&self) -> bool {
        matches!(self, Self::Bridge { .. } | Self::Every { .. })
    }
}

/// A relation that always comes with a fact.
pub(crate) struct With {
    /// `join` or `left join`.
    pub(crate) kind: &'static str,
    pub(crate) relation: Relation,
    pub(crate) alias: &'static str,
    pub(crate) on: &'static str,
    /// Whether it lies near the fact in time.
    pub(crate) near: bool,
}

/// How a fact is read.
pub(crate) struct FactShape {
    /// The relation that is counted, with its alias.
    pub(crate) base: (Relation, &'static str),
    /// What always comes with it.
    pub(crate) with: &'static [With],
    /// The column that places it in time.
    pub(crate) time: &'static str,
    /// The column that places it in time where refunds are booked on their order's date; `None` if it is the same.
    pub(crate) order_time: Option<&'static str>,
    /// Tables it reaches, the first way that has a dimension's column wins.
    pub(crate) routes: &'static [(Table, Route)],
}

impl FactShape {
    /// Returns the column that places the fact in time, as refunds are viewed.
    pub(crate) fn time(&self, view: RefundView) -> &'static str {
        match (view, self.order_time) {
            (RefundView::OrderDate, Some(time)) => time,
            _ => self.time,
        }
    }
}

impl Fact {
    /// Says whether it is of orders: what is given only where the site sells.
    pub(crate) fn is_of_orders(self) -> bool {
        matches!(
            self,
            Self::Orders
                | Self::OrderBook
                | Self::AllOrders
                | Self::Lines
                | Self::Coupons
                | Self::Refunds
                | Self::RefundLines
        )
    }
}
