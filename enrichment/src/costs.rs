//! What products cost the shop: unit costs hold from their day on, in the site's currency.
//!
//! A cost in another currency is converted at the rate of its first day, or of today where it holds for always; one
//! that cannot be is kept out and counted as unknown by the reports.

use crate::ledger::exchange::Exchange;
use crate::site::state_of;
use crate::work::Work;
use commerce::record::ProductCostsRecord;
use commerce::rows::ProductCostRow;
use commerce::{Amount, Timestamp, UnitPrice};

/// Takes over unit costs; a later one for the same SKU and day replaces an earlier one.
pub(crate) fn take(work: &mut Work, position: u64, record: &ProductCostsRecord) {
    let site = state_of(work, record.site);
    for (sku, from, cost, currency) in &record.costs {
        let day: Option<jiff::civil::Date> = from.parse().ok();
        let valid_from = day.map_or(Timestamp(0), |day| site.settings.timezone.start_of(day));
        let on = if day.is_some() { valid_from } else { record.at };
        let Some(unit_cost) = convert(*cost, &Exchange::on(&site, *currency, on)) else { continue };
        let row = ProductCostRow { site: record.site, position, sku: sku.clone(), valid_from, unit_cost };
        work.rows.product_costs.push(row);
    }
}

/// Returns `cost` in the site's currency, with its six decimals.
fn convert(cost: UnitPrice, exchange: &Exchange) -> Option<UnitPrice> {
    match exchange {
        Exchange::Same => Some(cost),
        // A unit price counts millionths; taken for ten-thousandths it is a hundred times itself before and after.
        Exchange::Rate(rate, _) => Amount(cost.0).converted(*rate, 4).map(|hundredfold| UnitPrice(hundredfold.0)),
        Exchange::Unknown => None,
    }
}
