//! The Markov model: how much less likely an order is where a channel is taken away. Pure, in integers of fixed scale.
//!
//! The ways of orders and of those who left make a chain of first order: from the start to the first touch, from touch to
//! touch, and at the end to an order or to nothing. Taken away, a channel leads to nothing. Each is credited in proportion
//! to the share of orders that would be lost without it (its removal effect).

use std::collections::BTreeMap;

/// A probability of 1.
pub(super) const ONE: i128 = 1 << 80;

/// Most rounds that a probability is improved in; loops of ways that come back need several.
const ROUNDS_MAX: usize = 5_000;

/// What the chain says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Removal {
    /// How likely a way ends in an order.
    pub(super) conversion: i128,
    /// Of each channel: the share of orders that would be lost without it.
    pub(super) effects: Vec<i128>,
}

/// Returns the removal effect of the first `channels` labels over `ways`: labels, with how often they led to an order and
/// how often not. Further labels are steps like any other.
pub(super) fn removal(channels: usize, ways: &BTreeMap<Vec<usize>, (u64, u64)>) -> Removal {
    let steps = ways.keys().flatten().copied().max().map_or(channels, |m| (m + 1).max(channels));
    let (start, won, lost) = (steps, steps + 1, steps + 2);
    let mut counts: Vec<BTreeMap<usize, i128>> = vec![BTreeMap::new(); steps + 1];
    for (way, (orders, others)) in ways {
        let times = i128::from(orders + others);
        let mut from = start;
        for step in way {
            *counts[from].entry(*step).or_default() += times;
            from = *step;
        }
        *counts[from].entry(won).or_default() += i128::from(*orders);
        *counts[from].entry(lost).or_default() += i128::from(*others);
    }
    let conversion = reached(&counts, start, won, None);
    let effect = |channel: usize| {
        if conversion == 0 { 0 } else { ONE - (reached(&counts, start, won, Some(channel)) << 40) / (conversion >> 40) }
    };
    Removal { conversion, effects: (0..channels).map(effect).collect() }
}

/// Returns how likely the way from `start` ends at `won` where `without` leads nowhere.
fn reached(counts: &[BTreeMap<usize, i128>], start: usize, won: usize, without: Option<usize>) -> i128 {
    let mut chance = vec![0_i128; counts.len()];
    for _ in 0..ROUNDS_MAX {
        let mut risen = 0;
        for at in (0..counts.len()).rev().filter(|at| Some(*at) != without) {
            let total: i128 = counts[at].values().sum();
            if total == 0 {
                continue;
            }
            let of = |to: usize| if to == won { ONE } else { chance.get(to).copied().unwrap_or(0) };
            let next = counts[at].iter().map(|(to, times)| of(*to) / total * times).sum::<i128>();
            risen = risen.max(next - chance[at]);
            chance[at] = next;
        }
        // Chances only rise; what is left is below the last digit shown.
        if risen < ONE >> 50 {
            break;
        }
    }
    chance[start]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn percent(n: i128) -> i128 {
        (n * 10_000 + ONE / 2) >> 80
    }

    #[track_caller]
    fn check(ways: &[(&[usize], u64, u64)], conversion: i128, effects: &[i128]) {
        let ways = ways.iter().map(|(way, orders, others)| (way.to_vec(), (*orders, *others))).collect();
        let found = removal(effects.len(), &ways);
        assert_eq!(percent(found.conversion), conversion);
        assert_eq!(found.effects.iter().map(|e| percent(*e)).collect::<Vec<_>>(), effects);
    }

    #[test]
    fn a_channel_is_worth_what_is_lost_without_it() {
        // Published: P = 0.8; without the first 0.2, without the second 0.4.
        check(&[(&[0], 2, 1), (&[1], 1, 0), (&[0, 1], 1, 0)], 8_000, &[7_500, 5_000]);
        check(&[(&[0], 1, 0)], 10_000, &[10_000]);
        check(&[(&[0], 0, 3)], 0, &[0]);
        // A loop, P = 0.5: without the second a third of the firsts' steps end in an order.
        check(&[(&[0, 1, 0], 1, 0), (&[0, 1], 0, 1)], 5_000, &[10_000, 3_333]);
    }
}
