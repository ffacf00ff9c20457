//! Runs a query: statement out, typed table back. The only module that talks to the store.

use crate::ahead::Ahead;
use crate::calendar::{Buckets, TimeUnit};
use crate::dimensions::{Asked, Values};
use crate::error::Error;
use crate::plan::is_additive;
use crate::query::Query;
use crate::sql::{Statement, statement};
use crate::sums::summed_days;
use crate::table::{Cell, Column, Kind, Meta, Table};
use crate::unconverted::unconverted;
use commerce::{SiteId, SiteSettings, Timestamp};
use store::{Patience, Snapshot, Store, Value};

/// Columns before the dimensions: `kind`, `place`, `places`.
const LEADING: usize = 3;

/// Answers `query` as [`answer`] does, from the store as it stands now, however long it takes.
///
/// # Errors
/// As [`answer`].
pub fn run(store: &Store, site: SiteId, settings: &SiteSettings, query: &Query) -> Result<Table, Error> {
    store.snapshot(&Patience::default(), |snapshot| answer(snapshot, site, settings, query))
}

/// Answers `query` about `site`, whose settings are `settings`. Everything in the answer is of one state of the store.
///
/// # Errors
/// [`Error::Query`] if the query asks for too many rows of time; [`Error::Store`] if the store cannot answer.
pub fn answer(snapshot: &Snapshot<'_>, site: SiteId, settings: &SiteSettings, query: &Query) -> Result<Table, Error> {
    let as_of = match query.as_of {
        Some(asked) => Some(asked),
        None => snapshot.as_of()?,
    };
    let summed = summed_days(snapshot, site, settings, query)?;
    // An empty store has no carts to judge.
    let ahead = Ahead::find(snapshot, site, settings, query)?;
    let statement = statement(site, settings, query, as_of.unwrap_or(Timestamp(0)), &summed, Some(&ahead))?;
    let answer = snapshot.query(&statement.sql, &statement.params)?;
    let columns = columns(query);
    let mut rows = Vec::with_capacity(answer.rows.len());
    let mut totals = None;
    let mut rows_total = 0;
    let mut as_of_position = 0;
    for row in answer.rows {
        if row.len() != LEADING + columns.len() {
            return Err(Error::Answer(format!("{} columns in place of {}", row.len(), LEADING + columns.len())));
        }
        let is_total = row[0].as_i64() == Some(1);
        let count = row[2].as_u64().unwrap_or(0);
        if is_total {
            as_of_position = count;
        } else {
            rows_total = count;
        }
        let cells = cells(row, query, &statement, is_total)?;
        if is_total { totals = Some(cells) } else { rows.push(cells) }
    }
    let totals = totals.ok_or_else(|| Error::Answer("no totals".to_owned()))?;
    if query.dimensions.is_empty() {
        rows = vec![totals.clone()];
        rows_total = 1;
    }
    let meta = Meta {
        currency: settings.currency.code().to_owned(),
        timezone: settings.timezone.name().to_owned(),
        period: query.period,
        compared: query.compare.zip(query.compared()),
        as_of_position,
        as_of,
        rows_total,
        filters: query.filter.texts(),
        segments: Vec::new(),
        refund_view: query.refund_view(settings),
        unconverted: unconverted(snapshot, site, settings, query)?,
        extras: Vec::new(),
    };
    Ok(Table { columns, rows, totals, meta })
}

/// Returns what the columns of the answer are, without asking the store.
pub fn columns(query: &Query) -> Vec<Column> {
    let mut out: Vec<Column> = Vec::new();
    for asked in &query.dimensions {
        let label = match &asked.property {
            Some(key) => key.clone(),
            None => asked.dimension().label.to_owned(),
        };
        out.push(Column { name: asked.name(), label, kind: Kind::Dimension, unit: None, additive: false });
    }
    let suffixes: &[(&str, &str)] =
        if query.compare.is_some() { &[("", ""), (":previous", " (previous)")] } else { &[("", "")] };
    for (name, label) in suffixes {
        for metric in &query.metrics {
            out.push(Column {
                name: format!("{}{name}", metric.name),
                label: format!("{}{label}", metric.label),
                kind: Kind::Metric,
                unit: Some(metric.unit),
                // With defined events, an event can have several names.
                additive: query.definitions.is_empty() && is_additive(metric, &query.dimensions, &query.filter),
            });
        }
    }
    out
}

fn cells(row: Vec<Value>, query: &Query, statement: &Statement, is_total: bool) -> Result<Vec<Cell>, Error> {
    let mut values = row.into_iter().skip(LEADING);
    let mut out = Vec::new();
    for (asked, value) in query.dimensions.iter().zip(values.by_ref()) {
        out.push(if is_total { Cell::Null } else { dimension_cell(asked, value, &statement.buckets)? });
    }
    let sides = if query.compare.is_some() { 2 } else { 1 };
    for (i, value) in values.enumerate() {
        let metric = query.metrics[i % (query.metrics.len() * sides) % query.metrics.len()];
        let number = match value {
            Value::Null => None,
            other => Some(
                other.as_i128().ok_or_else(|| Error::Answer(format!("no integer for `{}`: {other:?}", metric.name)))?,
            ),
        };
        out.push(Cell::of(metric.unit, number));
    }
    Ok(out)
}

fn dimension_cell(asked: &Asked, value: Value, buckets: &[(TimeUnit, Buckets)]) -> Result<Cell, Error> {
    if value.is_null() {
        return Ok(Cell::Null);
    }
    let wrong = |value: &Value| Error::Answer(format!("no value of `{}`: {value:?}", asked.name()));
    match asked.dimension().values {
        Values::Text => match value {
            Value::Text(text) => Ok(Cell::Text(text)),
            other => Err(wrong(&other)),
        },
        Values::Number => value.as_i128().map(Cell::Count).ok_or_else(|| wrong(&value)),
        Values::Measured { .. } => Err(wrong(&value)),
        Values::Time(unit) => {
            let index = value.as_i64().and_then(|n| usize::try_from(n).ok()).ok_or_else(|| wrong(&value))?;
            let labels = buckets.iter().find(|(u, _)| *u == unit).map(|(_, b)| &b.labels);
            let label = labels.and_then(|l| l.get(index)).ok_or_else(|| wrong(&value))?;
            if unit.recurs() {
                label.parse().map(Cell::Count).map_err(|_| wrong(&value))
            } else {
                Ok(Cell::Text(label.clone()))
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
