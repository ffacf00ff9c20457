//! The words that shops use with Mixpanel, which has none of its own for a shop: event names and properties, however
//! they are spaced and capitalised, in our words.

use super::super::wire::{self, put, scalar};
use commerce::hit::names;
use serde_json::{Map, Value, json};

type Object = Map<String, Value>;

/// What shops call an event, in small words, beside our own names.
const NAMES: &[(&str, &str)] = &[
    ("$mp web page view", names::PAGE_VIEW),
    ("page viewed", names::PAGE_VIEW),
    ("viewed page", names::PAGE_VIEW),
    ("product viewed", names::VIEW_ITEM),
    ("viewed product", names::VIEW_ITEM),
    ("product view", names::VIEW_ITEM),
    ("product list viewed", names::VIEW_ITEM_LIST),
    ("product clicked", names::SELECT_ITEM),
    ("product added", names::ADD_TO_CART),
    ("product added to cart", names::ADD_TO_CART),
    ("added to cart", names::ADD_TO_CART),
    ("product removed", names::REMOVE_FROM_CART),
    ("product removed from cart", names::REMOVE_FROM_CART),
    ("removed from cart", names::REMOVE_FROM_CART),
    ("cart viewed", names::VIEW_CART),
    ("viewed cart", names::VIEW_CART),
    ("cart updated", names::CART_UPDATE),
    ("checkout started", names::BEGIN_CHECKOUT),
    ("started checkout", names::BEGIN_CHECKOUT),
    ("checkout begun", names::BEGIN_CHECKOUT),
    ("shipping info entered", names::ADD_SHIPPING_INFO),
    ("payment info entered", names::ADD_PAYMENT_INFO),
    ("order completed", names::PURCHASE),
    ("completed order", names::PURCHASE),
    ("order placed", names::PURCHASE),
    ("placed order", names::PURCHASE),
    ("purchased", names::PURCHASE),
    ("purchase completed", names::PURCHASE),
    ("order updated", names::ORDER_UPDATE),
    ("order cancelled", names::ORDER_STATUS),
    ("order canceled", names::ORDER_STATUS),
    ("order refunded", names::REFUND),
    ("refunded", names::REFUND),
    ("promotion viewed", names::VIEW_PROMOTION),
    ("promotion clicked", names::SELECT_PROMOTION),
    ("products searched", names::SEARCH),
    ("searched", names::SEARCH),
    ("signed up", names::SIGN_UP),
    ("signed in", names::LOGIN),
    ("logged in", names::LOGIN),
    ("$identify", names::IDENTIFY),
    ("$create alias", names::IDENTIFY),
];

/// Members of an order, and what shops call them; the first that is there counts.
const ORDER: &[(&str, &[&str])] = &[
    ("transaction_id", &["transaction id", "order id", "order number"]),
    ("value", &["total", "order total", "total price", "amount", "value", "revenue"]),
    ("subtotal", &["subtotal"]),
    ("tax", &["tax", "taxes"]),
    ("shipping", &["shipping", "shipping cost", "shipping price"]),
    ("fees", &["fees"]),
    ("discount", &["discount", "discount amount", "total discount"]),
    ("coupon", &["coupon", "coupon code"]),
    ("payment_method", &["payment method"]),
    ("shipping_method", &["shipping method"]),
    ("status", &["status", "order status"]),
];
const REFUND: &[(&str, &[&str])] = &[
    ("transaction_id", &["transaction id", "order id", "order number"]),
    ("refund_id", &["refund id"]),
    ("amount", &["refund amount", "amount", "total", "value", "revenue"]),
    ("tax", &["tax"]),
    ("shipping", &["shipping"]),
    ("reason", &["reason", "refund reason"]),
];
const CART: &[(&str, &[&str])] = &[
    ("value", &["cart total", "cart value", "total", "value"]),
    ("coupon", &["coupon", "coupon code"]),
    ("checkout_step", &["step", "checkout step"]),
];
const SEARCH: &[(&str, &[&str])] = &[
    ("search_term", &["search term", "query", "search query", "term", "keyword"]),
    ("results", &["results", "results count", "number of results"]),
];
const PROMOTION: &[(&str, &[&str])] = &[
    ("promotion_id", &["promotion id"]),
    ("promotion_name", &["promotion name"]),
    ("creative_name", &["creative", "creative name"]),
];
const LIST: &[(&str, &[&str])] = &[("item_list_id", &["list id"]), ("item_list_name", &["list name", "list"])];
const STATED: &[&str] = &["sku", "product id", "item id", "product sku", "product name", "item name"];
const ITEM: &[(&str, &[&str])] = &[
    ("item_id", &["item id", "sku", "product sku", "product id", "id"]),
    ("item_name", &["item name", "product name", "name", "title"]),
    ("item_brand", &["brand", "item brand"]),
    ("item_variant", &["variant", "product variant", "item variant"]),
    ("item_category", &["category", "product category", "item category"]),
    ("price", &["price", "unit price", "product price"]),
    ("quantity", &["quantity", "qty"]),
];
/// What only an item of a list calls so; beside an order it means the order's.
const ITEM_OF_LIST: &[(&str, &[&str])] =
    &[("discount", &["discount"]), ("coupon", &["coupon"]), ("index", &["position", "index"])];

/// Returns our name for an event, `None` if it is one of the shop's own.
pub(super) fn native_name(called: &str) -> Option<&'static str> {
    let words = words(called);
    let ours = words.replace(' ', "_");
    let listed = NAMES.iter().find(|(known, _)| *known == words).map(|(_, name)| *name);
    listed.or_else(|| wire::native_name(&ours))
}

/// Returns `text` in small words: `Order ID`, `orderId` and `order_id` are `order id`.
fn words(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 4);
    let mut before = ' ';
    for character in text.trim().chars() {
        let is_gap = matches!(character, ' ' | '_' | '-');
        if (is_gap || (character.is_uppercase() && before.is_lowercase())) && !out.ends_with(' ') {
            out.push(' ');
        }
        if !is_gap {
            out.extend(character.to_lowercase());
        }
        before = character;
    }
    out.trim_end().to_owned()
}

/// The properties of an event, taken one by one; those that nobody takes are kept as they are.
pub(super) struct Said(Vec<(String, String, Value)>);

impl Said {
    /// Returns `properties` by their small words.
    pub(super) fn new(properties: Object) -> Self {
        let told = properties.into_iter().filter(|(_, value)| !value.is_null());
        Self(told.map(|(name, value)| (words(&name), name, value)).collect())
    }

    fn take(&mut self, called: &[&str]) -> Option<Value> {
        self.take_if(called, |_| true)
    }

    fn take_if(&mut self, called: &[&str], is_meant: impl Fn(&Value) -> bool) -> Option<Value> {
        let place = |name: &&str| self.0.iter().position(|(known, _, value)| known == name && is_meant(value));
        let at = called.iter().find_map(place)?;
        Some(self.0.remove(at).2)
    }

    fn take_all(&mut self, members: &[(&str, &[&str])], told: &mut Object) {
        for (ours, theirs) in members {
            put(told, ours, self.take(theirs));
        }
    }

    fn has(&self, called: &[&str]) -> bool {
        self.0.iter().any(|(known, _, _)| called.contains(&known.as_str()))
    }

    /// Takes the campaign that the sender remembers.
    pub(super) fn attribution(&mut self) -> Option<Value> {
        let mut source = Object::new();
        for name in ["source", "medium", "campaign", "term", "content"] {
            put(&mut source, name, self.take(&[&format!("utm {name}")]));
        }
        (!source.is_empty()).then(|| source.into())
    }

    /// Returns what nobody took.
    pub(super) fn rest(self) -> Object {
        self.0.into_iter().map(|(_, name, value)| (name, value)).collect()
    }
}

/// Tells the event of our `name`, which the shop `called` so, out of what it `said`.
pub(super) fn tell(name: &str, called: &str, said: &mut Said, told: &mut Object) {
    let is_order = matches!(name, names::PURCHASE | names::ORDER_UPDATE | names::ORDER_STATUS);
    match name {
        names::REFUND => {
            said.take_all(REFUND, told);
            // Without a number of its own a refund is known by its event.
            if let (false, Some(id)) = (told.contains_key("refund_id"), told.get("id").cloned()) {
                told.insert("refund_id".to_owned(), id);
            }
        }
        _ if is_order => said.take_all(ORDER, told),
        names::CART_UPDATE | names::BEGIN_CHECKOUT => said.take_all(CART, told),
        names::ADD_SHIPPING_INFO | names::ADD_PAYMENT_INFO => said.take_all(&CART[1..], told),
        names::SEARCH => said.take_all(SEARCH, told),
        names::VIEW_PROMOTION | names::SELECT_PROMOTION => said.take_all(PROMOTION, told),
        names::VIEW_ITEM_LIST | names::SELECT_ITEM => said.take_all(LIST, told),
        names::GOAL => said.take_all(&[("goal", &["goal", "goal id"]), ("value", &["value"])], told),
        _ if !takes_items(name) => return,
        _ => {}
    }
    if words(called).starts_with("order cancel") {
        told.insert("status".to_owned(), "cancelled".into());
    }
    if is_order || takes_items(name) {
        put(told, "currency", said.take(&["currency", "currency code"]));
        put(told, "cart_id", said.take(&["cart id"]));
        put(told, "items", items(said));
    }
}

fn takes_items(name: &str) -> bool {
    matches!(
        name,
        names::VIEW_ITEM
            | names::VIEW_ITEM_LIST
            | names::SELECT_ITEM
            | names::ADD_TO_CART
            | names::REMOVE_FROM_CART
            | names::VIEW_CART
            | names::CART_UPDATE
            | names::BEGIN_CHECKOUT
            | names::ADD_SHIPPING_INFO
            | names::ADD_PAYMENT_INFO
            | names::REFUND
            | names::VIEW_PROMOTION
            | names::SELECT_PROMOTION
    )
}

/// Returns the items: those of the list, else the one product that the event itself describes.
fn items(said: &mut Said) -> Option<Value> {
    let is_list = |value: &Value| match value {
        Value::String(text) => text.trim_start().starts_with('['),
        other => other.is_array() || other.is_object(),
    };
    // A mere number or text of products is no list of them, and stays a property.
    if let Some(list) = said.take_if(&["products", "items", "line items"], is_list) {
        return match list {
            // What was cut off is refused by the native reader, with its reason: half an order is none.
            Value::String(text) => Some(wire::json(&text).map_or(Value::String(text), listed)),
            other => Some(listed(other)),
        };
    }
    if !said.has(STATED) {
        return None;
    }
    let mut item = Object::new();
    said.take_all(ITEM, &mut item);
    Some(json!([item]))
}

fn listed(list: Value) -> Value {
    match list {
        Value::Array(list) => list.into_iter().map(item).collect(),
        other => json!([item(other)]),
    }
}

fn item(product: Value) -> Value {
    match product {
        Value::Object(product) => {
            let (mut said, mut item) = (Said::new(product), Object::new());
            said.take_all(ITEM, &mut item);
            said.take_all(ITEM_OF_LIST, &mut item);
            for (name, value) in said.rest() {
                item.entry(name).or_insert(value);
            }
            item.into()
        }
        // A list of SKUs.
        other => scalar(&other).map_or(other, |sku| json!({"item_id": sku})),
    }
}
