//! Answers in the form Matomo's clients know: an image, nothing, a bulk's counters, or why a request was refused.
//!
//! No answer repeats anything that was sent except the `Origin` header, which browsers ask for.

use super::super::{Answer, Request};

/// The 43-byte GIF that every tracked request gets.
const GIF: [u8; 43] = *b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00\x21\xf9\x04\x01\x00\x00\x00\x00\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b";

/// Opens the text of every answer that tracked nothing; clients and monitors look for it.
const NOTHING_TRACKED: &str = "This resource is part of Matomo. Here Tallyho answers in its place: send tracking requests \
to this address.";

/// The header that names why a request was refused, as every refusal of the door has it.
const REASON: &str = "x-reject-reason";

/// Why a request is refused. Closed; nothing of a refused request is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// `idsite` is missing or names no site.
    SiteUnknown,
    /// Piwik PRO's `idsite` is neither listed by a site nor the number of one that takes Piwik PRO.
    AppUnknown,
    /// `cip` without a token.
    TokenForAddress,
    /// `country`, `region`, `city`, `lat` or `long` without a token.
    TokenForPlace,
    /// `cdt` is 24 hours old or older, without a token.
    TokenForTime,
    /// `cid` has not 16 characters.
    VisitorIdLength,
    /// An event's category or action is blank.
    EventBlank,
    /// `idgoal` names no goal of the site.
    GoalUnknown,
    /// A timing is negative.
    TimingNegative,
    /// A bulk's body is no JSON with a list of requests.
    BulkUnreadable,
}

impl Refusal {
    /// Returns the stable code and the remedy.
    pub(super) fn explain(self) -> (&'static str, &'static str) {
        match self {
            Self::SiteUnknown => ("site.unknown", "idsite must be the number of an existing site"),
            Self::AppUnknown => {
                ("site.unknown", "idsite must stand in the setting dialects of a site, as piwik_pro:IDSITE")
            }
            Self::TokenForAddress => ("token.needed", "cip needs a token_auth with scope ingest for this site"),
            Self::TokenForPlace => (
                "token.needed",
                "country, region, city, lat and long need a token_auth with scope ingest for this site",
            ),
            Self::TokenForTime => {
                ("token.needed", "a cdt of more than 24 hours ago needs a token_auth with scope ingest for this site")
            }
            Self::VisitorIdLength => ("visitor_id.length", "cid must have 16 hexadecimal characters"),
            Self::EventBlank => ("event.blank", "e_c and e_a must not be blank"),
            Self::GoalUnknown => ("goal.unknown", "idgoal must be the number of a goal of this site"),
            Self::TimingNegative => ("timing.negative", "pf_* timings must not be negative"),
            Self::BulkUnreadable => ("bulk.unreadable", "the body must be JSON: {\"requests\":[\"?idsite=1&rec=1\"]}"),
        }
    }
}

/// Answers a request that was tracked, or left out on purpose.
pub(super) fn tracked(request: &Request, wants_image: bool) -> Answer {
    let mut headers = cross_origin(request);
    if is_get(request) {
        headers.push(("cache-control", "no-store".to_owned()));
    }
    if !wants_image {
        return Answer { status: 204, headers, body: Vec::new() };
    }
    headers.push(("content-type", "image/gif".to_owned()));
    Answer { status: 200, headers, body: GIF.to_vec() }
}

/// Answers a refused request: the image first where one is wanted, then the reason.
pub(super) fn refused(request: &Request, wants_image: bool, refusal: Refusal) -> Answer {
    let mut headers = cross_origin(request);
    let (code, remedy) = refusal.explain();
    let kind = if wants_image { "image/gif" } else { "text/plain; charset=utf-8" };
    headers.push(("content-type", kind.to_owned()));
    headers.push(("cache-control", "no-store".to_owned()));
    headers.push((REASON, code.to_owned()));
    let mut body = if wants_image { GIF.to_vec() } else { Vec::new() };
    body.extend_from_slice(format!("{NOTHING_TRACKED}\nRefused ({code}): {remedy}\n").as_bytes());
    Answer { status: 400, headers, body }
}

/// Answers a request without any parameter: a person looks whether the address works.
pub(super) fn nothing_sent(request: &Request) -> Answer {
    let mut headers = cross_origin(request);
    headers.push(("content-type", "text/plain; charset=utf-8".to_owned()));
    Answer { status: 200, headers, body: format!("{NOTHING_TRACKED}\n").into_bytes() }
}

/// Answers a browser's question whether it may send.
pub(super) fn preflight() -> Answer {
    let headers = vec![
        ("access-control-allow-origin", "*".to_owned()),
        ("access-control-allow-methods", "GET, POST".to_owned()),
        ("access-control-allow-headers", "*".to_owned()),
    ];
    Answer { status: 204, headers, body: Vec::new() }
}

/// Answers a bulk. `invalid` are the indexes of the elements that were refused; a client sees them if
/// `names_invalid`, otherwise only their number.
pub(super) fn bulk(
    request: &Request,
    wants_body: bool,
    tracked: usize,
    invalid: &[usize],
    names_invalid: bool,
) -> Answer {
    let mut headers = cross_origin(request);
    if !wants_body {
        return Answer { status: 204, headers, body: Vec::new() };
    }
    headers.push(("content-type", "application/json".to_owned()));
    let indexes = invalid.iter().map(usize::to_string).collect::<Vec<_>>().join(",");
    let named = if names_invalid { format!(",\"invalid_indices\":[{indexes}]") } else { String::new() };
    let body = format!("{{\"status\":\"success\",\"tracked\":{tracked},\"invalid\":{}{named}}}", invalid.len());
    Answer { status: 200, headers, body: body.into_bytes() }
}

/// Answers a bulk that cannot be read at all.
pub(super) fn bulk_refused(request: &Request, refusal: Refusal) -> Answer {
    let mut headers = cross_origin(request);
    headers.push(("content-type", "application/json".to_owned()));
    let (code, remedy) = refusal.explain();
    headers.push((REASON, code.to_owned()));
    let body = format!(
        "{{\"status\":\"error\",\"tracked\":0,\"invalid\":0,\"error\":{{\"code\":{},\"message\":{}}}}}",
        super::json::quote(code),
        super::json::quote(remedy)
    );
    Answer { status: 400, headers, body: body.into_bytes() }
}

fn is_get(request: &Request) -> bool {
    matches!(request.method, "GET" | "HEAD")
}

/// Returns the headers that let a page of another origin read the answer; matomo.js sends credentials.
fn cross_origin(request: &Request) -> Vec<(&'static str, String)> {
    if is_get(request) {
        return Vec::new();
    }
    let origin = request.headers.get("origin").and_then(|o| o.to_str().ok()).filter(|o| !o.is_empty()).unwrap_or("*");
    vec![("access-control-allow-origin", origin.to_owned()), ("access-control-allow-credentials", "true".to_owned())]
}
