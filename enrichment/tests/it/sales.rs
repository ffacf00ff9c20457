//! Carts, orders and goals come out the same however a journal is cut into batches: random shops of two devices, two
//! users and two e-mail addresses, with servers beside browsers, used-again cart ids, settings and rates that change.

use crate::memory::{Memory, SITE, at, by_server, hit, hits, journal, settings};
use commerce::goal::{Goal, GoalAttribute, PatternKind};
use commerce::hit::{CartStatement, Item, OrderStatement, OrderStatus, RefundStatement, Source};
use commerce::record::{AdCostsRecord, GoalsRecord, Rate, RatesRecord};
use commerce::{Amount, Currency, Hit, Quantity, Record, UnitPrice};
use proptest::prelude::*;

/// One drawn event: its name, device, who it names, which cart id, which order, how long after the last, how late.
type Drawn = (u8, u8, u8, u8, u8, i64, i64);

const NAMES: [&str; 13] = [
    "cart_update",
    "cart_update",
    "add_to_cart",
    "add_to_cart",
    "remove_from_cart",
    "begin_checkout",
    "purchase",
    "purchase",
    "order_update",
    "order_status",
    "refund",
    "identify",
    "page_view",
];

fn drawn() -> impl Strategy<Value = Vec<Drawn>> {
    let gap = prop_oneof![6 => 0_i64..300, 2 => 1700_i64..1900, 1 => 40_000_i64..3_000_000];
    let late = prop_oneof![5 => Just(0_i64), 1 => 0_i64..400];
    prop::collection::vec((0..NAMES.len() as u8, 0_u8..4, 0_u8..6, 0_u8..5, 0_u8..4, gap, late), 1..50)
}

fn build(events: &[Drawn]) -> Vec<Record> {
    let mut now = 0;
    let mut records = vec![goals()];
    for (index, &(name, device, who, cart, order, gap, late)) in events.iter().enumerate() {
        now += gap;
        let name = NAMES[usize::from(name)];
        let mut hit = hit(&format!("e{index}"), now - late, ["phone", "desk", "phone", ""][usize::from(device)], name);
        hit.facts.received_at = at(now);
        hit.facts.cart_id = (cart < 2).then(|| format!("c{cart}"));
        hit.person.user_id = (who < 2).then(|| format!("u{who}"));
        hit.person.email_hash = (1..4).contains(&who).then(|| format!("hash{}", who % 2));
        state(&mut hit, name, index, order);
        if device >= 2 {
            hit = by_server(hit);
        }
        records.extend(hits([hit]));
        match index % 11 {
            7 => records.push(rates(index)),
            4 => records.push(ad_costs(index)),
            9 => records.push(settings(&[
                ("prices_include_tax", ["true", "false"][index % 2]),
                ("cart_scope", ["visit", "customer"][index / 2 % 2]),
                ("timezone", ["Europe/Berlin", "Pacific/Auckland", "America/New_York"][index % 3]),
            ])),
            _ => {}
        }
    }
    records
}

/// Adds what an event of this name says.
fn state(hit: &mut Hit, name: &str, index: usize, order: u8) {
    let price = UnitPrice::parse(["9.90", "0.333333", "120"][index % 3]).unwrap().value;
    let item = |n: usize| Item {
        sku: format!("sku{}", n % 3),
        price: Some(price),
        quantity: Some(Quantity(1000 + n as i64 % 2 * 500)),
        ..Item::default()
    };
    let currency = Currency::parse(["EUR", "USD"][index / 3 % 2]);
    let order_id = format!("o{order}");
    match name {
        "cart_update" if index.is_multiple_of(5) => hit.facts.items = Some(Vec::new()),
        "cart_update" => {
            hit.facts.items = Some((0..=index % 3).map(item).collect());
            hit.facts.cart = Some(CartStatement { currency, ..CartStatement::default() });
        }
        "add_to_cart" | "remove_from_cart" | "begin_checkout" => hit.facts.items = Some(vec![item(index)]),
        "purchase" | "order_update" => {
            hit.facts.items = (!index.is_multiple_of(4)).then(|| (0..=index % 3).map(item).collect());
            let total = (!index.is_multiple_of(3)).then(|| Amount::parse("49.90").unwrap().value);
            let status = (index % 6 == 5).then_some(OrderStatus::Pending);
            hit.facts.order = Some(OrderStatement {
                order_id,
                total,
                currency,
                status,
                tax: Some(Amount(10_000)),
                ..OrderStatement::default()
            });
        }
        "order_status" => {
            let status = Some([OrderStatus::Failed, OrderStatus::Cancelled, OrderStatus::Confirmed][index % 3]);
            hit.facts.order = Some(OrderStatement { order_id, status, ..OrderStatement::default() });
        }
        "refund" => hit.facts.refund = Some(RefundStatement { order_id, ..RefundStatement::default() }),
        _ => {}
    }
}

fn goals() -> Record {
    let goal = Goal {
        id: 3,
        name: "anything".to_owned(),
        attribute: GoalAttribute::EventAction,
        pattern_kind: PatternKind::Regex,
        pattern: "identify|begin".to_owned(),
        case_sensitive: false,
        value: Some(Amount(10_000)),
        allow_multiple: false,
        use_event_value: false,
    };
    Record::Goals(GoalsRecord { site: SITE, at: at(0), goals: vec![goal] })
}

fn rates(index: usize) -> Record {
    let currency = Currency::parse("USD").unwrap();
    let rate = Rate { day: format!("2026-03-{:02}", index % 28 + 1), currency, per_unit: format!("1.{}", index % 7) };
    Record::Rates(RatesRecord { site: SITE, at: at(0), rates: vec![rate] })
}

fn ad_costs(index: usize) -> Record {
    let source = |n: usize| Source { source: Some(format!("s{}", n % 2)), ..Source::default() };
    let cost = |n: usize| {
        let currency = Currency::parse(["USD", "USD", "EUR"][n % 3]).unwrap();
        (format!("2026-03-{:02}", n * 5 % 28 + 1), source(n), Amount(10_000 * n as i64), currency)
    };
    let costs = (index..index + 5).map(cost).collect();
    Record::AdCosts(AdCostsRecord { site: SITE, at: at(0), costs, details: None })
}

#[test]
fn what_advertising_cost_is_converted_by_rates_that_come_late() {
    let usd = Currency::parse("USD").unwrap();
    let rate = |day: &str, per_unit: &str| {
        let rate = Rate { day: day.to_owned(), currency: usd, per_unit: per_unit.to_owned() };
        Record::Rates(RatesRecord { site: SITE, at: at(0), rates: vec![rate] })
    };
    let cost = |day: &str, cost: i64, currency: Currency| {
        let source = Source { source: Some("google".to_owned()), ..Source::default() };
        let costs = vec![(day.to_owned(), source, Amount(cost * 10_000), currency)];
        Record::AdCosts(AdCostsRecord { site: SITE, at: at(0), costs, details: None })
    };
    let records = journal(vec![
        settings(&[("domain", "shop.example"), ("currency", "EUR")]),
        cost("2026-03-01", 10, usd),
        cost("2026-03-05", 20, usd),
        cost("2026-03-05", 40, usd),
        cost("2026-03-20", 10, usd),
        cost("2026-03-06", 7, Currency::parse("EUR").unwrap()),
        rate("2026-03-04", "2"),
        rate("2026-03-05", "4"),
        rate("2026-03-05", "5"),
    ]);
    for sizes in [vec![], vec![1; 8], vec![6, 1]] {
        let memory = Memory::of(&records, &sizes);
        let converted: Vec<Option<i64>> =
            memory.ad_costs.values().map(|row| row.reporting_cost.map(|cost| cost.0 / 10_000)).collect();
        // The first day has no rate before it, the last none within a week.
        assert_eq!(converted, [None, Some(8), Some(7), None], "{sizes:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn batches_do_not_matter_to_sales(events in drawn(), sizes in prop::collection::vec(1_usize..9, 0..12)) {
        let mut records = vec![settings(&[("domain", "shop.example"), ("currency", "EUR")])];
        records.extend(build(&events));
        let journal = journal(records);
        let whole = Memory::of(&journal, &[]);
        for cut in [vec![1; journal.len()], sizes] {
            let parts = Memory::of(&journal, &cut);
            prop_assert_eq!(&whole.orders, &parts.orders);
            prop_assert_eq!(&whole.carts, &parts.carts);
            prop_assert_eq!(&whole.order_facts, &parts.order_facts);
            prop_assert_eq!(whole.goals, parts.goals);
        }
        for (order, lines, ..) in whole.orders.values().filter(|(_, lines, ..)| !lines.is_empty()) {
            prop_assert_eq!(lines.iter().map(|l| l.gross).sum::<Amount>(), order.amounts.gross_sales);
            prop_assert!(lines.iter().all(|l| l.position == order.position));
        }
        for (cart, lines) in whole.carts.values() {
            prop_assert!(lines.iter().all(|l| l.position == cart.position));
            prop_assert_eq!(cart.units, lines.iter().map(|l| l.quantity.0).sum::<i64>());
            prop_assert!(cart.created_at <= cart.changed_at);
        }
    }
}
