//! Items of an event: products with their price, quantity, list and promotion.

use super::fault::Fault;
use super::json::{elements, members};
use super::properties::Properties;
use super::value::{Marks, amount, integer, quantity, text, texts, unit_price};
use crate::limits::ITEMS_MAX;
use commerce::hit::Item;
use commerce::money::{AMOUNT_MAX, Quantity};

/// Most categories of a product.
const CATEGORIES_MAX: usize = 5;
/// How deep a field of an item stands in its event: event, list, item.
const LEVEL: usize = 3;

/// Returns the items of the array `value`.
///
/// # Errors
/// [`Fault`] of the first item that cannot be read: half an order is none.
pub(super) fn read_all(value: &str, marks: &mut Marks) -> Result<Vec<Item>, Fault> {
    let mut items = Vec::new();
    elements(value, Fault::items_malformed, |element| {
        if items.len() == ITEMS_MAX {
            return Err(Fault::items_too_many());
        }
        items.push(read(element, marks)?);
        Ok(())
    })?;
    check_total(&items)?;
    Ok(items)
}

fn read(value: &str, marks: &mut Marks) -> Result<Item, Fault> {
    let mut item = Item::default();
    let mut categories: [Option<String>; CATEGORIES_MAX] = Default::default();
    let mut properties = Properties::default();
    members(value, Fault::items_malformed, |key, value| {
        match &*key {
            "item_id" => item.sku = text(value, marks).map_or_else(String::new, |sku| sku.trim().to_owned()),
            "item_name" => item.name = text(value, marks),
            "item_brand" => item.brand = text(value, marks),
            "item_variant" => item.variant = text(value, marks),
            "item_category" => categories[0] = text(value, marks),
            "item_category2" => categories[1] = text(value, marks),
            "item_category3" => categories[2] = text(value, marks),
            "item_category4" => categories[3] = text(value, marks),
            "item_category5" => categories[4] = text(value, marks),
            "categories" => {
                for (slot, name) in categories.iter_mut().zip(texts(value, marks).into_iter().flatten()) {
                    *slot = Some(name);
                }
            }
            "price" => item.price = Some(unit_price("price", value, marks)?),
            "quantity" => item.quantity = Some(quantity(value, marks)?),
            "discount" => item.discount = Some(amount("discount", value, marks)?),
            "coupon" => item.coupon = text(value, marks),
            "unit_cost" => item.unit_cost = Some(unit_price("unit_cost", value, marks)?),
            "index" => item.index = integer(value, marks),
            "item_list_id" => item.list_id = text(value, marks),
            "item_list_name" => item.list_name = text(value, marks),
            "promotion_id" => item.promotion_id = text(value, marks),
            "promotion_name" => item.promotion_name = text(value, marks),
            "creative_name" => item.creative_name = text(value, marks),
            "affiliation" => item.affiliation = text(value, marks),
            "properties" if value.starts_with('{') => {
                members(value, Fault::items_malformed, |key, value| properties.add(&key, value, LEVEL + 1, marks))?;
            }
            _ => properties.add(&key, value, LEVEL, marks)?,
        }
        Ok(())
    })?;
    if item.sku.is_empty() {
        item.sku = item
            .name
            .as_deref()
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .ok_or_else(Fault::item_id_missing)?
            .to_owned();
    }
    let categories: Vec<String> = categories.into_iter().flatten().collect();
    item.categories = (!categories.is_empty()).then_some(categories);
    item.properties = properties.finish();
    Ok(item)
}

/// Refuses items whose prices and quantities multiply to more than an amount can hold: a sum of them must be exact.
fn check_total(items: &[Item]) -> Result<(), Fault> {
    let exact =
        |item: &Item| i128::from(item.price.map_or(0, |p| p.0)) * i128::from(item.quantity.unwrap_or(Quantity::ONE).0);
    let total: i128 = items.iter().map(exact).sum();
    // 10^-6 x 10^-3 against 10^-4.
    if total / 100_000 > i128::from(AMOUNT_MAX) { Err(Fault::lines_out_of_range()) } else { Ok(()) }
}
