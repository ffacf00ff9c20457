//! Who was lost after a step of a funnel: the visit, visitor or customer, when it was there, and what lay in the cart.

use super::walk::walk;
use super::{Who, cart_values};
use crate::analysis::desk::Desk;
use crate::analysis::draft::{Draft, split, sum};
use crate::analysis::given::Given;
use crate::error::{Error, QueryError};
use crate::metrics::Unit;
use crate::table::{Cell, Table};
use commerce::Timestamp;

/// What is asked: a funnel and the place of one of its steps.
#[derive(Debug)]
pub(crate) struct Ask {
    funnel: super::Ask,
    step: usize,
}

impl Ask {
    pub(crate) fn parse(given: &Given) -> Result<Self, QueryError> {
        let funnel = super::Ask::parse(given)?;
        let last = funnel.steps.len() as i64 - 1;
        let step = given.number("step", 1, 1..=last)?;
        Ok(Self { funnel, step: step as usize - 1 })
    }
}

pub(crate) fn run(desk: &Desk, ask: &Ask) -> Result<Table, Error> {
    let carts = cart_values(desk, &ask.funnel)?;
    let who = ask.funnel.who;
    let label = match who {
        Who::Visit => "Visit",
        Who::Visitor => "Visitor",
        Who::Customer => "Customer",
    };
    let mut draft = Draft::new(vec![
        split(who.name(), label),
        split("at", "Reached the step"),
        sum("cart_value", "Left in the cart", Unit::Money),
    ]);
    let steps = ask.funnel.steps.len();
    let walked = walk(desk, &ask.funnel, |lost: &mut Vec<(i64, u64)>, journey| {
        if journey.was_lost_after(ask.step, steps) {
            lost.push((journey.reached_at(ask.step), journey.person));
        }
    })?;
    let mut lost = walked.made.concat();
    // The latest first: they can still be won back.
    lost.sort_unstable_by_key(|(at, person)| (std::cmp::Reverse(*at), *person));
    let mut whole = 0;
    for (at, person) in lost {
        let value = carts.get(&person).copied().unwrap_or(0);
        whole += value;
        draft.rows.push(vec![Cell::Text(format!("{person:016x}")), Cell::Time(Timestamp(at)), Cell::Money(value)]);
    }
    draft.extras.push(("dropped", draft.rows.len().into()));
    draft.totals = vec![Cell::Null, Cell::Null, Cell::Money(whole)];
    let step = &ask.funnel.steps[ask.step];
    draft.extras.push(("step", serde_json::json!({ "number": ask.step + 1, "name": step.text })));
    Ok(draft.finish(desk, &ask.funnel.frame))
}
