//! The demo shop's story: visits in the order they happened, each one request as a browser would send it, and between
//! them what the shop's own systems tell.
//!
//! A pure function of seed, number of days and the present moment. It knows the public API and nothing of what the
//! server makes of it.

use super::delivery::{Delivery, Sender};
use super::dice::Dice;
use super::office::Office;
use super::range::{BROWSERS, COUNTRIES, HOURS, PRODUCTS, Product, SEARCHES, WAYS_IN, WEEKDAYS, WayIn};
use super::trip::Trip;
use commerce::time::{Timestamp, Zone};

/// Mean visits a day at the end of the period; 90 days of slow growth up to it come to about 50 000.
const VISITS_PER_DAY: u64 = 640;
/// The day, counted back from today, on which the checkout was broken for twelve hours: the planted anomaly.
pub(super) const BROKEN_CHECKOUT_DAYS_AGO: i64 = 17;

/// Someone who comes to the shop.
#[derive(Clone)]
pub(super) struct Person {
    pub(super) id: String,
    pub(super) country: &'static str,
    pub(super) languages: &'static str,
    pub(super) currency: &'static str,
    pub(super) user_agent: &'static str,
    pub(super) phone: bool,
    /// Set once they have bought with an account.
    pub(super) account: Option<String>,
    pub(super) orders: u32,
}

impl Person {
    /// Returns the address that they order with.
    pub(super) fn mail(&self) -> String {
        format!("{}@mail.example", self.id)
    }
}

/// The shop over its days.
pub(super) struct Shop {
    dice: Dice,
    office: Office,
    zone: Zone,
    now: Timestamp,
    days: i64,
    day: i64,
    people: Vec<Person>,
    waiting: std::iter::Peekable<std::vec::IntoIter<Timestamp>>,
    orders: u32,
    visits: u64,
}

impl Shop {
    /// Returns a shop that has been open for `days` before `now`, in `zone`.
    pub(super) fn new(seed: u64, days: u32, now: Timestamp, zone: Zone) -> Self {
        let days = i64::from(days);
        Self {
            dice: Dice::new(seed),
            office: Office::default(),
            zone,
            now,
            days,
            day: days + 1,
            people: Vec::new(),
            waiting: Vec::new().into_iter().peekable(),
            orders: 0,
            visits: 0,
        }
    }

    /// Returns about how many visits there will be.
    pub(super) fn visits_expected(&self) -> u64 {
        (1..=self.days).map(|ago| self.visits_on(ago)).sum()
    }

    /// Returns the visits of the day `ago` days back, before the weekday's share.
    fn visits_on(&self, ago: i64) -> u64 {
        // From 75 % of the present traffic, growing evenly.
        let grown = 750 + 250 * (self.days - ago).max(0) as u64 / self.days.max(1) as u64;
        VISITS_PER_DAY * grown / 1000
    }

    /// Fills `waiting` with the starts of the next day's visits, earliest first.
    fn open_day(&mut self) -> bool {
        self.day -= 1;
        if self.day < 0 {
            return false;
        }
        let today = self.zone.day_of(self.now);
        let Ok(day) = today.checked_sub(jiff::Span::new().days(self.day)) else { return false };
        let weekday = day.weekday().to_monday_zero_offset() as usize;
        let visits = self.visits_on(self.day) * WEEKDAYS[weekday] / 1000;
        let visits = visits * self.dice.between(920, 1080) / 1000;
        let hours: Vec<(u64, usize)> = HOURS.iter().copied().zip(0..).collect();
        let midnight = self.zone.start_of(day);
        let mut starts: Vec<Timestamp> = (0..visits)
            .map(|_| {
                let hour = *self.dice.pick(&hours) as i64;
                midnight.plus_seconds(hour * 3600 + self.dice.below(3600) as i64)
            })
            // A visit of today must be over by now.
            .filter(|start| start.plus_seconds(2400) < self.now)
            .collect();
        starts.sort_unstable();
        self.waiting = starts.into_iter().peekable();
        // On Sundays the counter is closed.
        if weekday < 6 {
            self.office.open_counter(&mut self.dice, midnight);
        }
        true
    }

    /// Returns who comes: someone known, more often the more there are, or someone new.
    fn someone(&mut self, way: &WayIn) -> usize {
        let known = self.people.len() as u64;
        let returning = if way.regulars { 520 } else { 170 };
        if known > 40 && self.dice.chance(returning) {
            // People who came lately come again rather than those of long ago.
            let back = self.dice.below(known).min(self.dice.below(known));
            return (known - 1 - back) as usize;
        }
        let (country, languages, currency) = *self.dice.pick(COUNTRIES);
        let (user_agent, phone) = *self.dice.pick(BROWSERS);
        let id = format!("{:016x}", self.dice.below(u64::MAX));
        self.people.push(Person { id, country, languages, currency, user_agent, phone, account: None, orders: 0 });
        self.people.len() - 1
    }

    /// Says how likely, in a thousandth, this visit is to want to buy.
    fn desire(&self, way: &WayIn, person: &Person, at: Timestamp) -> u64 {
        let device = if person.phone { 70 } else { 135 };
        let loyal = if person.orders > 0 { 190 } else { 100 };
        let noon = self.zone.start_of(self.zone.day_of(at)).plus_seconds(12 * 3600);
        // Weekend evenings are for looking, weekday evenings for buying.
        let evening = if at > noon.plus_seconds(6 * 3600) { 112 } else { 96 };
        way.buys_per_mille * device * loyal * evening / 1_000_000
    }

    fn checkout_broken(&self, at: Timestamp) -> bool {
        let today = self.zone.day_of(self.now);
        let Ok(day) = today.checked_sub(jiff::Span::new().days(BROKEN_CHECKOUT_DAYS_AGO)) else { return false };
        let morning = self.zone.start_of(day).plus_seconds(9 * 3600);
        at >= morning && at < morning.plus_seconds(12 * 3600)
    }

    fn visit(&mut self, started_at: Timestamp) -> Delivery {
        let way = self.dice.pick(WAYS_IN);
        let who = self.someone(way);
        let mut person = self.people[who].clone();
        let bot = person.user_agent.contains("bot");
        let mut trip = Trip::new(self.visits, started_at, &person, way);
        self.visits += 1;
        let desire = self.desire(way, &person, started_at);
        if bot {
            trip.look_around(&mut self.dice, 6);
        } else if self.dice.chance(desire * 9 / 4) {
            let broken = self.checkout_broken(started_at) && self.dice.chance(920);
            if let Some(placed) = trip.shop(&mut self.dice, &mut person, self.orders + 1, broken) {
                self.orders += 1;
                self.office.take(&mut self.dice, &placed);
            }
        } else if !self.dice.chance(410) {
            let pages = self.dice.between(1, 6);
            trip.look_around(&mut self.dice, pages);
        }
        let (user_agent, languages, country) = (person.user_agent, person.languages, person.country);
        self.people[who] = person;
        let sender = Sender::Browser { user_agent, languages, country };
        Delivery { at: started_at, sender, body: trip.body() }
    }
}

impl Iterator for Shop {
    type Item = Delivery;

    fn next(&mut self) -> Option<Delivery> {
        loop {
            let next = self.waiting.peek().copied();
            if let Some(told) = next.and_then(|start| self.office.due(start)) {
                return Some(told);
            }
            if let Some(start) = self.waiting.next() {
                return Some(self.visit(start));
            }
            if !self.open_day() {
                return self.office.due(self.now);
            }
        }
    }
}

/// Returns a product, the popular ones more often.
pub(super) fn some_product(dice: &mut Dice) -> &'static Product {
    let total: u64 = PRODUCTS.iter().map(|p| p.weight).sum();
    let mut left = dice.below(total);
    PRODUCTS
        .iter()
        .find(|p| {
            let here = left < p.weight;
            left = left.saturating_sub(p.weight);
            here
        })
        .unwrap_or(&PRODUCTS[0])
}

/// Returns a search and its number of results.
pub(super) fn some_search(dice: &mut Dice) -> (&'static str, u32) {
    *dice.pick(SEARCHES)
}
