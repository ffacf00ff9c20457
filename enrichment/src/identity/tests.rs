//! Tests of `identity`.

use super::{Identities, is_shared, owner_of};
use commerce::rows::{IdentityRow, Subject};
use commerce::{CustomerKey, SiteId, Timestamp, VisitorKey};
use proptest::prelude::*;

const SITE: SiteId = SiteId(1);

fn visitor(name: &str) -> VisitorKey {
    VisitorKey::of_visitor_id(SITE, name)
}

fn user(name: &str) -> CustomerKey {
    CustomerKey::of_user_id(SITE, name)
}

fn email(name: &str) -> CustomerKey {
    CustomerKey::of_email_hash(SITE, name)
}

fn minute(minute: i64) -> Timestamp {
    Timestamp::from_seconds(1_700_000_040 + minute * 60)
}

fn seen(subject: Subject, customer: Option<CustomerKey>, by_email: bool, at: Timestamp) -> IdentityRow {
    IdentityRow { site: SITE, position: 1, subject, customer, by_email, at }
}

fn is_user(name: &str, who: &str, at: i64) -> IdentityRow {
    seen(Subject::Visitor(visitor(name)), Some(user(who)), false, minute(at))
}

fn has_email(name: &str, hash: &str, at: i64) -> IdentityRow {
    seen(Subject::Visitor(visitor(name)), Some(email(hash)), true, minute(at))
}

fn belongs_to(hash: &str, who: &str, at: i64) -> IdentityRow {
    seen(Subject::Email(email(hash)), Some(user(who)), false, minute(at))
}

fn reset(name: &str, at: i64) -> IdentityRow {
    seen(Subject::Visitor(visitor(name)), None, false, minute(at))
}

#[test]
fn the_first_user_claims_the_past_and_a_later_one_owns_what_follows() {
    let rows = [is_user("phone", "ann", 10), is_user("phone", "bob", 20)];
    let owner = |at| owner_of(&rows, visitor("phone"), minute(at));
    assert_eq!(owner(0), Some(user("ann")));
    assert_eq!(owner(10), Some(user("ann")));
    assert_eq!(owner(19), Some(user("ann")));
    assert_eq!(owner(20), Some(user("bob")));
    assert_eq!(owner(9_999), Some(user("bob")));
    assert_eq!(owner_of(&rows, visitor("desk"), minute(10)), None);
    assert!(is_shared(&rows, visitor("phone")));
    assert!(!is_shared(&rows[..1], visitor("phone")));
}

#[test]
fn a_reset_ends_what_went_before() {
    let rows = [is_user("phone", "ann", 10), reset("phone", 15), is_user("phone", "bob", 20)];
    let owner = |rows: &[IdentityRow], at| owner_of(rows, visitor("phone"), minute(at));
    assert_eq!(owner(&rows, 14), Some(user("ann")));
    assert_eq!(owner(&rows, 16), Some(user("bob")), "the next user claims the past back to the reset");
    assert_eq!(owner(&rows[..2], 16), None);
}

#[test]
fn an_address_speaks_where_no_user_does() {
    let guest = [has_email("phone", "a@", 10)];
    assert_eq!(owner_of(&guest, visitor("phone"), minute(0)), Some(email("a@")));
    let known = [has_email("phone", "a@", 10), belongs_to("a@", "ann", 50)];
    assert_eq!(owner_of(&known, visitor("phone"), minute(0)), Some(user("ann")));
    let gift = [is_user("phone", "ann", 5), has_email("phone", "b@", 10)];
    assert_eq!(owner_of(&gift, visitor("phone"), minute(20)), Some(user("ann")));
    assert!(!is_shared(&gift, visitor("phone")));
}

#[test]
fn an_address_belongs_to_the_first_user_who_named_it() {
    let identities = Identities::of(&[belongs_to("a@", "bob", 20), belongs_to("a@", "ann", 10)]);
    assert_eq!(identities.user_of_email(email("a@")), Some(user("ann")));
    assert_eq!(identities.canonical(email("a@")), user("ann"));
    assert_eq!(identities.canonical(user("bob")), user("bob"), "two users never become one");
}

#[test]
fn a_customer_has_devices() {
    let rows = [is_user("phone", "ann", 1), has_email("desk", "a@", 2), belongs_to("a@", "ann", 3)];
    let identities = Identities::of(&rows);
    let devices: Vec<_> = identities.devices(email("a@")).collect();
    assert_eq!(devices.len(), 2);
    assert!(devices.contains(&visitor("phone")) && devices.contains(&visitor("desk")));
}

proptest! {
    #[test]
    fn neither_order_nor_repetition_matters(
        drawn in prop::collection::vec((0_u8..6, 0_u8..3, 0_i64..2_000), 1..20),
        shuffle in any::<u64>(),
        asked in -100_i64..2_100,
    ) {
        let row = |&(kind, who, at): &(u8, u8, i64)| {
            let (name, at) = (["ann", "bob", "eve"][usize::from(who)], Timestamp::from_seconds(1_700_000_000 + at));
            match kind {
                0..=2 => seen(Subject::Visitor(visitor("phone")), Some(user(name)), false, at),
                3 => seen(Subject::Visitor(visitor("phone")), Some(email(name)), true, at),
                4 => seen(Subject::Email(email("ann")), Some(user(name)), false, at),
                _ => seen(Subject::Visitor(visitor("phone")), None, false, at),
            }
        };
        let rows: Vec<IdentityRow> = drawn.iter().map(row).collect();
        let mut other: Vec<IdentityRow> = rows.iter().chain(&rows).cloned().collect();
        let len = other.len() as u64;
        for i in 0..other.len() {
            other.swap(i, ((shuffle.rotate_left(i as u32) ^ i as u64) % len) as usize);
        }
        let at = Timestamp::from_seconds(1_700_000_000 + asked);
        prop_assert_eq!(owner_of(&rows, visitor("phone"), at), owner_of(&other, visitor("phone"), at));
        prop_assert_eq!(is_shared(&rows, visitor("phone")), is_shared(&other, visitor("phone")));
    }
}
