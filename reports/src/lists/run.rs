//! Runs a list: a page of it as a [`Table`], or all of it as a file, row by row.
//!
//! Its totals come out of the same rows as the page, in one state of the store, so that a list and its totals cannot
//! disagree.

use super::{List, ListColumn, ListForm, ListQuery};
use crate::arm::{Context, Side, filled_in, rows_read};
use crate::calendar::{Buckets, Period};
use crate::error::Error;
use crate::export::{FileKind, FileMaker, Form};
use crate::facts::Fact;
use crate::joins::Needs;
use crate::metrics::Unit;
use crate::query::RefundView;
use crate::relations::Scope;
use crate::sql::Params;
use crate::table::{Cell, Column, Kind, Meta, Table};
use commerce::{SiteId, SiteSettings, Timestamp};
use std::path::Path;
use store::{Snapshot, Value};

/// Returns the page of the list that `query` asks for.
///
/// # Errors
/// [`Error::Query`] if the filter cannot be applied; [`Error::Store`] if the store cannot answer.
pub fn list(snapshot: &Snapshot<'_>, site: SiteId, settings: &SiteSettings, query: &ListQuery) -> Result<Table, Error> {
    let as_of = as_of(snapshot, query)?;
    let (rows, mut params) = rows_of(site, settings, query, as_of)?;
    let (first, last) = (i64::from(query.offset), i64::from(query.limit));
    let order = order_of(query);
    let page = format!(
        "with rows as ({rows})\nselect * from rows\norder by {order}\nlimit {} offset {}",
        params.bind(last),
        params.bind(first)
    );
    let (_, whole) = rows_of(site, settings, query, as_of)?;
    let sums: Vec<String> = (0..query.list.columns.len()).map(|i| total_of(query.list, i)).collect();
    let totals = format!(
        "with rows as ({rows})\nselect count(*), (select max(position) from applied), {} from rows",
        sums.join(", ")
    );
    let found = snapshot.query(&page, &params.into_values())?;
    let sums = snapshot.query(&totals, &whole.into_values())?;
    let sums = sums.rows.into_iter().next().ok_or_else(|| Error::Answer("no totals".to_owned()))?;
    let whole = |at: usize| sums.get(at).and_then(Value::as_u64).unwrap_or(0);
    let meta = meta(settings, query, as_of, (whole(0), whole(1)));
    let columns = query.list.columns;
    Ok(Table {
        columns: columns.iter().map(column).collect(),
        rows: found.rows.into_iter().map(|row| cells(columns, row)).collect::<Result<_, _>>()?,
        totals: cells(columns, sums.into_iter().skip(2).collect())?,
        meta,
    })
}

/// Writes all rows of the list to the file `path`; the query's page is not asked for.
///
/// # Errors
/// As [`list`]; [`Error::File`] if the file cannot be written.
pub fn list_to_file(
    snapshot: &Snapshot<'_>,
    site: SiteId,
    settings: &SiteSettings,
    query: &ListQuery,
    (kind, path): (FileKind, &Path),
) -> Result<(), Error> {
    let as_of = as_of(snapshot, query)?;
    let (rows, params) = rows_of(site, settings, query, as_of)?;
    let sql = format!("with rows as ({rows})\nselect * from rows\norder by {}", order_of(query));
    let columns = query.list.columns;
    let heads: Vec<(String, Form)> = columns.iter().map(|c| (c.name.to_owned(), c.form.in_file())).collect();
    let mut file = FileMaker::new(kind, path, &heads, &meta(settings, query, as_of, (0, snapshot.position()?)))?;
    let mut written = Ok(());
    snapshot.stream(&sql, &params.into_values(), &mut |rows| {
        let rows: Result<Vec<Vec<Cell>>, Error> = rows.into_iter().map(|row| cells(columns, row)).collect();
        written = rows.and_then(|rows| file.push(&rows));
        written.is_ok()
    })?;
    written?;
    file.finish()
}

/// Returns the time at which what depends on it is judged.
fn as_of(snapshot: &Snapshot<'_>, query: &ListQuery) -> Result<Option<Timestamp>, Error> {
    match query.as_of {
        Some(asked) => Ok(Some(asked)),
        None => Ok(snapshot.as_of()?),
    }
}

/// Returns the statement of the list's rows, with columns `c0`, `c1` and so on, and what is bound in it.
fn rows_of(
    site: SiteId,
    settings: &SiteSettings,
    query: &ListQuery,
    as_of: Option<Timestamp>,
) -> Result<(String, Params), Error> {
    let mut params = Params::default();
    params.bind(site);
    let scope = Scope {
        ecommerce: settings.ecommerce,
        unverified: settings.count_unverified_orders,
        refunds: RefundView::RefundDate,
    };
    let as_of = as_of.unwrap_or(Timestamp(0));
    let mut context = Context::new(params, scope, settings, as_of, &query.filter);
    let read = Side { period: query.period, part: None, buckets: buckets(query, query.period, settings)? };
    let list = query.list;
    let mut needs = Needs::default();
    let (from, conditions) = rows_read(&mut context, list.fact, &read, &mut needs);
    let columns = list.columns.iter().enumerate();
    let mut columns: Vec<String> =
        columns.map(|(i, c)| format!("{} as c{i}", filled_in(&mut context, c.sql))).collect();
    if !list.counted.is_empty() {
        columns.push(format!("{} as counted", list.counted));
    }
    let mut conditions = conditions;
    if !list.only.is_empty() {
        conditions.push(filled_in(&mut context, list.only));
    }
    let mut sql =
        format!("select {}\nfrom {from}\n{}\nwhere {}", columns.join(", "), list.joins, conditions.join("\n  and "));
    if !list.grouped_by.is_empty() {
        sql.push_str("\ngroup by ");
        sql.push_str(list.grouped_by);
    }
    Ok((sql, context.params))
}

/// Returns the buckets of every recurring time that the filter names.
fn buckets(
    query: &ListQuery,
    period: Period,
    settings: &SiteSettings,
) -> Result<Vec<(crate::calendar::TimeUnit, Buckets)>, Error> {
    Ok(crate::sql::buckets_of(query.filter.asked().into_iter(), period, settings)?)
}

/// Returns the order of the rows: as asked, then the list's own.
fn order_of(query: &ListQuery) -> String {
    let asked = query.order.iter().map(|(at, falling)| {
        let falls = if *falling { " desc" } else { "" };
        format!("c{at}{falls} nulls last")
    });
    let own = query.list.order.split(", ").filter_map(|part| {
        let (name, rest) = part.split_once(' ').unwrap_or((part, ""));
        let at = query.list.columns.iter().position(|c| c.name == name)?;
        Some(format!("c{at} {rest}"))
    });
    asked.chain(own).collect::<Vec<_>>().join(", ")
}

fn total_of(list: &List, at: usize) -> String {
    let counted = if list.counted.is_empty() { "" } else { " filter (where counted)" };
    match list.columns[at].form {
        ListForm::Figure(_) => format!("coalesce(sum(c{at}){counted}, 0)"),
        _ => "null".to_owned(),
    }
}

fn column(column: &ListColumn) -> Column {
    let unit = match column.form {
        ListForm::Figure(unit) => Some(unit),
        _ => None,
    };
    Column {
        name: column.name.to_owned(),
        label: column.name.replace('_', " "),
        kind: if unit.is_some() { Kind::Metric } else { Kind::Dimension },
        unit,
        additive: unit.is_some(),
    }
}

fn cells(columns: &[ListColumn], row: Vec<Value>) -> Result<Vec<Cell>, Error> {
    let cell = |(column, value): (&ListColumn, Value)| {
        let wrong = |value: &Value| Error::Answer(format!("no `{}`: {value:?}", column.name));
        Ok(match (column.form, value) {
            (_, Value::Null) => Cell::Null,
            (ListForm::Text, Value::Text(text)) => Cell::Text(text),
            (ListForm::Time, Value::Time(at)) => Cell::Time(at),
            (ListForm::Figure(unit), value) => Cell::of(unit, Some(value.as_i128().ok_or_else(|| wrong(&value))?)),
            (ListForm::Amount, value) => Cell::of(Unit::Money, Some(value.as_i128().ok_or_else(|| wrong(&value))?)),
            (ListForm::Number, value) => Cell::of(Unit::Count, Some(value.as_i128().ok_or_else(|| wrong(&value))?)),
            (_, value) => return Err(wrong(&value)),
        })
    };
    columns.iter().zip(row).map(cell).collect()
}

fn meta(
    settings: &SiteSettings,
    query: &ListQuery,
    as_of: Option<Timestamp>,
    (rows_total, as_of_position): (u64, u64),
) -> Meta {
    Meta {
        currency: settings.currency.code().to_owned(),
        timezone: settings.timezone.name().to_owned(),
        period: query.period,
        compared: None,
        as_of_position,
        as_of,
        rows_total,
        // A refund stands on its own day; what was given back of an order, on that of the order.
        refund_view: if query.list.fact == Fact::Refunds { RefundView::RefundDate } else { RefundView::OrderDate },
        unconverted: Vec::new(),
        filters: query.filter.texts(),
        segments: Vec::new(),
        extras: Vec::new(),
    }
}
