//! Arithmetic on what a client says of its order, to tell which of its sums it means.
//!
//! Foreign clients state one sum and leave open whether tax and shipping are in it. The lines decide where they can.

use super::json::{self, Object};
use commerce::money::{Amount, Quantity, UnitPrice};
use serde_json::Value;

/// Returns the amount that `value` names, `None` if it names none.
pub(in crate::protocol) fn amount(value: Option<&Value>) -> Option<Amount> {
    Some(Amount::parse(&json::text(value?)?).ok()?.value)
}

/// Returns the unit price that `value` names, `None` if it names none.
pub(in crate::protocol) fn unit_price(value: Option<&Value>) -> Option<UnitPrice> {
    Some(UnitPrice::parse(&json::text(value?)?).ok()?.value)
}

/// Returns how many pieces the native `item` is, one if it does not say.
pub(in crate::protocol) fn quantity(item: &Object) -> Option<Quantity> {
    match item.get("quantity") {
        None => Some(Quantity::ONE),
        Some(value) => Some(Quantity::parse(&json::text(value)?).ok()?.value),
    }
}

/// Returns price x quantity less discount of the native `items`; `None` if there are none, or one has no price.
pub(in crate::protocol) fn goods(items: &[Value]) -> Option<Amount> {
    let mut sum = Amount::ZERO;
    for item in items {
        let item = item.as_object()?;
        let line = unit_price(item.get("price"))?.times(quantity(item)?, 4);
        let discount = amount(item.get("discount")).unwrap_or_default();
        sum = sum.checked_add(line)?.checked_add(Amount(-discount.0))?;
    }
    (!items.is_empty()).then_some(sum)
}

/// Says whether two sums are the same money, as clients that round to cents state it.
pub(in crate::protocol) fn is_same(a: Amount, b: Amount) -> bool {
    a.rounded_to(2) == b.rounded_to(2)
}

/// Says whether the prices of an order include its tax, `None` if its figures leave that open. `goods` are the lines
/// less all discounts.
pub(in crate::protocol) fn prices_include_tax(
    goods: Amount,
    tax: Amount,
    shipping: Amount,
    total: Amount,
) -> Option<bool> {
    if tax <= Amount::ZERO {
        return None;
    }
    let without = goods.checked_add(shipping)?;
    let with = without.checked_add(tax)?;
    match (is_same(without, total), is_same(with, total)) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ => None,
    }
}
