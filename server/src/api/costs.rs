//! What advertising cost: `GET /api/v1/sites/{id}/costs`, and `POST .../costs/import` with a list as CSV or JSON.
//!
//! Lines of one list with the same day, source, medium and campaign are one cost, summed; an import of the same replaces
//! an earlier one. Lines that cannot be read are told with their number, the others are taken.

use super::auth::CurrentSite;
use super::cells::{Cells, rows_as};
use super::parameters::{OFFSET, Parameters, limit};
use super::signature::schema_of;
use super::values::{Count, CountInCurrency, List, TakenList, bad_lines, setting_text};
use super::{Access, ApiError, Route, blocking, glancing};
use crate::app::{AdCost, App};
use crate::sheet::{BadLine, Line, Sheet, amount};
use axum::Json;
use axum::extract::State;
use collector::book::Scope;
use commerce::hit::Source;
use commerce::record::AdDetail;
use commerce::{Amount, Currency, Zone};
use http::Method;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many costs go into one record.
const COSTS_PER_RECORD: usize = 5_000;

#[derive(Serialize, JsonSchema)]
struct AdCosts {
    meta: CountInCurrency,
    costs: Vec<ShownCost>,
}

/// What advertising cost on a day.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AdCost")]
struct ShownCost {
    /// The day.
    date: Option<String>,
    channel: Option<String>,
    source: Option<String>,
    medium: Option<String>,
    campaign: Option<String>,
    cost: Option<String>,
    /// Of `cost`, ISO 4217.
    currency: Option<String>,
    /// The cost in the site's currency; null without a rate.
    reporting_cost: Option<String>,
    clicks: Option<i64>,
    impressions: Option<i64>,
}

/// Columns date, source, medium and cost, and where there are any campaign, channel, currency, clicks and impressions.
#[derive(JsonSchema)]
#[schemars(inline)]
struct AdCostsAsCsv(#[expect(dead_code, reason = "it says what a list holds")] String);

const LIMIT_MAX: u32 = 10_000;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, "/api/v1/sites/{id}/costs", Access::Site(Scope::Read), list).asks_store()
            .says("Lists what advertising cost, the latest first.", "The costs.")
            .takes([limit(LIMIT_MAX), OFFSET]),
        Route::new(Method::POST, "/api/v1/sites/{id}/costs/import", Access::Site(Scope::Admin), import)
            .says(
                "Imports what advertising cost, as CSV or JSON: date, source, medium and cost, and if need be campaign, channel, \
                 currency, clicks and impressions. The same day, source, medium and campaign is replaced.",
                "How many were taken, and the lines that were not.",
            )
            .sent_as("text/csv", schema_of::<AdCostsAsCsv>())
            .sent_as("application/json", schema_of::<Vec<Map<String, Value>>>())
            .refuses(&[(400, "setting.invalid")]),
    ]
}

const LIST: &str = "
select starts_at, channel, source, medium, campaign, currency, cost, reporting_cost, clicks, impressions
from ad_costs_now
where site = ?
order by starts_at desc, source, medium, campaign nulls last
limit ?
offset ?";

async fn list(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    parameters: Parameters,
) -> Result<Json<AdCosts>, ApiError> {
    let (limit, offset) = (parameters.limit(100, LIMIT_MAX)?, parameters.offset()?);
    let settings = site.get().settings.clone();
    let zone = settings.timezone.clone();
    let costs = glancing(&app, site.id(), move |snapshot| {
        let found = snapshot.query(LIST, &[site.id().into(), limit.into(), offset.into()])?;
        Ok::<_, ApiError>(rows_as(&found, |row| shown(row, &zone)))
    })
    .await?;
    let meta = CountInCurrency { count: costs.len(), currency: settings.currency.code().to_owned() };
    Ok(Json(AdCosts { meta, costs }))
}

fn shown(row: &Cells<'_>, zone: &Zone) -> ShownCost {
    ShownCost {
        date: row.instant("starts_at").map(|at| zone.day_of(at).to_string()),
        channel: row.text("channel"),
        source: row.text("source"),
        medium: row.text("medium"),
        campaign: row.text("campaign"),
        cost: row.amount("cost"),
        currency: row.text("currency"),
        reporting_cost: row.amount("reporting_cost"),
        clicks: row.int("clicks"),
        impressions: row.int("impressions"),
    }
}

async fn import(State(app): State<Arc<App>>, site: CurrentSite, list: List) -> Result<Json<TakenList>, ApiError> {
    let currency = site.get().settings.currency;
    let sheet = if list.0.trim_ascii_start().starts_with(b"[") { of_json(&list.0)? } else { Sheet::read(&list.0) };
    let columns = Columns::of(&sheet)?;
    let mut taken = Taken::default();
    for line in &sheet.lines {
        match read(line, &columns, currency) {
            Ok(cost) => taken.add(line, cost),
            Err(reason) => taken.bad.push(line.bad(reason)),
        }
    }
    let costs: Vec<(AdCost, AdDetail)> = taken.costs.into_values().collect();
    let count = costs.len();
    if count > 0 {
        blocking(move || {
            costs.chunks(COSTS_PER_RECORD).try_for_each(|part| app.put_ad_costs(site.id(), part.to_vec()))
        })
        .await?;
    }
    Ok(Json(TakenList { meta: Count { count }, bad_lines: bad_lines(&taken.bad) }))
}

/// What a list comes to: one cost for each day, source, medium and campaign.
#[derive(Default)]
struct Taken {
    costs: BTreeMap<[String; 4], (AdCost, AdDetail)>,
    bad: Vec<BadLine>,
}

impl Taken {
    fn add(&mut self, line: &Line, new: (AdCost, AdDetail)) {
        let ((day, source, cost, currency), detail) = &new;
        let text = |part: &Option<String>| part.clone().unwrap_or_default();
        let key = [day.clone(), text(&source.source), text(&source.medium), text(&source.campaign)];
        let Some(((_, _, sum, known), more)) = self.costs.get_mut(&key) else {
            self.costs.insert(key, new);
            return;
        };
        let summed = sum.checked_add(*cost).filter(|_| known == currency);
        let Some(summed) = summed else {
            self.bad
                .push(line.bad("an earlier line has the same day, source, medium and campaign in another currency"));
            return;
        };
        *sum = summed;
        let plus = |a: Option<u64>, b: Option<u64>| a.into_iter().chain(b).reduce(u64::saturating_add);
        more.clicks = plus(more.clicks, detail.clicks);
        more.impressions = plus(more.impressions, detail.impressions);
    }
}

/// Returns a list of JSON objects as a sheet; an object is known by its place in the list.
fn of_json(bytes: &[u8]) -> Result<Sheet, ApiError> {
    let unreadable = |why: String| ApiError::bad_request("list.unreadable", why);
    let objects: Vec<BTreeMap<String, &RawValue>> =
        serde_json::from_slice(bytes).map_err(|e| unreadable(format!("the list is no list of JSON objects: {e}")))?;
    let mut columns: Vec<String> = objects.iter().flat_map(|o| o.keys().cloned()).collect();
    columns.sort_unstable();
    columns.dedup();
    let mut lines = Vec::new();
    for (i, object) in objects.iter().enumerate() {
        let field = |name: &String| object.get(name).map_or(Ok(None), |value| setting_text(value));
        let fields = columns.iter().map(|name| field(name).map(Option::unwrap_or_default)).collect::<Result<_, _>>()?;
        lines.push(Line { number: i + 1, fields });
    }
    Ok(Sheet { columns: columns.iter().map(|c| c.to_lowercase()).collect(), lines })
}

struct Columns {
    day: Option<usize>,
    source: Option<usize>,
    medium: Option<usize>,
    campaign: Option<usize>,
    channel: Option<usize>,
    cost: Option<usize>,
    currency: Option<usize>,
    clicks: Option<usize>,
    impressions: Option<usize>,
}

impl Columns {
    fn of(sheet: &Sheet) -> Result<Self, ApiError> {
        let columns = Self {
            day: sheet.column(&["date", "day"]),
            source: sheet.column(&["source", "utm_source"]),
            medium: sheet.column(&["medium", "utm_medium"]),
            campaign: sheet.column(&["campaign", "utm_campaign", "campaign_name"]),
            channel: sheet.column(&["channel"]),
            cost: sheet.column(&["cost", "spend", "amount"]),
            currency: sheet.column(&["currency"]),
            clicks: sheet.column(&["clicks"]),
            impressions: sheet.column(&["impressions"]),
        };
        let whole =
            columns.day.is_some() && columns.source.is_some() && columns.medium.is_some() && columns.cost.is_some();
        whole.then_some(columns).ok_or_else(|| {
            let what = "the list must name date, source, medium and cost, and may name campaign, channel, currency, clicks and impressions";
            ApiError::bad_request("list.unreadable", what)
        })
    }
}

fn read(line: &Line, columns: &Columns, currency: Currency) -> Result<(AdCost, AdDetail), String> {
    let filled = |column: Option<usize>| Some(line.get(column)).filter(|t| !t.is_empty()).map(str::to_owned);
    let day: Date = match line.get(columns.day) {
        "" => return Err("the date is missing".to_owned()),
        text => text.parse().map_err(|_| format!("`{text}` is no day such as 2026-03-02"))?,
    };
    let (source, medium) = (filled(columns.source), filled(columns.medium));
    if source.is_none() || medium.is_none() {
        return Err("source and medium say which visits were paid for; one of them is missing".to_owned());
    }
    let currency = match line.get(columns.currency) {
        "" => currency,
        code => Currency::parse(code).ok_or_else(|| format!("`{code}` is no ISO 4217 currency"))?,
    };
    let cost = match line.get(columns.cost) {
        "" => return Err("the cost is missing".to_owned()),
        text => amount(text, currency)?,
    };
    if cost < Amount::ZERO {
        return Err(format!("the cost `{}` is below zero", line.get(columns.cost)));
    }
    let number = |column: Option<usize>, name: &str| match line.get(column) {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| format!("`{text}` is no number of {name}")),
    };
    let detail = AdDetail {
        channel: filled(columns.channel),
        clicks: number(columns.clicks, "clicks")?,
        impressions: number(columns.impressions, "impressions")?,
    };
    let source = Source { source, medium, campaign: filled(columns.campaign), ..Source::default() };
    Ok(((day.to_string(), source, cost, currency), detail))
}
