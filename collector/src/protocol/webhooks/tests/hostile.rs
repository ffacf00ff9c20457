//! Whatever an authentic sender sends: it is answered 200, and nothing panics.

use super::*;

const TOPICS: &[(&str, &[(&str, &str)])] = &[
    ("shopify", &[("x-shopify-topic", "orders/create")]),
    ("shopify", &[("x-shopify-topic", "orders/updated"), ("x-shopify-webhook-id", "w1")]),
    ("shopify", &[("x-shopify-topic", "orders/delete")]),
    ("shopify", &[("x-shopify-topic", "refunds/create")]),
    ("shopify", &[("x-shopify-topic", "checkouts/update"), ("x-shopify-triggered-at", "yesterday")]),
    ("shopify", &[("x-shopify-topic", "carts/update")]),
    ("shopify", &[("x-shopify-topic", "customers/create")]),
    ("shopify", &[]),
    ("stripe", &[]),
    ("woocommerce", &[("x-wc-webhook-topic", "order.created")]),
    ("woocommerce", &[("x-wc-webhook-topic", "order.restored")]),
    ("woocommerce", &[("x-wc-webhook-topic", "order.deleted")]),
    ("woocommerce", &[("x-wc-webhook-topic", "customer.updated")]),
    ("woocommerce", &[]),
];

fn bodies() -> Vec<String> {
    let mut bodies: Vec<String> = [
        "", " ", "{", "null", "1", "\"x\"", "[]", "[[]]", "{}", "\u{0}", "webhook_id=7", "webhook_id=",
        r#"{"id":{},"data":[],"line_items":{},"refunds":7,"meta_data":"x","note_attributes":{"a":1},"discount_codes":{}}"#,
        r#"{"id":"0","order_number":"undefined","total_price":"NaN","line_items":[[],null,7,{"price":[]}]}"#,
        r#"{"id":1,"total_price":"-5","currency":"nope","updated_at":"never","line_items":[{"sku":"a","quantity":-1}]}"#,
        r#"{"id":1e400}"#,
        r#"{"id":1,"updated_at":"9999-12-31T23:59:59Z","total_price":"99999999999999999999"}"#,
        r#"{"id":727,"status":{},"total":1e99,"line_items":[{"quantity":1e30,"subtotal":"1e5"}],"refunds":[[],{"id":1}]}"#,
        r#"{"id":1,"order_id":2,"transactions":[{}],"refund_line_items":[{"line_item":[]}]}"#,
        r#"{"id":"evt","type":"charge.refunded","created":-1,"data":{"object":{"amount_refunded":"x","refunds":{"data":[{}]}}}}"#,
        r#"{"id":"evt","type":"charge.refunded","data":{"object":{"amount_refunded":9223372036854775807}}}"#,
        r#"{"type":"checkout.session.completed","created":9223372036854775807,"data":{"object":{"amount_total":9223372036854775807,"line_items":{"data":[{"amount_subtotal":1,"quantity":9223372036854775807}]}}}}"#,
        r#"{"type":"invoice.paid","data":{"object":{"id":"in_1","total":"5","lines":{"data":7}}}}"#,
        r#"{"type":"payment_intent.succeeded"}"#,
        r#"{"type":["x"],"data":{"object":null}}"#,
    ]
    .map(str::to_owned)
    .to_vec();
    bodies.push("[".repeat(100_000));
    bodies.push(format!("{{\"id\":\"{}\",\"order_number\":5}}", "9".repeat(100_000)));
    let line = r#"{"sku":"a","price":"1.00","quantity":1}"#;
    bodies.push(format!("{{\"id\":5,\"line_items\":[{}]}}", vec![line; 500].join(",")));
    bodies
}

#[test]
fn nothing_that_is_signed_is_refused() {
    for (platform, headers) in TOPICS {
        for body in bodies() {
            let sent = signed_with(platform, headers, &body);
            let reading = sent.read().unwrap_or_else(|answer| panic!("{platform} {headers:?} {body}: {answer:?}"));
            assert_eq!(reading.answer.status, 200);
            assert!(!reading.outcomes.is_empty() || body.starts_with("webhook_id"), "{platform} {headers:?} {body}");
            for outcome in reading.outcomes {
                if let Outcome::Quarantined(kept) = outcome {
                    assert!(!kept.hint.is_empty() && kept.reason.contains('.'), "{kept:?}");
                }
            }
        }
    }
}

#[test]
fn what_cannot_be_read_is_kept_with_its_reason() {
    let create = [("x-shopify-topic", "orders/create")];
    for (body, reason) in [
        ("{", "event.malformed"),
        ("{}", "order_id.missing"),
        (r#"{"id":"undefined"}"#, "order_id.placeholder"),
        (r#"{"id":5,"total_price":"-5.00"}"#, "price.negative"),
        (r#"{"id":5,"total_price":"lots"}"#, "price.not_a_number"),
        (r#"{"id":5,"currency":"nope"}"#, "currency.unknown"),
        (r#"{"id":5,"line_items":[{"quantity":1}]}"#, "item.id_missing"),
    ] {
        assert_eq!(signed_with("shopify", &create, body).unread(), reason, "{body}");
    }
}
