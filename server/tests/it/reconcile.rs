//! The shop's own list against ours, by command and by API.

use crate::orders::Shop;
use serde_json::{Value, json};
use std::process::Output;

const CLOCK: &str = "2026-04-06T10:00:00Z";

/// Three orders: 1 by browser and server, 2 by the browser, 3 by the server and cancelled.
fn shop() -> Shop {
    let shop = Shop::open_at(CLOCK);
    shop.server.collect(1, &json!([
        {"id": "b1", "name": "purchase", "transaction_id": "1", "value": "59.90", "occurred_at": "2026-04-01T22:30:00Z"},
        {"id": "b2", "name": "purchase", "transaction_id": "2", "value": "20.00", "occurred_at": "2026-04-02T10:00:00Z"},
    ]));
    shop.serve(&json!([
        {"id": "s1", "name": "purchase", "transaction_id": "1", "aliases": ["shop:A1"], "value": "59.90", "placed_at": "2026-04-01T22:30:00Z"},
        {"id": "s3", "name": "purchase", "transaction_id": "3", "value": "5.00", "status": "cancelled", "placed_at": "2026-04-02T10:00:00Z"},
    ]));
    shop.server.settle();
    shop
}

impl Shop {
    fn reconcile(&self, list: &str, options: &[&str]) -> Output {
        let file = self.server.data_dir().join("orders.csv");
        std::fs::write(&file, list).expect("a file");
        let mut args = vec!["reconcile", "--site", "1"];
        args.extend(options);
        args.push(file.to_str().expect("a path"));
        self.server.try_cli(&args)
    }

    fn reconciled(&self, list: &str, options: &[&str]) -> (i32, Value) {
        let options: Vec<&str> = options.iter().copied().chain(["--json"]).collect();
        let output = self.reconcile(list, &options);
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let found = serde_json::from_str(&printed).unwrap_or_else(|e| panic!("{e}: {output:?}"));
        (output.status.code().expect("a code"), found)
    }
}

#[test]
fn equal_sides_end_with_zero() {
    let shop = shop();
    let list = "\u{feff}ID;Total;Date;Status\r\nshop:A1;59,90;02.04.2026;paid\r\n2;\"20,00\";2026-04-02 12:00;completed\r\n\
                3;5,00;2026-04-02;canceled\r\n";
    let (code, found) = shop.reconciled(list, &[]);
    assert_eq!((code, &found["equal"]), (0, &json!(true)), "{found}");
    assert_eq!(found["counts"]["equal"], 3);
    let origins: Vec<Value> =
        found["origins"].as_array().expect("a list").iter().map(|o| json!([o["origin"], o["share"]])).collect();
    assert_eq!(origins, [json!(["browser", "0.6667"]), json!(["server", "0.6667"])]);
    let printed = shop.reconcile(list, &[]);
    assert_eq!(printed.status.code(), Some(0));
    assert!(
        String::from_utf8_lossy(&printed.stdout).contains("3 orders in the list, 2026-04-02 to 2026-04-02"),
        "{printed:?}"
    );
}

#[test]
fn differences_end_with_one_and_errors_with_two() {
    let shop = shop();
    let list = "id,total,date\n1,60.00,2026-04-02\n7,12.00,2026-04-03\n8,x,2026-04-03\n";
    let (code, found) = shop.reconciled(list, &[]);
    assert_eq!((code, &found["equal"]), (1, &json!(false)));
    let ids = |name: &str, id: &str| -> Vec<Value> {
        found[name].as_array().expect("a list").iter().map(|entry| entry[id].clone()).collect()
    };
    assert_eq!((ids("missing", "id"), ids("extra", "order_id")), (vec![json!("7")], vec![json!("2")]));
    let field = json!({"field": "total", "theirs": "60.00", "ours": "59.90", "difference": "0.10"});
    assert_eq!((&found["different"][0]["id"], &found["different"][0]["fields"][0]), (&json!("1"), &field));
    assert_eq!(found["bad_lines"][0]["line"], 4);
    let day = &found["days"][0];
    let sums = [
        &day["day"],
        &day["theirs"]["total"],
        &day["ours"]["orders"],
        &day["ours"]["total"],
        &day["difference"]["total"],
    ];
    assert_eq!(json!(sums), json!(["2026-04-02", "60.00", 2, "79.90", "-19.90"]));
    let (_, narrowed) = shop.reconciled(list, &["--from", "2026-04-03", "--to", "2026-04-03"]);
    assert_eq!((&narrowed["counts"]["listed"], &narrowed["counts"]["extra"]), (&json!(1), &json!(0)));
    for (list, options) in [("nonsense", vec![]), ("id,total\n1,2\n", vec!["--from", "soon"])] {
        assert_eq!(shop.reconcile(list, &options).status.code(), Some(2), "{list} {options:?}");
    }
}

#[test]
fn what_is_missing_is_booked_once() {
    let mut shop = shop();
    let list =
        "id,total,currency,date\n1,59.90,EUR,2026-04-02\n2,20.00,EUR,2026-04-02\n7,12.00,EUR,2019-05-01\n9,3.00,USD,\n";
    let (code, found) = shop.reconciled(list, &["--book"]);
    assert_eq!((code, &found["booked"]), (1, &json!(["7"])), "what has no date is not booked: {found}");
    assert_eq!(found["not_booked"][0], json!({"id": "9", "reason": "order.undated"}));
    shop.server.settle();
    let order = shop.order("7");
    let seen = ["order_total", "placed_at", "status", "origin", "trust"];
    let seen =
        seen.map(|name| if name == "order_total" { &order["order"]["amounts"][name] } else { &order["order"][name] });
    assert_eq!(json!(seen), json!(["12.00", "2019-05-01T10:00:00Z", "confirmed", "import", "verified"]));
    assert_eq!(order["statements"].as_array().map(Vec::len), Some(1));

    let list = &list[..list.find("9,3").expect("a line")];
    let (code, found) = shop.reconciled(list, &["--book"]);
    assert_eq!((code, &found["booked"]), (0, &json!([])), "{found}");
    // Without a server the command works on the journal itself, and what it books is there when the server comes back.
    shop.server.stop();
    let (code, found) = shop.reconciled(&format!("{list}11,1.50,EUR,2026-04-02\n"), &["--book"]);
    assert_eq!((code, &found["booked"]), (0, &json!(["11"])), "{found}");
    shop.server.restart();
    shop.server.settle();
    assert_eq!(shop.order("11")["order"]["origin"], "import");
}

#[test]
fn comparing_takes_the_right_to_read_and_booking_the_right_to_import() {
    let shop = shop();
    let (read, import) = (shop.server.token(Some(1), "read"), shop.server.token(Some(1), "import"));
    let list = b"id,total,date\n50,1.00,2026-04-02\n";
    let status = |token: &str, query: &str| {
        let bearer = format!("Bearer {token}");
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", "text/csv")];
        let (status, answer) = shop.server.post(&format!("/api/v1/sites/1/reconcile{query}"), &headers, list);
        let answer: Value = serde_json::from_slice(&answer).expect("JSON");
        (status, answer["counts"]["booked"].as_u64())
    };
    assert_eq!(status(&read, ""), (200, Some(0)));
    assert_eq!(status(&read, "?book=true").0, 403);
    assert_eq!(status(&import, "").0, 403);
    assert_eq!(status(&shop.admin, "?book=maybe").0, 400);
    assert_eq!(status(&shop.admin, "?book=true"), (200, Some(1)));
    shop.server.settle();
    assert_eq!(status(&shop.admin, "?book=true"), (200, Some(0)));
}
