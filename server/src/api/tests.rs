//! Tests of `api`.

use super::*;
use crate::app::Setup;
use crate::control::NewTokenRequest;
use axum::body::Body;
use axum::extract::Request;
use collector::book::Scope;
use commerce::{Currency, SiteId, SiteSettings, Zone};
use http::header;
use std::collections::BTreeSet;
use tower::ServiceExt;

/// An application in a directory of its own, with two sites and one token of every kind.
struct World {
    app: Arc<App>,
    _dir: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let app = App::open(Setup {
            data_dir: dir.path().join("data"),
            clock_start: None,
            trusted_proxies: Vec::new(),
            geoip_db: None,
            store: store::Options::default(),
            nightly_warehouse: false,
            open_reports: false,
        });
        let app = Arc::new(app.unwrap());
        crate::start::open_store(&app).unwrap();
        for _ in 0..2 {
            let settings = SiteSettings::new("shop.example", Currency::parse("EUR").unwrap(), Zone::utc());
            app.add_site(None, settings, &[]).unwrap();
        }
        Self { app, _dir: dir }
    }

    fn token(&self, site: Option<u32>, scope: Scope) -> String {
        let request = NewTokenRequest { site: site.map(SiteId), scope, label: String::new() };
        self.app.add_token(&request).unwrap().text
    }

    async fn status(&self, route: &Route, token: Option<&str>, peer: Peer) -> StatusCode {
        let path = route
            .path
            .replace("{id}", "1")
            .replace("{goal}", "1")
            .replace("{token}", "x")
            .replace("{order_id}", "7")
            .replace("{cart_id}", "c7")
            .replace("{customer}", "u7")
            .replace("{visitor}", "v7")
            .replace("{list}", "orders");
        let mut request = Request::builder().method(route.method.clone()).uri(path);
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let mut request = request.body(Body::from("not json")).unwrap();
        request.extensions_mut().insert(peer);
        router(Arc::clone(&self.app)).oneshot(request).await.unwrap().status()
    }
}

/// Says whether a caller was let through to the handler, which may then refuse an empty request for its own reasons.
fn was_let_in(status: StatusCode) -> bool {
    !matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
}

fn may(access: Access, site: Option<u32>, scope: Scope) -> bool {
    match access {
        Access::Open => true,
        Access::Operator => scope.allows(Scope::Read),
        Access::Site(needed) => site.is_none_or(|site| site == 1) && scope.allows(needed),
        Access::Installation => site.is_none() && scope == Scope::Admin,
    }
}

#[tokio::test]
async fn every_route_lets_in_those_it_names_and_nobody_else() {
    let world = World::new();
    let far = Peer::Tcp("192.0.2.1:5000".parse().unwrap());
    let near = Peer::Tcp("127.0.0.1:5000".parse().unwrap());
    let scopes = [Scope::Ingest, Scope::Import, Scope::Read, Scope::Admin];
    let kinds: Vec<(Option<u32>, Scope)> =
        [Some(1), Some(2), None].into_iter().flat_map(|site| scopes.map(|s| (site, s))).collect();
    let tokens: Vec<String> = kinds.iter().map(|(site, scope)| world.token(*site, *scope)).collect();
    // Removing the site would change what later routes answer.
    let changes_the_world = |r: &Route| r.method == Method::DELETE && r.path == "/api/v1/sites/{id}";
    // The summary judges for itself: it answers strangers with a page that asks for a token.
    let judges_itself = |r: &Route| r.path == "/" || r.path == "/summary.css";
    for route in routes().iter().filter(|r| !changes_the_world(r) && !judges_itself(r)) {
        let what = format!("{} {}", route.method, route.path);
        let open = route.access == Access::Open;
        assert_eq!(was_let_in(world.status(route, None, far).await), open, "{what} for strangers");
        let local = open || route.access == Access::Operator;
        assert_eq!(was_let_in(world.status(route, None, near).await), local, "{what} for this machine");
        assert!(was_let_in(world.status(route, None, Peer::DataDir).await), "{what} through the data directory");
        let unknown = world.status(route, Some("tly_unknown"), near).await;
        assert_eq!(unknown, StatusCode::UNAUTHORIZED, "{what} for an unknown token");
        for ((site, scope), token) in kinds.iter().zip(&tokens) {
            let let_in = was_let_in(world.status(route, Some(token), far).await);
            assert_eq!(let_in, may(route.access, *site, *scope), "{what} for {scope:?} of site {site:?}");
        }
    }
}

#[test]
fn the_description_and_the_route_table_are_the_same() {
    let description: serde_json::Value = serde_json::from_str(openapi::TEXT).unwrap();
    let mut described = BTreeSet::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let scope = operation["security"][0]["token"][0].as_str().unwrap_or("");
            described.insert(format!("{} {path} {scope}", method.to_uppercase()));
        }
    }
    let scope_of = |access| match access {
        Access::Open => "",
        Access::Operator => "read",
        Access::Site(scope) => scope.name(),
        Access::Installation => "admin",
    };
    let routed: BTreeSet<String> =
        routes().iter().map(|r| format!("{} {} {}", r.method, r.path.replace("{*", "{"), scope_of(r.access))).collect();
    assert_eq!(described, routed);
}

#[tokio::test]
async fn a_loopback_address_behind_a_proxy_proves_nothing() {
    let world = World::new();
    let mut request =
        Request::builder().uri("/metrics").header("x-forwarded-for", "203.0.113.9").body(Body::empty()).unwrap();
    request.extensions_mut().insert(Peer::Tcp("127.0.0.1:5000".parse().unwrap()));
    let status = router(Arc::clone(&world.app)).oneshot(request).await.unwrap().status();
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn every_answer_has_the_security_headers_and_errors_have_one_envelope() {
    let world = World::new();
    for (method, path) in [("GET", "/nowhere"), ("DELETE", "/healthz"), ("GET", "/healthz"), ("GET", "/api/v1/sites")] {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        let response = router(Arc::clone(&world.app)).oneshot(request).await.unwrap();
        for (name, value) in SECURITY_HEADERS {
            assert_eq!(response.headers().get(*name).and_then(|v| v.to_str().ok()), Some(*value), "{method} {path}");
        }
        if !response.status().is_success() {
            let body = axum::body::to_bytes(response.into_body(), 1 << 16).await.unwrap();
            let envelope: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert!(
                envelope["error"]["code"].is_string() && envelope["error"]["message"].is_string(),
                "{method} {path}"
            );
        }
    }
}
