//! Single things for people to look at, each put together from a few queries on one reading connection.

mod carts;
mod mailings;
mod orders;
mod people;

use super::{Snapshot, keys};
use crate::table::{Row, Table};
use crate::{Error, Value, dialect};
use commerce::rows::{PersonRow, QuarantineRow};
use commerce::{CustomerKey, SiteId};
use duckdb::Connection;
use std::collections::HashMap;

impl Snapshot<'_> {
    /// Returns the latest `limit` quarantined items of `site`, newest first.
    ///
    /// # Errors
    /// As [`Self::query`].
    pub fn quarantine(&self, site: SiteId, limit: u32) -> Result<Vec<QuarantineRow>, Error> {
        let rest = "where t.site = ? order by t.position desc, t.rowid desc limit ?";
        self.reading(|connection| select(connection, rest, &[site.into(), limit.into()]))
    }
}

/// Reads rows of `T` from its view, or from its table where there is none.
fn select<T: Table>(connection: &Connection, rest: &str, params: &[Value]) -> Result<Vec<T>, Error> {
    let columns = dialect::columns("t", &T::column_names());
    let from = match T::NAME {
        table @ ("quarantine" | "order_ids") => table.to_owned(),
        table => format!("{table}_now"),
    };
    let rows: Vec<Row<T>> = keys::rows(connection, &format!("select {columns} from {from} t {rest}"), params)?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}

/// Returns keys as a list for `in`. They are numbers, so they may stand in the statement itself; an empty list holds
/// nothing.
fn list(keys: impl IntoIterator<Item = u64>) -> String {
    let keys: Vec<String> = keys.into_iter().map(|key| key.to_string()).collect();
    if keys.is_empty() { "(null)".to_owned() } else { format!("({})", keys.join(", ")) }
}

/// Returns what `customers` of `site` are called.
fn people(
    connection: &Connection,
    site: SiteId,
    customers: impl IntoIterator<Item = CustomerKey>,
) -> Result<HashMap<CustomerKey, PersonRow>, Error> {
    let customers = list(customers.into_iter().map(|customer| customer.0));
    let rows: Vec<PersonRow> =
        select(connection, &format!("where t.site = ? and t.customer in {customers}"), &[site.into()])?;
    Ok(rows.into_iter().map(|row| (row.customer, row)).collect())
}
