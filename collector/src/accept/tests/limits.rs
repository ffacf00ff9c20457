//! Sizes, numbers and times: each limit with its own status, and nothing written.

use super::*;
use crate::limits::{BODY_BYTES_BROWSER_MAX, BODY_BYTES_MAX, HEADERS_MAX, TARGET_BYTES_MAX};
use crate::sample::INGEST;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};

/// A body that sends pieces and then does what it is told.
struct Dribble {
    pieces: std::vec::IntoIter<&'static str>,
    then: Then,
}

#[derive(Clone, Copy)]
enum Then {
    End,
    Hang,
    Break,
}

impl http_body::Body for Dribble {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut TaskContext<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        match (self.pieces.next(), self.then) {
            (Some(piece), _) => Poll::Ready(Some(Ok(http_body::Frame::data(Bytes::from_static(piece.as_bytes()))))),
            (None, Then::End) => Poll::Ready(None),
            (None, Then::Hang) => Poll::Pending,
            (None, Then::Break) => Poll::Ready(Some(Err(std::io::Error::other("gone")))),
        }
    }
}

fn dribble(shop: &Shop, pieces: Vec<&'static str>, then: Then) -> Reply {
    let (parts, ()) = post("/v1/collect").body(()).unwrap().into_parts();
    shop.run("203.0.113.9", parts, Dribble { pieces: pieces.into_iter(), then })
}

#[test]
fn bodies_may_come_in_pieces() {
    let shop = Shop::open(&[]);
    let reply = dribble(&shop, vec!["{\"site\":1,", "", "\"events\":[{\"na", "me\":\"x\"}]}"], Then::End);
    assert_eq!((reply.status, shop.hit().facts.name.as_str()), (200, "x"));
}

#[test]
fn clients_that_stop_sending_are_let_go() {
    let shop = Shop::open(&[]);
    // The runtime's clock is paused, so the 15 seconds pass at once.
    assert_eq!(dribble(&shop, vec!["{\"site\":1,"], Then::Hang).refusal(), (408, "body.timeout"));
    let broken = dribble(&shop, vec!["{\"site\":1,"], Then::Break);
    assert_eq!((broken.refusal(), broken.header("connection")), ((400, "body.incomplete"), Some("close")));
    assert!(shop.records().is_empty());
    assert_eq!(shop.door.bodies_in_flight.load(std::sync::atomic::Ordering::Relaxed), 0, "all memory is given back");
}

#[test]
fn bodies_have_their_limits() {
    let shop = Shop::open(&[]);
    let body = |bytes: usize| format!("{{\"site\":1,\"events\":[],\"pad\":\"{}\"}}", "x".repeat(bytes - 31));
    assert_eq!(body(100).len(), 100);
    let browser = |bytes: usize| shop.send(post("/v1/collect").body(body(bytes)).unwrap());
    assert_eq!(browser(BODY_BYTES_BROWSER_MAX).status, 200);
    assert_eq!(browser(BODY_BYTES_BROWSER_MAX + 1).refusal(), (413, "body.too_large"));
    assert_eq!(shop.send(events(INGEST, &body(BODY_BYTES_MAX))).status, 200);
    assert_eq!(shop.send(events(INGEST, &body(BODY_BYTES_MAX + 1))).refusal(), (413, "body.too_large"));
    // Without a length the limit holds, too.
    let piece: &'static str = Box::leak("x".repeat(1000).into_boxed_str());
    assert_eq!(dribble(&shop, vec![piece; 66], Then::Hang).refusal(), (413, "body.too_large"));
}

#[test]
fn targets_and_headers_have_their_limits() {
    let shop = Shop::open(&[]);
    let target =
        |bytes: usize| HttpRequest::get(format!("/v1/pixel.gif?site=1&x={}", "a".repeat(bytes - 23))).body("").unwrap();
    assert_eq!(shop.send(target(TARGET_BYTES_MAX)).status, 200);
    assert_eq!(shop.send(target(TARGET_BYTES_MAX + 1)).refusal(), (414, "url.too_long"));
    let with_headers = |n: usize, bytes: usize| {
        let mut request = collect(r#"{"name":"x"}"#);
        for _ in 1..n {
            request.headers_mut().append("x-a", "b".repeat(bytes).parse().unwrap());
        }
        shop.send(request)
    };
    assert_eq!(with_headers(HEADERS_MAX, 1).status, 200);
    assert_eq!(with_headers(HEADERS_MAX + 1, 1).refusal(), (431, "headers.too_large"));
    assert_eq!(with_headers(20, 1000).refusal(), (431, "headers.too_large"));
}

#[test]
fn memory_for_bodies_is_bounded() {
    let mut shop = Shop::open(&[]);
    shop.door.limits.bodies_in_flight_bytes_max = 30;
    let reply = shop.send(collect(r#"{"name":"x"}"#));
    assert_eq!((reply.refusal(), reply.header("retry-after")), ((503, "busy"), Some("1")));
    shop.door.limits.bodies_in_flight_bytes_max = 400;
    assert_eq!(shop.send(collect(r#"{"name":"x"}"#)).status, 200);
}
