//! One order as JSON: the audit trail. The order, its lines and refunds, who said what about it, from which statement
//! each of its fields was taken, and who says otherwise.

use super::cells::{ORIGINS, STATUSES, TRUSTS, dialect_name, key_text, origin_name, status_name, trust_name};
use super::person::{ShownMailing, ShownPerson, mailing, person};
use super::statements::{
    SentItem, SentOrder, SentRefund, SentSource, item, order_statement, refund_statement, source_statement,
};
use commerce::EventKey;
use commerce::money::{Amount, Quantity};
use commerce::record::from_cbor;
use commerce::rows::{
    OrderAmounts, OrderFactPayload, OrderFactRow, OrderLineRow, OrderRow, RefundAmounts, RefundLineRow, RefundRow,
    TrafficSource, order_flags,
};
use enrichment::Explanation;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use store::OrderDetail;

/// Everything that is known of an order.
#[derive(Serialize, JsonSchema)]
pub(super) struct OrderTrail {
    order_id: String,
    /// Every id that it is known by.
    ids: Vec<String>,
    /// The order as it now stands; null if its statements do not make one yet, such as a refund that came first.
    order: Option<ShownOrder>,
    lines: Vec<OrderLine>,
    refunds: Vec<ShownRefund>,
    customer: Option<ShownPerson>,
    mailing: Option<ShownMailing>,
    /// What was said of it, and by whom.
    statements: Vec<Statement>,
    /// From which statement each field was taken; for the refunds one each.
    taken: BTreeMap<String, Taken>,
    /// Who says otherwise.
    disagreements: Vec<Disagreement>,
}

/// An order as it now stands.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Order")]
struct ShownOrder {
    order_id: String,
    placed_at: String,
    paid_at: Option<String>,
    /// When it began to count as a sale.
    counted_at: String,
    #[schemars(extend("enum" = STATUSES))]
    status: &'static str,
    /// Whether it counts as a sale.
    counts: bool,
    test: bool,
    /// Of its amounts, ISO 4217.
    currency: String,
    amounts: ShownAmounts,
    /// The same in the site's currency; null without a rate.
    reporting_amounts: Option<ShownAmounts>,
    refunded: String,
    /// What was charged less what was refunded.
    net: String,
    net_sales: String,
    units: String,
    customer: Option<String>,
    visitor: Option<String>,
    visit: Option<String>,
    cart: Option<String>,
    attribution: Attribution,
    landing_page: Option<String>,
    coupon: Option<String>,
    payment_method: Option<String>,
    shipping_method: Option<String>,
    sales_channel: Option<String>,
    /// The kind of sender that its money comes from.
    #[schemars(extend("enum" = ORIGINS))]
    origin: &'static str,
    #[schemars(extend("enum" = TRUSTS))]
    trust: &'static str,
    marks: Vec<&'static str>,
    /// Journal position at which it stands so.
    as_of_position: u64,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OrderAmounts")]
struct ShownAmounts {
    order_total: String,
    gross_sales: String,
    discounts: String,
    tax: String,
    shipping: String,
    fees: String,
    subtotal: String,
}

/// An order in a few words.
#[derive(Serialize, JsonSchema)]
pub(super) struct OrderSummary {
    order_id: String,
    placed_at: String,
    #[schemars(extend("enum" = STATUSES))]
    status: &'static str,
    counts: bool,
    test: bool,
    currency: String,
    order_total: String,
    refunded: String,
    net: String,
    channel: String,
    campaign: Option<String>,
    sales_channel: Option<String>,
    #[schemars(extend("enum" = ORIGINS))]
    origin: &'static str,
    #[schemars(extend("enum" = TRUSTS))]
    trust: &'static str,
    marks: Vec<&'static str>,
}

/// What an order, a cart or a visit is credited to.
#[derive(Serialize, JsonSchema)]
pub(super) struct Attribution {
    channel: String,
    source: String,
    medium: String,
    campaign: Option<String>,
    term: Option<String>,
    content: Option<String>,
    referrer: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct OrderLine {
    line: u32,
    sku: String,
    product: Option<String>,
    brand: Option<String>,
    variant: Option<String>,
    categories: Vec<String>,
    price: String,
    quantity: String,
    gross: String,
    discount: String,
    net: String,
    unit_cost: Option<String>,
    coupon: Option<String>,
    /// The list that the product was chosen from.
    item_list: Option<String>,
    properties: Option<Value>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Refund")]
struct ShownRefund {
    /// Key of 16 hexadecimal digits.
    refund: String,
    refund_id: Option<String>,
    at: String,
    amounts: ShownRefundAmounts,
    /// The same in the site's currency; null without a rate.
    reporting_amounts: Option<ShownRefundAmounts>,
    /// What the statements said, before it was cut to what was charged.
    stated: String,
    units: String,
    reason: Option<String>,
    #[schemars(extend("enum" = ORIGINS))]
    origin: &'static str,
    #[schemars(extend("enum" = TRUSTS))]
    trust: &'static str,
    /// How many statements tell of it.
    statements: u32,
    lines: Vec<RefundLine>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RefundAmounts")]
struct ShownRefundAmounts {
    amount: String,
    goods: String,
    tax: String,
    shipping: String,
    fees: String,
}

#[derive(Serialize, JsonSchema)]
struct RefundLine {
    line: u32,
    /// The line of the order that it gives back.
    order_line: Option<u32>,
    sku: String,
    quantity: String,
    goods: String,
}

/// What one source says of an order.
#[derive(Serialize, JsonSchema)]
struct Statement {
    /// Key of 16 hexadecimal digits.
    event: String,
    position: u64,
    kind: String,
    order_id: String,
    occurred_at: String,
    received_at: String,
    dialect: &'static str,
    #[schemars(extend("enum" = ORIGINS))]
    origin: &'static str,
    #[schemars(extend("enum" = TRUSTS))]
    trust: &'static str,
    visitor: Option<String>,
    visit: Option<String>,
    order: Option<SentOrder>,
    refund: Option<SentRefund>,
    items: Vec<SentItem>,
    attribution: Option<SentSource>,
}

/// The statement, or the statements, that a field was taken from.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
enum Taken {
    /// One.
    Field(TakenFrom),
    /// One for each refund.
    Refunds(Vec<TakenFrom>),
}

#[derive(Serialize, JsonSchema)]
struct TakenFrom {
    /// Its place among the statements, from 0.
    statement: Option<usize>,
    event: String,
    dialect: Option<&'static str>,
    origin: Option<&'static str>,
    trust: Option<&'static str>,
}

#[derive(Serialize, JsonSchema)]
struct Disagreement {
    field: &'static str,
    event: String,
    /// Place of the statement that says otherwise, from 0.
    statement: Option<usize>,
    says: String,
    taken: String,
}

/// Returns everything that is known of an order, which was asked for as `asked`.
pub(super) fn detail(asked: &str, found: &OrderDetail, explained: &Explanation) -> OrderTrail {
    let disagreements = explained.disagreements.iter().map(|differing| Disagreement {
        field: differing.field,
        event: key_text(differing.event.0),
        statement: statement_of(found, differing.event),
        says: differing.says.clone(),
        taken: differing.taken.clone(),
    });
    OrderTrail {
        order_id: found.order.as_ref().map_or(asked, |order| order.order_id.as_str()).to_owned(),
        ids: found.ids.clone(),
        order: found.order.as_ref().map(|order| shown(order, &found.refunds)),
        lines: found.lines.iter().map(line).collect(),
        refunds: found.refunds.iter().map(|refund| shown_refund(refund, &found.refund_lines)).collect(),
        customer: found.customer.as_ref().map(person),
        mailing: found.mailing.as_ref().map(mailing),
        statements: found.facts.iter().map(statement).collect(),
        taken: taken(found, explained),
        disagreements: disagreements.collect(),
    }
}

fn statement_of(found: &OrderDetail, event: EventKey) -> Option<usize> {
    found.facts.iter().position(|fact| fact.event == event)
}

fn shown(order: &OrderRow, refunds: &[RefundRow]) -> ShownOrder {
    let amounts = &order.amounts;
    let returns: Amount = refunds.iter().map(|refund| refund.amounts.goods).sum();
    ShownOrder {
        order_id: order.order_id.clone(),
        placed_at: order.placed_at.to_string(),
        paid_at: order.paid_at.map(|at| at.to_string()),
        counted_at: order.counted_at.to_string(),
        status: status_name(order.status),
        counts: order.counts,
        test: order.test,
        currency: order.currency.code().to_owned(),
        amounts: all_amounts(amounts),
        reporting_amounts: order.reporting.as_ref().map(all_amounts),
        refunded: order.refunded.to_string(),
        net: Amount(amounts.order_total.0 - order.refunded.0).to_string(),
        net_sales: Amount(amounts.gross_sales.0 - amounts.discounts.0 - returns.0).to_string(),
        units: Quantity(order.units).to_string(),
        customer: order.customer.map(|k| key_text(k.0)),
        visitor: order.visitor.map(|k| key_text(k.0)),
        visit: order.visit.map(|k| key_text(k.0)),
        cart: order.cart.map(|k| key_text(k.0)),
        attribution: source(&order.source),
        landing_page: order.landing_page.clone(),
        coupon: order.coupon.clone(),
        payment_method: order.payment_method.clone(),
        shipping_method: order.shipping_method.clone(),
        sales_channel: order.sales_channel.clone(),
        origin: origin_name(order.origin),
        trust: trust_name(order.trust),
        marks: marks(order.flags),
        as_of_position: order.position,
    }
}

/// Returns an order in a few words, as lists beside other things show it.
pub(super) fn row_summary(order: &OrderRow) -> OrderSummary {
    OrderSummary {
        order_id: order.order_id.clone(),
        placed_at: order.placed_at.to_string(),
        status: status_name(order.status),
        counts: order.counts,
        test: order.test,
        currency: order.currency.code().to_owned(),
        order_total: order.amounts.order_total.to_string(),
        refunded: order.refunded.to_string(),
        net: Amount(order.amounts.order_total.0 - order.refunded.0).to_string(),
        channel: order.source.channel.clone(),
        campaign: order.source.campaign.clone(),
        sales_channel: order.sales_channel.clone(),
        origin: origin_name(order.origin),
        trust: trust_name(order.trust),
        marks: marks(order.flags),
    }
}

fn all_amounts(amounts: &OrderAmounts) -> ShownAmounts {
    ShownAmounts {
        order_total: amounts.order_total.to_string(),
        gross_sales: amounts.gross_sales.to_string(),
        discounts: amounts.discounts.to_string(),
        tax: amounts.tax.to_string(),
        shipping: amounts.shipping.to_string(),
        fees: amounts.fees.to_string(),
        subtotal: amounts.subtotal.to_string(),
    }
}

/// Returns what an order or cart is credited to.
pub(super) fn source(source: &TrafficSource) -> Attribution {
    Attribution {
        channel: source.channel.clone(),
        source: source.source.clone(),
        medium: source.medium.clone(),
        campaign: source.campaign.clone(),
        term: source.term.clone(),
        content: source.content.clone(),
        referrer: source.referrer.clone(),
    }
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

fn line(line: &OrderLineRow) -> OrderLine {
    OrderLine {
        line: line.line,
        sku: line.product.sku.clone(),
        product: line.product.product.clone(),
        brand: line.product.brand.clone(),
        variant: line.product.variant.clone(),
        categories: line.product.categories.clone(),
        price: line.price.to_string(),
        quantity: line.quantity.to_string(),
        gross: line.gross.to_string(),
        discount: line.discount.to_string(),
        net: Amount(line.gross.0 - line.discount.0).to_string(),
        unit_cost: line.unit_cost.map(|p| p.to_string()),
        coupon: line.coupon.clone(),
        item_list: line.item_list.clone(),
        properties: line.properties.as_deref().and_then(|text| serde_json::from_str(text).ok()),
    }
}

fn shown_refund(refund: &RefundRow, lines: &[RefundLineRow]) -> ShownRefund {
    let lines = lines.iter().filter(|line| line.refund == refund.refund).map(|line| RefundLine {
        line: line.line,
        order_line: line.order_line,
        sku: line.product.sku.clone(),
        quantity: line.quantity.to_string(),
        goods: line.goods.to_string(),
    });
    ShownRefund {
        refund: key_text(refund.refund),
        refund_id: refund.refund_id.clone(),
        at: refund.at.to_string(),
        amounts: refund_amounts(&refund.amounts),
        reporting_amounts: refund.reporting.as_ref().map(refund_amounts),
        stated: refund.stated.to_string(),
        units: Quantity(refund.units).to_string(),
        reason: refund.reason.clone(),
        origin: origin_name(refund.origin),
        trust: trust_name(refund.trust),
        statements: refund.statements,
        lines: lines.collect(),
    }
}

fn refund_amounts(amounts: &RefundAmounts) -> ShownRefundAmounts {
    ShownRefundAmounts {
        amount: amounts.amount.to_string(),
        goods: amounts.goods.to_string(),
        tax: amounts.tax.to_string(),
        shipping: amounts.shipping.to_string(),
        fees: amounts.fees.to_string(),
    }
}

/// Returns for each field the statement that it was taken from; for the refunds one statement each.
fn taken(found: &OrderDetail, explained: &Explanation) -> BTreeMap<String, Taken> {
    let mut fields = BTreeMap::new();
    let mut refunds = Vec::new();
    for taken in &explained.taken {
        let at = statement_of(found, taken.event);
        let fact = at.map(|at| &found.facts[at]);
        let from = TakenFrom {
            statement: at,
            event: key_text(taken.event.0),
            dialect: fact.map(|fact| dialect_name(fact.dialect)),
            origin: fact.map(|fact| origin_name(fact.origin)),
            trust: fact.map(|fact| trust_name(fact.trust)),
        };
        if taken.field == "refunds" {
            refunds.push(from);
        } else {
            fields.insert(taken.field.to_owned(), Taken::Field(from));
        }
    }
    if !refunds.is_empty() {
        fields.insert("refunds".to_owned(), Taken::Refunds(refunds));
    }
    fields
}

fn statement(fact: &OrderFactRow) -> Statement {
    let said: OrderFactPayload = from_cbor(&fact.payload).unwrap_or_default();
    Statement {
        event: key_text(fact.event.0),
        position: fact.position,
        kind: fact.kind.clone(),
        order_id: fact.order_id.clone(),
        occurred_at: fact.occurred_at.to_string(),
        received_at: fact.received_at.to_string(),
        dialect: dialect_name(fact.dialect),
        origin: origin_name(fact.origin),
        trust: trust_name(fact.trust),
        visitor: fact.visitor.map(|k| key_text(k.0)),
        visit: fact.visit.map(|k| key_text(k.0)),
        order: said.order.as_ref().map(order_statement),
        refund: said.refund.as_ref().map(refund_statement),
        items: said.items.unwrap_or_default().iter().map(item).collect(),
        attribution: said.attribution.as_ref().map(source_statement),
    }
}
