//! What is kept of a hit.

use super::shop::{amount, at, cart_key, site};
use crate::cart::fact_of;
use crate::context::HitContext;
use commerce::hit::{CartStatement, Dialect, Facts, Item, Origin, Source, Trust, flags};
use commerce::record::from_cbor;
use commerce::rows::{CartFactPayload, CartFactRow};
use commerce::{CustomerKey, EventId, EventKey, Hit, Person, SiteId, VisitKey, VisitorKey};

fn hit(name: &str) -> Hit {
    let facts = Facts {
        site: SiteId(1),
        event_id: EventId::derived(&[b"1"]),
        received_at: at(9),
        occurred_at: at(5),
        dialect: Dialect::NativeServer,
        origin: Origin::Server,
        trust: Trust::Verified,
        name: name.to_owned(),
        page: None,
        campaign: None,
        attribution: None,
        place: None,
        language: None,
        screen: None,
        consent: None,
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
    Hit { facts, person: Person::default() }
}

fn fact(hit: &Hit, contact: &str, bot: Option<&str>) -> Option<CartFactRow> {
    let mut site = site();
    site.settings.set("contact", contact).unwrap();
    let ctx = HitContext {
        position: 7,
        hit,
        site_state: &site,
        event: EventKey(3),
        visitor: Some(VisitorKey(1)),
        visit: Some(VisitKey(10)),
        brought: None,
        bot,
    };
    fact_of(&ctx)
}

#[test]
fn a_fact_is_kept_of_what_speaks_of_a_cart() {
    for (name, kept) in [
        ("cart_update", true),
        ("add_to_cart", true),
        ("remove_from_cart", true),
        ("view_cart", true),
        ("begin_checkout", true),
        ("add_shipping_info", true),
        ("add_payment_info", true),
        ("purchase", false),
        ("identify", false),
        ("login", false),
        ("view_item", false),
        ("address", false),
    ] {
        assert_eq!(fact(&hit(name), "hash", None).is_some(), kept, "{name}");
        assert_eq!(fact(&hit(name), "hash", Some("spider")), None, "{name} by a bot");
    }
}

#[test]
fn a_fact_says_what_the_hit_says() {
    let mut hit = hit("cart_update");
    hit.facts.cart = Some(CartStatement { value: Some(amount("9.90")), ..CartStatement::default() });
    hit.facts.items = Some(vec![Item { sku: "A".to_owned(), ..Item::default() }]);
    hit.facts.attribution = Some(Source { source: Some("mail".to_owned()), ..Source::default() });
    hit.facts.flags = Some(flags::ROUNDED);
    hit.facts.cart_id = Some("c1".to_owned());
    hit.person.user_id = Some("u1".to_owned());
    hit.person.email_hash = Some("abc".to_owned());
    let fact = fact(&hit, "hash", None).unwrap();
    let payload: CartFactPayload = from_cbor(&fact.payload).unwrap();
    let expected = CartFactRow {
        site: SiteId(1),
        position: 7,
        event: EventKey(3),
        kind: "cart_update".to_owned(),
        occurred_at: at(5),
        dialect: Dialect::NativeServer,
        origin: Origin::Server,
        cart: Some(cart_key("c1")),
        cart_id: Some("c1".to_owned()),
        visitor: Some(VisitorKey(1)),
        visit: Some(VisitKey(10)),
        user: Some(CustomerKey::of_user_id(SiteId(1), "u1")),
        email: Some(CustomerKey::of_email_hash(SiteId(1), "abc")),
        payload: fact.payload.clone(),
    };
    assert_eq!(fact, expected);
    assert_eq!((payload.cart, payload.items), (hit.facts.cart, hit.facts.items));
    assert_eq!((payload.attribution, payload.flags), (hit.facts.attribution, flags::ROUNDED));
}

#[test]
fn placeholders_are_no_ids() {
    let mut hit = hit("add_to_cart");
    hit.facts.cart_id = Some("undefined".to_owned());
    hit.person.user_id = Some("guest".to_owned());
    let fact = fact(&hit, "hash", None).unwrap();
    assert_eq!((fact.cart, fact.cart_id, fact.user, fact.email), (None, None, None, None));
}

#[test]
fn the_contact_is_kept_as_the_site_says() {
    let mut hit = hit("cart_update");
    hit.person.email_hash = Some("hash".to_owned());
    hit.person.email = Some("a@b.c".to_owned());
    hit.person.recovery_url = Some("https://x".to_owned());
    let kept = |contact: &str| {
        let payload: CartFactPayload = from_cbor(&fact(&hit, contact, None).unwrap().payload).unwrap();
        [payload.contact, payload.email, payload.recovery_url].map(Option::unwrap_or_default)
    };
    assert_eq!(kept("none"), ["", "", ""]);
    assert_eq!(kept("hash"), ["hash", "", "https://x"]);
    assert_eq!(kept("clear"), ["hash", "a@b.c", "https://x"]);
}
