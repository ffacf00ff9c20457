//! What products cost the shop: `GET` and `POST /api/v1/sites/{id}/products/costs`, the latter with a list as CSV.
//!
//! A cost holds from its day on, or for always; a later one for the same SKU and day replaces an earlier one. Lines that
//! cannot be read are told with their number, the others are taken.

use super::auth::CurrentSite;
use super::cells::{Cells, rows_as};
use super::parameters::{OFFSET, Parameters, limit};
use super::signature::schema_of;
use super::values::{Count, CountInCurrency, List, TakenList, bad_lines};
use super::{Access, ApiError, Route, blocking, glancing};
use crate::app::App;
use crate::sheet::{Line, Sheet};
use axum::Json;
use axum::extract::State;
use collector::book::Scope;
use commerce::money::UnitPrice;
use commerce::{Currency, Timestamp, Zone};
use http::Method;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// How many costs go into one record.
const COSTS_PER_RECORD: usize = 5_000;

#[derive(Serialize, JsonSchema)]
struct ProductCosts {
    meta: CountInCurrency,
    costs: Vec<ProductCost>,
}

#[derive(Serialize, JsonSchema)]
struct ProductCost {
    sku: Option<String>,
    /// First day on which it holds; null for always.
    from: Option<String>,
    /// Decimal text in the site's currency, with up to six decimals.
    unit_cost: Option<String>,
}

/// Columns sku and unit_cost, and where there are any currency and from (the first day).
#[derive(JsonSchema)]
#[schemars(inline)]
struct CostsAsCsv(#[expect(dead_code, reason = "it says what a list holds")] String);

const LIMIT_MAX: u32 = 10_000;

pub(super) fn routes() -> Vec<Route> {
    const PATH: &str = "/api/v1/sites/{id}/products/costs";
    vec![
        Route::new(Method::GET, PATH, Access::Site(Scope::Read), list).asks_store()
            .says("Lists unit costs of products.", "The costs.")
            .takes([limit(LIMIT_MAX), OFFSET]),
        Route::new(Method::POST, PATH, Access::Site(Scope::Admin), import)
            .says(
                "States unit costs of products. Lines that cannot be read are told with their number, the others are taken.",
                "How many were taken, and the lines that were not.",
            )
            .sent_as("text/csv", schema_of::<CostsAsCsv>()),
    ]
}

const LIST: &str = "
select sku, valid_from, unit_cost
from product_costs_now
where site = ?
order by sku, valid_from
limit ?
offset ?";

async fn list(
    State(app): State<Arc<App>>,
    site: CurrentSite,
    parameters: Parameters,
) -> Result<Json<ProductCosts>, ApiError> {
    let (limit, offset) = (parameters.limit(100, LIMIT_MAX)?, parameters.offset()?);
    let settings = site.get().settings.clone();
    let zone = settings.timezone.clone();
    let costs = glancing(&app, site.id(), move |snapshot| {
        let found = snapshot.query(LIST, &[site.id().into(), limit.into(), offset.into()])?;
        Ok::<_, ApiError>(rows_as(&found, |row| shown(row, &zone)))
    })
    .await?;
    let meta = CountInCurrency { count: costs.len(), currency: settings.currency.code().to_owned() };
    Ok(Json(ProductCosts { meta, costs }))
}

fn shown(row: &Cells<'_>, zone: &Zone) -> ProductCost {
    ProductCost {
        sku: row.text("sku"),
        from: row.instant("valid_from").filter(|at| *at != Timestamp(0)).map(|at| zone.day_of(at).to_string()),
        unit_cost: row.int("unit_cost").map(|cost| UnitPrice(cost).to_string()),
    }
}

async fn import(State(app): State<Arc<App>>, site: CurrentSite, list: List) -> Result<Json<TakenList>, ApiError> {
    let currency = site.get().settings.currency;
    let sheet = Sheet::read(&list.0);
    let columns = Columns {
        sku: sheet.column(&["sku", "item_id", "product_id"]),
        unit_cost: sheet.column(&["unit_cost", "cost"]),
        currency: sheet.column(&["currency"]),
        from: sheet.column(&["from", "valid_from", "date", "day"]),
    };
    if columns.sku.is_none() || columns.unit_cost.is_none() {
        let what = "the first line must name the columns sku and unit_cost, and may name currency and from";
        return Err(ApiError::bad_request("list.unreadable", what));
    }
    let (mut costs, mut bad) = (Vec::new(), Vec::new());
    for line in &sheet.lines {
        match read(line, &columns, currency) {
            Ok(cost) => costs.push(cost),
            Err(reason) => bad.push(line.bad(reason)),
        }
    }
    let count = costs.len();
    if count > 0 {
        blocking(move || {
            costs.chunks(COSTS_PER_RECORD).try_for_each(|part| app.put_product_costs(site.id(), part.to_vec()))
        })
        .await?;
    }
    Ok(Json(TakenList { meta: Count { count }, bad_lines: bad_lines(&bad) }))
}

struct Columns {
    sku: Option<usize>,
    unit_cost: Option<usize>,
    currency: Option<usize>,
    from: Option<usize>,
}

type Cost = (String, String, UnitPrice, Currency);

fn read(line: &Line, columns: &Columns, currency: Currency) -> Result<Cost, String> {
    let sku = line.get(columns.sku);
    if sku.is_empty() {
        return Err("the sku is missing".to_owned());
    }
    let text = line.get(columns.unit_cost);
    // A unit cost may have six decimals, so a single comma can only stand for the point.
    let is_comma = text.matches(',').count() == 1 && !text.contains('.');
    let plain = if is_comma { text.replace(',', ".") } else { text.to_owned() };
    let unit_cost = UnitPrice::parse(&plain).map_err(|_| format!("`{text}` is no cost such as 12.50"))?.value;
    if unit_cost.0 < 0 {
        return Err(format!("the cost `{text}` is below zero"));
    }
    let currency = match line.get(columns.currency) {
        "" => currency,
        code => Currency::parse(code).ok_or_else(|| format!("`{code}` is no ISO 4217 currency"))?,
    };
    let from = match line.get(columns.from) {
        "" => String::new(),
        text => {
            let day: Date = text.parse().map_err(|_| format!("`{text}` is no day such as 2026-03-02"))?;
            day.to_string()
        }
    };
    Ok((sku.to_owned(), from, unit_cost, currency))
}
