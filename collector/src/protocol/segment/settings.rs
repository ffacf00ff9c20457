//! The settings that analytics.js fetches before it sends anything: without them it stays silent.

use super::super::foreign::Gathered;
use super::super::{Reading, Request};
use super::{Refusal, json_answer};
use crate::book::BookSite;
use commerce::hit::Dialect;
use serde_json::json;

/// Answers the settings of write key `key`; `found` becomes its site.
pub(super) fn read<'a>(request: &Request<'a>, key: &str, found: &mut Option<&'a BookSite>) -> Result<Reading, Refusal> {
    let key = percent_encoding::percent_decode_str(key).decode_utf8_lossy();
    let site = request.book.site_of_dialect(Dialect::Segment, &key).ok_or(Refusal::KeyUnknown)?;
    *found = Some(site);
    let mut segment = json!({
        "apiKey": key,
        "unbundledIntegrations": [],
        "addBundledMetadata": true,
        "maybeBundledConfigIds": {},
        "versionSettings": {"version": "4.4.7", "componentTypes": ["browser"]},
    });
    if let Some(host) = host(request) {
        segment["apiHost"] = json!(format!("{host}/v1"));
        segment["protocol"] = json!(protocol(request));
    }
    let everything = json!({"__default": {"enabled": true, "integrations": {}}});
    let body = json!({
        "integrations": {"Segment.io": segment},
        "plan": {"track": everything, "identify": everything, "group": everything},
        "edgeFunction": {},
        "analyticsNextEnabled": true,
        "middlewareSettings": {},
        "enabledMiddleware": {},
        // Of what the client would tell about itself, nothing.
        "metrics": {"sampleRate": 0},
        "legacyVideoPluginsEnabled": false,
        "remotePlugins": [],
    });
    let mut answer = json_answer(200, &body);
    answer.headers.push(("Cache-Control", "private, max-age=300".to_owned()));
    Ok(Gathered::default().answered(answer))
}

/// Returns the host under which the page reached us, if it is spelled like one.
fn host<'r>(request: &Request<'r>) -> Option<&'r str> {
    let host = request.headers.get(http::header::HOST)?.to_str().ok()?.trim();
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']');
    (!host.is_empty() && host.bytes().all(is_plain)).then_some(host)
}

/// Returns how the page reaches us: as the proxy says, else as the page itself was loaded, for a page over https may
/// speak to nothing else.
fn protocol(request: &Request) -> &'static str {
    let says = |name: &str| request.headers.get(name).and_then(|value| value.to_str().ok());
    let scheme = says("x-forwarded-proto").or_else(|| says("origin").and_then(|origin| origin.split(':').next()));
    if scheme.is_some_and(|scheme| scheme.trim().eq_ignore_ascii_case("http")) { "http" } else { "https" }
}
