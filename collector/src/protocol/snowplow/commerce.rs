//! Self-describing events as native ones: the ecommerce plug-in's actions, whose money stands in the contexts, the
//! standard schemas, and the older orders of `tr` and `ti`.

use super::super::wire::{Fields, put, scalar};
use super::entity::Entity;
use super::event::own_name;
use ::commerce::hit::names;
use serde_json::{Map, Value, json};

type Object = Map<String, Value>;

/// What a member of an entity is called here.
type Names = &'static [(&'static str, &'static str)];

const PRODUCT: Names = &[
    ("id", "item_id"),
    ("name", "item_name"),
    ("brand", "item_brand"),
    ("variant", "item_variant"),
    ("price", "price"),
    ("quantity", "quantity"),
    ("position", "index"),
    ("creative_id", "creative_name"),
];
const TRANSACTION: Names = &[
    ("transaction_id", "transaction_id"),
    ("revenue", "value"),
    ("currency", "currency"),
    ("tax", "tax"),
    ("shipping", "shipping"),
    ("discount_amount", "discount"),
    ("discount_code", "coupon"),
    ("payment_method", "payment_method"),
];
const REFUND: Names = &[
    ("transaction_id", "transaction_id"),
    ("refund_amount", "amount"),
    ("currency", "currency"),
    ("refund_reason", "reason"),
];
/// What a checkout step may say; addresses and postcodes are nobody's business here.
const CHECKOUT_STEP: Names = &[
    ("step", "checkout_step"),
    ("coupon_code", "coupon"),
    ("payment_method", "payment_method"),
    ("delivery_provider", "delivery_provider"),
    ("delivery_method", "delivery_method"),
    ("account_type", "account_type"),
    ("proof_of_payment", "proof_of_payment"),
];

/// Tells the self-describing event `described`; returns the ecommerce contexts that were read.
pub(super) fn tell(
    described: &Entity,
    contexts: &[Entity],
    eid: Option<&str>,
    event: &mut Object,
    properties: &mut Object,
) -> Vec<&'static str> {
    if described.name == "snowplow_ecommerce_action" {
        return tell_action(described, contexts, eid, event, properties);
    }
    let is_standard = described.vendor.starts_with("com.snowplowanalytics.");
    let name = match described.name.as_str() {
        "add_to_cart" | "remove_from_cart" if is_standard => {
            event.insert("items".to_owned(), json!([standard_product(&described.data)]));
            put(event, "currency", described.data.get("currency").cloned());
            described.name.clone()
        }
        "site_search" if is_standard => {
            let terms = described.data.get("terms").and_then(Value::as_array).into_iter().flatten();
            let terms: Vec<String> = terms.filter_map(scalar).collect();
            put(event, "search_term", Some(terms.join(" ")));
            put(event, "results", described.data.get("total_results").cloned());
            names::SEARCH.to_owned()
        }
        "screen_view" if is_standard => {
            event.insert("page".to_owned(), json!({"title": described.data.get("name")}));
            names::PAGE_VIEW.to_owned()
        }
        "link_click" if is_standard => names::CLICK.to_owned(),
        "submit_form" if is_standard => names::FORM_SUBMIT.to_owned(),
        "change_form" if is_standard => names::FORM_FIELD.to_owned(),
        "focus_form" if is_standard => names::FORM_START.to_owned(),
        other => own_name(other),
    };
    event.insert("name".to_owned(), name.into());
    properties.extend(described.data.clone());
    Vec::new()
}

fn tell_action(
    action: &Entity,
    contexts: &[Entity],
    eid: Option<&str>,
    event: &mut Object,
    properties: &mut Object,
) -> Vec<&'static str> {
    let all = |name: &'static str| contexts.iter().filter(move |c| c.vendor.ends_with(".ecommerce") && c.name == name);
    let one = |name: &'static str| all(name).next().map(|entity| &entity.data);
    let kind = action.data.get("type").and_then(Value::as_str).unwrap_or("");
    let products: Vec<Value> = all("product").map(|product| item(&product.data)).collect();
    let currency = all("product").find_map(|product| product.data.get("currency")).cloned();
    let mut used = vec!["product"];
    if let Some(cart) = one("cart").filter(|_| kind != "transaction") {
        put(event, "cart_id", cart.get("cart_id").cloned());
        put(properties, "cart_total_value", cart.get("total_value").cloned());
        used.push("cart");
    }
    let name = match kind {
        "product_view" => names::VIEW_ITEM,
        "list_view" => names::VIEW_ITEM_LIST,
        "list_click" => names::SELECT_ITEM,
        "add_to_cart" => names::ADD_TO_CART,
        "remove_from_cart" => names::REMOVE_FROM_CART,
        "promo_view" => names::VIEW_PROMOTION,
        "promo_click" => names::SELECT_PROMOTION,
        "checkout_step" => checkout_name(one("checkout_step")),
        "transaction" => names::PURCHASE,
        "refund" => names::REFUND,
        // A payment that failed may be tried again under the same number: this is no word on the order.
        "trns_error" => "transaction_error",
        _ => "snowplow_ecommerce_action",
    };
    event.insert("name".to_owned(), name.into());
    put(event, "currency", currency);
    put(event, "item_list_name", action.data.get("name").cloned());
    if kind != "trns_error" && !products.is_empty() {
        event.insert("items".to_owned(), products.into());
    }
    match kind {
        "checkout_step" => used.extend(copy("checkout_step", CHECKOUT_STEP, one("checkout_step"), event)),
        "transaction" => {
            used.extend(copy("transaction", TRANSACTION, one("transaction"), event));
            for name in ["total_quantity", "credit_order"] {
                put(properties, name, one("transaction").and_then(|transaction| transaction.get(name)).cloned());
            }
        }
        "refund" => {
            used.extend(copy("refund", REFUND, one("refund"), event));
            // Snowplow's refunds have no number; without one, two equal ones of a day would be one.
            put(event, "refund_id", eid.map(|eid| format!("snowplow:{eid}")));
        }
        "promo_view" | "promo_click" => {
            if let Some(promotion) = one("promotion") {
                tell_promotion(promotion, event);
                used.push("promotion");
            }
        }
        _ => {}
    }
    used
}

/// Returns what a step of the checkout is: what it tells says more than its number, which each shop gives as it likes.
fn checkout_name(step: Option<&Object>) -> &'static str {
    let has = |name: &str| step.and_then(|step| step.get(name)).is_some_and(|value| !value.is_null());
    let is_first = step.and_then(|step| step.get("step")).and_then(scalar).is_none_or(|step| step.trim() == "1");
    match () {
        () if is_first => names::BEGIN_CHECKOUT,
        () if has("payment_method") => names::ADD_PAYMENT_INFO,
        () if has("delivery_method") || has("delivery_provider") => names::ADD_SHIPPING_INFO,
        () => "checkout_step",
    }
}

fn copy(name: &'static str, members: Names, from: Option<&Object>, event: &mut Object) -> Option<&'static str> {
    let from = from?;
    for (theirs, ours) in members {
        put(event, ours, from.get(*theirs).filter(|value| !value.is_null()).cloned());
    }
    Some(name)
}

/// Returns a product entity as an item; what items do not know stays with it.
fn item(product: &Object) -> Value {
    let mut item = Object::new();
    copy("product", PRODUCT, Some(product), &mut item);
    let categories = product.get("category").and_then(Value::as_str);
    put(&mut item, "categories", categories.map(|text| text.split('/').map(str::trim).collect::<Vec<_>>()));
    let known =
        |name: &str| ["category", "currency"].contains(&name) || PRODUCT.iter().any(|(theirs, _)| *theirs == name);
    for (name, value) in product.iter().filter(|(name, _)| !known(name)) {
        item.insert(name.clone(), value.clone());
    }
    item.into()
}

fn standard_product(data: &Object) -> Value {
    let mut item = Object::new();
    for (theirs, ours) in [
        ("sku", "item_id"),
        ("name", "item_name"),
        ("category", "item_category"),
        ("unit_price", "price"),
        ("quantity", "quantity"),
    ] {
        put(&mut item, ours, data.get(theirs).cloned());
    }
    item.into()
}

fn tell_promotion(promotion: &Object, event: &mut Object) {
    let products = promotion.get("product_ids").and_then(Value::as_array).into_iter().flatten();
    let items: Vec<Value> = products.filter_map(scalar).map(|id| json!({"item_id": id})).collect();
    if !items.is_empty() {
        event.entry("items").or_insert(items.into());
    }
    for (theirs, ours) in [("id", "promotion_id"), ("name", "promotion_name"), ("creative_id", "creative_name")] {
        put(event, ours, promotion.get(theirs).cloned());
    }
}

/// Tells the order of the older `addTrans`, whose items come as requests of their own.
pub(super) fn tell_order(fields: &Fields, event: &mut Object) {
    event.insert("name".to_owned(), names::PURCHASE.into());
    for (theirs, ours) in [
        ("tr_id", "transaction_id"),
        ("tr_tt", "value"),
        ("tr_tx", "tax"),
        ("tr_sh", "shipping"),
        ("tr_cu", "currency"),
        ("tr_af", "affiliation"),
        ("tr_ci", "city"),
        ("tr_st", "state"),
        ("tr_co", "country"),
    ] {
        put(event, ours, fields.get(theirs));
    }
}

/// Tells one line of such an order: some of its lines, not all of them.
pub(super) fn tell_line(fields: &Fields, event: &mut Object) {
    event.insert("name".to_owned(), names::ORDER_UPDATE.into());
    event.insert("lines".to_owned(), "partial".into());
    put(event, "transaction_id", fields.get("ti_id"));
    put(event, "currency", fields.get("ti_cu"));
    let mut item = Object::new();
    for (theirs, ours) in [
        ("ti_sk", "item_id"),
        ("ti_nm", "item_name"),
        ("ti_ca", "item_category"),
        ("ti_pr", "price"),
        ("ti_qu", "quantity"),
    ] {
        put(&mut item, ours, fields.get(theirs));
    }
    event.insert("items".to_owned(), json!([item]));
}
