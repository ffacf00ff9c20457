//! The description of the API against a server with a shop in it: every GET is asked, and every list has something in it,
//! so that what is said of its rows is held against rows. The harness compares; see `described.rs`.

use crate::browser::{Browser, add_user};
use crate::described::{DESCRIPTION, operation};
use crate::orders::Shop;
use serde_json::{Value, json};

const CLOCK: &str = "2026-04-06T10:00:00Z";
const PERIOD: &str = "from=2026-04-01&to=2026-04-06";

/// A shop in which everything has happened that the API can tell of.
fn shop() -> Shop {
    let shop = Shop::open_at(CLOCK);
    shop.server.cli(&["site", "set", "--site", "1", "contact=clear"]);
    shop.server.collect(1, &json!([
        {"id": "p1", "name": "page_view", "visitor_id": "v1", "occurred_at": "2026-04-06T09:30:00Z",
         "page": {"url": "https://shop.example/?utm_source=news&utm_medium=email&utm_campaign=spring"}},
        {"id": "i1", "name": "view_item", "visitor_id": "v1", "occurred_at": "2026-04-06T09:31:00Z",
         "items": [{"item_id": "A", "item_name": "Shirt", "price": "60.00"}]},
        {"id": "s1", "name": "view_search_results", "visitor_id": "v1", "occurred_at": "2026-04-06T09:32:00Z",
         "search_term": "shirt", "properties": {"colour": "red"}},
        {"id": "c1", "name": "cart_update", "visitor_id": "v1", "cart_id": "k1", "occurred_at": "2026-04-06T09:33:00Z",
         "currency": "EUR", "email": "ann@example.org", "consent": "analytics", "checkout_step": "shipping",
         "items": [{"item_id": "A", "item_name": "Shirt", "price": "60.00", "quantity": 2}]},
        {"id": "b1", "name": "purchase", "visitor_id": "v1", "user_id": "u1", "occurred_at": "2026-04-06T09:50:00Z",
         "transaction_id": "1001", "cart_id": "k1", "value": "98.00", "currency": "EUR", "payment_method": "card",
         "coupon": "SPRING"},
        {"id": "c2", "name": "cart_update", "visitor_id": "v1", "cart_id": "k1", "occurred_at": "2026-04-06T09:56:00Z",
         "currency": "EUR", "items": [{"item_id": "B", "price": "40.00"}]},
        {"id": "k2", "name": "cart_update", "visitor_id": "v2", "cart_id": "k2", "occurred_at": "2026-04-06T08:55:00Z",
         "currency": "EUR", "items": [{"item_id": "B", "price": "40.00"}]},
        {"id": "p2", "name": "page_view", "visitor_id": "v2", "occurred_at": "2026-04-06T09:59:59Z",
         "page": {"url": "https://shop.example/shoes"}},
        {"id": "p3", "name": "page_view", "visitor_id": "v2", "occurred_at": "2026-04-06T09:59:59.500Z",
         "page": {"url": "https://shop.example/shoes"}},
    ]));
    shop.serve(&json!([
        {"id": "s2", "name": "purchase", "transaction_id": "1001", "aliases": ["stripe:pi_1"], "user_id": "u1",
         "email": "ann@example.org", "value": "100.00", "tax": "16.00", "currency": "EUR", "occurred_at": "2026-04-06T09:50:02Z",
         "items": [{"item_id": "A", "price": "60.00"}, {"item_id": "B", "price": "40.00"}]},
        {"id": "s3", "name": "refund", "transaction_id": "1001", "refund_id": "R1", "amount": "40.00", "reason": "too small",
         "at": "2026-04-06T09:55:00Z", "items": [{"item_id": "B", "quantity": 1}]},
        {"id": "s4", "name": "purchase", "transaction_id": "1002", "user_id": "u2", "value": "900.00", "currency": "JPY",
         "occurred_at": "2026-04-05T10:00:00Z", "items": [{"item_id": "A", "price": "900.00"}]},
    ]));
    let broken = json!({ "events": [{"id": "q1", "name": "purchase"}] });
    shop.server.post_json("/v1/events", &shop.ingest, &broken);
    say_what_is_known(&shop);
    shop.server.settle();
    shop
}

/// What people and their systems tell the API rather than the collector.
fn say_what_is_known(shop: &Shop) {
    let send = |method: &str, path: &str, body: &Value| {
        let (status, answer) = shop.server.send_json(method, &format!("/api/v1/sites/1{path}"), &shop.admin, body);
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
    };
    send("POST", "/goals", &json!({"name": "Order", "attribute": "url", "pattern": "thanks", "value": 12.5}));
    send("PUT", "/segments/germans", &json!({"text": "country = DE"}));
    send("POST", "/segments/check", &json!({"text": "germans"}));
    send("PUT", "/defined-events/sign%20up", &json!({"rule": "event = click"}));
    send("POST", "/annotations", &json!({"date": "2026-04-06", "text": "Spring sale"}));
    send("PUT", "/rates", &json!({"rates": [{"day": "2026-04-01", "currency": "USD", "per_unit": "1.08"}]}));
    send("POST", "/shares", &json!({"name": "Agency", "filter": "channel = Email"}));
    send("POST", "/secrets", &json!({"dialect": "stripe", "secret": "whsec_1"}));
    send("POST", "/tokens", &json!({"scope": "read", "label": "Sheet"}));
    send(
        "POST",
        "/link-codes/import",
        &json!({"codes": [{"code": "Qw3", "contact": "a@b.example", "campaign": "Spring"}]}),
    );
    for (path, list) in [
        ("/products/costs", "sku,unit_cost\nA,20.00\n,1\n"),
        ("/costs/import", "date,source,medium,cost,clicks\n2026-04-06,news,email,5.00,7\n2026-04-06,,,1,\n"),
        ("/reconcile", "id,total,currency,date,status\n1001,98.00,EUR,2026-04-06,paid\n7,1.00,EUR,2026-04-06,\n"),
    ] {
        let headers = [("Authorization", format!("Bearer {}", shop.admin)), ("Content-Type", "text/csv".to_owned())];
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let (status, answer) = shop.server.post(&format!("/api/v1/sites/1{path}"), &headers, list.as_bytes());
        assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&answer));
    }
}

/// Returns the path to ask for, with its parameters filled in.
fn filled(template: &str, word: &str) -> String {
    let names = [
        ("{id}", "1"),
        ("{order_id}", "1001"),
        ("{cart_id}", "k1"),
        ("{customer}", "u1"),
        ("{visitor}", "v1"),
        ("{name}", "germans"),
        ("{key}", "k"),
        ("{merchant}", "m"),
    ];
    let path = names.iter().fold(template.to_owned(), |path, (name, value)| path.replace(name, value));
    // The script's path is this installation's own; Heap's is whatever its client asks for.
    path.replace("/s/{file}", &format!("/s/{word}.js")).replace("{file}", "heap-1.js")
}

/// Returns what has to be in the query.
fn query(template: &str) -> String {
    match template {
        "/api/v1/sites/{id}/report" => {
            format!("?metrics=orders,order_total,conversion_rate&dimensions=channel&compare=previous_period&{PERIOD}")
        }
        "/api/v1/sites/{id}/funnel" | "/api/v1/sites/{id}/funnel/dropped" => {
            format!("?steps=page_view;view_item;purchase&{PERIOD}")
        }
        "/api/v1/sites/{id}/affinity" => format!("?min_orders=1&{PERIOD}"),
        "/api/v1/sites/{id}/explain" => format!("?metric=orders&{PERIOD}"),
        "/api/v1/sites/{id}/significance" => format!("?metric=conversion_rate&compare=previous_period&{PERIOD}"),
        _ => String::new(),
    }
}

/// What is empty in this shop, whose pages tell of no clicks; its rows are those of any report.
const EMPTY: &[&str] = &["/api/v1/sites/{id}/clicks  rows", "/api/v1/sites/{id}/forms  rows"];

#[test]
fn every_get_answers_as_it_is_described() {
    let shop = shop();
    let owner = "ada@shop.example";
    add_user(&shop.server, owner, &["--owner", "--name", "Ada"]);
    add_user(&shop.server, "bob@shop.example", &["--name", "Bob"]);
    let mut ada = Browser::signed_in(&shop.server, owner);
    ada.ok("PUT", "/api/v1/sites/1/members/bob@shop.example", &json!({"role": "viewer"}));
    ada.ok("PUT", "/api/v1/sites/1/views/mine", &json!({"state": "{}"}));
    ada.ok("POST", "/api/v1/sites/1/invitations", &json!({"email": "eve@shop.example", "role": "viewer"}));
    let snippet = ada.get("/api/v1/sites/1/snippet");
    let collect = snippet["collect"].as_str().expect("an address");
    let word = collect.rsplit('/').next().expect("a word");

    let mut asked = 0;
    let mut unlike = Vec::new();
    for (template, methods) in DESCRIPTION["paths"].as_object().expect("paths") {
        if methods.get("get").is_none() {
            continue;
        }
        let path = filled(template, word);
        let lists: Vec<&str> = match template.as_str() {
            "/api/v1/sites/{id}/lists/{list}" => list_names(&path),
            _ => vec![""],
        };
        for list in lists {
            let target = format!("{}{}", path.replace("{list}", list), query(template));
            assert_eq!(
                operation("GET", target.split('?').next().unwrap_or_default()).map(|(t, _)| t),
                Some(template.as_str())
            );
            let (status, body) = shop.server.get_raw(&target, &[("Cookie", &ada.cookie)]);
            assert_eq!(status, 200, "{target}: {}", String::from_utf8_lossy(&body));
            asked += 1;
            let Ok(body) = serde_json::from_slice::<Value>(&body) else { continue };
            // A setting that is a list is none of anything.
            let fields = body.as_object().into_iter().flatten().filter(|_| !template.ends_with("/settings"));
            let empty = fields.filter(|(_, value)| value.as_array().is_some_and(Vec::is_empty));
            unlike.extend(empty.map(|(name, _)| format!("{template} {list} {name}")));
        }
    }
    assert!(asked > 70, "{asked}");
    assert_eq!(unlike, EMPTY, "these lists had nothing to compare with");
}

/// Returns the names of the lists, as the description counts them.
fn list_names(path: &str) -> Vec<&'static str> {
    let (_, operation) = operation("GET", path).expect("lists are described");
    let parameters = operation["parameters"].as_array().expect("parameters").iter();
    let named = parameters.filter(|parameter| parameter["name"] == "list");
    named.flat_map(|list| list["schema"]["enum"].as_array().expect("names")).filter_map(Value::as_str).collect()
}

#[test]
fn the_server_serves_the_description_that_is_kept() {
    let shop = Shop::open_at(CLOCK);
    let (status, served) = shop.server.get_raw("/api/v1/openapi.json", &[]);
    let served: Value = serde_json::from_slice(&served).expect("JSON");
    assert_eq!((status, &served), (200, &*DESCRIPTION));
}

/// A control: what is not as described is found.
#[test]
fn an_answer_that_is_not_as_described_is_found() {
    use crate::described::{Came, check};
    let refuses = |status: u16, media_type: &str, body: &Value| {
        let body = body.to_string();
        let came = Came { status, media_type, body: body.as_bytes() };
        std::panic::catch_unwind(|| check("GET", "/api/v1/sites/1/goals", &came)).is_err()
    };
    let good = json!({"meta": {"count": 0}, "goals": []});
    assert!(!refuses(200, "application/json", &good));
    assert!(refuses(200, "text/plain", &good), "another form");
    assert!(refuses(202, "application/json", &good), "another status");
    assert!(refuses(200, "application/json", &json!({"goals": []})), "a field is missing");
    assert!(refuses(200, "application/json", &json!({"meta": {"count": "0"}, "goals": []})), "a field of another type");
    assert!(
        refuses(200, "application/json", &json!({"meta": {"count": 0}, "goals": [], "more": 1})),
        "an unknown field"
    );
    let refusal = |code: &str| json!({"error": {"code": code, "message": "no"}});
    assert!(!refuses(404, "application/json", &refusal("site.unknown")));
    assert!(refuses(404, "application/json", &refusal("goal.unknown")), "a code of other routes");
}
