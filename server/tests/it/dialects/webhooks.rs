//! The trip where a platform's webhooks tell the order: the shop's pages tell what the visitor did before.

use super::{PRODUCTS, Told, Trip, WEBHOOK_SECRET, native};
use base64::Engine;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};

pub(super) const SHOPIFY: Trip = Trip { dialect: "shopify", setting: "", requests: shopify, lacks: &[] };

/// WooCommerce's webhooks say how much was given back, and not of what.
pub(super) const WOOCOMMERCE: Trip =
    Trip { dialect: "woocommerce", setting: "", requests: woocommerce, lacks: &["units_returned"] };

/// Stripe knows no products: the lines are those that the page told.
pub(super) const STRIPE: Trip = Trip { dialect: "stripe", setting: "", requests: stripe, lacks: &["units_returned"] };

fn mac(parts: &[&str]) -> Vec<u8> {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(WEBHOOK_SECRET.as_bytes()).expect("any key will do");
    for part in parts {
        mac.update(part.as_bytes());
    }
    mac.finalize().into_bytes().to_vec()
}

/// Returns a webhook as its platform signs it.
pub(crate) fn signed(platform: &str, key: &str, topic: &str, delivery: &str, body: &Value) -> Told {
    signed_at("1772447400", platform, key, topic, delivery, body)
}

/// Returns a webhook as its platform signs it at `at`, in seconds since 1970.
pub(crate) fn signed_at(at: &str, platform: &str, key: &str, topic: &str, delivery: &str, body: &Value) -> Told {
    let target = format!("/v1/webhooks/{platform}/{key}");
    let text = body.to_string();
    let base64 = || base64::engine::general_purpose::STANDARD.encode(mac(&[&text]));
    match platform {
        "shopify" => {
            let own = base64();
            let topic = ("X-Shopify-Topic", topic);
            let delivery = ("X-Shopify-Webhook-Id", delivery);
            Told::json(&target, &[topic, delivery, ("X-Shopify-Hmac-SHA256", &own)], body)
        }
        "woocommerce" => {
            let own = base64();
            Told::json(&target, &[("X-WC-Webhook-Topic", topic), ("X-WC-Webhook-Signature", &own)], body)
        }
        _ => {
            let hex = mac(&[at, ".", &text]).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
            Told::json(&target, &[("Stripe-Signature", &format!("t={at},v1={hex}"))], body)
        }
    }
}

/// What the shop's page tells without the order.
fn page(key: &str) -> Told {
    let mut page = native::page(key);
    let events = page["events"].as_array_mut().expect("the page has events");
    events.retain(|event| event["name"] != "purchase");
    Told::json("/v1/collect", &[], &page)
}

fn shopify(_: &str, key: &str) -> Vec<Told> {
    let lines: Vec<Value> = (0..)
        .zip(PRODUCTS)
        .map(|(n, (sku, name, price, quantity))| json!({"id": n, "sku": sku, "title": name, "price": price, "quantity": quantity}))
        .collect();
    let order = |status: &str, minute: u32| {
        json!({"id": 820_982_911_946_154_500_u64, "order_number": 1001, "name": "#1001", "financial_status": status, "test": false,
            "created_at": "2026-03-02T11:10:00+01:00", "updated_at": format!("2026-03-02T11:{minute}:00+01:00"),
            "currency": "EUR", "total_price": "194.00", "total_tax": "31.50", "total_discounts": "17.50", "taxes_included": false,
            "total_shipping_price_set": {"shop_money": {"amount": "5.00", "currency_code": "EUR"}},
            "note_attributes": [{"name": "visitor_id", "value": "v1"}], "line_items": lines, "refunds": []})
    };
    let refund = json!({"id": 9, "order_id": 820_982_911_946_154_500_u64, "created_at": "2026-03-02T11:20:00+01:00",
        "refund_line_items": [{"quantity": 1, "subtotal": "4.17", "total_tax": "0.83", "line_item_id": 2,
            "line_item": {"id": 2, "sku": "S3", "title": "Sock", "price": "5.00", "quantity": 3}}],
        "transactions": [{"kind": "refund", "status": "success", "amount": "5.00", "currency": "EUR"}]});
    let mut refunded = order("partially_refunded", 20);
    refunded["refunds"] = json!([refund]);
    vec![
        page(key),
        signed("shopify", key, "refunds/create", "w3", &refund),
        signed("shopify", key, "orders/paid", "w2", &order("paid", 10)),
        signed("shopify", key, "orders/create", "w1", &order("pending", 10)),
        signed("shopify", key, "orders/create", "w1", &order("pending", 10)),
        signed("shopify", key, "orders/updated", "w4", &refunded),
    ]
}

fn woocommerce(_: &str, key: &str) -> Vec<Told> {
    // A tenth off every line.
    let totals = [("40.00", "36.00"), ("120.00", "108.00"), ("15.00", "13.50")];
    let lines: Vec<Value> = PRODUCTS
        .iter()
        .zip(totals)
        .map(|((sku, name, _, quantity), (subtotal, total))| {
            json!({"sku": sku, "name": name, "quantity": quantity, "subtotal": subtotal, "total": total, "product_id": 1})
        })
        .collect();
    let order = |modified: &str, refunds: Value| {
        json!({"id": 1001, "number": "1001", "status": "processing", "currency": "EUR", "prices_include_tax": true,
            "date_created_gmt": "2026-03-02T10:10:00", "date_modified_gmt": modified, "created_via": "checkout",
            "total": "194.00", "total_tax": "31.50", "shipping_total": "5.00", "discount_total": "17.50",
            "meta_data": [{"key": "visitor_id", "value": "v1"}], "line_items": lines, "refunds": refunds})
    };
    let refunded = order("2026-03-02T10:20:00", json!([{"id": 1002, "reason": "", "total": "-5.00"}]));
    vec![
        page(key),
        Told {
            method: "POST",
            target: format!("/v1/webhooks/woocommerce/{key}"),
            headers: vec![("Content-Type", "application/x-www-form-urlencoded".to_owned())],
            body: "webhook_id=7".to_owned(),
        },
        signed("woocommerce", key, "order.updated", "", &refunded),
        signed("woocommerce", key, "order.created", "", &order("2026-03-02T10:10:00", json!([]))),
        signed("woocommerce", key, "order.updated", "", &refunded),
    ]
}

fn stripe(_: &str, key: &str) -> Vec<Told> {
    let event = |id: &str, kind: &str, object: Value, before: Value| {
        let body = json!({"id": id, "object": "event", "type": kind, "created": 1_772_446_200, "livemode": true,
            "data": {"object": object, "previous_attributes": before}});
        signed("stripe", key, "", "", &body)
    };
    let session = json!({"id": "cs_1", "object": "checkout.session", "mode": "payment", "payment_status": "paid",
        "payment_intent": "pi_1", "amount_total": 19_400, "currency": "eur", "client_reference_id": "v1",
        "total_details": {"amount_discount": 1750, "amount_shipping": 500, "amount_tax": 3150}, "metadata": {"order_id": "1001"}});
    let payment =
        json!({"id": "pi_1", "amount": 19_400, "amount_received": 19_400, "currency": "eur", "latest_charge": "ch_1"});
    let charge = json!({"id": "ch_1", "amount": 19_400, "amount_captured": 19_400, "amount_refunded": 500, "captured": true,
        "currency": "eur", "payment_intent": "pi_1"});
    let refund = json!({"id": "re_1", "amount": 500, "currency": "eur", "charge": "ch_1", "payment_intent": "pi_1",
        "status": "succeeded", "created": 1_772_446_800});
    vec![
        Told::json("/v1/collect", &[], &native::page(key)),
        event("evt_4", "charge.refunded", charge.clone(), json!({"amount_refunded": 0})),
        event("evt_5", "refund.created", refund, Value::Null),
        event("evt_2", "payment_intent.succeeded", payment, Value::Null),
        event("evt_1", "checkout.session.completed", session.clone(), Value::Null),
        event("evt_1", "checkout.session.completed", session, Value::Null),
        event("evt_3", "charge.succeeded", charge, Value::Null),
    ]
}
