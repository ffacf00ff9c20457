//! What enrichment must know before it judges a batch: [`Keys`] asks, [`State`] answers.
//!
//! `enrichment::keys(batch)` lists keys, `store.load(keys)` returns the state as of the position the store stands at,
//! `enrichment::enrich(state, batch)` uses it. Nothing else passes between the two rooms, so neither keeps anything.

use crate::goal::Goal;
use crate::ids::{CartKey, CustomerKey, EventKey, OrderKey, SiteId, VisitorKey};
use crate::rows::{CartLineRow, CartRow, OrderFactRow, OrderRow, TouchRow, VisitRow};
use crate::site::SiteSettings;
use crate::time::Timestamp;
use std::collections::{HashMap, HashSet};

/// What a batch touches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    /// Sites.
    pub sites: HashSet<SiteId>,
    /// Visitors, each with the earliest event time in the batch.
    pub visitors: HashMap<VisitorKey, Timestamp>,
    /// Fingerprints, each with its earliest and latest event time in the batch: visits of these that were active
    /// within half an hour around are candidates where no id matches.
    pub fingerprints: HashMap<u64, (Timestamp, Timestamp)>,
    /// Event ids, each with its event's time: duplicates are looked for around it.
    pub events: HashMap<EventKey, Timestamp>,
    /// Orders.
    pub orders: HashSet<OrderKey>,
    /// Carts named by their own id.
    pub carts: HashSet<CartKey>,
    /// Customers named in the batch: their open carts are loaded.
    pub customers: HashSet<CustomerKey>,
}

/// What the store knows of a batch's keys. A key that is missing is not known to the store.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// The clock as of the store's position.
    pub as_of: Option<Timestamp>,
    /// Settings and goals of the sites asked for.
    pub sites: HashMap<SiteId, SiteState>,
    /// Visitors asked for.
    pub visitors: HashMap<VisitorKey, VisitorState>,
    /// For each fingerprint asked for, the live visit that was last active among those whose `last_at` fits its window.
    pub by_fingerprint: HashMap<u64, VisitRow>,
    /// Which of the events asked for are stored already.
    pub events_seen: HashSet<EventKey>,
    /// Ledger of the orders asked for.
    pub orders: HashMap<OrderKey, OrderState>,
    /// Carts asked for by key, and the latest cart of each visitor and customer asked for.
    pub carts: HashMap<CartKey, CartHead>,
    /// The latest cart of each visitor asked for.
    pub cart_of_visitor: HashMap<VisitorKey, CartKey>,
    /// The latest cart of each customer asked for.
    pub cart_of_customer: HashMap<CustomerKey, CartKey>,
}

/// A site as of a position.
#[derive(Clone, Debug, PartialEq)]
pub struct SiteState {
    /// Settings.
    pub settings: SiteSettings,
    /// Goals.
    pub goals: Vec<Goal>,
    /// Rates by currency code and day (`YYYY-MM-DD`), as decimal text, sorted by day.
    pub rates: HashMap<String, Vec<(String, String)>>,
}

/// What the store knows of a visitor.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VisitorState {
    /// Live visits: the latest of any age, and every one whose end lies after the earliest event asked for less
    /// 24 h and the visit time-out. Sorted by start.
    pub visits: Vec<VisitRow>,
    /// Events of these visits (whatever visitor they were stored under), loaded only where an event of the batch is
    /// earlier than the end (`seen_until`) of a loaded visit: a late hit. Sorted by time, then position.
    pub events: Vec<EventSummary>,
    /// The customer the visitor last was, and from when on.
    pub customer: Option<(CustomerKey, Timestamp)>,
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

/// An order's ledger.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OrderState {
    /// Every statement, by position.
    pub facts: Vec<OrderFactRow>,
    /// The order as it last stood.
    pub order: Option<OrderRow>,
}

/// A cart as it last stood.
#[derive(Clone, Debug, PartialEq)]
pub struct CartHead {
    /// The cart.
    pub cart: CartRow,
    /// Its lines.
    pub lines: Vec<CartLineRow>,
}
