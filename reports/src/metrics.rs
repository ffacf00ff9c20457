//! The catalogue of metrics: each declared once, with what it means, how it is worked out, and its unit.
//!
//! Definitions follow `docs/rules.md`. Rates are divided last, from summed integers, at a fixed scale, half away from
//! zero; a rate of nothing is unknown, not 0. Knows no SQL; that is in `measures.rs`.

use crate::measures::{self as m, Measure};

/// What a metric is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Whole things.
    Count,
    /// Pieces, up to three decimals.
    Quantity,
    /// The site's currency, up to four decimals.
    Money,
    /// A share of 1 with four decimals; shown as percent.
    Percent,
    /// A quotient with four decimals.
    Ratio,
    /// Seconds with one decimal.
    Seconds,
}

impl Unit {
    /// Returns the unit's name in answers; money is named by the site's `currency`.
    pub fn name(self, currency: &str) -> &str {
        match self {
            Self::Count => "count",
            Self::Quantity => "quantity",
            Self::Money => currency,
            Self::Percent => "percent",
            Self::Ratio => "ratio",
            Self::Seconds => "seconds",
        }
    }
}

/// How a metric comes from measures.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Formula {
    /// It is the measure.
    Is(&'static Measure),
    /// It is the first by the second.
    Per(&'static Measure, &'static Measure),
    /// It is the first by the second, which is a quantity in 1/1000.
    PerUnit(&'static Measure, &'static Measure),
}

/// A figure that a report can show.
#[derive(Debug)]
pub struct Metric {
    /// Name in queries and answers.
    pub name: &'static str,
    /// What a chart or column is headed with.
    pub label: &'static str,
    /// What it means, one or two sentences.
    pub definition: &'static str,
    /// How it is worked out, in other metrics' names where it can be said so; empty where the definition says all.
    pub formula: &'static str,
    /// Its unit.
    pub unit: Unit,
    pub(crate) value: Formula,
}

impl Metric {
    /// Says whether its parts sum to the whole where each thing counted falls into one part. Distinct counts and rates
    /// never do; what happens by a particular dimension is said with each report's columns.
    pub fn is_additive(&self) -> bool {
        matches!(self.value, Formula::Is(measure) if measure.sources[0].adds != m::Adds::Never)
    }

    /// Returns the measures it is worked out from.
    pub(crate) fn measures(&self) -> impl Iterator<Item = &'static Measure> + use<> {
        let (first, second) = match self.value {
            Formula::Is(of) => (of, None),
            Formula::Per(of, per) | Formula::PerUnit(of, per) => (of, Some(per)),
        };
        std::iter::once(first).chain(second)
    }
}

/// Returns the metric named `name`.
pub fn metric(name: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|m| m.name == name)
}

macro_rules! metric {
    ($name:literal, $label:literal, $unit:ident, $of:ident, $definition:literal) => {
        Metric {
            name: $name,
            label: $label,
            definition: $definition,
            formula: "",
            unit: Unit::$unit,
            value: Formula::Is(&m::$of),
        }
    };
    ($name:literal, $label:literal, $unit:ident, $of:ident, $definition:literal, $formula:literal) => {
        Metric {
            name: $name,
            label: $label,
            definition: $definition,
            formula: $formula,
            unit: Unit::$unit,
            value: Formula::Is(&m::$of),
        }
    };
    ($name:literal, $label:literal, $unit:ident, $of:ident / units $per:ident, $definition:literal, $formula:literal) => {
        Metric {
            name: $name,
            label: $label,
            definition: $definition,
            formula: $formula,
            unit: Unit::$unit,
            value: Formula::PerUnit(&m::$of, &m::$per),
        }
    };
    ($name:literal, $label:literal, $unit:ident, $of:ident / $per:ident, $definition:literal, $formula:literal) => {
        Metric {
            name: $name,
            label: $label,
            definition: $definition,
            formula: $formula,
            unit: Unit::$unit,
            value: Formula::Per(&m::$of, &m::$per),
        }
    };
}

/// Every metric, in the order of the documentation.
pub static METRICS: &[Metric] = &[
    metric!(
        "visits",
        "Visits",
        Count,
        VISITS,
        "Visits that started in the period, in the site's time zone. By a product, page or goal: visits in which it was viewed, seen or reached."
    ),
    metric!(
        "visitors",
        "Visitors",
        Count,
        VISITORS,
        "Distinct visitors (browsers or devices) with a visit. Days do not add up to weeks."
    ),
    metric!("new_visitors", "New visitors", Count, NEW_VISITORS, "Visitors whose first visit started in the period."),
    metric!("page_views", "Page views", Count, PAGE_VIEWS, "Pages seen, by the time they were seen."),
    metric!("events", "Events", Count, EVENTS, "Events of every kind but pings, those of servers included."),
    metric!(
        "bounce_rate",
        "Bounce rate",
        Percent,
        BOUNCES / VISITS,
        "Share of visits with one page view and no other event except ping, scroll and engagement.",
        "visits with one page view and nothing else / visits"
    ),
    metric!(
        "visit_duration_s",
        "Visit duration",
        Seconds,
        DURATION_US / VISITS,
        "Mean time from a visit's first to its last event; a visit with one event lasts 0 s.",
        "sum of durations / visits"
    ),
    metric!(
        "engaged_visits",
        "Engaged visits",
        Count,
        ENGAGED_VISITS,
        "Visits of 10 s and more, or with two page views, or with an order."
    ),
    metric!(
        "pages_per_visit",
        "Pages per visit",
        Ratio,
        VISIT_PAGE_VIEWS / VISITS,
        "Mean number of page views of these visits.",
        "page views of these visits / visits"
    ),
    metric!(
        "orders",
        "Orders",
        Count,
        ORDERS,
        "Confirmed orders on the day they were placed, each counted once whoever reported it and how often. Test orders do not count."
    ),
    metric!(
        "order_total",
        "Order total",
        Money,
        ORDER_TOTAL,
        "What customers were charged: goods less discounts, with tax, shipping and fees."
    ),
    metric!(
        "gross_sales",
        "Gross sales",
        Money,
        GROSS_SALES,
        "Sum of price x quantity before discounts, without tax, shipping and fees."
    ),
    metric!("discounts", "Discounts", Money, DISCOUNTS, "Discounts on orders and their lines."),
    metric!(
        "net_sales",
        "Net sales",
        Money,
        NET_SALES,
        "Gross sales less discounts. Returns are not recorded yet; once they are, they are taken off here.",
        "gross_sales - discounts"
    ),
    metric!("tax", "Tax", Money, TAX, "Tax on orders."),
    metric!("shipping", "Shipping", Money, SHIPPING, "Shipping charged on orders."),
    metric!("fees", "Fees", Money, FEES, "Fees charged on orders, such as for payment."),
    metric!(
        "subtotal",
        "Subtotal",
        Money,
        SUBTOTAL,
        "The subtotal that the shop stated; where it stated none, gross sales less discounts."
    ),
    metric!(
        "total_sales",
        "Total sales",
        Money,
        TOTAL_SALES,
        "Net sales with tax, shipping and fees.",
        "net_sales + tax + shipping + fees"
    ),
    metric!(
        "difference",
        "Difference",
        Money,
        DIFFERENCE,
        "What was charged beyond the sum of its parts as reported: 0 where the shop's figures agree.",
        "order_total - total_sales before returns"
    ),
    metric!("units", "Units", Quantity, UNITS, "Units sold."),
    metric!(
        "average_order_value",
        "Average order value",
        Money,
        NET_SALES / ORDERS_VALUED,
        "Net sales before refunds per order. Orders without a currency rate are in neither figure.",
        "net_sales before refunds / orders"
    ),
    metric!("average_unit_price", "Average unit price", Money, GROSS_SALES / units UNITS_VALUED,
        "Gross sales per unit, weighted by quantity.", "gross_sales / units"),
    metric!(
        "conversion_rate",
        "Conversion rate",
        Percent,
        VISITS_WITH_ORDER / VISITS,
        "Share of visits with an order; never above 100 %.",
        "visits with an order / visits"
    ),
    metric!(
        "visitor_conversion_rate",
        "Visitor conversion rate",
        Percent,
        VISITORS_WITH_ORDER / VISITORS,
        "Share of visitors with an order in one of their visits.",
        "visitors with an order / visitors"
    ),
    metric!(
        "orders_per_visit",
        "Orders per visit",
        Ratio,
        ORDERS / VISITS,
        "Orders by visits; above 1 where visits order several times or orders come without visits.",
        "orders / visits"
    ),
    metric!(
        "net_sales_per_visitor",
        "Net sales per visitor",
        Money,
        NET_SALES / VISITORS,
        "Net sales by visitors.",
        "net_sales / visitors"
    ),
    metric!(
        "customers",
        "Customers",
        Count,
        CUSTOMERS,
        "Distinct customers with an order; an order that names no customer is a customer of its own."
    ),
    metric!(
        "orders_pending",
        "Pending orders",
        Count,
        ORDERS_PENDING,
        "Orders not yet paid or accepted; in no other figure."
    ),
    metric!(
        "orders_cancelled",
        "Cancelled orders",
        Count,
        ORDERS_CANCELLED,
        "Orders taken back before they counted; in no other figure."
    ),
    metric!(
        "orders_unconverted",
        "Unconverted orders",
        Count,
        ORDERS_UNCONVERTED,
        "Orders that count but have no rate for their currency: they are in `orders` and in no sum of money."
    ),
    metric!("coupon_uses", "Coupon uses", Count, COUPON_USES, "Coupons used on orders."),
    metric!("carts", "Carts", Count, CARTS, "Carts created, emptied ones included."),
    metric!(
        "carts_value",
        "Cart value",
        Money,
        CARTS_VALUE,
        "Value of carts created, as they last stood. By product: the lines' price x quantity."
    ),
    metric!(
        "carts_abandoned",
        "Abandoned carts",
        Count,
        CARTS_ABANDONED,
        "Carts with an item and no order, unchanged for the site's idle time (30 minutes unless set) as of the report's `as_of`. Emptied carts are not abandoned."
    ),
    metric!(
        "carts_abandoned_value",
        "Abandoned value",
        Money,
        CARTS_ABANDONED_VALUE,
        "Value left in abandoned carts. By product: the lines' price x quantity."
    ),
    metric!(
        "carts_abandoned_units",
        "Abandoned units",
        Quantity,
        CARTS_ABANDONED_UNITS,
        "Units left in abandoned carts."
    ),
    metric!(
        "carts_recovered",
        "Recovered carts",
        Count,
        CARTS_RECOVERED,
        "Carts that were ordered after they had been abandoned. Where carts are abandoned at once (idle time 0), none is."
    ),
    metric!(
        "carts_recovered_value",
        "Recovered value",
        Money,
        CARTS_RECOVERED_VALUE,
        "Value of recovered carts. By product: the lines' price x quantity."
    ),
    metric!(
        "cart_abandonment_rate",
        "Cart abandonment rate",
        Percent,
        CARTS_UNORDERED / CARTS,
        "Share of carts created that no order has ended, by day of creation.",
        "1 - carts converted or recovered / carts"
    ),
    metric!(
        "product_views",
        "Product views",
        Count,
        PRODUCT_VIEWS,
        "Page views and view_item events that show a product."
    ),
    metric!("list_views", "List views", Count, LIST_VIEWS, "Products seen in lists, and pages of categories."),
    metric!("list_clicks", "List clicks", Count, LIST_CLICKS, "Products chosen from lists."),
    metric!(
        "list_click_rate",
        "List click rate",
        Percent,
        LIST_CLICKS / LIST_VIEWS,
        "Products chosen from lists by products seen in them.",
        "list_clicks / list_views"
    ),
    metric!("adds_to_cart", "Adds to cart", Count, ADDS_TO_CART, "Times a product was put into a cart."),
    metric!(
        "view_to_cart_rate",
        "View-to-cart rate",
        Percent,
        PAIRS_VIEWED_ADDED / PAIRS_VIEWED,
        "Of the times a visit viewed a product, however often, the share in which it also put it into the cart.",
        "(visit, product) viewed and added / viewed"
    ),
    metric!(
        "cart_to_order_rate",
        "Cart-to-order rate",
        Percent,
        PAIRS_ADDED_BOUGHT / PAIRS_ADDED,
        "Of the times a visit put a product into the cart, the share in which it also ordered it.",
        "(visit, product) added and ordered / added"
    ),
    metric!(
        "buy_to_detail_rate",
        "Buy-to-detail rate",
        Percent,
        PAIRS_VIEWED_BOUGHT / PAIRS_VIEWED,
        "Of the times a visit viewed a product, the share in which it also ordered it.",
        "(visit, product) viewed and ordered / viewed"
    ),
    metric!("goal_conversions", "Goal conversions", Count, GOAL_CONVERSIONS, "Goals reached."),
    metric!("goal_value", "Goal value", Money, GOAL_VALUE, "What the goals reached are worth."),
    metric!(
        "goal_conversion_rate",
        "Goal conversion rate",
        Percent,
        VISITS_WITH_GOAL / VISITS_PER_GOAL,
        "Share of visits that reached a goal; by goal, of all visits.",
        "visits with the goal / visits"
    ),
    metric!("searches", "Searches", Count, SEARCHES, "Searches on the site."),
    metric!(
        "searches_without_result",
        "Searches without result",
        Count,
        SEARCHES_WITHOUT_RESULT,
        "Searches that found nothing."
    ),
];
