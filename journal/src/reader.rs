//! Follows the writer: hands out durable records in order of position, waits for new ones without polling, and stops
//! at a gap until it is told to skip it.
//!
//! Reads plain and compressed segments alike. Knows nothing of what records mean or how far anybody has applied them.

use crate::api::{Error, Gap};
use crate::format::{self, Packing};
use crate::scan::{Damage, Step};
use crate::segment::{self, Scan};
use crate::tail::State;
use crate::writer::{Shared, Writer};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Longest that one call waits, so that no deadline overflows.
const WAIT_MAX: Duration = Duration::from_hours(24);

/// Reads records from any position on.
pub struct Reader {
    shared: Arc<Shared>,
    /// The position that is due.
    due: u64,
    cursor: Option<Cursor>,
    gap: Option<Gap>,
}

struct Cursor {
    first: u64,
    name: String,
    scan: Scan,
    /// Whether the segment had been sealed when its limit was set, so that its end is the end.
    sealed: bool,
}

/// Why a batch ends.
enum Pause {
    Enough,
    CaughtUp,
    Gap(Gap),
}

impl Reader {
    /// Starts behind position `after`, 0 for the beginning. What retention has removed is passed over.
    ///
    /// # Errors
    /// None today; opening segments is left to [`Reader::next`].
    pub fn open(writer: &Writer, after: u64) -> Result<Self, Error> {
        let shared = Arc::clone(writer.shared());
        let due = after.saturating_add(1).max(shared.tail.lock().start);
        Ok(Self { shared, due, cursor: None, gap: None })
    }

    /// Returns the next records, at most `records_max` and about `bytes_max` of payload but at least one; waits at
    /// most `wait` for the first. Empty means that nothing new became safe in that time.
    ///
    /// # Errors
    /// [`Error::Corrupt`] at a gap, each time until [`Reader::skip_gap`]; [`Error::Closed`] when the writer has ended
    /// and everything is read; [`Error::Io`], after which the call can be repeated.
    pub fn next(&mut self, records_max: usize, bytes_max: usize, wait: Duration) -> Result<Vec<(u64, Vec<u8>)>, Error> {
        let deadline = Instant::now() + wait.min(WAIT_MAX);
        let mut batch = Vec::new();
        loop {
            if let Some(gap) = &self.gap {
                let Gap { segment, offset, first, .. } = gap.clone();
                return Err(Error::Corrupt { segment, offset, position: first });
            }
            // Asked for before reading: what became safe just before the end is still found.
            let closed = self.shared.tail.lock().closed;
            let pause = match self.fill(&mut batch, records_max.max(1), bytes_max) {
                Ok(pause) => pause,
                Err(e) if batch.is_empty() => return Err(e),
                // What was read is handed out first; the next call meets the error again.
                Err(_) => Pause::Enough,
            };
            let caught_up = matches!(pause, Pause::CaughtUp);
            if let Pause::Gap(gap) = pause {
                self.gap = Some(gap);
            }
            if !batch.is_empty() {
                return Ok(batch);
            }
            if caught_up {
                if closed {
                    return Err(Error::Closed);
                }
                if Instant::now() >= deadline {
                    return Ok(batch);
                }
                self.shared.tail.wait_beyond(self.due - 1, deadline);
            }
        }
    }

    /// Goes on behind the gap that [`Reader::next`] has reported, and returns it; `None` if it reported none.
    pub fn skip_gap(&mut self) -> Option<Gap> {
        let gap = self.gap.take()?;
        if let Some(last) = gap.last {
            self.due = self.due.max(last + 1);
        }
        Some(gap)
    }

    fn fill(&mut self, batch: &mut Vec<(u64, Vec<u8>)>, records_max: usize, bytes_max: usize) -> Result<Pause, Error> {
        let mut bytes = 0;
        loop {
            let Some(cursor) = &mut self.cursor else {
                match self.enter()? {
                    Some(pause) => return Ok(pause),
                    None => continue,
                }
            };
            match cursor.scan.step()? {
                Step::Record { position, payload } if position >= self.due => {
                    bytes += payload.len();
                    batch.push((position, payload.to_vec()));
                    self.due = position + 1;
                    if batch.len() >= records_max || bytes >= bytes_max {
                        return Ok(Pause::Enough);
                    }
                }
                Step::Record { .. } | Step::Group(_) => {}
                Step::Damage(Damage { offset, next, .. }) => {
                    let gap = self.complete(offset, next.map(|next| next - 1));
                    // A lost header is no lost record, and what was lost before our start is not ours to report.
                    if gap.last.is_none_or(|last| last >= self.due) {
                        return Ok(Pause::Gap(gap));
                    }
                }
                Step::End => {
                    if let Some(pause) = self.advance() {
                        return Ok(pause);
                    }
                }
            }
        }
    }

    /// Opens the segment that holds the due position, or the next one there is. Pauses at a gap.
    fn enter(&mut self) -> Result<Option<Pause>, Error> {
        let state = self.shared.tail.lock();
        self.due = self.due.max(state.start);
        let before = state.segments.range(..=self.due).next_back();
        let Some((&first, entry)) = before.or_else(|| state.segments.iter().next()) else {
            return Ok(Some(Pause::CaughtUp));
        };
        let (packing, name) = (entry.packing, format::file_name(first, entry.packing));
        if first > self.due {
            return Ok(Some(Pause::Gap(Gap { segment: name, offset: 0, first: self.due, last: Some(first - 1) })));
        }
        let sealed = first != state.active();
        let end = if sealed { entry.end } else { Some(state.durable_end) };
        // Opened under the lock, so that maintenance cannot remove the file between the look-up and the opening.
        let mut scan = segment::open(&*self.shared.disk, first, packing, end, self.shared.journal_id)?.scan;
        drop(state);
        if let Scan::Packed(packed) = &mut scan {
            packed.jump_to(self.due)?;
        }
        self.cursor = Some(Cursor { first, name, scan, sealed });
        Ok(None)
    }

    /// At the end of what the cursor may read: moves its limit or leaves the segment. Pauses if neither can be done.
    fn advance(&mut self) -> Option<Pause> {
        let cursor = self.cursor.as_mut()?;
        let state = self.shared.tail.lock();
        if !cursor.sealed
            && let Scan::Plain(scan) = &mut cursor.scan
        {
            let active = state.active() == cursor.first;
            let end = if active { Some(state.durable_end) } else { sealed_end(&state, cursor.first) };
            let Some(end) = end else {
                // It was sealed and compressed or removed since the last look: look it up again.
                self.cursor = None;
                return None;
            };
            let moved = end > scan.limit();
            cursor.sealed = !active;
            scan.extend(end);
            return (active && !moved).then_some(Pause::CaughtUp);
        }
        // The active segment is never removed, so a sealed one is always followed by another.
        let Some((&next, _)) = state.segments.range(cursor.first + 1..).next() else { return Some(Pause::CaughtUp) };
        self.due = self.due.max(state.start.min(next));
        let offset = cursor.scan.offset();
        drop(state);
        let gap = (next > self.due).then(|| Pause::Gap(self.complete(offset, Some(next - 1))));
        if gap.is_none() {
            self.cursor = None;
        }
        gap
    }

    /// Describes a gap at the due position. If the segment says nothing of its end, the next one does.
    fn complete(&self, offset: u64, last: Option<u64>) -> Gap {
        let (first, segment) = self.cursor.as_ref().map_or((0, String::new()), |c| (c.first, c.name.clone()));
        let next = || self.shared.tail.lock().segments.range(first + 1..).next().map(|(&next, _)| next - 1);
        Gap { segment, offset, first: self.due, last: last.or_else(next) }
    }
}

/// Where a segment's data ended when it was sealed; `None` if it was compressed or removed since then.
fn sealed_end(state: &State, first: u64) -> Option<u64> {
    state.segments.get(&first).filter(|entry| entry.packing == Packing::Plain).and_then(|entry| entry.end)
}
