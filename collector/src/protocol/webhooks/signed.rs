//! Signatures of webhooks: HMAC-SHA256 over the body's own bytes, never over JSON written anew.
//!
//! While one secret replaces another both are known, and either proves the sender. Every comparison takes the same time
//! wherever the texts differ. Only Stripe's scheme says when it was signed, so only there an old one is refused.

use super::{header, secrets};
use crate::book::BookSite;
use crate::protocol::Request;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use commerce::hit::Dialect;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// How old a signature with a time may be, in seconds.
const AGE_S_MAX: i64 = 300;

/// Most signatures that one header may carry.
const SIGNATURES_MAX: usize = 16;

/// Why a webhook is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Forged {
    /// The site has no secret for the platform.
    NoSecret,
    /// It carries no signature of a scheme we know.
    Unsigned,
    /// It was signed too long ago.
    Expired,
    /// No secret of the site makes its signature.
    Wrong,
}

/// Checks the signature of a webhook of `dialect` to `site`.
///
/// # Errors
/// [`Forged`].
pub(super) fn check(dialect: Dialect, request: &Request, site: &BookSite) -> Result<(), Forged> {
    if secrets(site, dialect).next().is_none() {
        return Err(Forged::NoSecret);
    }
    match dialect {
        Dialect::Stripe => check_stripe(request, site),
        Dialect::Shopify => check_base64(request, site, dialect, "x-shopify-hmac-sha256"),
        _ => check_base64(request, site, dialect, "x-wc-webhook-signature"),
    }
}

/// Shopify and WooCommerce: base64 of the HMAC.
fn check_base64(request: &Request, site: &BookSite, dialect: Dialect, name: &str) -> Result<(), Forged> {
    let given = header(request, name).ok_or(Forged::Unsigned)?;
    let given = STANDARD.decode(given).map_err(|_| Forged::Wrong)?;
    let fits = |secret: &str| -> bool { given.ct_eq(&mac(secret, &[request.body])).into() };
    let is_woo = dialect == Dialect::WooCommerce;
    // WooCommerce keeps its secret escaped for HTML and signs with the unescaped text. Whichever was copied will do.
    let unescaped = |secret: &str| is_woo && secret.contains('&') && fits(&htmlize::unescape(secret));
    if secrets(site, dialect).any(|secret| fits(secret) || unescaped(secret)) { Ok(()) } else { Err(Forged::Wrong) }
}

/// Stripe: `t=<unix>,v1=<hex>,v1=<hex>,v0=...`; any `v1` will do, and the HMAC is over `<t>.<body>`.
fn check_stripe(request: &Request, site: &BookSite) -> Result<(), Forged> {
    let given = header(request, "stripe-signature").ok_or(Forged::Unsigned)?;
    let mut at = None;
    let mut signatures = Vec::new();
    for part in given.split(',') {
        match part.trim().split_once('=') {
            Some(("t", text)) => at = Some(text),
            Some(("v1", hex)) if signatures.len() < SIGNATURES_MAX => signatures.push(hex.to_ascii_lowercase()),
            _ => {}
        }
    }
    let at = at.ok_or(Forged::Unsigned)?;
    let seconds: i64 = at.parse().map_err(|_| Forged::Unsigned)?;
    if signatures.is_empty() {
        return Err(Forged::Unsigned);
    }
    let fits = |secret: &str| {
        let own = crate::person::hex(&mac(secret, &[at.as_bytes(), b".", request.body]));
        signatures.iter().fold(false, |found, given| found | bool::from(given.as_bytes().ct_eq(own.as_bytes())))
    };
    if !secrets(site, Dialect::Stripe).any(fits) {
        return Err(Forged::Wrong);
    }
    // Only the past is limited, as in Stripe's own libraries: a clock that is ahead harms nobody.
    let age = request.received_at.seconds().saturating_sub(seconds);
    if age > AGE_S_MAX { Err(Forged::Expired) } else { Ok(()) }
}

pub(super) fn mac(secret: &str, parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.trim().as_bytes()).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}
