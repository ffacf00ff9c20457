//! Which cart of an owner each statement belongs to, and what ends one.
//!
//! - A statement that **names a cart** belongs to the cart of that id as long as no order ended it, however long ago it
//!   changed; after that it begins the next cart of the id.
//! - One that **names none** belongs to the cart that changed last of those that still take it: an order did not end
//!   it, and it changed within the cart window (emptied: within the visit time-out). Else it begins a cart without id.
//! - A cart **without id becomes the one that is named** while it is at hand: by an id never seen before as long as it
//!   takes changes, by any other only within the visit time-out and if that one did not change since it began. So a
//!   browser that knows no cart id and a server that does tell of one cart, whoever is first.
//! - A cart never begins empty: what cannot fill one and finds none says nothing.
//! - An **order** ends every cart that began no later and changed within the cart window before it (emptied: within the
//!   visit time-out, as a shop that empties the cart for an order does so moments before).

use super::draft::Draft;
use super::statement::Statement;
use super::{Owner, OwnerOrder};
use commerce::{CartKey, SiteSettings, Timestamp};
use std::collections::{BTreeMap, HashMap};

/// A cart's place among those of the timeline.
type Place = usize;

/// A cart and the numbers of the statements that began it and touched it last.
struct Slot<'s> {
    draft: Draft<'s>,
    begun: usize,
    touched: usize,
}

/// The carts of an owner up to a moment. Times only grow, so carts in the order of their last touch are in the order
/// of their last change, too.
struct Timeline<'s> {
    timeout_s: i64,
    window_s: i64,
    per_visit: bool,
    slots: Vec<Slot<'s>>,
    /// The latest cart of each id.
    of_id: HashMap<CartKey, Place>,
    /// The latest cart without id: those before it are too old to take anything, or it would not have begun.
    nameless: Option<Place>,
    /// Carts that hold something and that no order ended, by the statement that touched them last.
    filled: BTreeMap<usize, Place>,
    /// The same for carts that were emptied.
    emptied: BTreeMap<usize, Place>,
}

/// Returns the carts that `statements` make between `orders`, by the time at which they began. Both are in the order
/// of time; at the same instant a statement comes before an order.
pub(super) fn draw<'s>(
    settings: &SiteSettings,
    owner: Owner,
    statements: &'s [Statement<'s>],
    orders: &[OwnerOrder],
) -> Vec<Draft<'s>> {
    let mut timeline = Timeline {
        timeout_s: settings.visit_timeout_s,
        window_s: settings.cart_window_days.saturating_mul(86_400),
        per_visit: matches!(owner, Owner::Visit(_)),
        slots: Vec::new(),
        of_id: HashMap::new(),
        nameless: None,
        filled: BTreeMap::new(),
        emptied: BTreeMap::new(),
    };
    let mut orders = orders.iter().peekable();
    for (number, statement) in statements.iter().enumerate() {
        while let Some(order) = orders.next_if(|order| order.placed_at < statement.at()) {
            timeline.end(order);
        }
        timeline.take(number, statement);
    }
    for order in orders {
        timeline.end(order);
    }
    timeline.slots.into_iter().map(|slot| slot.draft).filter(|draft| !draft.is_given_up()).collect()
}

impl<'s> Timeline<'s> {
    /// Applies the statement of this number to its cart, or begins one.
    fn take(&mut self, number: usize, statement: &'s Statement<'s>) {
        let found = match statement.fact.cart {
            Some(id) => self.find_named(id, statement),
            None => self.find_latest(statement.at()),
        };
        match found {
            Some(place) => {
                self.close(place);
                self.slots[place].draft.apply(statement);
                self.open(place, number);
            }
            None if statement.fills() => self.begin(number, statement),
            None => {}
        }
    }

    fn begin(&mut self, number: usize, statement: &'s Statement<'s>) {
        let place = self.slots.len();
        self.slots.push(Slot { draft: Draft::begin(statement), begun: number, touched: number });
        self.open(place, number);
        match statement.fact.cart {
            Some(id) => self.name(place, id, statement),
            None => self.nameless = Some(place),
        }
    }

    /// Lets the cart take changes; the statement of this number touched it last.
    fn open(&mut self, place: Place, number: usize) {
        let slot = &mut self.slots[place];
        slot.touched = number;
        let open = if slot.draft.is_empty() { &mut self.emptied } else { &mut self.filled };
        open.insert(number, place);
    }

    fn close(&mut self, place: Place) {
        let touched = self.slots[place].touched;
        self.filled.remove(&touched);
        self.emptied.remove(&touched);
    }

    fn name(&mut self, place: Place, id: CartKey, statement: &Statement) {
        let draft = &mut self.slots[place].draft;
        draft.name(id, statement);
        if self.of_id.insert(id, place).is_none() {
            draft.be_first_of(id);
        }
    }

    /// Returns the cart that a statement naming none belongs to.
    fn find_latest(&self, at: Timestamp) -> Option<Place> {
        let latest = |open: &BTreeMap<usize, Place>| open.last_key_value().map(|(touched, place)| (*touched, *place));
        // If the latest of its kind is too old to take it, all of them are.
        let taking = |open| latest(open).filter(|(_, place)| self.takes(*place, at));
        taking(&self.filled).max(taking(&self.emptied)).map(|(_, place)| place)
    }

    /// Returns the cart that a statement naming `id` belongs to; a cart without id may become it.
    fn find_named(&mut self, id: CartKey, statement: &Statement) -> Option<Place> {
        let at = statement.at();
        let known = self.of_id.get(&id).copied();
        let current = known.filter(|place| !self.slots[*place].draft.is_ordered());
        let Some(nameless) = self.nameless.filter(|place| self.takes(*place, at)) else { return current };
        let at_hand = self.is_within(nameless, at, self.timeout_s);
        if let Some(place) = current {
            if at_hand && self.slots[place].touched < self.slots[nameless].begun {
                self.join(place, nameless);
            }
            return current;
        }
        if !at_hand && known.is_some() {
            return None;
        }
        self.nameless = None;
        self.name(nameless, id, statement);
        Some(nameless)
    }

    /// Makes the cart without id part of the one at `place`, which changed last before it began.
    fn join(&mut self, place: Place, nameless: Place) {
        self.nameless = None;
        self.close(nameless);
        for statement in self.slots[nameless].draft.give_up() {
            self.slots[place].draft.apply(statement);
        }
    }

    /// Says whether a change at `at` that names no cart can be one of this cart's.
    fn takes(&self, place: Place, at: Timestamp) -> bool {
        let draft = &self.slots[place].draft;
        let life_s = if draft.is_empty() { self.timeout_s } else { self.window_s };
        !draft.is_ordered() && self.is_within(place, at, life_s)
    }

    /// Says whether the cart's last change lies no more than `seconds` before `at`.
    fn is_within(&self, place: Place, at: Timestamp, seconds: i64) -> bool {
        at.micros_since(self.slots[place].draft.changed_at()) <= seconds.saturating_mul(1_000_000)
    }

    /// Ends the carts that `order` was placed from.
    fn end(&mut self, order: &OwnerOrder) {
        let at = order.placed_at;
        // Where carts belong to visits, an order that names one may be another visit's and ends no cart of another id.
        let only = order.cart.filter(|id| self.per_visit && self.of_id.contains_key(id));
        let is_meant = |place: Place| only.is_none_or(|only| self.slots[place].draft.id().is_none_or(|id| id == only));
        let latest_first = [&self.filled, &self.emptied].map(|open| open.values().rev().copied());
        let young = latest_first.into_iter().flat_map(|open| open.take_while(|place| self.takes(*place, at)));
        let ended: Vec<Place> = young.filter(|place| is_meant(*place)).collect();
        for place in ended {
            self.close(place);
            self.slots[place].draft.end(order);
        }
    }
}
