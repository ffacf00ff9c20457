//! A client in front of a server that answers as it is told to.

use crate::{Client, Error, Event, Options, Order, Quarantined};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// What the server does with one request.
enum Turn {
    /// Answers these bytes.
    Say(String),
    /// Reads the request and hangs up.
    Cut,
}

fn answer(status: &str, more: &str, body: &str) -> Turn {
    let length = body.len();
    Turn::Say(format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{more}\r\n{body}"))
}

/// A request as it came: its head, its body and when.
struct Came {
    head: String,
    body: serde_json::Value,
    at: Instant,
}

impl Came {
    fn ids(&self) -> Vec<&str> {
        self.body["events"].as_array().unwrap().iter().map(|event| event["id"].as_str().unwrap()).collect()
    }
}

/// Starts a server that takes one turn a request and then is gone.
fn server(turns: Vec<Turn>) -> (String, Receiver<Came>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (told, came) = channel();
    std::thread::spawn(move || {
        for turn in turns {
            let (stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream);
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                assert!(reader.read_line(&mut head).unwrap() > 0);
            }
            let lower = head.to_ascii_lowercase();
            let length = lower.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            let mut body = vec![0; length.parse().unwrap()];
            reader.read_exact(&mut body).unwrap();
            told.send(Came { head: lower, body: serde_json::from_slice(&body).unwrap(), at: Instant::now() }).unwrap();
            if let Turn::Say(answer) = turn {
                reader.into_inner().write_all(answer.as_bytes()).unwrap();
            }
        }
    });
    (base, came)
}

fn options(base: &str, dir: &tempfile::TempDir) -> Options {
    Options {
        linger: Duration::ZERO,
        retry_first: Duration::from_millis(20),
        ..Options::new(base, "secret-token", dir.path().join("outbox"))
    }
}

fn order(id: &str) -> Event {
    Event::purchase(Order { transaction_id: id.to_owned(), ..Order::default() })
}

const SOON: Duration = Duration::from_secs(30);

#[test]
fn whatever_goes_wrong_the_same_event_travels_until_it_is_safe() {
    let refused = r#"{"error":{"code":"token.unknown","message":"nobody has this token"}}"#;
    let (base, came) = server(vec![
        Turn::Cut,
        answer("200 OK", "", "<html>a portal</html>"),
        answer("200 OK", "", r#"{"accepted":0,"quarantined":[]}"#),
        answer("302 Found", "location: http://127.0.0.1:1/\r\n", ""),
        answer("401 Unauthorized", "", refused),
        answer("503 Service Unavailable", "retry-after: 1\r\n", "{}"),
        answer("200 OK", "", r#"{"accepted":1,"quarantined":[]}"#),
    ]);
    let dir = tempfile::tempdir().unwrap();
    let client = Client::open(options(&base, &dir)).unwrap();
    let id = client.send(order("1001")).unwrap();
    client.flush(SOON).unwrap();
    let came: Vec<Came> = came.iter().take(7).collect();
    assert!(came.iter().all(|request| request.ids() == [id.as_str()]));
    assert!(came[0].head.starts_with("post /v1/events http/1.1") && came[0].head.contains("bearer secret-token"));
    assert!(came[6].at - came[5].at >= Duration::from_millis(950), "Retry-After is heeded");
    let status = client.status();
    assert_eq!((status.waiting, status.accepted, status.trouble), (0, 1, None));
    client.close(SOON).unwrap();
}

#[test]
fn what_is_wrong_is_told_without_the_token() {
    let refused = r#"{"error":{"code":"token.unknown","message":"nobody has this token"}}"#;
    let (base, came) = server(vec![answer("401 Unauthorized", "", refused)]);
    let dir = tempfile::tempdir().unwrap();
    let slow = Options { retry_first: SOON, ..options(&base, &dir) };
    assert!(!format!("{slow:?}").contains("secret"));
    let client = Client::open(slow).unwrap();
    client.send(order("1")).unwrap();
    came.recv().unwrap();
    let waiting = client.flush(Duration::from_millis(300)).unwrap_err();
    assert_eq!(waiting.events, 1);
    let told = format!("{waiting} {client:?}");
    assert!(told.contains("in the outbox") && !told.contains("secret"), "{told}");
    assert!(matches!(Client::open(options(&base, &dir)), Err(Error::InUse)));
    assert_eq!(client.close(Duration::ZERO).unwrap_err().events, 1);
    assert_eq!(Client::open(options("http://127.0.0.1:1", &dir)).unwrap().status().waiting, 1, "it waits for the next");
}

#[test]
fn what_the_server_does_not_understand_is_told_once_it_is_kept() {
    let (base, came) = server(vec![answer(
        "200 OK",
        "",
        r#"{"accepted":1,"quarantined":[{"i":1,"reason":"order_id.placeholder","hint":"send the order's id"}]}"#,
    )]);
    let dir = tempfile::tempdir().unwrap();
    let (told, heard) = channel::<Quarantined>();
    let on_quarantined: crate::OnQuarantined = Box::new(move |one| drop(told.send(one.clone())));
    let client = Client::open(Options { on_quarantined: Some(on_quarantined), ..options(&base, &dir) }).unwrap();
    let ids = client.send_all(vec![order("1"), order("undefined")]).unwrap();
    client.flush(SOON).unwrap();
    assert_eq!(came.recv().unwrap().ids(), ids);
    let quarantined = heard.recv().unwrap();
    assert!(quarantined.event.contains(&ids[1]) && quarantined.reason == "order_id.placeholder");
    assert_eq!((client.status().accepted, client.status().quarantined), (1, 1));
}

#[test]
fn what_cannot_be_counted_or_carried_is_refused_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let small = Options { bytes_max: 500, ..options("http://127.0.0.1:1", &dir) };
    let client = Client::open(small).unwrap();
    assert!(matches!(client.send(order(" ")), Err(Error::Unnamed)));
    let large = Event { user_id: Some("x".repeat(40_000)), ..order("1") };
    assert!(matches!(client.send(large), Err(Error::TooLarge)));
    let too_many = client.send_all((0..10).map(|n| order(&n.to_string())).collect());
    assert!(matches!(too_many, Err(Error::Full)));
    assert_eq!(client.status().waiting, 0);
}

#[test]
fn a_busy_shop_travels_in_batches_and_in_order() {
    let sizes = [500, 500, 201];
    let turns = sizes.map(|size| answer("200 OK", "", &format!("{{\"accepted\":{size},\"quarantined\":[]}}")));
    let (base, came) = server(turns.into());
    let dir = tempfile::tempdir().unwrap();
    let client = Client::open(Options { linger: SOON, ..options(&base, &dir) }).unwrap();
    let sent = client.send_all((0..1201).map(|n| order(&n.to_string())).collect()).unwrap();
    client.flush(SOON).unwrap();
    let came: Vec<Came> = came.iter().take(3).collect();
    assert_eq!(came.iter().map(|request| request.ids().len()).collect::<Vec<_>>(), sizes);
    assert_eq!(came.iter().flat_map(Came::ids).collect::<Vec<_>>(), sent);
}
