//! Events and what surrounds them, in the words of docs/events.md; [`crate::trade`] has what is bought. A field that is `None` or empty is left out; what the types do not
//! know goes into `properties`.

use crate::trade::{Cart, CartStep, Items, Order, ProductStep, Refund, StatusChange};
use crate::{Decimal, Time};
use serde::Serialize;
use serde_json::{Map, Value};
use std::net::IpAddr;

/// An event: who, when and where, and what happened.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Event {
    /// Unique id; a UUID of version 7 is made if it is missing. A repeated id counts once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What happened: one of the known names, or one of your own.
    pub name: String,
    /// When; now if it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<Time>,
    /// The browser's visitor, so that an order finds its visit: what the checkout form brought along.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visitor_id: Option<String>,
    /// The browser's visit, where its tracker has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visit_id: Option<String>,
    /// The shop's own id of the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The customer's e-mail address; the server hashes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The shop's id of the cart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cart_id: Option<String>,
    /// What the visitor allows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
    /// The page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<Page>,
    /// The browser's languages, as in `Accept-Language`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Who speaks, where it is not the shop's server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Sender>,
    /// The visitor's address, when the server speaks for a browser; masked before it is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip: Option<IpAddr>,
    /// The visitor's browser, when the server speaks for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// Anything else.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub properties: Map<String, Value>,
    /// What the event is about.
    #[serde(flatten)]
    pub payload: Option<Payload>,
}

/// What an event is about.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Payload {
    /// An order.
    Order(Box<Order>),
    /// A change of an order's status.
    Status(StatusChange),
    /// Money given back.
    Refund(Box<Refund>),
    /// A cart.
    Cart(Box<Cart>),
    /// Products.
    Items(Items),
    /// A search.
    Search(Search),
    /// A goal.
    Goal(Goal),
}

/// What the visitor allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// To be measured.
    Analytics,
    /// To be measured and addressed.
    Marketing,
    /// Neither: no id of the visitor, user or e-mail is kept. Orders count.
    None,
}

/// Who speaks, where it is not the shop's server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sender {
    /// The shop's app.
    App,
    /// The platform that the shop runs on.
    Platform,
}

/// A page.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Page {
    /// Its address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The page before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referrer: Option<String>,
}

/// A search.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Search {
    /// What was looked for.
    pub search_term: String,
    /// How much was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub results: Option<u32>,
}

/// A goal that was reached.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Goal {
    /// Its number or name.
    pub goal: String,
    /// What it is worth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Decimal>,
}

impl Event {
    /// Returns an event with a name of your own.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    fn about(name: &str, payload: Payload) -> Self {
        Self { name: name.to_owned(), payload: Some(payload), ..Self::default() }
    }

    /// Returns a page view.
    pub fn page_view(page: Page) -> Self {
        Self { page: Some(page), ..Self::named("page_view") }
    }

    /// Returns the news that an order was placed.
    pub fn purchase(order: Order) -> Self {
        Self::about("purchase", Payload::Order(Box::new(order)))
    }

    /// Returns the order as it is now, after a change.
    pub fn order_update(order: Order) -> Self {
        Self::about("order_update", Payload::Order(Box::new(order)))
    }

    /// Returns a change of an order's status.
    pub fn order_status(change: StatusChange) -> Self {
        Self::about("order_status", Payload::Status(change))
    }

    /// Returns a refund.
    pub fn refund(refund: Refund) -> Self {
        Self::about("refund", Payload::Refund(Box::new(refund)))
    }

    /// Returns a step of a cart.
    pub fn cart(step: CartStep, cart: Cart) -> Self {
        let name = match step {
            CartStep::Add => "add_to_cart",
            CartStep::Remove => "remove_from_cart",
            CartStep::View => "view_cart",
            CartStep::Update => "cart_update",
            CartStep::BeginCheckout => "begin_checkout",
            CartStep::ShippingInfo => "add_shipping_info",
            CartStep::PaymentInfo => "add_payment_info",
        };
        Self::about(name, Payload::Cart(Box::new(cart)))
    }

    /// Returns what happened to products that are in no cart.
    pub fn products(step: ProductStep, items: Items) -> Self {
        let name = match step {
            ProductStep::ViewList => "view_item_list",
            ProductStep::Select => "select_item",
            ProductStep::View => "view_item",
        };
        Self::about(name, Payload::Items(items))
    }

    /// Returns a search.
    pub fn search(search: Search) -> Self {
        Self::about("search", Payload::Search(search))
    }

    /// Returns a goal that was reached.
    pub fn goal(goal: Goal) -> Self {
        Self::about("goal", Payload::Goal(goal))
    }

    /// Says whether the event has what the server quarantines it for missing: a name, and an order's id.
    pub(crate) fn is_named(&self) -> bool {
        let order = match &self.payload {
            Some(Payload::Order(order)) => Some(&order.transaction_id),
            Some(Payload::Status(change)) => Some(&change.transaction_id),
            Some(Payload::Refund(refund)) => Some(&refund.transaction_id),
            _ => None,
        };
        !self.name.trim().is_empty() && order.is_none_or(|id| !id.trim().is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Item, OrderStatus};
    use serde_json::json;

    #[test]
    fn events_are_told_in_the_words_of_the_documentation() {
        let item = Item { price: Some(Decimal::of_minor(2517, 2)), quantity: Some(2.into()), ..Item::new("S1") };
        let order = Order {
            transaction_id: "1001".to_owned(),
            value: Some(Decimal::of_minor(5990, 2)),
            status: Some(OrderStatus::Pending),
            placed_at: Some(Time::from_unix_s(0)),
            items: vec![item.clone()],
            ..Order::default()
        };
        let told = |event: Event| serde_json::to_value(event).unwrap();
        let line = json!({"item_id": "S1", "price": "25.17", "quantity": "2"});
        assert_eq!(
            told(Event { visitor_id: Some("v".to_owned()), consent: Some(Consent::None), ..Event::purchase(order) }),
            json!({"name": "purchase", "visitor_id": "v", "consent": "none", "transaction_id": "1001", "value": "59.90",
                "status": "pending", "placed_at": "1970-01-01T00:00:00.000000Z", "items": [line]})
        );
        let change =
            StatusChange { transaction_id: "1".to_owned(), status: OrderStatus::Cancelled, at: None, reason: None };
        assert_eq!(
            told(Event::order_status(change)),
            json!({"name": "order_status", "transaction_id": "1", "status": "cancelled"})
        );
        let refund = Refund { transaction_id: "1".to_owned(), amount: Some(5.into()), ..Refund::default() };
        assert_eq!(told(Event::refund(refund)), json!({"name": "refund", "transaction_id": "1", "amount": "5"}));
        assert_eq!(told(Event::cart(CartStep::Update, Cart::default())), json!({"name": "cart_update", "items": []}));
        let seen = Items { items: vec![item], item_list_name: None };
        assert_eq!(told(Event::products(ProductStep::View, seen))["name"], "view_item");
        assert_eq!(told(Event::named("mine")), json!({"name": "mine"}));
    }

    #[test]
    fn what_cannot_be_counted_is_seen_at_once() {
        assert!(!Event::purchase(Order::default()).is_named());
        assert!(!Event::named(" ").is_named());
        assert!(Event::page_view(Page::default()).is_named());
    }
}
