//! Which things a filter keeps, as docs/segments.md says, asked of one thing after the other.
//!
//! A thing is read once for every combination of its many rows (a line of the order, a page of the visit). Conditions
//! joined by `and` at the top are asked of one reading; what stands inside `or` and `not` of the thing as a whole.

use super::dimensions::{Value, knows, of_time, values};
use super::rows::{Detail, Has, Kind, Thing, World, tables};
use crate::dimensions::{Asked, Values};
use crate::filter::{Condition, Did, Filter, Node, Of, Operator, Part, Verb, scaled};
use commerce::Timestamp;
use commerce::rows::{CartState, EventRow, ProductAction};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::rc::Rc;

/// Every instant there is.
const EVER: Range<Timestamp> = Timestamp(i64::MIN / 2)..Timestamp(i64::MAX / 2);

/// Whose behaviour counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Doer {
    Visit,
    Visitor,
    Customer,
}

impl Doer {
    fn key(self, thing: &Thing) -> Option<u64> {
        match self {
            Self::Visit => thing.visit,
            Self::Visitor => thing.visitor,
            Self::Customer => thing.customer,
        }
    }
}

/// How often each did what is asked for.
type Deeds = Rc<BTreeMap<u64, BTreeSet<u64>>>;

/// A filter, asked of the things of a world.
pub(super) struct Judge<'w> {
    pub(super) world: &'w World,
    pub(super) filter: &'w Filter,
    /// The period of the report.
    pub(super) period: Range<Timestamp>,
    /// Decides which carts are abandoned.
    pub(super) as_of: Timestamp,
    deeds: RefCell<HashMap<(usize, Doer), Deeds>>,
    members: RefCell<HashMap<usize, Rc<Members>>>,
}

/// Who matches a segment, and in which visits.
struct Members {
    keys: BTreeSet<u64>,
    visits: BTreeSet<u64>,
}

/// A thing of a kind that is being judged, with what it is split by.
struct Place<'a, 'w> {
    thing: &'a Thing<'w>,
    kind: Kind,
    doer: Doer,
}

/// Says where the dimension is looked for in things of the kind: the place among [`tables`].
pub(super) fn place_of(kind: Kind, asked: &Asked) -> Option<(usize, Has)> {
    let name = asked.dimension().name;
    tables(kind).iter().enumerate().find(|(_, (table, _))| knows(*table, name)).map(|(at, (_, has))| (at, *has))
}

impl<'w> Judge<'w> {
    pub(super) fn new(world: &'w World, filter: &'w Filter, period: Range<Timestamp>, as_of: Timestamp) -> Self {
        Self { world, filter, period, as_of, deeds: RefCell::default(), members: RefCell::default() }
    }

    /// Returns the rows of a report split by `dimensions` in which the thing is counted: none if the filter does not
    /// keep it. Without dimensions the one row is empty.
    pub(super) fn rows_of(&self, thing: &Thing<'w>, kind: Kind, dimensions: &[Asked]) -> BTreeSet<Vec<Value>> {
        let place = Place { thing, kind, doer: Doer::Visitor };
        let mut clauses = Vec::new();
        for (at, part) in self.filter.parts.iter().enumerate() {
            if part.of == Of::Rows {
                split(&part.tree, &mut clauses);
            } else if !self.is_of_member(at, part, thing, kind) {
                return BTreeSet::new();
            }
        }
        self.readings(&place, &clauses, dimensions)
    }

    /// Returns the values of `dimensions` in each reading of the thing that meets all of `clauses`.
    fn readings(&self, place: &Place<'_, 'w>, clauses: &[&Node], dimensions: &[Asked]) -> BTreeSet<Vec<Value>> {
        let mut read: BTreeSet<usize> =
            dimensions.iter().filter_map(|d| place_of(place.kind, d)).map(|(at, _)| at).collect();
        read.extend(clauses.iter().filter_map(|clause| narrowed(place.kind, clause)));
        let mut out = BTreeSet::new();
        let whole: Vec<&Node> = clauses.iter().copied().filter(|clause| compared(clause).is_none()).collect();
        if whole.into_iter().any(|node| self.holds(place, node) == Some(false)) {
            return out;
        }
        let of_reading: Vec<Vec<&Condition>> = clauses.iter().filter_map(|clause| compared(clause)).collect();
        for chosen in combinations(&place.thing.details, &read) {
            for row in self.splits(place, &chosen, dimensions) {
                let meets = |clause: &Vec<&Condition>| self.clause(place, &chosen, (dimensions, &row), clause);
                if of_reading.iter().all(meets) {
                    out.insert(row);
                }
            }
        }
        out
    }

    /// Returns the rows of a report that a reading belongs to: several if it has several categories.
    fn splits(
        &self,
        place: &Place<'_, 'w>,
        chosen: &BTreeMap<usize, Detail<'w>>,
        dimensions: &[Asked],
    ) -> Vec<Vec<Value>> {
        let mut rows = vec![Vec::new()];
        for asked in dimensions {
            let each = if asked.time().is_some() {
                vec![of_time(self.world, place.thing.at, asked.dimension().name)]
            } else {
                let (at, _) = place_of(place.kind, asked).expect("the kind knows what it is split by");
                self.names(chosen[&at], values(self.world, chosen[&at], asked), asked)
            };
            rows = rows
                .into_iter()
                .flat_map(|row: Vec<Value>| each.iter().map(move |v| row.iter().cloned().chain([v.clone()]).collect()))
                .collect();
        }
        rows
    }

    /// Returns the values, and of an event's name the names of all defined events that it is as well.
    fn names(&self, detail: Detail, mut values: Vec<Value>, asked: &Asked) -> Vec<Value> {
        if let (Detail::Event(Some(event)), "event") = (detail, asked.dimension().name) {
            let defined = self.world.definitions.iter().filter(|d| self.is_one(event, &d.rule));
            values.extend(defined.map(|d| Value::Text(d.name.clone())));
        }
        values
    }

    /// Says whether the event meets the whole rule of a defined one.
    fn is_one(&self, event: &EventRow, rule: &Node) -> bool {
        match rule {
            Node::All(nodes) => nodes.iter().all(|node| self.is_one(event, node)),
            Node::Any(nodes) => nodes.iter().any(|node| self.is_one(event, node)),
            Node::Not(node) => !self.is_one(event, node),
            Node::Compare(condition) => {
                any_meets(&values(self.world, Detail::Event(Some(event)), &condition.dimension), condition)
            }
            Node::Did(_) | Node::Defined { .. } => unreachable!("a rule asks of one event"),
        }
    }

    /// Says whether one of the conditions holds in the reading.
    fn clause(
        &self,
        place: &Place<'_, 'w>,
        chosen: &BTreeMap<usize, Detail<'w>>,
        (dimensions, row): (&[Asked], &[Value]),
        clause: &[&Condition],
    ) -> bool {
        // What a kind is not asked does not narrow it.
        if clause.iter().any(|c| c.dimension.time().is_none() && place_of(place.kind, &c.dimension).is_none()) {
            return true;
        }
        let all_of_one = narrowed_by(place.kind, clause).is_some();
        clause.iter().any(|condition| {
            // A product's category, where it is split by that, is the one of the row.
            let of_category = condition.dimension.dimension().name == "category";
            let split_by = dimensions.iter().position(|d| of_category && *d == condition.dimension);
            match place_of(place.kind, &condition.dimension) {
                Some((_, Has::Many)) if !all_of_one => self.compares(place, condition) == Some(true),
                Some((at, _)) => {
                    if let Some(split) = split_by {
                        return meets(&row[split], condition);
                    }
                    let detail = chosen.get(&at).copied().unwrap_or_else(|| place.thing.details[at][0]);
                    any_meets(&values(self.world, detail, &condition.dimension), condition)
                }
                None => self.compares(place, condition) == Some(true),
            }
        })
    }

    /// Says whether the thing as a whole meets the tree; `None` if it is not asked that.
    fn holds(&self, place: &Place<'_, 'w>, node: &Node) -> Option<bool> {
        match node {
            Node::All(nodes) => {
                let all: Vec<bool> = nodes.iter().filter_map(|node| self.holds(place, node)).collect();
                if all.is_empty() { None } else { Some(all.into_iter().all(|holds| holds)) }
            }
            Node::Any(nodes) => {
                let any: Option<Vec<bool>> = nodes.iter().map(|node| self.holds(place, node)).collect();
                Some(any?.into_iter().any(|holds| holds))
            }
            Node::Not(node) => self.holds(place, node).map(|holds| !holds),
            Node::Compare(condition) => self.compares(place, condition),
            Node::Did(did) => Some(self.did(place, did)),
            Node::Defined { condition, rule } => {
                let (at, _) = place_of(place.kind, &condition.dimension)?;
                let is_one = |d: &Detail| matches!(d, Detail::Event(Some(event)) if self.is_one(event, rule));
                Some(place.thing.details[at].iter().any(is_one))
            }
        }
    }

    /// Says whether one of the thing's rows meets the condition.
    fn compares(&self, place: &Place<'_, 'w>, condition: &Condition) -> Option<bool> {
        if condition.dimension.time().is_some() {
            return Some(meets(&of_time(self.world, place.thing.at, condition.dimension.dimension().name), condition));
        }
        let (at, _) = place_of(place.kind, &condition.dimension)?;
        let rows = &place.thing.details[at];
        Some(rows.iter().any(|detail| any_meets(&values(self.world, *detail, &condition.dimension), condition)))
    }

    /// Says whether whoever the thing belongs to did so, as often as asked.
    fn did(&self, place: &Place<'_, 'w>, did: &Did) -> bool {
        let Some(who) = place.doer.key(place.thing) else { return false };
        let deeds = self.deeds(did, place.doer);
        let (times, n) = (deeds.get(&who).map_or(0, BTreeSet::len), did.times.1 as usize);
        match did.times.0 {
            Operator::Is => times == n,
            Operator::IsNot => times != n,
            Operator::Less => times < n,
            Operator::AtMost => times <= n,
            Operator::More => times > n,
            _ => times >= n,
        }
    }

    /// Returns everybody who did so with what they did.
    fn deeds(&self, did: &Did, doer: Doer) -> Deeds {
        let key = (std::ptr::from_ref(did) as usize, doer);
        if let Some(known) = self.deeds.borrow().get(&key) {
            return Rc::clone(known);
        }
        let kind = match did.verb {
            Verb::Event(_) => Kind::Events,
            Verb::Purchase => Kind::Orders,
            Verb::Refund => Kind::Refunds,
            Verb::AbandonCart => Kind::Carts,
            Verb::Viewed | Verb::Added => Kind::Actions,
            Verb::Carted => Kind::CartLines,
            Verb::Bought => Kind::OrderLines,
        };
        // The last N days up to the end of the report's last one.
        let zone = &self.world.settings.timezone;
        let last = zone.day_of(Timestamp(self.period.end.0 - 1));
        let from = did
            .days
            .map_or(EVER.start, |days| zone.start_of(last.saturating_sub(jiff::Span::new().days(i64::from(days) - 1))));
        let mut clauses = Vec::new();
        if let Some(matching) = &did.matching {
            split(matching, &mut clauses);
        }
        let mut found: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
        // Somebody gave something back when it was given back, however a report books it.
        for thing in self.world.things(kind, &(from..self.period.end), false) {
            let (Some(who), true) = (doer.key(&thing), self.is_deed(&thing, did)) else { continue };
            let place = Place { thing: &thing, kind, doer };
            if !self.readings(&place, &clauses, &[]).is_empty() {
                found.entry(who).or_default().insert(occurrence(&thing, &did.verb));
            }
        }
        let found = Rc::new(found);
        self.deeds.borrow_mut().insert(key, Rc::clone(&found));
        found
    }

    fn is_deed(&self, thing: &Thing, did: &Did) -> bool {
        match &did.verb {
            Verb::Event(name) => match &did.rule {
                Some(rule) => self.is_one(thing.event(), rule),
                None => thing.event().name == *name,
            },
            Verb::AbandonCart => self.is_abandoned(thing),
            Verb::Viewed => thing.action().action == ProductAction::View,
            Verb::Added => thing.action().action == ProductAction::Add,
            Verb::Carted => thing.cart_line().is_some(),
            Verb::Bought => thing.line().is_some(),
            Verb::Purchase | Verb::Refund => true,
        }
    }

    /// Says whether the cart has an item, no order, and has not changed for the site's idle time.
    pub(super) fn is_abandoned(&self, thing: &Thing) -> bool {
        let cart = thing.cart();
        let idle = self.world.settings.cart_idle_s;
        cart.state == CartState::Open && cart.units > 0 && cart.changed_at.plus_seconds(idle) <= self.as_of
    }

    /// Says whether the thing belongs to a member of the segment.
    fn is_of_member(&self, at: usize, part: &Part, thing: &Thing, kind: Kind) -> bool {
        let members = self.members(at, part);
        let key = match part.of {
            Of::Visits => thing.visit,
            Of::Rows | Of::Visitors => thing.visitor,
            Of::Customers => thing.customer,
            // Traffic belongs to an order by its visit.
            Of::Orders if is_traffic(kind) => return thing.visit.is_some_and(|v| members.visits.contains(&v)),
            Of::Orders => thing.order,
        };
        key.is_some_and(|key| members.keys.contains(&key))
    }

    fn members(&self, at: usize, part: &Part) -> Rc<Members> {
        if let Some(known) = self.members.borrow().get(&at) {
            return Rc::clone(known);
        }
        let doer = match part.of {
            Of::Visits => Doer::Visit,
            Of::Customers | Of::Orders => Doer::Customer,
            Of::Rows | Of::Visitors => Doer::Visitor,
        };
        // Visitors and customers match by anything up to the report's last day; what a visit or order is does not change.
        let until = if matches!(part.of, Of::Visits | Of::Orders) { EVER.end } else { self.period.end };
        let mut clauses = Vec::new();
        split(&part.tree, &mut clauses);
        let mut members = Members { keys: BTreeSet::new(), visits: BTreeSet::new() };
        for kind in bases(part) {
            for thing in self.world.things(kind, &(EVER.start..until), false) {
                if self.readings(&Place { thing: &thing, kind, doer }, &clauses, &[]).is_empty() {
                    continue;
                }
                members.visits.extend(thing.visit);
                members.keys.extend(match part.of {
                    Of::Visits => thing.visit,
                    Of::Rows | Of::Visitors => thing.visitor,
                    Of::Customers => thing.customer,
                    Of::Orders => thing.order,
                });
            }
        }
        let members = Rc::new(members);
        self.members.borrow_mut().insert(at, Rc::clone(&members));
        members
    }
}

/// Returns whose rows are asked whether they meet the segment: the first kind that knows all it asks for; of customers
/// every one, since some only order and others only look.
fn bases(part: &Part) -> Vec<Kind> {
    let mut asked = Vec::new();
    part.tree.asked(&mut asked);
    let kinds: &[Kind] = match part.of {
        Of::Rows => &[],
        Of::Visits | Of::Visitors => &[Kind::Visits, Kind::Orders, Kind::Carts, Kind::Events],
        Of::Customers => &[Kind::Orders, Kind::Visits, Kind::Carts],
        Of::Orders => &[Kind::AllOrders],
    };
    let knows = |kind: &Kind| asked.iter().all(|asked| place_of(*kind, asked).is_some());
    let found = kinds.iter().copied().filter(knows);
    if part.of == Of::Customers { found.collect() } else { found.take(1).collect() }
}

fn is_traffic(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Visits
            | Kind::VisitsByGoal
            | Kind::VisitsOfEveryGoal
            | Kind::VisitsWhateverGoal
            | Kind::Events
            | Kind::Actions
            | Kind::VisitActions
            | Kind::Goals
    )
}

/// Returns what tells one time of a deed from another.
fn occurrence(thing: &Thing, verb: &Verb) -> u64 {
    match verb {
        Verb::Event(_) => thing.event().event.0,
        Verb::Purchase | Verb::Bought => thing.order_row().order.0,
        Verb::Refund => thing.refund().refund,
        Verb::AbandonCart | Verb::Carted => thing.cart().cart.0,
        Verb::Viewed | Verb::Added => thing.action().event.0,
    }
}

/// Adds what is joined by `and` at the top of the tree.
fn split<'n>(tree: &'n Node, out: &mut Vec<&'n Node>) {
    match tree {
        Node::All(nodes) => nodes.iter().for_each(|node| split(node, out)),
        node => out.push(node),
    }
}

/// Returns the comparisons that a node is, joined by `or`; `None` if it is more than that.
fn compared(node: &Node) -> Option<Vec<&Condition>> {
    match node {
        Node::Compare(condition) => Some(vec![condition]),
        Node::Any(nodes) => {
            nodes.iter().map(|node| if let Node::Compare(condition) = node { Some(condition) } else { None }).collect()
        }
        _ => None,
    }
}

/// Returns the place of the many rows of which one must meet the node.
fn narrowed(kind: Kind, node: &Node) -> Option<usize> {
    narrowed_by(kind, &compared(node)?)
}

fn narrowed_by(kind: Kind, clause: &[&Condition]) -> Option<usize> {
    let places: BTreeSet<Option<usize>> = clause
        .iter()
        .map(|c| place_of(kind, &c.dimension).filter(|(_, has)| *has == Has::Many).map(|(at, _)| at))
        .collect();
    if places.len() == 1 { places.into_iter().next().flatten() } else { None }
}

/// Returns every way to choose one row of each of the places in `read`.
fn combinations<'w>(details: &[Vec<Detail<'w>>], read: &BTreeSet<usize>) -> Vec<BTreeMap<usize, Detail<'w>>> {
    let mut out = vec![BTreeMap::new()];
    for at in read {
        let mut longer = Vec::new();
        for chosen in &out {
            for detail in &details[*at] {
                let mut chosen: BTreeMap<usize, Detail<'w>> = chosen.clone();
                chosen.insert(*at, *detail);
                longer.push(chosen);
            }
        }
        out = longer;
    }
    out
}

/// Says whether one of a row's values meets the condition; of "is not", whether none is it.
fn any_meets(values: &[Value], condition: &Condition) -> bool {
    if condition.operator == Operator::IsNot {
        return values.iter().all(|value| meets(value, condition));
    }
    values.iter().any(|value| meets(value, condition))
}

/// Compares a value. What is unknown is another value than any, and meets nothing else.
fn meets(value: &Value, condition: &Condition) -> bool {
    let wanted = condition.value.as_str();
    if wanted.is_empty() {
        return (*value == Value::Unknown) == (condition.operator == Operator::Is);
    }
    let number = |value: &i128| {
        let wanted = match condition.dimension.dimension().values {
            Values::Measured { scale, .. } => i128::from(scaled(wanted, scale).unwrap()),
            _ => wanted.parse().unwrap(),
        };
        value.cmp(&wanted)
    };
    let lower = |text: &str| text.to_lowercase();
    match (condition.operator, value) {
        (Operator::IsNot, Value::Unknown) => true,
        (Operator::Is, Value::Text(text)) => text == wanted,
        (Operator::IsNot, Value::Text(text)) => text != wanted,
        (Operator::Contains, Value::Text(text)) => lower(text).contains(&lower(wanted)),
        (Operator::Starts, Value::Text(text)) => lower(text).starts_with(&lower(wanted)),
        (Operator::Ends, Value::Text(text)) => lower(text).ends_with(&lower(wanted)),
        (Operator::Is, Value::Number(n)) => number(n).is_eq(),
        (Operator::IsNot, Value::Number(n)) => number(n).is_ne(),
        (Operator::Less, Value::Number(n)) => number(n).is_lt(),
        (Operator::AtMost, Value::Number(n)) => number(n).is_le(),
        (Operator::More, Value::Number(n)) => number(n).is_gt(),
        (Operator::AtLeast, Value::Number(n)) => number(n).is_ge(),
        _ => false,
    }
}
