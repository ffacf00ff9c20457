//! Everything that decides the orders and carts that a batch may change, found in the steps of
//! [`commerce::state::Sales`].
//!
//! More may be told than those steps name, so that of the keys in `complete` everything is: statements stored with a visit
//! that a device took over since; identities and ways of whoever an order, a cart or a statement about one names; the
//! visitor behind a visit that the batch's own order names.

mod aliases;
mod buyers;
mod carts;
mod late;
mod orders;
mod paths;
mod people;

use super::super::heads::Heads;
use super::moves::{moved_to, visitors_of};
use super::search::Search;
use crate::Error;
use aliases::Aliases;
use carts::Carts;
use commerce::rows::Subject;
use commerce::state::{Keys, State};
use commerce::{CartKey, CustomerKey, Timestamp, VisitKey, VisitorKey};
use orders::Orders;
use paths::Paths;
use people::Identities;
use std::collections::{HashMap, HashSet};

/// Whose sales are told.
#[derive(Default)]
struct Seeds {
    visitors: HashSet<VisitorKey>,
    customers: HashSet<CustomerKey>,
    carts: HashSet<CartKey>,
}

/// Whom a statement names: visitor, user, e-mail.
type Named = (Option<VisitorKey>, Option<CustomerKey>, Option<CustomerKey>);

/// Whose statements, carts and orders are looked for.
struct Owners<'a> {
    devices: &'a HashSet<VisitorKey>,
    customers: &'a HashSet<CustomerKey>,
    carts: HashSet<CartKey>,
    visits: &'a HashSet<VisitKey>,
    /// Events that were moved to one of the visits.
    moved: &'a [u64],
}

impl Seeds {
    fn join(&mut self, (visitor, user, email): Named) {
        self.visitors.extend(visitor);
        self.customers.extend(user);
        self.customers.extend(email);
    }
}

/// Loads what decides the orders and carts that the batch of `keys` may change. `asked` are the batch's visitors, each with
/// the time of the earliest event that may be theirs.
pub(super) fn load(
    search: Search<'_>,
    heads: &Heads,
    keys: &Keys,
    asked: &HashMap<VisitorKey, Timestamp>,
    state: &mut State,
) -> Result<(), Error> {
    let people = people_of(keys, state);
    let customers = keys.customers.difference(&keys.buyers).copied().collect();
    let mut seeds = Seeds { visitors: people, customers, carts: keys.carts.clone() };
    let (mut aliases, mut carts, mut paths) = (Aliases::default(), Carts::default(), Paths::new(heads));
    let mut orders = Orders::asked(search, keys)?;
    first_seeds(search, keys, state, &mut seeds, &orders, &mut aliases)?;
    carts_and_orders(search, keys, state, (&mut seeds, &mut aliases), (&mut carts, &mut orders))?;
    late::join(search, asked, &mut seeds)?;
    let concerned = seeds.customers.clone();
    seeds.customers.extend(&keys.buyers);
    let (mut identities, devices) = identities_of(search, &mut seeds)?;
    let unconcerned = buyers::unconcerned(search, keys, (&seeds.customers, &concerned), &identities)?;
    seeds.customers.retain(|customer| !unconcerned.contains(customer));
    state.sales.complete = (seeds.visitors.clone(), seeds.customers.clone());
    seeds.customers.extend(identities.emails_of(&seeds.customers));

    paths.find(search, devices.iter().copied())?;
    let visits: HashSet<VisitKey> = paths.visits().into_keys().collect();
    let moved = moved_to(search, &visits)?;
    let mut owners =
        Owners { devices: &devices, customers: &seeds.customers, carts: seeds.carts, visits: &visits, moved: &moved };
    let per_visit = state.sites.values().any(|site| site.settings.cart_per_visit);
    carts.find(search, &owners, per_visit)?;
    carts.load(search, &owners, state)?;
    owners.carts.extend(carts.named().chain(state.sales.carts.keys().copied()));
    orders.find(search, &owners)?;
    orders.find_by_rates(search, keys, state)?;
    if add_carts_of_orders(search, per_visit, &mut carts, &mut orders)? {
        carts.load(search, &owners, state)?;
    }
    aliases.find(search, orders.facts.iter().filter_map(|fact| fact.visit_alias), state)?;
    orders.load(search, state)?;
    state.sales.visit_aliases = aliases.rows;

    add_named(search, &mut identities, &mut paths, state)?;
    state.sales.paths = paths.load(search, (keys, asked), state)?;
    state.sales.identities = identities.into_rows();
    state.sales.people = people::load(search, &keys.customers)?;
    Ok(())
}

/// Step 1: whom the statements about the orders asked for name joins the seeds, and so does the visitor behind a visit
/// that they name.
fn first_seeds(
    search: Search<'_>,
    keys: &Keys,
    state: &State,
    seeds: &mut Seeds,
    orders: &Orders,
    aliases: &mut Aliases,
) -> Result<(), Error> {
    aliases.find(search, keys.visit_aliases.keys().copied(), state)?;
    // A visit that the batch itself names: by a browser that is in it, or else by a server for an order.
    let by_order = |visitor: &VisitorKey| !(keys.orders.is_empty() && keys.visitors.contains_key(visitor));
    seeds.visitors.extend(aliases.rows.values().map(|row| row.visitor).filter(by_order));
    join_orders(search, keys, state, (seeds, aliases), orders)
}

/// Whom the statements about `orders` name joins the seeds, and so do the carts and the visitors behind visits, stored or
/// of the batch, that they name.
fn join_orders(
    search: Search<'_>,
    keys: &Keys,
    state: &State,
    (seeds, aliases): (&mut Seeds, &mut Aliases),
    orders: &Orders,
) -> Result<(), Error> {
    aliases.find(search, orders.facts.iter().filter_map(|fact| fact.visit_alias), state)?;
    for fact in &orders.facts {
        seeds.join(fact.named);
        seeds.carts.extend(fact.cart);
        if let Some(alias) = fact.visit_alias {
            seeds.visitors.extend(aliases.rows.get(&alias).map(|row| row.visitor));
            seeds.visitors.extend(keys.visit_aliases.get(&alias).into_iter().flatten());
        }
    }
    Ok(())
}

/// Step 2: statements about the carts of the seeds, and the orders that name these, for what is said of a cart may change
/// whose its orders are. Whom and what all of them name joins the seeds.
fn carts_and_orders(
    search: Search<'_>,
    keys: &Keys,
    state: &State,
    (seeds, aliases): (&mut Seeds, &mut Aliases),
    (carts, orders): (&mut Carts, &mut Orders),
) -> Result<(), Error> {
    loop {
        let new: HashSet<CartKey> = seeds.carts.iter().copied().filter(|cart| !carts.knows(*cart)).collect();
        if new.is_empty() {
            break;
        }
        carts.find_by_cart(search, &new)?;
        orders.find_by_cart(search, &new)?;
        join_orders(search, keys, state, (&mut *seeds, &mut *aliases), orders)?;
    }
    carts.facts.iter().for_each(|fact| seeds.join(fact.named));
    Ok(())
}

/// Adds the statements about carts of others that the orders name: they say whose these orders are. Returns whether there
/// are any.
fn add_carts_of_orders(
    search: Search<'_>,
    per_visit: bool,
    carts: &mut Carts,
    orders: &mut Orders,
) -> Result<bool, Error> {
    let before = carts.facts.len();
    loop {
        let named = orders.facts.iter().filter_map(|fact| fact.cart).chain(carts.named());
        let new: HashSet<CartKey> = named.filter(|cart| !carts.knows(*cart)).collect();
        if new.is_empty() {
            return Ok(carts.facts.len() > before);
        }
        carts.find_by_cart(search, &new)?;
        orders.find_by_cart(search, &new)?;
        if per_visit {
            carts.complete(search, per_visit)?;
        }
    }
}

/// Steps 4 and 5: identities of the seeds, the seeds that these add, and the devices of all.
fn identities_of(search: Search<'_>, seeds: &mut Seeds) -> Result<(Identities, HashSet<VisitorKey>), Error> {
    let none = HashSet::new();
    let mut identities = Identities::default();
    identities.find(search, &seeds.visitors, &seeds.customers, &seeds.customers)?;
    for row in &identities.rows {
        seeds.customers.extend(row.customer);
        if let Subject::Visitor(visitor) = row.subject {
            seeds.visitors.insert(visitor);
        }
    }
    // A device's address may be a user's.
    identities.find(search, &HashSet::new(), &seeds.customers, &none)?;
    let users = identities.users_of(&seeds.customers);
    seeds.customers.extend(users);
    identities.find(search, &HashSet::new(), &none, &seeds.customers)?;
    let emails = identities.emails_of(&seeds.customers);
    identities.find(search, &HashSet::new(), &none, &emails)?;
    let owners: HashSet<CustomerKey> = seeds.customers.union(&emails).copied().collect();
    let devices: HashSet<VisitorKey> =
        identities.visitors_of(&owners).into_iter().chain(seeds.visitors.iter().copied()).collect();
    identities.find(search, &devices, &emails, &none)?;
    Ok((identities, devices))
}

/// Returns the visitors whose sales the batch may change: those it says to be, and those who may give a visit to another
/// or take one over because they share a fingerprint.
fn people_of(keys: &Keys, state: &State) -> HashSet<VisitorKey> {
    let mut people = keys.people.clone();
    for (visitor, known) in &state.visitors {
        let uses = known.visits.iter().filter_map(|visit| keys.fingerprints.get(&visit.fingerprint?));
        for other in uses.map(|used| used.visitor).filter(|other| *other != Some(*visitor)) {
            people.insert(*visitor);
            people.extend(other);
        }
    }
    people
}

/// Adds identities and ways of everybody whom the orders, carts and statements told name, and of those who took over a
/// visit that one of these was stored with.
fn add_named(
    search: Search<'_>,
    identities: &mut Identities,
    paths: &mut Paths<'_>,
    state: &State,
) -> Result<(), Error> {
    let sales = &state.sales;
    let mut named = Seeds::default();
    sales.order_facts.iter().for_each(|fact| named.join((fact.visitor, fact.user, fact.email)));
    sales.orders.values().for_each(|row| named.join((row.visitor, row.customer, row.email)));
    sales.cart_facts.iter().for_each(|fact| named.join((fact.visitor, fact.user, fact.email)));
    sales.carts.values().for_each(|head| named.join((head.cart.visitor, head.cart.customer, None)));
    named.visitors.extend(sales.visit_aliases.values().map(|row| row.visitor));
    paths.find(search, named.visitors.iter().copied())?;
    let visits = sales.order_facts.iter().filter_map(|fact| fact.visit);
    let visits = visits.chain(sales.cart_facts.iter().filter_map(|fact| fact.visit));
    named.visitors.extend(visitors_of(search, visits.collect(), paths.visits())?.into_values());
    paths.find(search, named.visitors.iter().copied())?;
    identities.find(search, &named.visitors, &named.customers, &HashSet::new())?;
    // An address that stands for a visitor's owner may itself belong to a user.
    let owners: HashSet<CustomerKey> = identities.rows.iter().filter_map(|row| row.customer).collect();
    identities.find(search, &HashSet::new(), &owners, &HashSet::new())
}
