//! Digests of days: sums and logs, kept for days at rest and given up in the very transaction that changes a day.
//!
//! What is in them is the room of reports' to say; it makes them beside the applier, from one state, and they are
//! written afterwards by the one connection that writes. A day that a batch changed meanwhile is not marked as summed
//! and has its turn again.

use super::pool::Snapshot;
use super::{DuckDb, Writer, keys, logs};
use crate::{Error, Patience, Value};
use commerce::rows::Rows;
use commerce::{SiteId, Timestamp};
use duckdb::arrow::array::{BinaryArray, TimestampMicrosecondArray, UInt32Array};
use duckdb::arrow::record_batch::RecordBatch;
use duckdb::{Connection, params_from_iter};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

const DAY_US: i64 = 86_400_000_000;

/// What a visit does may count on the day before and the day after it: no visit is longer than a day, and an earlier
/// version of it may have begun before this one.
const VISIT_MARGIN_US: i64 = DAY_US + 7_200_000_000;

/// A table that holds what is made of days; each row says in `at` when its day, or its hour, begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigestTable {
    /// Sums of measures by one dimension.
    DaySums,
    /// What the numbers of events in a log stand for.
    EventKinds,
    /// What the numbers of product actions in a log stand for.
    ActionKinds,
}

impl DigestTable {
    fn name(self) -> &'static str {
        match self {
            Self::DaySums => "day_sums",
            Self::EventKinds => "day_event_kinds",
            Self::ActionKinds => "day_action_kinds",
        }
    }
}

/// Bytes of a log in one row: the engine reads 2,048 rows at least, and keeps up to four kilobytes beside them.
const LOG_PART: usize = 4_000;

/// Tables that are emptied of a day before its digest is written.
const DIGESTED: [&str; 4] = ["day_sums", "day_event_kinds", "day_action_kinds", "day_logs"];

/// What was made of some days, to be written.
#[derive(Default)]
pub struct Digest {
    batches: Vec<(&'static str, RecordBatch)>,
    /// What the log of each day is known by.
    hashes: HashMap<Timestamp, u64>,
}

impl Digest {
    /// Adds the rows that `sql` gives in `snapshot`, which are those of `table`.
    ///
    /// # Errors
    /// As [`Snapshot::query`].
    pub fn add(
        &mut self,
        snapshot: &Snapshot<'_>,
        table: DigestTable,
        sql: &str,
        params: &[Value],
    ) -> Result<(), Error> {
        let batches = snapshot.batches(sql, params)?;
        self.batches.extend(batches.into_iter().map(|batch| (table.name(), batch)));
        Ok(())
    }

    /// Adds the log of the day of `site` that begins at `day`.
    ///
    /// # Errors
    /// [`Error::Query`] if it is too long for the engine.
    pub fn add_log(&mut self, site: SiteId, day: Timestamp, log: &[u8]) -> Result<(), Error> {
        self.hashes.insert(day, logs::hash(log));
        let parts: Vec<&[u8]> = log.chunks(LOG_PART).collect();
        let numbers: UInt32Array = (0..).take(parts.len()).collect::<Vec<u32>>().into();
        let batch = RecordBatch::try_from_iter([
            ("site", Arc::new(UInt32Array::from(vec![site.0; parts.len()])) as _),
            ("at", Arc::new(TimestampMicrosecondArray::from(vec![day.0; parts.len()])) as _),
            ("part", Arc::new(numbers) as _),
            ("log", Arc::new(BinaryArray::from(parts)) as _),
        ]);
        self.batches.push(("day_logs", batch.map_err(|e| Error::Query(e.to_string()))?));
        Ok(())
    }
}

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
    // What happens in a visit is in the digest of the day it began on, too.
    let mut happened = |site: SiteId, at: i64, in_visit: bool| {
        add(site, at);
        if in_visit {
            (1..=2).for_each(|days| add(site, (at - VISIT_MARGIN_US).max(at - days * DAY_US)));
        }
    };
    rows.events.iter().for_each(|e| happened(e.site, e.occurred_at.0, e.visit.is_some()));
    rows.product_actions.iter().for_each(|a| happened(a.site, a.occurred_at.0, a.visit.is_some()));
    for visit in &rows.visits {
        let from = visit.started_at.0 - VISIT_MARGIN_US;
        let to = visit.last_at.0.max(visit.seen_until.0) + VISIT_MARGIN_US;
        (from.div_euclid(DAY_US)..=to.div_euclid(DAY_US)).for_each(|day| add(visit.site, day * DAY_US));
    }
    out
}

impl Writer {
    /// Puts `digest` in the place of what is there for the days under way. Returns how many days are summed now.
    fn put_digest(&mut self, site: SiteId, definition: u64, digest: Digest) -> Result<usize, Error> {
        // The engine may have been opened anew meanwhile; then nothing is under way.
        let Some((of, days)) = self.summed.under_way.take().filter(|(of, _)| *of == site) else { return Ok(0) };
        let (Some(((first, _), _)), Some(((_, end), _))) = (days.first(), days.last()) else { return Ok(0) };
        let transaction = self.connection.unchecked_transaction()?;
        let bounds = [Value::from(of), Value::from(*first), Value::from(*end)];
        for (table, time) in DIGESTED.map(|table| (table, "\"at\"")).into_iter().chain([("summed_days", "starts_at")]) {
            let sql = format!("delete from {table} where site = ? and {time} >= ? and {time} < ?");
            transaction.prepare(&sql)?.execute(params_from_iter(bounds.iter().map(keys::to_engine)))?;
        }
        for (table, batch) in digest.batches {
            let mut appender = transaction.appender(table)?;
            appender.append_record_batch(batch)?;
            appender.flush()?;
        }
        let done: Vec<Day> = days.iter().filter(|(_, untouched)| *untouched).map(|(day, _)| *day).collect();
        for (starts_at, ends_at) in &done {
            let hash = digest.hashes.get(starts_at).copied().unwrap_or(0);
            let row =
                [of.into(), Value::from(*starts_at), Value::from(*ends_at), Value::UInt(definition), Value::UInt(hash)];
            transaction
                .prepare("insert into summed_days values (?, ?, ?, ?, ?)")?
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
    /// Keeps what `make` makes of `days` of `site`, which follow each other. Returns how many of them are summed now.
    pub(crate) fn digest_days<E: From<Error>>(
        &self,
        site: SiteId,
        definition: u64,
        days: &[Day],
        make: impl FnOnce(&Snapshot<'_>) -> Result<Digest, E>,
    ) -> Result<usize, E> {
        // From here on changes are noted; what was changed before is in the state that is read.
        self.write(|writer| {
            writer.summed.under_way = Some((site, days.iter().map(|day| (*day, true)).collect()));
            Ok(())
        })?;
        let digest = self.snapshot(&Patience::default(), make)?;
        Ok(self.write(|writer| writer.put_digest(site, definition, digest))?)
    }
}
