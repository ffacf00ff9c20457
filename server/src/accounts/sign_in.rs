//! Signing in and out: proofs in, sessions out; and the very first account, which a token from the terminal makes.

use super::{ABSOLUTE_S, Asker, Refusal, email_of, factor, password};
use crate::app::App;
use crate::control::ControlError;
use crate::control::sessions::{Holder, StoredSession};
use crate::control::tokens::hash_of;
use crate::control::users::{Credentials, NewUser, UserId};
use crate::ids;
use commerce::Timestamp;
use std::sync::PoisonError;
use subtle::ConstantTimeEq;

/// What somebody says to be let in. It has no `Debug`, so that it cannot be logged by accident.
pub(crate) struct Claim<'a> {
    /// Address.
    pub(crate) email: &'a str,
    /// Password.
    pub(crate) password: &'a str,
    /// Code of the second factor, or a recovery code.
    pub(crate) code: Option<&'a str>,
}

/// A session as its holder gets it, this once.
pub(crate) struct Opened {
    /// What the cookie holds.
    pub(crate) token: String,
}

/// Longest name of a browser that is kept, in characters.
const AGENT_CHARS_MAX: usize = 200;

impl App {
    /// Proves a claim and opens a session.
    ///
    /// # Errors
    /// [`Refusal`].
    pub(crate) fn sign_in(&self, claim: &Claim<'_>, asker: &Asker) -> Result<Opened, Refusal> {
        let proved = self.prove(claim, asker)?;
        self.open_session(Holder::User(proved.id), asker)
    }

    /// Proves a claim. An unknown address and a wrong password take the same time and get the same answer.
    ///
    /// # Errors
    /// [`Refusal`].
    pub(crate) fn prove(&self, claim: &Claim<'_>, asker: &Asker) -> Result<Credentials, Refusal> {
        let email = email_of(claim.email).unwrap_or_else(|_| claim.email.trim().to_lowercase());
        let now = self.clock.now();
        let attempts = &self.accounts.attempts;
        attempts.begin(&email, asker.network, now).map_err(Refusal::Wait)?;
        let found = self.control.credentials(&email)?;
        let fits = password::fits(claim.password, found.as_ref().map(|found| found.password.as_str()))?;
        let Some(found) = found.filter(|_| fits) else { return Err(Refusal::Wrong) };
        if found.factor_confirmed {
            let Some(code) = claim.code.map(str::trim).filter(|code| !code.is_empty()) else {
                attempts.take_back(&email, asker.network);
                return Err(Refusal::FactorNeeded);
            };
            if !self.takes_code(&found, code, now)? {
                return Err(Refusal::Wrong);
            }
        }
        attempts.succeeded(&email, asker.network);
        Ok(found)
    }

    /// Says whether `code` is a code of the account's second factor that was not used before, or a recovery code.
    fn takes_code(&self, of: &Credentials, code: &str, now: Timestamp) -> Result<bool, Refusal> {
        let Some(nonce) = &of.factor_nonce else { return Ok(false) };
        let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let own = factor::authenticator(self.secret(), nonce, &of.email)?;
        if let Some(step) = own.check(&digits, now.seconds().unsigned_abs()) {
            return Ok(step > of.factor_step && self.control.use_factor_step(of.id, step)?);
        }
        let hash = factor::recovery_hash(self.secret(), nonce, code)?;
        Ok(self.control.use_recovery_code(of.id, &hash)?)
    }

    /// Opens a session.
    ///
    /// # Errors
    /// Our own faults only.
    pub(crate) fn open_session(&self, holder: Holder, asker: &Asker) -> Result<Opened, Refusal> {
        let token = ids::long_secret();
        self.changing_people(|now| {
            let session = StoredSession {
                id: ids::text(10),
                hash: hash_of(&token),
                holder,
                agent: asker.agent.chars().filter(|c| !c.is_control()).take(AGENT_CHARS_MAX).collect(),
                created_at: now,
                last_used_at: now,
                expires_at: now.plus_seconds(ABSOLUTE_S),
            };
            self.control.add_session(&session)
        })?;
        Ok(Opened { token })
    }

    /// Ends a session by its id; one that is gone already does not matter.
    ///
    /// # Errors
    /// Our own faults only.
    pub(crate) fn end_session(&self, id: &str) -> Result<(), ControlError> {
        self.changing_people(|_| self.control.end_sessions(&[id.to_owned()]))
    }

    /// Ends a session of an account.
    ///
    /// # Errors
    /// [`ControlError::Missing`] if the account has no such session.
    pub(crate) fn end_session_of(&self, user: UserId, id: &str) -> Result<(), ControlError> {
        if !self.roster().sessions_of(user, self.clock.now()).iter().any(|session| session.id == id) {
            return Err(ControlError::Missing("session.unknown", format!("session `{id}` of this account")));
        }
        self.end_session(id)
    }

    /// Says whether the first account is still to be made, and can be made here.
    ///
    /// # Errors
    /// Our own faults only.
    pub(crate) fn needs_setup(&self) -> Result<bool, ControlError> {
        Ok(!self.setup.open_reports && !self.control.has_users()?)
    }

    /// Returns a fresh token that makes the first account; the one before is good no longer. `None` if there is an
    /// account, or this is the demo.
    ///
    /// # Errors
    /// Our own faults only.
    pub(crate) fn new_setup_token(&self) -> Result<Option<String>, ControlError> {
        if !self.needs_setup()? {
            return Ok(None);
        }
        let token = ids::long_secret();
        *self.accounts.setup.lock().unwrap_or_else(PoisonError::into_inner) = Some(hash_of(&token));
        Ok(Some(token))
    }

    /// Makes the first account, which owns the installation, and signs in. The token is used up.
    ///
    /// # Errors
    /// [`Refusal`].
    pub(crate) fn set_up(&self, token: &str, claim: &Claim<'_>, name: &str, asker: &Asker) -> Result<Opened, Refusal> {
        self.accounts.attempts.begin("the first account", asker.network, self.clock.now()).map_err(Refusal::Wait)?;
        let told = *self.accounts.setup.lock().unwrap_or_else(PoisonError::into_inner);
        if !told.is_some_and(|told| bool::from(told.ct_eq(&hash_of(token)))) {
            return Err(Refusal::Wrong);
        }
        self.accounts.attempts.succeeded("the first account", asker.network);
        let (email, password) = fit(claim)?;
        let new = NewUser { email: &email, name: &name_of(name, &email)?, password: &password, is_owner: true };
        let user = self.changing_people(|now| self.control.add_first_user(&new, now))?;
        *self.accounts.setup.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.open_session(Holder::User(user), asker)
    }
}

/// Returns the address and the hash of the password of an account to be.
///
/// # Errors
/// [`Refusal::Unfit`].
pub(super) fn fit(claim: &Claim<'_>) -> Result<(String, String), Refusal> {
    let email = email_of(claim.email)?;
    if let Some(objection) = password::objection(claim.password, &email) {
        return Err(Refusal::Unfit(objection));
    }
    let hash = password::hash(claim.password)?;
    Ok((email, hash))
}

/// Returns the name to keep: what was given, or what stands before the address's `@`.
///
/// # Errors
/// [`Refusal::Unfit`].
pub(super) fn name_of(name: &str, email: &str) -> Result<String, Refusal> {
    let name = name.trim();
    if name.chars().count() > 100 || name.chars().any(char::is_control) {
        return Err(Refusal::Unfit("`name` takes a text of at most 100 characters"));
    }
    let name = if name.is_empty() { email.split('@').next().unwrap_or_default() } else { name };
    Ok(name.to_owned())
}
