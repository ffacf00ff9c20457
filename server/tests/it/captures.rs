//! Requests captured from real Matomo clients (PHP and JavaScript), answered as those clients expect and read back
//! through the API as they were sent. What to expect is worked out here from the request alone.

use crate::harness::{Server, fixture_text};
use serde_json::{Value, json};
use std::collections::HashMap;

const CAPTURED_TOKEN: &str = "0123456789abcdef0123456789abcdef";
/// Just after the newest capture, so that nothing lies in the future.
const CLOCK: &str = "2026-11-21T12:00:00Z";

type Params = HashMap<String, String>;

fn parse(query: &str) -> Params {
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// Returns the elements of a capture: those of a bulk body, or the one request itself.
fn elements(query: &str, body: &str) -> Vec<Params> {
    if let Ok(bulk) = serde_json::from_str::<Value>(body)
        && let Some(requests) = bulk["requests"].as_array()
    {
        return requests
            .iter()
            .map(|r| parse(r.as_str().expect("a query").split_once('?').expect("a query").1))
            .collect();
    }
    let mut params = parse(body);
    params.extend(parse(query));
    vec![params]
}

/// Returns the name of the event that one element must become, `None` if it becomes none.
fn event_name(p: &Params) -> Option<String> {
    let has = |name: &str| p.get(name).is_some_and(|v| !v.is_empty());
    let name = match () {
        () if p.get("recMode").is_some_and(|v| v == "1") => return None,
        // A ping without a visit belongs to nothing.
        () if has("ping") => return None,
        () if p.get("idgoal").is_some_and(|v| v == "0") && has("ec_id") => "purchase",
        () if p.get("idgoal").is_some_and(|v| v == "0") => "cart_update",
        () if has("idgoal") => "goal",
        () if has("download") => "file_download",
        () if has("link") => "click",
        () if has("e_c") => return p.get("e_a").cloned(),
        () if has("c_n") && has("c_i") => "content_interaction",
        () if has("c_n") => "content_impression",
        () if has("search") => "search",
        // A request of a plug-in that nobody here knows.
        () if has("cra") => "custom",
        () => "page_view",
    };
    Some(name.to_owned())
}

/// Asserts that the event read back says what the element said.
fn check_event(name: &str, p: &Params, event: &Value) {
    let sent = &event["sent"];
    let param = |key: &str| p.get(key).map_or("", String::as_str);
    assert_eq!(sent["url"], json!(param("url")), "{name}");
    if event["name"] == "page_view" && !param("action_name").is_empty() {
        assert_eq!(event["page_title"], json!(param("action_name")), "{name}");
    }
    if event["name"] == "purchase" {
        assert_eq!(sent["order"]["order_id"], json!(param("ec_id")), "{name}");
        for (key, field) in [
            ("revenue", "value"),
            ("ec_st", "subtotal"),
            ("ec_tx", "tax"),
            ("ec_sh", "shipping"),
            ("ec_dt", "discount"),
        ] {
            let text = param(key).replace(',', ".");
            let expected = text.parse::<f64>().map_or(Value::Null, |n| json!(format!("{n:.2}")));
            assert_eq!(sent["order"][field], expected, "{name}: {key}={}", param(key));
        }
    }
    if ["purchase", "cart_update"].contains(&event["name"].as_str().unwrap_or("")) {
        let listed: Vec<Value> = serde_json::from_str(param("ec_items")).unwrap_or_default();
        let skus: Vec<&Value> = listed.iter().map(|item| &item[0]).collect();
        let read: Vec<&Value> = sent["items"].as_array().expect("items").iter().map(|item| &item["item_id"]).collect();
        assert_eq!(read, skus, "{name}");
    }
    if event["name"] == "goal" {
        assert_eq!(sent["goal"], json!(param("idgoal").parse::<u32>().expect("a goal")), "{name}");
    }
    if event["name"] == "search" {
        assert_eq!(sent["search"]["term"], json!(param("search")), "{name}");
    }
    for (key, value) in p.iter().filter(|(key, _)| key.starts_with("dimension")) {
        assert_eq!(sent["properties"][key], json!(value), "{name}: {key}");
    }
}

#[test]
fn every_captured_request_is_answered_and_read_back() {
    let server = Server::start_at(CLOCK);
    let token = server.token(None, "admin");
    let captures = fixture_text("captures/matomo.jsonl");
    let captures: Vec<Value> = captures.lines().map(|line| serde_json::from_str(line).expect("a capture")).collect();
    assert_eq!(captures.len(), 67);
    for (i, capture) in captures.iter().enumerate() {
        let site = i as u32 + 100;
        server.post_json(
            "/api/v1/sites",
            &token,
            &json!({"id": site, "domain": "shop.example", "currency": "EUR", "timezone": "UTC"}),
        );
        for goal in [2, 4, 5] {
            server.post_json(
                &format!("/api/v1/sites/{site}/goals"),
                &token,
                &json!({"id": goal, "name": format!("goal {goal}"), "attribute": "manually"}),
            );
        }
        let here = |field: &str| {
            let text = capture[field].as_str().unwrap_or("");
            text.replace("idsite=3&", &format!("idsite={site}&")).replace(CAPTURED_TOKEN, &token)
        };
        let (name, query, body) = (capture["name"].as_str().expect("name"), here("query"), here("body"));
        let headers: Vec<(&str, &str)> = capture["headers"]
            .as_object()
            .expect("headers")
            .iter()
            .filter(|(k, _)| {
                !["host", "content-length", "connection", "accept-encoding"].contains(&k.to_lowercase().as_str())
            })
            .map(|(k, v)| (k.as_str(), v.as_str().unwrap_or("")))
            .collect();
        let target = if query.is_empty() { "/matomo.php".to_owned() } else { format!("/matomo.php?{query}") };
        let answer = match capture["method"].as_str() {
            Some("GET") => server.get_raw(&target, &headers),
            _ => server.post(&target, &headers, body.as_bytes()),
        };
        check_answer(name, &query, &body, &answer);
    }
    server.settle();
    for (i, capture) in captures.iter().enumerate() {
        let name = capture["name"].as_str().expect("name");
        let live = server.get_json(&format!("/api/v1/sites/{}/live", i + 100), &token);
        let mut events: Vec<&Value> = live["events"].as_array().expect("events").iter().collect();
        // Newest first in the answer; as they were sent here.
        events.reverse();
        let expected: Vec<(String, Params)> =
            elements(capture["query"].as_str().unwrap_or(""), capture["body"].as_str().unwrap_or(""))
                .into_iter()
                .filter_map(|p| Some((event_name(&p)?, p)))
                .collect();
        let names: Vec<&str> = events.iter().map(|e| e["name"].as_str().expect("name")).collect();
        assert_eq!(names, expected.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), "{name}");
        for ((_, params), event) in expected.iter().zip(events) {
            check_event(name, params, event);
        }
    }
}

/// Asserts the answer that the client of a capture expects: a GIF, nothing, or the count of a bulk request.
fn check_answer(name: &str, query: &str, body: &str, (status, answer): &(u16, Vec<u8>)) {
    let bulk = serde_json::from_str::<Value>(body).ok().filter(|b| b["requests"].is_array());
    if let Some(bulk) = bulk {
        if bulk["send_image"] == 0 {
            assert_eq!((*status, answer.len()), (204, 0), "{name}");
            return;
        }
        let answer: Value = serde_json::from_slice(answer).expect("JSON");
        assert_eq!((status, &answer["status"], &answer["invalid"]), (&200, &json!("success"), &json!(0)), "{name}");
        assert_eq!(answer["tracked"], json!(bulk["requests"].as_array().map_or(0, Vec::len)), "{name}");
    } else if parse(query).get("send_image").or(parse(body).get("send_image")).is_some_and(|v| v == "0") {
        assert_eq!((*status, answer.len()), (204, 0), "{name}");
    } else {
        assert_eq!((*status, answer.len(), answer.starts_with(b"GIF89a")), (200, 43, true), "{name}");
    }
}
