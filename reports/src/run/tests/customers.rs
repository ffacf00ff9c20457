//! Customers: whose first order is whose, who came back, and which orders are in which count.

use super::shop::{at, eur, line, order, product};
use super::*;
use commerce::hit::{OrderStatus, Trust};
use commerce::rows::OrderRow;
use commerce::{CustomerKey, VisitKey};

pub(crate) fn customer_order(key: u64, customer: u64, placed: &str, channel: &str, total: &str) -> OrderRow {
    let customer = (customer > 0).then_some(CustomerKey(customer));
    OrderRow { customer, ..order(key, 0, placed, channel, [total, "0", "0", "0", total]) }
}

/// Four customers: `a` with two orders at the same instant and a third, `b` and `d` with one, `c` with two.
pub(crate) fn customers() -> Rows {
    let mut rows = Rows { position: 9, as_of: Some(at("2026-04-10T00:00:00Z")), ..Rows::default() };
    rows.orders = vec![
        customer_order(10, 1, "2026-01-05T12:00:00Z", "Email", "50"),
        customer_order(11, 1, "2026-01-05T12:00:00Z", "Direct", "20"),
        customer_order(12, 1, "2026-03-10T12:00:00Z", "Direct", "30"),
        customer_order(13, 2, "2026-01-20T12:00:00Z", "Direct", "40"),
        // In Berlin February has begun.
        customer_order(14, 3, "2026-01-31T23:30:00Z", "Email", "60"),
        customer_order(15, 3, "2026-02-15T12:00:00Z", "Direct", "10"),
        customer_order(16, 4, "2026-02-20T12:00:00Z", "Direct", "25"),
    ];
    rows.order_lines =
        vec![line(10, 0, product("A1", &[]), 1, "50", "0"), line(12, 0, product("B1", &[]), 1, "30", "0")];
    rows
}

const QUARTER: [(&str, &str); 2] = [("from", "2026-01-01"), ("to", "2026-03-31")];

#[test]
fn customers_are_new_once() {
    let shop = open(&customers());
    shop.check(
        &[&[("metrics", "orders,customers,new_customers,returning_customers,orders_new_customers,repeat_purchase_rate,lifetime_value")], &QUARTER[..]].concat(),
        "orders  customers  new_customers  returning_customers  orders_new_customers  repeat_purchase_rate  lifetime_value EUR
         ------  ---------  -------------  -------------------  --------------------  --------------------  ------------------
              7          4              4                    0                     4                50.00%               58.75",
    );
    shop.check(
        &[&[("metrics", "orders,net_sales"), ("dimensions", "customer_type")], &QUARTER[..]].concat(),
        "customer_type  orders  net_sales EUR\n-------------  ------  -------------\nnew                 4         175.00\nreturning           3          60.00\n-------------  ------  -------------\ntotal               7         235.00",
    );
    shop.check(
        &[
            &[
                ("metrics", "customers,new_customers,returning_customers,repeat_purchase_rate"),
                ("granularity", "month"),
            ],
            &QUARTER[..],
        ]
        .concat(),
        "month    customers  new_customers  returning_customers  repeat_purchase_rate
         -------  ---------  -------------  -------------------  --------------------
         2026-01          2              2                    0                50.00%
         2026-02          2              2                    0                50.00%
         2026-03          1              0                    1               100.00%
         -------  ---------  -------------  -------------------  --------------------
         total            4              4                    0                50.00%",
    );
}

#[test]
fn history_before_the_period_decides_who_is_new() {
    let mut rows = customers();
    let march = [("metrics", "orders,new_customers,returning_customers"), ("from", "2026-02-10"), ("to", "2026-03-31")];
    let head = "orders  new_customers  returning_customers\n------  -------------  -------------------\n";
    open(&rows).check(&march, &format!("{head}3              1                    2"));
    // What does not count makes nobody a customer; an earlier order that arrives late does.
    rows.orders.push(OrderRow {
        counts: false,
        status: OrderStatus::Cancelled,
        ..customer_order(17, 4, "2025-05-01T12:00:00Z", "Email", "5")
    });
    open(&rows).check(&march, &format!("{head}3              1                    2"));
    rows.orders.push(customer_order(18, 4, "2025-06-01T12:00:00Z", "Email", "5"));
    open(&rows).check(&march, &format!("{head}3              0                    3"));
}

#[test]
fn orders_without_a_customer_are_new_customers_each() {
    let mut rows = customers();
    rows.orders = vec![
        customer_order(1, 0, "2026-01-05T12:00:00Z", "Email", "50"),
        customer_order(2, 0, "2026-01-05T12:00:00Z", "Direct", "20"),
    ];
    rows.order_lines = vec![line(1, 0, product("A1", &[]), 1, "50", "0")];
    let shop = open(&rows);
    shop.check(
        &[&[("metrics", "customers,new_customers,returning_customers,repeat_purchase_rate")], &QUARTER[..]].concat(),
        "customers  new_customers  returning_customers  repeat_purchase_rate\n---------  -------------  -------------------  --------------------\n2              2                    0                 0.00%",
    );
    shop.check(
        &[
            &[("metrics", "orders"), ("dimensions", "customer_type,first_channel,first_product,first_order_month")],
            &QUARTER[..],
        ]
        .concat(),
        "customer_type  first_channel  first_product  first_order_month  orders
         -------------  -------------  -------------  -----------------  ------
         new            Direct         (no lines)     2026-01                 1
         new            Email          Product A1     2026-01                 1
         -------------  -------------  -------------  -----------------  ------
         total                                                                2",
    );
}

#[test]
fn orders_are_split_by_how_their_customers_began() {
    let shop = open(&customers());
    shop.check(
        &[
            &[
                ("metrics", "orders,net_sales,customers"),
                ("dimensions", "first_order_month,first_channel,first_product"),
                ("order", "first_order_month,first_channel"),
            ],
            &QUARTER[..],
        ]
        .concat(),
        "first_order_month  first_channel  first_product  orders  net_sales EUR  customers
         -----------------  -------------  -------------  ------  -------------  ---------
         2026-01            Direct         (no lines)          1          40.00          1
         2026-01            Email          Product A1          3         100.00          1
         2026-02            Direct         (no lines)          1          25.00          1
         2026-02            Email          (no lines)          2          70.00          1
         -----------------  -------------  -------------  ------  -------------  ---------
         total                                                 7         235.00          4",
    );
    let orders = |filter| {
        let parameters = [&[("metrics", "orders"), ("filter", filter)], &QUARTER[..]].concat();
        shop.ask(&parameters).totals[0].text()
    };
    assert_eq!(orders("first_order_month==2026-02"), "3");
    assert_eq!(orders("customer_type==new"), "4");
    assert_eq!(orders("customer_type!=new;first_channel==Email"), "3");
    assert_eq!(orders("first_product=@a1"), "3");
}

#[test]
fn orders_from_elsewhere_are_not_of_visits() {
    let mut rows = Rows { position: 9, as_of: Some(at("2026-04-10T00:00:00Z")), ..Rows::default() };
    rows.visits = vec![super::shop::visit(1, 1, "2026-03-01T11:00:00Z", "Email")];
    let sold = |key, channel: Option<&str>| OrderRow {
        sales_channel: channel.map(str::to_owned),
        visit: Some(VisitKey(1)),
        ..customer_order(key, key, "2026-03-01T12:00:00Z", "Email", "10")
    };
    rows.orders = [None, Some("web"), Some("Online"), Some("pos"), Some("phone")]
        .into_iter()
        .zip(1..)
        .map(|(c, key)| sold(key, c))
        .collect();
    let shop = open(&rows);
    shop.check(
        &[&[("metrics", "orders,orders_offline,orders_per_visit,conversion_rate")], &QUARTER[..]].concat(),
        "orders  orders_offline  orders_per_visit  conversion_rate\n------  --------------  ----------------  ---------------\n5               2            3.0000          100.00%",
    );
    shop.check(
        &[&[("metrics", "orders"), ("dimensions", "sales_channel"), ("order", "sales_channel")], &QUARTER[..]].concat(),
        "sales_channel  orders\n-------------  ------\nOnline              1\nphone               1\npos                 1\nweb                 1\n-                   1\n-------------  ------\ntotal               5",
    );
}

#[test]
fn both_sums_are_visible_whether_or_not_unverified_orders_count() {
    let mut rows = Rows { position: 9, as_of: Some(at("2026-04-10T00:00:00Z")), ..Rows::default() };
    let plain = |key, total| customer_order(key, key, "2026-03-01T12:00:00Z", "Email", total);
    rows.orders = vec![
        plain(1, "10"),
        OrderRow { trust: Trust::Verified, ..plain(2, "20") },
        OrderRow { trust: Trust::Verified, status: OrderStatus::Cancelled, refunded: eur("40"), ..plain(3, "40") },
        OrderRow { trust: Trust::Verified, status: OrderStatus::Cancelled, counts: false, ..plain(4, "80") },
        OrderRow { status: OrderStatus::Pending, counts: false, ..plain(5, "160") },
        OrderRow { test: true, counts: false, ..plain(6, "320") },
    ];
    let metrics = "orders,orders_verified,orders_unverified,order_total,order_total_verified,order_total_unverified,orders_cancelled,orders_pending";
    let figures = |rows: &Rows, unverified: bool| -> String {
        let mut shop = open(rows);
        shop.settings.count_unverified_orders = unverified;
        let table = shop.ask(&[&[("metrics", metrics)], &QUARTER[..]].concat());
        table.totals.iter().map(Cell::text).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(figures(&rows, true), "3 2 1 70.00 60.00 10.00 1 1");
    rows.orders[0].counts = false;
    assert_eq!(figures(&rows, false), "2 2 1 60.00 60.00 10.00 1 0");
}

#[test]
fn orders_count_when_they_are_paid_where_the_site_says_so() {
    let mut rows = Rows { position: 9, as_of: Some(at("2026-04-10T00:00:00Z")), ..Rows::default() };
    rows.orders = vec![OrderRow {
        counted_at: at("2026-03-02T12:00:00Z"),
        ..customer_order(1, 1, "2026-02-28T12:00:00Z", "Email", "10")
    }];
    let shop = open(&rows);
    shop.check(
        &[&[("metrics", "orders"), ("dimensions", "month,first_order_month")], &QUARTER[..]].concat(),
        "month    first_order_month  orders\n-------  -----------------  ------\n2026-03  2026-02                 1\n-------  -----------------  ------\ntotal                            1",
    );
}

#[test]
fn first_months_can_be_asked_for_at_the_ends_of_the_calendar() {
    let shop = open(&customers());
    for (from, to) in [("1950-01-01", "1950-12-31"), ("9900-01-01", "9998-12-31")] {
        let table = shop.ask(&[("metrics", "orders"), ("dimensions", "first_order_month"), ("from", from), ("to", to)]);
        assert_eq!((table.rows.len(), table.totals[1].text()), (0, "0".to_owned()));
    }
}
