//! One order as JSON: the order, its lines, and who said what about it.

use super::cells::{dialect_name, key_text, origin_name, status_name, trust_name};
use commerce::hit::{Item, OrderStatement, RefundStatement};
use commerce::money::{Amount, Quantity};
use commerce::record::from_cbor;
use commerce::rows::{
    OrderAmounts, OrderFactPayload, OrderFactRow, OrderLineRow, OrderRow, TrafficSource, order_flags,
};
use serde_json::{Value, json};
use store::OrderDetail;

/// Returns everything that is known of an order.
pub(super) fn detail(order_id: &str, found: &OrderDetail) -> Value {
    json!({
        "order_id": order_id,
        "order": found.order.as_ref().map(order),
        "lines": found.lines.iter().map(line).collect::<Vec<_>>(),
        "statements": found.facts.iter().map(statement).collect::<Vec<_>>(),
    })
}

fn order(order: &OrderRow) -> Value {
    json!({
        "placed_at": order.placed_at.to_string(),
        "status": status_name(order.status),
        "counts": order.counts,
        "test": order.test,
        "currency": order.currency.code(),
        "amounts": amounts(&order.amounts),
        "reporting_amounts": order.reporting.as_ref().map(amounts),
        "units": Quantity(order.units).to_string(),
        "customer": order.customer.map(|k| key_text(k.0)),
        "visitor": order.visitor.map(|k| key_text(k.0)),
        "visit": order.visit.map(|k| key_text(k.0)),
        "attribution": source(&order.source),
        "landing_page": order.landing_page,
        "coupon": order.coupon,
        "payment_method": order.payment_method,
        "shipping_method": order.shipping_method,
        "sales_channel": order.sales_channel,
        "origin": origin_name(order.origin),
        "trust": trust_name(order.trust),
        "marks": marks(order.flags),
        "as_of_position": order.position,
    })
}

fn amounts(amounts: &OrderAmounts) -> Value {
    json!({
        "order_total": amounts.order_total.to_string(),
        "gross_sales": amounts.gross_sales.to_string(),
        "discounts": amounts.discounts.to_string(),
        "tax": amounts.tax.to_string(),
        "shipping": amounts.shipping.to_string(),
        "fees": amounts.fees.to_string(),
        "subtotal": amounts.subtotal.to_string(),
    })
}

fn source(source: &TrafficSource) -> Value {
    json!({
        "channel": source.channel,
        "source": source.source,
        "medium": source.medium,
        "campaign": source.campaign,
        "term": source.term,
        "content": source.content,
        "referrer": source.referrer,
    })
}

fn marks(flags: u32) -> Vec<&'static str> {
    const MARKS: &[(u32, &str)] = &[
        (order_flags::MONEY_DIFFERS, "money_differs"),
        (order_flags::NO_LINES, "no_lines"),
        (order_flags::UNCONVERTED, "unconverted"),
        (order_flags::BACKDATED, "backdated"),
        (order_flags::ROUNDED, "rounded"),
    ];
    MARKS.iter().filter(|(flag, _)| flags & flag != 0).map(|(_, name)| *name).collect()
}

fn line(line: &OrderLineRow) -> Value {
    json!({
        "line": line.line,
        "sku": line.product.sku,
        "product": line.product.product,
        "brand": line.product.brand,
        "variant": line.product.variant,
        "categories": line.product.categories,
        "price": line.price.to_string(),
        "quantity": line.quantity.to_string(),
        "gross": line.gross.to_string(),
        "discount": line.discount.to_string(),
        "unit_cost": line.unit_cost.map(|p| p.to_string()),
        "coupon": line.coupon,
        "item_list": line.item_list,
    })
}

fn statement(fact: &OrderFactRow) -> Value {
    let said: OrderFactPayload = from_cbor(&fact.payload).unwrap_or_default();
    json!({
        "position": fact.position,
        "kind": fact.kind,
        "occurred_at": fact.occurred_at.to_string(),
        "received_at": fact.received_at.to_string(),
        "dialect": dialect_name(fact.dialect),
        "origin": origin_name(fact.origin),
        "trust": trust_name(fact.trust),
        "order": said.order.as_ref().map(order_statement),
        "refund": said.refund.as_ref().map(refund_statement),
        "items": said.items.unwrap_or_default().iter().map(item).collect::<Vec<_>>(),
    })
}

fn text(amount: Option<Amount>) -> Option<String> {
    amount.map(|a| a.to_string())
}

/// Returns what a source said of an order.
pub(super) fn order_statement(said: &OrderStatement) -> Value {
    json!({
        "order_id": said.order_id,
        "aliases": said.aliases,
        "currency": said.currency.map(|c| c.code().to_owned()),
        "value": text(said.total),
        "subtotal": text(said.subtotal),
        "tax": text(said.tax),
        "shipping": text(said.shipping),
        "fees": text(said.fees),
        "discount": text(said.discount),
        "coupons": said.coupons,
        "payment_method": said.payment_method,
        "shipping_method": said.shipping_method,
        "status": said.status.map(status_name),
        "test": said.test,
        "placed_at": said.placed_at.map(|at| at.to_string()),
        "reason": said.reason,
    })
}

/// Returns what a source said of a refund.
pub(super) fn refund_statement(said: &RefundStatement) -> Value {
    json!({
        "order_id": said.order_id,
        "refund_id": said.refund_id,
        "amount": text(said.amount),
        "tax": text(said.tax),
        "shipping": text(said.shipping),
        "currency": said.currency.map(|c| c.code().to_owned()),
        "at": said.at.map(|at| at.to_string()),
        "reason": said.reason,
    })
}

/// Returns a product as it was sent.
pub(super) fn item(item: &Item) -> Value {
    json!({
        "item_id": item.sku,
        "item_name": item.name,
        "item_brand": item.brand,
        "item_variant": item.variant,
        "categories": item.categories,
        "price": item.price.map(|p| p.to_string()),
        "quantity": item.quantity().to_string(),
        "discount": text(item.discount),
        "coupon": item.coupon,
    })
}
