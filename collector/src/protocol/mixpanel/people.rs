//! Profiles of people: who a device belongs to, and the e-mail address.
//!
//! `people.track_charge` (`$append` to `$transactions`) is no order. It is a note on a profile: it has no order id of its
//! own, it may be sent again without anything to tell it by, and shops send it beside the event of the same order, so
//! that booking it would count that order twice.

use super::super::wire::put;
use super::event::{self, Fault};
use commerce::hit::names;
use serde_json::{Map, Value};

/// What a profile may say of a person that no figure needs.
const PERSONAL: &[&str] = &["$name", "$first_name", "$last_name", "$phone", "$avatar"];

/// Returns the native event that an update of a profile says, `None` if it says nothing that is kept.
///
/// # Errors
/// [`Fault`] if it is no object.
pub(super) fn tell(item: &Value) -> Result<Option<Value>, Fault> {
    let profile = item.as_object().ok_or(event::MALFORMED)?;
    let set = |name: &str| profile.get(name).and_then(Value::as_object);
    let stated: Vec<(&String, &Value)> =
        [set("$set"), set("$set_once")].into_iter().flatten().flatten().filter(|(_, value)| !value.is_null()).collect();
    let email = ["$email", "email"].iter().find_map(|name| stated.iter().find(|(known, _)| known == name));
    let (visitor, user) = event::person(profile, "$distinct_id");
    if stated.is_empty() || (user.is_none() && email.is_none()) {
        return Ok(None);
    }
    let mut told = Map::new();
    put(&mut told, "name", Some(names::IDENTIFY));
    // The same update twice says the same once.
    put(&mut told, "id", Some(format!("mixpanel:engage:{item}")));
    put(&mut told, "visitor_id", visitor);
    put(&mut told, "user_id", user);
    put(&mut told, "email", email.map(|(_, value)| (*value).clone()));
    let is_left_out = |name: &str| ["$email", "email"].contains(&name) || PERSONAL.contains(&name);
    let properties: Map<String, Value> =
        stated.iter().rev().filter(|(name, _)| !is_left_out(name)).map(|(n, v)| ((*n).clone(), (*v).clone())).collect();
    put(&mut told, "properties", (!properties.is_empty()).then_some(properties));
    Ok(Some(told.into()))
}
