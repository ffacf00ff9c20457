//! Sites: `/api/v1/sites` and `/api/v1/sites/{id}`.

use super::auth::{CurrentSite, Granted};
use super::parameters::Path;
use super::settings::to_json;
use super::values::{Body, Count, setting_schema, setting_text};
use super::{Access, ApiError, Route, blocking};
use crate::accounts::Role;
use crate::app::App;
use crate::control::ControlError;
use axum::Json;
use axum::extract::State;
use collector::book::{BookSite, Scope};
use commerce::{Currency, SiteId, SiteSettings, Zone};
use http::{Method, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A site to be.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewSite {
    /// The shop's host, such as shop.example.
    domain: String,
    /// ISO 4217, such as EUR.
    currency: String,
    /// IANA zone, such as Europe/Berlin.
    timezone: String,
    /// Its number; the next free one if left out. Only owners choose it.
    id: Option<u32>,
    #[serde(default)]
    name: Option<String>,
    /// monday or sunday.
    #[serde(default)]
    week_start: Option<String>,
    #[serde(default)]
    matomo_compat: bool,
    /// Settings by name, as `PUT /api/v1/sites/{id}/settings` takes them.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, AnySetting>")]
    settings: BTreeMap<String, Box<RawValue>>,
}

/// What is shown of a site once it exists.
#[derive(Serialize, JsonSchema)]
struct AddedSite {
    id: u32,
    collect_key: String,
}

/// The value of a setting, as it is sent.
#[derive(JsonSchema)]
#[schemars(inline)]
struct AnySetting(#[schemars(schema_with = "setting_schema")] ());

#[derive(Serialize, JsonSchema)]
struct Sites {
    meta: Count,
    sites: Vec<Site>,
}

#[derive(Serialize, JsonSchema)]
struct Site {
    id: u32,
    domain: String,
    /// What people call the shop; its domain where it has no other name.
    name: String,
    /// ISO 4217.
    currency: String,
    /// IANA zone.
    timezone: String,
    /// By which pages say whose events they send.
    collect_key: String,
}

#[derive(Serialize, JsonSchema)]
struct SiteWithSettings {
    #[serde(flatten)]
    site: Site,
    /// Every setting by name; see `GET /api/v1/catalogue`.
    settings: Map<String, Value>,
}

#[derive(Serialize, JsonSchema)]
struct SiteKeys {
    id: u32,
    collect_key: String,
    /// Signs browser orders.
    signing_secret: String,
}

#[derive(Serialize, JsonSchema)]
struct NewSigningSecret {
    id: u32,
    signing_secret: String,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, "/api/v1/sites", Access::Reader, list)
            .says("Lists the sites that the caller may read.", "The sites."),
        Route::new(Method::POST, "/api/v1/sites", Access::SiteMaker, add)
            .says("Adds a site.", "Its number and collect key.")
            .refuses(&[
                (400, "setting.invalid"),
                (400, "setting.unknown"),
                (403, "site.number"),
                (404, "site.unknown"),
                (409, "site.taken"),
            ]),
        Route::new(Method::GET, "/api/v1/sites/{id}", Access::Site(Scope::Read), show)
            .says("Shows a site.", "The site with its settings."),
        Route::new(Method::DELETE, "/api/v1/sites/{id}", Access::Installation, remove)
            .says("Removes a site with its keys, goals and tokens. What it sent stays in the journal.", "It is gone.")
            .refuses(&[(404, "site.unknown")]),
        Route::new(Method::GET, "/api/v1/sites/{id}/keys", Access::Site(Scope::Admin), show_keys)
            .says("Shows the collect key and the secret that signs browser orders.", "Key and secret."),
        Route::new(Method::POST, "/api/v1/sites/{id}/signing-secret", Access::Site(Scope::Admin), rotate_secret).says(
            "Replaces the secret that signs browser orders. The old one no longer proves anything.",
            "The new secret.",
        ),
    ]
}

/// Lists the sites that the caller may read.
async fn list(State(app): State<Arc<App>>, granted: Granted) -> Json<Sites> {
    let book = app.book();
    let mut sites: Vec<&BookSite> = book.sites.values().filter(|site| granted.may(site.id, Scope::Read)).collect();
    sites.sort_by_key(|site| site.id);
    let sites: Vec<Site> = sites.into_iter().map(summary).collect();
    Json(Sites { meta: Count { count: sites.len() }, sites })
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

async fn show(site: CurrentSite) -> Json<SiteWithSettings> {
    Json(SiteWithSettings { site: summary(site.get()), settings: to_json(&site.get().settings) })
}

async fn remove(State(app): State<Arc<App>>, Path(id): Path<u32>) -> Result<StatusCode, ApiError> {
    blocking(move || app.remove_site(SiteId(id))).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn show_keys(site: CurrentSite) -> Json<SiteKeys> {
    let site = site.get();
    Json(SiteKeys { id: site.id.0, collect_key: site.collect_key.clone(), signing_secret: site.signing_secret.clone() })
}

async fn rotate_secret(State(app): State<Arc<App>>, site: CurrentSite) -> Result<Json<NewSigningSecret>, ApiError> {
    let rotated = blocking(move || app.rotate_signing_secret(site.id())).await?;
    Ok(Json(NewSigningSecret { id: rotated.id.0, signing_secret: rotated.signing_secret }))
}

/// Returns what people call a shop.
pub(super) fn name_of(settings: &SiteSettings) -> &str {
    if settings.name.is_empty() { &settings.domain } else { &settings.name }
}

fn summary(site: &BookSite) -> Site {
    Site {
        id: site.id.0,
        domain: site.settings.domain.clone(),
        name: name_of(&site.settings).to_owned(),
        currency: site.settings.currency.code().to_owned(),
        timezone: site.settings.timezone.name().to_owned(),
        collect_key: site.collect_key.clone(),
    }
}

fn currency(code: &str) -> Result<Currency, ApiError> {
    Currency::parse(code)
        .ok_or_else(|| ApiError::bad_request("setting.invalid", "`currency` takes an ISO 4217 code such as EUR"))
}

fn zone(name: &str) -> Result<Zone, ApiError> {
    Zone::parse(name)
        .ok_or_else(|| ApiError::bad_request("setting.invalid", "`timezone` takes an IANA zone such as Europe/Berlin"))
}
