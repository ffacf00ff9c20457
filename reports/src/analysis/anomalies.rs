//! Anomalies: days that are far from what the same weekday has been.
//!
//! A day is expected to be the median of the same weekday in the eight weeks before it. How far days usually are from what
//! their weekday makes expect is the median of the distances of all days of these weeks x 1.4826 (what a normal spread
//! has): eight days alone would say too little of it. It is at least a twentieth of the expected value, and for counts at
//! least its square root. A day further away than `threshold` times that is marked. Days that are not over
//! yet, and days with fewer than four weeks before them, are not judged.

use super::desk::Desk;
use super::draft::{Draft, divided, figure, median, ratio, split};
use super::given::{Frame, Given};
use super::shares::number;
use crate::error::{Error, QueryError};
use crate::metrics::{Metric, Unit};
use crate::query::Query;
use crate::table::{Cell, Table};
use serde_json::json;

/// Weeks that a day is compared with, and fewest of them.
const WEEKS: usize = 8;
const WEEKS_MIN: usize = 4;

/// What is asked.
#[derive(Debug)]
pub(crate) struct Ask {
    frame: Frame,
    query: Query,
    metric: &'static Metric,
    /// In 1/10 000.
    threshold: i128,
}

impl Ask {
    pub(crate) fn parse(given: &Given) -> Result<Self, QueryError> {
        let frame = given.frame()?;
        let history = jiff::Span::new().weeks(WEEKS as i64);
        let from = frame.period.from.saturating_sub(history).to_string();
        let to = frame.period.to.to_string();
        let name = given.get("metric").unwrap_or("orders");
        let query = given.report_of_days(name, (&from, &to))?;
        let [metric] = query.metrics[..] else {
            let hint = "ask for each on its own";
            return Err(QueryError::new("query.too_many", "anomalies are those of one metric", hint));
        };
        let threshold = match given.get("threshold") {
            None => 35_000,
            Some(text) => {
                let parsed = commerce::Amount::parse(text).ok().map(|p| i128::from(p.value.0));
                parsed.filter(|n| (10_000..=1_000_000).contains(n)).ok_or_else(|| {
                    let hint = "it is a number from 1 to 100, such as 3.5";
                    QueryError::new("query.bad_number", format!("`threshold` cannot be `{text}`"), hint)
                })?
            }
        };
        Ok(Self { frame, query, metric, threshold })
    }
}

/// What a day was expected to be, and how far days usually are from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Expected {
    value: i64,
    spread: i64,
}

/// Returns what the days `before` it, the last first, make a day expect; `None` of fewer than four weeks.
fn expected(before: &[i64], counts: bool) -> Option<Expected> {
    if before.len() < 7 * WEEKS_MIN {
        return None;
    }
    // The first of each seven lies whole weeks before the day itself.
    let of_weekday = |first: usize| -> Vec<i64> { before.iter().skip(first).step_by(7).copied().collect() };
    let medians: Vec<i64> = (0..7).map(|first| median(&mut of_weekday(first))).collect::<Option<_>>()?;
    let value = medians[6];
    let mut distances: Vec<i64> = before.iter().enumerate().map(|(i, v)| (v - medians[i % 7]).abs()).collect();
    let usual = divided(i128::from(median(&mut distances)?) * 14_826, 10_000)? as i64;
    let root = if counts { value.unsigned_abs().isqrt() as i64 } else { 0 };
    Some(Expected { value, spread: usual.max(value.abs() / 20).max(root).max(1) })
}

pub(crate) fn run(desk: &Desk, ask: &Ask) -> Result<Table, Error> {
    let report = desk.report(&ask.query)?;
    let days: Vec<(String, &Cell)> = report.rows.iter().map(|row| (row[0].text(), &row[1])).collect();
    let today = desk.settings.timezone.day_of(desk.as_of()).to_string();
    let first = ask.frame.period.from.to_string();
    let mut draft = Draft::new(vec![
        split("day", "Day"),
        figure("value", ask.metric.label, ask.metric.unit),
        figure("expected", "Expected", ask.metric.unit),
        figure("score", "Distance in usual ones", Unit::Ratio),
        split("anomaly", "Anomaly"),
    ]);
    let mut marked = 0;
    for (i, (day, cell)) in days.iter().enumerate().filter(|(_, (day, _))| *day >= first) {
        let before: Vec<i64> =
            (1..=7 * WEEKS).filter_map(|d| i.checked_sub(d)).map(|at| number(days[at].1) as i64).collect();
        let value = number(cell);
        // Before the site's first figure there was nothing to expect it from.
        let known = (0..i).find(|at| !matches!(number(days[*at].1), 0)).is_some_and(|at| i - at >= 7 * WEEKS_MIN);
        let judged = expected(&before, ask.metric.unit == Unit::Count).filter(|_| known && *day < today);
        let score = judged.and_then(|e| divided((value - i128::from(e.value)) * 10_000, i128::from(e.spread)));
        let anomaly = score.filter(|s| s.abs() >= ask.threshold).map(|s| if s > 0 { "high" } else { "low" });
        marked += usize::from(anomaly.is_some());
        draft.rows.push(vec![
            Cell::Text(day.clone()),
            (*cell).clone(),
            judged.map_or(Cell::Null, |e| Cell::of(ask.metric.unit, Some(i128::from(e.value)))),
            score.map_or(Cell::Null, Cell::Ratio),
            anomaly.map_or(Cell::Null, |a| Cell::Text(a.to_owned())),
        ]);
    }
    draft.extras.push(("metric", json!(ask.metric.name)));
    draft.extras.push(("anomalies", json!(marked)));
    draft.extras.push(("threshold", json!(ratio(ask.threshold, 10_000).text())));
    Ok(draft.finish(desk, &ask.frame))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Weeks of days that are alike, the last day first, with what is different in some of them.
    fn weeks(weeks: usize, usual: i64, odd: &[(usize, i64)]) -> Vec<i64> {
        let mut days = vec![usual; 7 * weeks];
        for (days_before, value) in odd {
            days[days_before - 1] = *value;
        }
        days
    }

    #[test]
    fn one_odd_day_does_not_move_what_is_expected() {
        let of = |days: &[i64]| expected(days, true).map(|e| (e.value, e.spread));
        assert_eq!(of(&weeks(5, 100, &[(7, 500), (3, 0)])), Some((100, 10)));
        assert_eq!(of(&weeks(8, 0, &[])), Some((0, 1)));
        assert_eq!(of(&weeks(3, 100, &[])), None);
    }

    #[test]
    fn a_weekday_is_expected_by_its_own_and_spread_by_all() {
        // Every seventh day before is a quiet one; the others swing by 20 around 100.
        let days: Vec<i64> = (1..=56).map(|d| if d % 7 == 0 { 10 } else { 100 + [20, -20][d / 7 % 2] }).collect();
        assert_eq!(expected(&days, false), Some(Expected { value: 10, spread: 30 }));
    }
}
