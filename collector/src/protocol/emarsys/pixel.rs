//! The image of the classic tracking: a cart on the page before buying, an order on the page after it.
//!
//! Both say `ems_action=purchase`; only an order has an order number.

use super::params::Params;
use crate::person::hex;
use commerce::hit::names;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// Parameters that have a place of their own; the others are properties.
const KNOWN: &[&str] = &[
    "ems_customer",
    "ems_visitor",
    "ems_session",
    "ems_action",
    "ems_page",
    "order",
    "total",
    "tax",
    "shipping",
    "code",
    "category",
    "productname",
    // So it stands in the Spanish manual.
    "poductname",
    "price",
    "quantity",
];

/// Returns the native event that an image becomes; `referer` is the page that shows it.
pub(super) fn event(params: &Params, referer: &str) -> Value {
    let order = params.get("order");
    let is_page = params.get("ems_action") != Some("purchase") && order.is_none() && !params.has("code");
    let mut event = Map::new();
    let mut put = |name: &str, value: Option<Value>| event.extend(value.map(|value| (name.to_owned(), value)));
    let text = |name: &str| params.get(name).map(|value| json!(value));
    put("visitor_id", text("ems_visitor"));
    put("visit_id", text("ems_session"));
    put("page", page(params.get("ems_page"), referer));
    if is_page {
        put("name", Some(json!(names::PAGE_VIEW)));
    } else {
        let items = items(params);
        let name = match order {
            Some(_) => names::PURCHASE,
            // A cart without products would be an emptied one; here they are only not told.
            None if items.is_empty() => names::BEGIN_CHECKOUT,
            None => names::CART_UPDATE,
        };
        put("name", Some(json!(name)));
        put("checkout_step", order.is_none().then(|| json!("order_confirmation")));
        put("transaction_id", text("order"));
        put("value", text("total"));
        put("items", (!items.is_empty()).then(|| json!(items)));
        put("attribution", params.get("ems_campaign").map(attribution));
    }
    if order.is_some() {
        put("tax", text("tax"));
        put("shipping", text("shipping"));
        put("id", Some(json!(id(params))));
    }
    let properties: Map<String, Value> =
        params.others(KNOWN).map(|(name, value)| (name.to_owned(), json!(value))).collect();
    put("properties", (!properties.is_empty()).then_some(Value::Object(properties)));
    Value::Object(event)
}

fn page(path: Option<&str>, referer: &str) -> Option<Value> {
    let joined = path.and_then(|path| url::Url::parse(referer).ok()?.join(path).ok()).map(String::from);
    let url = joined.or_else(|| (!referer.is_empty()).then(|| referer.to_owned()))?;
    Some(json!({"url": url}))
}

/// Returns where the order comes from: the mailing whose link was clicked last, known by its token.
fn attribution(token: &str) -> Value {
    json!({"source": "emarsys", "medium": "email", "campaign": token})
}

/// Returns the products: columns that are read side by side. A column may be missing, and so may a value in it.
fn items(params: &Params) -> Vec<Value> {
    let column = |names: &[&str]| -> Vec<String> {
        let found = names.iter().find(|name| params.has(name));
        found.map_or_else(Vec::new, |name| params.all(name).map(|value| value.trim().to_owned()).collect())
    };
    let columns = [
        ("item_id", column(&["code"])),
        ("item_category", column(&["category"])),
        ("item_name", column(&["productname", "poductname"])),
        // The price of a piece, unlike ScarabQueue's.
        ("price", column(&["price"])),
        ("quantity", column(&["quantity"])),
    ];
    let rows = columns.iter().map(|(_, values)| values.len()).max().unwrap_or(0);
    let item = |row: usize| {
        let cells = columns.iter().filter_map(|(name, values)| {
            let value = values.get(row).filter(|value| !value.is_empty())?;
            Some(((*name).to_owned(), json!(value)))
        });
        Value::Object(cells.collect())
    };
    (0..rows).map(item).collect()
}

/// Returns the id of an order's statement: all it says, so that a page that is loaded again says nothing new.
fn id(params: &Params) -> String {
    let mut said: Vec<String> = params.others(&[]).map(|(name, value)| format!("{name}={value}")).collect();
    said.sort();
    format!("emarsys:{}", hex(&Sha256::digest(said.join("&").as_bytes())))
}
