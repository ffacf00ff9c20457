//! Visitors with their visits, touches and customer, and visits by fingerprint.

use super::super::heads::{Head, Heads, MARGIN_S, Reach, TOUCHES_MAX, TOUCHES_S};
use super::super::keys;
use super::fetch;
use crate::table::{Row, Table};
use crate::{Error, Value, dialect};
use commerce::rows::{IdentityRow, TouchRow, VisitRow};
use commerce::state::{Keys, State};
use commerce::{Timestamp, VisitKey, VisitorKey};
use duckdb::Connection;
use std::collections::{HashMap, HashSet};

/// A late hit within this and the visit time-out may still change a visit.
const LATE_S: i64 = 86_400;

/// A fingerprint finds a visit that was active this long before or after.
const FINGERPRINT_WINDOW_S: i64 = 1800;

/// What tells whether a visit is wanted, without its wide columns.
struct Narrow {
    visit: VisitKey,
    position: u64,
    started_at: Timestamp,
    seen_until: Timestamp,
    live: bool,
}

/// Loads the visitors asked for. `stored` receives the position of every version of a visit that was found.
pub(super) fn load(
    connection: &Connection,
    keys: &Keys,
    heads: &mut Heads,
    state: &mut State,
    stored: &mut HashMap<u64, u64>,
) -> Result<(), Error> {
    let timeout_s = state.sites.values().map(|s| s.settings.visit_timeout_s).max().unwrap_or(0);
    let reach = |earliest: Timestamp| Reach { earliest, since: earliest.plus_seconds(-LATE_S - timeout_s) };
    let mut missing: HashMap<VisitorKey, Head> = HashMap::new();
    for (visitor, earliest) in &keys.visitors {
        let reach = reach(*earliest);
        match heads.get(*visitor, reach) {
            Some(head) => {
                stored.extend(head.visits.iter().map(|v| (v.visit.0, v.position)));
                state.visitors.extend(head.answer(reach).map(|known| (*visitor, known)));
            }
            None => drop(missing.insert(*visitor, Head::new(reach.further(MARGIN_S)))),
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let known_from = missing.iter().map(|(visitor, head)| (visitor.0, Some(head.reach.earliest)));
    keys::put_timed(connection, "k_visitors", known_from)?;
    read_visits(connection, &mut missing, stored)?;
    read_identities(connection, &mut missing)?;
    read_touches(connection, &mut missing)?;
    for (visitor, head) in missing {
        state.visitors.extend(head.answer(reach(keys.visitors[&visitor])).map(|known| (visitor, known)));
        heads.insert(visitor, head);
    }
    Ok(())
}

fn read_visits(
    connection: &Connection,
    heads: &mut HashMap<VisitorKey, Head>,
    stored: &mut HashMap<u64, u64>,
) -> Result<(), Error> {
    let mut wanted: HashMap<VisitKey, u64> = HashMap::new();
    for (visitor, visits) in narrow(connection)? {
        stored.extend(visits.iter().map(|v| (v.visit.0, v.position)));
        let live = || visits.iter().filter(|v| v.live);
        let latest = live().max_by_key(|v| (v.started_at, v.position));
        let since = heads[&visitor].reach.since;
        let recent = live().filter(|v| v.seen_until >= since);
        wanted.extend(latest.into_iter().chain(recent).map(|v| (v.visit, v.position)));
    }
    keys::put(connection, "k_visits", wanted.keys().map(|v| v.0))?;
    for row in fetch::<VisitRow>(connection, "visit", "k_visits", wanted.values().copied())? {
        if let Some(head) = heads.get_mut(&row.visitor) {
            head.visits.push(row);
        }
    }
    Ok(())
}

fn narrow(connection: &Connection) -> Result<HashMap<VisitorKey, Vec<Narrow>>, Error> {
    type Found = (VisitorKey, VisitKey, u64, Timestamp, Timestamp, bool);
    let found: Vec<Found> = keys::rows(
        connection,
        "select v.visitor, v.visit, v.position, v.started_at, v.seen_until, v.live
         from visits v semi join k_visitors k on v.visitor = k.key",
        &[],
    )?;
    let mut visits: HashMap<VisitorKey, Vec<Narrow>> = HashMap::new();
    for (visitor, visit, position, started_at, seen_until, live) in found {
        visits.entry(visitor).or_default().push(Narrow { visit, position, started_at, seen_until, live });
    }
    Ok(visits)
}

fn read_identities(connection: &Connection, heads: &mut HashMap<VisitorKey, Head>) -> Result<(), Error> {
    let sql = format!(
        "select {} from identities t semi join k_visitors k on t.visitor = k.key",
        dialect::columns("t", &IdentityRow::column_names())
    );
    let found: Vec<Row<IdentityRow>> = keys::rows(connection, &sql, &[])?;
    for Row(row) in found {
        if let Some(head) = heads.get_mut(&row.visitor) {
            head.add_identity(&row);
        }
    }
    Ok(())
}

fn read_touches(connection: &Connection, heads: &mut HashMap<VisitorKey, Head>) -> Result<(), Error> {
    let Some(first) = heads.values().map(|head| head.reach.earliest).min() else { return Ok(()) };
    let sql = format!(
        "select {} from touches t join k_visitors k on t.visitor = k.key
         where t.occurred_at >= ? and t.occurred_at >= k.known_from - interval 400 day
         qualify row_number() over (partition by t.visitor order by t.occurred_at desc, t.position desc) <= {TOUCHES_MAX}",
        dialect::columns("t", &TouchRow::column_names())
    );
    let found: Vec<Row<TouchRow>> = keys::rows(connection, &sql, &[Value::Time(first.plus_seconds(-TOUCHES_S))])?;
    for Row(touch) in found {
        if let Some(head) = heads.get_mut(&touch.visitor) {
            head.touches.push(touch);
        }
    }
    Ok(())
}

/// Loads for each fingerprint asked for the live visit that was last active in its window.
pub(super) fn load_fingerprints(
    connection: &Connection,
    keys: &Keys,
    state: &mut State,
    stored: &mut HashMap<u64, u64>,
) -> Result<(), Error> {
    let found = by_fingerprint(connection, keys)?;
    let wanted: HashSet<u64> = found.values().map(|(visit, _)| visit.0).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    keys::put(connection, "k_visits", wanted)?;
    let rows: Vec<VisitRow> = fetch(connection, "visit", "k_visits", found.values().map(|(_, position)| *position))?;
    stored.extend(rows.iter().map(|v| (v.visit.0, v.position)));
    let rows: HashMap<VisitKey, VisitRow> = rows.into_iter().map(|v| (v.visit, v)).collect();
    let rows = found.into_iter().filter_map(|(print, (visit, _))| Some((print, rows.get(&visit)?.clone())));
    state.by_fingerprint = rows.collect();
    Ok(())
}

/// Returns visit and position for each fingerprint.
fn by_fingerprint(connection: &Connection, keys: &Keys) -> Result<HashMap<u64, (VisitKey, u64)>, Error> {
    let window = |print: u64| {
        let (first, last) = keys.fingerprints[&print];
        (first.plus_seconds(-FINGERPRINT_WINDOW_S), last.plus_seconds(FINGERPRINT_WINDOW_S))
    };
    let first = keys.fingerprints.keys().map(|print| window(*print).0).min();
    let last = keys.fingerprints.keys().map(|print| window(*print).1).max();
    let (Some(first), Some(last)) = (first, last) else { return Ok(HashMap::new()) };
    keys::put(connection, "k_fingerprints", keys.fingerprints.keys().copied())?;
    let found: Vec<(u64, VisitKey, u64, Timestamp)> = keys::rows(
        connection,
        "select v.fingerprint, v.visit, v.position, v.last_at
         from visits v semi join k_fingerprints k on v.fingerprint = k.key
         where v.live and v.last_at between ? and ?",
        &[Value::Time(first), Value::Time(last)],
    )?;
    let mut latest: HashMap<u64, (Timestamp, u64, VisitKey)> = HashMap::new();
    for (print, visit, position, last_at) in found {
        let (first, last) = window(print);
        let better = latest.get(&print).is_none_or(|kept| *kept < (last_at, position, visit));
        if better && first <= last_at && last_at <= last {
            latest.insert(print, (last_at, position, visit));
        }
    }
    Ok(latest.into_iter().map(|(print, (_, position, visit))| (print, (visit, position))).collect())
}
