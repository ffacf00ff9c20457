//! Reports: `GET /api/v1/sites/{id}/report`, in any of the forms of `forms.rs`.

use super::auth::{CurrentSite, Granted};
use super::forms::{FORMAT, Form, answer, in_forms};
use super::parameters::{AS_OF, FILTER, FROM, Parameter, Parameters, SEGMENT, TO, Takes};
use super::saved::{BAD_FILTER, Saved, is_name};
use super::signature::Refused;
use super::{Access, ApiError, Route, asking, blocking};
use crate::app::App;
use axum::extract::State;
use axum::response::Response;
use http::Method;
use reports::query::{COMPARISONS, GRANULARITIES, ROWS_MAX};
use reports::{Cell, DIMENSIONS, Dimension, Filter, METRICS, Query, RefundView, Table, Unconverted};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use std::sync::Arc;

/// What a table's answer is.
pub(super) const ANSWER: &str = "Columns, rows, totals and what they stand for. Money is decimal text.";

/// What days can be refused for, and every other part of a question.
pub(super) const BAD_PERIOD: &[Refused] = &[
    (400, "query.bad_date"),
    (400, "query.bad_number"),
    (400, "query.bad_period"),
    (400, "query.bad_time"),
    (400, "query.no_period"),
    (400, "query.repeated_parameter"),
    (400, "query.too_many"),
    (400, "query.unknown_parameter"),
];

/// Most rows of a table.
pub(super) const ROWS: Parameter = Parameter::new("limit", Takes::Number(ROWS_MAX), "Most rows.");
/// Rows of a table to leave out.
pub(super) const OFFSET: Parameter = Parameter::new("offset", Takes::Number(u32::MAX), "Rows to leave out at the top.");

/// What a share link shows of a site.
pub(super) const SHARE: Parameter = Parameter::new(
    "share",
    Takes::Text,
    "Further conditions. For holders of a share link the server writes here what it is narrowed to, in place of theirs.",
);

/// Returns the names of dimensions that reports are split by, without those that go on behind a colon.
pub(super) fn whole_dimensions() -> Vec<&'static str> {
    DIMENSIONS.iter().filter(|d| !d.takes_name()).map(|d| d.name).collect()
}

/// Returns the names of metrics.
pub(super) fn metric_names() -> Vec<&'static str> {
    METRICS.iter().map(|metric| metric.name).collect()
}

/// Returns the names that go on behind a colon.
pub(super) fn named_dimensions() -> Vec<&'static str> {
    DIMENSIONS.iter().filter(|d| d.takes_name()).map(|d: &Dimension| d.name).collect()
}

pub(super) fn routes() -> Vec<Route> {
    const METRICS_ASKED: Parameter = Parameter {
        is_required: true,
        ..Parameter::new("metrics", Takes::Names(metric_names, Vec::new), "Names of metrics, separated by commas.")
    };
    const SPLIT_BY: Parameter = Parameter::new(
        "dimensions",
        Takes::Names(whole_dimensions, named_dimensions),
        "Names of dimensions, separated by commas.",
    );
    const GRANULARITY: Parameter = Parameter::new(
        "granularity",
        Takes::Word(|| GRANULARITIES.to_vec()),
        "hour, day, week, month, quarter or year.",
    );
    const SEGMENTS: Parameter =
        Parameter::new(COMPARED, Takes::Text, "Names of saved segments to show side by side; all is everything.");
    const COMPARE: Parameter =
        Parameter::new("compare", Takes::Word(|| COMPARISONS.to_vec()), "previous_period or previous_year.");
    const ORDER: Parameter = Parameter::new("order", Takes::Text, "Columns to sort by; a minus sign turns one round.");
    const REFUND_VIEW: Parameter = Parameter::new(
        "refund_view",
        Takes::Word(|| [RefundView::RefundDate, RefundView::OrderDate].map(RefundView::name).to_vec()),
        "When refunds are booked; the site's setting if left out.",
    );
    let filter = FILTER.meaning("Conditions.");
    let segment = SEGMENT.meaning("Conditions, or the name of a saved segment.");
    let as_of = AS_OF.meaning("The instant that decides which carts are abandoned.");
    let report = Route::new(Method::GET, "/api/v1/sites/{id}/report", Access::Figures, show)
        .asks_store()
        .says("Answers a report.", ANSWER)
        .reads([METRICS_ASKED, SPLIT_BY, FROM, TO, GRANULARITY, filter, segment, SEGMENTS, COMPARE, ORDER])
        .reads([ROWS, OFFSET, as_of, REFUND_VIEW, SHARE, FORMAT])
        .refuses(BAD_PERIOD)
        .refuses(BAD_FILTER)
        .refuses(&[
            (400, "query.no_metrics"),
            (400, "query.too_many_buckets"),
            (400, "query.unknown_comparison"),
            (400, "query.unknown_granularity"),
            (400, "query.unknown_metric"),
            (400, "query.unknown_order"),
            (400, "query.unknown_refund_view"),
        ]);
    vec![in_forms(report)]
}

async fn show(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    granted: Granted,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    let form = Form::of(&parameters)?;
    let served = Arc::clone(&app);
    let (id, read) = (site.id(), site.clone());
    let (query, segments) = blocking(move || {
        let saved = Saved::of(&served, id, &granted)?;
        let asked = saved.named(with_period(&served, &read, &parameters))?;
        let asked = asked.iter().filter(|(name, _)| name != COMPARED);
        let mut query = Query::parse(asked.map(|(name, value)| (name.as_str(), value.as_str())))?;
        query.define(saved.definitions());
        let segments = compared(parameters.get(COMPARED), &saved)?;
        Ok::<_, ApiError>((query, segments))
    })
    .await?;
    let table = asking(&app, id, move |snapshot| {
        let settings = &site.get().settings;
        if segments.is_empty() {
            reports::answer(snapshot, id, settings, &query)
        } else {
            reports::compare::run_segments(snapshot, id, settings, &query, &segments)
        }
    });
    answer(&app, table.await?, form, "report").await
}

/// Returns the parameters with the period that is meant where they leave one end out or both.
pub(super) fn with_period(app: &App, site: &CurrentSite, parameters: &Parameters) -> Vec<(String, String)> {
    let today = site.get().settings.timezone.day_of(app.clock.now());
    let (from, to) = default_period(parameters.get("from"), parameters.get("to"), today);
    let given = parameters.pairs().map(|(name, value)| (name.to_owned(), value.to_owned()));
    let missing = [("from", from), ("to", to)].into_iter().filter(|(name, _)| parameters.get(name).is_none());
    given.chain(missing.map(|(name, day)| (name.to_owned(), day))).collect()
}

/// The parameter that names segments to compare.
const COMPARED: &str = "compare_segments";

/// Returns the segments that `names` lists; `all` is everything.
fn compared(names: Option<&str>, saved: &Saved) -> Result<Vec<(String, Filter)>, ApiError> {
    let mut out: Vec<(String, Filter)> = Vec::new();
    for name in names.unwrap_or("").split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let name = name.strip_prefix("saved:").unwrap_or(name);
        if out.iter().any(|(n, _)| n == name) {
            continue;
        }
        if !is_name(name) {
            return Err(ApiError::bad_request(
                "segment.unknown",
                format!("`{COMPARED}` takes names of saved segments"),
            )
            .hint("save the text under a name first; `all` stands for everything"));
        }
        let text = if name == "all" { "" } else { saved.text(name)? };
        out.push((name.to_owned(), Filter::parse(text)?.with_definitions(saved.definitions())));
    }
    Ok(out)
}

/// Days of a report that names no period, today included.
const DEFAULT_DAYS: i64 = 30;

/// Returns the period that is meant where one end or both are left out: up to `today`, thirty days long.
pub(super) fn default_period(from: Option<&str>, to: Option<&str>, today: jiff::civil::Date) -> (String, String) {
    let end = to.and_then(|day| day.parse().ok()).unwrap_or(today);
    // A day at the calendar's very beginning has none before it; the query then says what is wrong.
    let start = end.checked_sub(jiff::Span::new().days(DEFAULT_DAYS - 1)).unwrap_or(end);
    (from.map_or_else(|| start.to_string(), str::to_owned), to.map_or_else(|| today.to_string(), str::to_owned))
}

/// A report: columns, rows, totals and what they stand for.
#[derive(JsonSchema)]
#[schemars(rename = "Report")]
#[expect(dead_code, reason = "it says what `to_json` writes")]
pub(super) struct ReportAnswer {
    columns: Vec<ShownColumn>,
    /// One cell per column.
    rows: Vec<Vec<ShownCell>>,
    /// One cell per column, null under dimensions. They are asked for, not added up.
    totals: Vec<ShownCell>,
    meta: ReportMeta,
}

/// Text and money as text, other figures as numbers; null for what is not known.
#[derive(JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Cell")]
#[expect(dead_code, reason = "it says what a cell writes")]
enum ShownCell {
    Text(String),
    Number(f64),
    Null(()),
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Column")]
struct ShownColumn {
    /// That of a dimension or metric; `orders:previous` for the period compared with.
    name: String,
    #[schemars(extend("enum" = ["dimension", "metric"]))]
    kind: &'static str,
    /// count, quantity, percent, ratio, seconds, or the currency of amounts; null for a dimension.
    unit: Option<String>,
}

/// What the figures of a report stand for.
#[derive(Serialize, JsonSchema)]
struct ReportMeta {
    /// Currency of every amount, ISO 4217.
    currency: String,
    /// IANA zone of the civil days.
    timezone: String,
    /// First day.
    from: String,
    /// Last day.
    to: String,
    /// Journal position that the figures stand at.
    as_of_position: u64,
    /// The instant that decided which carts are abandoned; null if the store is empty.
    as_of: Option<String>,
    /// How many rows there are, left out ones included.
    rows_total: u64,
    /// The days compared with.
    compared: Option<ShownPeriod>,
    /// Columns whose rows, all of them, sum to the total.
    additive: Vec<String>,
    /// What the rows were narrowed by, in the long form.
    filters: Vec<String>,
    /// Segments that are compared.
    segments: Vec<ComparedSegment>,
    #[schemars(extend("enum" = [RefundView::RefundDate, RefundView::OrderDate].map(RefundView::name)))]
    refund_view: &'static str,
    /// Orders of the period in currencies without a rate, which no sum of money holds.
    unconverted: Vec<UnconvertedOrders>,
    /// What an analysis says beside its rows, by name.
    #[serde(flatten)]
    extras: Map<String, Value>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Period")]
struct ShownPeriod {
    from: String,
    to: String,
}

#[derive(Serialize, JsonSchema)]
struct ComparedSegment {
    name: String,
    text: String,
}

#[derive(Serialize, JsonSchema)]
struct UnconvertedOrders {
    /// ISO 4217.
    currency: String,
    orders: u64,
    /// In their currency.
    order_total: String,
}

/// Returns the table as JSON. Cells write themselves, so that no figure passes through a binary float.
pub(super) fn to_json(table: &Table) -> String {
    let columns = table.columns.iter().map(|column| ShownColumn {
        name: column.name.clone(),
        kind: column.kind.name(),
        unit: column.unit.map(|unit| unit.name(&table.meta.currency).to_owned()),
    });
    let text = |value: serde_json::Result<String>| value.expect("texts, numbers and maps by text are JSON");
    let rows: Vec<String> = table.rows.iter().map(|row| cells(row)).collect();
    format!(
        "{{\"columns\":{},\"rows\":[{}],\"totals\":{},\"meta\":{}}}",
        text(serde_json::to_string(&columns.collect::<Vec<_>>())),
        rows.join(","),
        cells(&table.totals),
        text(serde_json::to_string(&meta(table))),
    )
}

fn cells(row: &[Cell]) -> String {
    let cells: Vec<String> = row.iter().map(Cell::json_text).collect();
    format!("[{}]", cells.join(","))
}

fn meta(table: &Table) -> ReportMeta {
    let meta = &table.meta;
    let segments = meta.segments.iter().map(|(name, text)| ComparedSegment { name: name.clone(), text: text.clone() });
    let compared = meta.compared.map(|(_, period)| period);
    ReportMeta {
        currency: meta.currency.clone(),
        timezone: meta.timezone.clone(),
        from: meta.period.from.to_string(),
        to: meta.period.to.to_string(),
        as_of_position: meta.as_of_position,
        as_of: meta.as_of.map(|at| at.to_string()),
        rows_total: meta.rows_total,
        compared: compared.map(|period| ShownPeriod { from: period.from.to_string(), to: period.to.to_string() }),
        additive: table.columns.iter().filter(|c| c.additive).map(|c| c.name.clone()).collect(),
        filters: meta.filters.clone(),
        segments: segments.collect(),
        refund_view: meta.refund_view.name(),
        unconverted: meta.unconverted.iter().map(unconverted).collect(),
        extras: meta.extras.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
    }
}

fn unconverted(orders: &Unconverted) -> UnconvertedOrders {
    UnconvertedOrders {
        currency: orders.currency.clone(),
        orders: orders.orders,
        order_total: orders.order_total.text(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_without_a_period_is_of_the_last_thirty_days() {
        let today = jiff::civil::date(2026, 3, 31);
        let check = |from, to, expected: (&str, &str)| {
            let (found_from, found_to) = default_period(from, to, today);
            assert_eq!((found_from.as_str(), found_to.as_str()), expected);
        };
        check(None, None, ("2026-03-02", "2026-03-31"));
        check(Some("2026-01-01"), None, ("2026-01-01", "2026-03-31"));
        check(None, Some("2026-02-01"), ("2026-01-03", "2026-02-01"));
        check(Some("2026-01-01"), Some("2026-01-02"), ("2026-01-01", "2026-01-02"));
        // What is no day is left for the query to refuse.
        check(Some("soon"), None, ("soon", "2026-03-31"));
    }
}
