//! The signature by which a browser's order proves that the shop's own page printed it.
//!
//! `<expires>.<hex>`, where hex is HMAC-SHA256 with the site's signing secret over
//! `site|transaction_id|currency|value as text|expires`. A wrong or expired one leaves the order unverified, no more.

use crate::book::BookSite;
use crate::person::hex;
use commerce::time::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// What a signature covers, as the sender wrote it.
#[derive(Debug, Default)]
pub(super) struct Signed<'a> {
    pub(super) order_id: &'a str,
    pub(super) currency: &'a str,
    pub(super) value: &'a str,
}

/// Says whether `signature` is the site's own over `signed` and still holds at `now`.
pub(super) fn is_valid(site: &BookSite, signed: &Signed<'_>, signature: &str, now: Timestamp) -> bool {
    let Some((expires, given)) = signature.trim().split_once('.') else { return false };
    if site.signing_secret.is_empty() || !expires.parse().is_ok_and(|expires: i64| expires >= now.seconds()) {
        return false;
    }
    // The page may name its site by number or by key, whichever it has at hand.
    let by_number = make(site, &site.id.to_string(), signed, expires);
    let by_key = make(site, &site.collect_key, signed, expires);
    let given = given.to_ascii_lowercase();
    (given.as_bytes().ct_eq(by_number.as_bytes()) | given.as_bytes().ct_eq(by_key.as_bytes())).into()
}

/// Returns the signature's hex part.
fn make(site: &BookSite, named: &str, signed: &Signed<'_>, expires: &str) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(site.signing_secret.as_bytes()).expect("HMAC takes keys of any length");
    for (i, part) in [named, signed.order_id, signed.currency, signed.value, expires].into_iter().enumerate() {
        if i > 0 {
            mac.update(b"|");
        }
        mac.update(part.as_bytes());
    }
    hex(&mac.finalize().into_bytes())
}
