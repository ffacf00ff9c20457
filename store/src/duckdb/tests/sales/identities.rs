//! Who is who, and what follows for what is told.

use super::*;

#[test]
fn identities_lead_from_visitors_to_customers_and_their_devices() {
    let (_folder, store) = fresh();
    let mut rows = empty(10);
    rows.identities = vec![said(1, 101), said(2, 101), said(2, 102), said(3, 102), said(4, 103)];
    rows.cart_facts = (1..=4).map(|n| cart_fact(n).visitor(n)).collect();
    rows.cart_facts.extend([cart_fact(5).user(101), cart_fact(6).user(102)]);
    store.apply(&rows).unwrap();
    // Visitor 1 is 101, who uses device 2 too; that 102 uses it as well is told, but not what 102 does elsewhere.
    let state = load(&store, &people(&[1]));
    assert_eq!(complete(&state), (vec![1], vec![101]));
    assert_eq!(identities(&store, &state), [true, true, true, false, false]);
    assert_eq!(cart_facts(&state), [1, 2, 5]);
    // Who names 101 gets the devices as people of their own.
    let state = load(&store, &customers(&[101]));
    assert_eq!(complete(&state), (vec![1, 2], vec![101]));
    assert_eq!(identities(&store, &state), [true, true, true, false, false]);
    assert_eq!(cart_facts(&state), [1, 2, 5]);
    // Visitor 2 was both.
    let state = load(&store, &people(&[2]));
    assert_eq!(complete(&state), (vec![2], vec![101, 102]));
    assert_eq!(identities(&store, &state), [true, true, true, true, false]);
    assert_eq!(cart_facts(&state), [1, 2, 3, 5, 6]);
}

#[test]
fn a_device_that_did_nothing_has_its_identities_told() {
    let (_folder, store) = fresh();
    let mut rows = empty(10);
    rows.identities = vec![said(1, 101), said(2, 101), said(2, 102), said_of_email(201, 101), said_of_email(201, 103)];
    store.apply(&rows).unwrap();
    assert_eq!(identities(&store, &load(&store, &people(&[1]))), [true; 5]);
}

#[test]
fn an_address_leads_to_its_user_and_back() {
    let (_folder, store) = fresh();
    let mut rows = empty(10);
    rows.identities = vec![said_of_email(201, 101), said(1, 201), said(2, 101), said_of_email(209, 109)];
    rows.order_facts = vec![order_fact(1, 501).email(201), order_fact(2, 502).user(101), order_fact(3, 503).email(209)];
    rows.cart_facts = vec![cart_fact(4).visitor(1), cart_fact(5).visitor(2)];
    store.apply(&rows).unwrap();
    let check = |asked: u64, whole: (Vec<u64>, Vec<u64>)| {
        let state = load(&store, &customers(&[asked]));
        assert_eq!(complete(&state), whole, "{asked}");
        assert_eq!(identities(&store, &state), [true, true, true, false], "{asked}");
        assert_eq!((order_facts(&state), cart_facts(&state)), (vec![1, 2], vec![4, 5]), "{asked}");
    };
    check(201, (vec![1], vec![101, 201]));
    check(101, (vec![2], vec![101]));
}

#[test]
fn resets_are_told() {
    let (_folder, store) = fresh();
    let mut rows = empty(10);
    rows.identities = vec![said(1, 101), IdentityRow { customer: None, at: at(50), ..said(1, 101) }];
    store.apply(&rows).unwrap();
    let state = load(&store, &people(&[1]));
    assert_eq!(identities(&store, &state), [true, true]);
    assert_eq!(complete(&state), (vec![1], vec![101]));
}

#[test]
fn keys_of_a_visitor_and_an_address_are_not_mixed_up() {
    let (_folder, store) = fresh();
    let mut rows = empty(10);
    rows.identities = vec![said(1, 101), said_of_email(1, 102)];
    store.apply(&rows).unwrap();
    assert_eq!(complete(&load(&store, &people(&[1]))), (vec![1], vec![101]));
    assert_eq!(complete(&load(&store, &customers(&[1]))), (vec![], vec![1, 102]));
}

#[test]
fn whoever_is_named_on_the_way_has_identities_told() {
    let (_folder, store) = fresh();
    let mut rows = empty(10);
    // The order is told because of user 101; visitor 9 and address 209 are named by it alone.
    rows.order_facts = vec![order_fact(1, 501).user(101).visitor(9).email(209)];
    rows.cart_facts = vec![cart_fact(2).user(101).visitor(8)];
    rows.identities = vec![said(9, 209), said_of_email(209, 109), said(8, 208), said_of_email(208, 108), said(7, 107)];
    store.apply(&rows).unwrap();
    let state = load(&store, &customers(&[101]));
    assert_eq!(complete(&state), (vec![], vec![101]));
    assert_eq!(identities(&store, &state), [true, true, true, true, false]);
}
