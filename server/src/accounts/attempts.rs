//! Slowing guesses down: an exact count of failures by account and network, each further one dearer than the last.
//!
//! Three things are counted: an account from one network, where a handful of failures is free and the wait then doubles;
//! a network whatever the account, against trying one password on many; and an account whatever the network, with a
//! short wait only, so that strangers cannot lock its owner out. The count is in memory: it is forgotten after an hour
//! of quiet, and at a restart.

use crate::control::tokens::hash_of;
use commerce::Timestamp;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Failures are forgotten this long after the last.
const FORGOTTEN_S: i64 = 3600;
/// Most counts kept at a time; the oldest half goes when there are more.
const KEPT_MAX: usize = 20_000;

/// How many failures cost nothing, and the longest wait after that, in seconds.
struct Limit {
    free: u32,
    longest_s: i64,
}

const BY_BOTH: Limit = Limit { free: 5, longest_s: 900 };
const BY_NETWORK: Limit = Limit { free: 20, longest_s: 900 };
const BY_ACCOUNT: Limit = Limit { free: 50, longest_s: 30 };

/// What is counted; accounts by the hash of their name, so that none takes more room than another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    Both([u8; 32], IpAddr),
    Network(IpAddr),
    Account([u8; 32]),
}

#[derive(Clone, Copy, Debug)]
struct Count {
    failures: u32,
    last: Timestamp,
}

/// The counts.
#[derive(Default)]
pub(crate) struct Attempts {
    counts: Mutex<HashMap<Key, Count>>,
}

impl Attempts {
    fn counts(&self) -> MutexGuard<'_, HashMap<Key, Count>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts an attempt on `account` from `network` as failed until the contrary is known, so that many at once are
    /// counted, too. Without a network, which is the data directory, nothing is counted.
    ///
    /// # Errors
    /// The seconds to wait, if it comes too early; it is not counted then.
    pub(crate) fn begin(&self, account: &str, network: Option<IpAddr>, now: Timestamp) -> Result<(), i64> {
        let Some(network) = network else { return Ok(()) };
        let mut counts = self.counts();
        let keys = keys(account, network);
        let wait = keys.iter().filter_map(|(key, limit)| wait(*counts.get(key)?, limit, now)).max();
        if let Some(seconds) = wait {
            return Err(seconds);
        }
        make_room(&mut counts, now);
        for (key, _) in keys {
            let count = counts.entry(key).or_insert(Count { failures: 0, last: now });
            count.failures = if is_forgotten(*count, now) { 1 } else { count.failures.saturating_add(1) };
            count.last = now;
        }
        Ok(())
    }

    /// Takes back one attempt, which did not fail, and says nothing of those before.
    pub(crate) fn take_back(&self, account: &str, network: Option<IpAddr>) {
        let Some(network) = network else { return };
        let mut counts = self.counts();
        for (key, _) in keys(account, network) {
            if let Some(count) = counts.get_mut(&key) {
                count.failures = count.failures.saturating_sub(1);
            }
        }
    }

    /// Notes that `account` was proved from `network`: its failures from there are forgotten.
    pub(crate) fn succeeded(&self, account: &str, network: Option<IpAddr>) {
        self.take_back(account, network);
        if let Some(network) = network {
            self.counts().remove(&Key::Both(hash_of(account), network));
        }
    }
}

fn keys(account: &str, network: IpAddr) -> [(Key, &'static Limit); 3] {
    let account = hash_of(account);
    [
        (Key::Both(account, network), &BY_BOTH),
        (Key::Network(network), &BY_NETWORK),
        (Key::Account(account), &BY_ACCOUNT),
    ]
}

fn is_forgotten(count: Count, now: Timestamp) -> bool {
    count.last.plus_seconds(FORGOTTEN_S) <= now
}

/// Returns the whole seconds still to wait, `None` for none.
fn wait(count: Count, limit: &Limit, now: Timestamp) -> Option<i64> {
    if count.failures < limit.free || is_forgotten(count, now) {
        return None;
    }
    let doubled = 1_i64.checked_shl(count.failures - limit.free).unwrap_or(i64::MAX);
    let length = if doubled <= 0 { limit.longest_s } else { doubled.min(limit.longest_s) };
    let left = count.last.plus_seconds(length).micros_since(now);
    (left > 0).then(|| left.div_euclid(1_000_000) + 1)
}

fn make_room(counts: &mut HashMap<Key, Count>, now: Timestamp) {
    if counts.len() < KEPT_MAX {
        return;
    }
    counts.retain(|_, count| !is_forgotten(*count, now));
    if counts.len() >= KEPT_MAX {
        let mut times: Vec<Timestamp> = counts.values().map(|count| count.last).collect();
        times.sort_unstable();
        let middle = times[times.len() / 2];
        counts.retain(|_, count| count.last > middle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: Timestamp = Timestamp::from_seconds(1_772_445_600);

    fn network(n: u8) -> IpAddr {
        IpAddr::from([192, 0, n, 0])
    }

    fn begin(attempts: &Attempts, account: &str, network: IpAddr, now: Timestamp) -> Result<(), i64> {
        attempts.begin(account, Some(network), now)
    }

    #[test]
    fn a_handful_is_free_and_the_wait_then_doubles() {
        let attempts = Attempts::default();
        let mut now = T0;
        for _ in 0..BY_BOTH.free {
            begin(&attempts, "ada", network(1), now).unwrap();
        }
        for length in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
            assert!(begin(&attempts, "ada", network(1), now).is_err_and(|left| left > 0 && left <= length + 1));
            assert!(begin(&attempts, "ada", network(1), now.plus_seconds(length - 1)).is_err(), "{length}");
            now = now.plus_seconds(length);
            begin(&attempts, "ada", network(1), now).unwrap();
        }
        assert_eq!(begin(&attempts, "ada", network(2), now), Ok(()), "another network is no worse off");
        assert_eq!(begin(&attempts, "ada", network(1), now.plus_seconds(FORGOTTEN_S)), Ok(()));
    }

    #[test]
    fn success_forgets_and_a_needed_factor_does_not() {
        let attempts = Attempts::default();
        for _ in 0..40 {
            begin(&attempts, "ada", network(1), T0).unwrap();
            attempts.succeeded("ada", Some(network(1)));
        }
        // A right password without its code resets nothing: codes could be guessed for ever otherwise.
        for _ in 0..BY_BOTH.free {
            begin(&attempts, "ada", network(1), T0).unwrap();
            if begin(&attempts, "ada", network(1), T0).is_ok() {
                attempts.take_back("ada", Some(network(1)));
            }
        }
        assert!(begin(&attempts, "ada", network(1), T0).is_err());
    }

    #[test]
    fn one_network_cannot_try_many_accounts_nor_many_networks_one_account_for_long() {
        let attempts = Attempts::default();
        for n in 0..BY_NETWORK.free {
            begin(&attempts, &format!("a{n}"), network(1), T0).unwrap();
        }
        assert!(begin(&attempts, "another", network(1), T0).is_err());
        for n in 0..BY_ACCOUNT.free as u8 {
            begin(&attempts, "bob", network(100 + n), T0).unwrap();
        }
        assert!(begin(&attempts, "bob", network(200), T0).is_err());
        assert_eq!(begin(&attempts, "bob", network(200), T0.plus_seconds(BY_ACCOUNT.longest_s)), Ok(()));
    }

    #[test]
    fn the_count_stays_bounded_and_the_data_directory_is_not_counted() {
        let attempts = Attempts::default();
        for n in 0..30_000_u32 {
            let from = Some(IpAddr::from((n << 8).to_be_bytes()));
            attempts.begin("ada@shop.example", from, T0.plus_seconds(i64::from(n) * 60)).unwrap();
        }
        assert!(attempts.counts().len() <= KEPT_MAX + 3);
        for _ in 0..1000 {
            attempts.begin("eve", None, T0).unwrap();
        }
    }
}
