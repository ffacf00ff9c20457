//! Piwik PRO's own ways, in the form in which its tag for server containers sends them.

use super::*;
use commerce::hit::{Dialect, names};

const APP: &str = "892d04bd-6e2b-4914-bfb4-bac721b37235";

/// Products as the trackers send them: lists, not objects.
const PRODUCTS: &str =
    r#"[["S1","Shirt",["Clothes","Shirts"],20.5,2,"Acme","red",{"1":"XL","2":""}],["S2","Boot","Shoes","120.00","1"]]"#;

fn send_with(method: &str, query: &str, content_type: &str, body: &str) -> Result<Reading, Answer> {
    let mut book = book();
    let mut site = site(1, "USD");
    site.settings.set("dialects", &format!("piwik_pro:{APP}")).unwrap();
    site.goals.push(Goal { name: "8a1d0b6e-0000-4000-8000-000000000001".to_owned(), ..goal(9) });
    book.add_site(site);
    let headers = [(http::header::CONTENT_TYPE, content_type.parse().unwrap())].into_iter().collect();
    read(&Request {
        method,
        path: "/ppms.php",
        query,
        headers: &headers,
        body: body.as_bytes(),
        received_at: Timestamp::parse(NOW).unwrap(),
        client_ip: "203.0.113.9".parse().unwrap(),
        book: &book,
        new_id: &|| EventId([1; 16]),
    })
}

fn encoded(pairs: &[(&str, &str)]) -> String {
    let base = [("idsite", APP), ("rec", "1"), ("_id", "0123456789abcdef")];
    form_urlencoded::Serializer::new(String::new()).extend_pairs(base.iter().chain(pairs)).finish()
}

fn outcome(pairs: &[(&str, &str)]) -> Outcome {
    let mut reading =
        send_with("POST", "", "application/x-www-form-urlencoded", &encoded(pairs)).expect("it is taken in");
    reading.outcomes.remove(0)
}

fn hit_of(pairs: &[(&str, &str)]) -> Hit {
    match outcome(pairs) {
        Outcome::Hit(hit) => *hit,
        other => panic!("{pairs:?} should be a hit, but is {other:?}"),
    }
}

fn verdict(pairs: &[(&str, &str)]) -> String {
    match outcome(pairs) {
        Outcome::Hit(hit) => hit.facts.name,
        Outcome::Quarantined(kept) => kept.reason,
        Outcome::Excluded { reason, .. } => reason.name().to_owned(),
    }
}

fn told(hit: &Hit) -> Vec<String> {
    let items = hit.facts.items.iter().flatten();
    items.map(|i| format!("{} {}x{}", i.sku, i.price.unwrap_or_default(), i.quantity().0 / 1000)).collect()
}

#[test]
fn products_bring_brand_variant_and_dimensions() {
    for (kind, name) in [
        ("product_detail_view", names::VIEW_ITEM),
        ("product-detail-view", names::VIEW_ITEM),
        ("add_to_cart", names::ADD_TO_CART),
        ("remove_from_cart", names::REMOVE_FROM_CART),
        ("cart_update", names::CART_UPDATE),
    ] {
        let hit = hit_of(&[("e_t", kind), ("ec_products", PRODUCTS), ("revenue", "161")]);
        assert_eq!((hit.facts.name.as_str(), hit.facts.dialect), (name, Dialect::PiwikPro));
        assert_eq!(told(&hit), ["S1 20.50x2", "S2 120.00x1"]);
        let shirt = &hit.facts.items.as_ref().unwrap()[0];
        assert_eq!((shirt.brand.as_deref(), shirt.variant.as_deref()), (Some("Acme"), Some("red")));
        assert_eq!(shirt.categories.as_deref(), Some(&["Clothes".to_owned(), "Shirts".to_owned()][..]));
        assert_eq!(shirt.properties.as_deref(), Some(r#"{"dimension1":"XL"}"#));
        assert_eq!(hit.person.visitor_id.as_deref(), Some("0123456789abcdef"));
    }
    let objects = r#"[{"sku":"S1","name":"Shirt","category":["Clothes"],"price":"20.50","quantity":2,"brand":"Acme","variant":"red","customDimensions":{"1":"XL"}}]"#;
    let hit = hit_of(&[("e_t", "add_to_cart"), ("ec_products", objects)]);
    assert_eq!(told(&hit), ["S1 20.50x2"]);
    let shirt = &hit.facts.items.as_ref().unwrap()[0];
    assert_eq!((shirt.name.as_deref(), shirt.brand.as_deref()), (Some("Shirt"), Some("Acme")));
    assert_eq!(shirt.properties.as_deref(), Some(r#"{"dimension1":"XL"}"#));
}

#[test]
fn an_order_is_read_in_full() {
    let pairs = [
        ("e_t", "order"),
        ("ec_id", "1001"),
        ("revenue", "194.00"),
        ("ec_st", "157.50"),
        ("ec_tx", "31.50"),
        ("ec_sh", "5.00"),
        ("ec_dt", "17.50"),
        ("ec_products", PRODUCTS),
        ("currencyCode", "eur"),
    ];
    let hit = hit_of(&pairs);
    let order = hit.facts.order.as_ref().unwrap();
    assert_eq!((hit.facts.name.as_str(), order.order_id.as_str()), (names::PURCHASE, "1001"));
    let amounts = [order.total, order.subtotal, order.tax, order.shipping, order.discount];
    assert_eq!(amounts.map(|a| a.unwrap().to_string()), ["194.00", "157.50", "31.50", "5.00", "17.50"]);
    assert_eq!((order.currency.unwrap().code(), told(&hit).len()), ("EUR", 2));
    // The older calls say it as Matomo does.
    let old =
        hit_of(&[("idgoal", "0"), ("ec_id", "1001"), ("revenue", "5"), ("ec_items", r#"[["S1","Shirt","",5,1]]"#)]);
    assert_eq!((old.facts.name.as_str(), told(&old)), (names::PURCHASE, vec!["S1 5.00x1".to_owned()]));
    let cart = hit_of(&[("idgoal", "0"), ("revenue", "161"), ("ec_products", PRODUCTS)]);
    assert_eq!((cart.facts.name.as_str(), told(&cart).len()), (names::CART_UPDATE, 2));
}

#[test]
fn what_cannot_be_read_is_kept_or_left_out() {
    for (pairs, expected) in [
        (vec![("e_t", "order")], "order_id.missing"),
        (vec![("e_t", "order"), ("ec_id", "0")], "order_id.placeholder"),
        (vec![("e_t", "order"), ("ec_id", "undefined")], "order_id.placeholder"),
        (vec![("e_t", "order"), ("ec_id", "1"), ("currencyCode", "nope")], "currency.unknown"),
        (vec![("e_t", "add_to_cart")], "nothing"),
        (vec![("e_t", "add_to_cart"), ("ec_products", "7")], "nothing"),
        (vec![("e_t", "add_to_cart"), ("ec_products", "[[[[")], "nothing"),
        (vec![("e_t", "add_to_cart"), ("ec_products", r#"[null,7,{},[],[""],{"sku":[]}]"#)], "nothing"),
        (vec![("e_t", "cart_update"), ("ec_products", "[]")], "cart_update"),
        (vec![("idgoal", "8a1d0b6e-0000-4000-8000-000000000001")], "goal"),
        (vec![("idgoal", "8a1d0b6e-0000-4000-8000-000000000002")], "goal.unknown"),
        (vec![("idgoal", "2")], "goal"),
        (vec![("rec", "0")], "recording_off"),
        (vec![("url", "https://shop.example/"), ("e_t", "[object Object]")], "page_view"),
    ] {
        assert_eq!(verdict(&pairs), expected, "{pairs:?}");
    }
}

#[test]
fn a_server_may_send_one_object_of_json() {
    let body = format!(
        r#"{{"idsite":"{APP}","rec":1,"e_t":"order","ec_id":1001,"revenue":25.5,"_id":"0123456789abcdef","send_image":0,"ec_products":[["S1","Shirt",[],25.5,1]]}}"#
    );
    let reading = send_with("POST", "", "application/json", &body).unwrap();
    assert_eq!((reading.answer.status, reading.answer.body.len()), (204, 0));
    let Outcome::Hit(hit) = &reading.outcomes[0] else { panic!("{reading:?}") };
    assert_eq!(
        (hit.facts.order.as_ref().unwrap().order_id.as_str(), told(hit)),
        ("1001", vec!["S1 25.50x1".to_owned()])
    );
}

#[test]
fn the_app_is_a_uuid_or_a_number() {
    let refused = |idsite: &str| {
        let answer = send_with("GET", &format!("idsite={idsite}&rec=1&url=https://shop.example/"), "text/plain", "");
        answer.map_or_else(|answer| answer.status, |reading| reading.answer.status)
    };
    assert_eq!((refused(APP), refused(&APP.to_uppercase()), refused("1")), (200, 200, 200));
    // Site 2 does not take Piwik PRO.
    assert_eq!((refused("2"), refused("00000000-0000-4000-8000-000000000000"), refused("")), (400, 400, 400));
    // And a UUID is no site of Matomo's.
    assert!(send(Sent { query: &format!("idsite={APP}&rec=1"), ..GET }).is_err());
}

#[test]
fn people_and_searches() {
    let signed_in = hit_of(&[("url", "https://shop.example/"), ("uid", "ann")]);
    let ids = (signed_in.person.visitor_id.as_deref(), signed_in.person.user_id.as_deref());
    assert_eq!(ids, (Some("0123456789abcdef"), Some("ann")), "the visitor keeps the visitor's id");
    let anonymous = hit_of(&[("url", "https://shop.example/"), ("uid", "ann"), ("uia", "1")]);
    assert_eq!((anonymous.person.visitor_id, anonymous.person.user_id), (None, None));
    let search = hit_of(&[("search", "boots"), ("search_cats", r#"["shoes","men"]"#), ("search_count", "3")])
        .facts
        .search
        .unwrap();
    assert_eq!((search.category.as_deref(), search.results), (Some("shoes"), Some(3)));
}
