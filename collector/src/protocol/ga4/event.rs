//! An event with its parameters, as both protocols name them, as a native event.
//!
//! GA4's names are ours, so most of it stays as it is. What differs: a `value` that means the items alone, discounts that
//! are per piece and already taken off the price, and names of ours that GA4 has no meaning for.

use super::super::foreign::campaign;
use super::super::foreign::figures::{amount, goods, is_same, prices_include_tax, quantity, unit_price};
use super::super::foreign::json::{self, Object};
use commerce::hit::names;
use commerce::money::{Amount, UnitPrice};
use serde_json::{Value, json};

/// Names of ours that mean something else to a GA4 shop, which may use them for events of its own.
const OURS: [&str; 7] = [
    names::CART_UPDATE,
    names::ORDER_UPDATE,
    names::ORDER_STATUS,
    names::IDENTIFY,
    names::RESET,
    names::GOAL,
    names::PING,
];

/// Parameters that the native event has at its top.
const TOP: &[&str] = &[
    "items",
    "transaction_id",
    "refund_id",
    "currency",
    "value",
    "tax",
    "shipping",
    "coupon",
    "customer_type",
    "payment_method",
    "shipping_method",
    "cart_id",
    "search_term",
    "item_list_id",
    "item_list_name",
    "promotion_id",
    "promotion_name",
    "creative_name",
];

/// What an event's surroundings say.
pub(super) struct Who {
    pub(super) user_properties: Object,
    pub(super) prices_include_tax: bool,
}

/// Returns the native event `name` with `params`; `event` holds who and when.
pub(super) fn native(name: &str, mut params: Object, mut event: Object, who: Who) -> Value {
    let native = match name {
        "view_search_results" => names::SEARCH,
        // What is sent when a page is left: it says how long it was looked at, not that anything was done.
        "user_engagement" => names::PING,
        "screen_view" => names::PAGE_VIEW,
        other => other,
    };
    let is_text = OURS.contains(&name);
    event.insert("name".to_owned(), if is_text { json!(format!("event_{name}")) } else { json!(native) });
    let mut page = Object::new();
    for (param, field) in [("page_location", "url"), ("page_title", "title"), ("page_referrer", "referrer")] {
        json::rename(&mut params, &[param], &mut page, field);
    }
    if let Some(screen) = json::member(&params, "screen_name").filter(|_| name == "screen_view") {
        page.entry("title").or_insert(json!(screen));
    }
    if !page.is_empty() {
        event.insert("page".to_owned(), Value::Object(page));
    }
    json::rename(&mut params, &["session_id"], &mut event, "visit_id");
    if !is_text {
        for field in TOP {
            json::rename(&mut params, &[field], &mut event, field);
        }
    }
    if let Some(items) = event.get_mut("items").and_then(Value::as_array_mut) {
        items.iter_mut().filter_map(Value::as_object_mut).for_each(tell_discount);
    }
    match native {
        names::PURCHASE => tell_purchase(&mut event, &mut params, &who),
        names::REFUND => tell_refund(&mut event, &who),
        _ => {}
    }
    campaign::place(&mut event, |part| {
        let own = if part == "campaign" { "campaign_name".to_owned() } else { format!("campaign_{part}") };
        json::member(&params, &own)
    });
    if !who.user_properties.is_empty() {
        params.insert("user_properties".to_owned(), Value::Object(who.user_properties));
    }
    event.insert("properties".to_owned(), Value::Object(params));
    Value::Object(event)
}

/// GA4's price is what a piece costs with its discount taken off, which is stated per piece; ours is the price before,
/// and the discount the line's.
fn tell_discount(item: &mut Object) {
    let Some(discount) = item.remove("discount").filter(json::is_stated) else { return };
    let per_piece = unit_price(Some(&discount)).filter(|discount| discount.0 >= 0);
    let Some(per_piece) = per_piece.filter(|_| item.contains_key("price")) else {
        // Without a price there is nothing to take it off; what is no discount, the native reader says what it is.
        let name = if per_piece.is_some() { "stated_discount" } else { "discount" };
        item.insert(name.to_owned(), discount);
        return;
    };
    let before = unit_price(item.get("price")).and_then(|price| price.0.checked_add(per_piece.0)).map(UnitPrice);
    if let (Some(before), Some(pieces), true) = (before, quantity(item), per_piece.0 > 0) {
        item.insert("price".to_owned(), json!(before.to_string()));
        item.insert("discount".to_owned(), json!(per_piece.times(pieces, 4).to_string()));
    }
}

/// The `value` of a purchase is the items alone by the book, and everything in many shops: it is the items alone if it
/// equals them, and then tax and shipping come on top.
fn tell_purchase(event: &mut Object, params: &mut Object, who: &Who) {
    let read = |name: &str| amount(event.get(name)).unwrap_or_default();
    let (tax, shipping) = (read("tax"), read("shipping"));
    let lines = event.get("items").and_then(Value::as_array).and_then(|items| goods(items));
    let (Some(value), Some(lines)) = (amount(event.get("value")), lines) else { return };
    if !is_same(value, lines) {
        if let Some(includes) = prices_include_tax(lines, tax, shipping, value) {
            event.insert("prices_include_tax".to_owned(), json!(includes));
        }
        return;
    }
    let tax = if who.prices_include_tax { Amount::ZERO } else { tax };
    let total = value.checked_add(tax).and_then(|sum| sum.checked_add(shipping));
    if let Some(total) = total.filter(|total| *total != value)
        && let Some(stated) = event.insert("value".to_owned(), json!(total.to_string()))
    {
        params.insert("value_stated".to_owned(), stated);
    }
}

/// A refund's `value` may be negative, and means the items alone as a purchase's does.
fn tell_refund(event: &mut Object, who: &Who) {
    let lines = event.get("items").and_then(Value::as_array).and_then(|items| goods(items));
    let stated = event.remove("value");
    let unsigned = stated.as_ref().and_then(json::text).map(|text| text.strip_prefix('-').unwrap_or(&text).to_owned());
    let value = unsigned.as_ref().and_then(|text| amount(Some(&json!(text))));
    let read = |name: &str| amount(event.get(name)).unwrap_or_default();
    let tax = if who.prices_include_tax { Amount::ZERO } else { read("tax") };
    let extras = tax.checked_add(read("shipping"));
    let amount = match (value, lines) {
        (Some(value), Some(lines)) if is_same(value, lines) => extras.and_then(|extras| value.checked_add(extras)),
        (None, Some(lines)) if unsigned.is_none() => extras.and_then(|extras| lines.checked_add(extras)),
        _ => None,
    };
    if let Some(amount) = amount.map(|amount| amount.to_string()).or(unsigned) {
        event.insert("amount".to_owned(), json!(amount));
    }
}
