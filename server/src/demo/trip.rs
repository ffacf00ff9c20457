//! One visit to the demo shop, event by event, as the tracker would send it.

use super::dice::Dice;
use super::range::{Product, RATES, UNRATED, WayIn};
use super::shop::{Person, some_product, some_search};
use commerce::money::Amount;
use commerce::time::Timestamp;
use serde_json::{Value, json};

const HOST: &str = "https://trails.example";

/// An order that was placed on a trip.
pub(super) struct Placed {
    /// Its place among the shop's orders.
    pub(super) number: u32,
    pub(super) at: Timestamp,
    /// Its fields, as every source tells them.
    pub(super) fields: Value,
    pub(super) lines: Vec<(&'static Product, u64)>,
    pub(super) mail: String,
    pub(super) account: Option<String>,
    /// Whether the browser told of it: what blocks trackers blocks some.
    pub(super) seen_by_browser: bool,
}

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
        let item = item(product, 1, self.currency);
        self.add(dice, "view_item", &path, product.name, json!({"currency": self.currency, "items": [item]}));
    }

    /// Fills a cart and, if nothing goes wrong, orders. Returns the order if one was placed.
    pub(super) fn shop(
        &mut self,
        dice: &mut Dice,
        person: &mut Person,
        order: u32,
        checkout_broken: bool,
    ) -> Option<Placed> {
        let pages = 1 + dice.below(3);
        self.look_around(dice, pages);
        let lines = self.fill_cart(dice);
        let items: Vec<Value> = lines.iter().map(|(p, q)| item(p, *q, self.currency)).collect();
        if lines.is_empty() || dice.chance(260) {
            return None;
        }
        self.add(dice, "page_view", "/cart", "Your cart", json!({}));
        let recovery_url = format!("{HOST}/cart/restore-{}", self.number);
        let begun = json!({"currency": self.currency, "items": items, "recovery_url": recovery_url});
        self.add(dice, "begin_checkout", "/checkout", "Checkout", begun);
        if checkout_broken || dice.chance(180) {
            return None;
        }
        let paying = json!({"currency": self.currency, "items": items, "email": person.mail()});
        self.add(dice, "add_payment_info", "/checkout", "Checkout", paying);
        if dice.chance(90) {
            return None;
        }
        if person.account.is_none() && dice.chance(640) {
            person.account = Some(format!("customer-{}", 10_000 + order));
            self.account.clone_from(&person.account);
        }
        person.orders += 1;
        let fields = self.purchase(dice, order, &lines);
        let seen_by_browser = !dice.chance(120);
        if seen_by_browser {
            self.add(dice, "purchase", "/thank-you", "Thank you", fields.clone());
        } else {
            self.at = self.at.plus_seconds(30);
        }
        let (mail, account) = (person.mail(), person.account.clone());
        Some(Placed { number: order, at: self.at, fields, lines, mail, account, seen_by_browser })
    }

    /// Looks at products and puts them into the cart; now and then the last one is taken out again.
    fn fill_cart(&mut self, dice: &mut Dice) -> Vec<(&'static Product, u64)> {
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
            self.change_cart(dice, "add_to_cart", product, quantity);
        }
        if dice.chance(70)
            && let Some((product, quantity)) = lines.pop()
        {
            self.change_cart(dice, "remove_from_cart", product, quantity);
        }
        lines
    }

    fn change_cart(&mut self, dice: &mut Dice, name: &str, product: &'static Product, quantity: u64) {
        let items = [item(product, quantity, self.currency)];
        let path = format!("/p/{}", product.slug);
        self.add(dice, name, &path, product.name, json!({"currency": self.currency, "items": items}));
    }

    /// Returns the fields of a purchase whose parts add up.
    fn purchase(&self, dice: &mut Dice, order: u32, lines: &[(&'static Product, u64)]) -> Value {
        let coupon = *dice.pick(&[(880, None), (80, Some(("LETTER10", 10))), (40, Some(("WELCOME15", 15)))]);
        let mut fields = priced(lines, self.currency, coupon.map_or(0, |(_, percent)| percent));
        fields["transaction_id"] = json!(format!("TT-{}", 100_000 + order));
        fields["coupon"] = json!(coupon.map(|(code, _)| code));
        fields["payment_method"] = json!(dice.pick(&[(5, "card"), (4, "wallet"), (3, "invoice")]));
        fields["shipping_method"] = json!(if fields["shipping"] == "0.00" { "free" } else { "parcel" });
        fields
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

/// Returns the money of an order of `lines` less `percent`, with its items: what was charged is the sum of its parts.
pub(super) fn priced(lines: &[(&'static Product, u64)], currency: &str, percent: u64) -> Value {
    let gross: u64 = lines.iter().map(|(p, q)| local_cents(p.cents, currency) * q).sum();
    let discount = (gross * percent + 50) / 100;
    let shipping = if gross - discount > local_cents(6_000, currency) { 0 } else { local_cents(490, currency) };
    let tax = ((gross - discount + shipping) * 19 + 50) / 100;
    let total = gross - discount + shipping + tax;
    let items: Vec<Value> = lines.iter().map(|(p, q)| item(p, *q, currency)).collect();
    json!({
        "currency": currency, "value": text(total), "tax": text(tax), "shipping": text(shipping),
        "discount": text(discount), "items": items,
    })
}

fn item(product: &Product, quantity: u64, currency: &str) -> Value {
    let mut item = json!({
        "item_id": product.sku, "item_name": product.name, "item_brand": product.brand,
        "price": text(local_cents(product.cents, currency)), "quantity": quantity,
        "unit_cost": text(local_cents(product.cost_cents, currency)),
    });
    for (i, category) in product.categories.iter().enumerate() {
        let key = if i == 0 { "item_category".to_owned() } else { format!("item_category{}", i + 1) };
        item[key] = json!(category);
    }
    item
}

/// Returns euro cents in another currency, as a shop with fixed local prices would have them.
fn local_cents(cents: u64, currency: &str) -> u64 {
    let rate = RATES.iter().chain(UNRATED).find(|(code, _)| *code == currency);
    rate.map_or(cents, |(_, rate)| (cents * rate + 5_000) / 10_000)
}

/// Returns cents as decimal text.
pub(super) fn text(cents: u64) -> String {
    Amount(cents as i64 * 100).to_string()
}
