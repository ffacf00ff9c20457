//! A hit as JSON: what an event said, and the marks that it got on the way.

use super::cells::{dialect_name, origin_name, trust_name};
use super::statements::{SentItem, SentOrder, SentRefund, item, order_statement, refund_statement};
use commerce::Facts;
use commerce::hit::{CartStatement, Person, flags};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// What a hit said, without anything that points to a person.
#[derive(Serialize, JsonSchema)]
pub(super) struct SentFacts {
    event_id: String,
    received_at: String,
    url: Option<String>,
    referrer: Option<String>,
    country: Option<String>,
    items: Vec<SentItem>,
    order: Option<SentOrder>,
    refund: Option<SentRefund>,
    cart: Option<SentCart>,
    /// Number of the goal that it says was reached.
    goal: Option<u32>,
    search: Option<SentSearch>,
    /// What else was sent, by name.
    properties: Option<Value>,
}

/// What a hit said of a cart.
#[derive(Serialize, JsonSchema)]
struct SentCart {
    value: Option<String>,
    currency: Option<String>,
    coupon: Option<String>,
    checkout_step: Option<String>,
}

/// What a hit said of a search.
#[derive(Serialize, JsonSchema)]
struct SentSearch {
    term: String,
    results: Option<u32>,
}

/// How a hit is read: when, from whom, with which marks, and what it said.
#[derive(Serialize, JsonSchema)]
pub(super) struct Reading {
    #[serde(flatten)]
    facts: SentFacts,
    name: String,
    occurred_at: String,
    dialect: &'static str,
    origin: &'static str,
    trust: &'static str,
    cart_id: Option<String>,
    visitor_id: Option<String>,
    visit_id: Option<String>,
    user_id: Option<String>,
    email_hash: Option<String>,
    marks: Vec<HitMark>,
}

/// A mark of a hit.
#[derive(Serialize, JsonSchema)]
struct HitMark {
    mark: &'static str,
    /// What it means for the sender.
    meaning: &'static str,
}

/// Returns what a hit said, without anything that points to a person.
pub(super) fn facts(facts: &Facts) -> SentFacts {
    SentFacts {
        event_id: facts.event_id.to_string(),
        received_at: facts.received_at.to_string(),
        url: facts.page.as_ref().and_then(|page| page.url.clone()),
        referrer: facts.page.as_ref().and_then(|page| page.referrer.clone()),
        country: facts.place.as_ref().and_then(|place| place.country.clone()),
        items: facts.items.iter().flatten().map(item).collect(),
        order: facts.order.as_ref().map(order_statement),
        refund: facts.refund.as_ref().map(refund_statement),
        cart: facts.cart.as_ref().map(cart),
        goal: facts.goal.as_ref().map(|goal| goal.goal),
        search: facts.search.as_ref().map(|s| SentSearch { term: s.term.clone(), results: s.results }),
        properties: facts.properties.as_deref().and_then(|text| serde_json::from_str(text).ok()),
    }
}

/// Returns how a hit is read: when, from whom, with which marks, and what it said.
pub(super) fn reading(hit: &Facts, person: &Person) -> Reading {
    Reading {
        facts: facts(hit),
        name: hit.name.clone(),
        occurred_at: hit.occurred_at.to_string(),
        dialect: dialect_name(hit.dialect),
        origin: origin_name(hit.origin),
        trust: trust_name(hit.trust),
        cart_id: hit.cart_id.clone(),
        visitor_id: person.visitor_id.clone(),
        visit_id: person.visit_id.clone(),
        user_id: person.user_id.clone(),
        email_hash: person.email_hash.clone(),
        marks: marks(hit.flags.unwrap_or(0)),
    }
}

fn cart(cart: &CartStatement) -> SentCart {
    SentCart {
        value: cart.value.map(|value| value.to_string()),
        currency: cart.currency.map(|currency| currency.code().to_owned()),
        coupon: cart.coupon.clone(),
        checkout_step: cart.checkout_step.clone(),
    }
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

fn marks(set: u32) -> Vec<HitMark> {
    let marks = MARKS.iter().filter(|(mark, _, _)| set & mark != 0);
    marks.map(|(_, mark, meaning)| HitMark { mark, meaning }).collect()
}
