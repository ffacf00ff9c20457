//! Day sums: which measures are added up ahead of time, which reports read them, and what they are made of.
//!
//! Facts of traffic have millions of rows a year and come from few days at a time: their sums by whole days and one
//! dimension are kept in the store, which gives up the sums of a day in the transaction that changes the day. A report
//! reads the sums of the days that have any and the rows of all others, in one state. How they are made stands in
//! `digest.rs`.
//!
//! Only what adds up over days is summed: every row of a fact lies in one day, so all measures but those that count
//! distinct things over several rows do, also where a bridge counts a visit once for every page.

use crate::ahead::{SEEN, counts_visitors};
use crate::arm::{Context, Side, arm_with, bucket, coded};
use crate::calendar::TimeUnit;
use crate::digest::definition;
use crate::dimensions::{Asked, DIMENSIONS, Values};
use crate::facts::{Fact, Route};
use crate::filter::Filter;
use crate::measures::{self, Adds, Measure, Source};
use crate::plan::{Arm, Plan, route};
use crate::query::Query;
use crate::relations::Relation;
use commerce::{SiteId, SiteSettings, Timestamp};
use store::{Snapshot, Value};

/// A stretch of time: first instant, and the first after it.
pub(crate) type Range = (Timestamp, Timestamp);

/// The facts that are summed; the place of a measure is its column. A fact's number is its place here.
pub(crate) static SUMMED: &[(Fact, &[&Measure])] = &[
    (
        Fact::Events,
        &[
            &measures::EVENTS,
            &measures::PAGE_VIEWS,
            &measures::SEARCHES,
            &measures::SEARCHES_WITHOUT_RESULT,
            &measures::ENGAGEMENT,
            &measures::ENGAGEMENT_US,
        ],
    ),
    (
        Fact::Visits,
        &[
            &measures::VISITS,
            &measures::NEW_VISITORS,
            &measures::BOUNCES,
            &measures::DURATION_US,
            &measures::VISIT_PAGE_VIEWS,
            &measures::ENGAGED_BY_STAY,
            &measures::VISITS_WITH_SEARCH,
        ],
    ),
    (
        Fact::Actions,
        &[
            &measures::PRODUCT_VIEWS,
            &measures::LIST_VIEWS,
            &measures::LIST_CLICKS,
            &measures::ADDS_TO_CART,
            &measures::PROMOTION_VIEWS,
            &measures::PROMOTION_CLICKS,
        ],
    ),
    (Fact::VisitActions, &[&measures::PAIRS_VIEWED, &measures::PAIRS_VIEWED_ADDED, &measures::PAIRS_ADDED]),
];

/// Columns of sums in the table.
pub(crate) const COLUMNS: usize = 7;
/// The dimension of rows that are of no dimension, one for each hour.
pub(crate) const BY_HOUR: usize = 0;
/// Most stretches of rows that one report reads beside sums; more are read as one.
const GAPS_MAX: usize = 6;

/// Returns the columns that sums of `source` stand in, if it is summed.
fn column(fact: Fact, source: &Source) -> Option<(usize, usize)> {
    let number = SUMMED.iter().position(|(f, _)| *f == fact)?;
    let same = |m: &&'static Measure| source_of(m, fact).is_some_and(|s| s.sql == source.sql);
    SUMMED[number].1.iter().position(same).map(|column| (number, column))
}

/// Returns how `measure` is summed over `fact`; `None` if it is not.
pub(crate) fn source_of(measure: &'static Measure, fact: Fact) -> Option<&'static Source> {
    let lasts = |s: &&Source| s.marks.iter().all(|mark| mark.is_of_the_visit());
    measure.sources.iter().find(|s| s.fact == fact && s.adds != Adds::Never).filter(lasts)
}

/// Says whether `fact` is summed by the dimension at `index` of the catalogue.
pub(crate) fn is_summed_by(fact: Fact, index: usize) -> bool {
    let dimension = &DIMENSIONS[index];
    dimension.values == Values::Text
        && !dimension.takes_name()
        && route(fact, dimension).is_some_and(|(way, column)| {
            // What is looked up elsewhere may change without a change of the day.
            let own = column.marks.is_empty() && !column.sql.contains("{trait}");
            own && !matches!(way, Route::Every { .. })
        })
}

/// Returns by which dimension of the sums what is summed of `fact` can be answered from them; `None` if it cannot.
fn dimension_read(fact: Fact, dimensions: &[Asked], filter: &Filter) -> Option<usize> {
    if !filter.parts.is_empty() {
        return None;
    }
    let mut others = dimensions.iter().filter(|asked| asked.time().is_none());
    let (first, second) = (others.next(), others.next());
    let Some(asked) = first else { return Some(BY_HOUR) };
    let by_hour = dimensions.iter().any(|d| matches!(d.time(), Some(TimeUnit::Hour | TimeUnit::HourOfDay)));
    (second.is_none() && !by_hour && is_summed_by(fact, asked.index)).then_some(asked.index + 1)
}

/// Says whether `query` could read any sums.
fn may_read(query: &Query) -> bool {
    let reads = |dimensions: &[Asked]| {
        Plan::new(&query.metrics, dimensions, &query.filter)
            .is_ok_and(|plan| plan.arms.iter().any(|p| dimension_read(p.fact, dimensions, &query.filter).is_some()))
    };
    reads(&query.dimensions) || reads(&[])
}

/// Returns the stretches of days whose sums `query` may read, in order, neighbours joined. They hold for `snapshot`.
pub(crate) fn summed_days(
    snapshot: &Snapshot<'_>,
    site: SiteId,
    settings: &SiteSettings,
    query: &Query,
) -> Result<Vec<Range>, store::Error> {
    if !may_read(query) {
        return Ok(Vec::new());
    }
    let summed = days(snapshot, site, settings)?;
    let mut out: Vec<Range> = Vec::new();
    for (from, to) in summed {
        match out.last_mut() {
            Some((_, end)) if *end == from => *end = to,
            _ => out.push((from, to)),
        }
    }
    Ok(out)
}

/// Returns how `period` is read from logs and rows, and its days that have logs. Periods are whole days.
pub(crate) fn split_days(
    snapshot: &Snapshot<'_>,
    site: SiteId,
    settings: &SiteSettings,
    period: Range,
) -> Result<(Split, Vec<Range>), store::Error> {
    let mut days = days(snapshot, site, settings)?;
    days.retain(|(from, to)| *from >= period.0 && *to <= period.1);
    let split = split(period, &days);
    days.retain(|day| split.from_sums.iter().any(|(from, to)| *from <= day.0 && day.1 <= *to));
    Ok((split, days))
}

/// Returns the days that are summed, in order.
pub(crate) fn days(snapshot: &Snapshot<'_>, site: SiteId, settings: &SiteSettings) -> Result<Vec<Range>, store::Error> {
    let found = snapshot.query(SUMMED_DAYS, &[site.into(), Value::UInt(definition(settings))])?;
    let read = |row: &Vec<Value>| match row.as_slice() {
        [Value::Time(starts_at), Value::Time(ends_at)] => Some((*starts_at, *ends_at)),
        _ => None,
    };
    Ok(found.rows.iter().filter_map(read).collect())
}

const SUMMED_DAYS: &str =
    "select starts_at, ends_at from summed_days where site = $1 and definition = $2 order by starts_at";

/// How an arm is answered: from sums in some stretches of time, from rows in the others.
pub(crate) struct Split {
    pub(crate) from_sums: Vec<Range>,
    pub(crate) from_rows: Vec<Range>,
}

/// Divides `period` into what lies in `summed` and what does not.
pub(crate) fn split(period: Range, summed: &[Range]) -> Split {
    let mut from_sums: Vec<Range> =
        summed.iter().map(|(from, to)| ((*from).max(period.0), (*to).min(period.1))).filter(|(f, t)| f < t).collect();
    let mut from_rows = gaps(period, &from_sums);
    // So many gaps are read as one: the longest stretch of sums is kept.
    if from_rows.len() > GAPS_MAX {
        from_sums.sort_by_key(|(from, to)| from.0 - to.0);
        from_sums.truncate(GAPS_MAX - 1);
        from_sums.sort_unstable();
        from_rows = gaps(period, &from_sums);
    }
    Split { from_sums, from_rows }
}

fn gaps(period: Range, covered: &[Range]) -> Vec<Range> {
    let mut at = period.0;
    let mut out = Vec::new();
    for (from, to) in covered {
        if at < *from {
            out.push((at, *from));
        }
        at = *to;
    }
    if at < period.1 {
        out.push((at, period.1));
    }
    out
}

/// Returns the arms that answer `part` in the period of `side`: one of sums where there are any, and one for each stretch
/// of rows. `measures` says by a place of the plan what an arm of rows reads there.
pub(crate) fn arms(
    context: &mut Context,
    part: &Arm,
    dimensions: &[Asked],
    side: &Side,
    columns: impl Fn(&Arm, &dyn Fn(usize, &'static Source) -> String) -> Vec<String>,
) -> Vec<String> {
    // A defined event has a name of its own, which no sums have.
    let defined = !context.definitions.is_empty() && dimensions.iter().any(|d| d.dimension().name == "event");
    let by = dimension_read(part.fact, dimensions, context.filter).filter(|_| !defined && !context.summed.is_empty());
    let is_summed = |(_, source): &(usize, &'static Source)| by.is_some() && column(part.fact, source).is_some();
    let (of_sums, of_rows): (Vec<_>, Vec<_>) = part.sources.iter().copied().partition(is_summed);
    let mut out = Vec::new();
    let seen = context.ahead.and_then(|ahead| ahead.seen(dimensions, side));
    let (of_logs, of_rows): (Vec<_>, Vec<_>) =
        of_rows.into_iter().partition(|(_, source)| seen.is_some() && counts_visitors(source));
    if let (Some(seen), false) = (seen, of_logs.is_empty()) {
        let part = Arm { fact: part.fact, sources: of_logs };
        out.push(seen.arm(&columns(&part, &|_, _| SEEN.to_owned())));
    }
    if !of_rows.is_empty() {
        let part = Arm { fact: part.fact, sources: of_rows };
        let rows = columns(&part, &|_, source| source.sql.to_owned());
        context.few = context.ahead.and_then(|ahead| ahead.few(part.fact, dimensions));
        out.push(arm_with(context, &part, &[], dimensions, side, &rows));
        context.few = None;
    }
    if let (Some(by), false) = (by, of_sums.is_empty()) {
        let part = Arm { fact: part.fact, sources: of_sums };
        out.extend(summed_arms(context, &part, by, dimensions, side, &columns));
    }
    out
}

fn summed_arms(
    context: &mut Context,
    part: &Arm,
    by: usize,
    dimensions: &[Asked],
    side: &Side,
    columns: &impl Fn(&Arm, &dyn Fn(usize, &'static Source) -> String) -> Vec<String>,
) -> Vec<String> {
    let split = split(side.range(&context.settings.timezone), context.summed);
    let mut out = Vec::new();
    if !split.from_sums.is_empty() {
        let sums = columns(part, &|_, source| {
            column(part.fact, source).map_or_else(|| "null".to_owned(), |(_, column)| format!("sum(s.s{column})"))
        });
        out.push(arm_of_sums(context, part.fact, by, dimensions, side, &split.from_sums, &sums));
    }
    let rows = columns(part, &|_, source| source.sql.to_owned());
    for range in split.from_rows {
        let side = Side { part: Some(range), ..side.clone() };
        out.push(arm_with(context, part, &[], dimensions, &side, &rows));
    }
    out
}

fn arm_of_sums(
    context: &mut Context,
    fact: Fact,
    by: usize,
    dimensions: &[Asked],
    side: &Side,
    ranges: &[Range],
    measures: &[String],
) -> String {
    let number = SUMMED.iter().position(|(f, _)| *f == fact).unwrap_or(SUMMED.len());
    let mut columns = Vec::new();
    for (i, asked) in dimensions.iter().enumerate() {
        let text = match asked.time() {
            Some(unit) => bucket(context, "s.\"at\"", unit, side),
            // What a code stands for may change without a change of the day: sums have the codes themselves.
            None => match route(fact, asked.dimension()) {
                Some((_, column)) if column.is_coded() => coded(context, column, "s.value"),
                _ => "s.value".to_owned(),
            },
        };
        columns.push(format!("{text} as d{i}"));
    }
    columns.extend(measures.iter().cloned());
    let mut stretches = Vec::new();
    for (from, to) in ranges {
        stretches.push(format!("\"at\" >= {} and \"at\" < {}", context.params.bind(*from), context.params.bind(*to)));
    }
    // The whole stretch as well, by which blocks are skipped.
    let hull = (ranges[0].0, ranges[ranges.len() - 1].1);
    let conditions = [
        format!("fact = {}", context.params.bind(number as u64)),
        format!("dimension = {}", context.params.bind(by as u64)),
        format!("\"at\" >= {} and \"at\" < {}", context.params.bind(hull.0), context.params.bind(hull.1)),
        format!("({})", stretches.join(" or ")),
    ];
    let rows = Relation::DaySums.text(context.scope, false, &conditions[..if ranges.len() > 1 { 4 } else { 3 }]);
    let groups: Vec<String> = (1..=dimensions.len()).map(|i| i.to_string()).collect();
    let group_by = if groups.is_empty() { String::new() } else { format!("\ngroup by {}", groups.join(", ")) };
    format!("select\n  {}\nfrom {rows} s{group_by}", columns.join(",\n  "))
}
