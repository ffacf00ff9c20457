//! The funnel: how many visits, visitors or customers come from step to step, how long it takes, and what is lost.
//!
//! Finds the moments of every step (`walk.rs`): in the logs of days where there are such, else in the rows (`steps.rs`).
//! Folds them person by person (`fold.rs`) and counts. Who counts is the visits that started in the period and that the
//! filter keeps.

pub(crate) mod dropped;
mod fold;
mod steps;
mod walk;

use super::desk::{Desk, int_or_null, key};
use super::draft::{Draft, count, figure, median, ratio, seconds, split, sum, text_cell};
use super::given::{Frame, Given};
use crate::dimensions::Asked;
use crate::error::{Error, QueryError};
use crate::facts::{Fact, Route, VISIT_SPAN_DAYS};
use crate::metrics::Unit;
use crate::plan::route;
use crate::relations::Relation;
use crate::table::{Cell, Table};
use fold::Rules;
use std::collections::{BTreeMap, HashMap};
use steps::Step;
use walk::walk;

const WEEK_US: i64 = 7 * 86_400 * 1_000_000;

/// Who goes through the funnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Visit,
    Visitor,
    Customer,
}

impl Who {
    /// Returns the key in a row of visits or carts under the alias `t`.
    fn key(self, t: &str) -> String {
        match self {
            Self::Visit => format!("{t}.visit"),
            Self::Visitor => format!("{t}.visitor"),
            Self::Customer => format!("coalesce({t}.customer, {t}.visitor)"),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Visit => "visit",
            Self::Visitor => "visitor",
            Self::Customer => "customer",
        }
    }
}

/// What is asked.
#[derive(Debug)]
pub(crate) struct Ask {
    frame: Frame,
    steps: Vec<Step>,
    who: Who,
    rules: Rules,
    breakdown: Option<Asked>,
}

impl Ask {
    pub(crate) fn parse(given: &Given) -> Result<Self, QueryError> {
        let frame = given.frame()?;
        crate::plan::Plan::new(&[crate::metric("visits").expect("a metric")], &[], &frame.filter)?;
        let steps = steps::parse(given, given.get("steps").unwrap_or("view_item;add_to_cart;begin_checkout;purchase"))?;
        let who = [("visit", Who::Visit), ("visitor", Who::Visitor), ("customer", Who::Customer)];
        let open = given.one_of("mode", &[("closed", false), ("open", true)])?;
        let rules = Rules { steps: steps.len(), open, window_us: given.span_us("window", WEEK_US)? };
        let breakdown = given.dimension("breakdown")?;
        if let Some(asked) = &breakdown {
            of_visits(asked)?;
        }
        Ok(Self { frame, steps, who: given.one_of("scope", &who)?, rules, breakdown })
    }
}

/// Refuses a dimension that no visit has itself.
fn of_visits(asked: &Asked) -> Result<(), QueryError> {
    if asked.time().is_none() && matches!(route(Fact::Visits, asked.dimension()), Some((Route::Own(_), _))) {
        return Ok(());
    }
    let own = |d: &&'static crate::Dimension| matches!(route(Fact::Visits, d), Some((Route::Own(_), _)));
    let names: Vec<&str> = crate::DIMENSIONS.iter().filter(own).map(|d| d.name).collect();
    Err(QueryError::new(
        "query.not_combinable",
        format!("a funnel cannot be broken down by `{}`", asked.name()),
        format!("it can by {}", names.join(", ")),
    ))
}

/// Returns what lies in carts that nobody ordered, by whose they are.
fn cart_values(desk: &Desk, ask: &Ask) -> Result<HashMap<u64, i128>, Error> {
    let mut context = desk.context(&ask.frame.filter);
    let zone = &desk.settings.timezone;
    let (from, to) = (ask.frame.period.start(zone), ask.frame.period.end(zone).plus_seconds(VISIT_SPAN_DAYS * 86_400));
    let (from, to) = (context.params.bind(from), context.params.bind(to));
    let conditions = [format!("created_at >= {from}"), format!("created_at < {to}"), "state <> 'ordered'".to_owned()];
    let carts = Relation::Carts.text(context.scope, false, &conditions);
    let whose = ask.who.key("c");
    let sql = format!(
        "select {whose}, sum(c.reporting_value) from {carts} c where c.units > 0 and {whose} is not null group by 1"
    );
    let mut out = HashMap::new();
    for row in desk.ask(&sql, context.params)? {
        if let Some(value) = int_or_null(&row, 1)? {
            out.insert(key(&row, 0)?, i128::from(value));
        }
    }
    Ok(out)
}

/// Figures of one step.
#[derive(Clone, Default)]
struct Figures {
    entered: usize,
    came: usize,
    dropped: usize,
    dropped_value: i128,
    took: Vec<i64>,
}

impl Figures {
    fn add(&mut self, other: &Self) {
        self.entered += other.entered;
        self.came += other.came;
        self.dropped += other.dropped;
        self.dropped_value += other.dropped_value;
        self.took.extend(&other.took);
    }
}

/// Figures of people whose journeys began in visits of the same part.
#[derive(Default)]
struct Group {
    people: usize,
    steps: Vec<Figures>,
}

pub(crate) fn run(desk: &Desk, ask: &Ask) -> Result<Table, Error> {
    let carts = cart_values(desk, ask)?;
    let steps = ask.steps.len();
    let walked = walk(desk, ask, |groups: &mut BTreeMap<u32, Group>, journey| {
        let group = groups.entry(journey.part).or_default();
        group.people += 1;
        group.steps.resize(steps, Figures::default());
        for (i, figure) in group.steps.iter_mut().enumerate() {
            figure.entered += usize::from(journey.did(i));
            figure.came += usize::from(journey.came_to(i));
            figure.took.extend(journey.took_us(i));
            if journey.was_lost_after(i, steps) {
                figure.dropped += 1;
                figure.dropped_value += carts.get(&journey.person).copied().unwrap_or(0);
            }
        }
    })?;
    let mut by_part: BTreeMap<u32, Group> = BTreeMap::new();
    if ask.breakdown.is_none() {
        by_part.insert(0, Group { people: 0, steps: vec![Figures::default(); steps] });
    }
    for (part, group) in walked.made.into_iter().flatten() {
        let whole = by_part.entry(part).or_default();
        whole.people += group.people;
        whole.steps.resize(steps, Figures::default());
        whole.steps.iter_mut().zip(&group.steps).for_each(|(whole, own)| whole.add(own));
    }
    Ok(table(desk, ask, &walked.names, by_part))
}

fn table(desk: &Desk, ask: &Ask, parts: &[Option<String>], by_part: BTreeMap<u32, Group>) -> Table {
    let mut columns = vec![split("step", "Step"), split("name", "Name")];
    if let Some(asked) = &ask.breakdown {
        columns.push(split(&asked.name(), asked.dimension().label));
    }
    columns.extend([
        figure("entered", "Entered", Unit::Count),
        figure("continued_rate", "Came on from the step before", Unit::Percent),
        figure("overall_rate", "Of all", Unit::Percent),
        sum("dropped", "Lost after it", Unit::Count),
        sum("dropped_value", "Left in their carts", Unit::Money),
        figure("median_time_s", "Median time to it", Unit::Seconds),
    ]);
    let mut draft = Draft::new(columns);
    let name = |part: u32| parts.get(part as usize).and_then(|p| p.as_deref());
    let mut by_part: Vec<(u32, Group)> = by_part.into_iter().collect();
    by_part.sort_by_key(|(part, group)| {
        (std::cmp::Reverse(group.steps[0].entered), name(*part).is_none(), name(*part).map(str::to_owned))
    });
    let (mut first, mut last, mut all, mut dropped, mut value) = (0, 0, 0, 0, 0);
    for (part, Group { people, steps: mut figures }) in by_part {
        let whole = if ask.rules.open { people } else { figures[0].entered };
        let mut before = None;
        for (i, (figure, step)) in figures.iter_mut().zip(&ask.steps).enumerate() {
            let mut row = vec![count(i + 1), Cell::Text(step.text.clone())];
            if ask.breakdown.is_some() {
                row.push(text_cell(name(part)));
            }
            row.extend([
                count(figure.entered),
                before.map_or(Cell::Null, |before: usize| ratio(figure.came as i128, before as i128)),
                ratio(figure.entered as i128, whole as i128),
                count(figure.dropped),
                Cell::Money(figure.dropped_value),
                median(&mut figure.took).map_or(Cell::Null, seconds),
            ]);
            draft.rows.push(row);
            before = Some(figure.entered);
            dropped += figure.dropped;
            value += figure.dropped_value;
        }
        first += figures[0].entered;
        last += figures.last().map_or(0, |f| f.entered);
        all += whole;
    }
    let at = draft.totals.len() - 6;
    draft.totals[at] = count(first);
    draft.totals[at + 2] = ratio(last as i128, all as i128);
    draft.totals[at + 3] = count(dropped);
    draft.totals[at + 4] = Cell::Money(value);
    draft.extras.push(("scope", ask.who.name().into()));
    draft.extras.push(("mode", if ask.rules.open { "open" } else { "closed" }.into()));
    draft.extras.push(("window_s", (ask.rules.window_us / 1_000_000).into()));
    draft.finish(desk, &ask.frame)
}
