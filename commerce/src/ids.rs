//! Ids as newtypes, and the stable 64-bit keys that stand for them in the tables.
//!
//! A key is a hash of a kind, a site and an id's text; the text itself is kept beside it where people need to see it.
//! Keys are scoped to their site, so the same order id on two sites is two keys.

use minicbor::{Decode, Encode};
use xxhash_rust::xxh3::Xxh3;

/// A site's number, 1 and up, as it stands in URLs and in Matomo's `idsite`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct SiteId(#[n(0)] pub u32);

impl std::fmt::Display for SiteId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// The 128-bit id of an event; a retry carries the same one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct EventId(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 16]);

impl EventId {
    /// Returns the id for a client's own text: a UUID as it is, any other text by its hash.
    pub fn from_text(text: &str) -> Self {
        match uuid::Uuid::try_parse(text) {
            Ok(id) => Self(id.into_bytes()),
            Err(_) => Self::derived(&[text.as_bytes()]),
        }
    }

    /// Returns the id that stands for `parts`, for clients that send none; equal parts give equal ids.
    pub fn derived(parts: &[&[u8]]) -> Self {
        let mut hash = Xxh3::new();
        for part in parts {
            hash.update(&(part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Self(hash.digest128().to_be_bytes())
    }
}

impl std::fmt::Debug for EventId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        uuid::Uuid::from_bytes(self.0).fmt(f)
    }
}

impl std::fmt::Display for EventId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        uuid::Uuid::from_bytes(self.0).fmt(f)
    }
}

fn hash(kind: u8, site: SiteId, parts: &[&[u8]]) -> u64 {
    let mut hash = Xxh3::new();
    hash.update(&[kind]);
    hash.update(&site.0.to_le_bytes());
    for part in parts {
        hash.update(&(part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    // Zero is kept free: a table may use it for "none" where a NULL would cost a bitmap.
    hash.digest().max(1)
}

macro_rules! key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u64);
    };
}

key!(
    /// Stands for an event id on a site.
    EventKey
);
key!(
    /// Stands for a browser or device on a site.
    VisitorKey
);
key!(
    /// Stands for a visit. Derived from its first stored event, so a replay gives the same one.
    VisitKey
);
key!(
    /// Stands for an order id on a site.
    OrderKey
);
key!(
    /// Stands for a cart on a site.
    CartKey
);
key!(
    /// Stands for a person whom the shop knows: a user id, else a hashed e-mail.
    CustomerKey
);

impl EventKey {
    /// Returns the key of event `id` on `site`.
    pub fn new(site: SiteId, id: EventId) -> Self {
        Self(hash(1, site, &[&id.0]))
    }
}

impl VisitorKey {
    /// Returns the key of the visitor id `text`, as the client sent it, on `site`.
    pub fn of_visitor_id(site: SiteId, text: &str) -> Self {
        Self(hash(2, site, &[text.as_bytes()]))
    }

    /// Returns the key of a visitor known only by a fingerprint (cookieless id) on `site`.
    pub fn of_fingerprint(site: SiteId, fingerprint: u64) -> Self {
        Self(hash(3, site, &[&fingerprint.to_le_bytes()]))
    }
}

impl VisitKey {
    /// Returns the key of the visit of `visitor` that `first_event` opened.
    pub fn new(site: SiteId, visitor: VisitorKey, first_event: EventKey) -> Self {
        Self(hash(4, site, &[&visitor.0.to_le_bytes(), &first_event.0.to_le_bytes()]))
    }
}

impl OrderKey {
    /// Returns the key of the order id `text` on `site`; ids are trimmed and case-sensitive.
    pub fn new(site: SiteId, text: &str) -> Self {
        Self(hash(5, site, &[text.trim().as_bytes()]))
    }
}

impl CartKey {
    /// Returns the key of the cart id `text` on `site`.
    pub fn of_cart_id(site: SiteId, text: &str) -> Self {
        Self(hash(6, site, &[text.as_bytes()]))
    }

    /// Returns the key of a cart without an id, which `first_event` opened.
    pub fn of_first_event(site: SiteId, first_event: EventKey) -> Self {
        Self(hash(7, site, &[&first_event.0.to_le_bytes()]))
    }
}

impl CustomerKey {
    /// Returns the key of the user id `text` on `site`.
    pub fn of_user_id(site: SiteId, text: &str) -> Self {
        Self(hash(8, site, &[text.as_bytes()]))
    }

    /// Returns the key of a customer known only by a salted e-mail hash (hex).
    pub fn of_email_hash(site: SiteId, hex: &str) -> Self {
        Self(hash(9, site, &[hex.as_bytes()]))
    }
}

/// Returns the key of the client's own visit id `text` on `site`: an alias of our visit.
pub fn visit_alias(site: SiteId, text: &str) -> u64 {
    hash(10, site, &[text.as_bytes()])
}

/// Returns the key of a refund within its order, of its own id or of what else it is known by.
pub fn refund_key(site: SiteId, order: OrderKey, parts: &[&[u8]]) -> u64 {
    let mut all: Vec<&[u8]> = Vec::with_capacity(parts.len() + 1);
    let order = order.0.to_le_bytes();
    all.push(&order);
    all.extend(parts);
    hash(11, site, &all)
}

/// Says whether `text` is one of the placeholders that broken shops send in place of an id.
///
/// Such an id would merge strangers or orders, so it is refused as an id (RULES.md, Identity and Orders).
pub fn is_placeholder(text: &str) -> bool {
    const PLACEHOLDERS: &[&str] = &[
        "null",
        "undefined",
        "none",
        "nil",
        "nan",
        "0",
        "-1",
        "guest",
        "anonymous",
        "unknown",
        "n/a",
        "na",
        "true",
        "false",
        "[object object]",
        "(not set)",
        "not set",
        "test",
        "id",
        "order_id",
        "orderid",
        "user_id",
        "userid",
    ];
    let text = text.trim();
    if text.is_empty() || text.chars().all(|c| matches!(c, '0' | '-')) {
        return true;
    }
    let lower = text.to_ascii_lowercase();
    let template = (lower.starts_with("{{") && lower.ends_with("}}"))
        || (lower.starts_with("{%") && lower.ends_with("%}"))
        || (lower.starts_with("${") && lower.ends_with('}'))
        || (lower.starts_with("<%") && lower.ends_with("%>"));
    template || PLACEHOLDERS.contains(&lower.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_id_on_two_sites_is_two_keys() {
        assert_ne!(OrderKey::new(SiteId(1), "7"), OrderKey::new(SiteId(2), "7"));
        assert_eq!(OrderKey::new(SiteId(1), " 7 "), OrderKey::new(SiteId(1), "7"));
    }

    #[test]
    fn placeholders_are_recognised() {
        for text in
            ["", " ", "0", "-1", "Undefined", "{{order_id}}", "[object Object]", "00000000-0000-0000-0000-000000000000"]
        {
            assert!(is_placeholder(text), "{text:?} should be a placeholder");
        }
        for text in ["1001", "u1", "A-0", "2024-0001", "10"] {
            assert!(!is_placeholder(text), "{text:?} should be an id");
        }
    }

    #[test]
    fn uuids_keep_their_bytes_and_other_ids_are_hashed() {
        let id = EventId::from_text("0192f0c1-2b3c-7d4e-8f50-123456789abc");
        assert_eq!(id.to_string(), "0192f0c1-2b3c-7d4e-8f50-123456789abc");
        assert_eq!(EventId::from_text("a"), EventId::from_text("a"));
        assert_ne!(EventId::from_text("a"), EventId::from_text("b"));
    }
}
