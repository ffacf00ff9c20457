//! Tests of `erase`.

use super::*;
use crate::stage::{at, hit};
use commerce::hit::Dialect;

const SITE: SiteId = SiteId(1);

fn erased(user: &str) -> Erased {
    Erased { site: SITE, keys: [CustomerKey::of_user_id(SITE, user).0].into(), before: None, texts: HashSet::new() }
}

fn record(words: &str) -> Record {
    Record::Hit(Box::new(hit(words)))
}

#[test]
fn a_sale_stays_and_whose_it_was_goes() {
    let words = "purchase 0 visitor=5 customer=u7 email=a@b.example order=1001 total=59.90 items=S1*1*59.90 cart=c9 \
        url=https://shop.example/thanks?user=u7#x title=Thanks properties={}";
    let told = hit(words);
    let Some(Record::Hit(left)) = erased("u7").left_of(&record(words)) else { panic!("it is theirs") };
    assert_eq!(left.person, Person::default());
    let (was, is) = (&told.facts, &left.facts);
    assert_eq!(
        (&is.order, &is.items, is.occurred_at, is.event_id),
        (&was.order, &was.items, was.occurred_at, was.event_id)
    );
    assert_eq!((&is.cart_id, &is.properties), (&None, &None));
    let page = is.page.clone().unwrap_or_default();
    assert_eq!((page.url.as_deref(), page.title), (Some("https://shop.example/thanks"), None));
    assert_eq!(erased("u7").left_of(&Record::Hit(left)), None, "a second time changes nothing");
}

#[test]
fn what_is_somebody_elses_stays() {
    for words in ["page_view 0 visitor=5", "purchase 0 customer=u8 order=1 total=1", "page_view 0"] {
        assert_eq!(erased("u7").left_of(&record(words)), None, "{words}");
    }
    let elsewhere = Erased { site: SiteId(2), ..erased("u7") };
    assert_eq!(elsewhere.left_of(&record("page_view 0 customer=u7")), None);
}

#[test]
fn visitors_and_addresses_are_found_by_their_keys() {
    let by = |key: u64| Erased { keys: [key].into(), ..erased("u7") };
    let told = record("page_view 0 visitor=5 email=a@b.example");
    for key in [VisitorKey::of_visitor_id(SITE, "5").0, CustomerKey::of_email_hash(SITE, "hash-of-a@b.example").0] {
        assert!(by(key).left_of(&told).is_some());
    }
    let user = record("page_view 0 customer=u7");
    assert!(by(VisitorKey::of_visitor_id(SITE, "user:u7").0).left_of(&user).is_some(), "who has no id but the user's");
}

#[test]
fn codes_lose_their_contact_and_keep_their_campaign() {
    let code = |contact: &str| ("x".to_owned(), contact.to_owned(), "Spring".to_owned());
    let codes = |codes| Record::LinkCodes(LinkCodesRecord { site: SITE, at: Timestamp(0), codes });
    let told = codes(vec![code("user:u7"), code("user:u8"), code("ab12")]);
    assert_eq!(erased("u7").left_of(&told), Some(codes(vec![code(""), code("user:u8"), code("ab12")])));
    let by_address = Erased { keys: [CustomerKey::of_email_hash(SITE, "ab12").0].into(), ..erased("u7") };
    assert_eq!(by_address.left_of(&told), Some(codes(vec![code("user:u7"), code("user:u8"), code("")])));
    assert_eq!(erased("u9").left_of(&told), None);
}

#[test]
fn what_was_not_understood_goes_where_it_names_them() {
    let mut who = erased("u7");
    who.learn(&record("page_view 0 customer=u7 email=a@b.example"));
    who.learn(&record("page_view 0 customer=u8 email=c@d.example"));
    let item = |payload: &str| {
        Record::Quarantined(Quarantined {
            site: SITE,
            received_at: Timestamp(0),
            dialect: Dialect::ALL[0],
            reason: "price.negative".to_owned(),
            hint: String::new(),
            payload: payload.to_owned(),
        })
    };
    for payload in [r#"{"user_id":"u7"}"#, "uid=U7&e=1", "mail=A%40B.example", "hash-of-a@b.example"] {
        assert_eq!(who.left_of(&item(payload)), Some(item("")), "{payload}");
    }
    for payload in [r#"{"user_id":"u71"}"#, "menu7", "c@d.example", ""] {
        assert_eq!(who.left_of(&item(payload)), None, "{payload}");
    }
}

#[test]
fn of_what_is_too_old_sales_are_left_and_nobody_in_them() {
    let old = Erased { site: SITE, keys: HashSet::new(), before: Some(at(100)), texts: HashSet::new() };
    let view = record("page_view 99 visitor=5");
    let Some(Record::Tick(tick)) = old.left_of(&view) else { panic!("nothing but the time is left") };
    assert_eq!(tick.at, view.at());
    let sale = record("purchase 99 visitor=5 customer=u7 order=1001 total=59.90");
    let Some(Record::Hit(left)) = old.left_of(&sale) else { panic!("a sale stays") };
    assert_eq!((left.person.clone(), left.facts.order.is_some()), (Person::default(), true));
    assert_eq!(old.left_of(&Record::Hit(left)), None, "a second time changes nothing");
    for words in ["page_view 100 visitor=5", "purchase 100 customer=u7 order=1 total=1"] {
        assert_eq!(old.left_of(&record(words)), None, "{words}");
    }
    let elsewhere = Erased { site: SiteId(2), ..old.clone() };
    assert_eq!(elsewhere.left_of(&view), None);
    let codes = |at, contact: &str| {
        let codes = vec![("x".to_owned(), contact.to_owned(), "Spring".to_owned())];
        Record::LinkCodes(LinkCodesRecord { site: SITE, at, codes })
    };
    assert_eq!(old.left_of(&codes(at(99), "user:u7")), Some(codes(at(99), "")));
    assert_eq!(old.left_of(&codes(at(100), "user:u7")), None);
}
