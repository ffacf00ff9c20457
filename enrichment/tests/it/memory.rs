//! A store in memory for tests: it applies rows and answers keys as the real one must, by the words of
//! `commerce::state`, and builds hits.

use commerce::hit::{Dialect, Facts, Origin, Page, Source, Trust};
use commerce::rows::{
    CartLineRow, CartRow, EventRow, IdentityRow, IntakeRow, OrderFactRow, OrderLineRow, OrderRow, Rows, TouchRow,
    VisitMoveRow, VisitRow,
};
use commerce::state::{CartHead, EventSummary, Keys, OrderState, SiteState, State, VisitorState};
use commerce::{
    CartKey, CustomerKey, EventId, EventKey, Hit, OrderKey, Person, Record, SiteId, SiteSettings, Timestamp, VisitKey,
    VisitorKey,
};
use enrichment::Rules;
use std::collections::{BTreeMap, HashMap};

/// The site of all tests.
pub(crate) const SITE: SiteId = SiteId(1);

/// The rules, compiled once for all tests of a binary.
pub(crate) fn rules() -> &'static Rules {
    static RULES: std::sync::LazyLock<Rules> = std::sync::LazyLock::new(Rules::load);
    &RULES
}

/// Settings as text by name.
type Entries = Vec<(String, String)>;

/// Everything that has been applied.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Memory {
    pub(crate) as_of: Option<Timestamp>,
    pub(crate) events: BTreeMap<EventKey, EventRow>,
    pub(crate) moves: Vec<VisitMoveRow>,
    pub(crate) visit_now: BTreeMap<EventKey, Option<VisitKey>>,
    pub(crate) visits: BTreeMap<VisitKey, VisitRow>,
    pub(crate) touches: Vec<TouchRow>,
    pub(crate) identities: Vec<IdentityRow>,
    pub(crate) order_facts: Vec<OrderFactRow>,
    pub(crate) orders: BTreeMap<OrderKey, (OrderRow, Vec<OrderLineRow>)>,
    pub(crate) carts: BTreeMap<CartKey, (CartRow, Vec<CartLineRow>)>,
    pub(crate) product_actions: usize,
    pub(crate) goals: usize,
    pub(crate) intake: BTreeMap<(SiteId, Timestamp, &'static str, String, Option<Dialect>), u64>,
    pub(crate) sites: BTreeMap<SiteId, (Entries, Vec<u8>)>,
    pub(crate) rates: BTreeMap<(SiteId, String, String), String>,
}

impl Memory {
    /// Applies a journal, cut into batches of these sizes; what is left becomes one batch.
    pub(crate) fn of(journal: &[(u64, Record)], sizes: &[usize]) -> Self {
        let mut memory = Self::default();
        let mut rest = journal;
        for size in sizes {
            let (batch, after) = rest.split_at((*size).min(rest.len()));
            memory.take(batch);
            rest = after;
        }
        memory.take(rest);
        memory
    }

    /// Applies one batch.
    pub(crate) fn take(&mut self, batch: &[(u64, Record)]) {
        if batch.is_empty() {
            return;
        }
        let state = self.load(&enrichment::keys(batch));
        let rows = enrichment::enrich(rules(), state, batch);
        assert_eq!(rows.position, batch.last().unwrap().0);
        self.apply(rows);
    }

    /// Live visits by start.
    pub(crate) fn live_visits(&self) -> Vec<&VisitRow> {
        let mut visits: Vec<_> = self.visits.values().filter(|v| v.live).collect();
        visits.sort_by_key(|v| (v.started_at, v.number, v.visit));
        visits
    }

    fn apply(&mut self, rows: Rows) {
        self.as_of = rows.as_of;
        for row in rows.events {
            self.visit_now.insert(row.event, row.visit);
            assert!(self.events.insert(row.event, row).is_none(), "an event was stored twice");
        }
        for row in rows.visit_moves {
            self.visit_now.insert(row.event, row.visit);
            self.moves.push(row);
        }
        for row in rows.visits {
            let older = self.visits.get(&row.visit).is_none_or(|known| known.position <= row.position);
            assert!(older, "a visit went back to an older version");
            self.visits.insert(row.visit, row);
        }
        self.touches.extend(rows.touches);
        self.identities.extend(rows.identities);
        self.order_facts.extend(rows.order_facts);
        for row in rows.orders {
            let lines = rows.order_lines.iter().filter(|l| l.order == row.order).cloned().collect();
            self.orders.insert(row.order, (row, lines));
        }
        for row in rows.carts {
            let lines = rows.cart_lines.iter().filter(|l| l.cart == row.cart).cloned().collect();
            self.carts.insert(row.cart, (row, lines));
        }
        self.product_actions += rows.product_actions.len();
        self.goals += rows.goal_conversions.len();
        for IntakeRow { site, hour, outcome, reason, dialect, count, .. } in rows.intake {
            *self.intake.entry((site, hour, outcome, reason, dialect)).or_default() += count;
        }
        for row in rows.sites {
            self.sites.insert(row.site, (row.settings, row.goals));
        }
        for row in rows.rates {
            self.rates.insert((row.site, row.currency.to_string(), row.day), row.per_unit);
        }
    }

    fn load(&self, keys: &Keys) -> State {
        let cart_head = |key: &CartKey| {
            self.carts.get(key).map(|(cart, lines)| CartHead { cart: cart.clone(), lines: lines.clone() })
        };
        let latest_cart = |fits: &dyn Fn(&CartRow) -> bool| {
            self.carts.values().map(|(cart, _)| cart).filter(|c| fits(c)).max_by_key(|c| c.position).map(|c| c.cart)
        };
        let of_visitor = |v: &VisitorKey| latest_cart(&|c: &CartRow| c.visitor == Some(*v));
        let of_customer = |k: &CustomerKey| latest_cart(&|c: &CartRow| c.customer == Some(*k));
        let by_fingerprint: HashMap<u64, VisitRow> =
            keys.fingerprints.iter().filter_map(|(f, window)| Some((*f, self.by_fingerprint(*f, *window)?))).collect();
        let visitors = keys.visitors.keys().copied().chain(by_fingerprint.values().map(|v| v.visitor));
        let cart_of_visitor: HashMap<_, _> = visitors.filter_map(|v| Some((v, of_visitor(&v)?))).collect();
        let cart_of_customer: HashMap<_, _> =
            keys.customers.iter().filter_map(|k| Some((*k, of_customer(k)?))).collect();
        let wanted = keys.carts.iter().chain(cart_of_visitor.values()).chain(cart_of_customer.values());
        State {
            as_of: self.as_of,
            sites: keys.sites.iter().filter_map(|s| Some((*s, self.site(*s)?))).collect(),
            visitors: keys.visitors.iter().map(|(v, earliest)| (*v, self.visitor(*v, *earliest))).collect(),
            by_fingerprint: keys
                .fingerprints
                .iter()
                .filter_map(|(f, window)| Some((*f, self.by_fingerprint(*f, *window)?)))
                .collect(),
            events_seen: keys.events.keys().filter(|e| self.events.contains_key(e)).copied().collect(),
            orders: keys.orders.iter().filter_map(|o| Some((*o, self.order(*o)?))).collect(),
            carts: wanted.filter_map(|c| Some((*c, cart_head(c)?))).collect(),
            cart_of_visitor,
            cart_of_customer,
        }
    }

    fn site(&self, site: SiteId) -> Option<SiteState> {
        let (settings, goals) = self.sites.get(&site)?;
        let settings = SiteSettings::from_entries(settings.iter().map(|(n, v)| (n.as_str(), v.as_str())));
        let mut rates: HashMap<String, Vec<(String, String)>> = HashMap::new();
        for ((_, currency, day), rate) in self.rates.iter().filter(|((s, ..), _)| *s == site) {
            rates.entry(currency.clone()).or_default().push((day.clone(), rate.clone()));
        }
        Some(SiteState { settings, goals: commerce::record::from_cbor(goals).unwrap(), rates })
    }

    fn visitor(&self, visitor: VisitorKey, earliest: Timestamp) -> VisitorState {
        let mut visits: Vec<VisitRow> =
            self.visits.values().filter(|v| v.live && v.visitor == visitor).cloned().collect();
        visits.sort_by_key(|v| (v.started_at, v.visit));
        let newest = visits.last().map(|v| v.visit);
        let timeout = self.site(SITE).map_or(1800, |s| s.settings.visit_timeout_s);
        let from = earliest.plus_seconds(-86_400 - timeout);
        visits.retain(|v| v.seen_until > from || Some(v.visit) == newest);
        let late = visits.iter().any(|v| earliest < v.seen_until);
        let mut events: Vec<EventSummary> = Vec::new();
        if late {
            let loaded =
                |e: &&EventRow| self.visit_now[&e.event].is_some_and(|now| visits.iter().any(|v| v.visit == now));
            events = self.events.values().filter(loaded).map(|e| self.summary(e)).collect();
            events.sort_by_key(|e| (e.occurred_at, e.position));
        }
        let identities = self.identities.iter().filter(|i| i.visitor == visitor);
        let customer = identities.max_by_key(|i| (i.valid_from, i.position)).map(|i| (i.customer, i.valid_from));
        let touches = self.touches.iter().filter(|t| t.visitor == visitor).cloned().collect();
        VisitorState { visits, events, customer, touches }
    }

    fn summary(&self, e: &EventRow) -> EventSummary {
        let touch = self.touches.iter().rfind(|t| t.event == e.event && !t.source.is_direct());
        EventSummary {
            event: e.event,
            position: e.position,
            occurred_at: e.occurred_at,
            name: e.name.clone(),
            visit: self.visit_now[&e.event],
            origin: e.origin,
            flags: e.flags,
            host: e.host.clone(),
            page: e.page.clone(),
            touch: touch.map(|t| t.source.clone()),
        }
    }

    fn by_fingerprint(&self, fingerprint: u64, window: (Timestamp, Timestamp)) -> Option<VisitRow> {
        let (from, until) = (window.0.plus_seconds(-1800), window.1.plus_seconds(1800));
        let fits =
            |v: &&VisitRow| v.live && v.fingerprint == Some(fingerprint) && v.last_at >= from && v.last_at <= until;
        self.visits.values().filter(fits).max_by_key(|v| (v.last_at, v.position)).cloned()
    }

    fn order(&self, order: OrderKey) -> Option<OrderState> {
        let facts: Vec<_> = self.order_facts.iter().filter(|f| f.order == order).cloned().collect();
        (!facts.is_empty()).then(|| OrderState { facts, order: self.orders.get(&order).map(|(row, _)| row.clone()) })
    }
}

/// Returns a time on the day of the tests, 2026-03-02, plus `seconds`.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::parse("2026-03-02T10:00:00Z").unwrap().plus_seconds(seconds)
}

/// Returns a browser's hit: event `id`, `seconds` into the tests' day, received when it happened.
pub(crate) fn hit(id: &str, seconds: i64, visitor: &str, name: &str) -> Hit {
    Hit {
        facts: Facts {
            site: SITE,
            event_id: EventId::from_text(id),
            received_at: at(seconds),
            occurred_at: at(seconds),
            dialect: Dialect::NativeBrowser,
            origin: Origin::Browser,
            trust: Trust::Unverified,
            name: name.to_owned(),
            page: None,
            campaign: None,
            attribution: None,
            place: None,
            language: None,
            screen: None,
            consent: None,
            items: None,
            order: None,
            refund: None,
            cart: None,
            goal: None,
            search: None,
            properties: None,
            flags: None,
            cart_id: None,
        },
        person: Person { visitor_id: (!visitor.is_empty()).then(|| visitor.to_owned()), ..Person::default() },
    }
}

/// Sets the hit's page and referrer.
pub(crate) fn on_page(mut hit: Hit, url: &str, referrer: &str) -> Hit {
    let text = |t: &str| (!t.is_empty()).then(|| t.to_owned());
    hit.facts.page = Some(Page { url: text(url), title: None, referrer: text(referrer) });
    hit
}

/// Makes the hit a server's.
pub(crate) fn by_server(mut hit: Hit) -> Hit {
    (hit.facts.origin, hit.facts.trust, hit.facts.dialect) = (Origin::Server, Trust::Verified, Dialect::NativeServer);
    hit
}

/// Returns a campaign.
pub(crate) fn campaign(source: &str, medium: &str, name: &str) -> Source {
    Source {
        source: Some(source.to_owned()),
        medium: Some(medium.to_owned()),
        campaign: Some(name.to_owned()),
        ..Source::default()
    }
}

/// Returns a settings record.
pub(crate) fn settings(entries: &[(&str, &str)]) -> Record {
    let entries = entries.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    Record::Settings(commerce::record::SettingsRecord { site: SITE, at: at(-86_400), entries })
}

/// Numbers records as a journal does.
pub(crate) fn journal(records: impl IntoIterator<Item = Record>) -> Vec<(u64, Record)> {
    records.into_iter().enumerate().map(|(i, r)| (i as u64 + 1, r)).collect()
}

/// Wraps hits as records.
pub(crate) fn hits(hits: impl IntoIterator<Item = Hit>) -> Vec<Record> {
    hits.into_iter().map(|h| Record::Hit(Box::new(h))).collect()
}
