//! A random stream of what browsers, servers and imports say of a small shop in one day: visits, carts, orders under
//! several ids, refunds, and who people are. Few names for many statements, so that they meet often.

use super::delivery::{Door, Statement};
use super::dice::Dice;
use serde_json::{Value, json};

/// When the first statement happens; all of them lie within [`HOURS`] of it.
const BEGIN: &str = "2026-03-02T06:00:00Z";
const HOURS: u64 = 16;
/// The clock of servers that are sent a stream: later than all of it, and within the window for late visits.
pub(crate) const CLOCK: &str = "2026-03-02T23:00:00Z";
pub(crate) const PERIOD: &str = "from=2026-03-01&to=2026-03-03&as_of=2026-03-02T22:59:00Z";

const VISITORS: &[&str] = &["v0", "v1", "v2", "v3", "v4", "v5"];
const USERS: &[&str] = &["ada", "bo", "cleo"];
const MAILS: &[&str] = &["ada@mail.example", "bo@mail.example", "dora@mail.example", "Dora@Mail.example "];
const CARTS: &[&str] = &["cart-a", "cart-b", "cart-c"];
const ORDERS: u64 = 9;
const SKUS: &[(&str, &str, &str)] =
    &[("S1", "Shirt", "17.99"), ("S2", "Boot", "120.00"), ("S3", "Sock", "3.335"), ("S4", "Map", "9.50")];
const WAYS_IN: &[(&str, &str)] = &[
    ("", ""),
    ("", "https://www.google.com/"),
    ("?utm_source=news&utm_medium=email&utm_campaign=spring", ""),
    ("?utm_source=google&utm_medium=cpc&utm_campaign=boots", "https://www.google.com/"),
    ("", "https://blog.example/boots"),
    ("?emst=Qw3rTy", ""),
    ("?emst=Unkn0wn", "https://blog.example/boots"),
];

/// Makes a stream.
pub(crate) struct Stream {
    dice: Dice,
    statements: Vec<Statement>,
}

impl Stream {
    /// Returns the statements of `seed`, the earliest first.
    pub(crate) fn of(seed: u64) -> Vec<Statement> {
        let mut stream = Self { dice: Dice::new(seed), statements: Vec::new() };
        for _ in 0..70 {
            match stream.dice.below(100) {
                0..=27 => stream.page(),
                28..=47 => stream.cart(),
                48..=70 => stream.purchase(),
                71..=77 => stream.change(),
                78..=89 => stream.refund(),
                _ => stream.identity(),
            }
        }
        let mut statements = stream.statements;
        statements.sort_by_key(|s| s.event["occurred_at"].to_string());
        statements
    }

    /// Returns the paths below the site's that ask about what a stream tells of.
    pub(crate) fn paths() -> Vec<String> {
        let lists = ["orders?limit=1000", "carts?limit=1000", "customers?limit=1000"].map(str::to_owned);
        let orders =
            (0..ORDERS).step_by(2).flat_map(|n| [format!("orders/{}", 1000 + n), format!("orders/stripe:pi_{n}")]);
        let visitors = VISITORS.iter().map(|visitor| format!("visitors/{visitor}"));
        lists.into_iter().chain(orders).chain(visitors).collect()
    }

    /// Adds a statement by `door` at some time of the day; now and then two share a second, but no two an instant: what
    /// one visitor does at one instant has no order but that of arrival.
    fn say(&mut self, door: Door, name: &str, mut event: Value) {
        let begin: jiff::Timestamp = BEGIN.parse().expect("a time");
        let minutes = if self.dice.chance(20) { 60 * self.dice.below(HOURS) } else { self.dice.below(60 * HOURS) };
        let since = jiff::Span::new().minutes(minutes as i64).milliseconds(self.statements.len() as i64);
        event["occurred_at"] = json!((begin + since).to_string());
        event["id"] = json!(format!("e{}", self.statements.len()));
        event["name"] = json!(name);
        self.statements.push(Statement { door, event });
    }

    fn maybe(&mut self, percent: u64, event: &mut Value, name: &str, values: &[&str]) {
        if self.dice.chance(percent) {
            event[name] = json!(*self.dice.pick(values));
        }
    }

    /// Says who somebody is, as far as a browser or (seldom everything) a server knows it.
    fn who(&mut self, door: Door, event: &mut Value) {
        let (visitor, user, mail) = if door == Door::Browser { (100, 15, 8) } else { (35, 40, 30) };
        self.maybe(visitor, event, "visitor_id", VISITORS);
        self.maybe(user, event, "user_id", USERS);
        self.maybe(mail, event, "email", MAILS);
        self.maybe(20, event, "cart_id", CARTS);
        // A visit's id is its visitor's; a server seldom knows it.
        if self.dice.chance(if door == Door::Browser { 30 } else { 15 }) {
            let own = event["visitor_id"].as_str().map(str::to_owned);
            let visitor = own.unwrap_or_else(|| (*self.dice.pick(VISITORS)).to_owned());
            event["visit_id"] = json!(format!("{visitor}-visit-{}", self.dice.below(3)));
        }
    }

    fn page_of(&mut self) -> Value {
        let (query, referrer) = *self.dice.pick(WAYS_IN);
        let path = self.dice.pick(&["", "p/shirt", "p/boot", "cart"]);
        json!({"url": format!("https://shop.example/{path}{query}"), "referrer": referrer})
    }

    fn items(&mut self) -> Value {
        let count = 1 + self.dice.below(3);
        (0..count)
            .map(|_| {
                let (sku, name, price) = *self.dice.pick(SKUS);
                let mut item =
                    json!({"item_id": sku, "item_name": name, "price": price, "quantity": 1 + self.dice.below(3)});
                if self.dice.chance(20) {
                    item["discount"] = json!("1.00");
                }
                if self.dice.chance(30) {
                    item["unit_cost"] = json!("2.10");
                }
                item
            })
            .collect()
    }

    fn page(&mut self) {
        let mut event = json!({"page": self.page_of()});
        self.who(Door::Browser, &mut event);
        let name = *self.dice.pick(&["page_view", "page_view", "page_view", "view_item", "search"]);
        if name == "view_item" {
            event["items"] = self.items();
        }
        self.say(Door::Browser, name, event);
    }

    fn cart(&mut self) {
        let door = *self.dice.pick(&[Door::Browser, Door::Browser, Door::Server]);
        let mut event = json!({"page": self.page_of()});
        self.who(door, &mut event);
        self.maybe(50, &mut event, "cart_id", CARTS);
        let names = ["cart_update", "add_to_cart", "add_to_cart", "remove_from_cart", "begin_checkout", "cart_update"];
        let name = *self.dice.pick(&names);
        event["items"] = if name == "cart_update" && self.dice.chance(20) { json!([]) } else { self.items() };
        self.maybe(15, &mut event, "value", &["30.00", "45.50"]);
        self.maybe(15, &mut event, "coupon", &["SPRING"]);
        self.say(door, name, event);
    }

    /// Names an order by its number or by its payment's id, perhaps by both; seldom by another's as well.
    fn order_id(&mut self, event: &mut Value) {
        let n = self.dice.below(ORDERS);
        let (number, payment) = (format!("{}", 1000 + n), format!("stripe:pi_{n}"));
        if self.dice.chance(15) {
            event["transaction_id"] = json!(payment);
        } else {
            event["transaction_id"] = json!(number);
        }
        if self.dice.chance(35) {
            event["aliases"] = json!([payment, number]);
        }
        if self.dice.chance(2) {
            event["aliases"] = json!([format!("stripe:pi_{}", self.dice.below(ORDERS))]);
        }
    }

    fn purchase(&mut self) {
        let door = *self.dice.pick(&[Door::Browser, Door::Browser, Door::Server, Door::Server, Door::Import]);
        let name = if self.dice.chance(15) { "order_update" } else { "purchase" };
        let mut event = json!({"page": self.page_of()});
        self.who(door, &mut event);
        self.order_id(&mut event);
        if self.dice.chance(80) {
            event["items"] = self.items();
        }
        self.maybe(85, &mut event, "value", &["59.90", "59.90", "140.00", "12.34", "0.00"]);
        self.maybe(50, &mut event, "tax", &["9.56", "3.01"]);
        self.maybe(50, &mut event, "shipping", &["4.90", "0"]);
        self.maybe(25, &mut event, "discount", &["5.00", "2.35"]);
        self.maybe(10, &mut event, "fees", &["1.50"]);
        self.maybe(60, &mut event, "currency", &["EUR", "EUR", "USD", "GBP"]);
        self.maybe(20, &mut event, "coupon", &["SPRING", "WELCOME"]);
        self.maybe(20, &mut event, "payment_method", &["card", "invoice"]);
        self.maybe(15, &mut event, "status", &["pending", "cancelled", "confirmed"]);
        self.maybe(10, &mut event, "sales_channel", &["pos", "phone"]);
        if self.dice.chance(25) {
            event["version"] = json!(1 + self.dice.below(3));
        }
        if self.dice.chance(15) {
            event["placed_at"] =
                json!(format!("2026-03-0{}T{:02}:00:00Z", 1 + self.dice.below(2), self.dice.below(20)));
        }
        if self.dice.chance(4) {
            event["test"] = json!(true);
        }
        if door != Door::Browser && self.dice.chance(20) {
            event["attribution"] = json!({"source": "letter", "medium": "print", "campaign": "autumn"});
        }
        if door == Door::Server && self.dice.chance(40) {
            event["origin"] = json!("platform");
        }
        self.say(door, name, event);
    }

    fn change(&mut self) {
        let door = *self.dice.pick(&[Door::Browser, Door::Server, Door::Server]);
        let status = *self.dice.pick(&["cancelled", "confirmed", "confirmed", "pending", "failed"]);
        let mut event = json!({"status": status, "reason": "as told"});
        self.order_id(&mut event);
        if self.dice.chance(30) {
            event["at"] = json!(format!("2026-03-02T{:02}:30:00Z", self.dice.below(20)));
        }
        self.say(door, "order_status", event);
    }

    fn refund(&mut self) {
        let door = *self.dice.pick(&[Door::Browser, Door::Server, Door::Server, Door::Import]);
        let mut event = json!({});
        self.order_id(&mut event);
        self.maybe(60, &mut event, "refund_id", &["r1", "r2"]);
        self.maybe(50, &mut event, "amount", &["10.00", "59.90", "20.01", "500.00"]);
        self.maybe(25, &mut event, "tax", &["1.00"]);
        self.maybe(20, &mut event, "shipping", &["4.90"]);
        self.maybe(15, &mut event, "currency", &["EUR", "USD"]);
        if self.dice.chance(40) {
            event["items"] = self.items();
        }
        if self.dice.chance(30) {
            event["at"] = json!(format!("2026-03-02T{:02}:45:00Z", self.dice.below(20)));
        }
        self.say(door, "refund", event);
    }

    fn identity(&mut self) {
        let name = *self.dice.pick(&["identify", "identify", "identify", "login", "reset"]);
        let mut event = json!({"visitor_id": *self.dice.pick(VISITORS)});
        if name != "reset" {
            self.maybe(70, &mut event, "user_id", USERS);
            self.maybe(50, &mut event, "email", MAILS);
        }
        self.say(Door::Browser, name, event);
    }
}
