//! Visitors and fingerprints that hits of one batch name together.
//!
//! A hit whose fingerprint is looked up may end with any visitor behind it, and a visit may pass from one of them to
//! another. So all of a group are asked for from the group's earliest event on: whoever the hit or the visit comes to,
//! what there was before it is in memory. Which visits pass is `recognise.rs`' business.

use commerce::state::Keys;
use commerce::{Timestamp, VisitorKey};
use std::collections::HashMap;

/// Moves the times of the visitors and fingerprints that `links` connect to the earliest of their group, and says who
/// shares a fingerprint.
pub(super) fn join(keys: &mut Keys, mut links: Vec<(VisitorKey, u64)>) {
    links.retain(|(_, fingerprint)| keys.fingerprints.contains_key(fingerprint));
    links.sort_unstable();
    links.dedup();
    let mut groups = Groups::default();
    let mut visitors: HashMap<VisitorKey, usize> = HashMap::new();
    let mut fingerprints: HashMap<u64, (usize, Vec<VisitorKey>)> = HashMap::new();
    for (visitor, fingerprint) in links {
        let Some(first) = keys.fingerprints.get(&fingerprint).map(|used| used.first) else { continue };
        let at = keys.visitors.get(&visitor).copied().unwrap_or(first);
        let one = *visitors.entry(visitor).or_insert_with(|| groups.add(at));
        let (other, named) = fingerprints.entry(fingerprint).or_insert_with(|| (groups.add(first), Vec::new()));
        named.push(visitor);
        groups.join(one, *other);
    }
    for (visitor, member) in visitors {
        keys.visitors.insert(visitor, groups.earliest(member));
    }
    for (fingerprint, (member, named)) in fingerprints {
        if let Some(used) = keys.fingerprints.get_mut(&fingerprint) {
            used.first = groups.earliest(member);
            used.visitor = named.first().copied().filter(|_| named.len() == 1);
        }
        if named.len() > 1 {
            keys.people.extend(named);
        }
    }
}

/// Members with their times. Each points to another of its group, but for the one that stands for the group and has
/// its earliest time.
#[derive(Default)]
struct Groups(Vec<(usize, Timestamp)>);

impl Groups {
    fn add(&mut self, at: Timestamp) -> usize {
        self.0.push((self.0.len(), at));
        self.0.len() - 1
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.head_of(one), self.head_of(other));
        self.0[other].1 = self.0[other].1.min(self.0[one].1);
        self.0[one].0 = other;
    }

    fn earliest(&mut self, member: usize) -> Timestamp {
        let head = self.head_of(member);
        self.0[head].1
    }

    fn head_of(&mut self, mut member: usize) -> usize {
        while self.0[member].0 != member {
            // Halves the way for whoever comes next.
            self.0[member].0 = self.0[self.0[member].0].0;
            member = self.0[member].0;
        }
        member
    }
}
