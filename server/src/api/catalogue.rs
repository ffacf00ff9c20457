//! What can be asked: `GET /api/v1/catalogue` lists every metric, dimension, field, operator and setting with its meaning.

use super::{Access, Route};
use axum::Json;
use commerce::site::SETTINGS;
use http::Method;
use reports::filter::{OPERATORS, Operator, SEGMENTS};
use reports::{DIMENSIONS, Dimension, FIELDS, METRICS, Values};
use schemars::JsonSchema;
use serde::Serialize;

/// What can be asked.
#[derive(Serialize, JsonSchema)]
struct Catalogue {
    metrics: Vec<ShownMetric>,
    /// What reports are split and filtered by.
    dimensions: Vec<ShownDimension>,
    /// What filters compare besides.
    fields: Vec<ShownDimension>,
    /// What segments keep.
    segments: Vec<&'static str>,
    settings: Vec<ShownSetting>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Metric")]
struct ShownMetric {
    name: &'static str,
    label: &'static str,
    definition: &'static str,
    formula: &'static str,
    /// count, quantity, percent, ratio, seconds, or currency for amounts in the site's.
    unit: &'static str,
    /// Whether the rows of a report, all of them, sum to the total.
    additive: bool,
}

/// A dimension, or a field, which no report is split by.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Dimension")]
struct ShownDimension {
    name: &'static str,
    label: &'static str,
    definition: &'static str,
    kind: &'static str,
    /// As of metrics; null for what is not measured.
    unit: Option<&'static str>,
    /// Whether a name follows behind a colon, such as a property's.
    takes_name: bool,
    /// Whether a report can be split by it.
    splits: bool,
    /// Signs by which a filter compares it; none if it cannot be filtered by.
    operators: Vec<&'static str>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Setting")]
struct ShownSetting {
    name: &'static str,
    /// What it takes, in words.
    takes: &'static str,
}

pub(super) fn routes() -> Vec<Route> {
    vec![Route::new(Method::GET, "/api/v1/catalogue", Access::Open, show).says(
        "Lists every metric, dimension and setting with its meaning.",
        "Metrics, dimensions, fields, segments and settings.",
    )]
}

async fn show() -> Json<Catalogue> {
    let metrics = METRICS.iter().map(|metric| ShownMetric {
        name: metric.name,
        label: metric.label,
        definition: metric.definition,
        formula: metric.formula,
        unit: metric.unit.name("currency"),
        additive: metric.is_additive(),
    });
    Json(Catalogue {
        metrics: metrics.collect(),
        dimensions: DIMENSIONS.iter().map(|d| dimension(d, true)).collect(),
        fields: FIELDS.iter().map(|d| dimension(d, false)).collect(),
        segments: SEGMENTS.iter().map(|(name, _)| *name).collect(),
        settings: SETTINGS.iter().map(|s| ShownSetting { name: s.name, takes: s.takes }).collect(),
    })
}

fn dimension(dimension: &Dimension, splits: bool) -> ShownDimension {
    ShownDimension {
        name: dimension.name,
        label: dimension.label,
        definition: dimension.definition,
        kind: dimension.values.name(),
        unit: match dimension.values {
            Values::Measured { unit, .. } => Some(unit.name("currency")),
            _ => None,
        },
        takes_name: dimension.takes_name(),
        splits,
        operators: operators(dimension),
    }
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
