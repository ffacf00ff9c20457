//! Products: the lines of an order or cart (`ec_items`), and the product or category a page shows (`_pks` and so on).
//!
//! The same SKU twice is two lines here; Matomo keeps one of them.

use super::coerce;
use super::element::Element;
use super::json::Php;
use super::properties::Properties;
use crate::limits::TEXT_BYTES_MAX;
use commerce::hit::{Dialect, Item, flags};
use commerce::money::{Quantity, UnitPrice};
use serde_json::value::RawValue;

/// Number of categories kept.
const CATEGORIES_MAX: usize = 5;

/// What `ec_items` holds.
#[derive(Debug)]
pub(super) enum Listed {
    /// The lines, none if nothing was sent.
    Items(Vec<Item>),
    /// Something that is not empty and no list: Matomo records nothing then.
    NoList,
}

/// Reads the lines of an order or cart: `[[sku, name, category or categories, unit price, quantity], ...]`.
pub(super) fn listed(element: &Element) -> Listed {
    let own = Some("ec_products").filter(|name| is_piwik_pro(element) && element.params.get(name).is_some());
    let Some(sent) = element.params.get(own.unwrap_or("ec_items")) else { return Listed::Items(Vec::new()) };
    // Some shops escape the whole document for HTML.
    let unescaped = coerce::text(sent);
    let Some(value) = Php::parse(sent).or_else(|| Php::parse(&unescaped)) else {
        element.mark(flags::VALUE_DROPPED);
        return Listed::Items(Vec::new());
    };
    match value {
        Php::Array(lines) => Listed::Items(lines.into_iter().filter_map(|(_, line)| item(element, line)).collect()),
        value if value.is_empty() => Listed::Items(Vec::new()),
        _ => Listed::NoList,
    }
}

/// Reads one line; `None` without a SKU.
fn item(element: &Element, line: &RawValue) -> Option<Item> {
    let members = Php::of(line).members();
    let is_named = is_piwik_pro(element);
    let member = |index: &str, name: &str| {
        let found = members.iter().rev().find(|(key, _)| key == index || is_named && key == name);
        found.map(|(_, value)| Php::of(value))
    };
    let text = |index: &str, name: &str| member(index, name)?.text().and_then(|t| element.tidy(&t, TEXT_BYTES_MAX));
    let more = |index: &str, name: &str| if is_named { text(index, name) } else { None };
    let Some(sku) = text("0", "sku") else {
        element.mark(flags::VALUE_DROPPED);
        return None;
    };
    Some(Item {
        sku,
        name: text("1", "name"),
        brand: more("5", "brand"),
        variant: more("6", "variant"),
        categories: member("2", "category").and_then(|category| categories(element, category)),
        price: member("3", "price").and_then(|price| unit_price(element, &price)),
        quantity: member("4", "quantity").and_then(|quantity| whole_quantity(element, &quantity)),
        properties: member("7", "customDimensions").filter(|_| is_named).and_then(|own| dimensions(element, own)),
        ..Item::default()
    })
}

fn is_piwik_pro(element: &Element) -> bool {
    element.dialect == Dialect::PiwikPro
}

/// Returns the custom dimensions of a product as properties of that name, `None` for none.
fn dimensions(element: &Element, value: Php) -> Option<String> {
    const DIMENSIONS_MAX: usize = 100;
    let mut properties = Properties::default();
    for (index, value) in value.members().into_iter().take(DIMENSIONS_MAX) {
        let text = Php::of(value).text().and_then(|text| element.tidy(&text, TEXT_BYTES_MAX));
        if let Some(text) = text.filter(|_| !index.is_empty() && index.len() <= 3) {
            properties.text(&format!("dimension{index}"), &text);
        }
    }
    properties.finish()
}

/// Returns the first five categories that say something, `None` for none.
fn categories(element: &Element, value: Php) -> Option<Vec<String>> {
    let texts: Vec<String> = match value {
        Php::Array(members) => members.into_iter().filter_map(|(_, member)| Php::of(member).text()).collect(),
        value => value.text().into_iter().collect(),
    };
    let kept = texts.iter().filter_map(|text| element.tidy(text, TEXT_BYTES_MAX)).take(CATEGORIES_MAX);
    Some(kept.collect::<Vec<_>>()).filter(|kept| !kept.is_empty())
}

/// Returns the text of a number, and marks the hit if there is something that cannot be one.
fn number_text<'a>(element: &Element, value: &'a Php) -> Option<&'a str> {
    match value {
        Php::Number(number) => Some(number),
        Php::Text(text) => Some(text.trim()).filter(|text| !text.is_empty()),
        Php::Null | Php::Bool(false) => None,
        Php::Bool(true) | Php::Array(_) => {
            element.mark(flags::VALUE_DROPPED);
            None
        }
    }
}

fn unit_price(element: &Element, value: &Php) -> Option<UnitPrice> {
    let text = number_text(element, value)?;
    let Some(parsed) = coerce::unit_price(text, element.decimals()) else {
        element.mark(flags::VALUE_DROPPED);
        return None;
    };
    if parsed.rounded {
        element.mark(flags::ROUNDED);
    }
    Some(parsed.value)
}

/// Returns the whole pieces of a quantity; `None`, one piece, where Matomo takes one: nothing, zero, no number.
fn whole_quantity(element: &Element, value: &Php) -> Option<Quantity> {
    let text = number_text(element, value).filter(|_| !value.is_empty())?;
    let decimal = coerce::decimal(text);
    let exact = decimal.as_deref().and_then(|text| Quantity::parse(text).ok());
    let (Some(decimal), Some(exact)) = (decimal, exact) else {
        element.mark(flags::VALUE_DROPPED);
        return None;
    };
    if exact.value.0 == 0 && !decimal.bytes().any(|b| matches!(b, b'1'..=b'9')) {
        return None;
    }
    // The whole part is cut out of the text where it can be: 1.9999 is one piece, and its rounding to three decimals two.
    let plain = !decimal.contains(['e', 'E']);
    let whole = decimal.split('.').next().and_then(|whole| whole.parse::<i64>().ok()).filter(|_| plain);
    let pieces = whole.unwrap_or(exact.value.0 / 1000);
    let quantity = Quantity(pieces.saturating_mul(1000));
    if quantity != exact.value || exact.rounded {
        element.mark(flags::ROUNDED);
    }
    Some(quantity)
}

/// Returns the product or category that a page view shows, `None` if it shows none.
///
/// A page about a category only is an item without a SKU. Requests of other kinds repeat what the page view said,
/// because matomo.js never clears it, so they are not asked.
pub(super) fn product_view(element: &Element) -> Option<Item> {
    let name = element.text("_pkn", TEXT_BYTES_MAX);
    let sku = element.text("_pks", TEXT_BYTES_MAX).or_else(|| name.clone()).unwrap_or_default();
    let categories = element.params.get("_pkc").and_then(|sent| {
        let list = sent.trim_start().starts_with("[\"").then(|| Php::parse(sent)).flatten();
        categories(element, list.unwrap_or_else(|| Php::Text(sent.to_owned())))
    });
    if sku.is_empty() && categories.is_none() {
        return None;
    }
    let price = element.params.get("_pkp").and_then(|sent| unit_price(element, &Php::Text(sent.to_owned())));
    Some(Item { sku, name, categories, price, ..Item::default() })
}
