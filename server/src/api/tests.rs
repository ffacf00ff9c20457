//! Tests of `api`.

use super::*;
use crate::accounts::links::NewShare;
use crate::accounts::{Asker, Role};
use crate::app::Setup;
use crate::control::NewTokenRequest;
use crate::control::sessions::Holder;
use crate::control::users::NewUser;
use axum::body::Body;
use axum::extract::Request;
use collector::book::Scope;
use commerce::{Currency, SiteId, SiteSettings, Zone};
use http::{Method, header};
use tower::ServiceExt;

/// An application in a directory of its own, with two sites and one token of every kind.
struct World {
    app: Arc<App>,
    _dir: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        Self::with(false)
    }

    fn with(open_reports: bool) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let app = App::open(Setup {
            data_dir: dir.path().join("data"),
            clock_start: None,
            trusted_proxies: Vec::new(),
            geoip_db: None,
            store: store::Options::default(),
            answer_max_s: ANSWER_MAX_S,
            nightly_warehouse: false,
            open_reports,
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

    /// Adds an account with a role on a site, or an owner, and returns the token of a session of it. Its password is none.
    fn person(&self, email: &str, role: Option<(u32, Role)>) -> String {
        let new = NewUser { email, name: email, password: "none", is_owner: role.is_none() };
        let id = self.app.control.add_user(&new, self.app.clock.now()).unwrap();
        if let Some((site, role)) = role {
            self.app.control.put_member(SiteId(site), email, role).unwrap();
        }
        self.open(Holder::User(id))
    }

    fn share(&self, site: u32) -> String {
        let new = NewShare { label: "", filter: "channel==Email", password: None };
        let (share, _) = self.app.add_share(SiteId(site), &new).unwrap();
        self.open(Holder::Share(share.id))
    }

    fn open(&self, holder: Holder) -> String {
        let asker = Asker { network: None, agent: String::new() };
        self.app.open_session(holder, &asker).unwrap().token
    }

    /// Calls a route on site 1 as `caller` and returns the answer's status.
    async fn status(&self, route: &Route, caller: &Caller) -> StatusCode {
        let mut path = route.path.replace("{id}", "1");
        while let (Some(begin), Some(end)) = (path.find('{'), path.find('}')) {
            path.replace_range(begin..=end, "7");
        }
        let mut request = Request::builder().method(route.method.clone()).uri(path).header(header::HOST, "localhost");
        match caller {
            Caller::Nobody | Caller::Here | Caller::DataDir => {}
            Caller::Bearer(token) => request = request.header(header::AUTHORIZATION, format!("Bearer {token}")),
            Caller::Cookie(token) => {
                request = request.header(header::COOKIE, format!("tallyho={token}"));
                request =
                    request.header("x-csrf-token", cookie::csrf_of(token)).header("sec-fetch-site", "same-origin");
            }
        }
        let mut request = request.body(Body::from("not json")).unwrap();
        request.extensions_mut().insert(match caller {
            Caller::Here => Peer::Tcp("127.0.0.1:5000".parse().unwrap()),
            Caller::DataDir => Peer::DataDir,
            _ => Peer::Tcp("192.0.2.1:5000".parse().unwrap()),
        });
        let response = router(Arc::clone(&self.app)).oneshot(request).await.unwrap();
        let status = response.status();
        if status.is_client_error() || status.is_server_error() {
            let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
            check_refusal(route, status, &body);
        }
        status
    }
}

/// Checks that a route says of itself what it refuses.
fn check_refusal(route: &Route, status: StatusCode, body: &[u8]) {
    let envelope: serde_json::Value = serde_json::from_slice(body).unwrap();
    let code = envelope["error"]["code"].as_str().unwrap();
    let known = openapi::refusals(route).get(&status.as_u16()).is_some_and(|codes| codes.contains(code));
    assert!(known, "{} {} does not say that it gives {status} {code}", route.method, route.path);
}

/// By what a caller is known.
#[derive(Clone)]
enum Caller {
    Nobody,
    Here,
    DataDir,
    Bearer(String),
    Cookie(String),
}

/// Says whether a caller was let through to the handler, which may then refuse an empty request for its own reasons.
fn was_let_in(status: StatusCode) -> bool {
    !matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
}

/// Every kind of caller by its name: `read 2` is a token for site 2, `read` one for every site, `viewer 1` an account.
fn callers(world: &World) -> Vec<(String, Caller)> {
    let mut callers = vec![
        ("nobody".to_owned(), Caller::Nobody),
        ("here".to_owned(), Caller::Here),
        ("data dir".to_owned(), Caller::DataDir),
    ];
    for scope in [Scope::Ingest, Scope::Import, Scope::Read, Scope::Edit, Scope::Admin] {
        callers.push((scope.name().to_owned(), Caller::Bearer(world.token(None, scope))));
        for site in [1, 2] {
            callers.push((format!("{} {site}", scope.name()), Caller::Bearer(world.token(Some(site), scope))));
        }
    }
    for site in [1, 2] {
        for role in [Role::Viewer, Role::Editor, Role::Admin] {
            let name = format!("{}:{site}", role.name());
            callers.push((name.clone(), Caller::Cookie(world.person(&name, Some((site, role))))));
        }
        callers.push((format!("share:{site}"), Caller::Cookie(world.share(site))));
    }
    callers.push(("owner".to_owned(), Caller::Cookie(world.person("owner", None))));
    callers
}

/// The table once more, by the names of those who are let in to a route of site 1; `None` for everyone.
fn let_in(access: Access) -> Option<Vec<&'static str>> {
    let admins = ["data dir", "admin", "admin 1", "admin:1", "owner"];
    let editors = ["edit", "edit 1", "editor:1"];
    let readers = ["read", "read 1", "viewer:1"];
    let others = ["read 2", "edit 2", "admin 2"];
    let people = ["viewer:1", "editor:1", "admin:1", "viewer:2", "editor:2", "admin:2", "owner"];
    Some(match access {
        Access::Open => return None,
        Access::Operator => [&["here", "read", "read 1", "edit", "edit 1", "admin:2"][..], &others, &admins].concat(),
        Access::Reader => {
            [&["data dir", "read", "read 1", "edit", "edit 1", "admin", "admin 1"][..], &others, &people].concat()
        }
        Access::Site(Scope::Read) => [&readers[..], &editors, &admins].concat(),
        Access::Figures => [&readers[..], &editors, &admins, &["share:1"]].concat(),
        Access::Site(Scope::Edit) => [&editors[..], &admins].concat(),
        Access::Site(Scope::Admin) => admins.to_vec(),
        Access::Site(scope) => unreachable!("no route asks for {scope:?}"),
        Access::Member(Scope::Read) => vec!["viewer:1", "editor:1", "admin:1", "owner"],
        Access::Member(scope) => unreachable!("no route asks for {scope:?} of members"),
        Access::User => people.to_vec(),
        Access::SignedIn => [&people[..], &["share:1", "share:2"]].concat(),
        Access::SiteMaker => vec!["data dir", "admin", "admin:1", "admin:2", "owner"],
        Access::Installation => vec!["data dir", "admin", "owner"],
    })
}

#[tokio::test]
async fn every_route_lets_in_those_it_names_and_nobody_else() {
    let world = World::new();
    let callers = callers(&world);
    // Removing the site or a session would change what later routes answer.
    let changes_the_world =
        |r: &Route| r.method == Method::DELETE && matches!(r.path, "/api/v1/sites/{id}" | "/api/v1/session");
    // This judges for itself: it tells a stranger that nobody is signed in.
    let judges_itself = |r: &Route| matches!((&r.method, r.path), (&Method::GET, "/api/v1/session"));
    for route in routes().iter().filter(|r| !changes_the_world(r) && !judges_itself(r)) {
        let allowed = let_in(route.access);
        let mistyped = world.status(route, &Caller::Bearer("tly_unknown".to_owned())).await;
        assert_eq!(mistyped, StatusCode::UNAUTHORIZED, "{} {} for an unknown token", route.method, route.path);
        for (name, caller) in &callers {
            let expected = allowed.as_ref().is_none_or(|names| names.contains(&name.as_str()));
            let status = world.status(route, caller).await;
            assert_eq!(was_let_in(status), expected, "{} {} for {name}: {status}", route.method, route.path);
        }
    }
    let sign_out = routes().into_iter().find(|r| r.method == Method::DELETE && r.path == "/api/v1/session").unwrap();
    for (name, caller) in &callers {
        let expected = let_in(sign_out.access).unwrap().contains(&name.as_str());
        assert_eq!(was_let_in(world.status(&sign_out, caller).await), expected, "signing out for {name}");
        // What has signed out reaches nothing more.
        if let Caller::Cookie(_) = caller {
            assert_eq!(world.status(&sign_out, caller).await, StatusCode::UNAUTHORIZED, "{name} a second time");
        }
    }
}

#[tokio::test]
async fn the_demo_is_everyones_to_look_at_and_nobodys_to_change() {
    let world = World::with(true);
    let ask = async |method: &str, path: &str| {
        let mut request = Request::builder().method(method).uri(path).body(Body::from("{}")).unwrap();
        request.extensions_mut().insert(Peer::Tcp("192.0.2.1:5000".parse().unwrap()));
        let response = router(Arc::clone(&world.app)).oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, serde_json::from_slice::<serde_json::Value>(&body).unwrap_or_default())
    };
    let (status, session) = ask("GET", "/api/v1/session").await;
    assert_eq!((status, &session["demo"], &session["role"]), (200, &true.into(), &"viewer".into()));
    assert_eq!((session["sites"].as_array().unwrap().len(), &session["sites"][1]["role"]), (2, &"viewer".into()));
    assert_eq!(ask("GET", "/api/v1/setup").await.1["needed"], false);
    assert_eq!(ask("GET", "/api/v1/sites").await.1["meta"]["count"], 2);
    for path in ["/api/v1/sites/1/views", "/api/v1/sites/1/annotations", "/api/v1/sites/1/verification"] {
        assert_eq!(ask("GET", path).await.0, 200, "{path}");
    }
    for (method, path) in [
        ("PUT", "/api/v1/sites/1/settings"),
        ("POST", "/api/v1/sites"),
        ("POST", "/api/v1/sites/1/annotations"),
        ("PUT", "/api/v1/sites/1/views/x"),
        ("GET", "/api/v1/users"),
        ("GET", "/api/v1/sites/1/keys"),
        ("POST", "/api/v1/setup"),
    ] {
        let status = ask(method, path).await.0;
        assert!(matches!(status, 400 | 401), "{method} {path}: {status}");
    }
    assert!(world.app.new_setup_token().unwrap().is_none());
}

#[test]
fn shares_reach_nothing_that_changes_something() {
    for route in routes().iter().filter(|r| r.access == Access::Figures) {
        assert_eq!(route.method, Method::GET, "{}", route.path);
    }
}

#[tokio::test]
async fn a_session_that_changes_something_shows_its_csrf_token_from_our_own_pages() {
    let world = World::new();
    let token = world.person("ada@shop.example", Some((1, Role::Admin)));
    let csrf = cookie::csrf_of(&token);
    let other = cookie::csrf_of("other");
    let ask = async |method: &str, headers: &[(&str, &str)]| {
        let mut request =
            Request::builder().method(method).uri("/api/v1/sites/1/settings").header(header::HOST, "localhost:80");
        request = request.header(header::COOKIE, format!("tallyho={token}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::from("{}")).unwrap();
        request.extensions_mut().insert(Peer::Tcp("127.0.0.1:5000".parse().unwrap()));
        router(Arc::clone(&world.app)).oneshot(request).await.unwrap().status().as_u16()
    };
    let (ours, theirs) = (("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site"));
    assert_eq!(ask("PUT", &[("x-csrf-token", &csrf), ours]).await, 200);
    assert_eq!(ask("PUT", &[("x-csrf-token", &csrf), ("origin", "http://LOCALHOST:80")]).await, 200);
    for headers in [
        vec![ours],
        vec![("x-csrf-token", other.as_str()), ours],
        vec![("x-csrf-token", ""), ours],
        vec![("x-csrf-token", &csrf)],
        vec![("x-csrf-token", &csrf), theirs],
        vec![("x-csrf-token", &csrf), ("sec-fetch-site", "same-site")],
        vec![("x-csrf-token", &csrf), ("origin", "null")],
        vec![("x-csrf-token", &csrf), ("origin", "https://evil.example")],
        vec![("x-csrf-token", &csrf), ("origin", "https://localhost:80.evil.example")],
        // The header of a proxy that nobody trusts.
        vec![("x-csrf-token", &csrf), ("origin", "https://evil.example"), ("x-forwarded-host", "evil.example")],
    ] {
        assert_eq!(ask("PUT", &headers).await, 403, "{headers:?}");
    }
    assert_eq!(
        ask("GET", &[theirs]).await,
        200,
        "reading needs no proof; the cookie does not come along from other sites"
    );
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
    for (method, path) in
        [("GET", "/api/v1/nowhere"), ("DELETE", "/healthz"), ("GET", "/healthz"), ("GET", "/api/v1/sites")]
    {
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
