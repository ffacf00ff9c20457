//! Customers whose earlier orders the batch cannot change, although it tells of new ones.
//!
//! A shop's server names a user and an address with every sale. That alone says nothing new of what they bought before,
//! and to read and fold all of it again would cost the more the longer a customer stays. It is otherwise where there is a
//! cart that the sale may end, a device that may be theirs, or where it is news whose the address is.

use super::super::search::Search;
use super::people::Identities;
use crate::Error;
use crate::filter::Kind;
use commerce::rows::Subject;
use commerce::state::Keys;
use commerce::{CustomerKey, Timestamp};
use std::collections::{HashMap, HashSet};

/// Returns those of `customers` whose orders stay as they are. `concerned` are those whom anything but a sale led to;
/// `identities` are those of all of them.
pub(super) fn unconcerned(
    search: Search<'_>,
    keys: &Keys,
    (customers, concerned): (&HashSet<CustomerKey>, &HashSet<CustomerKey>),
    identities: &Identities,
) -> Result<HashSet<CustomerKey>, Error> {
    if keys.buyers.is_empty() {
        return Ok(HashSet::new());
    }
    let links = Links::of(identities);
    let mut concerned = concerned.clone();
    concerned.extend(links.on_devices.iter());
    for ((email, user), at) in &keys.addresses {
        if links.known.get(&(*email, *user)).is_none_or(|known| known > at) {
            concerned.extend([*email, *user]);
        }
    }
    links.spread(&mut concerned);
    let mut others: HashSet<CustomerKey> = customers.union(&identities.emails_of(customers)).copied().collect();
    others.retain(|customer| !concerned.contains(customer));
    concerned.extend(shoppers(search, &others)?);
    links.spread(&mut concerned);
    others.retain(|customer| !concerned.contains(customer));
    Ok(others)
}

/// Returns those of `customers` whom a cart or a statement about one names.
fn shoppers(search: Search<'_>, customers: &HashSet<CustomerKey>) -> Result<Vec<CustomerKey>, Error> {
    let wanted = |columns| [search.wanted(Kind::Shopper, columns, customers.iter().map(|c| c.0))];
    let facts: Vec<(Option<CustomerKey>, Option<CustomerKey>)> =
        search.find("t.\"user\", t.email", "cart_facts", &wanted(&["t.\"user\"", "t.email"]), ("true", &[]))?;
    let carts: Vec<Option<CustomerKey>> =
        search.find("t.customer", "carts", &wanted(&["t.customer"]), ("true", &[]))?;
    Ok(facts.into_iter().flat_map(|(user, email)| [user, email]).chain(carts).flatten().collect())
}

/// What identities say of customers.
#[derive(Default)]
struct Links {
    /// Those who were seen on a device.
    on_devices: HashSet<CustomerKey>,
    /// When it was first said that an address is a user's.
    known: HashMap<(CustomerKey, CustomerKey), Timestamp>,
    /// Each address with its users, each user with their addresses.
    neighbours: HashMap<CustomerKey, Vec<CustomerKey>>,
}

impl Links {
    fn of(identities: &Identities) -> Self {
        let mut links = Self::default();
        for row in &identities.rows {
            match (row.subject, row.customer) {
                (Subject::Visitor(_), customer) => links.on_devices.extend(customer),
                (Subject::Email(email), Some(user)) => {
                    let first = links.known.entry((email, user)).or_insert(row.at);
                    *first = row.at.min(*first);
                }
                (Subject::Email(_), None) => {}
            }
        }
        for (email, user) in links.known.keys() {
            links.neighbours.entry(*email).or_default().push(*user);
            links.neighbours.entry(*user).or_default().push(*email);
        }
        links
    }

    /// Adds to `customers` whoever is connected to one of them.
    fn spread(&self, customers: &mut HashSet<CustomerKey>) {
        let mut new: Vec<CustomerKey> =
            self.neighbours.keys().filter(|customer| customers.contains(customer)).copied().collect();
        while let Some(customer) = new.pop() {
            let neighbours = self.neighbours.get(&customer).into_iter().flatten();
            new.extend(neighbours.filter(|neighbour| customers.insert(**neighbour)));
        }
    }
}
