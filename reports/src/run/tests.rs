//! Reports on a real store in a temporary folder. Expected tables are worked out by hand from `shop.rs`.

mod costs;
pub(crate) mod customers;
mod day_logs;
mod day_sums;
mod lists;
mod random;
mod reference;
mod refunds;
mod segments;
pub(crate) mod shop;
mod sums;

use super::*;
use commerce::rows::Rows;
use shop::{SITE, at, rows, settings};

struct Shop {
    store: Store,
    settings: SiteSettings,
    _folder: tempfile::TempDir,
}

fn open(rows: &Rows) -> Shop {
    open_with(rows, 256)
}

fn open_with(rows: &Rows, memory_limit_mb: u64) -> Shop {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("store.db"), store::Options { memory_limit_mb, threads: 1 }).unwrap();
    store.apply(rows).unwrap();
    Shop { store, settings: settings(), _folder: folder }
}

impl Shop {
    fn ask(&self, parameters: &[(&str, &str)]) -> Table {
        let named = |name: &str| parameters.iter().any(|(n, _)| *n == name);
        let mut all = parameters.to_vec();
        if !named("from") {
            all.extend([("from", "2026-03-28"), ("to", "2026-03-29")]);
        }
        let query = Query::parse(all).unwrap();
        run(&self.store, SITE, &self.settings, &query).unwrap()
    }

    #[track_caller]
    fn check(&self, parameters: &[(&str, &str)], expected: &str) {
        let text = self.ask(parameters).to_text();
        let trimmed: Vec<&str> = expected.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
        assert_eq!(text.lines().map(str::trim).collect::<Vec<_>>(), trimmed, "\n{text}");
    }
}

#[test]
fn an_overview_counts_what_counts() {
    let shop = open(&rows());
    shop.check(
        &[("metrics", "visits,visitors,new_visitors,page_views,events,bounce_rate,visit_duration_s,engaged_visits,pages_per_visit")],
        "visits  visitors  new_visitors  page_views  events  bounce_rate  visit_duration_s  engaged_visits  pages_per_visit
         ------  --------  ------------  ----------  ------  -----------  ----------------  --------------  ---------------
              3         2             2           6       9       33.33%             201.7               2           2.0000",
    );
    // Orders 1, 2 and 3 have amounts; order 4 has no rate. 21.00 was charged for 19.00 + 1.00: a difference of 1.00.
    shop.check(
        &[("metrics", "orders,order_total,gross_sales,discounts,net_sales,tax,shipping,fees,subtotal,total_sales,difference")],
        "orders  order_total EUR  gross_sales EUR  discounts EUR  net_sales EUR  tax EUR  shipping EUR  fees EUR  subtotal EUR  total_sales EUR  difference EUR
         ------  ---------------  ---------------  -------------  -------------  -------  ------------  --------  ------------  ---------------  --------------
              4            58.00            51.50           2.50          49.00     5.00          3.00      0.00         49.00            57.00            1.00",
    );
    // Net sales 49.00 of 3 orders; 51.50 for 6 units; visits 1 and 3 of 3 ordered; nobody's order is its own customer.
    shop.check(
        &[("metrics", "units,average_order_value,average_unit_price,conversion_rate,visitor_conversion_rate,orders_per_visit,net_sales_per_visitor")],
        "units  average_order_value EUR  average_unit_price EUR  conversion_rate  visitor_conversion_rate  orders_per_visit  net_sales_per_visitor EUR
         -----  -----------------------  ----------------------  ---------------  -----------------------  ----------------  -------------------------
             7                    16.33                    8.58           66.67%                  100.00%            1.3333                      24.50",
    );
    shop.check(
        &[("metrics", "customers,orders_pending,orders_cancelled,orders_unconverted,coupon_uses,searches,searches_without_result")],
        "customers  orders_pending  orders_cancelled  orders_unconverted  coupon_uses  searches  searches_without_result
         ---------  --------------  ----------------  ------------------  -----------  --------  -----------------------
                 3               1                 1                   1            2         2                        1",
    );
}

#[test]
fn carts_are_judged_as_of_a_time() {
    let shop = open(&rows());
    let metrics = "carts,carts_value,carts_abandoned,carts_abandoned_value,carts_abandoned_units,carts_recovered,carts_recovered_value,cart_abandonment_rate";
    let head = "carts  carts_value EUR  carts_abandoned  carts_abandoned_value EUR  carts_abandoned_units  carts_recovered  carts_recovered_value EUR  cart_abandonment_rate
                -----  ---------------  ---------------  -------------------------  ---------------------  ---------------  -------------------------  ---------------------";
    // At midnight cart 5 has rested for 29:59 minutes, a second later for half an hour.
    shop.check(&[("metrics", metrics)], &format!("{head}\n    5           140.00                1                      20.00                      2                1                      40.00                 60.00%"));
    shop.check(
        &[("metrics", metrics), ("as_of", "2026-03-30T00:00:01Z")],
        &format!("{head}\n    5           140.00                2                      70.00                      4                1                      40.00                 60.00%"),
    );
    let mut at_once = open(&rows());
    at_once.settings.cart_idle_s = 0;
    at_once.check(&[("metrics", metrics)], &format!("{head}\n    5           140.00                2                      70.00                      4                0                       0.00                 60.00%"));
}

#[test]
fn carts_that_reach_the_checkout_are_counted_apart_and_unlinked_ones_not_at_all() {
    let mut rows = rows();
    for (cart, step) in rows.carts.iter_mut().zip(["begin_checkout", "add_payment_info", "begin_checkout", "view_cart"])
    {
        cart.checkout_step = Some(step.to_owned());
    }
    rows.carts[4].state = commerce::rows::CartState::Unlinked;
    open(&rows).check(
        &[("metrics", "carts,carts_value,cart_abandonment_rate,checkout_abandonment_rate"), ("as_of", "2026-03-31T00:00:00Z")],
        "carts  carts_value EUR  cart_abandonment_rate  checkout_abandonment_rate\n-----  ---------------  ---------------------  -------------------------\n4            90.00                 50.00%                     33.33%",
    );
}

#[test]
fn days_are_those_of_the_site_and_all_of_them_are_there() {
    let shop = open(&rows());
    shop.check(
        &[
            ("metrics", "visits,orders,net_sales,conversion_rate"),
            ("granularity", "day"),
            ("from", "2026-03-27"),
            ("to", "2026-03-30"),
        ],
        "day         visits  orders  net_sales EUR  conversion_rate
         ----------  ------  ------  -------------  ---------------
         2026-03-27       0       0           0.00                -
         2026-03-28       1       1          23.00          100.00%
         2026-03-29       2       3          26.00           50.00%
         2026-03-30       1       0           0.00            0.00%
         ----------  ------  ------  -------------  ---------------
         total            4       4          49.00           50.00%",
    );
    let hours =
        shop.ask(&[("metrics", "orders"), ("granularity", "hour"), ("from", "2026-03-29"), ("to", "2026-03-29")]);
    assert_eq!(hours.rows.len(), 23);
    assert_eq!(hours.rows[10], [Cell::Text("2026-03-29T11:00+02:00".to_owned()), Cell::Count(3)]);
    shop.check(
        &[("metrics", "visits"), ("dimensions", "weekday")],
        "weekday  visits\n-------  ------\n1             0\n2             0\n3             0\n4             0\n5             0\n6             1\n7             2\n-------  ------\ntotal         3",
    );
    let hour = shop.ask(&[("metrics", "visits"), ("dimensions", "hour_of_day"), ("filter", "weekday==7")]);
    let filled: Vec<(i128, i128)> = hour
        .rows
        .iter()
        .filter_map(|r| match r.as_slice() {
            [Cell::Count(hour), Cell::Count(visits)] if *visits > 0 => Some((*hour, *visits)),
            _ => None,
        })
        .collect();
    assert_eq!((hour.rows.len(), filled), (24, vec![(10, 1), (11, 1)]));
}

#[test]
fn orders_are_split_by_what_they_are_credited_to_and_visits_by_what_brought_them() {
    let shop = open(&rows());
    shop.check(
        &[("metrics", "visits,orders,order_total"), ("dimensions", "channel")],
        "channel         visits  orders  order_total EUR
         --------------  ------  ------  ---------------
         Direct               1       0             0.00
         Email                1       1            30.00
         Organic Search       1       3            28.00
         --------------  ------  ------  ---------------
         total                3       4            58.00",
    );
    shop.check(
        &[("metrics", "orders,visits,page_views"), ("dimensions", "country,device"), ("order", "-orders")],
        "country  device   orders  visits  page_views
         -------  -------  ------  ------  ----------
         AT       desktop       2       1           2
         DE       mobile        1       2           4
         -        -             1       0           0
         -------  -------  ------  ------  ----------
         total                  4       3           6",
    );
}

#[test]
fn an_order_counts_once_in_every_row_it_touches() {
    let shop = open(&rows());
    // Order 2 has the same SKU twice; orders 3 and 4 have no lines: they have a row of their own.
    shop.check(
        &[("metrics", "orders,units,gross_sales,net_sales,average_order_value"), ("dimensions", "sku")],
        "sku         orders  units  gross_sales EUR  net_sales EUR  average_order_value EUR
         ----------  ------  -----  ---------------  -------------  -----------------------
         (no lines)       2      2             7.00           7.00                     7.00
         A1               2      4            39.00          37.00                    18.50
         B1               1      1             5.50           5.00                     5.00
         ----------  ------  -----  ---------------  -------------  -----------------------
         total            4      7            51.50          49.00                    16.33",
    );
    shop.check(
        &[("metrics", "orders,gross_sales"), ("dimensions", "category"), ("order", "category")],
        "category    orders  gross_sales EUR
         ----------  ------  ---------------
         (no lines)       2             7.00
         Outdoor          2            39.00
         Shoes            2            30.00
         -                1             5.50
         ----------  ------  ---------------
         total            4            51.50",
    );
    shop.check(
        &[("metrics", "orders,order_total,visits"), ("dimensions", "page"), ("order", "page")],
        "page     orders  order_total EUR  visits
         -------  ------  ---------------  ------
         /             3            58.00       3
         /sale         2            28.00       1
         /search       2            28.00       1
         /shoes        1            30.00       1
         -             1             0.00       0
         -------  ------  ---------------  ------
         total         4            58.00       3",
    );
    shop.check(
        &[("metrics", "coupon_uses,orders"), ("dimensions", "coupon")],
        "coupon  coupon_uses  orders
         ------  -----------  ------
         SPRING            1       1
         VIP               1       1
         -                 0       3
         ------  -----------  ------
         total             2       4",
    );
}

#[test]
fn products_go_from_view_to_cart_to_order_within_a_visit() {
    let shop = open(&rows());
    // Visit 3 saw a category's page, which has no SKU. A1: viewed in visits 1, 2, 3; added in 1 and 2; ordered in 1 and 3. B1: added in 3, ordered in 1 only.
    shop.check(
        &[
            ("metrics", "product_views,adds_to_cart,view_to_cart_rate,cart_to_order_rate,buy_to_detail_rate,visits"),
            ("dimensions", "sku"),
        ],
        "sku    product_views  adds_to_cart  view_to_cart_rate  cart_to_order_rate  buy_to_detail_rate  visits
         -----  -------------  ------------  -----------------  ------------------  ------------------  ------
         A1                 4             2             66.67%              50.00%              66.67%       3
         B1                 0             1                  -               0.00%                   -       0
         -                  0             0                  -                   -                   -       1
         -----  -------------  ------------  -----------------  ------------------  ------------------  ------
         total              4             3             66.67%              33.33%              66.67%       3",
    );
    shop.check(
        &[("metrics", "carts_abandoned,carts_abandoned_value,carts_abandoned_units"), ("dimensions", "sku")],
        "sku    carts_abandoned  carts_abandoned_value EUR  carts_abandoned_units
         -----  ---------------  -------------------------  ---------------------
         A1                   1                      12.00                      1
         B1                   1                       8.00                      1
         -----  ---------------  -------------------------  ---------------------
         total                1                      20.00                      2",
    );
}

#[test]
fn goals_are_of_all_visits() {
    let shop = open(&rows());
    shop.check(
        &[("metrics", "goal_conversions,goal_value,goal_conversion_rate,visits"), ("dimensions", "goal")],
        "goal   goal_conversions  goal_value EUR  goal_conversion_rate  visits
         -----  ----------------  --------------  --------------------  ------
         1                     2           20.00                66.67%       2
         2                     1            0.00                33.33%       1
         -----  ----------------  --------------  --------------------  ------
         total                 3           20.00                66.67%       3",
    );
    shop.check(
        &[("metrics", "goal_conversion_rate"), ("filter", "goal==2")],
        "goal_conversion_rate\n--------------------\n33.33%",
    );
}

#[test]
fn filters_narrow_what_is_counted() {
    let shop = open(&rows());
    let orders = |filter: &str| match shop.ask(&[("metrics", "orders"), ("filter", filter)]).totals.as_slice() {
        [Cell::Count(n)] => *n,
        other => panic!("{other:?}"),
    };
    let check = |filter: &str, expected: i128| assert_eq!(orders(filter), expected, "{filter}");
    check("channel==Email", 1);
    check("channel==Email,channel==Organic Search", 4);
    check("channel!=Email", 3);
    check("channel=@organic;country==AT", 2);
    check("country!=AT", 2);
    check("country==", 1);
    check("sku==A1", 2);
    // Order 1 has B1, too; orders 3 and 4 have no lines.
    check("sku!=A1", 3);
    check("sku==", 0);
    check("sku==(no lines)", 2);
    check("sku!=(no lines)", 2);
    check("sku==(no lines),channel==Email", 3);
    check("category==(no lines)", 2);
    check("category==", 1);
    check("sku==A1;sku==B1", 0);
    check("sku==A1;category==Shoes", 2);
    check("category==Outdoor", 2);
    check("category!=Shoes", 4);
    check("page==/sale", 2);
    check("page!=/sale", 4);
    check("page==", 1);
    check("page!=/sale,channel==Nowhere", 4);
    check("coupon==VIP", 1);
    check("coupon!=VIP", 4);
    check("coupon==", 3);
    check("currency==USD", 1);
    check("trust==verified,order_source==browser;payment_method!=", 3);
    check(r"channel=='\; drop table orders\; --", 0);
    // Orders 3 and 4 have no lines, and so no price.
    check("price is unknown", 2);
    check("price is known", 2);
    check("price = 0", 2);
    check("category contains lines", 2);
    let gross = |filter: &str| shop.ask(&[("metrics", "gross_sales"), ("filter", filter)]).totals[0].text();
    for filter in ["category contains lines", "category starts with \"(NO\"", "category ends with \"s)\""] {
        assert_eq!(gross(filter), "7.00", "{filter}");
    }
    for dimension in ["sku", "category", "category_1", "item_list"] {
        assert_eq!(gross(&format!("{dimension}==(no lines)")), "7.00", "{dimension}");
    }
    assert_eq!((gross("category=="), gross("category!=")), ("5.50".to_owned(), "46.00".to_owned()));
    shop.check(
        &[("metrics", "orders,gross_sales"), ("dimensions", "sku"), ("filter", "brand==A")],
        "sku    orders  gross_sales EUR\n-----  ------  ---------------\nA1          2            39.00\n-----  ------  ---------------\ntotal       2            39.00",
    );
    shop.check(
        &[("metrics", "events"), ("dimensions", "property:plan,event"), ("filter", "property:a b==1")],
        "property:plan  event      events\n-------------  ---------  ------\npro            signed_up       1\n-------------  ---------  ------\ntotal                          1",
    );
    shop.check(
        &[("metrics", "searches,searches_without_result"), ("dimensions", "search_term")],
        "search_term  searches  searches_without_result\n-----------  --------  -----------------------\nboots               1                        0\nbots                1                        1\n-----------  --------  -----------------------\ntotal               2                        1",
    );
}

#[test]
fn not_is_asked_of_a_product_whatever_it_is_split_by() {
    let shop = open(&rows());
    // Of two lines of A1 one is in both categories: it is in Shoes, also where Outdoor is looked at.
    shop.check(
        &[
            ("metrics", "gross_sales,orders"),
            ("dimensions", "category"),
            ("filter", "not category = Shoes and sku = A1"),
        ],
        "category  gross_sales EUR  orders
         --------  ---------------  ------
         Outdoor              9.00       0
         --------  ---------------  ------
         total                9.00       0",
    );
}

#[test]
fn coupons_are_those_of_orders_that_do_not_count_as_well() {
    let mut rows = rows();
    for order in rows.orders.iter_mut().filter(|o| !o.counts) {
        order.coupon = Some("LATE".to_owned());
    }
    let shop = open(&rows);
    shop.check(
        &[("metrics", "orders_pending,orders_cancelled,coupon_uses"), ("filter", "coupon = LATE")],
        "orders_pending  orders_cancelled  coupon_uses\n--------------  ----------------  -----------\n1                 1            0",
    );
}

#[test]
fn a_comparison_stands_beside_each_figure() {
    let shop = open(&rows());
    shop.check(
        &[
            ("metrics", "visits,orders"),
            ("dimensions", "channel"),
            ("from", "2026-03-29"),
            ("to", "2026-03-29"),
            ("compare", "previous_period"),
        ],
        "channel         visits  orders  visits:previous  orders:previous
         --------------  ------  ------  ---------------  ---------------
         Direct               1       0                0                0
         Organic Search       1       3                0                0
         Email                0       0                1                1
         --------------  ------  ------  ---------------  ---------------
         total                2       3                1                1",
    );
    shop.check(
        &[
            ("metrics", "visits"),
            ("granularity", "day"),
            ("from", "2026-03-29"),
            ("to", "2026-03-30"),
            ("compare", "previous_period"),
        ],
        "day         visits  visits:previous
         ----------  ------  ---------------
         2026-03-29       2                0
         2026-03-30       1                1
         ----------  ------  ---------------
         total            3                1",
    );
}

#[test]
fn rows_are_cut_after_sorting_and_totals_are_of_all() {
    let shop = open(&rows());
    let table = shop.ask(&[
        ("metrics", "orders"),
        ("dimensions", "channel"),
        ("order", "orders"),
        ("limit", "1"),
        ("offset", "1"),
    ]);
    assert_eq!(table.rows, [vec![Cell::Text("Organic Search".to_owned()), Cell::Count(3)]]);
    assert_eq!((table.totals[1].clone(), table.meta.rows_total), (Cell::Count(4), 2));
    assert_eq!((table.meta.as_of_position, table.meta.as_of), (40, Some(at("2026-03-30T00:00:00Z"))));
    assert_eq!((table.meta.currency.as_str(), table.meta.timezone.as_str()), ("EUR", "Europe/Berlin"));
}

#[test]
fn a_site_without_ecommerce_has_no_orders_and_no_carts() {
    let mut shop = open(&rows());
    shop.settings.ecommerce = false;
    shop.check(
        &[("metrics", "visits,orders,carts,conversion_rate,engaged_visits,order_total")],
        "visits  orders  carts  conversion_rate  engaged_visits  order_total EUR\n------  ------  -----  ---------------  --------------  ---------------\n     3       0      0            0.00%               2             0.00",
    );
    shop.check(
        &[("metrics", "orders"), ("dimensions", "channel")],
        "channel  orders\n-------  ------\n-------  ------\ntotal         0",
    );
}

#[test]
fn an_empty_store_answers_with_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store =
        Store::open(folder.path().join("store.db"), store::Options { memory_limit_mb: 256, threads: 1 }).unwrap();
    let query = Query::parse([
        ("metrics", "visits,conversion_rate,carts_abandoned"),
        ("from", "2026-03-28"),
        ("to", "2026-03-29"),
    ])
    .unwrap();
    let table = run(&store, SITE, &settings(), &query).unwrap();
    assert_eq!(table.rows, [vec![Cell::Count(0), Cell::Null, Cell::Count(0)]]);
    assert_eq!((table.meta.as_of_position, table.meta.as_of), (0, None));
}

#[test]
fn the_store_understands_every_metric_by_every_dimension() {
    let shop = open(&rows());
    for asked in crate::plan::tests::all_dimensions() {
        let none = crate::filter::Filter::default();
        let works =
            |m: &&'static crate::Metric| crate::plan::Plan::new(&[m], std::slice::from_ref(&asked), &none).is_ok();
        let dimension = asked.name();
        let filter = match asked.dimension().values {
            Values::Text => format!("{dimension}==A1,{dimension}!=x;{dimension}=@a"),
            Values::Number => format!("{dimension}==1"),
            Values::Time(_) | Values::Measured { .. } => String::new(),
        };
        let parameters = [("metrics", "visits"), ("from", "2026-03-28"), ("to", "2026-03-29")];
        let all = Query { metrics: crate::METRICS.iter().filter(works).collect(), ..Query::parse(parameters).unwrap() };
        let filter = crate::filter::Filter::parse(&filter).unwrap();
        let split = Query { dimensions: vec![asked.clone()], ..all.clone() };
        for query in [Query { filter: filter.clone(), ..all }, Query { filter, ..split }] {
            let table = run(&shop.store, SITE, &shop.settings, &query).unwrap_or_else(|e| panic!("{dimension}: {e:?}"));
            assert_eq!(table.totals.len(), table.columns.len());
        }
    }
}

#[test]
fn a_code_of_a_mailing_shows_what_it_stands_for() {
    let mut rows = rows();
    let by_code = |source: &mut commerce::rows::TrafficSource, code: &str| source.campaign = Some(code.to_owned());
    by_code(&mut rows.visits[0].source, "Qw3rTy");
    by_code(&mut rows.visits[1].source, "Unkn0wn");
    by_code(&mut rows.visits[2].source, "Spring");
    let code = |site, code: &str, campaign: &str| commerce::rows::LinkCodeRow {
        site,
        position: 1,
        code: code.to_owned(),
        campaign: Some(campaign.to_owned()).filter(|text| !text.is_empty()),
        customer: None,
        user_id: None,
        email_hash: None,
    };
    rows.link_codes =
        vec![code(SITE, "Qw3rTy", "Spring"), code(SITE, "Unkn0wn", ""), code(SiteId(77), "Spring", "Theirs")];
    let shop = open(&rows);
    shop.check(
        &[("metrics", "visits"), ("dimensions", "campaign")],
        "campaign  visits\n--------  ------\nSpring         2\nUnkn0wn        1\n--------  ------\ntotal          3",
    );
    shop.check(&[("metrics", "visits"), ("filter", "campaign==Spring")], "visits\n------\n2");
    shop.check(&[("metrics", "page_views"), ("filter", "campaign==Qw3rTy")], "page_views\n----------\n0");
}
