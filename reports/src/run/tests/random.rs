//! Shops made at random: visits with events, and orders of every kind with what is given back of them.

use super::shop::{self, at};
use commerce::hit::{OrderStatus, Trust};
use commerce::rows::{
    CartState, OrderAmounts, OrderLineRow, OrderRow, ProductAction, RefundAmounts, RefundRow, Rows, VisitRow,
};
use commerce::{Amount, Currency, CustomerKey, Timestamp};
use proptest::prelude::*;

/// Numbers that decide one visit with its events, order and cart.
#[derive(Clone, Debug)]
pub(super) struct Story {
    pub(super) minute: u32,
    visitor: u64,
    channel: usize,
    country: usize,
    pages: u32,
    /// Product, pieces, price, and whether a cost was stated.
    products: Vec<(usize, i64, i64, bool)>,
    coupons: usize,
    order: Option<Order>,
    refunds: Vec<Refund>,
}

#[derive(Clone, Debug)]
struct Order {
    status: usize,
    verified: bool,
    foreign: bool,
    customer: u64,
    sales_channel: usize,
    discount: i64,
    others: [i64; 3],
    paid_after_hours: i64,
}

#[derive(Clone, Debug)]
struct Refund {
    after_hours: i64,
    /// Share of every line in percent; none for a refund of shipping alone.
    goods: Option<i64>,
    others: [i64; 3],
}

pub(super) fn story() -> impl Strategy<Value = Story> {
    let products = prop::collection::vec((0..4_usize, 1..4_i64, 1..100_000_i64, any::<bool>()), 0..4);
    let order = (
        0..5_usize,
        any::<bool>(),
        any::<bool>(),
        0..5_u64,
        0..4_usize,
        0..50_i64,
        [0..9_999_i64, 0..999, 0..99],
        0..30_i64,
    )
        .prop_map(|(status, verified, foreign, customer, sales_channel, discount, others, paid_after_hours)| Order {
            status,
            verified,
            foreign,
            customer,
            sales_channel,
            discount,
            others,
            paid_after_hours,
        });
    let refund = (0..72_i64, prop::option::weighted(0.8, 1..60_i64), [0..999_i64, 0..99, 0..9])
        .prop_map(|(after_hours, goods, others)| Refund { after_hours, goods, others });
    let visit = (0..4_320_u32, 1..6_u64, 0..3_usize, 0..3_usize, 0..4_u32, products, 0..3_usize);
    (visit, prop::option::weighted(0.8, order), prop::collection::vec(refund, 0..3)).prop_map(
        |((minute, visitor, channel, country, pages, products, coupons), order, refunds)| Story {
            minute,
            visitor,
            channel,
            country,
            pages,
            products,
            coupons,
            order,
            refunds,
        },
    )
}

pub(super) fn rows_of(stories: &[Story]) -> Rows {
    let mut rows = Rows { position: 9, as_of: Some(at("2026-04-01T00:00:00Z")), ..Rows::default() };
    for (i, story) in stories.iter().enumerate() {
        let key = i as u64 + 1;
        let when = at("2026-03-27T23:00:00Z").plus_seconds(i64::from(story.minute) * 60);
        traffic(&mut rows, story, key, &when.to_string());
        if let Some(order) = &story.order {
            sale(&mut rows, story, order, key, when);
        }
    }
    rows.product_costs = vec![
        shop::cost("A1", "1970-01-01T00:00:00Z", "1.2345"),
        shop::cost("A1", "2026-03-29T00:00:00Z", "2.5"),
        shop::cost("B1", "2026-03-28T12:00:00Z", "0.333333"),
    ];
    rows
}

fn product(story: &Story, n: usize) -> commerce::rows::ProductRef {
    let product = story.products[n].0;
    shop::product(["A1", "A2", "B1", "C1"][product], &["One", "Two"][..product % 3])
}

fn channel(story: &Story) -> &'static str {
    ["Email", "Direct", "Organic Search"][story.channel]
}

/// The visit with its pages, products, cart and goal.
fn traffic(rows: &mut Rows, story: &Story, key: u64, when: &str) {
    let country = [Some("DE"), Some("AT"), None][story.country];
    rows.visits.push(VisitRow {
        country: country.map(str::to_owned),
        page_views: story.pages,
        ..shop::visit(key, story.visitor, when, channel(story))
    });
    for page in 0..story.pages {
        let path = ["/", "/a", "/b", "/c"][page as usize];
        rows.events.push(shop::event(key * 100 + u64::from(page), key, when, "page_view", path));
    }
    let mut cart = shop::cart(key, key, when, when, "10");
    for n in 0..story.products.len() {
        let product = product(story, n);
        rows.product_actions.push(shop::action(
            key * 100 + 50 + n as u64,
            key,
            when,
            ProductAction::Add,
            product.clone(),
        ));
        rows.cart_lines.push(shop::cart_line(key, n as u32, product, &Amount(story.products[n].2).to_string()));
    }
    if !story.products.is_empty() {
        cart.units = story.products.len() as i64 * 1000;
    }
    cart.state = [CartState::Open, CartState::Ordered, CartState::Unlinked][story.country];
    cart.checkout_step = [None, Some("view_cart"), Some("begin_checkout")][story.coupons].map(str::to_owned);
    rows.carts.push(cart);
    rows.goal_conversions.push(shop::conversion(key * 100, key, when, story.country as u32 + 1, "1.5"));
}

/// The order with its lines, and what is given back of it.
fn sale(rows: &mut Rows, story: &Story, choice: &Order, key: u64, when: Timestamp) {
    let mut lines = Vec::new();
    for (n, (_, pieces, price, stated)) in story.products.iter().enumerate() {
        let gross = Amount(pieces * price);
        let discount = Amount(gross.0 * choice.discount / 100);
        let line = shop::line(key, n as u32, product(story, n), *pieces, &gross.to_string(), &discount.to_string());
        lines.push(OrderLineRow {
            reporting_gross: (!choice.foreign).then_some(gross),
            reporting_discount: (!choice.foreign).then_some(discount),
            reporting_cost: (*stated && !choice.foreign).then_some(Amount(gross.0 / 3)),
            properties: (n > 0).then(|| format!(r#"{{"plan":"{n}"}}"#)),
            item_list: (n > 1).then(|| "List".to_owned()),
            ..line
        });
    }
    let [tax, shipping, fees] = choice.others.map(Amount);
    // An order without lines is told by its total alone.
    let gross: Amount = if lines.is_empty() { Amount(70_000) } else { lines.iter().map(|l| l.gross).sum() };
    let discounts: Amount = lines.iter().map(|l| l.discount).sum();
    let net = Amount(gross.0 - discounts.0);
    let order_total = Amount(net.0 + tax.0 + shipping.0 + fees.0 + choice.discount);
    let amounts = OrderAmounts { order_total, gross_sales: gross, discounts, tax, shipping, fees, subtotal: net };
    let status = [
        OrderStatus::Confirmed,
        OrderStatus::Confirmed,
        OrderStatus::Cancelled,
        OrderStatus::Pending,
        OrderStatus::Confirmed,
    ][choice.status];
    let counts = match status {
        OrderStatus::Cancelled => !story.refunds.is_empty(),
        status => status == OrderStatus::Confirmed,
    };
    let mut order = OrderRow {
        status,
        counts,
        counted_at: when.plus_seconds(choice.paid_after_hours * 3600),
        trust: if choice.verified { Trust::Verified } else { Trust::Unverified },
        currency: Currency::parse(if choice.foreign { "USD" } else { "EUR" }).unwrap(),
        amounts,
        reporting: (!choice.foreign).then_some(amounts),
        coupon: [None, Some("X"), Some("X,Y")][story.coupons].map(str::to_owned),
        customer: (choice.customer > 0).then_some(CustomerKey(choice.customer)),
        sales_channel: [None, Some("web"), Some("pos"), Some("phone")][choice.sales_channel].map(str::to_owned),
        units: if lines.is_empty() { 1000 } else { lines.iter().map(|l| l.quantity.0).sum() },
        lines: lines.len() as u32,
        ..shop::order(key, key, &when.to_string(), channel(story), ["0"; 5])
    };
    for (number, choice) in story.refunds.iter().enumerate() {
        let refund = give_back(rows, &order, &lines, choice, number as u64, when);
        order.refunded.0 += refund.amounts.amount.0;
        rows.refunds.push(refund);
    }
    rows.orders.push(order);
    rows.order_lines.extend(lines);
}

/// A share of every line, whatever was given back before: reports add up what they are told.
fn give_back(
    rows: &mut Rows,
    order: &OrderRow,
    lines: &[OrderLineRow],
    choice: &Refund,
    number: u64,
    when: Timestamp,
) -> RefundRow {
    let at = when.plus_seconds(choice.after_hours * 3600);
    let mut refund = shop::refund(order.order.0, number, &at.to_string(), ["0"; 4]);
    let mut goods = Amount::ZERO;
    for (n, line) in lines.iter().enumerate() {
        let Some(percent) = choice.goods else { break };
        let pieces = i64::from(percent > 30);
        let part = Amount((line.gross.0 - line.discount.0) * percent / 100);
        let mut back = shop::refund_line(&refund, n as u32, line.product.clone(), pieces, &part.to_string());
        back.reporting_goods = order.reporting.map(|_| part);
        back.reporting_cost = line.reporting_cost.map(|cost| Amount(cost.0 * pieces / 4));
        // What the order has no line of.
        back.order_line = (n != 2).then_some(n as u32);
        goods.0 += part.0;
        refund.units += back.quantity.0;
        rows.refund_lines.push(back);
    }
    if lines.is_empty() {
        goods = Amount(choice.goods.unwrap_or(0) * 700);
    }
    let [tax, shipping, fees] = choice.others.map(Amount);
    let amount = Amount(goods.0 + tax.0 + shipping.0 + fees.0);
    let amounts = RefundAmounts { amount, goods, tax, shipping, fees };
    RefundRow { amounts, reporting: order.reporting.map(|_| amounts), stated: amount, ..refund }
}
