//! The tracker's script: served under a path that is this installation's own, since lists of what to block match words.
//!
//! `/s/WORD.js` always is the newest script; `/s/WORD.HASH.js` is exactly the one with that hash, for ever, and can be
//! pinned by its integrity. `/s/WORD.js?site=KEY` is the newest with what that site's settings say of it put before,
//! and the modules that they name behind, so that a setting changes without a change of the pages. All send to `/s/WORD`, which the door takes like `/v1/collect`. Pages that speak another
//! client's language load that client's script from its own path ([`SHIMS`]), so that only the host changes.

use super::auth::CurrentSite;
use super::parameters::{Parameter, Parameters, Path, Takes};
use super::{Access, ApiError, Peer, Route};
use crate::app::App;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use collector::book::{BookSite, Scope};
use collector::client::Reached;
use http::{HeaderMap, Method, StatusCode, header};
use schemars::JsonSchema;
use serde::Serialize;
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

/// Paths of other clients' scripts, with what is said of them and what is served in their place.
const SHIMS: [(&str, &str, &str); 7] = [
    (
        "/matomo.js",
        "The tracker for pages that speak Matomo's language.",
        include_str!("../../../tracker/dist/matomo.js"),
    ),
    (
        "/piwik.js",
        "The tracker for pages that speak Matomo's language.",
        include_str!("../../../tracker/dist/matomo.js"),
    ),
    ("/gtag/js", "The tracker for pages that speak GA4's language.", include_str!("../../../tracker/dist/gtag.js")),
    ("/ahoy.js", "The tracker for pages that speak Ahoy's language.", include_str!("../../../tracker/dist/ahoy.js")),
    ("/js/{file}", "The tracker for pages that speak Heap's language.", include_str!("../../../tracker/dist/heap.js")),
    (
        "/js/{merchant}/scarab-v2.js",
        "The tracker for pages that speak Emarsys's language.",
        include_str!("../../../tracker/dist/scarab.js"),
    ),
    (
        "/analytics.js/v1/{key}/analytics.min.js",
        "The tracker for pages that speak Segment's language.",
        include_str!("../../../tracker/dist/segment.js"),
    ),
];

/// What a shop puts into its pages.
#[derive(Serialize, JsonSchema)]
struct Snippet {
    html: String,
    /// Address of the newest script.
    script: String,
    /// Address of the newest script as the site's settings say.
    configured: String,
    preset: Preset,
    /// Exactly this script, for ever.
    pinned: Pinned,
    /// Where events are sent.
    collect: String,
    /// Addresses of what may stand beside the script.
    modules: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
struct Pinned {
    script: String,
    integrity: String,
}

/// What a site's settings say of the tracker, as the tracker reads it; what is as it would be anyway is left out.
#[derive(Serialize, JsonSchema)]
struct Preset {
    site: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    cookies: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auto: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wait: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gpc: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    domains: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hosts: Option<Vec<String>>,
}

const JAVASCRIPT: &str = "text/javascript";

pub(super) fn routes() -> Vec<Route> {
    const SITE: Parameter = Parameter::new(
        "site",
        Takes::Text,
        "A site's key: the newest script is configured as the site's settings tracker_* and gpc say.",
    );
    const ANY: &str = "Anything: the client's own.";
    let shims = SHIMS.into_iter().map(|(path, summary, text)| {
        let route =
            Route::new(Method::GET, path, Access::Open, move || async move { served(text, "public, max-age=3600") });
        let route = route.says(summary, "The script.").in_text(JAVASCRIPT);
        super::openapi::names_in(path).fold(route, |route, name| route.names(name, ANY))
    });
    let own = [
        Route::new(Method::GET, "/s/{file}", Access::Open, script)
            .says(
                "The tracker's script under this installation's own path: WORD.js is the newest, WORD.HASH.js exactly the one \
                 with that hash.",
                "The script.",
            )
            .names("file", "WORD.js, WORD.HASH.js, or WORD.NAME.js for a module.")
            .reads([SITE])
            .in_text(JAVASCRIPT)
            .refuses(&[(404, "script.unknown"), (404, "site.unknown")]),
        Route::new(Method::GET, "/api/v1/sites/{id}/snippet", Access::Site(Scope::Read), snippet).says(
            "What a shop puts into its pages: the snippet, the script's addresses, its integrity and what the settings preset.",
            "The snippet.",
        ),
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
    let preset = serde_json::to_string(&preset(site, host)).expect("texts and flags are JSON");
    let mut text = format!("(window.tallyho=window.tallyho||{QUEUE}).preset={preset};\n{SCRIPT}");
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

/// Returns what `site`'s settings say of the tracker.
fn preset(site: &BookSite, host: &str) -> Preset {
    let settings = &site.settings;
    let hosts = if settings.tracker_cookies { site.hosts_beside(host) } else { Vec::new() };
    Preset {
        site: site.collect_key.clone(),
        cookies: (!settings.tracker_cookies).then_some(false),
        auto: (!settings.tracker_auto).then_some(false),
        wait: settings.tracker_wait.then_some(true),
        gpc: (settings.gpc == "ignore").then_some(false),
        domains: Some(settings.tracker_domains.clone()).filter(|domains| !domains.is_empty()),
        hosts: Some(hosts).filter(|hosts| !hosts.is_empty()),
    }
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
async fn snippet(State(app): State<Arc<App>>, site: CurrentSite, headers: HeaderMap) -> Json<Snippet> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("YOUR-HOST");
    let key = &site.get().collect_key;
    let script = format!("//{host}/s/{}.js", word(&app));
    let pinned = format!("//{host}/s/{}.{}.js", word(&app), version());
    let integrity = format!("sha384-{}", STANDARD.encode(Sha384::digest(SCRIPT)));
    let html = format!(
        "<script async src=\"{script}?site={key}\" data-site=\"{key}\"></script>\n<script>window.tallyho=window.tallyho||{QUEUE};</script>"
    );
    Json(Snippet {
        html,
        configured: format!("{script}?site={key}"),
        script,
        preset: preset(site.get(), host),
        pinned: Pinned { script: pinned, integrity },
        collect: format!("//{host}/s/{}", word(&app)),
        modules: MODULES.iter().map(|(name, _)| format!("//{host}/s/{}.{name}.js", word(&app))).collect(),
    })
}
