//! Carts with every statement about them.

use super::super::super::keys;
use super::super::moves::{moved_to, moves_of};
use super::super::search::{Search, Wanted, fetch};
use super::{Named, Owners};
use crate::Error;
use crate::filter::Kind;
use commerce::rows::{CartFactRow, CartLineRow, CartRow};
use commerce::state::{CartHead, State};
use commerce::{CartKey, EventKey, SiteId, VisitKey};
use std::collections::HashSet;

/// A statement, but for what it says of the cart.
pub(super) struct Fact {
    site: SiteId,
    position: u64,
    event: EventKey,
    cart: Option<CartKey>,
    visit: Option<VisitKey>,
    pub(super) named: Named,
}

/// The statements found so far.
#[derive(Default)]
pub(super) struct Carts {
    pub(super) facts: Vec<Fact>,
    events: HashSet<EventKey>,
    /// Carts whose statements were looked for.
    asked: HashSet<CartKey>,
    /// Visits whose statements were looked for.
    visits: HashSet<VisitKey>,
}

impl Carts {
    /// Adds the statements that name one of `carts`.
    pub(super) fn find_by_cart(&mut self, search: Search<'_>, carts: &HashSet<CartKey>) -> Result<(), Error> {
        let new: Vec<u64> = carts.iter().filter(|cart| self.asked.insert(**cart)).map(|cart| cart.0).collect();
        self.add(search, &[search.wanted(Kind::Cart, &["t.cart"], new)])
    }

    /// Says whether all statements about `cart` were looked for.
    pub(super) fn knows(&self, cart: CartKey) -> bool {
        self.asked.contains(&cart)
    }

    /// Adds the statements of `owners`, and all others about the carts that any of these names. Where carts are kept per
    /// visit (`per_visit`), the same goes for visits.
    pub(super) fn find(&mut self, search: Search<'_>, owners: &Owners<'_>, per_visit: bool) -> Result<(), Error> {
        let customers = owners.customers.iter().map(|c| c.0);
        let wanted = [
            search.wanted(Kind::Shopper, &["t.visitor"], owners.devices.iter().map(|v| v.0)),
            search.wanted(Kind::Shopper, &["t.\"user\"", "t.email"], customers),
            search.wanted(Kind::CartVisit, &["t.visit"], owners.visits.iter().map(|v| v.0)),
            Wanted::any(&["t.event"], owners.moved.iter().copied()),
        ];
        self.visits.extend(owners.visits);
        self.add(search, &wanted)?;
        self.complete(search, per_visit)
    }

    /// Adds all other statements about the carts, and with `per_visit` about the visits, that a statement found names.
    pub(super) fn complete(&mut self, search: Search<'_>, per_visit: bool) -> Result<(), Error> {
        loop {
            let carts: Vec<u64> =
                self.facts.iter().filter_map(|f| f.cart).filter(|c| self.asked.insert(*c)).map(|c| c.0).collect();
            let visits = self.facts.iter().filter_map(|f| f.visit).filter(|_| per_visit);
            let visits: HashSet<VisitKey> = visits.filter(|v| self.visits.insert(*v)).collect();
            if carts.is_empty() && visits.is_empty() {
                return Ok(());
            }
            let moved = moved_to(search, &visits)?;
            let wanted = [
                search.wanted(Kind::Cart, &["t.cart"], carts),
                search.wanted(Kind::CartVisit, &["t.visit"], visits.iter().map(|v| v.0)),
                Wanted::any(&["t.event"], moved),
            ];
            self.add(search, &wanted)?;
        }
    }

    fn add(&mut self, search: Search<'_>, wanted: &[Wanted]) -> Result<(), Error> {
        type Found = ((SiteId, u64, EventKey), (Option<CartKey>, Option<VisitKey>), Named);
        let columns = "t.site, t.position, t.event, t.cart, t.visit, t.visitor, t.\"user\", t.email";
        let found: Vec<Found> = search.find(columns, "cart_facts", wanted, ("true", &[]))?;
        for ((site, position, event), (cart, visit), named) in found {
            if self.events.insert(event) {
                self.facts.push(Fact { site, position, event, cart, visit, named });
            }
        }
        Ok(())
    }

    /// Returns the carts that statements name.
    pub(super) fn named(&self) -> impl Iterator<Item = CartKey> + '_ {
        self.facts.iter().filter_map(|fact| fact.cart)
    }

    /// Reads the statements found, and the carts: those that are named, that may have begun with one of the statements, and
    /// those of `owners`.
    pub(super) fn load(&self, search: Search<'_>, owners: &Owners<'_>, state: &mut State) -> Result<(), Error> {
        let positions: HashSet<u64> = self.facts.iter().map(|fact| fact.position).collect();
        let mut facts: Vec<CartFactRow> = search.at(&positions)?;
        facts.retain(|fact| self.events.contains(&fact.event));
        facts.sort_unstable_by_key(|fact| (fact.position, fact.event));
        let moved = moves_of(search, facts.iter().filter(|fact| fact.visit.is_some()).map(|fact| fact.event))?;
        for fact in facts.iter_mut().filter(|fact| fact.visit.is_some()) {
            fact.visit = moved.get(&fact.event).copied().unwrap_or(fact.visit);
        }
        state.sales.cart_facts = facts;
        let begun = self.facts.iter().map(|fact| CartKey::of_first_event(fact.site, fact.event));
        let carts: HashSet<CartKey> = self.asked.iter().copied().chain(begun).collect();
        let wanted = [
            search.wanted(Kind::Cart, &["t.cart"], carts.iter().map(|c| c.0)),
            search.wanted(Kind::Shopper, &["t.visitor"], owners.devices.iter().map(|v| v.0)),
            search.wanted(Kind::Shopper, &["t.customer"], owners.customers.iter().map(|c| c.0)),
        ];
        let stored: Vec<(CartKey, u64)> = search.find("t.cart, t.position", "carts", &wanted, ("true", &[]))?;
        read_carts(search, &stored, state)
    }
}

fn read_carts(search: Search<'_>, stored: &[(CartKey, u64)], state: &mut State) -> Result<(), Error> {
    if stored.is_empty() {
        return Ok(());
    }
    keys::put(search.connection, "k_old", stored.iter().map(|(cart, _)| cart.0))?;
    let positions = stored.iter().map(|(_, position)| *position);
    for cart in fetch::<CartRow>(search.connection, "cart", "k_old", positions.clone())? {
        state.sales.carts.insert(cart.cart, CartHead { cart, lines: Vec::new() });
    }
    let mut lines: Vec<CartLineRow> = fetch(search.connection, "cart", "k_old", positions)?;
    lines.sort_unstable_by_key(|line| (line.cart, line.line));
    for line in lines {
        if let Some(head) = state.sales.carts.get_mut(&line.cart) {
            head.lines.push(line);
        }
    }
    Ok(())
}
