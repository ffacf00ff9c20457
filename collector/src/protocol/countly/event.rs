//! One event of Countly's: a name of the shop's own with its segmentation, a view, or a native event whose members stand
//! in the segmentation.

use super::super::wire::{self, put, scalar};
use super::request::{Fault, Frame, Told};
use commerce::hit::names;
use serde_json::{Map, Value, json};

type Object = Map<String, Value>;

/// What an item is told by where the segmentation is flat.
const ITEM: &[&str] = &["item_id", "item_name", "item_brand", "item_variant", "item_category", "price", "quantity"];

/// Returns the native event that `item`, the one at `index`, says.
pub(super) fn tell(item: &Value, index: usize, frame: &Frame<'_>) -> Told {
    let fault = |reason, hint| Fault { reason, hint, payload: item.to_string() };
    let event = item.as_object().ok_or_else(|| fault("event.malformed", "Send each event as an object."))?;
    let key = event.get("key").and_then(scalar).filter(|key| !key.trim().is_empty());
    let key = key.ok_or_else(|| fault("event.name_missing", "Name the event in `key`."))?;
    let segmentation = match event.get("segmentation") {
        Some(Value::Object(members)) => members.clone(),
        None | Some(Value::Null) => Object::new(),
        Some(_) => return Err(fault("event.malformed", "Send `segmentation` as an object.")),
    };
    let mut told = Object::new();
    let name = if key == "[CLY]_view" {
        view(segmentation, event, &mut told)
    } else if let Some(name) = wire::native_name(key.trim()) {
        native(name, segmentation, event, &mut told);
        name
    } else {
        own(segmentation, event, &mut told);
        key.trim()
    };
    let at = event.get("timestamp").and_then(scalar);
    put(&mut told, "occurred_at", at.as_deref().map(wire::time));
    // Newer libraries number their events; older ones are known by their moment and place in the request.
    let id = event.get("id").and_then(scalar).filter(|id| !id.is_empty());
    put(&mut told, "id", id.map(|id| format!("countly:{}:{id}", frame.device)));
    Ok(frame.around(name, &format!("{index}:{key}:{}", at.unwrap_or_default()), told))
}

/// A page or screen that is opened; what is told when it is left extends the visit.
fn view(mut segmentation: Object, event: &Object, told: &mut Object) -> &'static str {
    let is_opened = segmentation.remove("visit").is_some_and(|visit| scalar(&visit).as_deref() == Some("1"));
    if !is_opened {
        return names::PING;
    }
    let title = segmentation.remove("name").and_then(|name| scalar(&name));
    let domain = segmentation.remove("domain").and_then(|domain| scalar(&domain));
    let url = match (title.as_deref(), domain) {
        (Some(name), _) if name.starts_with("https://") || name.starts_with("http://") => Some(name.to_owned()),
        (Some(name), Some(domain)) if name.starts_with('/') => Some(format!("https://{domain}{name}")),
        _ => None,
    };
    told.insert("page".to_owned(), json!({"url": url, "title": title}));
    for name in ["start", "exit", "bounce"] {
        segmentation.remove(name);
    }
    own(
        segmentation,
        &event.iter().filter(|(name, _)| *name == "dur").map(|(n, v)| (n.clone(), v.clone())).collect(),
        told,
    );
    names::PAGE_VIEW
}

/// An event that has the name of one of ours: its members stand in the segmentation, lists as JSON text or as lists.
fn native(name: &str, mut segmentation: Object, event: &Object, told: &mut Object) {
    for list in ["items", "aliases", "coupons"] {
        if let Some(Value::String(text)) = segmentation.get(list)
            && let Some(value @ Value::Array(_)) = wire::json(text)
        {
            segmentation.insert(list.to_owned(), value);
        }
    }
    let number = |name: &str| event.get(name).filter(|value| !value.is_null()).cloned();
    match name {
        names::PURCHASE | names::ORDER_UPDATE => default(&mut segmentation, "value", number("sum")),
        names::REFUND => default(&mut segmentation, "amount", number("sum")),
        _ => {}
    }
    if !segmentation.contains_key("items") && segmentation.contains_key("item_id") {
        let told: Object =
            ITEM.iter().filter_map(|name| Some(((*name).to_owned(), segmentation.remove(*name)?))).collect();
        let mut item = told;
        default(&mut item, "quantity", number("count"));
        segmentation.insert("items".to_owned(), json!([item]));
    }
    // Who, when and under which id is not the segmentation's to say.
    for name in ["id", "name", "occurred_at", "visitor_id", "visit_id", "origin", "ip", "user_agent"] {
        segmentation.remove(name);
    }
    told.extend(segmentation);
}

fn default(object: &mut Object, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        object.entry(name).or_insert(value);
    }
}

/// An event of the shop's own: everything it says is a property.
fn own(mut segmentation: Object, event: &Object, told: &mut Object) {
    for name in ["count", "sum", "dur"] {
        default(&mut segmentation, name, event.get(name).cloned());
    }
    put(told, "properties", (!segmentation.is_empty()).then_some(segmentation));
}
