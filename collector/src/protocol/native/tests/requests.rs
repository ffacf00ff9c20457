//! Whole requests: who may send, what becomes of each field, and what is answered.

use super::*;
use crate::sample::{ADMIN, IMPORT, INGEST, READ};
use commerce::hit::{Consent, OrderStatus, flags, names};
use commerce::ids::SiteId;
use commerce::money::Amount;

fn events(token: Option<&str>, body: &str) -> Result<Reading, Answer> {
    let authorization = token.map(|token| format!("Bearer {token}"));
    let headers: Vec<(&'static str, &str)> =
        authorization.iter().map(|value| ("authorization", value.as_str())).collect();
    call(&[], "/v1/events", "", &headers, body.as_bytes())
}

#[test]
fn a_bad_event_quarantines_only_itself() {
    let body = br#"{"site":"key1","events":[{"name":"page_view"},{"name":"purchase","transaction_id":"1","value":NaN},5,{"name":"page_view"}]}"#;
    let reading = collect_with(&[], body).unwrap();
    let answer: serde_json::Value = serde_json::from_slice(&reading.answer.body).unwrap();
    assert_eq!(answer["accepted"], 2);
    let quarantined = answer["quarantined"].as_array().unwrap();
    let listed: Vec<(u64, &str)> =
        quarantined.iter().map(|q| (q["i"].as_u64().unwrap(), q["reason"].as_str().unwrap())).collect();
    assert_eq!(listed, [(1, "price.not_finite"), (2, "event.malformed")]);
    assert_eq!(reading.outcomes.len(), 4);
}

#[test]
fn requests_are_refused_with_their_status() {
    for (body, expected) in [
        ("", (400, "body.malformed")),
        ("[]", (400, "body.malformed")),
        ("{\"site\":1,\"events\":[{]}", (400, "body.malformed")),
        ("{\"site\":1,\"events\":[]} x", (400, "body.malformed")),
        ("{\"site\":1,\"events\":{}}", (400, "body.malformed")),
        ("{\"site\":1}", (400, "events.missing")),
        ("{\"events\":[]}", (400, "site.missing")),
        ("{\"site\":null,\"events\":[]}", (400, "site.missing")),
        ("{\"site\":99,\"events\":[]}", (400, "site.unknown")),
        ("{\"site\":\"nope\",\"events\":[]}", (400, "site.unknown")),
    ] {
        let (status, code) = refused_code(collect_with(&[], body.as_bytes()));
        assert_eq!((status, code.as_str()), expected, "{body}");
    }
    let many = |n: usize| format!("{{\"site\":1,\"events\":[{}]}}", vec!["{\"name\":\"x\"}"; n].join(","));
    assert_eq!(collect_with(&[], many(500).as_bytes()).unwrap().outcomes.len(), 500);
    assert_eq!(refused_code(collect_with(&[], many(501).as_bytes())), (400, "events.too_many".to_owned()));
}

#[test]
fn tokens_decide_who_sends_for_which_site() {
    let body = "{\"events\":[{\"name\":\"page_view\"}]}";
    for (token, body, expected) in [
        (None, body, (401, "token.missing")),
        (Some("nonsense"), body, (401, "token.unknown")),
        (Some(READ), body, (403, "token.scope")),
        (Some(ADMIN), body, (400, "site.missing")),
        (Some(INGEST), "{\"site\":2,\"events\":[]}", (403, "token.site")),
        (Some(INGEST), "{\"site\":9,\"events\":[]}", (400, "site.unknown")),
    ] {
        let (status, code) = refused_code(events(token, body));
        assert_eq!((status, code.as_str()), expected, "{token:?} {body}");
    }
    for (token, body, site, origin) in [
        (INGEST, body, 1, Origin::Server),
        (INGEST, "{\"site\":\"key1\",\"events\":[{\"name\":\"a\"}]}", 1, Origin::Server),
        (IMPORT, body, 1, Origin::Import),
        (ADMIN, "{\"site\":2,\"events\":[{\"name\":\"a\"}]}", 2, Origin::Server),
    ] {
        let reading = events(Some(token), body).unwrap();
        let Outcome::Hit(hit) = &reading.outcomes[0] else { panic!("{body} should be a hit") };
        assert_eq!((hit.facts.site, hit.facts.origin, hit.facts.trust), (SiteId(site), origin, Trust::Verified));
    }
}

#[test]
fn only_a_token_may_speak_for_a_visitor() {
    let event = r#"{"name":"page_view","ip":"198.51.100.7","user_agent":"UA","origin":"platform"}"#;
    let reading = events(Some(INGEST), &format!("{{\"events\":[{event}]}}")).unwrap();
    assert_eq!(reading.claimed_ips, [(0, "198.51.100.7".parse().unwrap())]);
    let Outcome::Hit(server) = &reading.outcomes[0] else { panic!("should be a hit") };
    assert_eq!((server.person.user_agent.as_deref(), server.facts.origin), (Some("UA"), Origin::Platform));
    let browser = hit(event);
    assert_eq!((browser.person.user_agent, browser.facts.origin), (None, Origin::Browser));
    assert!(browser.facts.flags.unwrap() & flags::VALUE_DROPPED != 0);
    assert_eq!(hit(r#"{"name":"page_view","origin":"app"}"#).facts.origin, Origin::App);
}

#[test]
fn the_envelope_becomes_facts_and_person() {
    let hit = hit(
        r#"{"id":"0192f0c1-2b3c-7d4e-8f50-123456789abc","name":" view_item ","visitor_id":"v1","visit_id":{"cookie":"_ga_X","value":"GS1.1.1700.3.0"},
        "user_id":77,"email":" Jane@Example.com ","cart_id":"c1","consent":"analytics","page":{"url":"https://shop.example/a","title":"A","referrer":"https://x.example/"},
        "screen":"1x1","attribution":{"source":"news","click_ids":{"gclid":"g1"}},"properties":{"colour":"red","deep":{"a":[1,2.50]}},"mood":12345678901234567890,
        "items":[{"item_id":"A-1","item_name":"Shoe","item_category":"Men","item_category3":"Run","price":"10","index":4,"size":"42"}],"item_list_id":"home"}"#,
    );
    let (facts, person) = (hit.facts, hit.person);
    assert_eq!(facts.event_id.to_string(), "0192f0c1-2b3c-7d4e-8f50-123456789abc");
    assert_eq!((facts.name.as_str(), facts.flags), (names::VIEW_ITEM, None));
    assert_eq!(
        (person.visitor_id.as_deref(), person.visit_id.as_deref(), person.user_id.as_deref()),
        (Some("v1"), Some("1700"), Some("77"))
    );
    assert_eq!(person.email.as_deref(), Some(" Jane@Example.com "));
    assert_eq!(
        (facts.cart_id.as_deref(), facts.consent, facts.screen.as_deref()),
        (Some("c1"), Some(Consent::Analytics), Some("1x1"))
    );
    assert_eq!(facts.page.unwrap().referrer.as_deref(), Some("https://x.example/"));
    assert_eq!(facts.attribution.unwrap().click_ids.unwrap(), [("gclid".to_owned(), "g1".to_owned())]);
    assert_eq!(
        facts.properties.as_deref(),
        Some(r#"{"colour":"red","deep":{"a":[1,2.50]},"mood":12345678901234567890}"#)
    );
    let item = &facts.items.unwrap()[0];
    assert_eq!(item.categories.as_deref().unwrap(), ["Men", "Run"]);
    assert_eq!(
        (item.index, item.list_id.as_deref(), item.properties.as_deref()),
        (Some(4), Some("home"), Some(r#"{"size":"42"}"#))
    );
}

#[test]
fn ids_keep_every_digit_and_placeholders_are_none() {
    let id = |json: &str| {
        let hit = hit(&format!("{{\"id\":\"e\",\"name\":\"x\",\"user_id\":{json}}}"));
        (hit.person.user_id, hit.facts.flags)
    };
    assert_eq!(id("12345678901234567890"), (Some("12345678901234567890".to_owned()), None));
    assert_eq!(id("9007199254740993"), (Some("9007199254740993".to_owned()), None));
    for json in [
        "\"undefined\"",
        "\"null\"",
        "\"guest\"",
        "\"[object Object]\"",
        "0",
        "\"00000000-0000-0000-0000-000000000000\"",
    ] {
        assert_eq!(id(json), (None, Some(flags::PLACEHOLDER_ID)), "{json}");
    }
    assert_eq!(id("\"\""), (None, None));
    assert_eq!(hit("{\"name\":\"x\"}").facts.flags, Some(flags::NO_EVENT_ID));
    assert_eq!(
        hit("{\"name\":\"x\",\"id\":\"undefined\"}").facts.flags,
        Some(flags::NO_EVENT_ID | flags::PLACEHOLDER_ID)
    );
}

#[test]
fn order_ids_must_be_real() {
    for (json, expected) in [
        ("\"1001\"", "ok"),
        ("12345678901234567890", "ok"),
        ("\"\"", "order_id.missing"),
        ("\"  \"", "order_id.missing"),
        ("null", "order_id.missing"),
        ("{}", "order_id.missing"),
        ("0", "order_id.placeholder"),
        ("\"undefined\"", "order_id.placeholder"),
        ("\"{{order_id}}\"", "order_id.placeholder"),
        ("\"[object Object]\"", "order_id.placeholder"),
    ] {
        for name in ["purchase", "order_update", "refund"] {
            assert_eq!(
                verdict(&format!("{{\"name\":\"{name}\",\"transaction_id\":{json}}}")),
                expected,
                "{name} {json}"
            );
        }
    }
}

#[test]
fn statuses_are_a_closed_list() {
    let status = |json: &str| format!("{{\"name\":\"order_status\",\"transaction_id\":\"7\",\"status\":{json}}}");
    assert_eq!(hit(&status("\"Canceled\"")).facts.order.unwrap().status, Some(OrderStatus::Cancelled));
    for json in ["\"shipped\"", "1", "null"] {
        assert_eq!(verdict(&status(json)), "order.status_unknown", "{json}");
    }
}

#[test]
fn refunds_carts_goals_and_searches_have_their_own_fields() {
    let refund = hit(r#"{"name":"refund","transaction_id":"7","refund_id":"r1","amount":"5","reason":"torn","at":"2026-03-02T09:00:00Z"}"#).facts.refund.unwrap();
    assert_eq!(
        (refund.refund_id.as_deref(), refund.amount, refund.reason.as_deref()),
        (Some("r1"), Some(Amount(50_000)), Some("torn"))
    );
    assert_eq!(
        hit(r#"{"name":"refund","transaction_id":"7","value":3}"#).facts.refund.unwrap().amount,
        Some(Amount(30_000))
    );
    let cart = hit(
        r#"{"name":"cart_update","value":"12","currency":"EUR","coupon":"C","checkout_step":"2","recovery_url":"https://shop.example/r?token=1","email":"a@b.c"}"#,
    );
    assert_eq!(cart.facts.cart.unwrap().value, Some(Amount(120_000)));
    assert_eq!(cart.person.recovery_url.as_deref(), Some("https://shop.example/r?token=1"));
    for named in ["3", "\"3\"", "\"Newsletter\""] {
        let goal = hit(&format!("{{\"name\":\"goal\",\"goal\":{named},\"value\":\"9.5\"}}")).facts.goal.unwrap();
        assert_eq!((goal.goal, goal.value), (3, Some(Amount(95_000))));
    }
    for json in ["{\"name\":\"goal\"}", "{\"name\":\"goal\",\"goal\":4}"] {
        assert_eq!(verdict(json), "goal.unknown");
    }
    let search = hit(r#"{"name":"search","search_term":"shoes","results":0}"#).facts.search.unwrap();
    assert_eq!((search.term.as_str(), search.results), ("shoes", Some(0)));
    let custom = hit(r#"{"name":"newsletter","value":5,"status":"x","transaction_id":"0"}"#).facts;
    assert_eq!(custom.properties.as_deref(), Some(r#"{"value":5,"status":"x","transaction_id":"0"}"#));
}

#[test]
fn a_data_layer_is_an_event() {
    let facts = hit(r#"{"event":"purchase","ecommerce":{"transaction_id":"T1","value":25.42,"tax":4.9,"items":[{"item_id":"S","price":10,"quantity":2}]}}"#).facts;
    assert_eq!((facts.name.as_str(), facts.properties), ("purchase", None));
    assert_eq!(facts.order.unwrap().total, Some(Amount(254_200)));
    assert_eq!(facts.items.unwrap().len(), 1);
}

#[test]
fn cookies_of_other_clients_hold_ids() {
    use super::cookie::{Wanted, of_cookie};
    for (wanted, name, value, expected) in [
        (Wanted::Visitor, "_pk_id.1.1fff", "0123456789ABCDEF.1700000000.", Some("0123456789abcdef")),
        (Wanted::Visitor, "_pk_id", "short.1", None),
        (Wanted::Visitor, "_ga", "GA1.1.1234567890.1600000000", Some("1234567890.1600000000")),
        (Wanted::Visit, "_ga_ABC", "GS1.1.1700000000.3.1", Some("1700000000")),
        (Wanted::Visit, "_ga_ABC", "GS2.1.s1700000001$o3$g1", Some("1700000001")),
        (Wanted::Visitor, "_sp_id.1fff", "d-1.1.2.3.4.s-1.p", Some("d-1")),
        (Wanted::Visit, "_sp_id.1fff", "d-1.1.2.3.4.s-1.p", Some("s-1")),
        (Wanted::Visitor, "_hp2_id.9", "%7B%22userId%22%3A%2275%22%2C%22sessionId%22%3A%228%22%7D", Some("75")),
        (Wanted::Visitor, "ajs_anonymous_id", "%22abc%22", Some("abc")),
        (Wanted::Visitor, "ahoy_visitor", "u-1", Some("u-1")),
        (Wanted::Visitor, "ahoy_visitor", "undefined", None),
    ] {
        assert_eq!(of_cookie(wanted, name, value).as_deref(), expected, "{name}={value}");
    }
    let hit = hit(r#"{"name":"x","visitor_id":{"cookie":"_pk_id","value":"0123456789abcdef.1"}}"#);
    assert_eq!(hit.person.visitor_id.as_deref(), Some("0123456789abcdef"));
}

#[test]
fn an_empty_list_empties_a_cart_and_says_nothing_elsewhere() {
    let items = |event: &str| hit(event).facts.items;
    assert_eq!(items(r#"{"name":"cart_update","cart_id":"c1","items":[]}"#), Some(Vec::new()));
    assert_eq!(items(r#"{"name":"cart_update","cart_id":"c1"}"#), None);
    assert_eq!(items(r#"{"name":"add_to_cart","cart_id":"c1","items":[]}"#), None);
    assert_eq!(items(r#"{"name":"purchase","transaction_id":"1","items":[]}"#), None);
}
