//! Stripe's traps.

use super::*;

fn event(kind: &str, object: &Value) -> Sent {
    let body = json!({"id": "evt_9", "object": "event", "type": kind, "created": ARRIVED, "livemode": true, "data": {"object": object}});
    signed_with("stripe", &[], &body.to_string())
}

#[test]
fn one_purchase_in_several_events_is_one_order() {
    let session = captured("stripe_checkout_session_completed").only();
    let said = order(&session);
    assert_eq!((session.facts.name.as_str(), money(said.total).as_str()), (names::PURCHASE, "49.75"));
    assert_eq!([said.tax, said.shipping, said.discount].map(money), ["8.29", "9.95", "0.00"]);
    assert_eq!(session.person.visitor_id.as_deref(), Some("visitor-42"));
    assert_eq!(session.person.email.as_deref(), Some("example@example.com"));
    assert_eq!(session.person.user_id, None);
    assert_eq!(said.version, None, "the shop's own word stands above Stripe's");
    let paid = captured("stripe_payment_intent_succeeded").hits();
    assert_eq!(money(order(&paid[0]).total), "49.75");
    assert_eq!(
        (paid[1].facts.name.as_str(), order(&paid[1]).status),
        (names::ORDER_STATUS, Some(OrderStatus::Confirmed))
    );
    assert_eq!(paid[1].facts.order.as_ref().unwrap().order_id, paid[0].facts.order.as_ref().unwrap().order_id);
    assert_ne!(paid[0].facts.event_id, paid[1].facts.event_id);
    let ids = |hit: &Hit| order(hit).order_id.clone();
    assert_eq!((ids(&session), ids(&paid[0])), ("stripe:pi_1".to_owned(), "stripe:pi_1".to_owned()));
}

#[test]
fn tests_are_marked_and_never_join_an_order_of_the_shop() {
    let test = captured("stripe_checkout_session_completed").only();
    assert_eq!((order(&test).test, order(&test).order_id.as_str()), (Some(true), "stripe:pi_1"));
    assert_eq!(captured("stripe_checkout_session_expired").unread(), "nothing");
    let live = event(
        "payment_intent.succeeded",
        &json!({"id": "pi_1", "amount": 100, "currency": "eur", "metadata": {"order_id": "1001"}}),
    );
    let hits = live.hits();
    assert_eq!((order(&hits[0]).test, order(&hits[0]).order_id.as_str()), (None, "1001"));
    assert_eq!(aliases(&hits[0]), ["stripe:pi_1", "pi_1"]);
}

#[test]
fn minor_units_are_the_currencys_own() {
    for (currency, units, total) in [
        ("eur", 4975, "49.75"),
        ("jpy", 4975, "4975.00"),
        ("KRW", 1, "1.00"),
        ("kwd", 4975, "4.975"),
        ("isk", 500_000, "5000.00"),
        ("ugx", 500_000, "5000.00"),
    ] {
        let hits =
            event("payment_intent.succeeded", &json!({"id": "pi_1", "amount_received": units, "currency": currency}))
                .hits();
        assert_eq!(money(order(&hits[0]).total), total, "{currency}");
    }
}

#[test]
fn cumulative_refunds_are_told_apart() {
    let first = captured("stripe_charge_refunded_partial").only();
    let refund = first.facts.refund.as_ref().unwrap();
    assert_eq!((money(refund.amount).as_str(), refund.refund_id.as_deref()), ("19.90", None));
    let own = captured("stripe_refund_created").only();
    let refund = own.facts.refund.as_ref().unwrap();
    assert_eq!((money(refund.amount).as_str(), refund.refund_id.as_deref()), ("19.90", Some("re_1")));
    assert_eq!((refund.order_id.as_str(), refund.reason.as_deref()), ("stripe:pi_1", Some("requested_by_customer")));

    let charge = |before: Value| {
        let body = json!({"id": "evt_2", "type": "charge.refunded", "created": ARRIVED, "livemode": true,
            "data": {"object": {"id": "ch_1", "payment_intent": "pi_1", "amount_refunded": 3000, "currency": "eur"},
                "previous_attributes": before}});
        signed_with("stripe", &[], &body.to_string())
    };
    assert_eq!(money(charge(json!({"amount_refunded": 1990})).only().facts.refund.unwrap().amount), "10.10");
    assert_eq!(charge(json!({"amount_refunded": 3000})).unread(), "nothing");
    assert_eq!(charge(json!({})).unread(), "refund.difference_unknown");

    let listed = json!({"id": "ch_1", "payment_intent": "pi_1", "amount_refunded": 3000, "currency": "eur", "refunds": {"data": [
        {"id": "re_2", "amount": 1010, "currency": "eur", "charge": "ch_1", "payment_intent": "pi_1", "status": "succeeded"},
        {"id": "re_1", "amount": 1990, "currency": "eur", "charge": "ch_1", "payment_intent": "pi_1", "status": "succeeded", "created": 1_795_229_997},
        {"id": "re_0", "amount": 5, "currency": "eur", "charge": "ch_1", "status": "failed"},
    ]}});
    let hits = event("charge.refunded", &listed).hits();
    let amounts: Vec<String> = hits.iter().map(|h| money(h.facts.refund.as_ref().unwrap().amount)).collect();
    assert_eq!(amounts, ["10.10", "19.90"]);
    assert_eq!(hits[1].facts.event_id, own.facts.event_id, "the same refund is the same event");
}

#[test]
fn a_refund_counts_once_its_money_is_on_its_way() {
    for (kind, status, verdict) in [
        ("refund.created", "pending", "nothing"),
        ("refund.failed", "failed", "nothing"),
        ("refund.updated", "canceled", "nothing"),
        ("refund.updated", "succeeded", "refund"),
        ("charge.refund.updated", "succeeded", "refund"),
    ] {
        let sent =
            event(kind, &json!({"id": "re_1", "amount": 5, "currency": "eur", "charge": "ch_1", "status": status}));
        let found = if verdict == "refund" { sent.only().facts.name } else { sent.unread() };
        assert_eq!(found, verdict, "{kind} {status}");
    }
}

#[test]
fn a_payment_that_comes_in_later() {
    let session = json!({"id": "cs_1", "mode": "payment", "payment_intent": "pi_1", "payment_status": "unpaid",
        "amount_total": 4975, "currency": "eur", "metadata": {"order_id": "1001", "_pk_id": "3ca066282dd0a4c5.1772445600."}});
    let open = event("checkout.session.completed", &session).only();
    assert_eq!(order(&open).status, Some(OrderStatus::Pending));
    assert_eq!(open.person.visitor_id.as_deref(), Some("3ca066282dd0a4c5"));
    assert_eq!(aliases(&open), ["stripe:pi_1", "stripe:cs_1", "pi_1", "cs_1"]);
    let settled = event("checkout.session.async_payment_succeeded", &session).hits();
    assert_eq!((order(&settled[0]).status, order(&settled[1]).status), (None, Some(OrderStatus::Confirmed)));
    assert!(order(&settled[1]).version.is_some(), "a status is dated, so it stands above the purchase's");
    let failed = event("checkout.session.async_payment_failed", &session).only();
    assert_eq!(order(&failed).status, Some(OrderStatus::Failed));
    let cancelled = event("payment_intent.canceled", &json!({"id": "pi_1"})).only();
    assert_eq!(order(&cancelled).status, Some(OrderStatus::Cancelled));
}

#[test]
fn an_expired_checkout_is_a_cart() {
    let object = json!({"id": "cs_1", "amount_subtotal": 3980, "amount_total": 4975, "currency": "eur", "created": ARRIVED - 86_400,
        "customer_details": {"email": "a@example.com"}, "after_expiration": {"recovery": {"url": "https://buy.stripe.com/r/1"}},
        "line_items": {"data": [{"description": "Lux", "quantity": 2, "amount_subtotal": 3980, "price": {"id": "price_1", "product": "prod_1"}}]}});
    let hit = event("checkout.session.expired", &object).only();
    assert_eq!((hit.facts.name.as_str(), hit.facts.cart_id.as_deref()), (names::CART_UPDATE, Some("cs_1")));
    assert_eq!(money(hit.facts.cart.as_ref().unwrap().value), "39.80");
    assert_eq!(hit.person.recovery_url.as_deref(), Some("https://buy.stripe.com/r/1"));
    assert_eq!(lines(&hit), ["prod_1 19.90x2"]);
    assert_eq!(hit.facts.occurred_at.seconds(), ARRIVED - 86_400);
}

#[test]
fn the_payment_of_a_subscription_is_its_invoice() {
    let invoice = json!({"id": "in_1", "total": 2000, "amount_paid": 2000, "currency": "eur", "customer_email": "a@example.com",
        "total_taxes": [{"amount": 333}], "payments": {"data": [{"payment": {"payment_intent": "pi_7"}}]},
        "lines": {"data": [{"amount": 1667, "quantity": 1, "description": "Plan", "pricing": {"price_details": {"product": "prod_7"}}}]}});
    for kind in ["invoice.paid", "invoice.payment_succeeded"] {
        let hit = event(kind, &invoice).only();
        assert_eq!((order(&hit).order_id.as_str(), money(order(&hit).tax).as_str()), ("stripe:in_1", "3.33"));
        assert_eq!(aliases(&hit), ["stripe:pi_7", "pi_7"]);
        assert_eq!(lines(&hit), ["prod_7 16.67x1"]);
    }
    let payment = json!({"id": "pi_7", "amount": 2000, "currency": "eur", "description": "Subscription update"});
    assert_eq!(event("payment_intent.succeeded", &payment).unread(), "nothing");
    let payment = json!({"id": "pi_7", "amount": 2000, "currency": "eur", "description": "Subscription update", "invoice": "in_1"});
    assert_eq!(order(&event("payment_intent.succeeded", &payment).hits()[0]).order_id, "stripe:in_1");
    assert_eq!(event("invoice.paid", &json!({"id": "in_2", "total": 0, "currency": "eur"})).unread(), "nothing");
    let prorated = json!({"id": "in_3", "total": 500, "currency": "eur", "lines": {"data": [{"amount": 1000, "description": "Up"}, {"amount": -500, "description": "Down"}]}});
    assert_eq!(event("invoice.paid", &prorated).only().facts.items, None);
    assert_eq!(order(&event("invoice.voided", &json!({"id": "in_1"})).only()).status, Some(OrderStatus::Cancelled));
}

#[test]
fn what_else_stripe_sends() {
    let thin = r#"{"id":"evt_1","object":"v2.core.event","type":"v1.billing.meter.error_report_triggered"}"#;
    assert_eq!(signed_with("stripe", &[], thin).unread(), "event.thin");
    for other in ["customer.created", "charge.dispute.created", "payment_intent.payment_failed", "payout.paid", ""] {
        assert_eq!(event(other, &json!({"id": "x_1"})).unread(), "nothing", "{other}");
    }
    assert_eq!(event("charge.succeeded", &json!({"id": "ch_1", "captured": false})).unread(), "nothing");
    assert_eq!(event("checkout.session.completed", &json!({"id": "cs_1", "mode": "setup"})).unread(), "nothing");
}
