//! What enrichment must know before it judges a batch: [`Keys`] asks, [`State`] answers.
//!
//! `enrichment::keys(batch)` lists keys, `store.load(keys)` returns the state as of the position the store stands at,
//! `enrichment::enrich(state, batch)` uses it. Nothing else passes between the two rooms, so neither keeps anything.

use crate::goal::Goal;
use crate::ids::{CartKey, CustomerKey, EventKey, OrderKey, SiteId, VisitorKey};
use crate::rows::{
    AdCostRow, CartFactRow, CartLineRow, CartRow, IdentityRow, OrderFactRow, OrderIdRow, OrderRow, PersonRow, TouchRow,
    VisitAliasRow, VisitRow, WaitingEventRow,
};
use crate::site::SiteSettings;
use crate::time::Timestamp;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// What a batch touches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    /// Sites.
    pub sites: HashSet<SiteId>,
    /// Visitors, each with the time of the earliest event in the batch that may become theirs.
    pub visitors: HashMap<VisitorKey, Timestamp>,
    /// Fingerprints that are looked up where no id matches: visits of these may come to belong to other visitors.
    pub fingerprints: HashMap<u64, FingerprintUse>,
    /// Event ids, each with its event's time: duplicates are looked for around it.
    pub events: HashMap<EventKey, Timestamp>,
    /// Orders.
    pub orders: HashSet<OrderKey>,
    /// Carts named by their own id.
    pub carts: HashSet<CartKey>,
    /// Customers named in the batch, by user id and by e-mail: their carts, orders and devices are loaded.
    pub customers: HashSet<CustomerKey>,
    /// Those of `customers` of whom servers tell what they bought and nothing else: no device, no cart. Unless somebody
    /// else's news leads to them, none of their earlier orders changes ([`Sales`]).
    pub buyers: HashSet<CustomerKey>,
    /// E-mail addresses that the batch names together with a user when it tells of `buyers`, each with the time of the
    /// earliest such event.
    pub addresses: HashMap<(CustomerKey, CustomerKey), Timestamp>,
    /// Visitors about whom the batch says who they are, or whose cart or order it tells: their whole sales history is
    /// loaded ([`Sales`]).
    pub people: HashSet<VisitorKey>,
    /// Client visit ids that the batch names ([`crate::ids::visit_alias`]), each with the visitors who name it.
    pub visit_aliases: HashMap<u64, HashSet<VisitorKey>>,
    /// Currencies whose rates the batch sets, by site, with the first day that changes (`YYYY-MM-DD`): their orders are
    /// converted anew.
    pub rates: HashMap<(SiteId, String), String>,
}

/// How a batch uses a fingerprint. The visitors behind it, those with a live visit of it whose `last_at` lies less than
/// or just half an hour before `first` or after `last`, are asked for as if they were named, from `first` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FingerprintUse {
    /// Time of the earliest event in the batch that may come to a visitor behind it.
    pub first: Timestamp,
    /// Time of the latest event that brings it.
    pub last: Timestamp,
    /// The visitor whom every event that brings it names; `None` if they name several. A visitor with a loaded visit of
    /// the fingerprint who is another may give visits to this one, so both count among `people`.
    pub visitor: Option<VisitorKey>,
}

/// What the store knows of a batch's keys. A key that is missing is not known to the store.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// The clock as of the store's position.
    pub as_of: Option<Timestamp>,
    /// Settings and goals of the sites asked for.
    pub sites: HashMap<SiteId, Arc<SiteState>>,
    /// Visitors asked for, and those behind the fingerprints asked for.
    pub visitors: HashMap<VisitorKey, VisitorState>,
    /// Which of the events asked for are stored already.
    pub events_seen: HashSet<EventKey>,
    /// Servers' events that came before a visit of those `visitors`, with the visit they belong to by now.
    pub waiting_events: Vec<WaitingEventRow>,
    /// The sales that the batch may change. See [`Sales`].
    pub sales: Sales,
    /// Costs of advertising that a rate of the batch may convert anew: those in its currency, from its day on.
    pub ad_costs: Vec<AdCostRow>,
}

/// Everything that decides the orders and carts that a batch may change. Whatever fact has a part in one of them is
/// here, so that a fold over this and the batch's own facts is the fold over all facts.
///
/// It is found in steps. *Seeds* are visitors V, customers C (of user ids and of e-mails) and carts K:
/// 1. V = `people`, C = `customers` (but `buyers` wait for step 4), K = `carts`. Orders asked for by key, by an id in `order_ids` (until no more are
///    found), or whose facts name one of `visit_aliases`: all their facts; the visitors, users, e-mails and carts that
///    these name join the seeds, and so do the visitors behind a visit alias that they name, stored or in `visit_aliases`.
/// 2. Facts of the carts K: the visitors, users and e-mails that they name join the seeds. Orders whose facts name one of
///    K count as asked for in step 1, and so on until K grows no more.
/// 3. Late events: a visitor of the batch (`visitors`) joins V if an order of the visitor, or of a customer whom one of the
///    visitor's identities names, was placed at or after the visitor's earliest event of the batch, or such a cart was
///    changed at or after it, or if the visitor has an unlinked cart. The customer of such a cart of the visitor's joins C.
/// 4. `identities`: those of subjects in V and C, and those that name a customer in C. Customers named by them join C,
///    visitors in them join V, and so do the users of e-mails that joined C. The seeds as they are now are `complete`.
///    Left out of C at this point are `buyers` to whom none of steps 1 to 3 led, with the users and e-mails that identities
///    connect to them, unless one of all these was seen on a visitor or is named by a cart or a statement about one, or an
///    identity is missing that says what `addresses` says at the same time or before: only then can the batch change what
///    they ordered before.
/// 5. Devices D = V and every visitor whom an identity says to be a customer of C. All identities of D, and of the e-mails
///    said to be a customer of C, are here; those e-mails count as C below.
/// 6. Cart facts: whose visitor is in D, user or e-mail in C, or cart in K; those whose visit (as of now) is one of the
///    visits loaded for `people`; and all other facts of the carts that any of these name. `carts` are those of these
///    facts: by cart key, and by owner (visitor in D or customer in C).
/// 7. Orders: of step 1, and those whose visitor is in D, user, e-mail or customer in C, cart one of step 6, visit one of
///    the visits loaded for `people`; those in a currency of `rates` placed from that day on. Of all these the facts
///    of their whole clusters.
/// 8. `paths`: of the visitors in D that an order or cart of 6 and 7 may lie on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sales {
    /// The visitors and customers of whom everything is here (step 4).
    pub complete: (HashSet<VisitorKey>, HashSet<CustomerKey>),
    /// Every statement about the orders, by position; `visit` is the visit its event belongs to now.
    pub order_facts: Vec<OrderFactRow>,
    /// Links between their ids.
    pub order_ids: Vec<OrderIdRow>,
    /// The orders as they last stood.
    pub orders: HashMap<OrderKey, OrderRow>,
    /// Every statement about the carts, by position; `visit` is the visit its event belongs to now.
    pub cart_facts: Vec<CartFactRow>,
    /// The carts as they last stood, with their lines.
    pub carts: HashMap<CartKey, CartHead>,
    /// Observations of who is who.
    pub identities: Vec<IdentityRow>,
    /// What customers asked for are called.
    pub people: HashMap<CustomerKey, PersonRow>,
    /// Where visitors were and what brought them.
    pub paths: HashMap<VisitorKey, Path>,
    /// For each client visit id asked for: its earliest event, with visitor and visit as they are now.
    pub visit_aliases: HashMap<u64, VisitAliasRow>,
}

/// A visitor's way, as far as orders and carts may lie on it: from 400 days before the earliest of them to the latest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path {
    /// Whether the visitor has a live visit outside that time.
    pub seen_beyond: bool,
    /// Live visits, by start.
    pub visits: Vec<VisitRow>,
    /// Touches, by time and position; the latest thousand.
    pub touches: Vec<TouchRow>,
}

/// A site as of a position.
#[derive(Clone, Debug, PartialEq)]
pub struct SiteState {
    /// Settings.
    pub settings: SiteSettings,
    /// Goals.
    pub goals: Vec<Goal>,
    /// Rates by currency code and day (`YYYY-MM-DD`), as [`crate::money::ExchangeRate`] writes them, sorted by day.
    pub rates: HashMap<String, Vec<(String, String)>>,
}

/// What the store knows of a visitor.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VisitorState {
    /// Live visits: every one whose end lies after the earliest event asked for less 24 h and the visit time-out, and
    /// the latest before those. Sorted by start.
    pub visits: Vec<VisitRow>,
    /// Events of these visits (whatever visitor they were stored under), loaded only where an event of the batch is
    /// earlier than the end (`seen_until`) of a loaded visit: a late hit. Sorted by time, then position.
    pub events: Vec<EventSummary>,
    /// Touches of the visitor from 400 days before the earliest event on, latest 50: an order of the batch may lie
    /// after its earliest event. Loaded at least for visitors whose batch holds an order, goal or cart.
    pub touches: Vec<TouchRow>,
}

/// What a stored event says about its visit: enough to draw the boundaries again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventSummary {
    /// Key.
    pub event: EventKey,
    /// Journal position of its record: events of the same instant keep the order in which they arrived.
    pub position: u64,
    /// When.
    pub occurred_at: Timestamp,
    /// Name.
    pub name: String,
    /// The visit it belongs to now.
    pub visit: Option<crate::ids::VisitKey>,
    /// Sender.
    pub origin: crate::hit::Origin,
    /// Marks.
    pub flags: u32,
    /// Host of its page.
    pub host: Option<String>,
    /// Its page.
    pub page: Option<String>,
    /// The source it brought, `None` for none or direct.
    pub touch: Option<crate::rows::TrafficSource>,
}

/// A cart as it last stood.
#[derive(Clone, Debug, PartialEq)]
pub struct CartHead {
    /// The cart.
    pub cart: CartRow,
    /// Its lines.
    pub lines: Vec<CartLineRow>,
}
