//! Tests of `compare`.

use super::super::list;
use super::*;
use commerce::SiteSettings;

const SITE: SiteId = SiteId(1);

fn zone() -> Zone {
    Zone::parse("Europe/Berlin").unwrap()
}

/// Returns our side: orders by id, time and total, and who told of them.
fn book(orders: &[(&str, &str, &str, &[Origin])]) -> Book {
    let mut book = Book::default();
    for (id, at, total, origins) in orders {
        let key = OrderKey::new(SITE, id);
        let ours = Ours {
            key,
            order_id: (*id).to_owned(),
            placed_at: Timestamp::parse(at).unwrap(),
            status: OrderStatus::Confirmed,
            test: false,
            counts: true,
            total: Amount::parse(total).unwrap().value,
            currency: Currency::parse("EUR").unwrap(),
        };
        book.orders.insert(key, ours);
        book.known.insert(key, key);
        book.origins.extend(origins.iter().map(|origin| (key, *origin)));
    }
    book
}

fn compared(csv: &str, book: &Book) -> Comparison {
    let settings = SiteSettings::new("shop.example", Currency::parse("EUR").unwrap(), zone());
    let list = list::read(csv.as_bytes(), &settings).unwrap();
    let period = period_of(&list, &zone());
    compare(SITE, list, book, period, &zone())
}

fn ids(orders: &[Listed]) -> Vec<&str> {
    orders.iter().map(|order| order.id.as_str()).collect()
}

#[test]
fn two_equal_sides_are_equal() {
    let ours = book(&[("1", "2026-04-01T10:00:00Z", "59.90", &[Origin::Browser, Origin::Server])]);
    let found = compared("id,total,date\n1,59.90,2026-04-01\n", &ours);
    assert!(found.is_equal(0), "{found:?}");
    assert_eq!((found.listed, found.equal), (1, 1));
    assert_eq!(found.seen, BTreeMap::from([(Origin::Browser, 1), (Origin::Server, 1)]));
}

#[test]
fn what_is_missing_extra_and_different_is_told_apart() {
    let mut ours = book(&[
        ("1", "2026-04-01T10:00:00Z", "59.90", &[Origin::Server]),
        ("2", "2026-04-01T11:00:00Z", "20.00", &[Origin::Browser]),
        ("9", "2026-04-02T10:00:00Z", "5.00", &[Origin::Browser]),
        ("10", "2026-05-02T10:00:00Z", "5.00", &[]),
    ]);
    let found = compared(
        "id,total,date,status\n1,60.00,2026-04-01,paid\n2,20.00,2026-04-01,cancelled\n3,7,2026-04-02,\n",
        &ours,
    );
    assert!(!found.is_equal(1));
    assert_eq!((ids(&found.missing), found.equal), (vec!["3"], 0));
    assert_eq!(
        found.extra.iter().map(|o| o.order_id.as_str()).collect::<Vec<_>>(),
        ["9"],
        "10 lies outside the period"
    );
    let differences: Vec<_> = found.different.iter().map(|(order, _, all)| (order.id.as_str(), all.clone())).collect();
    assert_eq!(
        differences,
        [
            ("1", vec![Difference::Total(Amount(600_000), Amount(599_000))]),
            ("2", vec![Difference::Status(OrderStatus::Cancelled, OrderStatus::Confirmed)]),
        ]
    );
    for order in ours.orders.values_mut() {
        order.counts = false;
    }
    let found = compared("id,total,date\n2,20.00,2026-04-01\n", &ours);
    assert_eq!(found.different[0].2, [Difference::NotCounted("unverified")]);
    assert_eq!(found.extra, [], "what does not count is not extra");
}

#[test]
fn days_are_the_shop_s_and_sums_are_of_one_currency() {
    let ours = book(&[("1", "2026-04-01T22:30:00Z", "59.90", &[]), ("2", "2026-04-02T10:00:00Z", "10.00", &[])]);
    let found = compared(
        "id,total,currency,date,status\n1,59.90,EUR,2026-04-02,\n2,9,EUR,2026-04-02,\n4,3,USD,2026-04-03,\n5,8,EUR,2026-04-03,failed\n",
        &ours,
    );
    let day =
        |day: i8, currency: &str| found.days.get(&(jiff::civil::date(2026, 4, day), currency.to_owned())).copied();
    let expected = DaySums { theirs: (2, Amount(689_000)), ours: (2, Amount(699_000)) };
    assert_eq!(day(2, "EUR"), Some(expected), "22:30 in UTC is the next day in Berlin");
    assert_eq!(day(3, "USD"), Some(DaySums { theirs: (1, Amount(30_000)), ours: (0, Amount::ZERO) }));
    assert_eq!(day(3, "EUR"), None, "a failed order is no sale");
}

#[test]
fn an_order_is_found_by_any_of_its_ids_and_counted_once() {
    let mut ours = book(&[("1001", "2026-04-01T10:00:00Z", "59.90", &[])]);
    let key = OrderKey::new(SITE, "1001");
    ours.known.insert(OrderKey::new(SITE, "stripe:pi_1"), key);
    let found = compared("id,total\nstripe:pi_1,59.90\n1001,59.90\n", &ours);
    assert_eq!((found.equal, found.bad.len(), found.extra.len()), (1, 1, 0));
    assert_eq!(found.bad[0].line, 3);
}

#[test]
fn without_dates_nothing_is_extra_and_a_bad_line_is_not_extra_either() {
    let ours = book(&[("1", "2026-04-01T10:00:00Z", "59.90", &[]), ("2", "2026-04-01T10:00:00Z", "1.00", &[])]);
    let found = compared("id,total\n1,59.90\n", &ours);
    assert!(found.is_equal(0) && found.days.is_empty(), "{found:?}");
    let found = compared("id,total,date\n1,59.90,2026-04-01\n2,1.00 EUR,2026-04-01\n", &ours);
    assert_eq!((found.bad.len(), found.extra.len()), (1, 0));
}
