//! A shop in a few words: statements about one owner's carts and the owner's orders, folded.

use crate::cart::{Owner, OwnerOrder, fold};
use commerce::hit::{CartStatement, Dialect, Item, OrderStatus, Origin};
use commerce::record::to_cbor;
use commerce::rows::{CartFactPayload, CartFactRow};
use commerce::state::{CartHead, SiteState};
use commerce::{
    Amount, CartKey, Currency, CustomerKey, EventKey, OrderKey, Quantity, SiteId, SiteSettings, Timestamp, UnitPrice,
    VisitKey, VisitorKey, Zone,
};
use std::collections::HashMap;

/// 2026-04-01T12:00:00Z
const NOON: i64 = 1_775_044_800;

pub(super) const MINE: Owner = Owner::Visitor(VisitorKey(1));

pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(NOON + seconds)
}

pub(super) fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap().value
}

pub(super) fn cart_key(id: &str) -> CartKey {
    CartKey::of_cart_id(SiteId(1), id)
}

/// Returns the key of a cart that the statement of this number began.
pub(super) fn first_event(number: u64) -> CartKey {
    CartKey::of_first_event(SiteId(1), EventKey(number))
}

pub(super) fn site() -> SiteState {
    let settings = SiteSettings::new("shop.example", Currency::parse("EUR").unwrap(), Zone::utc());
    SiteState { settings, goals: Vec::new(), rates: HashMap::new() }
}

/// Returns an item of `sku*quantity*price`, of which quantity and price may be missing.
fn item(text: &str) -> Item {
    let mut parts = text.split('*');
    Item {
        sku: parts.next().unwrap().to_owned(),
        quantity: parts.next().map(|q| Quantity::parse(q).unwrap().value),
        price: parts.next().map(|p| UnitPrice::parse(p).unwrap().value),
        ..Item::default()
    }
}

/// What was said, and what was ordered.
#[derive(Clone, Debug)]
pub(super) struct Shop {
    pub(super) site: SiteState,
    pub(super) facts: Vec<CartFactRow>,
    pub(super) orders: Vec<OwnerOrder>,
}

impl Shop {
    /// Returns a shop that was told `words`; the first statement has position and event 1.
    pub(super) fn told(words: &[&str]) -> Self {
        let mut shop = Self { site: site(), facts: Vec::new(), orders: Vec::new() };
        for words in words {
            shop.tell(words);
        }
        shop
    }

    /// Tells a statement, `kind +seconds field=value ...`, or `order +seconds field=value ...`.
    pub(super) fn tell(&mut self, words: &str) {
        let mut words = words.split_whitespace();
        let kind = words.next().unwrap();
        let at = at(words.next().unwrap().parse().unwrap());
        let fields = words.map(|word| word.split_once('=').unwrap());
        if kind == "order" {
            let number = self.orders.len() as u64 + 1;
            self.orders.push(order(number, at, fields));
        } else {
            let number = self.facts.len() as u64 + 1;
            self.facts.push(fact(number, kind, at, fields));
        }
    }

    /// Returns the carts of the visitor; they must come out the same from the other end.
    pub(super) fn carts(&self) -> Vec<CartHead> {
        self.carts_of(MINE)
    }

    pub(super) fn carts_of(&self, owner: Owner) -> Vec<CartHead> {
        let carts = fold(&self.site, owner, &self.facts, &self.orders);
        let (mut facts, mut orders) = (self.facts.clone(), self.orders.clone());
        facts.reverse();
        orders.reverse();
        assert_eq!(carts, fold(&self.site, owner, &facts, &orders), "the order of arrival is nothing");
        carts
    }
}

/// Returns a cart as `state at seconds value [sku*quantity=gross,...]`.
pub(super) fn show(head: &CartHead) -> String {
    let cart = &head.cart;
    assert!(head.lines.iter().enumerate().all(|(i, l)| l.line == i as u32 && l.position == cart.position));
    assert!(head.lines.iter().all(|l| l.cart == cart.cart && l.site == cart.site));
    let line = |l: &commerce::rows::CartLineRow| format!("{}*{}={}", l.product.sku, l.quantity, l.gross);
    let lines = head.lines.iter().map(line).collect::<Vec<_>>().join(",");
    let order = cart.ordered_at.map_or_else(String::new, |t| format!(" at {}", t.micros_since(at(0)) / 1_000_000));
    format!("{}{order} {} [{lines}]", cart.state.name(), cart.value)
}

fn order<'a>(number: u64, placed_at: Timestamp, fields: impl Iterator<Item = (&'a str, &'a str)>) -> OwnerOrder {
    let status = OrderStatus::Confirmed;
    let mut order = OwnerOrder { order: OrderKey(number), placed_at, status, test: false, cart: None, customer: None };
    for (field, value) in fields {
        match field {
            "id" => order.order = OrderKey(value.parse().unwrap()),
            "cart" => order.cart = Some(cart_key(value)),
            "test" => order.test = true,
            "status" => {
                order.status = match value {
                    "pending" => OrderStatus::Pending,
                    "cancelled" => OrderStatus::Cancelled,
                    "failed" => OrderStatus::Failed,
                    other => panic!("no status {other}"),
                }
            }
            other => panic!("no field {other}"),
        }
    }
    order
}

fn fact<'a>(
    number: u64,
    kind: &str,
    occurred_at: Timestamp,
    fields: impl Iterator<Item = (&'a str, &'a str)>,
) -> CartFactRow {
    let mut fact = CartFactRow {
        site: SiteId(1),
        position: number,
        event: EventKey(number),
        kind: kind.to_owned(),
        occurred_at,
        dialect: Dialect::NativeBrowser,
        origin: Origin::Browser,
        cart: None,
        cart_id: None,
        visitor: Some(VisitorKey(1)),
        visit: None,
        user: None,
        email: None,
        payload: Vec::new(),
    };
    let mut said = CartFactPayload::default();
    for (field, value) in fields {
        let text = || Some(value.to_owned());
        let items = said.items.iter_mut().flatten();
        match field {
            "event" => fact.event = EventKey(value.parse().unwrap()),
            "cart" => (fact.cart, fact.cart_id) = (Some(cart_key(value)), text()),
            "visitor" => fact.visitor = value.parse().ok().map(VisitorKey),
            "visit" => fact.visit = Some(VisitKey(value.parse().unwrap())),
            "customer" => fact.user = Some(CustomerKey(value.parse().unwrap())),
            "by" => fact.origin = Origin::Server,
            "items" => said.items = Some(value.split(',').filter(|v| !v.is_empty()).map(item).collect()),
            "variant" => items.for_each(|i| i.variant = text()),
            "value" => statement(&mut said).value = Some(amount(value)),
            "currency" => statement(&mut said).currency = Currency::parse(value),
            "step" => statement(&mut said).checkout_step = text(),
            "coupon" => statement(&mut said).coupon = text(),
            "contact" => said.contact = text(),
            "email" => said.email = text(),
            "recovery" => said.recovery_url = text(),
            other => panic!("no field {other}"),
        }
    }
    fact.payload = to_cbor(&said);
    fact
}

fn statement(said: &mut CartFactPayload) -> &mut CartStatement {
    said.cart.get_or_insert_default()
}
