//! Attribution over the way of one order that was refunded in part, and of others.

use super::open;
use crate::run::tests::shop::{SITE, at, eur, order, refund, source, visit};
use commerce::rows::{AdCostRow, OrderRow, Rows, TouchRow, TrafficSource, VisitRow};
use commerce::{Currency, CustomerKey, EventKey, VisitKey, VisitorKey};

const MARCH: [(&str, &str); 2] = [("from", "2026-03-01"), ("to", "2026-03-31")];

fn touch(event: u64, visit: u64, visitor: u64, occurred: &str, source: TrafficSource) -> TouchRow {
    TouchRow {
        site: SITE,
        position: 1,
        event: EventKey(event),
        occurred_at: at(occurred),
        visitor: VisitorKey(visitor),
        visit: VisitKey(visit),
        source,
        landing_page: None,
        click_id: None,
    }
}

fn ordered(key: u64, visit: u64, visitor: u64, placed: &str, net: &str) -> OrderRow {
    OrderRow { visitor: Some(VisitorKey(visitor)), ..order(key, visit, placed, "Direct", [net, "0", "0", "0", net]) }
}

/// Visitor 1 comes by mail, search, mail again within the visit, and directly; visitor 2 by search alone, orders
/// nothing; order 2 is nobody's.
fn rows() -> Rows {
    let mut rows = Rows { position: 9, as_of: Some(at("2026-04-10T00:00:00Z")), ..Rows::default() };
    let direct = |row: VisitRow| VisitRow { source: TrafficSource::direct(), ..row };
    rows.visits = vec![
        visit(1, 1, "2026-01-01T10:00:00Z", "Display"),
        visit(2, 1, "2026-03-10T10:00:00Z", "Email"),
        visit(3, 1, "2026-03-12T10:00:00Z", "Organic Search"),
        direct(visit(4, 1, "2026-03-14T10:00:00Z", "Direct")),
        visit(5, 2, "2026-03-14T10:00:00Z", "Organic Search"),
        VisitRow { customer: Some(CustomerKey(7)), ..visit(6, 3, "2026-03-13T10:00:00Z", "Affiliates") },
    ];
    rows.touches = vec![
        // The event that opened visit 2, and another that says the same: one touch.
        touch(1, 2, 1, "2026-03-10T10:00:00Z", source("Email")),
        touch(2, 2, 1, "2026-03-10T10:01:00Z", source("Email")),
        touch(3, 3, 1, "2026-03-12T10:05:00Z", source("Email")),
    ];
    let mine = OrderRow { customer: Some(CustomerKey(7)), ..ordered(1, 4, 1, "2026-03-14T10:10:00Z", "100") };
    let alone = OrderRow { visitor: None, source: source("Referral"), ..ordered(2, 0, 9, "2026-03-15T10:00:00Z", "7") };
    rows.orders = vec![OrderRow { source: source("Email"), ..mine }, alone];
    rows.refunds = vec![refund(1, 1, "2026-04-01T10:00:00Z", ["0.01", "0", "0", "0"])];
    rows.ad_costs = vec![AdCostRow {
        site: SITE,
        position: 1,
        starts_at: at("2026-03-13T23:00:00Z"),
        channel: "Organic Search".to_owned(),
        source: "organic search".to_owned(),
        medium: "cpc".to_owned(),
        campaign: None,
        currency: Currency::parse("EUR").unwrap(),
        cost: eur("10"),
        reporting_cost: Some(eur("10")),
        clicks: None,
        impressions: None,
    }];
    rows
}

#[test]
fn credit_sums_to_the_whole_by_every_model() {
    let shop = open(&rows());
    // Email, Organic Search, Email, Direct; 99.99 is left of the order.
    let asked = [&[("models", "linear,first,last_non_direct")], &MARCH[..]].concat();
    let table = shop.ask("attribution", &asked).to_csv();
    assert_eq!(
        table.replace("\r\n", "\n"),
        "channel,touches,ad_cost,orders:last_non_direct,net_sales:last_non_direct,roas:last_non_direct,cpa:last_non_direct,orders:first,net_sales:first,roas:first,cpa:first,orders:linear,net_sales:linear,roas:linear,cpa:linear\n\
         Email,2,,1.0000,99.99,,,1.0000,99.99,,,0.5000,50.00,,\n\
         Referral,1,,1.0000,7.00,,,1.0000,7.00,,,1.0000,7.00,,\n\
         Direct,1,,0.0000,0.00,,,0.0000,0.00,,,0.2500,24.99,,\n\
         Organic Search,1,10.00,0.0000,0.00,0.0000,,0.0000,0.00,0.0000,,0.2500,25.00,2.5000,40.00\n"
    );
    let all = shop.ask("attribution", &MARCH);
    for (i, column) in all.columns.iter().enumerate().filter(|(_, c)| c.name.starts_with("net_sales:")) {
        let cells = all.rows.iter().map(|row| &row[i]);
        let sum: i128 = cells.map(|c| if let crate::Cell::Money(n) = c { *n } else { 0 }).sum();
        assert_eq!((sum, &all.totals[i]), (1_069_900, &crate::Cell::Money(1_069_900)), "{}", column.name);
        assert_eq!(all.totals[i - 1], crate::Cell::Ratio(20_000), "{}", column.name);
    }
}

#[test]
fn a_customer_has_the_touches_of_every_browser() {
    let asked = [&[("models", "linear"), ("scope", "customer"), ("filter", "channel==Email")], &MARCH[..]].concat();
    let table = open(&rows()).ask("attribution", &asked);
    let names: Vec<String> = table.rows.iter().map(|row| format!("{} {}", row[0].text(), row[3].text())).collect();
    assert_eq!(names, ["Email 0.4000", "Affiliates 0.2000", "Organic Search 0.2000", "Direct 0.2000"]);
}

#[test]
fn a_window_ends_where_it_is_said() {
    let touches = |window: &'static str| {
        let asked = [&[("models", "first"), ("window", window), ("filter", "channel==Email")], &MARCH[..]].concat();
        open(&rows()).ask("attribution", &asked).totals[1].text()
    };
    assert_eq!((touches("90"), touches("30"), touches("3")), ("5".to_owned(), "4".to_owned(), "3".to_owned()));
}
