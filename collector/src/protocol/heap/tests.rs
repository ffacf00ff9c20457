//! What Heap's clients send, and what must come of it.

use super::*;
use crate::protocol::replay::{Sent, all, captures, describe, header, one};
use crate::sample::{NOW, book};
use commerce::hit::{Hit, flags, names};

const SETTING: &str = "heap:11,heap:2364527819,heap:12343283";
const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

fn send(sent: &Sent) -> Result<Reading, Answer> {
    sent.read(&book(&[("dialects", SETTING)]), NOW, read)
}

fn post(path: &str, body: &str) -> Result<Reading, Answer> {
    send(&Sent::new("POST", path, JSON, body))
}

fn track(event: &str) -> Hit {
    one(post("/api/track", &format!(r#"{{"app_id":"11",{event}}}"#)))
}

fn items(hit: &Hit) -> &[commerce::hit::Item] {
    hit.facts.items.as_deref().unwrap_or_default()
}

#[test]
fn every_captured_request_is_read() {
    let mut page = String::new();
    for (name, sent) in captures("heap") {
        page.extend([name, "\n".to_owned(), describe(&send(&sent))]);
    }
    insta::assert_snapshot!("captures", page);
}

#[test]
fn the_order_has_the_totals_and_its_lines_add_nothing_to_them() {
    let order = track(
        r#""event":"ORDER","identity":"a@example.com","properties":{"order_id":"1001","subtotal":39.8,"total":"49.75",
        "shipping":9.95,"discount":0,"discount_code":"SPRING","order_count":3,"note":"gift"}"#,
    );
    let said = order.facts.order.as_ref().unwrap();
    assert_eq!(
        (order.facts.name.as_str(), said.order_id.as_str(), said.order_count),
        (names::PURCHASE, "1001", Some(3))
    );
    assert_eq!(said.total.unwrap().to_string(), "49.75");
    assert_eq!(said.coupons, Some(vec!["SPRING".to_owned()]));
    assert_eq!((items(&order).len(), order.person.email.as_deref()), (0, Some("a@example.com")));
    assert_eq!(order.facts.properties.as_deref(), Some(r#"{"note":"gift"}"#));

    let line = track(
        r#""event":"Purchase","identity":"7","properties":{"order_id":"1001","product_id":"p1","sku":"SKU-1","name":"Crème",
        "price":19.9,"quantity":2,"discount":1.5,"gross_price":39.8,"net_price":38.3,"currency":"EUR","type":"jar"}"#,
    );
    let said = line.facts.order.as_ref().unwrap();
    assert_eq!((line.facts.name.as_str(), said.order_id.as_str(), said.total), (names::ORDER_UPDATE, "1001", None));
    let item = &items(&line)[0];
    assert_eq!((item.sku.as_str(), item.name.as_deref()), ("SKU-1", Some("Crème")));
    assert_eq!(item.price.unwrap().to_string(), "19.90", "the price of a piece");
    assert_eq!(item.discount.unwrap().to_string(), "1.50");
    let kept: Value = serde_json::from_str(item.properties.as_deref().unwrap()).unwrap();
    assert_eq!(kept, json!({"product_id": "p1", "gross_price": 39.8, "net_price": 38.3, "type": "jar"}));
    // The ledger must hear that these are not all the lines.
    let body = json!({"event": "Purchase", "properties": {"order_id": "1001", "sku": "S"}});
    assert_eq!(event::track(&[], body.as_object().unwrap())["lines"], "partial");
}

#[test]
fn what_a_shop_tells_of_the_session_is_the_orders_attribution() {
    let order = |properties: &str| {
        track(&format!(r#""event":"Order","properties":{{"order_id":"1","note":"gift",{properties}}}"#))
    };
    let said = |properties: &str| {
        let hit = order(properties);
        assert_eq!(hit.facts.properties.as_deref(), Some(r#"{"note":"gift"}"#), "{properties}");
        let source = hit.facts.attribution.unwrap();
        let texts = [source.source, source.medium, source.campaign, source.referrer, source.landing_page];
        texts.map(|text| text.unwrap_or_else(|| "-".to_owned())).join(" ")
    };
    let named = r#""utm_source":"news","utm_medium":"email","utm_campaign":"spring","utm_term":"a","utm_content":"b""#;
    assert_eq!(said(named), "news email spring - -");
    let labels = r#""UTM Source":"news","UTM Campaign":"spring","Referrer":"https://a.example/","Landing Page":"https://s.example/p""#;
    assert_eq!(said(labels), "news - spring https://a.example/ https://s.example/p");
    let session = r#""session_properties":{"utm_source":"news","landing_page":"https://s.example/p","landing_page_query":"?utm_medium=email"}"#;
    assert_eq!(said(session), "news email - - https://s.example/p?utm_medium=email");
    let cookie =
        r#"{"r":"https://a.example/","ts":1698272685891,"d":"s.example","h":"/p","q":"?utm_source=x&emst=Qw3rTy"}"#;
    let expected = "x - - https://a.example/ https://s.example/p?utm_source=x&emst=Qw3rTy";
    assert_eq!(said(&format!(r#""_hp2_ses_props.11":{cookie}"#)), expected);
    let encoded = percent_encoding::utf8_percent_encode(cookie, percent_encoding::NON_ALPHANUMERIC);
    for text in [cookie.to_owned(), encoded.to_string()] {
        assert_eq!(said(&format!(r#""_hp2_ses_props":{}"#, json!(text))), expected, "{text}");
    }
    let clicks = order(&format!(r#""_hp2_ses_props":{cookie}"#)).facts.attribution.unwrap().click_ids;
    assert_eq!(clicks, Some(vec![("emst".to_owned(), "Qw3rTy".to_owned())]));
    assert_eq!(said(&format!(r#""utm_source":"news","_hp2_ses_props":{cookie}"#)).split(' ').next(), Some("news"));

    // A line says it of its order, not of its product; other events keep their properties, and so do first visits'.
    let line =
        track(r#""event":"Purchase","properties":{"order_id":"1","sku":"S","utm_source":"news","colour":"red"}"#);
    assert_eq!(line.facts.attribution.as_ref().unwrap().source.as_deref(), Some("news"));
    assert_eq!(items(&line)[0].properties.as_deref(), Some(r#"{"colour":"red"}"#));
    let other = track(r#""event":"Signed Up","properties":{"utm_source":"news"}"#);
    assert_eq!((other.facts.attribution, other.facts.properties.as_deref()), (None, Some(r#"{"utm_source":"news"}"#)));
    let first =
        track(r#""event":"Order","properties":{"order_id":"1","initial_utm_source":"news","_hp2_ses_props":"x"}"#);
    assert_eq!(first.facts.attribution, None);
    assert_eq!(first.facts.properties.as_deref(), Some(r#"{"_hp2_ses_props":"x","initial_utm_source":"news"}"#));
}

#[test]
fn a_shop_may_have_names_of_its_own() {
    let mut settings = book(&[]).sites[&commerce::ids::SiteId(1)].settings.clone();
    settings.set("heap_events", "order=Order Placed; purchase=Item Bought").unwrap();
    let read = |name: &str| {
        let body = json!({"event": name, "properties": {"order_id": "1001", "sku": "S", "total": 5}});
        event::track(&settings.heap_events, body.as_object().unwrap())["name"].clone()
    };
    assert_eq!(
        ["order placed", "Item Bought", "Refund", "Other"].map(read),
        ["purchase", "order_update", "refund", "Other"]
    );
    assert!(settings.set("heap_events", "invoice=Bill").is_err() && settings.set("heap_events", "order=").is_err());
    assert_eq!(settings.heap_events.len(), 2, "what is not understood changes nothing");
}

#[test]
fn refunds_name_their_order_and_product() {
    let refund = track(
        r#""event":"refund","properties":{"order_id":1001,"refund_id":"r1","amount":5,"sku":"S3","quantity":1,"reason":"torn"}"#,
    );
    let said = refund.facts.refund.as_ref().unwrap();
    assert_eq!((said.order_id.as_str(), said.refund_id.as_deref()), ("1001", Some("r1")));
    assert_eq!(said.amount.unwrap().to_string(), "5.00");
    assert_eq!(items(&refund)[0].sku, "S3");
    let whole = track(r#""event":"Refund","properties":{"order_id":"1001"}"#);
    assert_eq!((whole.facts.refund.unwrap().amount, whole.facts.items), (None, None));
}

#[test]
fn our_own_names_are_read_with_their_payload() {
    let seen = track(
        r#""event":"view_item","properties":{"sku":"S1","name":"Shirt","price":"20.00","quantity":1,"colour":"red"}"#,
    );
    assert_eq!((items(&seen)[0].sku.as_str(), items(&seen)[0].name.as_deref()), ("S1", Some("Shirt")));
    assert_eq!(seen.facts.name, names::VIEW_ITEM);
    assert!(seen.facts.properties.unwrap().contains(r#""colour":"red""#));
    let ours = track(
        r#""event":"purchase","properties":{"transaction_id":"1002","value":5,"items":[{"item_id":"S3","price":5}]}"#,
    );
    assert_eq!((ours.facts.name.as_str(), items(&ours).len()), (names::PURCHASE, 1));
}

#[test]
fn an_event_finds_its_visitor_and_visit() {
    let hit = track(
        r#""event":"Order","user_id":7540853200912000,"session_id":"8328645617928294","properties":{"order_id":"1"}"#,
    );
    assert_eq!(hit.person.visitor_id.as_deref(), Some("7540853200912000"));
    assert_eq!(hit.person.visit_id.as_deref(), Some("8328645617928294"));
    assert_eq!((hit.facts.origin, hit.facts.trust), (Origin::Server, Trust::Unverified));
    for placeholder in ["undefined", "null", "0", " "] {
        let hit = track(&format!(r#""event":"a","identity":"{placeholder}""#));
        assert_eq!(hit.person.user_id, None, "{placeholder}");
    }
}

#[test]
fn retries_count_once() {
    let id = |event: &str| track(event).facts.event_id;
    let keyed = |total: u32| {
        format!(r#""event":"Order","idempotency_key":"k1","properties":{{"order_id":"1","total":{total}}}"#)
    };
    assert_eq!(id(&keyed(1)), id(&keyed(2)), "the first of a key wins");
    let line = |sku: &str| format!(r#""event":"Purchase","properties":{{"order_id":"1","sku":"{sku}"}}"#);
    assert_eq!(id(&line("S1")), id(&line("S1")));
    assert_ne!(id(&line("S1")), id(&line("S2")));
    let timed = |minute: u32| format!(r#""event":"a","identity":"7","timestamp":"2026-03-02T09:{minute:02}:00Z""#);
    assert_eq!(id(&timed(1)), id(&timed(1)));
    assert_ne!(id(&timed(1)), id(&timed(2)));
    let marks = track(r#""event":"Cart Updated","identity":"42""#).facts.flags.unwrap_or(0);
    assert_ne!(marks & flags::NO_EVENT_ID, 0);
}

#[test]
fn one_bad_event_leaves_the_batch_alone() {
    let body = r#"{"app_id":11,"events":[{"event":"a"},7,{"event":"Order","properties":{"order_id":"undefined"}},
        {"event":"b","timestamp":"yesterday"},{"identity":"x"},{"event":"c","properties":{"n":null,"l":["x",2,true],"o":{"p":1}}}]}"#;
    let reading = post("/api/track", body).unwrap();
    let said: Value = serde_json::from_slice(&reading.answer.body).unwrap();
    assert_eq!((reading.answer.status, &said["accepted"]), (200, &json!(2)));
    let reasons: Vec<&str> =
        said["quarantined"].as_array().unwrap().iter().filter_map(|q| q["reason"].as_str()).collect();
    assert_eq!(reasons, ["event.malformed", "order_id.placeholder", "time.unreadable", "event.name_missing"]);
    assert_eq!(header(&reading.answer, "x-reject-reason"), Some("event.malformed"));
    let crate::protocol::Outcome::Hit(last) = &reading.outcomes[5] else { panic!("the last event is a hit") };
    assert_eq!(last.facts.properties.as_deref(), Some(r#"{"l":"x||2||true","o":{"p":1}}"#));
}

#[test]
fn a_batch_has_up_to_a_thousand_events() {
    let batch = |n: usize| json!({"app_id": "11", "events": vec![json!({"event": "a"}); n]}).to_string();
    assert_eq!(all(post("/api/track", &batch(1000))).len(), 1000);
    let answer = post("/api/track", &batch(1001)).unwrap_err();
    assert_eq!((answer.status, header(&answer, "x-reject-reason")), (400, Some("events.too_many")));
}

#[test]
fn properties_and_identities_are_kept() {
    let user = one(post(
        "/api/add_user_properties",
        r#"{"app_id":"11","identity":"u7","properties":{"email":"a@example.com","plan":"gold"}}"#,
    ));
    assert_eq!((user.facts.name.as_str(), user.person.user_id.as_deref()), (names::IDENTIFY, Some("u7")));
    assert_eq!(user.person.email.as_deref(), Some("a@example.com"));
    assert_eq!(user.facts.properties.as_deref(), Some(r#"{"traits":{"email":"a@example.com","plan":"gold"}}"#));
    let accounts = r#"{"app_id":"11","accounts":[{"account_id":"A","properties":{"plan":"gold"}},{"account_id":"B","properties":{}}]}"#;
    let accounts = all(post("/api/add_account_properties", accounts));
    assert_eq!(accounts[0].facts.properties.as_deref(), Some(r#"{"account_id":"A","plan":"gold"}"#));
    assert_eq!(accounts.len(), 2);
    let who =
        one(post("/api/v1/identify/", r#"{"app_id":"11","identity":"u7","user_id":"123","timestamp":1772445000000}"#));
    assert_eq!((who.person.user_id.as_deref(), who.person.visitor_id.as_deref()), (Some("u7"), Some("123")));
    assert_eq!(who.facts.occurred_at.to_string(), "2026-03-02T09:50:00Z");
}

#[test]
fn hostile_bodies_get_a_clear_answer() {
    let deep = format!(r#"{{"app_id":"11","event":"a","properties":{}1{}}}"#, r#"{"a":"#.repeat(60), "}".repeat(60));
    let mut page = String::new();
    for body in [
        "",
        "{",
        "[]",
        "null",
        "{}",
        r#"{"app_id":null,"event":"a"}"#,
        r#"{"app_id":"nobody","event":"a"}"#,
        r#"{"app_id":["11"],"event":"a"}"#,
        r#"{"app_id":"11"}"#,
        r#"{"app_id":"11","event":7}"#,
        r#"{"app_id":"11","events":{}}"#,
        r#"{"app_id":"11","events":[]}"#,
        r#"{"app_id":"11","event":"Order"}"#,
        r#"{"app_id":"11","event":"Order","properties":[1]}"#,
        r#"{"app_id":"11","event":"Order","properties":{"order_id":"1","total":"1.234,50","email":""}}"#,
        r#"{"app_id":"11","event":"Order","properties":{"order_id":"1","total":"","subtotal":-1}}"#,
        r#"{"app_id":"11","event":"Purchase","properties":{"order_id":"1","quantity":2}}"#,
        r#"{"app_id":"11","event":"Purchase","properties":{"order_id":"1","sku":{"a":1},"price":[]}}"#,
        r#"{"app_id":"11","event":"a","identity":{},"user_id":[1],"session_id":{},"idempotency_key":{},"timestamp":{}}"#,
        r#"{"app_id":"11","event":"a","timestamp":99999999999999999999}"#,
        &deep,
    ] {
        let shown: String = body.chars().take(110).collect();
        page.extend([shown, "\n".to_owned(), describe(&post("/api/track", body))]);
    }
    for method in ["GET", "OPTIONS"] {
        page.push_str(&describe(&send(&Sent::new(method, "/api/track", &[], ""))));
    }
    insta::assert_snapshot!("hostile", page);
}
