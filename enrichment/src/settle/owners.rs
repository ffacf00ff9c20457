//! Whose a cart is, and the carts of everybody concerned.
//!
//! A cart id's owner is the first user who names it, else the first visitor, else the first e-mail address; what names no
//! cart id is its user's, else whoever's the visitor was at the time, else the address's (RULES.md, Carts and Identity). Where a
//! site keeps carts per visit, the visit owns them. What a server tells of nobody ever seen is kept apart.

use super::links::is_offline;
use super::path::way_of;
use crate::cart::{self, Owner, OwnerOrder};
use crate::credit::{Evidence, credit};
use crate::identity::Identities;
use crate::sessionise::holds;
use crate::site::state_of;
use crate::source::stated_source;
use crate::work::Work;
use commerce::hit::{Dialect, Origin};
use commerce::record::from_cbor;
use commerce::rows::{CartFactPayload, CartFactRow, CartLineRow, CartRow, CartState, OrderRow, TrafficSource};
use commerce::state::{CartHead, SiteState};
use commerce::{CartKey, CustomerKey, SiteId, Timestamp, VisitKey, VisitorKey};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Whom the statements about a cart id name.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct CartPerson {
    /// The first user.
    pub(super) user: Option<CustomerKey>,
    /// The first visitor on a device of their own, else the first.
    pub(super) visitor: Option<VisitorKey>,
    /// The first e-mail address.
    pub(super) email: Option<CustomerKey>,
    /// When the visitor was named.
    at: Option<Timestamp>,
    /// Whether the visitor's own device spoke of it.
    on_own_device: bool,
    /// The first visit.
    visit: Option<VisitKey>,
}

impl CartPerson {
    /// Returns whom a statement that names no cart id names.
    fn of(fact: &CartFactRow) -> Self {
        let CartFactRow { user, visitor, email, visit, occurred_at, .. } = *fact;
        Self { user, visitor, email, at: Some(occurred_at), on_own_device: is_own_device(fact), visit }
    }
}

/// Returns whom the statements about each cart id name.
pub(super) fn people_of_carts(facts: &[CartFactRow]) -> HashMap<CartKey, CartPerson> {
    let mut by_cart: HashMap<CartKey, Vec<&CartFactRow>> = HashMap::new();
    for fact in facts {
        if let Some(cart) = fact.cart {
            by_cart.entry(cart).or_default().push(fact);
        }
    }
    let person = |mut facts: Vec<&CartFactRow>| {
        facts.sort_by_key(|f| (f.occurred_at, f.event));
        let of_visitor = facts.iter().filter(|f| f.visitor.is_some()).min_by_key(|f| !is_own_device(f));
        CartPerson {
            user: facts.iter().find_map(|f| f.user),
            visitor: of_visitor.and_then(|f| f.visitor),
            email: facts.iter().find_map(|f| f.email),
            at: of_visitor.map(|f| f.occurred_at),
            on_own_device: of_visitor.is_some_and(|f| is_own_device(f)),
            visit: facts.iter().find_map(|f| f.visit),
        }
    };
    by_cart.into_iter().map(|(cart, facts)| (cart, person(facts))).collect()
}

fn is_own_device(fact: &CartFactRow) -> bool {
    matches!(fact.origin, Origin::Pixel | Origin::Browser | Origin::App)
}

/// Folds the carts of everybody of whom everything was loaded, and takes over what came out different.
pub(super) fn settle_carts(work: &mut Work, identities: &Identities, position: u64) {
    let owned = by_owner(work, identities);
    let mut folded: BTreeMap<CartKey, CartHead> = BTreeMap::new();
    let mut settled: HashSet<Owner> = HashSet::new();
    for ((site, owner), facts) in &owned {
        if !is_complete(work, *owner) {
            continue;
        }
        settled.insert(*owner);
        let site = state_of(work, *site);
        let orders = orders_of(work, identities, *owner, facts);
        for mut head in cart::fold(&site, *owner, facts, &orders) {
            head.cart.visit = head.cart.visit.or_else(|| visit_of(work, &site, &head.cart));
            head.cart.source = source_of(work, &site, &head.cart, facts);
            head.cart.position = position;
            head.lines.iter_mut().for_each(|line| line.position = position);
            folded.insert(head.cart.cart, head);
        }
    }
    let gone: Vec<CartKey> = {
        let owner_of = owners_of_keys(&owned);
        let is_gone =
            |key: &CartKey| !folded.contains_key(key) && owner_of.get(key).is_some_and(|owner| settled.contains(owner));
        work.sales.carts.keys().copied().filter(is_gone).collect()
    };
    for cart in gone {
        work.drop_cart(cart);
    }
    for (key, head) in folded {
        if work.sales.carts.get(&key).is_none_or(|known| !is_same(known, &head)) {
            work.put_cart(head);
        }
    }
}

fn is_same(a: &CartHead, b: &CartHead) -> bool {
    let position = a.cart.position;
    let mut lines = a.lines.iter().zip(&b.lines);
    a.cart == CartRow { position, ..b.cart.clone() }
        && a.lines.len() == b.lines.len()
        && lines.all(|(a, b)| *a == CartLineRow { position: a.position, ..b.clone() })
}

/// Statements by whose carts they are about.
type Owned = BTreeMap<(SiteId, Owner), Vec<CartFactRow>>;

fn by_owner(work: &mut Work, identities: &Identities) -> Owned {
    let people = people_of_carts(&work.sales.cart_facts);
    let sites: HashSet<SiteId> = work.sales.cart_facts.iter().map(|f| f.site).collect();
    let per_visit: HashMap<SiteId, bool> =
        sites.into_iter().map(|site| (site, state_of(work, site).settings.cart_per_visit)).collect();
    let mut statements = Owned::new();
    for fact in &work.sales.cart_facts {
        // All statements about one cart id have one owner, or there would be two carts of one key.
        let person = fact.cart.and_then(|cart| people.get(&cart)).copied().unwrap_or_else(|| CartPerson::of(fact));
        let owner =
            if per_visit[&fact.site] { owner_by_visit(person, fact) } else { owner(work, identities, person, fact) };
        statements.entry((fact.site, owner)).or_default().push(fact.clone());
    }
    statements
}

fn owner_by_visit(person: CartPerson, fact: &CartFactRow) -> Owner {
    match (person.visit, fact.cart) {
        (Some(visit), _) => Owner::Visit(visit),
        (None, Some(cart)) => Owner::Cart(cart),
        (None, None) => Owner::Nobody(fact.event),
    }
}

fn owner(work: &Work, identities: &Identities, person: CartPerson, fact: &CartFactRow) -> Owner {
    if let Some(user) = person.user {
        return Owner::Customer(identities.canonical(user));
    }
    if let (Some(visitor), Some(at)) = (person.visitor, person.at) {
        match identities.owner(visitor, at) {
            Some(customer) => return Owner::Customer(customer),
            None if person.on_own_device || way_of(work, visitor).seen => return Owner::Visitor(visitor),
            None => {}
        }
    }
    match (person.email, fact.cart) {
        (Some(email), _) => Owner::Customer(identities.canonical(email)),
        (None, Some(cart)) => Owner::Cart(cart),
        (None, None) => Owner::Nobody(fact.event),
    }
}

/// Says whether everything that is said about the owner's carts was loaded.
fn is_complete(work: &Work, owner: Owner) -> bool {
    let (visitors, customers) = &work.sales.complete;
    match owner {
        Owner::Customer(customer) => customers.contains(&customer),
        Owner::Visitor(visitor) => visitors.contains(&visitor),
        Owner::Visit(_) | Owner::Cart(_) | Owner::Nobody(_) => true,
    }
}

/// Returns whose statements the keys of carts are made of: a cart id's, and those of the events that may have begun one.
fn owners_of_keys(owned: &Owned) -> HashMap<CartKey, Owner> {
    let mut owners = HashMap::new();
    for ((site, owner), facts) in owned {
        for fact in facts {
            owners.insert(CartKey::of_first_event(*site, fact.event), *owner);
            owners.extend(fact.cart.map(|cart| (cart, *owner)));
        }
    }
    owners
}

/// Returns the orders that may end the owner's carts.
fn orders_of(work: &Work, identities: &Identities, owner: Owner, facts: &[CartFactRow]) -> Vec<OwnerOrder> {
    let carts: HashSet<CartKey> = facts.iter().filter_map(|f| f.cart).collect();
    let is_owners = |row: &OrderRow| match owner {
        Owner::Customer(customer) => row.customer.map(|c| identities.canonical(c)) == Some(customer),
        Owner::Visitor(visitor) => row.customer.is_none() && row.visitor == Some(visitor),
        Owner::Visit(visit) => row.visit == Some(visit),
        Owner::Cart(_) | Owner::Nobody(_) => false,
    };
    let ends = |row: &&OrderRow| is_owners(row) || row.cart.is_some_and(|cart| carts.contains(&cart));
    // What is sold at a till ends no cart on the site.
    let online = |row: &&OrderRow| !row.sales_channel.as_deref().is_some_and(is_offline) || row.cart.is_some();
    let order = |row: &OrderRow| OwnerOrder {
        order: row.order,
        placed_at: row.placed_at,
        status: row.status,
        test: row.test,
        cart: row.cart,
        customer: row.customer,
    };
    let mut orders: Vec<OwnerOrder> = work.sales.orders.values().filter(ends).filter(online).map(order).collect();
    orders.sort_by_key(|o| (o.placed_at, o.order));
    orders
}

/// Returns the visit of the cart's visitor that stood at its last change: a server does not say which it was.
fn visit_of(work: &Work, site: &SiteState, cart: &CartRow) -> Option<VisitKey> {
    let way = way_of(work, cart.visitor.filter(|_| cart.state != CartState::Unlinked)?);
    let begun = way.visits.iter().rev().find(|v| v.started_at <= cart.changed_at)?;
    holds(&site.settings, begun, cart.changed_at).then_some(begun.visit)
}

/// Returns what the cart is credited to: what a statement says itself, else as its visitor's touches up to its last
/// change have it.
fn source_of(work: &Work, site: &SiteState, cart: &CartRow, facts: &[CartFactRow]) -> TrafficSource {
    if cart.state == CartState::Unlinked {
        return TrafficSource::direct();
    }
    let within = |f: &&CartFactRow| f.occurred_at >= cart.created_at && f.occurred_at <= cart.changed_at;
    let mut own: Vec<&CartFactRow> = facts.iter().filter(within).collect();
    own.sort_by_key(|f| (f.occurred_at, f.event));
    let stated = own.iter().find_map(|f| {
        let payload: CartFactPayload = from_cbor(&f.payload).ok()?;
        stated_source(&work.rules.referrers, &site.settings, f.dialect, payload.attribution.as_ref()?)
    });
    let way = cart.visitor.map(|visitor| way_of(work, visitor)).unwrap_or_default();
    let visit = cart.visit.and_then(|visit: VisitKey| way.visits.iter().find(|v| v.visit == visit));
    let evidence = Evidence {
        is_matomo: own.first().is_some_and(|f| f.dialect == Dialect::Matomo),
        stated,
        visit: visit.map(|v| &v.source),
        visits: &way.visits,
        touches: &way.touches,
    };
    credit(&site.settings, evidence, cart.changed_at)
}
