//! Records out of the journal, decoded, in batches: what the applier and a rebuild have in common.
//!
//! Known gaps are passed; whatever else cannot be read stops the feed with a [`Stop`] that says why. Nothing is ever
//! skipped silently.

use crate::app::App;
use crate::gaps;
use commerce::Record;
use commerce::state::Keys;
use enrichment::Rules;
use journal::Reader;
use std::panic::resume_unwind;
use std::time::Duration;
use store::Store;

/// Most records in one batch.
const RECORDS_MAX: usize = 12_000;
/// Most bytes of payload in one batch. Decoded, judged and made into rows it takes some fifty times as much memory, and a
/// batch of twice the size is no faster.
const BYTES_MAX: usize = 4 << 20;

/// Why no further record can be applied now.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Stop {
    /// Records that were once safe cannot be read, from this position on.
    #[error("the journal is damaged: {1}; restore it, or go on behind the damage with `tallyho skip-gap`")]
    Gap(u64, journal::Error),
    /// A record cannot be understood, most likely because a newer version wrote it.
    #[error("the record at position {0} cannot be read: {1}")]
    Record(u64, commerce::record::DecodeError),
    /// The journal was closed and everything in it was read.
    #[error("the journal is closed")]
    Closed,
    /// The journal cannot be read now.
    #[error("the journal cannot be read: {0}")]
    Journal(anyhow::Error),
    /// The store refused.
    #[error("the store cannot be written: {0}")]
    Store(#[from] store::Error),
}

/// Reads on from where a store stands.
pub(crate) struct Feed {
    reader: Reader,
    /// The next batch, or why there is none, if that is known already.
    ahead: Option<Result<Batch, journal::Error>>,
}

impl Feed {
    /// Opens the feed behind the position `after`.
    ///
    /// # Errors
    /// [`Stop::Journal`].
    pub(crate) fn open(app: &App, after: u64) -> Result<Self, Stop> {
        let reader = Reader::open(&app.journal, after).map_err(|e| Stop::Journal(e.into()))?;
        Ok(Self { reader, ahead: None })
    }

    /// Applies the next batch to `store`, waiting up to `wait` for one, and returns how many records it had.
    ///
    /// # Errors
    /// [`Stop`]; everything before the cause is applied. After [`Stop::Store`] and [`Stop::Record`] a new feed must be
    /// opened.
    pub(crate) fn apply_next(
        &mut self,
        app: &App,
        rules: &Rules,
        store: &Store,
        wait: Duration,
    ) -> Result<usize, Stop> {
        let next = self.ahead.take().unwrap_or_else(|| read(&mut self.reader, wait));
        let batch = match next {
            Ok(batch) => batch,
            Err(journal::Error::Closed) => return Err(Stop::Closed),
            Err(error @ journal::Error::Corrupt { .. }) => return self.pass_gap(app, error),
            Err(error) => return Err(Stop::Journal(error.into())),
        };
        let records = batch.len();
        // Behind a batch that is as large as may be there is another one: it is made ready while this one is applied.
        if batch.is_full {
            self.apply_and_read(rules, store, batch.parts)?;
        } else {
            apply(rules, store, batch.parts)?;
        }
        match batch.unreadable {
            Some(stop) => Err(stop),
            None => Ok(records),
        }
    }

    /// Applies `parts` while another thread reads the next batch.
    fn apply_and_read(&mut self, rules: &Rules, store: &Store, parts: Vec<Part>) -> Result<(), store::Error> {
        let reader = &mut self.reader;
        let (applied, ahead) = std::thread::scope(|scope| {
            let name = "decoder".to_owned();
            // Without a thread the next batch is read in its turn.
            let reading = std::thread::Builder::new().name(name).spawn_scoped(scope, || read(reader, Duration::ZERO));
            let applied = apply(rules, store, parts);
            (applied, reading.ok().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic))))
        });
        self.ahead = ahead.filter(|next| !matches!(next, Ok(batch) if batch.is_empty()));
        applied
    }

    /// Passes the gap that `error` names if it is a known one.
    fn pass_gap(&mut self, app: &App, error: journal::Error) -> Result<usize, Stop> {
        let journal::Error::Corrupt { position, .. } = error else { return Err(Stop::Journal(error.into())) };
        if !gaps::is_skipped(&app.setup.data_dir, position).map_err(Stop::Journal)? {
            return Err(Stop::Gap(position, error));
        }
        match self.reader.skip_gap() {
            Some(gap) => {
                tracing::warn!(
                    segment = gap.segment,
                    first = gap.first,
                    last = gap.last,
                    "went on behind a known gap in the journal"
                );
                Ok(0)
            }
            // Nothing follows the gap yet.
            None => Err(Stop::Gap(position, error)),
        }
    }
}

/// Records, decoded.
#[derive(Default)]
struct Batch {
    parts: Vec<Part>,
    /// Whether it was cut because it would have become too large.
    is_full: bool,
    /// Why the record behind them cannot be read.
    unreadable: Option<Stop>,
}

/// Records that are judged and stored together, with what they touch.
struct Part {
    records: Vec<(u64, Record)>,
    keys: Keys,
}

impl Batch {
    fn len(&self) -> usize {
        self.parts.iter().map(|part| part.records.len()).sum()
    }

    fn is_empty(&self) -> bool {
        self.parts.is_empty() && self.unreadable.is_none()
    }
}

/// Reads and decodes the next batch, waiting up to `wait` for its first record.
fn read(reader: &mut Reader, wait: Duration) -> Result<Batch, journal::Error> {
    let payloads = reader.next(RECORDS_MAX, BYTES_MAX, wait)?;
    let bytes: usize = payloads.iter().map(|(_, payload)| payload.len()).sum();
    let is_full = payloads.len() >= RECORDS_MAX || bytes >= BYTES_MAX / 10 * 9;
    let batch = decode(&payloads);
    Ok(Batch { is_full: is_full && batch.unreadable.is_none(), ..batch })
}

/// Decodes payloads up to the first that cannot be read.
fn decode(payloads: &[(u64, Vec<u8>)]) -> Batch {
    let mut records = Vec::with_capacity(payloads.len());
    let mut batch = Batch::default();
    for (position, payload) in payloads {
        match Record::decode(payload) {
            Ok(record) => {
                // Settings begin a part of their own. An order that is folded again for news before them must not be
                // folded with them only because the news came in the same batch.
                if matches!(record, Record::Settings(_)) {
                    batch.parts.extend(part(std::mem::take(&mut records)));
                }
                records.push((*position, record));
            }
            Err(error) => {
                batch.unreadable = Some(Stop::Record(*position, error));
                break;
            }
        }
    }
    batch.parts.extend(part(records));
    batch
}

fn part(records: Vec<(u64, Record)>) -> Option<Part> {
    (!records.is_empty()).then(|| Part { keys: enrichment::keys(&records), records })
}

/// Brings `store` to the end of `parts`.
fn apply(rules: &Rules, store: &Store, parts: Vec<Part>) -> Result<(), store::Error> {
    for Part { records, keys } in parts {
        let state = store.load(&keys)?;
        let rows = enrichment::enrich(rules, state, &records);
        // The rows take as much memory again, and the engine still more.
        drop((records, keys));
        store.apply(&rows)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
