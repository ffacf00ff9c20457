//! The tracker's script: served under a path that is this installation's own, since lists of what to block match words.
//!
//! `/s/WORD.js` always is the newest script; `/s/WORD.HASH.js` is exactly the one with that hash, for ever, and can be
//! pinned by its integrity. `/s/WORD.js?site=KEY` is the newest with what that site's settings say of it put before,
//! and the modules that they name behind, so that a setting changes without a change of the pages. All send to `/s/WORD`, which the door takes like `/v1/collect`. Pages that speak another
//! client's language load that client's script from its own path ([`SHIMS`]), so that only the host changes.

use super::auth::CurrentSite;
use super::parameters::Parameters;
use super::{Access, ApiError, Peer, Route};
use crate::app::App;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use collector::book::{BookSite, Scope};
use collector::client::Reached;
use http::{HeaderMap, Method, StatusCode, header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256, Sha384};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// The script, as `tracker/build.mjs` makes it.
const SCRIPT: &str = include_str!("../../../tracker/dist/tallyho.js");

/// What may stand beside the script: `/s/WORD.NAME.js`.
const MODULES: [(&str, &str); 2] = [
    ("autocapture", include_str!("../../../tracker/dist/autocapture.js")),
    ("vitals", include_str!("../../../tracker/dist/vitals.js")),
];

/// What keeps calls until the script is there.
const QUEUE: &str = "function(){(tallyho.q=tallyho.q||[]).push(arguments)}";

/// Paths of other clients' scripts, with what is served in their place.
const SHIMS: [(&str, &str); 7] = [
    ("/matomo.js", include_str!("../../../tracker/dist/matomo.js")),
    ("/piwik.js", include_str!("../../../tracker/dist/matomo.js")),
    ("/gtag/js", include_str!("../../../tracker/dist/gtag.js")),
    ("/ahoy.js", include_str!("../../../tracker/dist/ahoy.js")),
    ("/js/{file}", include_str!("../../../tracker/dist/heap.js")),
    ("/js/{merchant}/scarab-v2.js", include_str!("../../../tracker/dist/scarab.js")),
    ("/analytics.js/v1/{key}/analytics.min.js", include_str!("../../../tracker/dist/segment.js")),
];

pub(super) fn routes() -> Vec<Route> {
    let shims = SHIMS.into_iter().map(|(path, text)| {
        Route::new(Method::GET, path, Access::Open, move || async move { served(text, "public, max-age=3600") })
    });
    let own = [
        Route::new(Method::GET, "/s/{file}", Access::Open, script),
        Route::new(Method::GET, "/api/v1/sites/{id}/snippet", Access::Site(Scope::Read), snippet),
    ];
    shims.chain(own).collect()
}

/// Returns the word in this installation's paths, which nobody can guess from the program.
fn word(app: &App) -> String {
    let mut hash = Sha256::new();
    hash.update(app.secret());
    hash.update(b"tracker path");
    short(&hash.finalize())
}

/// Returns what tells one version of the script from another.
fn version() -> String {
    short(&Sha256::digest(SCRIPT))
}

fn short(digest: &[u8]) -> String {
    let number = digest.iter().take(5).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    format!("{number:010x}")
}

async fn script(
    State(app): State<Arc<App>>,
    Path(file): Path<String>,
    parameters: Parameters,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let (newest, pinned) = (format!("{}.js", word(&app)), format!("{}.{}.js", word(&app), version()));
    if (file == newest || file == pinned)
        && let Some(host) = referring_host(&headers)
    {
        app.sightings.script_served(&host, app.clock.now());
    }
    if file == pinned {
        return Ok(served(SCRIPT, "public, max-age=31536000, immutable"));
    }
    if let Some(key) = parameters.get("site").filter(|_| file == newest) {
        let book = app.book();
        let hint = "`GET /api/v1/sites/N/snippet` shows the tag of each site";
        let unknown = || ApiError::not_found("site.unknown", "no site has this key").hint(hint);
        let site = book.site_named(key).ok_or_else(unknown)?;
        let peer = match peer {
            Some(Extension(Peer::Tcp(address))) => address.ip(),
            _ => IpAddr::V4(Ipv4Addr::LOCALHOST),
        };
        return Ok(configured(site, Reached::of(&book, peer, &headers).host, &headers));
    }
    let module = MODULES.iter().find(|(name, _)| file == format!("{}.{name}.js", word(&app))).map(|(_, text)| *text);
    let text = module.or_else(|| (file == newest).then_some(SCRIPT));
    let unknown = || ApiError::not_found("script.unknown", "there is no script under this path");
    Ok(served(text.ok_or_else(unknown)?, "public, max-age=3600"))
}

/// Returns the script as `site` is set up, for pages that reach us as `host`. A browser uses what it has at once and
/// asks behind the page's back whether that is still so.
fn configured(site: &BookSite, host: &str, asked: &HeaderMap) -> Response {
    let mut text = format!("(window.tallyho=window.tallyho||{QUEUE}).preset={};\n{SCRIPT}", preset(site, host));
    for (name, module) in MODULES {
        if site.settings.tracker_modules.iter().any(|wanted| wanted == name) {
            text.push_str(module);
        }
    }
    let tag = format!("\"{}\"", short(&Sha256::digest(&text)));
    let known = asked.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let caching = [(header::ETAG, tag)];
    let mut response =
        served(if known { String::new() } else { text }, "public, max-age=300, stale-while-revalidate=86400");
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    (caching, response).into_response()
}

/// Returns what `site`'s settings say of the tracker, as the tracker reads it; what is as it would be anyway is left out.
fn preset(site: &BookSite, host: &str) -> Value {
    let settings = &site.settings;
    let mut preset = json!({ "site": site.collect_key });
    let hosts = if settings.tracker_cookies { site.hosts_beside(host) } else { Vec::new() };
    let said = [
        ("cookies", (!settings.tracker_cookies).then_some(json!(false))),
        ("auto", (!settings.tracker_auto).then_some(json!(false))),
        ("wait", settings.tracker_wait.then_some(json!(true))),
        ("gpc", (settings.gpc == "ignore").then_some(json!(false))),
        ("domains", (!settings.tracker_domains.is_empty()).then(|| json!(settings.tracker_domains))),
        ("hosts", (!hosts.is_empty()).then(|| json!(hosts))),
    ];
    for (name, value) in said {
        if let Some(value) = value {
            preset[name] = value;
        }
    }
    preset
}

/// Returns the host of the page that loads a script, as far as it says so.
fn referring_host(headers: &HeaderMap) -> Option<String> {
    let address = headers.get(header::REFERER)?.to_str().ok()?;
    let authority = address.split_once("://")?.1.split(['/', '?', '#']).next()?;
    Some(authority.rsplit('@').next()?.split(':').next()?.to_ascii_lowercase())
}

/// Returns a script that pages of every origin may load.
fn served(text: impl IntoResponse, caching: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, caching),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    (headers, text).into_response()
}

/// Shows what a shop puts into its pages.
async fn snippet(State(app): State<Arc<App>>, site: CurrentSite, headers: HeaderMap) -> Json<Value> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("YOUR-HOST");
    let key = &site.get().collect_key;
    let script = format!("//{host}/s/{}.js", word(&app));
    let pinned = format!("//{host}/s/{}.{}.js", word(&app), version());
    let integrity = format!("sha384-{}", STANDARD.encode(Sha384::digest(SCRIPT)));
    let html = format!(
        "<script async src=\"{script}?site={key}\" data-site=\"{key}\"></script>\n<script>window.tallyho=window.tallyho||{QUEUE};</script>"
    );
    Json(json!({
        "html": html,
        "script": script,
        "configured": format!("{script}?site={key}"),
        "preset": preset(site.get(), host),
        "pinned": { "script": pinned, "integrity": integrity },
        "collect": format!("//{host}/s/{}", word(&app)),
        "modules": MODULES.map(|(name, _)| format!("//{host}/s/{}.{name}.js", word(&app))),
    }))
}
