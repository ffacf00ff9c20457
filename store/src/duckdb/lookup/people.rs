//! Customers and visitors with what they did.

use super::super::{Snapshot, keys};
use super::carts::carts_where;
use super::mailings::name_campaigns;
use super::{list, people, select};
use crate::{CustomerDetail, CustomerSort, CustomerSummary, Error, Value, VisitorDetail};
use commerce::rows::{EventRow, IdentityRow, OrderRow, Subject, VisitRow};
use commerce::{Amount, CustomerKey, EventKey, SiteId, Timestamp, VisitorKey};
use duckdb::Connection;
use std::collections::HashSet;

/// A visitor's events that are told.
const EVENTS_MAX: usize = 500;

impl Snapshot<'_> {
    /// Returns what is known of the customer `customer` of `site`; `None` if nothing is.
    ///
    /// # Errors
    /// As [`Self::query`].
    pub fn customer(&self, site: SiteId, customer: CustomerKey) -> Result<Option<CustomerDetail>, Error> {
        self.reading(|connection| {
            let person = people(connection, site, [customer])?.remove(&customer);
            let orders = orders_where(connection, site, "t.customer = ?", customer.0)?;
            let identities: Vec<IdentityRow> = select(
                connection,
                "where t.site = ? and t.customer = ? order by t.\"at\", t.subject_kind, t.subject, t.customer",
                &[site.into(), Value::UInt(customer.0)],
            )?;
            let carts = carts_where(connection, site, "t.customer = ?", customer.0)?;
            let known = person.is_some() || !orders.is_empty() || !identities.is_empty() || !carts.is_empty();
            Ok(known.then_some(CustomerDetail { person, orders, identities, carts }))
        })
    }

    /// Returns `limit` customers of `site` with orders that count, after the first `offset` of them.
    ///
    /// # Errors
    /// As [`Self::query`].
    pub fn customers(
        &self,
        site: SiteId,
        sort: CustomerSort,
        limit: u32,
        offset: u32,
    ) -> Result<Vec<CustomerSummary>, Error> {
        type Found = (CustomerKey, u64, Amount, Timestamp, Timestamp);
        let by = match sort {
            CustomerSort::LastOrder => "last_order_at",
            CustomerSort::NetSales => "net",
        };
        let sql = format!(
            "with returned as (select \"order\", sum(r_goods) as goods from refunds where site = $1 group by \"order\")
             select o.customer, count(*)::ubigint,
                 coalesce(sum(o.r_gross_sales - o.r_discounts - coalesce(r.goods, 0)), 0)::bigint as net,
                 min(o.placed_at), max(o.placed_at) as last_order_at
             from orders o
             left join returned r on r.\"order\" = o.\"order\"
             where o.site = $1 and o.counts and o.customer is not null
             group by o.customer
             order by {by} desc, o.customer
             limit {limit} offset {offset}"
        );
        self.reading(|connection| {
            let found: Vec<Found> = keys::rows(connection, &sql, &[site.into()])?;
            let mut people = people(connection, site, found.iter().map(|row| row.0))?;
            let summary = |(customer, orders, net, first_order_at, last_order_at): Found| CustomerSummary {
                customer,
                person: people.remove(&customer),
                orders,
                net,
                first_order_at,
                last_order_at,
            };
            Ok(found.into_iter().map(summary).collect())
        })
    }

    /// Returns what is known of the visitor `visitor` of `site`; `None` if nothing is.
    ///
    /// # Errors
    /// As [`Self::query`].
    pub fn visitor(&self, site: SiteId, visitor: VisitorKey) -> Result<Option<VisitorDetail>, Error> {
        self.reading(|connection| {
            let mut visits: Vec<VisitRow> = select(
                connection,
                "where t.site = ? and t.visitor = ? order by t.started_at desc, t.visit",
                &[site.into(), Value::UInt(visitor.0)],
            )?;
            name_campaigns(connection, site, visits.iter_mut().map(|visit| &mut visit.source))?;
            let events = events(connection, site, visitor, &visits)?;
            let orders = orders_where(connection, site, "t.visitor = ?", visitor.0)?;
            let identities = identities(connection, site, visitor, &orders)?;
            let carts = carts_where(connection, site, "t.visitor = ?", visitor.0)?;
            let detail = VisitorDetail { visits, events, identities, orders, carts };
            let known = !(detail.visits.is_empty()
                && detail.events.is_empty()
                && detail.identities.is_empty()
                && detail.orders.is_empty()
                && detail.carts.is_empty());
            Ok(known.then_some(detail))
        })
    }
}

/// Returns the orders of `site` for which `test` is true, newest first.
fn orders_where(connection: &Connection, site: SiteId, test: &str, key: u64) -> Result<Vec<OrderRow>, Error> {
    let rest = format!("where t.site = ? and {test} order by t.placed_at desc, t.order_id");
    let mut orders: Vec<OrderRow> = select(connection, &rest, &[site.into(), Value::UInt(key)])?;
    name_campaigns(connection, site, orders.iter_mut().map(|order| &mut order.source))?;
    Ok(orders)
}

/// Returns the visitor's latest events: those it sent, and those of its visits that were stored as another's.
fn events(
    connection: &Connection,
    site: SiteId,
    visitor: VisitorKey,
    visits: &[VisitRow],
) -> Result<Vec<EventRow>, Error> {
    let visits = list(visits.iter().map(|visit| visit.visit.0));
    let sql = format!(
        "select t.event, t.occurred_at from events_now t
         where t.site = ? and (t.visitor = ? or t.visit in {visits})
         order by t.occurred_at desc, t.event
         limit {EVENTS_MAX}"
    );
    let found: Vec<(EventKey, Timestamp)> = keys::rows(connection, &sql, &[site.into(), Value::UInt(visitor.0)])?;
    let (Some((_, last)), Some((_, first))) = (found.first(), found.last()) else { return Ok(Vec::new()) };
    let rest = format!(
        "where t.site = ? and t.occurred_at between ? and ? and t.event in {}
         order by t.occurred_at desc, t.event",
        list(found.iter().map(|(event, _)| event.0))
    );
    select(connection, &rest, &[site.into(), Value::Time(*first), Value::Time(*last)])
}

/// Returns what was said of the visitor and of those it was said to be, or who ordered with it.
fn identities(
    connection: &Connection,
    site: SiteId,
    visitor: VisitorKey,
    orders: &[OrderRow],
) -> Result<Vec<IdentityRow>, Error> {
    const BY_TIME: &str = "order by t.\"at\", t.subject_kind, t.subject, t.customer";
    let own: Vec<IdentityRow> = select(
        connection,
        &format!("where t.site = ? and t.subject_kind = 0 and t.subject = ? {BY_TIME}"),
        &[site.into(), Value::UInt(visitor.0)],
    )?;
    let named = own.iter().filter_map(|row| row.customer);
    let ordered = orders.iter().flat_map(|order| [order.user, order.email, order.customer]).flatten();
    let involved: HashSet<CustomerKey> = named.chain(ordered).collect();
    let involved = list(involved.into_iter().map(|customer| customer.0));
    let mut all: Vec<IdentityRow> = select(
        connection,
        &format!(
            "where t.site = ? and (t.customer in {involved} or (t.subject_kind = 1 and t.subject in {involved})) {BY_TIME}"
        ),
        &[site.into()],
    )?;
    all.retain(|row| row.subject != Subject::Visitor(visitor));
    all.extend(own);
    all.sort_by_key(|row| (row.at, row.position, row.subject));
    Ok(all)
}
