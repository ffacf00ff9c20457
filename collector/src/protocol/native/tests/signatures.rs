//! Signed orders: what a signature proves, and what it does not.

use super::*;
use crate::sample::SIGNING_SECRET;
use commerce::hit::flags;
use hmac::{Hmac, KeyInit, Mac};

fn sign(text: &str) -> String {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SIGNING_SECRET.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    crate::person::hex(&mac.finalize().into_bytes())
}

/// Returns the signature of order 1001 over 59.90 EUR, which holds for ten minutes.
fn signature() -> String {
    let later = NOW.seconds() + 600;
    format!("{later}.{}", sign(&format!("1|1001|EUR|59.90|{later}")))
}

fn signed(name: &str, signature: &str, fields: &str) -> Hit {
    hit(&format!(
        "{{\"name\":\"{name}\",\"transaction_id\":\"1001\",\"currency\":\"EUR\",\"signature\":\"{signature}\",{fields}}}"
    ))
}

/// Returns the trust of an order, and whether it is marked for its signature.
fn trust(signature: &str, value: &str) -> (Trust, bool) {
    let facts = signed("purchase", signature, &format!("\"value\":{value}")).facts;
    (facts.trust, facts.flags.unwrap_or(0) & flags::BAD_SIGNATURE != 0)
}

#[test]
fn a_signature_proves_a_browser_s_order() {
    let later = NOW.seconds() + 600;
    for (site, value, text) in [("1", "59.90", "59.90"), ("key1", "\"59.90\"", "59.90"), ("1", "59.9", "59.9")] {
        let hex = sign(&format!("{site}|1001|EUR|{text}|{later}"));
        assert_eq!(trust(&format!("{later}.{hex}"), value), (Trust::Verified, false), "{site} {value}");
        assert_eq!(trust(&format!("{later}.{}", hex.to_uppercase()), value), (Trust::Verified, false));
        assert_eq!(trust(&format!("{later}.{hex}"), "5.99"), (Trust::Unverified, true));
        assert_eq!(trust(&format!("{}.{hex}", later + 1), value), (Trust::Unverified, true));
    }
    // The site's currency stands for one that is left out.
    let unsaid = hit(&format!(
        "{{\"name\":\"purchase\",\"transaction_id\":\"1001\",\"value\":\"59.90\",\"signature\":\"{}\"}}",
        signature()
    ));
    assert_eq!(unsaid.facts.trust, Trust::Verified);
}

#[test]
fn a_wrong_or_expired_signature_leaves_the_order_unverified_and_marked() {
    let earlier = NOW.seconds() - 1;
    let expired = format!("{earlier}.{}", sign(&format!("1|1001|EUR|59.90|{earlier}")));
    for signature in [&expired, "x.y", "", "99999999999", &format!("{}.zz", NOW.seconds() + 5)] {
        assert_eq!(trust(signature, "59.90"), (Trust::Unverified, true), "{signature}");
    }
    let without = hit(r#"{"name":"purchase","transaction_id":"1001","value":"59.90"}"#).facts;
    assert_eq!((without.trust, without.flags.unwrap_or(0) & flags::BAD_SIGNATURE), (Trust::Unverified, 0));
}

#[test]
fn a_signed_order_cannot_outrank_the_shop_s_server() {
    let order = |name: &str, fields: &str| signed(name, &signature(), &format!("\"value\":\"59.90\",{fields}"));
    let purchase = order("purchase", "\"version\":999999999");
    assert_eq!((purchase.facts.trust, purchase.facts.order.unwrap().version), (Trust::Verified, None));
    let update = order("order_update", "\"updated_at\":\"2036-01-01T00:00:00Z\"");
    assert_eq!((update.facts.trust, update.facts.order.unwrap().version), (Trust::Verified, Some(NOW.0)));
    // It says what was charged and not what became of the order.
    let status = order("order_status", "\"status\":\"cancelled\"");
    assert_eq!(status.facts.trust, Trust::Unverified);
}
