//! One event: its envelope, and the payload that its name calls for.
//!
//! What the envelope does not know is offered to the payload of the event's kind, and what that does not know becomes a
//! property, so that nothing a shop sends is lost.

use super::Sender;
use super::cookie::{self, Wanted};
use super::envelope::{Envelope, Rest};
use super::fault::Fault;
use super::item;
use super::json::{members, scalar};
use super::payload;
use super::properties::Properties;
use super::trade;
use super::value::{Marks, id, text, time};
use crate::limits::{EVENT_BYTES_MAX, FUTURE_S_MAX};
use commerce::hit::{Consent, Dialect, Facts, Hit, Item, Origin, Page, Person, flags, names};
use commerce::ids::EventId;
use commerce::time::Timestamp;
use std::net::IpAddr;

const DAY_S: i64 = 86_400;

/// Reads one event. The second value is the visitor's address, where a server states it.
///
/// # Errors
/// [`Fault`] if the event cannot be understood and is to be quarantined.
pub(super) fn read(sender: &Sender<'_>, event: &str) -> Result<(Hit, Option<IpAddr>), Fault> {
    if event.len() > EVENT_BYTES_MAX {
        return Err(Fault::too_large());
    }
    let mut envelope = Envelope::read(event)?;
    let mut marks: Marks = 0;
    let name = envelope.name(&mut marks)?;
    let occurred_at = read_occurred_at(sender, envelope.occurred_at, &mut marks)?;
    let mut facts = Facts {
        site: sender.site.id,
        event_id: read_event_id(sender, envelope.id, &mut marks),
        received_at: sender.received_at,
        occurred_at,
        dialect: sender.dialect,
        origin: read_origin(sender, envelope.origin, &mut marks),
        trust: sender.trust,
        name,
        page: envelope.page.map(|page| read_page(page, &mut marks)).transpose()?.flatten(),
        campaign: None,
        attribution: envelope.attribution.and_then(|value| trade::read_attribution(value, &mut marks)),
        place: None,
        language: envelope.language.and_then(|value| text(value, &mut marks)),
        screen: envelope.screen.and_then(|value| text(value, &mut marks)),
        consent: envelope.consent.and_then(|value| read_consent(value, &mut marks)),
        items: envelope.items.map(|items| item::read_all(items, &mut marks)).transpose()?,
        order: None,
        refund: None,
        cart: None,
        goal: None,
        search: None,
        properties: None,
        flags: None,
        cart_id: envelope.cart_id.and_then(|value| id(value, &mut marks)),
    };
    let mut person = Person {
        visitor_id: envelope.visitor_id.and_then(|value| cookie::read(Wanted::Visitor, value, &mut marks)),
        visit_id: envelope.visit_id.and_then(|value| cookie::read(Wanted::Visit, value, &mut marks)),
        user_id: envelope.user_id.and_then(|value| id(value, &mut marks)),
        email: envelope.email.and_then(|value| text(value, &mut marks)),
        ..Person::default()
    };
    if facts.name != names::CART_UPDATE {
        // Only of a whole cart an empty list says something: that it was emptied.
        facts.items = facts.items.filter(|items| !items.is_empty());
    }
    payload::read(sender, &mut facts, &mut person, &mut envelope, &mut marks)?;
    check_age(sender, &mut facts, &mut marks)?;
    let claimed_ip = read_privileged(sender, &envelope, &mut person, &mut marks);
    share_list(&mut facts, &mut envelope.rest, &mut marks)?;
    facts.properties = read_properties(&envelope, &mut marks)?;
    facts.flags = (marks != 0).then_some(marks);
    Ok((Hit { facts, person }, claimed_ip))
}

fn read_event_id(sender: &Sender<'_>, value: Option<&str>, marks: &mut Marks) -> EventId {
    if let Some(text) = value.and_then(|value| id(value, marks)) {
        return EventId::from_text(&text);
    }
    *marks |= flags::NO_EVENT_ID;
    (sender.new_id)()
}

/// Returns when the event happened by our clock, at most a day after it arrived.
fn read_occurred_at(sender: &Sender<'_>, value: Option<&str>, marks: &mut Marks) -> Result<Timestamp, Fault> {
    let Some(value) = value else { return Ok(sender.received_at) };
    let stated = time("occurred_at", value)?;
    Ok(not_in_future(sender, Timestamp(stated.0.saturating_add(sender.skew_us)), marks))
}

fn not_in_future(sender: &Sender<'_>, at: Timestamp, marks: &mut Marks) -> Timestamp {
    let latest = sender.received_at.plus_seconds(FUTURE_S_MAX);
    if at > latest {
        *marks |= flags::CLAMPED_FUTURE;
    }
    at.min(latest)
}

/// Quarantines what is older than the sender may date it; what is said of an order is kept and marked.
fn check_age(sender: &Sender<'_>, facts: &mut Facts, marks: &mut Marks) -> Result<(), Fault> {
    if let Some(order) = &mut facts.order {
        order.placed_at = order.placed_at.map(|at| not_in_future(sender, at, marks));
    }
    if let Some(refund) = &mut facts.refund {
        refund.at = refund.at.map(|at| not_in_future(sender, at, marks));
    }
    let Some(days) = sender.backdate_days else { return Ok(()) };
    let oldest = sender.received_at.plus_seconds(-days.saturating_mul(DAY_S));
    let placed_at = facts.order.as_ref().and_then(|order| order.placed_at);
    let given_back_at = facts.refund.as_ref().and_then(|refund| refund.at);
    if [Some(facts.occurred_at), placed_at, given_back_at].into_iter().flatten().all(|at| at >= oldest) {
        return Ok(());
    }
    if facts.order.is_none() && facts.refund.is_none() {
        return Err(Fault::time_too_old());
    }
    *marks |= flags::BACKDATED;
    Ok(())
}

/// Returns the event's origin. A client may say that it is an app; that it is a shop platform, only with a token.
fn read_origin(sender: &Sender<'_>, value: Option<&str>, marks: &mut Marks) -> Origin {
    let Some(value) = value else { return sender.origin };
    match (scalar(value).as_deref(), sender.dialect, sender.origin) {
        (_, _, Origin::Import) => Origin::Import,
        (Some("app"), _, _) => Origin::App,
        (Some("platform"), Dialect::NativeServer, _) => Origin::Platform,
        (Some("browser"), Dialect::NativeBrowser, _) | (Some("server"), Dialect::NativeServer, _) => sender.origin,
        _ => {
            *marks |= flags::VALUE_DROPPED;
            sender.origin
        }
    }
}

fn read_consent(value: &str, marks: &mut Marks) -> Option<Consent> {
    match scalar(value).as_deref() {
        Some("none") => Some(Consent::None),
        Some("analytics") => Some(Consent::Analytics),
        Some("marketing") => Some(Consent::Marketing),
        _ => {
            *marks |= flags::VALUE_DROPPED;
            None
        }
    }
}

fn read_page(value: &str, marks: &mut Marks) -> Result<Option<Page>, Fault> {
    let mut page = Page::default();
    members(
        value,
        || Fault::wrong_type("page", "an object with url, title and referrer"),
        |key, value| {
            match &*key {
                "url" => page.url = text(value, marks).map(|url| url.trim().to_owned()),
                "title" => page.title = text(value, marks),
                "referrer" => page.referrer = text(value, marks).map(|url| url.trim().to_owned()),
                _ => {}
            }
            Ok(())
        },
    )?;
    Ok((page != Page::default()).then_some(page))
}

/// Reads what only a server may say of the visitor, address and browser: it is not the visitor itself.
fn read_privileged(
    sender: &Sender<'_>,
    envelope: &Envelope<'_>,
    person: &mut Person,
    marks: &mut Marks,
) -> Option<IpAddr> {
    if !matches!(sender.origin, Origin::Server | Origin::Platform | Origin::Import) {
        if envelope.ip.is_some() || envelope.user_agent.is_some() {
            *marks |= flags::VALUE_DROPPED;
        }
        return None;
    }
    person.user_agent = envelope.user_agent.and_then(|value| text(value, marks));
    let address = envelope.ip.and_then(scalar).and_then(|ip| ip.trim().parse::<IpAddr>().ok());
    if envelope.ip.is_some() && address.is_none() {
        *marks |= flags::VALUE_DROPPED;
    }
    address
}

/// Gives items the list and promotion that GA4 clients state once for the whole event. Without items they stay
/// properties of the event.
fn share_list(facts: &mut Facts, rest: &mut Rest<'_>, marks: &mut Marks) -> Result<(), Fault> {
    let Some(items) = &mut facts.items else { return Ok(()) };
    rest.take_known(|key, value| {
        let field: fn(&mut Item) -> &mut Option<String> = match key {
            "item_list_id" => |item| &mut item.list_id,
            "item_list_name" => |item| &mut item.list_name,
            "promotion_id" => |item| &mut item.promotion_id,
            "promotion_name" => |item| &mut item.promotion_name,
            "creative_name" => |item| &mut item.creative_name,
            _ => return Ok(false),
        };
        if let Some(shared) = text(value, marks) {
            for item in items.iter_mut() {
                field(item).get_or_insert_with(|| shared.clone());
            }
        }
        Ok(true)
    })
}

/// Gathers what no one knew, the sender's own properties first.
fn read_properties(envelope: &Envelope<'_>, marks: &mut Marks) -> Result<Option<String>, Fault> {
    let mut properties = Properties::default();
    if let Some(own) = envelope.properties {
        if own.starts_with('{') {
            members(own, Fault::malformed, |key, value| properties.add(&key, value, 2, marks))?;
        } else {
            properties.add("properties", own, 1, marks)?;
        }
    }
    for (key, value) in &envelope.rest {
        properties.add(key, value, 1, marks)?;
    }
    // Only a name of its own makes `event` the name; beside it, it is a property like any other.
    if let Some(event) = envelope.event {
        properties.add("event", event, 1, marks)?;
    }
    Ok(properties.finish())
}
