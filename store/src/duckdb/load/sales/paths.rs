//! Visitors' ways: the visits and touches on which orders and carts may lie.

use super::super::super::heads::{Head, Heads};
use super::super::super::keys;
use super::super::search::{Search, fetch};
use crate::{Error, Value};
use commerce::rows::{TouchRow, VisitRow};
use commerce::state::{Keys, Path, State};
use commerce::{EventKey, Timestamp, VisitKey, VisitorKey};
use std::collections::{HashMap, HashSet};

/// A touch counts for what was bought so long after it, at the utmost.
const BEFORE_S: i64 = 400 * 86_400;

const TOUCHES_MAX: usize = 1000;

/// A stored visit, but for its wide columns.
struct Stored {
    visit: VisitKey,
    position: u64,
    started_at: Timestamp,
    seen_until: Timestamp,
}

/// The visitors whose ways are told, with their visits.
pub(super) struct Paths<'a> {
    heads: &'a Heads,
    asked: HashSet<VisitorKey>,
    /// Those of whom memory holds everything.
    remembered: Vec<VisitorKey>,
    /// Live visits of the others, of all times.
    stored: HashMap<VisitorKey, Vec<Stored>>,
}

impl<'a> Paths<'a> {
    /// Returns no ways yet; what `heads` hold whole need not be read.
    pub(super) fn new(heads: &'a Heads) -> Self {
        Self { heads, asked: HashSet::new(), remembered: Vec::new(), stored: HashMap::new() }
    }

    /// Adds `visitors` and finds their visits.
    pub(super) fn find(
        &mut self,
        search: Search<'_>,
        visitors: impl IntoIterator<Item = VisitorKey>,
    ) -> Result<(), Error> {
        let new = visitors.into_iter().filter(|visitor| self.asked.insert(*visitor));
        let (whole, missing): (Vec<_>, Vec<_>) = new.partition(|visitor| self.heads.whole(*visitor).is_some());
        self.remembered.extend(whole);
        if missing.is_empty() {
            return Ok(());
        }
        keys::put(search.connection, "k_visitors", missing.iter().map(|v| v.0))?;
        let found: Vec<(VisitorKey, VisitKey, u64, Timestamp, Timestamp)> = keys::rows(
            search.connection,
            "select v.visitor, v.visit, v.position, v.started_at, v.seen_until
             from visits v semi join k_visitors k on v.visitor = k.key
             where v.live",
            &[],
        )?;
        self.stored.extend(missing.into_iter().map(|visitor| (visitor, Vec::new())));
        for (visitor, visit, position, started_at, seen_until) in found {
            self.stored.entry(visitor).or_default().push(Stored { visit, position, started_at, seen_until });
        }
        Ok(())
    }

    /// Returns every visit of the visitors, each with its visitor.
    pub(super) fn visits(&self) -> HashMap<VisitKey, VisitorKey> {
        let remembered = self.remembered.iter().filter_map(|visitor| self.heads.whole(*visitor));
        let remembered = remembered.flat_map(|head| head.visits.iter().map(|visit| (visit.visit, visit.visitor)));
        let stored = self.stored.iter().flat_map(|(visitor, visits)| visits.iter().map(|v| (v.visit, *visitor)));
        remembered.chain(stored).collect()
    }

    /// Returns the ways, as far as what is sold in `state` and the batch may lie on them.
    pub(super) fn load(
        self,
        search: Search<'_>,
        batch: (&Keys, &HashMap<VisitorKey, Timestamp>),
        state: &State,
    ) -> Result<HashMap<VisitorKey, Path>, Error> {
        let mut paths = HashMap::new();
        let Some((first, last)) = window(batch, state) else { return Ok(paths) };
        let window = (first.plus_seconds(-BEFORE_S), last);
        for visitor in &self.remembered {
            let path = self.heads.whole(*visitor).and_then(|head| remembered(head, window));
            paths.extend(path.map(|path| (*visitor, path)));
        }
        if !self.stored.is_empty() {
            read_visits(search, window, &self.stored, &mut paths)?;
            keys::put(search.connection, "k_visitors", self.stored.keys().map(|v| v.0))?;
            read_touches(search, window, &mut paths)?;
        }
        for path in paths.values_mut() {
            path.visits.sort_unstable_by_key(|visit| (visit.started_at, visit.number, visit.visit));
            path.touches.sort_unstable_by_key(|touch| (touch.occurred_at, touch.position, touch.event));
        }
        Ok(paths)
    }
}

/// Returns the time from the first to the last of the orders, carts and statements told, and of the batch's events.
fn window((keys, asked): (&Keys, &HashMap<VisitorKey, Timestamp>), state: &State) -> Option<(Timestamp, Timestamp)> {
    let sales = &state.sales;
    let orders = sales.orders.values().map(|row| row.placed_at);
    let order_facts = sales.order_facts.iter().map(|fact| fact.occurred_at);
    let carts = sales.carts.values().flat_map(|head| [head.cart.created_at, head.cart.changed_at]);
    let cart_facts = sales.cart_facts.iter().map(|fact| fact.occurred_at);
    let batch = keys.events.values().chain(asked.values()).copied();
    let times = orders.chain(order_facts).chain(carts).chain(cart_facts).chain(batch);
    times.fold(None, |window, at| match window {
        None => Some((at, at)),
        Some((first, last)) => Some((at.min(first), at.max(last))),
    })
}

/// Returns the way that memory holds whole; `None` if there is none.
fn remembered(head: &Head, (first, last): (Timestamp, Timestamp)) -> Option<Path> {
    let within = |visit: &&VisitRow| visit.seen_until >= first && visit.started_at <= last;
    let touches = head.touches.iter().filter(|touch| touch.occurred_at >= first && touch.occurred_at <= last);
    let path = Path {
        seen_beyond: !head.visits.iter().all(|visit| within(&visit)),
        visits: head.visits.iter().filter(within).cloned().collect(),
        touches: touches.cloned().collect(),
    };
    (path != Path::default()).then_some(path)
}

fn read_visits(
    search: Search<'_>,
    (first, last): (Timestamp, Timestamp),
    stored: &HashMap<VisitorKey, Vec<Stored>>,
    paths: &mut HashMap<VisitorKey, Path>,
) -> Result<(), Error> {
    let mut wanted: Vec<(VisitKey, u64)> = Vec::new();
    for (visitor, visits) in stored {
        for visit in visits {
            if visit.seen_until >= first && visit.started_at <= last {
                wanted.push((visit.visit, visit.position));
            } else {
                paths.entry(*visitor).or_default().seen_beyond = true;
            }
        }
    }
    keys::put(search.connection, "k_visits", wanted.iter().map(|(visit, _)| visit.0))?;
    let positions = wanted.iter().map(|(_, position)| *position);
    for row in fetch::<VisitRow>(search.connection, "visit", "k_visits", positions)? {
        paths.entry(row.visitor).or_default().visits.push(row);
    }
    Ok(())
}

fn read_touches(
    search: Search<'_>,
    (first, last): (Timestamp, Timestamp),
    paths: &mut HashMap<VisitorKey, Path>,
) -> Result<(), Error> {
    let found: Vec<(VisitorKey, EventKey, u64)> = keys::rows(
        search.connection,
        &format!(
            "select t.visitor, t.event, t.position from touches t semi join k_visitors k on t.visitor = k.key
             where t.occurred_at between ? and ?
             qualify row_number() over (partition by t.visitor order by t.occurred_at desc, t.position desc) <= {TOUCHES_MAX}"
        ),
        &[Value::Time(first), Value::Time(last)],
    )?;
    let wanted: HashSet<(VisitorKey, EventKey)> = found.iter().map(|(visitor, event, _)| (*visitor, *event)).collect();
    keys::put(search.connection, "k_events", found.iter().map(|(_, event, _)| event.0))?;
    for touch in fetch::<TouchRow>(search.connection, "event", "k_events", found.iter().map(|(.., at)| *at))? {
        if wanted.contains(&(touch.visitor, touch.event)) {
            paths.entry(touch.visitor).or_default().touches.push(touch);
        }
    }
    Ok(())
}
