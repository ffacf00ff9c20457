//! One cart while its statements are applied to it, one after another as they happened.
//!
//! It decides what the cart holds and says of itself. Which statements are its own, and what ends it, it is told.

use super::lines;
use super::statement::{Change, Statement, step_rank};
use super::{Owner, OwnerOrder};
use crate::ledger::exchange::Exchange;
use commerce::hit::Origin;
use commerce::rows::{CartRow, CartState, TrafficSource};
use commerce::state::{CartHead, SiteState};
use commerce::{Amount, CartKey, Timestamp, VisitorKey};

/// A cart in the making.
#[derive(Clone, Debug)]
pub(super) struct Draft<'s> {
    head: CartHead,
    statements: Vec<&'s Statement<'s>>,
    id: Option<CartKey>,
}

impl<'s> Draft<'s> {
    /// Returns the cart that begins with `statement`, which must fill it ([`Statement::fills`]); it has no id yet.
    pub(super) fn begin(statement: &'s Statement<'s>) -> Self {
        let fact = statement.fact;
        let cart = CartRow {
            site: fact.site,
            position: fact.position,
            cart: CartKey::of_first_event(fact.site, fact.event),
            cart_id: None,
            visitor: None,
            customer: None,
            visit: None,
            created_at: statement.at(),
            changed_at: statement.at(),
            replaced_at: None,
            state: CartState::Emptied,
            order: None,
            ordered_at: None,
            currency: statement.currency,
            value: Amount::ZERO,
            reporting_value: None,
            units: 0,
            checkout_step: None,
            coupon: None,
            source: TrafficSource::direct(),
            contact: None,
            email: None,
            recovery_url: None,
        };
        let mut draft =
            Self { head: CartHead { cart, lines: Vec::new() }, statements: Vec::with_capacity(1), id: None };
        draft.apply(statement);
        draft
    }

    /// Returns the shop's cart id that it goes by, as a key; `None` as long as no statement of its own names one.
    pub(super) fn id(&self) -> Option<CartKey> {
        self.id
    }

    /// Returns when it changed last.
    pub(super) fn changed_at(&self) -> Timestamp {
        self.head.cart.changed_at
    }

    /// Says whether it holds nothing. Lines that cost nothing are something, and so is a value without lines.
    pub(super) fn is_empty(&self) -> bool {
        self.head.lines.is_empty() && self.head.cart.value <= Amount::ZERO
    }

    /// Says whether an order ended it.
    pub(super) fn is_ordered(&self) -> bool {
        self.head.cart.order.is_some()
    }

    /// Gives it the cart id that `statement` names.
    pub(super) fn name(&mut self, id: CartKey, statement: &Statement) {
        self.id = Some(id);
        self.head.cart.cart_id.clone_from(&statement.fact.cart_id);
    }

    /// Makes the id's own key its key: it is the first cart of the id.
    pub(super) fn be_first_of(&mut self, id: CartKey) {
        self.head.cart.cart = id;
    }

    /// Ends it with `order`.
    pub(super) fn end(&mut self, order: &OwnerOrder) {
        self.head.cart.order = Some(order.order);
        self.head.cart.ordered_at = Some(order.placed_at);
    }

    /// Returns its statements, in the order of time, to be another cart's. It is none any more.
    pub(super) fn give_up(&mut self) -> Vec<&'s Statement<'s>> {
        std::mem::take(&mut self.statements)
    }

    /// Says whether its statements are another cart's.
    pub(super) fn is_given_up(&self) -> bool {
        self.statements.is_empty()
    }

    /// Applies `statement`, which is no earlier than those before.
    pub(super) fn apply(&mut self, statement: &'s Statement<'s>) {
        let head = &mut self.head;
        match statement.change {
            Change::Replace => {
                head.cart.replaced_at = Some(statement.at());
                tell_whole(head, statement);
            }
            // A checkout shows the whole cart, which counts only where nothing is known of it.
            Change::Keep if head.lines.is_empty() && !statement.items().is_empty() => tell_whole(head, statement),
            Change::Keep => {}
            Change::Add => {
                lines::add(head, statement.items(), statement.currency);
                head.cart.value = lines::value(head);
            }
            Change::Remove => {
                lines::remove(head, statement.items());
                head.cart.value = lines::value(head);
            }
        }
        describe(&mut head.cart, statement);
        self.statements.push(statement);
    }

    /// Returns the cart with its lines as a version of the highest position among its statements.
    pub(super) fn into_head(self, site: &SiteState, owner: Owner) -> CartHead {
        let state = self.state(owner);
        let (visitor, statements, mut head) = (self.visitor(), self.statements, self.head);
        let position = statements.iter().map(|s| s.fact.position).max().unwrap_or(head.cart.position);
        let exchange = Exchange::on(site, head.cart.currency, head.cart.changed_at);
        lines::number(&mut head, position);
        lines::convert(&mut head, &exchange);
        let cart = &mut head.cart;
        (cart.state, cart.visitor) = (state, visitor);
        cart.customer = if let Owner::Customer(customer) = owner { Some(customer) } else { None };
        cart.units = head.lines.iter().fold(0, |sum: i64, line| sum.saturating_add(line.quantity.0));
        cart.reporting_value = exchange.convert(cart.value);
        head
    }

    fn state(&self, owner: Owner) -> CartState {
        match owner {
            _ if self.is_ordered() => CartState::Ordered,
            _ if self.is_empty() => CartState::Emptied,
            Owner::Nobody(_) => CartState::Unlinked,
            _ => CartState::Open,
        }
    }

    /// Returns the visitor of its earliest statement from a device, else of its earliest statement that names one.
    fn visitor(&self) -> Option<VisitorKey> {
        let is_device = |s: &&&Statement| matches!(s.fact.origin, Origin::Pixel | Origin::Browser | Origin::App);
        let by_device = self.statements.iter().filter(is_device).find_map(|s| s.fact.visitor);
        by_device.or_else(|| self.statements.iter().find_map(|s| s.fact.visitor))
    }

    /// Returns the events that it was made of.
    #[cfg(test)]
    pub(super) fn events(&self) -> impl Iterator<Item = commerce::EventKey> {
        self.statements.iter().map(|s| s.fact.event)
    }
}

fn tell_whole(head: &mut CartHead, statement: &Statement) {
    head.cart.currency = statement.currency;
    head.lines = lines::of(statement.items());
    head.cart.value = statement.value().unwrap_or_else(|| lines::value(head));
}

/// Notes what a statement says besides the lines. The latest word counts.
fn describe(cart: &mut CartRow, statement: &Statement) {
    let (fact, payload) = (statement.fact, &statement.payload);
    cart.changed_at = statement.at();
    cart.visit = fact.visit.or(cart.visit);
    if let Some(coupon) = payload.cart.as_ref().and_then(|s| s.coupon.as_ref()) {
        cart.coupon = Some(coupon.clone());
    }
    if let Some(step) = payload.cart.as_ref().and_then(|s| s.checkout_step.as_ref()) {
        cart.checkout_step = Some(step.clone());
    } else if step_rank(&fact.kind) > cart.checkout_step.as_deref().map_or(0, reach) {
        // The step is how far the customer came: a look back at the cart does not undo it.
        cart.checkout_step = Some(fact.kind.clone());
    }
    for (kept, said) in [
        (&mut cart.contact, &payload.contact),
        (&mut cart.email, &payload.email),
        (&mut cart.recovery_url, &payload.recovery_url),
    ] {
        if said.is_some() {
            kept.clone_from(said);
        }
    }
}

/// Returns how far a step is; a shop's own step names are beyond compare.
fn reach(step: &str) -> u8 {
    match step_rank(step) {
        0 => u8::MAX,
        rank => rank,
    }
}
