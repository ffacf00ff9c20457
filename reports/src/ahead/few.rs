//! What happened in few visits: those behind orders and carts, whose pages and products a report asks for.
//!
//! The logs are read once for the visits whose keys are wanted. What happened in them lies in temporary tables
//! afterwards, with the columns that are asked for, and takes the place of the tables of all events and product actions.
//! Visits that are in no log are read from the rows of the days that have none.

use super::tuples::{NONE, Tuples};
use super::{Look, of_traffic};
use crate::arm::Side;
use crate::dimensions::Asked;
use crate::error::Error;
use crate::facts::{Fact, Route, Table, VISIT_SPAN_DAYS};
use crate::joins::keys_of_small;
use crate::keys::KeySet;
use crate::log::{Group, Logs};
use crate::plan::{Plan, route};
use crate::relations::Relation;
use crate::sums::{Range, days, split};
use std::collections::BTreeSet;
use store::Value;

/// More visits than these are not few.
const VISITS_MAX: usize = 1_000_000;

/// What counts of products on their way to an order, if nothing else is asked for.
const ON_THE_WAY: &str = "action in ('view', 'add') and sku <> ''";

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

/// How often few visits are told to have had what is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// Each event that differs in what is asked for once of each visit.
    Once,
    /// Perhaps several times.
    Often,
}

/// What the views have.
pub(super) struct Few {
    /// How many columns events have, if they are told once; `None` if not.
    columns: Option<usize>,
}

impl Few {
    /// Returns how often `fact`, split by `dimensions`, finds the same event there.
    pub(super) fn told(&self, fact: Fact, dimensions: &[Asked]) -> Told {
        // Columns that are asked for, but of another table here, tell more events apart than this fact does.
        let by_events =
            |asked: &&Asked| matches!(route(fact, asked.dimension()), Some((_, c)) if c.table == Table::Events);
        let asked: BTreeSet<usize> = dimensions.iter().filter(by_events).map(|asked| asked.index).collect();
        if self.columns == Some(asked.len()) { Told::Once } else { Told::Often }
    }
}

/// Returns the ways of all facts of `plan`.
pub(super) fn ways_of(plan: &Plan, dimensions: &[Asked], is_defined: bool) -> Vec<(Fact, Way)> {
    let of =
        |fact: Fact| ways(fact, dimensions, is_defined).unwrap_or_default().into_iter().map(move |way| (fact, way));
    plan.arms.iter().flat_map(|arm| of(arm.fact)).collect()
}

/// Makes the views of what `ways` lead to; `None` if there are no logs, or the visits are not few.
pub(super) fn find(look: &Look<'_>, sides: &[Side], ways: &[(Fact, Way)]) -> Result<Option<Few>, Error> {
    let dimensions = &look.query.dimensions;
    if ways.is_empty() {
        return Ok(None);
    }
    let (logged, from_rows) = days_read(look, sides)?;
    if logged.is_empty() {
        return Ok(None);
    }
    let keys = keys(look, sides, ways)?;
    if keys.len() > VISITS_MAX {
        return Ok(None);
    }
    let whole = (logged[0].0, logged[logged.len() - 1].0);
    let logs = Logs::read(look.snapshot, look.site, &logged)?;
    let windows: Vec<Range> = sides.iter().map(|side| near(look, side)).collect();
    let mut few = Few { columns: None };
    for (name, of) in [("few_events", Relation::Events), ("few_actions", Relation::Actions)] {
        let ways: Vec<_> = ways.iter().filter(|(_, way)| way.1 == (of == Relation::Actions)).collect();
        if ways.is_empty() {
            continue;
        }
        // What is told of products is told of those that were viewed, or added.
        let mut texts = vec!["action sku"];
        texts.extend(dimensions.iter().filter_map(|asked| column_of(of, asked)));
        let only = if ways.iter().all(|(fact, _)| *fact == Fact::OrderedVisitActions) { ON_THE_WAY } else { "" };
        let tuples = Tuples::read(look, of, &texts, only, whole)?;
        let start = || Found::new(&windows, &tuples);
        let found = logs.scan(look.snapshot, start, |found, group| found.add(group, &keys, &tuples))?;
        let known: KeySet = found.iter().flat_map(|found| found.visits.iter().copied()).collect();
        let rest: Vec<u64> = keys.difference(&known).copied().collect();
        let is_left = !rest.is_empty();
        look.snapshot.put("few_rest", vec![("visit", rest)])?;
        let from_rows = if is_left && has_strays(look, &from_rows)? { &windows } else { &from_rows };
        Found::put(look, name, &found)?;
        view(look, (name, of), &tuples, (from_rows, &windows))?;
        if of == Relation::Events && windows.len() == 1 {
            few.columns = Some(tuples.columns.len());
        }
    }
    Ok(Some(few))
}

/// Returns the text of the column of `of`, events or product actions, that `asked` is.
fn column_of(of: Relation, asked: &Asked) -> Option<&'static str> {
    let table = if of == Relation::Events { Table::Events } else { Table::Actions };
    asked.dimension().columns.iter().find(|column| column.table == table).map(|column| column.sql)
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
/// it was. Mostly all of them began in `ranges`, which takes less to see.
fn has_strays(look: &Look<'_>, ranges: &[Range]) -> Result<bool, Error> {
    let rest = look.snapshot.query("select count(*) from few_rest", &[])?;
    let count = |found: &store::ResultSet| found.rows.first().and_then(|row| row.first()).and_then(Value::as_i64);
    let rest = count(&rest).unwrap_or(0);
    let known = |range: Option<Range>| {
        let mut context = look.context();
        let mut conditions = vec!["visit in (select visit from few_rest)".to_owned()];
        if let Some((from, to)) = range {
            let (from, to) = (context.params.bind(from), context.params.bind(to));
            conditions.push(format!("started_at >= {from} and started_at < {to}"));
        }
        let visits = Relation::Visits.text(context.scope, false, &conditions);
        let sql = format!("select count(distinct visit) from {visits} v");
        Ok::<_, Error>(count(&look.snapshot.query(&sql, context.params.values())?).unwrap_or(0))
    };
    let mut late = 0;
    for range in stretches(ranges, ranges) {
        late += known(Some(range))?;
    }
    Ok(late < rest && known(None)? < rest)
}

/// Returns where the events of `side` are looked for.
fn near(look: &Look<'_>, side: &Side) -> Range {
    let (from, to) = side.range(&look.settings.timezone);
    (from.plus_seconds(-SPAN_S), to.plus_seconds(SPAN_S))
}

/// Makes the view `name` of what was put aside, and of the rows of visits that are in no log.
fn view(
    look: &Look<'_>,
    (name, relation): (&str, Relation),
    tuples: &Tuples,
    (from_rows, windows): (&[Range], &[Range]),
) -> Result<(), Error> {
    let mut context = look.context();
    let columns = tuples.columns.join(", ");
    // A statement for each stretch: of several in one condition the engine reads everything.
    let mut rest = Vec::new();
    for (from, to) in stretches(from_rows, windows) {
        let (from, to) = (context.params.bind(from), context.params.bind(to));
        let conditions = [
            "visit in (select visit from few_rest)".to_owned(),
            format!("occurred_at >= {from} and occurred_at < {to}"),
        ];
        let rows = relation.text(context.scope, false, &conditions);
        rest.push(format!("select $1::uinteger as site, visit, occurred_at, {columns} from {rows} e"));
    }
    if rest.is_empty() {
        let rows = relation.text(context.scope, false, &["false".to_owned()]);
        rest.push(format!("select $1::uinteger as site, visit, occurred_at, {columns} from {rows} e"));
    }
    // Of one window each tuple is told once of a visit, as it is out of logs.
    let (at, once) =
        if windows.len() == 1 { ("min(occurred_at) as occurred_at", " group by all") } else { ("occurred_at", "") };
    let sql = format!(
        "create or replace temp table {name}_rest as select site, visit, {at}, {columns} from (\n{}\n) e{once}",
        rest.join("\nunion all\n")
    );
    look.snapshot.make(&sql, context.params.values())?;
    // Millions of rows need not be written to be read once.
    let sql = format!(
        "create or replace temp view {name} as \
         select t.site, a.visit, make_timestamp(a.happened_at::bigint) as occurred_at, {columns} \
         from {name}_acts a join {} t on t.number = a.tuple union all select * from {name}_rest",
        tuples.table
    );
    Ok(look.snapshot.make(&sql, &[])?)
}

/// Returns the stretches of `ranges` that lie in any of `windows`, in order and apart.
fn stretches(ranges: &[Range], windows: &[Range]) -> Vec<Range> {
    let within =
        |range: &Range| windows.iter().map(|(from, to)| (range.0.max(*from), range.1.min(*to))).collect::<Vec<_>>();
    let mut all: Vec<Range> = ranges.iter().flat_map(within).filter(|(from, to)| from < to).collect();
    all.sort_unstable();
    let mut out: Vec<Range> = Vec::new();
    for (from, to) in all {
        match out.last_mut() {
            Some((_, end)) if from <= *end => *end = to.max(*end),
            _ => out.push((from, to)),
        }
    }
    out
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

/// What a thread found: of every visit each tuple once for each window that it lies in.
struct Found<'a> {
    windows: &'a [Range],
    visits: Vec<u64>,
    acts: [Vec<u64>; 3],
    /// Of each tuple and window the last visit, by its number, that it was found in.
    latest: Vec<u32>,
}

impl<'a> Found<'a> {
    fn new(windows: &'a [Range], tuples: &Tuples) -> Self {
        let latest = vec![0; tuples.count * windows.len()];
        Self { windows, visits: Vec::new(), acts: Default::default(), latest }
    }

    /// Adds what happened in the visits of `group` that `keys` names.
    fn add(&mut self, group: Group<'_>, keys: &KeySet, tuples: &Tuples) -> Result<(), Error> {
        let of_events = tuples.relation == Relation::EventTuples;
        group.each_day(|day, _, log| {
            let known = tuples.of(day);
            log.each(|visit, acts| {
                if !keys.contains(&visit.key) {
                    return Ok(());
                }
                self.visits.push(visit.key);
                acts.each(|at, event, actions| {
                    let event = event.filter(|_| of_events);
                    let actions = if of_events { &[] } else { actions };
                    for kind in event.iter().chain(actions) {
                        if let Some(tuple) = known.get(*kind as usize).filter(|tuple| **tuple != NONE) {
                            self.act(visit.key, at, *tuple);
                        }
                    }
                })
            })
        })
    }

    fn act(&mut self, visit: u64, at: i64, tuple: u32) {
        for (number, (from, to)) in self.windows.iter().enumerate() {
            let last = &mut self.latest[tuple as usize * self.windows.len() + number];
            let is_new = at >= from.0 && at < to.0 && *last != self.visits.len() as u32;
            if is_new {
                *last = self.visits.len() as u32;
                self.acts[0].push(visit);
                self.acts[1].push(at as u64);
                self.acts[2].push(u64::from(tuple));
            }
        }
    }

    /// Puts aside what all threads found.
    fn put(look: &Look<'_>, name: &str, found: &[Self]) -> Result<(), Error> {
        let whole = |column: usize| found.iter().flat_map(|own| own.acts[column].iter().copied()).collect();
        let columns = vec![("visit", whole(0)), ("happened_at", whole(1)), ("tuple", whole(2))];
        Ok(look.snapshot.put(&format!("{name}_acts"), columns)?)
    }
}
