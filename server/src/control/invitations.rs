//! Invitations in the control plane: of an invitation's secret only its SHA-256 is kept.

use super::members::{put_member, read_role};
use super::sites::read_site;
use super::users::{NewUser, UserId, add_user, find_user};
use super::{Control, ControlError};
use crate::accounts::Role;
use crate::ids;
use commerce::{SiteId, Timestamp};
use rusqlite::{OptionalExtension, Row, params};

/// An invitation as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct StoredInvitation {
    /// The part by which people tell invitations apart.
    pub(crate) id: String,
    /// The site it is for.
    pub(crate) site: SiteId,
    /// Whom it is for, in lower case.
    pub(crate) email: String,
    /// What they will be.
    pub(crate) role: Role,
    /// Until when it can be accepted, RFC 3339.
    pub(crate) expires_at: String,
}

const COLUMNS: &str = "id, site, email, role, expires_at";

impl Control {
    /// Keeps an invitation, whose secret has this hash; an earlier one of the same address to the same site goes.
    ///
    /// # Errors
    /// [`ControlError::SiteUnknown`].
    pub(crate) fn add_invitation(
        &self,
        new: &StoredInvitation,
        hash: &[u8; 32],
        at: Timestamp,
    ) -> Result<(), ControlError> {
        self.keep(|db| {
            read_site(db, new.site)?;
            db.execute("delete from invitations where site = ?1 and email = ?2", params![new.site.0, new.email])?;
            db.execute(
                "insert into invitations (id, hash, site, email, role, created_at, expires_at)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![new.id, ids::hex(hash), new.site.0, new.email, new.role.name(), at.to_string(), new.expires_at],
            )?;
            Ok(())
        })
    }

    /// Returns the invitations of a site, by address.
    ///
    /// # Errors
    /// Our own faults only.
    pub(crate) fn invitations(&self, site: SiteId) -> Result<Vec<StoredInvitation>, ControlError> {
        let db = self.db();
        let mut statement =
            db.prepare(&format!("select {COLUMNS} from invitations where site = ?1 order by email, id"))?;
        let rows: Vec<Raw> = statement.query_map([site.0], read)?.collect::<Result<_, _>>()?;
        rows.into_iter().map(stored).collect()
    }

    /// Returns the invitation whose secret has this hash; `None` if there is none.
    ///
    /// # Errors
    /// Our own faults only.
    pub(crate) fn invitation(&self, hash: &[u8; 32]) -> Result<Option<StoredInvitation>, ControlError> {
        let sql = format!("select {COLUMNS} from invitations where hash = ?1");
        self.db().query_row(&sql, [ids::hex(hash)], read).optional()?.map(stored).transpose()
    }

    /// Takes an invitation back.
    ///
    /// # Errors
    /// [`ControlError::Missing`].
    pub(crate) fn remove_invitation(&self, site: SiteId, id: &str) -> Result<(), ControlError> {
        let removed = self.db().execute("delete from invitations where site = ?1 and id = ?2", params![site.0, id])?;
        if removed == 0 { Err(missing()) } else { Ok(()) }
    }

    /// Accepts an invitation, which is used up: its address gets the role, and an account if it has none and `new` says
    /// how. Returns the account.
    ///
    /// # Errors
    /// [`ControlError::Missing`] if the invitation, or the account, is gone meanwhile.
    pub(crate) fn accept_invitation(
        &self,
        invitation: &StoredInvitation,
        new: Option<&NewUser<'_>>,
        at: Timestamp,
    ) -> Result<UserId, ControlError> {
        self.keep(|db| {
            let sql = "delete from invitations where site = ?1 and id = ?2";
            if db.execute(sql, params![invitation.site.0, invitation.id])? == 0 {
                return Err(missing());
            }
            let user = match (find_user(db, &invitation.email)?, new) {
                (Some(user), _) => user.id,
                (None, Some(new)) => add_user(db, new, at)?,
                (None, None) => return Err(missing()),
            };
            put_member(db, invitation.site, user, invitation.role)?;
            Ok(user)
        })
    }
}

fn missing() -> ControlError {
    ControlError::Missing("invitation.unknown", "such invitation: it was used, taken back, or has expired".to_owned())
}

type Raw = (String, u32, String, String, String);

fn read(row: &Row<'_>) -> rusqlite::Result<Raw> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
}

fn stored((id, site, email, role, expires_at): Raw) -> Result<StoredInvitation, ControlError> {
    Ok(StoredInvitation { id, site: SiteId(site), email, role: read_role(&role)?, expires_at })
}
