//! Stripe's money: whole minor units, of which a currency has none, a hundred or a thousand; and the lines of a session
//! or an invoice.
//!
//! The exponents are Stripe's own. They are not ISO 4217's everywhere: it counts Icelandic krónur and Ugandan shillings
//! in hundredths, and the Malagasy ariary in whole ones.

use crate::protocol::webhooks::event::Event;
use crate::protocol::webhooks::value::{first, price_of_one, text};
use commerce::money::Amount;
use serde_json::Value;

const WHOLE: [&str; 15] =
    ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"];
const THOUSANDTHS: [&str; 5] = ["bhd", "jod", "kwd", "omr", "tnd"];

/// How much one minor unit of a currency is, in 1/10 000.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Minor(i64);

impl Minor {
    /// Returns the minor unit of the currency `code`, a hundredth if it is not known.
    pub(super) fn of(code: Option<&str>) -> Self {
        let code = code.unwrap_or_default().to_ascii_lowercase();
        if WHOLE.contains(&code.as_str()) {
            Self(10_000)
        } else if THOUSANDTHS.contains(&code.as_str()) {
            Self(10)
        } else {
            Self(100)
        }
    }

    /// Returns the amount at `pointer`, `None` if there is none or it is too large.
    pub(super) fn amount(self, value: &Value, pointer: &str) -> Option<Amount> {
        let units = value.pointer(pointer)?.as_i64()?;
        units.checked_mul(self.0).map(Amount)
    }

    /// Returns the amount at `pointer` as decimal text.
    pub(super) fn text(self, value: &Value, pointer: &str) -> Option<String> {
        self.amount(value, pointer).map(|amount| amount.to_string())
    }
}

/// Returns the products of `lines`; none if one of them is below zero, as where a subscription changed in mid-month: what
/// was charged is then no sum of products.
pub(super) fn items(minor: Minor, lines: &[Value]) -> Vec<Value> {
    let items: Option<Vec<Value>> = lines.iter().map(|line| item(minor, line)).collect();
    items.unwrap_or_default()
}

fn item(minor: Minor, line: &Value) -> Option<Value> {
    let before = minor.amount(line, "/amount_subtotal").or_else(|| minor.amount(line, "/amount"))?;
    if before < Amount::ZERO {
        return None;
    }
    let quantity = line.get("quantity").and_then(Value::as_i64).filter(|quantity| *quantity > 0).unwrap_or(1);
    let mut item = Event::default();
    let ids = [
        "/price/product/metadata/sku",
        "/price/metadata/sku",
        "/price/product/id",
        "/price/product",
        "/pricing/price_details/product",
        "/price/id",
        "/description",
        "/id",
    ];
    item.set("item_id", first(line, &ids));
    item.set("item_name", first(line, &["/description", "/price/product/name", "/price/nickname"]));
    item.set("price", Some(price_of_one(before, quantity).to_string()));
    item.set("quantity", Some(quantity.to_string()));
    item.set("discount", minor.amount(line, "/amount_discount").filter(|d| *d > Amount::ZERO).map(|d| d.to_string()));
    item.set("price_id", text(line, "/price/id"));
    Some(item.finish())
}
