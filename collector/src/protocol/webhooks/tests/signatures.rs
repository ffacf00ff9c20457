//! Who is believed.

use super::*;

fn stripe() -> Sent {
    captured("stripe_checkout_session_completed")
}

#[test]
fn the_captures_that_stripes_own_library_rejects() {
    assert_eq!(refused_as(&captured("stripe_sig_bad_body")), (401, "signature.wrong".to_owned()));
    assert_eq!(refused_as(&captured("stripe_sig_v0_only")), (401, "signature.missing".to_owned()));
    assert!(captured("stripe_sig_secret_rotation_two_v1").read().is_ok());
}

#[test]
fn an_old_signature_is_refused_and_one_of_the_future_is_not() {
    for (seconds, verdict) in [(300, "ok"), (301, "signature.expired"), (86_400, "signature.expired"), (-7200, "ok")] {
        let sent = Sent { arrived: 1_795_230_000 + seconds, ..stripe() };
        let found = sent.read().map_or_else(|answer| refusal(&answer).to_owned(), |_| "ok".to_owned());
        assert_eq!(found, verdict, "{seconds}");
    }
    // Whoever has no secret learns nothing about clocks.
    let forged = Sent { arrived: ARRIVED + 9999, secrets: vec!["another".to_owned()], ..stripe() };
    assert_eq!(refused_as(&forged).1, "signature.wrong");
}

#[test]
fn while_one_secret_replaces_another_both_are_good() {
    for name in ["stripe_payment_intent_succeeded", "shopify_orders_create", "woo_order_created"] {
        let sent = captured(name);
        let own = sent.secrets[0].clone();
        let with =
            |secrets: &[&str]| Sent { secrets: secrets.iter().map(|s| (*s).to_owned()).collect(), ..sent.clone() };
        assert!(with(&["newest", &own]).read().is_ok(), "{name}");
        assert!(with(&[&own, "older"]).read().is_ok(), "{name}");
        assert_eq!(refused_as(&with(&["newest", "older"])), (401, "signature.wrong".to_owned()), "{name}");
        assert_eq!(refused_as(&with(&[])), (403, "secret.missing".to_owned()), "{name}");
        assert_eq!(refused_as(&with(&["", "  "])), (403, "secret.missing".to_owned()), "{name}");
        let unsigned = Sent { headers: Vec::new(), ..sent.clone() };
        assert_eq!(refused_as(&unsigned), (401, "signature.missing".to_owned()), "{name}");
    }
}

#[test]
fn only_the_bytes_that_were_signed_count() {
    for name in ["stripe_payment_intent_succeeded", "shopify_orders_create", "woo_order_created"] {
        let sent = captured(name);
        let json: Value = serde_json::from_slice(&sent.body).unwrap();
        let spaced = Sent { body: format!(" {json}").into_bytes(), ..sent };
        assert_eq!(refused_as(&spaced), (401, "signature.wrong".to_owned()), "{name}");
    }
}

#[test]
fn the_secret_of_woocommerce_may_be_copied_escaped_or_not() {
    let sent = captured("woo_order_created");
    assert_eq!(sent.secrets, ["woo\"secret"]);
    assert!(Sent { secrets: vec!["woo&quot;secret".to_owned()], ..sent }.read().is_ok());
}

#[test]
fn odd_signatures_are_only_wrong() {
    for given in ["", "=", "%%%", "AAAA", "t=1", "v1=00", "t=,v1=", "t=x,v1=00", "t=99999999999999999999,v1=00"] {
        for (name, header) in [
            ("stripe_payment_intent_succeeded", "stripe-signature"),
            ("shopify_orders_create", "x-shopify-hmac-sha256"),
            ("woo_order_created", "x-wc-webhook-signature"),
        ] {
            let mut sent = captured(name);
            sent.headers.iter_mut().find(|(n, _)| n == header).unwrap().1 = given.to_owned();
            assert_eq!(refused_as(&sent).0, 401, "{header}: {given}");
        }
    }
}
