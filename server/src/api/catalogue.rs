//! What can be asked: `GET /api/v1/catalogue` lists every metric, dimension, field, operator and setting with its meaning.

use super::{Access, Route};
use axum::Json;
use commerce::site::SETTINGS;
use http::Method;
use reports::filter::{OPERATORS, Operator, SEGMENTS};
use reports::{DIMENSIONS, Dimension, FIELDS, METRICS, Values};
use serde_json::{Value, json};

pub(super) fn routes() -> Vec<Route> {
    vec![Route::new(Method::GET, "/api/v1/catalogue", Access::Open, show)]
}

async fn show() -> Json<Value> {
    let metrics = METRICS.iter().map(|m| {
        json!({
            "name": m.name,
            "label": m.label,
            "definition": m.definition,
            "formula": m.formula,
            "unit": m.unit.name("currency"),
            "additive": m.is_additive(),
        })
    });
    let dimensions = DIMENSIONS.iter().map(|d| dimension(d, true));
    let fields = FIELDS.iter().map(|d| dimension(d, false));
    let segments = SEGMENTS.iter().map(|(name, _)| *name);
    let settings = SETTINGS.iter().map(|s| json!({ "name": s.name, "takes": s.takes }));
    Json(json!({
        "metrics": metrics.collect::<Vec<_>>(),
        "dimensions": dimensions.collect::<Vec<_>>(),
        "fields": fields.collect::<Vec<_>>(),
        "segments": segments.collect::<Vec<_>>(),
        "settings": settings.collect::<Vec<_>>(),
    }))
}

/// Returns a dimension, or a field, which no report is split by; with the operators by which a filter compares it.
fn dimension(dimension: &Dimension, splits: bool) -> Value {
    json!({
        "name": dimension.name,
        "label": dimension.label,
        "definition": dimension.definition,
        "kind": dimension.values.name(),
        "unit": match dimension.values {
            Values::Measured { unit, .. } => Some(unit.name("currency")),
            _ => None,
        },
        "takes_name": dimension.takes_name(),
        "splits": splits,
        "operators": operators(dimension),
    })
}

/// Returns the signs by which a filter compares `dimension`; none if it cannot be filtered by.
fn operators(dimension: &Dimension) -> Vec<&'static str> {
    let of_text = |operator: &Operator| matches!(operator, Operator::Contains | Operator::Starts | Operator::Ends);
    let of_both = |operator: &Operator| matches!(operator, Operator::Is | Operator::IsNot);
    let fits = |operator: &Operator| match dimension.values {
        Values::Text => of_text(operator) || of_both(operator),
        Values::Time(unit) => unit.recurs() && !of_text(operator),
        Values::Number | Values::Measured { .. } => !of_text(operator),
    };
    OPERATORS.iter().filter(|(_, operator)| fits(operator)).map(|(sign, _)| *sign).collect()
}
