//! Makes what is kept of whole days: their sums ([`crate::sums`]) and their logs ([`crate::log`]).
//!
//! The sums are made by the very arms that reports are made of, so there is one definition of every figure. Both are
//! made of one state of the store, and it forgets them in the transaction that changes their day.

use crate::arm::{Context, Side, arm_with, bucket_start};
use crate::calendar::{Buckets, Period, TimeUnit};
use crate::dimensions::{Asked, DIMENSIONS};
use crate::error::{Error, QueryError};
use crate::filter::Filter;
use crate::log;
use crate::plan::Arm;
use crate::query::RefundView;
use crate::relations::{Relation, Scope};
use crate::sql::Params;
use crate::sums::{BY_HOUR, COLUMNS, Range, SUMMED, days, is_summed_by, source_of};
use commerce::{SiteId, SiteSettings, Timestamp};
use jiff::ToSpan;
use jiff::civil::Date;
use store::{Digest, DigestTable, Store, Value};

/// Raised when the sums of the same definitions are made in another way.
const VERSION: u64 = 3;
/// Most days that are summed at a time.
const DAYS_MAX: usize = 16;
/// A day is summed when it is this long over: until then every batch changes it.
const REST_S: i64 = 28 * 3600;
/// How far back days are summed, so that an event of 1970 makes no work.
const YEARS_BACK: i64 = 10;
/// Digests are the same whatever the site shows.
const SCOPE: Scope = Scope { ecommerce: true, unverified: true, refunds: RefundView::RefundDate };

/// Returns a number that changes with anything that the digests of a site depend on besides its rows.
pub(crate) fn definition(settings: &SiteSettings) -> u64 {
    let mut text = format!("{VERSION} {}", settings.timezone.name());
    for (fact, measures) in SUMMED {
        let sources = measures.iter().filter_map(|m| source_of(m, *fact)).map(|s| s.sql);
        text.extend(sources.flat_map(|sql| [" ", sql]));
    }
    for dimension in DIMENSIONS {
        text.push_str(dimension.name);
        text.extend(dimension.columns.iter().map(|c| c.sql));
    }
    text.extend(log::definition().flat_map(|word| [" ", word]));
    // FNV-1a: the same in every version of the compiler.
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Makes sums and logs of the latest days of `site` that have none yet, up to sixteen that follow each other, and returns how many; 0 if
/// all are. A day has its turn a little more than a day after its end. One caller at a time.
///
/// # Errors
/// [`Error::Store`] if the store refuses.
pub fn sum_days(store: &Store, site: SiteId, settings: &SiteSettings) -> Result<usize, Error> {
    let Some(days) = days_to_sum(store, site, settings)? else { return Ok(0) };
    let zone = &settings.timezone;
    let ranges: Vec<Range> =
        days.iter().map(|day| Period { from: *day, to: *day }).map(|p| (p.start(zone), p.end(zone))).collect();
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return Ok(0) };
    let statements = statements(site, settings, Period { from: *first, to: *last })?;
    store.digest_days(site, definition(settings), &ranges, |snapshot| {
        let mut digest = Digest::default();
        for (sql, params) in &statements {
            digest.add(snapshot, DigestTable::DaySums, sql, params)?;
        }
        log::make(snapshot, site, SCOPE, &ranges, &mut digest)?;
        Ok::<_, Error>(digest)
    })
}

/// Returns the days that have their turn, in order; `None` for none.
fn days_to_sum(store: &Store, site: SiteId, settings: &SiteSettings) -> Result<Option<Vec<Date>>, Error> {
    let Some(as_of) = store.as_of() else { return Ok(None) };
    let zone = &settings.timezone;
    // The day before the one that holds it is the last that has been over for so long.
    let last = zone.day_of(as_of.plus_seconds(-REST_S)).saturating_sub(1.day());
    let (summed, first) = store.snapshot(&store::Patience::default(), |snapshot| {
        let earliest = |relation: Relation, column: &str| {
            format!("select min({column}) as starts_at from {} t", relation.text(SCOPE, false, &[]))
        };
        let visits = earliest(Relation::Visits, "started_at");
        let events = earliest(Relation::Events, "occurred_at");
        let sql = format!("select min(starts_at) from ({visits} union all {events}) u");
        let found = snapshot.query(&sql, &[site.into()])?;
        let first = match found.rows.first().and_then(|row| row.first()) {
            Some(Value::Time(at)) => Some(zone.day_of(*at)),
            _ => None,
        };
        let summed = days(snapshot, site, settings)?;
        Ok::<_, store::Error>((summed, first))
    })?;
    let Some(first) = first.map(|day| day.max(last.saturating_sub(YEARS_BACK.years()))) else { return Ok(None) };
    let is_summed = |day: Date| summed.binary_search_by_key(&zone.start_of(day), |(from, _)| *from).is_ok();
    let mut day = last;
    while day >= first && is_summed(day) {
        day = day.saturating_sub(1.day());
    }
    let mut days = Vec::new();
    while day >= first && !is_summed(day) && days.len() < DAYS_MAX {
        days.push(day);
        day = day.saturating_sub(1.day());
    }
    days.reverse();
    Ok((!days.is_empty()).then_some(days))
}

/// Returns the statements whose rows are the sums of `period`.
fn statements(site: SiteId, settings: &SiteSettings, period: Period) -> Result<Vec<(String, Vec<Value>)>, QueryError> {
    let mut out = Vec::new();
    for (number, (fact, measures)) in SUMMED.iter().enumerate() {
        let sources = measures.iter().enumerate().filter_map(|(i, m)| Some((i, source_of(m, *fact)?))).collect();
        let part = Arm { fact: *fact, sources };
        let summed_by = (0..DIMENSIONS.len()).filter(|index| is_summed_by(*fact, *index)).map(|index| index + 1);
        for by in std::iter::once(BY_HOUR).chain(summed_by) {
            out.push(statement(site, settings, period, &part, (number, by))?);
        }
    }
    Ok(out)
}

fn statement(
    site: SiteId,
    settings: &SiteSettings,
    period: Period,
    part: &Arm,
    (number, by): (usize, usize),
) -> Result<(String, Vec<Value>), QueryError> {
    let mut params = Params::default();
    params.bind(site);
    let none = Filter::default();
    let mut context = Context { are_codes_meant: false, ..Context::new(params, SCOPE, settings, Timestamp(0), &none) };
    let unit = if by == BY_HOUR { TimeUnit::Hour } else { TimeUnit::Day };
    let zone = &settings.timezone;
    let buckets = Buckets::new(unit, period, zone, settings.week_starts_sunday)
        .ok_or_else(|| QueryError::new("query.too_many_buckets", "too many days at once", "sum fewer"))?;
    let whole = Side { period, part: None, buckets: vec![(unit, buckets)] };
    let when = part.fact.shape().time(SCOPE.refunds);
    let lead = [format!("{} as starts_at", bucket_start(&mut context, when, unit, &whole))];
    let split_by: Vec<Asked> = by.checked_sub(1).map(|index| Asked { property: None, index }).into_iter().collect();
    let measures: Vec<String> =
        part.sources.iter().map(|(slot, source)| format!("{} as m{slot}", source.sql)).collect();
    let rows = arm_with(&mut context, part, &lead, &split_by, &whole, &measures);
    let value = if split_by.is_empty() { "null" } else { "d0" };
    let columns: Vec<String> = (0..COLUMNS)
        .map(
            |slot| if slot < measures.len() { format!("coalesce(m{slot}, 0)::bigint") } else { "0::bigint".to_owned() },
        )
        .collect();
    let sql = format!(
        "select $1::uinteger, starts_at::timestamp, {number}::utinyint, {by}::utinyint, {value}::varchar, {}\nfrom (\n{rows}\n) a",
        columns.join(", ")
    );
    Ok((sql, context.params.into_values()))
}
