//! Orders in Heap: an event `Order` with the totals, one `Purchase` for every line, `Refund`; in whatever order they come.
//!
//! The totals become a `purchase` without items. A line becomes an `order_update` with one item and `"lines":"partial"`:
//! the items of all such statements together are the order's lines, and none of them adds to its totals.

use commerce::hit::names;
use serde_json::{Map, Value, json};

/// Heap's words for what an order has, and ours.
const ORDER_FIELDS: &[(&str, &str)] = &[
    ("order_id", "transaction_id"),
    ("total", "value"),
    ("revenue", "value"),
    ("discount_code", "coupon"),
    ("email", "email"),
    ("subtotal", "subtotal"),
    ("shipping", "shipping"),
    ("tax", "tax"),
    ("discount", "discount"),
    ("currency", "currency"),
    ("order_count", "order_count"),
    ("payment_method", "payment_method"),
    ("items", "items"),
];
/// What a line says of its order.
const LINE_ORDER_FIELDS: &[(&str, &str)] =
    &[("order_id", "transaction_id"), ("currency", "currency"), ("email", "email"), ("order_count", "order_count")];
const REFUND_FIELDS: &[(&str, &str)] = &[
    ("order_id", "transaction_id"),
    ("refund_id", "refund_id"),
    ("amount", "amount"),
    ("total", "amount"),
    ("tax", "tax"),
    ("shipping", "shipping"),
    ("currency", "currency"),
    ("email", "email"),
    ("reason", "reason"),
    ("items", "items"),
];
/// What a line says of its product. The first that is there names it; `price` is a piece's, whatever Heap's own table
/// says of it: `gross_price` is price times quantity.
const ITEM_FIELDS: &[(&str, &str)] = &[
    ("sku", "item_id"),
    ("item_id", "item_id"),
    ("product_id", "item_id"),
    ("name", "item_name"),
    ("item_name", "item_name"),
    ("brand", "item_brand"),
    ("variant", "item_variant"),
    ("category", "item_category"),
    ("price", "price"),
    ("quantity", "quantity"),
    ("discount", "discount"),
    ("discount_code", "coupon"),
];
const ITEM_IDS: &[&str] = &["sku", "item_id", "product_id"];

/// Returns the native event that an event of Heap's sample schema becomes, `None` if `name` is none of it.
pub(super) fn read(name: &str, properties: &Map<String, Value>) -> Option<Map<String, Value>> {
    // Ours are called so, too, and have their own name for the order's number.
    if properties.contains_key("transaction_id") {
        return None;
    }
    let mut rest = properties.clone();
    let (native, fields) = match name.to_ascii_lowercase().as_str() {
        "order" => (names::PURCHASE, ORDER_FIELDS),
        "purchase" => (names::ORDER_UPDATE, LINE_ORDER_FIELDS),
        "refund" => (names::REFUND, REFUND_FIELDS),
        _ => return None,
    };
    let mut event = take(&mut rest, fields);
    if native == names::ORDER_UPDATE {
        event.insert("lines".to_owned(), json!("partial"));
        event.insert("items".to_owned(), json!([Value::Object(item(std::mem::take(&mut rest)))]));
    } else if native == names::REFUND && ITEM_IDS.iter().any(|id| rest.contains_key(*id)) {
        event.entry("items").or_insert_with(|| json!([Value::Object(item(std::mem::take(&mut rest)))]));
    }
    event.insert("name".to_owned(), json!(native));
    if !rest.is_empty() {
        event.insert("properties".to_owned(), Value::Object(rest));
    }
    Some(event)
}

/// Says whether an event called `name`, in Heap's sample schema or by us, tells of an order.
pub(super) fn is_of_order(name: &str) -> bool {
    ["order", names::PURCHASE, names::ORDER_UPDATE].iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Gives an event of ours the one product that it tells in plain properties, where it has no list of items: Heap's own
/// clients send no lists.
pub(super) fn with_items(mut event: Map<String, Value>) -> Map<String, Value> {
    let name = event.get("name").and_then(Value::as_str).unwrap_or("");
    let of_products =
        matches!(name, names::VIEW_ITEM | names::SELECT_ITEM | names::ADD_TO_CART | names::REMOVE_FROM_CART);
    if !of_products || event.contains_key("items") || !ITEM_IDS.iter().any(|id| event.contains_key(*id)) {
        return event;
    }
    // `name` in the properties is the product's; the event's own stands in its place.
    let mut product = take_known(&mut event);
    if let Some(Value::Object(rest)) = event.get_mut("properties") {
        product.extend(rest.remove("name").map(|name| ("item_name".to_owned(), name)));
    }
    event.insert("items".to_owned(), json!([Value::Object(product)]));
    event
}

/// Takes what `rest` says of a product, leaving what it does not know.
fn take_known(rest: &mut Map<String, Value>) -> Map<String, Value> {
    let own_name = rest.remove("name");
    let product = take(rest, ITEM_FIELDS);
    rest.extend(own_name.map(|name| ("name".to_owned(), name)));
    product
}

/// Returns the item that the properties of a line are; what it does not know stays with the item.
fn item(mut rest: Map<String, Value>) -> Map<String, Value> {
    let mut item = take(&mut rest, ITEM_FIELDS);
    item.extend(rest);
    item
}

/// Takes `fields` out of `rest` under our names; of several that mean the same the first counts, the others stay.
fn take(rest: &mut Map<String, Value>, fields: &[(&str, &str)]) -> Map<String, Value> {
    let mut taken = Map::new();
    for (theirs, ours) in fields {
        let is_told = |value: &Value| value.as_str().is_none_or(|text| !text.trim().is_empty());
        if taken.contains_key(*ours) || !rest.get(*theirs).is_some_and(is_told) {
            continue;
        }
        taken.extend(rest.remove(*theirs).map(|value| ((*ours).to_owned(), value)));
    }
    taken
}
