//! Significance: whether two rates differ by more than chance: of two periods, or of two parts of one.
//!
//! The test is the two-proportion z-test with a pooled rate, two-sided: z = (a/n - b/m) / sqrt(p (1 - p) (1/n + 1/m)). It is
//! worked out in integers. Where one side has fewer than 5 of either outcome it says nothing, and neither does this.

use super::desk::Desk;
use super::draft::{Draft, divided, figure, ratio, split};
use super::given::{Frame, Given};
use super::measured::{Parts, parts};
use crate::calendar::Period;
use crate::error::{Error, QueryError};
use crate::filter::Filter;
use crate::metrics::{Metric, Unit, metric};
use crate::plan::Plan;
use crate::table::{Cell, Table};
use serde_json::json;

/// Rates of things of which each either is or is not one of those counted.
const RATES: &[(&str, &str)] = &[
    ("conversion_rate", "conversion_rate"),
    ("visitor_conversion_rate", "visitor_conversion_rate"),
    ("bounce_rate", "bounce_rate"),
    ("refund_rate", "refund_rate"),
    ("repeat_purchase_rate", "repeat_purchase_rate"),
    ("cart_abandonment_rate", "cart_abandonment_rate"),
    ("checkout_abandonment_rate", "checkout_abandonment_rate"),
    ("view_to_cart_rate", "view_to_cart_rate"),
    ("cart_to_order_rate", "cart_to_order_rate"),
    ("buy_to_detail_rate", "buy_to_detail_rate"),
    ("goal_conversion_rate", "goal_conversion_rate"),
];

/// What the first side is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum With {
    PreviousPeriod,
    PreviousYear,
}

/// What is asked.
#[derive(Debug)]
pub(crate) struct Ask {
    frame: Frame,
    metric: &'static Metric,
    with: With,
    other: Option<Filter>,
}

impl Ask {
    pub(crate) fn parse(given: &Given) -> Result<Self, QueryError> {
        let frame = given.frame()?;
        let name = given.one_of("metric", RATES)?;
        let metric = metric(name).expect("a metric of the catalogue");
        let other = given.get("filter_b").map(|text| given.narrowed(text)).transpose()?;
        for filter in std::iter::once(&frame.filter).chain(&other) {
            Plan::new(&[metric], &[], filter)?;
        }
        let with = [("previous_period", With::PreviousPeriod), ("previous_year", With::PreviousYear)];
        Ok(Self { frame, metric, with: given.one_of("compare", &with)?, other })
    }

    fn other_period(&self) -> Period {
        match self.with {
            _ if self.other.is_some() => self.frame.period,
            With::PreviousPeriod => self.frame.period.previous(),
            With::PreviousYear => self.frame.period.year_before(),
        }
    }
}

/// z from which a difference is taken for real, in 1/10 000, and how surely, in 1/10 000.
const LEVELS: &[(i128, i128)] = &[(32_905, 9_990), (25_758, 9_900), (19_600, 9_500), (16_449, 9_000)];

/// A rate of 1.
const RATE: i128 = 1_000_000_000_000;

/// Fewest of either outcome on either side.
const FEWEST: i128 = 5;

/// Returns z of `of` among `per` against `other` in 1/10 000; `None` where the test says nothing.
fn z(one: Parts, other: Parts) -> Option<i128> {
    let few = |p: Parts| p.of < FEWEST || p.per - p.of < FEWEST;
    if few(one) || few(other) {
        return None;
    }
    // Rates in 10^-12, what is made of their squares in 10^-24.
    let rate = |of: i128, per: i128| divided(of * RATE, per).unwrap_or(0);
    let difference = rate(one.of, one.per) - rate(other.of, other.per);
    let pooled = rate(one.of + other.of, one.per + other.per);
    let variance = pooled * (RATE - pooled) / one.per * (one.per + other.per) / other.per;
    let square = difference * difference * 10_000_000_000 / variance.max(1);
    let root = (square.unsigned_abs().isqrt() as i128 + 5) / 10;
    Some(if difference < 0 { -root } else { root })
}

/// Returns how surely a difference of this z is real: the highest level reached, 0 for none.
fn confidence(z: i128) -> i128 {
    LEVELS.iter().find(|(from, _)| z.abs() >= *from).map_or(0, |(_, level)| *level)
}

pub(crate) fn run(desk: &Desk, ask: &Ask) -> Result<Table, Error> {
    let one = parts(desk, ask.metric, ask.frame.period, &ask.frame.filter)?;
    let period = ask.other_period();
    let other = parts(desk, ask.metric, period, ask.other.as_ref().unwrap_or(&ask.frame.filter))?;
    let found = z(one, other);
    let mut draft = Draft::new(vec![
        split("side", "Side"),
        split("from", "From"),
        split("to", "To"),
        figure("counted", "Counted", Unit::Count),
        figure("of", "Of", Unit::Count),
        figure("rate", ask.metric.label, Unit::Percent),
        figure("difference", "Difference", Unit::Percent),
        figure("uplift", "Relative difference", Unit::Percent),
        figure("z", "z", Unit::Ratio),
        figure("confidence", "Confidence", Unit::Percent),
    ]);
    let difference = one.of * other.per - other.of * one.per;
    let row = |side: &str, period: Period, p: Parts| {
        let days = [period.from.to_string(), period.to.to_string()].map(Cell::Text);
        let mut row = vec![Cell::Text(side.to_owned())];
        row.extend(days);
        row.extend([Cell::Count(p.of), Cell::Count(p.per), ratio(p.of, p.per)]);
        row
    };
    let mut first = row("a", ask.frame.period, one);
    first.extend([
        ratio(difference, one.per * other.per),
        divided(difference * 10_000, other.of * one.per).map_or(Cell::Null, Cell::Ratio),
        found.map_or(Cell::Null, Cell::Ratio),
        found.map_or(Cell::Null, |z| Cell::Ratio(confidence(z))),
    ]);
    let mut second = row("b", period, other);
    second.extend([Cell::Null, Cell::Null, Cell::Null, Cell::Null]);
    draft.rows = vec![first, second];
    let verdict = match found {
        None => "too_few",
        Some(z) if confidence(z) >= 9_500 => "significant",
        Some(_) => "not_significant",
    };
    draft.extras.push(("verdict", json!(verdict)));
    draft.extras.push(("metric", json!(ask.metric.name)));
    draft.extras.push(("test", json!("two-proportion z-test, pooled, two-sided")));
    Ok(draft.finish(desk, &ask.frame))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(one: (i128, i128), other: (i128, i128), expected: Option<i128>) {
        let side = |(of, per)| Parts { of, per };
        assert_eq!(z(side(one), side(other)), expected);
    }

    #[test]
    fn rates_are_compared_as_textbooks_do() {
        // 200/1000 against 150/1000: z = 2.9423; pooled 0.175.
        check((200, 1_000), (150, 1_000), Some(29_424));
        check((150, 1_000), (200, 1_000), Some(-29_424));
        check((50, 1_000), (50, 1_000), Some(0));
        check((4, 1_000), (50, 1_000), None);
        check((996, 1_000), (500, 1_000), None);
        // The same of many.
        let found =
            z(Parts { of: 2_000_000_000, per: 10_000_000_000 }, Parts { of: 1_999_500_000, per: 10_000_000_000 });
        assert!(found.is_some_and(|z| (88_385..=88_395).contains(&z)), "{found:?}");
        assert_eq!([0, 16_449, 19_600, 26_000, 40_000].map(confidence), [0, 9_000, 9_500, 9_900, 9_990]);
    }
}
