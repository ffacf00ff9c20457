//! Erasing a person: nothing of them is left, their sales stay, and whatever is somebody else's is as it was.

use crate::harness::Server;
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};

const CLOCK: &str = "2026-03-02T10:00:00Z";
const DAY: &str = "from=2026-03-02&to=2026-03-02";

/// What points to Anna, in lower case: ids, addresses, and what she typed or was shown.
const ANNAS: &[&str] = &["u-anna", "v-anna", "anna@mail.example", "hello-anna", "annas-cart", "annas-token"];

/// Returns what somebody does: they come by a mailing, look around, fill a cart and order.
fn trip(name: &str, order: &str, total: &str) -> Value {
    let url = format!("https://shop.example/boots?utm_source=news&utm_medium=email&t={name}s-token");
    let page = json!({"url": url, "title": format!("hello-{name}")});
    let (visitor, user) = (format!("v-{name}"), format!("u-{name}"));
    let items = json!([{"item_id": "S1", "price": total, "quantity": 1}]);
    json!([
        {"id": format!("p-{order}"), "name": "page_view", "visitor_id": visitor, "page": page, "properties": {"seen": format!("hello-{name}")}},
        {"id": format!("s-{order}"), "name": "search", "visitor_id": visitor, "page": page, "search_term": format!("hello-{name}")},
        {"id": format!("c-{order}"), "name": "add_to_cart", "visitor_id": visitor, "page": page, "cart_id": format!("{name}s-cart"), "items": items},
        {"id": format!("o-{order}"), "name": "purchase", "visitor_id": visitor, "user_id": user, "email": format!("{name}@mail.example"),
            "consent": "marketing", "page": page, "transaction_id": order, "value": total, "items": items},
        {"id": format!("q-{order}"), "name": "purchase", "visitor_id": visitor, "user_id": user, "transaction_id": "bad", "value": "1.00",
            "items": [{"item_id": "S1", "price": "-1.00", "quantity": 1}]},
        // A browser that both have used.
        {"id": format!("d-{order}"), "name": "page_view", "visitor_id": "v-shared", "user_id": user, "page": page},
    ])
}

/// A server with two shops that know Anna and Bert alike.
fn shops() -> (Server, String) {
    let server = Server::start_at(CLOCK);
    let admin = server.token(None, "admin");
    for site in [1, 2] {
        server.cli(&["site", "add", "--domain", "shop.example", "--currency", "EUR", "--timezone", "UTC"]);
        server.cli(&["site", "set", "--site", &site.to_string(), "contact=clear"]);
        server.collect(site, &trip("anna", "1001", "59.90"));
        server.collect(site, &trip("bert", "1002", "20.00"));
        let codes = "code;contact;campaign\nc-anna;anna@mail.example;Spring\nc-user;u-anna;Summer\nc-bert;bert@mail.example;Autumn\n";
        let bearer = format!("Bearer {admin}");
        let path = format!("/api/v1/sites/{site}/link-codes/import");
        assert_eq!(server.post(&path, &[("Authorization", &bearer)], codes.as_bytes()).0, 200);
    }
    server.settle();
    (server, admin)
}

/// What is said of sales, which no erasure changes.
fn sales(server: &Server, admin: &str, site: u32) -> Value {
    let report = format!("metrics=orders,order_total,net_sales,units&dimensions=sku&{DAY}");
    let totals = format!("metrics=orders,order_total,average_order_value,gross_sales&{DAY}");
    json!([server.report(admin, site, &report), server.report(admin, site, &totals)])
}

/// Everything that the API says of a site and its people, as one text in lower case.
fn told(server: &Server, admin: &str, site: u32) -> String {
    let paths =
        ["customers", "orders", "orders/1001", "orders/1002", "carts", "link-codes", "quarantine", "live?limit=100"];
    let lists = ["orders", "customers", "visits", "carts", "purchased_items"].map(|list| format!("lists/{list}?{DAY}"));
    let all = paths.iter().map(|path| (*path).to_owned()).chain(lists);
    let get = |path: String| {
        let mut answer = server.get_json(&format!("/api/v1/sites/{site}/{path}"), admin);
        // What only says when and of which batch it was told.
        for (within, moment) in [("", "meta"), ("", "now"), ("order", "as_of_position")] {
            let place = if within.is_empty() { Some(&mut answer) } else { answer.get_mut(within) };
            if let Some(object) = place.and_then(Value::as_object_mut) {
                object.remove(moment);
            }
        }
        answer.to_string()
    };
    all.map(get).collect::<Vec<_>>().join("\n").to_lowercase()
}

fn holds(text: &str, words: &[&str]) -> Vec<String> {
    words.iter().filter(|word| text.contains(*word)).map(|word| (*word).to_owned()).collect()
}

/// Returns every payload of the stopped server's journal and every byte of its other files that could hold a name.
fn bytes_of(server: &Server) -> String {
    let folder = server.data_dir().join("journal");
    let (writer, _) = journal::open(&folder, journal::Options::default()).expect("a journal");
    let mut reader = journal::Reader::open(&writer, 0).expect("a reader");
    let mut all = String::new();
    loop {
        let records = reader.next(1000, 1 << 20, Duration::ZERO).expect("records");
        if records.is_empty() {
            break;
        }
        for (_, payload) in &records {
            all.push_str(&String::from_utf8_lossy(payload));
        }
    }
    writer.close();
    add_files(&server.data_dir(), &mut all);
    all.to_lowercase()
}

fn add_files(folder: &Path, all: &mut String) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            add_files(&path, all);
        } else if path.is_file() {
            all.push_str(&String::from_utf8_lossy(&std::fs::read(&path).expect("a file")));
        }
    }
}

fn wait_until_done(server: &Server, admin: &str, site: u32) {
    let begun = Instant::now();
    while server.get_json(&format!("/api/v1/sites/{site}/erasures"), admin)["pending"] != 0 {
        assert!(begun.elapsed() < Duration::from_mins(1), "it is never done:\n{}", server.log());
    }
}

#[test]
fn nothing_of_an_erased_person_is_left_and_their_sales_stay() {
    let (mut server, admin) = shops();
    let sold = sales(&server, &admin, 1);
    assert_eq!(holds(&told(&server, &admin, 1), ANNAS), ANNAS, "all of it is shown at first");
    server.cli(&["warehouse", "--site", "1"]);

    let said = server.cli(&["erase", "--site", "1", "--user-id", "u-anna"]);
    let said: Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!((&said["customers"], &said["visitors"]), (&json!(2), &json!(1)), "a user and an address; a browser");
    server.settle();
    assert_eq!(holds(&told(&server, &admin, 1), ANNAS), [] as [&str; 0]);
    assert_eq!(sales(&server, &admin, 1), sold);
    for gone in ["customers/u-anna", "visitors/v-anna"] {
        assert_eq!(server.send_json("GET", &format!("/api/v1/sites/1/{gone}"), &admin, &Value::Null).0, 404, "{gone}");
    }
    let order = server.get_json("/api/v1/sites/1/orders/1001", &admin);
    assert_eq!(
        (&order["order"]["order_total"], &order["order"]["amounts"]["order_total"]),
        (&Value::Null, &json!("59.90"))
    );
    assert_eq!((&order["order"]["customer"], &order["order"]["visitor"]), (&Value::Null, &Value::Null));
    let codes = server.get_json("/api/v1/sites/1/link-codes", &admin)["codes"].clone();
    let codes: Vec<(&Value, bool)> = codes
        .as_array()
        .expect("codes")
        .iter()
        .map(|c| (&c["campaign"], c["user_id"].is_string() || c["email_hash"].is_string()))
        .collect();
    assert_eq!(codes, [(&json!("Spring"), false), (&json!("Autumn"), true), (&json!("Summer"), false)]);

    // Bert is as he was, on the browser that both have used as well, and the other shop knows both.
    let bert = server.get_json("/api/v1/sites/1/customers/u-bert", &admin);
    assert_eq!(bert["orders"][0]["order_id"], "1002");
    assert_eq!(bert["visitors"].as_array().map(Vec::len), Some(2));
    assert!(told(&server, &admin, 1).contains("hello-bert"));
    assert_eq!(holds(&told(&server, &admin, 2), ANNAS), ANNAS);

    // A store that is built anew says the same.
    let told_now = told(&server, &admin, 1);
    server.cli(&["rebuild"]);
    server.settle();
    assert_eq!((told(&server, &admin, 1), sales(&server, &admin, 1)), (told_now, sold));

    // Of the other shop she goes as well, by her address and where no server runs; then she is nowhere.
    server.stop();
    let said = server.run_offline(&["erase", "--site", "2", "--email", "Anna@Mail.example"]);
    assert!(said.contains("\"customers\":2"), "{said}");
    let left = bytes_of(&server);
    assert_eq!(holds(&left, ANNAS), [] as [&str; 0]);
    assert_eq!(holds(&left, &["u-bert", "bert@mail.example"]), ["u-bert", "bert@mail.example"]);
}

#[test]
fn what_was_decided_is_done_after_a_crash() {
    let (mut server, admin) = shops();
    let sold = sales(&server, &admin, 1);
    let decided =
        server.post_json("/api/v1/sites/1/erasures", &admin, &json!({"visitor_id": "v-anna", "user_id": "u-anna"}));
    assert!(decided["position"].as_u64().is_some(), "{decided}");
    server.kill_9();
    server.restart();
    wait_until_done(&server, &admin, 1);
    server.settle();
    assert_eq!(holds(&told(&server, &admin, 1), ANNAS), [] as [&str; 0]);
    assert_eq!(sales(&server, &admin, 1), sold);
}

#[test]
fn who_is_to_be_erased_must_be_named() {
    let (server, admin) = shops();
    let ask = |body: Value| {
        let (status, answer) = server.send_json("POST", "/api/v1/sites/1/erasures", &admin, &body);
        (status, answer["error"]["code"].as_str().unwrap_or_default().to_owned())
    };
    for nobody in [json!({}), json!({"user_id": " "}), json!({"user_id": "undefined"}), json!({"email": "no address"})]
    {
        assert_eq!(ask(nobody.clone()), (400, "erasure.invalid".to_owned()), "{nobody}");
    }
    assert_eq!(ask(json!({"name": "Anna"})).0, 400);
    let reader = server.token(Some(1), "edit");
    let (status, _) = server.send_json("POST", "/api/v1/sites/1/erasures", &reader, &json!({"user_id": "u-anna"}));
    assert_eq!(status, 403);
    assert_eq!(holds(&told(&server, &admin, 1), ANNAS), ANNAS);
}

/// Returns how many visits and orders there are on a day, and what was charged.
fn of_day(server: &Server, admin: &str, day: &str) -> Value {
    let query = format!("metrics=visits,page_views,orders,order_total&from={day}&to={day}");
    server.get_json(&format!("/api/v1/sites/1/report?{query}"), admin)["totals"].clone()
}

#[test]
fn what_is_older_than_a_site_keeps_it_goes_and_its_sales_stay() {
    let (mut server, admin) = shops();
    let (then, now) = ("2026-03-02", "2026-06-02");
    assert_eq!(of_day(&server, &admin, then), json!([3, 4, 2, "79.90"]));
    server.restart_at("2026-06-02T10:00:00Z");
    server.collect(1, &trip("cleo", "1003", "7.00"));
    server.settle();
    let recent = of_day(&server, &admin, now);
    server.cli(&["site", "set", "--site", "1", "retention_days=80"]);
    server.restart();
    let begun = Instant::now();
    while of_day(&server, &admin, then) != json!([0, 0, 2, "79.90"]) {
        assert!(begun.elapsed() < Duration::from_mins(1), "{}\n{}", of_day(&server, &admin, then), server.log());
    }
    wait_until_done(&server, &admin, 1);
    assert_eq!(of_day(&server, &admin, now), recent);
    let shown = told(&server, &admin, 1);
    assert_eq!(holds(&shown, ANNAS), [] as [&str; 0]);
    assert_eq!(holds(&shown, &["v-bert", "u-bert", "hello-bert", "u-cleo", "hello-cleo"]), ["u-cleo", "hello-cleo"]);
    assert_eq!(holds(&told(&server, &admin, 2), ANNAS), ANNAS, "the other shop keeps all for ever");

    server.cli(&["rebuild"]);
    server.settle();
    assert_eq!(told(&server, &admin, 1), shown);
    // There is nothing left that is too old.
    server.restart();
    server.settle();
    wait_until_done(&server, &admin, 1);
    server.stop();
    assert_eq!(server.log().matches("what was to be erased is gone").count(), 1);
}
