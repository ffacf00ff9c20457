//! What a hit says of products, orders, refunds, carts, goals and searches.

use crate::money::{Amount, Currency, Quantity, UnitPrice};
use crate::time::Timestamp;
use minicbor::{Decode, Encode};

/// A product in a list, view, cart or order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Item {
    /// SKU (`item_id`), never empty; where a client sends none, its name.
    #[n(0)]
    pub sku: String,
    /// Product name.
    #[n(1)]
    pub name: Option<String>,
    /// Brand.
    #[n(2)]
    pub brand: Option<String>,
    /// Variant.
    #[n(3)]
    pub variant: Option<String>,
    /// Categories, at most five, broadest first.
    #[n(4)]
    pub categories: Option<Vec<String>>,
    /// Unit price before line discount; `None` if not stated.
    #[n(5)]
    pub price: Option<UnitPrice>,
    /// Quantity; `None` is one piece.
    #[n(6)]
    pub quantity: Option<Quantity>,
    /// Discount of the whole line.
    #[n(7)]
    pub discount: Option<Amount>,
    /// Coupon.
    #[n(8)]
    pub coupon: Option<String>,
    /// Unit cost.
    #[n(9)]
    pub unit_cost: Option<UnitPrice>,
    /// Position in the list, as sent.
    #[n(10)]
    pub index: Option<i64>,
    /// List id.
    #[n(11)]
    pub list_id: Option<String>,
    /// List name.
    #[n(12)]
    pub list_name: Option<String>,
    /// Promotion id.
    #[n(13)]
    pub promotion_id: Option<String>,
    /// Promotion name.
    #[n(14)]
    pub promotion_name: Option<String>,
    /// Creative name.
    #[n(15)]
    pub creative_name: Option<String>,
    /// Affiliation.
    #[n(16)]
    pub affiliation: Option<String>,
    /// Everything else as one JSON object in text.
    #[n(17)]
    pub properties: Option<String>,
}

impl Item {
    /// Returns the quantity, one piece if none was stated.
    pub fn quantity(&self) -> Quantity {
        self.quantity.unwrap_or_default()
    }
}

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum OrderStatus {
    /// Not yet paid or accepted; does not count.
    #[n(0)]
    Pending,
    /// Counts.
    #[n(1)]
    Confirmed,
    /// Void.
    #[n(2)]
    Cancelled,
    /// Never came about.
    #[n(3)]
    Failed,
}

/// What one source says about an order. Its lines are the hit's `items`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OrderStatement {
    /// The shop's order id, trimmed, never empty.
    #[n(0)]
    pub order_id: String,
    /// Other ids of the same order as `namespace:id`.
    #[n(1)]
    pub aliases: Option<Vec<String>>,
    /// Its currency; `None` is the site's.
    #[n(2)]
    pub currency: Option<Currency>,
    /// What the customer was charged.
    #[n(3)]
    pub total: Option<Amount>,
    /// After discounts, before tax and shipping.
    #[n(4)]
    pub subtotal: Option<Amount>,
    /// Tax.
    #[n(5)]
    pub tax: Option<Amount>,
    /// Shipping.
    #[n(6)]
    pub shipping: Option<Amount>,
    /// Fees.
    #[n(7)]
    pub fees: Option<Amount>,
    /// Discounts of the whole order, those of its lines included.
    #[n(8)]
    pub discount: Option<Amount>,
    /// Coupon codes.
    #[n(9)]
    pub coupons: Option<Vec<String>>,
    /// Whether item prices contain tax; `None` as the site says.
    #[n(10)]
    pub prices_include_tax: Option<bool>,
    /// Payment method.
    #[n(11)]
    pub payment_method: Option<String>,
    /// Shipping method.
    #[n(12)]
    pub shipping_method: Option<String>,
    /// What the shop says of the customer, such as `new`.
    #[n(13)]
    pub customer_type: Option<String>,
    /// How many orders the shop says the customer has placed.
    #[n(14)]
    pub order_count: Option<u32>,
    /// Status; `None` where the statement is silent (confirmed for a purchase).
    #[n(15)]
    pub status: Option<OrderStatus>,
    /// Whether it is a test order.
    #[n(16)]
    pub test: Option<bool>,
    /// When the order was placed; `None` is the event's time.
    #[n(17)]
    pub placed_at: Option<Timestamp>,
    /// The statement's own version: a number, or microseconds of `updated_at`.
    #[n(18)]
    pub version: Option<i64>,
    /// Why its status changed.
    #[n(19)]
    pub reason: Option<String>,
    /// Where it was sold when not on the site, such as `pos` or `phone`.
    #[n(20)]
    pub sales_channel: Option<String>,
    /// Whether its items are only some of the order's lines: the sender tells them one by one, and all of them together
    /// are the order's.
    #[n(21)]
    pub partial: Option<bool>,
}

/// What one source says about money given back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RefundStatement {
    /// The order's id.
    #[n(0)]
    pub order_id: String,
    /// The refund's own id.
    #[n(1)]
    pub refund_id: Option<String>,
    /// Amount; with no amount and no items the whole order.
    #[n(2)]
    pub amount: Option<Amount>,
    /// Tax within the amount.
    #[n(3)]
    pub tax: Option<Amount>,
    /// Shipping within the amount.
    #[n(4)]
    pub shipping: Option<Amount>,
    /// Its currency; `None` is the order's.
    #[n(5)]
    pub currency: Option<Currency>,
    /// When it was given back; `None` is the event's time.
    #[n(6)]
    pub at: Option<Timestamp>,
    /// Why.
    #[n(7)]
    pub reason: Option<String>,
    /// Other ids of the same order.
    #[n(8)]
    pub aliases: Option<Vec<String>>,
}

/// What a hit says about a cart. The cart's lines are the hit's `items`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CartStatement {
    /// Its value as stated.
    #[n(0)]
    pub value: Option<Amount>,
    /// Its currency; `None` is the site's.
    #[n(1)]
    pub currency: Option<Currency>,
    /// Coupon.
    #[n(2)]
    pub coupon: Option<String>,
    /// Step reached in the checkout.
    #[n(3)]
    pub checkout_step: Option<String>,
}

/// A goal that a hit names.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct GoalStatement {
    /// The goal's number on its site.
    #[n(0)]
    pub goal: u32,
    /// What this conversion is worth; `None` is the goal's own value.
    #[n(1)]
    pub value: Option<Amount>,
}

/// A search on the site.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Search {
    /// What was searched for.
    #[n(0)]
    pub term: String,
    /// In which category.
    #[n(1)]
    pub category: Option<String>,
    /// How many results there were.
    #[n(2)]
    pub results: Option<u32>,
}
