//! The demo's and the bench's own luck: a small seeded generator, so that the same seed gives the same shop. Not for secrets.

/// A splitmix64 generator.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Returns a number from 0 to `below` - 1; 0 if `below` is 0.
    pub(crate) fn below(&mut self, below: u64) -> u64 {
        self.next() % below.max(1)
    }

    /// Returns a number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// Says yes `per_mille` times in a thousand.
    pub(crate) fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// Returns one of `choices`, each as often as its weight says.
    pub(crate) fn pick<'a, T>(&mut self, choices: &'a [(u64, T)]) -> &'a T {
        &choices[self.place(choices)].1
    }

    /// Returns the place of one of `choices`, each as often as its weight says.
    pub(crate) fn place<T>(&mut self, choices: &[(u64, T)]) -> usize {
        let total = choices.iter().map(|(weight, _)| weight).sum();
        let mut left = self.below(total);
        for (place, (weight, _)) in choices.iter().enumerate() {
            if left < *weight {
                return place;
            }
            left -= weight;
        }
        choices.len() - 1
    }
}
