//! What a dimension or field is of a row, as docs/reports.md says: looked up by name, in plain Rust.

use super::rows::{Detail, Table, World};
use crate::dimensions::Asked;
use commerce::hit::{OrderStatus, Origin, Trust};
use commerce::rows::{
    AdCostRow, CartLineRow, CartRow, EventRow, OrderLineRow, OrderRow, ProductActionRow, ProductRef, TrafficSource,
    VisitRow,
};
use commerce::{Timestamp, UnitPrice, VisitorKey};
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use std::ops::Range;

/// A value of a dimension, or a number of a field in the unit that it is kept in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Value {
    Number(i128),
    Text(String),
    /// A stretch of time: its first instant, and its name.
    Time(i64, String),
    /// Last, as reports show it.
    Unknown,
}

const SOURCE: &[&str] = &["channel", "source", "medium", "campaign", "term", "content", "referrer", "referrer_host"];
const OF_VISIT: &[&str] = &[
    "landing_page",
    "exit_page",
    "host",
    "country",
    "region",
    "city",
    "language",
    "device",
    "browser",
    "os",
    "screen",
    "new_or_returning",
    "visitor_type",
    "trait",
    "visit_page_views",
    "visit_events",
    "visit_searches",
    "visit_duration_s",
    "visit_number",
    "days_since_first_visit",
    "landing_url",
    "exit_url",
];
const OF_EVENT: &[&str] =
    &["page", "page_title", "host", "trust", "event", "search_term", "checkout_step", "property", "page_url"];
const OF_ORDER: &[&str] = &[
    "landing_page",
    "order_status",
    "order_source",
    "trust",
    "currency",
    "payment_method",
    "shipping_method",
    "sales_channel",
    "customer_type",
    "first_order_month",
    "first_channel",
    "first_product",
    "trait",
    "order_id",
    "order_total",
    "order_net_sales",
    "order_discounts",
    "order_refunded",
    "order_units",
    "order_lines",
];
const OF_CART: &[&str] = &["currency", "coupon", "checkout_step", "trait", "cart_value", "cart_units"];
const OF_PRODUCT: &[&str] = &[
    "sku",
    "product",
    "brand",
    "variant",
    "category",
    "category_1",
    "category_2",
    "category_3",
    "category_4",
    "category_5",
];
const PRICED: &[&str] = &["price", "quantity"];
const LISTED: &[&str] = &["item_list", "item_property"];

/// Says whether rows of `table` know the dimension `name`.
pub(super) fn knows(table: Table, name: &str) -> bool {
    let lists: &[&[&str]] = match table {
        Table::Visit => &[SOURCE, OF_VISIT],
        Table::Event => &[OF_EVENT],
        Table::Action => &[OF_PRODUCT, PRICED, LISTED, &["promotion"]],
        Table::Goal => &[SOURCE, &["goal"]],
        Table::Order => &[SOURCE, OF_ORDER],
        Table::Line => &[OF_PRODUCT, PRICED, LISTED],
        Table::Coupon => &[&["coupon"]],
        Table::RefundLine => &[OF_PRODUCT],
        Table::Cart => &[SOURCE, OF_CART],
        Table::CartLine => &[OF_PRODUCT, PRICED],
        Table::AdCost => &[&["channel", "source", "medium", "campaign"]],
    };
    lists.iter().any(|names| names.contains(&name))
}

/// Returns the values that `asked` has of a row that knows it: one, or each category of a product.
pub(super) fn values(world: &World, detail: Detail, asked: &Asked) -> Vec<Value> {
    let name = asked.dimension().name;
    let property = asked.property.as_deref().unwrap_or("");
    let one = match detail {
        Detail::Visit(visit) => visit.map_or(Value::Unknown, |v| of_visit(world, v, name, property)),
        Detail::Event(event) => event.map_or(Value::Unknown, |e| of_event(e, name, property)),
        Detail::Action(action) => return of_action(action, name, property),
        Detail::Goal(goal) if name == "goal" => Value::Number(i128::from(goal.goal)),
        Detail::Goal(goal) => of_source(world, &goal.source, name),
        Detail::Order(order) => of_order(world, order, name, property),
        Detail::Line(Some(line)) => return of_line(line, name, property),
        Detail::CartLine(Some(line)) => return of_cart_line(line, name),
        Detail::RefundLine(Some(line)) => return of_product(&line.product, name),
        // What has no lines has no product, rather than an unknown one; and no price.
        Detail::Line(None) | Detail::CartLine(None) | Detail::RefundLine(None) if PRICED.contains(&name) => {
            Value::Unknown
        }
        Detail::Line(None) | Detail::CartLine(None) | Detail::RefundLine(None) => some("(no lines)"),
        Detail::Coupon(coupon) => coupon.map_or(Value::Unknown, some),
        Detail::Cart(cart) => of_cart(world, cart, name, property),
        Detail::AdCost(ad) => of_ad(world, ad, name),
    };
    vec![one]
}

fn some(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn text(found: Option<&String>) -> Value {
    found.map_or(Value::Unknown, |text| some(text))
}

fn number(n: impl Into<i128>) -> Value {
    Value::Number(n.into())
}

fn or_unknown<N: Into<i128>>(n: Option<N>) -> Value {
    n.map_or(Value::Unknown, number)
}

fn of_source(world: &World, source: &TrafficSource, name: &str) -> Value {
    match name {
        "channel" => some(&source.channel),
        "source" => some(&source.source),
        "medium" => some(&source.medium),
        "campaign" => campaign(world, source.campaign.as_ref()),
        "term" => text(source.term.as_ref()),
        "content" => text(source.content.as_ref()),
        "referrer" => text(source.referrer.as_ref()),
        _ => text(source.referrer_host.as_ref()),
    }
}

/// Where it is the code of a mailing, what the code stands for.
fn campaign(world: &World, campaign: Option<&String>) -> Value {
    let code = campaign.and_then(|campaign| world.rows.link_codes.iter().find(|c| c.code == *campaign));
    text(code.and_then(|code| code.campaign.as_ref()).or(campaign))
}

fn of_visit(world: &World, v: &VisitRow, name: &str, property: &str) -> Value {
    const DAY_US: i64 = 86_400_000_000;
    let url = |page: &Option<String>| match page {
        Some(page) => Value::Text(format!("{}{page}", v.host.as_deref().unwrap_or(""))),
        None => Value::Unknown,
    };
    match name {
        "landing_page" => text(v.landing_page.as_ref()),
        "exit_page" => text(v.exit_page.as_ref()),
        "host" => text(v.host.as_ref()),
        "country" => text(v.country.as_ref()),
        "region" => text(v.region.as_ref()),
        "city" => text(v.city.as_ref()),
        "language" => text(v.language.as_ref()),
        "device" => text(v.device.as_ref()),
        "browser" => text(v.browser.as_ref()),
        "os" => text(v.os.as_ref()),
        "screen" => text(v.screen.as_ref()),
        "new_or_returning" => some(if v.number == 1 { "new" } else { "returning" }),
        "visitor_type" => {
            let had_ordered = world.sold().any(|o| o.visitor == Some(v.visitor) && o.placed_at < v.started_at);
            some(if had_ordered {
                "returning_customer"
            } else if v.number == 1 {
                "new"
            } else {
                "returning"
            })
        }
        "trait" => of_trait(world, Some(v.visitor), property),
        "visit_page_views" => number(v.page_views),
        "visit_events" => number(v.events),
        "visit_searches" => number(v.searches),
        "visit_duration_s" => number(v.seen_until.micros_since(v.started_at)),
        "visit_number" => number(v.number),
        "days_since_first_visit" => number(v.started_at.micros_since(v.first_seen_at) / DAY_US),
        "landing_url" => url(&v.landing_page),
        "exit_url" => url(&v.exit_page),
        _ => of_source(world, &v.source, name),
    }
}

/// Returns the trait as the visitor was last said to have it.
fn of_trait(world: &World, visitor: Option<VisitorKey>, key: &str) -> Value {
    let said = |e: &&EventRow| visitor.is_some() && e.visitor == visitor && e.name == "identify";
    let mut said: Vec<&EventRow> = world.rows.events.iter().filter(said).collect();
    said.sort_by_key(|e| (e.occurred_at, e.event.0));
    let traits = said.iter().rev().map(|e| json(e.properties.as_ref(), &["traits", key]));
    traits.into_iter().find(|value| *value != Value::Unknown).unwrap_or(Value::Unknown)
}

/// Returns the text of what stands at `path` of a JSON object.
fn json(object: Option<&String>, path: &[&str]) -> Value {
    let object = object.and_then(|object| serde_json::from_str::<serde_json::Value>(object).ok());
    let found = path.iter().try_fold(object.unwrap_or_default(), |at, key| at.get(key).cloned());
    match found {
        None | Some(serde_json::Value::Null) => Value::Unknown,
        Some(serde_json::Value::String(text)) => Value::Text(text),
        Some(other) => Value::Text(other.to_string()),
    }
}

/// Returns for how many milliseconds the page was looked at, as its client says: at most a day, never less than nothing.
pub(super) fn engaged_ms(event: &EventRow) -> i64 {
    let said = ["engagement_ms", "engagement_time_msec"].map(|key| json(event.properties.as_ref(), &[key]));
    let ms = said.into_iter().find_map(|value| if let Value::Text(ms) = value { ms.parse::<i64>().ok() } else { None });
    ms.unwrap_or(0).clamp(0, 86_400_000)
}

fn trust(trust: Trust) -> Value {
    some(if trust == Trust::Verified { "verified" } else { "unverified" })
}

fn of_event(e: &EventRow, name: &str, property: &str) -> Value {
    match name {
        "page" => text(e.page.as_ref()),
        "page_title" => text(e.page_title.as_ref()),
        "host" => text(e.host.as_ref()),
        "trust" => trust(e.trust),
        "event" => some(&e.name),
        "search_term" => text(e.search_term.as_ref()),
        "checkout_step" => text(e.checkout_step.as_ref()),
        "page_url" => match &e.page {
            Some(page) => Value::Text(format!("{}{page}", e.host.as_deref().unwrap_or(""))),
            None => Value::Unknown,
        },
        _ => json(e.properties.as_ref(), &[property]),
    }
}

fn of_product(product: &ProductRef, name: &str) -> Vec<Value> {
    let level = |n: usize| text(product.categories.get(n));
    let one = match name {
        "sku" if product.sku.is_empty() => Value::Unknown,
        "sku" => some(&product.sku),
        "product" => text(product.product.as_ref()),
        "brand" => text(product.brand.as_ref()),
        "variant" => text(product.variant.as_ref()),
        "category" if product.categories.is_empty() => Value::Unknown,
        "category" => {
            let mut each: Vec<Value> = product.categories.iter().map(|c| some(c)).collect();
            each.sort();
            each.dedup();
            return each;
        }
        "category_1" => level(0),
        "category_2" => level(1),
        "category_3" => level(2),
        "category_4" => level(3),
        _ => level(4),
    };
    vec![one]
}

fn priced(price: Option<UnitPrice>, quantity: commerce::Quantity, name: &str) -> Value {
    if name == "price" { or_unknown(price.map(|p| p.0)) } else { number(quantity.0) }
}

fn of_action(a: &ProductActionRow, name: &str, property: &str) -> Vec<Value> {
    vec![match name {
        "item_list" => text(a.item_list.as_ref()),
        "promotion" => text(a.promotion.as_ref()),
        "item_property" => json(a.properties.as_ref(), &[property]),
        "price" | "quantity" => priced(a.price, a.quantity, name),
        _ => return of_product(&a.product, name),
    }]
}

fn of_line(l: &OrderLineRow, name: &str, property: &str) -> Vec<Value> {
    vec![match name {
        "item_list" => text(l.item_list.as_ref()),
        "item_property" => json(l.properties.as_ref(), &[property]),
        "price" | "quantity" => priced(Some(l.price), l.quantity, name),
        _ => return of_product(&l.product, name),
    }]
}

fn of_cart_line(l: &CartLineRow, name: &str) -> Vec<Value> {
    if PRICED.contains(&name) { vec![priced(l.price, l.quantity, name)] } else { of_product(&l.product, name) }
}

fn of_order(world: &World, o: &OrderRow, name: &str, property: &str) -> Value {
    let first = || first_order(world, o);
    match name {
        "landing_page" => text(o.landing_page.as_ref()),
        "order_status" => some(match o.status {
            OrderStatus::Pending => "pending",
            OrderStatus::Confirmed => "confirmed",
            OrderStatus::Cancelled => "cancelled",
            OrderStatus::Failed => "failed",
        }),
        "order_source" => some(match o.origin {
            Origin::Pixel => "pixel",
            Origin::Browser => "browser",
            Origin::App => "app",
            Origin::Server => "server",
            Origin::Platform => "platform",
            Origin::Import => "import",
        }),
        "trust" => trust(o.trust),
        "currency" => some(o.currency.code()),
        "payment_method" => text(o.payment_method.as_ref()),
        "shipping_method" => text(o.shipping_method.as_ref()),
        "sales_channel" => text(o.sales_channel.as_ref()),
        "customer_type" if !o.counts => Value::Unknown,
        "customer_type" => some(if is_first(world, o) { "new" } else { "returning" }),
        "first_order_month" => first().map_or(Value::Unknown, |first| {
            let day = world.settings.timezone.day_of(first.placed_at);
            Value::Text(format!("{:04}-{:02}", day.year(), day.month()))
        }),
        "first_channel" => first().map_or(Value::Unknown, |first| some(&first.source.channel)),
        "first_product" => first().map_or(Value::Unknown, |first| {
            match world.lines_of(first.order).find(|l| l.line == 0).map(|l| &l.product) {
                None => some("(no lines)"),
                Some(product) if product.product.is_some() => text(product.product.as_ref()),
                Some(product) => of_product(product, "sku").remove(0),
            }
        }),
        "trait" => of_trait(world, o.visitor, property),
        "order_id" => some(&o.order_id),
        "order_total" => or_unknown(o.reporting.map(|r| r.order_total.0)),
        "order_net_sales" => or_unknown(o.reporting.map(|r| r.gross_sales.0 - r.discounts.0)),
        "order_discounts" => or_unknown(o.reporting.map(|r| r.discounts.0)),
        "order_refunded" => number(o.refunded.0),
        "order_units" => number(o.units),
        "order_lines" => number(o.lines),
        _ => of_source(world, &o.source, name),
    }
}

/// Returns the first order of all times of the order's customer, by the time it was placed and then by its id; of an
/// order that names no customer, itself. `None` if neither counts.
fn first_order<'w>(world: &'w World, o: &OrderRow) -> Option<&'w OrderRow> {
    let mut theirs: Vec<&OrderRow> =
        world.sold().filter(|x| o.customer.is_some() && x.customer == o.customer).collect();
    theirs.sort_by_key(|x| (x.placed_at, x.order_id.clone()));
    theirs.first().copied().or_else(|| world.sold().find(|x| x.order == o.order))
}

/// Says whether the order, which counts, is its customer's first of all times.
pub(super) fn is_first(world: &World, o: &OrderRow) -> bool {
    first_order(world, o).is_some_and(|first| first.order == o.order)
}

fn of_cart(world: &World, c: &CartRow, name: &str, property: &str) -> Value {
    match name {
        "currency" => some(c.currency.code()),
        "coupon" => text(c.coupon.as_ref().filter(|coupon| !coupon.is_empty())),
        "checkout_step" => text(c.checkout_step.as_ref()),
        "trait" => of_trait(world, c.visitor, property),
        "cart_value" => or_unknown(c.reporting_value.map(|v| v.0)),
        "cart_units" => number(c.units),
        _ => of_source(world, &c.source, name),
    }
}

fn of_ad(world: &World, ad: &AdCostRow, name: &str) -> Value {
    match name {
        "channel" => some(&ad.channel),
        "source" => some(&ad.source),
        "medium" => some(&ad.medium),
        _ => campaign(world, ad.campaign.as_ref()),
    }
}

/// Returns the value of the dimension of time `name` at an instant of the site.
pub(super) fn of_time(world: &World, at: Timestamp, name: &str) -> Value {
    let zone = &world.settings.timezone;
    let (day, local) = (zone.day_of(at), zone.local(at));
    let from = |day: Date, label: String| Value::Time(zone.start_of(day).0, label);
    match name {
        "hour" => {
            let start = at.0
                - i64::from(local.minute()) * 60_000_000
                - i64::from(local.second()) * 1_000_000
                - i64::from(local.subsec_nanosecond()) / 1000;
            let utc = local.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_microsecond();
            let ahead_min = (utc - at.0) / 60_000_000;
            let sign = if ahead_min < 0 { '-' } else { '+' };
            let (hours, minutes) = (ahead_min.abs() / 60, ahead_min.abs() % 60);
            Value::Time(start, format!("{day}T{:02}:00{sign}{hours:02}:{minutes:02}", local.hour()))
        }
        "day" => from(day, day.to_string()),
        "week" => {
            let first = if world.settings.week_starts_sunday { Weekday::Sunday } else { Weekday::Monday };
            let mut start = day;
            while start.weekday() != first {
                start = start.saturating_sub(1.day());
            }
            from(start, start.to_string())
        }
        "month" => from(day.first_of_month(), format!("{:04}-{:02}", day.year(), day.month())),
        "quarter" => {
            let quarter = (day.month() - 1) / 3;
            let first = Date::new(day.year(), quarter * 3 + 1, 1).unwrap();
            from(first, format!("{:04}-Q{}", day.year(), quarter + 1))
        }
        "year" => from(day.first_of_year(), format!("{:04}", day.year())),
        "weekday" => Value::Number(i128::from(day.weekday().to_monday_one_offset())),
        _ => Value::Number(i128::from(local.hour())),
    }
}

/// Returns every value that the dimension of time has in the period, in order: a day without a visit is a day.
pub(super) fn all_of_time(world: &World, period: &Range<Timestamp>, name: &str) -> Vec<Value> {
    match name {
        "weekday" => return (1..=7).map(Value::Number).collect(),
        "hour_of_day" => return (0..24).map(Value::Number).collect(),
        _ => {}
    }
    let mut out: Vec<Value> = Vec::new();
    // No day is shorter than six hours, and no hour begins off the half.
    let step_s = if name == "hour" { 1800 } else { 6 * 3600 };
    let mut at = period.start;
    while at < period.end {
        let value = of_time(world, at, name);
        if out.last() != Some(&value) {
            out.push(value);
        }
        at = at.plus_seconds(step_s);
    }
    out
}
