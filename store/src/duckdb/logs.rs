//! Logs of days in memory, as they were last read: a year of a busy shop is read for one question after the other.
//!
//! A log is known by what it says. The table of summed days has the hash of each day's log, so what lies here is taken
//! where it is what the reader's state has, and read anew where it is not. It may be thrown away at any time.

use super::pool::Snapshot;
use super::{keys, lock};
use crate::{Error, Value};
use commerce::{SiteId, Timestamp};
use duckdb::arrow::array::{ArrayRef, AsArray, UInt64Array};
use duckdb::arrow::datatypes::{TimestampMicrosecondType, UInt32Type};
use duckdb::arrow::record_batch::RecordBatch;
use duckdb::params_from_iter;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher};
use std::sync::{Arc, Mutex};

/// Logs that are read from the file by one statement.
const AT_ONCE: usize = 16;

/// Returns what `log` is known by; 0 for one in which nothing happened.
pub(super) fn hash(log: &[u8]) -> u64 {
    if log.is_empty() {
        return 0;
    }
    let mut hasher = DefaultHasher::new();
    hasher.write(log);
    hasher.finish()
}

/// Logs that were read, up to a number of bytes.
pub(super) struct Logs {
    kept: Mutex<Kept>,
    /// Held by whoever reads logs from the file.
    reading: Mutex<()>,
    bytes_max: usize,
}

#[derive(Default)]
struct Kept {
    days: HashMap<(SiteId, Timestamp), Entry>,
    bytes: usize,
    /// Counts what is asked for, so that what was asked for last goes last.
    turn: u64,
}

struct Entry {
    hash: u64,
    log: Arc<[u8]>,
    turn: u64,
}

impl Logs {
    /// Keeps logs of up to `memory_limit_mb`.
    pub(super) fn new(memory_limit_mb: u64) -> Self {
        Self {
            kept: Mutex::default(),
            reading: Mutex::default(),
            bytes_max: usize::try_from(memory_limit_mb * 1024 * 1024).unwrap_or(usize::MAX),
        }
    }

    /// Begins a question. What is asked for from now on does not make room for more of it: one that is larger than the
    /// room would throw out everything it is about to need.
    fn question(&self) -> u64 {
        lock(&self.kept).turn
    }

    fn get(&self, key: (SiteId, Timestamp), hash: u64) -> Option<Arc<[u8]>> {
        let mut kept = lock(&self.kept);
        kept.turn += 1;
        let turn = kept.turn;
        let entry = kept.days.get_mut(&key).filter(|entry| entry.hash == hash)?;
        entry.turn = turn;
        Some(Arc::clone(&entry.log))
    }

    /// Keeps `log`, if there is room beside what `question` has asked for.
    fn put(&self, question: u64, key: (SiteId, Timestamp), hash: u64, log: &Arc<[u8]>) {
        let mut kept = lock(&self.kept);
        kept.turn += 1;
        if let Some(old) = kept.days.remove(&key) {
            kept.bytes -= old.log.len();
        }
        while kept.bytes + log.len() > self.bytes_max {
            let others = kept.days.iter().filter(|(_, entry)| entry.turn <= question);
            let Some(oldest) = others.min_by_key(|(_, entry)| entry.turn).map(|(key, _)| *key) else { return };
            if let Some(gone) = kept.days.remove(&oldest) {
                kept.bytes -= gone.log.len();
            }
        }
        kept.bytes += log.len();
        let entry = Entry { hash, log: Arc::clone(log), turn: kept.turn };
        kept.days.insert(key, entry);
    }
}

/// A day's log.
type OfDay = (Timestamp, Arc<[u8]>);

impl Snapshot<'_> {
    /// Returns the logs of `days` of `site`, which stand in order and are summed, one for each; empty where nothing
    /// happened. They stay in memory for the next question, as far as there is room.
    ///
    /// # Errors
    /// As [`Self::query`].
    pub fn day_logs(&self, site: SiteId, days: &[Timestamp]) -> Result<Vec<Arc<[u8]>>, Error> {
        let (Some(first), Some(last)) = (days.first(), days.last()) else { return Ok(Vec::new()) };
        let sql = "select starts_at, log_hash from summed_days where site = $1 and starts_at between $2 and $3";
        let bounds = [site.into(), Value::from(*first), Value::from(*last)];
        let known: Vec<(Timestamp, u64)> = self.reading(|connection| keys::rows(connection, sql, &bounds))?;
        let hashes: HashMap<Timestamp, u64> = known.into_iter().collect();
        let hash = |day: &Timestamp| hashes.get(day).copied().unwrap_or(0);
        let question = self.logs.question();
        let mut found: HashMap<Timestamp, Arc<[u8]>> = HashMap::new();
        for day in days {
            found.extend(self.logs.get((site, *day), hash(day)).map(|log| (*day, log)));
        }
        let missing: Vec<Timestamp> =
            days.iter().copied().filter(|day| hash(day) != 0 && !found.contains_key(day)).collect();
        for days in missing.chunks(AT_ONCE) {
            // One after the other: several questions at once mostly need the same, and who waits finds it read.
            let _reading = lock(&self.logs.reading);
            let mut rest = Vec::new();
            for day in days {
                match self.logs.get((site, *day), hash(day)) {
                    Some(log) => drop(found.insert(*day, log)),
                    None => rest.push(*day),
                }
            }
            for (day, log) in self.read_logs(site, &rest)? {
                self.logs.put(question, (site, day), hash(&day), &log);
                found.insert(day, log);
            }
        }
        Ok(days.iter().map(|day| found.remove(day).unwrap_or_else(|| Arc::from([]))).collect())
    }

    /// Reads the logs of `days` from the file.
    fn read_logs(&self, site: SiteId, days: &[Timestamp]) -> Result<Vec<OfDay>, Error> {
        let (Some(first), Some(last)) = (days.first(), days.last()) else { return Ok(Vec::new()) };
        let bounds = [site.into(), Value::from(*first), Value::from(*last)];
        let batches = self.reading(|connection| {
            // Put in order here: sorting them would move every byte several times.
            let sql = "select \"at\", part, log from day_logs where site = $1 and \"at\" between $2 and $3";
            let mut statement = connection.prepare(sql)?;
            let batches = statement.query_arrow(params_from_iter(bounds.iter().map(keys::to_engine)))?;
            Ok(batches.collect::<Vec<_>>())
        })?;
        let mut parts: Vec<(i64, u32, &[u8])> = Vec::new();
        for batch in &batches {
            let [at, part, log] = batch.columns() else { continue };
            let times = at.as_primitive::<TimestampMicrosecondType>().values();
            let numbers = part.as_primitive::<UInt32Type>().values();
            parts.extend(
                times.iter().zip(numbers).zip(log.as_binary::<i32>()).filter_map(|((t, n), l)| Some((*t, *n, l?))),
            );
        }
        parts.sort_unstable_by_key(|(at, number, _)| (*at, *number));
        let mut out = Vec::new();
        for own in parts.chunk_by(|a, b| a.0 == b.0) {
            let day = Timestamp(own[0].0);
            // Others are left from before their day was changed.
            if days.contains(&day) {
                let log: Vec<u8> = own.iter().flat_map(|(_, _, part)| part.iter().copied()).collect();
                out.push((day, Arc::from(log)));
            }
        }
        Ok(out)
    }

    /// Says, while no statement runs, whether the answer is still waited for.
    ///
    /// # Errors
    /// [`Error::Timeout`] or [`Error::GivenUp`] if it is not.
    pub fn is_waited_for(&self) -> Result<(), Error> {
        self.reading(|_| Ok(()))
    }

    /// Makes the temporary table `name`, which nobody else sees and which goes with the snapshot, of `columns` of keys and
    /// other whole numbers, all equally long.
    ///
    /// # Errors
    /// As [`Self::query`].
    pub fn put(&self, name: &str, columns: Vec<(&str, Vec<u64>)>) -> Result<(), Error> {
        let declared: Vec<String> = columns.iter().map(|(name, _)| format!("{name} ubigint")).collect();
        self.make(&format!("create or replace temp table {name} ({})", declared.join(", ")), &[])?;
        let arrays = columns.into_iter().map(|(name, values)| (name, Arc::new(UInt64Array::from(values)) as ArrayRef));
        let batch = RecordBatch::try_from_iter(arrays).map_err(|error| Error::Query(error.to_string()))?;
        self.reading(|connection| {
            let mut appender = connection.appender(name)?;
            appender.append_record_batch(batch)?;
            appender.flush()?;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_last_stays_and_another_log_of_the_day_is_none() {
        let logs = Logs { bytes_max: 100, ..Logs::new(0) };
        let key = |day| (SiteId(1), Timestamp(day));
        let log = |length: usize| Arc::from(vec![7; length]);
        (1..=2).for_each(|day| logs.put(0, key(day), 5, &log(40)));
        assert_eq!(logs.get(key(1), 5).as_deref(), Some(&[7; 40][..]));
        assert_eq!(logs.get(key(1), 6), None);
        assert_eq!(logs.get((SiteId(2), Timestamp(1)), 5), None);
        // The second day was asked for longest ago.
        let question = logs.question();
        logs.put(question, key(3), 5, &log(40));
        assert!(logs.get(key(1), 5).is_some() && logs.get(key(2), 5).is_none() && logs.get(key(3), 5).is_some());
        // What does not fit beside the question's own is not kept.
        logs.put(question, key(4), 5, &log(40));
        assert!(logs.get(key(1), 5).is_some() && logs.get(key(4), 5).is_none());
        logs.put(logs.question(), key(3), 6, &log(90));
        assert!(logs.get(key(1), 5).is_none() && logs.get(key(3), 6).is_some());
        logs.put(logs.question(), key(4), 5, &log(101));
        assert!(logs.get(key(4), 5).is_none() && lock(&logs.kept).bytes <= 100);
    }
}
