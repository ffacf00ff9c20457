//! What is read from day sums is what the rows say: on random shops, with late and changed visits, before and after.

use super::random::{rows_of, story};
use super::*;
use crate::digest::sum_days;
use commerce::EventKey;
use proptest::prelude::*;

/// Metrics that are read from sums, by fact.
const METRICS: &[&str] = &[
    "events,page_views,searches,searches_without_result,engagement_s,time_on_page_s",
    "visits,new_visitors,bounce_rate,visit_duration_s,pages_per_visit,visitors,engaged_visits",
    "product_views,list_views,list_clicks,adds_to_cart,promotion_views,promotion_clicks",
    "view_to_cart_rate,cart_to_order_rate,buy_to_detail_rate,product_views",
    "visitors",
    "visitors,visitor_conversion_rate,orders,conversion_rate,visits",
    "orders,carts,net_sales,refunds",
];

/// Reports are asked in this many parts, each case one of them.
const PARTS: usize = 4;

/// Returns the reports of one part that could be read from sums.
fn questions(part: usize) -> Vec<(&'static str, String)> {
    let mut dimensions: Vec<String> = [
        "",
        "day",
        "hour",
        "weekday",
        "hour_of_day",
        "week",
        "day,channel",
        "country,day",
        "page,trust",
        "host,page",
        "event,page",
    ]
    .map(str::to_owned)
    .to_vec();
    dimensions.extend(crate::DIMENSIONS.iter().filter(|d| !d.takes_name()).map(|d| d.name.to_owned()));
    let dimensions: Vec<String> = dimensions.into_iter().skip(part).step_by(PARTS).collect();
    METRICS.iter().flat_map(|metrics| dimensions.iter().map(|d| (*metrics, d.clone())).collect::<Vec<_>>()).collect()
}

fn answers(shop: &Shop, part: usize) -> Vec<Table> {
    let mut out = Vec::new();
    for (metrics, dimensions) in questions(part) {
        let dimensions = ("dimensions", dimensions.as_str());
        let parameters = [("metrics", metrics), dimensions, ("from", "2026-03-28"), ("to", "2026-03-30")];
        match Query::parse(parameters) {
            Ok(query) => out.push(run(&shop.store, SITE, &shop.settings, &query).unwrap()),
            Err(error) => assert_eq!(error.code, "query.not_combinable", "{metrics}"),
        }
    }
    out
}

#[track_caller]
fn check_same(summed: &Shop, plain: &Shop, part: usize) {
    for (found, expected) in answers(summed, part).iter().zip(&answers(plain, part)) {
        assert_eq!(found.to_text(), expected.to_text());
        assert_eq!(found.totals, expected.totals);
    }
}

pub(super) fn sum_all(shop: &Shop) -> usize {
    let mut days = 0;
    loop {
        match sum_days(&shop.store, SITE, &shop.settings).unwrap() {
            0 => return days,
            more => days += more,
        }
    }
}

/// Returns rows that come late: visits that have changed, and events of their own. A visit that is known already turns
/// out to have begun some hours before, as an event that comes late makes it.
pub(super) fn late(known: &[super::random::Story], stories: &[super::random::Story]) -> Rows {
    let mut stories = stories.to_vec();
    for (story, known) in stories.iter_mut().zip(known) {
        story.minute = known.minute.saturating_sub(story.minute % 600);
    }
    let mut rows = rows_of(&stories);
    rows.position = 19;
    rows.visits.iter_mut().for_each(|v| v.position = 12);
    rows.events.iter_mut().for_each(|e| (e.position, e.event) = (13, EventKey(e.event.0 + 1_000_000)));
    rows.product_actions.iter_mut().for_each(|a| (a.position, a.event) = (14, EventKey(a.event.0 + 1_000_000)));
    Rows { visits: rows.visits, events: rows.events, product_actions: rows.product_actions, ..empty(19) }
}

pub(super) fn empty(position: u64) -> Rows {
    Rows { position, as_of: Some(at("2026-04-01T00:00:00Z")), ..Rows::default() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: PARTS as u32, max_shrink_iters: 12, ..ProptestConfig::default() })]

    #[test]
    fn sums_say_what_the_rows_say(
        first in prop::collection::vec(story(), 1..25),
        second in prop::collection::vec(story(), 1..8),
        part in 0..PARTS,
    ) {
        let (summed, plain) = (open(&rows_of(&first)), open(&rows_of(&first)));
        sum_all(&summed);
        for shop in [&summed, &plain] {
            shop.store.apply(&late(&first, &second)).unwrap();
        }
        check_same(&summed, &plain, part);
        sum_all(&summed);
        check_same(&summed, &plain, part);
    }
}

#[test]
fn a_day_that_changes_is_read_from_its_rows_until_it_is_summed_again() {
    let shop = open(&rows());
    shop.store.apply(&empty(50)).unwrap();
    assert_eq!(sum_all(&shop), 2);
    let days = || shop.store.query("select starts_at from summed_days order by 1", &[]).unwrap().rows.len();
    assert_eq!(days(), 2);
    let before = shop.ask(&[("metrics", "page_views,visits"), ("dimensions", "page")]);
    // That sums are read at all: what they say is believed.
    let doubled =
        shop.store.query("select sum(s1)::bigint from day_sums where fact = 0 and dimension = 0", &[]).unwrap();
    assert_eq!(doubled.rows[0][0].as_i64(), Some(6));
    let mut event = rows().events[0].clone();
    (event.position, event.event) = (60, EventKey(777));
    shop.store.apply(&Rows { events: vec![event], ..empty(60) }).unwrap();
    // Changes are minded by days of UTC, and that day has a part in both.
    assert_eq!(days(), 0);
    let after = shop.ask(&[("metrics", "page_views,visits"), ("dimensions", "page")]);
    assert_ne!(before.totals, after.totals);
    assert_eq!(sum_all(&shop), 2);
    assert_eq!(shop.ask(&[("metrics", "page_views,visits"), ("dimensions", "page")]), after);
}

#[test]
fn another_zone_reads_no_sums_of_the_old_one() {
    let mut shop = open(&rows());
    shop.store.apply(&empty(50)).unwrap();
    sum_all(&shop);
    let plain = open(&rows());
    shop.settings.timezone = commerce::Zone::parse("America/New_York").unwrap();
    let plain = Shop { settings: shop.settings.clone(), ..plain };
    check_same(&shop, &plain, 1);
    assert!(sum_all(&shop) > 0);
    check_same(&shop, &plain, 1);
}

#[test]
fn what_is_found_ahead_is_found_in_logs() {
    let shop = open(&rows());
    shop.store.apply(&empty(50)).unwrap();
    let found = |metrics: &str, dimensions: &str| {
        let asked = [("metrics", metrics), ("dimensions", dimensions), ("from", "2026-03-28"), ("to", "2026-03-30")];
        let query = Query::parse(asked).unwrap();
        let found: Result<(bool, bool), Error> = shop.store.snapshot(&store::Patience::default(), |snapshot| {
            let ahead = crate::ahead::Ahead::find(snapshot, SITE, &shop.settings, &query)?;
            let side = &crate::sql::sides(&query, &shop.settings)?[0];
            let has_few = ahead.few(crate::facts::Fact::Orders, &query.dimensions).is_some();
            Ok((ahead.seen(&query.dimensions, side).is_some(), has_few))
        });
        found.unwrap()
    };
    assert_eq!(found("visitors", "page"), (false, false));
    assert!(sum_all(&shop) > 0);
    for by in ["page", "day,page", "sku", "category", "month,event"] {
        assert_eq!(found("visitors", by), (true, false), "{by}");
    }
    assert_eq!(found("orders", "page"), (false, true));
    assert_eq!(found("orders,visitors", "day,page"), (true, true));
    // What logs cannot tell, and what is not theirs.
    for (metrics, by) in
        [("visitors", "channel"), ("visitors", "channel,page"), ("orders", "property:depth"), ("orders", "sku")]
    {
        assert_eq!(found(metrics, by), (false, false), "{metrics} by {by}");
    }
}
