//! What Mixpanel's libraries send, captured and made up, and what comes of it.

use super::super::wire::tests::replay::{Sent, answer, captures, header, hits, lines, said};
use super::*;
use crate::sample::{IMPORT, INGEST, READ};
use base64::Engine;
use serde_json::json;

mod hostile;

const SETTINGS: &[(&str, &str)] = &[("dialects", "mixpanel:TOK")];

/// An event of the browser's library.
#[expect(clippy::needless_pass_by_value, reason = "every caller makes its properties on the spot")]
fn event(name: &str, properties: Value) -> Value {
    let mut told =
        json!({"token": "TOK", "mp_lib": "web", "$device_id": "d1", "distinct_id": "$device:d1", "$insert_id": "i1"});
    for (name, value) in properties.as_object().unwrap() {
        told[name.as_str()] = value.clone();
    }
    json!({"event": name, "properties": told})
}

fn track(event: &Value) -> Sent {
    Sent::new("POST", "/track/?verbose=1", &event.to_string())
}

fn told(event: &Value) -> Vec<String> {
    lines(&track(event).to(read, SETTINGS))
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}")))
}

fn import(user: &str, target: &str, events: &Value) -> Sent {
    Sent::new("POST", target, &events.to_string()).header("authorization", &basic(user, ""))
}

#[test]
fn captured_requests_are_answered_and_read() {
    const DEVICE: &str = "visitor=25241d1d-1860-4e37-a7bf-0c0d2e78a203";
    for (name, sent) in captures("mixpanel") {
        let result = sent.to(read, SETTINGS);
        let (answer, expected) = match name.as_str() {
            "mixpanel_js_batched" => (
                r#"200 {"status":1,"error":null}"#,
                vec![
                    format!("view_item Browser {DEVICE} item=SKU-1*-@-"),
                    format!("purchase Browser {DEVICE} user=cust-42 order=1001 total=49.75"),
                    format!("identify Browser {DEVICE} user=cust-42"),
                ],
            ),
            "mixpanel_js_batched__2" => (
                r#"200 {"status":1,"error":null}"#,
                vec![
                    format!("identify Browser {DEVICE} user=cust-42"),
                    format!("identify Browser {DEVICE} user=cust-42 email=a@example.com"),
                ],
            ),
            "mixpanel_js_unbatched_base64" => (
                "200 1",
                vec!["purchase Browser visitor=c9e5ace9-c1f4-4813-8f04-f81b33e2929f order=1001 total=49.75".to_owned()],
            ),
            "mixpanel_node_track" => ("200 1", vec!["purchase Server user=cust-42 order=1001 total=49.75".to_owned()]),
            "mixpanel_node_people_track_charge" => ("200 1", vec!["excluded nothing".to_owned()]),
            // The captured secret is not known here.
            "mixpanel_node_import_batch" => ("401 0", vec![]),
            other => panic!("{other} is not expected"),
        };
        assert_eq!(said(&result), answer, "{name}");
        assert_eq!(lines(&result), expected, "{name}");
    }
}

#[test]
fn the_captured_import_is_read_with_a_token_as_its_secret() {
    let (_, mut sent) = captures("mixpanel").into_iter().find(|(name, _)| name.ends_with("import_batch")).unwrap();
    sent.headers.retain(|(name, _)| name != "authorization");
    let refused = sent.to(read, SETTINGS);
    assert_eq!((said(&refused).as_str(), header(&refused, "X-Reject-Reason")), ("401 0", Some("token.missing")));
    let expected = "purchase Import trust=verified user=cust-42 order=0999 total=12.00";
    let result = sent.clone().header("authorization", &basic(IMPORT, "")).to(read, SETTINGS);
    assert_eq!((said(&result).as_str(), lines(&result)), ("200 1", vec![expected.to_owned()]));
    let result = sent.clone().header("authorization", &basic("service", IMPORT)).to(read, SETTINGS);
    assert_eq!(lines(&result), [expected]);
    let result = sent.header("authorization", &basic(READ, "")).to(read, SETTINGS);
    assert_eq!(header(&result, "X-Reject-Reason"), Some("token.unknown"));
}

#[test]
fn an_import_says_what_failed_and_keeps_the_rest() {
    let good = json!({"event": "Order Completed", "properties": {"token": "TOK", "time": 1_600_000_000, "$insert_id": "a",
        "distinct_id": "cust-42", "order_id": "1", "total": 5}});
    let bad = json!({"event": "Order Completed", "properties": {"token": "TOK", "time": "soon", "$insert_id": "b", "order_id": "2"}});
    let both = json!([good, bad, 7]);
    let result = import(IMPORT, "/import?strict=1", &both).to(read, SETTINGS);
    let account: Value = serde_json::from_slice(&answer(&result).body).unwrap();
    assert_eq!(
        (answer(&result).status, &account["code"], &account["num_records_imported"]),
        (400, &json!(400), &json!(1))
    );
    assert_eq!(account["status"], "Bad Request");
    assert_eq!(account["error"], "some data points in the request failed validation");
    let failed = &account["failed_records"];
    assert_eq!(
        (&failed[0]["index"], &failed[0]["insert_id"], &failed[0]["field"]),
        (&json!(1), &json!("b"), &json!("properties.time"))
    );
    assert!(failed[0]["message"].as_str().unwrap().starts_with("time.unreadable: "));
    assert_eq!(lines(&result).len(), 3);
    assert_eq!(lines(&result)[0], "purchase Import trust=verified user=cust-42 order=1 total=5.00");
    assert_eq!(lines(&result)[1..], ["quarantined time.unreadable", "quarantined event.malformed"]);
    let lenient = import(IMPORT, "/import/?strict=0", &both).to(read, SETTINGS);
    assert_eq!(said(&lenient), r#"200 {"code":200,"num_records_imported":1,"status":"OK"}"#);
    let refused = import("wrong", "/import", &both).to(read, SETTINGS);
    assert_eq!(said(&refused), r#"401 {"code":401,"error":"token.unknown","status":"Unauthorized"}"#);
    // A token that may not import is a server's: it proves the order, and reaches back as far as servers may.
    let result = import(INGEST, "/import?verbose=1", &json!([good])).to(read, SETTINGS);
    assert_eq!(lines(&result), ["purchase Server trust=verified user=cust-42 order=1 total=5.00"]);
    let lines_of_json = format!("{good}\n{good}\n");
    let result =
        Sent::new("POST", "/import", &lines_of_json).header("authorization", &basic(IMPORT, "")).to(read, SETTINGS);
    assert_eq!(said(&result), r#"200 {"code":200,"num_records_imported":2,"status":"OK"}"#);
}

#[test]
fn answers_have_the_form_that_was_asked_for() {
    let body = event("x", json!({})).to_string();
    let form: String = form_urlencoded::Serializer::new(String::new()).append_pair("data", &body).finish();
    let cases = [
        ("/track", "200 1"),
        ("/track/", "200 1"),
        ("/track?verbose=0", "200 1"),
        ("/track?verbose=1", r#"200 {"status":1,"error":null}"#),
        ("/track?img=1", "200 (GIF)"),
    ];
    for (target, expected) in cases {
        assert_eq!(said(&Sent::new("POST", target, &body).to(read, SETTINGS)), expected, "{target}");
        assert_eq!(said(&Sent::new("POST", target, &form).to(read, SETTINGS)), expected, "{target}");
    }
    let in_body = Sent::new("POST", "/track", &format!("{form}&verbose=1")).to(read, SETTINGS);
    assert_eq!(said(&in_body), r#"200 {"status":1,"error":null}"#);
    for (target, expected) in
        [("/track", "400 0"), ("/engage/?verbose=1", r#"400 {"error":"site.unknown","status":0}"#)]
    {
        let body = r#"{"event":"x","$token":"no","properties":{"token":"no"}}"#;
        assert_eq!(said(&Sent::new("POST", target, body).to(read, SETTINGS)), expected, "{target}");
    }
    let preflight = Sent::new("OPTIONS", "/track/", "").header("origin", "https://shop.example").to(read, SETTINGS);
    assert_eq!(said(&preflight), "204 ");
    assert_eq!(header(&preflight, "Access-Control-Allow-Credentials"), Some("true"));
}

#[test]
fn shops_words_are_understood_however_they_are_written() {
    let product = json!({"sku": "S1", "name": "Shirt", "price": 12.5, "quantity": 2, "Color": "red"});
    let order = json!({"Order ID": 1001, "Total": "49.90", "tax": 7, "shippingCost": "4.90", "discount": 1, "currency": "EUR",
        "Products": [product]});
    let cases = [
        ("Product Viewed", json!({"product_id": "S1", "price": "9.99"}), "view_item Browser visitor=d1 item=S1*-@9.99"),
        (
            "product_added",
            json!({"SKU": "S1", "quantity": 3, "cart_id": "c"}),
            "add_to_cart Browser visitor=d1 cart=c item=S1*3@-",
        ),
        ("Removed From Cart", json!({"Product Name": "Shirt"}), "remove_from_cart Browser visitor=d1 item=Shirt*-@-"),
        ("checkoutStarted", json!({"products": [product]}), "begin_checkout Browser visitor=d1 item=S1*2@12.50"),
        (
            "Order Completed",
            order.clone(),
            "purchase Browser visitor=d1 order=1001 total=49.90 tax=7.00 shipping=4.90 discount=1.00 currency=EUR item=S1*2@12.50",
        ),
        (
            "Purchase",
            order,
            "purchase Browser visitor=d1 order=1001 total=49.90 tax=7.00 shipping=4.90 discount=1.00 currency=EUR item=S1*2@12.50",
        ),
        (
            "Order Refunded",
            json!({"orderId": "1001", "amount": 5}),
            "refund Browser visitor=d1 order=1001 refund=mixpanel:i1:Order Refunded:$device:d1 amount=5.00",
        ),
        ("Order Cancelled", json!({"order_id": "1001"}), "order_status Browser visitor=d1 order=1001 status=cancelled"),
        ("Purchase", json!({"amount": 5}), "quarantined order_id.missing"),
        ("purchase", json!({"transaction_id": "[object Object]"}), "quarantined order_id.placeholder"),
        (
            "Subscribed To Newsletter",
            json!({"items": 7, "order_id": "1"}),
            "Subscribed To Newsletter Browser visitor=d1",
        ),
        ("$mp_web_page_view", json!({"$current_url": "https://shop.example/"}), "page_view Browser visitor=d1"),
        ("Products Searched", json!({"query": "shirt"}), "search Browser visitor=d1"),
        ("Product Viewed", json!({"items": "none"}), "view_item Browser visitor=d1"),
        (
            "Purchase",
            json!({"order_id": "1", "items": 3, "products": "[{\"sku\":\"S1\",\"quantity\":3}]"}),
            "purchase Browser visitor=d1 order=1 item=S1*3@-",
        ),
        ("Purchase", json!({"order_id": "1", "products": "[{\"sku\":\"S1\""}), "quarantined items.malformed"),
        (
            "Purchase",
            json!({"order_id": "1", "products": {"sku": "S1"}}),
            "purchase Browser visitor=d1 order=1 item=S1*-@-",
        ),
        ("Product Viewed", json!({"products": ["S1", "S2"]}), "view_item Browser visitor=d1 item=S1*-@- item=S2*-@-"),
    ];
    for (name, properties, expected) in cases {
        assert_eq!(told(&event(name, properties)), [expected], "{name}");
    }
    let result = track(&event("x", json!({"plan": "gold", "order_id": 5}))).to(read, SETTINGS);
    assert_eq!(hits(&result)[0].facts.properties.as_deref(), Some(r#"{"order_id":5,"plan":"gold"}"#));
}

#[test]
fn ids_that_mixpanel_makes_up_are_devices_and_others_customers() {
    let cases = [
        (json!({"distinct_id": "$device:abc"}), (Some("abc"), None)),
        (
            json!({"distinct_id": "18f0a1b2c3d4e5-0a1b2c3d4e5f60-26021c51-1fa400-18f0a1b2c3d4e6"}),
            (Some("18f0a1b2c3d4e5-0a1b2c3d4e5f60-26021c51-1fa400-18f0a1b2c3d4e6"), None),
        ),
        (json!({"distinct_id": "cust-42"}), (None, Some("cust-42"))),
        (json!({"distinct_id": "abc", "$device_id": "abc"}), (Some("abc"), None)),
        (json!({"distinct_id": "cust-42", "$device_id": "abc"}), (Some("abc"), Some("cust-42"))),
        (json!({"distinct_id": 42}), (None, Some("42"))),
        (json!({"distinct_id": "undefined"}), (None, None)),
        (json!({}), (None, None)),
    ];
    for (mut properties, (visitor, user)) in cases {
        properties["token"] = "TOK".into();
        let sent = Sent::new("POST", "/track", &json!({"event": "x", "properties": properties}).to_string());
        let result = sent.to(read, SETTINGS);
        let person = &hits(&result)[0].person;
        assert_eq!((person.visitor_id.as_deref(), person.user_id.as_deref()), (visitor, user), "{properties}");
    }
    let alias = event("$create_alias", json!({"alias": "cust-42"}));
    assert_eq!(told(&alias), ["identify Browser visitor=d1 user=cust-42"]);
}

#[test]
fn an_event_sent_again_by_another_way_is_the_same_event() {
    let one = event("Product Viewed", json!({"sku": "S1", "time": 1_772_445_500}));
    let id = |sent: Sent| hits(&sent.to(read, SETTINGS))[0].facts.event_id;
    let encoded = base64::engine::general_purpose::STANDARD.encode(one.to_string());
    let by_get = Sent::new("GET", &format!("/track?data={encoded}"), "");
    assert_eq!(id(track(&one)), id(by_get));
    let mut other = one.clone();
    other["event"] = "Product Added".into();
    assert_ne!(id(track(&one)), id(track(&other)), "a shop's own insert id may serve several events");
    let mut bare = one;
    bare["properties"].as_object_mut().unwrap().remove("$insert_id");
    assert_eq!(id(track(&bare)), id(track(&bare)));
}

#[test]
fn times_are_seconds_or_milliseconds() {
    for time in [json!(1_772_445_500), json!(1_772_445_500_000_u64), json!("1772445500"), json!(1_772_445_500.0)] {
        let result = track(&event("x", json!({"time": time}))).to(read, SETTINGS);
        assert_eq!(hits(&result)[0].facts.occurred_at.to_string(), "2026-03-02T09:58:20Z", "{time}");
    }
    assert_eq!(told(&event("x", json!({"time": 1}))), ["quarantined time.too_old"]);
}

#[test]
fn charges_and_groups_are_no_orders() {
    let charge = json!({"$token": "TOK", "$distinct_id": "cust-42", "$append": {"$transactions": {"$amount": 5, "order_id": "1"}}});
    let result = Sent::new("POST", "/engage", &charge.to_string()).to(read, SETTINGS);
    assert_eq!((said(&result).as_str(), lines(&result)), ("200 1", vec!["excluded nothing".to_owned()]));
    let group = json!([{"$token": "TOK", "$group_key": "company", "$group_id": "1", "$set": {"a": 1}}]);
    let result = Sent::new("POST", "/groups/?verbose=1", &group.to_string()).to(read, SETTINGS);
    assert_eq!(lines(&result), ["excluded nothing"]);
    let profile = json!({"$token": "TOK", "$distinct_id": "cust-42", "$ip": "198.51.100.7", "$set": {"$email": "a@example.com", "$phone": "1", "plan": "gold"}});
    let result = Sent::new("POST", "/engage", &profile.to_string()).to(read, SETTINGS);
    assert_eq!(lines(&result), ["identify Server user=cust-42 email=a@example.com"]);
    assert_eq!(hits(&result)[0].facts.properties.as_deref(), Some(r#"{"plan":"gold"}"#));
}

#[test]
fn a_servers_order_keeps_the_campaign_that_it_remembers() {
    let order = json!({"order_id": "1", "mp_lib": "node", "utm_source": "google", "utm_campaign": "spring", "ip": "198.51.100.7"});
    let result = track(&event("Order Completed", order)).to(read, SETTINGS);
    let source = hits(&result)[0].facts.attribution.clone().unwrap();
    assert_eq!((source.source.as_deref(), source.campaign.as_deref()), (Some("google"), Some("spring")));
    assert_eq!(result.unwrap().claimed_ips.len(), 1);
}
