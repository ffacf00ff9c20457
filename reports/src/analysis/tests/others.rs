//! The smaller analyses over the small shop.

use super::{Shop, open, refusal};
use crate::run::tests::customers::customers;
use crate::run::tests::shop::{at, event, rows, visit};
use commerce::VisitorKey;
use commerce::rows::{EventRow, OrderRow, Rows};

const QUARTER: [(&str, &str); 2] = [("from", "2026-01-01"), ("to", "2026-03-31")];

fn extra(table: &crate::Table, name: &str) -> serde_json::Value {
    table.meta.extras.iter().find(|(n, _)| *n == name).map(|(_, v)| v.clone()).unwrap_or_default()
}

#[test]
fn a_figure_is_explained_by_the_orders_behind_it() {
    let shop = open(&rows());
    shop.check(
        "explain",
        &[("metric", "net_sales"), ("filter", "channel==Email,channel==Organic Search")],
        "kind  id  at                    measure:net_ordered EUR  measure:returns EUR  contribution EUR
         order 3   2026-03-29T09:20:00Z                     7.00                 0.00              7.00
         order 2   2026-03-29T09:10:00Z                    19.00                 0.00             19.00
         order 1   2026-03-28T22:40:00Z                    23.00                 0.00             23.00
         total                                             49.00                 0.00             49.00",
    );
    let table = shop.ask("explain", &[("metric", "conversion_rate")]);
    assert_eq!(extra(&table, "metric")["formula"], "visits_with_order / visits");
    assert_eq!(table.rows.len(), 3);
    assert_eq!(table.totals.iter().map(crate::Cell::text).collect::<Vec<_>>(), ["", "", "", "2", "3", "0.6667"]);
    let paged = shop.ask("explain", &[("metric", "orders"), ("limit", "1"), ("offset", "1")]);
    assert_eq!((paged.rows.len(), paged.meta.rows_total), (1, 4));
    assert_eq!(refusal("explain", &[("metric", "oders")]).1, "did you mean `orders`?");
}

/// Whatever is a sum is the sum of what is listed behind it.
#[test]
fn what_is_behind_a_sum_adds_up_to_it() {
    let shop = open(&rows());
    for metric in crate::METRICS {
        let table = shop.ask("explain", &[("metric", metric.name)]);
        if extra(&table, "adds_up") == true {
            let last = table.columns.len() - 1;
            let sum: i128 = table.rows.iter().map(|row| super::super::shares::number(&row[last])).sum();
            assert_eq!(sum, super::super::shares::number(&table.totals[last]), "{}", metric.name);
        }
    }
}

#[test]
fn what_is_ordered_together_is_paired() {
    let shop = open(&rows());
    // Four orders; order 1 holds A1 and B1, order 2 A1 twice.
    shop.check(
        "affinity",
        &[("by", "sku"), ("min_orders", "1")],
        "item  with  orders  item_orders  with_orders  support  confidence  confidence_back  lift
         A1    B1         1            2            1   25.00%      50.00%          100.00%  2.0000
         total            -            -            -        -           -                -       -",
    );
    assert_eq!(shop.ask("affinity", &[("by", "category"), ("min_orders", "1")]).rows[0][1].text(), "Shoes");
    assert_eq!(shop.ask("affinity", &[]).rows.len(), 0);
}

#[test]
fn ways_to_orders_are_told() {
    let mut rows = rows();
    for order in &mut rows.orders {
        order.visitor = order.visit.map(|v| VisitorKey(if v.0 == 1 { 1 } else { 2 }));
    }
    let shop = open(&rows);
    let lines = |by: &'static str| -> Vec<String> {
        let table = shop.ask("paths", &[("by", by)]);
        table.rows.iter().map(|row| format!("{} {} {}", row[0].text(), row[1].text(), row[3].text())).collect()
    };
    assert_eq!(lines("channel"), ["Organic Search 3 26.00", "Email 1 23.00"]);
    assert_eq!(lines("page"), ["/ > /sale 2 26.00", "/ > /shoes 1 23.00"]);
}

#[test]
fn intervals_are_counted_in_ranges() {
    let shop = open(&customers());
    let table = shop.ask("purchase-intervals", &QUARTER);
    let filled: Vec<String> = table
        .rows
        .iter()
        .filter(|row| row[3].text() != "0")
        .map(|row| format!("{} {} {}", row[0].text(), row[1].text(), row[3].text()))
        .collect();
    // a: 0 and 64 days, c: 14.
    assert_eq!(filled, ["days_between_orders 0 1", "days_between_orders 8-14 1", "days_between_orders 61-120 1"]);
    assert_eq!(extra(&table, "medians")["days_between_orders"], 14);
    let shop = open(&{
        let mut rows = rows();
        for order in rows.orders.iter_mut().filter(|o| o.visit.is_some()) {
            order.visitor = Some(VisitorKey(order.visit.map_or(0, |v| v.0)));
        }
        rows
    });
    let table = shop.ask("purchase-intervals", &[]);
    assert_eq!(
        table.rows[0].iter().map(crate::Cell::text).collect::<Vec<_>>(),
        ["visits_to_purchase", "1", "1", "2", "1.0000"]
    );
}

/// A hundred visits on each of two days, of which 20 and 40 end in an order.
fn two_days() -> Shop {
    let mut rows = Rows { position: 1, as_of: Some(at("2026-03-10T00:00:00Z")), ..Rows::default() };
    for (day, ordered) in [(1, 20), (2, 40)] {
        for n in 0..100 {
            let (key, moment) = (day * 1_000 + n, format!("2026-03-0{day}T10:00:00Z"));
            let device = if n % 2 == 0 { "mobile" } else { "desktop" };
            rows.visits.push(commerce::rows::VisitRow {
                device: Some(device.to_owned()),
                ..visit(key, key, &moment, "Email")
            });
            if n < ordered {
                rows.orders.push(crate::run::tests::shop::order(key, key, &moment, "Email", ["1", "0", "0", "0", "1"]));
            }
        }
    }
    open(&rows)
}

#[test]
fn rates_are_told_apart_where_chance_would_not() {
    let shop = two_days();
    let day = [("from", "2026-03-02"), ("to", "2026-03-02")];
    shop.check(
        "significance",
        &day,
        "side   from        to          counted  of   rate    difference  uplift   z       confidence
         a      2026-03-02  2026-03-02  40       100  40.00%  20.00%      100.00%  3.0861  99.00%
         b      2026-03-01  2026-03-01  20       100  20.00%  -           -        -       -
         total                          -        -    -       -           -        -       -",
    );
    let same = shop
        .ask("significance", &[&[("filter", "device==mobile"), ("filter_b", "device==desktop")], &day[..]].concat());
    assert_eq!((extra(&same, "verdict"), same.rows[0][8].text()), ("not_significant".into(), "0.0000".to_owned()));
    assert!(refusal("significance", &[("metric", "conversion_rat")]).1.starts_with("did you mean `conversion_rate`"));
}

#[test]
fn odd_days_are_marked() {
    let mut rows = Rows { position: 1, as_of: Some(at("2026-03-10T00:00:00Z")), ..Rows::default() };
    let first = jiff::civil::date(2026, 1, 1);
    for n in 0..67 {
        let day = first.checked_add(jiff::Span::new().days(n)).unwrap();
        let count = if day == jiff::civil::date(2026, 3, 4) { 60 } else { 10 + n % 3 };
        for k in 0..count {
            let key = (n * 1_000 + k) as u64;
            rows.visits.push(visit(key, key, &format!("{day}T12:00:00Z"), "Email"));
        }
    }
    let shop = open(&rows);
    let table = shop.ask("anomalies", &[("metric", "visits"), ("from", "2026-02-20"), ("to", "2026-03-10")]);
    let marked: Vec<String> = table
        .rows
        .iter()
        .filter(|row| row[4] != crate::Cell::Null)
        .map(|row| format!("{} {} {}", row[0].text(), row[1].text(), row[4].text()))
        .collect();
    assert_eq!(marked, ["2026-03-04 60 high", "2026-03-09 0 low"]);
    assert_eq!(table.rows.last().map(|row| row[3].clone()), Some(crate::Cell::Null), "today is not over");
}

#[test]
fn coupons_shipping_and_profit_are_reports_with_more() {
    let mut rows = rows();
    rows.product_costs = vec![crate::run::tests::shop::cost("A1", "1970-01-01T00:00:00Z", "4")];
    rows.orders[0] = OrderRow { shipping_method: Some("DHL".to_owned()), ..rows.orders[0].clone() };
    let shop = open(&rows);
    let row = |name: &str, parameters: &[(&str, &str)], first: &str| -> Vec<String> {
        let table = shop.ask(name, parameters);
        let row = table.rows.iter().find(|row| row[0].text() == first).unwrap_or_else(|| panic!("{}", table.to_text()));
        row.iter().map(crate::Cell::text).collect()
    };
    assert_eq!(
        row("coupons", &[], "VIP"),
        ["VIP", "1", "23.00", "2.50", "25.50", "23.00", "1", "1", "0.2500", "0.4694"]
    );
    assert_eq!(
        row("shipping-methods", &[], "DHL"),
        ["DHL", "1", "23.00", "2.50", "3.00", "23.00", "1", "0.2500", "0.4694"]
    );
    assert_eq!(row("payment-methods", &[], "card")[1], "3");
    // A1: net 18 + 19, cost 4 x 4.
    assert_eq!(
        row("profit", &[("by", "sku")], "A1"),
        ["A1", "37.00", "0.00", "16.00", "21.00", "0.00", "", "21.00", "0.5676"]
    );
    let fees = [("by", "channel"), ("payment_rate", "10"), ("payment_fixed", "0.25")];
    assert_eq!(row("profit", &fees, "Email")[5..8], ["3.25", "0.00", "6.75"]);
    assert_eq!(refusal("profit", &[("payment_rate", "much")]).0, "query.bad_number");
}

fn told(key: u64, visit: u64, second: u32, name: &str, properties: &str) -> EventRow {
    EventRow {
        properties: Some(properties.to_owned()),
        ..event(key, visit, &format!("2026-03-29T09:05:{second:02}Z"), name, "/sale")
    }
}

#[test]
fn clicks_scrolls_and_forms_are_counted() {
    let mut rows = rows();
    rows.events.extend([
        told(101, 3, 1, "click", r##"{"selector":"#buy","text":"Buy","x":42,"y":130}"##),
        told(102, 3, 2, "click", r##"{"selector":"#buy","text":"Buy","x":49,"y":199}"##),
        told(103, 3, 3, "click", r#"{"selector":"a.more","x":"no"}"#),
        told(104, 3, 4, "scroll", r#"{"percent_scrolled":50}"#),
        told(105, 3, 5, "form_start", r#"{"form":"mail"}"#),
        told(106, 3, 6, "form_field", r#"{"form":"mail","field":"name"}"#),
        told(107, 2, 7, "form_submit", r#"{"form":"mail"}"#),
    ]);
    let shop = open(&rows);
    shop.check(
        "clicks",
        &[("page", "/sale")],
        "selector  text  clicks  clicks_share  visits  visits_share
         #buy      Buy        2        66.67%       1       100.00%
         a.more    -          1        33.33%       1       100.00%
         total                3             -       -             -",
    );
    let places = shop.ask("clicks", &[("view", "positions")]);
    assert_eq!(places.rows, [[crate::Cell::Count(40), crate::Cell::Count(100), crate::Cell::Count(2)]]);
    let scrolled = shop.ask("clicks", &[("view", "scroll"), ("page", "/sale")]);
    let reached: Vec<String> = scrolled.rows.iter().map(|row| row[2].text()).collect();
    assert_eq!(reached[..6], ["1.0000", "1.0000", "1.0000", "1.0000", "1.0000", "0.0000"]);
    shop.check(
        "forms",
        &[],
        "form   starts  submits  completion_rate  dropped
         mail        2        1           50.00%        1
         total       2        1           50.00%        1",
    );
    shop.check(
        "forms",
        &[("form", "mail")],
        "field  filled  filled_rate  dropped  dropped_rate
         name        1       50.00%        1       100.00%
         total       -            -        1             -",
    );
}
