//! One arm of a statement: one fact in one period, split by the dimensions, narrowed by the filter.
//!
//! Knows how a dimension becomes a column. What the columns of measures say is handed in.

use crate::calendar::{Buckets, Period, TimeUnit};
use crate::dimensions::{Asked, Column};
use crate::facts::{Fact, FactShape, Relation, Route, Scope};
use crate::filter::Filter;
use crate::joins::{Bridge, Needs, from_clause, note};
use crate::measures::Mark;
use crate::narrow::clause;
use crate::plan::{Arm, route};
use crate::sql::Params;
use commerce::{SiteSettings, Timestamp};

/// What all arms of a statement share.
pub(crate) struct Context<'q> {
    pub(crate) params: Params,
    pub(crate) scope: Scope,
    pub(crate) settings: &'q SiteSettings,
    pub(crate) as_of: Timestamp,
    pub(crate) filter: &'q Filter,
}

/// A period that is read, with its buckets.
pub(crate) struct Side {
    pub(crate) period: Period,
    pub(crate) buckets: Vec<(TimeUnit, Buckets)>,
}

impl Side {
    /// Returns the labels of the buckets of `unit`, which the query names.
    pub(crate) fn labels(&self, unit: TimeUnit) -> Option<&[String]> {
        self.buckets.iter().find(|(u, _)| *u == unit).map(|(_, b)| b.labels.as_slice())
    }
}

/// Returns the arm's text.
pub(crate) fn arm(context: &mut Context, arm: &Arm, dimensions: &[Asked], side: &Side, measures: &[String]) -> String {
    let shape = arm.fact.shape();
    let mut needs = Needs::default();
    let mut columns: Vec<String> = Vec::new();
    for (i, asked) in dimensions.iter().enumerate() {
        columns.push(format!("{} as d{i}", dimension(context, arm.fact, shape, asked, side, &mut needs)));
    }
    let zone = &context.settings.timezone;
    let (from, to) = (side.period.start(zone), side.period.end(zone));
    let time = shape.time;
    let mut conditions =
        vec![format!("{time} >= {} and {time} < {}", context.params.bind(from), context.params.bind(to))];
    for alternatives in &context.filter.all {
        conditions.extend(clause(context, arm.fact, shape, alternatives, side, &mut needs));
    }
    conditions.extend(needs.bridges.iter().filter_map(Bridge::condition));
    columns.extend(measures.iter().map(|m| with_carts(context, m)));
    let marks: Vec<Mark> = {
        let mut marks: Vec<Mark> = arm.sources.iter().flat_map(|(_, s)| s.marks.iter().copied()).collect();
        marks.sort_unstable();
        marks.dedup();
        marks
    };
    let from = from_clause(context, shape, &needs, &marks, side);
    let groups: Vec<String> = (1..=dimensions.len()).map(|i| i.to_string()).collect();
    let group_by = if groups.is_empty() { String::new() } else { format!("\ngroup by {}", groups.join(", ")) };
    format!("select\n  {}\nfrom {from}\nwhere {}{group_by}", columns.join(",\n  "), conditions.join("\n  and "))
}

/// Returns the dimension as a column of the arm, and notes what it takes to reach it.
fn dimension(
    context: &mut Context,
    fact: Fact,
    shape: &FactShape,
    asked: &Asked,
    side: &Side,
    needs: &mut Needs,
) -> String {
    if let Some(unit) = asked.time() {
        return bucket(context, shape.time, unit, side);
    }
    let (route, column) = route(fact, asked.dimension()).expect("the plan takes only facts that reach the dimension");
    match route {
        Route::Own(alias) => {
            if column.spreads {
                needs.spread.push(alias);
            }
            text(context, column, asked, alias)
        }
        Route::Join { alias, .. } => {
            note(&mut needs.joins, route);
            text(context, column, asked, alias)
        }
        Route::Every { alias, .. } => {
            note(&mut needs.everies, route);
            text(context, column, asked, alias)
        }
        Route::Bridge { alias, key, relation, .. } => {
            let inner = text(context, column, asked, "t");
            let bridge = needs.bridge(route);
            bridge.spreads |= column.spreads;
            bridge.columns.push(inner);
            let found = format!("{alias}.b{}", bridge.columns.len() - 1);
            match relation {
                // Told apart from lines whose product lacks the value, as `product!` does where lines are counted.
                Relation::Lines | Relation::CartLines => {
                    format!("case when {alias}.{key} is null then '(no lines)' else {found} end")
                }
                _ => found,
            }
        }
    }
}

/// Returns a column's text for the table alias `t`, its JSON path bound.
pub(crate) fn text(context: &mut Context, column: &Column, asked: &Asked, t: &str) -> String {
    let text = column.sql.replace("{t}", t);
    match &asked.property {
        Some(key) => text.replace("{path}", &context.params.bind(format!("$.\"{key}\""))),
        None => text,
    }
}

/// Returns the index of the bucket of `time`: a tree of comparisons finds the run, a division the bucket in it.
pub(crate) fn bucket(context: &mut Context, time: &str, unit: TimeUnit, side: &Side) -> String {
    let Some((_, buckets)) = side.buckets.iter().find(|(u, _)| *u == unit) else { return "0".to_owned() };
    let index = tree(&mut context.params, time, &buckets.runs);
    buckets.modulus.map_or(index.clone(), |m| format!("({index}) % {m}"))
}

fn tree(params: &mut Params, time: &str, runs: &[crate::calendar::Run]) -> String {
    match runs {
        [] => "0".to_owned(),
        [run] => {
            let (start, width) = (params.bind(run.start.0), params.bind(run.width_us));
            let index = format!("(epoch_us({time}) - {start}) // {width}");
            if run.first == 0 { index } else { format!("{} + {index}", params.bind(run.first)) }
        }
        _ => {
            let (before, after) = runs.split_at(runs.len() / 2);
            let at = params.bind(after[0].start);
            format!(
                "case when {time} < {at} then {} else {} end",
                tree(params, time, before),
                tree(params, time, after)
            )
        }
    }
}

/// Writes the conditions of time into a cart's measure.
fn with_carts(context: &mut Context, measure: &str) -> String {
    let idle_s = context.settings.cart_idle_s;
    if measure.contains("{abandoned}") {
        let unchanged_since = context.params.bind(context.as_of.plus_seconds(-idle_s));
        return measure.replace(
            "{abandoned}",
            &format!("c.state = 'open' and c.units > 0 and c.changed_at <= {unchanged_since}"),
        );
    }
    if measure.contains("{recovered}") {
        // Carts that are abandoned at once would all count as recovered.
        if idle_s == 0 {
            return measure.replace("{recovered}", "false");
        }
        let idle = context.params.bind(idle_s.saturating_mul(1_000_000));
        let recovered = format!("c.state = 'ordered' and epoch_us(c.ordered_at) - epoch_us(c.changed_at) > {idle}");
        return measure.replace("{recovered}", &recovered);
    }
    measure.to_owned()
}
