//! The ways that led to orders, and those that led to none: touches in order, each with what it is credited under.
//!
//! A touch is the start of a visit with its source, and a campaign or external referrer within a visit; one that says the
//! same as the touch before it in its visit is none. What an order itself states and no touch of its way shows is a touch
//! at the time of the order; an order without any touch in the window has only that.

use crate::analysis::desk::{Desk, flag, int, int_or_null, key, text};
use crate::analysis::given::Frame;
use crate::analysis::kept::members;
use crate::analysis::orders::kept_orders;
use crate::arm::Context;
use crate::error::{Error, QueryError};
use crate::facts::Fact;
use crate::filter::{Filter, asked};
use crate::keys::KeyMap;
use crate::plan::{Plan, route};
use crate::relations::Relation;
use std::collections::HashMap;

/// What credit is given to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Channel,
    Source,
    Medium,
    Campaign,
    LandingPage,
}

/// Its names.
pub(crate) const BY: &[(&str, By)] = &[
    ("channel", By::Channel),
    ("source", By::Source),
    ("medium", By::Medium),
    ("campaign", By::Campaign),
    ("landing_page", By::LandingPage),
];

impl By {
    /// Returns the name: also that of the column in visits, touches, orders and costs.
    pub(crate) fn name(self) -> &'static str {
        BY.iter().find(|(_, by)| *by == self).map_or("", |(name, _)| name)
    }

    /// Returns the column of visits, touches or orders under the alias `t`: what reports show under the same name.
    fn column(self, context: &mut Context) -> String {
        let known = asked(self.name()).ok();
        let column = known.as_ref().and_then(|a| route(Fact::Visits, a.dimension()).map(|(_, column)| (a, column)));
        match column {
            Some((asked, column)) => crate::arm::text(context, column, asked, "t"),
            None => format!("t.{}", self.name()),
        }
    }

    /// Returns what a column of it is headed with.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Channel => "Channel",
            Self::Source => "Source",
            Self::Medium => "Medium",
            Self::Campaign => "Campaign",
            Self::LandingPage => "Landing page",
        }
    }
}

/// Whose touches count for an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Visitor,
    Customer,
}

/// Its names.
pub(crate) const SCOPES: &[(&str, Scope)] = &[("visitor", Scope::Visitor), ("customer", Scope::Customer)];

/// One touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Touch {
    /// Place of what it is credited under in [`Paths::labels`].
    pub(crate) label: usize,
    /// When, in microseconds.
    pub(crate) at: i64,
    /// Whether nothing is known of where it came from.
    pub(crate) direct: bool,
}

/// The way of one order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Path {
    /// When it was placed, in microseconds.
    pub(crate) at: i64,
    /// Its net sales after refunds; `None` without a rate.
    pub(crate) net: Option<i64>,
    /// Its touches in order, one at least.
    pub(crate) touches: Vec<Touch>,
}

impl Path {
    /// Returns what its touches are credited under, each once, in their order.
    pub(crate) fn distinct(&self) -> Vec<usize> {
        let mut out = Vec::new();
        for touch in &self.touches {
            if !out.contains(&touch.label) {
                out.push(touch.label);
            }
        }
        out
    }
}

/// The ways of all orders.
#[derive(Debug, Default)]
pub(crate) struct Paths {
    /// What touches are credited under; `None` for unknown.
    pub(crate) labels: Vec<Option<String>>,
    /// One way for each order, in the order of time.
    pub(crate) paths: Vec<Path>,
}

impl Paths {
    fn label(&mut self, known: &mut HashMap<Option<String>, usize>, label: Option<String>) -> usize {
        *known.entry(label).or_insert_with_key(|label| {
            self.labels.push(label.clone());
            self.labels.len() - 1
        })
    }
}

/// What tells two sources apart.
const SAME: &str = "hash(t.source, t.medium, t.campaign, t.term, t.content)";

/// Returns the ways of the orders that `frame` keeps, with touches up to `window_days` before each.
pub(crate) fn read(desk: &Desk, frame: &Frame, by: By, scope: Scope, window_days: i64) -> Result<Paths, Error> {
    let mut context = desk.context(&frame.filter);
    let side = desk.side(frame.period);
    let columns = [
        "o.visitor as visitor",
        "o.customer as customer",
        "o.channel as channel",
        "o.source as source",
        "o.medium as medium",
        "o.campaign as campaign",
        "o.term as term",
        "o.content as content",
        "o.landing_page as landing_page",
    ];
    let orders = kept_orders(&mut context, &side, &columns);
    let window = context.params.bind(window_days * 86_400_000_000);
    let label = by.column(&mut context);
    let in_window =
        |time: &str| format!("{time} <= b.placed_at and epoch_us({time}) >= epoch_us(b.placed_at) - {window}");
    let visits = Relation::Visits.text(context.scope, false, &[]);
    let visitors = match scope {
        Scope::Visitor => "select id, placed_at, visitor from bought where visitor is not null".to_owned(),
        Scope::Customer => format!(
            "select id, placed_at, visitor from bought where visitor is not null union \
             select b.id, b.placed_at, t.visitor from bought b join {visits} t on t.customer = b.customer"
        ),
    };
    let touches = Relation::Touches.text(context.scope, false, &[]);
    let sql = format!(
        "with bought as (\n{orders}\n), people as (\n{visitors}\n), found as (\n\
         select b.id, epoch_us(t.started_at) as moment, 0 as kind, 0::ubigint as event, t.visit, {label} as label, {SAME} as same, t.source = '(direct)' as direct \
         from people b join {visits} t on t.visitor = b.visitor where {}\nunion all\n\
         select b.id, epoch_us(t.occurred_at), 1, t.event, t.visit, {label}, {SAME}, t.source = '(direct)' \
         from people b join {touches} t on t.visitor = b.visitor where {}\nunion all\n\
         select t.id, epoch_us(t.placed_at), 2, 0, null, {label}, {SAME}, t.source = '(direct)' from bought t)\n\
         select f.id, f.moment, f.kind, f.event, f.visit, f.label, f.same, f.direct, epoch_us(b.placed_at), b.kept, b.order_id \
         from found f join bought b on b.id = f.id",
        in_window("t.started_at"),
        in_window("t.occurred_at"),
    );
    let rows = desk.ask(&sql, context.params)?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        found.push(Found {
            placed: (int(row, 8)?, text(row, 10)?.unwrap_or_default()),
            at: int(row, 1)?,
            kind: int(row, 2)?,
            event: key(row, 3)?,
            visit: if row[4].is_null() { None } else { Some(key(row, 4)?) },
            label: text(row, 5)?,
            same: key(row, 6)?,
            direct: flag(row, 7),
            net: int_or_null(row, 9)?,
        });
    }
    Ok(fold(found))
}

/// A touch as it was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    /// When its order was placed, and the order's id.
    placed: (i64, String),
    at: i64,
    /// 0 for the start of a visit, 1 for an event, 2 for what the order states.
    kind: i64,
    event: u64,
    visit: Option<u64>,
    label: Option<String>,
    same: u64,
    direct: bool,
    net: Option<i64>,
}

/// Puts touches together to ways.
fn fold(mut found: Vec<Found>) -> Paths {
    found.sort_unstable();
    let mut paths = Paths::default();
    let mut known = HashMap::new();
    for own in found.chunk_by(|a, b| a.placed == b.placed) {
        let mut path = Path { at: own[0].placed.0, net: own[0].net, touches: Vec::new() };
        let mut last_of: HashMap<Option<u64>, u64> = HashMap::new();
        let mut seen: Vec<u64> = Vec::new();
        for touch in own {
            let says_nothing = match touch.kind {
                2 => !seen.is_empty() && (touch.direct || seen.contains(&touch.same)),
                _ => last_of.insert(touch.visit, touch.same) == Some(touch.same),
            };
            if !says_nothing {
                seen.push(touch.same);
                let label = paths.label(&mut known, touch.label.clone());
                path.touches.push(Touch { label, at: touch.at, direct: touch.direct });
            }
        }
        paths.paths.push(path);
    }
    paths
}

/// Returns the ways of visitors who came in the period and ordered nothing in it, each with how many took it.
pub(crate) fn lost(
    desk: &Desk,
    frame: &Frame,
    by: By,
    window_days: i64,
) -> Result<HashMap<Vec<Option<String>>, u64>, Error> {
    let whole = Filter::default();
    // A filter that says nothing of visits leaves them all.
    let kept = Plan::new(&[crate::metric("visits").expect("a metric")], &[], &frame.filter).is_ok();
    if !kept && frame.is_shared {
        let message =
            "what this link shows cannot be told of visits without an order, which markov and shapley look at";
        return Err(QueryError::new("query.not_combinable", message, "ask for other `models`").into());
    }
    let mut context: Context = desk.context(if kept { &frame.filter } else { &whole });
    let side = desk.side(frame.period);
    let visits = members(&mut context, Fact::Visits, &["v.visitor as visitor", "v.started_at as started_at"], &side);
    let mut until: KeyMap<i64> = KeyMap::default();
    let sql = format!("select visitor, epoch_us(started_at) from (\n{visits}\n) k");
    desk.snapshot.numbers(&sql, context.params.values(), |columns| {
        let [visitors, times] = columns else { return };
        for (visitor, at) in visitors.iter().zip(times.iter().map(|at| *at as i64)) {
            until.entry(*visitor).and_modify(|last| *last = at.max(*last)).or_insert(at);
        }
    })?;
    let mut context: Context = desk.context(&whole);
    let zone = &desk.settings.timezone;
    let (from, to) = (context.params.bind(frame.period.start(zone)), context.params.bind(frame.period.end(zone)));
    let bought = [format!("counted_at >= {from}"), format!("counted_at < {to}"), "visitor is not null".to_owned()];
    let orders = Relation::Orders.text(context.scope, false, &bought);
    desk.snapshot.numbers(&format!("select visitor from {orders} o"), context.params.values(), |columns| {
        for visitor in columns.iter().flat_map(|column| column.iter()) {
            until.remove(visitor);
        }
    })?;
    let window_us = window_days * 86_400_000_000;
    let (found, labels) = moments(desk, frame, by, window_us, &until)?;
    Ok(ways(found, &labels))
}

/// A touch of somebody who ordered nothing. They stand in the order of people, then of time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    visitor: u64,
    at: i64,
    kind: u8,
    event: u64,
    visit: u64,
    same: u64,
    label: u64,
}

/// Returns the touches of everybody in `until`, up to then and as far back as the window reaches, and what the keys of
/// their labels stand for.
fn moments(
    desk: &Desk,
    frame: &Frame,
    by: By,
    window_us: i64,
    until: &KeyMap<i64>,
) -> Result<(Vec<Seen>, KeyMap<Option<String>>), Error> {
    let mut context = desk.context(&frame.filter);
    let zone = &desk.settings.timezone;
    // Nobody's last visit is before the period, nor any after it.
    let from = context.params.bind(frame.period.start(zone).plus_seconds(-(window_us / 1_000_000) - 1));
    let to = context.params.bind(frame.period.end(zone));
    let label = by.column(&mut context);
    let within = |time: &str| [format!("{time} >= {from}"), format!("{time} < {to}")];
    let visits = Relation::Visits.text(context.scope, false, &within("started_at"));
    let touches = Relation::Touches.text(context.scope, false, &within("occurred_at"));
    let columns = format!("t.visit, {SAME} as same, {label} as label");
    let rows = format!(
        "select t.visitor, epoch_us(t.started_at) as moment, 0::utinyint as kind, 0::ubigint as event, {columns} from {visits} t\n\
         union all\nselect t.visitor, epoch_us(t.occurred_at), 1::utinyint, t.event, {columns} from {touches} t where t.visitor is not null"
    );
    let params = context.params.values();
    let mut found = Vec::new();
    let sql = format!("select visitor, moment, kind, event, visit, same, hash(label) from (\n{rows}\n) f");
    desk.snapshot.numbers(&sql, params, |columns| {
        let [visitors, times, kinds, events, visits, sames, labels] = columns else { return };
        for row in 0..visitors.len() {
            let (visitor, at) = (visitors[row], times[row] as i64);
            if until.get(&visitor).is_some_and(|until| at <= *until && at >= until - window_us) {
                let (kind, event, visit) = (kinds[row] as u8, events[row], visits[row]);
                found.push(Seen { visitor, at, kind, event, visit, same: sames[row], label: labels[row] });
            }
        }
    })?;
    let mut names: KeyMap<Option<String>> = KeyMap::default();
    let sql = format!("select distinct hash(label), label from (\n{rows}\n) f");
    for row in desk.snapshot.query(&sql, params)?.rows {
        names.insert(key(&row, 0)?, text(&row, 1)?);
    }
    Ok((found, names))
}

/// Returns each way with how many took it. A touch that says what the one before it in its visit said is none.
fn ways(mut found: Vec<Seen>, labels: &KeyMap<Option<String>>) -> HashMap<Vec<Option<String>>, u64> {
    found.sort_unstable();
    let mut counts: HashMap<Vec<u64>, u64> = HashMap::new();
    let mut way = Vec::new();
    let mut last: Vec<(u64, u64)> = Vec::new();
    for own in found.chunk_by(|a, b| a.visitor == b.visitor) {
        way.clear();
        last.clear();
        for touch in own {
            let known = last.iter_mut().find(|(visit, _)| *visit == touch.visit);
            let is_new = known.as_ref().is_none_or(|(_, same)| *same != touch.same);
            match known {
                Some((_, same)) => *same = touch.same,
                None => last.push((touch.visit, touch.same)),
            }
            if is_new {
                way.push(touch.label);
            }
        }
        match counts.get_mut(way.as_slice()) {
            Some(count) => *count += 1,
            None => drop(counts.insert(way.clone(), 1)),
        }
    }
    let mut out = HashMap::new();
    for (way, count) in counts {
        let way: Vec<Option<String>> = way.iter().map(|label| labels.get(label).cloned().flatten()).collect();
        *out.entry(way).or_default() += count;
    }
    out
}
