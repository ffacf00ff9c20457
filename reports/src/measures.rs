//! What is summed or counted in SQL: integers only. Metrics are measures or are worked out from them last.
//!
//! A measure may have several sources; the first that reaches the asked dimensions without counting a row twice is
//! taken. So `gross_sales` comes from orders, and from their lines where products are asked for. Aliases are those of
//! [`crate::facts`]; pairs of visit and product are told apart by a 64-bit hash, as visits and products themselves are;
//! `{engaged_ms}` stands for how long an event says that its page was looked at, `{abandoned}` and `{recovered}` stand for conditions that depend on the time of asking, `{cost}` and `{cost_back}` for
//! what a line of an order or refund cost the shop, `{costed}` and `{costed_back}` for whether that is known.

use crate::facts::{Fact, Table};
use crate::marks::Mark;

/// Whether the parts of a measure sum to the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Adds {
    /// By every dimension that gives each row one value.
    Always,
    /// By all but the columns of this table: several of its rows are one thing (the products of one event).
    Except(Table),
    /// Never: it counts distinct things.
    Never,
}

/// One way to work a measure out.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) fact: Fact,
    /// Aggregate over the fact's rows.
    pub(crate) sql: &'static str,
    pub(crate) adds: Adds,
    pub(crate) marks: &'static [Mark],
}

/// An integer that SQL sums or counts.
#[derive(Debug)]
pub(crate) struct Measure {
    pub(crate) name: &'static str,
    pub(crate) sources: &'static [Source],
}

macro_rules! measures {
    ($($ident:ident $name:literal [$($fact:ident $sql:literal $adds:expr $(, $mark:ident)*);+])+) => {
        $(pub(crate) static $ident: Measure = Measure {
            name: $name,
            sources: &[$(Source { fact: Fact::$fact, sql: $sql, adds: $adds, marks: &[$(Mark::$mark),*] }),+],
        };)+

        /// Every measure, for tests.
        #[cfg(test)]
        pub(crate) static MEASURES: &[&Measure] = &[$(&$ident),+];
    };
}

use Adds::{Always, Except, Never};

measures! {
    // --- visits ---
    VISITS "visits" [Visits "count(*)" Always]
    VISITS_PER_GOAL "visits_per_goal" [VisitsPerGoal "count(*)" Always]
    VISITORS "visitors" [Visits "count(distinct v.visitor)" Never]
    NEW_VISITORS "new_visitors" [Visits "count(*) filter (where v.number = 1)" Always]
    BOUNCES "bounces" [Visits "count(*) filter (where v.page_views = 1 and v.interactions = 0)" Always]
    DURATION_US "duration_us" [Visits "sum(epoch_us(v.seen_until) - epoch_us(v.started_at))" Always]
    ENGAGED_BY_STAY "engaged_by_stay" [
        Visits "count(*) filter (where epoch_us(v.seen_until) - epoch_us(v.started_at) >= 10000000 or v.page_views >= 2)" Always
    ]
    ENGAGED_BY_ORDER "engaged_by_order" [
        OrderedVisits "count(*) filter (where not (epoch_us(v.seen_until) - epoch_us(v.started_at) >= 10000000 or v.page_views >= 2))" Always
    ]
    VISIT_PAGE_VIEWS "visit_page_views" [Visits "sum(v.page_views)" Always]
    VISITS_WITH_ORDER "visits_with_order" [OrderedVisits "count(*)" Always]
    VISITORS_WITH_ORDER "visitors_with_order" [
        OrderedVisits "count(distinct v.visitor)" Never
    ]
    VISITS_WITH_SEARCH "visits_with_search" [Visits "count(*) filter (where v.searches > 0)" Always]
    VISITS_WITH_GOAL "visits_with_goal" [GoalVisits "count(distinct v.visit)" Except(Table::Goals)]

    // --- events ---
    EVENTS "events" [Events "count(*) filter (where e.name <> 'ping')" Always]
    PAGE_VIEWS "page_views" [Events "count(*) filter (where e.name = 'page_view')" Always]
    ENGAGEMENT "engagement" [Events "sum(({engaged_ms} + 50) // 100)" Always]
    ENGAGEMENT_US "engagement_us" [Events "sum({engaged_ms} * 1000)" Always]
    SEARCHES "searches" [Events "count(*) filter (where e.name = 'search')" Always]
    SEARCHES_WITHOUT_RESULT "searches_without_result" [
        Events "count(*) filter (where e.name = 'search' and e.search_results = 0)" Always
    ]

    // --- orders ---
    ORDERS "orders" [Orders "count(*)" Always]
    ORDERS_ONLINE "orders_online" [
        Orders "count(*) filter (where lower(coalesce(o.sales_channel, 'web')) in ('web', 'online'))" Always
    ]
    ORDERS_OFFLINE "orders_offline" [
        Orders "count(*) filter (where lower(o.sales_channel) not in ('web', 'online'))" Always
    ]
    ORDERS_VALUED "orders_valued" [Orders "count(*) filter (where o.r_order_total is not null)" Always]
    ORDERS_UNCONVERTED "orders_unconverted" [Orders "count(*) filter (where o.r_order_total is null)" Always]
    ORDERS_REFUNDED "orders_refunded" [Orders "count(*) filter (where o.refunded > 0)" Always]
    ORDERS_OVER_REFUNDED "orders_over_refunded" [Orders "count(*) filter (where o.flags & 32 <> 0)" Always]
    ORDERS_PENDING "orders_pending" [OrderBook "count(*) filter (where o.status = 0)" Always]
    ORDERS_CANCELLED "orders_cancelled" [OrderBook "count(*) filter (where o.status = 2 and not o.counts)" Always]
    ORDER_TOTAL "order_total" [Orders "sum(o.r_order_total)" Always]
    GROSS_SALES "gross_sales" [
        Orders "sum(o.r_gross_sales)" Always;
        Lines "sum(case when l.line is null then o.r_gross_sales else l.reporting_gross end)" Always
    ]
    DISCOUNTS "discounts" [
        Orders "sum(o.r_discounts)" Always;
        Lines "sum(case when l.line is null then o.r_discounts else l.reporting_discount end)" Always
    ]
    NET_ORDERED "net_ordered" [
        Orders "sum(o.r_gross_sales - o.r_discounts)" Always;
        Lines "sum(case when l.line is null then o.r_gross_sales - o.r_discounts else l.reporting_gross - l.reporting_discount end)" Always
    ]
    TAX_ORDERED "tax_ordered" [Orders "sum(o.r_tax)" Always]
    SHIPPING_ORDERED "shipping_ordered" [Orders "sum(o.r_shipping)" Always]
    FEES_ORDERED "fees_ordered" [Orders "sum(o.r_fees)" Always]
    SUBTOTAL "subtotal" [Orders "sum(o.r_subtotal)" Always]
    TOTAL_ORDERED "total_ordered" [
        Orders "sum(o.r_gross_sales - o.r_discounts + o.r_tax + o.r_shipping + o.r_fees)" Always
    ]
    DIFFERENCE "difference" [
        Orders "sum(o.r_order_total - (o.r_gross_sales - o.r_discounts + o.r_tax + o.r_shipping + o.r_fees))" Always
    ]
    UNITS "units" [
        Orders "sum(o.units)" Always;
        Lines "sum(case when l.line is null then o.units else l.quantity end)" Always
    ]
    UNITS_VALUED "units_valued" [
        Orders "sum(o.units) filter (where o.r_order_total is not null)" Always;
        Lines "sum(case when l.line is null then o.units else l.quantity end) filter (where o.r_order_total is not null)" Always
    ]
    ORDERS_WITH_COUPON "orders_with_coupon" [Orders "count(*) filter (where o.coupon <> '')" Always]
    COUPON_USES "coupon_uses" [Coupons "count(*)" Always]

    // --- orders by whether their sender proved who it is, whatever the site's switch; cancelled ones with a refund are orders ---
    ORDERS_VERIFIED "orders_verified" [
        AllOrders "count(*) filter (where o.trust = 1 and (o.status = 1 or o.status = 2 and (o.counts or o.refunded > 0)))" Always
    ]
    ORDERS_UNVERIFIED "orders_unverified" [
        AllOrders "count(*) filter (where o.trust = 0 and (o.status = 1 or o.status = 2 and (o.counts or o.refunded > 0)))" Always
    ]
    ORDER_TOTAL_VERIFIED "order_total_verified" [
        AllOrders "sum(o.r_order_total) filter (where o.trust = 1 and (o.status = 1 or o.status = 2 and (o.counts or o.refunded > 0)))" Always
    ]
    ORDER_TOTAL_UNVERIFIED "order_total_unverified" [
        AllOrders "sum(o.r_order_total) filter (where o.trust = 0 and (o.status = 1 or o.status = 2 and (o.counts or o.refunded > 0)))" Always
    ]

    // --- refunds ---
    REFUNDS "refunds" [Refunds "count(*)" Always]
    RETURNS "returns" [
        Refunds "sum(r.r_goods)" Always;
        RefundLines "sum(case when rl.line is null then r.r_goods else rl.reporting_goods end)" Always
    ]
    TAX_RETURNED "tax_returned" [Refunds "sum(r.r_tax)" Always]
    SHIPPING_RETURNED "shipping_returned" [Refunds "sum(r.r_shipping)" Always]
    FEES_RETURNED "fees_returned" [Refunds "sum(r.r_fees)" Always]
    REFUND_AMOUNT "refund_amount" [Refunds "sum(r.r_amount)" Always]
    UNITS_RETURNED "units_returned" [
        Refunds "sum(r.units)" Always;
        RefundLines "sum(case when rl.line is null then r.units else rl.quantity end)" Always
    ]

    // --- what goods cost; a line is costed where its cost is known ---
    COST "cost" [Lines "sum({cost}) filter (where {costed})" Always, Cost]
    UNITS_COSTED "units_costed" [Lines "sum(l.quantity) filter (where {costed})" Always, Cost]
    NET_COSTED "net_costed" [
        Lines "sum(l.reporting_gross - l.reporting_discount) filter (where {costed})" Always, Cost
    ]
    NET_UNCOSTED "net_uncosted" [
        Lines "sum(case when l.line is null then o.r_gross_sales - o.r_discounts when not {costed} then l.reporting_gross - l.reporting_discount end)" Always, Cost
    ]
    COST_BACK "cost_back" [RefundLines "sum({cost_back}) filter (where {costed_back})" Always, CostBack]
    RETURNS_COSTED "returns_costed" [
        RefundLines "sum(rl.reporting_goods) filter (where {costed_back})" Always, CostBack
    ]
    RETURNS_UNCOSTED "returns_uncosted" [
        RefundLines "sum(case when rl.line is null then r.r_goods when not {costed_back} then rl.reporting_goods end)" Always, CostBack
    ]

    // --- customers; an order that names none is a customer of its own ---
    CUSTOMERS "customers" [Orders r#"count(distinct coalesce(o.customer, o."order"))"# Never]
    CUSTOMERS_VALUED "customers_valued" [
        Orders r#"count(distinct coalesce(o.customer, o."order")) filter (where o.r_order_total is not null)"# Never
    ]
    CUSTOMERS_REPEATING "customers_repeating" [
        Orders r#"count(distinct o.customer) filter (where mf.first <> o."order")"# Never, First
    ]
    ORDERS_FIRST "orders_first" [
        Orders r#"count(*) filter (where o.customer is null or mf.first = o."order")"# Always, First
    ]

    // --- carts ---
    CARTS "carts" [Carts "count(*)" Always]
    CARTS_UNORDERED "carts_unordered" [Carts "count(*) filter (where c.state <> 'ordered')" Always]
    CHECKOUTS "checkouts" [Carts "count(*) filter (where c.checkout_step <> 'view_cart')" Always]
    CHECKOUTS_UNORDERED "checkouts_unordered" [
        Carts "count(*) filter (where c.checkout_step <> 'view_cart' and c.state <> 'ordered')" Always
    ]
    CARTS_VALUE "carts_value" [
        Carts "sum(c.reporting_value)" Always;
        CartLines "sum(case when k.line is null then c.reporting_value else k.reporting_gross end)" Never
    ]
    CARTS_ABANDONED "carts_abandoned" [Carts "count(*) filter (where {abandoned})" Always]
    CARTS_ABANDONED_VALUE "carts_abandoned_value" [
        Carts "sum(c.reporting_value) filter (where {abandoned})" Always;
        CartLines "sum(case when k.line is null then c.reporting_value else k.reporting_gross end) filter (where {abandoned})" Never
    ]
    CARTS_ABANDONED_UNITS "carts_abandoned_units" [
        Carts "sum(c.units) filter (where {abandoned})" Always;
        CartLines "sum(case when k.line is null then c.units else k.quantity end) filter (where {abandoned})" Always
    ]
    CARTS_RECOVERED "carts_recovered" [Carts "count(*) filter (where {recovered})" Always]
    CARTS_RECOVERED_VALUE "carts_recovered_value" [
        Carts "sum(c.reporting_value) filter (where {recovered})" Always;
        CartLines "sum(case when k.line is null then c.reporting_value else k.reporting_gross end) filter (where {recovered})" Never
    ]

    // --- products ---
    PRODUCT_VIEWS "product_views" [
        Actions "count(distinct p.event) filter (where p.action = 'view' and p.event_name in ('page_view', 'view_item'))" Except(Table::Actions)
    ]
    LIST_VIEWS "list_views" [Actions "count(*) filter (where p.action = 'list_view')" Always]
    PROMOTION_VIEWS "promotion_views" [Actions "count(*) filter (where p.action = 'promotion_view')" Always]
    PROMOTION_CLICKS "promotion_clicks" [Actions "count(*) filter (where p.action = 'promotion_click')" Always]
    LIST_CLICKS "list_clicks" [Actions "count(*) filter (where p.action = 'list_click')" Always]
    ADDS_TO_CART "adds_to_cart" [Actions "count(*) filter (where p.action = 'add')" Always]
    PAIRS_VIEWED "pairs_viewed" [
        VisitActions "count(distinct hash(p.visit, p.sku)) filter (where p.action = 'view' and p.sku <> '')" Except(Table::Actions)
    ]
    PAIRS_VIEWED_ADDED "pairs_viewed_added" [
        VisitActions "count(distinct hash(p.visit, p.sku)) filter (where p.action = 'view' and p.sku <> '' and ma.visit is not null)" Except(Table::Actions), Added
    ]
    PAIRS_VIEWED_BOUGHT "pairs_viewed_bought" [
        OrderedVisitActions "count(distinct hash(p.visit, p.sku)) filter (where p.action = 'view' and p.sku <> '' and mb.visit is not null)" Except(Table::Actions), Bought
    ]
    PAIRS_ADDED "pairs_added" [
        VisitActions "count(distinct hash(p.visit, p.sku)) filter (where p.action = 'add' and p.sku <> '')" Except(Table::Actions)
    ]
    PAIRS_ADDED_BOUGHT "pairs_added_bought" [
        OrderedVisitActions "count(distinct hash(p.visit, p.sku)) filter (where p.action = 'add' and p.sku <> '' and mb.visit is not null)" Except(Table::Actions), Bought
    ]

    // --- advertising ---
    AD_COST "ad_cost" [AdCosts "sum(ad.reporting_cost)" Always]
    AD_CLICKS "ad_clicks" [AdCosts "sum(ad.clicks)" Always]
    AD_IMPRESSIONS "ad_impressions" [AdCosts "sum(ad.impressions)" Always]

    // --- goals ---
    GOAL_CONVERSIONS "goal_conversions" [Goals "count(*)" Always]
    GOAL_VALUE "goal_value" [Goals "sum(g.value)" Always]
}
