//! Cohorts and RFM over four customers: `a` with three orders, `b` and `d` with one, `c` with two.

use super::{Shop, open};
use crate::run::tests::customers::customers;
use crate::run::tests::shop::refund;

const QUARTER: [(&str, &str); 2] = [("from", "2026-01-01"), ("to", "2026-03-31")];

fn shop() -> Shop {
    let mut rows = customers();
    // Half of a's first order comes back in February.
    rows.refunds = vec![refund(10, 1, "2026-02-03T12:00:00Z", ["25", "0", "0", "0"])];
    open(&rows)
}

#[test]
fn cohorts_are_months_of_the_first_order() {
    shop().check(
        "cohorts",
        &QUARTER,
        "cohort   k      members  active  orders  retention  net_sales EUR  ltv EUR
         -------  -----  -------  ------  ------  ---------  -------------  -------
         2026-01  0            2       2       3    100.00%         110.00    55.00
         2026-01  1            2       0       0      0.00%         -25.00    42.50
         2026-01  2            2       1       1     50.00%          30.00    57.50
         2026-01  3            2       0       0      0.00%           0.00    57.50
         2026-02  0            2       2       3    100.00%          95.00    47.50
         2026-02  1            2       0       0      0.00%           0.00    47.50
         2026-02  2            2       0       0      0.00%           0.00    47.50
         -------  -----  -------  ------  ------  ---------  -------------  -------
         total                 4       -       7          -         210.00    52.50",
    );
}

#[test]
fn cohorts_are_made_of_what_the_first_order_was() {
    let shop = shop();
    let first = |by: &'static str| -> Vec<String> {
        let table = shop.ask("cohorts", &[&[("by", by)], &QUARTER[..]].concat());
        let starts = table.rows.iter().filter(|row| row[1].text() == "0");
        starts.map(|row| format!("{} {}", row[0].text(), row[2].text())).collect()
    };
    // Two orders of one instant: the first by its id.
    assert_eq!(first("first_channel"), ["Direct 2", "Email 2"]);
    assert_eq!(first("first_product"), ["(no lines) 3", "Product A1 1"]);
    assert_eq!(first("first_coupon"), ["(none) 4"]);
    let asked = [&[("filter", "channel==Email")], &QUARTER[..]].concat();
    // Members by their first order; what they do later counts whatever the filter.
    assert_eq!(shop.ask("cohorts", &asked).totals[6].text(), "145.00");
}

#[test]
fn customers_are_scored_and_grouped() {
    let shop = shop();
    shop.check(
        "rfm",
        &[&[("view", "customers")], &QUARTER[..]].concat(),
        "customer          group        r      f      m      recency_days  orders  net_sales EUR
         ----------------  -----------  -----  -----  -----  ------------  ------  -------------
         0000000000000001  champions    4      4      4                21       3          75.00
         0000000000000003  at_risk      2      3      3                44       2          70.00
         0000000000000002  lost         1      1      2                70       1          40.00
         0000000000000004  needs_attention  3  1      1                39       1          25.00
         ----------------  -----------  -----  -----  -----  ------------  ------  -------------
         total                                                          -       7         210.00",
    );
    let groups = shop.ask("rfm", &QUARTER);
    let filled: Vec<String> = groups
        .rows
        .iter()
        .filter(|row| row[1].text() != "0")
        .map(|row| format!("{} {} {}", row[0].text(), row[2].text(), row[4].text()))
        .collect();
    assert_eq!(
        filled,
        ["champions 0.2500 75.00", "needs_attention 0.2500 25.00", "at_risk 0.2500 70.00", "lost 0.2500 40.00"]
    );
    assert_eq!(shop.ask("rfm", &[&[("view", "scores")], &QUARTER[..]].concat()).rows.len(), 4);
}

#[test]
fn cohorts_may_be_weeks() {
    let table = shop().ask("cohorts", &[&[("by", "week")], &QUARTER[..]].concat());
    let lines: Vec<String> =
        table.rows.iter().map(|row| row.iter().map(crate::Cell::text).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(lines[0], "2026-01-05 0 1 1 2 1.0000 70.00 70.00");
    // 64 days after 5 January is in the tenth week.
    assert!(lines.contains(&"2026-01-05 9 1 1 1 1.0000 30.00 75.00".to_owned()), "{lines:?}");
}
