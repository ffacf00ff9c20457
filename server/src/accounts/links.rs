//! What lets people in by a link: invitations to a site, and shares of its figures. The secret of a link stands behind
//! the `#` of its address, which browsers send to nobody, and comes to the server in bodies only.

use super::sign_in::{Claim, Opened, fit, name_of};
use super::{Asker, Refusal, Role, email_of, password};
use crate::app::App;
use crate::control::ControlError;
use crate::control::invitations::StoredInvitation;
use crate::control::sessions::Holder;
use crate::control::shares::StoredShare;
use crate::control::tokens::hash_of;
use crate::control::users::NewUser;
use crate::ids;
use commerce::{SiteId, Timestamp};

/// An invitation can be accepted for this long.
const INVITED_S: i64 = 7 * 86_400;

/// A share to be. It has no `Debug`, so that its password cannot be logged by accident.
pub(crate) struct NewShare<'a> {
    /// What people call it.
    pub(crate) label: &'a str,
    /// What every query of it is narrowed by; empty for nothing.
    pub(crate) filter: &'a str,
    /// What its visitors are asked for; `None` for nothing.
    pub(crate) password: Option<&'a str>,
}

impl App {
    /// Invites an address to a site and returns the invitation and its secret, which is not shown again.
    ///
    /// # Errors
    /// [`Refusal::Unfit`], [`ControlError::SiteUnknown`].
    pub(crate) fn invite(&self, site: SiteId, email: &str, role: Role) -> Result<(StoredInvitation, String), Refusal> {
        let (secret, now) = (ids::long_secret(), self.clock.now());
        let expires_at = now.plus_seconds(INVITED_S).to_string();
        let invitation = StoredInvitation { id: ids::text(10), site, email: email_of(email)?, role, expires_at };
        self.control.add_invitation(&invitation, &hash_of(&secret), now)?;
        Ok((invitation, secret))
    }

    /// Accepts an invitation and signs in. An address without an account gets one; one with an account proves itself as
    /// when signing in.
    ///
    /// # Errors
    /// [`ControlError::Missing`] for an invitation that is none, and every [`Refusal`] of signing in.
    pub(crate) fn accept_invitation(
        &self,
        secret: &str,
        claim: &Claim<'_>,
        name: &str,
        asker: &Asker,
    ) -> Result<Opened, Refusal> {
        let now = self.clock.now();
        self.accounts.attempts.begin("an invitation", asker.network, now).map_err(Refusal::Wait)?;
        let is_good = |invitation: &StoredInvitation| {
            Timestamp::parse(&invitation.expires_at).is_some_and(|expires_at| expires_at > now)
        };
        let missing = || ControlError::Missing("invitation.unknown", "such invitation".to_owned());
        let invitation = self.control.invitation(&hash_of(secret))?.filter(is_good).ok_or_else(missing)?;
        self.accounts.attempts.succeeded("an invitation", asker.network);
        let claim = Claim { email: &invitation.email, ..*claim };
        let user = if self.control.credentials(&invitation.email)?.is_some() {
            self.prove(&claim, asker)?;
            self.changing_people(|now| self.control.accept_invitation(&invitation, None, now))?
        } else {
            let (email, password) = fit(&claim)?;
            let new = NewUser { email: &email, name: &name_of(name, &email)?, password: &password, is_owner: false };
            self.changing_people(|now| self.control.accept_invitation(&invitation, Some(&new), now))?
        };
        self.open_session(Holder::User(user), asker)
    }

    /// Makes a share of a site and returns it and its secret, which is not shown again.
    ///
    /// # Errors
    /// [`Refusal::Unfit`], [`ControlError::SiteUnknown`].
    pub(crate) fn add_share(&self, site: SiteId, new: &NewShare<'_>) -> Result<(StoredShare, String), Refusal> {
        if new.label.chars().count() > 100 || new.label.chars().any(char::is_control) {
            return Err(Refusal::Unfit("`name` takes a text of at most 100 characters"));
        }
        let secret = ids::long_secret();
        let share = StoredShare {
            id: ids::text(10),
            site,
            label: new.label.trim().to_owned(),
            filter: new.filter.trim().to_owned(),
            password: new.password.filter(|text| !text.is_empty()).map(password::hash).transpose()?,
            created_at: self.clock.now().to_string(),
        };
        self.changing_people(|_| self.control.add_share(&share, &hash_of(&secret)))?;
        Ok((share, secret))
    }

    /// Revokes a share: its sessions end at once.
    ///
    /// # Errors
    /// [`ControlError::Missing`].
    pub(crate) fn remove_share(&self, site: SiteId, id: &str) -> Result<(), ControlError> {
        self.changing_people(|_| self.control.remove_share(site, id))
    }

    /// Opens a share: returns a session that sees its figures and nothing else.
    ///
    /// # Errors
    /// [`ControlError::Missing`] for a share that is none, [`Refusal::FactorNeeded`] if it asks for a password and none
    /// came, [`Refusal::Wrong`], [`Refusal::Wait`].
    pub(crate) fn open_share(&self, secret: &str, password: Option<&str>, asker: &Asker) -> Result<Opened, Refusal> {
        let missing = || ControlError::Missing("share.unknown", "such share: its link was revoked".to_owned());
        let counted = |what: &str| self.accounts.attempts.begin(what, asker.network, self.clock.now());
        counted("a share").map_err(Refusal::Wait)?;
        let share = self.control.share(&hash_of(secret))?.ok_or_else(missing)?;
        self.accounts.attempts.succeeded("a share", asker.network);
        if let Some(kept) = &share.password {
            let password = password.filter(|text| !text.is_empty()).ok_or(Refusal::FactorNeeded)?;
            let name = format!("share {}", share.id);
            counted(&name).map_err(Refusal::Wait)?;
            if !password::fits(password, Some(kept))? {
                return Err(Refusal::Wrong);
            }
            self.accounts.attempts.succeeded(&name, asker.network);
        }
        self.open_session(Holder::Share(share.id), asker)
    }
}
