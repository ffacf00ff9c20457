//! Saved segments and defined events over HTTP and the command line: what reports, lists and checks make of them.

use crate::orders::Shop;
use serde_json::{Value, json};

const CLOCK: &str = "2026-04-06T10:00:00Z";
const DAY: &str = "from=2026-04-06&to=2026-04-06";

/// Three visitors: one bought twice, one looked and left a cart, one clicked for the newsletter.
fn shop() -> Shop {
    let shop = Shop::open_at(CLOCK);
    let view = |id: &str, visitor: &str, at: &str, url: &str| json!({"id": id, "name": "page_view", "visitor_id": visitor, "occurred_at": at, "page": {"url": url}});
    let buy = |id: &str, at: &str, value: &str| {
        json!({"id": id, "name": "purchase", "visitor_id": "v1", "user_id": "u1", "transaction_id": id, "value": value, "currency": "EUR",
            "occurred_at": at, "items": [{"item_id": "A", "price": value}]})
    };
    shop.server.collect(1, &json!([
        view("p1", "v1", "2026-04-06T08:00:00Z", "https://shop.example/?utm_source=news&utm_medium=email&utm_campaign=spring"),
        buy("1001", "2026-04-06T08:05:00Z", "80.00"),
        buy("1002", "2026-04-06T08:06:00Z", "20.00"),
        view("p2", "v2", "2026-04-06T08:00:00Z", "https://shop.example/shoes"),
        {"id": "i2", "name": "view_item", "visitor_id": "v2", "occurred_at": "2026-04-06T08:01:00Z", "items": [{"item_id": "A"}]},
        {"id": "c2", "name": "cart_update", "visitor_id": "v2", "cart_id": "k2", "occurred_at": "2026-04-06T08:02:00Z", "currency": "EUR",
         "items": [{"item_id": "A", "price": "80.00"}]},
        view("p3", "v3", "2026-04-06T09:00:00Z", "https://shop.example/"),
        {"id": "e3", "name": "click", "visitor_id": "v3", "occurred_at": "2026-04-06T09:01:00Z", "page": {"url": "https://shop.example/"},
         "properties": {"selector": "form#newsletter > button", "text": "Sign up"}},
    ]));
    shop.server.settle();
    shop
}

fn put(shop: &Shop, path: &str, body: &Value) -> (u16, Value) {
    shop.server.send_json("PUT", &format!("/api/v1/sites/1{path}"), &shop.admin, body)
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Returns the cells of a report's first row, joined.
fn figures(shop: &Shop, query: &str) -> String {
    let report = shop.get(&format!("/report?{query}&{DAY}"));
    let cells = report["rows"][0].as_array().expect("a row").iter();
    cells.map(|cell| cell.as_str().map_or_else(|| cell.to_string(), str::to_owned)).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_saved_segment_is_named_beside_a_filter_too() {
    let shop = shop();
    put(&shop, "/segments/lookers", &json!({"text": "viewed sku A and not bought sku A"}));
    let beside = |filter: &str| {
        shop.get(&format!("/significance?metric=conversion_rate&filter_b={filter}&{DAY}"))["rows"].clone()
    };
    assert_eq!(beside("saved:lookers"), beside("viewed+sku+A+and+not+bought+sku+A"));
}

#[test]
fn a_saved_segment_is_asked_by_its_name_everywhere() {
    let shop = shop();
    let (status, saved) =
        put(&shop, "/segments/big_spenders", &json!({"text": "visitors:did purchase >= 2 and not country=XX"}));
    assert_eq!(
        (status, &saved["text"], &saved["of"]),
        (200, &json!("visitors: did purchase >= 2 and not country = XX"), &json!("visitors"))
    );
    put(&shop, "/segments/lookers", &json!({"text": "viewed sku A and not bought sku A"}));
    put(&shop, "/segments/secret", &json!({"text": "country==DE", "admins_only": true}));
    let metrics = "metrics=visits,orders,order_total,carts_abandoned";
    for segment in [
        "segment=big_spenders",
        "filter=saved:big_spenders",
        "segment=visitors:+did+purchase+%3E%3D+2",
        "segment=orderId==1001,orderId==1002",
    ] {
        assert_eq!(figures(&shop, &format!("{metrics}&{segment}")), "1 2 100.00 0", "{segment}");
    }
    assert_eq!(figures(&shop, &format!("{metrics}&segment=lookers")), "1 0 0.00 1");
    assert_eq!(figures(&shop, &format!("{metrics}&segment=lookers&filter=channel%3DEmail")), "0 0 0.00 0", "both hold");
    let report = shop.get(&format!("/report?{metrics}&segment=lookers&{DAY}"));
    assert_eq!(
        report["meta"]["filters"],
        json!(["viewed sku = A and not bought sku = A"]),
        "the answer says what was asked"
    );

    // Side by side: a column for each.
    let report = shop.get(&format!(
        "/report?metrics=visits,order_total&dimensions=channel&compare_segments=all,big_spenders,lookers&{DAY}"
    ));
    let names: Vec<&str> =
        report["columns"].as_array().expect("columns").iter().filter_map(|c| c["name"].as_str()).collect();
    assert_eq!(
        names,
        [
            "channel",
            "visits:all",
            "order_total:all",
            "visits:big_spenders",
            "order_total:big_spenders",
            "visits:lookers",
            "order_total:lookers"
        ]
    );
    assert_eq!(
        report["rows"],
        json!([["Direct", 2, "0.00", 0, "0.00", 1, "0.00"], ["Email", 1, "100.00", 1, "100.00", 0, "0.00"]])
    );
    assert_eq!(report["totals"], json!([null, 3, "100.00", 1, "100.00", 1, "0.00"]));
    assert_eq!(
        report["meta"]["segments"][2],
        json!({"name": "lookers", "text": "viewed sku = A and not bought sku = A"})
    );

    // Lists take the same, and their totals are the reports'.
    let total = |list: &str, filter: &str| shop.get(&format!("/{list}?{filter}"))["meta"]["total"].clone();
    assert_eq!(total("orders", "segment=big_spenders"), 2);
    assert_eq!(
        total(
            "orders",
            "segment=big_spenders&filter=order_total%3E50&status=confirmed&from=2026-04-06&to=2026-04-06&limit=1"
        ),
        1
    );
    assert_eq!(total("orders", "segment=lookers"), 0);
    assert_eq!(
        (total("carts", "segment=lookers"), total("carts", "segment=big_spenders&state=open")),
        (json!(1), json!(0))
    );
    assert_eq!(total("carts", "filter=cart_value+%3E%3D+80&state=abandoned&min_value=10"), 1);
    assert_eq!(
        (total("customers", "segment=big_spenders"), total("customers", "filter=channel%3DDirect")),
        (json!(1), json!(0))
    );
    assert_eq!(
        shop.get("/orders?segment=lookers")["meta"]["filters"],
        json!(["viewed sku = A and not bought sku = A"])
    );

    // Who may read, but not administer, sees what is shared alone.
    let reader = shop.server.token(Some(1), "read");
    let seen = shop.server.get_json("/api/v1/sites/1/segments", &reader);
    let names: Vec<&str> =
        seen["segments"].as_array().expect("segments").iter().filter_map(|s| s["name"].as_str()).collect();
    assert_eq!((names, shop.get("/segments")["meta"]["count"].clone()), (vec!["big_spenders", "lookers"], json!(3)));
    let hidden = format!("/api/v1/sites/1/report?metrics=visits&segment=secret&{DAY}");
    assert_eq!(shop.server.send_json("GET", &hidden, &reader, &Value::Null).1["error"]["code"], "segment.unknown");
    assert_eq!(
        shop.server.send_json("PUT", "/api/v1/sites/1/segments/x", &reader, &json!({"text": "country=DE"})).0,
        403
    );

    let (status, answer) =
        shop.server.send_json("DELETE", "/api/v1/sites/1/segments/lookers", &shop.admin, &Value::Null);
    assert_eq!((status, answer), (204, Value::Null));
    let (status, answer) = shop.server.send_json(
        "GET",
        &format!("/api/v1/sites/1/report?metrics=visits&segment=lokers&{DAY}"),
        &shop.admin,
        &Value::Null,
    );
    assert_eq!((status, &answer["error"]["code"]), (400, &json!("segment.unknown")));
}

#[test]
fn a_segment_is_checked_before_it_is_saved() {
    let shop = shop();
    let check = |text: &str| {
        shop.server.send_json(
            "POST",
            "/api/v1/sites/1/segments/check",
            &shop.admin,
            &json!({"text": text, "from": "2026-04-06", "to": "2026-04-06"}),
        )
    };
    let (status, answer) = check("customers: order_total > 50");
    assert_eq!(
        (status, &answer["counts"]),
        (200, &json!({"visits": 1, "visitors": 1, "customers": 1, "orders": 2})),
        "{answer}"
    );
    // What a figure cannot be narrowed by is not counted.
    assert_eq!(
        check("order_total > 50").1["counts"],
        json!({"visits": null, "visitors": null, "customers": 1, "orders": 1})
    );
    for (text, code, hint) in [
        ("countri = DE", "query.unknown_dimension", "did you mean `country`?"),
        ("country = ", "query.bad_filter", "a value for `country`"),
        ("customers: weekday = 1", "query.bad_filter", "`customers:`"),
        ("visitors: cart_value > 1 and order_total > 1", "query.not_combinable", "did purchase where"),
        ("viewed channel = Email", "query.not_combinable", "a product has sku"),
        ("continentCode==eur", "query.unknown_dimension", "countryCode"),
        ("'; drop table orders; --", "query.bad_filter", ""),
    ] {
        let (status, answer) = check(text);
        let found = answer["error"]["hint"].as_str().unwrap_or("");
        assert_eq!((status, answer["error"]["code"].as_str()), (400, Some(code)), "{text}: {answer}");
        assert!(found.contains(hint), "{text}: {answer}");
    }
    for (name, text) in [("all", "country=DE"), ("a b", "country=DE"), ("x", ""), ("x", "nonsense")] {
        let (status, answer) =
            put(&shop, &format!("/segments/{}", encoded(name).replace('+', "%20")), &json!({"text": text}));
        assert_eq!(status, 400, "{name} {text}: {answer}");
    }
}

#[test]
fn an_event_is_defined_for_all_that_was_ever_sent() {
    let shop = shop();
    let rule =
        json!({"rule": "event = click and property:selector contains \"#newsletter\" and property:text = \"Sign up\""});
    let (status, answer) = put(&shop, "/defined-events/Newsletter%20sign-up", &rule);
    assert_eq!((status, &answer["name"]), (200, &json!("Newsletter sign-up")), "{answer}");
    let name = encoded("Newsletter sign-up");
    assert_eq!(figures(&shop, &format!("metrics=events,visits&filter=event=={name}")), "1 1");
    assert_eq!(figures(&shop, "metrics=visits,orders&segment=visitors:+did+%22Newsletter+sign-up%22"), "1 0");
    assert_eq!(figures(&shop, "metrics=visits,orders&segment=visitors:+did+not+%22Newsletter+sign-up%22"), "2 2");
    let by_event = shop.get(&format!("/report?metrics=events&dimensions=event&{DAY}"));
    let rows = by_event["rows"].as_array().expect("rows");
    assert!(rows.contains(&json!(["Newsletter sign-up", 1])) && rows.contains(&json!(["click", 1])), "{rows:?}");
    assert_eq!(by_event["meta"]["additive"], json!([]));
    // The definition outlives the store.
    shop.server.cli(&["rebuild"]);
    assert_eq!(figures(&shop, &format!("metrics=events&filter=event=={name}")), "1");
    for (name, rule) in [("purchase", "event = click"), ("x", "did purchase"), ("x", "channel = Email"), ("x", "")] {
        assert_eq!(put(&shop, &format!("/defined-events/{name}"), &json!({"rule": rule})).0, 400, "{name} {rule}");
    }
    let gone = shop.server.send_json(
        "DELETE",
        "/api/v1/sites/1/defined-events/Newsletter%20sign-up",
        &shop.admin,
        &Value::Null,
    );
    assert_eq!(gone.0, 204);
    assert_eq!(figures(&shop, &format!("metrics=events&filter=event=={name}")), "0");
}

#[test]
fn the_command_line_saves_and_asks_as_well() {
    let shop = shop();
    let cli = |args: &[&str]| shop.server.cli(args);
    cli(&["segment", "add", "--site", "1", "--name", "mail", "--text", "visits: channel = Email"]);
    cli(&["event", "define", "--site", "1", "--name", "Sign up / all", "--rule", "property:text = \"Sign up\""]);
    let listed = cli(&["segment", "list", "--site", "1"]);
    assert!(listed.contains("mail") && listed.contains("visits: channel = Email"), "{listed}");
    assert!(cli(&["event", "list", "--site", "1"]).contains("Sign up / all"));
    let checked: Value =
        serde_json::from_str(&cli(&["segment", "check", "--site", "1", "--text", "mail"])).expect("JSON");
    assert_eq!(checked["counts"]["orders"], 2, "{checked}");
    let report = cli(&["report", "--site", "1", "--metrics", "visits,orders", "--segment", "mail", "--csv"]);
    assert_eq!(report, "visits,orders\r\n1,2\r\n");
    let report = cli(&["report", "--site", "1", "--metrics", "visits", "--compare-segments", "all,mail", "--csv"]);
    assert_eq!(report, "visits:all,visits:mail\r\n3,1\r\n");
    cli(&["segment", "remove", "--site", "1", "--name", "mail"]);
    cli(&["event", "remove", "--site", "1", "--name", "Sign up / all"]);
    assert_eq!(
        (shop.get("/segments")["meta"]["count"].clone(), shop.get("/defined-events")["meta"]["count"].clone()),
        (json!(0), json!(0))
    );
}

#[test]
fn goals_are_reached_by_rule_and_by_call_online_and_offline() {
    let shop = Shop::open_at(CLOCK);
    let goal = |goal: Value| shop.server.post_json("/api/v1/sites/1/goals", &shop.admin, &goal);
    goal(json!({"name": "Called", "value": "5.00"}));
    goal(json!({"name": "Thanks", "attribute": "url", "pattern": "/thanks", "value": "2.50"}));
    goal(
        json!({"name": "Lead", "attribute": "event_action", "pattern_kind": "exact", "pattern": "lead_won", "value": "10", "use_event_value": true}),
    );
    shop.server.collect(1, &json!([
        {"id": "g1", "name": "goal", "goal": "Called", "visitor_id": "v1", "occurred_at": "2026-04-06T08:00:00Z"},
        {"id": "g2", "name": "page_view", "visitor_id": "v1", "occurred_at": "2026-04-06T08:01:00Z", "page": {"url": "https://shop.example/thanks"}},
    ]));
    // The shop's server knows no visit: by call with a value of its own, and by rule.
    shop.serve(&json!([
        {"id": "g3", "name": "goal", "goal": 1, "value": "7.00", "user_id": "u1", "occurred_at": "2026-04-06T08:02:00Z"},
        {"id": "g4", "name": "lead_won", "user_id": "u1", "occurred_at": "2026-04-06T08:03:00Z", "properties": {"value": "100.00"}},
        {"id": "g5", "name": "lead_won", "user_id": "u2", "occurred_at": "2026-04-06T08:04:00Z"},
    ]));
    shop.server.settle();
    let report = shop.get(&format!("/report?metrics=goal_conversions,goal_value&dimensions=goal&order=goal&{DAY}"));
    assert_eq!(report["rows"], json!([[1, 2, "12.00"], [2, 1, "2.50"], [3, 2, "110.00"]]));
    assert_eq!(
        figures(&shop, "metrics=goal_conversions,visits&segment=visits:+goal+%3D+2"),
        "2 1",
        "with all goals of the visit"
    );
}

#[test]
fn what_is_misspelt_is_told_with_the_nearest_name() {
    let shop = shop();
    let check = |path: &str, code: &str, message: &str, hint: &str| {
        let (status, answer) =
            shop.server.send_json("GET", &format!("/api/v1/sites/1{path}"), &shop.admin, &Value::Null);
        let [found, said, told] = ["code", "message", "hint"].map(|name| answer["error"][name].as_str().unwrap_or(""));
        assert_eq!((status, found), (400, code), "{path}: {answer}");
        assert!(said.contains(message) && told.contains(hint), "{path}: {answer}");
    };
    check("/report?metrics=visists", "query.unknown_metric", "`visists`", "`visits`");
    check("/report?metrics=visits&dimensions=chanel", "query.unknown_dimension", "`chanel`", "`channel`");
    check("/report?metrics=visits&from=2026-02-30", "query.bad_date", "`from`", "2026-01-31");
    check("/report?metrics=visits&from=2026-04-06&to=2026-04-05", "query.bad_period", "`to`", "swap");
    check("/report?metrics=visits&segement=x", "query.unknown_parameter", "`segement`", "`segment`");
    check("/report?metrics=visits&segment=countri+%3D+DE", "query.unknown_dimension", "`segment`", "`country`");
    check("/report?metrics=visits&filter=country+%3D", "query.bad_filter", "`filter`", "a value");
    check("/report?metrics=visits&segment=saved:mail", "segment.unknown", "`mail`", "none is saved");
    check("/report?metrics=visits&compare_segments=a+b", "segment.unknown", "compare_segments", "save the text");
    check("/orders?from=2026-13-01", "parameter.invalid", "`from`", "");
    check("/orders?filter=weekday+%3D+1", "query.bad_filter", "weekday", "rows of a report");
    check("/carts?filter=order_total+%3E+1", "query.not_combinable", "`order_total`", "visitors:");
    // What an advertisement cost is nobody's.
    check("/report?metrics=ad_cost&segment=did+purchase", "query.not_combinable", "`ad_cost`", "");
    let set = |body: Value| put(&shop, "/settings", &body).1["error"].clone();
    let zone = set(json!({"timezone": "Europe/Berln"}));
    assert!(zone["hint"].as_str().is_some_and(|hint| hint.starts_with("did you mean `Europe/Berlin`")), "{zone}");
    assert_eq!(set(json!({"curency": "EUR"}))["hint"], "did you mean `currency`?");
}
