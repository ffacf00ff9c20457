//! The order in which statements arrive says nothing: random shops with browsers and servers, orders told by several
//! sources, refunds, carts and people, told in order once and shuffled with repetitions the other time.
//!
//! Browsers' events lie within the window in which visits are drawn again. Times are distinct for each visitor: what
//! happens at the same instant has no order but that of arrival.

use crate::memory::{Memory, at, by_server, campaign, hit, hits, journal, on_page, settings};
use commerce::hit::{CartStatement, Item, OrderStatement, OrderStatus, Origin, RefundStatement, Trust};
use commerce::record::{Rate, RatesRecord};
use commerce::rows::{CartRow, OrderRow, PersonRow, VisitRow};
use commerce::{Amount, Currency, Hit, Quantity, Record, UnitPrice, VisitKey};
use proptest::prelude::*;

/// One drawn event: its name, device, who it names, which cart id, which order, how long after the last.
type Drawn = (u8, u8, u8, u8, u8, i64);

const NAMES: [&str; 16] = [
    "page_view",
    "page_view",
    "page_view",
    "cart_update",
    "add_to_cart",
    "add_to_cart",
    "remove_from_cart",
    "begin_checkout",
    "purchase",
    "purchase",
    "purchase",
    "order_update",
    "order_status",
    "refund",
    "identify",
    "reset",
];

fn drawn() -> impl Strategy<Value = Vec<Drawn>> {
    let gap = prop_oneof![6 => 1_i64..300, 2 => 1700_i64..1900, 1 => 3000_i64..9000];
    let one = (0..NAMES.len() as u8, 0_u8..6, 0_u8..7, 0_u8..6, 0_u8..4, gap);
    prop::collection::vec(one, 1..26)
}

fn build(events: &[Drawn]) -> Vec<Hit> {
    let mut now = 0;
    let mut out = Vec::new();
    for (index, &(name, device, who, cart, order, gap)) in events.iter().enumerate() {
        now = (now + gap).min(70_000 + index as i64);
        let name = NAMES[usize::from(name)];
        let visitor = ["phone", "desk", "", "phone", "desk", ""][usize::from(device)];
        let mut hit = hit(&format!("e{index}"), now, visitor, name);
        hit.facts.received_at = at(80_000);
        hit.facts.cart_id = (cart < 2).then(|| format!("c{cart}"));
        hit.person.user_id = (who < 2).then(|| format!("u{who}"));
        hit.person.email_hash = (1..4).contains(&who).then(|| format!("hash{}", who % 2));
        hit.person.visit_id = (visitor == "desk").then(|| "tab".to_owned());
        hit = match order {
            0 => on_page(hit, &format!("https://shop.example/p{}", index % 5), "https://www.google.com/"),
            1 => on_page(hit, &format!("https://shop.example/p{}?utm_source=news&utm_medium=email", index % 5), ""),
            _ => on_page(hit, &format!("https://shop.example/p{}", index % 5), ""),
        };
        state(&mut hit, name, index, order);
        if device >= 2 && !matches!(name, "page_view" | "identify" | "reset") {
            hit = by_server(hit);
            (hit.facts.origin, hit.facts.trust) = match device {
                3 => (Origin::Platform, Trust::Verified),
                5 => (Origin::Import, Trust::Verified),
                4 => (Origin::Server, Trust::Unverified),
                _ => (Origin::Server, Trust::Verified),
            };
            hit.facts.page = None;
        } else if visitor.is_empty() {
            hit.person.visitor_id = Some("tablet".to_owned());
        }
        out.push(hit);
    }
    out
}

fn state(hit: &mut Hit, name: &str, index: usize, order: u8) {
    let price = |text: &str| Some(UnitPrice::parse(text).unwrap().value);
    let amount = |text: &str| Some(Amount::parse(text).unwrap().value);
    let item = |sku: usize| Item {
        sku: format!("sku{}", sku % 3),
        price: price(["9.90", "0.333", "120"][sku % 3]),
        quantity: Some(Quantity(1000 * (1 + (index as i64 % 3)))),
        ..Item::default()
    };
    let order_id = format!("o{}", order % 3);
    let aliases = index.is_multiple_of(5).then(|| vec![format!("pay:{}", index % 4)]);
    match name {
        "cart_update" => {
            hit.facts.cart = Some(CartStatement::default());
            hit.facts.items = Some((0..index % 3).map(item).collect());
        }
        "add_to_cart" | "remove_from_cart" => hit.facts.items = Some(vec![item(index)]),
        "purchase" | "order_update" => {
            hit.facts.order = Some(OrderStatement {
                order_id,
                aliases,
                currency: index.is_multiple_of(4).then(|| Currency::parse("USD").unwrap()),
                total: amount(["50", "49.99", "120.01"][index % 3]),
                tax: index.is_multiple_of(2).then(|| amount("1.11").unwrap()),
                status: index.is_multiple_of(7).then_some(OrderStatus::Pending),
                version: index.is_multiple_of(6).then_some(index as i64),
                sales_channel: index.is_multiple_of(11).then(|| "pos".to_owned()),
                ..OrderStatement::default()
            });
            hit.facts.items = (!index.is_multiple_of(3)).then(|| vec![item(index), item(index + 1)]);
            hit.facts.attribution = index.is_multiple_of(9).then(|| campaign("partner", "affiliate", "x"));
        }
        "order_status" => {
            let status = [OrderStatus::Confirmed, OrderStatus::Cancelled, OrderStatus::Failed][index % 3];
            hit.facts.order = Some(OrderStatement { order_id, status: Some(status), ..OrderStatement::default() });
        }
        "refund" => {
            hit.facts.refund = Some(RefundStatement {
                order_id,
                refund_id: index.is_multiple_of(2).then(|| format!("r{}", index % 4)),
                amount: (!index.is_multiple_of(3)).then(|| amount("7.77").unwrap()),
                aliases,
                ..RefundStatement::default()
            });
            hit.facts.items = index.is_multiple_of(4).then(|| vec![item(index)]);
        }
        _ => {}
    }
}

/// Returns `hits` in another order, some of them twice.
fn shuffled(hits: &[Hit], seed: u64) -> Vec<Hit> {
    let mut state = seed | 1;
    let mut next = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let mut out: Vec<Hit> = hits.to_vec();
    for _ in 0..hits.len() / 3 {
        out.push(hits[next(hits.len())].clone());
    }
    for i in (1..out.len()).rev() {
        out.swap(i, next(i + 1));
    }
    out
}

fn shop(hits_told: Vec<Hit>, preset: &[(&str, &str)], sizes: &[usize]) -> Memory {
    let day = "2026-03-01".to_owned();
    let rate = Rate { day, currency: Currency::parse("USD").unwrap(), per_unit: "1.0842".to_owned() };
    let rates = RatesRecord { site: crate::memory::SITE, at: at(-86_400), rates: vec![rate] };
    let mut records = vec![settings(preset), Record::Rates(rates)];
    records.extend(hits(hits_told));
    Memory::of(&journal(records), sizes)
}

/// Tells in words what a report could show of a shop. Keys of visits differ with the order of arrival and are told by
/// their visits' starts.
fn told(shop: &Memory) -> String {
    let start = |visit: Option<VisitKey>| visit.and_then(|v| shop.visits.get(&v)).map(|v| v.started_at);
    let mut out: Vec<String> = Vec::new();
    let mut visits: Vec<&VisitRow> = shop.live_visits();
    visits.sort_by_key(|v| (v.visitor, v.started_at));
    for v in visits {
        let pages = (&v.landing_page, &v.exit_page, v.page_views, v.events, v.interactions);
        let source = (&v.source.source, &v.source.medium);
        let span = (v.number, v.started_at, v.seen_until);
        out.push(format!("visit {:?} {span:?} {source:?} {pages:?}", v.visitor));
    }
    for event in shop.events.keys() {
        out.push(format!("event {event:?} {:?}", start(shop.visit_now[event])));
    }
    for (order, lines, refunds, refund_lines) in shop.orders.values() {
        let row = OrderRow { visit: None, visit_event: None, ..order.clone() };
        out.push(format!("order {row:?} visit {:?}", start(order.visit)));
        out.extend(lines.iter().map(|l| format!("  {l:?}")));
        out.extend(refunds.iter().map(|r| format!("  {r:?}")));
        out.extend(refund_lines.iter().map(|l| format!("  {l:?}")));
    }
    for (cart, lines) in shop.carts.values() {
        let row = CartRow { visit: None, ..cart.clone() };
        out.push(format!("cart {row:?} visit {:?}", start(cart.visit)));
        out.extend(lines.iter().map(|l| format!("  {l:?}")));
    }
    let name = |p: &PersonRow| format!("person {:?}", (p.customer, &p.user_id, &p.email_hash));
    out.extend(shop.people.values().map(name));
    out.join("\n")
}

const PRESETS: &[&[(&str, &str)]] = &[
    &[("domain", "shop.example")],
    &[("domain", "shop.example"), ("prices_include_tax", "true"), ("count_orders_on", "paid")],
    &[("domain", "shop.example"), ("cart_scope", "visit"), ("count_unverified_orders", "false")],
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_arrival_says_nothing(
        events in drawn(),
        preset in 0_usize..3,
        seed in any::<u64>(),
        sizes in prop::collection::vec(1_usize..9, 0..8),
    ) {
        let hits = build(&events);
        let in_order = shop(hits.clone(), PRESETS[preset], &[]);
        let other = shop(shuffled(&hits, seed), PRESETS[preset], &sizes);
        let (a, b) = (told(&in_order), told(&other));
        let differ: Vec<(&str, &str)> = a.lines().zip(b.lines()).filter(|(a, b)| a != b).collect();
        prop_assert!(a == b, "{:#?}", differ.first());
    }
}
