//! Measures the store as an import of orders drives it: batches of 10 000 orders, each loaded for and applied, on a growing
//! store.
//!
//! `cargo run --release -p store --example orders -- [thousands of orders] [folder]`. Every order names a user, an e-mail
//! address and a payment's id; every tenth batch is of known customers for a third, every other one of new ones. Every
//! tenth batch is followed by one in which browsers put something into a cart and order it.

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]
#![expect(clippy::float_arithmetic, reason = "milliseconds for people, no money")]

use commerce::hit::{Dialect, OrderStatus, Origin, Trust};
use commerce::money::{Amount, Currency, Quantity, UnitPrice};
use commerce::rows::{
    CartFactRow, CartLineRow, CartRow, CartState, IdentityRow, OrderAmounts, OrderFactRow, OrderIdRow, OrderLineRow,
    OrderRow, PersonRow, ProductRef, Rows, Subject, TouchRow, TrafficSource, VisitRow,
};
use commerce::state::Keys;
use commerce::{CartKey, CustomerKey, EventKey, OrderKey, SiteId, Timestamp, VisitKey, VisitorKey};
use std::time::Instant;
use store::{Options, Store};

const ORDERS: u64 = 10_000;
const SITE: SiteId = SiteId(1);

fn hash(n: u64) -> u64 {
    let mut x = n.wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// Returns the key of thing `n` of a kind.
fn key(n: u64, kind: u64) -> u64 {
    hash(n * 16 + kind)
}

/// Who orders in a batch.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Buyers {
    /// Nobody seen before; servers tell.
    New,
    /// A third known from orders all over the past; servers tell.
    Known,
    /// Nobody seen before; browsers tell, with visits and carts.
    Browsers,
}

fn customer_of(n: u64, buyers: Buyers) -> u64 {
    let known = buyers == Buyers::Known && n.is_multiple_of(3) && n > ORDERS;
    if known { hash(n) % (n - ORDERS) } else { n }
}

fn time(n: u64) -> Timestamp {
    Timestamp(1_772_445_600_000_000 + n as i64 * 100_000)
}

fn product(n: u64) -> ProductRef {
    ProductRef {
        sku: format!("SKU-{}", n % 5000),
        product: Some(format!("Product number {}", n % 5000)),
        ..ProductRef::default()
    }
}

/// Visitor, visit and cart of an order.
type Found = (Option<VisitorKey>, Option<VisitKey>, Option<CartKey>);

fn order_fact(
    n: u64,
    at: Timestamp,
    (user, email): (CustomerKey, CustomerKey),
    (visitor, visit, cart): Found,
) -> OrderFactRow {
    OrderFactRow {
        site: SITE,
        position: n * 2 + 2,
        order: OrderKey(key(n, 3)),
        order_id: format!("A-{n}"),
        event: EventKey(key(n, 5)),
        kind: "purchase".to_owned(),
        occurred_at: at,
        received_at: at,
        dialect: Dialect::NativeServer,
        origin: if visitor.is_some() { Origin::Browser } else { Origin::Server },
        trust: Trust::Verified,
        visitor,
        visit,
        visit_alias: None,
        user: Some(user),
        email: Some(email),
        cart,
        source: None,
        landing_page: None,
        payload: (0..1200).map(|i| (hash(n) >> (i % 57)) as u8).collect(),
    }
}

fn order_row(
    n: u64,
    at: Timestamp,
    (user, email): (CustomerKey, CustomerKey),
    (visitor, visit, cart): Found,
) -> OrderRow {
    let amounts =
        OrderAmounts { order_total: Amount(499_900), gross_sales: Amount(420_000), ..OrderAmounts::default() };
    OrderRow {
        site: SITE,
        position: n * 2 + 2,
        order: OrderKey(key(n, 3)),
        order_id: format!("A-{n}"),
        placed_at: at,
        paid_at: Some(at),
        counted_at: at,
        status: OrderStatus::Confirmed,
        counts: true,
        test: false,
        currency: Currency::parse("EUR").expect("the euro is listed"),
        amounts,
        reporting: Some(amounts),
        refunded: Amount(0),
        units: 3000,
        lines: 3,
        user: Some(user),
        email: Some(email),
        customer: Some(user),
        visitor,
        visit_event: visit.map(|_| EventKey(key(n, 5))),
        visit,
        cart,
        source: TrafficSource::direct(),
        landing_page: None,
        coupon: None,
        payment_method: Some("card".to_owned()),
        shipping_method: None,
        sales_channel: None,
        origin: Origin::Server,
        trust: Trust::Verified,
        statements: 1,
        flags: 0,
    }
}

/// Adds order `n` and what is told of it.
fn add(n: u64, buyers: Buyers, keys: &mut Keys, rows: &mut Rows) {
    let (site, position, at) = (SITE, n * 2 + 2, time(n));
    let who = customer_of(n, buyers);
    let (user, email) = (CustomerKey(key(who, 1)), CustomerKey(key(who, 2)));
    let (order, alias) = (OrderKey(key(n, 3)), OrderKey(key(n, 4)));
    let event = EventKey(key(n, 5));
    let browser = buyers == Buyers::Browsers;
    let visitor = browser.then(|| VisitorKey(key(n, 6)));
    let visit = browser.then(|| VisitKey(key(n, 7)));
    let cart = browser.then(|| CartKey(key(n, 8)));
    keys.events.insert(event, at);
    keys.orders.extend([order, alias]);
    keys.customers.extend([user, email]);
    keys.carts.extend(cart);
    keys.people.extend(visitor);
    keys.visitors.extend(visitor.map(|visitor| (visitor, at)));
    let source = TrafficSource::direct();
    rows.order_facts.push(order_fact(n, at, (user, email), (visitor, visit, cart)));
    rows.order_ids.push(OrderIdRow { site, position, alias, order, alias_id: format!("stripe:pi_{n}") });
    rows.orders.push(order_row(n, at, (user, email), (visitor, visit, cart)));
    rows.order_lines.extend((0..3).map(|line| OrderLineRow {
        site,
        position,
        order,
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
    }));
    if who == n {
        let subject = Subject::Email(email);
        rows.identities.push(IdentityRow { site, position, subject, customer: Some(user), by_email: false, at });
        let user_id = Some(format!("user-{who}"));
        rows.people.push(PersonRow { site, position, customer: user, user_id, email_hash: None, email: None });
    }
    if let (Some(visitor), Some(visit), Some(cart)) = (visitor, visit, cart) {
        let begun = at.plus_seconds(-600);
        rows.identities.push(IdentityRow {
            site,
            position,
            subject: Subject::Visitor(visitor),
            customer: Some(user),
            by_email: false,
            at,
        });
        add_cart(n, (visitor, visit, cart), begun, &source, rows);
    }
}

fn add_cart(
    n: u64,
    (visitor, visit, cart): (VisitorKey, VisitKey, CartKey),
    at: Timestamp,
    source: &TrafficSource,
    rows: &mut Rows,
) {
    let (site, position, event) = (SITE, n * 2 + 1, EventKey(key(n, 9)));
    rows.cart_facts.push(CartFactRow {
        site,
        position,
        event,
        kind: "add_to_cart".to_owned(),
        occurred_at: at,
        dialect: Dialect::NativeBrowser,
        origin: Origin::Browser,
        cart: Some(cart),
        cart_id: Some(format!("cart-{n}")),
        visitor: Some(visitor),
        visit: Some(visit),
        user: None,
        email: None,
        payload: (0..300).map(|i| (hash(n) >> (i % 57)) as u8).collect(),
    });
    rows.carts.push(CartRow {
        site,
        position,
        cart,
        cart_id: Some(format!("cart-{n}")),
        visitor: Some(visitor),
        customer: None,
        visit: Some(visit),
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
        source: source.clone(),
        contact: None,
        email: None,
        recovery_url: None,
    });
    rows.cart_lines.push(CartLineRow {
        site,
        position,
        cart,
        line: 0,
        product: product(n),
        price: None,
        quantity: Quantity::ONE,
        gross: Amount(199_900),
        reporting_gross: Some(Amount(199_900)),
    });
    rows.visits.push(VisitRow {
        site,
        position,
        visit,
        visitor,
        fingerprint: None,
        customer: None,
        live: true,
        started_at: at,
        last_at: at,
        seen_until: at,
        number: 1,
        first_seen_at: at,
        source: source.clone(),
        host: Some("shop.example".to_owned()),
        landing_page: Some("/".to_owned()),
        exit_page: None,
        page_views: 1,
        events: 1,
        interactions: 0,
        searches: 0,
        device: Some("mobile".to_owned()),
        browser: None,
        os: None,
        screen: None,
        language: None,
        country: None,
        region: None,
        city: None,
        goals: Vec::new(),
        bot: None,
    });
    let touch = |event| TouchRow {
        site,
        position,
        event,
        occurred_at: at,
        visitor,
        visit,
        source: source.clone(),
        landing_page: None,
        click_id: None,
    };
    rows.touches.push(touch(event));
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let thousands: u64 = arguments.next().map_or(Ok(1000), |n| n.parse())?;
    let folder = arguments.next().map_or_else(|| std::env::temp_dir().join("tallyho-orders"), Into::into);
    store::files::destroy(&folder.join("store.duckdb"))?;
    let options = Options { memory_limit_mb: 1024, threads: 1 };
    let store = Store::open(folder.join("store.duckdb"), options)?;
    println!("orders stored   buyers      load ms   of it again ms   apply ms");
    for batch in 0..thousands * 1000 / ORDERS {
        let buyers = match batch % 10 {
            8 => Buyers::Known,
            9 => Buyers::Browsers,
            _ => Buyers::New,
        };
        let (mut keys, mut rows) = (Keys { sites: [SITE].into(), ..Keys::default() }, Rows::default());
        (batch * ORDERS..(batch + 1) * ORDERS).for_each(|n| add(n, buyers, &mut keys, &mut rows));
        (rows.position, rows.as_of) = ((batch + 1) * ORDERS * 2, Some(time((batch + 1) * ORDERS)));
        let begun = Instant::now();
        let state = store.load(&keys)?;
        let load = begun.elapsed();
        assert_eq!(state.sales.orders.is_empty(), buyers != Buyers::Known || batch == 0);
        drop(state);
        // The carts of browsers' orders were told of some batches before.
        let begun = Instant::now();
        store.apply(&rows)?;
        let apply = begun.elapsed();
        let begun = Instant::now();
        let state = store.load(&keys)?;
        let again = begun.elapsed();
        assert!(state.sales.order_facts.len() as u64 >= ORDERS);
        let ms = |d: std::time::Duration| d.as_secs_f64() * 1e3;
        let name = match buyers {
            Buyers::New => "new",
            Buyers::Known => "known",
            Buyers::Browsers => "browsers",
        };
        if batch % 10 >= 7 {
            println!(
                "{:>13}   {name:<8}   {:>8.1}   {:>14.1}   {:>8.1}",
                batch * ORDERS,
                ms(load),
                ms(again),
                ms(apply)
            );
        }
    }
    let begun = Instant::now();
    drop(store);
    drop(Store::open(folder.join("store.duckdb"), options)?);
    println!("closed and opened in {:.0} ms", begun.elapsed().as_secs_f64() * 1e3);
    Ok(())
}
