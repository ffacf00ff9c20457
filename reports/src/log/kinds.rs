//! Kinds: what the numbers in a day's log stand for, asked like the events and product actions that they are kinds of.

use crate::error::Error;
use crate::facts::{Fact, Route};
use crate::filter::{Filter, Node, Of};
use crate::plan::route;
use std::collections::HashMap;
use std::ops::Range;
use store::{Snapshot, Value};

/// Returns the fact whose rows are the kinds of `fact`; `None` if logs hold none of it.
pub(crate) fn kinds_of(fact: Fact) -> Option<Fact> {
    match fact {
        Fact::Events => Some(Fact::EventKinds),
        Fact::Actions => Some(Fact::ActionKinds),
        _ => None,
    }
}

/// Says whether the kinds of `fact` tell which of its rows `filter` keeps: whether it asks of nothing but what all
/// events, or actions, of a kind have in common.
pub(crate) fn kinds_answer(fact: Fact, filter: &Filter) -> bool {
    let Some(kinds) = kinds_of(fact) else { return false };
    let known = |asked: &&crate::Asked| {
        let own = |fact| match route(fact, asked.dimension()) {
            Some((Route::Own(_), column)) => Some(column),
            _ => None,
        };
        // Kinds have some of the columns of what they are kinds of, under the same names.
        let same = own(fact).zip(own(kinds)).is_some_and(|(a, b)| std::ptr::eq(a, b) && a.marks.is_empty());
        same && asked.time().is_none() && !asked.dimension().takes_name()
    };
    filter.parts.iter().all(|part| part.of == Of::Rows && compares(&part.tree)) && filter.asked().iter().all(known)
}

/// Says whether `node` is made of comparisons.
fn compares(node: &Node) -> bool {
    match node {
        Node::All(nodes) | Node::Any(nodes) => nodes.iter().all(compares),
        Node::Not(node) => compares(node),
        Node::Compare(_) => true,
        Node::Did(_) | Node::Defined { .. } => false,
    }
}

/// What is known of every kind, as a set of up to 32 numbers.
#[derive(Default)]
pub(crate) struct Kinds {
    days: HashMap<i64, [Vec<u32>; 2]>,
}

impl Kinds {
    /// Reads what `sql` says: the first instant of a day, 0 for events or 1 for actions, a kind, and a number below 32.
    ///
    /// # Errors
    /// [`Error::Store`] if the store cannot answer.
    pub(crate) fn read(snapshot: &Snapshot<'_>, sql: &str, params: &[Value]) -> Result<Self, Error> {
        let mut out = Self::default();
        snapshot.numbers(sql, params, |columns| {
            let [days, facts, kinds, numbers] = columns else { return };
            for (day, rows) in runs(days) {
                let sets = out.days.entry(day as i64).or_default();
                for row in rows {
                    let set = &mut sets[usize::from(facts[row] != 0)];
                    let kind = kinds[row] as usize;
                    if set.len() <= kind {
                        set.resize(kind + 1, 0);
                    }
                    set[kind] |= 1 << (numbers[row] & 31);
                }
            }
        })?;
        Ok(out)
    }

    /// Returns the sets of the day that begins at `day`.
    pub(crate) fn of(&self, day: i64) -> Sets<'_> {
        match self.days.get(&day) {
            Some([events, actions]) => Sets { events, actions },
            None => Sets { events: &[], actions: &[] },
        }
    }
}

/// What is known of the kinds of one day.
#[derive(Clone, Copy)]
pub(crate) struct Sets<'a> {
    events: &'a [u32],
    actions: &'a [u32],
}

impl Sets<'_> {
    /// Returns what is known of an event or any of its actions.
    pub(crate) fn of(&self, event: Option<u32>, actions: &[u32]) -> u32 {
        let get = |sets: &[u32], kind: u32| sets.get(kind as usize).copied().unwrap_or(0);
        let event = event.map_or(0, |kind| get(self.events, kind));
        actions.iter().fold(event, |known, kind| known | get(self.actions, *kind))
    }
}

/// Returns the runs of equal values, each with its rows: kinds of one day lie together.
pub(crate) fn runs(values: &[u64]) -> impl Iterator<Item = (u64, Range<usize>)> {
    let mut at = 0;
    values.chunk_by(|a, b| a == b).map(move |run| {
        let from = at;
        at += run.len();
        (run[0], from..at)
    })
}
