//! What the demo shop's own systems tell: its orders once more by the server, some again by the payment provider,
//! sales over the counter and by telephone, what is paid later, cancelled and given back.
//!
//! Each event is told when it happens, so it waits here until the story has come that far. Browsers lose purchases and
//! the server's call fails now and then: neither knows of the other, as it is in life.

use super::delivery::{Delivery, Sender};
use super::dice::Dice;
use super::range::Product;
use super::shop::some_product;
use super::trip::{Placed, priced, text};
use commerce::time::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const HOUR_S: i64 = 3600;
const DAY_S: i64 = 24 * HOUR_S;

/// The shop's systems, with what they have still to tell.
#[derive(Default)]
pub(super) struct Office {
    /// Events by when they are told; the number keeps those of one second apart.
    waiting: BTreeMap<(Timestamp, u64), Value>,
    events: u64,
    sales: u32,
    refunds: u32,
}

impl Office {
    /// Returns the next request that is sent at `until` or before.
    pub(super) fn due(&mut self, until: Timestamp) -> Option<Delivery> {
        let entry = self.waiting.first_entry().filter(|entry| entry.key().0 <= until)?;
        let ((at, _), event) = entry.remove_entry();
        Some(Delivery { at, sender: Sender::Office, body: json!({"site": 1, "events": [event]}).to_string() })
    }

    /// Notes that `event` is to be told at `at`.
    fn tell(&mut self, at: Timestamp, name: &str, mut event: Value) {
        self.events += 1;
        event["id"] = json!(format!("office-{}", self.events));
        event["name"] = json!(name);
        event["occurred_at"] = json!(at.to_string());
        self.waiting.insert((at, self.events), event);
    }

    /// Takes an order that was placed on the site, and what becomes of it.
    pub(super) fn take(&mut self, dice: &mut Dice, placed: &Placed) {
        // A server that is down for a moment tells of no order; what the browser told is all there is then.
        let down = placed.seen_by_browser && dice.chance(35);
        let on_account = placed.fields["payment_method"] == "invoice" && dice.chance(400);
        if !down {
            self.tell_order(dice, placed, on_account);
        }
        if on_account && !down {
            self.wait_for_money(dice, placed);
        } else {
            self.change_mind(dice, placed);
        }
    }

    fn tell_order(&mut self, dice: &mut Dice, placed: &Placed, on_account: bool) {
        let mut order = placed.fields.clone();
        order["placed_at"] = json!(placed.at.to_string());
        order["email"] = json!(placed.mail);
        if let Some(account) = &placed.account {
            order["user_id"] = json!(account);
        }
        if on_account {
            order["status"] = json!("pending");
        }
        let payment = format!("pay:pi_{}", placed.number);
        let by_provider = order["payment_method"] == "card" && dice.chance(700);
        if by_provider {
            order["aliases"] = json!([payment]);
        }
        self.tell(placed.at.plus_seconds(dice.between(1, 20) as i64), "purchase", order.clone());
        if by_provider {
            // The provider knows its own id and the sum, and nothing of the goods.
            let paid = json!({
                "transaction_id": payment, "aliases": [order["transaction_id"]], "origin": "platform",
                "value": order["value"], "currency": order["currency"],
            });
            self.tell(placed.at.plus_seconds(dice.between(20, 90) as i64), "purchase", paid);
        }
    }

    /// An order on account counts once it is paid; some never are.
    fn wait_for_money(&mut self, dice: &mut Dice, placed: &Placed) {
        let at = placed.at.plus_seconds(dice.between(1, 9) as i64 * DAY_S + dice.below(8) as i64 * HOUR_S);
        let status = if dice.chance(930) { "confirmed" } else { "cancelled" };
        self.tell(at, "order_status", json!({"transaction_id": placed.fields["transaction_id"], "status": status}));
    }

    /// Cancels some orders, and takes back some goods.
    fn change_mind(&mut self, dice: &mut Dice, placed: &Placed) {
        let id = &placed.fields["transaction_id"];
        if dice.chance(24) {
            let at = placed.at.plus_seconds(dice.between(1, 30) as i64 * HOUR_S);
            let cancelled = json!({"transaction_id": id, "status": "cancelled", "reason": "changed their mind"});
            self.tell(at, "order_status", cancelled);
            // Money that had come in goes back: then it stays an order, with its return.
            if placed.fields["payment_method"] != "invoice" {
                self.refund(dice, at.plus_seconds(DAY_S), placed, json!({"reason": "cancelled"}));
            }
        } else if dice.chance(95) {
            let at = placed.at.plus_seconds(dice.between(4, 20) as i64 * DAY_S + dice.below(9) as i64 * HOUR_S);
            let (product, quantity) = placed.lines[0];
            let line = json!([{"item_id": product.sku, "quantity": quantity}]);
            let one = json!([{"item_id": product.sku, "quantity": 1}]);
            let refund = match dice.below(10) {
                0..=2 => json!({"reason": "sent back whole"}),
                3..=5 => json!({"items": line, "reason": "does not fit"}),
                6 | 7 => json!({"items": one, "shipping": "0", "reason": "does not fit"}),
                _ => json!({"amount": text(dice.between(3, 9) * 100), "reason": "late, with our apologies"}),
            };
            self.refund(dice, at, placed, refund);
        }
    }

    fn refund(&mut self, dice: &mut Dice, at: Timestamp, placed: &Placed, mut refund: Value) {
        self.refunds += 1;
        refund["transaction_id"] = placed.fields["transaction_id"].clone();
        refund["currency"] = placed.fields["currency"].clone();
        refund["refund_id"] = json!(format!("R-{}", 1000 + self.refunds));
        self.tell(at, "refund", refund.clone());
        if dice.chance(300) {
            // The shop platform tells of it as well: evidence of the same money.
            refund["origin"] = json!("platform");
            refund["at"] = json!(at.to_string());
            self.tell(at.plus_seconds(40), "refund", refund);
        }
    }

    /// Sells over the counter and by telephone on the day that begins at `midnight`.
    pub(super) fn open_counter(&mut self, dice: &mut Dice, midnight: Timestamp) {
        for _ in 0..dice.between(2, 6) {
            let at = midnight.plus_seconds(10 * HOUR_S + dice.below(9 * HOUR_S as u64) as i64);
            self.sell(dice, at, "pos");
        }
        for _ in 0..dice.below(3) {
            let at = midnight.plus_seconds(9 * HOUR_S + dice.below(8 * HOUR_S as u64) as i64);
            self.sell(dice, at, "phone");
        }
    }

    fn sell(&mut self, dice: &mut Dice, at: Timestamp, channel: &str) {
        self.sales += 1;
        let count = 1 + dice.below(5) / 3;
        let mut lines: Vec<(&'static Product, u64)> = (0..count).map(|_| (some_product(dice), 1)).collect();
        lines.dedup_by_key(|(product, _)| product.sku);
        let mut sale = priced(&lines, "EUR", 0);
        sale["transaction_id"] = json!(format!("{}-{}", channel.to_uppercase(), 5000 + self.sales));
        sale["sales_channel"] = json!(channel);
        sale["payment_method"] = json!(if channel == "pos" { "cash" } else { "invoice" });
        if channel == "phone" {
            sale["email"] = json!(format!("caller-{}@mail.example", dice.below(60)));
        }
        // The till hands over its sales in the evening.
        let told_at = if channel == "pos" { at.plus_seconds(2 * HOUR_S) } else { at.plus_seconds(60) };
        sale["placed_at"] = json!(at.to_string());
        self.tell(told_at, "purchase", sale);
    }
}
