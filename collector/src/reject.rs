//! Why a request is refused: the sender's fault, or ours for the moment. Nothing of a refused request is stored.
//!
//! Every refusal has a stable code, an HTTP status and one sentence with the remedy; all of them go out in one
//! envelope, `{"error":{"code","message","hint"}}`, and the code in the header `X-Reject-Reason`, too.

use crate::protocol::Answer;

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reject {
    /// The path leads nowhere.
    PathUnknown,
    /// The path does not take this method; the text lists those it does.
    MethodNotAllowed(&'static str),
    /// The request target is too long.
    TargetTooLong,
    /// Too many or too large headers.
    HeadersTooLarge,
    /// The body is larger than the path takes, as it travels or decompressed.
    BodyTooLarge,
    /// A `Content-Encoding` we do not speak.
    EncodingUnknown,
    /// More than one `Content-Encoding`.
    EncodingNested,
    /// The compressed body is damaged or cut off.
    EncodingBroken,
    /// The client stopped sending its body.
    BodyTimeout,
    /// The connection broke before the body was there.
    BodyIncomplete,
    /// The body is no JSON object.
    BodyMalformed,
    /// The body names no site.
    SiteMissing,
    /// No site has this key or number.
    SiteUnknown,
    /// The body has no list of events.
    EventsMissing,
    /// The body has more events than one request may have.
    EventsTooMany,
    /// The `Authorization` header is missing.
    TokenMissing,
    /// The token is not known.
    TokenUnknown,
    /// The token may not send events.
    TokenScope,
    /// The token is for another site.
    TokenSite,
    /// The page's origin is not one of the site's.
    OriginNotAllowed,
    /// Too much is under way.
    Busy,
    /// The journal's disk is full.
    StorageFull,
    /// The journal cannot write.
    StorageFailed,
}

impl Reject {
    /// Returns the HTTP status.
    pub fn status(self) -> u16 {
        match self {
            Self::PathUnknown => 404,
            Self::MethodNotAllowed(_) => 405,
            Self::TargetTooLong => 414,
            Self::HeadersTooLarge => 431,
            Self::BodyTooLarge => 413,
            Self::EncodingUnknown | Self::EncodingNested => 415,
            Self::BodyTimeout => 408,
            Self::TokenMissing | Self::TokenUnknown => 401,
            Self::TokenScope | Self::TokenSite | Self::OriginNotAllowed => 403,
            Self::Busy | Self::StorageFull | Self::StorageFailed => 503,
            _ => 400,
        }
    }

    /// Returns the stable code.
    pub fn code(self) -> &'static str {
        self.words().0
    }

    /// Returns the code, what is wrong, and the remedy.
    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::PathUnknown => {
                ("path.unknown", "nothing is collected at this path", "Send events to /v1/collect or /v1/events.")
            }
            Self::MethodNotAllowed(_) => {
                ("method.not_allowed", "this path does not take this method", "See the Allow header.")
            }
            Self::TargetTooLong => (
                "url.too_long",
                "the request target is longer than 16 KiB",
                "Send the event as the body of a POST request.",
            ),
            Self::HeadersTooLarge => {
                ("headers.too_large", "more than 64 headers or 16 KiB of headers", "Send fewer headers and cookies.")
            }
            Self::BodyTooLarge => (
                "body.too_large",
                "the body is too large",
                "Send at most 1 MiB (64 KiB from browsers), 4 MiB decompressed; split the batch.",
            ),
            Self::EncodingUnknown => {
                ("encoding.unknown", "the content encoding is not known", "Use gzip, deflate, br or zstd.")
            }
            Self::EncodingNested => {
                ("encoding.nested", "the body is encoded more than once", "Use one content encoding.")
            }
            Self::EncodingBroken => (
                "encoding.broken",
                "the compressed body is damaged or cut off",
                "Compress the whole body with the encoding that the header names.",
            ),
            Self::BodyTimeout => {
                ("body.timeout", "the body did not arrive in time", "Send it again with the same event ids.")
            }
            Self::BodyIncomplete => {
                ("body.incomplete", "the body did not arrive whole", "Send it again with the same event ids.")
            }
            Self::BodyMalformed => {
                ("body.malformed", "the body is not a JSON object", "Send {\"site\":...,\"events\":[...]}.")
            }
            Self::SiteMissing => {
                ("site.missing", "the request names no site", "Name the site by its collect key or number in \"site\".")
            }
            Self::SiteUnknown => {
                ("site.unknown", "no site has this key or number", "Check the collect key under the site's settings.")
            }
            Self::EventsMissing => {
                ("events.missing", "the body has no list of events", "Send \"events\" as an array of objects.")
            }
            Self::EventsTooMany => ("events.too_many", "more than 500 events in one request", "Split the batch."),
            Self::TokenMissing => {
                ("token.missing", "the request has no token", "Send the header Authorization: Bearer TOKEN.")
            }
            Self::TokenUnknown => {
                ("token.unknown", "the token is not known", "Create a token with: tallyho token add --scope ingest.")
            }
            Self::TokenScope => {
                ("token.scope", "the token may not send events", "Use a token of scope ingest or import.")
            }
            Self::TokenSite => {
                ("token.site", "the token is for another site", "Leave \"site\" out or use that site's token.")
            }
            Self::OriginNotAllowed => (
                "origin.not_allowed",
                "the page's origin is not one of the site's",
                "Add the origin to the site's setting origins.",
            ),
            Self::Busy => (
                "busy",
                "too much is under way, nothing was stored",
                "Send it again with the same event ids after Retry-After seconds.",
            ),
            Self::StorageFull => (
                "storage.full",
                "the disk is full, nothing was stored",
                "Send it again with the same event ids after Retry-After seconds.",
            ),
            Self::StorageFailed => (
                "storage.failed",
                "it is not known whether anything was stored",
                "Send it again with the same event ids after Retry-After seconds.",
            ),
        }
    }

    /// Returns the answer in the one envelope.
    pub fn answer(self) -> Answer {
        let (code, message, hint) = self.words();
        let mut headers = vec![("Content-Type", "application/json".to_owned()), ("X-Reject-Reason", code.to_owned())];
        match self {
            Self::MethodNotAllowed(allow) => headers.push(("Allow", allow.to_owned())),
            Self::EncodingUnknown | Self::EncodingNested => {
                headers.push(("Accept-Encoding", "gzip, deflate, br, zstd".to_owned()));
            }
            Self::TokenMissing | Self::TokenUnknown => headers.push(("WWW-Authenticate", "Bearer".to_owned())),
            Self::Busy => headers.push(("Retry-After", "1".to_owned())),
            Self::StorageFull => headers.push(("Retry-After", "30".to_owned())),
            Self::StorageFailed => headers.push(("Retry-After", "5".to_owned())),
            // What is left of the request cannot be told from the next one.
            Self::BodyTooLarge | Self::BodyTimeout | Self::BodyIncomplete => {
                headers.push(("Connection", "close".to_owned()));
            }
            _ => {}
        }
        let body = serde_json::json!({"error": {"code": code, "message": message, "hint": hint}});
        Answer { status: self.status(), headers, body: body.to_string().into_bytes() }
    }
}
