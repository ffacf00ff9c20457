//! A shop in a few words, for the tests of goals and products: visits are put up, hits are told, and the steps that sell
//! look at each as the pipeline has them do.

use crate::context::HitContext;
use crate::rules::Rules;
use crate::visit::VisitorWork;
use crate::work::Work;
use commerce::hit::{
    CartStatement, Dialect, Facts, GoalStatement, Item, OrderStatement, OrderStatus, Origin, Page, Person,
    RefundStatement, Source, Trust, names,
};
use commerce::rows::{ProductActionRow, Rows, TrafficSource, VisitRow};
use commerce::state::{SiteState, State, VisitorState};
use commerce::{
    Amount, Currency, EventId, EventKey, Hit, Quantity, SiteId, SiteSettings, Timestamp, UnitPrice, VisitKey,
    VisitorKey, Zone,
};
use std::collections::HashMap;
use std::sync::OnceLock;

pub(crate) struct Stage {
    pub(crate) site: SiteState,
    pub(crate) work: Work<'static>,
    pub(crate) actions: Vec<ProductActionRow>,
    position: u64,
}

const NOON: i64 = 1_775_044_800; // 2026-04-01T12:00:00Z

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(NOON + seconds)
}

pub(crate) fn visitor_key(visitor: u64) -> VisitorKey {
    VisitorKey::of_visitor_id(SiteId(1), &visitor.to_string())
}

fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap().value
}

fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap()
}

fn site() -> SiteState {
    let settings = SiteSettings::new("shop.example", currency("EUR"), Zone::utc());
    SiteState { settings, goals: Vec::new(), rates: HashMap::new() }
}

/// Returns an item of `sku*quantity*price`.
fn item(text: &str) -> Item {
    let mut parts = text.split('*');
    Item {
        sku: parts.next().unwrap().to_owned(),
        quantity: parts.next().map(|q| Quantity::parse(q).unwrap().value),
        price: parts.next().map(|p| UnitPrice::parse(p).unwrap().value),
        ..Item::default()
    }
}

impl Stage {
    pub(crate) fn new() -> Self {
        static RULES: OnceLock<Rules> = OnceLock::new();
        let work = Work::new(RULES.get_or_init(Rules::load), State::default());
        Self { site: site(), work, actions: Vec::new(), position: 0 }
    }

    /// Puts up a visit that began at `start` and was last seen at `end`.
    pub(crate) fn visit(&mut self, visitor: u64, visit: u64, (start, end): (i64, i64), source: &str) {
        let source = TrafficSource { source: source.to_owned(), ..TrafficSource::direct() };
        let row = VisitRow {
            site: SiteId(1),
            position: 1,
            visit: VisitKey(visit),
            visitor: visitor_key(visitor),
            fingerprint: None,
            customer: None,
            live: true,
            started_at: at(start),
            last_at: at(end),
            seen_until: at(end),
            number: 1,
            first_seen_at: at(start),
            source,
            host: None,
            landing_page: Some(format!("/landing-{visit}")),
            exit_page: None,
            page_views: 1,
            events: 1,
            interactions: 0,
            searches: 0,
            device: None,
            browser: None,
            os: None,
            screen: None,
            language: None,
            country: None,
            region: None,
            city: None,
            goals: Vec::new(),
            bot: None,
        };
        let state = VisitorState { visits: vec![row], ..VisitorState::default() };
        self.work.visitors.insert(visitor_key(visitor), VisitorWork::from_state(state));
    }

    /// Tells a hit: `name +seconds field=value ...`. Returns its event's key.
    pub(crate) fn tell(&mut self, words: &str) -> EventKey {
        self.position += 1;
        let told = Told::read(words, self.position);
        let site = self.site.clone();
        let ctx = HitContext {
            position: self.position,
            hit: &told.hit,
            site_state: &site,
            event: EventKey::new(SiteId(1), told.hit.facts.event_id),
            visitor: told.visitor.map(visitor_key),
            visit: told.visit.map(VisitKey),
            brought: None,
            bot: told.bot.as_deref(),
        };
        self.actions.extend(crate::product::actions(&ctx));
        crate::order::apply(&mut self.work, &ctx);
        crate::goal::apply(&mut self.work, &ctx);
        ctx.event
    }

    /// Tells hits one after another.
    pub(crate) fn tell_all(&mut self, hits: &[&str]) {
        for words in hits {
            self.tell(words);
        }
    }

    /// Ends the batch and returns its rows.
    pub(crate) fn rows(self) -> Rows {
        let position = self.position;
        self.work.into_rows(position)
    }
}

/// Returns the hit that `words` tell, as [`Stage::tell`] takes them.
pub(crate) fn hit(words: &str) -> Hit {
    Told::read(words, 1).hit
}

/// A hit read from words, and what the pipeline would have found out about it.
struct Told {
    hit: Hit,
    visitor: Option<u64>,
    visit: Option<u64>,
    bot: Option<String>,
}

impl Told {
    fn read(words: &str, position: u64) -> Self {
        let mut words = words.split_whitespace();
        let name = words.next().unwrap();
        let occurred_at = at(words.next().unwrap().parse().unwrap());
        let mut hit = Hit { facts: facts(name, occurred_at, position), person: Person::default() };
        if names::REFUND == name {
            hit.facts.refund = Some(RefundStatement::default());
        } else if name.starts_with("order_") || name == names::PURCHASE {
            hit.facts.order = Some(OrderStatement::default());
        } else if name == names::CART_UPDATE {
            hit.facts.cart = Some(CartStatement::default());
        }
        let mut told = Self { hit, visitor: None, visit: None, bot: None };
        for word in words {
            let (field, value) = word.split_once('=').unwrap();
            told.set(field, value);
        }
        told
    }

    fn set(&mut self, field: &str, value: &str) {
        let text = || Some(value.to_owned());
        let (facts, person) = (&mut self.hit.facts, &mut self.hit.person);
        match field {
            "visitor" => (self.visitor, person.visitor_id) = (value.parse().ok(), text()),
            "visit" => self.visit = value.parse().ok(),
            "customer" => person.user_id = text(),
            "bot" => self.bot = text(),
            "cart" => facts.cart_id = text(),
            "items" => facts.items = Some(value.split(',').filter(|v| !v.is_empty()).map(item).collect()),
            "variant" => facts.items.iter_mut().flatten().for_each(|i: &mut Item| i.variant = text()),
            "category" => facts
                .items
                .iter_mut()
                .flatten()
                .for_each(|i: &mut Item| i.categories = Some(value.split('/').map(str::to_owned).collect())),
            "list" => facts.items.iter_mut().flatten().for_each(|i: &mut Item| i.list_id = text()),
            "promotion" => facts.items.iter_mut().flatten().for_each(|i: &mut Item| i.promotion_id = text()),
            "value" => facts.cart.get_or_insert_default().value = Some(amount(value)),
            "step" => facts.cart.get_or_insert_default().checkout_step = text(),
            "coupon" => facts.cart.get_or_insert_default().coupon = text(),
            "currency" => match &mut facts.order {
                Some(order) => order.currency = Some(currency(value)),
                None => facts.cart.get_or_insert_default().currency = Some(currency(value)),
            },
            "source" => facts.attribution = Some(Source { source: text(), medium: text(), ..Source::default() }),
            "email" => (person.email, person.email_hash) = (text(), Some(format!("hash-of-{value}"))),
            "recovery" => person.recovery_url = text(),
            "order" => match &mut facts.refund {
                Some(refund) => refund.order_id = value.replace('_', " "),
                None => facts.order.as_mut().unwrap().order_id = value.replace('_', " "),
            },
            "total" => facts.order.as_mut().unwrap().total = Some(amount(value)),
            "placed" => facts.order.as_mut().unwrap().placed_at = Some(at(value.parse().unwrap())),
            "test" => facts.order.as_mut().unwrap().test = Some(true),
            "status" => facts.order.as_mut().unwrap().status = Some(status(value)),
            "url" => facts.page.get_or_insert_default().url = text(),
            "title" => facts.page.get_or_insert_default().title = text(),
            "properties" => facts.properties = text(),
            "goal" => facts.goal = Some(GoalStatement { goal: value.parse().unwrap(), value: None }),
            "worth" => facts.goal.as_mut().unwrap().value = Some(amount(value)),
            "by" => (facts.origin, facts.trust) = (Origin::Server, Trust::Verified),
            other => panic!("no field {other}"),
        }
    }
}

fn status(word: &str) -> OrderStatus {
    match word {
        "pending" => OrderStatus::Pending,
        "cancelled" => OrderStatus::Cancelled,
        "failed" => OrderStatus::Failed,
        _ => OrderStatus::Confirmed,
    }
}

fn facts(name: &str, occurred_at: Timestamp, position: u64) -> Facts {
    Facts {
        site: SiteId(1),
        event_id: EventId::derived(&[&position.to_le_bytes()]),
        received_at: occurred_at,
        occurred_at,
        dialect: Dialect::NativeBrowser,
        origin: Origin::Browser,
        trust: Trust::Unverified,
        name: name.to_owned(),
        page: None::<Page>,
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
    }
}
