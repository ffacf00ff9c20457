//! Shopify's traps.

use super::*;

fn topic(topic: &str, body: &Value) -> Sent {
    signed_with("shopify", &[("x-shopify-topic", topic)], &body.to_string())
}

#[test]
fn an_order_is_read_in_full() {
    let sent = captured("shopify_orders_create");
    let hit = sent.only();
    let said = order(&hit);
    assert_eq!((hit.facts.name.as_str(), said.order_id.as_str()), (names::PURCHASE, "1001"));
    let ids = ["shopify:820982911946154500", "820982911946154500", "#1001", "bd5a8aa1ecd019dd3520ff791ee3a24c"];
    assert_eq!(aliases(&hit), ids);
    let amounts = [said.total, said.subtotal, said.tax, said.shipping, said.discount].map(money);
    assert_eq!(amounts, ["49.75", "39.80", "8.29", "9.95", "0.00"]);
    assert_eq!((said.prices_include_tax, said.currency.unwrap().code()), (Some(true), "EUR"));
    assert_eq!(lines(&hit), ["SKU-1 19.90x2"]);
    let item = &hit.facts.items.as_ref().unwrap()[0];
    assert_eq!(
        (item.name.as_deref(), item.brand.as_deref(), item.variant.as_deref()),
        (Some("Crème Lux"), Some("Acme"), Some("50ml"))
    );
    assert_eq!(hit.facts.occurred_at.to_string(), "2026-11-21T03:00:00Z");
    assert_eq!(hit.facts.cart_id.as_deref(), Some("c1-abc"));
    assert_eq!(hit.person.visitor_id.as_deref(), Some("3ca06628"));
    assert_eq!(hit.person.user_id.as_deref(), Some("115310627314723950"));
    assert_eq!(hit.person.email.as_deref(), Some("a@example.com"));
    let source = hit.facts.attribution.as_ref().unwrap();
    assert_eq!((source.source.as_deref(), source.medium.as_deref()), (Some("google"), Some("cpc")));
    assert_eq!(
        source.landing_page.as_deref(),
        Some("https://shop.example/products/lux?utm_source=google&utm_medium=cpc")
    );
    assert_eq!(source.referrer.as_deref(), Some("https://www.google.com/"));
    assert_eq!(sent.read().unwrap().claimed_ips, [(0, "203.0.113.9".parse().unwrap())]);
    assert_eq!(hit.person.user_agent.as_deref(), Some("Mozilla/5.0"));
}

#[test]
fn topics_of_one_purchase_share_an_event_id_and_are_told_apart() {
    let create = captured("shopify_orders_create").only();
    let paid = captured("shopify_orders_paid_same_event_id").only();
    assert_ne!(create.facts.event_id, paid.facts.event_id);
    assert_eq!(create.facts.event_id, captured("shopify_orders_create").only().facts.event_id);
    assert_eq!(paid.facts.name, names::ORDER_UPDATE);
    // Both are of one instant: the one that is further has the last word.
    assert!(order(&create).version < order(&paid).version);
}

#[test]
fn a_cancellation_that_does_not_move_updated_at_is_the_latest_word() {
    let versions = ["orders_create", "orders_paid_same_event_id", "orders_updated", "orders_cancelled"]
        .map(|name| order(&captured(&format!("shopify_{name}")).hits()[0]).version.unwrap());
    assert!(versions.is_sorted(), "{versions:?}");
    let cancelled = captured("shopify_orders_cancelled").only();
    assert_eq!(order(&cancelled).status, Some(OrderStatus::Cancelled));
    assert_eq!(order(&cancelled).reason.as_deref(), Some("customer"));
}

#[test]
fn an_order_that_nobody_paid_yet_is_open_where_orders_count_when_paid() {
    let placed = captured("shopify_orders_create");
    assert_eq!(order(&placed.only()).status, Some(OrderStatus::Confirmed));
    let on_paid = Sent { settings: vec![("count_orders_on", "paid")], ..placed };
    assert_eq!(order(&on_paid.only()).status, Some(OrderStatus::Pending));
    let paid = captured("shopify_orders_paid_same_event_id");
    let paid = Sent { settings: vec![("count_orders_on", "paid")], ..paid };
    assert_eq!(order(&paid.only()).status, Some(OrderStatus::Confirmed));
}

#[test]
fn tests_are_marked_and_points_of_sale_are_offline() {
    let body = json!({"id": 5, "order_number": 1005, "test": true, "source_name": "pos", "cart_token": null, "total_price": "5.00"});
    let hit = topic("orders/create", &body).only();
    assert_eq!((order(&hit).test, order(&hit).sales_channel.as_deref()), (Some(true), Some("pos")));
    let notification = [("x-shopify-topic", "orders/create"), ("x-shopify-test", "true")];
    let body = json!({"id": 5, "total_price": "5.00"}).to_string();
    assert_eq!(order(&signed_with("shopify", &notification, &body).only()).test, Some(true));
    let notification = [("x-shopify-topic", "checkouts/create"), ("x-shopify-test", "true")];
    assert_eq!(signed_with("shopify", &notification, &body).unread(), "nothing");
    let body = json!({"id": 5, "test": false, "source_name": "580111", "total_price": "5.00"});
    let hit = topic("orders/create", &body).only();
    assert_eq!((order(&hit).test, order(&hit).sales_channel.as_deref()), (None, None));
    assert_eq!(order(&hit).order_id, "5");
}

fn refund_of(transactions: &Value, lines: &Value) -> Value {
    json!({"id": 509, "order_id": 820, "created_at": "2026-11-21T04:00:00+01:00", "note": "too small",
        "transactions": transactions, "refund_line_items": lines,
        "order_adjustments": [{"kind": "shipping_refund", "amount": "-9.95", "tax_amount": "0.00"}]})
}

#[test]
fn a_refund_is_what_its_transactions_paid_out() {
    let paid = json!([
        {"kind": "refund", "status": "success", "amount": "19.90", "currency": "EUR"},
        {"kind": "refund", "status": "failure", "amount": "7.00", "currency": "EUR"},
        {"kind": "refund", "status": "success", "amount": "9.95", "currency": "EUR"},
    ]);
    let line = json!([{"quantity": 1, "subtotal": 19.9, "total_tax": "3.32", "line_item_id": 1,
        "line_item": {"id": 1, "sku": "SKU-1", "price": "19.90", "quantity": 2}}]);
    let hit = topic("refunds/create", &refund_of(&paid, &line)).only();
    let refund = hit.facts.refund.as_ref().unwrap();
    assert_eq!([refund.amount, refund.tax, refund.shipping].map(money), ["29.85", "3.32", "9.95"]);
    assert_eq!((refund.order_id.as_str(), refund.refund_id.as_deref()), ("shopify:820", Some("509")));
    assert_eq!(lines(&hit), ["SKU-1 19.90x1"]);

    // The order lists the same refund: it is the same event, however often.
    let order = json!({"id": 820, "order_number": 1001, "total_price": "49.75", "updated_at": "2026-11-21T05:00:00Z",
        "line_items": [{"id": 1, "sku": "SKU-1", "price": "19.90", "quantity": 2}], "refunds": [refund_of(&paid, &json!([{"line_item_id": 1, "quantity": 1}]))]});
    let hits = topic("orders/updated", &order).hits();
    assert_eq!(hits.len(), 2);
    assert_eq!(hits[1].facts.event_id, hit.facts.event_id);
    assert_eq!(lines(&hits[1]), ["SKU-1 19.90x1"]);
}

#[test]
fn a_refund_without_money_or_without_lines() {
    let line = json!([{"quantity": 1, "line_item": {"id": 1, "sku": "SKU-1", "price": "19.90"}}]);
    // Calling off an order that nobody paid makes such a refund; booked, it would keep the order alive.
    assert_eq!(topic("refunds/create", &refund_of(&json!([]), &line)).unread(), "nothing");
    let voided = json!([{"kind": "void", "status": "success", "amount": "49.75", "currency": "EUR"}]);
    assert_eq!(topic("refunds/create", &refund_of(&voided, &line)).unread(), "nothing");
    let odd = json!([{"kind": "refund", "status": "success", "amount": "lots", "currency": "EUR"}]);
    assert_eq!(topic("refunds/create", &refund_of(&odd, &line)).unread(), "price.not_a_number");
    let goodwill = json!([{"kind": "refund", "status": "success", "amount": "5.00", "currency": "EUR"}]);
    let goodwill = topic("refunds/create", &refund_of(&goodwill, &json!([]))).only();
    assert_eq!((money(goodwill.facts.refund.unwrap().amount), goodwill.facts.items), ("5.00".to_owned(), None));
    // Said without amount and lines it would be the whole order.
    assert_eq!(topic("refunds/create", &refund_of(&json!([]), &json!([]))).unread(), "nothing");
    let pending = json!([{"kind": "refund", "status": "pending", "amount": "5.00", "currency": "EUR"}]);
    assert_eq!(topic("refunds/create", &refund_of(&pending, &line)).unread(), "nothing");
}

#[test]
fn checkouts_are_carts_until_they_are_completed() {
    let hit = captured("shopify_checkouts_update_with_contact").only();
    assert_eq!((hit.facts.name.as_str(), hit.facts.cart_id.as_deref()), (names::CART_UPDATE, Some("c1-abc")));
    assert_eq!(money(hit.facts.cart.as_ref().unwrap().value), "39.80");
    assert_eq!(hit.person.email.as_deref(), Some("a@example.com"));
    assert!(hit.person.recovery_url.as_ref().unwrap().ends_with("recover?key=example-secret-token"));
    assert_eq!(lines(&hit), ["SKU-1 19.90x2"]);
    assert_eq!(captured("shopify_checkouts_create").only().person.email, None);
    let done = json!({"id": 1, "token": "t", "completed_at": "2026-11-21T05:00:00Z", "line_items": []});
    assert_eq!(topic("checkouts/update", &done).unread(), "nothing");
    let hit = topic("carts/update", &json!({"id": "c9", "token": "c9", "line_items": []})).only();
    assert_eq!((hit.facts.cart_id.as_deref(), hit.facts.items.map(|items| items.len())), (Some("c9"), Some(0)));
}

#[test]
fn the_visitor_is_found_under_the_names_of_foreign_cookies() {
    for (name, value, visitor, visit) in [
        ("_pk_id.1.1fff", "3CA066282DD0A4C5.1772445600.", Some("3ca066282dd0a4c5"), None),
        ("_ga", "GA1.1.123.456", Some("123.456"), None),
        ("_ga_ABC", "GS2.1.s1772445600$o1", None, Some("1772445600")),
        ("ahoy_visitor", "v-1", Some("v-1"), None),
        ("ahoy_visit", "s-1", None, Some("s-1")),
        ("_sp_id.1", "duid.1.2.3.4.sid.x", Some("duid"), Some("sid")),
        ("_hp2_id.9", r#"{"userId":"77","sessionId":"88"}"#, Some("77"), Some("88")),
        ("visitor_id", "undefined", None, None),
        ("colour", "red", None, None),
    ] {
        let body = json!({"id": 5, "total_price": "5.00", "note_attributes": [{"name": name, "value": value}]});
        let person = topic("orders/create", &body).only().person;
        assert_eq!((person.visitor_id.as_deref(), person.visit_id.as_deref()), (visitor, visit), "{name}");
    }
}

#[test]
fn what_else_shopify_sends() {
    let hit = captured("shopify_customers_create").only();
    assert_eq!((hit.facts.name.as_str(), hit.person.user_id.as_deref()), (names::IDENTIFY, Some("706405506930370000")));
    let hit = topic("orders/delete", &json!({"id": 820})).only();
    assert_eq!((order(&hit).order_id.as_str(), order(&hit).status), ("shopify:820", Some(OrderStatus::Cancelled)));
    for other in ["customers/redact", "shop/redact", "products/update", "app/uninstalled", "orders/edited"] {
        assert_eq!(topic(other, &json!({"id": 1})).unread(), "nothing", "{other}");
    }
}
