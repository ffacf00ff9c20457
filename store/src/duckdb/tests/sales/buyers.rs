//! Customers of whom a batch tells what they bought, and nothing else: their earlier orders are left where they are, unless
//! there is a way in which they may change.

use super::*;

/// Returns keys of a batch in which servers tell what `all` bought.
fn buyers(all: &[u64]) -> Keys {
    Keys { buyers: customers(all).customers, ..customers(all) }
}

/// Returns the keys with a user whom the batch names together with an address, at a time in seconds.
fn with_address(keys: Keys, (email, user): (u64, u64), seconds: i64) -> Keys {
    Keys { addresses: [((CustomerKey(email), CustomerKey(user)), at(seconds))].into(), ..keys }
}

/// Applies an order of user 101 and one of address 201 with `rows`, and checks whether a batch of `keys` is told of them.
fn check(name: &str, rows: Rows, keys: &Keys, told: &[u64]) {
    let (_folder, store) = fresh();
    let facts = vec![order_fact(1, 501).user(101), order_fact(2, 502).email(201)];
    store.apply(&Rows { order_facts: facts, orders: vec![order(501), order(502)], ..rows }).unwrap();
    let state = load(&store, keys);
    assert_eq!(order_facts(&state), told, "{name}");
    assert_eq!(complete(&state).1.is_empty(), told.is_empty(), "{name}");
    assert!(identities(&store, &state).iter().all(|told| *told), "{name}: identities are told in any case");
}

#[test]
fn what_a_buyer_bought_before_is_left_alone() {
    check("a user", empty(10), &buyers(&[101]), &[]);
    check("an address", empty(10), &buyers(&[201]), &[]);
    check("both", empty(10), &buyers(&[101, 201]), &[]);
    check("one of whom something else is told", empty(10), &customers(&[101]), &[1]);
    let keys = Keys { buyers: buyers(&[201]).buyers, ..customers(&[101, 201]) };
    check("one of two", empty(10), &keys, &[1]);
}

#[test]
fn whose_an_address_is_may_be_news() {
    let known = |seconds: i64| {
        let row = IdentityRow { at: at(seconds), ..said_of_email(201, 101) };
        Rows { identities: vec![row], ..empty(10) }
    };
    let keys = || with_address(buyers(&[101, 201]), (201, 101), 50);
    check("unknown", empty(10), &keys(), &[1, 2]);
    check("known", known(20), &keys(), &[]);
    check("known since then", known(50), &keys(), &[]);
    check("known from a later time on", known(51), &keys(), &[1, 2]);
    let other = IdentityRow { at: at(20), ..said_of_email(201, 102) };
    check("known as another's", Rows { identities: vec![other], ..empty(10) }, &keys(), &[1, 2]);
}

#[test]
fn whom_an_address_connects_goes_together() {
    let known = || Rows { identities: vec![IdentityRow { at: at(20), ..said_of_email(201, 101) }], ..empty(10) };
    check("both alone", known(), &buyers(&[101]), &[]);
    let keys = Keys { buyers: buyers(&[101]).buyers, ..customers(&[101, 201]) };
    check("the address is spoken of otherwise", known(), &keys, &[1, 2]);
    let keys = Keys { orders: [OrderKey(502)].into(), ..buyers(&[101]) };
    check("an order of the address is asked for", known(), &keys, &[1, 2]);
}

#[test]
fn carts_and_devices_make_the_past_count() {
    let known = || IdentityRow { at: at(20), ..said_of_email(201, 101) };
    let of_fact = |fact: CartFactRow| Rows { cart_facts: vec![fact], identities: vec![known()], ..empty(10) };
    check("a user's cart", of_fact(cart_fact(9).user(101)), &buyers(&[101]), &[1, 2]);
    check("an address's cart", of_fact(cart_fact(9).email(201)), &buyers(&[101]), &[1, 2]);
    check("somebody else's cart", of_fact(cart_fact(9).user(109)), &buyers(&[101]), &[]);
    let row = CartRow { customer: Some(CustomerKey(101)), ..cart(301) };
    check("a cart", Rows { carts: vec![row], ..empty(10) }, &buyers(&[101]), &[1]);
    let seen = Rows { identities: vec![said(1, 101)], ..empty(10) };
    check("a device", seen, &buyers(&[101]), &[1]);
}
