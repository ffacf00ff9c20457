//! Records out of the journal, decoded, in batches: what the applier and a rebuild have in common.
//!
//! Known gaps are passed; whatever else cannot be read stops the feed with a [`Stop`] that says why. Nothing is ever
//! skipped silently.

use crate::app::App;
use crate::gaps;
use commerce::Record;
use enrichment::Rules;
use journal::Reader;
use std::time::Duration;
use store::Store;

/// Most records in one batch.
const RECORDS_MAX: usize = 12_000;
/// Most bytes of payload in one batch.
const BYTES_MAX: usize = 8 << 20;

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
}

impl Feed {
    /// Opens the feed behind the position `after`.
    ///
    /// # Errors
    /// [`Stop::Journal`].
    pub(crate) fn open(app: &App, after: u64) -> Result<Self, Stop> {
        let reader = Reader::open(&app.journal, after).map_err(|e| Stop::Journal(e.into()))?;
        Ok(Self { reader })
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
        let payloads = match self.reader.next(RECORDS_MAX, BYTES_MAX, wait) {
            Ok(payloads) => payloads,
            Err(journal::Error::Closed) => return Err(Stop::Closed),
            Err(error @ journal::Error::Corrupt { .. }) => return self.pass_gap(app, error),
            Err(error) => return Err(Stop::Journal(error.into())),
        };
        let (batch, unreadable) = decode(&payloads);
        drop(payloads);
        apply(rules, store, &batch)?;
        match unreadable {
            Some(stop) => Err(stop),
            None => Ok(batch.len()),
        }
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

/// Decodes payloads up to the first that cannot be read.
fn decode(payloads: &[(u64, Vec<u8>)]) -> (Vec<(u64, Record)>, Option<Stop>) {
    let mut batch = Vec::with_capacity(payloads.len());
    for (position, payload) in payloads {
        match Record::decode(payload) {
            Ok(record) => batch.push((*position, record)),
            Err(error) => return (batch, Some(Stop::Record(*position, error))),
        }
    }
    (batch, None)
}

/// Brings `store` to the end of `batch`.
fn apply(rules: &Rules, store: &Store, batch: &[(u64, Record)]) -> Result<(), store::Error> {
    if batch.is_empty() {
        return Ok(());
    }
    let state = store.load(&enrichment::keys(batch))?;
    store.apply(&enrichment::enrich(rules, state, batch))
}

#[cfg(test)]
mod tests;
