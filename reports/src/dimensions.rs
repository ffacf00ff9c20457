//! The catalogue of dimensions: each declared once, with what it means and which tables have its column.
//!
//! Which facts reach those tables is said in `facts.rs`; together they decide what can be combined.

use crate::calendar::TimeUnit;
use crate::facts::Table;
use crate::fields::FIELDS;
use crate::marks::Mark;
use crate::metrics::Unit;

/// What a dimension's cells are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// Text; unknown is null.
    Text,
    /// A whole number; unknown is null.
    Number,
    /// A label of a stretch of time.
    Time(TimeUnit),
    /// A field's number in 1/`scale` of its unit; no dimension has any.
    Measured {
        /// What it is measured in.
        unit: Unit,
        /// How many of what is kept make one.
        scale: i64,
    },
}

impl Values {
    /// Returns the kind's name in the catalogue.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number | Self::Measured { .. } => "number",
            Self::Time(_) => "time",
        }
    }
}

/// A dimension's column in one table; `{t}` stands for the table's alias, `{path}` for a bound JSON path, `{trait}`
/// for the last value of a trait of the row's visitor, `{codes}` for the codes of mailings. A column with those asks of `{t}.campaign` alone.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) table: Table,
    pub(crate) sql: &'static str,
    /// Whether a row can have several values, one row each.
    pub(crate) spreads: bool,
    /// What it is read from besides; only columns of [`Table::Orders`], which every fact of orders owns, and of
    /// [`Table::Visits`], which is never a bridge, have any.
    pub(crate) marks: &'static [Mark],
}

impl Column {
    /// Says whether it may be the code of a mailing, and means what the code stands for.
    pub(crate) fn is_coded(&self) -> bool {
        self.sql.contains("{codes}")
    }
}

/// Something that figures can be split by.
#[derive(Debug)]
pub struct Dimension {
    /// Name in queries and answers; `property`, `item_property` and `trait` are asked for as `property:NAME`.
    pub name: &'static str,
    /// What a column is headed with.
    pub label: &'static str,
    /// What it means.
    pub definition: &'static str,
    /// What its cells are.
    pub values: Values,
    pub(crate) columns: &'static [Column],
}

impl Dimension {
    /// Says whether it is asked for with the name of a property behind a colon.
    pub fn takes_name(&self) -> bool {
        is_named(self.name)
    }
}

/// A dimension as asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The property's name, for `property:NAME`, `item_property:NAME` and `trait:NAME`.
    pub property: Option<String>,
    pub(crate) index: usize,
}

impl Asked {
    /// Returns the dimension that `name` asks for: one of the catalogue, or `property:NAME`, `item_property:NAME` or
    /// `trait:NAME` with a name of up to 100 characters without quotation marks and backslashes.
    pub fn parse(name: &str) -> Option<Self> {
        let (base, property) = match name.split_once(':') {
            Some((base, key)) if is_named(base) && is_property(key) => (base, Some(key.to_owned())),
            Some(_) => return None,
            None => (name, None),
        };
        let index = DIMENSIONS.iter().position(|d| d.name == base)?;
        (is_named(base) == property.is_some()).then_some(Self { property, index })
    }

    /// Returns the field that `name` asks for; fields are only compared, never split by.
    pub(crate) fn field(name: &str) -> Option<Self> {
        let index = FIELDS.iter().position(|field| field.name == name)?;
        Some(Self { property: None, index: DIMENSIONS.len() + index })
    }

    /// Returns the entry in the catalogue: a dimension, or a field.
    pub fn dimension(&self) -> &'static Dimension {
        DIMENSIONS.get(self.index).unwrap_or_else(|| &FIELDS[self.index - DIMENSIONS.len()])
    }

    /// Returns the name it was asked for by.
    pub fn name(&self) -> String {
        match &self.property {
            Some(key) => format!("{}:{key}", self.dimension().name),
            None => self.dimension().name.to_owned(),
        }
    }

    /// Returns the unit of time it counts in, if it is one of time.
    pub fn time(&self) -> Option<TimeUnit> {
        match self.dimension().values {
            Values::Time(unit) => Some(unit),
            _ => None,
        }
    }
}

fn is_named(base: &str) -> bool {
    matches!(base, "property" | "item_property" | "trait")
}

fn is_property(key: &str) -> bool {
    !key.is_empty() && key.chars().count() <= 100 && !key.contains(['"', '\\']) && !key.chars().any(char::is_control)
}

macro_rules! columns {
    ($($table:ident $sql:literal $($spreads:ident)?),*) => {
        &[$(Column { table: Table::$table, sql: $sql, spreads: columns!(@ $($spreads)?), marks: &[] }),*]
    };
    (@) => { false };
    (@ spreads) => { true };
}

macro_rules! dimension {
    ($name:literal, $label:literal, $values:expr, $definition:literal, [$($columns:tt)*]) => {
        Dimension { name: $name, label: $label, definition: $definition, values: $values, columns: columns!($($columns)*) }
    };
}

macro_rules! source {
    ($name:literal, $label:literal, $sql:literal, $definition:literal) => {
        dimension!($name, $label, Values::Text, $definition, [Visits $sql, Orders $sql, Carts $sql, Goals $sql])
    };
    (paid $name:literal, $label:literal, $sql:literal, $definition:literal) => {
        dimension!($name, $label, Values::Text, $definition, [Visits $sql, Orders $sql, Carts $sql, Goals $sql, AdCosts $sql])
    };
}

/// A dimension of products. Orders and carts without lines have a row of their own, so that the rows sum to the total
/// and are not taken for products that lack the value.
macro_rules! product {
    ($name:literal, $label:literal, $sql:literal, $definition:literal) => {
        Dimension {
            name: $name,
            label: $label,
            definition: $definition,
            values: Values::Text,
            columns: &[
                Column { table: Table::Actions, sql: $sql, spreads: false, marks: &[] },
                Column { table: Table::Lines, sql: with_lines!($sql), spreads: false, marks: &[] },
                Column { table: Table::RefundLines, sql: with_lines!($sql), spreads: false, marks: &[] },
                Column { table: Table::CartLines, sql: with_lines!($sql), spreads: false, marks: &[] },
            ],
        }
    };
}

/// A dimension of the customer's first order, read from marks.
macro_rules! customer {
    ($name:literal, $label:literal, $sql:literal [$($mark:ident),+], $definition:literal) => {
        Dimension {
            name: $name,
            label: $label,
            definition: $definition,
            values: Values::Text,
            columns: &[Column { table: Table::Orders, sql: $sql, spreads: false, marks: &[$(Mark::$mark),+] }],
        }
    };
}

macro_rules! with_lines {
    ($sql:literal) => {
        concat!("case when {t}.line is null then '(no lines)' else ", $sql, " end")
    };
}

/// Every dimension, in the order of the documentation.
pub static DIMENSIONS: &[Dimension] = &[
    // --- time ---
    dimension!(
        "hour",
        "Hour",
        Values::Time(TimeUnit::Hour),
        "Clock hour of the site's zone, RFC 3339 with its offset; the hour that happens twice in autumn is two.",
        []
    ),
    dimension!("day", "Day", Values::Time(TimeUnit::Day), "Civil day of the site's zone.", []),
    dimension!(
        "week",
        "Week",
        Values::Time(TimeUnit::Week),
        "Week, labelled by its first day: Monday (ISO weeks), or Sunday where the site says so.",
        []
    ),
    dimension!("month", "Month", Values::Time(TimeUnit::Month), "Calendar month.", []),
    dimension!("quarter", "Quarter", Values::Time(TimeUnit::Quarter), "Quarter of the calendar year.", []),
    dimension!("year", "Year", Values::Time(TimeUnit::Year), "Calendar year.", []),
    dimension!("weekday", "Weekday", Values::Time(TimeUnit::Weekday), "Day of the week, 1 (Monday) to 7 (Sunday).", []),
    dimension!(
        "hour_of_day",
        "Hour of day",
        Values::Time(TimeUnit::HourOfDay),
        "Hour of the day in the site's zone, 0 to 23.",
        []
    ),
    // --- where from ---
    source!(paid "channel", "Channel", "{t}.channel", "Channel. Of orders, carts and goals: the one they are credited to."),
    source!(paid "source", "Source", "{t}.source", "Source, such as a search engine, network or host; `(direct)` for none."),
    source!(paid "medium", "Medium", "{t}.medium", "Medium, such as organic, cpc, email or referral; `(none)` for direct."),
    source!(paid
        "campaign",
        "Campaign",
        "coalesce((select lc.campaign from {codes} lc where lc.code = {t}.campaign), {t}.campaign)",
        "Campaign; where it is the code of a mailing, what the code stands for."
    ),
    source!("term", "Term", "{t}.term", "Keyword of the campaign or search."),
    source!("content", "Content", "{t}.content", "Content of the campaign."),
    source!("referrer", "Referrer", "{t}.referrer", "URL that led to the site."),
    source!("referrer_host", "Referring host", "{t}.referrer_host", "Host that led to the site."),
    // --- the visit ---
    dimension!("landing_page", "Landing page", Values::Text, "First page of the visit.", [Visits "{t}.landing_page", Orders "{t}.landing_page"]),
    dimension!("exit_page", "Exit page", Values::Text, "Last page of the visit.", [Visits "{t}.exit_page"]),
    dimension!("page", "Page", Values::Text, "Page of an event. Visits, orders and carts count once for every page that their visit saw.", [Events "{t}.page"]),
    dimension!("page_title", "Page title", Values::Text, "Title of the page of an event.", [Events "{t}.page_title"]),
    dimension!("host", "Host", Values::Text, "Host of the page; of a visit, of its first one.", [Visits "{t}.host", Events "{t}.host"]),
    dimension!("country", "Country", Values::Text, "Country of the visit, ISO 3166-1 alpha-2.", [Visits "{t}.country"]),
    dimension!("region", "Region", Values::Text, "Region of the visit.", [Visits "{t}.region"]),
    dimension!("city", "City", Values::Text, "City of the visit.", [Visits "{t}.city"]),
    dimension!("language", "Language", Values::Text, "Language of the browser, such as de-DE.", [Visits "{t}.language"]),
    dimension!("device", "Device", Values::Text, "Kind of device: desktop, mobile, tablet, tv, console or other.", [Visits "{t}.device"]),
    dimension!("browser", "Browser", Values::Text, "Family of the browser.", [Visits "{t}.browser"]),
    dimension!("os", "Operating system", Values::Text, "Family of the operating system.", [Visits "{t}.os"]),
    dimension!("screen", "Screen", Values::Text, "Size of the screen.", [Visits "{t}.screen"]),
    dimension!("new_or_returning", "New or returning", Values::Text, "Whether the visit is its visitor's first: new or returning.",
        [Visits "case when {t}.number = 1 then 'new' when {t}.number > 1 then 'returning' end"]),
    Dimension {
        name: "visitor_type",
        label: "Visitor type",
        definition: "Whether the visit is its visitor's first, a later one, or one after an order: new, returning or returning_customer.",
        values: Values::Text,
        columns: &[Column {
            table: Table::Visits,
            sql: "case when ml.first_at < {t}.started_at then 'returning_customer' when {t}.number = 1 then 'new' when {t}.number > 1 then 'returning' end",
            spreads: false,
            marks: &[Mark::Ordering],
        }],
    },
    // --- the order ---
    dimension!("order_status", "Order status", Values::Text, "Status of the order: pending, confirmed, cancelled or failed.",
        [Orders "case {t}.status when 0 then 'pending' when 1 then 'confirmed' when 2 then 'cancelled' when 3 then 'failed' end"]),
    dimension!("order_source", "Order source", Values::Text, "Kind of sender whose money was taken: pixel, browser, app, server, platform or import.",
        [Orders "case {t}.origin when 0 then 'pixel' when 1 then 'browser' when 2 then 'app' when 3 then 'server' when 4 then 'platform' when 5 then 'import' end"]),
    dimension!("trust", "Trust", Values::Text, "Whether the sender proved who it is: verified or unverified.",
        [Orders "case {t}.trust when 0 then 'unverified' when 1 then 'verified' end", Events "case {t}.trust when 0 then 'unverified' when 1 then 'verified' end"]),
    dimension!("currency", "Currency", Values::Text, "Currency of the order or cart; amounts stay in the site's.", [Orders "{t}.currency", Carts "{t}.currency"]),
    dimension!("coupon", "Coupon", Values::Text, "Coupon. An order with several counts once for each.", [Coupons "{t}.coupon", Carts "nullif({t}.coupon, '')"]),
    dimension!("payment_method", "Payment method", Values::Text, "How the order was paid.", [Orders "{t}.payment_method"]),
    dimension!("shipping_method", "Shipping method", Values::Text, "How the order was shipped.", [Orders "{t}.shipping_method"]),
    dimension!("sales_channel", "Sales channel", Values::Text, "Where the order was placed, as the shop states it, such as pos; unknown for most orders of the web.", [Orders "{t}.sales_channel"]),
    // --- the customer ---
    customer!(
        "customer_type",
        "Customer type",
        r#"case when not {t}.counts then null when {t}.customer is null or mf.first = {t}."order" then 'new' else 'returning' end"#
            [First],
        "Whether the order is its customer's first of all times: new or returning. An order that names no customer is a new one's."
    ),
    customer!(
        "first_order_month",
        "First order",
        "mm.label" [First, FirstOrder, FirstMonth],
        "Calendar month in which the order's customer placed the first order of all times."
    ),
    customer!("first_channel", "First channel", "fo.channel" [First, FirstOrder], "Channel that the customer's first order is credited to."),
    customer!(
        "first_product",
        "First product",
        r#"case when fo."order" is null then null when fl.line is null then '(no lines)' else coalesce(fl.product, nullif(fl.sku, '')) end"#
            [First, FirstOrder, FirstLine],
        "Product in the first line of the customer's first order."
    ),
    // --- the product ---
    product!(
        "sku",
        "SKU",
        "nullif({t}.sku, '')",
        "Product by its SKU. Orders and carts count once for every product in them, visits for every product viewed."
    ),
    product!("product", "Product", "{t}.product", "Product by its name."),
    product!("brand", "Brand", "{t}.brand", "Brand."),
    product!("variant", "Variant", "{t}.variant", "Variant."),
    dimension!("category", "Category", Values::Text, "Any category of the product: a product counts in full for each of its up to five, so the rows do not add up. Single levels are category_1 to category_5.",
        [Actions "{t}.any_category" spreads, Lines "case when {t}.line is null then '(no lines)' else {t}.any_category end" spreads,
            RefundLines "case when {t}.line is null then '(no lines)' else {t}.any_category end" spreads,
            CartLines "case when {t}.line is null then '(no lines)' else {t}.any_category end" spreads]),
    product!("category_1", "Category, level 1", "{t}.category", "Broadest category."),
    product!("category_2", "Category, level 2", "{t}.category_2", "Second category."),
    product!("category_3", "Category, level 3", "{t}.category_3", "Third category."),
    product!("category_4", "Category, level 4", "{t}.category_4", "Fourth category."),
    product!("category_5", "Category, level 5", "{t}.category_5", "Fifth category."),
    dimension!("item_list", "Item list", Values::Text, "List that showed the product, or that it was bought from.", [Actions "{t}.item_list", Lines "case when {t}.line is null then '(no lines)' else {t}.item_list end"]),
    dimension!("promotion", "Promotion", Values::Text, "Promotion of the product.", [Actions "{t}.promotion"]),
    // --- the event ---
    dimension!("event", "Event", Values::Text, "Name of the event.", [Events "{t}.name"]),
    dimension!("goal", "Goal", Values::Number, "Number of the goal.", [Goals "{t}.goal"]),
    dimension!("search_term", "Search term", Values::Text, "What was searched for.", [Events "{t}.search_term"]),
    dimension!("checkout_step", "Checkout step", Values::Text, "Step reached in the checkout.", [Events "{t}.checkout_step", Carts "{t}.checkout_step"]),
    dimension!("item_property", "Item property", Values::Text, "Any other property of the product as it was ordered or seen, as `item_property:NAME`.",
        [Actions "json_extract_string({t}.properties, {path})", Lines "case when {t}.line is null then '(no lines)' else json_extract_string({t}.properties, {path}) end"]),
    dimension!("trait", "Trait", Values::Text, "What the visitor was last said to be by `identify`, as `trait:NAME`.",
        [Visits "{trait}", Orders "{trait}", Carts "{trait}"]),
    dimension!("property", "Property", Values::Text, "Any other property of the event, as `property:NAME`.", [Events "json_extract_string({t}.properties, {path})"]),
];
