//! Refunds: each by its own id where Stripe lists it, else what a charge has given back more than before.
//!
//! A charge only says how much was given back in all. Whoever takes that for a refund counts the first one twice as soon
//! as there is a second.

use super::Said;
use super::money::Minor;
use crate::protocol::webhooks::Told;
use crate::protocol::webhooks::event::Event;
use crate::protocol::webhooks::value::{first, instant_unix, list, text};
use commerce::hit::names;
use commerce::money::Amount;
use serde_json::Value;

/// Returns the refunds that a charge tells of.
pub(super) fn of_charge(said: &Said<'_>) -> Told {
    let listed = list(said.object, "/refunds/data");
    if !listed.is_empty() {
        return Told::of(listed.iter().filter_map(|refund| of_refund(said, refund)).collect());
    }
    let minor = said.minor();
    let (all, before) = (minor.amount(said.object, "/amount_refunded"), minor.amount(said.before, "/amount_refunded"));
    let (Some(all), Some(before)) = (all, before) else {
        return Told::Quarantined(
            "refund.difference_unknown",
            "the charge only says what was given back in all: let the endpoint listen to refund.created, too",
        );
    };
    let given = Amount(all.0.saturating_sub(before.0));
    if given <= Amount::ZERO {
        return Told::of(Vec::new());
    }
    // No refund id on purpose: where refund.created tells the same money under its id, the two are one.
    let mut event = Event::new(&said.id, names::REFUND, said.at);
    said.set_order_ids(&mut event);
    event.set("amount", Some(given.to_string()));
    event.set("currency", text(said.object, "/currency"));
    Told::of(vec![event.finish()])
}

/// Returns a refund; `None` if its money is not on its way: it is still pending, has failed, or was called off.
pub(super) fn of_refund(said: &Said<'_>, refund: &Value) -> Option<Value> {
    let is_done = text(refund, "/status").is_none_or(|status| status == "succeeded");
    let id = text(refund, "/id").filter(|_| is_done)?;
    let minor = Minor::of(text(refund, "/currency").as_deref());
    // Whether a charge lists it or an event of its own tells of it, it is the same event.
    let at = instant_unix(refund, "/created").unwrap_or(said.at);
    let mut event = Event::new(&format!("stripe:refund:{id}"), names::REFUND, at);
    let payment = first(refund, &["/payment_intent/id", "/payment_intent"]);
    let charge = first(refund, &["/charge/id", "/charge"]);
    let mut ids = payment.into_iter().chain(charge).map(|id| format!("stripe:{id}"));
    match ids.next() {
        Some(order) => {
            event.set("transaction_id", Some(order));
            event.set_list("aliases", ids.map(Value::from).collect());
        }
        None => said.set_order_ids(&mut event),
    }
    event.set("refund_id", Some(id));
    event.set("amount", minor.text(refund, "/amount"));
    event.set("currency", text(refund, "/currency"));
    event.set("reason", text(refund, "/reason"));
    Some(event.finish())
}
