//! Single things for people to look at: an order, a cart, what is in quarantine.

use super::{DuckDb, keys};
use crate::table::{Row, Table};
use crate::{CartDetail, Error, OrderDetail, Value, dialect};
use commerce::rows::{CartLineRow, CartRow, OrderFactRow, OrderLineRow, OrderRow, QuarantineRow};
use commerce::{CartKey, OrderKey, SiteId};
use duckdb::Connection;

impl DuckDb {
    /// Returns the latest `limit` quarantined items of `site`, newest first.
    pub(crate) fn quarantine(&self, site: SiteId, limit: u32) -> Result<Vec<QuarantineRow>, Error> {
        let rest = "where t.site = ? order by t.position desc, t.rowid desc limit ?";
        self.read(|connection| select(connection, rest, &[site.into(), limit.into()]))
    }

    /// Returns what is known of an order; the visits are those the events belong to now.
    pub(crate) fn order(&self, site: SiteId, order: OrderKey) -> Result<Option<OrderDetail>, Error> {
        let which = [site.into(), Value::UInt(order.0)];
        self.read(|connection| {
            let rest = "where t.site = ? and t.\"order\" = ?";
            let order = select::<OrderRow>(connection, rest, &which)?.pop();
            let lines: Vec<OrderLineRow> = select(connection, &format!("{rest} order by t.line"), &which)?;
            let facts: Vec<OrderFactRow> = select(connection, &format!("{rest} order by t.position, t.event"), &which)?;
            Ok((order.is_some() || !facts.is_empty()).then_some(OrderDetail { order, lines, facts }))
        })
    }

    /// Returns a cart with its lines.
    pub(crate) fn cart(&self, site: SiteId, cart: CartKey) -> Result<Option<CartDetail>, Error> {
        let which = [site.into(), Value::UInt(cart.0)];
        self.read(|connection| {
            let rest = "where t.site = ? and t.cart = ?";
            let Some(cart) = select::<CartRow>(connection, rest, &which)?.pop() else { return Ok(None) };
            let lines = select(connection, &format!("{rest} order by t.line"), &which)?;
            Ok(Some(CartDetail { cart, lines }))
        })
    }

    /// Returns the `limit` carts of `site` that changed last, newest first, with their lines.
    pub(crate) fn carts(&self, site: SiteId, limit: u32) -> Result<Vec<CartDetail>, Error> {
        const LATEST: &str = "where t.site = ? order by t.changed_at desc, t.position desc, t.cart limit ?";
        let which = [site.into(), limit.into()];
        self.read(|connection| {
            let carts: Vec<CartRow> = select(connection, LATEST, &which)?;
            let rest = format!("where t.cart in (select t.cart from carts_now t {LATEST}) order by t.line");
            let lines: Vec<CartLineRow> = select(connection, &rest, &which)?;
            let mut carts: Vec<CartDetail> =
                carts.into_iter().map(|cart| CartDetail { cart, lines: Vec::new() }).collect();
            for line in lines {
                if let Some(detail) = carts.iter_mut().find(|c| c.cart.cart == line.cart) {
                    detail.lines.push(line);
                }
            }
            Ok(carts)
        })
    }
}

/// Reads rows of `T` from its view, or from its table where there is none.
fn select<T: Table>(connection: &Connection, rest: &str, params: &[Value]) -> Result<Vec<T>, Error> {
    let columns = dialect::columns("t", &T::column_names());
    let from = if T::NAME == "quarantine" { T::NAME.to_owned() } else { format!("{}_now", T::NAME) };
    let rows: Vec<Row<T>> = keys::rows(connection, &format!("select {columns} from {from} t {rest}"), params)?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}
