//! Codes in the links of mailings: a click or pixel that carries nothing but a code shows its campaign and its contact,
//! whether the code's meaning or the click came first.

use crate::harness::Server;
use serde_json::{Value, json};

const CLOCK: &str = "2026-03-02T10:30:00Z";
const REPORT: &str = "metrics=visits,orders,net_sales,carts&dimensions=source,campaign&order=campaign";
const CODES: &str = "code;contact;campaign\nQw3rTy;Ada@Mail.example ;Spring\nPix3l;4711;Autumn\nN0body;;Winter\n";

fn shop(server: &Server, admin: &str, site: u32, settings: &[&str]) {
    let shop = json!({"id": site, "domain": "shop.example", "currency": "EUR", "timezone": "UTC"});
    server.post_json("/api/v1/sites", admin, &shop);
    for setting in settings {
        server.cli(&["site", "set", "--site", &site.to_string(), setting]);
    }
}

/// A visit by a link with a code and an order without; a cart and an order by Emarsys' image; a link with a campaign of its
/// own beside the code.
fn tell(server: &Server, site: u32) {
    let page = |visitor: &str, query: &str| json!({"name": "page_view", "visitor_id": visitor, "page": {"url": format!("https://shop.example/boots?{query}")}});
    let mut order = page("v-1", "");
    let bought = json!({"name": "purchase", "transaction_id": "1001", "value": "20.00", "items": [{"item_id": "S1", "price": "20.00"}]});
    order.as_object_mut().expect("an object").extend(bought.as_object().expect("an object").clone());
    server.collect(site, &json!([page("v-1", "emst=Qw3rTy"), order, page("v-2", "emst=N0body&utm_campaign=own")]));
    for query in ["ems_visitor=9&order=", "ems_visitor=8&order=1002"] {
        let image = format!(
            "/upages/ti.php?ems_customer=E{site}&ems_action=purchase&ems_campaign=Pix3l&total=5&code[]=S1&price[]=5&quantity[]=1&{query}"
        );
        assert_eq!(server.get_raw(&image, &[]).0, 200);
    }
    server.settle();
}

fn import(server: &Server, admin: &str, site: u32, list: &str) -> Value {
    let bearer = format!("Bearer {admin}");
    let path = format!("/api/v1/sites/{site}/link-codes/import");
    let (status, body) = server.post(&path, &[("Authorization", &bearer)], list.as_bytes());
    let answer = String::from_utf8_lossy(&body).into_owned();
    assert_eq!(status, 200, "{answer}");
    assert!(!answer.to_lowercase().contains("mail.example"), "{answer}");
    server.settle();
    serde_json::from_str(&answer).expect("JSON")
}

/// What a site answers about campaigns: the report, the mailings of its orders in list and detail, and those of its carts.
fn shown(server: &Server, admin: &str, site: u32) -> Value {
    let get = |path: &str| server.get_json(&format!("/api/v1/sites/{site}/{path}"), admin);
    let report = get(&format!("report?{REPORT}&from=2026-03-02&to=2026-03-02"))["rows"].clone();
    let filtered = get("report?metrics=orders&filter=campaign==Spring&from=2026-03-02&to=2026-03-02")["totals"].clone();
    let of = |list: &Value| -> Vec<Value> {
        let entries = list.as_array().expect("a list").iter();
        entries.map(|entry| json!([entry["order_id"], entry["campaign"], named(&entry["mailing"])])).collect()
    };
    let (orders, carts) = (of(&get("orders")["orders"]), of(&get("carts?state=open")["carts"]));
    let order = get("orders/1001");
    let list = |name: &str, order: &str| {
        let path = format!("lists/{name}?order={order}&from=2026-03-02&to=2026-03-02&as_of=2026-03-02T12:00:00Z");
        let found = get(&path);
        let at = |column: &str| found["columns"].as_array().expect("columns").iter().position(|c| c["name"] == column);
        let (campaign, contact) = (at("campaign").expect("a campaign"), at("mailing_contact"));
        let rows = found["rows"].as_array().expect("rows").iter();
        // A hash is salted, so it differs between sites.
        let contact = |row: &Value| {
            contact.map(|at| {
                row[at].as_str().map(|text| if text.len() == 64 { "hash".to_owned() } else { text.to_owned() })
            })
        };
        rows.map(|row| json!([row[campaign], contact(row)])).collect::<Vec<_>>()
    };
    let lists = json!([list("orders", "order_id"), list("abandoned_carts", "cart_id"), list("visits", "campaign")]);
    let visits = get("visitors/v-1")["visits"][0]["attribution"]["campaign"].clone();
    let detail = json!([order["order"]["attribution"]["campaign"], named(&order["mailing"]), visits]);
    json!({"report": report, "filtered": filtered, "orders": orders, "carts": carts, "detail": detail, "lists": lists})
}

/// A mailing without what differs between sites: the hash's salt and the keys.
fn named(mailing: &Value) -> Value {
    let contact = &mailing["contact"];
    json!([
        mailing["code"],
        mailing["campaign"],
        contact["user_id"],
        contact["email"],
        contact["email_hash"].is_string()
    ])
}

#[test]
fn a_code_shows_campaign_and_contact_whichever_came_first() {
    let server = Server::start_at(CLOCK);
    let admin = server.token(None, "admin");
    for site in [1, 2] {
        shop(&server, &admin, site, &[&format!("dialects=emarsys:E{site}")]);
    }
    let imported = import(&server, &admin, 1, CODES);
    assert_eq!(imported, json!({"meta": {"count": 3, "contacts": 2}, "bad_lines": []}));
    tell(&server, 1);
    tell(&server, 2);
    let unknown = shown(&server, &admin, 2);
    assert_eq!(unknown["orders"][0][1], "Pix3l", "an unknown code stands for itself: {unknown}");
    assert_eq!(unknown["filtered"], json!([0]));
    import(&server, &admin, 2, CODES);

    let expected = json!({
        "report": [
            ["emarsys", "Autumn", 0, 1, "5.00", 1],
            ["emarsys", "Spring", 1, 1, "20.00", 0],
            ["emarsys", "own", 1, 0, "0.00", 0],
            // The image tells of the mailing clicked last, within a month; it did not bring the visit.
            ["(direct)", null, 2, 0, "0.00", 0],
        ],
        "filtered": [1],
        "orders": [
            ["1002", "Autumn", ["Pix3l", "Autumn", "4711", null, false]],
            ["1001", "Spring", ["Qw3rTy", "Spring", null, null, true]],
        ],
        "carts": [[null, "Autumn", ["Pix3l", "Autumn", "4711", null, false]]],
        "detail": ["Spring", ["Qw3rTy", "Spring", null, null, true], "Spring"],
        "lists": [
            [["Spring", "hash"], ["Autumn", "4711"]],
            [["Autumn", "4711"]],
            [["Spring", null], ["own", null], [null, null], [null, null]],
        ],
    });
    for site in [1, 2] {
        assert_eq!(shown(&server, &admin, site), expected, "site {site}");
    }
    server.cli(&["rebuild"]);
    server.settle();
    for site in [1, 2] {
        assert_eq!(shown(&server, &admin, site), expected, "site {site}, rebuilt");
    }
    // A later word replaces an earlier one, and the other site hears nothing of it.
    import(&server, &admin, 2, r#"{"codes": [{"code": "Qw3rTy", "campaign": "Late spring"}]}"#);
    assert_eq!(
        shown(&server, &admin, 2)["detail"],
        json!(["Late spring", ["Qw3rTy", "Late spring", null, null, false], "Late spring"])
    );
    assert_eq!(shown(&server, &admin, 1), expected);
}

#[test]
fn of_a_contact_no_more_is_kept_than_the_site_says() {
    let server = Server::start_at(CLOCK);
    let admin = server.token(None, "admin");
    for (site, contact) in [(1, "contact=none"), (2, "contact=clear")] {
        shop(&server, &admin, site, &[contact, &format!("dialects=emarsys:E{site}")]);
        tell(&server, site);
        let kept = import(&server, &admin, site, CODES)["meta"]["contacts"].clone();
        assert_eq!(kept, if site == 1 { 0 } else { 2 });
    }
    let contact = |site: u32, order: &str| {
        server.get_json(&format!("/api/v1/sites/{site}/orders/{order}"), &admin)["mailing"]["contact"].clone()
    };
    assert_eq!((contact(1, "1001"), contact(1, "1002")), (Value::Null, Value::Null));
    assert_eq!((&contact(2, "1001")["email"], &contact(2, "1002")["user_id"]), (&Value::Null, &json!("4711")));
    // Somebody with the same address says it themselves, and the site may keep it.
    server.collect(
        2,
        &json!([{"name": "sign_up", "visitor_id": "v-3", "email": "ada@mail.example", "consent": "marketing"}]),
    );
    server.settle();
    assert_eq!(contact(2, "1001")["email"], "ada@mail.example");
    // Who got the mailing is not thereby who bought.
    let order = server.get_json("/api/v1/sites/2/orders/1001", &admin);
    assert_eq!((&order["order"]["customer"], &order["customer"]), (&Value::Null, &Value::Null));
}

#[test]
fn codes_come_from_a_list_whose_bad_lines_are_told() {
    let server = Server::start_at(CLOCK);
    let admin = server.token(None, "admin");
    shop(&server, &admin, 1, &[]);
    let file = server.data_dir().join("codes.csv");
    std::fs::write(&file, "code,email,campaign\na,,Spring\nb,,\n,x@y.example,Z\nc,x@,Z\nd,ada@mail.example,\n")
        .expect("a file");
    let imported = server.try_cli(&["linkcodes", "import", file.to_str().expect("a path"), "--site", "1"]);
    assert_eq!(imported.status.code(), Some(1), "some lines were bad: {imported:?}");
    let answer: Value = serde_json::from_slice(&imported.stdout).expect("JSON");
    let bad: Vec<&Value> = answer["bad_lines"].as_array().expect("a list").iter().map(|bad| &bad["line"]).collect();
    assert_eq!((&answer["meta"]["count"], bad), (&json!(2), vec![&json!(3), &json!(4), &json!(5)]));
    server.settle();
    let listed = server.get_json("/api/v1/sites/1/link-codes?limit=1", &admin);
    assert_eq!(listed["codes"], json!([{"code": "a", "campaign": "Spring", "user_id": null, "email_hash": null}]));
    assert!(
        server
            .cli(&["linkcodes", "list"])
            .starts_with("code  campaign  user_id  email_hash\na     Spring\nd                ")
    );
    let path = "/api/v1/sites/1/link-codes/import";
    for (token, body, status) in [
        (&admin, "a,b\n1,2\n", 400),
        (&admin, r#"{"codes": [{"campaign": "x"}]}"#, 400),
        (&admin, "", 400),
        (&server.token(Some(1), "ingest"), "code,campaign\na,b\n", 403),
        (&server.token(Some(1), "read"), "code,campaign\na,b\n", 403),
    ] {
        let (found, said) = server.post(path, &[("Authorization", &format!("Bearer {token}"))], body.as_bytes());
        assert_eq!(found, status, "{body}: {}", String::from_utf8_lossy(&said));
    }
}
