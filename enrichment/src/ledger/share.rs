//! Parts of wholes: what a share of an amount comes to, and how an amount is poured over parts that hold only so much.
//!
//! Everything is integer arithmetic; what is rounded is rounded half away from zero, once.

use commerce::Amount;
use commerce::money::allocate;

/// Returns the sum, at the ends of the range if it leaves it.
pub(super) fn plus(a: Amount, b: Amount) -> Amount {
    Amount(a.0.saturating_add(b.0))
}

/// Returns the difference, at the ends of the range if it leaves it.
pub(super) fn minus(a: Amount, b: Amount) -> Amount {
    Amount(a.0.saturating_sub(b.0))
}

/// Returns `amount`, nothing if it is negative.
pub(super) fn positive(amount: Amount) -> Amount {
    amount.max(Amount::ZERO)
}

/// Returns `part` / `of` of `whole`, rounded to `decimals`: all of it where `part` is all there is or more, nothing of
/// nothing.
pub(super) fn share(whole: Amount, part: i64, of: i64, decimals: u32) -> Amount {
    if of <= 0 || part <= 0 {
        return Amount::ZERO;
    }
    if part >= of {
        return whole;
    }
    let step = 10_i128.pow(4 - decimals.min(4));
    let (exact, unit) = (i128::from(whole.0) * i128::from(part), i128::from(of) * step);
    let rounded = (exact + unit / 2 * exact.signum()) / unit * step;
    // A part is never more than its whole, which may be finer than the step it is rounded to.
    let whole = i128::from(whole.0);
    Amount(rounded.clamp(whole.min(0), whole.max(0)) as i64)
}

/// A part that an amount is poured into.
#[derive(Clone, Copy, Debug)]
pub(super) struct Vessel {
    /// How much of the amount it draws in comparison with others.
    pub(super) weight: i64,
    /// The most it holds; nothing if negative.
    pub(super) cap: Amount,
}

/// Splits `whole` over `vessels` by weight, largest remainder, none beyond its cap; what one cannot hold goes to the
/// others. Returns the parts and what none of them holds. A negative whole goes nowhere.
pub(super) fn pour(whole: Amount, vessels: &[Vessel], decimals: u32) -> (Vec<Amount>, Amount) {
    let mut parts = vec![Amount::ZERO; vessels.len()];
    let mut rest = whole;
    while rest > Amount::ZERO {
        let open: Vec<usize> = (0..vessels.len()).filter(|&i| parts[i] < vessels[i].cap).collect();
        if open.is_empty() {
            break;
        }
        let weights: Vec<i64> = open.iter().map(|&i| vessels[i].weight).collect();
        // Each round either places everything or fills a vessel, so there are no more rounds than vessels.
        for (&i, poured) in open.iter().zip(allocate(rest, &weights, decimals)) {
            let taken = poured.min(minus(vessels[i].cap, parts[i]));
            parts[i] = plus(parts[i], taken);
            rest = minus(rest, taken);
        }
    }
    (parts, rest)
}
