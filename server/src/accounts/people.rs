//! What can be done to accounts: adding and removing them, their names, passwords and second factors, and their roles.

use super::roster::Person;
use super::sign_in::{Claim, Opened, fit, name_of};
use super::{Asker, Refusal, Role, factor, password};
use crate::app::App;
use crate::control::ControlError;
use crate::control::sessions::Holder;
use crate::control::users::NewUser;
use crate::ids;
use commerce::SiteId;

/// What an account changes about itself; `None` leaves things as they are.
#[derive(Default)]
pub(crate) struct Changes<'a> {
    /// What people call them.
    pub(crate) name: Option<&'a str>,
    /// Language of the dashboard, such as `en` or `pt-BR`; empty for the browser's.
    pub(crate) language: Option<&'a str>,
    /// The new password.
    pub(crate) password: Option<&'a str>,
    /// The present password.
    pub(crate) old_password: Option<&'a str>,
}

impl App {
    /// Adds an account.
    ///
    /// # Errors
    /// [`Refusal::Unfit`], [`ControlError::Conflict`].
    pub(crate) fn add_user(&self, claim: &Claim<'_>, name: &str, is_owner: bool) -> Result<(), Refusal> {
        let (email, password) = fit(claim)?;
        let new = NewUser { email: &email, name: &name_of(name, &email)?, password: &password, is_owner };
        self.changing_people(|now| self.control.add_user(&new, now).map(drop))?;
        Ok(())
    }

    /// Removes an account.
    ///
    /// # Errors
    /// See [`crate::control::Control::remove_user`].
    pub(crate) fn remove_user(&self, email: &str) -> Result<(), ControlError> {
        self.changing_people(|_| self.control.remove_user(email))
    }

    /// Gives an account another password without asking for the present one, and ends its sessions; on request its
    /// second factor goes, too.
    ///
    /// # Errors
    /// [`Refusal::Unfit`], [`ControlError::Missing`].
    pub(crate) fn reset_user(&self, email: &str, password: Option<&str>, drops_factor: bool) -> Result<(), Refusal> {
        let missing = || ControlError::Missing("user.unknown", format!("account of `{email}`"));
        let found = self.control.credentials(email)?.ok_or_else(missing)?;
        let hash = password.map(|password| fit(&Claim { email, password, code: None })).transpose()?;
        self.changing_people(|_| {
            if let Some((_, hash)) = &hash {
                self.control.set_password(found.id, hash)?;
            }
            if drops_factor { self.control.drop_factor(found.id) } else { Ok(()) }
        })?;
        Ok(())
    }

    /// Changes what an account says of itself. Another password ends all of its sessions and opens a new one, which is
    /// returned.
    ///
    /// # Errors
    /// [`Refusal`].
    pub(crate) fn change_me(
        &self,
        me: &Person,
        changes: &Changes<'_>,
        asker: &Asker,
    ) -> Result<Option<Opened>, Refusal> {
        let user = &me.user;
        let name = changes.name.map(|name| name_of(name, &user.email)).transpose()?;
        if changes.language.is_some_and(|language| !is_language(language)) {
            return Err(Refusal::Unfit("`language` takes a tag such as en or pt-BR"));
        }
        let hash = match changes.password {
            Some(password) => {
                self.prove_again(me, changes.old_password, asker)?;
                Some(fit(&Claim { email: &user.email, password, code: None })?.1)
            }
            None => None,
        };
        self.changing_people(|_| {
            self.control.rename_user(user.id, name.as_deref(), changes.language)?;
            hash.as_ref().map_or(Ok(()), |hash| self.control.set_password(user.id, hash))
        })?;
        hash.map(|_| self.open_session(Holder::User(user.id), asker)).transpose()
    }

    /// Asks for the password of somebody who is signed in: a browser left open must not be enough for everything.
    ///
    /// # Errors
    /// [`Refusal::Wrong`], [`Refusal::Wait`].
    pub(crate) fn prove_again(&self, me: &Person, password: Option<&str>, asker: &Asker) -> Result<(), Refusal> {
        let email = &me.user.email;
        self.accounts.attempts.begin(email, asker.network, self.clock.now()).map_err(Refusal::Wait)?;
        let found = self.control.credentials(email)?;
        let kept = found.as_ref().map(|found| found.password.as_str());
        if !password::fits(password.unwrap_or_default(), kept)? {
            return Err(Refusal::Wrong);
        }
        self.accounts.attempts.succeeded(email, asker.network);
        Ok(())
    }

    /// Begins a second factor and returns the address for a QR code, and the secret in it. It is asked for once it is
    /// confirmed; begun again, the one before is good no longer.
    ///
    /// # Errors
    /// [`ControlError::Conflict`] if there is one already.
    pub(crate) fn begin_factor(&self, me: &Person) -> Result<(String, String), Refusal> {
        let nonce = ids::text(22);
        self.control.begin_factor(me.user.id, &nonce)?;
        Ok(factor::shown(&factor::authenticator(self.secret(), &nonce, &me.user.email)?)?)
    }

    /// Confirms the second factor that was begun, and returns its recovery codes, which are not shown again.
    ///
    /// # Errors
    /// [`Refusal::Wrong`] for a wrong code, [`Refusal::Wait`] for too many, [`ControlError::Conflict`] if nothing was begun.
    pub(crate) fn confirm_factor(&self, me: &Person, code: &str, asker: &Asker) -> Result<Vec<String>, Refusal> {
        let (user, now) = (&me.user, self.clock.now());
        let begun = self.control.credentials(&user.email)?.filter(|found| !found.factor_confirmed);
        let Some(nonce) = begun.and_then(|found| found.factor_nonce) else {
            return Err(ControlError::Conflict("totp.not_begun", "no second factor was begun".to_owned()).into());
        };
        self.accounts.attempts.begin(&user.email, asker.network, now).map_err(Refusal::Wait)?;
        let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let own = factor::authenticator(self.secret(), &nonce, &user.email)?;
        let step = own.check(&digits, now.seconds().unsigned_abs()).ok_or(Refusal::Wrong)?;
        self.accounts.attempts.succeeded(&user.email, asker.network);
        let codes = factor::new_recovery_codes();
        let hashes = codes.iter().map(|code| factor::recovery_hash(self.secret(), &nonce, code));
        let hashes = hashes.collect::<anyhow::Result<Vec<_>>>()?;
        self.changing_people(|_| self.control.confirm_factor(user.id, step, &hashes))?;
        Ok(codes)
    }

    /// Drops one's own second factor.
    ///
    /// # Errors
    /// [`Refusal::Wrong`] for a wrong password, [`Refusal::Wait`].
    pub(crate) fn drop_my_factor(&self, me: &Person, password: Option<&str>, asker: &Asker) -> Result<(), Refusal> {
        self.prove_again(me, password, asker)?;
        self.changing_people(|_| self.control.drop_factor(me.user.id))?;
        Ok(())
    }

    /// Gives the account with this address a role on a site.
    ///
    /// # Errors
    /// See [`crate::control::Control::put_member`].
    pub(crate) fn put_member(&self, site: SiteId, email: &str, role: Role) -> Result<(), ControlError> {
        self.changing_people(|_| self.control.put_member(site, email, role))
    }

    /// Takes the account's role on a site away.
    ///
    /// # Errors
    /// See [`crate::control::Control::remove_member`].
    pub(crate) fn remove_member(&self, site: SiteId, email: &str) -> Result<(), ControlError> {
        self.changing_people(|_| self.control.remove_member(site, email))
    }
}

/// Says whether `text` has the form of a language tag, or is empty.
fn is_language(text: &str) -> bool {
    text.len() <= 35 && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}
