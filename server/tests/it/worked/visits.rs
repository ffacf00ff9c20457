//! Visits: where one ends and the next begins.

use super::case::Case;
use super::shop::Shop;
use serde_json::{Value, json};

/// The case gives the number of visits.
pub(super) fn counted(case: &Case) {
    let mut shop = Shop::open(case);
    shop.play(case);
    assert_eq!(&shop.figure("visits"), case.expected("sessions"));
}

/// Returns the rows of a report by day that hold anything.
fn filled(rows: Vec<Value>, metric: &str) -> Vec<Value> {
    rows.into_iter().filter(|row| row[metric] != 0).collect()
}

/// The case gives the visits of each day, and their total.
pub(super) fn by_day(case: &Case) {
    let mut shop = Shop::open(case);
    shop.play(case);
    let rows = filled(shop.rows("metrics=visits&dimensions=day"), "visits");
    let days = case.expectations().filter(|(day, _)| *day != "total");
    let expected: Vec<Value> = days.map(|(day, visits)| json!({"day": day, "visits": visits})).collect();
    assert_eq!(rows, expected);
    assert_eq!(&shop.figure("visits"), case.expected("total"));
}

/// Counting a visit on each day that it touches is another tool's way. What holds for everybody is the total, and
/// that a total of distinct visitors is never offered as the sum of its days.
pub(super) fn no_sum_of_days(case: &Case) {
    let mut shop = Shop::open(case);
    shop.play(case);
    let table = shop.table("metrics=visits,visitors&dimensions=day");
    assert_eq!(&table["totals"][1], case.expected("total"));
    assert_eq!(table["columns"][2]["name"], "visitors");
    assert_eq!(&table["totals"][2], case.expected("total"));
    let additive = table["meta"]["additive"].as_array().expect("names");
    assert!(additive.contains(&json!("visits")) && !additive.contains(&json!("visitors")), "{additive:?}");
}

/// The visit goes on under a second campaign, and both touches are kept: the visit's own source is the first, and
/// what is ordered afterwards is credited to the second.
pub(super) fn touches(case: &Case) {
    let mut shop = Shop::open(case);
    shop.play(case);
    assert_eq!(&shop.figure("visits"), case.expected("sessions"));
    let last = case.events().last().expect("an event");
    shop.send(&json!({"t": "order", "vid": last["vid"], "ts": last["ts"], "order": {"id": "1", "total": "10.00"}}));
    shop.server.settle();
    let sources = |metric: &str| -> Vec<String> {
        let rows = shop.rows(&format!("metrics={metric}&dimensions=source,medium")).into_iter();
        let named = |row: &Value| format!("{}/{}", row["source"], row["medium"]).replace('"', "");
        rows.filter(|row| row[metric] != 0).map(|row| named(&row)).collect()
    };
    let found = [sources("visits"), sources("orders")].concat();
    assert_eq!(&json!(found), case.expected("touches"));
}

/// The same hits under the default time-out and under the four hours of another tool.
pub(super) fn timeouts(case: &Case) {
    for (setting, name) in [(None, "default"), (Some("visit_timeout_s=14400"), "ahoy")] {
        let mut shop = Shop::open(case);
        if let Some(setting) = setting {
            shop.set(setting);
        }
        shop.play(case);
        assert_eq!(&shop.figure("visits"), case.expected(name), "{name}");
    }
}

/// Visits without a cap and with the case's own.
pub(super) fn capped(case: &Case) {
    for (setting, name) in [(Some("visit_cap_s=0"), "no_cap"), (None, "cap_12h")] {
        let mut shop = Shop::open(case);
        if let Some(setting) = setting {
            shop.set(setting);
        }
        shop.play(case);
        assert_eq!(&shop.figure("visits"), case.expected(name), "{name}");
    }
}

/// A server's order joins the visit whose id it carries, hours later, and neither opens nor extends one.
pub(super) fn server_order(case: &Case) {
    let mut shop = Shop::open(case);
    shop.play(case);
    assert_eq!(&shop.figure("visits"), case.expected("sessions"));
    assert_eq!(&shop.figure("orders"), case.expected("orders"));
    let (view, order) = (&case.events()[0], &case.events()[1]);
    assert_eq!(&view["sid"], case.expected("converting_session"));
    let visitor = shop.get(&format!("visitors/{}", view["vid"].as_str().expect("a visitor")));
    let visits = visitor["visits"].as_array().expect("visits");
    assert_eq!(visits.len(), 1, "{visitor}");
    let detail = shop.get(&format!("orders/{}", order["order"]["id"].as_str().expect("an id")));
    assert_eq!(detail["order"]["visit"], visits[0]["visit"], "{detail}");
    assert_eq!(shop.figure("visit_duration_s"), 0, "the order extends no visit");
}
