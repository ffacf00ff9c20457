//! Refunds: the day they are booked on, what they take back, and by what they are split.

use super::shop::{at, eur, line, order, product, refund, refund_line, visit};
use super::*;
use crate::query::RefundView;
use commerce::hit::OrderStatus;
use commerce::rows::{OrderLineRow, OrderRow, RefundRow, order_flags};
use commerce::{Currency, Quantity};

/// An order of 100.00 on 1 April (A 60, B 40), of which B is given back on the 5th.
fn worked_example() -> Rows {
    let mut rows = Rows { position: 9, as_of: Some(at("2026-04-10T00:00:00Z")), ..Rows::default() };
    rows.orders = vec![OrderRow {
        units: 2000,
        lines: 2,
        refunded: eur("40"),
        ..order(1, 0, "2026-04-01T12:00:00Z", "Email", ["100.00", "0", "0", "0", "100.00"])
    }];
    rows.order_lines =
        vec![line(1, 0, product("A", &[]), 1, "60.00", "0"), line(1, 1, product("B", &[]), 1, "40.00", "0")];
    rows.refunds = vec![RefundRow { units: 1000, ..refund(1, 1, "2026-04-05T12:00:00Z", ["40.00", "0", "0", "0"]) }];
    let mut back = refund_line(&rows.refunds[0], 0, product("B", &[]), 1, "40.00");
    back.order_line = Some(1);
    rows.refund_lines = vec![back];
    rows
}

const APRIL: [(&str, &str); 2] = [("from", "2026-04-01"), ("to", "2026-04-05")];

#[test]
fn a_refund_is_booked_on_its_own_day_or_on_its_orders() {
    let mut shop = open(&worked_example());
    let ask = |shop: &Shop, view: Option<&'static str>| {
        let mut all = vec![("metrics", "gross_sales,returns,net_sales"), ("granularity", "day")];
        all.extend(view.map(|view| ("refund_view", view)));
        shop.ask(&all.into_iter().chain(APRIL).collect::<Vec<_>>())
    };
    let days = |table: &Table| -> Vec<String> {
        let cells = |row: &[Cell]| row.iter().map(Cell::text).collect::<Vec<_>>().join(" ");
        table.rows.iter().map(|row| cells(row)).filter(|day| !day.ends_with(" 0.00 0.00 0.00")).collect()
    };
    let by_refund = ["2026-04-01 100.00 0.00 100.00", "2026-04-05 0.00 40.00 -40.00"];
    let by_order = ["2026-04-01 100.00 40.00 60.00"];

    let table = ask(&shop, None);
    assert_eq!((days(&table), table.meta.refund_view), (by_refund.map(str::to_owned).to_vec(), RefundView::RefundDate));
    assert_eq!(days(&ask(&shop, Some("order_date"))), by_order);
    shop.settings.refunds_on_order_date = true;
    let table = ask(&shop, None);
    assert_eq!((days(&table), table.meta.refund_view), (by_order.map(str::to_owned).to_vec(), RefundView::OrderDate));
    assert_eq!(days(&ask(&shop, Some("refund_date"))), by_refund);
}

#[test]
fn somebody_gave_back_when_it_was_given_back_however_refunds_are_booked() {
    let mut rows = worked_example();
    rows.orders[0].visitor = Some(commerce::VisitorKey(1));
    let shop = open(&rows);
    let orders = |view: &'static str, filter: &'static str| {
        let table =
            shop.ask(&[&[("metrics", "orders"), ("refund_view", view), ("filter", filter)], &APRIL[..]].concat());
        table.totals[0].clone()
    };
    for view in ["refund_date", "order_date"] {
        assert_eq!(orders(view, "did refund in 1d"), Cell::Count(1), "{view}");
        assert_eq!(orders(view, "did refund"), Cell::Count(1), "{view}");
    }
}

#[test]
fn a_comparison_books_refunds_as_the_report_does() {
    let shop = open(&worked_example());
    let parameters =
        [("metrics", "net_sales"), ("from", "2026-04-05"), ("to", "2026-04-08"), ("compare", "previous_period")];
    shop.check(
        &parameters,
        "net_sales EUR  net_sales:previous EUR\n-------------  ----------------------\n-40.00                  100.00",
    );
    let parameters = [&parameters[..], &[("refund_view", "order_date")]].concat();
    shop.check(
        &parameters,
        "net_sales EUR  net_sales:previous EUR\n-------------  ----------------------\n0.00                   60.00",
    );
}

/// Four orders that count and one that does not, with every kind of refund.
fn shop_with_refunds() -> Rows {
    let mut rows = Rows { position: 9, as_of: Some(at("2026-04-10T00:00:00Z")), ..Rows::default() };
    rows.visits = vec![visit(1, 1, "2026-04-01T11:00:00Z", "Email")];
    let first = order(1, 1, "2026-04-01T12:00:00Z", "Email", ["100.00", "10.00", "18.00", "5.00", "113.00"]);
    let whole = order(2, 0, "2026-04-02T12:00:00Z", "Direct", ["50.00", "0", "0", "0", "50.00"]);
    let foreign = order(3, 0, "2026-04-02T12:00:00Z", "Direct", ["70.00", "0", "0", "0", "70.00"]);
    let void = order(4, 0, "2026-04-02T12:00:00Z", "Direct", ["9.00", "0", "0", "0", "9.00"]);
    let kept = order(5, 0, "2026-04-02T12:00:00Z", "Direct", ["20.00", "0", "0", "0", "21.00"]);
    rows.orders = vec![
        OrderRow { units: 3000, lines: 2, refunded: eur("47"), coupon: Some("SPRING,VIP".to_owned()), ..first },
        // Taken back in full: it stays an order.
        OrderRow { status: OrderStatus::Cancelled, refunded: eur("50"), flags: order_flags::OVER_REFUNDED, ..whole },
        // Without a rate.
        OrderRow { reporting: None, refunded: eur("70"), currency: Currency::parse("USD").unwrap(), ..foreign },
        OrderRow { status: OrderStatus::Failed, counts: false, ..void },
        kept,
    ];
    rows.order_lines = vec![
        OrderLineRow {
            item_list: Some("Sale".to_owned()),
            properties: Some(r#"{"size":"XL"}"#.to_owned()),
            ..line(1, 0, product("A1", &["Shoes", "Outdoor"]), 2, "60.00", "10.00")
        },
        line(1, 1, product("B1", &[]), 1, "40.00", "0"),
    ];
    // One piece of A1 and its tax, then the shipping and some money for both lines.
    let piece = RefundRow { units: 1000, ..refund(1, 1, "2026-04-03T12:00:00Z", ["25.00", "5.00", "0", "0"]) };
    let money = refund(1, 2, "2026-04-06T12:00:00Z", ["12.00", "0", "5.00", "0"]);
    rows.refund_lines = vec![
        refund_line(&piece, 0, product("A1", &["Shoes", "Outdoor"]), 1, "25.00"),
        refund_line(&money, 0, product("A1", &["Shoes", "Outdoor"]), 0, "4.50"),
        refund_line(&money, 1, product("B1", &[]), 0, "7.50"),
    ];
    rows.refunds = vec![
        piece,
        money,
        RefundRow { units: 1000, ..refund(2, 1, "2026-04-04T12:00:00Z", ["50.00", "0", "0", "0"]) },
        RefundRow { reporting: None, ..refund(3, 1, "2026-04-04T12:00:00Z", ["70.00", "0", "0", "0"]) },
        refund(4, 1, "2026-04-04T12:00:00Z", ["9.00", "0", "0", "0"]),
    ];
    rows
}

const WHOLE: [(&str, &str); 2] = [("from", "2026-04-01"), ("to", "2026-04-09")];

#[test]
fn what_refunds_give_back_is_taken_off() {
    let shop = open(&shop_with_refunds());
    let check = |metrics, expected| shop.check(&[&[("metrics", metrics)], &WHOLE[..]].concat(), expected);
    check(
        "order_total,gross_sales,discounts,returns,net_sales,tax,shipping,fees,total_sales,difference",
        "order_total EUR  gross_sales EUR  discounts EUR  returns EUR  net_sales EUR  tax EUR  shipping EUR  fees EUR  total_sales EUR  difference EUR
         ---------------  ---------------  -------------  -----------  -------------  -------  ------------  --------  ---------------  --------------
                  184.00           170.00          10.00        87.00          73.00    13.00          0.00      0.00            86.00            1.00",
    );
    // 160.00 net before refunds by three orders with a rate; three of four orders gave money back.
    check(
        "orders,orders_cancelled,refunds,refund_amount,refund_rate,units,units_returned,average_order_value,orders_over_refunded",
        "orders  orders_cancelled  refunds  refund_amount EUR  refund_rate  units  units_returned  average_order_value EUR  orders_over_refunded
         ------  ----------------  -------  -----------------  -----------  -----  --------------  -----------------------  --------------------
              4                 0        4              97.00       75.00%      6               2                    53.33                     1",
    );
    // Nobody of the site's one visitor; 73.00 by him.
    check("net_sales_per_visitor", "net_sales_per_visitor EUR\n-------------------------\n73.00");
}

#[test]
fn refunds_are_split_by_what_their_orders_are_and_by_the_goods_given_back() {
    let shop = open(&shop_with_refunds());
    let check = |metrics, dimensions, expected| {
        shop.check(&[&[("metrics", metrics), ("dimensions", dimensions)], &WHOLE[..]].concat(), expected);
    };
    check(
        "gross_sales,returns,net_sales,refunds,units_returned",
        "sku",
        "sku         gross_sales EUR  returns EUR  net_sales EUR  refunds  units_returned
         ----------  ---------------  -----------  -------------  -------  --------------
         (no lines)            70.00        50.00          20.00        2               1
         A1                    60.00        29.50          20.50        2               1
         B1                    40.00         7.50          32.50        1               0
         ----------  ---------------  -----------  -------------  -------  --------------
         total                170.00        87.00          73.00        4               2",
    );
    check(
        "returns,refunds",
        "category",
        "category    returns EUR  refunds\n----------  -----------  -------\n(no lines)        50.00        2\nOutdoor           29.50        2\nShoes             29.50        2\n-                  7.50        1\n----------  -----------  -------\ntotal             87.00        4",
    );
    check(
        "returns,refund_amount,refund_rate",
        "channel",
        "channel  returns EUR  refund_amount EUR  refund_rate\n-------  -----------  -----------------  -----------\nDirect         50.00              50.00       66.67%\nEmail          37.00              47.00      100.00%\n-------  -----------  -----------------  -----------\ntotal          87.00              97.00       75.00%",
    );
    check(
        "returns",
        "country,item_list,item_property:size",
        "country  item_list   item_property:size  returns EUR
         -------  ----------  ------------------  -----------
         -        (no lines)  (no lines)                50.00
         DE       Sale        XL                        29.50
         DE       -           -                          7.50
         -------  ----------  ------------------  -----------
         total                                          87.00",
    );
    check(
        "returns,refunds",
        "coupon",
        "coupon  returns EUR  refunds\n------  -----------  -------\n-             50.00        2\nSPRING        37.00        2\nVIP           37.00        2\n------  -----------  -------\ntotal         87.00        4",
    );
}

#[test]
fn filters_narrow_refunds_as_they_narrow_orders() {
    let shop = open(&shop_with_refunds());
    let check = |filter, expected: [&str; 3]| {
        let parameters = [&[("metrics", "net_sales,returns,refunds"), ("filter", filter)], &WHOLE[..]].concat();
        let cells: Vec<String> = shop.ask(&parameters).totals.iter().map(Cell::text).collect();
        assert_eq!(cells, expected, "{filter}");
    };
    check("sku==A1", ["20.50", "29.50", "2"]);
    check("sku==B1", ["32.50", "7.50", "1"]);
    check("brand==A;category==Shoes", ["20.50", "29.50", "2"]);
    check("sku==", ["0.00", "0.00", "0"]);
    check("sku==(no lines)", ["20.00", "50.00", "2"]);
    check("category==(no lines)", ["20.00", "50.00", "2"]);
    check("channel==Email", ["53.00", "37.00", "2"]);
    check("country==DE", ["53.00", "37.00", "2"]);
    check("coupon==VIP", ["53.00", "37.00", "2"]);
    check("currency==USD", ["0.00", "0.00", "1"]);
    check("item_list==Sale", ["20.50", "29.50", "2"]);
    check("item_property:size==XL", ["20.50", "29.50", "2"]);
    check("order_status==cancelled", ["0.00", "50.00", "1"]);
    check("weekday==5", ["-25.00", "25.00", "1"]);
}

#[test]
fn amounts_without_a_rate_are_shown_beside_the_report() {
    let mut rows = shop_with_refunds();
    let yen = order(6, 0, "2026-04-02T12:00:00Z", "Email", ["1000", "0", "0", "0", "1000"]);
    rows.orders.push(OrderRow { reporting: None, currency: Currency::parse("JPY").unwrap(), ..yen.clone() });
    // Not in the period, and not counted.
    rows.orders.push(OrderRow {
        order: commerce::OrderKey(7),
        reporting: None,
        counted_at: at("2026-05-02T12:00:00Z"),
        ..yen.clone()
    });
    rows.orders.push(OrderRow { order: commerce::OrderKey(8), reporting: None, counts: false, ..yen });
    let mut shop = open(&rows);
    let found = |shop: &Shop, metrics| -> Vec<String> {
        let meta = shop.ask(&[&[("metrics", metrics), ("filter", "channel==Email")], &WHOLE[..]].concat()).meta;
        meta.unconverted.iter().map(|u| format!("{} {} {}", u.currency, u.orders, u.order_total.text())).collect()
    };
    let both = ["JPY 1 1000.00", "USD 1 70.00"];
    for metrics in ["order_total", "visits,net_sales_per_visitor", "refund_amount", "gross_profit"] {
        assert_eq!(found(&shop, metrics), both, "{metrics}");
    }
    for metrics in ["orders,visits", "carts_value", "goal_value"] {
        assert!(found(&shop, metrics).is_empty(), "{metrics}");
    }
    shop.settings.ecommerce = false;
    assert!(found(&shop, "order_total").is_empty());
}

#[test]
fn an_order_given_back_in_part_of_a_piece_counts_no_whole_units() {
    let mut rows = worked_example();
    rows.refunds[0].units = 500;
    rows.refund_lines[0].quantity = Quantity(500);
    let shop = open(&rows);
    shop.check(
        &[&[("metrics", "units,units_returned"), ("dimensions", "sku")], &APRIL[..]].concat(),
        "sku    units  units_returned\n-----  -----  --------------\nA          1               0\nB          1             0.5\n-----  -----  --------------\ntotal      2             0.5",
    );
}
