//! Shops made by luck: visits with what happened in them, orders of every kind, what is given back of them, carts, goals,
//! costs. Rows keep what enrichment promises (parts sum to the whole, a refund takes back what was paid); within that
//! anything may be unknown.

use super::super::shop::{self, SITE, at};
use super::dice::Dice;
use commerce::rows::{
    AdCostRow, EventRow, LinkCodeRow, ProductAction, ProductActionRow, ProductCostRow, ProductRef, Rows, TrafficSource,
    VisitMoveRow, VisitRow,
};
use commerce::{
    Amount, Currency, CustomerKey, EventKey, Quantity, SiteId, SiteSettings, Timestamp, UnitPrice, VisitKey,
    VisitorKey, Zone,
};
use std::collections::BTreeMap;

mod sales;

/// A shop: what came first, what came later and changed some of it, and the site's settings.
pub(super) struct Made {
    pub(super) first: Rows,
    pub(super) later: Rows,
    pub(super) settings: SiteSettings,
}

/// What a row is made with.
struct Maker<'d> {
    dice: &'d mut Dice,
    settings: SiteSettings,
    /// Added to every key, so that no two sites share one.
    base: u64,
    position: u64,
    rows: Rows,
    /// When visits began that are known already.
    starts: BTreeMap<u64, Timestamp>,
}

const CHANNELS: &[&str] = &["Email", "Direct", "Organic Search", "Paid Search"];
pub(super) const CAMPAIGNS: &[&str] = &["spring", "Sale 5", "Qw3rTy"];
pub(super) const PAGES: &[&str] = &["/", "/shoes", "/Shoes/boots", "/cart"];
pub(super) const SKUS: &[&str] = &["A1", "A2", "B1", "C1"];
const CATEGORIES: &[&str] = &["Shoes", "Outdoor", "Sale"];
const CUSTOMERS: u64 = 1 << 30;

/// Makes a shop of `size` visits with the site's settings.
pub(super) fn shop(dice: &mut Dice, size: u64) -> Made {
    let settings = settings(dice);
    let first = rows(dice, &settings, 1..=size, (0, 9), BTreeMap::new());
    let starts = first.visits.iter().map(|v| (v.visit.0, v.started_at)).collect();
    let mut later = rows(dice, &settings, size - size / 4..=size + size / 8, (0, 19), starts);
    // Some of what came later is of visits, orders and carts known before, the rest is new; events are always new.
    for event in &mut later.events {
        event.event.0 += 1 << 20;
    }
    later.product_actions.iter_mut().for_each(|a| a.event.0 += 1 << 20);
    later.goal_conversions.iter_mut().for_each(|g| g.event.0 += 1 << 20);
    later.product_costs.truncate(1);
    later.visit_moves = moves(dice, &first, &later);
    restate(&first, &mut later);
    Made { first, later, settings }
}

/// Makes the shop of another site in the same store, which no report of ours may see.
pub(super) fn stranger(dice: &mut Dice, settings: &SiteSettings) -> Rows {
    let mut rows = rows(dice, settings, 1..=9, (1 << 40, 9), BTreeMap::new());
    let theirs = SiteId(77);
    rows.visits.iter_mut().for_each(|row| row.site = theirs);
    rows.events.iter_mut().for_each(|row| row.site = theirs);
    rows.product_actions.iter_mut().for_each(|row| row.site = theirs);
    rows.goal_conversions.iter_mut().for_each(|row| row.site = theirs);
    rows.orders.iter_mut().for_each(|row| row.site = theirs);
    rows.order_lines.iter_mut().for_each(|row| row.site = theirs);
    rows.refunds.iter_mut().for_each(|row| row.site = theirs);
    rows.refund_lines.iter_mut().for_each(|row| row.site = theirs);
    rows.carts.iter_mut().for_each(|row| row.site = theirs);
    rows.cart_lines.iter_mut().for_each(|row| row.site = theirs);
    rows.ad_costs.iter_mut().for_each(|row| row.site = theirs);
    rows.product_costs.iter_mut().for_each(|row| row.site = theirs);
    rows.link_codes.iter_mut().for_each(|row| row.site = theirs);
    rows
}

fn settings(dice: &mut Dice) -> SiteSettings {
    let currency = Currency::parse(dice.pick(&["EUR", "EUR", "JPY", "KWD"])).unwrap();
    let zone = dice.pick(&["Europe/Berlin", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC"]);
    let mut settings = SiteSettings::new("shop.example", currency, Zone::parse(zone).unwrap());
    settings.ecommerce = !dice.chance(4);
    settings.week_starts_sunday = dice.chance(30);
    settings.count_unverified_orders = dice.chance(75);
    settings.refunds_on_order_date = dice.chance(30);
    settings.cart_idle_s = dice.pick(&[1800, 1800, 0, 86_400]);
    settings
}

/// Makes rows of the visits of these `numbers`; their keys, and everybody's, begin at `base`.
fn rows(
    dice: &mut Dice,
    settings: &SiteSettings,
    numbers: std::ops::RangeInclusive<u64>,
    (base, position): (u64, u64),
    starts: BTreeMap<u64, Timestamp>,
) -> Rows {
    let rows = Rows { position, as_of: Some(at("2026-04-20T00:00:00Z")), ..Rows::default() };
    let mut maker = Maker { dice, settings: settings.clone(), base, position, rows, starts };
    for number in numbers {
        maker.visit(base + number);
    }
    maker.shop_facts();
    maker.rows
}

/// Some early events turn out to belong to another visit, or to none.
fn moves(dice: &mut Dice, first: &Rows, later: &Rows) -> Vec<VisitMoveRow> {
    let mut out = Vec::new();
    for event in first.events.iter().filter(|event| event.visit.is_some()) {
        if dice.chance(5) {
            let near = |v: &&VisitRow| v.started_at.micros_since(event.occurred_at).abs() < 3_600_000_000;
            let visit = first.visits.iter().find(near).filter(|_| dice.chance(70)).map(|v| v.visit);
            out.push(VisitMoveRow { site: SITE, position: later.position, event: event.event, visit });
        }
    }
    out
}

/// Tells of the visits that an event moved from or to once more: where events move, their visits change.
fn restate(first: &Rows, later: &mut Rows) {
    for moved in &later.visit_moves {
        let before = first.events.iter().find(|event| event.event == moved.event).and_then(|event| event.visit);
        for key in before.into_iter().chain(moved.visit) {
            let known = first.visits.iter().find(|visit| visit.visit == key);
            if let Some(known) = known.filter(|_| later.visits.iter().all(|visit| visit.visit != key)) {
                later.visits.push(VisitRow { position: later.position, ..known.clone() });
            }
        }
    }
}

impl Maker<'_> {
    fn key(&mut self, below: u64) -> u64 {
        self.base + 1 + self.dice.below(below)
    }

    /// Returns an instant: mostly of the days around the change of clocks, sometimes of the months before.
    fn instant(&mut self) -> Timestamp {
        let days = if self.dice.chance(80) { self.dice.between(0, 10) } else { self.dice.between(-270, 0) };
        let at = at("2026-03-25T00:00:00Z").plus_seconds(days * 86_400 + self.dice.between(0, 86_399));
        Timestamp(at.0 + self.dice.pick(&[0, 0, 1, 999_999]))
    }

    fn source(&mut self) -> TrafficSource {
        let channel = self.dice.pick(CHANNELS);
        let host = self.dice.maybe(&["mail.example", "search.example"]);
        TrafficSource {
            channel: channel.to_owned(),
            source: self.dice.pick(&["news", "google", "(direct)"]).to_owned(),
            medium: self.dice.pick(&["email", "cpc", "(none)"]).to_owned(),
            campaign: self.dice.maybe(CAMPAIGNS),
            term: self.dice.maybe(&["boots", "Red boots"]),
            content: self.dice.maybe(&["banner", "link"]),
            referrer: host.as_ref().map(|host| format!("https://{host}/")),
            referrer_host: host,
        }
    }

    fn product(&mut self) -> ProductRef {
        let sku = self.dice.pick(SKUS);
        let levels = self.dice.below(6) as usize;
        ProductRef {
            sku: sku.to_owned(),
            product: self.dice.maybe(&["Boot", "Sandal"]),
            brand: self.dice.maybe(&["Acme", "Bolt"]),
            variant: self.dice.maybe(&["red", "blue"]),
            categories: (0..levels).map(|_| self.dice.pick(CATEGORIES).to_owned()).collect(),
        }
    }

    fn visitor(&mut self) -> VisitorKey {
        VisitorKey(self.key(8))
    }

    fn customer(&mut self) -> CustomerKey {
        CustomerKey(CUSTOMERS + self.key(6))
    }

    /// A visit with its events, products, goals, orders and carts.
    fn visit(&mut self, key: u64) {
        // A visit that is told again began when it began.
        let (first_start, started_at) = (self.instant(), self.starts.get(&key).copied());
        let started_at = started_at.unwrap_or(first_start);
        let (visitor, source) = (self.visitor(), self.source());
        let customer = self.dice.chance(50).then(|| self.customer());
        let bot = self.dice.chance(6).then(|| "crawler".to_owned());
        let seen_s = self.dice.pick(&[0, 0, 5, 9, 10, 700]);
        let [page_views, interactions] = [self.dice.below(4) as u32, self.dice.below(2) as u32];
        let number = self.dice.between(1, 3) as u32;
        let row = VisitRow {
            position: self.position,
            customer,
            live: !self.dice.chance(5),
            seen_until: Timestamp(started_at.plus_seconds(seen_s).0 + self.dice.pick(&[0, 0, 49_999, 50_000])),
            started_at,
            last_at: started_at,
            number,
            first_seen_at: started_at.plus_seconds(if number == 1 { 0 } else { -self.dice.between(0, 4_000_000) }),
            source: source.clone(),
            host: self.dice.maybe(&["shop.example", "m.shop.example"]),
            landing_page: self.dice.maybe(PAGES),
            exit_page: self.dice.maybe(PAGES),
            page_views,
            events: page_views + interactions,
            interactions,
            searches: self.dice.below(3) as u32,
            device: self.dice.maybe(&["desktop", "mobile"]),
            browser: self.dice.maybe(&["Firefox", "Chrome"]),
            os: self.dice.maybe(&["Linux", "iOS"]),
            screen: self.dice.maybe(&["1920x1080"]),
            language: self.dice.maybe(&["de-DE", "en-US"]),
            country: self.dice.maybe(&["DE", "AT", "US"]),
            region: self.dice.maybe(&["BY", "W"]),
            city: self.dice.maybe(&["Vienna"]),
            bot: bot.clone(),
            ..shop::visit(key, visitor.0, "1970-01-01T00:00:00Z", "")
        };
        self.rows.visits.push(row);
        for n in 0..self.dice.below(6) {
            let at = started_at.plus_seconds(self.dice.between(0, 2400));
            self.event(key * 1000 + n, Some(VisitKey(key)), Some(visitor), at, bot.as_deref());
        }
        if self.dice.chance(20) {
            // What a server tells of nobody's visit.
            let (at, visitor) = (self.instant(), self.dice.chance(50).then(|| self.visitor()));
            self.event(key * 1000 + 99, None, visitor, at, None);
        }
        for n in 0..[0, 1, 1, 2][self.dice.below(4) as usize] {
            let visit = self.dice.chance(75).then_some((VisitKey(key), started_at));
            self.order(key * 10 + n, visit);
        }
        if self.dice.chance(60) {
            let visit = self.dice.chance(80).then_some((VisitKey(key), started_at));
            self.cart(key, visit);
        }
    }

    fn event(
        &mut self,
        key: u64,
        visit: Option<VisitKey>,
        visitor: Option<VisitorKey>,
        at: Timestamp,
        bot: Option<&str>,
    ) {
        let name = self.dice.pick(&[
            "page_view",
            "page_view",
            "page_view",
            "view_item",
            "search",
            "click",
            "ping",
            "identify",
            "signed_up",
        ]);
        let properties = self.properties(name);
        let trust = self.trust(60);
        self.rows.events.push(EventRow {
            position: self.position,
            event: EventKey(key),
            occurred_at: at,
            visitor,
            visit,
            trust,
            host: self.dice.maybe(&["shop.example", "m.shop.example"]),
            page: self.dice.maybe(PAGES),
            page_title: self.dice.maybe(&["Home", "Shoes"]),
            search_term: (name == "search").then(|| self.dice.pick(&["boots", "bots"]).to_owned()),
            search_results: (name == "search").then(|| self.dice.below(2) as u32),
            checkout_step: self.dice.chance(20).then(|| "begin_checkout".to_owned()),
            bot: bot.map(str::to_owned),
            properties,
            ..shop::event(key, 0, "1970-01-01T00:00:00Z", name, "")
        });
        for line in 0..[0, 0, 1, 2][self.dice.below(4) as usize] {
            self.action(key, line, (visit, visitor), at, (name, bot));
        }
        if visit.is_some() && bot.is_none() && self.dice.chance(20) {
            let source = self.source();
            let value = self.amount(30);
            self.rows.goal_conversions.push(commerce::rows::GoalConversionRow {
                position: self.position,
                occurred_at: at,
                visitor,
                visit,
                value,
                source,
                ..shop::conversion(key, 0, "1970-01-01T00:00:00Z", 1 + self.dice.below(3) as u32, "0")
            });
        }
    }

    fn properties(&mut self, name: &str) -> Option<String> {
        if name == "identify" {
            let plan = self.dice.pick(&["\"gold\"", "\"silver\"", "null", "7"]);
            return Some(format!(r#"{{"traits":{{"plan":{plan}}}}}"#));
        }
        let choices = [
            r#"{"plan":"pro","a b":1}"#,
            r#"{"plan":null,"a b":true}"#,
            r#"{"engagement_ms":12340}"#,
            r#"{"engagement_time_msec":"949"}"#,
            r#"{"engagement_ms":"soon","engagement_time_msec":50}"#,
            r#"{"engagement_ms":-5}"#,
            r#"{"engagement_ms":999999999}"#,
            r#"{"plan":{"is":"deep"}}"#,
        ];
        if self.dice.chance(40) { None } else { Some(self.dice.pick(&choices).to_owned()) }
    }

    fn action(
        &mut self,
        event: u64,
        line: u32,
        (visit, visitor): (Option<VisitKey>, Option<VisitorKey>),
        at: Timestamp,
        (event_name, bot): (&str, Option<&str>),
    ) {
        use ProductAction::{Add, Checkout, ListClick, ListView, PromotionClick, PromotionView, Remove, View};
        let action = self.dice.pick(&[
            View,
            View,
            View,
            Add,
            Add,
            ListView,
            ListClick,
            PromotionView,
            PromotionClick,
            Remove,
            Checkout,
        ]);
        let mut product = self.product();
        if self.dice.chance(12) {
            product.sku = String::new();
        }
        let quantity = Quantity(self.dice.pick(&[1000, 2000, 500]));
        self.rows.product_actions.push(ProductActionRow {
            position: self.position,
            line,
            occurred_at: at,
            visitor,
            visit,
            event_name: event_name.to_owned(),
            price: self.dice.chance(70).then(|| UnitPrice(self.dice.between(1, 30) * 1_000_000)),
            quantity,
            item_list: self.dice.maybe(&["Top", "Similar"]),
            promotion: self.dice.maybe(&["Week"]),
            properties: self.dice.chance(50).then(|| r#"{"size":"L"}"#.to_owned()),
            bot: bot.map(str::to_owned),
            ..shop::action(event, 0, "1970-01-01T00:00:00Z", action, product)
        });
    }

    /// What is of the shop as a whole: costs of products and advertising, codes of mailings.
    fn shop_facts(&mut self) {
        for (sku, day) in [("A1", "1970-01-01"), ("A1", "2026-03-29"), ("B1", "2026-03-27"), ("A1", "2026-03-29")] {
            let valid_from = at(&format!("{day}T00:00:00Z"));
            let unit_cost = UnitPrice(self.dice.between(0, 9_999_999));
            let (site, position) = (SITE, self.position);
            self.rows.product_costs.push(ProductCostRow { site, position, sku: sku.to_owned(), valid_from, unit_cost });
        }
        for day in 0..8 {
            let source = self.source();
            let day = self.settings.timezone.day_of(at("2026-03-26T12:00:00Z").plus_seconds(86_400 * (day / 2)));
            let cost = self.amount(90);
            self.rows.ad_costs.push(AdCostRow {
                site: SITE,
                position: self.position,
                starts_at: self.settings.timezone.start_of(day),
                channel: source.channel,
                source: source.source,
                medium: source.medium,
                campaign: source.campaign,
                currency: self.settings.currency,
                cost,
                reporting_cost: self.dice.chance(80).then_some(cost),
                clicks: self.dice.chance(80).then(|| self.dice.below(50)),
                impressions: self.dice.chance(80).then(|| self.dice.below(5000)),
            });
        }
        for (code, campaign) in [("Qw3rTy", Some("spring")), ("spring", None)] {
            self.rows.link_codes.push(LinkCodeRow {
                site: SITE,
                position: self.position,
                code: code.to_owned(),
                campaign: campaign.map(str::to_owned),
                customer: None,
                user_id: None,
                email_hash: None,
            });
        }
    }

    fn trust(&mut self, percent: u64) -> commerce::hit::Trust {
        if self.dice.chance(percent) { commerce::hit::Trust::Verified } else { commerce::hit::Trust::Unverified }
    }

    /// Returns up to `units` of the site's currency, in steps of its smallest coin.
    fn amount(&mut self, units: i64) -> Amount {
        let step = 10_i64.pow(4 - self.settings.currency.decimals());
        Amount(self.dice.between(0, units * 10_000 / step) * step)
    }
}
