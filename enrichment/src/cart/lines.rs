//! The lines of a cart: put in, taken out, numbered, summed.
//!
//! A line is a product in a variant; its price is the latest stated. Nothing here knows where a change came from.

use crate::ledger::exchange::Exchange;
use commerce::hit::Item;
use commerce::money::allocate;
use commerce::rows::CartLineRow;
use commerce::state::CartHead;
use commerce::{Amount, CartKey, Currency, Quantity, SiteId};

/// Returns the lines of a cart that holds `items`; their keys and sums are still to be set.
pub(super) fn of(items: &[Item]) -> Vec<CartLineRow> {
    items.iter().map(line_of).collect()
}

fn line_of(item: &Item) -> CartLineRow {
    CartLineRow {
        site: SiteId(0),
        position: 0,
        cart: CartKey(0),
        line: 0,
        product: crate::product::reference(item),
        price: item.price,
        quantity: item.quantity(),
        gross: Amount::ZERO,
        reporting_gross: None,
    }
}

/// Puts `items` with prices in `currency` into the cart.
pub(super) fn add(head: &mut CartHead, items: &[Item], currency: Currency) {
    if head.lines.is_empty() {
        head.cart.currency = currency;
    }
    for item in items {
        // Two currencies cannot be added up, so a price in another one is not taken over.
        let price = item.price.filter(|_| currency == head.cart.currency);
        match head.lines.iter_mut().find(|line| is_of(line, item)) {
            Some(line) => {
                line.quantity = Quantity(line.quantity.0.saturating_add(item.quantity().0));
                line.price = price.or(line.price);
            }
            None => head.lines.push(CartLineRow { price, ..line_of(item) }),
        }
    }
}

/// Takes `items` out of the cart; what is not in it is ignored.
pub(super) fn remove(head: &mut CartHead, items: &[Item]) {
    for item in items {
        let exact = head.lines.iter().position(|line| is_of(line, item));
        let of_any_variant =
            || head.lines.iter().position(|line| item.variant.is_none() && line.product.sku == item.sku);
        let Some(at) = exact.or_else(of_any_variant) else { continue };
        let left = head.lines[at].quantity.0.saturating_sub(item.quantity().0);
        if left > 0 {
            head.lines[at].quantity = Quantity(left);
        } else {
            head.lines.remove(at);
        }
    }
}

fn is_of(line: &CartLineRow, item: &Item) -> bool {
    line.product.sku == item.sku && line.product.variant == item.variant
}

/// Works out each line's total and returns their sum.
pub(super) fn value(head: &mut CartHead) -> Amount {
    let decimals = head.cart.currency.decimals();
    for line in &mut head.lines {
        line.gross = line.price.unwrap_or_default().times(line.quantity, decimals);
    }
    head.lines.iter().map(|line| line.gross).sum()
}

/// Makes the lines those of the cart's version of `position`.
pub(super) fn number(head: &mut CartHead, position: u64) {
    head.cart.position = position;
    for (i, line) in head.lines.iter_mut().enumerate() {
        (line.site, line.cart, line.position, line.line) = (head.cart.site, head.cart.cart, position, i as u32);
    }
}

/// Works out each line's total in the cart's currency and, where a rate is known, in the site's.
pub(super) fn convert(head: &mut CartHead, exchange: &Exchange) {
    let sum = value(head);
    let weights: Vec<i64> = head.lines.iter().map(|line| line.gross.0).collect();
    let shares = match (exchange, exchange.convert(sum)) {
        (Exchange::Same, _) | (_, None) => Vec::new(),
        (_, Some(whole)) => allocate(whole, &weights, exchange.decimals()),
    };
    for (i, line) in head.lines.iter_mut().enumerate() {
        line.reporting_gross = if *exchange == Exchange::Same { Some(line.gross) } else { shares.get(i).copied() };
    }
}
