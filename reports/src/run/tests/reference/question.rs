//! A question to the reference: the things it counts, by the rows of the report in which they count.

use super::dimensions::{Value, is_first};
use super::rows::{Has, Kind, Thing, World};
use super::segments::{Judge, place_of};
use crate::dimensions::Asked;
use crate::filter::{Did, Filter, Node, Of};
use commerce::Timestamp;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::rc::Rc;

/// The things of a kind, and by each row of the report which of them count there.
struct Counted<'w> {
    things: Vec<Thing<'w>>,
    by_row: BTreeMap<Vec<Value>, Vec<usize>>,
}

/// What is asked of a world, split by dimensions.
pub(super) struct Question<'w> {
    pub(super) judge: Judge<'w>,
    pub(super) dimensions: Vec<Asked>,
    pub(super) by_order_date: bool,
    things: RefCell<BTreeMap<Kind, Rc<Counted<'w>>>>,
}

impl<'w> Question<'w> {
    pub(super) fn new(
        world: &'w World,
        (filter, dimensions): (&'w Filter, &[Asked]),
        period: Range<Timestamp>,
        as_of: Timestamp,
        by_order_date: bool,
    ) -> Self {
        let judge = Judge::new(world, filter, period, as_of);
        Self { judge, dimensions: dimensions.to_vec(), by_order_date, things: RefCell::default() }
    }

    /// Returns the rows in which anything counts that was asked for.
    pub(super) fn rows(&self) -> BTreeSet<Vec<Value>> {
        self.things.borrow().values().flat_map(|counted| counted.by_row.keys().cloned()).collect()
    }

    fn counted(&self, kind: Kind) -> Rc<Counted<'w>> {
        if let Some(known) = self.things.borrow().get(&kind) {
            return Rc::clone(known);
        }
        let things = self.judge.world.things(kind, &self.judge.period, self.by_order_date);
        let mut by_row: BTreeMap<Vec<Value>, Vec<usize>> = BTreeMap::new();
        for (at, thing) in things.iter().enumerate() {
            for row in self.judge.rows_of(thing, kind, &self.dimensions) {
                by_row.entry(row).or_default().push(at);
            }
        }
        let counted = Rc::new(Counted { things, by_row });
        self.things.borrow_mut().insert(kind, Rc::clone(&counted));
        counted
    }

    /// Returns of how many rows of the report a thing of the kind can be, at least: the tables of many rows that are
    /// asked for. `None` if it cannot be told by what is asked.
    fn spread(&self, kind: Kind) -> Option<usize> {
        let whose = self.asks_whose();
        if kind == Kind::AdCosts && whose {
            return None;
        }
        let filtered = self.filtered();
        let goal = |asked: &&Asked| kind == Kind::VisitsWhateverGoal && asked.dimension().name == "goal";
        let asked = self.dimensions.iter().chain(filtered.into_iter().filter(|asked| !goal(asked)));
        asked.filter(|asked| asked.time().is_none()).try_fold(0, |spread, asked| {
            let (_, has) = place_of(kind, asked)?;
            Some(spread + usize::from(has == Has::Many))
        })
    }

    /// Returns what the filter asks of each row.
    fn filtered(&self) -> Vec<&Asked> {
        let mut out = Vec::new();
        self.judge.filter.parts.iter().filter(|p| p.of == Of::Rows).for_each(|p| p.tree.asked(&mut out));
        out
    }

    fn asks_whose(&self) -> bool {
        self.judge.filter.parts.iter().any(|part| {
            let mut deeds: Vec<&Did> = Vec::new();
            behaviours(&part.tree, &mut deeds);
            part.of != Of::Rows || !deeds.is_empty()
        })
    }
}

fn behaviours<'n>(tree: &'n Node, out: &mut Vec<&'n Did>) {
    match tree {
        Node::All(nodes) | Node::Any(nodes) => nodes.iter().for_each(|node| behaviours(node, out)),
        Node::Not(node) => behaviours(node, out),
        Node::Did(did) => out.push(did),
        _ => {}
    }
}

/// One row of a report, or its totals: what is counted there.
pub(super) struct Place<'q, 'w> {
    question: &'q Question<'w>,
    row: &'q [Value],
    /// Whether anything was counted that is not nothing.
    something: Cell<bool>,
    /// Whether something was asked for that no kind of thing can tell.
    impossible: Cell<bool>,
}

impl<'q, 'w> Place<'q, 'w> {
    pub(super) fn new(question: &'q Question<'w>, row: &'q [Value]) -> Self {
        Self { question, row, something: Cell::new(false), impossible: Cell::new(false) }
    }

    pub(super) fn has_something(&self) -> bool {
        self.something.get()
    }

    pub(super) fn is_impossible(&self) -> bool {
        self.impossible.get()
    }

    pub(super) fn world(&self) -> &'w World {
        self.question.judge.world
    }

    pub(super) fn is_split_by_goal(&self) -> bool {
        self.question.dimensions.iter().any(|d| d.dimension().name == "goal")
    }

    /// Returns that of `kinds` which counts the fewest things in several rows, the first of equals.
    pub(super) fn finest(&self, kinds: &[Kind]) -> Kind {
        let spreads = kinds.iter().filter_map(|kind| Some((self.question.spread(*kind)?, *kind)));
        let fewest = spreads.min_by_key(|(spread, _)| *spread);
        fewest.map_or(kinds[0], |(_, kind)| kind)
    }

    /// Adds up what `of` says of each thing of the kind that counts in this row.
    pub(super) fn sum(&self, kind: Kind, of: impl Fn(&Thing<'w>) -> i128) -> i128 {
        let mut sum = 0;
        self.each(kind, |thing| sum += of(thing));
        self.noted(sum)
    }

    pub(super) fn count(&self, kind: Kind, only: impl Fn(&Thing<'w>) -> bool) -> i128 {
        self.sum(kind, |thing| i128::from(only(thing)))
    }

    /// Counts how many different things `of` names.
    pub(super) fn distinct<T: Ord>(&self, kind: Kind, of: impl Fn(&Thing<'w>) -> Option<T>) -> i128 {
        let mut seen = BTreeSet::new();
        self.each(kind, |thing| seen.extend(of(thing)));
        self.noted(seen.len() as i128)
    }

    fn noted(&self, n: i128) -> i128 {
        self.something.set(self.something.get() || n != 0);
        n
    }

    fn each(&self, kind: Kind, mut to: impl FnMut(&Thing<'w>)) {
        if self.question.spread(kind).is_none() {
            self.impossible.set(true);
            return;
        }
        let counted = self.question.counted(kind);
        counted.by_row.get(self.row).into_iter().flatten().for_each(|at| to(&counted.things[*at]));
    }

    pub(super) fn is_abandoned(&self, thing: &Thing) -> bool {
        self.question.judge.is_abandoned(thing)
    }

    /// Says whether the order is its customer's first of all times.
    pub(super) fn is_first(&self, thing: &Thing) -> bool {
        is_first(self.world(), thing.order_row())
    }
}
