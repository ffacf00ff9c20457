//! Measures the store as the pipeline drives it: batches of events, each loaded for and applied, on a growing store.
//!
//! `cargo run --release -p store --example throughput -- [millions of events] [folder]`. Every batch holds 20 000
//! events of 8 000 visits, a quarter of them new, a third of the visitors known from before.

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]
#![expect(clippy::cast_precision_loss, clippy::float_arithmetic, reason = "rates for people, no money")]

use commerce::hit::{Dialect, OrderStatus, Origin, Trust};
use commerce::money::{Amount, Currency, Quantity, UnitPrice};
use commerce::rows::{
    CartRow, CartState, EventRow, OrderAmounts, OrderLineRow, OrderRow, ProductAction, ProductActionRow, ProductRef,
    Rows, TouchRow, TrafficSource, VisitRow,
};
use commerce::state::{FingerprintUse, Keys};
use commerce::{CartKey, EventKey, OrderKey, SiteId, Timestamp, VisitKey, VisitorKey};
use std::time::{Duration, Instant};
use store::{Options, Store};

const EVENTS: u64 = 20_000;
const VISITS_NEW: u64 = 2_000;
/// A visit is active in this many consecutive batches.
const BATCHES_PER_VISIT: u64 = 4;
const SITE: SiteId = SiteId(1);

fn hash(n: u64) -> u64 {
    let mut x = n.wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// Every third visit is by a visitor of an earlier one.
fn visitor_of(visit: u64) -> VisitorKey {
    let first = if visit.is_multiple_of(3) { hash(visit) % (visit + 1) } else { visit };
    VisitorKey(hash(first ^ 0xA5A5) | 1)
}

fn source(n: u64) -> TrafficSource {
    TrafficSource {
        channel: "Organic Search".to_owned(),
        source: "google".to_owned(),
        medium: "organic".to_owned(),
        campaign: n.is_multiple_of(5).then(|| format!("campaign-{}", n % 40)),
        referrer: Some("https://www.google.com/".to_owned()),
        referrer_host: Some("www.google.com".to_owned()),
        ..TrafficSource::default()
    }
}

fn product(n: u64) -> ProductRef {
    ProductRef {
        sku: format!("SKU-{}", n % 5000),
        product: Some(format!("Product number {}", n % 5000)),
        brand: Some(format!("Brand {}", n % 50)),
        variant: None,
        categories: vec![format!("Category {}", n % 20), format!("Sub {}", n % 100)],
    }
}

fn event(n: u64, visit: u64, at: Timestamp) -> EventRow {
    EventRow {
        site: SITE,
        position: n + 1,
        event: EventKey(hash(n)),
        occurred_at: at,
        name: "page_view".to_owned(),
        visitor: Some(visitor_of(visit)),
        fingerprint: Some(hash(visit)),
        visit: Some(VisitKey(hash(visit ^ 0x77))),
        dialect: Dialect::NativeBrowser,
        origin: Origin::Browser,
        trust: Trust::Unverified,
        host: Some("shop.example".to_owned()),
        page: Some(format!("/category/{}/product-{}.html", n % 20, n % 5000)),
        page_title: Some(format!("Product number {} - Shop", n % 5000)),
        search_term: None,
        search_results: None,
        checkout_step: None,
        bot: None,
        flags: 0,
        properties: None,
    }
}

fn product_action(n: u64, visit: u64, at: Timestamp) -> ProductActionRow {
    ProductActionRow {
        site: SITE,
        position: n + 1,
        event: EventKey(hash(n)),
        line: 0,
        occurred_at: at,
        visitor: Some(visitor_of(visit)),
        visit: Some(VisitKey(hash(visit ^ 0x77))),
        action: ProductAction::View,
        event_name: "view_item".to_owned(),
        product: product(n),
        price: Some(UnitPrice(19_990_000)),
        quantity: Quantity::ONE,
        item_list: None,
        list_index: None,
        promotion: None,
        coupon: None,
        properties: None,
        bot: None,
    }
}

fn visit(visit: u64, position: u64, started_at: Timestamp, at: Timestamp) -> VisitRow {
    VisitRow {
        site: SITE,
        position,
        visit: VisitKey(hash(visit ^ 0x77)),
        visitor: visitor_of(visit),
        fingerprint: Some(hash(visit)),
        customer: None,
        live: true,
        started_at,
        last_at: at,
        seen_until: at,
        number: 1,
        first_seen_at: started_at,
        source: source(visit),
        host: Some("shop.example".to_owned()),
        landing_page: Some(format!("/category/{}", visit % 20)),
        exit_page: Some("/checkout".to_owned()),
        page_views: 2,
        events: 3,
        interactions: 1,
        searches: 0,
        device: Some("mobile".to_owned()),
        browser: Some("Mobile Safari".to_owned()),
        os: Some("iOS".to_owned()),
        screen: Some("390x844".to_owned()),
        language: Some("de-DE".to_owned()),
        country: Some("DE".to_owned()),
        region: None,
        city: None,
        goals: Vec::new(),
        bot: None,
    }
}

fn order(n: u64, position: u64, at: Timestamp, visit: u64) -> OrderRow {
    let total = OrderAmounts { order_total: Amount(499_900), gross_sales: Amount(420_000), ..OrderAmounts::default() };
    OrderRow {
        site: SITE,
        position,
        order: OrderKey(hash(n ^ 0x99)),
        order_id: format!("A-{n}"),
        placed_at: at,
        paid_at: Some(at),
        counted_at: at,
        status: OrderStatus::Confirmed,
        counts: true,
        test: false,
        currency: Currency::parse("EUR").expect("the euro is listed"),
        amounts: total,
        reporting: Some(total),
        refunded: Amount(0),
        units: 3000,
        lines: 3,
        user: None,
        email: None,
        customer: None,
        visitor: Some(visitor_of(visit)),
        visit_event: None,
        visit: Some(VisitKey(hash(visit ^ 0x77))),
        cart: None,
        source: source(visit),
        landing_page: None,
        coupon: None,
        payment_method: Some("card".to_owned()),
        shipping_method: None,
        sales_channel: None,
        origin: Origin::Browser,
        trust: Trust::Unverified,
        statements: 1,
        flags: 0,
    }
}

fn order_line(n: u64, position: u64, line: u32) -> OrderLineRow {
    OrderLineRow {
        site: SITE,
        position,
        order: OrderKey(hash(n ^ 0x99)),
        line,
        product: product(n + u64::from(line)),
        price: UnitPrice(19_990_000),
        quantity: Quantity::ONE,
        gross: Amount(199_900),
        discount: Amount(0),
        reporting_gross: Some(Amount(199_900)),
        reporting_discount: Some(Amount(0)),
        unit_cost: None,
        reporting_cost: None,
        coupon: None,
        item_list: None,
        properties: None,
    }
}

fn cart(n: u64, position: u64, at: Timestamp, visit: u64) -> CartRow {
    CartRow {
        site: SITE,
        position,
        cart: CartKey(hash(n ^ 0xCC)),
        cart_id: None,
        visitor: Some(visitor_of(visit)),
        customer: None,
        visit: Some(VisitKey(hash(visit ^ 0x77))),
        created_at: at,
        changed_at: at,
        replaced_at: None,
        state: CartState::Open,
        order: None,
        ordered_at: None,
        currency: Currency::parse("EUR").expect("the euro is listed"),
        value: Amount(199_900),
        reporting_value: Some(Amount(199_900)),
        units: 1000,
        checkout_step: None,
        coupon: None,
        source: source(visit),
        contact: None,
        email: None,
        recovery_url: None,
    }
}

/// Returns batch `b` and the keys that enrichment would ask for it.
fn batch(b: u64) -> (Keys, Rows) {
    let start = Timestamp::from_seconds(1_772_445_600);
    let time = |n: u64| Timestamp(start.0 + n as i64 * 10);
    let first_visit = (b + 1).saturating_sub(BATCHES_PER_VISIT) * VISITS_NEW;
    let visits = (b + 1) * VISITS_NEW - first_visit;
    let mut keys = Keys { sites: [SITE].into(), ..Keys::default() };
    let mut rows = Rows { position: (b + 1) * EVENTS, as_of: Some(time((b + 1) * EVENTS)), ..Rows::default() };
    for n in b * EVENTS..(b + 1) * EVENTS {
        let visit_number = first_visit + n % visits;
        let row = event(n, visit_number, time(n));
        keys.events.insert(row.event, row.occurred_at);
        keys.visitors.entry(visitor_of(visit_number)).or_insert(row.occurred_at);
        let visitor = Some(visitor_of(visit_number));
        let unused = FingerprintUse { first: row.occurred_at, last: row.occurred_at, visitor };
        keys.fingerprints.entry(hash(visit_number)).or_insert(unused).last = row.occurred_at;
        rows.events.push(row);
        if n.is_multiple_of(3) {
            rows.product_actions.push(product_action(n, visit_number, time(n)));
        }
    }
    let position = rows.position;
    for v in first_visit..first_visit + visits {
        rows.visits.push(visit(v, position, time(v * EVENTS / VISITS_NEW), time(position)));
        // Every tenth visit fills a cart, every fiftieth orders at its end.
        if v.is_multiple_of(10) {
            keys.carts.insert(CartKey(hash(v ^ 0xCC)));
            rows.carts.push(cart(v, position, time(position), v));
        }
        if v.is_multiple_of(50) && v < first_visit + VISITS_NEW {
            keys.orders.insert(OrderKey(hash(v ^ 0x99)));
            rows.orders.push(order(v, position, time(position), v));
            rows.order_lines.extend((0..3).map(|line| order_line(v, position, line)));
        }
    }
    for v in b * VISITS_NEW..(b + 1) * VISITS_NEW {
        rows.touches.push(TouchRow {
            site: SITE,
            position,
            event: EventKey(hash(b * EVENTS + v % VISITS_NEW)),
            occurred_at: time(position),
            visitor: visitor_of(v),
            visit: VisitKey(hash(v ^ 0x77)),
            source: source(v),
            landing_page: Some("/".to_owned()),
            click_id: None,
        });
    }
    (keys, rows)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let millions: u64 = arguments.next().map_or(Ok(1), |m| m.parse())?;
    let folder = arguments.next().map_or_else(|| std::env::temp_dir().join("tallyho-throughput"), Into::into);
    store::files::destroy(&folder.join("store.duckdb"))?;
    let store = Store::open(folder.join("store.duckdb"), Options { memory_limit_mb: 2048, threads: 1 })?;
    println!("events     load ms (max)   apply ms (max)   checkpoint  file MiB  visits_now ms");
    let per_line = 1_000_000 / EVENTS;
    for line in 0..millions {
        let (mut load, mut apply) = (Vec::new(), Vec::new());
        for b in line * per_line..(line + 1) * per_line {
            let (keys, rows) = batch(b);
            let begun = Instant::now();
            let state = store.load(&keys)?;
            load.push(begun.elapsed());
            assert!(state.events_seen.is_empty() && (b == 0 || !state.visitors.is_empty()));
            let begun = Instant::now();
            store.apply(&rows)?;
            apply.push(begun.elapsed());
        }
        let begun = Instant::now();
        store.checkpoint()?;
        let checkpoint = begun.elapsed();
        let begun = Instant::now();
        let found = store.query("select channel, count(*), sum(page_views) from visits_now group by channel", &[])?;
        let report = begun.elapsed();
        assert_eq!(found.rows[0][1].as_u64(), Some((line + 1) * per_line * VISITS_NEW));
        let size = std::fs::metadata(folder.join("store.duckdb"))?.len() >> 20;
        println!(
            "{:>3} M     {}   {}   {:>7.0} ms   {size:>7}   {:>9.1}",
            line + 1,
            show(&load),
            show(&apply),
            checkpoint.as_secs_f64() * 1e3,
            report.as_secs_f64() * 1e3
        );
    }
    Ok(())
}

/// Returns mean and maximum in milliseconds.
fn show(times: &[Duration]) -> String {
    let mean = times.iter().sum::<Duration>().as_secs_f64() / times.len() as f64 * 1e3;
    let most = times.iter().max().map_or(0.0, Duration::as_secs_f64) * 1e3;
    format!("{mean:>6.1} ({most:>6.1})")
}
