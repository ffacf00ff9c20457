//! The tracker's script: served under a path that is this installation's own, since lists of what to block match words.
//!
//! `/s/WORD.js` always is the newest script; `/s/WORD.HASH.js` is exactly the one with that hash, for ever, and can be
//! pinned by its integrity. Both send to `/s/WORD`, which the door takes like `/v1/collect`. Pages that speak another
//! client's language load that client's script from its own path ([`SHIMS`]), so that only the host changes.

use super::auth::CurrentSite;
use super::{Access, ApiError, Route};
use crate::app::App;
use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use collector::book::Scope;
use http::{HeaderMap, Method, header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256, Sha384};
use std::sync::Arc;

/// The script, as `tracker/build.mjs` makes it.
const SCRIPT: &str = include_str!("../../../tracker/dist/tallyho.js");

/// What may stand beside the script: `/s/WORD.NAME.js`.
const MODULES: [(&str, &str); 2] = [
    ("autocapture", include_str!("../../../tracker/dist/autocapture.js")),
    ("vitals", include_str!("../../../tracker/dist/vitals.js")),
];

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

async fn script(State(app): State<Arc<App>>, Path(file): Path<String>) -> Result<Response, ApiError> {
    let (newest, pinned) = (format!("{}.js", word(&app)), format!("{}.{}.js", word(&app), version()));
    if file == pinned {
        return Ok(served(SCRIPT, "public, max-age=31536000, immutable"));
    }
    let module = MODULES.iter().find(|(name, _)| file == format!("{}.{name}.js", word(&app))).map(|(_, text)| *text);
    let text = module.or_else(|| (file == newest).then_some(SCRIPT));
    let unknown = || ApiError::not_found("script.unknown", "there is no script under this path");
    Ok(served(text.ok_or_else(unknown)?, "public, max-age=3600"))
}

/// Returns a script that pages of every origin may load.
fn served(text: &'static str, caching: &'static str) -> Response {
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
        "<script async src=\"{script}\" data-site=\"{key}\"></script>\n<script>window.tallyho=window.tallyho||function(){{(tallyho.q=tallyho.q||[]).push(arguments)}};</script>"
    );
    Json(json!({
        "html": html,
        "script": script,
        "pinned": { "script": pinned, "integrity": integrity },
        "collect": format!("//{host}/s/{}", word(&app)),
        "modules": MODULES.map(|(name, _)| format!("//{host}/s/{}.{name}.js", word(&app))),
    }))
}
