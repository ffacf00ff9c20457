//! What is looked at, put into carts, ordered and given back.

use crate::{Decimal, Time};
use serde::Serialize;

/// One product of a list, cart or order. The same SKU twice is two lines.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Item {
    /// SKU.
    pub item_id: String,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_name: Option<String>,
    /// Its brand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_brand: Option<String>,
    /// Size, colour and the like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_variant: Option<String>,
    /// Its categories from the widest to the narrowest, five at most.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// Price of a piece before discount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Decimal>,
    /// How many; 1 if it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Decimal>,
    /// The line's discount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discount: Option<Decimal>,
    /// What a piece cost the shop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_cost: Option<Decimal>,
    /// The line's coupon.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coupon: Option<String>,
}

impl Item {
    /// Returns a line of one product.
    pub fn new(item_id: impl Into<String>) -> Self {
        Self { item_id: item_id.into(), ..Self::default() }
    }
}

/// Where an order came from, as the shop stored it with the order.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Attribution {
    /// Source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Medium.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub medium: Option<String>,
    /// Campaign.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign: Option<String>,
    /// Referring page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referrer: Option<String>,
    /// The visit's first page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub landing_page: Option<String>,
}

/// What becomes of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// Placed and not paid.
    Pending,
    /// Paid, or as good as.
    Confirmed,
    /// Called off.
    Cancelled,
    /// Never came about.
    Failed,
}

/// An order as the shop knows it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Order {
    /// The shop's order id.
    pub transaction_id: String,
    /// Other ids of the same order, such as `stripe:pi_1`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// ISO 4217 code; the site's if it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// What was charged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Decimal>,
    /// Sum of the lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subtotal: Option<Decimal>,
    /// Tax.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax: Option<Decimal>,
    /// Shipping.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipping: Option<Decimal>,
    /// Fees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fees: Option<Decimal>,
    /// Discount on the order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discount: Option<Decimal>,
    /// Coupons.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub coupons: Vec<String>,
    /// Whether item prices contain tax; the site's setting if it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prices_include_tax: Option<bool>,
    /// How it was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_method: Option<String>,
    /// How it is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipping_method: Option<String>,
    /// `pos`, `phone` and the like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sales_channel: Option<String>,
    /// Its status; confirmed if it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<OrderStatus>,
    /// Whether it is a test.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test: Option<bool>,
    /// When it was placed, if not when the event occurred.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placed_at: Option<Time>,
    /// When it was last changed; of two statements the later counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Time>,
    /// Its lines.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Item>,
    /// Where it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribution: Option<Attribution>,
}

/// A change of an order's status.
#[derive(Clone, Debug, Serialize)]
pub struct StatusChange {
    /// The shop's order id.
    pub transaction_id: String,
    /// What became of it.
    pub status: OrderStatus,
    /// When, if not when the event occurred.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Time>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Money given back; with neither amount nor items the whole order.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Refund {
    /// The shop's order id.
    pub transaction_id: String,
    /// The shop's id of the refund; a repeated one counts once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund_id: Option<String>,
    /// How much in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Decimal>,
    /// Tax of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax: Option<Decimal>,
    /// Shipping of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipping: Option<Decimal>,
    /// ISO 4217 code; the order's if it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// What came back.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Item>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When, if not when the event occurred.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Time>,
}

/// A step of a cart on its way to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CartStep {
    /// The items were added.
    Add,
    /// The items were removed.
    Remove,
    /// The cart was looked at.
    View,
    /// The items are the whole cart; without any it was emptied.
    Update,
    /// The checkout began.
    BeginCheckout,
    /// Shipping was chosen.
    ShippingInfo,
    /// Payment was chosen.
    PaymentInfo,
}

/// A cart.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Cart {
    /// What was added or removed; the whole cart in an update.
    pub items: Vec<Item>,
    /// ISO 4217 code; the site's if it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// What it is worth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Decimal>,
    /// Its coupon.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coupon: Option<String>,
    /// Where in the checkout it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checkout_step: Option<String>,
    /// A link that brings it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_url: Option<String>,
}

/// What happened to products that are in no cart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProductStep {
    /// Seen in a list.
    ViewList,
    /// Chosen from a list.
    Select,
    /// Looked at.
    View,
}

/// Products.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Items {
    /// The products.
    pub items: Vec<Item>,
    /// The list they stood in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_list_name: Option<String>,
}
