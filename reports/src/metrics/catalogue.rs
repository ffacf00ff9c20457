//! The catalogue itself: every metric with its measures and what it means, in the order of the documentation.
//!
//! After the name: label, unit, measures, definition and, behind `=`, how it is worked out in other metrics' names
//! where it can be said so.

use super::{Formula, Metric, Term, Unit};
use crate::measures as m;

/// Returns the signed measures of a sum such as `A + B - C`; what is added stands first.
macro_rules! sum {
    (($($sum:tt)+)) => { sum!(@ $($sum)+) };
    ($of:ident) => { sum!(@ $of) };
    (@ $of:ident $(+ $more:ident)* $(- $less:ident)*) => {
        &[Term::Plus(&m::$of), $(Term::Plus(&m::$more),)* $(Term::Minus(&m::$less),)*]
    };
}

/// Returns the formula of `SUM`, `SUM / SUM` or `SUM / units SUM`; a sum of several measures by something stands in
/// parentheses.
macro_rules! formula {
    ($of:tt / units $per:tt) => { Formula::PerUnit(sum!($of), sum!($per)) };
    ($of:tt / $per:tt) => { Formula::Per(sum!($of), sum!($per)) };
    ($($sum:tt)+) => { Formula::Sum(sum!(@ $($sum)+)) };
}

macro_rules! metrics {
    ($($name:ident $label:literal $unit:ident [$($formula:tt)+] $definition:literal $(= $how:literal)?;)+) => {
        /// Every metric, in the order of the documentation.
        pub static METRICS: &[Metric] = &[$(Metric {
            name: stringify!($name),
            label: $label,
            definition: $definition,
            formula: concat!($($how)?),
            unit: Unit::$unit,
            value: formula!($($formula)+),
        }),+];
    };
}

metrics! {
    // --- visits and events ---
    visits "Visits" Count [VISITS]
        "Visits that started in the period, in the site's time zone. By a product, page or goal: visits in which it was viewed, seen or reached.";
    visitors "Visitors" Count [VISITORS]
        "Distinct visitors (browsers or devices) with a visit. Days do not add up to weeks.";
    new_visitors "New visitors" Count [NEW_VISITORS]
        "Visitors whose first visit started in the period.";
    page_views "Page views" Count [PAGE_VIEWS]
        "Pages seen, by the time they were seen.";
    events "Events" Count [EVENTS]
        "Events of every kind but pings, those of servers included.";
    bounce_rate "Bounce rate" Percent [BOUNCES / VISITS]
        "Share of visits with one page view and no other event except ping, scroll and engagement."
        = "visits with one page view and nothing else / visits";
    visit_duration_s "Visit duration" Seconds [DURATION_US / VISITS]
        "Mean time from a visit's first to its last event; a visit with one event lasts 0 s."
        = "sum of durations / visits";
    engaged_visits "Engaged visits" Count [ENGAGED_BY_STAY + ENGAGED_BY_ORDER]
        "Visits of 10 s and more, or with two page views, or with an order.";
    engagement_rate "Engagement rate" Percent [(ENGAGED_BY_STAY + ENGAGED_BY_ORDER) / VISITS]
        "Share of visits of 10 s and more, or with two page views, or with an order."
        = "engaged_visits / visits";
    engagement_s "Engagement" Seconds [ENGAGEMENT]
        "Time in which pages were in front of their visitor, as browsers report it, each report rounded to tenths of a second; at most a day is believed of one.";
    time_on_page_s "Time on page" Seconds [ENGAGEMENT_US / PAGE_VIEWS]
        "Mean time that a page was in front of its visitor."
        = "engagement_s / page_views";
    pages_per_visit "Pages per visit" Ratio [VISIT_PAGE_VIEWS / VISITS]
        "Mean number of page views of these visits."
        = "page views of these visits / visits";
    // --- orders and sales ---
    orders "Orders" Count [ORDERS]
        "Confirmed orders on the day they were placed, or paid where the site counts them so, each once whoever reported it and how often. One that was cancelled and refunded stays an order; test orders never count.";
    orders_offline "Offline orders" Count [ORDERS_OFFLINE]
        "Those of the orders that name a sales channel other than web or online, such as a till or the telephone.";
    orders_verified "Verified orders" Count [ORDERS_VERIFIED]
        "Confirmed orders whose sender proved who it is, by a token, a signature or an import, whether or not the site counts the others.";
    orders_unverified "Unverified orders" Count [ORDERS_UNVERIFIED]
        "Confirmed orders whose sender proved nothing, whether or not the site counts them.";
    order_total "Order total" Money [ORDER_TOTAL]
        "What customers were charged: goods less discounts, with tax, shipping and fees, before refunds.";
    order_total_verified "Verified order total" Money [ORDER_TOTAL_VERIFIED]
        "What customers were charged by `orders_verified`.";
    order_total_unverified "Unverified order total" Money [ORDER_TOTAL_UNVERIFIED]
        "What customers were charged by `orders_unverified`.";
    gross_sales "Gross sales" Money [GROSS_SALES]
        "Sum of price x quantity before discounts and returns, without tax, shipping and fees.";
    discounts "Discounts" Money [DISCOUNTS]
        "Discounts on orders and their lines.";
    returns "Returns" Money [RETURNS]
        "Goods given back, without tax, shipping and fees: on the day of the refund, or of its order where the site or the report says so. By product: the products given back.";
    net_sales "Net sales" Money [NET_ORDERED - RETURNS]
        "Gross sales less discounts and returns."
        = "gross_sales - discounts - returns";
    tax "Tax" Money [TAX_ORDERED - TAX_RETURNED]
        "Tax on orders, less what refunds gave back.";
    shipping "Shipping" Money [SHIPPING_ORDERED - SHIPPING_RETURNED]
        "Shipping charged on orders, less what refunds gave back.";
    fees "Fees" Money [FEES_ORDERED - FEES_RETURNED]
        "Fees charged on orders, such as for payment, less what refunds gave back.";
    subtotal "Subtotal" Money [SUBTOTAL]
        "The subtotal that the shop stated; where it stated none, gross sales less discounts.";
    total_sales "Total sales" Money [TOTAL_ORDERED - REFUND_AMOUNT]
        "Net sales with tax, shipping and fees, all less what refunds gave back."
        = "net_sales + tax + shipping + fees";
    difference "Difference" Money [DIFFERENCE]
        "What was charged beyond the sum of its parts as reported, before refunds: 0 where the shop's figures agree."
        = "order_total - total_sales before returns";
    units "Units" Quantity [UNITS]
        "Units sold, before returns.";
    units_returned "Units returned" Quantity [UNITS_RETURNED]
        "Units given back. Refunds of money alone have none.";
    average_order_value "Average order value" Money [NET_ORDERED / ORDERS_VALUED]
        "Net sales before refunds per order. Orders without a currency rate are in neither figure."
        = "net_sales before refunds / orders";
    units_per_order "Units per order" Ratio [UNITS / ORDERS]
        "Mean number of units of an order; by product, of the orders that hold it."
        = "units / orders";
    discount_rate "Discount rate" Percent [DISCOUNTS / GROSS_SALES]
        "Discounts as a share of gross sales."
        = "discounts / gross_sales";
    average_unit_price "Average unit price" Money [GROSS_SALES / units UNITS_VALUED]
        "Gross sales per unit, weighted by quantity."
        = "gross_sales / units";
    unit_cost "Unit cost" Money [COST / units UNITS_COSTED]
        "What a sold unit cost the shop: as stated with the order, else the product's cost on its day. Units whose cost is not known are in neither figure."
        = "cost of goods / units with a known cost";
    gross_profit "Gross profit" Money [NET_COSTED + COST_BACK - COST - RETURNS_COSTED]
        "Net sales of goods whose cost is known, less that cost. Returns take back both."
        = "net_sales - net_sales_without_cost - cost of goods";
    margin_rate "Margin" Percent [(NET_COSTED + COST_BACK - COST - RETURNS_COSTED) / (NET_COSTED - RETURNS_COSTED)]
        "Gross profit as a share of the net sales whose cost is known."
        = "gross_profit / (net_sales - net_sales_without_cost)";
    net_sales_without_cost "Net sales without cost" Money [NET_UNCOSTED - RETURNS_UNCOSTED]
        "Net sales of goods whose cost nobody stated: they are in neither gross profit nor margin.";
    refunds "Refunds" Count [REFUNDS]
        "Times money was given back, on the day of the refund, or of its order where the site or the report says so.";
    refund_amount "Refund amount" Money [REFUND_AMOUNT]
        "Money given back in all: goods, tax, shipping and fees. It never exceeds what was charged.";
    refund_rate "Refund rate" Percent [ORDERS_REFUNDED / ORDERS]
        "Share of the period's orders for which money was given back, in part or in full, whenever that was."
        = "orders with a refund / orders";
    return_rate "Return rate" Percent [UNITS_RETURNED / UNITS]
        "Units given back by units sold. Those given back in the period may have been sold before it, unless the report books refunds on the date of their order."
        = "units_returned / units";
    orders_over_refunded "Over-refunded orders" Count [ORDERS_OVER_REFUNDED]
        "Orders of which more was said to be given back than was charged; the excess is in no sum.";
    conversion_rate "Conversion rate" Percent [VISITS_WITH_ORDER / VISITS]
        "Share of visits with an order; never above 100 %."
        = "visits with an order / visits";
    visitor_conversion_rate "Visitor conversion rate" Percent [VISITORS_WITH_ORDER / VISITORS]
        "Share of visitors with an order in one of their visits."
        = "visitors with an order / visitors";
    orders_per_visit "Orders per visit" Ratio [ORDERS_ONLINE / VISITS]
        "Orders placed online by visits; above 1 where visits order several times or orders come without visits."
        = "(orders - orders_offline) / visits";
    net_sales_per_visitor "Net sales per visitor" Money [(NET_ORDERED - RETURNS) / VISITORS]
        "Net sales by visitors."
        = "net_sales / visitors";
    // --- customers ---
    customers "Customers" Count [CUSTOMERS]
        "Distinct customers with an order; an order that names no customer is a customer of its own.";
    new_customers "New customers" Count [ORDERS_FIRST]
        "Customers whose first order of all times lies in the period. An order that names no customer is a new one's.";
    returning_customers "Returning customers" Count [CUSTOMERS - ORDERS_FIRST]
        "Customers with an order in the period who had ordered before it. In a row: whose first order is not in that row."
        = "customers - new_customers";
    orders_new_customers "Orders of new customers" Count [ORDERS_FIRST]
        "Orders that are their customer's first of all times: the earliest by the time it was placed, at the same instant the one with the smaller id.";
    repeat_purchase_rate "Repeat purchase rate" Percent [CUSTOMERS_REPEATING / CUSTOMERS]
        "Share of customers with an order in the period who by then had two orders or more."
        = "customers with two orders or more / customers";
    orders_per_customer "Orders per customer" Ratio [ORDERS / CUSTOMERS]
        "Orders by distinct customers with an order."
        = "orders / customers";
    lifetime_value "Lifetime value" Money [(NET_ORDERED - RETURNS) / CUSTOMERS_VALUED]
        "Net sales of the period per customer who ordered in it; over all time, what a customer is worth. Customers all of whose orders lack a rate are not counted."
        = "net_sales / customers";
    // --- orders that are not in the sums ---
    orders_pending "Pending orders" Count [ORDERS_PENDING]
        "Orders not yet paid or accepted, by the day they were placed; in no other figure of sales.";
    orders_cancelled "Cancelled orders" Count [ORDERS_CANCELLED]
        "Orders taken back without money given back for them; in no other figure of sales.";
    orders_unconverted "Unconverted orders" Count [ORDERS_UNCONVERTED]
        "Orders that count but have no rate for their currency: they are in `orders` and in no sum of money.";
    orders_with_coupon "Orders with a coupon" Count [ORDERS_WITH_COUPON]
        "Orders on which a coupon was used.";
    coupon_rate "Coupon rate" Percent [ORDERS_WITH_COUPON / ORDERS]
        "Share of orders on which a coupon was used."
        = "orders_with_coupon / orders";
    coupon_uses "Coupon uses" Count [COUPON_USES]
        "Coupons used on orders.";
    // --- carts ---
    carts "Carts" Count [CARTS]
        "Carts created, emptied ones included. Carts of which nobody knows whose they are do not count.";
    carts_value "Cart value" Money [CARTS_VALUE]
        "Value of carts created, as they last stood. By product: the lines' price x quantity.";
    carts_abandoned "Abandoned carts" Count [CARTS_ABANDONED]
        "Carts with an item and no order, unchanged for the site's idle time (30 minutes unless set) as of the report's `as_of`. Emptied carts are not abandoned.";
    carts_abandoned_value "Abandoned value" Money [CARTS_ABANDONED_VALUE]
        "Value left in abandoned carts. By product: the lines' price x quantity.";
    carts_abandoned_units "Abandoned units" Quantity [CARTS_ABANDONED_UNITS]
        "Units left in abandoned carts.";
    carts_recovered "Recovered carts" Count [CARTS_RECOVERED]
        "Carts that were ordered after they had been abandoned. Where carts are abandoned at once (idle time 0), none is.";
    carts_recovered_value "Recovered value" Money [CARTS_RECOVERED_VALUE]
        "Value of recovered carts. By product: the lines' price x quantity.";
    cart_recovery_rate "Cart recovery rate" Percent [CARTS_RECOVERED / (CARTS_RECOVERED + CARTS_ABANDONED)]
        "Of the carts created that were abandoned, the share that was ordered after all."
        = "carts_recovered / (carts_recovered + carts_abandoned)";
    cart_abandonment_rate "Cart abandonment rate" Percent [CARTS_UNORDERED / CARTS]
        "Share of carts created that no order has ended, by day of creation."
        = "1 - carts converted or recovered / carts";
    checkout_abandonment_rate "Checkout abandonment rate" Percent [CHECKOUTS_UNORDERED / CHECKOUTS]
        "Of the carts created that came as far as the checkout, the share that no order has ended."
        = "1 - carts ordered / carts that reached begin_checkout or further";
    // --- products ---
    product_views "Product views" Count [PRODUCT_VIEWS]
        "Page views and view_item events that show a product.";
    list_views "List views" Count [LIST_VIEWS]
        "Products seen in lists, and pages of categories.";
    list_clicks "List clicks" Count [LIST_CLICKS]
        "Products chosen from lists.";
    list_click_rate "List click rate" Percent [LIST_CLICKS / LIST_VIEWS]
        "Products chosen from lists by products seen in them."
        = "list_clicks / list_views";
    promotion_views "Promotion views" Count [PROMOTION_VIEWS]
        "Products seen in promotions.";
    promotion_clicks "Promotion clicks" Count [PROMOTION_CLICKS]
        "Products chosen from promotions.";
    promotion_click_rate "Promotion click rate" Percent [PROMOTION_CLICKS / PROMOTION_VIEWS]
        "Products chosen from promotions by products seen in them."
        = "promotion_clicks / promotion_views";
    adds_to_cart "Adds to cart" Count [ADDS_TO_CART]
        "Times a product was put into a cart.";
    view_to_cart_rate "View-to-cart rate" Percent [PAIRS_VIEWED_ADDED / PAIRS_VIEWED]
        "Of the times a visit that started in the period viewed a product, however often, the share in which it also put it into the cart."
        = "(visit, product) viewed and added / viewed";
    cart_to_order_rate "Cart-to-order rate" Percent [PAIRS_ADDED_BOUGHT / PAIRS_ADDED]
        "Of the times a visit that started in the period put a product into the cart, the share in which it also ordered it."
        = "(visit, product) added and ordered / added";
    buy_to_detail_rate "Buy-to-detail rate" Percent [PAIRS_VIEWED_BOUGHT / PAIRS_VIEWED]
        "Of the times a visit that started in the period viewed a product, the share in which it also ordered it."
        = "(visit, product) viewed and ordered / viewed";
    // --- advertising ---
    ad_cost "Ad cost" Money [AD_COST]
        "What advertising cost, as imported, by the day it was for. Costs whose currency has no rate on their day are in no sum.";
    roas "Return on ad cost" Ratio [(NET_ORDERED - RETURNS) / AD_COST]
        "Net sales per unit of money that advertising cost: 4 means that every euro brought four."
        = "net_sales / ad_cost";
    cpa "Cost per order" Money [AD_COST / ORDERS]
        "What advertising cost per order."
        = "ad_cost / orders";
    ad_clicks "Ad clicks" Count [AD_CLICKS]
        "Clicks on advertisements, as the imported costs state them.";
    ad_impressions "Ad impressions" Count [AD_IMPRESSIONS]
        "Times that advertisements were shown, as the imported costs state them.";
    // --- goals and searches ---
    goal_conversions "Goal conversions" Count [GOAL_CONVERSIONS]
        "Goals reached.";
    goal_value "Goal value" Money [GOAL_VALUE]
        "What the goals reached are worth.";
    goal_conversion_rate "Goal conversion rate" Percent [VISITS_WITH_GOAL / VISITS_PER_GOAL]
        "Share of visits that reached a goal; by goal, of all visits."
        = "visits with the goal / visits";
    visits_with_search "Visits with a search" Count [VISITS_WITH_SEARCH]
        "Visits in which somebody searched the site.";
    search_rate "Search rate" Percent [VISITS_WITH_SEARCH / VISITS]
        "Share of visits in which somebody searched the site."
        = "visits_with_search / visits";
    searches "Searches" Count [SEARCHES]
        "Searches on the site.";
    searches_without_result "Searches without result" Count [SEARCHES_WITHOUT_RESULT]
        "Searches that found nothing.";
    searches_without_result_rate "Searches without result, rate" Percent [SEARCHES_WITHOUT_RESULT / SEARCHES]
        "Share of searches that found nothing."
        = "searches_without_result / searches";
}
