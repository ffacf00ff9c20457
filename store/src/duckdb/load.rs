//! What the store knows of a batch: a few set-oriented queries, whatever the batch's size.
//!
//! Wide rows are fetched in two steps: a narrow query over key columns finds which rows are wanted, then those are read
//! by key within the range of positions in which they lie, so that blocks outside it are never touched.

mod carts;
mod late;
mod orders;
mod visits;

use super::{DuckDb, Writer, keys};
use crate::filter::EventFilter;
use crate::table::{Row, Table};
use crate::{Error, Value, dialect};
use commerce::rows::{CartRow, OrderRow, VisitRow};
use commerce::state::{Keys, State};
use commerce::{EventKey, Timestamp};
use duckdb::Connection;
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
    visits: HashMap<u64, u64>,
    orders: HashMap<u64, u64>,
    carts: HashMap<u64, u64>,
    asked: Keys,
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

fn stored(found: Option<&u64>, asked: bool) -> Stored {
    match found {
        Some(position) => Stored::At(*position),
        None if asked => Stored::Nowhere,
        None => Stored::Unknown,
    }
}

impl Loaded {
    /// Says where the version that `row` replaces lies. All visits of a visitor asked for are known.
    pub(super) fn visit(&self, row: &VisitRow) -> Stored {
        stored(self.visits.get(&row.visit.0), self.asked.visitors.contains_key(&row.visitor))
    }

    /// Says where the version that `row` replaces lies.
    pub(super) fn order(&self, row: &OrderRow) -> Stored {
        stored(self.orders.get(&row.order.0), self.asked.orders.contains(&row.order))
    }

    /// Says where the version that `row` replaces lies.
    pub(super) fn cart(&self, row: &CartRow) -> Stored {
        stored(self.carts.get(&row.cart.0), self.asked.carts.contains(&row.cart))
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
        let mut loaded = Loaded { asked: keys.clone(), ..Loaded::default() };
        for site in &keys.sites {
            if let Some(known) = self.site_state(*site)? {
                state.sites.insert(*site, known);
            }
        }
        // One transaction for all: the key tables are then written once, and every query sees the same rows.
        let transaction = self.connection.unchecked_transaction()?;
        visits::load(&transaction, keys, &mut self.heads, &mut state, &mut loaded.visits)?;
        visits::load_fingerprints(&transaction, keys, &mut state, &mut loaded.visits)?;
        late::load(&transaction, keys, &mut state)?;
        state.events_seen = events_seen(&transaction, &self.filter, &keys.events)?;
        orders::load(&transaction, keys, &mut state, &mut loaded.orders)?;
        carts::load(&transaction, keys, &mut state, &mut loaded.carts)?;
        transaction.commit()?;
        Ok((state, loaded))
    }
}

/// Reads the rows of `T` whose column `key` is in the temporary table `keys` and whose position is one of `positions`
/// or lies between two of them.
fn fetch<T: Table>(
    connection: &Connection,
    key: &str,
    keys: &str,
    positions: impl Iterator<Item = u64> + Clone,
) -> Result<Vec<T>, Error> {
    let (Some(first), Some(last)) = (positions.clone().min(), positions.max()) else { return Ok(Vec::new()) };
    let sql = format!(
        "select {} from {} t semi join {keys} k on t.{} = k.key where t.position between ? and ?",
        dialect::columns("t", &T::column_names()),
        T::NAME,
        dialect::quoted(key),
    );
    let rows: Vec<Row<T>> = keys::rows(connection, &sql, &[Value::UInt(first), Value::UInt(last)])?;
    Ok(rows.into_iter().map(|row| row.0).collect())
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
