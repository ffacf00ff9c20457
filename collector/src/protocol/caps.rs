//! Sanity caps: orders that no shop takes, kept aside with their reason, the same for every dialect.
//!
//! The cap on the value is the site's own setting, in the site's currency; the door knows no rates, so an order in
//! another currency is not held against it.

use commerce::hit::{Item, OrderStatement};
use commerce::money::{Amount, Quantity, UnitPrice};
use commerce::site::SiteSettings;

/// Why an order is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Absurd {
    /// Stable code.
    pub(super) reason: &'static str,
    /// What would make it acceptable.
    pub(super) hint: &'static str,
}

/// Returns why `order` with its `items` cannot be believed, `None` if it can.
pub(super) fn absurd(settings: &SiteSettings, order: &OrderStatement, items: Option<&[Item]>) -> Option<Absurd> {
    if order.total.is_some_and(|total| total < Amount::ZERO) {
        return Some(Absurd {
            reason: "price.negative",
            hint: "Send the order's value as zero or more; money given back is a refund.",
        });
    }
    let is_capped = order.currency.is_none_or(|currency| currency == settings.currency);
    let max = settings.order_value_max.filter(|_| is_capped)?;
    // Lines that are worth more than the order was charged would be counted as gross sales all the same.
    let value = order.total.unwrap_or_default().max(value_of(items.unwrap_or_default()));
    (value > max).then_some(Absurd {
        reason: "order.value_above_max",
        hint: "The order's value is above the site's setting order_value_max; raise it if such orders are real.",
    })
}

/// Returns price x quantity of all items.
fn value_of(items: &[Item]) -> Amount {
    let lines = items.iter().map(|item| {
        let price = item.price.unwrap_or(UnitPrice(0));
        price.times(item.quantity.unwrap_or(Quantity::ONE), 4)
    });
    lines.sum()
}
