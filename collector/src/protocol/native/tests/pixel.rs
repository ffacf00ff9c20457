//! The pixel's query string.

use super::*;
use commerce::money::{Amount, Quantity, UnitPrice};

fn pixel(query: &str) -> Result<Reading, Answer> {
    call(&[], "/v1/pixel.gif", query, &[("referer", "https://shop.example/thanks")], b"")
}

fn pixel_hit(query: &str) -> Hit {
    let mut reading = pixel(query).unwrap();
    assert_eq!((reading.answer.status, reading.answer.body.len()), (200, 43));
    match reading.outcomes.remove(0) {
        Outcome::Hit(hit) => *hit,
        other => panic!("{query} should be a hit, but is {other:?}"),
    }
}

#[test]
fn a_purchase_in_a_query_string() {
    let hit = pixel_hit(
        "site=key1&e=purchase&id=E1&oid=1001&value=59.90&currency=EUR&tax=9.56&shipping=4.90&items=SKU-1*2*25.17,S*K*1*4.66,X&vid=v-1&email=a%40b.c&foo=b+c%22",
    );
    assert_eq!(
        (hit.facts.origin, hit.facts.dialect, hit.facts.trust),
        (Origin::Pixel, Dialect::NativePixel, Trust::Unverified)
    );
    assert_eq!((hit.person.visitor_id.as_deref(), hit.person.email.as_deref()), (Some("v-1"), Some("a@b.c")));
    let order = hit.facts.order.unwrap();
    assert_eq!(
        (order.order_id.as_str(), order.total, order.shipping),
        ("1001", Some(Amount(599_000)), Some(Amount(49_000)))
    );
    let items: Vec<_> = hit.facts.items.unwrap().into_iter().map(|i| (i.sku, i.quantity, i.price)).collect();
    let expected = [
        ("SKU-1".to_owned(), Some(Quantity(2000)), Some(UnitPrice(25_170_000))),
        ("S*K".to_owned(), Some(Quantity(1000)), Some(UnitPrice(4_660_000))),
        ("X".to_owned(), None, None),
    ];
    assert_eq!(items, expected);
    assert_eq!(hit.facts.properties.as_deref(), Some(r#"{"foo":"b c\""}"#));
    assert_eq!(hit.facts.event_id, EventId::from_text("E1"));
}

#[test]
fn a_bare_pixel_is_a_view_of_the_page_that_shows_it() {
    let hit = pixel_hit("site=1&uid=&oid=");
    assert_eq!(hit.facts.name, "page_view");
    assert_eq!(hit.facts.page.unwrap().url.as_deref(), Some("https://shop.example/thanks"));
    assert_eq!(
        pixel_hit("site=1&url=https://a.example/&ref=https://b.example/").facts.page.unwrap().referrer.as_deref(),
        Some("https://b.example/")
    );
}

#[test]
fn what_the_pixel_cannot_say_is_quarantined_or_refused() {
    let reading = pixel("site=1&e=purchase&oid=undefined").unwrap();
    assert!(reading.answer.headers.contains(&("X-Reject-Reason", "order_id.placeholder".to_owned())));
    assert!(matches!(&reading.outcomes[0], Outcome::Quarantined(q) if q.reason == "order_id.placeholder"));
    let reading = pixel("site=1&e=purchase&oid=7&value=59,90&%ZZ=%ff").unwrap();
    assert!(matches!(&reading.outcomes[0], Outcome::Quarantined(q) if q.reason == "price.not_a_number"));
    assert_eq!(refused_code(pixel("e=purchase")), (400, "site.missing".to_owned()));
    assert_eq!(refused_code(pixel("site=none")), (400, "site.unknown".to_owned()));
}
