//! Which keys are surely not stored: sets of 32-bit tags in memory, filled from the tables when they are opened.
//!
//! Nearly every event and order is new, and looking for twenty thousand keys among ten million takes a tenth of a second.
//! These sets answer "surely not stored" at once; whatever they let through is looked up. They only make work faster: a
//! false "maybe" costs time, and where one cannot hold everything it says how far its word counts.

mod sales;
mod tags;

pub(crate) use sales::{COLUMNS, Kind, SalesFilter};

use commerce::{EventKey, Timestamp};
use tags::Tags;

/// Which event keys are surely not stored.
pub(crate) struct EventFilter {
    tags: Tags,
    /// Most slots it may have; 0 if it is switched off.
    slots_max: usize,
    /// Every stored event of this time or later is in it; `None` if there is no such time.
    covered_from: Option<Timestamp>,
}

impl EventFilter {
    /// Returns an empty filter that may grow to a quarter of `memory_limit_mb` (256 MiB at most, enough for 50 million
    /// events); it lets everything through until it is filled.
    pub(crate) fn new(memory_limit_mb: u64) -> Self {
        let slots_max = tags::slots_in((memory_limit_mb / 4).clamp(1, 256));
        Self { tags: Tags::none(), slots_max, covered_from: None }
    }

    /// Returns a filter that lets everything through for ever.
    pub(crate) fn disabled() -> Self {
        Self { tags: Tags::none(), slots_max: 0, covered_from: None }
    }

    /// Returns how many keys it may hold.
    pub(crate) fn keys_max(&self) -> usize {
        self.slots_max / 4 * 3
    }

    /// Empties it and makes room for `keys` and half as many again; it then covers events from `from` on, and the
    /// caller inserts them all. Without a time it stays empty and lets everything through.
    pub(crate) fn reset(&mut self, keys: usize, from: Option<Timestamp>) {
        self.covered_from = from;
        self.tags.reset(if from.is_some() { Some(keys) } else { None }, self.slots_max);
    }

    /// Adds a stored event. Returns false if it had to be left out because the table is full: then it must be filled
    /// anew before it is asked again.
    pub(crate) fn insert(&mut self, event: EventKey, at: Timestamp) -> bool {
        let Some(from) = self.covered_from else { return true };
        if at < from {
            return true;
        }
        let kept = self.tags.insert(event.0);
        if !kept {
            self.covered_from = None;
        }
        kept
    }

    /// Says whether no event of key `event` and of time `earliest` or later is stored. False means: maybe.
    pub(crate) fn surely_absent(&self, event: EventKey, earliest: Timestamp) -> bool {
        self.covered_from.is_some_and(|from| earliest >= from) && !self.tags.may_hold(event.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u64) -> EventKey {
        EventKey::new(commerce::SiteId(1), commerce::EventId::derived(&[&n.to_le_bytes()]))
    }

    const ALWAYS: Timestamp = Timestamp(i64::MIN);

    #[test]
    fn what_was_inserted_is_never_absent() {
        let mut filter = EventFilter::new(8);
        filter.reset(0, Some(ALWAYS));
        for n in 0..30_000 {
            assert!(filter.insert(key(n), Timestamp(0)));
        }
        assert!((0..30_000).all(|n| !filter.surely_absent(key(n), Timestamp(0))));
        let absent = (30_000..130_000).filter(|n| filter.surely_absent(key(*n), Timestamp(0))).count();
        assert!(absent > 99_900, "nearly all others are known to be absent: {absent}");
    }

    #[test]
    fn it_says_nothing_before_the_time_it_covers() {
        let mut filter = EventFilter::new(8);
        assert!(!filter.surely_absent(key(1), Timestamp(5)), "not filled yet");
        filter.reset(0, Some(Timestamp(10)));
        assert!(filter.surely_absent(key(1), Timestamp(10)));
        assert!(!filter.surely_absent(key(1), Timestamp(9)));
        assert!(filter.insert(key(2), Timestamp(9)), "older events need no place");
    }

    #[test]
    fn a_full_filter_falls_silent() {
        let mut filter = EventFilter::new(8);
        filter.reset(0, Some(ALWAYS));
        let full = (0..1_000_000).find(|n| !filter.insert(key(*n), Timestamp(0))).unwrap();
        assert_eq!(full, tags::SLOTS_MIN as u64 / 4 * 3);
        assert!(!filter.surely_absent(key(full), Timestamp(0)));
        assert!(!filter.surely_absent(key(full + 1), Timestamp(0)));
    }
}
