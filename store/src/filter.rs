//! Which event keys are surely not stored: a set of 32-bit tags in memory, filled from the table when it is opened.
//!
//! Nearly every event is new, and looking for twenty thousand keys among ten million takes a tenth of a second. This
//! set answers "surely not stored" at once; whatever it lets through is looked up. It only makes work faster: a false
//! "maybe" costs time, and where it cannot hold everything it says from which event time on its word counts.

use commerce::{EventKey, Timestamp};

/// Slots of the smallest table; a power of two.
const SLOTS_MIN: usize = 1 << 16;

/// Tags of event keys, found by linear probing: the upper half of a key, spread once more, finds the slot, the lower
/// half is the tag.
pub(crate) struct EventFilter {
    /// Zero is an empty slot.
    slots: Vec<u32>,
    len: usize,
    /// Most slots it may have; 0 if it is switched off.
    slots_max: usize,
    /// Every stored event of this time or later is in it; `None` if there is no such time.
    covered_from: Option<Timestamp>,
}

impl EventFilter {
    /// Returns an empty filter that may grow to a quarter of `memory_limit_mb` (256 MiB at most, enough for 50 million
    /// events); it lets everything through until it is filled.
    pub(crate) fn new(memory_limit_mb: u64) -> Self {
        let bytes = (memory_limit_mb / 4).clamp(1, 256) << 20;
        let slots_max = 1 << (bytes as usize / size_of::<u32>()).ilog2();
        Self { slots: Vec::new(), len: 0, slots_max, covered_from: None }
    }

    /// Returns a filter that lets everything through for ever.
    pub(crate) fn disabled() -> Self {
        Self { slots: Vec::new(), len: 0, slots_max: 0, covered_from: None }
    }

    /// Returns how many keys it may hold.
    pub(crate) fn keys_max(&self) -> usize {
        self.slots_max / 4 * 3
    }

    /// Empties it and makes room for `keys` and half as many again; it then covers events from `from` on, and the
    /// caller inserts them all. Without a time it stays empty and lets everything through.
    pub(crate) fn reset(&mut self, keys: usize, from: Option<Timestamp>) {
        let slots = (keys * 2).next_power_of_two().clamp(SLOTS_MIN, self.slots_max.max(SLOTS_MIN));
        self.len = 0;
        self.covered_from = from;
        // The old table is given back first: two at a time would be the larger part of the store's memory.
        self.slots = Vec::new();
        if from.is_some() {
            self.slots = vec![0; slots];
        }
    }

    /// Adds a stored event. Returns false if it had to be left out because the table is full: then it must be filled
    /// anew before it is asked again.
    pub(crate) fn insert(&mut self, event: EventKey, at: Timestamp) -> bool {
        let Some(from) = self.covered_from else { return true };
        if at < from {
            return true;
        }
        if self.len >= self.slots.len() / 4 * 3 {
            self.covered_from = None;
            return false;
        }
        let (mut slot, tag, mask) = self.start(event);
        while self.slots[slot] != 0 {
            if self.slots[slot] == tag {
                return true;
            }
            slot = (slot + 1) & mask;
        }
        self.slots[slot] = tag;
        self.len += 1;
        true
    }

    /// Says whether no event of key `event` and of time `earliest` or later is stored. False means: maybe.
    pub(crate) fn surely_absent(&self, event: EventKey, earliest: Timestamp) -> bool {
        if self.covered_from.is_none_or(|from| earliest < from) {
            return false;
        }
        let (mut slot, tag, mask) = self.start(event);
        while self.slots[slot] != 0 {
            if self.slots[slot] == tag {
                return false;
            }
            slot = (slot + 1) & mask;
        }
        true
    }

    fn start(&self, event: EventKey) -> (usize, u32, usize) {
        let mask = self.slots.len() - 1;
        // Keys are hashes, but a run of plain numbers must not fill a run of slots either.
        let spread = event.0.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        ((spread >> 32) as usize & mask, (spread as u32).max(1), mask)
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
        assert_eq!(full, SLOTS_MIN as u64 / 4 * 3);
        assert!(!filter.surely_absent(key(full), Timestamp(0)));
        assert!(!filter.surely_absent(key(full + 1), Timestamp(0)));
    }
}
