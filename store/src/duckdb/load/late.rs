//! Events of visits that a late hit may change: loaded only for visitors of whom the batch holds an event earlier than
//! the end of a visit.

use super::super::keys;
use crate::table::Table;
use crate::{Error, Value, dialect};
use commerce::hit::Origin;
use commerce::rows::{TouchRow, TrafficSource};
use commerce::state::{EventSummary, State};
use commerce::{EventKey, Timestamp, VisitKey, VisitorKey};
use duckdb::Connection;
use std::collections::HashMap;

/// Events that belong to a visit without extending it (of servers, which name it) are found this long before its start
/// and after its end.
const BEFORE_S: i64 = 86_400;
const AFTER_S: i64 = 31 * 86_400;

/// The columns of an event's summary, but for its visit.
const COLUMNS: &str = "e.event, e.position, e.occurred_at, e.name, e.origin, e.flags, e.host, e.page";

/// Loads the events of the visits of late visitors, sorted by time and position.
pub(super) fn load(
    connection: &Connection,
    asked: &HashMap<VisitorKey, Timestamp>,
    state: &mut State,
) -> Result<(), Error> {
    let mut owners: HashMap<VisitKey, VisitorKey> = HashMap::new();
    let mut window: Option<(Timestamp, Timestamp)> = None;
    for (visitor, known) in &state.visitors {
        let Some(earliest) = asked.get(visitor) else { continue };
        if known.visits.iter().all(|v| v.seen_until <= *earliest) {
            continue;
        }
        for visit in &known.visits {
            owners.insert(visit.visit, *visitor);
            let (first, last) = window.unwrap_or((visit.started_at, visit.seen_until));
            window = Some((first.min(visit.started_at), last.max(visit.seen_until)));
        }
    }
    let Some((first, last)) = window else { return Ok(()) };
    let window = (first.plus_seconds(-BEFORE_S), last.plus_seconds(AFTER_S));
    let mut events = summaries(connection, &owners, window)?;
    let mut touches = touches(connection, &events, window)?;
    events.sort_unstable_by_key(|e| (e.occurred_at, e.position));
    for mut event in events {
        event.touch = touches.remove(&event.event);
        let owner = event.visit.and_then(|visit| owners.get(&visit));
        if let Some(known) = owner.and_then(|visitor| state.visitors.get_mut(visitor)) {
            known.events.push(event);
        }
    }
    Ok(())
}

/// An event's columns as [`COLUMNS`] lists them, and its visit.
type Found = ((EventKey, u64, Timestamp, String), (Origin, u32, Option<String>, Option<String>), Option<VisitKey>);

fn summaries(
    connection: &Connection,
    owners: &HashMap<VisitKey, VisitorKey>,
    window: (Timestamp, Timestamp),
) -> Result<Vec<EventSummary>, Error> {
    keys::put(connection, "k_late_visits", owners.keys().map(|v| v.0))?;
    // Two halves, each a plain join on a stored column: events that were never moved, and events moved to here.
    let sql = format!(
        "select {COLUMNS}, e.visit
         from events e semi join k_late_visits k on e.visit = k.key
         where e.occurred_at between $1 and $2
           and not exists (select 1 from visit_moves m where m.event = e.event)
         union all
         select {COLUMNS}, m.visit
         from events e
         join (select v.event, v.visit from visit_moves v semi join k_late_visits k on v.visit = k.key) m
           on m.event = e.event
         where e.occurred_at between $1 and $2"
    );
    let found: Vec<Found> = keys::rows(connection, &sql, &[Value::Time(window.0), Value::Time(window.1)])?;
    let summary = |((event, position, occurred_at, name), (origin, flags, host, page), visit): Found| EventSummary {
        event,
        position,
        occurred_at,
        name,
        visit,
        origin,
        flags,
        host,
        page,
        touch: None,
    };
    Ok(found.into_iter().map(summary).collect())
}

/// Returns the sources that `events` brought; direct ones are none.
fn touches(
    connection: &Connection,
    events: &[EventSummary],
    window: (Timestamp, Timestamp),
) -> Result<HashMap<EventKey, TrafficSource>, Error> {
    keys::put(connection, "k_events", events.iter().map(|e| e.event.0))?;
    let names: Vec<String> = TouchRow::column_names()
        .into_iter()
        .skip_while(|n| n != "channel")
        .take_while(|n| n != "landing_page")
        .collect();
    let sql = format!(
        "select t.event, {} from touches t semi join k_events k on t.event = k.key where t.occurred_at between ? and ?",
        dialect::columns("t", &names)
    );
    let found: Vec<(EventKey, TrafficSource)> =
        keys::rows(connection, &sql, &[Value::Time(window.0), Value::Time(window.1)])?;
    Ok(found.into_iter().filter(|(_, source)| !source.is_direct()).collect())
}
