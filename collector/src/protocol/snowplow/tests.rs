//! What Snowplow's trackers send, captured and made up, and what comes of it.

use super::super::wire::tests::replay::{Sent, answer, captures, header, hits, lines, said};
use super::*;
use serde_json::json;

mod hostile;

const SETTINGS: &[(&str, &str)] = &[("dialects", "snowplow:shop")];
const TP2: &str = "/com.snowplowanalytics.snowplow/tp2";

fn post(payload: &Value) -> Sent {
    let schema = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4";
    Sent::new("POST", TP2, &json!({"schema": schema, "data": [payload]}).to_string())
}

/// An ecommerce action of the plug-in with its contexts, each of them schema name and data.
fn action(kind: &str, contexts: &[(&str, Value)]) -> Value {
    let shop = |name: &str| format!("iglu:com.snowplowanalytics.snowplow.ecommerce/{name}/jsonschema/1-0-0");
    let contexts: Vec<Value> =
        contexts.iter().map(|(name, data)| json!({"schema": shop(name), "data": data})).collect();
    let told = json!({"schema": shop("snowplow_ecommerce_action"), "data": {"type": kind, "name": "bestsellers"}});
    let wrapped =
        json!({"schema": "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0", "data": told});
    json!({"e": "ue", "aid": "shop", "eid": "e1", "duid": "d1", "ue_pr": wrapped.to_string(),
        "co": json!({"schema": "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-0", "data": contexts}).to_string()})
}

fn told(payload: &Value) -> Vec<String> {
    lines(&post(payload).to(read, SETTINGS))
}

#[test]
fn captured_requests_are_answered_and_read() {
    const BROWSER: &str = "Browser visitor=9dc57472-ecb4-4a01-af0f-4b29118b17df user=cust-42 email=a@example.com";
    const PLAIN: &str = "Browser visitor=2eabbc6b-9fef-419e-aecf-40da3d8db5b5";
    let expected = |name: &str| match name {
        "snowplow_page_view_post" => "page_view Browser visitor=9dc57472-ecb4-4a01-af0f-4b29118b17df".to_owned(),
        "snowplow_set_user_and_product_view" => format!("view_item {BROWSER} item=SKU-1*2@19.90"),
        "snowplow_add_to_cart" => format!("add_to_cart {BROWSER} cart=C1 item=SKU-1*2@19.90"),
        "snowplow_remove_from_cart" => format!("remove_from_cart {BROWSER} cart=C1 item=SKU-1*1@19.90"),
        "snowplow_checkout_step" => format!("begin_checkout {BROWSER}"),
        "snowplow_transaction" => format!(
            "purchase {BROWSER} order=1001 total=49.75 tax=8.29 shipping=9.95 discount=0.00 currency=EUR \
             item=SKU-1*2@19.90 item=SKU-2*1@9.95"
        ),
        "snowplow_refund_partial" => format!(
            "refund {BROWSER} order=1001 refund=snowplow:5b9371ae-da27-40c5-beee-1532dd50ad71 amount=19.90 \
             item=SKU-1*1@19.90"
        ),
        "snowplow_transaction_error" => format!("transaction_error {BROWSER}"),
        "snowplow_struct_event" => format!("newsletter {BROWSER}"),
        "snowplow_page_view_get_base64" => format!("page_view {PLAIN}"),
        "snowplow_transaction_get_base64" => {
            format!("purchase {PLAIN} order=1009 total=9.95 currency=EUR item=SKU-2*1@9.95")
        }
        "snowplow_server_anonymisation" => "page_view Browser".to_owned(),
        "snowplow_page_view_https_cookies" => {
            "page_view Browser visitor=587ad57a-76d3-4198-b893-9c5d1563a95c".to_owned()
        }
        other => panic!("{other} is not expected"),
    };
    for (name, sent) in captures("snowplow") {
        let result = sent.to(read, SETTINGS);
        let origin = sent.headers.iter().find(|(name, _)| name == "origin").unwrap().1.as_str();
        assert_eq!(header(&result, "Access-Control-Allow-Origin"), Some(origin), "{name}");
        assert_eq!(header(&result, "Access-Control-Allow-Credentials"), Some("true"), "{name}");
        if sent.method == "OPTIONS" {
            assert_eq!(said(&result), "204 ", "{name}");
            assert!(header(&result, "Access-Control-Allow-Headers").unwrap().contains("SP-Anonymous"));
            continue;
        }
        assert_eq!(said(&result), if sent.method == "GET" { "200 (GIF)" } else { "200 ok" }, "{name}");
        assert_eq!(lines(&result), [expected(&name)], "{name}");
    }
}

#[test]
fn the_clock_error_of_the_device_is_taken_out() {
    let (_, sent) = captures("snowplow").into_iter().find(|(name, _)| name == "snowplow_page_view_post").unwrap();
    let result = sent.to(read, SETTINGS);
    let facts = &hits(&result)[0].facts;
    assert_eq!(facts.received_at.micros_since(facts.occurred_at), 19_000);
    let own = json!({"e": "pv", "aid": "shop", "ttm": "1772445500000", "stm": "1", "dtm": "0"});
    let result = post(&own).to(read, SETTINGS);
    assert_eq!(hits(&result)[0].facts.occurred_at.to_string(), "2026-03-02T09:58:20Z");
}

#[test]
fn the_same_event_has_the_same_id_by_whichever_way() {
    let id = |sent: &Sent| hits(&sent.to(read, SETTINGS))[0].facts.event_id;
    let payload = json!({"e": "pv", "aid": "shop", "eid": "E-1", "stm": "1772445600000"});
    let by_get = Sent::new("GET", "/i?e=pv&aid=shop&eid=E-1&stm=1772445700000", "");
    assert_eq!(id(&post(&payload)), id(&by_get));
    // Without an id the moment and the visitor tell it, not the time of sending.
    let told = |stm: &str| Sent::new("GET", &format!("/i?e=pv&aid=shop&duid=d&dtm=1772445600000&stm={stm}"), "");
    assert_eq!(id(&told("1772445600001")), id(&told("1772445600002")));
    let stranger = Sent::new("GET", "/i?e=pv&aid=shop&dtm=1772445600000", "");
    assert_ne!(id(&stranger), commerce_id("snowplow:"));
}

fn commerce_id(text: &str) -> ::commerce::ids::EventId {
    ::commerce::ids::EventId::from_text(text)
}

#[test]
fn every_action_of_the_ecommerce_plugin_is_told() {
    let product = json!({"id": "S1", "price": "12.50", "quantity": 1, "category": "A/B", "list_price": 15});
    let step = |step: Value| ("checkout_step", step);
    let cases = [
        ("list_view", vec![("product", product.clone())], "view_item_list Browser visitor=d1 item=S1*1@12.50"),
        ("list_click", vec![("product", product.clone())], "select_item Browser visitor=d1 item=S1*1@12.50"),
        (
            "promo_view",
            vec![("promotion", json!({"id": "P1", "product_ids": ["S1"]}))],
            "view_promotion Browser visitor=d1 item=S1*-@-",
        ),
        ("promo_click", vec![("promotion", json!({"id": "P1"}))], "select_promotion Browser visitor=d1"),
        (
            "checkout_step",
            vec![step(json!({"step": 2, "delivery_method": "dhl"}))],
            "add_shipping_info Browser visitor=d1",
        ),
        (
            "checkout_step",
            vec![step(json!({"step": "3", "payment_method": "card"}))],
            "add_payment_info Browser visitor=d1",
        ),
        ("checkout_step", vec![step(json!({"step": 4}))], "checkout_step Browser visitor=d1"),
        (
            "refund",
            vec![("refund", json!({"transaction_id": "9", "refund_amount": 5}))],
            "refund Browser visitor=d1 order=9 refund=snowplow:e1 amount=5.00",
        ),
        ("transaction", vec![("product", product.clone())], "quarantined order_id.missing"),
        (
            "transaction",
            vec![("transaction", json!({"transaction_id": "undefined", "revenue": 1}))],
            "quarantined order_id.placeholder",
        ),
        ("something_new", vec![], "snowplow_ecommerce_action Browser visitor=d1"),
    ];
    for (kind, contexts, expected) in cases {
        assert_eq!(told(&action(kind, &contexts)), [expected], "{kind} {contexts:?}");
    }
}

#[test]
fn what_a_product_says_stays_with_it() {
    let product = json!({"id": "S1", "category": "Home/Living/Lamps", "list_price": "24.90", "position": 2});
    let result = post(&action("list_view", &[("product", product)])).to(read, SETTINGS);
    let item = &hits(&result)[0].facts.items.as_ref().unwrap()[0];
    assert_eq!(item.categories.as_deref().unwrap().join("|"), "Home|Living|Lamps");
    assert_eq!((item.index, item.list_name.as_deref()), (Some(2), Some("bestsellers")));
    assert_eq!(item.properties.as_deref(), Some(r#"{"list_price":"24.90"}"#));
}

#[test]
fn addresses_of_a_checkout_are_not_kept() {
    let step = json!({"step": 1, "shipping_full_address": "Main Street 1", "shipping_postcode": "12345"});
    let result = post(&action("checkout_step", &[("checkout_step", step)])).to(read, SETTINGS);
    let hit = format!("{:?}", hits(&result)[0]);
    assert!(!hit.contains("Main Street") && !hit.contains("12345"), "{hit}");
}

#[test]
fn the_older_orders_come_in_pieces() {
    let order = json!({"e": "tr", "aid": "shop", "eid": "1", "duid": "d1", "tr_id": "77", "tr_tt": "30.10",
        "tr_tx": "4.10", "tr_sh": "3", "tr_cu": "EUR", "tr_af": "web"});
    assert_eq!(told(&order), ["purchase Browser visitor=d1 order=77 total=30.10 tax=4.10 shipping=3.00 currency=EUR"]);
    let line = json!({"e": "ti", "aid": "shop", "eid": "2", "duid": "d1", "ti_id": "77", "ti_sk": "S1", "ti_nm": "Shirt",
        "ti_pr": "13.55", "ti_qu": "2", "ti_cu": "EUR"});
    assert_eq!(told(&line), ["order_update Browser visitor=d1 order=77 currency=EUR lines=partial item=S1*2@13.55"]);
}

#[test]
fn names_of_ours_are_not_claimed_by_chance() {
    let structured = json!({"e": "se", "aid": "shop", "se_ca": "c", "se_ac": "purchase", "se_va": "9"});
    assert_eq!(told(&structured), ["event_purchase Browser"]);
    let own = json!({"schema": "iglu:com.acme/reset/jsonschema/1-0-0", "data": {"items": 1, "id": "x"}});
    let described = json!({"e": "ue", "aid": "shop", "ue_pr": own.to_string()});
    let result = post(&described).to(read, SETTINGS);
    assert_eq!(lines(&result), ["event_reset Browser"]);
    assert_eq!(hits(&result)[0].facts.properties.as_deref(), Some(r#"{"id":"x","items":1}"#));
}

#[test]
fn trackers_of_servers_and_apps_are_known_by_name() {
    let cases = [
        (json!({"p": "srv"}), "Server"),
        (json!({"p": "pc", "tv": "py-1.0.0"}), "Server"),
        (json!({"p": "mob", "tv": "andr-6.0.0"}), "App"),
        (json!({"p": "mob"}), "App"),
        (json!({"p": "web", "tv": "js-4.10.1"}), "Browser"),
        (json!({}), "Browser"),
    ];
    for (mut payload, origin) in cases {
        payload["e"] = "pv".into();
        payload["aid"] = "shop".into();
        payload["ip"] = "198.51.100.7".into();
        let result = post(&payload).to(read, SETTINGS);
        assert_eq!(lines(&result), [format!("page_view {origin}")], "{payload}");
        let claimed = result.unwrap().claimed_ips.len();
        assert_eq!(claimed, usize::from(origin == "Server"), "{payload}");
    }
}

#[test]
fn the_collectors_cookie_names_who_has_no_other_name() {
    const ID: &str = "2eabbc6b-9fef-419e-aecf-40da3d8db5b5";
    let sent = Sent::new("GET", "/i?e=pv&aid=shop", "").header("cookie", &format!("a=1; sp={ID}"));
    let result = sent.to(read, SETTINGS);
    assert_eq!(lines(&result), [format!("page_view Browser visitor={ID}")]);
    assert!(header(&result, "Set-Cookie").unwrap().starts_with(&format!("sp={ID}; ")));
    for (name, value) in [("sp-anonymous", "*"), ("sec-gpc", "1")] {
        let result = sent.clone().header(name, value).to(read, SETTINGS);
        assert_eq!(header(&result, "Set-Cookie"), None, "{name}");
    }
    let anonymous = post(&json!({"e": "pv", "aid": "shop", "duid": "d", "uid": "u", "sid": "s"}));
    let result = anonymous.header("sp-anonymous", "*").to(read, SETTINGS);
    assert_eq!(lines(&result), ["page_view Browser"]);
    assert_eq!(hits(&result)[0].person.visit_id, None);
    let broken = post(&json!({"e": "ue", "aid": "shop", "duid": "d-1", "uid": "u-1", "co": "{\"email\":1"}));
    let result = broken.header("sp-anonymous", "*").to(read, SETTINGS);
    assert_eq!(lines(&result), ["quarantined event.malformed"]);
    let kept = format!("{:?}", result.unwrap().outcomes);
    assert!(!["d-1", "u-1", "email"].iter().any(|text| kept.contains(text)), "{kept}");
}
