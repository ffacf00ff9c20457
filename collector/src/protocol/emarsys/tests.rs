//! What Emarsys' scripts and apps send, and what must come of it.

use super::*;
use crate::protocol::replay::{Sent, all, captures, describe, header, one};
use crate::sample::{IMPORT, INGEST, NOW, READ, book};
use commerce::hit::{Hit, Item, names};
use serde_json::{Value, json};

const SETTING: &str = "emarsys:112734771,emarsys:123456789,emarsys:1428C8EE286EC34B,emarsys:M1";

fn get_with(settings: &[(&str, &str)], target: &str, headers: &[(&str, &str)]) -> Result<Reading, Answer> {
    let settings: Vec<(&str, &str)> = [("dialects", SETTING)].iter().chain(settings).copied().collect();
    Sent::new("GET", target, headers, "").read(&book(&settings), NOW, read)
}

fn get(target: &str) -> Result<Reading, Answer> {
    get_with(&[], target, &[])
}

fn pixel(query: &str) -> Hit {
    one(get(&format!("/upages/ti.php?ems_customer=112734771&ems_action=purchase&{query}")))
}

fn scarab(query: &str) -> Vec<Hit> {
    all(get(&format!("/merchants/M1/?vi=V1&s=S1&{query}")))
}

fn lines(hit: &Hit) -> Vec<String> {
    let line = |item: &Item| {
        let price = item.price.map_or_else(|| "-".to_owned(), |price| price.to_string());
        format!("{}*{}@{price}", item.sku, item.quantity.map_or_else(|| "-".to_owned(), |q| q.to_string()))
    };
    hit.facts.items.iter().flatten().map(line).collect()
}

#[test]
fn every_captured_request_is_read() {
    let mut page = String::new();
    let book = book(&[("dialects", SETTING)]);
    for (name, mut sent) in captures("emarsys") {
        for (_, value) in sent.headers.iter_mut().filter(|(name, _)| name == "authorization") {
            *value = format!("bearer {IMPORT}");
        }
        page.extend([name, "\n".to_owned(), describe(&sent.read(&book, NOW, read))]);
    }
    insta::assert_snapshot!("captures", page);
}

#[test]
fn only_an_order_number_makes_an_order() {
    let rest = "total=49.75&tax=8.29&shipping=9.95&code[]=S1&price[]=19.90&quantity[]=2";
    for cart in ["", "order=&", "order=%20&"] {
        let hit = pixel(&format!("{cart}{rest}"));
        assert_eq!(hit.facts.name, names::CART_UPDATE, "{cart}");
        assert_eq!(hit.facts.cart.as_ref().unwrap().value.unwrap().to_string(), "49.75");
    }
    let order = pixel(&format!("order=1001&{rest}"));
    let said = order.facts.order.as_ref().unwrap();
    assert_eq!((said.order_id.as_str(), said.total.unwrap().to_string()), ("1001", "49.75".to_owned()));
    assert_eq!((said.tax.unwrap().to_string(), said.shipping.unwrap().to_string()), ("8.29".into(), "9.95".into()));
    assert_eq!(lines(&order), ["S1*2@19.90"], "the price of a piece");
    let nothing_told = pixel("total=5");
    assert_eq!(nothing_told.facts.name, names::BEGIN_CHECKOUT, "no products are no emptied cart");
}

#[test]
fn what_nobody_encoded_is_put_together_again() {
    let hit = pixel("order=1&code[]=S1&category[]=Home%20&%20Living%20&&productname[]=50% off&price[]=1&quantity[]=1");
    let item = &hit.facts.items.as_ref().unwrap()[0];
    assert_eq!(item.categories.as_deref(), Some(&["Home & Living".to_owned()][..]));
    assert_eq!(item.name.as_deref(), Some("50% off"));
    assert_eq!(hit.facts.properties, None);
    let names = |query: &str| pixel(query).facts.items.unwrap()[0].name.clone().unwrap();
    assert_eq!(names("order=1&productname%5B%5D=A+B&code[0]=S1"), "A B", "an encoded query");
    assert_eq!(names("order=1&productname[]=A+B%20C&code[]=S1"), "A+B C", "a query that the browser encoded");
    assert_eq!(names("order=1&poductname[]=X&code[]=S1"), "X");
    assert_eq!(pixel("order=1&code[]=S1&%20%20%20ems_visitor=%204711").person.visitor_id.as_deref(), Some("4711"));
}

#[test]
fn columns_stay_aligned() {
    let hit = pixel("order=1&code[]=S1&code[]=S2&productname[]=&productname[]=Boot&price[]=&price[]=5&quantity[]=2");
    assert_eq!(lines(&hit), ["S1*2@-", "S2*-@5.00"]);
    assert_eq!(hit.facts.items.unwrap()[1].name.as_deref(), Some("Boot"));
    // A semicolon in a name shifts the script's columns; a name is no price.
    let shifted =
        get("/upages/ti.php?ems_customer=112734771&order=1&code[]=S1&productname[]=A&price[]=B&quantity[]=19.90");
    let reading = shifted.unwrap();
    assert_eq!(header(&reading.answer, "x-reject-reason"), Some("price.not_a_number"));
    assert!(matches!(reading.outcomes[0], crate::protocol::Outcome::Quarantined(_)));
}

#[test]
fn the_mailing_stays_with_the_order() {
    let hit = pixel("order=1&code[]=S1&ems_campaign=Qw3rTy&city=Wien&country=AT&ems_session=s9");
    let source = hit.facts.attribution.unwrap();
    assert_eq!((source.medium.as_deref(), source.campaign.as_deref()), (Some("email"), Some("Qw3rTy")));
    let properties = r#"{"city":"Wien","country":"AT","ems_campaign":"Qw3rTy"}"#;
    assert_eq!(hit.facts.properties.as_deref(), Some(properties));
    assert_eq!(hit.person.visit_id.as_deref(), Some("s9"));
}

#[test]
fn a_page_that_is_loaded_again_is_no_second_order() {
    let id = |query: &str| pixel(query).facts.event_id;
    assert_eq!(id("order=1&total=5&code[]=S1"), id("total=5&order=1&code[]=S1"));
    assert_ne!(id("order=1&total=5"), id("order=1&total=6"), "another statement is kept and compared");
    let purchase = |pv: u32| scarab(&format!("oi=1&co=i:S1,p:5,q:1&pv={pv}")).pop().unwrap().facts.event_id;
    assert_eq!(purchase(1), purchase(2));
    let view = |pv: u32| scarab(&format!("v=i:S1&pv={pv}")).pop().unwrap().facts.event_id;
    assert_eq!(view(1), view(1));
    assert_ne!(view(1), view(2));
}

#[test]
fn a_tick_is_a_page_view() {
    let headers = [("referer", "https://shop.example/")];
    let hit = one(get_with(&[], "/upages/ti.php?ems_customer=112734771&ems_page=/shoes?a=1&ems_visitor=7", &headers));
    assert_eq!(hit.facts.name, names::PAGE_VIEW);
    assert_eq!(hit.facts.page.unwrap().url.as_deref(), Some("https://shop.example/shoes?a=1"));
}

#[test]
fn one_go_tells_all_of_a_page() {
    let query = "pv=9&prev_url=https%3A%2F%2Fsearch.example%2F&v=i%3AS1%252B%2Ct%3ACART%2Cc%3A1&vc=A+%3E+B&q=boots&ci=u7\
        &cv=1&ca=i%3AS1%2Cp%3A39.8%2Cq%3A2.0%7Ci%3AS2%2Cp%3A9.95%2Cq%3A1&oi=1001&co=i%3AS1%2Cp%3A10%2Cq%3A3&t=vip";
    let hits = scarab(query);
    let told: Vec<&str> = hits.iter().map(|hit| hit.facts.name.as_str()).collect();
    assert_eq!(told, ["page_view", "view_item", "view_item_list", "search", "cart_update", "purchase", "tag:vip"]);
    assert_eq!(hits[0].facts.page.as_ref().unwrap().referrer.as_deref(), Some("https://search.example/"));
    assert_eq!(lines(&hits[1]), ["S1+*-@-"], "an id is encoded twice");
    assert_eq!(hits[3].facts.search.as_ref().unwrap().term, "boots");
    assert_eq!(lines(&hits[4]), ["S1*2@19.90", "S2*1@9.95"], "p is the whole line's");
    assert_eq!(lines(&hits[5]), ["S1*3@3.333333"]);
    assert_eq!(hits[5].facts.order.as_ref().unwrap().total.unwrap().to_string(), "10.00");
    for hit in &hits {
        assert_eq!((hit.person.visitor_id.as_deref(), hit.person.visit_id.as_deref()), (Some("V1"), Some("S1")));
        assert_eq!(hit.person.user_id.as_deref(), Some("u7"));
    }
    assert_eq!(scarab("q=x&eh=11a586cd1f7d573b1")[0].person.user_id.as_deref(), Some("emarsys:11a586cd1f7d573b1"));
}

#[test]
fn a_shop_may_send_the_price_of_a_piece() {
    let target = "/merchants/M1?oi=1&co=i:S1,p:19.9,q:2|i:S2,p:9.95,q:1";
    let order = one(get_with(&[("emarsys_price", "unit")], target, &[]));
    assert_eq!(lines(&order), ["S1*2@19.90", "S2*1@9.95"]);
    assert_eq!(order.facts.order.unwrap().total.unwrap().to_string(), "49.75");
}

#[test]
fn an_emptied_cart_is_told_by_its_name() {
    for query in ["cv=1&ca=", "cv=1"] {
        let hit = scarab(query).remove(0);
        assert_eq!((hit.facts.name.as_str(), hit.facts.items.as_deref()), (names::CART_UPDATE, Some(&[][..])));
    }
}

#[test]
fn tags_keep_their_attributes() {
    let query: String = form_urlencoded::Serializer::new(String::new())
        .append_pair("ta", r#"{"name":"purchase","attributes":{"size":42}}"#)
        .finish();
    let hit = scarab(&query).remove(0);
    assert_eq!((hit.facts.name.as_str(), hit.facts.properties.as_deref()), ("tag:purchase", Some(r#"{"size":42}"#)));
}

#[test]
fn the_answer_is_what_scripts_and_apps_wait_for() {
    let headers = [("origin", "https://shop.example"), ("cookie", "xp=1; cdv=6F58; s=28AC")];
    let answer = get_with(&[], "/merchants/M1/?cv=1", &headers).unwrap().answer;
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    let expected = json!({"cohort": "AAAA", "visitor": "6F58", "session": "28AC", "features": {}, "products": {}});
    assert_eq!((answer.status, body), (200, expected));
    assert!(header(&answer, "set-cookie").unwrap().starts_with("cdv=6F58; "));
    assert_eq!(header(&answer, "access-control-allow-credentials"), Some("true"));
    let fresh = get("/merchants/M1?q=x").unwrap();
    assert!(header(&fresh.answer, "set-cookie").is_some(), "the first answer names the visitor");
    let objects = get_with(&[], "/merchants/M1?q=x", &[("sec-gpc", "1")]).unwrap();
    assert_eq!(header(&objects.answer, "set-cookie"), None, "nobody is numbered who objects");
    let odd = get("/merchants/M1?vi=a%3Bb%0D%0Ax").unwrap();
    assert_eq!(header(&odd.answer, "set-cookie"), None);
}

#[test]
fn tests_are_answered_and_not_counted() {
    let reading = get("/merchants/M1/?test=true&oi=1&co=i:S1,p:5,q:1").unwrap();
    assert_eq!(reading.answer.status, 200);
    assert!(matches!(reading.outcomes[..], [crate::protocol::Outcome::Excluded { .. }]));
}

#[test]
fn hostile_queries_get_a_clear_answer() {
    let many = "order=1&code[]=S&".repeat(201);
    let mut page = String::new();
    for target in [
        "/upages/ti.php",
        "/upages/ti.php?ems_customer=nobody&order=1",
        "/upages/ti.php?ems_customer=112734771",
        "/upages/ti.php?ems_customer=112734771&&&=&order&=x",
        "/upages/ti.php?ems_customer=112734771&order=undefined&code[]=S1",
        "/upages/ti.php?ems_customer=112734771&order=1&total=1,234.50",
        "/upages/ti.php?ems_customer=112734771&order=1&total=-5",
        "/upages/ti.php?ems_customer=112734771&order=1&price[]=5",
        "/upages/ti.php?ems_customer=112734771&order=%FF%00&total=%ZZ",
        &format!("/upages/ti.php?ems_customer=112734771&{many}"),
        "/merchants/nobody/?cv=1",
        "/merchants/M1/",
        "/merchants/M1/?oi=&co=",
        "/merchants/M1/?oi=1&co=i:S1,p:x,q:y",
        "/merchants/M1/?oi=1&co=i:S1,p:5,q:0|,,,|:::|i:S2,p:999999999999,q:0.001",
        "/merchants/M1/?oi=1&co=i:S1,p:-5,q:1",
        "/merchants/M1/?v=nothing&ta={&q=%20&vc=",
        "/merchants/M1/?ta=[]&t=",
        "/merchants/M1/?ca=i%3A,p%3A5",
    ] {
        let shown: String = target.chars().take(90).collect();
        page.extend([shown, "\n".to_owned(), describe(&get(target))]);
    }
    for target in ["/upages/ti.php", "/merchants/M1/", "/merchants/a/b", "/merchants/"] {
        let sent = Sent::new("PUT", target, &[], "");
        page.extend([target, "\n", &describe(&sent.read(&book(&[("dialects", SETTING)]), NOW, read))]);
    }
    insta::assert_snapshot!("hostile", page);
}

fn upload(authorization: &str, body: &str) -> Result<Reading, Answer> {
    let headers = [("authorization", authorization), ("content-type", "text/csv")];
    let sent = Sent::new("POST", "/hapi/merchant/M1/sales-data/api", &headers, body);
    sent.read(&book(&[("dialects", SETTING)]), NOW, read)
}

#[test]
fn uploaded_sales_are_orders_and_refunds() {
    let csv = "item,price,order,timestamp,email,quantity,s_colour\r\nS1,39.80,1001,2025-01-05,a@example.com,2,\"red, dark\"\r\n\
        S2,9.95,1001,2025-01-05,a@example.com,1,\nS1,-19.90,1001,2025-01-09T08:00:00Z,a@example.com,-1,\nS3,5,1002,2025-01-06,,1,\n\n";
    let hits = all(upload(&format!("bearer {IMPORT}"), csv));
    assert_eq!(hits.len(), 3);
    let order = hits[0].facts.order.as_ref().unwrap();
    assert_eq!((order.order_id.as_str(), order.total.unwrap().to_string()), ("1001", "49.75".to_owned()));
    assert_eq!(lines(&hits[0]), ["S1*2@19.90", "S2*1@9.95"]);
    assert_eq!(hits[0].facts.items.as_ref().unwrap()[0].properties.as_deref(), Some(r#"{"s_colour":"red, dark"}"#));
    assert_eq!(hits[0].facts.occurred_at.to_string(), "2025-01-05T00:00:00Z");
    assert_eq!((hits[0].facts.origin, hits[0].facts.trust), (Origin::Import, Trust::Verified));
    let refund = hits[1].facts.refund.as_ref().unwrap();
    assert_eq!((refund.order_id.as_str(), refund.amount.unwrap().to_string()), ("1001", "19.90".to_owned()));
    assert_eq!(lines(&hits[1]), ["S1*1@19.90"]);
    let again = all(upload(&format!("Bearer: {INGEST}"), csv));
    assert_eq!(again[0].facts.event_id, hits[0].facts.event_id);
    assert_eq!(again[0].facts.origin, Origin::Server);
}

#[test]
fn an_upload_without_right_or_sense_is_refused() {
    let check = |authorization: &str, body: &str, expected: (u16, &str)| {
        let answer = upload(authorization, body).unwrap_err();
        assert_eq!((answer.status, header(&answer, "x-reject-reason").unwrap()), expected, "{authorization} {body}");
    };
    let ingest = format!("bearer {INGEST}");
    check("", "item,order", (401, "token.missing"));
    check("bearer nobody", "item,order", (401, "token.unknown"));
    check(&format!("bearer {READ}"), "item,order", (403, "token.scope"));
    for body in ["", "\n\n", "{}", "item,price\nS1,5", "\"item,order"] {
        check(&ingest, body, (400, "body.malformed"));
    }
    let reading = upload(&ingest, "item,order,price\nS1,1001\nS1,undefined,5\nS1,1002,x\n").unwrap();
    assert_eq!((reading.answer.status, reading.answer.body.as_slice()), (200, &b"OK\n"[..]));
    assert_eq!(header(&reading.answer, "x-reject-reason"), Some("order_id.placeholder"));
    assert!(reading.outcomes.iter().all(|outcome| matches!(outcome, crate::protocol::Outcome::Quarantined(_))));
    assert_eq!(reading.outcomes.len(), 3);
}
