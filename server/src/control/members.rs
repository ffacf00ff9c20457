//! Roles in the control plane: what each account may do on each site.

use super::sites::read_site;
use super::users::{UserId, user_of};
use super::{Control, ControlError};
use crate::accounts::Role;
use anyhow::Context;
use commerce::SiteId;
use rusqlite::{Connection, params};

impl Control {
    /// Returns every role: site, account, role.
    ///
    /// # Errors
    /// Our own faults only.
    pub(crate) fn members(&self) -> Result<Vec<(SiteId, UserId, Role)>, ControlError> {
        let db = self.db();
        let mut statement = db.prepare("select site, account, role from members order by site, account")?;
        let rows: Vec<(u32, UserId, String)> =
            statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect::<Result<_, _>>()?;
        rows.into_iter().map(|(site, user, role)| Ok((SiteId(site), user, read_role(&role)?))).collect()
    }

    /// Gives the account with this address a role on a site.
    ///
    /// # Errors
    /// [`ControlError::SiteUnknown`], [`ControlError::Missing`] without an account.
    pub(crate) fn put_member(&self, site: SiteId, email: &str, role: Role) -> Result<(), ControlError> {
        self.keep(|db| {
            read_site(db, site)?;
            put_member(db, site, user_of(db, email)?.id, role)
        })
    }

    /// Takes the account's role on a site away.
    ///
    /// # Errors
    /// [`ControlError::Missing`] if it has none.
    pub(crate) fn remove_member(&self, site: SiteId, email: &str) -> Result<(), ControlError> {
        self.keep(|db| {
            let sql = "delete from members where site = ?1 and account = (select id from users where email = ?2)";
            let removed = db.execute(sql, params![site.0, email])?;
            let missing = || ControlError::Missing("member.unknown", format!("member `{email}` of site {site}"));
            if removed == 0 { Err(missing()) } else { Ok(()) }
        })
    }
}

/// Writes a role within a transaction.
pub(super) fn put_member(db: &Connection, site: SiteId, user: UserId, role: Role) -> Result<(), ControlError> {
    db.execute(
        "insert into members (site, account, role) values (?1, ?2, ?3)
         on conflict (site, account) do update set role = excluded.role",
        params![site.0, user, role.name()],
    )?;
    Ok(())
}

/// Returns the role of this name as the control plane keeps it.
pub(super) fn read_role(name: &str) -> Result<Role, ControlError> {
    Ok(Role::parse(name).with_context(|| format!("role `{name}` is unknown"))?)
}
