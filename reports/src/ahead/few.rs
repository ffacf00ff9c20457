//! What happened in few visits: those behind orders and carts, whose pages and products a report asks for.
//!
//! The logs are read once for the visits whose keys are wanted. What happened in them lies in two temporary tables
//! afterwards, with the columns that kinds have, and takes the place of the tables of all events and product actions.
//! Visits that are in no log are read from the rows of the days that have none.

use super::{Look, of_traffic};
use crate::arm::Side;
use crate::dimensions::Asked;
use crate::error::Error;
use crate::facts::{Fact, Route, VISIT_SPAN_DAYS};
use crate::joins::keys_of_small;
use crate::keys::KeySet;
use crate::log::{ACTION_COLUMNS, EVENT_COLUMNS, Logs};
use crate::plan::{Plan, route};
use crate::relations::Relation;
use crate::sums::{Range, days, split};
use commerce::Timestamp;
use store::Value;

/// More visits than these are not few.
const VISITS_MAX: usize = 1_000_000;

const SPAN_S: i64 = VISIT_SPAN_DAYS * 86_400;

/// How a fact comes to traffic: the column that has the visit, and whether to product actions.
pub(super) type Way = (&'static str, bool);

/// Returns the ways by which `fact`, of few rows, comes to traffic when it is split by `dimensions`; `None` if it does not
/// or if logs cannot tell what is asked.
pub(super) fn ways(fact: Fact, dimensions: &[Asked], is_defined: bool) -> Option<Vec<Way>> {
    let shape = fact.shape();
    if !shape.base.0.is_small() {
        return None;
    }
    let touched = shape.with.iter().filter(|with| with.near && with.relation == Relation::Actions);
    let mut out: Vec<Way> = touched.map(|_| ("v.visit", true)).collect();
    for asked in dimensions.iter().filter(|asked| asked.time().is_none()) {
        let (route, column) = route(fact, asked.dimension())?;
        match (of_traffic(asked, column.table, is_defined), route) {
            (None, _) | (Some(true), Route::Own(_)) => {}
            (Some(true), Route::Bridge { relation, to, near: true, .. }) => {
                out.push((to, *relation == Relation::Actions));
            }
            _ => return None,
        }
    }
    (!out.is_empty()).then_some(out)
}

/// Returns the ways of all facts of `plan`.
pub(super) fn ways_of(plan: &Plan, dimensions: &[Asked], is_defined: bool) -> Vec<(Fact, Way)> {
    let of =
        |fact: Fact| ways(fact, dimensions, is_defined).unwrap_or_default().into_iter().map(move |way| (fact, way));
    plan.arms.iter().flat_map(|arm| of(arm.fact)).collect()
}

/// Makes the tables of what `ways` lead to. Says whether it did: there must be logs, and the visits few.
pub(super) fn find(look: &Look<'_>, sides: &[Side], ways: &[(Fact, Way)]) -> Result<bool, Error> {
    if ways.is_empty() {
        return Ok(false);
    }
    let (logged, from_rows) = days_read(look, sides)?;
    if logged.is_empty() {
        return Ok(false);
    }
    let mut keys = keys(look, sides, ways)?;
    if keys.len() > VISITS_MAX {
        return Ok(false);
    }
    let logs = Logs::read(look.snapshot, look.site, &logged)?;
    let (events, actions) = (ways.iter().any(|(_, way)| !way.1), ways.iter().any(|(_, way)| way.1));
    let found = logs.scan(look.snapshot, Found::default, |found, part| {
        part.each_day(|day, log| {
            log.each(|visit, acts| {
                if !keys.contains(&visit.key) {
                    return Ok(());
                }
                found.visits.push(visit.key);
                acts.each(|at, event, kinds| {
                    if let Some(kind) = event.filter(|_| events) {
                        found.events.add(visit.key, at, day, kind);
                    }
                    kinds.iter().filter(|_| actions).for_each(|kind| found.actions.add(visit.key, at, day, *kind));
                })
            })
        })
    })?;
    for visit in found.iter().flat_map(|found| &found.visits) {
        keys.remove(visit);
    }
    let is_left = !keys.is_empty();
    look.snapshot.put("few_rest", &[("visit", keys.into_iter().collect())])?;
    let from_rows =
        if is_left && has_strays(look)? { sides.iter().map(|side| near(look, side)).collect() } else { from_rows };
    let whole = (logged[0].0, logged[logged.len() - 1].0);
    if events {
        let acts = found.iter().map(|found| &found.events);
        Acts::put(look, acts)?;
        table(look, ("few_events", Relation::Events, Relation::EventKinds), EVENT_COLUMNS, whole, &from_rows)?;
    }
    if actions {
        let acts = found.iter().map(|found| &found.actions);
        Acts::put(look, acts)?;
        table(look, ("few_actions", Relation::Actions, Relation::ActionKinds), ACTION_COLUMNS, whole, &from_rows)?;
    }
    Ok(true)
}

/// Returns the visits that `ways` lead from.
fn keys(look: &Look<'_>, sides: &[Side], ways: &[(Fact, Way)]) -> Result<KeySet, Error> {
    let mut context = look.context();
    let mut wanted: Vec<String> = Vec::new();
    for side in sides {
        wanted.extend(ways.iter().filter_map(|(fact, (to, _))| keys_of_small(&mut context, to, fact.shape(), side)));
    }
    wanted.sort_unstable();
    wanted.dedup();
    let mut keys = KeySet::default();
    look.snapshot.numbers(&wanted.join("\nunion all\n"), context.params.values(), |columns| {
        keys.extend(columns.iter().flat_map(|column| column.iter()));
    })?;
    Ok(keys)
}

/// Says whether any of the visits that are in no log is not among the visits of people at all, so that nobody knows when
/// it was.
fn has_strays(look: &Look<'_>) -> Result<bool, Error> {
    let context = look.context();
    let visits = Relation::Visits.text(context.scope, false, &["visit in (select visit from few_rest)".to_owned()]);
    let sql = format!("select (select count(*) from few_rest) > (select count(distinct visit) from {visits} v)");
    let found = look.snapshot.query(&sql, context.params.values())?;
    Ok(found.rows.first().and_then(|row| row.first()) == Some(&Value::Bool(true)))
}

/// Returns where the events of `side` are looked for.
fn near(look: &Look<'_>, side: &Side) -> Range {
    let (from, to) = side.range(&look.settings.timezone);
    (from.plus_seconds(-SPAN_S), to.plus_seconds(SPAN_S))
}

/// Makes the table `name` of the acts that were put aside, and of the rows of visits that are in no log.
fn table(
    look: &Look<'_>,
    (name, relation, kinds): (&str, Relation, Relation),
    columns: &[&str],
    (first, last): (Timestamp, Timestamp),
    from_rows: &[Range],
) -> Result<(), Error> {
    let mut context = look.context();
    let days = format!("\"at\" >= {} and \"at\" <= {}", context.params.bind(first), context.params.bind(last));
    let kinds = kinds.text(context.scope, false, &[days]);
    let mut within = |(from, to): &Range| {
        format!("occurred_at >= {} and occurred_at < {}", context.params.bind(*from), context.params.bind(*to))
    };
    let ranges: Vec<String> = from_rows.iter().map(&mut within).collect();
    let ranges = if ranges.is_empty() { "false".to_owned() } else { format!("({})", ranges.join(" or ")) };
    let rest = relation.text(context.scope, false, &["visit in (select visit from few_rest)".to_owned(), ranges]);
    let columns = columns.join(", ");
    let sql = format!(
        "create or replace temp table {name} as \
         select $1::uinteger as site, a.visit, make_timestamp(a.happened_at::bigint) as occurred_at, {columns} from few_acts a \
         join {kinds} k on k.\"at\" = make_timestamp(a.day::bigint) and k.kind = a.kind \
         union all select $1::uinteger, visit, occurred_at, {columns} from {rest} e"
    );
    Ok(look.snapshot.make(&sql, context.params.values())?)
}

/// Returns the days that are read from logs, and the stretches in which the events of other visits lie.
fn days_read(look: &Look<'_>, sides: &[Side]) -> Result<(Vec<Range>, Vec<Range>), Error> {
    let summed = days(look.snapshot, look.site, look.settings)?;
    let (mut logged, mut from_rows) = (Vec::new(), Vec::new());
    for side in sides {
        // Events are looked for near the period, and their visits began near them.
        let (from, to) = near(look, side);
        let split = split((from.plus_seconds(-SPAN_S), to), &summed);
        let inside = |day: &&Range| split.from_sums.iter().any(|(from, to)| *from <= day.0 && day.1 <= *to);
        logged.extend(summed.iter().filter(inside).copied());
        let around = |(from, to): &Range| (from.plus_seconds(-SPAN_S), to.plus_seconds(SPAN_S));
        from_rows.extend(split.from_rows.iter().map(around));
    }
    logged.sort_unstable();
    logged.dedup();
    Ok((logged, from_rows))
}

/// What a thread found.
#[derive(Default)]
struct Found {
    visits: Vec<u64>,
    events: Acts,
    actions: Acts,
}

/// Acts in columns.
#[derive(Default)]
struct Acts {
    visits: Vec<u64>,
    times: Vec<u64>,
    days: Vec<u64>,
    kinds: Vec<u64>,
}

impl Acts {
    fn add(&mut self, visit: u64, at: i64, day: i64, kind: u32) {
        self.visits.push(visit);
        self.times.push(at as u64);
        self.days.push(day as u64);
        self.kinds.push(u64::from(kind));
    }

    /// Puts all of `acts` aside, into a table.
    fn put<'f>(look: &Look<'_>, acts: impl Iterator<Item = &'f Self> + Clone) -> Result<(), Error> {
        let whole = |column: fn(&Self) -> &Vec<u64>| acts.clone().flat_map(|own| column(own).iter().copied()).collect();
        let columns = [
            ("visit", whole(|a| &a.visits)),
            ("happened_at", whole(|a| &a.times)),
            ("day", whole(|a| &a.days)),
            ("kind", whole(|a| &a.kinds)),
        ];
        Ok(look.snapshot.put("few_acts", &columns)?)
    }
}
