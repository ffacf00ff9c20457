//! People: which visitor is whom, and what nobody can be made of.

use super::case::Case;
use super::shop::Shop;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Returns, for each event of the case that a visitor had, the user who owns it; `None` for nobody.
///
/// A visitor's events are matched by their order, which is that of their times.
fn owners_in(shop: &Shop, case: &Case) -> Vec<(Value, Option<String>)> {
    let mut of_visitor: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for event in case.events() {
        of_visitor.entry(event["vid"].as_str().expect("a visitor")).or_default().push(event);
    }
    let mut found = Vec::new();
    for (visitor, sent) in of_visitor {
        let answer = shop.get(&format!("visitors/{visitor}"));
        let mut events = answer["events"].as_array().expect("events").clone();
        events.sort_by_key(|event| event["occurred_at"].to_string());
        assert_eq!(events.len(), sent.len(), "{answer}");
        for (event, sent) in events.iter().zip(sent) {
            found.push((sent["eid"].clone(), event["owner"].as_str().map(str::to_owned)));
        }
    }
    found
}

/// The case gives the owner of each event, and perhaps the number of people.
pub(super) fn owners(case: &Case) {
    let mut shop = Shop::open(case);
    shop.play(case);
    let nested = case.expected("owner");
    let expected = if nested.is_null() { case.expectation() } else { nested };
    let owners = owners_in(&shop, case);
    for (event, owner) in expected.as_object().expect("owners by event") {
        let found = owners.iter().find(|(id, _)| id == event).unwrap_or_else(|| panic!("event {event} is not shown"));
        assert_eq!(found.1.as_deref(), owner.as_str(), "event {event} of {owners:?}");
    }
    if !case.expected("people").is_null() {
        assert_eq!(&json!(people_in(&shop, case)), case.expected("people"));
    }
}

/// Returns how many people there are: the owners, and every visitor whom nobody owns.
fn people_in(shop: &Shop, case: &Case) -> usize {
    let visitors: BTreeSet<&str> = case.events().iter().filter_map(|event| event["vid"].as_str()).collect();
    let person = |visitor: &str| -> Vec<String> {
        let answer = shop.get(&format!("visitors/{visitor}"));
        let events = answer["events"].as_array().expect("events");
        events
            .iter()
            .map(|e| e["owner"].as_str().map_or(format!("visitor {visitor}"), |u| format!("user {u}")))
            .collect()
    };
    visitors.into_iter().flat_map(person).collect::<BTreeSet<_>>().len()
}

/// What broken pages send in place of a user id joins nobody to anybody.
pub(super) fn junk(case: &Case) {
    let mut shop = Shop::open(case);
    shop.play(case);
    assert_eq!(&json!(people_in(&shop, case)), case.expected("people"));
    let ids: BTreeSet<&str> = case.events().iter().filter_map(|event| event["vid"].as_str()).collect();
    let merged = ids.len() - people_in(&shop, case);
    assert_eq!(&json!(merged), case.expected("merged_by_junk"));
    let stored = shop.get("health")["stored"].clone();
    assert_eq!(stored, json!(case.events().len()), "every event is kept, whatever its user id");
}

/// A server tells of a cart and names nobody: it is kept, and no visitor is made of it.
pub(super) fn unlinked_cart(case: &Case) {
    let mut shop = Shop::open(case);
    shop.play(case);
    assert_eq!(&shop.figure("visitors"), case.expected("visitors"));
    let unlinked = shop.carts(Some("unlinked"));
    assert_eq!(&json!(unlinked.len()), case.expected("unlinked_events"), "{unlinked:?}");
    assert_eq!(shop.figure("carts"), 1, "the cart of nobody is in no figure");
    assert_eq!(shop.get("health")["stored"], json!(case.events().len()));
}
