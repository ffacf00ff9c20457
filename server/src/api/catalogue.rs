//! What can be asked: `GET /api/v1/catalogue` lists every metric, dimension and setting with its meaning.

use super::{Access, Route};
use axum::Json;
use commerce::site::SETTINGS;
use http::Method;
use reports::{DIMENSIONS, METRICS};
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
        })
    });
    let dimensions = DIMENSIONS.iter().map(|d| json!({ "name": d.name, "label": d.label, "definition": d.definition }));
    let settings = SETTINGS.iter().map(|s| json!({ "name": s.name, "takes": s.takes }));
    Json(json!({
        "metrics": metrics.collect::<Vec<_>>(),
        "dimensions": dimensions.collect::<Vec<_>>(),
        "settings": settings.collect::<Vec<_>>(),
    }))
}
