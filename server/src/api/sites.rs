//! Sites: `/api/v1/sites` and `/api/v1/sites/{id}`.

use super::auth::{CurrentSite, Granted};
use super::settings::to_json;
use super::values::{Body, setting_text};
use super::{Access, ApiError, Route, blocking};
use crate::accounts::Role;
use crate::app::App;
use crate::control::ControlError;
use axum::Json;
use axum::extract::State;
use collector::book::{BookSite, Scope};
use commerce::{Currency, SiteId, SiteSettings, Zone};
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A site to be.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewSite {
    domain: String,
    currency: String,
    timezone: String,
    id: Option<u32>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    week_start: Option<String>,
    #[serde(default)]
    matomo_compat: bool,
    #[serde(default)]
    settings: BTreeMap<String, Box<RawValue>>,
}

/// What is shown of a site once it exists.
#[derive(Serialize)]
struct AddedSite {
    id: u32,
    collect_key: String,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, "/api/v1/sites", Access::Reader, list),
        Route::new(Method::POST, "/api/v1/sites", Access::SiteMaker, add),
        Route::new(Method::GET, "/api/v1/sites/{id}", Access::Site(Scope::Read), show),
        Route::new(Method::DELETE, "/api/v1/sites/{id}", Access::Installation, remove),
        Route::new(Method::GET, "/api/v1/sites/{id}/keys", Access::Site(Scope::Admin), show_keys),
        Route::new(Method::POST, "/api/v1/sites/{id}/signing-secret", Access::Site(Scope::Admin), rotate_secret),
    ]
}

/// Lists the sites that the caller may read.
async fn list(State(app): State<Arc<App>>, granted: Granted) -> Json<Value> {
    let book = app.book();
    let mut sites: Vec<&BookSite> = book.sites.values().filter(|site| granted.may(site.id, Scope::Read)).collect();
    sites.sort_by_key(|site| site.id);
    let sites: Vec<Value> = sites.into_iter().map(summary).collect();
    Json(json!({ "meta": { "count": sites.len() }, "sites": sites }))
}

/// Adds a site. An account that owns less than the installation becomes its admin.
async fn add(
    State(app): State<Arc<App>>,
    granted: Granted,
    Body(new): Body<NewSite>,
) -> Result<(StatusCode, Json<AddedSite>), ApiError> {
    if new.id.is_some() && !granted.may_everything() {
        let error = ApiError::new(StatusCode::FORBIDDEN, "site.number", "only owners choose the number of a site");
        return Err(error.hint("leave `id` out to get the next free one"));
    }
    let settings = SiteSettings::new(&new.domain, currency(&new.currency)?, zone(&new.timezone)?);
    if settings.domain.is_empty() {
        return Err(ApiError::bad_request("setting.invalid", "`domain` takes a host such as shop.example"));
    }
    let mut changes = new
        .settings
        .into_iter()
        .map(|(name, value)| Ok((name, setting_text(&value)?)))
        .collect::<Result<Vec<_>, ApiError>>()?;
    if new.matomo_compat {
        changes.push(("matomo_compat".to_owned(), Some("true".to_owned())));
    }
    let named = [("name", new.name), ("week_start", new.week_start)];
    changes.extend(named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Some(value?)))));
    let site = blocking(move || {
        let site = app.add_site(new.id.map(SiteId), settings, &changes)?;
        if let Some(person) = granted.person().filter(|person| !person.user.is_owner) {
            app.put_member(site.id, &person.user.email, Role::Admin)?;
        }
        Ok::<_, ControlError>(site)
    })
    .await?;
    Ok((StatusCode::CREATED, Json(AddedSite { id: site.id.0, collect_key: site.collect_key })))
}

async fn show(site: CurrentSite) -> Json<Value> {
    let mut shown = summary(site.get());
    shown["settings"] = to_json(&site.get().settings);
    Json(shown)
}

async fn remove(
    State(app): State<Arc<App>>,
    axum::extract::Path(id): axum::extract::Path<u32>,
) -> Result<StatusCode, ApiError> {
    blocking(move || app.remove_site(SiteId(id))).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn show_keys(site: CurrentSite) -> Json<Value> {
    let site = site.get();
    Json(json!({ "id": site.id.0, "collect_key": site.collect_key, "signing_secret": site.signing_secret }))
}

async fn rotate_secret(State(app): State<Arc<App>>, site: CurrentSite) -> Result<Json<Value>, ApiError> {
    let rotated = blocking(move || app.rotate_signing_secret(site.id())).await?;
    Ok(Json(json!({ "id": rotated.id.0, "signing_secret": rotated.signing_secret })))
}

/// Returns what people call a shop.
pub(super) fn name_of(settings: &SiteSettings) -> &str {
    if settings.name.is_empty() { &settings.domain } else { &settings.name }
}

fn summary(site: &BookSite) -> Value {
    json!({
        "id": site.id.0,
        "domain": site.settings.domain,
        "name": name_of(&site.settings),
        "currency": site.settings.currency.code(),
        "timezone": site.settings.timezone.name(),
        "collect_key": site.collect_key,
    })
}

fn currency(code: &str) -> Result<Currency, ApiError> {
    Currency::parse(code)
        .ok_or_else(|| ApiError::bad_request("setting.invalid", "`currency` takes an ISO 4217 code such as EUR"))
}

fn zone(name: &str) -> Result<Zone, ApiError> {
    Zone::parse(name)
        .ok_or_else(|| ApiError::bad_request("setting.invalid", "`timezone` takes an IANA zone such as Europe/Berlin"))
}
