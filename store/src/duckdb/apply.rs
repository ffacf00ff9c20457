//! Rows into tables: what a batch replaces leaves, what it brings is appended, and the position goes with it, in one
//! transaction.

use super::heads::Heads;
use super::load::{Loaded, Stored};
use super::{At, DuckDb, Writer, keys, lock, sums};
use crate::filter::{Kind, SalesFilter};
use crate::table::{Table, batch_of, named_batch};
use crate::{Error, dialect};
use commerce::rows::{Rows, VisitMoveRow};
use duckdb::Connection;
use std::collections::HashMap;

impl DuckDb {
    /// Adds `rows` and moves to their position, all or nothing.
    pub(crate) fn apply(&self, rows: &Rows) -> Result<(), Error> {
        let result = self.write(|writer| {
            let position = self.position();
            if rows.position <= position {
                let found = rows.position;
                return Err(Error::Query(format!("a batch up to {found} cannot follow position {position}")));
            }
            let as_of = rows.as_of.max(self.as_of());
            // Until it is known how the batch ended, nothing that was seen before it counts.
            let mut heads = std::mem::replace(&mut writer.heads, Heads::new(self.options.memory_limit_mb));
            writer.apply(rows, position, as_of)?;
            if writer.loaded.position == Some(position) {
                heads.apply(rows, |visit| writer.loaded.visitor(visit));
                writer.heads = heads;
            }
            *lock(&self.at) = At { position: rows.position, as_of };
            Ok(())
        });
        match result {
            // The engine may give up after a commit, when it folds its log; opened again, the store has the batch.
            Err(error) if error.is_fatal() && self.position() == rows.position => Ok(()),
            other => other,
        }
    }
}

impl Writer {
    fn apply(&mut self, rows: &Rows, position: u64, as_of: Option<commerce::Timestamp>) -> Result<(), Error> {
        let transaction = self.connection.unchecked_transaction()?;
        let seen = (self.loaded.position == Some(position)).then_some(&self.loaded);
        remove_replaced(&transaction, rows, seen, &self.sales)?;
        append_all(&transaction, rows)?;
        let applied = named_batch(
            &["position".to_owned(), "as_of".to_owned()],
            vec![
                crate::table::Scalar::array([Some(&rows.position)].into_iter()),
                crate::table::Scalar::array([as_of.as_ref()].into_iter()),
            ],
        )?;
        append_batch(&transaction, "applied", applied)?;
        let spoiled = sums::spoil(&transaction, &mut self.summed, rows)?;
        transaction.commit()?;
        self.summed.forget(&spoiled);
        if !(rows.sites.is_empty() && rows.rates.is_empty()) {
            self.sites.clear();
        }
        // Past the commit nothing may fail any more: a filter that cannot be filled only says nothing.
        if !rows.events.iter().all(|e| self.filter.insert(e.event, e.occurred_at))
            && let Err(error) = super::load::refill(&self.connection, &mut self.filter)
        {
            tracing::warn!(%error, "duplicates are looked up without a filter");
        }
        if !self.sales.apply(rows)
            && let Err(error) = super::load::refill_sales(&self.connection, &mut self.sales)
        {
            tracing::warn!(%error, "orders and carts are looked up without a filter");
        }
        Ok(())
    }
}

/// Takes out the versions of visits, orders, carts and moves that `rows` replace, and the orders and carts that are no
/// more. `seen` is what was loaded for this very batch, if it was; `filter` knows what surely is not stored.
fn remove_replaced(
    connection: &Connection,
    rows: &Rows,
    seen: Option<&Loaded>,
    filter: &SalesFilter,
) -> Result<(), Error> {
    let where_is = |kind: Kind, key: u64, seen: Option<Stored>| match seen {
        Some(known @ (Stored::At(_) | Stored::Nowhere)) => (key, known),
        _ if filter.may_hold(kind, key) => (key, Stored::Unknown),
        _ => (key, Stored::Nowhere),
    };
    let visits = rows.visits.iter().map(|v| (v.visit.0, seen.map_or(Stored::Unknown, |s| s.visit(v))));
    remove(connection, "visits", "visit", &[], visits.collect())?;
    let orders = rows.orders.iter().map(|o| o.order).chain(rows.orders_gone.iter().copied());
    let orders = orders.map(|o| where_is(Kind::Order, o.0, seen.map(|s| s.order(o))));
    remove(connection, "orders", "order", &["order_lines", "refunds", "refund_lines"], orders.collect())?;
    let carts = rows.carts.iter().map(|c| c.cart).chain(rows.carts_gone.iter().copied());
    let carts = carts.map(|c| where_is(Kind::Cart, c.0, seen.map(|s| s.cart(c))));
    remove(connection, "carts", "cart", &["cart_lines"], carts.collect())?;
    let moves = rows.visit_moves.iter().map(|m| where_is(Kind::Moved, m.event.0, None));
    remove(connection, "visit_moves", "event", &[], moves.collect())
}

/// Takes the stored versions of `changed` out of `table` and of the tables of their lines; where they are is looked up
/// if it is not known.
fn remove(
    connection: &Connection,
    table: &str,
    key: &str,
    lines: &[&str],
    changed: Vec<(u64, Stored)>,
) -> Result<(), Error> {
    let mut old: Vec<(u64, u64)> = Vec::new();
    let mut unknown: Vec<u64> = Vec::new();
    for (key, stored) in changed {
        match stored {
            Stored::At(position) => old.push((key, position)),
            Stored::Nowhere => {}
            Stored::Unknown => unknown.push(key),
        }
    }
    if !unknown.is_empty() {
        keys::put(connection, "k_old", unknown)?;
        let column = dialect::quoted(key);
        let sql = format!("select t.{column}, t.position from {table} t semi join k_old k on t.{column} = k.key");
        old.extend(keys::rows::<(u64, u64)>(connection, &sql, &[])?);
    }
    let positions = || old.iter().map(|(_, position)| *position);
    let (Some(first), Some(last)) = (positions().min(), positions().max()) else { return Ok(()) };
    keys::put(connection, "k_old", old.iter().map(|(key, _)| *key))?;
    for table in std::iter::once(&table).chain(lines) {
        connection.prepare(&dialect::remove_versions(table, key, "k_old"))?.execute([first, last])?;
    }
    Ok(())
}

fn append_all(connection: &Connection, rows: &Rows) -> Result<(), Error> {
    // Rows of one site and time lie together: they compress better, and reports skip more.
    append_sorted(connection, &rows.events, |e| (e.site, e.occurred_at, e.position))?;
    append_sorted(connection, &rows.product_actions, |a| (a.site, a.occurred_at, a.position))?;
    append(connection, &rows.visits)?;
    append(connection, &rows.touches)?;
    append_moves(connection, &rows.visit_moves)?;
    append(connection, &rows.goal_conversions)?;
    append(connection, &rows.order_facts)?;
    append(connection, &rows.order_ids)?;
    append(connection, &rows.orders)?;
    append(connection, &rows.order_lines)?;
    append(connection, &rows.refunds)?;
    append(connection, &rows.refund_lines)?;
    append(connection, &rows.cart_facts)?;
    append(connection, &rows.carts)?;
    append(connection, &rows.cart_lines)?;
    append(connection, &rows.identities)?;
    append(connection, &rows.people)?;
    append(connection, &rows.product_costs)?;
    append(connection, &rows.ad_costs)?;
    append(connection, &rows.link_codes)?;
    append(connection, &rows.visit_aliases)?;
    append(connection, &rows.waiting_events)?;
    append(connection, &rows.quarantine)?;
    append(connection, &rows.intake)?;
    append(connection, &rows.sites)?;
    append(connection, &rows.rates)
}

/// A second late hit of the same batch may move an event again; only its last move is kept.
fn append_moves(connection: &Connection, moves: &[VisitMoveRow]) -> Result<(), Error> {
    let mut last: HashMap<u64, &VisitMoveRow> = HashMap::new();
    for row in moves {
        last.entry(row.event.0)
            .and_modify(|kept| {
                if kept.position <= row.position {
                    *kept = row;
                }
            })
            .or_insert(row);
    }
    let mut last: Vec<&VisitMoveRow> = last.into_values().collect();
    last.sort_unstable_by_key(|row| (row.position, row.event));
    append_refs(connection, &last)
}

fn append<T: Table>(connection: &Connection, rows: &[T]) -> Result<(), Error> {
    append_refs(connection, &rows.iter().collect::<Vec<_>>())
}

fn append_sorted<T: Table, K: Ord>(connection: &Connection, rows: &[T], key: fn(&T) -> K) -> Result<(), Error> {
    let mut sorted: Vec<&T> = rows.iter().collect();
    sorted.sort_by_key(|row| key(row));
    append_refs(connection, &sorted)
}

fn append_refs<T: Table>(connection: &Connection, rows: &[&T]) -> Result<(), Error> {
    if rows.is_empty() { Ok(()) } else { append_batch(connection, T::NAME, batch_of(rows)?) }
}

fn append_batch(
    connection: &Connection,
    table: &str,
    batch: duckdb::arrow::record_batch::RecordBatch,
) -> Result<(), Error> {
    let mut appender = connection.appender(table)?;
    appender.append_record_batch(batch)?;
    Ok(appender.flush()?)
}
