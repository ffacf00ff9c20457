//! A journal gives the same rows however it is cut into batches: random streams of in-order, late, repeated and
//! server events, cut at random places.

use crate::memory::{Memory, at, by_server, campaign, hit, journal, on_page, settings};
use commerce::hit::{CartStatement, Dialect, Item, OrderStatement, Origin, flags};
use commerce::record::Tick;
use commerce::{Amount, Hit, Quantity, Record, UnitPrice};
use proptest::prelude::*;

/// One drawn event: who, when after the previous one, how late, what, whence.
type Drawn = (u8, i64, i64, u8, u8, u8);

fn drawn() -> impl Strategy<Value = Drawn> {
    let late = prop_oneof![6 => Just(0_i64), 3 => 1_i64..4000, 1 => 4000_i64..200_000];
    let gap = prop_oneof![5 => 0_i64..300, 2 => 1500_i64..2100, 1 => 2100_i64..50_000];
    (0_u8..3, gap, late, 0_u8..12, 0_u8..8, 0_u8..12)
}

fn build(events: &[Drawn]) -> Vec<Record> {
    let mut now = 0;
    let mut records = Vec::new();
    for (index, (who, gap, late, what, whence, mark)) in events.iter().enumerate() {
        now += gap;
        let visitor = ["ann", "bob", ""][usize::from(*who)];
        let id = if *mark == 0 { format!("e{}", index / 2) } else { format!("e{index}") };
        let mut hit = hit(&id, now - late, visitor, name_of(*what));
        hit.facts.received_at = at(now);
        hit.person.fingerprint = Some(u64::from(*who) + 7);
        hit = with_source(hit, *whence, index);
        with_statements(&mut hit, *what, index);
        match mark {
            1 => hit.facts.flags = Some(flags::NEW_VISIT),
            2 => hit.person.user_id = Some(format!("user {}", index % 3)),
            3 | 4 => hit = by_server(hit),
            5 => hit.facts.page = None,
            _ => {}
        }
        records.push(Record::Hit(Box::new(hit)));
        if *mark == 6 {
            records.push(Record::Tick(Tick { at: at(now + 10) }));
        }
        if *mark == 7 && index % 4 == 0 {
            records.push(settings(&[
                ("visit_timeout_s", ["900", "1800", "3600"][index % 3]),
                ("timezone", "Europe/Paris"),
            ]));
        }
    }
    records
}

fn name_of(what: u8) -> &'static str {
    [
        "page_view",
        "page_view",
        "page_view",
        "page_view",
        "ping",
        "scroll",
        "search",
        "add_to_cart",
        "purchase",
        "order_update",
        "view_item",
        "cart_update",
    ][usize::from(what)]
}

fn with_source(hit: Hit, whence: u8, index: usize) -> Hit {
    let page = format!("https://shop.example/p{}", index % 5);
    let mut hit = match whence {
        0 => on_page(hit, &page, "https://www.google.com/"),
        1 => on_page(hit, &page, "https://blog.example.org/x"),
        2 => on_page(hit, &format!("{page}?utm_source=news&utm_medium=email&utm_campaign=c{}", index % 2), ""),
        _ => on_page(hit, &page, "https://shop.example/"),
    };
    if whence == 3 {
        hit.facts.campaign = Some(campaign("partner", "affiliate", "x"));
    }
    hit
}

fn with_statements(hit: &mut Hit, what: u8, index: usize) {
    let price = UnitPrice::parse("9.90").unwrap().value;
    let item =
        Item { sku: format!("sku{}", index % 3), price: Some(price), quantity: Some(Quantity::ONE), ..Item::default() };
    match name_of(what) {
        "add_to_cart" | "view_item" => hit.facts.items = Some(vec![item]),
        "cart_update" => {
            hit.facts.items = Some(vec![item]);
            hit.facts.cart = Some(CartStatement::default());
        }
        "purchase" | "order_update" => {
            let total = Some(Amount::parse("9.90").unwrap().value);
            hit.facts.items = Some(vec![item]);
            hit.facts.order =
                Some(OrderStatement { order_id: format!("o{}", index % 7), total, ..OrderStatement::default() });
        }
        _ => {}
    }
}

const PRESETS: &[&[(&str, &str)]] = &[
    &[("domain", "shop.example")],
    &[("domain", "shop.example"), ("visit_cap_s", "5000"), ("split_on_campaign", "true")],
    &[
        ("domain", "shop.example"),
        ("split_on_referrer", "true"),
        ("split_at_midnight", "true"),
        ("timezone", "Europe/Paris"),
    ],
    &[("domain", "shop.example"), ("matomo_compat", "true")],
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn batches_do_not_matter(
        events in prop::collection::vec(drawn(), 1..60),
        preset in 0_usize..4,
        sizes in prop::collection::vec(1_usize..9, 0..20),
    ) {
        let mut records = vec![settings(PRESETS[preset])];
        records.extend(build(&events));
        let journal = journal(records);
        let whole = Memory::of(&journal, &[]);
        let singly = Memory::of(&journal, &vec![1; journal.len()]);
        compare(&whole, &singly)?;
        compare(&whole, &Memory::of(&journal, &sizes))?;
        check_counters(&whole)?;
    }

    /// Matomo's clients share fingerprints and take over each other's visits; other clients' hits come between.
    #[test]
    fn batches_do_not_matter_where_fingerprints_are_shared(
        events in prop::collection::vec((drawn(), (0_usize..7, 0_usize..6, 0_u8..4)), 1..60),
        sizes in prop::collection::vec(1_usize..9, 0..20),
    ) {
        let (events, clients): (Vec<Drawn>, Vec<_>) = events.into_iter().unzip();
        let mut records = vec![settings(PRESETS[3])];
        records.extend(build(&events));
        let hits = records.iter_mut().filter_map(|r| if let Record::Hit(hit) = r { Some(hit) } else { None });
        for (hit, (who, fingerprint, dialect)) in hits.zip(clients) {
            hit.person.visitor_id = ["ann", "bob", "cat", "dan", "eve"].get(who).map(|id| (*id).to_owned());
            hit.person.fingerprint = [Some(7), Some(7), Some(7), Some(8), Some(9), None][fingerprint];
            if dialect > 0 {
                hit.facts.dialect = Dialect::Matomo;
            }
        }
        let journal = journal(records);
        let whole = Memory::of(&journal, &[]);
        compare(&whole, &Memory::of(&journal, &vec![1; journal.len()]))?;
        compare(&whole, &Memory::of(&journal, &sizes))?;
    }
}

fn compare(a: &Memory, b: &Memory) -> Result<(), TestCaseError> {
    for (key, visit) in &a.visits {
        prop_assert_eq!(Some(visit), b.visits.get(key));
    }
    prop_assert_eq!(a.visits.len(), b.visits.len());
    prop_assert_eq!(&a.events, &b.events);
    prop_assert_eq!(&a.visit_now, &b.visit_now);
    prop_assert_eq!(&a.touches, &b.touches);
    prop_assert_eq!(&a.order_facts, &b.order_facts);
    prop_assert_eq!(&a.cart_facts, &b.cart_facts);
    prop_assert_eq!(&a.orders, &b.orders);
    prop_assert_eq!(&a.carts, &b.carts);
    // Where an event belongs now is what counts, not how often it was said on the way.
    let settled = |memory: &Memory| Memory { moves: Vec::new(), ..memory.clone() };
    prop_assert_eq!(settled(a), settled(b));
    Ok(())
}

/// Says that every visit counts exactly the events that are its own, and numbers run without a gap.
fn check_counters(memory: &Memory) -> Result<(), TestCaseError> {
    for visit in memory.live_visits() {
        let own = memory.events.values().filter(|e| memory.visit_now[&e.event] == Some(visit.visit));
        let own: Vec<_> = own.filter(|e| e.flags & flags::ATTACHED == 0).collect();
        let count = |fits: &dyn Fn(&str) -> bool| own.iter().filter(|e| fits(&e.name)).count() as u32;
        prop_assert_eq!(visit.events, count(&|n| n != "ping"), "events of {:?}", visit);
        prop_assert_eq!(visit.page_views, count(&|n| n == "page_view"));
        let browser = |e: &&&commerce::rows::EventRow| e.origin == Origin::Browser || e.name == "page_view";
        prop_assert!(
            own.iter().filter(browser).all(|e| e.occurred_at >= visit.started_at && e.occurred_at <= visit.seen_until),
            "span of {:?}",
            visit
        );
    }
    for visitor in memory.visits.values().map(|v| v.visitor) {
        let numbers: Vec<_> = memory.live_visits().iter().filter(|v| v.visitor == visitor).map(|v| v.number).collect();
        let expected: Vec<_> = (1..=numbers.len() as u32).collect();
        prop_assert_eq!(numbers, expected);
    }
    Ok(())
}
