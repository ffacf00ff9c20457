//! Late events: which visitors of the batch had orders or carts after them, so that what comes before these changes.

use super::super::search::Search;
use super::Seeds;
use crate::filter::Kind;
use crate::{Error, Value};
use commerce::{CustomerKey, Timestamp, VisitorKey};
use std::collections::{HashMap, HashSet};

/// A visitor, a customer, and when an order was placed or a cart changed.
type Sale = (Option<VisitorKey>, Option<CustomerKey>, Timestamp);

/// Adds to `seeds` the `visitors` of the batch with an order or a change of a cart at or after their earliest event of the
/// batch, those of unlinked carts, and whoever owns such a cart: it may be somebody else's, whose cart id they used.
pub(super) fn join(
    search: Search<'_>,
    visitors: &HashMap<VisitorKey, Timestamp>,
    seeds: &mut Seeds,
) -> Result<(), Error> {
    let has_sales = |visitor: &&VisitorKey| {
        [Kind::Subject, Kind::Buyer, Kind::Shopper].into_iter().any(|kind| search.filter.may_hold(kind, visitor.0))
    };
    let asked: HashSet<VisitorKey> = visitors.keys().filter(has_sales).copied().collect();
    let Some(first) = asked.iter().map(|visitor| visitors[visitor]).min() else { return Ok(()) };
    let owners = owners_of(search, &asked)?;
    let wanted = |kind| {
        [
            search.wanted(kind, &["t.visitor"], asked.iter().map(|v| v.0)),
            search.wanted(kind, &["t.customer"], owners.keys().map(|c| c.0)),
        ]
    };
    let since = [Value::Time(first)];
    let mut sales: Vec<Sale> = search.find(
        "t.visitor, t.customer, t.placed_at",
        "orders",
        &wanted(Kind::Buyer),
        ("t.placed_at >= ?", &since),
    )?;
    sales.extend(search.find::<Sale>(
        "t.visitor, t.customer, t.changed_at",
        "carts",
        &wanted(Kind::Shopper),
        ("t.changed_at >= ?", &since),
    )?);
    for (visitor, customer, at) in sales {
        let devices = customer.and_then(|customer| owners.get(&customer)).into_iter().flatten();
        let late = |v: &&VisitorKey| asked.contains(v) && at >= visitors[*v];
        seeds.visitors.extend(devices.chain(visitor.as_ref()).filter(late));
        if visitor.as_ref().is_some_and(|v| late(&v)) {
            seeds.customers.extend(customer);
        }
    }
    let unlinked = search.wanted(Kind::Unlinked, &["t.visitor"], asked.iter().map(|v| v.0));
    seeds.visitors.extend(search.find::<VisitorKey>(
        "t.visitor",
        "carts",
        &[unlinked],
        ("t.state = 'unlinked'", &[]),
    )?);
    Ok(())
}

/// Returns the customers whom identities of `visitors` name, and the users whose addresses these are, each with those
/// visitors.
fn owners_of(
    search: Search<'_>,
    visitors: &HashSet<VisitorKey>,
) -> Result<HashMap<CustomerKey, Vec<VisitorKey>>, Error> {
    let wanted = search.wanted(Kind::Subject, &["t.subject"], visitors.iter().map(|v| v.0));
    let named: Vec<(VisitorKey, CustomerKey)> = search.find(
        "t.subject, t.customer",
        "identities",
        &[wanted],
        ("t.subject_kind = 0 and t.customer is not null", &[]),
    )?;
    let mut owners: HashMap<CustomerKey, Vec<VisitorKey>> = HashMap::new();
    for (visitor, customer) in named {
        owners.entry(customer).or_default().push(visitor);
    }
    let wanted = search.wanted(Kind::Subject, &["t.subject"], owners.keys().map(|c| c.0));
    let users: Vec<(CustomerKey, CustomerKey)> = search.find(
        "t.subject, t.customer",
        "identities",
        &[wanted],
        ("t.subject_kind = 1 and t.customer is not null", &[]),
    )?;
    for (email, user) in users {
        let visitors = owners.get(&email).cloned().unwrap_or_default();
        owners.entry(user).or_default().extend(visitors);
    }
    Ok(owners)
}
