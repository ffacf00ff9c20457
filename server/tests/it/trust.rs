//! Signed orders end to end, and trying events out before they are sent.

use crate::orders::Shop;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};

const CLOCK: &str = "2026-04-06T10:00:00Z";
/// An hour after the clock.
const EXPIRES: i64 = 1_775_469_600 + 3_600;

fn signature(secret: &str, order: &str, value: &str, expires: i64) -> String {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).expect("any key");
    mac.update(format!("1|{order}|EUR|{value}|{expires}").as_bytes());
    let hex = mac.finalize().into_bytes().iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    format!("{expires}.{hex}")
}

fn purchase(order: &str, signature: &str) -> Value {
    json!({"id": format!("e{order}"), "name": "purchase", "transaction_id": order, "currency": "EUR", "value": "59.90", "signature": signature})
}

#[test]
fn a_signed_order_is_verified_until_the_secret_is_replaced() {
    let shop = Shop::open_at(CLOCK);
    let keys = shop.get("/keys");
    let secret = keys["signing_secret"].as_str().expect("a secret").to_owned();
    let (status, _) = shop.server.send_json("GET", "/api/v1/sites/1/keys", &shop.ingest, &Value::Null);
    assert_eq!(status, 403, "only administrators see the secret");
    shop.server.collect(
        1,
        &json!([
            purchase("1", &signature(&secret, "1", "59.90", EXPIRES)),
            purchase("2", &signature(&secret, "1", "59.90", EXPIRES)),
            purchase("3", &signature(&secret, "3", "59.90", EXPIRES - 7_200)),
            {"id": "e4", "name": "purchase", "transaction_id": "4", "currency": "EUR", "value": "59.90"},
        ]),
    );
    let rotated: Value =
        serde_json::from_str(&shop.server.cli(&["site", "rotate-secret", "--site", "1"])).expect("JSON");
    assert_ne!(rotated["signing_secret"], secret);
    shop.server.collect(
        1,
        &json!([
            purchase("5", &signature(&secret, "5", "59.90", EXPIRES)),
            purchase("6", &signature(rotated["signing_secret"].as_str().expect("a secret"), "6", "59.90", EXPIRES)),
        ]),
    );
    shop.server.settle();
    let trust = |id: &str| shop.order(id)["order"]["trust"].clone();
    let seen = ["1", "2", "3", "4", "5", "6"].map(trust);
    assert_eq!(json!(seen), json!(["verified", "unverified", "unverified", "unverified", "unverified", "verified"]));
    shop.server.cli(&["site", "set", "--site", "1", "count_unverified_orders=false"]);
    let (_, answer) = shop.server.send_json("POST", "/api/v1/sites/1/signing-secret", &shop.ingest, &json!({}));
    assert_eq!(answer["error"]["code"], "token.scope");
}

fn validated(shop: &Shop, token: Option<&str>, body: &Value) -> (u16, Value) {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let headers: Vec<(&str, &str)> = bearer.iter().map(|bearer| ("Authorization", bearer.as_str())).collect();
    let (status, answer) = shop.server.post("/v1/validate", &headers, body.to_string().as_bytes());
    (status, serde_json::from_slice(&answer).expect("JSON"))
}

#[test]
fn an_event_can_be_tried_out_and_nothing_is_stored() {
    let shop = Shop::open_at(CLOCK);
    shop.serve(&json!([{"id": "s1", "name": "purchase", "transaction_id": "1001", "aliases": ["stripe:pi_1"], "value": "59.90"}]));
    shop.server.settle();
    let before = shop.server.status()["accepted_position"].clone();
    let body = json!({"site": 1, "events": [
        {"name": "purchase", "transaction_id": "shop-7", "aliases": ["stripe:pi_1"], "value": "59.90", "signature": "1.zz", "user_id": "guest"},
        {"id": "x", "name": "purchase", "transaction_id": "1002", "value": "NaN"},
        {"id": "y", "name": "purchase", "transaction_id": "1003", "value": "5"},
        {"id": "z", "name": "page_view"},
    ]});
    let (status, answer) = validated(&shop, None, &body);
    assert_eq!((status, &answer["read_as"], &answer["stored"]), (200, &json!("/v1/collect"), &json!(false)));
    let events = answer["events"].as_array().expect("events");
    let marks: Vec<&Value> =
        events[0]["event"]["marks"].as_array().expect("marks").iter().map(|m| &m["mark"]).collect();
    assert_eq!(marks, ["placeholder_id", "no_event_id", "bad_signature"]);
    assert_eq!(
        (&events[0]["event"]["trust"], &events[0]["order"]),
        (&json!("unverified"), &Value::Null),
        "strangers learn nothing"
    );
    assert_eq!((&events[1]["outcome"], &events[1]["reason"]), (&json!("quarantined"), &json!("price.not_finite")));

    let (_, answer) = validated(&shop, Some(&shop.ingest), &body);
    assert_eq!(
        (&answer["read_as"], &answer["events"][0]["event"]["trust"]),
        (&json!("/v1/events"), &json!("verified"))
    );
    let joins = json!({"known": true, "by": "stripe:pi_1", "order_id": "1001", "statements": 1});
    assert_eq!(answer["events"][0]["order"], joins);
    assert_eq!((&answer["events"][2]["order"]["known"], &answer["events"][3]["order"]), (&json!(false), &Value::Null));

    let (status, pixel) = shop.server.post("/v1/validate?site=1&e=purchase&oid=1001&value=3", &[], b"");
    let pixel: Value = serde_json::from_slice(&pixel).expect("JSON");
    assert_eq!(
        (status, &pixel["read_as"], &pixel["events"][0]["event"]["origin"]),
        (200, &json!("/v1/pixel.gif"), &json!("pixel"))
    );
    assert_eq!(validated(&shop, None, &json!({"site": 9, "events": []})).0, 400);
    assert_eq!(validated(&shop, Some("tly_unknown"), &body).0, 401);
    // Nothing but the clock's ticks may have come in meanwhile.
    shop.server.settle();
    assert_eq!(shop.get("/health")["received"], 1, "before at {before}");
}
