//! From a plan to one SQL statement: an arm per fact and period, put together by the dimensions, and the totals.
//!
//! Every arm gives the same columns (`d0..` dimensions, `m0..` measures, `p0..` the measures of the period compared
//! with), so that `union all` and one more grouping join the facts, unknown values included. Metrics are worked out
//! last. Rows and totals are one statement and so see the same state. Values are bound, never written into the text.

use crate::ahead::Ahead;
use crate::arm::{Context, Side};
use crate::calendar::{Buckets, Period, TimeUnit};
use crate::dimensions::Asked;
use crate::error::QueryError;
use crate::measures::Source;
use crate::metrics::{Formula, Metric, Term, Unit};
use crate::plan::{Arm, Plan};
use crate::query::{Key, Query, ROWS_MAX};
use crate::relations::Scope;
use crate::sums::{self, Range};
use commerce::{SiteId, SiteSettings, Timestamp};
use store::Value;

/// A statement with its parameters, and how many columns of each kind it returns: `kind` (0 row, 1 totals), `place`,
/// `places` (how many rows there are; of the totals, the journal position they stand at), the dimensions, the metrics, and the metrics of the period compared with.
#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) sql: String,
    pub(crate) params: Vec<Value>,
    /// Labels of the buckets of each dimension of time.
    pub(crate) buckets: Vec<(TimeUnit, Buckets)>,
}

/// Values bound to `$1`, `$2`, ...; equal values share a number.
#[derive(Debug, Default)]
pub(crate) struct Params(Vec<Value>);

impl Params {
    pub(crate) fn bind(&mut self, value: impl Into<Value>) -> String {
        let value = value.into();
        let at = self.0.iter().position(|v| *v == value).unwrap_or_else(|| {
            self.0.push(value);
            self.0.len() - 1
        });
        format!("${}", at + 1)
    }

    /// Returns the values in the order of their numbers, which may be added to still.
    pub(crate) fn values(&self) -> &[Value] {
        &self.0
    }

    /// Returns the values in the order of their numbers.
    pub(crate) fn into_values(self) -> Vec<Value> {
        self.0
    }
}

/// Returns the statement that answers `query` on `site`, with carts judged as of `as_of`, from the sums of the days of
/// `summed` where it can be, and from what was found `ahead`.
pub(crate) fn statement(
    site: SiteId,
    settings: &SiteSettings,
    query: &Query,
    as_of: Timestamp,
    summed: &[Range],
    ahead: Option<&Ahead>,
) -> Result<Statement, QueryError> {
    let mut context = Context { ahead, ..context(site, settings, query, as_of, summed) };
    let sides = sides(query, settings)?;
    let rows = Plan::new(&query.metrics, &query.dimensions, &query.filter)?;
    let whole = Plan::new(&query.metrics, &[], &query.filter)?;

    let mut tables = Vec::new();
    let mut answers = Vec::new();
    if !query.dimensions.is_empty() {
        let mut arms = arms(&mut context, &rows, &query.dimensions, &sides);
        if let Some(count) = filled(query, &sides[0]) {
            let nothing = names(&rows, query, |name| format!("null as {name}"));
            arms.push(format!("select unnest(range({})) as d0, {nothing}", context.params.bind(count)));
        }
        tables.push(format!("parts as (\n{}\n)", arms.join("\nunion all\n")));
        answers.push(rows_of(&mut context.params, &rows, query, &sides[0], settings));
    }
    tables.push(format!("whole as (\n{}\n)", arms(&mut context, &whole, &[], &sides).join("\nunion all\n")));
    answers.push(totals_of(&whole, query, settings));
    let sql = format!("with {}\n{}\norder by kind, place", tables.join(",\n"), answers.join("\nunion all\n"));
    let buckets = sides.into_iter().next().map_or_else(Vec::new, |s| s.buckets);
    Ok(Statement { sql, params: context.params.0, buckets })
}

/// Returns a context for statements about `site` that answer `query`, with carts judged as of `as_of`, which may read the
/// sums of `summed`.
pub(crate) fn context<'q>(
    site: SiteId,
    settings: &'q SiteSettings,
    query: &'q Query,
    as_of: Timestamp,
    summed: &'q [Range],
) -> Context<'q> {
    let mut params = Params::default();
    params.bind(site);
    let scope = Scope {
        ecommerce: settings.ecommerce,
        unverified: settings.count_unverified_orders,
        refunds: query.refund_view(settings),
    };
    Context { definitions: &query.definitions, summed, ..Context::new(params, scope, settings, as_of, &query.filter) }
}

/// Returns the periods to read with their buckets: the query's own, and the one it is compared with.
pub(crate) fn sides(query: &Query, settings: &SiteSettings) -> Result<Vec<Side>, QueryError> {
    let periods = std::iter::once(query.period).chain(query.compared());
    periods.map(|period| Ok(Side { buckets: buckets(query, period, settings)?, period, part: None })).collect()
}

/// Returns the buckets of every dimension of time that the query or its filter names.
fn buckets(query: &Query, period: Period, settings: &SiteSettings) -> Result<Vec<(TimeUnit, Buckets)>, QueryError> {
    buckets_of(query.dimensions.iter().chain(query.filter.asked()), period, settings)
}

/// Returns the buckets of every dimension of time among `asked`.
pub(crate) fn buckets_of<'a>(
    asked: impl Iterator<Item = &'a Asked>,
    period: Period,
    settings: &SiteSettings,
) -> Result<Vec<(TimeUnit, Buckets)>, QueryError> {
    let mut out: Vec<(TimeUnit, Buckets)> = Vec::new();
    for asked in asked {
        let Some(unit) = asked.time() else { continue };
        if out.iter().any(|(u, _)| *u == unit) {
            continue;
        }
        let buckets = Buckets::new(unit, period, &settings.timezone, settings.week_starts_sunday).ok_or_else(|| {
            let message = format!("the period has too many rows by `{}`", asked.name());
            QueryError::new("query.too_many_buckets", message, "choose a shorter period or a coarser granularity")
        })?;
        out.push((unit, buckets));
    }
    Ok(out)
}

/// Returns how many rows there are in any case: those of the only dimension, if it is one of time.
fn filled(query: &Query, side: &Side) -> Option<i64> {
    let [only] = query.dimensions.as_slice() else { return None };
    side.labels(only.time()?).map(|labels| labels.len() as i64)
}

/// Returns an arm for each fact of the plan and each period.
fn arms(context: &mut Context, plan: &Plan, dimensions: &[Asked], sides: &[Side]) -> Vec<String> {
    let mut out = Vec::new();
    for (i, side) in sides.iter().enumerate() {
        for part in &plan.arms {
            out.extend(sums::arms(context, part, dimensions, side, |part, written| {
                let mut columns = measure_columns(plan, part, 'm', i == 0, written);
                if sides.len() > 1 {
                    columns.extend(measure_columns(plan, part, 'p', i == 1, written));
                }
                columns
            }));
        }
    }
    out
}

/// Returns `<sql> as m0, null as m1, ...`: what the arm gives if its period is the one that is `read`.
fn measure_columns(
    plan: &Plan,
    part: &Arm,
    letter: char,
    read: bool,
    written: &dyn Fn(usize, &'static Source) -> String,
) -> Vec<String> {
    let sql = |slot: usize| part.sources.iter().find(|(s, _)| *s == slot).map(|(_, source)| written(slot, source));
    (0..plan.measures.len())
        .map(|i| format!("{} as {letter}{i}", sql(i).filter(|_| read).unwrap_or_else(|| "null".to_owned())))
        .collect()
}

/// Returns what `written` makes of each measure's name, separated by commas: `m0, m1` and, compared, `p0, p1`.
fn names(plan: &Plan, query: &Query, written: impl Fn(&str) -> String) -> String {
    let mut out = Vec::new();
    for letter in if query.compare.is_some() { &['m', 'p'][..] } else { &['m'] } {
        out.extend((0..plan.measures.len()).map(|i| written(&format!("{letter}{i}"))));
    }
    out.join(", ")
}

fn summed(name: &str) -> String {
    format!("coalesce(sum({name}), 0) as {name}")
}

/// Returns the rows: sums by the dimensions, metrics from them, in order, the asked part of them.
fn rows_of(params: &mut Params, plan: &Plan, query: &Query, side: &Side, settings: &SiteSettings) -> String {
    let dims: Vec<String> = (0..query.dimensions.len()).map(|i| format!("d{i}")).collect();
    let dims = dims.join(", ");
    // The period compared with may have more buckets; those without a counterpart are left out.
    let mut conditions = Vec::new();
    for (i, asked) in query.dimensions.iter().enumerate().filter(|_| query.compare.is_some()) {
        if let Some(labels) = asked.time().and_then(|unit| side.labels(unit)) {
            conditions.push(format!("d{i} < {}", params.bind(labels.len() as i64)));
        }
    }
    let matching =
        if conditions.is_empty() { String::new() } else { format!("\n      where {}", conditions.join(" and ")) };
    // A row without a figure is none, but a day without a visit is a day.
    let having = if filled(query, side).is_some() {
        String::new()
    } else {
        let any = names(plan, query, |name| format!("sum({name}) <> 0"));
        format!("\n      having {}", any.replace(", ", " or "))
    };
    let first = params.bind(i64::from(query.offset));
    let last = params.bind(i64::from(query.offset) + i64::from(query.limit.unwrap_or(ROWS_MAX)));
    let (order, outputs) = (order(query), outputs(query, plan, settings));
    let sums = names(plan, query, summed);
    format!(
        "select * from (
  select 0 as kind, row_number() over (order by {order}) as place, count(*) over () as places, *
  from (
    select {dims}, {outputs}
    from (
      select {dims}, {sums}
      from parts{matching}
      group by {dims}{having}
    ) g
  ) f
) r
where place > {first} and place <= {last}"
    )
}

/// Returns the one row of totals.
fn totals_of(plan: &Plan, query: &Query, settings: &SiteSettings) -> String {
    let mut columns = vec!["1 as kind, 0 as place, (select max(position) from applied) as places".to_owned()];
    columns.extend((0..query.dimensions.len()).map(|i| format!("null as d{i}")));
    columns.push(outputs(query, plan, settings));
    format!("select {}\nfrom (select {} from whole) w", columns.join(", "), names(plan, query, summed))
}

/// Returns the total order of the rows: as asked; else time first, then the first metric, falling; then the dimensions.
fn order(query: &Query) -> String {
    let mut keys: Vec<(String, bool)> = Vec::new();
    for (key, falling) in &query.order {
        let column = match key {
            Key::Dimension(i) => format!("d{i}"),
            Key::Metric(i) => format!("x{i}"),
            Key::Previous(i) => format!("y{i}"),
        };
        keys.push((column, *falling));
    }
    if keys.is_empty() {
        let times = query.dimensions.iter().enumerate().filter(|(_, d)| d.time().is_some());
        keys.extend(times.map(|(i, _)| (format!("d{i}"), false)));
        if keys.len() < query.dimensions.len() {
            keys.push(("x0".to_owned(), true));
        }
    }
    for i in 0..query.dimensions.len() {
        let column = format!("d{i}");
        if !keys.iter().any(|(c, _)| *c == column) {
            keys.push((column, false));
        }
    }
    let written: Vec<String> = keys
        .into_iter()
        .map(|(c, falling)| if falling { format!("{c} desc nulls last") } else { format!("{c} nulls last") })
        .collect();
    written.join(", ")
}

/// Returns `<metric> as x0, ...` and, compared, `<metric> as y0, ...`.
fn outputs(query: &Query, plan: &Plan, settings: &SiteSettings) -> String {
    let decimals = settings.currency.decimals();
    let mut out = Vec::new();
    for (measure, output) in if query.compare.is_some() { &[('m', 'x'), ('p', 'y')][..] } else { &[('m', 'x')] } {
        let metrics = query.metrics.iter().enumerate();
        out.extend(metrics.map(|(i, metric)| format!("{} as {output}{i}", value(metric, plan, *measure, decimals))));
    }
    out.join(", ")
}

/// Returns how a metric is worked out from the summed measures: itself, or a division rounded half away from zero.
///
/// Money is rounded to the currency's decimals, shares and quotients to four, seconds to one.
fn value(metric: &Metric, plan: &Plan, letter: char, decimals: u32) -> String {
    let (of, per, milli) = match metric.value {
        Formula::Sum(of) => return sum(of, plan, letter),
        Formula::Per(of, per) => (sum(of, plan, letter), sum(per, plan, letter), 1),
        Formula::PerUnit(of, per) => (sum(of, plan, letter), sum(per, plan, letter), 1000),
    };
    let step = 10_i64.pow(4 - decimals.min(4));
    let (times, by, unit) = match metric.unit {
        Unit::Money => (milli, step, step),
        // Microseconds to tenths of a second.
        Unit::Seconds => (1, 100_000, 1),
        // Quantities by things: thousandths to four decimals.
        Unit::Ratio if of_quantity(metric) => (10, 1, 1),
        _ => (10_000, 1, 1),
    };
    let (twice, above, below) = (2 * times, factor(&per, by), factor(&per, 2 * by));
    let rounded = format!(
        "case when {per} <= 0 then null when {of} < 0 then -(({twice} * -{of} + {above}) // ({below})) else ({twice} * {of} + {above}) // ({below}) end"
    );
    if unit == 1 { rounded } else { format!("{unit} * {rounded}") }
}

/// Says whether what is divided is a quantity.
fn of_quantity(metric: &Metric) -> bool {
    let Formula::Per(of, _) = metric.value else { return false };
    of.iter().any(|term| matches!(term.measure().name, "units" | "units_returned"))
}

/// Returns the sum of `terms`: a column, or several in parentheses.
fn sum(terms: &[Term], plan: &Plan, letter: char) -> String {
    let mut out: Vec<String> = Vec::new();
    for term in terms {
        let sign = if matches!(term, Term::Minus(_)) { "- " } else { "+ " };
        out.push(format!("{sign}{letter}{}", plan.slot(term.measure())));
    }
    let text = out.join(" ");
    // What is added stands first.
    let text = text.trim_start_matches("+ ");
    if terms.len() == 1 { text.to_owned() } else { format!("({text})") }
}

fn factor(column: &str, by: i64) -> String {
    if by == 1 { column.to_owned() } else { format!("{by} * {column}") }
}

#[cfg(test)]
mod tests;
