//! Costs and margins: which cost a line has, what returns take back, and what is known of no cost.

use super::shop::{at, cost, eur, line, order, product, refund, refund_line};
use super::*;
use commerce::rows::{OrderLineRow, OrderRow, RefundLineRow, RefundRow};
use commerce::{Currency, UnitPrice};

/// Three orders: costs stated and looked up, before and after a product became dearer; one without lines; one that has
/// no rate.
fn costed() -> Rows {
    let mut rows = Rows { position: 9, as_of: Some(at("2026-04-10T00:00:00Z")), ..Rows::default() };
    let first = order(1, 0, "2026-03-01T12:00:00Z", "Email", ["100.00", "10.00", "0", "0", "90.00"]);
    let second = order(2, 0, "2026-03-10T12:00:00Z", "Direct", ["20.00", "0", "0", "0", "20.00"]);
    let plain = order(3, 0, "2026-03-10T12:00:00Z", "Direct", ["7.00", "0", "0", "0", "7.00"]);
    let foreign = order(4, 0, "2026-03-10T12:00:00Z", "Direct", ["70.00", "0", "0", "0", "70.00"]);
    rows.orders = vec![
        OrderRow { units: 4000, lines: 3, refunded: eur("20"), ..first },
        OrderRow { units: 2000, lines: 1, ..second },
        plain,
        OrderRow { reporting: None, lines: 1, currency: Currency::parse("USD").unwrap(), ..foreign },
    ];
    rows.order_lines = vec![
        // 4.00 a piece was stated, whatever the list of costs says.
        OrderLineRow {
            unit_cost: Some(UnitPrice(4_000_000)),
            reporting_cost: Some(eur("8.00")),
            ..line(1, 0, product("A1", &[]), 2, "40.00", "4.00")
        },
        // 10.005 a piece by the list: 10.01, half away from zero.
        line(1, 1, product("B1", &[]), 1, "40.00", "4.00"),
        line(1, 2, product("C1", &[]), 1, "20.00", "2.00"),
        line(2, 0, product("B1", &[]), 2, "20.00", "0"),
        OrderLineRow {
            reporting_gross: None,
            reporting_discount: None,
            ..line(4, 0, product("B1", &[]), 1, "70.00", "0")
        },
    ];
    rows.product_costs = vec![
        cost("A1", "1970-01-01T00:00:00Z", "3"),
        cost("B1", "1970-01-01T00:00:00Z", "10.005"),
        cost("B1", "2026-03-10T00:00:00Z", "11"),
        cost("B1", "2026-03-11T00:00:00Z", "99"),
    ];
    rows
}

const MARCH: [(&str, &str); 2] = [("from", "2026-03-01"), ("to", "2026-03-31")];
const METRICS: (&str, &str) =
    ("metrics", "net_sales,gross_profit,margin_rate,net_sales_without_cost,unit_cost,average_unit_price");

#[test]
fn a_line_costs_what_was_stated_or_what_its_product_cost_that_day() {
    let shop = open(&costed());
    // A1: 36.00 - 8.00. B1: 36.00 - 10.01 and 20.00 - 22.00. C1 and the order without lines have no cost.
    shop.check(
        &[&[METRICS, ("dimensions", "sku")], &MARCH[..]].concat(),
        "sku         net_sales EUR  gross_profit EUR  margin_rate  net_sales_without_cost EUR  unit_cost EUR  average_unit_price EUR
         ----------  -------------  ----------------  -----------  --------------------------  -------------  ----------------------
         B1                  56.00             23.99       42.84%                        0.00          10.67                   20.00
         A1                  36.00             28.00       77.78%                        0.00           4.00                   20.00
         C1                  18.00              0.00            -                       18.00              -                   20.00
         (no lines)           7.00              0.00            -                        7.00              -                    7.00
         ----------  -------------  ----------------  -----------  --------------------------  -------------  ----------------------
         total              117.00             51.99       56.51%                       25.00           8.00                   18.14",
    );
    shop.check(
        &[&[("metrics", "gross_profit"), ("dimensions", "channel")], &MARCH[..]].concat(),
        "channel  gross_profit EUR\n-------  ----------------\nEmail               53.99\nDirect              -2.00\n-------  ----------------\ntotal               51.99",
    );
}

#[test]
fn what_is_given_back_gives_back_its_cost() {
    let mut rows = costed();
    let back = RefundRow { units: 2000, ..refund(1, 1, "2026-03-20T12:00:00Z", ["58.50", "0", "0", "0"]) };
    rows.refund_lines = vec![
        RefundLineRow { reporting_cost: Some(eur("4.00")), ..refund_line(&back, 0, product("A1", &[]), 1, "18.00") },
        refund_line(&back, 1, product("B1", &[]), 1, "36.00"),
        // Money alone.
        refund_line(&back, 2, product("C1", &[]), 0, "4.50"),
    ];
    let plain = refund(3, 1, "2026-03-20T12:00:00Z", ["7.00", "0", "0", "0"]);
    let foreign = RefundRow { reporting: None, ..refund(4, 1, "2026-03-20T12:00:00Z", ["70.00", "0", "0", "0"]) };
    rows.refund_lines
        .push(RefundLineRow { reporting_goods: None, ..refund_line(&foreign, 0, product("B1", &[]), 1, "70.00") });
    rows.refunds = vec![back, plain, foreign];
    let shop = open(&rows);
    // By the refund's own day B1 costs 99.00; what counts is the day of its order.
    shop.check(
        &[&[METRICS, ("dimensions", "sku")], &MARCH[..]].concat(),
        "sku         net_sales EUR  gross_profit EUR  margin_rate  net_sales_without_cost EUR  unit_cost EUR  average_unit_price EUR
         ----------  -------------  ----------------  -----------  --------------------------  -------------  ----------------------
         B1                  20.00             -2.00      -10.00%                        0.00          10.67                   20.00
         A1                  18.00             14.00       77.78%                        0.00           4.00                   20.00
         C1                  13.50              0.00            -                       13.50              -                   20.00
         (no lines)           0.00              0.00            -                        0.00              -                    7.00
         ----------  -------------  ----------------  -----------  --------------------------  -------------  ----------------------
         total               51.50             12.00       31.58%                       13.50           8.00                   18.14",
    );
    shop.check(
        &[("metrics", "net_sales,gross_profit,net_sales_without_cost"), ("from", "2026-03-20"), ("to", "2026-03-20")],
        "net_sales EUR  gross_profit EUR  net_sales_without_cost EUR\n-------------  ----------------  --------------------------\n-65.50            -39.99                      -11.50",
    );
}

#[test]
fn the_currency_decides_how_a_cost_is_rounded() {
    let mut shop = open(&costed());
    shop.settings.currency = Currency::parse("JPY").unwrap();
    let parameters = [&[("metrics", "gross_profit"), ("filter", "sku==B1;channel==Email")], &MARCH[..]].concat();
    assert_eq!(shop.ask(&parameters).totals[0].text(), "26.00");
}

#[test]
fn a_cost_beyond_64_bits_is_exact() {
    let mut rows = costed();
    rows.order_lines =
        vec![line(1, 0, product("A1", &[]), 2_000_000, "100.00", "0"), line(2, 0, product("B1", &[]), 1, "20.00", "0")];
    rows.product_costs =
        vec![cost("A1", "1970-01-01T00:00:00Z", "9000000000.000001"), cost("B1", "1970-01-01T00:00:00Z", "-0.005")];
    let shop = open(&rows);
    let profit = |sku: &'static str| {
        let filter = format!("sku=={sku}");
        let parameters = [&[("metrics", "gross_profit"), ("filter", filter.as_str())], &MARCH[..]].concat();
        shop.ask(&parameters).totals[0].text()
    };
    assert_eq!((profit("A1"), profit("B1")), ("-17999999999999902.00".to_owned(), "20.01".to_owned()));
}
