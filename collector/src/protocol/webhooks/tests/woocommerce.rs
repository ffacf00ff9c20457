//! WooCommerce's traps.

use super::*;

fn topic(topic: &str, body: &Value) -> Sent {
    signed_with("woocommerce", &[("x-wc-webhook-topic", topic), ("x-wc-webhook-delivery-id", "d1")], &body.to_string())
}

#[test]
fn an_order_is_read_in_full() {
    let hit = captured("woo_order_created").only();
    let said = order(&hit);
    assert_eq!((hit.facts.name.as_str(), said.order_id.as_str()), (names::PURCHASE, "727"));
    assert_eq!(aliases(&hit), ["woocommerce:727", "stripe:pi_1"]);
    assert_eq!([said.total, said.tax, said.shipping, said.discount].map(money), ["49.75", "8.29", "8.29", "0.00"]);
    // How the shop enters prices says nothing of the lines, which are without tax.
    assert_eq!((said.prices_include_tax, lines(&hit)), (Some(false), vec!["SKU-1 16.585x2".to_owned()]));
    assert_eq!((said.status, said.sales_channel.as_deref()), (Some(OrderStatus::Confirmed), Some("web")));
    assert_eq!(hit.facts.occurred_at.to_string(), "2026-11-21T03:00:00Z");
    assert_eq!((hit.person.user_id.as_deref(), hit.person.email.as_deref()), (Some("42"), Some("a@example.com")));
    assert_eq!(hit.facts.attribution.unwrap().source.as_deref(), Some("google"));
}

#[test]
fn the_ping_is_answered_though_nobody_signed_it() {
    let ping = captured("woo_ping");
    for secrets in [Vec::new(), vec![SECRET.to_owned()]] {
        let reading = Sent { secrets, ..ping.clone() }.read().unwrap();
        assert_eq!((reading.answer.status, reading.outcomes.len()), (200, 0));
    }
    for body in ["webhook_id=", "webhook_id=7&x=1", "{}"] {
        let sent = Sent { body: body.as_bytes().to_vec(), secrets: vec![SECRET.to_owned()], ..ping.clone() };
        assert_eq!(refused_as(&sent), (401, "signature.missing".to_owned()), "{body}");
    }
}

#[test]
fn every_status() {
    for (status, paid, on_placed, on_paid) in [
        ("pending", false, "pending", "pending"),
        ("on-hold", false, "confirmed", "pending"),
        ("processing", false, "confirmed", "confirmed"),
        ("wc-completed", true, "confirmed", "confirmed"),
        ("refunded", true, "confirmed", "confirmed"),
        ("cancelled", false, "cancelled", "cancelled"),
        ("failed", false, "failed", "failed"),
        ("shipped", true, "confirmed", "confirmed"),
        ("quote", false, "confirmed", "pending"),
    ] {
        let mut body = json!({"id": 7, "status": status, "total": "5.00"});
        if paid {
            body["date_paid_gmt"] = json!("2026-11-21T03:00:05");
        }
        let sent = topic("order.updated", &body);
        let found = |sent: &Sent| format!("{:?}", order(&sent.only()).status.unwrap()).to_lowercase();
        assert_eq!(found(&sent), on_placed, "{status}");
        assert_eq!(found(&Sent { settings: vec![("count_orders_on", "paid")], ..sent }), on_paid, "{status}");
    }
    assert_eq!(topic("order.created", &json!({"id": 7, "status": "checkout-draft"})).unread(), "nothing");
}

#[test]
fn discounts_fees_and_prices_that_do_not_divide() {
    let body = json!({"id": 7, "number": "WC-7", "status": "processing", "currency": "EUR", "total": "20.00", "discount_total": "2.00",
        "customer_id": 0, "fee_lines": [{"total": "3.00"}, {"total": "-1.00"}],
        "line_items": [{"sku": "", "product_id": 93, "variation_id": 0, "name": "Lux", "quantity": 3, "subtotal": "10.00", "total": "8.00", "price": 2.666_666_666_7}]});
    let hit = topic("order.created", &body).only();
    let said = order(&hit);
    assert_eq!([said.fees, said.discount].map(money), ["3.00", "3.00"]);
    assert_eq!((said.order_id.as_str(), aliases(&hit)), ("WC-7", vec!["woocommerce:7", "7"]));
    let item = &hit.facts.items.as_ref().unwrap()[0];
    assert_eq!((item.sku.as_str(), money(item.discount).as_str()), ("93", "2.00"));
    assert_eq!(item.price.unwrap().times(item.quantity(), 2).to_string(), "10.00");
    assert_eq!(hit.person.user_id, None);
}

#[test]
fn refunds_come_with_the_order_and_count_once() {
    let body = |modified: &str, refunds: Value| json!({"id": 727, "number": "727", "status": "processing", "total": "49.75", "date_modified_gmt": modified, "refunds": refunds});
    let first =
        topic("order.updated", &body("2026-11-21T04:00:00", json!([{"id": 9, "reason": "broken", "total": "-19.90"}])))
            .hits();
    let refund = first[1].facts.refund.as_ref().unwrap();
    assert_eq!((money(refund.amount).as_str(), refund.refund_id.as_deref()), ("19.90", Some("9")));
    assert_eq!((refund.order_id.as_str(), refund.reason.as_deref()), ("woocommerce:727", Some("broken")));
    let both = json!([{"id": 9, "reason": "broken", "total": "-19.90"}, {"id": 10, "reason": "", "total": "-5.00"}, {"id": 11, "total": "0.00"}]);
    let later = topic("order.updated", &body("2026-11-21T05:00:00", both)).hits();
    assert_eq!(later.len(), 3);
    assert_eq!(later[1].facts.event_id, first[1].facts.event_id);
    assert!(order(&later[0]).version > order(&first[0]).version);
}

#[test]
fn money_that_cannot_be_read_is_kept_aside() {
    for (body, reason) in [
        (json!({"id": 7, "status": "processing", "total": "lots"}), "price.not_a_number"),
        (json!({"id": 7, "status": "processing", "total": "-5.00"}), "price.negative"),
        (
            json!({"id": 7, "status": "processing", "line_items": [{"sku": "a", "quantity": 1, "subtotal": "x"}]}),
            "price.not_a_number",
        ),
        (json!({"id": 7, "status": "processing", "currency": "nope"}), "currency.unknown"),
    ] {
        assert_eq!(topic("order.updated", &body).unread(), reason, "{body}");
    }
    let odd = json!({"id": 7, "status": "processing", "total": "5.00", "refunds": [{"id": 9, "total": "-x"}]});
    let reading = topic("order.updated", &odd).read().unwrap();
    assert_eq!((reading.outcomes.len(), refusal(&reading.answer)), (2, "price.not_a_number"));
}

#[test]
fn two_deliveries_of_one_second_are_told_apart_by_their_bodies() {
    let body = |total: &str| json!({"id": 7, "status": "processing", "total": total});
    let id = |sent: Sent| sent.only().facts.event_id;
    assert_ne!(id(topic("order.updated", &body("5.00"))), id(topic("order.updated", &body("6.00"))));
    assert_eq!(id(topic("order.updated", &body("5.00"))), id(topic("order.updated", &body("5.00"))));
}

#[test]
fn orders_are_deleted_and_restored() {
    let gone = topic("order.deleted", &json!({"id": 727})).only();
    assert_eq!(
        (order(&gone).order_id.as_str(), order(&gone).status),
        ("woocommerce:727", Some(OrderStatus::Cancelled))
    );
    let back = json!({"id": 727, "number": "727", "status": "processing", "total": "5.00", "date_modified_gmt": "2026-11-01T04:00:00"});
    let back = Sent { arrived: ARRIVED + 60, ..topic("order.restored", &back) }.hits();
    assert_eq!(order(&back[1]).status, Some(OrderStatus::Confirmed));
    assert!(order(&back[1]).version > order(&gone).version);
}

#[test]
fn what_else_woocommerce_sends() {
    let hit = topic("customer.created", &json!({"id": 42, "email": "a@example.com"})).only();
    assert_eq!((hit.facts.name.as_str(), hit.person.user_id.as_deref()), (names::IDENTIFY, Some("42")));
    for other in ["product.updated", "coupon.created", "action.woocommerce_add_to_cart"] {
        assert_eq!(topic(other, &json!({"id": 1})).unread(), "nothing", "{other}");
    }
}
