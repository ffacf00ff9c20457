//! The way of everybody through a funnel: moments from the logs of days where there are such, else from the rows.
//!
//! A visit's moments come from the log of the day it began on, or all from rows. Logs are read visitor by visitor, so a
//! visitor's moments need not wait for those of others; a customer's, which may be several visitors', wait for all.

use super::fold::{Fold, Journey, Moment};
use super::{Ask, Who, of_visits};
use crate::analysis::desk::{Desk, int, key, text};
use crate::analysis::kept::members;
use crate::arm::{Context, Side};
use crate::calendar::Period;
use crate::error::Error;
use crate::facts::{Fact, VISIT_SPAN_DAYS};
use crate::keys::{KeyMap, KeySet};
use crate::log::{Acts, GROUP, Group, Kinds, Logs, Visit, kinds_of, part_of};
use crate::plan::route;
use crate::sums::{Range, Split, split, split_days};
use std::collections::HashMap;

/// How long an order may be counted after it was placed and still be found, in days.
const PAID_WITHIN_DAYS: i64 = 40;

/// What was made of the journeys of some people.
pub(super) struct Walked<T> {
    /// For each group of them.
    pub(super) made: Vec<T>,
    /// The values that they are broken down by, by their numbers.
    pub(super) names: Vec<Option<String>>,
}

/// Hands the journey of everybody who began one to `each`, which adds it to one of several `T`, each of some people.
pub(super) fn walk<T: Default + Send>(
    desk: &Desk,
    ask: &Ask,
    each: impl Fn(&mut T, &Journey) + Sync,
) -> Result<Walked<T>, Error> {
    let (split, days) = split_of(desk, ask)?;
    let mut parts = Parts::default();
    // Whoever is in rows and logs needs all moments of both.
    let mut rows = Vec::new();
    for range in &split.from_rows {
        rows.extend(from_rows(desk, ask, *range, days.is_empty(), &mut parts)?);
    }
    let mut made = Vec::new();
    let mut rest = rows;
    if !days.is_empty() {
        let steps = Steps::open(desk, ask, &days, &mut parts)?;
        let rows = Rows::new(ask.who, rest);
        let logs = Logs::read(desk.snapshot, desk.site, &days)?;
        let start = || (T::default(), Vec::new());
        let scanned = logs.scan(desk.snapshot, start, |(own, waiting), group| {
            steps.walk(group, &rows, waiting, |journey| each(own, journey))
        })?;
        rest = rows.rest;
        for (own, waiting) in scanned {
            made.push(own);
            rest.extend(waiting);
        }
    }
    let mut own = T::default();
    Fold::new(ask.rules).journeys(&mut rest, |journey| each(&mut own, journey));
    made.push(own);
    Ok(Walked { made, names: parts.names })
}

/// Moments from rows, as those from logs meet them.
struct Rows {
    /// By the part of the logs that has the same visitors.
    of_visitors: HashMap<usize, Vec<Moment>>,
    /// Customers that wait until all is read.
    customers: KeySet,
    /// What meets no logs, or waits.
    rest: Vec<Moment>,
}

impl Rows {
    fn new(who: Who, moments: Vec<Moment>) -> Self {
        let mut out = Self { of_visitors: HashMap::new(), customers: KeySet::default(), rest: Vec::new() };
        match who {
            // A visit is in rows or in logs.
            Who::Visit => out.rest = moments,
            Who::Visitor => {
                for moment in moments {
                    out.of_visitors.entry(part_of(moment.person)).or_default().push(moment);
                }
            }
            Who::Customer => {
                out.customers.extend(moments.iter().map(|moment| moment.person));
                out.rest = moments;
            }
        }
        out
    }
}

/// Returns how the period is read, and its days that have logs; none if the logs cannot tell the steps.
fn split_of(desk: &Desk, ask: &Ask) -> Result<(Split, Vec<Range>), Error> {
    let zone = &desk.settings.timezone;
    let period = (ask.frame.period.start(zone), ask.frame.period.end(zone));
    if !ask.steps.iter().all(super::Step::is_in_logs) {
        return Ok((split(period, &[]), Vec::new()));
    }
    Ok(split_days(desk.snapshot, desk.site, desk.settings, period)?)
}

/// What the visits are broken down by.
#[derive(Default)]
struct Parts {
    names: Vec<Option<String>>,
    numbers: HashMap<Option<String>, u32>,
}

impl Parts {
    fn number(&mut self, name: Option<String>) -> u32 {
        *self.numbers.entry(name).or_insert_with_key(|name| {
            self.names.push(name.clone());
            self.names.len() as u32 - 1
        })
    }
}

/// Returns the visits that began in the period of `side` and that the filter keeps: `visit`, `person` and `part`.
fn kept(context: &mut Context, ask: &Ask, side: &Side) -> Result<String, Error> {
    let part = match &ask.breakdown {
        None => "null".to_owned(),
        Some(asked) => {
            let (_, column) = route(Fact::Visits, asked.dimension())
                .ok_or_else(|| of_visits(asked).expect_err("it has no way to visits"))?;
            crate::arm::text(context, column, asked, "v")
        }
    };
    let columns = ["v.visit as visit", &format!("{} as person", ask.who.key("v")), &format!("{part} as part")];
    Ok(members(context, Fact::Visits, &columns, side))
}

/// Returns the periods in which the events of visits of `range` and their orders lie.
fn sides(desk: &Desk, ask: &Ask, range: Range) -> (Side, Side) {
    let longer = |days: i64| {
        let period =
            Period { to: ask.frame.period.to.saturating_add(jiff::Span::new().days(days)), ..ask.frame.period };
        Side { part: Some((range.0, range.1.plus_seconds(days * 86_400))), ..desk.side(period) }
    };
    (longer(VISIT_SPAN_DAYS), longer(PAID_WITHIN_DAYS))
}

/// Returns the moments of visits that began in `range`, from rows. With `alone`, of those who only did the first step
/// just the first.
fn from_rows(desk: &Desk, ask: &Ask, range: Range, alone: bool, parts: &mut Parts) -> Result<Vec<Moment>, Error> {
    let mut context = desk.context(&ask.frame.filter);
    let kept = kept(&mut context, ask, &Side { part: Some(range), ..desk.side(ask.frame.period) })?;
    let (near, paid) = sides(desk, ask, range);
    let mut moments = Vec::new();
    for (i, step) in ask.steps.iter().enumerate() {
        moments.extend(step.selects(&mut context, (&near, &paid), i, |_| true));
    }
    let told = format!(
        "with kept as (\n{kept}\n), moments as (\n{}\n), told as materialized (\n\
         select k.person, epoch_us(m.happened_at) as moment, m.step, m.visit, m.event, k.part\nfrom moments m join kept k on k.visit = m.visit)\n",
        moments.join("\nunion all\n")
    );
    let chosen = if alone {
        "select person, min(moment), 0, arg_min(visit, (moment, visit, event)), arg_min(event, (moment, visit, event)), \
         arg_min(struct_pack(p := part), (moment, visit, event)).p from told group by person having max(step) = 0\nunion all\n\
         select * from told where person in (select person from told where step > 0)"
    } else {
        "select * from told"
    };
    let mut out = Vec::new();
    for row in desk.snapshot.query(&format!("{told}{chosen}"), &context.params.into_values())?.rows {
        out.push(Moment {
            person: key(&row, 0)?,
            at: int(&row, 1)?,
            step: int(&row, 2)? as u8,
            visit: key(&row, 3)?,
            event: key(&row, 4)?,
            part: parts.number(text(&row, 5)?),
        });
    }
    Ok(out)
}

/// How the steps are found in logs.
struct Steps<'a> {
    ask: &'a Ask,
    kinds: Kinds,
    /// The visits that count, with what they are broken down by; `None` for all, by nothing.
    kept: Option<KeyMap<u32>>,
    nothing: u32,
    /// Moments that logs hold none of, orders and carts, by visit: instant, step, key.
    others: KeyMap<Vec<(i64, u8, u64)>>,
}

impl<'a> Steps<'a> {
    fn open(desk: &Desk, ask: &'a Ask, days: &[Range], parts: &mut Parts) -> Result<Self, Error> {
        let whole = (days[0].0, days[days.len() - 1].1);
        let mut context = desk.context(&ask.frame.filter);
        let side = Side { part: Some(whole), ..desk.side(ask.frame.period) };
        let (mut selects, mut others) = (Vec::new(), Vec::new());
        for (i, step) in ask.steps.iter().enumerate() {
            selects.extend(step.kinds(&mut context, &side, i));
        }
        let kinds = if selects.is_empty() {
            Kinds::default()
        } else {
            Kinds::read(desk.snapshot, &selects.join("\nunion all\n"), &context.params.into_values())?
        };
        let mut context = desk.context(&ask.frame.filter);
        let (near, paid) = sides(desk, ask, whole);
        for (i, step) in ask.steps.iter().enumerate() {
            others.extend(step.selects(&mut context, (&near, &paid), i, |fact| kinds_of(fact).is_none()));
        }
        let mut by_visit: KeyMap<Vec<(i64, u8, u64)>> = KeyMap::default();
        if !others.is_empty() {
            desk.snapshot.numbers(&others.join("\nunion all\n"), &context.params.into_values(), |columns| {
                let [visits, times, events, steps] = columns else { return };
                for row in 0..visits.len() {
                    by_visit.entry(visits[row]).or_default().push((times[row] as i64, steps[row] as u8, events[row]));
                }
            })?;
        }
        let kept = kept_visits(desk, ask, &side, parts)?;
        Ok(Self { ask, kinds, kept, nothing: parts.number(None), others: by_visit })
    }

    /// Hands the journeys of the visitors of `group` to `each`, and adds the moments of customers to `waiting`.
    fn walk(
        &self,
        group: Group<'_>,
        rows: &Rows,
        waiting: &mut Vec<Moment>,
        mut each: impl FnMut(&Journey),
    ) -> Result<(), Error> {
        let mut fold = Fold::new(self.ask.rules);
        let of_rows = |part: usize| rows.of_visitors.get(&part).cloned().unwrap_or_default();
        let mut of_parts: [Vec<Moment>; GROUP] = std::array::from_fn(|place| of_rows(group.parts().start + place));
        group.each_day(|day, place, log| {
            let moments = &mut of_parts[place];
            let kinds = self.kinds.of(day);
            log.each(|visit, acts| {
                let person = self.person(&visit);
                let part = match &self.kept {
                    None => self.nothing,
                    Some(kept) => match kept.get(&visit.key) {
                        Some(part) => *part,
                        None => return Ok(()),
                    },
                };
                let waits = self.ask.who == Who::Customer && (visit.customer != 0 || rows.customers.contains(&person));
                let own = if waits { &mut *waiting } else { &mut *moments };
                self.read((&visit, person), acts, part, |event, actions| kinds.of(event, actions), own)?;
                if self.ask.who == Who::Visit {
                    fold.journeys(moments, &mut each);
                    moments.clear();
                }
                Ok(())
            })
        })?;
        for moments in &mut of_parts {
            fold.journeys(moments, &mut each);
        }
        Ok(())
    }

    fn person(&self, visit: &Visit) -> u64 {
        match self.ask.who {
            Who::Visit => visit.key,
            Who::Customer if visit.customer != 0 => visit.customer,
            Who::Visitor | Who::Customer => visit.visitor,
        }
    }

    fn read(
        &self,
        (visit, person): (&Visit, u64),
        acts: Acts<'_>,
        part: u32,
        steps_of: impl Fn(Option<u32>, &[u32]) -> u32,
        moments: &mut Vec<Moment>,
    ) -> Result<(), Error> {
        let moment = |at: i64, step: u8, event: u64| Moment { person, at, step, visit: visit.key, event, part };
        // Numbered from the top, far from the keys of orders and carts.
        let mut event = u64::MAX;
        acts.each(|at, kind, actions| {
            event -= 1;
            let mut steps = steps_of(kind, actions);
            while steps != 0 {
                moments.push(moment(at, steps.trailing_zeros() as u8, event));
                steps &= steps - 1;
            }
        })?;
        if let Some(others) = self.others.get(&visit.key) {
            moments.extend(others.iter().map(|(at, step, event)| moment(*at, *step, *event)));
        }
        Ok(())
    }
}

/// Returns the visits that the filter keeps, each with what it is broken down by; `None` for all, by nothing.
fn kept_visits(desk: &Desk, ask: &Ask, side: &Side, parts: &mut Parts) -> Result<Option<KeyMap<u32>>, Error> {
    if ask.breakdown.is_none() && ask.frame.filter.parts.is_empty() {
        return Ok(None);
    }
    let mut context = desk.context(&ask.frame.filter);
    let rows = kept(&mut context, ask, side)?;
    let params = context.params.into_values();
    let mut numbers: KeyMap<u32> = KeyMap::default();
    for row in
        desk.snapshot.query(&format!("select distinct hash(part), part from (\n{rows}\n) k order by 2"), &params)?.rows
    {
        numbers.insert(key(&row, 0)?, parts.number(text(&row, 1)?));
    }
    let mut out: KeyMap<u32> = KeyMap::default();
    desk.snapshot.numbers(&format!("select visit, hash(part) from (\n{rows}\n) k"), &params, |columns| {
        let [visits, hashes] = columns else { return };
        out.extend(visits.iter().zip(hashes.iter()).filter_map(|(v, h)| Some((*v, *numbers.get(h)?))));
    })?;
    Ok(Some(out))
}
