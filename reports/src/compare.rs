//! Segments side by side: one report for each, put together row by row.
//!
//! Each is asked whole and on its own, so that its figures are those of the report with that segment alone. A row that
//! one of them lacks has nothing of what is counted there, and no rates.

use crate::calendar::TimeUnit;
use crate::dimensions::Asked;
use crate::error::{Error, QueryError};
use crate::filter::Filter;
use crate::metrics::{Formula, Metric};
use crate::query::{Key, Query, ROWS_MAX};
use crate::run::answer;
use crate::table::{Cell, Column, Kind, Table};
use commerce::{SiteId, SiteSettings, Timestamp};
use std::cmp::Ordering;
use std::collections::HashMap;
use store::Snapshot;

/// Most segments of one report.
pub const SEGMENTS_MAX: usize = 8;

/// Answers `query` once for each of `segments`, a name and what it keeps beside the query's own filter. A column is
/// called `METRIC:NAME`. Rows are sorted by the first segment's figures.
///
/// # Errors
/// [`Error::Query`] if the query compares with a period already, or there are too many segments; else as [`answer`].
pub fn run_segments(
    snapshot: &Snapshot<'_>,
    site: SiteId,
    settings: &SiteSettings,
    query: &Query,
    segments: &[(String, Filter)],
) -> Result<Table, Error> {
    check(query, segments)?;
    let mut tables = Vec::with_capacity(segments.len());
    for (_, filter) in segments {
        let filter = query.filter.clone().and(filter.clone());
        let whole = Query { filter, order: Vec::new(), limit: None, offset: 0, ..query.clone() };
        crate::plan::check(&whole)?;
        tables.push(answer(snapshot, site, settings, &whole)?);
    }
    Ok(joined(query, segments, tables))
}

fn check(query: &Query, segments: &[(String, Filter)]) -> Result<(), QueryError> {
    if query.compare.is_some() {
        let message = "`compare` and `compare_segments` are both given";
        return Err(QueryError::new("query.not_combinable", message, "compare with a period or with segments"));
    }
    if segments.is_empty() || segments.len() > SEGMENTS_MAX {
        let message = format!("{} segments are compared", segments.len());
        return Err(QueryError::new("query.too_many", message, format!("compare 1 to {SEGMENTS_MAX}")));
    }
    Ok(())
}

fn joined(query: &Query, segments: &[(String, Filter)], tables: Vec<Table>) -> Table {
    let (split, count) = (query.dimensions.len(), query.metrics.len());
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    let mut places: HashMap<Vec<String>, usize> = HashMap::new();
    for (i, table) in tables.iter().enumerate() {
        for row in &table.rows {
            let key: Vec<String> = row[..split].iter().map(Cell::json_text).collect();
            let place = *places.entry(key).or_insert_with(|| {
                let nothing = segments.iter().flat_map(|_| query.metrics.iter().map(|metric| nothing(metric)));
                rows.push(row[..split].iter().cloned().chain(nothing).collect());
                rows.len() - 1
            });
            rows[place][split + i * count..split + (i + 1) * count].clone_from_slice(&row[split..]);
        }
    }
    rows.sort_by(|a, b| order(query, a, b));
    let rows_total = rows.len() as u64;
    let kept = query.limit.unwrap_or(ROWS_MAX) as usize;
    let rows = rows.into_iter().skip(query.offset as usize).take(kept).collect();
    let mut columns: Vec<Column> = tables[0].columns[..split].to_vec();
    let mut totals: Vec<Cell> = tables[0].totals[..split].to_vec();
    for ((name, _), table) in segments.iter().zip(&tables) {
        columns.extend(table.columns[split..].iter().map(|column| Column {
            name: format!("{}:{name}", column.name),
            label: format!("{} ({name})", column.label),
            ..column.clone()
        }));
        totals.extend_from_slice(&table.totals[split..]);
    }
    debug_assert!(columns.iter().skip(split).all(|column| column.kind == Kind::Metric));
    let mut meta =
        tables.into_iter().map(|table| table.meta).min_by_key(|meta| meta.as_of_position).expect("there is one");
    meta.rows_total = rows_total;
    meta.filters = query.filter.texts();
    meta.segments = segments.iter().map(|(name, filter)| (name.clone(), filter.texts().join("; "))).collect();
    Table { columns, rows, totals, meta }
}

/// Returns what a metric is where nothing is.
fn nothing(metric: &Metric) -> Cell {
    Cell::of(metric.unit, matches!(metric.value, Formula::Sum(_)).then_some(0))
}

/// Compares rows as the query's order says, which is that of other reports.
fn order(query: &Query, a: &[Cell], b: &[Cell]) -> Ordering {
    let split = query.dimensions.len();
    let mut keys: Vec<(usize, bool)> = Vec::new();
    for (key, falling) in &query.order {
        keys.push(match key {
            Key::Dimension(i) => (*i, *falling),
            Key::Metric(i) | Key::Previous(i) => (split + i, *falling),
        });
    }
    if keys.is_empty() {
        keys.extend((0..split).filter(|i| query.dimensions[*i].time().is_some()).map(|i| (i, false)));
        keys.push((split, true));
    }
    keys.extend((0..split).map(|i| (i, false)));
    let compared = keys.into_iter().map(|(i, falling)| cells(query.dimensions.get(i), &a[i], &b[i], falling));
    compared.into_iter().find(|o| *o != Ordering::Equal).unwrap_or(Ordering::Equal)
}

/// Compares two cells; unknown ones are last, rising or falling.
fn cells(asked: Option<&Asked>, a: &Cell, b: &Cell, falling: bool) -> Ordering {
    let number = |cell: &Cell| match cell {
        Cell::Count(n) | Cell::Quantity(n) | Cell::Money(n) | Cell::Ratio(n) | Cell::Seconds(n) => Some(*n),
        // The hour that comes twice is sorted by its instant.
        Cell::Text(text) if asked.and_then(Asked::time) == Some(TimeUnit::Hour) => {
            Timestamp::parse(text).map(|at| i128::from(at.0))
        }
        _ => None,
    };
    let order = match (a, b) {
        (Cell::Null, Cell::Null) => return Ordering::Equal,
        (Cell::Null, _) => return Ordering::Greater,
        (_, Cell::Null) => return Ordering::Less,
        (a, b) => match (number(a), number(b)) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => a.text().cmp(&b.text()),
        },
    };
    if falling { order.reverse() } else { order }
}
