//! What people do together: roles, invitations, shares, annotations and saved views; and whether a shop's events arrive.

use crate::browser::{Browser, PASSWORD, add_user};
use crate::harness::Server;
use reports::analysis::Shows;
use serde_json::{Value, json};

const CLOCK: &str = "2026-03-02T10:00:00Z";
const OWNER: &str = "ada@shop.example";

fn with_shops(count: usize) -> Server {
    let server = Server::start_at(CLOCK);
    for n in 1..=count {
        let domain = format!("shop{n}.example");
        server.cli(&["site", "add", "--domain", &domain, "--currency", "EUR", "--timezone", "Europe/Berlin"]);
    }
    add_user(&server, OWNER, &["--owner", "--name", "Ada"]);
    server
}

fn ids(sites: &Value) -> Vec<u64> {
    sites["sites"].as_array().expect("sites").iter().filter_map(|site| site["id"].as_u64()).collect()
}

#[test]
fn an_invitation_brings_somebody_in_with_their_role_and_no_further() {
    let mut server = with_shops(2);
    let mut ada = Browser::signed_in(&server, OWNER);
    let invite = |ada: &mut Browser, email: &str, role: &str| {
        let made = ada.ok("POST", "/api/v1/sites/1/invitations", &json!({"email": email, "role": role}));
        let link = made["link"].as_str().expect("a link").to_owned();
        assert!(link.starts_with(&format!("{}/#/invite/", server.base)), "the secret stands behind #: {link}");
        link.rsplit('/').next().expect("a secret").to_owned()
    };
    let replaced = invite(&mut ada, "Bob@Shop.example", "viewer");
    let secret = invite(&mut ada, "bob@shop.example", "viewer");
    let pending = ada.get("/api/v1/sites/1/invitations");
    assert_eq!(
        (&pending["meta"]["count"], &pending["invitations"][0]["email"]),
        (&json!(1), &json!("bob@shop.example"))
    );
    let owner = json!({"email": "bob@shop.example", "role": "owner"});
    assert_eq!(ada.send("POST", "/api/v1/sites/1/invitations", &owner).refusal(), (400, "role.unknown"));

    let mut bob = Browser::new(&server);
    let mut accept = |secret: &str, password: &str| {
        bob.send("POST", "/api/v1/invitations/accept", &json!({"secret": secret, "name": "Bob", "password": password}))
    };
    assert_eq!(accept(&replaced, PASSWORD).refusal(), (404, "invitation.unknown"));
    assert_eq!(accept(&secret, "short").refusal(), (400, "account.invalid"));
    let accepted = accept(&secret, PASSWORD);
    assert_eq!((accepted.status, &accepted.json["user"]["email"]), (200, &json!("bob@shop.example")));
    assert_eq!(accept(&secret, PASSWORD).refusal(), (404, "invitation.unknown"), "it works once");

    assert_eq!(ids(&bob.get("/api/v1/session")), [1]);
    assert_eq!(ids(&bob.get("/api/v1/sites")), [1]);
    assert_eq!(ids(&ada.get("/api/v1/sites")), [1, 2]);
    let note = json!({"date": "2026-03-01", "text": "Spring sale"});
    for (method, path, body) in [
        ("PUT", "/api/v1/sites/1/settings", json!({})),
        ("POST", "/api/v1/sites/1/annotations", note.clone()),
        ("POST", "/api/v1/sites/1/invitations", json!({"email": "eve@shop.example", "role": "admin"})),
        ("PUT", "/api/v1/sites/1/members/bob@shop.example", json!({"role": "admin"})),
        ("POST", "/api/v1/sites", json!({"domain": "b.example", "currency": "EUR", "timezone": "UTC"})),
        ("GET", "/api/v1/sites/2", Value::Null),
        ("GET", "/api/v1/users", Value::Null),
    ] {
        assert_eq!(bob.send(method, path, &body).refusal(), (403, "session.role"), "{method} {path}");
    }
    ada.ok("PUT", "/api/v1/sites/1/members/bob@shop.example", &json!({"role": "editor"}));
    assert_eq!(bob.ok("POST", "/api/v1/sites/1/annotations", &note)["author"], "Bob");
    bob.ok("POST", "/api/v1/sites/1/goals", &json!({"name": "Thanks"}));
    ada.ok("PUT", "/api/v1/sites/1/members/bob@shop.example", &json!({"role": "admin"}));
    let shop = json!({"domain": "bobs.example", "currency": "CHF", "timezone": "Europe/Zurich"});
    assert_eq!(
        bob.send(
            "POST",
            "/api/v1/sites",
            &json!({"id": 9, "domain": "b.example", "currency": "EUR", "timezone": "UTC"})
        )
        .refusal(),
        (403, "site.number")
    );
    assert_eq!(bob.ok("POST", "/api/v1/sites", &shop)["id"], 3);
    let sites = bob.get("/api/v1/session")["sites"].clone();
    assert_eq!(
        sites[1],
        json!({"id": 3, "domain": "bobs.example", "name": "bobs.example", "currency": "CHF",
        "timezone": "Europe/Zurich", "week_start": "monday", "role": "admin"})
    );
    let members = ada.get("/api/v1/sites/1/members");
    let roles: Vec<_> =
        members["members"].as_array().expect("members").iter().map(|m| (&m["email"], &m["role"])).collect();
    assert_eq!(roles, [(&json!(OWNER), &json!("owner")), (&json!("bob@shop.example"), &json!("admin"))]);
    ada.ok("DELETE", "/api/v1/sites/1/members/bob@shop.example", &Value::Null);
    assert_eq!(bob.send("GET", "/api/v1/sites/1", &Value::Null).refusal(), (403, "session.role"), "at once");
    assert_eq!(
        ada.send("PUT", "/api/v1/sites/1/members/eve@shop.example", &json!({"role": "viewer"})).refusal(),
        (404, "user.unknown")
    );

    // Who has an account proves it; a link alone gives nobody somebody else's account.
    let secret = invite(&mut ada, "bob@shop.example", "viewer");
    let mut eve = Browser::new(&server);
    let claim = json!({"secret": secret, "name": "Eve", "password": "words of eve's own"});
    assert_eq!(eve.send("POST", "/api/v1/invitations/accept", &claim).refusal(), (401, "session.refused"));
    let claim = json!({"secret": secret, "password": PASSWORD});
    assert_eq!(ids(&eve.ok("POST", "/api/v1/invitations/accept", &claim)), [1, 3]);
    let late = invite(&mut ada, "late@shop.example", "viewer");
    server.restart_at("2026-03-09T11:00:00Z");
    let claim = json!({"secret": late, "password": PASSWORD});
    assert_eq!(
        Browser::new(&server).send("POST", "/api/v1/invitations/accept", &claim).refusal(),
        (404, "invitation.unknown")
    );
}

/// What each analysis is asked with here. One that is new must be put down, with what a share sees of it.
const ASKED: &[(&str, &str)] = &[
    ("funnel", "steps=page_view;purchase"),
    ("attribution", ""),
    ("cohorts", ""),
    ("rfm", ""),
    ("affinity", "min_orders=1"),
    ("paths", ""),
    ("purchase-intervals", ""),
    ("significance", "metric=conversion_rate"),
    ("anomalies", ""),
    ("profit", "by=channel"),
    ("coupons", ""),
    ("shipping-methods", ""),
    ("payment-methods", ""),
    ("clicks", "page=/&view=elements"),
    ("forms", ""),
];

/// Analyses, and other things, of which a share sees nothing, since they tell of single orders, visits and customers.
const REFUSED: &[&str] = &[
    "explain?metric=orders",
    "funnel/dropped?steps=page_view;purchase&step=1",
    "rfm?view=customers",
    "rfm?view=%20&view=%20customers",
    "lists/orders?",
    "lists/visits?",
    "lists/customers?",
];

#[test]
fn a_share_sees_analyses_as_its_filter_shows_them_and_nobody_in_them() {
    let server = with_shops(2);
    let trip = |n: usize, source: &str| {
        let id = |what: &str| format!("{what}{n}");
        let page = json!({"url": format!("https://shop1.example/?utm_source={source}&utm_medium=email")});
        let items = json!([{"item_id": "A", "price": "10.00", "quantity": 1}, {"item_id": "B", "price": "5.00", "quantity": 1}]);
        json!([
            {"id": id("p"), "name": "page_view", "visitor_id": id("v"), "page": page},
            {"id": id("c"), "name": "click", "visitor_id": id("v"), "page": page, "properties": {"element": "button"}},
            {"id": id("o"), "name": "purchase", "visitor_id": id("v"), "user_id": id("u"), "page": page, "transaction_id": id("A"),
                "value": "15.00", "shipping_method": id("ship"), "payment_method": id("pay"), "coupon": id("code"), "items": items},
        ])
    };
    for (n, source) in ["news", "news", "partner", "partner", "partner"].into_iter().enumerate() {
        server.collect(1, &trip(n, source));
    }
    server.settle();
    let mut ada = Browser::signed_in(&server, OWNER);
    let made = ada.ok("POST", "/api/v1/sites/1/shares", &json!({"filter": "source==news"}));
    let whole = ada.ok("POST", "/api/v1/sites/1/shares", &json!({}));
    let opened = |made: &Value| {
        let mut guest = Browser::new(&server);
        assert_eq!(guest.send("POST", "/api/v1/shares/open", &json!({"secret": made["secret"]})).status, 200);
        guest
    };
    let (mut guest, mut all) = (opened(&made), opened(&whole));
    let path = |what: &str, more: &str| {
        let mark = if what.contains('?') { '&' } else { '?' };
        format!("/api/v1/sites/1/{what}{mark}from=2026-03-02&to=2026-03-02&{more}")
    };
    let mut differ = Vec::new();
    for analysis in reports::analysis::ANALYSES.iter().filter(|analysis| analysis.shows != Shows::Singles) {
        let asked = ASKED.iter().find(|(name, _)| *name == analysis.name);
        let (name, more) = asked.unwrap_or_else(|| panic!("put `{}` down here", analysis.name));
        let shown = guest.get(&path(name, more));
        assert_eq!(
            shown,
            ada.get(&path(name, &format!("{more}&filter=source==news"))),
            "{name} is what the filter shows"
        );
        let widened = guest.get(&path(name, &format!("{more}&share=&share=source==partner")));
        assert_eq!(shown, widened, "{name} cannot be widened");
        let everything = ada.get(&path(name, more));
        assert_eq!(all.get(&path(name, more)), everything, "{name} of a share without a filter");
        if shown["rows"] != everything["rows"] {
            differ.push(*name);
        }
        let elsewhere = path(name, more).replace("/sites/1/", "/sites/2/");
        assert_eq!(
            guest.send("GET", &elsewhere, &Value::Null).refusal(),
            (403, "share.figures_only"),
            "{name} elsewhere"
        );
    }
    assert!(differ.len() >= 10, "the filter makes a difference in {differ:?} alone");
    for refused in REFUSED {
        for guest in [&mut guest, &mut all] {
            let answer = guest.send("GET", &path(refused, ""), &Value::Null);
            assert_eq!(answer.refusal(), (403, "share.figures_only"), "{refused}");
        }
        assert_eq!(ada.send("GET", &path(refused, ""), &Value::Null).status, 200, "{refused}");
    }
    // What stands in the place of the filter is narrowed as well.
    let beside = |browser: &mut Browser, filter: &str| {
        browser.get(&path("significance", &format!("metric=conversion_rate&filter_b={filter}")))["rows"].clone()
    };
    assert_eq!(
        beside(&mut guest, "source==partner"),
        beside(&mut ada, "source==partner;source==news&filter=source==news")
    );
    assert_ne!(beside(&mut ada, "source==partner"), beside(&mut ada, "source==partner;source==news"));
    // What cannot be narrowed is refused, rather than shown whole.
    let made = ada.ok("POST", "/api/v1/sites/1/shares", &json!({"filter": "coupon==code1"}));
    let mut guest = opened(&made);
    for what in ["attribution", "funnel?steps=page_view"] {
        assert_eq!(guest.send("GET", &path(what, ""), &Value::Null).refusal(), (400, "query.not_combinable"), "{what}");
    }
    let last = path("attribution?models=last_non_direct", "");
    assert_eq!(guest.get(&last), ada.get(&format!("{last}&filter=coupon==code1")));
}

#[test]
fn a_share_shows_narrowed_figures_and_nothing_else_until_it_is_revoked() {
    let server = with_shops(2);
    let view = |id: &str, visitor: &str, source: &str| json!({"id": id, "name": "page_view", "visitor_id": visitor, "page": {"url": format!("https://shop1.example/?utm_source={source}&utm_medium=email")}});
    server.collect(1, &json!([view("e1", "v1", "news"), view("e2", "v2", "news"), view("e3", "v3", "partner")]));
    server.settle();
    let mut ada = Browser::signed_in(&server, OWNER);
    let bad = ada.send("POST", "/api/v1/sites/1/shares", &json!({"filter": "colour==red"}));
    assert_eq!(bad.refusal(), (400, "query.unknown_dimension"));
    let worse = ada.send("POST", "/api/v1/sites/1/shares", &json!({"filter": "source ="}));
    assert_eq!(worse.refusal(), (400, "query.bad_filter"));
    let made = ada.ok(
        "POST",
        "/api/v1/sites/1/shares",
        &json!({"name": "News", "filter": "source==news", "password": "a word for visitors"}),
    );
    let link = made["link"].as_str().expect("a link");
    assert!(link.starts_with(&format!("{}/#/share/", server.base)), "{link}");
    let secret = link.rsplit('/').next().expect("a secret");
    let id = made["id"].as_str().expect("an id");

    let mut guest = Browser::new(&server);
    let mut open = |secret: &str, password: Option<&str>| {
        guest.send("POST", "/api/v1/shares/open", &json!({"secret": secret, "password": password}))
    };
    assert_eq!(open("nosuchsecret", None).refusal(), (404, "share.unknown"));
    assert_eq!(open(secret, None).refusal(), (401, "share.password_needed"));
    assert_eq!(open(secret, Some("wrong")).refusal(), (401, "share.refused"));
    assert_eq!(open(secret, Some("a word for visitors")).status, 200);
    let session = guest.get("/api/v1/session");
    assert_eq!((&session["user"], &session["share"]["name"], ids(&session)), (&Value::Null, &json!("News"), vec![1]));

    let visits = |browser: &mut Browser, more: &str| {
        let day = "from=2026-03-02&to=2026-03-02";
        browser.get(&format!("/api/v1/sites/1/report?metrics=visits&{day}{more}"))["rows"][0][0].clone()
    };
    assert_eq!((visits(&mut ada, ""), visits(&mut guest, "")), (json!(3), json!(2)));
    for more in ["&filter=source==partner", "&filter=source!=news", "&segment=visits:source%3Dpartner"] {
        assert_eq!(visits(&mut guest, more), json!(0), "{more}");
    }
    for more in [
        "&filter=source==news,source==partner",
        "&filter=source%3Dnews%20or%20source%3Dpartner",
        "&share=source==partner",
        "&share=",
        "&compare_segments=all",
    ] {
        assert_eq!(visits(&mut guest, more), json!(2), "{more} does not widen it");
    }
    for path in [
        "orders",
        "live",
        "settings",
        "customers",
        "keys",
        "members",
        "shares",
        "views",
        "annotations",
        "health",
        "quarantine",
    ] {
        let refused = guest.send("GET", &format!("/api/v1/sites/1/{path}"), &Value::Null);
        assert_eq!(refused.refusal(), (403, "share.figures_only"), "{path}");
    }
    let other = guest.send("GET", "/api/v1/sites/2/report?metrics=visits", &Value::Null);
    assert_eq!(other.refusal(), (403, "share.figures_only"));
    assert_eq!(guest.send("GET", "/api/v1/sessions", &Value::Null).status, 403);
    assert_eq!(ids(&guest.send("GET", "/api/v1/session", &Value::Null).json), [1]);

    let listed = ada.get("/api/v1/sites/1/shares");
    assert_eq!(
        (&listed["shares"][0]["password"], &listed["shares"][0]["filter"]),
        (&json!(true), &json!("source = news"))
    );
    assert!(!listed.to_string().contains(secret));
    assert_eq!(
        ada.send("DELETE", &format!("/api/v1/sites/2/shares/{id}"), &Value::Null).refusal(),
        (404, "share.unknown")
    );
    ada.ok("DELETE", &format!("/api/v1/sites/1/shares/{id}"), &Value::Null);
    let ended = guest.send("GET", "/api/v1/sites/1/report?metrics=visits", &Value::Null);
    assert_eq!(ended.refusal(), (401, "session.missing"), "revoked means at once");
}

#[test]
fn annotations_stand_beside_days_and_views_are_ones_own_or_everyones() {
    let server = with_shops(2);
    add_user(&server, "bob@shop.example", &["--site", "1", "--role", "viewer"]);
    add_user(&server, "cleo@shop.example", &["--site", "1", "--role", "editor", "--name", "Cleo"]);
    let (mut bob, mut cleo) =
        (Browser::signed_in(&server, "bob@shop.example"), Browser::signed_in(&server, "cleo@shop.example"));
    let notes = "/api/v1/sites/1/annotations";
    cleo.ok("POST", notes, &json!({"date": "2026-03-01", "text": " Sale <b>begins</b> "}));
    cleo.ok("POST", notes, &json!({"date": "2026-02-01", "text": "New theme"}));
    for (bad, code) in [
        (json!({"date": "soon", "text": "x"}), "annotation.invalid"),
        (json!({"date": "2026-03-01", "text": " "}), "annotation.invalid"),
        (json!({"date": "2026-03-01", "text": "x".repeat(1001)}), "annotation.invalid"),
        (json!({"day": "2026-03-01", "text": "x"}), "body.invalid"),
    ] {
        assert_eq!(cleo.send("POST", notes, &bad).refusal(), (400, code), "{bad}");
    }
    let all = bob.get(notes);
    let shown: Vec<_> =
        all["annotations"].as_array().expect("notes").iter().map(|n| (&n["date"], &n["text"], &n["author"])).collect();
    assert_eq!(
        shown,
        [
            (&json!("2026-02-01"), &json!("New theme"), &json!("Cleo")),
            (&json!("2026-03-01"), &json!("Sale <b>begins</b>"), &json!("Cleo")),
        ]
    );
    assert_eq!(bob.get(&format!("{notes}?from=2026-02-15&to=2026-03-01"))["meta"]["count"], 1);
    let changed = cleo.ok("PUT", &format!("{notes}/1"), &json!({"date": "2026-03-02", "text": "Sale begins"}));
    assert_eq!((&changed["date"], &changed["id"]), (&json!("2026-03-02"), &json!(1)));
    let mut ada = Browser::signed_in(&server, OWNER);
    assert_eq!(
        ada.send("DELETE", "/api/v1/sites/2/annotations/1", &Value::Null).refusal(),
        (404, "annotation.unknown")
    );
    cleo.ok("DELETE", &format!("{notes}/1"), &Value::Null);
    assert_eq!(cleo.send("PUT", &format!("{notes}/1"), &json!({"date": "2026-03-02", "text": "x"})).status, 404);

    let view = |name: &str| format!("/api/v1/sites/1/views/{name}");
    bob.ok("PUT", &view("My%20week"), &json!({"state": "period=7d&filter=channel==Email"}));
    cleo.ok("PUT", &view("My%20week"), &json!({"state": "period=14d"}));
    let refused = bob.send("PUT", &view("Team"), &json!({"state": "period=30d", "shared": true}));
    assert_eq!(refused.refusal(), (403, "session.role"));
    cleo.ok("PUT", &view("Team"), &json!({"state": "period=30d", "shared": true}));
    bob.ok("PUT", &view("My%20week"), &json!({"state": "period=6d"}));
    let seen = |browser: &mut Browser| {
        let views = browser.get("/api/v1/sites/1/views");
        let views = views["views"].as_array().expect("views").iter();
        views.map(|v| format!("{} {} {}", v["name"], v["state"], v["shared"]).replace('"', "")).collect::<Vec<_>>()
    };
    assert_eq!(seen(&mut bob), ["My week period=6d false", "Team period=30d true"]);
    assert_eq!(seen(&mut cleo), ["My week period=14d false", "Team period=30d true"]);
    assert_eq!(seen(&mut ada), ["Team period=30d true"]);
    assert_eq!(bob.send("DELETE", &format!("{}?shared=true", view("Team")), &Value::Null).status, 403);
    cleo.ok("DELETE", &format!("{}?shared=true", view("Team")), &Value::Null);
    bob.ok("DELETE", &view("My%20week"), &Value::Null);
    assert_eq!(bob.send("DELETE", &view("My%20week"), &Value::Null).refusal(), (404, "view.unknown"));
    for (scope, role) in [("read", "viewer"), ("edit", "editor"), ("admin", "admin")] {
        let session = server.get_json("/api/v1/session", &server.token(Some(1), scope));
        assert_eq!(
            (&session["user"], ids(&session), &session["sites"][0]["role"]),
            (&Value::Null, vec![1], &json!(role))
        );
    }
    let ingest = server.token(Some(1), "ingest");
    assert_eq!(server.send_json("GET", "/api/v1/session", &ingest, &Value::Null).0, 401);
    let token = server.token(Some(1), "admin");
    let refused = server.send_json("PUT", &view("Robot"), &token, &json!({"state": "x"}));
    assert_eq!((refused.0, &refused.1["error"]["code"]), (403, &json!("token.scope")), "views are people's");
}

#[test]
fn the_first_event_is_waited_for_and_what_arrives_is_looked_at() {
    let server = with_shops(1);
    let mut ada = Browser::signed_in(&server, OWNER);
    let nothing = ada.get("/api/v1/sites/1/verification");
    for name in ["last_browser_event", "last_server_event", "last_purchase", "script"] {
        assert_eq!(nothing[name], Value::Null, "{name}");
    }
    let waiting = std::thread::spawn({
        let mut ada = ada.clone();
        move || ada.get("/api/v1/sites/1/live?after=0&wait=1&limit=5")
    });
    let page = |id: &str, at: &str| json!({"id": id, "name": "page_view", "visitor_id": "v1", "occurred_at": at, "page": {"url": "https://shop1.example/a"}});
    server.collect(1, &json!([page("e1", "2026-03-02T09:59:00Z")]));
    let live = waiting.join().expect("an answer");
    let first = &live["events"][0];
    assert_eq!(
        (&live["meta"]["count"], &first["name"], &first["dialect"]),
        (&json!(1), &json!("page_view"), &json!("native_browser"))
    );
    assert!(first["occurred_at"].is_string() && first["sent"]["url"] == "https://shop1.example/a", "{first}");
    let position = first["position"].as_u64().expect("a position");
    server.collect(1, &json!([page("e2", "2026-03-02T09:59:00.400Z"), page("e3", "2026-03-02T09:59:30Z")]));
    let next = ada.get(&format!("/api/v1/sites/1/live?after={position}&wait=1"));
    assert_eq!(next["events"].as_array().map(Vec::len), Some(2), "{next}");
    let ingest = server.token(Some(1), "ingest");
    let order =
        json!({"events": [{"id": "p1", "name": "purchase", "transaction_id": "A1", "value": "5", "currency": "EUR"}]});
    server.post_json("/v1/events", &ingest, &order);
    server.settle();
    let script = ada.get("/api/v1/sites/1/snippet")["script"].as_str().expect("a script").to_owned();
    let path = &script[script.find("/s/").expect("a path")..];
    assert_eq!(server.get_raw(path, &[("Referer", "https://www.shop1.example/x?token=1")]).0, 200);
    assert_eq!(server.get_raw(path, &[("Referer", "https://other.example/")]).0, 200);

    let seen = ada.get("/api/v1/sites/1/verification");
    assert_eq!(seen["last_browser_event"], "2026-03-02T09:59:30Z");
    assert!(seen["last_server_event"].is_string() && seen["last_purchase"] == seen["last_server_event"], "{seen}");
    assert_eq!(seen["script"]["host"], "www.shop1.example");
    assert_eq!(seen["duplicate_tags"], json!([{"host": "shop1.example", "page": "/a", "times": 1}]), "{seen}");
    assert_eq!(
        (&seen["dialects"][0]["dialect"], &seen["dialects"][0]["events"]),
        (&json!("native_browser"), &json!(3))
    );
    assert_eq!(seen["clock"], json!({"server_ahead_s": 0, "clamped_future": 0, "backdated": 0}));
    assert_eq!(seen["csp_reports"]["total"], 0);

    let report = json!({"csp-report": {"effective-directive": "script-src-elem", "blocked-uri": "https://evil.example/x.js?secret=1"}});
    for _ in 0..3 {
        assert_eq!(
            server
                .post(
                    "/api/v1/csp-reports",
                    &[("Content-Type", "application/csp-report")],
                    report.to_string().as_bytes()
                )
                .0,
            204
        );
    }
    let too_long = vec![b' '; 20 << 10];
    assert_eq!(server.post("/api/v1/csp-reports", &[], &too_long).0, 413);
    let kinds = json!([{"directive": "script-src-elem", "blocked": "evil.example", "count": 3}]);
    assert_eq!(ada.get("/api/v1/sites/1/verification")["csp_reports"], json!({"total": 3, "kinds": kinds}));
    assert_eq!(server.log().matches("evil.example").count(), 1, "the first of a kind is logged");
    assert!(!server.log().contains("secret=1"));
    let (_, metrics) = server.get_raw("/metrics", &[]);
    assert!(String::from_utf8_lossy(&metrics).contains("tallyho_csp_reports_total 3"));
}
