//! The answer of the product beside that of the reference: the same rows in the same order, the same totals, the same
//! refusals; and what says of itself that it adds up does.

use super::super::shop::SITE;
use super::super::{Shop, run};
use super::asked::Asking;
use super::dice::Dice;
use super::dimensions::{Value, all_of_time};
use super::metrics::figure;
use super::question::{Place, Question};
use super::rows::World;
use crate::dimensions::Asked;
use crate::filter::{Filter, check};
use crate::metrics::METRICS;
use crate::plan::Plan;
use crate::query::{Query, RefundView};
use crate::table::{Cell, Kind, Table};
use crate::{DIMENSIONS, Metric};
use commerce::Timestamp;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Most metrics of one report.
const METRICS_OF_ONE: usize = 30;

/// What a run has seen, so that it can be told whether it saw enough.
#[derive(Default)]
pub(super) struct Seen {
    /// Metric by dimension by filter.
    pub(super) combinations: usize,
    /// Metrics that were something.
    pub(super) metrics: BTreeSet<&'static str>,
    /// Values of each dimension.
    pub(super) values: BTreeMap<String, BTreeSet<Value>>,
    /// Filters that were asked, and those that kept something and not everything.
    pub(super) filters: (usize, usize),
    /// Reports that were compared with a period before.
    pub(super) periods: usize,
    /// Questions that the language refuses.
    pub(super) refused: usize,
}

/// Asks both and compares; says what was wrong.
pub(super) fn compare(
    shop: &Shop,
    world: &World,
    asking: &Asking,
    dice: &mut Dice,
    seen: &mut Seen,
) -> Result<(), String> {
    let Some(query) = parsed(world, asking, "visits,orders,carts,ad_cost") else {
        seen.refused += 1;
        return Ok(());
    };
    let zone = &world.settings.timezone;
    let period = query.period.start(zone)..query.period.end(zone);
    let as_of = query.as_of.unwrap_or_else(|| shop.store.as_of().unwrap());
    let by_order_date = query.refund_view(&world.settings) == RefundView::OrderDate;
    let ask = |period: &Range<Timestamp>, dimensions| {
        Question::new(world, (&query.filter, dimensions), period.clone(), as_of, by_order_date)
    };
    let (split, whole) = (ask(&period, &query.dimensions), ask(&period, &[]));
    let before = query.compared().map(|before| before.start(zone)..before.end(zone));
    let before = before.map(|before| (ask(&before, &query.dimensions), ask(&before, &[])));

    let metrics = answered(&query, &split)?;
    let metrics = chosen(metrics, dice);
    if metrics.is_empty() {
        return Ok(());
    }
    let query = Query { metrics, ..query.clone() };
    let wrong = |what: &str| {
        let names: Vec<&str> = query.metrics.iter().map(|m| m.name).collect();
        format!("{what}\nmetrics {}\n{asking:?}\nas {:?}", names.join(","), query.filter.texts())
    };
    let table = run(&shop.store, SITE, &world.settings, &query).map_err(|e| wrong(&format!("{e:?}")))?;
    let mut totals = row_of(&query, &whole, &[]).1;
    totals.extend(before.iter().flat_map(|(_, whole)| row_of(&query, whole, &[]).1));
    same(&query, &table.totals[query.dimensions.len()..], &totals, "totals").map_err(|e| wrong(&e))?;
    let rows = rows_of(&query, &split, before.as_ref().map(|(split, _)| split));
    same_rows(&query, &table, &rows).map_err(|e| wrong(&e))?;
    adds_up(&table).map_err(|e| wrong(&e))?;

    seen.combinations += query.metrics.len();
    seen.periods += usize::from(before.is_some());
    let something = |cell: &Cell| number(cell).is_some_and(|n| n != 0);
    let named = query.metrics.iter().map(|m| m.name).zip(&totals);
    seen.metrics.extend(named.filter(|(_, cell)| something(cell)).map(|(name, _)| name));
    for (at, asked) in query.dimensions.iter().enumerate() {
        seen.values.entry(asked.name()).or_default().extend(rows.iter().map(|(row, _)| row[at].clone()));
    }
    if !query.filter.parts.is_empty() {
        let none = Filter::default();
        let all = Question::new(world, (&none, &[]), period.clone(), as_of, by_order_date);
        let totals = &totals[..query.metrics.len()];
        let narrower = row_of(&query, &all, &[]).1 != totals && totals.iter().any(something);
        seen.filters = (seen.filters.0 + 1, seen.filters.1 + usize::from(narrower));
    }
    Ok(())
}

/// Reads the question; `None` if the language refuses it.
fn parsed(world: &World, asking: &Asking, metrics: &str) -> Option<Query> {
    let read = |text: &str| Filter::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    let filter = read(&asking.filter).and(read(&asking.segment));
    check(&filter).ok()?;
    let parameters = [("metrics", metrics), ("from", asking.from), ("to", asking.to), ("as_of", asking.as_of)];
    let rest = [("refund_view", asking.refund_view), ("compare", asking.compare)];
    let query = Query::parse(parameters.into_iter().chain(rest)).unwrap();
    let mut dimensions = Vec::new();
    for name in &asking.dimensions {
        let asked = Asked::parse(name).unwrap();
        if !dimensions.contains(&asked) {
            dimensions.push(asked);
        }
    }
    let mut query = Query { dimensions, filter, ..query };
    query.define(&world.definitions);
    Some(query)
}

/// Returns the metrics that can be asked so; the reference and the product must say the same of each.
fn answered(query: &Query, split: &Question) -> Result<Vec<&'static Metric>, String> {
    let mut out = Vec::new();
    for metric in METRICS {
        let place = Place::new(split, &[]);
        figure(metric.name, &place);
        let works = Plan::new(&[metric], &query.dimensions, &query.filter).is_ok();
        if works == place.is_impossible() {
            let by: Vec<String> = query.dimensions.iter().map(Asked::name).collect();
            return Err(format!("{} by {by:?} where {:?}: works is {works}", metric.name, query.filter.texts()));
        }
        out.extend(works.then_some(metric));
    }
    Ok(out)
}

/// Returns as many of the metrics as one report takes.
fn chosen(mut metrics: Vec<&'static Metric>, dice: &mut Dice) -> Vec<&'static Metric> {
    for end in (1..metrics.len()).rev() {
        metrics.swap(end, dice.below(end as u64 + 1) as usize);
    }
    metrics.truncate(METRICS_OF_ONE);
    metrics
}

/// Returns the figures of one row, and whether any of them is something.
fn row_of(query: &Query, question: &Question, row: &[Value]) -> (bool, Vec<Cell>) {
    let place = Place::new(question, row);
    let cells = query.metrics.iter().map(|metric| figure(metric.name, &place)).collect();
    (place.has_something(), cells)
}

/// Returns the rows of the report in their order, with the figures of the period before where it is compared. A row
/// without a figure is none, but a day without a visit is a day.
fn rows_of(query: &Query, question: &Question, before: Option<&Question>) -> Vec<(Vec<Value>, Vec<Cell>)> {
    let mut keys = keys_of(query, question);
    let mut earlier = BTreeMap::new();
    if let Some(before) = before {
        let beside = counterparts(query, question, before);
        earlier.extend(keys_of(query, before).into_iter().filter_map(|key| Some((counterpart(&beside, &key)?, key))));
    }
    keys.extend(earlier.keys().cloned());
    let every = match query.dimensions.as_slice() {
        [only] if only.time().is_some() => all_of(question, only.dimension().name),
        _ => Vec::new(),
    };
    keys.extend(every.iter().map(|value| vec![value.clone()]));
    let nowhere = vec![Value::Unknown; query.dimensions.len() + 1];
    let mut out = Vec::new();
    for key in keys {
        let (mut something, mut cells) = row_of(query, question, &key);
        if let Some(before) = before {
            let (something_before, cells_before) = row_of(query, before, earlier.get(&key).unwrap_or(&nowhere));
            something |= something_before;
            cells.extend(cells_before);
        }
        if something || !every.is_empty() {
            out.push((key, cells));
        }
    }
    out.sort_by(|a, b| order(query, a, b));
    out
}

fn keys_of(query: &Query, question: &Question) -> BTreeSet<Vec<Value>> {
    // So that all that counts is looked at.
    row_of(query, question, &[]);
    question.rows()
}

fn all_of(question: &Question, name: &str) -> Vec<Value> {
    all_of_time(question.judge.world, &question.judge.period, name)
}

/// Returns for each dimension of time what stands beside each stretch of the period before: our third day beside its
/// third.
fn counterparts(query: &Query, question: &Question, before: &Question) -> Vec<Option<BTreeMap<Value, Value>>> {
    let beside = |asked: &Asked| {
        let name = asked.dimension().name;
        asked.time().map(|_| all_of(before, name).into_iter().zip(all_of(question, name)).collect())
    };
    query.dimensions.iter().map(beside).collect()
}

/// Returns the row that stands beside one of the period before; `None` if we have no such.
fn counterpart(beside: &[Option<BTreeMap<Value, Value>>], row: &[Value]) -> Option<Vec<Value>> {
    beside
        .iter()
        .zip(row)
        .map(|(beside, value)| beside.as_ref().map_or(Some(value), |b| b.get(value)).cloned())
        .collect()
}

/// Time first, then the first metric, falling, then what it is split by; unknown last.
fn order(query: &Query, a: &(Vec<Value>, Vec<Cell>), b: &(Vec<Value>, Vec<Cell>)) -> Ordering {
    let times: Vec<usize> = (0..query.dimensions.len()).filter(|i| query.dimensions[*i].time().is_some()).collect();
    let by_time = times.iter().map(|i| a.0[*i].cmp(&b.0[*i])).find(|o| o.is_ne()).unwrap_or(Ordering::Equal);
    let by_metric = match (number(&a.1[0]), number(&b.1[0])) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(a), Some(b)) => b.cmp(&a),
    };
    by_time.then(by_metric).then_with(|| a.0.cmp(&b.0))
}

fn number(cell: &Cell) -> Option<i128> {
    match cell {
        Cell::Count(n) | Cell::Quantity(n) | Cell::Money(n) | Cell::Ratio(n) | Cell::Seconds(n) => Some(*n),
        _ => None,
    }
}

fn cell_of(value: &Value) -> Cell {
    match value {
        Value::Number(n) => Cell::Count(*n),
        Value::Text(text) | Value::Time(_, text) => Cell::Text(text.clone()),
        Value::Unknown => Cell::Null,
    }
}

fn same(query: &Query, found: &[Cell], expected: &[Cell], of: &str) -> Result<(), String> {
    if found.len() != expected.len() {
        return Err(format!("{} figures in place of {}", found.len(), expected.len()));
    }
    for (metric, (found, expected)) in query.metrics.iter().cycle().zip(found.iter().zip(expected)) {
        if found != expected {
            return Err(format!(
                "{} of {of}: {} where the reference says {}",
                metric.name,
                found.text(),
                expected.text()
            ));
        }
    }
    Ok(())
}

fn same_rows(query: &Query, table: &Table, expected: &[(Vec<Value>, Vec<Cell>)]) -> Result<(), String> {
    let split = query.dimensions.len();
    if split == 0 {
        return Ok(());
    }
    let name = |row: &[Cell]| row[..split].iter().map(Cell::text).collect::<Vec<_>>().join("|");
    let mut found: BTreeMap<String, &Vec<Cell>> = BTreeMap::new();
    for row in &table.rows {
        let key = row[..split].iter().map(Cell::json_text).collect::<Vec<_>>().join("|");
        if found.insert(key, row).is_some() {
            return Err(format!("row {} comes twice", name(row)));
        }
    }
    let mut places = Vec::new();
    for (values, cells) in expected {
        let key: Vec<Cell> = values.iter().map(cell_of).collect();
        let text = key.iter().map(Cell::json_text).collect::<Vec<_>>().join("|");
        let Some(row) = found.remove(&text) else {
            return Err(format!(
                "row {} is missing: {:?}",
                name(&key),
                cells.iter().map(Cell::text).collect::<Vec<_>>()
            ));
        };
        same(query, &row[split..], cells, &format!("row {}", name(&key)))?;
        places.push(row);
    }
    if let Some(row) = found.into_values().next() {
        return Err(format!("row {} is too much: {:?}", name(row), row.iter().map(Cell::text).collect::<Vec<_>>()));
    }
    if places.iter().zip(&table.rows).any(|(expected, found)| *expected != found) {
        return Err("rows stand in another order".to_owned());
    }
    Ok(())
}

/// Sums over any breakdown equal the total, where the report says so.
fn adds_up(table: &Table) -> Result<(), String> {
    for (at, column) in table.columns.iter().enumerate().filter(|(_, c)| c.kind == Kind::Metric && c.additive) {
        let sum: i128 = table.rows.iter().filter_map(|row| number(&row[at])).sum();
        if Some(sum) != number(&table.totals[at]) {
            return Err(format!("{} does not add up: {sum} of {:?}", column.name, table.totals[at]));
        }
    }
    Ok(())
}

/// Checks what no sum of money holds: by currency, of all orders of the period.
pub(super) fn compare_unconverted(shop: &Shop, world: &World) {
    let parameters = [("metrics", "net_sales"), ("from", "2026-03-25"), ("to", "2026-04-04"), ("filter", "sku = A1")];
    let table = run(&shop.store, SITE, &world.settings, &Query::parse(parameters).unwrap()).unwrap();
    let zone = &world.settings.timezone;
    let within = table.meta.period.start(zone)..table.meta.period.end(zone);
    let mut expected: BTreeMap<&str, (u64, i128)> = BTreeMap::new();
    let known = |at: &Timestamp| within.contains(at);
    for order in world.sold().filter(|o| o.reporting.is_none() && known(&o.counted_at)) {
        let entry = expected.entry(order.currency.code()).or_default();
        *entry = (entry.0 + 1, entry.1 + i128::from(order.amounts.order_total.0));
    }
    let found =
        table.meta.unconverted.iter().map(|u| (u.currency.as_str(), (u.orders, number(&u.order_total).unwrap())));
    assert_eq!(found.collect::<BTreeMap<_, _>>(), expected);
}

/// Returns the dimensions of which no value was ever seen, and how many had several.
pub(super) fn values_seen(seen: &Seen) -> (Vec<&'static str>, usize) {
    let known =
        |name: &str| seen.values.get(name).map_or(0, |values| values.iter().filter(|v| **v != Value::Unknown).count());
    let plain = || DIMENSIONS.iter().filter(|d| !d.takes_name()).map(|d| d.name);
    (plain().filter(|name| known(name) == 0).collect(), plain().filter(|name| known(name) > 1).count())
}
