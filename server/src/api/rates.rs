//! Currency rates of a site: `GET` and `PUT /api/v1/sites/{id}/rates`.
//!
//! A rate is stated in one of two ways: as `value`, what one unit of the foreign currency is worth in the site's own, or
//! as `per_unit`, how many units of the foreign currency one unit of the site's own buys. Both are kept exactly.

use super::auth::CurrentSite;
use super::values::{Body, Count, CountInCurrency, number_schema, setting_text};
use super::{Access, ApiError, Route, blocking, glancing};
use crate::app::App;
use axum::Json;
use axum::extract::State;
use collector::book::Scope;
use commerce::Currency;
use commerce::money::ExchangeRate;
use commerce::record::Rate;
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::sync::Arc;

const RATES_PER_REQUEST_MAX: usize = 10_000;

/// Rates to state.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewRates {
    rates: Vec<NewRate>,
}

/// One rate to state.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{ "required": ["value"] }, { "required": ["per_unit"] }]))]
struct NewRate {
    /// Such as 2026-03-02.
    day: String,
    /// ISO 4217, such as USD.
    currency: String,
    /// What one unit of the currency is worth in the site's.
    #[serde(default)]
    #[schemars(schema_with = "number_schema")]
    value: Option<Box<RawValue>>,
    /// How many units of the currency one unit of the site's buys.
    #[serde(default)]
    #[schemars(schema_with = "number_schema")]
    per_unit: Option<Box<RawValue>>,
}

#[derive(Serialize, JsonSchema)]
struct Rates {
    meta: CountInCurrency,
    rates: Vec<ShownRate>,
}

/// A currency rate.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Rate")]
struct ShownRate {
    day: String,
    /// ISO 4217.
    currency: String,
    /// How many units of the currency one unit of the site's buys, as decimal text.
    per_unit: String,
    /// What one unit of the currency is worth in the site's, as decimal text.
    value: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct StatedRates {
    meta: Count,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, "/api/v1/sites/{id}/rates", Access::Site(Scope::Read), list).asks_store()
            .says("Lists the currency rates.", "The rates."),
        Route::new(Method::PUT, "/api/v1/sites/{id}/rates", Access::Site(Scope::Admin), state)
            .says(
                "States currency rates: either what one unit of the foreign currency is worth in the site's (value), or how many \
                 units of it one unit of the site's buys (per_unit).",
                "How many were taken.",
            )
            .refuses(&[(400, "rate.invalid"), (400, "setting.invalid")]),
    ]
}

async fn list(State(app): State<Arc<App>>, site: CurrentSite) -> Result<Json<Rates>, ApiError> {
    let (id, currency) = (site.id(), site.get().settings.currency);
    let known = glancing(&app, id, move |snapshot| snapshot.site_state(id)).await?;
    let mut rates: Vec<(String, String, String)> = Vec::new();
    for (code, by_day) in known.map(|site| site.rates).unwrap_or_default() {
        rates.extend(by_day.into_iter().map(|(day, per_unit)| (day, code.clone(), per_unit)));
    }
    rates.sort();
    let shown = rates.into_iter().map(|(day, currency, per_unit)| {
        let value = ExchangeRate::parse(&per_unit).map(|rate| rate.value().to_string());
        ShownRate { day, currency, per_unit, value }
    });
    let rates: Vec<ShownRate> = shown.collect();
    Ok(Json(Rates { meta: CountInCurrency { count: rates.len(), currency: currency.code().to_owned() }, rates }))
}

async fn state(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    Body(new): Body<NewRates>,
) -> Result<Json<StatedRates>, ApiError> {
    if new.rates.len() > RATES_PER_REQUEST_MAX {
        return Err(invalid(&format!("at most {RATES_PER_REQUEST_MAX} rates fit into one request")));
    }
    let rates = new.rates.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let count = rates.len();
    if count > 0 {
        blocking(move || app.put_rates(site.id(), rates)).await?;
    }
    Ok(Json(StatedRates { meta: Count { count } }))
}

fn read(new: &NewRate) -> Result<Rate, ApiError> {
    let day: jiff::civil::Date = new.day.parse().map_err(|_| invalid("`day` takes a day such as 2026-03-02"))?;
    let currency =
        Currency::parse(&new.currency).ok_or_else(|| invalid("`currency` takes an ISO 4217 code such as USD"))?;
    let rate = match (&new.value, &new.per_unit) {
        (Some(value), None) => ExchangeRate::of_value(&setting_text(value)?.unwrap_or_default()),
        (None, Some(per_unit)) => ExchangeRate::parse(&setting_text(per_unit)?.unwrap_or_default()),
        _ => return Err(invalid("a rate takes either `value` or `per_unit`")),
    };
    let rate =
        rate.ok_or_else(|| invalid("`value` and `per_unit` take a decimal number above zero such as \"1.0842\""))?;
    Ok(Rate { day: day.to_string(), currency, per_unit: rate.to_string() })
}

fn invalid(message: &str) -> ApiError {
    ApiError::bad_request("rate.invalid", message)
}
