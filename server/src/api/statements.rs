//! What was said, as it was said: orders, refunds, products and sources out of statements, as JSON.

use super::cells::{STATUSES, status_name};
use commerce::hit::{Item, OrderStatement, RefundStatement, Source};
use commerce::money::Amount;
use schemars::JsonSchema;
use serde::Serialize;

/// What a source said of an order; null is what it did not say.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OrderStatement")]
pub(super) struct SentOrder {
    order_id: String,
    /// Other ids of the same order.
    aliases: Option<Vec<String>>,
    currency: Option<String>,
    value: Option<String>,
    subtotal: Option<String>,
    tax: Option<String>,
    shipping: Option<String>,
    fees: Option<String>,
    discount: Option<String>,
    coupons: Option<Vec<String>>,
    prices_include_tax: Option<bool>,
    payment_method: Option<String>,
    shipping_method: Option<String>,
    customer_type: Option<String>,
    order_count: Option<u32>,
    sales_channel: Option<String>,
    #[schemars(extend("enum" = [STATUSES[0], STATUSES[1], STATUSES[2], STATUSES[3], null]))]
    status: Option<&'static str>,
    test: Option<bool>,
    placed_at: Option<String>,
    version: Option<i64>,
    reason: Option<String>,
    /// `partial` where the lines are not all of the order.
    lines: Option<&'static str>,
}

/// What a source said of a refund; null is what it did not say.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RefundStatement")]
pub(super) struct SentRefund {
    order_id: String,
    aliases: Option<Vec<String>>,
    refund_id: Option<String>,
    amount: Option<String>,
    tax: Option<String>,
    shipping: Option<String>,
    currency: Option<String>,
    at: Option<String>,
    reason: Option<String>,
}

/// A product as it was sent.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ItemStatement")]
pub(super) struct SentItem {
    item_id: String,
    item_name: Option<String>,
    item_brand: Option<String>,
    item_variant: Option<String>,
    categories: Option<Vec<String>>,
    price: Option<String>,
    /// Decimal text; 1 if it was not said.
    quantity: String,
    discount: Option<String>,
    unit_cost: Option<String>,
    coupon: Option<String>,
}

/// What a source said of where an order came from.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SourceStatement")]
pub(super) struct SentSource {
    source: Option<String>,
    medium: Option<String>,
    campaign: Option<String>,
    term: Option<String>,
    content: Option<String>,
    referrer: Option<String>,
    landing_page: Option<String>,
}

fn text(amount: Option<Amount>) -> Option<String> {
    amount.map(|amount| amount.to_string())
}

/// Returns what a source said of an order.
pub(super) fn order_statement(said: &OrderStatement) -> SentOrder {
    SentOrder {
        order_id: said.order_id.clone(),
        aliases: said.aliases.clone(),
        currency: said.currency.map(|currency| currency.code().to_owned()),
        value: text(said.total),
        subtotal: text(said.subtotal),
        tax: text(said.tax),
        shipping: text(said.shipping),
        fees: text(said.fees),
        discount: text(said.discount),
        coupons: said.coupons.clone(),
        prices_include_tax: said.prices_include_tax,
        payment_method: said.payment_method.clone(),
        shipping_method: said.shipping_method.clone(),
        customer_type: said.customer_type.clone(),
        order_count: said.order_count,
        sales_channel: said.sales_channel.clone(),
        status: said.status.map(status_name),
        test: said.test,
        placed_at: said.placed_at.map(|at| at.to_string()),
        version: said.version,
        reason: said.reason.clone(),
        lines: said.partial.filter(|partial| *partial).map(|_| "partial"),
    }
}

/// Returns what a source said of a refund.
pub(super) fn refund_statement(said: &RefundStatement) -> SentRefund {
    SentRefund {
        order_id: said.order_id.clone(),
        aliases: said.aliases.clone(),
        refund_id: said.refund_id.clone(),
        amount: text(said.amount),
        tax: text(said.tax),
        shipping: text(said.shipping),
        currency: said.currency.map(|currency| currency.code().to_owned()),
        at: said.at.map(|at| at.to_string()),
        reason: said.reason.clone(),
    }
}

/// Returns a product as it was sent.
pub(super) fn item(item: &Item) -> SentItem {
    SentItem {
        item_id: item.sku.clone(),
        item_name: item.name.clone(),
        item_brand: item.brand.clone(),
        item_variant: item.variant.clone(),
        categories: item.categories.clone(),
        price: item.price.map(|price| price.to_string()),
        quantity: item.quantity().to_string(),
        discount: text(item.discount),
        unit_cost: item.unit_cost.map(|cost| cost.to_string()),
        coupon: item.coupon.clone(),
    }
}

/// Returns what a source said of where an order came from.
pub(super) fn source_statement(source: &Source) -> SentSource {
    SentSource {
        source: source.source.clone(),
        medium: source.medium.clone(),
        campaign: source.campaign.clone(),
        term: source.term.clone(),
        content: source.content.clone(),
        referrer: source.referrer.clone(),
        landing_page: source.landing_page.clone(),
    }
}
