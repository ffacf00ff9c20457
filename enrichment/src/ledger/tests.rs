//! Tests of `ledger`: statements in a few words, and what they fold to.

use super::*;
use commerce::hit::{Dialect, Item, Origin, RefundStatement, names};
use commerce::record::to_cbor;
use commerce::rows::{OrderAmounts, OrderFactPayload};
use commerce::{Amount, Currency, EventKey, OrderKey, Quantity, SiteId, SiteSettings, Timestamp, UnitPrice, Zone};
use std::collections::HashMap;

mod explain;
mod generated;
mod money;
mod order;
mod paid;
mod pieces;
mod refund_amounts;
mod refund_lines;
mod refund_sources;
mod reporting;
mod sets;
mod sums;

const NOON: i64 = 1_775_044_800; // 2026-04-01T12:00:00Z

fn site() -> SiteState {
    let settings = SiteSettings::new("shop.example", currency("EUR"), Zone::utc());
    SiteState { settings, goals: Vec::new(), rates: HashMap::new() }
}

/// Returns a site in euros that knows one US dollar rate.
fn site_with_rate(rate: &str) -> SiteState {
    let mut site = site();
    site.rates.insert("USD".to_owned(), vec![("2026-04-01".to_owned(), rate.to_owned())]);
    site
}

fn links() -> Links {
    Links::bare(OrderKey::new(SiteId(1), "1001"), "1001")
}

fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap()
}

fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap().value
}

fn price(text: &str) -> UnitPrice {
    UnitPrice::parse(text).unwrap().value
}

/// Returns an item of `sku/variant*quantity*price*discount*unit cost`, of which all but the SKU may be missing.
fn item(text: &str) -> Item {
    let mut parts = text.split('*');
    let (sku, variant) = parts.next().map(|p| p.split_once('/').map_or((p, None), |(s, v)| (s, Some(v)))).unwrap();
    let mut part = || parts.next().filter(|p| !p.is_empty());
    Item {
        sku: sku.to_owned(),
        variant: variant.map(str::to_owned),
        quantity: part().map(|q| Quantity::parse(q).unwrap().value),
        price: part().map(price),
        discount: part().map(amount),
        unit_cost: part().map(price),
        ..Item::default()
    }
}

fn at(seconds: &str) -> Timestamp {
    Timestamp::from_seconds(NOON + seconds.parse::<i64>().unwrap())
}

fn status_named(name: &str) -> OrderStatus {
    match name {
        "pending" => OrderStatus::Pending,
        "confirmed" => OrderStatus::Confirmed,
        "cancelled" => OrderStatus::Cancelled,
        "failed" => OrderStatus::Failed,
        other => panic!("no status {other}"),
    }
}

/// Returns a statement that says nothing. The sender is in capitals if verified.
fn silent(kind: &str, sender: &str, at: Timestamp) -> OrderFactRow {
    let origin = match sender.to_ascii_lowercase().as_str() {
        "pixel" => Origin::Pixel,
        "browser" => Origin::Browser,
        "server" => Origin::Server,
        "platform" => Origin::Platform,
        "import" => Origin::Import,
        other => panic!("no sender {other}"),
    };
    let verified = sender.chars().all(char::is_uppercase);
    OrderFactRow {
        site: SiteId(1),
        position: 1,
        order: OrderKey::new(SiteId(1), "1001"),
        order_id: "1001".to_owned(),
        event: EventKey(1),
        kind: kind.to_owned(),
        occurred_at: at,
        received_at: at,
        dialect: Dialect::NativeServer,
        origin,
        trust: if verified { Trust::Verified } else { Trust::Unverified },
        visitor: None,
        visit: None,
        visit_alias: None,
        user: None,
        email: None,
        cart: None,
        source: None,
        landing_page: None,
        payload: Vec::new(),
    }
}

/// A statement in a few words: `kind sender +seconds name=value ...`, where the sender is `browser`, `pixel`,
/// `server`, `platform` or `import`, in capitals if verified.
fn say(words: &str) -> OrderFactRow {
    let mut order = OrderStatement { order_id: "1001".to_owned(), ..OrderStatement::default() };
    let mut refund = RefundStatement { order_id: "1001".to_owned(), ..RefundStatement::default() };
    let mut payload = OrderFactPayload::default();
    let mut words = words.split_whitespace();
    let (kind, sender) = (words.next().unwrap(), words.next().unwrap());
    let mut fact = silent(kind, sender, at(words.next().unwrap()));
    for word in words {
        let (name, value) = word.split_once('=').unwrap();
        match name {
            "event" => fact.event = EventKey(value.parse().unwrap()),
            "position" => fact.position = value.parse().unwrap(),
            "dialect" => fact.dialect = Dialect::Matomo,
            "under" => (fact.order, fact.order_id) = (OrderKey::new(SiteId(1), value), value.to_owned()),
            "flags" => payload.flags = value.parse().unwrap(),
            "total" => order.total = Some(amount(value)),
            "subtotal" => order.subtotal = Some(amount(value)),
            "tax" => (order.tax, refund.tax) = (Some(amount(value)), Some(amount(value))),
            "shipping" => (order.shipping, refund.shipping) = (Some(amount(value)), Some(amount(value))),
            "fees" => order.fees = Some(amount(value)),
            "discount" => order.discount = Some(amount(value)),
            "currency" => (order.currency, refund.currency) = (Some(currency(value)), Some(currency(value))),
            "version" => order.version = Some(value.parse().unwrap()),
            "updated" => order.version = Some(at(value).0),
            "placed" => order.placed_at = Some(at(value)),
            "test" => order.test = Some(true),
            "lines" => order.partial = Some(value == "partial"),
            "tax_included" => order.prices_include_tax = Some(value == "yes"),
            "payment" => order.payment_method = Some(value.to_owned()),
            "coupons" => order.coupons = Some(value.split(',').map(str::to_owned).collect()),
            "status" => order.status = Some(status_named(value)),
            "id" => refund.refund_id = Some(value.to_owned()),
            "amount" => refund.amount = Some(amount(value)),
            "at" => refund.at = Some(at(value)),
            "reason" => refund.reason = Some(value.to_owned()),
            "items" => payload.items = Some(value.split(',').map(item).collect()),
            other => panic!("no field {other}"),
        }
    }
    let is_refund = kind == names::REFUND;
    payload.order = (!is_refund).then_some(order);
    payload.refund = is_refund.then_some(refund);
    fact.payload = to_cbor(&payload);
    fact
}

/// Returns the statements with an event and a position each, in the order of the text, where they name none.
fn facts(statements: &[&str]) -> Vec<OrderFactRow> {
    let numbered = statements.iter().enumerate().map(|(i, words)| {
        let mut fact = say(words);
        let number = i as u64 + 1;
        fact.event = if words.contains("event=") { fact.event } else { EventKey(number) };
        fact.position = if words.contains("position=") { fact.position } else { number };
        fact
    });
    numbered.collect()
}

fn folded_on(site: &SiteState, statements: &[&str]) -> Folded {
    fold(site, &facts(statements), &links()).unwrap_or_else(|| panic!("{statements:?} make no order"))
}

fn folded(statements: &[&str]) -> Folded {
    folded_on(&site(), statements)
}

/// Returns the names of the marks that are set; every unverified order is marked so, which is left out.
fn flag_names(flags: u32) -> String {
    let names = [
        (order_flags::MONEY_DIFFERS, "money_differs"),
        (order_flags::SOURCES_DIFFER, "sources_differ"),
        (order_flags::NO_LINES, "no_lines"),
        (order_flags::UNCONVERTED, "unconverted"),
        (order_flags::BACKDATED, "backdated"),
        (order_flags::ROUNDED, "rounded"),
        (order_flags::OVER_REFUNDED, "over_refunded"),
        (order_flags::REFUNDS_DIFFER, "refunds_differ"),
        (order_flags::SHARED_DEVICE, "shared_device"),
    ];
    let set: Vec<&str> = names.iter().filter(|(flag, _)| flags & flag != 0).map(|(_, name)| *name).collect();
    set.join(" ")
}

/// Folds `statements` and compares what `look` sees of the order.
#[track_caller]
fn check(statements: &[&str], look: impl Fn(&OrderRow) -> String, expected: &str) {
    assert_eq!(look(&folded(statements).order), expected, "{statements:?}");
}

fn total(order: &OrderRow) -> String {
    format!("{} by {:?}, {}", order.amounts.order_total, order.origin, flag_names(order.flags))
}

fn status(order: &OrderRow) -> String {
    format!("{:?} {}", order.status, if order.counts { "counts" } else { "does not count" })
}

fn amounts(a: &OrderAmounts) -> String {
    let OrderAmounts { order_total, gross_sales, discounts, tax, shipping, fees, subtotal } = a;
    let stated = if *subtotal == Amount::ZERO { String::new() } else { format!(", subtotal {subtotal}") };
    format!("{order_total} = {gross_sales} - {discounts} + {tax} + {shipping} + {fees}{stated}")
}
