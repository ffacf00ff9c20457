//! Requests through the whole door, with a real journal in a temporary directory.

mod cookies;
mod decoding;
mod import;
mod limits;
mod preview;
mod privacy;
mod requests;

use super::*;
use crate::book::SiteBook;
use crate::place::PlaceFinder;
use crate::sample::{NOW, book, counted_ids};
use commerce::hit::Hit;
use commerce::record::Record;
use http::Request as HttpRequest;
use http_body_util::BodyExt;
use std::path::Path;
use std::sync::{Arc, RwLock};
use std::time::Duration;
use tempfile::TempDir;

/// A door in a temporary directory.
struct Shop {
    door: Door,
    dir: TempDir,
}

/// What came back.
struct Reply {
    status: u16,
    headers: http::HeaderMap,
    body: Vec<u8>,
}

impl Reply {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|v| v.to_str().unwrap())
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// Returns the status and the reason of a refusal; every refusal has its envelope.
    fn refusal(&self) -> (u16, &str) {
        let code = self.header("x-reject-reason").expect("a refusal names its reason");
        let envelope: serde_json::Value = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(envelope["error"]["code"], code);
        assert!(envelope["error"]["message"].is_string() && envelope["error"]["hint"].is_string());
        (self.status, code)
    }
}

impl Shop {
    fn open(settings: &[(&str, &str)]) -> Self {
        Self::with_book(book(settings))
    }

    fn with_book(book: SiteBook) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let options = journal::Options { segment_bytes: 1 << 20, ..journal::Options::default() };
        let (journal, _) = journal::open(dir.path(), options).unwrap();
        let book = Arc::new(RwLock::new(Arc::new(book)));
        let door = Door::new(book, journal, Arc::new(|| NOW), Arc::new(counted_ids()), PlaceFinder::default());
        Self { door, dir }
    }

    /// Sends a request from 203.0.113.9.
    fn send(&self, request: HttpRequest<impl Into<Bytes>>) -> Reply {
        self.send_from("203.0.113.9", request)
    }

    fn send_from(&self, peer: &str, request: HttpRequest<impl Into<Bytes>>) -> Reply {
        let (parts, body) = request.into_parts();
        self.run(peer, parts, Full::new(body.into()))
    }

    fn run<B: http_body::Body<Data = Bytes> + Unpin>(&self, peer: &str, parts: Parts, body: B) -> Reply {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let response = handle(&self.door, SocketAddr::new(peer.parse().unwrap(), 4711), parts, body).await;
            let (parts, body) = response.into_parts();
            let body = body.collect().await.unwrap().to_bytes().to_vec();
            assert_eq!(parts.headers["x-content-type-options"], "nosniff");
            assert_eq!(parts.headers["content-security-policy"], "default-src 'none'; sandbox");
            assert_eq!(parts.headers["cache-control"], "no-store");
            Reply { status: parts.status.as_u16(), headers: parts.headers, body }
        })
    }

    fn records(&self) -> Vec<Record> {
        let mut reader = journal::Reader::open(&self.door.journal, 0).unwrap();
        let records = reader.next(10_000, 64 << 20, Duration::ZERO).unwrap();
        records.iter().map(|(_, payload)| Record::decode(payload).unwrap()).collect()
    }

    /// Returns the only record, which is a hit.
    fn hit(&self) -> Hit {
        match self.records().as_slice() {
            [Record::Hit(hit)] => (**hit).clone(),
            other => panic!("there should be one hit, but there is {other:?}"),
        }
    }

    /// Says whether `needle` stands anywhere in the data directory.
    fn keeps(&self, needle: &str) -> bool {
        fn search(dir: &Path, needle: &[u8]) -> bool {
            std::fs::read_dir(dir).unwrap().any(|entry| {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    search(&path, needle)
                } else {
                    std::fs::read(path).unwrap().windows(needle.len()).any(|w| w == needle)
                }
            })
        }
        search(self.dir.path(), needle.as_bytes())
    }
}

fn post(path: &str) -> http::request::Builder {
    HttpRequest::post(path).header("content-type", "text/plain")
}

/// Returns a request to `/v1/collect` with one event of site 1.
fn collect(event: &str) -> HttpRequest<String> {
    post("/v1/collect").body(format!("{{\"site\":\"key1\",\"events\":[{event}]}}")).unwrap()
}

/// Returns a request to `/v1/events` with `token`.
fn events(token: &str, body: &str) -> HttpRequest<String> {
    post("/v1/events").header("authorization", format!("Bearer {token}")).body(body.to_owned()).unwrap()
}

fn with_header<B>(mut request: HttpRequest<B>, name: &'static str, value: &str) -> HttpRequest<B> {
    request.headers_mut().append(name, value.parse().unwrap());
    request
}
