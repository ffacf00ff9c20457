//! One file per dialect: pure functions from a request to hits, and the answer that dialect's client expects.
//!
//! Foreign words end here. A dialect sees the request as plain data and the site book; it reads no clock, draws no
//! randomness and keeps nothing.

use crate::book::SiteBook;
use commerce::hit::Hit;
use commerce::ids::{EventId, SiteId};
use commerce::record::{DropReason, Quarantined};
use commerce::time::Timestamp;
use std::net::IpAddr;

pub mod ahoy;
mod caps;
pub mod countly;
pub mod emarsys;
pub(crate) mod foreign;
pub mod ga4;
pub mod heap;
pub mod matomo;
pub mod mixpanel;
pub mod native;
#[cfg(test)]
mod replay;
pub mod segment;
pub mod snowplow;
pub mod webhooks;
mod wire;

/// A request as a dialect sees it: already within the limits, already decompressed.
pub struct Request<'a> {
    /// HTTP method in upper case.
    pub method: &'a str,
    /// Path.
    pub path: &'a str,
    /// Raw query string without its question mark; empty for none.
    pub query: &'a str,
    /// Headers.
    pub headers: &'a http::HeaderMap,
    /// Body, decompressed.
    pub body: &'a [u8],
    /// When it arrived.
    pub received_at: Timestamp,
    /// The client's address, taken from trusted proxies' headers where there are any.
    pub client_ip: IpAddr,
    /// Sites, tokens, salts.
    pub book: &'a SiteBook,
    /// Returns a fresh event id for clients that send none.
    pub new_id: &'a dyn Fn() -> EventId,
}

/// What one item of a request turned out to be.
#[derive(Debug)]
pub enum Outcome {
    /// Accepted.
    Hit(Box<Hit>),
    /// Kept with its reason.
    Quarantined(Quarantined),
    /// Valid, and not counted.
    Excluded {
        /// The site.
        site: SiteId,
        /// Why.
        reason: DropReason,
    },
}

/// What a dialect made of a request: what to write, and what to answer once it is safe.
#[derive(Debug)]
pub struct Reading {
    /// The items, in order. They are appended in one group; the answer leaves after their fsync.
    pub outcomes: Vec<Outcome>,
    /// The answer. If the items cannot be made safe, 503 is sent in its place.
    pub answer: Answer,
    /// Client address an item claims (`cip` with a token), by index of the item; the place and the fingerprint are
    /// resolved from it in place of the request's.
    pub claimed_ips: Vec<(usize, IpAddr)>,
}

/// An answer in a dialect's own form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers beside those that every answer of the collector has.
    pub headers: Vec<(&'static str, String)>,
    /// Body.
    pub body: Vec<u8>,
}

/// Returns the token of the header `Authorization: Bearer`, `None` if there is none.
pub fn bearer_token(headers: &http::HeaderMap) -> Option<&str> {
    let value = headers.get(http::header::AUTHORIZATION)?.to_str().ok()?.trim();
    let (scheme, token) = value.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty()).then(|| token.trim())
}
