//! One visit to the demo shop, event by event, as the tracker would send it.

use super::dice::Dice;
use super::range::{Product, RATES, WayIn};
use super::shop::{Person, some_product, some_search};
use commerce::money::Amount;
use commerce::time::Timestamp;
use serde_json::{Value, json};

const HOST: &str = "https://trails.example";

/// A visit being written down.
pub(super) struct Trip {
    number: u64,
    at: Timestamp,
    landing_query: &'static str,
    referrer: String,
    visitor: String,
    account: Option<String>,
    currency: &'static str,
    events: Vec<Value>,
}

impl Trip {
    pub(super) fn new(number: u64, at: Timestamp, person: &Person, way: &WayIn) -> Self {
        Self {
            number,
            at,
            landing_query: way.query,
            referrer: way.referrer.to_owned(),
            visitor: person.id.clone(),
            account: person.account.clone(),
            currency: person.currency,
            events: Vec::new(),
        }
    }

    /// Adds an event on `path`, some seconds after the last.
    fn add(&mut self, dice: &mut Dice, name: &str, path: &str, title: &str, mut fields: Value) {
        let first = self.events.is_empty();
        if !first {
            self.at = self.at.plus_seconds(dice.between(4, 95) as i64);
        }
        let query =
            if first && !self.landing_query.is_empty() { format!("?{}", self.landing_query) } else { String::new() };
        let url = format!("{HOST}{path}{query}");
        let event = json!({
            "id": format!("demo-{}-{}", self.number, self.events.len()),
            "name": name,
            "occurred_at": self.at.to_string(),
            "visitor_id": self.visitor,
            "page": {"url": url, "title": format!("{title} | Tallyho Trails"), "referrer": self.referrer},
        });
        self.referrer = format!("{HOST}{path}");
        let (Value::Object(mut event), Value::Object(fields)) = (event, fields.take()) else { return };
        event.extend(fields);
        if let Some(account) = &self.account {
            event.insert("user_id".to_owned(), json!(account));
        }
        self.events.push(Value::Object(event));
    }

    /// Sees `pages` pages, some of them products, and buys nothing.
    pub(super) fn look_around(&mut self, dice: &mut Dice, pages: u64) {
        for page in 0..pages {
            match dice.below(10) {
                0..=4 => {
                    let product = some_product(dice);
                    self.see(dice, product);
                }
                5 | 6 => {
                    let category = some_product(dice).categories[0];
                    self.add(dice, "page_view", &path_of(category), category, json!({}));
                }
                7 if page > 0 => {
                    let (term, results) = some_search(dice);
                    self.add(
                        dice,
                        "search",
                        "/search",
                        "Search",
                        json!({"properties": {"search_term": term, "results": results}}),
                    );
                }
                8 if page > 0 && dice.chance(60) => self.add(dice, "sign_up", "/letter", "Our letter", json!({})),
                _ => self.add(dice, "page_view", "/", "Walk well", json!({})),
            }
        }
        if pages == 0 {
            self.add(dice, "page_view", "/", "Walk well", json!({}));
        }
    }

    /// Sees a product: the page, and the product on it.
    fn see(&mut self, dice: &mut Dice, product: &'static Product) {
        let path = format!("/p/{}", product.slug);
        self.add(dice, "page_view", &path, product.name, json!({}));
        let item = self.item(product, 1);
        self.add(dice, "view_item", &path, product.name, json!({"currency": self.currency, "items": [item]}));
    }

    /// Fills a cart and, if nothing goes wrong, orders. Returns whether an order was placed.
    pub(super) fn shop(&mut self, dice: &mut Dice, person: &mut Person, order: u32, checkout_broken: bool) -> bool {
        let pages = 1 + dice.below(3);
        self.look_around(dice, pages);
        let mut lines: Vec<(&'static Product, u64)> = Vec::new();
        let kinds = 1 + dice.below(10) / 5 + dice.below(10) / 8;
        for _ in 0..kinds {
            let product = some_product(dice);
            if lines.iter().any(|(p, _)| p.sku == product.sku) {
                continue;
            }
            let quantity = if product.cents < 3_000 { 1 + dice.below(3) } else { 1 };
            lines.push((product, quantity));
            self.see(dice, product);
            let item = self.item(product, quantity);
            let path = format!("/p/{}", product.slug);
            self.add(dice, "add_to_cart", &path, product.name, json!({"currency": self.currency, "items": [item]}));
        }
        let items: Vec<Value> = lines.iter().map(|(p, q)| self.item(p, *q)).collect();
        if dice.chance(260) {
            return false;
        }
        self.add(dice, "page_view", "/cart", "Your cart", json!({}));
        self.add(dice, "begin_checkout", "/checkout", "Checkout", json!({"currency": self.currency, "items": items}));
        if checkout_broken || dice.chance(180) {
            return false;
        }
        self.add(dice, "add_payment_info", "/checkout", "Checkout", json!({"currency": self.currency, "items": items}));
        if dice.chance(90) {
            return false;
        }
        if person.account.is_none() && dice.chance(640) {
            person.account = Some(format!("customer-{}", 10_000 + order));
            self.account.clone_from(&person.account);
        }
        person.orders += 1;
        let purchase = self.purchase(dice, order, &lines, &items);
        self.add(dice, "purchase", "/thank-you", "Thank you", purchase);
        true
    }

    /// Returns the fields of a purchase whose parts add up.
    fn purchase(&self, dice: &mut Dice, order: u32, lines: &[(&'static Product, u64)], items: &[Value]) -> Value {
        let gross: u64 = lines.iter().map(|(p, q)| local_cents(p.cents, self.currency) * q).sum();
        let coupon = *dice.pick(&[(880, None), (80, Some(("LETTER10", 10))), (40, Some(("WELCOME15", 15)))]);
        let discount = coupon.map_or(0, |(_, percent)| (gross * percent + 50) / 100);
        let shipping = if gross - discount > 6_000 { 0 } else { local_cents(490, self.currency) };
        let tax = ((gross - discount + shipping) * 19 + 50) / 100;
        let total = gross - discount + shipping + tax;
        json!({
            "transaction_id": format!("TT-{}", 100_000 + order),
            "currency": self.currency,
            "value": text(total), "tax": text(tax), "shipping": text(shipping), "discount": text(discount),
            "coupon": coupon.map(|(code, _)| code),
            "payment_method": dice.pick(&[(5, "card"), (4, "wallet"), (3, "invoice")]),
            "shipping_method": if shipping == 0 { "free" } else { "parcel" },
            "items": items,
        })
    }

    fn item(&self, product: &Product, quantity: u64) -> Value {
        let mut item = json!({
            "item_id": product.sku, "item_name": product.name, "item_brand": product.brand,
            "price": text(local_cents(product.cents, self.currency)), "quantity": quantity,
            "unit_cost": text(local_cents(product.cost_cents, self.currency)),
        });
        for (i, category) in product.categories.iter().enumerate() {
            let key = if i == 0 { "item_category".to_owned() } else { format!("item_category{}", i + 1) };
            item[key] = json!(category);
        }
        item
    }

    /// Returns the request's body.
    pub(super) fn body(mut self) -> String {
        if self.events.is_empty() {
            let mut dice = Dice::new(self.number);
            self.add(&mut dice, "page_view", "/", "Walk well", json!({}));
        }
        json!({"site": 1, "events": self.events}).to_string()
    }
}

fn path_of(category: &str) -> String {
    format!("/c/{}", category.to_lowercase().replace(" & ", "-").replace(' ', "-"))
}

/// Returns euro cents in another currency, as a shop with fixed local prices would have them.
fn local_cents(cents: u64, currency: &str) -> u64 {
    RATES.iter().find(|(code, _)| *code == currency).map_or(cents, |(_, rate)| (cents * rate + 5_000) / 10_000)
}

fn text(cents: u64) -> String {
    Amount(cents as i64 * 100).to_string()
}
