//! A hit: what a tracker or server said, already in our words, and not yet believed.
//!
//! It has two halves from the first version on: [`Facts`], which stay for ever, and [`Person`], which points to a
//! human being and can be erased without touching a sale. Both are written to the journal as CBOR maps with numbered
//! optional fields: a field may be added, its number is never reused.

use crate::ids::{EventId, SiteId};
use crate::money::{Amount, Currency, Quantity, UnitPrice};
use crate::time::Timestamp;
use minicbor::{Decode, Encode};

/// What arrived about one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// What happened.
    pub facts: Facts,
    /// Who did it, as far as ids, address and browser tell.
    pub person: Person,
}

/// What happened, without anything that points to a person.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Facts {
    /// The site it belongs to.
    #[n(0)]
    pub site: SiteId,
    /// The event's id; a retry carries the same.
    #[n(1)]
    pub event_id: EventId,
    /// When it reached us.
    #[n(2)]
    pub received_at: Timestamp,
    /// When it happened, the client's skew taken out, never later than 24 h after `received_at`.
    #[n(3)]
    pub occurred_at: Timestamp,
    /// The protocol it came by.
    #[n(4)]
    pub dialect: Dialect,
    /// What kind of sender it came from.
    #[n(5)]
    pub origin: Origin,
    /// Whether the sender proved who it is.
    #[n(6)]
    pub trust: Trust,
    /// Native event name (`page_view`, `purchase`, ..., or a custom one); see [`names`].
    #[n(7)]
    pub name: String,
    /// The page it happened on.
    #[n(8)]
    pub page: Option<Page>,
    /// What the sender said the source is, in its dialect's own campaign parameters. `None`: read it from the page.
    #[n(9)]
    pub campaign: Option<Source>,
    /// What the shop or client stored about the source of an order, goal or cart.
    #[n(10)]
    pub attribution: Option<Source>,
    /// Where it happened, resolved before the address was masked.
    #[n(11)]
    pub place: Option<Place>,
    /// The `Accept-Language` header or its equivalent, at most 200 characters.
    #[n(12)]
    pub language: Option<String>,
    /// Screen size such as `1920x1080`.
    #[n(13)]
    pub screen: Option<String>,
    /// Consent stated with the event.
    #[n(14)]
    pub consent: Option<Consent>,
    /// Products it touches.
    #[n(15)]
    pub items: Option<Vec<Item>>,
    /// What it says of an order (`purchase`, `order_update`, `order_status`).
    #[n(16)]
    pub order: Option<OrderStatement>,
    /// What it says of a refund.
    #[n(17)]
    pub refund: Option<RefundStatement>,
    /// What it says of a cart (`cart_update`, `add_to_cart`, `remove_from_cart`, checkout steps).
    #[n(18)]
    pub cart: Option<CartStatement>,
    /// The goal it names.
    #[n(19)]
    pub goal: Option<GoalStatement>,
    /// A search on the site.
    #[n(20)]
    pub search: Option<Search>,
    /// Everything else as one JSON object in text, `None` for nothing.
    #[n(21)]
    pub properties: Option<String>,
    /// Marks set on the way; see [`flags`].
    #[n(22)]
    pub flags: Option<u32>,
    /// The cart's own id.
    #[n(23)]
    pub cart_id: Option<String>,
}

/// What points to a person. Every field is `None` after an erasure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Person {
    /// The client's visitor id as it sent it.
    #[n(0)]
    pub visitor_id: Option<String>,
    /// The client's own visit id: an alias of our visit, never a boundary.
    #[n(1)]
    pub visit_id: Option<String>,
    /// The shop's user id.
    #[n(2)]
    pub user_id: Option<String>,
    /// Salted SHA-256 of the e-mail address, hex.
    #[n(3)]
    pub email_hash: Option<String>,
    /// The e-mail address itself, only where setting and consent allow.
    #[n(4)]
    pub email: Option<String>,
    /// IP address, masked unless the site says otherwise.
    #[n(5)]
    pub ip: Option<String>,
    /// User-Agent header, at most 1 KiB.
    #[n(6)]
    pub user_agent: Option<String>,
    /// Client hints.
    #[n(7)]
    pub client_hints: Option<ClientHints>,
    /// Cookieless id: a hash of address, browser, site and the day's salt, made before the address was masked.
    #[n(8)]
    pub fingerprint: Option<u64>,
    /// Recovery URL of a cart.
    #[n(9)]
    pub recovery_url: Option<String>,
}

/// The protocol a hit came by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Dialect {
    /// Ours, from a browser (`/v1/collect`).
    #[n(0)]
    NativeBrowser,
    /// Ours, from a server (`/v1/events`).
    #[n(1)]
    NativeServer,
    /// Our pixel.
    #[n(2)]
    NativePixel,
    /// Matomo's Tracking HTTP API.
    #[n(3)]
    Matomo,
    /// ahoy.js and the Ahoy HTTP API.
    #[n(4)]
    Ahoy,
    /// Heap's server API.
    #[n(5)]
    Heap,
    /// Emarsys' image pixel and `ScarabQueue`.
    #[n(6)]
    Emarsys,
    /// Segment's HTTP API.
    #[n(7)]
    Segment,
    /// GA4's Measurement Protocol and gtag.
    #[n(8)]
    Ga4,
    /// Piwik PRO, a dialect of Matomo's.
    #[n(9)]
    PiwikPro,
    /// Snowplow's tracker protocol 2.
    #[n(10)]
    Snowplow,
    /// Mixpanel's HTTP API.
    #[n(11)]
    Mixpanel,
    /// Countly's `/i`.
    #[n(12)]
    Countly,
    /// Shopify's webhooks.
    #[n(13)]
    Shopify,
    /// Stripe's webhooks.
    #[n(14)]
    Stripe,
    /// WooCommerce's webhooks.
    #[n(15)]
    WooCommerce,
}

impl Dialect {
    /// Every dialect, in the order of their numbers in the journal.
    pub const ALL: [Self; 16] = [
        Self::NativeBrowser,
        Self::NativeServer,
        Self::NativePixel,
        Self::Matomo,
        Self::Ahoy,
        Self::Heap,
        Self::Emarsys,
        Self::Segment,
        Self::Ga4,
        Self::PiwikPro,
        Self::Snowplow,
        Self::Mixpanel,
        Self::Countly,
        Self::Shopify,
        Self::Stripe,
        Self::WooCommerce,
    ];

    /// Returns the dialect's public name.
    pub fn name(self) -> &'static str {
        match self {
            Self::NativeBrowser => "native_browser",
            Self::NativeServer => "native_server",
            Self::NativePixel => "native_pixel",
            Self::Matomo => "matomo",
            Self::Ahoy => "ahoy",
            Self::Heap => "heap",
            Self::Emarsys => "emarsys",
            Self::Segment => "segment",
            Self::Ga4 => "ga4",
            Self::PiwikPro => "piwik_pro",
            Self::Snowplow => "snowplow",
            Self::Mixpanel => "mixpanel",
            Self::Countly => "countly",
            Self::Shopify => "shopify",
            Self::Stripe => "stripe",
            Self::WooCommerce => "woocommerce",
        }
    }

    /// Returns the dialect named `name`, `None` if there is none.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.name() == name)
    }

    /// Says whether a site must turn the dialect on (setting `dialects`): all but our own and Matomo's, whose requests
    /// name the site by its number.
    pub fn is_optional(self) -> bool {
        !matches!(self, Self::NativeBrowser | Self::NativeServer | Self::NativePixel | Self::Matomo)
    }
}

/// What kind of sender a hit came from. The order is the rank at equal trust, best last (RULES.md, Orders).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Origin {
    /// A pixel in a page or mail.
    #[n(0)]
    Pixel,
    /// A script in a page.
    #[n(1)]
    Browser,
    /// A mobile or desktop app.
    #[n(2)]
    App,
    /// The shop's own server.
    #[n(3)]
    Server,
    /// A shop platform or payment provider.
    #[n(4)]
    Platform,
    /// An import of past data.
    #[n(5)]
    Import,
}

/// Whether the sender proved who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Trust {
    /// Nothing but a public key.
    #[n(0)]
    Unverified,
    /// A token, a signed webhook, an import, or a valid site signature.
    #[n(1)]
    Verified,
}

/// Consent stated with an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Consent {
    /// None: no id is kept.
    #[n(0)]
    None,
    /// Analytics only.
    #[n(1)]
    Analytics,
    /// Marketing, too.
    #[n(2)]
    Marketing,
}

/// A page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Page {
    /// Absolute URL, secrets scrubbed, at most 8 KiB.
    #[n(0)]
    pub url: Option<String>,
    /// Title.
    #[n(1)]
    pub title: Option<String>,
    /// URL of the page that led here.
    #[n(2)]
    pub referrer: Option<String>,
}

/// Where traffic came from: the five campaign values and what goes with them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Source {
    /// `utm_source`.
    #[n(0)]
    pub source: Option<String>,
    /// `utm_medium`.
    #[n(1)]
    pub medium: Option<String>,
    /// `utm_campaign`.
    #[n(2)]
    pub campaign: Option<String>,
    /// `utm_term`: a keyword.
    #[n(3)]
    pub term: Option<String>,
    /// `utm_content`.
    #[n(4)]
    pub content: Option<String>,
    /// Referrer URL.
    #[n(5)]
    pub referrer: Option<String>,
    /// Landing page URL.
    #[n(6)]
    pub landing_page: Option<String>,
    /// Click ids by parameter name, such as `gclid`.
    #[n(7)]
    pub click_ids: Option<Vec<(String, String)>>,
}

/// A place on earth.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Place {
    /// ISO 3166-1 alpha-2 in upper case.
    #[n(0)]
    pub country: Option<String>,
    /// ISO 3166-2 subdivision code without its country, or a name.
    #[n(1)]
    pub region: Option<String>,
    /// City name.
    #[n(2)]
    pub city: Option<String>,
}

/// What a browser says of itself beside the user agent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ClientHints {
    /// Brands with versions, best first.
    #[n(0)]
    pub brands: Option<Vec<(String, String)>>,
    /// Whether it is a mobile device.
    #[n(1)]
    pub mobile: Option<bool>,
    /// Device model.
    #[n(2)]
    pub model: Option<String>,
    /// Operating system.
    #[n(3)]
    pub platform: Option<String>,
    /// Its version.
    #[n(4)]
    pub platform_version: Option<String>,
}

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

/// Names of native events (EVENTS.md). Any other name is a custom event.
pub mod names {
    /// A page was seen.
    pub const PAGE_VIEW: &str = "page_view";
    /// The page is still open. Opens no visit and extends none.
    pub const PING: &str = "ping";
    /// A client began a visit of its own. Opens visits and brings a source and landing page, but nobody did anything.
    pub const VISIT_START: &str = "visit_start";
    /// A page was scrolled.
    pub const SCROLL: &str = "scroll";
    /// A list of products was seen.
    pub const VIEW_ITEM_LIST: &str = "view_item_list";
    /// A product was chosen from a list.
    pub const SELECT_ITEM: &str = "select_item";
    /// A product was seen.
    pub const VIEW_ITEM: &str = "view_item";
    /// Products went into the cart.
    pub const ADD_TO_CART: &str = "add_to_cart";
    /// Products left the cart.
    pub const REMOVE_FROM_CART: &str = "remove_from_cart";
    /// The cart was looked at.
    pub const VIEW_CART: &str = "view_cart";
    /// The whole cart as it now is.
    pub const CART_UPDATE: &str = "cart_update";
    /// Checkout began.
    pub const BEGIN_CHECKOUT: &str = "begin_checkout";
    /// Shipping was chosen.
    pub const ADD_SHIPPING_INFO: &str = "add_shipping_info";
    /// Payment was chosen.
    pub const ADD_PAYMENT_INFO: &str = "add_payment_info";
    /// An order was placed.
    pub const PURCHASE: &str = "purchase";
    /// An order was corrected.
    pub const ORDER_UPDATE: &str = "order_update";
    /// An order's status changed.
    pub const ORDER_STATUS: &str = "order_status";
    /// Money was given back.
    pub const REFUND: &str = "refund";
    /// A promotion was seen.
    pub const VIEW_PROMOTION: &str = "view_promotion";
    /// A promotion was chosen.
    pub const SELECT_PROMOTION: &str = "select_promotion";
    /// The site was searched.
    pub const SEARCH: &str = "search";
    /// A customer signed in.
    pub const LOGIN: &str = "login";
    /// A customer signed up.
    pub const SIGN_UP: &str = "sign_up";
    /// A visitor said who they are.
    pub const IDENTIFY: &str = "identify";
    /// A new anonymous visitor from here on.
    pub const RESET: &str = "reset";
    /// An element was clicked; with `properties.outbound` a link to another site.
    pub const CLICK: &str = "click";
    /// A file was downloaded.
    pub const FILE_DOWNLOAD: &str = "file_download";
    /// A form was begun.
    pub const FORM_START: &str = "form_start";
    /// A form field was filled.
    pub const FORM_FIELD: &str = "form_field";
    /// A form was sent.
    pub const FORM_SUBMIT: &str = "form_submit";
    /// A mail was opened. Opens no visit and extends none: nobody was at the shop.
    pub const EMAIL_OPEN: &str = "email_open";
    /// A goal was reached.
    pub const GOAL: &str = "goal";
}

/// Marks on a hit.
pub mod flags {
    /// A text was cut to its limit.
    pub const TRUNCATED: u32 = 1;
    /// A number had more decimals than are kept.
    pub const ROUNDED: u32 = 1 << 1;
    /// The client's clock lay more than 24 h ahead; the time was cut back.
    pub const CLAMPED_FUTURE: u32 = 1 << 2;
    /// An order dated outside its window; kept.
    pub const BACKDATED: u32 = 1 << 3;
    /// The client asks for a new visit (Matomo's `new_visit=1`).
    pub const NEW_VISIT: u32 = 1 << 4;
    /// The client asks to count bots (Matomo's `bots=1`).
    pub const COUNT_BOTS: u32 = 1 << 5;
    /// The visitor id is certain (Matomo's `cid`): no other way of recognition may override it.
    pub const FORCED_VISITOR: u32 = 1 << 6;
    /// A value could not be understood and was left out (Matomo's coercions).
    pub const VALUE_DROPPED: u32 = 1 << 7;
    /// Card numbers or secrets were scrubbed.
    pub const SCRUBBED: u32 = 1 << 8;
    /// An id was a placeholder and was refused as an id.
    pub const PLACEHOLDER_ID: u32 = 1 << 9;
    /// The sender's event id was missing and one was made: a retry cannot be recognised.
    pub const NO_EVENT_ID: u32 = 1 << 10;
    /// It carried a signature that is not the site's, or no longer holds: it is as unverified as without one.
    pub const BAD_SIGNATURE: u32 = 1 << 11;
    /// Set by enrichment, never sent: the event belongs to its visit without extending it (a server's).
    pub const ATTACHED: u32 = 1 << 20;
}
