//! Segment's HTTP API: what analytics.js and Segment's libraries for servers and apps send.
//!
//! This file knows the paths, whose write key a request carries, and the answers; `message` turns one call into a
//! native event, `track` the events of the ecommerce spec. Both the documented paths and the short ones that
//! analytics.js really calls are read, and the settings that it asks for before it sends anything are answered.
//! A write key stands in the page, so it proves nothing: what comes with it is unverified.

mod message;
mod settings;
mod track;

use super::foreign::json::{self, Object};
use super::foreign::{Gathered, SHARED_BYTES_MAX, sender};
use super::native::Sender;
use super::{Answer, Reading, Request, bearer_token};
use crate::answer;
use crate::book::{BookSite, Scope};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use commerce::hit::{Dialect, Origin, Trust};
use commerce::time::Timestamp;
use message::Call;
use serde_json::Value;

/// Most calls of one batch, as Segment has it.
const CALLS_MAX: usize = 2500;
/// A clock that differs by less is right: the difference is the way that the request took.
const SKEW_US_MIN: i64 = 10_000_000;
/// Headers that analytics.js sends beside the plain ones.
const HEADERS: &str = "Authorization, Content-Type, Content-Encoding, X-Retry-Count";

/// What a path takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Endpoint<'p> {
    /// One call of this type.
    Call(&'static str),
    /// Many calls, each with its type.
    Batch,
    /// What analytics.js tells about itself.
    Beacon,
    /// What analytics.js asks before it sends, for a write key.
    Settings(&'p str),
}

/// Says whether `path` is one of the dialect's.
pub(crate) fn owns(path: &str) -> bool {
    endpoint(path).is_some()
}

fn endpoint(path: &str) -> Option<Endpoint<'_>> {
    let name = path.strip_prefix("/v1/")?;
    if let Some(key) = name.strip_prefix("projects/").and_then(|rest| rest.strip_suffix("/settings")) {
        return (!key.is_empty() && !key.contains('/')).then_some(Endpoint::Settings(key));
    }
    Some(match name.strip_suffix('/').unwrap_or(name) {
        "track" | "t" => Endpoint::Call("track"),
        "identify" | "i" => Endpoint::Call("identify"),
        "page" | "p" => Endpoint::Call("page"),
        "screen" | "s" => Endpoint::Call("screen"),
        "group" | "g" => Endpoint::Call("group"),
        "alias" | "a" => Endpoint::Call("alias"),
        "batch" | "b" | "import" => Endpoint::Batch,
        "m" => Endpoint::Beacon,
        _ => return None,
    })
}

/// Why a request is refused. Segment's clients drop what is answered 4xx and repeat what is answered 5xx.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    MethodNotAllowed(&'static str),
    BodyMalformed,
    BatchMissing,
    CallsTooMany,
    ContextTooLarge,
    KeyMissing,
    KeyUnknown,
    OriginNotAllowed,
}

impl Refusal {
    /// Returns the status, the stable code and the remedy.
    fn explain(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::MethodNotAllowed(_) => (405, "method.not_allowed", "see the Allow header"),
            Self::BodyMalformed => (400, "body.malformed", "the body must be a JSON object"),
            Self::BatchMissing => (400, "batch.missing", "a batch must have its calls in the array `batch`"),
            Self::CallsTooMany => (400, "events.too_many", "more than 2500 calls in one batch; split it"),
            Self::ContextTooLarge => (400, "context.too_large", "keep the context of a batch below 8 KiB"),
            Self::KeyMissing => (401, "key.missing", "send the write key by Basic authentication or as `writeKey`"),
            Self::KeyUnknown => {
                (401, "key.unknown", "no site has this write key: list segment:KEY in the setting dialects of the site")
            }
            Self::OriginNotAllowed => {
                (403, "origin.not_allowed", "add the page's origin to the site's setting origins")
            }
        }
    }

    fn answer(self) -> Answer {
        let (status, code, remedy) = self.explain();
        let body = serde_json::json!({"success": false, "code": code, "message": remedy});
        let mut answer = json_answer(status, &body);
        answer.headers.push(("X-Reject-Reason", code.to_owned()));
        match self {
            Self::MethodNotAllowed(allow) => answer.headers.push(("Allow", allow.to_owned())),
            Self::KeyMissing | Self::KeyUnknown => answer.headers.push(("WWW-Authenticate", "Basic".to_owned())),
            _ => {}
        }
        answer
    }
}

fn json_answer(status: u16, body: &Value) -> Answer {
    let headers = vec![("Content-Type", "application/json".to_owned())];
    Answer { status, headers, body: body.to_string().into_bytes() }
}

/// Reads a request of the dialect, whatever its method.
///
/// # Errors
/// The answer of a refused request; nothing of it is stored.
pub fn read(request: &Request) -> Result<Reading, Answer> {
    let mut site = None;
    let read = match (endpoint(request.path), request.method) {
        (None, _) => return Err(crate::reject::Reject::PathUnknown.answer()),
        (Some(_), "OPTIONS") => {
            let answer = answer::preflight_with(request.book, request.headers, "GET, POST, OPTIONS", HEADERS);
            return Ok(Gathered::default().answered(answer));
        }
        (Some(Endpoint::Settings(key)), "GET" | "HEAD") => settings::read(request, key, &mut site),
        (Some(Endpoint::Settings(_)), _) => Err(Refusal::MethodNotAllowed("GET, OPTIONS")),
        (Some(endpoint), "POST") => read_calls(request, endpoint, &mut site),
        (Some(_), _) => Err(Refusal::MethodNotAllowed("POST, OPTIONS")),
    };
    let cors = answer::cors(request.headers, site);
    match read {
        Ok(mut reading) => {
            reading.answer.headers.extend(cors);
            Ok(reading)
        }
        Err(refusal) => {
            let mut answer = refusal.answer();
            answer.headers.extend(cors);
            Err(answer)
        }
    }
}

/// Reads the calls of a request; `found` becomes the site as soon as it is known, since CORS depends on it either way.
fn read_calls<'a>(
    request: &Request<'a>,
    endpoint: Endpoint<'_>,
    found: &mut Option<&'a BookSite>,
) -> Result<Reading, Refusal> {
    let taken = json_answer(200, &serde_json::json!({"success": true}));
    if endpoint == Endpoint::Beacon {
        return Ok(Gathered::default().answered(taken));
    }
    let Some(Value::Object(mut body)) = json::parse(request.body) else { return Err(Refusal::BodyMalformed) };
    let account = account_of(request, &body)?;
    *found = Some(account.site);
    if !answer::may_send(account.site, request.headers) {
        return Err(Refusal::OriginNotAllowed);
    }
    let sent_at = sent_at(&body);
    let mut gathered = Gathered::default();
    if let Endpoint::Call(kind) = endpoint {
        account.add(request, Value::Object(body), Some(kind), sent_at, &mut gathered);
    } else {
        let shared = json::take_object(&mut body, "context");
        if Value::Object(shared.clone()).to_string().len() > SHARED_BYTES_MAX {
            return Err(Refusal::ContextTooLarge);
        }
        let Some(Value::Array(calls)) = body.remove("batch") else { return Err(Refusal::BatchMissing) };
        if calls.len() > CALLS_MAX {
            return Err(Refusal::CallsTooMany);
        }
        for mut call in calls {
            merge_context(&mut call, &shared);
            account.add(request, call, None, sent_at, &mut gathered);
        }
    }
    Ok(gathered.answered(taken))
}

/// Returns when the client says that it sent `body`.
fn sent_at(body: &Object) -> Option<Timestamp> {
    Timestamp::parse(body.get("sentAt")?.as_str()?)
}

/// Puts the `shared` context of a batch under the context of one of its calls, whose own words win.
fn merge_context(call: &mut Value, shared: &Object) {
    let Some(call) = call.as_object_mut().filter(|_| !shared.is_empty()) else { return };
    let mut own = json::take_object(call, "context");
    for (name, value) in shared {
        match (own.get_mut(name), value) {
            (Some(Value::Object(own)), Value::Object(shared)) => {
                for (name, value) in shared {
                    own.entry(name.as_str()).or_insert_with(|| value.clone());
                }
            }
            (Some(own), _) if !own.is_null() => {}
            _ => {
                own.insert(name.clone(), value.clone());
            }
        }
    }
    call.insert("context".to_owned(), Value::Object(own));
}

/// Whose a request is, and what it proved.
struct Account<'a> {
    site: &'a BookSite,
    trust: Trust,
    is_import: bool,
}

/// Returns whose `request` is: a token of ours, the key of Basic authentication, or the one in its body.
fn account_of<'a>(request: &Request<'a>, body: &Object) -> Result<Account<'a>, Refusal> {
    let book = request.book;
    let token = bearer_token(request.headers).and_then(|text| book.token(text));
    let keys = [basic_key(request.headers), json::member(body, "writeKey")];
    let has_key = keys.iter().any(Option::is_some);
    let by_key = keys.into_iter().flatten().find_map(|key| book.site_of_dialect(Dialect::Segment, &key));
    let site = by_key.or_else(|| book.site(token?.site?));
    let site = site.ok_or(if has_key { Refusal::KeyUnknown } else { Refusal::KeyMissing })?;
    let token = token.filter(|token| token.allows(site.id, Scope::Ingest));
    let trust = if token.is_some() { Trust::Verified } else { Trust::Unverified };
    Ok(Account { site, trust, is_import: token.is_some_and(|token| token.scope == Scope::Import) })
}

/// Returns the user name of Basic authentication, with or without the colon behind it.
fn basic_key(headers: &http::HeaderMap) -> Option<String> {
    let (scheme, encoded) = headers.get(http::header::AUTHORIZATION)?.to_str().ok()?.trim().split_once(' ')?;
    let decoded = STANDARD.decode(encoded.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let pair = String::from_utf8(decoded).ok()?;
    let key = pair.split(':').next().unwrap_or_default().trim();
    (!key.is_empty()).then(|| key.to_owned())
}

impl Account<'_> {
    /// Adds what one call says.
    fn add(
        &self,
        request: &Request,
        call: Value,
        kind: Option<&str>,
        sent_at: Option<Timestamp>,
        gathered: &mut Gathered,
    ) {
        let payload = call.to_string();
        let Value::Object(call) = call else {
            let sender = self.sender(request, Origin::Server, None);
            return gathered.quarantine(&sender, &payload, "event.malformed", "Send each call as a JSON object.");
        };
        let call = Call::of(call, &payload);
        let sent_at = self::sent_at(&call.body).or(sent_at);
        let sender = self.sender(request, message::origin(request, &call), sent_at);
        match message::native(&sender, call, kind) {
            // What is wrong with it stands in the quarantine; Segment's clients are told of nothing.
            Ok(event) => drop(gathered.add(&sender, &event)),
            Err((reason, hint)) => gathered.quarantine(&sender, &payload, reason, hint),
        }
    }

    fn sender<'s>(&'s self, request: &Request<'s>, origin: Origin, sent_at: Option<Timestamp>) -> Sender<'s> {
        let origin = if self.is_import { Origin::Import } else { origin };
        let mut sender = sender(request, self.site, Dialect::Segment, origin, self.trust);
        let skew_us = sent_at.map_or(0, |at| request.received_at.micros_since(at));
        // What is brought in later states times that are right; when it was sent says nothing about them.
        if skew_us.saturating_abs() >= SKEW_US_MIN && origin != Origin::Import {
            sender.skew_us = skew_us;
        }
        sender
    }
}

#[cfg(test)]
mod tests;
