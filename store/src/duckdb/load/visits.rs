//! Visitors with their visits and touches: those named, and those behind fingerprints.

use super::super::heads::{Head, Heads, MARGIN_S, Reach, TOUCHES_MAX, TOUCHES_S};
use super::super::keys;
use super::fetch;
use crate::table::{Row, Table};
use crate::{Error, Value, dialect};
use commerce::rows::{TouchRow, VisitRow};
use commerce::state::{FingerprintUse, Keys, State};
use commerce::{Timestamp, VisitKey, VisitorKey};
use duckdb::Connection;
use std::collections::HashMap;

/// A late hit within this and the visit time-out may still change a visit.
const LATE_S: i64 = 86_400;

/// A fingerprint finds a visit that was active this long before or after.
const FINGERPRINT_WINDOW_S: i64 = 1800;

/// What tells whether a visit is wanted, without its wide columns.
struct Narrow {
    visit: VisitKey,
    position: u64,
    number: u32,
    started_at: Timestamp,
    seen_until: Timestamp,
    live: bool,
}

/// Returns the visitors whose past the batch may need, with the time from which on it does: those that `keys` names,
/// and those behind its fingerprints.
pub(super) fn asked(connection: &Connection, keys: &Keys) -> Result<HashMap<VisitorKey, Timestamp>, Error> {
    let mut asked = keys.visitors.clone();
    let from = |used: &FingerprintUse| used.first.plus_seconds(-FINGERPRINT_WINDOW_S);
    let until = |used: &FingerprintUse| used.last.plus_seconds(FINGERPRINT_WINDOW_S);
    let first = keys.fingerprints.values().map(from).min();
    let last = keys.fingerprints.values().map(until).max();
    let (Some(first), Some(last)) = (first, last) else { return Ok(asked) };
    keys::put(connection, "k_fingerprints", keys.fingerprints.keys().copied())?;
    let found: Vec<(u64, VisitorKey, Timestamp)> = keys::rows(
        connection,
        "select v.fingerprint, v.visitor, v.last_at
         from visits v semi join k_fingerprints k on v.fingerprint = k.key
         where v.live and v.last_at between ? and ?",
        &[Value::Time(first), Value::Time(last)],
    )?;
    for (fingerprint, visitor, last_at) in found {
        let used = &keys.fingerprints[&fingerprint];
        if from(used) <= last_at && last_at <= until(used) {
            asked.entry(visitor).and_modify(|at| *at = used.first.min(*at)).or_insert(used.first);
        }
    }
    Ok(asked)
}

/// Loads the visitors `asked`. `stored` receives the position and visitor of every version of a visit that was found.
pub(super) fn load(
    connection: &Connection,
    asked: &HashMap<VisitorKey, Timestamp>,
    heads: &mut Heads,
    state: &mut State,
    stored: &mut HashMap<VisitKey, (u64, VisitorKey)>,
) -> Result<(), Error> {
    let timeout_s = state.sites.values().map(|s| s.settings.visit_timeout_s).max().unwrap_or(0);
    let reach = |earliest: Timestamp| Reach { earliest, since: earliest.plus_seconds(-LATE_S - timeout_s) };
    let mut missing: HashMap<VisitorKey, Head> = HashMap::new();
    for (visitor, earliest) in asked {
        let reach = reach(*earliest);
        match heads.get(*visitor, reach) {
            Some(head) => {
                stored.extend(head.visits.iter().map(|v| (v.visit, (v.position, *visitor))));
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
    read_touches(connection, &mut missing)?;
    if heads.oldest_touch.is_none() {
        let oldest: Vec<Option<Timestamp>> = keys::rows(connection, "select min(occurred_at) from touches", &[])?;
        heads.oldest_touch = Some(oldest.into_iter().flatten().next().unwrap_or(Timestamp(i64::MAX)));
    }
    for head in missing.values_mut() {
        let reaches_all =
            heads.oldest_touch.is_some_and(|oldest| head.reach.earliest.plus_seconds(-TOUCHES_S) <= oldest);
        head.whole &= reaches_all && head.touches.len() < TOUCHES_MAX;
    }
    for (visitor, head) in missing {
        state.visitors.extend(head.answer(reach(asked[&visitor])).map(|known| (visitor, known)));
        heads.insert(visitor, head);
    }
    Ok(())
}

fn read_visits(
    connection: &Connection,
    heads: &mut HashMap<VisitorKey, Head>,
    stored: &mut HashMap<VisitKey, (u64, VisitorKey)>,
) -> Result<(), Error> {
    let mut wanted: HashMap<VisitKey, u64> = HashMap::new();
    for (visitor, visits) in narrow(connection)? {
        stored.extend(visits.iter().map(|v| (v.visit, (v.position, visitor))));
        let live = || visits.iter().filter(|v| v.live);
        let since = heads[&visitor].reach.since;
        let recent = live().filter(|v| v.seen_until >= since);
        let before = live().filter(|v| v.seen_until < since).max_by_key(|v| (v.started_at, v.number, v.visit));
        wanted.extend(before.into_iter().chain(recent).map(|v| (v.visit, v.position)));
        if live().any(|v| !wanted.contains_key(&v.visit)) {
            heads.entry(visitor).and_modify(|head| head.whole = false);
        }
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
    type Found = (VisitorKey, VisitKey, (u64, u32), Timestamp, Timestamp, bool);
    let found: Vec<Found> = keys::rows(
        connection,
        "select v.visitor, v.visit, v.position, v.number, v.started_at, v.seen_until, v.live
         from visits v semi join k_visitors k on v.visitor = k.key",
        &[],
    )?;
    let mut visits: HashMap<VisitorKey, Vec<Narrow>> = HashMap::new();
    for (visitor, visit, (position, number), started_at, seen_until, live) in found {
        visits.entry(visitor).or_default().push(Narrow { visit, position, number, started_at, seen_until, live });
    }
    Ok(visits)
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
