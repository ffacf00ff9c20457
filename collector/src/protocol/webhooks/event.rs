//! A native event in the making, and the ids of a visitor that a shop stored with its order.

use super::super::foreign::campaign::of_landing_page;
use commerce::time::Timestamp;
use serde_json::{Map, Value, json};

/// Most visitor ids and other extras that are looked at.
const NAMED_MAX: usize = 250;

/// A native event in the making. What is not known is left out.
#[derive(Clone, Debug, Default)]
pub(super) struct Event(Map<String, Value>);

impl Event {
    /// Returns an event with its id, its name and when it happened.
    pub(super) fn new(id: &str, name: &str, at: Timestamp) -> Self {
        let mut event = Self::default();
        event.set("id", Some(id));
        event.set("name", Some(name));
        event.set("occurred_at", Some(at.to_string()));
        event
    }

    /// Sets a member, unless there is nothing to set.
    pub(super) fn set(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value.into());
        }
    }

    /// Sets a member, unless it is there already.
    pub(super) fn set_first(&mut self, name: &str, value: impl Into<Value>) {
        self.0.entry(name).or_insert_with(|| value.into());
    }

    /// Sets a list, unless it is empty.
    pub(super) fn set_list(&mut self, name: &str, list: Vec<Value>) {
        self.set(name, (!list.is_empty()).then_some(list));
    }

    /// Sets the visitor, the visit and the cart that the shop's page stored with the order, each under the name of the
    /// cookie that it came from; of several the first counts.
    pub(super) fn set_stored_ids<'a>(&mut self, named: impl Iterator<Item = (&'a str, String)>) {
        for (name, value) in named.take(NAMED_MAX) {
            let cookie = || json!({"cookie": name, "value": value});
            match name {
                "visitor_id" => self.set_first("visitor_id", value.as_str()),
                "visit_id" => self.set_first("visit_id", value.as_str()),
                "cart_id" => self.set_first("cart_id", value.as_str()),
                "_ga" | "ahoy_visitor" => self.set_first("visitor_id", cookie()),
                "ahoy_visit" => self.set_first("visit_id", cookie()),
                _ if name.starts_with("_pk_id") => self.set_first("visitor_id", cookie()),
                _ if name.starts_with("_ga_") => self.set_first("visit_id", cookie()),
                _ if name.starts_with("_hp2_id") || name.starts_with("_sp_id") => {
                    self.set_first("visitor_id", cookie());
                    self.set_first("visit_id", cookie());
                }
                _ => {}
            }
        }
    }

    /// Returns the event's member `name`.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Returns the event as JSON.
    pub(super) fn finish(self) -> Value {
        Value::Object(self.0)
    }
}

/// Returns what of the source of an order can be read from its landing page: the page, the referrer and the campaign.
pub(super) fn attribution(landing_page: Option<&str>, referrer: Option<&str>) -> Event {
    Event(of_landing_page(landing_page, referrer))
}
