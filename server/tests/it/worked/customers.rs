//! Customers: who comes back, when, and how good a customer that makes.

use super::case::Case;
use super::orders::{ratio, share};
use super::shop::{Door, Shop};
use serde_json::{Value, json};

/// Opens a shop that was told the case's orders, of months ago, by an import.
fn told(case: &Case) -> Shop {
    let shop = Shop::open(case);
    for event in case.events() {
        shop.send_by(Door::Import, event);
    }
    shop.server.settle();
    shop
}

/// The case gives a share of customers.
pub(super) fn repeating(case: &Case) {
    assert_eq!(ratio(&told(case), "repeat_purchase_rate"), share(case.expectation()));
}

/// The case gives orders by whether they are their customer's first.
pub(super) fn first_and_later(case: &Case) {
    let rows = told(case).rows("metrics=orders&dimensions=customer_type");
    let found: Value = rows
        .iter()
        .map(|row| (row["customer_type"].as_str().unwrap_or_default().to_owned(), row["orders"].clone()))
        .collect();
    assert_eq!(&found, case.expectation());
}

/// The case gives how many of each cohort ordered in its first months. What has not come yet has no row.
pub(super) fn retained(case: &Case) {
    let shop = told(case);
    let table = shop.get(&format!("cohorts?{}", shop.period()));
    let rows = table["rows"].as_array().expect("rows");
    for (cohort, expected) in case.expectations() {
        for (k, expected) in expected.as_array().expect("months").iter().enumerate() {
            let row = rows.iter().find(|row| row[0] == cohort && row[1] == k);
            assert_eq!(row.map_or(&json!(0), |row| &row[3]), expected, "{cohort} + {k}");
        }
    }
    // Two began in January, and one of them ordered in March.
    let march = rows.iter().find(|row| row[0] == "2026-01" && row[1] == 2).expect("a row");
    assert_eq!((&march[2], &march[5]), (&json!(2), &json!(0.5)));
}

/// The case gives how often each customer ordered and how they are scored for it.
pub(super) fn scored(case: &Case) {
    let shop = Shop::open(case);
    let counts: Vec<u64> = case.config("values").as_array().expect("counts").iter().filter_map(Value::as_u64).collect();
    for (customer, count) in counts.iter().enumerate() {
        for n in 0..*count {
            let order = json!({"id": format!("o{customer}-{n}"), "total": "10.00"});
            shop.send(
                &json!({"t": "order", "uid": format!("u{customer}"), "ts": "2026-03-02T11:00:00Z", "order": order}),
            );
        }
    }
    shop.server.settle();
    let table = shop.get(&format!("rfm?view=customers&{}", shop.period()));
    let scores = table["rows"].as_array().expect("rows").iter();
    let mut found: Vec<(u64, u64)> =
        scores.map(|row| (row[6].as_u64().expect("orders"), row[3].as_u64().expect("a score"))).collect();
    let expected = case.expectation().as_array().expect("scores").iter().filter_map(Value::as_u64);
    let mut expected: Vec<(u64, u64)> = counts.iter().copied().zip(expected).collect();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
}
