//! Tests of `ledger`.

use super::*;
use commerce::hit::{Dialect, OrderStatement, Origin, names};
use commerce::record::to_cbor;
use commerce::rows::OrderFactPayload;
use commerce::{
    Amount, Currency, EventKey, OrderKey, Quantity, SiteId, SiteSettings, Timestamp, UnitPrice, VisitKey, Zone,
};
use std::collections::HashMap;

mod money;
mod sets;

pub(crate) const NOON: i64 = 1_775_044_800; // 2026-04-01T12:00:00Z

pub(crate) fn site() -> SiteState {
    let settings = SiteSettings::new("shop.example", currency("EUR"), Zone::utc());
    SiteState { settings, goals: Vec::new(), rates: HashMap::new() }
}

pub(crate) fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap()
}

pub(crate) fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap().value
}

/// Returns an item of `sku*quantity*price` and, as a fourth part, its discount.
pub(crate) fn item(text: &str) -> Item {
    let mut parts = text.split('*');
    Item {
        sku: parts.next().unwrap().to_owned(),
        quantity: parts.next().map(|q| Quantity::parse(q).unwrap().value),
        price: parts.next().map(|p| UnitPrice::parse(p).unwrap().value),
        discount: parts.next().map(amount),
        ..Item::default()
    }
}

/// A statement in a few words: `kind sender +seconds name=value ...`, where the sender is `browser`, `pixel`,
/// `server`, `platform` or `import`, in capitals if verified.
fn say(words: &str) -> OrderFactRow {
    let mut order = OrderStatement { order_id: "1001".to_owned(), ..OrderStatement::default() };
    let mut payload = OrderFactPayload::default();
    let mut words = words.split_whitespace();
    let kind = words.next().unwrap();
    let sender = words.next().unwrap();
    let at = Timestamp::from_seconds(NOON + words.next().unwrap().parse::<i64>().unwrap());
    let origin = match sender.to_ascii_lowercase().as_str() {
        "pixel" => Origin::Pixel,
        "browser" => Origin::Browser,
        "server" => Origin::Server,
        "platform" => Origin::Platform,
        "import" => Origin::Import,
        other => panic!("no sender {other}"),
    };
    let verified = sender.chars().all(char::is_uppercase);
    let mut fact = OrderFactRow {
        site: SiteId(1),
        position: 1,
        order: OrderKey::new(SiteId(1), "1001"),
        order_id: "1001".to_owned(),
        event: EventKey(1),
        kind: kind.to_owned(),
        occurred_at: at,
        received_at: at,
        dialect: Dialect::NativeServer,
        origin,
        trust: if verified { Trust::Verified } else { Trust::Unverified },
        visitor: None,
        visit: None,
        customer: None,
        cart: None,
        source: None,
        landing_page: None,
        payload: Vec::new(),
    };
    for word in words {
        let (name, value) = word.split_once('=').unwrap();
        match name {
            "event" => fact.event = EventKey(value.parse().unwrap()),
            "position" => fact.position = value.parse().unwrap(),
            "visit" => fact.visit = Some(VisitKey(value.parse().unwrap())),
            "customer" => fact.customer = Some(commerce::CustomerKey(value.parse().unwrap())),
            "source" => fact.source = Some(TrafficSource { source: value.to_owned(), ..TrafficSource::direct() }),
            "attribution" => payload.attribution = Some(commerce::hit::Source::default()),
            "flags" => payload.flags = value.parse().unwrap(),
            "total" => order.total = Some(amount(value)),
            "subtotal" => order.subtotal = Some(amount(value)),
            "tax" => order.tax = Some(amount(value)),
            "shipping" => order.shipping = Some(amount(value)),
            "fees" => order.fees = Some(amount(value)),
            "discount" => order.discount = Some(amount(value)),
            "currency" => order.currency = Some(currency(value)),
            "version" => order.version = Some(value.parse().unwrap()),
            "placed" => order.placed_at = Some(Timestamp::from_seconds(NOON + value.parse::<i64>().unwrap())),
            "test" => order.test = Some(true),
            "tax_included" => order.prices_include_tax = Some(value == "yes"),
            "payment" => order.payment_method = Some(value.to_owned()),
            "status" => {
                order.status = Some(match value {
                    "pending" => OrderStatus::Pending,
                    "confirmed" => OrderStatus::Confirmed,
                    "cancelled" => OrderStatus::Cancelled,
                    "failed" => OrderStatus::Failed,
                    other => panic!("no status {other}"),
                });
            }
            "items" => payload.items = Some(value.split(',').map(item).collect()),
            other => panic!("no field {other}"),
        }
    }
    payload.order = (kind != names::REFUND).then_some(order);
    fact.payload = to_cbor(&payload);
    fact
}

/// Returns the statements with an event and a position each, in the order of the text, where they name none.
fn facts(statements: &[&str]) -> Vec<OrderFactRow> {
    let numbered = statements.iter().enumerate().map(|(i, words)| {
        let mut fact = say(words);
        let number = i as u64 + 1;
        fact.event = if words.contains("event=") { fact.event } else { EventKey(number) };
        fact.position = if words.contains("position=") { fact.position } else { number };
        fact
    });
    numbered.collect()
}

pub(crate) fn flag_names(flags: u32) -> String {
    let names = [
        (order_flags::MONEY_DIFFERS, "money_differs"),
        (order_flags::NO_LINES, "no_lines"),
        (order_flags::UNCONVERTED, "unconverted"),
        (order_flags::BACKDATED, "backdated"),
        (order_flags::ROUNDED, "rounded"),
    ];
    let set: Vec<&str> = names.iter().filter(|(flag, _)| flags & flag != 0).map(|(_, name)| *name).collect();
    set.join(" ")
}

/// Folds `statements` and compares what `look` sees of the order.
#[track_caller]
fn check(statements: &[&str], look: impl Fn(&OrderRow) -> String, expected: &str) {
    let (order, _) = fold(&site(), &facts(statements)).unwrap_or_else(|| panic!("{statements:?} make no order"));
    assert_eq!(look(&order), expected, "{statements:?}");
}

fn total(order: &OrderRow) -> String {
    format!("{} by {:?}, {}", order.amounts.order_total, order.origin, flag_names(order.flags))
}

fn status(order: &OrderRow) -> String {
    format!("{:?} {}", order.status, if order.counts { "counts" } else { "does not count" })
}

fn placed(order: &OrderRow) -> String {
    (order.placed_at.seconds() - NOON).to_string()
}

fn credit(order: &OrderRow) -> String {
    format!("{:?} {:?} {}", order.visit.map(|v| v.0), order.visit_event.map(|e| e.0), order.source.source)
}

#[test]
fn the_most_trusted_statement_has_the_money_and_the_browser_the_visit() {
    // Worked example `duplicate_order_three_sources`.
    let statements = [
        "purchase browser 0 currency=EUR total=120.00 visit=7 source=google",
        "purchase SERVER 2 currency=EUR total=121.50 version=1 customer=5",
        "purchase PLATFORM 5 currency=EUR total=121.50 version=1 customer=5",
        "purchase PLATFORM 5 currency=EUR total=121.50 version=1 customer=5 event=3",
    ];
    check(&statements, total, "121.50 by Server, no_lines");
    check(&statements, credit, "Some(7) Some(1) google");
    check(&statements, |o| format!("{:?} {} {}", o.customer.map(|c| c.0), o.statements, o.position), "Some(5) 3 3");
}

#[test]
fn rank_is_trust_then_version_then_time_then_sender_then_event() {
    check(&["purchase browser 0 total=1", "purchase SERVER 9 total=2"], total, "2.00 by Server, no_lines");
    check(
        &["purchase SERVER 9 total=1 version=2", "purchase SERVER 0 total=2 version=1"],
        total,
        "1.00 by Server, no_lines",
    );
    check(&["purchase SERVER 0 total=1", "order_update SERVER 9 total=2"], total, "2.00 by Server, no_lines");
    check(&["order_update browser 9 total=1", "purchase SERVER 0 total=2"], total, "2.00 by Server, no_lines");
    check(&["purchase SERVER 5 total=1 placed=1", "purchase IMPORT 2 total=1"], total, "1.00 by Server, no_lines");
    check(&["purchase SERVER 0 total=1", "purchase IMPORT 0 total=1"], total, "1.00 by Import, no_lines");
    check(&["purchase pixel 0 total=1", "purchase browser 0 total=1"], total, "1.00 by Browser, no_lines");
    check(
        &["purchase browser 0 total=3 event=9", "purchase browser 0 total=2 event=4"],
        total,
        "2.00 by Browser, money_differs no_lines",
    );
}

#[test]
fn a_repeated_purchase_changes_nothing_and_a_different_one_is_flagged() {
    check(
        &["purchase browser 0 total=10 items=A*1*10", "purchase browser 60 total=10 items=A*1*10"],
        total,
        "10.00 by Browser, ",
    );
    check(
        &["purchase browser 0 total=10", "purchase browser 60 total=99"],
        total,
        "10.00 by Browser, money_differs no_lines",
    );
    check(
        &["purchase browser 0 total=10 tax=1", "purchase browser 60 total=10 tax=2"],
        total,
        "10.00 by Browser, money_differs no_lines",
    );
    check(
        &["purchase browser 0 items=A*1*10", "purchase browser 60 items=A*2*10"],
        total,
        "10.00 by Browser, money_differs",
    );
    check(
        &["purchase browser 0 total=10 currency=EUR", "purchase browser 60 total=10 currency=USD"],
        total,
        "10.00 by Browser, money_differs no_lines",
    );
    // Another standing corrects or is corrected; nobody contradicts.
    check(&["purchase browser 0 total=10", "purchase SERVER 60 total=99"], total, "99.00 by Server, no_lines");
    check(
        &["purchase SERVER 0 total=10 version=1", "purchase SERVER 60 total=99 version=2"],
        total,
        "99.00 by Server, no_lines",
    );
}

#[test]
fn status_is_folded_on_its_own() {
    check(&["purchase browser 0 total=1"], status, "Confirmed counts");
    check(&["purchase browser 0 total=1 status=pending"], status, "Pending does not count");
    check(
        &["purchase browser 0 total=1 status=pending", "order_status SERVER 60 status=confirmed"],
        status,
        "Confirmed counts",
    );
    check(
        &["purchase SERVER 0 total=1", "order_status SERVER 60 status=cancelled"],
        status,
        "Cancelled does not count",
    );
    check(
        &[
            "purchase SERVER 0 total=1",
            "order_status SERVER 60 status=failed",
            "order_status SERVER 90 status=confirmed",
        ],
        status,
        "Confirmed counts",
    );
    check(&["purchase SERVER 0 total=1", "order_update SERVER 60 total=2"], status, "Confirmed counts");
    check(
        &["purchase SERVER 0 total=1", "order_update SERVER 60 status=cancelled"],
        status,
        "Cancelled does not count",
    );
    // Nobody without proof cancels an order of somebody with.
    check(&["purchase SERVER 0 total=1", "order_status browser 60 status=cancelled"], status, "Confirmed counts");
    check(&["purchase browser 0 total=1 test=yes"], status, "Confirmed does not count");
    let cancelled = ["purchase SERVER 0 total=50 items=A*1*50", "order_status SERVER 60 status=cancelled"];
    check(&cancelled, total, "50.00 by Server, ");
}

#[test]
fn unverified_orders_count_if_the_site_says_so() {
    let mut site = site();
    site.settings.count_unverified_orders = false;
    let counts = |statements: &[&str]| fold(&site, &facts(statements)).unwrap().0.counts;
    assert!(!counts(&["purchase browser 0 total=1"]));
    assert!(counts(&["purchase browser 0 total=1", "purchase SERVER 5 total=1"]));
    assert!(!counts(&["purchase browser 0 total=1", "order_status SERVER 5 status=confirmed"]));
}

#[test]
fn the_date_is_when_the_order_was_placed() {
    check(&["purchase browser 5 total=1"], placed, "5");
    check(&["purchase browser 5 total=1 placed=2"], placed, "2");
    check(&["purchase browser 5 total=1", "purchase SERVER 90 total=1"], placed, "90");
    check(&["purchase browser 5 total=1", "purchase SERVER 90 total=1 placed=4"], placed, "4");
    check(&["purchase browser 5 total=1", "order_update SERVER 90000 total=2"], placed, "5");
    check(&["purchase SERVER 5 total=1 version=1", "purchase SERVER 90 total=2 version=2"], placed, "5");
    check(&["order_update SERVER 90 total=1", "order_update SERVER 30 total=2"], placed, "30");
    let backdated = format!("purchase SERVER 0 total=1 flags={}", flags::BACKDATED | flags::ROUNDED);
    check(&[&backdated], total, "1.00 by Server, no_lines backdated rounded");
}

#[test]
fn visit_and_source_come_from_whoever_knows_them() {
    check(&["purchase SERVER 0 total=1"], credit, "None None (direct)");
    check(
        &["purchase SERVER 0 total=1 visit=3 source=mail", "purchase browser 5 total=1 visit=4 source=google"],
        credit,
        "Some(4) Some(2) google",
    );
    check(
        &["purchase browser 9 total=1 visit=3 source=mail", "purchase browser 5 total=1 visit=4 source=google"],
        credit,
        "Some(4) Some(2) google",
    );
    check(
        &[
            "purchase browser 0 total=1 visit=4 source=google",
            "purchase SERVER 5 total=1 attribution=yes source=affiliate",
        ],
        credit,
        "Some(4) Some(1) affiliate",
    );
    check(
        &[
            "purchase browser 0 total=1 visit=4 source=google",
            "purchase SERVER 5 total=1 attribution=yes source=(direct)",
        ],
        credit,
        "Some(4) Some(1) google",
    );
}

#[test]
fn only_a_purchase_or_an_update_with_money_makes_an_order() {
    let made = |statements: &[&str]| fold(&site(), &facts(statements)).is_some();
    assert!(made(&["purchase browser 0"]));
    assert!(made(&["order_update SERVER 0 total=1"]));
    assert!(made(&["order_update SERVER 0 items=A*1*1"]));
    assert!(!made(&["order_update SERVER 0 payment=card"]));
    assert!(!made(&["order_status SERVER 0 status=confirmed"]));
    assert!(!made(&["refund SERVER 0"]));
    assert!(!made(&[]));
    // A refund has no effect yet, whenever it comes.
    let statements = ["refund SERVER 0", "purchase SERVER 5 total=1"];
    check(&statements, |o| format!("{} {}", o.statements, o.amounts.order_total), "1 1.00");
}

#[test]
fn a_damaged_statement_is_no_statement() {
    let mut statements = facts(&["purchase browser 0 total=1", "purchase SERVER 0 total=2"]);
    statements[1].payload = vec![0xff];
    assert_eq!(fold(&site(), &statements).unwrap().0.amounts.order_total, amount("1"));
}
