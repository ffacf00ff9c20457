//! Carts with their lines and whose they are.

use super::super::{Snapshot, keys};
use super::mailings::name_campaigns;
use super::{list, people, select};
use crate::{CartDetail, CartPage, CartQuery, CartQueryState, Error, Value};
use commerce::rows::{CartLineRow, CartRow};
use commerce::{CartKey, SiteId};
use duckdb::Connection;
use std::collections::HashMap;

impl Snapshot<'_> {
    /// Returns the cart `cart` of `site` with its lines; `None` if there is none.
    ///
    /// # Errors
    /// As [`Self::query`].
    pub fn cart(&self, site: SiteId, cart: CartKey) -> Result<Option<CartDetail>, Error> {
        self.reading(|connection| {
            let which = [site.into(), Value::UInt(cart.0)];
            let carts = select(connection, "where t.site = ? and t.cart = ?", &which)?;
            Ok(details(connection, site, carts)?.pop())
        })
    }

    /// Returns the carts of `site` that `query` asks for, those that changed last first, with their lines, and how many
    /// there are in all.
    ///
    /// # Errors
    /// As [`Self::query`].
    pub fn carts(&self, site: SiteId, query: &CartQuery) -> Result<CartPage, Error> {
        let (tests, params) = tests(site, query);
        let rest =
            format!("where {tests} order by t.changed_at desc, t.cart limit {} offset {}", query.limit, query.offset);
        self.reading(|connection| {
            let sql = format!("select count(*)::ubigint from carts_now t where {tests}");
            let total = keys::rows::<u64>(connection, &sql, &params)?.first().copied().unwrap_or(0);
            let carts = select(connection, &rest, &params)?;
            Ok(CartPage { carts: details(connection, site, carts)?, total })
        })
    }
}

/// Returns what is true of the carts asked for, with its parameters. The states are those of [`CartQueryState::of`].
fn tests(site: SiteId, query: &CartQuery) -> (String, Vec<Value>) {
    let (among, mut params) = match &query.kept {
        Some(kept) => (format!("t.cart in {}", kept.sql), kept.params.clone()),
        None => ("true".to_owned(), vec![site.into()]),
    };
    let first = params.len() + 1;
    let [idle_s, as_of, from, to, min_value] = std::array::from_fn(|i| format!("${}", first + i));
    let idle = format!("t.changed_at + to_microseconds({idle_s}::bigint * 1000000)");
    let state = match query.state {
        None => "true".to_owned(),
        Some(CartQueryState::Open) => format!("t.state = 'open' and {as_of} < {idle}"),
        Some(CartQueryState::Abandoned) => format!("t.state = 'open' and {as_of} >= {idle}"),
        Some(CartQueryState::Emptied) => "t.state = 'emptied'".to_owned(),
        Some(CartQueryState::Ordered) => {
            format!("t.state = 'ordered' and ({idle_s} <= 0 or t.ordered_at is null or t.ordered_at < {idle})")
        }
        Some(CartQueryState::Recovered) => {
            format!("t.state = 'ordered' and {idle_s} > 0 and t.ordered_at >= {idle}")
        }
        Some(CartQueryState::Unlinked) => "t.state = 'unlinked'".to_owned(),
    };
    let tests = format!(
        "t.site = $1 and {among} and {state} and {idle_s}::bigint is not null and {as_of}::timestamp is not null
         and ({from}::timestamp is null or t.changed_at >= {from}) and ({to}::timestamp is null or t.changed_at < {to})
         and ({min_value}::bigint is null or t.reporting_value >= {min_value})"
    );
    let least = query.min_value.map(|value| value.0);
    params.extend([query.idle_s.into(), query.as_of.into(), query.from.into(), query.to.into(), least.into()]);
    (tests, params)
}

/// Returns the carts of `site` for which `test` is true, those that changed last first.
pub(super) fn carts_where(
    connection: &Connection,
    site: SiteId,
    test: &str,
    key: u64,
) -> Result<Vec<CartDetail>, Error> {
    let rest = format!("where t.site = ? and {test} order by t.changed_at desc, t.cart");
    let carts = select(connection, &rest, &[site.into(), Value::UInt(key)])?;
    details(connection, site, carts)
}

/// Adds lines, people and mailings to `carts`.
fn details(connection: &Connection, site: SiteId, mut carts: Vec<CartRow>) -> Result<Vec<CartDetail>, Error> {
    if carts.is_empty() {
        return Ok(Vec::new());
    }
    let mailings = name_campaigns(connection, site, carts.iter_mut().map(|cart| &mut cart.source))?;
    let people = people(connection, site, carts.iter().filter_map(|cart| cart.customer))?;
    let keys = list(carts.iter().map(|cart| cart.cart.0));
    let rest = format!("where t.site = ? and t.cart in {keys} order by t.line");
    let mut lines: HashMap<CartKey, Vec<CartLineRow>> = HashMap::new();
    for line in select::<CartLineRow>(connection, &rest, &[site.into()])? {
        lines.entry(line.cart).or_default().push(line);
    }
    let detail = |(cart, mailing): (CartRow, _)| CartDetail {
        lines: lines.remove(&cart.cart).unwrap_or_default(),
        person: cart.customer.and_then(|customer| people.get(&customer).cloned()),
        cart,
        mailing,
    };
    Ok(carts.into_iter().zip(mailings).map(detail).collect())
}
