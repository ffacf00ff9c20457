//! The story of one shop of the benchmark, day by day: who comes, what they see, what they buy and send back.
//!
//! A pure function of its seed. It makes hits as the door hands them on; what they mean is for the pipeline to find.

use super::wares::{Home, Product, WayIn, amount, some_page, some_search};
use crate::demo::dice::Dice;
use crate::demo::range::{BROWSERS, HOURS, WEEKDAYS};
use commerce::hit::{
    CartStatement, Dialect, Facts, Hit, Item, OrderStatement, OrderStatus, Origin, Page, Person, RefundStatement,
    Search, Trust, names,
};
use commerce::{EventId, SiteId, Timestamp};
use std::collections::BTreeMap;

const DAY_S: i64 = 86_400;
/// Of those who want to buy, some leave the checkout: this many in a thousand order.
const ORDERS_OF_BUYERS: u64 = 520;
/// Most people of whom it is remembered that they may come back.
const PEOPLE_MAX: usize = 400_000;

/// Someone who comes to the shop.
#[derive(Clone, Copy)]
struct Someone {
    id: u64,
    home: Home,
    browser: u8,
    customer: Option<u32>,
}

/// One shop.
pub(super) struct Story {
    site: SiteId,
    dice: Dice,
    visits_per_day: u64,
    events_per_visit: u64,
    people: Vec<Someone>,
    customers: u32,
    orders: u32,
    orders_due: u64,
    events: u64,
    /// What is still to be told, by when it arrives; the number keeps those of one moment apart.
    waiting: BTreeMap<(Timestamp, u64), Hit>,
}

/// How much goes on in a shop.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Mean visits of a day.
    pub(super) visits_per_day: u64,
    /// Mean events of a visit.
    pub(super) events_per_visit: u64,
    /// Orders in a hundred thousand visits.
    pub(super) orders_per_100k: u64,
}

impl Story {
    pub(super) fn new(site: SiteId, seed: u64, pace: Pace) -> Self {
        Self {
            site,
            dice: Dice::new(seed),
            visits_per_day: pace.visits_per_day,
            events_per_visit: pace.events_per_visit,
            people: Vec::new(),
            customers: 0,
            orders: 0,
            orders_due: pace.orders_per_100k,
            events: 0,
            waiting: BTreeMap::new(),
        }
    }

    /// Writes the day that begins at `midnight`, a `weekday` from 0 (Monday), and returns what arrives before its end, in
    /// that order.
    pub(super) fn day(&mut self, midnight: Timestamp, weekday: usize) -> Vec<Hit> {
        let visits = self.visits_per_day * WEEKDAYS[weekday] / 1000 * self.dice.between(930, 1070) / 1000;
        let hours: Vec<(u64, i64)> = HOURS.iter().copied().zip(0..).collect();
        for _ in 0..visits {
            let hour = *self.dice.pick(&hours);
            let start = Timestamp(midnight.plus_seconds(hour * 3600).0 + self.dice.below(3_600_000_000) as i64);
            self.visit(start);
        }
        let later = self.waiting.split_off(&(midnight.plus_seconds(DAY_S), 0));
        std::mem::replace(&mut self.waiting, later).into_values().collect()
    }

    fn someone(&mut self) -> usize {
        let known = self.people.len() as u64;
        if known > 100 && self.dice.chance(430) {
            // People who came lately come again rather than those of long ago.
            let back = self.dice.below(known).min(self.dice.below(known));
            return (known - 1 - back) as usize;
        }
        let id = self.dice.below(u64::MAX);
        let person =
            Someone { id, home: Home::some(&mut self.dice), browser: self.dice.place(BROWSERS) as u8, customer: None };
        if self.people.len() < PEOPLE_MAX {
            self.people.push(person);
            return self.people.len() - 1;
        }
        let place = self.dice.below(known) as usize;
        self.people[place] = person;
        place
    }

    fn visit(&mut self, start: Timestamp) {
        let way = WayIn::some(&mut self.dice);
        let who = self.someone();
        // The rate of buyers is spread by the way in around the mean that was asked for.
        let buys = self.dice.below(100_000) < self.orders_due * way.buys_per_mille * 1000 / 42 / ORDERS_OF_BUYERS;
        let late = self.dice.chance(2);
        let mut trip = Trip { start, at: start, who: self.people[who], way: Some(way), late, referrer: None };
        // A third leaves at once; the others see the more.
        let bounce = !buys && self.dice.chance(330);
        let length =
            if bounce { 1 } else { self.dice.between(2, self.events_per_visit * 2 + self.events_per_visit / 2) };
        self.look_around(&mut trip, length);
        if buys {
            self.buy(&mut trip, who);
        }
    }

    fn look_around(&mut self, trip: &mut Trip, length: u64) {
        let until = self.events + length;
        while self.events < until {
            match self.dice.below(20) {
                0..=8 => {
                    let product = Product::some(&mut self.dice);
                    self.see(trip, product);
                }
                9 => self.list(trip),
                10 if trip.referrer.is_some() => {
                    let (term, results) = some_search(&mut self.dice);
                    let search = Some(Search { term, category: None, results: Some(results) });
                    self.tell(trip, names::SEARCH, "/search", "Search", |facts| facts.search = search);
                }
                11 if trip.referrer.is_some() && self.dice.chance(60) => {
                    self.tell(trip, names::SIGN_UP, "/letter", "Our letter", |_| ());
                }
                12 if trip.referrer.is_some() => {
                    let properties = format!(r#"{{"depth":{}}}"#, self.dice.between(1, 4) * 25);
                    let (path, title) = some_page(&mut self.dice);
                    self.tell(trip, names::SCROLL, &path, &title, |facts| facts.properties = Some(properties));
                }
                _ => {
                    let (path, title) = some_page(&mut self.dice);
                    self.tell(trip, names::PAGE_VIEW, &path, &title, |_| ());
                }
            }
        }
    }

    /// Sees a product's page.
    fn see(&mut self, trip: &mut Trip, product: Product) {
        let items = Some(vec![product.item(1)]);
        if trip.referrer.is_none() || self.dice.chance(500) {
            self.tell(trip, names::PAGE_VIEW, &product.path(), &product.name(), |_| ());
        }
        self.tell(trip, names::VIEW_ITEM, &product.path(), &product.name(), |facts| facts.items = items);
    }

    /// Sees a list of products.
    fn list(&mut self, trip: &mut Trip) {
        let (path, title) = some_page(&mut self.dice);
        let items = (0..4).map(|index| Item { index: Some(index), list_name: Some(title.clone()), ..self.some_item() });
        let items: Vec<Item> = items.collect();
        let chosen = self.dice.chance(300).then(|| vec![items[0].clone()]);
        self.tell(trip, names::VIEW_ITEM_LIST, &path, &title, |facts| facts.items = Some(items));
        if chosen.is_some() {
            self.tell(trip, names::SELECT_ITEM, &path, &title, |facts| facts.items = chosen);
        }
    }

    fn some_item(&mut self) -> Item {
        Product::some(&mut self.dice).item(1)
    }

    /// Fills a cart and, if nothing goes wrong, orders.
    fn buy(&mut self, trip: &mut Trip, who: usize) {
        let currency = trip.who.home.currency();
        let cart = CartStatement { currency: Some(currency), ..CartStatement::default() };
        let kinds = 1 + self.dice.below(10) / 4;
        let mut lines: Vec<(Product, u64)> = Vec::new();
        for _ in 0..kinds {
            let (product, quantity) = (Product::some(&mut self.dice), 1 + self.dice.below(10) / 8);
            if lines.iter().any(|(p, _)| p.0 == product.0) {
                continue;
            }
            lines.push((product, quantity));
            self.see(trip, product);
            let (items, cart) = (Some(vec![product.item(quantity)]), Some(cart.clone()));
            self.tell(trip, names::ADD_TO_CART, &product.path(), &product.name(), |facts| {
                (facts.items, facts.cart) = (items, cart);
            });
        }
        // Some go no further than the cart, some no further than the checkout.
        if !self.dice.chance(ORDERS_OF_BUYERS + 260) {
            return;
        }
        let step = Some(CartStatement { checkout_step: Some("begin_checkout".to_owned()), ..cart });
        let items: Vec<Item> = lines.iter().map(|(p, quantity)| p.item(*quantity)).collect();
        let all = Some(items.clone());
        self.tell(trip, names::BEGIN_CHECKOUT, "/checkout", "Checkout", |facts| {
            (facts.items, facts.cart) = (all, step);
        });
        if self.dice.below(ORDERS_OF_BUYERS + 260) < ORDERS_OF_BUYERS {
            self.order(trip, who, &lines, items);
        }
    }

    fn order(&mut self, trip: &mut Trip, who: usize, lines: &[(Product, u64)], items: Vec<Item>) {
        self.orders += 1;
        if trip.who.customer.is_none() && self.dice.chance(700) {
            self.customers += 1;
            trip.who.customer = Some(self.customers);
            self.people[who].customer = trip.who.customer;
        }
        let goods: u64 = lines.iter().map(|(p, quantity)| p.cents() * quantity).sum();
        let off = if self.dice.chance(120) { goods / 10 } else { 0 };
        let shipping = if goods > 6_000 { 0 } else { 490 };
        let tax = (goods - off + shipping) * 19 / 100;
        let statement = OrderStatement {
            order_id: format!("{}-{}", self.site.0, 100_000 + self.orders),
            currency: Some(trip.who.home.currency()),
            total: Some(amount(goods - off + shipping + tax)),
            tax: Some(amount(tax)),
            shipping: Some(amount(shipping)),
            discount: Some(amount(off)),
            coupons: (off > 0).then(|| vec!["LETTER10".to_owned()]),
            prices_include_tax: Some(false),
            payment_method: Some((*self.dice.pick(&[(5, "card"), (4, "wallet"), (3, "invoice")])).to_owned()),
            shipping_method: Some("parcel".to_owned()),
            ..OrderStatement::default()
        };
        let seen_by_browser = !self.dice.chance(100);
        let told = (Some(items.clone()), Some(statement.clone()));
        if seen_by_browser {
            self.tell(trip, names::PURCHASE, "/thank-you", "Thank you", |facts| (facts.items, facts.order) = told);
        }
        let placed_at = trip.at;
        let told = OrderStatement { placed_at: Some(placed_at), ..statement.clone() };
        let at = placed_at.plus_seconds(self.dice.between(1, 20) as i64);
        self.office(at, &trip.who, names::PURCHASE, |facts| (facts.items, facts.order) = (Some(items), Some(told)));
        self.change_mind(trip, &statement.order_id, lines);
    }

    /// Cancels some orders and takes back some goods.
    fn change_mind(&mut self, trip: &Trip, order_id: &str, lines: &[(Product, u64)]) {
        let at = trip.at.plus_seconds(self.dice.between(1, 21) as i64 * DAY_S + self.dice.below(30_000) as i64);
        if self.dice.chance(20) {
            let status = Some(OrderStatus::Cancelled);
            let cancelled = OrderStatement { order_id: order_id.to_owned(), status, ..OrderStatement::default() };
            self.office(at, &trip.who, names::ORDER_STATUS, |facts| facts.order = Some(cancelled));
        } else if self.dice.chance(80) {
            let item = Item { quantity: Some(commerce::money::Quantity::ONE), price: None, ..lines[0].0.item(1) };
            let refund = RefundStatement {
                order_id: order_id.to_owned(),
                refund_id: Some(format!("R-{order_id}")),
                ..RefundStatement::default()
            };
            self.office(at, &trip.who, names::REFUND, |facts| {
                (facts.items, facts.refund) = (Some(vec![item]), Some(refund));
            });
        }
    }

    /// Tells of something on a page, some seconds after the last.
    fn tell(&mut self, trip: &mut Trip, name: &str, path: &str, title: &str, fill: impl FnOnce(&mut Facts)) {
        let way = trip.way.take();
        if way.is_none() {
            trip.at = Timestamp(trip.at.0 + self.dice.between(2_000_000, 70_000_000) as i64);
        }
        let query = way.as_ref().map_or("", |w| w.query.as_str());
        let url = format!("https://shop{}.example{path}", self.site.0);
        let page = Page {
            url: Some(format!("{url}{query}")),
            title: Some(title.to_owned()),
            referrer: way.as_ref().map_or_else(|| trip.referrer.take(), |w| w.referrer.clone()),
        };
        trip.referrer = Some(url);
        let mut facts = self.facts(name, trip.at);
        facts.page = Some(page);
        facts.campaign = way.and_then(|w| w.campaign);
        facts.place = Some(trip.who.home.place());
        facts.language = Some(trip.who.home.languages().to_owned());
        facts.screen = Some(trip.who.home.screen().to_owned());
        fill(&mut facts);
        let person = Person {
            visitor_id: Some(format!("{:016x}", trip.who.id)),
            user_id: trip.who.customer.map(|n| format!("customer-{n}")),
            user_agent: Some(BROWSERS[usize::from(trip.who.browser)].1.0.to_owned()),
            fingerprint: Some(trip.who.id ^ (trip.start.seconds() / DAY_S) as u64),
            ..Person::default()
        };
        // Now and then a phone was out of reach and tells the rest of its visit hours later.
        let delay_s = if trip.late && trip.at > trip.start.plus_seconds(60) { 7 * 3600 } else { 1 };
        facts.received_at = trip.at.plus_seconds(delay_s);
        self.put(Hit { facts, person });
    }

    /// Tells of something as the shop's own server.
    fn office(&mut self, at: Timestamp, who: &Someone, name: &str, fill: impl FnOnce(&mut Facts)) {
        let mut facts = self.facts(name, at);
        (facts.dialect, facts.origin, facts.trust) = (Dialect::NativeServer, Origin::Server, Trust::Verified);
        fill(&mut facts);
        let user_id = who.customer.map(|n| format!("customer-{n}"));
        let email_hash = Some(format!("{:064x}", who.id));
        self.put(Hit { facts, person: Person { user_id, email_hash, ..Person::default() } });
    }

    fn facts(&mut self, name: &str, at: Timestamp) -> Facts {
        self.events += 1;
        Facts {
            site: self.site,
            event_id: EventId::derived(&[&self.site.0.to_le_bytes(), &self.events.to_le_bytes()]),
            received_at: at,
            occurred_at: at,
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
        }
    }

    fn put(&mut self, hit: Hit) {
        self.waiting.insert((hit.facts.received_at, self.events), hit);
    }
}

/// A visit under way.
struct Trip {
    start: Timestamp,
    at: Timestamp,
    who: Someone,
    /// Until its first event was told.
    way: Option<WayIn>,
    late: bool,
    referrer: Option<String>,
}
