//! What Countly's libraries send, captured and made up, and what comes of it.

use super::super::wire::tests::replay::{Sent, answer, captures, header, hits, lines, said};
use super::*;

const SETTINGS: &[(&str, &str)] = &[("dialects", "countly:APPKEY,snowplow:shop")];
const OK: &str = r#"200 {"result":"Success"}"#;

fn query(pairs: &[(&str, &str)]) -> String {
    let mut out = form_urlencoded::Serializer::new(String::new());
    out.extend_pairs([("app_key", "APPKEY"), ("device_id", "dev-1"), ("sdk_name", "javascript_native_web")]);
    out.extend_pairs(pairs).finish()
}

fn get(pairs: &[(&str, &str)]) -> Result<Reading, Answer> {
    Sent::new("GET", &format!("/i?{}", query(pairs)), "").to(read, SETTINGS)
}

fn events(events: &Value) -> Result<Reading, Answer> {
    get(&[("timestamp", "1772445500000"), ("events", &events.to_string())])
}

#[test]
fn captured_requests_are_answered_and_read() {
    let all = captures("countly");
    assert_eq!(all.len(), 1);
    for (name, sent) in all {
        let result = sent.to(read, SETTINGS);
        assert_eq!(said(&result), OK, "{name}");
        assert_eq!(lines(&result), ["session_start Server visitor=cust-42 user=cust-42"], "{name}");
        assert!(hits(&result)[0].facts.properties.as_deref().unwrap().contains("\"_os\":\"Linux\""));
    }
}

#[test]
fn the_shared_path_is_told_apart_by_the_app_key() {
    let dialect = |sent: &Sent| {
        let result = sent.to(|request| foreign::read(Dialect::Snowplow, request), SETTINGS);
        hits(&result).first().map(|hit| hit.facts.dialect)
    };
    let form = query(&[("begin_session", "1")]);
    assert_eq!(dialect(&Sent::new("GET", &format!("/i?{form}"), "")), Some(Dialect::Countly));
    assert_eq!(dialect(&Sent::new("POST", "/i", &form)), Some(Dialect::Countly));
    let json = r#"{"app_key":"APPKEY","device_id":"d","begin_session":1}"#;
    assert_eq!(dialect(&Sent::new("POST", "/i", json)), Some(Dialect::Countly));
    assert_eq!(dialect(&Sent::new("GET", "/i?e=pv&aid=shop", "")), Some(Dialect::Snowplow));
    let inside = "/i?e=pv&aid=shop&url=https%3A%2F%2Fshop.example%2F%3Fapp_key%3D1";
    assert_eq!(dialect(&Sent::new("GET", inside, "")), Some(Dialect::Snowplow));
    assert!(owns("/i") && owns("/i/bulk") && !owns("/i/apps"));
}

#[test]
fn events_named_like_ours_are_read_as_ours() {
    let items = r#"[{"item_id":"S1","price":"20.00","quantity":2},{"item_id":"S2","price":5.5}]"#;
    let cases = [
        (
            json!({"key": "purchase", "count": 1, "sum": 45.50, "segmentation": {"transaction_id": "1001", "tax": "7.26", "currency": "EUR", "items": items}}),
            "purchase Browser visitor=dev-1 order=1001 total=45.50 tax=7.26 currency=EUR item=S1*2@20.00 item=S2*-@5.50",
        ),
        (
            json!({"key": "purchase", "sum": 1, "segmentation": {"transaction_id": 7, "value": "9.90"}}),
            "purchase Browser visitor=dev-1 order=7 total=9.90",
        ),
        (
            json!({"key": "refund", "sum": "5.00", "segmentation": {"transaction_id": "1001", "refund_id": "r1"}}),
            "refund Browser visitor=dev-1 order=1001 refund=r1 amount=5.00",
        ),
        (
            json!({"key": "add_to_cart", "count": 3, "segmentation": {"item_id": "S1", "price": 20, "cart_id": "c"}}),
            "add_to_cart Browser visitor=dev-1 cart=c item=S1*3@20.00",
        ),
        (
            json!({"key": "view_item", "count": 1, "segmentation": {"item_id": "S1", "id": "x", "name": "y", "visitor_id": "other"}}),
            "view_item Browser visitor=dev-1 item=S1*1@-",
        ),
        (json!({"key": "purchase", "sum": 5}), "quarantined order_id.missing"),
        (
            json!({"key": "Subscribed", "count": 2, "sum": 5, "segmentation": {"plan": "gold"}}),
            "Subscribed Browser visitor=dev-1",
        ),
        (
            json!({"key": "[CLY]_view", "segmentation": {"name": "/shirts", "visit": 1, "domain": "shop.example"}}),
            "page_view Browser visitor=dev-1",
        ),
        (json!({"key": "[CLY]_view", "dur": 5, "segmentation": {"name": "/shirts"}}), "ping Browser visitor=dev-1"),
    ];
    for (event, expected) in cases {
        assert_eq!(lines(&events(&json!([event]))), [expected], "{event}");
    }
    let result = events(&json!([{"key": "x", "count": 2, "sum": 5, "segmentation": {"plan": "gold"}}]));
    assert_eq!(hits(&result)[0].facts.properties.as_deref(), Some(r#"{"count":2,"plan":"gold","sum":5}"#));
    let result = events(
        &json!({"key": "[CLY]_view", "segmentation": {"name": "/shirts", "visit": "1", "domain": "shop.example"}}),
    );
    assert_eq!(hits(&result)[0].facts.page.as_ref().unwrap().url.as_deref(), Some("https://shop.example/shirts"));
}

#[test]
fn a_request_sent_again_counts_once() {
    let told = |extra: &str| {
        let event =
            json!([{"key": "a", "timestamp": 1_772_445_500_001_u64}, {"key": "a", "timestamp": 1_772_445_500_001_u64}]);
        let result = get(&[("timestamp", "1772445500009"), ("rr", extra), ("events", &event.to_string())]);
        hits(&result).iter().map(|hit| hit.facts.event_id).collect::<Vec<_>>()
    };
    assert_eq!(told("0"), told("5"));
    assert_ne!(told("0")[0], told("0")[1]);
    let numbered = |at: &str| {
        let result = get(&[("timestamp", at), ("events", r#"[{"key":"a","id":"E1"}]"#)]);
        hits(&result)[0].facts.event_id
    };
    assert_eq!(numbered("1772445500000"), numbered("1772445500001"));
    let result = events(&json!([{"key": "a", "timestamp": 1_772_445_500}]));
    assert_eq!(hits(&result)[0].facts.occurred_at.to_string(), "2026-03-02T09:58:20Z");
}

#[test]
fn a_renamed_device_is_its_customers() {
    let result = get(&[("timestamp", "1772445500000"), ("old_device_id", "dev-0")]);
    assert_eq!(
        lines(&result),
        ["identify Browser visitor=dev-0 user=dev-1", "identify Browser visitor=dev-1 user=dev-1"]
    );
    let result =
        get(&[("user_details", r#"{"email":"a@example.com","phone":"+49 1","name":"A B","custom":{"plan":"gold"}}"#)]);
    assert_eq!(lines(&result), ["identify Browser visitor=dev-1 email=a@example.com"]);
    assert_eq!(hits(&result)[0].facts.properties.as_deref(), Some(r#"{"plan":"gold"}"#));
    assert_eq!(lines(&get(&[("session_duration", "30")])), ["ping Browser visitor=dev-1"]);
    assert_eq!(lines(&get(&[("end_session", "1")])), ["excluded nothing"]);
    let temporary = "/i?app_key=APPKEY&device_id=CLYTemporaryDeviceID&begin_session=1&t=3&sdk_name=java-native-android";
    assert_eq!(lines(&Sent::new("GET", temporary, "").to(read, SETTINGS)), ["session_start App"]);
}

#[test]
fn a_bulk_is_read_request_by_request() {
    let requests = json!([
        {"device_id": "a", "begin_session": 1, "timestamp": 1_772_445_500_000_u64},
        {"device_id": "b", "timestamp": 1_772_445_500_000_u64, "events": [{"key": "x"}]},
        {"app_key": "nobody", "device_id": "c", "begin_session": 1},
        7,
    ]);
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("app_key", "APPKEY")
        .append_pair("requests", &requests.to_string())
        .finish();
    let result = Sent::new("POST", "/i/bulk", &body).to(read, SETTINGS);
    assert_eq!(said(&result), OK);
    assert_eq!(header(&result, "X-Reject-Reason"), Some("site.unknown"));
    assert_eq!(lines(&result), ["session_start Server visitor=a", "x Server visitor=b"]);
}

#[test]
fn what_cannot_be_read_is_answered_clearly() {
    let missing = r#"400 {"result":"Missing parameter \"app_key\" or \"device_id\""}"#;
    let cases = [
        ("POST", "/i", "", missing),
        ("GET", "/i?app_key=APPKEY", "", missing),
        ("GET", "/i?app_key=&device_id=d", "", missing),
        ("GET", "/i?app_key=nobody&device_id=d", "", r#"400 {"result":"App does not exist"}"#),
        ("POST", "/i/bulk?app_key=APPKEY", "requests=5", r#"400 {"result":"events.missing"}"#),
        ("POST", "/i/bulk?app_key=APPKEY", "requests=[]", r#"400 {"result":"events.missing"}"#),
        ("POST", "/i?app_key=APPKEY&device_id=d", "{\"broken", OK),
        ("PUT", "/i?app_key=APPKEY&device_id=d", "", r#"405 {"result":"method.not_allowed"}"#),
    ];
    for (method, target, body, expected) in cases {
        let result = Sent::new(method, target, body).to(read, SETTINGS);
        assert_eq!(said(&result), expected, "{target} {body}");
        assert_eq!(answer(&result).status == 200, header(&result, "X-Reject-Reason").is_none());
    }
    let deep = format!("[{{\"key\":\"x\",\"segmentation\":{{\"a\":{}1{}}}}}]", "[".repeat(50), "]".repeat(50));
    let endless = "[".repeat(5000);
    let many = Value::from(vec![json!({"key": "x"}); 501]).to_string();
    for (list, expected) in [
        ("{", "quarantined event.malformed"),
        ("\"x\"", "quarantined event.malformed"),
        ("[5]", "quarantined event.malformed"),
        ("[{}]", "quarantined event.name_missing"),
        (r#"[{"key":{}}]"#, "quarantined event.name_missing"),
        (r#"[{"key":"x","segmentation":[]}]"#, "quarantined event.malformed"),
        (r#"[{"key":"x","timestamp":"soon"}]"#, "quarantined time.unreadable"),
        (
            r#"[{"key":"purchase","sum":"1e999","segmentation":{"transaction_id":"1"}}]"#,
            "quarantined price.out_of_range",
        ),
        (
            r#"[{"key":"purchase","sum":"Infinity","segmentation":{"transaction_id":"1"}}]"#,
            "quarantined price.not_finite",
        ),
        (r#"[{"key":"add_to_cart","segmentation":{"items":"S1"}}]"#, "quarantined items.malformed"),
        (deep.as_str(), "quarantined event.too_deep"),
        (endless.as_str(), "quarantined event.malformed"),
        (many.as_str(), "quarantined event.too_large"),
    ] {
        assert_eq!(lines(&get(&[("events", list)])), [expected], "{}", &list[..list.len().min(80)]);
    }
}
