//! The models that weigh one order's touches by their place and time. Pure; weights are integers, never floats.

use super::touches::Path;

/// How credit is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Model {
    LastNonDirect,
    First,
    Last,
    Linear,
    Position,
    J,
    InverseJ,
    TimeDecay,
    Markov,
    Shapley,
}

/// Every model by name, in the order of the columns.
pub(super) const MODELS: &[(&str, Model)] = &[
    ("last_non_direct", Model::LastNonDirect),
    ("first", Model::First),
    ("last", Model::Last),
    ("linear", Model::Linear),
    ("position", Model::Position),
    ("j", Model::J),
    ("inverse_j", Model::InverseJ),
    ("time_decay", Model::TimeDecay),
    ("markov", Model::Markov),
    ("shapley", Model::Shapley),
];

/// After this long a touch weighs half.
const HALF_LIFE_US: i64 = 7 * 86_400 * 1_000_000;

/// Returns the weight of each touch of `path`, which has one at least.
pub(super) fn weights(model: Model, path: &Path) -> Vec<i64> {
    let touches = &path.touches;
    let n = touches.len();
    let only = |at: usize| (0..n).map(|i| i64::from(i == at)).collect::<Vec<i64>>();
    match model {
        Model::First => only(0),
        Model::Last => only(n - 1),
        Model::LastNonDirect => only(touches.iter().rposition(|t| !t.direct).unwrap_or(n - 1)),
        Model::Position => ends(n, 40, 40),
        Model::J => ends(n, 20, 60),
        Model::InverseJ => ends(n, 60, 20),
        Model::TimeDecay => touches.iter().map(|t| decay(path.at - t.at)).collect(),
        Model::Linear | Model::Markov | Model::Shapley => vec![1; n],
    }
}

/// Returns weights of which the first and the last touch have `first` and `last` per cent, and those between them the
/// rest in equal parts. Of two touches the ends share what is left in their own proportion.
fn ends(n: usize, first: i64, last: i64) -> Vec<i64> {
    match n {
        1 => vec![1],
        2 => vec![first, last],
        _ => {
            let between = n as i64 - 2;
            let mut weights = vec![100 - first - last; n];
            weights[0] = first * between;
            weights[n - 1] = last * between;
            weights
        }
    }
}

/// What weighs nothing less: 2^60.
const WHOLE: i64 = 1 << 60;

/// 2^(-1/2), 2^(-1/4), ... in 1/2^60: half-lives in binary fractions.
const ROOTS: [i64; 32] = [
    815_238_614_083_298_888,
    969_487_560_292_816_559,
    1_057_233_681_222_091_667,
    1_104_041_415_199_452_355,
    1_128_216_774_188_376_116,
    1_140_502_249_370_840_087,
    1_146_695_063_803_852_933,
    1_149_804_069_520_534_666,
    1_151_361_731_965_541_101,
    1_152_141_354_333_077_009,
    1_152_531_363_459_347_061,
    1_152_726_417_527_650_500,
    1_152_823_956_940_537_958,
    1_152_872_729_741_971_125,
    1_152_897_116_916_473_259,
    1_152_909_310_697_175_488,
    1_152_915_407_635_889_989,
    1_152_918_456_117_338_161,
    1_152_919_980_361_084_987,
    1_152_920_742_483_714_086,
    1_152_921_123_545_217_557,
    1_152_921_314_076_016_523,
    1_152_921_409_341_427_814,
    1_152_921_456_974_136_411,
    1_152_921_480_790_491_447,
    1_152_921_492_698_669_150,
    1_152_921_498_652_758_048,
    1_152_921_501_629_802_508,
    1_152_921_503_118_324_741,
    1_152_921_503_862_585_858,
    1_152_921_504_234_716_417,
    1_152_921_504_420_781_697,
];

/// Returns 2^(-age / half-life) in 1/2^60; a touch older than sixty half-lives weighs 0.
fn decay(age_us: i64) -> i64 {
    let age_us = age_us.max(0);
    let whole = age_us / HALF_LIFE_US;
    if whole >= 60 {
        return 0;
    }
    let mut rest = age_us % HALF_LIFE_US;
    let mut weight = i128::from(WHOLE);
    for root in ROOTS {
        rest *= 2;
        if rest >= HALF_LIFE_US {
            rest -= HALF_LIFE_US;
            weight = (weight * i128::from(root)) >> 60;
        }
    }
    (weight >> whole) as i64
}

/// Returns `values`, none below zero, as weights of which the largest fits into 62 bits.
pub(super) fn scaled(values: &[i128]) -> Vec<i64> {
    let largest = values.iter().copied().max().unwrap_or(0);
    let bits = 128 - largest.max(0).leading_zeros();
    let down = bits.saturating_sub(62);
    values.iter().map(|v| ((*v).max(0) >> down) as i64).collect()
}

#[cfg(test)]
mod tests {
    use super::super::touches::{Path, Touch};
    use super::*;

    const DAY_US: i64 = 86_400 * 1_000_000;

    /// A path of touches so many days before the order; below zero stands for direct ones.
    fn path(days_before: &[i64]) -> Path {
        let touch = |(label, days): (usize, &i64)| Touch { label, at: -days.abs() * DAY_US, direct: *days < 0 };
        Path { at: 0, net: Some(0), touches: days_before.iter().enumerate().map(touch).collect() }
    }

    #[track_caller]
    fn check(model: Model, days_before: &[i64], expected: &[i64]) {
        let found = weights(model, &path(days_before));
        let (sum, whole): (i128, i128) =
            (found.iter().map(|w| i128::from(*w)).sum(), expected.iter().map(|w| i128::from(*w)).sum());
        let same = found.iter().zip(expected).all(|(f, e)| i128::from(*f) * whole == i128::from(*e) * sum);
        assert!(found.len() == expected.len() && same, "{found:?} is not as {expected:?}");
    }

    #[test]
    fn places_are_weighed() {
        check(Model::First, &[9, 6, 0], &[1, 0, 0]);
        check(Model::Last, &[9, 6, -1], &[0, 0, 1]);
        check(Model::LastNonDirect, &[9, 6, -1], &[0, 1, 0]);
        check(Model::LastNonDirect, &[-9, -6], &[0, 1]);
        check(Model::Linear, &[9, 6, 0, 0], &[1, 1, 1, 1]);
        check(Model::Position, &[9, 6, 0, 0], &[40, 10, 10, 40]);
        check(Model::Position, &[9, 0], &[1, 1]);
        check(Model::Position, &[9], &[1]);
        check(Model::J, &[9, 6, 0, 0], &[20, 10, 10, 60]);
        check(Model::J, &[9, 0], &[1, 3]);
        check(Model::InverseJ, &[9, 6, 3, 1, 0], &[180, 20, 20, 20, 60]);
    }

    #[test]
    fn a_touch_weighs_half_after_a_week() {
        check(Model::TimeDecay, &[14, 7, 0], &[1, 2, 4]);
        check(Model::TimeDecay, &[420, 0], &[0, 1]);
        // 2^-0.5 = 0.70710678118...
        let half = decay(HALF_LIFE_US / 2);
        assert_eq!(half / (WHOLE / 1_000_000_000), 707_106_781);
        // 2^(-9/7) = 0.410167..., of a touch nine days old.
        assert_eq!(decay(9 * DAY_US) / (WHOLE / 1_000_000), 410_167);
    }
}
