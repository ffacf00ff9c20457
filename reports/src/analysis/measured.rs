//! The two sums that a rate divides, asked for as a report asks for them.

use super::desk::Desk;
use crate::arm::arm_with;
use crate::calendar::Period;
use crate::error::Error;
use crate::filter::Filter;
use crate::metrics::{Formula, Metric, Term};
use crate::plan::Plan;

/// What is counted, and of how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) of: i128,
    pub(crate) per: i128,
}

/// Returns the values of the measures of `plan`, by their place, over the whole of `period` and `filter`.
pub(crate) fn wholes(desk: &Desk, plan: &Plan, period: Period, filter: &Filter) -> Result<Vec<i128>, Error> {
    let mut wholes = vec![0; plan.measures.len()];
    for part in &plan.arms {
        let mut context = desk.context(filter);
        let columns: Vec<String> = part.sources.iter().map(|(_, s)| s.sql.to_owned()).collect();
        let sql = arm_with(&mut context, part, &[], &[], &desk.side(period), &columns);
        for row in desk.ask(&sql, context.params)? {
            for ((slot, _), value) in part.sources.iter().zip(row) {
                wholes[*slot] = value.as_i128().unwrap_or(0);
            }
        }
    }
    Ok(wholes)
}

/// Returns the two sums of `metric`, which divides; of one that does not, the sum of nothing.
pub(crate) fn parts(desk: &Desk, metric: &'static Metric, period: Period, filter: &Filter) -> Result<Parts, Error> {
    let plan = Plan::new(&[metric], &[], filter)?;
    let wholes = wholes(desk, &plan, period, filter)?;
    let sum = |terms: &[Term]| {
        let signed = |term: &Term| {
            let n = wholes[plan.slot(term.measure())];
            if matches!(term, Term::Minus(_)) { -n } else { n }
        };
        terms.iter().map(signed).sum()
    };
    Ok(match metric.value {
        Formula::Per(of, per) | Formula::PerUnit(of, per) => Parts { of: sum(of), per: sum(per) },
        Formula::Sum(of) => Parts { of: sum(of), per: 0 },
    })
}
