//! Queries as they are typed, and what is said about those that cannot be read.

use super::*;

const PERIOD: [(&str, &str); 2] = [("from", "2026-01-01"), ("to", "2026-01-31")];

fn parse(parameters: &[(&'static str, &'static str)]) -> Result<Query, QueryError> {
    Query::parse(PERIOD.into_iter().chain(parameters.iter().copied()))
}

#[test]
fn a_query_reads_as_it_is_typed() {
    let query = parse(&[
        ("metrics", "visits, orders,visits"),
        ("dimensions", "channel,day"),
        ("granularity", "day"),
        ("filter", "country==DE"),
        ("compare", "previous_period"),
        ("order", "-orders:previous,channel"),
        ("limit", "50"),
        ("offset", "100"),
        ("format", "csv"),
        ("as_of", "2026-02-01T00:00:00Z"),
        ("refund_view", "order_date"),
    ])
    .unwrap();
    let names: Vec<&str> = query.metrics.iter().map(|m| m.name).collect();
    let dimensions: Vec<String> = query.dimensions.iter().map(Asked::name).collect();
    assert_eq!((names, dimensions), (vec!["visits", "orders"], vec!["day".to_owned(), "channel".to_owned()]));
    assert_eq!(query.order, [(Key::Previous(1), true), (Key::Dimension(1), false)]);
    assert_eq!((query.limit, query.offset, query.filter.parts.len()), (Some(50), 100, 1));
    assert_eq!(query.compared().unwrap().from.to_string(), "2025-12-01");
    assert_eq!(
        (query.refund_view, parse(&[("metrics", "orders")]).unwrap().refund_view),
        (Some(RefundView::OrderDate), None)
    );
}

#[test]
fn what_cannot_be_read_is_named_with_a_remedy() {
    let check = |parameters: &[(&'static str, &'static str)], code: &str, message: &str, hint: &str| {
        let error = parse(parameters).unwrap_err();
        assert_eq!((error.code, error.message.as_str(), error.hint.as_str()), (code, message, hint));
    };
    check(&[], "query.no_metrics", "no metric is asked for", "name some, such as `metrics=visits,orders`");
    check(&[("metrics", "oders")], "query.unknown_metric", "there is no metric `oders`", "did you mean `orders`?");
    check(
        &[("metrics", "returns"), ("refund_view", "paid")],
        "query.unknown_refund_view",
        "there is no view of refunds `paid`",
        "it is refund_date or order_date",
    );
    check(
        &[("metrics", "orders"), ("dimensions", "chanel")],
        "query.unknown_dimension",
        "there is no dimension `chanel`",
        "did you mean `channel`?",
    );
    check(
        &[("metrics", "orders"), ("dimensions", "property:")],
        "query.unknown_dimension",
        "there is no dimension `property:`",
        "properties are asked for as `property:NAME`, `item_property:NAME` or `trait:NAME`, without quotation marks and backslashes",
    );
    check(
        &[("metrics", "orders"), ("metric", "orders")],
        "query.unknown_parameter",
        "there is no parameter `metric`",
        "did you mean `metrics`?",
    );
    check(
        &[("metrics", "orders"), ("metrics", "visits")],
        "query.repeated_parameter",
        "`metrics` is given twice",
        "separate several values by commas",
    );
    check(
        &[("metrics", "orders"), ("granularity", "channel")],
        "query.unknown_granularity",
        "there is no granularity `channel`",
        "it is one of hour, day, week, month, quarter, year",
    );
    check(
        &[("metrics", "orders"), ("compare", "last_year")],
        "query.unknown_comparison",
        "there is no comparison `last_year`",
        "it is previous_period or previous_year",
    );
    check(
        &[("metrics", "orders"), ("order", "-visits")],
        "query.unknown_order",
        "`visits` is not in the report",
        "rows are sorted by a metric or dimension of the query, falling with `-` before it",
    );
    check(
        &[("metrics", "orders"), ("limit", "-1")],
        "query.bad_number",
        "`limit` is no whole number from 0 to 100000: `-1`",
        "leave it out for all rows",
    );
    check(
        &[("metrics", "orders"), ("as_of", "noon")],
        "query.bad_time",
        "`as_of` is no time: `noon`",
        "give RFC 3339, such as 2026-01-31T12:00:00Z",
    );
}

#[test]
fn a_period_is_two_dates_in_order() {
    let code = |from: &'static str, to: &'static str| {
        Query::parse([("metrics", "visits"), ("from", from), ("to", to)]).unwrap_err().code
    };
    assert_eq!(code("", "2026-01-01"), "query.no_period");
    assert_eq!(code("2026-01-32", "2026-02-01"), "query.bad_date");
    assert_eq!(code("today", "2026-02-01"), "query.bad_date");
    assert_eq!(code("2026-01-01T00:00:00", "2026-02-01"), "query.bad_date");
    assert_eq!(code("2026-02-02", "2026-02-01"), "query.bad_period");
    assert_eq!(code("0001-01-01", "2026-02-01"), "query.bad_period");
}
