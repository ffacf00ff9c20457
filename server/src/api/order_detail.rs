//! One order as JSON: the audit trail. The order, its lines and refunds, who said what about it, from which statement
//! each of its fields was taken, and who says otherwise.

use super::cells::{dialect_name, key_text, origin_name, status_name, trust_name};
use super::person::{mailing, person};
use commerce::EventKey;
use commerce::hit::{Item, OrderStatement, RefundStatement, Source};
use commerce::money::{Amount, Quantity};
use commerce::record::from_cbor;
use commerce::rows::{
    OrderAmounts, OrderFactPayload, OrderFactRow, OrderLineRow, OrderRow, RefundAmounts, RefundLineRow, RefundRow,
    TrafficSource, order_flags,
};
use enrichment::Explanation;
use serde_json::{Map, Value, json};
use store::OrderDetail;

/// Returns everything that is known of an order, which was asked for as `asked`.
pub(super) fn detail(asked: &str, found: &OrderDetail, explained: &Explanation) -> Value {
    let statement_of = |event: EventKey| found.facts.iter().position(|fact| fact.event == event);
    json!({
        "order_id": found.order.as_ref().map_or(asked, |order| order.order_id.as_str()),
        "ids": found.ids,
        "order": found.order.as_ref().map(|order| shown(order, &found.refunds)),
        "lines": found.lines.iter().map(line).collect::<Vec<_>>(),
        "refunds": found.refunds.iter().map(|refund| shown_refund(refund, &found.refund_lines)).collect::<Vec<_>>(),
        "customer": found.customer.as_ref().map(person),
        "mailing": found.mailing.as_ref().map(mailing),
        "statements": found.facts.iter().map(statement).collect::<Vec<_>>(),
        "taken": taken(found, explained),
        "disagreements": explained.disagreements.iter().map(|differing| json!({
            "field": differing.field,
            "event": key_text(differing.event.0),
            "statement": statement_of(differing.event),
            "says": differing.says,
            "taken": differing.taken,
        })).collect::<Vec<_>>(),
    })
}

fn shown(order: &OrderRow, refunds: &[RefundRow]) -> Value {
    let amounts = &order.amounts;
    let returns: Amount = refunds.iter().map(|refund| refund.amounts.goods).sum();
    let net_sales = Amount(amounts.gross_sales.0 - amounts.discounts.0 - returns.0);
    json!({
        "order_id": order.order_id,
        "placed_at": order.placed_at.to_string(),
        "paid_at": order.paid_at.map(|at| at.to_string()),
        "counted_at": order.counted_at.to_string(),
        "status": status_name(order.status),
        "counts": order.counts,
        "test": order.test,
        "currency": order.currency.code(),
        "amounts": all_amounts(amounts),
        "reporting_amounts": order.reporting.as_ref().map(all_amounts),
        "refunded": order.refunded.to_string(),
        "net": Amount(amounts.order_total.0 - order.refunded.0).to_string(),
        "net_sales": net_sales.to_string(),
        "units": Quantity(order.units).to_string(),
        "customer": order.customer.map(|k| key_text(k.0)),
        "visitor": order.visitor.map(|k| key_text(k.0)),
        "visit": order.visit.map(|k| key_text(k.0)),
        "cart": order.cart.map(|k| key_text(k.0)),
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

/// Returns an order in a few words, as lists beside other things show it.
pub(super) fn row_summary(order: &OrderRow) -> Value {
    json!({
        "order_id": order.order_id,
        "placed_at": order.placed_at.to_string(),
        "status": status_name(order.status),
        "counts": order.counts,
        "test": order.test,
        "currency": order.currency.code(),
        "order_total": order.amounts.order_total.to_string(),
        "refunded": order.refunded.to_string(),
        "net": Amount(order.amounts.order_total.0 - order.refunded.0).to_string(),
        "channel": order.source.channel,
        "campaign": order.source.campaign,
        "sales_channel": order.sales_channel,
        "origin": origin_name(order.origin),
        "trust": trust_name(order.trust),
        "marks": marks(order.flags),
    })
}

fn all_amounts(amounts: &OrderAmounts) -> Value {
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

/// Returns what an order or cart is credited to.
pub(super) fn source(source: &TrafficSource) -> Value {
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

/// Marks of an order and their public names, which are also what the list can be filtered by.
pub(super) const MARKS: [(u32, &str); 10] = [
    (order_flags::MONEY_DIFFERS, "money_differs"),
    (order_flags::NO_LINES, "no_lines"),
    (order_flags::UNCONVERTED, "unconverted"),
    (order_flags::BACKDATED, "backdated"),
    (order_flags::ROUNDED, "rounded"),
    (order_flags::OVER_REFUNDED, "over_refunded"),
    (order_flags::REFUNDS_DIFFER, "refunds_differ"),
    (order_flags::SOURCES_DIFFER, "sources_differ"),
    (order_flags::SHARED_DEVICE, "shared_device"),
    (order_flags::UNVERIFIED, "unverified"),
];

/// Returns the names of the marks in `flags`.
pub(super) fn marks(flags: u32) -> Vec<&'static str> {
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
        "net": Amount(line.gross.0 - line.discount.0).to_string(),
        "unit_cost": line.unit_cost.map(|p| p.to_string()),
        "coupon": line.coupon,
        "item_list": line.item_list,
        "properties": line.properties.as_deref().and_then(|text| serde_json::from_str::<Value>(text).ok()),
    })
}

fn shown_refund(refund: &RefundRow, lines: &[RefundLineRow]) -> Value {
    let lines = lines.iter().filter(|line| line.refund == refund.refund);
    json!({
        "refund": key_text(refund.refund),
        "refund_id": refund.refund_id,
        "at": refund.at.to_string(),
        "amounts": refund_amounts(&refund.amounts),
        "reporting_amounts": refund.reporting.as_ref().map(refund_amounts),
        "stated": refund.stated.to_string(),
        "units": Quantity(refund.units).to_string(),
        "reason": refund.reason,
        "origin": origin_name(refund.origin),
        "trust": trust_name(refund.trust),
        "statements": refund.statements,
        "lines": lines.map(|line| json!({
            "line": line.line,
            "order_line": line.order_line,
            "sku": line.product.sku,
            "quantity": line.quantity.to_string(),
            "goods": line.goods.to_string(),
        })).collect::<Vec<_>>(),
    })
}

fn refund_amounts(amounts: &RefundAmounts) -> Value {
    json!({
        "amount": amounts.amount.to_string(),
        "goods": amounts.goods.to_string(),
        "tax": amounts.tax.to_string(),
        "shipping": amounts.shipping.to_string(),
        "fees": amounts.fees.to_string(),
    })
}

/// Returns for each field the statement that it was taken from; for the refunds one statement each.
fn taken(found: &OrderDetail, explained: &Explanation) -> Value {
    let mut fields = Map::new();
    let mut refunds = Vec::new();
    for taken in &explained.taken {
        let at = found.facts.iter().position(|fact| fact.event == taken.event);
        let fact = at.map(|at| &found.facts[at]);
        let from = json!({
            "statement": at,
            "event": key_text(taken.event.0),
            "dialect": fact.map(|fact| dialect_name(fact.dialect)),
            "origin": fact.map(|fact| origin_name(fact.origin)),
            "trust": fact.map(|fact| trust_name(fact.trust)),
        });
        if taken.field == "refunds" {
            refunds.push(from);
        } else {
            fields.insert(taken.field.to_owned(), from);
        }
    }
    if !refunds.is_empty() {
        fields.insert("refunds".to_owned(), refunds.into());
    }
    Value::Object(fields)
}

fn statement(fact: &OrderFactRow) -> Value {
    let said: OrderFactPayload = from_cbor(&fact.payload).unwrap_or_default();
    json!({
        "event": key_text(fact.event.0),
        "position": fact.position,
        "kind": fact.kind,
        "order_id": fact.order_id,
        "occurred_at": fact.occurred_at.to_string(),
        "received_at": fact.received_at.to_string(),
        "dialect": dialect_name(fact.dialect),
        "origin": origin_name(fact.origin),
        "trust": trust_name(fact.trust),
        "visitor": fact.visitor.map(|k| key_text(k.0)),
        "visit": fact.visit.map(|k| key_text(k.0)),
        "order": said.order.as_ref().map(order_statement),
        "refund": said.refund.as_ref().map(refund_statement),
        "items": said.items.unwrap_or_default().iter().map(item).collect::<Vec<_>>(),
        "attribution": said.attribution.as_ref().map(stated_source),
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
        "prices_include_tax": said.prices_include_tax,
        "payment_method": said.payment_method,
        "shipping_method": said.shipping_method,
        "customer_type": said.customer_type,
        "order_count": said.order_count,
        "sales_channel": said.sales_channel,
        "status": said.status.map(status_name),
        "test": said.test,
        "placed_at": said.placed_at.map(|at| at.to_string()),
        "version": said.version,
        "reason": said.reason,
        "lines": said.partial.filter(|partial| *partial).map(|_| "partial"),
    })
}

/// Returns what a source said of a refund.
pub(super) fn refund_statement(said: &RefundStatement) -> Value {
    json!({
        "order_id": said.order_id,
        "aliases": said.aliases,
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
        "unit_cost": item.unit_cost.map(|p| p.to_string()),
        "coupon": item.coupon,
    })
}

fn stated_source(source: &Source) -> Value {
    json!({
        "source": source.source,
        "medium": source.medium,
        "campaign": source.campaign,
        "term": source.term,
        "content": source.content,
        "referrer": source.referrer,
        "landing_page": source.landing_page,
    })
}
