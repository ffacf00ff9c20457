//! `/` of a program that was built without its dashboard: a plain page with a site's real figures, which says so.
//!
//! Whoever may read a site's reports may see it. A browser asks for the token as a password (any user name), so that it
//! never stands in an address; the demo shows it to everyone on this machine.

mod chart;
mod figures;
mod page;

use crate::api::auth::may_read;
use crate::api::{Access, ApiError, Peer, Route, asking};
use crate::app::App;
use crate::dashboard;
use axum::extract::{Extension, Query, State};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use commerce::SiteId;
use http::{HeaderMap, Method, StatusCode, header};
use std::collections::HashMap;
use std::sync::Arc;

/// Style and images from here, and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Returns the routes of the summary; where there is a dashboard, `/` is its page.
pub(crate) fn routes() -> Vec<Route> {
    let root = if dashboard::is_there() { get(dashboard::index) } else { get(show) };
    vec![
        Route::new(Method::GET, "/", Access::Open, root),
        Route::new(Method::GET, "/summary.css", Access::Open, get(style)),
    ]
}

async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("style.css")).into_response()
}

async fn show(
    State(app): State<Arc<App>>,
    peer: Option<Extension<Peer>>,
    Query(parameters): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let book = app.book();
    let mut sites: Vec<SiteId> = book.sites.keys().copied().collect();
    sites.sort_unstable();
    if sites.is_empty() {
        let text = [
            "This server is running and has no shop yet. Add one in a terminal:",
            "tallyho site add --data-dir DIR --domain shop.example --currency EUR --timezone Europe/Berlin",
            "Then point your shop's tracker here; the README shows how.",
        ];
        return Ok(html(StatusCode::OK, page::plain("Tallyho", &text)));
    }
    let peer = peer.map(|Extension(peer)| peer);
    let asked = parameters.get("site").and_then(|text| text.parse().ok()).map(SiteId);
    let readable = |site: &SiteId| may_read(&app, peer, &headers, *site);
    let Some(site) = sites.iter().copied().filter(|s| asked.is_none_or(|a| a == *s)).find(|s| readable(s)) else {
        let text = [
            "Sign in with a token of scope read as the password; the user name does not matter.",
            "tallyho token add --data-dir DIR --site 1 --scope read prints one.",
        ];
        let mut response = html(StatusCode::UNAUTHORIZED, page::plain("Tallyho", &text));
        let challenge = http::HeaderValue::from_static(r#"Basic realm="Tallyho", charset="UTF-8""#);
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        return Ok(response);
    };
    let served = Arc::clone(&app);
    let figures = asking(&app, site, move |snapshot| {
        let settings = &book.site(site).ok_or_else(|| anyhow::anyhow!("site {site} is gone"))?.settings;
        let today = settings.timezone.day_of(served.clock.now());
        figures::gather(snapshot, site, settings, today)
    })
    .await?;
    Ok(html(StatusCode::OK, page::render(&figures)))
}

fn html(status: StatusCode, text: String) -> Response {
    (status, [(header::CONTENT_SECURITY_POLICY, POLICY)], Html(text)).into_response()
}
