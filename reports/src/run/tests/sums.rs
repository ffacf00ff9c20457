//! Parts sum to the whole, for every metric by every dimension that says so, on shops made at random; and what one metric
//! says agrees with what the others say.

use super::random::{rows_of, story};
use super::shop::{SITE, settings};
use super::*;
use crate::dimensions::Asked;
use crate::facts::Fact;
use crate::filter::Filter;
use crate::measures::Measure;
use crate::query::{METRICS_MAX, RefundView};
use proptest::prelude::*;

/// The days in which the shops made at random sell; their refunds come up to three days later.
const PERIOD: [(&str, &str); 2] = [("from", "2026-03-28"), ("to", "2026-03-30")];

/// Says whether the date that refunds are booked on has a part in `measure`.
fn of_refunds(measure: &Measure) -> bool {
    measure.sources.iter().any(|s| matches!(s.fact, Fact::Refunds | Fact::RefundLines))
}

fn number(cell: &Cell) -> i128 {
    match cell {
        Cell::Count(n) | Cell::Quantity(n) | Cell::Money(n) | Cell::Seconds(n) => *n,
        other => panic!("no sum: {other:?}"),
    }
}

impl Shop {
    fn of_period(&self, view: RefundView, metrics: &[&'static str], dimensions: &[Asked]) -> Table {
        let metrics = metrics.join(",");
        let asked = PERIOD.into_iter().chain([("metrics", metrics.as_str()), ("refund_view", view.name())]);
        let query = Query { dimensions: dimensions.to_vec(), ..Query::parse(asked).unwrap() };
        run(&self.store, SITE, &settings(), &query).unwrap()
    }

    /// Returns how many metrics say that they add up by `dimensions`, having seen that they do.
    fn parts_sum(&self, view: RefundView, dimensions: &[Asked]) -> Result<usize, TestCaseError> {
        let names: Vec<String> = dimensions.iter().map(Asked::name).collect();
        let additive: Vec<&str> = crate::METRICS
            .iter()
            .filter(|m| is_additive(m, dimensions, &Filter::default()))
            .filter(|m| view == RefundView::RefundDate || m.measures().any(of_refunds))
            .map(|m| m.name)
            .collect();
        for metrics in additive.chunks(METRICS_MAX) {
            let table = self.of_period(view, metrics, dimensions);
            for (i, column) in table.columns.iter().enumerate().skip(dimensions.len()) {
                prop_assert!(column.additive);
                let sum: i128 = table.rows.iter().map(|row| number(&row[i])).sum();
                prop_assert_eq!(sum, number(&table.totals[i]), "{} by {:?}, {:?}", column.name, names, view);
            }
        }
        Ok(additive.len())
    }

    /// What must hold in the totals and in every row.
    fn agrees(&self, view: RefundView, dimensions: &[Asked]) -> Result<(), TestCaseError> {
        const METRICS: [&str; 18] = [
            "gross_sales",
            "discounts",
            "returns",
            "net_sales",
            "tax",
            "shipping",
            "fees",
            "total_sales",
            "order_total",
            "difference",
            "refund_amount",
            "customers",
            "new_customers",
            "returning_customers",
            "orders",
            "orders_verified",
            "orders_unverified",
            "orders_new_customers",
        ];
        let table = self.of_period(view, &METRICS, dimensions);
        for row in table.rows.iter().chain([&table.totals]) {
            let of = |name: &str| {
                let at = METRICS.iter().position(|m| *m == name).unwrap();
                number(&row[dimensions.len() + at])
            };
            prop_assert_eq!(of("net_sales"), of("gross_sales") - of("discounts") - of("returns"));
            prop_assert_eq!(of("total_sales"), of("net_sales") + of("tax") + of("shipping") + of("fees"));
            prop_assert_eq!(of("difference"), of("order_total") - of("total_sales") - of("refund_amount"));
            prop_assert_eq!(of("customers"), of("new_customers") + of("returning_customers"));
            prop_assert_eq!(of("orders"), of("orders_verified") + of("orders_unverified"));
            prop_assert_eq!(of("orders_new_customers"), of("new_customers"));
        }
        Ok(())
    }
}

/// Returns refunds, amount and goods given back, added up here by the rules: of orders that count and lie, or whose
/// refunds lie, in the period.
fn given_back(rows: &Rows, view: RefundView) -> [i128; 3] {
    let period = settings().timezone;
    let (from, to) = (period.start_of("2026-03-28".parse().unwrap()), period.start_of("2026-03-31".parse().unwrap()));
    let mut sums = [0; 3];
    for refund in &rows.refunds {
        let Some(order) = rows.orders.iter().find(|o| o.order == refund.order && o.counts) else { continue };
        let when = if view == RefundView::OrderDate { order.counted_at } else { refund.at };
        if (from..to).contains(&when) {
            let amounts = refund.reporting.unwrap_or_default();
            for (sum, part) in sums.iter_mut().zip([1, amounts.amount.0, amounts.goods.0]) {
                *sum += i128::from(part);
            }
        }
    }
    sums
}

const VIEWS: [RefundView; 2] = [RefundView::RefundDate, RefundView::OrderDate];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2, max_shrink_iters: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn parts_sum_to_the_whole_where_a_column_says_so(
        stories in prop::collection::vec(story(), 1..40),
        pairs in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 12),
    ) {
        let rows = rows_of(&stories);
        let shop = open(&rows);
        let all = crate::plan::tests::all_dimensions();
        let mut checked = 0;
        for view in VIEWS {
            for asked in &all {
                checked += shop.parts_sum(view, std::slice::from_ref(asked))?;
            }
            for (one, other) in &pairs {
                let pair = [one.get(&all).clone(), other.get(&all).clone()];
                if pair[0] != pair[1] {
                    checked += shop.parts_sum(view, &pair)?;
                }
            }
            let totals = shop.of_period(view, &["refunds", "refund_amount", "returns"], &[]).totals;
            prop_assert_eq!(totals.iter().map(number).collect::<Vec<_>>(), given_back(&rows, view));
            for dimensions in ["", "channel", "day", "customer_type", "order_source,currency", "first_order_month,country"] {
                let asked: Vec<Asked> = dimensions.split(',').filter_map(Asked::parse).collect();
                shop.agrees(view, &asked)?;
            }
        }
        prop_assert!(checked > 1_500, "{checked}");
    }
}
