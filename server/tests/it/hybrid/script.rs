//! What happens in the shop: orders over five days, what is given back and cancelled, and who tells of it.

use super::books::{Books, Figures};
use crate::permute::delivery::{Door, Statement};
use crate::permute::dice::Dice;
use jiff::{Span, Timestamp, tz::TimeZone};
use serde_json::{Value, json};

pub(super) const CLOCK: &str = "2026-03-07T20:00:00Z";
pub(super) const PERIOD: &str = "from=2026-03-01&to=2026-03-08&as_of=2026-03-07T19:59:00Z";
const OPENING: &str = "2026-03-02T06:00:00Z";

/// Currencies, and what one unit of each is worth in the shop's: numbers by which amounts stay whole.
const CURRENCIES: &[(&str, i64, i64)] = &[("EUR", 1, 1), ("USD", 1, 2), ("CHF", 5, 4)];

/// Returns the rates as a file for `tallyho rates import`.
pub(super) fn rates_csv() -> String {
    let days = (1..=7).flat_map(|day| [format!("2026-03-0{day},USD,0.5\n"), format!("2026-03-0{day},CHF,1.25\n")]);
    std::iter::once("date,currency,rate\n".to_owned()).chain(days).collect()
}

/// The shop's story as its sources tell it, and as its books have it.
pub(super) struct Script {
    /// Everything said by anyone, in the order in which it is said.
    pub(super) statements: Vec<Statement>,
    pub(super) books: Books,
    /// Orders whose purchase the browser never told.
    pub(super) lost: u64,
    dice: Dice,
}

/// One order of the script, amounts in cents of its currency.
struct Order {
    n: u64,
    at: Timestamp,
    currency: usize,
    /// SKU, price and quantity.
    lines: Vec<(String, i64, i64)>,
    discount: i64,
    tax: i64,
    shipping: i64,
}

impl Order {
    fn gross(&self) -> i64 {
        self.lines.iter().map(|(_, price, quantity)| price * quantity).sum()
    }

    fn total(&self) -> i64 {
        self.gross() - self.discount + self.tax + self.shipping
    }

    fn id(&self) -> String {
        format!("H-{}", 10_000 + self.n)
    }

    fn code(&self) -> &'static str {
        CURRENCIES[self.currency].0
    }

    /// Returns cents of the order's currency in 1/10 000 of the shop's.
    fn converted(&self, cents: i64) -> i64 {
        let (_, worth, of) = CURRENCIES[self.currency];
        assert_eq!(cents * 100 * worth % of, 0, "the script's amounts convert without a rest");
        cents * 100 * worth / of
    }

    /// Returns what every source says of the order.
    fn purchase(&self) -> Value {
        let items = self
            .lines
            .iter()
            .map(|(sku, price, quantity)| json!({"item_id": sku, "price": text(*price), "quantity": quantity}));
        json!({
            "transaction_id": self.id(), "currency": self.code(), "value": text(self.total()), "tax": text(self.tax),
            "shipping": text(self.shipping), "discount": text(self.discount), "items": items.collect::<Vec<_>>(),
        })
    }
}

/// Returns cents as decimal text.
fn text(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

fn day(at: Timestamp) -> String {
    let zone = TimeZone::get("Europe/Berlin").expect("a zone");
    at.to_zoned(zone).date().to_string()
}

impl Script {
    /// Writes the story of `count` orders.
    pub(super) fn write(count: u64) -> Self {
        let mut script = Self { statements: Vec::new(), books: Books::default(), lost: 0, dice: Dice::new(3) };
        for n in 0..count {
            script.order(n);
        }
        script.statements.sort_by_key(|s| s.event["occurred_at"].to_string());
        script
    }

    fn say(&mut self, door: Door, at: Timestamp, id: &str, name: &str, mut event: Value) {
        event["id"] = json!(id);
        event["name"] = json!(name);
        event["occurred_at"] = json!(at.to_string());
        self.statements.push(Statement { door, event });
    }

    fn order(&mut self, n: u64) {
        // About 17 minutes between orders: some 110 hours, five days in all.
        let opening: Timestamp = OPENING.parse().expect("a time");
        let at = opening + Span::new().seconds((n * 1_300 + self.dice.below(600)) as i64);
        let lines = 1 + self.dice.below(3);
        let lines = (0..lines)
            .map(|line| {
                // Four cents are the smallest step by which everything stays whole in every currency.
                let price = 4 * (100 + self.dice.below(3_000) as i64);
                (format!("S{}", line * 10 + self.dice.below(8)), price, 1 + self.dice.below(3) as i64)
            })
            .collect();
        let currency = *self.dice.pick(&[0, 0, 0, 0, 1, 1, 2]);
        let mut order = Order { n, at, currency, lines, discount: 0, tax: 0, shipping: 0 };
        if self.dice.chance(25) {
            order.discount = order.gross() / 40 * 4;
        }
        order.tax = (order.gross() - order.discount) * 19 / 400 * 4;
        order.shipping = if self.dice.chance(50) { 400 } else { 0 };
        let lost = n % 10 >= 7;
        self.lost += u64::from(lost);
        self.tell(&order, lost);
        self.afterwards(&order, lost);
    }

    /// Tells of the order as each source does.
    fn tell(&mut self, order: &Order, lost: bool) {
        let (n, at) = (order.n, order.at);
        let visitor = format!("browser-{n}");
        let campaign = if n.is_multiple_of(2) { "?utm_source=news&utm_medium=email&utm_campaign=spring" } else { "" };
        let page = json!({"url": format!("https://shop.example/{campaign}")});
        let landing = at - Span::new().minutes(4);
        self.say(
            Door::Browser,
            landing,
            &format!("view-{n}"),
            "page_view",
            json!({"visitor_id": visitor, "page": page}),
        );
        if !lost {
            let mut purchase = order.purchase();
            purchase["visitor_id"] = json!(visitor);
            purchase["page"] = json!({"url": "https://shop.example/thanks"});
            self.say(Door::Browser, at, &format!("browser-{n}"), "purchase", purchase);
        }
        // The server is late, and its queue delivers everything twice under new event ids.
        let mut purchase = order.purchase();
        purchase["placed_at"] = json!(at.to_string());
        purchase["user_id"] = json!(format!("buyer-{n}"));
        for (attempt, minutes) in [(1, 40), (2, 95)] {
            let told_at = at + Span::new().minutes(minutes);
            self.say(Door::Server, told_at, &format!("server-{n}-{attempt}"), "purchase", purchase.clone());
        }
        // A webhook is a shop platform's own word.
        purchase["origin"] = json!("platform");
        let told_at = at + Span::new().minutes(150);
        self.say(Door::Server, told_at, &format!("webhook-{n}"), "purchase", purchase);
    }

    /// Tells what became of the order, and books it.
    fn afterwards(&mut self, order: &Order, lost: bool) {
        let fate = self.dice.below(20);
        let later = order.at + Span::new().hours(3 + self.dice.below(5) as i64);
        if fate == 0 {
            // Cancelled, and nothing had been paid.
            self.by_both(order, later, "order_status", &json!({"status": "cancelled"}));
            self.books.cancelled += 1;
            return;
        }
        self.books.with_campaign += u64::from(!lost && order.n.is_multiple_of(2));
        let sold = Figures {
            orders: 1,
            order_total: order.converted(order.total()),
            gross: order.converted(order.gross()),
            discounts: order.converted(order.discount),
            ..Figures::default()
        };
        self.books.book(&day(order.at), order.code(), &sold);
        match fate {
            // Given back whole; half of these were cancelled as well.
            1 | 2 => {
                if fate == 1 {
                    self.by_both(order, later, "order_status", &json!({"status": "cancelled"}));
                }
                self.given_back(order, later, &json!({}), order.gross() - order.discount, order.total());
            }
            // The first line goes back whole, its tax with it.
            3 if order.discount == 0 => {
                let (sku, price, quantity) = &order.lines[0];
                let (goods, tax) = (price * quantity, order.tax.min(4 * (order.n as i64 % 50)));
                let refund = json!({"tax": text(tax), "items": [{"item_id": sku, "quantity": quantity}]});
                self.given_back(order, later, &refund, goods, goods + tax);
            }
            // Some money is given back for goodwill.
            4 => {
                let refund = json!({"amount": "3.20", "tax": "0.40"});
                self.given_back(order, later, &refund, 280, 320);
            }
            _ => {}
        }
    }

    /// Tells of money given back and books it: `goods` of it for goods, `amount` in all.
    fn given_back(&mut self, order: &Order, at: Timestamp, refund: &Value, goods: i64, amount: i64) {
        let mut refund = refund.clone();
        if order.n.is_multiple_of(2) {
            refund["refund_id"] = json!(format!("back-{}", order.n));
        }
        self.by_both(order, at, "refund", &refund);
        let returned =
            Figures { returns: order.converted(goods), given_back: order.converted(amount), ..Figures::default() };
        self.books.book(&day(at), order.code(), &returned);
    }

    /// Says something of the order by the server, and an hour later by the webhook, both of the same moment.
    fn by_both(&mut self, order: &Order, at: Timestamp, name: &str, said: &Value) {
        let mut said = said.clone();
        said["transaction_id"] = json!(order.id());
        said["at"] = json!(at.to_string());
        self.say(Door::Server, at, &format!("{name}-{}", order.n), name, said.clone());
        said["origin"] = json!("platform");
        let told_at = at + Span::new().minutes(60);
        self.say(Door::Server, told_at, &format!("webhook-{name}-{}", order.n), name, said);
    }
}
