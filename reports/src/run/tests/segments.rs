//! Segments and behaviours on a real store: who is kept, and that every fact follows. Worked out by hand from `shop.rs`.

use super::shop::{self, rows};
use super::*;
use crate::filter::Definition;
use commerce::rows::ProductAction::{PromotionClick, PromotionView};
use commerce::rows::Rows;
use commerce::{CustomerKey, VisitKey, VisitorKey};

/// The shop with everybody's visitor and customer written down: visits 1 and 2 are of visitor and customer 1, visit 3 of
/// visitor and customer 2.
fn people() -> Rows {
    let mut rows = rows();
    let visits: Vec<(VisitKey, VisitorKey)> = rows.visits.iter().map(|v| (v.visit, v.visitor)).collect();
    let visitor = |visit: Option<VisitKey>| visits.iter().find(|(v, _)| Some(*v) == visit).map(|(_, visitor)| *visitor);
    rows.events.iter_mut().for_each(|row| row.visitor = visitor(row.visit));
    rows.product_actions.iter_mut().for_each(|row| row.visitor = visitor(row.visit));
    rows.goal_conversions.iter_mut().for_each(|row| row.visitor = visitor(row.visit));
    rows.orders.iter_mut().for_each(|row| row.visitor = visitor(row.visit));
    rows.carts.iter_mut().for_each(|row| {
        row.visitor = visitor(row.visit);
        row.customer = row.visitor.map(|v| CustomerKey(v.0));
    });
    rows.visits.iter_mut().filter(|v| v.visitor.0 <= 2).for_each(|v| v.customer = Some(CustomerKey(v.visitor.0)));
    // What a browser reports of visit 1.
    rows.events[0].properties = Some(r#"{"engagement_ms":12340,"traits":{"plan":"x"}}"#.to_owned());
    let said = |key, at, plan: &str| commerce::rows::EventRow {
        visitor: Some(VisitorKey(1)),
        properties: Some(format!(r#"{{"traits":{{"plan":"{plan}"}}}}"#)),
        ..shop::event(key, 0, at, "identify", "/")
    };
    rows.events.extend([said(20, "2026-03-27T10:00:00Z", "silver"), said(21, "2026-03-27T11:00:00Z", "gold")]);
    rows
}

const METRICS: &str = "visits,page_views,product_views,orders,carts,goal_conversions";

fn figures(shop: &Shop, segment: &str) -> Vec<i128> {
    let table = shop.ask(&[("metrics", METRICS), ("segment", segment)]);
    assert_eq!(table.meta.filters.len(), 1, "{segment}");
    table.totals.iter().map(|cell| if let Cell::Count(n) = cell { *n } else { panic!("{cell:?}") }).collect()
}

#[test]
fn every_fact_follows_the_segment() {
    let shop = open(&people());
    let check = |segment: &str, expected: [i128; 6]| assert_eq!(figures(&shop, segment), expected, "{segment}");
    // Each fact by its own rows: order 4 has no visit and its channel is its own.
    check("channel = Email", [1, 3, 2, 1, 5, 3]);
    check("channel = Email or country = AT", [2, 5, 3, 3, 5, 3]);
    check("not (channel = Email or country = AT)", [1, 1, 1, 1, 0, 0]);
    // Of visits: those of the mail and all that is in them.
    check("visits: channel = Email", [1, 3, 2, 1, 1, 1]);
    check("visits: not channel = Email", [2, 3, 2, 2, 4, 2]);
    check("visits: page = /shoes", [1, 3, 2, 1, 1, 1]);
    check("visits: visit_duration_s >= 5 and visit_page_views < 3", [1, 2, 1, 2, 4, 0]);
    check("visits: order_total > 25", [1, 3, 2, 1, 1, 1]);
    // Of visitors: everything they ever did.
    check("visitors: channel = Email", [2, 4, 3, 1, 1, 3]);
    check("visitors: channel = Email and country = AT", [0, 0, 0, 0, 0, 0]);
    check("visitors: not channel = Email", [3, 6, 4, 3, 5, 3]);
    // Of customers: order 4 is customer 1's, though it names no visit.
    check("customers: order_total > 25", [2, 4, 3, 2, 1, 3]);
    check("customers: channel = Direct", [2, 4, 3, 2, 1, 3]);
    // Of orders: the visits they were placed in; carts 2 and 3 name no order here.
    check("orders: order_total > 25", [1, 3, 2, 1, 0, 1]);
    check("orders: sku = B1", [1, 3, 2, 1, 0, 1]);
    check("orders: order_id in (2, 3)", [1, 2, 1, 2, 0, 0]);
}

#[test]
fn behaviours_are_those_of_whom_the_segment_is_of() {
    let shop = open(&people());
    let check = |segment: &str, expected: [i128; 6]| assert_eq!(figures(&shop, segment), expected, "{segment}");
    check("did purchase", [3, 6, 4, 3, 5, 3]);
    check("did purchase >= 2", [1, 2, 1, 2, 4, 0]);
    check("did purchase = 1", [2, 4, 3, 1, 1, 3]);
    check("did purchase < 2", [2, 4, 3, 1, 1, 3]);
    check("did purchase where (order_total > 25)", [2, 4, 3, 1, 1, 3]);
    check("did purchase where (sku = B1)", [2, 4, 3, 1, 1, 3]);
    // The last day of the report is the 29th.
    check("did purchase in 1d", [1, 2, 1, 2, 4, 0]);
    check("did purchase in 2d", [3, 6, 4, 3, 5, 3]);
    check("did search = 2", [1, 2, 1, 2, 4, 0]);
    // Of order 4 no visitor is known, who then did nothing.
    check("did not search", [2, 4, 3, 2, 1, 3]);
    check("visitors: did not search", [2, 4, 3, 1, 1, 3]);
    check("did search where (search_term = bots)", [1, 2, 1, 2, 4, 0]);
    check("viewed sku A1 and not bought sku A1", [0, 0, 0, 0, 0, 0]);
    check("visits: viewed sku A1 and not bought sku A1", [1, 1, 1, 0, 0, 2]);
    check("visits: added sku = A1", [2, 4, 3, 1, 1, 3]);
    check("visits: carted category = Shoes and not did abandon_cart", [1, 2, 1, 2, 4, 0]);
    check("visits: did abandon_cart", [1, 3, 2, 1, 1, 1]);
    check("customers: did purchase >= 2", [2, 4, 3, 2, 1, 3]);
    check("customers: did search and did purchase", [1, 2, 1, 1, 4, 0]);
    check("orders: did purchase >= 2", [1, 3, 2, 2, 0, 1]);
    check("customers: viewed brand = A in 1d", [3, 6, 4, 3, 5, 3]);
}

#[test]
fn defined_events_are_events() {
    let shop = open(&people());
    let defined = [
        Definition::parse("Sale seen", "event = page_view and page = /sale").unwrap(),
        Definition::parse("Pro", "property:plan = pro").unwrap(),
    ];
    let ask = |metrics: &str, segment: &str| {
        let mut query =
            Query::parse([("metrics", metrics), ("segment", segment), ("from", "2026-03-28"), ("to", "2026-03-29")])
                .unwrap();
        query.define(&defined);
        let table = run(&shop.store, SITE, &shop.settings, &query).unwrap();
        (table.totals.iter().map(Cell::text).collect::<Vec<_>>().join(","), table.meta.filters.join("; "))
    };
    let check = |metrics: &str, segment: &str, expected: &str| {
        assert_eq!(ask(metrics, segment), (expected.to_owned(), segment.to_owned()), "{segment}");
    };
    check("events,visits", r#"event = "Sale seen""#, "1,1");
    check("events,visits", r#"not event = "Sale seen""#, "8,2");
    check("events", "event = Pro", "1");
    check("visits,orders", r#"visitors: did "Sale seen""#, "1,2");
    check("visits,orders", r#"visitors: did not "Sale seen""#, "2,1");
    // By event a defined one stands beside the names that were sent.
    let mut query = Query::parse([
        ("metrics", "events,visits"),
        ("dimensions", "event"),
        ("from", "2026-03-28"),
        ("to", "2026-03-29"),
    ])
    .unwrap();
    query.define(&defined);
    let table = run(&shop.store, SITE, &shop.settings, &query).unwrap();
    let rows: Vec<String> = table.rows.iter().map(|r| r.iter().map(Cell::text).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(rows, ["page_view 6 3", "search 2 1", "Pro 1 0", "Sale seen 1 1", "signed_up 1 0", "ping 0 1"]);
    assert!(!table.columns[1].additive, "an event can be several");
}

#[test]
fn visitors_are_told_apart_by_what_they_bought_and_said() {
    let shop = open(&people());
    shop.check(
        &[("metrics", "visits,orders"), ("dimensions", "visitor_type")],
        "visitor_type        visits  orders
         ------------------  ------  ------
         new                      2       3
         returning_customer       1       0
         -                        0       1
         ------------------  ------  ------
         total                    3       4",
    );
    shop.check(
        &[("metrics", "visits,orders,carts"), ("dimensions", "trait:plan")],
        "trait:plan  visits  orders  carts
         ----------  ------  ------  -----
         gold             2       1      1
         -                1       3      4
         ----------  ------  ------  -----
         total            3       4      5",
    );
    shop.check(
        &[("metrics", "engagement_s,time_on_page_s,engagement_rate"), ("dimensions", "page"), ("filter", "page = /")],
        "page   engagement_s  time_on_page_s  engagement_rate
         -----  ------------  --------------  ---------------
         /              12.3             4.1           66.67%
         -----  ------------  --------------  ---------------
         total          12.3             4.1           66.67%",
    );
}

#[test]
fn shares_and_means_of_the_catalogue_are_of_what_they_say() {
    let mut rows = people();
    rows.visits[2].searches = 2;
    let promoted = |key, action| commerce::rows::ProductActionRow {
        promotion: Some("spring".to_owned()),
        ..shop::action(key, 1, "2026-03-28T22:30:00Z", action, shop::product("A1", &[]))
    };
    rows.product_actions.extend([
        promoted(30, PromotionView),
        promoted(31, PromotionView),
        promoted(32, PromotionClick),
    ]);
    let shop = open(&rows);
    // 7 units and 2.50 off 51.50 in 4 orders of 3 customers, one of them with a coupon.
    shop.check(
        &[("metrics", "units_per_order,discount_rate,return_rate,orders_per_customer,orders_with_coupon,coupon_rate")],
        "units_per_order  discount_rate  return_rate  orders_per_customer  orders_with_coupon  coupon_rate
         ---------------  -------------  -----------  -------------------  ------------------  -----------
                  1.7500          4.85%        0.00%               1.3333                   1       25.00%",
    );
    // One cart is left and one was ordered late; one of three visits searched, twice, once for nothing.
    shop.check(
        &[("metrics", "cart_recovery_rate,visits_with_search,search_rate,searches_without_result_rate")],
        "cart_recovery_rate  visits_with_search  search_rate  searches_without_result_rate
         ------------------  ------------------  -----------  ----------------------------
                     50.00%                   1       33.33%                        50.00%",
    );
    shop.check(
        &[("metrics", "promotion_views,promotion_clicks,promotion_click_rate"), ("dimensions", "promotion")],
        "promotion  promotion_views  promotion_clicks  promotion_click_rate
         ---------  ---------------  ----------------  --------------------
         spring                   2                 1                50.00%
         ---------  ---------------  ----------------  --------------------
         total                    2                 1                50.00%",
    );
    // By product, the orders are those that hold it: 4 of A1 in orders 1 and 2.
    shop.check(
        &[("metrics", "units_per_order"), ("dimensions", "sku"), ("filter", "sku = A1")],
        "sku    units_per_order
         -----  ---------------
         A1              2.0000
         -----  ---------------
         total           2.0000",
    );
}

#[test]
fn segments_stand_side_by_side() {
    let shop = open(&people());
    let segments = [("mail", "visits: channel = Email"), ("all", "")]
        .map(|(name, text)| (name.to_owned(), crate::filter::Filter::parse(text).unwrap()));
    let ask = |parameters: &[(&str, &str)]| {
        let days = [("from", "2026-03-28"), ("to", "2026-03-29")];
        let query = Query::parse(days.iter().chain(parameters).copied()).unwrap();
        let run = |now: &Snapshot<'_>| crate::compare::run_segments(now, SITE, &shop.settings, &query, &segments);
        shop.store.snapshot(&Patience::default(), run)
    };
    let text = ask(&[("metrics", "visits,conversion_rate"), ("dimensions", "channel")]).unwrap().to_text();
    let expected = "channel         visits:mail  conversion_rate:mail  visits:all  conversion_rate:all
--------------  -----------  --------------------  ----------  -------------------
Email                     1               100.00%           1              100.00%
Direct                    0                     -           1                0.00%
Organic Search            0                     -           1              100.00%
--------------  -----------  --------------------  ----------  -------------------
total                     1               100.00%           3               66.67%
";
    assert_eq!(text, expected, "\n{text}");
    let days = ask(&[("metrics", "visits"), ("granularity", "day"), ("order", "-day"), ("limit", "1")]).unwrap();
    assert_eq!((days.to_csv().lines().nth(1), days.meta.rows_total), (Some("2026-03-29,0,2"), 2));
    let refused = ask(&[("metrics", "visits"), ("compare", "previous_year")]).unwrap_err();
    assert!(refused.to_string().contains("compare_segments"), "{refused}");
}
