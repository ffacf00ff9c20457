//! What was seen since the start and is kept in memory only: which pages loaded the script, and what browsers reported
//! of the dashboard's content policy. Every list is bounded, for anybody may add to it.

use commerce::Timestamp;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Most hosts that are remembered; the one not seen for longest gives way.
const HOSTS_MAX: usize = 1000;
/// Most kinds of violation that are told apart; further ones are counted together.
const KINDS_MAX: usize = 100;

/// What was seen.
#[derive(Default)]
pub(crate) struct Sightings {
    scripts: Mutex<HashMap<String, Timestamp>>,
    csp: Mutex<CspCounts>,
}

/// Violations, by directive and by what was blocked.
#[derive(Default)]
struct CspCounts {
    total: u64,
    kinds: BTreeMap<(String, String), u64>,
}

impl Sightings {
    /// Notes that a page of `host` loaded the script.
    pub(crate) fn script_served(&self, host: &str, at: Timestamp) {
        let mut scripts = locked(&self.scripts);
        if scripts.len() >= HOSTS_MAX && !scripts.contains_key(host) {
            let oldest = scripts.iter().min_by_key(|(host, at)| (**at, *host)).map(|(host, _)| host.clone());
            oldest.map(|host| scripts.remove(&host));
        }
        scripts.insert(host.chars().take(253).collect(), at);
    }

    /// Returns when a page of a host that `is_own` last loaded the script, and which; `None` if none did.
    pub(crate) fn script_seen(&self, is_own: impl Fn(&str) -> bool) -> Option<(Timestamp, String)> {
        let scripts = locked(&self.scripts);
        scripts.iter().filter(|(host, _)| is_own(host)).map(|(host, at)| (*at, host.clone())).max()
    }

    /// Counts a violation; says whether it is the first of its kind, and there is room to tell.
    pub(crate) fn csp_violated(&self, directive: String, blocked: String) -> bool {
        let mut csp = locked(&self.csp);
        csp.total += 1;
        let kind = (directive, blocked);
        let is_new = !csp.kinds.contains_key(&kind);
        if is_new && csp.kinds.len() >= KINDS_MAX {
            return false;
        }
        *csp.kinds.entry(kind).or_default() += 1;
        is_new
    }

    /// Returns how many violations were reported.
    pub(crate) fn csp_total(&self) -> u64 {
        locked(&self.csp).total
    }

    /// Returns the violations by directive and by what was blocked.
    pub(crate) fn csp_kinds(&self) -> Vec<(String, String, u64)> {
        let csp = locked(&self.csp);
        csp.kinds.iter().map(|((directive, blocked), count)| (directive.clone(), blocked.clone(), *count)).collect()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_anybody_may_add_to_stays_bounded() {
        let sightings = Sightings::default();
        for n in 0..5000_i64 {
            sightings.script_served(&format!("h{n}.example"), Timestamp::from_seconds(n));
            sightings.csp_violated("script-src".to_owned(), format!("h{n}.example"));
        }
        assert_eq!(locked(&sightings.scripts).len(), HOSTS_MAX);
        assert!(sightings.script_seen(|host| host == "h0.example").is_none());
        let newest = sightings.script_seen(|host| host.ends_with(".example"));
        assert_eq!(newest, Some((Timestamp::from_seconds(4999), "h4999.example".to_owned())));
        assert_eq!((sightings.csp_total(), sightings.csp_kinds().len()), (5000, KINDS_MAX));
    }
}
