//! Events of Segment's ecommerce spec, of today and of its first version, as native events.
//!
//! Names are compared without case, blanks and punctuation, since shops write `Order Completed`, `order_completed` and
//! `Completed Order` alike. What the spec does not name is a custom event with its properties as they are.

use super::super::foreign::figures::{amount, goods, is_same, prices_include_tax};
use super::super::foreign::json::{self, Object};
use super::super::matomo::is_reserved;
use super::super::native::Sender;
use commerce::hit::names;
use commerce::money::Amount;
use serde_json::{Value, json};

/// What an event's properties hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// Fields of one product.
    Product,
    /// A list of products.
    Products,
    Promotion,
    Search,
    /// A cart on its way to the order.
    Checkout,
    Order,
    /// An order as the spec's first version has it: `id`, and a revenue that is everything.
    FirstOrder,
    Cancelled,
    Refund,
}

/// Fields of a product, and what they are called here. The SKU goes before the shop's own number of the product.
const PRODUCT: &[(&[&str], &str)] = &[
    (&["sku", "product_id", "productId", "id"], "item_id"),
    (&["name"], "item_name"),
    (&["brand"], "item_brand"),
    (&["variant"], "item_variant"),
    (&["category"], "item_category"),
    (&["price"], "price"),
    (&["quantity"], "quantity"),
    (&["coupon"], "coupon"),
    (&["position"], "index"),
];

/// Further fields of a product: kept with it as they are.
const PRODUCT_REST: &[&str] = &["product_id", "url", "image_url"];

/// Returns the native name and the shape of the spec's event `name`, `None` if it is not the spec's.
fn spec(name: &str) -> Option<(&'static str, Shape)> {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    Some(match plain.as_str() {
        "productssearched" | "searchedproducts" => (names::SEARCH, Shape::Search),
        "productlistviewed" | "viewedproductlist" | "viewedproductcategory" => (names::VIEW_ITEM_LIST, Shape::Products),
        "productclicked" | "clickedproduct" => (names::SELECT_ITEM, Shape::Product),
        "productviewed" | "viewedproduct" => (names::VIEW_ITEM, Shape::Product),
        "productadded" | "addedproduct" | "wishlistproductaddedtocart" => (names::ADD_TO_CART, Shape::Product),
        "productremoved" | "removedproduct" => (names::REMOVE_FROM_CART, Shape::Product),
        "productaddedtowishlist" => ("add_to_wishlist", Shape::Product),
        "cartviewed" | "viewedcart" => (names::VIEW_CART, Shape::Products),
        "promotionviewed" | "viewedpromotion" => (names::VIEW_PROMOTION, Shape::Promotion),
        "promotionclicked" | "clickedpromotion" => (names::SELECT_PROMOTION, Shape::Promotion),
        "checkoutstarted" | "startedcheckout" => (names::BEGIN_CHECKOUT, Shape::Checkout),
        "paymentinfoentered" | "enteredpaymentinfo" => (names::ADD_PAYMENT_INFO, Shape::Checkout),
        "ordercompleted" => (names::PURCHASE, Shape::Order),
        "completedorder" => (names::PURCHASE, Shape::FirstOrder),
        "orderupdated" | "updatedorder" => (names::ORDER_UPDATE, Shape::Order),
        "ordercancelled" | "ordercanceled" | "cancelledorder" | "canceledorder" => {
            (names::ORDER_STATUS, Shape::Cancelled)
        }
        "orderrefunded" | "refundedorder" => (names::REFUND, Shape::Refund),
        _ => return None,
    })
}

/// Moves what the event `name` says out of `properties` into the native `event`.
pub(super) fn tell(sender: &Sender<'_>, name: &str, properties: &mut Object, event: &mut Object) {
    let Some((native, shape)) = spec(name) else {
        let name = if is_reserved(name) { format!("event_{name}") } else { name.to_owned() };
        event.insert("name".to_owned(), json!(name));
        return;
    };
    event.insert("name".to_owned(), json!(native));
    for (names, native) in [(&["cart_id", "cartId"], "cart_id"), (&["currency", "currency"], "currency")] {
        json::rename(properties, names, event, native);
    }
    match shape {
        Shape::Product => {
            let product = take_product(properties);
            if !product.is_empty() {
                event.insert("items".to_owned(), json!([product]));
            }
            take_list(properties, event);
        }
        Shape::Products => {
            take_products(properties, event);
            take_list(properties, event);
            json::rename(properties, &["category"], event, "item_list_name");
        }
        Shape::Promotion => {
            for (name, native) in
                [("promotion_id", "promotion_id"), ("name", "promotion_name"), ("creative", "creative_name")]
            {
                json::rename(properties, &[name], event, native);
            }
        }
        Shape::Search => {
            json::rename(properties, &["query"], event, "search_term");
            json::rename(properties, &["results"], event, "results");
        }
        Shape::Checkout => tell_checkout(properties, event),
        Shape::Order => tell_order(sender, false, properties, event),
        Shape::FirstOrder => tell_order(sender, true, properties, event),
        Shape::Cancelled => {
            take_order_id(properties, event);
            event.insert("status".to_owned(), json!("cancelled"));
            json::rename(properties, &["reason"], event, "reason");
        }
        Shape::Refund => tell_refund(properties, event),
    }
}

/// Moves the fields of a product out of `from`.
fn take_product(from: &mut Object) -> Object {
    let mut product = Object::new();
    for (names, native) in PRODUCT {
        json::rename(from, names, &mut product, native);
    }
    for name in PRODUCT_REST {
        json::rename(from, &[name], &mut product, name);
    }
    product
}

/// Moves the list that products stand in out of `properties`.
fn take_list(properties: &mut Object, event: &mut Object) {
    json::rename(properties, &["list_id"], event, "item_list_id");
    json::rename(properties, &["list_name", "list"], event, "item_list_name");
}

/// Moves the products out of `properties`. PHP writes a list with gaps as an object of its numbers.
fn take_products(properties: &mut Object, event: &mut Object) {
    let products = match properties.remove("products") {
        Some(Value::Array(products)) => products,
        Some(Value::Object(numbered)) if numbered.keys().all(|key| key.bytes().all(|b| b.is_ascii_digit())) => {
            numbered.into_iter().map(|(_, product)| product).collect()
        }
        None | Some(Value::Null) => return,
        // Whatever it is, the native reader says what is wrong with it.
        Some(other) => {
            event.insert("items".to_owned(), other);
            return;
        }
    };
    let items = products.into_iter().map(|product| match product {
        Value::Object(mut product) => {
            let mut item = take_product(&mut product);
            // The spec has discounts of orders only: whether this one is a piece's or the line's, nobody says.
            json::rename(&mut product, &["discount"], &mut item, "stated_discount");
            for (name, value) in product {
                item.entry(name).or_insert(value);
            }
            Value::Object(item)
        }
        other => other,
    });
    event.insert("items".to_owned(), items.collect());
}

fn take_order_id(properties: &mut Object, event: &mut Object) {
    json::rename(properties, &["order_id", "orderId", "id"], event, "transaction_id");
}

fn tell_checkout(properties: &mut Object, event: &mut Object) {
    take_products(properties, event);
    json::rename(properties, &["value", "total", "revenue"], event, "value");
    json::rename(properties, &["coupon"], event, "coupon");
    json::rename(properties, &["step"], event, "checkout_step");
}

/// An order. `total` is what was charged; without it, `subtotal` or `revenue` with tax and shipping, which the spec
/// leaves out of both.
fn tell_order(sender: &Sender<'_>, is_first: bool, properties: &mut Object, event: &mut Object) {
    take_order_id(properties, event);
    take_products(properties, event);
    unsign(properties, "discount");
    let same = [
        "subtotal",
        "tax",
        "shipping",
        "discount",
        "coupon",
        "payment_method",
        "shipping_method",
        "prices_include_tax",
    ];
    for name in same {
        json::rename(properties, &[name], event, name);
    }
    let read = |name: &str| amount(event.get(name)).unwrap_or_default();
    let (tax, shipping, discount) = (read("tax"), read("shipping"), read("discount"));
    let lines = event.get("items").and_then(Value::as_array).and_then(|items| goods(items));
    let lines = lines.and_then(|lines| lines.checked_add(Amount(-discount.0)));
    json::rename(properties, &["total"], event, "value");
    if let Some(total) = amount(event.get("value")) {
        if let Some(includes) = lines.and_then(|lines| prices_include_tax(lines, tax, shipping, total)) {
            event.entry("prices_include_tax").or_insert(json!(includes));
        }
        return;
    }
    if event.contains_key("value") {
        return;
    }
    let Some(base) = event.get("subtotal").or_else(|| properties.get("revenue")).filter(|value| json::is_stated(value))
    else {
        json::rename(properties, &["value"], event, "value");
        return;
    };
    let includes_tax = event.get("prices_include_tax").map_or(sender.site.settings.prices_include_tax, |v| *v == true);
    let value = charged(amount(Some(base)), lines, tax, shipping, Sums { is_everything: is_first, includes_tax });
    // What is no amount is passed on as it is: the native reader says what is wrong with it.
    let value = value.map_or_else(|| base.clone(), |value| json!(value.to_string()));
    event.insert("value".to_owned(), value);
}

/// What is known of an order's sums.
#[derive(Clone, Copy)]
struct Sums {
    is_everything: bool,
    includes_tax: bool,
}

/// Returns what was charged for an order whose `base` is a sum without tax and shipping, unless the lines show that
/// they are in it.
fn charged(base: Option<Amount>, lines: Option<Amount>, tax: Amount, shipping: Amount, sums: Sums) -> Option<Amount> {
    let base = base?;
    let tax = if sums.includes_tax && lines.is_some_and(|lines| is_same(lines, base)) { Amount::ZERO } else { tax };
    let extras = tax.checked_add(shipping)?;
    let has_all = lines.and_then(|lines| lines.checked_add(extras)).is_some_and(|all| is_same(all, base));
    if sums.is_everything || (has_all && extras != Amount::ZERO) { Some(base) } else { base.checked_add(extras) }
}

/// A refund, of the whole order where it says neither a sum nor products. The spec has no id for it: the message is one.
fn tell_refund(properties: &mut Object, event: &mut Object) {
    take_order_id(properties, event);
    take_products(properties, event);
    for name in ["total", "amount", "value"] {
        unsign(properties, name);
    }
    json::rename(properties, &["total", "amount", "value"], event, "amount");
    for name in ["tax", "shipping", "reason"] {
        json::rename(properties, &[name], event, name);
    }
    json::rename(properties, &["refund_id", "refundId"], event, "refund_id");
    if let Some(id) = event.get("id").cloned().filter(|_| !event.contains_key("refund_id")) {
        event.insert("refund_id".to_owned(), id);
    }
    if !event.contains_key("amount")
        && let Some(lines) = event.get("items").and_then(Value::as_array).and_then(|items| goods(items))
    {
        event.insert("amount".to_owned(), json!(lines.to_string()));
    }
}

/// Takes the sign off an amount that some shops state as what is taken away.
fn unsign(properties: &mut Object, name: &str) {
    if let Some(negative) = json::member(properties, name).and_then(|text| text.strip_prefix('-').map(str::to_owned)) {
        properties.insert(name.to_owned(), json!(negative));
    }
}
