//! Settings of a site: `GET` and `PUT /api/v1/sites/{id}/settings`.

use super::auth::CurrentSite;
use super::values::{Body, setting_text};
use super::{Access, ApiError, Route, blocking};
use crate::app::App;
use axum::Json;
use axum::extract::State;
use collector::book::Scope;
use commerce::SiteSettings;
use commerce::site::SETTINGS;
use http::Method;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

const SETTINGS_SHOWN: &str = "Every setting by name; `GET /api/v1/catalogue` says what each takes.";

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, "/api/v1/sites/{id}/settings", Access::Site(Scope::Read), show)
            .says("Shows every setting.", SETTINGS_SHOWN),
        Route::new(Method::PUT, "/api/v1/sites/{id}/settings", Access::Site(Scope::Admin), change)
            .says("Changes settings by name; null gives one its default back.", SETTINGS_SHOWN)
            .refuses(&[(400, "setting.invalid"), (400, "setting.unknown")]),
    ]
}

async fn show(site: CurrentSite) -> Json<Map<String, Value>> {
    Json(to_json(&site.get().settings))
}

/// Changes the settings named; the others stay. `null` gives a setting its default back.
async fn change(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    Body(values): Body<BTreeMap<String, Box<RawValue>>>,
) -> Result<Json<Map<String, Value>>, ApiError> {
    let changes = values
        .into_iter()
        .map(|(name, value)| Ok((name, setting_text(&value)?)))
        .collect::<Result<Vec<_>, ApiError>>()?;
    let stored = blocking(move || app.change_settings(site.id(), &changes)).await?;
    Ok(Json(to_json(&stored.settings)))
}

/// Returns settings as one JSON object that `PUT` accepts.
pub(super) fn to_json(settings: &SiteSettings) -> Map<String, Value> {
    let mut object = Map::new();
    for ((name, text), setting) in settings.entries().into_iter().zip(SETTINGS) {
        object.insert(name.to_owned(), typed(setting.takes, text));
    }
    object
}

/// Amounts stay text, as money does everywhere.
fn typed(takes: &str, text: String) -> Value {
    if takes == "true or false" {
        return Value::Bool(text == "true");
    }
    if takes.starts_with("a list") {
        return text.split(',').filter(|t| !t.is_empty()).collect();
    }
    if takes.starts_with("a text") {
        return Value::String(text);
    }
    if takes.starts_with("a decimal amount") {
        return if text.is_empty() { Value::Null } else { Value::String(text) };
    }
    text.parse::<i64>().map_or_else(|_| Value::String(text), Value::from)
}
