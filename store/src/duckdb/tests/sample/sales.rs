//! Rows of orders, carts and people.

use super::{SITE, at, product, some, source, text};
use commerce::hit::{Dialect, OrderStatus, Origin, Trust};
use commerce::money::{Amount, Currency, Quantity, UnitPrice};
use commerce::rows::*;
use commerce::{CartKey, CustomerKey, EventKey, OrderKey, VisitKey, VisitorKey};

fn amounts(n: i64) -> OrderAmounts {
    OrderAmounts {
        order_total: Amount(n),
        gross_sales: Amount(n + 1),
        discounts: Amount(n + 2),
        tax: Amount(n + 3),
        shipping: Amount(n + 4),
        fees: Amount(n + 5),
        subtotal: Amount(-n),
    }
}

pub(in super::super) fn order_fact(n: u64) -> OrderFactRow {
    OrderFactRow {
        site: SITE,
        position: n,
        order: OrderKey(n),
        order_id: format!("A-{n}"),
        event: EventKey(1_000 + n),
        kind: "purchase".to_owned(),
        occurred_at: at(n as i64),
        received_at: at(n as i64 + 1),
        dialect: Dialect::Matomo,
        origin: Origin::Server,
        trust: Trust::Verified,
        visitor: some(n, VisitorKey(n)),
        visit: some(n, VisitKey(n)),
        visit_alias: some(n, 5_000 + n),
        user: some(n, CustomerKey(n)),
        email: some(n, CustomerKey(2_000 + n)),
        cart: some(n, CartKey(n)),
        source: some(n, source(n)),
        landing_page: text("/in", n),
        payload: vec![0, n as u8, 255],
    }
}

pub(in super::super) fn order(n: u64) -> OrderRow {
    OrderRow {
        site: SITE,
        position: n,
        order: OrderKey(n),
        order_id: format!("A-{n}"),
        placed_at: at(n as i64),
        paid_at: some(n, at(n as i64 + 1)),
        counted_at: at(n as i64 + 2),
        status: [OrderStatus::Pending, OrderStatus::Confirmed, OrderStatus::Cancelled, OrderStatus::Failed]
            [n as usize % 4],
        counts: n.is_multiple_of(2),
        test: n % 2 == 1,
        currency: Currency::parse("CHF").unwrap(),
        amounts: amounts(i64::from(u32::MAX) * 1_000_000 + n as i64),
        reporting: some(n, amounts(n as i64)),
        refunded: Amount(n as i64),
        units: 2500,
        lines: 2,
        user: some(n, CustomerKey(n)),
        email: some(n, CustomerKey(2_000 + n)),
        customer: some(n, CustomerKey(n)),
        visitor: some(n, VisitorKey(n)),
        visit_event: some(n, EventKey(1_000 + n)),
        visit: some(n, VisitKey(n)),
        cart: some(n, CartKey(n)),
        source: source(n),
        landing_page: text("/in", n),
        coupon: text("TEN", n),
        payment_method: text("card", n),
        shipping_method: text("post", n),
        sales_channel: text("pos", n),
        origin: Origin::Platform,
        trust: Trust::Unverified,
        statements: 1,
        flags: n as u32,
    }
}

pub(in super::super) fn order_line(n: u64, line: u32) -> OrderLineRow {
    OrderLineRow {
        site: SITE,
        position: n,
        order: OrderKey(n),
        line,
        product: product(n + u64::from(line)),
        price: UnitPrice(19_990_000),
        quantity: Quantity(2000),
        gross: Amount(399_800),
        discount: Amount(1),
        reporting_gross: some(n, Amount(2)),
        reporting_discount: some(n, Amount(3)),
        unit_cost: some(n, UnitPrice(4)),
        reporting_cost: some(n, Amount(5)),
        coupon: text("TEN", n),
        item_list: text("list", n),
        properties: text("{}", n),
    }
}

fn refund_amounts(n: i64) -> RefundAmounts {
    RefundAmounts {
        amount: Amount(n),
        goods: Amount(n + 1),
        tax: Amount(n + 2),
        shipping: Amount(n + 3),
        fees: Amount(-n),
    }
}

pub(in super::super) fn refund(n: u64) -> RefundRow {
    RefundRow {
        site: SITE,
        position: n,
        order: OrderKey(n),
        refund: 6_000 + n,
        refund_id: text("R", n),
        at: at(n as i64 + 7),
        amounts: refund_amounts(n as i64),
        reporting: some(n, refund_amounts(2 * n as i64)),
        stated: Amount(n as i64),
        units: 1000,
        reason: text("broken", n),
        origin: Origin::Server,
        trust: Trust::Verified,
        statements: 1,
    }
}

pub(in super::super) fn refund_line(n: u64, line: u32) -> RefundLineRow {
    RefundLineRow {
        site: SITE,
        position: n,
        order: OrderKey(n),
        refund: 6_000 + n,
        line,
        order_line: some(n, line),
        product: product(n + u64::from(line)),
        quantity: Quantity(500),
        goods: Amount(6),
        reporting_goods: some(n, Amount(7)),
        reporting_cost: some(n, Amount(8)),
    }
}

pub(in super::super) fn order_id(n: u64) -> OrderIdRow {
    OrderIdRow {
        site: SITE,
        position: n,
        alias: OrderKey(3_000 + n),
        order: OrderKey(n),
        alias_id: format!("stripe:{n}"),
    }
}

pub(in super::super) fn cart_fact(n: u64) -> CartFactRow {
    CartFactRow {
        site: SITE,
        position: n,
        event: EventKey(1_000 + n),
        kind: "add_to_cart".to_owned(),
        occurred_at: at(n as i64),
        dialect: Dialect::NativeBrowser,
        origin: Origin::Browser,
        cart: some(n, CartKey(n)),
        cart_id: text("cart", n),
        visitor: some(n, VisitorKey(n)),
        visit: some(n, VisitKey(n)),
        user: some(n, CustomerKey(n)),
        email: some(n, CustomerKey(2_000 + n)),
        payload: vec![255, n as u8, 0],
    }
}

pub(in super::super) fn cart(n: u64) -> CartRow {
    CartRow {
        site: SITE,
        position: n,
        cart: CartKey(n),
        cart_id: text("cart", n),
        visitor: some(n, VisitorKey(n)),
        customer: some(n, CustomerKey(n)),
        visit: some(n, VisitKey(n)),
        created_at: at(n as i64),
        changed_at: at(n as i64 + 5),
        replaced_at: some(n, at(n as i64 + 4)),
        state: [CartState::Open, CartState::Emptied, CartState::Ordered, CartState::Unlinked][n as usize % 4],
        order: some(n, OrderKey(n)),
        ordered_at: some(n, at(n as i64 + 6)),
        currency: Currency::parse("JPY").unwrap(),
        value: Amount(n as i64),
        reporting_value: some(n, Amount(n as i64)),
        units: 1000,
        checkout_step: text("payment", n),
        coupon: text("TEN", n),
        source: source(n),
        contact: text("hash", n),
        email: text("a@example.org", n),
        recovery_url: text("https://shop.example/c", n),
    }
}

pub(in super::super) fn cart_line(n: u64, line: u32) -> CartLineRow {
    CartLineRow {
        site: SITE,
        position: n,
        cart: CartKey(n),
        line,
        product: product(n + u64::from(line)),
        price: some(n, UnitPrice(5)),
        quantity: Quantity(1000),
        gross: Amount(6),
        reporting_gross: some(n, Amount(7)),
    }
}

pub(in super::super) fn identity(n: u64) -> IdentityRow {
    IdentityRow {
        site: SITE,
        position: n,
        subject: if n.is_multiple_of(2) { Subject::Visitor(VisitorKey(n)) } else { Subject::Email(CustomerKey(n)) },
        customer: some(n, CustomerKey(4_000 + n)),
        by_email: n.is_multiple_of(4),
        at: at(n as i64),
    }
}

pub(in super::super) fn person(n: u64) -> PersonRow {
    PersonRow {
        site: SITE,
        position: n,
        customer: CustomerKey(n),
        user_id: text("user", n),
        email_hash: text("hash", n + 1),
        email: text("a@example.org", n + 2),
    }
}

pub(in super::super) fn product_cost(n: u64) -> ProductCostRow {
    ProductCostRow {
        site: SITE,
        position: n,
        sku: format!("SKU-{n}"),
        valid_from: at(86_400 * n as i64),
        unit_cost: UnitPrice(n as i64),
    }
}

pub(in super::super) fn link_code(n: u64) -> LinkCodeRow {
    LinkCodeRow {
        site: SITE,
        position: n,
        code: format!("code-{n}"),
        campaign: n.is_multiple_of(2).then(|| format!("mailing-{n}")),
        customer: n.is_multiple_of(3).then_some(CustomerKey(n)),
        user_id: None,
        email_hash: n.is_multiple_of(3).then(|| format!("hash-{n}")),
    }
}

pub(in super::super) fn visit_alias(n: u64) -> VisitAliasRow {
    VisitAliasRow {
        site: SITE,
        position: n,
        alias: 5_000 + n,
        event: EventKey(1_000 + n),
        at: at(n as i64),
        visitor: VisitorKey(n),
        visit: VisitKey(n),
    }
}

pub(in super::super) fn waiting_event(n: u64) -> WaitingEventRow {
    WaitingEventRow {
        site: SITE,
        position: n,
        visitor: VisitorKey(n),
        event: EventKey(1_000 + n),
        at: at(n as i64),
        names_visit: n.is_multiple_of(2),
        visit: None,
    }
}

pub(in super::super) fn ad_cost(n: u64) -> AdCostRow {
    AdCostRow {
        site: SITE,
        position: n,
        starts_at: at(86_400 * n as i64),
        channel: "Paid Search".to_owned(),
        source: "google".to_owned(),
        medium: "cpc".to_owned(),
        campaign: text("campaign", n),
        currency: Currency::parse("USD").unwrap(),
        cost: Amount(n as i64),
        reporting_cost: some(n, Amount(n as i64 * 2)),
        clicks: some(n, n),
        impressions: some(n + 1, n * 100),
    }
}
