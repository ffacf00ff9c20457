//! Whose an order is, in which visit it was placed, and what it is credited to.
//!
//! What a statement says itself comes first; else the browser's visit; else whatever the ids that it names lead to: the
//! client's visit id, visitor, cart, user, e-mail address (RULES.md, Visits and visitors, Identity, Orders). All of it is
//! worked out from sets, so that it is the same whichever of them was known first.

use super::cluster::Cluster;
use super::owners::CartPerson;
use super::path::{Way, way_of};
use crate::credit::{Evidence, credit};
use crate::identity::Identities;
use crate::sessionise::holds;
use crate::work::Work;
use commerce::hit::{Dialect, Origin};
use commerce::rows::{OrderFactRow, OrderRow, TrafficSource, VisitAliasRow, order_flags};
use commerce::state::SiteState;
use commerce::{CartKey, CustomerKey, EventKey, Timestamp, VisitKey, VisitorKey};
use std::cmp::Reverse;
use std::collections::HashMap;

/// Takes the links of an order over from its last version.
pub(super) fn keep(order: &mut OrderRow, last: &OrderRow) {
    (order.user, order.email, order.customer) = (last.user, last.email, last.customer);
    (order.visitor, order.visit_event, order.visit) = (last.visitor, last.visit_event, last.visit);
    order.cart = last.cart;
    order.source = last.source.clone();
    order.landing_page.clone_from(&last.landing_page);
    order.flags |= last.flags & order_flags::SHARED_DEVICE;
}

/// Finds the links of an order.
pub(super) fn find(
    work: &Work,
    identities: &Identities,
    carts: &HashMap<CartKey, CartPerson>,
    site: &SiteState,
    cluster: &Cluster,
    order: &mut OrderRow,
) {
    let facts = by_weight(&cluster.facts);
    let browser = earliest(&facts, |f| is_own_device(f.origin) || f.visit.is_some());
    let at = browser.map_or(order.placed_at, |f| f.occurred_at);
    order.cart = facts.iter().find_map(|f| f.cart);
    let person = order.cart.and_then(|cart| carts.get(&cart)).copied().unwrap_or_default();
    // A client's visit ids need not be unique (GA4's is the second in which a visit began): of two visitors with the same
    // one, it is the visit of the one whom the statement names.
    let named_by = |f: &OrderFactRow| {
        let alias = work.sales.visit_aliases.get(&f.visit_alias?)?;
        f.visitor.is_none_or(|visitor| visitor == alias.visitor).then_some(alias)
    };
    let alias = facts.iter().find_map(|f| named_by(f));
    let named = browser.and_then(|f| f.visitor);
    let named = named.or_else(|| earliest(&facts, |f| f.visitor.is_some()).and_then(|f| f.visitor));
    let named = named.or(alias.map(|a| a.visitor)).or(person.visitor);

    order.user = facts.iter().find_map(|f| f.user);
    order.email = facts.iter().find_map(|f| f.email);
    order.customer = customer(identities, order, person, named, at);
    order.visitor = named.or_else(|| order.customer.and_then(|customer| device_of(work, identities, customer, at)));
    if order.visitor.is_some_and(|visitor| identities.is_shared(visitor)) {
        order.flags |= order_flags::SHARED_DEVICE;
    }
    let way = order.visitor.map(|visitor| way_of(work, visitor)).unwrap_or_default();
    let placed = placed_in(site, &facts, alias, &way, at);
    (order.visit_event, order.visit) = placed.map_or((None, None), |(event, visit)| (event, Some(visit)));
    let visit = order.visit.and_then(|visit| way.visits.iter().find(|v| v.visit == visit).copied());
    let stated = facts.iter().find(|f| f.source.as_ref().is_some_and(|s| !s.is_direct()));
    order.source = match (stated, visit.is_none() && way.touches.is_empty(), &order.sales_channel) {
        (None, true, Some(channel)) if is_offline(channel) => offline(channel),
        _ => {
            let is_matomo = browser.or(stated.copied()).is_some_and(|f| f.dialect == Dialect::Matomo);
            let stated = stated.and_then(|f| f.source.clone());
            let evidence = Evidence {
                is_matomo,
                stated,
                visit: visit.map(|v| &v.source),
                visits: &way.visits,
                touches: &way.touches,
            };
            credit(&site.settings, evidence, at)
        }
    };
    let landing_page = facts.iter().find_map(|f| f.landing_page.clone());
    order.landing_page = landing_page.or_else(|| visit.and_then(|v| v.landing_page.clone()));
}

/// Returns the statements, the most trusted first, then the earliest.
fn by_weight(facts: &[OrderFactRow]) -> Vec<&OrderFactRow> {
    let mut facts: Vec<&OrderFactRow> = facts.iter().collect();
    facts.sort_by_key(|f| (Reverse(f.trust), f.occurred_at, Reverse(f.origin), f.event));
    facts
}

fn earliest<'f>(facts: &[&'f OrderFactRow], fits: impl Fn(&OrderFactRow) -> bool) -> Option<&'f OrderFactRow> {
    facts.iter().copied().filter(|f| fits(f)).min_by_key(|f| (f.visit.is_none(), f.occurred_at, f.event))
}

/// Says whether the customer's own device made the statement.
fn is_own_device(origin: Origin) -> bool {
    matches!(origin, Origin::Pixel | Origin::Browser | Origin::App)
}

/// Returns whose the order is. An address that belongs to nobody known yields to the user of the device: it may be a
/// gift's.
fn customer(
    identities: &Identities,
    order: &OrderRow,
    person: CartPerson,
    visitor: Option<VisitorKey>,
    at: Timestamp,
) -> Option<CustomerKey> {
    let user_of_email = || order.email.and_then(|email| identities.user_of_email(email));
    let user_of_device = || visitor.and_then(|visitor| identities.user_of_visitor(visitor, at));
    let by_email = || order.email.or(person.email).map(|email| identities.canonical(email));
    let by_device = || visitor.and_then(|visitor| identities.owner(visitor, at));
    order.user.or_else(user_of_email).or(person.user).or_else(user_of_device).or_else(by_email).or_else(by_device)
}

/// Returns the device on which `customer` was seen last before `at`.
fn device_of(work: &Work, identities: &Identities, customer: CustomerKey, at: Timestamp) -> Option<VisitorKey> {
    let last_seen = |visitor: VisitorKey| {
        let visits = way_of(work, visitor).visits.into_iter().filter(|v| v.started_at <= at);
        let own = visits.filter(|v| identities.owner(visitor, v.started_at) == Some(customer));
        own.map(|v| (v.started_at, visitor)).max()
    };
    identities.devices(customer).filter_map(last_seen).max().map(|(_, visitor)| visitor)
}

/// Returns the visit in which the order was placed, with the event that says so; no event where only time does.
fn placed_in(
    site: &SiteState,
    facts: &[&OrderFactRow],
    alias: Option<&VisitAliasRow>,
    way: &Way,
    at: Timestamp,
) -> Option<(Option<EventKey>, VisitKey)> {
    let own = earliest(facts, |f| f.visit.is_some());
    if let Some((event, visit)) = own.and_then(|f| Some((f.event, f.visit?))) {
        return Some((Some(event), visit));
    }
    if let Some(alias) = alias {
        return Some((Some(alias.event), alias.visit));
    }
    let begun = way.visits.iter().rev().find(|v| v.started_at <= at)?;
    // A client that names its own visit means the one it was in when the order began, however long ago.
    let names_visit = facts.iter().any(|f| f.visit_alias.is_some() && f.visitor.is_some());
    (names_visit || holds(&site.settings, begun, at)).then_some((None, begun.visit))
}

/// Says whether a sales channel is none of the site's own.
pub(crate) fn is_offline(sales_channel: &str) -> bool {
    !matches!(sales_channel.trim().to_ascii_lowercase().as_str(), "" | "web" | "online")
}

fn offline(sales_channel: &str) -> TrafficSource {
    TrafficSource {
        channel: "Offline".to_owned(),
        source: sales_channel.trim().to_owned(),
        medium: "offline".to_owned(),
        ..TrafficSource::default()
    }
}
