//! Rows with every field filled, each from a number: different numbers give different rows, `n % 3 == 0` leaves out
//! what may be left out.

use commerce::hit::{Dialect, Origin, Trust};
use commerce::money::{Amount, Currency, Quantity, UnitPrice};
use commerce::rows::*;
use commerce::state::Keys;
use commerce::{CartKey, CustomerKey, EventKey, OrderKey, SiteId, Timestamp, VisitKey, VisitorKey};

mod sales;

pub(super) use sales::*;

/// 2026-03-02T10:00:00Z
pub(super) const NOON: Timestamp = Timestamp::from_seconds(1_772_445_600);

pub(super) const SITE: SiteId = SiteId(1);

pub(super) fn at(seconds: i64) -> Timestamp {
    NOON.plus_seconds(seconds)
}

fn text(what: &str, n: u64) -> Option<String> {
    (!n.is_multiple_of(3)).then(|| format!("{what} {n} ü\u{0}'\"\n"))
}

fn some<T>(n: u64, value: T) -> Option<T> {
    (!n.is_multiple_of(3)).then_some(value)
}

pub(super) fn source(n: u64) -> TrafficSource {
    TrafficSource {
        channel: "Paid Search".to_owned(),
        source: format!("source {n}"),
        medium: "cpc".to_owned(),
        campaign: text("campaign", n),
        term: text("term", n),
        content: text("content", n),
        referrer: text("https://r.example/", n),
        referrer_host: text("r.example", n),
    }
}

fn product(n: u64) -> ProductRef {
    ProductRef {
        sku: format!("SKU-{n}"),
        product: text("Boot", n),
        brand: text("Brand", n),
        variant: text("red", n),
        categories: (0..n % 6).map(|level| format!("level {level}")).collect(),
    }
}

pub(super) fn event(n: u64) -> EventRow {
    EventRow {
        site: SITE,
        position: n,
        event: EventKey(1_000 + n),
        occurred_at: at(n as i64),
        name: "page_view".to_owned(),
        visitor: some(n, VisitorKey(n)),
        fingerprint: some(n, u64::MAX - n),
        visit: some(n, VisitKey(n)),
        dialect: [Dialect::NativeBrowser, Dialect::NativeServer, Dialect::NativePixel, Dialect::Matomo][n as usize % 4],
        origin: [Origin::Pixel, Origin::Browser, Origin::App, Origin::Server, Origin::Platform, Origin::Import]
            [n as usize % 6],
        trust: [Trust::Unverified, Trust::Verified][n as usize % 2],
        host: text("shop.example", n),
        page: text("/p", n),
        page_title: text("Title", n),
        search_term: text("boots", n),
        search_results: some(n, n as u32),
        checkout_step: text("payment", n),
        bot: text("bot", n),
        flags: n as u32,
        properties: text("{}", n),
    }
}

pub(super) fn visit(n: u64) -> VisitRow {
    VisitRow {
        site: SITE,
        position: n,
        visit: VisitKey(n),
        visitor: VisitorKey(n),
        fingerprint: some(n, n),
        customer: some(n, CustomerKey(n)),
        live: true,
        started_at: at(n as i64),
        last_at: at(n as i64 + 60),
        seen_until: at(n as i64 + 90),
        number: n as u32,
        first_seen_at: at(-86_400),
        source: source(n),
        host: text("shop.example", n),
        landing_page: text("/in", n),
        exit_page: text("/out", n),
        page_views: 1,
        events: 2,
        interactions: 3,
        searches: 4,
        device: text("desktop", n),
        browser: text("Firefox", n),
        os: text("Linux", n),
        screen: text("1x1", n),
        language: text("de-DE", n),
        country: text("DE", n),
        region: text("BE", n),
        city: text("Berlin", n),
        goals: (1..=n as u32 % 4).collect(),
        bot: text("bot", n),
    }
}

pub(super) fn touch(n: u64) -> TouchRow {
    TouchRow {
        site: SITE,
        position: n,
        event: EventKey(1_000 + n),
        occurred_at: at(n as i64),
        visitor: VisitorKey(n),
        visit: VisitKey(n),
        source: source(n),
        landing_page: text("/in", n),
        click_id: text("gclid:", n),
    }
}

pub(super) fn product_action(n: u64) -> ProductActionRow {
    use ProductAction::{Add, Checkout, ListClick, ListView, Remove, View};
    ProductActionRow {
        site: SITE,
        position: n,
        event: EventKey(1_000 + n),
        line: n as u32,
        occurred_at: at(n as i64),
        visitor: some(n, VisitorKey(n)),
        visit: some(n, VisitKey(n)),
        action: [ListView, ListClick, View, Add, Remove, Checkout][n as usize % 6],
        event_name: "view_item".to_owned(),
        product: product(n),
        price: some(n, UnitPrice(-5)),
        quantity: Quantity(1500),
        item_list: text("list", n),
        list_index: some(n, -(n as i64)),
        promotion: text("sale", n),
        coupon: text("TEN", n),
        properties: text("{}", n),
        bot: text("bot", n),
    }
}

pub(super) fn visit_move(n: u64) -> VisitMoveRow {
    VisitMoveRow { site: SITE, position: n, event: EventKey(1_000 + n), visit: some(n, VisitKey(n + 1)) }
}

pub(super) fn goal_conversion(n: u64) -> GoalConversionRow {
    GoalConversionRow {
        site: SITE,
        position: n,
        event: EventKey(1_000 + n),
        goal: n as u32,
        occurred_at: at(n as i64),
        visitor: some(n, VisitorKey(n)),
        visit: some(n, VisitKey(n)),
        value: Amount(n as i64),
        source: source(n),
    }
}

fn quarantine(n: u64) -> QuarantineRow {
    QuarantineRow {
        site: SITE,
        position: n,
        received_at: at(n as i64),
        dialect: Dialect::NativePixel,
        reason: "price.not_finite".to_owned(),
        hint: String::new(),
        payload: "{\u{0}\"".to_owned(),
    }
}

fn intake(n: u64) -> IntakeRow {
    IntakeRow {
        site: SITE,
        position: n,
        hour: at(0),
        outcome: ["stored", "duplicate", "quarantined", "excluded"][n as usize % 4],
        reason: String::new(),
        dialect: some(n, Dialect::Matomo),
        count: u64::MAX - n,
    }
}

pub(super) fn site_row(site: SiteId, position: u64, settings: &[(&str, &str)]) -> SiteRow {
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    SiteRow { site, position, settings, goals: minicbor::to_vec(Vec::<commerce::Goal>::new()).unwrap() }
}

pub(super) fn rate(position: u64, day: &str, per_unit: &str) -> RateRow {
    let currency = Currency::parse("USD").unwrap();
    RateRow { site: SITE, position, day: day.to_owned(), currency, per_unit: per_unit.to_owned() }
}

/// Returns one row of every table for each of `numbers`, two lines for every order,
/// cart and refund.
pub(super) fn everything(numbers: std::ops::RangeInclusive<u64>) -> Rows {
    let each = || numbers.clone();
    Rows {
        position: *numbers.end(),
        as_of: Some(at(*numbers.end() as i64)),
        events: each().map(event).collect(),
        visits: each().map(visit).collect(),
        touches: each().map(touch).collect(),
        product_actions: each().map(product_action).collect(),
        visit_moves: each().map(visit_move).collect(),
        goal_conversions: each().map(goal_conversion).collect(),
        order_facts: each().map(order_fact).collect(),
        order_ids: each().map(order_id).collect(),
        orders: each().map(order).collect(),
        order_lines: each().flat_map(|n| [order_line(n, 0), order_line(n, 1)]).collect(),
        refunds: each().map(refund).collect(),
        refund_lines: each().flat_map(|n| [refund_line(n, 0), refund_line(n, 1)]).collect(),
        orders_gone: Vec::new(),
        cart_facts: each().map(cart_fact).collect(),
        carts: each().map(cart).collect(),
        cart_lines: each().flat_map(|n| [cart_line(n, 0), cart_line(n, 1)]).collect(),
        carts_gone: Vec::new(),
        identities: each().map(identity).collect(),
        people: each().map(person).collect(),
        product_costs: each().map(product_cost).collect(),
        ad_costs: each().map(ad_cost).collect(),
        link_codes: each().map(link_code).collect(),
        visit_aliases: each().map(visit_alias).collect(),
        waiting_events: each().map(waiting_event).collect(),
        quarantine: each().map(quarantine).collect(),
        intake: each().map(intake).collect(),
        sites: each().map(|n| site_row(SITE, n, &[("domain", "shop.example"), ("b", "2"), ("a", "1")])).collect(),
        rates: each().map(|n| rate(n, "2026-03-02", "1.08")).collect(),
    }
}

/// Returns rows that bring the store to `position` and hold nothing.
pub(super) fn empty(position: u64) -> Rows {
    Rows { position, as_of: Some(at(position as i64)), ..Rows::default() }
}

/// Returns keys that ask for everything that [`everything`] makes of `numbers`.
pub(super) fn keys(numbers: std::ops::RangeInclusive<u64>) -> Keys {
    let each = || numbers.clone();
    Keys {
        sites: [SITE].into(),
        visitors: each().map(|n| (VisitorKey(n), at(100_000))).collect(),
        events: each().map(|n| (EventKey(1_000 + n), at(n as i64))).collect(),
        orders: each().map(OrderKey).collect(),
        carts: each().map(CartKey).collect(),
        customers: each().map(CustomerKey).collect(),
        ..Keys::default()
    }
}
