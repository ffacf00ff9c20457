//! The tables as reports see them: one site, no bots, only what counts.
//!
//! Table names, and the condition that keeps sites apart, stand in [`Relation::text`] and nowhere else.

use crate::query::RefundView;

/// A table as reports see it: one site, no bots, only what counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Relation {
    Visits,
    OrderedVisits,
    Events,
    Actions,
    Goals,
    GoalVisits,
    GoalList,
    Orders,
    OrderBook,
    AllOrders,
    Lines,
    Coupons,
    Refunds,
    RefundLines,
    ProductCosts,
    AdCosts,
    Touches,
    LinkCodes,
    Carts,
    CartLines,
    DaySums,
    EventKinds,
    ActionKinds,
    /// What kinds of events say, made for one question; see `ahead/tuples.rs`.
    EventTuples,
    /// What kinds of product actions say, likewise.
    ActionTuples,
    /// Events of few visits, made for one question; see `ahead/few.rs`.
    FewEvents,
    /// Product actions likewise.
    FewActions,
}

/// What decides how a relation is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope {
    /// Whether the site shows orders and carts.
    pub(crate) ecommerce: bool,
    /// Whether orders without proof count.
    pub(crate) unverified: bool,
    /// The date that refunds are booked on.
    pub(crate) refunds: RefundView,
}

impl Relation {
    /// Returns the relation as a subquery of site `$1`, with the extra `conditions`; with `spread`, one row for each of a
    /// product's categories, in `any_category`.
    pub(crate) fn text(self, scope: Scope, spread: bool, conditions: &[String]) -> String {
        let (columns, table, counted) = match self {
            Self::Visits => ("*", "visits_now", "bot is null"),
            Self::OrderedVisits if !scope.ecommerce => ("*", "visits_now", "false"),
            Self::OrderedVisits => ("*", "visits_now", ORDERED),
            Self::Events => ("*", "events_now", "bot is null"),
            Self::Actions => ("*", "product_actions_now", "bot is null"),
            Self::Goals => ("*", "goal_conversions_now", ""),
            Self::GoalVisits => ("distinct visit, goal", "goal_conversions_now", "visit is not null"),
            Self::GoalList => ("distinct goal", "goal_conversions_now", ""),
            Self::Orders => ("*", "orders_now", "counts"),
            Self::OrderBook if scope.unverified => ("*", "orders_now", "not test"),
            Self::OrderBook => ("*", "orders_now", "not test and trust = 1"),
            Self::AllOrders => ("*", "orders_now", "not test"),
            Self::Lines => ("*", "order_lines_now", ""),
            Self::Coupons => {
                (r#""order", trim(unnest(string_split(coupon, ','))) as coupon"#, "orders_now", "coupon <> ''")
            }
            Self::Refunds => ("*", "refunds_now", ""),
            Self::RefundLines => ("*", "refund_lines_now", ""),
            Self::ProductCosts => (COSTS_IN_TIME, "product_costs_now", ""),
            Self::AdCosts => ("*", "ad_costs_now", ""),
            Self::Touches => ("*", "touches_now", ""),
            Self::LinkCodes => ("code, campaign", "link_codes_now", "campaign is not null"),
            // What nobody is known for can be neither abandoned nor recovered.
            Self::Carts => ("*", "carts_now", "state <> 'unlinked'"),
            Self::CartLines => ("*", "cart_lines_now", ""),
            Self::DaySums => ("*", "day_sums", ""),
            Self::EventKinds => ("*", "day_event_kinds", ""),
            Self::ActionKinds => ("*", "day_action_kinds", ""),
            Self::EventTuples => ("*", "event_tuples", ""),
            Self::ActionTuples => ("*", "action_tuples", ""),
            Self::FewEvents => ("*", "few_events", ""),
            Self::FewActions => ("*", "few_actions", ""),
        };
        let spread = if spread { format!(", {ANY_CATEGORY} as any_category") } else { String::new() };
        let mut text = format!("(select {columns}{spread} from {table} where site = $1");
        let off = if self.is_commerce() && !scope.ecommerce { "false" } else { "" };
        for condition in
            [counted, off].into_iter().chain(conditions.iter().map(String::as_str)).filter(|c| !c.is_empty())
        {
            text.push_str(" and ");
            text.push_str(condition);
        }
        text.push(')');
        text
    }

    /// Says whether it has few rows beside the events, so that looking for its own among them is worth it.
    pub(crate) fn is_small(self) -> bool {
        matches!(
            self,
            Self::OrderedVisits | Self::Orders | Self::OrderBook | Self::AllOrders | Self::Refunds | Self::Carts
        )
    }

    fn is_commerce(self) -> bool {
        let is_traffic = matches!(
            self,
            Self::Visits
                | Self::OrderedVisits
                | Self::Events
                | Self::Actions
                | Self::Goals
                | Self::GoalVisits
                | Self::GoalList
                | Self::DaySums
                | Self::EventKinds
                | Self::ActionKinds
                | Self::EventTuples
                | Self::ActionTuples
                | Self::FewEvents
                | Self::FewActions
        );
        !is_traffic && !matches!(self, Self::LinkCodes | Self::AdCosts | Self::Touches)
    }

    /// Returns what stands in a report for a fact without any row of this relation; `None` for unknown. Orders and carts
    /// without lines are told apart from lines whose product lacks the value.
    pub(crate) fn without_rows(self) -> Option<&'static str> {
        matches!(self, Self::Lines | Self::RefundLines | Self::CartLines).then_some("(no lines)")
    }

    /// Returns the column that places a row in time, for relations that are looked for near the period.
    pub(crate) fn time_column(self) -> Option<&'static str> {
        match self {
            Self::Visits | Self::OrderedVisits => Some("started_at"),
            Self::Events | Self::Actions | Self::Goals => Some("occurred_at"),
            _ => None,
        }
    }
}

/// What a visit meets that has an order which counts.
const ORDERED: &str =
    "bot is null and visit in (select visit from orders_now where site = $1 and counts and visit is not null)";

/// Costs with the time at which each ends. Joined by SKU and a range, which DuckDB does several times as fast as an
/// `asof join`, since it need not sort the lines; "no end" is a time, since an `or` in the range would undo that.
const COSTS_IN_TIME: &str = "sku, unit_cost, valid_from, \
     coalesce(lead(valid_from) over (partition by sku order by valid_from), timestamp 'infinity') as valid_until";

/// Each category of a product once; a product without any keeps one row.
const ANY_CATEGORY: &str = "unnest(case when coalesce(category, category_2, category_3, category_4, category_5) is null then [null] \
     else list_distinct([category, category_2, category_3, category_4, category_5]) end)";
