//! Carts asked for by key, and the latest cart of each visitor and customer.

use super::super::keys;
use super::fetch;
use crate::Error;
use commerce::rows::{CartLineRow, CartRow};
use commerce::state::{CartHead, Keys, State};
use commerce::{CartKey, CustomerKey, VisitorKey};
use duckdb::Connection;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;

/// Loads the carts asked for. `stored` receives the position of every version found.
pub(super) fn load(
    connection: &Connection,
    keys: &Keys,
    state: &mut State,
    stored: &mut HashMap<u64, u64>,
) -> Result<(), Error> {
    // A hit that is recognised by its fingerprint continues the cart of whoever it belongs to.
    let by_fingerprint = state.by_fingerprint.values().map(|visit| visit.visitor);
    let visitors: HashSet<u64> = keys.visitors.keys().copied().chain(by_fingerprint).map(|v| v.0).collect();
    keys::put(connection, "k_carts", visitors.iter().copied())?;
    let of_visitors: Vec<(VisitorKey, CartKey, u64)> = narrow(connection, "visitor", "k_carts", visitors.len())?;
    state.cart_of_visitor = latest(of_visitors, stored);
    keys::put(connection, "k_customers", keys.customers.iter().map(|c| c.0))?;
    let of_customers: Vec<(CustomerKey, CartKey, u64)> =
        narrow(connection, "customer", "k_customers", keys.customers.len())?;
    state.cart_of_customer = latest(of_customers, stored);
    keys::put(connection, "k_carts", keys.carts.iter().map(|c| c.0))?;
    let by_key: Vec<(CartKey, CartKey, u64)> = narrow(connection, "cart", "k_carts", keys.carts.len())?;
    let mut wanted = latest(by_key, stored);
    for cart in state.cart_of_visitor.values().chain(state.cart_of_customer.values()) {
        wanted.insert(*cart, *cart);
    }
    keys::put(connection, "k_carts", wanted.keys().map(|c| c.0))?;
    let positions = wanted.keys().filter_map(|c| stored.get(&c.0).copied());
    for cart in fetch::<CartRow>(connection, "cart", "k_carts", positions.clone())? {
        state.carts.insert(cart.cart, CartHead { cart, lines: Vec::new() });
    }
    let mut lines: Vec<CartLineRow> = fetch(connection, "cart", "k_carts", positions)?;
    lines.sort_unstable_by_key(|l| (l.cart, l.line));
    for line in lines {
        if let Some(head) = state.carts.get_mut(&line.cart) {
            head.lines.push(line);
        }
    }
    Ok(())
}

/// Returns `column`, key and position of the carts whose `column` is one of the `count` keys in `keys`.
fn narrow<K>(connection: &Connection, column: &str, keys: &str, count: usize) -> Result<Vec<(K, CartKey, u64)>, Error>
where
    (K, CartKey, u64): crate::table::Field,
{
    if count == 0 {
        return Ok(Vec::new());
    }
    let sql = format!("select c.{column}, c.cart, c.position from carts c semi join {keys} k on c.{column} = k.key");
    keys::rows(connection, &sql, &[])
}

/// Returns the cart that changed last for each owner, and notes where all of them are stored. The order of records
/// decides, as it does within a batch.
fn latest<K: Copy + Eq + Hash>(found: Vec<(K, CartKey, u64)>, stored: &mut HashMap<u64, u64>) -> HashMap<K, CartKey> {
    let mut latest: HashMap<K, (u64, CartKey)> = HashMap::new();
    for (owner, cart, position) in found {
        stored.insert(cart.0, position);
        let kept = latest.entry(owner).or_insert((position, cart));
        *kept = (*kept).max((position, cart));
    }
    latest.into_iter().map(|(owner, (_, cart))| (owner, cart)).collect()
}
