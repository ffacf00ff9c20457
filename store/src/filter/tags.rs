//! A set of 32-bit tags that stand for 64-bit keys, found by linear probing: the upper half of a key, spread once more,
//! finds the slot, the lower half is the tag. Two keys in four thousand million share slot and tag.

/// Slots of the smallest table; a power of two.
pub(super) const SLOTS_MIN: usize = 1 << 16;

/// Returns how many slots fit in `mebibytes`, as a power of two.
pub(super) fn slots_in(mebibytes: u64) -> usize {
    let bytes = (mebibytes as usize) << 20;
    1 << (bytes / size_of::<u32>()).ilog2()
}

/// The set.
pub(super) struct Tags {
    /// Zero is an empty slot.
    slots: Vec<u32>,
    len: usize,
}

impl Tags {
    /// Returns a set without room: it takes no key and may hold any.
    pub(super) fn none() -> Self {
        Self { slots: Vec::new(), len: 0 }
    }

    /// Empties it and makes room for `keys` and half as many again, in `slots_max` at most; `None` takes all room away.
    pub(super) fn reset(&mut self, keys: Option<usize>, slots_max: usize) {
        self.len = 0;
        // The old table is given back first: two at a time would be the larger part of the store's memory.
        self.slots = Vec::new();
        if let Some(keys) = keys {
            let slots = keys.saturating_mul(2).checked_next_power_of_two().unwrap_or(slots_max);
            self.slots = vec![0; slots.clamp(SLOTS_MIN, slots_max.max(SLOTS_MIN))];
        }
    }

    /// Returns how many slots there are.
    pub(super) fn slots(&self) -> usize {
        self.slots.len()
    }

    /// Adds a key. Returns false if there is no room for it.
    pub(super) fn insert(&mut self, key: u64) -> bool {
        if self.len >= self.slots.len() / 4 * 3 {
            return self.may_hold(key) && !self.slots.is_empty();
        }
        let (mut slot, tag, mask) = self.start(key);
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

    /// Says whether the key may be one of those added; false is certain.
    pub(super) fn may_hold(&self, key: u64) -> bool {
        if self.slots.is_empty() {
            return true;
        }
        let (mut slot, tag, mask) = self.start(key);
        while self.slots[slot] != 0 {
            if self.slots[slot] == tag {
                return true;
            }
            slot = (slot + 1) & mask;
        }
        false
    }

    fn start(&self, key: u64) -> (usize, u32, usize) {
        let mask = self.slots.len() - 1;
        // Keys are hashes, but a run of plain numbers must not fill a run of slots either.
        let spread = key.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        ((spread >> 32) as usize & mask, (spread as u32).max(1), mask)
    }
}
