//! The catalogue of lists. After the name: fact, label, what is joined, which rows, how they are grouped and ordered, and
//! the columns.

use super::ListForm::{Amount, Figure, Number, Text, Time};
use super::{List, ListColumn};
use crate::facts::Fact;
use crate::metrics::Unit::{Count, Money, Quantity, Seconds};

macro_rules! columns {
    ($($name:ident $form:expr, $sql:expr;)+) => {
        &[$(ListColumn { name: stringify!($name), form: $form, sql: $sql }),+]
    };
}

/// A key as people see it: 16 hexadecimal digits.
macro_rules! key {
    ($column:literal) => {
        concat!("lower(lpad(hex(", $column, "), 16, '0'))")
    };
}

/// A campaign; where it is the code of a mailing, what the code stands for.
macro_rules! campaign {
    ($table:literal) => {
        concat!(
            "coalesce((select lc.campaign from link_codes_now lc where lc.site = $1 and lc.code = ",
            $table,
            ".campaign), ",
            $table,
            ".campaign)"
        )
    };
}

/// To whom a mailing went that is known by its code, as far as the site keeps it.
macro_rules! mailing_contact {
    ($table:literal) => {
        concat!(
            "(select coalesce(lp.email, lp.user_id, lc.user_id, lp.email_hash, lc.email_hash) from link_codes_now lc \
             left join people_now lp on lp.site = $1 and lp.customer = lc.customer \
             where lc.site = $1 and lc.code = ",
            $table,
            ".campaign)"
        )
    };
}

const PERSON_OF_ORDER: &str = "left join people_now pe on pe.site = $1 and pe.customer = o.customer";

/// What a customer is called: as far as the site keeps it.
const CONTACT: &str = "coalesce(pe.email, pe.user_id, pe.email_hash)";

/// What was given back of each order, whenever that was.
macro_rules! with_returns {
    ($person:literal) => {
        concat!(
            r#"left join (
    select x."order", sum(x.r_goods) as goods, sum(x.r_tax) as tax, sum(x.r_shipping) as shipping, sum(x.r_fees) as fees,
        sum(x.r_amount) as amount, count(*) as refunds
    from refunds_now x where x.site = $1 group by x."order"
) b on b."order" = o."order"
"#,
            $person
        )
    };
}

const STATUS: &str =
    "case o.status when 0 then 'pending' when 1 then 'confirmed' when 2 then 'cancelled' when 3 then 'failed' end";
const ORIGIN: &str = "case o.origin when 0 then 'pixel' when 1 then 'browser' when 2 then 'app' when 3 then 'server' when 4 then 'platform' when 5 then 'import' end";
const TRUST: &str = "case o.trust when 0 then 'unverified' when 1 then 'verified' end";

const ORDER_COLUMNS: &[ListColumn] = columns! {
    placed_at Time, "o.placed_at";
    counted_at Time, "o.counted_at";
    order_id Text, "o.order_id";
    order_status Text, STATUS;
    contact Text, CONTACT;
    customer Text, key!("o.customer");
    channel Text, "o.channel";
    source Text, "o.source";
    medium Text, "o.medium";
    campaign Text, campaign!("o");
    mailing_contact Text, mailing_contact!("o");
    term Text, "o.term";
    content Text, "o.content";
    referrer_host Text, "o.referrer_host";
    landing_page Text, "o.landing_page";
    coupon Text, "o.coupon";
    payment_method Text, "o.payment_method";
    shipping_method Text, "o.shipping_method";
    sales_channel Text, "o.sales_channel";
    order_source Text, ORIGIN;
    trust Text, TRUST;
    currency Text, "o.currency";
    charged Amount, "o.order_total";
    order_total Figure(Money), "o.r_order_total";
    gross_sales Figure(Money), "o.r_gross_sales";
    discounts Figure(Money), "o.r_discounts";
    returns Figure(Money), "coalesce(b.goods, 0)";
    net_sales Figure(Money), "o.r_gross_sales - o.r_discounts - coalesce(b.goods, 0)";
    tax Figure(Money), "o.r_tax - coalesce(b.tax, 0)";
    shipping Figure(Money), "o.r_shipping - coalesce(b.shipping, 0)";
    fees Figure(Money), "o.r_fees - coalesce(b.fees, 0)";
    refund_amount Figure(Money), "coalesce(b.amount, 0)";
    refunds Figure(Count), "coalesce(b.refunds, 0)";
    units Figure(Quantity), "o.units";
    lines Figure(Count), "o.lines";
    visit Text, key!("o.visit");
};

/// What lies in the cart, by name.
const ITEMS: &str = "(select string_agg(coalesce(i.product, nullif(i.sku, '')), ', ' order by i.line) \
    from cart_lines_now i where i.site = $1 and i.cart = c.cart)";

/// The columns of carts; what they come to is called as the figures of reports are.
macro_rules! cart_columns {
    ($value:ident, $units:ident) => {
        columns! {
            created_at Time, "c.created_at";
            changed_at Time, "c.changed_at";
            cart_id Text, "coalesce(c.cart_id, lower(lpad(hex(c.cart), 16, '0')))";
            state Text, "case when {abandoned} then 'abandoned' when {recovered} then 'recovered' else c.state end";
            contact Text, "coalesce(c.email, c.contact, pe.email, pe.user_id, pe.email_hash)";
            customer Text, key!("c.customer");
            channel Text, "c.channel";
            source Text, "c.source";
            medium Text, "c.medium";
            campaign Text, campaign!("c");
            mailing_contact Text, mailing_contact!("c");
            checkout_step Text, "c.checkout_step";
            coupon Text, "nullif(c.coupon, '')";
            currency Text, "c.currency";
            stated Amount, "c.value";
            $value Figure(Money), "c.reporting_value";
            $units Figure(Quantity), "c.units";
            items Text, ITEMS;
            recovery_url Text, "c.recovery_url";
            ordered_at Time, "c.ordered_at";
            visit Text, key!("c.visit");
        }
    };
}

const PERSON_OF_CART: &str = "left join people_now pe on pe.site = $1 and pe.customer = c.customer";

/// Every list, in the order of the documentation.
pub static LISTS: &[List] = &[
    List {
        name: "orders",
        label: "Orders",
        definition: "Orders that count, by the day they are counted on. What was given back is taken from its own order, so the totals are those of a report with `refund_view=order_date`.",
        fact: Fact::Orders,
        joins: with_returns!("left join people_now pe on pe.site = $1 and pe.customer = o.customer"),
        only: "",
        counted: "",
        grouped_by: "",
        order: "counted_at desc, order_id",
        columns: ORDER_COLUMNS,
    },
    List {
        name: "order_log",
        label: "Order log",
        definition: "Orders of every status, from whomever; tests are left out. The totals are of those that count.",
        fact: Fact::AllOrders,
        joins: with_returns!("left join people_now pe on pe.site = $1 and pe.customer = o.customer"),
        only: "",
        counted: "o.counts",
        grouped_by: "",
        order: "counted_at desc, order_id",
        columns: ORDER_COLUMNS,
    },
    List {
        name: "purchased_items",
        label: "Purchased items",
        definition: "Lines of the orders that count. An order without lines has one row without a product.",
        fact: Fact::Lines,
        joins: PERSON_OF_ORDER,
        only: "",
        counted: "",
        grouped_by: "",
        order: "counted_at desc, order_id, line",
        columns: columns! {
            counted_at Time, "o.counted_at";
            order_id Text, "o.order_id";
            line Number, "l.line + 1";
            contact Text, CONTACT;
            campaign Text, campaign!("o");
            channel Text, "o.channel";
            sku Text, "nullif(l.sku, '')";
            product Text, "l.product";
            brand Text, "l.brand";
            variant Text, "l.variant";
            category_1 Text, "l.category";
            category_2 Text, "l.category_2";
            coupon Text, "l.coupon";
            currency Text, "o.currency";
            line_total Amount, "case when l.line is null then o.gross_sales - o.discounts else l.gross - l.discount end";
            units Figure(Quantity), "case when l.line is null then o.units else l.quantity end";
            gross_sales Figure(Money), "case when l.line is null then o.r_gross_sales else l.reporting_gross end";
            discounts Figure(Money), "case when l.line is null then o.r_discounts else l.reporting_discount end";
        },
    },
    List {
        name: "refunds",
        label: "Refunds",
        definition: "Money given back on orders that count, by the day of the refund.",
        fact: Fact::Refunds,
        joins: PERSON_OF_ORDER,
        only: "",
        counted: "",
        grouped_by: "",
        order: "refunded_at desc, order_id, refund_id",
        columns: columns! {
            refunded_at Time, r#"r."at""#;
            order_id Text, "o.order_id";
            refund_id Text, "coalesce(r.refund_id, lower(lpad(hex(r.refund), 16, '0')))";
            counted_at Time, "o.counted_at";
            contact Text, CONTACT;
            campaign Text, campaign!("o");
            reason Text, "r.reason";
            currency Text, "o.currency";
            given_back Amount, "r.amount";
            refund_amount Figure(Money), "r.r_amount";
            returns Figure(Money), "r.r_goods";
            units_returned Figure(Quantity), "r.units";
        },
    },
    List {
        name: "abandoned_carts",
        label: "Abandoned carts",
        definition: "Carts with an item and no order, unchanged for the site's idle time as of the list's `as_of`, by the day they were created.",
        fact: Fact::Carts,
        joins: PERSON_OF_CART,
        only: "{abandoned}",
        counted: "",
        grouped_by: "",
        order: "changed_at desc, cart_id",
        columns: cart_columns!(carts_abandoned_value, carts_abandoned_units),
    },
    List {
        name: "carts",
        label: "Carts",
        definition: "Carts by the day they were created, with where each stands as of the list's `as_of`.",
        fact: Fact::Carts,
        joins: PERSON_OF_CART,
        only: "",
        counted: "",
        grouped_by: "",
        order: "changed_at desc, cart_id",
        columns: cart_columns!(carts_value, cart_units),
    },
    List {
        name: "customers",
        label: "Customers",
        definition: "Customers with an order that counts in the period, and what these orders come to. An order that names no customer is a customer of its own.",
        fact: Fact::Orders,
        joins: with_returns!("left join people_now pe on pe.site = $1 and pe.customer = o.customer"),
        only: "",
        counted: "",
        grouped_by: r#"coalesce(o.customer, o."order")"#,
        order: "net_sales desc nulls last, customer",
        columns: columns! {
            customer Text, r#"lower(lpad(hex(coalesce(o.customer, o."order")), 16, '0'))"#;
            contact Text, "min(coalesce(pe.email, pe.user_id, pe.email_hash))";
            orders Figure(Count), "count(*)";
            net_sales Figure(Money), "sum(o.r_gross_sales - o.r_discounts - coalesce(b.goods, 0))";
            order_total Figure(Money), "sum(o.r_order_total)";
            units Figure(Quantity), "sum(o.units)";
            first_order_at Time, "min(o.counted_at)";
            last_order_at Time, "max(o.counted_at)";
            first_channel Text, "arg_min(o.channel, (o.counted_at, o.order_id))";
        },
    },
    List {
        name: "visits",
        label: "Visits",
        definition: "Visits of people, by their start.",
        fact: Fact::Visits,
        joins: "",
        only: "",
        counted: "",
        grouped_by: "",
        order: "started_at desc, visit",
        columns: columns! {
            started_at Time, "v.started_at";
            visit Text, key!("v.visit");
            visitor Text, key!("v.visitor");
            number Number, "v.number";
            channel Text, "v.channel";
            source Text, "v.source";
            medium Text, "v.medium";
            campaign Text, campaign!("v");
            referrer Text, "v.referrer";
            landing_page Text, "v.landing_page";
            exit_page Text, "v.exit_page";
            country Text, "v.country";
            device Text, "v.device";
            browser Text, "v.browser";
            os Text, "v.os";
            visits Figure(Count), "1";
            visit_page_views Figure(Count), "v.page_views";
            duration_s Figure(Seconds), "(epoch_us(v.seen_until) - epoch_us(v.started_at)) // 100000";
        },
    },
];
