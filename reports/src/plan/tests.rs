//! What can be combined, what adds up, and that the catalogue holds together.

use super::*;
use crate::measures::MEASURES;
use crate::metrics::metric;
use std::collections::HashSet;

fn asked(name: &str) -> Vec<Asked> {
    name.split(',').filter(|n| !n.is_empty()).map(|n| Asked::parse(n).unwrap()).collect()
}

/// Every dimension, one property standing for all.
pub(crate) fn all_dimensions() -> Vec<Asked> {
    DIMENSIONS
        .iter()
        .map(|d| {
            let name = if d.takes_name() { format!("{}:plan", d.name) } else { d.name.to_owned() };
            Asked::parse(&name).unwrap()
        })
        .collect()
}

#[test]
fn names_are_unique_and_entries_complete() {
    let mut seen = HashSet::new();
    for (name, label, definition) in METRICS
        .iter()
        .map(|m| (m.name, m.label, m.definition))
        .chain(DIMENSIONS.iter().map(|d| (d.name, d.label, d.definition)))
    {
        assert!(seen.insert(name), "{name} is declared twice");
        assert!(!label.is_empty() && definition.ends_with('.'), "{name} lacks a label or a sentence");
    }
    let used: HashSet<&str> = METRICS.iter().flat_map(Metric::measures).map(|m| m.name).collect();
    for measure in MEASURES {
        assert!(used.contains(measure.name), "no metric uses the measure {}", measure.name);
    }
}

#[test]
fn every_metric_and_dimension_combine_or_say_what_does() {
    for metric in METRICS {
        for dimension in all_dimensions() {
            let name = dimension.name();
            match Plan::new(&[metric], std::slice::from_ref(&dimension), &Filter::default()) {
                Ok(plan) => assert!(!plan.arms.is_empty()),
                Err(error) => {
                    assert_eq!(error.code, "query.not_combinable");
                    assert_eq!(error.message, format!("`{}` cannot be split by `{name}`", metric.name));
                    assert!(error.hint.contains("works with") && error.hint.contains("day"), "{}", error.hint);
                }
            }
        }
    }
}

#[test]
fn combinations_that_people_ask_for_work() {
    let check = |metrics: &str, dimensions: &str| {
        let metrics: Vec<&'static Metric> = metrics.split(',').map(|m| metric(m).unwrap()).collect();
        Plan::new(&metrics, &asked(dimensions), &Filter::default()).map_err(|e| format!("{dimensions}: {e}")).unwrap();
    };
    let overview = "visits,visitors,page_views,orders,order_total,net_sales,average_order_value,conversion_rate,carts_abandoned,carts_abandoned_value";
    for dimension in [
        "",
        "hour",
        "day",
        "channel",
        "campaign",
        "referrer_host",
        "landing_page",
        "country",
        "device",
        "browser",
        "new_or_returning",
        "weekday",
        "channel,day",
    ] {
        check(overview, dimension);
    }
    for dimension in
        ["sku", "product", "brand", "variant", "category", "category_2", "sku,product", "sku,channel", "sku,day"]
    {
        check(
            "product_views,adds_to_cart,orders,units,gross_sales,net_sales,view_to_cart_rate,buy_to_detail_rate,visits,carts_abandoned,carts_abandoned_value",
            dimension,
        );
    }
    check("orders,order_total,units", "payment_method,shipping_method,order_source,trust,currency,coupon");
    check("orders,visits,conversion_rate,page_views,order_total", "page");
    check("goal_conversions,goal_value,goal_conversion_rate,visits", "goal");
    check("searches,searches_without_result", "search_term");
    check("orders_pending,orders_cancelled", "order_status");
    check("list_views,list_clicks,list_click_rate", "item_list,promotion");
    check("carts,carts_abandoned", "checkout_step");
    check("events", "event,property:plan");
}

#[test]
fn refunds_reach_whatever_their_orders_reach() {
    let works = |name: &str, dimension: &Asked| {
        Plan::new(&[metric(name).unwrap()], std::slice::from_ref(dimension), &Filter::default()).is_ok()
    };
    for dimension in all_dimensions() {
        let name = dimension.name();
        let sums = ["returns", "refunds", "net_sales", "total_sales", "lifetime_value", "gross_profit", "refund_rate"];
        for metric in sums {
            assert_eq!(works(metric, &dimension), works("orders", &dimension), "{metric} by {name}");
        }
    }
}

#[test]
fn combinations_without_sense_are_refused() {
    let check = |name: &str, dimension: &str| {
        let error = Plan::new(&[metric(name).unwrap()], &asked(dimension), &Filter::default()).unwrap_err();
        assert_eq!(error.code, "query.not_combinable", "{name} by {dimension}");
    };
    check("visits", "payment_method");
    check("bounce_rate", "coupon");
    check("conversion_rate", "order_status");
    check("goal_conversions", "sku");
    check("events", "sku");
    check("product_views", "order_status");
    let error = Plan::new(&[metric("visits").unwrap()], &[], &Filter::parse("currency==EUR").unwrap()).unwrap_err();
    assert_eq!(error.message, "`visits` cannot be filtered by `currency`");
}

#[test]
fn a_column_says_whether_its_rows_add_up() {
    let check = |name: &str, dimensions: &str, expected: bool| {
        assert_eq!(
            is_additive(metric(name).unwrap(), &asked(dimensions), &Filter::default()),
            expected,
            "{name} by {dimensions}"
        );
    };
    check("visits", "channel,day", true);
    check("visits", "page", false);
    check("visits", "sku", false);
    check("visitors", "day", false);
    check("visitors", "", false);
    check("orders", "channel", true);
    check("orders", "sku", false);
    check("orders", "page", false);
    check("orders", "coupon", false);
    check("coupon_uses", "coupon", true);
    check("gross_sales", "sku,channel,country", true);
    check("gross_sales", "category", false);
    check("gross_sales", "category_1", true);
    check("order_total", "sku", false);
    check("units", "brand", true);
    check("carts_abandoned_value", "channel", true);
    check("carts_abandoned_value", "sku", false);
    check("product_views", "channel", true);
    check("product_views", "sku", false);
    check("list_views", "sku", true);
    check("goal_conversions", "goal", true);
    check("conversion_rate", "channel", false);
    check("net_sales", "sku,channel", true);
    check("net_sales", "category", false);
    check("net_sales", "item_list,item_property:size", true);
    check("returns", "customer_type,first_order_month,country", true);
    check("refunds", "sku", false);
    check("total_sales", "sku", false);
    check("total_sales", "payment_method", true);
    check("gross_profit", "sku", true);
    check("margin_rate", "channel", false);
    check("new_customers", "day", true);
    check("customers", "day", false);
    check("returning_customers", "day", false);
}

#[test]
fn products_are_counted_from_lines_only_where_products_are_asked_for() {
    let fact = |name: &str, dimensions: &str, filter: &str| {
        Plan::new(&[metric(name).unwrap()], &asked(dimensions), &Filter::parse(filter).unwrap()).unwrap().arms[0].fact
    };
    assert_eq!(fact("gross_sales", "", ""), Fact::Orders);
    assert_eq!(fact("gross_sales", "channel,payment_method", ""), Fact::Orders);
    assert_eq!(fact("gross_sales", "sku", ""), Fact::Lines);
    assert_eq!(fact("gross_sales", "", "sku==A"), Fact::Lines);
    assert_eq!(fact("orders", "sku", ""), Fact::Orders);
    assert_eq!(fact("returns", "channel", ""), Fact::Refunds);
    assert_eq!(fact("returns", "", "sku==A"), Fact::RefundLines);
    assert_eq!(fact("refunds", "sku", ""), Fact::Refunds);
    assert_eq!(fact("goal_conversion_rate", "channel", ""), Fact::GoalVisits);
}

#[test]
fn a_flag_is_the_one_that_orders_carry() {
    let flag = commerce::rows::order_flags::OVER_REFUNDED;
    let sql = crate::measures::ORDERS_OVER_REFUNDED.sources[0].sql;
    assert!(sql.contains(&format!("o.flags & {flag} <> 0")), "{sql}");
}
