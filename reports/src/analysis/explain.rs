//! Explain: what a figure of a report is, how it is worked out, and the orders, visits or carts behind it.
//!
//! The rows are what the metric's own measures give for each thing they count, so where the metric is a sum they add up to
//! it, exactly. Totals are the figure and its measures, asked for as a report asks.

use super::desk::{Desk, int, text};
use super::draft::{Draft, figure, split, sum};
use super::given::{Frame, Given};
use super::measured::wholes;
use crate::arm::arm_with;
use crate::dimensions::Asked;
use crate::error::{Error, QueryError, near_names};
use crate::facts::Fact;
use crate::filter::asked;
use crate::measures::Measure;
use crate::metrics::{Formula, METRICS, Metric, Term, Unit, metric};
use crate::plan::{Plan, is_additive};
use crate::query::Query;
use crate::table::{Cell, Table};
use commerce::Timestamp;
use serde_json::{Value, json};

/// Rows of an answer that asks for no number of them.
const ROWS: usize = 100;

/// What is asked.
#[derive(Debug)]
pub(crate) struct Ask {
    frame: Frame,
    metric: &'static Metric,
    dimensions: Vec<Asked>,
    query: Query,
}

impl Ask {
    pub(crate) fn parse(given: &Given) -> Result<Self, QueryError> {
        let mut frame = given.frame()?;
        if given.get("limit").is_none() {
            frame.limit = ROWS;
        }
        let name = given.get("metric").unwrap_or_default();
        let metric = metric(name).ok_or_else(|| {
            let hint = near_names(name, METRICS.iter().map(|m| m.name), "metrics");
            QueryError::new("query.unknown_metric", format!("there is no metric `{name}`"), hint)
        })?;
        let names = given.get("dimensions").unwrap_or_default().split(',').map(str::trim).filter(|n| !n.is_empty());
        let dimensions: Vec<Asked> = names.map(asked).collect::<Result<_, _>>()?;
        let query = given.report(&[("metrics", name)])?;
        Plan::new(&[metric], &dimensions, &frame.filter)?;
        Ok(Self { frame, metric, dimensions, query })
    }
}

/// What a fact's rows are listed as: kind, id, and when.
fn listed(fact: Fact) -> [&'static str; 3] {
    match fact {
        Fact::Visits
        | Fact::OrderedVisits
        | Fact::VisitsPerGoal
        | Fact::GoalVisits
        | Fact::VisitActions
        | Fact::OrderedVisitActions => ["'visit'", "printf('%016x', v.visit)", "v.started_at"],
        Fact::Events => ["'visit'", "coalesce(printf('%016x', e.visit), '(no visit)')", "min(e.occurred_at)"],
        Fact::Actions => ["'visit'", "coalesce(printf('%016x', p.visit), '(no visit)')", "min(p.occurred_at)"],
        Fact::Goals => ["'visit'", "coalesce(printf('%016x', g.visit), '(no visit)')", "min(g.occurred_at)"],
        Fact::Carts | Fact::CartLines => ["'cart'", "coalesce(c.cart_id, printf('%016x', c.cart))", "c.created_at"],
        // No metric counts them.
        Fact::EventKinds => ["'kind'", "e.kind", "e.\"at\""],
        Fact::ActionKinds => ["'kind'", "p.kind", "p.\"at\""],
        Fact::AdCosts => ["'ad_cost'", "concat_ws(' / ', ad.source, ad.medium, ad.campaign)", "ad.starts_at"],
        Fact::Orders
        | Fact::OrderBook
        | Fact::AllOrders
        | Fact::Lines
        | Fact::Coupons
        | Fact::Refunds
        | Fact::RefundLines => ["'order'", "o.order_id", "o.placed_at"],
    }
}

/// Returns the page that says the rule behind a fact.
fn rule(fact: Fact) -> &'static str {
    match fact {
        Fact::Visits | Fact::OrderedVisits | Fact::VisitsPerGoal | Fact::GoalVisits | Fact::Events | Fact::Goals => {
            "docs/events.md"
        }
        Fact::Actions | Fact::VisitActions | Fact::OrderedVisitActions => "docs/reports.md",
        Fact::Carts | Fact::CartLines => "docs/carts.md",
        Fact::AdCosts => "docs/analyses.md#costs-of-advertising",
        _ => "docs/orders.md",
    }
}

pub(crate) fn run(desk: &Desk, ask: &Ask) -> Result<Table, Error> {
    let plan = Plan::new(&[ask.metric], &[], &ask.frame.filter)?;
    let report = desk.report(&ask.query)?;
    let value = report.totals.first().cloned().unwrap_or(Cell::Null);
    let wholes = wholes(desk, &plan, ask.frame.period, &ask.frame.filter)?;
    let mut draft = Draft::new(columns(ask.metric, &plan));
    let (rows, rows_total) = things(desk, ask, &plan)?;
    draft.rows = rows;
    let mut totals = vec![Cell::Null; 3];
    totals.extend(plan.measures.iter().zip(&wholes).map(|(m, n)| Cell::of(unit_of(m, ask.metric), Some(*n))));
    totals.push(value.clone());
    draft.totals = totals;
    let measures: Vec<Value> =
        plan.measures.iter().zip(&draft.totals[3..]).map(|(m, cell)| shown(m.name, cell)).collect();
    let additive = is_additive(ask.metric, &ask.dimensions, &ask.frame.filter);
    draft.extras = vec![
        (
            "metric",
            json!({
                "name": ask.metric.name,
                "label": ask.metric.label,
                "definition": ask.metric.definition,
                "formula": formula(ask.metric),
                "in_words": ask.metric.formula,
                "unit": ask.metric.unit.name(desk.settings.currency.code()),
            }),
        ),
        ("value", literal(&value)),
        ("measures", measures.into()),
        ("adds_up", json!(additive)),
        ("rule", json!(plan.arms.first().map(|a| rule(a.fact)))),
        ("dimensions", json!(ask.dimensions.iter().map(Asked::name).collect::<Vec<_>>())),
    ];
    // The rows were cut in SQL already.
    let whole = Frame { limit: usize::MAX, offset: 0, ..ask.frame.clone() };
    let mut table = draft.finish(desk, &whole);
    table.meta.rows_total = rows_total;
    Ok(table)
}

fn literal(cell: &Cell) -> Value {
    serde_json::from_str(&cell.json_text()).unwrap_or_default()
}

fn shown(name: &str, cell: &Cell) -> Value {
    json!({ "name": name, "value": literal(cell) })
}

/// Returns how the metric is worked out from its measures, in their names.
fn formula(metric: &Metric) -> String {
    let written = |terms: &[Term]| {
        let mut out = String::new();
        for term in terms {
            let sign = match term {
                Term::Plus(_) if out.is_empty() => "",
                Term::Plus(_) => " + ",
                Term::Minus(_) => " - ",
            };
            out.push_str(sign);
            out.push_str(term.measure().name);
        }
        if terms.len() > 1 { format!("({out})") } else { out }
    };
    match metric.value {
        Formula::Sum(of) => written(of).trim_matches(['(', ')']).to_owned(),
        Formula::Per(of, per) | Formula::PerUnit(of, per) => format!("{} / {}", written(of), written(per)),
    }
}

/// Returns the unit of a measure: that of a metric which is a sum with it, else a count.
fn unit_of(measure: &Measure, own: &Metric) -> Unit {
    let sums = |m: &&Metric| matches!(m.value, Formula::Sum(_)) && m.measures().any(|x| x.name == measure.name);
    std::iter::once(own).chain(METRICS).find(sums).map_or(Unit::Count, |m| m.unit)
}

fn columns(metric: &Metric, plan: &Plan) -> Vec<crate::table::Column> {
    let mut columns = vec![split("kind", "Kind"), split("id", "Id"), split("at", "When")];
    columns.extend(plan.measures.iter().map(|m| figure(&format!("measure:{}", m.name), m.name, unit_of(m, metric))));
    columns.push(sum("contribution", metric.label, metric.unit));
    columns
}

/// Returns the things behind the figure, the latest first, and how many there are.
fn things(desk: &Desk, ask: &Ask, plan: &Plan) -> Result<(Vec<Vec<Cell>>, u64), Error> {
    let mut context = desk.context(&ask.frame.filter);
    let side = desk.side(ask.frame.period);
    let mut parts = Vec::new();
    for part in &plan.arms {
        let [kind, id, at] = listed(part.fact);
        let mut columns = vec![format!("{kind} as kind"), format!("{id} as id"), format!("{at} as happened_at")];
        for slot in 0..plan.measures.len() {
            let sql = part.sources.iter().find(|(s, _)| *s == slot).map_or("null", |(_, s)| s.sql);
            columns.push(format!("{sql} as m{slot}"));
        }
        let groups = if at.starts_with("min(") { "1, 2" } else { "1, 2, 3" };
        parts.push(format!("{}\ngroup by {groups}", arm_with(&mut context, part, &[], &[], &side, &columns)));
    }
    let slots: Vec<String> = (0..plan.measures.len()).map(|i| format!("m{i}")).collect();
    let sums: Vec<String> = slots.iter().map(|m| format!("coalesce(sum({m}), 0) as {m}")).collect();
    let any: Vec<String> = slots.iter().map(|m| format!("{m} <> 0")).collect();
    let (limit, offset) = (context.params.bind(ask.frame.limit as i64), context.params.bind(ask.frame.offset as i64));
    let sql = format!(
        "select kind, id, epoch_us(min_at), count(*) over (), {} from (\nselect kind, id, min(happened_at) as min_at, {} \
         from (\n{}\n) p group by 1, 2) t where {} order by 3 desc, 1, 2 limit {limit} offset {offset}",
        slots.join(", "),
        sums.join(", "),
        parts.join("\nunion all\n"),
        any.join(" or "),
    );
    let (mut rows, mut total) = (Vec::new(), 0);
    for row in desk.ask(&sql, context.params)? {
        total = int(&row, 3)? as u64;
        let values: Vec<i128> = row[4..].iter().map(|v| v.as_i128().unwrap_or(0)).collect();
        let mut cells = vec![
            Cell::Text(text(&row, 0)?.unwrap_or_default()),
            Cell::Text(text(&row, 1)?.unwrap_or_default()),
            Cell::Time(Timestamp(int(&row, 2)?)),
        ];
        cells.extend(plan.measures.iter().zip(&values).map(|(m, n)| Cell::of(unit_of(m, ask.metric), Some(*n))));
        cells.push(match ask.metric.value {
            Formula::Sum(terms) => {
                let signed = |term: &Term| {
                    let n = values[plan.slot(term.measure())];
                    if matches!(term, Term::Minus(_)) { -n } else { n }
                };
                Cell::of(ask.metric.unit, Some(terms.iter().map(signed).sum()))
            }
            _ => Cell::Null,
        });
        rows.push(cells);
    }
    Ok((rows, total))
}
