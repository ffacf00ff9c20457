//! Of whom a batch says nothing but what they bought.

use crate::memory::{SITE, at, by_server, hit, hits, journal};
use commerce::hit::Dialect;
use commerce::{CustomerKey, Hit};
use enrichment::keys;
use std::collections::HashSet;

fn user(name: &str) -> CustomerKey {
    CustomerKey::of_user_id(SITE, name)
}

fn email(hash: &str) -> CustomerKey {
    CustomerKey::of_email_hash(SITE, hash)
}

/// Returns what a server says `seconds` into the day of user `ann` and the address `a`.
fn sale(id: &str, seconds: i64) -> Hit {
    let mut sale = by_server(hit(id, seconds, "", "purchase"));
    sale.person.user_id = Some("ann".to_owned());
    sale.person.email_hash = Some("a".to_owned());
    sale
}

fn changed(change: impl FnOnce(&mut Hit)) -> Hit {
    let mut hit = sale("changed", 9);
    change(&mut hit);
    hit
}

#[test]
fn a_servers_word_of_a_sale_makes_buyers() {
    let found = keys(&journal(hits([sale("1", 20), sale("2", 10)])));
    assert_eq!(found.customers, HashSet::from([user("ann"), email("a")]));
    assert_eq!(found.buyers, found.customers);
    assert_eq!(found.addresses, [((email("a"), user("ann")), at(10))].into(), "the earliest");
}

#[test]
fn whatever_else_is_said_of_them_makes_them_more_than_that() {
    let check = |name: &str, other: Hit| {
        for all in [vec![sale("1", 20), other.clone()], vec![other.clone(), sale("1", 20)]] {
            let found = keys(&journal(hits(all)));
            assert_eq!(found.customers, HashSet::from([user("ann"), email("a")]), "{name}");
            assert!(found.buyers.is_empty(), "{name}");
        }
    };
    check("a visitor", changed(|hit| hit.person.visitor_id = Some("phone".to_owned())));
    check("a visit", changed(|hit| hit.person.visit_id = Some("tab".to_owned())));
    check("a cart", changed(|hit| hit.facts.cart_id = Some("c1".to_owned())));
    check("what is in a cart", changed(|hit| hit.facts.name = "add_to_cart".to_owned()));
    check("a checkout", changed(|hit| hit.facts.name = "begin_checkout".to_owned()));
    check("a page", changed(|hit| hit.facts.name = "page_view".to_owned()));
    let of_matomo = |hit: &mut Hit| {
        hit.facts.dialect = Dialect::Matomo;
        hit.person.fingerprint = Some(7);
    };
    check("a fingerprint of Matomo's", changed(of_matomo));
    let mut browser = hit("browser", 9, "phone", "page_view");
    browser.person = commerce::Person { visitor_id: Some("phone".to_owned()), ..sale("1", 0).person };
    check("a browser", browser);
}
