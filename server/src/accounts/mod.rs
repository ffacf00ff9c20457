//! Accounts: who may sign in, how they prove it, and what they may see. It knows no HTTP and no cookie.
//!
//! [`roster`] is the picture of accounts, sessions and shares that every request is judged by; [`attempts`] slows
//! guessing down; [`password`] and [`factor`] are the two proofs; [`sign_in`], [`people`] and [`links`] are what can be
//! done, each one a method of the application. No secret is kept as it is: of passwords there is an argon2id hash, of
//! sessions, invitations and shares a SHA-256, and a second factor's secret is derived anew each time.

use crate::app::App;
use crate::control::ControlError;
use commerce::Timestamp;
use roster::Roster;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

pub(crate) mod attempts;
pub(crate) mod factor;
pub(crate) mod links;
pub(crate) mod password;
pub(crate) mod people;
mod role;
pub(crate) mod roster;
pub(crate) mod sign_in;

pub(crate) use role::Role;

/// A session unused for this long ends.
pub(crate) const IDLE_S: i64 = 8 * 3600;
/// A session ends this long after its beginning, however much it is used.
pub(crate) const ABSOLUTE_S: i64 = 14 * 86_400;

/// What the application remembers of accounts beside the control plane.
#[derive(Default)]
pub(crate) struct Accounts {
    roster: RwLock<Arc<Roster>>,
    session_use: Mutex<HashMap<[u8; 32], Timestamp>>,
    pub(crate) attempts: attempts::Attempts,
    pub(crate) turns: password::Turns,
    /// SHA-256 of the token that makes the first account; `None` where nobody was told one.
    setup: Mutex<Option<[u8; 32]>>,
}

/// Why a proof was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// Unknown or wrong, and nobody is told which.
    #[error("refused")]
    Wrong,
    /// The password is right, and a second factor is asked for.
    #[error("a second factor is needed")]
    FactorNeeded,
    /// Too many failures; come back after so many seconds.
    #[error("too many failures")]
    Wait(i64),
    /// What was sent will not do, and why.
    #[error("{0}")]
    Unfit(&'static str),
    /// The control plane's own word.
    #[error(transparent)]
    Control(#[from] ControlError),
}

impl From<anyhow::Error> for Refusal {
    fn from(error: anyhow::Error) -> Self {
        Self::Control(ControlError::Fault(error))
    }
}

/// Who asks, as far as it matters for slowing guesses down and for showing people their sessions.
#[derive(Clone, Debug)]
pub(crate) struct Asker {
    /// The network they ask from; `None` through the data directory.
    pub(crate) network: Option<IpAddr>,
    /// The browser, as it calls itself.
    pub(crate) agent: String,
}

/// Returns an address as accounts are known by it.
///
/// # Errors
/// [`Refusal::Unfit`] if it is none.
pub(crate) fn email_of(text: &str) -> Result<String, Refusal> {
    let email = text.trim().to_lowercase();
    let has_parts = email.split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty());
    let strange = |c: char| c.is_whitespace() || c.is_control() || matches!(c, ':' | '/' | '<' | '>' | '"');
    if has_parts && email.len() <= 254 && !email.contains(strange) {
        return Ok(email);
    }
    Err(Refusal::Unfit("`email` takes an address such as ada@shop.example"))
}

impl App {
    /// Returns the roster as it stands now.
    pub(crate) fn roster(&self) -> Arc<Roster> {
        Arc::clone(&self.accounts.roster.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the roster anew from the control plane.
    ///
    /// # Errors
    /// Our own faults only.
    pub(crate) fn refresh_roster(&self) -> Result<(), ControlError> {
        // Read under its own lock, so that of two changes at once the later picture stays.
        let mut roster = self.accounts.roster.write().unwrap_or_else(PoisonError::into_inner);
        self.write_session_use()?;
        *roster = Arc::new(Roster::read(&self.control)?);
        Ok(())
    }

    /// Changes accounts and puts a fresh roster in place.
    pub(crate) fn changing_people<T, E: From<ControlError>>(
        &self,
        change: impl FnOnce(Timestamp) -> Result<T, E>,
    ) -> Result<T, E> {
        let changed = change(self.clock.now())?;
        self.refresh_roster()?;
        Ok(changed)
    }

    /// Remembers that the session with this hash was used now.
    pub(crate) fn note_session_use(&self, hash: [u8; 32]) {
        let now = self.clock.now();
        self.accounts.session_use.lock().unwrap_or_else(PoisonError::into_inner).insert(hash, now);
    }

    /// Returns when the session with this hash was last used since that was last written down.
    pub(crate) fn session_used_at(&self, hash: &[u8; 32]) -> Option<Timestamp> {
        self.accounts.session_use.lock().unwrap_or_else(PoisonError::into_inner).get(hash).copied()
    }

    /// Writes down when sessions were last used.
    ///
    /// # Errors
    /// Our own faults only.
    pub(crate) fn write_session_use(&self) -> Result<(), ControlError> {
        let used = self.accounts.session_use.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if used.is_empty() {
            return Ok(());
        }
        let used: Vec<_> = used.into_iter().collect();
        self.control.note_session_use(&used)
    }

    /// Writes down when sessions were last used, and drops those that have ended.
    ///
    /// # Errors
    /// Our own faults only.
    pub(crate) fn sweep_sessions(&self) -> Result<(), ControlError> {
        let now = self.clock.now();
        self.write_session_use()?;
        let ended: Vec<String> =
            self.control.sessions()?.iter().filter(|s| roster::has_ended(s, now)).map(|s| s.id.clone()).collect();
        if !ended.is_empty() {
            self.control.end_sessions(&ended)?;
        }
        self.refresh_roster()?;
        // What is in the roster now needs no memory beside it.
        self.accounts.session_use.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, at| *at >= now);
        Ok(())
    }
}
