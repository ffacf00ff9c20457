//! A hit: what a tracker or server said, already in our words, and not yet believed.
//!
//! It has two halves from the first version on: [`Facts`], which stay for ever, and [`Person`], which points to a
//! human being and can be erased without touching a sale. Both are written to the journal as CBOR maps with numbered
//! optional fields: a field may be added, its number is never reused.

pub mod flags;
pub mod names;
mod sender;
mod statement;

pub use sender::{Consent, Dialect, Origin, Trust};
pub use statement::{CartStatement, GoalStatement, Item, OrderStatement, OrderStatus, RefundStatement, Search};

use crate::ids::{EventId, SiteId};
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
