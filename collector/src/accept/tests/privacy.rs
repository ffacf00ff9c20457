//! What of a person and of secrets reaches the disk.

use super::*;
use crate::sample::INGEST;
use commerce::hit::flags;

const PAGE_VIEW: &str = r#"{"id":"a","name":"page_view","visitor_id":"v-1","visit_id":"s-1"}"#;

#[test]
fn addresses_are_masked_unless_the_site_says_otherwise() {
    for (settings, peer, expected) in [
        (&[][..], "203.0.113.77", "203.0.113.0"),
        (&[], "2001:db8:1:2::77", "2001:db8:1::"),
        (&[("ip_mask", "false")], "203.0.113.77", "203.0.113.77"),
    ] {
        let shop = Shop::open(settings);
        shop.send_from(peer, collect(PAGE_VIEW));
        let person = shop.hit().person;
        assert_eq!(person.ip.as_deref(), Some(expected));
        assert!(person.fingerprint.is_some());
        assert_eq!(shop.keeps(peer), expected == peer);
    }
}

#[test]
fn trusted_proxies_state_address_and_place() {
    let request =
        || with_header(with_header(collect(PAGE_VIEW), "x-forwarded-for", "198.51.100.77"), "cf-ipcountry", "DE");
    let shop = Shop::open(&[]);
    shop.send_from("10.0.0.1", request());
    let hit = shop.hit();
    assert_eq!(
        (hit.person.ip.as_deref(), hit.facts.place.unwrap().country.as_deref()),
        (Some("198.51.100.0"), Some("DE"))
    );
    let shop = Shop::open(&[]);
    shop.send_from("10.0.0.2", request());
    let hit = shop.hit();
    assert_eq!((hit.person.ip.as_deref(), hit.facts.place), (Some("10.0.0.0"), None));
}

#[test]
fn browsers_headers_are_kept_and_servers_are_not() {
    let shop = Shop::open(&[]);
    let described = |request| with_header(with_header(request, "user-agent", "UA/1"), "accept-language", "de");
    shop.send(described(collect(PAGE_VIEW)));
    shop.send(described(events(INGEST, r#"{"events":[{"name":"page_view","visitor_id":"v-1"}]}"#)));
    shop.send(described(events(
        INGEST,
        r#"{"events":[{"name":"purchase","transaction_id":"7","ip":"198.51.100.7","user_agent":"UA/2"}]}"#,
    )));
    shop.send(described(events(
        INGEST,
        r#"{"events":[{"name":"page_view","ip":"198.51.100.7","user_agent":"UA/2"}]}"#,
    )));
    let people: Vec<_> = shop
        .records()
        .into_iter()
        .map(|record| match record {
            Record::Hit(hit) => (hit.person.user_agent, hit.person.ip, hit.person.fingerprint.is_some()),
            other => panic!("{other:?} should be a hit"),
        })
        .collect();
    let some = |text: &str| Some(text.to_owned());
    let expected = [
        (some("UA/1"), some("203.0.113.0"), true),
        (None, None, false),
        (some("UA/2"), some("198.51.100.0"), false),
        (some("UA/2"), some("198.51.100.0"), true),
    ];
    assert_eq!(people, expected);
}

#[test]
fn objections_are_heeded_as_set() {
    let send = |settings: &[(&str, &str)]| {
        let shop = Shop::open(settings);
        let reply = shop.send(with_header(collect(PAGE_VIEW), "sec-gpc", "1"));
        assert_eq!(reply.text(), r#"{"accepted":1,"quarantined":[]}"#);
        shop
    };
    let cookieless = send(&[]);
    let person = cookieless.hit().person;
    assert_eq!((person.visitor_id, person.visit_id, person.fingerprint.is_some()), (None, None, true));
    assert_eq!(send(&[("gpc", "ignore")]).hit().person.visitor_id.as_deref(), Some("v-1"));
    let excluded = send(&[("gpc", "exclude")]).records();
    assert!(
        matches!(&excluded[..], [Record::Excluded(e)] if e.reason == commerce::record::DropReason::OptedOut),
        "{excluded:?}"
    );
    // A server's own headers are not its customers' wishes.
    let shop = Shop::open(&[("gpc", "exclude")]);
    shop.send(with_header(events(INGEST, &format!("{{\"events\":[{PAGE_VIEW}]}}")), "sec-gpc", "1"));
    assert_eq!(shop.hit().person.visitor_id.as_deref(), Some("v-1"));
}

#[test]
fn excluded_addresses_are_not_counted() {
    let shop = Shop::open(&[("excluded_ips", "203.0.113.0/24,198.51.100.*")]);
    shop.send(collect(PAGE_VIEW));
    shop.send_from("10.0.0.1", with_header(collect(PAGE_VIEW), "x-forwarded-for", "198.51.100.3"));
    shop.send_from("192.0.2.1", collect(PAGE_VIEW));
    let kinds: Vec<u8> = shop.records().iter().map(Record::kind).collect();
    assert_eq!(kinds, [3, 3, 1]);
}

#[test]
fn e_mail_addresses_are_hashed_before_the_journal() {
    let event = r#"{"name":"identify","email":"Jane@Example.com","traits":{"email":"Jane@Example.com","plan":"gold"}}"#;
    let shop = Shop::open(&[]);
    shop.send(collect(event));
    shop.send(collect(r#"{"name":"purchase","transaction_id":"","email":"Jane@Example.com"}"#));
    assert!(!shop.keeps("ane@"), "no clear address, not even in quarantine");
    let Record::Hit(hit) = &shop.records()[0] else { panic!("the first should be a hit") };
    assert_eq!(hit.person.email_hash, Some(crate::person::hash_email("salt1", "jane@example.com")));
    assert_eq!(hit.facts.properties.as_deref(), Some(r#"{"traits":{"email":"scrubbed","plan":"gold"}}"#));
    let shop = Shop::open(&[("contact", "clear")]);
    shop.send(collect(event));
    assert_eq!(shop.hit().person.email.as_deref(), Some("jane@example.com"));
}

#[test]
fn cards_and_secrets_never_reach_the_disk() {
    let shop = Shop::open(&[]);
    let event = r#"{"id":"a","name":"search","search_term":"4111 1111 1111 1111","note":"pay with 5555555555554444","password":"hunter2",
        "page":{"url":"https://shop.example/?email=jane%40example.com&q=378282246310005&a=1","title":"card 4222222222222"},
        "user_id":"4012888888881881","cart_id":"4012888888881881","items":[{"item_id":"4012888888881881","gtin":"4012888888881881","memo":"6011111111111117"}]}"#;
    shop.send(collect(event));
    shop.send(collect(r#"{"name":"refund","note":"4111111111111111"}"#));
    for secret in
        ["4111", "5555555555554444", "hunter2", "jane", "378282246310005", "4222222222222", "6011111111111117"]
    {
        assert!(!shop.keeps(secret), "{secret} should be scrubbed");
    }
    let Record::Hit(hit) = &shop.records()[0] else { panic!("the first should be a hit") };
    assert!(hit.facts.flags.unwrap() & flags::SCRUBBED != 0);
    assert_eq!(
        (hit.person.user_id.as_deref(), hit.facts.cart_id.as_deref()),
        (Some("4012888888881881"), Some("4012888888881881"))
    );
    let item = &hit.facts.items.as_ref().unwrap()[0];
    assert_eq!(
        (item.sku.as_str(), item.properties.as_deref()),
        ("4012888888881881", Some(r#"{"gtin":"4012888888881881","memo":"scrubbed"}"#))
    );
    assert_eq!(
        hit.facts.page.as_ref().unwrap().url.as_deref(),
        Some("https://shop.example/?email=scrubbed&q=scrubbed&a=1")
    );
    assert_eq!(shop.door.counters.snapshot().scrubbed, 1);
}

#[test]
fn long_texts_are_cut_and_marked() {
    let shop = Shop::open(&[]);
    let event = format!(
        "{{\"id\":\"a\",\"name\":\"page_view\",\"page\":{{\"url\":\"https://shop.example/{}\",\"title\":\"{}\"}}}}",
        "u".repeat(9000),
        "ä".repeat(3000)
    );
    shop.send(with_header(collect(&event), "user-agent", &"U".repeat(2000)));
    let hit = shop.hit();
    let page = hit.facts.page.unwrap();
    assert_eq!(
        (page.url.unwrap().len(), page.title.unwrap().len(), hit.person.user_agent.unwrap().len()),
        (8192, 4096, 1024)
    );
    assert_eq!(hit.facts.flags, Some(flags::TRUNCATED));
}

#[test]
fn a_snowplow_page_may_withhold_the_address() {
    let shop = Shop::open(&[("dialects", "snowplow:shop")]);
    let ask = |path: &str| HttpRequest::get(path).header("user-agent", "Firefox");
    shop.send(ask("/i?e=pv&aid=shop&eid=1").body(String::new()).unwrap());
    shop.send(ask("/i?e=pv&aid=shop&eid=2&duid=d").header("sp-anonymous", "*").body(String::new()).unwrap());
    let told = |record: &Record| match record {
        Record::Hit(hit) => (hit.person.ip.is_some(), hit.person.fingerprint.is_some(), hit.person.visitor_id.clone()),
        other => panic!("{other:?} should be a hit"),
    };
    let told: Vec<_> = shop.records().iter().map(told).collect();
    assert_eq!(told, [(true, true, None), (false, false, None)]);
}
