//! Statements as they are sent. Snapshots are meant to be read: one page each.

use super::*;
use crate::dimensions::Values;
use crate::filter::tests::nodes;
use crate::filter::{Definition, Filter, Node, Of, Part, Verb};
use commerce::{Currency, Zone};
use proptest::prelude::*;
use std::fmt::Write as _;

fn settings() -> SiteSettings {
    SiteSettings::new("shop.example", Currency::parse("EUR").unwrap(), Zone::parse("Europe/Berlin").unwrap())
}

fn written(settings: &SiteSettings, parameters: &[(&'static str, &'static str)]) -> String {
    let period = [("from", "2026-03-01"), ("to", "2026-03-31")];
    let query = Query::parse(period.into_iter().chain(parameters.iter().copied())).unwrap();
    let as_of = Timestamp::parse("2026-04-01T00:00:00Z").unwrap();
    let statement = statement(SiteId(1), settings, &query, as_of, &[], None).unwrap();
    let mut out = statement.sql;
    out.push_str("\n\n");
    for (i, value) in statement.params.iter().enumerate() {
        let text = match value {
            Value::Time(at) => at.to_string(),
            Value::Text(text) => format!("{text:?}"),
            other => other.as_i128().map_or_else(|| format!("{other:?}"), |n| n.to_string()),
        };
        writeln!(out, "${} = {text}", i + 1).unwrap();
    }
    out
}

macro_rules! snapshot {
    ($name:ident, $($parameter:literal = $value:literal),*) => {
        #[test]
        fn $name() {
            insta::assert_snapshot!(stringify!($name), written(&settings(), &[$(($parameter, $value)),*]));
        }
    };
}

snapshot!(totals_of_two_facts, "metrics" = "visits,orders,conversion_rate,average_order_value");
snapshot!(
    visits_and_orders_by_channel,
    "metrics" = "visits,orders,order_total",
    "dimensions" = "channel",
    "order" = "-orders",
    "limit" = "10"
);
snapshot!(orders_by_day_across_the_change_of_clocks, "metrics" = "orders", "granularity" = "day");
snapshot!(
    products_with_sales_and_views,
    "metrics" = "product_views,orders,gross_sales,view_to_cart_rate",
    "dimensions" = "sku"
);
snapshot!(orders_by_page_and_device, "metrics" = "orders", "dimensions" = "page,device");
snapshot!(any_category_of_lines, "metrics" = "gross_sales,orders", "dimensions" = "category");
snapshot!(goals_of_all_visits, "metrics" = "goal_conversions,goal_conversion_rate", "dimensions" = "goal");
snapshot!(carts_left_and_recovered, "metrics" = "carts_abandoned,carts_recovered_value");
snapshot!(
    compared_with_the_previous_period,
    "metrics" = "visits",
    "dimensions" = "country",
    "compare" = "previous_period"
);
snapshot!(
    filters_are_bound,
    "metrics" = "orders,visits",
    "filter" = "channel==Email,channel=@Social;page!=/cart;category=='\\; drop table orders",
    "dimensions" = "property:plan"
);
snapshot!(
    a_filter_on_what_rows_are_split_by_narrows_the_rows,
    "metrics" = "orders",
    "dimensions" = "sku",
    "filter" = "brand==Acme"
);

snapshot!(
    net_sales_of_orders_less_refunds_by_product,
    "metrics" = "net_sales,refunds",
    "dimensions" = "sku",
    "refund_view" = "order_date"
);
snapshot!(margins_and_what_has_no_cost, "metrics" = "gross_profit,net_sales_without_cost");
snapshot!(customers_by_how_they_began, "metrics" = "new_customers,returns", "dimensions" = "first_channel");

#[test]
fn every_table_is_read_through_its_site() {
    let of_metrics = crate::metrics::METRICS.iter().map(|m| [("metrics", m.name), ("dimensions", "day")]);
    let of_customers = ["customer_type", "first_order_month", "first_channel", "first_product"];
    for parameters in of_metrics.chain(of_customers.map(|d| [("metrics", "orders,returns"), ("dimensions", d)])) {
        let text = written(&settings(), &parameters);
        let reads = text.matches("_now ").count();
        assert_eq!(text.matches("_now where site = $1").count(), reads, "{text}");
        assert!(reads > 0);
    }
}

/// The tree with a text in place of every value and name that would do harm unbound.
fn poisoned(node: &mut Node) {
    const POISON: &str = "zq'zq\"; --";
    match node {
        Node::All(nodes) | Node::Any(nodes) => nodes.iter_mut().for_each(poisoned),
        Node::Not(node) => poisoned(node),
        Node::Compare(condition) if condition.dimension.dimension().values == Values::Text => {
            condition.value = POISON.to_owned();
        }
        Node::Did(did) => {
            if let Verb::Event(name) = &mut did.verb {
                POISON.clone_into(name);
            }
            did.matching.iter_mut().for_each(|node| poisoned(node));
        }
        Node::Compare(_) | Node::Defined { .. } => {}
    }
}

proptest! {
    #[test]
    fn no_value_of_a_segment_is_written_into_a_statement_and_none_reads_another_site(
        mut tree in nodes(),
        of in prop::sample::select(vec![Of::Rows, Of::Visits, Of::Visitors, Of::Customers, Of::Orders]),
        defined in any::<bool>(),
    ) {
        poisoned(&mut tree);
        let mut filter = Filter { parts: vec![Part { of, tree }] };
        if defined {
            let rule = Definition::parse("zq'zq\"; --", "event = click and property:zqzq = \"zq'\"").unwrap();
            filter = filter.with_definitions(&[rule]);
        }
        for metrics in ["visits,events", "orders,returns", "carts"] {
            let base = Query::parse([("metrics", metrics), ("from", "2026-03-01"), ("to", "2026-03-31")]).unwrap();
            let query = Query { filter: filter.clone(), ..base };
            // What no fact knows together is refused.
            if crate::plan::check(&query).is_err() {
                continue;
            }
            let sql = statement(SiteId(1), &settings(), &query, Timestamp(0), &[], None).unwrap().sql;
            prop_assert!(!sql.contains("zq"), "{sql}");
            prop_assert_eq!(sql.matches("_now where site = $1").count(), sql.matches("_now ").count(), "{}", sql);
        }
    }
}

#[test]
fn a_site_without_ecommerce_reads_no_orders() {
    let mut settings = settings();
    settings.ecommerce = false;
    let text = written(&settings, &[("metrics", "orders,conversion_rate,carts,visits")]);
    assert_eq!(text.matches("orders_now where site = $1 and counts and false").count(), 1, "{text}");
    assert!(text.contains("visits_now where site = $1 and false"), "{text}");
    assert!(text.contains("carts_now where site = $1 and state <> 'unlinked' and false"), "{text}");
    assert!(text.contains("visits_now where site = $1 and bot is null)"), "{text}");
}

#[test]
fn unverified_orders_are_left_out_where_the_site_says_so() {
    let mut settings = settings();
    settings.count_unverified_orders = false;
    let text = written(&settings, &[("metrics", "orders_pending")]);
    assert!(text.contains("not test and trust = 1"), "{text}");
}

#[test]
fn too_many_buckets_are_refused() {
    let query =
        Query::parse([("metrics", "visits"), ("granularity", "hour"), ("from", "2016-01-01"), ("to", "2026-01-01")])
            .unwrap();
    let error = statement(SiteId(1), &settings(), &query, Timestamp(0), &[], None).unwrap_err();
    assert_eq!(error.code, "query.too_many_buckets");
}
