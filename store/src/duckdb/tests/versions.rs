//! Later versions take the place of earlier ones, moved events count where they belong, sites do not mix.

use super::sample::*;
use super::*;
use commerce::rows::*;
use commerce::state::Keys;
use commerce::{CartKey, OrderKey, SiteId, VisitKey};

/// Every view by what it says, for comparing before and after.
fn views(store: &Store) -> Vec<ResultSet> {
    let names = ask(store, "select view_name from duckdb_views() where not internal order by view_name", &[]);
    let all = names.rows.iter().map(|row| format!("select * from {} order by all", row[0].as_text().unwrap()));
    all.map(|sql| ask(store, &sql, &[])).collect()
}

/// Returns a second version, at `position`, of visit, order and cart 1, with one line each.
fn second(position: u64) -> Rows {
    let mut rows = empty(position);
    rows.visits = vec![VisitRow { position, page_views: 9, ..visit(1) }];
    rows.orders = vec![OrderRow { position, statements: 2, ..order(1) }];
    rows.order_lines = vec![OrderLineRow { position, ..order_line(1, 0) }];
    rows.refunds = vec![RefundRow { position, ..refund(1) }];
    rows.refund_lines = vec![RefundLineRow { position, ..refund_line(1, 0) }];
    rows.carts = vec![CartRow { position, state: CartState::Emptied, ..cart(1) }];
    rows.cart_lines = vec![CartLineRow { position, ..cart_line(1, 0) }];
    rows
}

fn check_second(store: &Store, position: u64) {
    let rows = second(position);
    let of = |all: Vec<VisitRow>| all.into_iter().filter(|v| v.visit == VisitKey(1)).collect::<Vec<_>>();
    assert_eq!(of(stored(store)), rows.visits);
    let order = store.order(SITE, OrderKey(1)).unwrap().unwrap();
    assert_eq!((order.order, order.lines), (Some(rows.orders[0].clone()), rows.order_lines.clone()));
    assert_eq!((order.refunds, order.refund_lines), (rows.refunds.clone(), rows.refund_lines.clone()));
    let cart = store.cart(SITE, CartKey(1)).unwrap().unwrap();
    assert_eq!((cart.cart, cart.lines), (rows.carts[0].clone(), rows.cart_lines));
    assert_eq!(number(store, "select count(*) from visits_now"), 5, "the others stay");
    assert_eq!(number(store, "select count(*) from orders_now"), 5);
    assert_eq!(number(store, "select count(*) from order_lines_now"), 9);
    assert_eq!(number(store, "select count(*) from refunds_now"), 5);
    assert_eq!(number(store, "select count(*) from refund_lines_now"), 9);
    assert_eq!(number(store, "select count(*) from carts_now"), 5);
    assert_eq!(number(store, "select count(*) from cart_lines_now"), 9);
}

#[test]
fn a_later_version_takes_the_place_of_the_earlier() {
    let loads: [(&str, Option<Keys>); 4] = [
        ("nothing was loaded", None),
        ("all of it was loaded", Some(keys(1..=5))),
        ("other things were loaded", Some(keys(2..=5))),
        ("only the visitor was loaded", Some(Keys { visitors: keys(1..=1).visitors, ..Keys::default() })),
    ];
    for (name, load) in loads {
        let (_folder, store) = fresh();
        let mut rows = everything(1..=5);
        rows.visit_moves.clear();
        store.apply(&rows).unwrap();
        for position in [6, 7] {
            if let Some(keys) = &load {
                store.load(keys).unwrap();
            }
            store.apply(&second(position)).unwrap();
            check_second(&store, position);
        }
        let state = store.load(&keys(1..=5)).unwrap();
        assert_eq!(state.visitors[&commerce::VisitorKey(1)].visits, second(7).visits, "{name}");
        assert_eq!(state.sales.orders[&OrderKey(1)], second(7).orders[0], "{name}");
        assert_eq!(state.sales.carts[&CartKey(1)].lines, second(7).cart_lines, "{name}");
    }
}

/// Returns how many rows of orders and carts 1 are left in each of their tables.
fn left(store: &Store) -> Vec<i64> {
    let of = |table: &str, key: &str| number(store, &format!("select count(*) from {table} where {key} = 1"));
    let tables = ["orders", "order_lines", "refunds", "refund_lines"].map(|table| of(table, "\"order\""));
    [tables.to_vec(), ["carts", "cart_lines"].map(|table| of(table, "cart")).to_vec()].concat()
}

#[test]
fn what_is_gone_leaves_nothing_behind() {
    for load in [None, Some(keys(1..=5))] {
        let (folder, store) = fresh();
        store.apply(&everything(1..=5)).unwrap();
        assert_eq!(left(&store), [1, 2, 1, 2, 1, 2]);
        if let Some(keys) = &load {
            store.load(keys).unwrap();
        }
        let mut rows = empty(6);
        (rows.orders_gone, rows.carts_gone) = (vec![OrderKey(1), OrderKey(99)], vec![CartKey(1), CartKey(99)]);
        store.apply(&rows).unwrap();
        assert_eq!(left(&store), [0; 6]);
        assert_eq!(number(&store, "select count(*) from orders"), 4, "the others stay");
        assert_eq!(number(&store, "select count(*) from cart_lines"), 8);
        assert_eq!(number(&store, "select count(*) from order_facts"), 5, "what was said stays said");
        let detail = store.order(SITE, OrderKey(1)).unwrap().unwrap();
        assert_eq!((detail.order, detail.facts.len()), (None, 1));
        // An order that comes back is one again, also after the store was opened anew.
        drop(store);
        let store = open(folder.path());
        let mut rows = second(7);
        rows.visits.clear();
        store.apply(&rows).unwrap();
        assert_eq!(left(&store), [1; 6]);
    }
}

#[test]
fn a_version_without_lines_leaves_none() {
    let (_folder, store) = fresh();
    store.apply(&everything(1..=5)).unwrap();
    store.load(&keys(1..=5)).unwrap();
    let mut rows = empty(6);
    rows.orders = vec![OrderRow { position: 6, lines: 0, ..order(1) }];
    rows.carts = vec![CartRow { position: 6, ..cart(1) }];
    store.apply(&rows).unwrap();
    assert_eq!(left(&store), [1, 0, 0, 0, 1, 0]);
}

#[test]
fn people_keep_what_was_not_said_again() {
    let (_folder, store) = fresh();
    let one = |position: u64, user_id: Option<&str>, email: Option<&str>| PersonRow {
        site: SITE,
        position,
        customer: commerce::CustomerKey(1),
        user_id: user_id.map(str::to_owned),
        email_hash: email.map(|email| format!("hash of {email}")),
        email: email.map(str::to_owned),
    };
    let mut rows = empty(9);
    rows.people = vec![one(1, Some("u"), Some("a@example.org")), one(3, Some("v"), None), one(2, None, Some("b"))];
    store.apply(&rows).unwrap();
    let expected = one(3, Some("v"), Some("b"));
    let found = ask(&store, "select user_id, email_hash, email, position from people_now", &[]);
    assert_eq!(found.rows, [vec!["v".into(), "hash of b".into(), "b".into(), Value::UInt(3)]]);
    let state = store.load(&Keys { customers: [expected.customer].into(), ..Keys::default() }).unwrap();
    assert_eq!(state.sales.people, [(expected.customer, expected)].into());
}

#[test]
fn the_last_cost_of_a_day_holds() {
    let (_folder, store) = fresh();
    let cost = |position: u64, sku: &str, day: i64, cost: i64| ProductCostRow {
        position,
        sku: sku.to_owned(),
        valid_from: at(86_400 * day),
        unit_cost: commerce::UnitPrice(cost),
        ..product_cost(1)
    };
    let mut rows = empty(3);
    rows.product_costs = vec![cost(1, "a", 0, 1), cost(1, "a", 1, 2), cost(1, "b", 0, 3), cost(1, "b", 0, 4)];
    store.apply(&rows).unwrap();
    let mut rows = empty(4);
    rows.product_costs = vec![cost(4, "a", 0, 5), ProductCostRow { site: SiteId(2), ..cost(4, "a", 1, 6) }];
    store.apply(&rows).unwrap();
    let found = ask(&store, "select unit_cost from product_costs_now order by site, sku, valid_from", &[]);
    assert_eq!(found.rows.iter().map(|row| row[0].as_i64().unwrap()).collect::<Vec<_>>(), [5, 2, 4, 6]);
}

#[test]
fn the_last_word_on_a_code_holds() {
    let (_folder, store) = fresh();
    let code = |position: u64, code: &str, campaign: &str| LinkCodeRow {
        code: code.to_owned(),
        campaign: Some(campaign.to_owned()),
        ..link_code(position)
    };
    let mut rows = empty(3);
    rows.link_codes = vec![code(1, "a", "1"), code(1, "b", "2"), code(1, "b", "3")];
    store.apply(&rows).unwrap();
    let mut rows = empty(4);
    rows.link_codes = vec![code(4, "a", "4"), LinkCodeRow { site: SiteId(2), ..code(4, "b", "5") }];
    store.apply(&rows).unwrap();
    let found = ask(&store, "select campaign from link_codes_now order by site, code", &[]);
    assert_eq!(found.rows.iter().map(|row| row[0].as_text().unwrap()).collect::<Vec<_>>(), ["4", "3", "5"]);
}

#[test]
fn a_visit_taken_back_is_gone() {
    let (_folder, store) = fresh();
    let mut rows = empty(1);
    rows.visits = vec![visit(1), visit(2)];
    store.apply(&rows).unwrap();
    let mut rows = empty(2);
    rows.visits = vec![VisitRow { position: 2, live: false, ..visit(1) }];
    store.apply(&rows).unwrap();
    let left = ask(&store, "select visit from visits_now", &[]);
    assert_eq!(left.rows, [vec![Value::UInt(2)]]);
    let state = store.load(&keys(1..=2)).unwrap();
    assert!(!state.visitors.contains_key(&commerce::VisitorKey(1)));
}

#[test]
fn moved_events_count_where_they_belong() {
    let (_folder, store) = fresh();
    let mut rows = everything(1..=5);
    rows.visit_moves.clear();
    store.apply(&rows).unwrap();
    let to = |n: u64, position: u64, visit: Option<u64>| VisitMoveRow {
        site: SITE,
        position,
        event: commerce::EventKey(1_000 + n),
        visit: visit.map(VisitKey),
    };
    let mut rows = empty(6);
    // The first event moves twice in one batch, the second out of every visit, the third had none.
    rows.visit_moves = vec![to(1, 6, Some(5)), to(1, 6, Some(4)), to(2, 6, None), to(3, 6, Some(2))];
    store.apply(&rows).unwrap();
    let check = |store: &Store, expected: [Option<u64>; 5]| {
        for (view, order) in [
            ("events_now", "position"),
            ("product_actions_now", "position"),
            ("goal_conversions_now", "position"),
            ("order_facts_now", "position"),
            ("cart_facts_now", "position"),
        ] {
            let found = ask(store, &format!("select visit from {view} order by {order}"), &[]);
            let found: Vec<Option<u64>> = found.rows.iter().map(|row| row[0].as_u64()).collect();
            assert_eq!(found, expected, "{view}");
        }
    };
    check(&store, [Some(4), None, Some(2), Some(4), Some(5)]);
    let aliases = ask(&store, "select visit from visit_aliases_now order by position", &[]);
    let aliases: Vec<Option<u64>> = aliases.rows.iter().map(|row| row[0].as_u64()).collect();
    assert_eq!(aliases, [Some(4), Some(2), Some(2), Some(4), Some(5)], "an alias stays with some visit");
    let orders = ask(&store, "select visit from orders_now order by position", &[]);
    let orders: Vec<Option<u64>> = orders.rows.iter().map(|row| row[0].as_u64()).collect();
    assert_eq!(orders, [Some(4), None, None, Some(4), Some(5)], "order 3 was placed in no visit");
    let mut rows = empty(7);
    rows.visit_moves = vec![to(2, 7, Some(1))];
    store.apply(&rows).unwrap();
    check(&store, [Some(4), Some(1), Some(2), Some(4), Some(5)]);
    assert_eq!(number(&store, "select count(*) from visit_moves"), 3, "an event moves once");
}

#[test]
fn compaction_changes_no_view() {
    let (folder, store) = fresh();
    store.apply(&everything(1..=40)).unwrap();
    for position in 41..=60 {
        store.apply(&second(position)).unwrap();
    }
    let before = views(&store);
    assert!(before.iter().all(|view| !view.rows.is_empty()));
    store.compact().unwrap();
    assert_eq!(views(&store), before);
    assert_eq!((store.position(), store.as_of()), (60, Some(at(60))));
    assert_eq!(number(&store, "select count(*) from applied"), 1);
    drop(store);
    let store = open(folder.path());
    assert_eq!(views(&store), before);
    assert_eq!((store.position(), store.as_of()), (60, Some(at(60))));
}

#[test]
fn sites_do_not_mix() {
    let (_folder, store) = fresh();
    let other = SiteId(2);
    let mut rows = everything(1..=3);
    rows.sites = vec![
        site_row(SITE, 1, &[("domain", "a.example")]),
        site_row(other, 2, &[("domain", "b.example")]),
        site_row(SITE, 3, &[("domain", "c.example")]),
    ];
    rows.rates = vec![rate(1, "2026-03-02", "1.5"), rate(2, "2026-03-01", "1.4"), rate(2, "2026-03-02", "1.6")];
    store.apply(&rows).unwrap();
    let site = store.site_state(SITE).unwrap().unwrap();
    assert_eq!(site.settings.domain, "c.example");
    let day = |day: &str, rate: &str| (day.to_owned(), rate.to_owned());
    assert_eq!(site.rates["USD"], [day("2026-03-01", "1.4"), day("2026-03-02", "1.6")]);
    let site = store.site_state(other).unwrap().unwrap();
    assert_eq!((site.settings.domain.as_str(), site.rates.len()), ("b.example", 0));
    assert_eq!(store.site_state(SiteId(3)).unwrap(), None);
    assert_eq!(store.quarantine(other, 10).unwrap(), []);
    let state = store.load(&Keys { sites: [other].into(), ..Keys::default() }).unwrap();
    assert_eq!(state.sites.keys().copied().collect::<Vec<_>>(), [other]);
}

#[test]
fn settings_hold_from_the_batch_that_brings_them() {
    let (_folder, store) = fresh();
    let ask = Keys { sites: [SITE].into(), ..Keys::default() };
    for (position, domain) in [(1, "a.example"), (2, "b.example")] {
        let mut rows = empty(position);
        rows.sites = vec![site_row(SITE, position, &[("domain", domain)])];
        store.apply(&rows).unwrap();
        assert_eq!(store.load(&ask).unwrap().sites[&SITE].settings.domain, domain);
    }
    let mut rows = empty(3);
    rows.rates = vec![rate(3, "2026-03-02", "1.5")];
    store.apply(&rows).unwrap();
    assert_eq!(store.load(&ask).unwrap().sites[&SITE].rates.len(), 1);
}

#[test]
fn the_last_import_of_a_day_and_campaign_holds() {
    let (_folder, store) = fresh();
    let cost = |position: u64, day: u64, campaign: Option<&str>, cost: i64| AdCostRow {
        position,
        campaign: campaign.map(str::to_owned),
        cost: commerce::Amount(cost),
        starts_at: at(86_400 * day as i64),
        ..ad_cost(1)
    };
    let mut rows = empty(1);
    rows.ad_costs = vec![cost(1, 1, Some("a"), 1), cost(1, 1, None, 2), cost(1, 2, Some("a"), 3)];
    store.apply(&rows).unwrap();
    let mut rows = empty(2);
    rows.ad_costs = vec![cost(2, 1, Some("a"), 4), cost(2, 1, None, 5)];
    store.apply(&rows).unwrap();
    let found = ask(&store, "select cost from ad_costs_now order by starts_at, campaign nulls last", &[]);
    let costs: Vec<i64> = found.rows.iter().filter_map(|row| row[0].as_i64()).collect();
    assert_eq!(costs, [4, 5, 3]);
}

#[test]
fn costs_of_advertising_are_loaded_for_the_rates_that_may_convert_them() {
    let (_folder, store) = fresh();
    let march = |day: i64| commerce::Timestamp::from_seconds(1_772_323_200 + 86_400 * (day - 1));
    let cost = |position: u64, day: i64, currency: &str, cost: i64| AdCostRow {
        position,
        currency: commerce::Currency::parse(currency).unwrap(),
        cost: commerce::Amount(cost),
        starts_at: march(day),
        ..ad_cost(1)
    };
    let mut rows = empty(1);
    rows.ad_costs = vec![cost(1, 2, "USD", 1), cost(1, 10, "USD", 2), cost(1, 11, "CHF", 3), cost(1, 12, "USD", 4)];
    store.apply(&rows).unwrap();
    let mut rows = empty(2);
    rows.ad_costs = vec![cost(2, 12, "CHF", 5)];
    store.apply(&rows).unwrap();
    let mut asked = commerce::state::Keys::default();
    asked.rates.insert((SITE, "USD".to_owned()), "2026-03-10".to_owned());
    // That of the 12th is in another currency by now, that of the 2nd lies before.
    let found = store.load(&asked).unwrap().ad_costs;
    assert_eq!(found, [cost(1, 10, "USD", 2)]);
}
