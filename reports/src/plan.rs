//! From a question to the facts that answer it: which source each measure takes, and what cannot be combined.
//!
//! A plan is made twice for a report, once with its dimensions and once without them for the totals: totals are asked
//! for, not added up. Writes no SQL.

use crate::dimensions::{Asked, Column, DIMENSIONS, Dimension};
use crate::error::QueryError;
use crate::facts::{Fact, Route, Table};
use crate::filter::Filter;
use crate::measures::{Adds, Measure, Source};
use crate::metrics::{Formula, METRICS, Metric};
use crate::query::Query;
use crate::segment::{self, is_somebodys};

/// The measures that one fact gives, by their place in [`Plan::measures`].
#[derive(Debug)]
pub(crate) struct Arm {
    pub(crate) fact: Fact,
    pub(crate) sources: Vec<(usize, &'static Source)>,
}

/// What to read for a list of metrics.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) measures: Vec<&'static Measure>,
    pub(crate) arms: Vec<Arm>,
}

impl Plan {
    /// Returns the plan of `metrics` split by `dimensions`.
    ///
    /// # Errors
    /// `query.not_combinable` if a metric cannot be split or filtered so.
    pub(crate) fn new(metrics: &[&'static Metric], dimensions: &[Asked], filter: &Filter) -> Result<Self, QueryError> {
        let mut plan = Self { measures: Vec::new(), arms: Vec::new() };
        for metric in metrics {
            for measure in metric.measures() {
                let source =
                    source(measure, dimensions, filter).ok_or_else(|| not_combinable(metric, dimensions, filter))?;
                if plan.measures.iter().any(|m| m.name == measure.name) {
                    continue;
                }
                let slot = plan.measures.len();
                plan.measures.push(measure);
                let fact = fact_read(source.fact, dimensions, filter);
                match plan.arms.iter_mut().find(|arm| arm.fact == fact) {
                    Some(arm) => arm.sources.push((slot, source)),
                    None => plan.arms.push(Arm { fact, sources: vec![(slot, source)] }),
                }
            }
        }
        Ok(plan)
    }

    /// Returns the place of `measure`, which the plan was made with.
    pub(crate) fn slot(&self, measure: &Measure) -> usize {
        self.measures.iter().position(|m| m.name == measure.name).expect("the plan holds every measure of its metrics")
    }
}

/// Refuses a query that cannot be answered whatever the site.
pub(crate) fn check(query: &Query) -> Result<(), QueryError> {
    segment::check(&query.filter)?;
    Plan::new(&query.metrics, &query.dimensions, &query.filter).map(drop)
}

/// Says whether the rows of `metric`, split by `dimensions`, sum to its total.
pub(crate) fn is_additive(metric: &Metric, dimensions: &[Asked], filter: &Filter) -> bool {
    let Formula::Sum(terms) = metric.value else { return false };
    terms.iter().all(|term| adds_up(term.measure(), dimensions, filter))
}

fn adds_up(measure: &Measure, dimensions: &[Asked], filter: &Filter) -> bool {
    let Some(source) = source(measure, dimensions, filter) else { return false };
    source.adds != Adds::Never
        && dimensions.iter().all(|asked| match route(source.fact, asked.dimension()) {
            // A dimension of time gives each row one bucket.
            None => true,
            Some((route, column)) => !route.fans_out() && !column.spreads && source.adds != Adds::Except(column.table),
        })
}

/// Says how `fact` reaches `dimension`, which is not one of time, and by which column.
pub(crate) fn route(fact: Fact, dimension: &'static Dimension) -> Option<(&'static Route, &'static Column)> {
    fact.shape().routes.iter().find_map(|(table, route)| {
        let column = dimension.columns.iter().find(|c| c.table == *table)?;
        Some((route, column))
    })
}

/// Returns the source of `measure` that counts the fewest rows twice, the first of equals; `None` if none reaches all.
fn source(measure: &Measure, dimensions: &[Asked], filter: &Filter) -> Option<&'static Source> {
    let fan_outs = |source: &Source| -> Option<usize> {
        let mut count = 0;
        for asked in dimensions.iter().chain(filter.asked()) {
            if asked.time().is_none() {
                count += usize::from(route(source.fact, asked.dimension())?.0.fans_out());
            }
        }
        Some(count)
    };
    let whose = filter.asks_whose();
    let fitting = measure.sources.iter().filter(|s| !whose || is_somebodys(s.fact));
    let sources = fitting.filter_map(|s| fan_outs(s).map(|n| (n, s)));
    sources.min_by_key(|(n, _)| *n).map(|(_, s)| s)
}

/// Returns the fact that is read for `fact`: where no goal is asked for, a goal's visits are all visits.
fn fact_read(fact: Fact, dimensions: &[Asked], filter: &Filter) -> Fact {
    let of_goals = |asked: &Asked| {
        asked.dimension().columns.iter().any(|c| c.table == Table::Goals) && asked.dimension().columns.len() == 1
    };
    match fact {
        Fact::VisitsPerGoal if !dimensions.iter().chain(filter.asked()).any(of_goals) => Fact::Visits,
        _ => fact,
    }
}

/// Returns the error that names the first dimension that `metric` cannot be split by, and what would work.
fn not_combinable(metric: &Metric, dimensions: &[Asked], filter: &Filter) -> QueryError {
    let none = Filter::default();
    if filter.asks_whose() && metric.measures().any(|m| m.sources.iter().all(|s| !is_somebodys(s.fact))) {
        let message =
            format!("`{}` is nobody's, and cannot be narrowed by a segment or by what somebody did", metric.name);
        return QueryError::new("query.not_combinable", message, "ask for it in a report of its own");
    }
    let works = |metric: &Metric, asked: &Asked| {
        metric.measures().all(|m| source(m, std::slice::from_ref(asked), &none).is_some())
    };
    let filtered = filter.asked().into_iter().map(|asked| (asked, "filtered"));
    let asked: Vec<(&Asked, &str)> = dimensions.iter().map(|d| (d, "split")).chain(filtered).collect();
    let Some((blame, verb)) = asked.iter().find(|(d, _)| !works(metric, d)) else {
        let names: Vec<String> = asked.iter().map(|(d, _)| format!("`{}`", d.name())).collect();
        let message = format!("`{}` cannot be split or filtered by {} at once", metric.name, names.join(", "));
        return QueryError::new("query.not_combinable", message, "ask for fewer dimensions");
    };
    let metrics: Vec<&str> = METRICS.iter().filter(|m| works(m, blame)).map(|m| m.name).collect();
    let by: Vec<&str> = DIMENSIONS
        .iter()
        .enumerate()
        .filter(|(index, d)| !d.takes_name() && works(metric, &Asked { property: None, index: *index }))
        .map(|(_, d)| d.name)
        .collect();
    let name = blame.name();
    QueryError::new(
        "query.not_combinable",
        format!("`{}` cannot be {verb} by `{name}`", metric.name),
        format!("`{name}` works with {}; `{}` works with {}", metrics.join(", "), metric.name, by.join(", ")),
    )
}

#[cfg(test)]
pub(crate) mod tests;
