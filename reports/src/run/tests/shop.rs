//! A small shop, made by hand: rows with few words, and the defaults that a test does not care about.

use commerce::hit::{Dialect, OrderStatus, Origin, Trust};
use commerce::rows::{
    CartLineRow, CartRow, CartState, EventRow, GoalConversionRow, OrderAmounts, OrderLineRow, OrderRow, ProductAction,
    ProductActionRow, ProductCostRow, ProductRef, RefundAmounts, RefundLineRow, RefundRow, Rows, TrafficSource,
    VisitRow,
};
use commerce::{
    Amount, CartKey, Currency, CustomerKey, EventKey, OrderKey, Quantity, SiteId, SiteSettings, Timestamp, UnitPrice,
    VisitKey, VisitorKey, Zone,
};

pub(crate) const SITE: SiteId = SiteId(1);

pub(crate) fn settings() -> SiteSettings {
    SiteSettings::new("shop.example", Currency::parse("EUR").unwrap(), Zone::parse("Europe/Berlin").unwrap())
}

pub(crate) fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// An amount in euros.
pub(crate) fn eur(text: &str) -> Amount {
    Amount::parse(text).unwrap().value
}

pub(crate) fn source(channel: &str) -> TrafficSource {
    TrafficSource { channel: channel.to_owned(), source: channel.to_lowercase(), ..TrafficSource::direct() }
}

/// A product: `sku` and up to five categories, the brand being the SKU's first letter.
pub(crate) fn product(sku: &str, categories: &[&str]) -> ProductRef {
    ProductRef {
        sku: sku.to_owned(),
        product: Some(format!("Product {sku}")),
        brand: sku.get(..1).map(str::to_owned),
        variant: None,
        categories: categories.iter().map(|c| (*c).to_owned()).collect(),
    }
}

pub(crate) fn visit(key: u64, visitor: u64, started: &str, channel: &str) -> VisitRow {
    let started_at = at(started);
    VisitRow {
        site: SITE,
        position: 1,
        visit: VisitKey(key),
        visitor: VisitorKey(visitor),
        fingerprint: None,
        customer: None,
        live: true,
        started_at,
        last_at: started_at,
        seen_until: started_at,
        number: 1,
        first_seen_at: started_at,
        source: source(channel),
        host: Some("shop.example".to_owned()),
        landing_page: Some("/".to_owned()),
        exit_page: Some("/".to_owned()),
        page_views: 1,
        events: 1,
        interactions: 0,
        searches: 0,
        device: Some("desktop".to_owned()),
        browser: None,
        os: None,
        screen: None,
        language: None,
        country: Some("DE".to_owned()),
        region: None,
        city: None,
        goals: Vec::new(),
        bot: None,
    }
}

pub(crate) fn event(key: u64, visit: u64, occurred: &str, name: &str, page: &str) -> EventRow {
    EventRow {
        site: SITE,
        position: 1,
        event: EventKey(key),
        occurred_at: at(occurred),
        name: name.to_owned(),
        visitor: None,
        fingerprint: None,
        visit: (visit > 0).then_some(VisitKey(visit)),
        dialect: Dialect::NativeBrowser,
        origin: Origin::Browser,
        trust: Trust::Unverified,
        host: Some("shop.example".to_owned()),
        page: Some(page.to_owned()),
        page_title: None,
        search_term: None,
        search_results: None,
        checkout_step: None,
        bot: None,
        flags: 0,
        properties: None,
    }
}

pub(crate) fn action(
    event: u64,
    visit: u64,
    occurred: &str,
    action: ProductAction,
    product: ProductRef,
) -> ProductActionRow {
    ProductActionRow {
        site: SITE,
        position: 1,
        event: EventKey(event),
        line: 0,
        occurred_at: at(occurred),
        visitor: None,
        visit: (visit > 0).then_some(VisitKey(visit)),
        action,
        event_name: if action == ProductAction::View { "view_item" } else { "add_to_cart" }.to_owned(),
        product,
        price: None,
        quantity: Quantity::ONE,
        item_list: None,
        list_index: None,
        promotion: None,
        coupon: None,
        properties: None,
        bot: None,
    }
}

pub(crate) fn conversion(event: u64, visit: u64, occurred: &str, goal: u32, value: &str) -> GoalConversionRow {
    GoalConversionRow {
        site: SITE,
        position: 1,
        event: EventKey(event),
        goal,
        occurred_at: at(occurred),
        visitor: None,
        visit: Some(VisitKey(visit)),
        value: eur(value),
        source: source("Email"),
    }
}

/// An order in euros: gross sales, discounts, tax, shipping and the total charged.
pub(crate) fn order(key: u64, visit: u64, placed: &str, channel: &str, amounts: [&str; 5]) -> OrderRow {
    let [gross, discounts, tax, shipping, total] = amounts.map(eur);
    let amounts = OrderAmounts {
        order_total: total,
        gross_sales: gross,
        discounts,
        tax,
        shipping,
        fees: Amount::ZERO,
        subtotal: Amount(gross.0 - discounts.0),
    };
    OrderRow {
        site: SITE,
        position: 1,
        order: OrderKey(key),
        order_id: key.to_string(),
        placed_at: at(placed),
        paid_at: Some(at(placed)),
        counted_at: at(placed),
        status: OrderStatus::Confirmed,
        counts: true,
        test: false,
        currency: Currency::parse("EUR").unwrap(),
        amounts,
        reporting: Some(amounts),
        refunded: Amount::ZERO,
        units: 1000,
        lines: 0,
        user: None,
        email: None,
        customer: None,
        visitor: None,
        visit_event: None,
        visit: (visit > 0).then_some(VisitKey(visit)),
        cart: None,
        source: source(channel),
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

pub(crate) fn line(
    order: u64,
    line: u32,
    product: ProductRef,
    pieces: i64,
    gross: &str,
    discount: &str,
) -> OrderLineRow {
    let (gross, discount) = (eur(gross), eur(discount));
    OrderLineRow {
        site: SITE,
        position: 1,
        order: OrderKey(order),
        line,
        product,
        price: UnitPrice(0),
        quantity: Quantity(pieces * 1000),
        gross,
        discount,
        reporting_gross: Some(gross),
        reporting_discount: Some(discount),
        unit_cost: None,
        reporting_cost: None,
        coupon: None,
        item_list: None,
        properties: None,
    }
}

/// A refund in euros: goods, tax, shipping and fees given back. Its key is the order's with a digit more.
pub(crate) fn refund(order: u64, number: u64, at_time: &str, parts: [&str; 4]) -> RefundRow {
    let [goods, tax, shipping, fees] = parts.map(eur);
    let amount = Amount(goods.0 + tax.0 + shipping.0 + fees.0);
    let amounts = RefundAmounts { amount, goods, tax, shipping, fees };
    RefundRow {
        site: SITE,
        position: 1,
        order: OrderKey(order),
        refund: order * 10 + number,
        refund_id: None,
        at: at(at_time),
        amounts,
        reporting: Some(amounts),
        stated: amount,
        units: 0,
        reason: None,
        origin: Origin::Server,
        trust: Trust::Verified,
        statements: 1,
    }
}

/// A line of `refund` that takes back the same line of its order.
pub(crate) fn refund_line(
    refund: &RefundRow,
    line: u32,
    product: ProductRef,
    pieces: i64,
    goods: &str,
) -> RefundLineRow {
    RefundLineRow {
        site: refund.site,
        position: 1,
        order: refund.order,
        refund: refund.refund,
        line,
        order_line: Some(line),
        product,
        quantity: Quantity(pieces * 1000),
        goods: eur(goods),
        reporting_goods: Some(eur(goods)),
        reporting_cost: None,
    }
}

pub(crate) fn cost(sku: &str, valid_from: &str, unit_cost: &str) -> ProductCostRow {
    let unit_cost = UnitPrice::parse(unit_cost).unwrap().value;
    ProductCostRow { site: SITE, position: 1, sku: sku.to_owned(), valid_from: at(valid_from), unit_cost }
}

pub(crate) fn cart(key: u64, visit: u64, created: &str, changed: &str, value: &str) -> CartRow {
    CartRow {
        site: SITE,
        position: 1,
        cart: CartKey(key),
        cart_id: None,
        visitor: None,
        customer: None,
        visit: (visit > 0).then_some(VisitKey(visit)),
        created_at: at(created),
        changed_at: at(changed),
        replaced_at: None,
        state: CartState::Open,
        order: None,
        ordered_at: None,
        currency: Currency::parse("EUR").unwrap(),
        value: eur(value),
        reporting_value: Some(eur(value)),
        units: 2000,
        checkout_step: None,
        coupon: None,
        source: source("Email"),
        contact: None,
        email: None,
        recovery_url: None,
    }
}

pub(crate) fn cart_line(cart: u64, line: u32, product: ProductRef, gross: &str) -> CartLineRow {
    CartLineRow {
        site: SITE,
        position: 1,
        cart: CartKey(cart),
        line,
        product,
        price: None,
        quantity: Quantity::ONE,
        gross: eur(gross),
        reporting_gross: Some(eur(gross)),
    }
}

/// Two days around the change of clocks in Berlin (2026-03-29 02:00 -> 03:00), with one of everything that counts and
/// one of everything that does not.
pub(crate) fn rows() -> Rows {
    let mut rows = Rows { position: 40, as_of: Some(at("2026-03-30T00:00:00Z")), ..Rows::default() };
    rows.visits = visits();
    rows.orders = orders();
    rows.order_lines = vec![
        line(1, 0, product("A1", &["Shoes", "Outdoor"]), 2, "20.00", "2.00"),
        line(1, 1, product("B1", &[]), 1, "5.50", "0.50"),
        line(2, 0, product("A1", &["Shoes", "Outdoor"]), 1, "10.00", "0"),
        line(2, 1, product("A1", &["Outdoor"]), 1, "9.00", "0"),
    ];
    rows.events = events();
    rows.product_actions = vec![
        action(1, 1, "2026-03-28T22:30:00Z", ProductAction::View, product("A1", &["Shoes", "Outdoor"])),
        action(2, 1, "2026-03-28T22:31:00Z", ProductAction::View, product("A1", &["Shoes", "Outdoor"])),
        action(3, 1, "2026-03-28T22:32:00Z", ProductAction::Add, product("A1", &["Shoes"])),
        action(4, 2, "2026-03-29T08:00:00Z", ProductAction::View, product("A1", &["Shoes"])),
        action(5, 2, "2026-03-29T08:00:01Z", ProductAction::Add, product("A1", &["Shoes"])),
        action(6, 3, "2026-03-29T09:00:00Z", ProductAction::View, product("A1", &["Shoes"])),
        action(7, 3, "2026-03-29T09:01:00Z", ProductAction::Add, product("B1", &[])),
        // A category's page.
        action(8, 3, "2026-03-29T09:02:00Z", ProductAction::ListView, product("", &["Outdoor"])),
        ProductActionRow {
            bot: Some("crawler".to_owned()),
            ..action(9, 4, "2026-03-29T09:02:00Z", ProductAction::View, product("A1", &[]))
        },
    ];
    rows.goal_conversions = vec![
        conversion(1, 1, "2026-03-28T22:30:00Z", 1, "10"),
        conversion(4, 2, "2026-03-29T08:00:00Z", 1, "10"),
        conversion(5, 2, "2026-03-29T08:00:01Z", 2, "0"),
    ];
    rows.carts = carts();
    rows.cart_lines = vec![
        cart_line(1, 0, product("A1", &["Shoes"]), "12.00"),
        cart_line(1, 1, product("B1", &[]), "8.00"),
        cart_line(2, 0, product("A1", &["Shoes"]), "30.00"),
        cart_line(3, 0, product("A1", &["Shoes"]), "40.00"),
    ];
    rows
}

fn visits() -> Vec<VisitRow> {
    let first = visit(1, 1, "2026-03-28T22:30:00Z", "Email");
    let second = visit(2, 1, "2026-03-29T08:00:00Z", "Direct");
    let third = visit(3, 2, "2026-03-29T09:00:00Z", "Organic Search");
    vec![
        VisitRow {
            seen_until: at("2026-03-28T22:40:00Z"),
            page_views: 3,
            interactions: 1,
            device: Some("mobile".to_owned()),
            ..first
        },
        VisitRow { number: 2, device: Some("mobile".to_owned()), ..second },
        VisitRow { seen_until: at("2026-03-29T09:00:05Z"), page_views: 2, country: Some("AT".to_owned()), ..third },
        VisitRow { bot: Some("crawler".to_owned()), ..visit(4, 3, "2026-03-29T09:00:00Z", "Direct") },
        VisitRow { site: SiteId(2), ..visit(5, 4, "2026-03-29T09:00:00Z", "Direct") },
        // The day after, in Berlin.
        visit(6, 5, "2026-03-29T22:00:00Z", "Direct"),
    ]
}

fn orders() -> Vec<OrderRow> {
    let first = order(1, 1, "2026-03-28T22:40:00Z", "Email", ["25.50", "2.50", "4.00", "3.00", "30.00"]);
    let second = order(2, 3, "2026-03-29T09:10:00Z", "Organic Search", ["19.00", "0", "1.00", "0", "21.00"]);
    let plain = |key: u64| order(key, 3, "2026-03-29T09:20:00Z", "Organic Search", ["7.00", "0", "0", "0", "7.00"]);
    vec![
        OrderRow {
            units: 3000,
            lines: 2,
            customer: Some(CustomerKey(1)),
            coupon: Some("SPRING,VIP".to_owned()),
            ..first
        },
        OrderRow { units: 2000, lines: 2, customer: Some(CustomerKey(2)), ..second },
        // Without lines, of the same visit, by nobody known, from a server.
        OrderRow { origin: Origin::Server, trust: Trust::Verified, payment_method: None, ..plain(3) },
        // Without a rate.
        OrderRow {
            reporting: None,
            customer: Some(CustomerKey(1)),
            visit: None,
            currency: Currency::parse("USD").unwrap(),
            ..plain(4)
        },
        OrderRow { status: OrderStatus::Pending, counts: false, ..plain(5) },
        OrderRow { status: OrderStatus::Cancelled, counts: false, ..plain(6) },
        OrderRow { test: true, counts: false, status: OrderStatus::Pending, ..plain(7) },
        OrderRow { site: SiteId(2), ..plain(8) },
    ]
}

fn events() -> Vec<EventRow> {
    let search = |key: u64, term: &str, results: u32| EventRow {
        search_term: Some(term.to_owned()),
        search_results: Some(results),
        ..event(key, 3, "2026-03-29T09:03:00Z", "search", "/search")
    };
    vec![
        event(1, 1, "2026-03-28T22:30:00Z", "page_view", "/"),
        event(2, 1, "2026-03-28T22:31:00Z", "page_view", "/shoes"),
        event(3, 1, "2026-03-28T22:32:00Z", "page_view", "/shoes"),
        event(4, 2, "2026-03-29T08:00:00Z", "page_view", "/"),
        event(6, 3, "2026-03-29T09:00:00Z", "page_view", "/"),
        event(8, 3, "2026-03-29T09:02:00Z", "page_view", "/sale"),
        search(10, "boots", 3),
        search(11, "bots", 0),
        EventRow {
            properties: Some(r#"{"plan":"pro","a b":1}"#.to_owned()),
            ..event(12, 0, "2026-03-29T10:00:00Z", "signed_up", "/")
        },
        event(13, 3, "2026-03-29T09:04:00Z", "ping", "/sale"),
        EventRow { bot: Some("crawler".to_owned()), ..event(14, 4, "2026-03-29T09:00:00Z", "page_view", "/") },
    ]
}

fn carts() -> Vec<CartRow> {
    vec![
        // Left for good.
        cart(1, 1, "2026-03-28T22:35:00Z", "2026-03-28T22:36:00Z", "20.00"),
        // Ordered at once.
        CartRow {
            state: CartState::Ordered,
            ordered_at: Some(at("2026-03-29T09:10:00Z")),
            ..cart(2, 3, "2026-03-29T09:00:00Z", "2026-03-29T09:01:00Z", "30.00")
        },
        // Ordered after an hour.
        CartRow {
            state: CartState::Ordered,
            ordered_at: Some(at("2026-03-29T10:10:00Z")),
            ..cart(3, 3, "2026-03-29T09:00:00Z", "2026-03-29T09:10:00Z", "40.00")
        },
        // Emptied.
        CartRow {
            state: CartState::Emptied,
            units: 0,
            ..cart(4, 3, "2026-03-29T09:00:00Z", "2026-03-29T09:10:00Z", "0")
        },
        // Still being filled: its idle time ends when the clock stands at midnight.
        cart(5, 3, "2026-03-29T09:00:00Z", "2026-03-29T23:30:01Z", "50.00"),
    ]
}
