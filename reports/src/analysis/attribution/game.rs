//! Shapley values over conversion rates: what each channel of an order's way adds to the others. Pure.
//!
//! A set of channels is worth the conversion rate of those whose way has exactly these, so ways without an order matter;
//! a set that nobody came by is worth nothing. A channel that takes away rather than adds is credited nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A rate of 1.
const ONE: i128 = 1_000_000_000_000;

/// Most channels of one way whose sets are gone through; above it all are credited alike.
const PLAYERS_MAX: usize = 12;

/// Conversion rates by set of channels, in 10^-12.
pub(super) struct Rates(HashMap<Vec<usize>, i128>);

impl Rates {
    /// Returns the rates that `ways` make: labels, with how often they led to an order and how often not.
    pub(super) fn of(ways: &BTreeMap<Vec<usize>, (u64, u64)>) -> Self {
        let mut counts: HashMap<Vec<usize>, (i128, i128)> = HashMap::new();
        for (way, (orders, others)) in ways {
            let set: BTreeSet<usize> = way.iter().copied().collect();
            let count = counts.entry(set.into_iter().collect()).or_default();
            count.0 += i128::from(*orders);
            count.1 += i128::from(orders + others);
        }
        let rate = |(orders, all): (i128, i128)| if all == 0 { 0 } else { orders * ONE / all };
        Self(counts.into_iter().map(|(set, count)| (set, rate(count))).collect())
    }

    /// Returns the weight of each of `players`, which are distinct.
    pub(super) fn shares(&self, players: &[usize]) -> Vec<i128> {
        let n = players.len();
        if n > PLAYERS_MAX {
            return vec![1; n];
        }
        let worth: Vec<i128> = (0..1_u32 << n).map(|set| self.worth(players, set)).collect();
        let factorial = |n: usize| (1..=n as i128).product::<i128>();
        let share = |player: usize| {
            let without = (0..1_u32 << n).filter(|set| set >> player & 1 == 0);
            let added = without.map(|set| {
                let size = set.count_ones() as usize;
                factorial(size) * factorial(n - size - 1) * (worth[set as usize | 1 << player] - worth[set as usize])
            });
            added.sum::<i128>().max(0)
        };
        (0..n).map(share).collect()
    }

    fn worth(&self, players: &[usize], set: u32) -> i128 {
        let mut members: Vec<usize> =
            players.iter().enumerate().filter(|(i, _)| set >> i & 1 == 1).map(|(_, p)| *p).collect();
        members.sort_unstable();
        self.0.get(&members).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_worth_what_it_adds() {
        // A alone 5 %, B alone 10 %, both 20 %: 3/8 and 5/8.
        let ways =
            BTreeMap::from([(vec![0], (5, 95)), (vec![1], (10, 90)), (vec![0, 1], (12, 48)), (vec![1, 0, 1], (8, 32))]);
        let shares = Rates::of(&ways).shares(&[1, 0]);
        assert_eq!(shares[0] * 3, shares[1] * 5);
        // One that spoils is credited nothing.
        let ways = BTreeMap::from([(vec![0], (10, 0)), (vec![0, 1], (1, 9))]);
        assert_eq!(Rates::of(&ways).shares(&[0, 1])[1], 0);
    }
}
