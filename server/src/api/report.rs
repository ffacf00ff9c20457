//! Reports: `GET /api/v1/sites/{id}/report`, in any of the forms of `forms.rs`.

use super::auth::{CurrentSite, Granted};
use super::forms::{Form, answer};
use super::parameters::Parameters;
use super::saved::{Saved, is_name};
use super::{Access, ApiError, Route, asking, blocking};
use crate::app::App;
use axum::extract::State;
use axum::response::Response;
use http::Method;
use reports::{Cell, Filter, Query, Table, Unconverted};
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::new(Method::GET, "/api/v1/sites/{id}/report", Access::Figures, show)]
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

/// Returns the table as JSON. Cells write themselves, so that no figure passes through a binary float.
pub(super) fn to_json(table: &Table) -> String {
    let columns: Vec<Value> = table
        .columns
        .iter()
        .map(|column| {
            let unit = column.unit.map(|unit| unit.name(&table.meta.currency));
            json!({ "name": column.name, "kind": column.kind.name(), "unit": unit })
        })
        .collect();
    let rows: Vec<String> = table.rows.iter().map(|row| cells(row)).collect();
    format!(
        "{{\"columns\":{},\"rows\":[{}],\"totals\":{},\"meta\":{}}}",
        Value::Array(columns),
        rows.join(","),
        cells(&table.totals),
        meta(table),
    )
}

fn cells(row: &[Cell]) -> String {
    let cells: Vec<String> = row.iter().map(Cell::json_text).collect();
    format!("[{}]", cells.join(","))
}

fn meta(table: &Table) -> Value {
    let meta = &table.meta;
    let additive: Vec<&str> = table.columns.iter().filter(|c| c.additive).map(|c| c.name.as_str()).collect();
    let compared =
        meta.compared.map(|(_, period)| json!({ "from": period.from.to_string(), "to": period.to.to_string() }));
    let mut shown = json!({
        "currency": meta.currency,
        "timezone": meta.timezone,
        "from": meta.period.from.to_string(),
        "to": meta.period.to.to_string(),
        "as_of_position": meta.as_of_position,
        "as_of": meta.as_of.map(|at| at.to_string()),
        "rows_total": meta.rows_total,
        "compared": compared,
        "additive": additive,
        "filters": meta.filters,
        "segments": meta.segments.iter().map(|(name, text)| json!({ "name": name, "text": text })).collect::<Vec<_>>(),
        "refund_view": meta.refund_view.name(),
        "unconverted": meta.unconverted.iter().map(unconverted).collect::<Vec<_>>(),
    });
    for (name, value) in &meta.extras {
        shown[*name] = value.clone();
    }
    shown
}

fn unconverted(orders: &Unconverted) -> Value {
    // The cell writes money as decimal text in quotes.
    let order_total: Value = serde_json::from_str(&orders.order_total.json_text()).unwrap_or_default();
    json!({ "currency": orders.currency, "orders": orders.orders, "order_total": order_total })
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
