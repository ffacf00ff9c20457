//! Webhooks of shop platforms and payment providers: Shopify, Stripe, WooCommerce.
//!
//! `/v1/webhooks/{platform}/{collect key}`. A platform proves who it is by a signature over the bytes of the body
//! ([`signed`]); what it says is then read by [`shopify`], [`stripe`] or [`woocommerce`] into native events ([`event`],
//! [`value`]). Platforms switch a webhook off that fails too often, so what is authentic is always answered 200, be it
//! counted, left out, or kept in quarantine. The contracts: `docs/shopify.md`, `docs/stripe.md`, `docs/woocommerce.md`.

mod event;
mod shopify;
mod signed;
mod stripe;
mod value;
mod woocommerce;

use super::foreign::{self, Gathered};
use super::native::Sender;
use super::{Answer, Reading, Request};
use crate::book::BookSite;
use crate::reject::Reject;
use commerce::hit::{Dialect, Origin, Trust};
use commerce::record::DropReason;
use serde_json::{Value, json};
use signed::Forged;

const PATH: &str = "/v1/webhooks/";

/// Returns the dialect whose webhooks `path` takes, `None` if it takes none.
pub(crate) fn dialect_of(path: &str) -> Option<Dialect> {
    let (platform, _) = path.strip_prefix(PATH)?.split_once('/')?;
    Dialect::parse(platform).filter(|d| matches!(d, Dialect::Shopify | Dialect::Stripe | Dialect::WooCommerce))
}

/// Reads a webhook of `dialect`, whatever its method.
///
/// # Errors
/// The answer of a refused request; nothing of it is stored.
pub fn read(dialect: Dialect, request: &Request) -> Result<Reading, Answer> {
    let key = request.path.strip_prefix(PATH).and_then(|rest| rest.split_once('/')).map_or("", |(_, key)| key);
    let key = key.trim_end_matches('/');
    if request.method != "POST" {
        return Err(Reject::MethodNotAllowed("POST").answer());
    }
    let site = request.book.site_named(key).ok_or_else(|| {
        refused(
            404,
            "site.unknown",
            "no site has this collect key",
            "Check the key at the end of the webhook's address.",
        )
    })?;
    if dialect == Dialect::WooCommerce && woocommerce::is_ping(request) {
        return Ok(Gathered::default().answered(received(None)));
    }
    signed::check(dialect, request, site).map_err(forged)?;
    let sender = foreign::sender(request, site, dialect, Origin::Platform, Trust::Verified);
    Ok(read_signed(dialect, request, &sender))
}

/// What a webhook turned out to say.
enum Told {
    /// Native events.
    Events(Vec<Value>),
    /// Nothing that is counted.
    Excluded(DropReason),
    /// Something that cannot be understood: its stable reason, and the remedy.
    Quarantined(&'static str, &'static str),
}

impl Told {
    /// Returns what `events` say; no event is nothing that concerns us.
    fn of(events: Vec<Value>) -> Self {
        if events.is_empty() { Self::Excluded(DropReason::Nothing) } else { Self::Events(events) }
    }
}

/// Reads a webhook whose signature holds.
fn read_signed(dialect: Dialect, request: &Request, sender: &Sender<'_>) -> Reading {
    let mut gathered = Gathered::default();
    let Ok(payload) = serde_json::from_slice::<Value>(request.body) else {
        let text = String::from_utf8_lossy(request.body);
        gathered.quarantine(sender, &text, "event.malformed", "the webhook's body is no JSON object");
        return gathered.answered(received(Some("event.malformed".to_owned())));
    };
    let told = match dialect {
        Dialect::Shopify => shopify::tell(request, sender.site, &payload),
        Dialect::Stripe => stripe::tell(request, &payload),
        _ => woocommerce::tell(request, sender.site, &payload),
    };
    match told {
        Told::Excluded(reason) => {
            gathered.exclude(sender, reason);
            gathered.answered(received(None))
        }
        Told::Quarantined(reason, hint) => {
            gathered.quarantine(sender, &payload.to_string(), reason, hint);
            gathered.answered(received(Some(reason.to_owned())))
        }
        Told::Events(events) => {
            let mut reason = None;
            for event in events {
                if let Err((code, _)) = gathered.add(sender, &event) {
                    reason.get_or_insert(code);
                }
            }
            gathered.answered(received(reason))
        }
    }
}

/// Returns the answer to an authentic webhook; `quarantined` is why it was not understood, if it was not.
fn received(quarantined: Option<String>) -> Answer {
    let mut headers = vec![("Content-Type", "application/json".to_owned())];
    headers.extend(quarantined.map(|reason| ("X-Reject-Reason", reason)));
    Answer { status: 200, headers, body: br#"{"received":true}"#.to_vec() }
}

fn forged(why: Forged) -> Answer {
    let (status, code, message, hint) = match why {
        Forged::NoSecret => (
            403,
            "secret.missing",
            "the site has no secret for this platform",
            "Store the webhook's signing secret: tallyho site secret --site N --dialect NAME.",
        ),
        Forged::Unsigned => {
            (401, "signature.missing", "the webhook is not signed", "Let the platform sign its webhooks with a secret.")
        }
        Forged::Expired => (
            401,
            "signature.expired",
            "the signature is older than five minutes",
            "Check the clocks; a webhook that is sent again is signed anew.",
        ),
        Forged::Wrong => (
            401,
            "signature.wrong",
            "the signature is of none of the site's secrets for this platform",
            "Store the secret that the platform shows for this very webhook.",
        ),
    };
    refused(status, code, message, hint)
}

fn refused(status: u16, code: &'static str, message: &str, hint: &str) -> Answer {
    let headers = vec![("Content-Type", "application/json".to_owned()), ("X-Reject-Reason", code.to_owned())];
    let body = json!({"error": {"code": code, "message": message, "hint": hint}});
    Answer { status, headers, body: body.to_string().into_bytes() }
}

/// Returns the text of the header `name`, `None` if it is not there or empty.
fn header<'a>(request: &Request<'a>, name: &str) -> Option<&'a str> {
    request.headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim).filter(|text| !text.is_empty())
}

/// Returns what tells a body from every other, for deliveries that have no id of their own.
fn digest(body: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    crate::person::hex(&Sha256::digest(body))
}

/// Returns the secrets of `site` for `dialect` that say something.
fn secrets(site: &BookSite, dialect: Dialect) -> impl Iterator<Item = &str> {
    let own = site.dialect_secrets.iter().filter(move |(of, _)| *of == dialect);
    own.map(|(_, secret)| secret.as_str()).filter(|secret| !secret.trim().is_empty())
}

#[cfg(test)]
mod tests;
