//! Self-describing JSON: `{"schema":"iglu:vendor/name/jsonschema/1-0-0","data":{...}}`, as event and as context.

use super::super::wire::{self, Fields};
use serde_json::{Map, Value};

/// Most entities of an event that are looked at.
const ENTITIES_MAX: usize = 400;

/// Something said in a named schema.
#[derive(Clone, Debug)]
pub(super) struct Entity {
    /// Who wrote the schema.
    pub(super) vendor: String,
    /// What it is called, whatever its version.
    pub(super) name: String,
    /// What it says.
    pub(super) data: Map<String, Value>,
}

/// Returns the self-describing event of a payload.
pub(super) fn event(fields: &Fields) -> Option<Entity> {
    let value = either(fields, "ue_pr", "ue_px")?;
    let is_wrapped = schema(&value).is_some_and(|(_, name)| name == "unstruct_event");
    if is_wrapped { read(value.get("data")?) } else { read(&value) }
}

/// Returns the contexts of a payload, `None` if they cannot be read.
pub(super) fn contexts(fields: &Fields) -> Option<Vec<Entity>> {
    if fields.get("co").or_else(|| fields.get("cx")).is_none() {
        return Some(Vec::new());
    }
    let value = either(fields, "co", "cx")?;
    let list = value.get("data")?.as_array()?;
    Some(list.iter().filter_map(read).take(ENTITIES_MAX).collect())
}

fn either(fields: &Fields, plain: &str, encoded: &str) -> Option<Value> {
    match fields.get(plain) {
        Some(text) => wire::json(text),
        None => wire::json(&String::from_utf8_lossy(&wire::base64(fields.get(encoded)?)?)),
    }
}

fn read(value: &Value) -> Option<Entity> {
    let (vendor, name) = schema(value)?;
    let data = value.get("data").and_then(Value::as_object).cloned().unwrap_or_default();
    Some(Entity { vendor: vendor.to_owned(), name: name.to_owned(), data })
}

/// Returns vendor and name of the schema.
fn schema(value: &Value) -> Option<(&str, &str)> {
    let mut parts = value.get("schema")?.as_str()?.trim().trim_start_matches("iglu:").split('/');
    let (vendor, name) = (parts.next()?, parts.next()?);
    (!vendor.is_empty() && !name.is_empty()).then_some((vendor, name))
}
