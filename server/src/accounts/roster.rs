//! The roster: accounts, sessions and shares as one picture in memory, so that no request waits for the disk to learn
//! who sent it. It is read anew after every change, as the site book is.

use super::{IDLE_S, Role};
use crate::control::sessions::{Holder, StoredSession};
use crate::control::shares::StoredShare;
use crate::control::users::{StoredUser, UserId};
use crate::control::{Control, ControlError};
use collector::book::Scope;
use commerce::{SiteId, Timestamp};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Everybody who is known.
#[derive(Default)]
pub(crate) struct Roster {
    users: HashMap<UserId, Arc<Person>>,
    shares: HashMap<String, Arc<StoredShare>>,
    sessions: HashMap<[u8; 32], Arc<StoredSession>>,
}

/// An account with its roles.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    /// The account.
    pub(crate) user: StoredUser,
    roles: BTreeMap<SiteId, Role>,
}

/// Who holds a session.
#[derive(Clone, Debug)]
pub(crate) enum Signed {
    /// An account.
    In(Arc<Person>),
    /// Somebody with the link of a share.
    Share(Arc<StoredShare>),
}

impl Person {
    /// Returns the account's role on a site, `None` if it has none.
    pub(crate) fn role_on(&self, site: SiteId) -> Option<Role> {
        if self.user.is_owner { Some(Role::Owner) } else { self.roles.get(&site).copied() }
    }

    /// Says whether the account may do `needed` on `site`.
    pub(crate) fn may(&self, site: SiteId, needed: Scope) -> bool {
        self.role_on(site).is_some_and(|role| role.scope().allows(needed))
    }

    /// Says whether the account administers the installation or any site.
    pub(crate) fn administers_any(&self) -> bool {
        self.user.is_owner || self.roles.values().any(|role| role.scope().allows(Scope::Admin))
    }
}

impl Roster {
    /// Reads the roster from the control plane.
    ///
    /// # Errors
    /// Our own faults only.
    pub(crate) fn read(control: &Control) -> Result<Self, ControlError> {
        let mut roles: HashMap<UserId, BTreeMap<SiteId, Role>> = HashMap::new();
        for (site, user, role) in control.members()? {
            roles.entry(user).or_default().insert(site, role);
        }
        let person = |user: StoredUser, roles| (user.id, Arc::new(Person { user, roles }));
        let users = control.users()?.into_iter().map(|user| {
            let roles = roles.remove(&user.id).unwrap_or_default();
            person(user, roles)
        });
        Ok(Self {
            users: users.collect(),
            shares: control.shares(None)?.into_iter().map(|share| (share.id.clone(), Arc::new(share))).collect(),
            sessions: control.sessions()?.into_iter().map(|session| (session.hash, Arc::new(session))).collect(),
        })
    }

    /// Returns the session with this hash and who holds it; `None` if there is none, or it has ended by `now`, having
    /// been used last at `used_at` if that is known here better than in the roster.
    pub(crate) fn session(
        &self,
        hash: &[u8; 32],
        used_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Option<(Arc<StoredSession>, Signed)> {
        let session = self.sessions.get(hash)?;
        let ended = session.expires_at <= now || is_idle(used_at.max(Some(session.last_used_at)), now);
        if ended {
            return None;
        }
        let signed = match &session.holder {
            Holder::User(id) => Signed::In(Arc::clone(self.users.get(id)?)),
            Holder::Share(id) => Signed::Share(Arc::clone(self.shares.get(id)?)),
        };
        Some((Arc::clone(session), signed))
    }

    /// Returns the sessions of an account that have not ended by `now`, oldest first.
    pub(crate) fn sessions_of(&self, user: UserId, now: Timestamp) -> Vec<Arc<StoredSession>> {
        let of_user = |s: &&Arc<StoredSession>| s.holder == Holder::User(user) && !has_ended(s, now);
        let mut sessions: Vec<_> = self.sessions.values().filter(of_user).cloned().collect();
        sessions.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        sessions
    }

    /// Returns every account, by address.
    pub(crate) fn people(&self) -> Vec<Arc<Person>> {
        let mut people: Vec<_> = self.users.values().cloned().collect();
        people.sort_by(|a, b| a.user.email.cmp(&b.user.email));
        people
    }

    /// Returns an account by its number.
    pub(crate) fn person(&self, id: UserId) -> Option<Arc<Person>> {
        self.users.get(&id).cloned()
    }
}

fn is_idle(used_at: Option<Timestamp>, now: Timestamp) -> bool {
    used_at.is_none_or(|at| at.plus_seconds(IDLE_S) <= now)
}

/// Says whether a session has ended by `now`: it is too old, or was left unused for too long.
pub(crate) fn has_ended(session: &StoredSession, now: Timestamp) -> bool {
    session.expires_at <= now || is_idle(Some(session.last_used_at), now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::ABSOLUTE_S;

    const T0: Timestamp = Timestamp::from_seconds(1_772_445_600);
    const HASH: [u8; 32] = [7; 32];

    fn with_session(last_used_at: Timestamp) -> Roster {
        let user = StoredUser {
            id: 1,
            email: "ada@shop.example".to_owned(),
            name: "Ada".to_owned(),
            language: String::new(),
            is_owner: true,
            has_factor: false,
            created_at: T0.to_string(),
        };
        let session = StoredSession {
            id: "s1".to_owned(),
            hash: HASH,
            holder: Holder::User(1),
            agent: String::new(),
            created_at: T0,
            last_used_at,
            expires_at: T0.plus_seconds(ABSOLUTE_S),
        };
        let mut roster = Roster::default();
        roster.users.insert(1, Arc::new(Person { user, roles: BTreeMap::new() }));
        roster.sessions.insert(HASH, Arc::new(session));
        roster
    }

    #[test]
    fn a_session_ends_unused_after_hours_and_used_after_two_weeks() {
        let check = |last_used: i64, used: Option<i64>, now: i64, expected: bool| {
            let used_at = used.map(|seconds| T0.plus_seconds(seconds));
            let found = with_session(T0.plus_seconds(last_used)).session(&HASH, used_at, T0.plus_seconds(now));
            assert_eq!(found.is_some(), expected, "last used {last_used}, {used:?}, now {now}");
        };
        check(0, None, IDLE_S - 1, true);
        check(0, None, IDLE_S, false);
        check(0, Some(IDLE_S - 1), 2 * IDLE_S - 2, true);
        check(IDLE_S - 1, Some(5), 2 * IDLE_S - 2, true);
        check(ABSOLUTE_S - 10, Some(ABSOLUTE_S - 5), ABSOLUTE_S - 1, true);
        check(ABSOLUTE_S - 10, Some(ABSOLUTE_S - 5), ABSOLUTE_S, false);
        let roster = with_session(T0);
        assert!(roster.session(&[8; 32], None, T0).is_none());
        assert_eq!(roster.sessions_of(1, T0).len(), 1);
        assert!(roster.sessions_of(1, T0.plus_seconds(IDLE_S)).is_empty());
    }

    #[test]
    fn a_session_ends_with_its_account() {
        let mut roster = with_session(T0);
        roster.users.clear();
        assert!(roster.session(&HASH, None, T0).is_none());
    }
}
