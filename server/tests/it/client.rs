//! `tallyho-client` against a real server that goes away, is busy or cannot be heard: every order counts once.

use crate::harness::Server;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tallyho_client::{Client, Decimal, Event, Item, Options, Order, OrderStatus, Refund, StatusChange};

/// What the gate between client and server does with a connection.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mode {
    /// Hangs up.
    Cut,
    /// Answers 503.
    Busy,
    /// Hands the request on and keeps the answer to itself.
    Deaf,
    /// Hands everything on.
    Open,
}

/// An address that stays while the server behind it comes and goes.
struct Gate {
    base: String,
    /// Mode, server, and connections so far.
    way: Arc<Mutex<(Mode, String, usize)>>,
}

impl Gate {
    fn start(mode: Mode, server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let way = Arc::new(Mutex::new((mode, server.to_owned(), 0)));
        let own = Arc::clone(&way);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (mode, server) = {
                    let mut way = own.lock().expect("the way");
                    way.2 += 1;
                    (way.0, way.1.clone())
                };
                // A client that hung up meanwhile is no failure of the gate's.
                std::thread::spawn(move || drop(pass(stream, mode, &server)));
            }
        });
        Self { base, way }
    }

    fn turn(&self, mode: Mode, server: &str) {
        *self.way.lock().expect("the way") = (mode, server.to_owned(), 0);
    }

    /// Waits until somebody has come since the last turn.
    fn wait_for_a_visit(&self) {
        while self.way.lock().expect("the way").2 < 1 {
            std::thread::yield_now();
        }
    }
}

/// Hands one request on; answers are always the last of their connection.
fn pass(stream: TcpStream, mode: Mode, server: &str) -> std::io::Result<()> {
    if mode == Mode::Cut {
        return stream.shutdown(Shutdown::Both);
    }
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        if line.trim().is_empty() {
            break;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let mut stream = reader.into_inner();
    if mode == Mode::Busy {
        return stream.write_all(b"HTTP/1.1 503 Busy\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}");
    }
    let mut onward = TcpStream::connect(server.trim_start_matches("http://"))?;
    onward.write_all(format!("{head}connection: close\r\n\r\n").as_bytes())?;
    onward.write_all(&body)?;
    let mut answer = Vec::new();
    onward.read_to_end(&mut answer)?;
    if mode == Mode::Open { stream.write_all(&answer) } else { stream.shutdown(Shutdown::Both) }
}

const SOON: Duration = Duration::from_mins(1);

fn options(base: &str, token: &str, outbox: &Path) -> Options {
    Options {
        linger: Duration::ZERO,
        retry_first: Duration::from_millis(20),
        retry_max: Duration::from_millis(200),
        ..Options::new(base, token, outbox)
    }
}

fn order(id: &str) -> Event {
    let item = Item { price: Some(Decimal::of_minor(2517, 2)), quantity: Some(2.into()), ..Item::new("S1") };
    Event::purchase(Order {
        transaction_id: id.to_owned(),
        value: Some(Decimal::of_minor(5990, 2)),
        tax: Some(Decimal::of_minor(956, 2)),
        currency: Some("EUR".to_owned()),
        items: vec![item],
        ..Order::default()
    })
}

/// A shop's site and its tokens to tell and to read.
fn shop(server: &Server) -> (String, String) {
    server.cli(&["site", "add", "--domain", "shop.example", "--currency", "EUR", "--timezone", "UTC"]);
    (server.token(Some(1), "ingest"), server.token(Some(1), "read"))
}

/// Asserts that `orders` orders of 59.90 are in the reports, and how many events were duplicates.
fn check(server: &Server, read: &str, orders: i64, total: &str) -> i64 {
    server.settle();
    let rows = server.report(read, 1, &format!("metrics=orders,order_total&{}", server.today()));
    assert_eq!((&rows[0]["orders"], &rows[0]["order_total"]), (&orders.into(), &total.into()));
    server.get_json("/api/v1/sites/1/health", read)["duplicate"].as_i64().expect("a number")
}

#[test]
fn a_server_that_is_away_busy_or_unheard_counts_each_order_once() {
    let mut server = Server::start();
    let (ingest, read) = shop(&server);
    let gate = Gate::start(Mode::Cut, &server.base);
    server.stop();
    let dir = tempfile::tempdir().expect("a directory");
    let client = Client::open(options(&gate.base, &ingest, &dir.path().join("outbox"))).expect("an outbox");
    client.send(order("down")).expect("it is on the disk");
    gate.wait_for_a_visit();
    server.restart();
    for mode in [Mode::Busy, Mode::Deaf, Mode::Open] {
        gate.turn(mode, &server.base);
        client.send(order(&format!("{mode:?}"))).expect("it is on the disk");
        gate.wait_for_a_visit();
        if mode == Mode::Deaf {
            server.settle();
        }
    }
    client.flush(SOON).expect("the server has it all");
    assert_eq!(client.status().waiting, 0);
    let duplicates = check(&server, &read, 4, "239.60");
    assert!(duplicates >= 1, "what was not heard was told again");
    client.close(SOON).expect("nothing waits");
}

#[test]
fn typed_events_say_what_the_documentation_says() {
    let server = Server::start();
    let (ingest, read) = shop(&server);
    let dir = tempfile::tempdir().expect("a directory");
    let (told, heard) = std::sync::mpsc::channel();
    let with_ear = Options {
        site: Some("1".to_owned()),
        on_quarantined: Some(Box::new(move |one| drop(told.send((one.reason.clone(), one.event.clone()))))),
        ..options(&server.base, &ingest, &dir.path().join("outbox"))
    };
    let client = Client::open(with_ear).expect("an outbox");
    let refund = Refund {
        transaction_id: "1001".to_owned(),
        amount: Some(Decimal::of_minor(1000, 2)),
        refund_id: Some("R1".to_owned()),
        ..Refund::default()
    };
    let cancelled =
        StatusChange { transaction_id: "1002".to_owned(), status: OrderStatus::Cancelled, at: None, reason: None };
    let events = vec![
        Event { visitor_id: Some("v-1".to_owned()), ..order("1001") },
        order("1002"),
        order("undefined"),
        Event::refund(refund),
        Event::order_status(cancelled),
    ];
    client.send_all(events).expect("they are on the disk");
    client.close(SOON).expect("the server has it all");
    let (reason, event) = heard.recv().expect("one was not understood");
    assert!(reason == "order_id.placeholder" && event.contains("\"undefined\""), "{reason} {event}");
    server.settle();
    let detail = server.get_json("/api/v1/sites/1/orders/1001", &read);
    assert_eq!(detail["order"]["amounts"]["order_total"], "59.90", "{detail}");
    assert_eq!((&detail["lines"][0]["sku"], &detail["lines"][0]["quantity"]), (&"S1".into(), &"2".into()));
    let rows = server.report(&read, 1, &format!("metrics=orders,refunds&{}", server.today()));
    assert_eq!((&rows[0]["orders"], &rows[0]["refunds"]), (&1.into(), &1.into()));
}

/// The variable that makes this very test the shop that is going to be killed.
const ROLE: &str = "TALLYHO_CLIENT_TEST_OUTBOX";

#[test]
fn a_shop_that_is_killed_tells_its_orders_after_the_restart_and_once() {
    if let Some(outbox) = std::env::var_os(ROLE) {
        // Nobody listens there, so that everything waits.
        let client = Client::open(options("http://127.0.0.1:1", "token", Path::new(&outbox))).expect("an outbox");
        for n in 1..=5 {
            client.send(order(&n.to_string())).expect("it is on the disk");
        }
        std::io::stderr().write_all(b"\nall sent\n").expect("somebody listens");
        loop {
            std::thread::park();
        }
    }
    let server = Server::start();
    let (ingest, read) = shop(&server);
    let dir = tempfile::tempdir().expect("a directory");
    let outbox = dir.path().join("outbox");
    let mut shop = Command::new(std::env::current_exe().expect("this test"))
        .args(["client::a_shop_that_is_killed_tells_its_orders_after_the_restart_and_once", "--exact", "--nocapture"])
        .env(ROLE, &outbox)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the shop starts");
    let said = BufReader::new(shop.stderr.take().expect("its words")).lines();
    assert!(said.map_while(Result::ok).any(|line| line == "all sent"));
    shop.kill().expect("it is ours");
    shop.wait().expect("it ends");

    // Killed in the middle of a write, too.
    let mut file = std::fs::File::options().append(true).open(&outbox).expect("the outbox");
    file.write_all(b"0badc0de +{\"id\":\"half").expect("half an event");
    let copy = dir.path().join("copy");
    std::fs::copy(&outbox, &copy).expect("a copy");
    let client = Client::open(options(&server.base, &ingest, &outbox)).expect("an outbox");
    assert_eq!(client.status().waiting, 5);
    client.close(SOON).expect("the server has it all");
    assert_eq!(check(&server, &read, 5, "299.50"), 0);

    // Killed after the server took them and before the outbox knew: the same file again.
    let again = Client::open(options(&server.base, &ingest, &copy)).expect("an outbox");
    again.close(SOON).expect("the server has it all");
    assert_eq!(check(&server, &read, 5, "299.50"), 5);
}
