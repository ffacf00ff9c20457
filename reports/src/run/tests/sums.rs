//! Parts sum to the whole, for every pair of metric and dimension that says so, on shops made at random.

use super::shop::{self, SITE, settings};
use super::*;
use commerce::rows::{OrderRow, ProductAction, VisitRow};
use proptest::prelude::*;

/// Numbers that decide one visit with its events, order and cart.
#[derive(Clone, Debug)]
struct Story {
    minute: u32,
    visitor: u64,
    channel: usize,
    country: usize,
    pages: u32,
    products: Vec<(usize, i64, i64)>,
    known: bool,
    coupons: usize,
}

fn story() -> impl Strategy<Value = Story> {
    let products = prop::collection::vec((0..4_usize, 1..4_i64, 1..100_000_i64), 0..4);
    (0..4_320_u32, 1..6_u64, 0..3_usize, 0..3_usize, 0..4_u32, products, any::<bool>(), 0..3_usize).prop_map(
        |(minute, visitor, channel, country, pages, products, known, coupons)| Story {
            minute,
            visitor,
            channel,
            country,
            pages,
            products,
            known,
            coupons,
        },
    )
}

fn rows_of(stories: &[Story]) -> Rows {
    let mut rows = Rows { position: 9, as_of: Some(at("2026-04-01T00:00:00Z")), ..Rows::default() };
    let first = at("2026-03-27T23:00:00Z");
    for (i, story) in stories.iter().enumerate() {
        let key = i as u64 + 1;
        let when = first.plus_seconds(i64::from(story.minute) * 60).to_string();
        let channel = ["Email", "Direct", "Organic Search"][story.channel];
        let country = [Some("DE"), Some("AT"), None][story.country];
        rows.visits.push(VisitRow {
            country: country.map(str::to_owned),
            page_views: story.pages,
            ..shop::visit(key, story.visitor, &when, channel)
        });
        for page in 0..story.pages {
            rows.events.push(shop::event(
                key * 100 + u64::from(page),
                key,
                &when,
                "page_view",
                ["/", "/a", "/b", "/c"][page as usize],
            ));
        }
        let mut order = shop::order(key, key, &when, channel, ["0"; 5]);
        let mut amounts = order.amounts;
        for (n, (product, pieces, price)) in story.products.iter().enumerate() {
            let product = shop::product(["A1", "A2", "B1", "C1"][*product], &["One", "Two"][..*product % 3]);
            rows.product_actions.push(shop::action(
                key * 100 + 50 + n as u64,
                key,
                &when,
                ProductAction::Add,
                product.clone(),
            ));
            let gross = commerce::Amount(pieces * price);
            amounts.gross_sales.0 += gross.0;
            amounts.order_total.0 += gross.0;
            order.units += pieces * 1000;
            let text = gross.to_string();
            rows.order_lines.push(shop::line(key, n as u32, product.clone(), *pieces, &text, "0"));
            rows.cart_lines.push(shop::cart_line(key, n as u32, product, &text));
        }
        order.units -= 1000 * i64::from(!story.products.is_empty());
        let coupon = [None, Some("X"), Some("X,Y")][story.coupons];
        let mut cart = shop::cart(key, key, &when, &when, "10");
        if !story.products.is_empty() {
            cart.units = story.products.iter().map(|_| 1000).sum();
        }
        rows.carts.push(cart);
        rows.goal_conversions.push(shop::conversion(key * 100, key, &when, story.country as u32 + 1, "1.5"));
        if story.known {
            let unconverted = story.coupons == 2 && story.products.is_empty();
            rows.orders.push(OrderRow {
                amounts,
                reporting: (!unconverted).then_some(amounts),
                coupon: coupon.map(str::to_owned),
                customer: Some(commerce::CustomerKey(story.visitor)),
                ..order
            });
        }
    }
    rows.order_lines.retain(|l| rows.orders.iter().any(|o| o.order == l.order));
    rows
}

fn number(cell: &Cell) -> i128 {
    match cell {
        Cell::Count(n) | Cell::Quantity(n) | Cell::Money(n) => *n,
        other => panic!("no sum: {other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2, max_shrink_iters: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn parts_sum_to_the_whole_where_a_column_says_so(stories in prop::collection::vec(story(), 1..40)) {
        let shop = open(&rows_of(&stories));
        let mut checked = 0;
        for asked in crate::plan::tests::all_dimensions() {
            let none = crate::filter::Filter::default();
            let additive: Vec<&str> = crate::METRICS
                .iter()
                .filter(|m| is_additive(m, std::slice::from_ref(&asked), &none))
                .map(|m| m.name)
                .collect();
            for metrics in additive.chunks(crate::query::METRICS_MAX) {
                let (metrics, dimension) = (metrics.join(","), asked.name());
                let parameters = [("metrics", metrics.as_str()), ("dimensions", &dimension), ("from", "2026-03-28"), ("to", "2026-03-30")];
                let table = run(&shop.store, SITE, &settings(), &Query::parse(parameters).unwrap()).unwrap();
                for (i, column) in table.columns.iter().enumerate().skip(1) {
                    prop_assert!(column.additive);
                    let sum: i128 = table.rows.iter().map(|row| number(&row[i])).sum();
                    prop_assert_eq!(sum, number(&table.totals[i]), "{} by {}", column.name, dimension);
                    checked += 1;
                }
            }
        }
        prop_assert!(checked > 500);
    }
}
