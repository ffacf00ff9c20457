//! Day sums: kept for days at rest, and given up in the very transaction that changes a day.
//!
//! What is summed is the room of reports' to say; it hands over statements whose rows are those of the table
//! `day_sums`. They are read beside the applier, from one state, and written afterwards by the one connection that
//! writes. A day that a batch changed meanwhile is not marked as summed and has its turn again.

use super::{DuckDb, Writer, keys};
use crate::{Error, Value};
use commerce::rows::Rows;
use commerce::{SiteId, Timestamp};
use duckdb::arrow::record_batch::RecordBatch;
use duckdb::{Connection, params_from_iter};
use std::collections::{BTreeMap, BTreeSet};

const DAY_US: i64 = 86_400_000_000;

/// What a visit does may count on the day before and the day after it: no visit is longer than a day, and an earlier
/// version of it may have begun before this one.
const VISIT_MARGIN_US: i64 = DAY_US + 7_200_000_000;

/// A day: first instant, and the first after it.
pub(super) type Day = (Timestamp, Timestamp);

/// What the writer remembers of the days that are summed.
#[derive(Default)]
pub(super) struct Summed {
    /// Days by site and first instant, with the first instant after them.
    days: BTreeMap<(SiteId, Timestamp), Timestamp>,
    /// The days that are being summed now, each with whether nothing has changed it since.
    under_way: Option<(SiteId, Vec<(Day, bool)>)>,
}

impl Summed {
    /// Reads which days are summed.
    pub(super) fn read(connection: &Connection) -> Result<Self, Error> {
        let rows: Vec<(SiteId, Timestamp, Timestamp)> =
            keys::rows(connection, "select site, starts_at, ends_at from summed_days", &[])?;
        Ok(Self { days: rows.into_iter().map(|(site, from, to)| ((site, from), to)).collect(), under_way: None })
    }

    /// Forgets days that are no longer summed.
    pub(super) fn forget(&mut self, spoiled: &[(SiteId, Timestamp)]) {
        for key in spoiled {
            self.days.remove(key);
        }
    }

    /// Returns the summed days that `rows` change, and notes the change for those under way.
    fn spoil(&mut self, rows: &Rows) -> Vec<(SiteId, Timestamp)> {
        let mut out = BTreeSet::new();
        for (site, number) in touched(rows) {
            let (from, to) = (Timestamp(number * DAY_US), Timestamp((number + 1) * DAY_US));
            // The last day that begins before, and those that begin within.
            let before = self.days.range(..(site, from)).next_back();
            let within = self.days.range((site, from)..(site, to));
            let hit = before.into_iter().chain(within).filter(|((of, _), ends_at)| *of == site && **ends_at > from);
            out.extend(hit.map(|(key, _)| *key));
            if let Some((_, days)) = self.under_way.as_mut().filter(|(of, _)| *of == site) {
                for ((starts_at, ends_at), untouched) in days {
                    *untouched &= !(*starts_at < to && *ends_at > from);
                }
            }
        }
        out.into_iter().collect()
    }
}

/// Gives up the sums of the days that `rows` change, in the transaction that is open on `connection`. What is returned
/// is forgotten with [`Summed::forget`] once that is committed.
pub(super) fn spoil(
    connection: &Connection,
    summed: &mut Summed,
    rows: &Rows,
) -> Result<Vec<(SiteId, Timestamp)>, Error> {
    let spoiled = summed.spoil(rows);
    for (site, starts_at) in &spoiled {
        let params = [Value::from(*site), Value::from(*starts_at)];
        connection
            .prepare("delete from summed_days where site = ? and starts_at = ?")?
            .execute(params_from_iter(params.iter().map(keys::to_engine)))?;
    }
    Ok(spoiled)
}

/// Returns the days of UTC whose sums `rows` may change.
fn touched(rows: &Rows) -> BTreeSet<(SiteId, i64)> {
    let mut out = BTreeSet::new();
    let mut last = None;
    let mut add = |site: SiteId, at: i64| {
        let day = (site, at.div_euclid(DAY_US));
        // Neighbours are mostly of one day.
        if last.replace(day) != Some(day) {
            out.insert(day);
        }
    };
    rows.events.iter().for_each(|e| add(e.site, e.occurred_at.0));
    rows.product_actions.iter().for_each(|a| add(a.site, a.occurred_at.0));
    for visit in &rows.visits {
        let from = visit.started_at.0 - VISIT_MARGIN_US;
        let to = visit.last_at.0.max(visit.seen_until.0) + VISIT_MARGIN_US;
        (from.div_euclid(DAY_US)..=to.div_euclid(DAY_US)).for_each(|day| add(visit.site, day * DAY_US));
    }
    out
}

impl Writer {
    /// Puts `sums` in the place of what is there for the days under way. Returns how many days are summed now.
    fn put_sums(&mut self, site: SiteId, definition: u64, sums: Vec<RecordBatch>) -> Result<usize, Error> {
        // The engine may have been opened anew meanwhile; then nothing is under way.
        let Some((of, days)) = self.summed.under_way.take().filter(|(of, _)| *of == site) else { return Ok(0) };
        let (Some(((first, _), _)), Some(((_, end), _))) = (days.first(), days.last()) else { return Ok(0) };
        let transaction = self.connection.unchecked_transaction()?;
        let bounds = [Value::from(of), Value::from(*first), Value::from(*end)];
        for sql in [
            "delete from day_sums where site = ? and \"at\" >= ? and \"at\" < ?",
            "delete from summed_days where site = ? and starts_at >= ? and starts_at < ?",
        ] {
            transaction.prepare(sql)?.execute(params_from_iter(bounds.iter().map(keys::to_engine)))?;
        }
        let mut appender = transaction.appender("day_sums")?;
        for batch in sums {
            appender.append_record_batch(batch)?;
        }
        appender.flush()?;
        drop(appender);
        let done: Vec<Day> = days.iter().filter(|(_, untouched)| *untouched).map(|(day, _)| *day).collect();
        for (starts_at, ends_at) in &done {
            let row = [of.into(), Value::from(*starts_at), Value::from(*ends_at), Value::UInt(definition)];
            transaction
                .prepare("insert into summed_days values (?, ?, ?, ?)")?
                .execute(params_from_iter(row.iter().map(keys::to_engine)))?;
        }
        transaction.commit()?;
        for ((starts_at, _), _) in &days {
            self.summed.days.remove(&(of, *starts_at));
        }
        self.summed.days.extend(done.iter().map(|(starts_at, ends_at)| ((of, *starts_at), *ends_at)));
        Ok(done.len())
    }
}

impl DuckDb {
    /// Sums `days` of `site`, which follow each other, by `statements`. Returns how many of them are summed now.
    pub(crate) fn sum_days(
        &self,
        site: SiteId,
        definition: u64,
        days: &[Day],
        statements: &[(String, Vec<Value>)],
    ) -> Result<usize, Error> {
        // From here on changes are noted; what was changed before is in the state that is read.
        self.write(|writer| {
            writer.summed.under_way = Some((site, days.iter().map(|day| (*day, true)).collect()));
            Ok(())
        })?;
        let sums = self.read(|connection| {
            let transaction = connection.unchecked_transaction()?;
            let mut out = Vec::new();
            for (sql, params) in statements {
                let mut statement = transaction.prepare(sql)?;
                out.extend(statement.query_arrow(params_from_iter(params.iter().map(keys::to_engine)))?);
            }
            Ok(out)
        })?;
        self.write(|writer| writer.put_sums(site, definition, sums))
    }
}
