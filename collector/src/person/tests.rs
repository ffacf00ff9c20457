//! Opt-outs, e-mail addresses, cookieless ids, client hints.

use super::*;
use crate::sample::{NOW, book};
use commerce::hit::{Dialect, Facts, Origin, Person, Trust};
use commerce::ids::{EventId, SiteId};
use commerce::time::Timestamp;

fn hit(consent: Option<Consent>, email: &str) -> Hit {
    let facts = Facts {
        site: SiteId(1),
        event_id: EventId([1; 16]),
        received_at: NOW,
        occurred_at: NOW,
        dialect: Dialect::NativeBrowser,
        origin: Origin::Browser,
        trust: Trust::Unverified,
        name: "page_view".to_owned(),
        page: None,
        campaign: None,
        attribution: None,
        place: None,
        language: Some("de-DE,de;q=0.9,en;q=0.8".to_owned()),
        screen: None,
        consent,
        items: None,
        order: None,
        refund: None,
        cart: None,
        goal: None,
        search: None,
        properties: None,
        flags: None,
        cart_id: None,
    };
    let some = |text: &str| Some(text.to_owned());
    let person = Person {
        visitor_id: some("v"),
        visit_id: some("s"),
        user_id: some("u"),
        email: some(email),
        user_agent: some("UA"),
        ..Person::default()
    };
    Hit { facts, person }
}

#[test]
fn objections_do_what_the_site_s_settings_say() {
    let check = |settings: &[(&str, &str)], header: &'static str, expected: Objection| {
        let book = book(settings);
        let headers = [(http::HeaderName::from_static(header), "1".parse().unwrap())].into_iter().collect();
        assert_eq!(objection(&book.site(SiteId(1)).unwrap().settings, &headers), expected, "{settings:?} {header}");
    };
    check(&[], "sec-gpc", Objection::Cookieless);
    check(&[], "dnt", Objection::None);
    check(&[("gpc", "exclude")], "sec-gpc", Objection::Exclude);
    check(&[("gpc", "ignore")], "sec-gpc", Objection::None);
    check(&[("dnt", "cookieless")], "dnt", Objection::Cookieless);
    check(&[("dnt", "exclude")], "dnt", Objection::Exclude);
}

#[test]
fn refused_consent_leaves_no_id() {
    let ids = |consent, objection| {
        let mut hit = hit(consent, "a@b.c");
        drop_ids(&mut hit, objection);
        let kept = [hit.person.visitor_id, hit.person.visit_id, hit.person.user_id, hit.person.email];
        kept.map(|id| id.is_some())
    };
    assert_eq!(ids(None, Objection::None), [true; 4]);
    assert_eq!(ids(None, Objection::Cookieless), [false, false, true, true]);
    assert_eq!(ids(Some(Consent::Analytics), Objection::None), [true; 4]);
    assert_eq!(ids(Some(Consent::None), Objection::None), [false; 4]);
}

#[test]
fn addresses_are_kept_as_setting_and_consent_allow() {
    let check = |contact: &str, consent, hashed: bool, clear: Option<&str>| {
        let book = book(&[("contact", contact)]);
        let mut hit = hit(consent, " Jane@Example.COM\n");
        settle_email(&mut hit, book.site(SiteId(1)).unwrap());
        assert_eq!(hit.person.email.as_deref(), clear, "{contact} {consent:?}");
        let expected = hashed.then(|| hash_email("salt1", "jane@example.com"));
        assert_eq!(hit.person.email_hash, expected, "{contact} {consent:?}");
    };
    check("none", None, false, None);
    check("hash", None, true, None);
    check("hash", Some(Consent::Marketing), true, None);
    check("clear", None, true, Some("jane@example.com"));
    check("clear", Some(Consent::Marketing), true, Some("jane@example.com"));
    check("clear", Some(Consent::Analytics), true, None);
    // The test vector of FIPS 180.
    assert_eq!(hash_email("", "abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    for text in ["", "jane", "@example.com", "jane@", "ja ne@example.com"] {
        assert_eq!(normalised_email(text), None, "{text:?}");
    }
}

#[test]
fn a_cookieless_id_holds_for_one_site_day_and_browser() {
    let book = book(&[]);
    let id = |site: u32, address: &str, change: &dyn Fn(&mut Hit)| {
        let mut hit = hit(None, "");
        change(&mut hit);
        fingerprint(&book, book.site(SiteId(site)).unwrap(), &hit, address.parse().unwrap())
    };
    let base = id(1, "203.0.113.9", &|_| {});
    assert_eq!(id(1, "203.0.113.9", &|_| {}), base);
    assert_eq!(id(1, "::ffff:203.0.113.9", &|_| {}), base);
    // What follows the 20th byte of the language does not count, nor does the hour of the day in Berlin.
    assert_eq!(id(1, "203.0.113.9", &|hit| hit.facts.language = Some("de-DE,de;q=0.9,en;q=0.1".to_owned())), base);
    assert_eq!(
        id(1, "203.0.113.9", &|hit| hit.facts.occurred_at = Timestamp::parse("2026-03-01T23:00:00Z").unwrap()),
        base
    );
    for other in [
        id(2, "203.0.113.9", &|_| {}),
        id(1, "203.0.113.10", &|_| {}),
        id(1, "203.0.113.9", &|hit| hit.person.user_agent = None),
        id(1, "203.0.113.9", &|hit| hit.facts.language = None),
        id(1, "203.0.113.9", &|hit| hit.facts.occurred_at = Timestamp::parse("2026-03-01T22:59:59Z").unwrap()),
    ] {
        assert_ne!(other, base);
    }
}

#[test]
fn client_hints_are_read_without_their_noise() {
    let headers = [
        ("sec-ch-ua", "\"Chromium\";v=\"124\", \"Google Chrome\";v=\"124\", \"Not-A.Brand\";v=\"99\""),
        ("sec-ch-ua-mobile", "?1"),
        ("sec-ch-ua-platform", "\"Android\""),
    ];
    let headers = headers.iter().map(|(n, v)| (http::HeaderName::from_static(n), v.parse().unwrap())).collect();
    let hints = client_hints(&headers).unwrap();
    let brands = ["Chromium", "Google Chrome"].map(|name| (name.to_owned(), "124".to_owned()));
    assert_eq!(hints.brands.as_deref(), Some(&brands[..]));
    assert_eq!((hints.mobile, hints.platform.as_deref(), hints.model), (Some(true), Some("Android"), None));
    assert_eq!(client_hints(&HeaderMap::new()), None);
}
