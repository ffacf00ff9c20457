//! Day sums: which measures are added up ahead of time, which reports read them, and what they are made of.
//!
//! Facts of traffic have millions of rows a year and come from few days at a time: their sums by whole days and one
//! dimension are kept in the store, which gives up the sums of a day in the transaction that changes the day. A report
//! reads the sums of the days that have any and the rows of all others, in one state. The sums are made by the very arms
//! that reports are made of, so there is one definition of every figure.
//!
//! Only what adds up over days is summed: every row of a fact lies in one day, so all measures but those that count
//! distinct things over several rows do, also where a bridge counts a visit once for every page.

use crate::arm::{Context, Side, arm_with, bucket, bucket_start};
use crate::calendar::{Buckets, Period, TimeUnit};
use crate::dimensions::{Asked, DIMENSIONS, Values};
use crate::error::{Error, QueryError};
use crate::facts::{Fact, Route};
use crate::filter::Filter;
use crate::measures::{self, Adds, Measure, Source};
use crate::plan::{Arm, Plan, route};
use crate::query::{Query, RefundView};
use crate::relations::{Relation, Scope};
use crate::sql::Params;
use commerce::{SiteId, SiteSettings, Timestamp};
use jiff::ToSpan;
use jiff::civil::Date;
use store::{Snapshot, Store, Value};

/// A stretch of time: first instant, and the first after it.
pub(crate) type Range = (Timestamp, Timestamp);

/// The facts that are summed; the place of a measure is its column. A fact's number is its place here.
static SUMMED: &[(Fact, &[&Measure])] = &[
    (
        Fact::Events,
        &[&measures::EVENTS, &measures::PAGE_VIEWS, &measures::SEARCHES, &measures::SEARCHES_WITHOUT_RESULT],
    ),
    (
        Fact::Visits,
        &[
            &measures::VISITS,
            &measures::NEW_VISITORS,
            &measures::BOUNCES,
            &measures::DURATION_US,
            &measures::VISIT_PAGE_VIEWS,
        ],
    ),
    (
        Fact::Actions,
        &[&measures::PRODUCT_VIEWS, &measures::LIST_VIEWS, &measures::LIST_CLICKS, &measures::ADDS_TO_CART],
    ),
];

/// Columns of sums in the table.
const COLUMNS: usize = 5;
/// The dimension of rows that are of no dimension, one for each hour.
const BY_HOUR: usize = 0;
/// Raised when the sums of the same definitions are made in another way.
const VERSION: u64 = 1;
/// Most days that are summed at a time.
const DAYS_MAX: usize = 16;
/// A day is summed when it is this long over: until then every batch changes it.
const REST_S: i64 = 28 * 3600;
/// How far back days are summed, so that an event of 1970 makes no work.
const YEARS_BACK: i64 = 10;
/// Most stretches of rows that one report reads beside sums; more are read as one.
const GAPS_MAX: usize = 6;

/// Returns the columns that sums of `source` stand in, if it is summed.
fn column(fact: Fact, source: &Source) -> Option<(usize, usize)> {
    let number = SUMMED.iter().position(|(f, _)| *f == fact)?;
    let same = |m: &&'static Measure| source_of(m, fact).is_some_and(|s| s.sql == source.sql);
    SUMMED[number].1.iter().position(same).map(|column| (number, column))
}

fn source_of(measure: &'static Measure, fact: Fact) -> Option<&'static Source> {
    measure.sources.iter().find(|s| s.fact == fact && s.marks.is_empty() && s.adds != Adds::Never)
}

/// Says whether `fact` is summed by the dimension at `index` of the catalogue.
fn is_summed_by(fact: Fact, index: usize) -> bool {
    let dimension = &DIMENSIONS[index];
    dimension.values == Values::Text
        && !dimension.takes_name()
        && route(fact, dimension).is_some_and(|(way, column)| {
            // What is looked up elsewhere may change without a change of the day.
            let own = column.marks.is_empty() && !column.sql.contains("{codes}") && !column.sql.contains("{trait}");
            own && !matches!(way, Route::Every { .. })
        })
}

/// Returns by which dimension of the sums `part` can be answered from them; `None` if it cannot.
fn dimension_read(part: &Arm, dimensions: &[Asked], filter: &Filter) -> Option<usize> {
    let summed = part.sources.iter().all(|(_, source)| column(part.fact, source).is_some());
    if !summed || !filter.parts.is_empty() {
        return None;
    }
    let mut others = dimensions.iter().filter(|asked| asked.time().is_none());
    let (first, second) = (others.next(), others.next());
    let Some(asked) = first else { return Some(BY_HOUR) };
    let by_hour = dimensions.iter().any(|d| matches!(d.time(), Some(TimeUnit::Hour | TimeUnit::HourOfDay)));
    (second.is_none() && !by_hour && is_summed_by(part.fact, asked.index)).then_some(asked.index + 1)
}

/// Says whether `query` could read any sums.
fn may_read(query: &Query) -> bool {
    let reads = |dimensions: &[Asked]| {
        Plan::new(&query.metrics, dimensions, &query.filter)
            .is_ok_and(|plan| plan.arms.iter().any(|p| dimension_read(p, dimensions, &query.filter).is_some()))
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

/// Returns the days that are summed, in order.
fn days(snapshot: &Snapshot<'_>, site: SiteId, settings: &SiteSettings) -> Result<Vec<Range>, store::Error> {
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
fn split(period: Range, summed: &[Range]) -> Split {
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
    columns: impl Fn(&dyn Fn(usize, &'static Source) -> String) -> Vec<String>,
) -> Vec<String> {
    let rows = columns(&|_, source| source.sql.to_owned());
    // A defined event has a name of its own, which no sums have.
    let defined = !context.definitions.is_empty() && dimensions.iter().any(|d| d.dimension().name == "event");
    let by = dimension_read(part, dimensions, context.filter).filter(|_| !defined && !context.summed.is_empty());
    let Some(by) = by else { return vec![arm_with(context, part, &[], dimensions, side, &rows)] };
    let split = split(side.range(&context.settings.timezone), context.summed);
    let mut out = Vec::new();
    if !split.from_sums.is_empty() {
        let sums = columns(&|_, source| {
            column(part.fact, source).map_or_else(|| "null".to_owned(), |(_, column)| format!("sum(s.s{column})"))
        });
        out.push(arm_of_sums(context, part.fact, by, dimensions, side, &split.from_sums, &sums));
    }
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
            None => "s.value".to_owned(),
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

/// Returns a number that changes with anything that the sums of a site depend on besides its rows.
fn definition(settings: &SiteSettings) -> u64 {
    let mut text = format!("{VERSION} {}", settings.timezone.name());
    for (fact, measures) in SUMMED {
        let sources = measures.iter().filter_map(|m| source_of(m, *fact)).map(|s| s.sql);
        text.extend(sources.flat_map(|sql| [" ", sql]));
    }
    for dimension in DIMENSIONS {
        text.push_str(dimension.name);
        text.extend(dimension.columns.iter().map(|c| c.sql));
    }
    // FNV-1a: the same in every version of the compiler.
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Sums the latest days of `site` that have none yet, up to sixteen that follow each other, and returns how many; 0 if
/// all are. A day has its turn a little more than a day after its end. One caller at a time.
///
/// # Errors
/// [`Error::Store`] if the store refuses.
pub fn sum_days(store: &Store, site: SiteId, settings: &SiteSettings) -> Result<usize, Error> {
    let Some(days) = days_to_sum(store, site, settings)? else { return Ok(0) };
    let zone = &settings.timezone;
    let ranges: Vec<Range> =
        days.iter().map(|day| Period { from: *day, to: *day }).map(|p| (p.start(zone), p.end(zone))).collect();
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return Ok(0) };
    let statements = statements(site, settings, Period { from: *first, to: *last })?;
    Ok(store.sum_days(site, definition(settings), &ranges, &statements)?)
}

/// Returns the days that have their turn, in order; `None` for none.
fn days_to_sum(store: &Store, site: SiteId, settings: &SiteSettings) -> Result<Option<Vec<Date>>, Error> {
    let Some(as_of) = store.as_of() else { return Ok(None) };
    let zone = &settings.timezone;
    // The day before the one that holds it is the last that has been over for so long.
    let last = zone.day_of(as_of.plus_seconds(-REST_S)).saturating_sub(1.day());
    let scope = Scope { ecommerce: true, unverified: true, refunds: RefundView::RefundDate };
    let (summed, first) = store.snapshot(&store::Patience::default(), |snapshot| {
        let earliest = |relation: Relation, column: &str| {
            format!("select min({column}) as starts_at from {} t", relation.text(scope, false, &[]))
        };
        let visits = earliest(Relation::Visits, "started_at");
        let events = earliest(Relation::Events, "occurred_at");
        let sql = format!("select min(starts_at) from ({visits} union all {events}) u");
        let found = snapshot.query(&sql, &[site.into()])?;
        let first = match found.rows.first().and_then(|row| row.first()) {
            Some(Value::Time(at)) => Some(zone.day_of(*at)),
            _ => None,
        };
        let summed = days(snapshot, site, settings)?;
        Ok::<_, store::Error>((summed, first))
    })?;
    let Some(first) = first.map(|day| day.max(last.saturating_sub(YEARS_BACK.years()))) else { return Ok(None) };
    let is_summed = |day: Date| summed.binary_search_by_key(&zone.start_of(day), |(from, _)| *from).is_ok();
    let mut day = last;
    while day >= first && is_summed(day) {
        day = day.saturating_sub(1.day());
    }
    let mut days = Vec::new();
    while day >= first && !is_summed(day) && days.len() < DAYS_MAX {
        days.push(day);
        day = day.saturating_sub(1.day());
    }
    days.reverse();
    Ok((!days.is_empty()).then_some(days))
}

/// Returns the statements whose rows are the sums of `period`.
fn statements(site: SiteId, settings: &SiteSettings, period: Period) -> Result<Vec<(String, Vec<Value>)>, QueryError> {
    let mut out = Vec::new();
    for (number, (fact, measures)) in SUMMED.iter().enumerate() {
        let sources = measures.iter().enumerate().filter_map(|(i, m)| Some((i, source_of(m, *fact)?))).collect();
        let part = Arm { fact: *fact, sources };
        let summed_by = (0..DIMENSIONS.len()).filter(|index| is_summed_by(*fact, *index)).map(|index| index + 1);
        for by in std::iter::once(BY_HOUR).chain(summed_by) {
            out.push(statement(site, settings, period, &part, (number, by))?);
        }
    }
    Ok(out)
}

fn statement(
    site: SiteId,
    settings: &SiteSettings,
    period: Period,
    part: &Arm,
    (number, by): (usize, usize),
) -> Result<(String, Vec<Value>), QueryError> {
    let mut params = Params::default();
    params.bind(site);
    let scope = Scope { ecommerce: true, unverified: true, refunds: RefundView::RefundDate };
    let none = Filter::default();
    let mut context =
        Context { params, scope, settings, as_of: Timestamp(0), filter: &none, definitions: &[], summed: &[] };
    let unit = if by == BY_HOUR { TimeUnit::Hour } else { TimeUnit::Day };
    let zone = &settings.timezone;
    let buckets = Buckets::new(unit, period, zone, settings.week_starts_sunday)
        .ok_or_else(|| QueryError::new("query.too_many_buckets", "too many days at once", "sum fewer"))?;
    let whole = Side { period, part: None, buckets: vec![(unit, buckets)] };
    let when = part.fact.shape().time(scope.refunds);
    let lead = [format!("{} as starts_at", bucket_start(&mut context, when, unit, &whole))];
    let split_by: Vec<Asked> = by.checked_sub(1).map(|index| Asked { property: None, index }).into_iter().collect();
    let measures: Vec<String> =
        part.sources.iter().map(|(slot, source)| format!("{} as m{slot}", source.sql)).collect();
    let rows = arm_with(&mut context, part, &lead, &split_by, &whole, &measures);
    let value = if split_by.is_empty() { "null" } else { "d0" };
    let columns: Vec<String> = (0..COLUMNS)
        .map(
            |slot| if slot < measures.len() { format!("coalesce(m{slot}, 0)::bigint") } else { "0::bigint".to_owned() },
        )
        .collect();
    let sql = format!(
        "select $1::uinteger, starts_at::timestamp, {number}::utinyint, {by}::utinyint, {value}::varchar, {}\nfrom (\n{rows}\n) a",
        columns.join(", ")
    );
    Ok((sql, context.params.into_values()))
}
