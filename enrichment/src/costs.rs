//! What products and advertising cost the shop: unit costs hold from their day on, costs of advertising are of a day.
//!
//! A unit cost in another currency is converted at the rate of its first day, or of today where it holds for always; one
//! that cannot be is kept out and counted as unknown by the reports. Advertising is converted at the rate of its day, and anew
//! when that is stated later; what cannot be is kept and in no sum.

use crate::channel::channel_of;
use crate::ledger::exchange::Exchange;
use crate::site::state_of;
use crate::work::Work;
use commerce::record::{AdCostsRecord, ProductCostsRecord, RatesRecord};
use commerce::rows::{AdCostRow, ProductCostRow};
use commerce::{Amount, Currency, SiteId, Timestamp, UnitPrice};

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

/// Takes over costs of advertising; a later one for the same day, source, medium and campaign replaces an earlier one.
pub(crate) fn take_ads(work: &mut Work, position: u64, record: &AdCostsRecord) {
    let site = state_of(work, record.site);
    for (i, (day, source, cost, currency)) in record.costs.iter().enumerate() {
        let Ok(day) = day.parse::<jiff::civil::Date>() else { continue };
        let starts_at = site.settings.timezone.start_of(day);
        let detail = record.details.as_ref().and_then(|d| d.get(i)).cloned().unwrap_or_default();
        let not_set = || "(not set)".to_owned();
        let (of, by) = (source.source.clone().unwrap_or_else(not_set), source.medium.clone().unwrap_or_else(not_set));
        let channel = detail
            .channel
            .unwrap_or_else(|| channel_of(&work.rules.referrers, &of, &by, source.campaign.as_deref()).to_owned());
        let row = AdCostRow {
            site: record.site,
            position,
            starts_at,
            channel,
            source: of,
            medium: by,
            campaign: source.campaign.clone(),
            currency: *currency,
            cost: *cost,
            reporting_cost: Exchange::on(&site, *currency, starts_at).convert(*cost),
            clicks: detail.clicks,
            impressions: detail.impressions,
        };
        work.ad_costs.insert(ad_key(&row), row.clone());
        work.rows.ad_costs.push(row);
    }
}

/// What makes a cost of advertising the one that a later one replaces: site, day, source, medium and campaign.
pub(crate) type AdKey = (SiteId, Timestamp, String, String, Option<String>);

/// Returns the key of `row`.
pub(crate) fn ad_key(row: &AdCostRow) -> AdKey {
    (row.site, row.starts_at, row.source.clone(), row.medium.clone(), row.campaign.clone())
}

/// Converts costs of advertising anew, now that the site knows the rates of `record`: as orders are, so that it does not
/// matter which came first. Those that come out different are written as versions of `position`.
pub(crate) fn convert_ads(work: &mut Work, position: u64, record: &RatesRecord) {
    let site = state_of(work, record.site);
    // A rate says nothing about the days before it.
    let from = |day: &str| day.parse().ok().map(|day| site.settings.timezone.start_of(day));
    let changed: Vec<(Currency, Timestamp)> =
        record.rates.iter().filter_map(|rate| Some((rate.currency, from(&rate.day)?))).collect();
    for row in work.ad_costs.values_mut().filter(|row| row.site == record.site) {
        if !changed.iter().any(|(currency, from)| *currency == row.currency && *from <= row.starts_at) {
            continue;
        }
        let reporting_cost = Exchange::on(&site, row.currency, row.starts_at).convert(row.cost);
        if reporting_cost != row.reporting_cost {
            (row.position, row.reporting_cost) = (position, reporting_cost);
            work.rows.ad_costs.push(row.clone());
        }
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
