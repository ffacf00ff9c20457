//! The tracker's script over HTTP: configured by a site's settings, cacheable, and the snippet that loads it.

use crate::harness::{Server, agent};
use serde_json::{Value, json};

/// Returns status, text and headers of a script for pages that reach the server as `host`.
fn load(server: &Server, target: &str, host: &str, tag: Option<&str>) -> (u16, String, ureq::http::HeaderMap) {
    let mut request = agent().get(format!("{}{target}", server.base)).header("Host", host);
    if let Some(tag) = tag {
        request = request.header("If-None-Match", tag);
    }
    let mut answer = request.call().expect("an answer");
    let text = answer.body_mut().read_to_string().expect("text");
    (answer.status().as_u16(), text, answer.headers().clone())
}

fn preset(text: &str) -> Value {
    let line = text.lines().next().expect("a first line");
    let json = line.split_once(".preset=").expect("a preset").1.trim_end_matches(';');
    serde_json::from_str(json).unwrap_or_else(|e| panic!("{e}: {line}"))
}

#[test]
fn settings_reach_the_pages_with_the_script() {
    let server = Server::start();
    server.cli(&["site", "add", "--domain", "www.shop.example", "--currency", "EUR", "--timezone", "UTC"]);
    let token = server.token(Some(1), "read");
    let snippet = server.get_json("/api/v1/sites/1/snippet", &token);
    let address =
        |name: &str| snippet[name].as_str().expect("an address").split_once("/s/").expect("a path").1.to_owned();
    let (plain, configured) = (format!("/s/{}", address("script")), format!("/s/{}", address("configured")));
    let html = snippet["html"].as_str().expect("html");
    assert!(html.contains(&format!("src=\"{}\"", snippet["configured"].as_str().expect("text"))), "{html}");
    let key = configured.split_once("?site=").expect("a key").1.to_owned();

    let (status, first, headers) = load(&server, &configured, "stats.shop.example:8443", None);
    assert_eq!((status, preset(&first)), (200, json!({"site": key, "hosts": ["shop.example"]})));
    let caching = headers["cache-control"].to_str().expect("text");
    assert!(caching.starts_with("public, max-age=300"), "{caching}");
    let tag = headers["etag"].to_str().expect("text").to_owned();
    assert_eq!(load(&server, &configured, "stats.shop.example:8443", Some(&tag)).0, 304);
    assert_eq!(preset(&load(&server, &configured, "stats.other.example", None).1), json!({"site": key}));

    let set = ["tracker_wait=true", "tracker_auto=false", "tracker_domains=pay.example", "gpc=ignore"];
    let more = ["tracker_modules=autocapture,vitals", "origins=https://blog.shop.example:8080"];
    server.cli(&[&["site", "set", "--site", "1"][..], &set, &more].concat());
    let (status, second, _) = load(&server, &configured, "stats.shop.example", Some(&tag));
    let hosts = ["shop.example", "blog.shop.example"];
    let expected =
        json!({"site": key, "auto": false, "wait": true, "gpc": false, "domains": ["pay.example"], "hosts": hosts});
    assert_eq!((status, preset(&second)), (200, expected));
    assert!(second.contains("web_vitals") && second.contains("form_submit") && !first.contains("web_vitals"));

    server.cli(&["site", "set", "--site", "1", "tracker_cookies=false"]);
    let without = preset(&load(&server, &configured, "stats.shop.example", None).1);
    assert_eq!((&without["cookies"], &without["hosts"]), (&json!(false), &Value::Null));
    let (status, text, _) = load(&server, &plain, "stats.shop.example", None);
    assert!(status == 200 && !text.contains(".preset={"), "the plain script has no site");
    let (status, text, _) = load(&server, &format!("{plain}?site=nobody"), "stats.shop.example", None);
    assert!(status == 404 && text.contains("site.unknown"), "{text}");
}

#[test]
fn the_visitor_s_cookie_is_set_over_http() {
    let server = Server::start_with(None, &["--trusted-proxies", "127.0.0.1"]);
    server.cli(&["site", "add", "--domain", "shop.example", "--currency", "EUR", "--timezone", "UTC"]);
    let body = json!({"site": 1, "visitor_id": "v-1", "events": [{"id": "a", "name": "page_view"}]}).to_string();
    let send = |cookie: &str| {
        let request = agent().post(format!("{}/v1/collect", server.base)).content_type("text/plain");
        let request = request.header("Origin", "http://shop.example").header("X-Forwarded-Host", "stats.shop.example");
        let request = request.header("X-Forwarded-Proto", "https").header("Cookie", cookie);
        let mut answer = request.send(body.as_str()).expect("an answer");
        let text = answer.body_mut().read_to_string().expect("text");
        let cookie = answer.headers()["set-cookie"].to_str().expect("text").to_owned();
        (cookie, serde_json::from_str::<Value>(&text).expect("JSON"))
    };
    let (cookie, answer) = send("a=b");
    assert_eq!(cookie, "_tly_1=v-1; Path=/; Max-Age=33696000; HttpOnly; SameSite=Lax; Secure");
    assert_eq!(answer, json!({"accepted": 1, "quarantined": [], "visitor_id": "v-1", "kept": false}));
    let (cookie, answer) = send("_tly_1=older");
    assert!(cookie.starts_with("_tly_1=older; "), "{cookie}");
    assert_eq!((&answer["visitor_id"], &answer["kept"]), (&json!("older"), &json!(true)));
}
