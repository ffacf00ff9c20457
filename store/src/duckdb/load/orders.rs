//! Ledgers of the orders asked for: every statement, and the order as it last stood.

use super::super::keys;
use crate::table::{Row, Table};
use crate::{Error, dialect};
use commerce::rows::{OrderFactRow, OrderRow};
use commerce::state::{Keys, State};
use duckdb::Connection;
use std::collections::HashMap;

/// Loads the orders asked for. `stored` receives the position of every version found.
pub(super) fn load(
    connection: &Connection,
    keys: &Keys,
    state: &mut State,
    stored: &mut HashMap<u64, u64>,
) -> Result<(), Error> {
    if keys.orders.is_empty() {
        return Ok(());
    }
    keys::put(connection, "k_orders", keys.orders.iter().map(|o| o.0))?;
    let mut facts: Vec<OrderFactRow> = of_orders(connection)?;
    facts.sort_by_key(|f| (f.position, f.event));
    for fact in facts {
        state.orders.entry(fact.order).or_default().facts.push(fact);
    }
    for row in of_orders::<OrderRow>(connection)? {
        let key = row.order;
        stored.insert(key.0, row.position);
        state.orders.entry(key).or_default().order = Some(row);
    }
    Ok(())
}

fn of_orders<T: Table>(connection: &Connection) -> Result<Vec<T>, Error> {
    let columns = dialect::columns("t", &T::column_names());
    let sql = format!("select {columns} from {} t semi join k_orders k on t.\"order\" = k.key", T::NAME);
    let rows: Vec<Row<T>> = keys::rows(connection, &sql, &[])?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}
