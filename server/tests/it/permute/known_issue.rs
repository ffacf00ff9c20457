//! What Matomo documents as a known issue (a server-side cart update makes a second visitor) cannot happen: not with
//! the visitor's id missing, not with it late, not in any order of arrival.

use super::answers::{self, Answers};
use super::delivery::{Door, Statement, Tokens, deliver};
use crate::harness::Server;
use serde_json::{Value, json};

const CLOCK: &str = "2026-03-02T12:00:00Z";
const PERIOD: &str = "from=2026-03-01&to=2026-03-03&as_of=2026-03-02T12:00:00Z";
const QUERIES: &[&str] = &[
    "metrics=visits,visitors,new_visitors,page_views,carts,carts_value,carts_abandoned,orders",
    "metrics=visits,carts,carts_value&dimensions=source",
    "metrics=carts,carts_value&dimensions=sku",
    "metrics=visits&dimensions=new_or_returning",
    "metrics=orders,order_total&dimensions=source",
];

fn says(door: Door, minute: u32, name: &str, mut event: Value) -> Statement {
    event["id"] = json!(format!("{name}-{minute}"));
    event["name"] = json!(name);
    event["occurred_at"] = json!(format!("2026-03-02T10:{minute:02}:00Z"));
    Statement { door, event }
}

fn page(visitor: &str, url: &str) -> Value {
    json!({"visitor_id": visitor, "page": {"url": format!("https://shop.example/{url}")}})
}

fn items(quantity: u32) -> Value {
    json!([{"item_id": "S1", "item_name": "Shirt", "price": "10.00", "quantity": quantity}])
}

/// Returns every order of `count` things.
fn orders_of(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let last = count - 1;
    let put_in = |order: Vec<usize>| (0..count).map(move |at| [&order[..at], &[last], &order[at..]].concat());
    orders_of(last).into_iter().flat_map(put_in).collect()
}

/// Keys hash their site's number: they differ between sites and are no part of the answer here.
fn without_keys((path, text): (String, String)) -> (String, String) {
    const KEYS: &[&str] = &["\"cart\": ", "\"visitor\": ", "\"visit\": ", "\"customer\": ", "\"order\": "];
    let lines = text.lines().filter(|line| !KEYS.iter().any(|key| line.trim_start().starts_with(key)));
    let kept: Vec<&str> = lines.collect();
    (path, kept.join("\n"))
}

/// Tells the statements in all orders, each order to a site of its own, each statement in a batch of its own, and
/// returns what the first of these sites answers; all others must answer the same.
fn told_in_every_order(statements: &[Statement]) -> Vec<Value> {
    let server = Server::start_at(CLOCK);
    let tokens = Tokens::of(&server);
    let sites: Vec<(u32, Vec<usize>)> = (1..).zip(orders_of(statements.len())).collect();
    let body = |site: u32| json!({"id": site, "domain": "shop.example", "currency": "EUR", "timezone": "UTC"});
    for (site, _) in &sites {
        server.post_json("/api/v1/sites", &tokens.admin, &body(*site));
    }
    let parcels = |order: &[usize]| order.iter().map(|i| vec![statements[*i].clone()]).collect();
    let plans: Vec<_> = sites.iter().map(|(site, order)| (*site, parcels(order))).collect();
    deliver(&server, &tokens, &plans, 1);
    let queries: Vec<String> = QUERIES.iter().map(|q| (*q).to_owned()).collect();
    let ask = |site: u32| -> Answers {
        let answers = answers::ask(&server, &tokens.admin, site, &queries, PERIOD, &["carts".to_owned()]);
        answers.into_iter().map(without_keys).collect()
    };
    let first = ask(1);
    for (site, order) in &sites[1..] {
        answers::assert_same(&ask(*site), &first, &format!("told in the order {order:?}, not {:?}", sites[0].1));
    }
    let asked = QUERIES.iter().map(|query| format!("report?{query}&{PERIOD}")).chain(["carts".to_owned()]);
    asked.map(|path| server.get_json(&format!("/api/v1/sites/1/{path}"), &tokens.admin)).collect()
}

/// Returns the named figure of the first report.
fn figure(answers: &[Value], name: &str) -> Value {
    let columns = answers[0]["columns"].as_array().expect("columns");
    let at = columns.iter().position(|c| c["name"] == name).expect("a column");
    answers[0]["totals"][at].clone()
}

#[test]
fn a_server_cart_without_a_visitor_makes_none() {
    let answers = told_in_every_order(&[
        says(Door::Browser, 0, "page_view", page("A", "?utm_source=news&utm_medium=email")),
        says(Door::Server, 1, "cart_update", json!({"visitor_id": "A", "items": items(1)})),
        says(
            Door::Server,
            2,
            "cart_update",
            json!({"ip": "203.0.113.9", "user_agent": "Mozilla/5.0", "items": items(5)}),
        ),
        says(Door::Browser, 3, "page_view", page("A", "cart")),
    ]);
    assert_eq!(figure(&answers, "visitors"), 1);
    assert_eq!((figure(&answers, "carts"), figure(&answers, "carts_value")), (json!(1), json!("10.00")));
    let carts = answers[QUERIES.len()]["carts"].as_array().expect("carts");
    let states: Vec<&Value> = carts.iter().map(|cart| &cart["state"]).collect();
    assert!(states.contains(&&json!("unlinked")) && states.contains(&&json!("abandoned")), "{carts:?}");
}

#[test]
fn a_server_cart_whose_visitor_is_told_late_is_that_visitors_cart() {
    let answers = told_in_every_order(&[
        says(Door::Browser, 0, "page_view", page("A", "?utm_source=news&utm_medium=email")),
        says(Door::Server, 1, "cart_update", json!({"cart_id": "c1", "items": items(1)})),
        says(Door::Server, 2, "cart_update", json!({"cart_id": "c1", "visitor_id": "A", "items": items(2)})),
        says(Door::Browser, 3, "add_to_cart", json!({"visitor_id": "A", "cart_id": "c1", "items": items(1)})),
    ]);
    assert_eq!((figure(&answers, "visits"), figure(&answers, "visitors")), (json!(1), json!(1)));
    assert_eq!((figure(&answers, "carts"), figure(&answers, "carts_value")), (json!(1), json!("30.00")));
    // The cart is credited to the visit of its visitor, whichever of them was known first.
    assert_eq!(answers[1]["rows"], json!([["news", 1, 1, "30.00"]]));
}

#[test]
fn a_server_cart_of_a_user_is_the_cart_of_the_browser_that_the_user_uses() {
    let answers = told_in_every_order(&[
        says(Door::Browser, 0, "page_view", page("A", "?utm_source=news&utm_medium=email")),
        says(Door::Server, 1, "cart_update", json!({"user_id": "ada", "items": items(1)})),
        says(Door::Browser, 2, "identify", json!({"visitor_id": "A", "user_id": "ada"})),
        says(Door::Browser, 3, "add_to_cart", json!({"visitor_id": "A", "items": items(1)})),
    ]);
    assert_eq!((figure(&answers, "visits"), figure(&answers, "visitors")), (json!(1), json!(1)));
    assert_eq!((figure(&answers, "carts"), figure(&answers, "carts_value")), (json!(1), json!("20.00")));
}

#[test]
fn a_carts_source_does_not_depend_on_when_its_visitors_later_visit_arrives() {
    let blog = json!({"url": "https://shop.example/", "referrer": "https://blog.example/boots"});
    let answers = told_in_every_order(&[
        says(Door::Browser, 0, "cart_update", json!({"visitor_id": "A", "cart_id": "c1", "items": items(2)})),
        says(Door::Browser, 40, "page_view", json!({"visitor_id": "A", "page": blog})),
        says(Door::Browser, 55, "remove_from_cart", json!({"visitor_id": "B", "user_id": "cleo", "cart_id": "c1"})),
    ]);
    assert_eq!((figure(&answers, "visits"), figure(&answers, "carts")), (json!(3), json!(1)));
}

#[test]
fn an_order_finds_the_visit_of_the_cart_that_it_names() {
    let landing = json!({"url": "https://shop.example/?utm_source=news&utm_medium=email"});
    let cart = json!({"visitor_id": "A", "cart_id": "c1", "page": landing, "items": items(1)});
    let order = json!({"cart_id": "c1", "user_id": "cleo", "transaction_id": "1004", "value": "10.00"});
    let answers = told_in_every_order(&[
        says(Door::Browser, 0, "cart_update", cart),
        says(Door::Server, 11, "purchase", order),
        says(Door::Browser, 50, "page_view", json!({"visitor_id": "B", "user_id": "cleo"})),
    ]);
    assert_eq!(figure(&answers, "orders"), 1);
    assert_eq!(answers[QUERIES.len() - 1]["rows"], json!([["news", 1, "10.00"]]));
}

#[test]
fn an_order_that_names_the_browsers_visit_finds_it_whichever_came_first() {
    let landing = json!({"url": "https://shop.example/?utm_source=news&utm_medium=email"});
    let answers = told_in_every_order(&[
        says(Door::Browser, 0, "page_view", json!({"visitor_id": "A", "visit_id": "v9", "page": landing})),
        says(Door::Server, 11, "purchase", json!({"visit_id": "v9", "transaction_id": "1004", "value": "10.00"})),
        says(Door::Browser, 50, "page_view", json!({"visitor_id": "B"})),
    ]);
    assert_eq!(answers[QUERIES.len() - 1]["rows"], json!([["news", 1, "10.00"]]));
}

#[test]
fn a_cart_comes_back_when_its_order_turns_out_to_be_somebody_elses() {
    let order = json!({"visitor_id": "A", "cart_id": "c2", "transaction_id": "1004", "value": "10.00"});
    let answers = told_in_every_order(&[
        says(Door::Browser, 0, "add_to_cart", json!({"visitor_id": "A", "user_id": "cleo", "items": items(1)})),
        says(Door::Server, 11, "purchase", order),
        says(Door::Server, 5, "cart_update", json!({"user_id": "dora", "cart_id": "c2", "items": items(2)})),
    ]);
    assert_eq!(figure(&answers, "orders"), 1);
    let carts = answers[QUERIES.len()]["carts"].as_array().expect("carts");
    let states: Vec<(&Value, &Value)> = carts.iter().map(|cart| (&cart["state"], &cart["value"])).collect();
    assert_eq!(states, [(&json!("ordered"), &json!("20.00")), (&json!("abandoned"), &json!("10.00"))]);
}
