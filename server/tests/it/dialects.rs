//! The same shopping trip told in every dialect gives the same order, lines and figures.
//!
//! Two product views, three products into the cart and one unit of one of them out again, a checkout, an order of three
//! lines with discount, tax and shipping, and a partial refund. What a dialect cannot say is left out of the comparison by
//! name, and stands on its page in `docs/`.

mod ahoy;
mod countly;
mod emarsys;
mod ga4;
mod heap;
mod mixpanel;
mod native;
mod piwik_pro;
mod segment;
mod snowplow;
pub(crate) mod webhooks;

use crate::harness::{Server, fixture_text};
use serde_json::{Value, json};

/// When the trip happens; every time that a client states lies on this day, from 10:00 to 10:30.
pub(crate) const CLOCK: &str = "2026-03-02T10:30:00Z";

/// Secret of every site's webhooks.
pub(crate) const WEBHOOK_SECRET: &str = "whsec_trip_0123456789";

/// One request of a client.
pub(crate) struct Told {
    pub(crate) method: &'static str,
    /// Path with its query.
    pub(crate) target: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

impl Told {
    /// A POST of JSON.
    pub(crate) fn json(target: &str, headers: &[(&'static str, &str)], body: &Value) -> Self {
        let mut headers: Vec<(&str, String)> =
            headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        headers.push(("Content-Type", "application/json".to_owned()));
        Self { method: "POST", target: target.to_owned(), headers, body: body.to_string() }
    }
}

/// The trip in one dialect.
pub(crate) struct Trip {
    /// Name for messages.
    pub(crate) dialect: &'static str,
    /// What the setting `dialects` must list.
    pub(crate) setting: &'static str,
    /// The requests in their order; `token` may send events for the site, `key` is its collect key.
    pub(crate) requests: fn(token: &str, key: &str) -> Vec<Told>,
    /// Metrics of [`METRICS`] that the dialect cannot tell.
    pub(crate) lacks: &'static [&'static str],
}

/// What is compared.
pub(crate) const METRICS: &[&str] = &[
    "orders",
    "order_total",
    "gross_sales",
    "discounts",
    "tax",
    "shipping",
    "net_sales",
    "returns",
    "units",
    "units_returned",
    "product_views",
    "adds_to_cart",
];

/// The trips. The first one says what is expected of the others.
const TRIPS: &[Trip] = &[
    native::TRIP,
    segment::TRIP,
    ahoy::TRIP,
    heap::TRIP,
    snowplow::TRIP,
    ga4::TRIP,
    mixpanel::TRIP,
    countly::TRIP,
    webhooks::SHOPIFY,
    webhooks::WOOCOMMERCE,
    webhooks::STRIPE,
    emarsys::TRIP,
    piwik_pro::TRIP,
];

/// Products of the order: SKU, name, unit price, quantity. S1 was put into the cart three times and taken out once.
pub(crate) const PRODUCTS: &[(&str, &str, &str, u32)] =
    &[("S1", "Shirt", "20.00", 2), ("S2", "Boot", "120.00", 1), ("S3", "Sock", "5.00", 3)];

fn report(server: &Server, token: &str, site: u32, query: &str) -> Value {
    let path = format!("/api/v1/sites/{site}/report?{query}&from=2026-03-02&to=2026-03-02");
    server.get_json(&path, token)
}

/// Adds a site that takes `dialects`; returns its collect key and a token that may send events for it.
fn add_site(server: &Server, admin: &str, site: u32, dialects: &str) -> (String, String) {
    let shop = json!({"id": site, "domain": "shop.example", "currency": "EUR", "timezone": "UTC"});
    let added = server.post_json("/api/v1/sites", admin, &shop);
    server.cli(&["site", "set", "--site", &site.to_string(), &format!("dialects={dialects}")]);
    for platform in ["shopify", "stripe", "woocommerce"] {
        let secret = json!({"dialect": platform, "secret": WEBHOOK_SECRET});
        server.post_json(&format!("/api/v1/sites/{site}/secrets"), admin, &secret);
    }
    (added["collect_key"].as_str().expect("a collect key").to_owned(), server.token(Some(site), "ingest"))
}

/// Sends a request, first to be tried out, then for good; both must be answered alike.
fn tell(server: &Server, dialect: &str, told: &Told) {
    let headers: Vec<(&str, &str)> = told.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let tried = server.post(&format!("/v1/validate{}", told.target), &headers, told.body.as_bytes());
    let (status, body) = match told.method {
        "GET" => server.get_raw(&told.target, &headers),
        _ => server.post(&told.target, &headers, told.body.as_bytes()),
    };
    let said = String::from_utf8_lossy(&body).into_owned();
    assert!((200..300).contains(&status), "{dialect}: {} answered {status}: {said}", told.target);
    let shown: Value = serde_json::from_slice(&tried.1).unwrap_or_default();
    assert_eq!(shown["answer"]["status"], json!(status), "{dialect}: {} tried out: {shown}", told.target);
}

#[test]
fn the_same_order_in_every_dialect_at_once_is_one_order() {
    let server = Server::start_at(CLOCK);
    let admin = server.token(None, "admin");
    let all: Vec<&str> = TRIPS.iter().map(|trip| trip.setting).filter(|setting| !setting.is_empty()).collect();
    for (site, dialects, trips) in [(1, String::new(), &TRIPS[..1]), (2, all.join(","), TRIPS)] {
        let (key, token) = add_site(&server, &admin, site, &dialects);
        for trip in trips {
            for told in (trip.requests)(&token, &key) {
                tell(&server, trip.dialect, &told);
            }
        }
    }
    server.settle();
    let figures = "metrics=orders,order_total,net_sales,tax,shipping,returns,units,units_returned";
    let (alone, together) = (report(&server, &admin, 1, figures), report(&server, &admin, 2, figures));
    assert_eq!((&alone["totals"][0], &together["totals"]), (&json!(1), &alone["totals"]));
}

#[test]
fn the_same_trip_gives_the_same_figures_in_every_dialect() {
    let server = Server::start_at(CLOCK);
    let admin = server.token(None, "admin");
    for (n, trip) in TRIPS.iter().enumerate() {
        let (key, token) = add_site(&server, &admin, n as u32 + 1, trip.setting);
        for told in (trip.requests)(&token, &key) {
            tell(&server, trip.dialect, &told);
        }
    }
    server.settle();
    let totals = format!("metrics={}", METRICS.join(","));
    let expected = report(&server, &admin, 1, &totals);
    assert_eq!(expected["totals"][0], json!(1), "{expected}");
    let lines = "metrics=orders,gross_sales,units,units_returned&dimensions=sku&order=sku";
    let expected_lines = report(&server, &admin, 1, lines);
    for (n, trip) in TRIPS.iter().enumerate() {
        let found = report(&server, &admin, n as u32 + 1, &totals);
        for (at, metric) in METRICS.iter().enumerate().filter(|(_, metric)| !trip.lacks.contains(metric)) {
            assert_eq!(found["totals"][at], expected["totals"][at], "{}: {metric}", trip.dialect);
        }
        let found = report(&server, &admin, n as u32 + 1, lines);
        if !trip.lacks.contains(&"units_returned") {
            assert_eq!(found["rows"], expected_lines["rows"], "{}: lines", trip.dialect);
        }
        let order = server.get_json(&format!("/api/v1/sites/{}/orders/1001", n + 1), &admin);
        assert_eq!(order["lines"].as_array().map_or(0, Vec::len), 3, "{}: {order}", trip.dialect);
    }
}

#[test]
fn every_page_says_what_its_dialect_cannot_tell() {
    // What a lacking metric is called on a page; net sales follow from discounts and refunds.
    let words = [
        ("discounts", "discount"),
        ("net_sales", "discount"),
        ("tax", "tax"),
        ("returns", "refund"),
        ("units_returned", "given back"),
        ("adds_to_cart", "cart"),
    ];
    let dialects = TRIPS.iter().skip(1).map(|trip| (trip.dialect, trip.lacks)).chain([("matomo", &[][..])]);
    for (dialect, lacks) in dialects {
        let page = fixture_text(&format!("../docs/{}.md", dialect.replace('_', "-")));
        let (_, section) =
            page.split_once("\n## What cannot be told\n").unwrap_or_else(|| panic!("{dialect}: no section"));
        let section = section.split("\n## ").next().unwrap_or_default().to_lowercase();
        assert!(section.trim().len() > 40, "{dialect}: {section}");
        for lack in lacks {
            let (_, word) =
                words.iter().find(|(metric, _)| metric == lack).unwrap_or_else(|| panic!("a word for {lack}"));
            assert!(section.contains(word), "{dialect} lacks {lack}, and its page does not say so");
        }
    }
}

#[test]
fn a_secret_comes_in_and_never_goes_out_again() {
    let server = Server::start_at(CLOCK);
    let admin = server.token(None, "admin");
    let site = json!({"domain": "shop.example", "currency": "EUR", "timezone": "UTC"});
    let key = server.post_json("/api/v1/sites", &admin, &site)["collect_key"].as_str().unwrap().to_owned();
    let order = json!({"id": 1001, "status": "processing", "total": "5.00"});
    let told = webhooks::signed("woocommerce", &key, "order.created", "", &order);
    let tell = || {
        let headers: Vec<(&str, &str)> = told.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        server.post(&told.target, &headers, told.body.as_bytes()).0
    };
    let path = "/api/v1/sites/1/secrets";
    let add = |secret: &str| {
        let body = json!({"dialect": "woocommerce", "secret": secret});
        let (status, said) = server.send_json("POST", path, &admin, &body);
        assert!(!said.to_string().contains(secret), "{said}");
        (status, said)
    };
    assert_eq!(tell(), 403);
    assert_eq!(add("canary-secret-old").0, 201);
    assert_eq!(tell(), 401);
    assert_eq!(add(WEBHOOK_SECRET).0, 201);
    assert_eq!(tell(), 200);
    // While it is replaced the one before is still good; the one before that is not.
    assert_eq!(add("canary-secret-new").1["secrets"], 2);
    assert_eq!(tell(), 200);
    assert_eq!(add("canary-secret-newer").1["secrets"], 2);
    assert_eq!(tell(), 401);

    let shown = server.get_json(path, &admin);
    assert_eq!(shown["secrets"], json!([{"dialect": "woocommerce", "secrets": 2}]));
    for path in ["/api/v1/sites", "/api/v1/sites/1", "/api/v1/sites/1/keys", "/api/v1/sites/1/settings", path] {
        assert!(!server.get_json(path, &admin).to_string().contains("canary"), "{path}");
    }
    for (token, body, status) in [
        (server.token(Some(1), "read"), json!({"dialect": "stripe", "secret": "x"}), 403),
        (server.token(Some(1), "admin"), json!({"dialect": "stripe", "secret": "x"}), 201),
        (admin.clone(), json!({"dialect": "nobody", "secret": "x"}), 400),
        (admin.clone(), json!({"dialect": "matomo", "secret": "x"}), 400),
        (admin.clone(), json!({"dialect": "stripe", "secret": " "}), 400),
        (admin.clone(), json!({"dialect": "stripe", "secret": "a\nb"}), 400),
        (admin.clone(), json!({"dialect": "stripe"}), 400),
        (admin.clone(), json!({"dialect": "stripe", "secret": 4711}), 400),
    ] {
        let (found, said) = server.send_json("POST", path, &token, &body);
        assert_eq!(found, status, "{body}");
        assert!(!said.to_string().contains("4711"), "{said}");
    }
    let said = server.cli_with(b"canary-secret-cli\n", &["site", "secret", "--site", "1", "--dialect", "shopify"]);
    assert!(said.contains("\"secrets\":1") && !said.contains("canary"), "{said}");
    let (status, dropped) = server.send_json("DELETE", "/api/v1/sites/1/secrets/woocommerce", &admin, &json!({}));
    assert_eq!((status, &dropped["dropped"]), (200, &json!(2)));
    assert_eq!(tell(), 403);
    assert!(!server.log().contains("canary"));
}
