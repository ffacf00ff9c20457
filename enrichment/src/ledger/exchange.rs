//! From a foreign currency to the site's: the rate of a civil day, or none.
//!
//! A rate holds from its day on until the next, for at most a week; older is unknown, and unknown is never 1.0.

use commerce::money::ExchangeRate;
use commerce::state::SiteState;
use commerce::{Amount, Currency, Timestamp};
use jiff::ToSpan;

/// How many days back a rate is looked for.
const DAYS_BACK_MAX: i64 = 7;

/// How amounts of one currency become amounts of the site's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exchange {
    /// They are in the site's currency already.
    Same,
    /// They are converted at a rate and rounded to a number of decimals.
    Rate(ExchangeRate, u32),
    /// No rate is known.
    Unknown,
}

impl Exchange {
    /// Returns how `currency` is converted on the civil day of `at` in the site's zone.
    pub(crate) fn on(site: &SiteState, currency: Currency, at: Timestamp) -> Self {
        if currency == site.settings.currency {
            return Self::Same;
        }
        let rate = rate_on(site, currency, at);
        rate.map_or(Self::Unknown, |rate| Self::Rate(rate, site.settings.currency.decimals()))
    }

    /// Returns `amount` in the site's currency, `None` if no rate is known or the result is out of range.
    pub(crate) fn convert(&self, amount: Amount) -> Option<Amount> {
        match *self {
            Self::Same => Some(amount),
            Self::Rate(rate, decimals) => amount.converted(rate, decimals),
            Self::Unknown => None,
        }
    }

    /// Returns to how many decimals converted amounts are rounded; 4 where nothing is converted.
    pub(crate) fn decimals(&self) -> u32 {
        if let Self::Rate(_, decimals) = *self { decimals } else { 4 }
    }
}

fn rate_on(site: &SiteState, currency: Currency, at: Timestamp) -> Option<ExchangeRate> {
    let rates = site.rates.get(currency.code())?;
    let day = site.settings.timezone.day_of(at);
    let (first, last) = (day.checked_sub(DAYS_BACK_MAX.days()).ok()?.to_string(), day.to_string());
    // Days are `YYYY-MM-DD`, so text order is calendar order.
    let upto = rates.partition_point(|(day, _)| *day <= last);
    let (found, rate) = rates[..upto].last()?;
    if *found < first {
        return None;
    }
    ExchangeRate::parse(rate)
}
