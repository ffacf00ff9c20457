//! A store in memory for tests: it applies rows and answers keys as the real one must, by the words of
//! `commerce::state`, and builds hits.

use commerce::hit::{Dialect, Facts, Origin, Page, Source, Trust};
use commerce::rows::{
    AdCostRow, CartFactRow, CartLineRow, CartRow, EventRow, IdentityRow, IntakeRow, OrderFactRow, OrderIdRow,
    OrderLineRow, OrderRow, PersonRow, RefundLineRow, RefundRow, Rows, Subject, TouchRow, VisitAliasRow, VisitMoveRow,
    VisitRow, WaitingEventRow,
};
use commerce::state::{CartHead, EventSummary, Keys, Path, Sales, SiteState, State, VisitorState};
use commerce::{
    CartKey, CustomerKey, EventId, EventKey, Hit, OrderKey, Person, Record, SiteId, SiteSettings, Timestamp, VisitKey,
    VisitorKey, Zone,
};
use enrichment::Rules;
use std::collections::{BTreeMap, HashMap, HashSet};

/// The site of all tests.
pub(crate) const SITE: SiteId = SiteId(1);

/// The rules, compiled once for all tests of a binary.
pub(crate) fn rules() -> &'static Rules {
    static RULES: std::sync::LazyLock<Rules> = std::sync::LazyLock::new(Rules::load);
    &RULES
}

/// Settings as text by name.
type Entries = Vec<(String, String)>;

/// An order with its lines and refunds.
pub(crate) type SoldOrder = (OrderRow, Vec<OrderLineRow>, Vec<RefundRow>, Vec<RefundLineRow>);

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
    pub(crate) order_ids: Vec<OrderIdRow>,
    pub(crate) orders: BTreeMap<OrderKey, SoldOrder>,
    pub(crate) cart_facts: Vec<CartFactRow>,
    pub(crate) carts: BTreeMap<CartKey, (CartRow, Vec<CartLineRow>)>,
    pub(crate) people: BTreeMap<CustomerKey, PersonRow>,
    pub(crate) visit_aliases: BTreeMap<u64, VisitAliasRow>,
    pub(crate) waiting_events: Vec<WaitingEventRow>,
    pub(crate) product_actions: usize,
    pub(crate) goals: usize,
    pub(crate) intake: BTreeMap<(SiteId, Timestamp, &'static str, String, Option<Dialect>), u64>,
    pub(crate) sites: BTreeMap<SiteId, (Entries, Vec<u8>)>,
    pub(crate) rates: BTreeMap<(SiteId, String, String), String>,
    pub(crate) ad_costs: BTreeMap<(Timestamp, String, String, Option<String>), AdCostRow>,
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
        let keys: HashSet<VisitKey> = rows.visits.iter().map(|v| v.visit).collect();
        assert_eq!(keys.len(), rows.visits.len(), "a batch tells a visit once");
        for row in rows.visits {
            let older = self.visits.get(&row.visit).is_none_or(|known| known.position <= row.position);
            assert!(older, "a visit went back to an older version");
            self.visits.insert(row.visit, row);
        }
        self.touches.extend(rows.touches);
        self.identities.extend(rows.identities);
        self.order_facts.extend(rows.order_facts);
        self.waiting_events.extend(rows.waiting_events);
        self.order_ids.extend(rows.order_ids);
        self.cart_facts.extend(rows.cart_facts);
        self.people.extend(rows.people.into_iter().map(|row| (row.customer, row)));
        for row in rows.visit_aliases {
            let known = self.visit_aliases.entry(row.alias).or_insert_with(|| row.clone());
            if (row.at, row.event) < (known.at, known.event) {
                *known = row;
            }
        }
        for key in rows.orders_gone {
            self.orders.remove(&key);
        }
        // A version's position is that of the settling, which the cut of the journal decides.
        for mut row in rows.orders {
            row.position = 0;
            let lines = rows.order_lines.iter().filter(|l| l.order == row.order);
            let lines = lines.map(|l| OrderLineRow { position: 0, ..l.clone() }).collect();
            let refunds = rows.refunds.iter().filter(|r| r.order == row.order);
            let refunds = refunds.map(|r| RefundRow { position: 0, ..r.clone() }).collect();
            let refund_lines = rows.refund_lines.iter().filter(|l| l.order == row.order);
            let refund_lines = refund_lines.map(|l| RefundLineRow { position: 0, ..l.clone() }).collect();
            self.orders.insert(row.order, (row, lines, refunds, refund_lines));
        }
        for key in rows.carts_gone {
            self.carts.remove(&key);
        }
        for mut row in rows.carts {
            row.position = 0;
            let lines = rows.cart_lines.iter().filter(|l| l.cart == row.cart);
            let lines = lines.map(|l| CartLineRow { position: 0, ..l.clone() }).collect();
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
        for row in rows.ad_costs {
            let key = (row.starts_at, row.source.clone(), row.medium.clone(), row.campaign.clone());
            let older = self.ad_costs.get(&key).is_none_or(|known| known.position <= row.position);
            assert!(older, "a cost went back to an older version");
            self.ad_costs.insert(key, row);
        }
    }

    fn load(&self, keys: &Keys) -> State {
        let asked = self.visitors_asked(keys);
        State {
            as_of: self.as_of,
            sites: keys.sites.iter().filter_map(|s| Some((*s, self.site(*s)?.into()))).collect(),
            visitors: asked.iter().map(|(v, earliest)| (*v, self.visitor(*v, *earliest))).collect(),
            events_seen: keys.events.keys().filter(|e| self.events.contains_key(e)).copied().collect(),
            waiting_events: self.waiting_of(&asked),
            sales: self.sales(keys),
            ad_costs: self.ad_costs.values().filter(|row| is_converted_anew(row, keys)).cloned().collect(),
        }
    }

    fn waiting_of(&self, visitors: &HashMap<VisitorKey, Timestamp>) -> Vec<WaitingEventRow> {
        let theirs = self.waiting_events.iter().filter(|row| visitors.contains_key(&row.visitor));
        theirs.map(|row| WaitingEventRow { visit: self.visit_now[&row.event], ..row.clone() }).collect()
    }

    /// Everything that is known of orders, carts and people: more than any batch asks for.
    fn sales(&self, keys: &Keys) -> Sales {
        let visit_now = |event: &EventKey, visit: Option<VisitKey>| self.visit_now.get(event).copied().unwrap_or(visit);
        let of_visitors = self.identities.iter().filter_map(|row| match row.subject {
            Subject::Visitor(visitor) => Some(visitor),
            Subject::Email(_) => None,
        });
        let visitors = self.visits.values().map(|v| v.visitor).chain(of_visitors);
        let visitors = visitors.chain(self.order_facts.iter().filter_map(|f| f.visitor));
        let visitors: HashSet<VisitorKey> = visitors.chain(self.cart_facts.iter().filter_map(|f| f.visitor)).collect();
        let facts = self.order_facts.iter().flat_map(|f| [f.user, f.email]);
        let facts = facts.chain(self.cart_facts.iter().flat_map(|f| [f.user, f.email])).flatten();
        let customers = facts.chain(self.identities.iter().filter_map(|row| row.customer));
        let customers = customers.chain(keys.customers.iter().copied()).collect();
        let order_facts = self.order_facts.iter();
        let order_facts = order_facts
            .map(|f| OrderFactRow { visit: f.visit.and_then(|v| visit_now(&f.event, Some(v))), ..f.clone() });
        let cart_facts = self.cart_facts.iter();
        let cart_facts =
            cart_facts.map(|f| CartFactRow { visit: f.visit.and_then(|v| visit_now(&f.event, Some(v))), ..f.clone() });
        let alias_now = |row: &VisitAliasRow| {
            let visit = visit_now(&row.event, Some(row.visit)).unwrap_or(row.visit);
            let visitor = self.visits.get(&visit).map_or(row.visitor, |v| v.visitor);
            VisitAliasRow { visit, visitor, ..row.clone() }
        };
        Sales {
            order_facts: order_facts.collect(),
            order_ids: self.order_ids.clone(),
            orders: self.orders.iter().map(|(key, (row, ..))| (*key, row.clone())).collect(),
            cart_facts: cart_facts.collect(),
            carts: self
                .carts
                .iter()
                .map(|(key, (cart, lines))| (*key, CartHead { cart: cart.clone(), lines: lines.clone() }))
                .collect(),
            identities: self.identities.clone(),
            people: self.people.iter().map(|(key, row)| (*key, row.clone())).collect(),
            paths: visitors.iter().map(|v| (*v, self.path(*v))).collect(),
            visit_aliases: self.visit_aliases.iter().map(|(key, row)| (*key, alias_now(row))).collect(),
            complete: (visitors.into_iter().chain(keys.visitors.keys().copied()).collect(), customers),
        }
    }

    fn path(&self, visitor: VisitorKey) -> Path {
        let mut visits: Vec<VisitRow> =
            self.visits.values().filter(|v| v.live && v.visitor == visitor).cloned().collect();
        visits.sort_by_key(|v| (v.started_at, v.visit));
        let mut touches: Vec<TouchRow> = self.touches.iter().filter(|t| t.visitor == visitor).cloned().collect();
        touches.sort_by_key(|t| (t.occurred_at, t.position));
        Path { seen_beyond: false, visits, touches }
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
        visits.sort_by_key(|v| (v.started_at, v.number, v.visit));
        let timeout = self.site(SITE).map_or(1800, |s| s.settings.visit_timeout_s);
        let from = earliest.plus_seconds(-86_400 - timeout);
        let before = visits.iter().rfind(|v| v.seen_until < from).map(|v| v.visit);
        visits.retain(|v| v.seen_until >= from || Some(v.visit) == before);
        let late = visits.iter().any(|v| earliest < v.seen_until);
        let mut events: Vec<EventSummary> = Vec::new();
        if late {
            let loaded =
                |e: &&EventRow| self.visit_now[&e.event].is_some_and(|now| visits.iter().any(|v| v.visit == now));
            events = self.events.values().filter(loaded).map(|e| self.summary(e)).collect();
            events.sort_by_key(|e| (e.occurred_at, e.position));
        }
        let touches = self.touches.iter().filter(|t| t.visitor == visitor).cloned().collect();
        VisitorState { visits, events, touches }
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

    /// The visitors asked for by key, and those behind the fingerprints asked for.
    fn visitors_asked(&self, keys: &Keys) -> HashMap<VisitorKey, Timestamp> {
        let mut asked = keys.visitors.clone();
        for visit in self.visits.values().filter(|v| v.live) {
            let Some(used) = visit.fingerprint.and_then(|f| keys.fingerprints.get(&f)) else { continue };
            let (from, until) = (used.first.plus_seconds(-1800), used.last.plus_seconds(1800));
            if (from..=until).contains(&visit.last_at) {
                asked.entry(visit.visitor).and_modify(|at| *at = used.first.min(*at)).or_insert(used.first);
            }
        }
        asked
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

fn is_converted_anew(row: &AdCostRow, keys: &Keys) -> bool {
    let day = keys.rates.get(&(row.site, row.currency.to_string()));
    day.is_some_and(|day| {
        let day = day.parse().expect("a day");
        Zone::utc().start_of(day).plus_seconds(-86_400) <= row.starts_at
    })
}
