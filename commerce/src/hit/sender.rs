//! Who sent a hit: the protocol, the kind of sender, whether it proved who it is, what the visitor consented to.

use minicbor::{Decode, Encode};

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
