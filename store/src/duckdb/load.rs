//! What the store knows of a batch: a few set-oriented queries, whatever the batch's size.
//!
//! Wide rows are fetched in two steps: a narrow query over key columns finds which rows are wanted, then those are read
//! by key within the range of positions in which they lie, so that blocks outside it are never touched.

mod ads;
mod late;
mod moves;
mod sales;
mod search;
mod visits;
mod waiting;

use super::{DuckDb, Writer, keys};
use crate::filter::{COLUMNS, EventFilter, SalesFilter};
use crate::{Error, Value, dialect};
use commerce::rows::VisitRow;
use commerce::state::{Keys, State};
use commerce::{CartKey, EventKey, OrderKey, Timestamp, VisitKey, VisitorKey};
use duckdb::Connection;
use duckdb::arrow::array::AsArray;
use duckdb::arrow::datatypes::UInt64Type;
use search::{Search, fetch};
use std::collections::{HashMap, HashSet};

/// Duplicates are looked for this far around an event's own time: a client's outbox holds events for seven days, and
/// one without a time of its own is dated anew at every attempt.
const DUPLICATE_WINDOW_S: i64 = 8 * 86_400;

const SECONDS_PER_HOUR: i64 = 3600;

/// Which versions the latest `load` found stored, by key, and what it was asked for.
#[derive(Default)]
pub(super) struct Loaded {
    /// Where the store stood then; `None` if nothing was loaded.
    pub(super) position: Option<u64>,
    /// Versions of visits, with the visitor whose they are.
    visits: HashMap<VisitKey, (u64, VisitorKey)>,
    orders: HashMap<OrderKey, u64>,
    carts: HashMap<CartKey, u64>,
    /// Visitors of whom every visit was looked for.
    asked: HashSet<VisitorKey>,
}

/// Where the stored version of something lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stored {
    /// At this position.
    At(u64),
    /// There is none.
    Nowhere,
    /// It was not asked for.
    Unknown,
}

impl Loaded {
    /// Says where the version that `row` replaces lies. All visits of a visitor asked for are known.
    pub(super) fn visit(&self, row: &VisitRow) -> Stored {
        match self.visits.get(&row.visit) {
            Some((position, _)) => Stored::At(*position),
            None if self.asked.contains(&row.visitor) => Stored::Nowhere,
            None => Stored::Unknown,
        }
    }

    /// Returns the visitor whose `visit` was, if it was loaded.
    pub(super) fn visitor(&self, visit: VisitKey) -> Option<VisitorKey> {
        self.visits.get(&visit).map(|(_, visitor)| *visitor)
    }

    /// Says where the stored version of `order` lies, if it was loaded.
    pub(super) fn order(&self, order: OrderKey) -> Stored {
        self.orders.get(&order).map_or(Stored::Unknown, |position| Stored::At(*position))
    }

    /// Says where the stored version of `cart` lies, if it was loaded.
    pub(super) fn cart(&self, cart: CartKey) -> Stored {
        self.carts.get(&cart).map_or(Stored::Unknown, |position| Stored::At(*position))
    }
}

impl DuckDb {
    /// Returns what the store knows of `keys`.
    pub(crate) fn load(&self, keys: &Keys) -> Result<State, Error> {
        self.write(|writer| {
            writer.loaded = Loaded::default();
            let (position, as_of) = (self.position(), self.as_of());
            let (mut state, mut loaded) = writer.load(keys)?;
            state.as_of = as_of;
            loaded.position = Some(position);
            writer.loaded = loaded;
            Ok(state)
        })
    }
}

impl Writer {
    fn load(&mut self, keys: &Keys) -> Result<(State, Loaded), Error> {
        let mut state = State::default();
        let mut loaded = Loaded::default();
        for site in &keys.sites {
            if let Some(known) = self.site_state(*site)? {
                state.sites.insert(*site, known);
            }
        }
        // One transaction for all: the key tables are then written once, and every query sees the same rows.
        let transaction = self.connection.unchecked_transaction()?;
        let asked = visits::asked(&transaction, keys)?;
        visits::load(&transaction, &asked, &mut self.heads, &mut state, &mut loaded.visits)?;
        late::load(&transaction, &asked, &mut state)?;
        state.events_seen = events_seen(&transaction, &self.filter, &keys.events)?;
        let search = Search { connection: &transaction, filter: &self.sales };
        state.waiting_events = waiting::load(search, &asked)?;
        sales::load(search, &self.heads, keys, &asked, &mut state)?;
        state.ad_costs = ads::load(&transaction, keys)?;
        transaction.commit()?;
        loaded.asked = asked.into_keys().collect();
        loaded.orders = state.sales.orders.iter().map(|(key, row)| (*key, row.position)).collect();
        loaded.carts = state.sales.carts.iter().map(|(key, head)| (*key, head.cart.position)).collect();
        Ok((state, loaded))
    }
}

/// Returns which of `events` are stored within the window around their time.
fn events_seen(
    connection: &Connection,
    filter: &EventFilter,
    events: &HashMap<EventKey, Timestamp>,
) -> Result<HashSet<EventKey>, Error> {
    let earliest = |at: Timestamp| at.plus_seconds(-DUPLICATE_WINDOW_S);
    let mut asked: Vec<(EventKey, Timestamp)> =
        events.iter().filter(|(key, at)| !filter.surely_absent(**key, earliest(**at))).map(|(k, t)| (*k, *t)).collect();
    asked.sort_unstable_by_key(|(_, at)| *at);
    let mut seen = HashSet::new();
    // Events whose windows overlap are looked for together, so that one old event does not make the others' window
    // span the years between.
    for group in
        asked.chunk_by(|(_, a), (_, b)| b.plus_seconds(-DUPLICATE_WINDOW_S) <= a.plus_seconds(DUPLICATE_WINDOW_S))
    {
        let (Some((_, first)), Some((_, last))) = (group.first(), group.last()) else { continue };
        keys::put(connection, "k_events", group.iter().map(|(key, _)| key.0))?;
        let found: Vec<(EventKey, Timestamp)> = keys::rows(
            connection,
            "select e.event, e.occurred_at from events e semi join k_events k on e.event = k.key
             where e.occurred_at between ? and ?",
            &[Value::Time(earliest(*first)), Value::Time(last.plus_seconds(DUPLICATE_WINDOW_S))],
        )?;
        // A group's window is wider than that of each of its events; what counts may not depend on the company.
        seen.extend(found.into_iter().filter(|(key, at)| within_window(events[key], *at)).map(|(key, _)| key));
    }
    Ok(seen)
}

fn within_window(asked: Timestamp, stored: Timestamp) -> bool {
    asked.plus_seconds(-DUPLICATE_WINDOW_S) <= stored && stored <= asked.plus_seconds(DUPLICATE_WINDOW_S)
}

/// Fills `filter` from the table: with everything if it fits, else with the latest events, to half its capacity.
pub(super) fn refill(connection: &Connection, filter: &mut EventFilter) -> Result<(), Error> {
    let hours: Vec<(i64, i64)> = keys::rows(
        connection,
        "select epoch_us(occurred_at) // 3600000000 as hour, count(*) as events from events group by hour order by hour desc",
        &[],
    )?;
    let total: i64 = hours.iter().map(|(_, events)| events).sum();
    let (keys, from) = if total as usize <= filter.keys_max() / 4 * 3 {
        (total as usize, Some(Timestamp(i64::MIN)))
    } else {
        latest_that_fit(&hours, filter.keys_max() / 2)
    };
    filter.reset(keys, from);
    let Some(from) = from else { return Ok(()) };
    let mut statement = connection.prepare("select event, occurred_at from events where occurred_at >= ?")?;
    for batch in statement.stream_arrow([keys::to_engine(&Value::Time(from))])? {
        let events: Vec<(EventKey, Timestamp)> = crate::table::read_rows(&[batch])?;
        if !events.into_iter().all(|(event, at)| filter.insert(event, at)) {
            break;
        }
    }
    Ok(())
}

/// Fills `filter` from the tables.
pub(super) fn refill_sales(connection: &Connection, filter: &mut SalesFilter) -> Result<(), Error> {
    let mut keys = 0;
    for (table, column, _, rows) in COLUMNS {
        let column = dialect::quoted(column);
        let sql = format!("select count({column}) from {table} where {rows}");
        keys += keys::rows::<i64>(connection, &sql, &[])?.first().map_or(0, |count| *count as usize);
    }
    filter.reset(keys);
    for (table, column, kind, rows) in COLUMNS {
        let column = dialect::quoted(column);
        let sql = format!("select {column} from {table} where {rows} and {column} is not null");
        for batch in connection.prepare(&sql)?.stream_arrow([])? {
            let keys = batch.column(0).as_primitive_opt::<UInt64Type>();
            let keys = keys.ok_or_else(|| Error::Broken(format!("column {column} of {table} holds no keys")))?;
            if !keys.values().iter().all(|key| filter.insert(kind, *key)) {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Returns how many events of the latest `hours` (newest first) make up at most `keys_max`, and when they begin.
fn latest_that_fit(hours: &[(i64, i64)], keys_max: usize) -> (usize, Option<Timestamp>) {
    let (mut keys, mut from) = (0, None);
    for &(hour, events) in hours {
        if keys + events as usize > keys_max {
            break;
        }
        keys += events as usize;
        from = Some(Timestamp::from_seconds(hour * SECONDS_PER_HOUR));
    }
    (keys, from)
}
