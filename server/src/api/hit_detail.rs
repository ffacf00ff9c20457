//! A hit as JSON: what an event said, and the marks that it got on the way.

use super::cells::{dialect_name, origin_name, trust_name};
use super::order_detail::{item, order_statement, refund_statement};
use commerce::Facts;
use commerce::hit::{CartStatement, Person, flags};
use serde_json::{Value, json};

/// Returns what a hit said, without anything that points to a person.
pub(super) fn facts(facts: &Facts) -> Value {
    let properties = facts.properties.as_deref().and_then(|text| serde_json::from_str::<Value>(text).ok());
    json!({
        "event_id": facts.event_id.to_string(),
        "received_at": facts.received_at.to_string(),
        "url": facts.page.as_ref().and_then(|p| p.url.as_deref()),
        "referrer": facts.page.as_ref().and_then(|p| p.referrer.as_deref()),
        "country": facts.place.as_ref().and_then(|p| p.country.as_deref()),
        "items": facts.items.iter().flatten().map(item).collect::<Vec<_>>(),
        "order": facts.order.as_ref().map(order_statement),
        "refund": facts.refund.as_ref().map(refund_statement),
        "cart": facts.cart.as_ref().map(cart),
        "goal": facts.goal.as_ref().map(|g| g.goal),
        "search": facts.search.as_ref().map(|s| json!({ "term": s.term, "results": s.results })),
        "properties": properties,
    })
}

/// Returns how a hit is read: when, from whom, with which marks, and what it said.
pub(super) fn reading(hit: &Facts, person: &Person) -> Value {
    let mut shown = facts(hit);
    let beside = json!({
        "name": hit.name,
        "occurred_at": hit.occurred_at.to_string(),
        "dialect": dialect_name(hit.dialect),
        "origin": origin_name(hit.origin),
        "trust": trust_name(hit.trust),
        "cart_id": hit.cart_id,
        "visitor_id": person.visitor_id,
        "visit_id": person.visit_id,
        "user_id": person.user_id,
        "email_hash": person.email_hash,
        "marks": marks(hit.flags.unwrap_or(0)),
    });
    if let (Value::Object(shown), Value::Object(beside)) = (&mut shown, beside) {
        shown.extend(beside);
    }
    shown
}

fn cart(cart: &CartStatement) -> Value {
    json!({
        "value": cart.value.map(|v| v.to_string()),
        "currency": cart.currency.map(|c| c.code().to_owned()),
        "coupon": cart.coupon,
        "checkout_step": cart.checkout_step,
    })
}

/// Marks of a hit, each with what it means for the sender.
const MARKS: &[(u32, &str, &str)] = &[
    (flags::TRUNCATED, "truncated", "a text was cut to its limit"),
    (flags::ROUNDED, "rounded", "a number had more decimals than are kept"),
    (flags::CLAMPED_FUTURE, "clamped_future", "its time lay more than a day ahead and was cut back"),
    (flags::BACKDATED, "backdated", "it is dated further back than its sender may date; it is kept"),
    (flags::NEW_VISIT, "new_visit", "it asks for a new visit"),
    (flags::COUNT_BOTS, "count_bots", "it asks to count bots"),
    (flags::FORCED_VISITOR, "forced_visitor", "its visitor id is certain"),
    (flags::VALUE_DROPPED, "value_dropped", "a value was not understood and was left out"),
    (flags::SCRUBBED, "scrubbed", "a card number or secret was taken out"),
    (flags::PLACEHOLDER_ID, "placeholder_id", "an id was a placeholder such as `undefined` and is not taken as one"),
    (flags::NO_EVENT_ID, "no_event_id", "it has no `id`: sent again, it would be another event"),
    (flags::BAD_SIGNATURE, "bad_signature", "its signature is not the site's or has expired: the order is unverified"),
];

fn marks(set: u32) -> Vec<Value> {
    let marks = MARKS.iter().filter(|(mark, _, _)| set & mark != 0);
    marks.map(|(_, name, meaning)| json!({ "mark": name, "meaning": meaning })).collect()
}
