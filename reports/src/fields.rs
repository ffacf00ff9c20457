//! Fields: what a filter can compare and no report is split by, such as an order's value or a visit's length.
//!
//! Declared like dimensions and reached by the same ways.

use crate::dimensions::{Column, Dimension, Values};
use crate::facts::Table;
use crate::metrics::Unit;

const COUNT: Values = Values::Measured { unit: Unit::Count, scale: 1 };
const QUANTITY: Values = Values::Measured { unit: Unit::Quantity, scale: 1_000 };
const MONEY: Values = Values::Measured { unit: Unit::Money, scale: 10_000 };
/// Unit prices have six decimals.
const PRICE: Values = Values::Measured { unit: Unit::Money, scale: 1_000_000 };
/// Kept in microseconds.
const SECONDS: Values = Values::Measured { unit: Unit::Seconds, scale: 1_000_000 };

macro_rules! fields {
    ($($name:literal $label:literal $values:expr, $definition:literal [$($table:ident $sql:literal),+];)+) => {
        /// Every field, in the order of the documentation.
        pub static FIELDS: &[Dimension] = &[$(Dimension {
            name: $name,
            label: $label,
            definition: $definition,
            values: $values,
            columns: &[$(Column { table: Table::$table, sql: $sql, spreads: false, marks: &[] }),+],
        }),+];
    };
}

fields! {
    "visit_page_views" "Page views of the visit" COUNT, "Pages seen in the visit." [Visits "{t}.page_views"];
    "visit_events" "Events of the visit" COUNT, "Events in the visit, page views included." [Visits "{t}.events"];
    "visit_searches" "Searches of the visit" COUNT, "Searches in the visit." [Visits "{t}.searches"];
    "visit_duration_s" "Duration of the visit" SECONDS, "Time from the visit's first to its last event, in seconds."
        [Visits "(epoch_us({t}.seen_until) - epoch_us({t}.started_at))"];
    "visit_number" "Number of the visit" COUNT, "Which of its visitor's visits it is: 1 for the first." [Visits "{t}.number"];
    "days_since_first_visit" "Days since the first visit" COUNT, "Whole days from the visitor's first visit to this one."
        [Visits "((epoch_us({t}.started_at) - epoch_us({t}.first_seen_at)) // 86400000000)"];
    "page_url" "Host and page" Values::Text, "Host and page of an event, without the scheme: shop.example/cart."
        [Events "(coalesce({t}.host, '') || {t}.page)"];
    "landing_url" "Host and landing page" Values::Text, "Host and first page of the visit, without the scheme."
        [Visits "(coalesce({t}.host, '') || {t}.landing_page)"];
    "exit_url" "Host and exit page" Values::Text, "Host of the visit's first page and its last page, without the scheme."
        [Visits "(coalesce({t}.host, '') || {t}.exit_page)"];
    "order_id" "Order id" Values::Text, "The order's id, as the shop gave it." [Orders "{t}.order_id"];
    "order_total" "Total of the order" MONEY, "What the order's customer was charged, in the site's currency." [Orders "{t}.r_order_total"];
    "order_net_sales" "Net sales of the order" MONEY, "The order's gross sales less discounts, before refunds, in the site's currency."
        [Orders "({t}.r_gross_sales - {t}.r_discounts)"];
    "order_discounts" "Discounts on the order" MONEY, "Discounts on the order, in the site's currency." [Orders "{t}.r_discounts"];
    "order_refunded" "Refunded of the order" MONEY, "What was given back of the order, in the order's own currency." [Orders "{t}.refunded"];
    "order_units" "Units of the order" QUANTITY, "Units of the order." [Orders "{t}.units"];
    "order_lines" "Lines of the order" COUNT, "Lines of the order." [Orders "{t}.lines"];
    "cart_value" "Value of the cart" MONEY, "Value of the cart as it last stood, in the site's currency." [Carts "{t}.reporting_value"];
    "cart_units" "Units of the cart" QUANTITY, "Units in the cart as it last stood." [Carts "{t}.units"];
    "price" "Unit price" PRICE, "Price of one unit of the product as it was seen, put into a cart or bought, in the currency that was stated."
        [Actions "{t}.price", Lines "{t}.price", CartLines "{t}.price"];
    "quantity" "Quantity" QUANTITY, "Units of the product in the line or action." [Actions "{t}.quantity", Lines "{t}.quantity", CartLines "{t}.quantity"];
}
