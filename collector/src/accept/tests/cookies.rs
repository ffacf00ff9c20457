//! The visitor's id in a cookie that the server sets: for whom, with what attributes, and for whom never.

use super::*;
use serde_json::{Value, json};

const AGE: &str = "Max-Age=33696000";

/// A request of a page on `origin` to `host`.
fn page(origin: &str, host: &str, body: &Value) -> HttpRequest<String> {
    let request = post("/s/word1").body(body.to_string()).unwrap();
    with_header(with_header(request, "origin", origin), "host", host)
}

/// A batch of site 1 with one page view, changed by `more`.
fn batch(more: Value) -> Value {
    let mut body = json!({"site": "key1", "visitor_id": "v-1", "events": [{"id": "a", "name": "page_view"}]});
    let Value::Object(more) = more else { panic!("an object") };
    for (name, value) in more {
        body[name] = value;
    }
    body
}

/// A page of the shop, at the shop's own Tallyho.
fn own(body: &Value) -> HttpRequest<String> {
    page("https://www.shop.example", "stats.shop.example", body)
}

fn cookie(reply: &Reply) -> Option<&str> {
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.header("set-cookie")
}

#[test]
fn an_own_page_gets_its_visitor_s_id_as_a_cookie_and_in_the_answer() {
    let shop = Shop::open(&[]);
    let first = shop.send(own(&batch(json!({}))));
    let kept = format!("_tly_1=v-1; Path=/; {AGE}; HttpOnly; SameSite=Lax; Secure");
    assert_eq!(cookie(&first), Some(kept.as_str()));
    assert_eq!(first.text(), r#"{"accepted":1,"quarantined":[],"visitor_id":"v-1","kept":false}"#);
    assert_eq!(first.header("access-control-allow-origin"), Some("https://www.shop.example"));
    assert_eq!(first.header("access-control-allow-credentials"), Some("true"));
    assert_eq!(shop.hit().person.visitor_id.as_deref(), Some("v-1"));
    let again = shop.send(own(&batch(json!({}))));
    assert_eq!((again.body, cookie(&shop.send(own(&batch(json!({})))))), (first.body, Some(kept.as_str())));
}

#[test]
fn what_the_browser_brings_back_is_the_visitor_of_events_that_name_none() {
    let shop = Shop::open(&[]);
    let events = json!([{"id": "a", "name": "page_view"}, {"id": "b", "name": "page_view", "visitor_id": "named"}]);
    let request = own(&batch(json!({"visitor_id": "fresh", "events": events})));
    let reply = shop.send(with_header(request, "cookie", "a=b; _tly_1=old-1; _tly_12=x; _tly=y"));
    assert!(reply.text().ends_with(r#""visitor_id":"old-1","kept":true}"#), "{}", reply.text());
    assert!(cookie(&reply).is_some_and(|cookie| cookie.starts_with("_tly_1=old-1; ")));
    let ids: Vec<_> = shop
        .records()
        .into_iter()
        .map(|record| match record {
            Record::Hit(hit) => hit.person.visitor_id,
            other => panic!("{other:?} should be a hit"),
        })
        .collect();
    assert_eq!(ids, [Some("old-1".to_owned()), Some("named".to_owned())]);
}

#[test]
fn an_id_that_only_events_name_is_kept_and_none_is_made_up() {
    let shop = Shop::open(&[]);
    let named = shop.send(own(&batch(json!({"visitor_id": null, "events": [{"name": "x", "visitor_id": "v-2"}]}))));
    assert!(cookie(&named).is_some_and(|cookie| cookie.starts_with("_tly_1=v-2; ")));
    let silent = shop.send(own(&batch(json!({"visitor_id": null}))));
    assert_eq!((cookie(&silent), silent.text()), (None, r#"{"accepted":1,"quarantined":[]}"#));
    for odd in ["", "undefined", "a b", "a;b", "a\"b", "ä", &"x".repeat(65)] {
        let reply = shop.send(own(&batch(json!({"visitor_id": odd}))));
        assert_eq!((cookie(&reply), reply.text()), (None, r#"{"accepted":1,"quarantined":[]}"#), "{odd}");
    }
}

#[test]
fn only_pages_of_the_site_s_own_on_the_same_site_get_a_cookie() {
    let shop = Shop::open(&[("dialects", "")]);
    let sets = |origin: &str, host: &str| cookie(&shop.send(page(origin, host, &batch(json!({}))))).is_some();
    assert!(sets("https://shop.example", "shop.example"));
    assert!(sets("https://shop.example", "stats.shop.example:8443"));
    assert!(!sets("https://shop.example", "stats.other.example"), "another owner's host");
    assert!(!sets("https://evil.example", "stats.shop.example"), "another owner's page");
    assert!(!sets("https://blog.shop.example", "stats.shop.example"), "not listed as the site's own");
    assert!(!sets("null", "shop.example"));
    let without = post("/v1/collect").header("host", "shop.example").body(batch(json!({})).to_string()).unwrap();
    assert_eq!(cookie(&shop.send(without)), None, "no page");
    let settings =
        [("origins", "http://127.0.0.1:8000,http://127.0.0.2,http://localhost,shop.co.uk,http://[::1]:80,github.io")];
    let shop = Shop::open(&settings);
    let sets = |origin: &str, host: &str| cookie(&shop.send(page(origin, host, &batch(json!({}))))).is_some();
    assert!(sets("http://127.0.0.1:8000", "127.0.0.1:9000"));
    assert!(!sets("http://127.0.0.2", "127.0.0.1:9000"), "addresses have no owner in common");
    assert!(sets("http://localhost", "localhost:9000") && sets("http://[::1]:80", "[::1]:9000"));
    assert!(!sets("https://shop.co.uk", "stats.co.uk"), "a public suffix is nobody's");
    assert!(!sets("https://github.io", "shop.github.io"));
}

#[test]
fn https_is_believed_from_the_page_and_from_trusted_proxies() {
    let shop = Shop::open(&[]);
    let check = |peer: &str, origin: &str, proto: &str, host: &str, expected: Option<bool>| {
        let request = with_header(page(origin, host, &batch(json!({}))), "x-forwarded-proto", proto);
        let reply = shop.send_from(peer, with_header(request, "x-forwarded-host", "shop.example, inner"));
        assert_eq!(
            cookie(&reply).map(|cookie| cookie.contains("; Secure")),
            expected,
            "{peer} {origin} {proto} {host}"
        );
    };
    check("203.0.113.9", "http://shop.example", "http", "shop.example", Some(false));
    check("203.0.113.9", "http://shop.example", "https", "shop.example", Some(false));
    check("203.0.113.9", "https://shop.example", "http", "shop.example", Some(true));
    check("10.0.0.1", "http://shop.example", "https", "shop.example", Some(true));
    check("10.0.0.1", "http://shop.example", "https, http", "127.0.0.1:8080", Some(true));
    check("10.0.0.1", "http://shop.example", "http", "127.0.0.1:8080", Some(false));
    check("203.0.113.9", "http://shop.example", "https", "127.0.0.1:8080", None);
}

#[test]
fn who_objects_or_refuses_gets_none_and_loses_what_there_was() {
    let gone = "_tly_1=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure";
    let check = |settings: &[(&str, &str)], header: (&'static str, &str), more: Value, expected: Option<&str>| {
        let shop = Shop::open(settings);
        let ask = |cookie: &str| {
            let request = with_header(own(&batch(more.clone())), "cookie", cookie);
            shop.send(with_header(request, header.0, header.1))
        };
        let reply = ask("_tly_1=old-1");
        assert_eq!(cookie(&reply), expected, "{settings:?} {header:?} {more}");
        assert!(!reply.text().contains("visitor_id"), "{}", reply.text());
        assert_eq!(cookie(&ask("other=1")), None);
        assert!(!shop.keeps("old-1"), "{settings:?} {header:?} {more}");
    };
    let none = |name: &str| json!({"id": name, "name": name, "consent": "none"});
    let both = json!([none("x"), {"id": "y", "name": "y", "consent": "analytics"}]);
    check(&[], ("sec-gpc", "1"), json!({}), Some(gone));
    check(&[("gpc", "exclude")], ("sec-gpc", "1"), json!({}), Some(gone));
    check(&[("dnt", "cookieless")], ("dnt", "1"), json!({}), Some(gone));
    check(&[("tracker_cookies", "false")], ("x-a", "1"), json!({}), Some(gone));
    check(&[], ("x-a", "1"), json!({"events": [none("x")]}), Some(gone));
    check(&[], ("x-a", "1"), json!({"events": both}), None);
    check(&[], ("x-a", "1"), json!({"forget": true, "visitor_id": null, "events": []}), Some(gone));
    let shop = Shop::open(&[("gpc", "ignore")]);
    assert!(cookie(&shop.send(with_header(own(&batch(json!({}))), "sec-gpc", "1"))).is_some());
}

#[test]
fn a_new_visitor_replaces_the_one_that_is_to_be_forgotten() {
    let shop = Shop::open(&[]);
    let request = own(&batch(json!({"forget": true, "visitor_id": "new-1"})));
    let reply = shop.send(with_header(request, "cookie", "_tly_1=old-1"));
    assert!(cookie(&reply).is_some_and(|cookie| cookie.starts_with("_tly_1=new-1; ")));
    assert!(reply.text().ends_with(r#""visitor_id":"new-1","kept":false}"#), "{}", reply.text());
    assert_eq!(shop.hit().person.visitor_id.as_deref(), Some("new-1"));
}
