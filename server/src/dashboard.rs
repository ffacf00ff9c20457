//! Serves the dashboard, which is embedded as `dashboard/dist` was when the program was built. Where it was not, `/` is a
//! page that says so.
//!
//! Files whose name holds a hash of their content never change and are kept for ever; `index.html` is asked for anew each
//! time and stands for every address of the dashboard. Its content policy allows what comes from here and nothing inline;
//! what a browser refuses it reports to `/api/v1/csp-reports`.

use crate::api::{Access, ApiError, Route};
use axum::body::Body;
use axum::response::{Html, IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::LazyLock;

/// A file by its path below `dist`.
type File = (&'static str, &'static [u8]);

static EMBEDDED: &[File] = include!(concat!(env!("OUT_DIR"), "/dashboard.rs"));
static DASHBOARD: LazyLock<Dashboard> = LazyLock::new(|| Dashboard::new(EMBEDDED));

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
    font-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
    report-to csp; report-uri /api/v1/csp-reports";
const REPORT_TO: &str = r#"csp="/api/v1/csp-reports""#;
const FORBIDDEN: &str = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";

/// First parts of paths that are never the dashboard's, so that what is mistyped there is told so.
const NOT_OURS: &[&str] = &["api", "v1", "s", "healthz", "readyz", "metrics"];

/// What stands in the place of a dashboard that was not built; it has nothing to load.
const STUB: &str = r#"<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Tallyho</title></head><body>
<h1>Tallyho</h1><p>This server is running. Its program was built without the dashboard; <code>make build</code> builds both.</p>
<p>Every figure is in the API, and <code>tallyho report</code> asks it.</p></body></html>"#;
const STUB_POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Returns the route of the root; every other address of the dashboard is what no route knows.
pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, "/", Access::Open, root)
            .says("The dashboard; where the program was built without it, a page that says so.", "The page.")
            .in_text("text/html"),
    ]
}

async fn root(headers: HeaderMap) -> Response {
    DASHBOARD.root(&headers)
}

/// Answers for every path that no route knows.
pub(crate) async fn anything_else(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let asked = matches!(method, Method::GET | Method::HEAD).then(|| DASHBOARD.answer(uri.path(), &headers)).flatten();
    asked.unwrap_or_else(nothing)
}

fn nothing() -> Response {
    ApiError::not_found("path.unknown", "there is nothing under this path").into_response()
}

/// The files with what is known of each.
struct Dashboard {
    files: HashMap<&'static str, Asset>,
}

struct Asset {
    bytes: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
    tag: String,
}

impl Dashboard {
    fn new(files: &[File]) -> Self {
        let all: HashMap<&str, &'static [u8]> = files.iter().copied().collect();
        let plain = files.iter().filter(|(name, _)| !matches!(name.rsplit('.').next(), Some("br" | "gz")));
        let asset = |(name, bytes): &File| {
            let beside = |suffix: &str| all.get(format!("{name}{suffix}").as_str()).copied();
            let tag = crate::ids::hex(&Sha256::digest(bytes))[..32].to_owned();
            (*name, Asset { bytes, brotli: beside(".br"), gzip: beside(".gz"), tag })
        };
        Self { files: plain.map(asset).collect() }
    }

    fn page(&self) -> Option<&Asset> {
        self.files.get("index.html")
    }

    /// Returns the dashboard's page, or in its place one that says that it was not built.
    fn root(&self, headers: &HeaderMap) -> Response {
        let stub = || ([(header::CONTENT_SECURITY_POLICY, STUB_POLICY)], Html(STUB)).into_response();
        self.answer("/", headers).unwrap_or_else(stub)
    }

    /// Returns the file under a path, or the page for every other address that can be the dashboard's; `None` for what
    /// cannot.
    fn answer(&self, path: &str, headers: &HeaderMap) -> Option<Response> {
        let name = path.trim_start_matches('/');
        if let Some(asset) = self.files.get(name).filter(|_| name != "index.html") {
            return Some(asset.answer(name, headers));
        }
        let first = name.split('/').next().unwrap_or_default();
        let is_file = name.rsplit('/').next().is_some_and(|last| last.contains('.'));
        if NOT_OURS.contains(&first) || (is_file && name != "index.html") {
            return None;
        }
        let mut response = self.page()?.answer("index.html", headers);
        let own = [
            (header::CONTENT_SECURITY_POLICY.as_str(), POLICY),
            ("reporting-endpoints", REPORT_TO),
            ("permissions-policy", FORBIDDEN),
        ];
        for (name, value) in own {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        Some(response)
    }
}

impl Asset {
    fn answer(&self, name: &str, headers: &HeaderMap) -> Response {
        let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let (encoding, bytes) = match (self.brotli, self.gzip) {
            (Some(bytes), _) if accepts(accepted, "br") => (Some("br"), bytes),
            (_, Some(bytes)) if accepts(accepted, "gzip") => (Some("gzip"), bytes),
            _ => (None, self.bytes),
        };
        let tag = format!("\"{}{}\"", self.tag, encoding.map_or_else(String::new, |e| format!("-{e}")));
        let known = headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let is_known = known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag);
        let caching = if has_hash(name) { "public, max-age=31536000, immutable" } else { "no-cache" };
        let status = if is_known { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
        let mut response = Response::new(Body::from(if is_known { Bytes::new() } else { Bytes::from_static(bytes) }));
        *response.status_mut() = status;
        let own = response.headers_mut();
        own.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
        own.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
        own.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if let Some(encoding) = encoding.filter(|_| !is_known) {
            own.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        if let Ok(tag) = HeaderValue::try_from(tag) {
            own.insert(header::ETAG, tag);
        }
        response
    }
}

/// Says whether `Accept-Encoding` takes an encoding, and does not say no to it.
fn accepts(accepted: &str, encoding: &str) -> bool {
    accepted.split(',').any(|one| {
        let (name, quality) = one.split_once(';').unwrap_or((one, ""));
        let refused = matches!(quality.trim().trim_start_matches("q="), "0" | "0.0" | "0.00" | "0.000");
        name.trim().eq_ignore_ascii_case(encoding) && !refused
    })
}

/// Says whether a file's name holds a hash: at its end, behind `-` or `.`, eight or more capitals and digits, or
/// hexadecimal digits.
fn has_hash(name: &str) -> bool {
    let Some((stem, _)) = name.rsplit('/').next().and_then(|last| last.rsplit_once('.')) else { return false };
    let Some((_, end)) = stem.rsplit_once(['-', '.']) else { return false };
    let capitals = end.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let hexadecimal =
        end.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) && end.bytes().any(|b| b.is_ascii_digit());
    end.len() >= 8 && (capitals || hexadecimal)
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: &[File] = &[
        ("assets/app-23PS7A5Q.css", b"css"),
        ("assets/app-53C72O3H.js", b"script"),
        ("assets/app-53C72O3H.js.br", b"br"),
        ("assets/app-53C72O3H.js.gz", b"gz"),
        ("favicon.svg", b"svg"),
        ("index.html", b"page"),
        ("index.html.gz", b"gz page"),
    ];

    fn ask(path: &str, headers: &[(&'static str, &str)]) -> Option<Response> {
        let headers =
            headers.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_str(value).unwrap()));
        Dashboard::new(FILES).answer(path, &headers.collect())
    }

    async fn body(response: Response) -> String {
        String::from_utf8(axum::body::to_bytes(response.into_body(), 1 << 16).await.unwrap().to_vec()).unwrap()
    }

    fn of<'a>(response: &'a Response, name: &str) -> &'a str {
        response.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }

    #[tokio::test]
    async fn a_program_without_its_dashboard_says_so_at_the_root_and_nowhere_else() {
        let empty = Dashboard::new(&[]);
        let response = empty.root(&HeaderMap::new());
        assert_eq!((response.status(), of(&response, "content-security-policy")), (StatusCode::OK, STUB_POLICY));
        assert!(body(response).await.contains("built without the dashboard"));
        assert!(empty.answer("/orders", &HeaderMap::new()).is_none());
        let response = Dashboard::new(FILES).root(&HeaderMap::new());
        assert_eq!(of(&response, "content-security-policy"), POLICY);
        assert_eq!(body(response).await, "page");
    }

    #[tokio::test]
    async fn every_address_of_the_dashboard_is_its_page_under_a_strict_policy() {
        for path in ["/", "/index.html", "/orders", "/orders/A%2F1", "/sites/1/overview"] {
            let response = ask(path, &[]).unwrap();
            let policy = of(&response, "content-security-policy");
            for rule in
                ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "report-uri /api/v1/csp-reports"]
            {
                assert!(policy.contains(rule), "{path}: {rule} is not in {policy}");
            }
            assert!(!policy.contains("unsafe"), "{policy}");
            assert_eq!(
                (of(&response, "cache-control"), of(&response, "content-type")),
                ("no-cache", "text/html; charset=utf-8")
            );
            assert_eq!(body(response).await, "page");
        }
        for path in [
            "/api/v1/nowhere",
            "/v1/x",
            "/robots.txt",
            "/assets/app-00000000.js",
            "/assets/app-53C72O3H.js.br",
            "/../secret.x",
        ] {
            assert!(ask(path, &[]).is_none(), "{path}");
        }
        assert!(Dashboard::new(&[]).answer("/", &HeaderMap::new()).is_none(), "without a dashboard there is none");
    }

    #[tokio::test]
    async fn files_come_compressed_and_once() {
        let path = "/assets/app-53C72O3H.js";
        for (accepted, expected, encoding) in [
            ("gzip, deflate, br, zstd", "br", "br"),
            ("gzip", "gz", "gzip"),
            ("br;q=0, gzip;q=1.0", "gz", "gzip"),
            ("", "script", ""),
        ] {
            let response = ask(path, &[("accept-encoding", accepted)]).unwrap();
            assert_eq!(of(&response, "content-encoding"), encoding, "{accepted}");
            assert_eq!(of(&response, "cache-control"), "public, max-age=31536000, immutable");
            assert_eq!(
                (of(&response, "vary"), of(&response, "content-type")),
                ("accept-encoding", "text/javascript; charset=utf-8")
            );
            let tag = of(&response, "etag").to_owned();
            assert_eq!(body(response).await, expected);
            let again =
                ask(path, &[("accept-encoding", accepted), ("if-none-match", &format!("\"x\", W/{tag}"))]).unwrap();
            assert_eq!((again.status(), body(again).await), (StatusCode::NOT_MODIFIED, String::new()));
        }
        assert_eq!(of(&ask("/favicon.svg", &[]).unwrap(), "cache-control"), "no-cache");
    }

    #[test]
    fn hashes_are_told_from_words() {
        for name in ["assets/app-53C72O3H.js", "a.0a1b2c3d.css", "x/chunk-D7T4XN55.js"] {
            assert!(has_hash(name), "{name}");
        }
        for name in ["index.html", "some-settings.js", "favicon.svg", "a-deadbeef.js", "app-53C72O3H"] {
            assert!(!has_hash(name), "{name}");
        }
    }
}
