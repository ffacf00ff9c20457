//! A site's settings, goals and rates: each holds from its record's position on.

use crate::work::Work;
use commerce::record::{GoalsRecord, Rate, RatesRecord, SettingsRecord, to_cbor};
use commerce::rows::{RateRow, SiteRow};
use commerce::state::SiteState;
use commerce::{SiteId, SiteSettings};
use std::collections::HashMap;
use std::sync::Arc;

/// Returns the site as of now; one without a settings record has the defaults (euro, UTC).
pub(crate) fn state_of(work: &mut Work, site: SiteId) -> Arc<SiteState> {
    Arc::clone(entry(work, site))
}

fn entry<'w>(work: &'w mut Work, site: SiteId) -> &'w mut Arc<SiteState> {
    work.sites.entry(site).or_insert_with(|| {
        let settings = SiteSettings::from_entries([]);
        Arc::new(SiteState { settings, goals: Vec::new(), rates: HashMap::new() })
    })
}

/// Takes over a site's settings.
pub(crate) fn take_settings(work: &mut Work, position: u64, record: &SettingsRecord) {
    let entries = record.entries.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let state = Arc::make_mut(entry(work, record.site));
    state.settings = SiteSettings::from_entries(entries);
    append_site(work, position, record.site);
}

/// Takes over a site's goals.
pub(crate) fn take_goals(work: &mut Work, position: u64, record: &GoalsRecord) {
    Arc::make_mut(entry(work, record.site)).goals.clone_from(&record.goals);
    append_site(work, position, record.site);
}

/// Takes over currency rates; a later one for the same day and currency replaces an earlier one.
pub(crate) fn take_rates(work: &mut Work, position: u64, record: &RatesRecord) {
    let mut state = Arc::clone(entry(work, record.site));
    let rates = &mut Arc::make_mut(&mut state).rates;
    for Rate { day, currency, per_unit } in &record.rates {
        let first = work.news.rates.entry((record.site, currency.code().to_owned())).or_insert_with(|| day.clone());
        if *day < *first {
            first.clone_from(day);
        }
        let days = rates.entry(currency.code().to_owned()).or_default();
        match days.binary_search_by(|(known, _)| known.as_str().cmp(day)) {
            Ok(at) => days[at].1.clone_from(per_unit),
            Err(at) => days.insert(at, (day.clone(), per_unit.clone())),
        }
    }
    work.sites.insert(record.site, state);
    let row = |r: &Rate| RateRow {
        site: record.site,
        position,
        day: r.day.clone(),
        currency: r.currency,
        per_unit: r.per_unit.clone(),
    };
    work.rows.rates.extend(record.rates.iter().map(row));
}

fn append_site(work: &mut Work, position: u64, site: SiteId) {
    let state = state_of(work, site);
    let settings = state.settings.entries().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    work.rows.sites.push(SiteRow { site, position, settings, goals: to_cbor(&state.goals) });
}
