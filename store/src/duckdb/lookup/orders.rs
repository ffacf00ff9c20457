//! Orders, found by any of the ids that hang together.

use super::super::{Snapshot, keys};
use super::mailings::name_campaigns;
use super::{list, people, select};
use crate::{Error, OrderDetail, Value};
use commerce::hit::Origin;
use commerce::rows::{OrderFactRow, OrderIdRow, OrderLineRow, OrderRow, RefundLineRow, RefundRow};
use commerce::{Amount, Currency, OrderKey, SiteId, Timestamp};
use duckdb::Connection;
use std::collections::{BTreeSet, HashMap};

impl Snapshot<'_> {
    /// Returns what is known of the order `order` of `site`, by any of its ids; `None` if nothing is.
    ///
    /// # Errors
    /// As [`Self::query`].
    pub fn order(&self, site: SiteId, order: OrderKey) -> Result<Option<OrderDetail>, Error> {
        self.reading(|connection| {
            let cluster: Vec<OrderKey> = keys::rows(
                connection,
                &format!(
                    "{} select key from ids",
                    clusters(site, &format!("select {0}::ubigint, {0}::ubigint", order.0))
                ),
                &[],
            )?;
            detail(connection, site, &list(cluster.into_iter().map(|key| key.0)))
        })
    }

    /// Returns the orders of `site` placed from `from` on and before `to`, of every status, by time and id.
    ///
    /// # Errors
    /// As [`Self::query`].
    pub fn orders_between(&self, site: SiteId, from: Timestamp, to: Timestamp) -> Result<Vec<OrderRow>, Error> {
        let rest = "where t.site = ? and t.placed_at >= ? and t.placed_at < ? order by t.placed_at, t.order_id";
        self.reading(|connection| select(connection, rest, &[site.into(), from.into(), to.into()]))
    }

    /// Returns for each of `orders`, keys of any id of an order of `site`, the key under which the order stands. One that
    /// is not known is missing.
    ///
    /// # Errors
    /// As [`Self::query`].
    pub fn order_ids_of(&self, site: SiteId, orders: &[OrderKey]) -> Result<HashMap<OrderKey, OrderKey>, Error> {
        if orders.is_empty() {
            return Ok(HashMap::new());
        }
        let values: Vec<String> = orders.iter().map(|order| format!("({}::ubigint)", order.0)).collect();
        let start = format!("select distinct k.key, k.key from (values {}) k(key)", values.join(", "));
        let sql = format!(
            "{} select root, key from ids join orders o on o.\"order\" = key where o.site = ?",
            clusters(site, &start)
        );
        let found: Vec<(OrderKey, OrderKey)> =
            self.reading(|connection| keys::rows(connection, &sql, &[site.into()]))?;
        Ok(found.into_iter().collect())
    }

    /// Returns which kinds of senders told of the orders of `site` placed from `from` on and before `to`: each pair of an
    /// order and an origin of one of its statements once, sorted.
    ///
    /// # Errors
    /// As [`Self::query`].
    pub fn origins_of(&self, site: SiteId, from: Timestamp, to: Timestamp) -> Result<Vec<(OrderKey, Origin)>, Error> {
        let start = "select o.\"order\", o.\"order\" from orders o where o.site = $1 and o.placed_at >= $2 and o.placed_at < $3";
        let sql = format!(
            "{} select distinct root, f.origin from ids join order_facts f on f.\"order\" = key order by all",
            clusters(site, start)
        );
        self.reading(|connection| keys::rows(connection, &sql, &[site.into(), from.into(), to.into()]))
    }

    /// Returns the orders of `site` that count from `from` on and before `to` and have no rate, by currency: how many they
    /// are, and the sum of their totals in that currency.
    ///
    /// # Errors
    /// As [`Self::query`].
    pub fn unconverted(
        &self,
        site: SiteId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<(Currency, u64, Amount)>, Error> {
        let sql = "select currency, count(*)::ubigint, sum(order_total)::bigint
            from orders
            where site = ? and counts and r_order_total is null and counted_at >= ? and counted_at < ?
            group by currency
            order by currency";
        self.reading(|connection| keys::rows(connection, sql, &[site.into(), from.into(), to.into()]))
    }
}

/// Returns the beginning of a statement in which `ids (root, key)` holds, for each `root` that the statement `start`
/// gives, every `key` of an id of the same order of `site`.
fn clusters(site: SiteId, start: &str) -> String {
    let site = site.0;
    format!(
        "with recursive
            links(a, b) as (
                select alias, \"order\" from order_ids where site = {site}
                union all
                select \"order\", alias from order_ids where site = {site}
            ),
            ids(root, key) as ({start} union select ids.root, links.b from ids join links on links.a = ids.key)"
    )
}

fn detail(connection: &Connection, site: SiteId, cluster: &str) -> Result<Option<OrderDetail>, Error> {
    let of_site: [Value; 1] = [site.into()];
    let rest = format!("where t.site = ? and t.\"order\" in {cluster}");
    let mut order = select::<OrderRow>(connection, &rest, &of_site)?.pop();
    let facts = facts(connection, site, cluster)?;
    if order.is_none() && facts.is_empty() {
        return Ok(None);
    }
    let lines: Vec<OrderLineRow> = select(connection, &format!("{rest} order by t.line"), &of_site)?;
    let refunds: Vec<RefundRow> = select(connection, &format!("{rest} order by t.\"at\", t.refund"), &of_site)?;
    let refund_lines: Vec<RefundLineRow> = select(connection, &format!("{rest} order by t.refund, t.line"), &of_site)?;
    let ids = ids(connection, site, cluster, order.as_ref(), &facts)?;
    let customer = order.as_ref().and_then(|order| order.customer);
    let customer = people(connection, site, customer)?.into_values().next();
    let mailing = name_campaigns(connection, site, order.as_mut().map(|order| &mut order.source))?.pop().flatten();
    Ok(Some(OrderDetail { order, lines, refunds, refund_lines, facts, ids, customer, mailing }))
}

/// Reads statements. Where they are is looked up first: what they say is long, and read of those alone.
fn facts(connection: &Connection, site: SiteId, cluster: &str) -> Result<Vec<OrderFactRow>, Error> {
    let sql = format!("select distinct position from order_facts where site = ? and \"order\" in {cluster}");
    let positions: Vec<u64> = keys::rows(connection, &sql, &[site.into()])?;
    if positions.is_empty() {
        return Ok(Vec::new());
    }
    let mut facts = Vec::new();
    for some in positions.chunks(1000) {
        let rest =
            format!("where t.position in {} and t.site = ? and t.\"order\" in {cluster}", list(some.iter().copied()));
        facts.extend(select::<OrderFactRow>(connection, &rest, &[site.into()])?);
    }
    facts.sort_unstable_by_key(|fact| (fact.position, fact.event));
    Ok(facts)
}

/// Returns every id of the order: the one it stands under, then the others.
fn ids(
    connection: &Connection,
    site: SiteId,
    cluster: &str,
    order: Option<&OrderRow>,
    facts: &[OrderFactRow],
) -> Result<Vec<String>, Error> {
    let own = order.map(|order| order.order_id.clone());
    let links: Vec<OrderIdRow> =
        select(connection, &format!("where t.site = ? and t.\"order\" in {cluster}"), &[site.into()])?;
    let all = facts.iter().map(|fact| fact.order_id.clone()).chain(links.into_iter().map(|link| link.alias_id));
    let others: BTreeSet<String> = all.filter(|id| Some(id) != own.as_ref()).collect();
    Ok(own.into_iter().chain(others).collect())
}
